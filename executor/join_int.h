/* SPDX-License-Identifier: Apache-2.0
 * Joins. Internal.
 *
 * One side is built (materialised), the other probes. Whatever the SQL join, what the executor does
 * is: emit pairs or not; emit probe rows without or with a match; emit build rows without or with a
 * match; compute a mark. build_left only swaps the sides.
 *
 *   op_join.c       plan node to join, key types, output columns
 *   join_hash.c     equality keys: hash table, probing
 *   join_spill.c    partitions that did not fit
 *   join_nested.c   no equality keys: block nested loop
 */
#ifndef TB_EXECUTOR_JOIN_INT_H
#define TB_EXECUTOR_JOIN_INT_H

#include "executor/exec_int.h"

/* What happens to a probe row once all its partners are known. */
typedef enum tbi_probe_mode {
    TBI_PROBE_NONE,  /* nothing: pairs said it all */
    TBI_PROBE_OUTER, /* without a partner: emitted with NULLs */
    TBI_PROBE_SEMI,  /* emitted if it has a partner */
    TBI_PROBE_ANTI,  /* emitted if it has none */
    TBI_PROBE_MARK,  /* emitted with a three-valued column */
    TBI_PROBE_NOT_IN /* emitted if the mark is false */
} tbi_probe_mode;

typedef enum tbi_build_mode {
    TBI_BUILD_NONE,
    TBI_BUILD_OUTER, /* rows without a partner are emitted with NULLs */
    TBI_BUILD_SEMI,  /* rows with a partner are emitted */
    TBI_BUILD_ANTI   /* rows without one */
} tbi_build_mode;

typedef enum tbi_from { TBI_FROM_PROBE, TBI_FROM_BUILD, TBI_FROM_MARK } tbi_from;

typedef struct tbi_join_col {
    tbi_from from;
    uint32_t at; /* position in the probe input or in the build columns */
} tbi_join_col;

/* What a join does, whatever algorithm runs it. */
typedef struct tbi_join {
    const tb_plan *plan;
    const tb_plan *probe, *build; /* inputs */
    bool pairs;                   /* emit matching pairs */
    bool single;                  /* a second partner is an error */
    tbi_probe_mode probe_mode;
    tbi_build_mode build_mode;
    /* keys, types unified */
    uint32_t nkeys;
    tb_expr **probe_keys, **build_keys;
    bool *null_safe;
    bool unknown; /* the only key's NULLs make the mark unknown */
    /* other conditions */
    uint32_t nresidual;
    tb_expr **residual;
    /* build columns that are kept, by id */
    uint32_t nkept;
    tb_colid *kept;
    /* output */
    uint32_t nout;
    tbi_join_col *out;
    tb_type_id *out_types;
    bool protected_;
} tbi_join;

/* Existence of a partner is all that matters: the first one ends the search. */
static inline bool tbi_join_is_existence(const tbi_join *j)
{
    return !j->pairs && j->build_mode == TBI_BUILD_NONE;
}
static inline bool tbi_join_needs_unknown(const tbi_join *j)
{
    return j->probe_mode == TBI_PROBE_MARK || j->probe_mode == TBI_PROBE_NOT_IN;
}

/* hash = false: equalities become ordinary conditions. */
tb_rc tbi_join_new(tbi_build *b, const tb_plan *p, bool hash, tbi_join **out,
                   tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_hash_join(tbi_build *b, const tbi_join *j, tbi_pipe *pipe, tbi_op *down,
                          tb_error *err) TB_MUSTUSE;
tb_rc tbi_build_nested_join(tbi_build *b, const tbi_join *j, tbi_pipe *pipe, tbi_op *down,
                            tb_error *err) TB_MUSTUSE;

/* The nested loop alone, over a store somebody else fills (the kept build columns). */
tb_rc tbi_nested_new(tbi_build *b, const tbi_join *j, tbi_op *down, tbi_op **op, tbi_store **store,
                     tb_error *err) TB_MUSTUSE;
/* The store's rows have changed. */
void tbi_nested_changed(tbi_op *op);

/* Emits the probe rows of a batch that the mode asks for, after their partners are known. matched,
 * unknown: bitmaps by row; null_build: vectors of NULLs for build columns. cols is scratch for nout
 * vectors, marks for a bool per row. */
typedef struct tbi_probe_end {
    const tbi_join *join;
    tb_vector *cols;
    uint8_t *marks;
    uint64_t *mark_valid;
    uint16_t *sel;
} tbi_probe_end;
void tbi_probe_end_init(tbi_probe_end *e, tb_arena *arena, const tbi_join *j);
tb_rc tbi_probe_finish(tbi_probe_end *e, tbi_op *op, tbi_worker *w, const tb_batch *in,
                       const uint16_t *sel, uint32_t n, const uint64_t *matched,
                       const uint64_t *unknown, tb_error *err) TB_MUSTUSE;
/* A vector that is NULL in every row. */
tb_vector tbi_null_vector(tb_type_id type);
/* 21000 */
tb_rc tbi_single_error(tb_error *err);

#endif
