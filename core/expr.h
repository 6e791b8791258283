/* SPDX-License-Identifier: Apache-2.0
 * Bound expressions: typed, resolved, immutable once the binder or a pass returned them. A pass
 * that changes something builds new nodes and shares the unchanged ones.
 *
 * Columns are statement-wide ids (tb_colid), never names: a node finds a column by its id in its
 * inputs' output, or, when the column comes from outside (correlation), in an enclosing plan.
 */
#ifndef TB_CORE_EXPR_H
#define TB_CORE_EXPR_H

#include "core/func.h"

typedef uint32_t tb_colid; /* index into tb_stmt.cols; 0 = none */

struct tb_plan;

typedef enum tb_expr_kind {
#define TB_EXPR(kind, doc) TB_X_##kind,
#include "core/expr_kinds.def"
#undef TB_EXPR
    TB_EXPR_KIND_COUNT
} tb_expr_kind;

/* IS [NOT] TRUE/FALSE/UNKNOWN and IS [NOT] NULL */
typedef enum tb_bool_test {
    TB_IS_NULL,
    TB_IS_NOT_NULL,
    TB_IS_TRUE,
    TB_IS_NOT_TRUE,
    TB_IS_FALSE,
    TB_IS_NOT_FALSE
} tb_bool_test;

typedef enum tb_subquery_kind {
    TB_SUB_EXISTS, /* bool */
    TB_SUB_SCALAR, /* value of the single column; NULL if no row; 21000 if more than one */
    TB_SUB_ANY,    /* test over (lhs, subquery columns) is true for any row; three-valued (IN) */
    TB_SUB_ALL,
    TB_SUB_ARRAY /* ARRAY(SELECT ...) */
} tb_subquery_kind;

typedef struct tb_expr tb_expr;
struct tb_expr {
    tb_expr_kind kind;
    tb_type type;
    int pos; /* byte offset in the statement text, -1 = made up */
    union {
        tb_value constant; /* CONST */
        tb_colid col;      /* COL */
        uint32_t param;    /* PARAM: 0-based ($1 = 0) */
        struct {
            tb_fn_id fn;
            uint32_t nargs;
            tb_expr **args;
        } call;  /* CALL: function, operator or cast */
        struct { /* AND, OR, COALESCE, GREATEST, LEAST, ARRAY, ROW */
            uint32_t n;
            tb_expr **args;
            const char *const *names; /* of a ROW's fields; NULL = they have none (f1, f2, ...) */
        } list;
        tb_expr *arg; /* NOT; RELABEL: the value, its type read anew */
        struct {
            tb_bool_test test;
            tb_expr *arg;
        } test;  /* TEST */
        struct { /* DISTINCT_FROM: a IS DISTINCT FROM b; eq = their "=" */
            tb_fn_id eq;
            tb_expr *left, *right;
        } distinct;
        struct {
            tb_fn_id eq;
            tb_expr *left, *right;
        } nullif_; /* NULLIF: type = left's */
        struct {   /* CASE: searched form; operands already expanded */
            uint32_t n;
            tb_expr **when, **then;
            tb_expr *otherwise; /* otherwise may be NULL */
        } case_;
        struct { /* ARRAY_OP: left op ANY|ALL (array) */
            tb_fn_id fn;
            bool all;
            tb_expr *left, *array;
        } array_op;
        struct { /* IO_CAST: text output function, then input function */
            tb_expr *arg;
            bool explicit_;
        } io_cast;
        struct { /* ARRAY_CAST: element-wise cast */
            tb_expr *arg;
            tb_expr *elem; /* over tb_expr kind CASE_VALUE */
        } array_cast;
        struct { /* SUBSCRIPT: array[i][j] or slices */
            tb_expr *array;
            uint32_t n;
            tb_expr **lower, **upper; /* element: index in upper, lower NULL;
                                       * slice: NULL = open on that side */
            bool slice;
        } subscript;
        struct {
            tb_expr *arg;
            uint32_t index;
        } field; /* FIELD: (record).index, 0-based */
        struct { /* SUBLINK: only between binder and unnesting */
            tb_subquery_kind kind;
            struct tb_plan *plan;
            tb_expr *test; /* ANY/ALL: boolean over outer columns and the plan's output columns */
        } sublink;
    };
};

/* Aggregate call of an AGG node; arguments are columns of its input. */
typedef struct tb_agg {
    tb_colid out;
    tb_fn_id fn;
    tb_type type;
    bool distinct;
    uint32_t nargs;
    const tb_colid *args; /* count(*): none */
    tb_colid filter;      /* bool column or 0 */
    uint32_t norder;      /* ORDER BY inside the call / WITHIN GROUP */
    const struct tb_sort_key *order;
    uint32_t ndirect; /* ordered-set: direct arguments, constant within a group */
    const tb_colid *direct;
    int pos;
} tb_agg;

typedef struct tb_sort_key {
    tb_colid col;
    bool desc;
    bool nulls_first;
} tb_sort_key;

/* ---- constructors; everything in the arena ---- */
tb_expr *tb_expr_new(tb_arena *arena, tb_expr_kind kind, tb_type type, int pos);
tb_expr *tb_expr_const(tb_arena *arena, tb_type type, tb_value value);
tb_expr *tb_expr_null(tb_arena *arena, tb_type type);
tb_expr *tb_expr_bool(tb_arena *arena, bool value);
tb_expr *tb_expr_col(tb_arena *arena, tb_colid col, tb_type type);
tb_expr *tb_expr_call(tb_arena *arena, tb_fn_id fn, tb_type type, tb_expr **args, uint32_t nargs,
                      int pos);
tb_expr *tb_expr_call1(tb_arena *arena, tb_fn_id fn, tb_type type, tb_expr *a);
tb_expr *tb_expr_call2(tb_arena *arena, tb_fn_id fn, tb_type type, tb_expr *a, tb_expr *b);
/* AND/OR of n terms, flattened; n = 0 gives TRUE/FALSE, n = 1 the term. */
tb_expr *tb_expr_and(tb_arena *arena, tb_expr **terms, uint32_t n);
tb_expr *tb_expr_or(tb_arena *arena, tb_expr **terms, uint32_t n);
tb_expr *tb_expr_not(tb_arena *arena, tb_expr *arg);

/* ---- walking ---- */
typedef tb_rc (*tb_expr_visit)(tb_expr *e, void *ctx, tb_error *err);
/* Calls visit for each direct child (not for the plan of a sublink, but for its test). */
tb_rc tb_expr_each_child(tb_expr *e, tb_expr_visit visit, void *ctx, tb_error *err) TB_MUSTUSE;
/* Rebuilds e with children replaced by map(child); returns e itself when nothing changed. The
 * mapper never fails. */
typedef tb_expr *(*tb_expr_map)(tb_expr *e, void *ctx);
tb_expr *tb_expr_map_children(tb_arena *arena, tb_expr *e, tb_expr_map map, void *ctx);
/* Structural equality (positions ignored). */
bool tb_expr_equal(const tb_expr *a, const tb_expr *b);
uint64_t tb_expr_hash(const tb_expr *e);
/* Calls fn for every column referenced (sublink plans excluded). */
void tb_expr_each_col(const tb_expr *e, void (*fn)(tb_colid col, void *ctx), void *ctx);
/* Replaces columns: map(col) returns the replacement or NULL to keep. */
tb_expr *tb_expr_replace_cols(tb_arena *arena, tb_expr *e, tb_expr *(*map)(tb_colid col, void *ctx),
                              void *ctx);

bool tb_expr_is_volatile(const tb_expr *e);
bool tb_expr_may_raise(const tb_expr *e);
bool tb_expr_has_sublink(const tb_expr *e);
/* Is it a CONST node? */
bool tb_expr_is_const(const tb_expr *e);
static inline bool tb_expr_is_true(const tb_expr *e);

const char *tb_expr_kind_name(tb_expr_kind kind);

#include "core/expr_inline.h"
#endif
