/* SPDX-License-Identifier: Apache-2.0
 * Calendar, type modifiers, and conversions between the date and time types.
 */
#include "core/datetime.h"

#include "core/datetime_int.h"

#include <math.h>
#include <string.h>

/* ---- calendar ---- */

/* Days from 0000-03-01 of the proleptic Gregorian calendar to 2000-01-01. */
enum { MARCH_ERA = 730425, DAYS_PER_400_YEARS = 146097 };

int32_t tb_days_from_civil(int year, int month, int day)
{
    /* years that start in March put the leap day at their end */
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400, year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int32_t)(era * DAYS_PER_400_YEARS + day_of_era - MARCH_ERA);
}

void tb_civil_from_days(int32_t days, int *year, int *month, int *day)
{
    int64_t z = (int64_t)days + MARCH_ERA;
    int64_t era = (z >= 0 ? z : z - (DAYS_PER_400_YEARS - 1)) / DAYS_PER_400_YEARS;
    int64_t doe = z - era * DAYS_PER_400_YEARS;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

int tb_days_in_month(int year, int month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    TB_CHECK(month >= 1 && month <= 12);
    return days[month - 1] + (month == 2 && leap);
}

int tb_day_of_week(int32_t days)
{
    int64_t w = ((int64_t)days + 6) % 7; /* 2000-01-01 was a Saturday */
    return (int)(w < 0 ? w + 7 : w);
}

/* Monday of the week that holds January 4th. */
static int32_t first_week(int year)
{
    int32_t fourth = tb_days_from_civil(year, 1, 4);
    return fourth - (tb_day_of_week(fourth) + 6) % 7;
}

void tb_iso_week(int32_t days, int *year, int *week)
{
    int month, day;
    tb_civil_from_days(days, year, &month, &day);
    if (days < first_week(*year))
        (*year)--;
    else if (days >= first_week(*year + 1))
        (*year)++;
    *week = (days - first_week(*year)) / 7 + 1;
}

bool tbi_valid_civil(int year, int month)
{
    return (year > -4713 || (year == -4713 && month >= 11)) &&
           (year < 5874898 || (year == 5874898 && month < 6));
}

/* 4714-11-24 BC to 5874897-12-31 AD */
bool tbi_valid_date(int32_t days)
{
    return days >= -2451545 && days < 2147483494 - 2451545;
}

bool tbi_valid_timestamp(int64_t ts)
{
    return ts >= TB_TS_MIN && ts < TB_TS_END;
}

void tb_tm_from_timestamp(int64_t ts, tb_tm *tm)
{
    int64_t days = ts / TB_USECS_PER_DAY, us = ts % TB_USECS_PER_DAY;
    if (us < 0) {
        us += TB_USECS_PER_DAY;
        days--;
    }
    tb_civil_from_days((int32_t)days, &tm->year, &tm->month, &tm->day);
    tm->hour = (int)(us / 3600000000);
    tm->min = (int)(us / 60000000 % 60);
    tm->sec = (int)(us / 1000000 % 60);
    tm->us = (int32_t)(us % 1000000);
}

bool tbi_timestamp_from_tm(const tb_tm *tm, int32_t zone_west, int64_t *out)
{
    if (!tbi_valid_civil(tm->year, tm->month))
        return false;
    int64_t days = tb_days_from_civil(tm->year, tm->month, tm->day), us;
    if (__builtin_mul_overflow(days, TB_USECS_PER_DAY, &us) ||
        __builtin_add_overflow(us, tbi_time_us(tm->hour, tm->min, tm->sec, tm->us), &us) ||
        __builtin_add_overflow(us, zone_west * TB_USECS_PER_SEC, &us))
        return false;
    *out = us;
    return tbi_valid_timestamp(us);
}

bool tb_timestamp_from_tm(const tb_tm *tm, int64_t *ts)
{
    return tbi_timestamp_from_tm(tm, 0, ts);
}

/* ---- type modifiers ---- */

static int64_t round_us(int64_t us, int precision)
{
    static const int64_t units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int64_t unit = units[precision], half = unit / 2;
    return us >= 0 ? (us + half) / unit * unit : -((-us + half) / unit * unit);
}

int64_t tb_time_round(int64_t t, int32_t typmod)
{
    return typmod < 0 || typmod > 6 ? t : round_us(t, typmod);
}

tb_rc tbi_raise_timestamp(tb_error *err)
{
    return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "timestamp out of range");
}

tb_rc tbi_raise_interval(tb_error *err)
{
    return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "interval out of range");
}

tb_rc tb_timestamp_round(int64_t ts, int32_t typmod, int64_t *out, tb_error *err)
{
    *out = ts;
    if (typmod < 0 || !tb_ts_is_finite(ts))
        return TB_OK;
    if (typmod > 6)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "timestamp(%d) precision must be between %d and %d", (int)typmod, 0, 6);
    *out = round_us(ts, typmod);
    return TB_OK;
}

/* Keeps the fields a modifier names and everything above them. */
static void clip_fields(tb_interval *i, int fields)
{
    if (fields == TB_IVM_FULL || fields == 0 || (fields & TB_IVM_SECOND))
        return;
    if (fields & TB_IVM_MINUTE) {
        i->us = i->us / 60000000 * 60000000;
    } else if (fields & TB_IVM_HOUR) {
        i->us = i->us / 3600000000 * 3600000000;
    } else {
        i->us = 0;
        if (!(fields & TB_IVM_DAY))
            i->days = 0;
        if (fields == TB_IVM_YEAR)
            i->months = i->months / 12 * 12;
    }
}

tb_rc tb_interval_apply_typmod(tb_interval *i, int32_t typmod, tb_error *err)
{
    int fields, precision;
    if (typmod < 0)
        return TB_OK;
    tb_typmod_interval(typmod, &fields, &precision);
    clip_fields(i, fields);
    if (precision == 0xFFFF)
        return TB_OK;
    if (precision > 6)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "interval(%d) precision must be between %d and %d", precision, 0, 6);
    if (i->us > INT64_MAX - 1000000 || i->us < -INT64_MAX + 1000000)
        return tbi_raise_interval(err);
    i->us = round_us(i->us, precision);
    return TB_OK;
}

/* ---- conversions ---- */

tb_rc tb_date_to_timestamp(int32_t d, int64_t *out, tb_error *err)
{
    if (!tb_date_is_finite(d)) {
        *out = d == TB_DATE_POS_INF ? TB_TS_POS_INF : TB_TS_NEG_INF;
        return TB_OK;
    }
    if (d >= TB_TS_END / TB_USECS_PER_DAY)
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "date out of range for timestamp");
    *out = d * TB_USECS_PER_DAY;
    return TB_OK;
}

int32_t tb_timestamp_to_date(int64_t ts)
{
    if (!tb_ts_is_finite(ts))
        return ts == TB_TS_POS_INF ? TB_DATE_POS_INF : TB_DATE_NEG_INF;
    return (int32_t)(ts / TB_USECS_PER_DAY - (ts % TB_USECS_PER_DAY < 0));
}

/* Moves by a zone's offset; infinities stay. */
static tb_rc shift(int64_t ts, int64_t seconds, int64_t *out, tb_error *err)
{
    *out = ts;
    if (!tb_ts_is_finite(ts))
        return TB_OK;
    if (__builtin_add_overflow(ts, seconds * TB_USECS_PER_SEC, out) || !tbi_valid_timestamp(*out))
        return tbi_raise_timestamp(err);
    return TB_OK;
}

tb_rc tb_timestamp_to_timestamptz(int64_t ts, const tb_tz *tz, int64_t *out, tb_error *err)
{
    int32_t east = tb_ts_is_finite(ts) ? tb_tz_offset_of_local(tz, ts) : 0;
    return shift(ts, -east, out, err);
}

tb_rc tb_timestamptz_to_timestamp(int64_t ts, const tb_tz *tz, int64_t *out, tb_error *err)
{
    int32_t east = tb_ts_is_finite(ts) ? tb_tz_at(tz, ts).offset : 0;
    return shift(ts, east, out, err);
}

tb_rc tb_date_to_timestamptz(int32_t d, const tb_tz *tz, int64_t *out, tb_error *err)
{
    TB_TRY(tb_date_to_timestamp(d, out, err));
    if (!tb_ts_is_finite(*out))
        return TB_OK;
    int64_t ts = *out - tb_tz_offset_of_local(tz, *out) * TB_USECS_PER_SEC;
    if (!tbi_valid_timestamp(ts))
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "date out of range for timestamp");
    *out = ts;
    return TB_OK;
}

int64_t tb_timestamp_to_time(int64_t ts)
{
    int64_t us = ts % TB_USECS_PER_DAY;
    return us < 0 ? us + TB_USECS_PER_DAY : us;
}

tb_timetz tb_timestamptz_to_timetz(int64_t ts, const tb_tz *tz)
{
    int32_t east = tb_tz_at(tz, ts).offset;
    return (tb_timetz){.us = tb_timestamp_to_time(ts + east * TB_USECS_PER_SEC), .zone = -east};
}

int64_t tb_interval_to_time(const tb_interval *i)
{
    return tb_timestamp_to_time(i->us);
}

tb_timetz tb_time_to_timetz(int64_t t, const tb_tz *tz, int64_t now_us)
{
    int64_t today = now_us + tb_tz_at(tz, now_us).offset * TB_USECS_PER_SEC;
    int64_t midnight = today - tb_timestamp_to_time(today);
    return (tb_timetz){.us = t, .zone = -tb_tz_offset_of_local(tz, midnight + t)};
}

tb_rc tb_timestamptz_from_epoch(double seconds, int64_t *out, tb_error *err)
{
    const double epoch_shift = 946684800; /* 1970 to 2000 */
    if (isnan(seconds))
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "timestamp cannot be NaN");
    if (isinf(seconds)) {
        *out = seconds > 0 ? TB_TS_POS_INF : TB_TS_NEG_INF;
        return TB_OK;
    }
    bool inside = seconds >= -210866803200.0 && seconds < 9224318016000.0;
    if (inside) {
        double us = rint((seconds - epoch_shift) * 1000000);
        inside = us >= (double)TB_TS_MIN && us < (double)TB_TS_END;
        *out = inside ? (int64_t)us : 0;
    }
    if (!inside)
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "timestamp out of range: \"%g\"",
                        seconds);
    return TB_OK;
}

/* ---- AT TIME ZONE ---- */

typedef struct zone_spec {
    const tb_tz *zone;  /* NULL: fixed offset */
    const char *abbrev; /* a word whose meaning follows the zone's history */
    size_t len;
    int32_t east;
} zone_spec;

/* Abbreviations come before names: EST is an offset, not the zone of that name. */
static tb_rc find_zone(const char *name, size_t len, zone_spec *z, tb_error *err)
{
    bool dst;
    *z = (zone_spec){.abbrev = name, .len = len};
    if (tb_tz_abbrev(name, len, &z->east, &dst, &z->zone))
        return TB_OK;
    *z = (zone_spec){.zone = tb_tz_find(name, len)};
    if (z->zone == NULL)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "time zone \"%.*s\" not recognized",
                        (int)len, name);
    return TB_OK;
}

static int32_t offset_at(const zone_spec *z, int64_t utc)
{
    if (z->zone == NULL)
        return z->east;
    return z->abbrev == NULL ? tb_tz_at(z->zone, utc).offset
                             : tb_tz_abbrev_at(z->zone, z->abbrev, z->len, utc).offset;
}

tb_rc tb_timestamp_at_zone(int64_t ts, const char *zone, size_t len, int64_t *out, tb_error *err)
{
    zone_spec z;
    *out = ts;
    if (!tb_ts_is_finite(ts))
        return TB_OK;
    TB_TRY(find_zone(zone, len, &z, err));
    if (z.zone != NULL)
        z.east = z.abbrev == NULL ? tb_tz_offset_of_local(z.zone, ts)
                                  : tb_tz_abbrev_of_local(z.zone, z.abbrev, z.len, ts).offset;
    return shift(ts, -z.east, out, err);
}

tb_rc tb_timestamptz_at_zone(int64_t ts, const char *zone, size_t len, int64_t *out, tb_error *err)
{
    zone_spec z;
    *out = ts;
    if (!tb_ts_is_finite(ts))
        return TB_OK;
    TB_TRY(find_zone(zone, len, &z, err));
    return shift(ts, offset_at(&z, ts), out, err);
}

tb_timetz tb_timetz_shift(const tb_timetz *t, int32_t seconds_east)
{
    int64_t us = t->us + (t->zone + (int64_t)seconds_east) * TB_USECS_PER_SEC;
    return (tb_timetz){.us = tb_timestamp_to_time(us), .zone = -seconds_east};
}

tb_rc tb_timetz_at_zone(const tb_timetz *t, const char *zone, size_t len, int64_t now_us,
                        tb_timetz *out, tb_error *err)
{
    zone_spec z;
    TB_TRY(find_zone(zone, len, &z, err));
    *out = tb_timetz_shift(t, offset_at(&z, now_us));
    return TB_OK;
}

tb_rc tb_zone_from_interval(const tb_interval *i, int32_t *seconds_east, tb_error *err)
{
    if (i->months != 0 || i->days != 0) {
        tb_buf text;
        tb_buf_init(&text, 200);
        tb_interval_out(i, 0, &text);
        TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                 "interval time zone \"%s\" must not include months or days", tb_buf_cstr(&text));
        tb_buf_fini(&text);
        return TB_FAIL;
    }
    *seconds_east = (int32_t)(i->us / TB_USECS_PER_SEC);
    return TB_OK;
}
