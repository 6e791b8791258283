/* SPDX-License-Identifier: Apache-2.0
 * The deparser on plans built by hand: one table `person`, its shapes of fragment, three dialects.
 */
#include "connectors/deparse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct fixture {
    tb_arena *arena;
    tb_dialects *dialects;
    tb_stmt stmt;
    tb_schema schema;
    tb_server server;
    tb_column cols[5];
    tb_relation rel;
    tb_colid id[5];
} fixture;

enum { ID, NAME, AGE, BORN, SCORE };

static int setup(void **state)
{
    fixture *f = tb_xcalloc(1, sizeof *f);
    tb_error err = {.position = -1};
    f->arena = tb_arena_create(0);
    assert_int_equal(tb_dialects_load(NULL, &f->dialects, &err), TB_OK);
    f->stmt.arena = f->arena;
    f->schema.name = "police";
    f->server = (tb_server){.name = "police_db", .driver = "sqlite", .dialect = "sqlite"};
    f->cols[ID] = (tb_column){.name = "id", .type = {TB_T_TEXT, -1}};
    f->cols[NAME] =
        (tb_column){.name = "name", .type = {TB_T_TEXT, -1}, .remote_name = "full\"name"};
    f->cols[AGE] = (tb_column){.name = "age", .type = {TB_T_INT4, -1}};
    f->cols[BORN] = (tb_column){.name = "born", .type = {TB_T_DATE, -1}};
    f->cols[SCORE] = (tb_column){.name = "score", .type = {TB_T_FLOAT8, -1}};
    f->rel = (tb_relation){.kind = TB_REL_FOREIGN,
                           .schema = &f->schema,
                           .name = "person",
                           .server = &f->server,
                           .ncols = 5,
                           .cols = f->cols,
                           .remote_name = "person"};
    for (int i = 0; i < 5; i++)
        f->id[i] = tb_stmt_add_col(&f->stmt, f->cols[i].name, f->cols[i].type, true);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    tb_dialects_destroy(f->dialects);
    tb_arena_destroy(f->arena);
    free(f);
    return 0;
}

static tb_plan *scan(fixture *f, const int *which, uint32_t n)
{
    tb_plan *p = tb_plan_new(f->arena, TB_P_SCAN, NULL, NULL);
    uint16_t *attno = TB_NEW_ARRAY(f->arena, uint16_t, n);
    tb_colid *out = TB_NEW_ARRAY(f->arena, tb_colid, n);
    for (uint32_t i = 0; i < n; i++) {
        attno[i] = (uint16_t)which[i];
        out[i] = f->id[which[i]];
    }
    p->scan.rel = &f->rel;
    p->scan.attno = attno;
    tb_plan_set_out(f->arena, p, out, n);
    return p;
}

static tb_expr *col(fixture *f, int which)
{
    return tb_expr_col(f->arena, f->id[which], f->cols[which].type);
}

static tb_expr *text(fixture *f, const char *s)
{
    return tb_expr_const(f->arena, tb_type_of(TB_T_TEXT), tb_value_cstr(s));
}

static tb_expr *int4(fixture *f, int32_t v)
{
    return tb_expr_const(f->arena, tb_type_of(TB_T_INT4), tb_value_int4(v));
}

static tb_expr *call(fixture *f, tb_fn_id fn, tb_expr *a, tb_expr *b)
{
    return tb_expr_call2(f->arena, fn, tb_type_of(tb_fn_get(fn)->ret), a, b);
}

static tb_plan *filter(fixture *f, tb_plan *in, tb_expr *e)
{
    tb_plan *p = tb_plan_new(f->arena, TB_P_FILTER, in, NULL);
    tb_plan_set_out(f->arena, p, in->out, in->nout);
    p->filter.n = 1;
    p->filter.conjuncts = tb_arena_memdup(f->arena, &e, sizeof e);
    return p;
}

static tb_deparsed deparse(fixture *f, const tb_plan *p, const char *dialect)
{
    tb_error err = {.position = -1};
    tb_deparsed d;
    if (tb_deparse(&f->stmt, p, tb_dialect_find(f->dialects, dialect), &d, &err) != TB_OK)
        fail_msg("%s", err.message);
    return d;
}

/* The text of an expression in the WHERE clause. */
static void assert_where(fixture *f, const char *dialect, tb_expr *e, const char *expected)
{
    const int all[] = {ID, NAME, AGE, BORN, SCORE};
    tb_why why;
    assert_int_equal(tb_shippable(tb_dialect_find(f->dialects, dialect), e, &why),
                     TB_VERDICT_EXACT);
    tb_plan *p = filter(f, scan(f, all, 5), e);
    p->nout = 0;
    tb_deparsed d = deparse(f, p, dialect);
    const char *where = strstr(d.sql, " WHERE ");
    assert_non_null(where);
    assert_string_equal(where + 7, expected);
}

static void assert_never(fixture *f, const char *dialect, tb_expr *e, tb_push_reason reason)
{
    tb_why why;
    assert_int_equal(tb_shippable(tb_dialect_find(f->dialects, dialect), e, &why),
                     TB_VERDICT_NEVER);
    assert_int_equal(why.reason, reason);
}

static void test_deparse__scan(void **state)
{
    fixture *f = *state;
    const int which[] = {AGE, NAME};
    tb_deparsed d = deparse(f, scan(f, which, 2), "sqlite");
    assert_string_equal(d.sql, "SELECT t1.\"age\", t1.\"full\"\"name\" FROM \"person\" AS t1");
    assert_int_equal(d.nbinds, 0);
    assert_int_equal(d.range_at, strlen(d.sql));
    assert_string_equal(d.range_text, " WHERE t1.rowid >= ?1 AND t1.rowid < ?2");
    f->rel.remote_schema = "public";
    d = deparse(f, scan(f, which, 1), "postgresql");
    assert_string_equal(d.sql, "SELECT t1.\"age\" FROM \"public\".\"person\" AS t1");
    assert_null(d.range_text);
}

/* Where the source does not keep declared decimals or padding: wrapped in expressions, not when
 * only passed on. */
static void test_deparse__columns_without_their_form(void **state)
{
    fixture *f = *state;
    const int which[] = {SCORE, NAME};
    f->cols[SCORE].type = (tb_type){TB_T_NUMERIC, tb_typmod_make_numeric(6, 2)};
    f->cols[NAME].type = (tb_type){TB_T_BPCHAR, 4 + 4};
    tb_expr *e = call(f, TB_FN_NUMERIC_GT, col(f, SCORE), col(f, SCORE));
    tb_deparsed d = deparse(f, filter(f, scan(f, which, 2), e), "sqlite");
    assert_string_equal(
        d.sql, "SELECT t1.\"score\", t1.\"full\"\"name\" FROM \"person\" AS t1 WHERE tb_numeric_gt("
               "tb_column(t1.\"score\", 1700, 393222), tb_column(t1.\"score\", 1700, 393222))");
    f->cols[SCORE].remote_type = "numeric_text(6,2)";
    d = deparse(f, filter(f, scan(f, which, 2), e), "sqlite");
    assert_non_null(strstr(d.sql, "WHERE tb_numeric_gt(t1.\"score\", t1.\"score\")"));
    tb_plan *b = tb_plan_new(f->arena, TB_P_BARRIER, scan(f, which, 2), NULL);
    tb_plan_set_out(f->arena, b, b->in[0]->out, 2);
    d = deparse(f, b, "sqlite");
    assert_non_null(strstr(d.sql, "tb_column(t2.\"full\"\"name\", 1042, 8) AS \"c2\""));
    d = deparse(f, filter(f, scan(f, which, 2), e), "postgresql");
    assert_null(strstr(d.sql, "tb_column"));
}

static void test_deparse__no_columns_and_query_id(void **state)
{
    fixture *f = *state;
    strcpy(f->stmt.query_id, "0123456789abcdef0123456789abcdef");
    tb_deparsed d = deparse(f, scan(f, NULL, 0), "sqlite");
    assert_string_equal(
        d.sql,
        "/* tombolo qid=0123456789abcdef0123456789abcdef */ SELECT NULL FROM \"person\" AS t1");
}

static void test_deparse__filter_binds_constants(void **state)
{
    fixture *f = *state;
    const int which[] = {ID, AGE};
    tb_plan *p =
        filter(f, scan(f, which, 2), call(f, TB_FN_TEXTEQ, col(f, ID), text(f, "' OR 1=1 --")));
    p = filter(f, p, call(f, TB_FN_INT4GT, col(f, AGE), int4(f, 18)));
    tb_deparsed d = deparse(f, p, "sqlite");
    assert_string_equal(d.sql, "SELECT t1.\"id\", t1.\"age\" FROM \"person\" AS t1 WHERE "
                               "(t1.\"id\" = ?1 COLLATE BINARY) AND "
                               "(t1.\"age\" > ?2)");
    assert_int_equal(d.nbinds, 2);
    assert_int_equal(d.binds[1]->constant.d.i32, 18);
    assert_string_equal(d.range_text, "t1.rowid >= ?3 AND t1.rowid < ?4 AND ");
    assert_int_equal(strncmp(d.sql + d.range_at, "(t1.\"id\"", 8), 0);
    d = deparse(f, p, "postgresql");
    assert_non_null(
        strstr(d.sql, "(t1.\"id\" = $1::text COLLATE \"C\") AND (t1.\"age\" > $2::integer)"));
}

static void test_deparse__fence(void **state)
{
    fixture *f = *state;
    const int which[] = {ID, NAME, AGE};
    tb_plan *below = filter(f, scan(f, which, 3), call(f, TB_FN_INT4GE, col(f, AGE), int4(f, 18)));
    tb_colid masked = tb_stmt_add_col(&f->stmt, "name", tb_type_of(TB_T_TEXT), true);
    tb_colid plain = tb_stmt_add_col(&f->stmt, "age", tb_type_of(TB_T_INT4), true);
    tb_expr *args[] = {col(f, NAME), int4(f, 1), text(f, "*"), int4(f, 0)};
    tb_assign items[] = {
        {masked, tb_expr_call(f->arena, TB_FN_MASK_PARTIAL, tb_type_of(TB_T_TEXT), args, 4, -1)},
        {plain, col(f, AGE)},
    };
    tb_plan *project = tb_plan_new(f->arena, TB_P_PROJECT, below, NULL);
    project->project.n = 2;
    project->project.items = items;
    const tb_colid out[] = {masked, plain};
    tb_plan_set_out(f->arena, project, out, 2);
    tb_plan *barrier = tb_plan_new(f->arena, TB_P_BARRIER, project, NULL);
    tb_plan_set_out(f->arena, barrier, out, 2);
    tb_plan *top = filter(
        f, barrier,
        call(f, TB_FN_TEXTNE, tb_expr_col(f->arena, masked, tb_type_of(TB_T_TEXT)), text(f, "x")));
    const tb_colid only[] = {plain};
    tb_plan_set_out(f->arena, top, only, 1);
    tb_deparsed d = deparse(f, top, "sqlite");
    assert_string_equal(d.sql, "SELECT t1.\"c2\" FROM (SELECT tb_mask_partial(t2.\"full\"\"name\", "
                               "?1, ?2, ?3) AS \"c1\", t2.\"age\" AS "
                               "\"c2\" FROM \"person\" AS t2 WHERE (t2.\"age\" >= ?4) LIMIT -1) AS "
                               "t1 WHERE (t1.\"c1\" <> ?5 COLLATE "
                               "BINARY)");
    assert_string_equal(d.range_text, "t2.rowid >= ?6 AND t2.rowid < ?7 AND ");
}

static void test_deparse__top_n(void **state)
{
    fixture *f = *state;
    const int which[] = {ID, AGE};
    tb_plan *in = scan(f, which, 2);
    const tb_sort_key keys[] = {{f->id[ID], true, true}, {f->id[AGE], false, false}};
    tb_plan *sort = tb_plan_new(f->arena, TB_P_SORT, in, NULL);
    tb_plan_set_out(f->arena, sort, in->out, 2);
    sort->sort.n = 2;
    sort->sort.keys = keys;
    tb_plan *limit = tb_plan_new(f->arena, TB_P_LIMIT, sort, NULL);
    tb_plan_set_out(f->arena, limit, in->out, 1);
    limit->limit.count = tb_expr_const(f->arena, tb_type_of(TB_T_INT8), tb_value_int8(10));
    tb_deparsed d = deparse(f, limit, "sqlite");
    assert_string_equal(d.sql, "SELECT t1.\"id\" FROM \"person\" AS t1 ORDER BY t1.\"id\" COLLATE "
                               "BINARY DESC NULLS FIRST, "
                               "t1.\"age\" NULLS LAST LIMIT ?1");
    assert_null(d.range_text);
}

static void test_shippable__functions(void **state)
{
    fixture *f = *state;
    tb_expr *date = tb_expr_const(f->arena, tb_type_of(TB_T_DATE), tb_value_int4(9000));
    assert_where(f, "sqlite", call(f, TB_FN_DATE_LT, col(f, BORN), date),
                 "tb_date_lt(t1.\"born\", ?1)");
    assert_where(f, "postgresql", call(f, TB_FN_DATE_LT, col(f, BORN), date),
                 "(t1.\"born\" < $1::date)");
    assert_never(f, "ansi", call(f, TB_FN_TEXTEQ, col(f, ID), text(f, "x")), TB_WHY_TYPE);
    assert_where(f, "sqlite",
                 call(f, TB_FN_TEXTEQ,
                      tb_expr_call1(f->arena, TB_FN_NORM_ID, tb_type_of(TB_T_TEXT), col(f, ID)),
                      text(f, "x")),
                 "(tb_norm_id(t1.\"id\") = ?1 COLLATE BINARY)");
    assert_never(f, "postgresql",
                 call(f, TB_FN_TEXTEQ,
                      tb_expr_call1(f->arena, TB_FN_NORM_ID, tb_type_of(TB_T_TEXT), col(f, ID)),
                      text(f, "x")),
                 TB_WHY_NOT_LISTED);
    /* arithmetic that overflows differently there goes through our own function */
    assert_where(f, "sqlite",
                 call(f, TB_FN_INT4GT, call(f, TB_FN_INT4PL, col(f, AGE), int4(f, 1)), int4(f, 3)),
                 "(tb_int4pl(t1.\"age\", ?1) > ?2)");
}

static void test_shippable__constructs(void **state)
{
    fixture *f = *state;
    tb_expr *adult = call(f, TB_FN_INT4GE, col(f, AGE), int4(f, 18));
    tb_expr *li = call(f, TB_FN_TEXTEQ, col(f, NAME), text(f, "li"));
    tb_expr *both[] = {adult, li};
    assert_where(f, "sqlite", tb_expr_or(f->arena, both, 2),
                 "((t1.\"age\" >= ?1) OR (t1.\"full\"\"name\" = ?2 COLLATE BINARY))");
    assert_where(f, "sqlite", tb_expr_not(f->arena, adult), "(NOT (t1.\"age\" >= ?1))");
    tb_expr *test = tb_expr_new(f->arena, TB_X_TEST, tb_type_of(TB_T_BOOL), -1);
    test->test.test = TB_IS_NOT_TRUE;
    test->test.arg = adult;
    assert_where(f, "sqlite", test, "((t1.\"age\" >= ?1) IS NOT TRUE)");
    tb_expr *distinct = tb_expr_new(f->arena, TB_X_DISTINCT_FROM, tb_type_of(TB_T_BOOL), -1);
    distinct->distinct.eq = TB_FN_TEXTEQ;
    distinct->distinct.left = col(f, ID);
    distinct->distinct.right = tb_expr_null(f->arena, tb_type_of(TB_T_TEXT));
    assert_where(f, "sqlite", distinct, "(t1.\"id\" COLLATE BINARY IS NOT NULL)");
    tb_expr *coalesce = tb_expr_new(f->arena, TB_X_COALESCE, tb_type_of(TB_T_TEXT), -1);
    tb_expr *names[] = {col(f, NAME), col(f, ID)};
    coalesce->list.n = 2;
    coalesce->list.args = names;
    assert_where(f, "sqlite", call(f, TB_FN_TEXTEQ, coalesce, text(f, "li")),
                 "(coalesce(t1.\"full\"\"name\", t1.\"id\") = ?1 COLLATE BINARY)");
    tb_expr *case_ = tb_expr_new(f->arena, TB_X_CASE, tb_type_of(TB_T_BOOL), -1);
    case_->case_.n = 1;
    case_->case_.when = &adult;
    case_->case_.then = &li;
    assert_where(f, "sqlite", case_,
                 "CASE WHEN (t1.\"age\" >= ?1) THEN (t1.\"full\"\"name\" = ?2 COLLATE BINARY) END");
}

static void test_shippable__lists(void **state)
{
    fixture *f = *state;
    tb_expr *ages[] = {int4(f, 1), int4(f, 2), tb_expr_null(f->arena, tb_type_of(TB_T_INT4))};
    tb_expr *array = tb_expr_new(f->arena, TB_X_ARRAY, tb_type_of(tb_type_array_of(TB_T_INT4)), -1);
    array->list.n = 3;
    array->list.args = ages;
    tb_expr *in = tb_expr_new(f->arena, TB_X_ARRAY_OP, tb_type_of(TB_T_BOOL), -1);
    in->array_op.fn = TB_FN_INT4EQ;
    in->array_op.left = col(f, AGE);
    in->array_op.array = array;
    assert_where(f, "sqlite", in, "(t1.\"age\" IN (?1, ?2, NULL))");
    in->array_op.fn = TB_FN_INT4NE;
    in->array_op.all = true;
    assert_where(f, "sqlite", in, "(t1.\"age\" NOT IN (?1, ?2, NULL))");
    in->array_op.fn = TB_FN_INT4LT;
    assert_where(f, "sqlite", in,
                 "((t1.\"age\" < ?1) AND ((t1.\"age\" < ?2) AND (t1.\"age\" < NULL)))");
    tb_expr *param = tb_expr_new(f->arena, TB_X_PARAM, array->type, -1);
    in->array_op.array = param;
    assert_never(f, "sqlite", in, TB_WHY_TYPE);
}

/* AND in OR in AND ...: sources limit the depth of what they read. */
static void test_shippable__depth(void **state)
{
    fixture *f = *state;
    tb_why why;
    tb_expr *e = call(f, TB_FN_INT4GE, col(f, AGE), int4(f, 18));
    for (int level = 2; level <= 40; level++) {
        tb_expr *both[] = {call(f, TB_FN_INT4GE, col(f, AGE), int4(f, level)), e};
        e = level % 2 ? tb_expr_and(f->arena, both, 2) : tb_expr_or(f->arena, both, 2);
        if (level == 12)
            assert_int_equal(tb_shippable(tb_dialect_find(f->dialects, "sqlite"), e, &why),
                             TB_VERDICT_EXACT);
    }
    assert_never(f, "sqlite", e, TB_WHY_DEPTH);
}

static void test_shippable__values_without_a_form(void **state)
{
    fixture *f = *state;
    tb_type float8 = tb_type_of(TB_T_FLOAT8);
    tb_value v = {.d.f64 = 0.5};
    assert_where(f, "sqlite",
                 call(f, TB_FN_FLOAT8LT, col(f, SCORE), tb_expr_const(f->arena, float8, v)),
                 "(CASE typeof(t1.\"score\") WHEN 'text' THEN tb_column(t1.\"score\", 701, -1) "
                 "ELSE t1.\"score\" END < ?1)");
    v.d.f64 = NAN;
    assert_never(f, "sqlite",
                 call(f, TB_FN_FLOAT8LT, col(f, SCORE), tb_expr_const(f->arena, float8, v)),
                 TB_WHY_TYPE);
    assert_never(
        f, "sqlite",
        call(f, TB_FN_FLOAT8LT, col(f, SCORE), tb_expr_new(f->arena, TB_X_PARAM, float8, -1)),
        TB_WHY_TYPE);
}

static void test_deparse__refuses_what_is_not_for_a_source(void **state)
{
    fixture *f = *state;
    const int which[] = {ID};
    tb_error err = {.position = -1};
    tb_deparsed d;
    tb_plan *agg = tb_plan_new(f->arena, TB_P_AGG, scan(f, which, 1), NULL);
    assert_int_equal(tb_deparse(&f->stmt, agg, tb_dialect_find(f->dialects, "sqlite"), &d, &err),
                     TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "XX000");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_deparse__scan),
        T(test_deparse__columns_without_their_form),
        T(test_deparse__no_columns_and_query_id),
        T(test_deparse__filter_binds_constants),
        T(test_deparse__fence),
        T(test_deparse__top_n),
        T(test_shippable__functions),
        T(test_shippable__constructs),
        T(test_shippable__lists),
        T(test_shippable__depth),
        T(test_shippable__values_without_a_form),
        T(test_deparse__refuses_what_is_not_for_a_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
