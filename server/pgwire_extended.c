/* SPDX-License-Identifier: Apache-2.0
 * The extended query protocol: Parse, Bind, Describe, Execute, Close, Flush, Sync. After an error
 * everything up to the next Sync is skipped; Sync ends the transaction unless BEGIN opened a block.
 */
#include "server/portal.h"

#include "core/io_binary.h"

#include <string.h>

/* Names and statement text in UTF-8. */
static tb_rc recode(tb_session *s, tb_arena *arena, const char *text, const char **out,
                    tb_error *err)
{
    size_t len;
    return tb_recode_in(s->recoder, arena, text, strlen(text), out, &len, err);
}

/* ---- Parse ---- */

static tb_rc parse_one(tb_session *s, tb_arena *arena, const char *sql, tb_statement *out,
                       tb_error *err)
{
    tb_statement_list list = {0};
    TB_TRY(tb_session_parse(s, arena, sql, &list, err));
    if (list.n > 1)
        return TB_RAISE(err, TB_E_SYNTAX_ERROR,
                        "cannot insert multiple commands into a prepared statement");
    *out = list.n == 1 ? list.at[0] : (tb_statement){0};
    return TB_OK;
}

static tb_rc on_parse(tb_session *s, const uint8_t *body, size_t len, tb_error *err)
{
    tb_wire_parse m;
    tb_statement statement;
    tb_prepared *p;
    const char *name, *sql;
    TB_TRY(tb_wire_read_parse(s->scratch, body, len, &m, err));
    TB_TRY(recode(s, s->scratch, m.name, &name, err));
    TB_TRY(recode(s, s->scratch, m.sql, &sql, err));
    s->statement = sql;
    if (s->config->log_statements)
        tb_log(TB_LOG_INFO, "statement", "user", s->user, "text", sql, NULL);
    tb_arena *arena = tb_arena_create(0);
    sql = tb_arena_strdup(arena, sql);
    tb_rc rc = parse_one(s, arena, sql, &statement, err);
    if (rc == TB_OK)
        rc = tb_txn_enter(s, statement.node == NULL || tb_ast_ends_block(statement.node), err);
    if (rc != TB_OK) {
        tb_arena_destroy(arena);
        return TB_FAIL;
    }
    TB_TRY(tb_prepared_new(s, arena, sql, &statement, m.types, m.ntypes, false, &p, err));
    if (tb_prepared_store(s, p, name, err) != TB_OK) {
        tb_prepared_unref(p);
        return TB_FAIL;
    }
    tb_wire_simple(&s->out, '1');
    return TB_OK;
}

/* ---- Bind ---- */

static tb_rc decode_value(tb_session *s, tb_arena *arena, const tb_io_cx *io, tb_type type,
                          bool binary, const tb_wire_value *in, tb_value *out, tb_error *err)
{
    const char *bytes = (const char *)in->bytes;
    size_t len = (size_t)in->len;
    if (in->len < 0) {
        *out = tb_value_null();
        return TB_OK;
    }
    if (!binary || tb_type_is_string(type.id))
        TB_TRY(tb_recode_in(s->recoder, arena, bytes, len, &bytes, &len, err));
    return binary ? tb_binary_in(io, type, bytes, len, out, err)
                  : tb_text_in(io, type, bytes, len, out, err);
}

static tb_rc decode_params(tb_session *s, tb_arena *arena, const tb_env *env, const tb_prepared *p,
                           const tb_wire_bind *m, tb_value *values, tb_error *err)
{
    tb_io_cx io = tb_session_io(env, arena);
    for (uint32_t i = 0; i < m->nparams; i++) {
        bool binary = m->nformats == 1 ? m->formats[0] == 1 : m->nformats > 1 && m->formats[i] == 1;
        TB_TRY(decode_value(s, arena, &io, p->params[i], binary, &m->params[i], &values[i], err));
    }
    return TB_OK;
}

/* Values of the parameters, read with the session's settings of now. */
static tb_rc read_params(tb_session *s, tb_arena *arena, const tb_prepared *p,
                         const tb_wire_bind *m, tb_value **out, tb_error *err)
{
    *out = NULL;
    if (m->nparams != p->nparams)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION,
                        "bind message supplies %u parameters, but prepared statement \"%s\" "
                        "requires %u",
                        m->nparams, p->name, p->nparams);
    if (m->nparams == 0)
        return TB_OK;
    tb_catalog *catalog = tb_store_snapshot(s->gw->store);
    tb_subject subject;
    tb_env env;
    *out = TB_NEW_ARRAY(arena, tb_value, m->nparams);
    tb_rc rc = tb_session_subject(s, s->scratch, catalog, &subject, err);
    if (rc == TB_OK) {
        tb_session_env(s, s->scratch, catalog, &subject, &env);
        rc = decode_params(s, arena, &env, p, m, *out, err);
    }
    tb_catalog_unref(catalog);
    return rc;
}

static tb_rc on_bind(tb_session *s, const uint8_t *body, size_t len, tb_error *err)
{
    tb_wire_bind m;
    tb_prepared *p;
    tb_portal *portal;
    tb_value *params;
    const char *portal_name, *statement_name;
    TB_TRY(tb_wire_read_bind(s->scratch, body, len, &m, err));
    TB_TRY(recode(s, s->scratch, m.portal, &portal_name, err));
    TB_TRY(recode(s, s->scratch, m.statement, &statement_name, err));
    TB_TRY(tb_prepared_find(s, statement_name, &p, err));
    s->statement = p->sql;
    TB_TRY(tb_txn_enter(s, p->statement.node == NULL || tb_ast_ends_block(p->statement.node), err));
    tb_arena *arena = tb_arena_create(0);
    if (read_params(s, arena, p, &m, &params, err) != TB_OK) {
        tb_arena_destroy(arena);
        return TB_FAIL;
    }
    TB_TRY(tb_portal_open(s, portal_name, arena, p, params, m.result_formats, m.nresult_formats,
                          &portal, err));
    tb_wire_simple(&s->out, '2');
    return TB_OK;
}

/* ---- Describe, Execute, Close ---- */

static void send_desc(tb_session *s, const tb_desc *desc, const int16_t *formats)
{
    if (desc->returns_rows)
        tb_wire_row_description(&s->out, desc->cols, desc->n, formats);
    else
        tb_wire_simple(&s->out, 'n');
}

/* A statement is described as it would run now: if its columns changed since Parse, it cannot. */
static tb_rc describe_statement(tb_session *s, const char *name, tb_error *err)
{
    tb_prepared *p;
    tb_desc now;
    TB_TRY(tb_prepared_find(s, name, &p, err));
    s->statement = p->sql;
    TB_TRY(tb_txn_enter(s, !p->desc.returns_rows, err));
    TB_TRY(tb_prepared_columns(s, p, s->scratch, &now, err));
    if (!tb_desc_equal(&now, &p->desc))
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED, "cached plan must not change result type");
    uint32_t *oids = TB_NEW_ARRAY(s->scratch, uint32_t, p->nparams);
    for (uint32_t i = 0; i < p->nparams; i++)
        oids[i] = tb_type_oid(p->params[i].id);
    tb_wire_parameter_description(&s->out, oids, p->nparams);
    send_desc(s, &now, NULL);
    return TB_OK;
}

static tb_rc on_describe(tb_session *s, const uint8_t *body, size_t len, tb_error *err)
{
    tb_wire_target m;
    tb_portal *portal;
    const char *name;
    TB_TRY(tb_wire_read_target(body, len, "DESCRIBE", &m, err));
    TB_TRY(recode(s, s->scratch, m.name, &name, err));
    if (m.kind == 'S')
        return describe_statement(s, name, err);
    TB_TRY(tb_portal_find(s, name, "portal", &portal, err));
    TB_TRY(tb_txn_enter(s, !portal->desc.returns_rows, err));
    send_desc(s, &portal->desc, portal->formats);
    return TB_OK;
}

static tb_rc on_execute(tb_session *s, const uint8_t *body, size_t len, tb_error *err)
{
    tb_wire_execute m;
    tb_portal *portal;
    const char *name, *tag;
    bool suspended;
    TB_TRY(tb_wire_read_execute(body, len, &m, err));
    TB_TRY(recode(s, s->scratch, m.portal, &name, err));
    TB_TRY(tb_portal_find(s, name, "portal", &portal, err));
    s->statement = portal->prepared->sql;
    TB_TRY(tb_txn_enter(s, portal->ast == NULL || tb_ast_ends_block(portal->ast), err));
    uint64_t max_rows = m.max_rows > 0 ? (uint64_t)m.max_rows : 0;
    TB_TRY(tb_portal_run(s, portal, max_rows, &suspended, &tag, err));
    if (portal->kind == TB_PORTAL_EMPTY)
        tb_wire_simple(&s->out, 'I');
    else if (suspended)
        tb_wire_simple(&s->out, 's');
    else
        tb_wire_command_complete(&s->out, tag);
    return TB_OK;
}

static tb_rc on_close(tb_session *s, const uint8_t *body, size_t len, tb_error *err)
{
    tb_wire_target m;
    tb_portal *portal;
    const char *name;
    tb_error absent = {0};
    TB_TRY(tb_wire_read_target(body, len, "CLOSE", &m, err));
    TB_TRY(recode(s, s->scratch, m.name, &name, err));
    if (m.kind == 'S')
        tb_prepared_drop(s, name);
    else if (tb_portal_find(s, name, "portal", &portal, &absent) == TB_OK)
        tb_portal_close(s, portal);
    tb_wire_simple(&s->out, '3');
    return TB_OK;
}

static void on_sync(tb_session *s)
{
    tb_error err = tb_session_error(s);
    s->skip_to_sync = false;
    if (tb_txn_leave(s, &err) != TB_OK)
        tb_session_fail(s, &err);
    /* a portal that ended its own transaction is still there */
    if (s->txn.state == TB_TXN_IDLE)
        tb_portals_drop_transaction(s, true);
    tb_session_ready(s);
}

static tb_rc run(tb_session *s, char type, const uint8_t *body, size_t len, tb_error *err)
{
    switch (type) {
    case 'P':
        return on_parse(s, body, len, err);
    case 'B':
        return on_bind(s, body, len, err);
    case 'D':
        return on_describe(s, body, len, err);
    case 'E':
        return on_execute(s, body, len, err);
    case 'C':
        return on_close(s, body, len, err);
    default:
        return tb_wire_read_empty(len, err); /* H and S */
    }
}

void tb_session_extended(tb_session *s, char type, const uint8_t *body, size_t len)
{
    tb_error err = tb_session_error(s);
    tb_handle_statement_begin(s->handle,
                              tb_settings_int(s->settings, TB_SETTING_STATEMENT_TIMEOUT));
    tb_arena_reset(s->shown);
    tb_rc rc = run(s, type, body, len, &err);
    if (rc == TB_OK && type == 'S')
        on_sync(s);
    tb_handle_statement_end(s->handle);
    if (rc != TB_OK) {
        tb_session_fail(s, &err);
        tb_txn_fail(s);
        s->skip_to_sync = type != 'S';
        if (type == 'S')
            tb_session_ready(s);
    }
    if (type == 'H')
        tb_session_flush(s);
}
