/* SPDX-License-Identifier: Apache-2.0
 * Administration statements: which function executes which kind, inside one catalog transaction.
 *
 * A statement changes the file, commits, and only then swaps the snapshot; on any failure the file
 * is as before.
 */
#include "server/store_int.h"

typedef struct admin_kind {
    tb_ast_kind kind;
    tbi_srv_admin_fn run;
} admin_kind;

static const admin_kind kinds[] = {
    {TB_AST_CREATE_SERVER, tbi_srv_admin_create_server},
    {TB_AST_ALTER_SERVER, tbi_srv_admin_alter_server},
    {TB_AST_CREATE_MAPPING, tbi_srv_admin_create_mapping},
    {TB_AST_ALTER_MAPPING, tbi_srv_admin_alter_mapping},
    {TB_AST_DROP_MAPPING, tbi_srv_admin_drop_mapping},
    {TB_AST_IMPORT_SCHEMA, tbi_srv_admin_import_schema},
    {TB_AST_REFRESH_SCHEMA, tbi_srv_admin_refresh_schema},
    {TB_AST_CREATE_FOREIGN_TABLE, tbi_srv_admin_create_foreign_table},
    {TB_AST_ALTER_TABLE, tbi_srv_admin_alter_table},
    {TB_AST_CREATE_SCHEMA, tbi_srv_admin_create_schema},
    {TB_AST_CREATE_VIEW, tbi_srv_admin_create_view},
    {TB_AST_DROP, tbi_srv_admin_drop},
    {TB_AST_RENAME, tbi_srv_admin_rename},
    {TB_AST_ALTER_OWNER, tbi_srv_admin_alter_owner},
    {TB_AST_COMMENT, tbi_srv_admin_comment},
    {TB_AST_CREATE_ROLE, tbi_srv_admin_create_role},
    {TB_AST_ALTER_ROLE, tbi_srv_admin_alter_role},
    {TB_AST_ALTER_ROLE_SET, tbi_srv_admin_alter_role_set},
    {TB_AST_DROP_ROLE, tbi_srv_admin_drop_role},
    {TB_AST_GRANT_ROLE, tbi_srv_admin_grant_role},
    {TB_AST_GRANT, tbi_srv_admin_grant},
    {TB_AST_GRANT_SHIP, tbi_srv_admin_grant_ship},
    {TB_AST_CREATE_POLICY, tbi_srv_admin_create_policy},
    {TB_AST_ALTER_POLICY, tbi_srv_admin_alter_policy},
};

static tbi_srv_admin_fn find(const tb_ast *stmt)
{
    for (size_t i = 0; i < TB_COUNT(kinds); i++)
        if (kinds[i].kind == (tb_ast_kind)stmt->kind)
            return kinds[i].run;
    return NULL;
}

bool tb_store_is_admin(const tb_ast *stmt)
{
    return find(stmt) != NULL;
}

static void swap_snapshot(tb_store *store, tb_catalog *next)
{
    pthread_mutex_lock(&store->swap);
    tb_catalog *old = store->current;
    store->current = next;
    pthread_mutex_unlock(&store->swap);
    tb_catalog_unref(old);
}

static tb_rc change(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
{
    a->role = tb_catalog_role_by_oid(a->cat, a->cx->subject->role);
    if (a->role == NULL)
        return TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE, "the current role no longer exists");
    TB_TRY(tbi_srv_begin(a->store, err));
    tb_catalog *next = NULL;
    if (find(stmt)(a, stmt, err) != TB_OK || tbi_srv_catalog_load(a->store, &next, err) != TB_OK) {
        tbi_srv_rollback(a->store);
        return TB_FAIL;
    }
    if (tbi_srv_commit(a->store, err) != TB_OK) {
        tbi_srv_rollback(a->store);
        tb_catalog_unref(next);
        return TB_FAIL;
    }
    next->version = (uint64_t)tbi_srv_int(
        a->store, 0, "SELECT value FROM meta WHERE key = 'catalog_version'", "");
    swap_snapshot(a->store, next);
    return TB_OK;
}

tb_rc tb_store_execute(tb_store *store, const tb_admin_cx *cx, const tb_ast *stmt,
                       tb_admin_result *out, tb_error *err)
{
    *out = (tb_admin_result){0};
    pthread_mutex_lock(&store->change);
    tb_catalog *cat = tb_store_snapshot(store);
    tbi_srv_admin a = {.store = store, .cx = cx, .cat = cat, .arena = cx->arena, .out = out};
    tb_rc rc = change(&a, stmt, err);
    tb_catalog_unref(cat);
    pthread_mutex_unlock(&store->change);
    return rc;
}
