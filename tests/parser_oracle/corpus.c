/* SPDX-License-Identifier: Apache-2.0
 * Statements from files: sqllogictest and JSON lines.
 *
 * Entry points: corpus_slt(), corpus_jsonl().
 */
#include "oracle.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>

#define SQL_MAX (1 << 20)

static bool starts_with(const char *line, const char *word)
{
    size_t len = strlen(word);
    return strncmp(line, word, len) == 0 && (line[len] == ' ' || line[len] == '\0');
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\r")] == '\0';
}

static void read_slt(FILE *file, statement_fn fn, void *ctx)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    bool in_sql = false;
    tb_buf sql;
    tb_buf_init(&sql, SQL_MAX);
    while ((len = getline(&line, &cap, file)) >= 0) {
        if (len > 0 && line[len - 1] == '\n')
            line[len - 1] = '\0';
        if (!in_sql) {
            in_sql = starts_with(line, "statement") || starts_with(line, "query");
            tb_buf_reset(&sql);
        } else if (is_blank(line) || strcmp(line, "----") == 0) {
            if (!sql.failed)
                fn(tb_buf_cstr(&sql), ctx);
            in_sql = false;
        } else {
            tb_buf_puts(&sql, sql.len ? "\n" : "");
            tb_buf_puts(&sql, line);
        }
    }
    if (in_sql && sql.len > 0)
        fn(tb_buf_cstr(&sql), ctx);
    free(line);
    tb_buf_fini(&sql);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

void corpus_slt(const char *dir, statement_fn fn, void *ctx)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", dir);
    char *roots[] = {path, NULL};
    FTS *tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
    if (!tree)
        return;
    for (FTSENT *entry; (entry = fts_read(tree)) != NULL;) {
        if (entry->fts_info != FTS_F || !strstr(entry->fts_name, ".slt"))
            continue;
        FILE *file = fopen(entry->fts_path, "r");
        if (!file)
            continue;
        read_slt(file, fn, ctx);
        fclose(file);
    }
    fts_close(tree);
}

/* Decodes the JSON string at s (after its opening quote). Surrogate pairs do not occur in the
 * corpus. */
static void decode_json(const char *s, tb_buf *out)
{
    static const char names[] = "nrtbf", values[] = "\n\r\t\b\f";
    for (; *s && *s != '"'; s++) {
        if (*s != '\\') {
            tb_buf_putc(out, *s);
            continue;
        }
        s++;
        const char *name = strchr(names, *s);
        if (*s == 'u') {
            char hex[5] = {s[1], s[2], s[3], s[4], '\0'};
            unsigned c = (unsigned)strtoul(hex, NULL, 16);
            if (c >= 0x800)
                tb_buf_putc(out, (char)(0xE0 | (c >> 12)));
            if (c >= 0x80)
                tb_buf_putc(out, (char)(c >= 0x800 ? 0x80 | ((c >> 6) & 0x3F) : 0xC0 | (c >> 6)));
            tb_buf_putc(out, (char)(c >= 0x80 ? 0x80 | (c & 0x3F) : c));
            s += 4;
        } else {
            tb_buf_putc(out, name && *s ? values[name - names] : *s);
        }
    }
}

void corpus_jsonl(const char *path, statement_fn fn, void *ctx)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    char *line = NULL;
    size_t cap = 0;
    tb_buf sql;
    tb_buf_init(&sql, SQL_MAX);
    while (getline(&line, &cap, file) >= 0) {
        const char *member = strstr(line, "\"sql\": \"");
        if (!member)
            continue;
        tb_buf_reset(&sql);
        decode_json(member + strlen("\"sql\": \""), &sql);
        fn(tb_buf_cstr(&sql), ctx);
    }
    tb_buf_fini(&sql);
    free(line);
    fclose(file);
}
