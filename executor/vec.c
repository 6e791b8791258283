/* SPDX-License-Identifier: Apache-2.0
 * Vectors: copying rows with and without their bytes, and hashing.
 */
#include "executor/data_int.h"

#include "core/num.h"

#include <math.h>
#include <stdlib.h>

/* ---- copying ---- */

#define COPY_LOOP(T)                                                                               \
    do {                                                                                           \
        T *d = (T *)dst->data + at;                                                                \
        const T *s = src->data;                                                                    \
        if (src->form == TB_VEC_CONST)                                                             \
            for (uint32_t k = 0; k < n; k++)                                                       \
                d[k] = s[0];                                                                       \
        else if (sel == NULL)                                                                      \
            memcpy(d, s + from, n * sizeof(T));                                                    \
        else                                                                                       \
            for (uint32_t k = 0; k < n; k++)                                                       \
                d[k] = s[sel[k]];                                                                  \
    } while (0)

typedef struct wide {
    uint64_t w[2];
} wide;

static void set_bits(uint64_t *bits, uint32_t at, uint32_t n)
{
    for (uint32_t i = at; i < at + n;) {
        if ((i & 63) == 0 && at + n - i >= 64) {
            bits[i >> 6] = UINT64_MAX;
            i += 64;
        } else {
            tbi_bit_set(bits, i);
            i++;
        }
    }
}

static void copy_valid(tb_vector *dst, uint32_t at, const tb_vector *src, const uint16_t *sel,
                       uint32_t from, uint32_t n)
{
    if (src->valid == NULL) {
        set_bits(dst->valid, at, n);
        return;
    }
    for (uint32_t k = 0; k < n; k++) {
        uint32_t row = src->form == TB_VEC_CONST ? 0 : sel == NULL ? from + k : sel[k];
        if (tbi_bit(src->valid, row))
            tbi_bit_set(dst->valid, at + k);
        else
            tbi_bit_clear(dst->valid, at + k);
    }
}

void tbi_vector_copy(tb_vector *dst, uint32_t at, const tb_vector *src, const uint16_t *sel,
                     uint32_t from, uint32_t n)
{
    copy_valid(dst, at, src, sel, from, n);
    switch (tb_phys_width((tb_phys)src->phys)) {
    case 1:
        COPY_LOOP(uint8_t);
        break;
    case 2:
        COPY_LOOP(uint16_t);
        break;
    case 4:
        COPY_LOOP(uint32_t);
        break;
    case 8:
        COPY_LOOP(uint64_t);
        break;
    default:
        COPY_LOOP(wide);
        break;
    }
}

void tbi_vector_own(tb_vector *v, uint32_t at, uint32_t n, tb_arena *arena)
{
    if (v->phys == TB_PHYS_STR) {
        tb_str *s = v->data;
        for (uint32_t i = at; i < at + n; i++)
            if (tbi_bit(v->valid, i))
                s[i] = tb_str_copy(arena, s[i]);
    } else if (v->phys == TB_PHYS_NUM) {
        tb_num *d = v->data;
        for (uint32_t i = at; i < at + n; i++)
            if (tbi_bit(v->valid, i) && d[i].kind == TB_NUM_BIG)
                d[i] = tb_num_copy(arena, &d[i]);
    }
}

tb_batch *tbi_batch_copy(const tb_batch *src)
{
    tb_type_id types[1];
    tb_type_id *t = src->ncols <= 1 ? types : tb_xmalloc(src->ncols * sizeof *t);
    for (uint16_t c = 0; c < src->ncols; c++)
        t[c] = src->cols[c].type;
    tb_batch *to = tb_batch_create(t, src->ncols);
    if (t != types)
        free(t);
    for (uint16_t c = 0; c < src->ncols; c++) {
        tbi_vector_copy(&to->cols[c], 0, &src->cols[c], src->sel, 0, src->nsel);
        tbi_vector_own(&to->cols[c], 0, src->nsel, to->arena);
    }
    to->nrows = to->nsel = src->nsel;
    return to;
}

size_t tbi_batch_bytes(const tb_batch *b)
{
    size_t bytes = sizeof *b + tb_arena_used(b->arena);
    for (uint16_t c = 0; c < b->ncols; c++)
        bytes += TB_BATCH_ROWS * tb_phys_width((tb_phys)b->cols[c].phys) + TB_BATCH_ROWS / 8;
    return bytes;
}

/* ---- hashing ---- */

static inline uint64_t combine(uint64_t a, uint64_t b)
{
    return a ^ (b + 0x9e3779b97f4a7c15ULL + (a << 6) + (a >> 2));
}

static uint64_t hash_double(double d, uint64_t seed)
{
    if (d == 0)
        d = 0; /* -0 equals 0 */
    if (isnan(d))
        d = (double)NAN;
    int64_t bits;
    memcpy(&bits, &d, sizeof bits);
    return tb_hash_int64(bits, seed);
}

static uint64_t hash_str(const tb_str *s, uint64_t seed)
{
    return tb_hash_bytes(tb_str_data(s), s->len, seed);
}

static uint64_t hash_num(const tb_num *n, uint64_t seed)
{
    if (n->kind == TB_NUM_SMALL && n->scale == 0)
        return tb_hash_int64(n->coef, seed);
    return tb_num_hash(n, seed);
}

#define HASH_LOOP(T, expr)                                                                         \
    do {                                                                                           \
        const T *d = v->data;                                                                      \
        for (uint32_t k = 0; k < n; k++) {                                                         \
            uint32_t i = flat ? (sel == NULL ? k : sel[k]) : 0;                                    \
            const T *x = &d[i];                                                                    \
            uint64_t h = v->valid != NULL && !tbi_bit(v->valid, i) ? null_hash : (expr);           \
            hash[k] = first ? h : combine(hash[k], h);                                             \
        }                                                                                          \
    } while (0)

void tbi_hash_vector(const tb_vector *v, const uint16_t *sel, uint32_t n, uint64_t seed, bool first,
                     uint64_t *hash)
{
    bool flat = v->form == TB_VEC_FLAT;
    uint64_t null_hash = tb_hash_int64(0x6e756c6c, ~seed);
    switch ((tb_phys)v->phys) {
    case TB_PHYS_BOOL:
        HASH_LOOP(uint8_t, tb_hash_int64(*x, seed));
        return;
    case TB_PHYS_I16:
        HASH_LOOP(int16_t, tb_hash_int64(*x, seed));
        return;
    case TB_PHYS_I32:
        HASH_LOOP(int32_t, tb_hash_int64(*x, seed));
        return;
    case TB_PHYS_I64:
        HASH_LOOP(int64_t, tb_hash_int64(*x, seed));
        return;
    case TB_PHYS_OID:
        HASH_LOOP(uint32_t, tb_hash_int64(*x, seed));
        return;
    case TB_PHYS_F32:
        HASH_LOOP(float, hash_double((double)*x, seed));
        return;
    case TB_PHYS_F64:
        HASH_LOOP(double, hash_double(*x, seed));
        return;
    case TB_PHYS_NUM:
        HASH_LOOP(tb_num, hash_num(x, seed));
        return;
    case TB_PHYS_STR:
        if (v->type == TB_T_TEXT || v->type == TB_T_VARCHAR || v->type == TB_T_NAME)
            HASH_LOOP(tb_str, hash_str(x, seed));
        else
            HASH_LOOP(tb_str, tb_value_hash(v->type, &(tb_datum){.str = *x}, seed));
        return;
    case TB_PHYS_INTERVAL:
    case TB_PHYS_TIMETZ:
    case TB_PHYS_UUID:
        HASH_LOOP(tb_datum, tb_value_hash(v->type, x, seed));
        return;
    case TB_PHYS_COUNT:
        break;
    }
    TB_UNREACHABLE();
}
