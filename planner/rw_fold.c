/* SPDX-License-Identifier: Apache-2.0
 * Constant folding and simplification.
 *
 * Immutable and stable functions of constants are computed once, here. What raises an error stays
 * as it is: it may never be reached. Conditions that are decided empty their subtree; emptiness
 * moves up as far as it decides something.
 */
#include "planner/rewrite_int.h"

typedef struct fold_cx {
    tb_stmt *stmt;
} fold_cx;

static tb_expr *fold(tb_expr *e, void *ctx);

static bool is_bool_const(const tb_expr *e, bool value)
{
    return e->kind == TB_X_CONST && e->type.id == TB_T_BOOL && !e->constant.null &&
           (e->constant.d.b != 0) == value;
}

static bool is_null_const(const tb_expr *e)
{
    return e->kind == TB_X_CONST && e->constant.null;
}

bool tbi_is_false_or_null(const tb_expr *e)
{
    return is_bool_const(e, false) || is_null_const(e);
}

static tb_rc all_const(tb_expr *e, void *ctx, tb_error *err)
{
    (void)err;
    if (e->kind != TB_X_CONST)
        *(bool *)ctx = false;
    return TB_OK;
}

static bool children_const(tb_expr *e)
{
    bool all = true;
    tb_error err = {0};
    tb_rc rc = tb_expr_each_child(e, all_const, &all, &err);
    TB_CHECK(rc == TB_OK);
    return all;
}

static bool foldable_fn(tb_fn_id fn)
{
    enum { UNFIT = TB_FF_VOLATILE | TB_FF_SET | TB_FF_AGG | TB_FF_WINDOW };
    return (tb_fn_get(fn)->flags & UNFIT) == 0;
}

/* Evaluates a node whose children are constants; the node itself when that fails. */
static tb_expr *evaluate(tb_stmt *stmt, tb_expr *e)
{
    tb_value v;
    tb_error err = {.position = -1};
    if (stmt->eval == NULL || e->type.id == TB_T_RECORD ||
        stmt->eval(stmt, stmt->arena, e, &v, &err) != TB_OK)
        return e;
    tb_expr *c = tb_expr_const(stmt->arena, e->type, tb_value_copy(stmt->arena, e->type.id, v));
    c->pos = e->pos;
    return c;
}

static tb_rc find_error(tb_expr *e, void *ctx, tb_error *err)
{
    bool *found = ctx;
    switch (e->kind) {
    case TB_X_CASE:
    case TB_X_COALESCE:
    case TB_X_AND:
    case TB_X_OR:
    case TB_X_SUBLINK: /* may stop before it */
        return TB_OK;
    case TB_X_CALL:
        *found |= foldable_fn(e->call.fn) && children_const(e);
        break;
    case TB_X_IO_CAST:
        *found |= children_const(e);
        break;
    case TB_X_CONST:
    case TB_X_COL:
    case TB_X_PARAM:
    case TB_X_CASE_VALUE:
    case TB_X_ROW:
    case TB_X_FIELD:
    case TB_X_NOT:
    case TB_X_TEST:
    case TB_X_RELABEL:
    case TB_X_ARRAY_CAST:
    case TB_X_ARRAY_OP:
    case TB_X_DISTINCT_FROM:
    case TB_X_NULLIF:
    case TB_X_GREATEST:
    case TB_X_LEAST:
    case TB_X_ARRAY:
    case TB_X_SUBSCRIPT:
    case TB_EXPR_KIND_COUNT:
        break;
    }
    return *found ? TB_OK : tb_expr_each_child(e, find_error, found, err);
}

/* A call with a NULL is NULL whatever the other arguments are, but for what raises an error there
 * (and was left standing). */
static bool null_call(tb_expr *e)
{
    bool null = false, raises = false;
    tb_error err = {0};
    for (uint32_t i = 0; i < e->call.nargs; i++)
        null |= is_null_const(e->call.args[i]);
    for (uint32_t i = 0; null && i < e->call.nargs; i++) {
        tb_rc rc = find_error(e->call.args[i], &raises, &err);
        TB_CHECK(rc == TB_OK);
    }
    return null && !raises;
}

static tb_expr *fold_call(tb_stmt *stmt, tb_expr *e)
{
    if (!foldable_fn(e->call.fn))
        return e;
    if ((tb_fn_get(e->call.fn)->flags & TB_FF_STRICT) && null_call(e))
        return tb_expr_null(stmt->arena, e->type);
    return children_const(e) ? evaluate(stmt, e) : e;
}

static tb_expr *fold_junction(tb_stmt *stmt, tb_expr *e)
{
    bool and_ = e->kind == TB_X_AND;
    tbi_preds keep = {0};
    for (uint32_t i = 0; i < e->list.n; i++) {
        tb_expr *t = e->list.args[i];
        if (is_bool_const(t, !and_))
            return t;
        if (!is_bool_const(t, and_) && !(tbi_contains_expr(&keep, t) && !tb_expr_is_volatile(t)))
            tb_list_push(stmt->arena, &keep, t);
    }
    if (keep.n == e->list.n)
        return e;
    return and_ ? tb_expr_and(stmt->arena, keep.at, keep.n)
                : tb_expr_or(stmt->arena, keep.at, keep.n);
}

static tb_bool_test opposite(tb_bool_test t)
{
    static const tb_bool_test map[] = {
        [TB_IS_NULL] = TB_IS_NOT_NULL,   [TB_IS_NOT_NULL] = TB_IS_NULL,
        [TB_IS_TRUE] = TB_IS_NOT_TRUE,   [TB_IS_NOT_TRUE] = TB_IS_TRUE,
        [TB_IS_FALSE] = TB_IS_NOT_FALSE, [TB_IS_NOT_FALSE] = TB_IS_FALSE,
    };
    return map[t];
}

static tb_expr *fold_not(tb_stmt *stmt, tb_expr *e)
{
    tb_expr *a = e->arg;
    if (a->kind == TB_X_CONST)
        return a->constant.null ? a : tb_expr_bool(stmt->arena, !a->constant.d.b);
    if (a->kind == TB_X_NOT)
        return a->arg;
    if (a->kind == TB_X_TEST)
        return tbi_mk_test(stmt, opposite(a->test.test), a->test.arg);
    if (a->kind == TB_X_CALL && tb_fn_negator(a->call.fn) != TB_FN_NONE)
        return tb_expr_call(stmt->arena, tb_fn_negator(a->call.fn), a->type, a->call.args,
                            a->call.nargs, a->pos);
    if (a->kind == TB_X_ARRAY_OP && tb_fn_negator(a->array_op.fn) != TB_FN_NONE) {
        tb_expr *n = tb_arena_memdup(stmt->arena, a, sizeof *a);
        n->array_op.fn = tb_fn_negator(a->array_op.fn);
        n->array_op.all = !a->array_op.all;
        return n;
    }
    if (a->kind == TB_X_AND || a->kind == TB_X_OR) {
        tb_expr **terms = TB_NEW_ARRAY(stmt->arena, tb_expr *, a->list.n);
        for (uint32_t i = 0; i < a->list.n; i++)
            terms[i] = fold_not(stmt, tb_expr_not(stmt->arena, a->list.args[i]));
        return a->kind == TB_X_AND ? tb_expr_or(stmt->arena, terms, a->list.n)
                                   : tb_expr_and(stmt->arena, terms, a->list.n);
    }
    return e;
}

static tb_expr *fold_test(tb_stmt *stmt, tb_expr *e)
{
    tbi_colset none = {0};
    tb_bool_test t = e->test.test;
    if (e->test.arg->kind == TB_X_CONST) {
        const tb_value *v = &e->test.arg->constant;
        bool is_bool = e->test.arg->type.id == TB_T_BOOL, b = is_bool && !v->null && v->d.b;
        bool positive = t == TB_IS_NULL || t == TB_IS_TRUE || t == TB_IS_FALSE;
        tb_bool_test p = positive ? t : opposite(t);
        if (e->test.arg->type.id == TB_T_RECORD)
            return e;
        bool holds = p == TB_IS_NULL ? v->null : p == TB_IS_TRUE ? b : is_bool && !v->null && !b;
        return tb_expr_bool(stmt->arena, holds == positive);
    }
    /* ROW(...) IS NULL looks inside the row. */
    if ((t == TB_IS_NULL || t == TB_IS_NOT_NULL) && e->test.arg->type.id != TB_T_RECORD &&
        tbi_expr_nonnull(e->test.arg, &none) && !tb_expr_may_raise(e->test.arg) &&
        !tb_expr_is_volatile(e->test.arg))
        return tb_expr_bool(stmt->arena, t == TB_IS_NOT_NULL);
    return e;
}

static tb_expr *fold_case(tb_stmt *stmt, tb_expr *e)
{
    uint32_t n = 0;
    tb_expr **when = TB_NEW_ARRAY(stmt->arena, tb_expr *, e->case_.n),
            **then = TB_NEW_ARRAY(stmt->arena, tb_expr *, e->case_.n);
    tb_expr *otherwise = e->case_.otherwise;
    for (uint32_t i = 0; i < e->case_.n; i++) {
        if (tbi_is_false_or_null(e->case_.when[i]))
            continue;
        if (is_bool_const(e->case_.when[i], true)) {
            otherwise = e->case_.then[i];
            break;
        }
        when[n] = e->case_.when[i];
        then[n++] = e->case_.then[i];
    }
    if (n == 0)
        return otherwise != NULL ? otherwise : tb_expr_null(stmt->arena, e->type);
    if (n == e->case_.n)
        return e;
    tb_expr *c = tb_arena_memdup(stmt->arena, e, sizeof *e);
    c->case_.n = n;
    c->case_.when = when;
    c->case_.then = then;
    c->case_.otherwise = otherwise;
    return c;
}

static tb_expr *fold_coalesce(tb_stmt *stmt, tb_expr *e)
{
    tbi_preds keep = {0};
    for (uint32_t i = 0; i < e->list.n; i++) {
        if (is_null_const(e->list.args[i]))
            continue;
        tb_list_push(stmt->arena, &keep, e->list.args[i]);
        if (e->list.args[i]->kind == TB_X_CONST)
            break;
    }
    if (keep.n == 0)
        return tb_expr_null(stmt->arena, e->type);
    if (keep.n == 1)
        return keep.at[0];
    if (keep.n == e->list.n)
        return e;
    tb_expr *c = tb_arena_memdup(stmt->arena, e, sizeof *e);
    c->list.args = keep.at;
    c->list.n = keep.n;
    return c;
}

static tb_expr *fold_node(tb_stmt *stmt, tb_expr *e)
{
    switch (e->kind) {
    case TB_X_CONST:
    case TB_X_COL:
    case TB_X_PARAM:
    case TB_X_CASE_VALUE:
    case TB_X_ROW:
    case TB_X_SUBLINK:
    case TB_X_FIELD:
        return e;
    case TB_X_CALL:
        return fold_call(stmt, e);
    case TB_X_AND:
    case TB_X_OR:
        return fold_junction(stmt, e);
    case TB_X_NOT:
        return fold_not(stmt, e);
    case TB_X_TEST:
        return fold_test(stmt, e);
    case TB_X_CASE:
        return fold_case(stmt, e);
    case TB_X_COALESCE:
        return fold_coalesce(stmt, e);
    case TB_X_RELABEL:
        if (e->arg->kind == TB_X_CONST) {
            tb_expr *c = tb_expr_const(stmt->arena, e->type, e->arg->constant);
            c->pos = e->pos;
            return c;
        }
        return e;
    case TB_X_ARRAY_CAST:
        return e->array_cast.arg->kind == TB_X_CONST && !tb_expr_is_volatile(e) ? evaluate(stmt, e)
                                                                                : e;
    case TB_X_ARRAY_OP:
        if (!foldable_fn(e->array_op.fn))
            return e;
        if (is_null_const(e->array_op.array))
            return tb_expr_null(stmt->arena, e->type);
        return children_const(e) ? evaluate(stmt, e) : e;
    case TB_X_DISTINCT_FROM:
    case TB_X_NULLIF:
    case TB_X_GREATEST:
    case TB_X_LEAST:
    case TB_X_ARRAY:
    case TB_X_IO_CAST:
    case TB_X_SUBSCRIPT:
        return children_const(e) ? evaluate(stmt, e) : e;
    case TB_EXPR_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

static tb_plan *fold_plan(tb_stmt *stmt, tb_plan *p);

static tb_expr *fold(tb_expr *e, void *ctx)
{
    fold_cx *cx = ctx;
    e = tb_expr_map_children(cx->stmt->arena, e, fold, cx);
    if (e->kind == TB_X_SUBLINK) {
        tb_plan *p = fold_plan(cx->stmt, e->sublink.plan);
        if (p != e->sublink.plan) {
            e = tb_arena_memdup(cx->stmt->arena, e, sizeof *e);
            e->sublink.plan = p;
        }
        return e;
    }
    return fold_node(cx->stmt, e);
}

tb_expr *tbi_fold(tb_stmt *stmt, tb_expr *e)
{
    fold_cx cx = {stmt};
    return fold(e, &cx);
}

/* ---- plans ---- */

typedef struct slot_cx {
    tb_stmt *stmt;
    bool changed;
} slot_cx;

static tb_rc fold_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    (void)err;
    slot_cx *cx = ctx;
    tb_expr *to = tbi_fold(cx->stmt, *slot);
    cx->changed |= to != *slot;
    *slot = to;
    return TB_OK;
}

static tb_plan *fold_exprs(tb_stmt *stmt, tb_plan *p)
{
    tb_plan *c = tb_plan_clone(stmt->arena, p);
    slot_cx cx = {.stmt = stmt};
    tb_error err = {0};
    tb_rc rc = tb_plan_each_expr(c, fold_slot, &cx, &err);
    TB_CHECK(rc == TB_OK);
    return cx.changed ? c : p;
}

static bool is_empty(const tb_plan *p)
{
    return p->kind == TB_P_EMPTY;
}

static tb_plan *fold_filter(tb_stmt *stmt, tb_plan *p)
{
    tbi_preds keep = {0};
    tbi_add_conjuncts(stmt, &keep, p->filter.conjuncts, p->filter.n);
    for (uint32_t i = 0; i < keep.n; i++)
        if (tbi_is_false_or_null(keep.at[i]))
            return tbi_mk_empty(stmt, p->out, p->nout);
    if (keep.n == 0)
        return p->nout == p->in[0]->nout ? p->in[0] : tbi_mk_pass(stmt, p->in[0], p->out, p->nout);
    if (keep.n == p->filter.n)
        return p;
    tb_plan *c = tb_plan_clone(stmt->arena, p);
    c->filter.n = keep.n;
    c->filter.conjuncts = keep.at;
    return c;
}

/* The left side with NULLs for the columns of a right side that has no rows. */
static tb_plan *null_extended(tb_stmt *stmt, tb_plan *p, int keep)
{
    tb_assign *items = TB_NEW_ARRAY(stmt->arena, tb_assign, p->nout);
    for (uint32_t i = 0; i < p->nout; i++) {
        bool there = tb_plan_outputs(p->in[keep], p->out[i]);
        items[i].out = p->out[i];
        items[i].expr = there ? tbi_mk_col(stmt, p->out[i])
                              : tb_expr_null(stmt->arena, tb_stmt_col_type(stmt, p->out[i]));
    }
    tb_plan *to = tb_plan_new(stmt->arena, TB_P_PROJECT, p->in[keep], NULL);
    tb_plan_set_out(stmt->arena, to, p->out, p->nout);
    to->project.n = p->nout;
    to->project.items = items;
    return to;
}

static bool never_true(const tb_plan *p)
{
    for (uint32_t i = 0; i < p->join.nconds; i++)
        if (tbi_is_false_or_null(p->join.conds[i]))
            return true;
    return false;
}

/* One row without columns on a side: nothing is joined. */
static tb_plan *fold_row_join(tb_stmt *stmt, tb_plan *p)
{
    tb_join_type t = p->join.type;
    tb_plan *other = p->in[0]->kind == TB_P_ROW ? p->in[1] : p->in[0];
    if (p->in[0]->kind != TB_P_ROW && p->in[1]->kind != TB_P_ROW)
        return NULL;
    if (t == TB_JOIN_INNER || (t == TB_JOIN_SEMI && p->in[1]->kind == TB_P_ROW))
        other = tbi_mk_filter(stmt, other, p->join.conds, p->join.nconds);
    else if (t != TB_JOIN_LEFT ||
             p->in[1]->kind != TB_P_ROW) /* whatever the conditions, one row per left row */
        return NULL;
    return other->nout == p->nout ? other : tbi_mk_pass(stmt, other, p->out, p->nout);
}

static tb_plan *fold_join(tb_stmt *stmt, tb_plan *p)
{
    tb_plan *alone = fold_row_join(stmt, p);
    if (alone != NULL)
        return alone;
    bool no_left = is_empty(p->in[0]), no_right = is_empty(p->in[1]);
    bool no_match = no_left || no_right || never_true(p);
    if (!no_match)
        return p;
    switch (p->join.type) {
    case TB_JOIN_INNER:
    case TB_JOIN_SEMI:
        return tbi_mk_empty(stmt, p->out, p->nout);
    case TB_JOIN_LEFT:
    case TB_JOIN_SINGLE:
        return no_left ? tbi_mk_empty(stmt, p->out, p->nout) : null_extended(stmt, p, 0);
    case TB_JOIN_RIGHT:
        return no_right ? tbi_mk_empty(stmt, p->out, p->nout) : null_extended(stmt, p, 1);
    case TB_JOIN_ANTI:
        return no_left ? tbi_mk_empty(stmt, p->out, p->nout)
                       : tbi_mk_pass(stmt, p->in[0], p->out, p->nout);
    case TB_JOIN_NULL_ANTI:
        if (no_left)
            return tbi_mk_empty(stmt, p->out, p->nout);
        return no_right ? tbi_mk_pass(stmt, p->in[0], p->out, p->nout) : p;
    case TB_JOIN_FULL:
        if (no_left && no_right)
            return tbi_mk_empty(stmt, p->out, p->nout);
        return no_left ? null_extended(stmt, p, 1) : no_right ? null_extended(stmt, p, 0) : p;
    case TB_JOIN_MARK:
        return no_left ? tbi_mk_empty(stmt, p->out, p->nout) : p;
    }
    TB_UNREACHABLE();
}

static tb_plan *fold_setop(tb_stmt *stmt, tb_plan *p)
{
    bool no_left = is_empty(p->in[0]), no_right = is_empty(p->in[1]);
    if (no_left && (no_right || p->setop.op != TB_SETOP_UNION))
        return tbi_mk_empty(stmt, p->out, p->nout);
    if (no_right && p->setop.op == TB_SETOP_INTERSECT)
        return tbi_mk_empty(stmt, p->out, p->nout);
    if (!p->setop.all || p->setop.op == TB_SETOP_INTERSECT || (!no_left && !no_right))
        return p;
    const tb_colid *from = no_left ? p->setop.right : p->setop.left;
    tb_assign *items = TB_NEW_ARRAY(stmt->arena, tb_assign, p->nout);
    for (uint32_t i = 0; i < p->nout; i++)
        items[i] = (tb_assign){p->out[i], tbi_mk_col(stmt, from[i])};
    tb_plan *to = tb_plan_new(stmt->arena, TB_P_PROJECT, p->in[no_left ? 1 : 0], NULL);
    tb_plan_set_out(stmt->arena, to, p->out, p->nout);
    to->project.n = p->nout;
    to->project.items = items;
    return to;
}

static bool limit_zero(const tb_plan *p)
{
    const tb_expr *n = p->limit.count;
    return n != NULL && n->kind == TB_X_CONST && n->type.id == TB_T_INT8 && !n->constant.null &&
           n->constant.d.i64 == 0;
}

static tb_plan *fold_emptiness(tb_stmt *stmt, tb_plan *p)
{
    if (p->kind == TB_P_FILTER)
        p = fold_filter(stmt, p);
    else if (p->kind == TB_P_JOIN)
        p = fold_join(stmt, p);
    else if (p->kind == TB_P_SETOP)
        p = fold_setop(stmt, p);
    else if (p->kind == TB_P_LIMIT && limit_zero(p))
        return tbi_mk_empty(stmt, p->out, p->nout);
    if (p->kind == TB_P_AGG &&
        p->agg.nkeys == 0) /* HAVING alone makes a row whatever the input is */
        return p->agg.naggs == 0 && p->agg.nsets == 0 && p->nout == 0
                   ? tb_plan_new(stmt->arena, TB_P_ROW, NULL, NULL)
                   : p;
    bool unary =
        tb_plan_inputs(p->kind) == 1 && p->kind != TB_P_BARRIER && p->kind != TB_P_FRAGMENT;
    if (unary && is_empty(p->in[0]) && !(p->kind == TB_P_AGG && p->agg.nsets > 0))
        return tbi_mk_empty(stmt, p->out, p->nout);
    return p;
}

static tb_plan *fold_plan(tb_stmt *stmt, tb_plan *p)
{
    if (p->kind == TB_P_BARRIER)
        return p;
    tb_plan *in[2] = {p->in[0], p->in[1]};
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        in[i] = fold_plan(stmt, in[i]);
    p = fold_exprs(stmt, tbi_with_inputs(stmt, p, in[0], in[1]));
    return fold_emptiness(stmt, p);
}

tb_rc tbi_rw_fold(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    (void)err;
    *plan = fold_plan(stmt, *plan);
    return TB_OK;
}
