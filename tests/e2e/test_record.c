/* SPDX-License-Identifier: Apache-2.0
 * The record: written before a source is contacted and before the client hears the end; no record,
 * no query; what failed or was refused is on it; no data and no literals are.
 */
#include "gateway.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static e2e_gateway gateway;

static int start(void **state)
{
    (void)state;
    char fixture[4096];
    snprintf(fixture, sizeof fixture, "%s/tests/e2e", getenv("TOMBOLO_SOURCE"));
    e2e_gateway_start(&gateway, fixture, 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    return e2e_gateway_stop(&gateway) ? 0 : 1;
}

/* The first value of a query of the auditor. */
static e2e_answer auditor(const char *sql)
{
    PGconn *conn = e2e_connect(&gateway, "auditor");
    e2e_answer a = e2e_ask(conn, sql);
    PQfinish(conn);
    if (strcmp(a.state, "00000") != 0)
        fail_msg("%s: %s", a.state, a.message);
    return a;
}

static void test_record__holds_what_crossed(void **state)
{
    (void)state;
    PGconn *conn = e2e_connect(&gateway, "officer");
    assert_int_equal(e2e_ask(conn, "SET tombolo.purpose = 'one-stop'").rows, 0);
    assert_int_equal(e2e_ask(conn, "SELECT p.name, y.name FROM police.person p JOIN tax.payer y"
                                   " ON y.id_no = p.id_no WHERE p.id_no <> '990101198512010029'")
                         .rows,
                     3);
    PQfinish(conn);
    assert_string_equal(auditor("SELECT concat_ws('|', user_name, purpose, sqlstate, rows_returned)"
                                " FROM tombolo.query_log ORDER BY started DESC LIMIT 1")
                            .value,
                        "officer|one-stop|00000|3");
    e2e_answer crossed = auditor("SELECT string_agg(department || ':' || tables || ':' || rows, ' '"
                                 " ORDER BY department) FROM tombolo.query_crossing"
                                 " WHERE query_id = (SELECT query_id FROM tombolo.query_log"
                                 " ORDER BY started DESC LIMIT 1)");
    assert_non_null(strstr(crossed.value, "police:police.person:"));
    assert_non_null(strstr(crossed.value, "tax:tax.payer:"));
}

static bool file_holds(const char *name, const char *needle)
{
    char path[200];
    size_t len = 0;
    snprintf(path, sizeof path, "%s/%s", gateway.dir, name);
    char *text = e2e_read_file(path, &len);
    bool found = text != NULL && memmem(text, len, needle, strlen(needle)) != NULL;
    free(text);
    return found;
}

static void test_record__holds_no_values(void **state)
{
    (void)state;
    static const char *const values[] = {"990101199003070012", "990101198512010029", "林二妹",
                                         "secret-literal", "990102197207150036"};
    PGconn *conn = e2e_connect(&gateway, "officer");
    e2e_ask(conn, "SET tombolo.purpose = 'one-stop'");
    e2e_ask(conn, "SELECT * FROM police.person WHERE name = 'secret-literal' OR name = '林二妹'");
    e2e_ask(conn,
            "SELECT 1 / (birth - birth) FROM police.person WHERE id_no = '990101199003070012'");
    e2e_ask(conn, "SELECT * FROM tax.payer WHERE name = $$secret-literal$$ AND nothing = 1");
    PQfinish(conn);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_false(file_holds("data/record.db", values[i]));
        assert_false(file_holds("data/record.db-wal", values[i]));
        assert_false(file_holds("log", values[i]));
    }
    assert_true(file_holds("data/record.db-wal", "officer")); /* the search finds what is there */
}

static void test_record__holds_failures_and_refusals(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"SELECT model FROM police.vehicle", "42501", "refused"},
        {"SELECT * FROM police.car_owner", "42P01", "failed"},
        {"SELEC 1", "42601", "failed"},
        {"SELECT nothing FROM tax.payer", "42703", "failed"},
        {"SELECT MASK_TOKEN('x')", "42501", "refused"},
    };
    PGconn *conn = e2e_connect(&gateway, "analyst_a");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char sql[300];
        assert_string_equal(e2e_ask(conn, cases[i][0]).state, cases[i][1]);
        snprintf(sql, sizeof sql,
                 "SELECT event || ' ' || sqlstate FROM tombolo.event_log WHERE user_name ="
                 " 'analyst_a' AND query_id <> '' ORDER BY at DESC LIMIT 1");
        e2e_answer a = auditor(sql);
        snprintf(sql, sizeof sql, "%s %s", cases[i][2], cases[i][1]);
        assert_string_equal(a.value, sql);
    }
    /* one that failed while it ran */
    assert_string_equal(e2e_ask(conn, "SELECT 1 / (n - 7) FROM lab.number").state, "22012");
    assert_string_equal(auditor("SELECT sqlstate FROM tombolo.query_log WHERE user_name ="
                                " 'analyst_a' ORDER BY started DESC LIMIT 1")
                            .value,
                        "22012");
    PQfinish(conn);
}

static void test_record__wrong_password_is_an_event(void **state)
{
    (void)state;
    char info[200];
    snprintf(info, sizeof info,
             "host=127.0.0.1 port=%d user=officer password=guess dbname=tombolo sslmode=disable",
             gateway.port);
    PGconn *conn = PQconnectdb(info);
    assert_int_equal(PQstatus(conn), CONNECTION_BAD);
    assert_non_null(strstr(PQerrorMessage(conn), "password authentication failed"));
    assert_null(strstr(PQerrorMessage(conn), "guess"));
    PQfinish(conn);
    assert_string_equal(auditor("SELECT sqlstate FROM tombolo.event_log WHERE user_name = 'officer'"
                                " ORDER BY at DESC LIMIT 1")
                            .value,
                        "28P01");
}

static void test_record__for_auditors_only(void **state)
{
    (void)state;
    static const char *const logins[] = {"admin", "sysop", "officer", "police_admin", "stranger"};
    for (size_t i = 0; i < sizeof logins / sizeof *logins; i++) {
        PGconn *conn = e2e_connect(&gateway, logins[i]);
        assert_string_equal(e2e_ask(conn, "SELECT * FROM tombolo.query_log").state, "42501");
        assert_string_equal(e2e_ask(conn, "SELECT * FROM tombolo.event_log").state, "42501");
        PQfinish(conn);
    }
    /* and an auditor reads no data */
    PGconn *conn = e2e_connect(&gateway, "auditor");
    assert_string_not_equal(e2e_ask(conn, "SELECT * FROM lab.number").state, "00000");
    PQfinish(conn);
}

static void unrecorded(PGconn *conn, const char *sql)
{
    e2e_answer a = e2e_ask(conn, sql);
    assert_string_equal(a.state, "58030");
    assert_non_null(strstr(a.message, "the record of queries cannot be written"));
    assert_int_equal(a.rows, 0);
}

static void test_record__locked_means_refused(void **state)
{
    (void)state;
    char path[200];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/data/record.db", gateway.dir);
    PGconn *conn = e2e_connect(&gateway, "officer");
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    unrecorded(conn, "SELECT count(*) FROM lab.number");
    assert_string_equal(e2e_ask(conn, "SELECT 1").value, "1"); /* touches no department */
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_string_equal(e2e_ask(conn, "SELECT count(*) FROM lab.number").value, "5000");
    PQfinish(conn);
}

static void test_record__full_disk_means_refused(void **state)
{
    (void)state;
    PGconn *conn = e2e_connect(&gateway, "officer");
    e2e_gateway_limit_files(&gateway, 0, false);
    unrecorded(conn, "SELECT count(*) FROM lab.number");
    unrecorded(conn, "SELECT count(*) FROM police.person");
    e2e_gateway_limit_files(&gateway, 0, true);
    assert_string_equal(e2e_ask(conn, "SELECT count(*) FROM lab.number").value, "5000");
    PQfinish(conn);
}

/* The end of a query that cannot be written is an error, though its rows were on their way. */
static void test_record__outcome_before_the_last_message(void **state)
{
    (void)state;
    PGconn *conn = e2e_connect(&gateway, "officer");
    e2e_ask(conn, "BEGIN");
    e2e_ask(conn, "DECLARE c CURSOR FOR SELECT n FROM lab.number ORDER BY n");
    assert_string_equal(e2e_ask(conn, "FETCH 1 FROM c").value, "1");
    e2e_gateway_limit_files(&gateway, 0, false);
    unrecorded(conn, "FETCH ALL FROM c");
    e2e_gateway_limit_files(&gateway, 0, true);
    e2e_ask(conn, "ROLLBACK");
    assert_string_equal(e2e_ask(conn, "SELECT count(*) FROM lab.number").value, "5000");
    PQfinish(conn);
}

static void test_record__intent_outlives_a_crash(void **state)
{
    (void)state;
    PGconn *conn = e2e_connect(&gateway, "officer");
    e2e_ask(conn, "BEGIN");
    e2e_ask(conn, "DECLARE c CURSOR FOR SELECT n FROM lab.number ORDER BY n");
    assert_string_equal(e2e_ask(conn, "FETCH 1 FROM c").value, "1");
    e2e_gateway_kill(&gateway);
    PQfinish(conn);
    e2e_gateway_serve(&gateway);
    assert_string_equal(auditor("SELECT user_name || ' ' || sqlstate FROM tombolo.query_log"
                                " ORDER BY started DESC LIMIT 1")
                            .value,
                        "officer 57P01");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record__holds_what_crossed),
        cmocka_unit_test(test_record__holds_no_values),
        cmocka_unit_test(test_record__holds_failures_and_refusals),
        cmocka_unit_test(test_record__wrong_password_is_an_event),
        cmocka_unit_test(test_record__for_auditors_only),
        cmocka_unit_test(test_record__locked_means_refused),
        cmocka_unit_test(test_record__full_disk_means_refused),
        cmocka_unit_test(test_record__outcome_before_the_last_message),
        cmocka_unit_test(test_record__intent_outlives_a_crash),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
