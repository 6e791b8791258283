/* SPDX-License-Identifier: Apache-2.0
 * A server of our own for a test program: fresh data directory, one department, four roles; stopped
 * and removed at the end. The binary under test is TOMBOLO_BINARY/server/tombolo.
 *
 * Roles (password "secret"): admin (security), sysop (system), police_admin (owns schema police),
 * analyst (may read police.person, whose national_id is masked), other (may read nothing).
 */
#ifndef TB_TESTS_WIRE_SERVER_H
#define TB_TESTS_WIRE_SERVER_H

typedef struct wire_server {
    char dir[64]; /* holds data/, police.db, the configuration and the log */
    int port;
    int pid;
} wire_server;

/* config: extra lines of the configuration file, e.g. "[limits]\nmax_connections = 3\n". */
void wire_server_start(wire_server *s, const char *config);
/* SIGTERM; returns the exit status, or -1 when it had to be killed. */
int wire_server_stop(wire_server *s);
/* Stops the process but keeps the directory; start again with wire_server_restart(). */
int wire_server_halt(wire_server *s);
void wire_server_restart(wire_server *s);
/* Runs statements as a role, aborting the test when one fails. */
void wire_server_sql(const wire_server *s, const char *user, const char *sql);
/* SIGHUP, and waits until the log says that it was acted on, or (_fails) could not be. */
void wire_server_reload(const wire_server *s);
void wire_server_reload_fails(const wire_server *s);
/* Waits until an aggregate over the other sessions is true, e.g. "bool_or(state = 'active')":
 * the columns are those of pg_stat_activity. */
void wire_server_wait(const wire_server *s, const char *condition);

#endif
