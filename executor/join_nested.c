/* SPDX-License-Identifier: Apache-2.0
 * Joins without equality keys: a block nested loop over a stored build side.
 *
 * Each pair (probe batch, build block) is walked along its shorter side: that side's row becomes
 * constant vectors, the other side stays flat, so the condition is evaluated a vector at a time and
 * nothing is copied. Few surviving pairs are collected before they are handed on.
 */
#include "executor/join_int.h"

#include <stdlib.h>

enum { FEW_ROWS = 256 };

typedef struct nested_local {
    tbi_cursor *cursor;
    tbi_eval *cond;
    tb_batch pair;      /* probe columns, then build columns */
    tb_batch *gathered; /* pairs waiting to be emitted */
    tb_vector *out_cols;
    tbi_probe_end end;
    uint64_t *bits; /* validity of constant vectors */
    uint64_t matched[TB_BATCH_WORDS], unknown[TB_BATCH_WORDS];
    uint16_t open[TB_BATCH_ROWS];
} nested_local;

typedef struct nested_op {
    tbi_op op;
    const tbi_join *join;
    tbi_store *store;
    uint32_t ncols; /* of the pair batch */
    tbi_prog *cond; /* a filter; three-valued: an expression; NULL = all pairs match */
    bool three_valued;
    uint8_t *build_matched; /* per build row, when build rows are emitted */
    uint64_t nflags;
    nested_local **local;
} nested_op;

static nested_local *local_of(nested_op *n, tbi_worker *w)
{
    nested_local **at = &n->local[w->index];
    if (*at != NULL)
        return *at;
    nested_local *l = *at = tb_xcalloc(1, sizeof *l);
    const tbi_join *j = n->join;
    tb_arena *arena = tb_arena_create(0);
    l->cursor = tbi_cursor_create(n->store);
    if (n->cond != NULL)
        l->cond = tbi_eval_create(n->cond, TB_BATCH_ROWS);
    l->pair.cols = TB_NEW_ARRAY(arena, tb_vector, n->ncols + 1);
    l->pair.ncols = (uint16_t)n->ncols;
    l->pair.arena = arena;
    l->bits = TB_NEW_ARRAY(arena, uint64_t, n->ncols + 1);
    l->gathered = tb_batch_create(j->out_types, (uint16_t)j->nout);
    l->out_cols = TB_NEW_ARRAY(arena, tb_vector, j->nout + 1);
    tbi_probe_end_init(&l->end, arena, j);
    return l;
}

static void free_local(nested_local *l)
{
    if (l == NULL)
        return;
    tbi_cursor_destroy(l->cursor);
    tbi_eval_destroy(l->cond);
    tb_batch_destroy(l->gathered);
    tb_arena_destroy(l->pair.arena);
    free(l);
}

/* Row i of a vector as a constant vector. */
static tb_vector constant(const tb_vector *v, uint32_t i, uint64_t *valid)
{
    tb_vector c = *v;
    if (v->form == TB_VEC_CONST)
        return c;
    c.form = TB_VEC_CONST;
    c.data = (char *)v->data + i * tb_phys_width((tb_phys)v->phys);
    *valid = v->valid == NULL || tbi_bit(v->valid, i);
    c.valid = *valid ? NULL : valid;
    return c;
}

static tb_rc emit_gathered(nested_op *n, tbi_worker *w, nested_local *l, tb_error *err)
{
    tb_batch *g = l->gathered;
    g->nsel = g->nrows;
    tb_rc rc = tbi_emit(&n->op, w, g, err);
    tb_batch_reset(g);
    return rc;
}

/* Hands on the pairs in l->pair's selection: at once when there are many, else with the next ones.
 */
static tb_rc emit_pairs(nested_op *n, tbi_worker *w, nested_local *l, tb_error *err)
{
    const tbi_join *j = n->join;
    uint32_t nprobe = j->probe->nout, count = l->pair.nsel;
    tb_batch *g = l->gathered;
    for (uint32_t c = 0; c < j->nout; c++) {
        const tbi_join_col *o = &j->out[c];
        l->out_cols[c] = l->pair.cols[o->from == TBI_FROM_PROBE ? o->at : nprobe + o->at];
    }
    if (g->nrows > 0 && (count >= FEW_ROWS || g->nrows + count > n->op.run->exec->batch_rows))
        TB_TRY(emit_gathered(n, w, l, err));
    if (count >= FEW_ROWS || count > n->op.run->exec->batch_rows) {
        tb_batch out = l->pair;
        out.ncols = (uint16_t)j->nout;
        out.cols = l->out_cols;
        return tbi_emit(&n->op, w, &out, err);
    }
    for (uint32_t c = 0; c < j->nout; c++) {
        tbi_vector_copy(&g->cols[c], g->nrows, &l->out_cols[c], l->pair.sel, 0, count);
        tbi_vector_own(&g->cols[c], g->nrows, count, g->arena);
    }
    g->nrows += count;
    return TB_OK;
}

/* The pairs of l->pair: fixed = the constant side's row; probe_fixed = that side is the probe. */
static tb_rc test_pairs(nested_op *n, tbi_worker *w, nested_local *l, uint32_t fixed,
                        bool probe_fixed, uint64_t build_start, tb_error *err)
{
    const tbi_join *j = n->join;
    if (n->cond != NULL && !n->three_valued) {
        TB_TRY(tbi_eval_filter(l->cond, &l->pair, &l->pair.sel, &l->pair.nsel, err));
    } else if (n->cond != NULL) {
        const tb_vector *v;
        TB_TRY(tbi_eval_run(l->cond, &l->pair, &v, err));
        for (uint32_t k = 0; k < l->pair.nsel; k++) {
            uint32_t row = tb_batch_row(&l->pair, k);
            tb_value x = tb_vector_get(v, row);
            uint32_t probe_row = probe_fixed ? fixed : row;
            if (x.null)
                tbi_bit_set(l->unknown, probe_row);
            else if (x.d.b)
                tbi_bit_set(l->matched, probe_row);
        }
        return TB_OK;
    }
    for (uint32_t k = 0; k < l->pair.nsel; k++) {
        uint32_t row = tb_batch_row(&l->pair, k), probe_row = probe_fixed ? fixed : row;
        if (j->single && tbi_bit(l->matched, probe_row))
            return tbi_single_error(err);
        tbi_bit_set(l->matched, probe_row);
        if (n->build_matched != NULL)
            __atomic_store_n(&n->build_matched[build_start + (probe_fixed ? row : fixed)], 1,
                             __ATOMIC_RELAXED);
    }
    return j->pairs && l->pair.nsel > 0 ? emit_pairs(n, w, l, err) : TB_OK;
}

/* Probe rows of sel that still look for a partner. */
static uint32_t open_rows(nested_op *n, nested_local *l, const uint16_t *sel, uint32_t nsel)
{
    bool existence = tbi_join_is_existence(n->join);
    uint32_t m = 0;
    for (uint32_t k = 0; k < nsel; k++) {
        uint32_t row = sel == NULL ? k : sel[k];
        l->open[m] = (uint16_t)row;
        m += !existence || !tbi_bit(l->matched, row);
    }
    return m;
}

static tb_rc pair_block(nested_op *n, tbi_worker *w, nested_local *l, const tb_batch *in,
                        const tb_batch *b, uint64_t start, tb_error *err)
{
    uint32_t nprobe = n->join->probe->nout, nbuild = n->join->nkept;
    uint32_t m = open_rows(n, l, in->sel, in->nsel);
    uint64_t *bits = l->bits;
    if (m <= b->nrows) {
        for (uint32_t k = 0; k < m; k++) {
            for (uint32_t c = 0; c < nprobe; c++)
                l->pair.cols[c] = constant(&in->cols[c], l->open[k], &bits[c]);
            for (uint32_t c = 0; c < nbuild; c++)
                l->pair.cols[nprobe + c] = b->cols[c];
            l->pair.nrows = l->pair.nsel = b->nrows;
            l->pair.sel = NULL;
            TB_TRY(test_pairs(n, w, l, l->open[k], true, start, err));
        }
        return TB_OK;
    }
    for (uint32_t r = 0; r < b->nrows; r++) {
        m = open_rows(n, l, in->sel, in->nsel);
        for (uint32_t c = 0; c < nprobe; c++)
            l->pair.cols[c] = in->cols[c];
        for (uint32_t c = 0; c < nbuild; c++)
            l->pair.cols[nprobe + c] = constant(&b->cols[c], r, &bits[nprobe + c]);
        l->pair.nrows = in->nrows;
        l->pair.nsel = m;
        l->pair.sel = l->open;
        TB_TRY(test_pairs(n, w, l, r, false, start, err));
    }
    return TB_OK;
}

static tb_rc push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    nested_op *n = (nested_op *)op;
    nested_local *l = local_of(n, w);
    memset(l->matched, 0, sizeof l->matched);
    memset(l->unknown, 0, sizeof l->unknown);
    for (uint32_t i = 0; i < tbi_store_blocks(n->store); i++) {
        const tb_batch *b;
        TB_TRY(tbi_alive(op->run->exec, err));
        if (atomic_load_explicit(&op->down->done, memory_order_relaxed))
            return TB_OK;
        TB_TRY(tbi_cursor_block(l->cursor, i, &b, err));
        TB_TRY(pair_block(n, w, l, in, b, tbi_store_block_start(n->store, i), err));
    }
    if (l->gathered->nrows > 0)
        TB_TRY(emit_gathered(n, w, l, err));
    return tbi_probe_finish(&l->end, op, w, in, in->sel, in->nsel, l->matched, l->unknown, err);
}

/* Build rows with or without a partner. */
static tb_rc flush(tbi_op *op, tbi_worker *w, tb_error *err)
{
    nested_op *n = (nested_op *)op;
    const tbi_join *j = n->join;
    if (j->build_mode == TBI_BUILD_NONE)
        return TB_OK;
    nested_local *l = local_of(n, w);
    bool want = j->build_mode == TBI_BUILD_SEMI;
    for (uint32_t i = 0; i < tbi_store_blocks(n->store); i++) {
        const tb_batch *b;
        TB_TRY(tbi_cursor_block(l->cursor, i, &b, err));
        uint64_t start = tbi_store_block_start(n->store, i);
        uint32_t m = 0;
        for (uint32_t r = 0; r < b->nrows; r++) {
            l->open[m] = (uint16_t)r;
            m += (__atomic_load_n(&n->build_matched[start + r], __ATOMIC_RELAXED) != 0) == want;
        }
        for (uint32_t c = 0; c < j->nout; c++)
            l->out_cols[c] = j->out[c].from == TBI_FROM_BUILD ? b->cols[j->out[c].at]
                                                              : tbi_null_vector(j->out_types[c]);
        tb_batch out = {.nrows = b->nrows,
                        .nsel = m,
                        .sel = l->open,
                        .ncols = (uint16_t)j->nout,
                        .cols = l->out_cols,
                        .arena = l->pair.arena};
        TB_TRY(tbi_emit(op, w, &out, err));
    }
    return TB_OK;
}

static void reset(tbi_op *op)
{
    nested_op *n = (nested_op *)op;
    if (n->build_matched != NULL)
        memset(n->build_matched, 0, n->nflags);
    tbi_nested_changed(op);
}

static void over(tbi_op *op)
{
    tbi_store_clear(((nested_op *)op)->store);
}

static void destroy(tbi_op *op)
{
    nested_op *n = (nested_op *)op;
    free(n->build_matched);
    for (uint32_t i = 0; i < op->run->nworkers; i++)
        free_local(n->local[i]);
    tbi_store_destroy(n->store);
}

static const tbi_op_class class = {.name = "nested loop",
                                   .push = push,
                                   .flush = flush,
                                   .over = over,
                                   .reset = reset,
                                   .destroy = destroy};

/* The sink of the build side: a store; at the end flags for its rows, and the early end when it is
 * empty. */
typedef struct nested_build {
    tbi_op op;
    nested_op *join;
} nested_build;

static tb_rc build_push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    (void)w;
    return tbi_store_append(((nested_build *)op)->join->store, in, err);
}

static tb_rc build_finish(tbi_op *op, tb_error *err)
{
    nested_op *n = ((nested_build *)op)->join;
    const tbi_join *j = n->join;
    TB_TRY(tbi_store_seal(n->store, err));
    if (j->build_mode != TBI_BUILD_NONE) {
        n->nflags = tbi_store_rows(n->store);
        free(n->build_matched);
        n->build_matched = tb_xcalloc(n->nflags + 1, 1);
    }
    if (tbi_store_rows(n->store) == 0 &&
        (j->probe_mode == TBI_PROBE_NONE || j->probe_mode == TBI_PROBE_SEMI))
        atomic_store(&n->op.done, true);
    return TB_OK;
}

static void build_reset(tbi_op *op)
{
    tbi_store_clear(((nested_build *)op)->join->store);
}

static void build_destroy(tbi_op *op)
{
    (void)op;
}

static const tbi_op_class build_class = {.name = "nested loop build",
                                         .push = build_push,
                                         .finish = build_finish,
                                         .reset = build_reset,
                                         .destroy = build_destroy};

static tb_rc compile_cond(tbi_build *b, const tbi_join *j, nested_op *n, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    uint32_t nprobe = j->probe->nout;
    n->ncols = nprobe + j->nkept;
    if (j->nresidual == 0)
        return TB_OK;
    tb_colid *cols = TB_NEW_ARRAY(arena, tb_colid, n->ncols + 1);
    tbi_copy(cols, j->probe->out, nprobe * sizeof *cols);
    tbi_copy(cols + nprobe, j->kept, j->nkept * sizeof *cols);
    tbi_scope sc = {.stmt = b->exec->stmt,
                    .ncols = n->ncols,
                    .cols = cols,
                    .outer = b->run->outer,
                    .protected_ = j->protected_};
    n->three_valued = tbi_join_needs_unknown(j);
    if (!n->three_valued)
        return tbi_prog_filter(arena, &sc, j->residual, j->nresidual, &n->cond, err);
    tb_expr *all = tb_expr_and(arena, j->residual, j->nresidual);
    return tbi_prog_exprs(arena, &sc, &all, 1, &n->cond, err);
}

void tbi_nested_changed(tbi_op *op)
{
    nested_op *n = (nested_op *)op;
    for (uint32_t i = 0; i < op->run->nworkers; i++)
        if (n->local[i] != NULL)
            tbi_cursor_reset(n->local[i]->cursor);
}

tb_rc tbi_nested_new(tbi_build *b, const tbi_join *j, tbi_op *down, tbi_op **op, tbi_store **store,
                     tb_error *err)
{
    tb_arena *arena = b->run->arena;
    nested_op *n = tbi_op_new(b, sizeof *n, &class, j->plan, down);
    n->join = j;
    n->local = TB_NEW_ARRAY(arena, nested_local *, b->run->nworkers);
    n->store = tbi_store_create(&b->exec->budget, b->exec->spill,
                                tbi_col_types(b->exec, arena, j->kept, j->nkept), j->nkept);
    *op = &n->op;
    *store = n->store;
    return compile_cond(b, j, n, err);
}

tb_rc tbi_build_nested_join(tbi_build *b, const tbi_join *j, tbi_pipe *pipe, tbi_op *down,
                            tb_error *err)
{
    tbi_op *probe, *keep;
    tbi_store *store;
    TB_TRY(tbi_nested_new(b, j, down, &probe, &store, err));
    nested_build *build = tbi_op_new(b, sizeof *build, &build_class, NULL, NULL);
    build->op.serial = true;
    build->join = (nested_op *)probe;

    tbi_pipe *bp = tbi_pipe_new(b);
    tbi_build own = *b;
    bp->sink = &build->op;
    bp->once = b->nested && (b->in_once || !tbi_plan_depends(b->exec, j->build));
    own.in_once = bp->once;
    TB_TRY(tbi_op_remap(b, NULL, j->build, j->kept, j->nkept, &build->op, &keep, err));
    TB_TRY(tbi_build_plan(&own, j->build, bp, keep, err));
    tbi_build_add_pipe(b, bp);

    TB_TRY(tbi_build_plan(b, j->probe, pipe, probe, err));
    tbi_pipe_add_flush(pipe, probe);
    return TB_OK;
}
