/* SPDX-License-Identifier: Apache-2.0
 * One client session: connection, identity, settings, transaction state, prepared statements and
 * portals. Owned by its thread; what other threads may touch is in the tb_handle (cancel.h), and
 * the settings while a statement runs, through tb_session_setting() and tb_session_set_config().
 *
 * Files: session.c life and message loop; session_env.c what a statement sees; session_io.c talking
 * to the client; transaction.c; portal.c, prepare.c, cursor.c; command.c and its friends for the
 * statements that are not queries; query.c the spine.
 */
#ifndef TB_SERVER_SESSION_H
#define TB_SERVER_SESSION_H

#include "core/io_text.h"
#include "core/stmt.h"
#include "parser/parser.h"
#include "server/gateway.h"
#include "server/pgwire.h"
#include "server/settings.h"
#include "server/stream.h"

#include <pthread.h>

typedef struct tb_prepared tb_prepared;
typedef struct tb_portal tb_portal;

/* ---- transactions ---------------------------------------------------------------------------- */

typedef enum tb_txn_state {
    TB_TXN_IDLE,     /* between statements */
    TB_TXN_STARTED,  /* one statement, or the messages up to Sync */
    TB_TXN_IMPLICIT, /* several statements of one simple query */
    TB_TXN_BLOCK,    /* after BEGIN */
    TB_TXN_FAILED    /* a BLOCK after an error: only its end is possible */
} tb_txn_state;

typedef struct tb_savepoint {
    struct tb_savepoint *outer;
    char *name;
    uint32_t settings_mark;
    uint32_t level; /* of portals made after it */
} tb_savepoint;

typedef struct tb_txn {
    tb_txn_state state;
    int64_t start_us; /* now() */
    uint64_t number;  /* counts the session's transactions */
    tb_savepoint *savepoints;
    uint32_t level; /* 1 + number of savepoints */
    bool queried;   /* a query ran: the isolation level is fixed */
} tb_txn;

/* ---- the session ----------------------------------------------------------------------------- */

typedef struct tb_session {
    tb_gateway *gw;
    tb_config *config; /* a reference */
    tb_handle *handle;
    tb_stream *stream;
    tb_wire_out out;
    tb_recoder *recoder;
    tb_arena *arena;   /* lives as long as the session */
    tb_arena *scratch; /* reset before every message */
    tb_arena *rows;    /* of encoding; reset every few rows */
    char peer[64];
    const char *user;
    tb_oid user_oid;
    const char *database;
    tb_settings *settings;
    pthread_mutex_t settings_lock; /* while a statement runs: executor threads call set_config() */
    tb_arena *shown; /* texts given to executor threads; under settings_lock, reset per statement */
    tb_txn txn;
    tb_prepared *prepared; /* list; the unnamed one has name "" */
    uint32_t nprepared;
    tb_portal *portals; /* list, newest first */
    uint32_t nportals;
    size_t held_bytes;     /* rows held by portals */
    const char *statement; /* text of the statement at hand, for error positions; or NULL */
    bool skip_to_sync;     /* after an error in the extended protocol */
    bool over;             /* nothing can be said to the client any more */
} tb_session;

/* Serves one client until it leaves: startup, authentication, messages. Takes over fd. Runs in the
 * session's own thread. */
void tb_session_run(tb_gateway *gw, int fd);

/* Startup and authentication; false = the connection ends (the client was told). */
bool tb_session_startup(tb_session *s);

/* One message of each kind; errors go to the client. */
void tb_session_simple_query(tb_session *s, const uint8_t *body, size_t len);
/* type: P B D E C H S */
void tb_session_extended(tb_session *s, char type, const uint8_t *body, size_t len);

/* ---- talking to the client (session_io.c) ---- */

typedef enum tb_read { TB_READ_OK, TB_READ_CLOSED, TB_READ_IDLE, TB_READ_WOKEN } tb_read;
/* Next message after authentication; the body is copied into s->scratch, with a NUL behind it,
 * since sending may move the input buffer. CLOSED also for a violation that PostgreSQL answers by
 * closing. */
tb_read tb_session_read(tb_session *s, int64_t deadline_us, char *type, const uint8_t **body,
                        size_t *len);
/* The same during authentication: a message of this type, at most `max` long. */
tb_read tb_session_read_auth(tb_session *s, int64_t deadline_us, char want, const uint8_t **body,
                             size_t *len);
/* Sends what is buffered. */
void tb_session_flush(tb_session *s);
/* Sends when much is buffered. */
void tb_session_flush_if_full(tb_session *s);
void tb_session_send_error(tb_session *s, tb_severity severity, const tb_error *err);
/* A statement failed: tells the client; an error that ends the session (57P01) is FATAL. */
void tb_session_fail(tb_session *s, const tb_error *err);
/* A statement failed before there was an intent to read a source: an event on record. */
void tb_session_record_failure(tb_session *s, const char *query_id, const tb_error *err);
/* tb_parse; a text that is no statement is on record like any other failure. */
tb_rc tb_session_parse(tb_session *s, tb_arena *arena, const char *sql, tb_statement_list *out,
                       tb_error *err) TB_MUSTUSE;
/* NOTICE, WARNING ... in the session's language, if client_min_messages lets it through. */
void tb_session_notice(tb_session *s, tb_severity severity, tb_errcode code, const char *fmt, ...)
    TB_PRINTF(4, 5);
/* ParameterStatus for settings that changed; follows client_encoding. */
void tb_session_report_settings(tb_session *s);
/* ReadyForQuery with the transaction's state, then flush. */
void tb_session_ready(tb_session *s);
tb_lang tb_session_lang(const tb_session *s);
/* An error record ready for use. */
tb_error tb_session_error(const tb_session *s);

/* ---- what a statement sees (session_env.c) ---- */

/* Current role (SET ROLE) as the catalog has it; 42704 when it was dropped meanwhile. */
tb_rc tb_session_subject(tb_session *s, tb_arena *arena, const tb_catalog *catalog, tb_subject *out,
                         tb_error *err) TB_MUSTUSE;
/* Clock, zone, names, search path for one statement; all in the arena. */
void tb_session_env(tb_session *s, tb_arena *arena, const tb_catalog *catalog,
                    const tb_subject *subject, tb_env *out);
tb_limits tb_session_limits(const tb_session *s);
/* Formatting rules for results; tz and names from env. */
tb_io_cx tb_session_io(const tb_env *env, tb_arena *arena);
/* Fills 32 random hex digits and a NUL. */
void tb_session_new_query_id(char id[33]);

/* current_setting() and set_config() from executor threads. */
const char *tb_session_setting(tb_session *s, const char *name);
tb_rc tb_session_set_config(tb_session *s, const char *name, const char *value, bool local,
                            tb_arena *arena, const char **now, tb_error *err) TB_MUSTUSE;
/* Body of a TB_FN_SESSION function (session_fn.c, then pgcat). */
tb_scalar_fn tb_session_scalar(tb_fn_id fn);
/* Opens a scan of an internal relation: tb_exec_host.internal_open with the session as context. */
tb_rc tb_session_internal_open(tb_session *s, const tb_stmt *stmt, const tb_relation *rel,
                               const uint16_t *attno, uint32_t n, tb_internal_scan **out,
                               tb_error *err) TB_MUSTUSE;

/* ---- transactions (transaction.c) ---- */

/* Before any statement: starts a transaction when idle; 25P02 when the block failed, unless the
 * statement ends it. */
tb_rc tb_txn_enter(tb_session *s, bool ends_block, tb_error *err) TB_MUSTUSE;
/* The simple query, or the messages up to Sync, succeeded: commits unless in a block. Fails when a
 * cursor WITH HOLD cannot be kept; then it is rolled back. */
tb_rc tb_txn_leave(tb_session *s, tb_error *err) TB_MUSTUSE;
/* A statement failed: rolls back, or fails the block. */
void tb_txn_fail(tb_session *s);
/* Several statements in one simple query: they become one transaction. */
void tb_txn_make_implicit(tb_session *s);
bool tb_txn_in_block(const tb_session *s); /* BLOCK, FAILED or IMPLICIT */
char tb_txn_status(const tb_session *s);   /* I, T or E */
/* 25P01 "... can only be used in transaction blocks" / 25001 "... cannot run inside ..." */
tb_rc tb_txn_require_block(const tb_session *s, const char *what, tb_error *err) TB_MUSTUSE;
tb_rc tb_txn_forbid_block(const tb_session *s, const char *what, tb_error *err) TB_MUSTUSE;
/* BEGIN, COMMIT, ROLLBACK, SAVEPOINT ...: *tag gets the command tag. */
tb_rc tb_txn_command(tb_session *s, const tb_ast_transaction *ast, const char **tag,
                     tb_error *err) TB_MUSTUSE;
/* WARNING that this level promises more than departments can give together. */
void tb_txn_warn_isolation(tb_session *s, const char *level);
/* SET TRANSACTION and the modes of BEGIN. */
tb_rc tb_txn_set_modes(tb_session *s, const tb_txn_modes *modes, bool session_default,
                       tb_error *err) TB_MUSTUSE;

#endif
