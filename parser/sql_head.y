// SPDX-License-Identifier: Apache-2.0
// The grammar's head: types, precedence, start. The build joins the sql_*.y files, in the order of
// CMakeLists.txt, and the keyword rules that keywords.awk makes, to one file for Lemon.
//
// Reading: NODE(KIND, member, position, .field = ..) makes a node of ast.h; LIST(x) starts a list,
// PUSH(list, x) appends. What needs more than one constructor call is a tbi_ function of
// build_*.c. Nonterminals without a %type are nodes.
//
// Lemon takes a rule's precedence from its first terminal that has one; [X] after a rule overrides
// it.

%name tbi_sql
%token_prefix TB_TK_
%token_type {tbi_token}
%default_type {tb_ast *}
%extra_context {tbi_parse *p}
%stack_size 0
%start_symbol input
%token DOT_DOT.

%include {
#include "parser/parse_int.h"

#define LIST(node) tbi_list1(p, (node))
#define PUSH(list, node) tb_list_push(p->arena, &(list), (node))
#define NO_LIST ((tb_ast_list){0})
#define NO_NAMES ((tb_name_list){0})
#define NO_QNAME ((tb_qname){0})
#define NO_TOKEN ((tbi_token){0})
}

%syntax_error { tbi_syntax_error(p, &TOKEN); }
%stack_overflow { tbi_too_deep(p, p->token_pos); }

// Where a statement may go on with IF EXISTS or a name, IF is not taken for a name ("if" is).
%nonassoc NO_IF.
%nonassoc IF.
// Lowest first; PostgreSQL's order.
%nonassoc SET.
%left UNION EXCEPT.
%left INTERSECT.
%left OR.
%left AND.
%right NOT.
%nonassoc IS ISNULL NOTNULL.
%nonassoc LT GT EQ LE GE NE.
%nonassoc BETWEEN IN LIKE ILIKE SIMILAR NOT_LA.
%nonassoc ESCAPE.
%nonassoc UNBOUNDED.
%nonassoc IDENT PARTITION RANGE ROWS GROUPS PRECEDING FOLLOWING CUBE ROLLUP.
%left OP OPERATOR ARROW.
%left PLUS MINUS.
%left STAR SLASH PERCENT.
%left CARET.
%left AT.
%left COLLATE.
%right UMINUS.
%left LB RB.
%left LP RP.
%left TYPECAST.
%left DOT.
%left JOIN CROSS LEFT FULL RIGHT INNER NATURAL.

// A text is statements, or for tb_parse_expr() and tb_parse_type() what a first token announces.
input ::= statements.
input ::= MODE_EXPR expr(B). { p->single = B; }
input ::= MODE_TYPE typename(B). { p->single = B; }

statements ::= statements SEMI statement_opt.
statements ::= statement_opt.
statement_opt ::= .
statement_opt ::= statement(B). { tbi_statement(p, B); }

// Names by keyword category.
%type unreserved_keyword {tbi_token}
%type col_name_keyword {tbi_token}
%type type_func_keyword {tbi_token}
%type reserved_keyword {tbi_token}
%type bare_label_keyword {tbi_token}
%type col_id {tbi_token}
%type type_function_name {tbi_token}
%type non_reserved_word {tbi_token}
%type col_label {tbi_token}
%type bare_col_label {tbi_token}

col_id(A) ::= IDENT(A).
col_id(A) ::= unreserved_keyword(A).
col_id(A) ::= col_name_keyword(A).
type_function_name(A) ::= IDENT(A).
type_function_name(A) ::= unreserved_keyword(A).
type_function_name(A) ::= type_func_keyword(A).
non_reserved_word(A) ::= IDENT(A).
non_reserved_word(A) ::= unreserved_keyword(A).
non_reserved_word(A) ::= col_name_keyword(A).
non_reserved_word(A) ::= type_func_keyword(A).
col_label(A) ::= IDENT(A).
col_label(A) ::= unreserved_keyword(A).
col_label(A) ::= col_name_keyword(A).
col_label(A) ::= type_func_keyword(A).
col_label(A) ::= reserved_keyword(A).
bare_col_label(A) ::= IDENT(A).
bare_col_label(A) ::= bare_label_keyword(A).

%type name_list {tb_name_list}
name_list(A) ::= col_id(B). { A = tbi_names1(p, B.str); }
name_list(A) ::= name_list(A) COMMA col_id(B). { PUSH(A, B.str); }
%type opt_column_list {tb_name_list}
opt_column_list(A) ::= . { A = NO_NAMES; }
opt_column_list(A) ::= LP name_list(B) RP. { A = B; }

// [[catalog.]schema.]name. The general indirection, as in PostgreSQL, to stay LALR(1).
%type qualified_name {tb_qname}
qualified_name(A) ::= col_id(B). { A = tbi_qname(p, B, NO_LIST); }
qualified_name(A) ::= col_id(B) indirection(C). { A = tbi_qname(p, B, C); }
%type qualified_name_list {tb_qname_list}
qualified_name_list(A) ::= qualified_name(B). { A = tbi_qnames1(p, B); }
qualified_name_list(A) ::= qualified_name_list(A) COMMA qualified_name(B). { PUSH(A, B); }

// A dotted name where no subscript can follow.
%type any_name {tb_qname}
any_name(A) ::= col_id(B). { A = tbi_qname(p, B, NO_LIST); }
any_name(A) ::= col_id(B) attrs(C). { A = tbi_qname(p, B, C); }
%type any_name_list {tb_qname_list}
any_name_list(A) ::= any_name(B). { A = tbi_qnames1(p, B); }
any_name_list(A) ::= any_name_list(A) COMMA any_name(B). { PUSH(A, B); }
%type attrs {tb_ast_list}
attrs(A) ::= DOT col_label(B). { A = LIST(NODE(FIELD, field, B.pos, .name = B.str)); }
attrs(A) ::= attrs(A) DOT col_label(B). { PUSH(A, NODE(FIELD, field, B.pos, .name = B.str)); }

%code {
int tbi_sql_stack_depth(const void *parser);

// Entries on the stack: parse.c bounds it.
int tbi_sql_stack_depth(const void *parser)
{
    const yyParser *state = parser;
    return (int)(state->yytos - state->yystack);
}
}
