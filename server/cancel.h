/* SPDX-License-Identifier: Apache-2.0
 * Sessions as other threads see them: the registry of live sessions, cancelling their statements,
 * ending them, statement timeouts, and what pg_stat_activity shows.
 *
 * A tb_handle belongs to one session; its functions may be called from any thread. Lock order:
 * registry, then handle.
 */
#ifndef TB_SERVER_CANCEL_H
#define TB_SERVER_CANCEL_H

#include "core/error.h"
#include "executor/executor.h"
#include "server/stream.h"

typedef struct tb_registry tb_registry;
typedef struct tb_handle tb_handle;

/* Why a statement is being stopped. */
typedef enum tb_interrupt {
    TB_INTERRUPT_NONE,
    TB_INTERRUPT_USER,     /* CancelRequest, pg_cancel_backend() */
    TB_INTERRUPT_TIMEOUT,  /* statement_timeout */
    TB_INTERRUPT_TERMINATE /* pg_terminate_backend(), shutdown: the session ends too */
} tb_interrupt;

tb_registry *tb_registry_create(void) TB_MUSTUSE;
/* All sessions must have left. */
void tb_registry_destroy(tb_registry *r);

/* A new session before authentication: gets its process number and secret key. 53300 when `max`
 * connections are waiting to log in. */
tb_rc tb_registry_enter(tb_registry *r, uint32_t max_preauth, tb_handle **out,
                        tb_error *err) TB_MUSTUSE;
/* Authentication succeeded; 53300 when there are max_sessions already, or max_role of this role
 * (-1 = no limit). user is copied. */
tb_rc tb_registry_login(tb_handle *h, uint32_t max_sessions, tb_oid role, int max_role,
                        const char *user, const char *peer, tb_error *err) TB_MUSTUSE;
void tb_registry_leave(tb_handle *h);

int32_t tb_handle_pid(const tb_handle *h);
const uint8_t *tb_handle_key(const tb_handle *h); /* TB_WIRE_CANCEL_KEY_LEN bytes */
/* Becomes readable, for good, when the session must end. */
int tb_handle_wake_fd(const tb_handle *h);
bool tb_handle_must_end(const tb_handle *h);

/* A statement starts; timeout_ms 0 = none. Forgets interrupts that came while idle. */
void tb_handle_statement_begin(tb_handle *h, int64_t timeout_ms);
void tb_handle_set_query(tb_handle *h, const char *query_id);
void tb_handle_statement_end(tb_handle *h);
/* Its execution, to be cancelled on interrupt (at once if one came already); NULL detaches. */
void tb_handle_attach(tb_handle *h, tb_exec *exec);
/* The interrupt of the running statement. */
tb_interrupt tb_handle_interrupt(tb_handle *h);
/* 57014 (or 57P01) when the running statement has been interrupted. */
tb_rc tb_handle_check(tb_handle *h, tb_error *err) TB_MUSTUSE;
/* Waits; returns early with the error of tb_handle_check() when interrupted. */
tb_rc tb_handle_sleep(tb_handle *h, int64_t us, tb_error *err) TB_MUSTUSE;

/* Cancels the running statement of the session with this number and key. Nobody is told whether
 * there is one. */
void tb_registry_cancel(tb_registry *r, int32_t pid, const uint8_t *key);
/* pg_cancel_backend, pg_terminate_backend: only sessions of `role` (0 = any). False = no such
 * session; *denied = it is another role's. */
bool tb_registry_signal(tb_registry *r, int32_t pid, tb_interrupt why, tb_oid role, bool *denied);
/* How hard to end all sessions. */
typedef enum tb_drain {
    TB_DRAIN_IDLE,       /* the idle ones now, the others after their statement */
    TB_DRAIN_STATEMENTS, /* interrupts statements too */
    TB_DRAIN_CONNECTIONS /* breaks connections: for clients that do not read */
} tb_drain;
void tb_registry_drain(tb_registry *r, tb_drain how);
/* The connection to break; NULL when it is about to go. Borrowed. */
void tb_handle_set_stream(tb_handle *h, tb_stream *stream);

/* What pg_stat_activity shows. */
typedef enum tb_activity {
    TB_ACTIVITY_LOGIN,
    TB_ACTIVITY_IDLE,
    TB_ACTIVITY_ACTIVE,
    TB_ACTIVITY_IDLE_IN_TRANSACTION,
    TB_ACTIVITY_ABORTED
} tb_activity;
typedef struct tb_session_info {
    int32_t pid;
    tb_oid role;
    char user[64], application[64], peer[64], query_id[33];
    tb_activity activity;
    int64_t start_us, statement_us, change_us; /* since 2000-01-01 UTC; 0 = never */
} tb_session_info;
void tb_handle_set_application(tb_handle *h, const char *name);
void tb_handle_set_activity(tb_handle *h, tb_activity activity);
/* Copies of all sessions into a new array (free()); returns how many. */
uint32_t tb_registry_list(tb_registry *r, tb_session_info **out);

/* Microseconds since 2000-01-01 00:00 UTC: the clock of timestamps. */
int64_t tb_clock_us(void);

#endif
