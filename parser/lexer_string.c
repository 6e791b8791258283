/* SPDX-License-Identifier: Apache-2.0
 * Quoted text: '..' with its prefixes E B X N U&, continuation over lines, $tag$..$tag$, ".." and
 * U&"..".
 *
 * Entry points: tbi_lex_string(), tbi_lex_dollar(), tbi_lex_quoted_identifier(),
 * tbi_unescape_unicode().
 */
#include "parser/lexer_int.h"

#include "core/utf8.h"
#include "parser/sql.h"

#include <string.h>

/* A literal being decoded. */
typedef struct decoder {
    tbi_lexer *lx;
    char *out; /* as long as the source: no escape grows */
    size_t n;
    bool by_number; /* bytes were written as numbers: the result may not be UTF-8 */
} decoder;

static unsigned char peek(const tbi_lexer *lx, size_t at)
{
    return at < lx->len ? (unsigned char)lx->sql[at] : 0;
}

static int hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Reads exactly n hexadecimal digits at s[0 .. max); -1 if there are not as many. */
static int64_t read_hex(const char *s, size_t max, size_t n)
{
    int64_t value = 0;
    if (n > max)
        return -1;
    for (size_t i = 0; i < n; i++) {
        int digit = hex_value((unsigned char)s[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool is_high_surrogate(int64_t c)
{
    return c >= 0xD800 && c <= 0xDBFF;
}

static bool is_low_surrogate(int64_t c)
{
    return c >= 0xDC00 && c <= 0xDFFF;
}

static uint32_t join_surrogates(int64_t high, int64_t low)
{
    return (uint32_t)(((high & 0x3FF) << 10) + 0x10000 + (low & 0x3FF));
}

static bool is_valid_code(int64_t c)
{
    return c > 0 && c <= 0x10FFFF;
}

/* One \uXXXX or \UXXXXXXXX at `at`; *end is where it ends. */
static tb_rc read_e_unicode(tbi_lexer *lx, size_t at, int64_t *value, size_t *end)
{
    size_t digits = lx->sql[at + 1] == 'u' ? 4 : 8;
    *value = read_hex(lx->sql + at + 2, lx->len - at - 2, digits);
    if (*value < 0) {
        tb_rc rc =
            TB_RAISE_AT(lx->err, TB_E_INVALID_ESCAPE_SEQUENCE, (int)at, "invalid Unicode escape");
        tb_error_hint(lx->err, "Unicode escapes must be \\uXXXX or \\UXXXXXXXX.");
        return rc;
    }
    *end = at + 2 + digits;
    return TB_OK;
}

static tb_rc bad_surrogate(tbi_lexer *lx, size_t at, size_t end)
{
    return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)at,
                       "invalid Unicode surrogate pair at or near \"%s\"", tbi_near(lx, at, end));
}

/* A Unicode escape of an E string, perhaps a surrogate pair. */
static tb_rc decode_e_unicode(decoder *d, size_t *at)
{
    tbi_lexer *lx = d->lx;
    int64_t value, low;
    size_t end;
    TB_TRY(read_e_unicode(lx, *at, &value, &end));
    if (is_low_surrogate(value))
        return bad_surrogate(lx, *at, end);
    if (is_high_surrogate(value)) {
        unsigned char next = peek(lx, end + 1);
        if (peek(lx, end) != '\\' || (next != 'u' && next != 'U'))
            return bad_surrogate(lx, end, end + (end < lx->len));
        size_t low_at = end;
        TB_TRY(read_e_unicode(lx, low_at, &low, &end));
        if (!is_low_surrogate(low))
            return bad_surrogate(lx, low_at, end);
        value = join_surrogates(value, low);
    }
    if (!is_valid_code(value))
        return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)*at,
                           "invalid Unicode escape value at or near \"%s\"",
                           tbi_near(lx, *at, end));
    d->n += tb_utf8_encode((uint32_t)value, d->out + d->n);
    *at = end;
    return TB_OK;
}

/* A byte given by its number: \x1F or \012. */
static void decode_number(decoder *d, size_t *at)
{
    tbi_lexer *lx = d->lx;
    unsigned value = 0;
    size_t p = *at + 1;
    if (lx->sql[p] == 'x') {
        p++;
        for (size_t i = 0; i < 2 && hex_value(peek(lx, p)) >= 0; i++, p++)
            value = value * 16 + (unsigned)hex_value(peek(lx, p));
    } else {
        for (size_t i = 0; i < 3 && peek(lx, p) >= '0' && peek(lx, p) <= '7'; i++, p++)
            value = value * 8 + (unsigned)(peek(lx, p) - '0');
    }
    d->out[d->n++] = (char)(value & 0xFF);
    d->by_number |= (value & 0xFF) == 0 || (value & 0x80);
    *at = p;
}

/* A backslash escape of an E string. */
static tb_rc decode_escape(decoder *d, size_t *at)
{
    static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
    unsigned char c = peek(d->lx, *at + 1);
    if (c == 'u' || c == 'U')
        return decode_e_unicode(d, at);
    if ((c >= '0' && c <= '7') || (c == 'x' && hex_value(peek(d->lx, *at + 2)) >= 0)) {
        decode_number(d, at);
        return TB_OK;
    }
    const char *name = c ? strchr(names, c) : NULL;
    d->out[d->n++] = name ? values[name - names] : (char)c;
    *at += 2;
    return TB_OK;
}

/* Where the closing quote of the segment that begins at `at` is; lx->len if nowhere. */
static size_t find_quote(const tbi_lexer *lx, size_t at, char quote, bool backslash)
{
    while (at < lx->len) {
        if (backslash && lx->sql[at] == '\\') {
            at += 2;
        } else if (lx->sql[at] != quote) {
            at++;
        } else if (at + 1 < lx->len && lx->sql[at + 1] == quote) {
            at += 2;
        } else {
            return at;
        }
    }
    return lx->len;
}

static size_t skip_line_comment(const tbi_lexer *lx, size_t at)
{
    while (at < lx->len && lx->sql[at] != '\n' && lx->sql[at] != '\r')
        at++;
    return at;
}

/* After a closing quote: if blanks with a newline in them (and -- comments) lead to another quote,
 * the literal goes on there; returns the offset after that quote, or 0. */
static size_t find_continuation(const tbi_lexer *lx, size_t at)
{
    bool newline = false;
    for (; at < lx->len; at++) {
        unsigned char c = (unsigned char)lx->sql[at];
        if (c == '-' && peek(lx, at + 1) == '-') {
            at = skip_line_comment(lx, at);
            if (at >= lx->len)
                return 0;
            newline = true;
        } else if (c == '\n' || c == '\r') {
            newline = true;
        } else if (!tbi_is_space(c)) {
            return c == '\'' && newline ? at + 1 : 0;
        }
    }
    return 0;
}

/* Decodes the segment [at, end) of a literal: doubled quotes, and backslashes if `backslash`. */
static tb_rc decode_segment(decoder *d, size_t at, size_t end, char quote, bool backslash)
{
    const char *sql = d->lx->sql;
    while (at < end) {
        if (backslash && sql[at] == '\\') {
            TB_TRY(decode_escape(d, &at));
            continue;
        }
        d->out[d->n++] = sql[at];
        at += sql[at] == quote ? 2 : 1;
    }
    return TB_OK;
}

static const struct {
    char prefix;
    size_t skip; /* bytes up to and including the quote */
    int code;
    bool backslash;
} string_forms[] = {
    {'\'', 1, TB_TK_SCONST, false}, {'e', 2, TB_TK_SCONST, true},    {'b', 2, TB_TK_BCONST, false},
    {'x', 2, TB_TK_XCONST, false},  {'u', 3, TBI_TK_USCONST, false},
};

tb_rc tbi_lex_string(tbi_lexer *lx, int *code, tbi_token *token)
{
    size_t start = lx->at, form = 0;
    char prefix = (char)(lx->sql[start] == '\'' ? '\'' : lx->sql[start] | 0x20);
    if (prefix == 'n') { /* N'..' is the keyword NCHAR, then an ordinary literal */
        *code = TB_TK_NCHAR;
        token->str = "nchar";
        token->len = 1;
        lx->at++;
        return TB_OK;
    }
    while (string_forms[form].prefix != prefix)
        form++;
    *code = string_forms[form].code;
    bool backslash = string_forms[form].backslash;
    size_t at = start + string_forms[form].skip, end;
    decoder d = {.lx = lx};
    for (;;) {
        end = find_quote(lx, at, '\'', backslash);
        if (end >= lx->len) {
            const char *near = tbi_near(lx, start, lx->len);
            if (prefix == 'b')
                return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                                   "unterminated bit string literal at or near \"%s\"", near);
            if (prefix == 'x')
                return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                                   "unterminated hexadecimal string literal at or near \"%s\"",
                                   near);
            return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                               "unterminated quoted string at or near \"%s\"", near);
        }
        char *longer = tb_arena_bytes(lx->arena, d.n + (end - at) + 1);
        if (d.n)
            memcpy(longer, d.out, d.n);
        d.out = longer;
        TB_TRY(decode_segment(&d, at, end, '\'', backslash));
        size_t more = find_continuation(lx, end + 1);
        if (more == 0)
            break;
        at = more;
    }
    d.out[d.n] = '\0';
    token->str = d.out;
    token->len = (int32_t)(end + 1 - start);
    lx->at = end + 1;
    if (d.by_number && tbi_check_utf8(d.out, d.n, lx->err) != TB_OK) {
        lx->err->position = (int)start;
        return TB_FAIL;
    }
    return TB_OK;
}

/* Length of a $tag$ at `at`, 0 if there is none. */
static size_t dollar_tag_length(const tbi_lexer *lx, size_t at)
{
    size_t end = at + 1;
    if (peek(lx, end) != '$') {
        if (end >= lx->len || !tbi_is_ident_start(peek(lx, end)))
            return 0;
        while (end < lx->len && peek(lx, end) != '$' && tbi_is_ident_part(peek(lx, end)))
            end++;
    }
    return peek(lx, end) == '$' ? end + 1 - at : 0;
}

tb_rc tbi_lex_dollar(tbi_lexer *lx, int *code, tbi_token *token)
{
    size_t start = lx->at, tag = dollar_tag_length(lx, start);
    if (tag == 0)
        return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start, "syntax error at or near \"%s\"",
                           "$");
    const char *body = lx->sql + start + tag;
    const char *end = memmem(body, lx->len - start - tag, lx->sql + start, tag);
    if (!end)
        return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                           "unterminated dollar-quoted string at or near \"%s\"",
                           tbi_near(lx, start, lx->len));
    *code = TB_TK_SCONST;
    token->str = tb_arena_strndup(lx->arena, body, (size_t)(end - body));
    lx->at = (size_t)(end - lx->sql) + tag;
    token->len = (int32_t)(lx->at - start);
    return TB_OK;
}

tb_rc tbi_lex_quoted_identifier(tbi_lexer *lx, int *code, tbi_token *token)
{
    size_t start = lx->at;
    bool unicode = lx->sql[start] != '"';
    size_t at = start + (unicode ? 3 : 1);
    size_t end = find_quote(lx, at, '"', false);
    if (end >= lx->len)
        return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                           "unterminated quoted identifier at or near \"%s\"",
                           tbi_near(lx, start, lx->len));
    if (end == at)
        return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                           "zero-length delimited identifier at or near \"%s\"",
                           tbi_near(lx, start, end + 1));
    decoder d = {.lx = lx, .out = tb_arena_bytes(lx->arena, end - at + 1)};
    TB_TRY(decode_segment(&d, at, end, '"', false));
    d.out[d.n] = '\0';
    *code = unicode ? TBI_TK_UIDENT : TB_TK_IDENT;
    token->str = d.out;
    token->len = (int32_t)(end + 1 - start);
    lx->at = end + 1;
    return TB_OK;
}

/* One \XXXX or \+XXXXXX at s; *used is its length. */
static tb_rc read_u_escape(tbi_lexer *lx, const char *s, int pos, int64_t *value, size_t *used)
{
    bool plus = s[1] == '+';
    size_t digits = plus ? 6 : 4, skip = plus ? 2 : 1;
    *value = read_hex(s + skip, strlen(s) - skip, digits);
    if (*value < 0) {
        tb_rc rc = TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, pos, "invalid Unicode escape");
        tb_error_hint(lx->err, "Unicode escapes must be \\XXXX or \\+XXXXXX.");
        return rc;
    }
    *used = skip + digits;
    return TB_OK;
}

tb_rc tbi_unescape_unicode(tbi_lexer *lx, tbi_token *token, char escape)
{
    const char *s = token->str;
    char *out = tb_arena_bytes(lx->arena, strlen(s) + 1);
    size_t n = 0;
    int64_t high = 0, value;
    while (*s) {
        int pos = token->pos + 3 + (int)(s - token->str); /* 3 = U&' */
        size_t used = 1;
        bool escaped = *s == escape && s[1] != escape;
        if (escaped) {
            TB_TRY(read_u_escape(lx, s, pos, &value, &used));
            if (!is_valid_code(value))
                return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, pos, "invalid Unicode escape value");
        }
        if ((high != 0) != (escaped && is_low_surrogate(value)))
            return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, pos, "invalid Unicode surrogate pair");
        if (!escaped) {
            out[n++] = *s;
            used = *s == escape ? 2 : 1;
        } else if (is_high_surrogate(value)) {
            high = value;
        } else {
            n += tb_utf8_encode(high ? join_surrogates(high, value) : (uint32_t)value, out + n);
            high = 0;
        }
        s += used;
    }
    if (high)
        return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, token->pos + 3 + (int)(s - token->str),
                           "invalid Unicode surrogate pair");
    out[n] = '\0';
    token->str = out;
    return TB_OK;
}
