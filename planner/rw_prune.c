/* SPDX-License-Identifier: Apache-2.0
 * Projection pruning: every node gives only the columns somebody above uses; expressions,
 * aggregates and window functions that nobody uses disappear. Below a fence too: a raw column no
 * mask and no filter needs is not read.
 */
#include "planner/rewrite_int.h"

typedef struct cte_need {
    uint32_t id;
    tbi_colset cols; /* columns of the definition */
} cte_need;

typedef struct pruner {
    tb_stmt *stmt;
    TB_LIST(cte_need) ctes;
} pruner;

static tb_plan *prune(pruner *pr, tb_plan *p, tbi_colset need);

static tbi_colset copy_set(const pruner *pr, const tbi_colset *set)
{
    tbi_colset c = {0};
    tbi_colset_add_set(pr->stmt->arena, &c, set);
    return c;
}

/* Keeps the needed ones of p->out (p is the caller's own). */
static void keep_out(pruner *pr, tb_plan *p, const tbi_colset *need)
{
    tb_colid *out = TB_NEW_ARRAY(pr->stmt->arena, tb_colid, p->nout);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->nout; i++)
        if (tbi_colset_has(need, p->out[i]))
            out[n++] = p->out[i];
    p->out = out;
    p->nout = n;
}

typedef struct need_cx {
    pruner *pr;
    tbi_colset *need;
} need_cx;

static tb_rc need_expr(tb_expr **slot, void *ctx, tb_error *err)
{
    (void)err;
    need_cx *cx = ctx;
    tbi_colset_add_expr(cx->pr->stmt->arena, cx->need, *slot);
    return TB_OK;
}

static void need_slot(tb_colid *slot, tbi_col_role role, void *ctx)
{
    need_cx *cx = ctx;
    if (role == TBI_COL_READS)
        tbi_colset_add(cx->pr->stmt->arena, cx->need, *slot);
}

/* Adds what the node itself reads. */
static void add_reads(pruner *pr, tb_plan *p, tbi_colset *need)
{
    need_cx cx = {pr, need};
    tb_error err = {0};
    tb_rc rc = tb_plan_each_expr(p, need_expr, &cx, &err);
    TB_CHECK(rc == TB_OK);
    tbi_each_col(p, need_slot, &cx);
}

/* Nodes that pass their input's columns. */
static tb_plan *prune_passing(pruner *pr, tb_plan *p, tbi_colset need)
{
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    tbi_colset below = copy_set(pr, &need);
    add_reads(pr, p, &below);
    keep_out(pr, c, &need);
    c->in[0] = prune(pr, p->in[0], below);
    return c;
}

static tb_plan *prune_scan(pruner *pr, tb_plan *p, const tbi_colset *need)
{
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    uint16_t *attno = TB_NEW_ARRAY(pr->stmt->arena, uint16_t, p->nout);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->nout; i++)
        if (tbi_colset_has(need, p->out[i]))
            attno[n++] = p->scan.attno[i];
    keep_out(pr, c, need);
    c->scan.attno = attno;
    return c;
}

static tb_plan *prune_values(pruner *pr, tb_plan *p, const tbi_colset *need)
{
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    for (uint32_t r = 0; r < p->values.nrows; r++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < p->nout; i++)
            if (tbi_colset_has(need, p->out[i]))
                c->values.rows[r][n++] = p->values.rows[r][i];
    }
    keep_out(pr, c, need);
    return c;
}

static bool is_set_call(const tb_expr *e)
{
    return e->kind == TB_X_CALL && (tb_fn_get(e->call.fn)->flags & TB_FF_SET) != 0;
}

static tb_rc find_set_call(tb_expr *e, void *ctx, tb_error *err)
{
    *(bool *)ctx |= is_set_call(e);
    return tb_expr_each_child(e, find_set_call, ctx, err);
}

static bool sets_rows(tb_expr *e)
{
    bool found = is_set_call(e);
    tb_error err = {0};
    tb_rc rc = tb_expr_each_child(e, find_set_call, &found, &err);
    TB_CHECK(rc == TB_OK);
    return found;
}

static tb_plan *prune_project(pruner *pr, tb_plan *p, const tbi_colset *need)
{
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    tb_assign *items = (tb_assign *)c->project.items;
    tb_colid *out = TB_NEW_ARRAY(pr->stmt->arena, tb_colid, p->project.n);
    uint32_t n = 0;
    bool only_passes = p->kind == TB_P_PROJECT;
    tbi_colset below = {0};
    for (uint32_t i = 0; i < p->project.n; i++) {
        tb_assign a = p->project.items[i];
        bool keeps_rows = p->kind == TB_P_PROJECT_SET && sets_rows(a.expr);
        if (!tbi_colset_has(need, a.out) && !keeps_rows)
            continue;
        only_passes &= a.expr->kind == TB_X_COL && a.expr->col == a.out;
        tbi_colset_add_expr(pr->stmt->arena, &below, a.expr);
        items[n] = a;
        out[n++] = a.out;
    }
    c->project.n = c->nout = n;
    c->out = out;
    c->in[0] = prune(pr, p->in[0], below);
    return only_passes ? c->in[0] : c;
}

static tb_plan *prune_join(pruner *pr, tb_plan *p, tbi_colset need)
{
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    tbi_colset below = copy_set(pr, &need);
    add_reads(pr, p, &below);
    if (p->join.lateral) {
        tbi_colset outer;
        tbi_free_cols(pr->stmt, p->in[1], &outer);
        tbi_colset_add_set(pr->stmt->arena, &below, &outer);
    }
    keep_out(pr, c, &need);
    c->in[0] = prune(pr, p->in[0], below);
    c->in[1] = prune(pr, p->in[1], below);
    return c;
}

/* Grouping keys decide the rows and stay; so does one aggregate of a scalar aggregation. */
static tb_plan *prune_agg(pruner *pr, tb_plan *p, tbi_colset need)
{
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    tb_agg *aggs = TB_NEW_ARRAY(pr->stmt->arena, tb_agg, p->agg.naggs);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->agg.naggs; i++)
        if (tbi_colset_has(&need, p->agg.aggs[i].out))
            aggs[n++] = p->agg.aggs[i];
    if (n == 0 && p->agg.naggs > 0 && p->agg.nkeys == 0) {
        aggs[n] = (tb_agg){.out = p->agg.aggs[0].out,
                           .fn = TB_FN_COUNT_STAR,
                           .type = tb_type_of(TB_T_INT8),
                           .pos = -1};
        if (p->agg.aggs[0].type.id != TB_T_INT8)
            aggs[n].out = tb_stmt_add_col(pr->stmt, "count", tb_type_of(TB_T_INT8), false);
        n++;
    }
    c->agg.aggs = aggs;
    c->agg.naggs = n;
    if (p->agg.grouping != 0 && !tbi_colset_has(&need, p->agg.grouping))
        c->agg.grouping = 0;
    keep_out(pr, c, &need);
    tbi_colset below = {0};
    add_reads(pr, c, &below);
    c->in[0] = prune(pr, p->in[0], below);
    return c;
}

static tb_plan *prune_window(pruner *pr, tb_plan *p, tbi_colset need)
{
    tb_winfn *fns = TB_NEW_ARRAY(pr->stmt->arena, tb_winfn, p->window.n);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->window.n; i++)
        if (tbi_colset_has(&need, p->window.fns[i].out))
            fns[n++] = p->window.fns[i];
    if (n == 0)
        return prune(pr, p->in[0], need);
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    c->window.fns = fns;
    c->window.n = n;
    return prune_passing(pr, c, need);
}

static tb_plan *prune_setop(pruner *pr, tb_plan *p, tbi_colset need)
{
    bool may_drop = p->setop.op == TB_SETOP_UNION && p->setop.all;
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    tb_colid *out = TB_NEW_ARRAY(pr->stmt->arena, tb_colid, p->nout),
             *l = TB_NEW_ARRAY(pr->stmt->arena, tb_colid, p->nout),
             *r = TB_NEW_ARRAY(pr->stmt->arena, tb_colid, p->nout);
    tbi_colset left = {0}, right = {0};
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->nout; i++) {
        if (may_drop && !tbi_colset_has(&need, p->out[i]))
            continue;
        out[n] = p->out[i];
        l[n] = p->setop.left[i];
        r[n] = p->setop.right[i];
        tbi_colset_add(pr->stmt->arena, &left, l[n]);
        tbi_colset_add(pr->stmt->arena, &right, r[n]);
        n++;
    }
    c->out = out;
    c->nout = n;
    c->setop.left = l;
    c->setop.right = r;
    c->in[0] = prune(pr, p->in[0], left);
    c->in[1] = prune(pr, p->in[1], right);
    return c;
}

static tbi_colset all_of(pruner *pr, const tb_colid *cols, uint32_t n)
{
    tbi_colset set = {0};
    tbi_colset_add_list(pr->stmt->arena, &set, cols, n);
    return set;
}

static tb_plan *prune_recursive(pruner *pr, tb_plan *p)
{
    tb_plan *in0 = prune(pr, p->in[0], all_of(pr, p->recursive.left, p->nout));
    tb_plan *in1 = prune(pr, p->in[1], all_of(pr, p->recursive.right, p->nout));
    return tbi_with_inputs(pr->stmt, p, in0, in1);
}

static tb_plan *prune_cte_ref(pruner *pr, tb_plan *p, const tbi_colset *need)
{
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    tb_colid *cols = TB_NEW_ARRAY(pr->stmt->arena, tb_colid, p->nout);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->nout; i++)
        if (tbi_colset_has(need, p->out[i]))
            cols[n++] = p->cte_ref.cols[i];
    keep_out(pr, c, need);
    c->cte_ref.cols = cols;
    for (uint32_t i = 0; i < pr->ctes.n; i++)
        if (pr->ctes.at[i].id == p->cte_ref.id)
            tbi_colset_add_list(pr->stmt->arena, &pr->ctes.at[i].cols, cols, n);
    return c;
}

/* The body first: its references say what the definition must give. */
static tb_plan *prune_cte(pruner *pr, tb_plan *p, tbi_colset need)
{
    uint32_t slot = pr->ctes.n;
    tb_list_push(pr->stmt->arena, &pr->ctes, ((cte_need){.id = p->cte.id}));
    tb_plan *body = prune(pr, p->in[1], need);
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    c->in[1] = body;
    c->out = body->out;
    c->nout = body->nout;
    tbi_colset cols = pr->ctes.at[slot].cols;
    c->in[0] = prune(pr, p->in[0], cols);
    return c;
}

static tb_plan *prune_barrier(pruner *pr, tb_plan *p, const tbi_colset *need)
{
    tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
    tb_label *labels = TB_NEW_ARRAY(pr->stmt->arena, tb_label, p->nout);
    const char **mask = TB_NEW_ARRAY(pr->stmt->arena, const char *, p->nout);
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->nout; i++) {
        if (!tbi_colset_has(need, p->out[i]))
            continue;
        labels[n] = p->barrier.labels[i];
        mask[n++] = p->barrier.mask != NULL ? p->barrier.mask[i] : NULL;
    }
    keep_out(pr, c, need);
    c->barrier.labels = labels;
    c->barrier.mask = mask;
    c->in[0] = prune(pr, p->in[0], *need);
    return c;
}

static tb_plan *prune(pruner *pr, tb_plan *p, tbi_colset need)
{
    switch (p->kind) {
    case TB_P_SCAN:
        return prune_scan(pr, p, &need);
    case TB_P_VALUES:
        return prune_values(pr, p, &need);
    case TB_P_PROJECT:
    case TB_P_PROJECT_SET:
        return prune_project(pr, p, &need);
    case TB_P_JOIN:
        return prune_join(pr, p, need);
    case TB_P_AGG:
        return prune_agg(pr, p, need);
    case TB_P_WINDOW:
        return prune_window(pr, p, need);
    case TB_P_FILTER:
    case TB_P_SORT:
    case TB_P_LIMIT:
    case TB_P_DISTINCT_ON:
    case TB_P_SAMPLE:
        return prune_passing(pr, p, need);
    case TB_P_SETOP:
        return prune_setop(pr, p, need);
    case TB_P_CTE:
        return prune_cte(pr, p, need);
    case TB_P_CTE_REF:
        return prune_cte_ref(pr, p, &need);
    case TB_P_RECURSIVE:
        return prune_recursive(pr, p);
    case TB_P_BARRIER:
        return prune_barrier(pr, p, &need);
    case TB_P_EMPTY: {
        tb_plan *c = tb_plan_clone(pr->stmt->arena, p);
        keep_out(pr, c, &need);
        return c;
    }
    case TB_P_ROW:
    case TB_P_FUNC:
    case TB_P_FRAGMENT:
        return p;
    case TB_PLAN_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

tb_rc tbi_rw_prune(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    (void)err;
    pruner pr = {.stmt = stmt};
    tb_plan *p = *plan;
    tb_plan *to = prune(&pr, p, all_of(&pr, p->out, p->nout));
    /* The order of the answer's columns is the caller's. */
    bool same = to->nout == p->nout;
    for (uint32_t i = 0; i < p->nout && same; i++)
        same = to->out[i] == p->out[i];
    *plan = same ? to : tbi_mk_pass(stmt, to, p->out, p->nout);
    return TB_OK;
}
