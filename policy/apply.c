/* SPDX-License-Identifier: Apache-2.0
 * Puts masks and row filters between a table and everything that reads it.
 *
 *     SCAN t (c1, c2)   becomes   BARRIER         out c1, c2      (ids the user's expressions name)
 *                                   PROJECT       c1 <- mask(r1), c2 <- r2
 *                                     FILTER      row filters over r1, r2, r3
 *                                       SCAN t    out r1, r2, r3  (fresh ids: raw values)
 */
#include "policy/policy_int.h"

typedef struct apply_cx {
    tb_stmt *stmt;
    tb_policy_binder bind;
} apply_cx;

static tb_rc apply_plan(apply_cx *cx, tb_plan **plan, tb_error *err);

/* The scan under the barrier: fresh ids for the columns wanted and those the policies read. */
static tb_plan *raw_scan(tb_stmt *stmt, const tb_relation *rel, const bool *needed, tb_colid *base)
{
    tb_plan *scan = tb_plan_new(stmt->arena, TB_P_SCAN, NULL, NULL);
    uint16_t *attno = TB_NEW_ARRAY(stmt->arena, uint16_t, rel->ncols);
    tb_colid *out = TB_NEW_ARRAY(stmt->arena, tb_colid, rel->ncols);
    uint32_t n = 0;
    for (uint16_t i = 0; i < rel->ncols; i++) {
        if (!needed[i])
            continue;
        tb_colid id =
            tb_stmt_add_col(stmt, rel->cols[i].name, rel->cols[i].type, !rel->cols[i].not_null);
        stmt->cols.at[id].rel = rel;
        stmt->cols.at[id].attno = i;
        base[i] = id;
        attno[n] = i;
        out[n++] = id;
    }
    tb_plan_set_out(stmt->arena, scan, out, n);
    scan->scan.rel = rel;
    scan->scan.attno = attno;
    scan->scan.protected_ = true;
    return scan;
}

static tb_plan *filtered(tb_stmt *stmt, tb_plan *scan, const tbi_required *req)
{
    if (req->nfilters == 0)
        return scan;
    tb_plan *filter = tb_plan_new(stmt->arena, TB_P_FILTER, scan, NULL);
    tb_plan_set_out(stmt->arena, filter, scan->out, scan->nout);
    filter->filter.n = req->nfilters;
    filter->filter.conjuncts = req->filters;
    return filter;
}

/* PROJECT and BARRIER with the original scan's ids. */
static tb_plan *fenced(tb_stmt *stmt, const tb_plan *scan, tb_plan *below, const tbi_required *req,
                       const tb_colid *base)
{
    const tb_relation *rel = req->rel;
    tb_assign *items = TB_NEW_ARRAY(stmt->arena, tb_assign, scan->nout);
    tb_label *labels = TB_NEW_ARRAY(stmt->arena, tb_label, scan->nout);
    const char **names = TB_NEW_ARRAY(stmt->arena, const char *, scan->nout);
    for (uint32_t i = 0; i < scan->nout; i++) {
        uint16_t attno = scan->scan.attno[i];
        tb_expr *mask = req->mask[attno];
        items[i].out = scan->out[i];
        items[i].expr =
            mask != NULL ? mask : tb_expr_col(stmt->arena, base[attno], rel->cols[attno].type);
        labels[i] = mask != NULL ? TB_LABEL_MASKED : TB_LABEL_RAW;
        names[i] = mask != NULL ? rel->cols[attno].mask.policy->name : NULL;
        if (mask != NULL) /* a mask may answer NULL for a NOT NULL column */
            stmt->cols.at[scan->out[i]].nullable = true;
    }
    tb_plan *project = tb_plan_new(stmt->arena, TB_P_PROJECT, below, NULL);
    tb_plan_set_out(stmt->arena, project, scan->out, scan->nout);
    project->project.n = scan->nout;
    project->project.items = items;

    tb_plan *barrier = tb_plan_new(stmt->arena, TB_P_BARRIER, project, NULL);
    tb_plan_set_out(stmt->arena, barrier, scan->out, scan->nout);
    barrier->barrier.rel = rel;
    barrier->barrier.labels = labels;
    barrier->barrier.mask = names;
    barrier->barrier.nfilters = req->nfilters;
    barrier->barrier.filters = req->filter_names;
    return barrier;
}

static tb_rc protect(apply_cx *cx, tb_plan **plan, tb_error *err)
{
    tb_stmt *stmt = cx->stmt;
    tb_plan *scan = *plan;
    const tb_relation *rel = scan->scan.rel;
    if (scan->scan.protected_ || !tbi_has_policies(rel))
        return TB_OK;
    bool *wanted = TB_NEW_ARRAY(stmt->arena, bool, rel->ncols);
    bool *needed = TB_NEW_ARRAY(stmt->arena, bool, rel->ncols);
    for (uint32_t i = 0; i < scan->nout; i++)
        wanted[scan->scan.attno[i]] = needed[scan->scan.attno[i]] = true;
    tbi_columns_read(rel, wanted, needed);

    tb_colid *base = TB_NEW_ARRAY(stmt->arena, tb_colid, rel->ncols);
    tb_plan *raw = raw_scan(stmt, rel, needed, base);
    tbi_required req;
    TB_TRY(tbi_require(stmt, cx->bind, rel, base, wanted, &req, err));
    if (!req.needed)
        return TB_OK; /* this subject sees the table as it is */
    *plan = fenced(stmt, scan, filtered(stmt, raw, &req), &req, base);
    return TB_OK;
}

static tb_rc apply_expr(tb_expr *e, void *ctx, tb_error *err)
{
    if (e->kind == TB_X_SUBLINK)
        TB_TRY(apply_plan(ctx, &e->sublink.plan, err));
    return tb_expr_each_child(e, apply_expr, ctx, err);
}

static tb_rc apply_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    return apply_expr(*slot, ctx, err);
}

static tb_rc apply_plan(apply_cx *cx, tb_plan **plan, tb_error *err)
{
    tb_plan *p = *plan;
    if (p->kind == TB_P_SCAN)
        return protect(cx, plan, err);
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        TB_TRY(apply_plan(cx, &p->in[i], err));
    return tb_plan_each_expr(p, apply_slot, cx, err);
}

tb_rc tb_policy_apply(tb_stmt *stmt, tb_policy_binder bind, tb_plan **plan, tb_error *err)
{
    apply_cx cx = {.stmt = stmt, .bind = bind};
    return apply_plan(&cx, plan, err);
}
