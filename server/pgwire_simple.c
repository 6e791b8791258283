/* SPDX-License-Identifier: Apache-2.0
 * The simple query protocol: one message, any number of statements, results in text. Several
 * statements are one transaction, unless they say otherwise; the first error ends the message.
 */
#include "server/portal.h"

#include <string.h>

static tb_rc answer(tb_session *s, tb_prepared *p, tb_error *err)
{
    static const int16_t binary[] = {1};
    tb_portal *portal;
    tb_desc ignored;
    const char *tag;
    bool suspended, cursor_is_binary = false;
    const tb_ast *ast = p->statement.node;
    if (ast->kind == TB_AST_FETCH)
        tb_cursor_desc(s, tb_as_fetch(ast)->name, s->scratch, &ignored, &cursor_is_binary);
    TB_TRY(
        tb_portal_open(s, "", tb_arena_create(0), p, NULL, binary, cursor_is_binary, &portal, err));
    if (portal->desc.returns_rows)
        tb_wire_row_description(&s->out, portal->desc.cols, portal->desc.n, portal->formats);
    tb_rc rc = tb_portal_run(s, portal, 0, &suspended, &tag, err);
    if (rc == TB_OK)
        tb_wire_command_complete(&s->out, tag);
    tb_portal_close(s, portal);
    return rc;
}

/* The tree of a message lives as long as the message. A statement that something later refers to, a
 * cursor or a prepared statement, gets a tree of its own: the text is parsed once more. */
static tb_rc keep_tree(tb_arena *arena, const char **sql, uint32_t i, tb_statement *statement,
                       tb_error *err)
{
    tb_statement_list list = {0};
    if (statement->node->kind != TB_AST_PREPARE && statement->node->kind != TB_AST_DECLARE_CURSOR)
        return TB_OK;
    *sql = tb_arena_strdup(arena, *sql);
    TB_TRY(tb_parse(arena, *sql, strlen(*sql), NULL, &list, err));
    *statement = list.at[i];
    return TB_OK;
}

/* Statement i of a message. */
static tb_rc run_statement(tb_session *s, const char *sql, const tb_statement_list *list,
                           uint32_t i, tb_error *err)
{
    tb_prepared *p;
    tb_statement statement = list->at[i];
    TB_TRY(tb_txn_enter(s, tb_ast_ends_block(statement.node), err));
    if (list->n > 1)
        tb_txn_make_implicit(s);
    tb_arena *arena = tb_arena_create(0);
    if (keep_tree(arena, &sql, i, &statement, err) != TB_OK) {
        tb_arena_destroy(arena);
        return TB_FAIL;
    }
    TB_TRY(tb_prepared_new(s, arena, sql, &statement, NULL, 0, true, &p, err));
    tb_rc rc = answer(s, p, err);
    tb_prepared_unref(p);
    return rc;
}

static void log_statement(const tb_session *s, const char *sql)
{
    if (s->config->log_statements)
        tb_log(TB_LOG_INFO, "statement", "user", s->user, "text", sql, NULL);
}

static tb_rc run_all(tb_session *s, const uint8_t *body, size_t len, tb_error *err)
{
    const char *raw, *sql;
    size_t sql_len;
    tb_statement_list list = {0};
    TB_TRY(tb_wire_read_query(body, len, &raw, err));
    TB_TRY(tb_recode_in(s->recoder, s->scratch, raw, strlen(raw), &sql, &sql_len, err));
    s->statement = sql;
    log_statement(s, sql);
    TB_TRY(tb_session_parse(s, s->scratch, sql, &list, err));
    if (list.n == 0)
        tb_wire_simple(&s->out, 'I');
    for (uint32_t i = 0; i < list.n; i++) {
        s->statement = sql;
        TB_TRY(run_statement(s, sql, &list, i, err));
    }
    return tb_txn_leave(s, err);
}

void tb_session_simple_query(tb_session *s, const uint8_t *body, size_t len)
{
    tb_error err = tb_session_error(s);
    tb_handle_statement_begin(s->handle,
                              tb_settings_int(s->settings, TB_SETTING_STATEMENT_TIMEOUT));
    tb_arena_reset(s->shown);
    tb_prepared_drop(s, ""); /* as the protocol says */
    if (run_all(s, body, len, &err) != TB_OK) {
        tb_session_fail(s, &err);
        tb_txn_fail(s);
    }
    tb_handle_statement_end(s->handle);
    tb_session_ready(s);
}
