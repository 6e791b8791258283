/* SPDX-License-Identifier: Apache-2.0 */
#include "server/encoding.h"

#include "core/utf8.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct encoding_info {
    const char *name;
    const char *iconv_name; /* NULL = no conversion */
} encoding_info;

static const encoding_info encodings[] = {
    [TB_ENC_UTF8] = {"UTF8", NULL},
    [TB_ENC_SQL_ASCII] = {"SQL_ASCII", NULL},
    [TB_ENC_GBK] = {"GBK", "GBK"},
    [TB_ENC_GB18030] = {"GB18030", "GB18030"},
};

typedef struct alias {
    const char *name; /* lower case, letters and digits only */
    tb_encoding enc;
} alias;

static const alias aliases[] = {
    {"cp936", TB_ENC_GBK}, {"gb18030", TB_ENC_GB18030},    {"gbk", TB_ENC_GBK},
    {"ms936", TB_ENC_GBK}, {"sqlascii", TB_ENC_SQL_ASCII}, {"unicode", TB_ENC_UTF8},
    {"utf8", TB_ENC_UTF8}, {"win936", TB_ENC_GBK},         {"windows936", TB_ENC_GBK},
};

struct tb_recoder {
    tb_encoding enc;
    iconv_t in, out;
};

static bool is_plain(tb_encoding enc)
{
    return encodings[enc].iconv_name == NULL;
}

const char *tb_encoding_name(tb_encoding enc)
{
    return encodings[enc].name;
}

bool tb_encoding_parse(const char *name, tb_encoding *out)
{
    char clean[32];
    size_t n = 0;
    for (const char *p = name; *p != '\0'; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')))
            continue;
        if (n + 1 == sizeof clean)
            return false;
        clean[n++] = c;
    }
    clean[n] = '\0';
    for (size_t i = 0; i < TB_COUNT(aliases); i++) {
        if (strcmp(aliases[i].name, clean) == 0) {
            *out = aliases[i].enc;
            return true;
        }
    }
    return false;
}

tb_recoder *tb_recoder_create(tb_encoding enc)
{
    tb_recoder *r = tb_xcalloc(1, sizeof *r);
    r->enc = enc;
    if (!is_plain(enc)) {
        r->in = iconv_open("UTF-8", encodings[enc].iconv_name);
        r->out = iconv_open(encodings[enc].iconv_name, "UTF-8");
        TB_CHECK(r->in != (iconv_t)-1 && r->out != (iconv_t)-1);
    }
    return r;
}

void tb_recoder_destroy(tb_recoder *r)
{
    if (r == NULL)
        return;
    if (!is_plain(r->enc)) {
        iconv_close(r->in);
        iconv_close(r->out);
    }
    free(r);
}

bool tb_recoder_is_plain(const tb_recoder *r)
{
    return r == NULL || is_plain(r->enc);
}

tb_encoding tb_recoder_encoding(const tb_recoder *r)
{
    return r == NULL ? TB_ENC_UTF8 : r->enc;
}

/* PostgreSQL names at most the bytes of one character: "0xff", "0xe4 0xbd". */
static tb_rc invalid_bytes(tb_encoding enc, const char *text, size_t left, tb_error *err)
{
    unsigned char first = (unsigned char)text[0], second = left > 1 ? (unsigned char)text[1] : 0;
    char hex[16];
    snprintf(hex, sizeof hex, first & 0x80 && left > 1 ? "0x%02x 0x%02x" : "0x%02x", first, second);
    return TB_RAISE(err, TB_E_CHARACTER_NOT_IN_REPERTOIRE,
                    "invalid byte sequence for encoding \"%s\": %s", tb_encoding_name(enc), hex);
}

tb_rc tb_recode_in(tb_recoder *r, tb_arena *arena, const char *text, size_t len, const char **out,
                   size_t *out_len, tb_error *err)
{
    if (tb_recoder_is_plain(r)) {
        TB_TRY(tb_utf8_check(text, len, false, err));
        *out = text;
        *out_len = len;
        return TB_OK;
    }
    if (memchr(text, 0, len) != NULL)
        return TB_RAISE(err, TB_E_CHARACTER_NOT_IN_REPERTOIRE,
                        "invalid byte sequence for encoding \"%s\": %s", tb_encoding_name(r->enc),
                        "0x00");
    /* a character of one byte stays one, of two bytes becomes at most three, of four at most four
     */
    size_t cap = len + len / 2 + 1;
    char *to = tb_arena_bytes(arena, cap + 1);
    char *in_at = (char *)(uintptr_t)text, *out_at = to;
    size_t in_left = len, out_left = cap;
    iconv(r->in, NULL, NULL, NULL, NULL);
    if (iconv(r->in, &in_at, &in_left, &out_at, &out_left) == (size_t)-1)
        return invalid_bytes(r->enc, in_at, in_left, err);
    *out_at = '\0';
    *out = to;
    *out_len = (size_t)(out_at - to);
    return TB_OK;
}

/* Converts as much as possible; stops at the end or before the first character without equivalent.
 * Returns bytes consumed. */
static size_t convert_out(tb_recoder *r, tb_buf *to, const char *text, size_t len)
{
    char *in_at = (char *)(uintptr_t)text;
    size_t in_left = len;
    size_t cap = len * 2 + 4;
    char *start = tb_buf_reserve(to, cap);
    if (start == NULL)
        return len; /* the buffer is failed: its owner finds out */
    char *out_at = start;
    size_t out_left = cap;
    iconv(r->out, NULL, NULL, NULL, NULL);
    size_t rc = iconv(r->out, &in_at, &in_left, &out_at, &out_left);
    TB_CHECK(rc != (size_t)-1 || errno != E2BIG);
    to->len += (size_t)(out_at - start);
    return len - in_left;
}

bool tb_recode_out(tb_recoder *r, tb_buf *to, const char *text, size_t len)
{
    if (tb_recoder_is_plain(r)) {
        tb_buf_append(to, text, len);
        return true;
    }
    size_t before = to->len;
    if (convert_out(r, to, text, len) == len)
        return true;
    to->len = before;
    return false;
}

void tb_recode_out_lossy(tb_recoder *r, tb_buf *to, const char *text, size_t len)
{
    if (tb_recoder_is_plain(r)) {
        tb_buf_append(to, text, len);
        return;
    }
    while (len > 0) {
        size_t n = convert_out(r, to, text, len);
        if (n == len)
            return;
        size_t skip = tb_utf8_char_len(text[n]);
        n = skip > len - n ? len : n + skip;
        tb_buf_putc(to, '?');
        text += n;
        len -= n;
    }
}
