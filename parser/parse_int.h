/* SPDX-License-Identifier: Apache-2.0
 * What the generated grammar and its helpers share: the state of one parse, the values of
 * nonterminals that are not nodes, and the constructors that need more than NODE(). Private to
 * parser/.
 *
 * After the first error the helpers go on harmlessly (tbi_fail() gives a node) until the token in
 * hand is consumed; then parse.c stops.
 */
#ifndef TB_PARSER_PARSE_INT_H
#define TB_PARSER_PARSE_INT_H

#include "parser/lexer_int.h"
#include "parser/parser.h"

typedef struct tbi_parse {
    tb_arena *arena;
    tbi_lexer lexer;
    tb_error *err;
    tb_parse_limits limits; /* defaults filled in */
    bool failed;
    int32_t token_pos; /* of the token in hand: where limits are reported */
    tb_statement_list *out;
    tb_ast *single;          /* tb_parse_expr(), tb_parse_type() */
    int32_t statement_start; /* of the statement being read; -1 before its first token */
    int32_t last_end;        /* end of the token before the one in hand */
    int32_t param_max;
} tbi_parse;

/* ---- values of nonterminals ---- */
typedef struct tbi_interval {
    int32_t fields;
    tb_ast *precision;
} tbi_interval;
typedef struct tbi_bound {
    tb_ast_bound_kind kind;
    tb_ast *offset;
    int32_t pos;
} tbi_bound;
typedef struct tbi_frame {
    tb_ast_frame_mode mode;
    tbi_bound start, end;
    tb_ast_frame_exclude exclude;
} tbi_frame;
typedef struct tbi_within {
    tb_ast_list order_by;
    int32_t pos;
} tbi_within;
typedef struct tbi_limit {
    tb_ast *limit, *offset;
    tb_limit_kind kind;
    int32_t pos;
} tbi_limit;
typedef struct tbi_distinct {
    tb_distinct kind;
    tb_ast_list on;
} tbi_distinct;
typedef struct tbi_group {
    bool distinct;
    tb_ast_list items;
} tbi_group;
typedef struct tbi_join_qual {
    tb_ast *on;
    tb_name_list names;
    const char *alias;
} tbi_join_qual;
typedef struct tbi_func_alias {
    tb_ast *alias;
    tb_ast_list columns;
} tbi_func_alias;
typedef struct tbi_copy_file {
    const char *name;
    bool program;
} tbi_copy_file;
typedef struct tbi_cursor_options {
    bool binary, insensitive, asensitive, scroll, no_scroll;
} tbi_cursor_options;
typedef struct tbi_fetch_args {
    tb_fetch_dir dir;
    int64_t count;
    const char *name;
} tbi_fetch_args;
typedef struct tbi_import_filter {
    tb_import_filter kind;
    tb_name_list tables;
} tbi_import_filter;
typedef struct tbi_column_quals {
    bool not_null;
    tb_qname collation;
} tbi_column_quals;
typedef struct tbi_grant_target {
    tb_object object;
    tb_qname_list names;
} tbi_grant_target;

/* ---- build.c: nodes, lists, names, errors ---- */

/* Copies a node of the given size into the arena and sets its height; the one way a node comes to
 * be. */
tb_ast *tbi_add(tbi_parse *p, const tb_ast *node, size_t size);
/* NODE(PARAM, param, pos, .number = 1): a node of a kind at a position; `p` must be in scope. */
#define NODE(KIND, member, at, ...)                                                                \
    tbi_add(p, &(tb_ast_##member){.base = {.kind = TB_AST_##KIND, .pos = (at)}, __VA_ARGS__}.base, \
            sizeof(tb_ast_##member))
/* Sets the height again after children were added. */
tb_ast *tbi_grown(tbi_parse *p, tb_ast *node);
/* Marks the parse as failed (the error is raised) and gives a node to go on with. */
tb_ast *tbi_fail(tbi_parse *p);
/* Raises an error whose text has no parameters. */
tb_ast *tbi_refuse(tbi_parse *p, tb_errcode code, int32_t pos, const char *message);
tb_ast *tbi_unsupported(tbi_parse *p, int32_t pos, const char *feature);
void tbi_syntax_error(tbi_parse *p, const tbi_token *token);
void tbi_too_deep(tbi_parse *p, int32_t pos);
void tbi_statement(tbi_parse *p, tb_ast *node);
tb_ast_list tbi_list1(tbi_parse *p, tb_ast *a);
tb_ast_list tbi_list2(tbi_parse *p, tb_ast *a, tb_ast *b);
tb_ast_list tbi_list3(tbi_parse *p, tb_ast *a, tb_ast *b, tb_ast *c);
tb_name_list tbi_names1(tbi_parse *p, const char *name);
tb_qname_list tbi_qnames1(tbi_parse *p, tb_qname name);
/* first.steps; steps must be at most two fields. */
tb_qname tbi_qname(tbi_parse *p, tbi_token first, tb_ast_list steps);
tb_qname tbi_qualify(tbi_parse *p, tbi_token schema, tb_qname name);

/* ---- build_expr.c ---- */
tb_ast *tbi_integer(tbi_parse *p, tbi_token token);
tb_ast *tbi_number(tbi_parse *p, tbi_token token);
tb_ast *tbi_string(tbi_parse *p, tbi_token token);
tb_ast *tbi_text(tbi_parse *p, int32_t pos, const char *text);
tb_ast *tbi_upper_string(tbi_parse *p, tbi_token token);
int64_t tbi_token_int(tbi_token token);
tb_ast *tbi_op(tbi_parse *p, tbi_token op, tb_ast *left, tb_ast *right);
tb_ast *tbi_negate(tbi_parse *p, tbi_token minus, tb_ast *arg);
tb_ast *tbi_bool_op(tbi_parse *p, int32_t pos, tb_bool_op op, tb_ast *left, tb_ast *right);
tb_ast *tbi_column_ref(tbi_parse *p, tbi_token first, tb_ast_list steps);
tb_ast *tbi_indirect(tbi_parse *p, tb_ast *arg, tb_ast_list steps);
tb_ast *tbi_is_document(tbi_parse *p, int32_t pos, tb_ast *arg, bool negated);
tb_ast *tbi_is_normalized(tbi_parse *p, int32_t pos, tb_ast *arg, tbi_token form, bool negated);
tb_ast *tbi_overlaps(tbi_parse *p, int32_t pos, tb_ast *left, tb_ast *right);
tb_ast *tbi_keyword_call(tbi_parse *p, int32_t pos, const char *name, tb_call_form form,
                         tb_ast_list args);
tb_ast *tbi_word_call(tbi_parse *p, tbi_token name, tb_ast_list args);
tb_ast *tbi_substring_for(tbi_parse *p, int32_t pos, tb_ast *arg, tb_ast *length);
tb_ast *tbi_treat(tbi_parse *p, int32_t pos, tb_ast *arg, tb_ast *type);
tb_ast *tbi_call_clauses(tbi_parse *p, tb_ast *call, tbi_within within_group, tb_ast *filter,
                         tb_ast *over);
tb_ast *tbi_sql_value(tbi_parse *p, tbi_token token, tb_sql_value_op op, tbi_token precision);
tb_ast *tbi_window(tbi_parse *p, int32_t pos, tbi_token base_name, tb_ast_list partition_by,
                   tb_ast_list order_by, tbi_frame frame);
tb_ast *tbi_window_name(tbi_parse *p, tbi_token name, tb_ast *window);
tbi_frame tbi_frame_make(tbi_frame extent, tb_ast_frame_mode mode, int exclude);
tbi_frame tbi_frame_extent(tbi_parse *p, tbi_bound start, tbi_bound end, bool between);

/* ---- build_type.c ---- */
tb_ast *tbi_type_builtin(tbi_parse *p, int32_t pos, const char *name, tb_ast_list typmods);
tb_ast *tbi_type_named(tbi_parse *p, int32_t pos, tb_qname name, tb_ast_list typmods);
tb_ast *tbi_type_with_args(tbi_parse *p, tb_qname name, tb_ast_list args, tb_ast_list order_by);
tb_ast *tbi_type_array(tbi_parse *p, tb_ast *type, int dims, bool setof);
tb_ast *tbi_type_interval(tbi_parse *p, int32_t pos, tbi_interval interval);
tb_ast *tbi_type_precision(tbi_parse *p, int32_t pos, const char *name, tbi_token precision);
tb_ast *tbi_type_float(tbi_parse *p, int32_t pos, tbi_token precision);
tb_ast *tbi_type_bit(tbi_parse *p, int32_t pos, bool varying, tb_ast_list typmods, bool implied);
tb_ast *tbi_type_char(tbi_parse *p, tbi_token type, tbi_token length, bool implied);
tbi_token tbi_char_token(tbi_token token, bool varying);
tbi_interval tbi_interval_from(tbi_interval second, int32_t fields);
tb_ast *tbi_typed_literal(tbi_parse *p, tb_ast *type, tbi_token literal);

/* ---- build_query.c ---- */
tbi_limit tbi_no_limit(void);
void tbi_limit_comma(tbi_parse *p, int32_t pos);
tb_ast *tbi_query(tbi_parse *p, tb_ast *body, tb_ast *with, tb_ast_list order_by,
                  tb_ast_list locking, tbi_limit limit);
tb_ast *tbi_set_op(tbi_parse *p, int32_t pos, tb_set_operator op, bool all, tb_ast *left,
                   tb_ast *right);
tb_ast *tbi_values_row(tbi_parse *p, tb_ast *values, tb_ast *row);
tb_ast *tbi_select_table(tbi_parse *p, int32_t pos, tb_ast *table);
tb_ast *tbi_table_alias(tbi_parse *p, tb_ast *table, tb_ast *alias);
tb_ast *tbi_from_func(tbi_parse *p, tb_ast *from, tbi_func_alias alias, bool lateral);
tb_ast *tbi_from_query(tbi_parse *p, tb_ast *query, tb_ast *alias, bool lateral);
tb_ast *tbi_join(tbi_parse *p, int32_t pos, int kind, tb_ast *left, tb_ast *right,
                 tbi_join_qual qual);
tb_ast *tbi_join_alias(tbi_parse *p, tb_ast *join, tb_ast *alias);

/* ---- build_session.c ---- */
tb_ast *tbi_flag(tbi_parse *p, tbi_token token, const char *name);
tb_ast *tbi_text_option(tbi_parse *p, tbi_token token, const char *name, const char *value);
tb_ast *tbi_names_option(tbi_parse *p, tbi_token token, const char *name, tb_name_list names);
tb_ast_list tbi_copy_options(tbi_parse *p, tb_ast *first, tb_ast *second, tb_ast_list rest);
tb_ast *tbi_copy_table(tbi_parse *p, int32_t pos, tb_qname table, tb_name_list columns, bool from,
                       tbi_copy_file file, tb_ast_list options, tb_ast *where);
tb_ast *tbi_set(tbi_parse *p, int32_t pos, const char *name, tb_ast *value);
tb_ast *tbi_set_scope(tb_ast *set, int32_t pos, bool local);
tbi_token tbi_dotted(tbi_parse *p, tbi_token left, tbi_token right);
tb_ast *tbi_zone_interval(tbi_parse *p, int32_t pos, tbi_token literal, tbi_interval interval);
tb_txn_modes tbi_txn_modes(tb_txn_modes earlier, tb_txn_modes later);
tb_ast *tbi_declare_cursor(tbi_parse *p, int32_t pos, tbi_token name, tbi_cursor_options options,
                           bool hold, tb_ast *query);
tbi_fetch_args tbi_fetch_args_make(tb_fetch_dir dir, int64_t count, tbi_token name);
tb_ast *tbi_fetch(tbi_parse *p, int32_t pos, bool move, tbi_fetch_args args);

/* ---- build_admin.c ---- */
tb_ast *tbi_option(tbi_parse *p, tbi_token name, tb_option_action action, tbi_token value);
tb_ast *tbi_switch(tbi_parse *p, tbi_token token, const char *name, bool on);
tb_ast *tbi_column_def(tbi_parse *p, tbi_token name, tb_ast *type, tb_ast_list options,
                       tbi_column_quals quals);
tb_ast *tbi_alter_table(tbi_parse *p, int32_t pos, int kind, bool if_exists, tb_ast *table,
                        tb_ast_list cmds);
tb_ast *tbi_alter_column(tbi_parse *p, int32_t pos, tb_alter_op op, tbi_token column);
tb_ast *tbi_rename(tbi_parse *p, int32_t pos, int kind, bool if_exists, tb_ast *table,
                   tbi_token column, tbi_token new_name);
tb_ast *tbi_rename_role(tbi_parse *p, int32_t pos, tb_ast *role, tb_ast *new_role);
tb_object tbi_policy_object(int policy_kind);
tb_ast *tbi_comment_column(tbi_parse *p, int32_t pos, tb_qname name, tbi_token text);
tb_ast *tbi_role_spec(tbi_parse *p, tbi_token token);
tb_ast *tbi_role_id(tbi_parse *p, tb_ast *role);
tb_ast *tbi_role_attribute(tbi_parse *p, tbi_token token);
tb_ast *tbi_privilege(tbi_parse *p, tbi_token name, tb_name_list columns);
tb_name_list tbi_granted_roles(tbi_parse *p, tb_ast_list privileges);
tbi_grant_target tbi_grant_names(tbi_parse *p, tb_object object, tb_name_list names);

/* ---- ast.c ---- */
/* 1 + the height of the highest child. */
uint32_t tbi_height(const tb_ast *node);

#endif
