/* SPDX-License-Identifier: Apache-2.0
 * Inputs larger than their budget, many threads, sources that fail, stall or are cancelled.
 */
#include "plan_kit.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void test_sort__spills(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *f = kit_fragment(&k, 20000, 97);
    kit_run_all(&k, kit_sort(&k, f, "-+", f->out[1], f->out[2]));
    k.memory = 200000;
    char *small = kit_sorted(&k, kit_run(&k, kit_sort(&k, f, "-+", f->out[1], f->out[2])));
    assert_true(k.spilled > 0);
    assert_true(strlen(small) > 100000);
    /* in order, not only the same rows */
    char *once = strdup(kit_run(&k, kit_sort(&k, f, "+-", f->out[1], f->out[0])));
    k.memory = 0;
    assert_true(strcmp(once, kit_run(&k, kit_sort(&k, f, "+-", f->out[1], f->out[0]))) == 0);
    assert_int_equal(k.spilled, 0);
    free(once);
    kit_fini(&k);
}

static void test_join__spills(void **state)
{
    (void)state;
    static const tb_join_type types[] = {TB_JOIN_INNER, TB_JOIN_LEFT,     TB_JOIN_RIGHT,
                                         TB_JOIN_FULL,  TB_JOIN_SEMI,     TB_JOIN_ANTI,
                                         TB_JOIN_MARK,  TB_JOIN_NULL_ANTI};
    for (size_t t = 0; t < TB_COUNT(types); t++) {
        for (int left = 0; left < 2; left++) {
            kit k;
            kit_init(&k);
            /* left rows have keys 1..6000 (int8), the right side every third of them, twice, and
             * NULL keys */
            tb_plan *l = kit_fragment(&k, 6000, 11), *r = kit_fragment(&k, 4000, 3000);
            tb_plan *wide = kit_project(
                &k, r, 1, kit_op(&k, "*", kit_ref(&k, r->out[1]), kit_const(&k, "int4", "3")));
            tb_plan *p = kit_join(&k, types[t], l, wide, l->out[0], wide->out[3]);
            p->join.build_left = left;
            kit_run_all(&k, p);
            k.memory = 100000;
            kit_run(&k, p);
            assert_true(k.spilled > 0);
            kit_fini(&k);
        }
    }
}

static void test_join__hot_key_spills(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *l = kit_fragment(&k, 300, 2), *r = kit_fragment(&k, 3000, 2);
    tb_plan *p = kit_join(&k, TB_JOIN_FULL, l, r, l->out[1], r->out[1]);
    tb_plan *agg = kit_agg(&k, p, 1, l->out[1]);
    kit_agg_add(&k, agg, TB_FN_COUNT_STAR, "int8", 0);
    kit_agg_add(&k, agg, TB_FN_SUM_INT8, "numeric", 1, r->out[0]);
    const char *rows = kit_run_all(&k, agg);
    assert_non_null(rows);
    k.memory = 100000;
    kit_run(&k, agg);
    assert_true(k.spilled > 0);
    kit_fini(&k);
}

static void test_agg__spills(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *f = kit_fragment(&k, 15000, 5000);
    tb_plan *agg = kit_agg(&k, f, 1, f->out[1]);
    kit_agg_add(&k, agg, TB_FN_COUNT_STAR, "int8", 0);
    kit_agg_add(&k, agg, TB_FN_MIN_TEXT, "text", 1, f->out[2]);
    tb_agg *a = kit_agg_add(&k, agg, TB_FN_SUM_INT8, "numeric", 1, f->out[0]);
    a->distinct = true;
    kit_run_all(&k, agg);
    k.memory = 200000;
    kit_run(&k, agg);
    assert_true(k.spilled > 0);
    /* one group, many distinct values */
    tb_plan *all = kit_agg(&k, f, 0);
    a = kit_agg_add(&k, all, TB_FN_COUNT_ANY, "int8", 1, f->out[2]);
    a->distinct = true;
    kit_expect(&k, all, "15000\n");
    /* distinct rows */
    kit_run_all(&k, kit_agg(&k, f, 3, f->out[0], f->out[1], f->out[2]));
    kit_fini(&k);
}

static void test_setop__spills(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *a = kit_fragment(&k, 6000, 11), *b = kit_fragment(&k, 4000, 11);
    kit_run_all(&k, kit_setop(&k, TB_SETOP_EXCEPT, false, a, b));
    kit_run_all(&k, kit_setop(&k, TB_SETOP_INTERSECT, true, a, b));
    kit_fini(&k);
}

/* The order of rows depends on plan and input, not on threads. */
static void test_order__same_for_any_threads(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *l = kit_fragment(&k, 30000, 1000), *r = kit_fragment(&k, 9000, 1000);
    tb_plan *p = kit_join(&k, TB_JOIN_LEFT, l, r, l->out[1], r->out[1]);
    p = kit_filter(&k, p, kit_op(&k, "<", kit_ref(&k, r->out[0]), kit_const(&k, "int8", "2000")));
    tb_plan *agg = kit_agg(&k, p, 1, l->out[1]);
    kit_agg_add(&k, agg, TB_FN_COUNT_STAR, "int8", 0);
    char *first = strdup(kit_run(&k, p)), *groups = strdup(kit_run(&k, agg));
    for (int i = 0; i < 6; i++) {
        k.host.threads = 2 + (uint32_t)i % 3;
        k.ranges = (uint32_t)i * 9;
        assert_true(strcmp(first, kit_run(&k, p)) == 0);
        assert_true(strcmp(groups, kit_run(&k, agg)) == 0);
    }
    free(first);
    free(groups);
    kit_fini(&k);
}

static void test_fragment__failure_and_limit(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *f = kit_fragment(&k, 50000, 10);
    k.ranges = 20;
    k.fail_at = 30000;
    kit_expect(&k, kit_agg(&k, f, 1, f->out[1]), "ERROR HV000\n");
    /* what is not wanted cannot fail */
    kit_expect(&k, kit_out(&k, kit_limit(&k, f, 2, 0), 1, f->out[0]), "1\n2\n");
    kit_fini(&k);
}

static void test_fragment__stats(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *f = kit_fragment(&k, 5000, 10);
    tb_exec *exec;
    tb_error err = {0};
    const tb_batch *b;
    assert_int_equal(tb_exec_start(&k.stmt, f, &k.host, &exec, &err), TB_OK);
    do
        assert_int_equal(tb_exec_next(exec, &b, &err), TB_OK);
    while (b != NULL);
    assert_int_equal(tb_exec_fragment_stats(exec, 0).rows, 5000);
    assert_int_equal(tb_exec_node_rows(exec, f), 5000);
    assert_int_equal(tb_exec_node_rows(exec, (const tb_plan *)&err), -1);
    tb_exec_close(exec);
    kit_fini(&k);
}

typedef struct canceller {
    tb_exec *exec;
    unsigned after_us;
} canceller;

static void *cancel_later(void *ctx)
{
    canceller *c = ctx;
    usleep(c->after_us);
    tb_exec_cancel(c->exec);
    return NULL;
}

static void test_cancel__ends_soon(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        kit k;
        kit_init(&k);
        k.slow = i % 2 == 0;
        k.host.threads = 1 + (uint32_t)i % 3;
        tb_plan *f = kit_fragment(&k, 100000000, 10);
        tb_plan *p = i < 4 ? kit_sort(&k, f, "+", f->out[2])
                           : kit_loop(&k, TB_JOIN_INNER, kit_series(&k, 100000),
                                      kit_series(&k, 100000), NULL);
        if (i >= 4)
            p = kit_agg(&k, p, 0);
        k.memory = 1 << 20;
        k.stmt.limits.memory_bytes = k.memory;
        tb_error err = {0};
        canceller c = {.after_us = 1000 + (unsigned)i * 7000};
        assert_int_equal(tb_exec_start(&k.stmt, p, &k.host, &c.exec, &err), TB_OK);
        pthread_t t;
        pthread_create(&t, NULL, cancel_later, &c);
        const tb_batch *b;
        tb_rc rc;
        do
            rc = tb_exec_next(c.exec, &b, &err);
        while (rc == TB_OK && b != NULL);
        assert_int_equal(rc, TB_FAIL);
        assert_int_equal(err.code, TB_E_QUERY_CANCELED);
        pthread_join(t, NULL);
        tb_exec_close(c.exec);
        kit_fini(&k);
    }
}

static void test_close__before_the_end(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        kit k;
        kit_init(&k);
        k.host.threads = 2;
        k.ranges = 10;
        tb_plan *f = kit_fragment(&k, 1000000, 10);
        tb_exec *exec;
        tb_error err = {0};
        const tb_batch *b;
        assert_int_equal(tb_exec_start(&k.stmt, f, &k.host, &exec, &err), TB_OK);
        for (int n = 0; n < i; n++)
            assert_int_equal(tb_exec_next(exec, &b, &err), TB_OK);
        tb_exec_close(exec);
        kit_fini(&k);
    }
}

/* A client that does not read leaves no scan open at the source. */
static void test_fragment__slow_client_spools(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *f = kit_fragment(&k, 200000, 10);
    tb_exec *exec;
    tb_error err = {0};
    const tb_batch *b;
    k.stmt.limits.spill_bytes = (size_t)1 << 30;
    assert_int_equal(tb_exec_start(&k.stmt, f, &k.host, &exec, &err), TB_OK);
    assert_int_equal(tb_exec_next(exec, &b, &err), TB_OK);
    for (int i = 0; i < 100 && __atomic_load_n(&k.open_conns, __ATOMIC_RELAXED) > 0; i++)
        usleep(100000);
    assert_int_equal(__atomic_load_n(&k.open_conns, __ATOMIC_ACQUIRE), 0);
    int64_t next = 1;
    while (b != NULL) {
        for (uint32_t r = 0; r < b->nsel; r++)
            assert_int_equal(tb_vector_get(&b->cols[0], tb_batch_row(b, r)).d.i64, next++);
        assert_int_equal(tb_exec_next(exec, &b, &err), TB_OK);
    }
    assert_int_equal(next, 200001);
    assert_true(tb_exec_spilled(exec) > 0);
    tb_exec_close(exec);
    kit_fini(&k);
}

static void test_quota__is_one_error(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *f = kit_fragment(&k, 50000, 97);
    k.memory = 200000;
    k.spill_limit = 100000;
    assert_string_equal(kit_run(&k, kit_sort(&k, f, "+", f->out[2])), "ERROR 53400\n");
    k.spill_limit = 0;
    k.host.spill_dir = "/nonexistent";
    assert_string_equal(kit_run(&k, kit_sort(&k, f, "+", f->out[2])), "ERROR 58030\n");
    kit_fini(&k);
}

static void test_budget__peak_stays_below(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    k.memory = 4 << 20;
    tb_plan *l = kit_fragment(&k, 200000, 50000), *r = kit_fragment(&k, 100000, 50000);
    tb_plan *p = kit_join(&k, TB_JOIN_INNER, l, r, l->out[1], r->out[1]);
    tb_plan *agg = kit_agg(&k, p, 1, l->out[2]);
    kit_agg_add(&k, agg, TB_FN_COUNT_STAR, "int8", 0);
    tb_plan *s = kit_limit(&k, kit_sort(&k, agg, "+", l->out[2]), -1, 170000);
    kit_run(&k, s);
    assert_true(k.spilled > 0);
    assert_true(k.peak <= k.memory);
    kit_fini(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sort__spills),
        cmocka_unit_test(test_join__spills),
        cmocka_unit_test(test_join__hot_key_spills),
        cmocka_unit_test(test_agg__spills),
        cmocka_unit_test(test_setop__spills),
        cmocka_unit_test(test_order__same_for_any_threads),
        cmocka_unit_test(test_fragment__failure_and_limit),
        cmocka_unit_test(test_fragment__stats),
        cmocka_unit_test(test_cancel__ends_soon),
        cmocka_unit_test(test_close__before_the_end),
        cmocka_unit_test(test_fragment__slow_client_spools),
        cmocka_unit_test(test_quota__is_one_error),
        cmocka_unit_test(test_budget__peak_stays_below),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
