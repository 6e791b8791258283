/* SPDX-License-Identifier: Apache-2.0
 * Casts between types, and the functions that apply a type modifier.
 */
#include "executor/fn_int.h"

#include "core/json.h"
#include "core/num.h"

#include <math.h>

/* ---- integers ---- */

/* An integer result of any width; type names it in the error. */
static tb_rc put_int(tb_fn_cx *cx, tb_type_id type, int64_t v, tb_value *ret)
{
    bool fits = type == TB_T_INT2   ? v >= INT16_MIN && v <= INT16_MAX
                : type == TB_T_INT4 ? v >= INT32_MIN && v <= INT32_MAX
                                    : true;
    if (!fits)
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range",
                        tb_type_get(type)->sql_name);
    *ret = (tb_value){.null = false};
    if (type == TB_T_INT2)
        ret->d.i16 = (int16_t)v;
    else if (type == TB_T_INT4)
        ret->d.i32 = (int32_t)v;
    else
        ret->d.i64 = v;
    return TB_OK;
}

/* Rounds half to even, as rint does in PostgreSQL. */
static tb_rc float_to_int(tb_fn_cx *cx, tb_type_id type, double v, tb_value *ret)
{
    v = rint(v);
    if (isnan(v) || v < -0x1p63 || v >= 0x1p63)
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range",
                        tb_type_get(type)->sql_name);
    return put_int(cx, type, (int64_t)v, ret);
}

static tb_rc num_to_int(tb_fn_cx *cx, tb_type_id type, const tb_num *n, tb_value *ret)
{
    const char *name = tb_type_get(type)->sql_name;
    if (n->kind == TB_NUM_NAN)
        return TB_RAISE(cx->err, TB_E_FEATURE_NOT_SUPPORTED, "cannot convert NaN to %s", name);
    if (n->kind == TB_NUM_PINF || n->kind == TB_NUM_NINF)
        return TB_RAISE(cx->err, TB_E_FEATURE_NOT_SUPPORTED, "cannot convert infinity to %s", name);
    int64_t v;
    tb_error ignored = {.lang = TB_LANG_EN};
    if (tb_num_to_int64(n, &v, &ignored) != TB_OK)
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range", name);
    return put_int(cx, type, v, ret);
}

#define INT_CASTS(type)                                                                            \
    TB_BODY(type##_FLOAT4)                                                                         \
    {                                                                                              \
        return float_to_int(cx, TB_T_##type, (double)a[0].d.f32, ret);                             \
    }                                                                                              \
    TB_BODY(type##_FLOAT8)                                                                         \
    {                                                                                              \
        return float_to_int(cx, TB_T_##type, a[0].d.f64, ret);                                     \
    }                                                                                              \
    TB_BODY(type##_NUMERIC)                                                                        \
    {                                                                                              \
        return num_to_int(cx, TB_T_##type, &a[0].d.num, ret);                                      \
    }
INT_CASTS(INT2)
INT_CASTS(INT4)
INT_CASTS(INT8)

TB_BODY(INT2_INT4)
{
    return put_int(cx, TB_T_INT2, a[0].d.i32, ret);
}
TB_BODY(INT2_INT8)
{
    return put_int(cx, TB_T_INT2, a[0].d.i64, ret);
}
TB_BODY(INT4_INT2)
{
    return tbi_int4(ret, a[0].d.i16);
}
TB_BODY(INT4_INT8)
{
    return put_int(cx, TB_T_INT4, a[0].d.i64, ret);
}
TB_BODY(INT8_INT2)
{
    return tbi_int8(ret, a[0].d.i16);
}
TB_BODY(INT8_INT4)
{
    return tbi_int8(ret, a[0].d.i32);
}
TB_BODY(INT8_OID)
{
    return tbi_int8(ret, a[0].d.oid);
}
TB_BODY(OID)
{
    if (a[0].d.i64 < 0 || a[0].d.i64 > UINT32_MAX)
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "OID out of range");
    *ret = tb_value_oid((uint32_t)a[0].d.i64);
    return TB_OK;
}
TB_BODY(INT4_BOOL)
{
    return tbi_int4(ret, a[0].d.b);
}
TB_BODY(BOOL_INT4)
{
    return tbi_bool(ret, a[0].d.i32 != 0);
}

/* ---- floats and numeric ---- */

static tb_rc put_float4(tb_value *ret, float v)
{
    *ret = (tb_value){.d.f32 = v};
    return TB_OK;
}

TB_BODY(FLOAT4_INT2)
{
    return put_float4(ret, (float)a[0].d.i16);
}
TB_BODY(FLOAT4_INT4)
{
    return put_float4(ret, (float)a[0].d.i32);
}
TB_BODY(FLOAT4_INT8)
{
    return put_float4(ret, (float)a[0].d.i64);
}
TB_BODY(FLOAT8_INT2)
{
    return tbi_float8(ret, a[0].d.i16);
}
TB_BODY(FLOAT8_INT4)
{
    return tbi_float8(ret, a[0].d.i32);
}
TB_BODY(FLOAT8_INT8)
{
    return tbi_float8(ret, (double)a[0].d.i64);
}
TB_BODY(FLOAT8_FLOAT4)
{
    return tbi_float8(ret, (double)a[0].d.f32);
}
TB_BODY(FLOAT4_FLOAT8)
{
    double x = a[0].d.f64;
    if (isfinite(x) && fabs(x) > 0x1.fffffefffffffp+127) /* rounds beyond FLT_MAX */
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
    float v = (float)x;
    if (v == 0 && x != 0)
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: underflow");
    return put_float4(ret, v);
}

/* numeric to float goes through text, as in PostgreSQL: one rounding, straight to the width asked
 * for. */
static tb_rc num_to_float(tb_fn_cx *cx, tb_type_id type, const tb_num *n, double *out)
{
    if (n->kind == TB_NUM_NAN)
        *out = (double)NAN;
    else if (n->kind == TB_NUM_PINF || n->kind == TB_NUM_NINF)
        *out = n->kind == TB_NUM_PINF ? INFINITY : -INFINITY;
    else {
        const char *text = tb_num_print(cx->arena, n);
        return tb_float_in(text, strlen(text), type, cx->hide_values, out, cx->err);
    }
    return TB_OK;
}

TB_BODY(FLOAT4_NUMERIC)
{
    double v;
    TB_TRY(num_to_float(cx, TB_T_FLOAT4, &a[0].d.num, &v));
    return put_float4(ret, (float)v);
}
TB_BODY(FLOAT8_NUMERIC)
{
    double v;
    TB_TRY(num_to_float(cx, TB_T_FLOAT8, &a[0].d.num, &v));
    return tbi_float8(ret, v);
}
TB_BODY(NUMERIC_INT2)
{
    return tbi_num(ret, tb_num_from_int64(a[0].d.i16));
}
TB_BODY(NUMERIC_INT4)
{
    return tbi_num(ret, tb_num_from_int64(a[0].d.i32));
}
TB_BODY(NUMERIC_INT8)
{
    return tbi_num(ret, tb_num_from_int64(a[0].d.i64));
}
TB_BODY(NUMERIC_FLOAT4)
{
    return tbi_num(ret, tb_num_from_float(cx->arena, a[0].d.f32));
}
TB_BODY(NUMERIC_FLOAT8)
{
    return tbi_num(ret, tb_num_from_double(cx->arena, a[0].d.f64));
}

/* ---- jsonb scalars ---- */

static tb_rc json_mismatch(tb_fn_cx *cx, tb_json_span v, const char *type)
{
    static const char *const kinds[] = {
        [TB_JSON_NULL] = "null",      [TB_JSON_FALSE] = "boolean", [TB_JSON_TRUE] = "boolean",
        [TB_JSON_NUMBER] = "numeric", [TB_JSON_STRING] = "string", [TB_JSON_ARRAY] = "array",
        [TB_JSON_OBJECT] = "object",
    };
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "cannot cast jsonb %s to type %s",
                    kinds[tb_json_kind_of(v)], type);
}

static tb_rc json_number(tb_fn_cx *cx, const tb_value *a, tb_type_id type, tb_num *out)
{
    tb_json_span v = tb_json_root(TBI_S(0), TBI_N(0));
    if (tb_json_kind_of(v) != TB_JSON_NUMBER)
        return json_mismatch(cx, v, tb_type_get(type)->sql_name);
    return tb_num_parse(cx->arena, v.at, v.len, -1, out, cx->err);
}

#define JSON_CASTS(type, expr)                                                                     \
    TB_BODY(type##_JSONB)                                                                          \
    {                                                                                              \
        tb_value n = {.null = false};                                                              \
        TB_TRY(json_number(cx, a, TB_T_##type, &n.d.num));                                         \
        return expr;                                                                               \
    }
JSON_CASTS(INT2, num_to_int(cx, TB_T_INT2, &n.d.num, ret))
JSON_CASTS(INT4, num_to_int(cx, TB_T_INT4, &n.d.num, ret))
JSON_CASTS(INT8, num_to_int(cx, TB_T_INT8, &n.d.num, ret))
JSON_CASTS(FLOAT4, tbi_fn_FLOAT4_NUMERIC(cx, &n, ret))
JSON_CASTS(FLOAT8, tbi_fn_FLOAT8_NUMERIC(cx, &n, ret))
JSON_CASTS(NUMERIC, tbi_num(ret, n.d.num))

TB_BODY(BOOL_JSONB)
{
    tb_json_span v = tb_json_root(TBI_S(0), TBI_N(0));
    tb_json_kind kind = tb_json_kind_of(v);
    if (kind != TB_JSON_TRUE && kind != TB_JSON_FALSE)
        return json_mismatch(cx, v, "boolean");
    return tbi_bool(ret, kind == TB_JSON_TRUE);
}

/* ---- "char", name, text, blank-padded text ---- */

/* "char" is one byte: bytes from 0x80 print as \ooo, the byte 0 as nothing. */
static tb_rc char_text(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    unsigned char c = TBI_N(0) == 0 ? 0 : (unsigned char)TBI_S(0)[0];
    if (c == 0)
        return tbi_bytes(ret, "", 0);
    if (c < 0x80)
        return tbi_str(ret, a[0].d.str);
    char *to = tb_arena_bytes(cx->arena, 4);
    to[0] = '\\';
    to[1] = (char)('0' + (c >> 6));
    to[2] = (char)('0' + (c >> 3 & 7));
    to[3] = (char)('0' + (c & 7));
    return tbi_bytes(ret, to, 4);
}

TB_BODY(TEXT_CHAR)
{
    return char_text(cx, a, ret);
}
TB_BODY(BPCHAR_CHAR)
{
    return char_text(cx, a, ret);
}

static tb_rc put_char(tb_value *ret, int c)
{
    char byte = (char)c;
    return tbi_bytes(ret, &byte, c == 0 ? 0 : 1);
}

static bool octal(char c, char most)
{
    return c >= '0' && c <= most;
}

TB_BODY(CHAR_TEXT)
{
    const char *s = TBI_S(0);
    if (TBI_N(0) == 4 && s[0] == '\\' && octal(s[1], '3') && octal(s[2], '7') && octal(s[3], '7'))
        return put_char(ret, (s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
    return put_char(ret, TBI_N(0) == 0 ? 0 : s[0]);
}
TB_BODY(CHAR_INT4)
{
    if (a[0].d.i32 < INT8_MIN || a[0].d.i32 > INT8_MAX)
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "\"char\" out of range");
    return put_char(ret, a[0].d.i32);
}
TB_BODY(INT4_CHAR)
{
    return tbi_int4(ret, TBI_N(0) == 0 ? 0 : (signed char)TBI_S(0)[0]);
}

static tb_str without_blanks(const tb_value *v)
{
    const char *s = tb_str_data(&v->d.str);
    size_t n = v->d.str.len;
    while (n > 0 && s[n - 1] == ' ')
        n--;
    return tb_str_make(s, n);
}

TB_BODY(TEXT_BPCHAR)
{
    return tbi_str(ret, without_blanks(&a[0]));
}
TB_BODY(NAME_BPCHAR)
{
    /* Clipped first, then the blanks go: as PostgreSQL does. */
    tb_value clipped = tb_value_str(tb_name_clip(a[0].d.str));
    return tbi_str(ret, without_blanks(&clipped));
}
TB_BODY(NAME_TEXT)
{
    return tbi_str(ret, tb_name_clip(a[0].d.str));
}
TB_BODY(NAME_VARCHAR)
{
    return tbi_str(ret, tb_name_clip(a[0].d.str));
}
TB_BODY(TEXT_NAME)
{
    return tbi_str(ret, a[0].d.str);
}
TB_BODY(VARCHAR_NAME)
{
    return tbi_str(ret, a[0].d.str);
}
TB_BODY(BPCHAR_NAME)
{
    return tbi_str(ret, a[0].d.str);
}
TB_BODY(TEXT_BOOL)
{
    return a[0].d.b ? tbi_bytes(ret, "true", 4) : tbi_bytes(ret, "false", 5);
}

/* ---- dates and times ---- */

TB_BODY(TIMESTAMP_DATE)
{
    int64_t v;
    TB_TRY(tb_date_to_timestamp(a[0].d.i32, &v, cx->err));
    return tbi_int8(ret, v);
}
TB_BODY(TIMESTAMPTZ_DATE)
{
    int64_t v;
    TB_TRY(tb_date_to_timestamptz(a[0].d.i32, tbi_zone(cx), &v, cx->err));
    return tbi_int8(ret, v);
}
TB_BODY(TIMESTAMPTZ_TIMESTAMP)
{
    int64_t v;
    TB_TRY(tb_timestamp_to_timestamptz(a[0].d.i64, tbi_zone(cx), &v, cx->err));
    return tbi_int8(ret, v);
}

static tb_rc to_local(tb_fn_cx *cx, int64_t ts, int64_t *out)
{
    if (!tb_ts_is_finite(ts)) {
        *out = ts;
        return TB_OK;
    }
    return tb_timestamptz_to_timestamp(ts, tbi_zone(cx), out, cx->err);
}

TB_BODY(TIMESTAMP_TIMESTAMPTZ)
{
    int64_t v;
    TB_TRY(to_local(cx, a[0].d.i64, &v));
    return tbi_int8(ret, v);
}
TB_BODY(DATE_TIMESTAMP)
{
    return tbi_int4(ret, tb_timestamp_to_date(a[0].d.i64));
}
TB_BODY(DATE_TIMESTAMPTZ)
{
    int64_t v;
    TB_TRY(to_local(cx, a[0].d.i64, &v));
    return tbi_int4(ret, tb_timestamp_to_date(v));
}
TB_BODY(TIME_TIMESTAMP)
{
    if (!tb_ts_is_finite(a[0].d.i64))
        return tbi_null(ret);
    return tbi_int8(ret, tb_timestamp_to_time(a[0].d.i64));
}
TB_BODY(TIME_TIMESTAMPTZ)
{
    if (!tb_ts_is_finite(a[0].d.i64))
        return tbi_null(ret);
    int64_t v;
    TB_TRY(to_local(cx, a[0].d.i64, &v));
    return tbi_int8(ret, tb_timestamp_to_time(v));
}
TB_BODY(TIMETZ_TIMESTAMPTZ)
{
    if (!tb_ts_is_finite(a[0].d.i64))
        return tbi_null(ret);
    *ret = (tb_value){.d.timetz = tb_timestamptz_to_timetz(a[0].d.i64, tbi_zone(cx))};
    return TB_OK;
}
TB_BODY(TIMETZ_TIME)
{
    *ret = (tb_value){.d.timetz = tb_time_to_timetz(a[0].d.i64, tbi_zone(cx), tbi_now(cx))};
    return TB_OK;
}
TB_BODY(TIME_TIMETZ)
{
    return tbi_int8(ret, a[0].d.timetz.us);
}
TB_BODY(TIME_INTERVAL)
{
    return tbi_int8(ret, tb_interval_to_time(&a[0].d.interval));
}
TB_BODY(INTERVAL_TIME)
{
    *ret = (tb_value){.d.interval = {.us = a[0].d.i64}};
    return TB_OK;
}

/* ---- type modifiers ---- */

TB_BODY(VARCHAR_VARCHAR_INT4_BOOL)
{
    tb_str v;
    TB_TRY(tb_str_apply_typmod(cx->arena, TB_T_VARCHAR, a[0].d.str, a[1].d.i32, a[2].d.b, &v,
                               cx->err));
    return tbi_str(ret, v);
}
TB_BODY(BPCHAR_BPCHAR_INT4_BOOL)
{
    tb_str v;
    TB_TRY(
        tb_str_apply_typmod(cx->arena, TB_T_BPCHAR, a[0].d.str, a[1].d.i32, a[2].d.b, &v, cx->err));
    return tbi_str(ret, v);
}
TB_BODY(NUMERIC_NUMERIC_INT4)
{
    tb_num v;
    TB_TRY(tb_num_apply_typmod(cx->arena, a[0].d.num, a[1].d.i32, &v, cx->err));
    return tbi_num(ret, v);
}
TB_BODY(TIME_TIME_INT4)
{
    return tbi_int8(ret, tb_time_round(a[0].d.i64, a[1].d.i32));
}
TB_BODY(TIMETZ_TIMETZ_INT4)
{
    *ret = a[0];
    ret->d.timetz.us = tb_time_round(a[0].d.timetz.us, a[1].d.i32);
    return TB_OK;
}
TB_BODY(TIMESTAMP_TIMESTAMP_INT4)
{
    int64_t v;
    TB_TRY(tb_timestamp_round(a[0].d.i64, a[1].d.i32, &v, cx->err));
    return tbi_int8(ret, v);
}
TB_BODY(TIMESTAMPTZ_TIMESTAMPTZ_INT4)
{
    int64_t v;
    TB_TRY(tb_timestamp_round(a[0].d.i64, a[1].d.i32, &v, cx->err));
    return tbi_int8(ret, v);
}
TB_BODY(INTERVAL_INTERVAL_INT4)
{
    *ret = a[0];
    return tb_interval_apply_typmod(&ret->d.interval, a[1].d.i32, cx->err);
}
