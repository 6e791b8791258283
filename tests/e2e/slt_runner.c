/* SPDX-License-Identifier: Apache-2.0
 * Runs .slt files through the wire against a gateway on SQLite departments.
 *
 *     slt_runner --fixture DIR [--worlds] [--protocols simple,extended,cursor,copy] [--write] FILE…
 *
 * Each file runs by each protocol, by the simple one with tombolo.pushdown on and off, and must
 * give the same rows.
 * --worlds: all of it on two gateways whose departments differ in protected content only; whatever
 * a client received - rows and their order, column descriptions, command tags, every field of
 * errors and notices - must be the same bytes. --write puts the rows that came into the files.
 */
#include "gateway.h"
#include "slt.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_SECRETS = 32 };

typedef struct run {
    const e2e_gateway *gateway;
    const slt_file *file;
    slt_way way;
    bool pushdown;
    PGconn *conn;
    FILE *transcript; /* everything received */
    const char *secrets[MAX_SECRETS];
    size_t nsecrets;
    int failures;
    char ***written; /* --write: rows per record, NULL-terminated; else NULL */
} run;

/* What a statement answered. */
typedef struct answer {
    char sqlstate[6], *message;
    char **rows;
    size_t n;
    char types[64];
} answer;

static const char *way_name(const run *r)
{
    return r->way == SLT_SIMPLE     ? "simple"
           : r->way == SLT_EXTENDED ? "extended"
           : r->way == SLT_CURSOR   ? "cursor"
                                    : "copy";
}

static void failed(run *r, const slt_record *rec, const char *what, const char *detail)
{
    r->failures++;
    printf("%s:%d (%s, pushdown %s): %s%s%s\n", r->file->path, rec->line, way_name(r),
           r->pushdown ? "on" : "off", what, *detail == '\0' ? "" : ": ", detail);
}

/* ---- answers ---- */

static char type_letter(Oid type)
{
    if (type == 20 || type == 21 || type == 23)
        return 'I';
    if (type == 700 || type == 701 || type == 1700)
        return 'R';
    if (type == 1082 || type == 1083 || type == 1114 || type == 1184)
        return 'D';
    return type == 16 ? 'B' : 'T';
}

static void put_value(FILE *f, const char *v)
{
    if (*v == '\0')
        fputs("(empty)", f);
    for (; *v != '\0'; v++) {
        if (*v == '\n')
            fputs("\\n", f);
        else
            fputc(*v, f);
    }
}

static void add_row(answer *a, char *row)
{
    a->rows = realloc(a->rows, (a->n + 1) * sizeof *a->rows);
    a->rows[a->n++] = row;
}

static void take_rows(run *r, PGresult *res, answer *a)
{
    int ncols = PQnfields(res);
    for (int c = 0; c < ncols; c++) {
        if (c < (int)sizeof a->types - 1)
            a->types[c] = type_letter(PQftype(res, c));
        fprintf(r->transcript, "column %s %u %d %u %d\n", PQfname(res, c), PQftype(res, c),
                PQfmod(res, c), PQftable(res, c), PQftablecol(res, c));
    }
    for (int i = 0; i < PQntuples(res); i++) {
        char *row;
        size_t len;
        FILE *f = open_memstream(&row, &len);
        for (int c = 0; c < ncols; c++) {
            if (c > 0)
                fputc('|', f);
            if (PQgetisnull(res, i, c))
                fputs("NULL", f);
            else
                put_value(f, PQgetvalue(res, i, c));
        }
        fclose(f);
        fprintf(r->transcript, "row %s\n", row);
        add_row(a, row);
    }
}

static void note_diagnostics(FILE *transcript, const char *kind, const PGresult *res)
{
    static const int fields[] = {
        PG_DIAG_SEVERITY,       PG_DIAG_SQLSTATE,      PG_DIAG_MESSAGE_PRIMARY,
        PG_DIAG_MESSAGE_DETAIL, PG_DIAG_MESSAGE_HINT,  PG_DIAG_STATEMENT_POSITION,
        PG_DIAG_CONTEXT,        PG_DIAG_SCHEMA_NAME,   PG_DIAG_TABLE_NAME,
        PG_DIAG_COLUMN_NAME,    PG_DIAG_DATATYPE_NAME, PG_DIAG_CONSTRAINT_NAME};
    fputs(kind, transcript);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *text = PQresultErrorField(res, fields[i]);
        fprintf(transcript, " [%s]", text == NULL ? "" : text);
    }
    fputc('\n', transcript);
}

static void notice(void *ctx, const PGresult *res)
{
    run *r = ctx;
    note_diagnostics(r->transcript, "notice", res);
}

/* One field of COPY's text form, in the form of the other protocols. Returns its end. */
static const char *put_copied(FILE *f, const char *p)
{
    char value[8192];
    size_t k = 0;
    if (p[0] == '\\' && p[1] == 'N') {
        fputs("NULL", f);
        return p + 2;
    }
    for (; *p != '\t' && *p != '\n' && k < sizeof value - 1; p++) {
        char c = *p;
        if (c == '\\') {
            c = *++p;
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
        }
        value[k++] = c;
    }
    value[k] = '\0';
    put_value(f, value);
    return p;
}

static void take_copy(run *r, answer *a)
{
    char *line;
    while (PQgetCopyData(r->conn, &line, 0) > 0) {
        char *row;
        size_t len;
        FILE *f = open_memstream(&row, &len);
        const char *p = put_copied(f, line);
        while (*p == '\t') {
            fputc('|', f);
            p = put_copied(f, p + 1);
        }
        fclose(f);
        fprintf(r->transcript, "copied %s\n", row);
        add_row(a, row);
        PQfreemem(line);
    }
}

static void take(run *r, PGresult *res, answer *a)
{
    ExecStatusType status = PQresultStatus(res);
    if (status == PGRES_COPY_OUT) {
        take_copy(r, a);
    } else if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK ||
               status == PGRES_EMPTY_QUERY) {
        take_rows(r, res, a);
        fprintf(r->transcript, "tag %s\n", PQcmdStatus(res));
    } else {
        note_diagnostics(r->transcript, "error", res);
        const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
        const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
        snprintf(a->sqlstate, sizeof a->sqlstate, "%s", state == NULL ? "08006" : state);
        free(a->message);
        a->message = strdup(text == NULL ? PQerrorMessage(r->conn) : text);
    }
    PQclear(res);
}

static void collect(run *r, answer *a)
{
    PGresult *res;
    while ((res = PQgetResult(r->conn)) != NULL) {
        take(r, res, a);
        if (PQstatus(r->conn) == CONNECTION_BAD)
            break;
    }
}

static void simple(run *r, const char *sql, answer *a)
{
    if (PQsendQuery(r->conn, sql) == 1)
        collect(r, a);
}

static bool is_select(const char *sql)
{
    static const char *const words[] = {"select", "with", "values", "table", "("};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncasecmp(sql, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

static void wrapped(run *r, const char *before, const char *sql, const char *after, answer *a)
{
    char *text;
    if (asprintf(&text, "%s%s%s", before, sql, after) < 0)
        abort();
    simple(r, text, a);
    free(text);
}

static void by_cursor(run *r, const char *sql, answer *a)
{
    simple(r, "BEGIN", a);
    wrapped(r, "DECLARE slt CURSOR FOR ", sql, "", a);
    if (*a->sqlstate == '\0')
        simple(r, "FETCH ALL FROM slt", a);
    simple(r, "ROLLBACK", a);
}

static void ask(run *r, const char *sql, answer *a)
{
    slt_way way = is_select(sql) || r->way == SLT_EXTENDED ? r->way : SLT_SIMPLE;
    if (way == SLT_EXTENDED) {
        if (PQsendQueryParams(r->conn, sql, 0, NULL, NULL, NULL, NULL, 0) == 1)
            collect(r, a);
    } else if (way == SLT_CURSOR) {
        by_cursor(r, sql, a);
    } else if (way == SLT_COPY) {
        wrapped(r, "COPY (", sql, "\n) TO STDOUT", a);
    } else {
        simple(r, sql, a);
    }
    if (PQstatus(r->conn) == CONNECTION_BAD && *a->sqlstate == '\0')
        strcpy(a->sqlstate, "08006");
}

static void forget(answer *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->rows[i]);
    free(a->rows);
    free(a->message);
}

/* ---- records ---- */

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void compare_rows(run *r, const slt_record *rec, const answer *a)
{
    char **expect = malloc((rec->nexpect + 1) * sizeof *expect);
    memcpy(expect, rec->expect, rec->nexpect * sizeof *expect);
    if (rec->rowsort)
        qsort(expect, rec->nexpect, sizeof *expect, by_bytes);
    size_t n = a->n > rec->nexpect ? a->n : rec->nexpect;
    for (size_t i = 0; i < n; i++) {
        const char *want = i < rec->nexpect ? expect[i] : "(no row)";
        const char *got = i < a->n ? a->rows[i] : "(no row)";
        if (strcmp(want, got) != 0) {
            failed(r, rec, "other rows", "");
            printf("    expected %s\n    received %s\n", want, got);
            break;
        }
    }
    free(expect);
}

static void keep_rows(run *r, size_t index, answer *a)
{
    add_row(a, NULL);
    r->written[index] = a->rows;
    a->rows = NULL;
    a->n = 0;
}

static void run_sql(run *r, size_t index)
{
    const slt_record *rec = &r->file->records[index];
    answer a = {0};
    ask(r, rec->text, &a);
    if (strcmp(a.sqlstate, rec->sqlstate) != 0) {
        failed(r, rec, *a.sqlstate == '\0' ? "no error" : a.sqlstate,
               a.message == NULL ? "" : a.message);
    } else if (*rec->sqlstate != '\0') {
        if (rec->nexpect > 0 && strstr(a.message, rec->expect[0]) == NULL)
            failed(r, rec, "other message", a.message);
    } else if (rec->kind == SLT_QUERY) {
        if (r->way != SLT_COPY && strcmp(a.types, rec->types) != 0)
            failed(r, rec, "other types", a.types);
        if (rec->rowsort && a.n > 0)
            qsort(a.rows, a.n, sizeof *a.rows, by_bytes);
        if (r->written != NULL)
            keep_rows(r, index, &a);
        else
            compare_rows(r, rec, &a);
    }
    forget(&a);
}

static void connect_as(run *r, const char *user)
{
    PQfinish(r->conn);
    r->conn = e2e_connect(r->gateway, user);
    PQsetNoticeReceiver(r->conn, notice, r);
    answer a = {0};
    simple(r, r->pushdown ? "SET tombolo.pushdown = on" : "SET tombolo.pushdown = off", &a);
    forget(&a);
}

/* The whole file once. Returns what was received, freed by the caller. */
static char *run_file(run *r)
{
    char *transcript;
    size_t len;
    unsigned state = r->way | (r->pushdown ? SLT_PUSHDOWN : 0);
    r->transcript = open_memstream(&transcript, &len);
    r->nsecrets = 0;
    for (size_t i = 0; i < r->file->n; i++) {
        const slt_record *rec = &r->file->records[i];
        if ((rec->onlyif & ~state) != 0 || (rec->skipif & state) != 0)
            continue;
        fflush(r->transcript);
        size_t before = len;
        fprintf(r->transcript, "line %d\n", rec->line);
        if (rec->kind == SLT_CONNECT)
            connect_as(r, rec->text);
        else if (rec->kind == SLT_SECRET && r->nsecrets < MAX_SECRETS)
            r->secrets[r->nsecrets++] = rec->text;
        else
            run_sql(r, i);
        fflush(r->transcript);
        for (size_t k = 0; k < r->nsecrets; k++)
            if (memmem(transcript + before, len - before, r->secrets[k], strlen(r->secrets[k])) !=
                NULL)
                failed(r, rec, "received a secret", r->secrets[k]);
    }
    PQfinish(r->conn);
    r->conn = NULL;
    fclose(r->transcript);
    return transcript;
}

static void write_back(const slt_file *f, char ***rows)
{
    FILE *out = fopen(f->path, "we");
    size_t at = 0;
    for (size_t i = 0; i < f->n; i++) {
        const slt_record *rec = &f->records[i];
        if (rows[i] == NULL)
            continue;
        for (; at < rec->from_line; at++)
            fprintf(out, "%s\n", f->lines[at]);
        if (at == 0 || strcmp(f->lines[at - 1], "----") != 0)
            fprintf(out, "----\n");
        for (char **row = rows[i]; *row != NULL; row++) {
            fprintf(out, "%s\n", *row);
            free(*row);
        }
        free(rows[i]);
        at = rec->to_line;
    }
    for (; at < f->nlines; at++)
        fprintf(out, "%s\n", f->lines[at]);
    fclose(out);
    free(rows);
}

static void print_difference(const slt_file *f, const char *a, const char *b)
{
    int line = 0;
    while (*a != '\0' && *b != '\0') {
        size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");
        sscanf(a, "line %d", &line);
        if (n != m || memcmp(a, b, n) != 0) {
            printf("%s:%d: the worlds can be told apart\n    %.*s\n    %.*s\n", f->path, line,
                   (int)n, a, (int)m, b);
            return;
        }
        a += n + (a[n] == '\n');
        b += m + (b[m] == '\n');
    }
}

/* Every way a file runs; transcripts[] is filled in world 0 and compared in world 1. */
static int run_all_ways(const e2e_gateway *g, const slt_file *f, unsigned ways, bool write,
                        int world, char *transcripts[8])
{
    int failures = 0, k = 0;
    for (unsigned way = SLT_SIMPLE; way <= SLT_COPY; way <<= 1) {
        for (int pushdown = 1; pushdown >= 0; pushdown--, k++) {
            if ((way & ways & f->ways) == 0 || (pushdown == 0 && way != SLT_SIMPLE))
                continue;
            run r = {.gateway = g, .file = f, .way = way, .pushdown = pushdown != 0};
            if (write)
                r.written = calloc(f->n, sizeof *r.written);
            char *received = run_file(&r);
            failures += r.failures;
            if (write) {
                write_back(f, r.written);
                free(received);
                return failures;
            }
            if (world == 0) {
                transcripts[k] = received;
                continue;
            }
            if (strcmp(received, transcripts[k]) != 0) {
                failures++;
                print_difference(f, transcripts[k], received);
            }
            free(received);
        }
    }
    return failures;
}

static bool holds(const char *path, const char *needle)
{
    size_t len = 0;
    char *bytes = e2e_read_file(path, &len);
    bool found = bytes != NULL && memmem(bytes, len, needle, strlen(needle)) != NULL;
    free(bytes);
    return found;
}

/* Looks for the canary where a gateway that has stopped left bytes. */
static int check_trace(const e2e_gateway *g, const char *canary, const char *control)
{
    static const char *const names[] = {"trace.received", "trace.written", "log", "data/record.db",
                                        "data/record.db-wal"};
    char path[200];
    int failures = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", g->dir, names[i]);
        if (holds(path, canary)) {
            printf("FAILED %s holds %s\n", names[i], canary);
            failures++;
        }
        /* masked values come from the source, and stand in no file in the clear */
        if (holds(path, control) != (i == 0)) {
            printf("FAILED %s %s %s\n", names[i], i == 0 ? "lacks" : "holds", control);
            failures++;
        }
    }
    return failures;
}

static unsigned parse_ways(char *names)
{
    unsigned ways = 0;
    char *rest;
    for (char *w = strtok_r(names, ",", &rest); w != NULL; w = strtok_r(NULL, ",", &rest))
        ways |= slt_way_of(w);
    return ways;
}

static void usage(void)
{
    fputs("usage: slt_runner --fixture DIR [--worlds] [--protocols LIST] [--write] FILE...\n",
          stderr);
    exit(2);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"fixture", required_argument, NULL, 'f'},   {"worlds", no_argument, NULL, 'w'},
        {"protocols", required_argument, NULL, 'p'}, {"write", no_argument, NULL, 'o'},
        {"trace", required_argument, NULL, 't'},     {"canary", required_argument, NULL, 'c'},
        {"control", required_argument, NULL, 'x'},   {0}};
    const char *fixture = NULL, *trace = NULL, *canary = NULL, *control = NULL;
    unsigned ways = SLT_SIMPLE | SLT_EXTENDED | SLT_CURSOR | SLT_COPY;
    int worlds = 1, failures = 0, opt;
    bool write = false;
    while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (opt == 'f')
            fixture = optarg;
        else if (opt == 'w')
            worlds = 2;
        else if (opt == 'p')
            ways = parse_ways(optarg);
        else if (opt == 'o')
            write = true;
        else if (opt == 't')
            trace = optarg;
        else if (opt == 'c')
            canary = optarg;
        else if (opt == 'x')
            control = optarg;
        else
            usage();
    }
    int nfiles = argc - optind;
    bool traced = trace != NULL && canary != NULL && control != NULL;
    if (fixture == NULL || nfiles == 0 || ways == 0 || traced != (trace != NULL))
        usage();
    char *(*transcripts)[8] = calloc((size_t)nfiles, sizeof *transcripts);
    for (int world = 0; world < worlds; world++) {
        e2e_gateway g = {.preload = trace};
        e2e_gateway_start(&g, fixture, world);
        for (int i = 0; i < nfiles; i++) {
            slt_file *f = slt_read(argv[optind + i]);
            int bad = run_all_ways(&g, f, ways, write, world, transcripts[i]);
            printf("%s %s\n", bad == 0 ? "ok    " : "FAILED", f->path);
            failures += bad;
            slt_free(f);
        }
        bool clean = e2e_gateway_halt(&g);
        if (traced)
            failures += check_trace(&g, canary, control);
        if (!clean) {
            printf("FAILED the server did not stop cleanly\n");
            failures++;
        }
        e2e_gateway_remove(&g, clean);
    }
    for (int i = 0; i < nfiles; i++)
        for (int k = 0; k < 8; k++)
            free(transcripts[i][k]);
    free(transcripts);
    return failures == 0 ? 0 : 1;
}
