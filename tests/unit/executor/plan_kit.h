/* SPDX-License-Identifier: Apache-2.0
 * Plans by hand, for executor tests: short constructors, a fake source, and a runner that returns
 * the rows as text.
 */
#ifndef TB_TEST_PLAN_KIT_H
#define TB_TEST_PLAN_KIT_H

#include "core/fragment.h"
#include "executor/executor.h"

typedef struct kit {
    tb_arena *arena;
    tb_stmt stmt;
    tb_env env;
    tb_exec_host host;
    size_t memory; /* budget, 0 = none */
    size_t spill_limit;
    /* what the last run did */
    uint64_t peak, spilled;
    tb_error err;
    char *text;
    size_t text_len;
    /* the fake source */
    uint32_t open_scans, open_conns, max_conns;
    uint32_t ranges; /* partition() answers this many */
    int fail_at;     /* row at which the source fails, 0 = never */
    bool slow;       /* the source sleeps between batches */
} kit;

void kit_init(kit *k);
void kit_fini(kit *k);

/* Columns and expressions. Types by name: "int4", "text", "numeric", "int4[]". */
tb_type kit_type(const char *name);
tb_colid kit_col(kit *k, const char *type);
tb_expr *kit_ref(kit *k, tb_colid col);
tb_expr *kit_const(kit *k, const char *type, const char *text);            /* text NULL = null */
tb_expr *kit_call(kit *k, tb_fn_id fn, const char *type, uint32_t n, ...); /* tb_expr * */
tb_expr *kit_op(kit *k, const char *op, tb_expr *a, tb_expr *b);           /* by operand types */
tb_expr *kit_and(kit *k, tb_expr *a, tb_expr *b);

/* Plans. A new VALUES node: types "int4 text", rows "1,a;2,~" (~ = NULL). */
tb_plan *kit_rows(kit *k, const char *types, const char *rows);
/* n rows of generate_series(1, n) as int8, named by out[0]. */
tb_plan *kit_series(kit *k, int64_t n);
tb_plan *kit_project(kit *k, tb_plan *in, uint32_t n,
                     ...); /* tb_expr *; appended to the input's columns */
tb_plan *kit_filter(kit *k, tb_plan *in, tb_expr *cond);
tb_plan *kit_join(kit *k, tb_join_type type, tb_plan *left, tb_plan *right, tb_colid l, tb_colid r);
tb_plan *kit_loop(kit *k, tb_join_type type, tb_plan *left, tb_plan *right, tb_expr *cond);
/* Aggregates are added with kit_agg_add(). */
tb_plan *kit_agg(kit *k, tb_plan *in, uint32_t nkeys, ...); /* tb_colid */
tb_agg *kit_agg_add(kit *k, tb_plan *agg, tb_fn_id fn, const char *type, uint32_t nargs,
                    ...); /* tb_colid */
tb_plan *kit_sort(kit *k, tb_plan *in, const char *spec,
                  ...); /* "+-" per tb_colid: ascending, descending */
tb_plan *kit_limit(kit *k, tb_plan *in, int64_t count, int64_t offset); /* count < 0 = none */
tb_plan *kit_setop(kit *k, tb_setop op, bool all, tb_plan *left, tb_plan *right);
/* A fragment of the fake source: rows (i, i % modulus, text of i) for i = 1..n; types int8 int4
 * text. */
tb_plan *kit_fragment(kit *k, int64_t n, int32_t modulus);
tb_plan *kit_out(kit *k, tb_plan *p, uint32_t n, ...); /* PROJECT to these columns */

/* Runs; rows as "a|b\n" in order, NULL as "~"; an error is "ERROR 22012\n" alone. */
const char *kit_run(kit *k, tb_plan *p);
/* Runs with every batch size, number of threads and budget of a matrix; the rows must be the same.
 * Sorted rows. */
const char *kit_run_all(kit *k, tb_plan *p);
/* Lines in byte order. */
char *kit_sorted(kit *k, const char *text);
void kit_expect(kit *k, tb_plan *p, const char *rows); /* in this order, in every configuration */
void kit_expect_sorted(kit *k, tb_plan *p, const char *rows); /* as a set, in every configuration */

#endif
