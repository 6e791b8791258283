/* SPDX-License-Identifier: Apache-2.0
 * Foreign tables: CREATE FOREIGN TABLE and ALTER TABLE with its policies and its classification of
 * drifted columns.
 */
#include "server/store_int.h"

#include "server/admin_int.h"

#include "core/buf.h"

/* ---- writing, shared with IMPORT ---- */

tb_rc tbi_srv_write_column(tbi_srv_admin *a, tb_oid rel, uint32_t attno,
                           const tbi_srv_new_column *c, tb_error *err)
{
    return tbi_srv_run(
        a->store, err,
        "INSERT INTO attribute VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, NULL)",
        "iisiiiissi", (int64_t)rel, (int64_t)attno, c->name,
        c->type.id == TB_T_NONE ? (int64_t)0 : (int64_t)tb_type_oid(c->type.id),
        (int64_t)c->type.typmod, (int64_t)c->not_null, (int64_t)c->hidden, c->remote_name,
        c->remote_type, (int64_t)c->pk);
}

tb_rc tbi_srv_write_relation(tbi_srv_admin *a, const tbi_srv_new_relation *r, tb_oid *oid,
                             tb_error *err)
{
    if (tbi_srv_int(a->store, 0, "SELECT 1 FROM relation WHERE schema = ?1 AND name = ?2", "is",
                    (int64_t)r->schema->oid, r->name) != 0)
        return TB_RAISE(err, TB_E_DUPLICATE_TABLE, "relation \"%s\" already exists", r->name);
    *oid = tbi_srv_new_oid(a->store);
    return tbi_srv_run(
        a->store, err,
        "INSERT INTO relation VALUES (?1, ?2, ?3, ?4, ?5, NULLIF(?6, 0), ?7, ?8, ?9, ?10, NULL)",
        "isisiissds", (int64_t)*oid, r->view_sql != NULL ? "v" : "f", (int64_t)r->schema->oid,
        r->name, (int64_t)r->schema->owner,
        r->server != NULL ? (int64_t)r->server->oid : (int64_t)0, r->remote_schema, r->remote_name,
        r->rows, r->view_sql);
}

bool tbi_srv_may_use_server(const tbi_srv_admin *a, const tb_server *server)
{
    if (tbi_srv_is(a, server->owner))
        return true;
    for (uint32_t i = 0; i < a->cat->ngrants; i++) {
        const tb_grant *g = &a->cat->grants[i];
        if (g->kind == TB_OBJ_SERVER && g->object == server->oid && (g->privs & TB_PRIV_USAGE) &&
            (g->grantee == 0 || tbi_srv_is(a, g->grantee)))
            return true;
    }
    return false;
}

tb_rc tbi_srv_need_server_usage(tbi_srv_admin *a, const tb_server *server, int pos, tb_error *err)
{
    if (tbi_srv_may_use_server(a, server))
        return TB_OK;
    return TB_RAISE_AT(err, TB_E_INSUFFICIENT_PRIVILEGE, pos,
                       "permission denied for foreign server %s", server->name);
}

/* ---- CREATE FOREIGN TABLE ---- */

static tb_rc create_column(tbi_srv_admin *a, tb_oid rel, uint32_t attno,
                           const tb_ast_column_def *def, tb_error *err)
{
    tbi_srv_new_column c = {.name = def->name, .remote_name = def->name, .not_null = def->not_null};
    TB_TRY(tbi_srv_type(def->type, &c.type, err));
    tb_option *options;
    uint32_t n;
    TB_TRY(tbi_srv_merge_options(a, NULL, 0, &def->options, &options, &n, err));
    const char *remote = tb_option_get(options, n, "column_name");
    if (remote != NULL)
        c.remote_name = remote;
    c.remote_type = tb_option_get(options, n, "declared_type");
    if (tbi_srv_int(a->store, 0, "SELECT 1 FROM attribute WHERE relation = ?1 AND name = ?2", "is",
                    (int64_t)rel, c.name) != 0)
        return TB_RAISE_AT(err, TB_E_DUPLICATE_COLUMN, def->base.pos,
                           "column \"%s\" specified more than once", c.name);
    TB_TRY(tbi_srv_write_column(a, rel, attno, &c, err));
    return tbi_srv_write_options(a, rel, (int)attno, options, n, err);
}

tb_rc tbi_srv_admin_create_foreign_table(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_create_foreign_table *s = tb_as_create_foreign_table(stmt);
    tbi_srv_tag(a, "CREATE FOREIGN TABLE");
    const tb_schema *schema;
    const tb_server *server;
    TB_TRY(tbi_srv_creation_schema(a, &s->name, &schema, err));
    TB_TRY(tbi_srv_find_server(a, s->server, stmt->pos, &server, err));
    TB_TRY(tbi_srv_need_server_usage(a, server, stmt->pos, err));
    if (s->if_not_exists && tb_catalog_relation(a->cat, schema->name, s->name.name) != NULL) {
        tbi_srv_notice(a, "relation \"%s\" already exists, skipping", s->name.name);
        return TB_OK;
    }
    tb_option *options;
    uint32_t n;
    TB_TRY(tbi_srv_merge_options(a, NULL, 0, &s->options, &options, &n, err));
    const char *remote = tb_option_get(options, n, "table_name");
    tbi_srv_new_relation r = {.schema = schema, .name = s->name.name, .server = server, .rows = -1};
    r.remote_schema = tb_option_get(options, n, "schema_name");
    r.remote_name = remote != NULL ? remote : s->name.name;
    tb_oid oid;
    TB_TRY(tbi_srv_write_relation(a, &r, &oid, err));
    TB_TRY(tbi_srv_write_options(a, oid, -1, options, n, err));
    for (uint32_t i = 0; i < s->columns.n; i++)
        TB_TRY(create_column(a, oid, i, tb_as_column_def(s->columns.at[i]), err));
    return TB_OK;
}

/* ---- ALTER TABLE ---- */

typedef struct alter_cx {
    tbi_srv_admin *a;
    const tb_relation *rel;
    const tb_ast_alter_table_cmd *cmd;
} alter_cx;

static tb_rc column_of(alter_cx *cx, bool hidden_too, uint16_t *attno, tb_error *err)
{
    return tbi_srv_find_column(cx->rel, cx->cmd->column, cx->cmd->base.pos, hidden_too, attno, err);
}

static tb_rc set_column(alter_cx *cx, const char *sql, int64_t value, bool hidden_too,
                        tb_error *err)
{
    uint16_t attno;
    TB_TRY(column_of(cx, hidden_too, &attno, err));
    return tbi_srv_run(cx->a->store, err, sql, "iii", (int64_t)cx->rel->oid, (int64_t)attno, value);
}

static tb_rc set_visible(alter_cx *cx, tb_error *err)
{
    uint16_t attno;
    TB_TRY(column_of(cx, true, &attno, err));
    if (cx->rel->cols[attno].type.id == TB_T_NONE) {
        TB_RAISE_AT(err, TB_E_OBJECT_NOT_IN_PREREQUISITE_STATE, cx->cmd->base.pos,
                    "column \"%s\" has a type without an exact counterpart", cx->cmd->column);
        tb_error_hint(err, "Give it a type first: ALTER COLUMN ... TYPE.");
        return TB_FAIL;
    }
    return set_column(cx, "UPDATE attribute SET hidden = ?3 WHERE relation = ?1 AND attno = ?2", 0,
                      true, err);
}

static tb_rc column_type(alter_cx *cx, tb_error *err)
{
    uint16_t attno;
    tb_type type;
    TB_TRY(column_of(cx, true, &attno, err));
    TB_TRY(tbi_srv_type(tb_as_column_def(cx->cmd->def)->type, &type, err));
    if (cx->rel->cols[attno].mask.policy != NULL)
        return TB_RAISE_AT(err, TB_E_OBJECT_NOT_IN_PREREQUISITE_STATE, cx->cmd->base.pos,
                           "column \"%s\" has a masking policy; unset it first", cx->cmd->column);
    return tbi_srv_run(
        cx->a->store, err,
        "UPDATE attribute SET type = ?3, typmod = ?4 WHERE relation = ?1 AND attno = ?2", "iiii",
        (int64_t)cx->rel->oid, (int64_t)attno, (int64_t)tb_type_oid(type.id), (int64_t)type.typmod);
}

static tb_rc column_options(alter_cx *cx, tb_error *err)
{
    uint16_t attno;
    tb_option *options;
    uint32_t n;
    TB_TRY(column_of(cx, true, &attno, err));
    const tb_column *c = &cx->rel->cols[attno];
    TB_TRY(tbi_srv_merge_options(cx->a, c->options, c->noptions, &cx->cmd->options, &options, &n,
                                 err));
    const char *remote = tb_option_get(options, n, "column_name");
    TB_TRY(tbi_srv_run(cx->a->store, err,
                       "UPDATE attribute SET remote_name = ?3 WHERE relation = ?1 AND attno = ?2",
                       "iis", (int64_t)cx->rel->oid, (int64_t)attno,
                       remote != NULL ? remote : c->name));
    return tbi_srv_write_options(cx->a, cx->rel->oid, attno, options, n, err);
}

static tb_rc table_options(alter_cx *cx, tb_error *err)
{
    tb_option *options;
    uint32_t n;
    TB_TRY(tbi_srv_merge_options(cx->a, cx->rel->options, cx->rel->noptions, &cx->cmd->options,
                                 &options, &n, err));
    const char *remote = tb_option_get(options, n, "table_name");
    TB_TRY(tbi_srv_run(cx->a->store, err,
                       "UPDATE relation SET remote_name = ?2, remote_schema = ?3 WHERE oid = ?1",
                       "iss", (int64_t)cx->rel->oid, remote != NULL ? remote : cx->rel->name,
                       tb_option_get(options, n, "schema_name")));
    return tbi_srv_write_options(cx->a, cx->rel->oid, -1, options, n, err);
}

/* Column list of USING / ON as "0,3"; types must be the policy's argument types (a W20 miss would
 * be silent otherwise). */
static tb_rc policy_columns(alter_cx *cx, const tb_policy *policy, const tb_name_list *names,
                            const char *self, tb_buf *out, tb_error *err)
{
    uint32_t n = names->n == 0 && self != NULL ? 1 : names->n;
    if (n != policy->nargs)
        return TB_RAISE_AT(err, TB_E_INVALID_OBJECT_DEFINITION, cx->cmd->base.pos,
                           "policy \"%s\" takes %u columns, %u are given", policy->name,
                           policy->nargs, n);
    for (uint32_t i = 0; i < n; i++) {
        const char *name = names->n == 0 ? self : names->at[i];
        uint16_t attno;
        TB_TRY(tbi_srv_find_column(cx->rel, name, cx->cmd->base.pos, false, &attno, err));
        if (cx->rel->cols[attno].type.id != policy->args[i].type.id)
            return TB_RAISE_AT(
                err, TB_E_DATATYPE_MISMATCH, cx->cmd->base.pos,
                "column \"%s\" has type %s, argument \"%s\" of policy \"%s\" has type %s", name,
                tb_type_get(cx->rel->cols[attno].type.id)->sql_name, policy->args[i].name,
                policy->name, tb_type_get(policy->args[i].type.id)->sql_name);
        tb_buf_printf(out, "%s%u", i == 0 ? "" : ",", attno);
    }
    return TB_OK;
}

static tb_rc write_use(alter_cx *cx, int attno, const tb_policy *policy, const char *self,
                       tb_error *err)
{
    tb_buf args;
    tb_buf_init(&args, 4096);
    tb_rc rc = policy_columns(cx, policy, &cx->cmd->columns, self, &args, err);
    if (rc == TB_OK)
        rc = tbi_srv_run(cx->a->store, err, "INSERT INTO policy_use VALUES (?1, ?2, ?3, ?4)",
                         "iiis", (int64_t)cx->rel->oid, (int64_t)attno, (int64_t)policy->oid,
                         tb_buf_cstr(&args));
    tb_buf_fini(&args);
    return rc;
}

static tb_rc set_masking(alter_cx *cx, tb_error *err)
{
    uint16_t attno;
    const tb_policy *policy;
    TB_TRY(column_of(cx, false, &attno, err));
    TB_TRY(tbi_srv_find_policy(cx->a, &cx->cmd->policy, false, &policy, err));
    if (policy->returns.id != cx->rel->cols[attno].type.id)
        return TB_RAISE_AT(err, TB_E_DATATYPE_MISMATCH, cx->cmd->base.pos,
                           "policy \"%s\" returns %s, column \"%s\" has type %s", policy->name,
                           tb_type_get(policy->returns.id)->sql_name, cx->cmd->column,
                           tb_type_get(cx->rel->cols[attno].type.id)->sql_name);
    if (tbi_srv_int(cx->a->store, 0, "SELECT 1 FROM policy_use WHERE relation = ?1 AND attno = ?2",
                    "ii", (int64_t)cx->rel->oid, (int64_t)attno) != 0)
        return TB_RAISE_AT(err, TB_E_DUPLICATE_OBJECT, cx->cmd->base.pos,
                           "column \"%s\" already has a masking policy", cx->cmd->column);
    return write_use(cx, attno, policy, cx->cmd->column, err);
}

static tb_rc unset_masking(alter_cx *cx, tb_error *err)
{
    uint16_t attno;
    TB_TRY(column_of(cx, true, &attno, err));
    if (cx->rel->cols[attno].mask.policy == NULL)
        return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, cx->cmd->base.pos,
                           "column \"%s\" has no masking policy", cx->cmd->column);
    return tbi_srv_run(cx->a->store, err,
                       "DELETE FROM policy_use WHERE relation = ?1 AND attno = ?2", "ii",
                       (int64_t)cx->rel->oid, (int64_t)attno);
}

static tb_rc add_row_access(alter_cx *cx, tb_error *err)
{
    const tb_policy *policy;
    TB_TRY(tbi_srv_find_policy(cx->a, &cx->cmd->policy, true, &policy, err));
    if (tbi_srv_int(cx->a->store, 0,
                    "SELECT 1 FROM policy_use WHERE relation = ?1 AND attno = -1 AND policy = ?2",
                    "ii", (int64_t)cx->rel->oid, (int64_t)policy->oid) != 0)
        return TB_RAISE_AT(err, TB_E_DUPLICATE_OBJECT, cx->cmd->base.pos,
                           "table \"%s\" already has this row access policy", cx->rel->name);
    return write_use(cx, -1, policy, NULL, err);
}

static tb_rc drop_row_access(alter_cx *cx, tb_error *err)
{
    const tb_policy *policy;
    TB_TRY(tbi_srv_find_policy(cx->a, &cx->cmd->policy, true, &policy, err));
    if (tbi_srv_int(cx->a->store, 0,
                    "SELECT 1 FROM policy_use WHERE relation = ?1 AND attno = -1 AND policy = ?2",
                    "ii", (int64_t)cx->rel->oid, (int64_t)policy->oid) == 0)
        return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, cx->cmd->base.pos,
                           "table \"%s\" does not have this row access policy", cx->rel->name);
    return tbi_srv_run(cx->a->store, err,
                       "DELETE FROM policy_use WHERE relation = ?1 AND attno = -1 AND policy = ?2",
                       "ii", (int64_t)cx->rel->oid, (int64_t)policy->oid);
}

static tb_rc table_owner(alter_cx *cx, tb_error *err)
{
    const tb_role *owner;
    TB_TRY(tbi_srv_role_spec(cx->a, cx->cmd->role, &owner, err));
    if (owner == NULL || !tbi_srv_is(cx->a, owner->oid))
        return TB_RAISE_AT(err, TB_E_INSUFFICIENT_PRIVILEGE, cx->cmd->base.pos,
                           "must be member of the new owner role");
    TB_TRY(tbi_srv_run(cx->a->store, err, "UPDATE relation SET owner = ?2 WHERE oid = ?1", "ii",
                       (int64_t)cx->rel->oid, (int64_t)owner->oid));
    return tbi_srv_check_duties(cx->a, err);
}

static tb_rc alter_one(alter_cx *cx, tb_error *err)
{
    const tb_ast_alter_table_cmd *cmd = cx->cmd;
    switch (cmd->op) {
    case TB_ALTER_ADD_COLUMN:
        return create_column(cx->a, cx->rel->oid, cx->rel->ncols, tb_as_column_def(cmd->def), err);
    case TB_ALTER_DROP_COLUMN:
        TB_RAISE_AT(err, TB_E_FEATURE_NOT_SUPPORTED, cmd->base.pos, "%s is not supported",
                    "DROP COLUMN");
        tb_error_hint(err, "ALTER COLUMN ... SET HIDDEN makes a column disappear.");
        return TB_FAIL;
    case TB_ALTER_COLUMN_TYPE:
        return column_type(cx, err);
    case TB_ALTER_SET_NOT_NULL:
        return set_column(cx,
                          "UPDATE attribute SET not_null = ?3 WHERE relation = ?1 AND attno = ?2",
                          1, false, err);
    case TB_ALTER_DROP_NOT_NULL:
        return set_column(cx,
                          "UPDATE attribute SET not_null = ?3 WHERE relation = ?1 AND attno = ?2",
                          0, false, err);
    case TB_ALTER_COLUMN_OPTIONS:
        return column_options(cx, err);
    case TB_ALTER_TABLE_OPTIONS:
        return table_options(cx, err);
    case TB_ALTER_SET_VISIBLE:
        return set_visible(cx, err);
    case TB_ALTER_SET_HIDDEN:
        return set_column(cx, "UPDATE attribute SET hidden = ?3 WHERE relation = ?1 AND attno = ?2",
                          1, false, err);
    case TB_ALTER_SET_MASKING:
        return set_masking(cx, err);
    case TB_ALTER_UNSET_MASKING:
        return unset_masking(cx, err);
    case TB_ALTER_ADD_ROW_ACCESS:
        return add_row_access(cx, err);
    case TB_ALTER_DROP_ROW_ACCESS:
        return drop_row_access(cx, err);
    case TB_ALTER_DROP_ALL_ROW_ACCESS:
        return tbi_srv_run(cx->a->store, err,
                           "DELETE FROM policy_use WHERE relation = ?1 AND attno = -1", "i",
                           (int64_t)cx->rel->oid);
    case TB_ALTER_OWNER:
        return table_owner(cx, err);
    }
    TB_UNREACHABLE();
}

tb_rc tbi_srv_admin_alter_table(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_alter_table *s = tb_as_alter_table(stmt);
    tbi_srv_tag(a, "ALTER TABLE");
    const tb_relation *rel;
    if (tbi_srv_find_relation(a, &s->name, &rel, err) != TB_OK) {
        if (!s->if_exists || err->code != TB_E_UNDEFINED_TABLE)
            return TB_FAIL;
        tbi_srv_notice(a, "%s, skipping", err->message);
        tb_error_clear(err);
        return TB_OK;
    }
    if (!tbi_srv_is(a, rel->schema->owner))
        TB_TRY(tbi_srv_need_owner(a, rel->owner, "table", rel->name, err));
    for (uint32_t i = 0; i < s->cmds.n; i++) {
        alter_cx cx = {a, rel, tb_as_alter_table_cmd(s->cmds.at[i])};
        if (rel->kind == TB_REL_VIEW && cx.cmd->op != TB_ALTER_OWNER)
            return TB_RAISE_AT(err, TB_E_WRONG_OBJECT_TYPE, cx.cmd->base.pos, "\"%s\" is a view",
                               rel->name);
        if (i > 0 && cx.cmd->op == TB_ALTER_ADD_COLUMN)
            return TB_UNSUPPORTED(err, cx.cmd->base.pos, "ADD COLUMN after another action");
        TB_TRY(alter_one(&cx, err));
    }
    return TB_OK;
}
