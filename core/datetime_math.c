/* SPDX-License-Identifier: Apache-2.0
 * Arithmetic of dates, timestamps and intervals, and the make_* functions.
 */
#include "core/datetime.h"

#include "core/datetime_int.h"

#include <limits.h>
#include <math.h>

/* ---- dates ---- */

tb_rc tb_date_add(int32_t d, int32_t days, int32_t *out, tb_error *err)
{
    *out = d;
    if (!tb_date_is_finite(d))
        return TB_OK;
    int64_t sum = (int64_t)d + days;
    if (sum < INT32_MIN || sum > INT32_MAX || !tbi_valid_date((int32_t)sum))
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "date out of range");
    *out = (int32_t)sum;
    return TB_OK;
}

tb_rc tb_date_diff(int32_t a, int32_t b, int32_t *out, tb_error *err)
{
    if (!tb_date_is_finite(a) || !tb_date_is_finite(b))
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "cannot subtract infinite dates");
    *out = a - b;
    return TB_OK;
}

/* ---- timestamp + interval ---- */

/* Months forward; a day the new month does not have becomes its last. false = year out of range. */
static bool add_months(tb_tm *tm, int32_t months)
{
    int64_t m = (int64_t)tm->year * 12 + tm->month - 1 + months;
    int64_t year = m / 12 - (m % 12 < 0);
    tm->month = (int)(m - year * 12) + 1;
    if (year < INT_MIN || year > INT_MAX)
        return false;
    tm->year = (int)year;
    int last = tb_days_in_month(tm->year, tm->month);
    tm->day = tm->day > last ? last : tm->day;
    return tbi_valid_civil(tm->year, tm->month);
}

static bool add_days(tb_tm *tm, int32_t days)
{
    int64_t sum = (int64_t)tb_days_from_civil(tm->year, tm->month, tm->day) + days;
    if (sum < -2451545 || sum > INT32_MAX - 2451545)
        return false;
    tb_civil_from_days((int32_t)sum, &tm->year, &tm->month, &tm->day);
    return true;
}

/* One step in local time: months or days, then back with the offset that holds there. */
static bool add_local(int64_t *ts, int32_t months, int32_t days, const tb_tz *tz)
{
    tb_tm tm;
    int64_t east = tz == NULL ? 0 : tb_tz_at(tz, *ts).offset;
    tb_tm_from_timestamp(*ts + east * TB_USECS_PER_SEC, &tm);
    if (!(months != 0 ? add_months(&tm, months) : add_days(&tm, days)))
        return false;
    if (tz != NULL) {
        int64_t local;
        if (!tb_timestamp_from_tm(&tm, &local))
            return false;
        east = tb_tz_offset_of_local(tz, local);
    }
    return tbi_timestamp_from_tm(&tm, (int32_t)-east, ts);
}

static tb_rc add_interval(int64_t ts, const tb_interval *i, const tb_tz *tz, int64_t *out,
                          tb_error *err)
{
    *out = ts;
    if (!tb_ts_is_finite(ts))
        return TB_OK;
    if ((i->months != 0 && !add_local(&ts, i->months, 0, tz)) ||
        (i->days != 0 && !add_local(&ts, 0, i->days, tz)) ||
        __builtin_add_overflow(ts, i->us, &ts) || !tbi_valid_timestamp(ts))
        return tbi_raise_timestamp(err);
    *out = ts;
    return TB_OK;
}

tb_rc tb_timestamp_add(int64_t ts, const tb_interval *i, int64_t *out, tb_error *err)
{
    return add_interval(ts, i, NULL, out, err);
}

tb_rc tb_timestamptz_add(int64_t ts, const tb_interval *i, const tb_tz *tz, int64_t *out,
                         tb_error *err)
{
    return add_interval(ts, i, tz, out, err);
}

/* ---- differences ---- */

tb_rc tb_timestamp_diff(int64_t a, int64_t b, tb_interval *out, tb_error *err)
{
    int64_t diff;
    if (!tb_ts_is_finite(a) || !tb_ts_is_finite(b))
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "cannot subtract infinite timestamps");
    if (__builtin_sub_overflow(a, b, &diff))
        return tbi_raise_interval(err);
    tb_interval i = {.us = diff};
    return tb_justify_hours(&i, out, err);
}

/* Borrows from *next until *v is not negative. */
static void borrow(int64_t *v, int64_t unit, int64_t *next)
{
    if (*v < 0) {
        *v += unit;
        (*next)--;
    }
}

tb_rc tb_age(int64_t a, int64_t b, const tb_tz *tz, tb_interval *out, tb_error *err)
{
    if (!tb_ts_is_finite(a) || !tb_ts_is_finite(b))
        return tbi_raise_timestamp(err);
    bool negative = a < b;
    int64_t late = negative ? b : a, early = negative ? a : b;
    tb_tm x, y;
    tb_tm_from_timestamp(late + (tz == NULL ? 0 : tb_tz_at(tz, late).offset * TB_USECS_PER_SEC),
                         &x);
    tb_tm_from_timestamp(early + (tz == NULL ? 0 : tb_tz_at(tz, early).offset * TB_USECS_PER_SEC),
                         &y);
    int64_t us = tbi_time_us(x.hour, x.min, x.sec, x.us) - tbi_time_us(y.hour, y.min, y.sec, y.us);
    int64_t days = x.day - y.day, months = x.month - y.month, years = (int64_t)x.year - y.year;
    borrow(&us, TB_USECS_PER_DAY, &days);
    /* the days of the earlier date's month */
    while (days < 0)
        borrow(&days, tb_days_in_month(y.year, y.month), &months);
    while (months < 0)
        borrow(&months, 12, &years);
    months += years * 12;
    int sign = negative ? -1 : 1;
    *out = (tb_interval){
        .months = (int32_t)(sign * months), .days = (int32_t)(sign * days), .us = sign * us};
    return TB_OK;
}

/* ---- time of day ---- */

int64_t tb_time_add(int64_t t, const tb_interval *i)
{
    return tb_timestamp_to_time(t + i->us % TB_USECS_PER_DAY);
}

tb_timetz tb_timetz_add(const tb_timetz *t, const tb_interval *i)
{
    return (tb_timetz){.us = tb_time_add(t->us, i), .zone = t->zone};
}

/* ---- intervals ---- */

tb_rc tb_interval_add(const tb_interval *a, const tb_interval *b, tb_interval *out, tb_error *err)
{
    tb_interval r;
    if (__builtin_add_overflow(a->months, b->months, &r.months) ||
        __builtin_add_overflow(a->days, b->days, &r.days) ||
        __builtin_add_overflow(a->us, b->us, &r.us))
        return tbi_raise_interval(err);
    *out = r;
    return TB_OK;
}

tb_rc tb_interval_sub(const tb_interval *a, const tb_interval *b, tb_interval *out, tb_error *err)
{
    tb_interval r;
    if (__builtin_sub_overflow(a->months, b->months, &r.months) ||
        __builtin_sub_overflow(a->days, b->days, &r.days) ||
        __builtin_sub_overflow(a->us, b->us, &r.us))
        return tbi_raise_interval(err);
    *out = r;
    return TB_OK;
}

tb_rc tb_interval_neg(const tb_interval *a, tb_interval *out, tb_error *err)
{
    const tb_interval zero = {0};
    return tb_interval_sub(&zero, a, out, err);
}

static double round6(double v)
{
    return rint(v * 1000000) / 1000000;
}

/* What a factor leaves of months and days is handed down: months as 30 days, days as 24 hours. */
static tb_rc scaled(double months, double days, double us, tb_interval *out, tb_error *err)
{
    if (isnan(months) || months > INT_MAX || months < INT_MIN || isnan(days) || days > INT_MAX ||
        days < INT_MIN)
        return tbi_raise_interval(err);
    int64_t whole_months = (int64_t)months, whole_days = (int64_t)days;
    double month_days = round6((months - (double)whole_months) * 30);
    double seconds =
        round6((days - (double)whole_days + month_days - (double)(int64_t)month_days) * 86400);
    if (fabs(seconds) >= 86400) {
        whole_days += (int64_t)(seconds / 86400);
        seconds -= (double)((int64_t)(seconds / 86400) * 86400);
    }
    whole_days += (int64_t)month_days;
    us = rint(us + seconds * 1000000);
    if (isnan(us) || us >= 9223372036854775808.0 || us < -9223372036854775808.0 ||
        whole_days > INT_MAX || whole_days < INT_MIN)
        return tbi_raise_interval(err);
    *out = (tb_interval){
        .months = (int32_t)whole_months, .days = (int32_t)whole_days, .us = (int64_t)us};
    return TB_OK;
}

tb_rc tb_interval_mul(const tb_interval *a, double factor, tb_interval *out, tb_error *err)
{
    return scaled(a->months * factor, a->days * factor, (double)a->us * factor, out, err);
}

tb_rc tb_interval_div(const tb_interval *a, double divisor, tb_interval *out, tb_error *err)
{
    if (divisor == 0)
        return TB_RAISE(err, TB_E_DIVISION_BY_ZERO, "division by zero");
    return scaled(a->months / divisor, a->days / divisor, (double)a->us / divisor, out, err);
}

/* Whole days out of us, with one sign for both. */
static bool days_from_us(tb_interval *i)
{
    int64_t days = i->us / TB_USECS_PER_DAY;
    i->us -= days * TB_USECS_PER_DAY;
    return !__builtin_add_overflow(i->days, days, &i->days);
}

static bool months_from_days(tb_interval *i)
{
    int32_t months = i->days / 30;
    i->days -= months * 30;
    return !__builtin_add_overflow(i->months, months, &i->months);
}

static void same_sign_days(tb_interval *i)
{
    if (i->days > 0 && i->us < 0) {
        i->us += TB_USECS_PER_DAY;
        i->days--;
    } else if (i->days < 0 && i->us > 0) {
        i->us -= TB_USECS_PER_DAY;
        i->days++;
    }
}

tb_rc tb_justify_hours(const tb_interval *i, tb_interval *out, tb_error *err)
{
    *out = *i;
    if (!days_from_us(out))
        return tbi_raise_interval(err);
    same_sign_days(out);
    return TB_OK;
}

tb_rc tb_justify_days(const tb_interval *i, tb_interval *out, tb_error *err)
{
    *out = *i;
    if (!months_from_days(out))
        return tbi_raise_interval(err);
    if (out->months > 0 && out->days < 0) {
        out->days += 30;
        out->months--;
    } else if (out->months < 0 && out->days > 0) {
        out->days -= 30;
        out->months++;
    }
    return TB_OK;
}

tb_rc tb_justify_interval(const tb_interval *i, tb_interval *out, tb_error *err)
{
    *out = *i;
    bool alike = (i->days > 0 && i->us > 0) || (i->days < 0 && i->us < 0);
    if ((alike && !months_from_days(out)) || !days_from_us(out) || !months_from_days(out))
        return tbi_raise_interval(err);
    if (out->months > 0 && (out->days < 0 || (out->days == 0 && out->us < 0))) {
        out->days += 30;
        out->months--;
    } else if (out->months < 0 && (out->days > 0 || (out->days == 0 && out->us > 0))) {
        out->days -= 30;
        out->months++;
    }
    same_sign_days(out);
    return TB_OK;
}

/* ---- make_* ---- */

/* year < 0 = BC */
static bool make_civil(int year, int month, int day, tb_tm *tm)
{
    *tm = (tb_tm){.year = year < 0 && year != INT_MIN ? -year : year, .month = month, .day = day};
    return tbi_dt_validate(TBI_M_DATE, false, false, year < 0, 0, tm) == TBI_DT_OK;
}

tb_rc tb_make_date(int year, int month, int day, int32_t *out, tb_error *err)
{
    tb_tm tm;
    /* the messages show the year as it was rewritten for BC, as PostgreSQL's do */
    if (!make_civil(year, month, day, &tm))
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW,
                        "date field value out of range: %d-%02d-%02d", tm.year, tm.month, tm.day);
    if (tbi_valid_civil(tm.year, tm.month)) {
        *out = tb_days_from_civil(tm.year, tm.month, tm.day);
        if (tbi_valid_date(*out))
            return TB_OK;
    }
    return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "date out of range: %d-%02d-%02d", tm.year,
                    tm.month, tm.day);
}

static bool make_clock(int hour, int min, double sec, int64_t *us)
{
    if (hour < 0 || hour > 24 || min < 0 || min > 59 || isnan(sec))
        return false;
    double sec_us = rint(sec * 1000000);
    if (sec_us < 0 || sec_us > 60000000)
        return false;
    *us = tbi_time_us(hour, min, 0, (int64_t)sec_us);
    return *us <= TB_USECS_PER_DAY;
}

tb_rc tb_make_time(int hour, int min, double sec, int64_t *out, tb_error *err)
{
    if (!make_clock(hour, min, sec, out))
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW,
                        "time field value out of range: %d:%02d:%02g", hour, min, sec);
    return TB_OK;
}

tb_rc tb_make_timestamp(int year, int month, int day, int hour, int min, double sec, int64_t *out,
                        tb_error *err)
{
    int32_t days;
    int64_t us;
    TB_TRY(tb_make_date(year, month, day, &days, err));
    TB_TRY(tb_make_time(hour, min, sec, &us, err));
    if (__builtin_mul_overflow((int64_t)days, TB_USECS_PER_DAY, out) ||
        __builtin_add_overflow(*out, us, out) || !tbi_valid_timestamp(*out))
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW,
                        "timestamp out of range: %d-%02d-%02d %d:%02d:%02g", year, month, day, hour,
                        min, sec);
    return TB_OK;
}

tb_rc tb_make_interval(int years, int months, int weeks, int days, int hours, int mins, double secs,
                       tb_interval *out, tb_error *err)
{
    double us = rint(secs * 1000000);
    int64_t m = (int64_t)years * 12 + months, d = (int64_t)weeks * 7 + days;
    if (isnan(secs) || isinf(secs) || m > INT_MAX || m < INT_MIN || d > INT_MAX || d < INT_MIN ||
        fabs(us) > 9.2e18 ||
        __builtin_add_overflow(hours * INT64_C(3600000000) + mins * INT64_C(60000000), (int64_t)us,
                               &out->us))
        return tbi_raise_interval(err);
    out->months = (int32_t)m;
    out->days = (int32_t)d;
    return TB_OK;
}

/* ---- others ---- */

tb_rc tb_date_bin(const tb_interval *stride, int64_t ts, int64_t origin, int64_t *out,
                  tb_error *err)
{
    *out = ts;
    if (!tb_ts_is_finite(ts))
        return TB_OK;
    if (!tb_ts_is_finite(origin))
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "origin out of range");
    if (stride->months != 0)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "timestamps cannot be binned into intervals containing months or years");
    int64_t us, diff;
    if (__builtin_mul_overflow((int64_t)stride->days, TB_USECS_PER_DAY, &us) ||
        __builtin_add_overflow(us, stride->us, &us) || __builtin_sub_overflow(ts, origin, &diff))
        return tbi_raise_interval(err);
    if (us <= 0)
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "stride must be greater than zero");
    int64_t rest = diff % us, start = diff - rest;
    if (rest < 0 && __builtin_sub_overflow(start, us, &start))
        return tbi_raise_interval(err);
    *out = origin + start;
    return tbi_valid_timestamp(*out) ? TB_OK : tbi_raise_timestamp(err);
}

/* OVERLAPS compares the later start with the end of the other period, ends sorted, NULL meaning
 * unknown. */
tb_value tb_overlaps(tb_type_id type, const tb_value *s1, const tb_value *e1, const tb_value *s2,
                     const tb_value *e2)
{
    const tb_value *p[2][2] = {{s1, e1}, {s2, e2}};
    for (int i = 0; i < 2; i++) {
        bool swap =
            p[i][0]->null || (!p[i][1]->null && tb_value_cmp(type, &p[i][0]->d, &p[i][1]->d) > 0);
        if (swap) {
            const tb_value *t = p[i][0];
            p[i][0] = p[i][1];
            p[i][1] = t;
        }
        if (p[i][0]->null)
            return tb_value_null(); /* both ends unknown */
    }
    int c = tb_value_cmp(type, &p[0][0]->d, &p[1][0]->d);
    if (c == 0) /* periods that start together overlap, if their ends are known */
        return p[0][1]->null || p[1][1]->null ? tb_value_null() : tb_value_bool(true);
    int first = c < 0 ? 0 : 1;
    const tb_value *end = p[first][1], *start = p[1 - first][0];
    if (end->null)
        return tb_value_null();
    if (tb_value_cmp(type, &start->d, &end->d) < 0)
        return tb_value_bool(true);
    return p[1 - first][1]->null ? tb_value_null() : tb_value_bool(false);
}
