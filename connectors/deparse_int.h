/* SPDX-License-Identifier: Apache-2.0
 * Between deparse.c (clauses) and deparse_expr.c (expressions).
 */
#ifndef TB_CONNECTORS_DEPARSE_INT_H
#define TB_CONNECTORS_DEPARSE_INT_H

#include "connectors/deparse.h"
#include "core/buf.h"

typedef struct tbi_deparser {
    tb_arena *arena;
    const tb_dialect *d;
    tb_buf sql;
    TB_LIST(tb_expr *) binds;
    /* Writes a reference to a column; ctx is the SELECT being written. */
    tb_rc (*column)(struct tbi_deparser *dp, tb_colid col, tb_error *err);
    void *ctx;
} tbi_deparser;

/* Whether the source gets the expression as one bound value. */
bool tbi_is_bind(const tb_dialect *d, const tb_expr *e, bool conditional);
tb_rc tbi_deparse_expr(tbi_deparser *dp, const tb_expr *e, tb_error *err) TB_MUSTUSE;
/* A placeholder for e. */
void tbi_deparse_bind(tbi_deparser *dp, const tb_expr *e);
void tbi_deparse_placeholder(tbi_deparser *dp, uint32_t number, tb_type_id type);
void tbi_deparse_quoted(tbi_deparser *dp, const char *name);

#endif
