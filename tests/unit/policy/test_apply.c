/* SPDX-License-Identifier: Apache-2.0
 * policy/apply.c: the shape between a table and its readers.
 */
#include "policy_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static unsigned count(const tb_plan *p, tb_plan_kind kind)
{
    unsigned n = p->kind == kind;
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        n += count(p->in[i], kind);
    return n;
}

static void test_apply__puts_fence_masks_and_filter(void **state)
{
    (void)state;
    policy_run r;
    policy_applied(&r, analyst(), "SELECT id, region FROM payer");
    const tb_plan *barrier = policy_find(r.plan, TB_P_BARRIER);
    assert_non_null(barrier);
    assert_int_equal(barrier->in[0]->kind, TB_P_PROJECT);
    assert_int_equal(barrier->in[0]->in[0]->kind, TB_P_FILTER);
    const tb_plan *scan = barrier->in[0]->in[0]->in[0];
    assert_int_equal(scan->kind, TB_P_SCAN);
    assert_true(scan->scan.protected_);
    assert_int_equal(barrier->barrier.nfilters, 1);
    for (uint32_t i = 0; i < barrier->nout; i++) {
        const tb_colinfo *info = tb_stmt_col(&r.stmt, barrier->out[i]);
        bool plain = strcmp(info->name, "region") == 0;
        assert_int_equal(barrier->barrier.labels[i], plain ? TB_LABEL_RAW : TB_LABEL_MASKED);
        assert_true(plain || info->nullable); /* a mask may answer NULL */
    }
    policy_fini(&r);
}

static void test_apply__scan_ids_are_fresh(void **state)
{
    (void)state;
    policy_run r;
    policy_applied(&r, analyst(), "SELECT id FROM payer");
    const tb_plan *barrier = policy_find(r.plan, TB_P_BARRIER),
                  *scan = policy_find(r.plan, TB_P_SCAN);
    for (uint32_t i = 0; i < scan->nout; i++)
        for (uint32_t k = 0; k < barrier->nout; k++)
            assert_int_not_equal(scan->out[i], barrier->out[k]);
    policy_fini(&r);
}

static void test_apply__cleared_subject_reads_plain_columns(void **state)
{
    (void)state;
    policy_run r;
    policy_applied(&r, (subject_spec){"inspector", "audit"}, "SELECT id, region, city FROM payer");
    assert_null(policy_find(r.plan, TB_P_BARRIER));
    policy_fini(&r);
    policy_applied(&r, (subject_spec){"inspector", "audit"},
                   "SELECT id, name, region, city FROM payer");
    const tb_plan *barrier = policy_find(r.plan, TB_P_BARRIER);
    assert_non_null(barrier); /* the name is masked for inspectors, too */
    for (uint32_t i = 0; i < barrier->nout; i++) {
        const char *name = tb_stmt_col(&r.stmt, barrier->out[i])->name;
        bool masked = strcmp(name, "name") == 0;
        assert_int_equal(barrier->barrier.labels[i], masked ? TB_LABEL_MASKED : TB_LABEL_RAW);
    }
    assert_int_equal(barrier->barrier.nfilters, 0);
    policy_fini(&r);
}

static void test_apply__every_reference(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        unsigned barriers;
    } cases[] = {
        {"SELECT * FROM payer", 1},
        {"SELECT a.id FROM payer a JOIN payer b USING (id)", 2},
        {"SELECT id FROM payer UNION ALL SELECT name FROM payer", 2},
        {"WITH x AS (SELECT * FROM payer) SELECT * FROM x", 1},
        {"SELECT * FROM note n LEFT JOIN payer p ON p.id = n.id", 1},
        {"SELECT * FROM note n, LATERAL (SELECT id FROM payer p WHERE p.id = n.id) x", 1},
        {"WITH RECURSIVE t AS (SELECT id FROM payer UNION SELECT p.id FROM payer p JOIN t USING "
         "(id)) SELECT * FROM t",
         2},
        {"SELECT count(*) FROM payer GROUP BY region HAVING max(name) > 'x'", 1},
    };
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        policy_run r;
        policy_applied(&r, analyst(), cases[i].sql);
        assert_int_equal(count(r.plan, TB_P_BARRIER), cases[i].barriers);
        policy_fini(&r);
    }
}

/* Subqueries in expressions hold plans of their own. */
static void test_apply__inside_subqueries(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "SELECT * FROM note WHERE id IN (SELECT id FROM payer)",
        "SELECT * FROM note WHERE EXISTS (SELECT 1 FROM payer p WHERE p.id = note.id)",
        "SELECT (SELECT max(income) FROM payer) FROM note",
        "SELECT * FROM note ORDER BY (SELECT min(name) FROM payer)",
        "SELECT CASE WHEN id = ANY (SELECT id FROM payer) THEN 1 END FROM note",
    };
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        policy_run r;
        policy_planned(&r, analyst(), cases[i]);
        assert_int_equal(count(r.plan, TB_P_BARRIER), 1);
        assert_int_equal(policy_checked(&r), TB_OK);
        policy_fini(&r);
    }
}

static void test_apply__no_policies_no_fence(void **state)
{
    (void)state;
    policy_run r;
    policy_applied(&r, analyst(), "SELECT * FROM note");
    assert_int_equal(count(r.plan, TB_P_BARRIER), 0);
    policy_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_apply__puts_fence_masks_and_filter),
        cmocka_unit_test(test_apply__scan_ids_are_fresh),
        cmocka_unit_test(test_apply__cleared_subject_reads_plain_columns),
        cmocka_unit_test(test_apply__every_reference),
        cmocka_unit_test(test_apply__inside_subqueries),
        cmocka_unit_test(test_apply__no_policies_no_fence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
