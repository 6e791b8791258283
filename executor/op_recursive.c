/* SPDX-License-Identifier: Apache-2.0
 * WITH RECURSIVE: the base fills the working table; the step runs over it until it adds nothing.
 *
 * A source, so that a query that wants only some rows of an endless recursion ends: the step runs
 * when the rows so far are used up. UNION keeps the rows seen in a group table.
 */
#include "executor/exec_int.h"
#include "executor/group_int.h"

typedef struct recursion {
    tb_exec *exec;
    tbi_store *work;  /* rows of the last round: what the step reads */
    tbi_store *fresh; /* rows of the round being computed */
    tbi_groups *seen; /* UNION; NULL = UNION ALL */
    tbi_account account;
    tbi_run *step;
} recursion;

/* ---- collecting a round's rows ---- */

typedef struct collect_op {
    tbi_op op;
    recursion *rec;
    uint32_t n;
    uint32_t *cols; /* input positions of the output columns */
    tb_vector *vecs;
    bool base;
} collect_op;

static tb_rc collect_push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    collect_op *c = (collect_op *)op;
    recursion *r = c->rec;
    (void)w;
    for (uint32_t i = 0; i < c->n; i++)
        c->vecs[i] = in->cols[c->cols[i]];
    if (r->seen == NULL)
        return tbi_store_append_cols(r->fresh, c->vecs, in->sel, in->nsel, err);
    char *group[TB_BATCH_ROWS];
    tbi_groups_hash(r->seen, c->vecs, in->sel, in->nsel);
    uint32_t made = tbi_groups_find(r->seen, c->vecs, in->sel, in->nsel, true, group);
    tbi_rows_charge(&r->seen->rows);
    TB_TRY(tbi_account_check(&r->account, err));
    return tbi_store_append_cols(r->fresh, c->vecs, r->seen->made_row, made, err);
}

/* The rows of this round become the working table. */
static tb_rc collect_finish(tbi_op *op, tb_error *err)
{
    recursion *r = ((collect_op *)op)->rec;
    TB_TRY(tbi_store_seal(r->fresh, err));
    tbi_store_swap(r->work, r->fresh);
    tbi_store_clear(r->fresh);
    return TB_OK;
}

static void collect_reset(tbi_op *op)
{
    collect_op *c = (collect_op *)op;
    if (!c->base) /* the step's own reset between rounds */
        return;
    tbi_store_clear(c->rec->work);
    tbi_store_clear(c->rec->fresh);
    if (c->rec->seen != NULL)
        tbi_groups_clear(c->rec->seen);
}

static void collect_destroy(tbi_op *op)
{
    collect_op *c = (collect_op *)op;
    if (!c->base)
        return;
    tbi_store_destroy(c->rec->fresh);
    if (c->rec->seen != NULL)
        tbi_groups_fini(c->rec->seen);
}

static const tbi_op_class collect_class = {.name = "recursive union",
                                           .push = collect_push,
                                           .finish = collect_finish,
                                           .reset = collect_reset,
                                           .destroy = collect_destroy};

/* ---- emitting, round by round ---- */

typedef struct rec_source {
    tbi_source source;
    recursion *rec;
    tbi_cursor *cursor;
    uint32_t next;
    tb_batch **held; /* per worker: rows it is pushing */
} rec_source;

static tb_rc rec_open(tbi_source *s, tb_error *err)
{
    rec_source *rs = (rec_source *)s;
    (void)err;
    rs->next = 0;
    tbi_cursor_reset(rs->cursor);
    return TB_OK;
}

/* Rows are copied: the working table changes while they are on their way. */
static tb_rc rec_claim(tbi_source *s, tbi_worker *w, tbi_morsel *m, tb_error *err)
{
    rec_source *rs = (rec_source *)s;
    recursion *r = rs->rec;
    while (rs->next >= tbi_store_blocks(r->work)) {
        m->end = tbi_store_rows(r->work) == 0;
        if (m->end)
            return TB_OK;
        tbi_run_reset(r->step);
        TB_TRY(tbi_run_inline(r->step, err));
        tbi_cursor_reset(rs->cursor);
        rs->next = 0;
    }
    const tb_batch *b;
    TB_TRY(tbi_cursor_block(rs->cursor, rs->next++, &b, err));
    tb_batch_destroy(rs->held[w->index]);
    m->batch = rs->held[w->index] = tbi_batch_copy(b);
    return TB_OK;
}

static tb_rc rec_load(tbi_source *s, tbi_worker *w, tbi_morsel *m, const tb_batch **out,
                      tb_error *err)
{
    (void)s;
    (void)w;
    (void)err;
    *out = m->batch;
    return TB_OK;
}

static void rec_destroy(tbi_source *s)
{
    rec_source *rs = (rec_source *)s;
    for (uint32_t i = 0; i < s->run->nworkers; i++)
        tb_batch_destroy(rs->held[i]);
    tbi_cursor_destroy(rs->cursor);
}

static const tbi_source_class rec_class = {.name = "recursive",
                                           .open = rec_open,
                                           .claim = rec_claim,
                                           .load = rec_load,
                                           .destroy = rec_destroy};

/* ---- construction ---- */

static tb_rc make_collect(tbi_build *b, const tb_plan *p, recursion *r, const tb_plan *in,
                          const tb_colid *cols, bool base, tbi_op **out, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    collect_op *c = tbi_op_new(b, sizeof *c, &collect_class, NULL, NULL);
    c->op.serial = true;
    c->rec = r;
    c->base = base;
    c->n = p->nout;
    c->cols = TB_NEW_ARRAY(arena, uint32_t, p->nout + 1);
    c->vecs = TB_NEW_ARRAY(arena, tb_vector, p->nout + 1);
    *out = &c->op;
    for (uint32_t i = 0; i < p->nout; i++)
        TB_TRY(tbi_col_index(in->out, in->nout, cols[i], &c->cols[i], err));
    return TB_OK;
}

tb_rc tbi_build_recursive(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                          tb_error *err)
{
    tb_arena *arena = b->run->arena;
    tb_exec *exec = b->exec;
    tb_type_id *types = tbi_plan_types(exec, arena, p);
    recursion *r = TB_NEW(arena, recursion);
    r->exec = exec;
    tbi_account_init(&r->account, &exec->budget, false);
    r->work = tbi_store_create(&exec->budget, exec->spill, types, p->nout);
    r->fresh = tbi_store_create(&exec->budget, exec->spill, types, p->nout);
    if (!p->recursive.all) {
        r->seen = TB_NEW(arena, tbi_groups);
        tbi_groups_init(r->seen, arena, types, p->nout, 0, exec->seed, &r->account);
    }
    tbi_op *base, *step;
    tbi_cte *cte =
        tbi_cte_add(exec, (tbi_cte){.id = UINT32_MAX, .store = r->work, .def = p, .working = true});
    TB_TRY(make_collect(b, p, r, p->in[0], p->recursive.left, true, &base, err));
    bool protected_ = tbi_plan_protected(exec, p->in[0]);
    TB_TRY(tbi_build_into(b, p->in[0], base, err));
    cte->id = p->recursive.id;
    cte->dynamic = true;
    cte->protected_ = true; /* while the step is looked at */
    cte->protected_ = protected_ || tbi_plan_protected(exec, p->in[1]);

    r->step = tbi_run_new(exec, b->run->outer, 1, true);
    tbi_build sb = {.exec = exec, .run = r->step, .nested = true};
    TB_TRY(make_collect(&sb, p, r, p->in[1], p->recursive.right, false, &step, err));
    TB_TRY(tbi_build_into(&sb, p->in[1], step, err));

    rec_source *s = tbi_source_new(b, sizeof *s, &rec_class, p);
    s->rec = r;
    s->cursor = tbi_cursor_create(r->work);
    s->held = TB_NEW_ARRAY(arena, tb_batch *, b->run->nworkers);
    tbi_pipe_add_source(pipe, &s->source, down);
    return TB_OK;
}
