/* SPDX-License-Identifier: Apache-2.0
 * Estimates: rows, distinct values, selectivities, and what joins cost. Counts only: no value of a
 * department is known here.
 */
#ifndef TB_PLANNER_COST_H
#define TB_PLANNER_COST_H

#include "planner/rewrite_int.h"

/* Fills rows and width of every node of the plan that has none yet. */
void tbi_estimate(const tb_stmt *stmt, tb_plan *p);
/* Fraction of rows for which a predicate over p's columns holds. */
double tbi_selectivity(const tb_stmt *stmt, const tb_plan *p, const tb_expr *pred);
/* Distinct values of an expression over p's columns. */
double tbi_ndv(const tb_stmt *stmt, const tb_plan *p, const tb_expr *e);
double tbi_row_width(const tb_stmt *stmt, const tb_colid *cols, uint32_t n);

/* Nanoseconds. ways = equalities of an OR tried one after the other; 0 = no equality: every pair is
 * looked at. */
double tbi_cost_join(double left, double right, double out, uint32_t ways);
/* Bringing rows from a source to the gateway. */
double tbi_cost_ship(double rows, double width);

#endif
