/* SPDX-License-Identifier: Apache-2.0
 * FRAGMENT: rows of a source, read by threads of their own into a bounded queue.
 *
 * A fragment that reads one table may be cut into row ranges (ops->partition). Ranges are numbered;
 * readers take them in order, each over a connection of its own, and the consumer takes rows range
 * by range, so the rows come as from an uncut scan whatever the number of readers. A reader of a
 * later range works ahead while there is room.
 *
 * A source's transaction never waits for a person: a reader that was blocked longer than
 * SPOOL_AFTER sends what follows to an encrypted spool and goes on at the source's speed; the
 * consumer takes the queue first, then the spool.
 *
 * Batches change owner: reader -> queue -> worker -> free list.
 *
 * Entry points: tbi_build_fragment, tbi_stream_interrupt.
 */
#include "executor/exec_int.h"

#include "core/fragment.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum { MAX_RANGES = 256, QUEUE_BATCHES = 16, QUEUE_BYTES = 4 * 1024 * 1024, SPOOL_AFTER_MS = 2000 };

typedef struct link {
    struct link *next;
    tb_batch *batch;
    size_t bytes; /* booked for it */
} link;

typedef struct range {
    tb_scan_range range;
    link *first, **last; /* rows waiting */
    uint32_t n;
    tbi_store *spool; /* rows behind the queue; sealed when done */
    uint32_t spool_next;
    tbi_cursor *cursor;
    bool done; /* no more rows will come */
} range;

typedef struct reader {
    tbi_stream *stream;
    pthread_t thread;
    tb_conn *conn;
    const tb_connector_ops *ops;
    tb_scan *scan; /* set while open: what an interrupt reaches */
    bool broken;
} reader;

struct tbi_stream {
    tbi_stream *next_stream; /* first: exec.c links open streams through it */
    tb_exec *exec;
    const tb_plan *plan;
    const tb_fragment *fragment;
    tb_type_id *types;
    tb_type *full_types;
    tb_value *binds;
    tb_arena *arena;
    pthread_mutex_t lock;
    pthread_cond_t data, space;
    range *ranges;
    uint32_t nranges, next_range, current;
    reader *readers;
    uint32_t nreaders, running;
    bool repeats;     /* in a nested run: may be opened again */
    link *free;       /* empty batches */
    uint32_t waiting; /* batches in queues */
    size_t waiting_bytes, max_bytes;
    bool stopped;  /* nobody wants more */
    bool spooling; /* the consumer was slow: do not wait again */
    bool failed;
    tb_error error;
    tbi_account account;
    int64_t started_us;
};

/* ---- queue ---- */

static link *take_empty(tbi_stream *s)
{
    pthread_mutex_lock(&s->lock);
    link *l = s->free;
    if (l != NULL)
        s->free = l->next;
    pthread_mutex_unlock(&s->lock);
    if (l != NULL)
        return l;
    l = tb_xcalloc(1, sizeof *l);
    l->batch = tb_batch_create(s->types, (uint16_t)s->plan->nout);
    return l;
}

/* Books what the batch takes now that it is filled. */
static void book(tbi_stream *s, link *l)
{
    size_t bytes = tbi_batch_bytes(l->batch);
    if (bytes > l->bytes)
        tbi_account_add(&s->account, bytes - l->bytes);
    else
        tbi_account_sub(&s->account, l->bytes - bytes);
    l->bytes = bytes;
}

static void give_back(tbi_stream *s, link *l)
{
    pthread_mutex_lock(&s->lock);
    l->next = s->free;
    s->free = l;
    pthread_mutex_unlock(&s->lock);
}

static bool has_room(const tbi_stream *s, const range *r)
{
    return (s->waiting < QUEUE_BATCHES && s->waiting_bytes < s->max_bytes) ||
           (r == &s->ranges[s->current] && r->n == 0);
}

static struct timespec deadline(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    ts.tv_sec += SPOOL_AFTER_MS / 1000;
    ts.tv_nsec += SPOOL_AFTER_MS % 1000 * 1000000L;
    if (ts.tv_nsec >= 1000000000L) {
        ts.tv_sec++;
        ts.tv_nsec -= 1000000000L;
    }
    return ts;
}

/* Puts a batch into its range's queue. *spool: there was no room for too long; the caller keeps the
 * batch. */
static bool enqueue(tbi_stream *s, range *r, link *l, bool *spool)
{
    struct timespec until = deadline();
    *spool = false;
    pthread_mutex_lock(&s->lock);
    while (!s->stopped && !has_room(s, r) && !*spool) {
        if (s->spooling)
            *spool = true;
        else if (pthread_cond_timedwait(&s->space, &s->lock, &until) == ETIMEDOUT)
            *spool = s->spooling = true;
    }
    bool stopped = s->stopped;
    if (!stopped && !*spool) {
        l->next = NULL;
        *r->last = l;
        r->last = &l->next;
        r->n++;
        s->waiting++;
        s->waiting_bytes += l->bytes;
        pthread_cond_broadcast(&s->data);
    }
    pthread_mutex_unlock(&s->lock);
    return !stopped;
}

static void fail_stream(tbi_stream *s, const tb_error *err)
{
    pthread_mutex_lock(&s->lock);
    if (!s->failed && !s->stopped) {
        s->failed = true;
        s->error = *err;
    }
    s->stopped = true;
    pthread_cond_broadcast(&s->data);
    pthread_cond_broadcast(&s->space);
    pthread_mutex_unlock(&s->lock);
}

/* ---- one state of a source for all scans of the statement ---- */

/* How many scans of the stream's server may be open at once. */
static uint32_t count_scans(const tbi_stream *s)
{
    const tb_exec *exec = s->exec;
    uint32_t n = s->nreaders + s->repeats; /* once more is one more */
    for (uint32_t i = 0; i < exec->stmt->fragments.n; i++) {
        const tb_fragment *f = exec->stmt->fragments.at[i];
        if (f != s->fragment && f->server == s->fragment->server)
            n += f->whole_table_scan ? exec->host.threads : 1;
    }
    return n;
}

/* The stream is read: when it was the last of its server, the source may forget the statement. */
static void note_done(tbi_stream *s)
{
    tb_exec *exec = s->exec;
    bool all = true;
    if (s->repeats)
        return;
    pthread_mutex_lock(&exec->lock);
    exec->reading[s->fragment->id].done = true;
    const tb_connector_ops *ops = exec->reading[s->fragment->id].ops;
    for (uint32_t i = 0; i < exec->stmt->fragments.n; i++)
        if (exec->stmt->fragments.at[i]->server == s->fragment->server)
            all = all && exec->reading[i].done;
    pthread_mutex_unlock(&exec->lock);
    if (all && ops != NULL && ops->let_go != NULL)
        ops->let_go(exec->stmt->query_id, s->fragment->server->name);
}

void tbi_exec_let_go(tb_exec *exec)
{
    for (uint32_t i = 0; i < exec->stmt->fragments.n; i++) {
        pthread_mutex_lock(&exec->lock);
        const tb_connector_ops *ops = exec->reading[i].ops;
        pthread_mutex_unlock(&exec->lock);
        if (ops != NULL && ops->let_go != NULL)
            ops->let_go(exec->stmt->query_id, exec->stmt->fragments.at[i]->server->name);
    }
}

/* ---- reading ---- */

static void note_rows(tbi_stream *s, uint64_t rows)
{
    tb_exec *exec = s->exec;
    int64_t now = tbi_clock_us() - s->started_us;
    pthread_mutex_lock(&exec->lock);
    tb_fragment_stats *st = &exec->stats[s->fragment->id];
    if (st->rows == 0 && rows > 0)
        st->first_row_us = now;
    st->rows += rows;
    st->total_us = now;
    pthread_mutex_unlock(&exec->lock);
}

static void note_bytes(tbi_stream *s, uint64_t bytes)
{
    pthread_mutex_lock(&s->exec->lock);
    s->exec->stats[s->fragment->id].bytes += bytes;
    pthread_mutex_unlock(&s->exec->lock);
}

static tb_rc to_spool(tbi_stream *s, range *r, link *l, tb_error *err)
{
    if (r->spool == NULL) { /* the consumer looks at it only once the range is done */
        r->spool = tbi_store_create(&s->exec->budget, s->exec->spill, s->types, s->plan->nout);
        tbi_store_set_eager(r->spool);
    }
    return tbi_store_append(r->spool, l->batch, err);
}

static tb_rc read_rows(reader *rd, range *r, tb_error *err)
{
    tbi_stream *s = rd->stream;
    bool spool = false;
    for (;;) {
        link *l = take_empty(s);
        tb_rc rc = rd->ops->next(rd->scan, l->batch, err);
        if (rc != TB_OK || l->batch->nrows == 0) {
            give_back(s, l);
            return rc;
        }
        if (l->batch->sel == NULL)
            l->batch->nsel = l->batch->nrows;
        note_rows(s, l->batch->nsel);
        book(s, l);
        if (!spool && !enqueue(s, r, l, &spool)) {
            give_back(s, l);
            return TB_OK;
        }
        if (spool) {
            rc = to_spool(s, r, l, err);
            give_back(s, l);
            TB_TRY(rc);
        }
    }
}

static tb_rc open_scan(reader *rd, const range *r, tb_error *err)
{
    tbi_stream *s = rd->stream;
    tb_exec *exec = s->exec;
    tb_scan_request req = {.query_id = exec->stmt->query_id,
                           .fragment = s->fragment,
                           .env = exec->stmt->env,
                           .ncols = s->plan->nout,
                           .types = s->full_types,
                           .binds = s->binds,
                           .range = r->range,
                           .scans = count_scans(s),
                           .heap_limit_bytes = exec->budget.limit / 2};
    tb_scan *scan = NULL;
    TB_TRY(rd->ops->open(rd->conn, &req, &scan, err));
    pthread_mutex_lock(&s->lock);
    rd->scan = scan;
    bool stopped = s->stopped;
    pthread_mutex_unlock(&s->lock);
    if (stopped)
        rd->ops->cancel(scan);
    return TB_OK;
}

static void close_scan(reader *rd)
{
    tbi_stream *s = rd->stream;
    pthread_mutex_lock(&s->lock);
    tb_scan *scan = rd->scan;
    rd->scan = NULL;
    pthread_mutex_unlock(&s->lock);
    if (scan == NULL)
        return;
    if (rd->ops->bytes != NULL)
        note_bytes(s, rd->ops->bytes(scan));
    rd->ops->close(scan);
}

static tb_rc read_range(reader *rd, range *r, tb_error *err)
{
    tbi_stream *s = rd->stream;
    TB_TRY(open_scan(rd, r, err));
    tb_rc rc = read_rows(rd, r, err);
    close_scan(rd);
    if (rc == TB_OK && r->spool != NULL)
        rc = tbi_store_seal(r->spool, err);
    if (rc != TB_OK)
        return rc;
    pthread_mutex_lock(&s->lock);
    r->done = true;
    pthread_cond_broadcast(&s->data);
    pthread_mutex_unlock(&s->lock);
    return TB_OK;
}

static range *next_range(tbi_stream *s)
{
    range *r = NULL;
    pthread_mutex_lock(&s->lock);
    if (!s->stopped && s->next_range < s->nranges)
        r = &s->ranges[s->next_range++];
    pthread_mutex_unlock(&s->lock);
    return r;
}

static void *reader_main(void *ctx)
{
    reader *rd = ctx;
    tbi_stream *s = rd->stream;
    tb_error err = {.lang = s->exec->lang};
    range *r;
    tb_rc rc = TB_OK;
    if (rd->conn == NULL)
        rc = s->exec->host.acquire(s->exec->host.ctx, s->fragment->server, s->exec->stmt->subject,
                                   &rd->ops, &rd->conn, &err);
    while (rc == TB_OK && (r = next_range(s)) != NULL)
        rc = read_range(rd, r, &err);
    if (rc != TB_OK) {
        rd->broken = true;
        fail_stream(s, &err);
    }
    /* the connection is free the moment its rows are read, not when they are used */
    if (rd->conn != NULL)
        s->exec->host.release(s->exec->host.ctx, s->fragment->server, rd->conn, rd->broken);
    rd->conn = NULL;
    pthread_mutex_lock(&s->lock);
    bool last = --s->running == 0;
    pthread_mutex_unlock(&s->lock);
    if (last)
        note_done(s);
    return NULL;
}

/* ---- the stream ---- */

void tbi_stream_interrupt(tbi_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->stopped = true;
    for (uint32_t i = 0; i < s->nreaders; i++)
        if (s->readers[i].scan != NULL)
            s->readers[i].ops->cancel(s->readers[i].scan);
    pthread_cond_broadcast(&s->data);
    pthread_cond_broadcast(&s->space);
    pthread_mutex_unlock(&s->lock);
}

static void free_links(link *l)
{
    while (l != NULL) {
        link *next = l->next;
        tb_batch_destroy(l->batch);
        free(l);
        l = next;
    }
}

static void stream_destroy(tbi_stream *s)
{
    for (uint32_t i = 0; i < s->nranges; i++) {
        free_links(s->ranges[i].first);
        tbi_cursor_destroy(s->ranges[i].cursor);
        tbi_store_destroy(s->ranges[i].spool);
    }
    free_links(s->free);
    tbi_account_set(&s->account, 0);
    free(s->ranges);
    free(s->readers);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->data);
    pthread_cond_destroy(&s->space);
    tb_arena_destroy(s->arena);
    free(s);
}

static tb_rc eval_binds(tbi_stream *s, tb_error *err)
{
    const tb_fragment *f = s->fragment;
    s->binds = TB_NEW_ARRAY(s->arena, tb_value, f->nbinds + 1);
    for (uint32_t i = 0; i < f->nbinds; i++)
        TB_TRY(tb_exec_eval(s->exec->stmt, s->arena, f->binds[i], &s->binds[i], err));
    return TB_OK;
}

/* Cuts the scan into ranges and decides how many readers work on them. The first reader's
 * connection does the asking. */
static tb_rc plan_ranges(tbi_stream *s, tb_error *err)
{
    tb_exec *exec = s->exec;
    tb_scan_range *cut = TB_NEW_ARRAY(s->arena, tb_scan_range, MAX_RANGES);
    uint32_t n = 1;
    reader first = {.stream = s};
    cut[0].whole = true;
    TB_TRY(exec->host.acquire(exec->host.ctx, s->fragment->server, exec->stmt->subject, &first.ops,
                              &first.conn, err));
    pthread_mutex_lock(&exec->lock);
    exec->reading[s->fragment->id].ops = first.ops;
    pthread_mutex_unlock(&exec->lock);
    if (s->fragment->whole_table_scan && exec->host.threads > 1 && first.ops->partition != NULL)
        n = first.ops->partition(first.conn, s->fragment, MAX_RANGES, cut);
    if (n <= 1) {
        n = 1;
        cut[0] = (tb_scan_range){.whole = true};
    }
    s->nranges = n;
    s->ranges = tb_xcalloc(n, sizeof *s->ranges);
    for (uint32_t i = 0; i < n; i++) {
        s->ranges[i].range = cut[i];
        s->ranges[i].last = &s->ranges[i].first;
    }
    s->nreaders = n < exec->host.threads ? n : exec->host.threads;
    s->readers = tb_xcalloc(s->nreaders, sizeof *s->readers);
    for (uint32_t i = 0; i < s->nreaders; i++)
        s->readers[i].stream = s;
    s->readers[0] = first;
    return TB_OK;
}

static void init_conditions(tbi_stream *s)
{
    pthread_condattr_t attr;
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->data, &attr);
    pthread_cond_init(&s->space, &attr);
    pthread_condattr_destroy(&attr);
}

static tb_rc stream_open(tbi_run *run, const tb_plan *plan, tbi_stream **out, tb_error *err)
{
    tb_exec *exec = run->exec;
    tbi_stream *s = tb_xcalloc(1, sizeof *s);
    s->exec = exec;
    s->repeats = run->repeats;
    s->plan = plan;
    s->fragment = plan->fragment;
    s->arena = tb_arena_create(0);
    s->types = tbi_plan_types(exec, s->arena, plan);
    s->full_types = TB_NEW_ARRAY(s->arena, tb_type, plan->nout + 1);
    for (uint32_t i = 0; i < plan->nout; i++)
        s->full_types[i] = tb_stmt_col_type(exec->stmt, plan->out[i]);
    size_t limit = exec->budget.limit;
    s->max_bytes = limit != 0 && limit / 8 < QUEUE_BYTES ? limit / 8 : QUEUE_BYTES;
    tbi_account_init(&s->account, &exec->budget, false);
    s->started_us = tbi_clock_us();
    init_conditions(s);
    *out = s;
    TB_TRY(eval_binds(s, err));
    return plan_ranges(s, err);
}

static void stream_close(tbi_stream *s)
{
    tbi_exec_drop_stream(s->exec, s);
    tbi_stream_interrupt(s);
    for (uint32_t i = 0; i < s->nreaders; i++)
        if (s->readers[i].thread != 0)
            pthread_join(s->readers[i].thread, NULL);
    if (s->nreaders > 0 && s->readers[0].conn != NULL) /* no thread was started */
        s->exec->host.release(s->exec->host.ctx, s->fragment->server, s->readers[0].conn, false);
    stream_destroy(s);
}

static tb_rc start_readers(tbi_stream *s, tb_error *err)
{
    tbi_exec_add_stream(s->exec, s);
    s->running = s->nreaders;
    for (uint32_t i = 0; i < s->nreaders; i++) {
        if (pthread_create(&s->readers[i].thread, NULL, reader_main, &s->readers[i]) == 0)
            continue;
        s->readers[i].thread = 0;
        if (i == 0)
            return TB_RAISE(err, TB_E_INSUFFICIENT_RESOURCES, "could not start a reader thread");
        pthread_mutex_lock(&s->lock);
        s->running -= s->nreaders - i; /* fewer will do; the first ones still run */
        pthread_mutex_unlock(&s->lock);
        break;
    }
    return TB_OK;
}

/* The next rows in order: a link from the queue, or a block of the spool. */
typedef struct taken {
    link *link;
    range *spooled;
    uint32_t block;
    bool end;
} taken;

static tb_rc take(tbi_stream *s, taken *t, tb_error *err)
{
    tb_rc rc = TB_OK;
    *t = (taken){0};
    pthread_mutex_lock(&s->lock);
    while (t->link == NULL && t->spooled == NULL && !t->end && rc == TB_OK) {
        range *r = &s->ranges[s->current];
        if (r->n > 0) {
            t->link = r->first;
            r->first = t->link->next;
            if (r->first == NULL)
                r->last = &r->first;
            r->n--;
            s->waiting--;
            s->waiting_bytes -= t->link->bytes;
            s->spooling = false;
            pthread_cond_broadcast(&s->space);
        } else if (r->done && r->spool != NULL && r->spool_next < tbi_store_blocks(r->spool)) {
            t->spooled = r;
            t->block = r->spool_next++;
        } else if (r->done) {
            t->end = s->current + 1 == s->nranges;
            s->current += !t->end;
            pthread_cond_broadcast(&s->space); /* the new current range may always queue */
        } else if (s->failed) {
            *err = s->error;
            rc = TB_FAIL;
        } else if (s->stopped) {
            t->end = true;
        } else {
            pthread_cond_wait(&s->data, &s->lock);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

/* ---- the source ---- */

typedef struct fragment_source {
    tbi_source source;
    tbi_stream *stream;
    link **held;        /* per worker: rows it is pushing */
    tb_batch **spooled; /* per worker: a block of the spool */
} fragment_source;

static tb_rc fragment_open(tbi_source *src, tb_error *err)
{
    fragment_source *f = (fragment_source *)src;
    if (f->stream != NULL)
        stream_close(f->stream);
    f->stream = NULL;
    tbi_stream *s;
    tb_rc rc = stream_open(src->run, src->plan, &s, err);
    f->stream = s;
    return rc == TB_OK ? start_readers(s, err) : rc;
}

static tb_rc fragment_claim(tbi_source *src, tbi_worker *w, tbi_morsel *m, tb_error *err)
{
    fragment_source *f = (fragment_source *)src;
    taken t;
    if (f->held[w->index] != NULL)
        give_back(f->stream, f->held[w->index]);
    f->held[w->index] = NULL;
    TB_TRY(take(f->stream, &t, err));
    f->held[w->index] = t.link;
    TB_TRY(tbi_alive(src->run->exec, err)); /* an interrupted stream looks ended */
    m->end = t.end;
    if (t.link != NULL) {
        m->batch = t.link->batch;
    } else if (t.spooled != NULL) {
        const tb_batch *b;
        if (t.spooled->cursor == NULL)
            t.spooled->cursor = tbi_cursor_create(t.spooled->spool);
        TB_TRY(tbi_cursor_block(t.spooled->cursor, t.block, &b, err));
        tb_batch_destroy(f->spooled[w->index]);
        m->batch = f->spooled[w->index] = tbi_batch_copy(b);
    }
    return TB_OK;
}

static tb_rc fragment_load(tbi_source *src, tbi_worker *w, tbi_morsel *m, const tb_batch **out,
                           tb_error *err)
{
    (void)src;
    (void)w;
    (void)err;
    *out = m->batch;
    return TB_OK;
}

static void fragment_stop(tbi_source *src)
{
    fragment_source *f = (fragment_source *)src;
    tbi_stream *s = __atomic_load_n(&f->stream, __ATOMIC_ACQUIRE);
    if (s != NULL)
        tbi_stream_interrupt(s);
}

/* Rows in workers' hands stay; the stream goes with the source. */
static void fragment_close(tbi_source *src)
{
    fragment_source *f = (fragment_source *)src;
    if (f->stream != NULL)
        tbi_stream_interrupt(f->stream);
}

static void fragment_over(tbi_source *src)
{
    fragment_source *f = (fragment_source *)src;
    for (uint32_t i = 0; i < src->run->nworkers; i++) {
        if (f->held[i] != NULL)
            give_back(f->stream, f->held[i]);
        tb_batch_destroy(f->spooled[i]);
        f->held[i] = NULL;
        f->spooled[i] = NULL;
    }
    if (f->stream != NULL)
        stream_close(f->stream);
    f->stream = NULL;
}

static const tbi_source_class class = {.name = "fragment",
                                       .open = fragment_open,
                                       .claim = fragment_claim,
                                       .load = fragment_load,
                                       .stop = fragment_stop,
                                       .close = fragment_close,
                                       .over = fragment_over,
                                       .destroy = fragment_over};

tb_rc tbi_build_fragment(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down,
                         tb_error *err)
{
    if (b->exec->host.acquire == NULL)
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "fragment without a connection pool");
    fragment_source *f = tbi_source_new(b, sizeof *f, &class, p);
    f->held = TB_NEW_ARRAY(b->run->arena, link *, b->run->nworkers);
    f->spooled = TB_NEW_ARRAY(b->run->arena, tb_batch *, b->run->nworkers);
    tbi_pipe_add_source(pipe, &f->source, down);
    return TB_OK;
}
