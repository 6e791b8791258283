/* SPDX-License-Identifier: Apache-2.0
 * Integers, floating point numbers and booleans as text.
 */
#include "core/io_int.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

tb_rc tbi_io_raise_syntax(const char *type, const char *s, size_t len, bool hide, tb_error *err)
{
    if (hide)
        return TB_RAISE(err, TB_E_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type %s",
                        type);
    return TB_RAISE(err, TB_E_INVALID_TEXT_REPRESENTATION,
                    "invalid input syntax for type %s: \"%.*s\"", type, (int)len, s);
}

static tb_rc raise_range(const char *type, const char *s, size_t len, bool hide, tb_error *err)
{
    if (hide)
        return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value is out of range for type %s",
                        type);
    return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE,
                    "value \"%.*s\" is out of range for type %s", (int)len, s, type);
}

static size_t skip_blanks(const char *s, size_t len, size_t at)
{
    while (at < len && isspace((unsigned char)s[at]))
        at++;
    return at;
}

/* ---- integers ---- */

static tb_rc oid_in(const char *s, size_t len, const char *type, bool hide, int64_t *out,
                    tb_error *err);

tb_rc tb_int_in(const char *s, size_t len, tb_type_id type, bool hide, int64_t *out, tb_error *err)
{
    const char *name = tb_type_get(type)->sql_name;
    if (type == TB_T_OID)
        return oid_in(s, len, name, hide, out, err);
    /* type names in these messages are the SQL names, "integer", ... */
    size_t at = skip_blanks(s, len, 0);
    bool neg = at < len && s[at] == '-';
    if (at < len && (s[at] == '-' || s[at] == '+'))
        at++;
    uint64_t v = 0, limit = type == TB_T_INT2   ? INT16_MAX
                            : type == TB_T_INT4 ? INT32_MAX
                                                : INT64_MAX;
    limit += neg;
    size_t start = at;
    bool over = false;
    for (; at < len && s[at] >= '0' && s[at] <= '9'; at++) {
        v = v * 10 + (uint64_t)(s[at] - '0');
        if (v > limit) { /* PostgreSQL reports the range before it looks at what follows */
            over = true;
            break;
        }
    }
    if (at == start)
        return tbi_io_raise_syntax(name, s, len, hide, err);
    if (over)
        return raise_range(name, s, len, hide, err);
    if (skip_blanks(s, len, at) != len)
        return tbi_io_raise_syntax(name, s, len, hide, err);
    *out = neg ? (int64_t)(0 - v) : (int64_t)v;
    return TB_OK;
}

/* strtoul()'s ways: a minus sign wraps around, down to -2^31. */
static tb_rc oid_in(const char *s, size_t len, const char *type, bool hide, int64_t *out,
                    tb_error *err)
{
    size_t at = skip_blanks(s, len, 0);
    bool neg = at < len && s[at] == '-';
    if (at < len && (s[at] == '-' || s[at] == '+'))
        at++;
    size_t start = at;
    uint64_t v = 0;
    bool huge = false; /* beyond 64 bits: reported before what follows is looked at */
    for (; at < len && s[at] >= '0' && s[at] <= '9'; at++)
        huge |= __builtin_mul_overflow(v, 10, &v) ||
                __builtin_add_overflow(v, (uint64_t)(s[at] - '0'), &v);
    if (at == start || (!huge && skip_blanks(s, len, at) != len))
        return tbi_io_raise_syntax(type, s, len, hide, err);
    if (huge || v > (neg ? (uint64_t)INT32_MAX + 1 : UINT32_MAX))
        return raise_range(type, s, len, hide, err);
    *out = (uint32_t)(neg ? 0 - v : v);
    return TB_OK;
}

void tb_int64_out(int64_t v, tb_buf *out)
{
    char text[24], *at = text + sizeof text;
    uint64_t mag = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        *--at = (char)('0' + mag % 10);
        mag /= 10;
    } while (mag != 0);
    if (v < 0)
        *--at = '-';
    tb_buf_append(out, at, (size_t)(text + sizeof text - at));
}

/* ---- floating point ---- */

static const struct {
    const char *word;
    double value;
} float_words[] = {
    {"nan", (double)NAN}, {"infinity", HUGE_VAL}, {"+infinity", HUGE_VAL}, {"-infinity", -HUGE_VAL},
    {"inf", HUGE_VAL},    {"+inf", HUGE_VAL},     {"-inf", -HUGE_VAL},
};

static bool float_word(const char *s, double *v, const char **end)
{
    for (size_t i = 0; i < TB_COUNT(float_words); i++) {
        size_t n = strlen(float_words[i].word);
        if (strncasecmp(s, float_words[i].word, n) == 0) {
            *v = float_words[i].value;
            *end = s + n;
            return true;
        }
    }
    return false;
}

/* text ends with a NUL, which is the only one */
static tb_rc float_in(const char *text, size_t len, tb_type_id type, bool hide, double *out,
                      tb_error *err)
{
    const char *name = tb_type_get(type)->sql_name;
    const char *at = text + skip_blanks(text, len, 0), *end = at;
    char *e;
    bool over = false;
    if (*at != '\0' && !float_word(at, out, &end)) {
        errno = 0;
        *out = type == TB_T_FLOAT4 ? (double)strtof(at, &e) : strtod(at, &e);
        end = e;
        over = errno == ERANGE && (*out == 0 || isinf(*out));
    }
    if (end == at)
        return tbi_io_raise_syntax(name, text, len, hide, err);
    if (over) {
        if (type == TB_T_FLOAT4) { /* float8 shows the number as far as it was read, float4 the
                                      whole text */
            at = text;
            end = text + len;
        }
        if (hide)
            return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE,
                            "value is out of range for type %s", name);
        return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE,
                        "\"%.*s\" is out of range for type %s", (int)(end - at), at, name);
    }
    if (skip_blanks(text, len, (size_t)(end - text)) != len)
        return tbi_io_raise_syntax(name, text, len, hide, err);
    return TB_OK;
}

tb_rc tb_float_in(const char *s, size_t len, tb_type_id type, bool hide, double *out, tb_error *err)
{
    char local[128];
    if (memchr(s, '\0', len) != NULL)
        return tbi_io_raise_syntax(tb_type_get(type)->sql_name, s, len, hide, err);
    char *text =
        len < sizeof local ? local : tb_xmalloc(len + 1); /* a numeric may have 150,000 digits */
    memcpy(text, s, len);
    text[len] = '\0';
    tb_rc rc = float_in(text, len, type, hide, out, err);
    if (text != local)
        free(text);
    return rc;
}

static bool special_out(double v, tb_buf *out)
{
    if (isnan(v))
        tb_buf_puts(out, "NaN");
    else if (isinf(v))
        tb_buf_puts(out, v > 0 ? "Infinity" : "-Infinity");
    else
        return false;
    return true;
}

/* The digits of "d.ddde+xx" laid out as PostgreSQL does: plain from 1e-5 to below 1e15 (1e6 for
 * float4). */
static void shortest_out(const char *e_form, int max_exponent, tb_buf *out)
{
    const char *at = e_form;
    char digits[32];
    int n = 0;
    if (*at == '-')
        tb_buf_putc(out, *at++);
    for (; *at != 'e'; at++)
        if (*at != '.')
            digits[n++] = *at;
    int exponent = atoi(at + 1);
    while (n > 1 && digits[n - 1] == '0')
        n--;
    if (exponent < -4 || exponent >= max_exponent) {
        tb_buf_putc(out, digits[0]);
        if (n > 1) {
            tb_buf_putc(out, '.');
            tb_buf_append(out, digits + 1, (size_t)n - 1);
        }
        tb_buf_printf(out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    if (exponent < 0) {
        tb_buf_puts(out, "0.");
        for (int i = -1; i > exponent; i--)
            tb_buf_putc(out, '0');
        tb_buf_append(out, digits, (size_t)n);
        return;
    }
    for (int i = 0; i <= exponent; i++)
        tb_buf_putc(out, i < n ? digits[i] : '0');
    if (n > exponent + 1) {
        tb_buf_putc(out, '.');
        tb_buf_append(out, digits + exponent + 1, (size_t)(n - exponent - 1));
    }
}

/* The shortest digits that read back as v lie strictly between the midpoints to its neighbours:
 * PostgreSQL does not rely on how a reader rounds a tie. digits = significant digits of text, mid =
 * the midpoint it may have hit. */
static bool is_midpoint(const char *text, int digits, long double mid)
{
    char exact[64];
    snprintf(exact, sizeof exact, "%.40Le", mid);
    if (strncmp(exact, text, (size_t)digits + 1 + (text[0] == '-')) != 0)
        return false;
    const char *at = exact + digits + (digits > 1) + (text[0] == '-');
    while (*at == '0' || *at == '.')
        at++;
    return *at == 'e';
}

static bool hits_midpoint8(const char *text, int digits, double v)
{
    return is_midpoint(text, digits, ((long double)v + (long double)nextafter(v, HUGE_VAL)) / 2) ||
           is_midpoint(text, digits, ((long double)v + (long double)nextafter(v, -HUGE_VAL)) / 2);
}

static bool hits_midpoint4(const char *text, int digits, float v)
{
    return is_midpoint(text, digits,
                       ((long double)v + (long double)nextafterf(v, HUGE_VALF)) / 2) ||
           is_midpoint(text, digits, ((long double)v + (long double)nextafterf(v, -HUGE_VALF)) / 2);
}

/* Whole numbers below the exponent form: the common case, printed as integers. */
static bool whole_out(double v, double limit, tb_buf *out)
{
    if (!(v < limit && v > -limit) || v != (double)(int64_t)v || (v == 0 && signbit(v)))
        return false;
    tb_int64_out((int64_t)v, out);
    return true;
}

void tb_float8_out(double v, int extra_float_digits, tb_buf *out)
{
    char text[48];
    if (special_out(v, out))
        return;
    if (extra_float_digits <= 0) {
        int digits = DBL_DIG + extra_float_digits;
        tb_buf_printf(out, "%.*g", digits < 1 ? 1 : digits, v);
        return;
    }
    if (whole_out(v, 1e15, out))
        return;
    /* up to 15 digits survive in a normal number, so that fewer need not be tried */
    int digits = fabs(v) < DBL_MIN ? 1 : DBL_DIG;
    for (;; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, v);
        if (digits >= 17 || (strtod(text, NULL) == v && !hits_midpoint8(text, digits, v)))
            break;
    }
    shortest_out(text, 15, out);
}

void tb_float4_out(float v, int extra_float_digits, tb_buf *out)
{
    char text[48];
    if (special_out((double)v, out))
        return;
    if (extra_float_digits <= 0) {
        int digits = FLT_DIG + extra_float_digits;
        tb_buf_printf(out, "%.*g", digits < 1 ? 1 : digits, (double)v);
        return;
    }
    if (whole_out((double)v, 1e6, out))
        return;
    int digits = fabsf(v) < FLT_MIN ? 1 : FLT_DIG;
    for (;; digits++) {
        snprintf(text, sizeof text, "%.*e", digits - 1, (double)v);
        if (digits >= 9 || (strtof(text, NULL) == v && !hits_midpoint4(text, digits, v)))
            break;
    }
    shortest_out(text, 6, out);
}

/* ---- booleans ---- */

tb_rc tb_bool_in(const char *s, size_t len, bool hide, bool *out, tb_error *err)
{
    static const struct {
        const char *word;
        size_t min; /* shortest prefix */
        bool value;
    } words[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
                 {"on", 2, true},   {"off", 2, false},   {"1", 1, true},   {"0", 1, false}};
    size_t at = skip_blanks(s, len, 0), end = len;
    while (end > at && isspace((unsigned char)s[end - 1]))
        end--;
    for (size_t i = 0; i < TB_COUNT(words); i++) {
        size_t n = end - at;
        if (n >= words[i].min && n <= strlen(words[i].word) &&
            strncasecmp(s + at, words[i].word, n) == 0) {
            *out = words[i].value;
            return TB_OK;
        }
    }
    return tbi_io_raise_syntax("boolean", s, len, hide, err);
}
