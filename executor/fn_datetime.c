/* SPDX-License-Identifier: Apache-2.0
 * Dates and times: arithmetic, making, the clock. Fields, truncation and zones are in
 * fn_datefield.c.
 */
#include "executor/fn_int.h"

#define IVAL(i) (&a[i].d.interval)

static tb_rc put_interval(tb_value *ret, tb_interval v)
{
    *ret = (tb_value){.d.interval = v};
    return TB_OK;
}

/* ---- date arithmetic ---- */

TB_BODY(DATE_MI)
{
    int32_t v;
    TB_TRY(tb_date_diff(a[0].d.i32, a[1].d.i32, &v, cx->err));
    return tbi_int4(ret, v);
}

static tb_rc date_plus(tb_fn_cx *cx, int32_t date, int64_t days, tb_value *ret)
{
    if (!tb_date_is_finite(date))
        return tbi_int4(ret, date);
    if (days < -INT32_MAX || days > INT32_MAX)
        return TB_RAISE(cx->err, TB_E_DATETIME_FIELD_OVERFLOW, "date out of range");
    int32_t v;
    TB_TRY(tb_date_add(date, (int32_t)days, &v, cx->err));
    return tbi_int4(ret, v);
}

TB_BODY(DATE_PLI)
{
    return date_plus(cx, a[0].d.i32, a[1].d.i32, ret);
}
TB_BODY(DATE_MII)
{
    return date_plus(cx, a[0].d.i32, -(int64_t)a[1].d.i32, ret);
}
TB_BODY(INTEGER_PL_DATE)
{
    return date_plus(cx, a[1].d.i32, a[0].d.i32, ret);
}

/* date + time of day, in the zone given west of Greenwich. */
static tb_rc date_time(tb_fn_cx *cx, int32_t date, int64_t time, int32_t west, tb_value *ret)
{
    int64_t v;
    TB_TRY(tb_date_to_timestamp(date, &v, cx->err));
    if (tb_ts_is_finite(v)) {
        v += time + west * TB_USECS_PER_SEC;
        if (v < TB_TS_MIN || v >= TB_TS_END)
            return TB_RAISE(cx->err, TB_E_DATETIME_FIELD_OVERFLOW, "timestamp out of range");
    }
    return tbi_int8(ret, v);
}

TB_BODY(DATETIME_PL)
{
    return date_time(cx, a[0].d.i32, a[1].d.i64, 0, ret);
}
TB_BODY(TIMEDATE_PL)
{
    return date_time(cx, a[1].d.i32, a[0].d.i64, 0, ret);
}
TB_BODY(DATETIMETZ_PL)
{
    return date_time(cx, a[0].d.i32, a[1].d.timetz.us, a[1].d.timetz.zone, ret);
}
TB_BODY(TIMETZDATE_PL)
{
    return date_time(cx, a[1].d.i32, a[0].d.timetz.us, a[0].d.timetz.zone, ret);
}

/* ---- timestamp and interval ---- */

static tb_rc ts_add(tb_fn_cx *cx, int64_t ts, const tb_interval *i, tb_value *ret)
{
    int64_t v;
    TB_TRY(tb_timestamp_add(ts, i, &v, cx->err));
    return tbi_int8(ret, v);
}

static tb_rc tstz_add(tb_fn_cx *cx, int64_t ts, const tb_interval *i, tb_value *ret)
{
    int64_t v;
    TB_TRY(tb_timestamptz_add(ts, i, tbi_zone(cx), &v, cx->err));
    return tbi_int8(ret, v);
}

TB_BODY(TIMESTAMP_PL_INTERVAL)
{
    return ts_add(cx, a[0].d.i64, IVAL(1), ret);
}
TB_BODY(INTERVAL_PL_TIMESTAMP)
{
    return ts_add(cx, a[1].d.i64, IVAL(0), ret);
}
TB_BODY(TIMESTAMP_MI_INTERVAL)
{
    tb_interval minus;
    TB_TRY(tb_interval_neg(IVAL(1), &minus, cx->err));
    return ts_add(cx, a[0].d.i64, &minus, ret);
}
TB_BODY(TIMESTAMPTZ_PL_INTERVAL)
{
    return tstz_add(cx, a[0].d.i64, IVAL(1), ret);
}
TB_BODY(INTERVAL_PL_TIMESTAMPTZ)
{
    return tstz_add(cx, a[1].d.i64, IVAL(0), ret);
}
TB_BODY(TIMESTAMPTZ_MI_INTERVAL)
{
    tb_interval minus;
    TB_TRY(tb_interval_neg(IVAL(1), &minus, cx->err));
    return tstz_add(cx, a[0].d.i64, &minus, ret);
}

static tb_rc date_add_interval(tb_fn_cx *cx, int32_t date, const tb_interval *i, tb_value *ret)
{
    int64_t ts;
    TB_TRY(tb_date_to_timestamp(date, &ts, cx->err));
    return ts_add(cx, ts, i, ret);
}

TB_BODY(DATE_PL_INTERVAL)
{
    return date_add_interval(cx, a[0].d.i32, IVAL(1), ret);
}
TB_BODY(INTERVAL_PL_DATE)
{
    return date_add_interval(cx, a[1].d.i32, IVAL(0), ret);
}
TB_BODY(DATE_MI_INTERVAL)
{
    tb_interval minus;
    TB_TRY(tb_interval_neg(IVAL(1), &minus, cx->err));
    return date_add_interval(cx, a[0].d.i32, &minus, ret);
}

static tb_rc ts_diff(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    tb_interval v;
    TB_TRY(tb_timestamp_diff(a[0].d.i64, a[1].d.i64, &v, cx->err));
    return put_interval(ret, v);
}

TB_BODY(TIMESTAMP_MI)
{
    return ts_diff(cx, a, ret);
}
TB_BODY(TIMESTAMPTZ_MI)
{
    return ts_diff(cx, a, ret);
}

static tb_rc age(tb_fn_cx *cx, int64_t later, int64_t earlier, const tb_tz *tz, tb_value *ret)
{
    tb_interval v;
    TB_TRY(tb_age(later, earlier, tz, &v, cx->err));
    return put_interval(ret, v);
}

/* Today in the session's zone. */
static tb_rc today(tb_fn_cx *cx, int32_t *date)
{
    int64_t local;
    TB_TRY(tb_timestamptz_to_timestamp(tbi_now(cx), tbi_zone(cx), &local, cx->err));
    *date = tb_timestamp_to_date(local);
    return TB_OK;
}

TB_BODY(AGE_TIMESTAMP_TIMESTAMP)
{
    return age(cx, a[0].d.i64, a[1].d.i64, NULL, ret);
}
TB_BODY(AGE_TIMESTAMPTZ_TIMESTAMPTZ)
{
    return age(cx, a[0].d.i64, a[1].d.i64, tbi_zone(cx), ret);
}
TB_BODY(AGE_TIMESTAMP)
{
    int32_t date;
    int64_t midnight;
    TB_TRY(today(cx, &date));
    TB_TRY(tb_date_to_timestamp(date, &midnight, cx->err));
    return age(cx, midnight, a[0].d.i64, NULL, ret);
}
TB_BODY(AGE_TIMESTAMPTZ)
{
    int32_t date;
    int64_t midnight;
    TB_TRY(today(cx, &date));
    TB_TRY(tb_date_to_timestamptz(date, tbi_zone(cx), &midnight, cx->err));
    return age(cx, midnight, a[0].d.i64, tbi_zone(cx), ret);
}

/* Transactions have no numbers here: frozen ones are infinitely old, as PostgreSQL says, others
 * new. */
TB_BODY(AGE_XID)
{
    enum { FIRST_NORMAL_XID = 3 };
    return tbi_int4(ret, a[0].d.oid < FIRST_NORMAL_XID ? INT32_MAX : 0);
}

/* ---- time of day ---- */

/* The opposite interval as far as times of day care: months and days do not count, whole days
 * neither. */
static tb_interval minus_time(const tb_interval *i)
{
    return (tb_interval){.us = -(i->us % TB_USECS_PER_DAY)};
}

TB_BODY(TIME_PL_INTERVAL)
{
    return tbi_int8(ret, tb_time_add(a[0].d.i64, IVAL(1)));
}
TB_BODY(INTERVAL_PL_TIME)
{
    return tbi_int8(ret, tb_time_add(a[1].d.i64, IVAL(0)));
}
TB_BODY(TIME_MI_INTERVAL)
{
    tb_interval minus = minus_time(IVAL(1));
    return tbi_int8(ret, tb_time_add(a[0].d.i64, &minus));
}

static tb_rc put_timetz(tb_value *ret, tb_timetz v)
{
    *ret = (tb_value){.d.timetz = v};
    return TB_OK;
}

TB_BODY(TIMETZ_PL_INTERVAL)
{
    return put_timetz(ret, tb_timetz_add(&a[0].d.timetz, IVAL(1)));
}
TB_BODY(INTERVAL_PL_TIMETZ)
{
    return put_timetz(ret, tb_timetz_add(&a[1].d.timetz, IVAL(0)));
}
TB_BODY(TIMETZ_MI_INTERVAL)
{
    tb_interval minus = minus_time(IVAL(1));
    return put_timetz(ret, tb_timetz_add(&a[0].d.timetz, &minus));
}
TB_BODY(TIME_MI_TIME)
{
    return put_interval(ret, (tb_interval){.us = a[0].d.i64 - a[1].d.i64});
}

/* ---- interval arithmetic ---- */

#define INTERVAL_BINARY(id, f, right)                                                              \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        tb_interval v;                                                                             \
        TB_TRY(f(IVAL(0), right, &v, cx->err));                                                    \
        return put_interval(ret, v);                                                               \
    }
INTERVAL_BINARY(INTERVAL_PL, tb_interval_add, IVAL(1))
INTERVAL_BINARY(INTERVAL_MI, tb_interval_sub, IVAL(1))
INTERVAL_BINARY(INTERVAL_MUL, tb_interval_mul, a[1].d.f64)
INTERVAL_BINARY(INTERVAL_DIV, tb_interval_div, a[1].d.f64)

TB_BODY(MUL_D_INTERVAL)
{
    tb_interval v;
    TB_TRY(tb_interval_mul(IVAL(1), a[0].d.f64, &v, cx->err));
    return put_interval(ret, v);
}

#define INTERVAL_UNARY(id, f)                                                                      \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        tb_interval v;                                                                             \
        TB_TRY(f(IVAL(0), &v, cx->err));                                                           \
        return put_interval(ret, v);                                                               \
    }
INTERVAL_UNARY(INTERVAL_UM, tb_interval_neg)
INTERVAL_UNARY(JUSTIFY_HOURS, tb_justify_hours)
INTERVAL_UNARY(JUSTIFY_DAYS, tb_justify_days)
INTERVAL_UNARY(JUSTIFY_INTERVAL, tb_justify_interval)

TB_BODY(ISFINITE_DATE)
{
    return tbi_bool(ret, tb_date_is_finite(a[0].d.i32));
}
TB_BODY(ISFINITE_TIMESTAMP)
{
    return tbi_bool(ret, tb_ts_is_finite(a[0].d.i64));
}
TB_BODY(ISFINITE_TIMESTAMPTZ)
{
    return tbi_bool(ret, tb_ts_is_finite(a[0].d.i64));
}
TB_BODY(ISFINITE_INTERVAL)
{
    return tbi_bool(ret, true);
}

/* ---- making ---- */

TB_BODY(MAKE_DATE)
{
    int32_t v;
    TB_TRY(tb_make_date(a[0].d.i32, a[1].d.i32, a[2].d.i32, &v, cx->err));
    return tbi_int4(ret, v);
}
TB_BODY(MAKE_TIME)
{
    int64_t v;
    TB_TRY(tb_make_time(a[0].d.i32, a[1].d.i32, a[2].d.f64, &v, cx->err));
    return tbi_int8(ret, v);
}

static tb_rc make_ts(tb_fn_cx *cx, const tb_value *a, int64_t *v)
{
    return tb_make_timestamp(a[0].d.i32, a[1].d.i32, a[2].d.i32, a[3].d.i32, a[4].d.i32, a[5].d.f64,
                             v, cx->err);
}

TB_BODY(MAKE_TIMESTAMP)
{
    int64_t v;
    TB_TRY(make_ts(cx, a, &v));
    return tbi_int8(ret, v);
}
TB_BODY(MAKE_TIMESTAMPTZ_INT4_INT4_INT4_INT4_INT4_FLOAT8)
{
    int64_t v;
    TB_TRY(make_ts(cx, a, &v));
    TB_TRY(tb_timestamp_to_timestamptz(v, tbi_zone(cx), &v, cx->err));
    return tbi_int8(ret, v);
}

/* +HH[:MM[:SS]] east of Greenwich, as in a timestamp's text; false when it is none. */
static bool numeric_zone(const char *s, size_t n, int32_t *east)
{
    int part[3] = {0, 0, 0}, parts = 0;
    for (size_t i = 1; i < n && parts < 3; parts++) {
        size_t start = i;
        for (; i < n && s[i] >= '0' && s[i] <= '9' && i - start < 2; i++)
            part[parts] = part[parts] * 10 + (s[i] - '0');
        if (i == start)
            return false;
        if (i < n && s[i] == ':')
            i++;
        else if (i < n && parts == 2)
            return false;
    }
    if (parts == 0 || part[0] > 15 || part[1] > 59 || part[2] > 59)
        return false;
    *east = (part[0] * 60 + part[1]) * 60 + part[2];
    if (s[0] == '-')
        *east = -*east;
    return true;
}

TB_BODY(MAKE_TIMESTAMPTZ_INT4_INT4_INT4_INT4_INT4_FLOAT8_TEXT)
{
    int64_t v;
    int32_t east;
    const char *zone = TBI_S(6);
    size_t n = TBI_N(6);
    TB_TRY(make_ts(cx, a, &v));
    if (n > 0 && *zone >= '0' && *zone <= '9') {
        TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                 "invalid input syntax for type numeric time zone");
        tb_error_hint(cx->err, "Numeric time zones must have \"-\" or \"+\" as first character.");
        return TB_FAIL;
    }
    if (n > 0 && (*zone == '+' || *zone == '-')) {
        if (!numeric_zone(zone, n, &east))
            return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                            "numeric time zone out of range");
        v -= east * TB_USECS_PER_SEC;
        if (v < TB_TS_MIN || v >= TB_TS_END)
            return TB_RAISE(cx->err, TB_E_DATETIME_FIELD_OVERFLOW, "timestamp out of range");
        return tbi_int8(ret, v);
    }
    TB_TRY(tb_timestamp_at_zone(v, zone, n, &v, cx->err));
    return tbi_int8(ret, v);
}

/* make_interval with the first nargs of its arguments, the others zero. */
static tb_rc make_interval(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    int part[6] = {0};
    for (int i = 0; i < 6 && i < cx->nargs; i++)
        part[i] = a[i].d.i32;
    double seconds = cx->nargs > 6 ? a[6].d.f64 : 0;
    tb_interval v;
    TB_TRY(tb_make_interval(part[0], part[1], part[2], part[3], part[4], part[5], seconds, &v,
                            cx->err));
    return put_interval(ret, v);
}

#define MAKE_INTERVAL(id)                                                                          \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        return make_interval(cx, a, ret);                                                          \
    }
MAKE_INTERVAL(MAKE_INTERVAL_0)
MAKE_INTERVAL(MAKE_INTERVAL_1)
MAKE_INTERVAL(MAKE_INTERVAL_2)
MAKE_INTERVAL(MAKE_INTERVAL_3)
MAKE_INTERVAL(MAKE_INTERVAL_4)
MAKE_INTERVAL(MAKE_INTERVAL_5)
MAKE_INTERVAL(MAKE_INTERVAL_6)
MAKE_INTERVAL(MAKE_INTERVAL_INT4_INT4_INT4_INT4_INT4_INT4_FLOAT8)

TB_BODY(TO_TIMESTAMP_FLOAT8)
{
    int64_t v;
    TB_TRY(tb_timestamptz_from_epoch(a[0].d.f64, &v, cx->err));
    return tbi_int8(ret, v);
}

/* ---- the clock ---- */

TB_BODY(NOW)
{
    return tbi_int8(ret, tbi_now(cx));
}
TB_BODY(TRANSACTION_TIMESTAMP)
{
    return tbi_int8(ret, tbi_now(cx));
}
TB_BODY(CURRENT_TIMESTAMP_0)
{
    return tbi_int8(ret, tbi_now(cx));
}
TB_BODY(STATEMENT_TIMESTAMP)
{
    return tbi_int8(ret, cx->env != NULL ? cx->env->stmt_us : 0);
}

static int64_t clock_us(const tb_fn_cx *cx)
{
    TB_CHECK(cx->env != NULL && cx->env->clock_us != NULL);
    return cx->env->clock_us();
}

TB_BODY(CLOCK_TIMESTAMP)
{
    return tbi_int8(ret, clock_us(cx));
}

TB_BODY(TIMEOFDAY)
{
    static const char days[] = "SunMonTueWedThuFriSat",
                      months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t now = clock_us(cx), local;
    TB_TRY(tb_timestamptz_to_timestamp(now, tbi_zone(cx), &local, cx->err));
    tb_tm tm;
    tb_tm_from_timestamp(local, &tm);
    int weekday = tb_day_of_week(tb_timestamp_to_date(local));
    const char *text =
        tb_arena_printf(cx->arena, "%.3s %.3s %02d %02d:%02d:%02d.%06d %04d %s", days + 3 * weekday,
                        months + 3 * (tm.month - 1), tm.day, tm.hour, tm.min, tm.sec, (int)tm.us,
                        tm.year, tb_tz_at(tbi_zone(cx), now).abbrev);
    return tbi_bytes(ret, text, strlen(text));
}

TB_BODY(CURRENT_DATE)
{
    int32_t date;
    TB_TRY(today(cx, &date));
    return tbi_int4(ret, date);
}
TB_BODY(LOCALTIMESTAMP_0)
{
    int64_t local;
    TB_TRY(tb_timestamptz_to_timestamp(tbi_now(cx), tbi_zone(cx), &local, cx->err));
    return tbi_int8(ret, local);
}
TB_BODY(LOCALTIME_0)
{
    TB_TRY(tbi_fn_LOCALTIMESTAMP_0(cx, a, ret));
    return tbi_int8(ret, tb_timestamp_to_time(ret->d.i64));
}
TB_BODY(CURRENT_TIME_0)
{
    return put_timetz(ret, tb_timestamptz_to_timetz(tbi_now(cx), tbi_zone(cx)));
}

/* CURRENT_TIME(precision) and the like: beyond 6 decimals nothing is rounded. */
static int32_t precision(const tb_value *a)
{
    return a[0].d.i32 < 0 ? 0 : a[0].d.i32 > 6 ? 6 : a[0].d.i32;
}

TB_BODY(CURRENT_TIMESTAMP_INT4)
{
    int64_t v;
    TB_TRY(tb_timestamp_round(tbi_now(cx), precision(a), &v, cx->err));
    return tbi_int8(ret, v);
}
TB_BODY(LOCALTIMESTAMP_INT4)
{
    TB_TRY(tbi_fn_LOCALTIMESTAMP_0(cx, a, ret));
    return tb_timestamp_round(ret->d.i64, precision(a), &ret->d.i64, cx->err);
}
TB_BODY(LOCALTIME_INT4)
{
    TB_TRY(tbi_fn_LOCALTIME_0(cx, a, ret));
    return tbi_int8(ret, tb_time_round(ret->d.i64, precision(a)));
}
TB_BODY(CURRENT_TIME_INT4)
{
    TB_TRY(tbi_fn_CURRENT_TIME_0(cx, a, ret));
    ret->d.timetz.us = tb_time_round(ret->d.timetz.us, precision(a));
    return TB_OK;
}
