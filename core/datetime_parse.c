/* SPDX-License-Identifier: Apache-2.0
 * Decoding the fields of a date and time: the rules of PostgreSQL's input for DateStyle ISO, MDY.
 *
 * Fields are taken left to right. A mask remembers which parts of a date are known; it decides what
 * a bare number means, and keeps a part from being given twice.
 */
#include "core/datetime_int.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct decoder {
    const tb_dt_cx *cx;
    const tbi_dt_fields *f;
    tb_error *err;
    tb_tm tm;
    int yday;
    int32_t zone;         /* seconds west */
    unsigned mask, added; /* fields known before, and by the current step */
    int pending;          /* unit that labels the next field, TBI_W_NONE = none */
    bool text_month, two_digits, bc, julian;
    int meridiem; /* TBI_W_AM, TBI_W_PM or 0 */
    tbi_dt_word special;
    const tb_tz *named;   /* zone by name, resolved at the end */
    const tb_tz *dynamic; /* zone behind an abbreviation */
    const char *abbrev;
    bool time_only;
} decoder;

bool tbi_dt_int64(const char *s, const char **end, int64_t *v)
{
    char *e;
    errno = 0;
    *v = strtoll(s, &e, 10);
    *end = e;
    return errno != ERANGE;
}

bool tbi_dt_int(const char *s, const char **end, int *v)
{
    int64_t wide;
    bool ok = tbi_dt_int64(s, end, &wide);
    *v = (int)wide;
    return ok && wide >= INT_MIN && wide <= INT_MAX;
}

bool tbi_dt_fraction(const char *s, double *v)
{
    char *end;
    *v = 0;
    if (s[1] == '\0')
        return true;
    errno = 0;
    *v = strtod(s, &end);
    return *end == '\0' && errno == 0;
}

static tbi_dt_rc fraction_us(const char *s, int32_t *us)
{
    double v;
    if (!tbi_dt_fraction(s, &v))
        return TBI_DT_BAD_FORMAT;
    *us = (int32_t)rint(v * 1000000);
    return TBI_DT_OK;
}

bool tbi_dt_time_overflows(int hour, int min, int sec, int32_t us)
{
    return hour < 0 || hour > 24 || min < 0 || min > 59 || sec < 0 || sec > 60 || us < 0 ||
           us > TB_USECS_PER_SEC || tbi_time_us(hour, min, sec, us) > TB_USECS_PER_DAY;
}

tbi_dt_rc tbi_dt_clock(const char *s, int range, int64_t *hour, int *min, int *sec, int32_t *us)
{
    bool minute_first = range == (TB_IVM_MINUTE | TB_IVM_SECOND);
    *sec = 0;
    *us = 0;
    if (!tbi_dt_int64(s, &s, hour))
        return TBI_DT_OVERFLOW;
    if (*s != ':')
        return TBI_DT_BAD_FORMAT;
    if (!tbi_dt_int(s + 1, &s, min))
        return TBI_DT_OVERFLOW;
    if (*s == '.' || (*s == '\0' && minute_first)) { /* mm:ss[.fff] */
        if (*s == '.')
            TBI_DT_TRY(fraction_us(s, us));
        if (*hour > INT_MAX || *hour < INT_MIN)
            return TBI_DT_OVERFLOW;
        *sec = *min;
        *min = (int)*hour;
        *hour = 0;
    } else if (*s == ':') {
        if (!tbi_dt_int(s + 1, &s, sec))
            return TBI_DT_OVERFLOW;
        if (*s == '.')
            TBI_DT_TRY(fraction_us(s, us));
        else if (*s != '\0')
            return TBI_DT_BAD_FORMAT;
    } else if (*s != '\0') {
        return TBI_DT_BAD_FORMAT;
    }
    if (*hour < 0 || *min < 0 || *min > 59 || *sec < 0 || *sec > 60 || *us < 0 ||
        *us > TB_USECS_PER_SEC)
        return TBI_DT_OVERFLOW;
    return TBI_DT_OK;
}

static tbi_dt_rc decode_clock(decoder *d, const char *s)
{
    int64_t hour;
    d->added = TBI_M_TIME;
    TBI_DT_TRY(tbi_dt_clock(s, TB_IVM_FULL, &hour, &d->tm.min, &d->tm.sec, &d->tm.us));
    if (hour > INT_MAX)
        return TBI_DT_OVERFLOW;
    d->tm.hour = (int)hour;
    /* a time alone is checked at the end */
    if (!d->time_only && tbi_dt_time_overflows(d->tm.hour, d->tm.min, d->tm.sec, d->tm.us))
        return TBI_DT_OVERFLOW;
    return TBI_DT_OK;
}

/* "+hh", "-hh:mm[:ss]", "+hhmm" */
static tbi_dt_rc decode_offset(const char *s, int32_t *west)
{
    int hour, min = 0, sec = 0;
    const char *p;
    if (*s != '+' && *s != '-')
        return TBI_DT_BAD_FORMAT;
    if (!tbi_dt_int(s + 1, &p, &hour))
        return TBI_DT_ZONE_OVERFLOW;
    if (*p == ':') {
        if (!tbi_dt_int(p + 1, &p, &min) || (*p == ':' && !tbi_dt_int(p + 1, &p, &sec)))
            return TBI_DT_ZONE_OVERFLOW;
    } else if (*p == '\0' && strlen(s) > 3) {
        min = hour % 100;
        hour /= 100;
    }
    if (hour < 0 || hour > 15 || min < 0 || min > 59 || sec < 0 || sec > 59)
        return TBI_DT_ZONE_OVERFLOW;
    int32_t east = (hour * 60 + min) * 60 + sec;
    *west = *s == '-' ? east : -east;
    return *p == '\0' ? TBI_DT_OK : TBI_DT_BAD_FORMAT;
}

/* ---- numbers ---- */

static int atoi_n(const char *s, size_t n)
{
    int v = 0;
    for (size_t i = 0; i < n && isdigit((unsigned char)s[i]); i++)
        v = v < INT_MAX / 10 - 1 ? v * 10 + (s[i] - '0') : INT_MAX / 10;
    return v;
}

/* Digits run together: yyyymmdd, yymmdd, hhmmss[.fff], hhmm. `known`: fields already there. */
static tbi_dt_rc decode_run(decoder *d, const char *s, size_t len, unsigned known)
{
    const char *point = memchr(s, '.', len);
    if (point != NULL) {
        char *end;
        errno = 0;
        double fraction = strtod(point, &end);
        if (errno != 0)
            return TBI_DT_BAD_FORMAT;
        d->tm.us = (int32_t)rint(fraction * 1000000);
        len = (size_t)(point - s);
    } else if ((known & TBI_M_DATE) != TBI_M_DATE && len >= 6) {
        d->added = TBI_M_DATE;
        d->tm.day = atoi_n(s + len - 2, 2);
        d->tm.month = atoi_n(s + len - 4, 2);
        d->tm.year = atoi_n(s, len - 4);
        if (len - 4 == 2)
            d->two_digits = true;
        return TBI_DT_OK;
    }
    if ((known & TBI_M_TIME) != TBI_M_TIME && (len == 6 || len == 4)) {
        d->added = TBI_M_TIME;
        d->tm.hour = atoi_n(s, 2);
        d->tm.min = atoi_n(s + 2, 2);
        d->tm.sec = len == 6 ? atoi_n(s + 4, 2) : 0;
        return TBI_DT_OK;
    }
    return TBI_DT_BAD_FORMAT;
}

static void set_part(decoder *d, unsigned part, int v)
{
    d->added = part;
    if (part == TBI_M(YEAR))
        d->tm.year = v;
    else if (part == TBI_M(MONTH))
        d->tm.month = v;
    else
        d->tm.day = v;
}

/* A bare number: which part it is depends on the parts known (order month, day, year; or year
 * first). */
static tbi_dt_rc place_number(decoder *d, size_t len, int v, unsigned known, bool text_month)
{
    bool long_number = len >= 3;
    switch (known & TBI_M_DATE) {
    case 0:
        set_part(d, long_number ? TBI_M(YEAR) : TBI_M(MONTH), v);
        break;
    case TBI_M(YEAR):
    case TBI_M(DAY):
        set_part(d, TBI_M(MONTH), v);
        break;
    case TBI_M(MONTH):
        set_part(d, text_month && long_number ? TBI_M(YEAR) : TBI_M(DAY), v);
        break;
    case TBI_M(YEAR) | TBI_M(MONTH):
        if (text_month && long_number && d->two_digits) {
            /* the first number was the day after all: 08-Jan-1999 */
            d->tm.day = d->tm.year;
            d->tm.year = v;
            d->added = TBI_M(DAY);
            d->two_digits = false;
        } else {
            set_part(d, TBI_M(DAY), v);
        }
        break;
    case TBI_M(MONTH) | TBI_M(DAY):
        set_part(d, TBI_M(YEAR), v);
        break;
    default:
        return TBI_DT_BAD_FORMAT;
    }
    if (d->added == TBI_M(YEAR))
        d->two_digits = len <= 2;
    return TBI_DT_OK;
}

static tbi_dt_rc decode_number(decoder *d, const char *s, unsigned known, bool text_month)
{
    const char *end;
    int v;
    size_t len = strlen(s);
    d->added = 0;
    if (!tbi_dt_int(s, &end, &v))
        return TBI_DT_OVERFLOW;
    if (end == s)
        return TBI_DT_BAD_FORMAT;
    if (*end == '.') {
        if (end - s > 2) /* 20011225.040506 and the like */
            return decode_run(d, s, len, known | TBI_M_DATE);
        TBI_DT_TRY(fraction_us(end, &d->tm.us));
    } else if (*end != '\0') {
        return TBI_DT_BAD_FORMAT;
    }
    if (len == 3 && (known & TBI_M_DATE) == TBI_M(YEAR) && v >= 1 && v <= 366) {
        d->added = TBI_M(DOY) | TBI_M(MONTH) | TBI_M(DAY);
        d->yday = v;
        return TBI_DT_OK;
    }
    if ((known & TBI_M_DATE) == TBI_M_DATE)
        return decode_run(d, s, len, known);
    return place_number(d, len, v, known, text_month);
}

/* ---- dates with separators ---- */

enum { MAX_PARTS = 25 };

/* Cuts "8-jan-1999" at whatever is neither letter nor digit, and where letters and digits meet. */
static tbi_dt_rc cut_date(char *s, char **part, int *n)
{
    *n = 0;
    while (*s != '\0' && *n < MAX_PARTS) {
        while (*s != '\0' && !isalnum((unsigned char)*s))
            s++;
        if (*s == '\0')
            return TBI_DT_BAD_FORMAT;
        part[(*n)++] = s;
        if (isdigit((unsigned char)*s))
            while (isdigit((unsigned char)*s))
                s++;
        else
            while (isalpha((unsigned char)*s))
                s++;
        if (*s != '\0')
            *s++ = '\0';
    }
    return TBI_DT_OK;
}

static tbi_dt_rc decode_date(decoder *d, const char *text)
{
    char buf[TBI_DT_MAX_TEXT + 1], *part[MAX_PARTS];
    int n, value;
    unsigned known = d->mask, all = 0;
    bool text_month = false;
    strncpy(buf, text, sizeof buf - 1);
    buf[sizeof buf - 1] = '\0';
    TBI_DT_TRY(cut_date(buf, part, &n));
    for (int i = 0; i < n; i++) { /* a month's name first: then the numbers are clearer */
        if (!isalpha((unsigned char)*part[i]))
            continue;
        tbi_dt_kind kind = tbi_dt_date_word(part[i], &value);
        if (kind == TBI_K_IGNORE)
            continue; /* left in place: it fails as a number below, as in PostgreSQL */
        if (kind != TBI_K_MONTH || (known & TBI_M(MONTH)))
            return TBI_DT_BAD_FORMAT;
        d->tm.month = value;
        text_month = true;
        known |= TBI_M(MONTH);
        all |= TBI_M(MONTH);
        part[i] = NULL;
    }
    for (int i = 0; i < n; i++) {
        if (part[i] == NULL)
            continue;
        TBI_DT_TRY(decode_number(d, part[i], known, text_month));
        if (known & d->added)
            return TBI_DT_BAD_FORMAT;
        known |= d->added;
        all |= d->added;
    }
    d->added = all;
    return (known & ~(TBI_M(DOY) | TBI_M(TZ))) == TBI_M_DATE ? TBI_DT_OK : TBI_DT_BAD_FORMAT;
}

/* ---- fields that a unit word labelled: y2001m02d04, j2451187, t040506 ---- */

static void from_julian(decoder *d, int64_t julian)
{
    d->julian = true;
    tb_civil_from_days((int32_t)(julian - 2451545), &d->tm.year, &d->tm.month, &d->tm.day);
}

static void set_clock(decoder *d, int64_t us)
{
    d->tm.hour = (int)(us / 3600000000);
    d->tm.min = (int)(us / 60000000 % 60);
    d->tm.sec = (int)(us / 1000000 % 60);
    d->tm.us = (int32_t)(us % 1000000);
}

static tbi_dt_rc labelled_julian(decoder *d, int v, const char *rest)
{
    if (v < 0)
        return TBI_DT_OVERFLOW;
    d->added = TBI_M_DATE;
    from_julian(d, v);
    if (*rest != '.')
        return TBI_DT_OK;
    double fraction;
    if (!tbi_dt_fraction(rest, &fraction))
        return TBI_DT_BAD_FORMAT;
    d->added |= TBI_M_TIME;
    set_clock(d, (int64_t)(fraction * (double)TB_USECS_PER_DAY));
    return TBI_DT_OK;
}

static tbi_dt_rc set_labelled(decoder *d, int unit, int v, const char *text, const char *rest)
{
    tb_tm *tm = &d->tm;
    switch ((tbi_dt_word)unit) {
    case TBI_W_YEAR:
        set_part(d, TBI_M(YEAR), v);
        return TBI_DT_OK;
    case TBI_W_MONTH: /* after an hour "m" means minutes */
        if ((d->mask & TBI_M(MONTH)) && (d->mask & TBI_M(HOUR))) {
            tm->min = v;
            d->added = TBI_M(MINUTE);
        } else {
            set_part(d, TBI_M(MONTH), v);
        }
        return TBI_DT_OK;
    case TBI_W_DAY:
        set_part(d, TBI_M(DAY), v);
        return TBI_DT_OK;
    case TBI_W_HOUR:
        tm->hour = v;
        d->added = TBI_M(HOUR);
        return TBI_DT_OK;
    case TBI_W_MINUTE:
        tm->min = v;
        d->added = TBI_M(MINUTE);
        return TBI_DT_OK;
    case TBI_W_SECOND:
        tm->sec = v;
        d->added = TBI_M(SECOND);
        if (*rest == '.') {
            d->added = TBI_M_SECONDS;
            return fraction_us(rest, &tm->us);
        }
        return TBI_DT_OK;
    case TBI_W_JULIAN:
        return labelled_julian(d, v, rest);
    case TBI_W_TIME:
        TBI_DT_TRY(decode_run(d, text, strlen(text), d->mask | TBI_M_DATE));
        return d->added == TBI_M_TIME ? TBI_DT_OK : TBI_DT_BAD_FORMAT;
    case TBI_W_NONE:
    case TBI_W_MICROSECOND:
    case TBI_W_MILLISECOND:
    case TBI_W_WEEK:
    case TBI_W_QUARTER:
    case TBI_W_DECADE:
    case TBI_W_CENTURY:
    case TBI_W_MILLENNIUM:
    case TBI_W_DOW:
    case TBI_W_ISODOW:
    case TBI_W_DOY:
    case TBI_W_ISOYEAR:
    case TBI_W_TZ:
    case TBI_W_TZ_HOUR:
    case TBI_W_TZ_MINUTE:
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
    TB_UNREACHABLE();
}

static tbi_dt_rc decode_labelled(decoder *d, const char *text)
{
    const char *rest;
    int v, unit = d->pending;
    d->pending = TBI_W_NONE;
    if (!tbi_dt_int(text, &rest, &v))
        return TBI_DT_OVERFLOW;
    bool decimals = unit == TBI_W_JULIAN || unit == TBI_W_TIME || unit == TBI_W_SECOND;
    if (*rest != '\0' && !(*rest == '.' && decimals))
        return TBI_DT_BAD_FORMAT;
    return set_labelled(d, unit, v, text, rest);
}

static tbi_dt_rc number_field(decoder *d, int i)
{
    const char *s = d->f->text[i];
    if (d->pending != TBI_W_NONE)
        return decode_labelled(d, s);
    size_t len = strlen(s);
    const char *point = strchr(s, '.');
    if (d->time_only) {
        if (point != NULL && i == 0 && d->f->n >= 2 && d->f->type[d->f->n - 1] == TBI_F_DATE)
            return decode_date(d, s);
        if (point != NULL ? point - s > 2 : len > 4)
            return decode_run(d, s, len, d->mask | TBI_M_DATE);
        if (point != NULL)
            return TBI_DT_BAD_FORMAT;
        return decode_number(d, s, d->mask | TBI_M_DATE, false);
    }
    if (point != NULL && !(d->mask & TBI_M_DATE))
        return decode_date(d, s);
    bool run = point != NULL ? point - s > 2
                             : len >= 6 && (!(d->mask & TBI_M_DATE) || !(d->mask & TBI_M_TIME));
    if (run)
        return decode_run(d, s, len, d->mask);
    return decode_number(d, s, d->mask, d->text_month);
}

/* ---- zones ---- */

static tbi_dt_rc find_zone(decoder *d, const char *s)
{
    d->named = tb_tz_find(s, strlen(s));
    d->added = TBI_M(TZ);
    if (d->named != NULL)
        return TBI_DT_OK;
    if (d->cx->hide_values)
        TB_RAISE(d->err, TB_E_INVALID_PARAMETER_VALUE, "time zone not recognized");
    else
        TB_RAISE(d->err, TB_E_INVALID_PARAMETER_VALUE, "time zone \"%s\" not recognized", s);
    return TBI_DT_RAISED;
}

/* hhmmss-zz, behind a date or in a time */
static tbi_dt_rc run_with_offset(decoder *d, const char *s, unsigned known)
{
    const char *minus = strchr(s, '-');
    if ((d->mask & TBI_M_TIME) == TBI_M_TIME || minus == NULL)
        return TBI_DT_BAD_FORMAT;
    TBI_DT_TRY(decode_offset(minus, &d->zone));
    TBI_DT_TRY(decode_run(d, s, (size_t)(minus - s), known));
    d->added |= TBI_M(TZ);
    return TBI_DT_OK;
}

static tbi_dt_rc date_field(decoder *d, int i)
{
    const char *s = d->f->text[i];
    bool digit = isdigit((unsigned char)*s);
    if (d->time_only) {
        if (i == 0 && d->f->n >= 2 &&
            (d->f->type[d->f->n - 1] == TBI_F_DATE || d->f->type[1] == TBI_F_TIME))
            return decode_date(d, s);
        return digit ? run_with_offset(d, s, d->mask | TBI_M_DATE) : find_zone(d, s);
    }
    if (d->pending == TBI_W_JULIAN) { /* a day number with a zone */
        const char *rest;
        int v;
        if (!tbi_dt_int(s, &rest, &v) || v < 0)
            return TBI_DT_OVERFLOW;
        from_julian(d, v);
        TBI_DT_TRY(decode_offset(rest, &d->zone));
        d->added = TBI_M_DATE | TBI_M_TIME | TBI_M(TZ);
        d->pending = TBI_W_NONE;
        return TBI_DT_OK;
    }
    if ((d->mask & TBI_M_DATE) != TBI_M_DATE && d->pending == TBI_W_NONE)
        return decode_date(d, s);
    if (!digit && d->pending == TBI_W_NONE)
        return find_zone(d, s);
    if (d->pending != TBI_W_NONE && d->pending != TBI_W_TIME)
        return TBI_DT_BAD_FORMAT;
    d->pending = TBI_W_NONE;
    return run_with_offset(d, s, d->mask);
}

/* ---- words ---- */

static const tb_tz *session_zone(const decoder *d)
{
    return d->cx->tz != NULL ? d->cx->tz : tb_tz_utc();
}

static void set_local_now(decoder *d, bool with_time)
{
    int32_t offset = tb_tz_at(session_zone(d), d->cx->now_us).offset;
    tb_tm now;
    tb_tm_from_timestamp(d->cx->now_us + offset * TB_USECS_PER_SEC, &now);
    if (with_time) {
        d->tm = now;
        d->zone = -offset;
        return;
    }
    d->tm.year = now.year;
    d->tm.month = now.month;
    d->tm.day = now.day;
}

static void move_days(decoder *d, int by)
{
    int32_t days = tb_days_from_civil(d->tm.year, d->tm.month, d->tm.day);
    tb_civil_from_days(days + by, &d->tm.year, &d->tm.month, &d->tm.day);
}

static tbi_dt_rc reserved_word(decoder *d, tbi_dt_word w)
{
    if (d->time_only && w != TBI_W_NOW && w != TBI_W_ZULU)
        return TBI_DT_BAD_FORMAT;
    if (w == TBI_W_NOW) {
        d->added = d->time_only ? TBI_M_TIME : TBI_M_DATE | TBI_M_TIME | TBI_M(TZ);
        if (!d->time_only) {
            set_local_now(d, true);
            return TBI_DT_OK;
        }
        tb_tm day = d->tm;
        int32_t zone = d->zone;
        set_local_now(d, true);
        d->tm.year = day.year;
        d->tm.month = day.month;
        d->tm.day = day.day;
        d->zone = zone;
    } else if (w == TBI_W_TODAY || w == TBI_W_TOMORROW || w == TBI_W_YESTERDAY) {
        d->added = TBI_M_DATE;
        set_local_now(d, false);
        move_days(d, w == TBI_W_TOMORROW ? 1 : w == TBI_W_YESTERDAY ? -1 : 0);
    } else if (w == TBI_W_ZULU) {
        d->added = TBI_M_TIME | TBI_M(TZ);
        set_clock(d, 0);
        d->zone = 0;
    } else {
        d->added = TBI_M_DATE | TBI_M_TIME | TBI_M(TZ);
        d->special = w;
    }
    return TBI_DT_OK;
}

static tbi_dt_rc iso_time_mark(decoder *d, int i)
{
    d->added = 0;
    if (!d->time_only && (d->mask & TBI_M_DATE) != TBI_M_DATE)
        return TBI_DT_BAD_FORMAT;
    if (i >= d->f->n - 1 || (d->f->type[i + 1] != TBI_F_NUMBER && d->f->type[i + 1] != TBI_F_TIME &&
                             d->f->type[i + 1] != TBI_F_DATE))
        return TBI_DT_BAD_FORMAT;
    d->pending = TBI_W_TIME;
    return TBI_DT_OK;
}

static tbi_dt_rc month_word(decoder *d, int month)
{
    if (d->time_only)
        return TBI_DT_BAD_FORMAT;
    d->added = TBI_M(MONTH);
    /* a number taken for the month was the day: 8 Jan 1999 */
    if ((d->mask & TBI_M(MONTH)) && !d->text_month && !(d->mask & TBI_M(DAY)) && d->tm.month >= 1 &&
        d->tm.month <= 31) {
        d->tm.day = d->tm.month;
        d->added = TBI_M(DAY);
    }
    d->text_month = true;
    d->tm.month = month;
    return TBI_DT_OK;
}

static tbi_dt_rc word_field(decoder *d, int i)
{
    const char *s = d->f->text[i];
    int value;
    bool dst;
    int32_t east;
    const tb_tz *zone;
    if (tb_tz_abbrev(s, strlen(s), &east, &dst, &zone)) { /* zones take precedence over words */
        d->added = TBI_M(TZ) | (dst ? TBI_M(DTZ) : 0);
        d->zone = -east;
        d->dynamic = zone;
        d->abbrev = s;
        return TBI_DT_OK;
    }
    tbi_dt_kind kind = tbi_dt_date_word(s, &value);
    d->added = 1U << kind;
    if (kind == TBI_K_IGNORE) {
        d->added = 0;
    } else if (kind == TBI_K_RESERVED) {
        return reserved_word(d, (tbi_dt_word)value);
    } else if (kind == TBI_K_MONTH) {
        return month_word(d, value);
    } else if (kind == TBI_K_DTZMOD) {
        d->added |= TBI_M(DTZ);
        d->zone -= value;
    } else if (kind == TBI_K_AMPM) {
        d->meridiem = value;
    } else if (kind == TBI_K_ADBC) {
        d->bc = value == TBI_W_BC;
    } else if (kind == TBI_K_UNITS) {
        d->added = 0;
        d->pending = value;
    } else if (kind == TBI_K_ISOTIME) {
        return iso_time_mark(d, i);
    } else if (kind == TBI_K_UNKNOWN) {
        d->named = tb_tz_find(s, strlen(s));
        d->added = TBI_M(TZ);
        return d->named != NULL ? TBI_DT_OK : TBI_DT_BAD_FORMAT;
    } else if (kind != TBI_K_DOW || d->time_only) {
        return TBI_DT_BAD_FORMAT;
    }
    return TBI_DT_OK;
}

/* ---- all fields ---- */

static tbi_dt_rc decode_field(decoder *d, int i)
{
    switch (d->f->type[i]) {
    case TBI_F_DATE:
        return date_field(d, i);
    case TBI_F_TIME:
        if (d->pending != TBI_W_NONE && d->pending != TBI_W_TIME)
            return TBI_DT_BAD_FORMAT;
        d->pending = TBI_W_NONE;
        return decode_clock(d, d->f->text[i]);
    case TBI_F_ZONE:
        d->added = TBI_M(TZ);
        return decode_offset(d->f->text[i], &d->zone);
    case TBI_F_NUMBER:
        return number_field(d, i);
    case TBI_F_STRING:
    case TBI_F_SPECIAL:
        return word_field(d, i);
    }
    TB_UNREACHABLE();
}

tbi_dt_rc tbi_dt_validate(unsigned mask, bool julian, bool two_digits, bool bc, int yday, tb_tm *tm)
{
    if ((mask & TBI_M(YEAR)) && !julian) {
        if (bc ? tm->year <= 0 : two_digits ? tm->year < 0 : tm->year <= 0)
            return TBI_DT_OVERFLOW; /* there is no year zero */
        if (bc)
            tm->year = -(tm->year - 1);
        else if (two_digits)
            tm->year += tm->year < 70 ? 2000 : tm->year < 100 ? 1900 : 0;
    }
    if (mask & TBI_M(DOY))
        tb_civil_from_days(tb_days_from_civil(tm->year, 1, 1) + yday - 1, &tm->year, &tm->month,
                           &tm->day);
    if ((mask & TBI_M(MONTH)) && (tm->month < 1 || tm->month > 12))
        return TBI_DT_MD_OVERFLOW;
    if ((mask & TBI_M(DAY)) && (tm->day < 1 || tm->day > 31))
        return TBI_DT_MD_OVERFLOW;
    if ((mask & TBI_M_DATE) == TBI_M_DATE && tm->day > tb_days_in_month(tm->year, tm->month))
        return TBI_DT_OVERFLOW;
    return TBI_DT_OK;
}

/* false: a date too far for a timestamp; only type date takes it, and has no use for a zone. */
static bool local_us(const tb_tm *tm, int64_t *us)
{
    return tbi_valid_civil(tm->year, tm->month) &&
           !__builtin_mul_overflow((int64_t)tb_days_from_civil(tm->year, tm->month, tm->day),
                                   TB_USECS_PER_DAY, us) &&
           !__builtin_add_overflow(*us, tbi_time_us(tm->hour, tm->min, tm->sec, 0), us);
}

/* Zones that depend on the date, once it is known. */
static tbi_dt_rc resolve_zone(decoder *d, const tb_tm *at)
{
    bool given = (d->mask & TBI_M(TZ)) != 0;
    if ((d->mask & TBI_M(DTZMOD)) && (d->named != NULL || d->dynamic != NULL || !given))
        return TBI_DT_BAD_FORMAT;
    if (given && d->named == NULL && d->dynamic == NULL)
        return TBI_DT_OK;
    int64_t local;
    if (!local_us(at, &local)) {
        d->zone = 0;
        return TBI_DT_OK;
    }
    if (d->dynamic != NULL)
        d->zone = -tb_tz_abbrev_of_local(d->dynamic, d->abbrev, strlen(d->abbrev), local).offset;
    else
        d->zone = -tb_tz_offset_of_local(d->named != NULL ? d->named : session_zone(d), local);
    return TBI_DT_OK;
}

static tbi_dt_rc decode_all(decoder *d)
{
    for (int i = 0; i < d->f->n; i++) {
        d->added = 0;
        TBI_DT_TRY(decode_field(d, i));
        if (d->added & d->mask)
            return TBI_DT_BAD_FORMAT;
        d->mask |= d->added;
    }
    if (d->special != TBI_W_NONE)
        return TBI_DT_OK;
    TBI_DT_TRY(tbi_dt_validate(d->mask, d->julian, d->two_digits, d->bc, d->yday, &d->tm));
    if (d->meridiem != 0 && d->tm.hour > 12)
        return TBI_DT_OVERFLOW;
    if (d->meridiem == TBI_W_AM && d->tm.hour == 12)
        d->tm.hour = 0;
    else if (d->meridiem == TBI_W_PM && d->tm.hour != 12)
        d->tm.hour += 12;
    return TBI_DT_OK;
}

tbi_dt_rc tbi_dt_decode(const tb_dt_cx *cx, const tbi_dt_fields *f, tbi_dt_decoded *out,
                        tb_error *err)
{
    decoder d = {.cx = cx, .f = f, .err = err};
    TBI_DT_TRY(decode_all(&d));
    out->special = d.special;
    if (d.special == TBI_W_NONE) {
        if ((d.mask & TBI_M_DATE) != TBI_M_DATE)
            return TBI_DT_BAD_FORMAT;
        TBI_DT_TRY(resolve_zone(&d, &d.tm));
    }
    out->tm = d.tm;
    out->zone = d.zone;
    return TBI_DT_OK;
}

tbi_dt_rc tbi_dt_decode_time(const tb_dt_cx *cx, const tbi_dt_fields *f, tbi_dt_decoded *out,
                             tb_error *err)
{
    decoder d = {.cx = cx, .f = f, .err = err, .time_only = true};
    TBI_DT_TRY(decode_all(&d));
    if (tbi_dt_time_overflows(d.tm.hour, d.tm.min, d.tm.sec, d.tm.us))
        return TBI_DT_OVERFLOW;
    if ((d.mask & TBI_M_TIME) != TBI_M_TIME)
        return TBI_DT_BAD_FORMAT;
    tb_tm at = d.tm;
    if ((d.mask & TBI_M_DATE) != TBI_M_DATE) {
        /* a zone with daylight saving needs a date; only the session's may use today's */
        if (d.named != NULL && !tb_tz_is_fixed(d.named))
            return TBI_DT_BAD_FORMAT;
        set_local_now(&d, false);
        at.year = d.tm.year;
        at.month = d.tm.month;
        at.day = d.tm.day;
    }
    TBI_DT_TRY(resolve_zone(&d, &at));
    *out = (tbi_dt_decoded){.tm = d.tm, .zone = d.zone};
    return TBI_DT_OK;
}
