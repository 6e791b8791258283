/* SPDX-License-Identifier: Apache-2.0
 * pg_catalog, information_schema and tombolo.*: internal relations, answered from the snapshot by our own executor.
 *
 * Columns and their order are PostgreSQL 15's. Rows are filtered by what the subject may see.
 */
#ifndef TB_SERVER_PGCAT_H
#define TB_SERVER_PGCAT_H

#include "core/catalog.h"
#include "executor/executor.h"

struct tb_record;

/* The built-in schemas (pg_catalog 11, information_schema, tombolo), sorted by oid; array in the arena. */
void tb_pgcat_schemas(tb_arena *arena, tb_schema **out, uint32_t *n);
/* The internal relations with their columns, sorted by oid, all below 16384; schemas = the snapshot's array. */
void tb_pgcat_relations(tb_arena *arena, const tb_schema *schemas, uint32_t nschemas, tb_relation **out, uint32_t *n);

/* Rows of an internal relation for the statement's subject: tb_exec_host.internal_open. record feeds tombolo.query_log & co
 * (auditors only). */
tb_rc tb_pgcat_open(const tb_stmt *stmt, struct tb_record *record, const tb_relation *rel, const uint16_t *attno, uint32_t n,
                    tb_internal_scan **out, tb_error *err) TB_MUSTUSE;

#endif
