/* SPDX-License-Identifier: Apache-2.0 */
#include "server/result.h"

#include <stdlib.h>
#include <string.h>

static tb_rc throw_away(tb_sink *sink, const tb_slice *slice, tb_error *err)
{
    (void)sink;
    (void)slice;
    (void)err;
    return TB_OK;
}

tb_sink tb_sink_nowhere = {throw_away};

tb_desc tb_desc_new(tb_arena *arena, uint32_t n)
{
    return (tb_desc){true, n, TB_NEW_ARRAY(arena, tb_wire_column, n),
                     TB_NEW_ARRAY(arena, tb_type, n)};
}

void tb_desc_set(tb_desc *desc, uint32_t i, const char *name, tb_type type)
{
    desc->types[i] = type;
    desc->cols[i] = (tb_wire_column){.name = name,
                                     .type_oid = tb_type_oid(type.id),
                                     .type_len = tb_type_get(type.id)->len,
                                     .typmod = type.typmod};
}

tb_desc tb_desc_text(tb_arena *arena, uint32_t n, const char *const *names)
{
    tb_desc desc = tb_desc_new(arena, n);
    for (uint32_t i = 0; i < n; i++)
        tb_desc_set(&desc, i, names[i], (tb_type){TB_T_TEXT, -1});
    return desc;
}

bool tb_desc_equal(const tb_desc *a, const tb_desc *b)
{
    if (a->returns_rows != b->returns_rows || a->n != b->n)
        return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (strcmp(a->cols[i].name, b->cols[i].name) != 0 || a->types[i].id != b->types[i].id ||
            a->types[i].typmod != b->types[i].typmod)
            return false;
    return true;
}

struct tb_rowset {
    tb_sink sink; /* first: a sink pointer is a row set pointer */
    uint32_t ncols;
    tb_type *types;
    tb_type_id *ids;
    uint16_t *map; /* 0, 1, 2, ... */
    tb_batch **batches;
    uint32_t nbatches, cap;
    uint64_t count;
    size_t batch_bytes;  /* of one batch without its strings */
    size_t closed_bytes; /* of the full batches, strings included */
    size_t max_bytes;
};

static tb_rc append(tb_sink *sink, const tb_slice *slice, tb_error *err);

tb_rowset *tb_rowset_create(const tb_type *types, uint32_t n, size_t max_bytes)
{
    tb_rowset *set = tb_xcalloc(1, sizeof *set);
    set->sink.rows = append;
    set->ncols = n;
    set->types = tb_xcalloc(n, sizeof *set->types);
    set->ids = tb_xcalloc(n, sizeof *set->ids);
    set->map = tb_xcalloc(n, sizeof *set->map);
    set->max_bytes = max_bytes;
    for (uint32_t i = 0; i < n; i++) {
        set->types[i] = types[i];
        set->ids[i] = types[i].id;
        set->map[i] = (uint16_t)i;
        set->batch_bytes += tb_phys_width(tb_type_phys(types[i].id)) * TB_BATCH_ROWS;
    }
    return set;
}

void tb_rowset_destroy(tb_rowset *set)
{
    if (set == NULL)
        return;
    for (uint32_t i = 0; i < set->nbatches; i++)
        tb_batch_destroy(set->batches[i]);
    free(set->batches);
    free(set->types);
    free(set->ids);
    free(set->map);
    free(set);
}

tb_sink *tb_rowset_sink(tb_rowset *set)
{
    return &set->sink;
}

uint64_t tb_rowset_count(const tb_rowset *set)
{
    return set->count;
}

size_t tb_rowset_bytes(const tb_rowset *set)
{
    if (set->nbatches == 0)
        return 0;
    return set->closed_bytes + set->batch_bytes +
           tb_arena_used(set->batches[set->nbatches - 1]->arena);
}

/* The batch to append to: a new one when the last is full. */
static tb_rc open_batch(tb_rowset *set, tb_batch **out, tb_error *err)
{
    if (tb_rowset_bytes(set) > set->max_bytes)
        return TB_RAISE(err, TB_E_CONFIGURATION_LIMIT_EXCEEDED,
                        "rows held by the session exceed the limit of %zu kB",
                        set->max_bytes / 1024);
    if (set->nbatches > 0 && set->batches[set->nbatches - 1]->nrows < TB_BATCH_ROWS) {
        *out = set->batches[set->nbatches - 1];
        return TB_OK;
    }
    set->closed_bytes = tb_rowset_bytes(set);
    if (set->nbatches == set->cap) {
        set->cap = set->cap ? set->cap * 2 : 4;
        set->batches = tb_xrealloc(set->batches, set->cap * sizeof *set->batches);
    }
    *out = set->batches[set->nbatches++] = tb_batch_create(set->ids, (uint16_t)set->ncols);
    return TB_OK;
}

static void count_row(tb_rowset *set, tb_batch *batch)
{
    batch->nrows++;
    batch->nsel = batch->nrows;
    set->count++;
}

static tb_rc append(tb_sink *sink, const tb_slice *slice, tb_error *err)
{
    tb_rowset *set = (tb_rowset *)sink;
    TB_CHECK(slice->ncols == set->ncols);
    for (uint32_t k = 0; k < slice->n; k++) {
        tb_batch *to;
        TB_TRY(open_batch(set, &to, err));
        uint32_t row = tb_batch_row(slice->batch, slice->from + k);
        for (uint32_t c = 0; c < set->ncols; c++) {
            tb_value v = tb_vector_get(tb_slice_col(slice, c), row);
            tb_vector_set(&to->cols[c], to->nrows, tb_value_copy(to->arena, set->ids[c], v));
        }
        count_row(set, to);
    }
    return TB_OK;
}

tb_rc tb_rowset_add_text(tb_rowset *set, const char *const *texts, tb_error *err)
{
    tb_batch *to;
    TB_TRY(open_batch(set, &to, err));
    for (uint32_t c = 0; c < set->ncols; c++) {
        tb_value v = tb_value_null();
        if (texts[c] != NULL)
            v = tb_value_cstr(tb_arena_strdup(to->arena, texts[c]));
        tb_vector_set(&to->cols[c], to->nrows, v);
    }
    count_row(set, to);
    return TB_OK;
}

tb_rc tb_rowset_send(const tb_rowset *set, uint64_t from, uint64_t n, tb_sink *sink, tb_error *err)
{
    TB_CHECK(from + n <= set->count);
    while (n > 0) {
        /* every batch but the last is full */
        uint32_t at = (uint32_t)(from % TB_BATCH_ROWS), room = TB_BATCH_ROWS - at;
        tb_slice slice = {set->batches[from / TB_BATCH_ROWS], set->map, set->ncols, at,
                          n < room ? (uint32_t)n : room};
        TB_TRY(sink->rows(sink, &slice, err));
        from += slice.n;
        n -= slice.n;
    }
    return TB_OK;
}

tb_rc tb_rowset_send_backward(const tb_rowset *set, uint64_t from, uint64_t n, tb_sink *sink,
                              tb_error *err)
{
    TB_CHECK(n <= from && from <= set->count);
    for (; n > 0; n--) {
        from--;
        TB_TRY(tb_rowset_send(set, from, 1, sink, err));
    }
    return TB_OK;
}
