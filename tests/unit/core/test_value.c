/* SPDX-License-Identifier: Apache-2.0
 * Values, batches, string modifiers, hidden values in messages, damaged binary messages, zones from
 * many threads.
 */
#include "core/array.h"
#include "core/io_binary.h"
#include "core/num.h"
#include "core/record.h"
#include "core/utf8.h"
#include "core/vector.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static tb_io_cx make_cx(tb_arena *arena)
{
    return (tb_io_cx){.arena = arena, .dt = {.tz = tb_tz_utc()}, .extra_float_digits = 1};
}

static tb_value read_text(const tb_io_cx *cx, tb_type type, const char *text)
{
    tb_value v;
    tb_error err = {.position = -1};
    if (tb_text_in(cx, type, text, strlen(text), &v, &err) != TB_OK)
        fail_msg("%s: %s", text, err.message);
    return v;
}

static const char *write_text(const tb_io_cx *cx, tb_type_id type, const tb_datum *d)
{
    tb_buf out;
    tb_buf_init(&out, 1 << 20);
    tb_text_out(cx, tb_type_of(type), d, &out);
    const char *copy = tb_arena_strdup(cx->arena, tb_buf_cstr(&out));
    tb_buf_fini(&out);
    return copy;
}

static void test_type__names_round_trip(void **ctx)
{
    (void)ctx;
    for (int i = 1; i < TB_TYPE_COUNT; i++) {
        const tb_type_info *info = tb_type_get((tb_type_id)i);
        assert_int_equal(tb_type_from_oid(info->oid), i);
        assert_int_equal(tb_type_from_name(info->name), i);
        if (info->array_oid == 0)
            continue;
        tb_type_id array = tb_type_array_of((tb_type_id)i);
        assert_int_equal(tb_type_from_oid(info->array_oid), array);
        assert_int_equal(tb_type_from_name(tb_type_get(array)->name), array);
    }
    assert_int_equal(tb_type_from_name("no_such_type"), TB_T_NONE);
    assert_int_equal(tb_type_from_oid(0), TB_T_NONE);
}

static void test_batch__holds_what_is_set(void **ctx)
{
    (void)ctx;
    const tb_type_id types[] = {TB_T_BOOL, TB_T_INT2,    TB_T_INT8,
                                TB_T_TEXT, TB_T_NUMERIC, TB_T_UUID};
    tb_batch *b = tb_batch_create(types, TB_COUNT(types));
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < TB_BATCH_ROWS; i++) {
            tb_vector_set(&b->cols[0], i, tb_value_bool(i % 2));
            tb_vector_set(&b->cols[2], i, i % 3 == 0 ? tb_value_null() : tb_value_int8(i));
            tb_vector_set(&b->cols[3], i, tb_value_cstr("a text longer than twelve"));
            tb_vector_set(&b->cols[4], i, (tb_value){.d.num = tb_num_small(i, 2)});
        }
        assert_true(tb_vector_get(&b->cols[2], 2046).null);
        assert_int_equal(tb_vector_get(&b->cols[2], 2047).d.i64, 2047);
        assert_int_equal(tb_vector_get(&b->cols[0], 5).d.b, 1);
        assert_int_equal(tb_vector_get(&b->cols[4], 7).d.num.coef, 7);
        tb_batch_reset(b);
        assert_true(tb_vector_is_valid(&b->cols[2], 2046));
    }
    tb_batch_destroy(b);
}

static void test_hash__integers_and_numerics_agree(void **ctx)
{
    (void)ctx;
    tb_arena *arena = tb_arena_create(0);
    tb_io_cx cx = make_cx(arena);
    static const char *const same[] = {"42", "42.0", "42.000000000000000000000000000"};
    tb_datum i2 = {.i16 = 42}, i4 = {.i32 = 42}, i8 = {.i64 = 42};
    uint64_t h = tb_value_hash(TB_T_INT2, &i2, 9);
    assert_true(tb_value_hash(TB_T_INT4, &i4, 9) == h && tb_value_hash(TB_T_INT8, &i8, 9) == h);
    for (size_t i = 0; i < TB_COUNT(same); i++) {
        tb_value v = read_text(&cx, tb_type_of(TB_T_NUMERIC), same[i]);
        assert_true(tb_value_hash(TB_T_NUMERIC, &v.d, 9) == h);
    }
    tb_arena_destroy(arena);
}

static void test_str_apply_typmod__assignment_and_cast(void **ctx)
{
    (void)ctx;
    tb_arena *arena = tb_arena_create(0);
    static const struct {
        tb_type_id type;
        const char *in;
        int n;
        bool explicit_;
        const char *out; /* NULL = 22001 */
    } cases[] = {
        {TB_T_VARCHAR, "abc", 3, false, "abc"},
        {TB_T_VARCHAR, "abcd", 3, false, NULL},
        {TB_T_VARCHAR, "abcd", 3, true, "abc"},
        {TB_T_VARCHAR, "abc   ", 3, false, "abc"},
        {TB_T_BPCHAR, "ab", 4, false, "ab  "},
        {TB_T_BPCHAR, "日本語文字", 3, true, "日本語"},
        {TB_T_BPCHAR, "日", 3, false, "日  "},
        {TB_T_BPCHAR, "abcde", 3, false, NULL},
        {TB_T_VARCHAR, "日本語文字列長い", 6, true, "日本語文字列"},
    };
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        tb_str out;
        tb_error err = {0};
        tb_rc rc = tb_str_apply_typmod(arena, cases[i].type, tb_str_lit(cases[i].in),
                                       cases[i].n + 4, cases[i].explicit_, &out, &err);
        if (cases[i].out == NULL) {
            assert_int_equal(rc, TB_FAIL);
            assert_string_equal(tb_sqlstate(err.code), "22001");
            continue;
        }
        tb_str want = tb_str_lit(cases[i].out);
        assert_int_equal(rc, TB_OK);
        assert_true(tb_str_eq(&out, &want));
    }
    tb_arena_destroy(arena);
}

/* With hide_values no message may hold a byte of the value. */
static void test_text_in__hides_values(void **ctx)
{
    (void)ctx;
    tb_arena *arena = tb_arena_create(0);
    tb_io_cx cx = make_cx(arena);
    cx.dt.hide_values = true;
    static const char *const bad[] = {"QXZ",
                                      "99999999999999999999999999",
                                      "\"QXZ",
                                      "{QXZ",
                                      "\\xQXZ",
                                      "{\"a\":QXZ}",
                                      "2024-99-99",
                                      "QXZ/QXZ",
                                      "1999-01-08 04:05:06 QXZ/QXZ",
                                      "1999-01-01 00:00+99",
                                      "1e999999",
                                      "\xff\xfeQXZ",
                                      "(QXZ)",
                                      "{{1},{QXZ,2}}"};
    for (int t = 1; t < TB_TYPE_COUNT; t++) {
        for (size_t i = 0; i < TB_COUNT(bad); i++) {
            for (int array = 0; array < 2; array++) {
                tb_error err = {.position = -1};
                tb_value v;
                tb_type type = {array ? tb_type_array_of((tb_type_id)t) : (tb_type_id)t, -1};
                if (tb_text_in(&cx, type, bad[i], strlen(bad[i]), &v, &err) == TB_OK)
                    continue;
                const char *texts[] = {err.message, err.detail, err.hint};
                for (int k = 0; k < 3; k++)
                    if (strcasestr(texts[k], "QXZ") != NULL || strstr(texts[k], "99") != NULL ||
                        strstr(texts[k], "0xff") != NULL)
                        fail_msg("%s: %s", tb_type_get(type.id)->name, texts[k]);
            }
        }
    }
    tb_arena_destroy(arena);
}

/* Every prefix and every single-byte change of good messages is either read or refused, never
 * worse. */
static void test_binary_in__damaged_messages(void **ctx)
{
    (void)ctx;
    static const struct {
        tb_type_id type;
        const char *text;
    } good[] = {
        {TB_T_NUMERIC, "-12345.678900"},
        {TB_T_INTERVAL, "1 mon 2 days 3 us"},
        {TB_T_JSONB, "{\"a\": [1]}"},
        {TB_T_TIMESTAMPTZ, "2024-01-01"},
        {TB_T_TIMETZ, "10:00+08"},
        {TB_T_UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
        {TB_T_BOOL, "t"},
        {TB_T_TID, "(1,2)"},
        {TB_T_TEXT, "日本"},
        {(tb_type_id)(TB_T_TEXT | TB_T_ARRAY_BIT), "{a,NULL,\"b c\"}"},
        {(tb_type_id)(TB_T_NUMERIC | TB_T_ARRAY_BIT), "{{1,2},{3,4.5}}"},
        {TB_T_INT2VECTOR, "1 2 3"},
    };
    tb_arena *arena = tb_arena_create(0);
    tb_io_cx cx = make_cx(arena);
    for (size_t i = 0; i < TB_COUNT(good); i++) {
        tb_value v = read_text(&cx, tb_type_of(good[i].type), good[i].text), again;
        tb_error err = {.position = -1};
        tb_buf wire;
        tb_buf_init(&wire, 1 << 16);
        assert_int_equal(tb_binary_out(&cx, tb_type_of(good[i].type), &v.d, &wire, &err), TB_OK);
        char *bytes = malloc(wire.len); /* exact size: ASan sees every byte read too many */
        for (size_t n = 0; n < wire.len; n++) {
            memcpy(bytes, wire.data, wire.len);
            char *part = malloc(n + 1);
            memcpy(part, bytes, n);
            tb_rc rc = tb_binary_in(&cx, tb_type_of(good[i].type), part, n, &again, &err);
            assert_true(rc == TB_FAIL || good[i].type == TB_T_TEXT || good[i].type == TB_T_JSONB);
            free(part);
            for (int change = 1; change < 256; change = change * 2 + 1) {
                bytes[n] = (char)(wire.data[n] ^ change);
                if (tb_binary_in(&cx, tb_type_of(good[i].type), bytes, wire.len, &again, &err) ==
                    TB_OK)
                    write_text(&cx, good[i].type, &again.d);
            }
        }
        free(bytes);
        tb_buf_fini(&wire);
        tb_arena_reset(arena);
    }
    tb_arena_destroy(arena);
}

static void test_record__round_trip(void **ctx)
{
    (void)ctx;
    tb_arena *arena = tb_arena_create(0);
    tb_io_cx cx = make_cx(arena);
    const tb_type_id types[] = {TB_T_INT4, TB_T_TEXT, TB_T_NUMERIC, TB_T_TEXT, TB_T_RECORD};
    tb_value inner[] = {tb_value_int4(7)};
    tb_value v[] = {tb_value_int4(1), tb_value_cstr("a \"b\", \\c"),
                    read_text(&cx, tb_type_of(TB_T_NUMERIC), "1234567890123456789012345.5"),
                    tb_value_null(), tb_value_str(tb_record_build(arena, 1, types, inner, NULL))};
    tb_datum r = {.str = tb_record_build(arena, 5, types, v, NULL)};
    assert_string_equal(write_text(&cx, TB_T_RECORD, &r),
                        "(1,\"a \"\"b\"\", \\\\c\",1234567890123456789012345.5,,\"(7)\")");
    tb_value last = tb_record_get(&r.str, arena, 2, NULL);
    assert_int_equal(tb_num_cmp(&last.d.num, &v[2].d.num), 0);
    v[0] = tb_value_int4(2);
    tb_datum greater = {.str = tb_record_build(arena, 5, types, v, NULL)};
    assert_true(tb_value_cmp(TB_T_RECORD, &r, &greater) < 0);
    tb_error err = {0};
    int cmp;
    tb_datum narrow = {.str = tb_record_build(arena, 1, types, inner, NULL)};
    assert_int_equal(tb_record_compare(&r.str, &narrow.str, &cmp, &err), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "42804");
    tb_arena_destroy(arena);
}

static void test_utf8__validation(void **ctx)
{
    (void)ctx;
    static const char *const bad[] = {"\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\x80",
                                      "\xe4\xb8",
                                      "\xff",
                                      "\xc3("};
    for (size_t i = 0; i < TB_COUNT(bad); i++) {
        char text[64];
        for (int lead = 0; lead < 40; lead += 3) { /* at every position of the fast path */
            int n = snprintf(text, sizeof text, "%.*s%s", lead,
                             "0123456789abcdef0123456789abcdef01234567", bad[i]);
            assert_int_equal(tb_utf8_valid_prefix(text, (size_t)n), lead);
        }
    }
    assert_true(tb_utf8_valid("aé日𐐨\xf4\x8f\xbf\xbf", 14));
    for (uint32_t cp = 1; cp < 0x110000; cp += cp < 0x3000 ? 1 : 97) {
        char out[4];
        size_t size, n;
        if (cp >= 0xD800 && cp < 0xE000)
            continue;
        n = tb_utf8_encode(cp, out);
        assert_true(tb_utf8_valid(out, n) && tb_utf8_decode(out, &size) == cp && size == n);
    }
}

static void *find_zones(void *arg)
{
    static const char *const names[] = {
        "Asia/Shanghai",    "europe/london",       "UTC", "EST5EDT",   "<+08>-8", "Foo/Bar",
        "America/New_York", "Australia/Lord_Howe", "GMT", "Etc/GMT-14"};
    (void)arg;
    for (int i = 0; i < 200; i++) {
        const char *name = names[i % (int)TB_COUNT(names)];
        const tb_tz *tz = tb_tz_find(name, strlen(name));
        if (tz != NULL)
            tb_tz_at(tz, (int64_t)i * 1000000 * 86400 * 30);
    }
    return NULL;
}

static void test_tz_find__from_threads(void **ctx)
{
    (void)ctx;
    pthread_t threads[8];
    for (size_t i = 0; i < TB_COUNT(threads); i++)
        pthread_create(&threads[i], NULL, find_zones, NULL);
    for (size_t i = 0; i < TB_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    assert_ptr_equal(tb_tz_find("asia/shanghai", 13), tb_tz_find("Asia/Shanghai", 13));
    assert_string_equal(tb_tz_name(tb_tz_find("asia/shanghai", 13)), "Asia/Shanghai");
    assert_string_equal(tb_tz_name(tb_tz_fixed(8 * 3600)), "<+08>-08");
    assert_null(tb_tz_find("../../etc/passwd", 16));
    assert_null(tb_tz_find("/etc/passwd", 11));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_type__names_round_trip),
        cmocka_unit_test(test_batch__holds_what_is_set),
        cmocka_unit_test(test_hash__integers_and_numerics_agree),
        cmocka_unit_test(test_str_apply_typmod__assignment_and_cast),
        cmocka_unit_test(test_text_in__hides_values),
        cmocka_unit_test(test_binary_in__damaged_messages),
        cmocka_unit_test(test_record__round_trip),
        cmocka_unit_test(test_utf8__validation),
        cmocka_unit_test(test_tz_find__from_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
