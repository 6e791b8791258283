/* SPDX-License-Identifier: Apache-2.0
 * NUMERIC exactly as PostgreSQL 15 computes it: arbitrary precision, display scale carried by the
 * value, result scales by PostgreSQL's rules (e.g. 1/3 has 20 decimals, 100000/3 has 12;
 * select_div_scale), NaN and infinities.
 *
 * Results too big for the 64-bit small form are allocated in the arena passed in. Inputs may live
 * anywhere.
 */
#ifndef TB_CORE_NUM_H
#define TB_CORE_NUM_H

#include "core/buf.h"
#include "core/error.h"
#include "core/value.h"

static inline tb_num tb_num_small(int64_t coef, int scale)
{
    return (tb_num){.coef = coef, .scale = (int16_t)scale, .kind = TB_NUM_SMALL};
}

/* The value with its digits (if it is big) in the arena. */
tb_num tb_num_copy(tb_arena *arena, const tb_num *n);
/* Input of numeric_in: "12.50", "1e-5", "NaN", "Infinity", surrounding blanks; typmod -1 = none.
 * 22P02, 22003. */
tb_rc tb_num_parse(tb_arena *arena, const char *s, size_t len, int32_t typmod, tb_num *out,
                   tb_error *err) TB_MUSTUSE;
/* numeric_out text, NUL-terminated, in the arena. */
const char *tb_num_print(tb_arena *arena, const tb_num *n);
/* The same text, appended. */
void tb_num_out(const tb_num *n, tb_buf *out);
/* Rounds to a typmod (half away from zero), 22003 when too large. */
tb_rc tb_num_apply_typmod(tb_arena *arena, tb_num n, int32_t typmod, tb_num *out,
                          tb_error *err) TB_MUSTUSE;

tb_rc tb_num_add(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out,
                 tb_error *err) TB_MUSTUSE;
tb_rc tb_num_sub(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out,
                 tb_error *err) TB_MUSTUSE;
tb_rc tb_num_mul(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out,
                 tb_error *err) TB_MUSTUSE;
tb_rc tb_num_div(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out,
                 tb_error *err) TB_MUSTUSE;
tb_rc tb_num_div_trunc(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out,
                       tb_error *err) TB_MUSTUSE;
tb_rc tb_num_mod(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out,
                 tb_error *err) TB_MUSTUSE;
tb_rc tb_num_power(tb_arena *a, const tb_num *x, const tb_num *y, tb_num *out,
                   tb_error *err) TB_MUSTUSE;
tb_rc tb_num_sqrt(tb_arena *a, const tb_num *x, tb_num *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_num_exp(tb_arena *a, const tb_num *x, tb_num *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_num_ln(tb_arena *a, const tb_num *x, tb_num *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_num_log(tb_arena *a, const tb_num *base, const tb_num *x, tb_num *out,
                 tb_error *err) TB_MUSTUSE;
tb_num tb_num_neg(tb_arena *a, const tb_num *x);
tb_num tb_num_abs(tb_arena *a, const tb_num *x);
int tb_num_sign(const tb_num *x); /* -1, 0, 1; NaN counts as 1 */
/* Half away from zero; 22003 when that carries beyond the format. */
tb_rc tb_num_round(tb_arena *a, const tb_num *x, int digits, tb_num *out, tb_error *err) TB_MUSTUSE;
tb_num tb_num_trunc(tb_arena *a, const tb_num *x, int digits);
tb_num tb_num_ceil(tb_arena *a, const tb_num *x);
tb_num tb_num_floor(tb_arena *a, const tb_num *x);
/* The same value with `scale` decimals (never loses digits unless scale is smaller: then rounds).
 */
tb_num tb_num_rescale(tb_arena *a, const tb_num *x, int scale);
int tb_num_min_scale(const tb_num *x);
tb_num tb_num_trim_scale(tb_arena *a, const tb_num *x);

/* Total order of PostgreSQL: -Inf < numbers < +Inf < NaN; scales do not matter. */
int tb_num_cmp(const tb_num *x, const tb_num *y);
/* Equal for equal values of any scale, and equal to the hash of an equal int64. */
uint64_t tb_num_hash(const tb_num *x, uint64_t seed);

tb_num tb_num_from_int64(int64_t v);
tb_num tb_num_from_int128(tb_arena *a, __int128 v, int scale);
tb_num tb_num_from_double(tb_arena *a, double v); /* 15 significant digits, as float8_numeric */
tb_num tb_num_from_float(tb_arena *a, float v);   /* 6 significant digits */
/* Rounded half away from zero; 22003 "bigint out of range" and so on by type name, 0A000 for
 * NaN/infinity. */
tb_rc tb_num_to_int(const tb_num *x, tb_type_id type, int64_t *out,
                    tb_error *err) TB_MUSTUSE; /* INT2, 4, 8 */
tb_rc tb_num_to_int64(const tb_num *x, int64_t *out, tb_error *err) TB_MUSTUSE;
/* Correctly rounded; too large becomes +-HUGE_VAL, too small 0 (a cast raises 22003 for both). */
double tb_num_to_double(const tb_num *x);

#endif
