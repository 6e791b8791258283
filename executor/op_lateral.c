/* SPDX-License-Identifier: Apache-2.0
 * Dependent joins: what unnesting left as LATERAL. For each left row the right plan runs again with
 * that row's values, into a store a nested loop then joins with the row. The right plan is not run
 * again while the values it reads stay the same; parts of it that read nothing of the row run once
 * (compile.c).
 */
#include "executor/join_int.h"

typedef struct lateral_op {
    tbi_op op;
    tbi_op *nested; /* does the joining; rows leave through it */
    tbi_store *store;
    tbi_run *run;
    tbi_outer *outer;
    uint32_t *from;   /* left position of each outer column */
    tb_arena *values; /* bytes of the outer values */
    bool ran;
} lateral_op;

/* Takes over a row's values; false when they are the last row's. */
static bool take_values(lateral_op *l, const tb_batch *in, uint32_t row)
{
    bool same = l->ran;
    for (uint32_t i = 0; i < l->outer->n && same; i++) {
        tb_value v = tb_vector_get(&in->cols[l->from[i]], row), *was = &l->outer->values[i];
        /* bytes must be the same, not just equal: 1.0 and 1.00 print differently */
        same = v.null == was->null && (v.null || in->cols[l->from[i]].phys == TB_PHYS_STR
                                           ? v.null || tb_str_eq(&v.d.str, &was->d.str)
                                           : memcmp(&v.d, &was->d, sizeof v.d) == 0);
    }
    if (same)
        return false;
    tb_arena_reset(l->values);
    for (uint32_t i = 0; i < l->outer->n; i++)
        l->outer->values[i] =
            tb_value_copy(l->values, l->outer->types[i], tb_vector_get(&in->cols[l->from[i]], row));
    return true;
}

static tb_rc push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    lateral_op *l = (lateral_op *)op;
    for (uint32_t k = 0; k < in->nsel; k++) {
        uint16_t row = (uint16_t)tb_batch_row(in, k);
        if (atomic_load_explicit(&l->nested->down->done, memory_order_relaxed))
            return TB_OK;
        TB_TRY(tbi_alive(op->run->exec, err));
        if (take_values(l, in, row)) {
            if (l->ran)
                tbi_run_reset(l->run);
            l->ran = true;
            TB_TRY(tbi_run_inline(l->run, err));
            tbi_nested_changed(l->nested);
        }
        tb_batch one = *in;
        one.sel = &row;
        one.nsel = 1;
        TB_TRY(l->nested->cls->push(l->nested, w, &one, err));
    }
    return TB_OK;
}

static void reset(tbi_op *op)
{
    lateral_op *l = (lateral_op *)op;
    if (l->ran)
        tbi_run_reset(l->run);
    l->ran = false;
}

static void destroy(tbi_op *op)
{
    tb_arena_destroy(((lateral_op *)op)->values);
}

static const tbi_op_class class = {
    .name = "lateral", .push = push, .reset = reset, .destroy = destroy};

static tb_rc make_outer(tbi_build *b, const tb_plan *p, lateral_op *l, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    tb_colid *cols;
    uint32_t n, m = 0;
    tbi_plan_free_cols(p->in[1], arena, &cols, &n);
    for (uint32_t i = 0; i < n; i++)
        if (tb_plan_outputs(p->in[0], cols[i])) /* the others come from further out */
            cols[m++] = cols[i];
    tbi_outer *o = l->outer = TB_NEW(arena, tbi_outer);
    *o = (tbi_outer){.up = b->run->outer, .n = m, .cols = cols};
    o->types = tbi_col_types(b->exec, arena, cols, m);
    o->values = TB_NEW_ARRAY(arena, tb_value, m + 1);
    o->protected_ = tbi_plan_protected(b->exec, p->in[0]);
    l->from = TB_NEW_ARRAY(arena, uint32_t, m + 1);
    for (uint32_t i = 0; i < m; i++)
        TB_TRY(tbi_col_index(p->in[0]->out, p->in[0]->nout, cols[i], &l->from[i], err));
    return TB_OK;
}

tb_rc tbi_build_lateral(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    if (p->join.type == TB_JOIN_RIGHT || p->join.type == TB_JOIN_FULL)
        return TB_UNSUPPORTED(err, -1, "LATERAL below a RIGHT or FULL join");
    tbi_join *j;
    TB_TRY(tbi_join_new(b, p, false, &j, err));
    lateral_op *l = tbi_op_new(b, sizeof *l, &class, NULL, NULL);
    l->op.serial = true;
    l->values = tb_arena_create(0);
    TB_TRY(tbi_nested_new(b, j, down, &l->nested, &l->store, err));
    l->op.down = l->nested; /* for the chain of ends; rows are not emitted through it */
    TB_TRY(make_outer(b, p, l, err));

    l->run = tbi_run_new(b->exec, l->outer, 1, true);
    tbi_build rb = {.exec = b->exec, .run = l->run, .nested = true};
    tbi_op *keep;
    TB_TRY(tbi_op_remap(&rb, NULL, p->in[1], j->kept, j->nkept, tbi_op_store(&rb, l->store), &keep,
                        err));
    tbi_pipe *rp = tbi_pipe_new(&rb);
    rp->sink = keep->down;
    TB_TRY(tbi_build_plan(&rb, p->in[1], rp, keep, err));
    tbi_build_add_pipe(&rb, rp);

    return tbi_build_plan(b, p->in[0], pipe, &l->op, err);
}
