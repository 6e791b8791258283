/* SPDX-License-Identifier: Apache-2.0
 * NUMERIC as text, type modifiers, and conversions from and to the machine's numbers.
 */
#include "core/num.h"

#include "core/num_int.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- input ---- */

/* What the scan of a number found. Digits are those of the text without point and leading zeros. */
typedef struct literal {
    bool neg;
    const char *digits; /* first significant character */
    size_t span;        /* characters from there on, the point included */
    int32_t ndigits;    /* significant digits */
    int64_t scale;      /* digits behind the point minus exponent */
} literal;

static tb_rc raise_syntax(const char *s, size_t len, tb_error *err)
{
    return TB_RAISE(err, TB_E_INVALID_TEXT_REPRESENTATION,
                    "invalid input syntax for type numeric: \"%.*s\"", (int)len, s);
}

static size_t skip_blanks(const char *s, size_t len, size_t at)
{
    while (at < len && isspace((unsigned char)s[at]))
        at++;
    return at;
}

static const struct {
    const char *word;
    tb_num_kind kind;
} words[] = {
    {"nan", TB_NUM_NAN},        {"infinity", TB_NUM_PINF}, {"+infinity", TB_NUM_PINF},
    {"-infinity", TB_NUM_NINF}, {"inf", TB_NUM_PINF},      {"+inf", TB_NUM_PINF},
    {"-inf", TB_NUM_NINF},
};

static bool parse_word(const char *s, size_t len, size_t at, tb_num *out)
{
    for (size_t i = 0; i < TB_COUNT(words); i++) {
        size_t n = strlen(words[i].word);
        if (len - at >= n && strncasecmp(s + at, words[i].word, n) == 0 &&
            skip_blanks(s, len, at + n) == len) {
            *out = (tb_num){.kind = (uint8_t)words[i].kind};
            return true;
        }
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "e" and what follows; *at is moved behind it. 0 = fine, 1 = syntax, 2 = out of range. */
static int scan_exponent(const char *s, size_t len, size_t *at, int64_t *exponent)
{
    size_t i = skip_blanks(s, len, *at + 1); /* strtol in PostgreSQL lets blanks pass */
    bool neg = i < len && s[i] == '-';
    if (i < len && (s[i] == '-' || s[i] == '+'))
        i++;
    if (i >= len || !is_digit(s[i]))
        return 1;
    int64_t v = 0;
    for (; i < len && is_digit(s[i]); i++)
        v = v > INT_MAX ? v : v * 10 + (s[i] - '0');
    *at = i;
    *exponent = neg ? -v : v;
    return v >= INT_MAX / 2 ? 2 : 0;
}

/* 0 = fine, 1 = syntax, 2 = out of range */
static int scan_literal(const char *s, size_t len, size_t at, literal *lit)
{
    *lit = (literal){.neg = at < len && s[at] == '-'};
    if (at < len && (s[at] == '-' || s[at] == '+'))
        at++;
    bool point = at < len && s[at] == '.';
    if (!(at + point < len && is_digit(s[at + point])))
        return 1;
    at += point;
    int64_t behind = 0;
    for (; at < len && (is_digit(s[at]) || s[at] == '.'); at++) {
        if (s[at] == '.') {
            if (point)
                return 1;
            point = true;
            continue;
        }
        behind += point;
        if (lit->ndigits > 0 || s[at] != '0') {
            if (lit->ndigits++ == 0)
                lit->digits = s + at;
        }
    }
    if (lit->digits != NULL)
        lit->span = (size_t)(s + at - lit->digits);
    int64_t exponent = 0;
    int bad = 0;
    if (at < len && (s[at] == 'e' || s[at] == 'E'))
        bad = scan_exponent(s, len, &at, &exponent);
    if (bad == 1)
        return 1;
    lit->scale = behind - exponent;
    if (skip_blanks(s, len, at) != len)
        return bad == 2 ? 2 : 1;
    return bad;
}

static tb_rc apply_typmod(tbi_num_pool *p, tbi_num_dec *x, int32_t typmod, tb_error *err);

static tb_rc num_of_literal(tb_arena *arena, const literal *lit, int32_t typmod, tb_num *out,
                            tb_error *err)
{
    if (lit->scale > TBI_MAX_DSCALE && typmod < 4)
        return tbi_num_raise_overflow(err);
    /* a zero has no place to overflow to; everything else is checked before it is built */
    if (lit->ndigits > 0 && lit->ndigits - lit->scale > TBI_MAX_INT_DIGITS)
        return tbi_num_raise_overflow(err);
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec x = tbi_num_from_digits(&p, lit->digits, lit->span, (size_t)lit->ndigits);
    x.neg = lit->neg && x.n > 0;
    x.scale = (int32_t)tbi_num_clamp(lit->scale, INT_MIN / 2, INT_MAX / 2);
    if (x.scale < 0)
        x = tbi_num_is_zero(&x) ? (tbi_num_dec){0} : tbi_num_set_scale(&p, &x, 0, false);
    tb_rc rc = typmod < 4 ? TB_OK : apply_typmod(&p, &x, typmod, err);
    if (rc == TB_OK)
        rc = tbi_num_to_num(arena, &x, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}

tb_rc tb_num_parse(tb_arena *arena, const char *s, size_t len, int32_t typmod, tb_num *out,
                   tb_error *err)
{
    size_t at = skip_blanks(s, len, 0);
    if (parse_word(s, len, at, out))
        return tb_num_apply_typmod(arena, *out, typmod, out, err);
    literal lit;
    int bad = scan_literal(s, len, at, &lit);
    if (bad == 1)
        return raise_syntax(s, len, err);
    if (bad == 2)
        return tbi_num_raise_overflow(err);
    if (lit.ndigits <= 18 && lit.scale >= 0 && lit.scale <= TBI_MAX_DSCALE) {
        int64_t v = 0;
        for (size_t i = 0; i < lit.span; i++)
            if (lit.digits[i] != '.')
                v = v * 10 + (lit.digits[i] - '0');
        *out = tb_num_small(lit.neg ? -v : v, (int)lit.scale);
        return tb_num_apply_typmod(arena, *out, typmod, out, err);
    }
    return num_of_literal(arena, &lit, typmod, out, err);
}

/* ---- type modifiers ---- */

static tb_rc raise_field_overflow(int precision, int scale, tb_error *err)
{
    int whole = precision - scale;
    TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow");
    if (whole != 0)
        tb_error_detail(err,
                        "A field with precision %d, scale %d must round to an absolute value less "
                        "than 10^%d.",
                        precision, scale, whole);
    else
        tb_error_detail(err,
                        "A field with precision %d, scale %d must round to an absolute value less "
                        "than 1.",
                        precision, scale);
    return TB_FAIL;
}

static tb_rc apply_typmod(tbi_num_pool *p, tbi_num_dec *x, int32_t typmod, tb_error *err)
{
    int precision, scale;
    if (!tb_typmod_numeric(typmod, &precision, &scale))
        return TB_OK;
    *x = tbi_num_set_scale(p, x, scale, true);
    if (!tbi_num_is_zero(x) && tbi_num_exponent(x) >= precision - scale)
        return raise_field_overflow(precision, scale, err);
    if (scale < 0)
        *x = tbi_num_set_scale(p, x, 0, false);
    return TB_OK;
}

tb_rc tb_num_apply_typmod(tb_arena *arena, tb_num n, int32_t typmod, tb_num *out, tb_error *err)
{
    int precision, scale;
    *out = n;
    if (!tb_typmod_numeric(typmod, &precision, &scale) || n.kind == TB_NUM_NAN)
        return TB_OK;
    if (n.kind == TB_NUM_PINF || n.kind == TB_NUM_NINF) {
        TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow");
        tb_error_detail(err, "A field with precision %d, scale %d cannot hold an infinite value.",
                        precision, scale);
        return TB_FAIL;
    }
    if (n.kind == TB_NUM_SMALL && scale == n.scale && precision <= 18 && precision >= 0) {
        int64_t limit = (int64_t)tbi_num_pow10[precision];
        if (n.coef < limit && n.coef > -limit)
            return TB_OK;
    }
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec x = tbi_num_from_num(&p, &n);
    tb_rc rc = apply_typmod(&p, &x, typmod, err);
    if (rc == TB_OK)
        *out = tbi_num_to_num_nocheck(arena, &x);
    tbi_num_pool_fini(&p);
    return rc;
}

/* ---- output ---- */

static const char *special_text(const tb_num *n)
{
    return n->kind == TB_NUM_NAN ? "NaN" : n->kind == TB_NUM_PINF ? "Infinity" : "-Infinity";
}

const char *tb_num_print(tb_arena *arena, const tb_num *n)
{
    if (tbi_num_is_special(n))
        return special_text(n);
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec x = tbi_num_from_num(&p, n);
    char *text = tb_arena_bytes(arena, tbi_num_text_size(&x));
    tbi_num_text(&x, text);
    tbi_num_pool_fini(&p);
    return text;
}

void tb_num_out(const tb_num *n, tb_buf *out)
{
    if (tbi_num_is_special(n)) {
        tb_buf_puts(out, special_text(n));
        return;
    }
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec x = tbi_num_from_num(&p, n);
    char *text = tb_buf_reserve(out, tbi_num_text_size(&x));
    if (text != NULL)
        out->len += tbi_num_text(&x, text);
    tbi_num_pool_fini(&p);
}

/* ---- machine numbers ---- */

static tb_num from_digits(tb_arena *a, double v, int digits)
{
    if (isnan(v))
        return (tb_num){.kind = TB_NUM_NAN};
    if (isinf(v))
        return (tb_num){.kind = v > 0 ? TB_NUM_PINF : TB_NUM_NINF};
    char text[64];
    snprintf(text, sizeof text, "%.*g", digits, v);
    tb_num n = tb_num_small(0, 0);
    tb_error ignored = {0}; /* at most 324 decimals: always in range */
    TB_CHECK(tb_num_parse(a, text, strlen(text), -1, &n, &ignored) == TB_OK);
    return n;
}

tb_num tb_num_from_double(tb_arena *a, double v)
{
    return from_digits(a, v, DBL_DIG);
}

tb_num tb_num_from_float(tb_arena *a, float v)
{
    return from_digits(a, (double)v, FLT_DIG);
}

double tb_num_to_double(const tb_num *x)
{
    switch ((tb_num_kind)x->kind) {
    case TB_NUM_NAN:
        return (double)NAN;
    case TB_NUM_PINF:
        return HUGE_VAL;
    case TB_NUM_NINF:
        return -HUGE_VAL;
    case TB_NUM_SMALL:
        /* one correctly rounded division of two exact doubles */
        if (x->coef <= INT64_C(1) << 53 && x->coef >= -(INT64_C(1) << 53) && x->scale <= 15)
            return (double)x->coef / (double)tbi_num_pow10[x->scale];
        break;
    case TB_NUM_BIG:
        break;
    }
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, x);
    double v = tbi_num_to_double(&d);
    tbi_num_pool_fini(&p);
    return v;
}

tb_rc tb_num_to_int(const tb_num *x, tb_type_id type, int64_t *out, tb_error *err)
{
    const char *name = tb_type_get(type)->sql_name;
    if (x->kind == TB_NUM_NAN)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED, "cannot convert NaN to %s", name);
    if (x->kind == TB_NUM_PINF || x->kind == TB_NUM_NINF)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED, "cannot convert infinity to %s", name);
    int64_t min = type == TB_T_INT2 ? INT16_MIN : type == TB_T_INT4 ? INT32_MIN : INT64_MIN;
    int64_t max = type == TB_T_INT2 ? INT16_MAX : type == TB_T_INT4 ? INT32_MAX : INT64_MAX;
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, x);
    if (d.scale > 0)
        d = tbi_num_set_scale(&p, &d, 0, true);
    __int128 v = 0;
    for (uint32_t i = d.n; i-- > 0 && d.n <= 3;)
        v = v * TBI_BASE + d.d[i];
    v = d.neg ? -v : v;
    bool fits = d.n <= 3 && v >= min && v <= max;
    tbi_num_pool_fini(&p);
    if (!fits)
        return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "%s out of range", name);
    *out = (int64_t)v;
    return TB_OK;
}

tb_rc tb_num_to_int64(const tb_num *x, int64_t *out, tb_error *err)
{
    return tb_num_to_int(x, TB_T_INT8, out, err);
}
