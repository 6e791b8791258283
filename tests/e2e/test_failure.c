/* SPDX-License-Identifier: Apache-2.0
 * What goes wrong at a source or on a disk is one error that names the server and holds no data;
 * the session stays usable, and so does the department when it is whole again.
 */
#include "gateway.h"

#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

static e2e_gateway gateway;
static char lab[200], kept[200];

static int start(void **state)
{
    (void)state;
    char fixture[4096];
    snprintf(fixture, sizeof fixture, "%s/tests/e2e", getenv("TOMBOLO_SOURCE"));
    e2e_gateway_start(&gateway, fixture, 0);
    snprintf(lab, sizeof lab, "%s/lab.db", gateway.dir);
    snprintf(kept, sizeof kept, "%s/lab.kept", gateway.dir);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return e2e_gateway_stop(&gateway) ? 0 : 1;
}

static void copy(const char *from, const char *to)
{
    char command[1200];
    snprintf(command, sizeof command, "cp %s %s.new && mv %s.new %s", from, to, to, to);
    assert_int_equal(system(command), 0);
}

static int before(void **state)
{
    (void)state;
    copy(lab, kept);
    return 0;
}

static int after(void **state)
{
    (void)state;
    copy(kept, lab);
    return 0;
}

/* The statement fails with one error that names the server; then the session works. */
static void fails(PGconn *conn, const char *sql, const char *naming)
{
    e2e_answer a = e2e_ask(conn, sql);
    if (strcmp(a.state, "00000") == 0 || strcmp(a.state, "XX000") == 0 ||
        strcmp(a.state, "08006") == 0 || strstr(a.message, naming) == NULL)
        fail_msg("%s: %s %s", sql, a.state, a.message);
    /* neither the source's own words nor its data */
    static const char *const never[] = {"no such", "malformed", "disk image", "not a database",
                                        ".db ",    "/tmp/",     "SECRET"};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(a.message, never[i]) != NULL)
            fail_msg("%s: %s", sql, a.message);
    assert_int_equal(PQstatus(conn), CONNECTION_OK);
    assert_string_equal(e2e_ask(conn, "SELECT 1").value, "1");
    assert_string_equal(e2e_ask(conn, "SELECT count(*) FROM police.person").value, "6");
}

static void works(PGconn *conn)
{
    e2e_answer a = e2e_ask(conn, "SELECT count(*) FROM lab.number WHERE word <> ''");
    if (strcmp(a.value, "5000") != 0)
        fail_msg("%s %s", a.state, a.message);
}

static void test_failure__source_removed(void **state)
{
    (void)state;
    PGconn *conn = e2e_connect(&gateway, "officer");
    works(conn);
    assert_int_equal(unlink(lab), 0);
    fails(conn, "SELECT count(*) FROM lab.number WHERE word <> ''", "lab_db");
    fails(conn, "SELECT * FROM police.person p JOIN lab.number n ON n.n = length(p.name)",
          "lab_db");
    copy(kept, lab);
    works(conn);
    PQfinish(conn);
}

static void test_failure__source_locked(void **state)
{
    (void)state;
    sqlite3 *db;
    PGconn *conn = e2e_connect(&gateway, "officer");
    works(conn);
    assert_int_equal(sqlite3_open(lab, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    fails(conn, "SELECT count(*) FROM lab.number WHERE word <> ''", "lab_db");
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    works(conn);
    PQfinish(conn);
}

/* A copy of the department with junk from one byte to another takes its place. */
static void corrupt(long from, long to)
{
    char damaged[220], junk[4096];
    snprintf(damaged, sizeof damaged, "%s.damaged", lab);
    copy(kept, damaged);
    int fd = open(damaged, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    memset(junk, 0xA5, sizeof junk);
    for (long at = from; at < to; at += (long)sizeof junk)
        assert_int_equal(pwrite(fd, junk, sizeof junk, at), sizeof junk);
    close(fd);
    assert_int_equal(rename(damaged, lab), 0);
}

static void test_failure__source_corrupted(void **state)
{
    (void)state;
    PGconn *conn = e2e_connect(&gateway, "officer");
    works(conn);
    corrupt(20480, 61440); /* pages in the middle */
    fails(conn, "SELECT count(*) FROM lab.number WHERE word <> ''", "lab_db");
    corrupt(0, 4096); /* the header */
    fails(conn, "SELECT max(n) FROM lab.number", "lab_db");
    copy(kept, lab);
    works(conn);
    PQfinish(conn);
}

static void test_failure__values_of_another_type(void **state)
{
    (void)state;
    PGconn *conn = e2e_connect(&gateway, "officer");
    works(conn);
    assert_true(e2e_sqlite(lab, "UPDATE typed SET i4 = 'SECRET' WHERE id = 1"));
    fails(conn, "SELECT i4 FROM lab.typed", "i4");
    assert_true(e2e_sqlite(lab, "UPDATE typed SET i4 = 1, d = 'SECRET day' WHERE id = 1"));
    fails(conn, "SELECT max(d) FROM lab.typed", "lab_db");
    assert_true(e2e_sqlite(lab, "UPDATE typed SET d = NULL, t = x'fffe' WHERE id = 1"));
    fails(conn, "SELECT t FROM lab.typed", "lab_db");
    assert_true(e2e_sqlite(lab, "UPDATE typed SET t = 'a' || char(0) || 'SECRET' WHERE id = 1"));
    fails(conn, "SELECT t FROM lab.typed", "lab_db");
    assert_true(e2e_sqlite(lab, "UPDATE typed SET t = 'x', v = 'SECRET' WHERE id = 1"));
    fails(conn, "SELECT v FROM lab.typed", "lab_db"); /* longer than varchar(5) */
    assert_true(e2e_sqlite(lab, "UPDATE typed SET v = 'x' WHERE id = 1"));
    assert_string_equal(e2e_ask(conn, "SELECT v FROM lab.typed WHERE id = 1").value, "x");
    PQfinish(conn);
}

static void test_failure__column_and_table_gone(void **state)
{
    (void)state;
    PGconn *conn = e2e_connect(&gateway, "officer");
    works(conn);
    assert_true(e2e_sqlite(lab, "ALTER TABLE number DROP COLUMN word"));
    fails(conn, "SELECT word FROM lab.number", "lab_db");
    assert_string_equal(e2e_ask(conn, "SELECT max(n) FROM lab.number").value, "5000");
    assert_true(e2e_sqlite(lab, "DROP TABLE number"));
    fails(conn, "SELECT n FROM lab.number", "lab_db");
    PQfinish(conn);
}

/* The source changes while a cursor reads it: the cursor goes on with what it began with, or fails
 * naming the server. */
static void test_failure__removed_under_a_cursor(void **state)
{
    (void)state;
    PGconn *conn = e2e_connect(&gateway, "officer");
    e2e_ask(conn, "BEGIN");
    e2e_ask(conn, "DECLARE c CURSOR FOR SELECT n, word FROM lab.number");
    assert_int_equal(e2e_ask(conn, "FETCH 1 FROM c").rows, 1);
    assert_int_equal(unlink(lab), 0);
    e2e_answer a = e2e_ask(conn, "FETCH ALL FROM c");
    assert_true(a.rows == 4999 || strstr(a.message, "lab_db") != NULL);
    e2e_ask(conn, "ROLLBACK");
    copy(kept, lab);
    works(conn);
    PQfinish(conn);
}

static void test_failure__spill_disk_full(void **state)
{
    (void)state;
    static const char big[] = "SELECT a.n, b.word FROM lab.number a, lab.number b WHERE b.n < 40"
                              " ORDER BY b.word, a.n DESC";
    char record[200];
    PGconn *conn = e2e_connect(&gateway, "officer");
    e2e_ask(conn, "SET tombolo.memory_limit = '1MB'");
    assert_int_equal(e2e_ask(conn, big).rows, 195000);
    snprintf(record, sizeof record, "%s/data/record.db", gateway.dir);
    assert_true(e2e_sqlite(record, "PRAGMA wal_checkpoint(TRUNCATE)"));
    e2e_gateway_limit_files(&gateway, 1048576, false); /* enough for the record */
    e2e_answer a = e2e_ask(conn, big);
    e2e_gateway_limit_files(&gateway, 0, true);
    assert_string_equal(a.state, "53100");
    assert_non_null(strstr(a.message, "temporary file"));
    works(conn);
    assert_int_equal(e2e_ask(conn, big).rows, 195000);
    assert_string_equal(e2e_ask(conn, "SET tombolo.spill_limit = '64kB'").state, "00000");
    assert_string_equal(e2e_ask(conn, big).state, "53400");
    works(conn);
    PQfinish(conn);
}

int main(void)
{
#define FAILURE(f) cmocka_unit_test_setup_teardown(f, before, after)
    const struct CMUnitTest tests[] = {
        FAILURE(test_failure__source_removed),        FAILURE(test_failure__source_locked),
        FAILURE(test_failure__source_corrupted),      FAILURE(test_failure__values_of_another_type),
        FAILURE(test_failure__column_and_table_gone), FAILURE(test_failure__removed_under_a_cursor),
        FAILURE(test_failure__spill_disk_full),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
