/* SPDX-License-Identifier: Apache-2.0
 * The SQLite connector on real files: strict values, our functions inside, ranges, cancel, failures
 * without data.
 */
#include "connectors/conn_sqlite.h"

#include "core/io_text.h"

#include <sqlite3.h>

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];
static char logged[1024];
static bool stamp_ok = true;

static tb_rc body_upper(tb_fn_cx *cx, const tb_value *args, tb_value *ret)
{
    tb_str s = args[0].d.str;
    char *out = tb_arena_bytes(cx->arena, s.len);
    for (uint32_t i = 0; i < s.len; i++) {
        out[i] = tb_str_data(&s)[i];
        if (out[i] == '!')
            return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "bad input");
        if (out[i] >= 'a' && out[i] <= 'z')
            out[i] = (char)(out[i] - 32);
    }
    *ret = tb_value_str(tb_str_make(out, s.len));
    return TB_OK;
}

static tb_scalar_fn resolve(tb_fn_id fn)
{
    return fn == TB_FN_UPPER ? body_upper : NULL;
}

static void keep_log(const char *server, const char *query_id, const char *event, const char *text)
{
    snprintf(logged, sizeof logged, "%s|%s|%s|%s", server, query_id, event, text);
}

static bool stamp(const char *query_id, const tb_fragment *fragment)
{
    (void)query_id, (void)fragment;
    return stamp_ok;
}

static const tb_connector_host host = {.scalar = resolve, .log = keep_log, .stamp_valid = stamp};

/* ---- fixture ---- */

static tb_option options[] = {{"path", path}};
static tb_server server = {
    .oid = 1, .name = "island", .driver = "sqlite", .options = options, .noptions = 1};
static tb_conn *conn;
static tb_error err;

static void sql(const char *text)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static int setup(void **state)
{
    (void)state;
    strcpy(path, "/tmp/tb_sqlite_XXXXXX");
    close(mkstemp(path));
    sql("CREATE TABLE t (i integer, b bigint, f double precision, s varchar(5), n "
        "numeric_text(6,2), d date, ts timestamp, x blob,"
        " o boolean, g geometry);"
        "INSERT INTO t VALUES (1, 9007199254740993, 0.1, '张三丰', '-12.50', '2024-02-29', "
        "'2024-02-29 23:59:59.5', x'00ff', 1, 0),"
        " (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);"
        "CREATE TABLE big (id INTEGER PRIMARY KEY, v text);"
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 120000) INSERT "
        "INTO big SELECT n, 'v' || n FROM c;");
    tb_error_clear(&err);
    logged[0] = '\0';
    stamp_ok = true;
    conn = NULL;
    return tb_sqlite_connector.connect(&host, &server, NULL, 0, &conn, &err);
}

static int teardown(void **state)
{
    (void)state;
    tb_sqlite_connector.disconnect(conn);
    unlink(path);
    return 0;
}

typedef struct answer {
    tb_arena *arena;
    tb_batch *batch;
    tb_scan *scan;
} answer;

static const char *query_id = "qid";
static uint32_t scans; /* that the statement announces */
static tb_fragment fragment;
static tb_crossing cross[16];

static tb_rc start(answer *a, const char *text, const tb_type *types, uint32_t n)
{
    fragment = (tb_fragment){.server = &server, .sql = text, .cross = cross, .ncross = n};
    for (uint32_t i = 0; i < n; i++)
        cross[i].name = "main.t.column";
    tb_type_id ids[16];
    for (uint32_t i = 0; i < n; i++)
        ids[i] = types[i].id;
    tb_scan_request req = {.query_id = query_id,
                           .fragment = &fragment,
                           .ncols = n,
                           .types = types,
                           .range = {.whole = true},
                           .scans = scans};
    *a = (answer){.arena = tb_arena_create(0), .batch = tb_batch_create(ids, (uint16_t)n)};
    TB_TRY(tb_sqlite_connector.open(conn, &req, &a->scan, &err));
    return tb_sqlite_connector.next(a->scan, a->batch, &err);
}

static void finish(answer *a)
{
    tb_sqlite_connector.close(a->scan);
    tb_batch_destroy(a->batch);
    tb_arena_destroy(a->arena);
}

#define TYPES(...)                                                                                 \
    (const tb_type[]){__VA_ARGS__}, sizeof((const tb_type[]){__VA_ARGS__}) / sizeof(tb_type)
#define T(id)                                                                                      \
    {                                                                                              \
        TB_T_##id, -1                                                                              \
    }

#define NUMERIC(p, s) ((tb_type){TB_T_NUMERIC, tb_typmod_make_numeric(p, s)})

/* ---- tests ---- */

static void test_next__reads_every_type(void **state)
{
    (void)state;
    answer a;
    assert_int_equal(
        start(&a, "SELECT i, b, f, s, n, d, ts, x, o FROM t",
              TYPES(T(INT4), T(INT8), T(FLOAT8), {TB_T_VARCHAR, 9},
                    {TB_T_NUMERIC, ((6 << 16) | 2) + 4}, T(DATE), T(TIMESTAMP), T(BYTEA), T(BOOL))),
        TB_OK);
    assert_int_equal(a.batch->nrows, 2);
    assert_int_equal(tb_vector_get(&a.batch->cols[0], 0).d.i32, 1);
    assert_true(tb_vector_get(&a.batch->cols[1], 0).d.i64 == 9007199254740993);
    assert_true(tb_vector_get(&a.batch->cols[2], 0).d.f64 == 0.1);
    tb_value s = tb_vector_get(&a.batch->cols[3], 0);
    assert_int_equal(s.d.str.len, 9);
    tb_value n = tb_vector_get(&a.batch->cols[4], 0);
    assert_int_equal(n.d.num.coef, -1250);
    assert_int_equal(n.d.num.scale, 2);
    assert_int_equal(tb_vector_get(&a.batch->cols[5], 0).d.i32, 8825); /* days since 2000-01-01 */
    assert_true(tb_vector_get(&a.batch->cols[6], 0).d.i64 ==
                (int64_t)8825 * 86400000000 + 86399500000);
    assert_int_equal(tb_vector_get(&a.batch->cols[7], 0).d.str.len, 2);
    assert_int_equal(tb_vector_get(&a.batch->cols[8], 0).d.b, 1);
    for (int c = 0; c < 9; c++)
        assert_true(tb_vector_get(&a.batch->cols[c], 1).null);
    assert_int_equal(tb_sqlite_connector.next(a.scan, a.batch, &err), TB_OK);
    assert_int_equal(a.batch->nrows, 0);
    finish(&a);
}

static void misfits(const char *value, tb_type type)
{
    char text[200];
    answer a;
    tb_error_clear(&err);
    snprintf(text, sizeof text, "SELECT %s", value);
    if (start(&a, text, &type, 1) != TB_FAIL)
        fail_msg("%s was taken for %s", value, tb_type_get(type.id)->name);
    assert_string_equal(tb_sqlstate(err.code), "HV004");
    assert_string_equal(err.message,
                        "a value of island.main.t.column does not fit its declared type");
    assert_string_equal(err.source, "island");
    finish(&a);
}

static void test_next__a_misfit_is_an_error_without_its_bytes(void **state)
{
    (void)state;
    misfits("'abc'", tb_type_of(TB_T_INT4));
    misfits("'12'", tb_type_of(TB_T_INT4));
    misfits("2147483648", tb_type_of(TB_T_INT4));
    misfits("1.5", tb_type_of(TB_T_INT8));
    misfits("2", tb_type_of(TB_T_BOOL));
    misfits("5", tb_type_of(TB_T_TEXT));
    misfits("x'61'", tb_type_of(TB_T_TEXT));
    misfits("CAST(x'ff' AS TEXT)", tb_type_of(TB_T_TEXT));
    misfits("CAST(x'610062' AS TEXT)", tb_type_of(TB_T_TEXT));
    misfits("'abcdef'", (tb_type){TB_T_VARCHAR, 9});
    misfits("'2024-02-30'", tb_type_of(TB_T_DATE));
    misfits("'today'", tb_type_of(TB_T_DATE));
    misfits("'20240229'", tb_type_of(TB_T_DATE));
    misfits("'2024-02-29 25:00:00'", tb_type_of(TB_T_TIMESTAMP));
    misfits("'infinite'", tb_type_of(TB_T_DATE));
    misfits("'2024-02-29 10:00:00 America/New_York'", tb_type_of(TB_T_TIMESTAMPTZ));
    misfits("'2024-02-29 10:00:00'", tb_type_of(TB_T_TIMESTAMPTZ));
    misfits("'24:00:01'", tb_type_of(TB_T_TIME));
    misfits("'now'", tb_type_of(TB_T_TIMETZ));
    misfits("'12,5'", tb_type_of(TB_T_NUMERIC));
    misfits("' 12.50'", tb_type_of(TB_T_NUMERIC));
    misfits("'12345.00'", NUMERIC(6, 2));
    misfits("'12.5'", NUMERIC(6, 2)); /* other decimals than declared: the text is not canonical */
    misfits("'12.505'", NUMERIC(6, 2)); /* never rounded */
    misfits("12.505", NUMERIC(6, 2));
    misfits("12345", NUMERIC(6, 2));
    misfits("12345678901234.56", NUMERIC(20, 2)); /* more digits than a double keeps */
    misfits("1.0", NUMERIC(16, 15));
    misfits("1e300", NUMERIC(20, 2));
    misfits("1e300", tb_type_of(TB_T_FLOAT4));
    misfits("9007199254740993", tb_type_of(TB_T_FLOAT8));
    misfits("'{\"a\":}'", tb_type_of(TB_T_JSON));
    misfits("'1.5'", tb_type_of(TB_T_FLOAT8));
    misfits("'infinity'", tb_type_of(TB_T_FLOAT8));
    misfits("'{1,x}'", tb_type_of(tb_type_array_of(TB_T_INT4)));
    misfits("'1'", tb_type_of(tb_type_array_of(TB_T_INT4)));
    misfits("1", tb_type_of(tb_type_array_of(TB_T_INT4)));
    misfits("'{today}'", tb_type_of(tb_type_array_of(TB_T_DATE))); /* not the same tomorrow */
}

static void reads(const char *value, tb_type type, const char *want)
{
    char text[200];
    answer a;
    tb_buf out;
    tb_error_clear(&err);
    snprintf(text, sizeof text, "SELECT %s", value);
    if (start(&a, text, &type, 1) != TB_OK)
        fail_msg("%s: %s", value, err.message);
    tb_value v = tb_vector_get(&a.batch->cols[0], 0);
    const tb_io_cx io = {.extra_float_digits = 1};
    tb_buf_init(&out, 1000);
    tb_text_out(&io, type, &v.d, &out);
    assert_string_equal(tb_buf_cstr(&out), want);
    tb_buf_fini(&out);
    finish(&a);
}

static void test_next__reads_rare_forms(void **state)
{
    (void)state;
    reads("'infinity'", tb_type_of(TB_T_DATE), "infinity");
    reads("'0044-03-15 BC'", tb_type_of(TB_T_DATE), "0044-03-15 BC");
    reads("'12024-03-15'", tb_type_of(TB_T_DATE), "12024-03-15");
    reads("'-infinity'", tb_type_of(TB_T_TIMESTAMP), "-infinity");
    reads("'2024-02-29T01:02:03.25'", tb_type_of(TB_T_TIMESTAMP), "2024-02-29 01:02:03.25");
    reads("'2024-02-29 01:02:03+08'", tb_type_of(TB_T_TIMESTAMPTZ), "2024-02-28 17:02:03+00");
    reads("'2024-02-29 01:02:03.5-03:30'", tb_type_of(TB_T_TIMESTAMPTZ),
          "2024-02-29 04:32:03.5+00");
    reads("'24:00:00'", tb_type_of(TB_T_TIME), "24:00:00");
    reads("'1 year 2 mons'", tb_type_of(TB_T_INTERVAL), "1 year 2 mons");
    reads("'{\"b\":1,\"a\":2}'", tb_type_of(TB_T_JSONB), "{\"a\": 2, \"b\": 1}");
    reads("12.5", NUMERIC(6, 2), "12.50");
    reads("-0.1", NUMERIC(15, 2), "-0.10");
    reads("9999999999999.99", NUMERIC(15, 2), "9999999999999.99");
    reads("-0.912345678901234", NUMERIC(15, 15), "-0.912345678901234");
    reads("12", NUMERIC(6, 2), "12.00");
    reads("0.1", tb_type_of(TB_T_NUMERIC), "0.1");
    reads("1200", NUMERIC(3, -2), "1200");
    reads("'123456789012345678901234567890.12'", NUMERIC(32, 2),
          "123456789012345678901234567890.12");
    reads("'NaN'", NUMERIC(6, 2), "NaN");
    reads("'ab'", (tb_type){TB_T_BPCHAR, 4 + 4}, "ab  ");
    reads("'-Infinity'", tb_type_of(TB_T_FLOAT8), "-Infinity");
    reads("'NaN'", tb_type_of(TB_T_FLOAT4), "NaN");
    reads("9e999", tb_type_of(TB_T_FLOAT8), "Infinity");
    reads("tb_column('-Infinity', 701, -1)", tb_type_of(TB_T_FLOAT8), "-Infinity");
    reads("'{1,NULL,3}'", tb_type_of(tb_type_array_of(TB_T_INT4)), "{1,NULL,3}");
    reads("'[0:1]={\"a,b\",\"\"}'", tb_type_of(tb_type_array_of(TB_T_TEXT)),
          "[0:1]={\"a,b\",\"\"}");
}

/* What the dialect wraps around columns that do not keep their declared form. */
static void test_column__brings_values_into_their_form(void **state)
{
    (void)state;
    char call[200];
    const tb_type text = tb_type_of(TB_T_TEXT);
    snprintf(call, sizeof call, "tb_column(12.5, 1700, %d)", NUMERIC(6, 2).typmod);
    reads(call, text, "12.50");
    snprintf(call, sizeof call, "tb_column('ab', 1042, %d)", 4 + 4);
    reads(call, text, "ab  ");
    answer a;
    snprintf(call, sizeof call, "SELECT tb_column(12.505, 1700, %d)", NUMERIC(6, 2).typmod);
    assert_int_equal(start(&a, call, &text, 1), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "HV004");
    finish(&a);
}

/* Two scans of one statement never see two states of the file. */
static void two_states(const char *mode)
{
    answer a;
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA journal_mode = %s", mode);
    sql(pragma);
    tb_error_clear(&err);
    query_id = mode;
    scans = 2;
    assert_int_equal(start(&a, "SELECT count(*) FROM t", TYPES(T(INT8))), TB_OK);
    finish(&a);
    assert_int_equal(start(&a, "SELECT count(*) FROM big", TYPES(T(INT8))), TB_OK);
    finish(&a);
    tb_sqlite_connector.let_go(query_id, "island");
    sql("INSERT INTO t (i) VALUES (7)"); /* nothing is held any more */
    assert_int_equal(start(&a, "SELECT count(*) FROM t", TYPES(T(INT8))), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "40001");
    assert_string_equal(err.source, "island");
    tb_batch_destroy(a.batch);
    tb_arena_destroy(a.arena);
    tb_sqlite_connector.let_go(query_id, "island");
    query_id = strcmp(mode, "WAL") == 0 ? "after WAL" : "after";
    assert_int_equal(start(&a, "SELECT count(*) FROM t", TYPES(T(INT8))), TB_OK);
    finish(&a);
    tb_sqlite_connector.let_go(query_id, "island");
    query_id = "qid";
    scans = 0;
}

static void test_open__one_state_per_statement(void **state)
{
    (void)state;
    two_states("DELETE");
    sql("DELETE FROM t WHERE i = 7");
    two_states("WAL");
}

/* ---- a department that is written to all the time ---- */

static void write_steadily(const char *mode)
{
    sqlite3 *db;
    char pragma[64];
    snprintf(pragma, sizeof pragma, "PRAGMA journal_mode = %s", mode);
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_busy_timeout(db, 20000) != SQLITE_OK ||
        sqlite3_exec(db, pragma, NULL, NULL, NULL) != SQLITE_OK)
        _exit(1);
    for (;;)
        if (sqlite3_exec(
                db,
                "BEGIN IMMEDIATE; UPDATE left_ SET n = n + 1; UPDATE right_ SET n = n + 1; COMMIT",
                NULL, NULL, NULL) != SQLITE_OK)
            _exit(1);
}

static int64_t one_number(const char *text)
{
    answer a;
    if (start(&a, text, TYPES(T(INT8))) != TB_OK)
        fail_msg("%s: %s", tb_sqlstate(err.code), err.message);
    int64_t n = ((const int64_t *)a.batch->cols[0].data)[0];
    finish(&a);
    return n;
}

/* Statements of several scans, opened one after the other, succeed while another process commits
 * without a pause. */
static void beside_a_writer(const char *mode)
{
    enum { ROUNDS = 20 };
    int64_t first = 0, last = 0;
    char id[33];
    sql("DROP TABLE IF EXISTS left_; DROP TABLE IF EXISTS right_; CREATE TABLE left_ (n bigint); "
        "CREATE TABLE right_ (n bigint);"
        "INSERT INTO left_ VALUES (0); INSERT INTO right_ VALUES (0)");
    pid_t writer = fork();
    if (writer == 0)
        write_steadily(mode);
    usleep(50000);
    scans = 3;
    query_id = id;
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(id, sizeof id, "%s%d", mode, i);
        int64_t left = one_number("SELECT n FROM left_");
        usleep(5000);
        int64_t right = one_number("SELECT n FROM right_");
        assert_int_equal(left, right);
        assert_int_equal(one_number("SELECT n FROM left_"), left);
        tb_sqlite_connector.let_go(id, "island");
        usleep(2000);
        first = i == 0 ? left : first;
        last = left;
    }
    query_id = "qid";
    scans = 0;
    kill(writer, SIGKILL);
    waitpid(writer, NULL, 0);
    assert_true(last > first); /* the writer got on, too */
}

static void test_open__beside_a_writer_with_rollback_journal(void **state)
{
    (void)state;
    beside_a_writer("DELETE");
}

static void test_open__beside_a_writer_with_wal(void **state)
{
    (void)state;
    beside_a_writer("WAL");
}

static void test_open__a_removed_file(void **state)
{
    (void)state;
    answer a;
    unlink(path);
    assert_int_equal(start(&a, "SELECT count(*) FROM t", TYPES(T(INT8))), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "HV00N");
    tb_batch_destroy(a.batch);
    tb_arena_destroy(a.arena);
}

static int64_t count_replaced(void)
{
    answer a;
    assert_int_equal(start(&a, "SELECT count(*) FROM replaced", TYPES(T(INT8))), TB_OK);
    int64_t n = tb_vector_get(&a.batch->cols[0], 0).d.i64;
    finish(&a);
    return n;
}

/* A department that replaces its file is not read from the old one, which the connection keeps
 * open. */
static void test_open__a_replaced_file(void **state)
{
    (void)state;
    sql("CREATE TABLE replaced AS SELECT 1 AS a");
    assert_int_equal(count_replaced(), 1);
    char kept[sizeof path + 8];
    snprintf(kept, sizeof kept, "%s.old", path);
    assert_int_equal(rename(path, kept), 0);
    sql("CREATE TABLE replaced AS SELECT 1 AS a UNION ALL SELECT 2");
    query_id = "replaced";
    assert_int_equal(count_replaced(), 2);
    query_id = "qid";
    unlink(kept);
}

static void test_next__a_locked_file(void **state)
{
    (void)state;
    answer a;
    sqlite3 *writer;
    assert_int_equal(sqlite3_open(path, &writer), SQLITE_OK);
    assert_int_equal(sqlite3_exec(writer, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(start(&a, "SELECT count(*) FROM t", TYPES(T(INT8))), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "55P03");
    tb_batch_destroy(a.batch);
    tb_arena_destroy(a.arena);
    sqlite3_close(writer);
    query_id = "later";
    assert_int_equal(start(&a, "SELECT count(*) FROM t", TYPES(T(INT8))), TB_OK);
    finish(&a);
    query_id = "qid";
}

static void *cancel_soon(void *scan)
{
    usleep(50000);
    tb_sqlite_connector.cancel(scan);
    return NULL;
}

static void test_cancel__stops_a_step_that_gives_no_row(void **state)
{
    (void)state;
    answer a;
    pthread_t thread;
    tb_type type = tb_type_of(TB_T_INT8);
    fragment = (tb_fragment){
        .server = &server,
        .cross = cross,
        .ncross = 1,
        .sql = "SELECT count(*) FROM big a, big b, big c WHERE a.v < b.v AND b.v < c.v"};
    tb_scan_request req = {.query_id = query_id,
                           .fragment = &fragment,
                           .ncols = 1,
                           .types = &type,
                           .range = {.whole = true}};
    a = (answer){.arena = tb_arena_create(0), .batch = tb_batch_create(&type.id, 1)};
    assert_int_equal(tb_sqlite_connector.open(conn, &req, &a.scan, &err), TB_OK);
    pthread_create(&thread, NULL, cancel_soon, a.scan);
    assert_int_equal(tb_sqlite_connector.next(a.scan, a.batch, &err), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "57014");
    pthread_join(thread, NULL);
    finish(&a);
}

static void test_cancel__before_the_first_step(void **state)
{
    (void)state;
    answer a;
    tb_type type = tb_type_of(TB_T_INT8);
    fragment =
        (tb_fragment){.server = &server, .cross = cross, .ncross = 1, .sql = "SELECT id FROM big"};
    tb_scan_request req = {.query_id = query_id,
                           .fragment = &fragment,
                           .ncols = 1,
                           .types = &type,
                           .range = {.whole = true}};
    a = (answer){.arena = tb_arena_create(0), .batch = tb_batch_create(&type.id, 1)};
    assert_int_equal(tb_sqlite_connector.open(conn, &req, &a.scan, &err), TB_OK);
    tb_sqlite_connector.cancel(a.scan);
    assert_int_equal(tb_sqlite_connector.next(a.scan, a.batch, &err), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "57014");
    finish(&a);
}

static void test_next__a_damaged_file(void **state)
{
    (void)state;
    answer a;
    FILE *f = fopen(path, "r+b");
    for (long at = 4096 * 3; at < 4096 * 200; at += 64) { /* behind the schema */
        fseek(f, at, SEEK_SET);
        fputs("\xff\xff\xff\xff\xff\xff\xff\xff", f);
    }
    fclose(f);
    tb_rc rc = start(&a, "SELECT count(v) FROM big WHERE v <> 'x'", TYPES(T(INT8)));
    assert_int_equal(rc, TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "HV000");
    assert_string_equal(err.message, "the data of server \"island\" is damaged");
    finish(&a);
}

/* Names that hide the rowid, views, tables without rowids: not split. */
static void test_partition__only_what_has_rowids(void **state)
{
    (void)state;
    static const char *const tables[] = {"r", "vw", "wr", "edge"};
    sql("CREATE TABLE r (rowid text, v text); INSERT INTO r SELECT 'x', v FROM big;"
        "CREATE VIEW vw AS SELECT id AS rowid, v FROM big; CREATE TABLE wr (id int PRIMARY KEY, v "
        "text) WITHOUT ROWID;"
        "INSERT INTO wr SELECT id, v FROM big; CREATE TABLE edge (id INTEGER PRIMARY KEY);"
        "INSERT INTO edge VALUES (1), (9223372036854775807)");
    for (size_t i = 0; i < TB_COUNT(tables); i++) {
        tb_scan_range ranges[4];
        tb_relation rel = {.name = tables[i], .remote_name = tables[i]};
        const tb_relation *rels[] = {&rel};
        tb_fragment f = {.server = &server, .nrels = 1, .rels = rels, .whole_table_scan = true};
        assert_int_equal(tb_sqlite_connector.partition(conn, &f, 4, ranges), 1);
        assert_true(ranges[0].whole);
    }
}

static void test_open__without_a_stamp_nothing_is_read(void **state)
{
    (void)state;
    answer a;
    stamp_ok = false;
    assert_int_equal(start(&a, "SELECT i FROM t", TYPES(T(INT4))), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "XX000");
    assert_null(a.scan);
    tb_batch_destroy(a.batch);
    tb_arena_destroy(a.arena);
}

static void test_open__runs_our_functions_in_the_source(void **state)
{
    (void)state;
    answer a;
    assert_int_equal(start(&a, "SELECT tb_upper('abc'), tb_upper(NULL)", TYPES(T(TEXT), T(TEXT))),
                     TB_OK);
    tb_value v = tb_vector_get(&a.batch->cols[0], 0);
    assert_int_equal(v.d.str.len, 3);
    assert_memory_equal(tb_str_data(&v.d.str), "ABC", 3);
    assert_true(tb_vector_get(&a.batch->cols[1], 0).null);
    finish(&a);
    assert_int_equal(start(&a, "SELECT tb_upper('se!cret')", TYPES(T(TEXT))), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "22023");
    assert_null(strstr(err.message, "cret"));
    finish(&a);
}

static void test_open__a_changed_table_is_one_class_error(void **state)
{
    (void)state;
    answer a;
    assert_int_equal(start(&a, "SELECT nosuch FROM t", TYPES(T(TEXT))), TB_FAIL);
    assert_string_equal(err.message, "a table of server \"island\" is not as it was imported");
    assert_non_null(
        strstr(logged, "nosuch")); /* the log has the source's own words, the client does not */
    tb_batch_destroy(a.batch);
    tb_arena_destroy(a.arena);
}

static void test_connect__a_missing_or_foreign_file(void **state)
{
    (void)state;
    tb_conn *other = NULL;
    tb_option gone[] = {{"path", "/nonexistent/x.db"}};
    tb_server s = server;
    s.options = gone;
    assert_int_equal(tb_sqlite_connector.connect(&host, &s, NULL, 0, &other, &err), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "HV00N");
    FILE *f = fopen(path, "wb");
    for (int i = 0; i < 8192; i++)
        fputc('x', f);
    fclose(f);
    assert_int_equal(tb_sqlite_connector.connect(&host, &server, NULL, 0, &other, &err), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "HV00N");
    assert_null(strstr(err.message, path));
}

static void test_partition__ranges_give_every_row_once(void **state)
{
    (void)state;
    tb_scan_range ranges[4];
    tb_relation rel = {.name = "big", .remote_name = "big"};
    const tb_relation *rels[] = {&rel};
    tb_fragment f = {.server = &server,
                     .sql = "SELECT \"id\" FROM \"big\" t",
                     .nrels = 1,
                     .rels = rels,
                     .whole_table_scan = true,
                     .range_text = " WHERE t.rowid >= ?1 AND t.rowid < ?2",
                     .cross = cross,
                     .ncross = 1};
    f.range_at = (uint32_t)strlen(f.sql);
    uint32_t n = tb_sqlite_connector.partition(conn, &f, 4, ranges);
    assert_int_equal(n, 2);
    tb_type type = tb_type_of(TB_T_INT8);
    tb_batch *batch = tb_batch_create(&type.id, 1);
    int64_t rows = 0, sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        tb_scan *scan;
        tb_scan_request req = {
            .query_id = "q", .fragment = &f, .ncols = 1, .types = &type, .range = ranges[i]};
        assert_int_equal(tb_sqlite_connector.open(conn, &req, &scan, &err), TB_OK);
        do {
            assert_int_equal(tb_sqlite_connector.next(scan, batch, &err), TB_OK);
            for (uint32_t k = 0; k < batch->nrows; k++)
                sum += tb_vector_get(&batch->cols[0], k).d.i64;
            rows += batch->nrows;
        } while (batch->nrows > 0);
        tb_sqlite_connector.close(scan);
    }
    tb_batch_destroy(batch);
    assert_int_equal(rows, 120000);
    assert_true(sum == (int64_t)120000 * 120001 / 2);
}

static void test_cancel__is_sticky_and_leaves_the_connection_usable(void **state)
{
    (void)state;
    answer a;
    assert_int_equal(start(&a, "SELECT id FROM big", TYPES(T(INT8))), TB_OK);
    tb_sqlite_connector.cancel(a.scan);
    assert_int_equal(tb_sqlite_connector.next(a.scan, a.batch, &err), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "57014");
    assert_int_equal(tb_sqlite_connector.next(a.scan, a.batch, &err), TB_FAIL);
    finish(&a);
    assert_int_equal(start(&a, "SELECT id FROM big", TYPES(T(INT8))), TB_OK);
    finish(&a);
}

static void test_describe__maps_types_and_leaves_the_unknown_untyped(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_create(0);
    tb_remote_tables tables = {0};
    assert_int_equal(tb_sqlite_connector.describe(conn, "main", arena, &tables, &err), TB_OK);
    assert_int_equal(tables.n, 2);
    assert_string_equal(tables.at[0].name, "big");
    assert_int_equal(tables.at[0].cols[0].pk, 1);
    assert_true(tables.at[0].rows == 120000);
    const tb_remote_table *t = &tables.at[1];
    assert_int_equal(t->ncols, 10);
    assert_int_equal(t->cols[3].type.id, TB_T_VARCHAR);
    assert_int_equal(t->cols[3].type.typmod, 9);
    assert_int_equal(t->cols[4].type.typmod, ((6 << 16) | 2) + 4);
    assert_int_equal(t->cols[9].type.id, TB_T_NONE);
    assert_int_equal(tb_sqlite_connector.describe(conn, "other", arena, &tables, &err), TB_FAIL);
    tb_arena_destroy(arena);
}

static void test_probe_fence__holds(void **state)
{
    (void)state;
    bool verified = false;
    assert_int_equal(tb_sqlite_connector.probe_fence(conn, &verified, &err), TB_OK);
    assert_true(verified);
}

static void test_connection__cannot_write(void **state)
{
    (void)state;
    answer a;
    assert_int_equal(start(&a, "DELETE FROM t", NULL, 0), TB_FAIL);
    finish(&a);
    assert_int_equal(start(&a, "SELECT count(*) FROM t", TYPES(T(INT8))), TB_OK);
    assert_int_equal(tb_vector_get(&a.batch->cols[0], 0).d.i64, 2);
    finish(&a);
}

static void test_check_options__names_the_valid_ones(void **state)
{
    (void)state;
    tb_option bad[] = {{"path", "/a"}, {"pasword", "x"}}, relative[] = {{"path", "a.db"}};
    assert_int_equal(tb_sqlite_connector.check_options(bad, 2, &err), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "HV00D");
    assert_int_equal(tb_sqlite_connector.check_options(relative, 1, &err), TB_FAIL);
    assert_int_equal(tb_sqlite_connector.check_options(bad, 1, &err), TB_OK);
}

int main(void)
{
#define U(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        U(test_next__reads_every_type),
        U(test_next__a_misfit_is_an_error_without_its_bytes),
        U(test_next__reads_rare_forms),
        U(test_column__brings_values_into_their_form),
        U(test_open__one_state_per_statement),
        U(test_open__beside_a_writer_with_rollback_journal),
        U(test_open__beside_a_writer_with_wal),
        U(test_open__a_removed_file),
        U(test_open__a_replaced_file),
        U(test_next__a_locked_file),
        U(test_next__a_damaged_file),
        U(test_cancel__stops_a_step_that_gives_no_row),
        U(test_cancel__before_the_first_step),
        U(test_partition__only_what_has_rowids),
        U(test_open__without_a_stamp_nothing_is_read),
        U(test_open__runs_our_functions_in_the_source),
        U(test_open__a_changed_table_is_one_class_error),
        U(test_connect__a_missing_or_foreign_file),
        U(test_partition__ranges_give_every_row_once),
        U(test_cancel__is_sticky_and_leaves_the_connection_usable),
        U(test_describe__maps_types_and_leaves_the_unknown_untyped),
        U(test_probe_fence__holds),
        U(test_connection__cannot_write),
        U(test_check_options__names_the_valid_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
