/* SPDX-License-Identifier: Apache-2.0
 * Subqueries in expressions become joins.
 *
 *   WHERE EXISTS (q)           semi join
 *   WHERE NOT EXISTS (q)       anti join
 *   WHERE x IN (q)             semi join on x = y
 *   WHERE x NOT IN (q)         null-aware anti join, or an anti join on (x = y) IS NOT FALSE
 *   WHERE x op ALL (q)         anti join on (x op y) IS NOT TRUE
 *   EXISTS, IN as values       mark join; x op ALL (q) = NOT (mark of NOT (x op y))
 *   (q) as a value             single join; an ordinary left join when q gives at most one row,
 *                              an inner one when exactly one
 *   ARRAY (q)                  the same over an aggregate
 *
 * A join made here is lateral when q refers to the other side.
 */
#include "planner/unnest_int.h"

typedef struct desugar {
    tb_stmt *stmt;
    TB_LIST(const tb_plan *) used; /* plans of sublinks already built in: a second use is a copy */
    bool truth;                    /* NULL counts as false where the expression stands */
    tb_error *err;
} desugar;

static tb_rc node(desugar *d, tb_plan **plan);

/* ---- joins ---- */

static tb_plan *join(desugar *d, tb_join_type type, tb_plan *left, tb_plan *right,
                     tb_expr *const *conds, uint32_t n)
{
    tb_plan *j = tbi_mk_join(d->stmt, type, left, right, conds, n);
    tbi_colset cols = {0};
    tbi_colset_add_list(d->stmt->arena, &cols, left->out, left->nout);
    j->join.lateral = tbi_refers_to(d->stmt, right, &cols);
    return j;
}

static tb_plan *mark_join(desugar *d, tb_plan *left, tb_plan *right, tb_expr *const *conds,
                          uint32_t n, tb_expr **mark)
{
    tb_plan *j = join(d, TB_JOIN_MARK, left, right, conds, n);
    j->join.mark = tb_stmt_add_col(d->stmt, "mark", tb_type_of(TB_T_BOOL), true);
    tb_colid *out = TB_NEW_ARRAY(d->stmt->arena, tb_colid, j->nout + 1);
    memcpy(out, j->out, j->nout * sizeof *out);
    out[j->nout++] = j->join.mark;
    j->out = out;
    *mark = tbi_mk_col(d->stmt, j->join.mark);
    return j;
}

/* The sublink's plan and test, without sublinks, with column ids of their own. */
static tb_rc subquery(desugar *d, const tb_expr *e, tb_plan **plan, tb_expr **test)
{
    bool truth = d->truth;
    d->truth = false;
    *plan = e->sublink.plan;
    *test = e->sublink.test;
    for (uint32_t i = 0; i < d->used.n; i++) {
        if (d->used.at[i] == e->sublink.plan) {
            tbi_colmap map = {0};
            *plan = tbi_plan_copy(d->stmt, *plan, &map);
            *test = *test == NULL ? NULL : tbi_map_expr(d->stmt, *test, &map);
        }
    }
    tb_list_push(d->stmt->arena, &d->used, e->sublink.plan);
    tb_rc rc = node(d, plan);
    d->truth = truth;
    return rc;
}

/* Only whether there is a row matters: drops what does not change that. */
static tb_plan *for_existence(tb_plan *p)
{
    for (;;) {
        const tb_expr *count = p->kind == TB_P_LIMIT ? p->limit.count : NULL;
        bool limit_any = p->kind == TB_P_LIMIT && p->limit.offset == NULL && count != NULL &&
                         count->kind == TB_X_CONST && !count->constant.null &&
                         count->type.id == TB_T_INT8 && count->constant.d.i64 >= 1;
        bool distinct = p->kind == TB_P_AGG && p->agg.nkeys > 0 && p->agg.nsets == 0;
        if (p->kind != TB_P_PROJECT && p->kind != TB_P_SORT && p->kind != TB_P_WINDOW &&
            p->kind != TB_P_DISTINCT_ON && !distinct && !limit_any)
            return p;
        p = p->in[0];
    }
}

/* ---- sublinks as values ---- */

static tb_rc values_in(desugar *d, tb_plan **cur, tb_expr **e);

static tb_rc array_value(desugar *d, tb_plan **cur, tb_plan *q, tb_type type, tb_expr **out)
{
    tb_stmt *stmt = d->stmt;
    tb_colid value = q->out[0];
    tb_type elem = tb_stmt_col_type(stmt, value);
    const tb_plan *sort = q->kind == TB_P_SORT ? q : NULL;
    tb_plan *agg = tb_plan_new(stmt->arena, TB_P_AGG, sort != NULL ? q->in[0] : q, NULL);
    tb_agg *a = TB_NEW(stmt->arena, tb_agg);
    a->out = tb_stmt_add_col(stmt, "array", type, true);
    a->fn = tb_type_is_array(elem.id) ? TB_FN_ARRAY_AGG_ANYARRAY : TB_FN_ARRAY_AGG_ANYNONARRAY;
    a->type = type;
    a->nargs = 1;
    a->args = tb_arena_memdup(stmt->arena, &value, sizeof(tb_colid));
    a->pos = -1;
    if (sort != NULL) {
        a->norder = sort->sort.n;
        a->order = sort->sort.keys;
    }
    agg->agg.naggs = 1;
    agg->agg.aggs = a;
    tb_plan_set_out(stmt->arena, agg, &a->out, 1);
    *cur = join(d, TB_JOIN_INNER, *cur, agg, NULL, 0);
    tb_expr *c = tb_expr_new(stmt->arena, TB_X_COALESCE, type, -1);
    c->list.n = 2;
    c->list.args = TB_NEW_ARRAY(stmt->arena, tb_expr *, 2);
    c->list.args[0] = tbi_mk_col(stmt, a->out);
    tb_expr *none = tb_expr_new(stmt->arena, TB_X_ARRAY, type, -1);
    c->list.args[1] = tbi_fold(stmt, none);
    *out = c;
    return TB_OK;
}

static tb_rc scalar_value(desugar *d, tb_plan **cur, tb_plan *q, tb_expr **out)
{
    tb_join_type type = tbi_exactly_one_row(q)   ? TB_JOIN_INNER
                        : tbi_at_most_one_row(q) ? TB_JOIN_LEFT
                                                 : TB_JOIN_SINGLE;
    *cur = join(d, type, *cur, q, NULL, 0);
    *out = tbi_mk_col(d->stmt, q->out[0]);
    return TB_OK;
}

/* ANY and ALL. Over exactly one row the test is an ordinary expression. */
static tb_rc quantified_value(desugar *d, tb_plan **cur, bool all, tb_plan *q, tb_expr *test,
                              tb_expr **out)
{
    tb_stmt *stmt = d->stmt;
    bool truth = d->truth;
    d->truth = false;
    TB_TRY(values_in(d, cur, &test));
    if (tbi_exactly_one_row(q)) {
        *cur = join(d, TB_JOIN_INNER, *cur, q, NULL, 0);
        *out = test;
        return TB_OK;
    }
    if (all)
        test = tbi_fold(stmt, tb_expr_not(stmt->arena, test));
    else if (truth)
        test = tbi_mk_test(stmt, TB_IS_TRUE, test);
    *cur = mark_join(d, *cur, q, &test, 1, out);
    if (all)
        *out = tb_expr_not(stmt->arena, *out);
    return TB_OK;
}

static tb_rc sublink_value(desugar *d, tb_plan **cur, const tb_expr *e, tb_expr **out)
{
    tb_plan *q;
    tb_expr *test;
    TB_TRY(subquery(d, e, &q, &test));
    switch (e->sublink.kind) {
    case TB_SUB_EXISTS:
        q = for_existence(q);
        if (tbi_exactly_one_row(q)) {
            *out = tb_expr_bool(d->stmt->arena, true);
            return TB_OK;
        }
        *cur = mark_join(d, *cur, q, NULL, 0, out);
        return TB_OK;
    case TB_SUB_SCALAR:
        return scalar_value(d, cur, q, out);
    case TB_SUB_ANY:
        return quantified_value(d, cur, false, q, test, out);
    case TB_SUB_ALL:
        return quantified_value(d, cur, true, q, test, out);
    case TB_SUB_ARRAY:
        return array_value(d, cur, q, e->type, out);
    }
    TB_UNREACHABLE();
}

typedef struct values_cx {
    desugar *d;
    tb_plan **cur;
    tb_rc rc;
} values_cx;

static tb_expr *replace_sublinks(tb_expr *e, void *ctx)
{
    values_cx *cx = ctx;
    if (cx->rc != TB_OK)
        return e;
    bool truth = cx->d->truth;
    tb_expr *to = e;
    if (e->kind == TB_X_SUBLINK) {
        cx->rc = sublink_value(cx->d, cx->cur, e, &to);
    } else {
        cx->d->truth = truth && (e->kind == TB_X_AND || e->kind == TB_X_OR);
        to = tb_expr_map_children(cx->d->stmt->arena, e, replace_sublinks, cx);
    }
    cx->d->truth = truth;
    return to;
}

/* Replaces every sublink of *e by a column of a join put on *cur. */
static tb_rc values_in(desugar *d, tb_plan **cur, tb_expr **e)
{
    if (!tb_expr_has_sublink(*e))
        return TB_OK;
    values_cx cx = {d, cur, TB_OK};
    *e = replace_sublinks(*e, &cx);
    return cx.rc;
}

/* ---- sublinks as conditions ---- */

static bool both_nonnull(desugar *d, const tb_plan *left, const tb_plan *right, const tb_expr *test)
{
    tbi_colset l = tbi_nonnull_cols(d->stmt, left), r = tbi_nonnull_cols(d->stmt, right);
    tbi_colset_add_set(d->stmt->arena, &l, &r);
    return tbi_expr_nonnull(test, &l);
}

static tb_rc not_in(desugar *d, tb_plan **cur, tb_plan *q, tb_expr *test)
{
    tb_stmt *stmt = d->stmt;
    tbi_colset left = {0};
    tbi_colset_add_list(stmt->arena, &left, (*cur)->out, (*cur)->nout);
    if (both_nonnull(d, *cur, q, test)) {
        *cur = join(d, TB_JOIN_ANTI, *cur, q, &test, 1);
    } else if (tbi_is_equality(test) && !tbi_refers_to(stmt, q, &left) &&
               tbi_expr_within(test->call.args[0], &left) &&
               tbi_expr_has_cols(test->call.args[1]) &&
               tbi_expr_within_plan(test->call.args[1], q)) {
        *cur = join(d, TB_JOIN_NULL_ANTI, *cur, q, &test, 1);
    } else {
        tb_expr *c = tbi_mk_test(stmt, TB_IS_NOT_FALSE, test);
        *cur = join(d, TB_JOIN_ANTI, *cur, q, &c, 1);
    }
    return TB_OK;
}

/* A conjunct that is a sublink or NOT of one. */
static tb_rc sublink_condition(desugar *d, tb_plan **cur, const tb_expr *link, bool negated)
{
    tb_stmt *stmt = d->stmt;
    tb_plan *q;
    tb_expr *test;
    TB_TRY(subquery(d, link, &q, &test));
    if (link->sublink.kind == TB_SUB_EXISTS) {
        q = for_existence(q);
        *cur = join(d, negated ? TB_JOIN_ANTI : TB_JOIN_SEMI, *cur, q, NULL, 0);
        return TB_OK;
    }
    TB_TRY(values_in(d, cur, &test));
    bool all = link->sublink.kind == TB_SUB_ALL;
    if (tbi_exactly_one_row(q)) {
        *cur = join(d, TB_JOIN_INNER, *cur, q, NULL, 0);
        if (negated)
            test = tbi_fold(stmt, tb_expr_not(stmt->arena, test));
        *cur = tbi_mk_filter(stmt, *cur, &test, 1);
        return TB_OK;
    }
    if (all) { /* x op ALL = NOT (NOT (x op y) ANY) */
        test = tbi_fold(stmt, tb_expr_not(stmt->arena, test));
        negated = !negated;
    }
    if (negated)
        return not_in(d, cur, q, test);
    *cur = join(d, TB_JOIN_SEMI, *cur, q, &test, 1);
    return TB_OK;
}

static bool is_condition_link(const tb_expr *e)
{
    return e->kind == TB_X_SUBLINK &&
           (e->sublink.kind == TB_SUB_EXISTS || e->sublink.kind == TB_SUB_ANY ||
            e->sublink.kind == TB_SUB_ALL);
}

static tb_rc condition(desugar *d, tb_plan **cur, tb_expr *e)
{
    if (e->kind == TB_X_AND) {
        for (uint32_t i = 0; i < e->list.n; i++)
            TB_TRY(condition(d, cur, e->list.args[i]));
        return TB_OK;
    }
    if (is_condition_link(e))
        return sublink_condition(d, cur, e, false);
    if (e->kind == TB_X_NOT && is_condition_link(e->arg))
        return sublink_condition(d, cur, e->arg, true);
    d->truth = true;
    tb_rc rc = values_in(d, cur, &e);
    d->truth = false;
    TB_TRY(rc);
    *cur = tbi_mk_filter(d->stmt, *cur, &e, 1);
    return TB_OK;
}

/* Conditions without sublinks first: they make the input of the others small. */
static tb_rc conditions(desugar *d, tb_plan **cur, tb_expr *const *es, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!tb_expr_has_sublink(es[i]))
            *cur = tbi_mk_filter(d->stmt, *cur, &es[i], 1);
    for (uint32_t i = 0; i < n; i++)
        if (tb_expr_has_sublink(es[i]))
            TB_TRY(condition(d, cur, es[i]));
    return TB_OK;
}

/* ---- nodes ---- */

static bool any_sublink(tb_expr *const *es, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (tb_expr_has_sublink(es[i]))
            return true;
    return false;
}

static tb_plan *restricted(desugar *d, tb_plan *p, const tb_plan *like)
{
    return p->nout == like->nout ? p : tbi_mk_pass(d->stmt, p, like->out, like->nout);
}

static tb_rc filter_node(desugar *d, tb_plan **plan)
{
    tb_plan *p = *plan;
    if (!any_sublink(p->filter.conjuncts, p->filter.n))
        return TB_OK;
    tb_plan *cur = p->in[0];
    TB_TRY(conditions(d, &cur, p->filter.conjuncts, p->filter.n));
    *plan = restricted(d, cur, p);
    return TB_OK;
}

static tb_rc project_node(desugar *d, tb_plan **plan)
{
    tb_plan *p = *plan, *cur = p->in[0];
    bool any = false;
    for (uint32_t i = 0; i < p->project.n; i++)
        any |= tb_expr_has_sublink(p->project.items[i].expr);
    if (!any)
        return TB_OK;
    tb_plan *c = tb_plan_clone(d->stmt->arena, p);
    for (uint32_t i = 0; i < p->project.n; i++)
        TB_TRY(values_in(d, &cur, &((tb_assign *)c->project.items)[i].expr));
    c->in[0] = cur;
    *plan = c;
    return TB_OK;
}

/* ON conditions with sublinks: above an inner join; inside the right side of a left one, which
 * becomes lateral. */
static tb_rc join_node(desugar *d, tb_plan **plan)
{
    tb_plan *p = *plan;
    if (!any_sublink(p->join.conds, p->join.nconds))
        return TB_OK;
    tb_plan *c = tb_plan_clone(d->stmt->arena, p);
    if (c->join.type == TB_JOIN_RIGHT) {
        c->join.type = TB_JOIN_LEFT;
        c->in[0] = p->in[1];
        c->in[1] = p->in[0];
    }
    c->join.nconds = 0;
    if (c->join.type == TB_JOIN_INNER) {
        tb_plan *cur = c;
        TB_TRY(conditions(d, &cur, p->join.conds, p->join.nconds));
        *plan = restricted(d, cur, p);
        return TB_OK;
    }
    if (c->join.type != TB_JOIN_LEFT)
        return TB_UNSUPPORTED(d->err, p->join.conds[0]->pos,
                              "a subquery in the condition of a full join");
    tb_plan *right = c->in[1];
    TB_TRY(conditions(d, &right, p->join.conds, p->join.nconds));
    c->in[1] = restricted(d, right, c->in[1]);
    c->join.lateral = true;
    *plan = c;
    return TB_OK;
}

/* One row of VALUES over ROW. */
static tb_rc values_row(desugar *d, const tb_plan *p, uint32_t r, const tb_colid *out,
                        tb_plan **plan)
{
    tb_plan *cur = tb_plan_new(d->stmt->arena, TB_P_ROW, NULL, NULL);
    tb_assign *items = TB_NEW_ARRAY(d->stmt->arena, tb_assign, p->nout);
    for (uint32_t i = 0; i < p->nout; i++) {
        items[i] = (tb_assign){out[i], p->values.rows[r][i]};
        TB_TRY(values_in(d, &cur, &items[i].expr));
    }
    tb_plan *project = tb_plan_new(d->stmt->arena, TB_P_PROJECT, cur, NULL);
    tb_plan_set_out(d->stmt->arena, project, out, p->nout);
    project->project.n = p->nout;
    project->project.items = items;
    *plan = project;
    return TB_OK;
}

static tb_rc values_node(desugar *d, tb_plan **plan)
{
    tb_plan *p = *plan, *all = NULL;
    bool any = false;
    for (uint32_t r = 0; r < p->values.nrows; r++)
        any |= any_sublink(p->values.rows[r], p->nout);
    if (!any)
        return TB_OK;
    if (p->values.nrows == 1)
        return values_row(d, p, 0, p->out, plan);
    for (uint32_t r = 0; r < p->values.nrows; r++) {
        tb_colid *cols = TB_NEW_ARRAY(d->stmt->arena, tb_colid, p->nout);
        tb_plan *row;
        for (uint32_t i = 0; i < p->nout; i++)
            cols[i] = tbi_new_col_like(d->stmt, p->out[i]);
        TB_TRY(values_row(d, p, r, cols, &row));
        if (all == NULL) {
            all = row;
            continue;
        }
        tb_plan *u = tb_plan_new(d->stmt->arena, TB_P_SETOP, all, row);
        u->setop.op = TB_SETOP_UNION;
        u->setop.all = true;
        u->setop.left = all->out;
        u->setop.right = row->out;
        tb_colid *out = TB_NEW_ARRAY(d->stmt->arena, tb_colid, p->nout);
        for (uint32_t i = 0; i < p->nout; i++)
            out[i] = r + 1 == p->values.nrows ? p->out[i] : tbi_new_col_like(d->stmt, p->out[i]);
        u->nout = p->nout;
        u->out = out;
        all = u;
    }
    *plan = all;
    return TB_OK;
}

static tb_rc func_node(desugar *d, tb_plan **plan)
{
    tb_plan *p = *plan, *cur = tb_plan_new(d->stmt->arena, TB_P_ROW, NULL, NULL);
    bool any = false;
    for (uint32_t i = 0; i < p->func.n; i++)
        any |= tb_expr_has_sublink(p->func.items[i].call);
    if (!any)
        return TB_OK;
    tb_plan *c = tb_plan_clone(d->stmt->arena, p);
    for (uint32_t i = 0; i < p->func.n; i++)
        TB_TRY(values_in(d, &cur, &((tb_func_item *)c->func.items)[i].call));
    *plan = restricted(d, join(d, TB_JOIN_INNER, cur, c, NULL, 0), p);
    return TB_OK;
}

static tb_rc refuse_sublink(tb_expr **slot, void *ctx, tb_error *err)
{
    (void)ctx;
    if (tb_expr_has_sublink(*slot))
        return TB_UNSUPPORTED(err, (*slot)->pos, "a subquery in this place");
    return TB_OK;
}

/* Masks and row filters. */
static tb_rc refuse_below(desugar *d, tb_plan *p)
{
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        TB_TRY(refuse_below(d, p->in[i]));
    return tb_plan_each_expr(p, refuse_sublink, d, d->err);
}

static tb_rc node(desugar *d, tb_plan **plan)
{
    tb_plan *p = *plan;
    if (p->kind == TB_P_BARRIER)
        return refuse_below(d, p);
    tb_plan *in[2] = {p->in[0], p->in[1]};
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        TB_TRY(node(d, &in[i]));
    *plan = tbi_with_inputs(d->stmt, p, in[0], in[1]);
    if (p->kind == TB_P_FILTER)
        return filter_node(d, plan);
    if (p->kind == TB_P_PROJECT || p->kind == TB_P_PROJECT_SET)
        return project_node(d, plan);
    if (p->kind == TB_P_JOIN)
        return join_node(d, plan);
    if (p->kind == TB_P_VALUES)
        return values_node(d, plan);
    if (p->kind == TB_P_FUNC)
        return func_node(d, plan);
    return tb_plan_each_expr(p, refuse_sublink, d, d->err);
}

tb_rc tbi_desugar(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    desugar d = {.stmt = stmt, .err = err};
    return node(&d, plan);
}
