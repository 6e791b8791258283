/* SPDX-License-Identifier: Apache-2.0
 * The listening socket and the threads of its sessions.
 */
#ifndef TB_SERVER_LISTENER_H
#define TB_SERVER_LISTENER_H

#include "server/gateway.h"

typedef struct tb_listener tb_listener;

/* Binds and listens; port 0 = any free one. 58030 when that fails. */
tb_rc tb_listener_open(tb_gateway *gw, const char *address, int port, tb_listener **out,
                       tb_error *err) TB_MUSTUSE;
int tb_listener_port(const tb_listener *l);
/* Readable when a client is waiting. */
int tb_listener_fd(const tb_listener *l);
/* Takes one client and starts its session thread. */
void tb_listener_accept(tb_listener *l);
/* No more clients. */
void tb_listener_stop(tb_listener *l);
/* Waits until all session threads ended; false when the time ran out. */
bool tb_listener_wait(tb_listener *l, int64_t timeout_ms);
/* All session threads must have ended. NULL is allowed. */
void tb_listener_close(tb_listener *l);

#endif
