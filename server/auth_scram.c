/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth_scram.h"

#include "server/saslprep.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- primitives ---- */

static void hmac(const uint8_t *key, size_t key_len, const void *data, size_t len,
                 uint8_t out[TB_SCRAM_KEY_LEN])
{
    unsigned n = TB_SCRAM_KEY_LEN;
    TB_CHECK(HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &n) != NULL);
}

static const char *base64(tb_arena *arena, const uint8_t *bytes, size_t len)
{
    char *to = tb_arena_bytes(arena, (len + 2) / 3 * 4 + 1);
    EVP_EncodeBlock((unsigned char *)to, bytes, (int)len);
    return to;
}

/* Strict base64 of exactly one canonical spelling. Returns the length, -1 if it is not that. */
static int unbase64(const char *text, size_t len, uint8_t *out, size_t cap)
{
    unsigned char raw[192], again[257];
    if (len == 0 || len % 4 != 0 || len > 256 || len / 4 * 3 > sizeof raw)
        return -1;
    int n = EVP_DecodeBlock(raw, (const unsigned char *)text, (int)len);
    if (n < 0)
        return -1;
    n -= text[len - 1] == '=';
    n -= text[len - 2] == '=';
    EVP_EncodeBlock(again, raw, n);
    if ((size_t)n > cap || memcmp(again, text, len) != 0)
        return -1;
    memcpy(out, raw, (size_t)n);
    return n;
}

/* ---- verifiers ---- */

const char *tb_scram_make_verifier(tb_arena *arena, const char *password, uint32_t iterations,
                                   const uint8_t *salt, size_t salt_len)
{
    uint8_t salted[TB_SCRAM_KEY_LEN], client[TB_SCRAM_KEY_LEN];
    uint8_t stored[TB_SCRAM_KEY_LEN], server[TB_SCRAM_KEY_LEN];
    char *prepared = tb_saslprep(password);
    TB_CHECK(PKCS5_PBKDF2_HMAC(prepared, -1, salt, (int)salt_len, (int)iterations, EVP_sha256(),
                               sizeof salted, salted) == 1);
    tb_saslprep_free(prepared);
    hmac(salted, sizeof salted, "Client Key", 10, client);
    SHA256(client, sizeof client, stored);
    hmac(salted, sizeof salted, "Server Key", 10, server);
    OPENSSL_cleanse(salted, sizeof salted);
    OPENSSL_cleanse(client, sizeof client);
    return tb_arena_printf(arena, TB_SCRAM_SHA_256 "$%u:%s$%s:%s", iterations,
                           base64(arena, salt, salt_len), base64(arena, stored, sizeof stored),
                           base64(arena, server, sizeof server));
}

bool tb_scram_parse_verifier(const char *text, tb_scram_verifier *out)
{
    static const char prefix[] = TB_SCRAM_SHA_256 "$";
    *out = (tb_scram_verifier){0};
    if (strncmp(text, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *digits = text + sizeof prefix - 1;
    char *end;
    unsigned long iterations = strtoul(digits, &end, 10);
    const char *salt = end + 1;
    if (digits[0] < '1' || digits[0] > '9' || *end != ':' || iterations > INT32_MAX)
        return false;
    const char *stored = strchr(salt, '$');
    const char *server = stored == NULL ? NULL : strchr(stored, ':');
    if (server == NULL)
        return false;
    int salt_len = unbase64(salt, (size_t)(stored - salt), out->salt, sizeof out->salt);
    stored++;
    int stored_len = unbase64(stored, (size_t)(server - stored), out->stored_key, TB_SCRAM_KEY_LEN);
    server++;
    int server_len = unbase64(server, strlen(server), out->server_key, TB_SCRAM_KEY_LEN);
    out->iterations = (uint32_t)iterations;
    out->salt_len = salt_len < 0 ? 0 : (size_t)salt_len;
    return salt_len > 0 && stored_len == TB_SCRAM_KEY_LEN && server_len == TB_SCRAM_KEY_LEN;
}

tb_rc tb_scram_password_verifier(const char *password, tb_arena *arena, const char **out,
                                 tb_error *err)
{
    tb_scram_verifier ignored;
    if (tb_scram_parse_verifier(password, &ignored)) {
        *out = tb_arena_strdup(arena, password);
        return TB_OK;
    }
    uint8_t salt[TB_SCRAM_SALT_LEN];
    if (RAND_bytes(salt, sizeof salt) != 1)
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "could not generate random salt");
    *out = tb_scram_make_verifier(arena, password, TB_SCRAM_ITERATIONS, salt, sizeof salt);
    return TB_OK;
}

void tb_scram_mock_verifier(const uint8_t secret[32], const char *user, tb_scram_verifier *out)
{
    uint8_t mac[TB_SCRAM_KEY_LEN];
    hmac(secret, 32, user, strlen(user), mac);
    *out = (tb_scram_verifier){
        .iterations = TB_SCRAM_ITERATIONS, .salt_len = TB_SCRAM_SALT_LEN, .mock = true};
    memcpy(out->salt, mac, TB_SCRAM_SALT_LEN);
}

/* ---- the exchange ---- */

static tb_rc malformed(tb_error *err, const char *detail)
{
    TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "malformed SCRAM message");
    tb_error_detail(err, "%s", detail);
    return TB_FAIL;
}

/* Takes "<name>=<value>" up to ',' or the end from *at; NULL if another attribute stands there. The
 * buffer is the caller's copy and gets a NUL at the comma. */
static char *attribute(char **at, char name)
{
    char *p = *at;
    if (p == NULL || p[0] != name || p[1] != '=')
        return NULL;
    char *comma = strchr(p, ',');
    if (comma != NULL)
        *comma = '\0';
    *at = comma == NULL ? NULL : comma + 1;
    return p + 2;
}

static bool is_printable_nonce(const char *s)
{
    for (; *s != '\0'; s++)
        if (*s < 0x21 || *s > 0x7E)
            return false;
    return true;
}

/* The gs2 header: what the client knows about channel binding. Returns what follows it. */
static tb_rc read_gs2(tb_scram *x, char *at, char **rest, tb_error *err)
{
    x->gs2_flag = at[0];
    if (at[0] == 'p') {
        if (!x->plus)
            return malformed(err, "The client selected SCRAM-SHA-256 without channel binding, but "
                                  "the SCRAM message includes channel binding data.");
        if (attribute(&at, 'p') == NULL || at == NULL)
            return malformed(err, "Channel binding type is missing.");
    } else if (at[0] == 'n' || at[0] == 'y') {
        if (x->plus)
            return malformed(err, "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message "
                                  "does not include channel binding data.");
        /* somebody in between took PLUS off our list */
        if (at[0] == 'y' && x->binding != NULL)
            return TB_RAISE(err, TB_E_INVALID_AUTHORIZATION_SPECIFICATION,
                            "SCRAM channel binding negotiation error");
        if (at[1] != ',')
            return malformed(err, "Comma expected after the channel binding flag.");
        at += 2;
    } else {
        return malformed(err, "Unexpected channel binding flag.");
    }
    if (at[0] == 'a')
        return TB_UNSUPPORTED(err, -1, "authorization identity in SCRAM");
    if (at[0] != ',')
        return malformed(err, "Unexpected attribute in the client-first-message.");
    *rest = at + 1;
    return TB_OK;
}

tb_rc tb_scram_first(tb_scram *x, tb_arena *arena, const char *mechanism, const char *message,
                     size_t len, const char **reply, tb_error *err)
{
    x->plus = strcmp(mechanism, TB_SCRAM_SHA_256_PLUS) == 0;
    if ((!x->plus && strcmp(mechanism, TB_SCRAM_SHA_256) != 0) || (x->plus && x->binding == NULL))
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION,
                        "client selected an invalid SASL authentication mechanism");
    if (message == NULL || len == 0)
        return malformed(err, "The message is empty.");
    if (memchr(message, 0, len) != NULL)
        return malformed(err, "Message length does not match input length.");
    char *copy = tb_arena_strndup(arena, message, len), *at = NULL;
    static const char type[] = "p=tls-server-end-point,";
    if (copy[0] == 'p' && strncmp(copy, type, sizeof type - 1) != 0)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "unsupported SCRAM channel-binding type");
    TB_TRY(read_gs2(x, copy, &at, err));
    x->client_first_bare = tb_arena_strdup(arena, at);
    if (at[0] == 'm')
        return TB_UNSUPPORTED(err, -1, "mandatory SCRAM extension");
    /* the user name here is ignored: the one of the startup packet counts */
    if (attribute(&at, 'n') == NULL)
        return malformed(err, "User name expected.");
    const char *nonce = attribute(&at, 'r');
    if (nonce == NULL || *nonce == '\0' || !is_printable_nonce(nonce))
        return malformed(err, "Nonce expected.");
    x->full_nonce = tb_arena_printf(arena, "%s%s", nonce, base64(arena, x->nonce, sizeof x->nonce));
    x->server_first = tb_arena_printf(arena, "r=%s,s=%s,i=%u", x->full_nonce,
                                      base64(arena, x->verifier->salt, x->verifier->salt_len),
                                      x->verifier->iterations);
    *reply = x->server_first;
    return TB_OK;
}

/* c= must repeat the gs2 header, and with PLUS carry our certificate's digest. */
static tb_rc check_binding(const tb_scram *x, tb_arena *arena, const char *value, tb_error *err)
{
    static const char header[] = "p=tls-server-end-point,,";
    const char *expected;
    if (x->plus) {
        size_t n = sizeof header - 1;
        uint8_t *data = tb_arena_alloc(arena, n + x->binding_len);
        memcpy(data, header, n);
        memcpy(data + n, x->binding, x->binding_len);
        expected = base64(arena, data, n + x->binding_len);
    } else {
        expected = x->gs2_flag == 'y' ? "eSws" : "biws"; /* "y,," and "n,," */
    }
    if (strcmp(value, expected) == 0)
        return TB_OK;
    return x->plus ? TB_RAISE(err, TB_E_INVALID_AUTHORIZATION_SPECIFICATION,
                              "SCRAM channel binding check failed")
                   : TB_RAISE(err, TB_E_PROTOCOL_VIOLATION,
                              "unexpected SCRAM channel-binding attribute in client-final-message");
}

static bool proof_is_right(const tb_scram_verifier *v, const char *auth, const uint8_t *proof)
{
    uint8_t signature[TB_SCRAM_KEY_LEN], client[TB_SCRAM_KEY_LEN], stored[TB_SCRAM_KEY_LEN];
    hmac(v->stored_key, sizeof v->stored_key, auth, strlen(auth), signature);
    for (size_t i = 0; i < sizeof client; i++)
        client[i] = proof[i] ^ signature[i];
    SHA256(client, sizeof client, stored);
    OPENSSL_cleanse(client, sizeof client);
    bool same = CRYPTO_memcmp(stored, v->stored_key, sizeof stored) == 0;
    return same && !v->mock;
}

tb_rc tb_scram_final(tb_scram *x, tb_arena *arena, const char *message, size_t len, bool *proven,
                     const char **reply, tb_error *err)
{
    *proven = false;
    *reply = NULL;
    if (len == 0 || memchr(message, 0, len) != NULL)
        return malformed(err, "Message length does not match input length.");
    char *at = tb_arena_strndup(arena, message, len);
    char *copy = tb_arena_strdup(arena, at);
    const char *binding = attribute(&at, 'c');
    if (binding == NULL)
        return malformed(err, "Channel binding data expected.");
    TB_TRY(check_binding(x, arena, binding, err));
    const char *nonce = attribute(&at, 'r');
    if (nonce == NULL || strcmp(nonce, x->full_nonce) != 0)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "invalid SCRAM response");
    /* extensions may stand between nonce and proof; the proof is last */
    char *proof_text = strstr(copy, ",p=");
    uint8_t proof[TB_SCRAM_KEY_LEN];
    if (proof_text == NULL ||
        unbase64(proof_text + 3, strlen(proof_text + 3), proof, sizeof proof) != sizeof proof)
        return malformed(err, "Malformed proof in client-final-message.");
    *proof_text = '\0'; /* copy is now client-final-message-without-proof */
    const char *auth =
        tb_arena_printf(arena, "%s,%s,%s", x->client_first_bare, x->server_first, copy);
    *proven = proof_is_right(x->verifier, auth, proof);
    if (!*proven)
        return TB_OK;
    uint8_t signature[TB_SCRAM_KEY_LEN];
    hmac(x->verifier->server_key, TB_SCRAM_KEY_LEN, auth, strlen(auth), signature);
    *reply = tb_arena_printf(arena, "v=%s", base64(arena, signature, sizeof signature));
    return TB_OK;
}
