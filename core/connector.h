/* SPDX-License-Identifier: Apache-2.0
 * The connector contract: how the executor and discovery reach a source. Required callbacks first;
 * optional ones may be NULL.
 *
 * Threads: a tb_conn and its scans belong to one thread at a time; only cancel() may be called from
 * another. Errors: a connector never puts a source's own text into *err (class, SQLSTATE, server
 * name only); the text goes to host->log. A value that does not fit its declared type is one error
 * naming server.table.column and no bytes of it.
 */
#ifndef TB_CORE_CONNECTOR_H
#define TB_CORE_CONNECTOR_H

#include "core/fragment.h"
#include "core/stmt.h"
#include "core/vector.h"

typedef struct tb_conn tb_conn;
typedef struct tb_scan tb_scan;

/* What the host (server/) lends to connectors. */
typedef struct tb_connector_host {
    tb_scalar_resolver scalar; /* bodies of our functions, for sources that run in this process */
    /* Structured log for source diagnostics; never shown to clients. */
    void (*log)(const char *server, const char *query_id, const char *event, const char *text);
    /* True when fragment->stamp is the policy stage's stamp for this query; a connector checks
     * before opening. */
    bool (*stamp_valid)(const char *query_id, const tb_fragment *fragment);
} tb_connector_host;

typedef struct tb_remote_column {
    const char *name;
    const char *declared_type; /* as the source spells it */
    tb_type type;              /* mapped; TB_T_NONE = no exact mapping (column stays hidden) */
    bool not_null;
    uint16_t pk; /* 1-based position in the primary key, 0 = not in it */
} tb_remote_column;

typedef struct tb_remote_table {
    const char *schema; /* or NULL */
    const char *name;
    uint32_t ncols;
    tb_remote_column *cols;
    double rows; /* estimate, < 0 = unknown */
} tb_remote_table;

typedef TB_LIST(tb_remote_table) tb_remote_tables;

/* One partition of a partitionable scan: rows with lo <= key < hi in the source's own terms (rowid,
 * ctid, ...). */
typedef struct tb_scan_range {
    bool whole; /* no restriction */
    int64_t lo, hi;
} tb_scan_range;

typedef struct tb_scan_request {
    const char *query_id;
    const tb_fragment *fragment;
    const tb_env *env;
    uint32_t ncols;
    const tb_type *types;  /* of the output columns, in order */
    const tb_value *binds; /* fragment->nbinds values, types by fragment->binds[i]->type */
    tb_scan_range range;
    uint32_t scans; /* scans of this server the statement may have open at once: if more than one,
                       all scans of the statement see one state of the source */
    size_t heap_limit_bytes; /* memory the source library may take, 0 = its default */
} tb_scan_request;

typedef struct tb_connector_ops {
    const char *driver; /* FOREIGN DATA WRAPPER name */
    const char *dialect;
    /* Checks option names and values of a server (CREATE SERVER): HV00D for an unknown one. */
    tb_rc (*check_options)(const tb_option *options, uint32_t n, tb_error *err);
    /* mapping = user mapping options, secrets already unsealed; NULL when there is none. */
    tb_rc (*connect)(const tb_connector_host *host, const tb_server *server,
                     const tb_option *mapping, uint32_t nmapping, tb_conn **out, tb_error *err);
    void (*disconnect)(tb_conn *conn);
    /* Tables of a remote schema (NULL = the default) with columns and types; strings in the arena.
     */
    tb_rc (*describe)(tb_conn *conn, const char *remote_schema, tb_arena *arena,
                      tb_remote_tables *out, tb_error *err);
    /* Starts a fragment. On success *out is closed with close(). */
    tb_rc (*open)(tb_conn *conn, const tb_scan_request *req, tb_scan **out, tb_error *err);
    /* Fills `batch` (reset by the callee) with up to TB_BATCH_ROWS rows; nrows = 0 at the end. */
    tb_rc (*next)(tb_scan *scan, tb_batch *batch, tb_error *err);
    /* Interrupts a running open()/next(), from any thread, until close(). The scan then fails with
     * 57014. */
    void (*cancel)(tb_scan *scan);
    void (*close)(tb_scan *scan);
    /* ---- optional ---- */
    /* Splits a single-table fragment into at most max ranges; returns how many (1 = cannot be
     * split). */
    uint32_t (*partition)(tb_conn *conn, const tb_fragment *fragment, uint32_t max,
                          tb_scan_range *ranges);
    /* Replays the leak probes against the real source (policy reference W7-W9); *verified tells the
     * outcome. */
    tb_rc (*probe_fence)(tb_conn *conn, bool *verified, tb_error *err);
    /* Bytes received from the source since open (payload as the connector saw it). */
    uint64_t (*bytes)(const tb_scan *scan);
    /* The statement has read all it wants of the server, or may take long to ask for more: what is
     * held so that later scans see the state of earlier ones ends. From any thread; a scan opened
     * after it may fail with 40001. */
    void (*let_go)(const char *query_id, const char *server);
} tb_connector_ops;

#endif
