/* SPDX-License-Identifier: Apache-2.0
 * Dialect files: the built-in ones hold together, bad ones are refused with file and line.
 */
#include "connectors/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const builtin[] = {"sqlite", "postgresql", "ansi"};

static tb_dialects *load(const char *dir)
{
    tb_error err = {.position = -1};
    tb_dialects *set = NULL;
    if (tb_dialects_load(dir, &set, &err) != TB_OK)
        fail_msg("%s", err.message);
    return set;
}

/* Highest $n of a template. */
static int arguments(const char *t)
{
    int most = 0;
    for (; *t; t++)
        if (*t == '$' && t[1] >= '1' && t[1] <= '9' && t[1] - '0' > most)
            most = t[1] - '0';
    return most;
}

static void test_load__builtin_dialects(void **state)
{
    (void)state;
    tb_dialects *set = load(NULL);
    for (size_t i = 0; i < TB_COUNT(builtin); i++) {
        const tb_dialect *d = tb_dialect_find(set, builtin[i]);
        assert_non_null(d);
        for (int f = 1; f < TB_FN_COUNT; f++) {
            const tb_dialect_rule *r = &d->fns[f];
            const tb_fn_info *info = tb_fn_get((tb_fn_id)f);
            if (r->verdict == TB_VERDICT_NEVER)
                continue;
            if (arguments(r->template_) > info->nargs)
                fail_msg("%s: template of %s has too many arguments", d->name, info->id);
            for (uint8_t a = 0; a < info->nargs; a++)
                if (!tb_dialect_has_type(d, info->args[a]))
                    fail_msg("%s: %s takes a type that has no form there", d->name, info->id);
            if (info->flags & TB_FF_VOLATILE)
                fail_msg("%s: %s is volatile", d->name, info->id);
        }
    }
    assert_null(tb_dialect_find(set, "oracle"));
    tb_dialects_destroy(set);
}

static void test_host_fn__only_scalar_bodies_of_sendable_types(void **state)
{
    (void)state;
    tb_dialects *set = load(NULL);
    const tb_dialect *sqlite = tb_dialect_find(set, "sqlite"), *ansi = tb_dialect_find(set, "ansi");
    assert_true(tb_dialect_host_fn(sqlite, TB_FN_DATE_LT));
    assert_true(tb_dialect_host_fn(sqlite, TB_FN_NORM_ID));
    assert_true(tb_dialect_host_fn(sqlite, TB_FN_MASK_TOKEN));
    assert_false(tb_dialect_host_fn(ansi, TB_FN_DATE_LT));
    assert_false(tb_dialect_host_fn(sqlite, TB_FN_COUNT_STAR));      /* aggregate */
    assert_false(tb_dialect_host_fn(sqlite, TB_FN_UNNEST));          /* set-returning */
    assert_false(tb_dialect_host_fn(sqlite, TB_FN_ROW_NUMBER));      /* window */
    assert_false(tb_dialect_host_fn(sqlite, TB_FN_GEN_RANDOM_UUID)); /* volatile */
    assert_false(tb_dialect_host_fn(sqlite, TB_FN_ARRAY_LENGTH));    /* polymorphic */
    assert_false(
        tb_dialect_host_fn(sqlite, TB_FN_ABS_FLOAT8)); /* its result may have no form there */
    tb_dialects_destroy(set);
}

typedef struct bad_case {
    const char *text;
    const char *message;
} bad_case;

static const char head[] = "dialect d\n[text]\nquote \"\\\"\"\nplaceholder \"?\"\nlimit \"LIMIT "
                           "$1\"\ntrue \"1\"\nfalse \"0\"\n"
                           "null \"NULL\"\n";

static const bad_case bad_cases[] = {
    {"", "dialect file f, line 0: empty file"},
    {"sqlite\n", "dialect file f, line 1: the first line is: dialect NAME"},
    {"dialect \001\n", "dialect file f, line 1: control character in a word"},
    {"dialect d\nquote \"x\"\n", "dialect file f, line 2: before the first section: quote"},
    {"dialect d\n[nonsense]\n", "dialect file f, line 2: no such section: [nonsense]"},
    {"dialect d\n[text]\nquote \"ab\"\n", "dialect file f, line 3: a quote is one character"},
    {"dialect d\n[text]\nquote \"a\n", "dialect file f, line 3: string without end"},
    {"dialect d\n[text]\nquote\n", "dialect file f, line 3: a string is missing"},
    {"dialect d\n[text]\nquote \"\\n\"\n",
     "dialect file f, line 3: only \\\" and \\\\ are escapes"},
    {"dialect d\n[text]\nfences \"x\"\n", "dialect file f, line 3: no such text: fences"},
    {"dialect d\n[text]\ntrue \"1\"\ntrue \"1\"\n", "dialect file f, line 4: given twice: true"},
    {"dialect d\n[text]\ntrue \"1\" x\n",
     "dialect file f, line 3: more than expected at the end of the line"},
    {"dialect d\n[text]\n", "dialect file f, line 2: missing text: quote"},
    {"dialect d\n[switches]\nsort maybe\n", "dialect file f, line 3: a switch is yes or no"},
    {"dialect d\n[switches]\nsorts yes\n", "dialect file f, line 3: no such switch: sorts"},
    {"dialect d\n[types]\ntype int5 \"x\"\n", "dialect file f, line 3: no such type: int5"},
    {"dialect d\n[types]\ntype int4 \"x\" half\n",
     "dialect file f, line 3: expected partial, not half"},
    {"dialect d\n[types]\nint4 \"x\"\n", "dialect file f, line 3: expected type, not int4"},
    {"dialect d\n[expressions]\nexpr xor EXACT \"x\"\n",
     "dialect file f, line 3: no such construct: xor"},
    {"dialect d\n[functions]\nfn int5eq EXACT \"x\"\n",
     "dialect file f, line 3: no such function: int5eq"},
    {"dialect d\n[functions]\nfn int4eq,int4eq EXACT \"x\"\n",
     "dialect file f, line 3: given twice: int4eq"},
    {"dialect d\n[functions]\nfn int4eq PERHAPS \"x\"\n",
     "dialect file f, line 3: a verdict is EXACT, SUPERSET or NEVER, not PERHAPS"},
    {"dialect d\n[functions]\nfn int4eq EXACT\n", "dialect file f, line 3: a string is missing"},
    {"dialect d\n[functions]\nfn int4eq EXACT \"$x\"\n",
     "dialect file f, line 3: $ must be followed by 1 to 9 or *"},
};

static void test_parse__errors_name_file_and_line(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_create(0);
    for (size_t i = 0; i < TB_COUNT(bad_cases); i++) {
        tb_error err = {.position = -1};
        tb_dialect *d;
        assert_int_equal(
            tb_dialect_parse(arena, "f", bad_cases[i].text, strlen(bad_cases[i].text), &d, &err),
            TB_FAIL);
        assert_string_equal(err.message, bad_cases[i].message);
        assert_string_equal(tb_sqlstate(err.code), "42601");
    }
    tb_arena_destroy(arena);
}

static void test_parse__comments_and_lists(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    tb_dialect *d;
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "# first\n%s # rest\n[functions]\nfn int4eq, int8eq EXACT \"$1 = $2\" # "
                   "both\nfn int4lt NEVER\n",
                   head);
    if (tb_dialect_parse(arena, "f", text, strlen(text), &d, &err) != TB_OK)
        fail_msg("%s", err.message);
    assert_string_equal(d->name, "d");
    assert_int_equal(d->fns[TB_FN_INT4EQ].verdict, TB_VERDICT_EXACT);
    assert_string_equal(d->fns[TB_FN_INT8EQ].template_, "$1 = $2");
    assert_true(d->fns[TB_FN_INT4LT].listed);
    assert_int_equal(d->fns[TB_FN_INT4LT].verdict, TB_VERDICT_NEVER);
    assert_false(d->fns[TB_FN_INT4GT].listed);
    tb_arena_destroy(arena);
}

static void test_load__directory_overrides(void **state)
{
    (void)state;
    char dir[] = "/tmp/tb_dialect_XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/mine.dialect", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fprintf(f, "%s[functions]\nfn int4eq EXACT \"same($1, $2)\"\n",
                  "dialect sqlite\n[text]\nquote \"`\"\nplaceholder \"?\"\n"
                  "limit \"LIMIT $1\"\ntrue \"1\"\nfalse \"0\"\nnull \"NULL\"\n");
    (void)fclose(f);
    tb_dialects *set = load(dir);
    assert_string_equal(tb_dialect_find(set, "sqlite")->fns[TB_FN_INT4EQ].template_,
                        "same($1, $2)");
    assert_non_null(tb_dialect_find(set, "ansi"));
    tb_dialects_destroy(set);
    (void)unlink(path);
    (void)rmdir(dir);
    tb_error err = {.position = -1};
    assert_int_equal(tb_dialects_load(dir, &set, &err), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "58030");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load__builtin_dialects),
        cmocka_unit_test(test_host_fn__only_scalar_bodies_of_sendable_types),
        cmocka_unit_test(test_parse__errors_name_file_and_line),
        cmocka_unit_test(test_parse__comments_and_lists),
        cmocka_unit_test(test_load__directory_overrides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
