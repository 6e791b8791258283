/* SPDX-License-Identifier: Apache-2.0
 * Bodies of the comparison operators.
 *
 * A comparison of two values of one type is tb_value_cmp() of that type; only comparisons across
 * types, and those that can fail, have code here.
 */
#include "executor/fn_int.h"

#include "core/array.h"
#include "core/json.h"
#include "core/record.h"

/* The six operators of one pair of types over `order`, an expression of a[0] and a[1] that is <0, 0
 * or >0. */
#define COMPARE(eq, ne, lt, le, gt, ge, order)                                                     \
    TB_BODY(eq)                                                                                    \
    {                                                                                              \
        return tbi_bool(ret, (order) == 0);                                                        \
    }                                                                                              \
    TB_BODY(ne)                                                                                    \
    {                                                                                              \
        return tbi_bool(ret, (order) != 0);                                                        \
    }                                                                                              \
    TB_BODY(lt)                                                                                    \
    {                                                                                              \
        return tbi_bool(ret, (order) < 0);                                                         \
    }                                                                                              \
    TB_BODY(le)                                                                                    \
    {                                                                                              \
        return tbi_bool(ret, (order) <= 0);                                                        \
    }                                                                                              \
    TB_BODY(gt)                                                                                    \
    {                                                                                              \
        return tbi_bool(ret, (order) > 0);                                                         \
    }                                                                                              \
    TB_BODY(ge)                                                                                    \
    {                                                                                              \
        return tbi_bool(ret, (order) >= 0);                                                        \
    }

#define SAME(type) tb_value_cmp(TB_T_##type, &a[0].d, &a[1].d)
#define INTS(left, right)                                                                          \
    (((int64_t)a[0].d.left > a[1].d.right) - ((int64_t)a[0].d.left < a[1].d.right))

/* "char" is one byte; it compares as unsigned. The empty value is the byte 0. */
static int order_char(const tb_value *a)
{
    int x = TBI_N(0) == 0 ? 0 : (unsigned char)TBI_S(0)[0];
    int y = TBI_N(1) == 0 ? 0 : (unsigned char)TBI_S(1)[0];
    return x - y;
}

static int order_floats(double x, double y)
{
    tb_datum l = {.f64 = x}, r = {.f64 = y};
    return tb_value_cmp(TB_T_FLOAT8, &l, &r);
}

/* oidvector: shorter first, then element by element. */
static int order_oidvector(tb_fn_cx *cx, const tb_value *a)
{
    tb_array x, y;
    tb_array_open(&a[0].d.str, &x);
    tb_array_open(&a[1].d.str, &y);
    if (x.n != y.n)
        return x.n < y.n ? -1 : 1;
    for (uint32_t i = 0; i < x.n; i++) {
        tb_value l = tb_array_get(&x, cx->arena, i), r = tb_array_get(&y, cx->arena, i);
        if (l.d.oid != r.d.oid)
            return l.d.oid < r.d.oid ? -1 : 1;
    }
    return 0;
}

/* A date as a timestamp, without the timestamp's range: dates reach further than timestamps. */
static __int128 date_us(int32_t d)
{
    if (d == TB_DATE_NEG_INF)
        return -((__int128)1 << 100);
    if (d == TB_DATE_POS_INF)
        return (__int128)1 << 100;
    return (__int128)d * TB_USECS_PER_DAY;
}

static __int128 ts_us(int64_t t)
{
    if (t == TB_TS_NEG_INF)
        return -((__int128)1 << 100);
    if (t == TB_TS_POS_INF)
        return (__int128)1 << 100;
    return t;
}

/* A wall-clock time in the session's zone as UTC. */
static __int128 local_us(const tb_fn_cx *cx, __int128 local)
{
    if (local < TB_TS_MIN || local >= TB_TS_END)
        return local; /* infinite, or beyond every timestamptz */
    return local - (__int128)tb_tz_offset_of_local(tbi_zone(cx), (int64_t)local) * TB_USECS_PER_SEC;
}

static int order_wide(__int128 x, __int128 y)
{
    return (x > y) - (x < y);
}

/* clang-format off */
COMPARE(ARRAY_EQ, ARRAY_NE, ARRAY_LT, ARRAY_LE, ARRAY_GT, ARRAY_GE,
        tb_array_cmp(&a[0].d.str, &a[1].d.str))
COMPARE(BOOLEQ, BOOLNE, BOOLLT, BOOLLE, BOOLGT, BOOLGE, SAME(BOOL))
COMPARE(BPCHAREQ, BPCHARNE, BPCHARLT, BPCHARLE, BPCHARGT, BPCHARGE, SAME(BPCHAR))
COMPARE(BYTEAEQ, BYTEANE, BYTEALT, BYTEALE, BYTEAGT, BYTEAGE, SAME(BYTEA))
COMPARE(CHAREQ, CHARNE, CHARLT, CHARLE, CHARGT, CHARGE, order_char(a))
COMPARE(DATE_EQ, DATE_NE, DATE_LT, DATE_LE, DATE_GT, DATE_GE, SAME(DATE))
COMPARE(DATE_EQ_TIMESTAMP, DATE_NE_TIMESTAMP, DATE_LT_TIMESTAMP,
        DATE_LE_TIMESTAMP, DATE_GT_TIMESTAMP, DATE_GE_TIMESTAMP,
        order_wide(date_us(a[0].d.i32), ts_us(a[1].d.i64)))
COMPARE(DATE_EQ_TIMESTAMPTZ, DATE_NE_TIMESTAMPTZ, DATE_LT_TIMESTAMPTZ,
        DATE_LE_TIMESTAMPTZ, DATE_GT_TIMESTAMPTZ, DATE_GE_TIMESTAMPTZ,
        order_wide(local_us(cx, date_us(a[0].d.i32)), ts_us(a[1].d.i64)))
COMPARE(FLOAT4EQ, FLOAT4NE, FLOAT4LT, FLOAT4LE, FLOAT4GT, FLOAT4GE, SAME(FLOAT4))
COMPARE(FLOAT48EQ, FLOAT48NE, FLOAT48LT, FLOAT48LE, FLOAT48GT, FLOAT48GE,
        order_floats((double)a[0].d.f32, a[1].d.f64))
COMPARE(FLOAT84EQ, FLOAT84NE, FLOAT84LT, FLOAT84LE, FLOAT84GT, FLOAT84GE,
        order_floats(a[0].d.f64, (double)a[1].d.f32))
COMPARE(FLOAT8EQ, FLOAT8NE, FLOAT8LT, FLOAT8LE, FLOAT8GT, FLOAT8GE, SAME(FLOAT8))
COMPARE(INT2EQ, INT2NE, INT2LT, INT2LE, INT2GT, INT2GE, SAME(INT2))
COMPARE(INT24EQ, INT24NE, INT24LT, INT24LE, INT24GT, INT24GE, INTS(i16, i32))
COMPARE(INT28EQ, INT28NE, INT28LT, INT28LE, INT28GT, INT28GE, INTS(i16, i64))
COMPARE(INT42EQ, INT42NE, INT42LT, INT42LE, INT42GT, INT42GE, INTS(i32, i16))
COMPARE(INT4EQ, INT4NE, INT4LT, INT4LE, INT4GT, INT4GE, SAME(INT4))
COMPARE(INT48EQ, INT48NE, INT48LT, INT48LE, INT48GT, INT48GE, INTS(i32, i64))
COMPARE(INT82EQ, INT82NE, INT82LT, INT82LE, INT82GT, INT82GE, INTS(i64, i16))
COMPARE(INT84EQ, INT84NE, INT84LT, INT84LE, INT84GT, INT84GE, INTS(i64, i32))
COMPARE(INT8EQ, INT8NE, INT8LT, INT8LE, INT8GT, INT8GE, SAME(INT8))
COMPARE(INTERVAL_EQ, INTERVAL_NE, INTERVAL_LT, INTERVAL_LE, INTERVAL_GT, INTERVAL_GE,
        SAME(INTERVAL))
COMPARE(JSONB_EQ, JSONB_NE, JSONB_LT, JSONB_LE, JSONB_GT, JSONB_GE,
        tb_jsonb_cmp(&a[0].d.str, &a[1].d.str))
COMPARE(NAMEEQ, NAMENE, NAMELT, NAMELE, NAMEGT, NAMEGE, SAME(NAME))
COMPARE(NAMEEQTEXT, NAMENETEXT, NAMELTTEXT, NAMELETEXT, NAMEGTTEXT, NAMEGETEXT, SAME(TEXT))
COMPARE(NUMERIC_EQ, NUMERIC_NE, NUMERIC_LT, NUMERIC_LE, NUMERIC_GT, NUMERIC_GE, SAME(NUMERIC))
COMPARE(OIDEQ, OIDNE, OIDLT, OIDLE, OIDGT, OIDGE, SAME(OID))
COMPARE(OIDVECTOREQ, OIDVECTORNE, OIDVECTORLT, OIDVECTORLE, OIDVECTORGT, OIDVECTORGE,
        order_oidvector(cx, a))
COMPARE(TEXTEQNAME, TEXTNENAME, TEXTLTNAME, TEXTLENAME, TEXTGTNAME, TEXTGENAME, SAME(TEXT))
COMPARE(TEXTEQ, TEXTNE, TEXT_LT, TEXT_LE, TEXT_GT, TEXT_GE, SAME(TEXT))
COMPARE(TIME_EQ, TIME_NE, TIME_LT, TIME_LE, TIME_GT, TIME_GE, SAME(TIME))
COMPARE(TIMESTAMP_EQ_DATE, TIMESTAMP_NE_DATE, TIMESTAMP_LT_DATE,
        TIMESTAMP_LE_DATE, TIMESTAMP_GT_DATE, TIMESTAMP_GE_DATE,
        order_wide(ts_us(a[0].d.i64), date_us(a[1].d.i32)))
COMPARE(TIMESTAMP_EQ, TIMESTAMP_NE, TIMESTAMP_LT, TIMESTAMP_LE, TIMESTAMP_GT, TIMESTAMP_GE,
        SAME(TIMESTAMP))
COMPARE(TIMESTAMP_EQ_TIMESTAMPTZ, TIMESTAMP_NE_TIMESTAMPTZ, TIMESTAMP_LT_TIMESTAMPTZ,
        TIMESTAMP_LE_TIMESTAMPTZ, TIMESTAMP_GT_TIMESTAMPTZ, TIMESTAMP_GE_TIMESTAMPTZ,
        order_wide(local_us(cx, ts_us(a[0].d.i64)), ts_us(a[1].d.i64)))
COMPARE(TIMESTAMPTZ_EQ_DATE, TIMESTAMPTZ_NE_DATE, TIMESTAMPTZ_LT_DATE,
        TIMESTAMPTZ_LE_DATE, TIMESTAMPTZ_GT_DATE, TIMESTAMPTZ_GE_DATE,
        order_wide(ts_us(a[0].d.i64), local_us(cx, date_us(a[1].d.i32))))
COMPARE(TIMESTAMPTZ_EQ_TIMESTAMP, TIMESTAMPTZ_NE_TIMESTAMP, TIMESTAMPTZ_LT_TIMESTAMP,
        TIMESTAMPTZ_LE_TIMESTAMP, TIMESTAMPTZ_GT_TIMESTAMP, TIMESTAMPTZ_GE_TIMESTAMP,
        order_wide(ts_us(a[0].d.i64), local_us(cx, ts_us(a[1].d.i64))))
COMPARE(TIMESTAMPTZ_EQ, TIMESTAMPTZ_NE, TIMESTAMPTZ_LT,
        TIMESTAMPTZ_LE, TIMESTAMPTZ_GT, TIMESTAMPTZ_GE,
        SAME(TIMESTAMPTZ))
COMPARE(TIMETZ_EQ, TIMETZ_NE, TIMETZ_LT, TIMETZ_LE, TIMETZ_GT, TIMETZ_GE, SAME(TIMETZ))
COMPARE(UUID_EQ, UUID_NE, UUID_LT, UUID_LE, UUID_GT, UUID_GE, SAME(UUID))
/* clang-format on */

/* Without an order. */
TB_BODY(XIDEQ)
{
    return tbi_bool(ret, a[0].d.oid == a[1].d.oid);
}
TB_BODY(XIDNEQ)
{
    return tbi_bool(ret, a[0].d.oid != a[1].d.oid);
}
TB_BODY(XIDEQINT4)
{
    return tbi_bool(ret, a[0].d.oid == (uint32_t)a[1].d.i32);
}
TB_BODY(XIDNEQINT4)
{
    return tbi_bool(ret, a[0].d.oid != (uint32_t)a[1].d.i32);
}
TB_BODY(CIDEQ)
{
    return tbi_bool(ret, a[0].d.oid == a[1].d.oid);
}

/* Records of different shape do not compare. */
#define COMPARE_RECORDS(id, op)                                                                    \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        int c;                                                                                     \
        TB_TRY(tb_record_compare(&a[0].d.str, &a[1].d.str, &c, cx->err));                          \
        return tbi_bool(ret, c op 0);                                                              \
    }
COMPARE_RECORDS(RECORD_EQ, ==)
COMPARE_RECORDS(RECORD_NE, !=)
COMPARE_RECORDS(RECORD_LT, <)
COMPARE_RECORDS(RECORD_LE, <=)
COMPARE_RECORDS(RECORD_GT, >)
COMPARE_RECORDS(RECORD_GE, >=)
