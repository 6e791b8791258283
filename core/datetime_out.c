/* SPDX-License-Identifier: Apache-2.0
 * Text output: DateStyle ISO, and the four interval styles.
 */
#include "core/datetime_int.h"

#include <stdlib.h>
#include <string.h>

static char *put2(char *to, int v)
{
    to[0] = (char)('0' + v / 10);
    to[1] = (char)('0' + v % 10);
    return to + 2;
}

/* At least `width` digits. */
static char *put_number(char *to, int64_t v, int width)
{
    char digits[24];
    int n = 0;
    for (; v > 0 || n < width; v /= 10)
        digits[n++] = (char)('0' + v % 10);
    while (n > 0)
        *to++ = digits[--n];
    return to;
}

/* ".25": six digits without trailing zeros; nothing for 0 */
static char *put_fraction(char *to, int64_t us)
{
    if (us == 0)
        return to;
    *to++ = '.';
    to = put_number(to, us, 6);
    while (to[-1] == '0')
        to--;
    return to;
}

static char *put_date(char *to, int year, int month, int day)
{
    to = put_number(to, year > 0 ? year : 1 - (int64_t)year, 4);
    *to++ = '-';
    to = put2(to, month);
    *to++ = '-';
    return put2(to, day);
}

static char *put_clock(char *to, int64_t us)
{
    int64_t seconds = us / TB_USECS_PER_SEC;
    to = put2(to, (int)(seconds / 3600));
    *to++ = ':';
    to = put2(to, (int)(seconds / 60 % 60));
    *to++ = ':';
    to = put2(to, (int)(seconds % 60));
    return put_fraction(to, us % TB_USECS_PER_SEC);
}

/* "+08", "-03:30" */
static char *put_zone(char *to, int32_t east)
{
    int32_t abs = east < 0 ? -east : east;
    *to++ = east < 0 ? '-' : '+';
    to = put_number(to, abs / 3600, 2);
    if (abs % 3600 != 0) {
        *to++ = ':';
        to = put2(to, abs / 60 % 60);
    }
    if (abs % 60 != 0) {
        *to++ = ':';
        to = put2(to, abs % 60);
    }
    return to;
}

static char *put_era(char *to, int year)
{
    if (year <= 0) {
        memcpy(to, " BC", 3);
        to += 3;
    }
    return to;
}

void tb_date_out(int32_t d, tb_buf *out)
{
    if (!tb_date_is_finite(d)) {
        tb_buf_puts(out, d == TB_DATE_POS_INF ? "infinity" : "-infinity");
        return;
    }
    char text[40];
    int year, month, day;
    tb_civil_from_days(d, &year, &month, &day);
    char *end = put_era(put_date(text, year, month, day), year);
    tb_buf_append(out, text, (size_t)(end - text));
}

void tb_time_out(int64_t t, tb_buf *out)
{
    char text[40], *end = put_clock(text, t);
    tb_buf_append(out, text, (size_t)(end - text));
}

void tb_timetz_out(const tb_timetz *t, tb_buf *out)
{
    char text[40], *end = put_zone(put_clock(text, t->us), -t->zone);
    tb_buf_append(out, text, (size_t)(end - text));
}

static void timestamp_out(int64_t ts, const tb_tz *tz, tb_buf *out)
{
    if (!tb_ts_is_finite(ts)) {
        tb_buf_puts(out, ts == TB_TS_POS_INF ? "infinity" : "-infinity");
        return;
    }
    char text[80];
    tb_tm tm;
    int32_t east = tz == NULL ? 0 : tb_tz_at(tz, ts).offset;
    tb_tm_from_timestamp(ts + east * TB_USECS_PER_SEC, &tm);
    char *end = put_date(text, tm.year, tm.month, tm.day);
    *end++ = ' ';
    end = put_clock(end, tbi_time_us(tm.hour, tm.min, tm.sec, tm.us));
    if (tz != NULL)
        end = put_zone(end, east);
    end = put_era(end, tm.year);
    tb_buf_append(out, text, (size_t)(end - text));
}

void tb_timestamp_out(int64_t ts, tb_buf *out)
{
    timestamp_out(ts, NULL, out);
}

void tb_timestamptz_out(int64_t ts, const tb_tz *tz, tb_buf *out)
{
    timestamp_out(ts, tz, out);
}

/* ---- intervals ---- */

typedef struct parts {
    int64_t year, month, day, hour, min, sec, us;
} parts;

static parts split(const tb_interval *i)
{
    return (parts){i->months / 12,          i->months % 12,        i->days,
                   i->us / 3600000000,      i->us / 60000000 % 60, i->us / TB_USECS_PER_SEC % 60,
                   i->us % TB_USECS_PER_SEC};
}

static void put_seconds(tb_buf *out, const parts *p, int width)
{
    char text[40], *end = put_number(text, llabs(p->sec), width > 0 ? width : 1);
    end = put_fraction(end, llabs(p->us));
    tb_buf_append(out, text, (size_t)(end - text));
}

static bool has_clock(const parts *p)
{
    return p->hour != 0 || p->min != 0 || p->sec != 0 || p->us != 0;
}

static bool clock_negative(const parts *p)
{
    return p->hour < 0 || p->min < 0 || p->sec < 0 || p->us < 0;
}

static void postgres_part(tb_buf *out, int64_t v, const char *unit, bool *first, bool *after_minus)
{
    if (v == 0)
        return;
    tb_buf_printf(out, "%s%s%lld %s%s", *first ? "" : " ", *after_minus && v > 0 ? "+" : "",
                  (long long)v, unit, v != 1 ? "s" : "");
    *after_minus = v < 0;
    *first = false;
}

static void postgres_style(const parts *p, tb_buf *out)
{
    bool first = true, after_minus = false;
    postgres_part(out, p->year, "year", &first, &after_minus);
    postgres_part(out, p->month, "mon", &first, &after_minus);
    postgres_part(out, p->day, "day", &first, &after_minus);
    if (!first && !has_clock(p))
        return;
    const char *sign = clock_negative(p) ? "-" : after_minus ? "+" : "";
    tb_buf_printf(out, "%s%s%02lld:%02lld:", first ? "" : " ", sign, llabs(p->hour), llabs(p->min));
    put_seconds(out, p, 2);
}

static void verbose_part(tb_buf *out, int64_t v, const char *unit, bool *first, bool *before)
{
    if (v == 0)
        return;
    if (*first) {
        *before = v < 0;
        v = llabs(v);
    } else if (*before) {
        v = -v;
    }
    tb_buf_printf(out, " %lld %s%s", (long long)v, unit, v == 1 ? "" : "s");
    *first = false;
}

static void verbose_style(const parts *p, tb_buf *out)
{
    bool first = true, before = false;
    tb_buf_putc(out, '@');
    verbose_part(out, p->year, "year", &first, &before);
    verbose_part(out, p->month, "mon", &first, &before);
    verbose_part(out, p->day, "day", &first, &before);
    verbose_part(out, p->hour, "hour", &first, &before);
    verbose_part(out, p->min, "min", &first, &before);
    if (p->sec != 0 || p->us != 0) {
        bool negative = p->sec < 0 || p->us < 0;
        tb_buf_putc(out, ' ');
        if (first)
            before = negative;
        else if (negative != before)
            tb_buf_putc(out, '-');
        put_seconds(out, p, 0);
        tb_buf_printf(out, " sec%s", llabs(p->sec) != 1 || p->us != 0 ? "s" : "");
        first = false;
    }
    if (first)
        tb_buf_puts(out, " 0");
    if (before)
        tb_buf_puts(out, " ago");
}

static bool any_negative(const parts *p)
{
    return p->year < 0 || p->month < 0 || p->day < 0 || clock_negative(p);
}

static void sql_style(parts p, tb_buf *out)
{
    bool negative = any_negative(&p);
    bool positive =
        p.year > 0 || p.month > 0 || p.day > 0 || p.hour > 0 || p.min > 0 || p.sec > 0 || p.us > 0;
    bool year_month = p.year != 0 || p.month != 0, day_time = p.day != 0 || has_clock(&p);
    bool plain = !(negative && positive) && !(year_month && day_time);
    if (!negative && !positive) {
        tb_buf_putc(out, '0');
        return;
    }
    if (!plain) { /* every part carries its sign */
        tb_buf_printf(out,
                      "%c%lld-%lld %c%lld %c%lld:%02lld:", p.year < 0 || p.month < 0 ? '-' : '+',
                      llabs(p.year), llabs(p.month), p.day < 0 ? '-' : '+', llabs(p.day),
                      clock_negative(&p) ? '-' : '+', llabs(p.hour), llabs(p.min));
        put_seconds(out, &p, 2);
        return;
    }
    if (negative)
        tb_buf_putc(out, '-');
    if (year_month) {
        tb_buf_printf(out, "%lld-%lld", llabs(p.year), llabs(p.month));
        return;
    }
    if (p.day != 0)
        tb_buf_printf(out, "%lld ", llabs(p.day));
    tb_buf_printf(out, "%lld:%02lld:", llabs(p.hour), llabs(p.min));
    put_seconds(out, &p, 2);
}

static void iso_part(tb_buf *out, int64_t v, char unit)
{
    if (v != 0)
        tb_buf_printf(out, "%lld%c", (long long)v, unit);
}

static void iso_style(const parts *p, tb_buf *out)
{
    if (p->year == 0 && p->month == 0 && p->day == 0 && !has_clock(p)) {
        tb_buf_puts(out, "PT0S");
        return;
    }
    tb_buf_putc(out, 'P');
    iso_part(out, p->year, 'Y');
    iso_part(out, p->month, 'M');
    iso_part(out, p->day, 'D');
    if (has_clock(p))
        tb_buf_putc(out, 'T');
    iso_part(out, p->hour, 'H');
    iso_part(out, p->min, 'M');
    if (p->sec != 0 || p->us != 0) {
        if (p->sec < 0 || p->us < 0)
            tb_buf_putc(out, '-');
        put_seconds(out, p, 0);
        tb_buf_putc(out, 'S');
    }
}

void tb_interval_out(const tb_interval *i, int style, tb_buf *out)
{
    parts p = split(i);
    if (style == 1)
        verbose_style(&p, out);
    else if (style == 2)
        sql_style(p, out);
    else if (style == 3)
        iso_style(&p, out);
    else
        postgres_style(&p, out);
}
