/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pgwire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct fixture {
    tb_arena *arena;
    tb_error err;
    tb_wire_out out;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->arena = tb_arena_create(0);
    f->err.position = -1;
    tb_buf_init(&f->out.buf, 1 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    tb_arena_destroy(f->arena);
    tb_buf_fini(&f->out.buf);
    free(f);
    return 0;
}

#define BODY(s) (const uint8_t *)(s), sizeof(s) - 1

static void test_read_startup__session(void **state)
{
    fixture *f = *state;
    tb_startup s;
    assert_int_equal(tb_wire_read_startup(f->arena,
                                          BODY("\0\3\0\2user\0li\0_pq_.x\0y\0options\0-c a=b\0\0"),
                                          &s, &f->err),
                     TB_OK);
    assert_int_equal(s.kind, TB_STARTUP_SESSION);
    assert_int_equal(s.minor, 2);
    assert_int_equal(s.nparams, 2);
    assert_string_equal(s.params[0].name, "user");
    assert_string_equal(s.params[0].value, "li");
    assert_string_equal(s.params[1].value, "-c a=b");
    assert_int_equal(s.nunknown, 1);
    assert_string_equal(s.unknown[0], "_pq_.x");
}

static void test_read_startup__requests(void **state)
{
    fixture *f = *state;
    tb_startup s;
    assert_int_equal(tb_wire_read_startup(f->arena, BODY("\x04\xd2\x16\x2f"), &s, &f->err), TB_OK);
    assert_int_equal(s.kind, TB_STARTUP_SSL);
    assert_int_equal(tb_wire_read_startup(f->arena, BODY("\x04\xd2\x16\x30"), &s, &f->err), TB_OK);
    assert_int_equal(s.kind, TB_STARTUP_GSSENC);
    assert_int_equal(tb_wire_read_startup(
                         f->arena, BODY("\x04\xd2\x16\x2e\0\0\1\2\x11\x22\x33\x44"), &s, &f->err),
                     TB_OK);
    assert_int_equal(s.kind, TB_STARTUP_CANCEL);
    assert_int_equal(s.pid, 258);
    assert_memory_equal(s.key, "\x11\x22\x33\x44", 4);
}

/* Every one of these must be refused without reading past its end (the sanitizers watch). */
static void test_read_startup__malformed(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *bytes;
        size_t len;
        tb_errcode code;
    } cases[] = {
        {"", 0, TB_E_PROTOCOL_VIOLATION},
        {"\0\3\0", 3, TB_E_PROTOCOL_VIOLATION},
        {"\0\2\0\0user\0a\0\0", 12, TB_E_FEATURE_NOT_SUPPORTED},
        {"\0\3\0\0", 4, TB_E_PROTOCOL_VIOLATION},
        {"\0\3\0\0user", 8, TB_E_PROTOCOL_VIOLATION},
        {"\0\3\0\0user\0", 9, TB_E_PROTOCOL_VIOLATION},
        {"\0\3\0\0user\0li\0", 12, TB_E_PROTOCOL_VIOLATION},
        {"\0\3\0\0user\0li\0\0x", 14, TB_E_PROTOCOL_VIOLATION},
        {"\x04\xd2\x16\x2f\0", 5, TB_E_PROTOCOL_VIOLATION},
        {"\x04\xd2\x16\x2e\0\0\1\2\x11\x22\x33", 11, TB_E_PROTOCOL_VIOLATION},
        {"\x04\xd2\x16\x2e\0\0\1\2\x11\x22\x33\x44\x55", 13, TB_E_PROTOCOL_VIOLATION},
    };
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        uint8_t *exact = malloc(cases[i].len + !cases[i].len);
        memcpy(exact, cases[i].bytes, cases[i].len);
        tb_startup s;
        tb_error_clear(&f->err);
        assert_int_equal(tb_wire_read_startup(f->arena, exact, cases[i].len, &s, &f->err), TB_FAIL);
        assert_int_equal(f->err.code, cases[i].code);
        free(exact);
    }
}

static void test_read_options__words(void **state)
{
    fixture *f = *state;
    tb_startup_param *p;
    uint32_t n;
    assert_int_equal(tb_wire_read_options(f->arena,
                                          " -c search_path=a\\ b  -cx.y=1 --statement-timeout=5s",
                                          &p, &n, &f->err),
                     TB_OK);
    assert_int_equal(n, 3);
    assert_string_equal(p[0].name, "search_path");
    assert_string_equal(p[0].value, "a b");
    assert_string_equal(p[1].name, "x.y");
    assert_string_equal(p[2].name, "statement_timeout");
    assert_string_equal(p[2].value, "5s");
}

static void test_read_options__refused(void **state)
{
    fixture *f = *state;
    static const char *const bad[] = {"-c", "-c a", "-d 5", "x=y", "-c =1", "--", "--=v"};
    for (size_t i = 0; i < TB_COUNT(bad); i++) {
        tb_startup_param *p;
        uint32_t n;
        assert_int_equal(tb_wire_read_options(f->arena, bad[i], &p, &n, &f->err), TB_FAIL);
        assert_int_equal(f->err.code, TB_E_SYNTAX_ERROR);
    }
}

static void test_read_parse__types(void **state)
{
    fixture *f = *state;
    tb_wire_parse p;
    assert_int_equal(
        tb_wire_read_parse(f->arena, BODY("s\0select 1\0\0\2\0\0\0\x17\0\0\0\0"), &p, &f->err),
        TB_OK);
    assert_string_equal(p.name, "s");
    assert_string_equal(p.sql, "select 1");
    assert_int_equal(p.ntypes, 2);
    assert_int_equal(p.types[0], 23);
    assert_int_equal(p.types[1], 0);
}

static void test_read_bind__values(void **state)
{
    fixture *f = *state;
    tb_wire_bind b;
    assert_int_equal(tb_wire_read_bind(f->arena,
                                       BODY("p\0s\0\0\1\0\1\0\3\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0"
                                            "\0\2\0\0\0\1"),
                                       &b, &f->err),
                     TB_OK);
    assert_string_equal(b.portal, "p");
    assert_string_equal(b.statement, "s");
    assert_int_equal(b.nformats, 1);
    assert_int_equal(b.formats[0], 1);
    assert_int_equal(b.nparams, 3);
    assert_int_equal(b.params[0].len, 2);
    assert_memory_equal(b.params[0].bytes, "ab", 2);
    assert_int_equal(b.params[1].len, -1);
    assert_int_equal(b.params[2].len, 0);
    assert_int_equal(b.nresult_formats, 2);
}

static void test_read_bind__malformed(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *bytes;
        size_t len;
    } cases[] = {
        {"", 0},                                    /* no portal */
        {"p\0s", 3},                                /* unterminated statement */
        {"p\0s\0\0", 5},                            /* half a count */
        {"p\0s\0\xff\xff\0\0", 8},                  /* 65535 formats announced */
        {"p\0s\0\0\0\xff\xff", 8},                  /* 65535 parameters announced */
        {"p\0s\0\0\0\0\1\x7f\xff\xff\xff", 12},     /* a 2 GiB parameter */
        {"p\0s\0\0\0\0\1\xff\xff\xff\xfe\0\0", 14}, /* length -2 */
        {"p\0s\0\0\2\0\0\0\0\0\1\0\0\0\0\0\0", 18}, /* 2 formats, 1 parameter */
        {"p\0s\0\0\0\0\0\0\0\0", 11},               /* one byte too many */
        {"p\0s\0\0\1\0\2\0\0\0\0", 12},             /* format 2 */
    };
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        uint8_t *exact = malloc(cases[i].len + !cases[i].len);
        memcpy(exact, cases[i].bytes, cases[i].len);
        tb_wire_bind b;
        tb_error_clear(&f->err);
        assert_int_equal(tb_wire_read_bind(f->arena, exact, cases[i].len, &b, &f->err), TB_FAIL);
        assert_string_equal(tb_sqlstate(f->err.code), i == 9 ? "22023" : "08P01");
        free(exact);
    }
}

/* Truncating a valid message anywhere makes it invalid. */
static void test_read_bind__every_prefix(void **state)
{
    fixture *f = *state;
    static const char whole[] = "p\0s\0\0\1\0\1\0\2\0\0\0\2ab\xff\xff\xff\xff\0\1\0\1";
    for (size_t len = 0; len < sizeof whole - 1; len++) {
        uint8_t *exact = malloc(len + !len);
        memcpy(exact, whole, len);
        tb_wire_bind b;
        assert_int_equal(tb_wire_read_bind(f->arena, exact, len, &b, &f->err), TB_FAIL);
        free(exact);
    }
}

static void test_read_target__kinds(void **state)
{
    fixture *f = *state;
    tb_wire_target t;
    assert_int_equal(tb_wire_read_target(BODY("Sx\0"), "DESCRIBE", &t, &f->err), TB_OK);
    assert_int_equal(tb_wire_read_target(BODY("Xx\0"), "CLOSE", &t, &f->err), TB_FAIL);
    assert_string_equal(f->err.message, "invalid CLOSE message subtype 88");
}

static void test_frame_max__unknown_type(void **state)
{
    (void)state;
    assert_int_equal(tb_wire_frame_max('y', 1000), 0);
    assert_int_equal(tb_wire_frame_max('S', 1 << 20), TB_WIRE_SMALL_MAX);
    assert_int_equal(tb_wire_frame_max('Q', 1 << 20), 1 << 20);
}

static void test_error__fields_and_character_position(void **state)
{
    fixture *f = *state;
    (void)TB_RAISE_AT(&f->err, TB_E_SYNTAX_ERROR, 13, "syntax error at or near \"%s\"", "x");
    tb_error_hint(&f->err, "Do not.");
    tb_wire_error(&f->out, TB_SEV_ERROR, &f->err, "select '\xe5\xb2\x9b' x");
    /* 13 bytes before it are 11 characters */
    static const char want[] = "E\0\0\0\x51"
                               "SERROR\0VERROR\0C42601\0Msyntax error at or near \"x\"\0"
                               "HDo not.\0P12\0\0";
    assert_int_equal(f->out.buf.data[0], 'E');
    assert_int_equal(f->out.buf.len, sizeof want - 1);
    assert_memory_equal(f->out.buf.data + 5, want + 5, sizeof want - 6);
}

static void test_error__translated_severity_keeps_v(void **state)
{
    fixture *f = *state;
    f->err.lang = TB_LANG_ZH;
    (void)TB_UNSUPPORTED(&f->err, -1, "x");
    tb_wire_error(&f->out, TB_SEV_ERROR, &f->err, NULL);
    assert_non_null(memmem(f->out.buf.data, f->out.buf.len, "VERROR", 7));
    assert_non_null(memmem(f->out.buf.data, f->out.buf.len, "不支持 x", 9));
}

static void test_row_description__layout(void **state)
{
    fixture *f = *state;
    tb_wire_column col = {"id", 16384, 2, 20, 8, -1};
    tb_wire_row_description(&f->out, &col, 1, NULL);
    static const char want[] =
        "T\0\0\0\x1b\0\1id\0\0\0\x40\0\0\2\0\0\0\x14\0\x08\xff\xff\xff\xff\0\0";
    assert_int_equal(f->out.buf.len, sizeof want - 1);
    assert_memory_equal(f->out.buf.data, want, sizeof want - 1);
}

static void test_negotiate__as_postgresql_15(void **state)
{
    fixture *f = *state;
    const char *unknown[] = {"_pq_.test_protocol_negotiation"};
    tb_startup s = {.minor = 9999, .nunknown = 1, .unknown = unknown};
    tb_wire_negotiate(&f->out, &s);
    assert_memory_equal(f->out.buf.data, "v\0\0\0\x2b\0\3\0\0\0\0\0\1_pq_.test", 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_read_startup__session, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_startup__requests, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_startup__malformed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_options__words, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_options__refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_parse__types, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_bind__values, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_bind__malformed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_bind__every_prefix, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_target__kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_frame_max__unknown_type, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error__fields_and_character_position, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error__translated_severity_keeps_v, setup, teardown),
        cmocka_unit_test_setup_teardown(test_row_description__layout, setup, teardown),
        cmocka_unit_test_setup_teardown(test_negotiate__as_postgresql_15, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
