/* SPDX-License-Identifier: Apache-2.0
 * Servers and user mappings (SQL/MED). The duty is SYSTEM; a server's owner may hand out USAGE.
 */
#include "server/store_int.h"

#include <openssl/crypto.h>
#include <stdio.h>

static tb_rc connector_of(tbi_srv_admin *a, const char *driver, int pos,
                          const tb_connector_ops **ops, tb_error *err)
{
    *ops = a->cx->connector(driver);
    if (*ops == NULL)
        return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, pos,
                           "foreign-data wrapper \"%s\" does not exist", driver);
    return TB_OK;
}

/* Connects, replays the leak probes and notes the outcome. A server that cannot be reached now is
 * created all the same, with an unverified fence: only class L0 is pushed until ALTER SERVER probes
 * it again. */
static bool probe(tbi_srv_admin *a, const tb_connector_ops *ops, const tb_server *server)
{
    tb_error why = {.position = -1};
    tb_conn *conn = NULL;
    bool verified = false;
    if (ops->connect(a->cx->host, server, NULL, 0, &conn, &why) != TB_OK) {
        tbi_srv_notice(a, "server \"%s\" could not be reached; its fence is unverified",
                       server->name);
        return false;
    }
    if (ops->probe_fence == NULL || ops->probe_fence(conn, &verified, &why) != TB_OK || !verified)
        tbi_srv_notice(a, "the fence of server \"%s\" is unverified: less will be computed there",
                       server->name);
    ops->disconnect(conn);
    return verified;
}

tb_rc tbi_srv_admin_create_server(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_create_server *s = tb_as_create_server(stmt);
    tbi_srv_tag(a, "CREATE SERVER");
    TB_TRY(tbi_srv_need_system(a, "create server", err));
    if (tb_catalog_server(a->cat, s->name) != NULL) {
        if (!s->if_not_exists)
            return TB_RAISE_AT(err, TB_E_DUPLICATE_OBJECT, stmt->pos,
                               "server \"%s\" already exists", s->name);
        tbi_srv_notice(a, "server \"%s\" already exists, skipping", s->name);
        return TB_OK;
    }
    const tb_connector_ops *ops;
    TB_TRY(connector_of(a, s->wrapper, stmt->pos, &ops, err));
    tb_option *options;
    uint32_t n;
    TB_TRY(tbi_srv_merge_options(a, NULL, 0, &s->options, &options, &n, err));
    TB_TRY(ops->check_options(options, n, err));
    tb_server server = {.oid = tbi_srv_new_oid(a->store),
                        .name = s->name,
                        .driver = s->wrapper,
                        .dialect = ops->dialect,
                        .owner = a->role->oid,
                        .options = options,
                        .noptions = n};
    bool verified = probe(a, ops, &server);
    TB_TRY(tbi_srv_run(a->store, err,
                       "INSERT INTO server VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NULL)", "issssii",
                       (int64_t)server.oid, s->name, s->wrapper, s->type, s->version,
                       (int64_t)a->role->oid, (int64_t)verified));
    return tbi_srv_write_options(a, server.oid, -1, options, n, err);
}

tb_rc tbi_srv_admin_alter_server(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_alter_server *s = tb_as_alter_server(stmt);
    tbi_srv_tag(a, "ALTER SERVER");
    const tb_server *old;
    TB_TRY(tbi_srv_find_server(a, s->name, stmt->pos, &old, err));
    TB_TRY(tbi_srv_need_owner(a, old->owner, "foreign server", s->name, err));
    const tb_connector_ops *ops;
    TB_TRY(connector_of(a, old->driver, stmt->pos, &ops, err));
    tb_option *options;
    uint32_t n;
    TB_TRY(tbi_srv_merge_options(a, old->options, old->noptions, &s->options, &options, &n, err));
    TB_TRY(ops->check_options(options, n, err));
    tb_server changed = *old;
    changed.options = options;
    changed.noptions = n;
    bool verified = probe(a, ops, &changed);
    TB_TRY(tbi_srv_run(a->store, err, "UPDATE server SET fence_verified = ?2 WHERE oid = ?1", "ii",
                       (int64_t)old->oid, (int64_t)verified));
    if (s->has_version)
        TB_TRY(tbi_srv_run(a->store, err, "UPDATE server SET version = ?2 WHERE oid = ?1", "is",
                           (int64_t)old->oid, s->version));
    return tbi_srv_write_options(a, old->oid, -1, options, n, err);
}

/* ---- user mappings ---- */

/* A role may keep its own mapping; others' and PUBLIC's are the server owner's. */
static tb_rc mapping_target(tbi_srv_admin *a, const tb_ast *role, const char *server, int pos,
                            const tb_server **srv, int64_t *role_oid, tb_error *err)
{
    const tb_role *r;
    TB_TRY(tbi_srv_find_server(a, server, pos, srv, err));
    TB_TRY(tbi_srv_role_spec(a, role, &r, err));
    *role_oid = r == NULL ? 0 : r->oid;
    if (r != NULL && r->oid == a->cx->subject->role && tbi_srv_is(a, r->oid))
        return TB_OK;
    return tbi_srv_need_owner(a, (*srv)->owner, "foreign server", server, err);
}

/* 'sealed:<hex>' of a dump: kept as it is when it opens under this key file */
static tb_rc store_sealed(tbi_srv_admin *a, int64_t mapping, const char *name, const char *hex,
                          const char *what, tb_error *err)
{
    size_t len = strlen(hex) / 2, plain_len;
    uint8_t *sealed = tb_arena_alloc(a->arena, len + 1);
    for (size_t i = 0; i < len; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                            "option \"%s\" is not a sealed value", name);
        sealed[i] = (uint8_t)byte;
    }
    char *plain = tb_arena_bytes(a->arena, len + 1);
    TB_TRY(tb_unseal(tbi_srv_seal_key(a->store), what, sealed, len, plain, &plain_len, err));
    OPENSSL_cleanse(plain, plain_len);
    return tbi_srv_run(a->store, err, "INSERT OR REPLACE INTO mapping_option VALUES (?1, ?2, ?3)",
                       "isb", mapping, name, (const void *)sealed, len);
}

static tb_rc seal_option(tbi_srv_admin *a, int64_t mapping, const char *name, const char *value,
                         tb_error *err)
{
    const char *what = tb_arena_printf(a->arena, "mapping %s", name);
    if (strncmp(value, "sealed:", 7) == 0)
        return store_sealed(a, mapping, name, value + 7, what, err);
    size_t len = strlen(value);
    uint8_t *sealed = tb_arena_alloc(a->arena, len + TB_SEAL_OVERHEAD);
    TB_TRY(tb_seal(tbi_srv_seal_key(a->store), what, value, len, sealed, err));
    return tbi_srv_run(a->store, err, "INSERT OR REPLACE INTO mapping_option VALUES (?1, ?2, ?3)",
                       "isb", mapping, name, (const void *)sealed, len + TB_SEAL_OVERHEAD);
}

static tb_rc write_mapping(tbi_srv_admin *a, int64_t mapping, const tb_ast_list *options,
                           bool create, tb_error *err)
{
    for (uint32_t i = 0; i < options->n; i++) {
        const tb_ast_option *o = tb_as_option(options->at[i]);
        bool add = o->action == TB_OPTION_NONE || o->action == TB_OPTION_ADD;
        bool exists = tbi_srv_int(a->store, 0,
                                  "SELECT 1 FROM mapping_option WHERE mapping = ?1 AND name = ?2",
                                  "is", mapping, o->name) != 0;
        if (add && exists)
            return TB_RAISE_AT(err, TB_E_DUPLICATE_OBJECT, o->base.pos,
                               "option \"%s\" provided more than once", o->name);
        if (!add && !exists)
            return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, o->base.pos, "option \"%s\" not found",
                               o->name);
        if (o->action == TB_OPTION_DROP && !create) {
            TB_TRY(tbi_srv_run(a->store, err,
                               "DELETE FROM mapping_option WHERE mapping = ?1 AND name = ?2", "is",
                               mapping, o->name));
            continue;
        }
        const char *value;
        TB_TRY(tbi_srv_option_text(o, &value, err));
        TB_TRY(seal_option(a, mapping, o->name, value, err));
    }
    return TB_OK;
}

static int64_t mapping_oid(tbi_srv_admin *a, const tb_server *server, int64_t role)
{
    return tbi_srv_int(a->store, 0, "SELECT oid FROM user_mapping WHERE role = ?1 AND server = ?2",
                       "ii", role, (int64_t)server->oid);
}

tb_rc tbi_srv_admin_create_mapping(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_create_mapping *m = tb_as_create_mapping(stmt);
    tbi_srv_tag(a, "CREATE USER MAPPING");
    const tb_server *server;
    int64_t role;
    TB_TRY(mapping_target(a, m->role, m->server, stmt->pos, &server, &role, err));
    if (mapping_oid(a, server, role) != 0) {
        if (!m->if_not_exists)
            return TB_RAISE_AT(err, TB_E_DUPLICATE_OBJECT, stmt->pos,
                               "user mapping already exists for server \"%s\"", m->server);
        tbi_srv_notice(a, "user mapping already exists for server \"%s\", skipping", m->server);
        return TB_OK;
    }
    int64_t oid = tbi_srv_new_oid(a->store);
    TB_TRY(tbi_srv_run(a->store, err, "INSERT INTO user_mapping VALUES (?1, ?2, ?3)", "iii", oid,
                       role, (int64_t)server->oid));
    return write_mapping(a, oid, &m->options, true, err);
}

tb_rc tbi_srv_admin_alter_mapping(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_alter_mapping *m = tb_as_alter_mapping(stmt);
    tbi_srv_tag(a, "ALTER USER MAPPING");
    const tb_server *server;
    int64_t role;
    TB_TRY(mapping_target(a, m->role, m->server, stmt->pos, &server, &role, err));
    int64_t oid = mapping_oid(a, server, role);
    if (oid == 0)
        return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, stmt->pos,
                           "user mapping does not exist for server \"%s\"", m->server);
    return write_mapping(a, oid, &m->options, false, err);
}

tb_rc tbi_srv_admin_drop_mapping(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    const tb_ast_drop_mapping *m = tb_as_drop_mapping(stmt);
    tbi_srv_tag(a, "DROP USER MAPPING");
    const tb_server *server;
    int64_t role;
    TB_TRY(mapping_target(a, m->role, m->server, stmt->pos, &server, &role, err));
    int64_t oid = mapping_oid(a, server, role);
    if (oid == 0 && !m->if_exists)
        return TB_RAISE_AT(err, TB_E_UNDEFINED_OBJECT, stmt->pos,
                           "user mapping does not exist for server \"%s\"", m->server);
    if (oid == 0)
        tbi_srv_notice(a, "user mapping does not exist for server \"%s\", skipping", m->server);
    return tbi_srv_run(a->store, err, "DELETE FROM user_mapping WHERE oid = ?1", "i", oid);
}
