/* SPDX-License-Identifier: Apache-2.0
 * A client that asks for many rows and stops reading: the department's database is not kept in a
 * transaction. Another process can lock the file for itself long before the client reads on, and
 * the client then gets every row. With TOMBOLO_SOAK set it does not read for five minutes.
 */
#include "wire_client.h"
#include "wire_server.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROWS = 200000, PATIENCE_S = 60, PAUSE_S = 3, SOAK_S = 300 };

static wire_server server;

static sqlite3 *open_source(void)
{
    char path[128];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/police.db", server.dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    return db;
}

/* Nobody reads and nobody writes: the lock that a writer needs to commit. */
static bool lock_for_ourselves(sqlite3 *db)
{
    bool got = sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK;
    if (got)
        assert_int_equal(
            sqlite3_exec(db, "UPDATE big SET note = note WHERE id = 1; COMMIT", NULL, NULL, NULL),
            SQLITE_OK);
    return got;
}

static void test_slow_client__releases_the_source(void **state)
{
    (void)state;
    sqlite3 *db = open_source();
    wire *w = wire_open(server.port);
    wire_login(w, "analyst", "secret", NULL);
    tb_buf_reset(&w->transcript);
    static const char query[] = "select id, note from police.big";
    wire_message(w, 'Q', query, sizeof query);
    char first;
    assert_int_equal(read(w->fd, &first, 1), 1); /* rows are on their way; then we stop reading */
    tb_buf_putc(&w->in, first);
    int waited = 0;
    while (!lock_for_ourselves(db)) {
        assert_true(waited++ < PATIENCE_S * 10);
        usleep(100000);
    }
    int pause = getenv("TOMBOLO_SOAK") != NULL ? SOAK_S : PAUSE_S;
    for (int i = 0; i < pause; i++) {
        sleep(1);
        assert_true(lock_for_ourselves(db)); /* it stays released */
    }
    const char *got = wire_read(w, 1);
    char end[100];
    snprintf(end, sizeof end, "D x%d C(SELECT %d) ZI", ROWS, ROWS);
    const char *tail = strlen(got) > strlen(end) ? got + strlen(got) - strlen(end) : got;
    assert_string_equal(tail, end);
    printf("the source was released %d.%d s after the client stopped reading\n", waited / 10,
           waited % 10);
    wire_close(w);
    sqlite3_close(db);
}

/* About 100 MB of rows: more than queues, output buffers and the socket hold. */
static int start_server(void **state)
{
    (void)state;
    char sql[400];
    wire_server_start(&server, "");
    sqlite3 *db = open_source();
    snprintf(sql, sizeof sql,
             "CREATE TABLE big (id bigint NOT NULL PRIMARY KEY, note text);"
             "WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < %d)"
             " INSERT INTO big SELECT n, hex(zeroblob(240)) FROM g",
             ROWS);
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    wire_server_sql(&server, "police_admin",
                    "CREATE FOREIGN TABLE police.big (id bigint NOT NULL, note text)"
                    " SERVER police_db OPTIONS (table_name 'big')");
    wire_server_sql(&server, "police_admin", "GRANT SELECT ON police.big TO analyst");
    return rc;
}

static int stop_server(void **state)
{
    (void)state;
    return wire_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_client__releases_the_source),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
