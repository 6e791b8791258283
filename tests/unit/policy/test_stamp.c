/* SPDX-License-Identifier: Apache-2.0
 * policy/stamp.c: only the fragment that was checked, in the statement it was checked for, bears a
 * valid stamp.
 */
#include "policy_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static tb_fragment *checked(policy_run *r)
{
    policy_planned(r, analyst(), "SELECT id FROM payer WHERE region = 'N' AND id > 'a'");
    assert_int_equal(policy_checked(r), TB_OK);
    tb_fragment *f = r->stmt.fragments.at[0];
    assert_true(tb_policy_stamp_valid(r->stmt.query_id, f));
    assert_true(f->nbinds > 1);
    return f;
}

static void test_stamp__absent_before_the_check(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    assert_false(tb_policy_stamp_valid(r.stmt.query_id, r.stmt.fragments.at[0]));
    r.stmt.fragments.at[0]->stamped = true; /* and claiming it does not help */
    assert_false(tb_policy_stamp_valid(r.stmt.query_id, r.stmt.fragments.at[0]));
    policy_fini(&r);
}

static void test_stamp__of_another_statement(void **state)
{
    (void)state;
    policy_run r;
    tb_fragment *f = checked(&r);
    assert_false(tb_policy_stamp_valid("fedcba9876543210fedcba9876543210", f));
    policy_fini(&r);
}

static void test_stamp__changed_fragment(void **state)
{
    (void)state;
    policy_run r;
    tb_fragment *f = checked(&r), changed = *f;
    changed.sql = "SELECT * FROM payer";
    assert_false(tb_policy_stamp_valid(r.stmt.query_id, &changed));
    changed = *f;
    changed.id++;
    assert_false(tb_policy_stamp_valid(r.stmt.query_id, &changed));
    changed = *f;
    changed.server = policy_relation("staff")->server;
    assert_false(tb_policy_stamp_valid(r.stmt.query_id, &changed));
    changed = *f;
    tb_expr *binds[16];
    memcpy(binds, f->binds, f->nbinds * sizeof *binds);
    binds[0] = f->binds[1];
    changed.binds = binds;
    assert_false(tb_policy_stamp_valid(r.stmt.query_id, &changed));
    changed = *f;
    changed.range_text = " OR 1 = 1";
    assert_false(tb_policy_stamp_valid(r.stmt.query_id, &changed));
    changed = *f;
    changed.stamp[7] ^= 1;
    assert_false(tb_policy_stamp_valid(r.stmt.query_id, &changed));
    changed = *f;
    assert_true(tb_policy_stamp_valid(r.stmt.query_id, &changed));
    policy_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stamp__absent_before_the_check),
        cmocka_unit_test(test_stamp__of_another_statement),
        cmocka_unit_test(test_stamp__changed_fragment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
