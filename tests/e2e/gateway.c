/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, SERVER_WAIT_MS = 60000, POLL_MS = 20 };

static void die(const char *what, const char *detail)
{
    fprintf(stderr, "fixture: %s: %s\n", what, detail);
    fflush(NULL);
    _exit(2); /* what is open stays open: nothing else is to be reported */
}

static void nap(long ms)
{
    struct timespec ts = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&ts, NULL);
}

static const char *binary(void)
{
    static char path[PATH_BYTES];
    const char *build = getenv("TOMBOLO_BINARY");
    snprintf(path, sizeof path, "%s/server/tombolo", build == NULL ? "." : build);
    return path;
}

char *e2e_read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return NULL;
    char *text = NULL;
    size_t n = 0, room = 0;
    do {
        room = room == 0 ? 65536 : room * 2;
        text = realloc(text, room + 1);
        n += fread(text + n, 1, room - n, f);
    } while (n == room);
    fclose(f);
    text[n] = '\0';
    if (len != NULL)
        *len = n;
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");
    if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
        die("cannot write", path);
}

/* The file's text with @DIR@ and @WORLD@ replaced. */
static char *read_script(const char *path, const char *dir, int world)
{
    char *text = e2e_read_file(path, NULL);
    if (text == NULL)
        die("cannot read", path);
    char *out = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&out, &len);
    for (const char *p = text; *p != '\0';) {
        if (strncmp(p, "@DIR@", 5) == 0) {
            fputs(dir, f);
            p += 5;
        } else if (strncmp(p, "@WORLD@", 7) == 0) {
            fprintf(f, "%d", world);
            p += 7;
        } else {
            fputc(*p++, f);
        }
    }
    fclose(f);
    free(text);
    return out;
}

bool e2e_sqlite(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    char *why = NULL;
    bool ok = sqlite3_open(path, &db) == SQLITE_OK;
    ok = ok && sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK;
    if (!ok)
        fprintf(stderr, "%s: %s\n", path, why == NULL ? sqlite3_errmsg(db) : why);
    sqlite3_free(why);
    sqlite3_close(db);
    return ok;
}

static int is_sql(const struct dirent *e)
{
    const char *dot = strrchr(e->d_name, '.');
    return dot != NULL && strcmp(dot, ".sql") == 0;
}

/* Calls step for every .sql file of a folder, in the order of their names. */
static void each_script(e2e_gateway *g, const char *fixture, const char *folder, int world,
                        void (*step)(e2e_gateway *g, const char *name, char *text))
{
    char path[PATH_BYTES];
    struct dirent **list;
    snprintf(path, sizeof path, "%s/%s", fixture, folder);
    int n = scandir(path, &list, is_sql, alphasort);
    if (n <= 0)
        die("no scripts in", path);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s/%s", fixture, folder, list[i]->d_name);
        char *text = read_script(path, g->dir, world);
        step(g, list[i]->d_name, text);
        free(text);
        free(list[i]);
    }
    free(list);
}

static void make_department(e2e_gateway *g, const char *name, char *text)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%.*s.db", g->dir, (int)(strlen(name) - 4), name);
    if (!e2e_sqlite(path, text))
        die("cannot make department", name);
}

/* One administration statement per ";\n". */
static void set_up(e2e_gateway *g, const char *name, char *text)
{
    char login[64];
    if (sscanf(text, "-- login: %63s\n", login) != 1)
        die("no login line in", name);
    PGconn *conn = e2e_connect(g, login);
    char *at = strchr(text, '\n') + 1, *end;
    while ((end = strstr(at, ";\n")) != NULL) {
        *end = '\0';
        PGresult *res = PQexec(conn, at);
        if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK) {
            fprintf(stderr, "%s: %s\n", name, at);
            die("set-up", PQerrorMessage(conn));
        }
        PQclear(res);
        at = end + 2;
    }
    PQfinish(conn);
}

static void make_data(const e2e_gateway *g)
{
    char path[128], command[2 * PATH_BYTES];
    snprintf(path, sizeof path, "%s/password", g->dir);
    write_file(path, "secret\n");
    /* a fixed key: tokens are the same in both worlds */
    snprintf(path, sizeof path, "%s/token.key", g->dir);
    write_file(path, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
    snprintf(command, sizeof command,
             "%s init --data %s/data --admin admin --password-file %s/password --token-key-file "
             "%s/token.key"
             " >/dev/null",
             binary(), g->dir, g->dir, g->dir);
    if (chmod(path, 0600) != 0 || system(command) != 0)
        die("init", g->dir);
}

static void become_server(const e2e_gateway *g, const char *log)
{
    char config[128], data[128];
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that crashes leaves no server behind */
    if (g->preload != NULL) {
        char trace[128];
        snprintf(trace, sizeof trace, "%s/trace", g->dir);
        setenv("TRACE_FILE", trace, 1);
        setenv("LD_PRELOAD", g->preload, 1);
        setenv("ASAN_OPTIONS", "verify_asan_link_order=0:allow_user_segv_handler=0", 1);
    }
    snprintf(config, sizeof config, "%s/tombolo.conf", g->dir);
    snprintf(data, sizeof data, "%s/data", g->dir);
    execl(binary(), "tombolo", "serve", "--config", config, "--data", data, (char *)NULL);
    _exit(127);
}

void e2e_gateway_serve(e2e_gateway *g)
{
    char log[128], port[128];
    snprintf(log, sizeof log, "%s/log", g->dir);
    snprintf(port, sizeof port, "%s/data/tombolo.port", g->dir);
    unlink(port);
    g->port = 0;
    g->pid = fork();
    if (g->pid == 0)
        become_server(g, log);
    for (int ms = 0; ms < SERVER_WAIT_MS && g->port == 0; ms += POLL_MS) {
        nap(POLL_MS);
        char *text = e2e_read_file(port, NULL);
        if (text != NULL && strchr(text, '\n') != NULL)
            g->port = atoi(text);
        free(text);
        if (waitpid(g->pid, NULL, WNOHANG) == g->pid)
            break;
    }
    if (g->port == 0) {
        char *text = e2e_read_file(log, NULL);
        die("the server does not start", text == NULL ? "" : text);
    }
}

void e2e_gateway_start(e2e_gateway *g, const char *fixture, int world)
{
    char path[128], text[2000];
    strcpy(g->dir, "/tmp/tombolo-e2e-XXXXXX");
    if (mkdtemp(g->dir) == NULL)
        die("mkdtemp", g->dir);
    snprintf(path, sizeof path, "%s/tombolo.conf", g->dir);
    snprintf(text, sizeof text, "[server]\nport = 0\ncore_dumps = on\nthreads = 2\n%s",
             g->config == NULL ? "" : g->config);
    write_file(path, text);
    each_script(g, fixture, "departments", world, make_department);
    make_data(g);
    e2e_gateway_serve(g);
    each_script(g, fixture, "setup", world, set_up);
}

bool e2e_gateway_halt(e2e_gateway *g)
{
    int status = 0;
    kill(g->pid, SIGTERM);
    for (int ms = 0; ms < SERVER_WAIT_MS; ms += POLL_MS) {
        if (waitpid(g->pid, &status, WNOHANG) == g->pid)
            return WIFEXITED(status) && WEXITSTATUS(status) == 0;
        nap(POLL_MS);
    }
    kill(g->pid, SIGKILL);
    waitpid(g->pid, &status, 0);
    return false;
}

void e2e_gateway_remove(e2e_gateway *g, bool clean)
{
    char command[200];
    if (!clean) {
        snprintf(command, sizeof command, "tail -n 40 %s/log >&2", g->dir);
        (void)!system(command);
    }
    snprintf(command, sizeof command, "rm -rf %s", g->dir);
    (void)!system(command);
}

bool e2e_gateway_stop(e2e_gateway *g)
{
    bool clean = e2e_gateway_halt(g);
    e2e_gateway_remove(g, clean);
    return clean;
}

PGconn *e2e_connect(const e2e_gateway *g, const char *user)
{
    char info[200];
    snprintf(info, sizeof info,
             "host=127.0.0.1 port=%d user=%s password=secret dbname=tombolo client_encoding=UTF8 "
             "sslmode=disable",
             g->port, user);
    PGconn *conn = PQconnectdb(info);
    if (PQstatus(conn) != CONNECTION_OK)
        die("login", PQerrorMessage(conn));
    return conn;
}

static void append_field(e2e_answer *a, const char *text)
{
    size_t len = strlen(a->message);
    if (text != NULL)
        snprintf(a->message + len, sizeof a->message - len, "%s%s", len > 0 ? " | " : "", text);
}

e2e_answer e2e_ask(PGconn *conn, const char *sql)
{
    e2e_answer a = {.state = "00000"};
    PGresult *res = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(res);
    if (status == PGRES_TUPLES_OK) {
        a.rows = PQntuples(res);
        if (a.rows > 0 && PQnfields(res) > 0)
            snprintf(a.value, sizeof a.value, "%s", PQgetvalue(res, 0, 0));
    } else if (status != PGRES_COMMAND_OK) {
        const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
        snprintf(a.state, sizeof a.state, "%s", state == NULL ? "08006" : state);
        append_field(&a, PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY));
        append_field(&a, PQresultErrorField(res, PG_DIAG_MESSAGE_DETAIL));
        append_field(&a, PQresultErrorField(res, PG_DIAG_MESSAGE_HINT));
    }
    PQclear(res);
    return a;
}

void e2e_gateway_kill(e2e_gateway *g)
{
    kill(g->pid, SIGKILL);
    waitpid(g->pid, NULL, 0);
}

void e2e_gateway_limit_files(const e2e_gateway *g, long bytes, bool lift)
{
    struct rlimit limit = {lift ? RLIM_INFINITY : (rlim_t)bytes, RLIM_INFINITY};
    if (prlimit(g->pid, RLIMIT_FSIZE, &limit, NULL) != 0)
        die("prlimit", "RLIMIT_FSIZE");
}
