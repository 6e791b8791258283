/* SPDX-License-Identifier: Apache-2.0
 * CTEs, recursion, dependent joins and set-returning functions, in every configuration.
 */
#include "plan_kit.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static tb_plan *cte_ref(kit *k, uint32_t id, const tb_plan *def, const char *name)
{
    tb_plan *p = tb_plan_new(k->arena, TB_P_CTE_REF, NULL, NULL);
    tb_colid *out = TB_NEW_ARRAY(k->arena, tb_colid, def->nout);
    for (uint32_t i = 0; i < def->nout; i++)
        out[i] = tb_stmt_add_col(&k->stmt, "r", tb_stmt_col_type(&k->stmt, def->out[i]), true);
    tb_plan_set_out(k->arena, p, out, def->nout);
    p->cte_ref.id = id;
    p->cte_ref.cols = def->out;
    p->cte_ref.name = name;
    return p;
}

static void test_cte__read_twice(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *def = kit_rows(&k, "int4 text", "1,a;2,b");
    tb_plan *a = cte_ref(&k, 3, def, "t"), *b = cte_ref(&k, 3, def, "t");
    tb_plan *body = kit_loop(&k, TB_JOIN_INNER, a, b,
                             kit_op(&k, "<=", kit_ref(&k, a->out[0]), kit_ref(&k, b->out[0])));
    tb_plan *p = tb_plan_new(k.arena, TB_P_CTE, def, body);
    tb_plan_set_out(k.arena, p, body->out, body->nout);
    p->cte.id = 3;
    kit_expect_sorted(&k, p, "1|a|1|a\n1|a|2|b\n2|b|2|b\n");
    kit_fini(&k);
}

/* WITH RECURSIVE r(n) AS (base UNION [ALL] SELECT n + 1 FROM r WHERE n < last) */
static tb_plan *counter(kit *k, const char *base_rows, const char *last, bool all,
                        tb_plan **ref_out)
{
    tb_plan *base = kit_rows(k, "int4", base_rows);
    tb_plan *p = tb_plan_new(k->arena, TB_P_RECURSIVE, base, base);
    tb_colid col = kit_col(k, "int4");
    tb_plan_set_out(k->arena, p, &col, 1);
    tb_plan *ref = cte_ref(k, 5, p, "r"), *step = ref;
    if (last != NULL)
        step =
            kit_filter(k, ref, kit_op(k, "<", kit_ref(k, ref->out[0]), kit_const(k, "int4", last)));
    step =
        kit_project(k, step, 1, kit_op(k, "+", kit_ref(k, ref->out[0]), kit_const(k, "int4", "1")));
    p->in[1] = step;
    p->recursive.id = 5;
    p->recursive.all = all;
    p->recursive.left = base->out;
    p->recursive.right = step->out + 1;
    *ref_out = ref;
    return p;
}

static void test_recursive__counts(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *ref;
    kit_expect(&k, counter(&k, "1", "5", true, &ref), "1\n2\n3\n4\n5\n");
    kit_expect_sorted(&k, counter(&k, "1;3", "4", true, &ref), "1\n3\n2\n4\n3\n4\n");
    kit_expect_sorted(&k, counter(&k, "1;3;3", "4", false, &ref), "1\n3\n2\n4\n");
    /* endless, but nobody asks for more */
    kit_expect(&k, kit_limit(&k, counter(&k, "1", NULL, true, &ref), 4, 0), "1\n2\n3\n4\n");
    kit_fini(&k);
}

/* Children of children over an edge table that is read from a source: it must be opened once. */
static void test_recursive__join_keeps_what_does_not_change(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *ref;
    tb_plan *p = counter(&k, "1", NULL, false, &ref);
    tb_plan *edges = kit_fragment(&k, 6, 4); /* (1,1) (2,2) (3,3) (4,0) (5,1) (6,2) */
    tb_plan *j = kit_join(&k, TB_JOIN_INNER, edges, ref, edges->out[1], ref->out[0]);
    tb_plan *step =
        kit_project(&k, j, 1, kit_call(&k, TB_FN_INT4_INT8, "int4", 1, kit_ref(&k, edges->out[0])));
    p->in[1] = step;
    p->recursive.right = &step->out[step->nout - 1];
    kit_expect_sorted(&k, p, "1\n5\n");
    assert_int_equal(k.max_conns, 1);
    kit_fini(&k);
}

static tb_plan *series_of(kit *k, tb_expr *from, tb_expr *to)
{
    tb_plan *p = kit_series(k, 1);
    tb_expr *args[] = {from, to};
    ((tb_func_item *)p->func.items)->call =
        tb_expr_call(k->arena, TB_FN_GENERATE_SERIES_INT4_INT4, tb_type_of(TB_T_INT4), args, 2, -1);
    tb_colid col = kit_col(k, "int4");
    ((tb_func_item *)p->func.items)->cols = tb_arena_memdup(k->arena, &col, sizeof col);
    tb_plan_set_out(k->arena, p, &col, 1);
    return p;
}

static void test_lateral__series_per_row(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *l = kit_rows(&k, "int4 text", "2,a;0,b;~,c;3,d;3,e");
    tb_plan *r = series_of(&k, kit_const(&k, "int4", "1"), kit_ref(&k, l->out[0]));
    tb_plan *p = kit_loop(&k, TB_JOIN_INNER, l, r, NULL);
    p->join.lateral = true;
    kit_expect(&k, p, "2|a|1\n2|a|2\n3|d|1\n3|d|2\n3|d|3\n3|e|1\n3|e|2\n3|e|3\n");
    p = kit_loop(&k, TB_JOIN_LEFT, l, r,
                 kit_op(&k, ">", kit_ref(&k, r->out[0]), kit_const(&k, "int4", "2")));
    p->join.lateral = true;
    kit_expect(&k, p, "2|a|~\n0|b|~\n~|c|~\n3|d|3\n3|e|3\n");
    /* an aggregate of the row's series, as a scalar subquery */
    tb_plan *agg = kit_agg(&k, r, 0);
    kit_agg_add(&k, agg, TB_FN_SUM_INT4, "int8", 1, r->out[0]);
    p = kit_loop(&k, TB_JOIN_SINGLE, l, agg, NULL);
    p->join.lateral = true;
    kit_expect(&k, p, "2|a|3\n0|b|~\n~|c|~\n3|d|6\n3|e|6\n");
    /* a hash join inside whose build side does not depend on the row */
    tb_plan *names = kit_rows(&k, "int4 text", "1,one;2,two");
    tb_plan *inner = kit_join(&k, TB_JOIN_INNER, r, names, r->out[0], names->out[0]);
    p = kit_loop(&k, TB_JOIN_INNER, l, inner, NULL);
    p->join.lateral = true;
    kit_expect_sorted(
        &k, p, "2|a|1|1|one\n2|a|2|2|two\n3|d|1|1|one\n3|d|2|2|two\n3|e|1|1|one\n3|e|2|2|two\n");
    kit_fini(&k);
}

static void test_lateral__nested_twice(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *l = kit_rows(&k, "int4", "1;2");
    tb_plan *m = series_of(&k, kit_const(&k, "int4", "1"), kit_ref(&k, l->out[0]));
    tb_plan *r = series_of(&k, kit_ref(&k, m->out[0]), kit_ref(&k, l->out[0]));
    tb_plan *inner = kit_loop(&k, TB_JOIN_INNER, m, r, NULL);
    inner->join.lateral = true;
    tb_plan *p = kit_loop(&k, TB_JOIN_INNER, l, inner, NULL);
    p->join.lateral = true;
    kit_expect(&k, p, "1|1|1\n2|1|1\n2|1|2\n2|2|2\n");
    kit_fini(&k);
}

static void test_func__rows_from_and_ordinality(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *p = tb_plan_new(k.arena, TB_P_FUNC, NULL, NULL);
    tb_colid a = kit_col(&k, "int4"), b = kit_col(&k, "text"), c = kit_col(&k, "text"),
             n = kit_col(&k, "int8");
    tb_colid kv[] = {b, c}, out[] = {a, b, c, n};
    tb_func_item items[] = {
        {kit_call(&k, TB_FN_UNNEST, "int4", 1, kit_const(&k, "int4[]", "{7,NULL,9}")), 1, &a},
        {kit_call(&k, TB_FN_JSONB_EACH_TEXT, "record", 1,
                  kit_const(&k, "jsonb", "{\"x\": 1, \"y\": [2]}")),
         2, kv},
    };
    p->func.n = 2;
    p->func.items = items;
    p->func.ordinality = n;
    tb_plan_set_out(k.arena, p, out, 4);
    kit_expect(&k, p, "7|x|1|1\n~|y|[2]|2\n9|~|~|3\n");
    kit_fini(&k);
}

static tb_plan *set_project(kit *k, tb_plan *in, uint32_t n, tb_expr **e)
{
    tb_plan *p = tb_plan_new(k->arena, TB_P_PROJECT_SET, in, NULL);
    tb_assign *items = TB_NEW_ARRAY(k->arena, tb_assign, n);
    tb_colid *out = TB_NEW_ARRAY(k->arena, tb_colid, n);
    for (uint32_t i = 0; i < n; i++)
        items[i] = (tb_assign){out[i] = tb_stmt_add_col(&k->stmt, "s", e[i]->type, true), e[i]};
    tb_plan_set_out(k->arena, p, out, n);
    p->project.n = n;
    p->project.items = items;
    return p;
}

static void test_project_set__side_by_side_and_nested(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "int4", "2;0;1");
    tb_expr *one = kit_const(&k, "int4", "1"), *x = kit_ref(&k, v->out[0]);
    tb_expr *to_x = kit_call(&k, TB_FN_GENERATE_SERIES_INT4_INT4, "int4", 2, one, x);
    tb_expr *to_3 =
        kit_call(&k, TB_FN_GENERATE_SERIES_INT4_INT4, "int4", 2, one, kit_const(&k, "int4", "3"));
    tb_expr *plus = kit_op(&k, "+", to_x, kit_const(&k, "int4", "10"));
    tb_expr *e[] = {x, plus};
    kit_expect(&k, set_project(&k, v, 2, e), "2|11\n2|12\n1|11\n");
    tb_expr *e2[] = {to_x, to_3};
    kit_expect(&k, set_project(&k, v, 2, e2), "1|1\n2|2\n~|3\n~|1\n~|2\n~|3\n1|1\n~|2\n~|3\n");
    /* select generate_series(1,2), generate_series(1, generate_series(1,3)) in PostgreSQL 15 */
    tb_plan *row = tb_plan_new(k.arena, TB_P_ROW, NULL, NULL);
    tb_expr *to_2 =
        kit_call(&k, TB_FN_GENERATE_SERIES_INT4_INT4, "int4", 2, one, kit_const(&k, "int4", "2"));
    tb_expr *nested = kit_call(&k, TB_FN_GENERATE_SERIES_INT4_INT4, "int4", 2, one, to_3);
    tb_expr *e3[] = {to_2, nested};
    kit_expect(&k, set_project(&k, row, 2, e3), "1|1\n2|1\n2|2\n~|1\n~|2\n~|3\n");
    kit_fini(&k);
}

static void check_set(kit *k, tb_fn_id fn, const char *type, const char *rows, uint32_t n, ...)
{
    tb_expr *args[3];
    va_list ap;
    va_start(ap, n);
    for (uint32_t i = 0; i < n; i++) {
        const char *arg_type = va_arg(ap, const char *);
        args[i] = kit_const(k, arg_type, va_arg(ap, const char *));
    }
    va_end(ap);
    tb_expr *e = tb_expr_call(k->arena, fn, kit_type(type), args, n, -1);
    kit_expect(k, set_project(k, tb_plan_new(k->arena, TB_P_ROW, NULL, NULL), 1, &e), rows);
}

static void test_sets__bodies(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    check_set(&k, TB_FN_GENERATE_SERIES_INT4_INT4_INT4, "int4", "5\n3\n1\n", 3, "int4", "5", "int4",
              "1", "int4", "-2");
    check_set(&k, TB_FN_GENERATE_SERIES_INT4_INT4_INT4, "int4", "ERROR 22023\n", 3, "int4", "5",
              "int4", "1", "int4", "0");
    check_set(&k, TB_FN_GENERATE_SERIES_INT4_INT4_INT4, "int4", "2147483646\n", 3, "int4",
              "2147483646", "int4", "2147483647", "int4", "5");
    check_set(&k, TB_FN_GENERATE_SERIES_INT4_INT4, "int4", "", 2, "int4", "5", "int4", NULL);
    check_set(&k, TB_FN_GENERATE_SERIES_NUMERIC_NUMERIC_NUMERIC, "numeric", "1\n1.5\n2.0\n", 3,
              "numeric", "1", "numeric", "2", "numeric", "0.5");
    check_set(&k, TB_FN_GENERATE_SERIES_NUMERIC_NUMERIC, "numeric", "ERROR 22023\n", 2, "numeric",
              "NaN", "numeric", "2");
    check_set(&k, TB_FN_GENERATE_SERIES_TIMESTAMP_TIMESTAMP_INTERVAL, "timestamp",
              "2024-01-31 00:00:00\n2024-02-29 00:00:00\n2024-03-29 00:00:00\n", 3, "timestamp",
              "2024-01-31", "timestamp", "2024-03-30", "interval", "1 mon");
    check_set(&k, TB_FN_GENERATE_SUBSCRIPTS_ANYARRAY_INT4, "int4", "1\n2\n", 2, "int4[]", "{5,6}",
              "int4", "1");
    check_set(&k, TB_FN_JSON_ARRAY_ELEMENTS_TEXT, "text", "1\na\n~\n", 1, "json",
              "[1, \"a\", null]");
    check_set(&k, TB_FN_JSON_ARRAY_ELEMENTS, "json", "ERROR 22023\n", 1, "json", "{}");
    check_set(&k, TB_FN_JSON_OBJECT_KEYS, "text", "b\na\n", 1, "json", "{\"b\":1,\"a\":2}");
    check_set(&k, TB_FN_JSON_EACH, "record", "(b,1)\n(a,\"{\"\"x\"\":2}\")\n", 1, "json",
              "{\"b\":1,\"a\":{\"x\":2}}");
    check_set(&k, TB_FN_STRING_TO_TABLE_TEXT_TEXT, "text", "a\nb\n\n", 2, "text", "a,b,", "text",
              ",");
    check_set(&k, TB_FN_REGEXP_SPLIT_TO_TABLE_TEXT_TEXT, "text", "a\nb\n", 2, "text", "a1b", "text",
              "[0-9]");
    check_set(&k, TB_FN_REGEXP_MATCHES_TEXT_TEXT_TEXT, "text[]", "{1}\n{2}\n", 3, "text", "a1b2",
              "text", "[0-9]", "text", "g");
    check_set(&k, TB_FN_PG_EXPANDARRAY, "record", "(8,1)\n(9,2)\n", 1, "int4[]", "{8,9}");
    kit_fini(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cte__read_twice),
        cmocka_unit_test(test_recursive__counts),
        cmocka_unit_test(test_recursive__join_keeps_what_does_not_change),
        cmocka_unit_test(test_lateral__series_per_row),
        cmocka_unit_test(test_lateral__nested_twice),
        cmocka_unit_test(test_func__rows_from_and_ordinality),
        cmocka_unit_test(test_project_set__side_by_side_and_nested),
        cmocka_unit_test(test_sets__bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
