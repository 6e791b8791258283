/* SPDX-License-Identifier: Apache-2.0
 * Portals: made by Bind, simple query, EXECUTE and DECLARE; run by Execute and FETCH.
 */
#include "server/portal.h"

#include "server/pgwire_encode.h"

#include <stdlib.h>
#include <string.h>

/* ---- the sink that speaks DataRow ---- */

typedef struct row_sink {
    tb_sink sink;
    tb_session *session;
    const tb_env *env;
    const tb_portal *portal; /* columns and formats */
} row_sink;

static tb_rc send_rows(tb_sink *sink, const tb_slice *slice, tb_error *err)
{
    const row_sink *to = (const row_sink *)sink;
    tb_session *s = to->session;
    tb_io_cx io = tb_session_io(to->env, s->rows);
    for (uint32_t k = 0; k < slice->n; k++) {
        uint32_t row = tb_batch_row(slice->batch, slice->from + k);
        TB_TRY(tb_encode_row(&s->out, &io, to->portal->desc.types, to->portal->formats, slice, row,
                             err));
        tb_session_flush_if_full(s);
        if (s->over)
            return TB_RAISE(err, TB_E_CONNECTION_FAILURE, "connection to client lost");
    }
    tb_arena_reset(s->rows);
    return TB_OK;
}

/* ---- the session's list ---- */

static tb_portal *lookup(const tb_session *s, const char *name)
{
    tb_portal *p = s->portals;
    while (p != NULL && strcmp(p->name, name) != 0)
        p = p->next;
    return p;
}

tb_rc tb_portal_find(tb_session *s, const char *name, const char *what, tb_portal **out,
                     tb_error *err)
{
    *out = lookup(s, name);
    if (*out == NULL)
        return TB_RAISE(err, TB_E_INVALID_CURSOR_NAME, "%s \"%s\" does not exist", what, name);
    return TB_OK;
}

void tb_portal_hold_rows(tb_session *s, tb_portal *portal, tb_rowset *rows)
{
    portal->rows = rows;
    portal->held_bytes = rows == NULL ? 0 : tb_rowset_bytes(rows);
    s->held_bytes += portal->held_bytes;
}

size_t tb_session_held_room(const tb_session *s)
{
    size_t limit = (size_t)s->config->held_rows_kb * 1024;
    return s->held_bytes < limit ? limit - s->held_bytes : 0;
}

static void destroy(tb_session *s, tb_portal *portal)
{
    tb_query_close(portal->query);
    tb_rowset_destroy(portal->rows);
    s->held_bytes -= portal->held_bytes;
    s->nportals--;
    tb_prepared_unref(portal->prepared);
    tb_arena_destroy(portal->arena);
}

void tb_portal_close(tb_session *s, tb_portal *portal)
{
    tb_portal **link = &s->portals;
    while (*link != portal)
        link = &(*link)->next;
    *link = portal->next;
    destroy(s, portal);
}

/* Closes every portal for which `gone` says so; a running one (a statement that ends the
 * transaction it runs in) is closed by whoever runs it. */
static void close_where(tb_session *s, bool (*gone)(const tb_portal *, uint32_t), uint32_t arg)
{
    for (tb_portal **link = &s->portals; *link != NULL;) {
        tb_portal *p = *link;
        if (!p->busy && gone(p, arg)) {
            *link = p->next;
            destroy(s, p);
        } else {
            link = &p->next;
        }
    }
}

static bool of_transaction(const tb_portal *p, uint32_t commit)
{
    return !p->held || (commit && !p->hold);
}

static bool of_level(const tb_portal *p, uint32_t level)
{
    return !p->held && p->level >= level;
}

static bool any(const tb_portal *p, uint32_t ignored)
{
    (void)p;
    (void)ignored;
    return true;
}

void tb_portals_drop_transaction(tb_session *s, bool commit)
{
    close_where(s, of_transaction, commit);
}

void tb_portals_drop_level(tb_session *s, uint32_t level)
{
    close_where(s, of_level, level);
}

void tb_portals_drop_all(tb_session *s)
{
    close_where(s, any, 0);
}

void tb_portals_merge_levels(tb_session *s, uint32_t level)
{
    for (tb_portal *p = s->portals; p != NULL; p = p->next)
        if (p->level > level)
            p->level = level;
}

tb_rc tb_portals_persist(tb_session *s, tb_error *err)
{
    for (tb_portal *p = s->portals; p != NULL; p = p->next) {
        if (!p->hold || p->held)
            continue;
        TB_TRY(tb_cursor_materialise(s, p, err));
        p->held = true;
        p->level = 0;
    }
    return TB_OK;
}

/* ---- making one ---- */

/* 0 formats: all text; 1: for every column; else one each. */
static tb_rc expand_formats(tb_portal *p, const int16_t *formats, uint32_t n, tb_error *err)
{
    if (n > 1 && n != p->desc.n)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION,
                        "bind message has %u result formats but query has %u columns", n,
                        p->desc.n);
    if (n == 0 || p->desc.n == 0)
        return TB_OK;
    p->formats = TB_NEW_ARRAY(p->arena, int16_t, p->desc.n);
    for (uint32_t i = 0; i < p->desc.n; i++)
        p->formats[i] = formats[n == 1 ? 0 : i];
    return TB_OK;
}

/* Plans the query now, against the catalog as it is. */
static tb_rc plan(tb_session *s, tb_portal *p, const tb_ast *query, tb_error *err)
{
    const tb_prepared *from = p->prepared;
    const char *text =
        tb_arena_strndup(p->arena, from->sql + from->statement.offset, from->statement.len);
    TB_TRY(tb_query_new(s, p->arena, query, text, from->params, from->nparams, &p->query, err));
    tb_query_set_params(p->query, p->params);
    TB_TRY(tb_query_run(p->query, TB_STAGE_PLANNED, 0, NULL, NULL, err));
    p->desc = tb_query_desc(p->query);
    return TB_OK;
}

/* The columns must be those the client was told when it was prepared. */
static tb_rc check_columns(const tb_portal *p, tb_error *err)
{
    if (p->prepared->once || tb_desc_equal(&p->desc, &p->prepared->desc))
        return TB_OK;
    return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED, "cached plan must not change result type");
}

static tb_portal_kind kind_of(const tb_ast *ast)
{
    if (ast == NULL)
        return TB_PORTAL_EMPTY;
    if (ast->kind == TB_AST_QUERY)
        return TB_PORTAL_QUERY;
    if (ast->kind == TB_AST_FETCH)
        return TB_PORTAL_FETCH;
    if (ast->kind == TB_AST_COPY)
        return TB_PORTAL_COPY;
    return TB_PORTAL_COMMAND;
}

static tb_rc prepare_portal(tb_session *s, tb_portal *p, const int16_t *formats, uint32_t nformats,
                            tb_error *err)
{
    if (p->ast != NULL && p->ast->kind == TB_AST_EXECUTE) {
        tb_prepared *target;
        tb_value *values;
        TB_TRY(tb_execute_resolve(s, p->arena, tb_as_execute(p->ast), &target, &values, err));
        tb_prepared_unref(p->prepared);
        p->prepared = target;
        p->prepared->refs++;
        p->params = values;
        p->ast = target->statement.node;
    }
    p->kind = kind_of(p->ast);
    if (p->kind == TB_PORTAL_QUERY) {
        TB_TRY(plan(s, p, p->ast, err));
        TB_TRY(check_columns(p, err));
    } else if (p->ast != NULL) {
        TB_TRY(tb_command_describe(s, p->arena, p->ast, &p->desc, err));
    }
    return expand_formats(p, formats, nformats, err);
}

/* A portal that is not in the list yet; takes over the arena. */
static tb_rc create(tb_session *s, const char *name, tb_arena *arena, tb_prepared *prepared,
                    const tb_value *params, tb_portal **out, tb_error *err)
{
    tb_portal *old = lookup(s, name);
    tb_rc rc = TB_OK;
    if (old != NULL && *name == '\0')
        tb_portal_close(s, old);
    else if (old != NULL)
        rc = TB_RAISE(err, TB_E_DUPLICATE_CURSOR, "cursor \"%s\" already exists", name);
    if (rc == TB_OK && s->nportals >= s->config->portals)
        rc = TB_RAISE(err, TB_E_CONFIGURATION_LIMIT_EXCEEDED, "too many open portals");
    if (rc != TB_OK) {
        tb_arena_destroy(arena);
        return TB_FAIL;
    }
    *out = TB_NEW(arena, tb_portal);
    **out = (tb_portal){
        .name = tb_arena_strdup(arena, name),
        .arena = arena,
        .prepared = prepared,
        .ast = prepared->statement.node,
        .params = params,
        .level = s->txn.level,
        .since_us = tb_clock_us(),
    };
    prepared->refs++;
    s->nportals++;
    return TB_OK;
}

/* Into the list when it came out well, away with it when not. */
static tb_rc enlist(tb_session *s, tb_portal *p, tb_rc rc, tb_portal **out)
{
    if (rc != TB_OK) {
        destroy(s, p);
        return TB_FAIL;
    }
    p->next = s->portals;
    s->portals = p;
    *out = p;
    return TB_OK;
}

tb_rc tb_portal_open(tb_session *s, const char *name, tb_arena *arena, tb_prepared *prepared,
                     const tb_value *params, const int16_t *formats, uint32_t nformats,
                     tb_portal **out, tb_error *err)
{
    tb_portal *p;
    TB_TRY(create(s, name, arena, prepared, params, &p, err));
    return enlist(s, p, prepare_portal(s, p, formats, nformats, err), out);
}

tb_rc tb_portal_declare(tb_session *s, tb_arena *arena, tb_prepared *prepared,
                        const tb_ast_declare_cursor *ast, const tb_value *params, tb_portal **out,
                        tb_error *err)
{
    tb_portal *p;
    TB_TRY(create(s, ast->name, arena, prepared, params, &p, err));
    p->kind = TB_PORTAL_QUERY;
    p->cursor = true;
    p->hold = ast->hold;
    p->binary = ast->binary;
    /* scrolling costs memory, so it is on when asked for; a held cursor is in memory anyway */
    p->scroll = ast->scroll == TB_SWITCH_ON || (ast->hold && ast->scroll == TB_SWITCH_NONE);
    return enlist(s, p, plan(s, p, ast->query, err), out);
}

/* ---- running ---- */

tb_rc tb_portal_pull(tb_session *s, tb_portal *p, uint64_t n, tb_sink *sink, uint64_t *got,
                     tb_error *err)
{
    (void)s;
    if (p->query->catalog == NULL) /* it failed before, inside a savepoint */
        return TB_RAISE(err, TB_E_OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"%s\" cannot be run",
                        p->name);
    TB_TRY(tb_query_run(p->query, TB_STAGE_FINISHED, n, sink, got, err));
    p->at_end = p->query->stage == TB_STAGE_FINISHED;
    return TB_OK;
}

/* Rows of a row set from the portal's position on. */
static tb_rc send_stored(tb_portal *p, uint64_t max_rows, tb_sink *sink, uint64_t *got,
                         tb_error *err)
{
    uint64_t left = p->rows == NULL ? 0 : tb_rowset_count(p->rows) - p->position;
    *got = max_rows == 0 || left < max_rows ? left : max_rows;
    if (*got > 0)
        TB_TRY(tb_rowset_send(p->rows, p->position, *got, sink, err));
    p->position += *got;
    p->at_end = max_rows == 0 || *got < max_rows;
    return TB_OK;
}

/* A command runs to its end the first time; its rows, if any, are then taken like a query's. */
static tb_rc run_command(tb_session *s, tb_portal *p, uint64_t max_rows, tb_sink *sink,
                         uint64_t *got, tb_error *err)
{
    if (p->ran && p->rows == NULL)
        return TB_RAISE(err, TB_E_OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"%s\" cannot be run",
                        p->name);
    if (!p->ran) {
        TB_TRY(tb_command_run(s, p, err));
        p->ran = true;
    }
    return send_stored(p, max_rows, sink, got, err);
}

/* FETCH through the extended protocol with a row limit: fetched at once, handed out in parts. */
static tb_rc run_fetch(tb_session *s, tb_portal *p, uint64_t max_rows, tb_sink *sink, uint64_t *got,
                       tb_error *err)
{
    const tb_ast_fetch *fetch = tb_as_fetch(p->ast);
    if (!p->ran && max_rows == 0) {
        p->ran = p->at_end = true;
        return tb_cursor_fetch(s, fetch, fetch->move ? &tb_sink_nowhere : sink, got, err);
    }
    if (!p->ran) {
        p->ran = true;
        tb_rowset *rows = tb_rowset_create(p->desc.types, p->desc.n, tb_session_held_room(s));
        tb_rc rc = tb_cursor_fetch(s, fetch, fetch->move ? &tb_sink_nowhere : tb_rowset_sink(rows),
                                   got, err);
        tb_portal_hold_rows(s, p, rows);
        if (rc != TB_OK || fetch->move) {
            p->at_end = true;
            return rc;
        }
    }
    return send_stored(p, max_rows, sink, got, err);
}

static const char *make_tag(tb_session *s, const tb_portal *p, uint64_t rows)
{
    const char *word = "SELECT";
    if (p->kind == TB_PORTAL_COMMAND) {
        /* only EXPLAIN, SHOW and administration leave rows; none of their tags counts them */
        return p->tag;
    }
    if (p->kind == TB_PORTAL_FETCH)
        word = tb_as_fetch(p->ast)->move ? "MOVE" : "FETCH";
    else if (p->kind == TB_PORTAL_COPY)
        word = "COPY";
    return tb_arena_printf(s->scratch, "%s %llu", word, (unsigned long long)rows);
}

/* Rows of a query carry its own environment; FETCH formats with the session's present one. */
static tb_rc run_rows(tb_session *s, tb_portal *p, uint64_t max_rows, uint64_t *got, tb_error *err)
{
    row_sink sink = {{send_rows}, s, NULL, p};
    if (p->kind == TB_PORTAL_QUERY && p->query->catalog != NULL) {
        sink.env = &p->query->env;
        if (p->cursor)
            return tb_cursor_forward(s, p, max_rows, &sink.sink, got, err);
        tb_rc rc = tb_portal_pull(s, p, max_rows, &sink.sink, got, err);
        p->position += *got;
        return rc;
    }
    tb_env env;
    tb_subject subject;
    tb_catalog *catalog = tb_store_snapshot(s->gw->store);
    tb_rc rc = tb_session_subject(s, s->scratch, catalog, &subject, err);
    if (rc == TB_OK) {
        tb_session_env(s, s->scratch, catalog, &subject, &env);
        sink.env = &env;
        if (p->kind == TB_PORTAL_FETCH)
            rc = run_fetch(s, p, max_rows, &sink.sink, got, err);
        else if (p->kind == TB_PORTAL_COMMAND)
            rc = run_command(s, p, max_rows, &sink.sink, got, err);
        else
            rc = tb_cursor_forward(s, p, max_rows, &sink.sink, got, err);
    }
    tb_catalog_unref(catalog);
    return rc;
}

tb_rc tb_portal_run(tb_session *s, tb_portal *p, uint64_t max_rows, bool *suspended,
                    const char **tag, tb_error *err)
{
    uint64_t got = 0;
    tb_rc rc = TB_OK;
    p->busy = true;
    if (p->kind == TB_PORTAL_COPY)
        rc = tb_copy_out(s, p, &got, err);
    else if (p->kind != TB_PORTAL_EMPTY)
        rc = run_rows(s, p, max_rows, &got, err);
    if (p->kind == TB_PORTAL_COPY || p->kind == TB_PORTAL_EMPTY)
        p->at_end = true;
    p->busy = false;
    if (rc != TB_OK)
        return TB_FAIL;
    *suspended = !p->at_end;
    *tag = make_tag(s, p, got);
    return TB_OK;
}
