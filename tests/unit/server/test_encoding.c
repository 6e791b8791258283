/* SPDX-License-Identifier: Apache-2.0 */
#include "server/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_parse__spellings(void **state)
{
    (void)state;
    tb_encoding e;
    static const char *const utf8[] = {"UTF8", "utf-8", "Unicode", "'utf-8'", "utf_8"};
    for (size_t i = 0; i < TB_COUNT(utf8); i++) {
        assert_true(tb_encoding_parse(utf8[i], &e));
        assert_int_equal(e, TB_ENC_UTF8);
    }
    assert_true(tb_encoding_parse("Win936", &e));
    assert_string_equal(tb_encoding_name(e), "GBK");
    assert_false(tb_encoding_parse("latin1", &e));
    assert_false(tb_encoding_parse("", &e));
    assert_false(tb_encoding_parse("utf8xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", &e));
}

static void round_trip(tb_encoding enc, const char *utf8, const char *encoded, size_t len)
{
    tb_recoder *r = tb_recoder_create(enc);
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {0};
    const char *out;
    size_t out_len;
    assert_int_equal(tb_recode_in(r, arena, encoded, len, &out, &out_len, &err), TB_OK);
    assert_int_equal(out_len, strlen(utf8));
    assert_string_equal(out, utf8);
    tb_buf buf;
    tb_buf_init(&buf, 1000);
    assert_true(tb_recode_out(r, &buf, utf8, strlen(utf8)));
    assert_int_equal(buf.len, len);
    assert_memory_equal(buf.data, encoded, len);
    tb_buf_fini(&buf);
    tb_arena_destroy(arena);
    tb_recoder_destroy(r);
}

static void test_recode__both_ways(void **state)
{
    (void)state;
    round_trip(TB_ENC_UTF8, "连岛 x", "连岛 x", 8);
    round_trip(TB_ENC_GBK, "连岛 x", "\xC1\xAC\xB5\xBA x", 6);
    round_trip(TB_ENC_GB18030, "连岛 x", "\xC1\xAC\xB5\xBA x", 6);
    round_trip(TB_ENC_GB18030, "\xF0\xA0\x80\x80", "\x95\x32\x82\x36", 4);
}

static void test_recode_in__invalid(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_create(0);
    static const struct {
        tb_encoding enc;
        const char *bytes, *message;
    } cases[] = {
        {TB_ENC_UTF8, "a\xff", "invalid byte sequence for encoding \"UTF8\": 0xff"},
        {TB_ENC_SQL_ASCII, "\xC1\xAC", "invalid byte sequence for encoding \"UTF8\": 0xc1 0xac"},
        {TB_ENC_GBK, "a\xff\xff", "invalid byte sequence for encoding \"GBK\": 0xff 0xff"},
        {TB_ENC_GBK, "a\xb5", "invalid byte sequence for encoding \"GBK\": 0xb5"},
    };
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        tb_recoder *r = tb_recoder_create(cases[i].enc);
        tb_error err = {0};
        const char *out;
        size_t len;
        assert_int_equal(
            tb_recode_in(r, arena, cases[i].bytes, strlen(cases[i].bytes), &out, &len, &err),
            TB_FAIL);
        assert_string_equal(tb_sqlstate(err.code), "22021");
        assert_string_equal(err.message, cases[i].message);
        tb_recoder_destroy(r);
    }
    tb_arena_destroy(arena);
}

static void test_recode_out__no_equivalent(void **state)
{
    (void)state;
    tb_recoder *r = tb_recoder_create(TB_ENC_GBK);
    tb_buf buf;
    tb_buf_init(&buf, 1000);
    tb_buf_puts(&buf, "before");
    assert_false(tb_recode_out(r, &buf, "岛\xF0\x9F\x98\x80!", 8));
    assert_int_equal(buf.len, 6);
    tb_recode_out_lossy(r, &buf, "岛\xF0\x9F\x98\x80!", 8);
    assert_int_equal(buf.len, 6 + 4);
    assert_memory_equal(buf.data + 6, "\xB5\xBA?!", 4);
    tb_buf_fini(&buf);
    tb_recoder_destroy(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__spellings),
        cmocka_unit_test(test_recode__both_ways),
        cmocka_unit_test(test_recode_in__invalid),
        cmocka_unit_test(test_recode_out__no_equivalent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
