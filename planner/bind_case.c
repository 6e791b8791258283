/* SPDX-License-Identifier: Apache-2.0
 * CASE, COALESCE, GREATEST, LEAST, NULLIF: forms whose result type is the common type of several
 * expressions.
 */
#include "planner/bind_int.h"

/* A set-returning function may not stand where it would be evaluated conditionally. */
static tb_rc no_srf(tbi_bind *b, const tbi_scope *s, uint32_t before, const char *form)
{
    if (s->srfs.n == before)
        return TB_OK;
    TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, s->srfs.at[s->srfs.n - 1].call->pos,
                "set-returning functions are not allowed in %s", form);
    tb_error_hint(b->err, "You might be able to move the set-returning function into a LATERAL "
                          "FROM item.");
    return TB_FAIL;
}

/* WHEN conditions: the condition itself, or operand = value. */
static tb_rc case_conditions(tbi_bind *b, tbi_scope *s, const tb_ast_case *c, tb_expr **when)
{
    tb_expr *operand = NULL;
    if (c->arg != NULL) {
        TB_TRY(tbi_bind_expr(b, s, c->arg, &operand));
        TB_TRY(tbi_unknown_to_text(b, operand, &operand));
    }
    for (uint32_t i = 0; i < c->whens.n; i++) {
        const tb_ast_case_when *w = tb_as_case_when(c->whens.at[i]);
        TB_TRY(tbi_bind_expr(b, s, w->cond, &when[i]));
        if (operand != NULL) {
            tb_expr *left = operand;
            if (c->whens.n > 1)
                TB_TRY(tbi_again(b, s, c->arg, operand, &left));
            TB_TRY(tbi_operator(b, "=", left, when[i], w->base.pos, &when[i]));
        }
        TB_TRY(tbi_coerce_clause(b, when[i], TB_T_BOOL, "CASE/WHEN", &when[i]));
    }
    return TB_OK;
}

tb_rc tbi_bind_case(tbi_bind *b, tbi_scope *s, const tb_ast_case *c, tb_expr **out)
{
    uint32_t n = c->whens.n, srfs = s->srfs.n;
    tb_expr *e = tb_expr_new(b->arena, TB_X_CASE, tb_type_of(TB_T_UNKNOWN), c->base.pos);
    e->case_.n = n;
    e->case_.when = TB_NEW_ARRAY(b->arena, tb_expr *, n);
    TB_TRY(case_conditions(b, s, c, e->case_.when));
    /* ELSE first: it is what decides the type when nothing else does */
    tb_expr **results = TB_NEW_ARRAY(b->arena, tb_expr *, n + 1);
    if (c->otherwise != NULL)
        TB_TRY(tbi_bind_expr(b, s, c->otherwise, &results[0]));
    else
        results[0] = tb_expr_null(b->arena, tb_type_of(TB_T_UNKNOWN));
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(tbi_bind_expr(b, s, tb_as_case_when(c->whens.at[i])->result, &results[i + 1]));
    TB_TRY(no_srf(b, s, srfs, "CASE"));
    TB_TRY(tbi_unify(b, results, n + 1, "CASE", &e->type));
    e->case_.otherwise = results[0];
    e->case_.then = results + 1;
    *out = e;
    return TB_OK;
}

static tb_rc unified_list(tbi_bind *b, tbi_scope *s, tb_expr_kind kind, const tb_ast_list *args,
                          const char *name, int pos, tb_expr **out)
{
    tb_expr *e = tb_expr_new(b->arena, kind, tb_type_of(TB_T_UNKNOWN), pos);
    e->list.n = args->n;
    TB_TRY(tbi_bind_exprs(b, s, args, &e->list.args));
    TB_TRY(tbi_unify(b, e->list.args, e->list.n, name, &e->type));
    *out = e;
    return TB_OK;
}

tb_rc tbi_bind_coalesce(tbi_bind *b, tbi_scope *s, const tb_ast_coalesce *c, tb_expr **out)
{
    uint32_t srfs = s->srfs.n;
    TB_TRY(unified_list(b, s, TB_X_COALESCE, &c->args, "COALESCE", c->base.pos, out));
    return no_srf(b, s, srfs, "COALESCE");
}

tb_rc tbi_bind_min_max(tbi_bind *b, tbi_scope *s, const tb_ast_min_max *m, tb_expr **out)
{
    TB_TRY(unified_list(b, s, m->least ? TB_X_LEAST : TB_X_GREATEST, &m->args,
                        m->least ? "LEAST" : "GREATEST", m->base.pos, out));
    if (tb_op_comparison("<", (*out)->type.id, (*out)->type.id) == TB_FN_NONE)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_FUNCTION, m->base.pos,
                           "could not identify a comparison function for type %s",
                           tbi_type_name(b, (*out)->type.id));
    return TB_OK;
}

tb_rc tbi_bind_nullif(tbi_bind *b, tbi_scope *s, const tb_ast_nullif *n, tb_expr **out)
{
    tb_expr *left, *right, *eq;
    TB_TRY(tbi_bind_expr(b, s, n->left, &left));
    TB_TRY(tbi_bind_expr(b, s, n->right, &right));
    TB_TRY(tbi_operator(b, "=", left, right, n->base.pos, &eq));
    if (eq->type.id != TB_T_BOOL)
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, n->base.pos,
                           "NULLIF requires = operator to yield boolean");
    tb_expr *e = tb_expr_new(b->arena, TB_X_NULLIF, eq->call.args[0]->type, n->base.pos);
    e->nullif_.eq = eq->call.fn;
    e->nullif_.left = eq->call.args[0];
    e->nullif_.right = eq->call.args[1];
    *out = e;
    return TB_OK;
}
