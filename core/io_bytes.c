/* SPDX-License-Identifier: Apache-2.0
 * Text forms of bytea, uuid and tid.
 */
#include "core/io_int.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- bytea ---- */

static tb_rc raise_hex_digit(const char *s, size_t left, bool hide, tb_error *err)
{
    if (hide)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "invalid hexadecimal digit");
    size_t n = 1; /* a whole character */
    while (n < left && n < 4 && ((unsigned char)s[n] & 0xC0) == 0x80)
        n++;
    return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "invalid hexadecimal digit: \"%.*s\"",
                    (int)n, s);
}

static tb_rc hex_in(tb_arena *arena, const char *s, size_t len, bool hide, tb_str *out,
                    tb_error *err)
{
    char *to = tb_arena_bytes(arena, len / 2 + 1);
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        if (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
            i++;
            continue;
        }
        int high = hex_digit(s[i]);
        if (high < 0)
            return raise_hex_digit(s + i, len - i, hide, err);
        if (++i >= len)
            return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                            "invalid hexadecimal data: odd number of digits");
        int low = hex_digit(s[i]);
        if (low < 0)
            return raise_hex_digit(s + i, len - i, hide, err);
        to[n++] = (char)(high << 4 | low);
        i++;
    }
    *out = tb_str_make(to, n);
    return TB_OK;
}

static bool is_octal(char c, char max)
{
    return c >= '0' && c <= max;
}

tb_rc tbi_bytea_in(tb_arena *arena, const char *s, size_t len, bool hide, tb_str *out,
                   tb_error *err)
{
    if (len >= 2 && s[0] == '\\' && s[1] == 'x')
        return hex_in(arena, s + 2, len - 2, hide, out, err);
    char *to = tb_arena_bytes(arena, len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len;) {
        if (s[i] != '\\') {
            to[n++] = s[i++];
        } else if (len - i >= 4 && is_octal(s[i + 1], '3') && is_octal(s[i + 2], '7') &&
                   is_octal(s[i + 3], '7')) {
            to[n++] = (char)((s[i + 1] - '0') << 6 | (s[i + 2] - '0') << 3 | (s[i + 3] - '0'));
            i += 4;
        } else if (len - i >= 2 && s[i + 1] == '\\') {
            to[n++] = '\\';
            i += 2;
        } else {
            return TB_RAISE(err, TB_E_INVALID_TEXT_REPRESENTATION,
                            "invalid input syntax for type %s", "bytea");
        }
    }
    *out = tb_str_make(to, n);
    return TB_OK;
}

void tbi_bytea_out(const tb_str *s, bool escape, tb_buf *out)
{
    static const char hex[] = "0123456789abcdef";
    const unsigned char *p = (const unsigned char *)tb_str_data(s);
    if (!escape) {
        char *to = tb_buf_reserve(out, 2 + (size_t)s->len * 2);
        if (to == NULL)
            return;
        *to++ = '\\';
        *to++ = 'x';
        for (uint32_t i = 0; i < s->len; i++) {
            *to++ = hex[p[i] >> 4];
            *to++ = hex[p[i] & 15];
        }
        out->len += 2 + (size_t)s->len * 2;
        return;
    }
    for (uint32_t i = 0; i < s->len; i++) {
        if (p[i] == '\\')
            tb_buf_puts(out, "\\\\");
        else if (p[i] < 0x20 || p[i] > 0x7e)
            tb_buf_printf(out, "\\%03o", p[i]);
        else
            tb_buf_putc(out, (char)p[i]);
    }
}

/* ---- uuid: 32 hexadecimal digits, a hyphen allowed after every four, braces around ---- */

tb_rc tbi_uuid_in(const char *s, size_t len, bool hide, uint8_t out[16], tb_error *err)
{
    size_t at = 0;
    bool braces = len > 0 && s[0] == '{', good = true;
    at += braces;
    for (int i = 0; i < 16 && good; i++) {
        good = at + 1 < len && hex_digit(s[at]) >= 0 && hex_digit(s[at + 1]) >= 0;
        if (!good)
            break;
        out[i] = (uint8_t)(hex_digit(s[at]) << 4 | hex_digit(s[at + 1]));
        at += 2;
        if (at < len && s[at] == '-' && i % 2 == 1 && i < 15)
            at++;
    }
    if (good && braces)
        good = at < len && s[at++] == '}';
    if (!good || at != len)
        return tbi_io_raise_syntax("uuid", s, len, hide, err);
    return TB_OK;
}

/* ---- tid: "(block,offset)", held as that text ---- */

tb_rc tbi_tid_in(tb_arena *arena, const char *s, size_t len, bool hide, tb_str *out, tb_error *err)
{
    char text[64], *end;
    if (len >= sizeof text)
        return tbi_io_raise_syntax("tid", s, len, hide, err);
    memcpy(text, s, len);
    text[len] = '\0';
    char *open = strchr(text, '('), *comma = strchr(text, ',');
    if (open == NULL || comma == NULL || comma < open)
        return tbi_io_raise_syntax("tid", s, len, hide, err);
    unsigned long block = strtoul(open + 1, &end, 10);
    bool good = end == comma && end > open + 1 && block <= UINT32_MAX;
    unsigned long offset = strtoul(comma + 1, &end, 10);
    if (!good || *end != ')' || end == comma + 1 || offset > UINT16_MAX)
        return tbi_io_raise_syntax("tid", s, len, hide, err);
    const char *canonical = tb_arena_printf(arena, "(%lu,%lu)", block, offset);
    *out = tb_str_lit(canonical);
    return TB_OK;
}
