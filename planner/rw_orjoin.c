/* SPDX-License-Identifier: Apache-2.0
 * Joins on an OR of equalities, which could only compare every pair of rows:
 *
 *   L JOIN R ON d1 OR d2       UNION ALL of L JOIN R ON d1 and L JOIN R ON d2 AND d1 IS NOT TRUE;
 *                              both inputs are read once, as CTEs. No pair comes twice, so nothing
 *                              has to be told apart afterwards.
 *   L SEMI or ANTI JOIN R      two mark joins and a filter on the marks
 *   L LEFT JOIN R              the union, and the left rows whose marks are both false
 */
#include "planner/cost.h"

enum { WAYS_MAX = 8 };
static const double PAIRS_WORTH_IT = 10000;

typedef struct split {
    tb_stmt *stmt;
    const tb_plan *j;
    const tb_expr *or_;
    tbi_preds others; /* the join's other conditions */
} split;

static bool is_key(const tb_expr *e, const tb_plan *l, const tb_plan *r)
{
    if (!tbi_is_equality(e) || tb_expr_is_volatile(e))
        return false;
    const tb_expr *a = e->call.args[0], *b = e->call.args[1];
    if (!tbi_expr_has_cols(a) || !tbi_expr_has_cols(b))
        return false;
    return (tbi_expr_within_plan(a, l) && tbi_expr_within_plan(b, r)) ||
           (tbi_expr_within_plan(a, r) && tbi_expr_within_plan(b, l));
}

static bool disjunct_has_key(const tb_expr *d, const tb_plan *l, const tb_plan *r)
{
    for (uint32_t i = 0; d->kind == TB_X_AND && i < d->list.n; i++)
        if (is_key(d->list.args[i], l, r))
            return true;
    return is_key(d, l, r);
}

static bool is_or_of_keys(const tb_expr *e, const tb_plan *l, const tb_plan *r)
{
    if (e->kind != TB_X_OR || e->list.n > WAYS_MAX || tb_expr_is_volatile(e))
        return false;
    for (uint32_t i = 0; i < e->list.n; i++)
        if (!disjunct_has_key(e->list.args[i], l, r))
            return false;
    return true;
}

static bool find_or(split *s)
{
    const tb_plan *j = s->j;
    for (uint32_t i = 0; i < j->join.nconds; i++) {
        tb_expr *e = j->join.conds[i];
        if (is_key(e, j->in[0], j->in[1]) || tb_expr_is_volatile(e))
            return false;
        if (s->or_ == NULL && is_or_of_keys(e, j->in[0], j->in[1]))
            s->or_ = e;
        else
            tb_list_push(s->stmt->arena, &s->others, e);
    }
    return s->or_ != NULL;
}

/* ---- shared inputs ---- */

typedef struct shared {
    uint32_t id;
    tb_plan *def;
    const tb_plan *input;
    tbi_colmap map; /* column of the input -> column of the definition */
} shared;

static shared share(tb_stmt *stmt, const tb_plan *input)
{
    shared s = {.id = stmt->next_cte++, .input = input};
    s.def = tbi_plan_copy(stmt, input, &s.map);
    return s;
}

/* Reads a shared input under new names, told in map (from the input's columns). */
static tb_plan *read_shared(tb_stmt *stmt, const shared *s, tbi_colmap *map)
{
    uint32_t n = s->input->nout;
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, n),
             *cols = TB_NEW_ARRAY(stmt->arena, tb_colid, n);
    for (uint32_t i = 0; i < n; i++) {
        out[i] = tbi_new_col_like(stmt, s->input->out[i]);
        cols[i] = tbi_colmap_get(&s->map, s->input->out[i]);
        cols[i] = cols[i] == 0 ? s->input->out[i] : cols[i];
        tbi_colmap_put(stmt->arena, map, s->input->out[i], out[i]);
    }
    tb_plan *ref = tbi_mk_cte_ref(stmt, s->id, "side", out, cols, n);
    ref->rows = s->input->rows;
    return ref;
}

static tb_plan *with_cte(tb_stmt *stmt, const shared *s, tb_plan *body)
{
    tb_plan *c = tb_plan_new(stmt->arena, TB_P_CTE, s->def, body);
    tb_plan_set_out(stmt->arena, c, body->out, body->nout);
    c->cte.id = s->id;
    c->cte.name = "side";
    return c;
}

/* ---- inner ---- */

static void add_mapped(tb_stmt *stmt, tbi_preds *to, tb_expr *e, const tbi_colmap *map)
{
    tbi_add_conjunct(stmt, to, tbi_map_expr(stmt, e, map));
}

/* Pairs for which disjunct i holds and none before it; cols are the columns of the result under
 * their new names. */
static tb_plan *branch(const split *s, const shared *l, const shared *r, uint32_t i,
                       tbi_colmap *map)
{
    tb_stmt *stmt = s->stmt;
    tb_plan *left = read_shared(stmt, l, map), *right = read_shared(stmt, r, map);
    tbi_preds conds = {0};
    add_mapped(stmt, &conds, s->or_->list.args[i], map);
    for (uint32_t k = 0; k < s->others.n; k++)
        add_mapped(stmt, &conds, s->others.at[k], map);
    for (uint32_t k = 0; k < i; k++)
        add_mapped(stmt, &conds, tbi_mk_test(stmt, TB_IS_NOT_TRUE, s->or_->list.args[k]), map);
    return tbi_mk_join(stmt, TB_JOIN_INNER, left, right, conds.at, conds.n);
}

static tb_plan *union_all(const split *s, tb_plan *a, const tb_colid *acols, tb_plan *b,
                          const tb_colid *bcols, const tb_colid *out)
{
    tb_plan *u = tb_plan_new(s->stmt->arena, TB_P_SETOP, a, b);
    tb_plan_set_out(s->stmt->arena, u, out, s->j->nout);
    u->setop.op = TB_SETOP_UNION;
    u->setop.all = true;
    u->setop.left = acols;
    u->setop.right = bcols;
    return u;
}

static tb_colid *fresh_out(const split *s)
{
    tb_colid *out = TB_NEW_ARRAY(s->stmt->arena, tb_colid, s->j->nout);
    for (uint32_t i = 0; i < s->j->nout; i++)
        out[i] = tbi_new_col_like(s->stmt, s->j->out[i]);
    return out;
}

static tb_colid *mapped_out(const split *s, const tbi_colmap *map)
{
    tb_colid *out = TB_NEW_ARRAY(s->stmt->arena, tb_colid, s->j->nout);
    for (uint32_t i = 0; i < s->j->nout; i++)
        out[i] = tbi_colmap_get(map, s->j->out[i]);
    return out;
}

/* All branches; the result's columns are in *cols. */
static tb_plan *branches(const split *s, const shared *l, const shared *r, bool last,
                         const tb_colid **cols)
{
    tbi_colmap map = {0};
    tb_plan *all = branch(s, l, r, 0, &map);
    *cols = mapped_out(s, &map);
    for (uint32_t i = 1; i < s->or_->list.n; i++) {
        tbi_colmap m = {0};
        tb_plan *b = branch(s, l, r, i, &m);
        const tb_colid *out = last && i + 1 == s->or_->list.n ? s->j->out : fresh_out(s);
        all = union_all(s, all, *cols, b, mapped_out(s, &m), out);
        *cols = out;
    }
    return all;
}

static tb_plan *split_inner(const split *s)
{
    shared l = share(s->stmt, s->j->in[0]), r = share(s->stmt, s->j->in[1]);
    const tb_colid *cols;
    tb_plan *all = branches(s, &l, &r, true, &cols);
    return with_cte(s->stmt, &l, with_cte(s->stmt, &r, all));
}

/* ---- marks ---- */

/* left with one mark per disjunct; all conditions two-valued. base maps the left side's columns. */
static tb_plan *marked(const split *s, tb_plan *left, const tbi_colmap *base, const shared *r,
                       tb_expr **any)
{
    tb_stmt *stmt = s->stmt;
    tb_expr **marks = TB_NEW_ARRAY(stmt->arena, tb_expr *, s->or_->list.n);
    for (uint32_t i = 0; i < s->or_->list.n; i++) {
        tbi_colmap map = {0};
        for (uint32_t k = 0; base != NULL && k < base->from.n; k++)
            tbi_colmap_put(stmt->arena, &map, base->from.at[k], base->to.at[k]);
        tb_plan *right = read_shared(stmt, r, &map);
        tbi_preds conds = {0};
        add_mapped(stmt, &conds, s->or_->list.args[i], &map);
        for (uint32_t k = 0; k < s->others.n; k++)
            add_mapped(stmt, &conds, s->others.at[k], &map);
        for (uint32_t k = 0; k < conds.n; k++)
            conds.at[k] = tbi_mk_test(stmt, TB_IS_TRUE, conds.at[k]);
        tb_plan *m = tbi_mk_join(stmt, TB_JOIN_MARK, left, right, conds.at, conds.n);
        m->join.mark = tb_stmt_add_col(stmt, "mark", tb_type_of(TB_T_BOOL), true);
        tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, left->nout + 1);
        if (left->nout > 0)
            memcpy(out, left->out, left->nout * sizeof *out);
        out[left->nout] = m->join.mark;
        m->out = out;
        m->nout = left->nout + 1;
        marks[i] = tbi_mk_col(stmt, m->join.mark);
        left = m;
    }
    *any = tb_expr_or(stmt->arena, marks, s->or_->list.n);
    return left;
}

static tb_plan *split_existence(const split *s, bool anti)
{
    shared r = share(s->stmt, s->j->in[1]);
    tb_expr *any;
    tb_plan *m = marked(s, s->j->in[0], NULL, &r, &any);
    if (anti)
        any = tbi_fold(s->stmt, tb_expr_not(s->stmt->arena, any));
    tb_plan *f = tbi_mk_filter(s->stmt, m, &any, 1);
    return with_cte(s->stmt, &r, tbi_mk_pass(s->stmt, f, s->j->out, s->j->nout));
}

static tb_plan *split_left(const split *s)
{
    tb_stmt *stmt = s->stmt;
    shared l = share(stmt, s->j->in[0]), r = share(stmt, s->j->in[1]);
    const tb_colid *cols;
    tb_plan *all = branches(s, &l, &r, false, &cols);
    tbi_colmap map = {0};
    tb_expr *any;
    tb_plan *left = read_shared(stmt, &l, &map);
    tb_plan *m = marked(s, left, &map, &r, &any);
    any = tbi_fold(stmt, tb_expr_not(stmt->arena, any));
    m = tbi_mk_filter(stmt, m, &any, 1);
    tb_assign *items = TB_NEW_ARRAY(stmt->arena, tb_assign, s->j->nout);
    tb_colid *out = fresh_out(s);
    for (uint32_t i = 0; i < s->j->nout; i++) {
        tb_colid from = tbi_colmap_get(&map, s->j->out[i]);
        tb_type type = tb_stmt_col_type(stmt, s->j->out[i]);
        items[i] = (tb_assign){out[i], from != 0 ? tbi_mk_col(stmt, from)
                                                 : tb_expr_null(stmt->arena, type)};
    }
    tb_plan *unmatched = tb_plan_new(stmt->arena, TB_P_PROJECT, m, NULL);
    tb_plan_set_out(stmt->arena, unmatched, out, s->j->nout);
    unmatched->project.n = s->j->nout;
    unmatched->project.items = items;
    return with_cte(stmt, &l,
                    with_cte(stmt, &r, union_all(s, all, cols, unmatched, out, s->j->out)));
}

static tb_rc split_join(tb_stmt *stmt, tb_plan **node, void *ctx, tb_error *err)
{
    (void)ctx, (void)err;
    split s = {.stmt = stmt, .j = *node};
    if (s.j->kind != TB_P_JOIN || s.j->join.lateral || !find_or(&s))
        return TB_OK;
    tbi_estimate(stmt, (tb_plan *)s.j);
    if (s.j->in[0]->rows * s.j->in[1]->rows < PAIRS_WORTH_IT)
        return TB_OK;
    if (s.j->join.type == TB_JOIN_INNER)
        *node = split_inner(&s);
    else if (s.j->join.type == TB_JOIN_SEMI || s.j->join.type == TB_JOIN_ANTI)
        *node = split_existence(&s, s.j->join.type == TB_JOIN_ANTI);
    else if (s.j->join.type == TB_JOIN_LEFT)
        *node = split_left(&s);
    return TB_OK;
}

tb_rc tbi_rw_orjoin(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    return tbi_rewrite_up(stmt, plan, split_join, NULL, err);
}
