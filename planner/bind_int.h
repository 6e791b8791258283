/* SPDX-License-Identifier: Apache-2.0
 * What the binder's files share.
 *
 * The binder reads the syntax tree once and writes plan nodes directly. Per query level there is a
 * scope: the FROM items names can refer to, the aggregate and window calls met so far, the CTEs
 * declared. A column id belongs to the scope whose FROM clause (or grouping) offers it; a reference
 * to a column of an outer scope is correlation.
 *
 * Order of one SELECT (bind_select.c): FROM, select list, WHERE, HAVING, ORDER BY, GROUP BY,
 * DISTINCT, windows, LIMIT are bound first; then the plan is built bottom-up. Aggregate and window
 * calls become columns when they are met; the plan nodes that produce those columns are built
 * afterwards.
 *
 * Errors: functions that can fail return tb_rc and raise into b->err.
 */
#ifndef TB_PLANNER_BIND_INT_H
#define TB_PLANNER_BIND_INT_H

#include "core/list.h"
#include "parser/ast.h"
#include "planner/planner.h"

enum {
    TBI_MAX_ARGS = 100,       /* arguments of a call, as PostgreSQL */
    TBI_MAX_COLUMNS = 1664,   /* entries of a select list, as PostgreSQL */
    TBI_MAX_KEYS = 64,        /* grouping columns when there are grouping sets: a set is a bitmap */
    TBI_DEFAULT_DEPTH = 1000, /* when stmt->limits.depth is 0 */
};

typedef struct tbi_scope tbi_scope;
typedef struct tbi_scan tbi_scan;
typedef struct tbi_shape tbi_shape;

/* Fields of a record value, as far as the binder knows them. */
struct tbi_shape {
    uint32_t n;
    const char **names;
    tb_type *types;
    const tbi_shape **shapes; /* of fields that are records themselves; entries may be NULL */
};

/* A column names can refer to. */
typedef struct tbi_column {
    const char *name;
    tb_colid id;
} tbi_column;

/* Columns that calls of a query level become when they are met. */
typedef enum tbi_made {
    TBI_MADE_NOT, /* a column of a FROM item, or internal to a plan */
    TBI_MADE_AGG,
    TBI_MADE_WINDOW,
    TBI_MADE_SRF,
    TBI_MADE_GROUPING
} tbi_made;

/* What the binder knows about a column id besides tb_colinfo. */
typedef struct tbi_meta {
    tbi_made made;
    tbi_scope *scope; /* the query level that offers it; NULL = internal to a plan */
    tbi_scan *scan;   /* table or view it is a column of, else NULL */
    uint16_t attno;
    const tbi_shape *shape;
    const char *rel_name,
        *name; /* for messages: FROM item and column as the query names them, or NULL */
} tbi_meta;

/* One reference to a table or view; finished when the statement is bound: columns used, privileges.
 */
struct tbi_scan {
    const tb_relation *rel;
    tb_plan *node; /* SCAN; NULL for a view */
    tb_colid *ids; /* per column of rel; 0 = hidden */
    bool *used;
    const tb_subject *access; /* whose privileges count */
    int pos;
};

/* A FROM item. */
typedef struct tbi_item {
    const char *name;       /* alias or table name; NULL = an unnamed join */
    const tb_relation *rel; /* table or view */
    bool aliased;           /* else rel may be qualified by its schema */
    uint32_t ncols;
    tbi_column *cols;
    bool rel_visible;  /* name.column works */
    bool cols_visible; /* column works, * lists them */
    bool lateral_only; /* visible to LATERAL items only, while FROM is being bound */
    bool lateral_ok;   /* false: left side of RIGHT or FULL JOIN */
    bool nullable; /* on the nullable side of an outer join: its row as a whole may be missing */
    bool scalar;   /* function returning one plain column: its name alone is that column */
} tbi_item;

/* ---- where an expression stands ---- */

typedef enum tbi_place {
    TBI_IN_SELECT,
    TBI_IN_WHERE,
    TBI_IN_HAVING,
    TBI_IN_JOIN_ON,
    TBI_IN_JOIN_USING,
    TBI_IN_FROM_FUNCTION,
    TBI_IN_FROM_QUERY,
    TBI_IN_GROUP_BY,
    TBI_IN_ORDER_BY,
    TBI_IN_DISTINCT_ON,
    TBI_IN_LIMIT,
    TBI_IN_OFFSET,
    TBI_IN_VALUES,
    TBI_IN_FILTER,
    TBI_IN_WINDOW_PARTITION,
    TBI_IN_WINDOW_ORDER,
    TBI_IN_WINDOW_ROWS,
    TBI_IN_WINDOW_RANGE,
    TBI_IN_WINDOW_GROUPS,
    TBI_IN_SAMPLE,
    TBI_IN_POLICY
} tbi_place;

/* An aggregate call. Arguments are expressions over the scope's FROM columns until the plan is
 * built. */
typedef struct tbi_agg {
    tb_agg agg; /* out, fn, type, distinct, pos */
    uint32_t nargs;
    tb_expr **args;
    uint32_t ndirect;
    tb_expr **direct;
    uint32_t norder;
    tb_expr **order;
    tb_sort_key *keys; /* col filled when the plan is built */
    tb_expr *filter;
} tbi_agg;

/* PARTITION BY, ORDER BY and frame, inherited parts included. */
typedef struct tbi_window {
    const char *name; /* WINDOW clause entry, else NULL */
    uint32_t npartition;
    tb_expr **partition;
    uint32_t norder;
    tb_expr **order;
    tb_sort_key *keys; /* col filled when the plan is built */
    bool has_frame;
    tb_window_frame frame;
} tbi_window;

typedef struct tbi_wincall {
    tb_winfn fn; /* out, fn, type, pos; frame of its window */
    uint32_t nargs;
    tb_expr **args;
    tb_expr *filter;
    uint32_t window; /* index into scope->windows */
} tbi_wincall;

/* A set-returning call of the select list: its result is the column `out` of a PROJECT_SET. */
typedef struct tbi_srf {
    tb_colid out;
    tb_expr *call;
    bool grouped; /* GROUP BY needs it: computed below the AGG node */
} tbi_srf;

/* GROUPING(..): a number made of the grouping set's bits. */
typedef struct tbi_grouping {
    tb_colid out;
    uint32_t n;
    tb_expr **args;
    int pos;
} tbi_grouping;

typedef struct tbi_cte tbi_cte;

struct tbi_scope {
    tbi_scope *parent;
    TB_LIST(tbi_item) items;
    TB_LIST(tbi_cte *) ctes; /* declared at this level, visible from here inwards */
    tbi_place place;
    bool lateral_active;
    const tb_ast *from_call; /* the call that is a function in FROM itself */
    TB_LIST(tbi_agg *) aggs;
    TB_LIST(tbi_wincall *) wincalls;
    TB_LIST(tbi_window) windows;
    TB_LIST(tbi_srf) srfs;
    TB_LIST(tbi_grouping) groupings;
    bool has_group;            /* GROUP BY or HAVING written */
    struct tbi_groups *groups; /* GROUP BY, or NULL (bind_group.c) */
    bool recursive_step;       /* FROM holds the recursive reference of WITH RECURSIVE */
};

struct tbi_row_shape {
    const tb_expr *row;
    const tbi_shape *shape;
};

/* Name of a scalar subquery's column. */
struct tbi_subquery {
    const tb_ast_sublink *ast;
    const char *name;
};

typedef struct tbi_bind {
    tb_stmt *stmt;
    tb_arena *arena;
    tb_error *err;
    const tb_subject *access; /* the invoker; inside a view its owner */
    TB_LIST(tbi_meta) meta;   /* by column id */
    TB_LIST(tbi_scan *) scans;
    TB_LIST(struct tbi_subquery) subqueries;
    TB_LIST(struct tbi_row_shape) rows; /* ROW expressions whose fields have names */
    uint32_t depth, depth_max;
    uint32_t view_depth;
    /* policy bodies: arguments by name */
    bool policy;
    const tb_policy_arg *args;
    tb_expr *const *arg_exprs;
    uint32_t nargs;
} tbi_bind;

/* An output column of a bound query. An expression still of type unknown stands in *slot, so that a
 * set operation or the statement can settle its type. */
typedef struct tbi_output {
    const char *name;
    tb_colid id;
    tb_expr **slot; /* or NULL */
    tb_expr *pass;  /* the same column in a projection above that drops junk; or NULL */
    int pos;
} tbi_output;

typedef struct tbi_result {
    tb_plan *plan;
    uint32_t n;
    tbi_output *cols;
} tbi_result;

/* ---- bind.c: binder state ---- */
void tbi_bind_init(tbi_bind *b, tb_stmt *stmt, tb_error *err);
/* Counts nesting; 54001 beyond the limit. Every tbi_enter is matched by tbi_leave on success;
 * errors end the binder. */
TB_MUSTUSE tb_rc tbi_enter(tbi_bind *b, int pos);
void tbi_leave(tbi_bind *b);
tbi_scope *tbi_scope_new(tbi_bind *b, tbi_scope *parent);
/* Column id with meta entry. */
tb_colid tbi_new_col(tbi_bind *b, const char *name, tb_type type);
tbi_meta *tbi_meta_of(tbi_bind *b, tb_colid id);
tb_expr *tbi_col(tbi_bind *b, tb_colid id, int pos);
/* Leftmost position of an expression in the text: where PostgreSQL's error cursor would point. */
int tbi_loc(const tb_expr *e);
/* Record shape of an expression, NULL if unknown. */
const tbi_shape *tbi_shape_of(tbi_bind *b, const tb_expr *e);
/* Columns of a record-returning function's call, NULL if it has none. */
const tbi_shape *tbi_function_shape(tbi_bind *b, const tb_expr *call);
/* PROJECT over `in` of n assignments. */
tb_plan *tbi_project(tbi_bind *b, tb_plan *in, const tb_assign *items, uint32_t n);
/* Columns computed on top of a plan: what is not a column of it yet is added by a PROJECT. */
typedef struct tbi_lift {
    tb_plan *plan;
    TB_LIST(tb_assign) added;
} tbi_lift;
tb_colid tbi_lift_expr(tbi_bind *b, tbi_lift *l, tb_expr *e, const char *name);
/* Like it, but never an existing column. */
tb_colid tbi_lift_copy(tbi_bind *b, tbi_lift *l, tb_expr *e, const char *name);
tb_plan *tbi_lift_done(tbi_bind *b, tbi_lift *l);
/* FILTER, or `in` itself when cond is NULL. An AND is split into conjuncts. */
tb_plan *tbi_filter(tbi_bind *b, tb_plan *in, tb_expr *cond);
/* Gives an output column of type unknown a type. */
TB_MUSTUSE tb_rc tbi_settle_unknown(tbi_bind *b, tbi_output *col, tb_type_id type);

/* ---- scope.c: names ---- */
/* Adds a FROM item whose columns belong to the scope from now on. */
void tbi_add_item(tbi_bind *b, tbi_scope *s, tbi_item item);
TB_MUSTUSE tb_rc tbi_bind_column_ref(tbi_bind *b, tbi_scope *s, const tb_ast_column_ref *ref,
                                     tb_expr **out);
/* Finds an unqualified column in this scope only; NULL if absent, an error if ambiguous. */
TB_MUSTUSE tb_rc tbi_local_column(tbi_bind *b, tbi_scope *s, const char *name, int pos,
                                  tb_expr **out);
/* Columns of "*" or "a.*", in order. */
typedef TB_LIST(tbi_column) tbi_columns;
TB_MUSTUSE tb_rc tbi_expand_star(tbi_bind *b, tbi_scope *s, const tb_ast_column_ref *ref,
                                 tbi_columns *out);
/* Marks a column as read: scans and privileges. */
void tbi_use(tbi_bind *b, tb_colid id);
/* How many levels out from s a column's scope is; -1 if it is not a column of an enclosing scope.
 */
int tbi_level_of(tbi_bind *b, const tbi_scope *s, tb_colid id);
TB_MUSTUSE tb_rc tbi_whole_row(tbi_bind *b, const tbi_item *item, int pos, tb_expr **out);
/* Table named by a query, by search path, privileges and visibility; 42P01. */
TB_MUSTUSE tb_rc tbi_bind_find_relation(tbi_bind *b, const tb_qname *name, const tb_relation **out);

/* ---- coerce.c ---- */
char tbi_category(tb_type_id type);
bool tbi_is_preferred(tb_type_id type);
bool tbi_is_polymorphic(tb_type_id type);
/* Element type of a true array type, int2vector and oidvector included; TB_T_NONE else. */
tb_type_id tbi_elem_type(tb_type_id type);
/* TB_T_NONE when the type has no array type. */
tb_type_id tbi_array_type(tb_type_id elem);
/* format_type() without modifier, in the arena. */
const char *tbi_type_name(tbi_bind *b, tb_type_id type);

typedef enum tbi_path_kind {
    TBI_PATH_NONE,
    TBI_PATH_RELABEL,
    TBI_PATH_FN,
    TBI_PATH_ARRAY,
    TBI_PATH_IO
} tbi_path_kind;
typedef struct tbi_path {
    tbi_path_kind kind;
    tb_fn_id fn;
} tbi_path;
tbi_path tbi_find_path(tb_type_id from, tb_type_id to, tb_cast_context cx);
bool tbi_can_coerce(const tb_type_id *from, const tb_type_id *to, uint32_t n, tb_cast_context cx);
bool tbi_is_binary_coercible(tb_type_id from, tb_type_id to);
/* Converts; the conversion must exist (tbi_can_coerce). The modifier is not applied. */
TB_MUSTUSE tb_rc tbi_coerce(tbi_bind *b, tb_expr *e, tb_type to, tb_cast_context cx, tb_expr **out);
TB_MUSTUSE tb_rc tbi_apply_typmod(tbi_bind *b, tb_expr *e, int32_t typmod, tb_cast_context cx,
                                  tb_expr **out);
/* Both, with 42846 "cannot cast type x to y" at pos. */
TB_MUSTUSE tb_rc tbi_cast(tbi_bind *b, tb_expr *e, tb_type to, tb_cast_context cx, int pos,
                          tb_expr **out);
/* Assignment conversion of the argument of a clause, 42804 "argument of WHERE must be type boolean,
 * not type x". */
TB_MUSTUSE tb_rc tbi_coerce_clause(tbi_bind *b, tb_expr *e, tb_type_id to, const char *clause,
                                   tb_expr **out);
/* Common type of n >= 1 expressions; raises 42804 and gives TB_T_NONE when they do not match
 * (context NULL: no error). */
tb_type_id tbi_common_type(tbi_bind *b, tb_expr *const *list, uint32_t n, const char *context);
TB_MUSTUSE tb_rc tbi_to_common_type(tbi_bind *b, tb_expr *e, tb_type_id type, const char *context,
                                    tb_expr **out);
int32_t tbi_common_typmod(tb_expr *const *list, uint32_t n, tb_type_id type);
/* All of it: the list is converted in place. */
TB_MUSTUSE tb_rc tbi_unify(tbi_bind *b, tb_expr **list, uint32_t n, const char *context,
                           tb_type *out);
bool tbi_check_generic(const tb_type_id *actual, const tb_type_id *declared, uint32_t n);
/* Replaces polymorphic declared types where an argument is converted; *out = the result type. */
TB_MUSTUSE tb_rc tbi_enforce_generic(tbi_bind *b, const tb_type_id *actual, tb_type_id *declared,
                                     uint32_t n, tb_type_id ret, int pos, tb_type_id *out);

/* ---- fn_resolve.c ---- */
typedef struct tbi_call {
    const char *schema; /* or NULL */
    const char *name;
    uint32_t nargs;
    const tb_type_id *types;
    bool variadic; /* the last argument is VARIADIC */
    int pos;
} tbi_call;

typedef enum tbi_choice_kind {
    TBI_CHOICE_NONE,
    TBI_CHOICE_FN,
    TBI_CHOICE_CAST,
    TBI_CHOICE_MANY
} tbi_choice_kind;
typedef struct tbi_choice {
    tbi_choice_kind kind; /* FN, or CAST: a type's name called as a function */
    tb_fn_id fn;
    tb_type_id ret;
    tb_type_id cast_to;
    tb_type_id args[TBI_MAX_ARGS]; /* what each argument is converted to */
} tbi_choice;
/* 42883, 42725, or the choice. */
TB_MUSTUSE tb_rc tbi_resolve_function(tbi_bind *b, const tbi_call *call, tbi_choice *out);
/* The operator for operands of these types (types[0] only when prefix): 42883, 42725. */
TB_MUSTUSE tb_rc tbi_resolve_operator(tbi_bind *b, const char *name, const tb_type_id *types,
                                      int arity, int pos, tbi_choice *out);
/* left op right, operands converted. */
TB_MUSTUSE tb_rc tbi_operator(tbi_bind *b, const char *name, tb_expr *left, tb_expr *right, int pos,
                              tb_expr **out);
TB_MUSTUSE tb_rc tbi_prefix_operator(tbi_bind *b, const char *name, tb_expr *arg, int pos,
                                     tb_expr **out);

/* ---- bind_type.c ---- */
/* Type of a plain name; TB_T_NONE if unknown. */
tb_type_id tbi_type_by_name(const char *name);
/* Type of a TYPE_NAME with its modifier; 42704, 22023. */
TB_MUSTUSE tb_rc tbi_bind_type(tbi_bind *b, const tb_ast *name, tb_type *out);
TB_MUSTUSE tb_rc tbi_bind_cast_expr(tbi_bind *b, tbi_scope *s, const tb_ast_cast *c, tb_expr **out);
/* 42704 unless it is one of the code point collations. */
TB_MUSTUSE tb_rc tbi_check_collation(tbi_bind *b, const tb_qname *name, int pos);

/* ---- bind_expr.c ---- */
TB_MUSTUSE tb_rc tbi_bind_expr(tbi_bind *b, tbi_scope *s, const tb_ast *ast, tb_expr **out);
/* The same at a place of its own. */
TB_MUSTUSE tb_rc tbi_bind_expr_at(tbi_bind *b, tbi_scope *s, tbi_place place, const tb_ast *ast,
                                  tb_expr **out);
/* A boolean expression for a clause, e.g. "WHERE". */
TB_MUSTUSE tb_rc tbi_bind_bool_at(tbi_bind *b, tbi_scope *s, tbi_place place, const tb_ast *ast,
                                  const char *clause, tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_exprs(tbi_bind *b, tbi_scope *s, const tb_ast_list *list, tb_expr ***out);
const char *tbi_place_name(tbi_place place);
tb_expr *tbi_unknown(tbi_bind *b, const char *text, int pos);
/* Refuses a literal of unknown type that stays so; makes it text. */
TB_MUSTUSE tb_rc tbi_unknown_to_text(tbi_bind *b, tb_expr *e, tb_expr **out);

/* ---- bind_ops.c ---- */
TB_MUSTUSE tb_rc tbi_bind_op_expr(tbi_bind *b, tbi_scope *s, const tb_ast_op *op, tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_op_any(tbi_bind *b, tbi_scope *s, const tb_ast_op_any *op, tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_in_list(tbi_bind *b, tbi_scope *s, const tb_ast_in_list *in,
                                  tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_like(tbi_bind *b, tbi_scope *s, const tb_ast_like *like, tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_between(tbi_bind *b, tbi_scope *s, const tb_ast_between *bt,
                                  tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_distinct_from(tbi_bind *b, tbi_scope *s, const tb_ast_distinct_from *d,
                                        tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_null_test(tbi_bind *b, tbi_scope *s, const tb_ast_null_test *t,
                                    tb_expr **out);
/* a op b over rows of equal length. */
TB_MUSTUSE tb_rc tbi_row_compare(tbi_bind *b, const char *op, tb_expr **left, uint32_t nleft,
                                 tb_expr **right, uint32_t nright, int pos, tb_expr **out);
/* An operand that appears in two places of the result: a second copy of it; refuses volatile ones.
 */
TB_MUSTUSE tb_rc tbi_again(tbi_bind *b, tbi_scope *s, const tb_ast *ast, tb_expr *e, tb_expr **out);
/* Name of an operator; refuses schemas other than pg_catalog. */
TB_MUSTUSE tb_rc tbi_op_name(tbi_bind *b, const tb_qname *name, const char **out);
/* A IS [NOT] DISTINCT FROM B of two bound expressions. */
TB_MUSTUSE tb_rc tbi_make_distinct(tbi_bind *b, tb_expr *left, tb_expr *right, int pos,
                                   tb_expr **out);

/* ---- bind_case.c: CASE, COALESCE and their like; arrays, rows, subscripts ---- */
TB_MUSTUSE tb_rc tbi_bind_case(tbi_bind *b, tbi_scope *s, const tb_ast_case *c, tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_coalesce(tbi_bind *b, tbi_scope *s, const tb_ast_coalesce *c,
                                   tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_min_max(tbi_bind *b, tbi_scope *s, const tb_ast_min_max *m,
                                  tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_nullif(tbi_bind *b, tbi_scope *s, const tb_ast_nullif *n, tb_expr **out);
/* ---- bind_array.c ---- */
/* want: array type asked for by a cast around it, else TB_T_NONE */
TB_MUSTUSE tb_rc tbi_bind_array(tbi_bind *b, tbi_scope *s, const tb_ast_array *a, tb_type want,
                                tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_row(tbi_bind *b, tbi_scope *s, const tb_ast_row *r, tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_indirection(tbi_bind *b, tbi_scope *s, const tb_ast_indirection *in,
                                      tb_expr **out);
/* (expr).*: tbi_indirection gives the record, the caller expands it. */
bool tbi_ends_in_star(const tb_ast *ast);
/* Fields of (expr).*: one FIELD expression each; names by tbi_shape_of. */
TB_MUSTUSE tb_rc tbi_expand_record(tbi_bind *b, tb_expr *e, int pos, uint32_t *n, tb_expr ***fields,
                                   const tbi_shape **shape);
/* Items of a list of expressions with a.* and (expr).* expanded: ROW(..), VALUES. */
TB_MUSTUSE tb_rc tbi_exprs_star(tbi_bind *b, tbi_scope *s, const tb_ast_list *list, uint32_t *n,
                                tb_expr ***out);

/* ---- bind_func.c, bind_agg.c, bind_window.c ---- */
TB_MUSTUSE tb_rc tbi_bind_func_call(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f,
                                    tb_expr **out);
/* A call of a named function with bound arguments (internal rewrites: like_escape ...). */
TB_MUSTUSE tb_rc tbi_call_named(tbi_bind *b, const char *name, tb_expr **args, uint32_t nargs,
                                int pos, tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_sql_value(tbi_bind *b, const tb_ast_sql_value *v, tb_expr **out);
/* Does the expression, subqueries included, read a column that a call of this level became? */
bool tbi_reads_made(tbi_bind *b, const tbi_scope *s, const tb_expr *e, tbi_made made);
/* Arguments bound; converts them as the choice says. */
TB_MUSTUSE tb_rc tbi_convert_args(tbi_bind *b, tb_expr **args, uint32_t n,
                                  const tbi_choice *choice);
/* written: the arguments before conversion. */
TB_MUSTUSE tb_rc tbi_agg_call(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f,
                              const tbi_choice *choice, tb_expr **args, uint32_t nargs,
                              tb_expr *const *written, tb_expr **out);
TB_MUSTUSE tb_rc tbi_ordered_set_call(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f,
                                      tb_expr **out);
/* Lowest number of levels out at which the expression's columns are; -1 if it has none. */
int tbi_lowest_level(tbi_bind *b, const tbi_scope *s, const tb_expr *e);
TB_MUSTUSE tb_rc tbi_window_call(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f,
                                 const tbi_choice *choice, tb_expr **args, uint32_t nargs,
                                 tb_expr **out);
/* The WINDOW clause: every entry, used or not. */
TB_MUSTUSE tb_rc tbi_bind_window_clause(tbi_bind *b, tbi_scope *s, const tb_ast_list *windows);
/* WINDOW nodes over `in`; call expressions are over in's columns. */
tb_plan *tbi_plan_windows(tbi_bind *b, tbi_scope *s, tb_plan *in);

/* ---- bind_group.c ---- */
/* Lists every expression slot of a select to be checked and rewritten against the grouping. */
typedef TB_LIST(tb_expr **) tbi_slots;
/* PROJECT_SET nodes for the set-returning calls that GROUP BY needs, or for the others. */
tb_plan *tbi_plan_srfs(tbi_bind *b, const tbi_scope *s, bool grouped, tb_plan *in);
/* AGG node over `in` when the level groups or aggregates; slots are rewritten to its output columns
 * (42803). */
TB_MUSTUSE tb_rc tbi_plan_groups(tbi_bind *b, tbi_scope *s, tb_plan *in, tbi_slots *slots,
                                 tb_plan **out);
TB_MUSTUSE tb_rc tbi_bind_grouping_call(tbi_bind *b, tbi_scope *s, const tb_ast_grouping *g,
                                        tb_expr **out);
struct tbi_select;
TB_MUSTUSE tb_rc tbi_bind_group_by(tbi_bind *b, struct tbi_select *q);

/* ---- bind_sublink.c ---- */
/* ROW(..) op (SELECT ..): a comparison with the one row of the subquery. */
TB_MUSTUSE tb_rc tbi_row_subquery(tbi_bind *b, tbi_scope *s, const char *op, const tb_ast_row *row,
                                  const tb_ast_sublink *l, int pos, tb_expr **out);
TB_MUSTUSE tb_rc tbi_bind_sublink(tbi_bind *b, tbi_scope *s, const tb_ast_sublink *l,
                                  tb_expr **out);
/* Applies fn to every expression slot of a plan, subqueries inside expressions included. */
typedef tb_rc (*tbi_slot_fn)(tb_expr **slot, void *ctx, tb_error *err);
TB_MUSTUSE tb_rc tbi_each_slot(tb_plan *p, tbi_slot_fn fn, void *ctx, tb_error *err);

/* ---- bind_select.c, bind_target.c: one SELECT ---- */

/* Entry of a select list; junk entries only serve ORDER BY, DISTINCT ON. */
typedef struct tbi_target {
    tb_expr *expr;
    const char *name;
    bool junk;
    tb_colid id;       /* given when the plan is built */
    const tb_ast *ast; /* as written; NULL for what a star stands for */
} tbi_target;

typedef struct tbi_order {
    uint32_t target; /* index into targets */
    bool desc, nulls_first;
} tbi_order;

typedef struct tbi_select {
    const tb_ast_select *ast;
    tbi_scope *scope;
    bool settle; /* unknown outputs become text */
    TB_LIST(tbi_target) targets;
    TB_LIST(tbi_order) order;
    TB_LIST(uint32_t) distinct_on;
    tb_expr *where, *having;
    tb_expr *limit, *offset;
    bool with_ties;
} tbi_select;

TB_MUSTUSE tb_rc tbi_bind_query(tbi_bind *b, tbi_scope *outer, const tb_ast *query, bool settle,
                                tbi_result *out);
/* SELECT, VALUES, SET_OP or QUERY as an operand of a set operation. */
TB_MUSTUSE tb_rc tbi_bind_query_body(tbi_bind *b, tbi_scope *level, const tb_ast *body,
                                     const tb_ast_query *q, bool settle, tbi_result *out);
TB_MUSTUSE tb_rc tbi_bind_select_query(tbi_bind *b, tbi_scope *level, const tb_ast_select *sel,
                                       const tb_ast_query *q, bool settle, tbi_result *out);
TB_MUSTUSE tb_rc tbi_bind_select_list(tbi_bind *b, tbi_select *q);
/* Name of an output column, as PostgreSQL chooses it. */
const char *tbi_column_name(tbi_bind *b, const tb_ast *expr);
/* Select list entry an ORDER BY, GROUP BY or DISTINCT ON item means: ordinal, output name or
 * expression; added as junk when it is none. clause: "ORDER BY", "GROUP BY", "DISTINCT ON". */
TB_MUSTUSE tb_rc tbi_find_target(tbi_bind *b, tbi_select *q, const tb_ast *item, tbi_place place,
                                 const char *clause, uint32_t *out);
/* Direction of a sort item; desc and nulls_first of out are set, 42883 when the type has no order.
 */
TB_MUSTUSE tb_rc tbi_sort_direction(tbi_bind *b, const tb_ast_sort *sort, tb_type_id type,
                                    bool *desc, bool *nulls_first);
TB_MUSTUSE tb_rc tbi_check_equality(tbi_bind *b, tb_type_id type, int pos);
TB_MUSTUSE tb_rc tbi_check_ordering(tbi_bind *b, tb_type_id type, int pos);
/* LIMIT and OFFSET of a query into expressions of type int8; NULL when absent. */
TB_MUSTUSE tb_rc tbi_limits(tbi_bind *b, tbi_scope *s, const tb_ast_query *q, tb_expr **limit,
                            tb_expr **offset);
tb_plan *tbi_plan_limit(tbi_bind *b, tb_plan *in, tb_expr *limit, tb_expr *offset,
                        const tb_sort_key *ties, uint32_t nties);

/* ---- bind_setop.c ---- */
TB_MUSTUSE tb_rc tbi_bind_set_op(tbi_bind *b, tbi_scope *level, const tb_ast_set_op *op,
                                 const tb_ast_query *q, tbi_result *out);
TB_MUSTUSE tb_rc tbi_bind_values(tbi_bind *b, tbi_scope *level, const tb_ast_values *v,
                                 const tb_ast_query *q, tbi_result *out);
/* Common types of the column pairs of two operands; their numbers of columns must agree. */
TB_MUSTUSE tb_rc tbi_setop_types(tbi_bind *b, const tb_ast_set_op *op, const tbi_result *left,
                                 const tbi_result *right, tb_type *types);
tb_colid *tbi_output_ids(tbi_bind *b, const tbi_result *r);
/* ORDER BY, LIMIT over finished output columns: names and ordinals; expressions over them only if
 * allowed. */
TB_MUSTUSE tb_rc tbi_order_result(tbi_bind *b, tbi_scope *level, const tb_ast_query *q,
                                  bool expressions, tbi_result *io);
/* Converts a result's columns to types; new columns where needed. */
TB_MUSTUSE tb_rc tbi_convert_result(tbi_bind *b, tbi_result *r, const tb_type *types,
                                    const char *context);

/* ---- bind_from.c, bind_join.c, bind_func_from.c ---- */
TB_MUSTUSE tb_rc tbi_bind_from(tbi_bind *b, tbi_scope *s, const tb_ast_list *from, tb_plan **out);
/* One FROM item: its plan; what can be named is appended to s->items, the item itself last. */
TB_MUSTUSE tb_rc tbi_bind_from_item(tbi_bind *b, tbi_scope *s, const tb_ast *item, tb_plan **out);
TB_MUSTUSE tb_rc tbi_bind_join(tbi_bind *b, tbi_scope *s, const tb_ast_join *j, tb_plan **out);
TB_MUSTUSE tb_rc tbi_bind_from_func(tbi_bind *b, tbi_scope *s, const tb_ast_from_func *f,
                                    tb_plan **out);
/* Applies an alias and its column names to an item. */
TB_MUSTUSE tb_rc tbi_alias_columns(tbi_bind *b, const tb_ast *alias, tbi_item *item);
/* JOIN without conditions; lateral if the right side reads the left. */
tb_plan *tbi_join_plans(tbi_bind *b, tb_join_type type, tb_plan *left, tb_plan *right);
/* Does an expression anywhere in p read an output column of another plan? */
bool tbi_reads_plan(tbi_bind *b, tb_plan *p, const tb_plan *of);
/* Visibility of the items from..to-1 while FROM is being bound. */
void tbi_set_lateral(tbi_scope *s, uint32_t from, uint32_t to, bool only, bool ok);
/* 42712 when an item from mid on has the name of one in [first, mid). */
TB_MUSTUSE tb_rc tbi_check_names(tbi_bind *b, const tbi_scope *s, uint32_t first, uint32_t mid,
                                 int pos);

/* ---- bind_cte.c ---- */
TB_MUSTUSE tb_rc tbi_bind_with(tbi_bind *b, tbi_scope *level, const tb_ast *with);
/* CTE of a name visible from the scope, or NULL. */
tbi_cte *tbi_find_cte(tbi_scope *s, const char *name);
TB_MUSTUSE tb_rc tbi_cte_ref(tbi_bind *b, tbi_scope *s, tbi_cte *cte, tb_plan **plan,
                             tbi_column **cols, uint32_t *ncols);
/* Puts the CTE nodes of a level around its plan. */
tb_plan *tbi_finish_ctes(tbi_bind *b, tbi_scope *level, tb_plan *plan);

#endif
