/* SPDX-License-Identifier: Apache-2.0
 * WINDOW: sorts the input by partition and order, takes one partition at a time into memory,
 * computes every function over it and emits the rows in sorted order. The sort spills; a partition
 * must fit the budget (53200 otherwise).
 */
#include "executor/sort_int.h"
#include "executor/window_int.h"

#include <stdlib.h>

/* ---- the sink: a sort ---- */

typedef struct window_op {
    tbi_op op;
    tbi_sorter *sorter;
} window_op;

static tb_rc push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    (void)w;
    return tbi_sorter_append(((window_op *)op)->sorter, in->cols, in->sel, in->nsel, err);
}

static tb_rc finish(tbi_op *op, tb_error *err)
{
    return tbi_sorter_finish(((window_op *)op)->sorter, err);
}

static void reset(tbi_op *op)
{
    tbi_sorter_clear(((window_op *)op)->sorter);
}

static void destroy(tbi_op *op)
{
    tbi_sorter_destroy(((window_op *)op)->sorter);
}

static const tbi_op_class class = {
    .name = "window", .push = push, .finish = finish, .reset = reset, .destroy = destroy};

/* ---- the source: partitions ---- */

typedef struct window_source {
    tbi_source source;
    window_op *sort;
    uint32_t ncols; /* of the input */
    tb_type_id *types;
    uint32_t npartition;
    uint32_t *partition;
    uint32_t norder;
    tbi_order_key *order;
    uint32_t nfns;
    tbi_win *fns;
    uint32_t nout;
    uint32_t *from; /* per output column: input column, or ncols + function */
    tb_type_id *out_types;
    /* state */
    tbi_part part;
    tb_arena *arena;    /* results and tables of the partition at hand */
    tb_value **results; /* per function, per row */
    uint64_t emitted;
    tb_batch *sorted; /* batch read from the sorter */
    uint32_t at;      /* its next row */
    bool at_end;
    tb_batch **out; /* per worker */
} window_source;

static void clear_partition(window_source *s)
{
    for (uint32_t i = 0; i < s->part.batches.n; i++)
        tb_batch_destroy(s->part.batches.at[i]);
    s->part.batches.n = 0;
    s->part.n = 0;
    s->emitted = 0;
    tb_arena_reset(s->arena);
    tbi_account_set(&s->part.account, 0);
}

static bool equal_at(const tb_vector *a, uint32_t i, const tb_vector *b, uint32_t k)
{
    tb_value x = tb_vector_get(a, i), y = tb_vector_get(b, k);
    if (x.null || y.null)
        return x.null == y.null;
    return tb_value_cmp(a->type, &x.d, &y.d) == 0;
}

static bool same_partition(const window_source *s, uint32_t row)
{
    for (uint32_t k = 0; k < s->npartition; k++)
        if (!equal_at(tbi_part_col(&s->part, s->partition[k], 0), 0,
                      &s->sorted->cols[s->partition[k]], row))
            return false;
    return true;
}

/* Appends rows [from, from + n) of the sorted batch, never across a partition batch's end. */
static void append(window_source *s, uint32_t from, uint32_t n)
{
    tbi_part *p = &s->part;
    while (n > 0) {
        uint32_t used = (uint32_t)(p->n % TB_BATCH_ROWS);
        if (used == 0)
            tb_list_push(s->source.run->arena, &p->batches,
                         tb_batch_create(s->types, (uint16_t)s->ncols));
        tb_batch *b = p->batches.at[p->batches.n - 1];
        uint32_t take = n < TB_BATCH_ROWS - used ? n : TB_BATCH_ROWS - used;
        for (uint32_t c = 0; c < s->ncols; c++) {
            tbi_vector_copy(&b->cols[c], used, &s->sorted->cols[c], NULL, from, take);
            tbi_vector_own(&b->cols[c], used, take, b->arena);
        }
        b->nrows = b->nsel = used + take;
        p->n += take;
        from += take;
        n -= take;
    }
}

static tb_rc refill(window_source *s, tb_error *err)
{
    s->at = 0;
    TB_TRY(tbi_sorter_next(s->sort->sorter, TB_BATCH_ROWS, s->sorted, err));
    s->at_end = s->sorted->nrows == 0;
    return TB_OK;
}

static tb_rc charge(window_source *s, tb_error *err)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < s->part.batches.n; i++)
        bytes += tbi_batch_bytes(s->part.batches.at[i]);
    tbi_account_set(&s->part.account, bytes + s->part.n * (24 + sizeof(tb_value) * s->nfns));
    return tbi_account_check(&s->part.account, err);
}

static tb_rc read_partition(window_source *s, tb_error *err)
{
    clear_partition(s);
    for (;;) {
        if (s->at == s->sorted->nrows)
            TB_TRY(refill(s, err));
        if (s->at_end)
            return TB_OK;
        if (s->part.n == 0) { /* the first row says which partition it is */
            append(s, s->at++, 1);
            continue;
        }
        uint32_t end = s->at;
        while (end < s->sorted->nrows && same_partition(s, end))
            end++;
        append(s, s->at, end - s->at);
        s->at = end;
        TB_TRY(charge(s, err));
        if (end < s->sorted->nrows)
            return TB_OK;
    }
}

/* Peer groups: rows equal in every ORDER BY column; without ORDER BY all rows are peers. */
static void find_peers(window_source *s)
{
    tbi_part *p = &s->part;
    p->peer_start = tb_arena_alloc(s->arena, p->n * sizeof *p->peer_start);
    p->group = tb_arena_alloc(s->arena, p->n * sizeof *p->group);
    p->group_start = tb_arena_alloc(s->arena, (p->n + 1) * sizeof *p->group_start);
    p->ngroups = 0;
    for (uint64_t i = 0; i < p->n; i++) {
        bool peer = i > 0;
        for (uint32_t k = 0; peer && k < s->norder; k++) {
            uint32_t col = s->order[k].col;
            peer = equal_at(tbi_part_col(p, col, i - 1), (uint32_t)((i - 1) % TB_BATCH_ROWS),
                            tbi_part_col(p, col, i), (uint32_t)(i % TB_BATCH_ROWS));
        }
        if (!peer)
            p->group_start[p->ngroups++] = i;
        p->group[i] = p->ngroups - 1;
        p->peer_start[i] = p->group_start[p->ngroups - 1];
    }
    p->group_start[p->ngroups] = p->n;
}

static tb_rc compute(window_source *s, tb_error *err)
{
    find_peers(s);
    for (uint32_t f = 0; f < s->nfns; f++) {
        s->results[f] = tb_arena_alloc(s->arena, s->part.n * sizeof(tb_value));
        TB_TRY(tbi_win_run(&s->fns[f], &s->part, s->arena, s->results[f], err));
    }
    return TB_OK;
}

static tb_rc source_open(tbi_source *source, tb_error *err)
{
    window_source *s = (window_source *)source;
    s->at_end = false;
    s->at = 0;
    tb_batch_reset(s->sorted);
    clear_partition(s);
    for (uint32_t f = 0; f < s->nfns; f++)
        TB_TRY(tbi_win_offsets(&s->fns[f], source->run->exec->stmt, source->run->arena, err));
    return tbi_sorter_rewind(s->sort->sorter, err);
}

static void fill(window_source *s, uint64_t from, uint32_t n, tb_batch *out)
{
    uint32_t at = (uint32_t)(from % TB_BATCH_ROWS);
    const tb_batch *in = s->part.batches.at[from / TB_BATCH_ROWS];
    for (uint32_t c = 0; c < s->nout; c++) {
        tb_vector *v = &out->cols[c];
        if (s->from[c] < s->ncols) {
            tbi_vector_copy(v, 0, &in->cols[s->from[c]], NULL, at, n);
        } else {
            const tb_value *r = s->results[s->from[c] - s->ncols] + from;
            for (uint32_t i = 0; i < n; i++)
                tb_vector_set(v, i, r[i]);
        }
        tbi_vector_own(v, 0, n, out->arena); /* the partition goes before the consumer does */
    }
    out->nrows = out->nsel = n;
}

/* Partitions are read and computed in order, so under the claim lock. */
static tb_rc source_claim(tbi_source *source, tbi_worker *w, tbi_morsel *m, tb_error *err)
{
    window_source *s = (window_source *)source;
    if (s->emitted == s->part.n) {
        TB_TRY(tbi_alive(source->run->exec, err));
        TB_TRY(read_partition(s, err));
        m->end = s->part.n == 0;
        if (m->end)
            return TB_OK;
        TB_TRY(compute(s, err));
    }
    tb_batch **out = &s->out[w->index];
    if (*out == NULL)
        *out = tb_batch_create(s->out_types, (uint16_t)s->nout);
    tb_batch_reset(*out);
    uint64_t left = s->part.n - s->emitted;
    uint32_t room = TB_BATCH_ROWS - (uint32_t)(s->emitted % TB_BATCH_ROWS);
    uint32_t n = left < room ? (uint32_t)left : room;
    fill(s, s->emitted, n, *out);
    s->emitted += n;
    m->end = false;
    m->batch = *out;
    return TB_OK;
}

static tb_rc source_load(tbi_source *source, tbi_worker *w, tbi_morsel *m, const tb_batch **out,
                         tb_error *err)
{
    (void)source, (void)w, (void)err;
    *out = m->batch;
    return TB_OK;
}

static void source_destroy(tbi_source *source)
{
    window_source *s = (window_source *)source;
    clear_partition(s);
    tb_arena_destroy(s->arena);
    tb_batch_destroy(s->sorted);
    for (uint32_t i = 0; i < source->run->nworkers; i++)
        tb_batch_destroy(s->out[i]);
}

static const tbi_source_class source_class = {.name = "window",
                                              .open = source_open,
                                              .claim = source_claim,
                                              .load = source_load,
                                              .destroy = source_destroy};

/* ---- building ---- */

static tb_rc build_fn(tbi_build *b, const tb_plan *p, window_source *s, const tb_winfn *fn,
                      tbi_win *w, tb_error *err)
{
    const tb_plan *in = p->in[0];
    tb_arena *arena = b->run->arena;
    *w = (tbi_win){.fn = fn,
                   .type = fn->type.id,
                   .nargs = fn->nargs,
                   .filter = -1,
                   .norder = s->norder,
                   .order = s->order,
                   .env = b->exec->stmt->env,
                   .hide_values = tbi_plan_protected(b->exec, in)};
    w->args = TB_NEW_ARRAY(arena, uint32_t, fn->nargs + 1);
    w->argtypes = tbi_col_types(b->exec, arena, fn->args, fn->nargs);
    for (uint32_t i = 0; i < fn->nargs; i++)
        TB_TRY(tbi_col_index(in->out, in->nout, fn->args[i], &w->args[i], err));
    if (fn->filter != 0) {
        uint32_t at;
        TB_TRY(tbi_col_index(in->out, in->nout, fn->filter, &at, err));
        w->filter = at;
    }
    if (tb_fn_get(fn->fn)->flags & TB_FF_AGG) {
        w->agg = tbi_agg_find(fn->fn);
        if (w->agg == NULL || (tb_fn_get(fn->fn)->flags & TB_FF_ORDERED_SET))
            return TB_UNSUPPORTED(err, fn->pos, "this aggregate as a window function");
    }
    return TB_OK;
}

static tb_rc build_keys(const tb_plan *p, window_source *s, tbi_sort_key *keys, tb_error *err)
{
    const tb_plan *in = p->in[0];
    for (uint32_t i = 0; i < s->npartition; i++) {
        TB_TRY(tbi_col_index(in->out, in->nout, p->window.partition[i], &s->partition[i], err));
        keys[i] = (tbi_sort_key){.col = s->partition[i]};
    }
    for (uint32_t i = 0; i < s->norder; i++) {
        const tb_sort_key *k = &p->window.order[i];
        tbi_order_key *o = &s->order[i];
        TB_TRY(tbi_col_index(in->out, in->nout, k->col, &o->col, err));
        o->type = s->types[o->col];
        o->desc = k->desc;
        o->nulls_first = k->nulls_first;
        keys[s->npartition + i] =
            (tbi_sort_key){.col = o->col, .desc = k->desc, .nulls_first = k->nulls_first};
    }
    return TB_OK;
}

static tb_rc build_output(tbi_build *b, const tb_plan *p, window_source *s, tb_error *err)
{
    s->nout = p->nout;
    s->from = TB_NEW_ARRAY(b->run->arena, uint32_t, p->nout + 1);
    s->out_types = tbi_plan_types(b->exec, b->run->arena, p);
    for (uint32_t i = 0; i < p->nout; i++) {
        uint32_t f = 0;
        while (f < p->window.n && p->window.fns[f].out != p->out[i])
            f++;
        s->from[i] = s->ncols + f;
        if (f == p->window.n)
            TB_TRY(tbi_col_index(p->in[0]->out, p->in[0]->nout, p->out[i], &s->from[i], err));
    }
    return TB_OK;
}

tb_rc tbi_build_window(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    window_op *sort = tbi_op_new(b, sizeof *sort, &class, NULL, NULL);
    sort->op.serial = true;
    window_source *s = tbi_source_new(b, sizeof *s, &source_class, p);
    s->sort = sort;
    s->ncols = p->in[0]->nout;
    s->types = tbi_plan_types(b->exec, arena, p->in[0]);
    s->npartition = p->window.npartition;
    s->partition = TB_NEW_ARRAY(arena, uint32_t, s->npartition + 1);
    s->norder = p->window.norder;
    s->order = TB_NEW_ARRAY(arena, tbi_order_key, s->norder + 1);
    tbi_sort_key *keys = TB_NEW_ARRAY(arena, tbi_sort_key, s->npartition + s->norder + 1);
    s->arena = tb_arena_create(0);
    s->sorted = tb_batch_create(s->types, (uint16_t)s->ncols);
    s->out = TB_NEW_ARRAY(arena, tb_batch *, b->run->nworkers);
    s->part.ncols = s->ncols;
    s->part.types = s->types;
    tbi_account_init(&s->part.account, &b->exec->budget, false);
    TB_TRY(build_keys(p, s, keys, err));
    sort->sorter = tbi_sorter_create(&b->exec->budget, b->exec->spill, s->types, s->ncols, keys,
                                     s->npartition + s->norder, 0);
    s->nfns = p->window.n;
    s->fns = TB_NEW_ARRAY(arena, tbi_win, s->nfns + 1);
    s->results = TB_NEW_ARRAY(arena, tb_value *, s->nfns + 1);
    for (uint32_t i = 0; i < s->nfns; i++)
        TB_TRY(build_fn(b, p, s, &p->window.fns[i], &s->fns[i], err));
    TB_TRY(build_output(b, p, s, err));
    TB_TRY(tbi_build_into(b, p->in[0], &sort->op, err));
    tbi_pipe_add_source(pipe, &s->source, down);
    return TB_OK;
}
