/* SPDX-License-Identifier: Apache-2.0
 * What real clients send, described as PostgreSQL 15.20 describes it: parameter types, names, types
 * and modifiers of columns of the recorded statements in $TOMBOLO_SUITES/pgclients/corpus.jsonl.
 * Every statement of psql must agree and run; of the others as many as FLOOR_PERCENT says. The rest
 * is listed when TOMBOLO_VERBOSE is set.
 */
#include "wire_server.h"

#include "core/json.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FLOOR_PERCENT = 95, FIRST_USER_OID = 16384 };

static wire_server server;

/* ---- the corpus ---- */

typedef struct statement {
    const char *sql;
    tb_json_span params, columns;
    bool psql, described; /* described = could be prepared alone */
} statement;

static const char *unquoted(tb_arena *arena, tb_json_span v)
{
    tb_error err = {.position = -1};
    tb_str s;
    TB_CHECK(tb_json_unquote(arena, v, &s, &err) == TB_OK);
    return tb_arena_strndup(arena, tb_str_data(&s), s.len);
}

/* Statements about things that cannot exist here: functions that somebody defined. */
static bool is_about_absent(const char *sql)
{
    return strstr(sql, "'tax.f'") != NULL;
}

static statement read_statement(tb_arena *arena, const char *line)
{
    statement s = {.sql = NULL};
    tb_json_span root = tb_json_root(line, strlen(line)), v, client;
    TB_CHECK(tb_json_field(root, "sql", 3, &v));
    s.sql = unquoted(arena, v);
    TB_CHECK(tb_json_field(root, "clients", 7, &v));
    for (tb_json_iter it = tb_json_iterate(v); tb_json_next(&it, NULL, &client);)
        s.psql = s.psql || strncmp(client.at, "\"psql-", 6) == 0;
    s.described = tb_json_field(root, "params", 6, &s.params) &&
                  tb_json_field(root, "columns", 7, &s.columns) && !is_about_absent(s.sql);
    return s;
}

static long number(tb_json_span v)
{
    return strtol(v.at, NULL, 10);
}

/* ---- comparing ---- */

/* The types of the recording server's own objects have other numbers here. */
static bool same_type(Oid got, long want)
{
    return want >= FIRST_USER_OID ? got >= FIRST_USER_OID || got == 2249 || got == 25
                                  : got == (Oid)want;
}

static bool same_params(const statement *s, const PGresult *res, tb_buf *why)
{
    int n = 0;
    tb_json_span v;
    for (tb_json_iter it = tb_json_iterate(s->params); tb_json_next(&it, NULL, &v); n++) {
        if (n < PQnparams(res) && same_type(PQparamtype(res, n), number(v)))
            continue;
        tb_buf_printf(why, "$%d is %u, not %ld", n + 1, PQparamtype(res, n), number(v));
        return false;
    }
    return n == PQnparams(res);
}

static bool same_columns(tb_arena *arena, const statement *s, const PGresult *res, tb_buf *why)
{
    int n = 0;
    tb_json_span v;
    for (tb_json_iter it = tb_json_iterate(s->columns); tb_json_next(&it, NULL, &v); n++) {
        tb_json_span name, type, typmod;
        TB_CHECK(tb_json_element(v, 0, &name) && tb_json_element(v, 1, &type) &&
                 tb_json_element(v, 2, &typmod));
        const char *want = unquoted(arena, name);
        if (n >= PQnfields(res)) {
            tb_buf_printf(why, "no column %s", want);
            return false;
        }
        if (strcmp(PQfname(res, n), want) == 0 && same_type(PQftype(res, n), number(type)) &&
            PQfmod(res, n) == number(typmod))
            continue;
        tb_buf_printf(why, "column %d is %s %u %d, not %s %ld %ld", n + 1, PQfname(res, n),
                      PQftype(res, n), PQfmod(res, n), want, number(type), number(typmod));
        return false;
    }
    if (n != PQnfields(res))
        tb_buf_printf(why, "%d columns, not %d", PQnfields(res), n);
    return n == PQnfields(res);
}

static bool agrees(PGconn *conn, const statement *s, tb_buf *why)
{
    tb_arena *arena = tb_arena_create(0);
    PGresult *res = PQprepare(conn, "", s->sql, 0, NULL);
    bool ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    if (ok) {
        PQclear(res);
        res = PQdescribePrepared(conn, "");
        ok = PQresultStatus(res) == PGRES_COMMAND_OK;
    }
    if (!ok)
        tb_buf_puts(why, PQerrorMessage(conn));
    ok = ok && same_params(s, res, why) && same_columns(arena, s, res, why);
    PQclear(res);
    if (ok && s->psql) {
        res = PQexecPrepared(conn, "", 0, NULL, NULL, NULL, 0);
        ExecStatusType status = PQresultStatus(res);
        ok = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_COPY_OUT;
        if (!ok)
            tb_buf_printf(why, "runs into %s", PQerrorMessage(conn));
        PQclear(res);
    }
    tb_arena_destroy(arena);
    return ok;
}

static void test_corpus__described_as_postgresql(void **state)
{
    (void)state;
    char path[4096], info[200];
    const char *suites = getenv("TOMBOLO_SUITES");
    if (suites == NULL)
        skip();
    snprintf(path, sizeof path, "%s/pgclients/corpus.jsonl", suites);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        skip();
    snprintf(info, sizeof info,
             "host=127.0.0.1 port=%d user=analyst password=secret dbname=tombolo", server.port);
    PGconn *conn = PQconnectdb(info);
    tb_arena *arena = tb_arena_create(0);
    char *line = NULL;
    size_t cap = 0;
    int n[2] = {0}, good[2] = {0};
    while (getline(&line, &cap, f) > 0) {
        tb_buf why;
        statement s = read_statement(arena, line);
        if (!s.described)
            continue;
        tb_buf_init(&why, 1 << 20);
        bool ok = agrees(conn, &s, &why);
        if (PQtransactionStatus(conn) != PQTRANS_IDLE)
            PQclear(PQexec(conn, "rollback"));
        n[s.psql]++;
        good[s.psql] += ok;
        if (!ok && (s.psql || getenv("TOMBOLO_VERBOSE") != NULL))
            printf("%s\n  %s\n", s.sql, tb_buf_cstr(&why));
        tb_buf_fini(&why);
    }
    printf("psql: %d of %d statements, other clients: %d of %d\n", good[1], n[1], good[0], n[0]);
    free(line);
    fclose(f);
    tb_arena_destroy(arena);
    PQfinish(conn);
    assert_int_equal(good[1], n[1]);
    assert_true(good[0] * 100 >= n[0] * FLOOR_PERCENT);
}

/* ---- the tables the clients were pointed at ---- */

static void make_source(const wire_server *s)
{
    char path[128];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/clients.db", s->dir);
    TB_CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    TB_CHECK(sqlite3_exec(db,
                          "CREATE TABLE person (id bigint PRIMARY KEY, national_id char(18),"
                          " name varchar(100), birth date, address text, photo bytea, attrs jsonb,"
                          " tags text, score numeric(10,2), created_at timestamptz,"
                          " active boolean, uid uuid);"
                          "INSERT INTO person (id, national_id, name, active)"
                          " VALUES (1, printf('%018d', 1), 'n1', 1),"
                          " (2, printf('%018d', 2), 'n2', 1);"
                          "CREATE TABLE vehicle (id integer PRIMARY KEY, plate varchar(16),"
                          " owner_id bigint, reg_at timestamp);",
                          NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
}

static void make_schemas(const wire_server *s)
{
    static const char *const steps[][2] = {
        {"sysop", NULL}, /* CREATE SERVER */
        {"sysop", "GRANT USAGE ON FOREIGN SERVER clients_db TO police_admin"},
        {"admin", "CREATE SCHEMA traffic AUTHORIZATION police_admin"},
        {"admin", "CREATE SCHEMA tax AUTHORIZATION police_admin"},
        {"police_admin", "ALTER TABLE police.person ALTER COLUMN national_id UNSET MASKING POLICY"},
        {"police_admin", "DROP FOREIGN TABLE police.person"},
        {"police_admin",
         "CREATE FOREIGN TABLE police.person (id bigint NOT NULL, national_id char(18) NOT NULL,"
         " name varchar(100) NOT NULL, birth date, address text, photo bytea, attrs jsonb,"
         " tags text[], score numeric(10,2), created_at timestamptz, active boolean NOT NULL,"
         " uid uuid) SERVER clients_db OPTIONS (table_name 'person')"},
        {"police_admin",
         "CREATE FOREIGN TABLE traffic.vehicle (id integer NOT NULL, plate varchar(16) NOT NULL,"
         " owner_id bigint, reg_at timestamp) SERVER clients_db OPTIONS (table_name 'vehicle')"},
        {"police_admin", "CREATE VIEW traffic.vehicle_owner AS SELECT v.id, v.plate, p.name"
                         " FROM traffic.vehicle v JOIN police.person p ON p.id = v.owner_id"},
        {"police_admin", "CREATE VIEW tax.mv AS SELECT 1 AS a"},
        {"police_admin", "GRANT USAGE ON SCHEMA traffic, tax TO analyst"},
        {"police_admin", "GRANT SELECT ON ALL TABLES IN SCHEMA police, traffic, tax TO analyst"},
    };
    char create[300];
    snprintf(create, sizeof create,
             "CREATE SERVER clients_db FOREIGN DATA WRAPPER sqlite OPTIONS (path '%s/clients.db')",
             s->dir);
    for (size_t i = 0; i < TB_COUNT(steps); i++)
        wire_server_sql(s, steps[i][0], steps[i][1] != NULL ? steps[i][1] : create);
}

static int start_server(void **state)
{
    (void)state;
    wire_server_start(&server, "");
    make_source(&server);
    make_schemas(&server);
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
        cmocka_unit_test(test_corpus__described_as_postgresql),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
