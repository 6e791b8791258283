/* SPDX-License-Identifier: Apache-2.0
 * One server, everything at once: clients with joins, sorts that spill, cursors, COPY and catalog
 * queries, clients that give up, cancel requests, administration, reloads and a department that is
 * written to. Every answer is right or one of the errors that may be; the server ends by itself.
 * Under ThreadSanitizer a race makes its exit status other than 0.
 */
#include "wire_server.h"

#include "core/base.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { SECONDS = 12, READERS = 4, MESSAGE = 400 };

static wire_server server;
static atomic_bool over;
static atomic_int statements, cancelled;

/* Where a client can be cancelled by others. */
typedef struct client {
    pthread_mutex_t lock;
    PGcancel *cancel;
} client;

static client clients[READERS];

/* The first thing that went wrong. */
static pthread_mutex_t failure_lock = PTHREAD_MUTEX_INITIALIZER;
static char failure[MESSAGE];

static void wrong(const char *sql, const char *what)
{
    pthread_mutex_lock(&failure_lock);
    if (failure[0] == '\0')
        snprintf(failure, sizeof failure, "%s: %s", sql, what);
    pthread_mutex_unlock(&failure_lock);
    atomic_store(&over, true);
}

static PGconn *connect_as(const char *user, const char *password)
{
    char info[200];
    snprintf(info, sizeof info, "host=127.0.0.1 port=%d user=%s password=%s dbname=tombolo",
             server.port, user, password);
    return PQconnectdb(info);
}

static PGconn *must_connect(const char *user)
{
    PGconn *conn = connect_as(user, "secret");
    if (PQstatus(conn) != CONNECTION_OK)
        wrong("connect", PQerrorMessage(conn));
    return conn;
}

/* A statement whose one answer is known (NULL = not), or that may end with one of the SQLSTATEs. */
static void run(PGconn *conn, const char *sql, const char *answer, const char *may)
{
    PGresult *res = PQexec(conn, sql);
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    ExecStatusType status = PQresultStatus(res);
    if (status == PGRES_COPY_OUT) {
        char *row;
        while (PQgetCopyData(conn, &row, 0) > 0)
            PQfreemem(row);
        PQclear(res);
        res = PQgetResult(conn);
        state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
        status = PQresultStatus(res);
        while (res != NULL && status == PGRES_COPY_OUT)
            res = PQgetResult(conn);
    }
    atomic_fetch_add(&statements, 1);
    if (state != NULL) {
        atomic_fetch_add(&cancelled, strcmp(state, "57014") == 0);
        if (strstr(may, state) == NULL)
            wrong(sql, PQresultErrorMessage(res));
    } else if (status == PGRES_TUPLES_OK && answer != NULL &&
               (PQntuples(res) != 1 || strcmp(PQgetvalue(res, 0, 0), answer) != 0)) {
        wrong(sql, PQntuples(res) == 1 ? PQgetvalue(res, 0, 0) : "another number of rows");
    }
    PQclear(res);
    while ((res = PQgetResult(conn)) != NULL)
        PQclear(res);
}

/* ---- readers ---- */

typedef struct question {
    const char *sql, *answer;
} question;

static const question questions[] = {
    {"SELECT count(*) FROM police.person", "50"},
    {"SELECT count(*) FROM police.person a JOIN police.person b ON a.id = b.id", "50"},
    {"SELECT count(*) FROM police.person a, police.person b, police.island c WHERE a.active",
     "3750"},
    {"SELECT sum(n) FROM (SELECT a.id % 7 AS k, count(*) AS n FROM police.person a, police.person "
     "b GROUP BY 1) s",
     "2500"},
    {"SELECT max(s.x) FROM (SELECT a.id * 50 + b.id AS x FROM police.person a, police.person b, "
     "police.island ORDER BY 1 DESC) s",
     "2550"},
    {"SELECT count(DISTINCT a.name || b.name) FROM police.person a, police.person b", "2500"},
    {"SELECT count(*) FROM police.person p WHERE EXISTS (SELECT 1 FROM police.island i WHERE i.id "
     "= p.id % 5)",
     "30"},
    {"SELECT count(*) FROM (SELECT id, rank() OVER (PARTITION BY active ORDER BY id) FROM "
     "police.person) w",
     "50"},
    {"WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 2000) SELECT "
     "sum(n) FROM r",
     "2001000"},
    {"SELECT count(*) FROM police.person WHERE national_id LIKE '99***%'", "50"},
    {"SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
     "WHERE relname = 'island'",
     "1"},
    {"SELECT count(*) FROM information_schema.columns WHERE table_name = 'island'", "2"},
    {"EXPLAIN (ANALYZE, BOUNDARY) SELECT * FROM police.person p JOIN police.island i ON i.id = "
     "p.id",
     NULL},
    {"COPY (SELECT a.* FROM police.person a, police.island) TO STDOUT", NULL},
    {"BEGIN; DECLARE c CURSOR FOR SELECT a.id FROM police.person a, police.person b; FETCH 7 FROM "
     "c; CLOSE c; COMMIT",
     NULL},
    {"SELECT pg_sleep(0.02)", ""},
};

static void offer_cancel(client *c, PGcancel *cancel)
{
    pthread_mutex_lock(&c->lock);
    if (c->cancel != NULL)
        PQfreeCancel(c->cancel);
    c->cancel = cancel;
    pthread_mutex_unlock(&c->lock);
}

/* Each reader has its own way of running the same questions; without pushdown a statement has
 * several scans. */
static const char *const settings[READERS] = {
    "SET tombolo.memory_limit = '1MB'",
    "SET tombolo.pushdown = off",
    "SET tombolo.threads = 1",
    "SET tombolo.pushdown = off; SET tombolo.memory_limit = '1MB'",
};

static void *reader(void *ctx)
{
    client *c = ctx;
    unsigned at = (unsigned)(c - clients) * 5;
    while (!atomic_load(&over)) {
        PGconn *conn = must_connect("analyst");
        offer_cancel(c, PQgetCancel(conn));
        run(conn, settings[c - clients], NULL, "57014");
        for (int i = 0; i < 40 && !atomic_load(&over); i++, at++) {
            const question *q = &questions[at % TB_COUNT(questions)];
            run(conn, q->sql, q->answer, "57014 40001 25P02 26000 34000");
            if (PQtransactionStatus(conn) != PQTRANS_IDLE)
                run(conn, "ROLLBACK", NULL, "57014");
        }
        offer_cancel(c, NULL);
        PQfinish(conn);
    }
    return NULL;
}

/* Asks for much and hangs up in the middle of the answer; or does not know the password. */
static void *quitter(void *ctx)
{
    (void)ctx;
    while (!atomic_load(&over)) {
        PGconn *conn = must_connect("analyst");
        PQsendQuery(conn, "SELECT a.*, b.* FROM police.person a, police.person b, police.person c");
        struct timespec ts = {.tv_nsec = 20000000};
        nanosleep(&ts, NULL);
        PQfinish(conn);
        conn = connect_as("analyst", "guess");
        if (PQstatus(conn) == CONNECTION_OK)
            wrong("connect", "a wrong password was taken");
        PQfinish(conn);
    }
    return NULL;
}

static void *canceller(void *ctx)
{
    (void)ctx;
    char text[256];
    for (unsigned i = 0; !atomic_load(&over); i++) {
        client *c = &clients[i % READERS];
        struct timespec ts = {.tv_nsec = 70000000};
        nanosleep(&ts, NULL);
        pthread_mutex_lock(&c->lock);
        if (c->cancel != NULL)
            PQcancel(c->cancel, text, sizeof text);
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

/* ---- those who change things ---- */

typedef struct step {
    const char *user, *sql;
} step;

static const step steps[] = {
    {"admin", "CREATE ROLE visitor LOGIN PASSWORD 'x'"},
    {"police_admin", "GRANT SELECT ON police.island TO visitor"},
    {"police_admin",
     "CREATE VIEW police.adults AS SELECT id, name FROM police.person WHERE birth < '2008-01-01'"},
    {"police_admin", "CREATE ROW ACCESS POLICY police.some AS (i int8) RETURNS boolean -> i > 0"},
    {"police_admin", "ALTER TABLE police.person ADD ROW ACCESS POLICY police.some ON (id)"},
    {"police_admin", "COMMENT ON TABLE police.person IS 'persons'"},
    {"police_admin", "REFRESH FOREIGN SCHEMA police"},
    {"police_admin", "ALTER TABLE police.person DROP ROW ACCESS POLICY police.some"},
    {"police_admin", "DROP ROW ACCESS POLICY police.some"},
    {"police_admin", "DROP VIEW police.adults"},
    {"police_admin", "REVOKE SELECT ON police.island FROM visitor"},
    {"admin", "DROP ROLE visitor"},
};

static void *administrator(void *ctx)
{
    (void)ctx;
    PGconn *admin = must_connect("admin"), *owner = must_connect("police_admin");
    while (!atomic_load(&over))
        for (size_t i = 0; i < TB_COUNT(steps); i++)
            run(strcmp(steps[i].user, "admin") == 0 ? admin : owner, steps[i].sql, NULL, "");
    PQfinish(admin);
    PQfinish(owner);
    return NULL;
}

/* The department goes on working. */
static void *writer(void *ctx)
{
    (void)ctx;
    char path[128];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/police.db", server.dir);
    TB_CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    sqlite3_busy_timeout(db, 30000);
    while (!atomic_load(&over)) {
        if (sqlite3_exec(db, "UPDATE person SET note = 'seen' WHERE id = 1", NULL, NULL, NULL) !=
            SQLITE_OK)
            wrong("UPDATE person", sqlite3_errmsg(db));
        struct timespec ts = {.tv_nsec = 5000000};
        nanosleep(&ts, NULL);
    }
    sqlite3_close(db);
    return NULL;
}

static void *watcher(void *ctx)
{
    (void)ctx;
    PGconn *conn = must_connect("sysop");
    while (!atomic_load(&over)) {
        run(conn, "SELECT count(*) > 0 FROM pg_stat_activity", "t", "");
        wire_server_reload(&server);
    }
    PQfinish(conn);
    return NULL;
}

static void test_server__everything_at_once(void **state)
{
    (void)state;
    void *(*const others[])(void *) = {quitter, canceller, administrator, writer, watcher};
    pthread_t threads[READERS + TB_COUNT(others)];
    wire_server_start(&server, "");
    for (int i = 0; i < READERS; i++) {
        pthread_mutex_init(&clients[i].lock, NULL);
        pthread_create(&threads[i], NULL, reader, &clients[i]);
    }
    for (size_t i = 0; i < TB_COUNT(others); i++)
        pthread_create(&threads[READERS + i], NULL, others[i], NULL);
    for (int i = 0; i < SECONDS * 10 && !atomic_load(&over); i++) {
        struct timespec ts = {.tv_nsec = 100000000};
        nanosleep(&ts, NULL);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < TB_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    int status = wire_server_stop(&server);
    print_message("%d statements, %d cancelled\n", atomic_load(&statements),
                  atomic_load(&cancelled));
    assert_string_equal(failure, "");
    assert_int_equal(status, 0);
    assert_true(atomic_load(&statements) > 20);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server__everything_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
