/* SPDX-License-Identifier: Apache-2.0
 * One statement, two parsers. Where both accept, our tree is printed, with parentheses everywhere,
 * and PostgreSQL parses the print: the tree must be the one it made of the original, positions
 * apart. So precedence and association are compared too, and not only acceptance.
 *
 * Entry points: compare(), is_query_text().
 */
#include "oracle.h"

#include "parser/parser.h"

#include <ctype.h>
#include <pg_query.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PRINT_MAX (8u << 20)

/* Checks that we make while parsing and PostgreSQL later, with the same SQLSTATE. */
static const char *const later_checks[] = {
    "improper qualified name",
    "cannot specify both",
    "column name must be qualified",
    "there is no parameter",
};

/* What a tree may differ in: where its nodes stood, and the bounds in int[3], which mean nothing.
 */
static const char *const ignored_keys[] = {
    "\"location\":", "\"stmt_location\":", "\"stmt_len\":", "\"ival\":"};

/* Length of an ignored key at `at`; "ival" only inside "arrayBounds". */
static size_t ignored_key(const char *at, bool in_bounds)
{
    for (size_t i = 0; i < TB_COUNT(ignored_keys); i++) {
        size_t len = strlen(ignored_keys[i]);
        if (strncmp(at, ignored_keys[i], len) == 0 && (in_bounds || ignored_keys[i][1] != 'i'))
            return len;
    }
    return 0;
}

/* "frameOptions" without the bit that says whether BETWEEN was written: our tree does not keep it.
 */
static size_t copy_frame_options(const char *from, char **to)
{
    static const char key[] = "\"frameOptions\":";
    if (strncmp(from, key, sizeof key - 1) != 0)
        return 0;
    char *end;
    long options = strtol(from + sizeof key - 1, &end, 10) & ~0x10L;
    *to += sprintf(*to, "%s%0*ld", key, (int)(end - from - (long)sizeof key + 1), options);
    return (size_t)(end - from);
}

/* Removes what is ignored from a JSON tree, in place. */
static void strip_positions(char *json)
{
    static const char bounds[] = "\"arrayBounds\":";
    char *to = json;
    bool in_bounds = false;
    for (char *from = json; *from;) {
        from += copy_frame_options(from, &to);
        if (strncmp(from, bounds, sizeof bounds - 1) == 0)
            in_bounds = true;
        else if (*from == ']')
            in_bounds = false;
        size_t skip = ignored_key(from, in_bounds);
        if (!skip) {
            *to++ = *from++;
            continue;
        }
        from += skip + strspn(from + skip, "-0123456789");
        if (to > json && to[-1] == ',')
            to--;
        else if (*from == ',')
            from++;
    }
    *to = '\0';
}

/* Characters, not bytes, from the start of the text to pos; 1 for the first. */
static int char_position(const char *sql, int pos)
{
    int n = 1;
    for (int i = 0; i < pos && sql[i]; i++)
        n += ((unsigned char)sql[i] & 0xC0) != 0x80;
    return n;
}

static void print_statements(const tb_statement_list *list, tb_buf *out)
{
    for (uint32_t i = 0; i < list->n; i++) {
        tb_buf_puts(out, i ? "; " : "");
        tb_ast_print(out, list->at[i].node);
    }
}

static tb_rc holds_write(const tb_ast *node, void *ctx, tb_error *err)
{
    if (node->kind == TB_AST_WRITE)
        *(bool *)ctx = true;
    return tb_ast_each_child(node, holds_write, ctx, err);
}

/* A write keeps its tag only: it cannot be printed. */
static bool is_printable(const tb_statement_list *list)
{
    bool write = false;
    tb_error err = {.position = -1};
    for (uint32_t i = 0; i < list->n; i++)
        (void)!holds_write(list->at[i].node, &write, &err);
    return !write;
}

static bool round_trips(tb_arena *arena, const tb_statement_list *list, const tb_buf *print)
{
    tb_statement_list again;
    tb_error err = {.position = -1};
    if (tb_parse(arena, tb_buf_cstr(print), print->len, NULL, &again, &err) != TB_OK)
        return false;
    if (again.n != list->n)
        return false;
    for (uint32_t i = 0; i < list->n; i++)
        if (!tb_ast_equal(list->at[i].node, again.at[i].node))
            return false;
    return true;
}

/* Both accept: is it the same statement? */
static verdict compare_trees(tb_arena *arena, const tb_statement_list *list, char *tree,
                             comparison *out)
{
    if (!is_printable(list))
        return BOTH_ACCEPT;
    tb_buf print;
    tb_buf_init(&print, PRINT_MAX);
    print_statements(list, &print);
    snprintf(out->ours, sizeof out->ours, "%s", tb_buf_cstr(&print));
    verdict v = BOTH_ACCEPT;
    if (!round_trips(arena, list, &print)) {
        v = NO_ROUND_TRIP;
    } else {
        PgQueryParseResult again = pg_query_parse(tb_buf_cstr(&print));
        if (again.error) {
            snprintf(out->theirs, sizeof out->theirs, "%s", again.error->message);
            v = OTHER_TREE;
        } else {
            strip_positions(tree);
            strip_positions(again.parse_tree);
            v = strcmp(tree, again.parse_tree) == 0 ? BOTH_ACCEPT : OTHER_TREE;
        }
        pg_query_free_parse_result(again);
    }
    tb_buf_fini(&print);
    return v;
}

/* Where libpg_query is not PostgreSQL: it lets a parameter follow an operand (`a $1`), and counts
 * every LIMIT or OFFSET as the option that WITH TIES is. The server behaves as we do; checked by
 * hand against PostgreSQL 15.20. */
static bool is_library_quirk(const char *ours, const char *theirs)
{
    return strstr(ours, "at or near \"$") ||
           strcmp(theirs, "multiple limit options not allowed") == 0;
}

static verdict refused_by_us(const tb_error *err)
{
    if (err->code == TB_E_FEATURE_NOT_SUPPORTED || err->code == TB_E_STATEMENT_TOO_COMPLEX)
        return NAMED_REFUSAL;
    for (size_t i = 0; i < TB_COUNT(later_checks); i++)
        if (strstr(err->message, later_checks[i]))
            return NAMED_REFUSAL;
    return ONLY_POSTGRES;
}

void compare(const char *sql, comparison *out)
{
    *out = (comparison){0};
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    tb_statement_list list;
    bool we_accept = tb_parse(arena, sql, strlen(sql), NULL, &list, &err) == TB_OK;
    PgQueryParseResult pg = pg_query_parse(sql);
    if (!we_accept)
        snprintf(out->ours, sizeof out->ours, "%s %s", tb_sqlstate(err.code), err.message);
    if (pg.error)
        snprintf(out->theirs, sizeof out->theirs, "%s", pg.error->message);
    if (we_accept && !pg.error) {
        out->verdict = compare_trees(arena, &list, pg.parse_tree, out);
    } else if (we_accept) {
        out->verdict = ONLY_US;
    } else if (!pg.error) {
        out->verdict = refused_by_us(&err);
    } else {
        out->verdict = BOTH_REJECT;
        out->same_message = strcmp(err.message, pg.error->message) == 0;
        out->same_position =
            pg.error->cursorpos <= 0 || char_position(sql, err.position) == pg.error->cursorpos;
    }
    if ((out->verdict == ONLY_US || out->verdict == ONLY_POSTGRES) &&
        is_library_quirk(out->ours, out->theirs))
        out->verdict = LIBRARY_QUIRK;
    pg_query_free_parse_result(pg);
    tb_arena_destroy(arena);
}

bool is_query_text(const char *sql)
{
    static const char *const words[] = {"select", "with", "values", "table", "("};
    for (;;) {
        sql += strspn(sql, " \t\r\n;");
        if (strncmp(sql, "--", 2) != 0)
            break;
        sql += strcspn(sql, "\n");
    }
    for (size_t i = 0; i < TB_COUNT(words); i++) {
        size_t len = strlen(words[i]);
        if (strncasecmp(sql, words[i], len) == 0 &&
            (words[i][0] == '(' || !isalnum((unsigned char)sql[len])))
            return true;
    }
    return false;
}
