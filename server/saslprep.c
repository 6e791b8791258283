/* SPDX-License-Identifier: Apache-2.0 */
#include "server/saslprep.h"

#include "core/utf8.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

typedef struct range {
    int32_t first, last;
} range;

#define TB_RANGE(first, last) {first, last},
#define TB_TABLE_NOTHING
static const range nothing[] = {
#include "server/saslprep.def"
};
#undef TB_TABLE_NOTHING
#define TB_TABLE_SPACE
static const range space[] = {
#include "server/saslprep.def"
};
#undef TB_TABLE_SPACE
#define TB_TABLE_PROHIBITED
static const range prohibited[] = {
#include "server/saslprep.def"
};
#undef TB_TABLE_PROHIBITED
#define TB_TABLE_RANDAL
static const range randal[] = {
#include "server/saslprep.def"
};
#undef TB_TABLE_RANDAL
#define TB_TABLE_L
static const range left[] = {
#include "server/saslprep.def"
};
#undef TB_TABLE_L
#undef TB_RANGE

static bool in(const range *table, size_t n, int32_t cp)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (cp > table[mid].last)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && cp >= table[lo].first;
}
#define IN(table, cp) in((table), TB_COUNT(table), (cp))

/* Code points of a valid UTF-8 text after the mapping step. */
static size_t map(const char *text, size_t len, int32_t *to)
{
    size_t n = 0;
    for (size_t at = 0; at < len;) {
        utf8proc_int32_t cp;
        at += (size_t)utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                                       (utf8proc_ssize_t)(len - at), &cp);
        if (IN(space, cp))
            to[n++] = ' ';
        else if (!IN(nothing, cp))
            to[n++] = cp;
    }
    return n;
}

/* NFKC of n code points; the result is allocated. NULL when there is none. */
static int32_t *normalise(const int32_t *cps, size_t n, size_t *out_n)
{
    /* no code point has a compatibility decomposition of more than 18 */
    size_t cap = n * 18 + 1;
    int32_t *to = tb_xcalloc(cap, sizeof *to);
    size_t len = 0;
    int boundary = 0;
    for (size_t i = 0; i < n; i++) {
        utf8proc_ssize_t got = utf8proc_decompose_char(
            cps[i], to + len, (utf8proc_ssize_t)(cap - len),
            UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE, &boundary);
        if (got < 0 || (size_t)got > cap - len) {
            free(to);
            return NULL;
        }
        len += (size_t)got;
    }
    /* canonical order: insertion sort of combining marks */
    for (size_t i = 1; i < len; i++) {
        int cc = utf8proc_get_property(to[i])->combining_class;
        for (size_t k = i; cc > 0 && k > 0; k--) {
            if (utf8proc_get_property(to[k - 1])->combining_class <= cc)
                break;
            int32_t swap = to[k];
            to[k] = to[k - 1];
            to[k - 1] = swap;
        }
    }
    utf8proc_ssize_t composed =
        utf8proc_normalize_utf32(to, (utf8proc_ssize_t)len, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    *out_n = composed < 0 ? 0 : (size_t)composed;
    return to;
}

/* RFC 3454 section 6: right-to-left text must be all right-to-left, first and last included. */
static bool allowed(const int32_t *cps, size_t n)
{
    bool any_r = false, any_l = false;
    for (size_t i = 0; i < n; i++) {
        if (IN(prohibited, cps[i]))
            return false;
        any_r = any_r || IN(randal, cps[i]);
        any_l = any_l || IN(left, cps[i]);
    }
    return !any_r || (!any_l && IN(randal, cps[0]) && IN(randal, cps[n - 1]));
}

char *tb_saslprep(const char *password)
{
    size_t len = strlen(password);
    if (!tb_utf8_valid(password, len))
        return tb_xstrdup(password);
    int32_t *mapped = tb_xcalloc(len + 1, sizeof *mapped);
    size_t n = map(password, len, mapped), out_n = 0;
    int32_t *cps = normalise(mapped, n, &out_n);
    char *out = NULL;
    if (cps != NULL && out_n > 0 && allowed(cps, out_n)) {
        out = tb_xcalloc(out_n * 4 + 1, 1);
        size_t at = 0;
        for (size_t i = 0; i < out_n; i++)
            at += (size_t)utf8proc_encode_char(cps[i], (utf8proc_uint8_t *)out + at);
    }
    OPENSSL_cleanse(mapped, (len + 1) * sizeof *mapped);
    free(mapped);
    if (cps != NULL)
        OPENSSL_cleanse(cps, (n * 18 + 1) * sizeof *cps);
    free(cps);
    return out != NULL ? out : tb_xstrdup(password);
}

void tb_saslprep_free(char *prepared)
{
    if (prepared == NULL)
        return;
    OPENSSL_cleanse(prepared, strlen(prepared));
    free(prepared);
}
