/* SPDX-License-Identifier: Apache-2.0
 * Floating-point arithmetic and mathematics, with PostgreSQL's rules for overflow, underflow and
 * undefined points.
 *
 * A result that is infinite although no argument was is an overflow; one that is zero although it
 * cannot be is an underflow; both are errors. Trigonometry in degrees is exact at the multiples of
 * 30 and 45 degrees.
 */
#include "executor/fn_int.h"

#include <math.h>

static tb_rc overflow(tb_fn_cx *cx)
{
    return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
}

static tb_rc underflow(tb_fn_cx *cx)
{
    return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
}

static tb_rc input_out_of_range(tb_fn_cx *cx)
{
    return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "input is out of range");
}

/* ---- + - * / ---- */

/* may_be_inf: an argument was infinite; may_be_zero: zero is a right answer. */
static tb_rc check8(tb_fn_cx *cx, double v, bool may_be_inf, bool may_be_zero)
{
    if (isinf(v) && !may_be_inf)
        return overflow(cx);
    if (v == 0 && !may_be_zero)
        return underflow(cx);
    return TB_OK;
}

static tb_rc divide(tb_fn_cx *cx, double x, double y, tb_value *ret)
{
    if (y == 0 && !isnan(x))
        return TB_RAISE(cx->err, TB_E_DIVISION_BY_ZERO, "division by zero");
    double v = x / y;
    TB_TRY(check8(cx, v, isinf(x), x == 0 || isinf(y)));
    return tbi_float8(ret, v);
}

static tb_rc multiply(tb_fn_cx *cx, double x, double y, tb_value *ret)
{
    double v = x * y;
    TB_TRY(check8(cx, v, isinf(x) || isinf(y), x == 0 || y == 0));
    return tbi_float8(ret, v);
}

static tb_rc add(tb_fn_cx *cx, double x, double y, tb_value *ret)
{
    double v = x + y;
    TB_TRY(check8(cx, v, isinf(x) || isinf(y), true));
    return tbi_float8(ret, v);
}

#define ARITHMETIC(prefix, left, right)                                                            \
    TB_BODY(prefix##PL)                                                                            \
    {                                                                                              \
        return add(cx, (double)a[0].d.left, (double)a[1].d.right, ret);                            \
    }                                                                                              \
    TB_BODY(prefix##MI)                                                                            \
    {                                                                                              \
        return add(cx, (double)a[0].d.left, -(double)a[1].d.right, ret);                           \
    }                                                                                              \
    TB_BODY(prefix##MUL)                                                                           \
    {                                                                                              \
        return multiply(cx, (double)a[0].d.left, (double)a[1].d.right, ret);                       \
    }                                                                                              \
    TB_BODY(prefix##DIV)                                                                           \
    {                                                                                              \
        return divide(cx, (double)a[0].d.left, (double)a[1].d.right, ret);                         \
    }
ARITHMETIC(FLOAT8, f64, f64)
ARITHMETIC(FLOAT48, f32, f64)
ARITHMETIC(FLOAT84, f64, f32)

static tb_rc put4(tb_fn_cx *cx, float v, bool may_be_inf, bool may_be_zero, tb_value *ret)
{
    TB_TRY(check8(cx, (double)v, may_be_inf, may_be_zero));
    *ret = (tb_value){.d.f32 = v};
    return TB_OK;
}

TB_BODY(FLOAT4PL)
{
    float x = a[0].d.f32, y = a[1].d.f32;
    return put4(cx, x + y, isinf(x) || isinf(y), true, ret);
}
TB_BODY(FLOAT4MI)
{
    float x = a[0].d.f32, y = a[1].d.f32;
    return put4(cx, x - y, isinf(x) || isinf(y), true, ret);
}
TB_BODY(FLOAT4MUL)
{
    float x = a[0].d.f32, y = a[1].d.f32;
    return put4(cx, x * y, isinf(x) || isinf(y), x == 0 || y == 0, ret);
}
TB_BODY(FLOAT4DIV)
{
    float x = a[0].d.f32, y = a[1].d.f32;
    if (y == 0 && !isnan(x))
        return TB_RAISE(cx->err, TB_E_DIVISION_BY_ZERO, "division by zero");
    return put4(cx, x / y, isinf(x), x == 0 || isinf(y), ret);
}

/* ---- signs and rounding ---- */

#define UNARY4(id, expr)                                                                           \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        float x = a[0].d.f32;                                                                      \
        *ret = (tb_value){.d.f32 = (expr)};                                                        \
        return TB_OK;                                                                              \
    }
UNARY4(FLOAT4ABS, fabsf(x))
UNARY4(ABS_FLOAT4, fabsf(x))
UNARY4(FLOAT4UM, -x)
UNARY4(FLOAT4UP, x)

/* Functions that cannot fail. */
#define TOTAL(id, expr)                                                                            \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        double x = a[0].d.f64;                                                                     \
        return tbi_float8(ret, (expr));                                                            \
    }
TOTAL(FLOAT8ABS, fabs(x))
TOTAL(ABS_FLOAT8, fabs(x))
TOTAL(FLOAT8UM, -x)
TOTAL(FLOAT8UP, x)
TOTAL(CEIL_FLOAT8, ceil(x))
TOTAL(CEILING_FLOAT8, ceil(x))
TOTAL(FLOOR_FLOAT8, floor(x))
TOTAL(ROUND_FLOAT8, rint(x))
TOTAL(TRUNC_FLOAT8, x >= 0 ? floor(x) : -floor(-x))
TOTAL(SIGN_FLOAT8, (x > 0) - (x < 0))
TOTAL(ASINH, asinh(x))
TOTAL(ATAN, atan(x))
TOTAL(TANH, tanh(x))

TB_BODY(PI)
{
    return tbi_float8(ret, M_PI);
}

/* ---- roots, powers, logarithms ---- */

static tb_rc square_root(tb_fn_cx *cx, double x, tb_value *ret)
{
    if (x < 0)
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                        "cannot take square root of a negative number");
    double v = sqrt(x);
    TB_TRY(check8(cx, v, isinf(x), x == 0));
    return tbi_float8(ret, v);
}

static tb_rc cube_root(tb_fn_cx *cx, double x, tb_value *ret)
{
    double v = cbrt(x);
    TB_TRY(check8(cx, v, isinf(x), x == 0));
    return tbi_float8(ret, v);
}

/* x^y where one of them is infinite; C libraries differ here. */
static double power_of_infinite(double x, double y)
{
    if (isinf(y)) {
        double size = fabs(x);
        if (size == 1.0)
            return 1.0;
        return (size > 1.0) == (y > 0) ? INFINITY : 0.0;
    }
    if (y == 0)
        return 1.0;
    if (x > 0)
        return y > 0 ? x : 0.0;
    bool odd = floor(y * 0.5) != y * 0.5;
    if (y > 0)
        return odd ? x : -x;
    return odd ? -0.0 : 0.0;
}

static tb_rc power(tb_fn_cx *cx, double x, double y, tb_value *ret)
{
    if (isnan(x))
        return tbi_float8(ret, y == 0 ? 1.0 : (double)NAN);
    if (isnan(y))
        return tbi_float8(ret, x == 1.0 ? 1.0 : (double)NAN);
    if (x == 0 && y < 0)
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                        "zero raised to a negative power is undefined");
    if (x < 0 && floor(y) != y)
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                        "a negative number raised to a non-integer power yields a complex result");
    if (isinf(x) || isinf(y))
        return tbi_float8(ret, power_of_infinite(x, y));
    double v = pow(x, y);
    TB_TRY(check8(cx, v, false, x == 0));
    return tbi_float8(ret, v);
}

static tb_rc exponential(tb_fn_cx *cx, double x, tb_value *ret)
{
    if (isnan(x))
        return tbi_float8(ret, x);
    if (isinf(x))
        return tbi_float8(ret, x > 0 ? x : 0);
    double v = exp(x);
    TB_TRY(check8(cx, v, false, false));
    return tbi_float8(ret, v);
}

static tb_rc check_log(tb_fn_cx *cx, double x)
{
    if (x == 0)
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_LOG, "cannot take logarithm of zero");
    if (x < 0)
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_LOG,
                        "cannot take logarithm of a negative number");
    return TB_OK;
}

static tb_rc logarithm(tb_fn_cx *cx, double x, double (*f)(double), tb_value *ret)
{
    TB_TRY(check_log(cx, x));
    double v = f(x);
    TB_TRY(check8(cx, v, isinf(x), x == 1));
    return tbi_float8(ret, v);
}

TB_BODY(SQRT_FLOAT8)
{
    return square_root(cx, a[0].d.f64, ret);
}
TB_BODY(DSQRT)
{
    return square_root(cx, a[0].d.f64, ret);
}
TB_BODY(CBRT)
{
    return cube_root(cx, a[0].d.f64, ret);
}
TB_BODY(DCBRT)
{
    return cube_root(cx, a[0].d.f64, ret);
}
TB_BODY(POWER_FLOAT8_FLOAT8)
{
    return power(cx, a[0].d.f64, a[1].d.f64, ret);
}
TB_BODY(POW_FLOAT8_FLOAT8)
{
    return power(cx, a[0].d.f64, a[1].d.f64, ret);
}
TB_BODY(DPOW)
{
    return power(cx, a[0].d.f64, a[1].d.f64, ret);
}
TB_BODY(EXP_FLOAT8)
{
    return exponential(cx, a[0].d.f64, ret);
}
TB_BODY(LN_FLOAT8)
{
    return logarithm(cx, a[0].d.f64, log, ret);
}
TB_BODY(LOG_FLOAT8)
{
    return logarithm(cx, a[0].d.f64, log10, ret);
}
TB_BODY(LOG10_FLOAT8)
{
    return logarithm(cx, a[0].d.f64, log10, ret);
}

/* ---- radians ---- */

/* Functions undefined at the infinities. */
#define PERIODIC(id, f)                                                                            \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        double x = a[0].d.f64;                                                                     \
        if (isinf(x))                                                                              \
            return input_out_of_range(cx);                                                         \
        return tbi_float8(ret, f(x));                                                              \
    }
PERIODIC(SIN, sin)
PERIODIC(COS, cos)

TB_BODY(TAN)
{
    double x = a[0].d.f64;
    return isinf(x) ? input_out_of_range(cx) : tbi_float8(ret, tan(x));
}
TB_BODY(COT)
{
    double x = a[0].d.f64;
    return isinf(x) ? input_out_of_range(cx) : tbi_float8(ret, 1.0 / tan(x));
}

static bool outside_unit(double x)
{
    return x < -1.0 || x > 1.0;
}

TB_BODY(ASIN)
{
    double x = a[0].d.f64;
    return outside_unit(x) ? input_out_of_range(cx) : tbi_float8(ret, asin(x));
}
TB_BODY(ACOS)
{
    double x = a[0].d.f64;
    return outside_unit(x) ? input_out_of_range(cx) : tbi_float8(ret, acos(x));
}
TB_BODY(ATAN2)
{
    return tbi_float8(ret, atan2(a[0].d.f64, a[1].d.f64));
}
TOTAL(SINH, sinh(x))
TOTAL(COSH, cosh(x))
TB_BODY(ACOSH)
{
    double x = a[0].d.f64;
    return x < 1.0 ? input_out_of_range(cx) : tbi_float8(ret, acosh(x));
}
TB_BODY(ATANH)
{
    double x = a[0].d.f64;
    return outside_unit(x) ? input_out_of_range(cx) : tbi_float8(ret, atanh(x));
}

#define RADIANS_PER_DEGREE 0.0174532925199432957692

TB_BODY(DEGREES)
{
    return divide(cx, a[0].d.f64, RADIANS_PER_DEGREE, ret);
}
TB_BODY(RADIANS)
{
    return multiply(cx, a[0].d.f64, RADIANS_PER_DEGREE, ret);
}

/* ---- degrees ----
 * Every result is scaled by the library's own value at a known angle (sin 30, cos 60, ...), so that
 * the rounding error of the library cancels exactly there. */

/* Keeps the compiler from computing the scale factors at build time with another rounding than at
 * run time. */
static double hidden(volatile double v)
{
    return v;
}

static double sin_to_30(double x)
{
    return sin(x * RADIANS_PER_DEGREE) / sin(hidden(30.0) * RADIANS_PER_DEGREE) / 2.0;
}

static double cos_to_60(double x)
{
    double rest_60 = 1.0 - cos(hidden(60.0) * RADIANS_PER_DEGREE);
    return 1.0 - (1.0 - cos(x * RADIANS_PER_DEGREE)) / rest_60 / 2.0;
}

static double sin_to_90(double x)
{
    return x <= 30.0 ? sin_to_30(x) : cos_to_60(90.0 - x);
}

static double cos_to_90(double x)
{
    return x <= 60.0 ? cos_to_60(x) : sin_to_30(90.0 - x);
}

static double asin_to_90(double x)
{
    if (x <= 0.5)
        return asin(x) / asin(hidden(0.5)) * 30.0;
    return 90.0 - acos(x) / acos(hidden(0.5)) * 60.0;
}

static double acos_to_90(double x)
{
    if (x <= 0.5)
        return 90.0 - asin(x) / asin(hidden(0.5)) * 30.0;
    return acos(x) / acos(hidden(0.5)) * 60.0;
}

/* Folds an angle into the first quadrant; the signs tell what the folding did to sine and cosine.
 */
static double fold_angle(double x, double *sin_sign, double *cos_sign)
{
    *sin_sign = *cos_sign = 1.0;
    x = fmod(x, 360.0);
    if (x < 0) {
        x = -x;
        *sin_sign = -1.0;
    }
    if (x > 180.0) {
        x = 360.0 - x;
        *sin_sign = -*sin_sign;
    }
    if (x > 90.0) {
        x = 180.0 - x;
        *cos_sign = -1.0;
    }
    return x;
}

typedef enum ratio { RATIO_SIN, RATIO_COS, RATIO_TAN, RATIO_COT } ratio;

static tb_rc trig_degrees(tb_fn_cx *cx, double x, ratio which, tb_value *ret)
{
    if (isnan(x))
        return tbi_float8(ret, x);
    if (isinf(x))
        return input_out_of_range(cx);
    double sin_sign, cos_sign, v = 0;
    x = fold_angle(x, &sin_sign, &cos_sign);
    switch (which) {
    case RATIO_SIN:
        return tbi_float8(ret, sin_sign * sin_to_90(x));
    case RATIO_COS:
        return tbi_float8(ret, cos_sign * cos_to_90(x));
    case RATIO_TAN:
        v = sin_to_90(x) / cos_to_90(x) / (sin_to_90(hidden(45.0)) / cos_to_90(hidden(45.0)));
        break;
    case RATIO_COT:
        v = cos_to_90(x) / sin_to_90(x) / (cos_to_90(hidden(45.0)) / sin_to_90(hidden(45.0)));
        break;
    }
    v *= sin_sign * cos_sign;
    return tbi_float8(ret, v == 0 ? 0.0 : v); /* no minus zero */
}

TB_BODY(SIND)
{
    return trig_degrees(cx, a[0].d.f64, RATIO_SIN, ret);
}
TB_BODY(COSD)
{
    return trig_degrees(cx, a[0].d.f64, RATIO_COS, ret);
}
TB_BODY(TAND)
{
    return trig_degrees(cx, a[0].d.f64, RATIO_TAN, ret);
}
TB_BODY(COTD)
{
    return trig_degrees(cx, a[0].d.f64, RATIO_COT, ret);
}
TB_BODY(ASIND)
{
    double x = a[0].d.f64;
    if (outside_unit(x))
        return input_out_of_range(cx);
    return tbi_float8(ret, isnan(x) ? x : x >= 0 ? asin_to_90(x) : -asin_to_90(-x));
}
TB_BODY(ACOSD)
{
    double x = a[0].d.f64;
    if (outside_unit(x))
        return input_out_of_range(cx);
    return tbi_float8(ret, isnan(x) ? x : x >= 0 ? acos_to_90(x) : 90.0 + asin_to_90(-x));
}
TB_BODY(ATAND)
{
    return tbi_float8(ret, atan(a[0].d.f64) / atan(hidden(1.0)) * 45.0);
}
TB_BODY(ATAN2D)
{
    return tbi_float8(ret, atan2(a[0].d.f64, a[1].d.f64) / atan(hidden(1.0)) * 45.0);
}

/* ---- the rest ---- */

TB_BODY(WIDTH_BUCKET_FLOAT8_FLOAT8_FLOAT8_INT4)
{
    double x = a[0].d.f64, from = a[1].d.f64, to = a[2].d.f64;
    int32_t count = a[3].d.i32;
    if (count <= 0)
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_WIDTH_BUCKET,
                        "count must be greater than zero");
    if (isnan(x) || isnan(from) || isnan(to))
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_WIDTH_BUCKET,
                        "operand, lower bound, and upper bound cannot be NaN");
    if (isinf(from) || isinf(to))
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_WIDTH_BUCKET,
                        "lower and upper bounds must be finite");
    if (from == to)
        return TB_RAISE(cx->err, TB_E_INVALID_ARGUMENT_FOR_WIDTH_BUCKET,
                        "lower bound cannot equal upper bound");
    bool up = from < to;
    if (up ? x < from : x > from)
        return tbi_int4(ret, 0);
    if (up ? x >= to : x <= to) {
        if (count == INT32_MAX)
            return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
        return tbi_int4(ret, count + 1);
    }
    /* In PostgreSQL 15's order of operations: the last digits decide at the borders. */
    double bucket =
        up ? (double)count * (x - from) / (to - from) : (double)count * (from - x) / (from - to);
    bucket = floor(bucket + 1);
    if (!(bucket >= 1 && bucket <= INT32_MAX))
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
    return tbi_int4(ret, (int32_t)bucket);
}

TB_BODY(RANDOM)
{
    uint64_t bits = 0;
    TB_CHECK(cx->env != NULL && cx->env->random_bytes != NULL);
    cx->env->random_bytes(&bits, sizeof bits);
    return tbi_float8(ret, ldexp((double)(bits >> 11), -53));
}
