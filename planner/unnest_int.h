/* SPDX-License-Identifier: Apache-2.0
 * Between the files of unnesting.
 *
 *   sublink.c         subqueries in expressions become joins whose right side may refer to the left
 *   unnest_pull.c     first way to make such a join ordinary: correlated conditions move up to it
 *   unnest_domain.c   second way, always possible for the operators it knows: the right side is
 *                     joined with the distinct values of the outer columns (Neumann's top-down
 *                     algorithm)
 *   rw_unnest.c       the pass: outermost first; what neither way can do stays lateral
 */
#ifndef TB_PLANNER_UNNEST_INT_H
#define TB_PLANNER_UNNEST_INT_H

#include "planner/rewrite_int.h"

/* No sublinks in the result; joins are marked lateral where the right side refers to the left. */
tb_rc tbi_desugar(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;

/* What pulling conditions out of the right side R of a lateral join left behind. FILTER(preds, L x
 * plan) gives, for each row of L, the rows R gives, but for the columns in late. */
typedef struct tbi_pulled {
    tb_plan *plan;
    tbi_preds preds; /* over columns of L and of plan */
    TB_LIST(tb_assign)
    late;        /* columns of R to compute above the join, over L and plan, in this order */
    bool scalar; /* R gives exactly one row per row of L; plan gives none where R aggregates no rows
                  */
    tbi_preds
        post; /* scalar: R is filtered by this after aggregation (HAVING); over late columns too */
} tbi_pulled;

/* False when a condition cannot leave its operator. outer = the columns of L. */
bool tbi_pull(tb_stmt *stmt, tb_plan *right, const tbi_colset *outer, tbi_pulled *out);

/* The right side joined with the domain: distinct values of the outer columns, read from CTE `cte`,
 * whose columns are definition[i] for outer[i]. repr maps each outer column to the column of the
 * result that stands for it. NULL when an operator is in the way. */
tb_plan *tbi_domain_join(tb_stmt *stmt, tb_plan *right, uint32_t cte, const tb_colid *outer,
                         const tb_colid *definition, uint32_t n, tbi_colmap *repr);

/* LIMIT per group: FILTER(row_number <= n) over a WINDOW partitioned by keys. NULL when the limit
 * is not a constant. */
tb_plan *tbi_limit_per_group(tb_stmt *stmt, const tb_plan *limit, tb_plan *input,
                             const tb_sort_key *order, uint32_t norder, const tb_colid *keys,
                             uint32_t nkeys);
/* p with more grouping keys (an AGG without grouping sets). */
tb_plan *tbi_agg_with_keys(tb_stmt *stmt, const tb_plan *p, tb_plan *input, const tb_colid *keys,
                           uint32_t n);
tb_plan *tbi_window_with_keys(tb_stmt *stmt, const tb_plan *p, tb_plan *input, const tb_colid *keys,
                              uint32_t n);
/* Adds to p's output what it lacks of cols (columns its input gives). */
tb_plan *tbi_passing(tb_stmt *stmt, tb_plan *p, const tbi_colset *cols);

#endif
