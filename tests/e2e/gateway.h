/* SPDX-License-Identifier: Apache-2.0
 * A gateway for tests that come over the wire: departments in SQLite files made from a folder of
 * scripts, a fresh catalog set up by its own logins, a real `tombolo serve` process.
 *
 * A fixture is a folder: departments/NAME.sql makes the file NAME.db; setup/NN_xx.sql are
 * administration statements, each file under the login its first line names ("-- login: sysop"). In
 * both, @DIR@ is the directory of the department files and @WORLD@ the number of the world: 0, or 1
 * where protected content differs and nothing else. Everybody's password is `secret`; `tombolo
 * init` makes the login `admin`.
 *
 * Failures in here end the test program: a fixture that does not stand is not a test result.
 */
#ifndef TB_TESTS_E2E_GATEWAY_H
#define TB_TESTS_E2E_GATEWAY_H

#include <libpq-fe.h>
#include <stdbool.h>

typedef struct e2e_gateway {
    char dir[64]; /* NAME.db, data/, log, tombolo.conf */
    int port, pid;
    const char *config;  /* further lines of the configuration file, or "" */
    const char *preload; /* LD_PRELOAD of the server with TRACE_FILE=dir/trace, or NULL */
} e2e_gateway;

/* Fields config and preload are the caller's; the rest is filled in. */
void e2e_gateway_start(e2e_gateway *g, const char *fixture, int world);
/* Stops the process and removes the directory; false when it did not stop with exit status 0. */
bool e2e_gateway_stop(e2e_gateway *g);
/* The two halves of a restart: the process alone, on the same directory. */
bool e2e_gateway_halt(e2e_gateway *g);
/* After a halt; shows the end of the log when the server did not stop cleanly. */
void e2e_gateway_remove(e2e_gateway *g, bool clean);
void e2e_gateway_serve(e2e_gateway *g);

/* A connection; the caller closes it with PQfinish. Fails the test when the login is refused. */
PGconn *e2e_connect(const e2e_gateway *g, const char *user);
/* What a statement answered: SQLSTATE ("00000" = success), message with detail and hint, number of
 * rows, first value. */
typedef struct e2e_answer {
    char state[6], message[1024], value[1024];
    int rows;
} e2e_answer;
e2e_answer e2e_ask(PGconn *conn, const char *sql);
/* Kills the process, as a power cut would; e2e_gateway_serve starts it again. */
void e2e_gateway_kill(e2e_gateway *g);
/* Limits the size of the files the server may write from now on, in bytes, or lifts the limit. */
void e2e_gateway_limit_files(const e2e_gateway *g, long bytes, bool lift);
/* The text of a file, freed by the caller. */
char *e2e_read_file(const char *path, size_t *len);
/* Runs a script in a file of SQLite; false when SQLite refuses it. */
bool e2e_sqlite(const char *path, const char *sql);

#endif
