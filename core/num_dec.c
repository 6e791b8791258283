/* SPDX-License-Identifier: Apache-2.0
 * Signed decimals of any length over the magnitudes of num_mag.c: what the big path of NUMERIC is
 * made of.
 */
#include "core/num_int.h"

#include <stdlib.h>

tbi_num_dec tbi_num_from_num(tbi_num_pool *p, const tb_num *n)
{
    if (n->kind == TB_NUM_BIG)
        return (tbi_num_dec){(uint32_t *)(uintptr_t)n->big->d, n->big->n, n->big->neg, n->scale};
    TB_CHECK(n->kind == TB_NUM_SMALL);
    bool neg = n->coef < 0;
    tbi_num_dec x = tbi_num_from_u64(p, neg ? -(uint64_t)n->coef : (uint64_t)n->coef);
    x.neg = neg;
    x.scale = n->scale;
    return x;
}

tbi_num_dec tbi_num_from_digits(tbi_num_pool *p, const char *s, size_t len, size_t count)
{
    uint32_t limbs = (uint32_t)((count + TBI_LIMB_DIGITS - 1) / TBI_LIMB_DIGITS);
    tbi_num_dec x = {.d = tbi_num_limbs(p, limbs + 1), .n = limbs};
    memset(x.d, 0, limbs * sizeof *x.d);
    size_t left = count;
    for (size_t i = 0; i < len && left > 0; i++) {
        if (s[i] < '0' || s[i] > '9')
            continue;
        uint32_t *limb = &x.d[(left - 1) / TBI_LIMB_DIGITS];
        *limb = *limb * 10 + (uint32_t)(s[i] - '0');
        left--;
    }
    while (x.n > 0 && x.d[x.n - 1] == 0)
        x.n--;
    return x;
}

tb_rc tbi_num_raise_overflow(tb_error *err)
{
    return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value overflows numeric format");
}

static bool fits_small(const tbi_num_dec *x, uint64_t *v)
{
    if (x->n > 3)
        return false;
    unsigned __int128 sum = 0;
    for (uint32_t i = x->n; i-- > 0;)
        sum = sum * TBI_BASE + x->d[i];
    *v = (uint64_t)sum;
    return sum <= INT64_MAX;
}

tb_num tbi_num_to_num_nocheck(tb_arena *arena, const tbi_num_dec *x)
{
    TB_CHECK(x->scale >= 0 && x->scale <= TBI_MAX_DSCALE);
    uint64_t v;
    if (fits_small(x, &v))
        return tb_num_small(x->neg ? -(int64_t)v : (int64_t)v, x->scale);
    struct tb_big *big = tb_arena_alloc(arena, sizeof *big + x->n * sizeof *x->d);
    big->n = x->n;
    big->neg = x->neg;
    memcpy(big->d, x->d, x->n * sizeof *x->d);
    return (tb_num){.big = big, .scale = (int16_t)x->scale, .kind = TB_NUM_BIG};
}

tb_rc tbi_num_to_num(tb_arena *arena, const tbi_num_dec *x, tb_num *out, tb_error *err)
{
    if (x->scale > TBI_MAX_DSCALE || tbi_num_exponent(x) >= TBI_MAX_INT_DIGITS)
        return tbi_num_raise_overflow(err);
    *out = tbi_num_to_num_nocheck(arena, x);
    return TB_OK;
}

int32_t tbi_num_exponent(const tbi_num_dec *x)
{
    return x->n == 0 ? 0 : (int32_t)tbi_num_mag_digits(x) - 1 - x->scale;
}

int32_t tbi_num_weight(const tbi_num_dec *x)
{
    int32_t e = tbi_num_exponent(x);
    return e >= 0 ? e / 4 : -((3 - e) / 4);
}

tbi_num_dec tbi_num_set_scale(tbi_num_pool *p, const tbi_num_dec *x, int32_t scale, bool round)
{
    tbi_num_dec r = scale >= x->scale ? tbi_num_mag_shift(p, x, (uint32_t)(scale - x->scale))
                                      : tbi_num_mag_cut(p, x, (uint32_t)(x->scale - scale), round);
    r.neg = x->neg && r.n > 0;
    r.scale = scale;
    return r;
}

/* Brings both to the larger scale. */
static int32_t align(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b, tbi_num_dec *x,
                     tbi_num_dec *y)
{
    int32_t scale = a->scale > b->scale ? a->scale : b->scale;
    *x = tbi_num_set_scale(p, a, scale, false);
    *y = tbi_num_set_scale(p, b, scale, false);
    return scale;
}

tbi_num_dec tbi_num_add(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b)
{
    tbi_num_dec x, y, r;
    int32_t scale = align(p, a, b, &x, &y);
    if (x.neg == y.neg) {
        r = tbi_num_mag_add(p, &x, &y);
        r.neg = x.neg;
    } else if (tbi_num_mag_cmp(&x, &y) >= 0) {
        r = tbi_num_mag_sub(p, &x, &y);
        r.neg = x.neg;
    } else {
        r = tbi_num_mag_sub(p, &y, &x);
        r.neg = y.neg;
    }
    r.neg = r.neg && r.n > 0;
    r.scale = scale;
    return r;
}

tbi_num_dec tbi_num_sub(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b)
{
    tbi_num_dec minus = *b;
    minus.neg = !b->neg && b->n > 0;
    return tbi_num_add(p, a, &minus);
}

tbi_num_dec tbi_num_mul(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b, int32_t scale)
{
    tbi_num_dec r = tbi_num_mag_mul(p, a, b);
    r.neg = a->neg != b->neg && r.n > 0;
    r.scale = a->scale + b->scale;
    return r.scale > scale ? tbi_num_set_scale(p, &r, scale, true) : r;
}

tbi_num_dec tbi_num_div(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b, int32_t scale,
                        bool round)
{
    /* quotient with one more decimal, truncated: enough to round half away from zero */
    int32_t digits = scale + 1 + b->scale - a->scale;
    tbi_num_dec x = *a, y = *b;
    if (digits >= 0)
        x = tbi_num_mag_shift(p, a, (uint32_t)digits);
    else
        y = tbi_num_mag_shift(p, b, (uint32_t)-digits);
    tbi_num_dec q = tbi_num_mag_div(p, &x, &y, NULL);
    q = tbi_num_mag_cut(p, &q, 1, round);
    q.neg = a->neg != b->neg && q.n > 0;
    q.scale = scale;
    return q;
}

int tbi_num_cmp(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b)
{
    if (a->n == 0 || b->n == 0 || a->neg != b->neg) {
        int sa = a->n == 0 ? 0 : a->neg ? -1 : 1, sb = b->n == 0 ? 0 : b->neg ? -1 : 1;
        return (sa > sb) - (sa < sb);
    }
    int32_t ea = tbi_num_exponent(a), eb = tbi_num_exponent(b);
    int c = (ea > eb) - (ea < eb);
    if (c == 0) {
        tbi_num_dec x, y;
        align(p, a, b, &x, &y);
        c = tbi_num_mag_cmp(&x, &y);
    }
    return a->neg ? -c : c;
}

uint64_t tbi_num_leading(const tbi_num_dec *x, int32_t e)
{
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec top = tbi_num_set_scale(&p, x, -e, false);
    uint64_t v = 0;
    TB_CHECK(top.n <= 2);
    for (uint32_t i = top.n; i-- > 0;)
        v = v * TBI_BASE + top.d[i];
    tbi_num_pool_fini(&p);
    return v;
}

bool tbi_num_is_integral(const tbi_num_dec *x)
{
    if (x->scale <= 0 || x->n == 0)
        return true;
    uint32_t limbs = (uint32_t)x->scale / TBI_LIMB_DIGITS;
    for (uint32_t i = 0; i < limbs && i < x->n; i++)
        if (x->d[i] != 0)
            return false;
    return limbs >= x->n ? false : x->d[limbs] % tbi_num_pow10[x->scale % TBI_LIMB_DIGITS] == 0;
}

size_t tbi_num_text_size(const tbi_num_dec *x)
{
    int64_t int_digits = (int64_t)tbi_num_mag_digits(x) - x->scale;
    return (size_t)(int_digits > 1 ? int_digits : 1) + (size_t)(x->scale > 0 ? x->scale : 0) + 3;
}

/* Decimal digit number i counted from the right of the magnitude. */
static char digit_at(const tbi_num_dec *x, uint32_t i)
{
    uint32_t limb = i / TBI_LIMB_DIGITS;
    if (limb >= x->n)
        return '0';
    return (char)('0' + x->d[limb] / (uint32_t)tbi_num_pow10[i % TBI_LIMB_DIGITS] % 10);
}

size_t tbi_num_text(const tbi_num_dec *x, char *to)
{
    char *at = to;
    TB_CHECK(x->scale >= 0);
    uint32_t digits = tbi_num_mag_digits(x), scale = (uint32_t)x->scale;
    if (x->neg)
        *at++ = '-';
    if (digits <= scale)
        *at++ = '0';
    for (uint32_t i = digits; i > scale; i--)
        *at++ = digit_at(x, i - 1);
    if (scale > 0)
        *at++ = '.';
    for (uint32_t i = scale; i > 0; i--)
        *at++ = digit_at(x, i - 1);
    *at = '\0';
    return (size_t)(at - to);
}

double tbi_num_to_double(const tbi_num_dec *x)
{
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    size_t size = tbi_num_text_size(x);
    char *text = (char *)tbi_num_limbs(&p, size / sizeof(uint32_t) + 1);
    tbi_num_text(x, text);
    double d = strtod(text, NULL);
    tbi_num_pool_fini(&p);
    return d;
}

int32_t tbi_num_select_div_scale(const tbi_num_dec *a, const tbi_num_dec *b)
{
    int32_t wa = tbi_num_weight(a), wb = tbi_num_weight(b);
    uint64_t fa = tbi_num_is_zero(a) ? 0 : tbi_num_leading(a, wa * 4);
    uint64_t fb = tbi_num_is_zero(b) ? 0 : tbi_num_leading(b, wb * 4);
    int32_t quotient = wa - wb - (fa <= fb);
    int32_t scale = TBI_MIN_SIG_DIGITS - quotient * 4;
    scale = scale > a->scale ? scale : a->scale;
    scale = scale > b->scale ? scale : b->scale;
    return tbi_num_clamp(scale, 0, TBI_MAX_DISPLAY_SCALE);
}
