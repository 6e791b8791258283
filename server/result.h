/* SPDX-License-Identifier: Apache-2.0
 * Results on their way out: what their columns are, rows as slices of batches, and sinks that take
 * them: the client as DataRow or CopyData, a row set held for a cursor, or nobody.
 */
#ifndef TB_SERVER_RESULT_H
#define TB_SERVER_RESULT_H

#include "core/vector.h"
#include "server/pgwire.h"

/* Columns of a result; n = 0 with returns_rows is a SELECT without columns. */
typedef struct tb_desc {
    bool returns_rows;
    uint32_t n;
    tb_wire_column *cols; /* as RowDescription tells them */
    tb_type *types;
} tb_desc;

/* One column of text, e.g. of SHOW. */
tb_desc tb_desc_text(tb_arena *arena, uint32_t n, const char *const *names);
/* Fills cols[i] from a name and a type. */
void tb_desc_set(tb_desc *desc, uint32_t i, const char *name, tb_type type);
tb_desc tb_desc_new(tb_arena *arena, uint32_t n);
/* Same names and types? A cached statement must not change them. */
bool tb_desc_equal(const tb_desc *a, const tb_desc *b);

/* Live rows [from, from+n) of a batch; result column i is column map[i] of the batch. */
typedef struct tb_slice {
    const tb_batch *batch;
    const uint16_t *map;
    uint32_t ncols;
    uint32_t from, n;
} tb_slice;

static inline const tb_vector *tb_slice_col(const tb_slice *s, uint32_t col)
{
    return &s->batch->cols[s->map[col]];
}

/* Where rows go. The rows of a slice are valid during the call only. */
typedef struct tb_sink tb_sink;
struct tb_sink {
    tb_rc (*rows)(tb_sink *sink, const tb_slice *slice, tb_error *err);
};

/* Throws rows away: MOVE, EXPLAIN ANALYZE. */
extern tb_sink tb_sink_nowhere;

/* ---- row sets: rows held in memory -----------------------------------------------------------
 */

typedef struct tb_rowset tb_rowset;

/* max_bytes: the quota; 53400 when rows would pass it. Types are copied. */
tb_rowset *tb_rowset_create(const tb_type *types, uint32_t n, size_t max_bytes) TB_MUSTUSE;
void tb_rowset_destroy(tb_rowset *set); /* NULL is allowed */
/* The sink that appends to it. */
tb_sink *tb_rowset_sink(tb_rowset *set);
/* Appends one row of texts (NULL pointer = NULL); for results the server itself makes. */
tb_rc tb_rowset_add_text(tb_rowset *set, const char *const *texts, tb_error *err) TB_MUSTUSE;
uint64_t tb_rowset_count(const tb_rowset *set);
size_t tb_rowset_bytes(const tb_rowset *set);
/* Sends rows [from, from+n) to a sink. */
tb_rc tb_rowset_send(const tb_rowset *set, uint64_t from, uint64_t n, tb_sink *sink,
                     tb_error *err) TB_MUSTUSE;
/* Sends rows from-1, from-2, ... down to from-n. */
tb_rc tb_rowset_send_backward(const tb_rowset *set, uint64_t from, uint64_t n, tb_sink *sink,
                              tb_error *err) TB_MUSTUSE;

#endif
