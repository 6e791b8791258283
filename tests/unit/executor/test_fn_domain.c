/* SPDX-License-Identifier: Apache-2.0
 * Domain and mask functions against demo/vectors.csv, and what a session's functions read from
 * tb_env.
 */
#include "core/stmt.h"
#include "core/utf8.h"
#include "executor/executor.h"
#include "executor/fn_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

enum { MAX_LINE = 1024, MAX_ARGS = 4 };

static const uint8_t token_key[32] = {0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
                                      0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b};

/* "text", "\N" or "ERROR sqlstate". Arguments are texts, NULL = null. */
static void call(const tb_env *env, tb_fn_id id, uint32_t nargs, const char *const *text, char *out,
                 size_t cap)
{
    const tb_fn_info *fn = tb_fn_get(id);
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.lang = TB_LANG_EN};
    tb_io_cx io = tbi_io_cx(env, arena, true);
    tb_value args[MAX_ARGS], ret;
    bool null = false;
    assert_int_equal(nargs, fn->nargs);
    for (uint32_t i = 0; i < nargs; i++) {
        null = null || text[i] == NULL;
        if (text[i] != NULL)
            assert_int_equal(
                tb_text_in(&io, tb_type_of(fn->args[i]), text[i], strlen(text[i]), &args[i], &err),
                TB_OK);
    }
    tb_fn_cx cx = {.arena = arena,
                   .env = env,
                   .fn = id,
                   .nargs = fn->nargs,
                   .argtype = fn->args,
                   .ret = fn->ret,
                   .ret_typmod = -1,
                   .hide_values = true,
                   .memo = arena,
                   .err = &err};
    if (null && (fn->flags & TB_FF_STRICT)) {
        snprintf(out, cap, "\\N");
    } else if (tb_exec_scalar(id)(&cx, args, &ret) != TB_OK) {
        snprintf(out, cap, "ERROR %s", tb_sqlstate(err.code));
    } else if (ret.null) {
        snprintf(out, cap, "\\N");
    } else {
        tb_buf buf;
        tb_buf_init(&buf, 1 << 20);
        tb_text_out(&io, tb_type_of(fn->ret), &ret.d, &buf);
        snprintf(out, cap, "%s", tb_buf_cstr(&buf));
        tb_buf_fini(&buf);
    }
    tb_arena_destroy(arena);
}

/* ---- vectors ---- */

/* \uXXXX inside a field. */
static void unescape(char *s)
{
    char *to = s;
    while (*s != '\0') {
        if (s[0] == '\\' && s[1] == 'u') {
            char hex[5] = {s[2], s[3], s[4], s[5], 0};
            to += tb_utf8_encode((uint32_t)strtoul(hex, NULL, 16), to);
            s += 6;
        } else {
            *to++ = *s++;
        }
    }
    *to = '\0';
}

static tb_fn_id find_function(const char *name)
{
    tb_fn_id ids[8];
    size_t n = tb_fn_lookup(name, ids, TB_COUNT(ids));
    if (n == 0)
        fail_msg("no function %s", name);
    return ids[0]; /* of overloads the first: mask_bucket(int8, int8), mask_date(date, text) */
}

static uint32_t split_args(char *s, const char **args)
{
    uint32_t n = 0;
    for (;;) {
        char *bar = strchr(s, '|');
        if (bar != NULL)
            *bar = '\0';
        assert_true(n < MAX_ARGS);
        args[n++] = strcmp(s, "\\N") == 0 ? NULL : s;
        if (bar == NULL)
            return n;
        s = bar + 1;
    }
}

/* The demo's key: 64 hexadecimal digits in demo/token.key. */
static void read_key(const char *source, uint8_t key[32])
{
    char path[512], digits[65] = "";
    snprintf(path, sizeof path, "%s/demo/token.key", source);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_int_equal(fread(digits, 1, 64, f), 64);
    fclose(f);
    for (int i = 0; i < 32; i++) {
        char byte[3] = {digits[2 * i], digits[2 * i + 1], 0};
        key[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
}

static void test_domain_functions__vectors(void **unused)
{
    (void)unused;
    char path[512], line[MAX_LINE], got[MAX_LINE];
    uint8_t key[32];
    const char *source = getenv("TOMBOLO_SOURCE");
    tb_env env = {.token_key = key};
    uint32_t cases = 0;
    if (source == NULL)
        skip();
    read_key(source, key);
    snprintf(path, sizeof path, "%s/demo/vectors.csv", source);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof line, f)); /* heading */
    while (fgets(line, sizeof line, f) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *args = strchr(line, ','), *want = strrchr(line, ',');
        assert_true(args != NULL && want > args);
        *args++ = '\0';
        *want++ = '\0';
        const char *arg[MAX_ARGS];
        unescape(args);
        unescape(want);
        char shown[MAX_LINE];
        snprintf(shown, sizeof shown, "%s", args);
        uint32_t n = split_args(args, arg);
        call(&env, find_function(line), n, arg, got, sizeof got);
        if (strcmp(got, want) != 0)
            fail_msg("%s(%s) = %s, expected %s", line, shown, got, want);
        cases++;
    }
    fclose(f);
    assert_true(cases > 200);
}

/* ---- beyond the vectors ---- */

static void check(const tb_env *env, tb_fn_id id, uint32_t n, const char *const *args,
                  const char *want)
{
    char got[MAX_LINE];
    call(env, id, n, args, got, sizeof got);
    if (strcmp(got, want) != 0)
        fail_msg("%s: %s, expected %s", tb_fn_get(id)->id, got, want);
}

#define CHECK(env, id, want, ...)                                                                  \
    check((env), TB_FN_##id, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *),               \
          (const char *[]){__VA_ARGS__}, (want))

static void test_mask_token__is_hmac_sha256(void **unused)
{
    (void)unused;
    /* RFC 4231, test case 1: key of 20 bytes 0x0b; HMAC pads keys with zeros, so 32 bytes with 12
     * zeros are the same. */
    tb_env env = {.token_key = token_key}, bare = {.token_key = NULL};
    CHECK(&env, MASK_TOKEN, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
          "Hi There");
    CHECK(&env, MASK_TOKEN, "\\N", NULL);
    CHECK(&bare, MASK_TOKEN, "ERROR 55000", "Hi There");
}

static void test_masks__numeric_and_timestamp(void **unused)
{
    (void)unused;
    tb_env env = {.user = "x"};
    CHECK(&env, MASK_BUCKET_NUMERIC_NUMERIC, "1700.00", "1777.123", "100.00");
    CHECK(&env, MASK_BUCKET_NUMERIC_NUMERIC, "-0.5", "-0.1", "0.5");
    CHECK(&env, MASK_BUCKET_NUMERIC_NUMERIC, "\\N", "1", "0");
    CHECK(&env, MASK_BUCKET_NUMERIC_NUMERIC, "\\N", "NaN", "1");
    CHECK(&env, MASK_BUCKET_INT8_INT8, "-9223372036854775808", "-9223372036854775807", "100");
    CHECK(&env, MASK_BUCKET_INT8_INT8, "\\N", "5", "-1");
    CHECK(&env, MASK_DATE_TIMESTAMP_TEXT, "2024-05-01 00:00:00", "2024-05-17 13:14:15", "month");
    CHECK(&env, MASK_DATE_TIMESTAMP_TEXT, "infinity", "infinity", "year");
    CHECK(&env, MASK_DATE_TIMESTAMP_TEXT, "\\N", "infinity", "day");
    CHECK(&env, MASK_DATE_DATE_TEXT, "-infinity", "-infinity", "year");
}

static void test_masks__are_for_policies_only(void **unused)
{
    (void)unused;
    uint32_t masks = 0;
    for (tb_fn_id id = (tb_fn_id)1; id < TB_FN_COUNT; id++) {
        const tb_fn_info *fn = tb_fn_get(id);
        bool mask = strncmp(fn->name, "mask_", 5) == 0;
        assert_int_equal((fn->flags & TB_FF_POLICY) != 0, mask);
        if (mask)
            assert_int_equal(fn->flags & TB_FF_MAY_RAISE, 0);
        masks += mask;
    }
    assert_int_equal(masks, 9);
}

static tb_rc fake_version(tb_fn_cx *cx, const tb_value *args, tb_value *ret)
{
    (void)cx;
    (void)args;
    *ret = tb_value_cstr("fake");
    return TB_OK;
}

static tb_scalar_fn fake_session(tb_fn_id fn)
{
    return fn == TB_FN_VERSION ? fake_version : NULL;
}

static void test_session_functions__come_from_the_environment(void **unused)
{
    (void)unused;
    static const char *path[] = {"sales", "public"};
    tb_env env = {.user = "u",
                  .role = "r",
                  .database = "d",
                  .search_path = path,
                  .nsearch_path = 2,
                  .backend_pid = 7,
                  .session_scalar = fake_session};
    check(&env, TB_FN_CURRENT_USER, 0, NULL, "r");
    check(&env, TB_FN_SESSION_USER, 0, NULL, "u");
    check(&env, TB_FN_CURRENT_SCHEMA, 0, NULL, "sales");
    CHECK(&env, CURRENT_SCHEMAS, "{pg_catalog,sales,public}", "t");
    CHECK(&env, CURRENT_SCHEMAS, "{sales,public}", "f");
    check(&env, TB_FN_PG_BACKEND_PID, 0, NULL, "7");
    check(&env, TB_FN_VERSION, 0, NULL, "fake");
    check(&env, TB_FN_TXID_CURRENT, 0, NULL,
          "ERROR 0A000"); /* the fake server has no body for it */
    check(&env, TB_FN_CURRENT_PURPOSE, 0, NULL, "\\N");
    CHECK(&env, IS_ROLE_IN_SESSION, "f", "anybody");
    CHECK(&env, CURRENT_SETTING_TEXT, "ERROR 42704", "no.such");
    CHECK(&env, CURRENT_SETTING_TEXT_BOOL, "\\N", "no.such", "t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domain_functions__vectors),
        cmocka_unit_test(test_mask_token__is_hmac_sha256),
        cmocka_unit_test(test_masks__numeric_and_timestamp),
        cmocka_unit_test(test_masks__are_for_policies_only),
        cmocka_unit_test(test_session_functions__come_from_the_environment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
