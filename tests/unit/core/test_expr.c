/* SPDX-License-Identifier: Apache-2.0 */
#include "core/num.h"
#include "core/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static tb_arena *arena;
static const tb_type int4 = {TB_T_INT4, -1}, boolean = {TB_T_BOOL, -1}, text = {TB_T_TEXT, -1};

static int setup(void **state)
{
    (void)state;
    arena = tb_arena_create(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tb_arena_destroy(arena);
    return 0;
}

static tb_expr *num(int32_t v)
{
    return tb_expr_const(arena, int4, tb_value_int4(v));
}

static tb_expr *col(tb_colid id)
{
    return tb_expr_col(arena, id, int4);
}

static tb_expr *eq(tb_expr *a, tb_expr *b)
{
    return tb_expr_call2(arena, TB_FN_INT4EQ, boolean, a, b);
}

static tb_expr *cast_to_text(tb_expr *arg)
{
    tb_expr *e = tb_expr_new(arena, TB_X_IO_CAST, text, -1);
    e->io_cast.arg = arg;
    return e;
}

static void test_expr_and__flattens(void **state)
{
    (void)state;
    tb_expr *inner[] = {eq(col(1), num(1)), eq(col(2), num(2))};
    tb_expr *outer[] = {tb_expr_and(arena, inner, 2), eq(col(3), num(3))};
    tb_expr *e = tb_expr_and(arena, outer, 2);
    assert_int_equal(e->kind, TB_X_AND);
    assert_int_equal(e->list.n, 3);
    assert_ptr_equal(e->list.args[2], outer[1]);
    assert_ptr_equal(tb_expr_and(arena, outer, 1), outer[0]);
    assert_true(tb_expr_is_true(tb_expr_and(arena, NULL, 0)));
    assert_false(tb_expr_is_true(tb_expr_or(arena, NULL, 0)));
}

static void test_expr_and__keeps_or_inside(void **state)
{
    (void)state;
    tb_expr *two[] = {eq(col(1), num(1)), eq(col(2), num(2))};
    tb_expr *terms[] = {tb_expr_or(arena, two, 2), two[0]};
    assert_int_equal(tb_expr_and(arena, terms, 2)->list.n, 2);
}

static void test_expr_equal__ignores_positions(void **state)
{
    (void)state;
    tb_expr *a = eq(col(1), num(5)), *b = eq(col(1), num(5));
    b->pos = 17;
    b->call.args[0]->pos = 9;
    assert_true(tb_expr_equal(a, b));
    assert_int_equal(tb_expr_hash(a), tb_expr_hash(b));
}

static void test_expr_equal__tells_apart(void **state)
{
    (void)state;
    assert_false(tb_expr_equal(eq(col(1), num(5)), eq(col(1), num(6))));
    assert_false(tb_expr_equal(eq(col(1), num(5)), eq(col(2), num(5))));
    assert_false(tb_expr_equal(num(1), tb_expr_null(arena, int4)));
    assert_true(tb_expr_equal(tb_expr_null(arena, int4), tb_expr_null(arena, int4)));
    tb_expr *small = num(1);
    small->type = (tb_type){TB_T_INT4, 7};
    assert_false(tb_expr_equal(num(1), small));
    assert_false(tb_expr_equal(num(1), NULL));
}

static void test_expr_equal__numeric_scale_matters(void **state)
{
    (void)state;
    tb_type numeric = {TB_T_NUMERIC, -1};
    tb_value one = {.d.num = tb_num_small(1, 0)}, one_point_zero = {.d.num = tb_num_small(10, 1)};
    assert_false(tb_expr_equal(tb_expr_const(arena, numeric, one),
                               tb_expr_const(arena, numeric, one_point_zero)));
}

/* a[1:] and a[:1] have the same children. */
static void test_expr_equal__open_slices(void **state)
{
    (void)state;
    tb_expr *e[2];
    for (int i = 0; i < 2; i++) {
        e[i] = tb_expr_new(arena, TB_X_SUBSCRIPT, int4, -1);
        e[i]->subscript.array = col(1);
        e[i]->subscript.n = 1;
        e[i]->subscript.slice = true;
        e[i]->subscript.lower = TB_NEW(arena, tb_expr *);
        e[i]->subscript.upper = TB_NEW(arena, tb_expr *);
        *(i == 0 ? e[i]->subscript.lower : e[i]->subscript.upper) = num(1);
    }
    assert_false(tb_expr_equal(e[0], e[1]));
}

/* More children than one round of the comparison holds. */
static void test_expr_equal__long_lists(void **state)
{
    (void)state;
    enum { N = 200 };
    tb_expr *a[N], *b[N];
    for (int i = 0; i < N; i++) {
        a[i] = eq(col(1), num(i));
        b[i] = eq(col(1), num(i == N - 1 ? -1 : i));
    }
    tb_expr *x = tb_expr_or(arena, a, N), *y = tb_expr_or(arena, b, N);
    assert_true(tb_expr_equal(x, tb_expr_or(arena, a, N)));
    assert_false(tb_expr_equal(x, y));
}

static tb_expr *five_for_column_one(tb_colid id, void *ctx)
{
    (void)ctx;
    return id == 1 ? num(5) : NULL;
}

static void test_expr_replace_cols__shares_what_is_unchanged(void **state)
{
    (void)state;
    tb_expr *keep = eq(col(2), num(1)), *change = eq(col(1), num(1));
    tb_expr *terms[] = {keep, change};
    tb_expr *e = tb_expr_and(arena, terms, 2);
    tb_expr *r = tb_expr_replace_cols(arena, e, five_for_column_one, NULL);
    assert_ptr_not_equal(r, e);
    assert_ptr_equal(r->list.args[0], keep);
    assert_true(tb_expr_equal(r->list.args[1], eq(num(5), num(1))));
    assert_int_equal(change->call.args[0]->kind, TB_X_COL); /* the input is untouched */
    assert_ptr_equal(tb_expr_replace_cols(arena, keep, five_for_column_one, NULL), keep);
}

static void count_cols(tb_colid id, void *ctx)
{
    uint32_t *sum = ctx;
    *sum += id;
}

static void test_expr_each_col__reaches_every_kind(void **state)
{
    (void)state;
    tb_expr *c = tb_expr_new(arena, TB_X_CASE, int4, -1);
    tb_expr *when[] = {eq(col(1), num(0))}, *then[] = {col(2)};
    c->case_.n = 1;
    c->case_.when = when;
    c->case_.then = then;
    c->case_.otherwise = col(4);
    tb_expr *d = tb_expr_new(arena, TB_X_DISTINCT_FROM, boolean, -1);
    d->distinct.eq = TB_FN_INT4EQ;
    d->distinct.left = c;
    d->distinct.right = col(8);
    uint32_t sum = 0;
    tb_expr_each_col(tb_expr_not(arena, d), count_cols, &sum);
    assert_int_equal(sum, 15);
}

static void test_expr_may_raise__casts(void **state)
{
    (void)state;
    assert_false(tb_expr_may_raise(cast_to_text(col(1))));
    tb_expr *back = tb_expr_new(arena, TB_X_IO_CAST, int4, -1);
    back->io_cast.arg = cast_to_text(col(1));
    assert_true(tb_expr_may_raise(back));
    assert_false(tb_expr_may_raise(eq(col(1), num(1))));
    assert_true(tb_expr_may_raise(tb_expr_call2(arena, TB_FN_INT4DIV, int4, num(1), num(0))));
}

/* Volatility is seen through the plan of a subquery. */
static void test_expr_is_volatile__in_subquery(void **state)
{
    (void)state;
    tb_expr *rnd = tb_expr_call(arena, TB_FN_RANDOM, (tb_type){TB_T_FLOAT8, -1}, NULL, 0, -1);
    tb_plan *p = tb_plan_new(arena, TB_P_PROJECT, tb_plan_new(arena, TB_P_ROW, NULL, NULL), NULL);
    tb_assign item = {1, rnd};
    p->project.n = 1;
    p->project.items = &item;
    tb_expr *s = tb_expr_new(arena, TB_X_SUBLINK, rnd->type, -1);
    s->sublink.kind = TB_SUB_SCALAR;
    s->sublink.plan = p;
    assert_true(tb_expr_is_volatile(rnd));
    assert_true(tb_expr_is_volatile(s));
    assert_true(tb_expr_has_sublink(tb_expr_not(arena, s)));
    item.expr = num(1);
    assert_false(tb_expr_is_volatile(s));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expr_and__flattens),
        cmocka_unit_test(test_expr_and__keeps_or_inside),
        cmocka_unit_test(test_expr_equal__ignores_positions),
        cmocka_unit_test(test_expr_equal__tells_apart),
        cmocka_unit_test(test_expr_equal__numeric_scale_matters),
        cmocka_unit_test(test_expr_equal__open_slices),
        cmocka_unit_test(test_expr_equal__long_lists),
        cmocka_unit_test(test_expr_replace_cols__shares_what_is_unchanged),
        cmocka_unit_test(test_expr_each_col__reaches_every_kind),
        cmocka_unit_test(test_expr_may_raise__casts),
        cmocka_unit_test(test_expr_is_volatile__in_subquery),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
