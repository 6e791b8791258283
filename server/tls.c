/* SPDX-License-Identifier: Apache-2.0 */
#include "server/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct tb_tls {
    _Atomic int refs;
    SSL_CTX *ctx;
    uint8_t binding[EVP_MAX_MD_SIZE];
    unsigned binding_len;
};

/* Raises with OpenSSL's reason, which speaks of files and formats only. */
static tb_rc tls_error(tb_error *err, const char *what, const char *file)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    TB_RAISE(err, TB_E_IO_ERROR, "could not load %s file \"%s\": %s", what, file,
             reason == NULL ? "unknown error" : reason);
    ERR_clear_error();
    return TB_FAIL;
}

/* ALPACA defence: a client that negotiates an application protocol must mean ours. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                       const unsigned char *in, unsigned in_len, void *arg)
{
    static const unsigned char ours[] = {10, 'p', 'o', 's', 't', 'g', 'r', 'e', 's', 'q', 'l'};
    (void)ssl;
    (void)arg;
    unsigned char *selected;
    int rc = SSL_select_next_proto(&selected, out_len, ours, sizeof ours, in, in_len);
    *out = selected;
    return rc == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void compute_binding(tb_tls *tls)
{
    X509 *cert = SSL_CTX_get0_certificate(tls->ctx);
    int digest = NID_undef;
    if (cert == NULL || !OBJ_find_sigid_algs(X509_get_signature_nid(cert), &digest, NULL) ||
        digest == NID_undef)
        return;
    if (digest == NID_md5 || digest == NID_sha1)
        digest = NID_sha256; /* RFC 5929 section 4.1 */
    const EVP_MD *md = EVP_get_digestbynid(digest);
    if (md == NULL || X509_digest(cert, md, tls->binding, &tls->binding_len) != 1)
        tls->binding_len = 0;
}

static tb_rc check_key_file(const char *path, tb_error *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return TB_RAISE(err, TB_E_IO_ERROR, "could not access private key file \"%s\": %m", path);
    if ((st.st_mode & (S_IRWXO | S_IWGRP | S_IXGRP)) != 0)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "private key file \"%s\" has group or world access", path);
    return TB_OK;
}

static tb_rc load(SSL_CTX *ctx, const tb_tls_files *files, tb_error *err)
{
    TB_TRY(check_key_file(files->key, err));
    if (SSL_CTX_use_certificate_chain_file(ctx, files->certificate) != 1)
        return tls_error(err, "certificate", files->certificate);
    if (SSL_CTX_use_PrivateKey_file(ctx, files->key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1)
        return tls_error(err, "private key", files->key);
    if (files->client_certificates == TB_CLIENT_CERT_OFF)
        return TB_OK;
    if (files->client_ca == NULL || SSL_CTX_load_verify_locations(ctx, files->client_ca, NULL) != 1)
        return tls_error(err, "client authority", files->client_ca ? files->client_ca : "");
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(files->client_ca);
    if (names != NULL)
        SSL_CTX_set_client_CA_list(ctx, names);
    int mode = SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE;
    if (files->client_certificates == TB_CLIENT_CERT_REQUIRED)
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(ctx, mode, NULL);
    return TB_OK;
}

tb_rc tb_tls_create(const tb_tls_files *files, tb_tls **out, tb_error *err)
{
    ERR_clear_error();
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    TB_CHECK(ctx != NULL);
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
    if (load(ctx, files, err) != TB_OK) {
        SSL_CTX_free(ctx);
        return TB_FAIL;
    }
    tb_tls *tls = tb_xcalloc(1, sizeof *tls);
    tls->ctx = ctx;
    atomic_init(&tls->refs, 1);
    compute_binding(tls);
    *out = tls;
    return TB_OK;
}

tb_tls *tb_tls_ref(tb_tls *tls)
{
    atomic_fetch_add(&tls->refs, 1);
    return tls;
}

void tb_tls_unref(tb_tls *tls)
{
    if (tls == NULL || atomic_fetch_sub(&tls->refs, 1) != 1)
        return;
    SSL_CTX_free(tls->ctx);
    free(tls);
}

SSL_CTX *tb_tls_context(const tb_tls *tls)
{
    return tls->ctx;
}

const uint8_t *tb_tls_binding(const tb_tls *tls, size_t *len)
{
    *len = tls->binding_len;
    return tls->binding_len == 0 ? NULL : tls->binding;
}
