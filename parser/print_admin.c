/* SPDX-License-Identifier: Apache-2.0
 * Printer of administration statements: what `dump` and the record's readers see.
 *
 * Entry points: tbi_print_fdw_options() and one function per kind of the administration in
 * ast_kinds.def.
 */
#include "parser/print_int.h"

#include <string.h>

static const char *const objects[] = {
    [TB_OBJECT_TABLE] = "TABLE",
    [TB_OBJECT_FOREIGN_TABLE] = "FOREIGN TABLE",
    [TB_OBJECT_VIEW] = "VIEW",
    [TB_OBJECT_COLUMN] = "COLUMN",
    [TB_OBJECT_SCHEMA] = "SCHEMA",
    [TB_OBJECT_SERVER] = "SERVER",
    [TB_OBJECT_WRAPPER] = "FOREIGN DATA WRAPPER",
    [TB_OBJECT_ROLE] = "ROLE",
    [TB_OBJECT_DATABASE] = "DATABASE",
    [TB_OBJECT_MASKING_POLICY] = "MASKING POLICY",
    [TB_OBJECT_ROW_ACCESS_POLICY] = "ROW ACCESS POLICY",
    [TB_OBJECT_ALL_TABLES] = "ALL TABLES IN SCHEMA",
};

static const char *const policies[] = {
    [TB_POLICY_MASKING] = "MASKING POLICY ", [TB_POLICY_ROW_ACCESS] = "ROW ACCESS POLICY "};

static const char *const behaviors[] = {[TB_BEHAVIOR_DEFAULT] = "",
                                        [TB_BEHAVIOR_RESTRICT] = " RESTRICT",
                                        [TB_BEHAVIOR_CASCADE] = " CASCADE"};

/* The text and the name after it, if there is one. */
static void print_opt_name(tb_buf *out, const char *text, const char *name)
{
    if (!name)
        return;
    tb_buf_puts(out, text);
    tb_print_identifier(out, name);
}

static void print_opt_literal(tb_buf *out, const char *text, const char *value)
{
    if (!value)
        return;
    tb_buf_puts(out, text);
    tb_print_literal(out, value);
}

static void print_opt_qname(tb_buf *out, const char *text, const tb_qname *name)
{
    if (!name->name)
        return;
    tb_buf_puts(out, text);
    tbi_print_qname(out, name);
}

void tbi_print_fdw_options(tb_buf *out, const tb_ast_list *options)
{
    tbi_print_opt_nodes(out, " OPTIONS (", options);
    tbi_print_if(out, options->n > 0, ")");
}

/* One option of OPTIONS (..). */
void tbi_print_option(tb_buf *out, const tb_ast *node)
{
    static const char *const actions[] = {[TB_OPTION_NONE] = "",
                                          [TB_OPTION_ADD] = "ADD ",
                                          [TB_OPTION_SET] = "SET ",
                                          [TB_OPTION_DROP] = "DROP "};
    const tb_ast_option *option = tb_as_option(node);
    tb_buf_puts(out, actions[option->action]);
    tb_print_identifier(out, option->name);
    tbi_print_opt(out, " ", option->value);
}

void tbi_print_role_spec(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {
        [TB_ROLE_NAMED] = "",
        [TB_ROLE_PUBLIC] = "PUBLIC",
        [TB_ROLE_CURRENT_ROLE] = "CURRENT_ROLE",
        [TB_ROLE_CURRENT_USER] = "CURRENT_USER",
        [TB_ROLE_SESSION_USER] = "SESSION_USER",
        [TB_ROLE_USER] = "USER",
    };
    const tb_ast_role_spec *role = tb_as_role_spec(node);
    tb_buf_puts(out, words[role->role]);
    if (role->name)
        tb_print_identifier(out, role->name);
}

/* ---- servers, mappings, discovery ---- */

void tbi_print_create_server(tb_buf *out, const tb_ast *node)
{
    const tb_ast_create_server *server = tb_as_create_server(node);
    tb_buf_puts(out, server->if_not_exists ? "CREATE SERVER IF NOT EXISTS " : "CREATE SERVER ");
    tb_print_identifier(out, server->name);
    print_opt_literal(out, " TYPE ", server->type);
    print_opt_literal(out, " VERSION ", server->version);
    print_opt_name(out, " FOREIGN DATA WRAPPER ", server->wrapper);
    tbi_print_fdw_options(out, &server->options);
}

void tbi_print_alter_server(tb_buf *out, const tb_ast *node)
{
    const tb_ast_alter_server *server = tb_as_alter_server(node);
    print_opt_name(out, "ALTER SERVER ", server->name);
    tbi_print_if(out, server->has_version && !server->version, " VERSION NULL");
    print_opt_literal(out, " VERSION ", server->version);
    tbi_print_fdw_options(out, &server->options);
}

void tbi_print_create_mapping(tb_buf *out, const tb_ast *node)
{
    const tb_ast_create_mapping *mapping = tb_as_create_mapping(node);
    tb_buf_puts(out, "CREATE USER MAPPING ");
    tbi_print_if(out, mapping->if_not_exists, "IF NOT EXISTS ");
    tbi_print_opt(out, "FOR ", mapping->role);
    print_opt_name(out, " SERVER ", mapping->server);
    tbi_print_fdw_options(out, &mapping->options);
}

void tbi_print_alter_mapping(tb_buf *out, const tb_ast *node)
{
    const tb_ast_alter_mapping *mapping = tb_as_alter_mapping(node);
    tbi_print_opt(out, "ALTER USER MAPPING FOR ", mapping->role);
    print_opt_name(out, " SERVER ", mapping->server);
    tbi_print_fdw_options(out, &mapping->options);
}

void tbi_print_drop_mapping(tb_buf *out, const tb_ast *node)
{
    const tb_ast_drop_mapping *mapping = tb_as_drop_mapping(node);
    tb_buf_puts(out, "DROP USER MAPPING ");
    tbi_print_if(out, mapping->if_exists, "IF EXISTS ");
    tbi_print_opt(out, "FOR ", mapping->role);
    print_opt_name(out, " SERVER ", mapping->server);
}

void tbi_print_import_schema(tb_buf *out, const tb_ast *node)
{
    static const char *const filters[] = {
        [TB_IMPORT_ALL] = "", [TB_IMPORT_LIMIT_TO] = " LIMIT TO", [TB_IMPORT_EXCEPT] = " EXCEPT"};
    const tb_ast_import_schema *import = tb_as_import_schema(node);
    print_opt_name(out, "IMPORT FOREIGN SCHEMA ", import->remote_schema);
    tb_buf_puts(out, filters[import->filter]);
    tbi_print_column_list(out, &import->tables);
    print_opt_name(out, " FROM SERVER ", import->server);
    print_opt_name(out, " INTO ", import->local_schema);
    tbi_print_fdw_options(out, &import->options);
}

void tbi_print_refresh_schema(tb_buf *out, const tb_ast *node)
{
    print_opt_name(out, "REFRESH FOREIGN SCHEMA ", tb_as_refresh_schema(node)->schema);
    print_opt_name(out, " FROM SERVER ", tb_as_refresh_schema(node)->server);
}

/* ---- tables, schemas, views ---- */

void tbi_print_create_foreign_table(tb_buf *out, const tb_ast *node)
{
    const tb_ast_create_foreign_table *table = tb_as_create_foreign_table(node);
    tb_buf_puts(out, "CREATE FOREIGN TABLE ");
    tbi_print_if(out, table->if_not_exists, "IF NOT EXISTS ");
    tbi_print_qname(out, &table->name);
    tb_buf_puts(out, " (");
    tbi_print_nodes(out, &table->columns);
    print_opt_name(out, ") SERVER ", table->server);
    tbi_print_fdw_options(out, &table->options);
}

void tbi_print_alter_table(tb_buf *out, const tb_ast *node)
{
    const tb_ast_alter_table *table = tb_as_alter_table(node);
    tb_buf_printf(out, "ALTER %s %s", objects[table->object], table->if_exists ? "IF EXISTS " : "");
    tbi_print_qname(out, &table->name);
    tbi_print_opt_nodes(out, " ", &table->cmds);
}

/* The words before and after the command's column; what else it has follows. */
static const struct alter_words {
    const char *before, *after;
} alter_words[] = {
    [TB_ALTER_ADD_COLUMN] = {"ADD COLUMN ", ""},
    [TB_ALTER_DROP_COLUMN] = {"DROP COLUMN ", ""},
    [TB_ALTER_COLUMN_TYPE] = {"ALTER COLUMN ", " TYPE "},
    [TB_ALTER_SET_NOT_NULL] = {"ALTER COLUMN ", " SET NOT NULL"},
    [TB_ALTER_DROP_NOT_NULL] = {"ALTER COLUMN ", " DROP NOT NULL"},
    [TB_ALTER_COLUMN_OPTIONS] = {"ALTER COLUMN ", ""},
    [TB_ALTER_TABLE_OPTIONS] = {"", ""},
    [TB_ALTER_SET_VISIBLE] = {"ALTER COLUMN ", " SET VISIBLE"},
    [TB_ALTER_SET_HIDDEN] = {"ALTER COLUMN ", " SET HIDDEN"},
    [TB_ALTER_SET_MASKING] = {"ALTER COLUMN ", " SET MASKING POLICY "},
    [TB_ALTER_UNSET_MASKING] = {"ALTER COLUMN ", " UNSET MASKING POLICY"},
    [TB_ALTER_ADD_ROW_ACCESS] = {"ADD ROW ACCESS POLICY ", ""},
    [TB_ALTER_DROP_ROW_ACCESS] = {"DROP ROW ACCESS POLICY ", ""},
    [TB_ALTER_DROP_ALL_ROW_ACCESS] = {"DROP ALL ROW ACCESS POLICIES", ""},
    [TB_ALTER_OWNER] = {"OWNER TO ", ""},
};

void tbi_print_alter_table_cmd(tb_buf *out, const tb_ast *node)
{
    const tb_ast_alter_table_cmd *cmd = tb_as_alter_table_cmd(node);
    tb_buf_puts(out, alter_words[cmd->op].before);
    if (cmd->missing_ok)
        tb_buf_puts(out, cmd->op == TB_ALTER_ADD_COLUMN ? "IF NOT EXISTS " : "IF EXISTS ");
    print_opt_name(out, "", cmd->column);
    tb_buf_puts(out, alter_words[cmd->op].after);
    tbi_print_node(out, cmd->def);
    print_opt_qname(out, "", &cmd->policy);
    if (cmd->op == TB_ALTER_ADD_ROW_ACCESS) {
        tb_buf_puts(out, " ON (");
        tbi_print_names(out, &cmd->columns);
        tb_buf_putc(out, ')');
    } else {
        tbi_print_if(out, cmd->columns.n > 0, " USING");
        tbi_print_column_list(out, &cmd->columns);
    }
    if (cmd->op == TB_ALTER_TABLE_OPTIONS) {
        tbi_print_opt_nodes(out, "OPTIONS (", &cmd->options);
        tb_buf_putc(out, ')');
    } else {
        tbi_print_fdw_options(out, &cmd->options);
    }
    tbi_print_node(out, cmd->role);
    tb_buf_puts(out, behaviors[cmd->behavior]);
}

void tbi_print_create_schema(tb_buf *out, const tb_ast *node)
{
    const tb_ast_create_schema *schema = tb_as_create_schema(node);
    tb_buf_puts(out, "CREATE SCHEMA");
    tbi_print_if(out, schema->if_not_exists, " IF NOT EXISTS");
    print_opt_name(out, " ", schema->name);
    tbi_print_opt(out, " AUTHORIZATION ", schema->owner);
}

void tbi_print_create_view(tb_buf *out, const tb_ast *node)
{
    const tb_ast_create_view *view = tb_as_create_view(node);
    tb_buf_puts(out, view->or_replace ? "CREATE OR REPLACE VIEW " : "CREATE VIEW ");
    tbi_print_qname(out, &view->name);
    tbi_print_column_list(out, &view->columns);
    for (uint32_t i = 0; i < view->options.n; i++) {
        const tb_ast_option *option = tb_as_option(view->options.at[i]);
        tb_buf_puts(out, i ? ", " : " WITH (");
        tb_print_identifier(out, option->name);
        tbi_print_opt(out, " = ", option->value);
    }
    tbi_print_if(out, view->options.n > 0, ")");
    tbi_print_opt(out, " AS ", view->query);
}

/* ---- any object ---- */

void tbi_print_drop(tb_buf *out, const tb_ast *node)
{
    const tb_ast_drop *drop = tb_as_drop(node);
    tb_buf_printf(out, "DROP %s %s", objects[drop->object], drop->if_exists ? "IF EXISTS " : "");
    tbi_print_qnames(out, &drop->names);
    tb_buf_puts(out, behaviors[drop->behavior]);
}

void tbi_print_rename(tb_buf *out, const tb_ast *node)
{
    const tb_ast_rename *rename = tb_as_rename(node);
    tb_object object = rename->column ? TB_OBJECT_TABLE : rename->object;
    tb_buf_printf(out, "ALTER %s %s", objects[object], rename->if_exists ? "IF EXISTS " : "");
    tbi_print_qname(out, &rename->name);
    tb_buf_puts(out, " RENAME");
    print_opt_name(out, " COLUMN ", rename->column);
    print_opt_name(out, " TO ", rename->new_name);
}

void tbi_print_alter_owner(tb_buf *out, const tb_ast *node)
{
    const tb_ast_alter_owner *owner = tb_as_alter_owner(node);
    tb_buf_printf(out, "ALTER %s %s", objects[owner->object], owner->if_exists ? "IF EXISTS " : "");
    tbi_print_qname(out, &owner->name);
    tbi_print_opt(out, " OWNER TO ", owner->role);
}

void tbi_print_comment(tb_buf *out, const tb_ast *node)
{
    const tb_ast_comment *comment = tb_as_comment(node);
    tb_buf_printf(out, "COMMENT ON %s ", objects[comment->object]);
    tbi_print_qname(out, &comment->name);
    print_opt_name(out, ".", comment->column);
    tb_buf_puts(out, comment->text ? " IS " : " IS NULL");
    print_opt_literal(out, "", comment->text);
}

/* ---- roles ---- */

static const char *const role_words[] = {
    [TB_ROLE_STMT_ROLE] = "ROLE", [TB_ROLE_STMT_USER] = "USER", [TB_ROLE_STMT_GROUP] = "GROUP"};

/* How the options that are no plain attributes are written. */
static const struct {
    const char *name, *words;
} role_option_words[] = {
    {"admin", "ADMIN"},     {"connection_limit", "CONNECTION LIMIT"},
    {"in_role", "IN ROLE"}, {"password", "PASSWORD"},
    {"role", "ROLE"},       {"valid_until", "VALID UNTIL"},
};

static void print_role_option(tb_buf *out, const tb_ast_option *option)
{
    for (size_t i = 0; i < TB_COUNT(role_option_words); i++) {
        if (strcmp(option->name, role_option_words[i].name) != 0)
            continue;
        tb_buf_printf(out, " %s ", role_option_words[i].words);
        tbi_print_node(out, option->value);
        tbi_print_nodes(out, &option->values);
        return;
    }
    bool on = tb_as_boolean(option->value)->value;
    tb_buf_printf(out, " %s%s", on ? "" : "no", option->name);
}

static void print_role_options(tb_buf *out, const tb_ast_list *options)
{
    for (uint32_t i = 0; i < options->n; i++)
        print_role_option(out, tb_as_option(options->at[i]));
}

void tbi_print_create_role(tb_buf *out, const tb_ast *node)
{
    const tb_ast_create_role *create = tb_as_create_role(node);
    tb_buf_printf(out, "CREATE %s ", role_words[create->stmt]);
    tbi_print_node(out, create->role);
    print_role_options(out, &create->options);
}

void tbi_print_alter_role(tb_buf *out, const tb_ast *node)
{
    const tb_ast_alter_role *alter = tb_as_alter_role(node);
    tb_buf_printf(out, "ALTER %s ", role_words[alter->stmt]);
    tbi_print_node(out, alter->role);
    print_role_options(out, &alter->options);
    tbi_print_opt_nodes(out, alter->drop_members ? " DROP USER " : " ADD USER ", &alter->members);
}

void tbi_print_alter_role_set(tb_buf *out, const tb_ast *node)
{
    const tb_ast_alter_role_set *alter = tb_as_alter_role_set(node);
    tb_buf_puts(out, alter->role ? "ALTER ROLE " : "ALTER ROLE ALL");
    tbi_print_node(out, alter->role);
    print_opt_name(out, " IN DATABASE ", alter->database);
    tbi_print_opt(out, " ", alter->set);
}

void tbi_print_drop_role(tb_buf *out, const tb_ast *node)
{
    const tb_ast_drop_role *drop = tb_as_drop_role(node);
    tb_buf_puts(out, drop->if_exists ? "DROP ROLE IF EXISTS " : "DROP ROLE ");
    tbi_print_nodes(out, &drop->roles);
}

/* ---- privileges ---- */

void tbi_print_grant_role(tb_buf *out, const tb_ast *node)
{
    const tb_ast_grant_role *grant = tb_as_grant_role(node);
    tb_buf_puts(out, grant->revoke ? "REVOKE " : "GRANT ");
    tbi_print_if(out, grant->revoke && grant->admin_option, "ADMIN OPTION FOR ");
    tbi_print_names(out, &grant->roles);
    tbi_print_opt_nodes(out, grant->revoke ? " FROM " : " TO ", &grant->grantees);
    tbi_print_if(out, !grant->revoke && grant->admin_option, " WITH ADMIN OPTION");
    tbi_print_opt(out, " GRANTED BY ", grant->granted_by);
    tb_buf_puts(out, behaviors[grant->behavior]);
}

void tbi_print_grant(tb_buf *out, const tb_ast *node)
{
    const tb_ast_grant *grant = tb_as_grant(node);
    tb_buf_puts(out, grant->revoke ? "REVOKE " : "GRANT ");
    tbi_print_if(out, grant->revoke && grant->grant_option, "GRANT OPTION FOR ");
    tbi_print_if(out, grant->privileges.n == 0, "ALL PRIVILEGES");
    tbi_print_nodes(out, &grant->privileges);
    tb_buf_printf(out, " ON %s%s ", grant->object == TB_OBJECT_SERVER ? "FOREIGN " : "",
                  objects[grant->object]);
    tbi_print_qnames(out, &grant->objects);
    tbi_print_opt_nodes(out, grant->revoke ? " FROM " : " TO ", &grant->grantees);
    tbi_print_if(out, !grant->revoke && grant->grant_option, " WITH GRANT OPTION");
    tbi_print_opt(out, " GRANTED BY ", grant->granted_by);
    tb_buf_puts(out, behaviors[grant->behavior]);
}

void tbi_print_privilege(tb_buf *out, const tb_ast *node)
{
    static const char *const bare[] = {"all", "create", "references", "select"};
    const tb_ast_privilege *privilege = tb_as_privilege(node);
    bool keyword = false;
    for (size_t i = 0; i < TB_COUNT(bare); i++)
        keyword |= strcmp(privilege->name, bare[i]) == 0;
    if (keyword)
        tb_buf_puts(out, privilege->name);
    else
        tb_print_identifier(out, privilege->name);
    tbi_print_column_list(out, &privilege->columns);
}

void tbi_print_grant_ship(tb_buf *out, const tb_ast *node)
{
    const tb_ast_grant_ship *grant = tb_as_grant_ship(node);
    tb_buf_puts(out, grant->revoke ? "REVOKE" : "GRANT");
    tbi_print_opt_nodes(out, " SHIP KEYS ON COLUMN ", &grant->columns);
    tb_buf_puts(out, grant->revoke ? " FROM SERVER " : " TO SERVER ");
    tbi_print_names(out, &grant->servers);
}

/* ---- policies ---- */

void tbi_print_create_policy(tb_buf *out, const tb_ast *node)
{
    const tb_ast_create_policy *policy = tb_as_create_policy(node);
    tb_buf_puts(out, policy->or_replace ? "CREATE OR REPLACE " : "CREATE ");
    tb_buf_puts(out, policies[policy->policy]);
    tbi_print_if(out, policy->if_not_exists, "IF NOT EXISTS ");
    tbi_print_qname(out, &policy->name);
    tb_buf_puts(out, " AS (");
    tbi_print_nodes(out, &policy->args);
    tbi_print_opt(out, ") RETURNS ", policy->returns);
    tbi_print_opt(out, " -> ", policy->body);
    print_opt_literal(out, " COMMENT = ", policy->comment);
}

void tbi_print_alter_policy(tb_buf *out, const tb_ast *node)
{
    const tb_ast_alter_policy *policy = tb_as_alter_policy(node);
    tb_buf_printf(out, "ALTER %s%s", policies[policy->policy],
                  policy->if_exists ? "IF EXISTS " : "");
    tbi_print_qname(out, &policy->name);
    tbi_print_opt(out, " SET BODY -> ", policy->body);
    print_opt_literal(out, " SET COMMENT = ", policy->comment);
    tbi_print_if(out, !policy->body && !policy->comment, " UNSET COMMENT");
}

void tbi_print_policy_arg(tb_buf *out, const tb_ast *node)
{
    tb_print_identifier(out, tb_as_policy_arg(node)->name);
    tbi_print_opt(out, " ", tb_as_policy_arg(node)->type);
}
