/* SPDX-License-Identifier: Apache-2.0
 * Hash joins that do not fit: partitions by hash on disk.
 *
 * The first time the build side is pressed, all its rows move to partition stores and later rows
 * follow. At the end of the build as many partitions as fit are read back and probed at once; probe
 * rows of the others are stored beside them. The flush joins these pair by pair. A partition larger
 * than memory is joined in several passes, each with as many build rows as fit over all its probe
 * rows; what is known about probe rows is kept in bitmaps between passes, so every kind of join
 * works, and a partition that is one hot key just takes more passes.
 */
#include "executor/join_hash.h"

#include <stdlib.h>

static tbi_store *part_store(tbi_join_table *t, tbi_store **parts, uint32_t part,
                             const tb_type_id *types, uint32_t n)
{
    if (parts[part] == NULL) {
        parts[part] = tbi_store_create(&t->exec->budget, t->exec->spill, types, n);
        tbi_store_set_eager(parts[part]);
    }
    return parts[part];
}

void tbi_join_spill_clear(tbi_join_table *t)
{
    for (uint32_t i = 0; i < TBI_JOIN_PARTS; i++) {
        tbi_store_destroy(t->build_parts[i]);
        tbi_store_destroy(t->probe_parts[i]);
        t->build_parts[i] = t->probe_parts[i] = NULL;
        t->resident[i] = false;
    }
    t->spilled = false;
}

/* ---- build ---- */

tb_rc tbi_join_spill_add(tbi_join_table *t, const tb_vector *cols, const uint16_t *sel, uint32_t n,
                         tb_error *err)
{
    const tbi_join *j = t->join;
    uint16_t rows[TB_BATCH_ROWS], of_part[TB_BATCH_ROWS];
    uint8_t part[TB_BATCH_ROWS];
    bool keep_nulls = j->build_mode == TBI_BUILD_OUTER || j->build_mode == TBI_BUILD_ANTI;
    for (uint32_t i = 0; i < j->nkeys; i++)
        tbi_hash_vector(&cols[i], sel, n, t->exec->seed, i == 0, t->hash);
    uint32_t m = 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t row = sel == NULL ? k : sel[k];
        bool null = false;
        for (uint32_t i = 0; i < j->nkeys; i++)
            null |= !j->null_safe[i] && !tb_vector_is_valid(&cols[i], row);
        t->has_null |= null;
        if (null && !keep_nulls)
            continue;
        part[m] = null ? 0 : (uint8_t)tbi_join_part(t->hash[k]);
        rows[m++] = (uint16_t)row;
    }
    for (uint32_t p = 0; p < TBI_JOIN_PARTS; p++) {
        uint32_t k = 0;
        for (uint32_t i = 0; i < m; i++) {
            of_part[k] = rows[i];
            k += part[i] == p;
        }
        if (k > 0)
            TB_TRY(
                tbi_store_append_cols(part_store(t, t->build_parts, p, t->layout.types, t->ncols),
                                      cols, of_part, k, err));
    }
    return TB_OK;
}

tb_rc tbi_join_spill(tbi_join_table *t, tb_error *err)
{
    tb_batch *b = tb_batch_create(t->layout.types, (uint16_t)t->ncols);
    tb_rc rc = TB_OK;
    char *at[TB_BATCH_ROWS];
    t->row_bytes = t->rows.charged / (t->rows.n + 1) + 2 * sizeof(uint64_t);
    for (uint64_t i = 0; i < t->rows.n && rc == TB_OK;) {
        uint32_t n = 0;
        for (; i < t->rows.n && n < TB_BATCH_ROWS; i++)
            at[n++] = tbi_rows_at(&t->rows, i);
        for (uint32_t c = 0; c < t->ncols; c++)
            tbi_rows_gather(&t->layout, c, at, n, &b->cols[c]);
        b->nrows = n;
        rc = tbi_join_spill_add(t, b->cols, NULL, n, err);
    }
    tb_batch_destroy(b);
    tbi_table_clear(t);
    t->spilled = true;
    return rc;
}

static tb_rc load_blocks(tbi_join_table *t, tbi_cursor *c, uint32_t from, uint32_t to,
                         tb_error *err)
{
    for (uint32_t i = from; i < to; i++) {
        const tb_batch *b;
        TB_TRY(tbi_cursor_block(c, i, &b, err));
        tbi_table_add(t, b->cols, NULL, b->nrows);
    }
    return TB_OK;
}

tb_rc tbi_join_spill_finish(tbi_join_table *t, tb_error *err)
{
    size_t room = tbi_account_floor(&t->account), used = 0;
    for (uint32_t p = 0; p < TBI_JOIN_PARTS; p++) {
        tbi_store *st = t->build_parts[p];
        if (st == NULL) {
            t->resident[p] = true;
            continue;
        }
        TB_TRY(tbi_store_seal(st, err));
        size_t bytes = tbi_store_rows(st) * t->row_bytes;
        if (used + bytes > room)
            continue;
        used += bytes;
        tbi_cursor *c = tbi_cursor_create(st);
        tb_rc rc = load_blocks(t, c, 0, tbi_store_blocks(st), err);
        tbi_cursor_destroy(c);
        TB_TRY(rc);
        t->resident[p] = true;
        tbi_store_clear(st);
    }
    return TB_OK;
}

/* ---- probe ---- */

tb_rc tbi_join_spill_probe(tbi_probe_op *p, tbi_probe *l, tb_batch *in, uint32_t *n, tb_error *err)
{
    tbi_join_table *t = p->table;
    const tb_plan *probe = t->join->probe;
    uint64_t gone[TB_BATCH_WORDS] = {0};
    uint16_t of_part[TB_BATCH_ROWS];
    tb_type_id *types = NULL;
    for (uint32_t part = 0; part < TBI_JOIN_PARTS; part++) {
        uint32_t k = 0;
        if (t->resident[part])
            continue;
        for (uint32_t i = 0; i < *n; i++) {
            of_part[k] = l->hashed[i];
            if (tbi_join_part(l->hash[i]) == part) {
                tbi_bit_set(gone, l->hashed[i]);
                k++;
            }
        }
        if (k == 0)
            continue;
        if (types == NULL)
            types = tbi_plan_types(t->exec, l->pair_batch.arena, probe);
        TB_TRY(tbi_store_append_cols(part_store(t, t->probe_parts, part, types, probe->nout),
                                     in->cols, of_part, k, err));
    }
    uint32_t m = 0, h = 0;
    for (uint32_t i = 0; i < *n; i++) {
        l->hashed[h] = l->hashed[i];
        l->hash[h] = l->hash[i];
        h += !tbi_bit(gone, l->hashed[i]);
    }
    for (uint32_t k = 0; k < in->nsel; k++) {
        uint32_t row = tb_batch_row(in, k);
        l->stay[m] = (uint16_t)row;
        m += !tbi_bit(gone, row);
    }
    *n = h;
    in->sel = l->stay;
    in->nsel = m;
    return TB_OK;
}

/* ---- flush ---- */

/* What earlier passes found out about the rows of one probe block. */
typedef struct known {
    uint64_t matched[TB_BATCH_WORDS], unknown[TB_BATCH_WORDS];
} known;

static tb_rc probe_block(tbi_probe_op *p, tbi_worker *w, const tb_batch *b, known *k, bool last,
                         tb_error *err)
{
    tbi_probe *l = tbi_probe_local(p, w);
    uint32_t n;
    memcpy(l->matched, k->matched, sizeof l->matched);
    memcpy(l->unknown, k->unknown, sizeof l->unknown);
    TB_TRY(tbi_probe_keys(p, l, b, &n, err));
    if (tbi_join_is_existence(p->table->join)) {
        uint32_t m = 0;
        for (uint32_t i = 0; i < n; i++) {
            l->hashed[m] = l->hashed[i];
            l->hash[m] = l->hash[i];
            m += !tbi_bit(l->matched, l->hashed[i]);
        }
        n = m;
    }
    TB_TRY(tbi_probe_rows(p, w, b, n, err));
    memcpy(k->matched, l->matched, sizeof l->matched);
    memcpy(k->unknown, l->unknown, sizeof l->unknown);
    if (!last)
        return TB_OK;
    tbi_probe_unknown(p, l, b);
    return tbi_probe_finish(&l->end, &p->op, w, b, NULL, b->nrows, l->matched, l->unknown, err);
}

static tb_rc probe_part(tbi_probe_op *p, tbi_worker *w, tbi_cursor *c, uint32_t nblocks, known *k,
                        bool last, tb_error *err)
{
    for (uint32_t i = 0; i < nblocks; i++) {
        const tb_batch *b;
        if (tbi_chain_done(p->op.down))
            return TB_OK;
        TB_TRY(tbi_cursor_block(c, i, &b, err));
        TB_TRY(probe_block(p, w, b, &k[i], last, err));
    }
    return tbi_emit_build(p, w, err);
}

static tb_rc join_part(tbi_probe_op *p, tbi_worker *w, tbi_store *build, tbi_store *probe,
                       tb_error *err)
{
    tbi_join_table *t = p->table;
    uint32_t nbuild = tbi_store_blocks(build), nprobe = probe == NULL ? 0 : tbi_store_blocks(probe);
    if (nprobe == 0 && t->join->build_mode == TBI_BUILD_NONE)
        return TB_OK;
    tbi_cursor *bc = tbi_cursor_create(build),
               *pc = probe == NULL ? NULL : tbi_cursor_create(probe);
    known *k = tb_xcalloc(nprobe + 1, sizeof *k);
    tb_rc rc = TB_OK;
    size_t room = tbi_account_floor(&t->account);
    for (uint32_t at = 0; at < nbuild && rc == TB_OK;) {
        tbi_table_clear(t);
        do {
            rc = load_blocks(t, bc, at, at + 1, err);
            at++;
        } while (rc == TB_OK && at < nbuild && t->rows.charged + t->slot_bytes < room);
        tbi_table_index(t);
        if (rc == TB_OK)
            rc = probe_part(p, w, pc, nprobe, k, at == nbuild, err);
    }
    free(k);
    tbi_cursor_destroy(bc);
    tbi_cursor_destroy(pc);
    return rc;
}

tb_rc tbi_join_spill_flush(tbi_probe_op *p, tbi_worker *w, tb_error *err)
{
    tbi_join_table *t = p->table;
    for (uint32_t i = 0; i < TBI_JOIN_PARTS; i++) {
        if (t->resident[i] || t->build_parts[i] == NULL)
            continue;
        if (t->probe_parts[i] != NULL)
            TB_TRY(tbi_store_seal(t->probe_parts[i], err));
        TB_TRY(join_part(p, w, t->build_parts[i], t->probe_parts[i], err));
        if (t->probe_parts[i] != NULL)
            tbi_store_clear(t->probe_parts[i]);
    }
    tbi_table_clear(t);
    return TB_OK;
}
