/* SPDX-License-Identifier: Apache-2.0
 * Expressions and plans as text: EXPLAIN, golden tests, debugging. Not SQL and not parsed back.
 *
 * One line per plan node, inputs indented below it. Columns read name#id; a node that makes columns
 * says their types. A subquery inside an expression is shown as {n} and printed as "{n}" under its
 * node.
 */
#ifndef TB_CORE_SHOW_H
#define TB_CORE_SHOW_H

#include "core/buf.h"
#include "core/stmt.h"

typedef struct tb_show_options {
    bool plain_names; /* name instead of name#id: for EXPLAIN to users; goldens keep the ids */
    uint32_t indent;  /* blanks before every line */
    /* Appends text after a node's line (estimates, actuals); or NULL. */
    void (*note)(tb_buf *out, const tb_plan *p, void *ctx);
    void *ctx;
} tb_show_options;

/* Appends an expression on one line; plans of subqueries appear as {}. options may be NULL. */
void tb_show_expr(tb_buf *out, const tb_stmt *stmt, const tb_expr *e,
                  const tb_show_options *options);
/* Appends a plan, one line per node, each ended by a newline. options may be NULL. */
void tb_show_plan(tb_buf *out, const tb_stmt *stmt, const tb_plan *p,
                  const tb_show_options *options);

#endif
