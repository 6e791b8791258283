/* SPDX-License-Identifier: Apache-2.0 */
#include "core/show.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

static tb_arena *arena;
static tb_stmt stmt;
static const tb_type int4 = {TB_T_INT4, -1}, boolean = {TB_T_BOOL, -1};

static int setup(void **state)
{
    (void)state;
    arena = tb_arena_create(0);
    stmt = (tb_stmt){.arena = arena};
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

/* PROJECT a = 1 over one row. */
static tb_plan *one_column(tb_colid *a)
{
    *a = tb_stmt_add_col(&stmt, "a", int4, false);
    tb_plan *p = tb_plan_new(arena, TB_P_PROJECT, tb_plan_new(arena, TB_P_ROW, NULL, NULL), NULL);
    tb_assign *items = TB_NEW(arena, tb_assign);
    *items = (tb_assign){*a, num(1)};
    p->project.n = 1;
    p->project.items = items;
    tb_plan_set_out(arena, p, a, 1);
    return p;
}

static tb_plan *filter_a_is(tb_plan *in, tb_colid a, int32_t v)
{
    tb_plan *p = tb_plan_new(arena, TB_P_FILTER, in, NULL);
    tb_expr **conds = TB_NEW(arena, tb_expr *);
    *conds = tb_expr_call2(arena, TB_FN_INT4EQ, boolean, tb_expr_col(arena, a, int4), num(v));
    p->filter.n = 1;
    p->filter.conjuncts = conds;
    tb_plan_set_out(arena, p, in->out, in->nout);
    return p;
}

static void test_stmt_add_col__starts_at_one(void **state)
{
    (void)state;
    tb_stmt fresh = {.arena = arena};
    char name[] = "x";
    assert_int_equal(tb_stmt_add_col(&fresh, name, int4, true), 1);
    name[0] = 'y'; /* the register has its own copy */
    assert_string_equal(tb_stmt_col(&fresh, 1)->name, "x");
    assert_int_equal(tb_stmt_add_col(&fresh, "z", boolean, true), 2);
    assert_int_equal(tb_stmt_col_type(&fresh, 2).id, TB_T_BOOL);
}

static void test_plan_outputs__by_id(void **state)
{
    (void)state;
    tb_colid a;
    tb_plan *p = one_column(&a);
    assert_true(tb_plan_outputs(p, a));
    assert_false(tb_plan_outputs(p, a + 1));
    assert_int_equal(tb_plan_inputs(TB_P_JOIN), 2);
    assert_int_equal(tb_plan_inputs(TB_P_SCAN), 0);
}

static tb_rc replace_with_two(tb_expr **slot, void *ctx, tb_error *err)
{
    (void)err;
    uint32_t *n = ctx;
    (*n)++;
    *slot = num(2);
    return TB_OK;
}

/* A pass clones a node, then changes the clone's slots; the original stays. */
static void test_plan_clone__owns_its_slots(void **state)
{
    (void)state;
    tb_colid a;
    tb_plan *in = one_column(&a);
    tb_plan *p = filter_a_is(in, a, 1), *c = tb_plan_clone(arena, p);
    tb_error err = {0};
    uint32_t n = 0;
    assert_int_equal(tb_plan_each_expr(c, replace_with_two, &n, &err), TB_OK);
    assert_int_equal(n, 1);
    assert_int_equal(c->filter.conjuncts[0]->kind, TB_X_CONST);
    assert_int_equal(p->filter.conjuncts[0]->kind, TB_X_CALL);
    assert_ptr_equal(c->in[0], p->in[0]);
}

static void test_plan_each_expr__values(void **state)
{
    (void)state;
    tb_plan *p = tb_plan_new(arena, TB_P_VALUES, NULL, NULL);
    tb_colid ids[] = {tb_stmt_add_col(&stmt, "x", int4, true),
                      tb_stmt_add_col(&stmt, "y", int4, true)};
    tb_expr *r0[] = {num(1), num(1)}, *r1[] = {num(1), num(1)};
    tb_expr **rows[] = {r0, r1};
    p->values.nrows = 2;
    p->values.rows = rows;
    tb_plan_set_out(arena, p, ids, 2);
    tb_error err = {0};
    uint32_t n = 0;
    tb_plan *c = tb_plan_clone(arena, p);
    assert_int_equal(tb_plan_each_expr(c, replace_with_two, &n, &err), TB_OK);
    assert_int_equal(n, 4);
    assert_int_equal(r1[1]->constant.d.i32, 1);
    assert_int_equal(c->values.rows[1][1]->constant.d.i32, 2);
}

static tb_rc stop(tb_expr **slot, void *ctx, tb_error *err)
{
    (void)slot, (void)ctx;
    return TB_RAISE(err, TB_E_DATA_EXCEPTION, "stop");
}

static void test_plan_each_expr__fails_with_the_visitor(void **state)
{
    (void)state;
    tb_colid a;
    tb_error err = {0};
    assert_int_equal(tb_plan_each_expr(one_column(&a), stop, NULL, &err), TB_FAIL);
    assert_string_equal(err.message, "stop");
}

static void test_show_plan__tree(void **state)
{
    (void)state;
    tb_colid a;
    tb_plan *sub = one_column(&a);
    tb_plan *p = filter_a_is(sub, a, 7);
    tb_expr *e = tb_expr_new(arena, TB_X_SUBLINK, boolean, -1);
    tb_colid b;
    e->sublink.kind = TB_SUB_EXISTS;
    e->sublink.plan = one_column(&b);
    tb_expr *terms[] = {p->filter.conjuncts[0], e};
    p->filter.conjuncts = terms;
    p->filter.n = 2;
    char want[256];
    snprintf(want, sizeof want,
             "FILTER (a#%u = 7::integer) AND EXISTS{1}\n"
             "  PROJECT a#%u:integer = 1::integer\n"
             "    ROW\n"
             "  {1}\n"
             "    PROJECT a#%u:integer = 1::integer\n"
             "      ROW\n",
             a, a, b);
    tb_buf out;
    tb_buf_init(&out, 10000);
    tb_show_plan(&out, &stmt, p, NULL);
    assert_string_equal(tb_buf_cstr(&out), want);
    tb_buf_reset(&out);
    tb_show_options plain = {.plain_names = true};
    tb_show_expr(&out, &stmt, terms[0], &plain);
    assert_string_equal(tb_buf_cstr(&out), "(a = 7::integer)");
    tb_buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stmt_add_col__starts_at_one),
        cmocka_unit_test(test_plan_outputs__by_id),
        cmocka_unit_test(test_plan_clone__owns_its_slots),
        cmocka_unit_test(test_plan_each_expr__values),
        cmocka_unit_test(test_plan_each_expr__fails_with_the_visitor),
        cmocka_unit_test(test_show_plan__tree),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
