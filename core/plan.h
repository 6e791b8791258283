/* SPDX-License-Identifier: Apache-2.0
 * Logical and fragmented plans: one algebra from the binder to the executor. Immutable once a pass
 * returned it; passes build new nodes and share unchanged subtrees.
 *
 * Every node lists its output columns as ids in `out`. Keys and arguments of JOIN's equalities are
 * expressions; those of AGG, SORT, WINDOW, DISTINCT_ON are columns (a PROJECT below computes what
 * is not a plain column).
 */
#ifndef TB_CORE_PLAN_H
#define TB_CORE_PLAN_H

#include "core/catalog.h"
#include "core/expr.h"

typedef enum tb_plan_kind {
#define TB_PLAN(kind, inputs, doc) TB_P_##kind,
#include "core/plan_kinds.def"
#undef TB_PLAN
    TB_PLAN_KIND_COUNT
} tb_plan_kind;

typedef enum tb_join_type {
    TB_JOIN_INNER,
    TB_JOIN_LEFT,
    TB_JOIN_RIGHT,
    TB_JOIN_FULL,
    TB_JOIN_SEMI,      /* left rows with a match */
    TB_JOIN_ANTI,      /* left rows without a match (NOT EXISTS) */
    TB_JOIN_NULL_ANTI, /* NOT IN: no row when the right side has a NULL key, unless it is empty */
    TB_JOIN_MARK,  /* left rows plus a three-valued bool column: the OR over the right rows of (keys
                    * AND residual); keys compare two-valued unless key.unknown, the residual is
                    * three-valued */
    TB_JOIN_SINGLE /* LEFT, but 21000 when a left row has more than one match (scalar subquery) */
} tb_join_type;

typedef enum tb_setop { TB_SETOP_UNION, TB_SETOP_INTERSECT, TB_SETOP_EXCEPT } tb_setop;

typedef enum tb_window_mode { TB_WINDOW_ROWS, TB_WINDOW_RANGE, TB_WINDOW_GROUPS } tb_window_mode;
typedef enum tb_window_bound {
    TB_WINDOW_BOUND_UNBOUNDED_PRECEDING,
    TB_WINDOW_BOUND_PRECEDING,
    TB_WINDOW_BOUND_CURRENT,
    TB_WINDOW_BOUND_FOLLOWING,
    TB_WINDOW_BOUND_UNBOUNDED_FOLLOWING
} tb_window_bound;
typedef enum tb_window_exclude {
    TB_WINDOW_EXCLUDE_NONE,
    TB_WINDOW_EXCLUDE_CURRENT,
    TB_WINDOW_EXCLUDE_GROUP,
    TB_WINDOW_EXCLUDE_TIES
} tb_window_exclude;

typedef struct tb_window_frame {
    tb_window_mode mode;
    tb_window_bound start, end;
    tb_expr *start_offset, *end_offset; /* constants or parameters; NULL when the bound has none */
    tb_window_exclude exclude;
} tb_window_frame;

typedef struct tb_winfn {
    tb_colid out;
    tb_fn_id fn; /* window function or aggregate */
    tb_type type;
    uint32_t nargs;
    const tb_colid *args;
    tb_colid filter; /* or 0 */
    tb_window_frame frame;
    int pos;
} tb_winfn;

/* column <- expression */
typedef struct tb_assign {
    tb_colid out;
    tb_expr *expr;
} tb_assign;

/* left = right as an equality a hash join can use; eq is the comparison function of the operand
 * types. */
typedef struct tb_join_key {
    tb_expr *left, *right; /* over the left / right input only */
    tb_fn_id eq;
    bool null_safe; /* IS NOT DISTINCT FROM */
    bool unknown;   /* MARK, NULL_ANTI: a NULL on either side makes the comparison unknown (IN), not
                     * false. Such a key is the only key and there is no residual */
} tb_join_key;

typedef struct tb_func_item {
    tb_expr *call; /* CALL of a set-returning (or plain) function */
    uint32_t ncols;
    const tb_colid *cols; /* its output columns */
} tb_func_item;

/* What a column of a barrier carries across it. */
typedef enum tb_label { TB_LABEL_RAW, TB_LABEL_MASKED } tb_label;

struct tb_fragment; /* core/fragment.h */

typedef struct tb_plan tb_plan;
struct tb_plan {
    tb_plan_kind kind;
    uint32_t nout;
    const tb_colid *out;
    tb_plan *in[2];
    double rows;  /* estimate; < 0 = not estimated yet */
    double width; /* estimated bytes per row */
    union {
        struct {
            const tb_relation *rel;
            const uint16_t *attno; /* out[i] is column attno[i] (0-based) of rel */
            bool protected_;       /* below a BARRIER */
        } scan;
        struct {
            uint32_t nrows;
            tb_expr ***rows;
        } values; /* rows[r][c], c < nout */
        struct {
            uint32_t n;
            const tb_func_item *items;
            tb_colid ordinality; /* or 0 */
        } func;
        struct {
            uint32_t n;
            tb_expr **conjuncts;
        } filter;
        struct {
            uint32_t n;
            const tb_assign *items;
        } project; /* also PROJECT_SET; out = the items' columns */
        struct {
            tb_join_type type;
            bool lateral; /* right side refers to columns of the left; gone after unnesting */
            uint32_t nconds;
            tb_expr **conds; /* all conjuncts, as bound and rewritten */
            tb_colid mark;   /* MARK */
            /* filled by the planner's last pass from conds: */
            uint32_t nkeys;
            const tb_join_key *keys;
            uint32_t nresidual;
            tb_expr **residual;
            bool build_left; /* hash the left input, probe with the right */
        } join;
        struct {
            uint32_t nkeys;
            const tb_colid *keys;
            uint32_t naggs;
            const tb_agg *aggs;
            uint32_t nsets;
            const uint64_t
                *sets;         /* grouping sets as bitmaps over keys; 0 sets = one plain grouping */
            tb_colid grouping; /* int8 column: bit k set = key k not in the set; or 0 */
        } agg;
        struct {
            uint32_t npartition;
            const tb_colid *partition;
            uint32_t norder;
            const tb_sort_key *order;
            uint32_t n;
            const tb_winfn *fns;
        } window;
        struct {
            uint32_t n;
            const tb_sort_key *keys;
        } sort;
        struct {
            tb_expr *count,
                *offset; /* NULL = none; constants, parameters or stable expressions of type int8 */
            bool with_ties;
            uint32_t nties;
            const tb_sort_key *ties; /* the ORDER BY of WITH TIES */
        } limit;
        struct {
            uint32_t n;
            const tb_colid *keys;
        } distinct_on;
        struct {
            tb_setop op;
            bool all;
            const tb_colid *left, *right; /* out[i] comes from left[i] and right[i]; types equal */
        } setop;
        struct {
            uint32_t id;
            const char *name;
        } cte; /* in[0] definition, in[1] body */
        struct {
            uint32_t id;
            const tb_colid *cols;
            const char *name;
        } cte_ref; /* out[i] reads definition column cols[i] */
        struct {
            uint32_t id;
            bool all;
            const char *name;
            const tb_colid *left, *right;
        } recursive; /* as setop */
        struct {
            const tb_relation *rel;
            const tb_label *labels; /* per out column */
            const char **mask;      /* per out column: name of the masking policy, or NULL */
            uint32_t nfilters;
            const char **filters; /* row access policies applied */
        } barrier;
        struct tb_fragment *fragment; /* FRAGMENT; in[0] = what the source runs */
        struct {
            bool bernoulli;
            tb_expr *percent, *seed;
        } sample;
    };
};

tb_plan *tb_plan_new(tb_arena *arena, tb_plan_kind kind, tb_plan *in0, tb_plan *in1);
/* Sets out to a copy of cols. */
void tb_plan_set_out(tb_arena *arena, tb_plan *p, const tb_colid *cols, uint32_t n);
/* Number of inputs this kind has. */
int tb_plan_inputs(tb_plan_kind kind);
bool tb_plan_outputs(const tb_plan *p, tb_colid col);
const char *tb_plan_kind_name(tb_plan_kind kind);
const char *tb_join_type_name(tb_join_type type);
/* Visits every expression slot of one node; the visitor may replace *slot (on a node the caller
 * owns). */
typedef tb_rc (*tb_expr_slot_visit)(tb_expr **slot, void *ctx, tb_error *err);
tb_rc tb_plan_each_expr(tb_plan *p, tb_expr_slot_visit visit, void *ctx, tb_error *err) TB_MUSTUSE;
/* Shallow copy with its own expression and column arrays, for passes that change a node. */
tb_plan *tb_plan_clone(tb_arena *arena, const tb_plan *p);

#endif
