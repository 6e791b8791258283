/* SPDX-License-Identifier: Apache-2.0
 * LIMIT, OFFSET, FETCH ... WITH TIES. Stops the sources above it as soon as it has its rows.
 *
 * A projection between LIMIT and its input is computed for the surviving rows only, as PostgreSQL
 * does; and a SORT below is told how many rows are wanted.
 */
#include "executor/exec_int.h"

typedef struct limit_op {
    tbi_op op;
    uint64_t offset, count; /* UINT64_MAX = all */
    bool with_ties;
    uint32_t nties;
    uint32_t *ties; /* input positions */
    uint64_t seen;  /* input rows so far */
    tb_value *last; /* tie keys of the last counted row */
    bool in_ties;
    tb_arena *arena;
    uint16_t sel[TB_BATCH_ROWS];
} limit_op;

static void remember(limit_op *l, const tb_batch *in, uint32_t row)
{
    tb_arena_reset(l->arena);
    for (uint32_t k = 0; k < l->nties; k++) {
        const tb_vector *v = &in->cols[l->ties[k]];
        l->last[k] = tb_value_copy(l->arena, v->type, tb_vector_get(v, row));
    }
    l->in_ties = true;
}

static bool is_tie(const limit_op *l, const tb_batch *in, uint32_t row)
{
    for (uint32_t k = 0; k < l->nties; k++) {
        const tb_vector *v = &in->cols[l->ties[k]];
        tb_value x = tb_vector_get(v, row);
        if (x.null != l->last[k].null ||
            (!x.null && tb_value_cmp(v->type, &x.d, &l->last[k].d) != 0))
            return false;
    }
    return true;
}

static tb_rc push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    limit_op *l = (limit_op *)op;
    tb_batch out = *in;
    out.nsel = 0;
    bool over = false;
    uint64_t end = l->count == UINT64_MAX ? UINT64_MAX : l->offset + l->count;
    for (uint32_t k = 0; k < in->nsel && !over; k++) {
        uint32_t row = tb_batch_row(in, k);
        if (l->seen < end) {
            if (l->seen++ >= l->offset)
                l->sel[out.nsel++] = (uint16_t)row;
            if (l->seen == end && l->with_ties && l->count > 0)
                remember(l, in, row);
        } else if (l->in_ties && is_tie(l, in, row)) {
            l->sel[out.nsel++] = (uint16_t)row;
        } else {
            over = true;
        }
    }
    out.sel = l->sel;
    TB_TRY(tbi_emit(op, w, &out, err));
    if (over || (l->seen == end && !l->in_ties))
        tbi_op_done(op);
    return TB_OK;
}

static void reset(tbi_op *op)
{
    limit_op *l = (limit_op *)op;
    l->seen = 0;
    l->in_ties = false;
    atomic_store(&op->done, l->count == 0);
}

static void destroy(tbi_op *op)
{
    tb_arena_destroy(((limit_op *)op)->arena);
}

static const tbi_op_class class = {
    .name = "limit", .push = push, .reset = reset, .destroy = destroy};

static tb_rc eval_bound(tbi_build *b, const tb_expr *e, uint64_t none, tb_errcode code,
                        const char *name, uint64_t *out, tb_error *err)
{
    *out = none;
    if (e == NULL)
        return TB_OK;
    tb_value v;
    TB_TRY(tb_exec_eval(b->exec->stmt, b->run->arena, e, &v, err));
    if (v.null)
        return TB_OK;
    if (v.d.i64 < 0)
        return TB_RAISE(err, code, "%s must not be negative", name);
    *out = (uint64_t)v.d.i64;
    return TB_OK;
}

static tb_rc new_limit(tbi_build *b, const tb_plan *plan, const tb_plan *input, tbi_op *down,
                       limit_op **out, tb_error *err)
{
    limit_op *l = tbi_op_new(b, sizeof *l, &class, plan, down);
    tb_arena *arena = b->run->arena;
    l->op.serial = true;
    l->arena = tb_arena_create(0);
    l->with_ties = plan->limit.with_ties;
    l->nties = plan->limit.nties;
    l->ties = TB_NEW_ARRAY(arena, uint32_t, l->nties + 1);
    l->last = TB_NEW_ARRAY(arena, tb_value, l->nties + 1);
    for (uint32_t i = 0; i < l->nties; i++)
        TB_TRY(tbi_col_index(input->out, input->nout, plan->limit.ties[i].col, &l->ties[i], err));
    TB_TRY(eval_bound(b, plan->limit.offset, 0, TB_E_INVALID_ROW_COUNT_IN_OFFSET, "OFFSET",
                      &l->offset, err));
    TB_TRY(eval_bound(b, plan->limit.count, UINT64_MAX, TB_E_INVALID_ROW_COUNT_IN_LIMIT, "LIMIT",
                      &l->count, err));
    if (l->count != UINT64_MAX && l->count > UINT64_MAX - 1 - l->offset)
        l->count = UINT64_MAX;
    atomic_store(&l->op.done, l->count == 0);
    *out = l;
    return TB_OK;
}

static bool has_cols(const tb_plan *p, const tb_sort_key *keys, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!tb_plan_outputs(p, keys[i].col))
            return false;
    return true;
}

tb_rc tbi_build_limit(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    const tb_plan *in = p->in[0];
    if (!tbi_same_out(p, in))
        TB_TRY(tbi_op_remap(b, NULL, in, p->out, p->nout, down, &down, err));
    while (in->kind == TB_P_PROJECT && has_cols(in->in[0], p->limit.ties, p->limit.nties)) {
        tbi_op *project;
        TB_TRY(tbi_op_project(b, in, down, &project, err));
        down = project;
        in = in->in[0];
    }
    limit_op *l;
    TB_TRY(new_limit(b, p, in, down, &l, err));
    if (in->kind == TB_P_SORT && !l->with_ties && l->count != UINT64_MAX && l->count > 0)
        return tbi_build_sort(b, in, l->offset + l->count, pipe, &l->op, err);
    return tbi_build_plan(b, in, pipe, &l->op, err);
}
