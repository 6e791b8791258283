/* SPDX-License-Identifier: Apache-2.0
 * Where the executor keeps rows: budgeted memory, encrypted spill files, and the two row
 * containers. Internal.
 *
 *   tbi_store  columnar blocks in input order; whole blocks move to the spill file under pressure.
 *              CTEs, spooled streams, spilled partitions, window partitions.
 *   tbi_rows   fixed-width rows with stable addresses: hash tables and sorts point into them.
 *
 * Neither is thread-safe while it is filled; a sealed store may be read through any number of
 * cursors.
 */
#ifndef TB_EXECUTOR_DATA_INT_H
#define TB_EXECUTOR_DATA_INT_H

#include "core/error.h"
#include "core/vector.h"

#include <stdatomic.h>

/* ---- memory.c: what a statement may hold ---- */

typedef struct tbi_budget {
    _Atomic size_t used, peak;
    size_t limit;            /* 0 = none */
    _Atomic uint32_t shares; /* accounts that can spill: each keeps a floor */
} tbi_budget;

/* One operator's part of the budget. */
typedef struct tbi_account {
    tbi_budget *budget;
    _Atomic size_t used;
    bool spills;
} tbi_account;

void tbi_budget_init(tbi_budget *b, size_t limit_bytes);
/* spills = this account gives memory back when it is pressed. */
void tbi_account_init(tbi_account *a, tbi_budget *b, bool spills);
/* Gives everything back. */
void tbi_account_fini(tbi_account *a);
void tbi_account_add(tbi_account *a, size_t bytes);
void tbi_account_sub(tbi_account *a, size_t bytes);
/* Sets what the account holds now. */
void tbi_account_set(tbi_account *a, size_t bytes);
/* The statement is near its limit and this account holds more than its floor: spill now. */
bool tbi_account_pressed(const tbi_account *a);
/* More than the whole limit is in use: what cannot spill fails with 53200. */
tb_rc tbi_account_check(const tbi_account *a, tb_error *err) TB_MUSTUSE;
/* Bytes this account may hold without asking. */
size_t tbi_account_floor(const tbi_account *a);
/* Memory for large tables that are read at random: zeroed, on huge pages where the system has them.
 * Free with tbi_table_free(). */
void *tbi_table_alloc(size_t bytes) TB_MUSTUSE;
void tbi_table_free(void *p, size_t bytes);

/* ---- spill.c: LZ4, then AES-256-GCM, into a file without a name ---- */

typedef struct tbi_spill tbi_spill;

typedef struct tbi_spill_ref {
    uint64_t offset; /* in the file */
    uint32_t stored; /* bytes in the file, tag included */
    uint32_t packed; /* bytes after compression */
    uint32_t bytes;  /* bytes of the block */
    uint64_t nonce;
} tbi_spill_ref;

/* Nothing is created before the first write. */
tbi_spill *tbi_spill_create(const char *dir, const char *query_id, size_t quota_bytes) TB_MUSTUSE;
/* Closes the file and wipes the key. NULL is allowed. */
void tbi_spill_destroy(tbi_spill *s);
/* 53100 when the disk is full, 53400 when the quota is reached. Thread-safe. */
tb_rc tbi_spill_write(tbi_spill *s, const void *block, uint32_t bytes, tbi_spill_ref *ref,
                      tb_error *err) TB_MUSTUSE;
/* Reads a block back into `to` (ref->bytes). Thread-safe. */
tb_rc tbi_spill_read(tbi_spill *s, const tbi_spill_ref *ref, void *to, tb_error *err) TB_MUSTUSE;
/* Gives the disk space of a block back. */
void tbi_spill_free(tbi_spill *s, const tbi_spill_ref *ref);
/* Bytes ever written. */
uint64_t tbi_spill_written(const tbi_spill *s);

/* memcpy that takes NULL for nothing. */
static inline void tbi_copy(void *to, const void *from, size_t n)
{
    if (n > 0)
        memcpy(to, from, n);
}

/* ---- vec.c: vectors ---- */

/* Growable column arrays: what a block or an owned batch is built from. */
static inline bool tbi_bit(const uint64_t *bits, uint32_t i)
{
    return bits[i >> 6] >> (i & 63) & 1;
}
static inline void tbi_bit_set(uint64_t *bits, uint32_t i)
{
    bits[i >> 6] |= UINT64_C(1) << (i & 63);
}
static inline void tbi_bit_clear(uint64_t *bits, uint32_t i)
{
    bits[i >> 6] &= ~(UINT64_C(1) << (i & 63));
}

/* dst[at + k] = src[row k] for n rows (sel NULL: rows from .. from+n-1); fixed parts only, strings
 * stay where they are. dst is FLAT with a validity bitmap. */
void tbi_vector_copy(tb_vector *dst, uint32_t at, const tb_vector *src, const uint16_t *sel,
                     uint32_t from, uint32_t n);
/* Moves the string bytes and big decimals of rows [at, at + n) into the arena. */
void tbi_vector_own(tb_vector *v, uint32_t at, uint32_t n, tb_arena *arena);
/* A copy of the live rows of src that owns its bytes; free with tb_batch_destroy(). */
tb_batch *tbi_batch_copy(const tb_batch *src) TB_MUSTUSE;
/* Bytes a batch keeps alive: vectors at their capacity and the arena. */
size_t tbi_batch_bytes(const tb_batch *b);
/* Row i of any vector without copying; NULL for an SQL null. */
static inline const void *tbi_vector_at(const tb_vector *v, uint32_t i, size_t width)
{
    if (v->form == TB_VEC_CONST)
        i = 0;
    if (v->valid != NULL && !tbi_bit(v->valid, i))
        return NULL;
    return (const char *)v->data + i * width;
}

/* hash[k] of n rows; NULL hashes as a value. first = start from the seed, else combine with what is
 * there. */
void tbi_hash_vector(const tb_vector *v, const uint16_t *sel, uint32_t n, uint64_t seed, bool first,
                     uint64_t *hash);

/* ---- store.c: columnar blocks ---- */

typedef struct tbi_store tbi_store;
typedef struct tbi_cursor tbi_cursor;

tbi_store *tbi_store_create(tbi_budget *b, tbi_spill *s, const tb_type_id *types,
                            uint32_t ncols) TB_MUSTUSE;
void tbi_store_destroy(tbi_store *st);
/* Forgets all rows. */
void tbi_store_clear(tbi_store *st);
/* Exchanges the rows of two stores of equal columns. */
void tbi_store_swap(tbi_store *a, tbi_store *b);
/* Appends the live rows. */
tb_rc tbi_store_append(tbi_store *st, const tb_batch *b, tb_error *err) TB_MUSTUSE;
/* Appends n rows of cols (one vector per column); sel NULL = rows 0..n-1. */
tb_rc tbi_store_append_cols(tbi_store *st, const tb_vector *cols, const uint16_t *sel, uint32_t n,
                            tb_error *err) TB_MUSTUSE;
/* No more appends until clear(); must precede reading. */
tb_rc tbi_store_seal(tbi_store *st, tb_error *err) TB_MUSTUSE;
/* From now on blocks go to the file as soon as they are full: what is stored because memory is
 * short. */
void tbi_store_set_eager(tbi_store *st);
/* Moves every block to the file. */
tb_rc tbi_store_evict(tbi_store *st, tb_error *err) TB_MUSTUSE;
uint64_t tbi_store_rows(const tbi_store *st);
uint32_t tbi_store_blocks(const tbi_store *st);
/* Number of the first row of a block. */
uint64_t tbi_store_block_start(const tbi_store *st, uint32_t block);
/* Block that holds a row. */
uint32_t tbi_store_block_of(const tbi_store *st, uint64_t row);
size_t tbi_store_bytes(const tbi_store *st); /* in memory */

tbi_cursor *tbi_cursor_create(const tbi_store *st) TB_MUSTUSE;
void tbi_cursor_destroy(tbi_cursor *c);
/* The rows of one block, valid until the next call. */
tb_rc tbi_cursor_block(tbi_cursor *c, uint32_t block, const tb_batch **out,
                       tb_error *err) TB_MUSTUSE;
/* Drops the cached block (the store was cleared). */
void tbi_cursor_reset(tbi_cursor *c);

/* ---- rows.c: fixed-width rows ---- */

typedef struct tbi_layout {
    uint32_t ncols;
    tb_type_id *types;
    uint32_t *offset; /* of each column's value */
    uint32_t null_at; /* null flags: bit c of the bytes from here, 1 = NULL */
    uint32_t
        extra_at;   /* caller's bytes behind the columns; 8-byte aligned if there are 8 or more */
    uint32_t width; /* bytes per row, a multiple of 8 */
    bool flat;      /* no strings, no decimals: nothing outside the row */
} tbi_layout;

/* head bytes in front are the caller's (hash, link), extra bytes behind the columns too. */
void tbi_layout_init(tbi_layout *l, tb_arena *arena, const tb_type_id *types, uint32_t ncols,
                     uint32_t head, uint32_t extra);

typedef struct tbi_rows {
    const tbi_layout *layout;
    char **pages;
    uint32_t npages, cap_pages;
    size_t page_bytes;
    uint32_t slab_pages; /* pages taken at once later on, from page `first_slab` */
    uint32_t first_slab;
    uint32_t shift; /* rows per page = 1 << shift */
    uint64_t n;
    tb_arena *bytes; /* what strings and big decimals point to */
    tbi_account *account;
    size_t charged;
} tbi_rows;

void tbi_rows_init(tbi_rows *r, const tbi_layout *l, tbi_account *account);
void tbi_rows_fini(tbi_rows *r);
void tbi_rows_clear(tbi_rows *r);
static inline char *tbi_rows_at(const tbi_rows *r, uint64_t i)
{
    return r->pages[i >> r->shift] + (i & ((UINT64_C(1) << r->shift) - 1)) * r->layout->width;
}
/* Makes n new rows (uninitialised but for clear null flags) and writes their addresses. */
void tbi_rows_extend(tbi_rows *r, uint32_t n, char **at);
/* Books what pages and bytes take; call once per batch. */
void tbi_rows_charge(tbi_rows *r);

/* Column c of row at[k] = row k of v; copies bytes into the arena unless it is NULL. */
void tbi_rows_scatter(const tbi_layout *l, uint32_t c, const tb_vector *v, const uint16_t *sel,
                      uint32_t n, char *const *at, tb_arena *bytes);
/* out[k] = column c of row at[k]; at[k] NULL gives NULL. out is FLAT with a validity bitmap; string
 * bytes are shared. */
void tbi_rows_gather(const tbi_layout *l, uint32_t c, char *const *at, uint32_t n, tb_vector *out);
/* Keeps those k of pairs[0..n) whose row at[k] equals v's row in column c: compacts pair (which row
 * of v) and at together and returns how many are left. null_eq: NULL equals NULL (grouping), else
 * never. */
uint32_t tbi_rows_match(const tbi_layout *l, uint32_t c, const tb_vector *v, bool null_eq,
                        uint16_t *pair, char **at, uint32_t n);
static inline bool tbi_row_is_null(const tbi_layout *l, const char *row, uint32_t c)
{
    return (unsigned char)row[l->null_at + (c >> 3)] >> (c & 7) & 1;
}
static inline void tbi_row_set_null(const tbi_layout *l, char *row, uint32_t c, bool null)
{
    unsigned char bit = (unsigned char)(1u << (c & 7));
    char *at = row + l->null_at + (c >> 3);
    *at = (char)(null ? (*at | bit) : (*at & ~bit));
}
tb_value tbi_row_get(const tbi_layout *l, const char *row, uint32_t c);
void tbi_row_put(const tbi_layout *l, char *row, uint32_t c, tb_value v);

#endif
