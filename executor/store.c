/* SPDX-License-Identifier: Apache-2.0
 * Columnar row store: blocks of up to TB_BATCH_ROWS rows, one piece of memory each, which is also
 * what is spilled.
 *
 * Block image: header, one entry per column (offsets of validity and data), validity words, values,
 * then the bytes of long strings. In memory string views point into the image itself; before
 * writing and after reading the pointers are rebased. Big decimals are kept as text in the image
 * and parsed when a cursor shows the block (they are rare).
 */
#include "executor/data_int.h"

#include "core/list.h"
#include "core/num.h"

#include <stdlib.h>

enum { FIRST_ROWS = 64, MIN_BLOCK = 8 * 1024, MAX_BLOCK = 256 * 1024 };

typedef struct image_col {
    uint32_t valid_at; /* 0 = no nulls */
    uint32_t data_at;
} image_col;

typedef struct image {
    uint32_t nrows, ncols;
    uint32_t bytes;
    uint32_t has_big;
    image_col cols[];
} image;

typedef struct block {
    uint64_t start; /* number of its first row */
    uint32_t nrows, bytes;
    image *mem; /* NULL = in the file */
    tbi_spill_ref ref;
} block;

struct tbi_store {
    tbi_budget *budget;
    tbi_spill *spill;
    tbi_account account;
    uint32_t ncols;
    tb_type_id *types;
    block *blocks;
    uint32_t nblocks, cap_blocks, nresident;
    uint64_t nrows;
    size_t resident;    /* bytes of blocks in memory */
    size_t block_bytes; /* a block is closed when it reaches this */
    /* the block being filled */
    tb_vector *fill;
    uint32_t fill_n, fill_cap;
    tb_arena *fill_bytes;
    bool sealed, eager;
};

static size_t align_up(size_t n, size_t a)
{
    return (n + a - 1) & ~(a - 1);
}

tbi_store *tbi_store_create(tbi_budget *b, tbi_spill *s, const tb_type_id *types, uint32_t ncols)
{
    tbi_store *st = tb_xcalloc(1, sizeof *st);
    st->budget = b;
    st->spill = s;
    tbi_account_init(&st->account, b, false);
    st->ncols = ncols;
    st->types = tb_xcalloc(ncols + 1, sizeof *st->types);
    st->fill = tb_xcalloc(ncols + 1, sizeof *st->fill);
    for (uint32_t c = 0; c < ncols; c++) {
        st->types[c] = types[c];
        st->fill[c] = (tb_vector){.type = types[c], .phys = (uint8_t)tb_type_phys(types[c])};
    }
    st->fill_bytes = tb_arena_create(0);
    st->block_bytes = b->limit == 0 ? MAX_BLOCK : b->limit / 64;
    if (st->block_bytes > MAX_BLOCK)
        st->block_bytes = MAX_BLOCK;
    if (st->block_bytes < MIN_BLOCK)
        st->block_bytes = MIN_BLOCK;
    return st;
}

static size_t fill_row_bytes(const tbi_store *st)
{
    size_t n = 0;
    for (uint32_t c = 0; c < st->ncols; c++)
        n += tb_phys_width((tb_phys)st->fill[c].phys);
    return n + st->ncols / 8 + 1;
}

static void book(tbi_store *st)
{
    tbi_account_set(&st->account, st->resident + st->fill_cap * fill_row_bytes(st) +
                                      tb_arena_used(st->fill_bytes));
}

static void drop_block(tbi_store *st, block *b)
{
    if (b->mem != NULL)
        free(b->mem);
    else
        tbi_spill_free(st->spill, &b->ref);
}

static void free_fill(tbi_store *st)
{
    for (uint32_t c = 0; c < st->ncols; c++) {
        free(st->fill[c].valid);
        free(st->fill[c].data);
        st->fill[c].valid = NULL;
        st->fill[c].data = NULL;
    }
    st->fill_cap = st->fill_n = 0;
    tb_arena_reset(st->fill_bytes);
}

void tbi_store_clear(tbi_store *st)
{
    for (uint32_t i = 0; i < st->nblocks; i++)
        drop_block(st, &st->blocks[i]);
    st->nblocks = st->nresident = 0;
    st->nrows = 0;
    st->resident = 0;
    st->fill_n = 0;
    tb_arena_reset(st->fill_bytes);
    st->sealed = false;
    book(st);
}

void tbi_store_destroy(tbi_store *st)
{
    if (st == NULL)
        return;
    tbi_store_clear(st);
    free_fill(st);
    tbi_account_set(&st->account, 0);
    tb_arena_destroy(st->fill_bytes);
    free(st->blocks);
    free(st->fill);
    free(st->types);
    free(st);
}

void tbi_store_swap(tbi_store *a, tbi_store *b)
{
    tbi_store t = *a;
    *a = *b;
    *b = t;
}

void tbi_store_set_eager(tbi_store *st)
{
    st->eager = true;
}

/* ---- building blocks ---- */

static void grow_fill(tbi_store *st, uint32_t want)
{
    uint32_t cap = st->fill_cap == 0 ? FIRST_ROWS : st->fill_cap;
    while (cap < want)
        cap *= 2;
    if (cap > TB_BATCH_ROWS)
        cap = TB_BATCH_ROWS;
    for (uint32_t c = 0; c < st->ncols; c++) {
        tb_vector *v = &st->fill[c];
        v->data = tb_xrealloc(v->data, cap * tb_phys_width((tb_phys)v->phys));
        v->valid = tb_xrealloc(v->valid, align_up(cap, 64) / 8);
    }
    st->fill_cap = cap;
}

static bool all_valid(const uint64_t *valid, uint32_t n)
{
    for (uint32_t w = 0; w < n / 64; w++)
        if (valid[w] != UINT64_MAX)
            return false;
    uint64_t rest = (UINT64_C(1) << (n & 63)) - 1;
    return (n & 63) == 0 || (valid[n / 64] & rest) == rest;
}

/* Text of the big decimals of a column, so that their size is known before the image is allocated.
 */
static size_t big_text(const tb_vector *v, uint32_t n, tb_arena *arena, const char ***out)
{
    size_t bytes = 0;
    const char **text = NULL;
    const tb_num *d = v->data;
    for (uint32_t i = 0; i < n; i++) {
        if (!tbi_bit(v->valid, i) || d[i].kind != TB_NUM_BIG)
            continue;
        if (text == NULL)
            text = tb_arena_zalloc(arena, n * sizeof *text);
        text[i] = tb_num_print(arena, &d[i]);
        bytes += strlen(text[i]);
    }
    *out = text;
    return bytes;
}

static size_t long_bytes(const tb_vector *v, uint32_t n)
{
    size_t bytes = 0;
    const tb_str *s = v->data;
    for (uint32_t i = 0; i < n; i++)
        if (tbi_bit(v->valid, i) && s[i].len > TB_STR_INLINE)
            bytes += s[i].len;
    return bytes;
}

static void put_strings(tb_str *s, const tb_vector *v, uint32_t n, char **heap)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!tbi_bit(v->valid, i)) {
            memset(&s[i], 0, sizeof s[i]);
        } else if (s[i].len > TB_STR_INLINE) {
            memcpy(*heap, s[i].ptr, s[i].len);
            s[i].ptr = *heap;
            *heap += s[i].len;
        }
    }
}

/* A big decimal in an image: coef = offset in the image << 24 | length of its text. */
static void put_bigs(tb_num *d, const char **text, uint32_t n, char *base, char **heap)
{
    for (uint32_t i = 0; i < n; i++) {
        if (text[i] == NULL)
            continue;
        size_t len = strlen(text[i]);
        memcpy(*heap, text[i], len);
        d[i].coef = (int64_t)((uint64_t)(*heap - base) << 24 | len);
        *heap += len;
    }
}

static void add_block(tbi_store *st, image *im)
{
    if (st->nblocks == st->cap_blocks) {
        st->cap_blocks = st->cap_blocks == 0 ? 16 : st->cap_blocks * 2;
        st->blocks = tb_xrealloc(st->blocks, st->cap_blocks * sizeof *st->blocks);
    }
    st->blocks[st->nblocks++] =
        (block){.start = st->nrows - im->nrows, .nrows = im->nrows, .bytes = im->bytes, .mem = im};
    st->nresident++;
    st->resident += im->bytes;
}

static void close_block(tbi_store *st)
{
    uint32_t n = st->fill_n, ncols = st->ncols;
    if (n == 0)
        return;
    tb_arena *tmp = st->fill_bytes; /* texts of big decimals go there; reset below */
    const char ***bigs = tb_arena_zalloc(tmp, (ncols + 1) * sizeof *bigs);
    size_t head = align_up(sizeof(image) + ncols * sizeof(image_col), 16), bytes = head;
    for (uint32_t c = 0; c < ncols; c++) {
        const tb_vector *v = &st->fill[c];
        bytes += align_up(n, 128) / 8 + align_up(n * tb_phys_width((tb_phys)v->phys), 16);
        if (v->phys == TB_PHYS_STR)
            bytes += long_bytes(v, n);
        else if (v->phys == TB_PHYS_NUM)
            bytes += big_text(v, n, tmp, &bigs[c]);
    }
    image *im = tb_xmalloc(bytes);
    char *base = (char *)im, *at = base + head;
    *im = (image){.nrows = n, .ncols = ncols, .bytes = (uint32_t)bytes};
    memset(im->cols, 0, head - sizeof *im);
    for (uint32_t c = 0; c < ncols; c++) {
        const tb_vector *v = &st->fill[c];
        size_t width = tb_phys_width((tb_phys)v->phys);
        if (!all_valid(v->valid, n)) {
            im->cols[c].valid_at = (uint32_t)(at - base);
            memcpy(at, v->valid, align_up(n, 64) / 8);
            at += align_up(n, 128) / 8;
        }
        im->cols[c].data_at = (uint32_t)(at - base);
        memcpy(at, v->data, n * width);
        at += align_up(n * width, 16);
    }
    for (uint32_t c = 0; c < ncols; c++) {
        void *data = base + im->cols[c].data_at;
        if (st->fill[c].phys == TB_PHYS_STR)
            put_strings(data, &st->fill[c], n, &at);
        if (bigs[c] != NULL) {
            put_bigs(data, bigs[c], n, base, &at);
            im->has_big = 1;
        }
    }
    im->bytes = (uint32_t)(at - base);
    add_block(st, im);
    st->fill_n = 0;
    tb_arena_reset(st->fill_bytes);
}

/* Turns pointers of long strings into offsets (out) or back (in). */
static void rebase(const tbi_store *st, image *im, bool out)
{
    char *base = (char *)im;
    for (uint32_t c = 0; c < st->ncols; c++) {
        if (tb_type_phys(st->types[c]) != TB_PHYS_STR)
            continue;
        tb_str *s = (tb_str *)(base + im->cols[c].data_at);
        for (uint32_t i = 0; i < im->nrows; i++) {
            if (s[i].len <= TB_STR_INLINE)
                continue;
            uintptr_t p = (uintptr_t)s[i].ptr;
            s[i].ptr = (const char *)(out ? p - (uintptr_t)base : p + (uintptr_t)base);
        }
    }
}

tb_rc tbi_store_evict(tbi_store *st, tb_error *err)
{
    for (uint32_t i = st->nblocks; i-- > 0 && st->nresident > 0;) {
        block *b = &st->blocks[i];
        if (b->mem == NULL)
            continue;
        rebase(st, b->mem, true);
        tb_rc rc = tbi_spill_write(st->spill, b->mem, b->bytes, &b->ref, err);
        if (rc != TB_OK) {
            rebase(st, b->mem, false);
            return rc;
        }
        st->resident -= b->bytes;
        st->nresident--;
        free(b->mem);
        b->mem = NULL;
    }
    book(st);
    return TB_OK;
}

/* Rows that may be added before the block must be closed. */
static uint32_t room(const tbi_store *st)
{
    size_t used = st->fill_n * fill_row_bytes(st) + tb_arena_used(st->fill_bytes);
    if (st->fill_n >= TB_BATCH_ROWS || (st->fill_n > 0 && used >= st->block_bytes))
        return 0;
    size_t more = (st->block_bytes - (used < st->block_bytes ? used : 0)) / fill_row_bytes(st);
    if (more < 16)
        more = 16;
    uint32_t left = TB_BATCH_ROWS - st->fill_n;
    return more < left ? (uint32_t)more : left;
}

tb_rc tbi_store_append_cols(tbi_store *st, const tb_vector *cols, const uint16_t *sel, uint32_t n,
                            tb_error *err)
{
    TB_CHECK(!st->sealed);
    for (uint32_t done = 0; done < n;) {
        uint32_t take = room(st);
        if (take == 0) {
            close_block(st);
            book(st);
            if (st->eager || tbi_account_pressed(&st->account))
                TB_TRY(tbi_store_evict(st, err));
            continue;
        }
        if (take > n - done)
            take = n - done;
        if (st->fill_n + take > st->fill_cap)
            grow_fill(st, st->fill_n + take);
        for (uint32_t c = 0; c < st->ncols; c++) {
            tbi_vector_copy(&st->fill[c], st->fill_n, &cols[c], sel == NULL ? NULL : sel + done,
                            done, take);
            tbi_vector_own(&st->fill[c], st->fill_n, take, st->fill_bytes);
        }
        st->fill_n += take;
        st->nrows += take;
        done += take;
    }
    return TB_OK;
}

tb_rc tbi_store_append(tbi_store *st, const tb_batch *b, tb_error *err)
{
    return tbi_store_append_cols(st, b->cols, b->sel, b->nsel, err);
}

tb_rc tbi_store_seal(tbi_store *st, tb_error *err)
{
    if (st->sealed)
        return TB_OK;
    close_block(st);
    free_fill(st);
    st->sealed = true;
    book(st);
    if (st->eager || tbi_account_pressed(&st->account))
        return tbi_store_evict(st, err);
    return TB_OK;
}

uint64_t tbi_store_rows(const tbi_store *st)
{
    return st->nrows;
}

uint32_t tbi_store_blocks(const tbi_store *st)
{
    return st->nblocks;
}

uint64_t tbi_store_block_start(const tbi_store *st, uint32_t i)
{
    return i < st->nblocks ? st->blocks[i].start : st->nrows;
}

uint32_t tbi_store_block_of(const tbi_store *st, uint64_t row)
{
    uint32_t lo = 0, hi = st->nblocks;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (st->blocks[mid].start <= row)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

size_t tbi_store_bytes(const tbi_store *st)
{
    return st->resident;
}

/* ---- reading ---- */

struct tbi_cursor {
    const tbi_store *st;
    uint32_t at;   /* block shown, UINT32_MAX = none */
    image *loaded; /* own copy of a spilled block */
    size_t cap;
    tb_batch view;
};

tbi_cursor *tbi_cursor_create(const tbi_store *st)
{
    tbi_cursor *c = tb_xcalloc(1, sizeof *c);
    c->st = st;
    c->at = UINT32_MAX;
    c->view.ncols = (uint16_t)st->ncols;
    c->view.cols = tb_xcalloc(st->ncols + 1, sizeof *c->view.cols);
    c->view.arena = tb_arena_create(0);
    return c;
}

void tbi_cursor_destroy(tbi_cursor *c)
{
    if (c == NULL)
        return;
    tb_arena_destroy(c->view.arena);
    free(c->view.cols);
    free(c->loaded);
    free(c);
}

void tbi_cursor_reset(tbi_cursor *c)
{
    c->at = UINT32_MAX;
}

/* Copies the decimals of a column and parses the big ones. */
static tb_rc show_bigs(tb_vector *v, const char *base, uint32_t n, tb_arena *arena, tb_error *err)
{
    tb_num *d = tb_arena_memdup(arena, v->data, n * sizeof *d);
    for (uint32_t i = 0; i < n; i++) {
        if (d[i].kind != TB_NUM_BIG || (v->valid != NULL && !tbi_bit(v->valid, i)))
            continue;
        uint64_t where = (uint64_t)d[i].coef;
        TB_TRY(tb_num_parse(arena, base + (where >> 24), where & 0xFFFFFF, -1, &d[i], err));
    }
    v->data = d;
    return TB_OK;
}

tb_rc tbi_cursor_block(tbi_cursor *c, uint32_t i, const tb_batch **out, tb_error *err)
{
    const tbi_store *st = c->st;
    *out = &c->view;
    if (c->at == i)
        return TB_OK;
    TB_CHECK(i < st->nblocks);
    c->at = UINT32_MAX;
    const block *b = &st->blocks[i];
    image *im = b->mem;
    if (im == NULL) {
        if (c->cap < b->bytes) {
            free(c->loaded);
            c->loaded = tb_xmalloc(b->bytes);
            c->cap = b->bytes;
        }
        im = c->loaded;
        TB_TRY(tbi_spill_read(st->spill, &b->ref, im, err));
        rebase(st, im, false);
    }
    tb_arena_reset(c->view.arena);
    for (uint32_t k = 0; k < st->ncols; k++) {
        const image_col *ic = &im->cols[k];
        tb_vector *v = &c->view.cols[k];
        *v = (tb_vector){.type = st->types[k],
                         .phys = (uint8_t)tb_type_phys(st->types[k]),
                         .form = TB_VEC_FLAT,
                         .data = (char *)im + ic->data_at};
        if (ic->valid_at != 0)
            v->valid = (uint64_t *)((char *)im + ic->valid_at);
        if (im->has_big && v->phys == TB_PHYS_NUM)
            TB_TRY(show_bigs(v, (const char *)im, im->nrows, c->view.arena, err));
    }
    c->view.nrows = c->view.nsel = im->nrows;
    c->at = i;
    return TB_OK;
}
