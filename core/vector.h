/* SPDX-License-Identifier: Apache-2.0
 * Column vectors and batches: the unit of execution.
 *
 * A batch holds up to TB_BATCH_ROWS rows as column vectors. A vector is FLAT (one slot per row) or
 * CONST (slot 0 for every row). Validity is a bitmap in Arrow's polarity (1 = valid); NULL pointer
 * = no nulls. A selection vector, when present, lists the live rows in ascending order.
 *
 * Ownership: the arrays and the bytes string views point to stay valid until the consumer that was
 * handed the batch returns (push) or asks for the next batch (pull). Who keeps values longer copies
 * them.
 */
#ifndef TB_CORE_VECTOR_H
#define TB_CORE_VECTOR_H

#include "core/value.h"

enum { TB_BATCH_ROWS = 2048, TB_BATCH_WORDS = TB_BATCH_ROWS / 64 };

typedef enum tb_vector_form { TB_VEC_FLAT, TB_VEC_CONST } tb_vector_form;

typedef struct tb_vector {
    tb_type_id type;
    uint8_t phys; /* tb_phys of type */
    uint8_t form; /* tb_vector_form */
    uint64_t *valid;
    void *data; /* array of the physical layout; 16-byte aligned */
} tb_vector;

typedef struct tb_batch {
    uint32_t nrows;      /* rows in the vectors */
    uint32_t nsel;       /* live rows; == nrows when sel is NULL */
    const uint16_t *sel; /* ascending row numbers, or NULL = all */
    uint16_t ncols;
    tb_vector *cols;
    tb_arena *arena; /* bytes of this batch; reset or destroyed by the owner */
} tb_batch;

/* A batch with ncols flat vectors of TB_BATCH_ROWS slots each, all valid; its arena is new and
 * holds string bytes only. */
tb_batch *tb_batch_create(const tb_type_id *types, uint16_t ncols) TB_MUSTUSE;
/* Frees the batch with its arena. NULL is allowed. */
void tb_batch_destroy(tb_batch *batch);
/* Ready for refilling: nrows = 0, no selection, all rows valid, string bytes of the last filling
 * gone. */
void tb_batch_reset(tb_batch *batch);

/* Row i of a vector as a value (string bytes stay where they are). */
tb_value tb_vector_get(const tb_vector *v, uint32_t i);
/* Stores a value into a FLAT vector with a validity bitmap; string bytes are not copied. */
void tb_vector_set(tb_vector *v, uint32_t i, tb_value value);

static inline bool tb_vector_is_valid(const tb_vector *v, uint32_t i)
{
    if (v->form == TB_VEC_CONST)
        i = 0;
    return v->valid == NULL || (v->valid[i >> 6] >> (i & 63) & 1);
}
static inline uint32_t tb_batch_row(const tb_batch *b, uint32_t k)
{
    return b->sel == NULL ? k : b->sel[k];
}

#endif
