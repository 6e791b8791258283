/* SPDX-License-Identifier: Apache-2.0
 * Running a plan: push-based pipelines of worker threads below, a pull interface for the session
 * thread above.
 */
#ifndef TB_EXECUTOR_EXECUTOR_H
#define TB_EXECUTOR_EXECUTOR_H

#include "core/connector.h"

typedef struct tb_exec tb_exec;

/* Rows of an internal (catalog) relation; the server supplies them. */
typedef struct tb_internal_scan {
    /* Fills batch with the next rows of the asked columns; nrows = 0 at the end. */
    tb_rc (*next)(struct tb_internal_scan *scan, tb_batch *batch, tb_error *err);
    void (*close)(struct tb_internal_scan *scan);
} tb_internal_scan;

/* What the executor needs from its host. Callbacks are called from executor threads and must be
 * thread-safe. */
typedef struct tb_exec_host {
    void *ctx;
    /* A connection of the server's pool; blocks within the budget's queue, fails with 53300. */
    tb_rc (*acquire)(void *ctx, const tb_server *server, const tb_subject *subject,
                     const tb_connector_ops **ops, tb_conn **conn, tb_error *err);
    /* Gives it back; broken = do not reuse. */
    void (*release)(void *ctx, const tb_server *server, tb_conn *conn, bool broken);
    tb_rc (*internal_open)(void *ctx, const tb_stmt *stmt, const tb_relation *rel,
                           const uint16_t *attno, uint32_t n, tb_internal_scan **out,
                           tb_error *err);
    uint32_t threads;      /* workers per statement, >= 1 */
    uint32_t batch_rows;   /* 1..TB_BATCH_ROWS; tests vary it */
    const char *spill_dir; /* where encrypted unlinked files go */
} tb_exec_host;

/* Actuals of one fragment, for the record and EXPLAIN ANALYZE. */
typedef struct tb_fragment_stats {
    uint64_t rows, bytes;
    int64_t first_row_us, total_us;
} tb_fragment_stats;

/* Starts the statement's plan. stmt, plan and host outlive the execution. */
tb_rc tb_exec_start(tb_stmt *stmt, const tb_plan *plan, const tb_exec_host *host, tb_exec **out,
                    tb_error *err) TB_MUSTUSE;
/* Next batch of the plan's output (columns in plan->out order), valid until the next call; *out =
 * NULL at the end. */
tb_rc tb_exec_next(tb_exec *exec, const tb_batch **out, tb_error *err) TB_MUSTUSE;
/* Makes the execution fail soon with 57014; from any thread. Sources are interrupted. */
void tb_exec_cancel(tb_exec *exec);
/* Stops everything, joins threads, closes scans, wipes spill keys. NULL is allowed. */
void tb_exec_close(tb_exec *exec);

/* Actuals so far; i < stmt->fragments.n. */
tb_fragment_stats tb_exec_fragment_stats(const tb_exec *exec, uint32_t i);
/* Rows a plan node produced; -1 when the node was merged into another. */
int64_t tb_exec_node_rows(const tb_exec *exec, const tb_plan *node);
/* Peak of the budgeted memory and bytes spilled, in bytes. */
uint64_t tb_exec_peak_memory(const tb_exec *exec);
uint64_t tb_exec_spilled(const tb_exec *exec);

/* Bodies of scalar functions, for tb_connector_host and constant folding. */
tb_scalar_fn tb_exec_scalar(tb_fn_id fn);
/* Evaluates an expression without columns (constants, parameters, stable functions): constant
 * folding, LIMIT, defaults. Result bytes live in the arena. */
tb_rc tb_exec_eval(const tb_stmt *stmt, tb_arena *arena, const tb_expr *e, tb_value *out,
                   tb_error *err) TB_MUSTUSE;

#endif
