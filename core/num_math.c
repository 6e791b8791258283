/* SPDX-License-Identifier: Apache-2.0
 * NUMERIC: square root, exponential, logarithms, power.
 *
 * What PostgreSQL defines is how many decimals a result has; those rules (estimates in double
 * precision included) are followed to the letter. The values are computed in fixed point with
 * enough guard digits to round correctly.
 */
#include "core/num.h"

#include "core/num_int.h"

#include <math.h>

#define LOG10_E 0.434294481903252
#define LN_10   2.302585092994046

enum { GUARD = 14, HALVE_MAX = 29 };

static int32_t max32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* The result of a computation in an inner pool, moved to the outer one. */
static tbi_num_dec keep(tbi_num_pool *outer, tbi_num_pool *inner, const tbi_num_dec *x)
{
    tbi_num_dec r = *x;
    r.d = tbi_num_limbs(outer, x->n + 1);
    if (x->n > 0)
        memcpy(r.d, x->d, x->n * sizeof *x->d);
    tbi_num_pool_fini(inner);
    return r;
}

/* x * 2^k (k < 0: divided, truncated) */
static tbi_num_dec scale2(tbi_num_pool *p, tbi_num_dec x, int k)
{
    for (int step; k != 0; k -= step) {
        step = k > HALVE_MAX ? HALVE_MAX : k < -HALVE_MAX ? -HALVE_MAX : k;
        tbi_num_dec r = step > 0 ? tbi_num_mag_mul_small(p, &x, 1U << step)
                                 : tbi_num_mag_div_small(p, &x, 1U << -step, NULL);
        r.neg = x.neg && r.n > 0;
        r.scale = x.scale;
        x = r;
    }
    return x;
}

static tbi_num_dec small_dec(tbi_num_pool *p, int64_t v, int32_t scale)
{
    tbi_num_dec x = tbi_num_from_u64(p, (uint64_t)(v < 0 ? -v : v));
    x.neg = v < 0;
    return tbi_num_set_scale(p, &x, scale, false);
}

/* factor * atanh(1/k) at scale w */
static tbi_num_dec atanh_inverse(tbi_num_pool *p, uint32_t k, uint32_t factor, int32_t w)
{
    tbi_num_dec term = small_dec(p, factor, w), sum;
    term = tbi_num_mag_div_small(p, &term, k, NULL);
    sum = term;
    for (uint32_t i = 3; term.n > 0; i += 2) {
        term = tbi_num_mag_div_small(p, &term, k * k, NULL);
        tbi_num_dec part = tbi_num_mag_div_small(p, &term, i, NULL);
        sum = tbi_num_mag_add(p, &sum, &part);
    }
    sum.scale = w;
    return sum;
}

static tbi_num_dec ln10(tbi_num_pool *p, int32_t w)
{
    tbi_num_pool q;
    tbi_num_pool_init(&q);
    tbi_num_dec a = atanh_inverse(&q, 31, 46, w + GUARD);
    tbi_num_dec b = atanh_inverse(&q, 49, 34, w + GUARD);
    tbi_num_dec c = atanh_inverse(&q, 161, 20, w + GUARD);
    a = tbi_num_add(&q, &a, &b);
    a = tbi_num_add(&q, &a, &c);
    a = tbi_num_set_scale(&q, &a, w, true);
    return keep(p, &q, &a);
}

static tbi_num_dec times_ln10(tbi_num_pool *p, int32_t k, int32_t w)
{
    tbi_num_dec factor = small_dec(p, k, 0), l = ln10(p, w + 8);
    return tbi_num_mul(p, &factor, &l, w);
}

/* ln(f) for f near 1 by the series of atanh((f - 1) / (f + 1)), at f's scale */
static tbi_num_dec ln_series(tbi_num_pool *p, const tbi_num_dec *f)
{
    int32_t w = f->scale;
    tbi_num_dec one = small_dec(p, 1, w);
    tbi_num_dec above = tbi_num_sub(p, f, &one), below = tbi_num_add(p, f, &one);
    tbi_num_dec z = tbi_num_div(p, &above, &below, w, true), square = tbi_num_mul(p, &z, &z, w);
    tbi_num_dec term = z, sum = z;
    for (uint32_t i = 3; term.n > 0; i += 2) {
        term = tbi_num_mul(p, &term, &square, w);
        tbi_num_dec part = tbi_num_mag_div_small(p, &term, i, NULL);
        part.neg = term.neg && part.n > 0;
        part.scale = w;
        sum = tbi_num_add(p, &sum, &part);
    }
    return scale2(p, sum, 1);
}

/* ln(x) rounded to `scale` decimals; x > 0. */
static tbi_num_dec ln(tbi_num_pool *p, const tbi_num_dec *x, int32_t scale)
{
    tbi_num_pool q;
    tbi_num_pool_init(&q);
    /* x = f * 10^e with f around 1 */
    int32_t e = tbi_num_exponent(x);
    if (tbi_num_leading(x, e) >= 4)
        e++;
    tbi_num_dec f = *x, one = small_dec(&q, 1, 0);
    f.scale += e;
    tbi_num_dec off = tbi_num_sub(&q, &f, &one);
    tbi_num_dec r = {.scale = scale};
    if (e == 0 && tbi_num_is_zero(&off))
        return keep(p, &q, &r);
    /* square roots bring f so near to 1 that the series is short */
    int roots = (int)(sqrt((double)scale + GUARD) / 2) + 3;
    if (!tbi_num_is_zero(&off))
        roots += 3 * (tbi_num_exponent(&off) + 1);
    roots = roots < 0 || tbi_num_is_zero(&off) ? 0 : roots;
    int32_t w = scale + GUARD + roots / 3 + 1;
    f = tbi_num_set_scale(&q, &f, w, true);
    for (int i = 0; i < roots; i++) {
        tbi_num_dec wide = tbi_num_mag_shift(&q, &f, (uint32_t)w);
        f = tbi_num_mag_sqrt(&q, &wide);
        f.scale = w;
    }
    r = scale2(&q, ln_series(&q, &f), roots);
    if (e != 0) {
        tbi_num_dec whole = times_ln10(&q, e, w);
        r = tbi_num_add(&q, &r, &whole);
    }
    r = tbi_num_set_scale(&q, &r, scale, true);
    return keep(p, &q, &r);
}

/* e^r for 0 <= r < 10 at scale w */
static tbi_num_dec exp_series(tbi_num_pool *p, const tbi_num_dec *r, int32_t w)
{
    int halvings = (int)sqrt((double)w) / 2 + 4;
    int32_t inner = w + halvings / 3 + 6;
    tbi_num_dec x = tbi_num_set_scale(p, r, inner, true);
    x = scale2(p, x, -halvings);
    tbi_num_dec sum = small_dec(p, 1, inner), term = sum;
    for (uint32_t i = 1; term.n > 0; i++) {
        term = tbi_num_mul(p, &term, &x, inner);
        tbi_num_dec part = tbi_num_mag_div_small(p, &term, i, NULL);
        part.neg = term.neg && part.n > 0;
        part.scale = inner;
        term = part;
        sum = tbi_num_add(p, &sum, &term);
    }
    for (int i = 0; i < halvings; i++)
        sum = tbi_num_mul(p, &sum, &sum, inner);
    return sum;
}

/* e^x rounded to `scale` decimals; 22003 from e^6000 on, 0 from e^-6000 down. */
static tb_rc exp_dec(tbi_num_pool *p, const tbi_num_dec *x, int32_t scale, tbi_num_dec *out,
                     tb_error *err)
{
    double val = tbi_num_to_double(x);
    *out = (tbi_num_dec){.scale = scale};
    if (val >= TBI_MAX_RESULT_SCALE * 3)
        return tbi_num_raise_overflow(err);
    int32_t n = val <= -TBI_MAX_RESULT_SCALE * 3 ? -TBI_MAX_DSCALE : (int32_t)floor(val * LOG10_E);
    if (scale + n < -2)
        return TB_OK;
    tbi_num_pool q;
    tbi_num_pool_init(&q);
    int32_t w = scale + n + GUARD;
    tbi_num_dec whole = times_ln10(&q, n, w), r = tbi_num_sub(&q, x, &whole);
    r = exp_series(&q, &r, w);
    r.scale -= n;
    r = tbi_num_set_scale(&q, &r, scale, true);
    *out = keep(p, &q, &r);
    return TB_OK;
}

/* ---- PostgreSQL's result scales ---- */

/* Decimal weight of ln(x), estimated as PostgreSQL does. */
static int32_t ln_weight(const tbi_num_dec *x)
{
    if (x->neg || tbi_num_is_zero(x))
        return 0;
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec low = small_dec(&p, 9, 0), high = small_dec(&p, 11, 0);
    low.scale = high.scale = 1;
    bool near_one = tbi_num_cmp(&p, x, &low) >= 0 && tbi_num_cmp(&p, x, &high) <= 0;
    int32_t weight = 0;
    if (near_one) {
        tbi_num_dec one = small_dec(&p, 1, 0), off = tbi_num_sub(&p, x, &one);
        weight = tbi_num_is_zero(&off) ? 0 : tbi_num_exponent(&off);
    } else {
        int32_t at = (tbi_num_weight(x) - 1) * 4;
        double value = log((double)tbi_num_leading(x, at)) + at * LN_10;
        weight = (int32_t)log10(fabs(value));
    }
    tbi_num_pool_fini(&p);
    return weight;
}

static int32_t result_scale(int32_t weight, int32_t dscale)
{
    return tbi_num_clamp(max32(TBI_MIN_SIG_DIGITS - weight, dscale), 0, TBI_MAX_DISPLAY_SCALE);
}

/* ---- sqrt, exp, ln, log ---- */

tb_rc tb_num_sqrt(tb_arena *a, const tb_num *x, tb_num *out, tb_error *err)
{
    if (tb_num_sign(x) < 0)
        return TB_RAISE(err, TB_E_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                        "cannot take square root of a negative number");
    *out = *x;
    if (tbi_num_is_special(x))
        return TB_OK;
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, x);
    int32_t scale = result_scale((tbi_num_weight(&d) + 1) * 4 / 2 - 1, d.scale);
    d = tbi_num_set_scale(&p, &d, 2 * (scale + 1), false);
    tbi_num_dec root = tbi_num_mag_sqrt(&p, &d);
    root.scale = scale + 1;
    root = tbi_num_set_scale(&p, &root, scale, true);
    tb_rc rc = tbi_num_to_num(a, &root, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}

tb_rc tb_num_exp(tb_arena *a, const tb_num *x, tb_num *out, tb_error *err)
{
    *out = x->kind == TB_NUM_NINF ? tb_num_small(0, 0) : *x;
    if (tbi_num_is_special(x))
        return TB_OK;
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, x), r;
    double val =
        fmin(fmax(tbi_num_to_double(&d) * LOG10_E, -TBI_MAX_RESULT_SCALE), TBI_MAX_RESULT_SCALE);
    tb_rc rc = exp_dec(&p, &d, result_scale((int32_t)val, d.scale), &r, err);
    if (rc == TB_OK)
        rc = tbi_num_to_num(a, &r, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}

static tb_rc check_log_argument(int sign, tb_error *err)
{
    if (sign < 0)
        return TB_RAISE(err, TB_E_INVALID_ARGUMENT_FOR_LOG,
                        "cannot take logarithm of a negative number");
    if (sign == 0)
        return TB_RAISE(err, TB_E_INVALID_ARGUMENT_FOR_LOG, "cannot take logarithm of zero");
    return TB_OK;
}

tb_rc tb_num_ln(tb_arena *a, const tb_num *x, tb_num *out, tb_error *err)
{
    TB_TRY(check_log_argument(tb_num_sign(x), err));
    *out = *x;
    if (tbi_num_is_special(x))
        return TB_OK;
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, x), r = ln(&p, &d, result_scale(ln_weight(&d), d.scale));
    tb_rc rc = tbi_num_to_num(a, &r, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}

static tb_rc log_finite(tbi_num_pool *p, const tbi_num_dec *base, const tbi_num_dec *x,
                        tbi_num_dec *out, tb_error *err)
{
    int32_t base_weight = ln_weight(base), x_weight = ln_weight(x), weight = x_weight - base_weight;
    int32_t scale = result_scale(weight, max32(base->scale, x->scale));
    tbi_num_dec ln_base = ln(p, base, max32(scale + weight - base_weight + 8, 0));
    tbi_num_dec ln_x = ln(p, x, max32(scale + weight - x_weight + 8, 0));
    if (tbi_num_is_zero(&ln_base))
        return TB_RAISE(err, TB_E_DIVISION_BY_ZERO, "division by zero");
    *out = tbi_num_div(p, &ln_x, &ln_base, scale, true);
    return TB_OK;
}

tb_rc tb_num_log(tb_arena *a, const tb_num *base, const tb_num *x, tb_num *out, tb_error *err)
{
    *out = tbi_num_special(TB_NUM_NAN);
    if (base->kind == TB_NUM_NAN || x->kind == TB_NUM_NAN)
        return TB_OK;
    if (tbi_num_is_special(base) || tbi_num_is_special(x)) {
        int worst = tb_num_sign(base) < tb_num_sign(x) ? tb_num_sign(base) : tb_num_sign(x);
        TB_TRY(check_log_argument(worst, err));
        if (!tbi_num_is_special(x))
            *out = tb_num_small(0, 0);
        else if (!tbi_num_is_special(base))
            *out = tbi_num_special(TB_NUM_PINF);
        return TB_OK;
    }
    TB_TRY(check_log_argument(tb_num_sign(base), err));
    TB_TRY(check_log_argument(tb_num_sign(x), err));
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec db = tbi_num_from_num(&p, base), dx = tbi_num_from_num(&p, x), r;
    tb_rc rc = log_finite(&p, &db, &dx, &r, err);
    if (rc == TB_OK)
        rc = tbi_num_to_num(a, &r, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}

/* ---- power ---- */

/* The estimate of log10(|base|^e) that decides scales. */
static double power_weight(const tbi_num_dec *base, int e)
{
    int32_t at =
        (tbi_num_weight(base) - 3) * 4; /* four base-10000 digits are as much as a double holds */
    return e * (log10((double)tbi_num_leading(base, at)) + at);
}

enum { WEIGHT_MAX = 32767 };

/* base^|e| by squaring, keeping `digits` significant digits. false = beyond any representable
 * weight. */
static bool power_by_squaring(tbi_num_pool *p, const tbi_num_dec *base, unsigned e, int32_t digits,
                              tbi_num_dec *out)
{
    tbi_num_dec square = *base, r = e & 1 ? *base : small_dec(p, 1, 0);
    while ((e >>= 1) > 0) {
        int32_t scale = digits - 2 * tbi_num_weight(&square) * 4;
        scale = max32(scale < 2 * square.scale ? scale : 2 * square.scale, 0);
        square = tbi_num_mul(p, &square, &square, scale);
        if (e & 1) {
            scale = digits - (tbi_num_weight(&square) + tbi_num_weight(&r)) * 4;
            scale = max32(scale < square.scale + r.scale ? scale : square.scale + r.scale, 0);
            r = tbi_num_mul(p, &square, &r, scale);
        }
        if (tbi_num_weight(&square) > WEIGHT_MAX || tbi_num_weight(&r) > WEIGHT_MAX)
            return false;
    }
    *out = r;
    return true;
}

static tb_rc power_int(tbi_num_pool *p, const tbi_num_dec *base, int e, int32_t scale,
                       tbi_num_dec *out, tb_error *err)
{
    tbi_num_dec one = small_dec(p, 1, 0);
    *out = (tbi_num_dec){.scale = scale};
    if (e == 0) {
        *out = tbi_num_set_scale(p, &one, scale, true);
        return TB_OK;
    }
    if (tbi_num_is_zero(base)) {
        if (e < 0)
            return TB_RAISE(err, TB_E_DIVISION_BY_ZERO, "division by zero");
        return TB_OK;
    }
    if (e == -1) {
        *out = tbi_num_div(p, &one, base, scale, true);
        return TB_OK;
    }
    if (e == 1 || e == 2) {
        tbi_num_dec r = e == 1 ? *base : tbi_num_mul(p, base, base, scale);
        *out = tbi_num_set_scale(p, &r, scale, true);
        return TB_OK;
    }
    double f = power_weight(base, e);
    if (f > 3.0 * INT16_MAX * 4)
        return tbi_num_raise_overflow(err);
    if (f + 1 < -scale || f + 1 < -TBI_MAX_DISPLAY_SCALE)
        return TB_OK;
    int32_t digits = 1 + scale + (int32_t)f + (int32_t)log(fabs((double)e)) + 8;
    tbi_num_dec r;
    if (!power_by_squaring(p, base, e < 0 ? -(unsigned)e : (unsigned)e, digits, &r))
        return e < 0 ? TB_OK : tbi_num_raise_overflow(err);
    *out = e < 0 ? tbi_num_div(p, &one, &r, scale, true) : tbi_num_set_scale(p, &r, scale, true);
    return TB_OK;
}

/* base^e = exp(e * ln(base)) for any e; negative bases only with an integral e. */
static tb_rc power_real(tbi_num_pool *p, const tbi_num_dec *base, const tbi_num_dec *e,
                        tbi_num_dec *out, tb_error *err)
{
    tbi_num_dec positive = *base;
    positive.neg = false;
    int32_t weight = ln_weight(&positive), low = max32(8 - weight, 0);
    tbi_num_dec rough = ln(p, &positive, low);
    rough = tbi_num_mul(p, &rough, e, low);
    double val = tbi_num_to_double(&rough);
    if (fabs(val) > TBI_MAX_RESULT_SCALE * 3.01) {
        if (val > 0)
            return tbi_num_raise_overflow(err);
        *out = (tbi_num_dec){.scale = TBI_MAX_DISPLAY_SCALE};
        return TB_OK;
    }
    int32_t result_weight = (int32_t)(val * LOG10_E);
    int32_t scale = result_scale(result_weight, max32(base->scale, e->scale));
    int32_t digits = max32(scale + result_weight, 0);
    /* ln(base) needs the digits of the product and as many more as e has before the point */
    int32_t fine = max32(digits - weight, 0) + GUARD + max32(tbi_num_exponent(e), 0);
    tbi_num_dec l = ln(p, &positive, fine);
    tbi_num_dec product = tbi_num_mul(p, &l, e, fine);
    TB_TRY(exp_dec(p, &product, scale, out, err));
    if (base->neg && !tbi_num_is_zero(e) && tbi_num_is_integral(e)) {
        tbi_num_dec whole = tbi_num_set_scale(p, e, 0, false);
        out->neg = out->n > 0 && (whole.n > 0 && whole.d[0] % 2 == 1);
    }
    return TB_OK;
}

static bool fits_int32(tbi_num_pool *p, const tbi_num_dec *e, int *v)
{
    if (!tbi_num_is_integral(e))
        return false;
    tbi_num_dec whole = tbi_num_set_scale(p, e, 0, false);
    if (whole.n > 2)
        return false;
    int64_t abs = 0;
    for (uint32_t i = whole.n; i-- > 0;)
        abs = abs * TBI_BASE + whole.d[i];
    int64_t value = whole.neg ? -abs : abs;
    *v = (int)value;
    return value >= INT32_MIN && value <= INT32_MAX;
}

static tb_rc power_finite(tbi_num_pool *p, const tbi_num_dec *base, const tbi_num_dec *e,
                          tbi_num_dec *out, tb_error *err)
{
    int n;
    if (fits_int32(p, e, &n)) {
        int32_t scale = max32(TBI_MIN_SIG_DIGITS, max32(base->scale, e->scale));
        return power_int(p, base, n, tbi_num_clamp(scale, 0, TBI_MAX_DISPLAY_SCALE), out, err);
    }
    if (tbi_num_is_zero(base)) {
        *out = (tbi_num_dec){.scale = TBI_MIN_SIG_DIGITS};
        return TB_OK;
    }
    return power_real(p, base, e, out, err);
}

/* Is a number's absolute value above 1 (infinities are)? */
static int cmp_abs_one(tb_arena *a, const tb_num *x)
{
    tb_num abs = tb_num_abs(a, x), one = tb_num_small(1, 0);
    return tb_num_cmp(&abs, &one);
}

static bool is_odd(const tb_num *x)
{
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, x);
    bool odd = tbi_num_is_integral(&d);
    if (odd) {
        d = tbi_num_set_scale(&p, &d, 0, false);
        odd = d.n > 0 && d.d[0] % 2 == 1;
    }
    tbi_num_pool_fini(&p);
    return odd;
}

/* NaN and infinities as POSIX pow() has them; the domain errors are already raised. */
static tb_num power_special(tb_arena *a, const tb_num *x, const tb_num *y)
{
    const tb_num one = tb_num_small(1, 0), zero = tb_num_small(0, 0);
    if (!tbi_num_is_special(x) && tb_num_cmp(x, &one) == 0)
        return one;
    if (!tbi_num_is_special(y) && tb_num_sign(y) == 0)
        return one;
    if (x->kind == TB_NUM_NAN || y->kind == TB_NUM_NAN)
        return tbi_num_special(TB_NUM_NAN);
    bool grows = tb_num_sign(y) > 0;
    if (tb_num_sign(x) == 0)
        return zero;
    if (tbi_num_is_special(y)) {
        int c = cmp_abs_one(a, x);
        if (c == 0) /* x = -1 */
            return one;
        return (c > 0) == grows ? tbi_num_special(TB_NUM_PINF) : zero;
    }
    if (!grows)
        return zero;
    return tbi_num_special(x->kind == TB_NUM_NINF && is_odd(y) ? TB_NUM_NINF : TB_NUM_PINF);
}

static bool is_integral(const tb_num *x)
{
    if (tbi_num_is_special(x))
        return x->kind != TB_NUM_NAN;
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, x);
    bool integral = tbi_num_is_integral(&d);
    tbi_num_pool_fini(&p);
    return integral;
}

tb_rc tb_num_power(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out, tb_error *err)
{
    bool nan = x->kind == TB_NUM_NAN || y->kind == TB_NUM_NAN;
    if (!nan && tb_num_sign(x) == 0 && tb_num_sign(y) < 0)
        return TB_RAISE(err, TB_E_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                        "zero raised to a negative power is undefined");
    if (!nan && tb_num_sign(x) < 0 && !is_integral(y))
        return TB_RAISE(err, TB_E_INVALID_ARGUMENT_FOR_POWER_FUNCTION,
                        "a negative number raised to a non-integer power yields a complex result");
    if (tbi_num_is_special(x) || tbi_num_is_special(y)) {
        *out = power_special(a, x, y);
        return TB_OK;
    }
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec dx = tbi_num_from_num(&p, x), dy = tbi_num_from_num(&p, y), r;
    tb_rc rc = power_finite(&p, &dx, &dy, &r, err);
    if (rc == TB_OK)
        rc = tbi_num_to_num(a, &r, out, err);
    tbi_num_pool_fini(&p);
    return rc;
}
