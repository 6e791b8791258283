/* SPDX-License-Identifier: Apache-2.0
 * The sorter.
 *
 * In memory: rows stay where they were appended; what is sorted are 16-byte entries {packed key,
 * row}. The packed key is the concatenation of the key columns' order-preserving codes, each in
 * just the bits its range needs, so that two or three integer keys fit into 64 bits. Entries are
 * sorted by radix; where the packed key does not tell everything (long strings, many wide keys),
 * groups of equal packed keys are merge-sorted with the full comparison.
 *
 * Under pressure the rows in memory are sorted and written as a run; runs are merged when read, a
 * few at a time. With a limit only the best rows are kept, and rows beyond the worst of them are
 * dropped on arrival.
 */
#include "executor/sort_int.h"

#include "core/num.h"

#include <math.h>
#include <stdlib.h>

typedef struct entry {
    uint64_t key;
    char *row;
} entry;

/* What is known about one key column of the rows in memory. */
typedef struct key_info {
    uint32_t col;
    tb_type_id type;
    tb_phys phys;
    bool desc, nulls_first;
    /* measured before packing */
    uint64_t min, max;
    bool nulls, exact;
    uint32_t skip; /* strings: bytes all have in common */
    bool uniform;  /* decimals: small, one scale */
    /* packing */
    uint32_t bits, drop;
    uint64_t range;
} key_info;

typedef struct run_head {
    tbi_cursor *cursor;
    const tb_batch *batch;
    uint32_t block, row;
} run_head;

struct tbi_sorter {
    tbi_budget *budget;
    tbi_spill *spill;
    tbi_account account;
    tb_arena *arena;
    tbi_layout layout;
    tbi_rows rows;
    uint32_t nkeys;
    key_info *keys;
    uint64_t limit;
    uint64_t total;
    bool finished;
    /* in memory */
    entry *entries;
    uint64_t nentries, at;
    size_t charged; /* for entries */
    /* top-N: the worst row kept so far bounds new ones */
    bool bounded;
    char *bound;
    uint64_t bound_code;
    /* runs */
    tbi_store **runs;
    uint32_t nruns, cap_runs;
    run_head *heads;
    uint32_t nheads;
    uint32_t *tree; /* binary heap of head numbers */
    uint32_t ntree;
    char **gather; /* scratch: row addresses of a batch */
};

tbi_sorter *tbi_sorter_create(tbi_budget *b, tbi_spill *sp, const tb_type_id *types, uint32_t ncols,
                              const tbi_sort_key *keys, uint32_t nkeys, uint64_t limit)
{
    tbi_sorter *s = tb_xcalloc(1, sizeof *s);
    s->budget = b;
    s->spill = sp;
    s->arena = tb_arena_create(0);
    tbi_account_init(&s->account, b, true);
    tbi_layout_init(&s->layout, s->arena, types, ncols, 0, 0);
    tbi_rows_init(&s->rows, &s->layout, &s->account);
    s->nkeys = nkeys;
    s->keys = TB_NEW_ARRAY(s->arena, key_info, nkeys + 1);
    for (uint32_t i = 0; i < nkeys; i++)
        s->keys[i] = (key_info){.col = keys[i].col,
                                .type = types[keys[i].col],
                                .phys = tb_type_phys(types[keys[i].col]),
                                .desc = keys[i].desc,
                                .nulls_first = keys[i].nulls_first};
    s->limit = limit;
    s->gather = TB_NEW_ARRAY(s->arena, char *, TB_BATCH_ROWS);
    return s;
}

/* Books what sorting takes: two entries per row before it, one after. */
static void charge(tbi_sorter *s, size_t bytes)
{
    if (bytes > s->charged)
        tbi_account_add(&s->account, bytes - s->charged);
    else
        tbi_account_sub(&s->account, s->charged - bytes);
    s->charged = bytes;
}

static void free_entries(tbi_sorter *s)
{
    charge(s, 0);
    free(s->entries);
    s->entries = NULL;
    s->nentries = s->at = 0;
}

static void close_heads(tbi_sorter *s)
{
    for (uint32_t i = 0; i < s->nheads; i++)
        tbi_cursor_destroy(s->heads[i].cursor);
    free(s->heads);
    free(s->tree);
    s->heads = NULL;
    s->tree = NULL;
    s->nheads = s->ntree = 0;
}

void tbi_sorter_clear(tbi_sorter *s)
{
    close_heads(s);
    free_entries(s);
    tbi_rows_clear(&s->rows);
    for (uint32_t i = 0; i < s->nruns; i++)
        tbi_store_destroy(s->runs[i]);
    s->nruns = 0;
    s->total = 0;
    s->finished = s->bounded = false;
}

void tbi_sorter_destroy(tbi_sorter *s)
{
    if (s == NULL)
        return;
    tbi_sorter_clear(s);
    tbi_rows_fini(&s->rows);
    tbi_account_fini(&s->account);
    free(s->runs);
    tb_arena_destroy(s->arena);
    free(s);
}

/* ---- codes: order-preserving 64-bit images of values ---- */

static bool is_bytes(tb_type_id t)
{
    return t == TB_T_TEXT || t == TB_T_VARCHAR || t == TB_T_NAME || t == TB_T_BPCHAR ||
           t == TB_T_BYTEA || t == TB_T_CHAR;
}

static size_t str_len(const key_info *k, const tb_str *s)
{
    return k->type == TB_T_BPCHAR ? tb_str_len_unpadded(s) : s->len;
}

static uint64_t code_double(double d)
{
    uint64_t bits;
    if (isnan(d))
        return UINT64_MAX;
    if (d == 0)
        d = 0;
    memcpy(&bits, &d, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint64_t code_int(int64_t v)
{
    return (uint64_t)v ^ UINT64_C(1) << 63;
}

static uint64_t code_str(const key_info *k, const tb_str *s)
{
    unsigned char b[8] = {0};
    size_t len = str_len(k, s);
    if (len > k->skip)
        memcpy(b, tb_str_data(s) + k->skip, len - k->skip < 8 ? len - k->skip : 8);
    uint64_t v;
    memcpy(&v, b, sizeof v);
    return __builtin_bswap64(v);
}

static uint64_t code_of(const key_info *k, const tb_datum *d)
{
    switch (k->phys) {
    case TB_PHYS_BOOL:
        return d->b;
    case TB_PHYS_I16:
        return code_int(d->i16);
    case TB_PHYS_I32:
        return code_int(d->i32);
    case TB_PHYS_I64:
        return code_int(d->i64);
    case TB_PHYS_OID:
        return d->oid;
    case TB_PHYS_F32:
        return code_double((double)d->f32);
    case TB_PHYS_F64:
        return code_double(d->f64);
    case TB_PHYS_NUM:
        return k->uniform ? code_int(d->num.coef) : code_double(tb_num_to_double(&d->num));
    case TB_PHYS_INTERVAL:
        return code_double(((double)d->interval.months * 30 + d->interval.days) * 86400e6 +
                           (double)d->interval.us);
    case TB_PHYS_TIMETZ:
        return code_int(d->timetz.us + d->timetz.zone * INT64_C(1000000));
    case TB_PHYS_UUID: {
        uint64_t v;
        memcpy(&v, d->uuid, sizeof v);
        return __builtin_bswap64(v);
    }
    case TB_PHYS_STR:
        return is_bytes(k->type) ? code_str(k, &d->str) : 0;
    case TB_PHYS_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

static inline void load(const tbi_sorter *s, const key_info *k, const char *row, tb_datum *d)
{
    memcpy(d, row + s->layout.offset[k->col], tb_phys_width(k->phys));
}

/* ---- comparing ---- */

static int compare_key(const tbi_sorter *s, const key_info *k, const char *a, const char *b)
{
    bool an = tbi_row_is_null(&s->layout, a, k->col), bn = tbi_row_is_null(&s->layout, b, k->col);
    if (an || bn)
        return an && bn ? 0 : an == k->nulls_first ? -1 : 1;
    tb_datum x, y;
    load(s, k, a, &x);
    load(s, k, b, &y);
    int c = tb_value_cmp(k->type, &x, &y);
    return k->desc ? -c : c;
}

static int compare_rows(const tbi_sorter *s, const char *a, const char *b)
{
    int c = 0;
    for (uint32_t i = 0; i < s->nkeys && c == 0; i++)
        c = compare_key(s, &s->keys[i], a, b);
    return c;
}

/* ---- packing keys ---- */

static void measure_strings(const tbi_sorter *s, key_info *k)
{
    const char *first = NULL;
    size_t common = 0;
    for (uint64_t i = 0; i < s->rows.n; i++) {
        const char *row = tbi_rows_at(&s->rows, i);
        tb_datum d;
        if (tbi_row_is_null(&s->layout, row, k->col))
            continue;
        load(s, k, row, &d);
        size_t len = str_len(k, &d.str);
        /* bytes of a short string are inside the row */
        const char *p = d.str.len <= TB_STR_INLINE
                            ? row + s->layout.offset[k->col] + offsetof(tb_str, inl)
                            : d.str.ptr;
        if (first == NULL) {
            first = p;
            common = len;
        }
        if (len < common)
            common = len;
        size_t same = 0;
        while (same < common && first[same] == p[same])
            same++;
        common = same;
        if (len > k->max)
            k->max = len; /* borrowed for the length */
        if (common == 0 && k->max > 8)
            break;
    }
    k->skip = (uint32_t)common;
    k->exact = k->max <= common + 8 &&
               k->type != TB_T_BYTEA; /* text holds no NUL: padding is unambiguous */
}

static void measure_nums(const tbi_sorter *s, key_info *k)
{
    bool seen = false;
    int scale = 0;
    k->uniform = true;
    for (uint64_t i = 0; i < s->rows.n && k->uniform; i++) {
        const char *row = tbi_rows_at(&s->rows, i);
        tb_datum d;
        if (tbi_row_is_null(&s->layout, row, k->col))
            continue;
        load(s, k, row, &d);
        k->uniform = d.num.kind == TB_NUM_SMALL && (!seen || d.num.scale == scale);
        scale = d.num.scale;
        seen = true;
    }
    k->exact = k->uniform;
}

static void measure(const tbi_sorter *s, key_info *k)
{
    k->max = 0;
    k->skip = 0;
    k->nulls = false;
    k->exact = k->phys != TB_PHYS_INTERVAL && k->phys != TB_PHYS_TIMETZ &&
               k->phys != TB_PHYS_UUID && k->phys != TB_PHYS_STR;
    if (k->phys == TB_PHYS_NUM)
        measure_nums(s, k);
    if (is_bytes(k->type))
        measure_strings(s, k);
    k->min = UINT64_MAX;
    k->max = 0;
    for (uint64_t i = 0; i < s->rows.n; i++) {
        const char *row = tbi_rows_at(&s->rows, i);
        if (tbi_row_is_null(&s->layout, row, k->col)) {
            k->nulls = true;
            continue;
        }
        tb_datum d;
        load(s, k, row, &d);
        uint64_t c = code_of(k, &d);
        k->min = c < k->min ? c : k->min;
        k->max = c > k->max ? c : k->max;
    }
    if (k->min > k->max)
        k->min = k->max = 0;
    k->range = k->max - k->min;
}

/* Bits each key takes; returns how many in all, and whether they decide the order alone. */
static uint32_t plan_packing(tbi_sorter *s, uint32_t *used_keys, bool *exact)
{
    uint32_t bits = 0, i;
    *exact = true;
    for (i = 0; i < s->nkeys && bits < 64; i++) {
        key_info *k = &s->keys[i];
        measure(s, k);
        bool full = k->nulls && k->range == UINT64_MAX;
        uint64_t top = full ? k->range : k->range + k->nulls;
        k->bits = top == 0 ? 0 : 64 - (uint32_t)__builtin_clzll(top);
        k->drop = full ? 1 : 0;
        if (bits + k->bits > 64) {
            k->drop += bits + k->bits - 64;
            k->bits = 64 - bits;
        }
        bits += k->bits;
        *exact = *exact && k->exact && k->drop == 0;
        if (!k->exact) { /* later keys must not decide before this one is settled */
            i++;
            break;
        }
    }
    *exact = *exact && i == s->nkeys;
    *used_keys = i;
    return bits;
}

static uint64_t pack(const tbi_sorter *s, uint32_t nkeys, const char *row)
{
    uint64_t p = 0;
    for (uint32_t i = 0; i < nkeys; i++) {
        const key_info *k = &s->keys[i];
        if (k->bits == 0)
            continue;
        unsigned __int128 code;
        bool first = k->nulls && k->nulls_first;
        if (tbi_row_is_null(&s->layout, row, k->col)) {
            code = first ? 0 : (unsigned __int128)k->range + 1;
        } else {
            tb_datum d;
            load(s, k, row, &d);
            uint64_t c = code_of(k, &d);
            code = (unsigned __int128)(k->desc ? k->max - c : c - k->min) + first;
        }
        p = (k->bits == 64 ? 0 : p << k->bits) | (uint64_t)(code >> k->drop);
    }
    return p;
}

/* ---- sorting entries ---- */

enum { DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS, SMALL_SORT = 24 };

/* Stable least-significant-digit radix sort by key; returns the array that holds the result. */
static entry *radix_sort(entry *a, entry *tmp, uint64_t n, uint32_t bits)
{
    for (uint32_t shift = 0; shift < bits; shift += DIGIT_BITS) {
        uint64_t count[DIGITS] = {0};
        for (uint64_t i = 0; i < n; i++)
            count[a[i].key >> shift & (DIGITS - 1)]++;
        if (count[a[0].key >> shift & (DIGITS - 1)] == n)
            continue;
        uint64_t at = 0;
        for (uint32_t d = 0; d < DIGITS; d++) {
            uint64_t c = count[d];
            count[d] = at;
            at += c;
        }
        for (uint64_t i = 0; i < n; i++)
            tmp[count[a[i].key >> shift & (DIGITS - 1)]++] = a[i];
        entry *swap = a;
        a = tmp;
        tmp = swap;
    }
    return a;
}

static void insertion_sort(const tbi_sorter *s, entry *a, uint64_t n)
{
    for (uint64_t i = 1; i < n; i++) {
        entry x = a[i];
        uint64_t k = i;
        while (k > 0 && compare_rows(s, a[k - 1].row, x.row) > 0) {
            a[k] = a[k - 1];
            k--;
        }
        a[k] = x;
    }
}

/* Stable, by full comparison; the result is in a. */
static void merge_sort(const tbi_sorter *s, entry *a, entry *tmp, uint64_t n)
{
    if (n <= SMALL_SORT) {
        insertion_sort(s, a, n);
        return;
    }
    uint64_t half = n / 2;
    merge_sort(s, a, tmp, half);
    merge_sort(s, a + half, tmp, n - half);
    if (compare_rows(s, a[half - 1].row, a[half].row) <= 0)
        return;
    memcpy(tmp, a, half * sizeof *a);
    uint64_t i = 0, j = half, k = 0;
    while (i < half && j < n)
        a[k++] = compare_rows(s, tmp[i].row, a[j].row) <= 0 ? tmp[i++] : a[j++];
    memcpy(a + k, tmp + i, (half - i) * sizeof *a);
}

static void sort_ties(const tbi_sorter *s, entry *a, entry *tmp, uint64_t n)
{
    for (uint64_t i = 0; i < n;) {
        uint64_t j = i + 1;
        while (j < n && a[j].key == a[i].key)
            j++;
        if (j - i > 1)
            merge_sort(s, a + i, tmp, j - i);
        i = j;
    }
}

/* Sorts the rows in memory into s->entries. */
static void sort_memory(tbi_sorter *s)
{
    uint64_t n = s->rows.n;
    free_entries(s);
    if (n == 0)
        return;
    entry *a = tb_xmalloc(n * sizeof *a), *tmp = tb_xmalloc(n * sizeof *tmp);
    charge(s, 2 * n * sizeof *a);
    uint32_t used;
    bool exact;
    uint32_t bits = plan_packing(s, &used, &exact);
    for (uint64_t i = 0; i < n; i++) {
        a[i].row = tbi_rows_at(&s->rows, i);
        a[i].key = pack(s, used, a[i].row);
    }
    entry *sorted = radix_sort(a, tmp, n, bits);
    if (!exact)
        sort_ties(s, sorted, sorted == a ? tmp : a, n);
    free(sorted == a ? tmp : a);
    charge(s, n * sizeof *a);
    s->entries = sorted;
    s->nentries = n;
    s->at = 0;
}

/* ---- reading what is in memory ---- */

void tbi_sorter_gather(const tbi_sorter *s, uint64_t from, uint32_t n, tb_batch *out)
{
    char *at[TB_BATCH_ROWS];
    for (uint32_t k = 0; k < n; k++)
        at[k] = s->entries[from + k].row;
    for (uint32_t c = 0; c < s->layout.ncols; c++)
        tbi_rows_gather(&s->layout, c, at, n, &out->cols[c]);
    out->nrows = out->nsel = n;
    out->sel = NULL;
}

/* ---- runs ---- */

static tb_rc new_run(tbi_sorter *s, tbi_store **out)
{
    if (s->nruns == s->cap_runs) {
        s->cap_runs = s->cap_runs == 0 ? 8 : s->cap_runs * 2;
        s->runs = tb_xrealloc(s->runs, s->cap_runs * sizeof *s->runs);
    }
    *out = s->runs[s->nruns++] =
        tbi_store_create(s->budget, s->spill, s->layout.types, s->layout.ncols);
    tbi_store_set_eager(*out);
    return TB_OK;
}

/* Writes the rows in memory as a sorted run. */
static tb_rc write_run(tbi_sorter *s, tb_error *err)
{
    tbi_store *run;
    sort_memory(s);
    TB_TRY(new_run(s, &run));
    uint64_t n = s->nentries;
    if (s->limit != 0 && n > s->limit)
        n = s->limit;
    tb_batch *b = tb_batch_create(s->layout.types, (uint16_t)s->layout.ncols);
    tb_rc rc = TB_OK;
    for (uint64_t at = 0; at < n && rc == TB_OK; at += b->nrows) {
        tbi_sorter_gather(s, at, (uint32_t)(n - at < TB_BATCH_ROWS ? n - at : TB_BATCH_ROWS), b);
        rc = tbi_store_append(run, b, err);
    }
    tb_batch_destroy(b);
    free_entries(s);
    tbi_rows_clear(&s->rows);
    s->bounded = false;
    TB_TRY(rc);
    return tbi_store_seal(run, err);
}

static int compare_heads(const tbi_sorter *s, uint32_t a, uint32_t b)
{
    const run_head *x = &s->heads[a], *y = &s->heads[b];
    for (uint32_t i = 0; i < s->nkeys; i++) {
        const key_info *k = &s->keys[i];
        tb_value v = tb_vector_get(&x->batch->cols[k->col], x->row);
        tb_value u = tb_vector_get(&y->batch->cols[k->col], y->row);
        int c;
        if (v.null || u.null) {
            if (v.null && u.null)
                continue;
            return v.null == k->nulls_first ? -1 : 1;
        }
        c = tb_value_cmp(k->type, &v.d, &u.d);
        if (c != 0)
            return k->desc ? -c : c;
    }
    return a < b ? -1 : 1; /* earlier run first: stable */
}

static void sift_down(tbi_sorter *s, uint32_t i)
{
    uint32_t x = s->tree[i];
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= s->ntree)
            break;
        if (child + 1 < s->ntree && compare_heads(s, s->tree[child + 1], s->tree[child]) < 0)
            child++;
        if (compare_heads(s, x, s->tree[child]) <= 0)
            break;
        s->tree[i] = s->tree[child];
        i = child;
    }
    s->tree[i] = x;
}

static tb_rc open_heads(tbi_sorter *s, uint32_t first, uint32_t n, tb_error *err)
{
    close_heads(s);
    s->heads = tb_xcalloc(n + 1, sizeof *s->heads);
    s->tree = tb_xcalloc(n + 1, sizeof *s->tree);
    s->nheads = n;
    for (uint32_t i = 0; i < n; i++) {
        run_head *h = &s->heads[i];
        h->cursor = tbi_cursor_create(s->runs[first + i]);
        if (tbi_store_rows(s->runs[first + i]) == 0)
            continue;
        TB_TRY(tbi_cursor_block(h->cursor, 0, &h->batch, err));
        s->tree[s->ntree++] = i;
    }
    for (uint32_t i = s->ntree / 2; i-- > 0;)
        sift_down(s, i);
    return TB_OK;
}

/* Moves the first head on. */
static tb_rc advance(tbi_sorter *s, uint32_t first_run, tb_error *err)
{
    uint32_t i = s->tree[0];
    run_head *h = &s->heads[i];
    if (++h->row >= h->batch->nrows) {
        h->row = 0;
        h->block++;
        if (h->block >= tbi_store_blocks(s->runs[first_run + i])) {
            s->tree[0] = s->tree[--s->ntree];
            if (s->ntree > 0)
                sift_down(s, 0);
            return TB_OK;
        }
        TB_TRY(tbi_cursor_block(h->cursor, h->block, &h->batch, err));
    }
    sift_down(s, 0);
    return TB_OK;
}

/* Copies merged rows into out until it is full or nothing is left. */
static tb_rc merge_rows(tbi_sorter *s, uint32_t first_run, uint32_t max, tb_batch *out,
                        tb_error *err)
{
    tb_batch_reset(out);
    while (out->nrows < max && s->ntree > 0) {
        const run_head *h = &s->heads[s->tree[0]];
        uint32_t row = h->row;
        for (uint32_t c = 0; c < s->layout.ncols; c++) {
            tbi_vector_copy(&out->cols[c], out->nrows, &h->batch->cols[c], NULL, row, 1);
            if (!s->layout.flat) /* the block may be gone before out is read */
                tbi_vector_own(&out->cols[c], out->nrows, 1, out->arena);
        }
        out->nrows++;
        TB_TRY(advance(s, first_run, err));
    }
    out->nsel = out->nrows;
    return TB_OK;
}

/* Runs that are merged at once, by what the account may hold. */
static uint32_t fan_in(const tbi_sorter *s)
{
    size_t block = s->budget->limit == 0 ? 256 * 1024 : s->budget->limit / 64 + 8 * 1024;
    size_t n = s->budget->limit == 0 ? 64 : tbi_account_floor(&s->account) / block;
    return n < 4 ? 4 : n > 64 ? 64 : (uint32_t)n;
}

static tb_rc merge_into_one(tbi_sorter *s, uint32_t first, uint32_t n, tbi_store **out,
                            tb_error *err)
{
    TB_TRY(open_heads(s, first, n, err));
    *out = tbi_store_create(s->budget, s->spill, s->layout.types, s->layout.ncols);
    tbi_store_set_eager(*out);
    tb_batch *b = tb_batch_create(s->layout.types, (uint16_t)s->layout.ncols);
    tb_rc rc = TB_OK;
    uint64_t rows = 0;
    while (rc == TB_OK && (s->limit == 0 || rows < s->limit)) {
        rc = merge_rows(s, first, TB_BATCH_ROWS, b, err);
        if (rc != TB_OK || b->nrows == 0)
            break;
        rows += b->nrows;
        rc = tbi_store_append(*out, b, err);
    }
    tb_batch_destroy(b);
    close_heads(s);
    return rc == TB_OK ? tbi_store_seal(*out, err) : rc;
}

/* Merges neighbouring runs until few enough are left to be merged while reading. */
static tb_rc reduce_runs(tbi_sorter *s, tb_error *err)
{
    uint32_t fan = fan_in(s);
    while (s->nruns > fan) {
        uint32_t made = 0;
        for (uint32_t first = 0; first < s->nruns; first += fan) {
            uint32_t n = s->nruns - first < fan ? s->nruns - first : fan;
            tbi_store *merged = s->runs[first];
            tb_rc rc = TB_OK;
            if (n > 1) {
                rc = merge_into_one(s, first, n, &merged, err);
                for (uint32_t i = first; i < first + n; i++)
                    tbi_store_destroy(s->runs[i]);
            }
            s->runs[made++] = merged;
            if (rc != TB_OK) {
                /* keep the list consistent for clear() */
                memmove(s->runs + made, s->runs + first + n,
                        (s->nruns - first - n) * sizeof *s->runs);
                s->nruns = made + (s->nruns - first - n);
                return rc;
            }
        }
        s->nruns = made;
    }
    return TB_OK;
}

/* ---- appending ---- */

/* Keeps the best `limit` rows only; the last of them becomes the bound. */
static void prune(tbi_sorter *s)
{
    sort_memory(s);
    tbi_rows kept;
    tbi_rows_init(&kept, &s->layout, &s->account);
    tb_batch *b = tb_batch_create(s->layout.types, (uint16_t)s->layout.ncols);
    char *to[TB_BATCH_ROWS];
    for (uint64_t at = 0; at < s->limit; at += b->nrows) {
        tbi_sorter_gather(
            s, at, (uint32_t)(s->limit - at < TB_BATCH_ROWS ? s->limit - at : TB_BATCH_ROWS), b);
        tbi_rows_extend(&kept, b->nrows, to);
        for (uint32_t c = 0; c < s->layout.ncols; c++)
            tbi_rows_scatter(&s->layout, c, &b->cols[c], NULL, b->nrows, to, kept.bytes);
    }
    tb_batch_destroy(b);
    free_entries(s);
    tbi_rows_fini(&s->rows);
    s->rows = kept;
    tbi_rows_charge(&s->rows);
    s->bounded = true;
    s->bound = tbi_rows_at(&s->rows, s->limit - 1);
}

/* Rows not after the bound, by the first key. */
static uint32_t within_bound(const tbi_sorter *s, const tb_vector *cols, const uint16_t *sel,
                             uint32_t n, uint16_t *out)
{
    const key_info *k = &s->keys[0];
    const tb_vector *v = &cols[k->col];
    bool bn = tbi_row_is_null(&s->layout, s->bound, k->col);
    tb_datum bound;
    load(s, k, s->bound, &bound);
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = sel == NULL ? i : sel[i];
        tb_value x = tb_vector_get(v, row);
        int c;
        if (x.null || bn)
            c = x.null && bn ? 0 : x.null == k->nulls_first ? -1 : 1;
        else if ((c = tb_value_cmp(k->type, &x.d, &bound)) != 0 && k->desc)
            c = -c;
        out[m] = (uint16_t)row;
        m += c <= 0;
    }
    return m;
}

tb_rc tbi_sorter_append(tbi_sorter *s, const tb_vector *cols, const uint16_t *sel, uint32_t n,
                        tb_error *err)
{
    uint16_t kept[TB_BATCH_ROWS];
    TB_CHECK(!s->finished && n <= TB_BATCH_ROWS);
    s->total += n;
    if (s->bounded && s->nkeys > 0) {
        n = within_bound(s, cols, sel, n, kept);
        sel = kept;
        if (n == 0)
            return TB_OK;
    }
    tbi_rows_extend(&s->rows, n, s->gather);
    for (uint32_t c = 0; c < s->layout.ncols; c++)
        tbi_rows_scatter(&s->layout, c, &cols[c], sel, n, s->gather, s->rows.bytes);
    tbi_rows_charge(&s->rows);
    if (s->limit != 0 && s->rows.n >= s->limit * 2 + TB_BATCH_ROWS)
        prune(s);
    charge(s, s->rows.n * 2 * sizeof(entry));
    if (tbi_account_pressed(&s->account))
        return write_run(s, err);
    return TB_OK;
}

tb_rc tbi_sorter_finish(tbi_sorter *s, tb_error *err)
{
    s->finished = true;
    if (s->limit != 0 && s->total > s->limit)
        s->total = s->limit;
    if (s->nruns == 0) {
        sort_memory(s);
        if (s->limit != 0 && s->nentries > s->limit)
            s->nentries = s->limit;
        return TB_OK;
    }
    if (s->rows.n > 0)
        TB_TRY(write_run(s, err));
    TB_TRY(reduce_runs(s, err));
    return tbi_sorter_rewind(s, err);
}

uint64_t tbi_sorter_rows(const tbi_sorter *s)
{
    return s->total;
}

bool tbi_sorter_in_memory(const tbi_sorter *s)
{
    return s->nruns == 0;
}

tb_rc tbi_sorter_rewind(tbi_sorter *s, tb_error *err)
{
    TB_CHECK(s->finished);
    s->at = 0;
    return s->nruns == 0 ? TB_OK : open_heads(s, 0, s->nruns, err);
}

tb_rc tbi_sorter_next(tbi_sorter *s, uint32_t max, tb_batch *out, tb_error *err)
{
    uint64_t left = s->total - s->at;
    if (left < max)
        max = (uint32_t)left;
    if (s->nruns == 0)
        tbi_sorter_gather(s, s->at, max, out);
    else
        TB_TRY(merge_rows(s, 0, max, out, err));
    s->at += out->nrows;
    return TB_OK;
}
