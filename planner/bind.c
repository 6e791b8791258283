/* SPDX-License-Identifier: Apache-2.0
 * The binder's entry points and the state its files share; see bind_int.h for how it works.
 *
 * Entry points: tb_bind, tb_bind_policy_body.
 */
#include "planner/bind_int.h"

#include "parser/parser.h"

#include <limits.h>

/* ---- state ---- */

void tbi_bind_init(tbi_bind *b, tb_stmt *stmt, tb_error *err)
{
    *b = (tbi_bind){.stmt = stmt,
                    .arena = stmt->arena,
                    .err = err,
                    .access = stmt->subject,
                    .depth_max = stmt->limits.depth != 0 ? stmt->limits.depth : TBI_DEFAULT_DEPTH};
}

tb_rc tbi_enter(tbi_bind *b, int pos)
{
    if (++b->depth > b->depth_max)
        return TB_RAISE_AT(b->err, TB_E_STATEMENT_TOO_COMPLEX, pos,
                           "statement is nested more than %u levels deep", b->depth_max);
    return TB_OK;
}

void tbi_leave(tbi_bind *b)
{
    b->depth--;
}

tbi_scope *tbi_scope_new(tbi_bind *b, tbi_scope *parent)
{
    tbi_scope *s = TB_NEW(b->arena, tbi_scope);
    s->parent = parent;
    return s;
}

tbi_meta *tbi_meta_of(tbi_bind *b, tb_colid id)
{
    while (b->meta.n <= id)
        tb_list_push(b->arena, &b->meta, ((tbi_meta){.scope = NULL}));
    return &b->meta.at[id];
}

tb_colid tbi_new_col(tbi_bind *b, const char *name, tb_type type)
{
    tb_colid id = tb_stmt_add_col(b->stmt, name, type, true);
    tbi_meta_of(b, id);
    return id;
}

tb_expr *tbi_col(tbi_bind *b, tb_colid id, int pos)
{
    tb_expr *e = tb_expr_col(b->arena, id, tb_stmt_col_type(b->stmt, id));
    e->pos = pos;
    return e;
}

static tb_rc leftmost(tb_expr *child, void *ctx, tb_error *err)
{
    (void)err;
    int *pos = ctx;
    int at = tbi_loc(child);
    if (at >= 0 && (*pos < 0 || at < *pos))
        *pos = at;
    return TB_OK;
}

int tbi_loc(const tb_expr *e)
{
    int pos = e->pos;
    if (e->kind == TB_X_SUBLINK)
        return pos;
    tb_error none = {0};
    tb_rc rc = tb_expr_each_child((tb_expr *)e, leftmost, &pos, &none);
    TB_CHECK(rc == TB_OK);
    return pos;
}

/* ---- records ---- */

const tbi_shape *tbi_shape_of(tbi_bind *b, const tb_expr *e)
{
    if (e->kind == TB_X_COL)
        return tbi_meta_of(b, e->col)->shape;
    if (e->kind == TB_X_FIELD) {
        const tbi_shape *outer = tbi_shape_of(b, e->field.arg);
        return outer == NULL ? NULL : outer->shapes[e->field.index];
    }
    if (e->kind == TB_X_CALL)
        return tbi_function_shape(b, e);
    if (e->kind == TB_X_ROW || e->kind == TB_X_CASE || e->kind == TB_X_SUBLINK)
        for (uint32_t i = 0; i < b->rows.n; i++)
            if (b->rows.at[i].row == e)
                return b->rows.at[i].shape;
    return NULL;
}

/* ---- small plan builders ---- */

tb_plan *tbi_project(tbi_bind *b, tb_plan *in, const tb_assign *items, uint32_t n)
{
    tb_plan *p = tb_plan_new(b->arena, TB_P_PROJECT, in, NULL);
    p->project.n = n;
    p->project.items = n == 0 ? NULL : tb_arena_memdup(b->arena, items, n * sizeof *items);
    tb_colid *out = TB_NEW_ARRAY(b->arena, tb_colid, n + 1);
    for (uint32_t i = 0; i < n; i++)
        out[i] = items[i].out;
    p->out = out;
    p->nout = n;
    return p;
}

tb_colid tbi_lift_copy(tbi_bind *b, tbi_lift *l, tb_expr *e, const char *name)
{
    tb_assign a = {tbi_new_col(b, name, e->type), e};
    tbi_meta_of(b, a.out)->shape = tbi_shape_of(b, e);
    tb_list_push(b->arena, &l->added, a);
    return a.out;
}

tb_colid tbi_lift_expr(tbi_bind *b, tbi_lift *l, tb_expr *e, const char *name)
{
    if (e->kind == TB_X_COL && tb_plan_outputs(l->plan, e->col))
        return e->col;
    for (uint32_t i = 0; i < l->added.n; i++)
        if (tb_expr_equal(l->added.at[i].expr, e) && !tb_expr_is_volatile(e))
            return l->added.at[i].out;
    return tbi_lift_copy(b, l, e, name);
}

tb_plan *tbi_lift_done(tbi_bind *b, tbi_lift *l)
{
    if (l->added.n == 0)
        return l->plan;
    uint32_t n = l->plan->nout;
    tb_assign *items = TB_NEW_ARRAY(b->arena, tb_assign, n + l->added.n);
    for (uint32_t i = 0; i < n; i++)
        items[i] = (tb_assign){l->plan->out[i], tbi_col(b, l->plan->out[i], -1)};
    memcpy(items + n, l->added.at, l->added.n * sizeof *items);
    return tbi_project(b, l->plan, items, n + l->added.n);
}

tb_plan *tbi_filter(tbi_bind *b, tb_plan *in, tb_expr *cond)
{
    if (cond == NULL)
        return in;
    tb_plan *p = tb_plan_new(b->arena, TB_P_FILTER, in, NULL);
    bool list = cond->kind == TB_X_AND;
    p->filter.n = list ? cond->list.n : 1;
    p->filter.conjuncts =
        tb_arena_memdup(b->arena, list ? cond->list.args : &cond, p->filter.n * sizeof cond);
    tb_plan_set_out(b->arena, p, in->out, in->nout);
    return p;
}

tb_rc tbi_settle_unknown(tbi_bind *b, tbi_output *col, tb_type_id type)
{
    tb_type now = tb_stmt_col_type(b->stmt, col->id);
    if (now.id != TB_T_UNKNOWN || type == TB_T_UNKNOWN)
        return TB_OK;
    TB_CHECK(col->slot != NULL);
    TB_TRY(tbi_coerce(b, *col->slot, tb_type_of(type), TB_CAST_IMPLICIT, col->slot));
    b->stmt->cols.at[col->id].type = (*col->slot)->type;
    if (col->pass != NULL)
        col->pass->type = (*col->slot)->type;
    return TB_OK;
}

/* ---- the end of a statement: scans and privileges ---- */

static tb_rc no_privilege(tbi_bind *b, const tbi_scan *scan)
{
    return TB_RAISE_AT(b->err, TB_E_INSUFFICIENT_PRIVILEGE, -1, "permission denied for %s %s",
                       scan->rel->kind == TB_REL_VIEW ? "view" : "table", scan->rel->name);
}

static tb_rc check_privileges(tbi_bind *b, const tbi_scan *scan)
{
    const tb_catalog *cat = b->stmt->catalog;
    bool any = false;
    for (uint16_t i = 0; i < scan->rel->ncols; i++) {
        if (!scan->used[i])
            continue;
        any = true;
        if (!tb_may_select(cat, scan->access, scan->rel, i))
            return no_privilege(b, scan);
    }
    if (!any && !tb_may_select(cat, scan->access, scan->rel, -1))
        return no_privilege(b, scan);
    return TB_OK;
}

/* A scan reads the columns that were referred to, and no others. */
static void fill_scan(tbi_bind *b, tbi_scan *scan)
{
    uint16_t n = 0;
    tb_colid *out = TB_NEW_ARRAY(b->arena, tb_colid, scan->rel->ncols + 1u);
    uint16_t *attno = TB_NEW_ARRAY(b->arena, uint16_t, scan->rel->ncols + 1u);
    for (uint16_t i = 0; i < scan->rel->ncols; i++) {
        if (!scan->used[i])
            continue;
        out[n] = scan->ids[i];
        attno[n++] = i;
    }
    scan->node->scan.attno = attno;
    scan->node->out = out;
    scan->node->nout = n;
}

/* Nodes above a scan that pass all columns through were built before it was known which are used.
 */
static void narrow(tbi_bind *b, tb_plan *p);

static void keep_used(tb_plan *p, const tb_plan *a, const tb_plan *c)
{
    tb_colid *out = (tb_colid *)p->out;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->nout; i++)
        if (tb_plan_outputs(a, out[i]) || (c != NULL && tb_plan_outputs(c, out[i])))
            out[n++] = out[i];
    p->nout = n;
}

/* Columns passed through by a PROJECT whose input does not have them any more. */
static void drop_missing(tb_plan *p)
{
    tb_assign *items = (tb_assign *)p->project.items;
    tb_colid *out = (tb_colid *)p->out;
    uint32_t n = 0;
    for (uint32_t i = 0; i < p->project.n; i++) {
        bool passes = items[i].expr->kind == TB_X_COL && items[i].expr->col == items[i].out;
        if (passes && !tb_plan_outputs(p->in[0], items[i].out))
            continue;
        items[n] = items[i];
        out[n++] = items[i].out;
    }
    p->project.n = p->nout = n;
}

static void keep_window(tb_plan *p)
{
    tb_colid *out = (tb_colid *)p->out;
    uint32_t n = 0, passed = p->nout - p->window.n;
    for (uint32_t i = 0; i < p->nout; i++)
        if (i >= passed || tb_plan_outputs(p->in[0], out[i]))
            out[n++] = out[i];
    p->nout = n;
}

static tb_rc narrow_sublinks(tb_expr *e, void *ctx, tb_error *err)
{
    tbi_bind *b = ctx;
    if (e->kind == TB_X_SUBLINK)
        narrow(b, e->sublink.plan);
    return tb_expr_each_child(e, narrow_sublinks, ctx, err);
}

static tb_rc narrow_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    return narrow_sublinks(*slot, ctx, err);
}

static void narrow(tbi_bind *b, tb_plan *p)
{
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        narrow(b, p->in[i]);
    tb_rc rc = tb_plan_each_expr(p, narrow_slot, b, b->err);
    TB_CHECK(rc == TB_OK);
    if (p->kind == TB_P_FILTER || p->kind == TB_P_SAMPLE || p->kind == TB_P_LIMIT ||
        p->kind == TB_P_SORT || p->kind == TB_P_DISTINCT_ON)
        keep_used(p, p->in[0], NULL);
    else if (p->kind == TB_P_JOIN)
        keep_used(p, p->in[0], p->in[1]);
    else if (p->kind == TB_P_CTE)
        keep_used(p, p->in[1], NULL);
    else if (p->kind == TB_P_PROJECT || p->kind == TB_P_PROJECT_SET)
        drop_missing(p);
    else if (p->kind == TB_P_WINDOW)
        keep_window(p);
}

static tb_rc finish_scans(tbi_bind *b, tb_plan *plan)
{
    for (uint32_t i = 0; i < b->scans.n; i++) {
        tbi_scan *scan = b->scans.at[i];
        TB_TRY(check_privileges(b, scan));
        if (scan->node != NULL)
            fill_scan(b, scan);
    }
    narrow(b, plan);
    return TB_OK;
}

/* ---- parameters ---- */

static tb_rc check_params(tbi_bind *b)
{
    for (uint32_t i = 0; i < b->stmt->params.n; i++)
        if (b->stmt->params.at[i].id == TB_T_UNKNOWN || b->stmt->params.at[i].id == TB_T_NONE)
            return TB_RAISE(b->err, TB_E_INDETERMINATE_DATATYPE,
                            "could not determine data type of parameter $%u", i + 1);
    return TB_OK;
}

/* ---- entry points ---- */

static void set_result(tbi_bind *b, const tbi_result *r)
{
    tb_result_col *cols = TB_NEW_ARRAY(b->arena, tb_result_col, r->n + 1);
    for (uint32_t i = 0; i < r->n; i++)
        cols[i] = (tb_result_col){.name = r->cols[i].name,
                                  .type = tb_stmt_col_type(b->stmt, r->cols[i].id),
                                  .col = r->cols[i].id};
    b->stmt->nresult = r->n;
    b->stmt->result = cols;
}

tb_rc tb_bind(tb_stmt *stmt, const tb_ast *query, tb_plan **out, tb_error *err)
{
    tbi_bind b;
    tbi_bind_init(&b, stmt, err);
    if (query->kind != TB_AST_QUERY)
        return TB_UNSUPPORTED(err, query->pos, "this statement as a query");
    tbi_result r;
    TB_TRY(tbi_bind_query(&b, NULL, query, true, &r));
    TB_TRY(check_params(&b));
    TB_TRY(finish_scans(&b, r.plan));
    set_result(&b, &r);
    *out = r.plan;
    return TB_OK;
}

static tb_rc bind_body(tbi_bind *b, const char *body, tb_type returns, tb_expr **out)
{
    tb_ast *ast;
    TB_TRY(tb_parse_expr(b->arena, body, strlen(body), NULL, &ast, b->err));
    tb_expr *e;
    TB_TRY(tbi_bind_expr_at(b, tbi_scope_new(b, NULL), TBI_IN_POLICY, ast, &e));
    if (!tbi_can_coerce(&e->type.id, &returns.id, 1, TB_CAST_ASSIGNMENT))
        return TB_RAISE(b->err, TB_E_DATATYPE_MISMATCH,
                        "policy body has type %s, but the policy returns %s",
                        tbi_type_name(b, e->type.id), tbi_type_name(b, returns.id));
    TB_TRY(tbi_coerce(b, e, returns, TB_CAST_ASSIGNMENT, &e));
    return tbi_apply_typmod(b, e, returns.typmod, TB_CAST_ASSIGNMENT, out);
}

tb_rc tb_bind_policy_body(tb_stmt *stmt, const char *body, const tb_policy_arg *args,
                          tb_expr *const *arg_exprs, uint32_t nargs, tb_type returns, tb_expr **out,
                          tb_error *err)
{
    tbi_bind b;
    tbi_bind_init(&b, stmt, err);
    b.policy = true;
    b.args = args;
    b.arg_exprs = arg_exprs;
    b.nargs = nargs;
    if (bind_body(&b, body, returns, out) == TB_OK)
        return TB_OK;
    err->position = -1; /* an offset into the body means nothing in the statement */
    return TB_FAIL;
}
