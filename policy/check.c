/* SPDX-License-Identifier: Apache-2.0
 * The proof on the plan that will run. Independent of apply.c and of every rewrite: it looks only
 * at what is there.
 *
 *   1. Outside a barrier, a table with policies may be scanned only when the subject needs none of
 *      them, and every department table is scanned inside a fragment.
 *   2. Inside a barrier everything is composed down to base columns. Each output must be its own
 *      column, when that needs no mask, or equal to its mask as bound afresh; every required row
 *      filter must be among the conjuncts; any further conjunct must be of class L0 on unmasked
 *      columns.
 *   3. No raw column id is mentioned above its barrier.
 *   4. A fragment holds only node kinds this file knows, tables of its own server, SQL and
 *      constants equal to a fresh deparse of its subtree, and a truthful list of what crosses.
 *
 * A failure is a defect of ours, never a matter of data, so its text names the rule and nothing
 * else.
 */
#include "policy/policy_int.h"

typedef struct check_cx {
    tb_stmt *stmt;
    tb_policy_binder bind;
    tb_policy_deparser deparse;
    bool *raw;    /* by column id: output of a scan inside a barrier */
    bool *masked; /* by column id: carries a masked value */
    uint32_t ncols;
    const tb_fragment *fragment; /* the one being walked, or NULL */
} check_cx;

static tb_rc violation(tb_error *err, const char *rule)
{
    return TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE,
                    "the plan does not keep the policies of a table: %s", rule);
}

/* ---- class L0 ---- */

static bool is_bound_value(const tb_expr *e)
{
    return e->kind == TB_X_CONST || e->kind == TB_X_PARAM;
}

static bool is_leakproof_comparison(tb_fn_id fn)
{
    const tb_fn_info *info = tb_fn_get(fn);
    return tb_fn_comparison(fn) != NULL && (info->flags & TB_FF_LEAKPROOF) &&
           !(info->flags & TB_FF_MAY_RAISE);
}

static bool l0_comparison(const tb_expr *e)
{
    if (e->call.nargs != 2 || !is_leakproof_comparison(e->call.fn))
        return false;
    const tb_expr *a = e->call.args[0], *b = e->call.args[1];
    return (a->kind == TB_X_COL && is_bound_value(b)) || (b->kind == TB_X_COL && is_bound_value(a));
}

bool tb_policy_is_l0(const tb_expr *e)
{
    if (e->kind == TB_X_CALL)
        return l0_comparison(e);
    if (e->kind == TB_X_TEST)
        return e->test.arg->kind == TB_X_COL &&
               (e->test.test == TB_IS_NULL || e->test.test == TB_IS_NOT_NULL);
    if (e->kind == TB_X_ARRAY_OP)
        return e->array_op.left->kind == TB_X_COL && is_bound_value(e->array_op.array) &&
               is_leakproof_comparison(e->array_op.fn);
    if (e->kind == TB_X_AND || e->kind == TB_X_OR) {
        for (uint32_t i = 0; i < e->list.n; i++)
            if (!tb_policy_is_l0(e->list.args[i]))
                return false;
        return true;
    }
    return false;
}

/* ---- a barrier, composed down to base columns ---- */

typedef struct compose_cx {
    tb_stmt *stmt;
    tb_expr **of; /* by column id: the column as an expression over canonical base columns, NULL =
                     unknown */
    uint32_t ncols;
    tb_colid *canon; /* per column of the relation */
    TB_LIST(tb_expr *) conjuncts;
} compose_cx;

static tb_expr *base_of(tb_colid col, void *ctx)
{
    compose_cx *cx = ctx;
    return col < cx->ncols ? cx->of[col] : NULL;
}

static void add_conjunct(compose_cx *cx, tb_expr *e)
{
    if (e->kind == TB_X_AND) {
        for (uint32_t i = 0; i < e->list.n; i++)
            add_conjunct(cx, e->list.args[i]);
        return;
    }
    tb_list_push(cx->stmt->arena, &cx->conjuncts, tbi_simplify(cx->stmt, e));
}

static tb_rc compose(compose_cx *cx, const tb_plan *p, const tb_relation *rel, const tb_plan **scan,
                     tb_error *err)
{
    if (p->kind == TB_P_SCAN) {
        if (p->scan.rel != rel)
            return violation(err, "another table inside the fence");
        for (uint32_t i = 0; i < p->nout; i++)
            cx->of[p->out[i]] = tb_expr_col(cx->stmt->arena, cx->canon[p->scan.attno[i]],
                                            rel->cols[p->scan.attno[i]].type);
        *scan = p;
        return TB_OK;
    }
    if (p->kind == TB_P_FILTER) {
        TB_TRY(compose(cx, p->in[0], rel, scan, err));
        for (uint32_t i = 0; i < p->filter.n; i++)
            add_conjunct(
                cx, tb_expr_replace_cols(cx->stmt->arena, p->filter.conjuncts[i], base_of, cx));
        return TB_OK;
    }
    if (p->kind == TB_P_PROJECT) {
        TB_TRY(compose(cx, p->in[0], rel, scan, err));
        tb_expr **up = TB_NEW_ARRAY(cx->stmt->arena, tb_expr *, p->project.n);
        for (uint32_t i = 0; i < p->project.n; i++)
            up[i] = tb_expr_replace_cols(cx->stmt->arena, p->project.items[i].expr, base_of, cx);
        for (uint32_t i = 0; i < p->project.n; i++)
            cx->of[p->project.items[i].out] = up[i];
        return TB_OK;
    }
    return violation(err, "an operator inside the fence that is neither mask nor row filter");
}

/* The column of the relation that an output of its barrier stands for; false when it stands for
 * none. */
static bool column_of(const check_cx *cx, const tb_relation *rel, tb_colid out, uint16_t *attno)
{
    const tb_colinfo *info = tb_stmt_col(cx->stmt, out);
    *attno = info->attno;
    return info->rel == rel && info->attno < rel->ncols;
}

/* Every output is its own column, as it is or behind its own mask. */
static tb_rc check_outputs(check_cx *cx, const tb_plan *barrier, const compose_cx *c,
                           const tbi_required *req, tb_error *err)
{
    for (uint32_t i = 0; i < barrier->nout; i++) {
        tb_expr *e = c->of[barrier->out[i]];
        uint16_t attno;
        if (e == NULL || !column_of(cx, req->rel, barrier->out[i], &attno))
            return violation(err, "a column of unknown origin");
        e = tbi_simplify(cx->stmt, e);
        tb_expr *mask = req->mask[attno];
        if (mask == NULL ? e->kind != TB_X_COL || e->col != c->canon[attno]
                         : !tb_expr_equal(e, mask))
            return violation(err, "a column that is neither unprotected nor masked");
        if ((barrier->barrier.labels[i] == TB_LABEL_MASKED) != (mask != NULL))
            return violation(err, "a wrong label");
        cx->masked[barrier->out[i]] = mask != NULL;
    }
    return TB_OK;
}

static bool reads_masked(tb_expr *e, const compose_cx *c, const tbi_required *req);

typedef struct find_cx {
    const compose_cx *c;
    const tbi_required *req;
    bool found;
} find_cx;

static void find_masked(tb_colid col, void *ctx)
{
    find_cx *f = ctx;
    for (uint16_t j = 0; j < f->req->rel->ncols; j++)
        if (f->c->canon[j] == col && f->req->mask[j] != NULL)
            f->found = true;
}

static bool reads_masked(tb_expr *e, const compose_cx *c, const tbi_required *req)
{
    find_cx f = {.c = c, .req = req};
    tb_expr_each_col(e, find_masked, &f);
    return f.found;
}

static tb_rc check_conjuncts(const compose_cx *c, const tbi_required *req, tb_arena *arena,
                             tb_error *err)
{
    bool *used = TB_NEW_ARRAY(arena, bool, c->conjuncts.n + 1);
    for (uint32_t i = 0; i < req->nfilters; i++) {
        tb_expr *filter = req->filters[i];
        uint32_t nterms = filter->kind == TB_X_AND ? filter->list.n : 1;
        for (uint32_t t = 0; t < nterms; t++) {
            const tb_expr *term = filter->kind == TB_X_AND ? filter->list.args[t] : filter;
            bool present = false;
            for (uint32_t k = 0; k < c->conjuncts.n; k++)
                if (tb_expr_equal(term, c->conjuncts.at[k]))
                    present = used[k] = true;
            if (!present)
                return violation(err, "a row filter is missing");
        }
    }
    for (uint32_t k = 0; k < c->conjuncts.n; k++)
        if (!used[k] &&
            (!tb_policy_is_l0(c->conjuncts.at[k]) || reads_masked(c->conjuncts.at[k], c, req)))
            return violation(err, "a predicate below the fence that may not be there");
    return TB_OK;
}

static tb_rc check_barrier(check_cx *cx, const tb_plan *barrier, tb_error *err)
{
    tb_stmt *stmt = cx->stmt;
    const tb_relation *rel = barrier->barrier.rel;
    compose_cx c = {
        .stmt = stmt, .ncols = cx->ncols, .canon = TB_NEW_ARRAY(stmt->arena, tb_colid, rel->ncols)};
    for (uint16_t i = 0; i < rel->ncols; i++)
        c.canon[i] = tb_stmt_add_col(stmt, rel->cols[i].name, rel->cols[i].type, true);
    c.of = TB_NEW_ARRAY(stmt->arena, tb_expr *, cx->ncols);
    const tb_plan *scan = NULL;
    TB_TRY(compose(&c, barrier->in[0], rel, &scan, err));
    bool *wanted = TB_NEW_ARRAY(stmt->arena, bool, rel->ncols);
    uint16_t attno;
    for (uint32_t i = 0; i < scan->nout; i++)
        wanted[scan->scan.attno[i]] = true;
    for (uint32_t i = 0; i < barrier->nout; i++) /* a mask may read nothing: NULL */
        if (column_of(cx, rel, barrier->out[i], &attno))
            wanted[attno] = true;
    tbi_required req;
    TB_TRY(tbi_require(stmt, cx->bind, rel, c.canon, wanted, &req, err));
    TB_TRY(check_outputs(cx, barrier, &c, &req, err));
    return check_conjuncts(&c, &req, stmt->arena, err);
}

/* ---- everything else ---- */

static void collect_raw(check_cx *cx, const tb_plan *p, bool inside)
{
    if (p->kind == TB_P_SCAN && inside)
        for (uint32_t i = 0; i < p->nout; i++)
            cx->raw[p->out[i]] = true;
    /* a PROJECT that gives a column back under its own id is a raw column too, until the barrier
     * re-labels it */
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        collect_raw(cx, p->in[i], inside || p->kind == TB_P_BARRIER);
    if (p->kind == TB_P_BARRIER)
        for (uint32_t i = 0; i < p->nout; i++)
            cx->raw[p->out[i]] = false;
}

static void find_raw(tb_colid col, void *ctx)
{
    check_cx *cx = ((void **)ctx)[0];
    bool *found = ((void **)ctx)[1];
    *found |= col >= cx->ncols || cx->raw[col];
}

static tb_rc no_raw_column(tb_expr **slot, void *ctx, tb_error *err)
{
    bool found = false;
    void *both[2] = {ctx, &found};
    if (tb_expr_has_sublink(*slot))
        return violation(err, "a subquery that was not made part of the plan");
    tb_expr_each_col(*slot, find_raw, both);
    return found ? violation(err, "a raw column above the fence") : TB_OK;
}

static tb_rc check_scan(check_cx *cx, const tb_plan *scan, tb_error *err)
{
    tb_stmt *stmt = cx->stmt;
    const tb_relation *rel = scan->scan.rel;
    if (rel->kind == TB_REL_INTERNAL)
        return cx->fragment == NULL ? TB_OK : violation(err, "a catalog table inside a fragment");
    if (cx->fragment == NULL)
        return violation(err, "a department table outside every fragment");
    if (rel->server != cx->fragment->server)
        return violation(err, "a table of another server inside a fragment");
    if (!tbi_has_policies(rel))
        return TB_OK;
    tb_colid *base = TB_NEW_ARRAY(stmt->arena, tb_colid, rel->ncols);
    bool *wanted = TB_NEW_ARRAY(stmt->arena, bool, rel->ncols);
    for (uint16_t i = 0; i < rel->ncols; i++)
        base[i] = tb_stmt_add_col(stmt, rel->cols[i].name, rel->cols[i].type, true);
    for (uint32_t i = 0; i < scan->nout; i++)
        wanted[scan->scan.attno[i]] = true;
    tbi_required req;
    TB_TRY(tbi_require(stmt, cx->bind, rel, base, wanted, &req, err));
    return req.needed ? violation(err, "a protected table without its fence") : TB_OK;
}

static void find_tainted(tb_colid col, void *ctx)
{
    check_cx *cx = ((void **)ctx)[0];
    bool *found = ((void **)ctx)[1];
    *found |= col >= cx->ncols || cx->masked[col];
}

static void taint_project(check_cx *cx, const tb_plan *p)
{
    for (uint32_t i = 0; i < p->project.n; i++) {
        bool found = false;
        void *both[2] = {cx, &found};
        tb_expr_each_col(p->project.items[i].expr, find_tainted, both);
        cx->masked[p->project.items[i].out] = found;
    }
}

static tb_rc check_plan(check_cx *cx, const tb_plan *p, tb_error *err);

static bool same_text(const tb_fragment *f, const tb_policy_text *again)
{
    if (strcmp(f->sql, again->sql) != 0 || f->nbinds != again->nbinds)
        return false;
    for (uint32_t i = 0; i < f->nbinds; i++)
        if (!tb_expr_equal(f->binds[i], again->binds[i]))
            return false;
    if (f->range_text == NULL || again->range_text == NULL)
        return f->range_text == again->range_text;
    return strcmp(f->range_text, again->range_text) == 0 && f->range_at == again->range_at;
}

static tb_rc check_fragment(check_cx *cx, const tb_plan *p, tb_error *err)
{
    tb_fragment *f = p->fragment;
    if (cx->fragment != NULL)
        return violation(err, "a fragment inside a fragment");
    cx->fragment = f;
    TB_TRY(check_plan(cx, p->in[0], err));
    cx->fragment = NULL;
    tb_policy_text again = {0};
    tb_error why = {.position = -1};
    if (cx->deparse(cx->stmt, f->server, p->in[0], &again, &why) != TB_OK || !same_text(f, &again))
        return violation(err, "the statement for a source is not that of its plan");
    if (f->ncross != p->nout)
        return violation(err, "an incomplete list of what crosses");
    for (uint32_t i = 0; i < p->nout; i++)
        if (f->cross[i].col != p->out[i] || f->cross[i].masked != cx->masked[p->out[i]])
            return violation(err, "a wrong list of what crosses");
    tbi_stamp(cx->stmt->query_id, f);
    return TB_OK;
}

/* Kinds a source may run; a new one is denied until it is proven here. */
static bool known_in_fragment(tb_plan_kind kind)
{
    return kind == TB_P_SCAN || kind == TB_P_FILTER || kind == TB_P_PROJECT ||
           kind == TB_P_BARRIER || kind == TB_P_SORT || kind == TB_P_LIMIT;
}

static tb_rc check_plan(check_cx *cx, const tb_plan *p, tb_error *err)
{
    if (cx->fragment != NULL && !known_in_fragment(p->kind))
        return violation(err, "an unknown operator inside a fragment");
    if (p->kind == TB_P_BARRIER)
        return cx->fragment != NULL ? check_barrier(cx, p, err)
                                    : violation(err, "a fence outside its source");
    if (p->kind == TB_P_SCAN)
        return check_scan(cx, p, err);
    if (p->kind == TB_P_FRAGMENT)
        return check_fragment(cx, p, err);
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        TB_TRY(check_plan(cx, p->in[i], err));
    TB_TRY(tb_plan_each_expr((tb_plan *)p, no_raw_column, cx, err));
    for (uint32_t i = 0; i < p->nout; i++)
        if (cx->raw[p->out[i]])
            return violation(err, "a raw column above the fence");
    if (p->kind == TB_P_PROJECT)
        taint_project(cx, p);
    return TB_OK;
}

tb_rc tb_policy_check(tb_stmt *stmt, tb_policy_binder bind, tb_policy_deparser deparse,
                      const tb_plan *plan, tb_error *err)
{
    check_cx cx = {.stmt = stmt, .bind = bind, .deparse = deparse, .ncols = stmt->cols.n};
    cx.raw = TB_NEW_ARRAY(stmt->arena, bool, cx.ncols);
    cx.masked = TB_NEW_ARRAY(stmt->arena, bool, cx.ncols);
    collect_raw(&cx, plan, false);
    return check_plan(&cx, plan, err);
}
