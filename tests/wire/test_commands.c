/* SPDX-License-Identifier: Apache-2.0
 * The program's other commands on a real data directory: dump and restore, check, a newer catalog,
 * a second server; and what a department's tables answer to statements that would write.
 */
#include "wire_client.h"
#include "wire_server.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

static wire_server server;

/* Runs `tombolo ...` in the server's directory; the exit status, and what it printed. */
static int run(const char *command, char *out, size_t cap)
{
    char line[4600];
    const char *build = getenv("TOMBOLO_BINARY");
    snprintf(line, sizeof line, "cd %s && %s/server/tombolo %s 2>&1", server.dir,
             build == NULL ? "." : build, command);
    FILE *f = popen(line, "re");
    TB_CHECK(f != NULL);
    size_t len = fread(out, 1, cap - 1, f);
    out[len] = '\0';
    int status = pclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect(const char *command, int status, const char *has)
{
    char out[8192];
    int got = run(command, out, sizeof out);
    if (got != status || strstr(out, has) == NULL)
        fail_msg("tombolo %s: status %d, printed %s", command, got, out);
}

static void shell(const char *command)
{
    char line[600];
    snprintf(line, sizeof line, "cd %s && %s", server.dir, command);
    if (system(line) != 0)
        fail_msg("%s", command);
}

static void make_everything(void)
{
    static const char *const steps[][2] = {
        {"sysop", "create user mapping for police_admin server police_db options (user 'u',"
                  " password 'hunter2')"},
        {"police_admin", "create view police.adults (n, who) as select id, name from police.person"
                         " where birth < date '2010-01-01' and name like 'n%'"},
        {"police_admin", "create view police.few as select n from police.adults where n < 10"},
        {"police_admin", "create row access policy police.some as (who bigint) returns boolean ->"
                         " who < 40 or is_role_in_session('readers')"},
        {"police_admin", "alter table police.person add row access policy police.some on (id)"},
        {"police_admin", "grant select (n) on police.adults to other with grant option"},
        {"police_admin", "comment on column police.person.name is '姓名 ''as registered'''"},
        {"admin", "create role watcher login password 'secret' auditor connection limit 3"
                  " valid until '2040-01-01'"},
    };
    for (size_t i = 0; i < TB_COUNT(steps); i++)
        wire_server_sql(&server, steps[i][0], steps[i][1]);
}

static const char *answer(const char *user, const char *sql, char *out, size_t cap)
{
    wire *w = wire_open(server.port);
    char script[600];
    wire_login(w, user, "secret", NULL);
    snprintf(script, sizeof script, "Q\t%s", sql);
    snprintf(out, cap, "%s", wire_script(w, script));
    wire_close(w);
    return out;
}

static void test_dump__restored_is_equal(void **state)
{
    (void)state;
    static const char question[] =
        "select national_id, who from police.person p join police.adults a on a.n = p.id "
        "order by id limit 2";
    char before[1000], after[1000];
    make_everything();
    answer("analyst", question, before, sizeof before);
    shell("${TOMBOLO_BINARY:-.}/server/tombolo dump --data data > dump.sql");
    shell("! grep hunter2 dump.sql && mkdir -m 700 again && cp -p data/tombolo.key again/");
    expect("init --data again --password-file password --restore dump.sql", 0, "initialised");
    shell("${TOMBOLO_BINARY:-.}/server/tombolo dump --data again > again.sql");
    shell("grep -v '^-- Token key' dump.sql > a && grep -v '^-- Token key' again.sql > b"
          " && diff a b >&2");
    expect("check --data again", 0, "1 servers, 0 problems");
    assert_int_equal(wire_server_halt(&server), 0);
    shell("mv data first && mv again data");
    wire_server_restart(&server);
    assert_string_equal(answer("analyst", question, after, sizeof after), before);
}

static void test_restore__all_or_nothing(void **state)
{
    (void)state;
    shell("mkdir -m 700 other && cp -p data/tombolo.key other/"
          " && { cat dump.sql; echo 'CREATE SCHEMA x AUTHORIZATION nosuch;'; } > bad.sql");
    expect("init --data other --password-file password --restore bad.sql", 1,
           "role \"nosuch\" does not exist");
    shell("test ! -e other/catalog.db");
    expect("init --data other --password-file password --restore password", 1, "syntax error");
    shell("rm other/tombolo.key && rm -r other");
    expect("init --data other --password-file password --restore dump.sql", 1, "key file");
    expect("init --data data --password-file password", 1, "already holds a catalog");
}

static void test_serve__one_server_per_directory(void **state)
{
    (void)state;
    expect("serve --data data --port 0", 1, "another server runs on data directory");
    expect("serve --data data --port 99999", 2, "invalid port");
    expect("serve --data data --listen 0.0.0.0 --port 0", 1, "another server");
}

static void test_serve__newer_catalog_is_refused(void **state)
{
    (void)state;
    char path[128];
    sqlite3 *db;
    assert_int_equal(wire_server_halt(&server), 0);
    snprintf(path, sizeof path, "%s/data/catalog.db", server.dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    static const char *const change[] = {
        "UPDATE meta SET value = value + 1 WHERE key = 'schema_version'",
        "UPDATE meta SET value = value - 1 WHERE key = 'schema_version'"};
    assert_int_equal(sqlite3_exec(db, change[0], NULL, NULL, NULL), SQLITE_OK);
    expect("serve --data data --port 0", 1, "the catalog has version");
    expect("dump --data data", 1, "or a newer one");
    assert_int_equal(sqlite3_exec(db, change[1], NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    wire_server_restart(&server);
}

static void test_check__names_what_is_missing(void **state)
{
    (void)state;
    shell("mv police.db gone.db");
    expect("check --data data", 1, "police_db                FAILED");
    shell("mv gone.db police.db");
    expect("check --data data", 0, "ok ");
}

/* Departments' tables are read only; what a statement would do decides the SQLSTATE. */
static void test_statements__that_would_write(void **state)
{
    static const char *const cases[][3] = {
        {"analyst", "insert into police.person (id) values (1)", "25006"},
        {"analyst", "update police.person set name = 'x'", "25006"},
        {"analyst", "delete from police.person where id = 1", "25006"},
        {"analyst",
         "merge into police.person p using police.island i on p.id = i.id when matched then delete",
         "25006"},
        {"analyst", "truncate police.person", "25006"},
        {"analyst", "create table t (a int)", "25006"},
        {"analyst", "create table t as select 1", "25006"},
        {"analyst", "select id into t from police.person", "25006"},
        {"analyst", "create temp table t (a int)", "25006"},
        {"analyst", "create index i on police.person (id)", "25006"},
        {"analyst", "with gone as (delete from police.person returning id) select * from gone",
         "25006"},
        {"analyst", "copy police.person from stdin", "25006"},
        {"analyst", "vacuum", "25006"},
        {"analyst", "analyze police.person", "25006"},
        {"analyst", "lock table police.person", "25006"},
        {"police_admin", "alter foreign table police.island drop column name", "0A000"},
        {"admin", "alter role analyst set search_path = police", "0A000"},
        {"admin", "create function f() returns int language sql as 'select 1'", "25006"},
        {"admin", "create extension hstore", "25006"},
        {"admin", "do $$ begin end $$", "25006"},
    };
    (void)state;
    char got[1000], want[50];
    int failures = 0;
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        answer(cases[i][0], cases[i][1], got, sizeof got);
        snprintf(want, sizeof want, "E(ERROR %s ", cases[i][2]);
        if (strncmp(got, want, strlen(want)) != 0) {
            print_error("%s: %s\n", cases[i][1], got);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

static int start_server(void **state)
{
    (void)state;
    wire_server_start(&server, "");
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
        cmocka_unit_test(test_dump__restored_is_equal),
        cmocka_unit_test(test_restore__all_or_nothing),
        cmocka_unit_test(test_serve__one_server_per_directory),
        cmocka_unit_test(test_serve__newer_catalog_is_refused),
        cmocka_unit_test(test_check__names_what_is_missing),
        cmocka_unit_test(test_statements__that_would_write),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
