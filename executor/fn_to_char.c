/* SPDX-License-Identifier: Apache-2.0
 * to_char of numbers, and to_number.
 *
 * A number is first printed with the decimals the pattern asks for; its digits then fill the
 * pattern from left to right.
 */
#include "executor/format_int.h"

#include "core/num.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>

/* ---- patterns ---- */

typedef enum num_key {
    NK_COMMA,
    NK_POINT,
    NK_0,
    NK_9,
    NK_B,
    NK_C,
    NK_D,
    NK_E,
    NK_FM,
    NK_G,
    NK_L,
    NK_MI,
    NK_PL,
    NK_PR,
    NK_RN,
    NK_SG,
    NK_SP,
    NK_S,
    NK_TH,
    NK_V,
    NK_RN_LOWER,
    NK_TH_LOWER
} num_key;

static const tbi_fmt_key num_keys[] = {
    {",", NK_COMMA, 0, 0}, {".", NK_POINT, 0, 0}, {"0", NK_0, 0, 0},         {"9", NK_9, 0, 0},
    {"B", NK_B, 0, 0},     {"C", NK_C, 0, 0},     {"D", NK_D, 0, 0},         {"EEEE", NK_E, 0, 0},
    {"FM", NK_FM, 0, 0},   {"G", NK_G, 0, 0},     {"L", NK_L, 0, 0},         {"MI", NK_MI, 0, 0},
    {"PL", NK_PL, 0, 0},   {"PR", NK_PR, 0, 0},   {"RN", NK_RN, 0, 0},       {"SG", NK_SG, 0, 0},
    {"SP", NK_SP, 0, 0},   {"S", NK_S, 0, 0},     {"TH", NK_TH, 0, 0},       {"V", NK_V, 0, 0},
    {"b", NK_B, 0, 0},     {"c", NK_C, 0, 0},     {"d", NK_D, 0, 0},         {"eeee", NK_E, 0, 0},
    {"fm", NK_FM, 0, 0},   {"g", NK_G, 0, 0},     {"l", NK_L, 0, 0},         {"mi", NK_MI, 0, 0},
    {"pl", NK_PL, 0, 0},   {"pr", NK_PR, 0, 0},   {"rn", NK_RN_LOWER, 0, 0}, {"sg", NK_SG, 0, 0},
    {"sp", NK_SP, 0, 0},   {"s", NK_S, 0, 0},     {"th", NK_TH_LOWER, 0, 0}, {"v", NK_V, 0, 0},
};

typedef enum sign_place { SIGN_NONE, SIGN_BEFORE, SIGN_BEHIND } sign_place;

/* What a pattern says as a whole. */
typedef struct picture {
    tbi_fmt_items items;
    bool decimal, zero, blank, fill, lsign, bracket, minus, plus, roman, multi, exponent;
    int pre, post;          /* digits before and behind the point */
    int shift;              /* digits behind V */
    int zero_from, zero_to; /* 1-based digit positions of the first and last 0 */
    sign_place sign;        /* of S */
    int digits_before_sign;
} picture;

static tb_rc together(tb_fn_cx *cx, const char *what)
{
    return TB_RAISE(cx->err, TB_E_SYNTAX_ERROR, "cannot use %s together", what);
}

static tb_rc twice(tb_fn_cx *cx, const char *what)
{
    return TB_RAISE(cx->err, TB_E_SYNTAX_ERROR, "cannot use \"%s\" twice", what);
}

static tb_rc note_digit(tb_fn_cx *cx, picture *p, bool zero)
{
    if (p->bracket)
        return TB_RAISE(cx->err, TB_E_SYNTAX_ERROR, "\"%s\" must be ahead of \"PR\"",
                        zero ? "0" : "9");
    if (!zero && p->multi) {
        p->shift++;
        return TB_OK;
    }
    if (zero && !p->zero && !p->decimal) {
        p->zero = true;
        p->zero_from = p->pre + 1;
    }
    if (p->decimal)
        p->post++;
    else
        p->pre++;
    if (zero)
        p->zero_to = p->pre + p->post;
    return TB_OK;
}

static tb_rc note_point(tb_fn_cx *cx, picture *p)
{
    if (p->decimal)
        return TB_RAISE(cx->err, TB_E_SYNTAX_ERROR, "multiple decimal points");
    if (p->multi)
        return together(cx, "\"V\" and decimal point");
    p->decimal = true;
    return TB_OK;
}

static tb_rc note_s(tb_fn_cx *cx, picture *p)
{
    if (p->lsign)
        return twice(cx, "S");
    if (p->plus || p->minus || p->bracket)
        return together(cx, "\"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\"");
    p->lsign = true;
    p->sign = p->decimal ? SIGN_BEHIND : SIGN_BEFORE;
    if (!p->decimal)
        p->digits_before_sign = p->pre;
    return TB_OK;
}

static tb_rc note_own_sign(tb_fn_cx *cx, picture *p, num_key key)
{
    if (p->lsign && key == NK_MI)
        return together(cx, "\"S\" and \"MI\"");
    if (p->lsign && key == NK_PL)
        return together(cx, "\"S\" and \"PL\"");
    if (p->lsign)
        return together(cx, "\"S\" and \"SG\"");
    p->minus = p->minus || key != NK_PL;
    p->plus = p->plus || key != NK_MI;
    return TB_OK;
}

static tb_rc note_exponent(tb_fn_cx *cx, picture *p)
{
    if (p->exponent)
        return twice(cx, "EEEE");
    if (p->blank || p->fill || p->lsign || p->bracket || p->minus || p->plus || p->roman ||
        p->multi) {
        TB_RAISE(cx->err, TB_E_SYNTAX_ERROR, "\"EEEE\" is incompatible with other formats");
        tb_error_detail(
            cx->err, "\"EEEE\" may only be used together with digit and decimal point patterns.");
        return TB_FAIL;
    }
    p->exponent = true;
    return TB_OK;
}

static tb_rc note_key(tb_fn_cx *cx, picture *p, num_key key)
{
    if (p->exponent && key != NK_E)
        return TB_RAISE(cx->err, TB_E_SYNTAX_ERROR, "\"EEEE\" must be the last pattern used");
    switch (key) {
    case NK_9:
    case NK_0:
        return note_digit(cx, p, key == NK_0);
    case NK_POINT:
    case NK_D:
        return note_point(cx, p);
    case NK_B:
        p->blank = p->blank || (p->pre == 0 && p->post == 0 && !p->zero);
        return TB_OK;
    case NK_FM:
        p->fill = true;
        return TB_OK;
    case NK_S:
        return note_s(cx, p);
    case NK_MI:
    case NK_PL:
    case NK_SG:
        return note_own_sign(cx, p, key);
    case NK_PR:
        if (p->lsign || p->plus || p->minus)
            return together(cx, "\"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\"");
        p->bracket = true;
        return TB_OK;
    case NK_RN:
    case NK_RN_LOWER:
        p->roman = true;
        return TB_OK;
    case NK_V:
        if (p->decimal)
            return together(cx, "\"V\" and decimal point");
        p->multi = true;
        return TB_OK;
    case NK_E:
        return note_exponent(cx, p);
    case NK_COMMA:
    case NK_C:
    case NK_G:
    case NK_L:
    case NK_SP:
    case NK_TH:
    case NK_TH_LOWER:
        return TB_OK;
    }
    TB_UNREACHABLE();
}

static tb_rc read_picture(tb_fn_cx *cx, const tb_str *pattern, picture *p)
{
    *p = (picture){.pre = 0};
    tbi_fmt_parse(cx->arena, pattern, num_keys, TB_COUNT(num_keys), false, &p->items);
    for (uint32_t i = 0; i < p->items.n; i++)
        if (p->items.at[i].kind == TBI_FMT_KEY)
            TB_TRY(note_key(cx, p, (num_key)p->items.at[i].key->id));
    return TB_OK;
}

/* ---- filling a picture with digits ---- */

typedef struct filler {
    picture *p;
    tbi_out out;
    const char *number; /* unsigned digits with at most one point */
    const char *at;     /* next of them */
    const char *last;   /* last digit worth printing under FM, or NULL */
    char sign;          /* '+' or '-' */
    bool sign_done, in_number;
    int column, columns, leading; /* digit positions; blanks or zeros before the number */
} filler;

static bool blank_before_point(const filler *f)
{
    return !f->p->zero && f->at == f->number && *f->number == '0' && f->p->post != 0;
}

static void put_sign(filler *f)
{
    tbi_out_putc(&f->out, f->sign);
}

static void maybe_sign(filler *f)
{
    picture *p = f->p;
    bool starts = f->column >= f->leading || (p->zero && p->zero_from == f->column);
    bool bare_point = f->last != NULL && *f->last == '.';
    if (f->sign_done || !starts || (blank_before_point(f) && !bare_point))
        return;
    if (p->lsign) {
        if (p->sign != SIGN_BEFORE)
            return;
        put_sign(f);
    } else if (p->bracket) {
        tbi_out_putc(&f->out, f->sign == '+' ? ' ' : '<');
    } else if (f->sign == '-') {
        put_sign(f);
    } else if (!p->fill) {
        tbi_out_putc(&f->out, ' ');
    }
    f->sign_done = true;
}

/* The next character of the number under a digit or point pattern. */
static void put_digit(filler *f, bool is_zero_pattern)
{
    picture *p = f->p;
    if (*f->at == '.') {
        if (f->last == NULL || *f->last != '.' || p->fill)
            tbi_out_putc(&f->out, '.');
    } else if (f->last != NULL && f->at > f->last && !is_zero_pattern) {
        /* decimals that FM drops */
    } else if (blank_before_point(f)) {
        if (!p->fill)
            tbi_out_putc(&f->out, ' ');
        else if (f->last != NULL && *f->last == '.')
            tbi_out_putc(&f->out, '0');
    } else {
        if (*f->at != '\0')
            tbi_out_putc(&f->out, *f->at);
        f->in_number = true;
    }
    if (*f->at != '\0')
        f->at++;
}

static void fill_position(filler *f, num_key key)
{
    picture *p = f->p;
    if (p->roman)
        return;
    f->in_number = false;
    maybe_sign(f);
    bool before = f->column < f->leading;
    if (before && (!p->zero || p->zero_from > f->column)) {
        if (!p->fill)
            tbi_out_putc(&f->out, ' ');
    } else if (before) {
        tbi_out_putc(&f->out, '0');
        f->in_number = true;
    } else {
        put_digit(f, key == NK_0);
    }
    int end = f->columns + (f->leading > 0) + p->decimal;
    if (f->last != NULL && f->last == f->at)
        end = f->column;
    if (f->column + 1 == end) {
        if (f->sign_done && p->bracket)
            tbi_out_putc(&f->out, f->sign == '+' ? ' ' : '>');
        else if (p->lsign && p->sign == SIGN_BEHIND)
            put_sign(f);
    }
    f->column++;
}

static void fill_roman(filler *f, bool lower)
{
    size_t n = strlen(f->number);
    for (size_t i = n; !f->p->fill && i < 15; i++)
        tbi_out_putc(&f->out, ' ');
    for (size_t i = 0; i < n; i++)
        tbi_out_putc(&f->out, lower ? (char)tolower((unsigned char)f->number[i]) : f->number[i]);
}

static bool takes_ordinal(const filler *f)
{
    return !f->p->roman && *f->number != '#' && f->sign != '-' && !f->p->decimal;
}

static void fill_key(filler *f, num_key key)
{
    picture *p = f->p;
    switch (key) {
    case NK_9:
    case NK_0:
    case NK_POINT:
    case NK_D:
        fill_position(f, key);
        return;
    case NK_COMMA:
    case NK_G:
        if (f->in_number)
            tbi_out_putc(&f->out, ',');
        else if (!p->fill)
            tbi_out_putc(&f->out, ' ');
        return;
    case NK_L: /* the C locale has no currency symbol */
        tbi_out_putc(&f->out, ' ');
        return;
    case NK_RN:
    case NK_RN_LOWER:
        fill_roman(f, key == NK_RN_LOWER);
        return;
    case NK_TH:
    case NK_TH_LOWER:
        if (takes_ordinal(f))
            tbi_out_puts(&f->out, tbi_fmt_ordinal(f->number, strlen(f->number), key == NK_TH));
        return;
    case NK_MI:
        if (f->sign == '-')
            put_sign(f);
        else if (!p->fill)
            tbi_out_putc(&f->out, ' ');
        return;
    case NK_PL:
        if (f->sign == '+')
            put_sign(f);
        else if (!p->fill)
            tbi_out_putc(&f->out, ' ');
        return;
    case NK_SG:
        put_sign(f);
        return;
    case NK_B:
    case NK_C:
    case NK_E:
    case NK_FM:
    case NK_PR:
    case NK_SP:
    case NK_S: /* written with the first or last digit */
    case NK_V:
        return;
    }
    TB_UNREACHABLE();
}

/* The last digit behind the point that is not zero, or the point itself; NULL without a point. */
static const char *last_relevant(const char *number)
{
    const char *at = strchr(number, '.'), *last = at;
    for (; at != NULL && *at != '\0'; at++)
        if (*at != '0')
            last = at;
    return last;
}

static void prepare_signs(filler *f)
{
    picture *p = f->p;
    if (p->plus || p->minus) {
        f->sign_done = p->minus;
        return;
    }
    if (f->sign != '-' && p->fill)
        p->bracket = false;
    f->sign_done = f->sign == '+' && p->fill && !p->lsign;
    if (p->sign == SIGN_BEFORE && p->pre == p->digits_before_sign)
        p->sign = SIGN_BEHIND;
}

static void prepare_columns(filler *f)
{
    picture *p = f->p;
    f->columns = p->post + p->pre - 1;
    if (p->fill && p->decimal) {
        f->last = last_relevant(f->number);
        if (f->last != NULL && p->zero_to > f->leading) { /* a 0 in the pattern keeps its digit */
            long kept = p->zero_to - f->leading, end = (long)strlen(f->number) - 1;
            const char *zero = f->number + (kept < end ? kept : end);
            f->last = f->last < zero ? zero : f->last;
        }
    }
    if (!f->sign_done && f->leading == 0)
        f->columns++;
}

/* TH behind something that is no number. */
static tb_rc check_ordinals(tb_fn_cx *cx, const filler *f)
{
    size_t n = strlen(f->number);
    if (!takes_ordinal(f) || (n > 0 && isdigit((unsigned char)f->number[n - 1])))
        return TB_OK;
    for (uint32_t i = 0; i < f->p->items.n; i++) {
        const tbi_fmt_item *item = &f->p->items.at[i];
        if (item->kind == TBI_FMT_KEY && (item->key->id == NK_TH || item->key->id == NK_TH_LOWER))
            return TB_RAISE(cx->err, TB_E_INVALID_TEXT_REPRESENTATION, "\"%s\" is not a number",
                            f->number);
    }
    return TB_OK;
}

static tb_rc fill_picture(tb_fn_cx *cx, picture *p, const char *number, char sign, int leading,
                          tb_value *ret)
{
    filler f = {.p = p, .number = number, .at = number, .sign = sign, .leading = leading};
    if (p->exponent)
        return tbi_str(ret, tb_str_copy(cx->arena, tb_str_lit(number)));
    if (p->zero_from > 0)
        p->zero_from--;
    if (p->roman) {
        bool fill = p->fill;
        tbi_fmt_items items = p->items;
        *p = (picture){.items = items, .fill = fill, .roman = true};
        f.leading = 0;
    }
    prepare_signs(&f);
    prepare_columns(&f);
    TB_TRY(check_ordinals(cx, &f));
    tbi_out_begin(&f.out, cx, 0);
    for (uint32_t i = 0; i < p->items.n; i++) {
        const tbi_fmt_item *item = &p->items.at[i];
        if (item->kind == TBI_FMT_KEY)
            fill_key(&f, (num_key)item->key->id);
        else
            tbi_out_add(&f.out, item->text, item->len);
    }
    return tbi_out_end(&f.out, cx, ret);
}

/* ---- numbers as digits ---- */

static char *hashes(tb_fn_cx *cx, int n)
{
    char *s = tb_arena_bytes(cx->arena, (size_t)n + 1);
    memset(s, '#', (size_t)n);
    s[n] = '\0';
    return s;
}

/* A printed number, with its sign, into the picture; too many digits give #. */
static tb_rc fill_printed(tb_fn_cx *cx, picture *p, const char *text, tb_value *ret)
{
    char sign = *text == '-' ? '-' : '+';
    text += sign == '-';
    const char *point = strchr(text, '.');
    int before = (int)(point != NULL ? point - text : (long)strlen(text));
    int leading = before < p->pre ? p->pre - before : 0;
    if (before > p->pre) {
        char *s = hashes(cx, p->pre + p->post + 1);
        s[p->pre] = '.';
        text = s;
    }
    return fill_picture(cx, p, text, sign, leading, ret);
}

/* NaN and infinity under EEEE. */
static const char *no_exponent(tb_fn_cx *cx, const picture *p)
{
    char *s = hashes(cx, p->pre + p->post + 6);
    s[0] = ' ';
    s[p->pre + 1] = '.';
    return s;
}

static const char *roman(tb_fn_cx *cx, int32_t n)
{
    static const char *const digits[4][9] = {
        {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"},
        {"X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"},
        {"C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"},
        {"M", "MM", "MMM"},
    };
    if (n < 1 || n > 3999)
        return hashes(cx, 15);
    char *s = tb_arena_bytes(cx->arena, 16), *to = s;
    int unit = 1000;
    for (int i = 3; i >= 0; i--, unit /= 10)
        if (n / unit % 10 > 0)
            to = stpcpy(to, digits[i][n / unit % 10 - 1]);
    *to = '\0';
    return s;
}

static tb_rc float_exponent(tb_fn_cx *cx, picture *p, double v, tb_value *ret)
{
    if (!isfinite(v))
        return fill_picture(cx, p, no_exponent(cx, p), '+', 0, ret);
    char *s = tb_arena_printf(cx->arena, "%+.*e", p->post, v);
    if (*s == '+')
        *s = ' ';
    return fill_picture(cx, p, s, '+', 0, ret);
}

/* The first n digits of a number other than 0, rounded half away from zero by the rest. A carry
 * makes it one digit more, as PostgreSQL 15 leaves it. */
static char *first_digits(tb_fn_cx *cx, const char *first, int n)
{
    char *d = tb_arena_bytes(cx->arena, (size_t)n + 2);
    d[0] = '0';
    int have = 0;
    for (; *first != '\0' && have < n; first++)
        if (*first != '.')
            d[1 + have++] = *first;
    first += *first == '.';
    bool up = have == n && *first >= '5';
    memset(d + 1 + have, '0', (size_t)(n - have));
    d[n + 1] = '\0';
    for (char *p = d + n; up; p--) {
        up = *p == '9';
        *p = up ? '0' : (char)(*p + 1);
    }
    return d[0] == '0' ? d + 1 : d;
}

/* d.ddde+XX with `digits` decimals; no sign for positive numbers. */
static const char *num_exponent(tb_fn_cx *cx, const tb_num *v, int digits)
{
    tb_num size = tb_num_abs(cx->arena, v);
    const char *s = tb_num_print(cx->arena, &size), *point = strchrnul(s, '.'),
               *first = s + strspn(s, "0.");
    int exponent = *first == '\0'  ? 0
                   : first < point ? (int)(point - first) - 1
                                   : (int)(point - first);
    char *d = first_digits(cx, first, digits + 1);
    int whole = (int)strlen(d) - digits;
    return tb_arena_printf(cx->arena, "%s%.*s%s%se%c%02d", tb_num_sign(v) < 0 ? "-" : " ", whole, d,
                           digits > 0 ? "." : "", d + whole, exponent < 0 ? '-' : '+',
                           abs(exponent));
}

/* v * 10^shift; the shift's digits count as digits before the point. */
static tb_rc shift_num(tb_fn_cx *cx, picture *p, tb_num *v)
{
    tb_num ten = tb_num_small(10, 0), power = tb_num_from_int64(p->shift), factor;
    if (!p->multi)
        return TB_OK;
    TB_TRY(tb_num_power(cx->arena, &ten, &power, &factor, cx->err));
    p->pre += p->shift;
    return tb_num_mul(cx->arena, v, &factor, v, cx->err);
}

static tb_rc num_roman(tb_fn_cx *cx, picture *p, const tb_num *v, tb_value *ret)
{
    tb_value n, arg = {.null = false};
    TB_TRY(tb_num_round(cx->arena, v, 0, &arg.d.num, cx->err));
    TB_TRY(tbi_fn_INT4_NUMERIC(cx, &arg, &n));
    return fill_picture(cx, p, roman(cx, n.d.i32), '+', 0, ret);
}

static tb_rc num_to_char(tb_fn_cx *cx, picture *p, tb_num v, tb_value *ret)
{
    bool finite = v.kind == TB_NUM_SMALL || v.kind == TB_NUM_BIG;
    if (p->roman)
        return num_roman(cx, p, &v, ret);
    if (p->exponent && !finite)
        return fill_picture(cx, p, no_exponent(cx, p), '+', 0, ret);
    if (p->exponent)
        return fill_picture(cx, p, num_exponent(cx, &v, p->post), '+', 0, ret);
    TB_TRY(shift_num(cx, p, &v));
    TB_TRY(tb_num_round(cx->arena, &v, p->post, &v, cx->err));
    return fill_printed(cx, p, tb_num_print(cx->arena, &v), ret);
}

/* digits: those the type can be trusted with. */
static tb_rc float_to_char(tb_fn_cx *cx, picture *p, double v, int digits, tb_value *ret)
{
    if (p->roman) {
        v = rint(v);
        return fill_picture(cx, p, roman(cx, v >= 1 && v <= 3999 ? (int32_t)v : 0), '+', 0, ret);
    }
    if (p->exponent)
        return float_exponent(cx, p, v, ret);
    if (p->multi) {
        v *= pow(10, p->shift);
        if (digits == FLT_DIG)
            v = (double)(float)v;
        p->pre += p->shift;
    }
    const char *whole = isnan(v)   ? "NaN"
                        : isinf(v) ? "Infinity"
                                   : tb_arena_printf(cx->arena, "%.0f", fabs(v));
    int before = (int)strlen(whole);
    if (before >= digits)
        p->post = 0;
    else if (before + p->post > digits)
        p->post = digits - before;
    if (isfinite(v))
        whole = tb_arena_printf(cx->arena, "%.*f", p->post, v);
    else if (v < 0)
        whole = "-Infinity";
    return fill_printed(cx, p, whole, ret);
}

/* Integers are shifted as integers: V may leave their range. */
static tb_rc int_to_char(tb_fn_cx *cx, picture *p, int64_t v, tb_type_id type, tb_value *ret)
{
    tb_num n = tb_num_from_int64(v), shifted = n;
    int64_t ignored;
    tb_error error = {.lang = TB_LANG_EN};
    picture probe = *p;
    if (p->multi) {
        TB_TRY(shift_num(cx, &probe, &shifted));
        bool fits = tb_num_to_int64(&shifted, &ignored, &error) == TB_OK &&
                    (type == TB_T_INT8 || (ignored >= INT32_MIN && ignored <= INT32_MAX));
        if (!fits)
            return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range",
                            tb_type_get(type)->sql_name);
    }
    return num_to_char(cx, p, n, ret);
}

#define TO_CHAR(type, body)                                                                        \
    TB_BODY(TO_CHAR_##type##_TEXT)                                                                 \
    {                                                                                              \
        picture p;                                                                                 \
        if (TBI_N(1) == 0)                                                                         \
            return tbi_bytes(ret, "", 0);                                                          \
        TB_TRY(read_picture(cx, &a[1].d.str, &p));                                                 \
        return body;                                                                               \
    }
TO_CHAR(NUMERIC, num_to_char(cx, &p, a[0].d.num, ret))
TO_CHAR(INT8, int_to_char(cx, &p, a[0].d.i64, TB_T_INT8, ret))
TO_CHAR(FLOAT8, float_to_char(cx, &p, a[0].d.f64, DBL_DIG, ret))
TO_CHAR(FLOAT4, float_to_char(cx, &p, (double)a[0].d.f32, FLT_DIG, ret))
TO_CHAR(INT4, p.exponent ? float_exponent(cx, &p, a[0].d.i32, ret)
                         : int_to_char(cx, &p, a[0].d.i32, TB_T_INT4, ret))

/* ---- to_number ---- */

typedef struct reader {
    picture *p;
    const char *at, *end;
    char sign;      /* ' ' until one was read */
    tbi_out digits; /* with the point */
    int before, behind;
    bool point, in_number;
} reader;

static bool read_exact(reader *r, char c)
{
    if (r->at >= r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Skips up to n characters that cannot belong to a number. */
static void skip_foreign(reader *r, int n)
{
    while (n-- > 0 && r->at < r->end && strchr("0123456789.,+-", *r->at) == NULL)
        r->at += tb_utf8_char_len(*r->at);
}

static void read_leading_sign(reader *r)
{
    bool minus = *r->at == '-', plus = *r->at == '+';
    if (!(r->p->lsign && r->p->sign == SIGN_BEFORE) && r->p->bracket && *r->at == '<')
        minus = true;
    if (minus || plus) {
        r->sign = minus ? '-' : '+';
        r->at++;
    }
}

/* A sign behind the last digit: S must follow it at once; for MI, PL and SG, whose place in the
 * text is not sure, one is taken where a digit was expected. */
static void read_trailing_sign(reader *r, bool was_read)
{
    const picture *p = r->p;
    if (p->lsign && was_read) {
        if (r->at < r->end && (*r->at == '-' || *r->at == '+'))
            r->sign = *r->at++;
    } else if (!was_read && !p->lsign && (p->plus || p->minus)) {
        if (*r->at == '-' || *r->at == '+')
            r->sign = *r->at;
    }
}

/* One digit or point under a digit or point pattern. */
static void read_position(reader *r, num_key key)
{
    if (*r->at == ' ')
        r->at++;
    if (r->at >= r->end)
        return;
    if (r->sign == ' ' && (key == NK_0 || key == NK_9) && r->before + r->behind == 0)
        read_leading_sign(r);
    if (r->at >= r->end)
        return;
    bool was_read = false;
    if (isdigit((unsigned char)*r->at)) {
        if (r->point && r->behind == r->p->post) {
            r->at++; /* no room for more decimals */
            return;
        }
        tbi_out_putc(&r->digits, *r->at++);
        *(r->point ? &r->behind : &r->before) += 1;
        was_read = true;
    } else if (r->p->decimal && !r->point && *r->at == '.') {
        tbi_out_putc(&r->digits, '.');
        r->at++;
        r->point = was_read = true;
    }
    const char *here = r->at;
    if (r->sign == ' ' && r->before + r->behind > 0 && r->at < r->end)
        read_trailing_sign(r, was_read);
    if (!was_read && r->at == here)
        r->at++; /* the pattern takes a character in any case */
}

static void read_key(reader *r, num_key key)
{
    switch (key) {
    case NK_9:
    case NK_0:
    case NK_POINT:
    case NK_D:
        read_position(r, key);
        return;
    case NK_COMMA:
    case NK_G:
        (void)(!r->p->fill && read_exact(r, ','));
        return;
    case NK_L:
        skip_foreign(r, 1);
        return;
    case NK_TH:
    case NK_TH_LOWER:
        if (r->sign != '-' && !r->p->decimal)
            skip_foreign(r, 2);
        return;
    case NK_MI:
        if (read_exact(r, '-'))
            r->sign = '-';
        else
            skip_foreign(r, 1);
        return;
    case NK_PL:
        if (read_exact(r, '+'))
            r->sign = '+';
        else
            skip_foreign(r, 1);
        return;
    case NK_SG:
        if (read_exact(r, '-'))
            r->sign = '-';
        else if (read_exact(r, '+'))
            r->sign = '+';
        else
            skip_foreign(r, 1);
        return;
    case NK_B:
    case NK_C:
    case NK_E:
    case NK_FM:
    case NK_PR:
    case NK_RN:
    case NK_RN_LOWER:
    case NK_SP:
    case NK_S:
    case NK_V:
        return;
    }
    TB_UNREACHABLE();
}

static tb_rc read_number(tb_fn_cx *cx, reader *r, tb_num *out)
{
    const picture *p = r->p;
    for (uint32_t i = 0; i < p->items.n && r->at < r->end; i++) {
        const tbi_fmt_item *item = &p->items.at[i];
        if (item->kind == TBI_FMT_KEY)
            read_key(r, (num_key)item->key->id);
        else
            r->at += tb_utf8_char_len(*r->at); /* any character for any character */
    }
    const char *digits = r->digits.len == 0 ? "" : r->digits.data;
    size_t n = r->digits.len;
    if (n > 0 && digits[n - 1] == '.')
        n--;
    const char *text = tb_arena_printf(cx->arena, "%c%.*s", r->sign, (int)n, digits);
    int32_t precision = p->pre + p->shift + r->behind;
    int32_t typmod = (int32_t)((uint32_t)precision << 16 | (uint32_t)r->behind) + 4;
    return tb_num_parse(cx->arena, text, strlen(text), typmod, out, cx->err);
}

TB_BODY(TO_NUMBER)
{
    picture p;
    if (TBI_N(1) == 0)
        return tbi_null(ret);
    TB_TRY(read_picture(cx, &a[1].d.str, &p));
    if (p.exponent)
        return TB_RAISE(cx->err, TB_E_FEATURE_NOT_SUPPORTED, "\"%s\" not supported for input",
                        "EEEE");
    if (p.roman)
        return TB_RAISE(cx->err, TB_E_FEATURE_NOT_SUPPORTED, "\"%s\" not supported for input",
                        "RN");
    reader r = {.p = &p, .at = TBI_S(0), .end = TBI_S(0) + TBI_N(0), .sign = ' '};
    tbi_out_begin(&r.digits, cx, 0);
    tb_num v;
    TB_TRY(read_number(cx, &r, &v));
    if (p.multi) {
        tb_num ten = tb_num_small(10, 0), power = tb_num_from_int64(-p.shift), factor;
        TB_TRY(tb_num_power(cx->arena, &ten, &power, &factor, cx->err));
        TB_TRY(tb_num_mul(cx->arena, &v, &factor, &v, cx->err));
    }
    return tbi_num(ret, v);
}
