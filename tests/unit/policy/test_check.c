/* SPDX-License-Identifier: Apache-2.0
 * policy/check.c against plans that were tampered with after the split: each change must be
 * refused, and the plan as the stages made it must pass.
 */
#include "policy_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

static const char query[] =
    "SELECT id, name, income, region, city FROM payer WHERE region = 'N' AND id LIKE '9%'";

/* Writes the fragment's text and list of crossings again, so that only the rule under test can
 * object. */
static void rewrite_fragment(policy_run *r)
{
    tb_plan *node = policy_find(r->plan, TB_P_FRAGMENT);
    tb_policy_text text = {0};
    tb_fragment *f = node->fragment;
    assert_int_equal(policy_deparse(&r->stmt, f->server, node->in[0], &text, &r->err), TB_OK);
    f->sql = text.sql;
    f->nbinds = text.nbinds;
    f->binds = (tb_expr **)text.binds;
    f->range_text = text.range_text;
    f->range_at = text.range_at;
}

static void refused(policy_run *r, const char *rule)
{
    if (policy_checked(r) == TB_OK)
        fail_msg("not refused: %s\n%s", rule, policy_show(r));
    assert_int_equal(r->err.code, TB_E_INSUFFICIENT_PRIVILEGE);
    if (strstr(r->err.message, rule) == NULL)
        fail_msg("refused for another reason: %s", r->err.message);
    policy_fini(r);
}

static tb_plan *barrier_of(policy_run *r)
{
    tb_plan *b = policy_find(r->plan, TB_P_BARRIER);
    assert_non_null(b);
    return b;
}

/* The assignment of a column in the PROJECT under the barrier. */
static tb_assign *item(policy_run *r, const char *name)
{
    tb_plan *project = barrier_of(r)->in[0];
    assert_int_equal(project->kind, TB_P_PROJECT);
    for (uint32_t i = 0; i < project->project.n; i++)
        if (strcmp(tb_stmt_col(&r->stmt, project->project.items[i].out)->name, name) == 0)
            return (tb_assign *)&project->project.items[i];
    fail_msg("no column %s", name);
    return NULL;
}

static tb_expr *raw_column(policy_run *r, const char *name)
{
    const tb_plan *scan = policy_find(r->plan, TB_P_SCAN);
    for (uint32_t i = 0; i < scan->nout; i++)
        if (strcmp(tb_stmt_col(&r->stmt, scan->out[i])->name, name) == 0)
            return tb_expr_col(r->arena, scan->out[i], tb_stmt_col_type(&r->stmt, scan->out[i]));
    fail_msg("column %s is not scanned", name);
    return NULL;
}

static tb_expr *is_value(policy_run *r, tb_expr *col, const char *value)
{
    return tb_expr_call2(r->arena, TB_FN_TEXTEQ, tb_type_of(TB_T_BOOL), col,
                         tb_expr_const(r->arena, tb_type_of(TB_T_TEXT), tb_value_cstr(value)));
}

/* Puts a FILTER with one conjunct on top of *at. */
static void add_filter(policy_run *r, tb_plan **at, tb_expr *e)
{
    tb_plan *filter = tb_plan_new(r->arena, TB_P_FILTER, *at, NULL);
    tb_plan_set_out(r->arena, filter, (*at)->out, (*at)->nout);
    filter->filter.n = 1;
    filter->filter.conjuncts = tb_arena_memdup(r->arena, &e, sizeof e);
    *at = filter;
}

/* ---- what must pass ---- */

static void test_check__passes_what_the_stages_made(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "SELECT * FROM payer",
        "SELECT income FROM payer",
        "SELECT 1 FROM payer WHERE region = 'N' AND region IN ('N', 'S') AND region IS NOT NULL",
        "SELECT name FROM payer WHERE id > 'a' ORDER BY city LIMIT 3",
        "SELECT p.name, s.id FROM payer p LEFT JOIN hr.staff s ON s.id = p.id",
        "SELECT region, count(DISTINCT name) FROM payer GROUP BY region",
        "SELECT a.id FROM payer a WHERE a.name IN (SELECT name FROM payer b WHERE b.region = "
        "a.region)",
        "WITH RECURSIVE t AS (SELECT id FROM payer UNION SELECT n.text FROM note n JOIN t ON t.id "
        "= n.id) SELECT * FROM t",
        "SELECT name FROM payer EXCEPT SELECT text FROM note",
        "SELECT * FROM note",
    };
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        policy_run r;
        policy_planned(&r, analyst(), cases[i]);
        if (policy_checked(&r) != TB_OK)
            fail_msg("%s: %s", cases[i], r.err.message);
        for (uint32_t k = 0; k < r.stmt.fragments.n; k++)
            assert_true(tb_policy_stamp_valid(r.stmt.query_id, r.stmt.fragments.at[k]));
        policy_fini(&r);
    }
}

static void test_check__passes_for_the_cleared(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, (subject_spec){"inspector", "audit"}, "SELECT id, region, city FROM payer");
    assert_int_equal(policy_checked(&r), TB_OK);
    policy_fini(&r);
}

/* ---- the barrier ---- */

static void test_check__barrier_removed(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), query);
    tb_plan *b = barrier_of(&r);
    *b = *b->in[0]; /* the PROJECT alone: masks are there, the fence is not */
    rewrite_fragment(&r);
    refused(&r, "a protected table without its fence");
}

static void test_check__barrier_skipped_by_a_plain_scan(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT region FROM payer");
    *barrier_of(&r) = *policy_find(r.plan, TB_P_SCAN);
    refused(&r, "a protected table without its fence");
}

static void test_check__barrier_outside_its_source(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT region FROM payer");
    r.plan = barrier_of(&r);
    refused(&r, "a fence outside its source");
}

static void test_check__subject_of_another_plan(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, (subject_spec){"inspector", "audit"}, "SELECT id, region, city FROM payer");
    tb_oid oid = tb_catalog_role(r.catalog, "analyst")->oid;
    tb_subject_init(&r.subject, r.arena, r.catalog, oid, oid);
    refused(&r, "fence"); /* an inspector's plan is not an analyst's */
}

/* ---- masks ---- */

static void test_check__mask_dropped(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), query);
    item(&r, "id")->expr = raw_column(&r, "id");
    rewrite_fragment(&r);
    refused(&r, "neither unprotected nor masked");
}

static void test_check__masks_swapped(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), query);
    tb_expr *id = item(&r, "id")->expr;
    item(&r, "id")->expr = item(&r, "name")->expr;
    item(&r, "name")->expr = id;
    rewrite_fragment(&r);
    refused(&r, "neither unprotected nor masked");
}

static void test_check__mask_weakened(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), query);
    item(&r, "id")->expr->call.args[1]->constant.d.i32 = 17; /* shows 17 characters instead of 2 */
    rewrite_fragment(&r);
    refused(&r, "neither unprotected nor masked");
}

static void test_check__raw_value_under_another_name(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), query);
    item(&r, "region")->expr = raw_column(&r, "id");
    rewrite_fragment(&r);
    refused(&r, "neither unprotected nor masked");
}

static void test_check__raw_value_inside_an_expression(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), query);
    tb_expr *args[] = {item(&r, "id")->expr, raw_column(&r, "id")};
    item(&r, "id")->expr = tb_expr_call(r.arena, TB_FN_TEXTCAT, tb_type_of(TB_T_TEXT), args, 2, -1);
    rewrite_fragment(&r);
    refused(&r, "neither unprotected nor masked");
}

static void test_check__label_changed(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), query);
    tb_plan *b = barrier_of(&r);
    b->barrier.labels = TB_NEW_ARRAY(r.arena, tb_label, b->nout);
    assert_int_equal(b->barrier.labels[0], TB_LABEL_RAW);
    refused(&r, "a wrong label");
}

/* ---- row filters and predicates ---- */

/* Removes the FILTERs under the PROJECT of the barrier. */
static void test_check__row_filter_removed(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    tb_plan *project = barrier_of(&r)->in[0];
    assert_int_equal(project->in[0]->kind, TB_P_FILTER);
    project->in[0] = project->in[0]->in[0];
    rewrite_fragment(&r);
    refused(&r, "a row filter is missing");
}

static void test_check__row_filter_changed(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    tb_plan *filter = policy_find(r.plan, TB_P_FILTER);
    filter->filter.conjuncts[0] = is_value(&r, raw_column(&r, "region"), "S");
    rewrite_fragment(&r);
    refused(&r, "a row filter is missing");
}

static void test_check__row_filter_weakened_by_or(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    tb_plan *filter = policy_find(r.plan, TB_P_FILTER);
    tb_expr *either[] = {filter->filter.conjuncts[0], is_value(&r, raw_column(&r, "region"), "S")};
    filter->filter.conjuncts[0] = tb_expr_or(r.arena, either, 2);
    rewrite_fragment(&r);
    refused(&r, "a row filter is missing");
}

/* A predicate on a masked column below the fence is an oracle of raw values. */
static void test_check__predicate_on_a_masked_column_below(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    add_filter(&r, &barrier_of(&r)->in[0]->in[0], is_value(&r, raw_column(&r, "id"), "990000"));
    rewrite_fragment(&r);
    refused(&r, "a predicate below the fence");
}

/* So is one that can raise, on any column. */
static void test_check__predicate_that_raises_below(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    tb_expr *args[] = {raw_column(&r, "region"), raw_column(&r, "region")};
    tb_expr *both = tb_expr_call(r.arena, TB_FN_TEXTCAT, tb_type_of(TB_T_TEXT), args, 2, -1);
    add_filter(&r, &barrier_of(&r)->in[0]->in[0], is_value(&r, both, "NN"));
    rewrite_fragment(&r);
    refused(&r, "a predicate below the fence");
}

/* Between PROJECT and BARRIER a predicate sees masked values, and still runs before the fence. */
static void test_check__predicate_on_the_mask_below(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    tb_plan *b = barrier_of(&r);
    add_filter(&r, &b->in[0],
               is_value(&r, tb_expr_col(r.arena, b->out[0], tb_type_of(TB_T_TEXT)), "99**"));
    rewrite_fragment(&r);
    refused(&r, "a predicate below the fence");
}

static void test_check__operator_below_the_fence(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    tb_plan *b = barrier_of(&r), *limit = tb_plan_new(r.arena, TB_P_LIMIT, b->in[0], NULL);
    tb_plan_set_out(r.arena, limit, b->in[0]->out, b->in[0]->nout);
    b->in[0] = limit;
    refused(&r, "an operator inside the fence");
}

/* ---- above the fence ---- */

static void test_check__raw_column_above(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    tb_plan *node = policy_find(r.plan, TB_P_FRAGMENT);
    tb_expr *secret = is_value(&r, raw_column(&r, "region"), "S");
    add_filter(&r, &node->in[0], secret);
    refused(&r, "a raw column above the fence");
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    secret = is_value(&r, raw_column(&r, "region"), "S");
    add_filter(&r, &r.plan, secret);
    refused(&r, "a raw column above the fence");
}

/* ---- fragments ---- */

static void test_check__text_of_another_plan(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    r.stmt.fragments.at[0]->sql = "SELECT \"id\" FROM \"payer\"";
    refused(&r, "not that of its plan");
}

static void test_check__constant_of_another_plan(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    tb_fragment *f = r.stmt.fragments.at[0];
    bool changed = false;
    for (uint32_t i = 0; i < f->nbinds; i++) {
        if (f->binds[i]->type.id != TB_T_TEXT || f->binds[i]->constant.d.str.len != 1 ||
            *tb_str_data(&f->binds[i]->constant.d.str) != 'N')
            continue;
        f->binds[i] = tb_expr_const(r.arena, tb_type_of(TB_T_TEXT), tb_value_cstr("S"));
        changed = true;
    }
    assert_true(changed);
    refused(&r, "not that of its plan");
}

static void test_check__table_of_another_server(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM note");
    policy_find(r.plan, TB_P_SCAN)->scan.rel = policy_relation("staff");
    refused(&r, "a table of another server");
}

static void test_check__scan_outside_fragments(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM note");
    r.plan = policy_find(r.plan, TB_P_SCAN);
    refused(&r, "outside every fragment");
}

static void test_check__untruthful_crossings(void **state)
{
    (void)state;
    policy_run r;
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    tb_fragment *f = r.stmt.fragments.at[0];
    tb_crossing cross = f->cross[0];
    cross.masked = false;
    f->cross = &cross;
    refused(&r, "a wrong list of what crosses");
    policy_planned(&r, analyst(), "SELECT id FROM payer");
    r.stmt.fragments.at[0]->ncross = 0;
    refused(&r, "an incomplete list of what crosses");
}

/* ---- class L0 ---- */

static void test_is_l0__comparisons_that_cannot_tell(void **state)
{
    (void)state;
    static const struct {
        const char *where;
        bool l0;
    } cases[] = {
        {"region = 'N'", true},        {"'N' <= region", true},
        {"region IS NULL", true},      {"region = 'N' OR region = 'S'", true},
        {"region = id", false},        {"region LIKE 'N%'", false},
        {"length(region) = 1", false}, {"lower(region) = 'n'", false},
        {"income > 5", false}, /* numeric comparison is not leakproof */
        {"region::int = 1", false},    {"CASE WHEN region = 'N' THEN true END", false},
        {"NOT region = id", false},
    };
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        policy_run r;
        char sql[200];
        snprintf(sql, sizeof sql, "SELECT 1 FROM payer WHERE %s", cases[i].where);
        policy_bind(&r, analyst(), sql);
        const tb_plan *filter = policy_find(r.plan, TB_P_FILTER);
        assert_non_null(filter);
        if (tb_policy_is_l0(filter->filter.conjuncts[0]) != cases[i].l0)
            fail_msg("%s", cases[i].where);
        policy_fini(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check__passes_what_the_stages_made),
        cmocka_unit_test(test_check__passes_for_the_cleared),
        cmocka_unit_test(test_check__barrier_removed),
        cmocka_unit_test(test_check__barrier_skipped_by_a_plain_scan),
        cmocka_unit_test(test_check__barrier_outside_its_source),
        cmocka_unit_test(test_check__subject_of_another_plan),
        cmocka_unit_test(test_check__mask_dropped),
        cmocka_unit_test(test_check__masks_swapped),
        cmocka_unit_test(test_check__mask_weakened),
        cmocka_unit_test(test_check__raw_value_under_another_name),
        cmocka_unit_test(test_check__raw_value_inside_an_expression),
        cmocka_unit_test(test_check__label_changed),
        cmocka_unit_test(test_check__row_filter_removed),
        cmocka_unit_test(test_check__row_filter_changed),
        cmocka_unit_test(test_check__row_filter_weakened_by_or),
        cmocka_unit_test(test_check__predicate_on_a_masked_column_below),
        cmocka_unit_test(test_check__predicate_that_raises_below),
        cmocka_unit_test(test_check__predicate_on_the_mask_below),
        cmocka_unit_test(test_check__operator_below_the_fence),
        cmocka_unit_test(test_check__raw_column_above),
        cmocka_unit_test(test_check__text_of_another_plan),
        cmocka_unit_test(test_check__constant_of_another_plan),
        cmocka_unit_test(test_check__table_of_another_server),
        cmocka_unit_test(test_check__scan_outside_fragments),
        cmocka_unit_test(test_check__untruthful_crossings),
        cmocka_unit_test(test_is_l0__comparisons_that_cannot_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
