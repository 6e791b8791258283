/* SPDX-License-Identifier: Apache-2.0 */
#include "server/seal.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION = 1, NONCE = 12, TAG = 16 };

tb_rc tb_key_create(const char *path, tb_error *err)
{
    uint8_t key[TB_KEY_BYTES];
    if (RAND_bytes(key, sizeof key) != 1)
        return TB_RAISE(err, TB_E_SYSTEM_ERROR, "no random bytes available");
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        if (errno == EEXIST)
            return TB_RAISE(err, TB_E_DUPLICATE_OBJECT, "key file \"%s\" already exists", path);
        return TB_RAISE(err, TB_E_IO_ERROR, "could not create key file \"%s\": %s", path,
                        strerror(errno));
    }
    bool ok = write(fd, key, sizeof key) == (ssize_t)sizeof key && fsync(fd) == 0;
    OPENSSL_cleanse(key, sizeof key);
    close(fd);
    return ok ? TB_OK
              : TB_RAISE(err, TB_E_IO_ERROR, "could not write key file \"%s\": %s", path,
                         strerror(errno));
}

tb_rc tb_key_read(const char *path, uint8_t key[TB_KEY_BYTES], tb_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return TB_RAISE(err, TB_E_IO_ERROR, "could not open key file \"%s\": %s", path,
                        strerror(errno));
    struct stat st;
    uint8_t more;
    bool ok = fstat(fd, &st) == 0 && read(fd, key, TB_KEY_BYTES) == TB_KEY_BYTES &&
              read(fd, &more, 1) == 0;
    close(fd);
    if (!ok)
        return TB_RAISE(err, TB_E_IO_ERROR, "key file \"%s\" must hold exactly %d bytes", path,
                        (int)TB_KEY_BYTES);
    if (st.st_mode & (S_IRWXG | S_IRWXO)) {
        TB_RAISE(err, TB_E_IO_ERROR, "key file \"%s\" is accessible to others", path);
        tb_error_hint(err, "Make it readable by its owner only (mode 0600).");
        return TB_FAIL;
    }
    return TB_OK;
}

/* One pass of AES-256-GCM; tag is written when sealing and checked when unsealing. */
static bool gcm(bool seal, const uint8_t *key, const uint8_t *nonce, const char *what,
                const uint8_t *in, size_t len, uint8_t *out, uint8_t *tag)
{
    EVP_CIPHER_CTX *cx = EVP_CIPHER_CTX_new();
    int n;
    bool ok = cx != NULL && len <= INT32_MAX &&
              EVP_CipherInit_ex(cx, EVP_aes_256_gcm(), NULL, key, nonce, seal) == 1 &&
              EVP_CipherUpdate(cx, NULL, &n, (const uint8_t *)what, (int)strlen(what)) == 1 &&
              EVP_CipherUpdate(cx, out, &n, in, (int)len) == 1;
    if (ok && !seal)
        ok = EVP_CIPHER_CTX_ctrl(cx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1;
    ok = ok && EVP_CipherFinal_ex(cx, out + len, &n) == 1;
    if (ok && seal)
        ok = EVP_CIPHER_CTX_ctrl(cx, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1;
    EVP_CIPHER_CTX_free(cx);
    return ok;
}

tb_rc tb_seal(const uint8_t key[TB_KEY_BYTES], const char *what, const void *plain, size_t len,
              uint8_t *out, tb_error *err)
{
    out[0] = VERSION;
    if (RAND_bytes(out + 1, NONCE) != 1 ||
        !gcm(true, key, out + 1, what, plain, len, out + 1 + NONCE, out + 1 + NONCE + len))
        return TB_RAISE(err, TB_E_SYSTEM_ERROR, "could not seal a secret");
    return TB_OK;
}

tb_rc tb_unseal(const uint8_t key[TB_KEY_BYTES], const char *what, const uint8_t *sealed,
                size_t len, char *out, size_t *out_len, tb_error *err)
{
    size_t n = len - TB_SEAL_OVERHEAD;
    uint8_t tag[TAG];
    bool ok = len >= TB_SEAL_OVERHEAD && sealed[0] == VERSION;
    if (ok) {
        memcpy(tag, sealed + len - TAG, TAG);
        ok = gcm(false, key, sealed + 1, what, sealed + 1 + NONCE, n, (uint8_t *)out, tag);
    }
    if (!ok)
        return TB_RAISE(err, TB_E_DATA_CORRUPTED, "a sealed secret does not fit the key file");
    out[n] = '\0';
    *out_len = n;
    return TB_OK;
}
