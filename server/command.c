/* SPDX-License-Identifier: Apache-2.0
 * Statements that are not queries: what each answers, and a table of who runs it.
 */
#include "server/command.h"

#include <string.h>
#include <strings.h>

/* ---- small ones ---- */

static tb_rc run_transaction(tb_session *s, tb_portal *portal, tb_error *err)
{
    return tb_txn_command(s, tb_as_transaction(portal->ast), &portal->tag, err);
}

static tb_rc run_write(tb_session *s, tb_portal *portal, tb_error *err)
{
    (void)s;
    return TB_RAISE(err, TB_E_READ_ONLY_SQL_TRANSACTION,
                    "cannot execute %s in a read-only transaction", tb_as_write(portal->ast)->tag);
}

/* Nobody can send notifications here, so listening is harmless; sending one would be a lie. */
static tb_rc run_notify(tb_session *s, tb_portal *portal, tb_error *err)
{
    const tb_ast_notify *ast = tb_as_notify(portal->ast);
    (void)s;
    if (ast->op == TB_NOTIFY)
        return TB_UNSUPPORTED(err, ast->base.pos, "NOTIFY");
    portal->tag = ast->op == TB_LISTEN ? "LISTEN" : "UNLISTEN";
    return TB_OK;
}

static tb_rc discard_all(tb_session *s, tb_error *err)
{
    TB_TRY(tb_txn_forbid_block(s, "DISCARD ALL", err));
    tb_portals_drop_all(s);
    TB_TRY(tb_settings_set(s->settings, "role", "none", TB_SCOPE_SESSION, err));
    TB_TRY(tb_settings_reset_all(s->settings, err));
    tb_prepared_drop_all(s);
    return TB_OK;
}

static tb_rc run_discard(tb_session *s, tb_portal *portal, tb_error *err)
{
    static const char *const tags[] = {
        [TB_DISCARD_ALL] = "DISCARD ALL",
        [TB_DISCARD_PLANS] = "DISCARD PLANS",
        [TB_DISCARD_SEQUENCES] = "DISCARD SEQUENCES",
        [TB_DISCARD_TEMP] = "DISCARD TEMP",
    };
    tb_discard target = tb_as_discard(portal->ast)->target;
    if (target == TB_DISCARD_ALL)
        TB_TRY(discard_all(s, err));
    portal->tag = tags[target];
    return TB_OK;
}

/* ---- the table ---- */

typedef struct command {
    tb_ast_kind kind;
    tb_rc (*run)(tb_session *s, tb_portal *portal, tb_error *err);
} command;

static const command commands[] = {
    {TB_AST_CLOSE, tb_command_close},
    {TB_AST_DEALLOCATE, tb_command_deallocate},
    {TB_AST_DECLARE_CURSOR, tb_command_declare},
    {TB_AST_DISCARD, run_discard},
    {TB_AST_EXPLAIN, tb_command_explain},
    {TB_AST_NOTIFY, run_notify},
    {TB_AST_PREPARE, tb_command_prepare},
    {TB_AST_SET, tb_command_set},
    {TB_AST_SHOW, tb_command_show},
    {TB_AST_TRANSACTION, run_transaction},
    {TB_AST_WRITE, run_write},
};

tb_rc tb_command_run(tb_session *s, tb_portal *portal, tb_error *err)
{
    for (size_t i = 0; i < TB_COUNT(commands); i++)
        if (commands[i].kind == portal->ast->kind)
            return commands[i].run(s, portal, err);
    if (tb_store_is_admin(portal->ast))
        return tb_command_admin(s, portal, err);
    return TB_UNSUPPORTED(err, portal->ast->pos, tb_ast_kind_name(portal->ast->kind));
}

bool tb_ast_ends_block(const tb_ast *ast)
{
    if (ast == NULL || ast->kind != TB_AST_TRANSACTION)
        return false;
    tb_txn_kind kind = tb_as_transaction(ast)->txn;
    return kind == TB_TXN_COMMIT || kind == TB_TXN_ROLLBACK || kind == TB_TXN_ROLLBACK_TO;
}

/* ---- columns of the answers ---- */

static void describe_explain(tb_arena *arena, const tb_ast_explain *ast, tb_desc *out)
{
    static const char *const names[] = {"QUERY PLAN"};
    *out = tb_desc_text(arena, 1, names);
    for (uint32_t i = 0; i < ast->options.n; i++) {
        const tb_ast_option *o = tb_as_option(ast->options.at[i]);
        bool json = strcmp(o->name, "format") == 0 && o->value != NULL &&
                    o->value->kind == TB_AST_STRING &&
                    strcasecmp(tb_as_string(o->value)->value, "json") == 0;
        if (json)
            tb_desc_set(out, 0, names[0], tb_type_of(TB_T_JSON));
    }
}

static tb_rc describe_show(tb_session *s, tb_arena *arena, const tb_ast_show *ast, tb_desc *out,
                           tb_error *err)
{
    static const char *const all[] = {"name", "setting", "description"};
    const char *name;
    if (strcasecmp(ast->name, "all") == 0) {
        *out = tb_desc_text(arena, TB_COUNT(all), all);
        return TB_OK;
    }
    if (tb_settings_show(s->settings, arena, ast->name, &name) == NULL)
        return TB_RAISE(err, TB_E_UNDEFINED_OBJECT, "unrecognized configuration parameter \"%s\"",
                        ast->name);
    *out = tb_desc_text(arena, 1, &name);
    return TB_OK;
}

static tb_rc describe_execute(tb_session *s, tb_arena *arena, const tb_ast_execute *ast,
                              tb_desc *out, tb_error *err)
{
    tb_prepared *p;
    TB_TRY(tb_prepared_find(s, ast->name, &p, err));
    if (!p->desc.returns_rows)
        return TB_OK;
    *out = tb_desc_new(arena, p->desc.n);
    for (uint32_t i = 0; i < p->desc.n; i++) {
        out->types[i] = p->desc.types[i];
        out->cols[i] = p->desc.cols[i];
        out->cols[i].name = tb_arena_strdup(arena, p->desc.cols[i].name);
    }
    return TB_OK;
}

tb_rc tb_command_describe(tb_session *s, tb_arena *arena, const tb_ast *ast, tb_desc *out,
                          tb_error *err)
{
    bool binary;
    *out = (tb_desc){0};
    if (ast->kind == TB_AST_EXPLAIN)
        describe_explain(arena, tb_as_explain(ast), out);
    else if (ast->kind == TB_AST_SHOW)
        return describe_show(s, arena, tb_as_show(ast), out, err);
    else if (ast->kind == TB_AST_EXECUTE)
        return describe_execute(s, arena, tb_as_execute(ast), out, err);
    else if (ast->kind == TB_AST_FETCH && !tb_as_fetch(ast)->move)
        tb_cursor_desc(s, tb_as_fetch(ast)->name, arena, out, &binary);
    else if (tb_store_is_admin(ast))
        tb_command_describe_admin(arena, ast, out);
    return TB_OK;
}
