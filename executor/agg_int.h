/* SPDX-License-Identifier: Apache-2.0
 * Aggregate functions: states and the functions over them. Internal.
 *
 * A state is a fixed number of bytes inside a group's row; what does not fit there lives in the
 * group table's arena. Updates come a batch at a time; rows whose arguments are NULL were removed
 * before when the aggregate is strict. The same functions serve GROUP BY, windows and sorted
 * (DISTINCT, ORDER BY, WITHIN GROUP) input.
 */
#ifndef TB_EXECUTOR_AGG_INT_H
#define TB_EXECUTOR_AGG_INT_H

#include "executor/exec_int.h"

/* One aggregate of one operator. */
typedef struct tbi_agg_cx {
    tb_fn_id fn;
    tb_type_id ret;
    uint32_t nargs; /* direct arguments of ordered-set aggregates come first */
    const tb_type_id *argtype;
    const tb_env *env;
    bool hide_values;
    uint32_t offset;   /* of the state in the row */
    tb_arena *arena;   /* bytes of states */
    tb_arena *scratch; /* reset by the caller between batches */
} tbi_agg_cx;

/* n values of each argument; state of value k is at group[k] + cx->offset, its row in the vectors
 * is sel[k]. */
typedef struct tbi_agg_input {
    uint32_t n;
    const uint16_t *sel; /* NULL = rows 0..n-1 */
    char *const *group;
    const tb_vector *const *args;
} tbi_agg_input;

static inline uint32_t tbi_agg_row(const tbi_agg_input *in, uint32_t k)
{
    return in->sel == NULL ? k : in->sel[k];
}

typedef struct tbi_agg_def {
    uint32_t size; /* of the state; starts as zero bytes */
    bool strict;   /* rows with a NULL argument do not count */
    tb_rc (*update)(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err);
    /* Result bytes go to cx->scratch. The state stays usable. */
    tb_rc (*result)(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err);
    /* Takes values out again (the inverse of update), for windows; NULL = cannot. */
    tb_rc (*remove)(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err);
} tbi_agg_def;

/* NULL when the function is not an aggregate we have. agg_table.c */
const tbi_agg_def *tbi_agg_find(tb_fn_id fn);

/* agg_fns.c: count, sum, avg, min, max, bool_*, bit_* */
extern const tbi_agg_def tbi_agg_count_star, tbi_agg_count, tbi_agg_sum_int2, tbi_agg_sum_int4,
    tbi_agg_sum_int8, tbi_agg_avg_int2, tbi_agg_avg_int4, tbi_agg_avg_int8, tbi_agg_sum_float4,
    tbi_agg_sum_float8, tbi_agg_sum_num, tbi_agg_avg_num, tbi_agg_sum_interval,
    tbi_agg_avg_interval, tbi_agg_min, tbi_agg_max, tbi_agg_and, tbi_agg_or, tbi_agg_bit_and,
    tbi_agg_bit_or, tbi_agg_bit_xor;
/* agg_stats.c: variance, standard deviation, regression */
extern const tbi_agg_def tbi_agg_var_num, tbi_agg_var_int, tbi_agg_var_float, tbi_agg_regr;
/* agg_collect.c: string_agg, array_agg, json */
extern const tbi_agg_def tbi_agg_string, tbi_agg_array, tbi_agg_json, tbi_agg_json_object;
/* agg_ordered.c: percentile_cont, percentile_disc, mode */
extern const tbi_agg_def tbi_agg_percentile, tbi_agg_mode;

/* States lie in rows, which are aligned to 8 bytes. */
typedef __int128 tbi_int128 __attribute__((aligned(8)));

/* Exact sums of decimals; shared by sum, avg and variance. */
typedef struct tbi_numsum {
    tbi_int128 acc; /* value is acc * 10^-scale, plus big */
    int32_t scale;
    uint8_t has_big;
    uint8_t zero[3];
    int64_t nan, pinf, ninf;
    tb_num big;
} tbi_numsum;
tb_rc tbi_numsum_add(const tbi_agg_cx *cx, tbi_numsum *s, const tb_num *x,
                     tb_error *err) TB_MUSTUSE;
tb_rc tbi_numsum_add128(const tbi_agg_cx *cx, tbi_numsum *s, __int128 v, int scale,
                        tb_error *err) TB_MUSTUSE;
/* The sum, NaN and infinities considered. */
tb_rc tbi_numsum_get(const tbi_agg_cx *cx, const tbi_numsum *s, tb_num *out,
                     tb_error *err) TB_MUSTUSE;

#endif
