/* SPDX-License-Identifier: Apache-2.0 */
#include "server/cancel.h"

#include "core/utf8.h"
#include "server/pgwire.h"
#include "server/stream.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct tb_handle {
    tb_registry *registry;
    tb_handle *next;
    int32_t pid;
    uint8_t key[TB_WIRE_CANCEL_KEY_LEN];
    int wake_fd;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t interrupted;
    bool logged_in, running, must_end;
    tb_interrupt why;
    tb_exec *exec;
    tb_stream *stream;
    int64_t deadline_us;
    tb_session_info info;
};

struct tb_registry {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a deadline moved, or stop */
    tb_handle *first;
    int32_t last_pid;
    bool draining, stop;
    pthread_t watchdog;
};

int64_t tb_clock_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return ((int64_t)ts.tv_sec - 946684800) * 1000000 + ts.tv_nsec / 1000;
}

static void monotonic_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

static struct timespec to_timespec(int64_t mono_us)
{
    return (struct timespec){mono_us / 1000000, mono_us % 1000000 * 1000};
}

/* The two below: with the handle locked. */
static void end_session(tb_handle *h)
{
    uint64_t one = 1;
    if (h->must_end)
        return;
    h->must_end = true;
    ssize_t ignored = write(h->wake_fd, &one, sizeof one);
    (void)ignored;
}

/* The first reason stays, but the end of the session overrides. */
static void stop_statement(tb_handle *h, tb_interrupt why)
{
    if (!h->running || (h->why != TB_INTERRUPT_NONE && why != TB_INTERRUPT_TERMINATE))
        return;
    h->why = why;
    if (h->exec != NULL)
        tb_exec_cancel(h->exec);
    pthread_cond_broadcast(&h->interrupted);
}

static void copy_text(char *to, size_t cap, const char *from)
{
    size_t len = tb_utf8_clip(from, strlen(from), cap - 1);
    memcpy(to, from, len);
    to[len] = '\0';
}

/* One thread for all statement timeouts: sleeps until the earliest deadline. */
static void *watch(void *arg)
{
    tb_registry *r = arg;
    pthread_mutex_lock(&r->lock);
    while (!r->stop) {
        int64_t now = tb_mono_us(), next = TB_NO_DEADLINE;
        for (tb_handle *h = r->first; h != NULL; h = h->next) {
            pthread_mutex_lock(&h->lock);
            if (h->running && h->deadline_us <= now) {
                h->deadline_us = TB_NO_DEADLINE;
                stop_statement(h, TB_INTERRUPT_TIMEOUT);
            }
            if (h->running && h->deadline_us < next)
                next = h->deadline_us;
            pthread_mutex_unlock(&h->lock);
        }
        if (next == TB_NO_DEADLINE) {
            pthread_cond_wait(&r->changed, &r->lock);
        } else {
            struct timespec until = to_timespec(next);
            pthread_cond_timedwait(&r->changed, &r->lock, &until);
        }
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

tb_registry *tb_registry_create(void)
{
    tb_registry *r = tb_xcalloc(1, sizeof *r);
    pthread_mutex_init(&r->lock, NULL);
    monotonic_cond_init(&r->changed);
    r->last_pid = 1000;
    TB_CHECK(pthread_create(&r->watchdog, NULL, watch, r) == 0);
    return r;
}

void tb_registry_destroy(tb_registry *r)
{
    pthread_mutex_lock(&r->lock);
    TB_CHECK(r->first == NULL);
    r->stop = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->watchdog, NULL);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static tb_handle *find(tb_registry *r, int32_t pid)
{
    tb_handle *h = r->first;
    while (h != NULL && h->pid != pid)
        h = h->next;
    return h;
}

tb_rc tb_registry_enter(tb_registry *r, uint32_t max_preauth, tb_handle **out, tb_error *err)
{
    uint8_t key[TB_WIRE_CANCEL_KEY_LEN];
    int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd < 0 || RAND_bytes(key, sizeof key) != 1) {
        if (wake_fd >= 0)
            close(wake_fd);
        return TB_RAISE(err, TB_E_INSUFFICIENT_RESOURCES, "out of file descriptors");
    }
    tb_handle *h = tb_xcalloc(1, sizeof *h);
    h->registry = r;
    h->wake_fd = wake_fd;
    memcpy(h->key, key, sizeof key);
    pthread_mutex_init(&h->lock, NULL);
    monotonic_cond_init(&h->interrupted);
    h->deadline_us = TB_NO_DEADLINE;
    h->info.start_us = h->info.change_us = tb_clock_us();

    pthread_mutex_lock(&r->lock);
    uint32_t waiting = 0;
    for (tb_handle *o = r->first; o != NULL; o = o->next)
        waiting += !o->logged_in;
    do
        r->last_pid = r->last_pid == INT32_MAX ? 1001 : r->last_pid + 1;
    while (find(r, r->last_pid) != NULL);
    h->pid = h->info.pid = r->last_pid;
    if (r->draining)
        end_session(h);
    h->next = r->first;
    r->first = h;
    pthread_mutex_unlock(&r->lock);
    if (waiting >= max_preauth) {
        tb_registry_leave(h);
        return TB_RAISE(err, TB_E_TOO_MANY_CONNECTIONS, "sorry, too many clients already");
    }
    *out = h;
    return TB_OK;
}

tb_rc tb_registry_login(tb_handle *h, uint32_t max_sessions, tb_oid role, int max_role,
                        const char *user, const char *peer, tb_error *err)
{
    tb_registry *r = h->registry;
    uint32_t sessions = 0;
    int same = 0;
    pthread_mutex_lock(&r->lock);
    for (tb_handle *o = r->first; o != NULL; o = o->next) {
        sessions += o->logged_in;
        same += o->logged_in && o->info.role == role;
    }
    bool full = sessions >= max_sessions, role_full = max_role >= 0 && same >= max_role;
    if (!full && !role_full) {
        pthread_mutex_lock(&h->lock);
        h->logged_in = true;
        h->info.role = role;
        h->info.activity = TB_ACTIVITY_IDLE;
        copy_text(h->info.user, sizeof h->info.user, user);
        copy_text(h->info.peer, sizeof h->info.peer, peer);
        pthread_mutex_unlock(&h->lock);
    }
    pthread_mutex_unlock(&r->lock);
    if (full)
        return TB_RAISE(err, TB_E_TOO_MANY_CONNECTIONS, "sorry, too many clients already");
    if (role_full)
        return TB_RAISE(err, TB_E_TOO_MANY_CONNECTIONS, "too many connections for role \"%s\"",
                        user);
    return TB_OK;
}

void tb_registry_leave(tb_handle *h)
{
    tb_registry *r = h->registry;
    pthread_mutex_lock(&r->lock);
    tb_handle **link = &r->first;
    while (*link != h)
        link = &(*link)->next;
    *link = h->next;
    pthread_mutex_unlock(&r->lock);
    /* nobody can find it any more */
    close(h->wake_fd);
    pthread_cond_destroy(&h->interrupted);
    pthread_mutex_destroy(&h->lock);
    OPENSSL_cleanse(h->key, sizeof h->key);
    free(h);
}

int32_t tb_handle_pid(const tb_handle *h)
{
    return h->pid;
}

const uint8_t *tb_handle_key(const tb_handle *h)
{
    return h->key;
}

int tb_handle_wake_fd(const tb_handle *h)
{
    return h->wake_fd;
}

bool tb_handle_must_end(const tb_handle *handle)
{
    tb_handle *h = (tb_handle *)(uintptr_t)handle;
    pthread_mutex_lock(&h->lock);
    bool yes = h->must_end;
    pthread_mutex_unlock(&h->lock);
    return yes;
}

void tb_handle_statement_begin(tb_handle *h, int64_t timeout_ms)
{
    tb_registry *r = h->registry;
    pthread_mutex_lock(&r->lock);
    pthread_mutex_lock(&h->lock);
    h->running = true;
    h->why = TB_INTERRUPT_NONE;
    h->deadline_us = timeout_ms > 0 ? tb_mono_us() + timeout_ms * 1000 : TB_NO_DEADLINE;
    h->info.activity = TB_ACTIVITY_ACTIVE;
    h->info.statement_us = h->info.change_us = tb_clock_us();
    h->info.query_id[0] = '\0';
    pthread_mutex_unlock(&h->lock);
    if (timeout_ms > 0)
        pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

void tb_handle_set_query(tb_handle *h, const char *query_id)
{
    pthread_mutex_lock(&h->lock);
    copy_text(h->info.query_id, sizeof h->info.query_id, query_id);
    pthread_mutex_unlock(&h->lock);
}

void tb_handle_statement_end(tb_handle *h)
{
    pthread_mutex_lock(&h->lock);
    h->running = false;
    h->exec = NULL;
    h->deadline_us = TB_NO_DEADLINE;
    pthread_mutex_unlock(&h->lock);
}

void tb_handle_attach(tb_handle *h, tb_exec *exec)
{
    pthread_mutex_lock(&h->lock);
    h->exec = exec;
    if (exec != NULL && h->why != TB_INTERRUPT_NONE)
        tb_exec_cancel(exec);
    pthread_mutex_unlock(&h->lock);
}

tb_interrupt tb_handle_interrupt(tb_handle *h)
{
    pthread_mutex_lock(&h->lock);
    tb_interrupt why = h->why;
    pthread_mutex_unlock(&h->lock);
    return why;
}

static tb_rc raise(tb_interrupt why, tb_error *err)
{
    switch (why) {
    case TB_INTERRUPT_NONE:
        return TB_OK;
    case TB_INTERRUPT_USER:
        return TB_RAISE(err, TB_E_QUERY_CANCELED, "canceling statement due to user request");
    case TB_INTERRUPT_TIMEOUT:
        return TB_RAISE(err, TB_E_QUERY_CANCELED, "canceling statement due to statement timeout");
    case TB_INTERRUPT_TERMINATE:
        return TB_RAISE(err, TB_E_ADMIN_SHUTDOWN,
                        "terminating connection due to administrator command");
    }
    TB_UNREACHABLE();
}

tb_rc tb_handle_check(tb_handle *h, tb_error *err)
{
    return raise(tb_handle_interrupt(h), err);
}

tb_rc tb_handle_sleep(tb_handle *h, int64_t us, tb_error *err)
{
    int64_t now = tb_mono_us();
    struct timespec until = to_timespec(us > INT64_MAX - now ? INT64_MAX : now + us);
    pthread_mutex_lock(&h->lock);
    while (h->why == TB_INTERRUPT_NONE)
        if (pthread_cond_timedwait(&h->interrupted, &h->lock, &until) != 0)
            break;
    tb_interrupt why = h->why;
    pthread_mutex_unlock(&h->lock);
    return raise(why, err);
}

void tb_registry_cancel(tb_registry *r, int32_t pid, const uint8_t *key)
{
    pthread_mutex_lock(&r->lock);
    tb_handle *h = find(r, pid);
    if (h != NULL && CRYPTO_memcmp(h->key, key, sizeof h->key) == 0) {
        pthread_mutex_lock(&h->lock);
        stop_statement(h, TB_INTERRUPT_USER);
        pthread_mutex_unlock(&h->lock);
    }
    pthread_mutex_unlock(&r->lock);
}

bool tb_registry_signal(tb_registry *r, int32_t pid, tb_interrupt why, tb_oid role, bool *denied)
{
    *denied = false;
    pthread_mutex_lock(&r->lock);
    tb_handle *h = find(r, pid);
    if (h != NULL) {
        pthread_mutex_lock(&h->lock);
        *denied = role != 0 && h->info.role != role;
        if (!*denied && why == TB_INTERRUPT_TERMINATE)
            end_session(h);
        if (!*denied)
            stop_statement(h, why);
        pthread_mutex_unlock(&h->lock);
    }
    pthread_mutex_unlock(&r->lock);
    return h != NULL && !*denied;
}

void tb_registry_drain(tb_registry *r, tb_drain how)
{
    pthread_mutex_lock(&r->lock);
    r->draining = true;
    for (tb_handle *h = r->first; h != NULL; h = h->next) {
        pthread_mutex_lock(&h->lock);
        end_session(h);
        if (how >= TB_DRAIN_STATEMENTS)
            stop_statement(h, TB_INTERRUPT_TERMINATE);
        if (how >= TB_DRAIN_CONNECTIONS && h->stream != NULL)
            tb_stream_break(h->stream);
        pthread_mutex_unlock(&h->lock);
    }
    pthread_mutex_unlock(&r->lock);
}

void tb_handle_set_stream(tb_handle *h, tb_stream *stream)
{
    pthread_mutex_lock(&h->lock);
    h->stream = stream;
    pthread_mutex_unlock(&h->lock);
}

void tb_handle_set_application(tb_handle *h, const char *name)
{
    pthread_mutex_lock(&h->lock);
    copy_text(h->info.application, sizeof h->info.application, name);
    pthread_mutex_unlock(&h->lock);
}

void tb_handle_set_activity(tb_handle *h, tb_activity activity)
{
    pthread_mutex_lock(&h->lock);
    h->info.activity = activity;
    h->info.change_us = tb_clock_us();
    pthread_mutex_unlock(&h->lock);
}

uint32_t tb_registry_list(tb_registry *r, tb_session_info **out)
{
    pthread_mutex_lock(&r->lock);
    uint32_t n = 0;
    for (tb_handle *h = r->first; h != NULL; h = h->next)
        n++;
    tb_session_info *all = tb_xcalloc(n, sizeof *all);
    uint32_t i = 0;
    for (tb_handle *h = r->first; h != NULL; h = h->next) {
        pthread_mutex_lock(&h->lock);
        all[i++] = h->info;
        pthread_mutex_unlock(&h->lock);
    }
    pthread_mutex_unlock(&r->lock);
    *out = all;
    return n;
}
