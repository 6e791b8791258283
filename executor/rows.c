/* SPDX-License-Identifier: Apache-2.0
 * Fixed-width rows in pages: what hash tables and sorts point into.
 *
 * A row is the caller's head (hash, link), one slot per column, the null flags, then the caller's
 * extra bytes. Rows never move. Bytes of long strings and digits of big decimals are in one arena
 * beside the pages.
 */
#include "executor/data_int.h"

#include "core/num.h"

#include <stdlib.h>

enum { MIN_PAGE_ROWS_SHIFT = 4, MAX_PAGE = 64 * 1024, SLAB = 2 * 1024 * 1024, CACHE_LINE = 64 };

void tbi_layout_init(tbi_layout *l, tb_arena *arena, const tb_type_id *types, uint32_t ncols,
                     uint32_t head, uint32_t extra)
{
    *l = (tbi_layout){.ncols = ncols, .flat = true};
    l->types = tb_arena_memdup(arena, types, ncols * sizeof *types);
    l->offset = TB_NEW_ARRAY(arena, uint32_t, ncols + 1);
    uint32_t at = head;
    /* widest first, so that nothing needs padding */
    for (size_t width = 16; width >= 1; width /= 2) {
        for (uint32_t c = 0; c < ncols; c++) {
            if (tb_phys_width(tb_type_phys(types[c])) != width)
                continue;
            l->offset[c] = at;
            at += (uint32_t)width;
        }
    }
    for (uint32_t c = 0; c < ncols; c++) {
        tb_phys phys = tb_type_phys(types[c]);
        if (phys == TB_PHYS_STR || phys == TB_PHYS_NUM)
            l->flat = false;
    }
    l->null_at = at;
    at += (ncols + 7) / 8;
    l->extra_at = extra < 8 ? at : (at + 7) & ~7u; /* flags need no alignment */
    l->width = (l->extra_at + extra + 7) & ~7u;
    if (l->width == 0)
        l->width = 8;
    /* rows of hash tables are met in any order: better one cache line each than a bit of two */
    if (head > 0 && l->width < CACHE_LINE && l->width > CACHE_LINE * 3 / 4)
        l->width = CACHE_LINE;
}

void tbi_rows_init(tbi_rows *r, const tbi_layout *l, tbi_account *account)
{
    *r = (tbi_rows){.layout = l, .account = account, .bytes = tb_arena_create(0)};
    /* pages of about 64 KiB, less when memory is scarce; row numbers are found by shift and mask */
    size_t limit = account->budget->limit, page = limit == 0 ? MAX_PAGE : limit / 128;
    if (page > MAX_PAGE)
        page = MAX_PAGE;
    r->shift = MIN_PAGE_ROWS_SHIFT;
    while (r->shift < 12 && ((size_t)l->width << (r->shift + 1)) <= page)
        r->shift++;
    r->page_bytes = (size_t)l->width << r->shift;
    r->slab_pages = (uint32_t)(SLAB / r->page_bytes);
    /* small tables take page by page, large ones whole slabs */
    r->first_slab = limit == 0 || limit >= 32 * SLAB ? r->slab_pages : UINT32_MAX;
}

static void free_pages(tbi_rows *r)
{
    for (uint32_t i = 0; i < r->npages && i < r->first_slab; i++)
        free(r->pages[i]);
    for (uint32_t i = r->first_slab; i < r->npages; i += r->slab_pages)
        tbi_table_free(r->pages[i], r->slab_pages * r->page_bytes);
    r->npages = 0;
    r->n = 0;
}

void tbi_rows_clear(tbi_rows *r)
{
    free_pages(r);
    tb_arena_reset(r->bytes);
    tbi_rows_charge(r);
}

void tbi_rows_fini(tbi_rows *r)
{
    if (r->bytes == NULL)
        return;
    free_pages(r);
    free(r->pages);
    r->pages = NULL;
    tb_arena_destroy(r->bytes);
    r->bytes = NULL;
    tbi_account_sub(r->account, r->charged);
    r->charged = 0;
}

void tbi_rows_charge(tbi_rows *r)
{
    size_t now = r->npages * r->page_bytes + tb_arena_used(r->bytes);
    if (now > r->charged)
        tbi_account_add(r->account, now - r->charged);
    else
        tbi_account_sub(r->account, r->charged - now);
    r->charged = now;
}

static void add_page(tbi_rows *r)
{
    uint32_t n = r->npages < r->first_slab ? 1 : r->slab_pages;
    if (r->npages + n > r->cap_pages) {
        r->cap_pages = r->cap_pages == 0 ? 16 : r->cap_pages * 2;
        r->cap_pages += n;
        r->pages = tb_xrealloc(r->pages, r->cap_pages * sizeof *r->pages);
    }
    char *at = n == 1 ? tb_xmalloc(r->page_bytes) : tbi_table_alloc(n * r->page_bytes);
    for (uint32_t i = 0; i < n; i++)
        r->pages[r->npages++] = at + i * r->page_bytes;
}

void tbi_rows_extend(tbi_rows *r, uint32_t n, char **at)
{
    const tbi_layout *l = r->layout;
    uint32_t nulls = (l->ncols + 7) / 8;
    for (uint32_t k = 0; k < n; k++) {
        uint64_t i = r->n++;
        if (i >> r->shift == r->npages)
            add_page(r);
        at[k] = tbi_rows_at(r, i);
        memset(at[k] + l->null_at, 0, nulls);
    }
}

/* ---- vectors to rows ---- */

#define SCATTER(T, put)                                                                            \
    do {                                                                                           \
        const T *d = v->data;                                                                      \
        for (uint32_t k = 0; k < n; k++) {                                                         \
            uint32_t i = flat ? (sel == NULL ? k : sel[k]) : 0;                                    \
            T x = d[i];                                                                            \
            if (v->valid != NULL && !tbi_bit(v->valid, i)) {                                       \
                tbi_row_set_null(l, at[k], c, true);                                               \
                memset(&x, 0, sizeof x);                                                           \
            } else {                                                                               \
                put;                                                                               \
            }                                                                                      \
            memcpy(at[k] + off, &x, sizeof x);                                                     \
        }                                                                                          \
    } while (0)

typedef struct wide {
    uint64_t w[2];
} wide;

void tbi_rows_scatter(const tbi_layout *l, uint32_t c, const tb_vector *v, const uint16_t *sel,
                      uint32_t n, char *const *at, tb_arena *bytes)
{
    uint32_t off = l->offset[c];
    bool flat = v->form == TB_VEC_FLAT;
    if (v->phys == TB_PHYS_STR && bytes != NULL) {
        SCATTER(tb_str, x = tb_str_copy(bytes, x));
        return;
    }
    if (v->phys == TB_PHYS_NUM && bytes != NULL) {
        SCATTER(tb_num, x = x.kind == TB_NUM_BIG ? tb_num_copy(bytes, &x) : x);
        return;
    }
    switch (tb_phys_width((tb_phys)v->phys)) {
    case 1:
        SCATTER(uint8_t, (void)0);
        return;
    case 2:
        SCATTER(uint16_t, (void)0);
        return;
    case 4:
        SCATTER(uint32_t, (void)0);
        return;
    case 8:
        SCATTER(uint64_t, (void)0);
        return;
    default:
        SCATTER(wide, (void)0);
        return;
    }
}

/* ---- rows to vectors ---- */

#define GATHER(T)                                                                                  \
    do {                                                                                           \
        T *d = out->data;                                                                          \
        for (uint32_t k = 0; k < n; k++) {                                                         \
            if (at[k] != NULL)                                                                     \
                memcpy(&d[k], at[k] + off, sizeof(T));                                             \
            else                                                                                   \
                memset(&d[k], 0, sizeof(T));                                                       \
        }                                                                                          \
    } while (0)

static void gather_valid(const tbi_layout *l, uint32_t c, char *const *at, uint32_t n,
                         uint64_t *valid)
{
    uint32_t byte = l->null_at + (c >> 3), bit = c & 7;
    for (uint32_t w = 0; w * 64 < n; w++) {
        uint64_t bits = 0;
        uint32_t end = n - w * 64 < 64 ? n - w * 64 : 64;
        for (uint32_t k = 0; k < end; k++) {
            const char *row = at[w * 64 + k];
            bool ok = row != NULL && !((unsigned char)row[byte] >> bit & 1);
            bits |= (uint64_t)ok << k;
        }
        valid[w] = bits;
    }
}

void tbi_rows_gather(const tbi_layout *l, uint32_t c, char *const *at, uint32_t n, tb_vector *out)
{
    uint32_t off = l->offset[c];
    gather_valid(l, c, at, n, out->valid);
    switch (tb_phys_width((tb_phys)out->phys)) {
    case 1:
        GATHER(uint8_t);
        return;
    case 2:
        GATHER(uint16_t);
        return;
    case 4:
        GATHER(uint32_t);
        return;
    case 8:
        GATHER(uint64_t);
        return;
    default:
        GATHER(wide);
        return;
    }
}

/* ---- comparing ---- */

#define MATCH(T, same)                                                                             \
    do {                                                                                           \
        const T *d = v->data;                                                                      \
        for (uint32_t k = 0; k < n; k++) {                                                         \
            uint32_t i = flat ? pair[k] : 0;                                                       \
            bool vn = v->valid != NULL && !tbi_bit(v->valid, i);                                   \
            bool rn = tbi_row_is_null(l, at[k], c);                                                \
            bool keep;                                                                             \
            if (vn || rn) {                                                                        \
                keep = vn && rn && null_eq;                                                        \
            } else {                                                                               \
                T y;                                                                               \
                memcpy(&y, at[k] + off, sizeof y);                                                 \
                const T *x = &d[i];                                                                \
                keep = (same);                                                                     \
            }                                                                                      \
            pair[left] = pair[k];                                                                  \
            at[left] = at[k];                                                                      \
            left += keep;                                                                          \
        }                                                                                          \
    } while (0)

static inline bool same_num(const tb_num *a, const tb_num *b)
{
    if (a->kind == TB_NUM_SMALL && b->kind == TB_NUM_SMALL && a->scale == b->scale)
        return a->coef == b->coef;
    return tb_num_cmp(a, b) == 0;
}

uint32_t tbi_rows_match(const tbi_layout *l, uint32_t c, const tb_vector *v, bool null_eq,
                        uint16_t *pair, char **at, uint32_t n)
{
    uint32_t off = l->offset[c], left = 0;
    bool flat = v->form == TB_VEC_FLAT;
    tb_type_id type = l->types[c];
    switch (tb_type_phys(type)) {
    case TB_PHYS_BOOL:
        MATCH(uint8_t, *x == y);
        break;
    case TB_PHYS_I16:
        MATCH(int16_t, *x == y);
        break;
    case TB_PHYS_I32:
    case TB_PHYS_OID:
        MATCH(int32_t, *x == y);
        break;
    case TB_PHYS_I64:
        MATCH(int64_t, *x == y);
        break;
    case TB_PHYS_NUM:
        MATCH(tb_num, same_num(x, &y));
        break;
    case TB_PHYS_STR:
        if (type == TB_T_TEXT || type == TB_T_VARCHAR || type == TB_T_NAME)
            MATCH(tb_str, tb_str_eq(x, &y));
        else
            MATCH(tb_str, tb_value_cmp(type, &(tb_datum){.str = *x}, &(tb_datum){.str = y}) == 0);
        break;
    case TB_PHYS_F32:
        MATCH(float,
              *x == y || tb_value_cmp(type, &(tb_datum){.f32 = *x}, &(tb_datum){.f32 = y}) == 0);
        break;
    case TB_PHYS_F64:
        MATCH(double,
              *x == y || tb_value_cmp(type, &(tb_datum){.f64 = *x}, &(tb_datum){.f64 = y}) == 0);
        break;
    case TB_PHYS_INTERVAL:
    case TB_PHYS_TIMETZ:
    case TB_PHYS_UUID:
        MATCH(tb_datum, tb_value_cmp(type, x, &y) == 0);
        break;
    case TB_PHYS_COUNT:
        TB_UNREACHABLE();
    }
    return left;
}

tb_value tbi_row_get(const tbi_layout *l, const char *row, uint32_t c)
{
    if (tbi_row_is_null(l, row, c))
        return tb_value_null();
    tb_value v = {.null = false};
    memcpy(&v.d, row + l->offset[c], tb_phys_width(tb_type_phys(l->types[c])));
    return v;
}

void tbi_row_put(const tbi_layout *l, char *row, uint32_t c, tb_value v)
{
    tbi_row_set_null(l, row, c, v.null);
    if (v.null)
        memset(&v.d, 0, sizeof v.d);
    memcpy(row + l->offset[c], &v.d, tb_phys_width(tb_type_phys(l->types[c])));
}
