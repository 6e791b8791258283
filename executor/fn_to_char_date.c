/* SPDX-License-Identifier: Apache-2.0
 * to_char of timestamps and intervals.
 */
#include "executor/format_int.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

/* A point in time or a span, taken apart. Spans have no calendar: fields count from zero and may be
 * negative. */
typedef struct moment {
    tb_fn_cx *cx;
    bool span;
    int64_t year, month, day; /* year: astronomical; month 1-12 */
    int64_t hour, min, sec, us;
    int64_t year_day;
    int week_day; /* 0 = Sunday */
    int32_t days; /* since 2000-01-01 */
    int32_t offset;
    const char *zone; /* NULL = none */
} moment;

static tb_rc not_for_spans(const moment *m)
{
    if (!m->span)
        return TB_OK;
    TB_RAISE(m->cx->err, TB_E_INVALID_DATETIME_FORMAT,
             "invalid format specification for an interval value");
    tb_error_hint(m->cx->err, "Intervals are not tied to specific calendar dates.");
    return TB_FAIL;
}

/* ---- writing ---- */

/* A number padded with zeros to `width`, its sign included; not padded under FM. */
static void put_number(tbi_out *o, const tbi_fmt_item *item, int width, int64_t v)
{
    char text[32];
    if (item->modifiers & TBI_FMT_FM)
        width = 0;
    int n = snprintf(text, sizeof text, "%0*lld", width, (long long)v);
    tbi_out_add(o, text, (size_t)n);
    if (item->modifiers & (TBI_FMT_UPPER_TH | TBI_FMT_LOWER_TH))
        tbi_out_puts(o,
                     tbi_fmt_ordinal(text, (size_t)n, (item->modifiers & TBI_FMT_UPPER_TH) != 0));
}

/* The same for fields of times and years: a sign makes them wider. */
static void put_signed(tbi_out *o, const tbi_fmt_item *item, int width, int64_t v)
{
    put_number(o, item, width + (v < 0), v);
}

typedef enum letters { AS_IS, UPPER, LOWER } letters;

/* The first n letters of a word, padded with blanks to `width` unless FM or TM. */
static void put_word(tbi_out *o, const tbi_fmt_item *item, const char *word, size_t n, size_t width,
                     letters how)
{
    for (size_t i = 0; i < n; i++) {
        int c = (unsigned char)word[i];
        tbi_out_putc(o, (char)(how == UPPER ? toupper(c) : how == LOWER ? tolower(c) : c));
    }
    bool pad = !(item->modifiers & (TBI_FMT_FM | TBI_FMT_TM));
    for (size_t i = n; pad && i < width; i++)
        tbi_out_putc(o, ' ');
}

static void put_name(tbi_out *o, const tbi_fmt_item *item, const char *name, letters how)
{
    put_word(o, item, name, strlen(name), 9, how);
}

/* ---- fields ---- */

static void put_fraction(tbi_out *o, const tbi_fmt_item *item, const moment *m, int digits)
{
    int64_t v = m->us;
    for (int i = digits; i < 6; i++)
        v /= 10;
    tbi_fmt_item plain = *item;
    plain.modifiers &= ~TBI_FMT_FM;
    char text[32];
    int n = snprintf(text, sizeof text, "%0*lld", digits, (long long)v);
    tbi_out_add(o, text, (size_t)n);
    if (plain.modifiers & (TBI_FMT_UPPER_TH | TBI_FMT_LOWER_TH))
        tbi_out_puts(o,
                     tbi_fmt_ordinal(text, (size_t)n, (plain.modifiers & TBI_FMT_UPPER_TH) != 0));
}

/* The year as people write it: no year 0. */
static int64_t civil_year(const moment *m, int64_t year)
{
    return m->span || year > 0 ? year : 1 - year;
}

/* Monday of ISO week 1, in days since 2000-01-01. */
static int32_t iso_week_1(int64_t year)
{
    int32_t jan4 = tb_days_from_civil((int)year, 1, 4);
    return jan4 - (tb_day_of_week(jan4) + 6) % 7;
}

/* The ISO year is at most one off the calendar's: in spans, whose days may fill many years, weeks
 * go on counting. */
static int64_t iso_year(const moment *m, int *week)
{
    int64_t year = m->year;
    if (m->days < iso_week_1(year))
        year--;
    *week = (m->days - iso_week_1(year)) / 7 + 1;
    if (*week >= 52 && m->days >= iso_week_1(m->year + 1)) {
        year = m->year + 1;
        *week = (m->days - iso_week_1(year)) / 7 + 1;
    }
    return year;
}

static void put_year(tbi_out *o, const tbi_fmt_item *item, const moment *m, int digits, bool iso)
{
    static const int64_t modulus[] = {1, 10, 100, 1000, INT64_MAX};
    int week;
    int64_t year = civil_year(m, iso ? iso_year(m, &week) : m->year), v = year % modulus[digits];
    tbi_fmt_item shown = *item;
    if (digits == 1)
        shown.modifiers |= TBI_FMT_FM; /* never padded */
    put_number(o, &shown, digits + (civil_year(m, m->year) < 0),
               v); /* the calendar year's sign sets the width */
}

static void put_century(tbi_out *o, const tbi_fmt_item *item, const moment *m)
{
    int64_t v = m->span ? m->year / 100 : m->year > 0 ? (m->year - 1) / 100 + 1 : m->year / 100 - 1;
    tbi_fmt_item shown = *item;
    if (v > 99 || v < -99)
        shown.modifiers |= TBI_FMT_FM;
    put_signed(o, &shown, 2, v);
}

static void put_y_yyy(tbi_out *o, const tbi_fmt_item *item, const moment *m)
{
    int64_t year = civil_year(m, m->year), thousands = year / 1000;
    char text[48];
    int n = snprintf(text, sizeof text, "%lld,%03lld", (long long)thousands,
                     (long long)(year - thousands * 1000));
    tbi_out_add(o, text, (size_t)n);
    if (item->modifiers & (TBI_FMT_UPPER_TH | TBI_FMT_LOWER_TH))
        tbi_out_puts(o,
                     tbi_fmt_ordinal(text, (size_t)n, (item->modifiers & TBI_FMT_UPPER_TH) != 0));
}

/* Months of whole years are reduced to 0 in an interval: XII, or I when negative. */
static void put_roman_month(tbi_out *o, const tbi_fmt_item *item, const moment *m, letters how)
{
    if (m->month == 0 && m->year == 0)
        return;
    int64_t at = m->month > 0   ? TBI_MONTHS - m->month
                 : m->month < 0 ? -(m->month + 1)
                 : m->year >= 0 ? 0
                                : TBI_MONTHS - 1;
    const char *text = tbi_roman_months[at];
    put_word(o, item, text, strlen(text), 4, how);
}

static void put_offset(tbi_out *o, const tbi_fmt_item *item, const moment *m)
{
    int size = abs(m->offset);
    tbi_out_putc(o, m->offset >= 0 ? '+' : '-');
    tbi_fmt_item plain = {.modifiers = item->modifiers & TBI_FMT_FM};
    put_number(o, &plain, 2, size / 3600);
    if (size % 3600 != 0) {
        tbi_out_putc(o, ':');
        put_number(o, &(tbi_fmt_item){.modifiers = 0}, 2, size % 3600 / 60);
    }
}

/* Patterns that intervals may use too. */
static bool put_common(tbi_out *o, const tbi_fmt_item *item, const moment *m)
{
    tbi_date_key key = (tbi_date_key)item->key->id;
    int64_t hour12 = m->hour % 12 == 0 ? 12 : m->hour % 12;
    bool pm = m->hour % 24 >= 12;
    static const tbi_fmt_item fm = {.modifiers = TBI_FMT_FM};
    tbi_fmt_item unpadded = fm;
    unpadded.modifiers |= item->modifiers;
    int week;
    if (key >= TBI_DK_FF1 && key <= TBI_DK_FF6)
        put_fraction(o, item, m, (int)(key - TBI_DK_FF1) + 1);
    else if (key == TBI_DK_MS)
        put_fraction(o, item, m, 3);
    else if (key == TBI_DK_US)
        put_fraction(o, item, m, 6);
    else if (key == TBI_DK_PM || key == TBI_DK_PM_LOWER)
        put_word(o, item, pm ? "PM" : "AM", 2, 0, key == TBI_DK_PM ? AS_IS : LOWER);
    else if (key == TBI_DK_PM_DOTS || key == TBI_DK_PM_DOTS_LOWER)
        put_word(o, item, pm ? "P.M." : "A.M.", 4, 0, key == TBI_DK_PM_DOTS ? AS_IS : LOWER);
    else if (key == TBI_DK_HH24)
        put_signed(o, item, 2, m->hour);
    else if (key == TBI_DK_HH12) {
        put_number(o, item, m->hour < 0 ? 3 : 2,
                   hour12); /* the width follows the sign of the hour itself */
    } else if (key == TBI_DK_MI)
        put_signed(o, item, 2, m->min);
    else if (key == TBI_DK_SS)
        put_signed(o, item, 2, m->sec);
    else if (key == TBI_DK_SSSS)
        put_number(o, &unpadded, 0, (m->hour * 60 + m->min) * 60 + m->sec);
    else if (key == TBI_DK_MM)
        put_signed(o, item, 2, m->month);
    else if (key == TBI_DK_DD)
        put_number(o, item, 2, m->day);
    else if (key == TBI_DK_DDD)
        put_number(o, item, 3, m->year_day);
    else if (key == TBI_DK_WW)
        put_number(o, item, 2, (m->year_day - 1) / 7 + 1);
    else if (key == TBI_DK_W)
        put_number(o, &unpadded, 0, (m->day - 1) / 7 + 1);
    else if (key == TBI_DK_Q) {
        if (m->month != 0)
            put_number(o, &unpadded, 0, (m->month - 1) / 3 + 1);
    } else if (key == TBI_DK_CC)
        put_century(o, item, m);
    else if (key == TBI_DK_Y_YYY)
        put_y_yyy(o, item, m);
    else if (key >= TBI_DK_YYYY && key <= TBI_DK_Y)
        put_year(o, item, m, 4 - (int)(key - TBI_DK_YYYY), false);
    else if (key >= TBI_DK_IYYY && key <= TBI_DK_I)
        put_year(o, item, m, 4 - (int)(key - TBI_DK_IYYY), true);
    else if (key == TBI_DK_RM || key == TBI_DK_RM_LOWER)
        put_roman_month(o, item, m, key == TBI_DK_RM ? UPPER : LOWER);
    else if (key == TBI_DK_J)
        put_number(o, &unpadded, 0, m->days + INT64_C(2451545));
    else if (key == TBI_DK_IW || key == TBI_DK_IDDD) {
        int64_t year = iso_year(m, &week);
        put_number(o, item, key == TBI_DK_IW ? 2 : 3,
                   key == TBI_DK_IW ? week : m->days - iso_week_1(year) + 1);
    } else
        return false;
    return true;
}

/* Patterns that need a calendar or a zone. */
static void put_dated(tbi_out *o, const tbi_fmt_item *item, const moment *m)
{
    tbi_date_key key = (tbi_date_key)item->key->id;
    static const tbi_fmt_item fm = {.modifiers = TBI_FMT_FM};
    const char *month = tbi_month_names[m->month - 1], *day = tbi_day_names[m->week_day];
    bool bc = m->year <= 0;
    tbi_fmt_item number = fm;
    number.modifiers |= item->modifiers;
    if (key == TBI_DK_BC || key == TBI_DK_BC_LOWER)
        put_word(o, item, bc ? "BC" : "AD", 2, 0, key == TBI_DK_BC ? AS_IS : LOWER);
    else if (key == TBI_DK_BC_DOTS || key == TBI_DK_BC_DOTS_LOWER)
        put_word(o, item, bc ? "B.C." : "A.D.", 4, 0, key == TBI_DK_BC_DOTS ? AS_IS : LOWER);
    else if (key >= TBI_DK_MONTH && key <= TBI_DK_MONTH_LOWER)
        put_name(o, item, month, (letters)(key - TBI_DK_MONTH));
    else if (key >= TBI_DK_MON && key <= TBI_DK_MON_LOWER)
        put_word(o, item, month, 3, 3, (letters)(key - TBI_DK_MON));
    else if (key >= TBI_DK_DAY && key <= TBI_DK_DAY_LOWER)
        put_name(o, item, day, (letters)(key - TBI_DK_DAY));
    else if (key >= TBI_DK_DY && key <= TBI_DK_DY_LOWER)
        put_word(o, item, day, 3, 3, (letters)(key - TBI_DK_DY));
    else if (key == TBI_DK_D)
        put_number(o, &number, 0, m->week_day + 1);
    else if (key == TBI_DK_ID)
        put_number(o, &number, 0, m->week_day == 0 ? 7 : m->week_day);
    else if (key == TBI_DK_TZ || key == TBI_DK_TZ_LOWER) {
        const char *zone = m->zone != NULL ? m->zone : "";
        put_word(o, item, zone, strlen(zone), 0, key == TBI_DK_TZ ? AS_IS : LOWER);
    } else if (key == TBI_DK_TZH) {
        tbi_out_putc(o, m->offset >= 0 ? '+' : '-');
        put_number(o, &(tbi_fmt_item){.modifiers = 0}, 2, abs(m->offset) / 3600);
    } else if (key == TBI_DK_TZM)
        put_number(o, &(tbi_fmt_item){.modifiers = 0}, 2, abs(m->offset) % 3600 / 60);
    else if (key == TBI_DK_OF)
        put_offset(o, item, m);
}

static tb_rc write_moment(const moment *m, const tb_str *pattern, tb_value *ret)
{
    tbi_fmt_items items = {0};
    tbi_out o;
    tbi_out_begin(&o, m->cx, 0);
    tbi_fmt_parse_date(m->cx->arena, pattern, &items);
    for (uint32_t i = 0; i < items.n; i++) {
        const tbi_fmt_item *item = &items.at[i];
        if (item->kind != TBI_FMT_KEY) {
            tbi_out_add(&o, item->text, item->len);
        } else if (item->key->id != TBI_DK_FX && !put_common(&o, item, m)) {
            TB_TRY(not_for_spans(m));
            put_dated(&o, item, m);
        }
    }
    return tbi_out_end(&o, m->cx, ret);
}

/* ---- bodies ---- */

static void take_apart(moment *m, int64_t local)
{
    tb_tm tm;
    tb_tm_from_timestamp(local, &tm);
    m->year = tm.year;
    m->month = tm.month;
    m->day = tm.day;
    m->hour = tm.hour;
    m->min = tm.min;
    m->sec = tm.sec;
    m->us = tm.us;
    m->days = tb_timestamp_to_date(local);
    m->week_day = tb_day_of_week(m->days);
    m->year_day = m->days - tb_days_from_civil(tm.year, 1, 1) + 1;
}

TB_BODY(TO_CHAR_TIMESTAMP_TEXT)
{
    moment m = {.cx = cx};
    if (TBI_N(1) == 0 || !tb_ts_is_finite(a[0].d.i64))
        return tbi_null(ret);
    take_apart(&m, a[0].d.i64);
    return write_moment(&m, &a[1].d.str, ret);
}

TB_BODY(TO_CHAR_TIMESTAMPTZ_TEXT)
{
    moment m = {.cx = cx};
    int64_t local;
    if (TBI_N(1) == 0 || !tb_ts_is_finite(a[0].d.i64))
        return tbi_null(ret);
    TB_TRY(tb_timestamptz_to_timestamp(a[0].d.i64, tbi_zone(cx), &local, cx->err));
    take_apart(&m, local);
    tb_tz_local at = tb_tz_at(tbi_zone(cx), a[0].d.i64);
    m.offset = at.offset;
    m.zone = at.abbrev;
    return write_moment(&m, &a[1].d.str, ret);
}

/* A span's years, months and days read as a date. Month 0 is the December before, days may be any
 * number. */
static int32_t span_days(const moment *m)
{
    int64_t month = m->month - 1, year = m->year;
    if (month < 0) {
        month += 12;
        year--;
    }
    return (int32_t)(tb_days_from_civil((int)year, (int)month + 1, 1) + m->day - 1);
}

TB_BODY(TO_CHAR_INTERVAL_TEXT)
{
    const tb_interval *i = &a[0].d.interval;
    moment m = {.cx = cx, .span = true};
    if (TBI_N(1) == 0)
        return tbi_null(ret);
    m.year = i->months / 12;
    m.month = i->months % 12;
    m.day = i->days;
    m.hour = i->us / (3600 * TB_USECS_PER_SEC);
    m.min = i->us / (60 * TB_USECS_PER_SEC) % 60;
    m.sec = i->us / TB_USECS_PER_SEC % 60;
    m.us = i->us % TB_USECS_PER_SEC;
    m.year_day = ((int64_t)i->months) * 30 + i->days;
    m.days = span_days(&m);
    return write_moment(&m, &a[1].d.str, ret);
}
