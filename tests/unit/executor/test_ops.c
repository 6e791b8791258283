/* SPDX-License-Identifier: Apache-2.0
 * Streaming nodes, joins, aggregation, sorting and set operations on small inputs, in every
 * configuration.
 */
#include "plan_kit.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_values__rows_and_nulls(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    kit_expect(&k, kit_rows(&k, "int4 text numeric", "1,a,1.50;2,~,0.1;~,a rather long string,NaN"),
               "1|a|1.50\n2|~|0.1\n~|a rather long string|NaN\n");
    kit_expect(&k, tb_plan_new(k.arena, TB_P_EMPTY, NULL, NULL), "");
    kit_expect(&k, tb_plan_new(k.arena, TB_P_ROW, NULL, NULL), "\n");
    kit_fini(&k);
}

static void test_filter__and_project(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *s = kit_series(&k, 10);
    tb_colid i = s->out[0];
    tb_plan *p = kit_filter(&k, s, kit_op(&k, ">", kit_ref(&k, i), kit_const(&k, "int8", "7")));
    p = kit_project(&k, p, 1, kit_op(&k, "*", kit_ref(&k, i), kit_const(&k, "int8", "2")));
    kit_expect(&k, p, "8|16\n9|18\n10|20\n");
    kit_fini(&k);
}

static void test_case__untaken_branch_does_not_raise(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "int4 int4", "6,2;1,0;~,0;9,3");
    tb_expr *a = kit_ref(&k, v->out[0]), *b = kit_ref(&k, v->out[1]),
            *zero = kit_const(&k, "int4", "0");
    tb_expr *e = tb_expr_new(k.arena, TB_X_CASE, tb_type_of(TB_T_INT4), -1);
    e->case_.n = 1;
    e->case_.when = TB_NEW_ARRAY(k.arena, tb_expr *, 1);
    e->case_.then = TB_NEW_ARRAY(k.arena, tb_expr *, 1);
    e->case_.when[0] = kit_op(&k, "<>", b, zero);
    e->case_.then[0] = kit_op(&k, "/", a, b);
    e->case_.otherwise = kit_const(&k, "int4", "-1");
    tb_expr *safe = kit_and(&k, kit_op(&k, "<>", b, zero),
                            kit_op(&k, "=", kit_op(&k, "/", a, b), kit_const(&k, "int4", "3")));
    kit_expect(&k, kit_project(&k, v, 2, e, safe), "6|2|3|t\n1|0|-1|f\n~|0|-1|f\n9|3|3|t\n");
    kit_expect(&k, kit_project(&k, v, 1, kit_op(&k, "/", a, b)), "ERROR 22012\n");
    kit_fini(&k);
}

static void test_coalesce__nullif__greatest(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "int4 int4", "1,1;~,5;3,~;~,~");
    tb_expr *args[] = {kit_ref(&k, v->out[0]), kit_ref(&k, v->out[1])};
    tb_expr *co = tb_expr_new(k.arena, TB_X_COALESCE, tb_type_of(TB_T_INT4), -1);
    co->list.n = 2;
    co->list.args = args;
    tb_expr *best = tb_expr_new(k.arena, TB_X_GREATEST, tb_type_of(TB_T_INT4), -1);
    best->list = co->list;
    tb_expr *nullif_ = tb_expr_new(k.arena, TB_X_NULLIF, tb_type_of(TB_T_INT4), -1);
    nullif_->nullif_.eq = TB_FN_INT4EQ;
    nullif_->nullif_.left = args[0];
    nullif_->nullif_.right = args[1];
    tb_expr *dist = tb_expr_new(k.arena, TB_X_DISTINCT_FROM, tb_type_of(TB_T_BOOL), -1);
    dist->distinct.eq = TB_FN_INT4EQ;
    dist->distinct.left = args[0];
    dist->distinct.right = args[1];
    kit_expect(&k, kit_project(&k, v, 4, co, best, nullif_, dist),
               "1|1|1|1|~|f\n~|5|5|5|~|t\n3|~|3|3|3|t\n~|~|~|~|~|f\n");
    kit_fini(&k);
}

static void test_logic__three_valued(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "bool bool", "t,t;t,f;t,~;f,f;f,~;~,~;~,t;~,f");
    tb_expr *t[] = {kit_ref(&k, v->out[0]), kit_ref(&k, v->out[1])};
    tb_expr *and = tb_expr_and(k.arena, t, 2), * or = tb_expr_or(k.arena, t, 2),
            *not = tb_expr_not(k.arena, t[0]);
    kit_expect(
        &k, kit_project(&k, v, 3, and, or, not ),
        "t|t|t|t|f\nt|f|f|t|f\nt|~|~|t|f\nf|f|f|f|t\nf|~|f|~|t\n~|~|~|~|~\n~|t|~|t|~\n~|f|f|~|~\n");
    kit_fini(&k);
}

/* ---- joins ---- */

typedef struct sides {
    tb_plan *left, *right;
} sides;

static sides two(kit *k)
{
    return (sides){kit_rows(k, "int4 text", "1,a;2,b;2,c;3,d;~,e"),
                   kit_rows(k, "int4 text", "2,x;2,y;3,z;4,w;~,v")};
}

static void check_join(tb_join_type type, bool loop, bool build_left, const char *rows)
{
    kit k;
    kit_init(&k);
    sides s = two(&k);
    tb_colid l = s.left->out[0], r = s.right->out[0];
    tb_plan *p =
        loop ? kit_loop(&k, type, s.left, s.right, kit_op(&k, "=", kit_ref(&k, l), kit_ref(&k, r)))
             : kit_join(&k, type, s.left, s.right, l, r);
    p->join.build_left = build_left;
    kit_expect_sorted(&k, p, rows);
    kit_fini(&k);
}

#define JOIN_INNER_ROWS "2|b|2|x\n2|b|2|y\n2|c|2|x\n2|c|2|y\n3|d|3|z\n"

static void test_join__all_types(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        bool loop = how == 1, left = how == 2;
        check_join(TB_JOIN_INNER, loop, left, JOIN_INNER_ROWS);
        check_join(TB_JOIN_LEFT, loop, left, JOIN_INNER_ROWS "1|a|~|~\n~|e|~|~\n");
        check_join(TB_JOIN_RIGHT, loop, left, JOIN_INNER_ROWS "~|~|4|w\n~|~|~|v\n");
        check_join(TB_JOIN_FULL, loop, left,
                   JOIN_INNER_ROWS "~|~|4|w\n~|~|~|v\n1|a|~|~\n~|e|~|~\n");
        check_join(TB_JOIN_SEMI, loop, left, "2|b\n2|c\n3|d\n");
        check_join(TB_JOIN_ANTI, loop, left, "1|a\n~|e\n");
        check_join(TB_JOIN_SINGLE, loop, left, "ERROR 21000\n");
    }
}

static void test_join__single(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *l = kit_rows(&k, "int4", "1;2;3"), *r = kit_rows(&k, "int4 text", "2,x;3,y;4,z;4,zz");
    kit_expect_sorted(&k, kit_join(&k, TB_JOIN_SINGLE, l, r, l->out[0], r->out[0]),
                      "1|~|~\n2|2|x\n3|3|y\n");
    kit_fini(&k);
}

static tb_plan *in_join(kit *k, tb_join_type type, tb_plan *l, tb_plan *r)
{
    tb_plan *p = kit_join(k, type, l, r, l->out[0], r->out[0]);
    ((tb_join_key *)p->join.keys)->unknown = true;
    return p;
}

static void test_join__mark_and_not_in(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *l = kit_rows(&k, "int4", "1;2;~");
    tb_plan *plain = kit_rows(&k, "int4", "2;3"), *null = kit_rows(&k, "int4", "2;~"),
            *none = kit_rows(&k, "int4", "");
    kit_expect_sorted(&k, in_join(&k, TB_JOIN_MARK, l, plain), "1|f\n2|t\n~|~\n");
    kit_expect_sorted(&k, in_join(&k, TB_JOIN_MARK, l, null), "1|~\n2|t\n~|~\n");
    kit_expect_sorted(&k, in_join(&k, TB_JOIN_MARK, l, none), "1|f\n2|f\n~|f\n");
    kit_expect_sorted(&k, in_join(&k, TB_JOIN_NULL_ANTI, l, plain), "1\n");
    kit_expect_sorted(&k, in_join(&k, TB_JOIN_NULL_ANTI, l, null), "");
    kit_expect_sorted(&k, in_join(&k, TB_JOIN_NULL_ANTI, l, none), "1\n2\n~\n");
    /* keys are two-valued unless they say otherwise; a residual is three-valued */
    kit_expect_sorted(&k, kit_join(&k, TB_JOIN_MARK, l, null, l->out[0], null->out[0]),
                      "1|f\n2|t\n~|f\n");
    tb_expr *lt = kit_op(&k, "<", kit_ref(&k, l->out[0]), kit_ref(&k, null->out[0]));
    kit_expect_sorted(&k, kit_loop(&k, TB_JOIN_MARK, l, null, lt), "1|t\n2|~\n~|~\n");
    kit_expect_sorted(&k,
                      kit_loop(&k, TB_JOIN_NULL_ANTI, l, plain,
                               kit_op(&k, "<", kit_ref(&k, l->out[0]), kit_ref(&k, plain->out[0]))),
                      "");
    kit_fini(&k);
}

static void test_join__null_safe_residual_and_mixed_types(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    sides s = two(&k);
    tb_plan *p = kit_join(&k, TB_JOIN_INNER, s.left, s.right, s.left->out[0], s.right->out[0]);
    ((tb_join_key *)p->join.keys)->null_safe = true;
    kit_expect_sorted(&k, p, JOIN_INNER_ROWS "~|e|~|v\n");
    /* residual: b < x is true, so only text order decides */
    p = kit_join(&k, TB_JOIN_LEFT, s.left, s.right, s.left->out[0], s.right->out[0]);
    tb_expr *res = kit_op(&k, "=", kit_ref(&k, s.right->out[1]), kit_const(&k, "text", "y"));
    p->join.nresidual = 1;
    p->join.residual = &res;
    kit_expect_sorted(&k, p, "2|b|2|y\n2|c|2|y\n1|a|~|~\n3|d|~|~\n~|e|~|~\n");
    p->join.type = TB_JOIN_SEMI;
    tb_plan_set_out(k.arena, p, s.left->out, s.left->nout);
    kit_expect_sorted(&k, p, "2|b\n2|c\n");
    /* int8 = int4 */
    tb_plan *wide = kit_rows(&k, "int8", "2;3;5000000000");
    kit_expect_sorted(&k, kit_join(&k, TB_JOIN_INNER, wide, s.right, wide->out[0], s.right->out[0]),
                      "2|2|x\n2|2|y\n3|3|z\n");
    tb_plan *num = kit_rows(&k, "numeric", "2.0;2;3.00;4.5"),
            *num2 = kit_rows(&k, "numeric", "2.000;3");
    kit_expect_sorted(&k, kit_join(&k, TB_JOIN_INNER, num, num2, num->out[0], num2->out[0]),
                      "2.0|2.000\n2|2.000\n3.00|3\n");
    kit_fini(&k);
}

static void test_join__cross(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *a = kit_rows(&k, "int4", "1;2"), *b = kit_rows(&k, "text", "x;y;z");
    kit_expect_sorted(&k, kit_loop(&k, TB_JOIN_INNER, a, b, NULL),
                      "1|x\n1|y\n1|z\n2|x\n2|y\n2|z\n");
    tb_plan *none = kit_rows(&k, "text", "");
    kit_expect_sorted(&k, kit_loop(&k, TB_JOIN_LEFT, a, none, NULL), "1|~\n2|~\n");
    kit_expect_sorted(&k, kit_loop(&k, TB_JOIN_INNER, a, none, NULL), "");
    kit_fini(&k);
}

/* ---- aggregation ---- */

static void test_agg__groups(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "text int4", "a,1;b,2;a,3;~,4;b,~;~,5");
    tb_plan *p = kit_agg(&k, v, 1, v->out[0]);
    kit_agg_add(&k, p, TB_FN_COUNT_STAR, "int8", 0);
    kit_agg_add(&k, p, TB_FN_COUNT_ANY, "int8", 1, v->out[1]);
    kit_agg_add(&k, p, TB_FN_SUM_INT4, "int8", 1, v->out[1]);
    kit_agg_add(&k, p, TB_FN_AVG_INT4, "numeric", 1, v->out[1]);
    kit_agg_add(&k, p, TB_FN_MIN_INT4, "int4", 1, v->out[1]);
    kit_agg_add(&k, p, TB_FN_MAX_INT4, "int4", 1, v->out[1]);
    kit_expect(&k, p,
               "a|2|2|4|2.0000000000000000|1|3\nb|2|1|2|2.0000000000000000|2|2\n~|2|2|9|4."
               "5000000000000000|4|5\n");
    kit_fini(&k);
}

static void test_agg__no_keys_and_empty(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "int4", "");
    tb_plan *p = kit_agg(&k, v, 0);
    kit_agg_add(&k, p, TB_FN_COUNT_STAR, "int8", 0);
    kit_agg_add(&k, p, TB_FN_SUM_INT4, "int8", 1, v->out[0]);
    kit_expect(&k, p, "0|~\n");
    kit_expect(&k, kit_agg(&k, v, 1, v->out[0]), "");
    kit_fini(&k);
}

static void test_agg__distinct_filter_order(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "text int4 bool text", "a,3,t,c;a,1,t,a;a,3,f,b;b,2,f,z;a,~,t,d");
    tb_colid delim_col;
    tb_plan *d = kit_project(&k, v, 1, kit_const(&k, "text", ","));
    delim_col = d->out[4];
    tb_plan *p = kit_agg(&k, d, 1, d->out[0]);
    tb_agg *a = kit_agg_add(&k, p, TB_FN_COUNT_ANY, "int8", 1, d->out[1]);
    a->distinct = true;
    a = kit_agg_add(&k, p, TB_FN_SUM_INT4, "int8", 1, d->out[1]);
    a->filter = d->out[2];
    a = kit_agg_add(&k, p, TB_FN_STRING_AGG_TEXT_TEXT, "text", 2, d->out[3], delim_col);
    tb_sort_key key = {.col = d->out[3], .desc = true};
    a->norder = 1;
    a->order = &key;
    a = kit_agg_add(&k, p, TB_FN_ARRAY_AGG_ANYNONARRAY, "int4[]", 1, d->out[1]);
    kit_expect(&k, p, "a|2|4|d,c,b,a|{3,1,3,NULL}\nb|1|~|z|{2}\n");
    kit_fini(&k);
}

static void test_agg__grouping_sets(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "text int4 int4", "a,1,10;a,2,20;b,1,30");
    tb_plan *p = kit_agg(&k, v, 2, v->out[0], v->out[1]);
    kit_agg_add(&k, p, TB_FN_SUM_INT4, "int8", 1, v->out[2]);
    static const uint64_t sets[] = {3, 1, 0};
    p->agg.nsets = 3;
    p->agg.sets = sets;
    p->agg.grouping = kit_col(&k, "int8");
    tb_colid out[] = {p->out[0], p->out[1], p->out[2], p->agg.grouping};
    tb_plan_set_out(k.arena, p, out, 4);
    kit_expect(&k, p, "a|1|10|0\na|2|20|0\nb|1|30|0\na|~|30|2\nb|~|30|2\n~|~|60|3\n");
    v->values.nrows = 0;
    kit_expect(&k, p, "~|~|~|3\n");
    kit_fini(&k);
}

static void test_agg__statistics(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v =
        kit_rows(&k, "int4 numeric float8 float8", "1,1.5,1,2;2,2.5,2,4;4,10.25,4,9;~,~,~,1");
    tb_plan *p = kit_agg(&k, v, 0);
    kit_agg_add(&k, p, TB_FN_VAR_SAMP_INT4, "numeric", 1, v->out[0]);
    kit_agg_add(&k, p, TB_FN_STDDEV_POP_NUMERIC, "numeric", 1, v->out[1]);
    kit_agg_add(&k, p, TB_FN_STDDEV_SAMP_FLOAT8, "float8", 1, v->out[2]);
    kit_agg_add(&k, p, TB_FN_CORR, "float8", 2, v->out[3], v->out[2]);
    kit_agg_add(&k, p, TB_FN_REGR_SLOPE, "float8", 2, v->out[3], v->out[2]);
    kit_agg_add(&k, p, TB_FN_SUM_NUMERIC, "numeric", 1, v->out[1]);
    kit_agg_add(&k, p, TB_FN_AVG_NUMERIC, "numeric", 1, v->out[1]);
    /* select var_samp(i), stddev_pop(n), stddev_samp(f), corr(g, f), regr_slope(g, f), sum(n),
     * avg(n) in PostgreSQL 15 */
    kit_expect(&k, p,
               "2.3333333333333333|3.9104560688833555|1.5275252316519468|0.9986254289035241|2."
               "3571428571428577|14.25|4.7500000000000000\n");
    kit_fini(&k);
}

static void test_agg__ordered_sets(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "float8", "3;1;2;10;~;2");
    tb_plan *d = kit_project(&k, v, 2, kit_const(&k, "float8", "0.5"),
                             kit_const(&k, "float8[]", "{0.25,NULL,1}"));
    tb_plan *p = kit_agg(&k, d, 0);
    tb_sort_key key = {.col = d->out[0]};
    const tb_fn_id fns[] = {TB_FN_PERCENTILE_CONT_FLOAT8_FLOAT8,
                            TB_FN_PERCENTILE_DISC_FLOAT8_ANYELEMENT,
                            TB_FN_PERCENTILE_CONT_FLOAT8ARRAY_FLOAT8, TB_FN_MODE};
    for (int i = 0; i < 4; i++) {
        tb_agg *a = kit_agg_add(&k, p, fns[i], i == 2 ? "float8[]" : "float8", 1, d->out[0]);
        a->norder = 1;
        a->order = &key;
        a->ndirect = i < 3;
        a->direct = &d->out[i == 2 ? 2 : 1];
    }
    kit_expect(&k, p, "2|2|{2,NULL,10}|2\n");
    kit_fini(&k);
}

/* ---- sorting, limits, sets ---- */

static void test_sort__keys(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "int4 text",
                          "2,b;1,z;~,a;2,a;1,~;3,a very long text with a common prefix 2;3,a very "
                          "long text with a common prefix 1");
    kit_expect(&k, kit_sort(&k, v, "++", v->out[0], v->out[1]),
               "1|z\n1|~\n2|a\n2|b\n3|a very long text with a common prefix 1\n3|a very long text "
               "with a common prefix 2\n~|a\n");
    kit_expect(&k, kit_sort(&k, v, "-+", v->out[0], v->out[1]),
               "~|a\n3|a very long text with a common prefix 1\n3|a very long text with a common "
               "prefix 2\n2|a\n2|b\n1|z\n1|~\n");
    tb_plan *n =
        kit_rows(&k, "numeric float8 bool date",
                 "1.5,1,t,2020-01-01;-3,NaN,f,infinity;NaN,-0,t,1999-12-31;1.50,0,~,-infinity");
    kit_expect(&k, kit_sort(&k, n, "+", n->out[0]),
               "-3|NaN|f|infinity\n1.5|1|t|2020-01-01\n1.50|0|~|-infinity\nNaN|-0|t|1999-12-31\n");
    kit_expect(&k, kit_sort(&k, n, "-", n->out[1]),
               "-3|NaN|f|infinity\n1.5|1|t|2020-01-01\nNaN|-0|t|1999-12-31\n1.50|0|~|-infinity\n");
    kit_expect(&k, kit_sort(&k, n, "+", n->out[3]),
               "1.50|0|~|-infinity\nNaN|-0|t|1999-12-31\n1.5|1|t|2020-01-01\n-3|NaN|f|infinity\n");
    kit_fini(&k);
}

static void test_limit__offset_and_ties(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *s = kit_series(&k, 10000);
    kit_expect(&k, kit_limit(&k, s, 3, 4000), "4001\n4002\n4003\n");
    kit_expect(&k, kit_limit(&k, s, 0, 0), "");
    kit_expect(&k, kit_limit(&k, s, -1, 9999), "10000\n");
    kit_expect(&k, kit_limit(&k, kit_sort(&k, s, "-", s->out[0]), 2, 1), "9999\n9998\n");
    tb_plan *v = kit_rows(&k, "int4 text", "1,a;2,b;2,c;2,d;3,e");
    tb_plan *p = kit_limit(&k, kit_sort(&k, v, "+", v->out[0]), 2, 0);
    tb_sort_key key = {.col = v->out[0]};
    p->limit.with_ties = true;
    p->limit.nties = 1;
    p->limit.ties = &key;
    kit_expect(&k, p, "1|a\n2|b\n2|c\n2|d\n");
    kit_fini(&k);
}

static void test_setop__all_six(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *a = kit_rows(&k, "int4 text", "1,x;1,x;1,x;2,~;2,~;3,y"),
            *b = kit_rows(&k, "int4 text", "1,x;2,~;2,~;2,~;4,z");
    kit_expect_sorted(&k, kit_setop(&k, TB_SETOP_UNION, true, a, b),
                      "1|x\n1|x\n1|x\n2|~\n2|~\n3|y\n1|x\n2|~\n2|~\n2|~\n4|z\n");
    kit_expect(&k, kit_setop(&k, TB_SETOP_UNION, false, a, b), "1|x\n2|~\n3|y\n4|z\n");
    kit_expect(&k, kit_setop(&k, TB_SETOP_INTERSECT, false, a, b), "1|x\n2|~\n");
    kit_expect(&k, kit_setop(&k, TB_SETOP_INTERSECT, true, a, b), "1|x\n2|~\n2|~\n");
    kit_expect(&k, kit_setop(&k, TB_SETOP_EXCEPT, false, a, b), "3|y\n");
    kit_expect(&k, kit_setop(&k, TB_SETOP_EXCEPT, true, a, b), "1|x\n1|x\n3|y\n");
    kit_fini(&k);
}

static void test_distinct_on(void **state)
{
    (void)state;
    kit k;
    kit_init(&k);
    tb_plan *v = kit_rows(&k, "int4 text", "1,a;1,b;2,c;~,d;~,e");
    tb_plan *p = tb_plan_new(k.arena, TB_P_DISTINCT_ON, v, NULL);
    tb_plan_set_out(k.arena, p, v->out, v->nout);
    p->distinct_on.n = 1;
    p->distinct_on.keys = v->out;
    kit_expect(&k, p, "1|a\n2|c\n~|d\n");
    kit_fini(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values__rows_and_nulls),
        cmocka_unit_test(test_filter__and_project),
        cmocka_unit_test(test_case__untaken_branch_does_not_raise),
        cmocka_unit_test(test_coalesce__nullif__greatest),
        cmocka_unit_test(test_logic__three_valued),
        cmocka_unit_test(test_join__all_types),
        cmocka_unit_test(test_join__single),
        cmocka_unit_test(test_join__mark_and_not_in),
        cmocka_unit_test(test_join__null_safe_residual_and_mixed_types),
        cmocka_unit_test(test_join__cross),
        cmocka_unit_test(test_agg__groups),
        cmocka_unit_test(test_agg__no_keys_and_empty),
        cmocka_unit_test(test_agg__distinct_filter_order),
        cmocka_unit_test(test_agg__grouping_sets),
        cmocka_unit_test(test_agg__statistics),
        cmocka_unit_test(test_agg__ordered_sets),
        cmocka_unit_test(test_sort__keys),
        cmocka_unit_test(test_limit__offset_and_ties),
        cmocka_unit_test(test_setop__all_six),
        cmocka_unit_test(test_distinct_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
