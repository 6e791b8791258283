/* SPDX-License-Identifier: Apache-2.0
 * The group table: rows found or made by key, vectorised. Used by GROUP BY, DISTINCT, set
 * operations and recursive UNION. Internal.
 */
#ifndef TB_EXECUTOR_GROUP_INT_H
#define TB_EXECUTOR_GROUP_INT_H

#include "executor/data_int.h"

/* In front of every group's row. */
typedef struct tbi_group_head {
    uint64_t hash;
    uint64_t number; /* in order of first appearance: also its place in rows */
} tbi_group_head;

typedef struct tbi_groups {
    tbi_layout
        layout; /* key columns; caller's bytes (states) at extra_at, zeroed for a new group */
    uint32_t extra;
    tbi_account *account;
    tbi_rows rows;
    uint64_t *slots;
    uint64_t mask;
    size_t slot_bytes;
    uint64_t seed;
    /* scratch */
    uint64_t hash[TB_BATCH_ROWS], slot[TB_BATCH_ROWS];
    uint16_t todo[TB_BATCH_ROWS], next[TB_BATCH_ROWS], pair[TB_BATCH_ROWS];
    uint16_t made[TB_BATCH_ROWS], made_row[TB_BATCH_ROWS];
    char *at[TB_BATCH_ROWS], *made_at[TB_BATCH_ROWS];
} tbi_groups;

void tbi_groups_init(tbi_groups *g, tb_arena *arena, const tb_type_id *keys, uint32_t nkeys,
                     uint32_t extra, uint64_t seed, tbi_account *account);
void tbi_groups_fini(tbi_groups *g);
void tbi_groups_clear(tbi_groups *g);
/* Hashes of the keys of n rows, into g->hash. */
void tbi_groups_hash(tbi_groups *g, const tb_vector *keys, const uint16_t *sel, uint32_t n);
/* Group of each of n rows (keys hashed before): group[k] for row sel[k]. make: unknown keys become
 * groups; else NULL. Returns how many groups were made; made_row[i] is the batch row the i-th of
 * them came from. NULL equals NULL. */
uint32_t tbi_groups_find(tbi_groups *g, const tb_vector *keys, const uint16_t *sel, uint32_t n,
                         bool make, char **group);
static inline char *tbi_group_extra(const tbi_groups *g, char *row)
{
    return row + g->layout.extra_at;
}

#endif
