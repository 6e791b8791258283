/* SPDX-License-Identifier: Apache-2.0
 * Sorting rows, in memory or through sorted runs in the spill file. Stable: equal rows keep their
 * order of arrival. Internal.
 */
#ifndef TB_EXECUTOR_SORT_INT_H
#define TB_EXECUTOR_SORT_INT_H

#include "executor/data_int.h"

typedef struct tbi_sort_key {
    uint32_t col;
    bool desc, nulls_first;
} tbi_sort_key;

typedef struct tbi_sorter tbi_sorter;

/* Rows have the columns `types`; limit = rows wanted from the top, 0 = all. */
tbi_sorter *tbi_sorter_create(tbi_budget *b, tbi_spill *s, const tb_type_id *types, uint32_t ncols,
                              const tbi_sort_key *keys, uint32_t nkeys, uint64_t limit) TB_MUSTUSE;
void tbi_sorter_destroy(tbi_sorter *s);
/* Forgets all rows; ready for appending. */
void tbi_sorter_clear(tbi_sorter *s);
tb_rc tbi_sorter_append(tbi_sorter *s, const tb_vector *cols, const uint16_t *sel, uint32_t n,
                        tb_error *err) TB_MUSTUSE;
/* No more appends; must precede reading. */
tb_rc tbi_sorter_finish(tbi_sorter *s, tb_error *err) TB_MUSTUSE;
uint64_t tbi_sorter_rows(const tbi_sorter *s);
/* Everything is in memory: any part may be read by any thread. */
bool tbi_sorter_in_memory(const tbi_sorter *s);
/* In memory: rows [from, from + n) into a batch made for the sorter's types (string bytes stay in
 * the sorter). */
void tbi_sorter_gather(const tbi_sorter *s, uint64_t from, uint32_t n, tb_batch *out);
/* The next rows in order, at most max (out->nrows = 0 at the end). Their bytes live until the next
 * call. */
tb_rc tbi_sorter_next(tbi_sorter *s, uint32_t max, tb_batch *out, tb_error *err) TB_MUSTUSE;
/* Reads from the start again. */
tb_rc tbi_sorter_rewind(tbi_sorter *s, tb_error *err) TB_MUSTUSE;

#endif
