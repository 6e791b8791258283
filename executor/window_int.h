/* SPDX-License-Identifier: Apache-2.0
 * Window functions over one partition at a time. Internal.
 *
 *   op_window.c      cuts the sorted input into partitions and emits rows with their results
 *   window_frame.c   which rows a frame holds
 *   window_fns.c     row_number() .. nth_value(), and aggregates over frames
 */
#ifndef TB_EXECUTOR_WINDOW_INT_H
#define TB_EXECUTOR_WINDOW_INT_H

#include "executor/agg_int.h"

/* The rows of a partition, in order: full batches of TB_BATCH_ROWS but for the last, owning their
 * bytes. */
typedef struct tbi_part {
    uint32_t ncols;
    const tb_type_id *types;
    TB_LIST(tb_batch *) batches;
    uint64_t n;
    tbi_account account;
    uint64_t *peer_start; /* first row of each row's peer group */
    uint64_t *group;      /* number of the peer group */
    uint64_t ngroups;
    uint64_t *group_start; /* ngroups + 1 entries */
} tbi_part;

static inline const tb_vector *tbi_part_col(const tbi_part *p, uint32_t col, uint64_t row)
{
    return &p->batches.at[row / TB_BATCH_ROWS]->cols[col];
}
static inline tb_value tbi_part_get(const tbi_part *p, uint32_t col, uint64_t row)
{
    return tb_vector_get(tbi_part_col(p, col, row), (uint32_t)(row % TB_BATCH_ROWS));
}

typedef struct tbi_order_key {
    uint32_t col;
    tb_type_id type;
    bool desc, nulls_first;
} tbi_order_key;

/* One function of the node, with positions instead of column ids. */
typedef struct tbi_win {
    const tb_winfn *fn;
    tb_type_id type;
    uint32_t nargs;
    uint32_t *args;
    tb_type_id *argtypes;
    int64_t filter; /* column, -1 = none */
    bool hide_values;
    /* frame offsets, evaluated once */
    tb_value start_offset, end_offset;
    tb_type_id start_type, end_type;
    uint32_t norder;
    const tbi_order_key *order;
    const tbi_agg_def *agg; /* NULL = a window function proper */
    const tb_env *env;
} tbi_win;

/* Rows [start, end) of the frame of a row, before exclusion; start >= end: empty. */
typedef struct tbi_span {
    uint64_t start, end;
} tbi_span;

/* Evaluates and checks the offsets: 22004, 22013. */
tb_rc tbi_win_offsets(tbi_win *w, const tb_stmt *stmt, tb_arena *arena, tb_error *err) TB_MUSTUSE;
/* Frame of `row`; hint = the frame of the row before (frames only move forward), or {0, 0}. */
tb_rc tbi_win_frame(const tbi_win *w, const tbi_part *p, uint64_t row, tbi_span hint,
                    tb_arena *arena, tbi_span *out, tb_error *err) TB_MUSTUSE;
/* The frame without what EXCLUDE takes out: up to 3 spans; returns how many. */
uint32_t tbi_win_exclude(const tbi_win *w, const tbi_part *p, uint64_t row, tbi_span frame,
                         tbi_span out[3]);

/* Results for all rows of the partition; bytes in the arena, which lives until the partition is
 * emitted. */
tb_rc tbi_win_run(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                  tb_error *err) TB_MUSTUSE;

#endif
