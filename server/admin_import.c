/* SPDX-License-Identifier: Apache-2.0
 * IMPORT FOREIGN SCHEMA and REFRESH FOREIGN SCHEMA: discovery, and what became of the source since.
 *
 * Drift fails closed: a column that is new or whose type changed is hidden from everyone until the
 * owner classifies it with ALTER COLUMN ... SET VISIBLE.
 */
#include "server/admin_int.h"

#include <openssl/sha.h>

enum { NAME_BYTES = 63, HASH_HEX = 8 };

/* Names over 63 bytes are mapped, never truncated: clients may cut at 63 and two names must stay
 * two. */
static const char *local_name(tb_arena *arena, const char *remote)
{
    size_t len = strlen(remote);
    if (len <= NAME_BYTES)
        return remote;
    uint8_t sum[SHA256_DIGEST_LENGTH];
    SHA256((const uint8_t *)remote, len, sum);
    size_t keep = NAME_BYTES - 1 - HASH_HEX;
    while (keep > 0 && ((uint8_t)remote[keep] & 0xC0) == 0x80)
        keep--;
    return tb_arena_printf(arena, "%.*s_%02x%02x%02x%02x", (int)keep, remote, sum[0], sum[1],
                           sum[2], sum[3]);
}

static tb_rc describe(tbi_srv_admin *a, const tb_server *server, const char *remote_schema,
                      tb_remote_tables *out, tb_error *err)
{
    const tb_connector_ops *ops = a->cx->connector(server->driver);
    if (ops == NULL)
        return TB_RAISE(err, TB_E_UNDEFINED_OBJECT, "foreign-data wrapper \"%s\" does not exist",
                        server->driver);
    sqlite3_stmt *q = tbi_srv_query(
        a->store, err,
        "SELECT m.oid FROM user_mapping m WHERE server = ?1 AND role IN (?2, 0) ORDER BY role DESC",
        "ii", (int64_t)server->oid, (int64_t)a->cx->subject->role);
    if (q == NULL)
        return TB_FAIL;
    int64_t mapping = sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : 0;
    sqlite3_finalize(q);
    tb_option *options = NULL;
    uint32_t n = 0;
    if (mapping != 0)
        TB_TRY(tbi_srv_read_mapping(a->store, mapping, a->arena, &options, &n, err));
    tb_conn *conn = NULL;
    tb_rc rc = ops->connect(a->cx->host, server, options, n, &conn, err);
    tb_store_mapping_wipe(options, n);
    if (rc != TB_OK)
        return TB_FAIL;
    rc = ops->describe(conn, remote_schema, a->arena, out, err);
    ops->disconnect(conn);
    return rc;
}

/* ---- IMPORT ---- */

static bool listed(const tb_name_list *names, const char *table)
{
    for (uint32_t i = 0; i < names->n; i++)
        if (strcmp(names->at[i], table) == 0)
            return true;
    return false;
}

static bool wanted(const tb_ast_import_schema *s, const char *table)
{
    switch (s->filter) {
    case TB_IMPORT_ALL:
        return true;
    case TB_IMPORT_LIMIT_TO:
        return listed(&s->tables, table);
    case TB_IMPORT_EXCEPT:
        return !listed(&s->tables, table);
    }
    TB_UNREACHABLE();
}

static tb_rc import_column(tbi_srv_admin *a, tb_oid oid, uint32_t attno, const tb_remote_column *c,
                           const char *table, tb_error *err)
{
    tbi_srv_new_column n = {.name = local_name(a->arena, c->name),
                            .type = c->type,
                            .not_null = c->not_null,
                            .hidden = c->type.id == TB_T_NONE,
                            .remote_name = c->name,
                            .remote_type = c->declared_type,
                            .pk = c->pk};
    if (n.hidden)
        tbi_srv_notice(a, "column \"%s\" of table \"%s\" has no exact type here and is hidden",
                       n.name, table);
    return tbi_srv_write_column(a, oid, attno, &n, err);
}

static tb_rc import_table(tbi_srv_admin *a, const tb_schema *schema, const tb_server *server,
                          const tb_remote_table *t, tb_error *err)
{
    tbi_srv_new_relation r = {.schema = schema,
                              .name = local_name(a->arena, t->name),
                              .server = server,
                              .remote_schema = t->schema,
                              .remote_name = t->name,
                              .rows = t->rows};
    tb_oid oid;
    TB_TRY(tbi_srv_write_relation(a, &r, &oid, err));
    for (uint32_t i = 0; i < t->ncols; i++)
        TB_TRY(import_column(a, oid, i, &t->cols[i], r.name, err));
    return TB_OK;
}

static tb_rc check_limit_to(const tb_ast_import_schema *s, const tb_remote_tables *tables,
                            tb_error *err)
{
    for (uint32_t i = 0; s->filter == TB_IMPORT_LIMIT_TO && i < s->tables.n; i++) {
        bool found = false;
        for (uint32_t k = 0; k < tables->n; k++)
            found |= strcmp(tables->at[k].name, s->tables.at[i]) == 0;
        if (!found)
            return TB_RAISE_AT(err, TB_E_FDW_TABLE_NOT_FOUND, s->base.pos,
                               "table \"%s\" does not exist in the source", s->tables.at[i]);
    }
    return TB_OK;
}

tb_rc tbi_srv_admin_import_schema(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_import_schema *s = tb_as_import_schema(stmt);
    tbi_srv_tag(a, "IMPORT FOREIGN SCHEMA");
    const tb_server *server;
    const tb_schema *schema;
    TB_TRY(tbi_srv_find_server(a, s->server, stmt->pos, &server, err));
    TB_TRY(tbi_srv_need_server_usage(a, server, stmt->pos, err));
    TB_TRY(tbi_srv_find_schema(a, s->local_schema, stmt->pos, &schema, err));
    TB_TRY(tbi_srv_need_owner(a, schema->owner, "schema", schema->name, err));
    tb_remote_tables tables = {0};
    TB_TRY(describe(a, server, s->remote_schema, &tables, err));
    TB_TRY(check_limit_to(s, &tables, err));
    for (uint32_t i = 0; i < tables.n; i++)
        if (wanted(s, tables.at[i].name))
            TB_TRY(import_table(a, schema, server, &tables.at[i], err));
    return TB_OK;
}

/* ---- REFRESH ---- */

static void report(tbi_srv_admin *a, const char *table, const char *column, const char *change,
                   const char *action)
{
    const char **row = TB_NEW_ARRAY(a->arena, const char *, 4);
    row[0] = table;
    row[1] = column;
    row[2] = change;
    row[3] = action;
    tb_list_push(a->arena, &a->out->rows, (const char *const *)row);
}

static const tb_remote_column *remote_column(const tb_remote_table *t, const char *name)
{
    for (uint32_t i = 0; i < t->ncols; i++)
        if (strcmp(t->cols[i].name, name) == 0)
            return &t->cols[i];
    return NULL;
}

static tb_rc hide(tbi_srv_admin *a, const tb_relation *rel, uint16_t attno, tb_error *err)
{
    return tbi_srv_run(a->store, err,
                       "UPDATE attribute SET hidden = 1 WHERE relation = ?1 AND attno = ?2", "ii",
                       (int64_t)rel->oid, (int64_t)attno);
}

static bool same_declaration(const tb_column *c, const tb_remote_column *r)
{
    /* a table created by hand has no declared type on record: its own type stands */
    return c->remote_type == NULL || strcmp(c->remote_type, r->declared_type) == 0;
}

static tb_rc refresh_column(tbi_srv_admin *a, const tb_relation *rel, uint16_t attno,
                            const tb_remote_table *t, tb_error *err)
{
    const tb_column *c = &rel->cols[attno];
    const tb_remote_column *r = remote_column(t, c->remote_name);
    if (r == NULL) {
        report(a, rel->name, c->name, "missing in the source", "hidden");
        return hide(a, rel, attno, err);
    }
    if (same_declaration(c, r))
        return TB_OK;
    report(a, rel->name, c->name, "type changed in the source", "hidden until classified");
    int64_t type = r->type.id == TB_T_NONE ? 0 : (int64_t)tb_type_oid(r->type.id);
    TB_TRY(tbi_srv_run(a->store, err,
                       "UPDATE attribute SET type = ?3, typmod = ?4, remote_type = ?5 WHERE "
                       "relation = ?1 AND attno = ?2",
                       "iiiis", (int64_t)rel->oid, (int64_t)attno, type, (int64_t)r->type.typmod,
                       r->declared_type));
    return hide(a, rel, attno, err);
}

static bool has_column(const tb_relation *rel, const char *remote_name)
{
    for (uint16_t i = 0; i < rel->ncols; i++)
        if (rel->cols[i].remote_name != NULL && strcmp(rel->cols[i].remote_name, remote_name) == 0)
            return true;
    return false;
}

static tb_rc refresh_table(tbi_srv_admin *a, const tb_relation *rel, const tb_remote_table *t,
                           tb_error *err)
{
    for (uint16_t i = 0; i < rel->ncols; i++)
        TB_TRY(refresh_column(a, rel, i, t, err));
    uint32_t next = rel->ncols;
    for (uint32_t i = 0; i < t->ncols; i++) {
        const tb_remote_column *c = &t->cols[i];
        if (has_column(rel, c->name))
            continue;
        tbi_srv_new_column n = {.name = local_name(a->arena, c->name),
                                .type = c->type,
                                .not_null = c->not_null,
                                .hidden = true,
                                .remote_name = c->name,
                                .remote_type = c->declared_type};
        TB_TRY(tbi_srv_write_column(a, rel->oid, next++, &n, err));
        report(a, rel->name, n.name, "new in the source", "hidden until classified");
    }
    return tbi_srv_run(a->store, err, "UPDATE relation SET rows = ?2 WHERE oid = ?1", "id",
                       (int64_t)rel->oid, t->rows);
}

static const tb_remote_table *remote_table(const tb_remote_tables *tables, const char *name)
{
    for (uint32_t i = 0; i < tables->n; i++)
        if (strcmp(tables->at[i].name, name) == 0)
            return &tables->at[i];
    return NULL;
}

static tb_rc refresh_server(tbi_srv_admin *a, const tb_schema *schema, const tb_server *server,
                            tb_error *err)
{
    tb_remote_tables tables = {0};
    bool described = false;
    for (uint32_t i = 0; i < a->cat->nrelations; i++) {
        const tb_relation *rel = &a->cat->relations[i];
        if (rel->schema != schema || rel->server != server)
            continue;
        if (!described)
            TB_TRY(describe(a, server, rel->remote_schema, &tables, err));
        described = true;
        const tb_remote_table *t = remote_table(&tables, rel->remote_name);
        if (t == NULL)
            report(a, rel->name, "", "missing in the source", "kept; queries fail");
        else
            TB_TRY(refresh_table(a, rel, t, err));
    }
    for (uint32_t i = 0; described && i < tables.n; i++)
        if (tb_catalog_relation(a->cat, schema->name, local_name(a->arena, tables.at[i].name)) ==
            NULL)
            report(a, tables.at[i].name, "", "new in the source", "not imported");
    return TB_OK;
}

tb_rc tbi_srv_admin_refresh_schema(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    static const char *const names[] = {"table", "column", "change", "action"};
    const tb_ast_refresh_schema *s = tb_as_refresh_schema(stmt);
    tbi_srv_tag(a, "REFRESH FOREIGN SCHEMA");
    a->out->ncols = TB_COUNT(names);
    a->out->names = names;
    const tb_schema *schema;
    const tb_server *only = NULL;
    TB_TRY(tbi_srv_find_schema(a, s->schema, stmt->pos, &schema, err));
    TB_TRY(tbi_srv_need_owner(a, schema->owner, "schema", schema->name, err));
    if (s->server != NULL)
        TB_TRY(tbi_srv_find_server(a, s->server, stmt->pos, &only, err));
    for (uint32_t i = 0; i < a->cat->nservers; i++)
        if (only == NULL || only == &a->cat->servers[i])
            TB_TRY(refresh_server(a, schema, &a->cat->servers[i], err));
    return TB_OK;
}
