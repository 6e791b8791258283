/* SPDX-License-Identifier: Apache-2.0
 * From a syntax tree to fragments. The planner does not know that policy exists: it meets BARRIER
 * nodes and the rule which predicates may cross one.
 */
#ifndef TB_PLANNER_PLANNER_H
#define TB_PLANNER_PLANNER_H

#include "core/stmt.h"
#include "parser/ast.h"

/* Names and types: a SELECT-class syntax tree to a logical plan. Fills stmt->result, stmt->params,
 * stmt->rels. Privileges are checked here (42501, or 42P01 for what is invisible to the subject).
 */
tb_rc tb_bind(tb_stmt *stmt, const tb_ast *query, tb_plan **out, tb_error *err) TB_MUSTUSE;

/* Binds a scalar expression given as text over named, typed arguments: policy bodies. args[i]
 * becomes arg_exprs[i]. Functions flagged TB_FF_POLICY are allowed. The result is coerced to
 * `returns`. */
tb_rc tb_bind_policy_body(tb_stmt *stmt, const char *body, const tb_policy_arg *args,
                          tb_expr *const *arg_exprs, uint32_t nargs, tb_type returns, tb_expr **out,
                          tb_error *err) TB_MUSTUSE;

/* Rewrites: fold, unnest, push down, prune, order joins. The plan's output columns stay. */
tb_rc tb_optimize(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;

/* Cuts the plan into fragments per source (stmt->fragments) and prepares joins for execution. */
tb_rc tb_split(tb_stmt *stmt, tb_plan **plan, tb_error *err) TB_MUSTUSE;

/* Invariants of a plan: every column referenced is produced below, types agree, no SUBLINK after
 * unnesting, a protected scan has its barrier. Runs after every pass in debug builds. XX000 names
 * the pass. */
tb_rc tb_plan_verify(const tb_stmt *stmt, const tb_plan *plan, const char *pass,
                     tb_error *err) TB_MUSTUSE;

#endif
