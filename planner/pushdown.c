/* SPDX-License-Identifier: Apache-2.0
 * Predicate classes of protected relations, and dialects of relations.
 */
#include "planner/pushdown.h"

static bool is_value(const tb_expr *e)
{
    return e->kind == TB_X_CONST || e->kind == TB_X_PARAM;
}

static bool leakproof_comparison(tb_fn_id fn)
{
    const tb_fn_info *info = tb_fn_get(fn);
    return tb_fn_comparison(fn) != NULL && (info->flags & TB_FF_LEAKPROOF) &&
           !(info->flags & TB_FF_MAY_RAISE);
}

bool tbi_is_l0(const tb_expr *e)
{
    if (e->kind == TB_X_CALL && e->call.nargs == 2 && leakproof_comparison(e->call.fn)) {
        const tb_expr *a = e->call.args[0], *b = e->call.args[1];
        return (a->kind == TB_X_COL && is_value(b)) || (b->kind == TB_X_COL && is_value(a));
    }
    if (e->kind == TB_X_TEST)
        return e->test.arg->kind == TB_X_COL &&
               (e->test.test == TB_IS_NULL || e->test.test == TB_IS_NOT_NULL);
    if (e->kind == TB_X_ARRAY_OP)
        return e->array_op.left->kind == TB_X_COL && is_value(e->array_op.array) &&
               leakproof_comparison(e->array_op.fn);
    if (e->kind != TB_X_AND && e->kind != TB_X_OR)
        return false;
    for (uint32_t i = 0; i < e->list.n; i++)
        if (!tbi_is_l0(e->list.args[i]))
            return false;
    return true;
}

static tb_rc leakproof(tb_expr *e, void *ctx, tb_error *err)
{
    bool *all = ctx;
    tb_fn_id fn = e->kind == TB_X_CALL            ? e->call.fn
                  : e->kind == TB_X_ARRAY_OP      ? e->array_op.fn
                  : e->kind == TB_X_DISTINCT_FROM ? e->distinct.eq
                  : e->kind == TB_X_NULLIF        ? e->nullif_.eq
                                                  : TB_FN_NONE;
    if (fn != TB_FN_NONE)
        *all &= (tb_fn_get(fn)->flags & TB_FF_LEAKPROOF) != 0;
    else
        *all &= is_value(e) || e->kind == TB_X_COL || e->kind == TB_X_AND || e->kind == TB_X_OR ||
                e->kind == TB_X_NOT || e->kind == TB_X_TEST || e->kind == TB_X_RELABEL;
    return tb_expr_each_child(e, leakproof, ctx, err);
}

bool tbi_is_l1(const tb_expr *e)
{
    bool all = !tb_expr_may_raise(e) && !tb_expr_is_volatile(e);
    tb_error err = {0};
    tb_rc rc = leakproof((tb_expr *)e, &all, &err);
    TB_CHECK(rc == TB_OK);
    return all;
}

tb_rc tbi_dialect_of(const tb_stmt *stmt, const tb_relation *rel, const tb_dialect **out,
                     tb_error *err)
{
    *out = NULL;
    if (rel->kind != TB_REL_FOREIGN)
        return TB_OK;
    if (stmt->dialects != NULL)
        *out = tb_dialect_find(stmt->dialects, rel->server->dialect);
    if (*out == NULL)
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "dialect \"%s\" of server \"%s\" is not loaded",
                        rel->server->dialect, rel->server->name);
    return TB_OK;
}
