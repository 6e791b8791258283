/* SPDX-License-Identifier: Apache-2.0
 * What all sessions of one server process share. Created by `tombolo serve`; every part is
 * thread-safe or immutable, but configuration and TLS identity, which a reload replaces: take them
 * with tb_gateway_config() and tb_gateway_tls(), and drop the reference.
 */
#ifndef TB_SERVER_GATEWAY_H
#define TB_SERVER_GATEWAY_H

#include "connectors/dialect.h"
#include "server/cancel.h"
#include "server/config.h"
#include "server/pool.h"
#include "server/audit.h"
#include "server/store.h"

#include <pthread.h>

typedef struct tb_gateway {
    const char *data_dir;
    char *spill_dir;
    tb_store *store;
    tb_audit *audit;
    tb_dialects *dialects;
    tb_registry *registry;
    tb_pool *pool;
    tb_connector_host connector_host;
    int64_t start_us;        /* since 2000-01-01 UTC */
    uint8_t mock_secret[32]; /* of SCRAM exchanges with users that do not exist */
    pthread_mutex_t lock;    /* guards the two below */
    tb_config *config;
    tb_tls *tls; /* NULL = no TLS */
} tb_gateway;

/* Opens the data directory and all services. Takes over config, also on failure. */
tb_rc tb_gateway_open(const char *data_dir, tb_config *config, tb_gateway **out,
                      tb_error *err) TB_MUSTUSE;
/* All sessions must have left. NULL is allowed. */
void tb_gateway_close(tb_gateway *gw);
/* Swaps in a new configuration (and certificates); sessions that exist keep theirs. */
tb_rc tb_gateway_reload(tb_gateway *gw, tb_config *config, tb_error *err) TB_MUSTUSE;

tb_config *tb_gateway_config(tb_gateway *gw);
tb_tls *tb_gateway_tls(tb_gateway *gw); /* NULL = no TLS */

/* Connector of a foreign data wrapper; NULL = unknown. */
const tb_connector_ops *tb_connector_find(const char *driver);

#endif
