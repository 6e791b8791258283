/* SPDX-License-Identifier: Apache-2.0
 * PROJECT_SET: set-returning functions in a select list, with the rules of PostgreSQL 10 and later.
 *
 * All sets of one nesting level run side by side; a row lives as long as the longest of them, the
 * others are NULL then. No rows from any of them: no row at all. A set inside the arguments of
 * another is a level of its own below. So the node becomes one operator per level that adds the
 * sets' values as columns, and a projection on top.
 */
#include "executor/srf_int.h"

typedef struct set_local {
    tb_arena *arena;
    tbi_eval *eval; /* arguments of all sets */
    const tb_vector **results;
    tbi_set *sets;
    tb_value *args;
    tb_batch *out;
    uint16_t from[TB_BATCH_ROWS]; /* input row of each output row */
} set_local;

typedef struct set_op {
    tbi_op op;
    bool hide;
    uint32_t nin, nsets;
    const tb_expr **calls;
    tbi_prog *args;
    uint32_t nargs;
    tb_type_id *types; /* input columns, then one per set */
    set_local **local;
} set_op;

static tb_rc local_of(set_op *s, tbi_worker *w, set_local **out, tb_error *err)
{
    set_local *l = s->local[w->index];
    *out = l;
    if (l != NULL)
        return TB_OK;
    tb_arena *arena = tb_arena_create(0);
    *out = l = s->local[w->index] = TB_NEW(arena, set_local);
    l->arena = arena;
    l->out = tb_batch_create(s->types, (uint16_t)(s->nin + s->nsets));
    l->eval = tbi_eval_create(s->args, TB_BATCH_ROWS);
    l->results = TB_NEW_ARRAY(arena, const tb_vector *, s->nargs + 1);
    l->args = TB_NEW_ARRAY(arena, tb_value, s->nargs + 1);
    l->sets = TB_NEW_ARRAY(arena, tbi_set, s->nsets + 1);
    for (uint32_t i = 0; i < s->nsets; i++)
        TB_TRY(tbi_set_init(&l->sets[i], s->op.run->exec, s->calls[i], s->hide, err));
    return TB_OK;
}

static tb_rc emit(set_op *s, tbi_worker *w, set_local *l, const tb_batch *in, tb_error *err)
{
    tb_batch *b = l->out;
    uint32_t n = b->nrows;
    for (uint32_t c = 0; c < s->nin; c++)
        tbi_vector_copy(&b->cols[c], 0, &in->cols[c], l->from, 0, n);
    b->nsel = n;
    tb_rc rc = tbi_emit(&s->op, w, b, err);
    tb_batch_reset(b);
    return rc;
}

static tb_rc open_sets(set_op *s, set_local *l, uint32_t row, tb_error *err)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < s->nsets; i++) {
        uint32_t n = s->calls[i]->call.nargs;
        for (uint32_t a = 0; a < n; a++)
            l->args[at + a] = tb_vector_get(l->results[at + a], row);
        TB_TRY(tbi_set_open(&l->sets[i], l->args + at, err));
        at += n;
    }
    return TB_OK;
}

static tb_rc expand_row(set_op *s, tbi_worker *w, set_local *l, const tb_batch *in, uint32_t row,
                        tb_error *err)
{
    TB_TRY(open_sets(s, l, row, err));
    for (;;) {
        bool any = false;
        for (uint32_t i = 0; i < s->nsets; i++) {
            tb_value cols[TBI_SET_MAX_COLS], v = tb_value_null();
            bool more;
            TB_TRY(tbi_set_next(&l->sets[i], cols, &more, err));
            if (more)
                v = tbi_set_as_value(&l->sets[i], cols);
            any |= more;
            tb_vector *to = &l->out->cols[s->nin + i];
            tb_vector_set(to, l->out->nrows, tb_value_copy(l->out->arena, to->type, v));
        }
        if (!any)
            return TB_OK;
        l->from[l->out->nrows++] = (uint16_t)row;
        if (l->out->nrows == s->op.run->exec->batch_rows) {
            if (tbi_chain_done(s->op.down))
                return TB_OK;
            TB_TRY(emit(s, w, l, in, err));
        }
    }
}

static tb_rc push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    set_op *s = (set_op *)op;
    set_local *l;
    TB_TRY(local_of(s, w, &l, err));
    TB_TRY(tbi_eval_run(l->eval, in, l->results, err));
    tb_batch_reset(l->out);
    for (uint32_t k = 0; k < in->nsel; k++)
        TB_TRY(expand_row(s, w, l, in, tb_batch_row(in, k), err));
    return l->out->nrows == 0 ? TB_OK : emit(s, w, l, in, err);
}

static void destroy(tbi_op *op)
{
    set_op *s = (set_op *)op;
    for (uint32_t i = 0; i < op->run->nworkers; i++) {
        set_local *l = s->local[i];
        if (l == NULL)
            continue;
        tbi_eval_destroy(l->eval);
        tb_batch_destroy(l->out);
        for (uint32_t k = 0; k < s->nsets; k++)
            tbi_set_fini(&l->sets[k]);
        tb_arena_destroy(l->arena);
    }
}

static const tbi_op_class class = {.name = "project set", .push = push, .destroy = destroy};

/* ---- taking expressions apart ---- */

/* Nesting depth of the deepest set in an expression. */
typedef struct depth_cx {
    uint32_t deepest;
} depth_cx;

static uint32_t set_depth(const tb_expr *e);

static tb_rc visit_depth(tb_expr *child, void *ctx, tb_error *err)
{
    depth_cx *d = ctx;
    (void)err;
    uint32_t depth = set_depth(child);
    if (depth > d->deepest)
        d->deepest = depth;
    return TB_OK;
}

static uint32_t set_depth(const tb_expr *e)
{
    depth_cx d = {0};
    tb_error ignored = {0};
    TB_CHECK(tb_expr_each_child((tb_expr *)e, visit_depth, &d, &ignored) == TB_OK);
    return d.deepest + tbi_is_set_call(e);
}

typedef struct extract_cx {
    tb_exec *exec;
    tb_arena *arena;
    TB_LIST(const tb_expr *) calls;
    TB_LIST(tb_colid) cols;
} extract_cx;

/* Replaces the innermost sets by columns. */
static tb_expr *extract(tb_expr *e, void *ctx)
{
    extract_cx *x = ctx;
    uint32_t depth = set_depth(e);
    if (depth == 0)
        return e;
    if (depth > 1 || !tbi_is_set_call(e))
        return tb_expr_map_children(x->arena, e, extract, x);
    tb_colid col = tb_stmt_add_col(x->exec->stmt, tb_fn_get(e->call.fn)->name, e->type, true);
    tb_list_push(x->arena, &x->calls, e);
    tb_list_push(x->arena, &x->cols, col);
    return tb_expr_col(x->arena, col, e->type);
}

static tb_rc make_level(tbi_build *b, const tb_plan *in, const extract_cx *x, tbi_op *down,
                        tbi_op **out, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    set_op *s = tbi_op_new(b, sizeof *s, &class, NULL, down);
    TB_LIST(tb_expr *) args = {0};
    s->nin = in->nout;
    s->nsets = x->calls.n;
    s->calls = x->calls.at;
    s->hide = tbi_plan_protected(b->exec, in);
    for (uint32_t i = 0; i < s->nsets; i++)
        for (uint32_t a = 0; a < s->calls[i]->call.nargs; a++)
            tb_list_push(arena, &args, s->calls[i]->call.args[a]);
    s->nargs = args.n;
    s->types = TB_NEW_ARRAY(arena, tb_type_id, s->nin + s->nsets + 1);
    for (uint32_t i = 0; i < s->nin; i++)
        s->types[i] = tb_stmt_col_type(b->exec->stmt, in->out[i]).id;
    for (uint32_t i = 0; i < s->nsets; i++)
        s->types[s->nin + i] = s->calls[i]->type.id;
    s->local = TB_NEW_ARRAY(arena, set_local *, b->run->nworkers);
    tbi_scope sc = tbi_plan_scope(b, in);
    *out = &s->op;
    return tbi_prog_exprs(arena, &sc, args.at, args.n, &s->args, err);
}

/* A stand-in for the input of the next level: the input's columns and the sets' columns. */
static tb_plan *widened(tbi_build *b, const tb_plan *in, const extract_cx *x)
{
    tb_arena *arena = b->run->arena;
    tb_plan *w = tb_plan_new(arena, TB_P_PROJECT_SET, (tb_plan *)in, NULL);
    tb_colid *out = TB_NEW_ARRAY(arena, tb_colid, in->nout + x->cols.n + 1);
    tbi_copy(out, in->out, in->nout * sizeof *out);
    if (x->cols.n > 0)
        tbi_copy(out + in->nout, x->cols.at, x->cols.n * sizeof *out);
    tb_plan_set_out(arena, w, out, in->nout + x->cols.n);
    return w;
}

/* Levels are found from the inside out, operators are made from the outside in. A level evaluates
 * every set whose arguments hold none. */
static tb_rc build_levels(tbi_build *b, const tb_plan *p, const tb_plan *in, tb_expr **exprs,
                          tbi_op *down, tbi_op **out, tb_error *err)
{
    uint32_t deepest = 0;
    for (uint32_t i = 0; i < p->project.n; i++) {
        uint32_t d = set_depth(exprs[i]);
        deepest = d > deepest ? d : deepest;
    }
    if (deepest == 0)
        return tbi_op_exprs(b, in, exprs, p->project.n, down, out, err);
    extract_cx *x = TB_NEW(b->run->arena, extract_cx);
    *x = (extract_cx){.exec = b->exec, .arena = b->run->arena};
    for (uint32_t i = 0; i < p->project.n; i++)
        exprs[i] = extract(exprs[i], x);
    tbi_op *above;
    TB_TRY(build_levels(b, p, widened(b, in, x), exprs, down, &above, err));
    return make_level(b, in, x, above, out, err);
}

tb_rc tbi_build_project_set(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                            tb_error *err)
{
    tb_expr **exprs = TB_NEW_ARRAY(b->run->arena, tb_expr *, p->project.n + 1);
    tb_colid *cols = TB_NEW_ARRAY(b->run->arena, tb_colid, p->project.n + 1);
    for (uint32_t i = 0; i < p->project.n; i++) {
        exprs[i] = p->project.items[i].expr;
        cols[i] = p->project.items[i].out;
    }
    /* the projection gives the items in their order; the node may list them in another */
    tb_plan *items = tb_plan_new(b->run->arena, TB_P_PROJECT, p->in[0], NULL);
    tb_plan_set_out(b->run->arena, items, cols, p->project.n);
    tbi_op *op, *order;
    TB_TRY(tbi_op_remap(b, p, items, p->out, p->nout, down, &order, err));
    TB_TRY(build_levels(b, p, p->in[0], exprs, order, &op, err));
    return tbi_build_plan(b, p->in[0], pipe, op, err);
}
