/* SPDX-License-Identifier: Apache-2.0
 * Unnesting: after this pass no expression holds a subquery, and joins are ordinary but for those
 * whose right side is a function of the left, or something neither way of unnesting can do; these
 * stay lateral and run as dependent nested loops.
 *
 * Lateral joins are treated from the outside in: what an outer one leaves in an inner one refers to
 * that one's left side only.
 */
#include "planner/unnest_int.h"

static tb_rc unnest(tb_stmt *stmt, tb_plan **plan, tb_error *err);

static tb_rc volatile_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    (void)err;
    *(bool *)ctx |= tb_expr_is_volatile(*slot);
    return TB_OK;
}

static bool has_volatile(const tb_plan *p)
{
    bool found = false;
    tb_error err = {0};
    tb_rc rc = tb_plan_each_expr((tb_plan *)p, volatile_slot, &found, &err);
    TB_CHECK(rc == TB_OK);
    for (int i = 0; i < tb_plan_inputs(p->kind) && !found; i++)
        found = has_volatile(p->in[i]);
    return found;
}

/* ---- after pulling ---- */

static tb_expr *late_of(tb_colid col, void *ctx)
{
    const tbi_pulled *r = ctx;
    for (uint32_t i = 0; i < r->late.n; i++)
        if (r->late.at[i].out == col)
            return r->late.at[i].expr;
    return NULL;
}

static tb_expr *with_late(tb_stmt *stmt, tb_expr *e, const tbi_pulled *r)
{
    return r->late.n == 0 ? e : tb_expr_replace_cols(stmt->arena, e, late_of, (void *)r);
}

/* The join's own conditions and the pulled ones. In a mark join the latter decide only which rows
 * count. */
static tbi_preds all_conds(tb_stmt *stmt, const tb_plan *j, const tbi_pulled *r)
{
    tbi_preds all = {0};
    for (uint32_t i = 0; i < j->join.nconds; i++)
        tb_list_push(stmt->arena, &all, with_late(stmt, j->join.conds[i], r));
    for (uint32_t i = 0; i < r->preds.n; i++) {
        tb_expr *e = r->preds.at[i];
        if (j->join.type == TB_JOIN_MARK)
            e = tbi_mk_test(stmt, TB_IS_TRUE, e);
        tb_list_push(stmt->arena, &all, e);
    }
    return all;
}

static tb_plan *join_like(tb_stmt *stmt, const tb_plan *j, tb_join_type type, tb_plan *right,
                          const tbi_preds *conds)
{
    tb_plan *to = tbi_mk_join(stmt, type, j->in[0], right, conds->at, conds->n);
    if (type == TB_JOIN_MARK) {
        tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, to->nout + 1);
        if (to->nout > 0)
            memcpy(out, to->out, to->nout * sizeof *out);
        out[to->nout++] = j->join.mark;
        to->out = out;
        to->join.mark = j->join.mark;
    }
    return to;
}

static tb_plan *to_out(tb_stmt *stmt, tb_plan *p, const tb_plan *like)
{
    bool same = p->nout == like->nout;
    for (uint32_t i = 0; i < p->nout && same; i++)
        same = p->out[i] == like->out[i];
    return same ? p : tbi_mk_pass(stmt, p, like->out, like->nout);
}

/* Only those late columns the join's consumers can see. */
static uint32_t visible_late(tb_stmt *stmt, const tbi_pulled *r, const tb_plan *j,
                             const tbi_colset *also, tb_assign **out)
{
    uint32_t n = 0;
    *out = TB_NEW_ARRAY(stmt->arena, tb_assign, r->late.n);
    for (uint32_t i = 0; i < r->late.n; i++)
        if (tb_plan_outputs(j, r->late.at[i].out) ||
            (also != NULL && tbi_colset_has(also, r->late.at[i].out)))
            (*out)[n++] = r->late.at[i];
    return n;
}

/* No left row can have two partners: a single join is an ordinary outer join. */
static bool at_most_one_partner(tb_stmt *stmt, const tb_plan *right, const tbi_preds *conds)
{
    tbi_colset bound = {0};
    for (uint32_t i = 0; i < conds->n; i++) {
        if (!tbi_is_equality(conds->at[i]))
            continue;
        for (int s = 0; s < 2; s++) {
            const tb_expr *a = conds->at[i]->call.args[s], *b = conds->at[i]->call.args[1 - s];
            if (a->kind == TB_X_COL && tb_plan_outputs(right, a->col) &&
                !tbi_expr_touches_plan(b, right))
                tbi_colset_add(stmt->arena, &bound, a->col);
        }
    }
    return tbi_unique(right, &bound);
}

/* Ordinary case. Late columns of the nullable side of an outer join are NULL where a marker column
 * is. */
static tb_plan *rejoin(tb_stmt *stmt, const tb_plan *j, const tbi_pulled *r)
{
    tb_join_type type = j->join.type;
    tbi_preds conds = all_conds(stmt, j, r);
    tb_assign *late;
    uint32_t n = visible_late(stmt, r, j, NULL, &late);
    if (type == TB_JOIN_SINGLE && at_most_one_partner(stmt, r->plan, &conds))
        type = TB_JOIN_LEFT;
    if (n == 0)
        return to_out(stmt, join_like(stmt, j, type, r->plan, &conds), j);
    tb_plan *right = r->plan;
    if (type != TB_JOIN_INNER) {
        tb_type boolean = tb_type_of(TB_T_BOOL);
        tb_assign there = {tb_stmt_add_col(stmt, "matched", boolean, true),
                           tb_expr_bool(stmt->arena, true)};
        right = tbi_mk_extend(stmt, right, &there, 1);
        for (uint32_t i = 0; i < n; i++) {
            tb_expr *c = tb_expr_new(stmt->arena, TB_X_CASE, late[i].expr->type, -1);
            c->case_.n = 1;
            c->case_.when = TB_NEW_ARRAY(stmt->arena, tb_expr *, 1);
            c->case_.then = TB_NEW_ARRAY(stmt->arena, tb_expr *, 1);
            c->case_.when[0] = tbi_mk_col(stmt, there.out);
            c->case_.then[0] = late[i].expr;
            late[i].expr = c;
        }
    }
    return to_out(stmt, tbi_mk_extend(stmt, join_like(stmt, j, type, right, &conds), late, n), j);
}

/* The right side aggregates without grouping: one row for each left row. NULL when the join's type
 * does not allow it. */
static tb_plan *rejoin_scalar(tb_stmt *stmt, const tb_plan *j, const tbi_pulled *r)
{
    tb_join_type type = j->join.type;
    bool existence = type == TB_JOIN_SEMI || type == TB_JOIN_ANTI;
    if (type != TB_JOIN_INNER && !existence &&
        !((type == TB_JOIN_LEFT || type == TB_JOIN_SINGLE) && r->post.n == 0 &&
          j->join.nconds == 0))
        return NULL;
    tb_plan *to = tbi_mk_join(stmt, TB_JOIN_LEFT, j->in[0], r->plan, r->preds.at, r->preds.n);
    tbi_colset used = {0};
    tbi_preds tests = {0};
    for (uint32_t i = 0; i < r->post.n; i++)
        tb_list_push(stmt->arena, &tests, r->post.at[i]);
    for (uint32_t i = 0; i < j->join.nconds; i++)
        tb_list_push(stmt->arena, &tests, j->join.conds[i]);
    for (uint32_t i = 0; i < tests.n; i++)
        tbi_colset_add_expr(stmt->arena, &used, tests.at[i]);
    tb_assign *late;
    uint32_t n = visible_late(stmt, r, j, &used, &late);
    if (n > 0)
        to = tbi_mk_extend(stmt, to, late, n);
    if (type == TB_JOIN_ANTI) {
        tb_expr *none =
            tbi_mk_test(stmt, TB_IS_NOT_TRUE, tb_expr_and(stmt->arena, tests.at, tests.n));
        to = tbi_mk_filter(stmt, to, &none, 1);
    } else {
        to = tbi_mk_filter(stmt, to, tests.at, tests.n);
    }
    return to_out(stmt, to, j);
}

/* ---- the domain ---- */

static tb_plan *by_domain(tb_stmt *stmt, const tb_plan *j, const tbi_colset *outer)
{
    TB_LIST(tb_colid) cols = {0}, definition = {0};
    tb_plan *left = j->in[0];
    for (uint32_t i = 0; i < left->nout; i++)
        if (tbi_colset_has(outer, left->out[i]))
            tb_list_push(stmt->arena, &cols, left->out[i]);
    tbi_colmap copy = {0}, repr = {0};
    tb_plan *def = tbi_plan_copy(stmt, left, &copy);
    tb_colid *all = TB_NEW_ARRAY(stmt->arena, tb_colid, left->nout);
    for (uint32_t i = 0; i < left->nout; i++) {
        all[i] = tbi_colmap_get(&copy, left->out[i]);
        all[i] = all[i] == 0 ? left->out[i] : all[i];
    }
    for (uint32_t i = 0; i < cols.n; i++)
        tb_list_push(stmt->arena, &definition, tbi_colmap_get(&copy, cols.at[i]));
    uint32_t id = stmt->next_cte++;
    tb_plan *right = tbi_domain_join(stmt, j->in[1], id, cols.at, definition.at, cols.n, &repr);
    if (right == NULL)
        return NULL;
    tbi_colset nonnull = tbi_nonnull_cols(stmt, left);
    tbi_pulled r = {.plan = right};
    for (uint32_t i = 0; i < cols.n; i++) {
        tb_expr *o = tbi_mk_col(stmt, cols.at[i]),
                *c = tbi_mk_col(stmt, tbi_colmap_get(&repr, cols.at[i]));
        tb_expr *same =
            tbi_colset_has(&nonnull, cols.at[i])
                ? tb_expr_call2(stmt->arena, tbi_eq_fn(o->type.id), tb_type_of(TB_T_BOOL), o, c)
                : tbi_not_distinct(stmt, o, c);
        tb_list_push(stmt->arena, &r.preds, same);
    }
    tb_plan *main = tb_plan_clone(stmt->arena, j);
    main->in[0] = tbi_mk_cte_ref(stmt, id, "outer", left->out, all, left->nout);
    tb_plan *body = rejoin(stmt, main, &r);
    tb_plan *cte = tb_plan_new(stmt->arena, TB_P_CTE, def, body);
    tb_plan_set_out(stmt->arena, cte, body->out, body->nout);
    cte->cte.id = id;
    cte->cte.name = "outer";
    return cte;
}

/* ---- functions of the left side ---- */

/* L JOIN LATERAL f(L) with one result column: f in a PROJECT over L. */
static tb_plan *func_as_project(tb_stmt *stmt, const tb_plan *j)
{
    const tb_plan *f = j->in[1];
    if (j->join.type != TB_JOIN_INNER || j->join.nconds > 0 || f->kind != TB_P_FUNC ||
        f->func.n != 1 || f->func.items[0].ncols != 1 || f->func.ordinality != 0 ||
        f->func.items[0].call->kind != TB_X_CALL)
        return NULL;
    const tb_expr *call = f->func.items[0].call;
    bool set = (tb_fn_get(call->call.fn)->flags & TB_FF_SET) != 0;
    if (call->type.id == TB_T_RECORD)
        return NULL;
    tb_assign item = {f->func.items[0].cols[0], f->func.items[0].call};
    tb_plan *p = tbi_mk_extend(stmt, j->in[0], &item, 1);
    p->kind = set ? TB_P_PROJECT_SET : TB_P_PROJECT;
    return to_out(stmt, p, j);
}

/* ---- the pass ---- */

/* The plan in which the right side of j no longer refers to the left; NULL when there is none. */
static tb_plan *independent(tb_stmt *stmt, const tb_plan *j, const tbi_colset *left)
{
    tb_plan *p = func_as_project(stmt, j);
    tbi_pulled r;
    if (p != NULL || j->in[1]->kind == TB_P_FUNC || has_volatile(j->in[1]))
        return p;
    if (j->join.type == TB_JOIN_RIGHT || j->join.type == TB_JOIN_FULL ||
        j->join.type == TB_JOIN_NULL_ANTI)
        return NULL;
    if (tbi_pull(stmt, j->in[1], left, &r)) {
        p = r.scalar ? rejoin_scalar(stmt, j, &r) : rejoin(stmt, j, &r);
        if (p != NULL)
            return p;
    }
    tbi_colset outer = {0}, mentioned;
    tbi_free_cols(stmt, j->in[1], &mentioned);
    for (uint32_t i = 0; i < j->in[0]->nout; i++)
        if (tbi_colset_has(&mentioned, j->in[0]->out[i]))
            tbi_colset_add(stmt->arena, &outer, j->in[0]->out[i]);
    return by_domain(stmt, j, &outer);
}

static tb_rc inputs(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    tb_plan *p = *plan, *in[2] = {p->in[0], p->in[1]};
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        TB_TRY(unnest(stmt, &in[i], err));
    *plan = tbi_with_inputs(stmt, p, in[0], in[1]);
    return TB_OK;
}

static tb_plan *set_lateral(tb_stmt *stmt, tb_plan *p, bool lateral)
{
    if (p->join.lateral == lateral)
        return p;
    p = tb_plan_clone(stmt->arena, p);
    p->join.lateral = lateral;
    return p;
}

static tb_rc unnest(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    tb_plan *p = *plan;
    if (tb_arena_over_budget(stmt->arena))
        return TB_RAISE(err, TB_E_STATEMENT_TOO_COMPLEX, "statement is too complex");
    if (p->kind == TB_P_BARRIER)
        return TB_OK;
    if (p->kind != TB_P_JOIN)
        return inputs(stmt, plan, err);
    tbi_colset left = {0};
    tbi_colset_add_list(stmt->arena, &left, p->in[0]->out, p->in[0]->nout);
    if (!tbi_refers_to(stmt, p->in[1], &left)) {
        *plan = set_lateral(stmt, p, false);
        return inputs(stmt, plan, err);
    }
    tb_plan *to = independent(stmt, p, &left);
    if (to == NULL) {
        *plan = set_lateral(stmt, p, true);
        return inputs(stmt, plan, err);
    }
    *plan = to;
    return unnest(stmt, plan, err);
}

tb_rc tbi_rw_unnest(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    TB_TRY(tbi_desugar(stmt, plan, err));
    return unnest(stmt, plan, err);
}
