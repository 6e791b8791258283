/* SPDX-License-Identifier: Apache-2.0
 * From SQL text to the syntax tree of parser/ast.h, and back to text.
 *
 * The grammar is PostgreSQL 15's for queries and session statements, plus Tombolo's administration.
 * What is grammar in PostgreSQL and exists here in no form is refused with 0A000 naming it;
 * everything else that does not parse is 42601 `syntax error at or near "..."`. tb_error.position
 * is a byte offset into the text.
 *
 * No function here keeps state; any number of threads may parse at once, each with its own arena.
 */
#ifndef TB_PARSER_PARSER_H
#define TB_PARSER_PARSER_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/error.h"
#include "parser/ast.h"

/* Everything above a limit is refused with 54001 (54000 for the length). A zero means the default.
 */
typedef struct tb_parse_limits {
    uint32_t length_max; /* bytes of statement text; default TB_PARSE_LENGTH_MAX */
    uint32_t tokens_max; /* tokens of one text; default TB_PARSE_TOKENS_MAX */
    uint32_t depth_max;  /* height of the tree, and open brackets in the text; default
                            TB_PARSE_DEPTH_MAX */
} tb_parse_limits;

#define TB_PARSE_LENGTH_MAX (16u << 20)
#define TB_PARSE_TOKENS_MAX (2u << 20)
#define TB_PARSE_DEPTH_MAX  1000u

/* One statement of a text: its tree and where its own text stands, without surrounding blanks,
 * comments and the ';'. */
typedef struct tb_statement {
    tb_ast *node;
    uint32_t offset;
    uint32_t len;
    int32_t param_max; /* highest $n used; 0 = none */
} tb_statement;

typedef TB_LIST(tb_statement) tb_statement_list;

/* Parses a text of zero or more statements separated by ';'. Fills *out (nodes and array in the
 * arena); empty statements leave no entry. sql need not be NUL-terminated and need not outlive the
 * call. limits may be NULL. Errors: 42601 and the lexer's SQLSTATEs of PostgreSQL, 22021 (invalid
 * UTF-8 or NUL), 0A000, 54000, 54001. */
TB_MUSTUSE tb_rc tb_parse(tb_arena *arena, const char *sql, size_t len,
                          const tb_parse_limits *limits, tb_statement_list *out, tb_error *err);

/* Parses a text that is one expression (a policy body as stored). The rest as tb_parse(). */
TB_MUSTUSE tb_rc tb_parse_expr(tb_arena *arena, const char *sql, size_t len,
                               const tb_parse_limits *limits, tb_ast **out, tb_error *err);

/* Parses a text that is one type name, e.g. "numeric(10,2)[]"; *out is a TYPE_NAME. */
TB_MUSTUSE tb_rc tb_parse_type(tb_arena *arena, const char *sql, size_t len,
                               const tb_parse_limits *limits, tb_ast **out, tb_error *err);

/* Appends the SQL text of a node: a statement without ';', an expression, a type name, a FROM item.
 * Parsing it gives an equal tree. Parentheses are written around every operator expression inside
 * another one. Passwords and option values are printed as they are: the text of an administration
 * statement is not for logs. */
void tb_ast_print(tb_buf *out, const tb_ast *node);

/* Appends an identifier, quoted if it would not read back as itself. */
void tb_print_identifier(tb_buf *out, const char *name);
/* Appends a string literal: '..', or E'..' when it has a backslash. */
void tb_print_literal(tb_buf *out, const char *value);

/* Are two trees equal but for positions? Both may be NULL. */
bool tb_ast_equal(const tb_ast *a, const tb_ast *b);

/* Calls fn for every direct child that is not NULL, in textual order as far as the struct's order
 * is. Stops and fails when fn fails. */
typedef tb_rc (*tb_ast_visit)(const tb_ast *child, void *ctx, tb_error *err);
TB_MUSTUSE tb_rc tb_ast_each_child(const tb_ast *node, tb_ast_visit fn, void *ctx, tb_error *err);

/* Appends an indented dump of the tree with kinds, fields and positions: EXPLAIN and tests. */
void tb_ast_dump(tb_buf *out, const tb_ast *node);

/* "SELECT", "function call" .. of ast_kinds.def. */
const char *tb_ast_kind_name(tb_ast_kind kind);

/* Is the word (lower-case) a keyword that cannot be a column name without quotes? For deparsers and
 * completion. */
bool tb_keyword_needs_quotes(const char *word);

#endif
