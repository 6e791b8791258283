/* SPDX-License-Identifier: Apache-2.0
 * tombolo sql: a small client over libpq. psql does everything this does and more; this one is
 * there when psql is not, and knows where a data directory's server listens.
 */
#include "server/cmd.h"

#include "core/utf8.h"
#include "parser/parser.h"

#include <errno.h>
#include <getopt.h>
#include <histedit.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCRIPT_MAX = 64 * 1024 * 1024, WIDTH_MAX = 80 };

typedef struct job {
    struct job *next;
    const char *text; /* -c, or the file name of -f */
    bool file;
} job;

typedef struct client {
    PGconn *conn;
    bool bare; /* no headings, fields separated by '|' */
    int failures;
    bool stop_on_error;
} client;

static int help(FILE *to)
{
    fputs("usage: tombolo sql [OPTION...] [-c SQL | -f FILE]...\n\n"
          "  -h, --host HOST      default 127.0.0.1\n"
          "  -p, --port PORT      default 5432\n"
          "  -D, --data DIR       port of the server running on this data directory\n"
          "  -U, --user NAME      default: the operating system user\n"
          "  -d, --database NAME  default \"tombolo\"\n"
          "      --password-file FILE  else PGPASSWORD or ~/.pgpass\n"
          "  -c, --command SQL    runs statements\n"
          "  -f, --file FILE      runs a script; - = standard input\n"
          "  -A, --bare           rows only, fields separated by |\n"
          "  -e, --stop           stops at the first error\n"
          "Without -c and -f: interactive.\n",
          to);
    return to == stdout ? 0 : 2;
}

/* ---- printing ---- */

static int width_of(const char *s)
{
    int width = 0;
    for (size_t size; *s != '\0'; s += size) {
        if (!tb_utf8_valid(s, tb_utf8_char_len(*s) <= strlen(s) ? tb_utf8_char_len(*s) : 1))
            return width + (int)strlen(s);
        width += tb_utf8_width(tb_utf8_decode(s, &size));
    }
    return width;
}

static void pad(int n)
{
    for (; n > 0; n--)
        putchar(' ');
}

static void print_cell(const char *text, int width, bool right, bool last)
{
    int missing = width - width_of(text);
    putchar(' ');
    if (right)
        pad(missing);
    fputs(text, stdout);
    if (!right && !last)
        pad(missing);
    fputs(last ? "\n" : " |", stdout);
}

static bool is_number(Oid type)
{
    return type == 20 || type == 21 || type == 23 || type == 26 || type == 700 || type == 701 ||
           type == 1700;
}

static void print_aligned(const PGresult *res)
{
    int cols = PQnfields(res), rows = PQntuples(res);
    int *widths = tb_xcalloc((size_t)cols, sizeof *widths);
    for (int c = 0; c < cols; c++) {
        widths[c] = width_of(PQfname(res, c));
        for (int r = 0; r < rows; r++) {
            int w = width_of(PQgetvalue(res, r, c));
            widths[c] = w > widths[c] ? w : widths[c];
        }
    }
    for (int c = 0; c < cols; c++)
        print_cell(PQfname(res, c), widths[c], false, c == cols - 1);
    for (int c = 0; c < cols; c++) {
        for (int i = 0; i < widths[c] + 2; i++)
            putchar('-');
        putchar(c == cols - 1 ? '\n' : '+');
    }
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < cols; c++)
            print_cell(PQgetvalue(res, r, c), widths[c], is_number(PQftype(res, c)), c == cols - 1);
    printf("(%d row%s)\n\n", rows, rows == 1 ? "" : "s");
    free(widths);
}

static void print_bare(const PGresult *res)
{
    for (int r = 0; r < PQntuples(res); r++)
        for (int c = 0; c < PQnfields(res); c++)
            printf("%s%s", PQgetvalue(res, r, c), c == PQnfields(res) - 1 ? "\n" : "|");
}

static void print_copy(client *cl)
{
    char *line;
    for (int n; (n = PQgetCopyData(cl->conn, &line, 0)) > 0;) {
        fwrite(line, 1, (size_t)n, stdout);
        PQfreemem(line);
    }
}

static bool print_result(client *cl, const PGresult *res)
{
    switch (PQresultStatus(res)) {
    case PGRES_TUPLES_OK:
        if (cl->bare)
            print_bare(res);
        else
            print_aligned(res);
        return true;
    case PGRES_COMMAND_OK:
        if (!cl->bare)
            puts(PQcmdStatus((PGresult *)(uintptr_t)res));
        return true;
    case PGRES_COPY_OUT:
        print_copy(cl);
        return true;
    case PGRES_EMPTY_QUERY:
        return true;
    case PGRES_COPY_IN:
    case PGRES_COPY_BOTH:
    case PGRES_BAD_RESPONSE:
    case PGRES_NONFATAL_ERROR:
    case PGRES_FATAL_ERROR:
    case PGRES_SINGLE_TUPLE:
    case PGRES_PIPELINE_SYNC:
    case PGRES_PIPELINE_ABORTED:
        fputs(PQresultErrorMessage(res), stderr);
        return false;
    }
    TB_UNREACHABLE();
}

/* ---- running ---- */

static bool run_text(client *cl, const char *sql)
{
    bool ok = PQsendQuery(cl->conn, sql) == 1;
    if (!ok)
        fputs(PQerrorMessage(cl->conn), stderr);
    for (PGresult *res; (res = PQgetResult(cl->conn)) != NULL; PQclear(res))
        ok = print_result(cl, res) && ok;
    fflush(stdout);
    cl->failures += !ok;
    return ok;
}

/* Statement by statement, so that each is a transaction of its own; a text that does not parse here
 * goes to the server whole, which says what is wrong with it. */
static bool run_script(client *cl, const char *sql)
{
    tb_arena *arena = tb_arena_create(0);
    tb_statement_list list = {0};
    tb_error err = {.position = -1};
    bool ok = true;
    if (tb_parse(arena, sql, strlen(sql), NULL, &list, &err) != TB_OK)
        ok = run_text(cl, sql);
    for (uint32_t i = 0; i < list.n && (ok || !cl->stop_on_error); i++)
        ok = run_text(cl, tb_arena_strndup(arena, sql + list.at[i].offset, list.at[i].len)) && ok;
    tb_arena_destroy(arena);
    return ok;
}

static bool run_file(client *cl, const char *path)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (f == NULL) {
        fprintf(stderr, "tombolo sql: could not open \"%s\": %s\n", path, strerror(errno));
        cl->failures++;
        return false;
    }
    tb_buf script;
    tb_buf_init(&script, SCRIPT_MAX);
    char part[65536];
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        tb_buf_append(&script, part, n);
    bool ok = !script.failed && run_script(cl, tb_buf_cstr(&script));
    if (script.failed) {
        fprintf(stderr, "tombolo sql: \"%s\" is too long\n", path);
        cl->failures++;
    }
    tb_buf_fini(&script);
    if (f != stdin)
        fclose(f);
    return ok;
}

/* ---- interactive ---- */

static char *prompt(EditLine *el)
{
    static char first[] = "tombolo=> ", more[] = "tombolo-> ";
    bool *continued;
    el_get(el, EL_CLIENTDATA, &continued);
    return *continued ? more : first;
}

/* A statement is complete when it ends with ';' and the parser does not miss anything before it. */
static bool is_complete(const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
        len--;
    if (len == 0 || text[len - 1] != ';')
        return false;
    tb_arena *arena = tb_arena_create(0);
    tb_statement_list list = {0};
    tb_error err = {.position = -1};
    bool unfinished = tb_parse(arena, text, len, NULL, &list, &err) != TB_OK &&
                      strncmp(err.message, "unterminated", 12) == 0;
    tb_arena_destroy(arena);
    return !unfinished;
}

static void interactive(client *cl)
{
    bool continued = false;
    HistEvent event;
    History *past = history_init();
    EditLine *el = el_init("tombolo", stdin, stdout, stderr);
    history(past, &event, H_SETSIZE, 1000);
    el_set(el, EL_CLIENTDATA, &continued);
    el_set(el, EL_PROMPT, prompt);
    el_set(el, EL_EDITOR, "emacs");
    el_set(el, EL_HIST, history, past);
    el_source(el, NULL);
    tb_buf text;
    tb_buf_init(&text, SCRIPT_MAX);
    int n;
    for (const char *line; (line = el_gets(el, &n)) != NULL && n > 0;) {
        if (text.len == 0 && (strncmp(line, "\\q", 2) == 0 || strncmp(line, "exit", 4) == 0))
            break;
        tb_buf_append(&text, line, (size_t)n);
        if (is_complete(tb_buf_cstr(&text))) {
            history(past, &event, H_ENTER, tb_buf_cstr(&text));
            run_script(cl, tb_buf_cstr(&text));
            tb_buf_reset(&text);
        }
        continued = text.len > 0 && strspn(tb_buf_cstr(&text), " \t\r\n") < text.len;
        if (!continued)
            tb_buf_reset(&text);
    }
    tb_buf_fini(&text);
    el_end(el);
    history_end(past);
}

/* ---- starting ---- */

typedef struct target {
    const char *host, *port, *user, *database, *password_file, *data_dir;
    char port_text[16], password[1024];
} target;

static bool read_first_line(const char *path, char *line, size_t cap)
{
    FILE *f = fopen(path, "re");
    bool ok = f != NULL && fgets(line, (int)cap, f) != NULL;
    if (f != NULL)
        fclose(f);
    if (!ok)
        fprintf(stderr, "tombolo sql: could not read \"%s\"\n", path);
    line[ok ? strcspn(line, "\r\n") : 0] = '\0';
    return ok;
}

static PGconn *connect_to(target *t)
{
    char path[4096];
    if (t->data_dir != NULL) {
        snprintf(path, sizeof path, "%s/tombolo.port", t->data_dir);
        if (!read_first_line(path, t->port_text, sizeof t->port_text))
            return NULL;
        t->port = t->port_text;
    }
    if (t->password_file != NULL &&
        !read_first_line(t->password_file, t->password, sizeof t->password))
        return NULL;
    const char *names[] = {"host", "port", "user", "dbname", "password", "application_name", NULL};
    const char *values[] = {t->host,     t->port,       t->user, t->database,
                            t->password, "tombolo sql", NULL};
    PGconn *conn = PQconnectdbParams(names, values, 0);
    if (PQstatus(conn) == CONNECTION_OK && PQsetClientEncoding(conn, "UTF8") == 0)
        return conn;
    fputs(PQerrorMessage(conn), stderr);
    PQfinish(conn);
    return NULL;
}

static void add_job(job ***tail, const char *text, bool file)
{
    job *j = tb_xcalloc(1, sizeof *j);
    j->text = text;
    j->file = file;
    **tail = j;
    *tail = &j->next;
}

static int run_jobs(client *cl, job *jobs)
{
    bool ok = true;
    if (jobs == NULL && isatty(STDIN_FILENO))
        interactive(cl);
    else if (jobs == NULL)
        ok = run_file(cl, "-");
    for (const job *j = jobs; j != NULL && (ok || !cl->stop_on_error); j = j->next)
        ok = (j->file ? run_file(cl, j->text) : run_script(cl, j->text)) && ok;
    return cl->failures == 0 ? 0 : 1;
}

int tb_cmd_sql(int argc, char **argv)
{
    static const struct option longs[] = {
        {"host", required_argument, NULL, 'h'}, {"port", required_argument, NULL, 'p'},
        {"user", required_argument, NULL, 'U'}, {"database", required_argument, NULL, 'd'},
        {"data", required_argument, NULL, 'D'}, {"command", required_argument, NULL, 'c'},
        {"file", required_argument, NULL, 'f'}, {"bare", no_argument, NULL, 'A'},
        {"stop", no_argument, NULL, 'e'},       {"password-file", required_argument, NULL, 'P'},
        {"help", no_argument, NULL, '?'},       {0},
    };
    target t = {.host = "127.0.0.1", .port = "5432", .database = "tombolo"};
    client cl = {0};
    job *jobs = NULL, **tail = &jobs;
    for (int c; (c = getopt_long(argc, argv, "h:p:U:d:D:c:f:Ae", longs, NULL)) != -1;) {
        if (c == 'c' || c == 'f')
            add_job(&tail, optarg, c == 'f');
        else if (c == 'A')
            cl.bare = true;
        else if (c == 'e')
            cl.stop_on_error = true;
        else if (c == '?')
            return help(optopt == 0 ? stdout : stderr);
        else
            *(c == 'h'   ? &t.host
              : c == 'p' ? &t.port
              : c == 'U' ? &t.user
              : c == 'd' ? &t.database
              : c == 'D' ? &t.data_dir
                         : &t.password_file) = optarg;
    }
    if (optind < argc)
        return help(stderr);
    cl.conn = connect_to(&t);
    int status = cl.conn == NULL ? 1 : run_jobs(&cl, jobs);
    if (cl.conn != NULL)
        PQfinish(cl.conn);
    for (job *next; jobs != NULL; jobs = next) {
        next = jobs->next;
        free(jobs);
    }
    return status;
}
