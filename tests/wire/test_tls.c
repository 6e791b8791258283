/* SPDX-License-Identifier: Apache-2.0
 * TLS: required, channel binding, bytes before the handshake, client certificates, reload.
 */
#include "wire_cert.h"
#include "wire_client.h"
#include "wire_server.h"

#include <libpq-fe.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static wire_server server;
static char certs[] = "/tmp/tombolo-certs-XXXXXX";

static void expect(const char *options, const char *error)
{
    char info[600];
    snprintf(info, sizeof info,
             "host=127.0.0.1 port=%d user=analyst password=secret dbname=tombolo %s", server.port,
             options);
    PGconn *conn = PQconnectdb(info);
    bool ok = PQstatus(conn) == CONNECTION_OK;
    if (ok != (error == NULL) || (!ok && strstr(PQerrorMessage(conn), error) == NULL))
        fail_msg("%s: %s", options, ok ? "connected" : PQerrorMessage(conn));
    PQfinish(conn);
}

static void test_tls__required(void **state)
{
    (void)state;
    expect("sslmode=require", NULL);
    expect("sslmode=disable", "connection requires encryption");
    expect("sslmode=disable", "sslmode=require");
}

static void test_tls__verified_and_bound(void **state)
{
    (void)state;
    char options[200];
    snprintf(options, sizeof options,
             "sslmode=verify-ca sslrootcert=%s/server.crt channel_binding=require", certs);
    expect(options, NULL);
    expect("sslmode=require channel_binding=disable", NULL);
}

static void test_tls__bytes_before_the_handshake(void **state)
{
    (void)state;
    wire *w = wire_open(server.port);
    static const char stuffed[] = "\0\0\0\x08\x04\xd2\x16\x2f"
                                  "\0\0\0\x11\0\3\0\0user\0x\0\0";
    wire_send(w, stuffed, sizeof stuffed - 1);
    assert_string_equal(wire_read(w, 1),
                        "E(FATAL 08P01 received unencrypted data after SSL request) EOF");
    wire_close(w);
}

static void test_tls__one_request_of_each(void **state)
{
    (void)state;
    wire *w = wire_open(server.port);
    char answer[2] = "";
    wire_send(w, "\0\0\0\x08\x04\xd2\x16\x30", 8);
    assert_int_equal(read(w->fd, answer, 1), 1);
    assert_int_equal(answer[0], 'N');
    wire_send(w, "\0\0\0\x08\x04\xd2\x16\x30", 8);
    assert_string_equal(wire_read(w, 1), "EOF");
    wire_close(w);
}

static void test_tls__client_certificates(void **state)
{
    (void)state;
    char options[400];
    snprintf(options, sizeof options,
             "sslmode=require sslcert=%s/analyst.crt sslkey=%s/analyst.key", certs, certs);
    expect(options, NULL);
    snprintf(options, sizeof options, "sslmode=require sslcert=%s/other.crt sslkey=%s/other.key",
             certs, certs);
    expect(options, "certificate authentication failed for user \"analyst\"");
    snprintf(options, sizeof options,
             "sslmode=require sslcert=%s/stranger.crt sslkey=%s/stranger.key", certs, certs);
    expect(options, "SSL"); /* the alert may come in place of the first answer */
}

static void test_tls__certificates_are_reloaded(void **state)
{
    (void)state;
    char options[200];
    wire_certificate(certs, "server", "127.0.0.1", NULL);
    wire_server_reload(&server);
    snprintf(options, sizeof options,
             "sslmode=verify-ca sslrootcert=%s/server.crt channel_binding=require", certs);
    expect(options, NULL);
}

static void test_tls__a_bad_certificate_changes_nothing(void **state)
{
    (void)state;
    char path[100];
    snprintf(path, sizeof path, "%s/server.crt", certs);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs("no certificate\n", f);
    fclose(f);
    wire_server_reload_fails(&server);
    expect("sslmode=require channel_binding=require", NULL);
}

static int start_server(void **state)
{
    char config[1000];
    (void)state;
    if (mkdtemp(certs) == NULL)
        return -1;
    wire_certificate(certs, "server", "127.0.0.1", NULL);
    wire_certificate(certs, "ca", "test authority", NULL);
    wire_certificate(certs, "analyst", "analyst", "ca");
    wire_certificate(certs, "other", "other", "ca");
    wire_certificate(certs, "stranger", "analyst", NULL);
    snprintf(config, sizeof config,
             "[limits]\nfailed_login_delay_ms = 10\n[tls]\ncertificate = %s/server.crt\n"
             "key = %s/server.key\nrequired = on\nclient_ca = %s/ca.crt\n"
             "client_certificates = optional\n",
             certs, certs, certs);
    wire_server_start(&server, config);
    return 0;
}

static int stop_server(void **state)
{
    char command[100];
    (void)state;
    int status = wire_server_stop(&server);
    snprintf(command, sizeof command, "rm -rf %s", certs);
    return status == 0 ? system(command) : status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls__required),
        cmocka_unit_test(test_tls__verified_and_bound),
        cmocka_unit_test(test_tls__bytes_before_the_handshake),
        cmocka_unit_test(test_tls__one_request_of_each),
        cmocka_unit_test(test_tls__client_certificates),
        cmocka_unit_test(test_tls__certificates_are_reloaded),
        cmocka_unit_test(test_tls__a_bad_certificate_changes_nothing),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
