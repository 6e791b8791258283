/* SPDX-License-Identifier: Apache-2.0
 * Statement text without data.
 */
#include "parse_test.h"

#include "parser/fingerprint.h"

static void check_text(const char *sql, const char *salt, const char *expected)
{
    tb_arena *arena = tb_arena_create(0);
    tb_buf out;
    tb_buf_init(&out, 1 << 16);
    tb_fingerprint_text(arena, sql, strlen(sql), salt, salt ? strlen(salt) : 0, &out);
    assert_string_equal(tb_buf_cstr(&out), expected);
    tb_buf_fini(&out);
    tb_arena_destroy(arena);
}

static void test_tb_fingerprint_text__normalises(void **state)
{
    (void)state;
    check_text("", NULL, "");
    check_text("SELECT  a.B, 1+2.5 /* x */ FROM\n\"T t\" -- y", NULL,
               "select a.b, ? + ? from \"T t\"");
    check_text("select 'a', E'b', B'01', X'1F', $$c$$, U&'d', $1, n'x'", NULL,
               "select ?, ?, ?, ?, ?, ?, $1, nchar ?");
    check_text("select f(x)[1]::int; values (-1)", NULL, "select f (x)[?]::int; values (- ?)");
}

static void test_tb_fingerprint_text__salted(void **state)
{
    tb_arena *arena = tb_arena_create(0);
    tb_buf a, b, c;
    (void)state;
    tb_buf_init(&a, 1000);
    tb_buf_init(&b, 1000);
    tb_buf_init(&c, 1000);
    tb_fingerprint_text(arena, "select 'x', 'y', 'x'", 20, "salt", 4, &a);
    tb_fingerprint_text(arena, "SELECT E'x','y',  $$x$$", 23, "salt", 4, &b);
    tb_fingerprint_text(arena, "select 'x', 'y', 'x'", 20, "other", 5, &c);
    assert_string_equal(tb_buf_cstr(&a), tb_buf_cstr(&b));
    assert_string_not_equal(tb_buf_cstr(&a), tb_buf_cstr(&c));
    assert_int_equal(strlen(tb_buf_cstr(&a)), strlen("select , , ") + 3 * 17);
    assert_memory_equal(a.data + 7, a.data + 7 + 2 * 19, 17); /* both 'x' */
    assert_memory_not_equal(a.data + 7, a.data + 7 + 19, 17);
    tb_buf_fini(&a);
    tb_buf_fini(&b);
    tb_buf_fini(&c);
    tb_arena_destroy(arena);
}

static void test_tb_fingerprint_text__secrets(void **state)
{
    (void)state;
    check_text("create role r password 'geheim'", "salt", "create role r password ?");
    check_text("alter user mapping for u server s options (set password 'x')", "salt",
               "alter user mapping for u server s options (set password ?)");
    check_text("; create server s foreign data wrapper w options (key 'x')", "salt",
               "; create server s foreign data wrapper w options (key ?)");
    check_text("foo password 'x'", "salt", "foo password ?");
}

static void test_tb_fingerprint_text__no_tokens(void **state)
{
    (void)state;
    check_text("select a, 'unterminated secret", NULL, "select a, ?");
    check_text("select \xff", NULL, "?");
    check_text("select 12ab + 1", NULL, "select ?");
}

static void test_tb_fingerprint_hash__vector(void **state)
{
    /* RFC 4231, test case 2 */
    static const uint8_t expected[TB_FINGERPRINT_BYTES] = {
        0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
        0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
        0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};
    uint8_t hash[TB_FINGERPRINT_BYTES];
    (void)state;
    tb_fingerprint_hash("Jefe", 4, "what do ya want for nothing?", 28, hash);
    assert_memory_equal(hash, expected, sizeof hash);
    tb_fingerprint_hash(NULL, 0, "", 0, hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tb_fingerprint_text__normalises),
        cmocka_unit_test(test_tb_fingerprint_text__salted),
        cmocka_unit_test(test_tb_fingerprint_text__secrets),
        cmocka_unit_test(test_tb_fingerprint_text__no_tokens),
        cmocka_unit_test(test_tb_fingerprint_hash__vector),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
