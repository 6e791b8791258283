/* SPDX-License-Identifier: Apache-2.0
 * Unicode: normal forms, escapes; encodings: names and conversion of bytes.
 */
#include "executor/fn_int.h"

#include <stdlib.h>
#include <utf8proc.h>

/* ---- normal forms ---- */

static const struct {
    const char *name;
    int options;
} forms[] = {
    {"NFC", UTF8PROC_COMPOSE},
    {"NFD", UTF8PROC_DECOMPOSE},
    {"NFKC", UTF8PROC_COMPOSE | UTF8PROC_COMPAT},
    {"NFKD", UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT},
};

static tb_rc find_form(tb_fn_cx *cx, const char *name, size_t n, int *options)
{
    for (size_t i = 0; i < TB_COUNT(forms); i++) {
        if (strlen(forms[i].name) == n && strncasecmp(forms[i].name, name, n) == 0) {
            *options = forms[i].options;
            return TB_OK;
        }
    }
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid normalization form");
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid normalization form: %.*s",
                    TBI_QUOTE(name, n));
}

tb_rc tbi_normalize(tb_fn_cx *cx, const tb_str *s, int options, tb_str *out)
{
    utf8proc_uint8_t *bytes = NULL;
    utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)tb_str_data(s), (utf8proc_ssize_t)s->len, &bytes,
                     (utf8proc_option_t)(options | UTF8PROC_STABLE));
    if (n < 0) {
        free(bytes);
        return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED, "could not normalize text");
    }
    *out = tb_str_copy(cx->arena, tb_str_make((const char *)bytes, (size_t)n));
    free(bytes);
    return TB_OK;
}

static tb_rc normalize(tb_fn_cx *cx, const tb_value *a, const char *form, size_t n, tb_str *out)
{
    int options = 0;
    TB_TRY(find_form(cx, form, n, &options));
    return tbi_normalize(cx, &a[0].d.str, options, out);
}

TB_BODY(NORMALIZE_TEXT)
{
    tb_str s;
    TB_TRY(normalize(cx, a, "NFC", 3, &s));
    return tbi_str(ret, s);
}
TB_BODY(NORMALIZE_TEXT_TEXT)
{
    tb_str s;
    TB_TRY(normalize(cx, a, TBI_S(1), TBI_N(1), &s));
    return tbi_str(ret, s);
}
TB_BODY(IS_NORMALIZED_TEXT)
{
    tb_str s;
    TB_TRY(normalize(cx, a, "NFC", 3, &s));
    return tbi_bool(ret, tb_str_eq(&s, &a[0].d.str));
}
TB_BODY(IS_NORMALIZED_TEXT_TEXT)
{
    tb_str s;
    TB_TRY(normalize(cx, a, TBI_S(1), TBI_N(1), &s));
    return tbi_bool(ret, tb_str_eq(&s, &a[0].d.str));
}

/* ---- unistr ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Reads exactly n hexadecimal digits; false when they are not there. */
static bool read_hex(const char *s, const char *end, size_t n, uint32_t *out)
{
    if ((size_t)(end - s) < n)
        return false;
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        int v = hex_digit(s[i]);
        if (v < 0)
            return false;
        *out = *out << 4 | (uint32_t)v;
    }
    return true;
}

/* The escape behind a backslash at s; returns its length, 0 when it is none. */
static size_t read_escape(const char *s, const char *end, uint32_t *code)
{
    if (read_hex(s, end, 4, code))
        return 4;
    if (s < end && *s == 'u' && read_hex(s + 1, end, 4, code))
        return 5;
    if (s < end && *s == '+' && read_hex(s + 1, end, 6, code))
        return 7;
    if (s < end && *s == 'U' && read_hex(s + 1, end, 8, code))
        return 9;
    return 0;
}

static tb_rc bad_pair(tb_fn_cx *cx)
{
    return TB_RAISE(cx->err, TB_E_SYNTAX_ERROR, "invalid Unicode surrogate pair");
}

TB_BODY(UNISTR)
{
    const char *s = TBI_S(0), *end = s + TBI_N(0);
    uint32_t first = 0; /* high surrogate waiting for the other half */
    tbi_out o;
    tbi_out_begin(&o, cx, TBI_N(0));
    while (s < end) {
        if (*s != '\\' || (s + 1 < end && s[1] == '\\')) {
            if (first != 0)
                return bad_pair(cx);
            tbi_out_putc(&o, *s);
            s += *s == '\\' ? 2 : 1;
            continue;
        }
        uint32_t code;
        size_t n = read_escape(s + 1, end, &code);
        if (n == 0) {
            TB_RAISE(cx->err, TB_E_SYNTAX_ERROR, "invalid Unicode escape");
            tb_error_hint(cx->err,
                          "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.");
            return TB_FAIL;
        }
        if (code == 0 || code > 0x10FFFF)
            return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid Unicode code point");
        bool high = code >= 0xD800 && code <= 0xDBFF, low = code >= 0xDC00 && code <= 0xDFFF;
        if ((first != 0) != low)
            return bad_pair(cx);
        if (high) {
            first = code;
        } else {
            tbi_out_cp(&o, low ? 0x10000 + ((first & 0x3FF) << 10) + (code & 0x3FF) : code);
            first = 0;
        }
        s += 1 + n;
    }
    if (first != 0)
        return bad_pair(cx);
    return tbi_out_end(&o, cx, ret);
}

/* ---- encodings ---- */

enum { ENCODING_UTF8 = 6 };

/* PostgreSQL's encoding numbers. */
static const char *const encodings[] = {
    "SQL_ASCII", "EUC_JP",        "EUC_CN",     "EUC_KR",     "EUC_TW",     "EUC_JIS_2004",
    "UTF8",      "MULE_INTERNAL", "LATIN1",     "LATIN2",     "LATIN3",     "LATIN4",
    "LATIN5",    "LATIN6",        "LATIN7",     "LATIN8",     "LATIN9",     "LATIN10",
    "WIN1256",   "WIN1258",       "WIN866",     "WIN874",     "KOI8R",      "WIN1251",
    "WIN1252",   "ISO_8859_5",    "ISO_8859_6", "ISO_8859_7", "ISO_8859_8", "WIN1250",
    "WIN1253",   "WIN1254",       "WIN1255",    "WIN1257",    "KOI8U",      "SJIS",
    "BIG5",      "GBK",           "UHC",        "GB18030",    "JOHAB",      "SHIFT_JIS_2004",
};

static const struct {
    const char *alias;
    int number;
} aliases[] = {
    {"unicode", 6},      {"iso88591", 8},     {"iso88592", 9},     {"win936", 37},
    {"windows936", 37},  {"win949", 38},      {"windows949", 38},  {"win950", 36},
    {"windows950", 36},  {"abc", 19},         {"alt", 20},         {"win", 23},
    {"shiftjis", 35},    {"win932", 35},      {"windows932", 35},  {"mskanji", 35},
    {"tcvn", 19},        {"vscii", 19},       {"windows1250", 29}, {"windows1251", 23},
    {"windows1252", 24}, {"windows1253", 30}, {"windows1254", 31}, {"windows1255", 32},
    {"windows1256", 18}, {"windows1257", 33}, {"windows1258", 19}, {"windows866", 20},
    {"windows874", 21},  {"koi8", 22},        {"iso88599", 12},    {"iso885910", 13},
    {"iso885913", 14},   {"iso885914", 15},   {"iso885915", 16},   {"iso885916", 17},
    {"iso88593", 10},    {"iso88594", 11},
};

/* Letters and digits in lower case, the rest dropped: "utf-8" and "UTF8" are one name. */
static void clean_name(const tb_str *s, char *to, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < s->len && n + 1 < cap; i++) {
        char c = tb_str_data(s)[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            to[n++] = c;
    }
    to[n] = '\0';
}

static int encoding_number(const tb_str *name)
{
    char want[64], have[64];
    clean_name(name, want, sizeof want);
    if (want[0] == '\0')
        return -1;
    for (size_t i = 0; i < TB_COUNT(encodings); i++) {
        tb_str s = tb_str_lit(encodings[i]);
        clean_name(&s, have, sizeof have);
        if (strcmp(have, want) == 0)
            return (int)i;
    }
    for (size_t i = 0; i < TB_COUNT(aliases); i++)
        if (strcmp(aliases[i].alias, want) == 0)
            return aliases[i].number;
    return -1;
}

TB_BODY(PG_ENCODING_TO_CHAR)
{
    bool known = a[0].d.i32 >= 0 && (size_t)a[0].d.i32 < TB_COUNT(encodings);
    const char *name = known ? encodings[a[0].d.i32] : "";
    return tbi_bytes(ret, name, strlen(name));
}
TB_BODY(PG_CHAR_TO_ENCODING)
{
    return tbi_int4(ret, encoding_number(&a[0].d.str));
}
TB_BODY(GETDATABASEENCODING)
{
    return tbi_bytes(ret, "UTF8", 4);
}
TB_BODY(PG_CLIENT_ENCODING)
{
    const char *name = NULL;
    if (cx->env != NULL && cx->env->setting != NULL)
        name = cx->env->setting(cx->env, "client_encoding");
    name = name != NULL ? name : "UTF8";
    return tbi_bytes(ret, name, strlen(name));
}

/* Only UTF8 is converted here; another known encoding is refused, an unknown one is an error. */
static tb_rc check_encoding(tb_fn_cx *cx, int number)
{
    if (number == ENCODING_UTF8)
        return TB_OK;
    return TB_RAISE(cx->err, TB_E_FEATURE_NOT_SUPPORTED,
                    "conversion between %s and %s is not supported", "UTF8", encodings[number]);
}

static tb_rc source_encoding(tb_fn_cx *cx, const tb_value *a)
{
    int number = encoding_number(&a[1].d.str);
    if (number >= 0)
        return check_encoding(cx, number);
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid source encoding name");
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid source encoding name \"%.*s\"",
                    TBI_QUOTE(TBI_S(1), TBI_N(1)));
}

TB_BODY(CONVERT_FROM)
{
    TB_TRY(source_encoding(cx, a));
    TB_TRY(tb_utf8_check(TBI_S(0), TBI_N(0), cx->hide_values, cx->err));
    return tbi_str(ret, a[0].d.str);
}

TB_BODY(CONVERT_TO)
{
    int number = encoding_number(&a[1].d.str);
    if (number < 0 && cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid destination encoding name");
    if (number < 0)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                        "invalid destination encoding name \"%.*s\"",
                        TBI_QUOTE(TBI_S(1), TBI_N(1)));
    TB_TRY(check_encoding(cx, number));
    return tbi_str(ret, a[0].d.str);
}

TB_BODY(LENGTH_BYTEA_NAME)
{
    int number = encoding_number(&a[1].d.str);
    if (number < 0 && cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid encoding name");
    if (number < 0)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid encoding name \"%.*s\"",
                        TBI_QUOTE(TBI_S(1), TBI_N(1)));
    TB_TRY(check_encoding(cx, number));
    TB_TRY(tb_utf8_check(TBI_S(0), TBI_N(0), cx->hide_values, cx->err));
    return tbi_int4(ret, (int64_t)tb_utf8_count(TBI_S(0), TBI_N(0)));
}
