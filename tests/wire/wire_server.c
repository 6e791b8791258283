/* SPDX-License-Identifier: Apache-2.0 */
#include "wire_server.h"

#include "core/base.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NAP_MS = 50, PATIENCE_MS = 60000 };

static void nap(long ms)
{
    struct timespec ts = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&ts, NULL);
}

static const char *binary(void)
{
    static char path[4096];
    const char *build = getenv("TOMBOLO_BINARY");
    snprintf(path, sizeof path, "%s/server/tombolo", build == NULL ? "." : build);
    return path;
}

static void write_text(const char *dir, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    TB_CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* Runs `tombolo init`. */
static void make_data(const wire_server *s)
{
    char command[4400];
    write_text(s->dir, "password", "secret\n");
    snprintf(command, sizeof command,
             "%s init --data %s/data --admin admin --password-file %s/password >/dev/null",
             binary(), s->dir, s->dir);
    TB_CHECK(system(command) == 0);
}

static void make_department(const wire_server *s)
{
    char path[128];
    sqlite3 *db;
    snprintf(path, sizeof path, "%s/police.db", s->dir);
    TB_CHECK(sqlite3_open(path, &db) == SQLITE_OK);
    TB_CHECK(
        sqlite3_exec(db,
                     "CREATE TABLE person (id bigint NOT NULL PRIMARY KEY,"
                     " national_id text NOT NULL, name varchar(100) NOT NULL, birth date,"
                     " active boolean NOT NULL, note text);"
                     "WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 50)"
                     " INSERT INTO person SELECT n, printf('99%016d', n), 'n' || n,"
                     " '2000-01-' || printf('%02d', n % 28 + 1), n % 2, NULL FROM g;"
                     "CREATE TABLE island (id integer NOT NULL PRIMARY KEY, name text);"
                     "INSERT INTO island VALUES (1, '连岛'), (2, NULL), (3, 'a\tb\\c\nd');",
                     NULL, NULL, NULL) == SQLITE_OK);
    sqlite3_close(db);
}

void wire_server_restart(wire_server *s)
{
    char config[128], data[128], log[128], port[160], text[32] = "";
    snprintf(config, sizeof config, "%s/tombolo.conf", s->dir);
    snprintf(data, sizeof data, "%s/data", s->dir);
    snprintf(log, sizeof log, "%s/log", s->dir);
    snprintf(port, sizeof port, "%s/tombolo.port", data);
    s->pid = fork();
    TB_CHECK(s->pid >= 0);
    if (s->pid == 0) {
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that crashes leaves no server behind */
        execl(binary(), "tombolo", "serve", "--config", config, "--data", data, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < PATIENCE_MS / NAP_MS && strchr(text, '\n') == NULL; i++) {
        nap(NAP_MS);
        FILE *f = fopen(port, "re");
        if (f != NULL && fgets(text, sizeof text, f) == NULL)
            text[0] = '\0';
        if (f != NULL)
            fclose(f);
    }
    s->port = atoi(text);
    TB_CHECK(s->port > 0);
}

void wire_server_sql(const wire_server *s, const char *user, const char *sql)
{
    char info[200];
    snprintf(info, sizeof info, "host=127.0.0.1 port=%d user=%s password=secret dbname=tombolo",
             s->port, user);
    PGconn *conn = PQconnectdb(info);
    if (PQstatus(conn) != CONNECTION_OK)
        fprintf(stderr, "%s", PQerrorMessage(conn));
    TB_CHECK(PQstatus(conn) == CONNECTION_OK);
    PGresult *res = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(res);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fprintf(stderr, "%s: %s%s\n", user, PQerrorMessage(conn), sql);
    TB_CHECK(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
    PQclear(res);
    PQfinish(conn);
}

/* How often a line of the log holds the text. */
static int count_log(const wire_server *s, const char *text)
{
    char path[128], line[4096];
    snprintf(path, sizeof path, "%s/log", s->dir);
    FILE *f = fopen(path, "re");
    TB_CHECK(f != NULL);
    int n = 0;
    while (fgets(line, sizeof line, f) != NULL)
        n += strstr(line, text) != NULL;
    fclose(f);
    return n;
}

static void reload(const wire_server *s, const char *done)
{
    int before = count_log(s, done);
    kill(s->pid, SIGHUP);
    for (int i = 0; count_log(s, done) == before; i++) {
        TB_CHECK(i < PATIENCE_MS / NAP_MS);
        nap(NAP_MS);
    }
}

void wire_server_reload(const wire_server *s)
{
    reload(s, "configuration reloaded");
}

void wire_server_reload_fails(const wire_server *s)
{
    reload(s, "reload failed");
}

void wire_server_wait(const wire_server *s, const char *condition)
{
    char info[200], sql[600];
    bool met = false;
    snprintf(info, sizeof info, "host=127.0.0.1 port=%d user=sysop password=secret dbname=tombolo",
             s->port);
    snprintf(sql, sizeof sql, "SELECT %s FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
             condition);
    for (int i = 0; !met; i++) {
        PGconn *conn = PQconnectdb(info); /* fails while there are too many connections */
        PGresult *res = PQexec(conn, sql);
        met = PQntuples(res) == 1 && strcmp(PQgetvalue(res, 0, 0), "t") == 0;
        TB_CHECK(i < PATIENCE_MS / NAP_MS);
        PQclear(res);
        PQfinish(conn);
        if (!met)
            nap(NAP_MS);
    }
}

static void make_roles(const wire_server *s)
{
    static const char *const steps[][2] = {
        {"admin", "CREATE ROLE sysop LOGIN PASSWORD 'secret' SYSTEM"},
        {"admin", "CREATE ROLE police_admin LOGIN PASSWORD 'secret'"},
        {"sysop", NULL}, /* CREATE SERVER */
        {"sysop", "GRANT USAGE ON FOREIGN SERVER police_db TO police_admin"},
        {"admin", "CREATE ROLE readers"},
        {"admin", "CREATE ROLE analyst LOGIN PASSWORD 'secret' IN ROLE readers"},
        {"admin", "CREATE ROLE other LOGIN PASSWORD 'secret'"},
        {"admin", "CREATE SCHEMA police AUTHORIZATION police_admin"},
        {"police_admin", "IMPORT FOREIGN SCHEMA main FROM SERVER police_db INTO police"},
        {"police_admin", "GRANT USAGE ON SCHEMA police TO analyst"},
        {"police_admin", "GRANT SELECT ON ALL TABLES IN SCHEMA police TO analyst"},
        {"police_admin", "CREATE MASKING POLICY police.number AS (val text) RETURNS text -> "
                         "CASE WHEN IS_ROLE_IN_SESSION('police_admin') THEN val "
                         "ELSE MASK_PARTIAL(val, 2, '***', 2) END"},
        {"police_admin",
         "ALTER TABLE police.person ALTER COLUMN national_id SET MASKING POLICY police.number"},
    };
    char create[300];
    snprintf(create, sizeof create,
             "CREATE SERVER police_db FOREIGN DATA WRAPPER sqlite OPTIONS (path '%s/police.db')",
             s->dir);
    for (size_t i = 0; i < TB_COUNT(steps); i++)
        wire_server_sql(s, steps[i][0], steps[i][1] != NULL ? steps[i][1] : create);
}

void wire_server_start(wire_server *s, const char *config)
{
    char text[2000];
    strcpy(s->dir, "/tmp/tombolo-wire-XXXXXX");
    TB_CHECK(mkdtemp(s->dir) != NULL);
    snprintf(text, sizeof text, "[server]\nport = 0\ncore_dumps = on\n%s", config);
    write_text(s->dir, "tombolo.conf", text);
    make_data(s);
    make_department(s);
    wire_server_restart(s);
    make_roles(s);
}

int wire_server_halt(wire_server *s)
{
    int status = 0;
    kill(s->pid, SIGTERM);
    for (int i = 0; i < PATIENCE_MS / NAP_MS; i++) {
        if (waitpid(s->pid, &status, WNOHANG) == s->pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        nap(NAP_MS);
    }
    kill(s->pid, SIGKILL);
    waitpid(s->pid, &status, 0);
    return -1;
}

int wire_server_stop(wire_server *s)
{
    int status = wire_server_halt(s);
    char command[200];
    if (status != 0) {
        snprintf(command, sizeof command, "tail -120 %s/log >&2", s->dir);
        (void)!system(command);
    }
    snprintf(command, sizeof command, "rm -rf %s", s->dir);
    (void)!system(command);
    return status;
}
