/* SPDX-License-Identifier: Apache-2.0
 * The record in an SQLite file of its own, synced at every append (WAL, synchronous = FULL).
 *
 * What is in it: who, when, for what purpose, which departments' tables and columns crossed, masked
 * by what, how many rows and bytes, and how it ended. What is not: data values. The statement's
 * text is kept with its literals hashed, and as a salted hash of the whole, so that a known
 * statement can be proven to be the one; the same holds for the texts sent to the sources.
 */
#include "server/audit.h"

#include "core/buf.h"
#include "core/catalog.h"
#include "parser/fingerprint.h"
#include "server/log.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { SALT_BYTES = 16, HASH_HEX = 2 * SHA256_DIGEST_LENGTH + 1 };

struct tb_audit {
    sqlite3 *db;
    pthread_mutex_t lock;
    uint8_t salt[SALT_BYTES];
};

static const char schema_sql[] =
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS query ("
    " seq INTEGER PRIMARY KEY AUTOINCREMENT, query_id TEXT NOT NULL UNIQUE, started INTEGER NOT "
    "NULL, user TEXT NOT NULL,"
    " role TEXT NOT NULL, roles TEXT NOT NULL, purpose TEXT, statement TEXT NOT NULL, "
    "statement_hash TEXT NOT NULL,"
    " catalog_version INTEGER NOT NULL, finished INTEGER, sqlstate TEXT, rows_returned INTEGER) "
    "STRICT;"
    "CREATE TABLE IF NOT EXISTS crossing ("
    " query_id TEXT NOT NULL, fragment INTEGER NOT NULL, server TEXT NOT NULL, department TEXT NOT "
    "NULL,"
    " tables TEXT NOT NULL, sql_hash TEXT NOT NULL, columns TEXT NOT NULL, masked TEXT NOT NULL, "
    "row_policies TEXT NOT NULL,"
    " keys_shipped TEXT NOT NULL, rows INTEGER, bytes INTEGER, PRIMARY KEY (query_id, fragment)) "
    "STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS event ("
    " seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, query_id TEXT NOT NULL, user "
    "TEXT NOT NULL,"
    " event TEXT NOT NULL, object TEXT NOT NULL, sqlstate TEXT NOT NULL) STRICT;";

/* Every failure to write is the same error: the query it belongs to is refused. */
static tb_rc unwritable(tb_error *err)
{
    TB_RAISE(err, TB_E_IO_ERROR, "the record of queries cannot be written");
    tb_error_hint(err, "No query runs unrecorded. Ask the operator to look at the data directory.");
    return TB_FAIL;
}

static bool run(tb_audit *audit, const char *sql, const char *types, ...)
{
    sqlite3_stmt *q = NULL;
    bool ok = sqlite3_prepare_v2(audit->db, sql, -1, &q, NULL) == SQLITE_OK;
    va_list ap;
    va_start(ap, types);
    for (int i = 1; ok && *types != '\0'; types++, i++) {
        if (*types == 'i')
            ok = sqlite3_bind_int64(q, i, va_arg(ap, int64_t)) == SQLITE_OK;
        else
            ok = sqlite3_bind_text(q, i, va_arg(ap, const char *), -1, SQLITE_TRANSIENT) ==
                 SQLITE_OK;
    }
    va_end(ap);
    int rc = ok ? sqlite3_step(q) : SQLITE_ERROR;
    sqlite3_finalize(q);
    return rc == SQLITE_DONE || rc == SQLITE_ROW;
}

static void hash_hex(const tb_audit *audit, const char *text, size_t len, char out[HASH_HEX])
{
    uint8_t sum[SHA256_DIGEST_LENGTH];
    tb_fingerprint_hash(audit->salt, SALT_BYTES, text, len, sum);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

/* ---- opening ---- */

static bool read_salt(tb_audit *audit)
{
    sqlite3_stmt *q = NULL;
    bool ok = sqlite3_prepare_v2(audit->db, "SELECT value FROM meta WHERE key = 'salt'", -1, &q,
                                 NULL) == SQLITE_OK;
    if (ok && sqlite3_step(q) == SQLITE_ROW && sqlite3_column_bytes(q, 0) == SALT_BYTES) {
        memcpy(audit->salt, sqlite3_column_blob(q, 0), SALT_BYTES);
        sqlite3_finalize(q);
        return true;
    }
    sqlite3_finalize(q);
    ok = ok && RAND_bytes(audit->salt, SALT_BYTES) == 1 &&
         sqlite3_prepare_v2(audit->db, "INSERT INTO meta VALUES ('salt', ?1)", -1, &q, NULL) ==
             SQLITE_OK &&
         sqlite3_bind_blob(q, 1, audit->salt, SALT_BYTES, SQLITE_TRANSIENT) == SQLITE_OK;
    ok = ok && sqlite3_step(q) == SQLITE_DONE;
    if (ok)
        sqlite3_finalize(q);
    return ok;
}

static bool prepare_file(tb_audit *audit)
{
    return run(audit, "PRAGMA journal_mode = WAL", "") &&
           run(audit, "PRAGMA synchronous = FULL", "") &&
           sqlite3_exec(audit->db, schema_sql, NULL, NULL, NULL) == SQLITE_OK && read_salt(audit) &&
           /* intents of a process that died */
           run(audit, "UPDATE query SET sqlstate = '57P01' WHERE sqlstate IS NULL", "");
}

tb_rc tb_audit_open(const char *dir, tb_audit **out, tb_error *err)
{
    char path[4096];
    tb_audit *audit = tb_xcalloc(1, sizeof *audit);
    pthread_mutex_init(&audit->lock, NULL);
    if ((size_t)snprintf(path, sizeof path, "%s/record.db", dir) >= sizeof path ||
        sqlite3_open_v2(path, &audit->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                        NULL) != SQLITE_OK ||
        !prepare_file(audit)) {
        tb_audit_close(audit);
        return unwritable(err);
    }
    *out = audit;
    return TB_OK;
}

void tb_audit_close(tb_audit *audit)
{
    if (audit == NULL)
        return;
    sqlite3_close(audit->db);
    pthread_mutex_destroy(&audit->lock);
    free(audit);
}

/* ---- intent ---- */

static void add_name(tb_buf *to, const char *name)
{
    if (to->len > 0)
        tb_buf_puts(to, ", ");
    tb_buf_puts(to, name);
}

typedef struct crossing_text {
    tb_buf department, tables, columns, masked, policies;
} crossing_text;

static bool seen_schema(const tb_fragment *f, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++)
        if (f->rels[k]->schema == f->rels[i]->schema)
            return true;
    return false;
}

static void describe(const tb_stmt *stmt, const tb_fragment *f, crossing_text *t)
{
    tb_buf *all[] = {&t->department, &t->tables, &t->columns, &t->masked, &t->policies};
    for (size_t i = 0; i < TB_COUNT(all); i++)
        tb_buf_init(all[i], 1024 * 1024);
    for (uint32_t i = 0; i < f->nrels; i++) {
        if (!seen_schema(f, i))
            add_name(&t->department, f->rels[i]->schema->name);
        add_name(&t->tables,
                 tb_arena_printf(stmt->arena, "%s.%s", f->rels[i]->schema->name, f->rels[i]->name));
    }
    for (uint32_t i = 0; i < f->ncross; i++) {
        const tb_crossing *c = &f->cross[i];
        const char *name = c->name != NULL ? c->name : "(computed)";
        add_name(&t->columns, name);
        if (c->masked)
            add_name(&t->masked, c->policy == NULL
                                     ? name
                                     : tb_arena_printf(stmt->arena, "%s (%s)", name, c->policy));
    }
    for (uint32_t i = 0; i < f->nfilters; i++)
        add_name(&t->policies, f->filters[i]);
}

static bool write_crossing(tb_audit *audit, const tb_stmt *stmt, const tb_fragment *f)
{
    char hash[HASH_HEX];
    crossing_text t;
    describe(stmt, f, &t);
    hash_hex(audit, f->sql, strlen(f->sql), hash);
    bool ok = run(
        audit, "INSERT INTO crossing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', NULL, NULL)",
        "sisssssss", stmt->query_id, (int64_t)f->id, f->server->name, tb_buf_cstr(&t.department),
        tb_buf_cstr(&t.tables), hash, tb_buf_cstr(&t.columns), tb_buf_cstr(&t.masked),
        tb_buf_cstr(&t.policies));
    tb_buf *all[] = {&t.department, &t.tables, &t.columns, &t.masked, &t.policies};
    for (size_t i = 0; i < TB_COUNT(all); i++)
        tb_buf_fini(all[i]);
    return ok;
}

static const char *role_names(const tb_stmt *stmt)
{
    const char *names = "";
    for (uint32_t i = 0; i < stmt->subject->nroles; i++) {
        const tb_role *r = tb_catalog_role_by_oid(stmt->catalog, stmt->subject->roles[i]);
        if (r != NULL)
            names =
                *names == '\0' ? r->name : tb_arena_printf(stmt->arena, "%s, %s", names, r->name);
    }
    return names;
}

static bool write_query(tb_audit *audit, const tb_stmt *stmt)
{
    char hash[HASH_HEX];
    tb_buf text;
    tb_buf_init(&text, 1024 * 1024);
    tb_fingerprint_text(stmt->arena, stmt->sql, stmt->sql_len, audit->salt, SALT_BYTES, &text);
    hash_hex(audit, stmt->sql, stmt->sql_len, hash);
    bool ok =
        run(audit,
            "INSERT INTO query (query_id, started, user, role, roles, purpose, statement, "
            "statement_hash, catalog_version)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            "sissssssi", stmt->query_id, stmt->env->stmt_us, stmt->env->user, stmt->env->role,
            role_names(stmt), stmt->subject->purpose,
            text.failed ? "(too long)" : tb_buf_cstr(&text), hash, (int64_t)stmt->catalog->version);
    tb_buf_fini(&text);
    return ok;
}

/* All or nothing, durable on return. */
static tb_rc finish(tb_audit *audit, bool ok, tb_error *err)
{
    ok = ok && run(audit, "COMMIT", "");
    if (!ok)
        (void)run(audit, "ROLLBACK", "");
    pthread_mutex_unlock(&audit->lock);
    return ok ? TB_OK : unwritable(err);
}

tb_rc tb_audit_intent(tb_audit *audit, const tb_stmt *stmt, tb_error *err)
{
    pthread_mutex_lock(&audit->lock);
    bool ok = run(audit, "BEGIN IMMEDIATE", "") && write_query(audit, stmt);
    for (uint32_t i = 0; ok && i < stmt->fragments.n; i++)
        ok = write_crossing(audit, stmt, stmt->fragments.at[i]);
    return finish(audit, ok, err);
}

/* What the statement took, for operators: against the limit it had. */
static void log_memory(const tb_stmt *stmt, const tb_exec *exec)
{
    char peak[24], spilled[24], limit[24];
    snprintf(peak, sizeof peak, "%" PRIu64, (tb_exec_peak_memory(exec) + 1023) / 1024);
    snprintf(spilled, sizeof spilled, "%" PRIu64, (tb_exec_spilled(exec) + 1023) / 1024);
    snprintf(limit, sizeof limit, "%zu", stmt->limits.memory_bytes / 1024);
    tb_log(TB_LOG_INFO, "statement", "query_id", stmt->query_id, "peak_kb", peak, "limit_kb", limit,
           "spilled_kb", spilled, NULL);
}

tb_rc tb_audit_outcome(tb_audit *audit, const tb_stmt *stmt, const tb_exec *exec,
                       uint64_t rows_returned, const char *sqlstate, tb_error *err)
{
    if (exec != NULL)
        log_memory(stmt, exec);
    pthread_mutex_lock(&audit->lock);
    bool ok = run(audit, "BEGIN IMMEDIATE", "");
    for (uint32_t i = 0; ok && exec != NULL && i < stmt->fragments.n; i++) {
        tb_fragment_stats s = tb_exec_fragment_stats(exec, i);
        ok = run(audit,
                 "UPDATE crossing SET rows = ?3, bytes = ?4 WHERE query_id = ?1 AND fragment = ?2",
                 "siii", stmt->query_id, (int64_t)i, (int64_t)s.rows, (int64_t)s.bytes);
    }
    ok =
        ok &&
        run(audit,
            "UPDATE query SET finished = ?2, sqlstate = ?3, rows_returned = ?4 WHERE query_id = ?1",
            "sisi", stmt->query_id, stmt->env->clock_us(), sqlstate, (int64_t)rows_returned);
    return finish(audit, ok, err);
}

tb_rc tb_audit_event(tb_audit *audit, int64_t at_us, const char *query_id, const char *user,
                     const char *event, const char *object, const char *sqlstate, tb_error *err)
{
    pthread_mutex_lock(&audit->lock);
    bool ok = run(audit,
                  "INSERT INTO event (at, query_id, user, event, object, sqlstate) VALUES (?1, ?2, "
                  "?3, ?4, ?5, ?6)",
                  "isssss", at_us, query_id, user, event, object == NULL ? "" : object, sqlstate);
    pthread_mutex_unlock(&audit->lock);
    return ok ? TB_OK : unwritable(err);
}

/* ---- reading ---- */

static const char *const scans[] = {
    [TB_AUDIT_QUERIES] =
        "SELECT query_id, started, finished, user, role, roles, purpose, statement, statement_hash,"
        " catalog_version, sqlstate, rows_returned FROM query ORDER BY seq",
    [TB_AUDIT_CROSSINGS] =
        "SELECT c.query_id, c.fragment, c.server, c.department, c.tables, c.columns, c.masked, "
        "c.row_policies,"
        " c.keys_shipped, c.sql_hash, c.rows, c.bytes FROM crossing c JOIN query q USING (query_id)"
        " ORDER BY q.seq, c.fragment",
    [TB_AUDIT_EVENTS] =
        "SELECT at, query_id, user, event, object, sqlstate FROM event ORDER BY seq",
};

struct tb_audit_scan {
    sqlite3_stmt *q;
};

tb_rc tb_audit_scan_open(tb_audit *audit, tb_audit_relation which, tb_audit_scan **out,
                         tb_error *err)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(audit->db, scans[which], -1, &q, NULL) != SQLITE_OK)
        return TB_RAISE(err, TB_E_IO_ERROR, "the record of queries cannot be read");
    tb_audit_scan *scan = tb_xcalloc(1, sizeof *scan);
    scan->q = q;
    *out = scan;
    return TB_OK;
}

static tb_value column(sqlite3_stmt *q, int i, tb_arena *arena)
{
    if (sqlite3_column_type(q, i) == SQLITE_NULL)
        return tb_value_null();
    if (sqlite3_column_type(q, i) == SQLITE_INTEGER)
        return tb_value_int8(sqlite3_column_int64(q, i));
    int len = sqlite3_column_bytes(q, i);
    const char *bytes = (const char *)sqlite3_column_text(q, i);
    return tb_value_str(tb_str_make(tb_arena_strndup(arena, bytes, (size_t)len), (size_t)len));
}

tb_rc tb_audit_scan_next(tb_audit_scan *scan, tb_arena *arena, tb_value *values, bool *more,
                         tb_error *err)
{
    int rc = sqlite3_step(scan->q);
    *more = rc == SQLITE_ROW;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return TB_RAISE(err, TB_E_IO_ERROR, "the record of queries cannot be read");
    for (int i = 0; *more && i < sqlite3_column_count(scan->q); i++)
        values[i] = column(scan->q, i, arena);
    return TB_OK;
}

void tb_audit_scan_close(tb_audit_scan *scan)
{
    if (scan == NULL)
        return;
    sqlite3_finalize(scan->q);
    free(scan);
}
