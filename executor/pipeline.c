/* SPDX-License-Identifier: Apache-2.0
 * Pipelines: claiming morsels, keeping order, ending early.
 *
 * Entry points: tbi_pipe_work, tbi_run_inline, tbi_emit, tbi_turn, tbi_op_done.
 */
#include "executor/exec_int.h"

#include <stdlib.h>

tb_rc tbi_alive(tb_exec *exec, tb_error *err)
{
    int state = atomic_load_explicit(&exec->state, memory_order_relaxed);
    if (state == TBI_RUNNING)
        return TB_OK;
    return TB_RAISE(err, TB_E_QUERY_CANCELED, "canceling statement due to user request");
}

/* ---- turns ---- */

tb_rc tbi_turn(tbi_worker *w, tb_error *err)
{
    if (w->has_turn)
        return TB_OK;
    tbi_pipe *p = w->pipe;
    tb_exec *exec = p->run->exec;
    if (p->run->nworkers > 1) {
        pthread_mutex_lock(&p->turn_lock);
        while (p->turn != w->seq && atomic_load(&exec->state) == TBI_RUNNING)
            pthread_cond_wait(&p->turn_cond, &p->turn_lock);
        pthread_mutex_unlock(&p->turn_lock);
    }
    w->has_turn = true;
    return tbi_alive(exec, err);
}

static void pass_turn(tbi_worker *w)
{
    tbi_pipe *p = w->pipe;
    if (p->run->nworkers > 1) {
        pthread_mutex_lock(&p->turn_lock);
        p->turn = w->seq + 1;
        pthread_cond_broadcast(&p->turn_cond);
        pthread_mutex_unlock(&p->turn_lock);
    }
    w->has_turn = false;
}

void tbi_pipe_wake(tbi_pipe *p)
{
    pthread_mutex_lock(&p->turn_lock);
    pthread_cond_broadcast(&p->turn_cond);
    pthread_mutex_unlock(&p->turn_lock);
}

/* ---- pushing ---- */

tb_rc tbi_emit(tbi_op *op, tbi_worker *w, const tb_batch *batch, tb_error *err)
{
    tbi_op *d = op->down;
    if (batch->nsel == 0)
        return TB_OK;
    atomic_fetch_add_explicit(&op->rows, batch->nsel, memory_order_relaxed);
    if (atomic_load_explicit(&d->done, memory_order_relaxed))
        return TB_OK;
    if (d->serial)
        TB_TRY(tbi_turn(w, err));
    TB_TRY(tbi_alive(op->run->exec, err));
    return d->cls->push(d, w, batch, err);
}

bool tbi_chain_done(const tbi_op *op)
{
    for (; op != NULL; op = op->down)
        if (atomic_load(&op->done))
            return true;
    return false;
}

static bool leads_to(const tbi_op *from, const tbi_op *to)
{
    for (; from != NULL; from = from->down)
        if (from == to)
            return true;
    return false;
}

void tbi_op_done(tbi_op *op)
{
    if (atomic_exchange(&op->done, true))
        return;
    tbi_pipe *p = op->pipe;
    for (uint32_t i = 0; p != NULL && i < p->steps.n; i++) {
        const tbi_step *s = &p->steps.at[i];
        if (s->source != NULL && s->source->cls->stop != NULL && leads_to(s->op, op))
            s->source->cls->stop(s->source);
    }
}

/* ---- steps ---- */

static void end_step(tbi_pipe *p, tbi_step *s)
{
    if (s->open && s->source != NULL && s->source->cls->close != NULL)
        s->source->cls->close(s->source);
    s->open = false;
    s->over = true;
    p->at++;
}

/* Claims the next morsel or flush. *step NULL = the pipeline has no more work. A source that fails
 * to give its next morsel fails at that morsel's number. */
static tb_rc claim(tbi_worker *w, tbi_step **step, tbi_morsel *m, tb_error *err)
{
    tbi_pipe *p = w->pipe;
    tb_rc rc = TB_OK;
    *step = NULL;
    pthread_mutex_lock(&p->claim_lock);
    while (rc == TB_OK && p->at < p->steps.n && *step == NULL) {
        tbi_step *s = &p->steps.at[p->at];
        rc = tbi_alive(p->run->exec, err);
        if (rc != TB_OK)
            break;
        if (s->source == NULL) {
            *step = s;
            end_step(p, s);
            break;
        }
        if (tbi_chain_done(s->op)) {
            end_step(p, s);
            continue;
        }
        *m = (tbi_morsel){0};
        if (!s->open && s->source->cls->open != NULL)
            rc = s->source->cls->open(s->source, err);
        s->open = true;
        if (rc == TB_OK)
            rc = s->source->cls->claim(s->source, w, m, err);
        if (rc != TB_OK || !m->end)
            *step = s;
        if (rc != TB_OK || m->end)
            end_step(p, s); /* a source that failed is asked no more, by no worker */
    }
    w->seq = p->next_seq;
    if (*step != NULL)
        p->next_seq++;
    pthread_mutex_unlock(&p->claim_lock);
    return rc;
}

/* Pushes the rows of a batch, cut to the host's batch size. */
static tb_rc push_batch(tbi_step *s, tbi_worker *w, const tb_batch *b, tb_error *err)
{
    tb_exec *exec = w->pipe->run->exec;
    tbi_op head = {.down = s->op, .run = w->pipe->run};
    atomic_init(&head.rows, 0);
    atomic_fetch_add_explicit(&s->source->rows, b->nsel, memory_order_relaxed);
    if (b->nsel <= exec->batch_rows)
        return tbi_emit(&head, w, b, err);
    for (uint32_t at = 0; at < b->nsel; at += exec->batch_rows) {
        tb_batch part = *b;
        part.sel = (b->sel == NULL ? exec->identity : b->sel) + at;
        part.nsel = b->nsel - at < exec->batch_rows ? b->nsel - at : exec->batch_rows;
        TB_TRY(tbi_emit(&head, w, &part, err));
    }
    return TB_OK;
}

static tb_rc run_step(tbi_step *s, tbi_worker *w, tbi_morsel *m, tb_error *err)
{
    if (s->source == NULL) {
        TB_TRY(tbi_turn(w, err));
        if (s->op->cls->flush == NULL || (s->op->down != NULL && tbi_chain_done(s->op->down)))
            return TB_OK;
        return s->op->cls->flush(s->op, w, err);
    }
    const tb_batch *b = NULL;
    TB_TRY(s->source->cls->load(s->source, w, m, &b, err));
    return push_batch(s, w, b, err);
}

tb_rc tbi_pipe_work(tbi_pipe *p, uint32_t index, tb_error *err)
{
    tbi_worker w = {.pipe = p, .index = index};
    for (;;) {
        tbi_step *s;
        tbi_morsel m;
        tb_rc rc = claim(&w, &s, &m, err);
        if (rc == TB_OK && s == NULL)
            return TB_OK;
        if (rc == TB_OK)
            rc = run_step(s, &w, &m, err);
        if (rc != TB_OK) {
            /* an error counts only if every earlier morsel still wanted this one */
            tb_error first = *err;
            tb_error quiet = {.lang = err->lang};
            if (s == NULL || tbi_turn(&w, &quiet) != TB_OK || !tbi_chain_done(s->op)) {
                *err = first;
                return TB_FAIL;
            }
            tb_error_clear(err);
        } else {
            TB_TRY(tbi_turn(&w, err));
        }
        pass_turn(&w);
    }
}

/* What fed the pipeline and what it ran through is not needed any more. */
static void give_memory_back(tbi_pipe *p)
{
    for (uint32_t i = 0; i < p->steps.n; i++) {
        tbi_step *s = &p->steps.at[i];
        if (s->source != NULL && s->source->cls->over != NULL)
            s->source->cls->over(s->source);
        for (tbi_op *op = s->op; op != NULL && op != p->sink; op = op->down)
            if (op->cls->over != NULL)
                op->cls->over(op);
    }
}

tb_rc tbi_pipe_finish(tbi_pipe *p, tb_error *err)
{
    p->ran = true;
    for (uint32_t i = 0; i < p->steps.n; i++) {
        tbi_step *s = &p->steps.at[i];
        if (s->open && s->source != NULL && s->source->cls->close != NULL)
            s->source->cls->close(s->source);
        s->open = false;
    }
    if (!p->run->repeats)
        give_memory_back(p);
    if (p->sink->cls->finish != NULL)
        return p->sink->cls->finish(p->sink, err);
    return TB_OK;
}

/* ---- nested runs ---- */

tb_rc tbi_run_inline(tbi_run *run, tb_error *err)
{
    TB_CHECK(run->nworkers == 1);
    for (uint32_t i = 0; i < run->pipes.n; i++) {
        tbi_pipe *p = run->pipes.at[i];
        if (p->once && p->ran)
            continue;
        TB_TRY(tbi_pipe_work(p, 0, err));
        TB_TRY(tbi_pipe_finish(p, err));
    }
    return TB_OK;
}

static bool runs_once(const tbi_op *op)
{
    return op->pipe != NULL && op->pipe->once;
}

void tbi_run_reset(tbi_run *run)
{
    for (tbi_op *op = run->ops; op != NULL; op = op->next_op) {
        if (runs_once(op))
            continue;
        atomic_store(&op->done, false);
        if (op->cls->reset != NULL)
            op->cls->reset(op);
    }
    for (uint32_t i = 0; i < run->pipes.n; i++) {
        tbi_pipe *p = run->pipes.at[i];
        if (p->once)
            continue;
        for (uint32_t k = 0; k < p->steps.n; k++) {
            tbi_step *s = &p->steps.at[k];
            s->open = s->over = false;
            if (s->source != NULL && s->source->cls->reset != NULL)
                s->source->cls->reset(s->source);
        }
        p->at = 0;
        p->next_seq = p->turn = 0;
        p->ran = false;
    }
}

void tbi_run_destroy(tbi_run *run)
{
    for (uint32_t i = 0; i < run->pipes.n; i++) {
        tbi_pipe *p = run->pipes.at[i];
        for (uint32_t k = 0; k < p->steps.n; k++) {
            tbi_step *s = &p->steps.at[k];
            if (s->open && s->source != NULL && s->source->cls->close != NULL)
                s->source->cls->close(s->source);
            s->open = false;
        }
        pthread_mutex_destroy(&p->claim_lock);
        pthread_mutex_destroy(&p->turn_lock);
        pthread_cond_destroy(&p->turn_cond);
    }
    for (tbi_source *s = run->sources; s != NULL; s = s->next_source)
        s->cls->destroy(s);
    for (tbi_op *op = run->ops; op != NULL; op = op->next_op)
        op->cls->destroy(op);
    tb_arena_destroy(run->arena);
}
