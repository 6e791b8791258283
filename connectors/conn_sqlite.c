/* SPDX-License-Identifier: Apache-2.0
 * Embedded SQLite as a source: one file, one sqlite3 connection per tb_conn, opened read-only.
 *
 * Settings of a connection and why: query_only (nothing of ours may write), temp_store MEMORY
 * (Debian's default would put plain temporary files on disk), no mmap (a file cut short under us
 * must be an error, not a signal), a heap limit (SQLite has one for the whole process, so that a
 * statement's own share is not set).
 *
 * A scan reads inside one transaction, and all scans of a statement read one state of the file
 * (sqlite_snapshot.c). Entry point: tb_sqlite_connector.
 */
#include "connectors/conn_sqlite.h"

#include "connectors/sqlite_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUSY_US = 2000000, BUSY_PAUSE_US = 200, CACHE_KIB = 16384, PROGRESS_STEPS = 20000 };
static const int64_t heap_limit_bytes = (int64_t)1 << 30;

struct tb_scan {
    tb_conn *conn;
    sqlite3_stmt *q;
    uint32_t ncols;
    tbi_sqlite_reader *readers;
    const char **origins; /* per column, "schema.table.column" for errors */
    bool done;
    atomic_bool cancelled;
    uint64_t bytes;
};

/* ---- errors ---- */

typedef struct failure {
    int code;
    tb_errcode sqlstate;
    const char *message;
} failure;

static const failure failures[] = {
    {SQLITE_BUSY, TB_E_LOCK_NOT_AVAILABLE, "server \"%s\" is locked by another process"},
    {SQLITE_LOCKED, TB_E_LOCK_NOT_AVAILABLE, "server \"%s\" is locked by another process"},
    {SQLITE_CANTOPEN, TB_E_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
     "could not connect to server \"%s\""},
    {SQLITE_NOTADB, TB_E_FDW_UNABLE_TO_ESTABLISH_CONNECTION,
     "server \"%s\" does not hold a database"},
    {SQLITE_CORRUPT, TB_E_FDW_ERROR, "the data of server \"%s\" is damaged"},
    {SQLITE_IOERR, TB_E_FDW_ERROR, "server \"%s\" could not read its data"},
    {SQLITE_READONLY, TB_E_FDW_ERROR,
     "server \"%s\" could not read its data"}, /* a journal to roll back */
    {SQLITE_NOMEM, TB_E_OUT_OF_MEMORY, "server \"%s\" ran out of memory"},
    {SQLITE_TOOBIG, TB_E_PROGRAM_LIMIT_EXCEEDED, "server \"%s\" reached a limit of its own"},
    {SQLITE_SCHEMA, TB_E_FDW_TABLE_NOT_FOUND, "a table of server \"%s\" is not as it was imported"},
    {SQLITE_ERROR, TB_E_FDW_TABLE_NOT_FOUND, "a table of server \"%s\" is not as it was imported"},
};

tb_rc tbi_sqlite_failed(tb_conn *conn, const char *event, tb_error *err)
{
    int code = sqlite3_errcode(conn->db) & 0xff;
    conn->host->log(conn->server, conn->query_id, event, sqlite3_errmsg(conn->db));
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the formats are in the table above */
    for (size_t i = 0; i < TB_COUNT(failures); i++) {
        if (failures[i].code == code) {
            TB_RAISE(err, failures[i].sqlstate, failures[i].message, conn->server);
            tb_error_source(err, conn->server);
            return TB_FAIL;
        }
    }
#pragma GCC diagnostic pop
    TB_RAISE(err, TB_E_FDW_ERROR, "server \"%s\" failed", conn->server);
    tb_error_source(err, conn->server);
    return TB_FAIL;
}

/* ---- connections ---- */

static tb_rc check_options(const tb_option *options, uint32_t n, tb_error *err)
{
    const char *path = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(options[i].name, "path") == 0) {
            path = options[i].value;
        } else if (strcmp(options[i].name, "dialect") != 0) {
            TB_RAISE(err, TB_E_FDW_INVALID_OPTION_NAME, "invalid option \"%s\"", options[i].name);
            tb_error_hint(err, "Valid options in this context are: path, dialect.");
            return TB_FAIL;
        }
    }
    if (path == NULL || path[0] != '/')
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "option \"path\" must be the absolute path of the database file");
    return TB_OK;
}

static bool configure(sqlite3 *db)
{
    char cache[64];
    snprintf(cache, sizeof cache, "PRAGMA cache_size = -%d", (int)CACHE_KIB);
    const char *const settings[] = {"PRAGMA query_only = 1",
                                    "PRAGMA temp_store = MEMORY",
                                    "PRAGMA mmap_size = 0",
                                    "PRAGMA trusted_schema = 0",
                                    cache,
                                    "SELECT count(*) FROM sqlite_master"};
    for (size_t i = 0; i < TB_COUNT(settings); i++)
        if (sqlite3_exec(db, settings[i], NULL, NULL, NULL) != SQLITE_OK)
            return false;
    return true;
}

void tbi_sqlite_disconnect(tb_conn *conn)
{
    if (conn == NULL)
        return;
    sqlite3_close(conn->db);
    tb_arena_destroy(conn->arena);
    tb_buf_fini(&conn->text);
    free(conn->server);
    free(conn->path);
    free(conn);
}

/* An interrupt reaches only what runs at that moment; this also stops what starts a moment later.
 */
static int progress(void *p)
{
    const tb_conn *conn = p;
    return conn->cancelled != NULL && atomic_load_explicit(conn->cancelled, memory_order_relaxed);
}

int64_t tbi_sqlite_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A busy writer leaves short gaps between its commits: SQLite's own pauses of up to 100 ms would
 * miss them all. */
static int busy(void *p, int count)
{
    tb_conn *conn = p;
    int64_t now = tbi_sqlite_now_us();
    if (count == 0)
        conn->waiting_since_us = now;
    if (conn->impatient || now - conn->waiting_since_us >= BUSY_US || progress(conn))
        return 0;
    usleep(BUSY_PAUSE_US + (useconds_t)(count * 37 % 16) * 50); /* not in step with it */
    return 1;
}

/* The file that has the path now, in place of the one open before. */
static bool open_file(tb_conn *conn)
{
    struct stat st = {0};
    if (stat(conn->path, &st) !=
        0) /* before opening: a file put there meanwhile is then found to be another one */
        st.st_ino = 0;
    sqlite3_close(conn->db);
    conn->db = NULL;
    conn->dev = st.st_dev;
    conn->inode = st.st_ino;
    memset(conn->has_function, 0, sizeof conn->has_function);
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(conn->path, &conn->db, flags, NULL) != SQLITE_OK ||
        sqlite3_busy_handler(conn->db, busy, conn) != SQLITE_OK || !configure(conn->db) ||
        !tbi_sqlite_register_column(conn)) {
        conn->inode = 0; /* whoever has it next tries again */
        return false;
    }
    sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_progress_handler(conn->db, PROGRESS_STEPS, progress, conn);
    return true;
}

bool tbi_sqlite_follow(tb_conn *conn)
{
    struct stat st;
    if (stat(conn->path, &st) != 0 || (st.st_dev == conn->dev && st.st_ino == conn->inode))
        return true;
    return open_file(conn);
}

static tb_rc new_conn(const tb_connector_host *host, const char *server, const char *path,
                      tb_conn **out, tb_error *err)
{
    tb_conn *conn = tb_xcalloc(1, sizeof *conn);
    conn->host = host;
    conn->server = tb_xstrdup(server);
    conn->query_id = "";
    conn->arena = tb_arena_create(0);
    tb_buf_init(&conn->text, 64 * 1024 * 1024);
    conn->path = tb_xstrdup(path);
    sqlite3_hard_heap_limit64(heap_limit_bytes);
    if (!open_file(conn)) {
        tb_rc rc = tbi_sqlite_failed(conn, "connect", err);
        tbi_sqlite_disconnect(conn);
        return rc;
    }
    *out = conn;
    return TB_OK;
}

static tb_rc connect_file(const tb_connector_host *host, const tb_server *server,
                          const tb_option *mapping, uint32_t nmapping, tb_conn **out, tb_error *err)
{
    (void)mapping, (void)nmapping; /* a file has no users */
    return new_conn(host, server->name, tb_option_get(server->options, server->noptions, "path"),
                    out, err);
}

tb_rc tbi_sqlite_clone(const tb_conn *conn, tb_conn **out, tb_error *err)
{
    return new_conn(conn->host, conn->server, conn->path, out, err);
}

/* ---- scans ---- */

/* The scan runs on this connection. */
static void attach(tb_scan *scan, tb_conn *conn, const tb_scan_request *req, const tb_error *err)
{
    scan->conn = conn;
    conn->env = req->env;
    conn->query_id = req->query_id;
    tb_error_clear(&conn->fn_error);
    conn->fn_error.lang = err->lang;
    conn->cancelled = &scan->cancelled;
}

static void detach(tb_scan *scan)
{
    scan->conn->cancelled = NULL;
    scan->conn->env = NULL;
    scan->conn->query_id = "";
}

static void scan_close(tb_scan *scan)
{
    if (scan == NULL)
        return;
    sqlite3_finalize(scan->q);
    detach(scan);
    tbi_sqlite_end(scan->conn);
    free(scan->readers);
    free(scan->origins);
    free(scan);
}

/* The fragment's text, with the range inserted where the deparser said. */
static char *statement_text(const tb_scan_request *req)
{
    const tb_fragment *f = req->fragment;
    if (req->range.whole || f->range_text == NULL)
        return tb_xstrdup(f->sql);
    size_t len = strlen(f->sql) + strlen(f->range_text) + 1;
    char *text = tb_xmalloc(len);
    snprintf(text, len, "%.*s%s%s", (int)f->range_at, f->sql, f->range_text, f->sql + f->range_at);
    return text;
}

static bool bind_all(tb_scan *scan, const tb_scan_request *req)
{
    const tb_fragment *f = req->fragment;
    for (uint32_t i = 0; i < f->nbinds; i++)
        if (tbi_sqlite_bind(scan->q, (int)i + 1, f->binds[i]->type.id, &req->binds[i],
                            scan->conn->arena) != SQLITE_OK)
            return false;
    if (req->range.whole || f->range_text == NULL)
        return true;
    return sqlite3_bind_int64(scan->q, (int)f->nbinds + 1, req->range.lo) == SQLITE_OK &&
           sqlite3_bind_int64(scan->q, (int)f->nbinds + 2, req->range.hi) == SQLITE_OK;
}

static tb_rc prepare_columns(tb_scan *scan, const tb_scan_request *req, tb_error *err)
{
    scan->ncols = req->ncols;
    scan->readers = tb_xcalloc(req->ncols, sizeof *scan->readers);
    scan->origins = tb_xcalloc(req->ncols, sizeof *scan->origins);
    for (uint32_t i = 0; i < req->ncols; i++) {
        if (!tbi_sqlite_reader_init(&scan->readers[i], req->types[i]))
            return TB_RAISE(err, TB_E_FDW_INVALID_DATA_TYPE,
                            "server \"%s\" has no values of type %s", scan->conn->server,
                            tb_type_get(req->types[i].id)->sql_name);
        scan->origins[i] = i < req->fragment->ncross ? req->fragment->cross[i].name : NULL;
    }
    return TB_OK;
}

static tb_rc prepare_statement(tb_scan *scan, const tb_scan_request *req, tb_error *err)
{
    tb_conn *conn = scan->conn;
    char *sql = statement_text(req);
    tb_rc rc = tbi_sqlite_functions(conn, sql, err);
    if (rc == TB_OK && (sqlite3_prepare_v3(conn->db, sql, -1, 0, &scan->q, NULL) != SQLITE_OK ||
                        scan->q == NULL || !bind_all(scan, req)))
        rc = tbi_sqlite_failed(conn, "open", err);
    free(sql);
    TB_TRY(rc);
    if (req->ncols > 0 && (uint32_t)sqlite3_column_count(scan->q) != req->ncols)
        return TB_RAISE(err, TB_E_INTERNAL_ERROR,
                        "a statement for server \"%s\" has other columns than planned",
                        conn->server);
    return TB_OK;
}

static tb_rc scan_open(tb_conn *conn, const tb_scan_request *req, tb_scan **out, tb_error *err)
{
    if (!conn->host->stamp_valid(req->query_id, req->fragment))
        return TB_RAISE(err, TB_E_INTERNAL_ERROR,
                        "a scan without the stamp of the policy stage was refused");
    tb_scan *scan = tb_xcalloc(1, sizeof *scan);
    tb_conn *use = conn;
    attach(scan, conn, req, err);
    tb_rc rc = prepare_columns(scan, req, err);
    if (rc == TB_OK)
        rc = tbi_sqlite_begin(conn, req, &use, err);
    if (use != conn) {
        detach(scan);
        attach(scan, use, req, err);
    }
    if (rc == TB_OK)
        rc = prepare_statement(scan, req, err);
    if (rc != TB_OK) {
        scan_close(scan);
        return TB_FAIL;
    }
    *out = scan;
    return TB_OK;
}

static tb_rc misfit(tb_scan *scan, uint32_t col, tb_error *err)
{
    const char *origin = scan->origins[col] != NULL ? scan->origins[col] : "(computed)";
    TB_RAISE(err, TB_E_FDW_INVALID_DATA_TYPE, "a value of %s.%s does not fit its declared type",
             scan->conn->server, origin);
    tb_error_source(err, scan->conn->server);
    return TB_FAIL;
}

static tb_rc step_failed(tb_scan *scan, tb_error *err)
{
    tb_conn *conn = scan->conn;
    if (atomic_load(&scan->cancelled))
        return TB_RAISE(err, TB_E_QUERY_CANCELED, "canceling statement due to user request");
    if (!tb_error_set(&conn->fn_error))
        return tbi_sqlite_failed(conn, "step", err);
    *err = conn->fn_error;
    tb_error_source(err, conn->server);
    return TB_FAIL;
}

static tb_rc scan_next(tb_scan *scan, tb_batch *batch, tb_error *err)
{
    tb_batch_reset(batch);
    while (!scan->done && batch->nrows < TB_BATCH_ROWS) {
        if (atomic_load_explicit(&scan->cancelled, memory_order_relaxed))
            return step_failed(scan, err);
        int rc = sqlite3_step(scan->q);
        if (rc == SQLITE_ROW) {
            int bad = tbi_sqlite_read_row(scan->q, scan->readers, scan->ncols, batch, &scan->bytes);
            if (bad >= 0)
                return misfit(scan, (uint32_t)bad, err);
        } else if (rc == SQLITE_DONE) {
            scan->done = true;
            sqlite3_reset(scan->q);
            if (scan->conn->hold == NULL)
                tbi_sqlite_end(scan->conn); /* now, not when the consumer is through */
        } else {
            return step_failed(scan, err);
        }
    }
    batch->nsel = batch->nrows;
    return TB_OK;
}

static void scan_cancel(tb_scan *scan)
{
    atomic_store(&scan->cancelled, true);
    sqlite3_interrupt(scan->conn->db);
}

static uint64_t scan_bytes(const tb_scan *scan)
{
    return scan->bytes;
}

const tb_connector_ops tb_sqlite_connector = {
    .driver = "sqlite",
    .dialect = "sqlite",
    .check_options = check_options,
    .connect = connect_file,
    .disconnect = tbi_sqlite_disconnect,
    .describe = tbi_sqlite_describe,
    .open = scan_open,
    .next = scan_next,
    .cancel = scan_cancel,
    .close = scan_close,
    .partition = tbi_sqlite_partition,
    .probe_fence = tbi_sqlite_probe_fence,
    .bytes = scan_bytes,
    .let_go = tbi_sqlite_let_go,
};
