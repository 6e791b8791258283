/* SPDX-License-Identifier: Apache-2.0
 * Text: trimming, padding, replacing, single characters.
 */
#include "executor/fn_int.h"

/* ---- trimming ---- */

typedef enum side { LEFT = 1, RIGHT = 2, BOTH = 3 } side;

/* Is the character of n bytes at s in the set? */
static bool in_set(const char *s, size_t n, const char *set, size_t set_len, bool bytes)
{
    for (size_t i = 0; i < set_len;) {
        size_t k = bytes ? 1 : tb_utf8_char_len(set[i]);
        if (k == n && memcmp(s, set + i, n) == 0)
            return true;
        i += k;
    }
    return false;
}

static tb_rc trim(const tb_value *v, const char *set, size_t set_len, side sides, bool bytes,
                  tb_value *ret)
{
    const char *s = tb_str_data(&v->d.str), *end = s + v->d.str.len;
    while ((sides & LEFT) && s < end) {
        size_t k = bytes ? 1 : tb_utf8_char_len(*s);
        if (!in_set(s, k, set, set_len, bytes))
            break;
        s += k;
    }
    while ((sides & RIGHT) && s < end) {
        const char *last = end - 1;
        while (!bytes && last > s && ((unsigned char)*last & 0xC0) == 0x80)
            last--;
        if (!in_set(last, (size_t)(end - last), set, set_len, bytes))
            break;
        end = last;
    }
    return tbi_bytes(ret, s, (size_t)(end - s));
}

#define TRIM(text1, text2, bytea, sides)                                                           \
    TB_BODY(text1)                                                                                 \
    {                                                                                              \
        return trim(&a[0], " ", 1, sides, false, ret);                                             \
    }                                                                                              \
    TB_BODY(text2)                                                                                 \
    {                                                                                              \
        return trim(&a[0], TBI_S(1), TBI_N(1), sides, false, ret);                                 \
    }                                                                                              \
    TB_BODY(bytea)                                                                                 \
    {                                                                                              \
        return trim(&a[0], TBI_S(1), TBI_N(1), sides, true, ret);                                  \
    }
TRIM(LTRIM_TEXT, LTRIM_TEXT_TEXT, LTRIM_BYTEA_BYTEA, LEFT)
TRIM(RTRIM_TEXT, RTRIM_TEXT_TEXT, RTRIM_BYTEA_BYTEA, RIGHT)
TRIM(BTRIM_TEXT, BTRIM_TEXT_TEXT, BTRIM_BYTEA_BYTEA, BOTH)

/* ---- padding ---- */

static tb_rc too_large(tb_fn_cx *cx)
{
    return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
}

/* Appends `chars` characters of the fill text, over and over. */
static void add_fill(tbi_out *o, const char *fill, size_t fill_len, size_t chars)
{
    size_t at = 0;
    for (; chars > 0 && !o->failed; chars--) {
        size_t k = tb_utf8_char_len(fill[at]);
        tbi_out_add(o, fill + at, k);
        at = at + k < fill_len ? at + k : 0;
    }
}

static tb_rc pad(tb_fn_cx *cx, const tb_value *a, const char *fill, size_t fill_len, bool left,
                 tb_value *ret)
{
    size_t want = a[1].d.i32 < 0 ? 0 : (size_t)a[1].d.i32;
    const char *s = TBI_S(0);
    size_t keep = tb_utf8_offset(s, TBI_N(0), want);
    size_t have = keep < TBI_N(0) ? want : tb_utf8_count(s, keep);
    size_t missing = fill_len == 0 ? 0 : want - have;
    if (missing > TBI_TEXT_MAX)
        return too_large(cx);
    tbi_out o;
    tbi_out_begin(&o, cx, keep + missing);
    if (left)
        add_fill(&o, fill, fill_len, missing);
    tbi_out_add(&o, s, keep);
    if (!left)
        add_fill(&o, fill, fill_len, missing);
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(LPAD_TEXT_INT4)
{
    return pad(cx, a, " ", 1, true, ret);
}
TB_BODY(LPAD_TEXT_INT4_TEXT)
{
    return pad(cx, a, TBI_S(2), TBI_N(2), true, ret);
}
TB_BODY(RPAD_TEXT_INT4)
{
    return pad(cx, a, " ", 1, false, ret);
}
TB_BODY(RPAD_TEXT_INT4_TEXT)
{
    return pad(cx, a, TBI_S(2), TBI_N(2), false, ret);
}

TB_BODY(REPEAT)
{
    size_t n = TBI_N(0), times = a[1].d.i32 < 0 ? 0 : (size_t)a[1].d.i32;
    if (n > 0 && times > TBI_TEXT_MAX / n)
        return too_large(cx);
    tbi_out o;
    tbi_out_begin(&o, cx, n * times);
    for (size_t i = 0; n > 0 && i < times; i++)
        tbi_out_add(&o, TBI_S(0), n);
    return tbi_out_end(&o, cx, ret);
}

/* ---- replacing ---- */

TB_BODY(REPLACE)
{
    const char *s = TBI_S(0), *end = s + TBI_N(0), *from = TBI_S(1);
    size_t from_len = TBI_N(1);
    const char *at = from_len == 0 ? NULL : tbi_find(s, TBI_N(0), from, from_len);
    if (at == NULL)
        return tbi_str(ret, a[0].d.str);
    tbi_out o;
    tbi_out_begin(&o, cx, TBI_N(0));
    for (; at != NULL; at = tbi_find(s, (size_t)(end - s), from, from_len)) {
        tbi_out_add(&o, s, (size_t)(at - s));
        tbi_out_add_str(&o, &a[2].d.str);
        s = at + from_len;
    }
    tbi_out_add(&o, s, (size_t)(end - s));
    return tbi_out_end(&o, cx, ret);
}

/* Character number of the first character equal to that at s, or -1. */
static int64_t index_of(const char *s, size_t n, const char *set, size_t set_len)
{
    int64_t index = 0;
    for (size_t i = 0; i < set_len; index++) {
        size_t k = tb_utf8_char_len(set[i]);
        if (k == n && memcmp(s, set + i, n) == 0)
            return index;
        i += k;
    }
    return -1;
}

TB_BODY(TRANSLATE)
{
    const char *s = TBI_S(0), *end = s + TBI_N(0), *to = TBI_S(2);
    tbi_out o;
    tbi_out_begin(&o, cx, TBI_N(0));
    while (s < end) {
        size_t k = tb_utf8_char_len(*s);
        int64_t index = index_of(s, k, TBI_S(1), TBI_N(1));
        if (index < 0) {
            tbi_out_add(&o, s, k);
        } else {
            size_t at = tb_utf8_offset(to, TBI_N(2), (size_t)index);
            if (at < TBI_N(2)) /* no counterpart: the character goes away */
                tbi_out_add(&o, to + at, tb_utf8_char_len(to[at]));
        }
        s += k;
    }
    return tbi_out_end(&o, cx, ret);
}

/* ---- single characters ---- */

TB_BODY(ASCII)
{
    size_t size;
    return tbi_int4(ret, TBI_N(0) == 0 ? 0 : (int64_t)tb_utf8_decode(TBI_S(0), &size));
}

TB_BODY(CHR)
{
    int32_t cp = a[0].d.i32;
    if (cp < 0)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "character number must be positive");
    if (cp == 0)
        return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED, "null character not permitted");
    bool surrogate = cp >= 0xD800 && cp <= 0xDFFF;
    if ((cp > 0x10FFFF || surrogate) && cx->hide_values)
        return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "requested character not valid for encoding");
    if (surrogate)
        return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "requested character not valid for encoding: %u", (unsigned)cp);
    if (cp > 0x10FFFF)
        return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "requested character too large for encoding: %u", (unsigned)cp);
    char bytes[4];
    return tbi_bytes(ret, bytes, tb_utf8_encode((uint32_t)cp, bytes));
}
