/* SPDX-License-Identifier: Apache-2.0
 * Unnesting, first way: correlated conditions move up through the right side of a lateral join
 * until they are conditions of the join itself. No outer value is needed inside any more, and
 * nothing is computed twice.
 *
 * Operators that look at several rows at once (aggregates, windows, LIMIT) let a condition pass
 * only when it is an equality `outer expression = inner expression`: the inner expression becomes
 * one more grouping (partitioning) key, and the condition compares that key above. An aggregate
 * without grouping then gives no row where it gave one for no input; the caller repairs that with
 * an outer join (tbi_pulled.scalar).
 *
 * Select-list expressions over outer columns are computed above the join (tbi_pulled.late).
 */
#include "planner/unnest_int.h"

typedef struct puller {
    tb_stmt *stmt;
    const tbi_colset *outer;
    tbi_preds preds;
    TB_LIST(tb_assign) late;
    tbi_colset late_cols;
    bool scalar;
    tbi_preds post;
} puller;

static tb_plan *pull(puller *u, tb_plan *p);

static tb_expr *late_expr(tb_colid col, void *ctx)
{
    const puller *u = ctx;
    for (uint32_t i = 0; i < u->late.n; i++)
        if (u->late.at[i].out == col)
            return u->late.at[i].expr;
    return NULL;
}

/* e with late columns replaced by what they stand for. */
static tb_expr *expand(puller *u, tb_expr *e)
{
    return u->late.n == 0 ? e : tb_expr_replace_cols(u->stmt->arena, e, late_expr, u);
}

static void make_late(puller *u, tb_colid out, tb_expr *e)
{
    tb_list_push(u->stmt->arena, &u->late, ((tb_assign){out, e}));
    tbi_colset_add(u->stmt->arena, &u->late_cols, out);
}

/* Columns the conditions and late expressions need from the plan below. */
static tbi_colset needed(const puller *u)
{
    tbi_colset set = {0};
    for (uint32_t i = 0; i < u->preds.n; i++)
        tbi_colset_add_expr(u->stmt->arena, &set, u->preds.at[i]);
    for (uint32_t i = 0; i < u->late.n; i++)
        tbi_colset_add_expr(u->stmt->arena, &set, u->late.at[i].expr);
    return set;
}

tb_plan *tbi_passing(tb_stmt *stmt, tb_plan *p, const tbi_colset *cols)
{
    TB_LIST(tb_colid) more = {0};
    const tb_plan *in = p->in[0];
    for (uint32_t i = 0; i < in->nout; i++)
        if (tbi_colset_has(cols, in->out[i]) && !tb_plan_outputs(p, in->out[i]))
            tb_list_push(stmt->arena, &more, in->out[i]);
    if (more.n == 0)
        return p;
    tb_plan *c = tb_plan_clone(stmt->arena, p);
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, p->nout + more.n);
    if (p->nout > 0)
        memcpy(out, p->out, p->nout * sizeof *out);
    memcpy(out + p->nout, more.at, more.n * sizeof *out);
    c->out = out;
    c->nout = p->nout + more.n;
    if (p->kind == TB_P_PROJECT || p->kind == TB_P_PROJECT_SET) {
        tb_assign *items = TB_NEW_ARRAY(stmt->arena, tb_assign, p->project.n + more.n);
        if (p->project.n > 0)
            memcpy(items, p->project.items, p->project.n * sizeof *items);
        for (uint32_t i = 0; i < more.n; i++)
            items[p->project.n + i] = (tb_assign){more.at[i], tbi_mk_col(stmt, more.at[i])};
        c->project.items = items;
        c->project.n = p->project.n + more.n;
    }
    return c;
}

/* ---- one row at a time ---- */

static tb_plan *pull_filter(puller *u, tb_plan *p)
{
    tb_plan *in = pull(u, p->in[0]);
    if (in == NULL)
        return NULL;
    tbi_preds stay = {0};
    for (uint32_t i = 0; i < p->filter.n; i++) {
        tb_expr *e = expand(u, p->filter.conjuncts[i]);
        if (u->scalar)
            tb_list_push(u->stmt->arena, &u->post, p->filter.conjuncts[i]);
        else if (!tbi_expr_touches(e, u->outer) && e == p->filter.conjuncts[i])
            tb_list_push(u->stmt->arena, &stay, e);
        else if (tb_expr_is_volatile(e))
            return NULL;
        else
            tbi_add_conjunct(u->stmt, &u->preds, e);
    }
    return tbi_mk_filter(u->stmt, in, stay.at, stay.n);
}

static tb_plan *pull_project(puller *u, tb_plan *p)
{
    tb_plan *in = pull(u, p->in[0]);
    if (in == NULL)
        return NULL;
    TB_LIST(tb_assign) keep = {0};
    for (uint32_t i = 0; i < p->project.n; i++) {
        tb_assign a = p->project.items[i];
        bool passes = a.expr->kind == TB_X_COL && a.expr->col == a.out;
        bool late = tbi_expr_touches(a.expr, u->outer) || tbi_expr_touches(a.expr, &u->late_cols);
        if (passes && tbi_colset_has(&u->late_cols, a.out))
            continue; /* stays late under its own name */
        if (!late && !(u->scalar && !passes)) {
            tb_list_push(u->stmt->arena, &keep, a);
            continue;
        }
        if (p->kind == TB_P_PROJECT_SET || tb_expr_is_volatile(a.expr))
            return NULL;
        make_late(u, a.out, expand(u, a.expr));
    }
    tb_plan *c = tb_plan_new(u->stmt->arena, p->kind, in, NULL);
    tb_colid *out = TB_NEW_ARRAY(u->stmt->arena, tb_colid, keep.n);
    for (uint32_t i = 0; i < keep.n; i++)
        out[i] = keep.at[i].out;
    c->out = out;
    c->nout = keep.n;
    c->project.items = keep.at;
    c->project.n = keep.n;
    tbi_colset need = needed(u);
    return tbi_passing(u->stmt, c, &need);
}

static bool conds_touch(puller *u, const tb_plan *p)
{
    for (uint32_t i = 0; i < p->join.nconds; i++)
        if (tbi_expr_touches(p->join.conds[i], u->outer))
            return true;
    return false;
}

/* Inner joins let conditions of both sides through; others keep only their left side's rows as they
 * are. */
static tb_plan *pull_join(puller *u, tb_plan *p)
{
    bool inner = p->join.type == TB_JOIN_INNER;
    if (!inner && (p->join.type == TB_JOIN_RIGHT || p->join.type == TB_JOIN_FULL ||
                   tbi_refers_to(u->stmt, p->in[1], u->outer) || conds_touch(u, p)))
        return NULL;
    tb_plan *left = pull(u, p->in[0]),
            *right = left == NULL || u->scalar ? NULL : pull(u, p->in[1]);
    if (right == NULL || u->scalar)
        return NULL;
    tbi_preds stay = {0};
    for (uint32_t i = 0; i < p->join.nconds; i++) {
        tb_expr *e = expand(u, p->join.conds[i]);
        if (!tbi_expr_touches(e, u->outer))
            tb_list_push(u->stmt->arena, &stay, e);
        else if (tb_expr_is_volatile(e) || !inner)
            return NULL;
        else
            tbi_add_conjunct(u->stmt, &u->preds, e);
    }
    if (p->join.lateral && tbi_refers_to(u->stmt, right, &u->late_cols))
        return NULL;
    tb_plan *j = tbi_mk_join(u->stmt, p->join.type, left, right, stay.at, stay.n);
    j->join.lateral = p->join.lateral;
    if (p->join.type == TB_JOIN_MARK) {
        tb_colid *out = TB_NEW_ARRAY(u->stmt->arena, tb_colid, j->nout + 1);
        memcpy(out, j->out, j->nout * sizeof *out);
        out[j->nout++] = p->join.mark;
        j->out = out;
        j->join.mark = p->join.mark;
    }
    return j;
}

/* ---- several rows at once ---- */

static bool mentions_late(const puller *u, const tb_colid *cols, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (tbi_colset_has(&u->late_cols, cols[i]))
            return true;
    return false;
}

/* outer = inner with each side pure; *inner is then the inner side's slot. */
static bool splits(puller *u, tb_expr *e, const tb_plan *in, tb_expr ***inner)
{
    if (!tbi_is_equality(e) || tb_expr_is_volatile(e))
        return false;
    for (int s = 0; s < 2; s++) {
        tb_expr *a = e->call.args[s], *b = e->call.args[1 - s];
        if (tbi_expr_within(a, u->outer) && tbi_expr_has_cols(b) &&
            !tbi_expr_touches(b, u->outer) && tbi_expr_within_plan(b, in) &&
            tbi_eq_fn(b->type.id) != TB_FN_NONE) {
            *inner = &e->call.args[1 - s];
            return true;
        }
    }
    return false;
}

/* Makes the inner sides of the conditions columns of *in, to be keys, and the conditions compare
 * those. */
static bool conditions_to_keys(puller *u, tb_plan **in, tb_colid **keys, uint32_t *nkeys)
{
    tb_stmt *stmt = u->stmt;
    TB_LIST(tb_colid) list = {0};
    TB_LIST(tb_assign) computed = {0};
    for (uint32_t i = 0; i < u->preds.n; i++) {
        if (!tbi_expr_touches_plan(u->preds.at[i], *in))
            continue; /* about outer columns only: holds for all rows or none */
        tb_expr *e = tb_arena_memdup(stmt->arena, u->preds.at[i], sizeof *e), **inner;
        if (!tbi_is_equality(e))
            return false;
        e->call.args = tb_arena_memdup(stmt->arena, e->call.args, 2 * sizeof *e->call.args);
        if (!splits(u, e, *in, &inner))
            return false;
        tb_colid col = (*inner)->kind == TB_X_COL ? (*inner)->col : 0;
        if (col == 0) {
            col = tb_stmt_add_col(stmt, "key", (*inner)->type, true);
            tb_list_push(stmt->arena, &computed, ((tb_assign){col, *inner}));
        }
        *inner = tbi_mk_col(stmt, col);
        u->preds.at[i] = e;
        bool known = false;
        for (uint32_t k = 0; k < list.n; k++)
            known |= list.at[k] == col;
        if (!known)
            tb_list_push(stmt->arena, &list, col);
    }
    if (computed.n > 0)
        *in = tbi_mk_extend(stmt, *in, computed.at, computed.n);
    *keys = list.at;
    *nkeys = list.n;
    return true;
}

tb_plan *tbi_agg_with_keys(tb_stmt *stmt, const tb_plan *p, tb_plan *input, const tb_colid *keys,
                           uint32_t n)
{
    tb_plan *c = tb_plan_clone(stmt->arena, p);
    tb_colid *all = TB_NEW_ARRAY(stmt->arena, tb_colid, p->agg.nkeys + n);
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, p->nout + p->agg.nkeys + n);
    uint32_t nall = 0, nout = 0;
    for (uint32_t i = 0; i < p->nout; i++)
        out[nout++] = p->out[i];
    for (uint32_t i = 0; i < p->agg.nkeys; i++)
        all[nall++] = p->agg.keys[i];
    for (uint32_t i = 0; i < n; i++) {
        bool key = false, given = false;
        for (uint32_t k = 0; k < nall; k++)
            key |= all[k] == keys[i];
        for (uint32_t k = 0; k < nout; k++)
            given |= out[k] == keys[i];
        if (!key)
            all[nall++] = keys[i];
        if (!given)
            out[nout++] = keys[i];
    }
    c->in[0] = input;
    c->agg.keys = all;
    c->agg.nkeys = nall;
    c->out = out;
    c->nout = nout;
    return c;
}

/* Counts of the aggregate under new names; late: the old name is the count or 0. */
static tb_plan *counts_late(puller *u, tb_plan *agg)
{
    tb_stmt *stmt = u->stmt;
    tb_plan *c = tbi_own_cols(stmt->arena, agg);
    tb_colid *out = (tb_colid *)c->out;
    for (uint32_t i = 0; i < c->agg.naggs; i++) {
        tb_agg *a = (tb_agg *)&c->agg.aggs[i];
        if (!tbi_agg_is_count(a->fn))
            continue;
        tb_colid old = a->out;
        a->out = tbi_new_col_like(stmt, old);
        stmt->cols.at[a->out].nullable = true;
        for (uint32_t k = 0; k < c->nout; k++)
            if (out[k] == old)
                out[k] = a->out;
        tb_expr *e = tb_expr_new(stmt->arena, TB_X_COALESCE, a->type, -1);
        e->list.n = 2;
        e->list.args = TB_NEW_ARRAY(stmt->arena, tb_expr *, 2);
        e->list.args[0] = tbi_mk_col(stmt, a->out);
        e->list.args[1] = tbi_mk_int8(stmt, 0);
        make_late(u, old, e);
    }
    return c;
}

static void agg_reads(tb_colid *slot, tbi_col_role role, void *ctx)
{
    puller *u = ((void **)ctx)[0];
    bool *late = ((void **)ctx)[1];
    if (role == TBI_COL_READS && tbi_colset_has(&u->late_cols, *slot))
        *late = true;
}

static bool reads_late(puller *u, tb_plan *p)
{
    bool late = false;
    void *both[2] = {u, &late};
    tbi_each_col(p, agg_reads, both);
    return late;
}

static tb_plan *pull_agg(puller *u, tb_plan *p)
{
    if (p->agg.nsets > 0)
        return NULL;
    tb_plan *in = pull(u, p->in[0]);
    tb_colid *keys;
    uint32_t n;
    if (in == NULL || u->scalar || reads_late(u, p) || !conditions_to_keys(u, &in, &keys, &n))
        return NULL;
    tb_plan *agg = tbi_agg_with_keys(u->stmt, p, in, keys, n);
    u->late.n = 0; /* nobody above can name them */
    u->late_cols = (tbi_colset){0};
    if (p->agg.nkeys > 0)
        return agg;
    u->scalar = true;
    return counts_late(u, agg);
}

tb_plan *tbi_window_with_keys(tb_stmt *stmt, const tb_plan *p, tb_plan *input, const tb_colid *keys,
                              uint32_t n)
{
    tb_plan *c = tb_plan_clone(stmt->arena, p);
    tb_colid *partition = TB_NEW_ARRAY(stmt->arena, tb_colid, p->window.npartition + n);
    if (p->window.npartition > 0)
        memcpy(partition, p->window.partition, p->window.npartition * sizeof *partition);
    if (n > 0)
        memcpy(partition + p->window.npartition, keys, n * sizeof *keys);
    c->in[0] = input;
    c->window.partition = partition;
    c->window.npartition = p->window.npartition + n;
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, input->nout + p->window.n);
    c->nout = 0;
    for (uint32_t i = 0; i < input->nout; i++)
        out[c->nout++] = input->out[i];
    for (uint32_t i = 0; i < p->window.n; i++)
        out[c->nout++] = p->window.fns[i].out;
    c->out = out;
    return c;
}

static tb_plan *pull_window(puller *u, tb_plan *p)
{
    tb_plan *in = pull(u, p->in[0]);
    tb_colid *keys;
    uint32_t n;
    if (in == NULL || u->scalar || reads_late(u, p) || !conditions_to_keys(u, &in, &keys, &n))
        return NULL;
    return tbi_window_with_keys(u->stmt, p, in, keys, n);
}

static bool int8_const(const tb_expr *e, int64_t *out)
{
    if (e->kind != TB_X_CONST || e->type.id != TB_T_INT8)
        return false;
    *out = e->constant.null ? -1 : e->constant.d.i64;
    return true;
}

static tb_plan *row_numbers(tb_stmt *stmt, tb_plan *input, tb_fn_id fn, const tb_sort_key *order,
                            uint32_t norder, const tb_colid *keys, uint32_t nkeys, tb_colid *rn)
{
    tb_plan *w = tb_plan_new(stmt->arena, TB_P_WINDOW, input, NULL);
    tb_winfn *f = TB_NEW(stmt->arena, tb_winfn);
    *rn = tb_stmt_add_col(stmt, fn == TB_FN_RANK ? "rank" : "row_number", tb_type_of(TB_T_INT8),
                          false);
    f->out = *rn;
    f->fn = fn;
    f->type = tb_type_of(TB_T_INT8);
    f->frame = (tb_window_frame){.mode = TB_WINDOW_RANGE,
                                 .start = TB_WINDOW_BOUND_UNBOUNDED_PRECEDING,
                                 .end = TB_WINDOW_BOUND_CURRENT};
    f->pos = -1;
    w->window.n = 1;
    w->window.fns = f;
    w->window.npartition = nkeys;
    w->window.partition = keys;
    w->window.norder = norder;
    w->window.order = order;
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, input->nout + 1);
    if (input->nout > 0)
        memcpy(out, input->out, input->nout * sizeof *out);
    out[input->nout] = *rn;
    w->nout = input->nout + 1;
    w->out = out;
    return w;
}

tb_plan *tbi_limit_per_group(tb_stmt *stmt, const tb_plan *limit, tb_plan *input,
                             const tb_sort_key *order, uint32_t norder, const tb_colid *keys,
                             uint32_t nkeys)
{
    int64_t count = -1, offset = 0;
    if ((limit->limit.count != NULL && !int8_const(limit->limit.count, &count)) ||
        (limit->limit.offset != NULL && !int8_const(limit->limit.offset, &offset)))
        return NULL;
    offset = offset < 0 ? 0 : offset;
    if (count > INT64_MAX - offset)
        count = -1;
    tb_type boolean = tb_type_of(TB_T_BOOL);
    tb_expr *conds[2];
    uint32_t n = 0;
    tb_colid rn;
    tb_plan *p = row_numbers(stmt, input, TB_FN_ROW_NUMBER, order, norder, keys, nkeys, &rn);
    if (offset > 0)
        conds[n++] = tb_expr_call2(stmt->arena, TB_FN_INT8GT, boolean, tbi_mk_col(stmt, rn),
                                   tbi_mk_int8(stmt, offset));
    if (count >= 0 && limit->limit.with_ties)
        p = row_numbers(stmt, p, TB_FN_RANK, order, norder, keys, nkeys, &rn);
    if (count >= 0)
        conds[n++] = tb_expr_call2(stmt->arena, TB_FN_INT8LE, boolean, tbi_mk_col(stmt, rn),
                                   tbi_mk_int8(stmt, offset + count));
    return tbi_mk_filter(stmt, p, conds, n);
}

static tb_plan *pull_limit(puller *u, tb_plan *p)
{
    const tb_plan *sort = p->in[0]->kind == TB_P_SORT ? p->in[0] : NULL;
    tb_plan *in = pull(u, sort != NULL ? sort->in[0] : p->in[0]);
    tb_colid *keys;
    uint32_t n;
    int64_t count;
    if (in == NULL)
        return NULL;
    if (u->scalar) /* one row: LIMIT 1 and more change nothing */
        return p->limit.offset == NULL && p->limit.count != NULL &&
                       int8_const(p->limit.count, &count) && count >= 1
                   ? in
                   : NULL;
    if (sort != NULL)
        for (uint32_t i = 0; i < sort->sort.n; i++)
            if (mentions_late(u, &sort->sort.keys[i].col, 1))
                return NULL;
    if (!conditions_to_keys(u, &in, &keys, &n))
        return NULL;
    return tbi_limit_per_group(u->stmt, p, in, sort != NULL ? sort->sort.keys : NULL,
                               sort != NULL ? sort->sort.n : 0, keys, n);
}

/* Kept for the aggregates above that see their rows in this order. */
static tb_plan *pull_sort(puller *u, tb_plan *p)
{
    tb_plan *in = pull(u, p->in[0]);
    if (in == NULL || u->scalar)
        return in;
    if (reads_late(u, p))
        return NULL;
    tb_plan *c = tbi_with_inputs(u->stmt, p, in, NULL);
    c->out = in->out;
    c->nout = in->nout;
    return c;
}

/* VALUES over outer columns: numbered rows, their expressions computed above. */
static tb_plan *pull_values(puller *u, tb_plan *p)
{
    tb_stmt *stmt = u->stmt;
    tb_type int4 = tb_type_of(TB_T_INT4);
    tb_colid number = tb_stmt_add_col(stmt, "row", int4, false);
    tb_plan *rows = tb_plan_new(stmt->arena, TB_P_VALUES, NULL, NULL);
    tb_plan_set_out(stmt->arena, rows, &number, 1);
    rows->values.nrows = p->values.nrows;
    rows->values.rows = TB_NEW_ARRAY(stmt->arena, tb_expr **, p->values.nrows);
    for (uint32_t r = 0; r < p->values.nrows; r++) {
        rows->values.rows[r] = TB_NEW_ARRAY(stmt->arena, tb_expr *, 1);
        rows->values.rows[r][0] = tb_expr_const(stmt->arena, int4, tb_value_int4((int32_t)r));
    }
    for (uint32_t c = 0; c < p->nout; c++) {
        tb_expr *e = tb_expr_new(stmt->arena, TB_X_CASE, tb_stmt_col_type(stmt, p->out[c]), -1);
        e->case_.n = p->values.nrows;
        e->case_.when = TB_NEW_ARRAY(stmt->arena, tb_expr *, p->values.nrows);
        e->case_.then = TB_NEW_ARRAY(stmt->arena, tb_expr *, p->values.nrows);
        for (uint32_t r = 0; r < p->values.nrows; r++) {
            if (tb_expr_is_volatile(p->values.rows[r][c]))
                return NULL;
            e->case_.when[r] = tb_expr_call2(stmt->arena, TB_FN_INT4EQ, tb_type_of(TB_T_BOOL),
                                             tbi_mk_col(stmt, number), rows->values.rows[r][0]);
            e->case_.then[r] = p->values.rows[r][c];
        }
        make_late(u, p->out[c], p->values.nrows == 1 ? p->values.rows[0][c] : e);
    }
    return rows;
}

static tb_plan *pull(puller *u, tb_plan *p)
{
    if (!tbi_refers_to(u->stmt, p, u->outer))
        return p;
    switch (p->kind) {
    case TB_P_FILTER:
        return pull_filter(u, p);
    case TB_P_PROJECT:
    case TB_P_PROJECT_SET:
        return pull_project(u, p);
    case TB_P_JOIN:
        return pull_join(u, p);
    case TB_P_AGG:
        return pull_agg(u, p);
    case TB_P_WINDOW:
        return pull_window(u, p);
    case TB_P_LIMIT:
        return pull_limit(u, p);
    case TB_P_SORT:
        return pull_sort(u, p);
    case TB_P_CTE: {
        if (tbi_refers_to(u->stmt, p->in[0], u->outer))
            return NULL;
        tb_plan *body = pull(u, p->in[1]);
        if (body == NULL)
            return NULL;
        tb_plan *c = tbi_with_inputs(u->stmt, p, p->in[0], body);
        c->out = body->out;
        c->nout = body->nout;
        return c;
    }
    case TB_P_VALUES:
        return pull_values(u, p);
    case TB_P_SCAN:
    case TB_P_ROW:
    case TB_P_EMPTY:
    case TB_P_FUNC:
    case TB_P_DISTINCT_ON:
    case TB_P_SETOP:
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

bool tbi_pull(tb_stmt *stmt, tb_plan *right, const tbi_colset *outer, tbi_pulled *out)
{
    puller u = {.stmt = stmt, .outer = outer};
    tb_plan *p = pull(&u, right);
    if (p == NULL)
        return false;
    *out = (tbi_pulled){.plan = p, .preds = u.preds, .scalar = u.scalar, .post = u.post};
    for (uint32_t i = 0; i < u.late.n; i++)
        tb_list_push(stmt->arena, &out->late, u.late.at[i]);
    return true;
}
