/* SPDX-License-Identifier: Apache-2.0
 * Internal relations as batches: adapts a row producer of pgcat*.c to the executor.
 */
#include "server/pgcat.h"
#include "server/session.h"

#include <stdlib.h>

typedef struct internal_scan {
    tb_internal_scan base;
    tb_pgcat_scan producer;
    tb_value *row; /* all columns of the relation */
    const uint16_t *attno;
    uint32_t n;
    bool opened, ended;
} internal_scan;

/* The batch owns its bytes: another worker may be at it when the scan is over and closed. */
static void put_row(const internal_scan *scan, tb_batch *batch)
{
    for (uint32_t i = 0; i < scan->n; i++) {
        tb_value v = scan->row[scan->attno[i]];
        tb_vector *col = &batch->cols[i];
        tb_vector_set(col, batch->nrows,
                      v.null ? v : tb_value_copy(batch->arena, (tb_type_id)col->type, v));
    }
    batch->nrows++;
}

static tb_rc next_batch(tb_internal_scan *base, tb_batch *batch, tb_error *err)
{
    internal_scan *scan = (internal_scan *)base;
    tb_pgcat_scan *p = &scan->producer;
    tb_batch_reset(batch);
    tb_arena_reset(p->row);
    while (!scan->ended && batch->nrows < TB_BATCH_ROWS) {
        bool more = false;
        if (p->table->next != NULL)
            TB_TRY(p->table->next(p, scan->row, &more, err));
        if (!more) {
            scan->ended = true;
            break;
        }
        put_row(scan, batch);
    }
    batch->nsel = batch->nrows;
    return TB_OK;
}

static void close_scan(tb_internal_scan *base)
{
    internal_scan *scan = (internal_scan *)base;
    tb_pgcat_scan *p = &scan->producer;
    if (scan->opened && p->table->close != NULL)
        p->table->close(p);
    tb_arena_destroy(p->row);
    tb_arena_destroy(p->arena); /* holds the scan itself */
}

tb_rc tb_session_internal_open(tb_session *s, const tb_stmt *stmt, const tb_relation *rel,
                               const uint16_t *attno, uint32_t n, tb_internal_scan **out,
                               tb_error *err)
{
    const tb_pgcat_table *table =
        rel->provider < 0 ? NULL : tb_pgcat_table_at((uint32_t)rel->provider);
    if (table == NULL)
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "relation \"%s\" has no provider", rel->name);
    TB_CHECK(table->ncols == rel->ncols);
    tb_arena *arena = tb_arena_create(0);
    internal_scan *scan = TB_NEW(arena, internal_scan);
    *scan = (internal_scan){
        .base = {next_batch, close_scan},
        .producer =
            {.table = table, .stmt = stmt, .session = s, .arena = arena, .row = tb_arena_create(0)},
        .row = TB_NEW_ARRAY(arena, tb_value, table->ncols),
        .attno = tb_arena_memdup(arena, attno, n * sizeof *attno),
        .n = n,
    };
    if (table->open != NULL && table->open(&scan->producer, err) != TB_OK) {
        close_scan(&scan->base);
        return TB_FAIL;
    }
    scan->opened = true;
    *out = &scan->base;
    return TB_OK;
}
