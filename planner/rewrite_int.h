/* SPDX-License-Identifier: Apache-2.0
 * What the passes of the optimizer share. Plans are immutable once a pass returned them: a pass
 * clones a node before it changes it (tb_plan_clone) and shares the rest.
 */
#ifndef TB_PLANNER_REWRITE_INT_H
#define TB_PLANNER_REWRITE_INT_H

#include "core/stmt.h"

/* ---- columns.c: sets of columns, and the columns of a node ---- */

typedef struct tbi_colset {
    uint64_t *words;
    uint32_t nwords;
} tbi_colset;

void tbi_colset_add(tb_arena *arena, tbi_colset *set, tb_colid col);
void tbi_colset_add_list(tb_arena *arena, tbi_colset *set, const tb_colid *cols, uint32_t n);
void tbi_colset_add_set(tb_arena *arena, tbi_colset *set, const tbi_colset *other);
void tbi_colset_add_expr(tb_arena *arena, tbi_colset *set, const tb_expr *e);
static inline bool tbi_colset_has(const tbi_colset *set, tb_colid col)
{
    return col / 64 < set->nwords && (set->words[col / 64] >> (col % 64) & 1) != 0;
}
bool tbi_colset_empty(const tbi_colset *set);
/* Every column of e is in the set; true for an expression without columns. */
bool tbi_expr_within(const tb_expr *e, const tbi_colset *set);
/* Some column of e is in the set. */
bool tbi_expr_touches(const tb_expr *e, const tbi_colset *set);
/* Same with the output columns of a plan as the set. */
bool tbi_expr_within_plan(const tb_expr *e, const tb_plan *p);
bool tbi_expr_touches_plan(const tb_expr *e, const tb_plan *p);
bool tbi_expr_has_cols(const tb_expr *e);

/* What a slot holding a column id means to its node. */
typedef enum tbi_col_role {
    TBI_COL_OUT,   /* in `out` */
    TBI_COL_MAKES, /* a column this node makes */
    TBI_COL_READS, /* a column of an input, outside any expression */
    TBI_COL_CTE,   /* CTE_REF: a column of the definition */
} tbi_col_role;
typedef void (*tbi_col_visit)(tb_colid *slot, tbi_col_role role, void *ctx);
/* Visits every slot of one node that holds a column id outside its expressions. PROJECT's
 * pass-through items count as OUT. */
void tbi_each_col(tb_plan *p, tbi_col_visit visit, void *ctx);
/* Clone whose column arrays are its own too. */
tb_plan *tbi_own_cols(tb_arena *arena, const tb_plan *p);

/* Columns mentioned in a subtree (its sublinks included) and made nowhere in it. */
void tbi_free_cols(const tb_stmt *stmt, const tb_plan *p, tbi_colset *out);
bool tbi_refers_to(const tb_stmt *stmt, const tb_plan *p, const tbi_colset *cols);

/* Columns renamed: from[i] is to[i]. */
typedef struct tbi_colmap {
    TB_LIST(tb_colid) from, to;
} tbi_colmap;
/* 0 when not mapped. */
tb_colid tbi_colmap_get(const tbi_colmap *map, tb_colid col);
void tbi_colmap_put(tb_arena *arena, tbi_colmap *map, tb_colid from, tb_colid to);
tb_expr *tbi_map_expr(tb_stmt *stmt, tb_expr *e, const tbi_colmap *map);
/* New column with the name, type and origin of another. */
tb_colid tbi_new_col_like(tb_stmt *stmt, tb_colid col);
/* Deep copy in which every column made inside and every CTE defined inside has a new id; map tells
 * them. */
tb_plan *tbi_plan_copy(tb_stmt *stmt, const tb_plan *p, tbi_colmap *map);
/* Replaces columns from outside (correlation) in a subtree. */
tb_plan *tbi_plan_map_outer(tb_stmt *stmt, tb_plan *p, const tbi_colmap *map);

/* ---- build.c: nodes ---- */

/* FILTER; p itself when n == 0. Adds to p when it is a FILTER already. */
tb_plan *tbi_mk_filter(tb_stmt *stmt, tb_plan *p, tb_expr *const *conjuncts, uint32_t n);
/* PROJECT that passes all of p's columns and adds items. */
tb_plan *tbi_mk_extend(tb_stmt *stmt, tb_plan *p, const tb_assign *items, uint32_t n);
/* PROJECT to the given columns of p (passing them). */
tb_plan *tbi_mk_pass(tb_stmt *stmt, tb_plan *p, const tb_colid *cols, uint32_t n);
/* JOIN whose output is the left columns, then (unless SEMI, ANTI, MARK) the right ones, then the
 * mark. */
tb_plan *tbi_mk_join(tb_stmt *stmt, tb_join_type type, tb_plan *left, tb_plan *right,
                     tb_expr *const *conds, uint32_t n);
tb_plan *tbi_mk_empty(tb_stmt *stmt, const tb_colid *cols, uint32_t n);
tb_plan *tbi_mk_cte_ref(tb_stmt *stmt, uint32_t id, const char *name, const tb_colid *out,
                        const tb_colid *cols, uint32_t n);
tb_expr *tbi_mk_col(const tb_stmt *stmt, tb_colid col);
/* a IS NOT DISTINCT FROM b; NULL when the type has no equality. */
tb_expr *tbi_not_distinct(const tb_stmt *stmt, tb_expr *a, tb_expr *b);
tb_expr *tbi_mk_test(const tb_stmt *stmt, tb_bool_test test, tb_expr *arg);
/* The equality function of a type, TB_FN_NONE if it has none. */
tb_fn_id tbi_eq_fn(tb_type_id type);
tb_expr *tbi_mk_int8(const tb_stmt *stmt, int64_t v);
bool tbi_is_join_outputting_right(tb_join_type type);

/* ---- walking plans ---- */

typedef tb_rc (*tbi_node_rewrite)(tb_stmt *stmt, tb_plan **node, void *ctx, tb_error *err);
/* Bottom-up: fn sees each node after its inputs and may put another in its place. What is below a
 * BARRIER stays as it is. */
tb_rc tbi_rewrite_up(tb_stmt *stmt, tb_plan **plan, tbi_node_rewrite fn, void *ctx,
                     tb_error *err) TB_MUSTUSE;
/* Clone of p with other inputs; p itself when they are the same. */
tb_plan *tbi_with_inputs(tb_stmt *stmt, tb_plan *p, tb_plan *in0, tb_plan *in1);

/* ---- props.c: what is known about plans and expressions ---- */

/* Columns of p's output that are never NULL. */
tbi_colset tbi_nonnull_cols(tb_stmt *stmt, const tb_plan *p);
bool tbi_expr_nonnull(const tb_expr *e, const tbi_colset *nonnull);
/* e is NULL whenever all columns of the set are NULL. */
bool tbi_null_when(const tb_expr *e, const tbi_colset *null_cols);
/* e, as a predicate, is not true whenever all columns of the set are NULL. */
bool tbi_not_true_when(const tb_expr *e, const tbi_colset *null_cols);
/* Exactly one row, whatever the data (an aggregate without grouping, through projections). */
bool tbi_exactly_one_row(const tb_plan *p);
bool tbi_at_most_one_row(const tb_plan *p);
/* No two rows of p agree in the given columns (NULLs apart). */
bool tbi_unique(const tb_plan *p, const tbi_colset *cols);
/* Aggregates that answer 0 for no rows; all others answer NULL. */
bool tbi_agg_is_count(tb_fn_id fn);
/* a = b (an equality of the operator table, or TEST IS TRUE of one). */
bool tbi_is_equality(const tb_expr *e);
bool tbi_is_plain_col(const tb_expr *e);

/* ---- fold ---- */

/* Folds constants and simplifies; never fails: what raises an error stays. */
tb_expr *tbi_fold(tb_stmt *stmt, tb_expr *e);
bool tbi_is_false_or_null(const tb_expr *e);

/* ---- predicates.c ---- */

typedef TB_LIST(tb_expr *) tbi_preds;
/* Splits ANDs, drops TRUE and repetitions; OR factors are pulled out. */
void tbi_add_conjunct(tb_stmt *stmt, tbi_preds *to, tb_expr *e);
void tbi_add_conjuncts(tb_stmt *stmt, tbi_preds *to, tb_expr *const *es, uint32_t n);
/* Adds col = constant for every column made equal, by the list, to a column that equals a constant.
 */
void tbi_add_transitive(tb_stmt *stmt, tbi_preds *list);
/* What an OR implies for the columns of p alone; NULL if nothing. */
tb_expr *tbi_implied_by_or(tb_stmt *stmt, const tb_expr *e, const tb_plan *p);
bool tbi_contains_expr(const tbi_preds *list, const tb_expr *e);

/* ---- passes, in the order of optimize.c ---- */

tb_rc tbi_rw_fold(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;
tb_rc tbi_rw_unnest(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;
tb_rc tbi_rw_outer(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;
tb_rc tbi_rw_filter(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;
tb_rc tbi_rw_cte(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;
tb_rc tbi_rw_orjoin(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;
tb_rc tbi_rw_limit(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;
tb_rc tbi_join_order(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;
tb_rc tbi_rw_prune(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;
tb_rc tbi_join_prep(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;

/* verify.c runs after a pass in debug builds; sublinks are allowed before unnesting. */
bool tbi_pass_allows_sublinks(const char *pass);

#endif
