/* SPDX-License-Identifier: Apache-2.0
 * Administration statements on their way to the catalog store: what the store may use of us, and
 * the record of what was done.
 */
#include "server/auth_scram.h"
#include "server/command.h"

#include "planner/planner.h"

#include <string.h>

/* Columns of REFRESH FOREIGN SCHEMA's drift report; other administration statements give no rows.
 */
static const char *const drift_columns[] = {"table", "column", "change", "action"};

void tb_command_describe_admin(tb_arena *arena, const tb_ast *ast, tb_desc *out)
{
    if (ast->kind == TB_AST_REFRESH_SCHEMA)
        *out = tb_desc_text(arena, TB_COUNT(drift_columns), drift_columns);
}

/* ---- what the store asks of the front end ---- */

static tb_rc view_columns(const tb_query *q, tb_arena *arena, tb_column **cols, uint16_t *ncols)
{
    *ncols = (uint16_t)q->stmt.nresult;
    *cols = TB_NEW_ARRAY(arena, tb_column, q->stmt.nresult);
    for (uint32_t i = 0; i < q->stmt.nresult; i++) {
        (*cols)[i].name = tb_arena_strdup(arena, q->stmt.result[i].name);
        (*cols)[i].type = q->stmt.result[i].type;
    }
    return TB_OK;
}

static tb_rc check_view(void *ctx, const char *sql, tb_arena *arena, tb_column **cols,
                        uint16_t *ncols, tb_error *err)
{
    tb_session *s = ctx;
    tb_arena *work = tb_arena_create(0);
    tb_statement_list list = {0};
    tb_query *q = NULL;
    tb_rc rc = tb_parse(work, sql, strlen(sql), NULL, &list, err);
    if (rc == TB_OK && (list.n != 1 || list.at[0].node->kind != TB_AST_QUERY))
        rc = TB_RAISE(err, TB_E_INTERNAL_ERROR, "view is not one query");
    if (rc == TB_OK)
        rc = tb_query_new(s, work, list.at[0].node, tb_arena_strdup(work, sql), NULL, 0, &q, err);
    if (rc == TB_OK)
        rc = tb_query_run(q, TB_STAGE_BOUND, 0, NULL, NULL, err);
    if (rc == TB_OK) {
        rc = view_columns(q, arena, cols, ncols);
        tb_query_close(q);
    }
    tb_arena_destroy(work);
    return rc;
}

/* A policy body binds over its arguments, whatever columns they will be. */
static tb_rc check_policy(void *ctx, const tb_policy *policy, tb_error *err)
{
    tb_session *s = ctx;
    tb_arena *work = tb_arena_create(0);
    tb_query *q;
    tb_rc rc = tb_query_new(s, work, NULL, "", NULL, 0, &q, err);
    if (rc == TB_OK) {
        tb_expr **args = TB_NEW_ARRAY(work, tb_expr *, policy->nargs), *body;
        for (uint32_t i = 0; i < policy->nargs; i++) {
            const tb_policy_arg *a = &policy->args[i];
            args[i] = tb_expr_col(work, tb_stmt_add_col(&q->stmt, a->name, a->type, true), a->type);
        }
        rc = tb_bind_policy_body(&q->stmt, policy->body, policy->args, args, policy->nargs,
                                 policy->returns, &body, err);
        tb_query_close(q);
    }
    tb_arena_destroy(work);
    return rc;
}

/* ---- running one ---- */

static tb_rc execute(tb_session *s, tb_portal *portal, const char *query_id, tb_admin_result *out,
                     tb_error *err)
{
    tb_subject subject;
    tb_env env;
    tb_catalog *catalog = tb_store_snapshot(s->gw->store);
    tb_rc rc = tb_session_subject(s, portal->arena, catalog, &subject, err);
    if (rc == TB_OK) {
        tb_session_env(s, portal->arena, catalog, &subject, &env);
        tb_admin_cx cx = {
            .subject = &subject,
            .query_id = query_id,
            .search_path = env.search_path,
            .nsearch_path = env.nsearch_path,
            .arena = portal->arena,
            .connector = tb_connector_find,
            .host = &s->gw->connector_host,
            .check_view = check_view,
            .check_policy = check_policy,
            .make_verifier = tb_scram_password_verifier,
            .ctx = s,
        };
        rc = tb_store_execute(s->gw->store, &cx, portal->ast, out, err);
    }
    tb_catalog_unref(catalog);
    return rc;
}

static tb_rc keep_rows(tb_session *s, tb_portal *portal, const tb_admin_result *result,
                       tb_error *err)
{
    TB_CHECK(result->ncols == portal->desc.n);
    tb_rowset *rows = tb_rowset_create(portal->desc.types, portal->desc.n, tb_session_held_room(s));
    tb_portal_hold_rows(s, portal, rows);
    for (uint32_t i = 0; i < result->rows.n; i++)
        TB_TRY(tb_rowset_add_text(rows, result->rows.at[i], err));
    return TB_OK;
}

tb_rc tb_command_admin(tb_session *s, tb_portal *portal, tb_error *err)
{
    const char *what = tb_ast_kind_name(portal->ast->kind);
    char query_id[33];
    tb_admin_result result = {0};
    tb_error second = tb_session_error(s);
    TB_TRY(tb_txn_forbid_block(s, what, err));
    tb_session_new_query_id(query_id);
    tb_rc rc = execute(s, portal, query_id, &result, err);
    tb_rc recorded = tb_audit_event(s->gw->audit, tb_clock_us(), query_id, s->user, "admin", what,
                                    rc == TB_OK ? "00000" : tb_sqlstate(err->code), &second);
    if (rc == TB_OK && recorded != TB_OK) {
        *err = second; /* done, but not on record: the administrator must know */
        rc = TB_FAIL;
    }
    tb_log(TB_LOG_INFO, "admin", "query", query_id, "user", s->user, "statement", what, "sqlstate",
           rc == TB_OK ? "00000" : tb_sqlstate(err->code), NULL);
    if (rc != TB_OK)
        return TB_FAIL;
    for (uint32_t i = 0; i < result.notices.n; i++)
        tb_session_notice(s, TB_SEV_NOTICE, TB_E_SUCCESS, "%s", result.notices.at[i]);
    portal->tag = result.tag;
    return result.ncols > 0 ? keep_rows(s, portal, &result, err) : TB_OK;
}
