/* SPDX-License-Identifier: Apache-2.0
 * Predicate pushdown.
 *
 * push(p, preds) returns a plan that gives the rows of FILTER(preds, p): each predicate goes as far
 * down as its meaning allows. Predicates may change places with others, as in PostgreSQL, even if
 * one could raise an error. They cross the fence of a protected relation only when they are
 * leakproof comparisons of raw columns with constants (class L0, planner/pushdown.h).
 */
#include "planner/pushdown.h"

static tb_plan *push(tb_stmt *stmt, tb_plan *p, tbi_preds preds);

static tb_plan *push_none(tb_stmt *stmt, tb_plan *p)
{
    return push(stmt, p, (tbi_preds){0});
}

static tb_plan *filtered(tb_stmt *stmt, tb_plan *p, const tbi_preds *preds)
{
    return tbi_mk_filter(stmt, p, preds->at, preds->n);
}

/* Splits preds by what they mention: all columns (and some) from p and not volatile. */
static tbi_preds take_within(tb_stmt *stmt, tbi_preds *preds, const tb_plan *p)
{
    tbi_preds taken = {0}, rest = {0};
    for (uint32_t i = 0; i < preds->n; i++) {
        tb_expr *e = preds->at[i];
        bool takes = tbi_expr_has_cols(e) && tbi_expr_within_plan(e, p) && !tb_expr_is_volatile(e);
        if (takes)
            tb_list_push(stmt->arena, &taken, e);
        else
            tb_list_push(stmt->arena, &rest, e);
    }
    *preds = rest;
    return taken;
}

static void add_or_parts(tb_stmt *stmt, tbi_preds *to, const tbi_preds *from, const tb_plan *side)
{
    for (uint32_t i = 0; i < from->n; i++) {
        tb_expr *part = tbi_implied_by_or(stmt, from->at[i], side);
        if (part != NULL)
            tbi_add_conjunct(stmt, to, part);
    }
}

/* Predicates without columns, never volatile here: the whole side is empty or not. They filter the
 * left side. */
static tbi_preds take_constant(tb_stmt *stmt, tbi_preds *preds)
{
    tbi_preds taken = {0}, rest = {0};
    for (uint32_t i = 0; i < preds->n; i++) {
        if (!tbi_expr_has_cols(preds->at[i]) && !tb_expr_is_volatile(preds->at[i]))
            tb_list_push(stmt->arena, &taken, preds->at[i]);
        else
            tb_list_push(stmt->arena, &rest, preds->at[i]);
    }
    *preds = rest;
    return taken;
}

static void append(tb_stmt *stmt, tbi_preds *to, const tbi_preds *from)
{
    for (uint32_t i = 0; i < from->n; i++)
        tbi_add_conjunct(stmt, to, from->at[i]);
}

/* Predicates that hold for every row p gives, as far as they are comparisons with a value or
 * equalities of its columns. */
static void known_in(tb_stmt *stmt, const tb_plan *p, tbi_preds *to)
{
    tbi_preds found = {0};
    if (p->kind == TB_P_FILTER) {
        tbi_add_conjuncts(stmt, &found, p->filter.conjuncts, p->filter.n);
        known_in(stmt, p->in[0], &found);
    } else if (p->kind == TB_P_JOIN && !p->join.lateral) {
        if (p->join.type == TB_JOIN_INNER) {
            tbi_add_conjuncts(stmt, &found, p->join.conds, p->join.nconds);
            known_in(stmt, p->in[1], &found);
        }
        if (p->join.type != TB_JOIN_RIGHT && p->join.type != TB_JOIN_FULL)
            known_in(stmt, p->in[0], &found);
    } else if (p->kind == TB_P_PROJECT || p->kind == TB_P_SORT || p->kind == TB_P_LIMIT ||
               p->kind == TB_P_WINDOW ||
               (p->kind == TB_P_AGG && p->agg.nsets == 0 && p->agg.nkeys > 0)) {
        known_in(stmt, p->in[0],
                 &found); /* what a projection or grouping passes keeps its column ids */
    }
    for (uint32_t i = 0; i < found.n; i++)
        if (found.at[i]->kind == TB_X_CALL && tbi_expr_within_plan(found.at[i], p) &&
            !tb_expr_is_volatile(found.at[i]))
            tbi_add_conjunct(stmt, to, found.at[i]);
}

/* What follows from the list and from what is known of both inputs, and is in neither. */
static tbi_preds derived(tb_stmt *stmt, const tb_plan *p, const tbi_preds *list)
{
    tbi_preds known = {0}, news = {0};
    append(stmt, &known, list);
    known_in(stmt, p->in[0], &known);
    known_in(stmt, p->in[1], &known);
    uint32_t had = known.n;
    tbi_add_transitive(stmt, &known);
    for (uint32_t i = had; i < known.n; i++)
        tb_list_push(stmt->arena, &news, known.at[i]);
    return news;
}

static tb_plan *rejoin(tb_stmt *stmt, tb_plan *p, tb_plan *left, tb_plan *right,
                       const tbi_preds *conds)
{
    tb_plan *c = tb_plan_clone(stmt->arena, p);
    c->in[0] = left;
    c->in[1] = right;
    c->join.conds = conds->at;
    c->join.nconds = conds->n;
    return c;
}

/* All conditions of an inner join are one list; what concerns one side goes there. */
static tb_plan *push_inner(tb_stmt *stmt, tb_plan *p, tbi_preds preds)
{
    tbi_preds all = {0};
    append(stmt, &all, &preds);
    tbi_add_conjuncts(stmt, &all, p->join.conds, p->join.nconds);
    tbi_preds more = derived(stmt, p, &all);
    append(stmt, &all, &more);
    tbi_preds left = take_within(stmt, &all, p->in[0]);
    tbi_preds right = p->join.lateral ? (tbi_preds){0} : take_within(stmt, &all, p->in[1]);
    tbi_preds constant = take_constant(stmt, &all);
    append(stmt, &left, &constant);
    add_or_parts(stmt, &left, &all, p->in[0]);
    if (!p->join.lateral)
        add_or_parts(stmt, &right, &all, p->in[1]);
    return rejoin(stmt, p, push(stmt, p->in[0], left), push(stmt, p->in[1], right), &all);
}

/* Joins that keep left rows as they are or drop them: predicates on the left side go left.
 * Conditions on the right side alone restrict the right input, with what follows for it from
 * predicates on the left. */
static tb_plan *push_left_kept(tb_stmt *stmt, tb_plan *p, tbi_preds preds)
{
    tb_join_type type = p->join.type;
    bool three_valued = type == TB_JOIN_MARK || type == TB_JOIN_NULL_ANTI;
    tbi_preds left = take_within(stmt, &preds, p->in[0]), constant = take_constant(stmt, &preds);
    append(stmt, &left, &constant);
    tbi_preds conds = {0}, right = {0};
    tbi_add_conjuncts(stmt, &conds, p->join.conds, p->join.nconds);
    if (!three_valued && !p->join.lateral) {
        tbi_preds known = {0};
        append(stmt, &known, &conds);
        append(stmt, &known, &left);
        tbi_preds implied = derived(stmt, p, &known);
        right = take_within(stmt, &conds, p->in[1]);
        tbi_preds more = take_within(stmt, &implied, p->in[1]);
        append(stmt, &right, &more);
        if (type == TB_JOIN_SEMI) {
            tbi_preds on_left = take_within(stmt, &conds, p->in[0]);
            append(stmt, &left, &on_left);
            more = take_within(stmt, &implied, p->in[0]);
            append(stmt, &left, &more);
            add_or_parts(stmt, &left, &conds, p->in[0]);
        }
        add_or_parts(stmt, &right, &conds, p->in[1]);
    }
    tb_plan *j = rejoin(stmt, p, push(stmt, p->in[0], left), push(stmt, p->in[1], right), &conds);
    return filtered(stmt, j, &preds);
}

static tb_plan *push_join(tb_stmt *stmt, tb_plan *p, tbi_preds preds)
{
    switch (p->join.type) {
    case TB_JOIN_INNER:
        return push_inner(stmt, p, preds);
    case TB_JOIN_LEFT:
    case TB_JOIN_SEMI:
    case TB_JOIN_ANTI:
    case TB_JOIN_NULL_ANTI:
    case TB_JOIN_MARK:
    case TB_JOIN_SINGLE:
        return push_left_kept(stmt, p, preds);
    case TB_JOIN_RIGHT:
    case TB_JOIN_FULL:
        return filtered(
            stmt, tbi_with_inputs(stmt, p, push_none(stmt, p->in[0]), push_none(stmt, p->in[1])),
            &preds);
    }
    TB_UNREACHABLE();
}

/* ---- through one-input nodes ---- */

static tb_expr *item_of(tb_colid col, void *ctx)
{
    const tb_plan *p = ctx;
    for (uint32_t i = 0; i < p->project.n; i++)
        if (p->project.items[i].out == col)
            return p->project.items[i].expr;
    return NULL;
}

static bool items_allow(const tb_plan *p, const tb_expr *pred)
{
    for (uint32_t i = 0; i < p->project.n; i++) {
        const tb_assign *a = &p->project.items[i];
        if (a->expr->kind == TB_X_COL)
            continue;
        tb_plan made = {.nout = 1, .out = &a->out};
        if (tbi_expr_touches_plan(pred, &made) &&
            (p->kind == TB_P_PROJECT_SET || tb_expr_is_volatile(a->expr)))
            return false;
    }
    return true;
}

static tb_plan *push_project(tb_stmt *stmt, tb_plan *p, tbi_preds preds)
{
    tbi_preds below = {0}, here = {0};
    for (uint32_t i = 0; i < preds.n; i++) {
        tb_expr *e = preds.at[i];
        if (tb_expr_is_volatile(e) || !items_allow(p, e))
            tb_list_push(stmt->arena, &here, e);
        else
            tbi_add_conjunct(stmt, &below,
                             tbi_fold(stmt, tb_expr_replace_cols(stmt->arena, e, item_of, p)));
    }
    return filtered(stmt, tbi_with_inputs(stmt, p, push(stmt, p->in[0], below), NULL), &here);
}

/* Predicates on some columns only (grouping keys, partition columns) go below. */
static tb_plan *push_by_columns(tb_stmt *stmt, tb_plan *p, tbi_preds preds, const tb_colid *cols,
                                uint32_t n)
{
    tb_plan keys = {.nout = n, .out = cols};
    tbi_preds below = take_within(stmt, &preds, &keys);
    return filtered(stmt, tbi_with_inputs(stmt, p, push(stmt, p->in[0], below), NULL), &preds);
}

typedef struct side_cx {
    tb_stmt *stmt;
    const tb_plan *p;
    const tb_colid *side;
} side_cx;

static tb_expr *side_col(tb_colid col, void *ctx)
{
    side_cx *cx = ctx;
    for (uint32_t i = 0; i < cx->p->nout; i++)
        if (cx->p->out[i] == col)
            return tbi_mk_col(cx->stmt, cx->side[i]);
    return NULL;
}

static tb_plan *push_setop(tb_stmt *stmt, tb_plan *p, tbi_preds preds)
{
    tbi_preds below = take_within(stmt, &preds, p), side[2] = {{0}, {0}};
    for (int s = 0; s < 2; s++) {
        side_cx cx = {stmt, p, s == 0 ? p->setop.left : p->setop.right};
        for (uint32_t i = 0; i < below.n; i++)
            tbi_add_conjunct(
                stmt, &side[s],
                tbi_fold(stmt, tb_expr_replace_cols(stmt->arena, below.at[i], side_col, &cx)));
    }
    tb_plan *in0 = push(stmt, p->in[0], side[0]), *in1 = push(stmt, p->in[1], side[1]);
    return filtered(stmt, tbi_with_inputs(stmt, p, in0, in1), &preds);
}

/* ---- the fence ---- */

/* The masks' PROJECT under a barrier gives raw columns under their own name: col of the barrier is
 * which raw column? */
static tb_expr *raw_col(tb_colid col, void *ctx)
{
    return item_of(col, (void *)((const tb_plan *)ctx)->in[0]);
}

static bool on_raw_columns(const tb_plan *barrier, const tb_expr *e)
{
    for (uint32_t i = 0; i < barrier->nout; i++) {
        tb_plan one = {.nout = 1, .out = &barrier->out[i]};
        if (tbi_expr_touches_plan(e, &one) && barrier->barrier.labels[i] != TB_LABEL_RAW)
            return false;
    }
    return true;
}

/* Puts L0 predicates directly above the scan. The row filter and the masks stay untouched: the
 * policy check compares them. */
static tb_plan *above_scan(tb_stmt *stmt, tb_plan *p, const tbi_preds *preds)
{
    for (const tb_plan *f = p; f->kind == TB_P_FILTER; f = f->in[0]) {
        tbi_preds there = {.at = f->filter.conjuncts, .n = f->filter.n}, rest = {0};
        for (uint32_t i = 0; i < preds->n; i++)
            if (!tbi_contains_expr(&there, preds->at[i]))
                tb_list_push(stmt->arena, &rest, preds->at[i]);
        if (rest.n < preds->n)
            return rest.n == 0 ? p : above_scan(stmt, p, &rest);
    }
    if (p->kind == TB_P_SCAN)
        return filtered(stmt, p, preds);
    if (p->kind == TB_P_FILTER && p->in[0]->kind == TB_P_SCAN) {
        tb_plan *below = tb_plan_new(stmt->arena, TB_P_FILTER, p->in[0], NULL);
        tb_plan_set_out(stmt->arena, below, p->in[0]->out, p->in[0]->nout);
        below->filter.n = preds->n;
        below->filter.conjuncts = preds->at;
        return tbi_with_inputs(stmt, p, below, NULL);
    }
    return tbi_with_inputs(stmt, p, above_scan(stmt, p->in[0], preds), NULL);
}

static tb_plan *push_barrier(tb_stmt *stmt, tb_plan *p, tbi_preds preds)
{
    tbi_preds below = {0}, here = {0};
    const tb_plan *masks = p->in[0];
    for (uint32_t i = 0; i < preds.n; i++) {
        tb_expr *e = preds.at[i];
        bool crosses =
            stmt->pushdown && masks->kind == TB_P_PROJECT && tbi_is_l0(e) && on_raw_columns(p, e);
        tb_expr *raw = crosses ? tb_expr_replace_cols(stmt->arena, e, raw_col, p) : e;
        if (crosses && tbi_is_l0(raw))
            tb_list_push(stmt->arena, &below, raw);
        else
            tb_list_push(stmt->arena, &here, e);
    }
    if (below.n > 0)
        p = tbi_with_inputs(stmt, p, above_scan(stmt, p->in[0], &below), NULL);
    return filtered(stmt, p, &here);
}

static tb_plan *push(tb_stmt *stmt, tb_plan *p, tbi_preds preds)
{
    switch (p->kind) {
    case TB_P_FILTER: {
        tbi_preds all = {0};
        append(stmt, &all, &preds);
        tbi_add_conjuncts(stmt, &all, p->filter.conjuncts, p->filter.n);
        tb_plan *to = push(stmt, p->in[0], all);
        return to->nout == p->nout ? to : tbi_mk_pass(stmt, to, p->out, p->nout);
    }
    case TB_P_PROJECT:
    case TB_P_PROJECT_SET:
        return push_project(stmt, p, preds);
    case TB_P_JOIN:
        return push_join(stmt, p, preds);
    case TB_P_AGG:
        if (p->agg.nsets > 0)
            return push_by_columns(stmt, p, preds, NULL, 0);
        return push_by_columns(stmt, p, preds, p->agg.keys, p->agg.nkeys);
    case TB_P_WINDOW:
        return push_by_columns(stmt, p, preds, p->window.partition, p->window.npartition);
    case TB_P_DISTINCT_ON:
        return push_by_columns(stmt, p, preds, p->distinct_on.keys, p->distinct_on.n);
    case TB_P_SORT:
        return push_by_columns(stmt, p, preds, p->out, p->nout);
    case TB_P_LIMIT:
    case TB_P_SAMPLE:
        return push_by_columns(stmt, p, preds, NULL, 0);
    case TB_P_SETOP:
        return push_setop(stmt, p, preds);
    case TB_P_CTE:
        return tbi_with_inputs(stmt, p, push_none(stmt, p->in[0]), push(stmt, p->in[1], preds));
    case TB_P_RECURSIVE:
        return filtered(
            stmt, tbi_with_inputs(stmt, p, push_none(stmt, p->in[0]), push_none(stmt, p->in[1])),
            &preds);
    case TB_P_BARRIER:
        return push_barrier(stmt, p, preds);
    case TB_P_SCAN:
    case TB_P_ROW:
    case TB_P_EMPTY:
    case TB_P_VALUES:
    case TB_P_FUNC:
    case TB_P_CTE_REF:
    case TB_P_FRAGMENT:
        return filtered(stmt, p, &preds);
    case TB_PLAN_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

tb_rc tbi_rw_filter(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    (void)err;
    *plan = push_none(stmt, *plan);
    return TB_OK;
}
