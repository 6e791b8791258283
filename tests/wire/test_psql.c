/* SPDX-License-Identifier: Apache-2.0
 * psql's \d commands print what they print on PostgreSQL 15 over the same schema: the server where
 * TOMBOLO_ORACLE says (a libpq connection string without a database). Where we differ on purpose:
 * docs/analyst.md, "psql".
 */
#include "wire_server.h"

#include "core/base.h"
#include "core/buf.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static wire_server server;
/* Connection strings without user and database; oracle is "" when there is none. */
static char oracle[600], mine[100];

/* ---- the same on both sides ---- */

static const char *const common[] = {
    "create view wire_police.grown as select id, name as full_name, birth from wire_police.person "
    "where birth < date '2000-01-01'",
    "comment on table wire_police.person is 'people'",
    "comment on column wire_police.person.name is 'as registered'",
    "comment on view wire_police.grown is 'adults'",
    "comment on schema wire_police is 'the police'",
    "grant usage on schema wire_police to wire_reader",
    "grant select on wire_police.person to wire_reader",
    "grant select (id, name) on wire_police.odd to wire_reader",
};

static const char *const here[][2] = {
    {"admin", "create role wire_group"},
    {"admin", "create role wire_reader login password 'secret' in role wire_group"},
    {"admin", "create role wire_owner login password 'secret' connection limit 7"},
    {"admin", "create schema wire_police authorization wire_owner"},
    {"sysop", "grant usage on foreign server police_db to wire_owner"},
    {"wire_owner",
     "create foreign table wire_police.person (id bigint not null, national_id text not null,"
     " name varchar(100) not null, birth date, active boolean not null, note text)"
     " server police_db options (table_name 'person')"},
    {"wire_owner", "create foreign table wire_police.odd (id integer not null, name char(3))"
                   " server police_db options (table_name 'island')"},
};

static const char *const there[] = {
    "create role wire_group nologin",
    "create role wire_reader login in role wire_group",
    "create role wire_owner login connection limit 7",
    "create schema wire_police authorization wire_owner",
    "set role wire_owner",
    "create table wire_police.person (id bigint not null, national_id text not null,"
    " name varchar(100) not null, birth date, active boolean not null, note text)",
    "create table wire_police.odd (id integer not null, name char(3))",
    "revoke insert, update, delete, truncate, references, trigger"
    " on wire_police.person from wire_owner",
};

static void oracle_sql(const char *database, const char *const *sql, size_t n)
{
    char info[800];
    snprintf(info, sizeof info, "%s user=postgres dbname=%s options='-c client_min_messages=error'",
             oracle, database);
    PGconn *conn = PQconnectdb(info);
    for (size_t i = 0; i < n; i++) {
        PGresult *res = PQexec(conn, sql[i]);
        if (PQresultStatus(res) != PGRES_COMMAND_OK)
            fail_msg("%s: %s", sql[i], PQerrorMessage(conn));
        PQclear(res);
    }
    PQfinish(conn);
}

static void forget_oracle(void)
{
    static const char *const steps[] = {"drop database if exists tombolo",
                                        "drop role if exists wire_group, wire_reader, wire_owner"};
    oracle_sql("postgres", steps, TB_COUNT(steps));
}

static void make_both(void)
{
    static const char *const database[] = {"create database tombolo"};
    forget_oracle();
    oracle_sql("postgres", database, 1);
    oracle_sql("tombolo", there, TB_COUNT(there));
    for (size_t i = 0; i < TB_COUNT(here); i++)
        wire_server_sql(&server, here[i][0], here[i][1]);
    const char *as_owner[TB_COUNT(common) + 1] = {"set role wire_owner"};
    memcpy(as_owner + 1, common, sizeof common);
    oracle_sql("tombolo", as_owner, TB_COUNT(as_owner));
    for (size_t i = 0; i < TB_COUNT(common); i++)
        wire_server_sql(&server, "wire_owner", common[i]);
}

/* ---- asking psql ---- */

static char *psql(const char *info, const char *user, const char *command)
{
    char line[2000], part[4096];
    tb_buf out;
    tb_buf_init(&out, 1 << 24);
    snprintf(line, sizeof line,
             "psql -X -P pager=off -d \"%s user=%s dbname=tombolo\""
             " -c 'set search_path = wire_police' -c '%s' 2>&1",
             info, user, command);
    FILE *f = popen(line, "re");
    TB_CHECK(f != NULL);
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        tb_buf_append(&out, part, n);
    pclose(f);
    char *text = tb_xstrdup(tb_buf_cstr(&out));
    tb_buf_fini(&out);
    return text;
}

static int compare(const char *user, const char *command)
{
    char *want = psql(oracle, user, command), *got = psql(mine, user, command);
    int differs = strcmp(want, got) != 0;
    if (differs)
        fprintf(stderr, "%s as %s\n-- want\n%s-- got\n%s", command, user, want, got);
    free(want);
    free(got);
    return differs;
}

static const char *const commands[] = {
    "\\d",
    "\\d person",
    "\\d+ person",
    "\\d wire_police.grown",
    "\\d odd",
    "\\d nosuch",
    "\\d pg_tables",
    "\\dt",
    "\\dt wire_police.*",
    "\\dt nosuch.*",
    "\\dt person",
    "\\dv",
    "\\dv+",
    "\\dE",
    "\\di",
    "\\ds",
    "\\dm",
    "\\dPt",
    "\\dn wire_*",
    "\\dn+ wire_*",
    "\\du wire_*",
    "\\du+ wire_*",
    "\\dg wire_owner",
    "\\df",
    "\\df wire_police.*",
    "\\df pg_sleep",
    "\\l nosuch",
    "\\dp",
    "\\z person",
    "\\dp nosuch",
    "\\dT",
    "\\dT nosuch",
    "\\dD",
    "\\dx nosuch",
    "\\dy",
    "\\dF nosuch",
    "\\dC nosuch",
    "\\dL nosuch",
    "\\dd",
    "\\ddp",
    "\\dRp",
    "\\dRs",
    "\\dX",
    "\\do nosuch",
    "\\da nosuch",
    "\\dc",
    "\\dO",
    "\\des nosuch",
    "\\dew nosuch",
    "\\det nosuch.*",
    "\\deu",
    "\\drds nosuch",
    "\\dS+ nosuch",
    "\\dconfig search_path",
    "\\encoding",
};

/* What differs, and how: the gateway's output has the first text (with nothing of the second). */
static const struct {
    const char *user, *command, *has, *has_not;
} different[] = {
    {"wire_owner", "\\l", " tombolo | tombolo | UTF8     | C.UTF-8 | C.UTF-8 |", "postgres"},
    {"wire_owner", "\\dn", " wire_police | wire_owner", "public"},
    {"wire_owner", "\\des", " police_db | sysop | sqlite", "options"},
    {"wire_owner", "\\det", " wire_police | person | police_db", "options"},
    {"wire_owner", "\\dx", "(0 rows)", "plpgsql"},
    {"wire_owner", "\\sv grown", "SELECT id, name AS full_name, birth FROM wire_police.person",
     "ERROR"},
    {"wire_owner", "\\dt+", "0 bytes | people", "8192"},
    {"wire_reader", "\\dt", " wire_police | person | table | wire_owner", "grown"},
    {"wire_reader", "\\dp person", "wire_reader=r/wire_owner", "other"},
    {"wire_reader", "\\dn", " wire_police | wire_owner", "tax"},
    {"other", "\\dt wire_police.*", "Did not find any relation named", "person"},
    {"other", "\\d wire_police.person", "Did not find any relation named", "bigint"},
};

static void test_psql__prints_as_on_postgresql(void **state)
{
    (void)state;
    int failures = 0;
    if (*oracle == '\0')
        skip();
    for (size_t i = 0; i < TB_COUNT(commands); i++)
        failures += compare("wire_owner", commands[i]);
    assert_int_equal(failures, 0);
}

static void test_psql__prints_something_else(void **state)
{
    (void)state;
    int failures = 0;
    if (*oracle == '\0')
        skip();
    for (size_t i = 0; i < TB_COUNT(different); i++) {
        char *got = psql(mine, different[i].user, different[i].command);
        if (strstr(got, different[i].has) == NULL || strstr(got, different[i].has_not) != NULL) {
            fprintf(stderr, "%s as %s: %s", different[i].command, different[i].user, got);
            failures++;
        }
        free(got);
    }
    assert_int_equal(failures, 0);
}

static int start_server(void **state)
{
    (void)state;
    const char *where = getenv("TOMBOLO_ORACLE");
    wire_server_start(&server, "");
    snprintf(mine, sizeof mine, "host=127.0.0.1 port=%d password=secret", server.port);
    if (where == NULL)
        return 0;
    /* without its user: ours come behind it */
    snprintf(oracle, sizeof oracle, "%s", where);
    char *user = strstr(oracle, "user=");
    if (user != NULL)
        memset(user, ' ', strcspn(user, " "));
    make_both();
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    if (*oracle != '\0')
        forget_oracle();
    return wire_server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_psql__prints_as_on_postgresql),
        cmocka_unit_test(test_psql__prints_something_else),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
