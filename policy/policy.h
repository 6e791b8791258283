/* SPDX-License-Identifier: Apache-2.0
 * Masks and row filters: applied to the bound plan, proven on the fragmented plan.
 *
 *     P(T) = FENCE( masks( rowfilter(T) ) )   at every reference of a table with policies
 *
 * apply.c builds that shape right after binding. check.c proves on the plan that will run, by
 * another route (it composes every expression down to the base columns and compares with freshly
 * bound policies), that the shape survived.
 */
#ifndef TB_POLICY_POLICY_H
#define TB_POLICY_POLICY_H

#include "core/fragment.h"
#include "core/stmt.h"

/* Binds a policy body to columns; the server passes the planner's binder, so that policy knows
 * neither parser nor planner. */
typedef tb_rc (*tb_policy_binder)(tb_stmt *stmt, const char *body, const tb_policy_arg *args,
                                  tb_expr *const *arg_exprs, uint32_t nargs, tb_type returns,
                                  tb_expr **out, tb_error *err);

/* What a source is sent for a subtree: fields of tb_fragment. */
typedef struct tb_policy_text {
    const char *sql;
    uint32_t nbinds;
    tb_expr *const *binds;
    const char *range_text; /* or NULL */
    uint32_t range_at;
} tb_policy_text;

/* Writes a subtree in the server's dialect; the server passes the connectors' deparser. */
typedef tb_rc (*tb_policy_deparser)(tb_stmt *stmt, const tb_server *server, const tb_plan *subtree,
                                    tb_policy_text *out, tb_error *err);

/* Replaces every SCAN of a relation that has masks or row filters for this subject by
 * BARRIER(PROJECT(masks, FILTER(row filter, SCAN))), also inside subqueries. Columns keep their
 * ids, so that everything the user wrote now means the masked values. CURRENT_ROLE(),
 * IS_ROLE_IN_SESSION() and CURRENT_PURPOSE() are folded: a cleared user's mask is the plain column
 * (label RAW). Fail closed: a body that does not bind refuses the statement. */
tb_rc tb_policy_apply(tb_stmt *stmt, tb_policy_binder bind, tb_plan **plan,
                      tb_error *err) TB_MUSTUSE;

/* Second, independent algorithm on the plan after the split: proves that no raw value of a masked
 * column and no unfiltered row of a filtered table leaves its barrier, that every department table
 * is read inside a fragment, that each fragment's SQL and constants are those of that very subtree,
 * and that what the fragment declares as crossing is true. Then stamps the fragments. 42501 with a
 * text that depends on no data when it cannot. */
tb_rc tb_policy_check(tb_stmt *stmt, tb_policy_binder bind, tb_policy_deparser deparse,
                      const tb_plan *plan, tb_error *err) TB_MUSTUSE;

/* Whether the fragment bears this process' stamp for the query: tb_connector_host.stamp_valid.
 * Thread-safe. */
bool tb_policy_stamp_valid(const char *query_id, const tb_fragment *fragment);

/* The only predicates that may run below a fence: column of the protected table compared with a
 * constant or parameter of the same type by a leakproof operator that cannot raise, IN lists of
 * those, IS [NOT] NULL (class L0). */
bool tb_policy_is_l0(const tb_expr *e);

#endif
