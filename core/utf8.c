/* SPDX-License-Identifier: Apache-2.0 */
#include "core/utf8.h"

#include <stdio.h>
#include <utf8proc.h>

/* ---- validation ---- */

static bool is_continuation(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Bytes of the valid character at s, 0 if there is none. No overlong forms, no surrogates. */
static size_t valid_char(const unsigned char *s, size_t left)
{
    unsigned char c = s[0];
    if (c < 0x80)
        return 1;
    if (c < 0xC2 || c > 0xF4)
        return 0;
    if (c < 0xE0)
        return left >= 2 && is_continuation(s[1]) ? 2 : 0;
    unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    size_t n = c < 0xF0 ? 3 : 4;
    if (left < n || s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if (!is_continuation(s[i]))
            return 0;
    return n;
}

static uint64_t load64(const char *s)
{
    uint64_t v;
    memcpy(&v, s, sizeof v);
    return v;
}

static const uint64_t HIGH_BITS = UINT64_C(0x8080808080808080);

size_t tb_utf8_valid_prefix(const char *s, size_t len)
{
    size_t at = 0;
    while (at < len) {
        while (len - at >= 16 && ((load64(s + at) | load64(s + at + 8)) & HIGH_BITS) == 0)
            at += 16;
        while (at < len && (unsigned char)s[at] < 0x80)
            at++;
        while (at < len && (unsigned char)s[at] >= 0x80) {
            size_t n = valid_char((const unsigned char *)s + at, len - at);
            if (n == 0)
                return at;
            at += n;
        }
    }
    return at;
}

/* No byte with bit 7, no zero byte. */
static bool is_plain(uint64_t v)
{
    return ((v | (v - UINT64_C(0x0101010101010101))) & HIGH_BITS) == 0;
}

/* ASCII without NUL, eight bytes at a time, the last ones overlapping. */
static bool is_plain_text(const char *s, size_t len)
{
    if (len < 8) {
        uint64_t v = HIGH_BITS >> 7; /* bytes that are not there count as 1 */
        memcpy(&v, s, len);
        return is_plain(v);
    }
    for (size_t at = 0; at + 8 < len; at += 8)
        if (!is_plain(load64(s + at)))
            return false;
    return is_plain(load64(s + len - 8));
}

bool tb_utf8_is_text(const char *s, size_t len)
{
    if (len == 0 || is_plain_text(s, len))
        return true;
    return memchr(s, 0, len) == NULL && tb_utf8_valid(s, len);
}

tb_rc tb_utf8_check(const char *s, size_t len, bool hide, tb_error *err)
{
    size_t at = tb_utf8_valid_prefix(s, len);
    const char *nul = len == 0 ? NULL : memchr(s, 0, len);
    if (nul != NULL && (size_t)(nul - s) < at)
        at = (size_t)(nul - s);
    if (at == len)
        return TB_OK;
    if (hide)
        return TB_RAISE(err, TB_E_CHARACTER_NOT_IN_REPERTOIRE,
                        "invalid byte sequence for encoding \"UTF8\"");
    unsigned char lead = (unsigned char)s[at];
    size_t n = lead < 0xC0 || lead >= 0xF8 ? 1 : tb_utf8_char_len(s[at]);
    char bytes[32] = "";
    for (size_t i = 0; i < n && at + i < len; i++)
        snprintf(bytes + strlen(bytes), 6, "%s0x%02x", i == 0 ? "" : " ", (unsigned char)s[at + i]);
    return TB_RAISE(err, TB_E_CHARACTER_NOT_IN_REPERTOIRE,
                    "invalid byte sequence for encoding \"UTF8\": %s", bytes);
}

/* ---- positions ---- */

size_t tb_utf8_count(const char *s, size_t len)
{
    size_t n = 0, at = 0;
    for (; len - at >= 8; at += 8) {
        uint64_t v = load64(s + at);
        /* a continuation byte has bit 7 set and bit 6 clear */
        uint64_t cont = (v & HIGH_BITS) >> 7 & ~(v >> 6) & (HIGH_BITS >> 7);
        n += 8 - (size_t)__builtin_popcountll(cont);
    }
    for (; at < len; at++)
        n += !is_continuation((unsigned char)s[at]);
    return n;
}

size_t tb_utf8_offset(const char *s, size_t len, size_t chars)
{
    size_t at = 0;
    while (chars >= 8 && len - at >= 8 && (load64(s + at) & HIGH_BITS) == 0) {
        at += 8;
        chars -= 8;
    }
    for (; chars > 0 && at < len; chars--)
        at += tb_utf8_char_len(s[at]);
    return at < len ? at : len;
}

size_t tb_utf8_clip(const char *s, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && is_continuation((unsigned char)s[max]))
        max--;
    return max;
}

uint32_t tb_utf8_decode(const char *s, size_t *size)
{
    const unsigned char *u = (const unsigned char *)s;
    *size = tb_utf8_char_len(s[0]);
    switch (*size) {
    case 1:
        return u[0];
    case 2:
        return (u[0] & 0x1FU) << 6 | (u[1] & 0x3FU);
    case 3:
        return (u[0] & 0x0FU) << 12 | (u[1] & 0x3FU) << 6 | (u[2] & 0x3FU);
    }
    return (u[0] & 0x07U) << 18 | (u[1] & 0x3FU) << 12 | (u[2] & 0x3FU) << 6 | (u[3] & 0x3FU);
}

size_t tb_utf8_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

/* ---- properties ---- */

static const struct {
    uint32_t first, last;
} alnum_ranges[] = {
#define TB_RANGE(first, last) {first, last},
#include "core/utf8_alnum.def"
#undef TB_RANGE
};

uint32_t tb_utf8_upper(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'a' && cp <= 'z' ? cp - 32 : cp;
    if (cp == 0xDF)
        return cp; /* sharp s has no capital in PostgreSQL's C.UTF-8 */
    return (uint32_t)utf8proc_toupper((utf8proc_int32_t)cp);
}

uint32_t tb_utf8_lower(uint32_t cp)
{
    if (cp < 0x80)
        return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
}

bool tb_utf8_is_alnum(uint32_t cp)
{
    if (cp < 0x80)
        return (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z');
    size_t low = 0, high = TB_COUNT(alnum_ranges);
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (cp > alnum_ranges[mid].last)
            low = mid + 1;
        else
            high = mid;
    }
    return low < TB_COUNT(alnum_ranges) && cp >= alnum_ranges[low].first;
}

int tb_utf8_width(uint32_t cp)
{
    return utf8proc_charwidth((utf8proc_int32_t)cp);
}

tb_str tb_utf8_map_case(tb_arena *arena, const tb_str *s, tb_case how)
{
    const char *from = tb_str_data(s);
    /* no simple mapping makes a character more than half as long again (2 bytes to 3) */
    char *to = tb_arena_bytes(arena, (size_t)s->len * 2 + 4);
    size_t len = 0, size;
    bool in_word = false;
    for (size_t at = 0; at < s->len; at += size) {
        uint32_t cp = tb_utf8_decode(from + at, &size);
        bool upper = how == TB_CASE_UPPER || (how == TB_CASE_INITCAP && !in_word);
        cp = upper ? tb_utf8_upper(cp) : tb_utf8_lower(cp);
        if (how == TB_CASE_INITCAP)
            in_word = tb_utf8_is_alnum(cp);
        len += tb_utf8_encode(cp, to + len);
    }
    return tb_str_make(to, len);
}
