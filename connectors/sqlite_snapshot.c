/* SPDX-License-Identifier: Apache-2.0
 * One state of the file for all scans of a statement.
 *
 * The scans of a statement run on several connections and not all at the same time, and holding a read transaction from the
 * first to the last would lock the department's writers out. So nothing is held: a scan's transaction is tied to a version of
 * the file, the first scan of a statement notes the version, and a later one that finds another fails (40001) instead of
 * mixing two states.
 *
 * The version comes from a watcher, an idle connection per file: its PRAGMA data_version changes when anybody commits, in
 * every journal mode. A transaction that started between two equal readings has that version.
 */
#include "connectors/sqlite_int.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { WATCHERS = 32, STATEMENTS = 512, ATTEMPTS = 20, BUSY_MS = 2000 };

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

/* What the first scan of a statement saw of a file. */
typedef struct seen {
    char query_id[33];
    char *path;
    version version;
} seen;

/* Shared by all connections of the process. */
static struct {
    pthread_mutex_t lock;
    watcher watchers[WATCHERS];
    seen statements[STATEMENTS]; /* a ring: a statement this old has long opened its scans */
    uint32_t next;
    uint64_t clock;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

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
    if (sqlite3_open_v2(path, &w->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_busy_timeout(w->db, BUSY_MS) != SQLITE_OK ||
        sqlite3_exec(w->db, "SELECT count(*) FROM sqlite_master", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(w->db, "PRAGMA data_version", -1, &w->q, NULL) != SQLITE_OK) {
        close_watcher(w);
        return false;
    }
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
        if (w->path != NULL && w->dev == st.st_dev && w->inode == st.st_ino && strcmp(w->path, path) == 0)
            return w;
        if (w->used < oldest->used)
            oldest = w;
    }
    return open_watcher(oldest, path, &st) ? oldest : NULL;
}

static bool read_version(const char *path, version *v)
{
    watcher *w = find_watcher(path);
    if (w == NULL)
        return false;
    w->used = ++shared.clock;
    bool ok = sqlite3_step(w->q) == SQLITE_ROW;
    *v = (version){w->id, sqlite3_column_int64(w->q, 0)};
    sqlite3_reset(w->q);
    return ok;
}

static bool same(version a, version b)
{
    return a.watcher == b.watcher && a.data == b.data;
}

/* Starts the transaction and makes it read, so that it stands on a state of the file. */
static bool start_transaction(tb_conn *conn)
{
    return tbi_sqlite_follow(conn) && sqlite3_exec(conn->db, "BEGIN", NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_exec(conn->db, "SELECT 1 FROM sqlite_master LIMIT 1", NULL, NULL, NULL) == SQLITE_OK;
}

typedef enum outcome { BEGUN, FAILED, GONE, CHANGED } outcome;

/* Transaction and version of what it sees. GONE: no file of that name to watch; CHANGED: it does so all the time. */
static outcome begin_at_version(tb_conn *conn, version *v)
{
    version after;
    for (int i = 0; i < ATTEMPTS; i++) {
        pthread_mutex_lock(&shared.lock);
        bool watched = read_version(conn->path, v);
        pthread_mutex_unlock(&shared.lock);
        if (!start_transaction(conn))
            return FAILED;
        if (!watched) {
            tbi_sqlite_end(conn);
            return GONE;
        }
        pthread_mutex_lock(&shared.lock);
        watched = read_version(conn->path, &after);
        pthread_mutex_unlock(&shared.lock);
        if (watched && same(*v, after))
            return BEGUN;
        tbi_sqlite_end(conn);
    }
    return CHANGED;
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

tb_rc tbi_sqlite_begin(tb_conn *conn, tb_error *err)
{
    version v;
    outcome o = begin_at_version(conn, &v);
    if (o == BEGUN && agrees(conn->query_id, conn->path, v))
        return TB_OK;
    if (o == FAILED)
        return tbi_sqlite_failed(conn, "begin", err);
    if (o == GONE) {
        TB_RAISE(err, TB_E_FDW_UNABLE_TO_ESTABLISH_CONNECTION, "could not connect to server \"%s\"", conn->server);
    } else {
        TB_RAISE(err, TB_E_SERIALIZATION_FAILURE, "the data of server \"%s\" changed while the statement was reading it",
                 conn->server);
        tb_error_hint(err, "Run the statement again.");
    }
    tb_error_source(err, conn->server);
    return TB_FAIL;
}

void tbi_sqlite_end(tb_conn *conn)
{
    if (conn->db != NULL && !sqlite3_get_autocommit(conn->db))
        sqlite3_exec(conn->db, "ROLLBACK", NULL, NULL, NULL);
}
