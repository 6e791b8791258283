/* SPDX-License-Identifier: Apache-2.0
 * policy/required.c: what the policies of a table demand of one subject.
 */
#include "policy_fixture.h"

#include "planner/planner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static tb_rc require(policy_run *r, subject_spec who, const char *table, tbi_required *out)
{
    const tb_relation *rel = policy_relation(table);
    policy_bind(r, who, "SELECT 1");
    tb_colid *base = TB_NEW_ARRAY(r->arena, tb_colid, rel->ncols);
    bool *wanted = TB_NEW_ARRAY(r->arena, bool, rel->ncols);
    for (uint16_t i = 0; i < rel->ncols; i++) {
        base[i] = tb_stmt_add_col(&r->stmt, rel->cols[i].name, rel->cols[i].type, true);
        wanted[i] = true;
    }
    return tbi_require(&r->stmt, tb_bind_policy_body, rel, base, wanted, out, &r->err);
}

static const char *text(policy_run *r, const tb_expr *e)
{
    tb_buf b;
    tb_buf_init(&b, 65536);
    tb_show_expr(&b, &r->stmt, e, NULL);
    const char *s = tb_arena_strndup(r->arena, b.data, b.len);
    tb_buf_fini(&b);
    return s;
}

static void test_require__masks_and_filters_of_an_analyst(void **state)
{
    (void)state;
    policy_run r;
    tbi_required req;
    assert_int_equal(require(&r, analyst(), "payer", &req), TB_OK);
    assert_true(req.needed);
    assert_int_equal(req.nfilters, 1);
    assert_string_equal(req.filter_names[0], "own_region");
    assert_non_null(strstr(text(&r, req.filters[0]), "= 'N'"));
    assert_non_null(strstr(text(&r, req.mask[0]), "mask_partial"));
    assert_null(strstr(text(&r, req.mask[0]), "CASE"));     /* the role was decided */
    assert_non_null(strstr(text(&r, req.mask[1]), "CASE")); /* the region was not */
    assert_null(req.mask[3]);
    policy_fini(&r);
}

static void test_require__cleared_by_role_and_purpose(void **state)
{
    (void)state;
    policy_run r;
    tbi_required req;
    assert_int_equal(require(&r, inspector(), "payer", &req), TB_OK);
    assert_null(req.mask[0]);
    assert_int_equal(req.nfilters, 0);
    assert_non_null(req.mask[4]); /* not without the purpose */
    policy_fini(&r);
    assert_int_equal(require(&r, (subject_spec){"inspector", "audit"}, "payer", &req), TB_OK);
    assert_null(req.mask[4]);
    policy_fini(&r);
    assert_int_equal(require(&r, (subject_spec){"analyst", "audit"}, "payer", &req), TB_OK);
    assert_non_null(req.mask[4]);
    policy_fini(&r);
}

/* varchar(4) stays varchar(4) behind a mask, numeric(6,2) has two decimals. */
static void test_require__declared_length_and_scale(void **state)
{
    (void)state;
    policy_run r;
    tbi_required req;
    assert_int_equal(require(&r, analyst(), "payer", &req), TB_OK);
    assert_int_equal(req.mask[4]->type.typmod, 8);
    assert_int_equal(req.mask[4]->kind, TB_X_CONST);
    assert_int_equal(req.mask[4]->constant.d.str.len, 4); /* 'far ' */
    assert_int_equal(req.mask[2]->type.typmod, 393222);
    policy_fini(&r);
}

static void test_require__unfit_policy_refuses_the_table(void **state)
{
    (void)state;
    policy_run r;
    tbi_required req;
    assert_int_equal(require(&r, analyst(), "odd", &req), TB_FAIL);
    assert_int_equal(r.err.code, TB_E_INSUFFICIENT_PRIVILEGE);
    policy_fini(&r);
}

static void test_has_policies__and_columns_read(void **state)
{
    (void)state;
    assert_true(tbi_has_policies(policy_relation("payer")));
    assert_false(tbi_has_policies(policy_relation("note")));
    bool wanted[5] = {[1] = true}, read[5] = {false};
    tbi_columns_read(policy_relation("payer"), wanted, read);
    assert_false(read[0]);
    assert_true(read[1]);
    assert_false(read[2]);
    assert_true(read[3]); /* by the mask of name, and by the row filter */
    assert_false(read[4]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_require__masks_and_filters_of_an_analyst),
        cmocka_unit_test(test_require__cleared_by_role_and_purpose),
        cmocka_unit_test(test_require__declared_length_and_scale),
        cmocka_unit_test(test_require__unfit_policy_refuses_the_table),
        cmocka_unit_test(test_has_policies__and_columns_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
