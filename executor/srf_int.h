/* SPDX-License-Identifier: Apache-2.0
 * Set-returning functions: one call as an iterator. Internal.
 */
#ifndef TB_EXECUTOR_SRF_INT_H
#define TB_EXECUTOR_SRF_INT_H

#include "core/array.h"
#include "core/json.h"
#include "executor/exec_int.h"

enum { TBI_SET_MAX_COLS = 32 };

typedef struct tbi_set tbi_set;

/* The next row into out[0 .. ncols-1]; *more = false at the end. Values live until the next call or
 * open. */
typedef tb_rc (*tbi_set_next_fn)(tbi_set *s, tb_value *out, bool *more, tb_error *err);

struct tbi_set {
    const tb_expr *call;
    uint32_t ncols; /* columns of a row: more than one for functions that return records */
    tb_type_id types[TBI_SET_MAX_COLS];
    tb_fn_cx cx;
    tb_arena *arena; /* of one call; reset by open */
    tb_arena *memo;
    tb_type_id *argtypes;
    bool open;
    /* state of the call */
    tbi_set_next_fn next;
    int64_t i, last, step;
    tb_num num, num_last, num_step;
    tb_interval interval;
    tb_array array;
    tb_str text; /* argument the array or JSON spans point into */
    tb_json_iter json;
    uint32_t n;
    const tb_value *values;
};

/* Prepares for calls of a CALL expression (a set-returning function). */
tb_rc tbi_set_init(tbi_set *s, const tb_exec *exec, const tb_expr *call, bool hide,
                   tb_error *err) TB_MUSTUSE;
void tbi_set_fini(tbi_set *s);
/* Starts a call. args stay valid until the set is used up. A NULL argument of a strict function
 * gives no rows. */
tb_rc tbi_set_open(tbi_set *s, const tb_value *args, tb_error *err) TB_MUSTUSE;
/* Like next; more = false once the set is used up, then again and again. */
tb_rc tbi_set_next(tbi_set *s, tb_value *out, bool *more, tb_error *err) TB_MUSTUSE;
/* The row as one value: itself, or a record of its columns. */
tb_value tbi_set_as_value(tbi_set *s, const tb_value *row);

static inline bool tbi_is_set_call(const tb_expr *e)
{
    return e->kind == TB_X_CALL && (tb_fn_get(e->call.fn)->flags & TB_FF_SET) != 0;
}

#endif
