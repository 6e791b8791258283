/* SPDX-License-Identifier: Apache-2.0
 * Golden plans: tests/golden/plan/NAME.test holds cases of the form
 *
 *     == title [off]              off: SET tombolo.pushdown = off
 *     SQL
 *     ----
 *     the plan and its fragments
 *
 * `test_rw_golden --update` rewrites the files with what the planner does now; read the difference
 * before committing it.
 */
#include "tests/unit/planner/plan_fixture.h"

#include "executor/executor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 4 << 20 };

static char dir[512];
static bool update;

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return NULL;
    char *text = tb_xmalloc(FILE_MAX);
    size_t n = fread(text, 1, FILE_MAX - 1, f);
    text[n] = '\0';
    (void)fclose(f);
    return text;
}

/* Runs the cases of a file; returns the file as it should be. */
static void run_file(plan_fixture *fx, char *text, tb_buf *out)
{
    for (char *c = text; (c = strstr(c, "== ")) != NULL;) {
        char *eol = strchr(c, '\n'), *end = strstr(eol, "\n== ");
        if (end != NULL)
            *end = '\0';
        char *sep = strstr(eol, "\n----\n");
        if (sep != NULL)
            *sep = '\0';
        size_t title = (size_t)(eol - c);
        plan_request r = {.sql = eol + 1, .eval = tb_exec_eval};
        r.pushdown = !(title > 4 && strncmp(eol - 4, " off", 4) == 0);
        tb_buf_append(out, c, title + 1);
        tb_buf_puts(out, r.sql);
        size_t len = strlen(r.sql);
        tb_buf_puts(out, len > 0 && r.sql[len - 1] == '\n' ? "----\n" : "\n----\n");
        if (!plan_fixture_run(fx, &r, out))
            print_error("%.*s: internal error\n", (int)title, c);
        tb_buf_putc(out, '\n');
        c = end != NULL ? end + 1 : eol + 1 + strlen(eol + 1);
    }
}

static void compare(const char *path, const char *expected, const char *actual)
{
    if (strcmp(expected, actual) == 0)
        return;
    size_t at = 0, line = 1;
    for (; expected[at] == actual[at]; at++)
        line += expected[at] == '\n';
    fail_msg("%s, line %zu: expected\n%.200s\nbut got\n%.200s", path, line, expected + at,
             actual + at);
}

static void test_plans__golden(void **state)
{
    (void)state;
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/catalog.txt", dir);
    plan_fixture *fx = plan_fixture_create(path);
    struct dirent **list;
    int n = scandir(dir, &list, NULL, alphasort), files = 0;
    assert_true(n > 0);
    for (int i = 0; i < n; i++) {
        size_t len = strlen(list[i]->d_name);
        if (len > 5 && strcmp(list[i]->d_name + len - 5, ".test") == 0) {
            (void)snprintf(path, sizeof path, "%s/%s", dir, list[i]->d_name);
            char *text = read_file(path), *expected = tb_xstrdup(text);
            tb_buf out;
            tb_buf_init(&out, FILE_MAX);
            run_file(fx, text, &out);
            if (update) {
                FILE *f = fopen(path, "we");
                assert_non_null(f);
                (void)fputs(tb_buf_cstr(&out), f);
                (void)fclose(f);
            } else {
                compare(list[i]->d_name, expected, tb_buf_cstr(&out));
            }
            tb_buf_fini(&out);
            free(text);
            free(expected);
            files++;
        }
        free(list[i]);
    }
    free(list);
    assert_true(files > 0);
    plan_fixture_destroy(fx);
}

int main(int argc, char **argv)
{
    const char *source = getenv("TOMBOLO_SOURCE");
    (void)snprintf(dir, sizeof dir, "%s/tests/golden/plan", source != NULL ? source : ".");
    update = argc > 1 && strcmp(argv[1], "--update") == 0;
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plans__golden)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
