/* SPDX-License-Identifier: Apache-2.0
 * Integer arithmetic: operators, mod, gcd, lcm, factorial, hexadecimal text.
 */
#include "executor/fn_int.h"

#include "core/num.h"

#include <stdio.h>

/* ---- results with a range check ---- */

static tb_rc out_of_range(tb_fn_cx *cx, const char *type)
{
    return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range", type);
}

static tb_rc put_int2(tb_fn_cx *cx, int64_t v, tb_value *ret)
{
    if (v < INT16_MIN || v > INT16_MAX)
        return out_of_range(cx, "smallint");
    *ret = (tb_value){.d.i16 = (int16_t)v};
    return TB_OK;
}

static tb_rc put_int4(tb_fn_cx *cx, int64_t v, tb_value *ret)
{
    if (v < INT32_MIN || v > INT32_MAX)
        return out_of_range(cx, "integer");
    return tbi_int4(ret, v);
}

static tb_rc put_int8(tb_fn_cx *cx, __int128 v, tb_value *ret)
{
    if (v < INT64_MIN || v > INT64_MAX)
        return out_of_range(cx, "bigint");
    return tbi_int8(ret, (int64_t)v);
}

static tb_rc check_divisor(tb_fn_cx *cx, int64_t v)
{
    if (v == 0)
        return TB_RAISE(cx->err, TB_E_DIVISION_BY_ZERO, "division by zero");
    return TB_OK;
}

/* ---- + - * / over every pair of widths; computed one width up, so that only the result needs a
 * check ---- */

#define ARITHMETIC(prefix, left, right, wide, put)                                                 \
    TB_BODY(prefix##PL)                                                                            \
    {                                                                                              \
        return put(cx, (wide)a[0].d.left + a[1].d.right, ret);                                     \
    }                                                                                              \
    TB_BODY(prefix##MI)                                                                            \
    {                                                                                              \
        return put(cx, (wide)a[0].d.left - a[1].d.right, ret);                                     \
    }                                                                                              \
    TB_BODY(prefix##MUL)                                                                           \
    {                                                                                              \
        return put(cx, (wide)a[0].d.left * a[1].d.right, ret);                                     \
    }                                                                                              \
    TB_BODY(prefix##DIV)                                                                           \
    {                                                                                              \
        TB_TRY(check_divisor(cx, a[1].d.right));                                                   \
        return put(cx, (wide)a[0].d.left / a[1].d.right, ret);                                     \
    }
ARITHMETIC(INT2, i16, i16, int64_t, put_int2)
ARITHMETIC(INT24, i16, i32, int64_t, put_int4)
ARITHMETIC(INT28, i16, i64, __int128, put_int8)
ARITHMETIC(INT42, i32, i16, int64_t, put_int4)
ARITHMETIC(INT4, i32, i32, int64_t, put_int4)
ARITHMETIC(INT48, i32, i64, __int128, put_int8)
ARITHMETIC(INT82, i64, i16, __int128, put_int8)
ARITHMETIC(INT84, i64, i32, __int128, put_int8)
ARITHMETIC(INT8, i64, i64, __int128, put_int8)

/* ---- one width: signs, remainder, bits ---- */

#define ABS(wide, v) ((wide)(v) < 0 ? -(wide)(v) : (wide)(v))

#define UNARY(prefix, abs_name, mod_name, field, wide, put)                                        \
    TB_BODY(prefix##UM)                                                                            \
    {                                                                                              \
        return put(cx, -(wide)a[0].d.field, ret);                                                  \
    }                                                                                              \
    TB_BODY(prefix##UP)                                                                            \
    {                                                                                              \
        return put(cx, a[0].d.field, ret);                                                         \
    }                                                                                              \
    TB_BODY(prefix##ABS)                                                                           \
    {                                                                                              \
        return put(cx, ABS(wide, a[0].d.field), ret);                                              \
    }                                                                                              \
    TB_BODY(abs_name)                                                                              \
    {                                                                                              \
        return put(cx, ABS(wide, a[0].d.field), ret);                                              \
    }                                                                                              \
    TB_BODY(prefix##MOD)                                                                           \
    {                                                                                              \
        TB_TRY(check_divisor(cx, a[1].d.field));                                                   \
        return put(cx, (wide)a[0].d.field % a[1].d.field, ret);                                    \
    }                                                                                              \
    TB_BODY(mod_name)                                                                              \
    {                                                                                              \
        return tbi_fn_##prefix##MOD(cx, a, ret);                                                   \
    }                                                                                              \
    TB_BODY(prefix##AND)                                                                           \
    {                                                                                              \
        return put(cx, a[0].d.field & a[1].d.field, ret);                                          \
    }                                                                                              \
    TB_BODY(prefix##OR)                                                                            \
    {                                                                                              \
        return put(cx, a[0].d.field | a[1].d.field, ret);                                          \
    }                                                                                              \
    TB_BODY(prefix##XOR)                                                                           \
    {                                                                                              \
        return put(cx, a[0].d.field ^ a[1].d.field, ret);                                          \
    }                                                                                              \
    TB_BODY(prefix##NOT)                                                                           \
    {                                                                                              \
        return put(cx, ~a[0].d.field, ret);                                                        \
    }
UNARY(INT2, ABS_INT2, MOD_INT2_INT2, i16, int64_t, put_int2)
UNARY(INT4, ABS_INT4, MOD_INT4_INT4, i32, int64_t, put_int4)
UNARY(INT8, ABS_INT8, MOD_INT8_INT8, i64, __int128, put_int8)

/* Shift counts are taken modulo the register width, as the machine does in PostgreSQL: 32 bits for
 * smallint and integer, 64 for bigint; the result is cut to its type. */
TB_BODY(INT2SHL)
{
    *ret = (tb_value){.d.i16 = (int16_t)((uint32_t)(int32_t)a[0].d.i16 << (a[1].d.i32 & 31))};
    return TB_OK;
}
TB_BODY(INT2SHR)
{
    *ret = (tb_value){.d.i16 = (int16_t)((int32_t)a[0].d.i16 >> (a[1].d.i32 & 31))};
    return TB_OK;
}
TB_BODY(INT4SHL)
{
    return tbi_int4(ret, (int32_t)((uint32_t)a[0].d.i32 << (a[1].d.i32 & 31)));
}
TB_BODY(INT4SHR)
{
    return tbi_int4(ret, a[0].d.i32 >> (a[1].d.i32 & 31));
}
TB_BODY(INT8SHL)
{
    return tbi_int8(ret, (int64_t)((uint64_t)a[0].d.i64 << (a[1].d.i32 & 63)));
}
TB_BODY(INT8SHR)
{
    return tbi_int8(ret, a[0].d.i64 >> (a[1].d.i32 & 63));
}

/* ---- gcd, lcm ---- */

static __int128 gcd(__int128 x, __int128 y)
{
    x = ABS(__int128, x);
    y = ABS(__int128, y);
    while (y != 0) {
        __int128 r = x % y;
        x = y;
        y = r;
    }
    return x;
}

static __int128 lcm(__int128 x, __int128 y)
{
    if (x == 0 || y == 0)
        return 0;
    return ABS(__int128, x / gcd(x, y) * y);
}

static tb_rc put_int4_wide(tb_fn_cx *cx, __int128 v, tb_value *ret)
{
    if (v < INT32_MIN || v > INT32_MAX)
        return out_of_range(cx, "integer");
    return tbi_int4(ret, (int32_t)v);
}

TB_BODY(GCD_INT4_INT4)
{
    return put_int4_wide(cx, gcd(a[0].d.i32, a[1].d.i32), ret);
}
TB_BODY(GCD_INT8_INT8)
{
    return put_int8(cx, gcd(a[0].d.i64, a[1].d.i64), ret);
}
TB_BODY(LCM_INT4_INT4)
{
    return put_int4_wide(cx, lcm(a[0].d.i32, a[1].d.i32), ret);
}
TB_BODY(LCM_INT8_INT8)
{
    return put_int8(cx, lcm(a[0].d.i64, a[1].d.i64), ret);
}

/* PostgreSQL's own bound: beyond it the result has more than numeric's 131072 digits. */
#define FACTORIAL_MAX 32177

TB_BODY(FACTORIAL)
{
    int64_t n = a[0].d.i64;
    if (n < 0)
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE,
                        "factorial of a negative number is undefined");
    if (n > FACTORIAL_MAX)
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
    tb_num product = tb_num_from_int64(1);
    /* Multiply small factors together first: far fewer long multiplications. */
    int64_t chunk = 1;
    for (int64_t i = 2; i <= n; i++) {
        chunk *= i;
        if (chunk > INT64_MAX / FACTORIAL_MAX || i == n) {
            tb_num factor = tb_num_from_int64(chunk);
            TB_TRY(tb_num_mul(cx->arena, &product, &factor, &product, cx->err));
            chunk = 1;
        }
    }
    return tbi_num(ret, product);
}

/* ---- text ---- */

static tb_rc put_hex(uint64_t v, tb_fn_cx *cx, tb_value *ret)
{
    char *to = tb_arena_bytes(cx->arena, 17);
    int n = snprintf(to, 17, "%llx", (unsigned long long)v);
    return tbi_bytes(ret, to, (size_t)n);
}

TB_BODY(TO_HEX_INT4)
{
    return put_hex((uint32_t)a[0].d.i32, cx, ret);
}
TB_BODY(TO_HEX_INT8)
{
    return put_hex((uint64_t)a[0].d.i64, cx, ret);
}
