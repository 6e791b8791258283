/* SPDX-License-Identifier: Apache-2.0
 * One execution of one query: THE SPINE. tb_query_run() is the life of a query from syntax tree to
 * the last row; everything else in the server leads to it or away from it.
 */
#ifndef TB_SERVER_QUERY_H
#define TB_SERVER_QUERY_H

#include "parser/parser.h"
#include "planner/planner.h"
#include "server/result.h"
#include "server/session.h"

/* How far a query has come, and how far tb_query_run() shall bring it. */
typedef enum tb_query_stage {
    TB_STAGE_PARSED,
    TB_STAGE_BOUND,   /* parameter types and result columns are known */
    TB_STAGE_PLANNED, /* fragments are proven, nothing was contacted */
    TB_STAGE_STARTED, /* its intent is on record, sources are being read */
    TB_STAGE_FINISHED /* all rows were given, its outcome is on record */
} tb_query_stage;

typedef struct tb_query {
    tb_session *session;
    tb_arena *arena; /* borrowed: tree, plan, everything of the statement */
    const tb_ast *ast;
    tb_query_stage stage;
    tb_catalog *catalog; /* the snapshot it runs against; a reference */
    tb_subject subject;
    tb_env env;
    tb_stmt stmt;
    tb_plan *plan;
    tb_exec_host host;
    tb_exec *exec;
    bool departments;      /* touches a department's relation: goes on record */
    bool intended;         /* its intent is on record, its outcome is not yet */
    uint16_t *map;         /* result column -> column of a batch */
    const tb_batch *batch; /* rows not given yet, from batch_at */
    uint32_t batch_at;
    uint64_t returned;
} tb_query;

/* A query over a QUERY tree. text: the statement's own text, NUL-terminated. types: of $1.. as far
 * as declared (TB_T_NONE = infer). Fails when the session's role is gone. */
tb_rc tb_query_new(tb_session *s, tb_arena *arena, const tb_ast *ast, const char *text,
                   const tb_type *types, uint32_t ntypes, tb_query **out, tb_error *err) TB_MUSTUSE;

/* Brings the query to a stage. STARTED: gives at most max_rows rows (0 = all) to the sink; *got
 * counts them; stage FINISHED = there are no more. When it fails, the failure is on record and the
 * query is closed. For the stages before, sink and got may be NULL. */
tb_rc tb_query_run(tb_query *q, tb_query_stage until, uint64_t max_rows, tb_sink *sink,
                   uint64_t *got, tb_error *err) TB_MUSTUSE;
/* The statement is only explained. Auditors read nobody's data, but may ask how any statement would
 * be run: theirs may then name every department's tables, and never starts. */
void tb_query_inspect(tb_query *q);
/* Values of $1.., types by q->stmt.params; before PLANNED. */
void tb_query_set_params(tb_query *q, const tb_value *params);
/* Ends it, wherever it is; what was given so far goes on record. NULL is allowed. */
void tb_query_close(tb_query *q);

/* Columns of the result, once BOUND. */
tb_desc tb_query_desc(const tb_query *q);

#endif
