/* SPDX-License-Identifier: Apache-2.0
 * What an SQLite file holds: tables with columns and types, ranges of rowids, and whether the fence
 * works here.
 */
#include "connectors/sqlite_int.h"

#include <stdio.h>

static const char *text(tb_arena *arena, sqlite3_stmt *q, int col)
{
    const unsigned char *s = sqlite3_column_text(q, col);
    return s == NULL ? "" : tb_arena_strdup(arena, (const char *)s);
}

static tb_rc describe_columns(tb_conn *conn, tb_arena *arena, tb_remote_table *t, tb_error *err)
{
    TB_LIST(tb_remote_column) cols = {0};
    sqlite3_stmt *q = NULL;
    /* hidden 1 = column of a virtual table that SELECT * leaves out */
    if (sqlite3_prepare_v2(conn->db,
                           "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) WHERE "
                           "hidden <> 1 ORDER BY cid",
                           -1, &q, NULL) != SQLITE_OK ||
        sqlite3_bind_text(q, 1, t->name, -1, SQLITE_STATIC) != SQLITE_OK)
        return tbi_sqlite_failed(conn, "describe", err);
    int rc;
    while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
        tb_remote_column c = {.name = text(arena, q, 0), .declared_type = text(arena, q, 1)};
        c.type = tbi_sqlite_type(c.declared_type);
        c.not_null = sqlite3_column_int(q, 2) != 0;
        c.pk = (uint16_t)sqlite3_column_int(q, 3);
        tb_list_push(arena, &cols, c);
    }
    sqlite3_finalize(q);
    t->cols = cols.at;
    t->ncols = cols.n;
    return rc == SQLITE_DONE ? TB_OK : tbi_sqlite_failed(conn, "describe", err);
}

static char *quoted(tb_arena *arena, const char *name)
{
    char *out = tb_arena_bytes(arena, 2 * strlen(name) + 3), *p = out;
    *p++ = '"';
    for (; *name != '\0'; name++) {
        if (*name == '"')
            *p++ = '"';
        *p++ = *name;
    }
    *p++ = '"';
    *p = '\0';
    return out;
}

/* A count costs a scan; the greatest rowid is one look and a good estimate for a table that only
 * grows. */
static double estimate_rows(tb_conn *conn, tb_arena *arena, const char *table)
{
    sqlite3_stmt *q = NULL;
    double rows = -1;
    const char *sql = tb_arena_printf(arena, "SELECT max(rowid) FROM %s", quoted(arena, table));
    if (sqlite3_prepare_v2(conn->db, sql, -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW)
        rows = sqlite3_column_type(q, 0) == SQLITE_INTEGER ? (double)sqlite3_column_int64(q, 0) : 0;
    sqlite3_finalize(q);
    return rows;
}

tb_rc tbi_sqlite_describe(tb_conn *conn, const char *remote_schema, tb_arena *arena,
                          tb_remote_tables *out, tb_error *err)
{
    if (remote_schema != NULL && strcmp(remote_schema, "main") != 0)
        return TB_RAISE(err, TB_E_FDW_TABLE_NOT_FOUND,
                        "schema \"%s\" does not exist in server \"%s\"", remote_schema,
                        conn->server);
    sqlite3_stmt *q = NULL;
    if (!tbi_sqlite_follow(conn) ||
        sqlite3_prepare_v2(conn->db,
                           "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')"
                           " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
                           -1, &q, NULL) != SQLITE_OK)
        return tbi_sqlite_failed(conn, "describe", err);
    int rc;
    while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
        tb_remote_table t = {.name = text(arena, q, 0)};
        t.rows = sqlite3_column_text(q, 1)[0] == 't' ? estimate_rows(conn, arena, t.name) : -1;
        if (describe_columns(conn, arena, &t, err) != TB_OK) {
            sqlite3_finalize(q);
            return TB_FAIL;
        }
        tb_list_push(arena, out, t);
    }
    sqlite3_finalize(q);
    return rc == SQLITE_DONE ? TB_OK : tbi_sqlite_failed(conn, "describe", err);
}

/* ---- ranges ---- */

/* Only an ordinary table with rowids can be split, and only if no column of its own hides the rowid
 * behind that name. */
static bool has_rowids(tb_conn *conn, const char *table)
{
    static const char sql[] =
        "SELECT 1 FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE AND "
        "type = 'table'"
        " AND wr = 0 AND NOT EXISTS (SELECT 1 FROM pragma_table_xinfo(?1) AS c"
        " WHERE c.name = 'rowid' COLLATE NOCASE)";
    sqlite3_stmt *q = NULL;
    bool yes = sqlite3_prepare_v2(conn->db, sql, -1, &q, NULL) == SQLITE_OK &&
               sqlite3_bind_text(q, 1, table, -1, SQLITE_STATIC) == SQLITE_OK &&
               sqlite3_step(q) == SQLITE_ROW;
    sqlite3_finalize(q);
    return yes;
}

static bool rowid_bounds(tb_conn *conn, const char *table, int64_t *lo, int64_t *hi)
{
    tb_arena *arena = tb_arena_create(0);
    sqlite3_stmt *q = NULL;
    const char *name = quoted(arena, table);
    const char *sql = tb_arena_printf(
        arena, "SELECT (SELECT min(rowid) FROM %s), (SELECT max(rowid) FROM %s)", name, name);
    bool ok = has_rowids(conn, table) &&
              sqlite3_prepare_v2(conn->db, sql, -1, &q, NULL) == SQLITE_OK &&
              sqlite3_step(q) == SQLITE_ROW && sqlite3_column_type(q, 0) == SQLITE_INTEGER;
    if (ok) {
        *lo = sqlite3_column_int64(q, 0);
        *hi = sqlite3_column_int64(q, 1);
        ok = *hi < INT64_MAX; /* the end of the last range must lie behind it */
    }
    sqlite3_finalize(q);
    tb_arena_destroy(arena);
    return ok;
}

enum { ROWS_PER_RANGE_MIN = 50000 };

uint32_t tbi_sqlite_partition(tb_conn *conn, const tb_fragment *fragment, uint32_t max,
                              tb_scan_range *ranges)
{
    int64_t lo, hi;
    ranges[0] = (tb_scan_range){.whole = true};
    if (!fragment->whole_table_scan || fragment->nrels != 1 ||
        !rowid_bounds(conn, fragment->rels[0]->remote_name, &lo, &hi))
        return 1;
    uint64_t span = (uint64_t)hi - (uint64_t)lo + 1;
    uint64_t n = span / ROWS_PER_RANGE_MIN;
    if (n > max)
        n = max;
    if (n < 2)
        return 1;
    for (uint64_t i = 0; i < n; i++) {
        /* the outer bounds are open: no row is left out, whatever was written since */
        ranges[i].whole = false;
        ranges[i].lo = i == 0 ? INT64_MIN : lo + (int64_t)(span / n * i);
        ranges[i].hi = i + 1 == n ? INT64_MAX : lo + (int64_t)(span / n * (i + 1));
    }
    return (uint32_t)n;
}

/* ---- the fence ---- */

static void leak(sqlite3_context *cx, int argc, sqlite3_value **argv)
{
    bool *seen = sqlite3_user_data(cx);
    *seen |= argc == 1 && sqlite3_value_int(argv[0]) == 0;
    sqlite3_result_int(cx, 1);
}

/* A row filter over a relation in which k = 0 is the hidden row, and a user's predicate that
 * notices whom it is shown. Four shapes of filter, among them the correlated EXISTS that leaks
 * without a fence. */
static const char *const probes[] = {
    "SELECT count(*) FROM (SELECT k FROM t WHERE k > 0 LIMIT -1) p WHERE tb_probe(p.k)",
    "SELECT count(*) FROM (SELECT k FROM t WHERE k IN (SELECT k FROM e) LIMIT -1) p WHERE "
    "tb_probe(p.k)",
    "SELECT count(*) FROM (SELECT k FROM t WHERE EXISTS (SELECT 1 FROM e WHERE e.k = t.k) LIMIT "
    "-1) p WHERE tb_probe(p.k)",
    "SELECT count(*) FROM (SELECT k FROM t WHERE abs(k * 7 + k) > 0 LIMIT -1) p WHERE "
    "tb_probe(p.k)",
};

tb_rc tbi_sqlite_probe_fence(tb_conn *conn, bool *verified, tb_error *err)
{
    bool seen = false;
    static const char with[] =
        "WITH t(k) AS (SELECT value FROM json_each('[0,1,2,3]')), e(k) AS (SELECT value FROM"
        " json_each('[1,2,3]')) ";
    if (sqlite3_create_function_v2(conn->db, "tb_probe", 1, SQLITE_UTF8, &seen, leak, NULL, NULL,
                                   NULL) != SQLITE_OK)
        return tbi_sqlite_failed(conn, "probe", err);
    tb_rc rc = TB_OK;
    for (size_t i = 0; i < TB_COUNT(probes) && rc == TB_OK; i++) {
        char sql[600];
        sqlite3_stmt *q = NULL;
        snprintf(sql, sizeof sql, "%s%s", with, probes[i]);
        bool ok = sqlite3_prepare_v2(conn->db, sql, -1, &q, NULL) == SQLITE_OK &&
                  sqlite3_step(q) == SQLITE_ROW && sqlite3_column_int(q, 0) == 3;
        sqlite3_finalize(q);
        if (!ok)
            rc = tbi_sqlite_failed(conn, "probe", err);
    }
    sqlite3_create_function_v2(conn->db, "tb_probe", 1, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL);
    *verified = rc == TB_OK && !seen;
    return rc;
}
