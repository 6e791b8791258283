/* SPDX-License-Identifier: Apache-2.0
 * VALUES, ROW (one row, no columns) and EMPTY.
 *
 * Constants are stored straight into the batch; a row with anything else has a program of its own.
 */
#include "executor/exec_int.h"

typedef struct values_source {
    tbi_source source;
    tb_type_id *types;
    uint32_t nrows, ncols, chunk, next;
    tb_expr ***rows;
    tbi_prog **progs;   /* per row; NULL = constants only */
    tb_batch **batches; /* per worker */
} values_source;

static tb_rc values_open(tbi_source *s, tb_error *err)
{
    (void)err;
    ((values_source *)s)->next = 0;
    return TB_OK;
}

static tb_rc values_claim(tbi_source *s, tbi_worker *w, tbi_morsel *m, tb_error *err)
{
    values_source *v = (values_source *)s;
    (void)w;
    (void)err;
    m->end = v->next >= v->nrows;
    m->at = v->next;
    v->next += v->chunk;
    return TB_OK;
}

static tb_rc eval_row(const tbi_prog *prog, tb_batch *b, uint32_t row, tb_error *err)
{
    tbi_eval *ev = tbi_eval_create(prog, 1);
    const tb_vector **out = TB_NEW_ARRAY(b->arena, const tb_vector *, b->ncols + 1);
    tb_batch one = {.nrows = 1, .nsel = 1};
    tb_rc rc = tbi_eval_run(ev, &one, out, err);
    for (uint32_t c = 0; rc == TB_OK && c < b->ncols; c++)
        tb_vector_set(&b->cols[c], row,
                      tb_value_copy(b->arena, b->cols[c].type, tb_vector_get(out[c], 0)));
    tbi_eval_destroy(ev);
    return rc;
}

static tb_rc values_load(tbi_source *s, tbi_worker *w, tbi_morsel *m, const tb_batch **out,
                         tb_error *err)
{
    values_source *v = (values_source *)s;
    tb_batch **b = &v->batches[w->index];
    if (*b == NULL)
        *b = tb_batch_create(v->types, (uint16_t)v->ncols);
    tb_batch_reset(*b);
    uint32_t at = (uint32_t)m->at, n = v->nrows - at < v->chunk ? v->nrows - at : v->chunk;
    for (uint32_t r = 0; r < n && v->ncols > 0; r++) {
        if (v->progs[at + r] != NULL) {
            TB_TRY(eval_row(v->progs[at + r], *b, r, err));
            continue;
        }
        for (uint32_t c = 0; c < v->ncols; c++)
            tb_vector_set(&(*b)->cols[c], r, v->rows[at + r][c]->constant);
    }
    (*b)->nrows = (*b)->nsel = n;
    *out = *b;
    return TB_OK;
}

static void values_destroy(tbi_source *s)
{
    values_source *v = (values_source *)s;
    for (uint32_t i = 0; i < s->run->nworkers; i++)
        tb_batch_destroy(v->batches[i]);
}

static const tbi_source_class class = {.name = "values",
                                       .open = values_open,
                                       .claim = values_claim,
                                       .load = values_load,
                                       .destroy = values_destroy};

tb_rc tbi_build_values(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    values_source *v = tbi_source_new(b, sizeof *v, &class, p);
    v->types = tbi_plan_types(b->exec, arena, p);
    v->batches = TB_NEW_ARRAY(arena, tb_batch *, b->run->nworkers);
    v->chunk = b->exec->batch_rows;
    if (p->kind != TB_P_VALUES) {
        v->nrows = p->kind == TB_P_ROW;
        tbi_pipe_add_source(pipe, &v->source, down);
        return TB_OK;
    }
    v->nrows = p->values.nrows;
    v->ncols = p->nout;
    v->rows = p->values.rows;
    v->progs = TB_NEW_ARRAY(arena, tbi_prog *, v->nrows + 1);
    tbi_scope sc = {.stmt = b->exec->stmt, .outer = b->run->outer};
    for (uint32_t r = 0; r < v->nrows; r++) {
        bool constant = true;
        for (uint32_t c = 0; c < v->ncols; c++)
            constant &= tb_expr_is_const(v->rows[r][c]);
        if (!constant)
            TB_TRY(tbi_prog_exprs(arena, &sc, v->rows[r], v->ncols, &v->progs[r], err));
    }
    tbi_pipe_add_source(pipe, &v->source, down);
    return TB_OK;
}
