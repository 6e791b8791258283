/* SPDX-License-Identifier: Apache-2.0
 * Magnitudes in base 10^9: schoolbook arithmetic. The decimal base makes moving the point and
 * printing, which NUMERIC does all the time, linear.
 */
#include "core/num_int.h"

#include <math.h>

const uint64_t tbi_num_pow10[20] = {
    UINT64_C(1),
    UINT64_C(10),
    UINT64_C(100),
    UINT64_C(1000),
    UINT64_C(10000),
    UINT64_C(100000),
    UINT64_C(1000000),
    UINT64_C(10000000),
    UINT64_C(100000000),
    UINT64_C(1000000000),
    UINT64_C(10000000000),
    UINT64_C(100000000000),
    UINT64_C(1000000000000),
    UINT64_C(10000000000000),
    UINT64_C(100000000000000),
    UINT64_C(1000000000000000),
    UINT64_C(10000000000000000),
    UINT64_C(100000000000000000),
    UINT64_C(1000000000000000000),
    UINT64_C(10000000000000000000),
};

uint32_t *tbi_num_limbs(tbi_num_pool *p, size_t n)
{
    if (n <= TB_COUNT(p->local) - p->used) {
        uint32_t *at = p->local + p->used;
        p->used += (uint32_t)n;
        return at;
    }
    if (p->arena == NULL)
        p->arena = tb_arena_create(0);
    return tb_arena_alloc(p->arena, n * sizeof(uint32_t));
}

static tbi_num_dec trim(tbi_num_dec x)
{
    while (x.n > 0 && x.d[x.n - 1] == 0)
        x.n--;
    return x;
}

tbi_num_dec tbi_num_from_u128(tbi_num_pool *p, unsigned __int128 v)
{
    tbi_num_dec x = {.d = tbi_num_limbs(p, 5)};
    for (; v != 0; v /= TBI_BASE)
        x.d[x.n++] = (uint32_t)(v % TBI_BASE);
    return x;
}

tbi_num_dec tbi_num_from_u64(tbi_num_pool *p, uint64_t v)
{
    tbi_num_dec x = {.d = tbi_num_limbs(p, 3)};
    for (; v != 0; v /= TBI_BASE)
        x.d[x.n++] = (uint32_t)(v % TBI_BASE);
    return x;
}

int tbi_num_mag_cmp(const tbi_num_dec *a, const tbi_num_dec *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (uint32_t i = a->n; i-- > 0;)
        if (a->d[i] != b->d[i])
            return a->d[i] < b->d[i] ? -1 : 1;
    return 0;
}

tbi_num_dec tbi_num_mag_add(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b)
{
    if (a->n < b->n) {
        const tbi_num_dec *t = a;
        a = b;
        b = t;
    }
    tbi_num_dec r = {.d = tbi_num_limbs(p, a->n + 1), .n = a->n};
    uint32_t carry = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t v = a->d[i] + (i < b->n ? b->d[i] : 0) + carry;
        carry = v >= TBI_BASE;
        r.d[i] = carry ? v - TBI_BASE : v;
    }
    if (carry)
        r.d[r.n++] = 1;
    return r;
}

tbi_num_dec tbi_num_mag_sub(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b)
{
    tbi_num_dec r = {.d = tbi_num_limbs(p, a->n), .n = a->n};
    uint32_t borrow = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t take = (i < b->n ? b->d[i] : 0) + borrow;
        borrow = a->d[i] < take;
        r.d[i] = borrow ? a->d[i] + TBI_BASE - take : a->d[i] - take;
    }
    TB_CHECK(borrow == 0);
    return trim(r);
}

tbi_num_dec tbi_num_mag_mul(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b)
{
    tbi_num_dec r = {.d = tbi_num_limbs(p, a->n + b->n), .n = a->n + b->n};
    memset(r.d, 0, r.n * sizeof *r.d);
    for (uint32_t i = 0; i < a->n; i++) {
        uint64_t carry = 0, x = a->d[i];
        if (x == 0)
            continue;
        for (uint32_t j = 0; j < b->n; j++) {
            uint64_t v = x * b->d[j] + r.d[i + j] + carry;
            carry = v / TBI_BASE;
            r.d[i + j] = (uint32_t)(v - carry * TBI_BASE);
        }
        r.d[i + b->n] = (uint32_t)carry;
    }
    return trim(r);
}

tbi_num_dec tbi_num_mag_mul_small(tbi_num_pool *p, const tbi_num_dec *a, uint32_t b)
{
    tbi_num_dec r = {.d = tbi_num_limbs(p, a->n + 1), .n = a->n + 1};
    uint64_t carry = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        uint64_t v = (uint64_t)a->d[i] * b + carry;
        carry = v / TBI_BASE;
        r.d[i] = (uint32_t)(v - carry * TBI_BASE);
    }
    r.d[a->n] = (uint32_t)carry;
    return trim(r);
}

tbi_num_dec tbi_num_mag_div_small(tbi_num_pool *p, const tbi_num_dec *a, uint32_t b, uint32_t *rem)
{
    tbi_num_dec q = {.d = tbi_num_limbs(p, a->n), .n = a->n};
    uint64_t r = 0;
    for (uint32_t i = a->n; i-- > 0;) {
        uint64_t v = r * TBI_BASE + a->d[i];
        q.d[i] = (uint32_t)(v / b);
        r = v % b;
    }
    if (rem != NULL)
        *rem = (uint32_t)r;
    return trim(q);
}

/* One step of long division (Knuth 4.3.1 D3-D6): divides u[0..n] by v[0..n-1], leaves the rest in
 * u. */
static uint32_t div_step(uint32_t *u, const uint32_t *v, uint32_t n)
{
    uint64_t top = (uint64_t)u[n] * TBI_BASE + u[n - 1];
    uint64_t q = top / v[n - 1], r = top % v[n - 1];
    while (q >= TBI_BASE || q * v[n - 2] > r * TBI_BASE + u[n - 2]) {
        q--;
        r += v[n - 1];
        if (r >= TBI_BASE)
            break;
    }
    int64_t borrow = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t prod = q * v[i];
        int64_t t = (int64_t)u[i] - borrow - (int64_t)(prod % TBI_BASE);
        borrow = (int64_t)(prod / TBI_BASE);
        if (t < 0) {
            t += TBI_BASE;
            borrow++;
            if (t < 0) {
                t += TBI_BASE;
                borrow++;
            }
        }
        u[i] = (uint32_t)t;
    }
    int64_t t = (int64_t)u[n] - borrow;
    u[n] = (uint32_t)(t < 0 ? t + TBI_BASE : t);
    if (t >= 0)
        return (uint32_t)q;
    uint32_t carry = 0; /* q was one too large: add v back */
    for (uint32_t i = 0; i < n; i++) {
        uint32_t s = u[i] + v[i] + carry;
        carry = s >= TBI_BASE;
        u[i] = carry ? s - TBI_BASE : s;
    }
    u[n] = 0;
    return (uint32_t)q - 1;
}

tbi_num_dec tbi_num_mag_div(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b,
                            tbi_num_dec *rem)
{
    TB_CHECK(b->n > 0);
    if (b->n == 1) {
        uint32_t r;
        tbi_num_dec q = tbi_num_mag_div_small(p, a, b->d[0], &r);
        if (rem != NULL)
            *rem = tbi_num_from_u64(p, r);
        return q;
    }
    if (tbi_num_mag_cmp(a, b) < 0) {
        if (rem != NULL)
            *rem = *a;
        return (tbi_num_dec){.d = tbi_num_limbs(p, 1)};
    }
    uint32_t norm = TBI_BASE / (b->d[b->n - 1] + 1);
    tbi_num_dec v = tbi_num_mag_mul_small(p, b, norm);
    tbi_num_dec u = {.d = tbi_num_limbs(p, a->n + 1), .n = a->n + 1};
    uint64_t carry = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        uint64_t t = (uint64_t)a->d[i] * norm + carry;
        carry = t / TBI_BASE;
        u.d[i] = (uint32_t)(t % TBI_BASE);
    }
    u.d[a->n] = (uint32_t)carry;
    tbi_num_dec q = {.d = tbi_num_limbs(p, a->n - b->n + 1), .n = a->n - b->n + 1};
    for (uint32_t j = q.n; j-- > 0;)
        q.d[j] = div_step(u.d + j, v.d, b->n);
    if (rem != NULL) {
        u.n = b->n;
        u = trim(u);
        *rem = tbi_num_mag_div_small(p, &u, norm, NULL);
    }
    return trim(q);
}

/* An upper bound of sqrt(a), right to about 14 digits. */
static tbi_num_dec sqrt_guess(tbi_num_pool *p, const tbi_num_dec *a)
{
    uint32_t digits = tbi_num_mag_digits(a);
    uint32_t drop = digits > 16 ? (digits - 16 + 1) & ~1U : 0;
    tbi_num_dec top = tbi_num_mag_cut(p, a, drop, false);
    double lead = 0;
    for (uint32_t i = top.n; i-- > 0;)
        lead = lead * TBI_BASE + top.d[i];
    double root = sqrt(lead + 1) * 1e7 * (1 + 1e-14) + 1;
    tbi_num_dec x = tbi_num_from_u64(p, (uint64_t)root);
    if (drop / 2 >= 7)
        return tbi_num_mag_shift(p, &x, drop / 2 - 7);
    x = tbi_num_mag_cut(p, &x, 7 - drop / 2, false);
    tbi_num_dec one = tbi_num_from_u64(p, 1);
    return tbi_num_mag_add(p, &x, &one);
}

tbi_num_dec tbi_num_mag_sqrt(tbi_num_pool *p, const tbi_num_dec *a)
{
    if (a->n == 0)
        return *a;
    tbi_num_dec x = sqrt_guess(p, a);
    for (;;) { /* Newton from above falls until it reaches the floor of the root */
        tbi_num_dec q = tbi_num_mag_div(p, a, &x, NULL);
        if (tbi_num_mag_cmp(&q, &x) >= 0)
            return x;
        tbi_num_dec sum = tbi_num_mag_add(p, &x, &q);
        x = tbi_num_mag_div_small(p, &sum, 2, NULL);
    }
}

tbi_num_dec tbi_num_mag_shift(tbi_num_pool *p, const tbi_num_dec *a, uint32_t k)
{
    if (a->n == 0 || k == 0)
        return *a;
    uint32_t limbs = k / TBI_LIMB_DIGITS, digits = k % TBI_LIMB_DIGITS;
    tbi_num_dec r = {.d = tbi_num_limbs(p, a->n + limbs + 1), .n = a->n + limbs + 1};
    memset(r.d, 0, limbs * sizeof *r.d);
    uint64_t carry = 0;
    for (uint32_t i = 0; i < a->n; i++) {
        uint64_t v = a->d[i] * tbi_num_pow10[digits] + carry;
        carry = v / TBI_BASE;
        r.d[limbs + i] = (uint32_t)(v - carry * TBI_BASE);
    }
    r.d[limbs + a->n] = (uint32_t)carry;
    return trim(r);
}

tbi_num_dec tbi_num_mag_cut(tbi_num_pool *p, const tbi_num_dec *a, uint32_t k, bool round)
{
    if (k == 0)
        return *a;
    uint32_t limbs = k / TBI_LIMB_DIGITS, digits = k % TBI_LIMB_DIGITS;
    /* the digit just behind the cut decides the rounding */
    uint32_t at = (k - 1) / TBI_LIMB_DIGITS, digit = 0;
    if (at < a->n)
        digit = a->d[at] / (uint32_t)tbi_num_pow10[(k - 1) % TBI_LIMB_DIGITS] % 10;
    tbi_num_dec r = {.d = tbi_num_limbs(p, limbs < a->n ? a->n - limbs + 1 : 2)};
    if (limbs < a->n) {
        uint32_t low = (uint32_t)tbi_num_pow10[digits];
        uint32_t high = (uint32_t)tbi_num_pow10[TBI_LIMB_DIGITS - digits];
        r.n = a->n - limbs;
        for (uint32_t i = 0; i < r.n; i++) {
            uint32_t next = limbs + i + 1 < a->n ? a->d[limbs + i + 1] : 0;
            r.d[i] = a->d[limbs + i] / low + (digits == 0 ? 0 : next % low * high);
        }
        r = trim(r);
    }
    if (round && digit >= 5) {
        uint32_t i = 0;
        while (i < r.n && r.d[i] == TBI_BASE - 1)
            r.d[i++] = 0;
        if (i < r.n)
            r.d[i]++;
        else
            r.d[r.n++] = 1;
    }
    return r;
}

uint32_t tbi_num_mag_digits(const tbi_num_dec *a)
{
    if (a->n == 0)
        return 0;
    uint32_t digits = (a->n - 1) * TBI_LIMB_DIGITS, top = a->d[a->n - 1];
    for (; top != 0; top /= 10)
        digits++;
    return digits;
}
