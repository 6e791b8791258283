/* SPDX-License-Identifier: Apache-2.0
 * COPY (query) TO STDOUT and COPY table TO STDOUT: the spine with a sink that speaks CopyData.
 */
#include "server/copy_out.h"

#include "server/portal.h"

#include <string.h>

typedef struct copy_sink {
    tb_sink sink;
    tb_session *session;
    const tb_query *query;
    tb_copy_options options;
    tb_desc desc;
    bool *force;
    tb_recoder *recoder; /* of the ENCODING option, or the session's */
    tb_buf line;         /* UTF-8; starts with the binary header before the first row */
} copy_sink;

/* ---- COPY table as a query ---- */

static tb_ast *column_target(tb_arena *arena, const char *name)
{
    tb_ast_column_ref *ref = TB_NEW(arena, tb_ast_column_ref);
    ref->base = (tb_ast){TB_AST_COLUMN_REF, 1, -1};
    ref->star = name == NULL;
    if (name != NULL)
        tb_list_push(arena, &ref->names, name);
    tb_ast_target *target = TB_NEW(arena, tb_ast_target);
    *target = (tb_ast_target){{TB_AST_TARGET, 2, -1}, &ref->base, NULL};
    return &target->base;
}

/* SELECT columns FROM table */
static const tb_ast *query_of_table(tb_arena *arena, const tb_ast_copy *ast)
{
    tb_ast_select *select = TB_NEW(arena, tb_ast_select);
    select->base = (tb_ast){TB_AST_SELECT, 3, -1};
    if (ast->columns.n == 0) {
        tb_ast *all = column_target(arena, NULL);
        tb_list_push(arena, &select->targets, all);
    }
    for (uint32_t i = 0; i < ast->columns.n; i++) {
        tb_ast *one = column_target(arena, ast->columns.at[i]);
        tb_list_push(arena, &select->targets, one);
    }
    tb_list_push(arena, &select->from, ast->table);
    tb_ast_query *query = TB_NEW(arena, tb_ast_query);
    query->base = (tb_ast){TB_AST_QUERY, 4, -1};
    query->body = &select->base;
    return &query->base;
}

static tb_rc check_statement(const tb_ast_copy *ast, tb_error *err)
{
    if (ast->from)
        return TB_RAISE(err, TB_E_READ_ONLY_SQL_TRANSACTION,
                        "cannot execute %s in a read-only transaction", "COPY FROM");
    if (ast->filename != NULL) {
        (void)TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE,
                       ast->program ? "permission denied to COPY to an external program"
                                    : "permission denied to COPY to a file");
        tb_error_hint(err, "Anyone can COPY to stdout or from stdin. psql's \\copy command also "
                           "works for anyone.");
        return TB_FAIL;
    }
    if (ast->query != NULL && ast->query->kind == TB_AST_WRITE)
        return TB_RAISE(err, TB_E_READ_ONLY_SQL_TRANSACTION,
                        "cannot execute %s in a read-only transaction",
                        tb_as_write(ast->query)->tag);
    for (uint32_t i = 0; i < ast->columns.n; i++)
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(ast->columns.at[i], ast->columns.at[k]) == 0)
                return TB_RAISE(err, TB_E_DUPLICATE_COLUMN,
                                "column \"%s\" specified more than once", ast->columns.at[i]);
    return TB_OK;
}

/* COPY of a view is refused as in PostgreSQL; the relation is the first the query names. */
static tb_rc check_relation(const tb_ast_copy *ast, const tb_query *q, tb_error *err)
{
    if (ast->table == NULL || q->stmt.rels.n == 0 || q->stmt.rels.at[0]->kind != TB_REL_VIEW)
        return TB_OK;
    (void)TB_RAISE(err, TB_E_WRONG_OBJECT_TYPE, "cannot copy from view \"%s\"",
                   q->stmt.rels.at[0]->name);
    tb_error_hint(err, "Try the COPY (SELECT ...) TO variant.");
    return TB_FAIL;
}

static tb_rc force_columns(copy_sink *to, tb_arena *arena, tb_error *err)
{
    const tb_copy_options *o = &to->options;
    if (!o->force_all && o->force == NULL)
        return TB_OK;
    to->force = TB_NEW_ARRAY(arena, bool, to->desc.n);
    for (uint32_t c = 0; c < to->desc.n; c++)
        to->force[c] = o->force_all;
    for (uint32_t i = 0; !o->force_all && i < o->force->n; i++) {
        const char *name = tb_as_string(o->force->at[i])->value;
        uint32_t c = 0;
        while (c < to->desc.n && strcmp(to->desc.cols[c].name, name) != 0)
            c++;
        if (c == to->desc.n)
            return TB_RAISE(err, TB_E_UNDEFINED_COLUMN, "column \"%s\" does not exist", name);
        to->force[c] = true;
    }
    return TB_OK;
}

/* ---- rows ---- */

/* One CopyData message with the line, recoded unless it is binary. */
static tb_rc send_line(copy_sink *to, tb_error *err)
{
    tb_session *s = to->session;
    size_t mark = tb_wire_begin(&s->out, 'd');
    bool fits = true;
    if (to->options.format == TB_COPY_BINARY)
        tb_wire_bytes(&s->out, tb_buf_cstr(&to->line), to->line.len);
    else
        fits = tb_recode_out(to->recoder, &s->out.buf, tb_buf_cstr(&to->line), to->line.len);
    if (!fits || s->out.buf.failed || to->line.failed) {
        tb_wire_abandon(&s->out, mark);
        return fits ? TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                               "row of the result is longer than %zu bytes", s->out.buf.max)
                    : TB_RAISE(err, TB_E_UNTRANSLATABLE_CHARACTER,
                               "a character of the result has no equivalent in encoding \"%s\"",
                               tb_encoding_name(tb_recoder_encoding(to->recoder)));
    }
    tb_wire_end(&s->out, mark);
    tb_buf_reset(&to->line);
    tb_session_flush_if_full(s);
    return s->over ? TB_RAISE(err, TB_E_CONNECTION_FAILURE, "connection to client lost") : TB_OK;
}

static tb_rc copy_rows(tb_sink *sink, const tb_slice *slice, tb_error *err)
{
    copy_sink *to = (copy_sink *)sink;
    tb_io_cx io = tb_session_io(&to->query->env, to->session->rows);
    for (uint32_t k = 0; k < slice->n; k++) {
        TB_TRY(tb_copy_row(&to->line, &to->options, to->force, &io, to->desc.types, slice,
                           tb_batch_row(slice->batch, slice->from + k), err));
        TB_TRY(send_line(to, err));
    }
    tb_arena_reset(to->session->rows);
    return TB_OK;
}

static tb_rc transfer(copy_sink *to, tb_query *q, uint64_t *rows, tb_error *err)
{
    static const char signature[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"; /* flags, extension */
    bool binary = to->options.format == TB_COPY_BINARY;
    tb_wire_copy_out(&to->session->out, to->desc.n, binary);
    if (binary)
        tb_buf_append(&to->line, signature, 19);
    if (to->options.header) {
        tb_copy_header(&to->line, &to->options, &to->desc);
        TB_TRY(send_line(to, err));
    }
    TB_TRY(tb_query_run(q, TB_STAGE_FINISHED, 0, &to->sink, rows, err));
    if (binary) {
        tb_buf_append(&to->line, "\xff\xff", 2);
        TB_TRY(send_line(to, err));
    }
    tb_wire_simple(&to->session->out, 'c');
    return TB_OK;
}

static tb_rc copy(tb_session *s, tb_portal *portal, const tb_ast_copy *ast, copy_sink *to,
                  tb_query **q, uint64_t *rows, tb_error *err)
{
    const tb_prepared *p = portal->prepared;
    const tb_ast *query = ast->query;
    if (query == NULL)
        query = query_of_table(portal->arena, ast);
    const char *text =
        tb_arena_strndup(portal->arena, p->sql + p->statement.offset, p->statement.len);
    TB_TRY(tb_query_new(s, portal->arena, query, text, NULL, 0, q, err));
    TB_TRY(tb_query_run(*q, TB_STAGE_BOUND, 0, NULL, NULL, err));
    TB_TRY(check_relation(ast, *q, err));
    TB_TRY(tb_query_run(*q, TB_STAGE_PLANNED, 0, NULL, NULL, err));
    to->query = *q;
    to->desc = tb_query_desc(*q);
    TB_TRY(force_columns(to, portal->arena, err));
    return transfer(to, *q, rows, err);
}

tb_rc tb_copy_out(tb_session *s, tb_portal *portal, uint64_t *rows, tb_error *err)
{
    const tb_ast_copy *ast = tb_as_copy(portal->ast);
    copy_sink to = {.sink = {copy_rows}, .session = s};
    tb_query *q = NULL;
    TB_TRY(check_statement(ast, err));
    TB_TRY(tb_copy_read_options(ast, &to.options, err));
    tb_recoder *own = to.options.encoding_given ? tb_recoder_create(to.options.encoding) : NULL;
    to.recoder = own != NULL ? own : s->recoder;
    tb_buf_init(&to.line, s->out.buf.max);
    tb_rc rc = copy(s, portal, ast, &to, &q, rows, err);
    tb_query_close(q);
    tb_buf_fini(&to.line);
    tb_recoder_destroy(own);
    return rc;
}
