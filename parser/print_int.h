/* SPDX-License-Identifier: Apache-2.0
 * The printer's parts: one function per kind, tbi_print_<member>(), in print_expr.c, print_func.c,
 * print_query.c, print_session.c and print_admin.c; print.c calls them by kind. A kind without a
 * function does not link. Private to parser/.
 */
#ifndef TB_PARSER_PRINT_INT_H
#define TB_PARSER_PRINT_INT_H

#include "parser/parser.h"

#define TB_AST(ID, member, text) void tbi_print_##member(tb_buf *out, const tb_ast *node);
#include "parser/ast_kinds.def"
#undef TB_AST

/* Any node; nothing for NULL. */
void tbi_print_node(tb_buf *out, const tb_ast *node);
/* The text and after it the node, if there is one. */
void tbi_print_opt(tb_buf *out, const char *text, const tb_ast *node);
/* The nodes, with ", " between them. */
void tbi_print_nodes(tb_buf *out, const tb_ast_list *list);
/* The text and after it the nodes, if there are any. */
void tbi_print_opt_nodes(tb_buf *out, const char *text, const tb_ast_list *list);
/* The text, if `when`. */
void tbi_print_if(tb_buf *out, bool when, const char *text);

void tbi_print_qname(tb_buf *out, const tb_qname *name);
/* "a, b" */
void tbi_print_names(tb_buf *out, const tb_name_list *names);
void tbi_print_qnames(tb_buf *out, const tb_qname_list *names);
/* " (a, b)"; nothing if the list is empty. */
void tbi_print_column_list(tb_buf *out, const tb_name_list *names);

/* An expression where only what binds tightly may stand bare: others get parentheses. */
void tbi_print_operand(tb_buf *out, const tb_ast *node);
/* "+": an operator, OPERATOR(..) if it is qualified. */
void tbi_print_operator(tb_buf *out, const tb_qname *name);
/* Like tbi_print_node(), but a cast is written CAST(.. AS ..): where only a call may stand. */
void tbi_print_call(tb_buf *out, const tb_ast *node);
/* A cast of a string as a typed literal, INTERVAL '1' DAY: where the grammar takes constants only.
 */
void tbi_print_typed_literal(tb_buf *out, const tb_ast *node);
/* " OPTIONS (a 'b', SET c 'd')"; nothing if the list is empty. */
void tbi_print_fdw_options(tb_buf *out, const tb_ast_list *options);

#endif
