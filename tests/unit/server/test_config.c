/* SPDX-License-Identifier: Apache-2.0 */
#include "server/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static tb_rc load(const char *text, tb_config **config, tb_error *err)
{
    char path[] = "/tmp/tombolo-config-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    tb_error_clear(err);
    tb_rc rc = tb_config_load(path, config, err);
    unlink(path);
    return rc;
}

static void test_load__defaults(void **state)
{
    (void)state;
    tb_config *c;
    tb_error err = {0};
    assert_int_equal(tb_config_load(NULL, &c, &err), TB_OK);
    assert_string_equal(c->listen, "127.0.0.1");
    assert_int_equal(c->port, 5432);
    assert_false(c->core_dumps);
    tb_tls_files files;
    assert_false(tb_config_tls(c, &files));
    tb_config_unref(c);
}

static void test_load__values(void **state)
{
    (void)state;
    tb_config *c;
    tb_error err = {0};
    assert_int_equal(load("[server]\nport = 0 ; any\nlisten=::1\n[limits]\nmax_connections=7\n"
                          "[log]\nlevel = debug\nstatements = yes\n",
                          &c, &err),
                     TB_OK);
    assert_int_equal(c->port, 0);
    assert_string_equal(c->listen, "::1");
    assert_int_equal(c->max_connections, 7);
    assert_true(c->log_statements);
    assert_int_equal(tb_config_log_level(c), TB_LOG_DEBUG);
    tb_config_unref(c);
}

static void test_load__refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "[server]\nport = 70000\n",
        "[server]\nport = x\n",
        "[server]\nnosuch = 1\n",
        "[nosuch]\nport = 1\n",
        "[server\n",
        "[log]\nlevel = loud\n",
        "[tls]\ncertificate = a.pem\n",
        "[tls]\nrequired = on\n",
        "[tls]\nclient_certificates = maybe\n",
        "[server]\ncore_dumps = maybe\n",
    };
    for (size_t i = 0; i < TB_COUNT(bad); i++) {
        tb_config *c;
        tb_error err = {0};
        assert_int_equal(load(bad[i], &c, &err), TB_FAIL);
        assert_true(*err.message != '\0');
    }
    tb_config *c;
    tb_error err = {0};
    assert_int_equal(tb_config_load("/nonexistent/x.conf", &c, &err), TB_FAIL);
    assert_int_equal(err.code, TB_E_IO_ERROR);
}

/* The printed default file, uncommented, is itself a valid file. */
static void test_print_defaults__reads_back(void **state)
{
    (void)state;
    tb_buf b, open;
    tb_buf_init(&b, 1 << 16);
    tb_buf_init(&open, 1 << 16);
    tb_config_print_defaults(&b);
    const char *text = tb_buf_cstr(&b);
    for (const char *p = text; *p != '\0'; p++)
        if (!(*p == ';' && p[1] != ' ' && (p == text || p[-1] == '\n')))
            tb_buf_putc(&open, *p);
    tb_config *c;
    tb_error err = {0};
    assert_int_equal(load(tb_buf_cstr(&open), &c, &err), TB_OK);
    assert_int_equal(c->max_connections, 100);
    tb_config_unref(c);
    tb_buf_fini(&b);
    tb_buf_fini(&open);
}

static void test_is_loopback__addresses(void **state)
{
    (void)state;
    assert_true(tb_config_is_loopback("127.0.0.1"));
    assert_true(tb_config_is_loopback("::1"));
    assert_false(tb_config_is_loopback("0.0.0.0"));
    assert_false(tb_config_is_loopback("::"));
    assert_false(tb_config_is_loopback("10.1.2.3"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load__defaults),
        cmocka_unit_test(test_load__values),
        cmocka_unit_test(test_load__refused),
        cmocka_unit_test(test_print_defaults__reads_back),
        cmocka_unit_test(test_is_loopback__addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
