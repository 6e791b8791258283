/* SPDX-License-Identifier: Apache-2.0
 * The stamp a fragment must bear before a connector opens it: HMAC-SHA-256 under a key that never
 * leaves this process.
 */
#include "policy/policy_int.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <pthread.h>

enum { KEY_BYTES = 32, MAC_BYTES = 32 };

static uint8_t process_key[KEY_BYTES];
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void make_key(void)
{
    TB_CHECK(RAND_bytes(process_key, KEY_BYTES) == 1);
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored                                                                     \
    "-Wdeprecated-declarations" /* HMAC_CTX streams; EVP_MAC is three times the code */
static void add(HMAC_CTX *mac, const void *bytes, size_t len)
{
    uint64_t n = len; /* length first: no two different inputs give one byte string */
    HMAC_Update(mac, (const unsigned char *)&n, sizeof n);
    HMAC_Update(mac, bytes, len);
}

static void compute(const char *query_id, const tb_fragment *f, uint8_t out[MAC_BYTES])
{
    pthread_once(&key_once, make_key);
    unsigned len = MAC_BYTES;
    HMAC_CTX *mac = HMAC_CTX_new();
    TB_CHECK(mac != NULL && HMAC_Init_ex(mac, process_key, KEY_BYTES, EVP_sha256(), NULL) == 1);
    add(mac, query_id, strlen(query_id));
    add(mac, &f->id, sizeof f->id);
    add(mac, &f->server->oid, sizeof f->server->oid);
    add(mac, f->sql, strlen(f->sql));
    add(mac, &f->range_at, sizeof f->range_at);
    add(mac, f->range_text, f->range_text == NULL ? 0 : strlen(f->range_text));
    add(mac, f->binds,
        f->nbinds *
            sizeof *f->binds); /* the very expressions: they do not change within a statement */
    for (uint32_t i = 0; i < f->nrels; i++)
        add(mac, &f->rels[i]->oid, sizeof f->rels[i]->oid);
    TB_CHECK(HMAC_Final(mac, out, &len) == 1 && len == MAC_BYTES);
    HMAC_CTX_free(mac);
}
#pragma GCC diagnostic pop

void tbi_stamp(const char *query_id, tb_fragment *fragment)
{
    compute(query_id, fragment, fragment->stamp);
    fragment->stamped = true;
}

bool tb_policy_stamp_valid(const char *query_id, const tb_fragment *fragment)
{
    uint8_t expected[MAC_BYTES];
    if (!fragment->stamped)
        return false;
    compute(query_id, fragment, expected);
    return CRYPTO_memcmp(expected, fragment->stamp, MAC_BYTES) == 0;
}
