/* SPDX-License-Identifier: Apache-2.0
 * Hash join in memory: building the table, finding partners, emitting.
 *
 * The table is open addressing over 8-byte slots {16 bits of the hash, address of a row}; one slot
 * per distinct hash, rows of equal hash are linked in order of arrival. Probing is done a batch at
 * a time: all slots are prefetched, then all first rows, then pairs are collected in probe order
 * and compared column by column.
 *
 * The probe runs in parallel: matched flags of build rows are the only shared writes (relaxed
 * atomics; the flush that reads them comes after all probes). Build rows are only ever emitted by
 * the flush, so their order is fixed.
 */
#include "executor/join_hash.h"

#include <stdlib.h>

static inline tbi_join_head *head_of(char *row)
{
    return (tbi_join_head *)row;
}

static inline char *flags_of(const tbi_join_table *t, char *row)
{
    return row + t->layout.extra_at;
}

static inline uint64_t salt_of(uint64_t hash)
{
    return hash & UINT64_C(0xFFFF000000000000);
}

static inline char *row_of(uint64_t slot)
{
    return (char *)(uintptr_t)(slot & UINT64_C(0x0000FFFFFFFFFFFF));
}

/* ---- the table ---- */

static void free_slots(tbi_join_table *t)
{
    if (t->slots != NULL)
        tbi_table_free(t->slots, (t->mask + 1) * sizeof *t->slots);
    t->slots = NULL;
}

void tbi_table_clear(tbi_join_table *t)
{
    tbi_rows_clear(&t->rows);
    free_slots(t);
    tbi_account_sub(&t->account, t->slot_bytes);
    t->slot_bytes = 0;
}

static void charge_slots(tbi_join_table *t, size_t bytes)
{
    if (bytes > t->slot_bytes)
        tbi_account_add(&t->account, bytes - t->slot_bytes);
    else
        tbi_account_sub(&t->account, t->slot_bytes - bytes);
    t->slot_bytes = bytes;
}

/* Rows of sel whose keys can match anything go to hashed, the others to nulls. */
static uint32_t split_nulls(const tbi_join_table *t, const tb_vector *cols, const uint16_t *sel,
                            uint32_t n, uint16_t *hashed, uint16_t *nulls, uint32_t *nnulls)
{
    const tbi_join *j = t->join;
    uint32_t m = 0;
    *nnulls = 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t row = sel == NULL ? k : sel[k];
        bool null = false;
        for (uint32_t i = 0; i < j->nkeys; i++)
            null |= !j->null_safe[i] && !tb_vector_is_valid(&cols[i], row);
        if (null)
            nulls[(*nnulls)++] = (uint16_t)row;
        else
            hashed[m++] = (uint16_t)row;
    }
    return m;
}

static void add_rows(tbi_join_table *t, const tb_vector *cols, const uint16_t *sel, uint32_t n,
                     char flags)
{
    if (n == 0)
        return;
    tbi_rows_extend(&t->rows, n, t->at);
    for (uint32_t k = 0; k < n; k++) {
        *head_of(t->at[k]) = (tbi_join_head){.hash = flags == 0 ? t->hash[k] : 0};
        *flags_of(t, t->at[k]) = flags;
    }
    for (uint32_t c = 0; c < t->ncols; c++)
        tbi_rows_scatter(&t->layout, c, &cols[c], sel, n, t->at, t->rows.bytes);
}

void tbi_table_add(tbi_join_table *t, const tb_vector *cols, const uint16_t *sel, uint32_t n)
{
    const tbi_join *j = t->join;
    uint16_t hashed[TB_BATCH_ROWS], nulls[TB_BATCH_ROWS];
    uint32_t nnulls, m = split_nulls(t, cols, sel, n, hashed, nulls, &nnulls);
    t->has_null |= nnulls > 0;
    for (uint32_t i = 0; i < j->nkeys; i++)
        tbi_hash_vector(&cols[i], hashed, m, t->exec->seed, i == 0, t->hash);
    add_rows(t, cols, hashed, m, 0);
    if (j->build_mode == TBI_BUILD_OUTER || j->build_mode == TBI_BUILD_ANTI)
        add_rows(t, cols, nulls, nnulls, TBI_ROW_UNHASHED);
    tbi_rows_charge(&t->rows);
    charge_slots(t, t->rows.n * 2 * sizeof(uint64_t));
}

static bool same_key(const tbi_join_table *t, const char *a, const char *b)
{
    for (uint32_t c = 0; c < t->join->nkeys; c++) {
        bool an = tbi_row_is_null(&t->layout, a, c), bn = tbi_row_is_null(&t->layout, b, c);
        if (an != bn)
            return false;
        if (an)
            continue;
        tb_value x = tbi_row_get(&t->layout, a, c), y = tbi_row_get(&t->layout, b, c);
        if (tb_value_cmp(t->layout.types[c], &x.d, &y.d) != 0)
            return false;
    }
    return true;
}

static void insert(tbi_join_table *t, char *row)
{
    uint64_t hash = head_of(row)->hash, entry = salt_of(hash) | (uint64_t)(uintptr_t)row;
    for (uint64_t i = hash & t->mask;; i = (i + 1) & t->mask) {
        uint64_t slot = t->slots[i];
        if (slot == 0) {
            t->slots[i] = entry;
            return;
        }
        if (salt_of(slot) != salt_of(hash) || head_of(row_of(slot))->hash != hash)
            continue;
        if (t->dedupe)
            for (char *r = row_of(slot); r != NULL; r = head_of(r)->next)
                if (same_key(t, r, row))
                    return;
        head_of(row)->next = row_of(slot);
        t->slots[i] = entry;
        return;
    }
}

enum { AHEAD = 64 };

void tbi_table_index(tbi_join_table *t)
{
    uint64_t cap = 64;
    while (cap < t->rows.n + t->rows.n / 3)
        cap *= 2;
    free_slots(t);
    t->slots = tbi_table_alloc(cap * sizeof *t->slots);
    t->mask = cap - 1;
    charge_slots(t, cap * sizeof *t->slots);
    /* last rows first: links then lead from earlier rows to later ones */
    for (uint64_t end = t->rows.n; end > 0;) {
        uint64_t start = end > AHEAD ? end - AHEAD : 0;
        for (uint64_t i = start; i < end; i++)
            __builtin_prefetch(&t->slots[head_of(tbi_rows_at(&t->rows, i))->hash & t->mask], 1);
        for (uint64_t i = end; i-- > start;) {
            char *row = tbi_rows_at(&t->rows, i);
            if ((*flags_of(t, row) & TBI_ROW_UNHASHED) == 0)
                insert(t, row);
        }
        end = start;
    }
}

/* ---- build side ---- */

typedef struct build_op {
    tbi_op op;
    tbi_join_table *table;
    tbi_op *probe;
} build_op;

static tb_rc build_push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    tbi_join_table *t = ((build_op *)op)->table;
    (void)w;
    t->nbuild += in->nsel;
    if (t->spilled)
        return tbi_join_spill_add(t, in->cols, in->sel, in->nsel, err);
    tbi_table_add(t, in->cols, in->sel, in->nsel);
    return tbi_account_pressed(&t->account) ? tbi_join_spill(t, err) : TB_OK;
}

static tb_rc build_finish(tbi_op *op, tb_error *err)
{
    build_op *b = (build_op *)op;
    tbi_join_table *t = b->table;
    const tbi_join *j = t->join;
    if (t->spilled)
        TB_TRY(tbi_join_spill_finish(t, err));
    tbi_table_index(t);
    /* nothing can come out: do not even start the other side */
    if (t->nbuild == 0 && (j->probe_mode == TBI_PROBE_NONE || j->probe_mode == TBI_PROBE_SEMI))
        atomic_store(&b->probe->done, true);
    return TB_OK;
}

static void build_reset(tbi_op *op)
{
    tbi_join_table *t = ((build_op *)op)->table;
    tbi_table_clear(t);
    tbi_join_spill_clear(t);
    t->nbuild = 0;
    t->has_null = false;
}

static void build_destroy(tbi_op *op)
{
    tbi_join_table *t = ((build_op *)op)->table;
    build_reset(op);
    tbi_rows_fini(&t->rows);
}

static const tbi_op_class build_class = {.name = "join build",
                                         .push = build_push,
                                         .finish = build_finish,
                                         .reset = build_reset,
                                         .destroy = build_destroy};

/* ---- probe side ---- */

tbi_probe *tbi_probe_local(tbi_probe_op *p, tbi_worker *w)
{
    tbi_probe **at = &p->local[w->index];
    if (*at != NULL)
        return *at;
    const tbi_join *j = p->table->join;
    tbi_probe *l = *at = tb_xcalloc(1, sizeof *l);
    tb_arena *arena = tb_arena_create(0);
    l->keys = tbi_eval_create(p->keys, TB_BATCH_ROWS);
    l->key = tb_xcalloc(j->nkeys + 1, sizeof *l->key);
    l->out = tb_batch_create(j->out_types, (uint16_t)j->nout);
    l->out_cols = TB_NEW_ARRAY(arena, tb_vector, j->nout + 1);
    tbi_copy(l->out_cols, l->out->cols, j->nout * sizeof *l->out_cols);
    l->pair_batch.arena = arena;
    tbi_probe_end_init(&l->end, arena, j);
    if (p->residual == NULL)
        return l;
    l->residual = tbi_eval_create(p->residual, TB_BATCH_ROWS);
    tb_type_id *types = TB_NEW_ARRAY(arena, tb_type_id, p->npair_cols + 1);
    uint32_t nprobe = j->probe->nout, used = 0;
    for (uint32_t c = 0; c < p->npair_cols; c++)
        if (p->pair_used[c])
            types[used++] = tb_stmt_col_type(p->table->exec->stmt,
                                             c < nprobe ? j->probe->out[c] : j->kept[c - nprobe])
                                .id;
    l->pair_store = tb_batch_create(types, (uint16_t)used);
    l->pair_batch.cols = TB_NEW_ARRAY(arena, tb_vector, p->npair_cols + 1);
    l->pair_batch.ncols = (uint16_t)p->npair_cols;
    used = 0;
    for (uint32_t c = 0; c < p->npair_cols; c++)
        if (p->pair_used[c])
            l->pair_batch.cols[c] = l->pair_store->cols[used++];
    return l;
}

static void free_local(tbi_probe *l)
{
    if (l == NULL)
        return;
    tbi_eval_destroy(l->keys);
    tbi_eval_destroy(l->residual);
    free((void *)l->key);
    tb_batch_destroy(l->out);
    tb_batch_destroy(l->pair_store);
    tb_arena_destroy(l->pair_batch.arena);
    free(l);
}

tb_rc tbi_probe_keys(tbi_probe_op *p, tbi_probe *l, const tb_batch *in, uint32_t *n, tb_error *err)
{
    const tbi_join *j = p->table->join;
    uint32_t m = 0;
    TB_TRY(tbi_eval_run(l->keys, in, l->key, err));
    for (uint32_t k = 0; k < in->nsel; k++) {
        uint32_t row = tb_batch_row(in, k);
        bool usable = true;
        for (uint32_t i = 0; i < j->nkeys; i++)
            usable &= j->null_safe[i] || tb_vector_is_valid(l->key[i], row);
        l->hashed[m] = (uint16_t)row;
        m += usable;
    }
    for (uint32_t i = 0; i < j->nkeys; i++)
        tbi_hash_vector(l->key[i], l->hashed, m, p->table->exec->seed, i == 0, l->hash);
    *n = m;
    return TB_OK;
}

/* First rows whose hash equals that of l->hashed[k]; compacts to l->row, l->head. */
static uint32_t find_heads(const tbi_join_table *t, tbi_probe *l, uint32_t n)
{
    uint32_t m = 0;
    for (uint32_t k = 0; k < n; k++)
        __builtin_prefetch(&t->slots[l->hash[k] & t->mask]);
    for (uint32_t k = 0; k < n; k++) {
        uint64_t hash = l->hash[k], i = hash & t->mask, slot = t->slots[i];
        while (slot != 0 && salt_of(slot) != salt_of(hash)) {
            i = (i + 1) & t->mask;
            slot = t->slots[i];
        }
        if (slot == 0)
            continue;
        __builtin_prefetch(row_of(slot));
        l->row[m] = l->hashed[k];
        l->hash[m] = hash;
        l->head[m] = row_of(slot);
        l->slot[m++] = i;
    }
    uint32_t found = 0;
    for (uint32_t k = 0; k < m; k++) {
        uint64_t hash = l->hash[k], i = l->slot[k];
        char *row = l->head[k];
        while (row != NULL && head_of(row)->hash != hash) {
            i = (i + 1) & t->mask;
            uint64_t slot = t->slots[i];
            row = slot == 0 ? NULL : row_of(slot);
        }
        l->row[found] = l->row[k];
        l->head[found] = row;
        found += row != NULL;
    }
    return found;
}

/* Copies the columns the residual reads for every pair. */
static void fill_pair_batch(tbi_probe_op *p, tbi_probe *l, const tb_batch *in)
{
    const tbi_join_table *t = p->table;
    uint32_t nprobe = t->join->probe->nout, n = l->npairs;
    for (uint32_t c = 0; c < p->npair_cols; c++) {
        if (!p->pair_used[c])
            continue;
        if (c < nprobe)
            tbi_vector_copy(&l->pair_batch.cols[c], 0, &in->cols[c], l->pair, 0, n);
        else
            tbi_rows_gather(&t->layout, t->kept_at[c - nprobe], l->at, n, &l->pair_batch.cols[c]);
    }
    l->pair_batch.nrows = l->pair_batch.nsel = n;
    l->pair_batch.sel = NULL;
}

/* Keeps the pairs the residual is true for; notes rows for which it is unknown. */
static tb_rc apply_residual(tbi_probe_op *p, tbi_probe *l, const tb_batch *in, tb_error *err)
{
    uint32_t m = 0;
    fill_pair_batch(p, l, in);
    if (!p->three_valued) {
        const uint16_t *sel;
        TB_TRY(tbi_eval_filter(l->residual, &l->pair_batch, &sel, &m, err));
        for (uint32_t k = 0; k < m; k++) {
            uint32_t i = sel == NULL ? k : sel[k];
            l->pair[k] = l->pair[i];
            l->at[k] = l->at[i];
        }
        l->npairs = m;
        return TB_OK;
    }
    const tb_vector *v;
    TB_TRY(tbi_eval_run(l->residual, &l->pair_batch, &v, err));
    for (uint32_t k = 0; k < l->npairs; k++) {
        tb_value x = tb_vector_get(v, k);
        if (x.null)
            tbi_bit_set(l->unknown, l->pair[k]);
        l->pair[m] = l->pair[k];
        l->at[m] = l->at[k];
        m += !x.null && x.d.b;
    }
    l->npairs = m;
    return TB_OK;
}

static tb_rc emit_pairs(tbi_probe_op *p, tbi_worker *w, tbi_probe *l, const tb_batch *in,
                        tb_error *err)
{
    const tbi_join_table *t = p->table;
    const tbi_join *j = t->join;
    uint32_t n = l->npairs;
    for (uint32_t c = 0; c < j->nout; c++) {
        const tbi_join_col *o = &j->out[c];
        if (o->from == TBI_FROM_BUILD)
            tbi_rows_gather(&t->layout, t->kept_at[o->at], l->at, n, &l->out->cols[c]);
        else if (in->cols[o->at].form == TB_VEC_CONST) {
            l->out_cols[c] = in->cols[o->at];
            continue;
        } else
            tbi_vector_copy(&l->out->cols[c], 0, &in->cols[o->at], l->pair, 0, n);
        l->out_cols[c] = l->out->cols[c];
    }
    tb_batch out = {
        .nrows = n, .nsel = n, .ncols = (uint16_t)j->nout, .cols = l->out_cols, .arena = in->arena};
    return tbi_emit(&p->op, w, &out, err);
}

/* The collected pairs have equal hashes: compare keys, test the residual, note and emit the
 * matches. */
static tb_rc finish_pairs(tbi_probe_op *p, tbi_worker *w, tbi_probe *l, const tb_batch *in,
                          tb_error *err)
{
    const tbi_join_table *t = p->table;
    const tbi_join *j = t->join;
    for (uint32_t c = 0; c < j->nkeys && l->npairs > 0; c++)
        l->npairs =
            tbi_rows_match(&t->layout, c, l->key[c], j->null_safe[c], l->pair, l->at, l->npairs);
    if (p->residual != NULL && l->npairs > 0)
        TB_TRY(apply_residual(p, l, in, err));
    for (uint32_t k = 0; k < l->npairs; k++) {
        if (j->single && tbi_bit(l->matched, l->pair[k]))
            return tbi_single_error(err);
        tbi_bit_set(l->matched, l->pair[k]);
    }
    if (j->build_mode != TBI_BUILD_NONE)
        for (uint32_t k = 0; k < l->npairs; k++)
            __atomic_store_n(flags_of(t, l->at[k]), (char)TBI_ROW_MATCHED, __ATOMIC_RELAXED);
    if (j->pairs && l->npairs > 0)
        TB_TRY(emit_pairs(p, w, l, in, err));
    l->npairs = 0;
    return TB_OK;
}

/* One partner is enough: one candidate of every open row at a time, until it has matched or has no
 * more. */
static tb_rc probe_rounds(tbi_probe_op *p, tbi_worker *w, tbi_probe *l, const tb_batch *in,
                          uint32_t n, tb_error *err)
{
    while (n > 0) {
        memcpy(l->pair, l->row, n * sizeof *l->pair);
        memcpy(l->at, l->head, n * sizeof *l->at);
        l->npairs = n;
        TB_TRY(finish_pairs(p, w, l, in, err));
        uint32_t open = 0;
        for (uint32_t k = 0; k < n; k++) {
            char *next = head_of(l->head[k])->next;
            l->row[open] = l->row[k];
            l->head[open] = next;
            open += next != NULL && !tbi_bit(l->matched, l->row[k]);
        }
        n = open;
    }
    return TB_OK;
}

tb_rc tbi_probe_rows(tbi_probe_op *p, tbi_worker *w, const tb_batch *in, uint32_t n, tb_error *err)
{
    tbi_probe *l = tbi_probe_local(p, w);
    if (p->table->rows.n == 0)
        return TB_OK;
    n = find_heads(p->table, l, n);
    if (tbi_join_is_existence(p->table->join))
        return probe_rounds(p, w, l, in, n, err);
    for (uint32_t k = 0; k < n; k++) {
        for (char *r = l->head[k]; r != NULL; r = head_of(r)->next) {
            l->pair[l->npairs] = l->row[k];
            l->at[l->npairs++] = r;
            if (l->npairs == p->table->exec->batch_rows)
                TB_TRY(finish_pairs(p, w, l, in, err));
        }
    }
    return l->npairs == 0 ? TB_OK : finish_pairs(p, w, l, in, err);
}

void tbi_probe_unknown(tbi_probe_op *p, tbi_probe *l, const tb_batch *in)
{
    const tbi_join_table *t = p->table;
    if (!t->join->unknown || t->nbuild == 0)
        return;
    for (uint32_t k = 0; k < in->nsel; k++) {
        uint32_t row = tb_batch_row(in, k);
        if (t->has_null || !tb_vector_is_valid(l->key[0], row))
            tbi_bit_set(l->unknown, row);
    }
}

static tb_rc probe_push(tbi_op *op, tbi_worker *w, const tb_batch *in, tb_error *err)
{
    tbi_probe_op *p = (tbi_probe_op *)op;
    tbi_probe *l = tbi_probe_local(p, w);
    uint32_t n;
    memset(l->matched, 0, sizeof l->matched);
    memset(l->unknown, 0, sizeof l->unknown);
    TB_TRY(tbi_probe_keys(p, l, in, &n, err));
    if (!p->table->spilled) {
        TB_TRY(tbi_probe_rows(p, w, in, n, err));
        tbi_probe_unknown(p, l, in);
        return tbi_probe_finish(&l->end, op, w, in, in->sel, in->nsel, l->matched, l->unknown, err);
    }
    /* rows of absent partitions leave the batch; what stays is finished now. Stores are filled in
     * order. */
    TB_TRY(tbi_turn(w, err));
    tb_batch stay = *in;
    TB_TRY(tbi_join_spill_probe(p, l, &stay, &n, err));
    TB_TRY(tbi_probe_rows(p, w, &stay, n, err));
    tbi_probe_unknown(p, l, &stay);
    return tbi_probe_finish(&l->end, op, w, &stay, stay.sel, stay.nsel, l->matched, l->unknown,
                            err);
}

tb_rc tbi_emit_build(tbi_probe_op *p, tbi_worker *w, tb_error *err)
{
    tbi_join_table *t = p->table;
    const tbi_join *j = t->join;
    if (j->build_mode == TBI_BUILD_NONE)
        return TB_OK;
    tbi_probe *l = tbi_probe_local(p, w);
    bool want = j->build_mode == TBI_BUILD_SEMI;
    for (uint64_t i = 0; i < t->rows.n;) {
        uint32_t n = 0;
        for (; i < t->rows.n && n < t->exec->batch_rows; i++) {
            char *row = tbi_rows_at(&t->rows, i);
            bool matched =
                (__atomic_load_n(flags_of(t, row), __ATOMIC_RELAXED) & TBI_ROW_MATCHED) != 0;
            l->at[n] = row;
            n += matched == want;
        }
        for (uint32_t c = 0; c < j->nout; c++) {
            const tbi_join_col *o = &j->out[c];
            l->out_cols[c] = tbi_null_vector(j->out_types[c]);
            if (o->from != TBI_FROM_BUILD)
                continue;
            tbi_rows_gather(&t->layout, t->kept_at[o->at], l->at, n, &l->out->cols[c]);
            l->out_cols[c] = l->out->cols[c];
        }
        tb_batch out = {.nrows = n,
                        .nsel = n,
                        .ncols = (uint16_t)j->nout,
                        .cols = l->out_cols,
                        .arena = l->out->arena};
        TB_TRY(tbi_emit(&p->op, w, &out, err));
    }
    return TB_OK;
}

static tb_rc probe_flush(tbi_op *op, tbi_worker *w, tb_error *err)
{
    tbi_probe_op *p = (tbi_probe_op *)op;
    TB_TRY(tbi_emit_build(p, w, err));
    return p->table->spilled ? tbi_join_spill_flush(p, w, err) : TB_OK;
}

static void probe_over(tbi_op *op)
{
    tbi_join_table *t = ((tbi_probe_op *)op)->table;
    tbi_table_clear(t);
    tbi_join_spill_clear(t);
}

/* A kept build side is probed again: its rows have no partner yet. */
static void probe_reset(tbi_op *op)
{
    tbi_join_table *t = ((tbi_probe_op *)op)->table;
    for (uint64_t i = 0; t->join->build_mode != TBI_BUILD_NONE && i < t->rows.n; i++)
        *flags_of(t, tbi_rows_at(&t->rows, i)) &= (char)~TBI_ROW_MATCHED;
}

static void probe_destroy(tbi_op *op)
{
    tbi_probe_op *p = (tbi_probe_op *)op;
    for (uint32_t i = 0; i < op->run->nworkers; i++)
        free_local(p->local[i]);
}

static const tbi_op_class probe_class = {.name = "join probe",
                                         .push = probe_push,
                                         .flush = probe_flush,
                                         .over = probe_over,
                                         .reset = probe_reset,
                                         .destroy = probe_destroy};

/* ---- construction ---- */

/* Build columns: the keys, then kept columns; a kept column that is a key is not stored twice. */
static tb_expr **build_columns(tbi_build *b, const tbi_join *j, tbi_join_table *t)
{
    tb_arena *arena = b->run->arena;
    tb_expr **cols = TB_NEW_ARRAY(arena, tb_expr *, j->nkeys + j->nkept + 1);
    t->kept_at = TB_NEW_ARRAY(arena, uint32_t, j->nkept + 1);
    t->ncols = j->nkeys;
    tbi_copy(cols, j->build_keys, j->nkeys * sizeof(tb_expr *));
    for (uint32_t i = 0; i < j->nkept; i++) {
        uint32_t at = 0;
        while (at < j->nkeys && !(cols[at]->kind == TB_X_COL && cols[at]->col == j->kept[i]))
            at++;
        if (at == j->nkeys) {
            at = t->ncols++;
            cols[at] = tb_expr_col(arena, j->kept[i], tb_stmt_col_type(b->exec->stmt, j->kept[i]));
        }
        t->kept_at[i] = at;
    }
    tb_type_id *types = TB_NEW_ARRAY(arena, tb_type_id, t->ncols + 1);
    for (uint32_t i = 0; i < t->ncols; i++)
        types[i] = cols[i]->type.id;
    tbi_layout_init(&t->layout, arena, types, t->ncols, sizeof(tbi_join_head), 1);
    return cols;
}

typedef struct used_cx {
    const tb_colid *cols;
    uint32_t n;
    bool *used;
} used_cx;

static void note_used(tb_colid col, void *ctx)
{
    used_cx *u = ctx;
    for (uint32_t i = 0; i < u->n; i++)
        if (u->cols[i] == col) {
            u->used[i] = true;
            return;
        }
}

static tb_rc compile_residual(tbi_build *b, const tbi_join *j, tbi_probe_op *p, tb_error *err)
{
    tb_arena *arena = b->run->arena;
    uint32_t nprobe = j->probe->nout;
    p->npair_cols = nprobe + j->nkept;
    if (j->nresidual == 0)
        return TB_OK;
    tb_colid *cols = TB_NEW_ARRAY(arena, tb_colid, p->npair_cols + 1);
    tbi_copy(cols, j->probe->out, nprobe * sizeof *cols);
    tbi_copy(cols + nprobe, j->kept, j->nkept * sizeof *cols);
    p->pair_used = TB_NEW_ARRAY(arena, bool, p->npair_cols + 1);
    used_cx u = {cols, p->npair_cols, p->pair_used};
    for (uint32_t i = 0; i < j->nresidual; i++)
        tb_expr_each_col(j->residual[i], note_used, &u);
    tbi_scope sc = {.stmt = b->exec->stmt,
                    .ncols = p->npair_cols,
                    .cols = cols,
                    .outer = b->run->outer,
                    .protected_ = j->protected_};
    p->three_valued = tbi_join_needs_unknown(j);
    if (!p->three_valued)
        return tbi_prog_filter(arena, &sc, j->residual, j->nresidual, &p->residual, err);
    tb_expr *all = tb_expr_and(arena, j->residual, j->nresidual);
    return tbi_prog_exprs(arena, &sc, &all, 1, &p->residual, err);
}

tb_rc tbi_build_hash_join(tbi_build *b, const tbi_join *j, tbi_pipe *pipe, tbi_op *down,
                          tb_error *err)
{
    tb_arena *arena = b->run->arena;
    tbi_join_table *t = TB_NEW(arena, tbi_join_table);
    t->join = j;
    t->exec = b->exec;
    tbi_account_init(&t->account, &b->exec->budget, true);
    t->dedupe = tbi_join_is_existence(j) && j->nresidual == 0;
    tb_expr **cols = build_columns(b, j, t);
    tbi_rows_init(&t->rows, &t->layout, &t->account);
    build_op *build = tbi_op_new(b, sizeof *build, &build_class, NULL, NULL);
    build->op.serial = true;
    build->table = t;
    tbi_probe_op *p = tbi_op_new(b, sizeof *p, &probe_class, j->plan, down);
    p->table = t;
    p->local = TB_NEW_ARRAY(arena, tbi_probe *, b->run->nworkers);
    build->probe = &p->op;

    /* the build pipeline: keys are computed in parallel, rows are added in order */
    tbi_pipe *bp = tbi_pipe_new(b);
    tbi_build own = *b;
    tbi_op *prepare;
    bp->sink = &build->op;
    bp->once = b->nested && (b->in_once || !tbi_plan_depends(b->exec, j->build));
    own.in_once = bp->once;
    TB_TRY(tbi_op_exprs(b, j->build, cols, t->ncols, &build->op, &prepare, err));
    TB_TRY(tbi_build_plan(&own, j->build, bp, prepare, err));
    tbi_build_add_pipe(b, bp);

    tbi_scope sc = tbi_plan_scope(b, j->probe);
    TB_TRY(tbi_prog_exprs(arena, &sc, j->probe_keys, j->nkeys, &p->keys, err));
    TB_TRY(compile_residual(b, j, p, err));
    TB_TRY(tbi_build_plan(b, j->probe, pipe, &p->op, err));
    tbi_pipe_add_flush(pipe, &p->op);
    return TB_OK;
}
