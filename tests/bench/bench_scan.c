/* SPDX-License-Identifier: Apache-2.0
 * What the engine adds to SQLite: a table of 16 columns and a million rows through connector, queue
 * and executor, rows thrown away, against a bare loop of sqlite3_step that decodes into the same
 * types and copies strings, checking nothing. CPU of the whole process per row, threads included;
 * both in turn, best of the runs.
 *
 *     bench_scan FILE [rows [runs]]      FILE is created when it is not there
 *
 * Prints: bare ns/row, engine ns/row, ratio of the best, median ratio of the pairs.
 */
#include "connectors/conn_sqlite.h"
#include "core/datetime.h"
#include "core/num.h"
#include "core/tz.h"
#include "executor/executor.h"

#include <sqlite3.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { COLUMNS = 16, RUNS_MAX = 100 };

#define NUMERIC_15_2                                                                               \
    {                                                                                              \
        TB_T_NUMERIC, ((15 << 16) | 2) + 4                                                         \
    }
#define VARCHAR(n)                                                                                 \
    {                                                                                              \
        TB_T_VARCHAR, (n) + 4                                                                      \
    }

/* TPC-H's lineitem in shape. */
static const struct column {
    const char *name, *declared, *value; /* an SQL expression of the row's number i */
    tb_type type;
} columns[COLUMNS] = {
    {"orderkey", "bigint", "i / 4", {TB_T_INT8, -1}},
    {"partkey", "integer", "i * 7919 % 200000", {TB_T_INT4, -1}},
    {"suppkey", "integer", "i * 104729 % 10000", {TB_T_INT4, -1}},
    {"linenumber", "integer", "i % 4 + 1", {TB_T_INT4, -1}},
    {"quantity", "numeric_text(15,2)", "(i % 50 + 1) || '.00'", NUMERIC_15_2},
    {"extendedprice", "numeric_text(15,2)", "printf('%d.%02d', i * 31 % 90000 + 900, i % 100)",
     NUMERIC_15_2},
    {"discount", "numeric_text(15,2)", "printf('0.%02d', i % 11)", NUMERIC_15_2},
    {"tax", "numeric_text(15,2)", "printf('0.%02d', i % 9)", NUMERIC_15_2},
    {"returnflag", "varchar(1)", "substr('ANR', i % 3 + 1, 1)", VARCHAR(1)},
    {"linestatus", "varchar(1)", "substr('OF', i % 2 + 1, 1)", VARCHAR(1)},
    {"shipdate", "date_text", "date('1992-01-02', (i % 2500) || ' days')", {TB_T_DATE, -1}},
    {"commitdate", "date_text", "date('1992-02-02', (i % 2400) || ' days')", {TB_T_DATE, -1}},
    {"receiptdate", "date_text", "date('1992-01-12', (i % 2500) || ' days')", {TB_T_DATE, -1}},
    {"shipinstruct", "varchar(25)", "substr('DELIVER IN PERSON TAKE BACK RETURN', i % 9 + 1, 17)",
     VARCHAR(25)},
    {"shipmode", "varchar(10)", "substr('REG AIR TRUCK MAIL SHIP RAIL FOB', i % 20 + 1, 7)",
     VARCHAR(10)},
    {"comment", "varchar(44)",
     "substr('carefully final packages sleep along the quick pinto beans', i % 20 + 1, i % 30 + "
     "10)",
     VARCHAR(44)},
};

static const char *path;
static char select_sql[1024];

static void die(const char *what)
{
    fprintf(stderr, "bench_scan: %s\n", what);
    exit(1);
}

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void list(char *to, size_t size, const char *head, const char *tail, bool values,
                 bool declare)
{
    size_t n = (size_t)snprintf(to, size, "%s", head);
    for (int c = 0; c < COLUMNS; c++)
        n += (size_t)snprintf(to + n, size - n, "%s%s%s%s", c > 0 ? ", " : "",
                              values ? columns[c].value : columns[c].name, declare ? " " : "",
                              declare ? columns[c].declared : "");
    snprintf(to + n, size - n, "%s", tail);
}

static void create(int64_t rows)
{
    char text[4096], range[200];
    sqlite3 *db;
    if (sqlite3_open(path, &db) != SQLITE_OK)
        die("cannot create the file");
    list(text, sizeof text, "CREATE TABLE lineitem (", ")", false, true);
    sqlite3_exec(db, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    snprintf(range, sizeof range,
             " FROM (WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i + 1 < "
             "%" PRId64 ") SELECT i FROM s)",
             rows);
    bool ok = sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK;
    list(text, sizeof text, "INSERT INTO lineitem SELECT ", range, true, false);
    ok = ok && sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK;
    sqlite3_close(db);
    if (!ok) {
        unlink(path);
        die("cannot fill the file");
    }
}

/* ---- the bare loop ---- */

static int two(const char *s)
{
    return (s[0] - '0') * 10 + (s[1] - '0');
}

static int32_t bare_date(const char *s)
{
    return tb_days_from_civil(two(s) * 100 + two(s + 2), two(s + 5), two(s + 8));
}

static tb_num bare_numeric(const char *s, int len)
{
    int64_t coef = 0;
    int scale = 0;
    bool point = false;
    for (int i = 0; i < len; i++) {
        if (s[i] == '.') {
            point = true;
        } else if (s[i] != '-') {
            coef = coef * 10 + (s[i] - '0');
            scale += point;
        }
    }
    return tb_num_small(s[0] == '-' ? -coef : coef, scale);
}

static void bare_value(sqlite3_stmt *q, int c, tb_vector *to, uint32_t row, tb_arena *arena)
{
    char *slot = (char *)to->data + row * tb_phys_width((tb_phys)to->phys);
    if (columns[c].type.id == TB_T_INT8) {
        *(int64_t *)slot = sqlite3_column_int64(q, c);
    } else if (columns[c].type.id == TB_T_INT4) {
        *(int32_t *)slot = (int32_t)sqlite3_column_int64(q, c);
    } else {
        const char *s = (const char *)sqlite3_column_text(q, c);
        int len = sqlite3_column_bytes(q, c);
        if (columns[c].type.id == TB_T_DATE)
            *(int32_t *)slot = bare_date(s);
        else if (columns[c].type.id == TB_T_NUMERIC)
            *(tb_num *)slot = bare_numeric(s, len);
        else
            *(tb_str *)slot = tb_str_make(
                len > TB_STR_INLINE ? memcpy(tb_arena_bytes(arena, (size_t)len), s, (size_t)len)
                                    : s,
                (size_t)len);
    }
}

static double bare(uint64_t *rows)
{
    tb_type_id types[COLUMNS];
    sqlite3 *db;
    sqlite3_stmt *q;
    for (int c = 0; c < COLUMNS; c++)
        types[c] = columns[c].type.id;
    tb_batch *batch = tb_batch_create(types, COLUMNS);
    double began = cpu_ns();
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_exec(db, "PRAGMA cache_size = -16384", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(db, select_sql, -1, &q, NULL) != SQLITE_OK)
        die("cannot read the file");
    *rows = 0;
    uint32_t row = TB_BATCH_ROWS;
    while (sqlite3_step(q) == SQLITE_ROW) {
        if (row == TB_BATCH_ROWS) {
            tb_batch_reset(batch);
            row = 0;
        }
        for (int c = 0; c < COLUMNS; c++)
            if (sqlite3_column_type(q, c) == SQLITE_NULL)
                batch->cols[c].valid[row >> 6] &= ~(UINT64_C(1) << (row & 63));
            else
                bare_value(q, c, &batch->cols[c], row, batch->arena);
        row++;
        ++*rows;
    }
    double took = cpu_ns() - began;
    sqlite3_finalize(q);
    sqlite3_close(db);
    tb_batch_destroy(batch);
    return took;
}

/* ---- the engine ---- */

static void no_log(const char *server, const char *query_id, const char *event, const char *text)
{
    (void)server, (void)query_id;
    fprintf(stderr, "bench_scan: %s: %s\n", event, text);
}

static bool stamp_valid(const char *query_id, const tb_fragment *fragment)
{
    (void)query_id, (void)fragment;
    return true;
}

static const tb_connector_host connector_host = {
    .scalar = tb_exec_scalar, .log = no_log, .stamp_valid = stamp_valid};
static tb_option options[1] = {{.name = "path"}};
static tb_server server = {
    .oid = 1, .name = "bench", .driver = "sqlite", .options = options, .noptions = 1};

static tb_rc acquire(void *ctx, const tb_server *of, const tb_subject *subject,
                     const tb_connector_ops **ops, tb_conn **conn, tb_error *err)
{
    (void)ctx, (void)subject;
    *ops = &tb_sqlite_connector;
    return tb_sqlite_connector.connect(&connector_host, of, NULL, 0, conn, err);
}

static void release(void *ctx, const tb_server *of, tb_conn *conn, bool broken)
{
    (void)ctx, (void)of, (void)broken;
    tb_sqlite_connector.disconnect(conn);
}

static double engine(tb_stmt *stmt, const tb_plan *plan, uint64_t *rows)
{
    const tb_exec_host host = {.acquire = acquire,
                               .release = release,
                               .threads = 1,
                               .batch_rows = TB_BATCH_ROWS,
                               .spill_dir = "/tmp"};
    tb_error err = {.position = -1};
    tb_exec *exec;
    const tb_batch *batch;
    double began = cpu_ns();
    if (tb_exec_start(stmt, plan, &host, &exec, &err) != TB_OK)
        die(err.message);
    *rows = 0;
    do {
        if (tb_exec_next(exec, &batch, &err) != TB_OK)
            die(err.message);
        *rows += batch == NULL ? 0 : batch->nsel;
    } while (batch != NULL);
    tb_exec_close(exec);
    return cpu_ns() - began;
}

static tb_plan *make_plan(tb_stmt *stmt)
{
    tb_fragment *f = TB_NEW(stmt->arena, tb_fragment);
    tb_crossing *cross = TB_NEW_ARRAY(stmt->arena, tb_crossing, COLUMNS);
    tb_colid cols[COLUMNS];
    tb_list_push(stmt->arena, &stmt->cols, ((tb_colinfo){0}));
    for (int c = 0; c < COLUMNS; c++) {
        cols[c] = tb_stmt_add_col(stmt, columns[c].name, columns[c].type, true);
        cross[c] = (tb_crossing){.col = cols[c], .name = columns[c].name};
    }
    *f = (tb_fragment){.server = &server, .sql = select_sql, .ncross = COLUMNS, .cross = cross};
    tb_list_push(stmt->arena, &stmt->fragments, f);
    tb_plan *p = tb_plan_new(stmt->arena, TB_P_FRAGMENT,
                             tb_plan_new(stmt->arena, TB_P_EMPTY, NULL, NULL), NULL);
    p->fragment = f;
    tb_plan_set_out(stmt->arena, p, cols, COLUMNS);
    return p;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int64_t want = argc > 2 ? atoll(argv[2]) : 1000000;
    int runs = argc > 3 ? atoi(argv[3]) : 7;
    uint64_t n, m;
    double bare_best = 1e18, engine_best = 1e18, ratios[RUNS_MAX];
    if (argc < 2 || runs < 1 || runs > RUNS_MAX)
        die("usage: bench_scan FILE [rows [runs]]");
    path = argv[1];
    options[0].value = path;
    if (access(path, R_OK) != 0)
        create(want);
    list(select_sql, sizeof select_sql, "SELECT ", " FROM lineitem", false, false);
    tb_arena *arena = tb_arena_create(0);
    const tb_env env = {.tz = tb_tz_utc(), .timezone = "UTC", .extra_float_digits = 1};
    tb_stmt stmt = {.arena = arena,
                    .sql = select_sql,
                    .sql_len = strlen(select_sql),
                    .env = &env,
                    .query_id = "bench"};
    const tb_plan *plan = make_plan(&stmt);
    for (int i = 0; i < runs; i++) {
        double b = bare(&n), e = engine(&stmt, plan, &m);
        if (n != m || n == 0)
            die("the two saw different rows");
        ratios[i] = e / b;
        bare_best = b < bare_best ? b : bare_best;
        engine_best = e < engine_best ? e : engine_best;
    }
    qsort(ratios, (size_t)runs, sizeof *ratios, by_value);
    printf("%.1f %.1f %.3f %.3f\n", bare_best / (double)n, engine_best / (double)n,
           engine_best / bare_best, ratios[runs / 2]);
    tb_arena_destroy(arena);
    return 0;
}
