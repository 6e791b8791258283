/* SPDX-License-Identifier: Apache-2.0
 * Fields of dates, times and intervals: extract(), date_part(), date_trunc().
 */
#include "core/datetime.h"

#include "core/datetime_int.h"

#include <math.h>
#include <string.h>

enum { DAYS_JULIAN_2000 = 2451545, UNIX_DAYS = 10957 };

/* A field's value as both functions give it: extract() as integer / 10^scale, date_part() as
 * double. */
typedef struct field {
    bool null;
    int infinite; /* -1, 0, 1 */
    __int128 value;
    int scale;
    double real;
    bool julian_time; /* value = day number, us = time of day: the one field that is a true quotient
                       */
    int64_t us;
} field;

/* What a value is taken apart into. */
typedef struct parts {
    tb_type_id type;
    tb_tm tm;
    int32_t days;
    int32_t east;
    int64_t ts; /* us of the timestamp or time */
} parts;

static const char *type_name(tb_type_id type)
{
    return tb_type_get(type)->sql_name;
}

/* ---- names of fields ---- */

enum { NAME_MAX_BYTES = 63 };

/* Lower-case, NUL-terminated copy; longer names match no field. */
static const char *fold(const char *s, size_t len, char to[NAME_MAX_BYTES + 1])
{
    size_t n = len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES;
    for (size_t i = 0; i < n; i++)
        to[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
    to[n] = '\0';
    return to;
}

static tb_rc raise_unknown(const char *name, tb_type_id type, tb_error *err)
{
    return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "unit \"%s\" not recognized for type %s",
                    name, type_name(type));
}

static tb_rc raise_unsupported(const char *name, tb_type_id type, tb_error *err)
{
    return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED, "unit \"%s\" not supported for type %s", name,
                    type_name(type));
}

/* extract() knows the units of intervals and those of dates ("dow", "epoch", ...). */
static tbi_dt_word find_field(const char *name, tb_type_id type)
{
    int value;
    tbi_dt_kind kind = tbi_dt_unit_word(name, &value);
    if (kind == TBI_K_UNKNOWN)
        kind = tbi_dt_date_word(name, &value);
    /* other reserved words ("now") are known, if not supported, where there is a date */
    bool dated = type == TB_T_DATE || type == TB_T_TIMESTAMP || type == TB_T_TIMESTAMPTZ;
    bool usable =
        kind == TBI_K_UNITS || (kind == TBI_K_RESERVED && (dated || value == TBI_W_EPOCH));
    return usable ? (tbi_dt_word)value : TBI_W_NONE;
}

/* ---- values ---- */

static field integer(int64_t v)
{
    return (field){.value = v, .real = (double)v};
}

static field seconds_field(int64_t sec, int64_t us, int scale)
{
    field f = {.scale = scale};
    if (scale == 6) {
        f.value = sec * 1000000 + us;
        f.real = (double)sec + (double)us / 1000000.0;
    } else if (scale == 3) {
        f.value = sec * 1000000 + us;
        f.real = (double)sec * 1000.0 + (double)us / 1000.0;
    } else {
        return integer(sec * 1000000 + us);
    }
    return f;
}

/* Floor of a year counted from 1 AD in groups of n, PostgreSQL's way: no group 0. */
static int64_t year_group(int year, int n)
{
    return year > 0 ? (year + n - 1) / n : -((n - 1 - (int64_t)(year - 1)) / n);
}

static int64_t decade(int year)
{
    return year >= 0 ? year / 10 : -((8 - (int64_t)(year - 1)) / 10);
}

static int64_t day_of_year(const parts *p)
{
    return p->days - tb_days_from_civil(p->tm.year, 1, 1) + 1;
}

static bool date_field(const parts *p, tbi_dt_word w, field *out)
{
    int year = p->tm.year, week, iso_year;
    if (w == TBI_W_DAY)
        *out = integer(p->tm.day);
    else if (w == TBI_W_MONTH)
        *out = integer(p->tm.month);
    else if (w == TBI_W_QUARTER)
        *out = integer((p->tm.month - 1) / 3 + 1);
    else if (w == TBI_W_YEAR)
        *out = integer(year > 0 ? year : year - 1);
    else if (w == TBI_W_DECADE)
        *out = integer(decade(year));
    else if (w == TBI_W_CENTURY)
        *out = integer(year_group(year, 100));
    else if (w == TBI_W_MILLENNIUM)
        *out = integer(year_group(year, 1000));
    else if (w == TBI_W_DOW)
        *out = integer(tb_day_of_week(p->days));
    else if (w == TBI_W_ISODOW)
        *out = integer((tb_day_of_week(p->days) + 6) % 7 + 1);
    else if (w == TBI_W_DOY)
        *out = integer(day_of_year(p));
    else if (w == TBI_W_WEEK || w == TBI_W_ISOYEAR) {
        tb_iso_week(p->days, &iso_year, &week);
        *out = integer(w == TBI_W_WEEK ? week : iso_year > 0 ? iso_year : iso_year - 1);
    } else
        return false;
    return true;
}

static bool time_field(const parts *p, tbi_dt_word w, field *out)
{
    if (w == TBI_W_MICROSECOND)
        *out = seconds_field(p->tm.sec, p->tm.us, 0);
    else if (w == TBI_W_MILLISECOND)
        *out = seconds_field(p->tm.sec, p->tm.us, 3);
    else if (w == TBI_W_SECOND)
        *out = seconds_field(p->tm.sec, p->tm.us, 6);
    else if (w == TBI_W_MINUTE)
        *out = integer(p->tm.min);
    else if (w == TBI_W_HOUR)
        *out = integer(p->tm.hour);
    else
        return false;
    return true;
}

static bool zone_field(const parts *p, tbi_dt_word w, field *out)
{
    if (p->type != TB_T_TIMETZ && p->type != TB_T_TIMESTAMPTZ)
        return false;
    if (w == TBI_W_TZ)
        *out = integer(p->east);
    else if (w == TBI_W_TZ_HOUR)
        *out = integer(p->east / 3600);
    else if (w == TBI_W_TZ_MINUTE)
        *out = integer(p->east / 60 % 60);
    else
        return false;
    return true;
}

static field julian(const parts *p)
{
    field f = integer((int64_t)p->days + DAYS_JULIAN_2000);
    if (p->type == TB_T_DATE)
        return f;
    f.julian_time = true;
    f.us = tbi_time_us(p->tm.hour, p->tm.min, p->tm.sec, p->tm.us);
    f.real =
        (double)f.value +
        ((((p->tm.hour * 60.0) + p->tm.min) * 60.0) + p->tm.sec + p->tm.us / 1000000.0) / 86400.0;
    return f;
}

/* Seconds since 1970 with six decimals. In the last 30 years of the range the shift from 2000
 * leaves 64 bits; there PostgreSQL divides as numeric, which keeps four decimals of a number that
 * long. */
static field epoch(const parts *p)
{
    if (p->type == TB_T_DATE)
        return integer(((int64_t)p->days + UNIX_DAYS) * 86400);
    __int128 us = p->ts;
    if (p->type == TB_T_TIMETZ)
        us -= p->east * TB_USECS_PER_SEC;
    else if (p->type != TB_T_TIME)
        us += UNIX_DAYS * TB_USECS_PER_DAY;
    if (us > INT64_MAX)
        us = (us + 50) / 100 * 100;
    field f = {.value = us, .scale = 6, .real = (double)us / 1000000.0};
    if (p->type == TB_T_TIMETZ)
        f.real =
            (double)p->ts / 1000000.0 - p->east; /* in this order: it shows in the last digit */
    return f;
}

/* ---- infinite values: growing fields are infinite, the others have no value ---- */

static bool infinite_field(tbi_dt_word w, bool positive, tb_type_id type, field *out)
{
    static const tbi_dt_word growing[] = {TBI_W_YEAR,       TBI_W_DECADE, TBI_W_CENTURY,
                                          TBI_W_MILLENNIUM, TBI_W_JULIAN, TBI_W_ISOYEAR,
                                          TBI_W_EPOCH};
    static const tbi_dt_word swinging[] = {
        TBI_W_MICROSECOND, TBI_W_MILLISECOND, TBI_W_SECOND,  TBI_W_MINUTE,  TBI_W_HOUR,
        TBI_W_DAY,         TBI_W_MONTH,       TBI_W_QUARTER, TBI_W_WEEK,    TBI_W_DOW,
        TBI_W_ISODOW,      TBI_W_DOY,         TBI_W_TZ,      TBI_W_TZ_HOUR, TBI_W_TZ_MINUTE};
    *out = (field){.null = true};
    for (size_t i = 0; i < TB_COUNT(growing); i++) {
        if (w == growing[i]) {
            *out = (field){.infinite = positive ? 1 : -1, .real = positive ? HUGE_VAL : -HUGE_VAL};
            return true;
        }
    }
    for (size_t i = 0; i < TB_COUNT(swinging); i++)
        if (w == swinging[i])
            return type != TB_T_DATE ||
                   (i > 4 && i < 12); /* a date has no time of day, and no zone */
    return false;
}

/* ---- by type ---- */

static void split_timestamp(parts *p, int64_t ts)
{
    p->ts = ts;
    tb_tm_from_timestamp(ts + p->east * TB_USECS_PER_SEC, &p->tm);
    p->days = tb_timestamp_to_date(ts + p->east * TB_USECS_PER_SEC);
}

static void split_time(parts *p, int64_t us)
{
    p->ts = us;
    p->tm = (tb_tm){.hour = (int)(us / 3600000000),
                    .min = (int)(us / 60000000 % 60),
                    .sec = (int)(us / 1000000 % 60),
                    .us = (int32_t)(us % 1000000)};
}

/* *infinite: -1 or 1 when there is nothing to split. */
static parts split(tb_type_id type, const tb_datum *v, const tb_tz *tz, int *infinite)
{
    parts p = {.type = type};
    *infinite = 0;
    if (type == TB_T_DATE) {
        if (!tb_date_is_finite(v->i32))
            *infinite = v->i32 == TB_DATE_POS_INF ? 1 : -1;
        p.days = v->i32;
        tb_civil_from_days(p.days, &p.tm.year, &p.tm.month, &p.tm.day);
    } else if (type == TB_T_TIME) {
        split_time(&p, v->i64);
    } else if (type == TB_T_TIMETZ) {
        p.east = -v->timetz.zone;
        split_time(&p, v->timetz.us);
    } else if (!tb_ts_is_finite(v->i64)) {
        *infinite = v->i64 == TB_TS_POS_INF ? 1 : -1;
    } else {
        p.east = type == TB_T_TIMESTAMPTZ ? tb_tz_at(tz, v->i64).offset : 0;
        split_timestamp(&p, v->i64);
    }
    return p;
}

static field interval_epoch(const tb_interval *i)
{
    /* a year has 365.25 days here: in quarters of a day everything is whole */
    int64_t quarters =
        INT64_C(1461) * (i->months / 12) + INT64_C(120) * (i->months % 12) + INT64_C(4) * i->days;
    __int128 us = (__int128)quarters * (86400 / 4) * 1000000 + i->us;
    field f = {.scale = 6, .value = us};
    f.real = (double)i->us / 1000000.0 + 365.25 * 86400 * (i->months / 12) +
             30.0 * 86400 * (i->months % 12) + 86400.0 * i->days;
    return f;
}

static tb_rc interval_field(const tb_interval *i, tbi_dt_word w, const char *name, field *out,
                            tb_error *err)
{
    int year = i->months / 12, month = i->months % 12;
    int64_t sec = i->us / 1000000 % 60, us = i->us % 1000000;
    if (w == TBI_W_MICROSECOND || w == TBI_W_MILLISECOND || w == TBI_W_SECOND)
        *out = seconds_field(sec, us, w == TBI_W_SECOND ? 6 : w == TBI_W_MILLISECOND ? 3 : 0);
    else if (w == TBI_W_MINUTE)
        *out = integer(i->us / 60000000 % 60);
    else if (w == TBI_W_HOUR)
        *out = integer(i->us / 3600000000);
    else if (w == TBI_W_DAY)
        *out = integer(i->days);
    else if (w == TBI_W_MONTH)
        *out = integer(month);
    else if (w == TBI_W_QUARTER)
        *out = integer(month / 3 + 1);
    else if (w == TBI_W_YEAR)
        *out = integer(year);
    else if (w == TBI_W_DECADE)
        *out = integer(year / 10);
    else if (w == TBI_W_CENTURY)
        *out = integer(year / 100);
    else if (w == TBI_W_MILLENNIUM)
        *out = integer(year / 1000);
    else if (w == TBI_W_EPOCH)
        *out = interval_epoch(i);
    else
        return w == TBI_W_NONE ? raise_unknown(name, TB_T_INTERVAL, err)
                               : raise_unsupported(name, TB_T_INTERVAL, err);
    return TB_OK;
}

static tb_rc get_field(const char *s, size_t len, tb_type_id type, const tb_datum *v,
                       const tb_tz *tz, field *out, tb_error *err)
{
    char folded[NAME_MAX_BYTES + 1];
    const char *name = fold(s, len, folded);
    tbi_dt_word w = find_field(name, type);
    if (type == TB_T_INTERVAL)
        return interval_field(&v->interval, w, name, out, err);
    int infinite;
    parts p = split(type, v, tz, &infinite);
    if (w == TBI_W_NONE)
        return raise_unknown(name, type, err);
    if (infinite != 0)
        return infinite_field(w, infinite > 0, type, out) ? TB_OK
                                                          : raise_unsupported(name, type, err);
    bool has_date = type != TB_T_TIME && type != TB_T_TIMETZ, has_time = type != TB_T_DATE;
    if ((has_date && date_field(&p, w, out)) || (has_time && time_field(&p, w, out)) ||
        zone_field(&p, w, out))
        return TB_OK;
    if (w == TBI_W_EPOCH)
        *out = epoch(&p);
    else if (w == TBI_W_JULIAN && has_date)
        *out = julian(&p);
    else
        return raise_unsupported(name, type, err);
    return TB_OK;
}

tb_rc tb_extract(tb_arena *arena, const char *name, size_t len, tb_type_id type, const tb_datum *v,
                 const tb_tz *tz, tb_num *out, bool *null, tb_error *err)
{
    field f;
    TB_TRY(get_field(name, len, type, v, tz, &f, err));
    *null = f.null;
    if (f.infinite != 0) {
        *out = (tb_num){.kind = f.infinite > 0 ? TB_NUM_PINF : TB_NUM_NINF};
    } else if (f.julian_time) {
        tb_num day = tb_num_from_int64((int64_t)f.value), us = tb_num_from_int64(f.us);
        tb_num per_day = tb_num_from_int64(TB_USECS_PER_DAY), part;
        TB_TRY(tb_num_div(arena, &us, &per_day, &part, err));
        TB_TRY(tb_num_add(arena, &day, &part, out, err));
    } else {
        *out = tb_num_from_int128(arena, f.value, f.scale);
    }
    return TB_OK;
}

tb_rc tb_date_part(const char *name, size_t len, tb_type_id type, const tb_datum *v,
                   const tb_tz *tz, double *out, bool *null, tb_error *err)
{
    field f;
    tb_datum ts = *v;
    if (type == TB_T_DATE) { /* date_part(text, date) is defined over the timestamp */
        TB_TRY(tb_date_to_timestamp(v->i32, &ts.i64, err));
        type = TB_T_TIMESTAMP;
    }
    TB_TRY(get_field(name, len, type, &ts, tz, &f, err));
    *null = f.null;
    *out = f.real;
    return TB_OK;
}

/* ---- date_trunc ---- */

/* Units in ascending order of size; each clears everything below it. */
static const tbi_dt_word trunc_order[] = {
    TBI_W_MICROSECOND, TBI_W_MILLISECOND, TBI_W_SECOND,    TBI_W_MINUTE,  TBI_W_HOUR,
    TBI_W_DAY,         TBI_W_WEEK,        TBI_W_MONTH,     TBI_W_QUARTER, TBI_W_YEAR,
    TBI_W_DECADE,      TBI_W_CENTURY,     TBI_W_MILLENNIUM};
enum {
    T_MILLISECOND = 1,
    T_SECOND,
    T_MINUTE,
    T_HOUR,
    T_DAY,
    T_WEEK,
    T_MONTH,
    T_QUARTER,
    T_YEAR,
    T_DECADE,
    T_CENTURY,
    T_MILLENNIUM
};

static tb_rc find_trunc(const char *s, size_t len, tb_type_id type, int *level, tb_error *err)
{
    char folded[NAME_MAX_BYTES + 1];
    const char *name = fold(s, len, folded);
    int value;
    if (tbi_dt_unit_word(name, &value) != TBI_K_UNITS)
        return raise_unknown(name, type, err);
    for (size_t i = 0; i < TB_COUNT(trunc_order); i++) {
        if (trunc_order[i] == (tbi_dt_word)value && !(type == TB_T_INTERVAL && i == T_WEEK)) {
            *level = (int)i;
            return TB_OK;
        }
    }
    raise_unsupported(name, type, err);
    if (value == TBI_W_WEEK)
        tb_error_detail(err, "Months usually have fractional weeks.");
    return TB_FAIL;
}

static void trunc_clock(tb_tm *tm, int level)
{
    if (level >= T_MILLISECOND)
        tm->us = level == T_MILLISECOND ? tm->us / 1000 * 1000 : 0;
    if (level >= T_MINUTE)
        tm->sec = 0;
    if (level >= T_HOUR)
        tm->min = 0;
    if (level >= T_DAY)
        tm->hour = 0;
}

static void trunc_civil(tb_tm *tm, int level)
{
    if (level == T_WEEK) {
        int32_t days = tb_days_from_civil(tm->year, tm->month, tm->day);
        days -= (tb_day_of_week(days) + 6) % 7;
        tb_civil_from_days(days, &tm->year, &tm->month, &tm->day);
    }
    if (level >= T_MONTH)
        tm->day = 1;
    if (level == T_QUARTER)
        tm->month = 3 * ((tm->month - 1) / 3) + 1;
    if (level >= T_YEAR)
        tm->month = 1;
    if (level == T_DECADE)
        tm->year = tm->year > 0 ? tm->year / 10 * 10 : -((8 - (tm->year - 1)) / 10) * 10;
    if (level == T_CENTURY || level == T_MILLENNIUM) {
        int n = level == T_CENTURY ? 100 : 1000;
        tm->year = tm->year > 0 ? (tm->year + n - 1) / n * n - (n - 1)
                                : -((n - 1 - (tm->year - 1)) / n) * n + 1;
    }
}

tb_rc tb_timestamp_trunc(const char *unit, size_t len, int64_t ts, int64_t *out, tb_error *err)
{
    int level;
    *out = ts;
    if (!tb_ts_is_finite(ts))
        return TB_OK;
    TB_TRY(find_trunc(unit, len, TB_T_TIMESTAMP, &level, err));
    tb_tm tm;
    tb_tm_from_timestamp(ts, &tm);
    trunc_clock(&tm, level);
    trunc_civil(&tm, level);
    return tb_timestamp_from_tm(&tm, out) ? TB_OK : tbi_raise_timestamp(err);
}

tb_rc tb_timestamptz_trunc(const char *unit, size_t len, int64_t ts, const tb_tz *tz, int64_t *out,
                           tb_error *err)
{
    int level;
    *out = ts;
    if (!tb_ts_is_finite(ts))
        return TB_OK;
    TB_TRY(find_trunc(unit, len, TB_T_TIMESTAMPTZ, &level, err));
    tb_tm tm;
    int64_t east = tb_tz_at(tz, ts).offset, local;
    tb_tm_from_timestamp(ts + east * TB_USECS_PER_SEC, &tm);
    trunc_clock(&tm, level);
    trunc_civil(&tm, level);
    if (level >= T_DAY) { /* the offset may be another at that midnight */
        if (!tb_timestamp_from_tm(&tm, &local))
            return tbi_raise_timestamp(err);
        east = tb_tz_offset_of_local(tz, local);
    }
    return tbi_timestamp_from_tm(&tm, (int32_t)-east, out) ? TB_OK : tbi_raise_timestamp(err);
}

tb_rc tb_interval_trunc(const char *unit, size_t len, const tb_interval *i, tb_interval *out,
                        tb_error *err)
{
    static const int64_t us_units[] = {1, 1000, 1000000, 60000000, 3600000000};
    int level;
    TB_TRY(find_trunc(unit, len, TB_T_INTERVAL, &level, err));
    *out = *i;
    out->us = level < T_DAY ? i->us / us_units[level] * us_units[level] : 0;
    if (level >= T_MONTH)
        out->days = 0;
    int month_unit = level == T_QUARTER      ? 3
                     : level == T_YEAR       ? 12
                     : level == T_DECADE     ? 120
                     : level == T_CENTURY    ? 1200
                     : level == T_MILLENNIUM ? 12000
                                             : 1;
    out->months = i->months / month_unit * month_unit;
    return TB_OK;
}
