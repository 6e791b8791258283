/* SPDX-License-Identifier: Apache-2.0
 * NUMERIC functions: thin bodies over core/num.h, plus gcd, lcm and width_bucket.
 */
#include "executor/fn_int.h"

#include "core/num.h"

#define N(i) (&a[i].d.num)

/* ---- operators and mathematics that can fail ---- */

#define BINARY(id, f)                                                                              \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        tb_num v;                                                                                  \
        TB_TRY(f(cx->arena, N(0), N(1), &v, cx->err));                                             \
        return tbi_num(ret, v);                                                                    \
    }
BINARY(NUMERIC_ADD, tb_num_add)
BINARY(NUMERIC_SUB, tb_num_sub)
BINARY(NUMERIC_MUL, tb_num_mul)
BINARY(NUMERIC_DIV, tb_num_div)
BINARY(NUMERIC_MOD, tb_num_mod)
BINARY(MOD_NUMERIC_NUMERIC, tb_num_mod)
BINARY(DIV, tb_num_div_trunc)
BINARY(NUMERIC_POWER, tb_num_power)
BINARY(POWER_NUMERIC_NUMERIC, tb_num_power)
BINARY(POW_NUMERIC_NUMERIC, tb_num_power)
BINARY(LOG_NUMERIC_NUMERIC, tb_num_log)

#define UNARY(id, f)                                                                               \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        tb_num v;                                                                                  \
        TB_TRY(f(cx->arena, N(0), &v, cx->err));                                                   \
        return tbi_num(ret, v);                                                                    \
    }
UNARY(SQRT_NUMERIC, tb_num_sqrt)
UNARY(EXP_NUMERIC, tb_num_exp)
UNARY(LN_NUMERIC, tb_num_ln)

static tb_rc log_10(tb_arena *arena, const tb_num *x, tb_num *out, tb_error *err)
{
    tb_num ten = tb_num_small(10, 0);
    return tb_num_log(arena, &ten, x, out, err);
}
UNARY(LOG_NUMERIC, log_10)
UNARY(LOG10_NUMERIC, log_10)

static tb_rc round_to(tb_fn_cx *cx, const tb_num *v, int digits, tb_value *ret)
{
    tb_num r;
    TB_TRY(tb_num_round(cx->arena, v, digits, &r, cx->err));
    return tbi_num(ret, r);
}

TB_BODY(ROUND_NUMERIC)
{
    return round_to(cx, N(0), 0, ret);
}

TB_BODY(ROUND_NUMERIC_INT4)
{
    return round_to(cx, N(0), a[1].d.i32, ret);
}

/* ---- total functions ---- */

#define TOTAL(id, expr)                                                                            \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        return tbi_num(ret, (expr));                                                               \
    }
TOTAL(NUMERIC_UPLUS, *N(0))
TOTAL(NUMERIC_UMINUS, tb_num_neg(cx->arena, N(0)))
TOTAL(NUMERIC_ABS, tb_num_abs(cx->arena, N(0)))
TOTAL(ABS_NUMERIC, tb_num_abs(cx->arena, N(0)))
TOTAL(CEIL_NUMERIC, tb_num_ceil(cx->arena, N(0)))
TOTAL(CEILING_NUMERIC, tb_num_ceil(cx->arena, N(0)))
TOTAL(FLOOR_NUMERIC, tb_num_floor(cx->arena, N(0)))
TOTAL(TRUNC_NUMERIC, tb_num_trunc(cx->arena, N(0), 0))
TOTAL(TRUNC_NUMERIC_INT4, tb_num_trunc(cx->arena, N(0), a[1].d.i32))
TOTAL(TRIM_SCALE, tb_num_trim_scale(cx->arena, N(0)))

static bool finite(const tb_num *n)
{
    return n->kind == TB_NUM_SMALL || n->kind == TB_NUM_BIG;
}

static bool is_zero(const tb_num *n)
{
    return finite(n) && tb_num_sign(n) == 0;
}

TB_BODY(SIGN_NUMERIC)
{
    if (a[0].d.num.kind == TB_NUM_NAN)
        return tbi_num(ret, *N(0));
    return tbi_num(ret, tb_num_from_int64(tb_num_sign(N(0))));
}
TB_BODY(SCALE)
{
    return finite(N(0)) ? tbi_int4(ret, a[0].d.num.scale) : tbi_null(ret);
}
TB_BODY(MIN_SCALE)
{
    return finite(N(0)) ? tbi_int4(ret, tb_num_min_scale(N(0))) : tbi_null(ret);
}

/* ---- gcd, lcm: at the larger of the two scales ---- */

static const tb_num nan_value = {.kind = TB_NUM_NAN};

static int larger_scale(const tb_num *x, const tb_num *y)
{
    return x->scale > y->scale ? x->scale : y->scale;
}

static tb_rc num_gcd(tb_fn_cx *cx, tb_num x, tb_num y, tb_num *out)
{
    while (!is_zero(&y)) {
        tb_num rest;
        TB_TRY(tb_num_mod(cx->arena, &x, &y, &rest, cx->err));
        x = y;
        y = rest;
    }
    *out = tb_num_abs(cx->arena, &x);
    return TB_OK;
}

TB_BODY(GCD_NUMERIC_NUMERIC)
{
    if (!finite(N(0)) || !finite(N(1)))
        return tbi_num(ret, nan_value);
    tb_num v;
    TB_TRY(num_gcd(cx, *N(0), *N(1), &v));
    return tbi_num(ret, tb_num_rescale(cx->arena, &v, larger_scale(N(0), N(1))));
}

TB_BODY(LCM_NUMERIC_NUMERIC)
{
    if (!finite(N(0)) || !finite(N(1)))
        return tbi_num(ret, nan_value);
    int scale = larger_scale(N(0), N(1));
    tb_num v = tb_num_from_int64(0);
    if (!is_zero(N(0)) && !is_zero(N(1))) {
        tb_num common, part;
        TB_TRY(num_gcd(cx, *N(0), *N(1), &common));
        TB_TRY(tb_num_div_trunc(cx->arena, N(0), &common, &part, cx->err));
        TB_TRY(tb_num_mul(cx->arena, &part, N(1), &v, cx->err));
        v = tb_num_abs(cx->arena, &v);
    }
    return tbi_num(ret, tb_num_rescale(cx->arena, &v, scale));
}

/* ---- width_bucket ---- */

/* floor((x - from) * count / (to - from) + 1) for from <= x < to or from >= x > to; the quotient
 * has as many decimals as PostgreSQL gives it, which decides close to a border. */
static tb_rc inner_bucket(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    tb_num count = tb_num_from_int64(a[3].d.i32), one = tb_num_from_int64(1), above, span, bucket;
    TB_TRY(tb_num_sub(cx->arena, N(0), N(1), &above, cx->err));
    TB_TRY(tb_num_sub(cx->arena, N(2), N(1), &span, cx->err));
    TB_TRY(tb_num_mul(cx->arena, &above, &count, &above, cx->err));
    TB_TRY(tb_num_div(cx->arena, &above, &span, &bucket, cx->err));
    TB_TRY(tb_num_add(cx->arena, &bucket, &one, &bucket, cx->err));
    bucket = tb_num_floor(cx->arena, &bucket);
    int64_t v;
    TB_TRY(tb_num_to_int64(&bucket, &v, cx->err));
    if (v > INT32_MAX)
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
    return tbi_int4(ret, v);
}

TB_BODY(WIDTH_BUCKET_NUMERIC_NUMERIC_NUMERIC_INT4)
{
    int32_t count = a[3].d.i32;
    if (count <= 0)
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_WIDTH_BUCKET,
                        "count must be greater than zero");
    if (N(0)->kind == TB_NUM_NAN || N(1)->kind == TB_NUM_NAN || N(2)->kind == TB_NUM_NAN)
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_WIDTH_BUCKET,
                        "operand, lower bound, and upper bound cannot be NaN");
    if (!finite(N(1)) || !finite(N(2)))
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_WIDTH_BUCKET,
                        "lower and upper bounds must be finite");
    int direction = tb_num_cmp(N(1), N(2));
    if (direction == 0)
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_WIDTH_BUCKET,
                        "lower bound cannot equal upper bound");
    bool up = direction < 0;
    int low = tb_num_cmp(N(0), N(1)), high = tb_num_cmp(N(0), N(2));
    if (up ? low < 0 : low > 0)
        return tbi_int4(ret, 0);
    if (up ? high >= 0 : high <= 0) {
        if (count == INT32_MAX)
            return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
        return tbi_int4(ret, count + 1);
    }
    return inner_bucket(cx, a, ret);
}
