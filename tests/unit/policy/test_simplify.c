/* SPDX-License-Identifier: Apache-2.0
 * policy/simplify.c: folding of policy bodies.
 */
#include "policy_fixture.h"

#include "planner/planner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

/* Binds a body over (a text), folds it and shows it. */
static void folds(subject_spec who, const char *body, tb_type_id returns, const char *expected)
{
    static const tb_policy_arg arg[] = {{"a", {TB_T_TEXT, -1}}};
    policy_run r;
    policy_bind(&r, who, "SELECT 1");
    tb_colid col = tb_stmt_add_col(&r.stmt, "a", tb_type_of(TB_T_TEXT), true);
    tb_expr *args[] = {tb_expr_col(r.arena, col, tb_type_of(TB_T_TEXT))}, *e;
    if (tb_bind_policy_body(&r.stmt, body, arg, args, 1, tb_type_of(returns), &e, &r.err) != TB_OK)
        fail_msg("%s: %s", body, r.err.message);
    tb_buf b;
    tb_buf_init(&b, 65536);
    tb_show_expr(&b, &r.stmt, tbi_simplify(&r.stmt, e), NULL);
    assert_string_equal(tb_buf_cstr(&b), expected);
    tb_buf_fini(&b);
    policy_fini(&r);
}

static void test_simplify__decided_roles(void **state)
{
    (void)state;
    const char *body = "CASE WHEN IS_ROLE_IN_SESSION('inspector') THEN a ELSE NULL END";
    folds(inspector(), body, TB_T_TEXT, "a#2");
    folds(analyst(), body, TB_T_TEXT, "NULL::text");
    folds(analyst(), "CASE WHEN CURRENT_ROLE() = 'analyst' THEN a END", TB_T_TEXT, "a#2");
}

static void test_simplify__purpose_that_is_not_set(void **state)
{
    (void)state;
    const char *body = "CASE WHEN CURRENT_PURPOSE() = 'audit' THEN a ELSE 'x' END";
    folds(analyst(), body, TB_T_TEXT, "'x'::text"); /* NULL is not true */
    folds((subject_spec){"analyst", "audit"}, body, TB_T_TEXT, "a#2");
    folds(analyst(), "CASE WHEN NOT (CURRENT_PURPOSE() = 'audit') THEN a ELSE 'x' END", TB_T_TEXT,
          "'x'::text");
}

static void test_simplify__and_or_not(void **state)
{
    (void)state;
    folds(inspector(), "IS_ROLE_IN_SESSION('inspector') OR a = 'N'", TB_T_BOOL, "true");
    folds(analyst(), "IS_ROLE_IN_SESSION('inspector') OR a = 'N'", TB_T_BOOL, "(a#2 = 'N'::text)");
    folds(analyst(), "IS_ROLE_IN_SESSION('inspector') AND a = 'N'", TB_T_BOOL, "false");
    folds(inspector(), "NOT IS_ROLE_IN_SESSION('inspector')", TB_T_BOOL, "false");
    folds(analyst(), "NOT IS_ROLE_IN_SESSION('inspector') AND a = 'N'", TB_T_BOOL,
          "(a#2 = 'N'::text)");
}

/* A later branch that is true ends the CASE; undecided ones before it stay. */
static void test_simplify__branches(void **state)
{
    (void)state;
    folds(inspector(),
          "CASE WHEN a = 'N' THEN 'n' WHEN IS_ROLE_IN_SESSION('inspector') THEN a WHEN a = 'S' "
          "THEN 's' ELSE 'x' END",
          TB_T_TEXT, "CASE WHEN (a#2 = 'N'::text) THEN 'n'::text ELSE a#2 END");
    folds(analyst(),
          "CASE WHEN a = 'N' THEN 'n' WHEN IS_ROLE_IN_SESSION('inspector') THEN a ELSE 'x' END",
          TB_T_TEXT, "CASE WHEN (a#2 = 'N'::text) THEN 'n'::text ELSE 'x'::text END");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simplify__decided_roles),
        cmocka_unit_test(test_simplify__purpose_that_is_not_set),
        cmocka_unit_test(test_simplify__and_or_not),
        cmocka_unit_test(test_simplify__branches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
