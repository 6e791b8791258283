/* SPDX-License-Identifier: Apache-2.0
 * Outer joins that cannot keep an unmatched row become inner ones; RIGHT becomes LEFT with its
 * inputs swapped.
 *
 * Walks down with the set of columns that a condition above rejects when they are NULL: a row in
 * which such a column is NULL never reaches the answer.
 */
#include "planner/rewrite_int.h"

static tb_plan *reduce(tb_stmt *stmt, tb_plan *p, const tbi_colset *rejected);

/* Adds the columns of cols that a conjunct rejects when they are NULL. */
static void add_rejected(tb_stmt *stmt, tbi_colset *set, const tb_colid *cols, uint32_t ncols,
                         tb_expr *const *preds, uint32_t n)
{
    for (uint32_t c = 0; c < ncols; c++) {
        tbi_colset one = {0};
        if (tbi_colset_has(set, cols[c]))
            continue;
        tbi_colset_add(stmt->arena, &one, cols[c]);
        for (uint32_t i = 0; i < n; i++) {
            if (tbi_expr_touches(preds[i], &one) && tbi_not_true_when(preds[i], &one)) {
                tbi_colset_add(stmt->arena, set, cols[c]);
                break;
            }
        }
    }
}

static bool rejects_side(const tb_plan *side, const tbi_colset *rejected)
{
    for (uint32_t i = 0; i < side->nout; i++)
        if (tbi_colset_has(rejected, side->out[i]))
            return true;
    return false;
}

static tb_join_type reduced_type(const tb_plan *p, const tbi_colset *rejected)
{
    bool left = rejects_side(p->in[0], rejected), right = rejects_side(p->in[1], rejected);
    switch (p->join.type) {
    case TB_JOIN_LEFT:
        return right ? TB_JOIN_INNER : TB_JOIN_LEFT;
    case TB_JOIN_RIGHT:
        return left ? TB_JOIN_INNER : TB_JOIN_RIGHT;
    case TB_JOIN_FULL:
        return left && right ? TB_JOIN_INNER
               : left        ? TB_JOIN_LEFT
               : right       ? TB_JOIN_RIGHT
                             : TB_JOIN_FULL;
    case TB_JOIN_INNER:
    case TB_JOIN_SEMI:
    case TB_JOIN_ANTI:
    case TB_JOIN_NULL_ANTI:
    case TB_JOIN_MARK:
    case TB_JOIN_SINGLE:
        return p->join.type;
    }
    TB_UNREACHABLE();
}

static tb_plan *reduce_join(tb_stmt *stmt, tb_plan *p, const tbi_colset *rejected)
{
    tb_join_type type = reduced_type(p, rejected);
    if (type == TB_JOIN_RIGHT && !p->join.lateral) {
        tb_plan *c = tb_plan_clone(stmt->arena, p);
        c->join.type = TB_JOIN_LEFT;
        c->in[0] = p->in[1];
        c->in[1] = p->in[0];
        return reduce_join(stmt, c, rejected);
    }
    tbi_colset left = {0}, right = {0};
    bool inner = type == TB_JOIN_INNER || type == TB_JOIN_SEMI;
    bool left_kept = type != TB_JOIN_FULL &&
                     type != TB_JOIN_RIGHT; /* its rows come out unchanged or not at all */
    if (left_kept)
        tbi_colset_add_set(stmt->arena, &left, rejected);
    if (inner)
        add_rejected(stmt, &left, p->in[0]->out, p->in[0]->nout, p->join.conds, p->join.nconds);
    if (type == TB_JOIN_INNER || type == TB_JOIN_RIGHT)
        tbi_colset_add_set(stmt->arena, &right, rejected);
    /* A right row that satisfies no condition is never seen, whatever the type, unless it is
     * preserved itself. */
    if (type == TB_JOIN_INNER || type == TB_JOIN_LEFT || type == TB_JOIN_SEMI ||
        type == TB_JOIN_ANTI || type == TB_JOIN_SINGLE)
        add_rejected(stmt, &right, p->in[1]->out, p->in[1]->nout, p->join.conds, p->join.nconds);
    tb_plan *in0 = reduce(stmt, p->in[0], &left), *in1 = reduce(stmt, p->in[1], &right);
    tb_plan *to = tbi_with_inputs(stmt, p, in0, in1);
    if (type != p->join.type) {
        to = to == p ? tb_plan_clone(stmt->arena, p) : to;
        to->join.type = type;
    }
    return to;
}

/* Columns below a projection that are NULL only where a rejected column above is NULL. */
static void below_project(tb_stmt *stmt, const tb_plan *p, const tbi_colset *rejected,
                          tbi_colset *below)
{
    for (uint32_t c = 0; c < p->in[0]->nout; c++) {
        tbi_colset one = {0};
        tbi_colset_add(stmt->arena, &one, p->in[0]->out[c]);
        for (uint32_t i = 0; i < p->project.n; i++) {
            const tb_assign *a = &p->project.items[i];
            if (tbi_colset_has(rejected, a->out) && tbi_expr_touches(a->expr, &one) &&
                tbi_null_when(a->expr, &one)) {
                tbi_colset_add(stmt->arena, below, p->in[0]->out[c]);
                break;
            }
        }
    }
}

static void below_agg(tb_stmt *stmt, const tb_plan *p, const tbi_colset *rejected,
                      tbi_colset *below)
{
    for (uint32_t i = 0; i < p->agg.nkeys && p->agg.nsets == 0; i++)
        if (tbi_colset_has(rejected, p->agg.keys[i]))
            tbi_colset_add(stmt->arena, below, p->agg.keys[i]);
}

static tb_plan *reduce_setop(tb_stmt *stmt, tb_plan *p, const tbi_colset *rejected)
{
    tbi_colset left = {0}, right = {0};
    for (uint32_t i = 0; i < p->nout; i++) {
        if (tbi_colset_has(rejected, p->out[i])) {
            tbi_colset_add(stmt->arena, &left, p->setop.left[i]);
            tbi_colset_add(stmt->arena, &right, p->setop.right[i]);
        }
    }
    return tbi_with_inputs(stmt, p, reduce(stmt, p->in[0], &left), reduce(stmt, p->in[1], &right));
}

/* WHERE r.c IS NULL over L LEFT JOIN R, where c cannot be NULL in a matching row: the rows of L
 * without a match. */
static tb_plan *left_as_anti(tb_stmt *stmt, tb_plan *p)
{
    tb_plan *j = p->in[0];
    if (j->kind != TB_P_JOIN || j->join.type != TB_JOIN_LEFT || j->join.lateral)
        return NULL;
    tbi_colset matched = tbi_nonnull_cols(stmt, j->in[1]);
    add_rejected(stmt, &matched, j->in[1]->out, j->in[1]->nout, j->join.conds, j->join.nconds);
    bool anti = false;
    for (uint32_t i = 0; i < p->filter.n; i++) {
        const tb_expr *e = p->filter.conjuncts[i];
        anti |= e->kind == TB_X_TEST && e->test.test == TB_IS_NULL &&
                e->test.arg->kind == TB_X_COL && tb_plan_outputs(j->in[1], e->test.arg->col) &&
                tbi_colset_has(&matched, e->test.arg->col);
    }
    if (!anti)
        return NULL;
    tbi_colmap fresh = {0}; /* the right side's own ids come back above, as NULLs */
    tb_plan *right = tbi_plan_copy(stmt, j->in[1], &fresh);
    tb_expr **conds = TB_NEW_ARRAY(stmt->arena, tb_expr *, j->join.nconds);
    for (uint32_t i = 0; i < j->join.nconds; i++)
        conds[i] = tbi_map_expr(stmt, j->join.conds[i], &fresh);
    tb_plan *a = tbi_mk_join(stmt, TB_JOIN_ANTI, j->in[0], right, conds, j->join.nconds);
    tb_assign *nulls = TB_NEW_ARRAY(stmt->arena, tb_assign, j->nout);
    uint32_t n = 0;
    for (uint32_t i = 0; i < j->nout; i++)
        if (!tb_plan_outputs(j->in[0], j->out[i]))
            nulls[n++] = (tb_assign){j->out[i],
                                     tb_expr_null(stmt->arena, tb_stmt_col_type(stmt, j->out[i]))};
    tb_plan *to =
        tbi_mk_filter(stmt, tbi_mk_extend(stmt, a, nulls, n), p->filter.conjuncts, p->filter.n);
    return to->nout == p->nout ? to : tbi_mk_pass(stmt, to, p->out, p->nout);
}

static tb_plan *reduce(tb_stmt *stmt, tb_plan *p, const tbi_colset *rejected)
{
    tbi_colset below = {0}, none = {0};
    tb_plan *anti = p->kind == TB_P_FILTER ? left_as_anti(stmt, p) : NULL;
    if (anti != NULL)
        return reduce(stmt, anti, rejected);
    if (p->kind == TB_P_JOIN)
        return reduce_join(stmt, p, rejected);
    if (p->kind == TB_P_SETOP)
        return reduce_setop(stmt, p, rejected);
    if (p->kind == TB_P_CTE)
        return tbi_with_inputs(stmt, p, reduce(stmt, p->in[0], &none),
                               reduce(stmt, p->in[1], rejected));
    if (p->kind == TB_P_RECURSIVE)
        return tbi_with_inputs(stmt, p, reduce(stmt, p->in[0], &none),
                               reduce(stmt, p->in[1], &none));
    if (p->kind == TB_P_BARRIER || p->kind == TB_P_FRAGMENT || tb_plan_inputs(p->kind) == 0)
        return p;
    if (p->kind == TB_P_FILTER) {
        tbi_colset_add_set(stmt->arena, &below, rejected);
        add_rejected(stmt, &below, p->in[0]->out, p->in[0]->nout, p->filter.conjuncts, p->filter.n);
    } else if (p->kind == TB_P_PROJECT) {
        below_project(stmt, p, rejected, &below);
    } else if (p->kind == TB_P_AGG) {
        below_agg(stmt, p, rejected, &below);
    } else if (p->kind == TB_P_SORT) {
        below = *rejected;
    }
    return tbi_with_inputs(stmt, p, reduce(stmt, p->in[0], &below), p->in[1]);
}

tb_rc tbi_rw_outer(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    (void)err;
    tbi_colset none = {0};
    *plan = reduce(stmt, *plan, &none);
    return TB_OK;
}
