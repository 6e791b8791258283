/* SPDX-License-Identifier: Apache-2.0 */
#include "server/auth_scram.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* RFC 7677 section 3: user "user", password "pencil". The server's nonce there is text, ours is the
 * base64 of 18 bytes, so the exchange is computed with a small client; salt, iterations and keys
 * are the RFC's. */
static const uint8_t rfc_salt[16] = {0x5b, 0x6d, 0x99, 0x68, 0x9d, 0x12, 0x35, 0x8e,
                                     0xec, 0xa0, 0x4b, 0x14, 0x12, 0x36, 0xfa, 0x81};

static void hm(const uint8_t *key, const char *text, uint8_t out[32])
{
    unsigned n = 32;
    HMAC(EVP_sha256(), key, 32, (const unsigned char *)text, strlen(text), out, &n);
}

static const char *b64(tb_arena *a, const uint8_t *p, size_t n)
{
    char *to = tb_arena_bytes(a, n * 2 + 4);
    EVP_EncodeBlock((unsigned char *)to, p, (int)n);
    return to;
}

/* What a client answers: "c=<cb>,r=<nonce>,p=<proof>", and the server signature it then expects. */
static const char *client_final(tb_arena *a, const char *password, const char *first_bare,
                                const char *server_first, const char *cb, const char **signature)
{
    char nonce[128] = "";
    sscanf(server_first, "r=%127[^,]", nonce);
    uint8_t salted[32], key[32], stored[32], sig[32], server_key[32], proof[32];
    PKCS5_PBKDF2_HMAC(password, -1, rfc_salt, 16, 4096, EVP_sha256(), 32, salted);
    hm(salted, "Client Key", key);
    SHA256(key, 32, stored);
    hm(salted, "Server Key", server_key);
    const char *without = tb_arena_printf(a, "c=%s,r=%s", cb, nonce);
    const char *auth = tb_arena_printf(a, "%s,%s,%s", first_bare, server_first, without);
    hm(stored, auth, sig);
    for (int i = 0; i < 32; i++)
        proof[i] = key[i] ^ sig[i];
    hm(server_key, auth, sig);
    *signature = tb_arena_printf(a, "v=%s", b64(a, sig, 32));
    return tb_arena_printf(a, "%s,p=%s", without, b64(a, proof, 32));
}

typedef struct fixture {
    tb_arena *arena;
    tb_error err;
    tb_scram_verifier verifier;
    tb_scram x;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->arena = tb_arena_create(0);
    const char *text = tb_scram_make_verifier(f->arena, "pencil", 4096, rfc_salt, 16);
    if (!tb_scram_parse_verifier(text, &f->verifier))
        return -1;
    f->x.verifier = &f->verifier;
    memcpy(f->x.nonce, "0123456789abcdefgh", 18);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    tb_arena_destroy(f->arena);
    free(f);
    return 0;
}

static tb_rc first(fixture *f, const char *mechanism, const char *message, const char **reply)
{
    tb_error_clear(&f->err);
    return tb_scram_first(&f->x, f->arena, mechanism, message, strlen(message), reply, &f->err);
}

static tb_rc final(fixture *f, const char *message, bool *proven, const char **reply)
{
    tb_error_clear(&f->err);
    return tb_scram_final(&f->x, f->arena, message, strlen(message), proven, reply, &f->err);
}

/* RFC 7677's own numbers: with its nonce the proof and the server signature must come out. */
static void test_exchange__rfc_7677_keys(void **state)
{
    fixture *f = *state;
    const char *auth = "n=user,r=rOprNGfwEbeRWgbNEkqO,"
                       "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                       "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
                       "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    uint8_t sig[32];
    hm(f->verifier.server_key, auth, sig);
    assert_string_equal(b64(f->arena, sig, 32), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    hm(f->verifier.stored_key, auth, sig);
    uint8_t proof[48], key[32], stored[32];
    assert_int_equal(EVP_DecodeBlock(proof,
                                     (const unsigned char *)"dHzbZapWIk4jUhN+Ute9ytag9zjfMHgs"
                                                            "qmmiz7AndVQ=",
                                     44),
                     33);
    for (int i = 0; i < 32; i++)
        key[i] = proof[i] ^ sig[i];
    SHA256(key, 32, stored);
    assert_memory_equal(stored, f->verifier.stored_key, 32);
}

static void test_exchange__right_password(void **state)
{
    fixture *f = *state;
    const char *reply, *signature, *bare = "n=ignored,r=rOprNGfwEbeRWgbNEkqO";
    bool proven;
    assert_int_equal(first(f, "SCRAM-SHA-256", "n,,n=ignored,r=rOprNGfwEbeRWgbNEkqO", &reply),
                     TB_OK);
    const char *server_first = reply;
    const char *answer = client_final(f->arena, "pencil", bare, server_first, "biws", &signature);
    assert_int_equal(final(f, answer, &proven, &reply), TB_OK);
    assert_true(proven);
    assert_string_equal(reply, signature);
}

static void test_exchange__wrong_password_and_mock(void **state)
{
    fixture *f = *state;
    const char *reply, *signature, *bare = "n=,r=abc";
    bool proven;
    assert_int_equal(first(f, "SCRAM-SHA-256", "n,,n=,r=abc", &reply), TB_OK);
    const char *answer = client_final(f->arena, "pencils", bare, reply, "biws", &signature);
    assert_int_equal(final(f, answer, &proven, &reply), TB_OK);
    assert_false(proven);
    assert_null(reply);
    /* a mock verifier proves nothing, even with the right keys in it */
    f->verifier.mock = true;
    assert_int_equal(first(f, "SCRAM-SHA-256", "n,,n=,r=abc", &reply), TB_OK);
    answer = client_final(f->arena, "pencil", bare, reply, "biws", &signature);
    assert_int_equal(final(f, answer, &proven, &reply), TB_OK);
    assert_false(proven);
}

static void test_exchange__channel_binding(void **state)
{
    fixture *f = *state;
    static const uint8_t digest[32] = {7, 7, 7};
    f->x.binding = digest;
    f->x.binding_len = sizeof digest;
    const char *reply, *signature, *bare = "n=,r=abc";
    bool proven;
    assert_int_equal(first(f, "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,n=,r=abc", &reply),
                     TB_OK);
    uint8_t data[24 + 32];
    memcpy(data, "p=tls-server-end-point,,", 24);
    memcpy(data + 24, digest, 32);
    const char *server_first = reply;
    const char *answer = client_final(f->arena, "pencil", bare, server_first,
                                      b64(f->arena, data, sizeof data), &signature);
    assert_int_equal(final(f, answer, &proven, &reply), TB_OK);
    assert_true(proven);
    data[55] ^= 1; /* another certificate: somebody in the middle */
    answer = client_final(f->arena, "pencil", bare, server_first, b64(f->arena, data, sizeof data),
                          &signature);
    assert_int_equal(final(f, answer, &proven, &reply), TB_FAIL);
    assert_string_equal(tb_sqlstate(f->err.code), "28000");
}

static void test_first__downgrade_is_noticed(void **state)
{
    fixture *f = *state;
    static const uint8_t digest[32] = {1};
    const char *reply;
    f->x.binding = digest;
    f->x.binding_len = 32;
    assert_int_equal(first(f, "SCRAM-SHA-256", "y,,n=,r=abc", &reply), TB_FAIL);
    assert_string_equal(tb_sqlstate(f->err.code), "28000");
    /* 'y' is right when we did not offer it; 'n' is always */
    assert_int_equal(first(f, "SCRAM-SHA-256", "n,,n=,r=abc", &reply), TB_OK);
    f->x.binding = NULL;
    assert_int_equal(first(f, "SCRAM-SHA-256", "y,,n=,r=abc", &reply), TB_OK);
}

static void test_first__malformed(void **state)
{
    fixture *f = *state;
    static const char *const bad[] = {
        "",
        "n",
        "n,",
        "n,,",
        "n,,n=u",
        "n,,n=u,",
        "n,,r=",
        "n,,n=,r=",
        "x,,n=,r=a",
        "n,a=me,n=,r=a",
        "n,,m=1,n=,r=a",
        "n,x,n=,r=a",
        "p=tls-server-end-point,,n=,r=a",
        "p=tls-unique,,n=,r=a",
        "n,,n=,r=\x7f",
        "n;;n=,r=a",
    };
    for (size_t i = 0; i < TB_COUNT(bad); i++) {
        const char *reply;
        assert_int_equal(first(f, "SCRAM-SHA-256", bad[i], &reply), TB_FAIL);
    }
    const char *reply;
    assert_int_equal(first(f, "SCRAM-SHA-1", "n,,n=,r=a", &reply), TB_FAIL);
    assert_int_equal(first(f, "SCRAM-SHA-256-PLUS", "n,,n=,r=a", &reply), TB_FAIL);
}

static void test_final__malformed(void **state)
{
    fixture *f = *state;
    const char *reply;
    bool proven;
    assert_int_equal(first(f, "SCRAM-SHA-256", "n,,n=,r=abc", &reply), TB_OK);
    char nonce[128] = "";
    sscanf(reply, "r=%127[^,]", nonce);
    const char *bad[] = {
        "",
        "c=biws",
        "c=biws,r=abc,p=AAAA",
        "c=eSws,r=abc",
        tb_arena_printf(f->arena, "c=biws,r=%s", nonce),
        tb_arena_printf(f->arena, "c=biws,r=%s,p=", nonce),
        tb_arena_printf(f->arena, "c=biws,r=%s,p=AAAA", nonce),
        tb_arena_printf(f->arena, "c=biws,r=%s,p=!!!!", nonce),
        tb_arena_printf(f->arena, "r=%s,c=biws,p=AAAA", nonce),
    };
    for (size_t i = 0; i < TB_COUNT(bad); i++) {
        assert_int_equal(final(f, bad[i], &proven, &reply), TB_FAIL);
        assert_false(proven);
    }
}

static void test_verifier__postgresql_made(void **state)
{
    fixture *f = *state;
    tb_scram_verifier v;
    /* made by PostgreSQL 15.20 for the password "secret" */
    static const char pg[] = "SCRAM-SHA-256$4096:zuO0oF11hXOThzCys+yFsA==$"
                             "dHBcaKky1VN17Xh1kcGmhY/e2IAQppBunimAFTlgJ/A=:"
                             "hXqof6cRV4mta8cxvbY46lrnqfibCl3tVrSAhsrybeg=";
    assert_true(tb_scram_parse_verifier(pg, &v));
    assert_int_equal(v.iterations, 4096);
    assert_int_equal(v.salt_len, 16);
    assert_string_equal(
        tb_scram_make_verifier(f->arena, "secret", v.iterations, v.salt, v.salt_len), pg);
    const char *out;
    const char *text = tb_scram_make_verifier(f->arena, "x", 4096, rfc_salt, 16);
    assert_int_equal(tb_scram_password_verifier(text, f->arena, &out, &f->err), TB_OK);
    assert_string_equal(out, text);
    assert_int_equal(tb_scram_password_verifier("plain", f->arena, &out, &f->err), TB_OK);
    assert_true(tb_scram_parse_verifier(out, &v));
}

static void test_verifier__malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "md5aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "SCRAM-SHA-256$",
        "SCRAM-SHA-256$4096:",
        "SCRAM-SHA-256$0:AAAA$AAAA:AAAA",
        "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA",
        "SCRAM-SHA-256$-1:W22ZaJ0SNY7soEsUEjb6gQ==$AAAA:AAAA",
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ$"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    };
    for (size_t i = 0; i < TB_COUNT(bad); i++) {
        tb_scram_verifier v;
        assert_false(tb_scram_parse_verifier(bad[i], &v));
    }
}

static void test_mock_verifier__stable_per_user(void **state)
{
    (void)state;
    uint8_t secret[32] = {3};
    tb_scram_verifier a, b, c;
    tb_scram_mock_verifier(secret, "li", &a);
    tb_scram_mock_verifier(secret, "li", &b);
    tb_scram_mock_verifier(secret, "wang", &c);
    assert_memory_equal(a.salt, b.salt, 16);
    assert_memory_not_equal(a.salt, c.salt, 16);
    assert_true(a.mock);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_exchange__rfc_7677_keys),
        T(test_exchange__right_password),
        T(test_exchange__wrong_password_and_mock),
        T(test_exchange__channel_binding),
        T(test_first__downgrade_is_noticed),
        T(test_first__malformed),
        T(test_final__malformed),
        T(test_verifier__postgresql_made),
        T(test_verifier__malformed),
        T(test_mock_verifier__stable_per_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
