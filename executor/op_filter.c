/* SPDX-License-Identifier: Apache-2.0
 * FILTER: narrows the selection of a batch; no row is copied.
 */
#include "executor/exec_int.h"

typedef struct filter_op {
    tbi_op op;
    tbi_prog *prog;
    tbi_eval **eval; /* per worker */
} filter_op;

static tb_rc push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    filter_op *f = (filter_op *)op;
    if (f->eval[w->index] == NULL)
        f->eval[w->index] = tbi_eval_create(f->prog, TB_BATCH_ROWS);
    tb_batch out = *in;
    TB_TRY(tbi_eval_filter(f->eval[w->index], in, &out.sel, &out.nsel, err));
    return tbi_emit(op, w, &out, err);
}

static void destroy(tbi_op *op)
{
    filter_op *f = (filter_op *)op;
    for (uint32_t i = 0; i < op->run->nworkers; i++)
        tbi_eval_destroy(f->eval[i]);
}

static const tbi_op_class class = {.name = "filter", .push = push, .destroy = destroy};

tb_rc tbi_op_filter(tbi_build *b, const tb_plan *plan, tbi_op *down, tbi_op **out, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    tbi_scope sc = tbi_plan_scope(b, plan->in[0]);
    tbi_prog *prog;
    TB_TRY(tbi_prog_filter(arena, &sc, plan->filter.conjuncts, plan->filter.n, &prog, err));
    filter_op *f = tbi_op_new(b, sizeof *f, &class, plan, down);
    f->prog = prog;
    f->eval = TB_NEW_ARRAY(arena, tbi_eval *, b->run->nworkers);
    *out = &f->op;
    /* a filter may pass through columns its plan node does not list */
    if (!tbi_same_out(plan, plan->in[0]))
        return tbi_op_remap(b, NULL, plan->in[0], plan->out, plan->nout, down, &f->op.down, err);
    return TB_OK;
}
