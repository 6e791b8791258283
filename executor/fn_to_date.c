/* SPDX-License-Identifier: Apache-2.0
 * to_date and to_timestamp: text read by a format pattern.
 */
#include "executor/format_int.h"

#include <ctype.h>
#include <stdio.h>

/* What was read; 0 = not given, as in PostgreSQL. */
typedef struct fields {
    int calendar;
    int hour, pm, min, sec, day_seconds, week_day, day, year_day, month, ms, year, bc, week,
        month_week, century, julian, us, year_digits, precision;
    bool hour12;
    int zone_sign, zone_hours, zone_minutes;
} fields;

typedef struct reader {
    tb_fn_cx *cx;
    const char *text, *at, *end;
    const tbi_fmt_item *item, *items_end;
    bool exact;  /* FX */
    int skipped; /* more characters than the pattern has */
    fields *f;
} reader;

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_separator(char c)
{
    return c > ' ' && c < 0x7F && !isalnum((unsigned char)c);
}

static const char *key_name(const reader *r)
{
    return r->item->key->name;
}

/* ---- errors ---- */

static tb_rc bad_value(const reader *r, const char *at, size_t n)
{
    if (r->cx->hide_values)
        return TB_RAISE(r->cx->err, TB_E_INVALID_DATETIME_FORMAT, "invalid value for \"%s\"",
                        key_name(r));
    return TB_RAISE(r->cx->err, TB_E_INVALID_DATETIME_FORMAT, "invalid value \"%.*s\" for \"%s\"",
                    TBI_QUOTE(at, n), key_name(r));
}

static tb_rc out_of_range(const reader *r)
{
    size_t n = (size_t)(r->end - r->text);
    if (r->cx->hide_values)
        return TB_RAISE(r->cx->err, TB_E_DATETIME_FIELD_OVERFLOW,
                        "date/time field value out of range");
    return TB_RAISE(r->cx->err, TB_E_DATETIME_FIELD_OVERFLOW,
                    "date/time field value out of range: \"%.*s\"", TBI_QUOTE(r->text, n));
}

/* ---- integers ---- */

static tb_rc set_field(const reader *r, int *field, int v)
{
    if (*field != 0 && *field != v) {
        TB_RAISE(r->cx->err, TB_E_INVALID_DATETIME_FORMAT,
                 "conflicting values for \"%s\" field in formatting string", key_name(r));
        tb_error_detail(r->cx->err,
                        "This value contradicts a previous setting for the same field type.");
        return TB_FAIL;
    }
    *field = v;
    return TB_OK;
}

/* Does something other than a digit follow this field in the pattern? Then it may read all digits
 * there are. */
static bool ends_before_non_digit(const reader *r)
{
    if (r->item->modifiers & (TBI_FMT_UPPER_TH | TBI_FMT_LOWER_TH))
        return true;
    const tbi_fmt_item *next = r->item + 1;
    if (next == r->items_end)
        return true;
    if (next->kind == TBI_FMT_KEY)
        return !next->key->digits;
    return !(next->len == 1 && isdigit((unsigned char)next->text[0]));
}

/* An optional sign and digits in [s, end); *stop is behind them, or s when there are none.
 * Saturates. */
static int64_t parse_integer(const char *s, const char *end, const char **stop)
{
    const char *at = s;
    while (at < end && is_space(*at))
        at++;
    bool minus = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    int64_t v = 0;
    const char *first = at;
    for (; at < end && isdigit((unsigned char)*at); at++)
        v = v > INT64_MAX / 100 ? v : v * 10 + (*at - '0');
    *stop = at == first ? s : at;
    return minus ? -v : v;
}

/* An integer of `len` characters, or of any number of them under FM or before something that is no
 * digit. Returns its width in *width (blanks before it included). */
static tb_rc read_integer(reader *r, int *field, int len, int *width)
{
    const char *init = r->at, *stop;
    int64_t v;
    while (r->at < r->end && is_space(*r->at))
        r->at++;
    const char *at = r->at;
    int have = (int)(r->end - at < len ? r->end - at : len);
    if ((r->item->modifiers & TBI_FMT_FM) || ends_before_non_digit(r)) {
        v = parse_integer(init, r->end, &stop);
        r->at = stop;
    } else {
        if (have < len) {
            TB_RAISE(r->cx->err, TB_E_INVALID_DATETIME_FORMAT,
                     "source string too short for \"%s\" formatting field", key_name(r));
            tb_error_detail(r->cx->err, "Field requires %d characters, but only %d remain.", len,
                            have);
            return TB_FAIL;
        }
        v = parse_integer(at, at + have, &stop);
        int used = (int)(stop - at);
        if (used > 0 && used < len) {
            bad_value(r, at, (size_t)have);
            tb_error_detail(r->cx->err,
                            "Field requires %d characters, but only %d could be parsed.", len,
                            used);
            return TB_FAIL;
        }
        r->at = stop;
    }
    if (r->at == init) {
        bad_value(r, at, (size_t)have);
        tb_error_detail(r->cx->err, "Value must be an integer.");
        return TB_FAIL;
    }
    if (v < INT32_MIN || v > INT32_MAX)
        return TB_RAISE(r->cx->err, TB_E_DATETIME_FIELD_OVERFLOW,
                        "value for \"%s\" in source string is out of range", key_name(r));
    if (width != NULL)
        *width = (int)(r->at - init);
    return field == NULL ? TB_OK : set_field(r, field, (int)v);
}

static tb_rc read_plain(reader *r, int *field)
{
    return read_integer(r, field, (int)strlen(key_name(r)), NULL);
}

/* A fraction of a second of up to `digits` digits, in units of its last one: "25" of milliseconds
 * is 250. */
static tb_rc read_fraction(reader *r, int *field, int digits)
{
    int width;
    TB_TRY(read_integer(r, field, digits, &width));
    int full = field == &r->f->ms ? 3 : 6;
    for (; width < full; width++)
        *field *= 10;
    return TB_OK;
}

/* Years of two or three digits are near 2020. */
static int near_2020(int year)
{
    if (year < 70)
        return year + 2000;
    if (year < 100)
        return year + 1900;
    if (year < 520)
        return year + 2000;
    return year < 1000 ? year + 1000 : year;
}

static tb_rc read_short_year(reader *r, int digits)
{
    int width;
    TB_TRY(read_integer(r, &r->f->year, (int)strlen(key_name(r)), &width));
    if (width < 4)
        r->f->year = near_2020(r->f->year);
    r->f->year_digits = digits;
    return TB_OK;
}

/* Y,YYY */
static tb_rc read_comma_year(reader *r)
{
    const char *stop, *last;
    int64_t thousands = parse_integer(r->at, r->end, &stop), rest;
    const char *limit = r->end - stop > 4 ? stop + 4 : r->end;
    bool comma = stop > r->at && stop < r->end && *stop == ',';
    rest = comma ? parse_integer(stop + 1, limit, &last) : 0;
    if (!comma || last == stop + 1)
        return TB_RAISE(r->cx->err, TB_E_INVALID_DATETIME_FORMAT,
                        "invalid input string for \"Y,YYY\"");
    int64_t year = thousands * 1000 + rest;
    if (thousands > INT32_MAX / 1000 || thousands < INT32_MIN / 1000)
        return TB_RAISE(r->cx->err, TB_E_DATETIME_FIELD_OVERFLOW,
                        "value for \"%s\" in source string is out of range", key_name(r));
    TB_TRY(set_field(r, &r->f->year, (int)year));
    r->f->year_digits = 4;
    r->at = last;
    return TB_OK;
}

/* ---- words ---- */

/* Which word of the list the text begins with (its first `letters` letters, 0 = all), any case. */
static tb_rc read_word(reader *r, const char *const *words, size_t letters, int *index)
{
    for (int i = 0; words[i] != NULL; i++) {
        size_t n = letters > 0 ? letters : strlen(words[i]);
        if ((size_t)(r->end - r->at) >= n && strncasecmp(r->at, words[i], n) == 0) {
            r->at += n;
            *index = i;
            return TB_OK;
        }
    }
    size_t n = 0;
    while (r->at + n < r->end && !is_space(r->at[n]))
        n++;
    bad_value(r, r->at, n);
    tb_error_detail(r->cx->err,
                    "The given value did not match any of the allowed values for this field.");
    return TB_FAIL;
}

static tb_rc read_choice(reader *r, const char *const *words, int *field)
{
    int index;
    TB_TRY(read_word(r, words, 0, &index));
    return set_field(r, field, index % 2);
}

static tb_rc read_weekday(reader *r, size_t letters)
{
    int index;
    TB_TRY(read_word(r, tbi_day_names, letters, &index));
    TB_TRY(set_field(r, &r->f->week_day, index));
    r->f->week_day++;
    return TB_OK;
}

static tb_rc read_month(reader *r, size_t letters)
{
    int index;
    TB_TRY(read_word(r, tbi_month_names, letters, &index));
    return set_field(r, &r->f->month, index + 1);
}

/* ---- zones ---- */

static tb_rc read_zone_hours(reader *r)
{
    fields *f = r->f;
    if (r->at < r->end && (*r->at == '+' || *r->at == '-' || *r->at == ' ')) {
        f->zone_sign = *r->at == '-' ? -1 : 1;
        r->at++;
    } else { /* the sign may have been taken for a separator */
        f->zone_sign = r->skipped > 0 && r->at[-1] == '-' ? -1 : 1;
    }
    return read_integer(r, &f->zone_hours, 2, NULL);
}

/* ---- one field ---- */

static void skip_ordinal(reader *r)
{
    if (r->item->modifiers & (TBI_FMT_UPPER_TH | TBI_FMT_LOWER_TH))
        for (int i = 0; i < 2 && r->at < r->end; i++)
            r->at += tb_utf8_char_len(*r->at);
}

static tb_rc read_time_field(reader *r, tbi_date_key key, bool *known)
{
    static const char *const pm[] = {"AM", "PM", NULL}, *const pm_dots[] = {"A.M.", "P.M.", NULL};
    fields *f = r->f;
    *known = true;
    if (key == TBI_DK_PM || key == TBI_DK_PM_LOWER || key == TBI_DK_PM_DOTS ||
        key == TBI_DK_PM_DOTS_LOWER) {
        f->hour12 = true;
        return read_choice(r, key == TBI_DK_PM || key == TBI_DK_PM_LOWER ? pm : pm_dots, &f->pm);
    }
    if (key == TBI_DK_HH12 || key == TBI_DK_HH24) {
        f->hour12 = f->hour12 || key == TBI_DK_HH12;
        return read_integer(r, &f->hour, 2, NULL);
    }
    if (key == TBI_DK_MI)
        return read_plain(r, &f->min);
    if (key == TBI_DK_SS)
        return read_plain(r, &f->sec);
    if (key == TBI_DK_SSSS)
        return read_plain(r, &f->day_seconds);
    if (key == TBI_DK_MS)
        return read_fraction(r, &f->ms, 3);
    if (key == TBI_DK_US)
        return read_fraction(r, &f->us, 6);
    if (key >= TBI_DK_FF1 && key <= TBI_DK_FF6) {
        f->precision = (int)(key - TBI_DK_FF1) + 1;
        return read_fraction(r, &f->us, f->precision);
    }
    if (key == TBI_DK_TZH)
        return read_zone_hours(r);
    if (key == TBI_DK_TZM) {
        f->zone_sign = f->zone_sign == 0 ? 1 : f->zone_sign;
        return read_integer(r, &f->zone_minutes, 2, NULL);
    }
    if (key == TBI_DK_TZ || key == TBI_DK_TZ_LOWER || key == TBI_DK_OF)
        return TB_RAISE(r->cx->err, TB_E_FEATURE_NOT_SUPPORTED,
                        "formatting field \"%s\" is only supported in to_char", key_name(r));
    *known = false;
    return TB_OK;
}

static tb_rc read_date_field(reader *r, tbi_date_key key)
{
    static const char *const bc[] = {"AD", "BC", NULL}, *const bc_dots[] = {"A.D.", "B.C.", NULL};
    fields *f = r->f;
    int index;
    if (key == TBI_DK_BC || key == TBI_DK_BC_LOWER)
        return read_choice(r, bc, &f->bc);
    if (key == TBI_DK_BC_DOTS || key == TBI_DK_BC_DOTS_LOWER)
        return read_choice(r, bc_dots, &f->bc);
    if (key >= TBI_DK_MONTH && key <= TBI_DK_MON_LOWER)
        return read_month(r, key >= TBI_DK_MON ? 3 : 0);
    if (key >= TBI_DK_DAY && key <= TBI_DK_DY_LOWER)
        return read_weekday(r, key >= TBI_DK_DY ? 3 : 0);
    if (key == TBI_DK_RM || key == TBI_DK_RM_LOWER) {
        TB_TRY(read_word(r, tbi_roman_months, 0, &index));
        return set_field(r, &f->month, TBI_MONTHS - index);
    }
    if (key == TBI_DK_MM)
        return read_plain(r, &f->month);
    if (key == TBI_DK_DDD)
        return read_plain(r, &f->year_day);
    if (key == TBI_DK_IDDD)
        return read_integer(r, &f->year_day, 3, NULL);
    if (key == TBI_DK_DD)
        return read_plain(r, &f->day);
    if (key == TBI_DK_D)
        return read_plain(r, &f->week_day);
    if (key == TBI_DK_ID) { /* Monday = 1 becomes Sunday = 1 */
        TB_TRY(read_integer(r, &f->week_day, 1, NULL));
        f->week_day = f->week_day + 1 > 7 ? 1 : f->week_day + 1;
        return TB_OK;
    }
    if (key == TBI_DK_WW || key == TBI_DK_IW)
        return read_plain(r, &f->week);
    if (key == TBI_DK_W)
        return read_plain(r, &f->month_week);
    if (key == TBI_DK_Q) /* says too little about the date: read and dropped */
        return read_plain(r, NULL);
    if (key == TBI_DK_CC)
        return read_plain(r, &f->century);
    if (key == TBI_DK_J)
        return read_plain(r, &f->julian);
    if (key == TBI_DK_Y_YYY)
        return read_comma_year(r);
    if (key == TBI_DK_YYYY || key == TBI_DK_IYYY) {
        f->year_digits = 4;
        return read_plain(r, &f->year);
    }
    if (key > TBI_DK_YYYY && key <= TBI_DK_Y)
        return read_short_year(r, 4 - (int)(key - TBI_DK_YYYY));
    return read_short_year(r, 4 - (int)(key - TBI_DK_IYYY));
}

static tb_rc read_field(reader *r)
{
    const tbi_fmt_key *key = r->item->key;
    bool known;
    if (key->mode != TBI_CAL_ANY) {
        if (r->f->calendar != TBI_CAL_ANY && r->f->calendar != key->mode) {
            TB_RAISE(r->cx->err, TB_E_INVALID_DATETIME_FORMAT,
                     "invalid combination of date conventions");
            tb_error_hint(r->cx->err,
                          "Do not mix Gregorian and ISO week date conventions in a formatting "
                          "template.");
            return TB_FAIL;
        }
        r->f->calendar = key->mode;
    }
    if (key->id == TBI_DK_FX) {
        r->exact = true;
        return TB_OK;
    }
    TB_TRY(read_time_field(r, (tbi_date_key)key->id, &known));
    if (!known)
        TB_TRY(read_date_field(r, (tbi_date_key)key->id));
    skip_ordinal(r);
    return TB_OK;
}

/* ---- the whole text ---- */

static void skip_blanks(reader *r)
{
    for (; r->at < r->end && is_space(*r->at); r->at++)
        r->skipped++;
}

/* A character of the pattern against the text: it need not be the same one. */
static void pass_character(reader *r)
{
    bool blank = r->item->kind != TBI_FMT_CHAR;
    if (r->exact) {
        r->at += tb_utf8_char_len(*r->at);
    } else if (blank) { /* a blank or separator may stand for one in the text, or for nothing */
        r->skipped--;
        if (is_space(*r->at) || is_separator(*r->at)) {
            r->at++;
            r->skipped++;
        }
    } else if (r->skipped > 0) {
        r->skipped--;
    } else {
        r->at += tb_utf8_char_len(*r->at);
    }
}

static tb_rc read_all(reader *r, const tbi_fmt_items *items)
{
    r->items_end = items->at + items->n;
    for (r->item = items->at; r->item < r->items_end && r->at < r->end; r->item++) {
        bool field = r->item->kind == TBI_FMT_KEY;
        bool fx = field && r->item->key->id == TBI_DK_FX;
        if (!r->exact && !fx && (field || r->item == items->at))
            skip_blanks(r);
        if (!field) {
            if (r->at < r->end)
                pass_character(r);
            continue;
        }
        TB_TRY(read_field(r));
        if (!r->exact) {
            r->skipped = 0;
            skip_blanks(r);
        }
    }
    return TB_OK;
}

/* ---- fields to a point in time ---- */

typedef struct result {
    int64_t year, month, day;
    int hour, min, sec;
    int64_t us;
    bool has_year, has_month, has_day;
} result;

static tb_rc resolve_time(const reader *r, result *t)
{
    const fields *f = r->f;
    if (f->day_seconds != 0) {
        t->hour = f->day_seconds / 3600;
        t->min = f->day_seconds % 3600 / 60;
        t->sec = f->day_seconds % 60;
    }
    t->sec = f->sec != 0 ? f->sec : t->sec;
    t->min = f->min != 0 ? f->min : t->min;
    t->hour = f->hour != 0 ? f->hour : t->hour;
    if (f->hour12) {
        if (t->hour < 1 || t->hour > 12) {
            if (r->cx->hide_values)
                TB_RAISE(r->cx->err, TB_E_INVALID_DATETIME_FORMAT,
                         "hour is invalid for the 12-hour clock");
            else
                TB_RAISE(r->cx->err, TB_E_INVALID_DATETIME_FORMAT,
                         "hour \"%d\" is invalid for the 12-hour clock", t->hour);
            tb_error_hint(r->cx->err, "Use the 24-hour clock, or give an hour between 1 and 12.");
            return TB_FAIL;
        }
        if (f->pm && t->hour < 12)
            t->hour += 12;
        else if (!f->pm && t->hour == 12)
            t->hour = 0;
    }
    t->us = (int64_t)f->ms * 1000 + f->us;
    return TB_OK;
}

static void resolve_year(const fields *f, result *t)
{
    int64_t century = f->bc ? -(int64_t)f->century : f->century;
    if (f->year != 0 && century != 0 && f->year_digits <= 2) {
        int64_t low =
            f->year % 100; /* the century 21 begins in 2001, the century -6 ends in 501 BC */
        if (low != 0)
            t->year = century >= 0 ? low + (century - 1) * 100 : (century + 1) * 100 - low + 1;
        else
            t->year = century * 100 + (century >= 0 ? 0 : 1);
    } else if (f->year != 0) {
        t->year = f->bc ? -(int64_t)f->year : f->year;
        if (t->year < 0)
            t->year++;
    } else if (century != 0) {
        t->year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
    }
    t->has_year = f->year != 0 || f->century != 0;
}

/* Days since 2000-01-01 of a year's Monday of ISO week 1. */
static int64_t iso_week_1(int64_t year)
{
    int32_t jan4 = tb_days_from_civil((int)year, 1, 4);
    return jan4 - (tb_day_of_week(jan4) + 6) % 7;
}

static tb_rc set_day_number(const reader *r, int64_t days, result *t)
{
    int year, month, day;
    if (days < INT32_MIN + 1 || days > INT32_MAX - 1)
        return out_of_range(r);
    tb_civil_from_days((int32_t)days, &year, &month, &day);
    t->year = year;
    t->month = month;
    t->day = day;
    t->has_year = t->has_month = t->has_day = true;
    return TB_OK;
}

static tb_rc resolve_day_of_year(const reader *r, int64_t number, result *t)
{
    if (t->year == 0 && !r->f->bc)
        return TB_RAISE(r->cx->err, TB_E_INVALID_DATETIME_FORMAT,
                        "cannot calculate day of year without year information");
    if (r->f->calendar == TBI_CAL_ISO)
        return set_day_number(r, iso_week_1(t->year) + number - 1, t);
    int64_t month = 1, before = 0;
    while (month <= 12 && number > before + tb_days_in_month((int)t->year, (int)month))
        before += tb_days_in_month((int)t->year, (int)month++);
    if (t->month <= 1)
        t->month = month;
    if (t->day <= 1)
        t->day = number - before;
    t->has_month = t->has_day = true;
    return TB_OK;
}

static bool plausible_year(int64_t year)
{
    return year > -100000 && year < 10000000;
}

static tb_rc resolve_date(const reader *r, result *t)
{
    const fields *f = r->f;
    int64_t day_of_year = f->year_day;
    int64_t day = f->month_week != 0 ? ((int64_t)f->month_week - 1) * 7 + 1 : f->day;
    resolve_year(f, t);
    if (!plausible_year(t->year))
        return out_of_range(r);
    if (f->julian != 0)
        TB_TRY(set_day_number(r, (int64_t)f->julian - 2451545, t));
    if (f->week != 0 && f->calendar == TBI_CAL_ISO) {
        int64_t monday = iso_week_1(t->year) + ((int64_t)f->week - 1) * 7;
        TB_TRY(set_day_number(r,
                              monday + (f->week_day == 0  ? 0
                                        : f->week_day > 1 ? f->week_day - 2
                                                          : 6),
                              t));
    } else if (f->week != 0) {
        day_of_year = ((int64_t)f->week - 1) * 7 + 1;
    }
    if (day != 0) {
        t->day = day;
        t->has_day = true;
    }
    if (f->month != 0) {
        t->month = f->month;
        t->has_month = true;
    }
    if (day_of_year != 0 && (t->month <= 1 || t->day <= 1))
        TB_TRY(resolve_day_of_year(r, day_of_year, t));
    return TB_OK;
}

static tb_rc check_ranges(const reader *r, const result *t)
{
    bool bad = (t->has_month && (t->month < 1 || t->month > 12)) ||
               (t->has_day && (t->day < 1 || t->day > 31));
    if (!bad && t->has_year && t->has_month && t->has_day)
        bad = t->day > tb_days_in_month((int)t->year, (int)t->month);
    bad = bad || t->hour < 0 || t->hour >= 24 || t->min < 0 || t->min >= 60 || t->sec < 0 ||
          t->sec >= 60 || t->us < 0 || t->us >= TB_USECS_PER_SEC;
    return bad ? out_of_range(r) : TB_OK;
}

static tb_rc parse(tb_fn_cx *cx, const tb_value *a, fields *f, reader *r, result *t)
{
    tbi_fmt_items items = {0};
    *f = (fields){.calendar = TBI_CAL_ANY};
    *t = (result){.month = 1, .day = 1};
    *r = (reader){.cx = cx, .text = TBI_S(0), .at = TBI_S(0), .end = TBI_S(0) + TBI_N(0), .f = f};
    tbi_fmt_parse_date(cx->arena, &a[1].d.str, &items);
    TB_TRY(read_all(r, &items));
    TB_TRY(resolve_time(r, t));
    TB_TRY(resolve_date(r, t));
    TB_TRY(check_ranges(r, t));
    if (f->zone_sign != 0 &&
        (f->zone_hours < 0 || f->zone_hours > 15 || f->zone_minutes < 0 || f->zone_minutes > 59))
        return TB_RAISE(cx->err, TB_E_INVALID_TIME_ZONE_DISPLACEMENT,
                        "time zone displacement out of range");
    return TB_OK;
}

TB_BODY(TO_DATE)
{
    fields f;
    reader r;
    result t;
    int32_t days;
    TB_TRY(parse(cx, a, &f, &r, &t));
    days = tb_days_from_civil((int)t.year, (int)t.month, (int)t.day);
    /* The range of dates: 4714-11-24 BC to 5874897-12-31. */
    if (days < tb_days_from_civil(-4713, 11, 24) || t.year > 5874897) {
        if (cx->hide_values)
            return TB_RAISE(cx->err, TB_E_DATETIME_FIELD_OVERFLOW, "date out of range");
        return TB_RAISE(cx->err, TB_E_DATETIME_FIELD_OVERFLOW, "date out of range: \"%.*s\"",
                        TBI_QUOTE(TBI_S(0), TBI_N(0)));
    }
    return tbi_int4(ret, days);
}

TB_BODY(TO_TIMESTAMP_TEXT_TEXT)
{
    fields f;
    reader r;
    result t;
    int64_t ts;
    TB_TRY(parse(cx, a, &f, &r, &t));
    tb_tm tm = {.year = (int)t.year,
                .month = (int)t.month,
                .day = (int)t.day,
                .hour = t.hour,
                .min = t.min,
                .sec = t.sec,
                .us = (int32_t)t.us};
    if (!tb_timestamp_from_tm(&tm, &ts))
        return TB_RAISE(cx->err, TB_E_DATETIME_FIELD_OVERFLOW, "timestamp out of range");
    if (f.zone_sign != 0) {
        ts -= f.zone_sign * (f.zone_hours * 3600LL + f.zone_minutes * 60LL) * TB_USECS_PER_SEC;
        if (ts < TB_TS_MIN || ts >= TB_TS_END)
            return TB_RAISE(cx->err, TB_E_DATETIME_FIELD_OVERFLOW, "timestamp out of range");
    } else {
        TB_TRY(tb_timestamp_to_timestamptz(ts, tbi_zone(cx), &ts, cx->err));
    }
    if (f.precision != 0)
        TB_TRY(tb_timestamp_round(ts, f.precision, &ts, cx->err));
    return tbi_int8(ret, ts);
}
