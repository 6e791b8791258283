/* SPDX-License-Identifier: Apache-2.0
 * The Chinese messages: each translates a text that stands in the sources, with the same
 * conversions in the same order, in valid UTF-8, and they are sorted.
 */
#include "core/buf.h"
#include "core/error.h"
#include "core/utf8.h"

#include <ctype.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct message {
    const char *english, *chinese;
    const char *spelled; /* the English text as a C string literal, with its quotes */
} message;

static const message messages[] = {
#define TB_MSG(english, chinese) {english, chinese, #english},
#include "core/messages_zh.def"
#undef TB_MSG
};

/* A file's text with adjacent string literals joined: "a " "b" is "a b". */
static void append_joined(tb_buf *out, const char *path)
{
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    char part[65536];
    tb_buf text;
    tb_buf_init(&text, 1 << 24);
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        tb_buf_append(&text, part, n);
    fclose(f);
    for (const char *p = tb_buf_cstr(&text); *p != '\0'; p++) {
        const char *next = p + 1;
        while (*p == '"' && isspace((unsigned char)*next))
            next++;
        if (*p == '"' && *next == '"' && next > p + 1 && p[-1] != '\\')
            p = next;
        else
            tb_buf_putc(out, *p);
    }
    tb_buf_fini(&text);
}

static void read_sources(tb_buf *out)
{
    static const char *const folders[] = {"core",       "parser",   "planner", "policy",
                                          "connectors", "executor", "server"};
    char pattern[4096];
    const char *top = getenv("TOMBOLO_SOURCE");
    for (size_t i = 0; i < TB_COUNT(folders); i++) {
        glob_t found;
        snprintf(pattern, sizeof pattern, "%s/%s/*.[chy]", top == NULL ? "." : top, folders[i]);
        assert_int_equal(glob(pattern, 0, NULL, &found), 0);
        for (size_t k = 0; k < found.gl_pathc; k++)
            append_joined(out, found.gl_pathv[k]);
        globfree(&found);
    }
}

static void test_messages__stand_in_the_sources(void **state)
{
    (void)state;
    int missing = 0;
    tb_buf sources;
    tb_buf_init(&sources, 1 << 26);
    read_sources(&sources);
    for (size_t i = 0; i < TB_COUNT(messages); i++) {
        if (strstr(tb_buf_cstr(&sources), messages[i].spelled) == NULL) {
            print_error("not in the sources: %s\n", messages[i].spelled);
            missing++;
        }
    }
    tb_buf_fini(&sources);
    assert_int_equal(missing, 0);
}

/* The conversions of a format, one behind the other: "%s%.*s". */
static const char *conversions(const char *format, char *out, size_t cap)
{
    size_t n = 0;
    for (const char *p = format; (p = strchr(p, '%')) != NULL; p++) {
        size_t len = strcspn(p + 1, "diouxXcsgfeEp%m") + 2;
        assert_true(n + len < cap);
        memcpy(out + n, p, len);
        n += len;
        p += len - 1;
    }
    out[n] = '\0';
    return out;
}

static void test_messages__take_the_same_arguments(void **state)
{
    (void)state;
    char english[200], chinese[200];
    for (size_t i = 0; i < TB_COUNT(messages); i++) {
        const message *m = &messages[i];
        assert_string_equal(conversions(m->chinese, chinese, sizeof chinese),
                            conversions(m->english, english, sizeof english));
        assert_true(tb_utf8_valid(m->chinese, strlen(m->chinese)));
    }
}

static void test_messages__are_sorted_and_found(void **state)
{
    (void)state;
    for (size_t i = 0; i < TB_COUNT(messages); i++) {
        const message *m = &messages[i];
        assert_true(i == 0 || strcmp(messages[i - 1].english, m->english) < 0);
        assert_string_equal(tb_message(TB_LANG_ZH, m->english), m->chinese);
        assert_string_equal(tb_message(TB_LANG_EN, m->english), m->english);
    }
    assert_string_equal(tb_message(TB_LANG_ZH, "nobody says this"), "nobody says this");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages__stand_in_the_sources),
        cmocka_unit_test(test_messages__take_the_same_arguments),
        cmocka_unit_test(test_messages__are_sorted_and_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
