/* SPDX-License-Identifier: Apache-2.0
 * The printer's front: identifiers, literals, lists, and the table of what prints a kind.
 *
 * Entry points: tb_ast_print(), tb_print_identifier(), tb_print_literal().
 */
#include "parser/print_int.h"

#include "parser/lexer_int.h"

#include <string.h>

/* Unreserved words that the grammar, seeing them bare where a name may stand, takes for themselves.
 */
static const char *const greedy_words[] = {
    "cube",  "current", "global", "groups", "if",        "local",     "operator", "partition",
    "range", "rollup",  "rows",   "temp",   "temporary", "unbounded", "unlogged",
};

/* Would the word, written bare, be read back as this name? */
static bool is_plain(const char *name)
{
    if (!((*name >= 'a' && *name <= 'z') || *name == '_'))
        return false;
    for (const char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_' || *c == '$'))
            return false;
    for (size_t i = 0; i < TB_COUNT(greedy_words); i++)
        if (strcmp(name, greedy_words[i]) == 0)
            return false;
    return !tb_keyword_needs_quotes(name);
}

/* Appends text between quotes, each quote in it doubled. */
static void print_quoted(tb_buf *out, const char *text, char quote)
{
    tb_buf_putc(out, quote);
    for (const char *c = text; *c; c++) {
        if (*c == quote)
            tb_buf_putc(out, quote);
        tb_buf_putc(out, *c);
    }
    tb_buf_putc(out, quote);
}

void tb_print_identifier(tb_buf *out, const char *name)
{
    if (is_plain(name))
        tb_buf_puts(out, name);
    else
        print_quoted(out, name, '"');
}

void tb_print_literal(tb_buf *out, const char *value)
{
    if (!strchr(value, '\\')) {
        print_quoted(out, value, '\'');
        return;
    }
    tb_buf_puts(out, "E'");
    for (const char *c = value; *c; c++) {
        if (*c == '\'' || *c == '\\')
            tb_buf_putc(out, *c);
        tb_buf_putc(out, *c);
    }
    tb_buf_putc(out, '\'');
}

void tbi_print_qname(tb_buf *out, const tb_qname *name)
{
    const char *parts[] = {name->catalog, name->schema};
    for (size_t i = 0; i < TB_COUNT(parts); i++) {
        if (!parts[i])
            continue;
        tb_print_identifier(out, parts[i]);
        tb_buf_putc(out, '.');
    }
    tb_print_identifier(out, name->name);
}

void tbi_print_names(tb_buf *out, const tb_name_list *names)
{
    for (uint32_t i = 0; i < names->n; i++) {
        tbi_print_if(out, i > 0, ", ");
        tb_print_identifier(out, names->at[i]);
    }
}

void tbi_print_qnames(tb_buf *out, const tb_qname_list *names)
{
    for (uint32_t i = 0; i < names->n; i++) {
        tbi_print_if(out, i > 0, ", ");
        tbi_print_qname(out, &names->at[i]);
    }
}

void tbi_print_column_list(tb_buf *out, const tb_name_list *names)
{
    if (names->n == 0)
        return;
    tb_buf_puts(out, " (");
    tbi_print_names(out, names);
    tb_buf_putc(out, ')');
}

void tbi_print_nodes(tb_buf *out, const tb_ast_list *list)
{
    for (uint32_t i = 0; i < list->n; i++) {
        tbi_print_if(out, i > 0, ", ");
        tbi_print_node(out, list->at[i]);
    }
}

void tbi_print_opt_nodes(tb_buf *out, const char *text, const tb_ast_list *list)
{
    if (list->n == 0)
        return;
    tb_buf_puts(out, text);
    tbi_print_nodes(out, list);
}

void tbi_print_opt(tb_buf *out, const char *text, const tb_ast *node)
{
    if (!node)
        return;
    tb_buf_puts(out, text);
    tbi_print_node(out, node);
}

void tbi_print_if(tb_buf *out, bool when, const char *text)
{
    if (when)
        tb_buf_puts(out, text);
}

static void (*const printers[TB_AST_KIND_COUNT])(tb_buf *out, const tb_ast *node) = {
#define TB_AST(ID, member, text) [TB_AST_##ID] = tbi_print_##member,
#include "parser/ast_kinds.def"
#undef TB_AST
};

void tbi_print_node(tb_buf *out, const tb_ast *node)
{
    if (node)
        printers[node->kind](out, node);
}

void tb_ast_print(tb_buf *out, const tb_ast *node)
{
    tbi_print_node(out, node);
}
