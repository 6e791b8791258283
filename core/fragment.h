/* SPDX-License-Identifier: Apache-2.0
 * A fragment: the part of a plan one source runs, as data: SQL text in its dialect, bound
 * parameters, what crosses.
 */
#ifndef TB_CORE_FRAGMENT_H
#define TB_CORE_FRAGMENT_H

#include "core/list.h"
#include "core/plan.h"

/* Why something was not pushed; EXPLAIN prints it. Reasons are push_reasons.def. */
typedef enum tb_push_reason {
#define TB_WHY(id, text) TB_WHY_##id,
#include "core/push_reasons.def"
#undef TB_WHY
    TB_WHY_COUNT
} tb_push_reason;

typedef struct tb_why {
    tb_push_reason reason;
    const tb_expr *expr; /* what stayed here, or NULL */
    const char *subject; /* function or operator name, or NULL */
} tb_why;

typedef struct tb_crossing {
    tb_colid col;
    const char *name; /* table column it is computed from, "schema.table.column"; NULL = computed
                         from several */
    bool masked;
    const char *policy; /* masking policy, or NULL */
} tb_crossing;

typedef struct tb_fragment {
    uint32_t id; /* 0-based within the statement */
    const tb_server *server;
    uint32_t nrels;
    const tb_relation **rels; /* every table the source reads for it */
    const char *sql;          /* in the server's dialect; placeholders by dialect */
    uint32_t nbinds;
    tb_expr *
        *binds; /* CONST or PARAM (or stable expression folded at start), in placeholder order */
    uint32_t ncross;
    const tb_crossing *cross; /* per output column of the FRAGMENT node */
    uint32_t nfilters;
    const char **filters; /* row access policies inside */
    uint32_t nwhy;
    const tb_why *why;     /* what was not pushed and why */
    bool whole_table_scan; /* single table, partitionable by the connector (rowid ranges) */
    /* whole_table_scan: inserting range_text at byte range_at of sql restricts the scan to lo <=
     * rowid < hi; lo and hi are the placeholders nbinds+1 and nbinds+2 */
    uint32_t range_at;
    const char *range_text;
    bool stamped;
    uint8_t stamp[32]; /* set by the policy check; the connector refuses a fragment without a valid
                          one */
} tb_fragment;

const char *tb_push_reason_text(tb_push_reason reason);

#endif
