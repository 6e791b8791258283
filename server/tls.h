/* SPDX-License-Identifier: Apache-2.0
 * The server's TLS identity: certificate, key, optional authority for client certificates.
 * Immutable and reference-counted: a reload makes a new one, sessions keep theirs.
 */
#ifndef TB_SERVER_TLS_H
#define TB_SERVER_TLS_H

#include "core/error.h"

#include <openssl/types.h>

typedef struct tb_tls tb_tls;

typedef enum tb_client_cert {
    TB_CLIENT_CERT_OFF,
    TB_CLIENT_CERT_OPTIONAL,
    TB_CLIENT_CERT_REQUIRED
} tb_client_cert;

typedef struct tb_tls_files {
    const char *certificate; /* PEM chain, own certificate first */
    const char *key;         /* PEM; a file others can read is refused */
    const char *client_ca;   /* PEM bundle; NULL = client certificates are not asked for */
    tb_client_cert client_certificates;
} tb_tls_files;

/* F0000-class problems (missing file, key that does not fit, readable key) are 58030 or 22023. */
tb_rc tb_tls_create(const tb_tls_files *files, tb_tls **out, tb_error *err) TB_MUSTUSE;
tb_tls *tb_tls_ref(tb_tls *tls);
void tb_tls_unref(tb_tls *tls); /* NULL is allowed */
SSL_CTX *tb_tls_context(const tb_tls *tls);

/* Channel binding data of type tls-server-end-point (RFC 5929): the certificate's digest. NULL when
 * its signature has no digest of its own (Ed25519, RSA-PSS): then binding is not offered. */
const uint8_t *tb_tls_binding(const tb_tls *tls, size_t *len);

#endif
