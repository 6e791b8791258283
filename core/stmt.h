/* SPDX-License-Identifier: Apache-2.0
 * The statement: what every stage between parse and execution shares. Owned by the session thread;
 * read-only once execution starts, except for the atomics.
 */
#ifndef TB_CORE_STMT_H
#define TB_CORE_STMT_H

#include "core/list.h"
#include "core/plan.h"

struct tb_tz;       /* core/tz.h */
struct tb_dialects; /* connectors/dialect.h */

/* Clock, zone, identity: what stable functions read. Fixed for the statement. */
typedef struct tb_env {
    int64_t now_us;         /* transaction start, us since 2000-01-01 UTC */
    int64_t stmt_us;        /* statement start */
    const struct tb_tz *tz; /* session time zone */
    const char *timezone;   /* its name */
    const char *user;       /* session_user */
    const char *role;       /* current_user */
    const char *database;
    const char *application_name;
    uint32_t nsearch_path;
    const char **search_path; /* existing, usable schemas in order */
    int extra_float_digits;
    bool bytea_escape;  /* bytea_output = escape */
    int interval_style; /* 0 = postgres */
    int32_t backend_pid;
    const tb_catalog *catalog;
    const tb_subject *subject;
    const uint8_t *token_key;  /* 32 bytes for MASK_TOKEN; NULL = masks needing it fail */
    int64_t (*clock_us)(void); /* clock_timestamp(); injectable */
    void (*random_bytes)(void *to, size_t n); /* injectable */
    const char *(*setting)(const struct tb_env *env,
                           const char *name); /* current_setting(); NULL = unknown */
    const struct tb_io_names
        *io_names; /* names behind reg* types (core/io_text.h); NULL = numbers only */
    void *session; /* server's session, for the bodies it supplies: */
    tb_scalar_resolver
        session_scalar; /* bodies of functions.def's TB_FN_SESSION lines; NULL = 0A000 */
} tb_env;

/* What is known about a column id. */
typedef struct tb_colinfo {
    const char *name; /* for output and EXPLAIN */
    tb_type type;
    bool nullable;
    const tb_relation *rel; /* base column it passes through, or NULL */
    uint16_t attno;
} tb_colinfo;

typedef struct tb_limits {
    size_t memory_bytes; /* executor budget of the statement */
    size_t spill_bytes;  /* encrypted temporary files */
    uint32_t depth;      /* expression and subquery nesting */
    uint32_t plan_nodes;
} tb_limits;

typedef struct tb_result_col {
    const char *name;
    tb_type type;
    tb_colid col;
} tb_result_col;

struct tb_stmt;
/* Evaluates an expression without columns; the server sets tb_exec_eval, so that the planner can
 * fold constants without knowing the executor. */
typedef tb_rc (*tb_evaluator)(const struct tb_stmt *stmt, tb_arena *arena, const tb_expr *e,
                              tb_value *out, tb_error *err);

typedef struct tb_stmt {
    tb_arena *arena;
    tb_evaluator eval;
    const char *sql; /* text of this statement, NUL-terminated */
    size_t sql_len;
    const tb_env *env;
    const tb_catalog *catalog;
    const tb_subject *subject;
    const struct tb_dialects *dialects; /* loaded once by the server */
    tb_limits limits;
    bool pushdown;                /* SET tombolo.pushdown */
    char query_id[33];            /* 32 hex digits */
    TB_LIST(tb_colinfo) cols;     /* by tb_colid; entry 0 unused */
    TB_LIST(tb_type) params;      /* $1.. types; declared or inferred */
    const tb_value *param_values; /* NULL until bound */
    uint32_t next_cte;
    uint32_t nresult; /* columns of the answer, in order */
    const tb_result_col *result;
    TB_LIST(const tb_relation *)
    rels; /* every relation referenced, views included: for the record and plan cache */
    TB_LIST(struct tb_fragment *) fragments; /* filled by the split */
} tb_stmt;

/* New column id. name is copied into the statement's arena. */
tb_colid tb_stmt_add_col(tb_stmt *stmt, const char *name, tb_type type, bool nullable);
static inline const tb_colinfo *tb_stmt_col(const tb_stmt *stmt, tb_colid col)
{
    TB_CHECK(col > 0 && col < stmt->cols.n);
    return &stmt->cols.at[col];
}
static inline tb_type tb_stmt_col_type(const tb_stmt *stmt, tb_colid col)
{
    return tb_stmt_col(stmt, col)->type;
}

#endif
