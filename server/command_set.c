/* SPDX-License-Identifier: Apache-2.0
 * SET, RESET and SHOW.
 */
#include "server/command.h"
#include "server/scalar.h"

#include <string.h>
#include <strings.h>

/* A number or word as it was written. */
static tb_rc literal_text(tb_session *s, const tb_ast *arg, const char **out, tb_error *err)
{
    if (arg->kind == TB_AST_STRING)
        *out = tb_as_string(arg)->value;
    else if (arg->kind == TB_AST_INTEGER)
        *out = tb_arena_printf(s->scratch, "%lld", (long long)tb_as_integer(arg)->value);
    else if (arg->kind == TB_AST_NUMERIC)
        *out = tb_as_numeric(arg)->text;
    else
        return TB_RAISE_AT(err, TB_E_SYNTAX_ERROR, arg->pos, "invalid argument of SET");
    return TB_OK;
}

/* SET TIME ZONE INTERVAL '+08:00' HOUR TO MINUTE: a number of hours. */
static tb_rc interval_text(tb_session *s, const tb_ast *arg, const char **out, tb_error *err)
{
    tb_value v;
    TB_TRY(tb_scalar_value(s, s->scratch, arg, tb_type_of(TB_T_INTERVAL), &v, err));
    if (v.null || v.d.interval.months != 0 || v.d.interval.days != 0)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "invalid interval value for time zone: month or day not allowed");
    *out = tb_arena_printf(s->scratch, "%.10g", (double)v.d.interval.us / 3600e6);
    return TB_OK;
}

/* The arguments of SET as one value. Lists are quoted where needed and joined. */
static tb_rc value_of(tb_session *s, const tb_ast_set *ast, const char **out, tb_error *err)
{
    tb_setting_id id = tb_setting_find(ast->name);
    tb_setting_kind kind =
        id == TB_SETTING_COUNT ? TB_SETTING_KIND_STRING : tb_setting_info_get(id)->kind;
    bool list = kind == TB_SETTING_KIND_LIST || kind == TB_SETTING_KIND_DATESTYLE;
    if (ast->args.n > 1 && !list)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "SET %s takes only one argument",
                        ast->name);
    if (ast->args.n == 1 && ast->args.at[0]->kind == TB_AST_CAST)
        return interval_text(s, ast->args.at[0], out, err);
    tb_buf text;
    tb_buf_init(&text, 1 << 20);
    tb_rc rc = TB_OK;
    for (uint32_t i = 0; i < ast->args.n && rc == TB_OK; i++) {
        const char *word = "";
        rc = literal_text(s, ast->args.at[i], &word, err);
        tb_buf_puts(&text, i > 0 ? ", " : "");
        if (kind == TB_SETTING_KIND_LIST)
            tb_print_identifier(&text, word);
        else
            tb_buf_puts(&text, word);
    }
    *out = tb_arena_strdup(s->scratch, tb_buf_cstr(&text));
    tb_buf_fini(&text);
    return rc;
}

static tb_rc set_one(tb_session *s, const tb_ast_set *ast, const char *value, tb_error *err)
{
    if (ast->local && !tb_txn_in_block(s))
        tb_session_notice(s, TB_SEV_WARNING, TB_E_NO_ACTIVE_SQL_TRANSACTION,
                          "SET LOCAL can only be used in transaction blocks");
    TB_TRY(tb_settings_set(s->settings, ast->name, value,
                           ast->local ? TB_SCOPE_LOCAL : TB_SCOPE_SESSION, err));
    tb_setting_id id = tb_setting_find(ast->name);
    bool isolation =
        id == TB_SETTING_TRANSACTION_ISOLATION || id == TB_SETTING_DEFAULT_TRANSACTION_ISOLATION;
    /* the two strongest levels come first in the setting's list */
    if (isolation && tb_settings_int(s->settings, id) <= 1)
        tb_txn_warn_isolation(s, tb_settings_text(s->settings, id));
    return TB_OK;
}

tb_rc tb_command_set(tb_session *s, tb_portal *portal, tb_error *err)
{
    const tb_ast_set *ast = tb_as_set(portal->ast);
    const char *value = NULL;
    portal->tag = "SET";
    switch (ast->set) {
    case TB_SET_VALUE:
        TB_TRY(value_of(s, ast, &value, err));
        return set_one(s, ast, value, err);
    case TB_SET_DEFAULT:
        return set_one(s, ast, NULL, err);
    case TB_SET_RESET:
        portal->tag = "RESET";
        return set_one(s, ast, NULL, err);
    case TB_SET_RESET_ALL:
        portal->tag = "RESET";
        return tb_settings_reset_all(s->settings, err);
    case TB_SET_TRANSACTION:
        if (!tb_txn_in_block(s))
            tb_session_notice(s, TB_SEV_WARNING, TB_E_NO_ACTIVE_SQL_TRANSACTION,
                              "SET TRANSACTION can only be used in transaction blocks");
        return tb_txn_set_modes(s, &ast->modes, false, err);
    case TB_SET_SESSION_CHARACTERISTICS:
        return tb_txn_set_modes(s, &ast->modes, true, err);
    case TB_SET_CURRENT:
    case TB_SET_SNAPSHOT:
        return TB_UNSUPPORTED(err, ast->base.pos, "SET TRANSACTION SNAPSHOT");
    }
    TB_UNREACHABLE();
}

/* ---- SHOW ---- */

static tb_rc show_all(tb_session *s, tb_rowset *rows, tb_error *err)
{
    tb_setting_row row;
    for (uint32_t i = 0; tb_settings_at(s->settings, i, &row); i++) {
        if (row.info != NULL && (row.info->flags & TB_SETTING_NO_SHOW_ALL) != 0)
            continue;
        const char *cells[] = {row.name, tb_settings_show(s->settings, s->scratch, row.name, NULL),
                               row.info != NULL ? row.info->doc : ""};
        TB_TRY(tb_rowset_add_text(rows, cells, err));
    }
    return TB_OK;
}

tb_rc tb_command_show(tb_session *s, tb_portal *portal, tb_error *err)
{
    const tb_ast_show *ast = tb_as_show(portal->ast);
    tb_rowset *rows = tb_rowset_create(portal->desc.types, portal->desc.n, tb_session_held_room(s));
    tb_rc rc;
    portal->tag = "SHOW";
    if (strcasecmp(ast->name, "all") == 0) {
        rc = show_all(s, rows, err);
    } else {
        const char *value = tb_settings_show(s->settings, s->scratch, ast->name, NULL);
        rc = value == NULL ? TB_RAISE(err, TB_E_UNDEFINED_OBJECT,
                                      "unrecognized configuration parameter \"%s\"", ast->name)
                           : tb_rowset_add_text(rows, &value, err);
    }
    tb_portal_hold_rows(s, portal, rows);
    return rc;
}
