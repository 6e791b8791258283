/* SPDX-License-Identifier: Apache-2.0
 * The group table.
 *
 * Open addressing over 8-byte slots {16 bits of the hash, address of the group's row}. A batch is
 * looked up in rounds: in each, every open row walks to the first slot that is empty or may be its
 * group; empty slots become new groups, the others are compared column by column, and rows that met
 * a stranger go on in the next round.
 */
#include "executor/group_int.h"

#include <stdlib.h>

static inline tbi_group_head *head_of(char *row)
{
    return (tbi_group_head *)(void *)row;
}

static inline uint64_t salt_of(uint64_t hash)
{
    return hash & UINT64_C(0xFFFF000000000000);
}

static inline char *row_of(uint64_t slot)
{
    return (char *)(uintptr_t)(slot & UINT64_C(0x0000FFFFFFFFFFFF));
}

void tbi_groups_init(tbi_groups *g, tb_arena *arena, const tb_type_id *keys, uint32_t nkeys,
                     uint32_t extra, uint64_t seed, tbi_account *account)
{
    tbi_layout_init(&g->layout, arena, keys, nkeys, sizeof(tbi_group_head), extra);
    g->extra = extra;
    g->seed = seed;
    g->account = account;
    tbi_rows_init(&g->rows, &g->layout, account);
}

static void free_slots(tbi_groups *g)
{
    if (g->slots != NULL)
        tbi_table_free(g->slots, (g->mask + 1) * sizeof *g->slots);
    g->slots = NULL;
}

static void charge_slots(tbi_groups *g, size_t bytes)
{
    if (bytes > g->slot_bytes)
        tbi_account_add(g->account, bytes - g->slot_bytes);
    else
        tbi_account_sub(g->account, g->slot_bytes - bytes);
    g->slot_bytes = bytes;
}

void tbi_groups_clear(tbi_groups *g)
{
    tbi_rows_clear(&g->rows);
    free_slots(g);
    charge_slots(g, 0);
}

void tbi_groups_fini(tbi_groups *g)
{
    if (g->account == NULL)
        return;
    tbi_groups_clear(g);
    tbi_rows_fini(&g->rows);
}

/* Room for n more groups at a load of at most two thirds. */
static void reserve(tbi_groups *g, uint64_t n)
{
    uint64_t want = g->rows.n + n, cap = g->slots == NULL ? 256 : g->mask + 1;
    if (g->slots != NULL && want <= cap / 3 * 2)
        return;
    while (want > cap / 3 * 2)
        cap *= 2;
    free_slots(g);
    g->slots = tbi_table_alloc(cap * sizeof *g->slots);
    g->mask = cap - 1;
    charge_slots(g, cap * sizeof *g->slots);
    for (uint64_t i = 0; i < g->rows.n; i++) {
        char *row = tbi_rows_at(&g->rows, i);
        uint64_t hash = head_of(row)->hash, k = hash & g->mask;
        while (g->slots[k] != 0)
            k = (k + 1) & g->mask;
        g->slots[k] = salt_of(hash) | (uint64_t)(uintptr_t)row;
    }
}

void tbi_groups_hash(tbi_groups *g, const tb_vector *keys, const uint16_t *sel, uint32_t n)
{
    for (uint32_t c = 0; c < g->layout.ncols; c++)
        tbi_hash_vector(&keys[c], sel, n, g->seed, c == 0, g->hash);
    if (g->layout.ncols == 0)
        memset(g->hash, 0, n * sizeof *g->hash);
}

static char *new_group(tbi_groups *g, uint64_t hash)
{
    char *row;
    uint64_t number = g->rows.n;
    tbi_rows_extend(&g->rows, 1, &row);
    *head_of(row) = (tbi_group_head){.hash = hash, .number = number};
    memset(row + g->layout.extra_at, 0, g->extra);
    return row;
}

/* One round over todo[0..n): positions k. Returns how many positions must be compared (pair, at);
 * new groups are added to made. */
static uint32_t walk(tbi_groups *g, const uint16_t *sel, uint32_t n, bool make, char **group,
                     uint32_t *nmade)
{
    uint32_t m = 0;
    for (uint32_t t = 0; t < n; t++) {
        uint32_t k = g->todo[t];
        uint64_t hash = g->hash[k], i = g->slot[k], slot = g->slots[i];
        while (slot != 0 && salt_of(slot) != salt_of(hash)) {
            i = (i + 1) & g->mask;
            slot = g->slots[i];
        }
        g->slot[k] = i;
        if (slot != 0) {
            g->next[m] = (uint16_t)k;
            g->at[m++] = row_of(slot);
            __builtin_prefetch(row_of(slot));
            continue;
        }
        group[k] = NULL;
        if (!make)
            continue;
        group[k] = new_group(g, hash);
        g->slots[i] = salt_of(hash) | (uint64_t)(uintptr_t)group[k];
        g->made_row[*nmade] = (uint16_t)(sel == NULL ? k : sel[k]);
        g->made_at[(*nmade)++] = group[k];
    }
    return m;
}

/* Compares candidates with their rows' keys; the equal ones are settled, the others stay in todo,
 * one slot further. */
static uint32_t settle(tbi_groups *g, const tb_vector *keys, const uint16_t *sel, uint32_t m,
                       char **group)
{
    uint32_t left = 0;
    for (uint32_t t = 0; t < m; t++) {
        uint32_t k = g->next[t];
        group[k] = g->at[t];
        g->pair[t] = (uint16_t)(sel == NULL ? k : sel[k]);
    }
    uint32_t n = m;
    for (uint32_t c = 0; c < g->layout.ncols && n > 0; c++)
        n = tbi_rows_match(&g->layout, c, &keys[c], true, g->pair, g->at, n);
    if (n == m)
        return 0;
    /* survivors are in order: a merge walk tells who is missing */
    uint32_t s = 0;
    for (uint32_t t = 0; t < m; t++) {
        uint32_t k = g->next[t], row = sel == NULL ? k : sel[k];
        if (s < n && g->pair[s] == row) {
            s++;
            continue;
        }
        g->slot[k] = (g->slot[k] + 1) & g->mask;
        g->todo[left++] = (uint16_t)k;
    }
    return left;
}

uint32_t tbi_groups_find(tbi_groups *g, const tb_vector *keys, const uint16_t *sel, uint32_t n,
                         bool make, char **group)
{
    uint32_t nmade = 0, settled = 0;
    reserve(g, n);
    for (uint32_t k = 0; k < n; k++) {
        g->slot[k] = g->hash[k] & g->mask;
        __builtin_prefetch(&g->slots[g->slot[k]]);
        g->todo[k] = (uint16_t)k;
    }
    while (n > 0) {
        uint32_t m = walk(g, sel, n, make, group, &nmade);
        /* keys of new groups must be there before anybody is compared with them */
        for (uint32_t c = 0; c < g->layout.ncols && nmade > settled; c++)
            tbi_rows_scatter(&g->layout, c, &keys[c], g->made_row + settled, nmade - settled,
                             g->made_at + settled, g->rows.bytes);
        settled = nmade;
        n = m == 0 ? 0 : settle(g, keys, sel, m, group);
    }
    return nmade;
}
