/* SPDX-License-Identifier: Apache-2.0 */
#include "wire_cert.h"

#include "core/base.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static FILE *open_file(const char *dir, const char *name, const char *suffix, const char *mode)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s.%s", dir, name, suffix);
    FILE *f = fopen(path, mode);
    TB_CHECK(f != NULL);
    return f;
}

static X509_NAME *subject(const char *common_name)
{
    X509_NAME *name = X509_NAME_new();
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1,
                               -1, 0);
    return name;
}

/* Only an authority may sign: OpenSSL refuses a chain whose issuer does not say that it is one. */
static void add_constraints(X509 *cert, bool authority)
{
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
                                              authority ? "critical,CA:TRUE" : "CA:FALSE");
    TB_CHECK(ext != NULL && X509_add_ext(cert, ext, -1) == 1);
    X509_EXTENSION_free(ext);
}

static X509 *make(EVP_PKEY *key, const char *common_name, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *cert = X509_new();
    X509_NAME *name = subject(common_name);
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), issuer == NULL ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    X509_set_subject_name(cert, name);
    X509_set_issuer_name(cert, issuer == NULL ? name : X509_get_subject_name(issuer));
    add_constraints(cert, issuer == NULL);
    TB_CHECK(X509_sign(cert, issuer == NULL ? key : issuer_key, EVP_sha256()) > 0);
    X509_NAME_free(name);
    return cert;
}

void wire_certificate(const char *dir, const char *name, const char *common_name,
                      const char *issuer_name)
{
    X509 *issuer = NULL;
    EVP_PKEY *issuer_key = NULL, *key = EVP_RSA_gen(2048);
    if (issuer_name != NULL) {
        FILE *f = open_file(dir, issuer_name, "crt", "re");
        issuer = PEM_read_X509(f, NULL, NULL, NULL);
        fclose(f);
        f = open_file(dir, issuer_name, "key", "re");
        issuer_key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
        fclose(f);
    }
    X509 *cert = make(key, common_name, issuer, issuer_key);
    FILE *f = open_file(dir, name, "crt", "we");
    TB_CHECK(PEM_write_X509(f, cert) == 1);
    fclose(f);
    f = open_file(dir, name, "key", "we");
    fchmod(fileno(f), 0600);
    TB_CHECK(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(f);
    X509_free(cert);
    X509_free(issuer);
    EVP_PKEY_free(key);
    EVP_PKEY_free(issuer_key);
}
