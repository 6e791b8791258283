/* SPDX-License-Identifier: Apache-2.0 */
#include "server/gateway.h"

#include "connectors/conn_sqlite.h"
#include "executor/executor.h"
#include "policy/policy.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Connectors of this build, by foreign data wrapper. */
static const tb_connector_ops *const connectors[] = {&tb_sqlite_connector};

const tb_connector_ops *tb_connector_find(const char *driver)
{
    for (size_t i = 0; i < TB_COUNT(connectors); i++)
        if (strcmp(connectors[i]->driver, driver) == 0)
            return connectors[i];
    return NULL;
}

/* Unknown users see salts that do not change between restarts, but that nobody can predict. */
static void derive_mock_secret(tb_gateway *gw)
{
    static const char label[] = "tombolo: salts of unknown users";
    unsigned len = sizeof gw->mock_secret;
    TB_CHECK(HMAC(EVP_sha256(), tb_store_token_key(gw->store), 32, (const unsigned char *)label,
                  sizeof label - 1, gw->mock_secret, &len) != NULL);
}

static tb_rc open_spill_dir(tb_gateway *gw, tb_error *err)
{
    const char *configured = gw->config->spill_dir;
    if (*configured != '\0') {
        gw->spill_dir = tb_xstrdup(configured);
    } else if (asprintf(&gw->spill_dir, "%s/spill", gw->data_dir) < 0) {
        gw->spill_dir = NULL;
        return TB_RAISE(err, TB_E_OUT_OF_MEMORY, "out of memory");
    }
    if (mkdir(gw->spill_dir, 0700) != 0 && errno != EEXIST)
        return TB_RAISE(err, TB_E_IO_ERROR, "could not create directory \"%s\": %s", gw->spill_dir,
                        strerror(errno));
    return TB_OK;
}

static tb_rc make_tls(const tb_config *config, tb_tls **out, tb_error *err)
{
    tb_tls_files files;
    *out = NULL;
    if (tb_config_tls(config, &files))
        return tb_tls_create(&files, out, err);
    if (!tb_config_is_loopback(config->listen))
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "will not listen on \"%s\" without TLS: only loopback addresses may do "
                        "without",
                        config->listen);
    return TB_OK;
}

static tb_rc open_services(tb_gateway *gw, tb_error *err)
{
    TB_TRY(make_tls(gw->config, &gw->tls, err));
    TB_TRY(tb_dialects_load(NULL, &gw->dialects, err));
    TB_TRY(tb_store_open(gw->data_dir, &gw->store, err));
    TB_TRY(tb_audit_open(gw->data_dir, &gw->audit, err));
    TB_TRY(open_spill_dir(gw, err));
    derive_mock_secret(gw);
    gw->connector_host = (tb_connector_host){
        .scalar = tb_exec_scalar,
        .log = tb_log_source,
        .stamp_valid = tb_policy_stamp_valid,
    };
    gw->registry = tb_registry_create();
    gw->pool = tb_pool_create(&(tb_pool_config){
        .store = gw->store,
        .host = &gw->connector_host,
        .find = tb_connector_find,
        .per_source = (uint32_t)gw->config->source_connections,
        .wait_ms = gw->config->source_wait_ms,
    });
    return TB_OK;
}

tb_rc tb_gateway_open(const char *data_dir, tb_config *config, tb_gateway **out, tb_error *err)
{
    tb_gateway *gw = tb_xcalloc(1, sizeof *gw);
    gw->data_dir = data_dir;
    gw->config = config;
    gw->start_us = tb_clock_us();
    pthread_mutex_init(&gw->lock, NULL);
    if (open_services(gw, err) != TB_OK) {
        tb_gateway_close(gw);
        return TB_FAIL;
    }
    *out = gw;
    return TB_OK;
}

void tb_gateway_close(tb_gateway *gw)
{
    if (gw == NULL)
        return;
    tb_pool_destroy(gw->pool);
    if (gw->registry != NULL)
        tb_registry_destroy(gw->registry);
    if (gw->audit != NULL)
        tb_audit_close(gw->audit);
    if (gw->store != NULL)
        tb_store_close(gw->store);
    tb_dialects_destroy(gw->dialects);
    tb_tls_unref(gw->tls);
    tb_config_unref(gw->config);
    pthread_mutex_destroy(&gw->lock);
    OPENSSL_cleanse(gw->mock_secret, sizeof gw->mock_secret);
    free(gw->spill_dir);
    free(gw);
}

tb_rc tb_gateway_reload(tb_gateway *gw, tb_config *config, tb_error *err)
{
    tb_tls *tls;
    if (make_tls(config, &tls, err) != TB_OK) {
        tb_config_unref(config);
        return TB_FAIL;
    }
    pthread_mutex_lock(&gw->lock);
    tb_config *old = gw->config;
    tb_tls *old_tls = gw->tls;
    gw->config = config;
    gw->tls = tls;
    pthread_mutex_unlock(&gw->lock);
    tb_config_unref(old);
    tb_tls_unref(old_tls);
    return TB_OK;
}

tb_config *tb_gateway_config(tb_gateway *gw)
{
    pthread_mutex_lock(&gw->lock);
    tb_config *config = tb_config_ref(gw->config);
    pthread_mutex_unlock(&gw->lock);
    return config;
}

tb_tls *tb_gateway_tls(tb_gateway *gw)
{
    pthread_mutex_lock(&gw->lock);
    tb_tls *tls = gw->tls == NULL ? NULL : tb_tls_ref(gw->tls);
    pthread_mutex_unlock(&gw->lock);
    return tls;
}
