/* SPDX-License-Identifier: Apache-2.0
 * The record: what crossed, per query. INTENT is durable before any source is contacted, OUTCOME before the last message
 * to the client; when the record cannot be written the query is refused. No data values; literals are hashed with a salt.
 */
#ifndef TB_SERVER_RECORD_H
#define TB_SERVER_RECORD_H

#include "core/stmt.h"
#include "executor/executor.h"

typedef struct tb_record tb_record;

/* Opens DIR/record.db (created when absent); intents without outcome of an earlier process become "aborted". */
tb_rc tb_record_open(const char *dir, tb_record **out, tb_error *err) TB_MUSTUSE;
void tb_record_close(tb_record *record);

/* Appends and syncs the intent of a planned statement: query id, time, user, roles, purpose, fingerprint of the text, and
 * per fragment server, hash of the remote SQL, columns, masks, row policies, keys shipped. */
tb_rc tb_record_intent(tb_record *record, const tb_stmt *stmt, tb_error *err) TB_MUSTUSE;
/* Appends and syncs the outcome: rows and bytes per department, rows returned, SQLSTATE ("00000" = success). */
tb_rc tb_record_outcome(tb_record *record, const tb_stmt *stmt, const tb_exec *exec, uint64_t rows_returned,
                        const char *sqlstate, tb_error *err) TB_MUSTUSE;
/* Other events: login, failed login, administration statement (tag and object, no secrets), refusals before a plan existed. */
tb_rc tb_record_event(tb_record *record, const char *query_id, const char *user, const char *event, const char *object,
                      const char *sqlstate, tb_error *err) TB_MUSTUSE;

/* Columns of the relations tombolo.query_log, tombolo.query_crossing and tombolo.event_log, read by auditors. One call per
 * scan; cursor is opaque and freed by tb_record_scan_close. */
typedef struct tb_record_scan tb_record_scan;
typedef enum tb_record_relation { TB_RECORD_QUERIES, TB_RECORD_CROSSINGS, TB_RECORD_EVENTS } tb_record_relation;
tb_rc tb_record_scan_open(tb_record *record, tb_record_relation which, tb_record_scan **out, tb_error *err) TB_MUSTUSE;
/* Fills values[] (column order of the relation; strings in the arena); *more = false at the end. */
tb_rc tb_record_scan_next(tb_record_scan *scan, tb_arena *arena, tb_value *values, bool *more, tb_error *err) TB_MUSTUSE;
void tb_record_scan_close(tb_record_scan *scan);

#endif
