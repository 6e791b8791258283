/* SPDX-License-Identifier: Apache-2.0
 * Connections to sources: never more per source than the configured budget, reused while the
 * source's options and the user mapping they were opened with are the same.
 */
#ifndef TB_SERVER_POOL_H
#define TB_SERVER_POOL_H

#include "core/connector.h"
#include "server/store.h"

typedef struct tb_pool tb_pool;

typedef struct tb_pool_config {
    tb_store *store; /* unseals user mappings */
    const tb_connector_host *host;
    const tb_connector_ops *(*find)(const char *driver);
    uint32_t per_source; /* budget */
    int64_t wait_ms;     /* how long acquire() waits for a free one */
} tb_pool_config;

tb_pool *tb_pool_create(const tb_pool_config *config) TB_MUSTUSE;
/* All connections must have been given back. NULL is allowed. */
void tb_pool_destroy(tb_pool *pool);

/* A connection for the subject. `stop` is asked now and then while waiting: true gives up with
 * 57014. 53300 when the wait is over; the connector's error when it cannot connect. */
tb_rc tb_pool_acquire(tb_pool *pool, const tb_server *server, const tb_subject *subject,
                      bool (*stop)(void *ctx), void *ctx, const tb_connector_ops **ops,
                      tb_conn **conn, tb_error *err) TB_MUSTUSE;
void tb_pool_release(tb_pool *pool, const tb_server *server, tb_conn *conn, bool broken);
/* Closes connections that have been idle for long. */
void tb_pool_trim(tb_pool *pool);

#endif
