/* SPDX-License-Identifier: Apache-2.0
 * LIKE and ILIKE.
 *
 * Entry points: tbi_like.
 */
#include "executor/fn_int.h"

typedef struct pattern {
    const char *at, *end;
} pattern;

static tb_rc dangling_escape(tb_error *err)
{
    return TB_RAISE(err, TB_E_INVALID_ESCAPE_SEQUENCE,
                    "LIKE pattern must not end with escape character");
}

static size_t char_len(const char *s, bool bytes)
{
    return bytes ? 1 : tb_utf8_char_len(*s);
}

/* Passes a run of % and _, which begins with %. Each _ takes a character of *s; false when there is
 * none. */
static bool pass_wildcards(pattern *p, const char **s, const char *end, bool bytes)
{
    for (; p->at < p->end && (*p->at == '%' || *p->at == '_'); p->at++) {
        if (*p->at == '%')
            continue;
        if (*s >= end)
            return false;
        *s += char_len(*s, bytes);
    }
    return true;
}

/* Matching goes forward byte by byte. After a mismatch only the last % needs to be tried again, one
 * character further: an earlier one could only consume more of the text. */
tb_rc tbi_like(const char *s, size_t slen, const char *p_at, size_t plen, bool bytes, bool *match,
               tb_error *err)
{
    const char *end = s + slen, *retry_s = NULL;
    pattern p = {p_at, p_at + plen}, retry_p = p;
    *match = false;
    while (s < end) {
        bool advanced = false;
        if (p.at < p.end && *p.at == '%') {
            if (!pass_wildcards(&p, &s, end, bytes))
                return TB_OK;
            if (p.at == p.end) {
                *match = true;
                return TB_OK;
            }
            if (*p.at == '\\' && p.at + 1 == p.end)
                return dangling_escape(err);
            retry_s = s;
            retry_p = p;
            continue;
        }
        if (p.at < p.end && *p.at == '_') {
            p.at++;
            s += char_len(s, bytes);
            continue;
        }
        if (p.at < p.end && *p.at == '\\') {
            if (p.at + 1 == p.end)
                return dangling_escape(err);
            advanced = p.at[1] == *s;
            p.at += advanced ? 2 : 0;
        } else if (p.at < p.end) {
            advanced = *p.at == *s;
            p.at += advanced;
        }
        if (advanced) {
            s++;
        } else {
            if (retry_s == NULL || retry_s >= end)
                return TB_OK;
            retry_s += char_len(retry_s, bytes);
            s = retry_s;
            p = retry_p;
        }
    }
    while (p.at < p.end && *p.at == '%')
        p.at++;
    *match = p.at == p.end;
    return TB_OK;
}

static tb_rc like(tb_fn_cx *cx, const tb_value *a, bool bytes, bool negate, tb_value *ret)
{
    bool match;
    TB_TRY(tbi_like(TBI_S(0), TBI_N(0), TBI_S(1), TBI_N(1), bytes, &match, cx->err));
    return tbi_bool(ret, match != negate);
}

/* ILIKE compares the lower-case forms of both. */
static tb_rc ilike(tb_fn_cx *cx, const tb_value *a, bool negate, tb_value *ret)
{
    tb_value folded[2] = {
        tb_value_str(tb_utf8_map_case(cx->arena, &a[0].d.str, TB_CASE_LOWER)),
        tb_value_str(tb_utf8_map_case(cx->arena, &a[1].d.str, TB_CASE_LOWER)),
    };
    return like(cx, folded, false, negate, ret);
}

#define LIKE(id, bytes, negate)                                                                    \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        return like(cx, a, bytes, negate, ret);                                                    \
    }
LIKE(TEXTLIKE, false, false)
LIKE(TEXTNLIKE, false, true)
LIKE(BPCHARLIKE, false, false)
LIKE(BPCHARNLIKE, false, true)
LIKE(NAMELIKE, false, false)
LIKE(NAMENLIKE, false, true)
LIKE(BYTEALIKE, true, false)
LIKE(BYTEANLIKE, true, true)
LIKE(LIKE_TEXT_TEXT, false, false)
LIKE(LIKE_NAME_TEXT, false, false)
LIKE(LIKE_BYTEA_BYTEA, true, false)
LIKE(NOTLIKE_TEXT_TEXT, false, true)
LIKE(NOTLIKE_NAME_TEXT, false, true)
LIKE(NOTLIKE_BYTEA_BYTEA, true, true)

#define ILIKE(id, negate)                                                                          \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        return ilike(cx, a, negate, ret);                                                          \
    }
ILIKE(TEXTICLIKE, false)
ILIKE(TEXTICNLIKE, true)
ILIKE(BPCHARICLIKE, false)
ILIKE(BPCHARICNLIKE, true)
ILIKE(NAMEICLIKE, false)
ILIKE(NAMEICNLIKE, true)

/* ---- LIKE ... ESCAPE: the pattern rewritten to the escape character backslash ---- */

static tb_rc like_escape(tb_fn_cx *cx, const tb_value *a, bool bytes, tb_value *ret)
{
    const char *p = TBI_S(0), *end = p + TBI_N(0), *esc = TBI_S(1);
    size_t esc_len = TBI_N(1);
    if (esc_len > 0 && char_len(esc, bytes) < esc_len) {
        tb_rc rc = TB_RAISE(cx->err, TB_E_INVALID_ESCAPE_SEQUENCE, "invalid escape string");
        tb_error_hint(cx->err, "Escape string must be empty or one character.");
        return rc;
    }
    if (esc_len == 1 && *esc == '\\')
        return tbi_str(ret, a[0].d.str);
    tbi_out o;
    tbi_out_begin(&o, cx, TBI_N(0) * 2);
    bool escaped = false; /* the character before was the escape */
    while (p < end) {
        size_t n = char_len(p, bytes);
        if (!escaped && esc_len > 0 && n == esc_len && memcmp(p, esc, n) == 0) {
            tbi_out_putc(&o, '\\');
            escaped = true;
        } else {
            if (*p == '\\' && !escaped)
                tbi_out_putc(&o, '\\');
            tbi_out_add(&o, p, n);
            escaped = false;
        }
        p += n;
    }
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(LIKE_ESCAPE_TEXT_TEXT)
{
    return like_escape(cx, a, false, ret);
}
TB_BODY(LIKE_ESCAPE_BYTEA_BYTEA)
{
    return like_escape(cx, a, true, ret);
}
