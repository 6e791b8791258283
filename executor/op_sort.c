/* SPDX-License-Identifier: Apache-2.0
 * SORT: a sink that fills a sorter and a source that reads it.
 */
#include "executor/exec_int.h"
#include "executor/sort_int.h"

typedef struct sort_op {
    tbi_op op;
    tbi_sorter *sorter;
    uint32_t ncols;
    uint32_t *take; /* input positions of the sorter's columns */
    tb_vector *cols;
} sort_op;

static tb_rc push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    sort_op *s = (sort_op *)op;
    (void)w;
    for (uint32_t c = 0; c < s->ncols; c++)
        s->cols[c] = in->cols[s->take[c]];
    return tbi_sorter_append(s->sorter, s->cols, in->sel, in->nsel, err);
}

static tb_rc finish(tbi_op *op, tb_error *err)
{
    return tbi_sorter_finish(((sort_op *)op)->sorter, err);
}

static void reset(tbi_op *op)
{
    tbi_sorter_clear(((sort_op *)op)->sorter);
}

static void destroy(tbi_op *op)
{
    tbi_sorter_destroy(((sort_op *)op)->sorter);
}

static const tbi_op_class class = {
    .name = "sort", .push = push, .finish = finish, .reset = reset, .destroy = destroy};

/* ---- reading ---- */

typedef struct sort_source {
    tbi_source source;
    sort_op *sort;
    tb_type_id *types; /* of the sorter's columns */
    uint64_t next;
    tb_batch **batches; /* per worker */
} sort_source;

static tb_rc source_open(tbi_source *s, tb_error *err)
{
    sort_source *ss = (sort_source *)s;
    ss->next = 0;
    return tbi_sorter_rewind(ss->sort->sorter, err);
}

static tb_batch *batch_of(sort_source *ss, tbi_worker *w)
{
    tb_batch **b = &ss->batches[w->index];
    if (*b == NULL)
        *b = tb_batch_create(ss->types, (uint16_t)ss->sort->ncols);
    return *b;
}

/* Merging is done here, one batch at a time; in memory only row numbers are handed out. */
static tb_rc source_claim(tbi_source *s, tbi_worker *w, tbi_morsel *m, tb_error *err)
{
    sort_source *ss = (sort_source *)s;
    tbi_sorter *sorter = ss->sort->sorter;
    m->at = ss->next;
    m->end = ss->next >= tbi_sorter_rows(sorter);
    if (m->end)
        return TB_OK;
    if (tbi_sorter_in_memory(sorter)) {
        ss->next += TB_BATCH_ROWS;
        return TB_OK;
    }
    m->batch = batch_of(ss, w);
    TB_TRY(tbi_sorter_next(sorter, TB_BATCH_ROWS, m->batch, err));
    ss->next += m->batch->nrows;
    m->end = m->batch->nrows == 0;
    return TB_OK;
}

static tb_rc source_load(tbi_source *s, tbi_worker *w, tbi_morsel *m, const tb_batch **out,
                         tb_error *err)
{
    sort_source *ss = (sort_source *)s;
    (void)err;
    tb_batch *b = batch_of(ss, w);
    if (m->batch == NULL) {
        uint64_t left = tbi_sorter_rows(ss->sort->sorter) - m->at;
        tbi_sorter_gather(ss->sort->sorter, m->at,
                          left < TB_BATCH_ROWS ? (uint32_t)left : TB_BATCH_ROWS, b);
    }
    /* the sorter keeps key columns behind the output: not shown */
    b->ncols = (uint16_t)s->plan->nout;
    *out = b;
    return TB_OK;
}

static void source_over(tbi_source *s)
{
    tbi_sorter_clear(((sort_source *)s)->sort->sorter);
}

static void source_destroy(tbi_source *s)
{
    sort_source *ss = (sort_source *)s;
    for (uint32_t i = 0; i < s->run->nworkers; i++)
        tb_batch_destroy(ss->batches[i]);
}

static const tbi_source_class source_class = {.name = "sort",
                                              .open = source_open,
                                              .claim = source_claim,
                                              .load = source_load,
                                              .over = source_over,
                                              .destroy = source_destroy};

/* The sorter's columns: the output first, then keys that are not in it. */
static tb_rc choose_columns(tbi_build *b, const tb_plan *p, sort_op *s, tbi_sort_key *keys,
                            tb_colid *cols, tb_error *err)
{
    (void)b;
    tbi_copy(cols, p->out, p->nout * sizeof *cols);
    s->ncols = p->nout;
    for (uint32_t i = 0; i < p->sort.n; i++) {
        const tb_sort_key *k = &p->sort.keys[i];
        uint32_t at = 0;
        while (at < s->ncols && cols[at] != k->col)
            at++;
        if (at == s->ncols)
            cols[s->ncols++] = k->col;
        keys[i] = (tbi_sort_key){.col = at, .desc = k->desc, .nulls_first = k->nulls_first};
    }
    for (uint32_t c = 0; c < s->ncols; c++)
        TB_TRY(tbi_col_index(p->in[0]->out, p->in[0]->nout, cols[c], &s->take[c], err));
    return TB_OK;
}

tb_rc tbi_build_sort(tbi_build *b, const tb_plan *p, uint64_t limit, tbi_pipe *pipe, tbi_op *down,
                     tb_error *err)
{
    tb_arena *arena = b->run->arena;
    sort_op *s = tbi_op_new(b, sizeof *s, &class, NULL, NULL);
    uint32_t most = p->nout + p->sort.n;
    s->op.serial = true;
    s->take = TB_NEW_ARRAY(arena, uint32_t, most + 1);
    s->cols = TB_NEW_ARRAY(arena, tb_vector, most + 1);
    tb_colid *cols = TB_NEW_ARRAY(arena, tb_colid, most + 1);
    tbi_sort_key *keys = TB_NEW_ARRAY(arena, tbi_sort_key, p->sort.n + 1);
    TB_TRY(choose_columns(b, p, s, keys, cols, err));
    tb_type_id *types = tbi_col_types(b->exec, arena, cols, s->ncols);
    s->sorter = tbi_sorter_create(&b->exec->budget, b->exec->spill, types, s->ncols, keys,
                                  p->sort.n, limit);
    TB_TRY(tbi_build_into(b, p->in[0], &s->op, err));
    sort_source *ss = tbi_source_new(b, sizeof *ss, &source_class, p);
    ss->sort = s;
    ss->types = types;
    ss->batches = TB_NEW_ARRAY(arena, tb_batch *, b->run->nworkers);
    tbi_pipe_add_source(pipe, &ss->source, down);
    return TB_OK;
}
