/* SPDX-License-Identifier: Apache-2.0
 * count, sum, avg, min, max, bool_and/or, bit_and/or/xor.
 *
 * Integers are summed in 128 bits, decimals exactly, floats in the order rows come (as PostgreSQL
 * does, with its overflow checks).
 */
#include "executor/agg_int.h"

#include "core/datetime.h"
#include "core/num.h"

#include <math.h>

#define STATE(T, k) ((T *)(void *)(in->group[k] + cx->offset))
#define VALUE(T, a, row)                                                                           \
    (((const T *)in->args[a]->data)[in->args[a]->form == TB_VEC_CONST ? 0 : (row)])

/* ---- count ---- */

typedef struct count_state {
    int64_t n;
} count_state;

static tb_rc count_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    (void)err;
    for (uint32_t k = 0; k < in->n; k++)
        STATE(count_state, k)->n++;
    return TB_OK;
}

static tb_rc count_remove(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    (void)err;
    for (uint32_t k = 0; k < in->n; k++)
        STATE(count_state, k)->n--;
    return TB_OK;
}

static tb_rc count_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    (void)cx;
    (void)err;
    *out = tb_value_int8(((const count_state *)(const void *)state)->n);
    return TB_OK;
}

const tbi_agg_def tbi_agg_count_star = {.size = sizeof(count_state),
                                        .update = count_update,
                                        .remove = count_remove,
                                        .result = count_result};
const tbi_agg_def tbi_agg_count = {.size = sizeof(count_state),
                                   .strict = true,
                                   .update = count_update,
                                   .remove = count_remove,
                                   .result = count_result};

/* ---- sums and averages of integers ---- */

typedef struct sum64_state {
    int64_t sum, n;
} sum64_state;

typedef struct sum128_state {
    tbi_int128 sum;
    int64_t n;
} sum128_state;

#define INT_SUM(name, STATE_T, T)                                                                  \
    static tb_rc name##_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)       \
    {                                                                                              \
        (void)err;                                                                                 \
        for (uint32_t k = 0; k < in->n; k++) {                                                     \
            STATE_T *s = STATE(STATE_T, k);                                                        \
            s->sum += VALUE(T, 0, tbi_agg_row(in, k));                                             \
            s->n++;                                                                                \
        }                                                                                          \
        return TB_OK;                                                                              \
    }                                                                                              \
    static tb_rc name##_remove(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)       \
    {                                                                                              \
        (void)err;                                                                                 \
        for (uint32_t k = 0; k < in->n; k++) {                                                     \
            STATE_T *s = STATE(STATE_T, k);                                                        \
            s->sum -= VALUE(T, 0, tbi_agg_row(in, k));                                             \
            s->n--;                                                                                \
        }                                                                                          \
        return TB_OK;                                                                              \
    }

INT_SUM(sum2, sum64_state, int16_t)
INT_SUM(sum4, sum64_state, int32_t)
INT_SUM(sum8, sum128_state, int64_t)
INT_SUM(wide2, sum128_state, int16_t)
INT_SUM(wide4, sum128_state, int32_t)

static tb_rc sum64_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const sum64_state *s = (const void *)state;
    (void)cx;
    (void)err;
    *out = s->n == 0 ? tb_value_null() : tb_value_int8(s->sum);
    return TB_OK;
}

static tb_rc sum128_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const sum128_state *s = (const void *)state;
    (void)err;
    *out = (tb_value){.null = s->n == 0};
    if (s->n > 0)
        out->d.num = tb_num_from_int128(cx->scratch, s->sum, 0);
    return TB_OK;
}

static tb_rc avg128_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const sum128_state *s = (const void *)state;
    *out = (tb_value){.null = s->n == 0};
    if (s->n == 0)
        return TB_OK;
    tb_num sum = tb_num_from_int128(cx->scratch, s->sum, 0), n = tb_num_from_int64(s->n);
    return tb_num_div(cx->scratch, &sum, &n, &out->d.num, err);
}

#define INT_DEF(name, fn, STATE_T, res)                                                            \
    const tbi_agg_def name = {.size = sizeof(STATE_T),                                             \
                              .strict = true,                                                      \
                              .update = fn##_update,                                               \
                              .remove = fn##_remove,                                               \
                              .result = res}
INT_DEF(tbi_agg_sum_int2, sum2, sum64_state, sum64_result);
INT_DEF(tbi_agg_sum_int4, sum4, sum64_state, sum64_result);
INT_DEF(tbi_agg_sum_int8, sum8, sum128_state, sum128_result);
INT_DEF(tbi_agg_avg_int2, wide2, sum128_state, avg128_result);
INT_DEF(tbi_agg_avg_int4, wide4, sum128_state, avg128_result);
INT_DEF(tbi_agg_avg_int8, sum8, sum128_state, avg128_result);

/* ---- sums of floats ---- */

typedef struct sumf_state {
    double sum; /* of float4: rounded to float after every step */
    int64_t n;
} sumf_state;

static tb_rc sum_float4_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    for (uint32_t k = 0; k < in->n; k++) {
        sumf_state *s = STATE(sumf_state, k);
        float x = VALUE(float, 0, tbi_agg_row(in, k)), was = (float)s->sum, r = was + x;
        if (isinf(r) && !isinf(was) && !isinf(x))
            return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
        s->sum =
            s->n == 0 ? (double)x : (double)r; /* the first value is taken as it is: -0 stays */
        s->n++;
    }
    return TB_OK;
}

static tb_rc sum_float8_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    for (uint32_t k = 0; k < in->n; k++) {
        sumf_state *s = STATE(sumf_state, k);
        double x = VALUE(double, 0, tbi_agg_row(in, k)), r = s->sum + x;
        if (isinf(r) && !isinf(s->sum) && !isinf(x))
            return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
        s->sum = s->n == 0 ? x : r;
        s->n++;
    }
    return TB_OK;
}

static tb_rc sum_float_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const sumf_state *s = (const void *)state;
    (void)err;
    *out = (tb_value){.null = s->n == 0};
    if (cx->ret == TB_T_FLOAT4)
        out->d.f32 = (float)s->sum;
    else
        out->d.f64 = s->sum;
    return TB_OK;
}

const tbi_agg_def tbi_agg_sum_float4 = {.size = sizeof(sumf_state),
                                        .strict = true,
                                        .update = sum_float4_update,
                                        .result = sum_float_result};
const tbi_agg_def tbi_agg_sum_float8 = {.size = sizeof(sumf_state),
                                        .strict = true,
                                        .update = sum_float8_update,
                                        .result = sum_float_result};

/* ---- exact sums of decimals ---- */

static bool times_pow10(__int128 v, int digits, __int128 *out)
{
    for (; digits > 0; digits--)
        if (__builtin_mul_overflow(v, (__int128)10, &v))
            return false;
    *out = v;
    return true;
}

/* Moves the 128-bit part into the big one. */
static tb_rc flush(const tbi_agg_cx *cx, tbi_numsum *s, tb_error *err)
{
    tb_num part = tb_num_from_int128(cx->scratch, s->acc, s->scale), sum;
    if (s->has_big) {
        TB_TRY(tb_num_add(cx->scratch, &s->big, &part, &sum, err));
        part = sum;
    }
    s->big = tb_num_copy(cx->arena, &part);
    s->has_big = 1;
    s->acc = 0;
    return TB_OK;
}

tb_rc tbi_numsum_add128(const tbi_agg_cx *cx, tbi_numsum *s, __int128 v, int scale, tb_error *err)
{
    __int128 acc, sum;
    if (scale > s->scale) {
        if (!times_pow10(s->acc, scale - s->scale, &acc)) {
            TB_TRY(flush(cx, s, err));
            acc = 0;
        }
        s->acc = acc;
        s->scale = scale;
    } else if (scale < s->scale && !times_pow10(v, s->scale - scale, &v)) {
        tb_num x = tb_num_from_int128(cx->scratch, v, scale), to;
        TB_TRY(flush(cx, s, err));
        TB_TRY(tb_num_add(cx->scratch, &s->big, &x, &to, err));
        s->big = tb_num_copy(cx->arena, &to);
        return TB_OK;
    }
    if (__builtin_add_overflow(s->acc, v, &sum)) {
        TB_TRY(flush(cx, s, err));
        sum = v;
    }
    s->acc = sum;
    return TB_OK;
}

tb_rc tbi_numsum_add(const tbi_agg_cx *cx, tbi_numsum *s, const tb_num *x, tb_error *err)
{
    __int128 sum;
    switch ((tb_num_kind)x->kind) {
    case TB_NUM_SMALL:
        if (x->scale == s->scale && !__builtin_add_overflow(s->acc, (__int128)x->coef, &sum)) {
            s->acc = sum;
            return TB_OK;
        }
        return tbi_numsum_add128(cx, s, x->coef, x->scale, err);
    case TB_NUM_BIG: {
        tb_num to;
        if (!s->has_big)
            TB_TRY(flush(cx, s, err));
        TB_TRY(tb_num_add(cx->scratch, &s->big, x, &to, err));
        s->big = tb_num_copy(cx->arena, &to);
        return TB_OK;
    }
    case TB_NUM_NAN:
        s->nan++;
        return TB_OK;
    case TB_NUM_PINF:
        s->pinf++;
        return TB_OK;
    case TB_NUM_NINF:
        s->ninf++;
        return TB_OK;
    }
    TB_UNREACHABLE();
}

tb_rc tbi_numsum_get(const tbi_agg_cx *cx, const tbi_numsum *s, tb_num *out, tb_error *err)
{
    if (s->nan > 0 || (s->pinf > 0 && s->ninf > 0))
        *out = (tb_num){.kind = TB_NUM_NAN};
    else if (s->pinf > 0 || s->ninf > 0)
        *out = (tb_num){.kind = s->pinf > 0 ? TB_NUM_PINF : TB_NUM_NINF};
    else {
        *out = tb_num_from_int128(cx->scratch, s->acc, s->scale);
        if (s->has_big) {
            tb_num part = *out;
            return tb_num_add(cx->scratch, &s->big, &part, out, err);
        }
    }
    return TB_OK;
}

typedef struct num_state {
    tbi_numsum sum;
    int64_t n;
} num_state;

static tb_rc sum_num_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    for (uint32_t k = 0; k < in->n; k++) {
        num_state *s = STATE(num_state, k);
        TB_TRY(tbi_numsum_add(cx, &s->sum, &VALUE(tb_num, 0, tbi_agg_row(in, k)), err));
        s->n++;
    }
    return TB_OK;
}

static tb_rc sum_num_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const num_state *s = (const void *)state;
    *out = (tb_value){.null = s->n == 0};
    return s->n == 0 ? TB_OK : tbi_numsum_get(cx, &s->sum, &out->d.num, err);
}

static tb_rc avg_num_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const num_state *s = (const void *)state;
    tb_num sum, n = tb_num_from_int64(s->n);
    *out = (tb_value){.null = s->n == 0};
    if (s->n == 0)
        return TB_OK;
    TB_TRY(tbi_numsum_get(cx, &s->sum, &sum, err));
    return tb_num_div(cx->scratch, &sum, &n, &out->d.num, err);
}

const tbi_agg_def tbi_agg_sum_num = {
    .size = sizeof(num_state), .strict = true, .update = sum_num_update, .result = sum_num_result};
const tbi_agg_def tbi_agg_avg_num = {
    .size = sizeof(num_state), .strict = true, .update = sum_num_update, .result = avg_num_result};

/* ---- intervals ---- */

typedef struct interval_state {
    tb_interval sum;
    int64_t n;
} interval_state;

static tb_rc interval_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    for (uint32_t k = 0; k < in->n; k++) {
        interval_state *s = STATE(interval_state, k);
        tb_interval to;
        TB_TRY(tb_interval_add(&s->sum, &VALUE(tb_interval, 0, tbi_agg_row(in, k)), &to, err));
        s->sum = to;
        s->n++;
    }
    return TB_OK;
}

static tb_rc interval_sum_result(const tbi_agg_cx *cx, const char *state, tb_value *out,
                                 tb_error *err)
{
    const interval_state *s = (const void *)state;
    (void)cx;
    (void)err;
    *out = (tb_value){.d.interval = s->sum, .null = s->n == 0};
    return TB_OK;
}

static tb_rc interval_avg_result(const tbi_agg_cx *cx, const char *state, tb_value *out,
                                 tb_error *err)
{
    const interval_state *s = (const void *)state;
    (void)cx;
    *out = (tb_value){.null = s->n == 0};
    return s->n == 0 ? TB_OK : tb_interval_div(&s->sum, (double)s->n, &out->d.interval, err);
}

const tbi_agg_def tbi_agg_sum_interval = {.size = sizeof(interval_state),
                                          .strict = true,
                                          .update = interval_update,
                                          .result = interval_sum_result};
const tbi_agg_def tbi_agg_avg_interval = {.size = sizeof(interval_state),
                                          .strict = true,
                                          .update = interval_update,
                                          .result = interval_avg_result};

/* ---- min, max ---- */

typedef struct best_state {
    tb_datum best;
    uint32_t cap; /* bytes the state owns for a long string */
    bool seen;
    char *bytes;
} best_state;

static void keep(const tbi_agg_cx *cx, best_state *s, tb_phys phys, const tb_datum *d)
{
    s->best = *d;
    s->seen = true;
    if (phys == TB_PHYS_NUM) {
        s->best.num = tb_num_copy(cx->arena, &d->num);
    } else if (phys == TB_PHYS_STR && d->str.len > TB_STR_INLINE) {
        if (d->str.len > s->cap) {
            s->cap = d->str.len * 2;
            s->bytes = tb_arena_bytes(cx->arena, s->cap);
        }
        memcpy(s->bytes, d->str.ptr, d->str.len);
        s->best.str = tb_str_make(s->bytes, d->str.len);
    }
}

/* Fixed-width integers and dates without a call per row. */
#define BEST_INT(T, field)                                                                         \
    for (uint32_t k = 0; k < in->n; k++) {                                                         \
        best_state *s = STATE(best_state, k);                                                      \
        T x = VALUE(T, 0, tbi_agg_row(in, k));                                                     \
        if (!s->seen || (max ? x > s->best.field : x < s->best.field)) {                           \
            s->best.field = x;                                                                     \
            s->seen = true;                                                                        \
        }                                                                                          \
    }

/* Among equals PostgreSQL keeps the later one (seen in the scale of a numeric), but for bpchar the
 * earlier. */
static tb_rc best_update(const tbi_agg_cx *cx, const tbi_agg_input *in, bool max)
{
    tb_type_id type = in->args[0]->type;
    tb_phys phys = tb_type_phys(type);
    if (phys == TB_PHYS_I16) {
        BEST_INT(int16_t, i16)
        return TB_OK;
    }
    if (phys == TB_PHYS_I32) {
        BEST_INT(int32_t, i32)
        return TB_OK;
    }
    if (phys == TB_PHYS_I64) {
        BEST_INT(int64_t, i64)
        return TB_OK;
    }
    for (uint32_t k = 0; k < in->n; k++) {
        best_state *s = STATE(best_state, k);
        tb_value v = tb_vector_get(in->args[0], tbi_agg_row(in, k));
        int c = s->seen ? tb_value_cmp(type, &v.d, &s->best) : 1;
        if (s->seen && !max)
            c = -c;
        if (c > 0 || (c == 0 && type != TB_T_BPCHAR))
            keep(cx, s, phys, &v.d);
    }
    return TB_OK;
}

static tb_rc max_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    (void)err;
    return best_update(cx, in, true);
}

static tb_rc min_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    (void)err;
    return best_update(cx, in, false);
}

static tb_rc best_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const best_state *s = (const void *)state;
    (void)err;
    *out = (tb_value){.d = s->best, .null = !s->seen};
    if (s->seen) /* the state may be updated again (windows) */
        *out = tb_value_copy(cx->scratch, cx->ret, *out);
    return TB_OK;
}

const tbi_agg_def tbi_agg_min = {
    .size = sizeof(best_state), .strict = true, .update = min_update, .result = best_result};
const tbi_agg_def tbi_agg_max = {
    .size = sizeof(best_state), .strict = true, .update = max_update, .result = best_result};

/* ---- bool_and, bool_or, every; bit_and, bit_or, bit_xor ---- */

typedef struct bits_state {
    int64_t value;
    bool seen;
} bits_state;

static int64_t int_value(const tb_vector *v, uint32_t row)
{
    if (v->form == TB_VEC_CONST)
        row = 0;
    switch (tb_phys_width((tb_phys)v->phys)) {
    case 1:
        return ((const uint8_t *)v->data)[row];
    case 2:
        return ((const int16_t *)v->data)[row];
    case 4:
        return ((const int32_t *)v->data)[row];
    default:
        return ((const int64_t *)v->data)[row];
    }
}

#define BITS(name, op)                                                                             \
    static tb_rc name(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)                \
    {                                                                                              \
        (void)err;                                                                                 \
        for (uint32_t k = 0; k < in->n; k++) {                                                     \
            bits_state *s = STATE(bits_state, k);                                                  \
            int64_t x = int_value(in->args[0], tbi_agg_row(in, k));                                \
            s->value = s->seen ? (s->value op x) : x;                                              \
            s->seen = true;                                                                        \
        }                                                                                          \
        return TB_OK;                                                                              \
    }
BITS(and_update, &)
BITS(or_update, |)
BITS(xor_update, ^)

static tb_rc bits_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const bits_state *s = (const void *)state;
    (void)err;
    *out = (tb_value){.null = !s->seen};
    tb_phys phys = tb_type_phys(cx->ret);
    if (phys == TB_PHYS_BOOL)
        out->d.b = s->value != 0;
    else if (phys == TB_PHYS_I16)
        out->d.i16 = (int16_t)s->value;
    else if (phys == TB_PHYS_I32)
        out->d.i32 = (int32_t)s->value;
    else
        out->d.i64 = s->value;
    return TB_OK;
}

#define BITS_DEF(name, fn)                                                                         \
    const tbi_agg_def name = {                                                                     \
        .size = sizeof(bits_state), .strict = true, .update = fn, .result = bits_result}
BITS_DEF(tbi_agg_and, and_update);
BITS_DEF(tbi_agg_or, or_update);
BITS_DEF(tbi_agg_bit_and, and_update);
BITS_DEF(tbi_agg_bit_or, or_update);
BITS_DEF(tbi_agg_bit_xor, xor_update);
