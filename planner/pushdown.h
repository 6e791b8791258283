/* SPDX-License-Identifier: Apache-2.0
 * Which predicates may go where: below the fence of a protected relation, and into a source.
 */
#ifndef TB_PLANNER_PUSHDOWN_H
#define TB_PLANNER_PUSHDOWN_H

#include "connectors/deparse.h"
#include "planner/rewrite_int.h"

/* Class L0: a leakproof comparison of a column with a constant or parameter, a NULL test, an IN
 * list, and AND and OR of them. Such a predicate on raw columns may run below a fence. */
bool tbi_is_l0(const tb_expr *e);
/* Class L1: leakproof and unable to raise: may run in the source above a fence that holds. */
bool tbi_is_l1(const tb_expr *e);

/* The dialect of a relation's server; NULL for relations that are not scanned by SQL. XX000 when it
 * is not loaded. */
tb_rc tbi_dialect_of(const tb_stmt *stmt, const tb_relation *rel, const tb_dialect **out,
                     tb_error *err) TB_MUSTUSE;

#endif
