/* SPDX-License-Identifier: Apache-2.0 */
#include "core/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

/* Roles: police owns the schema; analyst inherits from reader; noinherit does not; chain reaches
 * reader through analyst. */
enum { POLICE = 20001, ANALYST, READER, NOINHERIT, CHAIN, OUTSIDER };
enum { S_CATALOG = 11, S_POLICE = 20100, S_TAX };
enum { T_CLASS = 1259, T_PERSON = 20200, T_VEHICLE, T_SECRET };

static const tb_oid reader_only[] = {READER}, analyst_only[] = {ANALYST};
static const tb_role roles[] = {
    {.oid = POLICE, .name = "police", .inherit = true},
    {.oid = ANALYST, .name = "analyst", .inherit = true, .nmember_of = 1, .member_of = reader_only},
    {.oid = READER, .name = "reader", .inherit = true},
    {.oid = NOINHERIT, .name = "noinherit", .nmember_of = 1, .member_of = reader_only},
    {.oid = CHAIN, .name = "chain", .inherit = true, .nmember_of = 1, .member_of = analyst_only},
    {.oid = OUTSIDER, .name = "outsider", .inherit = true},
};
static const tb_schema schemas[] = {
    {.oid = S_TAX, .name = "tax", .owner = POLICE},
    {.oid = S_POLICE, .name = "police", .owner = POLICE},
    {.oid = S_CATALOG, .name = "pg_catalog", .owner = 10},
};
static const tb_column person_cols[] = {
    {.name = "id", .type = {TB_T_INT8, -1}},
    {.name = "name", .type = {TB_T_TEXT, -1}},
    {.name = "drift", .type = {TB_T_TEXT, -1}, .hidden = true},
};
static const tb_relation relations[] = {
    {.oid = T_CLASS,
     .kind = TB_REL_INTERNAL,
     .schema = &schemas[2],
     .name = "pg_class",
     .owner = 10,
     .ncols = 1,
     .cols = person_cols},
    {.oid = T_PERSON,
     .schema = &schemas[1],
     .name = "person",
     .owner = POLICE,
     .ncols = 3,
     .cols = person_cols},
    {.oid = T_VEHICLE,
     .schema = &schemas[1],
     .name = "vehicle",
     .owner = POLICE,
     .ncols = 3,
     .cols = person_cols},
    {.oid = T_SECRET,
     .schema = &schemas[0],
     .name = "person",
     .owner = POLICE,
     .ncols = 3,
     .cols = person_cols},
};
/* reader: USAGE on police, SELECT (name) on person; everyone: SELECT on vehicle. */
static const tb_grant grants[] = {
    {TB_OBJ_RELATION, T_PERSON, 1, READER, POLICE, TB_PRIV_SELECT, 0},
    {TB_OBJ_RELATION, T_VEHICLE, -1, 0, POLICE, TB_PRIV_SELECT, 0},
    {TB_OBJ_SCHEMA, S_POLICE, -1, READER, POLICE, TB_PRIV_USAGE, 0},
};
static const tb_policy policies[] = {
    {.oid = 20300, .schema = &schemas[1], .name = "p", .row_access = false},
    {.oid = 20301, .schema = &schemas[1], .name = "p", .row_access = true},
};

static tb_catalog *cat;

static int setup(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_create(0);
    cat = TB_NEW(arena, tb_catalog);
    cat->arena = arena;
    cat->refs = 1;
    cat->nroles = TB_COUNT(roles);
    cat->roles = roles;
    cat->nschemas = TB_COUNT(schemas);
    cat->schemas = schemas;
    cat->nrelations = TB_COUNT(relations);
    cat->relations = relations;
    cat->ngrants = TB_COUNT(grants);
    cat->grants = grants;
    cat->npolicies = TB_COUNT(policies);
    cat->policies = policies;
    tb_catalog_seal(cat);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tb_catalog_unref(cat);
    return 0;
}

static tb_subject who(tb_oid role)
{
    tb_subject s = {0};
    tb_subject_init(&s, cat->arena, cat, role, role);
    return s;
}

static void test_catalog_lookups__by_name(void **state)
{
    (void)state;
    assert_int_equal(tb_catalog_schema(cat, "police")->oid, S_POLICE);
    assert_null(tb_catalog_schema(cat, "Police"));
    assert_int_equal(tb_catalog_relation(cat, "police", "person")->oid, T_PERSON);
    assert_int_equal(tb_catalog_relation(cat, "tax", "person")->oid, T_SECRET);
    assert_null(tb_catalog_relation(cat, "tax", "vehicle"));
    assert_int_equal(tb_catalog_relation_by_oid(cat, T_VEHICLE)->oid, T_VEHICLE);
    assert_null(tb_catalog_relation_by_oid(cat, 1));
    assert_int_equal(tb_catalog_role(cat, "reader")->oid, READER);
    assert_string_equal(tb_catalog_role_by_oid(cat, CHAIN)->name, "chain");
    assert_null(tb_catalog_server(cat, "none"));
    assert_int_equal(tb_catalog_policy(cat, "police", "p", true)->oid, 20301);
    assert_int_equal(tb_catalog_policy(cat, "police", "p", false)->oid, 20300);
    assert_null(tb_catalog_policy(cat, "tax", "p", false));
}

static void test_relation_column__hidden_does_not_exist(void **state)
{
    (void)state;
    const tb_relation *r = tb_catalog_relation(cat, "police", "person");
    assert_int_equal(tb_relation_column(r, "name"), 1);
    assert_int_equal(tb_relation_column(r, "drift"), -1);
    assert_int_equal(tb_relation_column(r, "nothing"), -1);
    tb_subject owner = who(POLICE);
    assert_false(tb_may_select(cat, &owner, r, 2));
}

static void test_subject_init__closure_of_inherited_roles(void **state)
{
    (void)state;
    tb_subject chain = who(CHAIN), no = who(NOINHERIT);
    assert_int_equal(chain.nroles, 3);
    assert_true(tb_subject_has_role(&chain, READER));
    assert_int_equal(no.nroles, 1);
    assert_false(tb_subject_has_role(&no, READER));
}

static void test_may_select__column_grants(void **state)
{
    (void)state;
    const tb_relation *r = tb_catalog_relation(cat, "police", "person");
    tb_subject chain = who(CHAIN), no = who(NOINHERIT), owner = who(POLICE);
    assert_true(tb_may_select(cat, &chain, r, 1));
    assert_false(tb_may_select(cat, &chain, r, 0));
    assert_true(tb_may_select(cat, &chain, r, -1));
    assert_false(tb_may_select(cat, &no, r, -1));
    assert_true(tb_may_select(cat, &owner, r, 0));
}

static void test_may_select__public_and_internal(void **state)
{
    (void)state;
    tb_subject out = who(OUTSIDER);
    assert_true(tb_may_select(cat, &out, tb_catalog_relation(cat, "police", "vehicle"), 0));
    assert_true(tb_may_select(cat, &out, tb_catalog_relation(cat, "pg_catalog", "pg_class"), 0));
    assert_false(tb_may_select(cat, &out, tb_catalog_relation(cat, "tax", "person"), -1));
}

static void test_relation_visible__only_with_a_grant(void **state)
{
    (void)state;
    tb_subject out = who(OUTSIDER), chain = who(CHAIN), owner = who(POLICE);
    const tb_relation *secret = tb_catalog_relation(cat, "tax", "person");
    assert_false(tb_relation_visible(cat, &out, tb_catalog_relation(cat, "police", "person")));
    assert_true(tb_relation_visible(cat, &chain, tb_catalog_relation(cat, "police", "person")));
    assert_false(tb_relation_visible(cat, &chain, secret));
    assert_true(tb_relation_visible(cat, &owner, secret));
}

static void test_subject__inspects(void **state)
{
    (void)state;
    tb_subject out = who(OUTSIDER);
    const tb_relation *secret = tb_catalog_relation(cat, "tax", "person");
    out.inspects = true;
    assert_true(tb_may_use_schema(cat, &out, tb_catalog_schema(cat, "tax")));
    assert_true(tb_relation_visible(cat, &out, secret));
    assert_true(tb_may_select(cat, &out, secret, 0));
}

static void test_may_use_schema__grant_owner_built_in(void **state)
{
    (void)state;
    tb_subject out = who(OUTSIDER), chain = who(CHAIN), owner = who(POLICE);
    assert_true(tb_may_use_schema(cat, &out, tb_catalog_schema(cat, "pg_catalog")));
    assert_false(tb_may_use_schema(cat, &out, tb_catalog_schema(cat, "police")));
    assert_true(tb_may_use_schema(cat, &chain, tb_catalog_schema(cat, "police")));
    assert_false(tb_may_use_schema(cat, &chain, tb_catalog_schema(cat, "tax")));
    assert_true(tb_may_use_schema(cat, &owner, tb_catalog_schema(cat, "tax")));
}

static void test_catalog_unref__last_reference_frees(void **state)
{
    (void)state;
    tb_arena *arena = tb_arena_create(0);
    tb_catalog *c = TB_NEW(arena, tb_catalog);
    c->arena = arena;
    c->refs = 1;
    tb_catalog_seal(c);
    assert_null(tb_catalog_schema(c, "any"));
    assert_ptr_equal(tb_catalog_ref(c), c);
    tb_catalog_unref(c);
    assert_int_equal(c->refs, 1);
    tb_catalog_unref(c); /* a leak would be reported at exit */
    tb_catalog_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_catalog_lookups__by_name),
        cmocka_unit_test(test_relation_column__hidden_does_not_exist),
        cmocka_unit_test(test_subject_init__closure_of_inherited_roles),
        cmocka_unit_test(test_may_select__column_grants),
        cmocka_unit_test(test_may_select__public_and_internal),
        cmocka_unit_test(test_relation_visible__only_with_a_grant),
        cmocka_unit_test(test_subject__inspects),
        cmocka_unit_test(test_may_use_schema__grant_owner_built_in),
        cmocka_unit_test(test_catalog_unref__last_reference_frees),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
