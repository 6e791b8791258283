/* SPDX-License-Identifier: Apache-2.0
 * An execution from start to close: its workers, the queue of result batches, the first error,
 * cancellation.
 *
 * Workers run the pipelines of the main run one after another; the last worker out of a pipeline
 * finishes its sink while the others wait. The session thread only takes batches from the queue.
 *
 * Lock order: a pipeline's claim lock, exec->lock, a stream's lock.
 *
 * Entry points: tb_exec_* of executor.h (scalar functions and tb_exec_eval are elsewhere).
 */
#include "executor/exec_int.h"

#include <stdlib.h>
#include <time.h>

enum { PATIENCE_US = 3000000 }; /* with a client that does not read */

int64_t tbi_clock_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* ---- failure and cancellation ---- */

static void stop_with(tb_exec *exec, tbi_state state, const tb_error *err)
{
    pthread_mutex_lock(&exec->lock);
    int running = TBI_RUNNING;
    if (atomic_compare_exchange_strong(&exec->state, &running, (int)state) && err != NULL)
        exec->error = *err;
    for (tbi_stream *s = exec->streams; s != NULL;) {
        tbi_stream_interrupt(s);
        s = *(tbi_stream **)s; /* the link is its first member */
    }
    pthread_cond_broadcast(&exec->changed);
    pthread_mutex_unlock(&exec->lock);
    if (exec->main == NULL)
        return;
    for (uint32_t i = 0; i < exec->main->pipes.n; i++)
        tbi_pipe_wake(exec->main->pipes.at[i]);
}

void tbi_exec_fail(tb_exec *exec, const tb_error *err)
{
    stop_with(exec, TBI_FAILED, err);
}

void tb_exec_cancel(tb_exec *exec)
{
    tb_error err = {.lang = exec->lang};
    (void)TB_RAISE(&err, TB_E_QUERY_CANCELED, "canceling statement due to user request");
    stop_with(exec, TBI_CANCELLED, &err);
}

void tbi_exec_add_stream(tb_exec *exec, tbi_stream *s)
{
    pthread_mutex_lock(&exec->lock);
    *(tbi_stream **)s = exec->streams;
    exec->streams = s;
    pthread_mutex_unlock(&exec->lock);
}

void tbi_exec_drop_stream(tb_exec *exec, tbi_stream *s)
{
    pthread_mutex_lock(&exec->lock);
    for (tbi_stream **at = &exec->streams; *at != NULL; at = (tbi_stream **)*at) {
        if (*at == s) {
            *at = *(tbi_stream **)s;
            break;
        }
    }
    pthread_mutex_unlock(&exec->lock);
}

/* ---- workers ---- */

typedef struct worker_arg {
    tb_exec *exec;
    uint32_t index;
} worker_arg;

/* Waits for the other workers; the last one finishes the pipeline. False when the statement is
 * over. */
static bool meet(tb_exec *exec, tbi_pipe *pipe, uint32_t number)
{
    pthread_mutex_lock(&exec->lock);
    exec->arrived++;
    if (exec->arrived == exec->nthreads && atomic_load(&exec->state) == TBI_RUNNING) {
        pthread_mutex_unlock(&exec->lock);
        tb_error err = {.lang = exec->lang};
        if (tbi_pipe_finish(pipe, &err) != TB_OK)
            tbi_exec_fail(exec, &err);
        pthread_mutex_lock(&exec->lock);
        exec->arrived = 0;
        exec->pipe_at = number + 1;
        exec->finished = exec->pipe_at == exec->main->pipes.n;
        pthread_cond_broadcast(&exec->changed);
    }
    while (exec->pipe_at == number && atomic_load(&exec->state) == TBI_RUNNING)
        pthread_cond_wait(&exec->changed, &exec->lock);
    bool go_on = atomic_load(&exec->state) == TBI_RUNNING;
    pthread_mutex_unlock(&exec->lock);
    return go_on;
}

static void *worker(void *ctx)
{
    worker_arg arg = *(worker_arg *)ctx;
    free(ctx);
    tb_exec *exec = arg.exec;
    for (uint32_t i = 0; i < exec->main->pipes.n; i++) {
        tbi_pipe *pipe = exec->main->pipes.at[i];
        tb_error err = {.lang = exec->lang};
        if (tbi_pipe_work(pipe, arg.index, &err) != TB_OK) {
            tbi_exec_fail(exec, &err);
            break;
        }
        if (!meet(exec, pipe, i))
            break;
    }
    return NULL;
}

/* ---- the result queue ---- */

static void wait_a_second(tb_exec *exec)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    pthread_cond_timedwait(&exec->changed, &exec->lock, &until);
}

static tb_rc output_push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    (void)w;
    tb_exec *exec = op->run->exec;
    tb_batch *copy = tbi_batch_copy(in);
    int64_t patience = tbi_clock_us() + PATIENCE_US;
    pthread_mutex_lock(&exec->lock);
    while (exec->qlen == TB_COUNT(exec->queue) && atomic_load(&exec->state) == TBI_RUNNING) {
        if (tbi_clock_us() < patience) {
            wait_a_second(exec);
            continue;
        }
        patience = INT64_MAX; /* the client takes its time: sources shall not wait for it */
        pthread_mutex_unlock(&exec->lock);
        tbi_exec_let_go(exec);
        pthread_mutex_lock(&exec->lock);
    }
    bool ok = atomic_load(&exec->state) == TBI_RUNNING;
    if (ok) {
        exec->queue[(exec->qhead + exec->qlen++) % TB_COUNT(exec->queue)] = copy;
        pthread_cond_broadcast(&exec->changed);
    }
    pthread_mutex_unlock(&exec->lock);
    if (ok)
        return TB_OK;
    tb_batch_destroy(copy);
    return tbi_alive(exec, err);
}

static void output_destroy(tbi_op *op)
{
    (void)op;
}

static const tbi_op_class output_class = {
    .name = "output", .push = output_push, .destroy = output_destroy};

tbi_op *tbi_op_output(tbi_build *b)
{
    tbi_op *op = tbi_op_new(b, sizeof *op, &output_class, NULL, NULL);
    op->serial = true;
    return op;
}

tb_rc tb_exec_next(tb_exec *exec, const tb_batch **out, tb_error *err)
{
    *out = NULL;
    tb_batch_destroy(exec->current);
    exec->current = NULL;
    tb_rc rc = TB_OK;
    pthread_mutex_lock(&exec->lock);
    while (exec->qlen == 0 && !exec->finished && atomic_load(&exec->state) == TBI_RUNNING)
        pthread_cond_wait(&exec->changed, &exec->lock);
    int state = atomic_load(&exec->state);
    if (state == TBI_CANCELLED || (exec->qlen == 0 && state == TBI_FAILED)) {
        tb_lang lang = err->lang;
        *err = exec->error;
        err->lang = lang;
        rc = TB_FAIL;
    } else if (exec->qlen > 0) {
        *out = exec->current = exec->queue[exec->qhead];
        exec->qhead = (exec->qhead + 1) % TB_COUNT(exec->queue);
        exec->qlen--;
        pthread_cond_broadcast(&exec->changed);
    }
    pthread_mutex_unlock(&exec->lock);
    return rc;
}

/* ---- start and close ---- */

/* Seeds hash tables: unknown to users, yet the same for the same statement, so that a repeated
 * statement gives the same row order even where partitions were spilled. */
static uint64_t make_seed(const tb_stmt *stmt)
{
    uint64_t seed = 0x9e3779b97f4a7c15ULL;
    if (stmt->env != NULL && stmt->env->token_key != NULL)
        seed = tb_hash_bytes(stmt->env->token_key, 32, seed);
    return stmt->sql == NULL ? seed : tb_hash_bytes(stmt->sql, stmt->sql_len, seed);
}

static tb_rc start_threads(tb_exec *exec, tb_error *err)
{
    uint32_t n = exec->main->nworkers;
    exec->threads = tb_xcalloc(n, sizeof *exec->threads);
    /* all are counted before the first one runs: a barrier must not open early */
    exec->nthreads = n;
    for (uint32_t i = 0; i < n; i++) {
        worker_arg *arg = tb_xmalloc(sizeof *arg);
        *arg = (worker_arg){exec, i};
        if (pthread_create(&exec->threads[i], NULL, worker, arg) == 0)
            continue;
        free(arg);
        tb_rc rc = TB_RAISE(err, TB_E_INSUFFICIENT_RESOURCES, "could not start a worker thread");
        tbi_exec_fail(exec, err);
        for (uint32_t k = 0; k < i; k++)
            pthread_join(exec->threads[k], NULL);
        exec->nthreads = 0;
        return rc;
    }
    return TB_OK;
}

static tb_rc prepare(tb_exec *exec, tb_error *err)
{
    tbi_build b = {.exec = exec, .run = exec->main};
    TB_TRY(tbi_build_into(&b, exec->plan, tbi_op_output(&b), err));
    return start_threads(exec, err);
}

tb_rc tb_exec_start(tb_stmt *stmt, const tb_plan *plan, const tb_exec_host *host, tb_exec **out,
                    tb_error *err)
{
    TB_CHECK(host->threads >= 1 && host->batch_rows >= 1 && host->batch_rows <= TB_BATCH_ROWS);
    tb_exec *exec = tb_xcalloc(1, sizeof *exec);
    *out = NULL;
    exec->stmt = stmt;
    exec->plan = plan;
    exec->host = *host;
    exec->arena = tb_arena_create(0);
    exec->batch_rows = host->batch_rows;
    exec->seed = make_seed(stmt);
    exec->lang = err->lang;
    atomic_init(&exec->state, TBI_RUNNING);
    pthread_mutex_init(&exec->lock, NULL);
    pthread_cond_init(&exec->changed, NULL);
    tbi_budget_init(&exec->budget, stmt->limits.memory_bytes);
    exec->spill = tbi_spill_create(host->spill_dir, stmt->query_id, stmt->limits.spill_bytes);
    exec->identity = tb_arena_alloc(exec->arena, TB_BATCH_ROWS * sizeof(uint16_t));
    for (uint32_t i = 0; i < TB_BATCH_ROWS; i++)
        exec->identity[i] = (uint16_t)i;
    exec->stats = TB_NEW_ARRAY(exec->arena, tb_fragment_stats, stmt->fragments.n + 1);
    exec->reading = TB_NEW_ARRAY(exec->arena, tbi_reading, stmt->fragments.n + 1);
    exec->main = tbi_run_new(exec, NULL, host->threads, false);
    if (prepare(exec, err) != TB_OK) {
        tb_exec_close(exec);
        return TB_FAIL;
    }
    *out = exec;
    return TB_OK;
}

void tb_exec_close(tb_exec *exec)
{
    if (exec == NULL)
        return;
    stop_with(exec, TBI_CLOSING, NULL);
    for (uint32_t i = 0; i < exec->nthreads; i++)
        pthread_join(exec->threads[i], NULL);
    for (tbi_run *r = exec->runs, *next; r != NULL; r = next) {
        next = r->next_run;
        tbi_run_destroy(r);
    }
    tbi_exec_let_go(exec);
    for (uint32_t i = 0; i < exec->ctes.n; i++)
        tbi_store_destroy(exec->ctes.at[i]->store);
    for (; exec->qlen > 0; exec->qlen--) {
        tb_batch_destroy(exec->queue[exec->qhead]);
        exec->qhead = (exec->qhead + 1) % TB_COUNT(exec->queue);
    }
    tb_batch_destroy(exec->current);
    tbi_spill_destroy(exec->spill);
    free(exec->threads);
    pthread_mutex_destroy(&exec->lock);
    pthread_cond_destroy(&exec->changed);
    tb_arena_destroy(exec->arena);
    free(exec);
}

/* ---- actuals ---- */

tb_fragment_stats tb_exec_fragment_stats(const tb_exec *exec, uint32_t i)
{
    tb_exec *e = (tb_exec *)exec;
    TB_CHECK(i < exec->stmt->fragments.n);
    pthread_mutex_lock(&e->lock);
    tb_fragment_stats s = exec->stats[i];
    pthread_mutex_unlock(&e->lock);
    return s;
}

int64_t tb_exec_node_rows(const tb_exec *exec, const tb_plan *node)
{
    int64_t rows = -1;
    for (const tbi_run *r = exec->runs; r != NULL; r = r->next_run) {
        for (const tbi_op *op = r->ops; op != NULL; op = op->next_op)
            if (op->plan == node)
                rows = (rows < 0 ? 0 : rows) + (int64_t)atomic_load(&op->rows);
        for (const tbi_source *s = r->sources; s != NULL; s = s->next_source)
            if (s->plan == node)
                rows = (rows < 0 ? 0 : rows) + (int64_t)atomic_load(&s->rows);
    }
    return rows;
}

uint64_t tb_exec_peak_memory(const tb_exec *exec)
{
    return atomic_load(&exec->budget.peak);
}

uint64_t tb_exec_spilled(const tb_exec *exec)
{
    return tbi_spill_written(exec->spill);
}
