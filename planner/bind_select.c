/* SPDX-License-Identifier: Apache-2.0
 * Queries: one SELECT from its clauses to its plan, and what surrounds a query's body.
 *
 * Plan of a SELECT, bottom-up: FROM, FILTER (WHERE), AGG, FILTER (HAVING), WINDOW, PROJECT_SET,
 * PROJECT (select list and what ORDER BY needs), AGG (DISTINCT), SORT, DISTINCT_ON, LIMIT, PROJECT
 * (drops what only ORDER BY needed).
 *
 * Entry points: tbi_bind_query, tbi_bind_query_body, tbi_bind_select_query, tbi_limits,
 * tbi_plan_limit.
 */
#include "planner/bind_int.h"

/* ---- LIMIT ---- */

static tb_rc limit_expr(tbi_bind *b, tbi_scope *s, const tb_ast *ast, tbi_place place,
                        const char *clause, tb_expr **out)
{
    *out = NULL;
    if (ast == NULL)
        return TB_OK;
    TB_TRY(tbi_bind_expr_at(b, s, place, ast, out));
    TB_TRY(tbi_coerce_clause(b, *out, TB_T_INT8, clause, out));
    if (tbi_lowest_level(b, s, *out) == 0)
        return TB_RAISE_AT(b->err, TB_E_INVALID_COLUMN_REFERENCE, tbi_loc(*out),
                           "argument of %s must not contain variables", clause);
    if (tb_expr_has_sublink(*out) || tbi_lowest_level(b, s, *out) > 0)
        return TB_UNSUPPORTED(b->err, tbi_loc(*out),
                              "a subquery or outer column in LIMIT or OFFSET");
    return TB_OK;
}

tb_rc tbi_limits(tbi_bind *b, tbi_scope *s, const tb_ast_query *q, tb_expr **limit,
                 tb_expr **offset)
{
    TB_TRY(limit_expr(b, s, q->offset, TBI_IN_OFFSET, "OFFSET", offset));
    TB_TRY(limit_expr(b, s, q->limit, TBI_IN_LIMIT, "LIMIT", limit));
    bool null = *limit != NULL && (*limit)->kind == TB_X_CONST && (*limit)->constant.null;
    if (q->limit_kind == TB_LIMIT_WITH_TIES && null)
        return TB_RAISE_AT(b->err, TB_E_INVALID_ROW_COUNT_IN_LIMIT, q->limit->pos,
                           "row count cannot be null in FETCH FIRST ... WITH TIES clause");
    if (q->limit_kind == TB_LIMIT_WITH_TIES && q->order_by.n == 0)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, q->limit->pos,
                           "WITH TIES cannot be specified without ORDER BY clause");
    if (null) /* LIMIT ALL */
        *limit = NULL;
    return TB_OK;
}

tb_plan *tbi_plan_limit(tbi_bind *b, tb_plan *in, tb_expr *limit, tb_expr *offset,
                        const tb_sort_key *ties, uint32_t nties)
{
    if (limit == NULL && offset == NULL)
        return in;
    tb_plan *p = tb_plan_new(b->arena, TB_P_LIMIT, in, NULL);
    tb_plan_set_out(b->arena, p, in->out, in->nout);
    p->limit.count = limit;
    p->limit.offset = offset;
    p->limit.with_ties = ties != NULL;
    p->limit.ties = ties;
    p->limit.nties = nties;
    return p;
}

/* ---- DISTINCT and ORDER BY ---- */

static tb_rc order_by(tbi_bind *b, tbi_select *q, const tb_ast_list *list)
{
    for (uint32_t i = 0; i < list->n; i++) {
        const tb_ast_sort *sort = tb_as_sort(list->at[i]);
        tbi_order o;
        TB_TRY(tbi_find_target(b, q, sort->expr, TBI_IN_ORDER_BY, "ORDER BY", &o.target));
        tb_expr **slot = &q->targets.at[o.target].expr;
        TB_TRY(tbi_unknown_to_text(b, *slot, slot));
        TB_TRY(tbi_sort_direction(b, sort, (*slot)->type.id, &o.desc, &o.nulls_first));
        bool repeated = false;
        for (uint32_t k = 0; k < q->order.n && !repeated; k++)
            repeated = q->order.at[k].target == o.target;
        if (!repeated)
            tb_list_push(b->arena, &q->order, o);
    }
    return TB_OK;
}

static tb_rc distinct_all(tbi_bind *b, tbi_select *q)
{
    for (uint32_t i = 0; i < q->order.n; i++)
        if (q->targets.at[q->order.at[i].target].junk)
            return TB_RAISE_AT(b->err, TB_E_INVALID_COLUMN_REFERENCE,
                               tbi_loc(q->targets.at[q->order.at[i].target].expr),
                               "for SELECT DISTINCT, ORDER BY expressions must appear in select "
                               "list");
    for (uint32_t i = 0; i < q->targets.n; i++) {
        tbi_target *t = &q->targets.at[i];
        TB_TRY(tbi_unknown_to_text(b, t->expr, &t->expr));
        if (!t->junk)
            TB_TRY(tbi_check_equality(b, t->expr->type.id, tbi_loc(t->expr)));
    }
    return TB_OK;
}

static bool listed(const tbi_select *q, uint32_t target)
{
    for (uint32_t i = 0; i < q->distinct_on.n; i++)
        if (q->distinct_on.at[i] == target)
            return true;
    return false;
}

/* Where the first DISTINCT ON expression stands that is not among the first n ORDER BY items. */
static int unmatched_pos(const tbi_select *q, uint32_t n)
{
    for (uint32_t i = 0; i < q->distinct_on.n; i++) {
        bool ordered = false;
        for (uint32_t k = 0; k < n && !ordered; k++)
            ordered = q->order.at[k].target == q->distinct_on.at[i];
        if (!ordered && i < q->ast->distinct_on.n)
            return q->ast->distinct_on.at[i]->pos;
    }
    return -1;
}

/* ORDER BY must begin with the DISTINCT ON expressions, in any order; missing ones are appended. */
static tb_rc distinct_on(tbi_bind *b, tbi_select *q)
{
    for (uint32_t i = 0; i < q->ast->distinct_on.n; i++) {
        const tb_ast *item = q->ast->distinct_on.at[i];
        uint32_t t;
        TB_TRY(tbi_find_target(b, q, item, TBI_IN_DISTINCT_ON, "DISTINCT ON", &t));
        tb_expr **slot = &q->targets.at[t].expr;
        TB_TRY(tbi_unknown_to_text(b, *slot, slot));
        TB_TRY(tbi_check_ordering(b, (*slot)->type.id, item->pos));
        if (!listed(q, t))
            tb_list_push(b->arena, &q->distinct_on, t);
    }
    uint32_t matched = 0;
    while (matched < q->order.n && listed(q, q->order.at[matched].target))
        matched++;
    if (matched < q->order.n && matched < q->distinct_on.n)
        return TB_RAISE_AT(b->err, TB_E_INVALID_COLUMN_REFERENCE, unmatched_pos(q, matched),
                           "SELECT DISTINCT ON expressions must match initial ORDER BY "
                           "expressions");
    for (uint32_t i = 0; i < q->distinct_on.n && q->order.n < UINT32_MAX; i++) {
        bool ordered = false;
        for (uint32_t k = 0; k < q->order.n && !ordered; k++)
            ordered = q->order.at[k].target == q->distinct_on.at[i];
        tbi_order o = {.target = q->distinct_on.at[i]};
        if (!ordered)
            tb_list_push(b->arena, &q->order, o);
    }
    return TB_OK;
}

/* ---- clauses ---- */

static tb_rc refuse(tbi_bind *b, const tb_ast_query *q)
{
    if (q->locking.n > 0)
        return TB_UNSUPPORTED(b->err, q->locking.at[0]->pos, "SELECT FOR UPDATE/SHARE");
    return TB_OK;
}

static tb_rc settle_targets(tbi_bind *b, tbi_select *q)
{
    for (uint32_t i = 0; i < q->targets.n; i++) {
        tbi_target *t = &q->targets.at[i];
        bool leaf = t->expr->kind == TB_X_CONST || t->expr->kind == TB_X_PARAM;
        if (q->settle || t->junk || !leaf)
            TB_TRY(tbi_unknown_to_text(b, t->expr, &t->expr));
    }
    return TB_OK;
}

typedef struct reads_cx {
    tb_colid col;
    bool found;
} reads_cx;

static void reads_col(tb_colid col, void *ctx)
{
    reads_cx *cx = ctx;
    cx->found |= col == cx->col;
}

/* With ORDER BY, PostgreSQL calls the set-returning functions that are no sort keys only for the
 * rows DISTINCT ON leaves. */
static tb_rc no_late_sets(tbi_bind *b, const tbi_select *q)
{
    for (uint32_t i = 0; i < q->targets.n; i++) {
        bool key = false;
        for (uint32_t k = 0; k < q->order.n; k++)
            key |= q->order.at[k].target == i;
        for (uint32_t k = 0; !key && k < q->scope->srfs.n; k++) {
            reads_cx cx = {q->scope->srfs.at[k].out, false};
            tb_expr_each_col(q->targets.at[i].expr, reads_col, &cx);
            if (cx.found)
                return TB_UNSUPPORTED(b->err, tbi_loc(q->targets.at[i].expr),
                                      "a set-returning function beside DISTINCT ON and ORDER BY");
        }
    }
    return TB_OK;
}

/* Everything of the SELECT is bound, in PostgreSQL's order; nothing is planned but FROM. */
static tb_rc bind_clauses(tbi_bind *b, tbi_select *q, const tb_ast_query *outer, tb_plan **from)
{
    const tb_ast_select *sel = q->ast;
    tbi_scope *s = q->scope;
    if (sel->into != NULL)
        return TB_RAISE_AT(b->err, TB_E_READ_ONLY_SQL_TRANSACTION, sel->into->pos,
                           "cannot execute %s in a read-only transaction", "SELECT INTO");
    TB_TRY(tbi_bind_from(b, s, &sel->from, from));
    TB_TRY(tbi_bind_window_clause(b, s, &sel->windows));
    TB_TRY(tbi_bind_select_list(b, q));
    if (sel->where != NULL)
        TB_TRY(tbi_bind_bool_at(b, s, TBI_IN_WHERE, sel->where, "WHERE", &q->where));
    if (sel->having != NULL) {
        s->has_group = true;
        TB_TRY(tbi_bind_bool_at(b, s, TBI_IN_HAVING, sel->having, "HAVING", &q->having));
    }
    if (outer != NULL)
        TB_TRY(order_by(b, q, &outer->order_by));
    TB_TRY(tbi_bind_group_by(b, q));
    if (sel->distinct == TB_DISTINCT_ALL)
        TB_TRY(distinct_all(b, q));
    else if (sel->distinct == TB_DISTINCT_ON)
        TB_TRY(distinct_on(b, q));
    if (sel->distinct == TB_DISTINCT_ON && outer != NULL && outer->order_by.n > 0)
        TB_TRY(no_late_sets(b, q));
    if (outer != NULL) {
        TB_TRY(tbi_limits(b, s, outer, &q->limit, &q->offset));
        q->with_ties = outer->limit_kind == TB_LIMIT_WITH_TIES;
    }
    return settle_targets(b, q);
}

/* ---- plan ---- */

static void push_slots(tbi_bind *b, tbi_slots *slots, tb_expr **list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        tb_list_push(b->arena, slots, &list[i]);
}

/* Every expression that is evaluated above the grouping. */
static void collect_slots(tbi_bind *b, tbi_select *q, tbi_slots *slots)
{
    tbi_scope *s = q->scope;
    for (uint32_t i = 0; i < q->targets.n; i++)
        tb_list_push(b->arena, slots, &q->targets.at[i].expr);
    if (q->having != NULL)
        tb_list_push(b->arena, slots, &q->having);
    for (uint32_t i = 0; i < s->windows.n; i++) {
        push_slots(b, slots, s->windows.at[i].partition, s->windows.at[i].npartition);
        push_slots(b, slots, s->windows.at[i].order, s->windows.at[i].norder);
    }
    for (uint32_t i = 0; i < s->wincalls.n; i++) {
        push_slots(b, slots, s->wincalls.at[i]->args, s->wincalls.at[i]->nargs);
        if (s->wincalls.at[i]->filter != NULL)
            tb_list_push(b->arena, slots, &s->wincalls.at[i]->filter);
    }
    for (uint32_t i = 0; i < s->srfs.n; i++)
        if (!s->srfs.at[i].grouped)
            tb_list_push(b->arena, slots, &s->srfs.at[i].call);
}

/* Does call i take the result of a call that is not planned yet? */
static bool waits(const tbi_scope *s, uint32_t i, const bool *planned)
{
    for (uint32_t k = 0; k < s->srfs.n; k++) {
        reads_cx cx = {s->srfs.at[k].out, false};
        if (!planned[k])
            tb_expr_each_col(s->srfs.at[i].call, reads_col, &cx);
        if (cx.found)
            return true;
    }
    return false;
}

/* Adds a PROJECT_SET for the calls that do not wait for others. */
static tb_plan *srf_node(tbi_bind *b, const tbi_scope *s, bool *planned, tb_plan *in)
{
    tb_assign *items = TB_NEW_ARRAY(b->arena, tb_assign, in->nout + s->srfs.n);
    tb_colid *out = TB_NEW_ARRAY(b->arena, tb_colid, in->nout + s->srfs.n);
    bool *now = TB_NEW_ARRAY(b->arena, bool, s->srfs.n);
    uint32_t n = 0;
    for (; n < in->nout; n++)
        items[n] = (tb_assign){in->out[n], tbi_col(b, in->out[n], -1)};
    for (uint32_t i = 0; i < s->srfs.n; i++) {
        now[i] = !planned[i] && !waits(s, i, planned);
        if (now[i])
            items[n++] = (tb_assign){s->srfs.at[i].out, s->srfs.at[i].call};
    }
    for (uint32_t i = 0; i < s->srfs.n; i++)
        planned[i] |= now[i];
    for (uint32_t i = 0; i < n; i++)
        out[i] = items[i].out;
    tb_plan *p = tb_plan_new(b->arena, TB_P_PROJECT_SET, in, NULL);
    p->project.n = p->nout = n;
    p->project.items = items;
    p->out = out;
    return p;
}

/* Set-returning calls run in step; one whose arguments hold another runs in a node above it. */
tb_plan *tbi_plan_srfs(tbi_bind *b, const tbi_scope *s, bool grouped, tb_plan *in)
{
    bool *planned = TB_NEW_ARRAY(b->arena, bool, s->srfs.n + 1);
    for (uint32_t i = 0; i < s->srfs.n; i++)
        planned[i] = s->srfs.at[i].grouped != grouped;
    for (uint32_t i = 0; i < s->srfs.n;) {
        if (planned[i])
            i++;
        else
            in = srf_node(b, s, planned, in);
    }
    return in;
}

/* The select list as columns; each gets an id of its own. */
static tb_plan *plan_targets(tbi_bind *b, tbi_select *q, tb_plan *in)
{
    tb_assign *items = TB_NEW_ARRAY(b->arena, tb_assign, q->targets.n + 1);
    for (uint32_t i = 0; i < q->targets.n; i++) {
        tbi_target *t = &q->targets.at[i];
        bool taken = t->expr->kind != TB_X_COL || !tb_plan_outputs(in, t->expr->col);
        for (uint32_t k = 0; k < i && !taken; k++)
            taken = items[k].out == t->expr->col;
        t->id = taken ? tbi_new_col(b, t->name, t->expr->type) : t->expr->col;
        if (taken)
            tbi_meta_of(b, t->id)->shape = tbi_shape_of(b, t->expr);
        items[i] = (tb_assign){t->id, t->expr};
    }
    return tbi_project(b, in, items, q->targets.n);
}

/* DISTINCT compares what the statement gives, and not what GROUP BY alone needed. */
static tb_plan *plan_distinct(tbi_bind *b, const tbi_select *q, tb_plan *in)
{
    if (q->ast->distinct != TB_DISTINCT_ALL)
        return in;
    tb_colid *keys = TB_NEW_ARRAY(b->arena, tb_colid, q->targets.n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->targets.n; i++)
        if (!q->targets.at[i].junk)
            keys[n++] = q->targets.at[i].id;
    tb_plan *p = tb_plan_new(b->arena, TB_P_AGG, in, NULL);
    tb_plan_set_out(b->arena, p, keys, n);
    p->agg.nkeys = p->nout;
    p->agg.keys = p->out;
    return p;
}

static tb_plan *plan_order(tbi_bind *b, const tbi_select *q, tb_plan *in)
{
    tb_sort_key *keys = TB_NEW_ARRAY(b->arena, tb_sort_key, q->order.n + 1);
    for (uint32_t i = 0; i < q->order.n; i++) {
        const tbi_order *o = &q->order.at[i];
        keys[i] = (tb_sort_key){q->targets.at[o->target].id, o->desc, o->nulls_first};
    }
    if (q->order.n > 0) {
        tb_plan *p = tb_plan_new(b->arena, TB_P_SORT, in, NULL);
        tb_plan_set_out(b->arena, p, in->out, in->nout);
        p->sort.n = q->order.n;
        p->sort.keys = keys;
        in = p;
    }
    if (q->distinct_on.n > 0) {
        tb_plan *p = tb_plan_new(b->arena, TB_P_DISTINCT_ON, in, NULL);
        tb_colid *on = TB_NEW_ARRAY(b->arena, tb_colid, q->distinct_on.n);
        for (uint32_t i = 0; i < q->distinct_on.n; i++)
            on[i] = q->targets.at[q->distinct_on.at[i]].id;
        tb_plan_set_out(b->arena, p, in->out, in->nout);
        p->distinct_on.n = q->distinct_on.n;
        p->distinct_on.keys = on;
        in = p;
    }
    return tbi_plan_limit(b, in, q->limit, q->offset, q->with_ties ? keys : NULL,
                          q->with_ties ? q->order.n : 0);
}

/* Output columns in order, without what only ORDER BY needed. */
static tb_plan *plan_output(tbi_bind *b, tbi_select *q, tb_plan *targets, tb_plan *in,
                            tbi_result *out)
{
    tb_assign *items = TB_NEW_ARRAY(b->arena, tb_assign, q->targets.n + 1);
    out->cols = TB_NEW_ARRAY(b->arena, tbi_output, q->targets.n + 1);
    for (uint32_t i = 0; i < q->targets.n; i++) {
        const tbi_target *t = &q->targets.at[i];
        if (t->junk)
            continue;
        items[out->n] = (tb_assign){t->id, tbi_col(b, t->id, -1)};
        tbi_output *o = &out->cols[out->n++];
        *o = (tbi_output){.name = t->name, .id = t->id, .pos = tbi_loc(t->expr)};
        if (t->expr->type.id == TB_T_UNKNOWN)
            o->slot = &((tb_assign *)targets->project.items)[i].expr;
        o->pass = items[out->n - 1].expr;
    }
    return out->n == q->targets.n ? in : tbi_project(b, in, items, out->n);
}

static tb_rc plan_select(tbi_bind *b, tbi_select *q, tb_plan *from, tbi_result *out)
{
    tb_plan *p = tbi_filter(b, from, q->where), *targets;
    tbi_slots slots = {0};
    collect_slots(b, q, &slots);
    p = tbi_plan_srfs(b, q->scope, true, p);
    TB_TRY(tbi_plan_groups(b, q->scope, p, &slots, &p));
    p = tbi_filter(b, p, q->having);
    p = tbi_plan_windows(b, q->scope, p);
    p = tbi_plan_srfs(b, q->scope, false, p);
    p = targets = plan_targets(b, q, p);
    p = plan_distinct(b, q, p);
    p = plan_order(b, q, p);
    *out = (tbi_result){.n = 0};
    out->plan = plan_output(b, q, targets, p, out);
    return TB_OK;
}

tb_rc tbi_bind_select_query(tbi_bind *b, tbi_scope *level, const tb_ast_select *sel,
                            const tb_ast_query *q, bool settle, tbi_result *out)
{
    tbi_select s = {.ast = sel, .scope = level, .settle = settle};
    tb_plan *from;
    TB_TRY(bind_clauses(b, &s, q, &from));
    return plan_select(b, &s, from, out);
}

/* ---- queries ---- */

tb_rc tbi_bind_query_body(tbi_bind *b, tbi_scope *level, const tb_ast *body, const tb_ast_query *q,
                          bool settle, tbi_result *out)
{
    if (body->kind == TB_AST_SELECT)
        return tbi_bind_select_query(b, level, tb_as_select(body), q, settle, out);
    if (body->kind == TB_AST_VALUES)
        return tbi_bind_values(b, level, tb_as_values(body), q, out);
    if (body->kind == TB_AST_SET_OP)
        return tbi_bind_set_op(b, level, tb_as_set_op(body), q, out);
    TB_CHECK(body->kind == TB_AST_QUERY && q == NULL);
    return tbi_bind_query(b, level, body, settle, out);
}

tb_rc tbi_bind_query(tbi_bind *b, tbi_scope *outer, const tb_ast *query, bool settle,
                     tbi_result *out)
{
    if (query->kind == TB_AST_WRITE)
        return TB_RAISE_AT(b->err, TB_E_READ_ONLY_SQL_TRANSACTION, query->pos,
                           "cannot execute %s in a read-only transaction", tb_as_write(query)->tag);
    const tb_ast_query *q = tb_as_query(query);
    TB_TRY(tbi_enter(b, query->pos));
    TB_TRY(refuse(b, q));
    tbi_scope *level = tbi_scope_new(b, outer);
    if (q->with != NULL)
        TB_TRY(tbi_bind_with(b, level, q->with));
    TB_TRY(tbi_bind_query_body(b, level, q->body, q, settle, out));
    out->plan = tbi_finish_ctes(b, level, out->plan);
    tbi_leave(b);
    return TB_OK;
}
