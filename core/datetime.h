/* SPDX-License-Identifier: Apache-2.0
 * Dates, times and intervals as PostgreSQL 15 computes them (DateStyle ISO, MDY).
 *
 * date = days since 2000-01-01; timestamp = us since 2000-01-01 00:00 (local); timestamptz the same
 * in UTC; time = us since midnight, up to 24:00. The extreme integers are the infinities. "Zone
 * offset" is seconds east unless said.
 *
 * Errors: 22007 bad text, 22008 out of range, 22009 bad zone displacement, 22023 unknown field or
 * zone.
 */
#ifndef TB_CORE_DATETIME_H
#define TB_CORE_DATETIME_H

#include "core/buf.h"
#include "core/error.h"
#include "core/num.h"
#include "core/tz.h"
#include "core/value.h"

#define TB_DATE_NEG_INF  INT32_MIN
#define TB_DATE_POS_INF  INT32_MAX
#define TB_TS_NEG_INF    INT64_MIN
#define TB_TS_POS_INF    INT64_MAX
#define TB_USECS_PER_SEC INT64_C(1000000)
#define TB_USECS_PER_DAY INT64_C(86400000000)
/* First valid us and first invalid one after the last. */
#define TB_TS_MIN        INT64_C(-211813488000000000)
#define TB_TS_END        INT64_C(9223371331200000000)

static inline bool tb_date_is_finite(int32_t d)
{
    return d != TB_DATE_NEG_INF && d != TB_DATE_POS_INF;
}
static inline bool tb_ts_is_finite(int64_t t)
{
    return t != TB_TS_NEG_INF && t != TB_TS_POS_INF;
}

/* Broken-down time. year: astronomical (0 = 1 BC). */
typedef struct tb_tm {
    int year, month, day; /* month 1-12 */
    int hour, min, sec;
    int32_t us;
} tb_tm;

int32_t tb_days_from_civil(int year, int month, int day);
void tb_civil_from_days(int32_t days, int *year, int *month, int *day);
/* 28..31 */
int tb_days_in_month(int year, int month);
/* 0 = Sunday */
int tb_day_of_week(int32_t days);
void tb_tm_from_timestamp(int64_t ts, tb_tm *tm); /* finite ts */
/* false when out of range */
bool tb_timestamp_from_tm(const tb_tm *tm, int64_t *ts);
/* ISO 8601 week number and its year. */
void tb_iso_week(int32_t days, int *year, int *week);

/* What text input may depend on. */
typedef struct tb_dt_cx {
    int64_t now_us;   /* transaction start, for 'now', 'today', ... */
    const tb_tz *tz;  /* session zone; NULL = UTC */
    bool hide_values; /* leave the offending text out of messages */
} tb_dt_cx;

/* ---- text ---- */
tb_rc tb_date_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t *out,
                 tb_error *err) TB_MUSTUSE;
tb_rc tb_time_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod, int64_t *out,
                 tb_error *err) TB_MUSTUSE;
tb_rc tb_timetz_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod, tb_timetz *out,
                   tb_error *err) TB_MUSTUSE;
tb_rc tb_timestamp_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod, int64_t *out,
                      tb_error *err) TB_MUSTUSE;
tb_rc tb_timestamptz_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod, int64_t *out,
                        tb_error *err) TB_MUSTUSE;
tb_rc tb_interval_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod,
                     tb_interval *out, tb_error *err) TB_MUSTUSE;
void tb_date_out(int32_t d, tb_buf *out);
void tb_time_out(int64_t t, tb_buf *out);
void tb_timetz_out(const tb_timetz *t, tb_buf *out);
void tb_timestamp_out(int64_t ts, tb_buf *out);
void tb_timestamptz_out(int64_t ts, const tb_tz *tz, tb_buf *out);
/* IntervalStyle: 0 postgres, 1 postgres_verbose, 2 sql_standard, 3 iso_8601 */
void tb_interval_out(const tb_interval *i, int style, tb_buf *out);

/* ---- typmods: -1 = none ---- */
int64_t tb_time_round(int64_t t, int32_t typmod);
/* 22023 for a precision over 6. */
tb_rc tb_timestamp_round(int64_t ts, int32_t typmod, int64_t *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_interval_apply_typmod(tb_interval *i, int32_t typmod, tb_error *err) TB_MUSTUSE;

/* ---- conversions ---- */
tb_rc tb_date_to_timestamp(int32_t d, int64_t *out, tb_error *err) TB_MUSTUSE;
int32_t tb_timestamp_to_date(int64_t ts);
tb_rc tb_timestamp_to_timestamptz(int64_t ts, const tb_tz *tz, int64_t *out,
                                  tb_error *err) TB_MUSTUSE;
tb_rc tb_timestamptz_to_timestamp(int64_t ts, const tb_tz *tz, int64_t *out,
                                  tb_error *err) TB_MUSTUSE;
tb_rc tb_date_to_timestamptz(int32_t d, const tb_tz *tz, int64_t *out, tb_error *err) TB_MUSTUSE;
/* Time of day; ts must be finite. */
int64_t tb_timestamp_to_time(int64_t ts);
tb_timetz tb_timestamptz_to_timetz(int64_t ts, const tb_tz *tz);
/* time -> interval and back (modulo a day). */
int64_t tb_interval_to_time(const tb_interval *i);
/* time in the session zone as of now. */
tb_timetz tb_time_to_timetz(int64_t t, const tb_tz *tz, int64_t now_us);
/* to_timestamp(float8): seconds since 1970. */
tb_rc tb_timestamptz_from_epoch(double seconds, int64_t *out, tb_error *err) TB_MUSTUSE;

/* ---- arithmetic ---- */
tb_rc tb_date_add(int32_t d, int32_t days, int32_t *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_date_diff(int32_t a, int32_t b, int32_t *out, tb_error *err) TB_MUSTUSE;
/* Months clip to the end of the month, then days, then us. */
tb_rc tb_timestamp_add(int64_t ts, const tb_interval *i, int64_t *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_timestamptz_add(int64_t ts, const tb_interval *i, const tb_tz *tz, int64_t *out,
                         tb_error *err) TB_MUSTUSE;
/* a - b in days and us (both zones alike). */
tb_rc tb_timestamp_diff(int64_t a, int64_t b, tb_interval *out, tb_error *err) TB_MUSTUSE;
/* Symbolic difference in months, days, us. For timestamptz pass the zone, else NULL. */
tb_rc tb_age(int64_t a, int64_t b, const tb_tz *tz, tb_interval *out, tb_error *err) TB_MUSTUSE;
int64_t tb_time_add(int64_t t, const tb_interval *i);
tb_timetz tb_timetz_add(const tb_timetz *t, const tb_interval *i);
tb_rc tb_interval_add(const tb_interval *a, const tb_interval *b, tb_interval *out,
                      tb_error *err) TB_MUSTUSE;
tb_rc tb_interval_sub(const tb_interval *a, const tb_interval *b, tb_interval *out,
                      tb_error *err) TB_MUSTUSE;
tb_rc tb_interval_neg(const tb_interval *a, tb_interval *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_interval_mul(const tb_interval *a, double factor, tb_interval *out,
                      tb_error *err) TB_MUSTUSE;
tb_rc tb_interval_div(const tb_interval *a, double divisor, tb_interval *out,
                      tb_error *err) TB_MUSTUSE;
tb_rc tb_justify_hours(const tb_interval *i, tb_interval *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_justify_days(const tb_interval *i, tb_interval *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_justify_interval(const tb_interval *i, tb_interval *out, tb_error *err) TB_MUSTUSE;

/* ---- making ---- */
tb_rc tb_make_date(int year, int month, int day, int32_t *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_make_time(int hour, int min, double sec, int64_t *out, tb_error *err) TB_MUSTUSE;
/* year < 0 = BC; no year 0. */
tb_rc tb_make_timestamp(int year, int month, int day, int hour, int min, double sec, int64_t *out,
                        tb_error *err) TB_MUSTUSE;
tb_rc tb_make_interval(int years, int months, int weeks, int days, int hours, int mins, double secs,
                       tb_interval *out, tb_error *err) TB_MUSTUSE;

/* ---- fields ---- */
/* extract(field from value) of a date, time, timetz, timestamp, timestamptz or interval. *null: the
 * field of an infinite value has none. Unknown field 22023, field the type does not have 0A000. */
tb_rc tb_extract(tb_arena *arena, const char *field, size_t len, tb_type_id type, const tb_datum *v,
                 const tb_tz *tz, tb_num *out, bool *null, tb_error *err) TB_MUSTUSE;
/* date_part(): the same in double precision. */
tb_rc tb_date_part(const char *field, size_t len, tb_type_id type, const tb_datum *v,
                   const tb_tz *tz, double *out, bool *null, tb_error *err) TB_MUSTUSE;
tb_rc tb_timestamp_trunc(const char *unit, size_t len, int64_t ts, int64_t *out,
                         tb_error *err) TB_MUSTUSE;
tb_rc tb_timestamptz_trunc(const char *unit, size_t len, int64_t ts, const tb_tz *tz, int64_t *out,
                           tb_error *err) TB_MUSTUSE;
tb_rc tb_interval_trunc(const char *unit, size_t len, const tb_interval *i, tb_interval *out,
                        tb_error *err) TB_MUSTUSE;
tb_rc tb_date_bin(const tb_interval *stride, int64_t ts, int64_t origin, int64_t *out,
                  tb_error *err) TB_MUSTUSE;
/* (s1, e1) OVERLAPS (s2, e2) over values of one orderable type; NULL ends allowed, result may be
 * NULL. */
tb_value tb_overlaps(tb_type_id type, const tb_value *s1, const tb_value *e1, const tb_value *s2,
                     const tb_value *e2);

/* ---- AT TIME ZONE: zone is an abbreviation, a full name or a POSIX form; 22023 when unknown ----
 */
tb_rc tb_timestamp_at_zone(int64_t ts, const char *zone, size_t len, int64_t *out,
                           tb_error *err) TB_MUSTUSE;
tb_rc tb_timestamptz_at_zone(int64_t ts, const char *zone, size_t len, int64_t *out,
                             tb_error *err) TB_MUSTUSE;
tb_rc tb_timetz_at_zone(const tb_timetz *t, const char *zone, size_t len, int64_t now_us,
                        tb_timetz *out, tb_error *err) TB_MUSTUSE;
/* The same time of day seen from another offset. */
tb_timetz tb_timetz_shift(const tb_timetz *t, int32_t seconds_east);
/* AT TIME ZONE interval: seconds east; the interval must have no months or days (22023). */
tb_rc tb_zone_from_interval(const tb_interval *i, int32_t *seconds_east, tb_error *err) TB_MUSTUSE;

#endif
