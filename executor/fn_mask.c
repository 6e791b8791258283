/* SPDX-License-Identifier: Apache-2.0
 * Mask functions: callable in policy bodies only (docs/domain-functions.md section 3).
 *
 * They are total: no value makes one fail. A value too short to hide anything comes out as stars
 * alone.
 */
#include "executor/fn_int.h"

#include "core/num.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static tb_rc stars(tb_fn_cx *cx, size_t n, tb_value *ret)
{
    char *to = tb_arena_bytes(cx->arena, n + 1);
    memset(to, '*', n);
    return tbi_bytes(ret, to, n);
}

/* The first `first` and the last `last` characters around pad; only stars when they would show
 * everything. */
static tb_rc show_ends(tb_fn_cx *cx, const tb_value *v, int64_t first, int64_t last,
                       const char *pad, size_t pad_len, tb_value *ret)
{
    const char *s = tb_str_data(&v->d.str);
    size_t len = v->d.str.len;
    int64_t n = (int64_t)tb_utf8_count(s, len);
    first = first < 0 ? 0 : first;
    last = last < 0 ? 0 : last;
    if (n <= first + last)
        return stars(cx, (size_t)n, ret);
    size_t head = tb_utf8_offset(s, len, (size_t)first),
           tail = tb_utf8_offset(s, len, (size_t)(n - last));
    tbi_out o;
    tbi_out_begin(&o, cx, head + pad_len + (len - tail));
    tbi_out_add(&o, s, head);
    tbi_out_add(&o, pad, pad_len);
    tbi_out_add(&o, s + tail, len - tail);
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(MASK_PARTIAL)
{
    return show_ends(cx, &a[0], a[1].d.i32, a[3].d.i32, TBI_S(2), TBI_N(2), ret);
}

TB_BODY(MASK_PHONE)
{
    return show_ends(cx, &a[0], 3, 4, "****", 4, ret);
}

TB_BODY(MASK_EMAIL)
{
    const char *s = TBI_S(0);
    size_t len = TBI_N(0);
    const char *first = len == 0 ? NULL : memchr(s, '@', len);
    if (first == NULL || first == s)
        return stars(cx, tb_utf8_count(s, len), ret);
    const char *last = memrchr(s, '@', len);
    tbi_out o;
    tbi_out_begin(&o, cx, len + 3);
    tbi_out_add(&o, s, tb_utf8_char_len(*s));
    tbi_out_puts(&o, "***");
    tbi_out_add(&o, last, (size_t)(s + len - last));
    return tbi_out_end(&o, cx, ret);
}

/* floor(value / width) * width. The lowest bucket of bigint may begin below its range: then the
 * range's end. */
TB_BODY(MASK_BUCKET_INT8_INT8)
{
    __int128 v = a[0].d.i64, width = a[1].d.i64;
    if (width <= 0)
        return tbi_null(ret);
    __int128 down = v % width;
    if (down < 0)
        down += width;
    v -= down;
    return tbi_int8(ret, v < INT64_MIN ? INT64_MIN : (int64_t)v);
}

TB_BODY(MASK_BUCKET_NUMERIC_NUMERIC)
{
    const tb_num *v = &a[0].d.num, *width = &a[1].d.num;
    bool finite = (v->kind == TB_NUM_SMALL || v->kind == TB_NUM_BIG) &&
                  (width->kind == TB_NUM_SMALL || width->kind == TB_NUM_BIG);
    if (!finite || tb_num_sign(width) <= 0)
        return tbi_null(ret);
    /* By remainder: exact whatever the scales. A result beyond numeric's format is no bucket
     * either. */
    tb_error ignored = {.lang = TB_LANG_EN};
    tb_num down, bucket;
    if (tb_num_mod(cx->arena, v, width, &down, &ignored) != TB_OK)
        return tbi_null(ret);
    if (tb_num_sign(&down) < 0 && tb_num_add(cx->arena, &down, width, &down, &ignored) != TB_OK)
        return tbi_null(ret);
    if (tb_num_sub(cx->arena, v, &down, &bucket, &ignored) != TB_OK)
        return tbi_null(ret);
    /* Decimals as floor(value / width) * width has them: those of the width. */
    return tbi_num(ret, tb_num_rescale(cx->arena, &bucket, width->scale));
}

/* ---- dates ---- */

static bool unit_is(const tb_value *v, const char *unit)
{
    return v->d.str.len == strlen(unit) && memcmp(tb_str_data(&v->d.str), unit, v->d.str.len) == 0;
}

/* First day of the year or month; false when the unit is neither. */
static bool first_day(int32_t days, const tb_value *unit, int32_t *out)
{
    int year, month, day;
    bool by_year = unit_is(unit, "year");
    if (!by_year && !unit_is(unit, "month"))
        return false;
    tb_civil_from_days(days, &year, &month, &day);
    *out = tb_days_from_civil(year, by_year ? 1 : month, 1);
    return true;
}

TB_BODY(MASK_DATE_DATE_TEXT)
{
    int32_t v = a[0].d.i32;
    bool known = unit_is(&a[1], "year") || unit_is(&a[1], "month");
    if (!known)
        return tbi_null(ret);
    if (tb_date_is_finite(v) && !first_day(v, &a[1], &v))
        return tbi_null(ret);
    return tbi_int4(ret, v);
}

TB_BODY(MASK_DATE_TIMESTAMP_TEXT)
{
    int64_t ts = a[0].d.i64;
    bool known = unit_is(&a[1], "year") || unit_is(&a[1], "month");
    if (!known)
        return tbi_null(ret);
    if (!tb_ts_is_finite(ts))
        return tbi_int8(ret, ts);
    int32_t day;
    (void)first_day(tb_timestamp_to_date(ts), &a[1], &day);
    int64_t first = (int64_t)day * TB_USECS_PER_DAY;
    return tbi_int8(ret, first < TB_TS_MIN ? TB_TS_MIN : first);
}

TB_BODY(MASK_REGION)
{
    size_t n = a[1].d.i32 < 0 ? 0 : (size_t)a[1].d.i32;
    return tbi_bytes(ret, TBI_S(0), tb_utf8_offset(TBI_S(0), TBI_N(0), n));
}

/* ---- token ---- */

enum { TOKEN_KEY_BYTES = 32 };

TB_BODY(MASK_TOKEN)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (cx->env == NULL || cx->env->token_key == NULL)
        return TB_RAISE(cx->err, TB_E_OBJECT_NOT_IN_PREREQUISITE_STATE,
                        "no key for tokens is loaded");
    if (HMAC(EVP_sha256(), cx->env->token_key, TOKEN_KEY_BYTES, (const unsigned char *)TBI_S(0),
             TBI_N(0), mac, &n) == NULL)
        return TB_RAISE(cx->err, TB_E_INTERNAL_ERROR, "could not compute a token");
    char *to = tb_arena_bytes(cx->arena, (size_t)n * 2);
    for (unsigned i = 0; i < n; i++) {
        to[2 * i] = digits[mac[i] >> 4];
        to[2 * i + 1] = digits[mac[i] & 15];
    }
    return tbi_bytes(ret, to, (size_t)n * 2);
}
