/* SPDX-License-Identifier: Apache-2.0
 * DISTINCT ON: the first row of each run of equal keys in a sorted input.
 */
#include "executor/exec_int.h"

typedef struct distinct_op {
    tbi_op op;
    uint32_t n;
    uint32_t *keys;
    tb_value *last;
    bool started;
    tb_arena *arena; /* bytes of last */
    uint16_t sel[TB_BATCH_ROWS];
} distinct_op;

static bool same(const distinct_op *d, const tb_batch *in, uint32_t row)
{
    for (uint32_t k = 0; k < d->n; k++) {
        const tb_vector *v = &in->cols[d->keys[k]];
        tb_value x = tb_vector_get(v, row);
        if (x.null != d->last[k].null ||
            (!x.null && tb_value_cmp(v->type, &x.d, &d->last[k].d) != 0))
            return false;
    }
    return true;
}

static tb_rc push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    distinct_op *d = (distinct_op *)op;
    tb_batch out = *in;
    out.nsel = 0;
    for (uint32_t k = 0; k < in->nsel; k++) {
        uint32_t row = tb_batch_row(in, k);
        if (d->started && same(d, in, row))
            continue;
        d->started = true;
        tb_arena_reset(d->arena);
        for (uint32_t i = 0; i < d->n; i++) {
            const tb_vector *v = &in->cols[d->keys[i]];
            d->last[i] = tb_value_copy(d->arena, v->type, tb_vector_get(v, row));
        }
        d->sel[out.nsel++] = (uint16_t)row;
    }
    out.sel = d->sel;
    return tbi_emit(op, w, &out, err);
}

static void reset(tbi_op *op)
{
    ((distinct_op *)op)->started = false;
}

static void destroy(tbi_op *op)
{
    tb_arena_destroy(((distinct_op *)op)->arena);
}

static const tbi_op_class class = {
    .name = "distinct on", .push = push, .reset = reset, .destroy = destroy};

tb_rc tbi_op_distinct_on(tbi_build *b, const tb_plan *plan, tbi_op *down, tbi_op **out,
                         tb_error *err)
{
    const tb_plan *in = plan->in[0];
    if (!tbi_same_out(plan, in))
        TB_TRY(tbi_op_remap(b, NULL, in, plan->out, plan->nout, down, &down, err));
    distinct_op *d = tbi_op_new(b, sizeof *d, &class, plan, down);
    d->op.serial = true;
    d->n = plan->distinct_on.n;
    d->keys = TB_NEW_ARRAY(b->run->arena, uint32_t, d->n + 1);
    d->last = TB_NEW_ARRAY(b->run->arena, tb_value, d->n + 1);
    d->arena = tb_arena_create(0);
    for (uint32_t i = 0; i < d->n; i++)
        TB_TRY(tbi_col_index(in->out, in->nout, plan->distinct_on.keys[i], &d->keys[i], err));
    *out = &d->op;
    return TB_OK;
}
