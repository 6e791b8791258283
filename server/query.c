/* SPDX-License-Identifier: Apache-2.0
 * The life of a query.
 *
 *     text --tb_parse--> tree --tb_bind--> plan over names and types
 *          --tb_policy_apply--> the same, protected relations masked, filtered and fenced
 *          --tb_optimize--> a cheaper one
 *          --tb_split--> one fragment per department, the rest here
 *          --tb_policy_check--> proven, by another algorithm, to let no raw value through; stamped
 *          --tb_audit_intent--> on record, durably, before any source hears of it
 *          --tb_exec_start, tb_exec_next--> batches --sink--> the client
 *          --tb_audit_outcome--> on record, before the client hears the end of it
 *
 * The planner does not know that policy exists; policy knows neither parser nor planner; a
 * connector refuses a fragment without the stamp. Parsing happens before (a text may hold several
 * statements).
 *
 * Entry points: tb_query_new, tb_query_run, tb_query_close.
 */
#include "server/query.h"

#include "connectors/deparse.h"
#include "policy/policy.h"

#include <string.h>
#include <unistd.h>

/* ---- what the executor asks of us ---- */

static bool interrupted(void *ctx)
{
    tb_query *q = ctx;
    return tb_handle_interrupt(q->session->handle) != TB_INTERRUPT_NONE;
}

static tb_rc acquire(void *ctx, const tb_server *server, const tb_subject *subject,
                     const tb_connector_ops **ops, tb_conn **conn, tb_error *err)
{
    tb_query *q = ctx;
    return tb_pool_acquire(q->session->gw->pool, server, subject, interrupted, q, ops, conn, err);
}

static void release(void *ctx, const tb_server *server, tb_conn *conn, bool broken)
{
    tb_query *q = ctx;
    tb_pool_release(q->session->gw->pool, server, conn, broken);
}

static tb_rc internal_open(void *ctx, const tb_stmt *stmt, const tb_relation *rel,
                           const uint16_t *attno, uint32_t n, tb_internal_scan **out, tb_error *err)
{
    tb_query *q = ctx;
    return tb_session_internal_open(q->session, stmt, rel, attno, n, out, err);
}

static uint32_t worker_threads(const tb_session *s)
{
    long machine = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t most = s->config->threads > 0 ? s->config->threads : machine > 0 ? machine : 1;
    int64_t wanted = tb_settings_int(s->settings, TB_SETTING_THREADS);
    return (uint32_t)(wanted > 0 && wanted < most ? wanted : most);
}

/* ---- beginning and end ---- */

tb_rc tb_query_new(tb_session *s, tb_arena *arena, const tb_ast *ast, const char *text,
                   const tb_type *types, uint32_t ntypes, tb_query **out, tb_error *err)
{
    tb_query *q = TB_NEW(arena, tb_query);
    *q = (tb_query){.session = s, .arena = arena, .ast = ast};
    q->catalog = tb_store_snapshot(s->gw->store);
    if (tb_session_subject(s, arena, q->catalog, &q->subject, err) != TB_OK) {
        tb_catalog_unref(q->catalog);
        return TB_FAIL;
    }
    tb_session_env(s, arena, q->catalog, &q->subject, &q->env);
    q->stmt = (tb_stmt){
        .arena = arena,
        .eval = tb_exec_eval,
        .sql = text,
        .sql_len = strlen(text),
        .env = &q->env,
        .catalog = q->catalog,
        .subject = &q->subject,
        .dialects = s->gw->dialects,
        .limits = tb_session_limits(s),
        .pushdown = tb_settings_bool(s->settings, TB_SETTING_PUSHDOWN),
    };
    tb_session_new_query_id(q->stmt.query_id);
    for (uint32_t i = 0; i < ntypes; i++)
        tb_list_push(arena, &q->stmt.params, types[i]);
    q->host = (tb_exec_host){
        .ctx = q,
        .acquire = acquire,
        .release = release,
        .internal_open = internal_open,
        .threads = worker_threads(s),
        .batch_rows = TB_BATCH_ROWS,
        .spill_dir = s->gw->spill_dir,
    };
    *out = q;
    return TB_OK;
}

void tb_query_set_params(tb_query *q, const tb_value *params)
{
    q->stmt.param_values = params;
}

void tb_query_inspect(tb_query *q)
{
    q->subject.inspects = tb_catalog_role_by_oid(q->catalog, q->subject.role)->auditor;
}

/* Stops the execution and frees what is not in the arena. */
static void shut(tb_query *q)
{
    tb_handle_attach(q->session->handle, NULL);
    tb_exec_close(q->exec);
    q->exec = NULL;
    q->batch = NULL;
    tb_catalog_unref(q->catalog);
    q->catalog = NULL;
}

static tb_rc record_outcome(tb_query *q, const char *sqlstate, tb_error *err)
{
    if (!q->intended)
        return TB_OK;
    q->intended = false;
    return tb_audit_outcome(q->session->gw->audit, &q->stmt, q->exec, q->returned, sqlstate, err);
}

/* The statement failed with *err: that goes on record too, whether it got as far as an intent or
 * not, and the client gets *err. */
static void fail(tb_query *q, tb_error *err)
{
    tb_error why = tb_session_error(q->session), second = why;
    if (tb_handle_check(q->session->handle, &why) != TB_OK)
        *err = why; /* the true reason of a 57014 from below */
    tb_log_error(TB_LOG_INFO, "query failed", q->stmt.query_id, err);
    if (!q->intended)
        tb_session_record_failure(q->session, q->stmt.query_id, err);
    else if (record_outcome(q, tb_sqlstate(err->code), &second) != TB_OK)
        tb_log_error(TB_LOG_ERROR, "record not written", q->stmt.query_id, &second);
    shut(q);
}

void tb_query_close(tb_query *q)
{
    if (q == NULL || q->catalog == NULL)
        return;
    tb_error err = tb_session_error(q->session);
    if (record_outcome(q, tb_sqlstate(TB_E_SUCCESS), &err) != TB_OK)
        tb_log_error(TB_LOG_ERROR, "record not written", q->stmt.query_id, &err);
    shut(q);
}

/* ---- results ---- */

tb_desc tb_query_desc(const tb_query *q)
{
    const tb_stmt *stmt = &q->stmt;
    tb_desc desc = tb_desc_new(q->arena, stmt->nresult);
    for (uint32_t i = 0; i < stmt->nresult; i++) {
        const tb_result_col *col = &stmt->result[i];
        const tb_colinfo *info = tb_stmt_col(stmt, col->col);
        tb_desc_set(&desc, i, col->name, col->type);
        /* a masked column is not the column of the table: clients would look it up */
        if (info->rel != NULL && info->rel->cols[info->attno].mask.policy == NULL) {
            desc.cols[i].table_oid = info->rel->oid;
            desc.cols[i].attnum = (int16_t)(info->attno + 1);
        }
    }
    return desc;
}

static void map_result(tb_query *q)
{
    const tb_stmt *stmt = &q->stmt;
    q->map = TB_NEW_ARRAY(q->arena, uint16_t, stmt->nresult);
    for (uint32_t i = 0; i < stmt->nresult; i++) {
        uint32_t k = 0;
        while (k < q->plan->nout && q->plan->out[k] != stmt->result[i].col)
            k++;
        TB_CHECK(k < q->plan->nout);
        q->map[i] = (uint16_t)k;
    }
}

static tb_rc check_row_limit(const tb_query *q, tb_error *err)
{
    int64_t own = tb_settings_int(q->session->settings, TB_SETTING_MAX_RESULT_ROWS);
    int64_t limit = q->session->config->result_rows;
    if (own > 0 && (limit == 0 || own < limit))
        limit = own;
    if (limit == 0 || q->returned <= (uint64_t)limit)
        return TB_OK;
    return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "result has more than %lld rows",
                    (long long)limit);
}

/* Gives at most max_rows (0 = all) rows to the sink; FINISHED when the execution has no more. */
static tb_rc give_rows(tb_query *q, uint64_t max_rows, tb_sink *sink, uint64_t *got, tb_error *err)
{
    *got = 0;
    while (max_rows == 0 || *got < max_rows) {
        if (q->batch == NULL || q->batch_at == q->batch->nsel) {
            TB_TRY(tb_handle_check(q->session->handle, err));
            TB_TRY(tb_exec_next(q->exec, &q->batch, err));
            q->batch_at = 0;
            if (q->batch == NULL) {
                q->stage = TB_STAGE_FINISHED;
                return TB_OK;
            }
        }
        uint32_t n = q->batch->nsel - q->batch_at;
        if (max_rows != 0 && n > max_rows - *got)
            n = (uint32_t)(max_rows - *got);
        tb_slice slice = {q->batch, q->map, q->stmt.nresult, q->batch_at, n};
        q->batch_at += n;
        q->returned += n;
        *got += n;
        TB_TRY(check_row_limit(q, err));
        TB_TRY(sink->rows(sink, &slice, err));
    }
    return TB_OK;
}

/* ---- the spine ---- */

/* tb_policy_deparser: the check deparses every fragment's subtree again and compares. */
static tb_rc deparse(tb_stmt *stmt, const tb_server *server, const tb_plan *subtree,
                     tb_policy_text *out, tb_error *err)
{
    const tb_dialect *dialect = tb_dialect_find(stmt->dialects, server->dialect);
    tb_deparsed again;
    if (dialect == NULL)
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "server \"%s\" has no dialect", server->name);
    TB_TRY(tb_deparse(stmt, subtree, dialect, &again, err));
    *out = (tb_policy_text){again.sql, again.nbinds, again.binds, again.range_text, again.range_at};
    return TB_OK;
}

/* Departments' relations make a query worth recording; our own catalogs do not. */
static void note_departments(tb_query *q)
{
    for (uint32_t i = 0; i < q->stmt.rels.n; i++)
        q->departments = q->departments || q->stmt.rels.at[i]->kind != TB_REL_INTERNAL;
}

/* A SELECT without FROM that can only fail fails here, before the client is told its columns: as in
 * PostgreSQL, which computes constants when it plans. */
static tb_rc compute_constants(const tb_query *q, tb_error *err)
{
    const tb_plan *p = q->plan;
    tb_value ignored;
    bool unbound = q->stmt.params.n > 0 && q->stmt.param_values == NULL;
    if (p->kind != TB_P_PROJECT || p->in[0]->kind != TB_P_ROW || unbound)
        return TB_OK;
    for (uint32_t i = 0; i < p->project.n; i++) {
        const tb_expr *e = p->project.items[i].expr;
        if (e->kind != TB_X_CONST && !tb_expr_is_volatile(e) && e->type.id != TB_T_RECORD)
            TB_TRY(tb_exec_eval(&q->stmt, q->arena, e, &ignored, err));
    }
    return TB_OK;
}

static tb_rc record_intent(tb_query *q, tb_error *err)
{
    if (!q->departments && q->stmt.fragments.n == 0)
        return TB_OK;
    TB_TRY(tb_audit_intent(q->session->gw->audit, &q->stmt, err));
    q->intended = true;
    return TB_OK;
}

static tb_rc start(tb_query *q, tb_error *err)
{
    TB_CHECK(!q->subject.inspects);
    map_result(q);
    q->session->txn.queried = true;
    tb_handle_set_query(q->session->handle, q->stmt.query_id);
    TB_TRY(tb_exec_start(&q->stmt, q->plan, &q->host, &q->exec, err));
    q->stage = TB_STAGE_STARTED;
    return TB_OK;
}

static tb_rc advance(tb_query *q, tb_query_stage until, uint64_t max_rows, tb_sink *sink,
                     uint64_t *got, tb_error *err)
{
    tb_stmt *stmt = &q->stmt;

    if (q->stage < TB_STAGE_BOUND) {
        TB_TRY(tb_bind(stmt, q->ast, &q->plan, err)); /* names, types, privileges */
        note_departments(q);
        q->stage = TB_STAGE_BOUND;
    }
    if (q->stage == until)
        return TB_OK;

    if (q->stage < TB_STAGE_PLANNED) {
        TB_TRY(tb_policy_apply(stmt, tb_bind_policy_body, &q->plan, err)); /* masks, row filters */
        TB_TRY(tb_optimize(stmt, &q->plan, err));
        TB_TRY(tb_split(stmt, &q->plan, err)); /* fragments per department */
        TB_TRY(tb_policy_check(stmt, tb_bind_policy_body, deparse, q->plan,
                               err)); /* the independent proof */
        TB_TRY(compute_constants(q, err));
        TB_TRY(tb_handle_check(q->session->handle, err));
        q->stage = TB_STAGE_PLANNED;
    }
    if (q->stage == until)
        return TB_OK;

    if (q->stage < TB_STAGE_STARTED) {
        TB_TRY(record_intent(q, err)); /* durable, or nothing is read */
        TB_TRY(start(q, err));
    }
    tb_handle_attach(q->session->handle, q->exec);
    TB_TRY(give_rows(q, max_rows, sink, got, err));
    tb_handle_attach(q->session->handle, NULL);
    if (q->stage == TB_STAGE_FINISHED)
        TB_TRY(record_outcome(q, tb_sqlstate(TB_E_SUCCESS), err));
    return TB_OK;
}

tb_rc tb_query_run(tb_query *q, tb_query_stage until, uint64_t max_rows, tb_sink *sink,
                   uint64_t *got, tb_error *err)
{
    TB_CHECK(q->catalog != NULL);
    if (q->stage == TB_STAGE_FINISHED) {
        *got = 0; /* an exhausted portal has no rows, again and again */
        return TB_OK;
    }
    tb_rc rc = advance(q, until, max_rows, sink, got, err);
    if (rc != TB_OK)
        fail(q, err);
    return rc;
}
