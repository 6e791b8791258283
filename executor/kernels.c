/* SPDX-License-Identifier: Apache-2.0
 * Vectorised bodies of the functions queries spend their time in: comparisons, arithmetic, widening
 * casts. Everything else runs through its scalar body; a test checks that both agree.
 *
 * Comparisons of fixed-width types are total: they run over whole vectors, NULLs and unselected
 * rows included. Arithmetic first runs over everything and collects an overflow flag; only if it is
 * set a second loop looks whether a selected, valid row was the cause. Text and numeric kernels
 * touch selected, valid rows only.
 */
#include "executor/eval_int.h"

#include "core/num.h"

#include <math.h>

static inline bool live(const tb_vector *v, uint32_t i)
{
    return v->valid == NULL || tbi_bit(v->valid, v->form == TB_VEC_CONST ? 0 : i);
}

/* Loops over all rows (or the selected ones) with x, y bound and the result in d[i]. */
#define BINARY(TA, TB, TR, ...)                                                                    \
    do {                                                                                           \
        const TA *pa = k->a->data;                                                                 \
        const TB *pb = k->b->data;                                                                 \
        TR *d = k->dst->data;                                                                      \
        bool ca = k->a->form == TB_VEC_CONST, cb = k->b->form == TB_VEC_CONST;                     \
        if (k->sel != NULL) {                                                                      \
            for (uint32_t j = 0; j < k->n; j++) {                                                  \
                uint32_t i = k->sel[j];                                                            \
                TA x = pa[ca ? 0 : i];                                                             \
                TB y = pb[cb ? 0 : i];                                                             \
                __VA_ARGS__;                                                                       \
            }                                                                                      \
        } else if (ca) {                                                                           \
            TA x = pa[0];                                                                          \
            for (uint32_t i = 0; i < k->n; i++) {                                                  \
                TB y = pb[cb ? 0 : i];                                                             \
                __VA_ARGS__;                                                                       \
            }                                                                                      \
        } else if (cb) {                                                                           \
            TB y = pb[0];                                                                          \
            for (uint32_t i = 0; i < k->n; i++) {                                                  \
                TA x = pa[i];                                                                      \
                __VA_ARGS__;                                                                       \
            }                                                                                      \
        } else {                                                                                   \
            for (uint32_t i = 0; i < k->n; i++) {                                                  \
                TA x = pa[i];                                                                      \
                TB y = pb[i];                                                                      \
                __VA_ARGS__;                                                                       \
            }                                                                                      \
        }                                                                                          \
    } while (0)

/* Loops over selected rows whose arguments are not NULL. */
#define BINARY_LIVE(TA, TB, TR, ...)                                                               \
    do {                                                                                           \
        const TA *pa = k->a->data;                                                                 \
        const TB *pb = k->b->data;                                                                 \
        TR *d = k->dst->data;                                                                      \
        bool ca = k->a->form == TB_VEC_CONST, cb = k->b->form == TB_VEC_CONST;                     \
        for (uint32_t j = 0; j < k->n; j++) {                                                      \
            uint32_t i = k->sel != NULL ? k->sel[j] : j;                                           \
            if (k->dst->valid != NULL && !live(k->dst, i))                                         \
                continue;                                                                          \
            const TA *x = &pa[ca ? 0 : i];                                                         \
            const TB *y = &pb[cb ? 0 : i];                                                         \
            __VA_ARGS__;                                                                           \
        }                                                                                          \
    } while (0)

/* ---- comparisons ---- */

#define COMPARE(name, TA, TB, expr)                                                                \
    static tb_rc name(const tbi_kcx *k)                                                            \
    {                                                                                              \
        BINARY(TA, TB, uint8_t, d[i] = (uint8_t)(expr));                                           \
        return TB_OK;                                                                              \
    }

#define COMPARE_SIX(prefix, TA, TB)                                                                \
    COMPARE(prefix##_eq, TA, TB, x == y)                                                           \
    COMPARE(prefix##_ne, TA, TB, x != y)                                                           \
    COMPARE(prefix##_lt, TA, TB, x < y)                                                            \
    COMPARE(prefix##_le, TA, TB, x <= y)                                                           \
    COMPARE(prefix##_gt, TA, TB, x > y)                                                            \
    COMPARE(prefix##_ge, TA, TB, x >= y)

COMPARE_SIX(i2, int16_t, int16_t)
COMPARE_SIX(i4, int32_t, int32_t)
COMPARE_SIX(i8, int64_t, int64_t)
COMPARE_SIX(i24, int16_t, int32_t)
COMPARE_SIX(i28, int16_t, int64_t)
COMPARE_SIX(i42, int32_t, int16_t)
COMPARE_SIX(i48, int32_t, int64_t)
COMPARE_SIX(i82, int64_t, int16_t)
COMPARE_SIX(i84, int64_t, int32_t)
COMPARE_SIX(u4, uint32_t, uint32_t)
COMPARE_SIX(u1, uint8_t, uint8_t)

/* PostgreSQL's float order: NaN equals NaN and is the greatest. */
#define COMPARE_FLOATS(prefix, TA, TB)                                                             \
    COMPARE(prefix##_eq, TA, TB, (double)x == (double)y || (x != x && y != y))                     \
    COMPARE(prefix##_ne, TA, TB, !((double)x == (double)y || (x != x && y != y)))                  \
    COMPARE(prefix##_lt, TA, TB, y != y ? x == x : (double)x < (double)y)                          \
    COMPARE(prefix##_le, TA, TB, y != y || (double)x <= (double)y)                                 \
    COMPARE(prefix##_gt, TA, TB, x != x ? y == y : (double)x > (double)y)                          \
    COMPARE(prefix##_ge, TA, TB, x != x || (double)x >= (double)y)

COMPARE_FLOATS(f4, float, float)
COMPARE_FLOATS(f8, double, double)
COMPARE_FLOATS(f48, float, double)
COMPARE_FLOATS(f84, double, float)

#define COMPARE_LIVE(name, T, expr)                                                                \
    static tb_rc name(const tbi_kcx *k)                                                            \
    {                                                                                              \
        BINARY_LIVE(T, T, uint8_t, d[i] = (uint8_t)(expr));                                        \
        return TB_OK;                                                                              \
    }

static inline bool str_eq(const tb_str *a, const tb_str *b)
{
    /* the first 8 bytes are length and prefix: most unequal strings differ there */
    if (memcmp(a, b, 8) != 0)
        return false;
    if (a->len <= TB_STR_INLINE)
        return memcmp(a->inl, b->inl, TB_STR_INLINE) == 0;
    return memcmp(a->ptr, b->ptr, a->len) == 0;
}

COMPARE_LIVE(str_eq_, tb_str, str_eq(x, y))
COMPARE_LIVE(str_ne_, tb_str, !str_eq(x, y))
COMPARE_LIVE(str_lt_, tb_str, tb_str_cmp(x, y) < 0)
COMPARE_LIVE(str_le_, tb_str, tb_str_cmp(x, y) <= 0)
COMPARE_LIVE(str_gt_, tb_str, tb_str_cmp(x, y) > 0)
COMPARE_LIVE(str_ge_, tb_str, tb_str_cmp(x, y) >= 0)

static inline int num_cmp(const tb_num *a, const tb_num *b)
{
    if (a->kind == TB_NUM_SMALL && b->kind == TB_NUM_SMALL && a->scale == b->scale)
        return (a->coef > b->coef) - (a->coef < b->coef);
    return tb_num_cmp(a, b);
}

COMPARE_LIVE(num_eq, tb_num, num_cmp(x, y) == 0)
COMPARE_LIVE(num_ne, tb_num, num_cmp(x, y) != 0)
COMPARE_LIVE(num_lt, tb_num, num_cmp(x, y) < 0)
COMPARE_LIVE(num_le, tb_num, num_cmp(x, y) <= 0)
COMPARE_LIVE(num_gt, tb_num, num_cmp(x, y) > 0)
COMPARE_LIVE(num_ge, tb_num, num_cmp(x, y) >= 0)

/* ---- integer arithmetic ---- */

static tb_rc out_of_range(const tbi_kcx *k, size_t width)
{
    return TB_RAISE(k->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range",
                    width == 2   ? "smallint"
                    : width == 4 ? "integer"
                                 : "bigint");
}

#define ARITH(name, TA, TB, TR, builtin)                                                           \
    static tb_rc name(const tbi_kcx *k)                                                            \
    {                                                                                              \
        bool over = false;                                                                         \
        BINARY(TA, TB, TR, TR r; over |= builtin((TR)x, (TR)y, &r); d[i] = r);                     \
        if (!over)                                                                                 \
            return TB_OK;                                                                          \
        over = false;                                                                              \
        BINARY_LIVE(TA, TB, TR, TR r; (void)d; over |= builtin((TR)*x, (TR)*y, &r));               \
        return over ? out_of_range(k, sizeof(TR)) : TB_OK;                                         \
    }

#define ARITH_THREE(prefix, TA, TB, TR)                                                            \
    ARITH(prefix##_pl, TA, TB, TR, __builtin_add_overflow)                                         \
    ARITH(prefix##_mi, TA, TB, TR, __builtin_sub_overflow)                                         \
    ARITH(prefix##_mul, TA, TB, TR, __builtin_mul_overflow)

ARITH_THREE(i2, int16_t, int16_t, int16_t)
ARITH_THREE(i4, int32_t, int32_t, int32_t)
ARITH_THREE(i8, int64_t, int64_t, int64_t)
ARITH_THREE(i24, int16_t, int32_t, int32_t)
ARITH_THREE(i42, int32_t, int16_t, int32_t)
ARITH_THREE(i28, int16_t, int64_t, int64_t)
ARITH_THREE(i82, int64_t, int16_t, int64_t)
ARITH_THREE(i48, int32_t, int64_t, int64_t)
ARITH_THREE(i84, int64_t, int32_t, int64_t)

#define DIVIDE(name, TA, TB, TR)                                                                   \
    static tb_rc name(const tbi_kcx *k)                                                            \
    {                                                                                              \
        BINARY_LIVE(TA, TB, TR, {                                                                  \
            if (*y == 0)                                                                           \
                return TB_RAISE(k->err, TB_E_DIVISION_BY_ZERO, "division by zero");                \
            if (*y == -1) {                                                                        \
                if (__builtin_sub_overflow((TR)0, (TR)*x, &d[i]))                                  \
                    return out_of_range(k, sizeof(TR));                                            \
            } else {                                                                               \
                d[i] = (TR)((TR)*x / (TR)*y);                                                      \
            }                                                                                      \
        });                                                                                        \
        return TB_OK;                                                                              \
    }
DIVIDE(i2_div, int16_t, int16_t, int16_t)
DIVIDE(i4_div, int32_t, int32_t, int32_t)
DIVIDE(i8_div, int64_t, int64_t, int64_t)
DIVIDE(i48_div, int32_t, int64_t, int64_t)
DIVIDE(i84_div, int64_t, int32_t, int64_t)

#define MODULO(name, T)                                                                            \
    static tb_rc name(const tbi_kcx *k)                                                            \
    {                                                                                              \
        BINARY_LIVE(T, T, T, {                                                                     \
            if (*y == 0)                                                                           \
                return TB_RAISE(k->err, TB_E_DIVISION_BY_ZERO, "division by zero");                \
            d[i] = *y == -1 ? 0 : (T)(*x % *y);                                                    \
        });                                                                                        \
        return TB_OK;                                                                              \
    }
MODULO(i2_mod, int16_t)
MODULO(i4_mod, int32_t)
MODULO(i8_mod, int64_t)

/* ---- float arithmetic ---- */

static tb_rc overflow(const tbi_kcx *k)
{
    return TB_RAISE(k->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
}

static tb_rc underflow(const tbi_kcx *k)
{
    return TB_RAISE(k->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
}

static tb_rc f8_pl(const tbi_kcx *k)
{
    BINARY_LIVE(double, double, double, {
        d[i] = *x + *y;
        if (isinf(d[i]) && !isinf(*x) && !isinf(*y))
            return overflow(k);
    });
    return TB_OK;
}

static tb_rc f8_mi(const tbi_kcx *k)
{
    BINARY_LIVE(double, double, double, {
        d[i] = *x - *y;
        if (isinf(d[i]) && !isinf(*x) && !isinf(*y))
            return overflow(k);
    });
    return TB_OK;
}

static tb_rc f8_mul(const tbi_kcx *k)
{
    BINARY_LIVE(double, double, double, {
        d[i] = *x * *y;
        if (isinf(d[i]) && !isinf(*x) && !isinf(*y))
            return overflow(k);
        if (d[i] == 0 && *x != 0 && *y != 0)
            return underflow(k);
    });
    return TB_OK;
}

static tb_rc f8_div(const tbi_kcx *k)
{
    BINARY_LIVE(double, double, double, {
        if (*y == 0 && !isnan(*x))
            return TB_RAISE(k->err, TB_E_DIVISION_BY_ZERO, "division by zero");
        d[i] = *x / *y;
        if (isinf(d[i]) && !isinf(*x))
            return overflow(k);
        if (d[i] == 0 && *x != 0 && !isinf(*y))
            return underflow(k);
    });
    return TB_OK;
}

/* ---- numeric arithmetic: small operands without a call ---- */

enum { SMALL_SCALE = 15 };

static inline bool small(const tb_num *x)
{
    return x->kind == TB_NUM_SMALL;
}

static tb_rc num_pl(const tbi_kcx *k)
{
    BINARY_LIVE(tb_num, tb_num, tb_num, {
        int64_t r;
        if (small(x) && small(y) && x->scale == y->scale &&
            !__builtin_add_overflow(x->coef, y->coef, &r))
            d[i] = tb_num_small(r, x->scale);
        else
            TB_TRY(tb_num_add(k->arena, x, y, &d[i], k->err));
    });
    return TB_OK;
}

static tb_rc num_mi(const tbi_kcx *k)
{
    BINARY_LIVE(tb_num, tb_num, tb_num, {
        int64_t r;
        if (small(x) && small(y) && x->scale == y->scale &&
            !__builtin_sub_overflow(x->coef, y->coef, &r))
            d[i] = tb_num_small(r, x->scale);
        else
            TB_TRY(tb_num_sub(k->arena, x, y, &d[i], k->err));
    });
    return TB_OK;
}

static tb_rc num_mul(const tbi_kcx *k)
{
    BINARY_LIVE(tb_num, tb_num, tb_num, {
        int64_t r;
        if (small(x) && small(y) && x->scale + y->scale <= SMALL_SCALE &&
            !__builtin_mul_overflow(x->coef, y->coef, &r))
            d[i] = tb_num_small(r, x->scale + y->scale);
        else
            TB_TRY(tb_num_mul(k->arena, x, y, &d[i], k->err));
    });
    return TB_OK;
}

/* ---- widening casts: b is not used ---- */

#define CAST(name, TA, TR, expr)                                                                   \
    static tb_rc name(const tbi_kcx *k)                                                            \
    {                                                                                              \
        const TA *pa = k->a->data;                                                                 \
        TR *d = k->dst->data;                                                                      \
        bool ca = k->a->form == TB_VEC_CONST;                                                      \
        for (uint32_t j = 0; j < k->n; j++) {                                                      \
            uint32_t i = k->sel != NULL ? k->sel[j] : j;                                           \
            TA x = pa[ca ? 0 : i];                                                                 \
            d[i] = (expr);                                                                         \
        }                                                                                          \
        return TB_OK;                                                                              \
    }
CAST(cast_i4_i2, int16_t, int32_t, x)
CAST(cast_i8_i2, int16_t, int64_t, x)
CAST(cast_i8_i4, int32_t, int64_t, x)
CAST(cast_f8_i2, int16_t, double, x)
CAST(cast_f8_i4, int32_t, double, x)
CAST(cast_f8_i8, int64_t, double, (double)x)
CAST(cast_f8_f4, float, double, (double)x)
CAST(cast_num_i2, int16_t, tb_num, tb_num_small(x, 0))
CAST(cast_num_i4, int32_t, tb_num, tb_num_small(x, 0))

/* ---- the table ---- */

#define TOTAL(fn, k) [TB_FN_##fn] = {k, true}
#define LIVE(fn, k)  [TB_FN_##fn] = {k, false}
#define SIX(fn, k)                                                                                 \
    TOTAL(fn##EQ, k##_eq), TOTAL(fn##NE, k##_ne), TOTAL(fn##LT, k##_lt), TOTAL(fn##LE, k##_le),    \
        TOTAL(fn##GT, k##_gt), TOTAL(fn##GE, k##_ge)
#define SIX_(fn, k)                                                                                \
    TOTAL(fn##_EQ, k##_eq), TOTAL(fn##_NE, k##_ne), TOTAL(fn##_LT, k##_lt),                        \
        TOTAL(fn##_LE, k##_le), TOTAL(fn##_GT, k##_gt), TOTAL(fn##_GE, k##_ge)
#define THREE(fn, k) LIVE(fn##PL, k##_pl), LIVE(fn##MI, k##_mi), LIVE(fn##MUL, k##_mul)

static const tbi_kernel kernels[TB_FN_COUNT] = {
    SIX(INT2, i2),
    SIX(INT4, i4),
    SIX(INT8, i8),
    SIX(INT24, i24),
    SIX(INT28, i28),
    SIX(INT42, i42),
    SIX(INT48, i48),
    SIX(INT82, i82),
    SIX(INT84, i84),
    SIX(OID, u4),
    SIX(BOOL, u1),
    SIX(FLOAT4, f4),
    SIX(FLOAT8, f8),
    SIX(FLOAT48, f48),
    SIX(FLOAT84, f84),
    SIX_(DATE, i4),
    SIX_(TIMESTAMP, i8),
    SIX_(TIMESTAMPTZ, i8),
    SIX_(TIME, i8),
    LIVE(TEXTEQ, str_eq_),
    LIVE(TEXTNE, str_ne_),
    LIVE(TEXT_LT, str_lt_),
    LIVE(TEXT_LE, str_le_),
    LIVE(TEXT_GT, str_gt_),
    LIVE(TEXT_GE, str_ge_),
    LIVE(NAMEEQ, str_eq_),
    LIVE(NAMEEQTEXT, str_eq_),
    LIVE(TEXTEQNAME, str_eq_),
    LIVE(NUMERIC_EQ, num_eq),
    LIVE(NUMERIC_NE, num_ne),
    LIVE(NUMERIC_LT, num_lt),
    LIVE(NUMERIC_LE, num_le),
    LIVE(NUMERIC_GT, num_gt),
    LIVE(NUMERIC_GE, num_ge),
    THREE(INT2, i2),
    THREE(INT4, i4),
    THREE(INT8, i8),
    THREE(INT24, i24),
    THREE(INT42, i42),
    THREE(INT28, i28),
    THREE(INT82, i82),
    THREE(INT48, i48),
    THREE(INT84, i84),
    LIVE(INT2DIV, i2_div),
    LIVE(INT4DIV, i4_div),
    LIVE(INT8DIV, i8_div),
    LIVE(INT48DIV, i48_div),
    LIVE(INT84DIV, i84_div),
    LIVE(INT2MOD, i2_mod),
    LIVE(INT4MOD, i4_mod),
    LIVE(INT8MOD, i8_mod),
    LIVE(FLOAT8PL, f8_pl),
    LIVE(FLOAT8MI, f8_mi),
    LIVE(FLOAT8MUL, f8_mul),
    LIVE(FLOAT8DIV, f8_div),
    LIVE(NUMERIC_ADD, num_pl),
    LIVE(NUMERIC_SUB, num_mi),
    LIVE(NUMERIC_MUL, num_mul),
    TOTAL(INT4_INT2, cast_i4_i2),
    TOTAL(INT8_INT2, cast_i8_i2),
    TOTAL(INT8_INT4, cast_i8_i4),
    TOTAL(FLOAT8_INT2, cast_f8_i2),
    TOTAL(FLOAT8_INT4, cast_f8_i4),
    TOTAL(FLOAT8_INT8, cast_f8_i8),
    TOTAL(FLOAT8_FLOAT4, cast_f8_f4),
    TOTAL(NUMERIC_INT2, cast_num_i2),
    TOTAL(NUMERIC_INT4, cast_num_i4),
};

const tbi_kernel *tbi_kernel_of(tb_fn_id fn)
{
    return kernels[fn].run == NULL ? NULL : &kernels[fn];
}
