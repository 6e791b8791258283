/* SPDX-License-Identifier: Apache-2.0
 * Folding of policy bodies for one subject: IS_ROLE_IN_SESSION('X') becomes a constant, and the
 * CASE around it the branch that applies, so that a cleared user's mask is visibly the plain
 * column.
 */
#include "policy/policy_int.h"

static bool is_decided(const tb_expr *e, bool value)
{
    return e->kind == TB_X_CONST && e->type.id == TB_T_BOOL && !e->constant.null &&
           (e->constant.d.b != 0) == value;
}

/* WHEN's condition is constant and not true (false or NULL): the branch is never taken */
static bool is_never(const tb_expr *e)
{
    return e->kind == TB_X_CONST && (e->constant.null || !e->constant.d.b);
}

static bool args_constant(const tb_expr *e)
{
    for (uint32_t i = 0; i < e->call.nargs; i++)
        if (e->call.args[i]->kind != TB_X_CONST)
            return false;
    return true;
}

static tb_expr *fold_call(tb_stmt *stmt, tb_expr *e)
{
    const tb_fn_info *fn = tb_fn_get(e->call.fn);
    if ((fn->flags & (TB_FF_VOLATILE | TB_FF_SET | TB_FF_AGG | TB_FF_WINDOW)) || !args_constant(e))
        return e;
    tb_value value;
    tb_error ignored = {.position = -1};
    if (stmt->eval(stmt, stmt->arena, e, &value, &ignored) != TB_OK)
        return e;
    return tb_expr_const(stmt->arena, e->type, value);
}

static tb_expr *fold_case(tb_stmt *stmt, tb_expr *e)
{
    uint32_t n = 0;
    tb_expr **when = TB_NEW_ARRAY(stmt->arena, tb_expr *, e->case_.n);
    tb_expr **then = TB_NEW_ARRAY(stmt->arena, tb_expr *, e->case_.n);
    tb_expr *otherwise = e->case_.otherwise;
    for (uint32_t i = 0; i < e->case_.n; i++) {
        if (is_never(e->case_.when[i]))
            continue;
        if (is_decided(e->case_.when[i], true)) {
            otherwise = e->case_.then[i];
            break;
        }
        when[n] = e->case_.when[i];
        then[n++] = e->case_.then[i];
    }
    if (n == e->case_.n)
        return e;
    if (n == 0)
        return otherwise != NULL ? otherwise : tb_expr_null(stmt->arena, e->type);
    tb_expr *folded = tb_expr_new(stmt->arena, TB_X_CASE, e->type, e->pos);
    folded->case_.n = n;
    folded->case_.when = when;
    folded->case_.then = then;
    folded->case_.otherwise = otherwise;
    return folded;
}

/* AND (neutral = true) or OR (neutral = false): drops neutral terms, a decided opposite term
 * decides all */
static tb_expr *fold_list(tb_stmt *stmt, tb_expr *e, bool neutral)
{
    uint32_t n = 0;
    tb_expr **terms = TB_NEW_ARRAY(stmt->arena, tb_expr *, e->list.n);
    for (uint32_t i = 0; i < e->list.n; i++) {
        if (is_decided(e->list.args[i], !neutral))
            return e->list.args[i];
        if (!is_decided(e->list.args[i], neutral))
            terms[n++] = e->list.args[i];
    }
    if (n == e->list.n)
        return e;
    return neutral ? tb_expr_and(stmt->arena, terms, n) : tb_expr_or(stmt->arena, terms, n);
}

static tb_expr *fold_not(tb_stmt *stmt, tb_expr *e)
{
    if (e->arg->kind != TB_X_CONST)
        return e;
    if (e->arg->constant.null)
        return e->arg;
    return tb_expr_bool(stmt->arena, !e->arg->constant.d.b);
}

static tb_expr *simplify(tb_expr *e, void *ctx)
{
    return tbi_simplify(ctx, e);
}

tb_expr *tbi_simplify(tb_stmt *stmt, tb_expr *e)
{
    e = tb_expr_map_children(stmt->arena, e, simplify, stmt);
    /* some kinds only: everything else stays as it was bound */
    if (e->kind == TB_X_CALL)
        return fold_call(stmt, e);
    if (e->kind == TB_X_CASE)
        return fold_case(stmt, e);
    if (e->kind == TB_X_AND)
        return fold_list(stmt, e, true);
    if (e->kind == TB_X_OR)
        return fold_list(stmt, e, false);
    if (e->kind == TB_X_NOT)
        return fold_not(stmt, e);
    return e;
}
