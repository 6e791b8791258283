/* SPDX-License-Identifier: Apache-2.0
 * Masks and row filters: applied to the bound plan, proven on the fragmented plan.
 *
 *     P(T) = FENCE( masks( rowfilter(T) ) )   at every reference of a table with policies
 */
#ifndef TB_POLICY_POLICY_H
#define TB_POLICY_POLICY_H

#include "core/stmt.h"

/* Binds a policy body to columns; the server passes the planner's binder, so that policy knows neither parser nor planner. */
typedef tb_rc (*tb_policy_binder)(tb_stmt *stmt, const char *body, const tb_policy_arg *args, tb_expr *const *arg_exprs,
                                  uint32_t nargs, tb_type returns, tb_expr **out, tb_error *err);

/* Replaces every SCAN of a relation that has masks or row filters by BARRIER(PROJECT(masks, FILTER(row filter, SCAN))).
 * CURRENT_ROLE(), IS_ROLE_IN_SESSION(), CURRENT_PURPOSE() are folded for the subject, so that a cleared user's mask is the
 * plain column (label RAW). Fail closed: a body that does not bind refuses the statement. */
tb_rc tb_policy_apply(tb_stmt *stmt, tb_policy_binder bind, tb_plan **plan, tb_error *err) TB_MUSTUSE;

/* Second, independent algorithm on the plan after the split: walks from every fragment and the root and proves that no raw
 * value of a masked column and no unfiltered row of a filtered table can reach anything above its barrier, that the SQL text
 * was deparsed from that very subtree, and that keys shipped are permitted. Stamps the fragments. 42501 when it cannot. */
tb_rc tb_policy_check(tb_stmt *stmt, const tb_plan *plan, tb_error *err) TB_MUSTUSE;

/* Whether the fragment bears this process' stamp for the query: tb_connector_host.stamp_valid. */
bool tb_policy_stamp_valid(const char *query_id, const struct tb_fragment *fragment);

#endif
