/* SPDX-License-Identifier: Apache-2.0
 * NUMERIC: the operations. Each has a path for small values (64-bit coefficients, 128-bit
 * intermediates) and falls back to decimals of any length (num_dec.c) when an intermediate does not
 * fit.
 */
#include "core/num.h"

#include "core/num_int.h"

typedef __int128 i128;
typedef unsigned __int128 u128;

static bool both_small(const tb_num *x, const tb_num *y)
{
    return x->kind == TB_NUM_SMALL && y->kind == TB_NUM_SMALL;
}

static u128 abs128(i128 v)
{
    return v < 0 ? -(u128)v : (u128)v;
}

tb_num tb_num_from_int128(tb_arena *arena, __int128 v, int scale)
{
    u128 mag = abs128(v);
    if (mag <= INT64_MAX)
        return tb_num_small((int64_t)v, scale);
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec x = tbi_num_from_u128(&p, mag);
    x.neg = v < 0;
    x.scale = scale;
    return tbi_num_to_num_nocheck(
        arena, &x); /* nothing to free: five limbs are in the pool's stack part */
}

tb_num tb_num_from_int64(int64_t v)
{
    return tb_num_small(v, 0);
}

tb_num tb_num_copy(tb_arena *arena, const tb_num *n)
{
    tb_num copy = *n;
    if (n->kind == TB_NUM_BIG)
        copy.big = tb_arena_memdup(arena, n->big, sizeof *n->big + n->big->n * sizeof n->big->d[0]);
    return copy;
}

int tb_num_sign(const tb_num *x)
{
    switch ((tb_num_kind)x->kind) {
    case TB_NUM_SMALL:
        return (x->coef > 0) - (x->coef < 0);
    case TB_NUM_BIG:
        return x->big->neg ? -1 : 1;
    case TB_NUM_NAN:
    case TB_NUM_PINF:
        return 1;
    case TB_NUM_NINF:
        return -1;
    }
    TB_UNREACHABLE();
}

tb_num tb_num_neg(tb_arena *a, const tb_num *x)
{
    if (x->kind == TB_NUM_PINF || x->kind == TB_NUM_NINF)
        return tbi_num_special(x->kind == TB_NUM_PINF ? TB_NUM_NINF : TB_NUM_PINF);
    if (x->kind == TB_NUM_NAN)
        return *x;
    if (x->kind == TB_NUM_SMALL)
        return tb_num_from_int128(a, -(i128)x->coef, x->scale);
    tbi_num_dec d = {(uint32_t *)(uintptr_t)x->big->d, x->big->n, !x->big->neg, x->scale};
    return tbi_num_to_num_nocheck(a, &d);
}

tb_num tb_num_abs(tb_arena *a, const tb_num *x)
{
    return tb_num_sign(x) < 0 ? tb_num_neg(a, x) : *x;
}

/* ---- order and hash ---- */

/* Rank of the special values around the numbers. */
static int rank(const tb_num *x)
{
    return x->kind == TB_NUM_NINF ? -1 : x->kind == TB_NUM_PINF ? 1 : x->kind == TB_NUM_NAN ? 2 : 0;
}

int tb_num_cmp(const tb_num *x, const tb_num *y)
{
    if (both_small(x, y)) {
        int diff = x->scale - y->scale;
        if (diff == 0)
            return (x->coef > y->coef) - (x->coef < y->coef);
        if (diff >= -18 && diff <= 18) {
            i128 a = x->coef, b = y->coef;
            if (diff < 0)
                a *= (i128)tbi_num_pow10[-diff];
            else
                b *= (i128)tbi_num_pow10[diff];
            return (a > b) - (a < b);
        }
    }
    int rx = rank(x), ry = rank(y);
    if (rx != 0 || ry != 0)
        return (rx > ry) - (rx < ry);
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec a = tbi_num_from_num(&p, x), b = tbi_num_from_num(&p, y);
    int c = tbi_num_cmp(&p, &a, &b);
    tbi_num_pool_fini(&p);
    return c;
}

/* Digits behind the point that are not trailing zeros. */
static int used_scale(const tbi_num_dec *x)
{
    if (x->n == 0)
        return 0;
    int32_t zeros = 0;
    uint32_t limb = 0;
    while (x->d[limb] == 0) {
        limb++;
        zeros += TBI_LIMB_DIGITS;
    }
    for (uint32_t v = x->d[limb]; v % 10 == 0; v /= 10)
        zeros++;
    return x->scale > zeros ? x->scale - zeros : 0;
}

static uint64_t hash_small(int64_t coef, int scale, uint64_t seed)
{
    while (scale > 0 && coef % 10 == 0) {
        if (coef == 0)
            return tb_hash_int64(0, seed);
        coef /= 10;
        scale--;
    }
    uint64_t h = tb_hash_int64(coef, seed);
    return scale == 0 ? h : tb_hash_int64(scale, h);
}

static uint64_t hash_big(const tb_num *x, uint64_t seed)
{
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, x);
    d = tbi_num_set_scale(&p, &d, used_scale(&d), false);
    uint64_t h;
    i128 v = 0;
    for (uint32_t i = d.n; i-- > 0 && d.n <= 3;)
        v = v * TBI_BASE + d.d[i];
    if (d.n <= 3 && v <= INT64_MAX)
        h = hash_small((int64_t)(d.neg ? -v : v), d.scale, seed);
    else if (d.n <= 3 && d.neg && d.scale == 0 && v == -(i128)INT64_MIN)
        h = tb_hash_int64(INT64_MIN, seed);
    else
        h = tb_hash_bytes(d.d, d.n * sizeof *d.d, tb_hash_int64(d.neg ? ~d.scale : d.scale, seed));
    tbi_num_pool_fini(&p);
    return h;
}

uint64_t tb_num_hash(const tb_num *x, uint64_t seed)
{
    if (x->kind == TB_NUM_SMALL)
        return hash_small(x->coef, x->scale, seed);
    if (x->kind == TB_NUM_BIG)
        return hash_big(x, seed);
    return tb_hash_int64(x->kind, ~seed);
}

/* ---- addition ---- */

/* Both coefficients at the larger scale; false when that leaves 128 bits. */
static bool align_small(const tb_num *x, const tb_num *y, i128 *a, i128 *b, int *scale)
{
    int diff = x->scale - y->scale;
    if (diff < -18 || diff > 18)
        return false;
    *a = x->coef;
    *b = y->coef;
    if (diff < 0)
        *a *= (i128)tbi_num_pow10[-diff];
    else
        *b *= (i128)tbi_num_pow10[diff];
    *scale = diff < 0 ? y->scale : x->scale;
    return true;
}

static tb_rc add_special(const tb_num *x, const tb_num *y, bool negate_y, tb_num *out)
{
    tb_num_kind kx = (tb_num_kind)x->kind, ky = (tb_num_kind)y->kind;
    if (negate_y && (ky == TB_NUM_PINF || ky == TB_NUM_NINF))
        ky = ky == TB_NUM_PINF ? TB_NUM_NINF : TB_NUM_PINF;
    if (kx == TB_NUM_NAN || ky == TB_NUM_NAN)
        *out = tbi_num_special(TB_NUM_NAN);
    else if (tbi_num_is_special(x) && tbi_num_is_special(y))
        *out = tbi_num_special(kx == ky ? kx : TB_NUM_NAN);
    else
        *out = tbi_num_special(tbi_num_is_special(x) ? kx : ky);
    return TB_OK;
}

static tb_rc add_big(tb_arena *a, const tb_num *x, const tb_num *y, bool minus, tb_num *out,
                     tb_error *err)
{
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec dx = tbi_num_from_num(&p, x), dy = tbi_num_from_num(&p, y);
    tbi_num_dec r = minus ? tbi_num_sub(&p, &dx, &dy) : tbi_num_add(&p, &dx, &dy);
    tb_rc rc = tbi_num_to_num(a, &r, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}

tb_rc tb_num_add(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out, tb_error *err)
{
    if (both_small(x, y)) {
        int64_t sum;
        if (x->scale == y->scale && !__builtin_add_overflow(x->coef, y->coef, &sum)) {
            *out = tb_num_small(sum, x->scale);
            return TB_OK;
        }
        i128 u, v;
        int scale;
        if (align_small(x, y, &u, &v, &scale)) {
            *out = tb_num_from_int128(a, u + v, scale);
            return TB_OK;
        }
    }
    if (tbi_num_is_special(x) || tbi_num_is_special(y))
        return add_special(x, y, false, out);
    return add_big(a, x, y, false, out, err);
}

tb_rc tb_num_sub(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out, tb_error *err)
{
    if (both_small(x, y)) {
        int64_t diff;
        if (x->scale == y->scale && !__builtin_sub_overflow(x->coef, y->coef, &diff)) {
            *out = tb_num_small(diff, x->scale);
            return TB_OK;
        }
        i128 u, v;
        int scale;
        if (align_small(x, y, &u, &v, &scale)) {
            *out = tb_num_from_int128(a, u - v, scale);
            return TB_OK;
        }
    }
    if (tbi_num_is_special(x) || tbi_num_is_special(y))
        return add_special(x, y, true, out);
    return add_big(a, x, y, true, out, err);
}

/* ---- multiplication ---- */

static tb_rc mul_special(const tb_num *x, const tb_num *y, tb_num *out)
{
    int sign = tb_num_sign(x) * tb_num_sign(y);
    if (x->kind == TB_NUM_NAN || y->kind == TB_NUM_NAN || sign == 0)
        *out = tbi_num_special(TB_NUM_NAN);
    else
        *out = tbi_num_special(sign > 0 ? TB_NUM_PINF : TB_NUM_NINF);
    return TB_OK;
}

tb_rc tb_num_mul(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out, tb_error *err)
{
    if (both_small(x, y) && x->scale + y->scale <= TBI_MAX_DSCALE) {
        *out = tb_num_from_int128(a, (i128)x->coef * y->coef, x->scale + y->scale);
        return TB_OK;
    }
    if (tbi_num_is_special(x) || tbi_num_is_special(y))
        return mul_special(x, y, out);
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec dx = tbi_num_from_num(&p, x), dy = tbi_num_from_num(&p, y);
    tbi_num_dec r = tbi_num_mul(&p, &dx, &dy, TBI_MAX_DSCALE);
    tb_rc rc = tbi_num_to_num(a, &r, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}

/* ---- division ---- */

static tb_rc raise_division_by_zero(tb_error *err)
{
    return TB_RAISE(err, TB_E_DIVISION_BY_ZERO, "division by zero");
}

/* Infinite operands: Inf/Inf is NaN, finite/Inf is 0. */
static tb_rc div_special(const tb_num *x, const tb_num *y, tb_num *out, tb_error *err)
{
    if (x->kind == TB_NUM_NAN || y->kind == TB_NUM_NAN) {
        *out = tbi_num_special(TB_NUM_NAN);
        return TB_OK;
    }
    if (!tbi_num_is_special(x)) {
        *out = tb_num_small(0, 0);
        return TB_OK;
    }
    if (tbi_num_is_special(y)) {
        *out = tbi_num_special(TB_NUM_NAN);
        return TB_OK;
    }
    int sign = tb_num_sign(x) * tb_num_sign(y);
    if (sign == 0)
        return raise_division_by_zero(err);
    *out = tbi_num_special(sign > 0 ? TB_NUM_PINF : TB_NUM_NINF);
    return TB_OK;
}

/* Number of decimal digits of a 64-bit magnitude. */
static int digits64(uint64_t v)
{
    int n = 0;
    while (n < 20 && v >= tbi_num_pow10[n])
        n++;
    return n;
}

static int floor_div4(int v)
{
    return v >= 0 ? v / 4 : -((3 - v) / 4);
}

/* tbi_num_select_div_scale() without limbs. */
static int div_scale_small(const tb_num *x, const tb_num *y)
{
    int weight[2] = {0, 0};
    uint64_t first[2] = {0, 0};
    const tb_num *arg[2] = {x, y};
    for (int i = 0; i < 2; i++) {
        uint64_t mag = (uint64_t)abs128(arg[i]->coef);
        if (mag == 0)
            continue;
        int digits = digits64(mag);
        weight[i] = floor_div4(digits - 1 - arg[i]->scale);
        int drop = weight[i] * 4 + arg[i]->scale; /* < digits */
        first[i] = drop >= 0 ? mag / tbi_num_pow10[drop] : mag * tbi_num_pow10[-drop];
    }
    int scale = TBI_MIN_SIG_DIGITS - (weight[0] - weight[1] - (first[0] <= first[1])) * 4;
    scale = scale > x->scale ? scale : x->scale;
    scale = scale > y->scale ? scale : y->scale;
    return tbi_num_clamp(scale, 0, TBI_MAX_DISPLAY_SCALE);
}

/* Quotient of small values when the scaled dividend fits 127 bits. */
static bool div_small(tb_arena *a, const tb_num *x, const tb_num *y, int scale, tb_num *out)
{
    int shift = scale + y->scale - x->scale;
    if (shift < 0 || shift > 37)
        return false;
    u128 mag = abs128(x->coef), limit = ~(u128)0 >> 2;
    for (int left = shift; left > 0; left -= 18) {
        uint64_t by = tbi_num_pow10[left < 18 ? left : 18];
        if (mag > limit / by)
            return false;
        mag *= by;
    }
    u128 by = abs128(y->coef);
    u128 q = mag >> 64 == 0 ? (u128)((uint64_t)mag / (uint64_t)by) : mag / by;
    if ((mag - q * by) * 2 >= by)
        q++;
    bool neg = (x->coef < 0) != (y->coef < 0);
    *out = tb_num_from_int128(a, neg ? -(i128)q : (i128)q, scale);
    return true;
}

tb_rc tb_num_div(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out, tb_error *err)
{
    if (tbi_num_is_special(x) || tbi_num_is_special(y))
        return div_special(x, y, out, err);
    if (tb_num_sign(y) == 0)
        return raise_division_by_zero(err);
    if (both_small(x, y) && div_small(a, x, y, div_scale_small(x, y), out))
        return TB_OK;
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec dx = tbi_num_from_num(&p, x), dy = tbi_num_from_num(&p, y);
    tbi_num_dec r = tbi_num_div(&p, &dx, &dy, tbi_num_select_div_scale(&dx, &dy), true);
    tb_rc rc = tbi_num_to_num(a, &r, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}

tb_rc tb_num_div_trunc(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out, tb_error *err)
{
    if (tbi_num_is_special(x) || tbi_num_is_special(y))
        return div_special(x, y, out, err);
    if (tb_num_sign(y) == 0)
        return raise_division_by_zero(err);
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec dx = tbi_num_from_num(&p, x), dy = tbi_num_from_num(&p, y);
    tbi_num_dec r = tbi_num_div(&p, &dx, &dy, 0, false);
    tb_rc rc = tbi_num_to_num(a, &r, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}

tb_rc tb_num_mod(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out, tb_error *err)
{
    if (x->kind == TB_NUM_NAN || y->kind == TB_NUM_NAN ||
        (tbi_num_is_special(x) && tb_num_sign(y) != 0)) {
        *out = tbi_num_special(TB_NUM_NAN);
        return TB_OK;
    }
    if (tb_num_sign(y) == 0)
        return raise_division_by_zero(err);
    if (tbi_num_is_special(y)) {
        *out = tb_num_copy(a, x);
        return TB_OK;
    }
    i128 u, v;
    int scale;
    if (both_small(x, y) && align_small(x, y, &u, &v, &scale)) {
        *out = tb_num_from_int128(a, u % v, scale);
        return TB_OK;
    }
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec dx = tbi_num_from_num(&p, x), dy = tbi_num_from_num(&p, y), rem;
    scale = dx.scale > dy.scale ? dx.scale : dy.scale;
    dx = tbi_num_set_scale(&p, &dx, scale, false);
    dy = tbi_num_set_scale(&p, &dy, scale, false);
    tbi_num_mag_div(&p, &dx, &dy, &rem);
    rem.neg = dx.neg && rem.n > 0;
    rem.scale = scale;
    tb_rc rc = tbi_num_to_num(a, &rem, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}

/* ---- scale ---- */

/* To `digits` decimals (negative: tens, hundreds ...); the display scale does not go below 0. */
static tb_num set_digits(tb_arena *a, const tb_num *x, int digits, bool round)
{
    if (tbi_num_is_special(x))
        return *x;
    if (x->kind == TB_NUM_SMALL && digits >= 0 && digits <= x->scale && x->scale - digits <= 18) {
        int64_t unit = (int64_t)tbi_num_pow10[x->scale - digits], q = x->coef / unit;
        int64_t rest = x->coef % unit;
        if (round && (rest >= 0 ? rest >= unit - rest : -rest >= unit + rest))
            q += x->coef < 0 ? -1 : 1;
        return tb_num_small(q, digits);
    }
    if (x->kind == TB_NUM_SMALL && digits > x->scale && digits - x->scale <= 18)
        return tb_num_from_int128(a, (i128)x->coef * (i128)tbi_num_pow10[digits - x->scale],
                                  digits);
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, x);
    d = tbi_num_set_scale(&p, &d, digits, round);
    if (digits < 0)
        d = tbi_num_set_scale(&p, &d, 0, false);
    tb_num r = tbi_num_to_num_nocheck(a, &d);
    tbi_num_pool_fini(&p);
    return r;
}

tb_rc tb_num_round(tb_arena *a, const tb_num *x, int digits, tb_num *out, tb_error *err)
{
    /* one place more than a number can have: rounding up may carry there, rounding down gives 0 */
    *out = set_digits(a, x, tbi_num_clamp(digits, -TBI_MAX_INT_DIGITS - 1, TBI_MAX_DSCALE), true);
    if (out->kind != TB_NUM_BIG)
        return TB_OK;
    tbi_num_dec d = {(uint32_t *)(uintptr_t)out->big->d, out->big->n, out->big->neg, out->scale};
    return tbi_num_exponent(&d) < TBI_MAX_INT_DIGITS ? TB_OK : tbi_num_raise_overflow(err);
}

tb_num tb_num_trunc(tb_arena *a, const tb_num *x, int digits)
{
    return set_digits(a, x, tbi_num_clamp(digits, -TBI_MAX_INT_DIGITS, TBI_MAX_DSCALE), false);
}

tb_num tb_num_rescale(tb_arena *a, const tb_num *x, int scale)
{
    return set_digits(a, x, scale, true);
}

/* Truncation, then one step away from zero on the wanted side when something was cut. */
static tb_num toward(tb_arena *a, const tb_num *x, int side)
{
    if (tbi_num_is_special(x))
        return *x;
    tb_num whole = set_digits(a, x, 0, false), one = tb_num_small(side, 0), r;
    if (tb_num_cmp(x, &whole) * side <= 0)
        return whole;
    tb_error
        ignored; /* a whole number plus one always fits: x has no more digits before the point */
    return tb_num_add(a, &whole, &one, &r, &ignored) == TB_OK ? r : whole;
}

tb_num tb_num_ceil(tb_arena *a, const tb_num *x)
{
    return toward(a, x, 1);
}

tb_num tb_num_floor(tb_arena *a, const tb_num *x)
{
    return toward(a, x, -1);
}

int tb_num_min_scale(const tb_num *x)
{
    if (tbi_num_is_special(x))
        return 0;
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, x);
    return used_scale(&d); /* at most three limbs in the pool */
}

tb_num tb_num_trim_scale(tb_arena *a, const tb_num *x)
{
    return tbi_num_is_special(x) ? *x : set_digits(a, x, tb_num_min_scale(x), false);
}
