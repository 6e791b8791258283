/* SPDX-License-Identifier: Apache-2.0
 * The abstract syntax tree: what was written, before any name is looked up.
 *
 * Every node starts with a tb_ast header {kind, height, pos}; the rest is the struct of its kind,
 * reached with the checked accessor tb_as_<member>(node). Kinds come from ast_kinds.def;
 * ast_fields.def lists the fields a second time for the generic functions (children, equality,
 * dump).
 *
 * Conventions
 *   pos         byte offset of the node in the statement text, where PostgreSQL's error cursor
 * would point: the operator of an operator expression, the name of a function call, the first token
 *               otherwise. -1 in nodes that no text stands for.
 *   identifiers NUL-terminated, case-folded unless quoted, never truncated. NULL = absent.
 *   lists       {at, n, cap} of core/list.h; n = 0 = absent, unless the field says otherwise.
 *   nodes       NULL = absent where the field says "or NULL"; otherwise present.
 *   enums       0 is the default or "not given" value.
 *
 * Lifetime: everything lives in the arena given to tb_parse(). Immutable once tb_parse() returns.
 */
#ifndef TB_PARSER_AST_H
#define TB_PARSER_AST_H

#include "core/base.h"
#include "core/list.h"

typedef enum tb_ast_kind {
#define TB_AST(ID, member, text) TB_AST_##ID,
#include "parser/ast_kinds.def"
#undef TB_AST
    TB_AST_KIND_COUNT
} tb_ast_kind;

/* Header of every node. height: 1 + the highest child's; bounded by tb_parse_limits.depth_max, so a
 * recursive walk is safe. */
typedef struct tb_ast {
    uint16_t kind; /* tb_ast_kind */
    uint16_t height;
    int32_t pos;
} tb_ast;

typedef TB_LIST(tb_ast *) tb_ast_list;
typedef TB_LIST(const char *) tb_name_list;

/* [[catalog.]schema.]name of a relation, function, operator, type or collation. */
typedef struct tb_qname {
    const char *catalog; /* or NULL */
    const char *schema;  /* or NULL */
    const char *name;    /* NULL: the whole name is absent */
    int32_t pos;
} tb_qname;

typedef TB_LIST(tb_qname) tb_qname_list;

/* ---- expressions ------------------------------------------------------------------------------
 */

/* A literal without decimal point or exponent that fits 64 bits; a minus sign in front of a literal
 * is part of it, as in PostgreSQL. int4 if it fits 32 bits, else int8. */
typedef struct tb_ast_integer {
    tb_ast base;
    int64_t value;
} tb_ast_integer;

/* Any other number; its type is numeric. text: as written, perhaps with a leading '-'. */
typedef struct tb_ast_numeric {
    tb_ast base;
    const char *text;
} tb_ast_numeric;

/* '..', E'..', U&'..', $$..$$, N'..' (a cast to bpchar is wrapped around the latter); type unknown.
 */
typedef struct tb_ast_string {
    tb_ast base;
    const char *value; /* valid UTF-8, escapes resolved */
} tb_ast_string;

/* B'0101' or X'1F'. */
typedef struct tb_ast_bit_string {
    tb_ast base;
    const char *digits; /* as written; not checked */
    bool hex;
} tb_ast_bit_string;

typedef struct tb_ast_boolean {
    tb_ast base;
    bool value;
} tb_ast_boolean;

typedef struct tb_ast_null {
    tb_ast base;
} tb_ast_null;

/* DEFAULT as an expression (VALUES lists of INSERT; an error anywhere else). */
typedef struct tb_ast_default {
    tb_ast base;
} tb_ast_default;

/* $number */
typedef struct tb_ast_param {
    tb_ast base;
    int32_t number; /* >= 1 is for the binder to check */
} tb_ast_param;

/* a, a.b, a.b.c, a.b.c.d; with star also a.*, and * alone (no names). */
typedef struct tb_ast_column_ref {
    tb_ast base;
    tb_name_list names;
    bool star;
} tb_ast_column_ref;

/* left op right; prefix operators have no left. LIKE & co, AND/OR/NOT have nodes of their own;
 * <> and != are both "<>". */
typedef struct tb_ast_op {
    tb_ast base;
    tb_qname name;
    tb_ast *left; /* or NULL */
    tb_ast *right;
} tb_ast_op;

/* left op ANY|ALL (array expression). [NOT] [I]LIKE ANY arrives as ~~, ~~*, !~~, !~~*. */
typedef struct tb_ast_op_any {
    tb_ast base;
    tb_qname name;
    bool all;
    tb_ast *left;
    tb_ast *right;
} tb_ast_op_any;

typedef enum tb_bool_op { TB_BOOL_AND, TB_BOOL_OR, TB_BOOL_NOT } tb_bool_op;

/* Chains of AND or OR are one node with n >= 2 args; NOT has one. */
typedef struct tb_ast_bool_op {
    tb_ast base;
    tb_bool_op op;
    tb_ast_list args;
} tb_ast_bool_op;

/* left IS [NOT] DISTINCT FROM right */
typedef struct tb_ast_distinct_from {
    tb_ast base;
    bool negated; /* IS NOT DISTINCT FROM */
    tb_ast *left;
    tb_ast *right;
} tb_ast_distinct_from;

/* left [NOT] IN (items); IN (query) is a SUBLINK. */
typedef struct tb_ast_in_list {
    tb_ast base;
    bool negated;
    tb_ast *left;
    tb_ast_list items;
} tb_ast_in_list;

typedef enum tb_like_op { TB_LIKE, TB_ILIKE, TB_SIMILAR } tb_like_op;

/* left [NOT] LIKE | ILIKE | SIMILAR TO pattern [ESCAPE escape] */
typedef struct tb_ast_like {
    tb_ast base;
    tb_like_op op;
    bool negated;
    tb_ast *left;
    tb_ast *pattern;
    tb_ast *escape; /* or NULL */
} tb_ast_like;

typedef struct tb_ast_between {
    tb_ast base;
    bool negated;
    bool symmetric;
    tb_ast *arg;
    tb_ast *low;
    tb_ast *high;
} tb_ast_between;

typedef struct tb_ast_null_test {
    tb_ast base;
    bool negated; /* IS NOT NULL */
    tb_ast *arg;
} tb_ast_null_test;

typedef enum tb_truth { TB_TRUTH_TRUE, TB_TRUTH_FALSE, TB_TRUTH_UNKNOWN } tb_truth;

/* arg IS [NOT] TRUE | FALSE | UNKNOWN */
typedef struct tb_ast_bool_test {
    tb_ast base;
    tb_truth truth;
    bool negated;
    tb_ast *arg;
} tb_ast_bool_test;

typedef struct tb_ast_case {
    tb_ast base;
    tb_ast *arg;       /* CASE arg WHEN ..; or NULL */
    tb_ast_list whens; /* CASE_WHEN */
    tb_ast *otherwise; /* ELSE; or NULL */
} tb_ast_case;

typedef struct tb_ast_case_when {
    tb_ast base;
    tb_ast *cond; /* condition, or the value compared with case.arg */
    tb_ast *result;
} tb_ast_case_when;

typedef struct tb_ast_coalesce {
    tb_ast base;
    tb_ast_list args;
} tb_ast_coalesce;

typedef struct tb_ast_min_max {
    tb_ast base;
    bool least; /* LEAST; else GREATEST */
    tb_ast_list args;
} tb_ast_min_max;

typedef struct tb_ast_nullif {
    tb_ast base;
    tb_ast *left;
    tb_ast *right;
} tb_ast_nullif;

/* CAST(arg AS type), arg::type, type 'literal' */
typedef struct tb_ast_cast {
    tb_ast base;
    tb_ast *arg;
    tb_ast *type; /* TYPE_NAME */
} tb_ast_cast;

typedef struct tb_ast_collate {
    tb_ast base;
    tb_ast *arg;
    tb_qname collation;
} tb_ast_collate;

/* ARRAY[..]; inner dimensions are ARRAY nodes too. n may be 0. ARRAY(query) is a SUBLINK. */
typedef struct tb_ast_array {
    tb_ast base;
    tb_ast_list items;
} tb_ast_array;

/* ROW(..) (n may be 0), or (a, b, ..) with n >= 2. */
typedef struct tb_ast_row {
    tb_ast base;
    bool explicit_row; /* written with the word ROW */
    tb_ast_list items;
} tb_ast_row;

/* arg followed by subscripts, .field or .* (STAR, last only). */
typedef struct tb_ast_indirection {
    tb_ast base;
    tb_ast *arg;
    tb_ast_list steps; /* SUBSCRIPT, FIELD, STAR; n >= 1 */
} tb_ast_indirection;

/* [upper] or, a slice, [lower:upper] with either bound optional. */
typedef struct tb_ast_subscript {
    tb_ast base;
    bool slice;
    tb_ast *lower; /* or NULL */
    tb_ast *upper; /* or NULL (slices only) */
} tb_ast_subscript;

typedef struct tb_ast_field {
    tb_ast base;
    const char *name;
} tb_ast_field;

typedef struct tb_ast_star {
    tb_ast base;
} tb_ast_star;

typedef enum tb_ast_sublink_kind {
    TB_SUBLINK_SCALAR, /* (query) */
    TB_SUBLINK_EXISTS, /* EXISTS (query) */
    TB_SUBLINK_IN,     /* left [NOT] IN (query) */
    TB_SUBLINK_ANY,    /* left op ANY (query) */
    TB_SUBLINK_ALL,    /* left op ALL (query) */
    TB_SUBLINK_ARRAY   /* ARRAY(query) */
} tb_ast_sublink_kind;

typedef struct tb_ast_sublink {
    tb_ast base;
    tb_ast_sublink_kind sublink;
    bool negated;  /* NOT IN */
    tb_qname op;   /* ANY, ALL; LIKE ANY as in OP_ANY */
    tb_ast *left;  /* IN, ANY, ALL: an expression, perhaps a ROW; or NULL */
    tb_ast *query; /* QUERY */
} tb_ast_sublink;

/* How a call was written. All but PLAIN are SQL's keyword forms: the name is then schema-qualified
 * with pg_catalog and the arguments stand in the order of the pg_catalog function, so a binder
 * needs no case for them. */
typedef enum tb_call_form {
    TB_CALL_PLAIN,
    TB_CALL_EXTRACT,           /* EXTRACT(f FROM x)                -> extract('f', x) */
    TB_CALL_OVERLAY,           /* OVERLAY(a PLACING b FROM c FOR d)-> overlay(a, b, c[, d]) */
    TB_CALL_POSITION,          /* POSITION(a IN b)                 -> position(b, a) */
    TB_CALL_SUBSTRING,         /* SUBSTRING(a FROM b FOR c)        -> substring(a, b[, c]) */
    TB_CALL_SUBSTRING_SIMILAR, /* SUBSTRING(a SIMILAR b ESCAPE c)  -> substring(a, b, c) */
    TB_CALL_TRIM,              /* TRIM(LEADING b FROM a)           -> ltrim|rtrim|btrim(a[, b]) */
    TB_CALL_NORMALIZE,         /* NORMALIZE(a, NFC)                -> normalize(a[, 'NFC']) */
    TB_CALL_COLLATION_FOR,     /* COLLATION FOR (a)                -> pg_collation_for(a) */
    TB_CALL_AT_TIME_ZONE,      /* a AT TIME ZONE b                 -> timezone(b, a) */
    TB_CALL_OVERLAPS,          /* (a, b) OVERLAPS (c, d)           -> overlaps(a, b, c, d) */
    TB_CALL_IS_NORMALIZED /* a IS NFC NORMALIZED              -> is_normalized(a[, 'NFC']); NOT is
                             a BOOL_OP around it */
} tb_call_form;

typedef struct tb_ast_func_call {
    tb_ast base;
    tb_qname name;
    tb_call_form form;
    bool star;            /* count(*) */
    bool distinct;        /* f(DISTINCT ..) */
    bool variadic;        /* the last argument is VARIADIC */
    bool within_group;    /* order_by was written in WITHIN GROUP (..) */
    tb_ast_list args;     /* expressions, NAMED_ARG */
    tb_ast_list order_by; /* SORT */
    tb_ast *filter;       /* FILTER (WHERE ..); or NULL */
    tb_ast *over;         /* WINDOW; or NULL */
} tb_ast_func_call;

/* name => arg, name := arg */
typedef struct tb_ast_named_arg {
    tb_ast base;
    const char *name;
    tb_ast *arg;
} tb_ast_named_arg;

typedef enum tb_ast_frame_mode {
    TB_AST_FRAME_NONE,
    TB_AST_FRAME_RANGE,
    TB_AST_FRAME_ROWS,
    TB_AST_FRAME_GROUPS
} tb_ast_frame_mode;
typedef enum tb_ast_bound_kind {
    TB_AST_BOUND_UNBOUNDED_PRECEDING,
    TB_AST_BOUND_PRECEDING, /* offset PRECEDING */
    TB_AST_BOUND_CURRENT_ROW,
    TB_AST_BOUND_FOLLOWING, /* offset FOLLOWING */
    TB_AST_BOUND_UNBOUNDED_FOLLOWING
} tb_ast_bound_kind;
typedef enum tb_ast_frame_exclude {
    TB_AST_EXCLUDE_NO_OTHERS,
    TB_AST_EXCLUDE_CURRENT_ROW,
    TB_AST_EXCLUDE_GROUP,
    TB_AST_EXCLUDE_TIES
} tb_ast_frame_exclude;

/* An entry of the WINDOW clause (name), OVER (..), or OVER w (only base_name, bare = true). */
typedef struct tb_ast_window {
    tb_ast base;
    const char *name;      /* WINDOW name AS (..); or NULL */
    const char *base_name; /* the window this one refers to; or NULL */
    bool bare;             /* OVER base_name, without parentheses: the frame is inherited too */
    tb_ast_list partition_by;
    tb_ast_list order_by; /* SORT */
    /* NONE: no frame clause written; then the fields below are as if RANGE UNBOUNDED PRECEDING had
     * been. A frame written without BETWEEN ends at CURRENT ROW. */
    tb_ast_frame_mode frame;
    tb_ast_bound_kind start;
    tb_ast_bound_kind end;
    tb_ast *start_offset; /* or NULL */
    tb_ast *end_offset;   /* or NULL */
    tb_ast_frame_exclude exclude;
} tb_ast_window;

typedef enum tb_sql_value_op {
    TB_VALUE_CURRENT_DATE,
    TB_VALUE_CURRENT_TIME,
    TB_VALUE_CURRENT_TIMESTAMP,
    TB_VALUE_LOCALTIME,
    TB_VALUE_LOCALTIMESTAMP,
    TB_VALUE_CURRENT_ROLE, /* without (); CURRENT_ROLE() is a FUNC_CALL current_role */
    TB_VALUE_CURRENT_USER,
    TB_VALUE_USER,
    TB_VALUE_SESSION_USER,
    TB_VALUE_CURRENT_CATALOG,
    TB_VALUE_CURRENT_SCHEMA
} tb_sql_value_op;

typedef struct tb_ast_sql_value {
    tb_ast base;
    tb_sql_value_op op;
    int32_t precision; /* CURRENT_TIME(p) & co; -1 = not given */
} tb_ast_sql_value;

/* GROUPING(a, ..) in the select list. */
typedef struct tb_ast_grouping {
    tb_ast base;
    tb_ast_list args;
} tb_ast_grouping;

typedef enum tb_xml_op {
    TB_XML_CONCAT,    /* xmlconcat(args) */
    TB_XML_ELEMENT,   /* xmlelement(name x, xmlattributes(named), args) */
    TB_XML_FOREST,    /* xmlforest(named) */
    TB_XML_PARSE,     /* xmlparse(document|content arg [strip|preserve whitespace]) */
    TB_XML_PI,        /* xmlpi(name x[, arg]) */
    TB_XML_ROOT,      /* xmlroot(arg, version .., standalone ..) */
    TB_XML_SERIALIZE, /* xmlserialize(document|content arg as type) */
    TB_XML_EXISTS,    /* xmlexists(args[0] passing args[1]) */
    TB_XML_IS_DOCUMENT
} tb_xml_op;

/* The binder refuses them all; parsed so that the refusal names the feature. */
typedef struct tb_ast_xml_expr {
    tb_ast base;
    tb_xml_op op;
    const char *name; /* or NULL */
    bool document;    /* DOCUMENT, else CONTENT */
    int32_t flag; /* PARSE: 1 = PRESERVE WHITESPACE; ROOT: standalone 0 absent, 1 yes, 2 no, 3 no
                     value */
    tb_ast_list named; /* TARGET */
    tb_ast_list args;  /* ROOT: value, version (NULL constant = NO VALUE) */
    tb_ast *type;      /* SERIALIZE: TYPE_NAME; or NULL */
} tb_ast_xml_expr;

/* Bits of tb_ast_type_name.interval_fields. */
enum {
    TB_IV_YEAR = 1,
    TB_IV_MONTH = 2,
    TB_IV_DAY = 4,
    TB_IV_HOUR = 8,
    TB_IV_MINUTE = 16,
    TB_IV_SECOND = 32
};

/* name is PostgreSQL's internal one where SQL has a keyword: int2 int4 int8 float4 float8 numeric
 * bool varchar bpchar "char" (only when quoted) bit varbit time timetz timestamp timestamptz
 * interval; those have schema pg_catalog. Any other name is as written. */
typedef struct tb_ast_type_name {
    tb_ast base;
    tb_qname name;
    tb_ast_list typmods; /* expressions; char and bit without length get the implied 1 */
    int32_t dims;        /* number of [] or ARRAY; bounds written are ignored, as in PostgreSQL */
    int32_t interval_fields; /* INTERVAL YEAR TO MONTH & co: TB_IV_ bits; 0 = all. Precision is
                                typmods */
    bool setof;
} tb_ast_type_name;

/* ---- queries ----------------------------------------------------------------------------------
 */

typedef enum tb_limit_kind { TB_LIMIT_COUNT, TB_LIMIT_WITH_TIES } tb_limit_kind;

/* A query expression with what may surround its body. Everywhere a query may stand (statement,
 * subquery, CTE, cursor ..) there is a QUERY. `(query) ORDER BY ..` adds to the inner one, as in
 * PostgreSQL. */
typedef struct tb_ast_query {
    tb_ast base;
    tb_ast *with;         /* WITH; or NULL */
    tb_ast *body;         /* SELECT, VALUES, SET_OP */
    tb_ast_list order_by; /* SORT */
    tb_ast *limit;        /* expression; or NULL: no limit. LIMIT ALL is the NULL constant */
    tb_ast *offset;       /* or NULL */
    tb_limit_kind limit_kind;
    tb_ast_list locking; /* LOCKING */
} tb_ast_query;

typedef enum tb_distinct { TB_DISTINCT_NONE, TB_DISTINCT_ALL, TB_DISTINCT_ON } tb_distinct;

/* TABLE t is SELECT * FROM t. */
typedef struct tb_ast_select {
    tb_ast base;
    tb_distinct distinct;
    tb_ast_list distinct_on;
    tb_ast_list targets;  /* TARGET; n may be 0 */
    tb_ast *into;         /* SELECT .. INTO: TABLE_REF; or NULL. A write: refuse with 25006 */
    tb_ast_list from;     /* TABLE_REF, FROM_QUERY, FROM_FUNC, JOIN, SAMPLE */
    tb_ast *where;        /* or NULL */
    tb_ast_list group_by; /* expressions, GROUPING_SET */
    bool group_distinct;  /* GROUP BY DISTINCT */
    tb_ast *having;       /* or NULL */
    tb_ast_list windows;  /* WINDOW, named */
} tb_ast_select;

typedef struct tb_ast_values {
    tb_ast base;
    tb_ast_list rows; /* ROW; n >= 1; rows may differ in length (the binder's error) */
} tb_ast_values;

typedef enum tb_set_operator { TB_SET_UNION, TB_SET_INTERSECT, TB_SET_EXCEPT } tb_set_operator;

/* Operands are SELECT, VALUES or SET_OP; a QUERY only if it was parenthesised with clauses of its
 * own. */
typedef struct tb_ast_set_op {
    tb_ast base;
    tb_set_operator op;
    bool all;
    tb_ast *left;
    tb_ast *right;
} tb_ast_set_op;

typedef struct tb_ast_with {
    tb_ast base;
    bool recursive;
    tb_ast_list ctes; /* CTE */
} tb_ast_with;

typedef enum tb_materialize {
    TB_MATERIALIZE_DEFAULT,
    TB_MATERIALIZE_ALWAYS,
    TB_MATERIALIZE_NEVER
} tb_materialize;

typedef struct tb_ast_cte {
    tb_ast base;
    const char *name;
    tb_name_list columns;
    tb_materialize materialized;
    tb_ast *query;  /* QUERY, or WRITE */
    tb_ast *search; /* CTE_SEARCH; or NULL */
    tb_ast *cycle;  /* CTE_CYCLE; or NULL */
} tb_ast_cte;

typedef struct tb_ast_cte_search {
    tb_ast base;
    bool breadth_first;
    tb_name_list columns;
    const char *sequence_column;
} tb_ast_cte_search;

typedef struct tb_ast_cte_cycle {
    tb_ast base;
    tb_name_list columns;
    const char *mark_column;
    tb_ast *mark_value;   /* or NULL: true */
    tb_ast *mark_default; /* or NULL: false */
    const char *path_column;
} tb_ast_cte_cycle;

/* expr [AS name]; * is a COLUMN_REF with star. */
typedef struct tb_ast_target {
    tb_ast base;
    tb_ast *expr;
    const char *name; /* or NULL */
} tb_ast_target;

typedef enum tb_sort_dir { TB_SORT_DEFAULT, TB_SORT_ASC, TB_SORT_DESC, TB_SORT_USING } tb_sort_dir;
typedef enum tb_sort_nulls { TB_NULLS_DEFAULT, TB_NULLS_FIRST, TB_NULLS_LAST } tb_sort_nulls;

typedef struct tb_ast_sort {
    tb_ast base;
    tb_ast *expr;
    tb_sort_dir dir;
    tb_sort_nulls nulls;
    tb_qname using_op; /* dir == TB_SORT_USING */
} tb_ast_sort;

typedef enum tb_grouping_set_kind {
    TB_GROUPING_EMPTY, /* () */
    TB_GROUPING_ROLLUP,
    TB_GROUPING_CUBE,
    TB_GROUPING_SETS
} tb_grouping_set_kind;

/* Items are expressions, ROW without the word ROW (one set of several columns), GROUPING_SET inside
 * SETS. */
typedef struct tb_ast_grouping_set {
    tb_ast base;
    tb_grouping_set_kind set;
    tb_ast_list items;
} tb_ast_grouping_set;

typedef enum tb_lock_strength {
    TB_LOCK_KEY_SHARE,
    TB_LOCK_SHARE,
    TB_LOCK_NO_KEY_UPDATE,
    TB_LOCK_UPDATE
} tb_lock_strength;
typedef enum tb_lock_wait { TB_LOCK_WAIT, TB_LOCK_NOWAIT, TB_LOCK_SKIP_LOCKED } tb_lock_wait;

typedef struct tb_ast_locking {
    tb_ast base;
    tb_lock_strength strength;
    tb_lock_wait wait;
    tb_qname_list tables; /* OF a, b; n = 0: all */
} tb_ast_locking;

/* FROM items. A relation also stands alone in statements; it then has no alias. */
typedef struct tb_ast_table_ref {
    tb_ast base;
    tb_qname name;
    bool only;     /* ONLY t */
    tb_ast *alias; /* ALIAS; or NULL */
} tb_ast_table_ref;

typedef struct tb_ast_from_query {
    tb_ast base;
    bool lateral;
    tb_ast *query; /* QUERY */
    tb_ast *alias; /* ALIAS; always present: PostgreSQL 15 demands one */
} tb_ast_from_query;

/* f(..) [WITH ORDINALITY] [alias], f(..) AS (coldefs), ROWS FROM (..) */
typedef struct tb_ast_from_func {
    tb_ast base;
    bool lateral;
    bool rows_from; /* written ROWS FROM (..) */
    bool ordinality;
    tb_ast_list items;   /* ROWS_FROM; exactly one unless rows_from */
    tb_ast *alias;       /* ALIAS; or NULL */
    tb_ast_list columns; /* COLUMN_DEF of f(..) AS [alias] (a int, ..) */
} tb_ast_from_func;

typedef struct tb_ast_rows_from {
    tb_ast base;
    tb_ast *call; /* FUNC_CALL, or any expression written as a call: COALESCE, CAST, SQL_VALUE .. */
    tb_ast_list columns; /* COLUMN_DEF of f(..) AS (a int, ..) inside ROWS FROM */
} tb_ast_rows_from;

typedef enum tb_ast_join_kind {
    TB_JOINED_INNER,
    TB_JOINED_LEFT,
    TB_JOINED_RIGHT,
    TB_JOINED_FULL,
    TB_JOINED_CROSS
} tb_ast_join_kind;

typedef struct tb_ast_join {
    tb_ast base;
    tb_ast_join_kind join;
    bool natural;
    tb_ast *left;
    tb_ast *right;
    tb_ast *on;               /* or NULL */
    tb_name_list using_names; /* USING (..) */
    const char *using_alias;  /* USING (..) AS x; or NULL */
    tb_ast *alias;            /* (a JOIN b ..) AS x: ALIAS; or NULL */
} tb_ast_join;

typedef struct tb_ast_sample {
    tb_ast base;
    tb_ast *table; /* TABLE_REF (its alias is inside) */
    tb_qname method;
    tb_ast_list args;
    tb_ast *repeatable; /* or NULL */
} tb_ast_sample;

typedef struct tb_ast_alias {
    tb_ast base;
    const char *name;
    tb_name_list columns;
} tb_ast_alias;

/* Column of a column definition list, of CREATE FOREIGN TABLE, of ALTER .. ADD COLUMN. */
typedef struct tb_ast_column_def {
    tb_ast base;
    const char *name;
    tb_ast *type; /* TYPE_NAME */
    tb_qname collation;
    bool not_null;
    tb_ast_list options; /* OPTION; foreign tables only */
} tb_ast_column_def;

/* ---- statements -------------------------------------------------------------------------------
 */

#include "parser/ast_stmt.h"

/* ---- access -----------------------------------------------------------------------------------
 */

/* const tb_ast_select *tb_as_select(const tb_ast *node), and so on: aborts if the node is of
 * another kind. */
#define TB_AST(ID, member, text)                                                                   \
    static inline const tb_ast_##member *tb_as_##member(const tb_ast *node)                        \
    {                                                                                              \
        TB_CHECK(node->kind == TB_AST_##ID);                                                       \
        return (const tb_ast_##member *)(const void *)node;                                        \
    }
#include "parser/ast_kinds.def"
#undef TB_AST

#endif
