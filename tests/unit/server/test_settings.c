/* SPDX-License-Identifier: Apache-2.0 */
#include "server/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

typedef struct fixture {
    tb_arena *arena;
    tb_error err;
    tb_settings *s;
} fixture;

static tb_rc check_role(void *ctx, tb_setting_id id, const char *value, tb_arena *arena,
                        const char **canonical, tb_error *err)
{
    (void)ctx;
    (void)id;
    (void)arena;
    *canonical = value;
    return strcmp(value, "nobody") == 0 ? TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE,
                                                   "permission denied to set role \"%s\"", value)
                                        : TB_OK;
}

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->arena = tb_arena_create(0);
    f->s = tb_settings_create(check_role, NULL);
    tb_settings_begin(f->s);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    tb_settings_destroy(f->s);
    tb_arena_destroy(f->arena);
    free(f);
    return 0;
}

static void set(fixture *f, const char *name, const char *value)
{
    tb_error_clear(&f->err);
    assert_int_equal(tb_settings_set(f->s, name, value, TB_SCOPE_SESSION, &f->err), TB_OK);
}

static void local(fixture *f, const char *name, const char *value)
{
    assert_int_equal(tb_settings_set(f->s, name, value, TB_SCOPE_LOCAL, &f->err), TB_OK);
}

static void shows(fixture *f, const char *name, const char *want)
{
    assert_string_equal(tb_settings_show(f->s, f->arena, name, NULL), want);
}

static void refused(fixture *f, const char *name, const char *value, const char *sqlstate,
                    const char *message)
{
    tb_error_clear(&f->err);
    assert_int_equal(tb_settings_set(f->s, name, value, TB_SCOPE_SESSION, &f->err), TB_FAIL);
    assert_string_equal(tb_sqlstate(f->err.code), sqlstate);
    assert_string_equal(f->err.message, message);
}

static void test_table__sorted_and_defaults_valid(void **state)
{
    fixture *f = *state; /* create() checked every default */
    for (int i = 1; i < TB_SETTING_COUNT; i++)
        assert_true(strcasecmp(tb_setting_info_get((tb_setting_id)(i - 1))->name,
                               tb_setting_info_get((tb_setting_id)i)->name) < 0);
    shows(f, "timezone", "Etc/UTC");
    shows(f, "SEARCH_PATH", "\"$user\", public");
    assert_null(tb_settings_show(f->s, f->arena, "nosuch", NULL));
}

static void test_set__canonical_values(void **state)
{
    fixture *f = *state;
    set(f, "statement_timeout", "5s");
    shows(f, "statement_timeout", "5s");
    assert_int_equal(tb_settings_int(f->s, TB_SETTING_STATEMENT_TIMEOUT), 5000);
    set(f, "statement_timeout", "90000");
    shows(f, "statement_timeout", "90s");
    set(f, "statement_timeout", " 2 min ");
    shows(f, "statement_timeout", "2min");
    set(f, "statement_timeout", "0");
    shows(f, "statement_timeout", "0");
    set(f, "tombolo.memory_limit", "64MB");
    assert_int_equal(tb_settings_int(f->s, TB_SETTING_MEMORY_LIMIT), 65536);
    shows(f, "tombolo.memory_limit", "64MB");
    set(f, "tombolo.pushdown", "OF");
    shows(f, "tombolo.pushdown", "off");
    set(f, "client_encoding", "unicode");
    shows(f, "client_encoding", "UTF8");
    set(f, "client_encoding", "'utf-8'");
    shows(f, "client_encoding", "UTF8");
    set(f, "datestyle", "iso");
    shows(f, "DateStyle", "ISO, MDY");
    set(f, "timezone", "asia/shanghai");
    shows(f, "TimeZone", "Asia/Shanghai");
    set(f, "client_min_messages", "DEBUG");
    shows(f, "client_min_messages", "debug2");
    set(f, "default_transaction_isolation", "Serializable");
    shows(f, "default_transaction_isolation", "serializable");
    set(f, "lc_messages", "zh_CN.UTF-8");
    assert_int_equal(tb_settings_int(f->s, TB_SETTING_LC_MESSAGES), 1);
}

static void test_set__refused(void **state)
{
    fixture *f = *state;
    refused(f, "nosuch", "1", "42704", "unrecognized configuration parameter \"nosuch\"");
    refused(f, "tombolo.nosuch", "1", "42704",
            "unrecognized configuration parameter \"tombolo.nosuch\"");
    refused(f, "server_version", "10.0", "55P02", "parameter \"server_version\" cannot be changed");
    refused(f, "jit", "maybe", "22023", "parameter \"jit\" requires a Boolean value");
    refused(f, "jit", "o", "22023", "parameter \"jit\" requires a Boolean value");
    refused(f, "timezone", "bad", "22023", "invalid value for parameter \"TimeZone\": \"bad\"");
    refused(f, "client_encoding", "foo", "22023",
            "invalid value for parameter \"client_encoding\": \"foo\"");
    refused(f, "extra_float_digits", "4", "22023",
            "4 is outside the valid range for parameter \"extra_float_digits\" (-15 .. 3)");
    refused(f, "statement_timeout", "-1", "22023",
            "-1 ms is outside the valid range for parameter \"statement_timeout\" "
            "(0 ms .. 2147483647 ms)");
    refused(f, "statement_timeout", "1 year", "22023",
            "invalid value for parameter \"statement_timeout\": \"1 year\"");
    assert_string_equal(f->err.hint, "Valid units for this parameter are \"us\", \"ms\", \"s\", "
                                     "\"min\", \"h\", and \"d\".");
    refused(f, "client_min_messages", "bad", "22023",
            "invalid value for parameter \"client_min_messages\": \"bad\"");
    assert_string_equal(f->err.hint, "Available values: debug5, debug4, debug3, debug2, debug1, "
                                     "log, notice, warning, error.");
    refused(f, "datestyle", "german", "0A000",
            "a DateStyle other than \"ISO, MDY\" is not supported");
    refused(f, "datestyle", "xyz", "22023", "invalid value for parameter \"DateStyle\": \"xyz\"");
    refused(f, "standard_conforming_strings", "off", "22023",
            "parameter \"standard_conforming_strings\" cannot be set to \"off\" on this server");
    refused(f, "search_path", "a,,b", "22023",
            "invalid value for parameter \"search_path\": \"a,,b\"");
    refused(f, "role", "nobody", "42501", "permission denied to set role \"nobody\"");
    refused(f, "a.", "1", "42704", "unrecognized configuration parameter \"a.\"");
    refused(f, "a.1", "1", "42704", "unrecognized configuration parameter \"a.1\"");
}

static void test_custom__dotted_names(void **state)
{
    fixture *f = *state;
    set(f, "myapp.user_id", "42");
    shows(f, "MYAPP.user_id", "42");
    set(f, "myapp.user_id", NULL);
    shows(f, "myapp.user_id", "");
}

static void test_transaction__rollback_restores(void **state)
{
    fixture *f = *state;
    set(f, "application_name", "a");
    tb_settings_commit(f->s);
    tb_settings_begin(f->s);
    set(f, "application_name", "b");
    set(f, "application_name", "c");
    set(f, "x.y", "1");
    tb_settings_rollback(f->s);
    shows(f, "application_name", "a");
    shows(f, "x.y", "");
}

static void test_transaction__local_ends_at_commit(void **state)
{
    fixture *f = *state;
    set(f, "application_name", "session");
    local(f, "application_name", "local");
    local(f, "timezone", "Asia/Shanghai");
    shows(f, "application_name", "local");
    tb_settings_commit(f->s);
    shows(f, "application_name", "session");
    shows(f, "timezone", "Etc/UTC");
    tb_settings_begin(f->s);
    local(f, "application_name", "local");
    set(f, "application_name", "last");
    tb_settings_commit(f->s);
    shows(f, "application_name", "last");
}

static void test_transaction__savepoints_nest(void **state)
{
    fixture *f = *state;
    set(f, "application_name", "one");
    uint32_t outer = tb_settings_mark(f->s);
    set(f, "application_name", "two");
    uint32_t inner = tb_settings_mark(f->s);
    local(f, "application_name", "three");
    set(f, "timezone", "Asia/Shanghai");
    tb_settings_rollback_to(f->s, inner);
    shows(f, "application_name", "two");
    shows(f, "timezone", "Etc/UTC");
    tb_settings_rollback_to(f->s, outer);
    shows(f, "application_name", "one");
    tb_settings_rollback_to(f->s, 0);
    shows(f, "application_name", "");
    tb_settings_commit(f->s);
    shows(f, "application_name", "");
}

static void test_reset_all__keeps_role(void **state)
{
    fixture *f = *state;
    set(f, "role", "analyst");
    set(f, "timezone", "Asia/Shanghai");
    set(f, "x.y", "1");
    assert_int_equal(tb_settings_reset_all(f->s, &f->err), TB_OK);
    shows(f, "role", "analyst");
    shows(f, "timezone", "Etc/UTC");
    shows(f, "x.y", "");
}

static void test_report__only_changes(void **state)
{
    fixture *f = *state;
    const char *name, *value;
    int n = 0;
    while (tb_settings_next_report(f->s, &name, &value))
        n++;
    assert_int_equal(n, 13); /* what PostgreSQL 15 reports */
    set(f, "jit", "on");
    assert_false(tb_settings_next_report(f->s, &name, &value));
    set(f, "timezone", "Asia/Shanghai");
    assert_true(tb_settings_next_report(f->s, &name, &value));
    assert_string_equal(name, "TimeZone");
    assert_string_equal(value, "Asia/Shanghai");
    assert_false(tb_settings_next_report(f->s, &name, &value));
}

static void test_split_list__identifiers(void **state)
{
    fixture *f = *state;
    const char **names;
    uint32_t n;
    assert_int_equal(
        tb_settings_split_list(f->arena, " \"$user\", Police ,\"a\"\"B\"", &names, &n, &f->err),
        TB_OK);
    assert_int_equal(n, 3);
    assert_string_equal(names[0], "$user");
    assert_string_equal(names[1], "police");
    assert_string_equal(names[2], "a\"B");
    assert_int_equal(tb_settings_split_list(f->arena, "", &names, &n, &f->err), TB_OK);
    assert_int_equal(n, 0);
    static const char *const bad[] = {",", "a,", "a b", "\"a", "\"a\"b"};
    for (size_t i = 0; i < TB_COUNT(bad); i++)
        assert_int_equal(tb_settings_split_list(f->arena, bad[i], &names, &n, &f->err), TB_FAIL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_table__sorted_and_defaults_valid),
        T(test_set__canonical_values),
        T(test_set__refused),
        T(test_custom__dotted_names),
        T(test_transaction__rollback_restores),
        T(test_transaction__local_ends_at_commit),
        T(test_transaction__savepoints_nest),
        T(test_reset_all__keeps_role),
        T(test_report__only_changes),
        T(test_split_list__identifiers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
