/* SPDX-License-Identifier: Apache-2.0
 * SQL cursors: DECLARE, FETCH, MOVE, CLOSE.
 *
 * A cursor stands on a row: `position` is its number, counted from 1; 0 is before the first; with
 * `at_after` it is behind the last one and position is their number. A scrolling cursor keeps every
 * row it pulled from the query in `rows`; one that only moves forward keeps none, until COMMIT of a
 * WITH HOLD cursor takes in what is left.
 */
#include "server/portal.h"

tb_rc tb_command_declare(tb_session *s, tb_portal *portal, tb_error *err)
{
    const tb_ast_declare_cursor *ast = tb_as_declare_cursor(portal->ast);
    tb_portal *cursor;
    if (!ast->hold)
        TB_TRY(tb_txn_require_block(s, "DECLARE CURSOR", err));
    if (ast->insensitive && ast->asensitive)
        return TB_RAISE(err, TB_E_INVALID_CURSOR_DEFINITION,
                        "cannot specify both INSENSITIVE and ASENSITIVE");
    tb_arena *arena = tb_arena_create(0);
    tb_value *params = NULL;
    if (portal->params != NULL) {
        params = TB_NEW_ARRAY(arena, tb_value, portal->prepared->nparams);
        for (uint32_t i = 0; i < portal->prepared->nparams; i++)
            params[i] = tb_value_copy(arena, portal->prepared->params[i].id, portal->params[i]);
    }
    TB_TRY(tb_portal_declare(s, arena, portal->prepared, ast, params, &cursor, err));
    portal->tag = "DECLARE CURSOR";
    return TB_OK;
}

tb_rc tb_command_close(tb_session *s, tb_portal *portal, tb_error *err)
{
    const tb_ast_close *ast = tb_as_close(portal->ast);
    tb_portal *cursor;
    if (ast->name == NULL) {
        tb_portals_drop_all(s);
        portal->tag = "CLOSE CURSOR ALL";
        return TB_OK;
    }
    TB_TRY(tb_portal_find(s, ast->name, "cursor", &cursor, err));
    tb_portal_close(s, cursor);
    portal->tag = "CLOSE CURSOR";
    return TB_OK;
}

bool tb_cursor_desc(tb_session *s, const char *name, tb_arena *arena, tb_desc *out, bool *binary)
{
    tb_portal *p;
    tb_error ignored = {0};
    if (tb_portal_find(s, name, "cursor", &p, &ignored) != TB_OK || p->kind != TB_PORTAL_QUERY)
        return false;
    *out = tb_desc_new(arena, p->desc.n);
    for (uint32_t i = 0; i < p->desc.n; i++) {
        out->types[i] = p->desc.types[i];
        out->cols[i] = p->desc.cols[i];
        out->cols[i].name = tb_arena_strdup(arena, p->desc.cols[i].name);
    }
    *binary = p->binary;
    return true;
}

/* ---- rows in memory ---- */

static void account(tb_session *s, tb_portal *p)
{
    size_t now = tb_rowset_bytes(p->rows);
    s->held_bytes += now - p->held_bytes;
    p->held_bytes = now;
}

/* Pulls until `rows` has row number n (counted from 1) or all there are. */
static tb_rc ensure(tb_session *s, tb_portal *p, uint64_t n, tb_error *err)
{
    if (p->rows == NULL) {
        p->base = p->position;
        tb_portal_hold_rows(s, p,
                            tb_rowset_create(p->desc.types, p->desc.n, tb_session_held_room(s)));
    }
    while (!p->complete && p->base + tb_rowset_count(p->rows) < n) {
        uint64_t want = n - p->base - tb_rowset_count(p->rows), got;
        if (want > TB_BATCH_ROWS)
            want = TB_BATCH_ROWS;
        tb_rc rc = tb_portal_pull(s, p, want, tb_rowset_sink(p->rows), &got, err);
        account(s, p);
        if (rc != TB_OK)
            return TB_FAIL;
        p->complete = got < want;
    }
    return TB_OK;
}

tb_rc tb_cursor_materialise(tb_session *s, tb_portal *p, tb_error *err)
{
    TB_TRY(ensure(s, p, UINT64_MAX, err));
    tb_query_close(p->query);
    return TB_OK;
}

/* ---- moving ---- */

static tb_rc forward_only(tb_error *err)
{
    (void)TB_RAISE(err, TB_E_OBJECT_NOT_IN_PREREQUISITE_STATE, "cursor can only scan forward");
    tb_error_hint(err, "Declare it with SCROLL option to enable backward scan.");
    return TB_FAIL;
}

/* Straight from the query to the sink: nothing is kept. */
static tb_rc stream_forward(tb_session *s, tb_portal *p, uint64_t n, tb_sink *sink, uint64_t *got,
                            tb_error *err)
{
    *got = 0;
    if (p->at_after)
        return TB_OK;
    TB_TRY(tb_portal_pull(s, p, n == UINT64_MAX ? 0 : n, sink, got, err));
    p->position += *got;
    p->at_after = *got < n;
    return TB_OK;
}

/* n = UINT64_MAX: all. */
static tb_rc forward(tb_session *s, tb_portal *p, uint64_t n, tb_sink *sink, uint64_t *got,
                     tb_error *err)
{
    if (!p->scroll && !p->held)
        return stream_forward(s, p, n, sink, got, err);
    TB_TRY(ensure(s, p, n > UINT64_MAX - p->position ? UINT64_MAX : p->position + n, err));
    uint64_t left = p->base + tb_rowset_count(p->rows) - p->position;
    *got = p->at_after ? 0 : n < left ? n : left;
    TB_TRY(tb_rowset_send(p->rows, p->position - p->base, *got, sink, err));
    p->position += *got;
    p->at_after = *got < n;
    return TB_OK;
}

static tb_rc backward(tb_session *s, tb_portal *p, uint64_t n, tb_sink *sink, uint64_t *got,
                      tb_error *err)
{
    *got = 0;
    if (!p->scroll)
        return forward_only(err);
    TB_TRY(ensure(s, p, p->position, err));
    uint64_t before = p->at_after || p->position == 0 ? p->position : p->position - 1;
    *got = n < before ? n : before;
    TB_TRY(tb_rowset_send_backward(p->rows, before, *got, sink, err));
    p->position = *got < n ? 0 : before - *got + 1;
    p->at_after = false;
    return TB_OK;
}

/* Row number n, or before the first for 0; beyond the last: after it. */
static tb_rc absolute(tb_session *s, tb_portal *p, uint64_t n, tb_sink *sink, uint64_t *got,
                      tb_error *err)
{
    *got = 0;
    if (n > p->position && !p->at_after) {
        uint64_t skipped;
        if (n - p->position > 1)
            TB_TRY(forward(s, p, n - p->position - 1, &tb_sink_nowhere, &skipped, err));
        return forward(s, p, 1, sink, got, err);
    }
    if (!p->scroll)
        return forward_only(err);
    p->position = n == 0 ? 0 : n - 1;
    p->at_after = false;
    return n == 0 ? TB_OK : forward(s, p, 1, sink, got, err);
}

/* The n-th row from the end. */
static tb_rc from_end(tb_session *s, tb_portal *p, uint64_t n, tb_sink *sink, uint64_t *got,
                      tb_error *err)
{
    uint64_t skipped;
    if (!p->scroll)
        return forward_only(err);
    TB_TRY(forward(s, p, UINT64_MAX, &tb_sink_nowhere, &skipped, err));
    if (n > 1)
        TB_TRY(backward(s, p, n - 1, &tb_sink_nowhere, &skipped, err));
    return backward(s, p, 1, sink, got, err);
}

/* The row it stands on, once more. */
static tb_rc again(tb_session *s, tb_portal *p, tb_sink *sink, uint64_t *got, tb_error *err)
{
    bool on_row = p->position > 0 && !p->at_after;
    *got = on_row;
    if (!on_row || sink == &tb_sink_nowhere)
        return TB_OK;
    if (!p->scroll)
        return forward_only(err);
    TB_TRY(ensure(s, p, p->position, err));
    return tb_rowset_send(p->rows, p->position - 1 - p->base, 1, sink, err);
}

static tb_rc relative(tb_session *s, tb_portal *p, int64_t n, tb_sink *sink, uint64_t *got,
                      tb_error *err)
{
    uint64_t skipped, steps = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    if (n == 0)
        return again(s, p, sink, got, err);
    if (n > 0 && steps > 1)
        TB_TRY(forward(s, p, steps - 1, &tb_sink_nowhere, &skipped, err));
    if (n < 0 && steps > 1)
        TB_TRY(backward(s, p, steps - 1, &tb_sink_nowhere, &skipped, err));
    return n > 0 ? forward(s, p, 1, sink, got, err) : backward(s, p, 1, sink, got, err);
}

tb_rc tb_cursor_forward(tb_session *s, tb_portal *p, uint64_t max_rows, tb_sink *sink,
                        uint64_t *got, tb_error *err)
{
    TB_TRY(forward(s, p, max_rows == 0 ? UINT64_MAX : max_rows, sink, got, err));
    p->at_end = p->at_after;
    return TB_OK;
}

tb_rc tb_cursor_fetch(tb_session *s, const tb_ast_fetch *ast, tb_sink *sink, uint64_t *n,
                      tb_error *err)
{
    tb_portal *p;
    int64_t count = ast->count;
    bool back = ast->dir == TB_FETCH_BACKWARD;
    TB_TRY(tb_portal_find(s, ast->name, "cursor", &p, err));
    if (p->kind != TB_PORTAL_QUERY || p->busy)
        return TB_RAISE(err, TB_E_INVALID_CURSOR_NAME, "cursor \"%s\" does not exist", ast->name);
    if (ast->dir == TB_FETCH_ABSOLUTE)
        return count >= 0 ? absolute(s, p, (uint64_t)count, sink, n, err)
                          : from_end(s, p, 0 - (uint64_t)count, sink, n, err);
    if (ast->dir == TB_FETCH_RELATIVE)
        return relative(s, p, count, sink, n, err);
    if (count == 0)
        return again(s, p, sink, n, err);
    if (count < 0)
        back = !back;
    uint64_t rows = count == TB_FETCH_ALL ? UINT64_MAX
                    : count < 0           ? 0 - (uint64_t)count
                                          : (uint64_t)count;
    return back ? backward(s, p, rows, sink, n, err) : forward(s, p, rows, sink, n, err);
}
