/* SPDX-License-Identifier: Apache-2.0
 * Unnesting, second way: Neumann's top-down algorithm ("Improving Unnesting of Complex Queries",
 * BTW 2025).
 *
 * Let D be the distinct values of the outer columns. D is joined with the right side at its lowest
 * operators that mention outer columns; on the way up every operator carries D's columns:
 * aggregates group by them, windows partition by them, set operations list them, joins of two sides
 * that both carry them compare them. At the top they are compared with the outer columns. Each
 * place reads D anew from the CTE that holds the left side.
 */
#include "planner/unnest_int.h"

typedef struct domain {
    tb_stmt *stmt;
    uint32_t cte;
    const tb_colid *outer, *definition;
    uint32_t n;
    tbi_colset outer_set;
} domain;

static tb_plan *carry(domain *d, tb_plan *p, tbi_colmap *repr);

/* D: distinct rows of the outer columns under new names. */
static tb_plan *read_domain(domain *d, tbi_colmap *repr)
{
    tb_colid *cols = TB_NEW_ARRAY(d->stmt->arena, tb_colid, d->n);
    for (uint32_t i = 0; i < d->n; i++) {
        cols[i] = tbi_new_col_like(d->stmt, d->outer[i]);
        tbi_colmap_put(d->stmt->arena, repr, d->outer[i], cols[i]);
    }
    tb_plan *ref = tbi_mk_cte_ref(d->stmt, d->cte, "outer", cols, d->definition, d->n);
    tb_plan *distinct = tb_plan_new(d->stmt->arena, TB_P_AGG, ref, NULL);
    tb_plan_set_out(d->stmt->arena, distinct, cols, d->n);
    distinct->agg.nkeys = d->n;
    distinct->agg.keys = cols;
    return distinct;
}

static tb_colid *repr_cols(domain *d, const tbi_colmap *repr)
{
    tb_colid *cols = TB_NEW_ARRAY(d->stmt->arena, tb_colid, d->n);
    for (uint32_t i = 0; i < d->n; i++)
        cols[i] = tbi_colmap_get(repr, d->outer[i]);
    return cols;
}

static void add_out(tb_stmt *stmt, tb_plan *p, const tb_colid *cols, uint32_t n)
{
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, p->nout + n);
    uint32_t nout = 0;
    for (uint32_t i = 0; i < p->nout; i++)
        out[nout++] = p->out[i];
    for (uint32_t i = 0; i < n; i++)
        if (!tb_plan_outputs(p, cols[i]))
            out[nout++] = cols[i];
    p->out = out;
    p->nout = nout;
}

static tb_expr **map_all(domain *d, tb_expr *const *es, uint32_t n, const tbi_colmap *repr)
{
    tb_expr **to = TB_NEW_ARRAY(d->stmt->arena, tb_expr *, n + d->n);
    for (uint32_t i = 0; i < n; i++)
        to[i] = tbi_map_expr(d->stmt, es[i], repr);
    return to;
}

static tb_plan *carry_filter(domain *d, tb_plan *p, tbi_colmap *repr)
{
    tb_plan *in = carry(d, p->in[0], repr);
    return in == NULL
               ? NULL
               : tbi_mk_filter(d->stmt, in, map_all(d, p->filter.conjuncts, p->filter.n, repr),
                               p->filter.n);
}

static tb_plan *carry_project(domain *d, tb_plan *p, tbi_colmap *repr)
{
    tb_plan *in = carry(d, p->in[0], repr);
    if (in == NULL)
        return NULL;
    tb_assign *items = TB_NEW_ARRAY(d->stmt->arena, tb_assign, p->project.n + d->n);
    const tb_colid *cols = repr_cols(d, repr);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->project.n; i++)
        items[n++] = (tb_assign){p->project.items[i].out,
                                 tbi_map_expr(d->stmt, p->project.items[i].expr, repr)};
    for (uint32_t i = 0; i < d->n; i++)
        items[n++] = (tb_assign){cols[i], tbi_mk_col(d->stmt, cols[i])};
    tb_plan *c = tb_plan_new(d->stmt->arena, p->kind, in, NULL);
    c->project.items = items;
    c->project.n = n;
    tb_colid *out = TB_NEW_ARRAY(d->stmt->arena, tb_colid, n);
    for (uint32_t i = 0; i < n; i++)
        out[i] = items[i].out;
    c->out = out;
    c->nout = n;
    return c;
}

/* ---- joins ---- */

static bool conds_refer(domain *d, const tb_plan *p)
{
    for (uint32_t i = 0; i < p->join.nconds; i++)
        if (tbi_expr_touches(p->join.conds[i], &d->outer_set))
            return true;
    return false;
}

static tb_plan *rejoined(domain *d, const tb_plan *p, tb_plan *left, tb_plan *right,
                         tb_expr **conds, uint32_t n)
{
    tb_plan *j = tbi_mk_join(d->stmt, p->join.type, left, right, conds, n);
    j->join.lateral = p->join.lateral;
    j->join.mark = p->join.mark;
    if (p->join.type == TB_JOIN_MARK)
        add_out(d->stmt, j, &p->join.mark, 1);
    return j;
}

/* Conditions with outer columns replaced, and D's columns of both sides compared. */
static tb_expr **join_conds(domain *d, const tb_plan *p, const tbi_colmap *repr,
                            const tbi_colmap *other, uint32_t *n)
{
    tb_expr **conds = map_all(d, p->join.conds, p->join.nconds, repr);
    *n = p->join.nconds;
    for (uint32_t i = 0; other != NULL && i < d->n; i++)
        conds[(*n)++] =
            tbi_not_distinct(d->stmt, tbi_mk_col(d->stmt, tbi_colmap_get(repr, d->outer[i])),
                             tbi_mk_col(d->stmt, tbi_colmap_get(other, d->outer[i])));
    return conds;
}

static tb_plan *carry_inner(domain *d, tb_plan *p, tbi_colmap *repr)
{
    bool left_refers = tbi_refers_to(d->stmt, p->in[0], &d->outer_set);
    bool right_refers = tbi_refers_to(d->stmt, p->in[1], &d->outer_set);
    tb_plan *left = p->in[0], *right = p->in[1];
    tbi_colmap other = {0};
    uint32_t n;
    if (left_refers || !right_refers || p->join.lateral) {
        left = carry(d, left, repr);
        if (left == NULL)
            return NULL;
        if (right_refers &&
            p->join.lateral) { /* it sees D through the left side and stays lateral */
            right = tbi_plan_map_outer(d->stmt, right, repr);
            right_refers = false;
        }
        if (right_refers && (right = carry(d, right, &other)) == NULL)
            return NULL;
        tb_expr **conds = join_conds(d, p, repr, right_refers ? &other : NULL, &n);
        return rejoined(d, p, left, right, conds, n);
    }
    right = carry(d, right, repr);
    if (right == NULL)
        return NULL;
    tb_expr **conds = join_conds(d, p, repr, NULL, &n);
    return rejoined(d, p, left, right, conds, n);
}

/* The left side's rows decide; it carries D whenever the right side or the conditions mention outer
 * columns. */
static tb_plan *carry_left_kept(domain *d, tb_plan *p, tbi_colmap *repr)
{
    bool right_refers = tbi_refers_to(d->stmt, p->in[1], &d->outer_set);
    if (p->join.type == TB_JOIN_NULL_ANTI && (right_refers || conds_refer(d, p))) {
        tb_plan *c = tb_plan_clone(d->stmt->arena, p);
        c->join.type = TB_JOIN_ANTI;
        for (uint32_t i = 0; i < c->join.nconds; i++)
            c->join.conds[i] = tbi_mk_test(d->stmt, TB_IS_NOT_FALSE, c->join.conds[i]);
        return carry_left_kept(d, c, repr);
    }
    /* D's comparisons are never NULL, so a mark keeps its meaning */
    tb_plan *left = carry(d, p->in[0], repr), *right = p->in[1];
    if (left == NULL)
        return NULL;
    tbi_colmap other = {0};
    uint32_t n;
    if (right_refers && p->join.lateral) {
        right = tbi_plan_map_outer(d->stmt, right, repr);
        right_refers = false;
    } else if (right_refers) {
        right = carry(d, right, &other);
        if (right == NULL)
            return NULL;
    }
    tb_expr **conds = join_conds(d, p, repr, right_refers ? &other : NULL, &n);
    return rejoined(d, p, left, right, conds, n);
}

/* Both sides carry D and are compared in it; the result's D is that of whichever side is there. */
static tb_plan *carry_full(domain *d, tb_plan *p, tbi_colmap *repr)
{
    tbi_colmap l = {0}, r = {0};
    uint32_t n;
    tb_plan *left = carry(d, p->in[0], &l), *right = left == NULL ? NULL : carry(d, p->in[1], &r);
    if (right == NULL)
        return NULL;
    tb_expr **conds = join_conds(d, p, &l, &r, &n);
    tb_plan *j = rejoined(d, p, left, right, conds, n);
    tb_assign *items = TB_NEW_ARRAY(d->stmt->arena, tb_assign, d->n);
    for (uint32_t i = 0; i < d->n; i++) {
        tb_expr *c =
            tb_expr_new(d->stmt->arena, TB_X_COALESCE, tb_stmt_col_type(d->stmt, d->outer[i]), -1);
        c->list.n = 2;
        c->list.args = TB_NEW_ARRAY(d->stmt->arena, tb_expr *, 2);
        c->list.args[0] = tbi_mk_col(d->stmt, tbi_colmap_get(&l, d->outer[i]));
        c->list.args[1] = tbi_mk_col(d->stmt, tbi_colmap_get(&r, d->outer[i]));
        items[i] = (tb_assign){tbi_new_col_like(d->stmt, d->outer[i]), c};
        tbi_colmap_put(d->stmt->arena, repr, d->outer[i], items[i].out);
    }
    return tbi_mk_extend(d->stmt, j, items, d->n);
}

static tb_plan *carry_join(domain *d, tb_plan *p, tbi_colmap *repr)
{
    switch (p->join.type) {
    case TB_JOIN_INNER:
        return carry_inner(d, p, repr);
    case TB_JOIN_LEFT:
    case TB_JOIN_SEMI:
    case TB_JOIN_ANTI:
    case TB_JOIN_NULL_ANTI:
    case TB_JOIN_MARK:
    case TB_JOIN_SINGLE:
        return carry_left_kept(d, p, repr);
    case TB_JOIN_RIGHT: {
        tb_plan *c = tb_plan_clone(d->stmt->arena, p);
        c->join.type = TB_JOIN_LEFT;
        c->in[0] = p->in[1];
        c->in[1] = p->in[0];
        return carry_left_kept(d, c, repr);
    }
    case TB_JOIN_FULL:
        return carry_full(d, p, repr);
    }
    TB_UNREACHABLE();
}

/* ---- aggregates ---- */

/* One row for each row of D, also where nothing was aggregated: an outer join from D, counts made
 * 0. */
static tb_plan *every_group(domain *d, tb_plan *agg, const tb_plan *p, tbi_colmap *inner,
                            tbi_colmap *repr)
{
    tb_stmt *stmt = d->stmt;
    tb_plan *c = tbi_own_cols(stmt->arena, agg);
    tb_assign *items = TB_NEW_ARRAY(stmt->arena, tb_assign, p->nout + d->n);
    uint32_t n = 0;
    tbi_colmap fresh = {0};
    for (uint32_t i = 0; i < c->agg.naggs; i++) {
        tb_agg *a = (tb_agg *)&c->agg.aggs[i];
        tb_colid to = tbi_new_col_like(stmt, a->out);
        stmt->cols.at[to].nullable = true;
        tb_expr *e = tbi_mk_col(stmt, to);
        if (tbi_agg_is_count(a->fn)) {
            tb_expr *zero = tb_expr_new(stmt->arena, TB_X_COALESCE, a->type, -1);
            zero->list.n = 2;
            zero->list.args = TB_NEW_ARRAY(stmt->arena, tb_expr *, 2);
            zero->list.args[0] = e;
            zero->list.args[1] = tbi_mk_int8(stmt, 0);
            e = zero;
        }
        if (tb_plan_outputs(p, a->out))
            items[n++] = (tb_assign){a->out, e};
        tbi_colmap_put(stmt->arena, &fresh, a->out, to);
        a->out = to;
    }
    for (uint32_t i = 0; i < c->nout; i++) {
        tb_colid to = tbi_colmap_get(&fresh, c->out[i]);
        if (to != 0)
            ((tb_colid *)c->out)[i] = to;
    }
    tb_plan *all = read_domain(d, repr);
    tb_expr **conds = TB_NEW_ARRAY(stmt->arena, tb_expr *, d->n);
    for (uint32_t i = 0; i < d->n; i++) {
        tb_colid mine = tbi_colmap_get(repr, d->outer[i]);
        conds[i] = tbi_not_distinct(stmt, tbi_mk_col(stmt, mine),
                                    tbi_mk_col(stmt, tbi_colmap_get(inner, d->outer[i])));
        items[n++] = (tb_assign){mine, tbi_mk_col(stmt, mine)};
    }
    tb_plan *project = tb_plan_new(stmt->arena, TB_P_PROJECT,
                                   tbi_mk_join(stmt, TB_JOIN_LEFT, all, c, conds, d->n), NULL);
    project->project.items = items;
    project->project.n = n;
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, n);
    for (uint32_t i = 0; i < n; i++)
        out[i] = items[i].out;
    project->out = out;
    project->nout = n;
    return project;
}

static tb_plan *carry_agg(domain *d, tb_plan *p, tbi_colmap *repr)
{
    if (p->agg.nsets > 0)
        return NULL;
    tbi_colmap inner = {0};
    tbi_colmap *below = p->agg.nkeys == 0 ? &inner : repr;
    tb_plan *in = carry(d, p->in[0], below);
    if (in == NULL)
        return NULL;
    tb_plan *agg = tbi_agg_with_keys(d->stmt, p, in, repr_cols(d, below), d->n);
    return p->agg.nkeys > 0 ? agg : every_group(d, agg, p, &inner, repr);
}

/* ---- windows, limits, sets ---- */

static tb_plan *carry_limit(domain *d, tb_plan *p, tbi_colmap *repr)
{
    const tb_plan *sort = p->in[0]->kind == TB_P_SORT ? p->in[0] : NULL;
    tb_plan *in = carry(d, sort != NULL ? sort->in[0] : p->in[0], repr);
    return in == NULL
               ? NULL
               : tbi_limit_per_group(d->stmt, p, in, sort != NULL ? sort->sort.keys : NULL,
                                     sort != NULL ? sort->sort.n : 0, repr_cols(d, repr), d->n);
}

static tb_plan *carry_sort(domain *d, tb_plan *p, tbi_colmap *repr)
{
    tb_plan *in = carry(d, p->in[0], repr);
    if (in == NULL)
        return NULL;
    tb_plan *c = tbi_with_inputs(d->stmt, p, in, NULL);
    c->out = in->out;
    c->nout = in->nout;
    return c;
}

/* Groups of D's columns and the keys: the input is sorted by D's columns first. */
static tb_plan *carry_distinct_on(domain *d, tb_plan *p, tbi_colmap *repr)
{
    tb_stmt *stmt = d->stmt;
    const tb_plan *sort = p->in[0]->kind == TB_P_SORT ? p->in[0] : NULL;
    tb_plan *in = carry(d, sort != NULL ? sort->in[0] : p->in[0], repr);
    if (in == NULL)
        return NULL;
    const tb_colid *cols = repr_cols(d, repr);
    uint32_t nsort = sort != NULL ? sort->sort.n : 0;
    tb_sort_key *keys = TB_NEW_ARRAY(stmt->arena, tb_sort_key, d->n + nsort);
    for (uint32_t i = 0; i < d->n; i++)
        keys[i] = (tb_sort_key){.col = cols[i]};
    for (uint32_t i = 0; i < nsort; i++)
        keys[d->n + i] = sort->sort.keys[i];
    tb_plan *s = tb_plan_new(stmt->arena, TB_P_SORT, in, NULL);
    tb_plan_set_out(stmt->arena, s, in->out, in->nout);
    s->sort.keys = keys;
    s->sort.n = d->n + nsort;
    tb_plan *c = tb_plan_clone(stmt->arena, p);
    c->in[0] = s;
    tb_colid *groups = TB_NEW_ARRAY(stmt->arena, tb_colid, d->n + p->distinct_on.n);
    memcpy(groups, cols, d->n * sizeof *groups);
    memcpy(groups + d->n, p->distinct_on.keys, p->distinct_on.n * sizeof *groups);
    c->distinct_on.keys = groups;
    c->distinct_on.n = d->n + p->distinct_on.n;
    c->out = s->out;
    c->nout = s->nout;
    return c;
}

static tb_plan *carry_setop(domain *d, tb_plan *p, tbi_colmap *repr)
{
    tb_stmt *stmt = d->stmt;
    tbi_colmap l = {0}, r = {0};
    tb_plan *left = carry(d, p->in[0], &l), *right = left == NULL ? NULL : carry(d, p->in[1], &r);
    if (right == NULL)
        return NULL;
    tb_plan *c = tbi_own_cols(stmt->arena, p);
    uint32_t n = p->nout + d->n;
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, n),
             *from_l = TB_NEW_ARRAY(stmt->arena, tb_colid, n),
             *from_r = TB_NEW_ARRAY(stmt->arena, tb_colid, n);
    for (uint32_t i = 0; i < n; i++) {
        bool own = i < p->nout;
        tb_colid outer = own ? 0 : d->outer[i - p->nout];
        out[i] = own ? p->out[i] : tbi_new_col_like(stmt, outer);
        from_l[i] = own ? p->setop.left[i] : tbi_colmap_get(&l, outer);
        from_r[i] = own ? p->setop.right[i] : tbi_colmap_get(&r, outer);
        if (!own)
            tbi_colmap_put(stmt->arena, repr, outer, out[i]);
    }
    c->in[0] = left;
    c->in[1] = right;
    c->out = out;
    c->nout = n;
    c->setop.left = from_l;
    c->setop.right = from_r;
    return c;
}

/* A function of outer columns stays dependent, but on D's rows, which are few and distinct. */
static tb_plan *carry_func(domain *d, tb_plan *p, tbi_colmap *repr)
{
    tb_plan *dom = read_domain(d, repr);
    tb_plan *j =
        tbi_mk_join(d->stmt, TB_JOIN_INNER, dom, tbi_plan_map_outer(d->stmt, p, repr), NULL, 0);
    j->join.lateral = true;
    return j;
}

static tb_plan *carry_cte(domain *d, tb_plan *p, tbi_colmap *repr)
{
    if (tbi_refers_to(d->stmt, p->in[0], &d->outer_set))
        return NULL;
    tb_plan *body = carry(d, p->in[1], repr);
    if (body == NULL)
        return NULL;
    tb_plan *c = tbi_with_inputs(d->stmt, p, p->in[0], body);
    c->out = body->out;
    c->nout = body->nout;
    return c;
}

static tb_plan *carry_window(domain *d, tb_plan *p, tbi_colmap *repr)
{
    tb_plan *in = carry(d, p->in[0], repr);
    return in == NULL ? NULL : tbi_window_with_keys(d->stmt, p, in, repr_cols(d, repr), d->n);
}

/* p with D's columns among its own. A subtree without outer columns is crossed with D. */
static tb_plan *carry(domain *d, tb_plan *p, tbi_colmap *repr)
{
    if (!tbi_refers_to(d->stmt, p, &d->outer_set))
        return tbi_mk_join(d->stmt, TB_JOIN_INNER, read_domain(d, repr), p, NULL, 0);
    switch (p->kind) {
    case TB_P_FILTER:
        return carry_filter(d, p, repr);
    case TB_P_PROJECT:
    case TB_P_PROJECT_SET:
        return carry_project(d, p, repr);
    case TB_P_JOIN:
        return carry_join(d, p, repr);
    case TB_P_AGG:
        return carry_agg(d, p, repr);
    case TB_P_WINDOW:
        return carry_window(d, p, repr);
    case TB_P_SORT:
        return carry_sort(d, p, repr);
    case TB_P_LIMIT:
        return carry_limit(d, p, repr);
    case TB_P_DISTINCT_ON:
        return carry_distinct_on(d, p, repr);
    case TB_P_SETOP:
        return carry_setop(d, p, repr);
    case TB_P_CTE:
        return carry_cte(d, p, repr);
    case TB_P_FUNC:
    case TB_P_VALUES:
        return carry_func(d, p, repr);
    case TB_P_SCAN:
    case TB_P_ROW:
    case TB_P_EMPTY:
    case TB_P_CTE_REF:
    case TB_P_RECURSIVE:
    case TB_P_BARRIER:
    case TB_P_FRAGMENT:
    case TB_P_SAMPLE:
        return NULL;
    case TB_PLAN_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

tb_plan *tbi_domain_join(tb_stmt *stmt, tb_plan *right, uint32_t cte, const tb_colid *outer,
                         const tb_colid *definition, uint32_t n, tbi_colmap *repr)
{
    domain d = {.stmt = stmt, .cte = cte, .outer = outer, .definition = definition, .n = n};
    tbi_colset_add_list(stmt->arena, &d.outer_set, outer, n);
    for (uint32_t i = 0; i < n; i++)
        if (tbi_eq_fn(tb_stmt_col_type(stmt, outer[i]).id) == TB_FN_NONE)
            return NULL;
    return carry(&d, right, repr);
}
