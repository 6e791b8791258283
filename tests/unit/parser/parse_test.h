/* SPDX-License-Identifier: Apache-2.0
 * Helpers of the parser's tests.
 */
#ifndef TB_TESTS_PARSE_TEST_H
#define TB_TESTS_PARSE_TEST_H

#include "parser/parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A statement and how it prints. */
typedef struct print_case {
    const char *sql, *print;
} print_case;

/* A text and the error it gives; position in bytes. */
typedef struct error_case {
    const char *sql, *sqlstate;
    int position;
    const char *message;
} error_case;

/* Parses the only statement of a text; fails the test if it cannot. */
static inline tb_ast *parse_one(tb_arena *arena, const char *sql)
{
    tb_error err = {.position = -1};
    tb_statement_list list;
    if (tb_parse(arena, sql, strlen(sql), NULL, &list, &err) != TB_OK)
        fail_msg("%s: %s at %d", sql, err.message, err.position);
    assert_int_equal(list.n, 1);
    return list.at[0].node;
}

/* Each statement prints as expected, and the print parses to an equal tree. */
static inline void check_prints(const print_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tb_arena *arena = tb_arena_create(0);
        tb_ast *node = parse_one(arena, cases[i].sql);
        tb_buf out;
        tb_buf_init(&out, 1 << 20);
        tb_ast_print(&out, node);
        assert_string_equal(tb_buf_cstr(&out), cases[i].print);
        if (!tb_ast_equal(node, parse_one(arena, tb_buf_cstr(&out))))
            fail_msg("no round trip: %s", cases[i].sql);
        tb_buf_fini(&out);
        tb_arena_destroy(arena);
    }
}

static inline void check_errors(const error_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        tb_arena *arena = tb_arena_create(0);
        tb_error err = {.position = -1};
        tb_statement_list list;
        if (tb_parse(arena, cases[i].sql, strlen(cases[i].sql), NULL, &list, &err) == TB_OK)
            fail_msg("accepted: %s", cases[i].sql);
        if (strcmp(tb_sqlstate(err.code), cases[i].sqlstate) != 0 ||
            err.position != cases[i].position || strcmp(err.message, cases[i].message) != 0)
            fail_msg("%s\n  got      %s %d %s\n  expected %s %d %s", cases[i].sql,
                     tb_sqlstate(err.code), err.position, err.message, cases[i].sqlstate,
                     cases[i].position, cases[i].message);
        tb_arena_destroy(arena);
    }
}

#endif
