/* SPDX-License-Identifier: Apache-2.0
 * The hash join's table and its probe, shared by join_hash.c and join_spill.c. Internal.
 */
#ifndef TB_EXECUTOR_JOIN_HASH_H
#define TB_EXECUTOR_JOIN_HASH_H

#include "executor/join_int.h"

enum { TBI_JOIN_PARTS = 16 };

/* Rows start with their hash and the link to the next row of equal hash. */
typedef struct tbi_join_head {
    uint64_t hash;
    char *next;
} tbi_join_head;

enum {
    TBI_ROW_MATCHED = 1, /* has a partner */
    TBI_ROW_UNHASHED = 2 /* a NULL key: never matches, kept for the outer side only */
};

typedef struct tbi_join_table {
    const tbi_join *join;
    tb_exec *exec;
    tbi_layout layout; /* keys, then kept columns that are not keys */
    uint32_t ncols;
    uint32_t *kept_at; /* layout column of each kept column */
    tbi_account account;
    tbi_rows rows;
    uint64_t *slots; /* hash salt in the top 16 bits, row address below */
    uint64_t mask;
    size_t slot_bytes;
    uint64_t nbuild; /* build rows, NULL keys included */
    bool has_null;   /* a build key was NULL */
    bool dedupe;     /* one row per key is enough */
    uint64_t hash[TB_BATCH_ROWS];
    char *at[TB_BATCH_ROWS];
    /* spilled */
    bool spilled;
    bool resident[TBI_JOIN_PARTS];
    size_t row_bytes; /* average, when spilling began */
    tbi_store *build_parts[TBI_JOIN_PARTS], *probe_parts[TBI_JOIN_PARTS];
} tbi_join_table;

/* What one worker needs to probe. */
typedef struct tbi_probe {
    tbi_eval *keys;
    const tb_vector **key; /* computed for the batch in hand */
    tbi_eval *residual;
    tb_batch pair_batch;  /* residual's input */
    tb_batch *pair_store; /* its buffers */
    tb_batch *out;
    tb_vector *out_cols;
    tbi_probe_end end;
    uint64_t hash[TB_BATCH_ROWS];
    uint64_t slot[TB_BATCH_ROWS];
    uint16_t row[TB_BATCH_ROWS];
    uint16_t hashed[TB_BATCH_ROWS];
    char *head[TB_BATCH_ROWS];
    uint16_t pair[TB_BATCH_ROWS];
    char *at[TB_BATCH_ROWS];
    uint32_t npairs;
    uint16_t stay[TB_BATCH_ROWS];
    uint64_t matched[TB_BATCH_WORDS], unknown[TB_BATCH_WORDS];
} tbi_probe;

typedef struct tbi_probe_op {
    tbi_op op;
    tbi_join_table *table;
    tbi_prog *keys;
    tbi_prog *residual; /* a filter; three-valued: an expression */
    bool three_valued;
    uint32_t npair_cols; /* columns of the pair batch */
    bool *pair_used;
    tbi_probe **local;
} tbi_probe_op;

tbi_probe *tbi_probe_local(tbi_probe_op *p, tbi_worker *w);
/* Finds the partners of the first n rows in l->hashed; keys are computed. Sets bits in matched and
 * unknown. */
tb_rc tbi_probe_rows(tbi_probe_op *p, tbi_worker *w, const tb_batch *in, uint32_t n,
                     tb_error *err) TB_MUSTUSE;
/* Computes keys and hashes of the live rows; writes rows whose keys are all usable to l->hashed,
 * returns how many. */
tb_rc tbi_probe_keys(tbi_probe_op *p, tbi_probe *l, const tb_batch *in, uint32_t *n,
                     tb_error *err) TB_MUSTUSE;
/* Emits build rows as build_mode asks, after all probes of the rows in the table. */
tb_rc tbi_emit_build(tbi_probe_op *p, tbi_worker *w, tb_error *err) TB_MUSTUSE;

/* Adds build rows (columns in layout order). */
void tbi_table_add(tbi_join_table *t, const tb_vector *cols, const uint16_t *sel, uint32_t n);
/* Makes the slots for the rows that are there. */
void tbi_table_index(tbi_join_table *t);
void tbi_table_clear(tbi_join_table *t);
/* Marks rows that are unknown because of a NULL key. */
void tbi_probe_unknown(tbi_probe_op *p, tbi_probe *l, const tb_batch *in);

/* ---- join_spill.c ---- */

static inline uint32_t tbi_join_part(uint64_t hash)
{
    return hash >> 40 & (TBI_JOIN_PARTS - 1);
}
/* Moves all build rows to partitions on disk; later ones go there directly. */
tb_rc tbi_join_spill(tbi_join_table *t, tb_error *err) TB_MUSTUSE;
tb_rc tbi_join_spill_add(tbi_join_table *t, const tb_vector *cols, const uint16_t *sel, uint32_t n,
                         tb_error *err) TB_MUSTUSE;
/* End of build: brings back as many partitions as fit. */
tb_rc tbi_join_spill_finish(tbi_join_table *t, tb_error *err) TB_MUSTUSE;
/* Sends rows of partitions that are not in memory to disk; keeps the others in l->hashed (n) and in
 * the batch, whose selection then is l->stay. */
tb_rc tbi_join_spill_probe(tbi_probe_op *p, tbi_probe *l, tb_batch *in, uint32_t *n,
                           tb_error *err) TB_MUSTUSE;
/* End of probe: joins the partitions that are on disk. */
tb_rc tbi_join_spill_flush(tbi_probe_op *p, tbi_worker *w, tb_error *err) TB_MUSTUSE;
void tbi_join_spill_clear(tbi_join_table *t);

#endif
