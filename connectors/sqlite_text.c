/* SPDX-License-Identifier: Apache-2.0
 * Strict readers of the types SQLite holds as text. The common spellings are read by hand; what is
 * left (years beyond 9999, BC, infinity) must be exactly what PostgreSQL would print.
 */
#include "connectors/sqlite_int.h"

#include "core/datetime.h"
#include "core/io_text.h"
#include "core/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The value's own output is the text it came from. */
static bool is_canonical(tb_type_id type, const tb_datum *d, const char *s, size_t len)
{
    tb_buf text;
    const tb_io_cx io = {.extra_float_digits = 1};
    tb_buf_init(&text, len + 1024);
    tb_text_out(&io, tb_type_of(type), d, &text);
    bool same = text.len == len && memcmp(tb_buf_cstr(&text), s, len) == 0;
    tb_buf_fini(&text);
    return same;
}

static bool rare_form(tb_type_id type, const char *s, size_t len, tb_datum *d)
{
    const tb_dt_cx cx = {.hide_values = true};
    tb_error ignored;
    tb_rc rc = TB_FAIL;
    tb_error_clear(&ignored);
    if (type == TB_T_DATE)
        rc = tb_date_in(&cx, s, len, &d->i32, &ignored);
    else if (type == TB_T_TIME)
        rc = tb_time_in(&cx, s, len, -1, &d->i64, &ignored);
    else if (type == TB_T_TIMESTAMP)
        rc = tb_timestamp_in(&cx, s, len, -1, &d->i64, &ignored);
    else if (type == TB_T_TIMESTAMPTZ)
        rc = tb_timestamptz_in(&cx, s, len, -1, &d->i64, &ignored);
    return rc == TB_OK && is_canonical(type, d, s, len);
}

/* ---- dates and times ---- */

static bool digit(char c, int *v)
{
    unsigned d = (unsigned)(unsigned char)c - '0';
    *v = (int)d;
    return d <= 9;
}

static bool two_digits(const char *s, int *v)
{
    int high, low;
    bool good = digit(s[0], &high) & digit(s[1], &low);
    *v = high * 10 + low;
    return good;
}

/* YYYY-MM-DD, first ten bytes */
static bool common_date(const char *s, int32_t *out)
{
    int century, year, month, day;
    bool good = two_digits(s, &century) & two_digits(s + 2, &year) & (s[4] == '-') &
                two_digits(s + 5, &month) & (s[7] == '-') & two_digits(s + 8, &day);
    year += century * 100;
    if (!good || year < 1 || month < 1 || month > 12 || day < 1 ||
        day > tb_days_in_month(year, month))
        return false;
    *out = tb_days_from_civil(year, month, day);
    return true;
}

/* HH:MM:SS[.ffffff]; *used = its length */
static bool common_time(const char *s, size_t len, size_t *used, int64_t *out)
{
    int hour, min, sec, d;
    if (len < 8 ||
        !(two_digits(s, &hour) & (s[2] == ':') & two_digits(s + 3, &min) & (s[5] == ':') &
          two_digits(s + 6, &sec)) ||
        hour > 23 || min > 59 || sec > 59)
        return false;
    *out = ((int64_t)(hour * 60 + min) * 60 + sec) * TB_USECS_PER_SEC;
    *used = 8;
    if (len == 8 || s[8] != '.')
        return true;
    size_t at = 9;
    for (int unit = 100000; at < len && unit > 0 && digit(s[at], &d); at++, unit /= 10)
        *out += (int64_t)d * unit;
    *used = at;
    return at > 9;
}

bool tbi_sqlite_date(const char *s, size_t len, int32_t *out)
{
    tb_datum d;
    if (len == 10 && common_date(s, out))
        return true;
    if (!rare_form(TB_T_DATE, s, len, &d))
        return false;
    *out = d.i32;
    return true;
}

bool tbi_sqlite_time(const char *s, size_t len, int64_t *out)
{
    size_t used;
    tb_datum d;
    if (common_time(s, len, &used, out) && used == len)
        return true;
    if (!rare_form(TB_T_TIME, s, len, &d))
        return false;
    *out = d.i64;
    return true;
}

/* Date and time of the common form; *used = how much of the text they take. */
static bool common_timestamp(const char *s, size_t len, size_t *used, int64_t *out)
{
    int32_t days;
    int64_t us;
    if (len < 19 || (s[10] != ' ' && s[10] != 'T') || !common_date(s, &days) ||
        !common_time(s + 11, len - 11, used, &us))
        return false;
    *used += 11;
    *out = days * TB_USECS_PER_DAY + us;
    return true;
}

bool tbi_sqlite_timestamp(const char *s, size_t len, int64_t *out)
{
    size_t used;
    tb_datum d;
    if (common_timestamp(s, len, &used, out) && used == len)
        return true;
    if (!rare_form(TB_T_TIMESTAMP, s, len, &d))
        return false;
    *out = d.i64;
    return true;
}

/* +hh or +hh:mm, the whole rest */
static bool common_offset(const char *s, size_t len, int *seconds)
{
    int hour, min = 0;
    if ((len != 3 && len != 6) || (s[0] != '+' && s[0] != '-') || !two_digits(s + 1, &hour) ||
        hour > 15 || (len == 6 && !((s[3] == ':') & two_digits(s + 4, &min))) || min > 59)
        return false;
    *seconds = (hour * 60 + min) * (s[0] == '-' ? -60 : 60);
    return true;
}

bool tbi_sqlite_timestamptz(const char *s, size_t len, int64_t *out)
{
    size_t used;
    int east;
    tb_datum d;
    if (common_timestamp(s, len, &used, out) && common_offset(s + used, len - used, &east)) {
        *out -= east * TB_USECS_PER_SEC;
        return true;
    }
    if (!rare_form(TB_T_TIMESTAMPTZ, s, len, &d))
        return false;
    *out = d.i64;
    return true;
}

/* ---- numeric ---- */

static const int64_t powers[19] = {INT64_C(1),
                                   INT64_C(10),
                                   INT64_C(100),
                                   INT64_C(1000),
                                   INT64_C(10000),
                                   INT64_C(100000),
                                   INT64_C(1000000),
                                   INT64_C(10000000),
                                   INT64_C(100000000),
                                   INT64_C(1000000000),
                                   INT64_C(10000000000),
                                   INT64_C(100000000000),
                                   INT64_C(1000000000000),
                                   INT64_C(10000000000000),
                                   INT64_C(100000000000000),
                                   INT64_C(1000000000000000),
                                   INT64_C(10000000000000000),
                                   INT64_C(100000000000000000),
                                   INT64_C(1000000000000000000)};

/* Plain decimals of up to 18 digits. */
static bool small_numeric(const char *s, size_t len, tb_num *out)
{
    size_t at = len > 0 && s[0] == '-', start = at;
    int64_t coef = 0;
    int d;
    if (len - at > 19)
        return false;
    for (; at < len && digit(s[at], &d); at++)
        coef = coef * 10 + d;
    size_t whole = at - start, scale = 0;
    if (at < len && s[at] == '.') {
        start = ++at;
        for (; at < len && digit(s[at], &d); at++)
            coef = coef * 10 + d;
        scale = at - start;
        if (scale == 0)
            return false;
    }
    if (at != len || whole == 0 || whole + scale > 18)
        return false;
    *out = tb_num_small(s[0] == '-' ? -coef : coef, (int)scale);
    return true;
}

bool tbi_sqlite_numeric(const tbi_sqlite_reader *r, const char *s, size_t len, tb_arena *arena,
                        tb_num *out)
{
    tb_error ignored;
    tb_num check;
    if (!small_numeric(s, len, out)) {
        tb_error_clear(&ignored);
        if (len == 0 || s[0] == ' ' || s[len - 1] == ' ' ||
            tb_num_parse(arena, s, len, -1, out, &ignored) != TB_OK)
            return false;
    }
    if (r->precision == 0 || out->kind == TB_NUM_NAN)
        return true;
    if (out->scale != (r->scale > 0 ? r->scale : 0))
        return false;
    if (out->kind == TB_NUM_SMALL && r->scale >= 0)
        return r->precision > 18 ||
               (out->coef < powers[r->precision] && out->coef > -powers[r->precision]);
    tb_error_clear(&ignored); /* the modifier must find nothing to change */
    return tb_num_apply_typmod(arena, *out, r->type.typmod, &check, &ignored) == TB_OK &&
           tb_num_cmp(&check, out) == 0;
}

/* A value whose decimals are known to be right, at the declared scale; false when it has more. */
static bool at_scale(const tbi_sqlite_reader *r, tb_num n, tb_arena *arena, tb_num *out)
{
    tb_error ignored;
    *out = n;
    if (r->precision == 0)
        return true;
    tb_error_clear(&ignored);
    return tb_num_apply_typmod(arena, n, r->type.typmod, out, &ignored) == TB_OK &&
           tb_num_cmp(&n, out) == 0;
}

bool tbi_sqlite_numeric_integer(const tbi_sqlite_reader *r, int64_t v, tb_arena *arena, tb_num *out)
{
    return at_scale(r, tb_num_from_int64(v), arena, out);
}

enum { DOUBLE_DIGITS = 15 }; /* that survive a double */

bool tbi_sqlite_numeric_real(const tbi_sqlite_reader *r, double v, tb_arena *arena, tb_num *out)
{
    char text[40];
    tb_error ignored;
    tb_num n;
    int scale = r->precision > 0 && r->scale > 0 ? r->scale : 0;
    /* behind the declared scale there must be room left in 15 digits, or the last ones could be
     * noise */
    if (!isfinite(v) || scale > DOUBLE_DIGITS || fabs(v) >= (double)powers[DOUBLE_DIGITS - scale])
        return false;
    if (r->precision > 0) { /* the common case: coefficient / 10^scale is this very double */
        double coef = rint(v * (double)powers[scale]);
        if (coef / (double)powers[scale] == v)
            return at_scale(r, tb_num_small((int64_t)coef, scale), arena, out);
        return false;
    }
    snprintf(text, sizeof text, "%.*g", DOUBLE_DIGITS, v);
    tb_error_clear(&ignored);
    return strtod(text, NULL) == v &&
           tb_num_parse(arena, text, strlen(text), -1, &n, &ignored) == TB_OK &&
           at_scale(r, n, arena, out);
}

/* ---- others ---- */

bool tbi_sqlite_by_input(tb_type type, const char *s, size_t len, tb_arena *arena, tb_datum *out)
{
    const tb_io_cx io = {.arena = arena, .dt = {.hide_values = true}};
    tb_error ignored;
    tb_value v;
    tb_error_clear(&ignored);
    if (tb_text_in(&io, type, s, len, &v, &ignored) != TB_OK)
        return false;
    *out = v.d;
    /* timetz knows relative words ("now"), as elements may; the others have none */
    bool relative = type.id == TB_T_TIMETZ || tb_type_is_array(type.id);
    return !relative || is_canonical(type.id, out, s, len);
}
