/* SPDX-License-Identifier: Apache-2.0
 * Reads dialect files.
 *
 * Entry points: tb_dialects_load, tb_dialect_find, tb_dialect_parse, tb_dialect_has_type,
 * tb_dialect_host_fn.
 */
#include "connectors/dialect.h"

#include "connectors/dialect_int.h"
#include "core/list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX_BYTES = 1 << 20, WORD_MAX = 64 };

struct tb_dialects {
    tb_arena *arena;
    TB_LIST(tb_dialect *) list;
};

typedef enum section {
    SEC_NONE,
    SEC_TEXT,
    SEC_SWITCHES,
    SEC_TYPES,
    SEC_EXPRESSIONS,
    SEC_FUNCTIONS
} section;

static const char *const section_names[] = {
    [SEC_TEXT] = "text",           [SEC_SWITCHES] = "switches",
    [SEC_TYPES] = "types",         [SEC_EXPRESSIONS] = "expressions",
    [SEC_FUNCTIONS] = "functions",
};

static const char *const text_names[TB_DT_COUNT] = {
    [TB_DT_QUOTE] = "quote",
    [TB_DT_PLACEHOLDER] = "placeholder",
    [TB_DT_FENCE] = "fence",
    [TB_DT_LIMIT] = "limit",
    [TB_DT_RANGE] = "range",
    [TB_DT_TRUE] = "true",
    [TB_DT_FALSE] = "false",
    [TB_DT_NULL] = "null",
    [TB_DT_ORDER_TEXT] = "order_text",
    [TB_DT_NULLS_FIRST] = "nulls_first",
    [TB_DT_NULLS_LAST] = "nulls_last",
    [TB_DT_HOST_PREFIX] = "host_prefix",
    [TB_DT_COLUMN_NUMERIC] = "column_numeric",
    [TB_DT_COLUMN_BPCHAR] = "column_bpchar",
    [TB_DT_COLUMN_FLOAT] = "column_float",
    [TB_DT_NUMERIC_KEPT] = "numeric_kept",
};

static const char *const switch_names[TB_DS_COUNT] = {
    [TB_DS_HOST_FUNCTIONS] = "host_functions",
    [TB_DS_SORT] = "sort",
};

static const char *const construct_names[TB_DC_COUNT] = {
    [TB_DC_AND] = "and",
    [TB_DC_OR] = "or",
    [TB_DC_NOT] = "not",
    [TB_DC_IS_NULL] = "is_null",
    [TB_DC_IS_NOT_NULL] = "is_not_null",
    [TB_DC_IS_TRUE] = "is_true",
    [TB_DC_IS_NOT_TRUE] = "is_not_true",
    [TB_DC_IS_FALSE] = "is_false",
    [TB_DC_IS_NOT_FALSE] = "is_not_false",
    [TB_DC_DISTINCT] = "distinct",
    [TB_DC_IN] = "in",
    [TB_DC_NOT_IN] = "not_in",
    [TB_DC_CASE] = "case",
    [TB_DC_COALESCE] = "coalesce",
};

/* Texts without which no statement can be written. */
static const tb_dialect_text required_texts[] = {
    TB_DT_QUOTE, TB_DT_PLACEHOLDER, TB_DT_LIMIT, TB_DT_TRUE, TB_DT_FALSE, TB_DT_NULL,
};

typedef struct reader {
    tb_arena *arena;
    tb_dialect *d;
    const char *file;
    const char *at, *end; /* rest of the line */
    uint32_t line;
    section sec;
    tb_error *err;
} reader;

static tb_rc bad(const reader *r, const char *what, const char *which)
{
    return TB_RAISE(r->err, TB_E_SYNTAX_ERROR, "dialect file %s, line %u: %s%s%s", r->file, r->line,
                    what, *which ? " " : "", which);
}

/* ---- words of a line ---- */

static void skip_blanks(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
    if (r->at < r->end && *r->at == '#')
        r->at = r->end;
}

static bool at_end(reader *r)
{
    skip_blanks(r);
    return r->at == r->end;
}

/* A word: letters, digits and _ , [ ] up to a blank. */
static tb_rc word(reader *r, char out[WORD_MAX])
{
    skip_blanks(r);
    size_t n = 0;
    while (r->at < r->end && *r->at != ' ' && *r->at != '\t' && *r->at != '#' && *r->at != '"' &&
           *r->at != ',') {
        if (n == WORD_MAX - 1)
            return bad(r, "word too long", "");
        if ((unsigned char)*r->at < ' ')
            return bad(r, "control character in a word", "");
        out[n++] = *r->at++;
    }
    out[n] = '\0';
    return n > 0 ? TB_OK : bad(r, "a word is missing", "");
}

static tb_rc string(reader *r, const char **out)
{
    skip_blanks(r);
    if (r->at == r->end || *r->at != '"')
        return bad(r, "a string is missing", "");
    char *to = tb_arena_bytes(r->arena, (size_t)(r->end - r->at) + 1);
    size_t n = 0;
    for (r->at++; r->at < r->end && *r->at != '"'; r->at++) {
        if (*r->at == '\\' && (++r->at == r->end || (*r->at != '"' && *r->at != '\\')))
            return bad(r, "only \\\" and \\\\ are escapes", "");
        if ((unsigned char)*r->at < ' ')
            return bad(r, "control character in a string", "");
        to[n++] = *r->at;
    }
    if (r->at == r->end)
        return bad(r, "string without end", "");
    r->at++;
    to[n] = '\0';
    *out = to;
    return TB_OK;
}

static tb_rc line_end(reader *r)
{
    return at_end(r) ? TB_OK : bad(r, "more than expected at the end of the line", "");
}

static int find_name(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (names[i] != NULL && strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

/* ---- lines ---- */

static tb_rc section_line(reader *r, const char *w)
{
    size_t len = strlen(w);
    if (len < 3 || w[len - 1] != ']')
        return bad(r, "not a section:", w);
    char name[WORD_MAX];
    memcpy(name, w + 1, len - 2);
    name[len - 2] = '\0';
    int sec = find_name(section_names, TB_COUNT(section_names), name);
    if (sec < 0)
        return bad(r, "no such section:", w);
    r->sec = (section)sec;
    return line_end(r);
}

static tb_rc text_line(reader *r, const char *key)
{
    int i = find_name(text_names, TB_DT_COUNT, key);
    if (i < 0)
        return bad(r, "no such text:", key);
    if (r->d->text[i] != NULL)
        return bad(r, "given twice:", key);
    TB_TRY(string(r, &r->d->text[i]));
    if (i == TB_DT_QUOTE && strlen(r->d->text[i]) != 1)
        return bad(r, "a quote is one character", "");
    return line_end(r);
}

static tb_rc switch_line(reader *r, const char *key)
{
    int i = find_name(switch_names, TB_DS_COUNT, key);
    if (i < 0)
        return bad(r, "no such switch:", key);
    char value[WORD_MAX];
    TB_TRY(word(r, value));
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return bad(r, "a switch is yes or no", "");
    r->d->on[i] = value[0] == 'y';
    return line_end(r);
}

static tb_rc type_line(reader *r, const char *key)
{
    if (strcmp(key, "type") != 0)
        return bad(r, "expected type, not", key);
    char name[WORD_MAX], partial[WORD_MAX];
    TB_TRY(word(r, name));
    tb_type_id id = tb_type_from_name(name);
    if (id == TB_T_NONE || tb_type_is_array(id))
        return bad(r, "no such type:", name);
    if (r->d->types[id].remote != NULL)
        return bad(r, "given twice:", name);
    TB_TRY(string(r, &r->d->types[id].remote));
    if (!at_end(r)) {
        TB_TRY(word(r, partial));
        if (strcmp(partial, "partial") != 0)
            return bad(r, "expected partial, not", partial);
        r->d->types[id].partial = true;
    }
    return line_end(r);
}

static tb_rc check_template(const reader *r, const char *t)
{
    for (; *t; t++)
        if (*t == '$' && !(t[1] >= '1' && t[1] <= '9') && t[1] != '*')
            return bad(r, "$ must be followed by 1 to 9 or *", "");
    return TB_OK;
}

/* VERDICT and, unless it is NEVER, a template. */
static tb_rc rule(reader *r, tb_dialect_rule *out)
{
    char v[WORD_MAX];
    TB_TRY(word(r, v));
    out->listed = true;
    if (strcmp(v, "NEVER") == 0) {
        out->verdict = TB_VERDICT_NEVER;
        return line_end(r);
    }
    if (strcmp(v, "EXACT") == 0)
        out->verdict = TB_VERDICT_EXACT;
    else if (strcmp(v, "SUPERSET") == 0)
        out->verdict = TB_VERDICT_SUPERSET;
    else
        return bad(r, "a verdict is EXACT, SUPERSET or NEVER, not", v);
    TB_TRY(string(r, &out->template_));
    TB_TRY(check_template(r, out->template_));
    return line_end(r);
}

static tb_rc expr_line(reader *r, const char *key)
{
    if (strcmp(key, "expr") != 0)
        return bad(r, "expected expr, not", key);
    char name[WORD_MAX];
    TB_TRY(word(r, name));
    int i = find_name(construct_names, TB_DC_COUNT, name);
    if (i < 0)
        return bad(r, "no such construct:", name);
    if (r->d->constructs[i].listed)
        return bad(r, "given twice:", name);
    return rule(r, &r->d->constructs[i]);
}

static tb_fn_id fn_by_id(const char *id)
{
    for (int i = 1; i < TB_FN_COUNT; i++)
        if (strcmp(tb_fn_get((tb_fn_id)i)->id, id) == 0)
            return (tb_fn_id)i;
    return TB_FN_NONE;
}

static tb_rc fn_line(reader *r, const char *key)
{
    if (strcmp(key, "fn") != 0)
        return bad(r, "expected fn, not", key);
    TB_LIST(tb_fn_id) ids = {0};
    for (;;) {
        char name[WORD_MAX];
        TB_TRY(word(r, name));
        tb_fn_id fn = fn_by_id(name);
        if (fn == TB_FN_NONE)
            return bad(r, "no such function:", name);
        if (r->d->fns[fn].listed)
            return bad(r, "given twice:", name);
        r->d->fns[fn].listed = true;
        tb_list_push(r->arena, &ids, fn);
        skip_blanks(r);
        if (r->at == r->end || *r->at != ',')
            break;
        r->at++;
    }
    tb_dialect_rule to = {0};
    TB_TRY(rule(r, &to));
    for (uint32_t i = 0; i < ids.n; i++)
        r->d->fns[ids.at[i]] = to;
    return TB_OK;
}

static tb_rc first_line(reader *r, const char *w)
{
    char name[WORD_MAX];
    if (strcmp(w, "dialect") != 0)
        return bad(r, "the first line is: dialect NAME", "");
    TB_TRY(word(r, name));
    r->d->name = tb_arena_strdup(r->arena, name);
    return line_end(r);
}

static tb_rc one_line(reader *r)
{
    char w[WORD_MAX];
    if (at_end(r))
        return TB_OK;
    TB_TRY(word(r, w));
    if (r->d->name == NULL)
        return first_line(r, w);
    if (w[0] == '[')
        return section_line(r, w);
    switch (r->sec) {
    case SEC_NONE:
        return bad(r, "before the first section:", w);
    case SEC_TEXT:
        return text_line(r, w);
    case SEC_SWITCHES:
        return switch_line(r, w);
    case SEC_TYPES:
        return type_line(r, w);
    case SEC_EXPRESSIONS:
        return expr_line(r, w);
    case SEC_FUNCTIONS:
        return fn_line(r, w);
    }
    TB_UNREACHABLE();
}

static tb_rc check_complete(const reader *r)
{
    if (r->d->name == NULL)
        return bad(r, "empty file", "");
    for (size_t i = 0; i < TB_COUNT(required_texts); i++)
        if (r->d->text[required_texts[i]] == NULL)
            return bad(r, "missing text:", text_names[required_texts[i]]);
    if (r->d->on[TB_DS_HOST_FUNCTIONS] && r->d->text[TB_DT_HOST_PREFIX] == NULL)
        return bad(r, "missing text:", text_names[TB_DT_HOST_PREFIX]);
    if (r->d->on[TB_DS_SORT] &&
        (r->d->text[TB_DT_NULLS_FIRST] == NULL || r->d->text[TB_DT_NULLS_LAST] == NULL ||
         r->d->text[TB_DT_ORDER_TEXT] == NULL))
        return bad(r, "sort needs nulls_first, nulls_last and order_text", "");
    return TB_OK;
}

tb_rc tb_dialect_parse(tb_arena *arena, const char *file, const char *text, size_t len,
                       tb_dialect **out, tb_error *err)
{
    if (len > FILE_MAX_BYTES)
        return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "dialect file %s is too big", file);
    reader r = {.arena = arena, .file = file, .err = err, .d = TB_NEW(arena, tb_dialect)};
    const char *end = text + len;
    while (text < end) {
        const char *eol = memchr(text, '\n', (size_t)(end - text));
        r.at = text;
        r.end = eol != NULL ? eol : end;
        r.line++;
        text = eol != NULL ? eol + 1 : end;
        TB_TRY(one_line(&r));
    }
    TB_TRY(check_complete(&r));
    *out = r.d;
    return TB_OK;
}

/* ---- the set of dialects ---- */

/* Adds or replaces. */
static void put(tb_dialects *set, tb_dialect *d)
{
    for (uint32_t i = 0; i < set->list.n; i++) {
        if (strcmp(set->list.at[i]->name, d->name) == 0) {
            set->list.at[i] = d;
            return;
        }
    }
    tb_list_push(set->arena, &set->list, d);
}

static tb_rc load_file(tb_dialects *set, const char *path, tb_error *err)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return TB_RAISE(err, TB_E_IO_ERROR, "could not open dialect file %s: %s", path,
                        strerrordesc_np(errno));
    char *text = tb_arena_bytes(set->arena, FILE_MAX_BYTES + 1);
    size_t len = fread(text, 1, FILE_MAX_BYTES + 1, f);
    bool failed = ferror(f) != 0;
    (void)fclose(f);
    if (failed)
        return TB_RAISE(err, TB_E_IO_ERROR, "could not read dialect file %s", path);
    tb_dialect *d;
    TB_TRY(tb_dialect_parse(set->arena, path, text, len, &d, err));
    put(set, d);
    return TB_OK;
}

static int is_dialect_file(const struct dirent *e)
{
    size_t len = strlen(e->d_name);
    return len > 8 && strcmp(e->d_name + len - 8, ".dialect") == 0;
}

static tb_rc load_dir(tb_dialects *set, const char *dir, tb_error *err)
{
    struct dirent **entries = NULL;
    int n = scandir(dir, &entries, is_dialect_file, alphasort);
    if (n < 0)
        return TB_RAISE(err, TB_E_IO_ERROR, "could not read dialect directory %s: %s", dir,
                        strerrordesc_np(errno));
    tb_rc rc = TB_OK;
    for (int i = 0; i < n; i++) {
        if (rc == TB_OK)
            rc = load_file(set, tb_arena_printf(set->arena, "%s/%s", dir, entries[i]->d_name), err);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

tb_rc tb_dialects_load(const char *dir, tb_dialects **out, tb_error *err)
{
    tb_arena *arena = tb_arena_create(0);
    tb_dialects *set = TB_NEW(arena, tb_dialects);
    set->arena = arena;
    tb_rc rc = TB_OK;
    for (const tbi_embedded_dialect *e = tbi_embedded_dialects; e->name != NULL && rc == TB_OK;
         e++) {
        tb_dialect *d;
        rc = tb_dialect_parse(arena, e->name, e->text, e->len, &d, err);
        if (rc == TB_OK)
            put(set, d);
    }
    if (rc == TB_OK && dir != NULL)
        rc = load_dir(set, dir, err);
    if (rc != TB_OK) {
        tb_dialects_destroy(set);
        return rc;
    }
    *out = set;
    return TB_OK;
}

void tb_dialects_destroy(tb_dialects *dialects)
{
    if (dialects != NULL)
        tb_arena_destroy(dialects->arena);
}

const tb_dialect *tb_dialect_find(const tb_dialects *dialects, const char *name)
{
    for (uint32_t i = 0; i < dialects->list.n; i++)
        if (strcmp(dialects->list.at[i]->name, name) == 0)
            return dialects->list.at[i];
    return NULL;
}

/* ---- facts ---- */

bool tb_dialect_has_type(const tb_dialect *d, tb_type_id type)
{
    return !tb_type_is_array(type) && type < TB_TYPE_COUNT && d->types[type].remote != NULL;
}

/* Functions whose bodies are the server's or no scalar bodies at all. */
static const bool no_body[TB_FN_COUNT] = {
#define TB_FN(id, name, oid, ret, args, flags, doc)
#define TB_FN_SESSION(id, name, oid, ret, args, flags, doc) [TB_FN_##id] = true,
#define TB_FN_BULK(id, name, oid, ret, args, flags, doc)    [TB_FN_##id] = true,
#include "core/functions.def"
#undef TB_FN
#undef TB_FN_SESSION
#undef TB_FN_BULK
};

bool tb_dialect_host_fn(const tb_dialect *d, tb_fn_id fn)
{
    enum {
        UNFIT =
            TB_FF_VOLATILE | TB_FF_VARIADIC | TB_FF_SET | TB_FF_AGG | TB_FF_WINDOW | TB_FF_SESSION
    };
    const tb_fn_info *info = tb_fn_get(fn);
    if (!d->on[TB_DS_HOST_FUNCTIONS] || no_body[fn] || (info->flags & UNFIT) != 0)
        return false;
    if (!tb_dialect_has_type(d, info->ret) || d->types[info->ret].partial)
        return false;
    for (uint8_t i = 0; i < info->nargs; i++)
        if (!tb_dialect_has_type(d, info->args[i]))
            return false;
    return true;
}
