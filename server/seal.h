/* SPDX-License-Identifier: Apache-2.0
 * Sealing of secrets at rest: AES-256-GCM under the key file. A sealed value is 0x01 || nonce(12)
 * || ciphertext || tag(16); `what` (e.g. "mapping 16402 password") is authenticated with it, so
 * that a sealed value cannot be moved elsewhere.
 */
#ifndef TB_SERVER_SEAL_H
#define TB_SERVER_SEAL_H

#include "core/arena.h"
#include "core/error.h"

enum { TB_KEY_BYTES = 32, TB_SEAL_OVERHEAD = 1 + 12 + 16 };

/* Creates a key file with 32 random bytes, mode 0600. 58030; 42710 if it exists. */
tb_rc tb_key_create(const char *path, tb_error *err) TB_MUSTUSE;
/* Reads a key file; refuses one that others can read. */
tb_rc tb_key_read(const char *path, uint8_t key[TB_KEY_BYTES], tb_error *err) TB_MUSTUSE;

/* out has room for len + TB_SEAL_OVERHEAD bytes. */
tb_rc tb_seal(const uint8_t key[TB_KEY_BYTES], const char *what, const void *plain, size_t len,
              uint8_t *out, tb_error *err) TB_MUSTUSE;
/* out has room for len - TB_SEAL_OVERHEAD + 1 bytes and is NUL-terminated. XX001 when the value was
 * changed or moved. */
tb_rc tb_unseal(const uint8_t key[TB_KEY_BYTES], const char *what, const uint8_t *sealed,
                size_t len, char *out, size_t *out_len, tb_error *err) TB_MUSTUSE;

#endif
