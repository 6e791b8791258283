/* SPDX-License-Identifier: Apache-2.0
 * One deparser for every source: a subtree of a plan as SQL text in a dialect, with bound
 * parameters.
 *
 * A pure function of its arguments, so that the policy stage can deparse a fragment's subtree again
 * and compare.
 */
#ifndef TB_CONNECTORS_DEPARSE_H
#define TB_CONNECTORS_DEPARSE_H

#include "connectors/dialect.h"
#include "core/fragment.h"
#include "core/stmt.h"

typedef struct tb_deparsed {
    const char *sql;
    uint32_t nbinds;
    tb_expr **binds; /* expressions without columns, in placeholder order */
    /* Where a range of row keys may be inserted (core/fragment.h); NULL when the fragment is not
     * one table read whole. */
    const char *range_text;
    uint32_t range_at;
} tb_deparsed;

/* Writes SCAN, FILTER, PROJECT, BARRIER, SORT and LIMIT; the columns of the answer are plan->out in
 * order (none: a constant that the reader ignores). Constants and parameters become placeholders;
 * only NULL, TRUE, FALSE are spelled out. The text starts with a comment that holds the query id.
 * XX000 for a plan the planner should not have pushed. */
tb_rc tb_deparse(const tb_stmt *stmt, const tb_plan *plan, const tb_dialect *dialect,
                 tb_deparsed *out, tb_error *err) TB_MUSTUSE;

/* Can the source compute the expression with our meaning? NEVER fills *why. Columns are assumed to
 * be at hand. */
tb_verdict tb_shippable(const tb_dialect *dialect, const tb_expr *e, tb_why *why);
/* Can the source sort by the type as we do? */
bool tb_sortable(const tb_dialect *dialect, tb_type_id type);

#endif
