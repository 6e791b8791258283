/* SPDX-License-Identifier: Apache-2.0
 * Constructors of administration statements.
 *
 * Entry points: the functions of parse_int.h under "build_admin.c".
 */
#include "parser/parse_int.h"

#include <string.h>

tb_ast *tbi_option(tbi_parse *p, tbi_token name, tb_option_action action, tbi_token value)
{
    return NODE(OPTION, option, name.pos, .name = name.str, .action = action,
                .value = tbi_string(p, value));
}

tb_ast *tbi_switch(tbi_parse *p, tbi_token token, const char *name, bool on)
{
    return NODE(OPTION, option, token.pos, .name = name,
                .value = NODE(BOOLEAN, boolean, token.pos, .value = on));
}

tb_ast *tbi_column_def(tbi_parse *p, tbi_token name, tb_ast *type, tb_ast_list options,
                       tbi_column_quals quals)
{
    return NODE(COLUMN_DEF, column_def, name.pos, .name = name.str, .type = type,
                .collation = quals.collation, .not_null = quals.not_null, .options = options);
}

tb_ast *tbi_alter_table(tbi_parse *p, int32_t pos, int kind, bool if_exists, tb_ast *table,
                        tb_ast_list cmds)
{
    return NODE(ALTER_TABLE, alter_table, pos, .object = (tb_object)kind,
                .name = tb_as_table_ref(table)->name, .if_exists = if_exists, .cmds = cmds);
}

tb_ast *tbi_alter_column(tbi_parse *p, int32_t pos, tb_alter_op op, tbi_token column)
{
    return NODE(ALTER_TABLE_CMD, alter_table_cmd, pos, .op = op, .column = column.str);
}

tb_ast *tbi_rename(tbi_parse *p, int32_t pos, int kind, bool if_exists, tb_ast *table,
                   tbi_token column, tbi_token new_name)
{
    return NODE(RENAME, rename, pos, .object = column.str ? TB_OBJECT_COLUMN : (tb_object)kind,
                .name = tb_as_table_ref(table)->name, .column = column.str,
                .new_name = new_name.str, .if_exists = if_exists);
}

/* A role as a plain name; tbi_role_id() has refused the other kinds. */
static const char *role_name(const tb_ast *role)
{
    if (role->kind != TB_AST_ROLE_SPEC || !tb_as_role_spec(role)->name)
        return ""; /* the parse has failed */
    return tb_as_role_spec(role)->name;
}

tb_ast *tbi_rename_role(tbi_parse *p, int32_t pos, tb_ast *role, tb_ast *new_role)
{
    return NODE(RENAME, rename, pos, .object = TB_OBJECT_ROLE,
                .name = {.name = role_name(role), .pos = role->pos},
                .new_name = role_name(new_role));
}

tb_object tbi_policy_object(int policy_kind)
{
    return policy_kind == TB_POLICY_MASKING ? TB_OBJECT_MASKING_POLICY
                                            : TB_OBJECT_ROW_ACCESS_POLICY;
}

/* COMMENT ON COLUMN [schema.]table.column: the last name is the column. */
tb_ast *tbi_comment_column(tbi_parse *p, int32_t pos, tb_qname name, tbi_token text)
{
    if (!name.schema)
        return tbi_refuse(p, TB_E_SYNTAX_ERROR, name.pos, "column name must be qualified");
    tb_qname table = {.schema = name.catalog, .name = name.schema, .pos = name.pos};
    return NODE(COMMENT, comment, pos, .object = TB_OBJECT_COLUMN, .name = table,
                .column = name.name, .text = text.str);
}

/* ---- roles ---- */

tb_ast *tbi_role_spec(tbi_parse *p, tbi_token token)
{
    if (strcmp(token.str, "public") == 0)
        return NODE(ROLE_SPEC, role_spec, token.pos, .role = TB_ROLE_PUBLIC);
    if (strcmp(token.str, "none") == 0 && !p->failed) {
        (void)TB_RAISE_AT(p->err, TB_E_RESERVED_NAME, token.pos, "role name \"%s\" is reserved",
                          "none");
        return tbi_fail(p);
    }
    return NODE(ROLE_SPEC, role_spec, token.pos, .role = TB_ROLE_NAMED, .name = token.str);
}

/* A role that must be named: to create or rename it. */
tb_ast *tbi_role_id(tbi_parse *p, tb_ast *role)
{
    static const char *const words[] = {
        [TB_ROLE_CURRENT_ROLE] = "CURRENT_ROLE",
        [TB_ROLE_CURRENT_USER] = "CURRENT_USER",
        [TB_ROLE_SESSION_USER] = "SESSION_USER",
    };
    if (p->failed || tb_as_role_spec(role)->role == TB_ROLE_NAMED)
        return role;
    tb_role_kind kind = tb_as_role_spec(role)->role;
    if (kind == TB_ROLE_PUBLIC)
        (void)TB_RAISE_AT(p->err, TB_E_RESERVED_NAME, role->pos, "role name \"%s\" is reserved",
                          "public");
    else
        (void)TB_RAISE_AT(p->err, TB_E_RESERVED_NAME, role->pos,
                          "%s cannot be used as a role name here", words[kind]);
    return tbi_fail(p);
}

/* Attributes that are no keywords; each has a no-form. */
static const char *const role_attributes[] = {
    "superuser", "createrole", "createdb", "login",    "replication",
    "bypassrls", "inherit",    "system",   "security", "auditor",
};

tb_ast *tbi_role_attribute(tbi_parse *p, tbi_token token)
{
    bool off = strncmp(token.str, "no", 2) == 0;
    for (size_t i = 0; i < TB_COUNT(role_attributes); i++)
        if (strcmp(token.str + (off ? 2 : 0), role_attributes[i]) == 0)
            return tbi_switch(p, token, role_attributes[i], !off);
    if (!p->failed)
        (void)TB_RAISE_AT(p->err, TB_E_SYNTAX_ERROR, token.pos, "unrecognized role option \"%s\"",
                          token.str);
    return tbi_fail(p);
}

/* ---- privileges ---- */

/* The word ALL is no privilege among others; "all" is none at all. */
tb_ast *tbi_privilege(tbi_parse *p, tbi_token name, tb_name_list columns)
{
    if (strcmp(name.str, "all") == 0 && !p->failed) {
        (void)TB_RAISE_AT(p->err, TB_E_SYNTAX_ERROR, name.pos, "unrecognized privilege type \"%s\"",
                          name.str);
        return tbi_fail(p);
    }
    return NODE(PRIVILEGE, privilege, name.pos, .name = name.str, .columns = columns);
}

/* GRANT a, b TO c reads roles as privileges until TO comes. */
tb_name_list tbi_granted_roles(tbi_parse *p, tb_ast_list privileges)
{
    tb_name_list roles = {0};
    for (uint32_t i = 0; i < privileges.n; i++) {
        if (p->failed)
            break;
        const tb_ast_privilege *privilege = tb_as_privilege(privileges.at[i]);
        if (privilege->columns.n && !p->failed) {
            (void)TB_RAISE_AT(p->err, TB_E_SYNTAX_ERROR, privilege->base.pos,
                              "column names cannot be included in GRANT/REVOKE ROLE");
            p->failed = true;
        }
        tb_list_push(p->arena, &roles, privilege->name);
    }
    return roles;
}

tbi_grant_target tbi_grant_names(tbi_parse *p, tb_object object, tb_name_list names)
{
    tbi_grant_target target = {.object = object};
    for (uint32_t i = 0; i < names.n; i++) {
        tb_qname name = {.name = names.at[i], .pos = -1};
        tb_list_push(p->arena, &target.names, name);
    }
    return target;
}
