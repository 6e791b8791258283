/* SPDX-License-Identifier: Apache-2.0
 * Inside of NUMERIC: decimal numbers of any length as magnitudes in base 10^9.
 *
 * A tbi_num_dec is sign * magnitude * 10^-scale; scale may be negative while computing. Limbs are
 * little-endian, no leading zero limb; zero has n = 0. Temporaries live in a tbi_num_pool: a few
 * hundred bytes on the stack, an own arena beyond, gone with tbi_num_pool_fini(). Only results are
 * copied to the caller's arena.
 */
#ifndef TB_CORE_NUM_INT_H
#define TB_CORE_NUM_INT_H

#include "core/num.h"

enum {
    TBI_BASE = 1000000000,
    TBI_LIMB_DIGITS = 9,
    TBI_MAX_DSCALE = 16383,      /* digits after the point a value may have */
    TBI_MAX_INT_DIGITS = 131072, /* digits before it */
    TBI_MIN_SIG_DIGITS = 16,
    TBI_MAX_DISPLAY_SCALE = 1000,
    TBI_MAX_RESULT_SCALE = 2000
};

/* Digits of a TB_NUM_BIG value; immutable. */
struct tb_big {
    uint32_t n;
    bool neg;
    uint32_t d[];
};

typedef struct tbi_num_pool {
    uint32_t local[128];
    uint32_t used;
    tb_arena *arena; /* created when `local` is full */
} tbi_num_pool;

static inline void tbi_num_pool_init(tbi_num_pool *p)
{
    p->used = 0;
    p->arena = NULL;
}
static inline void tbi_num_pool_fini(tbi_num_pool *p)
{
    tb_arena_destroy(p->arena);
}
uint32_t *tbi_num_limbs(tbi_num_pool *p, size_t n);

typedef struct tbi_num_dec {
    uint32_t *d;
    uint32_t n;
    bool neg;
    int32_t scale;
} tbi_num_dec;

extern const uint64_t tbi_num_pow10[20];

static inline bool tbi_num_is_zero(const tbi_num_dec *x)
{
    return x->n == 0;
}

/* ---- magnitudes (num_mag.c); sign and scale of the results are the caller's business unless said
 * ---- */
tbi_num_dec tbi_num_from_u64(tbi_num_pool *p, uint64_t v);
tbi_num_dec tbi_num_from_u128(tbi_num_pool *p, unsigned __int128 v);
int tbi_num_mag_cmp(const tbi_num_dec *a, const tbi_num_dec *b);
tbi_num_dec tbi_num_mag_add(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b);
tbi_num_dec tbi_num_mag_sub(tbi_num_pool *p, const tbi_num_dec *a,
                            const tbi_num_dec *b); /* a >= b */
tbi_num_dec tbi_num_mag_mul(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b);
tbi_num_dec tbi_num_mag_mul_small(tbi_num_pool *p, const tbi_num_dec *a, uint32_t b);
tbi_num_dec tbi_num_mag_div_small(tbi_num_pool *p, const tbi_num_dec *a, uint32_t b, uint32_t *rem);
/* Quotient and remainder, truncated; b != 0; rem may be NULL. */
tbi_num_dec tbi_num_mag_div(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b,
                            tbi_num_dec *rem);
/* floor(sqrt(a)) */
tbi_num_dec tbi_num_mag_sqrt(tbi_num_pool *p, const tbi_num_dec *a);
/* a * 10^k */
tbi_num_dec tbi_num_mag_shift(tbi_num_pool *p, const tbi_num_dec *a, uint32_t k);
/* a / 10^k truncated, or rounded half away from zero */
tbi_num_dec tbi_num_mag_cut(tbi_num_pool *p, const tbi_num_dec *a, uint32_t k, bool round);
/* Number of decimal digits; 0 for zero. */
uint32_t tbi_num_mag_digits(const tbi_num_dec *a);

/* ---- decimals (num.c) ---- */
/* View of a finite value (small ones are expanded into the pool). */
tbi_num_dec tbi_num_from_num(tbi_num_pool *p, const tb_num *n);
/* Magnitude of `count` decimal digits; other characters among the `len` (a point) are skipped. */
tbi_num_dec tbi_num_from_digits(tbi_num_pool *p, const char *s, size_t len, size_t count);
/* The value in its shortest form; 22003 when it overflows the format. */
tb_rc tbi_num_to_num(tb_arena *arena, const tbi_num_dec *x, tb_num *out, tb_error *err) TB_MUSTUSE;
/* The same for values that cannot have grown out of range. */
tb_num tbi_num_to_num_nocheck(tb_arena *arena, const tbi_num_dec *x);
tbi_num_dec tbi_num_add(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b);
tbi_num_dec tbi_num_sub(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b);
/* Exact product rounded to `scale` decimals when it has more. */
tbi_num_dec tbi_num_mul(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b, int32_t scale);
/* a / b rounded (or truncated) to `scale` decimals. */
tbi_num_dec tbi_num_div(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b, int32_t scale,
                        bool round);
/* To exactly `scale` decimals (may be negative), half away from zero or truncated. */
tbi_num_dec tbi_num_set_scale(tbi_num_pool *p, const tbi_num_dec *x, int32_t scale, bool round);
int tbi_num_cmp(tbi_num_pool *p, const tbi_num_dec *a, const tbi_num_dec *b);
/* Decimal exponent of the leading digit (0 = units), and PostgreSQL's base-10000 weight; 0 for
 * zero. */
int32_t tbi_num_exponent(const tbi_num_dec *x);
int32_t tbi_num_weight(const tbi_num_dec *x);
/* floor(|x| / 10^e) when that is below 10^18. */
uint64_t tbi_num_leading(const tbi_num_dec *x, int32_t e);
double tbi_num_to_double(const tbi_num_dec *x);
bool tbi_num_is_integral(const tbi_num_dec *x);
tb_rc tbi_num_raise_overflow(tb_error *err);

/* "123.450" with a leading '-' when negative, NUL-terminated; room for tbi_num_text_size() bytes.
 */
size_t tbi_num_text_size(const tbi_num_dec *x);
size_t tbi_num_text(const tbi_num_dec *x, char *to);

/* PostgreSQL's rule for the decimals of a quotient. */
int32_t tbi_num_select_div_scale(const tbi_num_dec *a, const tbi_num_dec *b);

static inline bool tbi_num_is_special(const tb_num *x)
{
    return x->kind >= TB_NUM_NAN;
}
static inline tb_num tbi_num_special(tb_num_kind kind)
{
    return (tb_num){.kind = (uint8_t)kind};
}

static inline int32_t tbi_num_clamp(int64_t v, int32_t lo, int32_t hi)
{
    return (int32_t)(v < lo ? lo : v > hi ? hi : v);
}

#endif
