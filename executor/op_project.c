/* SPDX-License-Identifier: Apache-2.0
 * PROJECT and the pure reordering of columns that BARRIER, set operations and pruned outputs need.
 */
#include "executor/exec_int.h"

typedef struct project_local {
    tbi_eval *eval;
    const tb_vector **result;
    tb_vector *cols;
} project_local;

typedef struct project_op {
    tbi_op op;
    tbi_prog *prog; /* PROJECT */
    uint32_t *map;  /* remap: input position of each output column */
    uint32_t n;
    project_local *local;
} project_op;

static tb_rc project_push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    project_op *p = (project_op *)op;
    project_local *l = &p->local[w->index];
    if (l->eval == NULL)
        l->eval = tbi_eval_create(p->prog, TB_BATCH_ROWS);
    TB_TRY(tbi_eval_run(l->eval, in, l->result, err));
    for (uint32_t i = 0; i < p->n; i++)
        l->cols[i] = *l->result[i];
    tb_batch out = *in;
    out.ncols = (uint16_t)p->n;
    out.cols = l->cols;
    return tbi_emit(op, w, &out, err);
}

static tb_rc remap_push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    project_op *p = (project_op *)op;
    project_local *l = &p->local[w->index];
    for (uint32_t i = 0; i < p->n; i++)
        l->cols[i] = in->cols[p->map[i]];
    tb_batch out = *in;
    out.ncols = (uint16_t)p->n;
    out.cols = l->cols;
    return tbi_emit(op, w, &out, err);
}

static void destroy(tbi_op *op)
{
    project_op *p = (project_op *)op;
    for (uint32_t i = 0; i < op->run->nworkers; i++)
        tbi_eval_destroy(p->local[i].eval);
}

static const tbi_op_class project_class = {
    .name = "project", .push = project_push, .destroy = destroy};
static const tbi_op_class remap_class = {.name = "remap", .push = remap_push, .destroy = destroy};

static project_op *new_op(tbi_build *b, const tbi_op_class *cls, const tb_plan *plan, tbi_op *down,
                          uint32_t n)
{
    tb_arena *arena = b->run->arena;
    project_op *p = tbi_op_new(b, sizeof *p, cls, plan, down);
    p->n = n;
    p->local = TB_NEW_ARRAY(arena, project_local, b->run->nworkers);
    for (uint32_t i = 0; i < b->run->nworkers; i++) {
        p->local[i].result = TB_NEW_ARRAY(arena, const tb_vector *, n + 1);
        p->local[i].cols = TB_NEW_ARRAY(arena, tb_vector, n + 1);
    }
    return p;
}

tb_rc tbi_op_project(tbi_build *b, const tb_plan *plan, tbi_op *down, tbi_op **out, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    tbi_scope sc = tbi_plan_scope(b, plan->in[0]);
    uint32_t n = plan->nout;
    tb_expr **exprs = TB_NEW_ARRAY(arena, tb_expr *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < plan->project.n; k++)
            if (plan->project.items[k].out == plan->out[i])
                exprs[i] = plan->project.items[k].expr;
        if (exprs[i] == NULL)
            exprs[i] =
                tb_expr_col(arena, plan->out[i], tb_stmt_col_type(b->exec->stmt, plan->out[i]));
    }
    project_op *p = new_op(b, &project_class, plan, down, n);
    *out = &p->op;
    return tbi_prog_exprs(arena, &sc, exprs, n, &p->prog, err);
}

tb_rc tbi_op_remap(tbi_build *b, const tb_plan *plan, const tb_plan *input, const tb_colid *cols,
                   uint32_t n, tbi_op *down, tbi_op **out, tb_error *err)
{
    project_op *p = new_op(b, &remap_class, plan, down, n);
    p->map = TB_NEW_ARRAY(b->run->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(tbi_col_index(input->out, input->nout, cols[i], &p->map[i], err));
    *out = &p->op;
    return TB_OK;
}

tb_rc tbi_op_exprs(tbi_build *b, const tb_plan *input, tb_expr *const *exprs, uint32_t n,
                   tbi_op *down, tbi_op **out, tb_error *err)
{
    tbi_scope sc = tbi_plan_scope(b, input);
    project_op *p = new_op(b, &project_class, NULL, down, n);
    *out = &p->op;
    return tbi_prog_exprs(b->run->arena, &sc, exprs, n, &p->prog, err);
}
