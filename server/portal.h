/* SPDX-License-Identifier: Apache-2.0
 * Prepared statements and portals. A prepared statement is text, tree, parameter types and result
 * columns; a portal is one execution of it with parameters bound, from which rows are taken. The
 * protocol's portals and SQL's cursors are the same thing under two names, and so are statements of
 * Parse and of PREPARE.
 *
 * A query is planned when its portal is made, from the tree, against the catalog of that moment: a
 * statement prepared before a policy changed runs under the new policy, and when that changes its
 * columns it is refused (0A000), as clients expect.
 */
#ifndef TB_SERVER_PORTAL_H
#define TB_SERVER_PORTAL_H

#include "parser/parser.h"
#include "server/query.h"
#include "server/result.h"
#include "server/session.h"

/* ---- prepared statements (prepare.c) --------------------------------------------------------- */

struct tb_prepared {
    tb_prepared *next;
    const char *name;       /* "" = unnamed */
    tb_arena *arena;        /* holds everything of it */
    int refs;               /* the session's list and portals */
    const char *sql;        /* the whole text it was part of: error positions count in it */
    tb_statement statement; /* node NULL = empty query */
    uint32_t nparams;
    tb_type *params; /* declared or inferred */
    bool once;       /* not analysed: params and desc say nothing of a query */
    tb_desc desc;
    bool from_sql;        /* by PREPARE */
    tb_prepared *tree_of; /* whose arena holds the tree, when not its own; a reference */
    int64_t since_us;
    uint64_t catalog_version; /* it was analysed against */
};

/* Makes a statement of a parsed text. Takes over the arena, on failure too; sql and node belong to
 * it, or outlive the statement. types: declared OIDs, 0 = infer. A statement that is run once and
 * at once need not be analysed: its portal finds the columns. */
tb_rc tb_prepared_new(tb_session *s, tb_arena *arena, const char *sql,
                      const tb_statement *statement, const uint32_t *types, uint32_t ntypes,
                      bool once, tb_prepared **out, tb_error *err) TB_MUSTUSE;
void tb_prepared_unref(tb_prepared *p); /* NULL is allowed */
/* Its columns as they would be now, in the arena: not those of Parse when the catalog changed. */
tb_rc tb_prepared_columns(tb_session *s, const tb_prepared *p, tb_arena *arena, tb_desc *out,
                          tb_error *err) TB_MUSTUSE;
/* Keeps it under a name ("" replaces the unnamed one). 42P05 when the name is taken. */
tb_rc tb_prepared_store(tb_session *s, tb_prepared *p, const char *name, tb_error *err) TB_MUSTUSE;
/* Borrowed; 26000 when there is none. */
tb_rc tb_prepared_find(tb_session *s, const char *name, tb_prepared **out,
                       tb_error *err) TB_MUSTUSE;
/* False when there was none. */
bool tb_prepared_drop(tb_session *s, const char *name);
void tb_prepared_drop_all(tb_session *s);

/* PREPARE, DEALLOCATE. EXECUTE is a portal on the prepared statement. */
tb_rc tb_command_prepare(tb_session *s, tb_portal *portal, tb_error *err) TB_MUSTUSE;
tb_rc tb_command_deallocate(tb_session *s, tb_portal *portal, tb_error *err) TB_MUSTUSE;
/* Finds the statement of EXECUTE and computes its parameters into the arena. */
tb_rc tb_execute_resolve(tb_session *s, tb_arena *arena, const tb_ast_execute *ast,
                         tb_prepared **out, tb_value **params, tb_error *err) TB_MUSTUSE;

/* ---- portals (portal.c) ---------------------------------------------------------------------- */

typedef enum tb_portal_kind {
    TB_PORTAL_EMPTY,   /* empty query */
    TB_PORTAL_QUERY,   /* rows from the spine */
    TB_PORTAL_COMMAND, /* anything else; may leave rows in `rows` */
    TB_PORTAL_FETCH,   /* FETCH: rows of another portal */
    TB_PORTAL_COPY     /* COPY TO STDOUT */
} tb_portal_kind;

struct tb_portal {
    tb_portal *next;
    const char *name;
    tb_portal_kind kind;
    tb_arena *arena;
    tb_prepared *prepared; /* a reference; EXECUTE: the statement executed */
    const tb_ast *ast;     /* of the statement; EXECUTE: of the one executed */
    const tb_value *params;
    tb_desc desc;
    int16_t *formats; /* per column, NULL = all text */
    tb_query *query;
    tb_rowset *rows; /* COMMAND's answer; rows kept of a scrollable or held cursor */
    const char *tag; /* COMMAND: its command tag once it ran */
    bool ran, at_end;
    uint64_t position; /* rows before the next one */
    /* cursors of DECLARE */
    bool cursor, scroll, hold, binary;
    bool held;     /* survived its transaction */
    bool complete; /* rows has all that were left when it was made */
    bool at_after; /* position is behind the last row */
    uint64_t base; /* rows given before `rows` began */
    size_t held_bytes;
    uint32_t level; /* savepoint level it was made at */
    int64_t since_us;
    bool busy; /* running: cannot be closed by its own statement */
};

/* Makes a portal and, for queries, plans it. An unnamed portal replaces the former one; 42P03 when
 * the name is taken. params live in `arena`, which the portal takes over, on failure too.
 * formats: 0, 1 or one per column. */
tb_rc tb_portal_open(tb_session *s, const char *name, tb_arena *arena, tb_prepared *prepared,
                     const tb_value *params, const int16_t *formats, uint32_t nformats,
                     tb_portal **out, tb_error *err) TB_MUSTUSE;
/* The cursor of a DECLARE: a portal over its query, planned, in the arena it takes over. */
tb_rc tb_portal_declare(tb_session *s, tb_arena *arena, tb_prepared *prepared,
                        const tb_ast_declare_cursor *ast, const tb_value *params, tb_portal **out,
                        tb_error *err) TB_MUSTUSE;
/* 34000 when there is none; what: "portal" or "cursor". */
tb_rc tb_portal_find(tb_session *s, const char *name, const char *what, tb_portal **out,
                     tb_error *err) TB_MUSTUSE;
void tb_portal_close(tb_session *s, tb_portal *portal);
/* Runs it for at most max_rows rows (0 = all), sending rows, CopyData and the like to the client,
 * and sets *suspended, or the command tag in the arena. */
tb_rc tb_portal_run(tb_session *s, tb_portal *portal, uint64_t max_rows, bool *suspended,
                    const char **tag, tb_error *err) TB_MUSTUSE;

/* Takes up to n rows from a query's portal, forward, into a sink; *got < n at the end. */
tb_rc tb_portal_pull(tb_session *s, tb_portal *portal, uint64_t n, tb_sink *sink, uint64_t *got,
                     tb_error *err) TB_MUSTUSE;
/* Gives the portal a row set to hold, on the session's account. */
void tb_portal_hold_rows(tb_session *s, tb_portal *portal, tb_rowset *rows);
/* Bytes of rows the session may still hold. */
size_t tb_session_held_room(const tb_session *s);

/* What transactions do to portals. */
tb_rc tb_portals_persist(tb_session *s, tb_error *err) TB_MUSTUSE;
void tb_portals_drop_transaction(tb_session *s, bool commit);
void tb_portals_drop_level(tb_session *s, uint32_t level);
void tb_portals_merge_levels(tb_session *s, uint32_t level);
void tb_portals_drop_all(tb_session *s);

/* ---- cursors (cursor.c) ---- */
tb_rc tb_command_declare(tb_session *s, tb_portal *portal, tb_error *err) TB_MUSTUSE;
tb_rc tb_command_close(tb_session *s, tb_portal *portal, tb_error *err) TB_MUSTUSE;
/* The columns a FETCH of this cursor gives; false when there is no such cursor. */
bool tb_cursor_desc(tb_session *s, const char *name, tb_arena *arena, tb_desc *out, bool *binary);
/* Takes all rows that are left into memory and lets go of the sources: WITH HOLD at commit. */
tb_rc tb_cursor_materialise(tb_session *s, tb_portal *portal, tb_error *err) TB_MUSTUSE;
/* The next max_rows (0 = all) rows: Execute on a cursor. */
tb_rc tb_cursor_forward(tb_session *s, tb_portal *portal, uint64_t max_rows, tb_sink *sink,
                        uint64_t *got, tb_error *err) TB_MUSTUSE;
/* FETCH and MOVE: rows go to the sink (nowhere for MOVE); *n = rows fetched or moved over. */
tb_rc tb_cursor_fetch(tb_session *s, const tb_ast_fetch *ast, tb_sink *sink, uint64_t *n,
                      tb_error *err) TB_MUSTUSE;

/* ---- everything else (command.c, explain.c, copy_out.c) ---- */
/* Runs a COMMAND portal: sets portal->tag and perhaps portal->rows. */
tb_rc tb_command_run(tb_session *s, tb_portal *portal, tb_error *err) TB_MUSTUSE;
/* Columns of a statement that is not a query, before it runs. */
tb_rc tb_command_describe(tb_session *s, tb_arena *arena, const tb_ast *ast, tb_desc *out,
                          tb_error *err) TB_MUSTUSE;
tb_rc tb_command_explain(tb_session *s, tb_portal *portal, tb_error *err) TB_MUSTUSE;
/* COPY .. TO STDOUT: sends it all; *rows = lines sent. */
tb_rc tb_copy_out(tb_session *s, tb_portal *portal, uint64_t *rows, tb_error *err) TB_MUSTUSE;
/* Is it a statement that a failed transaction block lets through? */
bool tb_ast_ends_block(const tb_ast *ast);

#endif
