/* SPDX-License-Identifier: Apache-2.0
 * One state of the file for all scans of a statement.
 *
 * The scans of a statement run on several connections and not all at the same time. A statement
 * that has more than one for a server gets as many connections as it may need at its first scan,
 * all of them with a read transaction that stands on one version of the file, and scans take turns
 * on these (a hold). With a rollback journal their shared locks keep the file as it is, and a
 * writer waits for the statement; with a write-ahead log nobody waits. The executor lets go as soon
 * as the last scan is read, or earlier when a client is slow: a scan that comes later still finds
 * the version noted and fails (40001) rather than mix two states.
 *
 * The version comes from a watcher, an idle connection per file: its PRAGMA data_version changes
 * when anybody commits, in every journal mode. Transactions that started between two equal readings
 * have that version, and so have those whose shared locks overlap. Nothing waits for a lock while
 * it has one: a writer that wants to commit blocks new readers and waits for the old ones, so who
 * meets it backs out of everything and tries again.
 */
#include "connectors/sqlite_int.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WATCHERS = 32,
    STATEMENTS = 512,
    BUSY_MS = 2000,
    HOLD_MAX = 16,
    PATIENCE_US = 5000000,
    PAUSE_US = 500,
    PAUSE_MAX_US = 8000
};

typedef struct watcher {
    char *path;
    dev_t dev;
    ino_t inode; /* the file this watches, even if another took its name */
    uint64_t id; /* versions of different watchers are different */
    uint64_t used;
    sqlite3 *db;
    sqlite3_stmt *q;
} watcher;

typedef struct version {
    uint64_t watcher;
    int64_t data;
} version;

/* What a statement saw of a file. */
typedef struct seen {
    char query_id[33];
    char *path;
    version version;
} seen;

/* A statement's connections to one server. */
struct tbi_hold {
    tbi_hold *next;
    char query_id[33];
    char *server;
    pthread_mutex_t lock; /* while they are begun */
    bool begun;
    bool over;      /* let go: who comes back is closed */
    uint32_t users; /* scans that have one or are about to */
    tb_conn *idle;
};

/* Shared by all connections of the process. */
static struct {
    pthread_mutex_t lock;
    watcher watchers[WATCHERS];
    seen statements[STATEMENTS]; /* a ring: a statement this old has long opened its scans */
    uint32_t next;
    uint64_t clock;
    tbi_hold *holds;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- versions ---- */

static void close_watcher(watcher *w)
{
    sqlite3_finalize(w->q);
    sqlite3_close(w->db);
    free(w->path);
    *w = (watcher){.path = NULL};
}

static bool open_watcher(watcher *w, const char *path, const struct stat *st)
{
    close_watcher(w);
    if (sqlite3_open_v2(path, &w->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK ||
        sqlite3_busy_timeout(w->db, BUSY_MS) != SQLITE_OK ||
        sqlite3_exec(w->db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(w->db, "PRAGMA data_version", -1, &w->q, NULL) != SQLITE_OK) {
        close_watcher(w);
        return false;
    }
    sqlite3_busy_timeout(w->db, 0); /* everybody would wait with it */
    w->path = tb_xstrdup(path);
    w->dev = st->st_dev;
    w->inode = st->st_ino;
    w->id = ++shared.clock;
    return true;
}

/* The watcher of the file that has this path now; the one longest unused makes room. */
static watcher *find_watcher(const char *path)
{
    struct stat st;
    watcher *oldest = &shared.watchers[0];
    if (stat(path, &st) != 0)
        return NULL;
    for (size_t i = 0; i < WATCHERS; i++) {
        watcher *w = &shared.watchers[i];
        if (w->path != NULL && w->dev == st.st_dev && w->inode == st.st_ino &&
            strcmp(w->path, path) == 0)
            return w;
        if (w->used < oldest->used)
            oldest = w;
    }
    return open_watcher(oldest, path, &st) ? oldest : NULL;
}

typedef enum outcome {
    BEGUN,
    FAILED, /* err says why */
    GONE,   /* no file of that name */
    AGAIN   /* somebody was committing */
} outcome;

static outcome read_version(const char *path, version *v)
{
    pthread_mutex_lock(&shared.lock);
    watcher *w = find_watcher(path);
    outcome o = GONE;
    if (w != NULL) {
        w->used = ++shared.clock;
        o = sqlite3_step(w->q) == SQLITE_ROW ? BEGUN : AGAIN;
        *v = (version){w->id, sqlite3_column_int64(w->q, 0)};
        sqlite3_reset(w->q);
    }
    pthread_mutex_unlock(&shared.lock);
    return o;
}

static bool same(version a, version b)
{
    return a.watcher == b.watcher && a.data == b.data && a.data >= 0;
}

/* Notes the version for the statement, or compares it with what is noted. */
static bool agrees(const char *query_id, const char *path, version v)
{
    bool ok = true, found = false;
    pthread_mutex_lock(&shared.lock);
    for (size_t i = 0; i < STATEMENTS && !found; i++) {
        const seen *s = &shared.statements[i];
        found = s->path != NULL && strcmp(s->query_id, query_id) == 0 && strcmp(s->path, path) == 0;
        ok = !found || same(s->version, v);
    }
    if (!found && query_id[0] != '\0') {
        seen *s = &shared.statements[shared.next++ % STATEMENTS];
        free(s->path);
        s->path = tb_xstrdup(path);
        snprintf(s->query_id, sizeof s->query_id, "%s", query_id);
        s->version = v;
    }
    pthread_mutex_unlock(&shared.lock);
    return ok;
}

/* ---- transactions ---- */

static void end_transaction(tb_conn *conn)
{
    if (conn->db != NULL && !sqlite3_get_autocommit(conn->db))
        sqlite3_exec(conn->db, "ROLLBACK", NULL, NULL, NULL);
}

/* A transaction, still without a lock. */
static outcome open_transaction(tb_conn *conn, tb_error *err)
{
    struct stat st;
    if (stat(conn->path, &st) != 0)
        return GONE;
    if (tbi_sqlite_follow(conn) && sqlite3_exec(conn->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK)
        return BEGUN;
    (void)tbi_sqlite_failed(conn, "begin", err);
    return FAILED;
}

/* Makes the transaction read, so that it stands on a state of the file. */
static outcome lock_state(tb_conn *conn, bool wait, tb_error *err)
{
    outcome o = BEGUN;
    conn->impatient = !wait;
    if (sqlite3_exec(conn->db, "SELECT 1 FROM sqlite_master LIMIT 1", NULL, NULL, NULL) !=
        SQLITE_OK) {
        o = !wait && (sqlite3_errcode(conn->db) & 0xff) == SQLITE_BUSY ? AGAIN : FAILED;
        if (o == FAILED)
            (void)tbi_sqlite_failed(conn, "begin", err);
    }
    conn->impatient = false;
    return o;
}

static bool has_wal(tb_conn *conn)
{
    sqlite3_stmt *q;
    bool wal = sqlite3_prepare_v2(conn->db, "PRAGMA journal_mode", -1, &q, NULL) == SQLITE_OK &&
               sqlite3_step(q) == SQLITE_ROW &&
               strcmp((const char *)sqlite3_column_text(q, 0), "wal") == 0;
    sqlite3_finalize(q);
    return wal;
}

/* Transactions on all of them, on one version of the file; none on any but BEGUN. */
static outcome try_start_all(tb_conn *first, version *v, tb_error *err)
{
    version before;
    outcome o = BEGUN;
    for (tb_conn *c = first; c != NULL && o == BEGUN; c = c->next_held)
        o = open_transaction(c, err);
    outcome read = read_version(first->path, &before);
    for (tb_conn *c = first; c != NULL && o == BEGUN; c = c->next_held)
        o = lock_state(c, c == first, err);
    if (o == BEGUN) {
        outcome again = read_version(first->path, v);
        bool equal = read == BEGUN && again == BEGUN && same(before, *v);
        if (again != BEGUN)
            *v = (version){
                .data = -1}; /* a writer waits for our locks: who comes after them cannot compare */
        if (!equal && has_wal(first))
            o = AGAIN;
    }
    for (tb_conn *c = first; c != NULL && o != BEGUN; c = c->next_held)
        end_transaction(c);
    return o;
}

static outcome start_all(tb_conn *first, version *v, tb_error *err)
{
    int64_t until = tbi_sqlite_now_us() + PATIENCE_US;
    useconds_t pause = PAUSE_US;
    outcome o;
    while ((o = try_start_all(first, v, err)) == AGAIN && tbi_sqlite_now_us() < until) {
        usleep(pause);
        pause = pause * 2 > PAUSE_MAX_US ? PAUSE_US : pause * 2; /* not in step with a writer */
    }
    return o;
}

static tb_rc failed(tb_conn *conn, outcome o, tb_error *err)
{
    if (o == FAILED)
        return TB_FAIL;
    if (o == GONE) {
        TB_RAISE(err, TB_E_FDW_UNABLE_TO_ESTABLISH_CONNECTION, "could not connect to server \"%s\"",
                 conn->server);
    } else {
        TB_RAISE(err, TB_E_SERIALIZATION_FAILURE,
                 "the data of server \"%s\" changed while the statement was reading it",
                 conn->server);
        tb_error_hint(err, "Run the statement again.");
    }
    tb_error_source(err, conn->server);
    return TB_FAIL;
}

/* ---- holds ---- */

static void disconnect_all(tb_conn *list)
{
    for (tb_conn *next; list != NULL; list = next) {
        next = list->next_held;
        end_transaction(list);
        tbi_sqlite_disconnect(list);
    }
}

static void free_hold(tbi_hold *h)
{
    pthread_mutex_destroy(&h->lock);
    free(h->server);
    free(h);
}

/* The statement's hold on the server, with one more user. */
static tbi_hold *use_hold(const char *query_id, const char *server)
{
    pthread_mutex_lock(&shared.lock);
    tbi_hold *h = shared.holds;
    while (h != NULL && (strcmp(h->query_id, query_id) != 0 || strcmp(h->server, server) != 0))
        h = h->next;
    if (h == NULL) {
        h = tb_xcalloc(1, sizeof *h);
        pthread_mutex_init(&h->lock, NULL);
        snprintf(h->query_id, sizeof h->query_id, "%s", query_id);
        h->server = tb_xstrdup(server);
        h->next = shared.holds;
        shared.holds = h;
    }
    h->users++;
    pthread_mutex_unlock(&shared.lock);
    return h;
}

/* A scan is through with its connection, or has none (NULL). */
static void leave_hold(tbi_hold *h, tb_conn *conn)
{
    tb_conn *close = NULL;
    pthread_mutex_lock(&shared.lock);
    bool last = --h->users == 0 && h->over;
    if (conn != NULL) {
        tb_conn **to = h->over ? &close : &h->idle;
        conn->next_held = *to;
        *to = conn;
    }
    pthread_mutex_unlock(&shared.lock);
    disconnect_all(close);
    if (last)
        free_hold(h);
}

static tb_conn *take_idle(tbi_hold *h)
{
    pthread_mutex_lock(&shared.lock);
    tb_conn *c = h->idle;
    if (c != NULL)
        h->idle = c->next_held;
    pthread_mutex_unlock(&shared.lock);
    return c;
}

/* n more connections for the hold, begun on the statement's version. */
static tb_rc fill_hold(tbi_hold *h, tb_conn *like, uint32_t n, tb_error *err)
{
    tb_conn *list = NULL;
    version v;
    tb_rc rc = TB_OK;
    for (uint32_t i = 0; i < n && rc == TB_OK; i++) {
        tb_conn *c;
        rc = tbi_sqlite_clone(like, &c, err);
        if (rc == TB_OK) {
            c->hold = h;
            c->next_held = list;
            list = c;
        }
    }
    outcome o = rc == TB_OK ? start_all(list, &v, err) : FAILED;
    if (o == BEGUN && !agrees(h->query_id, like->path, v))
        o = AGAIN;
    if (rc == TB_OK && o != BEGUN)
        rc = failed(list, o, err);
    if (rc != TB_OK) {
        disconnect_all(list);
        return rc;
    }
    pthread_mutex_lock(&shared.lock);
    while (list != NULL) {
        tb_conn *next = list->next_held;
        list->next_held = h->idle;
        h->idle = list;
        list = next;
    }
    h->begun = true;
    pthread_mutex_unlock(&shared.lock);
    return TB_OK;
}

static tb_rc join_hold(tb_conn *conn, const tb_scan_request *req, tb_conn **use, tb_error *err)
{
    tbi_hold *h = use_hold(req->query_id, conn->server);
    tb_rc rc = TB_OK;
    pthread_mutex_lock(&h->lock);
    if (!h->begun)
        rc = fill_hold(h, conn, req->scans < HOLD_MAX ? req->scans : HOLD_MAX, err);
    tb_conn *c = rc == TB_OK ? take_idle(h) : NULL;
    if (rc == TB_OK && c == NULL) { /* more scans at a time than announced */
        rc = fill_hold(h, conn, 1, err);
        c = rc == TB_OK ? take_idle(h) : NULL;
    }
    pthread_mutex_unlock(&h->lock);
    if (c == NULL) {
        leave_hold(h, NULL);
        return rc;
    }
    *use = c;
    return TB_OK;
}

tb_rc tbi_sqlite_begin(tb_conn *conn, const tb_scan_request *req, tb_conn **use, tb_error *err)
{
    *use = conn;
    if (req->scans > 1)
        return join_hold(conn, req, use, err);
    outcome o = open_transaction(conn, err);
    if (o == BEGUN)
        o = lock_state(conn, true, err);
    return o == BEGUN ? TB_OK : failed(conn, o, err);
}

void tbi_sqlite_end(tb_conn *conn)
{
    if (conn->hold != NULL)
        leave_hold(conn->hold, conn);
    else
        end_transaction(conn);
}

void tbi_sqlite_let_go(const char *query_id, const char *server)
{
    pthread_mutex_lock(&shared.lock);
    tbi_hold **link = &shared.holds, *h;
    while ((h = *link) != NULL &&
           (strcmp(h->query_id, query_id) != 0 || strcmp(h->server, server) != 0))
        link = &h->next;
    tb_conn *idle = NULL;
    bool last = false;
    if (h != NULL) {
        *link = h->next;
        h->over = true;
        idle = h->idle;
        h->idle = NULL;
        last = h->users == 0;
    }
    pthread_mutex_unlock(&shared.lock);
    disconnect_all(idle);
    if (last)
        free_hold(h);
}
