/* SPDX-License-Identifier: Apache-2.0
 * Array values: a self-contained byte string inside a tb_str, so arrays are copied, spilled and
 * shipped like text.
 *
 *     {elem type, ndim, has nulls, kind} dims[ndim] lower[ndim] null bitmap? end offsets?
 *     element bytes (core/pack.h)
 *
 * int2vector and oidvector are the same payload with elements int2 and oid and lower bound 0.
 * Empty arrays have ndim 0. Elements are in row-major order.
 */
#ifndef TB_CORE_ARRAY_H
#define TB_CORE_ARRAY_H

#include "core/buf.h"
#include "core/error.h"
#include "core/value.h"

enum { TB_ARRAY_MAX_DIM = 6, TB_ARRAY_MAX_ELEMS = 134217727 };

/* An opened array. Points into the tb_str it was opened from (which must stay where it is: short
 * ones are inline). */
typedef struct tb_array {
    tb_type_id elem;
    int ndim;
    int32_t dims[TB_ARRAY_MAX_DIM];
    int32_t lower[TB_ARRAY_MAX_DIM];
    uint32_t n;           /* elements in all */
    const uint8_t *nulls; /* bit set = NULL; NULL pointer = none */
    const char *ends;     /* variable width: n unaligned uint32_t end offsets; NULL = fixed width */
    const char *data;
    uint32_t width; /* of fixed-width elements */
} tb_array;

void tb_array_open(const tb_str *s, tb_array *out);
/* Element i in row-major order. Strings point into the array; big decimals go to the arena. */
tb_value tb_array_get(const tb_array *a, tb_arena *arena, uint32_t i);
static inline bool tb_array_is_null(const tb_array *a, uint32_t i)
{
    return a->nulls != NULL && (a->nulls[i >> 3] >> (i & 7) & 1);
}

/* Builds from n = product(dims) values. lower may be NULL (all 1). The bytes are in the arena. */
tb_str tb_array_build(tb_arena *arena, tb_type_id elem, int ndim, const int32_t *dims,
                      const int32_t *lower, const tb_value *elems);
/* One dimension, lower bound 1; n = 0 gives the empty array. */
tb_str tb_array_build_1d(tb_arena *arena, tb_type_id elem, const tb_value *elems, uint32_t n);
/* int2vector / oidvector: lower bound 0. */
tb_str tb_array_build_vector(tb_arena *arena, tb_type_id elem, const tb_value *elems, uint32_t n);
/* ARRAY[a, b, ...] of arrays: adds a dimension; 2202E when their shapes differ. NULL counts as an
 * empty array. */
tb_rc tb_array_nest(tb_arena *arena, tb_type_id elem, const tb_value *arrays, uint32_t n,
                    tb_str *out, tb_error *err) TB_MUSTUSE;

/* a[s1][s2]...: NULL outside the bounds or with a wrong number of subscripts. */
tb_value tb_array_subscript(const tb_array *a, tb_arena *arena, const int32_t *subs, int nsubs);
/* a[l1:u1][l2:u2]...: has_lower/has_upper[k] false = open end. Empty array outside the bounds. */
tb_str tb_array_slice(const tb_array *a, tb_arena *arena, int nsubs, const int32_t *lower,
                      const bool *has_lower, const int32_t *upper, const bool *has_upper);
/* array || array, array_append, array_prepend with PostgreSQL's dimension rules (2202E); a NULL =
 * empty array. */
tb_rc tb_array_cat(tb_arena *arena, const tb_str *a, const tb_str *b, tb_str *out,
                   tb_error *err) TB_MUSTUSE;
tb_rc tb_array_append(tb_arena *arena, const tb_str *a, tb_type_id elem, const tb_value *v,
                      tb_str *out, tb_error *err) TB_MUSTUSE;
tb_rc tb_array_prepend(tb_arena *arena, tb_type_id elem, const tb_value *v, const tb_str *a,
                       tb_str *out, tb_error *err) TB_MUSTUSE;

/* btree order: elements first (NULL greatest), then their number, dimensions and bounds. */
int tb_array_cmp(const tb_str *a, const tb_str *b);
uint64_t tb_array_hash(const tb_str *a, uint64_t seed);

#endif
