/* SPDX-License-Identifier: Apache-2.0
 * Batches: one allocation for the header, the vectors and their arrays; an arena for string bytes.
 */
#include "core/vector.h"

#include <stdlib.h>

enum { VALID_BYTES = TB_BATCH_WORDS * 8, ALIGN = 64 };

static size_t round_up(size_t n)
{
    return (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

tb_batch *tb_batch_create(const tb_type_id *types, uint16_t ncols)
{
    size_t head = round_up(sizeof(tb_batch)) + round_up(ncols * sizeof(tb_vector));
    size_t size = head;
    for (uint16_t i = 0; i < ncols; i++)
        size += VALID_BYTES + tb_phys_width(tb_type_phys(types[i])) * TB_BATCH_ROWS;
    char *at = aligned_alloc(ALIGN, size);
    TB_CHECK(at != NULL);
    tb_batch *b = (tb_batch *)at;
    *b = (tb_batch){.ncols = ncols, .cols = (tb_vector *)(at + round_up(sizeof *b))};
    at += head;
    for (uint16_t i = 0; i < ncols; i++) {
        tb_phys phys = tb_type_phys(types[i]);
        tb_vector *v = &b->cols[i];
        *v = (tb_vector){.type = types[i], .phys = (uint8_t)phys, .form = TB_VEC_FLAT};
        v->valid = (uint64_t *)at;
        v->data = at + VALID_BYTES;
        at += VALID_BYTES + tb_phys_width(phys) * TB_BATCH_ROWS;
    }
    b->arena = tb_arena_create(0);
    tb_batch_reset(b);
    return b;
}

void tb_batch_destroy(tb_batch *batch)
{
    if (batch == NULL)
        return;
    tb_arena_destroy(batch->arena);
    free(batch);
}

void tb_batch_reset(tb_batch *batch)
{
    batch->nrows = batch->nsel = 0;
    batch->sel = NULL;
    for (uint16_t i = 0; i < batch->ncols; i++)
        memset(batch->cols[i].valid, 0xFF, VALID_BYTES);
    tb_arena_reset(batch->arena);
}

tb_value tb_vector_get(const tb_vector *v, uint32_t i)
{
    if (!tb_vector_is_valid(v, i))
        return tb_value_null();
    if (v->form == TB_VEC_CONST)
        i = 0;
    size_t width = tb_phys_width((tb_phys)v->phys);
    tb_value value = {.null = false};
    memcpy(&value.d, (const char *)v->data + i * width, width);
    return value;
}

void tb_vector_set(tb_vector *v, uint32_t i, tb_value value)
{
    TB_CHECK(v->form == TB_VEC_FLAT && v->valid != NULL && i < TB_BATCH_ROWS);
    uint64_t bit = UINT64_C(1) << (i & 63);
    size_t width = tb_phys_width((tb_phys)v->phys);
    if (value.null) {
        v->valid[i >> 6] &= ~bit;
        memset((char *)v->data + i * width, 0, width); /* defined bytes: kernels may touch them */
        return;
    }
    v->valid[i >> 6] |= bit;
    memcpy((char *)v->data + i * width, &value.d, width);
}
