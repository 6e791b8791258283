/* SPDX-License-Identifier: Apache-2.0
 * Spill files: rows of departments on disk, readable by nobody but the running statement.
 *
 * The file never has a name (O_TMPFILE, or unlinked at once), each block is compressed with LZ4 and
 * sealed with AES-256-GCM under a key that exists only in locked memory of this statement. The
 * nonce is a counter, unique per key; the associated data binds a block to its statement, place and
 * length, so blocks cannot be swapped. Blocks are freed by punching holes; the quota counts live
 * bytes.
 *
 * Entry points: tbi_spill_create/destroy, tbi_spill_write/read/free.
 */
#include "executor/data_int.h"

#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { KEY_BYTES = 32, TAG_BYTES = 16, NONCE_BYTES = 12, PAGE_BYTES = 4096 };

struct tbi_spill {
    pthread_mutex_t lock; /* guards creation of file and key */
    int fd;
    unsigned char *key; /* its own locked page; not part of core dumps */
    const char *dir;
    char query_id[33];
    size_t quota;
    _Atomic uint64_t end, live, written, nonce;
};

typedef struct aad {
    char query_id[32];
    uint64_t offset;
    uint32_t packed, bytes;
} aad;

tbi_spill *tbi_spill_create(const char *dir, const char *query_id, size_t quota_bytes)
{
    tbi_spill *s = tb_xcalloc(1, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    s->fd = -1;
    s->dir = dir;
    snprintf(s->query_id, sizeof s->query_id, "%s", query_id);
    s->quota = quota_bytes;
    return s;
}

void tbi_spill_destroy(tbi_spill *s)
{
    if (s == NULL)
        return;
    if (s->key != NULL) {
        OPENSSL_cleanse(s->key, KEY_BYTES);
        munmap(s->key, PAGE_BYTES);
    }
    if (s->fd >= 0)
        close(s->fd);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static int open_unnamed(const char *dir)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    /* file systems without O_TMPFILE */
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/tombolo-spill-XXXXXX", dir);
    if (len < 0 || (size_t)len >= sizeof path)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static tb_rc prepare(tbi_spill *s, tb_error *err)
{
    tb_rc rc = TB_OK;
    pthread_mutex_lock(&s->lock);
    if (s->key == NULL) {
        void *page =
            mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        TB_CHECK(page != MAP_FAILED);
        (void)mlock(page,
                    PAGE_BYTES); /* may exceed RLIMIT_MEMLOCK; the key still stays out of dumps */
        (void)madvise(page, PAGE_BYTES, MADV_DONTDUMP);
        TB_CHECK(RAND_bytes(page, KEY_BYTES) == 1);
        s->key = page;
    }
    if (s->fd < 0) {
        s->fd = open_unnamed(s->dir == NULL ? "/tmp" : s->dir);
        if (s->fd < 0)
            rc = TB_RAISE(err, errno == ENOSPC ? TB_E_DISK_FULL : TB_E_IO_ERROR,
                          "could not create temporary file: %s", strerror(errno));
    }
    pthread_mutex_unlock(&s->lock);
    return rc;
}

static aad make_aad(const tbi_spill *s, const tbi_spill_ref *ref)
{
    aad a = {.offset = ref->offset, .packed = ref->packed, .bytes = ref->bytes};
    memcpy(a.query_id, s->query_id, sizeof a.query_id);
    return a;
}

/* One direction of AES-256-GCM; tag is written when sealing and checked when opening. */
static bool gcm(const tbi_spill *s, const tbi_spill_ref *ref, bool seal, const unsigned char *in,
                unsigned char *out, unsigned char *tag)
{
    unsigned char nonce[NONCE_BYTES] = {0};
    memcpy(nonce, &ref->nonce, sizeof ref->nonce);
    aad a = make_aad(s, ref);
    EVP_CIPHER_CTX *cx = EVP_CIPHER_CTX_new();
    TB_CHECK(cx != NULL);
    int len = 0;
    bool ok = EVP_CipherInit_ex(cx, EVP_aes_256_gcm(), NULL, s->key, nonce, seal) == 1 &&
              EVP_CipherUpdate(cx, NULL, &len, (const unsigned char *)&a, (int)sizeof a) == 1 &&
              EVP_CipherUpdate(cx, out, &len, in, (int)ref->packed) == 1;
    if (ok && !seal)
        ok = EVP_CIPHER_CTX_ctrl(cx, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1;
    ok = ok && EVP_CipherFinal_ex(cx, out + len, &len) == 1;
    if (ok && seal)
        ok = EVP_CIPHER_CTX_ctrl(cx, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
    EVP_CIPHER_CTX_free(cx);
    return ok;
}

static tb_rc write_all(int fd, const unsigned char *p, size_t n, uint64_t at, tb_error *err)
{
    while (n > 0) {
        ssize_t k = pwrite(fd, p, n, (off_t)at);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0) {
            bool full = k == 0 || errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
            return TB_RAISE(err, full ? TB_E_DISK_FULL : TB_E_IO_ERROR,
                            "could not write to temporary file: %s",
                            k == 0 ? "No space left on device" : strerror(errno));
        }
        p += k;
        n -= (size_t)k;
        at += (uint64_t)k;
    }
    return TB_OK;
}

tb_rc tbi_spill_write(tbi_spill *s, const void *block, uint32_t bytes, tbi_spill_ref *ref,
                      tb_error *err)
{
    TB_TRY(prepare(s, err));
    TB_CHECK(bytes <= LZ4_MAX_INPUT_SIZE);
    int bound = LZ4_compressBound((int)bytes);
    unsigned char *packed = tb_xmalloc((size_t)bound);
    unsigned char *sealed = tb_xmalloc((size_t)bound + TAG_BYTES);
    int n = LZ4_compress_default(block, (char *)packed, (int)bytes, bound);
    TB_CHECK(n > 0 || bytes == 0);
    *ref =
        (tbi_spill_ref){.packed = (uint32_t)n, .stored = (uint32_t)n + TAG_BYTES, .bytes = bytes};
    tb_rc rc = TB_OK;
    uint64_t live = atomic_fetch_add(&s->live, ref->stored) + ref->stored;
    if (s->quota != 0 && live > s->quota) {
        atomic_fetch_sub(&s->live, ref->stored);
        rc = TB_RAISE(err, TB_E_CONFIGURATION_LIMIT_EXCEEDED,
                      "temporary file size exceeds the statement's limit (%zukB)", s->quota / 1024);
    } else {
        ref->offset = atomic_fetch_add(&s->end, (uint64_t)ref->stored);
        ref->nonce = atomic_fetch_add(&s->nonce, 1);
        TB_CHECK(gcm(s, ref, true, packed, sealed, sealed + ref->packed));
        rc = write_all(s->fd, sealed, ref->stored, ref->offset, err);
        atomic_fetch_add(&s->written, ref->stored);
    }
    free(packed);
    free(sealed);
    return rc;
}

static bool read_all(int fd, unsigned char *p, size_t n, uint64_t at)
{
    while (n > 0) {
        ssize_t k = pread(fd, p, n, (off_t)at);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        p += k;
        n -= (size_t)k;
        at += (uint64_t)k;
    }
    return true;
}

tb_rc tbi_spill_read(tbi_spill *s, const tbi_spill_ref *ref, void *to, tb_error *err)
{
    unsigned char *sealed = tb_xmalloc(ref->stored);
    unsigned char *packed = tb_xmalloc(ref->packed + 1);
    tb_rc rc = TB_OK;
    if (!read_all(s->fd, sealed, ref->stored, ref->offset))
        rc =
            TB_RAISE(err, TB_E_IO_ERROR, "could not read from temporary file: %s", strerror(errno));
    else if (!gcm(s, ref, false, sealed, packed, sealed + ref->packed) ||
             LZ4_decompress_safe((const char *)packed, to, (int)ref->packed, (int)ref->bytes) !=
                 (int)ref->bytes)
        rc = TB_RAISE(err, TB_E_DATA_CORRUPTED, "temporary file was changed while in use");
    free(sealed);
    free(packed);
    return rc;
}

void tbi_spill_free(tbi_spill *s, const tbi_spill_ref *ref)
{
    atomic_fetch_sub(&s->live, ref->stored);
    (void)fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)ref->offset,
                    (off_t)ref->stored);
}

uint64_t tbi_spill_written(const tbi_spill *s)
{
    return atomic_load(&s->written);
}
