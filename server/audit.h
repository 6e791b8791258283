/* SPDX-License-Identifier: Apache-2.0
 * The record: what crossed, per query. INTENT is durable before any source is contacted, OUTCOME
 * before the last message to the client; when the record cannot be written the query is refused. No
 * data values; literals are hashed with a salt.
 */
#ifndef TB_SERVER_AUDIT_H
#define TB_SERVER_AUDIT_H

#include "core/stmt.h"
#include "executor/executor.h"

typedef struct tb_audit tb_audit;

/* Opens DIR/record.db (created when absent); intents without outcome of an earlier process become
 * "aborted". */
tb_rc tb_audit_open(const char *dir, tb_audit **out, tb_error *err) TB_MUSTUSE;
void tb_audit_close(tb_audit *record);

/* Appends and syncs the intent of a planned statement: query id, time, user, roles, purpose,
 * fingerprint of the text, and per fragment server, hash of the remote SQL, columns, masks, row
 * policies, keys shipped. */
tb_rc tb_audit_intent(tb_audit *record, const tb_stmt *stmt, tb_error *err) TB_MUSTUSE;
/* Appends and syncs the outcome: rows and bytes per department, rows returned, SQLSTATE ("00000" =
 * success). */
tb_rc tb_audit_outcome(tb_audit *record, const tb_stmt *stmt, const tb_exec *exec,
                       uint64_t rows_returned, const char *sqlstate, tb_error *err) TB_MUSTUSE;
/* Other events: login, failed login, administration statement (tag and object, no secrets),
 * refusals before a plan existed. at_us: us since 2000-01-01 UTC. */
tb_rc tb_audit_event(tb_audit *record, int64_t at_us, const char *query_id, const char *user,
                     const char *event, const char *object, const char *sqlstate,
                     tb_error *err) TB_MUSTUSE;

/* Columns of the relations (timestamps as us since 2000-01-01 UTC):
 *   queries: query_id, started, finished, user, role, roles, purpose, statement, statement_hash,
 *     catalog_version, sqlstate, rows_returned
 *   crossings: query_id, fragment, server, department, tables, columns, masked, row_policies,
 *     keys_shipped, sql_hash, rows, bytes
 *   events: at, query_id, user, event, object, sqlstate
 * The relations tombolo.query_log, tombolo.query_crossing and tombolo.event_log, read by auditors.
 * One call per scan; cursor is opaque and freed by tb_audit_scan_close. */
typedef struct tb_audit_scan tb_audit_scan;
typedef enum tb_audit_relation {
    TB_AUDIT_QUERIES,
    TB_AUDIT_CROSSINGS,
    TB_AUDIT_EVENTS
} tb_audit_relation;
tb_rc tb_audit_scan_open(tb_audit *record, tb_audit_relation which, tb_audit_scan **out,
                         tb_error *err) TB_MUSTUSE;
/* Fills values[] (column order of the relation; strings in the arena); *more = false at the end. */
tb_rc tb_audit_scan_next(tb_audit_scan *scan, tb_arena *arena, tb_value *values, bool *more,
                         tb_error *err) TB_MUSTUSE;
void tb_audit_scan_close(tb_audit_scan *scan);

#endif
