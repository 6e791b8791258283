/* SPDX-License-Identifier: Apache-2.0 */
#include "slt.h"

#include "gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void bad_line(const slt_file *f, size_t at)
{
    fprintf(stderr, "%s:%zu: not a test record: %s\n", f->path, at + 1, f->lines[at]);
    exit(2);
}

unsigned slt_way_of(const char *name)
{
    static const struct {
        const char *name;
        unsigned way;
    } ways[] = {{"simple", SLT_SIMPLE},
                {"extended", SLT_EXTENDED},
                {"cursor", SLT_CURSOR},
                {"copy", SLT_COPY},
                {"pushdown", SLT_PUSHDOWN}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, name) == 0)
            return ways[i].way;
    return 0;
}

static void split_lines(slt_file *f, char *text)
{
    for (char *line = text; *line != '\0';) {
        char *end = strchr(line, '\n');
        f->lines = realloc(f->lines, (f->nlines + 1) * sizeof *f->lines);
        f->lines[f->nlines++] = strndup(line, end == NULL ? strlen(line) : (size_t)(end - line));
        line = end == NULL ? line + strlen(line) : end + 1;
    }
}

static bool is_end(const slt_file *f, size_t at)
{
    return at >= f->nlines || f->lines[at][0] == '\0';
}

/* The lines up to "----" or the end of the record, joined. */
static char *read_sql(const slt_file *f, size_t *at)
{
    char *sql = NULL;
    size_t len;
    FILE *out = open_memstream(&sql, &len);
    bool first = true;
    while (!is_end(f, *at) && strcmp(f->lines[*at], "----") != 0) {
        fprintf(out, "%s%s", first ? "" : "\n", f->lines[(*at)++]);
        first = false;
    }
    fclose(out);
    return sql;
}

static void read_expected(const slt_file *f, slt_record *r, size_t *at)
{
    bool marked = !is_end(f, *at);
    if (marked)
        ++*at; /* ---- */
    r->from_line = *at;
    while (!is_end(f, *at))
        ++*at;
    r->to_line = *at;
    r->expect = f->lines + r->from_line;
    r->nexpect = r->to_line - r->from_line;
}

static void read_ways(const slt_file *f, size_t at, const char *names, unsigned *ways)
{
    char *copy = strdup(names), *rest;
    *ways = 0;
    for (char *w = strtok_r(copy, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest)) {
        unsigned way = slt_way_of(w);
        if (way == 0)
            bad_line(f, at);
        *ways |= way;
    }
    free(copy);
}

/* The first line of a statement or query; false when it is something else. */
static bool read_head(const char *line, slt_record *r)
{
    char sort[16] = "";
    if (strcmp(line, "statement ok") == 0)
        return true;
    if (sscanf(line, "statement error %5s", r->sqlstate) == 1)
        return strlen(r->sqlstate) == 5;
    int n = sscanf(line, "query %63s %15s", r->types, sort);
    r->kind = SLT_QUERY;
    r->rowsort = strcmp(sort, "rowsort") == 0;
    return n == 1 || (n == 2 && r->rowsort);
}

static void add(slt_file *f, const slt_record *r)
{
    f->records = realloc(f->records, (f->n + 1) * sizeof *f->records);
    f->records[f->n++] = *r;
}

static void read_record(slt_file *f, size_t *at, unsigned onlyif, unsigned skipif)
{
    slt_record r = {.line = (int)*at + 1, .onlyif = onlyif, .skipif = skipif};
    const char *line = f->lines[*at];
    if (strncmp(line, "connect as ", 11) == 0 || strncmp(line, "secret ", 7) == 0) {
        r.kind = line[0] == 'c' ? SLT_CONNECT : SLT_SECRET;
        r.text = strdup(line + (line[0] == 'c' ? 11 : 7));
        ++*at;
    } else {
        if (!read_head(line, &r))
            bad_line(f, *at);
        ++*at;
        r.text = read_sql(f, at);
        read_expected(f, &r, at);
    }
    add(f, &r);
}

slt_file *slt_read(const char *path)
{
    slt_file *f = calloc(1, sizeof *f);
    f->path = strdup(path);
    f->ways = SLT_SIMPLE | SLT_EXTENDED | SLT_CURSOR | SLT_COPY;
    char *text = e2e_read_file(path, NULL);
    if (text == NULL) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(2);
    }
    split_lines(f, text);
    free(text);
    unsigned onlyif = 0, skipif = 0;
    for (size_t at = 0; at < f->nlines;) {
        const char *line = f->lines[at];
        if (is_end(f, at) || line[0] == '#') {
            at++;
        } else if (strncmp(line, "protocol ", 9) == 0) {
            read_ways(f, at++, line + 9, &f->ways);
        } else if (strncmp(line, "onlyif ", 7) == 0) {
            read_ways(f, at++, line + 7, &onlyif);
        } else if (strncmp(line, "skipif ", 7) == 0) {
            read_ways(f, at++, line + 7, &skipif);
        } else {
            read_record(f, &at, onlyif, skipif);
            onlyif = skipif = 0;
        }
    }
    return f;
}

void slt_free(slt_file *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->records[i].text);
    for (size_t i = 0; i < f->nlines; i++)
        free(f->lines[i]);
    free(f->records);
    free(f->lines);
    free(f->path);
    free(f);
}
