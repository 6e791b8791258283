/* SPDX-License-Identifier: Apache-2.0
 * Text input of intervals: "1 year 2 mons 3 days 04:05:06", "1-2 3 4:05:06", "P1Y2M3DT4H5M6S", "@ 3
 * days ago".
 */
#include "core/datetime_int.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAYS_PER_MONTH = 30, MONTHS_PER_YEAR = 12 };
#define USECS_PER_MINUTE INT64_C(60000000)
#define USECS_PER_HOUR   INT64_C(3600000000)

/* An interval while it is read. */
typedef struct sum {
    int32_t years, months, days;
    int64_t us;
} sum;

/* ---- adding quantities; false = out of range ---- */

static bool add_fraction_us(sum *s, double fraction, int64_t unit)
{
    fraction *= (double)unit;
    int64_t us = (int64_t)fraction;
    fraction -= (double)us;
    if (fraction > 0.5)
        us++;
    else if (fraction < -0.5)
        us--;
    return !__builtin_add_overflow(s->us, us, &s->us);
}

static bool add_us(sum *s, int64_t v, double fraction, int64_t unit)
{
    int64_t us;
    return !__builtin_mul_overflow(v, unit, &us) && !__builtin_add_overflow(s->us, us, &s->us) &&
           add_fraction_us(s, fraction, unit);
}

static bool add_days(sum *s, int64_t v, int32_t unit)
{
    int32_t days;
    return v >= INT_MIN && v <= INT_MAX && !__builtin_mul_overflow((int32_t)v, unit, &days) &&
           !__builtin_add_overflow(s->days, days, &s->days);
}

static bool add_fraction_days(sum *s, double fraction, int32_t unit)
{
    fraction *= unit;
    int32_t days = (int32_t)fraction;
    return !__builtin_add_overflow(s->days, days, &s->days) &&
           add_fraction_us(s, fraction - days, TB_USECS_PER_DAY);
}

static bool add_months(sum *s, int64_t v, double fraction)
{
    return v >= INT_MIN && v <= INT_MAX &&
           !__builtin_add_overflow(s->months, (int32_t)v, &s->months) &&
           add_fraction_days(s, fraction, DAYS_PER_MONTH);
}

static bool add_years(sum *s, int64_t v, double fraction, int32_t unit)
{
    int32_t years, months = (int32_t)rint(fraction * unit * MONTHS_PER_YEAR);
    return v >= INT_MIN && v <= INT_MAX && !__builtin_mul_overflow((int32_t)v, unit, &years) &&
           !__builtin_add_overflow(s->years, years, &s->years) &&
           !__builtin_add_overflow(s->months, months, &s->months);
}

/* ---- PostgreSQL's own forms, read from right to left so that units come before their numbers ----
 */

typedef struct reader {
    sum sum;
    unsigned mask;
    int range; /* field mask of the type modifier */
    int unit;  /* unit for the next number; 0 = by the range */
    bool ago;
    bool reserved; /* a word like "infinity" that intervals do not have */
} reader;

static tbi_dt_rc clock_field(reader *r, const char *s, bool negative, unsigned *added)
{
    int64_t hour, us;
    int min, sec;
    int32_t fraction;
    TBI_DT_TRY(tbi_dt_clock(s, r->range, &hour, &min, &sec, &fraction));
    if (__builtin_mul_overflow(hour, USECS_PER_HOUR, &us) ||
        __builtin_add_overflow(us, min * USECS_PER_MINUTE + sec * TB_USECS_PER_SEC + fraction, &us))
        return TBI_DT_OVERFLOW;
    r->sum.us = negative ? -us : us;
    r->unit = TBI_W_DAY; /* a bare number before a time counts days */
    *added = TBI_M_TIME;
    return TBI_DT_OK;
}

/* What a rightmost bare number means under a type modifier: its last field. */
static int unit_of_range(int range)
{
    static const struct {
        int field, unit;
    } fields[] = {
        {TB_IVM_SECOND, TBI_W_SECOND}, {TB_IVM_MINUTE, TBI_W_MINUTE}, {TB_IVM_HOUR, TBI_W_HOUR},
        {TB_IVM_DAY, TBI_W_DAY},       {TB_IVM_MONTH, TBI_W_MONTH},   {TB_IVM_YEAR, TBI_W_YEAR},
    };
    if (range != TB_IVM_FULL)
        for (size_t i = 0; i < TB_COUNT(fields); i++)
            if (range & fields[i].field)
                return fields[i].unit;
    return TBI_W_SECOND;
}

static tbi_dt_rc add_quantity(reader *r, int64_t v, double fraction, unsigned *added)
{
    sum *s = &r->sum;
    bool ok = false;
    switch ((tbi_dt_word)r->unit) {
    case TBI_W_MICROSECOND:
        *added = TBI_M(MICROSECOND);
        ok = add_us(s, v, fraction, 1);
        break;
    case TBI_W_MILLISECOND:
        *added = TBI_M(MILLISECOND);
        ok = add_us(s, v, fraction, 1000);
        break;
    case TBI_W_SECOND:
        *added = fraction == 0 ? TBI_M(SECOND) : TBI_M_SECONDS;
        ok = add_us(s, v, fraction, TB_USECS_PER_SEC);
        break;
    case TBI_W_MINUTE:
        *added = TBI_M(MINUTE);
        ok = add_us(s, v, fraction, USECS_PER_MINUTE);
        break;
    case TBI_W_HOUR:
        *added = TBI_M(HOUR);
        ok = add_us(s, v, fraction, USECS_PER_HOUR);
        r->unit = TBI_W_DAY;
        break;
    case TBI_W_DAY:
        *added = TBI_M(DAY);
        ok = add_days(s, v, 1) && add_fraction_us(s, fraction, TB_USECS_PER_DAY);
        break;
    case TBI_W_WEEK:
        *added = TBI_M(WEEK);
        ok = add_days(s, v, 7) && add_fraction_days(s, fraction, 7);
        break;
    case TBI_W_MONTH:
        *added = TBI_M(MONTH);
        ok = add_months(s, v, fraction);
        break;
    case TBI_W_YEAR:
        *added = TBI_M(YEAR);
        ok = add_years(s, v, fraction, 1);
        break;
    case TBI_W_DECADE:
        *added = TBI_M(DECADE);
        ok = add_years(s, v, fraction, 10);
        break;
    case TBI_W_CENTURY:
        *added = TBI_M(CENTURY);
        ok = add_years(s, v, fraction, 100);
        break;
    case TBI_W_MILLENNIUM:
        *added = TBI_M(MILLENNIUM);
        ok = add_years(s, v, fraction, 1000);
        break;
    case TBI_W_NONE:
    case TBI_W_QUARTER:
    case TBI_W_JULIAN:
    case TBI_W_DOW:
    case TBI_W_ISODOW:
    case TBI_W_DOY:
    case TBI_W_ISOYEAR:
    case TBI_W_TZ:
    case TBI_W_TZ_HOUR:
    case TBI_W_TZ_MINUTE:
    case TBI_W_TIME:
    case TBI_W_NOW:
    case TBI_W_TODAY:
    case TBI_W_TOMORROW:
    case TBI_W_YESTERDAY:
    case TBI_W_ZULU:
    case TBI_W_EPOCH:
    case TBI_W_LATE:
    case TBI_W_EARLY:
    case TBI_W_AM:
    case TBI_W_PM:
    case TBI_W_AD:
    case TBI_W_BC:
        return TBI_DT_BAD_FORMAT;
    }
    return ok ? TBI_DT_OK : TBI_DT_OVERFLOW;
}

static tbi_dt_rc number_field(reader *r, const char *s, unsigned *added)
{
    const char *end;
    int64_t v;
    double fraction = 0;
    if (r->unit == TBI_W_NONE)
        r->unit = unit_of_range(r->range);
    if (!tbi_dt_int64(s, &end, &v))
        return TBI_DT_OVERFLOW;
    if (*end == '-') { /* years-months */
        int months;
        if (!tbi_dt_int(end + 1, &end, &months) || months < 0 || months >= MONTHS_PER_YEAR)
            return TBI_DT_OVERFLOW;
        if (*end != '\0')
            return TBI_DT_BAD_FORMAT;
        r->unit = TBI_W_MONTH;
        if (__builtin_mul_overflow(v, MONTHS_PER_YEAR, &v) ||
            __builtin_add_overflow(v, *s == '-' ? -months : months, &v))
            return TBI_DT_OVERFLOW;
    } else if (*end == '.') {
        if (!tbi_dt_fraction(end, &fraction))
            return TBI_DT_BAD_FORMAT;
        fraction = *s == '-' ? -fraction : fraction;
    } else if (*end != '\0') {
        return TBI_DT_BAD_FORMAT;
    }
    return add_quantity(r, v, fraction, added);
}

static tbi_dt_rc word_field(reader *r, const char *s, unsigned *added)
{
    int value;
    tbi_dt_kind kind = tbi_dt_unit_word(s, &value);
    if (kind == TBI_K_UNKNOWN)
        kind = tbi_dt_date_word(s, &value);
    if (kind == TBI_K_IGNORE)
        return TBI_DT_OK;
    if (kind == TBI_K_UNITS) {
        r->unit = value;
    } else if (kind == TBI_K_AGO) {
        r->ago = true;
        r->unit = TBI_W_TIME; /* a number next to it has no unit: "1 ago" is an error */
    } else if (kind == TBI_K_RESERVED) {
        r->reserved = true;
        *added = TBI_M_DATE | TBI_M_TIME;
    } else {
        return TBI_DT_BAD_FORMAT;
    }
    return TBI_DT_OK;
}

static tbi_dt_rc decode_field(reader *r, const char *s, tbi_dt_ftype type, unsigned *added)
{
    if (type == TBI_F_TIME)
        return clock_field(r, s, false, added);
    if (type == TBI_F_STRING || type == TBI_F_SPECIAL)
        return word_field(r, s, added);
    if (type == TBI_F_ZONE && strchr(s + 1, ':') != NULL &&
        clock_field(r, s + 1, *s == '-', added) == TBI_DT_OK)
        return TBI_DT_OK;
    return number_field(r, s, added);
}

static tbi_dt_rc decode_fields(const tbi_dt_fields *f, int range, sum *out)
{
    reader r = {.range = range};
    for (int i = f->n - 1; i >= 0; i--) {
        unsigned added = 0;
        TBI_DT_TRY(decode_field(&r, f->text[i], f->type[i], &added));
        if (added & r.mask)
            return TBI_DT_BAD_FORMAT;
        r.mask |= added;
    }
    if (r.mask == 0 || r.reserved)
        return TBI_DT_BAD_FORMAT;
    *out = r.sum;
    if (!r.ago)
        return TBI_DT_OK;
    if (out->us == INT64_MIN || out->days == INT32_MIN || out->months == INT32_MIN ||
        out->years == INT32_MIN)
        return TBI_DT_OVERFLOW;
    *out = (sum){-out->years, -out->months, -out->days, -out->us};
    return TBI_DT_OK;
}

/* ---- ISO 8601 ---- */

typedef struct iso {
    const char *at;
    sum sum;
    bool date_part, have_field;
} iso;

static tbi_dt_rc iso_number(iso *r, int64_t *whole, double *fraction)
{
    char *end;
    if (!isdigit((unsigned char)*r->at) && *r->at != '-' && *r->at != '.')
        return TBI_DT_BAD_FORMAT;
    errno = 0;
    double v = strtod(r->at, &end);
    if (end == r->at || errno != 0)
        return TBI_DT_BAD_FORMAT;
    if (isnan(v) || v < -1.0e15 || v > 1.0e15)
        return TBI_DT_OVERFLOW;
    r->at = end;
    *whole = (int64_t)trunc(v);
    *fraction = v - (double)*whole;
    return TBI_DT_OK;
}

static int integer_width(const char *s)
{
    s += *s == '-';
    int n = 0;
    while (isdigit((unsigned char)s[n]))
        n++;
    return n;
}

/* "2001-02-03" behind P: years are read, the rest follows. Sets *done at the end of the text. */
static tbi_dt_rc iso_extended_date(iso *r, int64_t v, double fraction, char unit, bool *done)
{
    if (r->have_field)
        return TBI_DT_BAD_FORMAT;
    if (!add_years(&r->sum, v, fraction, 1))
        return TBI_DT_OVERFLOW;
    for (int part = 0; unit == '-' && part < 2; part++) {
        TBI_DT_TRY(iso_number(r, &v, &fraction));
        if (part == 0
                ? !add_months(&r->sum, v, fraction)
                : !add_days(&r->sum, v, 1) || !add_fraction_us(&r->sum, fraction, TB_USECS_PER_DAY))
            return TBI_DT_OVERFLOW;
        unit = *r->at;
        if (unit != '\0')
            r->at++;
    }
    *done = unit == '\0';
    if (*done)
        return TBI_DT_OK;
    if (unit != 'T')
        return TBI_DT_BAD_FORMAT;
    r->date_part = r->have_field = false;
    return TBI_DT_OK;
}

static bool iso_basic_date(iso *r, int64_t v, double fraction)
{
    return add_years(&r->sum, v / 10000, 0, 1) && add_months(&r->sum, v / 100 % 100, 0) &&
           add_days(&r->sum, v % 100, 1) && add_fraction_us(&r->sum, fraction, TB_USECS_PER_DAY);
}

static tbi_dt_rc iso_date_field(iso *r, const char *start, int64_t v, double fraction, char unit,
                                bool *done)
{
    bool ok = true;
    if (unit == 'Y') {
        ok = add_years(&r->sum, v, fraction, 1);
    } else if (unit == 'M') {
        ok = add_months(&r->sum, v, fraction);
    } else if (unit == 'W') {
        ok = add_days(&r->sum, v, 7) && add_fraction_days(&r->sum, fraction, 7);
    } else if (unit == 'D') {
        ok = add_days(&r->sum, v, 1) && add_fraction_us(&r->sum, fraction, TB_USECS_PER_DAY);
    } else if ((unit == 'T' || unit == '\0') && integer_width(start) == 8 && !r->have_field) {
        if (!iso_basic_date(r, v, fraction))
            return TBI_DT_OVERFLOW;
        *done = unit == '\0';
        r->date_part = r->have_field = false;
        return TBI_DT_OK;
    } else if (unit == 'T' || unit == '\0' || unit == '-') {
        return iso_extended_date(r, v, fraction, unit, done);
    } else {
        return TBI_DT_BAD_FORMAT;
    }
    r->have_field = true;
    return ok ? TBI_DT_OK : TBI_DT_OVERFLOW;
}

/* "04:05:06" behind T: the hours are read. */
static tbi_dt_rc iso_extended_time(iso *r, int64_t v, double fraction, char unit, bool *done)
{
    static const int64_t units[] = {USECS_PER_MINUTE, TB_USECS_PER_SEC};
    if (r->have_field)
        return TBI_DT_BAD_FORMAT;
    if (!add_us(&r->sum, v, fraction, USECS_PER_HOUR))
        return TBI_DT_OVERFLOW;
    for (int part = 0; unit == ':' && part < 2; part++) {
        TBI_DT_TRY(iso_number(r, &v, &fraction));
        if (!add_us(&r->sum, v, fraction, units[part]))
            return TBI_DT_OVERFLOW;
        unit = *r->at;
        if (unit != '\0')
            r->at++;
    }
    *done = unit == '\0';
    return *done ? TBI_DT_OK : TBI_DT_BAD_FORMAT;
}

static tbi_dt_rc iso_time_field(iso *r, const char *start, int64_t v, double fraction, char unit,
                                bool *done)
{
    bool ok = true;
    if (unit == 'H') {
        ok = add_us(&r->sum, v, fraction, USECS_PER_HOUR);
    } else if (unit == 'M') {
        ok = add_us(&r->sum, v, fraction, USECS_PER_MINUTE);
    } else if (unit == 'S') {
        ok = add_us(&r->sum, v, fraction, TB_USECS_PER_SEC);
    } else if (unit == '\0' && integer_width(start) == 6 && !r->have_field) {
        ok = add_us(&r->sum, v / 10000, 0, USECS_PER_HOUR) &&
             add_us(&r->sum, v / 100 % 100, 0, USECS_PER_MINUTE) &&
             add_us(&r->sum, v % 100, 0, TB_USECS_PER_SEC) && add_fraction_us(&r->sum, fraction, 1);
        *done = true;
    } else if (unit == '\0' || unit == ':') {
        return iso_extended_time(r, v, fraction, unit, done);
    } else {
        return TBI_DT_BAD_FORMAT;
    }
    r->have_field = true;
    return ok ? TBI_DT_OK : TBI_DT_OVERFLOW;
}

static tbi_dt_rc decode_iso(const char *text, sum *out)
{
    iso r = {.at = text + 1, .date_part = true};
    if (strlen(text) < 2 || text[0] != 'P')
        return TBI_DT_BAD_FORMAT;
    for (bool done = false; !done && *r.at != '\0';) {
        if (*r.at == 'T') {
            r.date_part = r.have_field = false;
            r.at++;
            continue;
        }
        const char *start = r.at;
        int64_t v;
        double fraction;
        TBI_DT_TRY(iso_number(&r, &v, &fraction));
        char unit = *r.at;
        if (unit != '\0')
            r.at++;
        TBI_DT_TRY(r.date_part ? iso_date_field(&r, start, v, fraction, unit, &done)
                               : iso_time_field(&r, start, v, fraction, unit, &done));
    }
    *out = r.sum;
    return TBI_DT_OK;
}

/* ---- both ---- */

static tbi_dt_rc decode(const char *s, size_t len, int range, sum *out)
{
    tbi_dt_fields f;
    char text[TBI_DT_MAX_TEXT + 1];
    tbi_dt_rc rc = tbi_dt_split(s, len, TBI_DT_MAX_TEXT, &f);
    if (rc == TBI_DT_OK)
        rc = decode_fields(&f, range, out);
    if (rc != TBI_DT_BAD_FORMAT || len >= sizeof text)
        return rc;
    memcpy(text, s, len);
    text[len] = '\0';
    return decode_iso(text, out);
}

tb_rc tb_interval_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod,
                     tb_interval *out, tb_error *err)
{
    int range, precision;
    sum v = {0};
    tb_typmod_interval(typmod, &range, &precision);
    tbi_dt_rc rc = decode(s, len, range, &v);
    if (rc != TBI_DT_OK)
        return tbi_dt_raise(rc == TBI_DT_OVERFLOW ? TBI_DT_INTERVAL_OVERFLOW : rc, cx, s, len,
                            "interval", err);
    int64_t months = (int64_t)v.years * MONTHS_PER_YEAR + v.months;
    if (months > INT_MAX || months < INT_MIN)
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "interval out of range");
    *out = (tb_interval){.months = (int32_t)months, .days = v.days, .us = v.us};
    return tb_interval_apply_typmod(out, typmod, err);
}
