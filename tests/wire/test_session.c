/* SPDX-License-Identifier: Apache-2.0
 * Sessions from outside: cancel, timeouts, limits, encodings, many at once, the end of the server.
 */
#include "wire_client.h"
#include "wire_server.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { MAX_CONNECTIONS = 12 };

static wire_server server;

static PGconn *login(const char *user, const char *more)
{
    char info[300];
    snprintf(info, sizeof info, "host=127.0.0.1 port=%d user=%s password=secret dbname=tombolo %s",
             server.port, user, more);
    return PQconnectdb(info);
}

static PGconn *open_session(const char *user)
{
    PGconn *conn = login(user, "");
    if (PQstatus(conn) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(conn));
    return conn;
}

/* First field of the first row, or the SQLSTATE; into a static buffer. */
static const char *ask(PGconn *conn, const char *sql)
{
    static char text[1000];
    PGresult *res = PQexec(conn, sql);
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    bool row = PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) > 0;
    snprintf(text, sizeof text, "%s", state != NULL ? state : row ? PQgetvalue(res, 0, 0) : "");
    PQclear(res);
    return text;
}

static int64_t now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The server runs a statement of this session now. */
static void wait_active(int pid)
{
    char condition[80];
    snprintf(condition, sizeof condition, "bool_or(pid = %d and state = 'active')", pid);
    wire_server_wait(&server, condition);
}

/* ---- cancel ---- */

static void test_cancel__running_statement(void **state)
{
    (void)state;
    PGconn *conn = open_session("analyst");
    char text[256];
    int64_t began = now_ms();
    assert_int_equal(PQsendQuery(conn, "select pg_sleep(30)"), 1);
    PQflush(conn);
    wait_active(PQbackendPID(conn));
    PGcancel *cancel = PQgetCancel(conn);
    assert_int_equal(PQcancel(cancel, text, sizeof text), 1);
    PQfreeCancel(cancel);
    PGresult *res = PQgetResult(conn);
    assert_string_equal(PQresultErrorField(res, PG_DIAG_SQLSTATE), "57014");
    assert_string_equal(PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY),
                        "canceling statement due to user request");
    PQclear(res);
    assert_null(PQgetResult(conn));
    assert_true(now_ms() - began < 25000);
    assert_string_equal(ask(conn, "select 1"), "1");
    PQfinish(conn);
}

static void send_cancel(const wire *w, uint8_t flip)
{
    wire *c = wire_open(server.port);
    uint8_t packet[16] = {0, 0, 0, 16, 0x04, 0xd2, 0x16, 0x2e};
    for (int i = 0; i < 4; i++)
        packet[8 + i] = (uint8_t)(w->pid >> (24 - 8 * i));
    memcpy(packet + 12, w->key, 4);
    packet[15] ^= flip;
    wire_send(c, packet, sizeof packet);
    assert_string_equal(wire_read(c, 1), "EOF"); /* nobody is told whether it worked */
    wire_close(c);
}

static void test_cancel__needs_the_key(void **state)
{
    (void)state;
    wire *w = wire_open(server.port);
    wire_login(w, "analyst", "secret", NULL);
    tb_buf_reset(&w->transcript);
    wire_message(w, 'Q', "select pg_sleep(1)", 19);
    wait_active(w->pid);
    send_cancel(w, 1);
    assert_string_equal(wire_read(w, 1), "T(pg_sleep:2278,4,-1,0) D() C(SELECT 1) ZI");
    tb_buf_reset(&w->transcript);
    wire_message(w, 'Q', "select pg_sleep(20)", 20);
    wait_active(w->pid);
    send_cancel(w, 0);
    assert_string_equal(wire_read(w, 1),
                        "T(pg_sleep:2278,4,-1,0) E(ERROR 57014 canceling statement "
                        "due to user request) ZI");
    wire_close(w);
}

static wire *open_wire(const char *user, const char *const *extra)
{
    wire *w = wire_open(server.port);
    wire_login(w, user, "secret", extra);
    tb_buf_reset(&w->transcript);
    return w;
}

static void test_signal_backend__own_sessions_only(void **state)
{
    (void)state;
    PGconn *mine = open_session("analyst"), *theirs = open_session("other");
    wire *more = open_wire("analyst", NULL);
    char sql[100];
    snprintf(sql, sizeof sql, "select pg_terminate_backend(%d)", PQbackendPID(theirs));
    assert_string_equal(ask(mine, sql), "42501");
    snprintf(sql, sizeof sql, "select pg_cancel_backend(%d)", more->pid);
    assert_string_equal(ask(mine, sql), "t");
    assert_string_equal(wire_script(more, "Q\tselect 1"),
                        "T(?column?:23,4,-1,0) D(1) C(SELECT 1) ZI");
    snprintf(sql, sizeof sql, "select pg_terminate_backend(%d)", more->pid);
    assert_string_equal(ask(mine, sql), "t");
    tb_buf_reset(&more->transcript);
    assert_string_equal(wire_read(more, 1),
                        "E(FATAL 57P01 terminating connection due to administrator command) EOF");
    assert_string_equal(ask(theirs, "select 1"), "1");
    wire_close(more);
    PQfinish(mine);
    PQfinish(theirs);
}

/* ---- timeouts and limits ---- */

static void test_timeout__idle_sessions_end(void **state)
{
    static const char *const open[] = {"idle_in_transaction_session_timeout", "200", NULL};
    (void)state;
    wire *w = open_wire("analyst", NULL);
    assert_string_equal(wire_script(w, "Q\tset idle_session_timeout = 200"), "C(SET) ZI");
    tb_buf_reset(&w->transcript);
    assert_string_equal(wire_read(w, 1),
                        "E(FATAL 57P05 terminating connection due to idle-session timeout) EOF");
    wire_close(w);
    w = open_wire("analyst", open);
    usleep(400000); /* idle outside of a transaction is fine, however long */
    assert_string_equal(wire_script(w, "Q\tbegin"), "C(BEGIN) ZT");
    tb_buf_reset(&w->transcript);
    assert_string_equal(
        wire_read(w, 1),
        "E(FATAL 25P03 terminating connection due to idle-in-transaction timeout) EOF");
    wire_close(w);
}

/* A session, as soon as those that were closed are gone from the server too. */
static PGconn *open_when_free(void)
{
    for (int i = 0;; i++) {
        PGconn *conn = login("analyst", "");
        if (PQstatus(conn) == CONNECTION_OK)
            return conn;
        if (i == 600 || strstr(PQerrorMessage(conn), "too many clients") == NULL)
            fail_msg("%s", PQerrorMessage(conn));
        PQfinish(conn);
        usleep(50000);
    }
}

static void test_limit__connections(void **state)
{
    (void)state;
    PGconn *conns[MAX_CONNECTIONS];
    for (int i = 0; i < MAX_CONNECTIONS; i++)
        conns[i] = open_when_free();
    PGconn *one_more = login("analyst", "");
    assert_int_equal(PQstatus(one_more), CONNECTION_BAD);
    assert_non_null(strstr(PQerrorMessage(one_more), "too many clients"));
    PQfinish(one_more);
    for (int i = 0; i < MAX_CONNECTIONS; i++)
        PQfinish(conns[i]);
    PQfinish(open_when_free());
    wire_server_wait(&server, "count(*) = 0");
}

static void test_limit__statement_and_rows(void **state)
{
    (void)state;
    PGconn *conn = open_session("analyst");
    size_t len = 200000;
    char *sql = malloc(len + 1);
    memset(sql, ' ', len);
    memcpy(sql, "select 1", 8);
    sql[len] = '\0';
    assert_string_equal(ask(conn, sql), "54000");
    free(sql);
    assert_string_equal(ask(conn, "set tombolo.max_result_rows = 10"), "");
    assert_string_equal(ask(conn, "select * from generate_series(1, 11)"), "54000");
    assert_string_equal(ask(conn, "select * from generate_series(1, 10)"), "1");
    PQfinish(conn);
}

static void test_limit__held_rows(void **state)
{
    (void)state;
    PGconn *conn = open_session("analyst");
    ask(conn,
        "declare c cursor with hold for select repeat('x', 1000) from generate_series(1, 5000)");
    assert_string_equal(ask(conn, "fetch 1 from c"), "34000"); /* could not be kept at commit */
    assert_string_equal(
        ask(conn, "declare c cursor with hold for select 1 from generate_series(1, 9)"), "");
    assert_string_equal(ask(conn, "fetch 1 from c"), "1");
    PQfinish(conn);
}

/* ---- encodings ---- */

static void test_encoding__gbk_both_ways(void **state)
{
    (void)state;
    PGconn *conn = login("analyst", "client_encoding=GBK");
    assert_string_equal(PQparameterStatus(conn, "client_encoding"), "GBK");
    assert_string_equal(ask(conn, "select name from police.island where id = 1"),
                        "\xC1\xAC\xB5\xBA");
    assert_string_equal(ask(conn, "select id from police.island where name = '\xC1\xAC\xB5\xBA'"),
                        "1");
    const char *values[] = {"\xC1\xAC\xB5\xBA"};
    PGresult *res =
        PQexecParams(conn, "select length($1), $1 as \"\xC1\xAC\"", 1, NULL, values, NULL, NULL, 0);
    assert_string_equal(PQgetvalue(res, 0, 0), "2");
    assert_string_equal(PQgetvalue(res, 0, 1), "\xC1\xAC\xB5\xBA");
    assert_string_equal(PQfname(res, 1), "\xC1\xAC");
    PQclear(res);
    assert_string_equal(ask(conn, "select U&'\\+01F600'"), "22P05");
    assert_string_equal(ask(conn, "select '\xff\xff'"), "22021");
    assert_string_equal(ask(conn, "set client_encoding = utf8"), "");
    assert_string_equal(ask(conn, "select name from police.island where id = 1"), "连岛");
    PQfinish(conn);
}

static void test_language__chinese_messages(void **state)
{
    (void)state;
    PGconn *conn = open_session("analyst");
    ask(conn, "set lc_messages = 'zh_CN.UTF-8'");
    PGresult *res = PQexec(conn, "notify a");
    assert_string_equal(PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY), "不支持 NOTIFY");
    assert_string_equal(PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED), "ERROR");
    PQclear(res);
    res = PQexec(conn, "select 1 from police.nosuch");
    assert_string_equal(PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY),
                        "关系 \"police.nosuch\" 不存在");
    assert_string_equal(PQresultErrorField(res, PG_DIAG_SEVERITY), "错误");
    PQclear(res);
    PQfinish(conn);
}

/* ---- roles ---- */

static void test_role__set_and_seen(void **state)
{
    (void)state;
    PGconn *conn = open_session("analyst");
    assert_string_equal(ask(conn, "set role readers"), "");
    assert_string_equal(ask(conn, "select current_user"), "readers");
    assert_string_equal(ask(conn, "select session_user"), "analyst");
    assert_string_equal(ask(conn, "select 1 from police.person"), "42P01");
    assert_string_equal(ask(conn, "set role police_admin"), "42501");
    assert_string_equal(ask(conn, "set role nosuch"), "22023");
    assert_string_equal(ask(conn, "reset role"), "");
    assert_string_equal(ask(conn, "select current_user"), "analyst");
    assert_string_equal(ask(conn, "set session authorization police_admin"), "42501");
    PQfinish(conn);
}

/* ---- pipelines ---- */

/* A client that sends megabytes before it reads anything must not block us both. */
static void test_pipeline__client_writes_first(void **state)
{
    (void)state;
    wire *w = wire_open(server.port);
    wire_login(w, "analyst", "secret", NULL);
    tb_buf_reset(&w->transcript);
    char query[1100] = "select repeat('x', 4000) /* ";
    memset(query + 28, ' ', 1000);
    strcpy(query + 1028, "*/");
    enum { N = 1500 };
    for (int i = 0; i < N; i++)
        wire_message(w, 'Q', query, strlen(query) + 1);
    wire_read(w, N);
    size_t ready = 0;
    for (const char *p = tb_buf_cstr(&w->transcript); (p = strstr(p, " ZI")) != NULL; p++)
        ready++;
    assert_int_equal(ready, N);
    wire_close(w);
}

/* ---- many at once ---- */

static void *worker(void *arg)
{
    long *wrong = arg;
    PGconn *conn = open_session("analyst");
    for (int i = 0; i < 15; i++) {
        *wrong += strcmp(ask(conn, "set tombolo.purpose = 'x'"), "") == 0 ? 0 : 1;
        PGresult *res = PQexec(conn, "select count(*), min(national_id) from police.person p join "
                                     "police.island i on p.id = i.id where birth > '2000-01-01'");
        *wrong += PQntuples(res) != 1 || strcmp(PQgetvalue(res, 0, 0), "3") != 0;
        PQclear(res);
        res = PQexec(conn, "begin; declare c cursor for select * from police.person; fetch 3 c; "
                           "select set_config('a.b', 'c', true); commit");
        *wrong += PQresultStatus(res) != PGRES_COMMAND_OK;
        PQclear(res);
    }
    PQfinish(conn);
    return NULL;
}

static void test_concurrency__sessions_do_not_disturb_each_other(void **state)
{
    (void)state;
    pthread_t threads[5];
    long wrong[5] = {0};
    for (int i = 0; i < 5; i++)
        pthread_create(&threads[i], NULL, worker, &wrong[i]);
    for (int i = 0; i < 5; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 5; i++)
        assert_int_equal(wrong[i], 0);
}

/* ---- administration while others work ---- */

static void test_catalog__change_reaches_prepared_statements(void **state)
{
    (void)state;
    PGconn *conn = open_session("analyst");
    PGresult *res = PQprepare(conn, "q", "select * from police.seen", 0, NULL);
    assert_string_equal(PQresultErrorField(res, PG_DIAG_SQLSTATE), "42P01");
    PQclear(res);
    wire_server_sql(&server, "police_admin",
                    "create view police.seen as select id from police.person");
    wire_server_sql(&server, "police_admin", "grant select on police.seen to analyst");
    res = PQprepare(conn, "q", "select * from police.seen order by id", 0, NULL);
    assert_int_equal(PQresultStatus(res), PGRES_COMMAND_OK);
    PQclear(res);
    res = PQexecPrepared(conn, "q", 0, NULL, NULL, NULL, 0);
    assert_string_equal(PQgetvalue(res, 0, 0), "1");
    PQclear(res);
    wire_server_sql(&server, "police_admin", "drop view police.seen");
    wire_server_sql(&server, "police_admin",
                    "create view police.seen as select id, name from police.person");
    wire_server_sql(&server, "police_admin", "grant select on police.seen to analyst");
    res = PQexecPrepared(conn, "q", 0, NULL, NULL, NULL, 0);
    assert_string_equal(PQresultErrorField(res, PG_DIAG_SQLSTATE), "0A000");
    assert_string_equal(PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY),
                        "cached plan must not change result type");
    PQclear(res);
    PQfinish(conn);
}

/* ---- EXPLAIN ---- */

static void explain(const char *user, const char *what, const char *has, const char *has_not)
{
    PGconn *conn = open_session(user);
    PGresult *res = PQexec(conn, what);
    tb_buf text;
    tb_buf_init(&text, 1 << 20);
    for (int i = 0; i < PQntuples(res); i++)
        tb_buf_printf(&text, "%s\n", PQgetvalue(res, i, 0));
    if (strstr(tb_buf_cstr(&text), has) == NULL || strstr(tb_buf_cstr(&text), has_not) != NULL)
        fail_msg("%s: %s%s", user, tb_buf_cstr(&text), PQerrorMessage(conn));
    tb_buf_fini(&text);
    PQclear(res);
    PQfinish(conn);
}

static void test_explain__protected_details_are_for_the_owner(void **state)
{
    (void)state;
    const char *sql = "explain (analyze, boundary, policy, verbose) select national_id from "
                      "police.person where id < 9";
    explain("police_admin", sql, "Remote SQL:", "Details are for");
    explain("police_admin", sql, "Actual: 8 rows", "Details are for");
    explain("analyst", sql, "Details are for the owning department", "Remote SQL");
    explain("analyst", sql, "national_id: masked by number, in the source", "mask_partial");
    explain("analyst", sql, "national_id masked by number", "rows=");
    explain("analyst", "explain (format json, analyze) select national_id from police.person",
            "\"Fragment\": 0", "Remote SQL");
    explain("analyst", "explain select name from police.island", "Remote SQL:", "Details are for");
}

/* ---- the end: last, since it stops the server ---- */

static void *slow_statement(void *arg)
{
    PGconn *conn = arg;
    static char answer[20];
    snprintf(answer, sizeof answer, "%s", ask(conn, "select 7 from pg_sleep(1.5)"));
    return answer;
}

static void test_drain__statements_finish_idle_sessions_end(void **state)
{
    (void)state;
    PGconn *busy = open_session("analyst");
    wire *idle = open_wire("analyst", NULL);
    pthread_t thread;
    void *answer;
    pthread_create(&thread, NULL, slow_statement, busy);
    wait_active(PQbackendPID(busy));
    kill(server.pid, SIGTERM);
    assert_string_equal(wire_read(idle, 1),
                        "E(FATAL 57P01 terminating connection due to administrator command) EOF");
    PGconn *late = login("analyst", "");
    assert_int_equal(PQstatus(late), CONNECTION_BAD);
    PQfinish(late);
    pthread_join(thread, &answer);
    assert_string_equal(answer, "7");
    wire_close(idle);
    PQfinish(busy);
    assert_int_equal(wire_server_halt(&server), 0);
    wire_server_restart(&server);
    PQfinish(open_session("analyst"));
}

static int start_server(void **state)
{
    (void)state;
    wire_server_start(&server, "[limits]\nmax_connections = 12\nfailed_login_delay_ms = 10\n"
                               "statement_bytes = 100000\nheld_rows_kb = 2048\n");
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    return wire_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancel__running_statement),
        cmocka_unit_test(test_cancel__needs_the_key),
        cmocka_unit_test(test_signal_backend__own_sessions_only),
        cmocka_unit_test(test_timeout__idle_sessions_end),
        cmocka_unit_test(test_limit__connections),
        cmocka_unit_test(test_limit__statement_and_rows),
        cmocka_unit_test(test_limit__held_rows),
        cmocka_unit_test(test_encoding__gbk_both_ways),
        cmocka_unit_test(test_language__chinese_messages),
        cmocka_unit_test(test_role__set_and_seen),
        cmocka_unit_test(test_pipeline__client_writes_first),
        cmocka_unit_test(test_concurrency__sessions_do_not_disturb_each_other),
        cmocka_unit_test(test_catalog__change_reaches_prepared_statements),
        cmocka_unit_test(test_explain__protected_details_are_for_the_owner),
        cmocka_unit_test(test_drain__statements_finish_idle_sessions_end),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
