/* SPDX-License-Identifier: Apache-2.0
 * SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677), the server's side, and the verifiers
 * the catalog stores in place of passwords. Bytes in, bytes out: no sockets.
 *
 * An unknown user goes through the same exchange with a mock verifier that no password fits, so
 * that who exists cannot be told from outside.
 */
#ifndef TB_SERVER_AUTH_SCRAM_H
#define TB_SERVER_AUTH_SCRAM_H

#include "core/arena.h"
#include "core/error.h"

enum {
    TB_SCRAM_KEY_LEN = 32,
    TB_SCRAM_SALT_MAX = 64,
    TB_SCRAM_SALT_LEN = 16,          /* of the verifiers we make */
    TB_SCRAM_NONCE_LEN = 18,         /* random bytes of the server's part */
    TB_SCRAM_ITERATIONS = 4096,      /* of the verifiers we make */
    TB_SCRAM_ITERATIONS_MAX = 100000 /* clients refuse more */
};

#define TB_SCRAM_SHA_256      "SCRAM-SHA-256"
#define TB_SCRAM_SHA_256_PLUS "SCRAM-SHA-256-PLUS"

typedef struct tb_scram_verifier {
    uint32_t iterations;
    size_t salt_len;
    uint8_t salt[TB_SCRAM_SALT_MAX];
    uint8_t stored_key[TB_SCRAM_KEY_LEN];
    uint8_t server_key[TB_SCRAM_KEY_LEN];
    bool mock;
} tb_scram_verifier;

/* Parses "SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>"; false if it is not one. */
bool tb_scram_parse_verifier(const char *text, tb_scram_verifier *out);
/* The text form of a password's verifier, in the arena. */
const char *tb_scram_make_verifier(tb_arena *arena, const char *password, uint32_t iterations,
                                   const uint8_t *salt, size_t salt_len);
/* The same with a fresh random salt and the default number of iterations; a text that is a verifier
 * already passes unchanged. The signature is that of tb_admin_cx.make_verifier. */
tb_rc tb_scram_password_verifier(const char *password, tb_arena *arena, const char **out,
                                 tb_error *err) TB_MUSTUSE;
/* A verifier for a user who does not exist: always the same salt for the same name. */
void tb_scram_mock_verifier(const uint8_t secret[32], const char *user, tb_scram_verifier *out);

typedef struct tb_scram {
    const tb_scram_verifier *verifier;
    const uint8_t *binding; /* tls-server-end-point data; NULL = PLUS was not offered */
    size_t binding_len;
    uint8_t nonce[TB_SCRAM_NONCE_LEN]; /* set by the caller from a CSPRNG */
    /* kept between the two steps */
    bool plus;
    char gs2_flag;
    const char *client_first_bare, *server_first, *full_nonce;
} tb_scram;

/* client-first-message to server-first-message. 08P01 malformed, 28000 downgrade, 0A000 authzid or
 * extensions. Texts are in the arena. */
tb_rc tb_scram_first(tb_scram *x, tb_arena *arena, const char *mechanism, const char *message,
                     size_t len, const char **reply, tb_error *err) TB_MUSTUSE;
/* client-final-message to server-final-message. *proven tells whether the client knows the
 * password; when it does not, *reply is NULL. */
tb_rc tb_scram_final(tb_scram *x, tb_arena *arena, const char *message, size_t len, bool *proven,
                     const char **reply, tb_error *err) TB_MUSTUSE;

#endif
