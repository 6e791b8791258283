/* SPDX-License-Identifier: Apache-2.0
 * Cuts the plan into fragments.
 *
 * From the leaves up, a subtree that one source can run stays open as long as the node above it can
 * join it; what cannot closes it: the subtree becomes a FRAGMENT, with its SQL, and the node runs
 * here. A filter is divided: what the source can decide goes down, the rest stays, with the reason.
 * The masks and row filters of a protected relation are not a choice: when the source cannot
 * compute them, the statement is refused.
 */
#include "planner/cost.h"
#include "planner/planner.h"
#include "planner/pushdown.h"

typedef struct part {
    tb_plan *plan;
    bool open; /* a source can run all of it */
    const tb_server *server;
    const tb_dialect *dialect;
    const tb_plan *barrier; /* fence inside */
    TB_LIST(tb_why) why;
} part;

typedef struct splitter {
    tb_stmt *stmt;
    tb_error *err;
} splitter;

static tb_rc cut(splitter *s, tb_plan *p, part *out);

/* ---- closing: the fragment ---- */

typedef struct origin {
    const tb_relation *rel;
    uint16_t attno;
    bool masked;
    const char *policy;
} origin;

static origin col_origin(const tb_stmt *stmt, const tb_plan *p, tb_colid col)
{
    origin o = {0};
    if (p->kind == TB_P_SCAN) {
        for (uint32_t i = 0; i < p->nout; i++)
            if (p->out[i] == col)
                o = (origin){.rel = p->scan.rel, .attno = p->scan.attno[i]};
        return o;
    }
    if (p->kind == TB_P_PROJECT) {
        for (uint32_t i = 0; i < p->project.n; i++)
            if (p->project.items[i].out == col)
                return p->project.items[i].expr->kind == TB_X_COL
                           ? col_origin(stmt, p->in[0], p->project.items[i].expr->col)
                           : o;
        return o;
    }
    o = col_origin(stmt, p->in[0], col);
    if (p->kind == TB_P_BARRIER) {
        for (uint32_t i = 0; i < p->nout; i++) {
            if (p->out[i] != col || p->barrier.labels[i] != TB_LABEL_MASKED)
                continue;
            const tb_colinfo *info =
                tb_stmt_col(stmt, col); /* the id the user's expressions name */
            o = (origin){.rel = info->rel,
                         .attno = info->attno,
                         .masked = true,
                         .policy = p->barrier.mask != NULL ? p->barrier.mask[i] : NULL};
        }
    }
    return o;
}

static void add_relations(const tb_stmt *stmt, tb_fragment *f, const tb_plan *p)
{
    if (p->kind == TB_P_SCAN) {
        const tb_relation **rels = TB_NEW_ARRAY(stmt->arena, const tb_relation *, f->nrels + 1);
        if (f->nrels > 0)
            memcpy(rels, f->rels, f->nrels * sizeof *rels);
        rels[f->nrels++] = p->scan.rel;
        f->rels = rels;
    }
    if (p->kind == TB_P_BARRIER) {
        f->nfilters = p->barrier.nfilters;
        f->filters = p->barrier.filters;
    }
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        add_relations(stmt, f, p->in[i]);
}

static void add_crossings(const tb_stmt *stmt, tb_fragment *f, const tb_plan *p)
{
    tb_crossing *cross = TB_NEW_ARRAY(stmt->arena, tb_crossing, p->nout);
    for (uint32_t i = 0; i < p->nout; i++) {
        origin o = col_origin(stmt, p, p->out[i]);
        cross[i] = (tb_crossing){.col = p->out[i], .masked = o.masked, .policy = o.policy};
        if (o.rel != NULL)
            cross[i].name = tb_arena_printf(stmt->arena, "%s.%s.%s", o.rel->schema->name,
                                            o.rel->name, o.rel->cols[o.attno].name);
    }
    f->ncross = p->nout;
    f->cross = cross;
}

static tb_rc close_part(splitter *s, part *pt)
{
    tb_stmt *stmt = s->stmt;
    if (!pt->open)
        return TB_OK;
    tb_fragment *f = TB_NEW(stmt->arena, tb_fragment);
    tb_deparsed sql;
    TB_TRY(tb_deparse(stmt, pt->plan, pt->dialect, &sql, s->err));
    f->id = stmt->fragments.n;
    f->server = pt->server;
    f->sql = sql.sql;
    f->nbinds = sql.nbinds;
    f->binds = sql.binds;
    f->whole_table_scan = sql.range_text != NULL;
    f->range_at = sql.range_at;
    f->range_text = sql.range_text;
    f->nwhy = pt->why.n;
    f->why = pt->why.at;
    add_relations(stmt, f, pt->plan);
    add_crossings(stmt, f, pt->plan);
    tb_list_push(stmt->arena, &stmt->fragments, f);
    tb_plan *node = tb_plan_new(stmt->arena, TB_P_FRAGMENT, pt->plan, NULL);
    tb_plan_set_out(stmt->arena, node, pt->plan->out, pt->plan->nout);
    node->fragment = f;
    pt->plan = node;
    pt->open = false;
    return TB_OK;
}

static void because(splitter *s, part *pt, tb_why why)
{
    if (pt->open)
        tb_list_push(s->stmt->arena, &pt->why, why);
}

/* ---- nodes a source may run ---- */

static tb_rc cut_scan(splitter *s, tb_plan *p, part *out)
{
    out->plan = p;
    TB_TRY(tbi_dialect_of(s->stmt, p->scan.rel, &out->dialect, s->err));
    out->open = out->dialect != NULL;
    out->server = p->scan.rel->server;
    return TB_OK;
}

static tb_rc mandatory(splitter *s, const tb_plan *barrier, const tb_dialect *d, const tb_expr *e)
{
    tb_why why;
    if (tb_shippable(d, e, &why) == TB_VERDICT_EXACT)
        return TB_OK;
    TB_RAISE(s->err, TB_E_FEATURE_NOT_SUPPORTED,
             "a policy of table \"%s\" cannot be computed by server \"%s\"",
             barrier->barrier.rel->name, barrier->barrier.rel->server->name);
    tb_error_detail(s->err, "%s: %s.", why.subject != NULL ? why.subject : "expression",
                    tb_push_reason_text(why.reason));
    return TB_FAIL;
}

/* Masks, row filter, what was pushed below the fence, scan. */
static tb_rc check_protected(splitter *s, const tb_plan *barrier, const tb_plan *p,
                             const tb_dialect *d)
{
    if (p->kind == TB_P_SCAN)
        return TB_OK;
    for (uint32_t i = 0; p->kind == TB_P_FILTER && i < p->filter.n; i++)
        TB_TRY(mandatory(s, barrier, d, p->filter.conjuncts[i]));
    for (uint32_t i = 0; p->kind == TB_P_PROJECT && i < p->project.n; i++)
        if (p->project.items[i].expr->kind != TB_X_COL)
            TB_TRY(mandatory(s, barrier, d, p->project.items[i].expr));
    return check_protected(s, barrier, p->in[0], d);
}

static const tb_plan *scan_below(const tb_plan *p)
{
    while (p->kind != TB_P_SCAN)
        p = p->in[0];
    return p;
}

static tb_rc cut_barrier(splitter *s, tb_plan *p, part *out)
{
    const tb_plan *scan = scan_below(p);
    TB_TRY(tbi_dialect_of(s->stmt, scan->scan.rel, &out->dialect, s->err));
    if (out->dialect == NULL)
        return TB_RAISE(s->err, TB_E_INTERNAL_ERROR, "a protected relation that no source scans");
    TB_TRY(check_protected(s, p, p->in[0], out->dialect));
    out->plan = p;
    out->open = true;
    out->server = scan->scan.rel->server;
    out->barrier = p;
    return TB_OK;
}

static bool uses_masked(const tb_plan *barrier, const tb_expr *e)
{
    for (uint32_t i = 0; i < barrier->nout; i++) {
        tb_plan one = {.nout = 1, .out = &barrier->out[i]};
        if (barrier->barrier.labels[i] == TB_LABEL_MASKED && tbi_expr_touches_plan(e, &one))
            return true;
    }
    return false;
}

/* Whether a user's predicate goes into the part; if not, why. */
static tb_verdict verdict(splitter *s, const part *in, const tb_expr *e, tb_why *why)
{
    *why = (tb_why){.expr = e};
    if (!s->stmt->pushdown) {
        why->reason = TB_WHY_PUSHDOWN_OFF;
        return TB_VERDICT_NEVER;
    }
    if (tb_expr_is_volatile(e)) {
        why->reason = TB_WHY_VOLATILE;
        return TB_VERDICT_NEVER;
    }
    if (!tbi_expr_within_plan(e, in->plan)) {
        why->reason = TB_WHY_OTHER_SOURCE;
        return TB_VERDICT_NEVER;
    }
    if (in->barrier != NULL && (!in->server->fence_verified || !tbi_is_l1(e))) {
        why->reason = tbi_is_l1(e)                  ? TB_WHY_FENCE_UNVERIFIED
                      : tb_expr_may_raise(e)        ? TB_WHY_MAY_RAISE
                      : uses_masked(in->barrier, e) ? TB_WHY_MASKED_COLUMN
                                                    : TB_WHY_BARRIER;
        return TB_VERDICT_NEVER;
    }
    tb_verdict v = tb_shippable(in->dialect, e, why);
    why->expr = e;
    return v;
}

/* Columns of in that the node above gives or that local predicates need. */
static void give(splitter *s, tb_plan *p, const tb_plan *in, const tb_plan *above,
                 const tbi_preds *local)
{
    tbi_colset need = {0};
    tbi_colset_add_list(s->stmt->arena, &need, above->out, above->nout);
    for (uint32_t i = 0; i < local->n; i++)
        tbi_colset_add_expr(s->stmt->arena, &need, local->at[i]);
    tb_colid *out = TB_NEW_ARRAY(s->stmt->arena, tb_colid, in->nout);
    p->nout = 0;
    for (uint32_t i = 0; i < in->nout; i++)
        if (tbi_colset_has(&need, in->out[i]))
            out[p->nout++] = in->out[i];
    p->out = out;
}

static tb_rc cut_filter(splitter *s, tb_plan *p, part *out)
{
    tbi_preds pushed = {0}, local = {0};
    TB_TRY(cut(s, p->in[0], out));
    for (uint32_t i = 0; i < p->filter.n; i++) {
        tb_why why;
        tb_verdict v = out->open ? verdict(s, out, p->filter.conjuncts[i], &why) : TB_VERDICT_NEVER;
        if (v != TB_VERDICT_NEVER)
            tb_list_push(s->stmt->arena, &pushed, p->filter.conjuncts[i]);
        if (v != TB_VERDICT_EXACT)
            tb_list_push(s->stmt->arena, &local, p->filter.conjuncts[i]);
        if (v == TB_VERDICT_NEVER)
            because(s, out, why);
    }
    if (pushed.n > 0) {
        tb_plan *f = tb_plan_new(s->stmt->arena, TB_P_FILTER, out->plan, NULL);
        f->filter.n = pushed.n;
        f->filter.conjuncts = pushed.at;
        give(s, f, out->plan, p, &local);
        out->plan = f;
    }
    if (local.n == 0)
        return TB_OK;
    TB_TRY(close_part(s, out));
    tb_plan *f = tb_plan_new(s->stmt->arena, TB_P_FILTER, out->plan, NULL);
    f->filter.n = local.n;
    f->filter.conjuncts = local.at;
    tb_plan_set_out(s->stmt->arena, f, p->out, p->nout);
    out->plan = f;
    return TB_OK;
}

/* Computed columns are made here: a source would send more bytes, not fewer, in most cases. */
static tb_rc cut_project(splitter *s, tb_plan *p, part *out)
{
    TB_TRY(cut(s, p->in[0], out));
    bool plain = s->stmt->pushdown;
    for (uint32_t i = 0; i < p->project.n; i++) {
        const tb_expr *e = p->project.items[i].expr;
        plain &= e->kind == TB_X_COL && tb_plan_outputs(out->plan, e->col);
    }
    if (!plain)
        TB_TRY(close_part(s, out));
    out->plan = tbi_with_inputs(s->stmt, p, out->plan, NULL);
    return TB_OK;
}

static bool int8_value(const tb_expr *e, int64_t *out)
{
    if (e == NULL || e->kind != TB_X_CONST || e->type.id != TB_T_INT8 || e->constant.null ||
        e->constant.d.i64 < 0)
        return false;
    *out = e->constant.d.i64;
    return true;
}

static bool sortable(const part *in, const tb_stmt *stmt, const tb_plan *sort)
{
    for (uint32_t i = 0; i < sort->sort.n; i++)
        if (!tb_sortable(in->dialect, tb_stmt_col_type(stmt, sort->sort.keys[i].col).id))
            return false;
    return true;
}

/* LIMIT, and SORT below it: the source sends no more rows than that; order and exact number are
 * settled here. */
static tb_rc cut_limit(splitter *s, tb_plan *p, part *out)
{
    tb_stmt *stmt = s->stmt;
    tb_plan *sort = p->in[0]->kind == TB_P_SORT ? p->in[0] : NULL;
    int64_t count, offset = 0;
    TB_TRY(cut(s, sort != NULL ? sort->in[0] : p->in[0], out));
    bool ok =
        out->open && stmt->pushdown && !p->limit.with_ties && int8_value(p->limit.count, &count) &&
        (p->limit.offset == NULL || int8_value(p->limit.offset, &offset)) &&
        count <= INT64_MAX - offset && (out->barrier == NULL || out->server->fence_verified) &&
        (sort == NULL || sortable(out, stmt, sort));
    if (ok) {
        if (sort != NULL) { /* every column: the order is needed again above */
            tb_plan *inner = tb_plan_clone(stmt->arena, sort);
            inner->in[0] = out->plan;
            tb_plan_set_out(stmt->arena, inner, out->plan->out, out->plan->nout);
            out->plan = inner;
        }
        tb_plan *l = tb_plan_new(stmt->arena, TB_P_LIMIT, out->plan, NULL);
        tb_plan_set_out(stmt->arena, l, out->plan->out, out->plan->nout);
        l->limit.count = tbi_mk_int8(stmt, count + offset);
        out->plan = l;
    } else {
        because(s, out,
                (tb_why){.reason = stmt->pushdown ? TB_WHY_OPERATOR : TB_WHY_PUSHDOWN_OFF,
                         .subject = sort != NULL ? "SORT" : "LIMIT"});
    }
    TB_TRY(close_part(s, out));
    if (sort != NULL)
        out->plan = tbi_with_inputs(stmt, sort, out->plan, NULL);
    out->plan = tbi_with_inputs(stmt, p, out->plan, NULL);
    return TB_OK;
}

/* ---- everything else runs here ---- */

static tb_rc cut_other(splitter *s, tb_plan *p, part *out)
{
    part in[2] = {0};
    int n = tb_plan_inputs(p->kind);
    for (int i = 0; i < n; i++)
        TB_TRY(cut(s, p->in[i], &in[i]));
    for (int i = 0; i < n && p->kind != TB_P_CTE; i++) {
        bool same = n < 2 || in[0].server == in[1].server;
        because(s, &in[i],
                (tb_why){.reason = !s->stmt->pushdown ? TB_WHY_PUSHDOWN_OFF
                                   : same             ? TB_WHY_OPERATOR
                                                      : TB_WHY_OTHER_SOURCE,
                         .subject = tb_plan_kind_name(p->kind)});
    }
    for (int i = 0; i < n; i++)
        TB_TRY(close_part(s, &in[i]));
    *out = (part){.plan = tbi_with_inputs(s->stmt, p, in[0].plan, in[1].plan)};
    return TB_OK;
}

static tb_rc cut(splitter *s, tb_plan *p, part *out)
{
    *out = (part){0};
    if (p->kind == TB_P_SCAN)
        return cut_scan(s, p, out);
    if (p->kind == TB_P_BARRIER)
        return cut_barrier(s, p, out);
    if (p->kind == TB_P_FILTER)
        return cut_filter(s, p, out);
    if (p->kind == TB_P_PROJECT)
        return cut_project(s, p, out);
    if (p->kind == TB_P_LIMIT)
        return cut_limit(s, p, out);
    return cut_other(s, p, out);
}

static void forget_estimates(tb_plan *p)
{
    p->rows = p->width = -1;
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        forget_estimates(p->in[i]);
}

tb_rc tb_split(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    splitter s = {stmt, err};
    part root;
    TB_TRY(cut(&s, *plan, &root));
    TB_TRY(close_part(&s, &root));
    forget_estimates(root.plan);
    tbi_estimate(stmt, root.plan);
    TB_TRY(tbi_join_prep(stmt, &root.plan, err));
    *plan = root.plan;
#ifdef TB_DEBUG
    TB_TRY(tb_plan_verify(stmt, *plan, "split", err));
#endif
    return TB_OK;
}
