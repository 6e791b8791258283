/* SPDX-License-Identifier: Apache-2.0
 * UNION, INTERSECT, EXCEPT, each with and without ALL.
 *
 * UNION ALL feeds one operator from two inputs. The others are an aggregation over it: UNION
 * groups; INTERSECT and EXCEPT count how often a row came from either side, and an operator behind
 * emits as many copies as SQL wants. So they spill and keep order as aggregation does.
 */
#include "executor/exec_int.h"

static tb_rc build_union_all(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                             tb_error *err)
{
    tbi_op *left, *right;
    TB_TRY(tbi_op_remap(b, p, p->in[0], p->setop.left, p->nout, down, &left, err));
    TB_TRY(tbi_op_remap(b, p, p->in[1], p->setop.right, p->nout, down, &right, err));
    TB_TRY(tbi_build_plan(b, p->in[0], pipe, left, err));
    return tbi_build_plan(b, p->in[1], pipe, right, err);
}

/* ---- copies ---- */

typedef struct copies_op {
    tbi_op op;
    tb_setop kind;
    bool all;
    uint32_t n;     /* output columns; the two counts follow */
    tb_batch **out; /* per worker: repeated rows */
    tb_type_id *types;
} copies_op;

static int64_t copies_of(const copies_op *c, int64_t left, int64_t right)
{
    if (c->kind == TB_SETOP_INTERSECT) {
        int64_t both = left < right ? left : right;
        return c->all ? both : both > 0;
    }
    if (!c->all)
        return left > 0 && right == 0;
    return left > right ? left - right : 0;
}

static tb_rc emit_rows(copies_op *c, tbi_worker *w, const tb_batch *in, const uint16_t *rows,
                       uint32_t n, tb_error *err)
{
    tb_batch **out = &c->out[w->index];
    if (*out == NULL)
        *out = tb_batch_create(c->types, (uint16_t)c->n);
    for (uint32_t i = 0; i < c->n; i++)
        tbi_vector_copy(&(*out)->cols[i], 0, &in->cols[i], rows, 0, n);
    (*out)->nrows = (*out)->nsel = n;
    return tbi_emit(&c->op, w, *out, err);
}

static tb_rc copies_push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    copies_op *c = (copies_op *)op;
    uint16_t rows[TB_BATCH_ROWS];
    uint32_t n = 0;
    for (uint32_t k = 0; k < in->nsel; k++) {
        uint32_t row = tb_batch_row(in, k);
        int64_t left = tb_vector_get(&in->cols[c->n], row).d.i64;
        int64_t right = tb_vector_get(&in->cols[c->n + 1], row).d.i64;
        for (int64_t copies = copies_of(c, left, right); copies > 0; copies--) {
            rows[n++] = (uint16_t)row;
            if (n < TB_BATCH_ROWS)
                continue;
            TB_TRY(emit_rows(c, w, in, rows, n, err));
            n = 0;
        }
    }
    return n == 0 ? TB_OK : emit_rows(c, w, in, rows, n, err);
}

static void copies_destroy(tbi_op *op)
{
    copies_op *c = (copies_op *)op;
    for (uint32_t i = 0; i < op->run->nworkers; i++)
        tb_batch_destroy(c->out[i]);
}

static const tbi_op_class copies_class = {
    .name = "set operation", .push = copies_push, .destroy = copies_destroy};

/* ---- the plan below ---- */

/* Projects one input to the output columns and two flags: from the left, from the right. */
static tb_plan *tagged(tbi_build *b, tb_plan *in, const tb_colid *cols, const tb_plan *p,
                       const tb_colid *flags, bool left)
{
    tb_arena *arena = b->run->arena;
    uint32_t n = p->nout;
    tb_plan *t = tb_plan_new(arena, TB_P_PROJECT, in, NULL);
    tb_assign *items = TB_NEW_ARRAY(arena, tb_assign, n + 2);
    tb_colid *out = TB_NEW_ARRAY(arena, tb_colid, n + 2);
    for (uint32_t i = 0; i < n; i++) {
        out[i] = p->out[i];
        items[i] = (tb_assign){
            p->out[i], tb_expr_col(arena, cols[i], tb_stmt_col_type(b->exec->stmt, cols[i]))};
    }
    for (uint32_t i = 0; i < 2; i++) {
        out[n + i] = flags[i];
        items[n + i] = (tb_assign){flags[i], tb_expr_bool(arena, (i == 0) == left)};
    }
    tb_plan_set_out(arena, t, out, n + 2);
    t->project.n = n + 2;
    t->project.items = items;
    return t;
}

static tb_plan *both_inputs(tbi_build *b, const tb_plan *p, const tb_colid *flags)
{
    tb_arena *arena = b->run->arena;
    tb_plan *left = tagged(b, p->in[0], p->setop.left, p, flags, true);
    tb_plan *right = tagged(b, p->in[1], p->setop.right, p, flags, false);
    tb_plan *all = tb_plan_new(arena, TB_P_SETOP, left, right);
    tb_plan_set_out(arena, all, left->out, left->nout);
    all->setop.op = TB_SETOP_UNION;
    all->setop.all = true;
    all->setop.left = all->setop.right = all->out;
    return all;
}

static tb_plan *counted(tbi_build *b, const tb_plan *p)
{
    tb_arena *arena = b->run->arena;
    tb_stmt *stmt = b->exec->stmt;
    tb_colid flags[2], out[2];
    tb_agg *aggs = TB_NEW_ARRAY(arena, tb_agg, 2);
    for (int i = 0; i < 2; i++) {
        flags[i] = tb_stmt_add_col(stmt, i == 0 ? "left" : "right", tb_type_of(TB_T_BOOL), false);
        out[i] = tb_stmt_add_col(stmt, "count", tb_type_of(TB_T_INT8), false);
        aggs[i] = (tb_agg){.out = out[i],
                           .fn = TB_FN_COUNT_STAR,
                           .type = tb_type_of(TB_T_INT8),
                           .filter = flags[i],
                           .pos = -1};
    }
    tb_plan *agg = tb_plan_new(arena, TB_P_AGG, both_inputs(b, p, flags), NULL);
    tb_colid *cols = TB_NEW_ARRAY(arena, tb_colid, p->nout + 2);
    tbi_copy(cols, p->out, p->nout * sizeof *cols);
    memcpy(cols + p->nout, out, sizeof out);
    tb_plan_set_out(arena, agg, cols, p->nout + 2);
    agg->agg.nkeys = p->nout;
    agg->agg.keys = p->out;
    agg->agg.naggs = 2;
    agg->agg.aggs = aggs;
    return agg;
}

static tb_rc build_union(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                         tb_error *err)
{
    tb_arena *arena = b->run->arena;
    tb_plan *all = tb_plan_clone(arena, p);
    all->setop.all = true;
    tb_plan *agg = tb_plan_new(arena, TB_P_AGG, all, NULL);
    tb_plan_set_out(arena, agg, p->out, p->nout);
    agg->agg.nkeys = p->nout;
    agg->agg.keys = p->out;
    tbi_op *count;
    TB_TRY(tbi_op_remap(b, p, p, p->out, p->nout, down, &count, err));
    return tbi_build_agg(b, agg, pipe, count, err);
}

tb_rc tbi_build_setop(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    if (p->setop.op == TB_SETOP_UNION)
        return p->setop.all ? build_union_all(b, p, pipe, down, err)
                            : build_union(b, p, pipe, down, err);
    tb_arena *arena = b->run->arena;
    copies_op *c = tbi_op_new(b, sizeof *c, &copies_class, p, down);
    c->kind = p->setop.op;
    c->all = p->setop.all;
    c->n = p->nout;
    c->types = tbi_plan_types(b->exec, arena, p);
    c->out = TB_NEW_ARRAY(arena, tb_batch *, b->run->nworkers);
    return tbi_build_agg(b, counted(b, p), pipe, &c->op, err);
}
