/* SPDX-License-Identifier: Apache-2.0
 * What the policies of a relation demand of the statement's subject.
 */
#include "policy/policy_int.h"

bool tbi_has_policies(const tb_relation *rel)
{
    if (rel->nrow_policies > 0)
        return true;
    for (uint16_t i = 0; i < rel->ncols; i++)
        if (rel->cols[i].mask.policy != NULL)
            return true;
    return false;
}

static void mark_args(const tb_policy_use *use, bool *read)
{
    for (uint32_t i = 0; i < use->policy->nargs; i++)
        read[use->args[i]] = true;
}

void tbi_columns_read(const tb_relation *rel, const bool *wanted, bool *read)
{
    for (uint32_t i = 0; i < rel->nrow_policies; i++)
        mark_args(&rel->row_policies[i], read);
    for (uint16_t i = 0; i < rel->ncols; i++)
        if (wanted[i] && rel->cols[i].mask.policy != NULL)
            mark_args(&rel->cols[i].mask, read);
}

static tb_rc refuse(const tb_relation *rel, const tb_policy *policy, tb_error *err)
{
    TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE, "policy \"%s\" on table \"%s\" cannot be applied",
             policy->name, rel->name);
    tb_error_hint(err,
                  "The owner of the policy must correct it; until then the table cannot be read.");
    return TB_FAIL;
}

/* One policy over the base columns, folded. Every failure has the same, data-independent text. */
static tb_rc bind_use(tb_stmt *stmt, tb_policy_binder bind, const tb_relation *rel,
                      const tb_policy_use *use, const tb_colid *base, tb_expr **out, tb_error *err)
{
    const tb_policy *policy = use->policy;
    tb_expr **args = TB_NEW_ARRAY(stmt->arena, tb_expr *, policy->nargs);
    for (uint32_t i = 0; i < policy->nargs; i++) {
        uint16_t attno = use->args[i];
        TB_CHECK(attno < rel->ncols && base[attno] != 0);
        if (rel->cols[attno].hidden || rel->cols[attno].type.id != policy->args[i].type.id)
            return refuse(rel, policy, err);
        args[i] = tb_expr_col(stmt->arena, base[attno], rel->cols[attno].type);
    }
    tb_error why = {.position = -1};
    tb_expr *e = NULL;
    if (bind(stmt, policy->body, policy->args, args, policy->nargs, policy->returns, &e, &why) !=
        TB_OK)
        return refuse(rel, policy, err);
    if (tb_expr_has_sublink(e) || tb_expr_is_volatile(e))
        return refuse(rel, policy, err);
    *out = tbi_simplify(stmt, e);
    return TB_OK;
}

/* A masked column keeps its declared type: numeric(18,2) has two decimals behind a mask, too. */
static tb_expr *in_declared_form(tb_stmt *stmt, tb_expr *mask, tb_type type)
{
    tb_fn_id fn = tb_cast_length_fn(type.id);
    if (type.typmod < 0 || mask->type.typmod == type.typmod || fn == TB_FN_NONE)
        return mask;
    tb_expr *args[] = {
        mask, tb_expr_const(stmt->arena, tb_type_of(TB_T_INT4), tb_value_int4(type.typmod)),
        tb_expr_bool(stmt->arena, true), /* explicit: cuts what is too long */
    };
    uint32_t nargs = tb_fn_get(fn)->nargs;
    TB_CHECK(nargs >= 2 && nargs <= TB_COUNT(args));
    return tbi_simplify(stmt, tb_expr_call(stmt->arena, fn, type, args, nargs, -1));
}

static tb_rc require_masks(tb_stmt *stmt, tb_policy_binder bind, const tb_colid *base,
                           const bool *wanted, tbi_required *out, tb_error *err)
{
    const tb_relation *rel = out->rel;
    for (uint16_t i = 0; i < rel->ncols; i++) {
        const tb_policy_use *use = &rel->cols[i].mask;
        if (use->policy == NULL || !wanted[i])
            continue;
        if (use->policy->returns.id != rel->cols[i].type.id)
            return refuse(rel, use->policy, err);
        tb_expr *mask;
        TB_TRY(bind_use(stmt, bind, rel, use, base, &mask, err));
        if (mask->kind == TB_X_COL && mask->col == base[i])
            continue; /* cleared: the policy answers with the value itself */
        out->mask[i] = in_declared_form(stmt, mask, rel->cols[i].type);
        out->needed = true;
    }
    return TB_OK;
}

static tb_rc require_filters(tb_stmt *stmt, tb_policy_binder bind, const tb_colid *base,
                             tbi_required *out, tb_error *err)
{
    const tb_relation *rel = out->rel;
    out->filters = TB_NEW_ARRAY(stmt->arena, tb_expr *, rel->nrow_policies);
    out->filter_names = TB_NEW_ARRAY(stmt->arena, const char *, rel->nrow_policies);
    for (uint32_t i = 0; i < rel->nrow_policies; i++) {
        const tb_policy_use *use = &rel->row_policies[i];
        if (use->policy->returns.id != TB_T_BOOL)
            return refuse(rel, use->policy, err);
        tb_expr *filter;
        TB_TRY(bind_use(stmt, bind, rel, use, base, &filter, err));
        if (tb_expr_is_true(filter))
            continue;
        out->filters[out->nfilters] = filter;
        out->filter_names[out->nfilters++] = use->policy->name;
        out->needed = true;
    }
    return TB_OK;
}

tb_rc tbi_require(tb_stmt *stmt, tb_policy_binder bind, const tb_relation *rel,
                  const tb_colid *base, const bool *wanted, tbi_required *out, tb_error *err)
{
    *out = (tbi_required){.rel = rel, .mask = TB_NEW_ARRAY(stmt->arena, tb_expr *, rel->ncols)};
    TB_TRY(require_masks(stmt, bind, base, wanted, out, err));
    return require_filters(stmt, bind, base, out, err);
}
