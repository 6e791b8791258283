/* SPDX-License-Identifier: Apache-2.0
 * tombolo init --restore: runs the script of tombolo dump against a new catalog, without a server.
 * Every check of an administration statement is made but for privileges.
 */
#include "server/auth_scram.h"
#include "server/cmd.h"
#include "server/gateway.h"
#include "server/log.h"
#include "server/pgcat.h"
#include "server/seal.h"

#include "executor/executor.h"
#include "parser/parser.h"
#include "planner/planner.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

typedef struct restorer {
    tb_store *store;
    tb_arena *arena; /* of the statement at hand */
    tb_catalog *catalog;
    tb_subject subject;
    tb_env env;
} restorer;

static const char token_line[] = TB_DUMP_TOKEN_LINE;

/* ---- binding without a session ---- */

/* A statement that is only bound; it may name every table, and never runs. */
static void make_stmt(restorer *r, const char *sql, tb_stmt *out)
{
    r->catalog = tb_store_snapshot(r->store);
    tb_oid first = r->catalog->roles[0].oid;
    tb_subject_init(&r->subject, r->arena, r->catalog, first, first);
    r->subject.inspects = true;
    r->env = (tb_env){
        .tz = tb_tz_utc(),
        .timezone = "UTC",
        .user = r->catalog->roles[0].name,
        .role = r->catalog->roles[0].name,
        .database = "tombolo",
        .application_name = "",
        .catalog = r->catalog,
        .subject = &r->subject,
        .clock_us = tb_clock_us,
    };
    r->env.io_names = tb_pgcat_io_names(r->arena, &r->env);
    *out = (tb_stmt){
        .arena = r->arena,
        .eval = tb_exec_eval,
        .sql = sql,
        .sql_len = strlen(sql),
        .env = &r->env,
        .catalog = r->catalog,
        .subject = &r->subject,
        .limits = {.memory_bytes = 64 << 20, .depth = 1000, .plan_nodes = 100000},
    };
}

static tb_rc check_view(void *ctx, const char *sql, tb_arena *arena, tb_column **cols,
                        uint16_t *ncols, tb_error *err)
{
    restorer *r = ctx;
    tb_statement_list list = {0};
    tb_stmt stmt;
    tb_plan *plan;
    TB_TRY(tb_parse(r->arena, sql, strlen(sql), NULL, &list, err));
    if (list.n != 1 || list.at[0].node->kind != TB_AST_QUERY)
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "view is not one query");
    make_stmt(r, sql, &stmt);
    tb_rc rc = tb_bind(&stmt, list.at[0].node, &plan, err);
    if (rc == TB_OK) {
        *ncols = (uint16_t)stmt.nresult;
        *cols = TB_NEW_ARRAY(arena, tb_column, stmt.nresult);
        for (uint32_t i = 0; i < stmt.nresult; i++) {
            (*cols)[i].name = tb_arena_strdup(arena, stmt.result[i].name);
            (*cols)[i].type = stmt.result[i].type;
        }
    }
    tb_catalog_unref(r->catalog);
    return rc;
}

static tb_rc check_policy(void *ctx, const tb_policy *policy, tb_error *err)
{
    restorer *r = ctx;
    tb_stmt stmt;
    tb_expr *body, **args = TB_NEW_ARRAY(r->arena, tb_expr *, policy->nargs);
    make_stmt(r, "", &stmt);
    for (uint32_t i = 0; i < policy->nargs; i++) {
        const tb_policy_arg *a = &policy->args[i];
        args[i] = tb_expr_col(r->arena, tb_stmt_add_col(&stmt, a->name, a->type, true), a->type);
    }
    tb_rc rc = tb_bind_policy_body(&stmt, policy->body, policy->args, args, policy->nargs,
                                   policy->returns, &body, err);
    tb_catalog_unref(r->catalog);
    return rc;
}

/* ---- the script ---- */

static tb_rc run_one(restorer *r, const tb_ast *node, tb_error *err)
{
    static const tb_connector_host host = {.scalar = tb_exec_scalar, .log = tb_log_source};
    tb_admin_result result = {0};
    if (!tb_store_is_admin(node))
        return TB_UNSUPPORTED(err, -1, tb_ast_kind_name(node->kind));
    tb_catalog *catalog = tb_store_snapshot(r->store);
    tb_subject first;
    r->arena = tb_arena_create(0);
    tb_subject_init(&first, r->arena, catalog, catalog->roles[0].oid, catalog->roles[0].oid);
    tb_admin_cx cx = {
        .subject = &first,
        .installer = true,
        .query_id = "",
        .arena = r->arena,
        .connector = tb_connector_find,
        .host = &host,
        .check_view = check_view,
        .check_policy = check_policy,
        .make_verifier = tb_scram_password_verifier,
        .ctx = r,
    };
    tb_rc rc = tb_store_execute(r->store, &cx, node, &result, err);
    tb_arena_destroy(r->arena);
    tb_catalog_unref(catalog);
    return rc;
}

/* The line a script's statement begins in. */
static unsigned line_of(const char *script, int position)
{
    unsigned line = 1;
    for (int i = 0; i < position && script[i] != '\0'; i++)
        line += script[i] == '\n';
    return line;
}

tb_rc tb_restore_run(const char *dir, const char *script, tb_error *err)
{
    restorer r = {0};
    tb_statement_list list = {0};
    tb_arena *arena = tb_arena_create(0);
    tb_rc rc = tb_parse(arena, script, strlen(script), NULL, &list, err);
    if (rc == TB_OK)
        rc = tb_store_open(dir, &r.store, err);
    for (uint32_t i = 0; rc == TB_OK && i < list.n; i++) {
        rc = run_one(&r, list.at[i].node, err);
        if (rc != TB_OK)
            tb_error_detail(err, "Line %u of the script.", line_of(script, (int)list.at[i].offset));
    }
    tb_store_close(r.store);
    tb_arena_destroy(arena);
    return rc;
}

tb_rc tb_restore_token_key(const char *dir, const char *script, uint8_t *key, bool *found,
                           tb_error *err)
{
    char path[4096], plain[TB_KEY_BYTES + 1];
    uint8_t file_key[TB_KEY_BYTES], sealed[TB_KEY_BYTES + TB_SEAL_OVERHEAD];
    size_t len;
    const char *hex = strstr(script, token_line);
    *found = hex != NULL;
    if (hex == NULL)
        return TB_OK;
    hex += strlen(token_line);
    for (size_t i = 0; i < sizeof sealed; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return TB_RAISE(err, TB_E_DATA_CORRUPTED, "the script holds a damaged token key");
        sealed[i] = (uint8_t)byte;
    }
    snprintf(path, sizeof path, "%s/tombolo.key", dir);
    TB_TRY(tb_key_read(path, file_key, err));
    tb_rc rc = tb_unseal(file_key, "token key", sealed, sizeof sealed, plain, &len, err);
    if (rc == TB_OK)
        memcpy(key, plain, TB_KEY_BYTES);
    OPENSSL_cleanse(file_key, sizeof file_key);
    OPENSSL_cleanse(plain, sizeof plain);
    return rc;
}
