/* SPDX-License-Identifier: Apache-2.0
 * System catalogs as relations: pg_catalog, information_schema and tombolo.* are typed tables made
 * of row producers, which our own executor scans, joins and filters like any other input.
 *
 * pgcat*.c holds one tb_pgcat_table per relation. tb_relation.provider of an INTERNAL relation is
 * its index in tb_pgcat_table_at(). A producer sees the statement's catalog snapshot and subject,
 * and filters its rows by what the subject may see.
 *
 * Threads: a scan belongs to one executor thread; several scans of one statement may run at once.
 */
#ifndef TB_SERVER_PGCAT_H
#define TB_SERVER_PGCAT_H

#include "core/io_text.h"
#include "core/stmt.h"

struct tb_session;

typedef struct tb_pgcat_column {
    const char *name;
    tb_type type;
} tb_pgcat_column;

typedef struct tb_pgcat_table tb_pgcat_table;

typedef struct tb_pgcat_scan {
    const tb_pgcat_table *table;
    const tb_stmt *stmt;        /* ->catalog, ->subject, ->env */
    struct tb_session *session; /* settings, sessions, record: server/session.h */
    tb_arena *arena;            /* lives as long as the scan */
    tb_arena *row;              /* bytes of values; reset between batches */
    uint64_t at;                /* the producer's position, 0 at first */
    void *state;                /* the producer's own */
} tb_pgcat_scan;

struct tb_pgcat_table {
    const char *schema, *name;
    uint32_t oid; /* fixed, below 16384: PostgreSQL's where it has the relation */
    char relkind; /* 'r' or 'v', as pg_class shows it */
    uint16_t ncols;
    const tb_pgcat_column *cols;
    const char *doc;
    tb_rc (*open)(tb_pgcat_scan *scan, tb_error *err); /* NULL = nothing to prepare */
    /* Sets values[0..ncols) of the next row (strings live in scan->row, scan->arena, the snapshot
     * or static storage); *more = false at the end. NULL = the relation is always empty. */
    tb_rc (*next)(tb_pgcat_scan *scan, tb_value *values, bool *more, tb_error *err);
    void (*close)(tb_pgcat_scan *scan); /* NULL = nothing to release */
};

/* The table of all internal relations; NULL past the end. */
const tb_pgcat_table *tb_pgcat_table_at(uint32_t provider);

/* The built-in schemas (pg_catalog 11, information_schema, tombolo), sorted by oid; array in the
 * arena. For the store. */
void tb_pgcat_schemas(tb_arena *arena, tb_schema **out, uint32_t *n);
/* The internal relations as the snapshot holds them, sorted by oid, all below 16384; schemas = the
 * snapshot's. For the store. */
void tb_pgcat_relations(tb_arena *arena, const tb_schema *schemas, uint32_t nschemas,
                        tb_relation **out, uint32_t *n);

/* Bodies of functions.def's TB_FN_SESSION lines that speak about the catalog (has_table_privilege,
 * format_type, pg_get_userbyid ...); NULL = not one of them. session_fn.c asks here for what it
 * does not have itself. */
tb_scalar_fn tb_pgcat_scalar(tb_fn_id fn);

/* Names behind reg* types for a statement's environment; lives in the arena. */
const tb_io_names *tb_pgcat_io_names(tb_arena *arena, const tb_env *env);

#endif
