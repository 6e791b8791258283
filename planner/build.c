/* SPDX-License-Identifier: Apache-2.0
 * Constructors the passes share, and the bottom-up walk.
 */
#include "planner/rewrite_int.h"

tb_expr *tbi_mk_col(const tb_stmt *stmt, tb_colid col)
{
    return tb_expr_col(stmt->arena, col, tb_stmt_col_type(stmt, col));
}

tb_expr *tbi_mk_test(const tb_stmt *stmt, tb_bool_test test, tb_expr *arg)
{
    tb_expr *e = tb_expr_new(stmt->arena, TB_X_TEST, tb_type_of(TB_T_BOOL), arg->pos);
    e->test.test = test;
    e->test.arg = arg;
    return e;
}

tb_expr *tbi_mk_int8(const tb_stmt *stmt, int64_t v)
{
    return tb_expr_const(stmt->arena, tb_type_of(TB_T_INT8), tb_value_int8(v));
}

/* varchar and the like have no comparison of their own: text's serves. */
tb_fn_id tbi_eq_fn(tb_type_id type)
{
    tb_fn_id fn = tb_op_comparison("=", type, type);
    if (fn != TB_FN_NONE)
        return fn;
    if (type == TB_T_VARCHAR)
        return tb_op_comparison("=", TB_T_TEXT, TB_T_TEXT);
    if (tb_type_is_array(type))
        return tb_op_comparison("=", TB_T_ANYARRAY, TB_T_ANYARRAY);
    return TB_FN_NONE;
}

tb_expr *tbi_not_distinct(const tb_stmt *stmt, tb_expr *a, tb_expr *b)
{
    tb_fn_id eq = tbi_eq_fn(a->type.id);
    if (eq == TB_FN_NONE)
        return NULL;
    tb_expr *e = tb_expr_new(stmt->arena, TB_X_DISTINCT_FROM, tb_type_of(TB_T_BOOL), -1);
    e->distinct.eq = eq;
    e->distinct.left = a;
    e->distinct.right = b;
    return tb_expr_not(stmt->arena, e);
}

bool tbi_is_join_outputting_right(tb_join_type type)
{
    return type != TB_JOIN_SEMI && type != TB_JOIN_ANTI && type != TB_JOIN_NULL_ANTI &&
           type != TB_JOIN_MARK;
}

tb_plan *tbi_mk_filter(tb_stmt *stmt, tb_plan *p, tb_expr *const *conjuncts, uint32_t n)
{
    if (n == 0)
        return p;
    uint32_t old = p->kind == TB_P_FILTER ? p->filter.n : 0;
    tb_expr **all = TB_NEW_ARRAY(stmt->arena, tb_expr *, old + n);
    if (old > 0)
        memcpy(all, p->filter.conjuncts, old * sizeof *all);
    memcpy(all + old, conjuncts, n * sizeof *all);
    tb_plan *f = tb_plan_new(stmt->arena, TB_P_FILTER, old > 0 ? p->in[0] : p, NULL);
    tb_plan_set_out(stmt->arena, f, p->out, p->nout);
    f->filter.n = old + n;
    f->filter.conjuncts = all;
    return f;
}

static tb_plan *project(tb_stmt *stmt, tb_plan *in, tb_assign *items, uint32_t n)
{
    tb_plan *p = tb_plan_new(stmt->arena, TB_P_PROJECT, in, NULL);
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, n);
    for (uint32_t i = 0; i < n; i++)
        out[i] = items[i].out;
    p->nout = n;
    p->out = out;
    p->project.n = n;
    p->project.items = items;
    return p;
}

tb_plan *tbi_mk_extend(tb_stmt *stmt, tb_plan *p, const tb_assign *items, uint32_t n)
{
    tb_assign *all = TB_NEW_ARRAY(stmt->arena, tb_assign, p->nout + n);
    for (uint32_t i = 0; i < p->nout; i++)
        all[i] = (tb_assign){p->out[i], tbi_mk_col(stmt, p->out[i])};
    memcpy(all + p->nout, items, n * sizeof *items);
    return project(stmt, p, all, p->nout + n);
}

tb_plan *tbi_mk_pass(tb_stmt *stmt, tb_plan *p, const tb_colid *cols, uint32_t n)
{
    tb_assign *items = TB_NEW_ARRAY(stmt->arena, tb_assign, n);
    for (uint32_t i = 0; i < n; i++)
        items[i] = (tb_assign){cols[i], tbi_mk_col(stmt, cols[i])};
    return project(stmt, p, items, n);
}

tb_plan *tbi_mk_join(tb_stmt *stmt, tb_join_type type, tb_plan *left, tb_plan *right,
                     tb_expr *const *conds, uint32_t n)
{
    tb_plan *j = tb_plan_new(stmt->arena, TB_P_JOIN, left, right);
    uint32_t nright = tbi_is_join_outputting_right(type) ? right->nout : 0;
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, left->nout + nright);
    if (left->nout > 0)
        memcpy(out, left->out, left->nout * sizeof *out);
    if (nright > 0)
        memcpy(out + left->nout, right->out, nright * sizeof *out);
    j->nout = left->nout + nright;
    j->out = out;
    j->join.type = type;
    j->join.nconds = n;
    j->join.conds = n > 0 ? tb_arena_memdup(stmt->arena, conds, n * sizeof *conds) : NULL;
    return j;
}

tb_plan *tbi_mk_empty(tb_stmt *stmt, const tb_colid *cols, uint32_t n)
{
    tb_plan *p = tb_plan_new(stmt->arena, TB_P_EMPTY, NULL, NULL);
    tb_plan_set_out(stmt->arena, p, cols, n);
    p->rows = 0;
    return p;
}

tb_plan *tbi_mk_cte_ref(tb_stmt *stmt, uint32_t id, const char *name, const tb_colid *out,
                        const tb_colid *cols, uint32_t n)
{
    tb_plan *p = tb_plan_new(stmt->arena, TB_P_CTE_REF, NULL, NULL);
    tb_plan_set_out(stmt->arena, p, out, n);
    p->cte_ref.id = id;
    p->cte_ref.name = name;
    p->cte_ref.cols = n > 0 ? tb_arena_memdup(stmt->arena, cols, n * sizeof *cols) : NULL;
    return p;
}

tb_plan *tbi_with_inputs(tb_stmt *stmt, tb_plan *p, tb_plan *in0, tb_plan *in1)
{
    if (p->in[0] == in0 && p->in[1] == in1)
        return p;
    tb_plan *c = tb_plan_clone(stmt->arena, p);
    c->in[0] = in0;
    c->in[1] = in1;
    return c;
}

tb_rc tbi_rewrite_up(tb_stmt *stmt, tb_plan **plan, tbi_node_rewrite fn, void *ctx, tb_error *err)
{
    tb_plan *p = *plan;
    if (p->kind != TB_P_BARRIER && tb_plan_inputs(p->kind) > 0) {
        tb_plan *in[2] = {p->in[0], p->in[1]};
        for (int i = 0; i < tb_plan_inputs(p->kind); i++)
            TB_TRY(tbi_rewrite_up(stmt, &in[i], fn, ctx, err));
        p = tbi_with_inputs(stmt, p, in[0], in[1]);
    }
    *plan = p;
    return fn(stmt, plan, ctx, err);
}
