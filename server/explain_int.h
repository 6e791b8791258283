/* SPDX-License-Identifier: Apache-2.0
 * Shared by explain.c and its two printers.
 */
#ifndef TB_SERVER_EXPLAIN_INT_H
#define TB_SERVER_EXPLAIN_INT_H

#include "core/fragment.h"
#include "core/show.h"
#include "server/portal.h"

enum { TBI_EXPLAIN_MAX = 16 * 1024 * 1024 };

typedef struct tbi_line {
    const tb_plan *node;
    uint32_t level;
    const char *text;
} tbi_line;

typedef struct tbi_explain {
    tb_arena *arena;
    tb_query *query;
    bool analyze, boundary, costs, policy, summary, verbose, json;
    bool full;                      /* the reader may see everything */
    int64_t planned_us;             /* binding, policy, planning, checking */
    int64_t took_us;                /* ANALYZE */
    const tb_plan **fragment_nodes; /* by fragment id; NULL = merged away */
    TB_LIST(tbi_line) lines;        /* the plan, in printing order */
} tbi_explain;

bool tbi_relation_is_protected(const tb_relation *rel);
/* May the reader see remote SQL, estimates and counts of this fragment? */
bool tbi_fragment_visible(const tb_query *q, const tb_fragment *f);

/* Append the answer: lines of text, or one JSON value. */
tb_rc tbi_explain_text(tbi_explain *x, const char *plan, tb_rowset *rows, tb_error *err) TB_MUSTUSE;
tb_rc tbi_explain_json(tbi_explain *x, tb_rowset *rows, tb_error *err) TB_MUSTUSE;

#endif
