/* SPDX-License-Identifier: Apache-2.0
 * What the binder decides by itself: visibility and privileges, views, parameters, limits, policy
 * bodies. Names and types of results are compared with PostgreSQL in test_bind_types.c.
 */
#include "tests/unit/planner/bind_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static tb_catalog *cat;

static int setup(void **state)
{
    (void)state;
    cat = bind_fixture_catalog();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tb_catalog_unref(cat);
    return 0;
}

/* The statement binds and has these columns. */
static void binds(const char *role, const char *sql, const char *columns)
{
    bound b;
    bind_as(&b, cat, role, sql, NULL, 0);
    if (b.plan == NULL)
        fail_msg("%s: %s %s", sql, tb_sqlstate(b.err.code), b.err.message);
    tb_buf out;
    tb_buf_init(&out, 10000);
    bound_describe(&b, &out);
    assert_string_equal(tb_buf_cstr(&out), columns);
    tb_buf_fini(&out);
    bound_fini(&b);
}

/* It fails with the SQLSTATE, the message and the position where `at` stands in the text (NULL =
 * none). */
static void fails(const char *role, const char *sql, const char *sqlstate, const char *message,
                  const char *at)
{
    bound b;
    bind_as(&b, cat, role, sql, NULL, 0);
    assert_null(b.plan);
    assert_string_equal(b.err.message, message);
    assert_string_equal(tb_sqlstate(b.err.code), sqlstate);
    assert_int_equal(b.err.position, at == NULL ? -1 : (int)(strstr(sql, at) - sql));
    bound_fini(&b);
}

/* The statement binds and its plan prints so. */
static void plans(const char *role, const char *sql, const char *want)
{
    bound b;
    bind_as(&b, cat, role, sql, NULL, 0);
    if (b.plan == NULL)
        fail_msg("%s: %s %s", sql, tb_sqlstate(b.err.code), b.err.message);
    tb_buf out;
    tb_buf_init(&out, 100000);
    tb_show_plan(&out, &b.stmt, b.plan, NULL);
    assert_string_equal(tb_buf_cstr(&out), want);
    tb_buf_fini(&out);
    bound_fini(&b);
}

/* ---- visibility and privileges ---- */

static void test_relation__invisible_does_not_exist(void **state)
{
    (void)state;
    fails("analyst", "SELECT * FROM tax.payer", "42P01", "relation \"tax.payer\" does not exist",
          "tax");
    fails("analyst", "SELECT * FROM tax.nothing", "42P01",
          "relation \"tax.nothing\" does not exist", "tax");
    fails("analyst", "SELECT * FROM payer", "42P01", "relation \"payer\" does not exist", "payer");
    binds("tax", "SELECT * FROM tax.payer", "id bigint; name text");
    fails("tax", "SELECT * FROM police.vehicle", "42P01",
          "relation \"police.vehicle\" does not exist", "police");
}

static void test_column__grants(void **state)
{
    (void)state;
    binds("analyst", "SELECT id, name FROM person", "id bigint; name character varying(100)");
    fails("analyst", "SELECT salary FROM person", "42501", "permission denied for table person",
          NULL);
    fails("analyst", "SELECT * FROM person", "42501", "permission denied for table person", NULL);
    fails("analyst", "SELECT id FROM person WHERE salary > 1", "42501",
          "permission denied for table person", NULL);
    fails("analyst", "SELECT id FROM person ORDER BY birth", "42501",
          "permission denied for table person", NULL);
    fails("analyst", "SELECT count(*) FROM vehicle v JOIN person p ON p.district = v.plate",
          "42501", "permission denied for table person", NULL);
    fails("analyst", "SELECT p FROM person p", "42501", "permission denied for table person", NULL);
    fails("analyst", "SELECT 1 FROM vehicle WHERE seats = (SELECT max(salary) FROM person)",
          "42501", "permission denied for table person", NULL);
    binds("analyst", "SELECT count(*) FROM person", "count bigint");
}

static void test_column__hidden_never_exists(void **state)
{
    (void)state;
    fails("police", "SELECT drift FROM person", "42703", "column \"drift\" does not exist",
          "drift");
    fails("police", "SELECT p.drift FROM person p", "42703", "column p.drift does not exist",
          "p.drift");
    binds(
        "police", "SELECT * FROM person",
        "id bigint; name character varying(100); birth date; salary numeric(10,2); district text");
}

/* A scan reads the columns referred to and no others. */
static void test_scan__only_used_columns(void **state)
{
    (void)state;
    plans("analyst", "SELECT p.name FROM person p JOIN vehicle v ON v.owner_id = p.id",
          "PROJECT name#2\n"
          "  JOIN INNER ON (owner_id#7 = id#1)\n"
          "    SCAN police.person [id#1:bigint, name#2:character varying(100)]\n"
          "    SCAN police.vehicle [owner_id#7:bigint]\n");
}

/* ---- views ---- */

static void test_view__owner_reads_invoker_selects(void **state)
{
    (void)state;
    binds("analyst", "SELECT * FROM adult", "id bigint; full_name character varying(100)");
    binds("analyst", "SELECT c.full_name FROM chain c", "full_name character varying(100)");
    fails("tax", "SELECT * FROM police.adult", "42P01", "relation \"police.adult\" does not exist",
          "police");
    plans("analyst", "SELECT full_name FROM adult WHERE id = 7",
          "PROJECT name#2\n"
          "  FILTER (id#1 = 7::integer)\n"
          "    PROJECT id#1, name#2\n"
          "      FILTER (salary#4 > numeric_int4(0::integer))\n"
          "        SCAN police.person [id#1:bigint, name#2:character varying(100), "
          "salary#4:numeric(10,2)]\n");
}

static void test_view__changed_columns(void **state)
{
    (void)state;
    fails("police", "SELECT 1 FROM vehicle, broken", "55000",
          "view \"broken\" no longer matches its definition", "broken");
}

static void test_view__is_recorded(void **state)
{
    (void)state;
    bound b;
    bind_as(&b, cat, "analyst", "SELECT * FROM adult, vehicle", NULL, 0);
    assert_non_null(b.plan);
    assert_int_equal(b.stmt.rels.n, 3); /* adult, person, vehicle */
    bound_fini(&b);
}

/* ---- parameters ---- */

static void infers(const char *sql, const char *types)
{
    bound b;
    bind_as(&b, cat, "police", sql, NULL, 0);
    if (b.plan == NULL)
        fail_msg("%s: %s %s", sql, tb_sqlstate(b.err.code), b.err.message);
    tb_buf out;
    tb_buf_init(&out, 1000);
    for (uint32_t i = 0; i < b.stmt.params.n; i++)
        tb_buf_printf(&out, "%s%u", i > 0 ? "," : "", tb_type_oid(b.stmt.params.at[i].id));
    assert_string_equal(tb_buf_cstr(&out), types);
    tb_buf_fini(&out);
    bound_fini(&b);
}

static void test_params__inferred(void **state)
{
    (void)state;
    infers("SELECT 1 FROM person WHERE id = $1", "20");
    infers("SELECT 1 FROM person WHERE name IN ($1, $2)", "1043,1043");
    infers("SELECT 1 FROM person WHERE name LIKE $1", "25");
    infers("SELECT 1 FROM person WHERE birth BETWEEN $1 AND $2", "1082,1082");
    infers("SELECT 1 FROM person WHERE id = ANY ($1)", "1016");
    infers("SELECT 1 FROM person LIMIT $1 OFFSET $2", "20,20");
    infers("SELECT $1", "25");
    infers("SELECT $1 = $2", "25,25");
    infers("SELECT 1 FROM person WHERE salary = $1", "1700");
    infers("SELECT 1 FROM pg_class WHERE relname = $1 AND oid = $2", "19,26");
    infers("SELECT $2::int4, $1::text", "25,23");
    infers("SELECT 1 UNION SELECT $1", "23");
    infers("SELECT CASE WHEN $1 THEN $2 ELSE 1 END", "16,23");
}

static void test_params__undetermined_or_contradictory(void **state)
{
    (void)state;
    fails("police", "SELECT $1 + $2", "42725", "operator is not unique: unknown + unknown", "+");
    fails("police", "SELECT $1 IS NULL", "42P18", "could not determine data type of parameter $1",
          NULL);
    fails("police", "SELECT $2::int4", "42P18", "could not determine data type of parameter $1",
          NULL);
    fails("police", "SELECT $1::int4, $1::date", "42846", "cannot cast type integer to date",
          "::date");
    fails("police", "SELECT $0", "42P02", "there is no parameter $0", "$0");
}

static void test_params__declared(void **state)
{
    (void)state;
    static const tb_type varchar = {TB_T_VARCHAR, -1}, none = {TB_T_NONE, -1};
    bound b;
    bind_as(&b, cat, "police", "SELECT 1 FROM person WHERE id = $1", &varchar, 1);
    assert_null(b.plan);
    assert_string_equal(b.err.message, "operator does not exist: bigint = character varying");
    bound_fini(&b);
    bind_as(&b, cat, "police", "SELECT 1 FROM person WHERE name = $1", &none, 1);
    assert_non_null(b.plan);
    assert_int_equal(b.stmt.params.at[0].id, TB_T_TEXT);
    bound_fini(&b);
}

/* ---- errors keep their position ---- */

static void test_errors__position(void **state)
{
    (void)state;
    fails("police", "SELECT id FROM person WHERE 1 = 'x'", "22P02",
          "invalid input syntax for type integer: \"x\"", "'x'");
    fails("police", "SELECT name, count(*) FROM person", "42803",
          "column \"person.name\" must appear in the GROUP BY clause or be used in an aggregate "
          "function",
          "name");
    fails("police", "SELECT 1 FROM person WHERE sum(id) > 1", "42803",
          "aggregate functions are not allowed in WHERE", "sum");
    fails("police", "SELECT id FROM person ORDER BY 2", "42P10",
          "ORDER BY position 2 is not in select list", "2");
    fails("police", "SELECT id FROM person, vehicle WHERE owner = 1", "42703",
          "column \"owner\" does not exist", "owner");
    fails("police", "SELECT x.id FROM person", "42P01", "missing FROM-clause entry for table \"x\"",
          "x.id");
    fails("police", "SELECT 1 FROM person FOR UPDATE", "0A000",
          "SELECT FOR UPDATE/SHARE is not supported", "FOR");
    fails("police", "SELECT mask_phone('x')", "42501", "permission denied for function mask_phone",
          "mask");
}

static void test_functional_dependency__on_primary_key(void **state)
{
    (void)state;
    binds("police", "SELECT name FROM person GROUP BY id", "name character varying(100)");
    binds("police",
          "SELECT p.name, count(*) FROM person p JOIN vehicle v ON v.owner_id = p.id GROUP BY p.id",
          "name character varying(100); count bigint");
    fails(
        "police", "SELECT v.seats FROM person p, vehicle v GROUP BY p.id", "42803",
        "column \"v.seats\" must appear in the GROUP BY clause or be used in an aggregate function",
        "v.seats");
}

static void test_whole_row__null_when_missing(void **state)
{
    (void)state;
    binds("police", "SELECT v FROM person p LEFT JOIN vehicle v ON v.owner_id = p.id", "v record");
    plans("police", "SELECT v IS NULL FROM person p LEFT JOIN vehicle v ON v.owner_id = p.id",
          "PROJECT ?column?#10:boolean = (CASE WHEN (plate#6 IS NOT NULL) THEN ROW(plate#6, "
          "owner_id#7, seats#8, "
          "tags#9) END IS NULL)\n"
          "  JOIN LEFT ON (owner_id#7 = id#1)\n"
          "    SCAN police.person [id#1:bigint]\n"
          "    SCAN police.vehicle [plate#6:text, owner_id#7:bigint, seats#8:integer, "
          "tags#9:text[]]\n");
}

/* ---- limits ---- */

static void test_depth__limit(void **state)
{
    (void)state;
    tb_buf sql;
    tb_buf_init(&sql, 100000);
    tb_buf_puts(&sql, "SELECT ");
    for (int i = 0; i < 900; i++)
        tb_buf_puts(&sql, "(SELECT ");
    tb_buf_puts(&sql, "1");
    for (int i = 0; i < 900; i++)
        tb_buf_putc(&sql, ')');
    bound b;
    bind_as(&b, cat, "police", tb_buf_cstr(&sql), NULL, 0);
    assert_null(b.plan);
    assert_string_equal(tb_sqlstate(b.err.code), "54001");
    bound_fini(&b);
    tb_buf_fini(&sql);
}

/* ---- policy bodies ---- */

static tb_rc bind_body(bound *b, const char *body, tb_type returns, tb_expr **out)
{
    static const tb_policy_arg args[] = {{"val", {TB_T_TEXT, -1}}, {"born", {TB_T_DATE, -1}}};
    bind_as(b, cat, "analyst", "SELECT 1", NULL, 0);
    tb_expr *exprs[2];
    for (int i = 0; i < 2; i++)
        exprs[i] = tb_expr_col(
            b->arena, tb_stmt_add_col(&b->stmt, args[i].name, args[i].type, true), args[i].type);
    return tb_bind_policy_body(&b->stmt, body, args, exprs, 2, returns, out, &b->err);
}

static void body_is(const char *body, const char *want)
{
    bound b;
    tb_expr *e = NULL;
    if (bind_body(&b, body, (tb_type){TB_T_TEXT, -1}, &e) != TB_OK)
        fail_msg("%s: %s", body, b.err.message);
    tb_buf out;
    tb_buf_init(&out, 10000);
    tb_show_options plain = {.plain_names = true};
    tb_show_expr(&out, &b.stmt, e, &plain);
    assert_string_equal(tb_buf_cstr(&out), want);
    tb_buf_fini(&out);
    bound_fini(&b);
}

static void body_fails(const char *body, const char *sqlstate)
{
    bound b;
    tb_expr *e = NULL;
    assert_int_equal(bind_body(&b, body, (tb_type){TB_T_TEXT, -1}, &e), TB_FAIL);
    assert_string_equal(tb_sqlstate(b.err.code), sqlstate);
    assert_int_equal(b.err.position, -1); /* offsets into the body mean nothing to the statement */
    bound_fini(&b);
}

static void test_policy_body__arguments_and_functions(void **state)
{
    (void)state;
    body_is("mask_phone(val)", "mask_phone(val)");
    body_is("CASE WHEN is_role_in_session('x') THEN val END",
            "CASE WHEN is_role_in_session('x'::text) THEN val ELSE NULL::text END");
    body_is("born", "born::io text");
}

static void test_policy_body__refused(void **state)
{
    (void)state;
    body_fails("name", "42703");
    body_fails("(SELECT max(id)::text FROM police.person)", "0A000");
    body_fails("max(val)", "42803");
    body_fails("row_number() OVER ()", "42P20");
    body_fails("$1", "42P02");
    body_fails("unnest(ARRAY['a'])", "0A000");
    body_fails("val ||", "42601");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relation__invisible_does_not_exist),
        cmocka_unit_test(test_column__grants),
        cmocka_unit_test(test_column__hidden_never_exists),
        cmocka_unit_test(test_scan__only_used_columns),
        cmocka_unit_test(test_view__owner_reads_invoker_selects),
        cmocka_unit_test(test_view__changed_columns),
        cmocka_unit_test(test_view__is_recorded),
        cmocka_unit_test(test_params__inferred),
        cmocka_unit_test(test_params__undetermined_or_contradictory),
        cmocka_unit_test(test_params__declared),
        cmocka_unit_test(test_errors__position),
        cmocka_unit_test(test_functional_dependency__on_primary_key),
        cmocka_unit_test(test_whole_row__null_when_missing),
        cmocka_unit_test(test_depth__limit),
        cmocka_unit_test(test_policy_body__arguments_and_functions),
        cmocka_unit_test(test_policy_body__refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
