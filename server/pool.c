/* SPDX-License-Identifier: Apache-2.0
 * One list of connections, guarded by one mutex that is never held while connecting. A connection
 * is known by its source and a hash of everything it was opened with, so that a changed option or
 * password simply stops matching.
 */
#include "server/pool.h"

#include "server/stream.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { IDLE_MAX_US = 60 * 1000 * 1000, STEP_US = 50 * 1000, DIGEST_LEN = 32 };

typedef struct pooled {
    struct pooled *next;
    tb_oid server;
    uint8_t opened_with[DIGEST_LEN];
    const tb_connector_ops *ops;
    tb_conn *conn; /* NULL while it is being opened */
    bool busy;
    int64_t idle_since_us;
} pooled;

struct tb_pool {
    tb_pool_config config;
    pthread_mutex_t lock;
    pthread_cond_t released;
    pooled *first;
};

tb_pool *tb_pool_create(const tb_pool_config *config)
{
    tb_pool *pool = tb_xcalloc(1, sizeof *pool);
    pool->config = *config;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->released, &attr);
    pthread_condattr_destroy(&attr);
    return pool;
}

static void dispose(pooled *p)
{
    if (p->conn != NULL)
        p->ops->disconnect(p->conn);
    free(p);
}

void tb_pool_destroy(tb_pool *pool)
{
    if (pool == NULL)
        return;
    for (pooled *p = pool->first, *next; p != NULL; p = next) {
        next = p->next;
        TB_CHECK(!p->busy);
        dispose(p);
    }
    pthread_cond_destroy(&pool->released);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

static void hash_options(EVP_MD_CTX *sha, const tb_option *options, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        EVP_DigestUpdate(sha, options[i].name, strlen(options[i].name) + 1);
        EVP_DigestUpdate(sha, options[i].value, strlen(options[i].value) + 1);
    }
    EVP_DigestUpdate(sha, "", 1);
}

static void fingerprint(const tb_server *server, const tb_option *mapping, uint32_t n,
                        uint8_t out[DIGEST_LEN])
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    TB_CHECK(sha != NULL && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1);
    EVP_DigestUpdate(sha, server->driver, strlen(server->driver) + 1);
    hash_options(sha, server->options, server->noptions);
    hash_options(sha, mapping, n);
    EVP_DigestFinal_ex(sha, out, NULL);
    EVP_MD_CTX_free(sha);
}

/* With the lock held: an idle connection that fits, or NULL; *other gets an idle one of the source
 * that does not fit; *total counts the source's connections. */
static pooled *look(const tb_pool *pool, tb_oid server, const uint8_t *wanted, pooled **other,
                    uint32_t *total)
{
    pooled *fits = NULL;
    *other = NULL;
    *total = 0;
    for (pooled *p = pool->first; p != NULL; p = p->next) {
        if (p->server != server)
            continue;
        (*total)++;
        if (!p->busy && memcmp(p->opened_with, wanted, DIGEST_LEN) == 0)
            fits = p;
        else if (!p->busy)
            *other = p;
    }
    return fits;
}

static void unlink_one(tb_pool *pool, pooled *gone)
{
    pooled **link = &pool->first;
    while (*link != gone)
        link = &(*link)->next;
    *link = gone->next;
}

/* Gets an idle connection (*conn set) or a place for a new one (NULL). */
static tb_rc reserve(tb_pool *pool, const tb_server *server, const uint8_t *wanted,
                     bool (*stop)(void *), void *ctx, pooled **out, tb_error *err)
{
    int64_t give_up = tb_mono_us() + pool->config.wait_ms * 1000;
    pooled *stale = NULL, *other;
    uint32_t total;
    tb_rc rc = TB_OK;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        pooled *p = look(pool, server->oid, wanted, &other, &total);
        if (p == NULL && total >= pool->config.per_source && other != NULL) {
            unlink_one(pool, stale = other);
            total--;
        }
        if (p == NULL && total < pool->config.per_source) {
            p = tb_xcalloc(1, sizeof *p);
            p->server = server->oid;
            memcpy(p->opened_with, wanted, DIGEST_LEN);
            p->next = pool->first;
            pool->first = p;
        }
        if (p != NULL) {
            p->busy = true;
            *out = p;
            break;
        }
        int64_t now = tb_mono_us();
        if (stop(ctx))
            rc = TB_RAISE(err, TB_E_QUERY_CANCELED, "canceling statement due to user request");
        else if (now >= give_up)
            rc = TB_RAISE(err, TB_E_TOO_MANY_CONNECTIONS,
                          "all connections to server \"%s\" are in use", server->name);
        if (rc != TB_OK)
            break;
        now += STEP_US;
        struct timespec until = {now / 1000000, now % 1000000 * 1000};
        pthread_cond_timedwait(&pool->released, &pool->lock, &until);
    }
    pthread_mutex_unlock(&pool->lock);
    if (stale != NULL)
        dispose(stale);
    return rc;
}

static void give_back(tb_pool *pool, pooled *p, bool broken)
{
    pthread_mutex_lock(&pool->lock);
    if (broken)
        unlink_one(pool, p);
    p->busy = false;
    p->idle_since_us = tb_mono_us();
    pthread_cond_broadcast(&pool->released);
    pthread_mutex_unlock(&pool->lock);
    if (broken)
        dispose(p);
}

tb_rc tb_pool_acquire(tb_pool *pool, const tb_server *server, const tb_subject *subject,
                      bool (*stop)(void *ctx), void *ctx, const tb_connector_ops **ops,
                      tb_conn **conn, tb_error *err)
{
    const tb_connector_ops *driver = pool->config.find(server->driver);
    if (driver == NULL)
        return TB_RAISE(err, TB_E_UNDEFINED_OBJECT, "foreign-data wrapper \"%s\" does not exist",
                        server->driver);
    tb_arena *arena = tb_arena_create(0);
    tb_option *mapping = NULL;
    uint32_t n = 0;
    uint8_t wanted[DIGEST_LEN];
    pooled *p = NULL;
    tb_rc rc = tb_store_mapping(pool->config.store, server, subject, arena, &mapping, &n, err);
    if (rc == TB_OK) {
        fingerprint(server, mapping, n, wanted);
        rc = reserve(pool, server, wanted, stop, ctx, &p, err);
    }
    if (rc == TB_OK && p->conn == NULL) {
        tb_conn *fresh = NULL;
        rc = driver->connect(pool->config.host, server, mapping, n, &fresh, err);
        pthread_mutex_lock(&pool->lock);
        p->ops = driver;
        p->conn = rc == TB_OK ? fresh : NULL;
        pthread_mutex_unlock(&pool->lock);
        if (rc != TB_OK)
            give_back(pool, p, true);
    }
    if (rc == TB_OK) {
        *ops = p->ops;
        *conn = p->conn;
    }
    tb_store_mapping_wipe(mapping, n);
    tb_arena_destroy(arena);
    return rc;
}

void tb_pool_release(tb_pool *pool, const tb_server *server, tb_conn *conn, bool broken)
{
    (void)server;
    pthread_mutex_lock(&pool->lock);
    pooled *p = pool->first;
    while (p != NULL && p->conn != conn)
        p = p->next;
    pthread_mutex_unlock(&pool->lock);
    TB_CHECK(p != NULL && p->busy);
    give_back(pool, p, broken);
}

void tb_pool_trim(tb_pool *pool)
{
    pooled *gone = NULL;
    int64_t oldest = tb_mono_us() - IDLE_MAX_US;
    pthread_mutex_lock(&pool->lock);
    for (pooled **link = &pool->first; *link != NULL;) {
        pooled *p = *link;
        if (!p->busy && p->idle_since_us < oldest) {
            *link = p->next;
            p->next = gone;
            gone = p;
        } else {
            link = &p->next;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    for (pooled *next; gone != NULL; gone = next) {
        next = gone->next;
        dispose(gone);
    }
}
