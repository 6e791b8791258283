/* SPDX-License-Identifier: Apache-2.0
 * Text: lengths, letter case, parts by position, search, concatenation.
 */
#include "executor/fn_int.h"

/* ---- lengths ---- */

static size_t unpadded(const tb_value *v)
{
    const char *s = tb_str_data(&v->d.str);
    size_t n = v->d.str.len;
    while (n > 0 && s[n - 1] == ' ')
        n--;
    return n;
}

#define LENGTH(id, expr)                                                                           \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        return tbi_int4(ret, (int64_t)(expr));                                                     \
    }
LENGTH(LENGTH_TEXT, tb_utf8_count(TBI_S(0), TBI_N(0)))
LENGTH(CHAR_LENGTH_TEXT, tb_utf8_count(TBI_S(0), TBI_N(0)))
LENGTH(CHARACTER_LENGTH_TEXT, tb_utf8_count(TBI_S(0), TBI_N(0)))
LENGTH(LENGTH_BPCHAR, tb_utf8_count(TBI_S(0), unpadded(&a[0])))
LENGTH(CHAR_LENGTH_BPCHAR, tb_utf8_count(TBI_S(0), unpadded(&a[0])))
LENGTH(CHARACTER_LENGTH_BPCHAR, tb_utf8_count(TBI_S(0), unpadded(&a[0])))
LENGTH(LENGTH_BYTEA, TBI_N(0))
LENGTH(OCTET_LENGTH_TEXT, TBI_N(0))
LENGTH(OCTET_LENGTH_BPCHAR, TBI_N(0))
LENGTH(OCTET_LENGTH_BYTEA, TBI_N(0))
LENGTH(BIT_LENGTH_TEXT, TBI_N(0) * 8)
LENGTH(BIT_LENGTH_BYTEA, TBI_N(0) * 8)

/* ---- letter case ---- */

TB_BODY(LOWER)
{
    return tbi_str(ret, tb_utf8_map_case(cx->arena, &a[0].d.str, TB_CASE_LOWER));
}
TB_BODY(UPPER)
{
    return tbi_str(ret, tb_utf8_map_case(cx->arena, &a[0].d.str, TB_CASE_UPPER));
}
TB_BODY(INITCAP)
{
    return tbi_str(ret, tb_utf8_map_case(cx->arena, &a[0].d.str, TB_CASE_INITCAP));
}

/* ---- parts by position ---- */

/* Characters (or bytes) [from, to) of s, 0-based; `to` past the end means the end. */
static tb_rc put_part(tb_value *ret, const char *s, size_t len, int64_t from, int64_t to,
                      bool bytes)
{
    if (from < 0)
        from = 0;
    if (to <= from)
        return tbi_bytes(ret, "", 0);
    size_t lo, hi;
    if (bytes) {
        lo = (size_t)from < len ? (size_t)from : len;
        hi = (size_t)to < len ? (size_t)to : len;
    } else {
        lo = tb_utf8_offset(s, len, (size_t)from);
        hi = lo + tb_utf8_offset(s + lo, len - lo, (size_t)(to - from));
    }
    return tbi_bytes(ret, s + lo, hi - lo);
}

static tb_rc negative_length(tb_fn_cx *cx)
{
    return TB_RAISE(cx->err, TB_E_SUBSTRING_ERROR, "negative substring length not allowed");
}

static tb_rc substring_from(const tb_value *a, bool bytes, tb_value *ret)
{
    return put_part(ret, TBI_S(0), TBI_N(0), (int64_t)a[1].d.i32 - 1, INT64_MAX, bytes);
}

static tb_rc substring_for(tb_fn_cx *cx, const tb_value *a, bool bytes, tb_value *ret)
{
    if (a[2].d.i32 < 0)
        return negative_length(cx);
    int64_t from = (int64_t)a[1].d.i32 - 1;
    return put_part(ret, TBI_S(0), TBI_N(0), from, from + a[2].d.i32, bytes);
}

#define SUBSTRING(from_id, for_id, bytes)                                                          \
    TB_BODY(from_id)                                                                               \
    {                                                                                              \
        return substring_from(a, bytes, ret);                                                      \
    }                                                                                              \
    TB_BODY(for_id)                                                                                \
    {                                                                                              \
        return substring_for(cx, a, bytes, ret);                                                   \
    }
SUBSTRING(SUBSTR_TEXT_INT4, SUBSTR_TEXT_INT4_INT4, false)
SUBSTRING(SUBSTRING_TEXT_INT4, SUBSTRING_TEXT_INT4_INT4, false)
SUBSTRING(SUBSTR_BYTEA_INT4, SUBSTR_BYTEA_INT4_INT4, true)
SUBSTRING(SUBSTRING_BYTEA_INT4, SUBSTRING_BYTEA_INT4_INT4, true)

TB_BODY(LEFT)
{
    int64_t n = a[1].d.i32;
    if (n < 0)
        n += (int64_t)tb_utf8_count(TBI_S(0), TBI_N(0));
    return put_part(ret, TBI_S(0), TBI_N(0), 0, n, false);
}
TB_BODY(RIGHT)
{
    int64_t n = a[1].d.i32;
    int64_t skip = n < 0 ? -n : (int64_t)tb_utf8_count(TBI_S(0), TBI_N(0)) - n;
    return put_part(ret, TBI_S(0), TBI_N(0), skip, INT64_MAX, false);
}

/* The part of `count` characters from position `at` (1-based) replaced by a[1]. */
static tb_rc overlay(tb_fn_cx *cx, const tb_value *a, int64_t at, int64_t count, bool bytes,
                     tb_value *ret)
{
    if (at <= 0)
        return negative_length(cx);
    if (at + count > INT32_MAX || at + count < INT32_MIN)
        return TB_RAISE(cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
    tb_value before, after;
    TB_TRY(put_part(&before, TBI_S(0), TBI_N(0), 0, at - 1, bytes));
    TB_TRY(put_part(&after, TBI_S(0), TBI_N(0), at + count - 1, INT64_MAX, bytes));
    tbi_out o;
    tbi_out_begin(&o, cx, TBI_N(0) + TBI_N(1));
    tbi_out_add_str(&o, &before.d.str);
    tbi_out_add_str(&o, &a[1].d.str);
    tbi_out_add_str(&o, &after.d.str);
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(OVERLAY_TEXT_TEXT_INT4)
{
    return overlay(cx, a, a[2].d.i32, (int64_t)tb_utf8_count(TBI_S(1), TBI_N(1)), false, ret);
}
TB_BODY(OVERLAY_TEXT_TEXT_INT4_INT4)
{
    return overlay(cx, a, a[2].d.i32, a[3].d.i32, false, ret);
}
TB_BODY(OVERLAY_BYTEA_BYTEA_INT4)
{
    return overlay(cx, a, a[2].d.i32, (int64_t)TBI_N(1), true, ret);
}
TB_BODY(OVERLAY_BYTEA_BYTEA_INT4_INT4)
{
    return overlay(cx, a, a[2].d.i32, a[3].d.i32, true, ret);
}

TB_BODY(REVERSE)
{
    size_t n = TBI_N(0);
    const char *s = TBI_S(0), *end = s + n;
    char *to = tb_arena_bytes(cx->arena, n + 1), *at = to + n;
    while (s < end) {
        size_t k = tb_utf8_char_len(*s);
        at -= k;
        memcpy(at, s, k);
        s += k;
    }
    return tbi_bytes(ret, to, n);
}

/* ---- search ---- */

const char *tbi_find(const char *s, size_t slen, const char *needle, size_t nlen)
{
    return memmem(s, slen, needle, nlen);
}

/* 1-based position of a[1] in a[0], in characters or bytes; 0 when absent. UTF-8 cannot match
 * inside a character. */
static tb_rc position(const tb_value *a, bool bytes, tb_value *ret)
{
    const char *s = TBI_S(0), *at = tbi_find(s, TBI_N(0), TBI_S(1), TBI_N(1));
    if (at == NULL)
        return tbi_int4(ret, 0);
    size_t before = (size_t)(at - s);
    return tbi_int4(ret, (int64_t)(bytes ? before : tb_utf8_count(s, before)) + 1);
}

TB_BODY(STRPOS)
{
    return position(a, false, ret);
}
TB_BODY(POSITION_TEXT_TEXT)
{
    return position(a, false, ret);
}
TB_BODY(POSITION_BYTEA_BYTEA)
{
    return position(a, true, ret);
}
TB_BODY(STARTS_WITH)
{
    size_t n = TBI_N(1);
    return tbi_bool(ret, n <= TBI_N(0) && memcmp(TBI_S(0), TBI_S(1), n) == 0);
}

/* Start of the n-th piece from the left (1-based); *end is its end. NULL when there are fewer. */
static const char *piece(const char *s, const char *limit, const tb_value *sep, int64_t n,
                         const char **end)
{
    const char *needle = tb_str_data(&sep->d.str);
    size_t nlen = sep->d.str.len;
    for (;;) {
        const char *at = tbi_find(s, (size_t)(limit - s), needle, nlen);
        *end = at != NULL ? at : limit;
        if (--n == 0)
            return s;
        if (at == NULL)
            return NULL;
        s = at + nlen;
    }
}

TB_BODY(SPLIT_PART)
{
    const char *s = TBI_S(0), *limit = s + TBI_N(0), *end;
    int64_t n = a[2].d.i32;
    if (n == 0)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "field position must not be zero");
    if (TBI_N(0) == 0)
        return tbi_bytes(ret, "", 0);
    if (TBI_N(1) == 0)
        return n == 1 || n == -1 ? tbi_str(ret, a[0].d.str) : tbi_bytes(ret, "", 0);
    if (n < 0) {
        int64_t pieces = 1;
        for (const char *at = s;
             (at = tbi_find(at, (size_t)(limit - at), TBI_S(1), TBI_N(1))) != NULL; at += TBI_N(1))
            pieces++;
        n += pieces + 1;
    }
    const char *at = n <= 0 ? NULL : piece(s, limit, &a[1], n, &end);
    return at == NULL ? tbi_bytes(ret, "", 0) : tbi_bytes(ret, at, (size_t)(end - at));
}

/* ---- concatenation ---- */

static tb_rc concat2(tb_fn_cx *cx, const tb_str *x, const tb_str *y, tb_value *ret)
{
    tbi_out o;
    tbi_out_begin(&o, cx, (size_t)x->len + y->len);
    tbi_out_add_str(&o, x);
    tbi_out_add_str(&o, y);
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(TEXTCAT)
{
    return concat2(cx, &a[0].d.str, &a[1].d.str, ret);
}
TB_BODY(BYTEACAT)
{
    return concat2(cx, &a[0].d.str, &a[1].d.str, ret);
}

tb_str tbi_cast_text(tb_fn_cx *cx, tb_type_id type, const tb_value *v)
{
    if (type == TB_T_BOOL)
        return tb_str_lit(v->d.b ? "true" : "false");
    if (type == TB_T_BPCHAR)
        return tb_str_make(tb_str_data(&v->d.str), unpadded(v));
    return tbi_text_of(cx, type, v);
}

TB_BODY(TEXTANYCAT)
{
    tb_str right = tbi_cast_text(cx, cx->argtype[1], &a[1]);
    return concat2(cx, &a[0].d.str, &right, ret);
}
TB_BODY(ANYTEXTCAT)
{
    tb_str left = tbi_cast_text(cx, cx->argtype[0], &a[0]);
    return concat2(cx, &left, &a[1].d.str, ret);
}

static tb_rc concat_all(tb_fn_cx *cx, const tb_value *a, uint32_t first, const tb_str *sep,
                        tb_value *ret)
{
    tbi_out o;
    tbi_out_begin(&o, cx, 0);
    bool any = false;
    for (uint32_t i = first; i < cx->nargs; i++) {
        if (a[i].null)
            continue;
        if (any)
            tbi_out_add_str(&o, sep);
        any = true;
        tb_str s = tbi_text_of(cx, cx->argtype[i], &a[i]);
        tbi_out_add_str(&o, &s);
    }
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(CONCAT)
{
    tb_str none = tb_str_lit("");
    return concat_all(cx, a, 0, &none, ret);
}
TB_BODY(CONCAT_WS)
{
    if (a[0].null)
        return tbi_null(ret);
    return concat_all(cx, a, 1, &a[0].d.str, ret);
}
