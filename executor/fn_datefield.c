/* SPDX-License-Identifier: Apache-2.0
 * Dates and times: fields (extract, date_part), truncation, AT TIME ZONE, OVERLAPS.
 */
#include "executor/fn_int.h"

/* ---- extract, date_part ---- */

static tb_rc extract(tb_fn_cx *cx, const tb_value *a, tb_type_id type, tb_value *ret)
{
    tb_num v;
    bool null = false;
    TB_TRY(
        tb_extract(cx->arena, TBI_S(0), TBI_N(0), type, &a[1].d, tbi_zone(cx), &v, &null, cx->err));
    return null ? tbi_null(ret) : tbi_num(ret, v);
}

static tb_rc date_part(tb_fn_cx *cx, const tb_value *a, tb_type_id type, tb_value *ret)
{
    double v;
    bool null = false;
    TB_TRY(tb_date_part(TBI_S(0), TBI_N(0), type, &a[1].d, tbi_zone(cx), &v, &null, cx->err));
    return null ? tbi_null(ret) : tbi_float8(ret, v);
}

#define FIELD(type)                                                                                \
    TB_BODY(EXTRACT_TEXT_##type)                                                                   \
    {                                                                                              \
        return extract(cx, a, TB_T_##type, ret);                                                   \
    }
FIELD(DATE)
FIELD(TIME)
FIELD(TIMETZ)
FIELD(TIMESTAMP)
FIELD(TIMESTAMPTZ)
FIELD(INTERVAL)

#define PART(type)                                                                                 \
    TB_BODY(DATE_PART_TEXT_##type)                                                                 \
    {                                                                                              \
        return date_part(cx, a, TB_T_##type, ret);                                                 \
    }
PART(TIME)
PART(TIMETZ)
PART(TIMESTAMP)
PART(TIMESTAMPTZ)
PART(INTERVAL)

/* date_part of a date is that of its midnight. */
TB_BODY(DATE_PART_TEXT_DATE)
{
    tb_value args[2] = {a[0], a[1]};
    TB_TRY(tb_date_to_timestamp(a[1].d.i32, &args[1].d.i64, cx->err));
    return date_part(cx, args, TB_T_TIMESTAMP, ret);
}

/* ---- truncation ---- */

TB_BODY(DATE_TRUNC_TEXT_TIMESTAMP)
{
    int64_t v;
    TB_TRY(tb_timestamp_trunc(TBI_S(0), TBI_N(0), a[1].d.i64, &v, cx->err));
    return tbi_int8(ret, v);
}
TB_BODY(DATE_TRUNC_TEXT_TIMESTAMPTZ)
{
    int64_t v;
    TB_TRY(tb_timestamptz_trunc(TBI_S(0), TBI_N(0), a[1].d.i64, tbi_zone(cx), &v, cx->err));
    return tbi_int8(ret, v);
}

/* A zone by name or abbreviation. */
static tb_rc find_zone(tb_fn_cx *cx, const tb_value *name, const tb_tz **tz)
{
    const char *s = tb_str_data(&name->d.str);
    size_t n = name->d.str.len;
    int32_t east;
    bool dst;
    *tz = NULL;
    if (tb_tz_abbrev(s, n, &east, &dst, tz))
        *tz = *tz != NULL ? *tz : tb_tz_fixed(east);
    else
        *tz = tb_tz_find(s, n);
    if (*tz != NULL)
        return TB_OK;
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "time zone not recognized");
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "time zone \"%.*s\" not recognized",
                    TBI_QUOTE(s, n));
}

TB_BODY(DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT)
{
    const tb_tz *tz;
    int64_t v;
    if (!tb_ts_is_finite(a[1].d.i64)) /* PostgreSQL looks at nothing else then */
        return tbi_int8(ret, a[1].d.i64);
    TB_TRY(find_zone(cx, &a[2], &tz));
    TB_TRY(tb_timestamptz_trunc(TBI_S(0), TBI_N(0), a[1].d.i64, tz, &v, cx->err));
    return tbi_int8(ret, v);
}
TB_BODY(DATE_TRUNC_TEXT_INTERVAL)
{
    *ret = (tb_value){.null = false};
    return tb_interval_trunc(TBI_S(0), TBI_N(0), &a[1].d.interval, &ret->d.interval, cx->err);
}

static tb_rc date_bin(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    int64_t v;
    TB_TRY(tb_date_bin(&a[0].d.interval, a[1].d.i64, a[2].d.i64, &v, cx->err));
    return tbi_int8(ret, v);
}

TB_BODY(DATE_BIN_INTERVAL_TIMESTAMP_TIMESTAMP)
{
    return date_bin(cx, a, ret);
}
TB_BODY(DATE_BIN_INTERVAL_TIMESTAMPTZ_TIMESTAMPTZ)
{
    return date_bin(cx, a, ret);
}

/* ---- AT TIME ZONE ---- */

TB_BODY(TIMEZONE_TEXT_TIMESTAMP)
{
    int64_t v;
    TB_TRY(tb_timestamp_at_zone(a[1].d.i64, TBI_S(0), TBI_N(0), &v, cx->err));
    return tbi_int8(ret, v);
}
TB_BODY(TIMEZONE_TEXT_TIMESTAMPTZ)
{
    int64_t v;
    TB_TRY(tb_timestamptz_at_zone(a[1].d.i64, TBI_S(0), TBI_N(0), &v, cx->err));
    return tbi_int8(ret, v);
}
TB_BODY(TIMEZONE_TEXT_TIMETZ)
{
    *ret = (tb_value){.null = false};
    return tb_timetz_at_zone(&a[1].d.timetz, TBI_S(0), TBI_N(0), tbi_now(cx), &ret->d.timetz,
                             cx->err);
}

/* The timestamp moved by the zone offset of a[0], in the given direction. */
static tb_rc shift_by_zone(tb_fn_cx *cx, const tb_value *a, int direction, tb_value *ret)
{
    int32_t east;
    int64_t v = a[1].d.i64;
    if (!tb_ts_is_finite(v))
        return tbi_int8(ret, v);
    TB_TRY(tb_zone_from_interval(&a[0].d.interval, &east, cx->err));
    v += direction * east * TB_USECS_PER_SEC;
    if (v < TB_TS_MIN || v >= TB_TS_END)
        return TB_RAISE(cx->err, TB_E_DATETIME_FIELD_OVERFLOW, "timestamp out of range");
    return tbi_int8(ret, v);
}

TB_BODY(TIMEZONE_INTERVAL_TIMESTAMP)
{
    return shift_by_zone(cx, a, -1, ret);
}
TB_BODY(TIMEZONE_INTERVAL_TIMESTAMPTZ)
{
    return shift_by_zone(cx, a, 1, ret);
}
TB_BODY(TIMEZONE_INTERVAL_TIMETZ)
{
    int32_t east;
    TB_TRY(tb_zone_from_interval(&a[0].d.interval, &east, cx->err));
    const tb_timetz *t = &a[1].d.timetz;
    int64_t us = (t->us + ((int64_t)t->zone + east) * TB_USECS_PER_SEC) % TB_USECS_PER_DAY;
    us = us < 0 ? us + TB_USECS_PER_DAY : us;
    *ret = (tb_value){.d.timetz = {.us = us, .zone = -east}};
    return TB_OK;
}

/* ---- OVERLAPS ---- */

typedef enum ends { ENDS_BOTH, FIRST_LENGTH, SECOND_LENGTH, BOTH_LENGTHS } ends;

/* start + length, NULL when one is. */
static tb_rc period_end(tb_fn_cx *cx, tb_type_id type, const tb_value *start,
                        const tb_value *length, tb_value *end)
{
    if (start->null || length->null)
        return tbi_null(end);
    *end = *start;
    if (type == TB_T_TIME)
        end->d.i64 = tb_time_add(start->d.i64, &length->d.interval);
    else if (type == TB_T_TIMESTAMP)
        return tb_timestamp_add(start->d.i64, &length->d.interval, &end->d.i64, cx->err);
    else
        return tb_timestamptz_add(start->d.i64, &length->d.interval, tbi_zone(cx), &end->d.i64,
                                  cx->err);
    return TB_OK;
}

static tb_rc overlaps(tb_fn_cx *cx, const tb_value *a, tb_type_id type, ends how, tb_value *ret)
{
    tb_value end1 = a[1], end2 = a[3];
    if (how == FIRST_LENGTH || how == BOTH_LENGTHS)
        TB_TRY(period_end(cx, type, &a[0], &a[1], &end1));
    if (how == SECOND_LENGTH || how == BOTH_LENGTHS)
        TB_TRY(period_end(cx, type, &a[2], &a[3], &end2));
    *ret = tb_overlaps(type, &a[0], &end1, &a[2], &end2);
    return TB_OK;
}

#define OVERLAPS(t)                                                                                \
    TB_BODY(OVERLAPS_##t##_##t##_##t##_##t)                                                        \
    {                                                                                              \
        return overlaps(cx, a, TB_T_##t, ENDS_BOTH, ret);                                          \
    }                                                                                              \
    TB_BODY(OVERLAPS_##t##_INTERVAL_##t##_##t)                                                     \
    {                                                                                              \
        return overlaps(cx, a, TB_T_##t, FIRST_LENGTH, ret);                                       \
    }                                                                                              \
    TB_BODY(OVERLAPS_##t##_##t##_##t##_INTERVAL)                                                   \
    {                                                                                              \
        return overlaps(cx, a, TB_T_##t, SECOND_LENGTH, ret);                                      \
    }                                                                                              \
    TB_BODY(OVERLAPS_##t##_INTERVAL_##t##_INTERVAL)                                                \
    {                                                                                              \
        return overlaps(cx, a, TB_T_##t, BOTH_LENGTHS, ret);                                       \
    }
OVERLAPS(TIME)
OVERLAPS(TIMESTAMP)
OVERLAPS(TIMESTAMPTZ)

TB_BODY(OVERLAPS_TIMETZ_TIMETZ_TIMETZ_TIMETZ)
{
    return overlaps(cx, a, TB_T_TIMETZ, ENDS_BOTH, ret);
}
