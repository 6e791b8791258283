/* SPDX-License-Identifier: Apache-2.0
 * The catalog store through its statements: what they change, who may, and that a failure changes
 * nothing.
 */
#include "server/store.h"

#include "core/buf.h"
#include "parser/parser.h"
#include "tests/unit/server/fake_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static tb_store *store;

/* ---- running statements ---- */

static tb_rc check_view(void *ctx, const char *sql, tb_arena *arena, tb_column **cols,
                        uint16_t *ncols, tb_error *err)
{
    (void)ctx, (void)sql, (void)err;
    *cols = TB_NEW_ARRAY(arena, tb_column, 2);
    (*cols)[0] = (tb_column){.name = "id", .type = tb_type_of(TB_T_INT8)};
    (*cols)[1] = (tb_column){.name = "name", .type = tb_type_of(TB_T_TEXT)};
    *ncols = 2;
    return TB_OK;
}

static tb_rc check_policy(void *ctx, const tb_policy *policy, tb_error *err)
{
    (void)ctx;
    if (strstr(policy->body, "nosuch") != NULL)
        return TB_RAISE(err, TB_E_UNDEFINED_FUNCTION, "function nosuch() does not exist");
    return TB_OK;
}

static tb_rc make_verifier(const char *password, tb_arena *arena, const char **out, tb_error *err)
{
    (void)err;
    bool made = strncmp(password, "SCRAM-SHA-256$", 14) == 0;
    *out = made ? password : tb_arena_printf(arena, "SCRAM-SHA-256$4096:%s", password);
    return TB_OK;
}

typedef struct outcome {
    tb_errcode code;
    char tag[64];
    char message[600];
    uint32_t rows, notices;
} outcome;

static outcome run_as(const char *role, bool installer, const char *sql)
{
    static const char *const path[] = {"police"};
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    outcome o = {0};
    tb_statement_list list = {0};
    if (tb_parse(arena, sql, strlen(sql), NULL, &list, &err) != TB_OK)
        fail_msg("%s: %s", sql, err.message);
    tb_catalog *cat = tb_store_snapshot(store);
    const tb_role *r = tb_catalog_role(cat, role);
    assert_non_null(r);
    tb_subject subject = {0};
    tb_subject_init(&subject, arena, cat, r->oid, r->oid);
    tb_admin_cx cx = {.subject = &subject,
                      .installer = installer,
                      .query_id = "q",
                      .search_path = path,
                      .nsearch_path = 1,
                      .arena = arena,
                      .connector = fake_connector,
                      .check_view = check_view,
                      .check_policy = check_policy,
                      .make_verifier = make_verifier};
    for (uint32_t i = 0; i < list.n && o.code == TB_E_SUCCESS; i++) {
        tb_admin_result res;
        assert_true(tb_store_is_admin(list.at[i].node));
        (void)!tb_store_execute(store, &cx, list.at[i].node, &res, &err);
        o.code = err.code;
        snprintf(o.message, sizeof o.message, "%s", err.message);
        snprintf(o.tag, sizeof o.tag, "%s", res.tag != NULL ? res.tag : "");
        o.rows = res.rows.n;
        o.notices = res.notices.n;
    }
    tb_catalog_unref(cat);
    tb_arena_destroy(arena);
    return o;
}

static void ok(const char *role, const char *sql)
{
    outcome o = run_as(role, false, sql);
    if (o.code != TB_E_SUCCESS)
        fail_msg("%s: %s", sql, o.message);
}

static void fails(const char *role, const char *sqlstate, const char *sql)
{
    tb_catalog *before = tb_store_snapshot(store);
    outcome o = run_as(role, false, sql);
    if (strcmp(tb_sqlstate(o.code), sqlstate) != 0)
        fail_msg("%s: %s %s", sql, tb_sqlstate(o.code), o.message);
    tb_catalog *after = tb_store_snapshot(store);
    assert_ptr_equal(before, after); /* nothing changed */
    tb_catalog_unref(before);
    tb_catalog_unref(after);
}

static void department(void)
{
    ok("admin",
       "CREATE ROLE sysop LOGIN PASSWORD 'x' SYSTEM; CREATE ROLE chief LOGIN; CREATE ROLE li LOGIN;"
       "CREATE ROLE watcher LOGIN AUDITOR; CREATE SCHEMA police AUTHORIZATION chief");
    ok("sysop", "CREATE SERVER island FOREIGN DATA WRAPPER fake OPTIONS (path 'a'); GRANT USAGE ON "
                "FOREIGN SERVER island TO chief");
    ok("chief", "IMPORT FOREIGN SCHEMA main FROM SERVER island INTO police");
}

static int setup(void **state)
{
    (void)state;
    tb_error err = {.position = -1};
    fake_reset();
    strcpy(dir, "/tmp/tb_store_XXXXXX");
    assert_non_null(mkdtemp(dir));
    assert_int_equal(tb_store_init(dir, "admin", "v", NULL, &err), TB_OK);
    assert_int_equal(tb_store_open(dir, &store, &err), TB_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char path[128];
    tb_store_close(store);
    snprintf(path, sizeof path, "%s/catalog.db", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/tombolo.key", dir);
    unlink(path);
    return rmdir(dir);
}

/* ---- tests ---- */

static void test_store_init__refuses_a_second_time(void **state)
{
    (void)state;
    tb_error err = {.position = -1};
    assert_int_equal(tb_store_init(dir, "admin", "v", NULL, &err), TB_FAIL);
    assert_string_equal(tb_sqlstate(err.code), "42710");
}

static void test_execute__import_makes_tables_and_hides_untyped_columns(void **state)
{
    (void)state;
    department();
    tb_catalog *cat = tb_store_snapshot(store);
    const tb_relation *person = tb_catalog_relation(cat, "police", "person");
    assert_non_null(person);
    assert_true(person->oid >= 16384);
    assert_int_equal(person->ncols, 3);
    assert_int_equal(tb_relation_column(person, "name"), 1);
    assert_int_equal(tb_relation_column(person, "blob_of_unknown"), -1);
    assert_string_equal(person->server->name, "island");
    tb_catalog_unref(cat);
}

static void test_execute__survives_reopening_with_the_same_oids(void **state)
{
    (void)state;
    department();
    tb_error err = {.position = -1};
    tb_catalog *cat = tb_store_snapshot(store);
    tb_oid oid = tb_catalog_relation(cat, "police", "person")->oid;
    tb_catalog_unref(cat);
    tb_store_close(store);
    assert_int_equal(tb_store_open(dir, &store, &err), TB_OK);
    cat = tb_store_snapshot(store);
    assert_int_equal(tb_catalog_relation(cat, "police", "person")->oid, oid);
    tb_catalog_unref(cat);
    /* an OID is never given twice */
    ok("chief", "DROP FOREIGN TABLE person");
    ok("chief", "IMPORT FOREIGN SCHEMA main FROM SERVER island INTO police");
    cat = tb_store_snapshot(store);
    assert_true(tb_catalog_relation(cat, "police", "person")->oid > oid);
    tb_catalog_unref(cat);
}

static void test_execute__duties_exclude_each_other(void **state)
{
    (void)state;
    department();
    fails("admin", "42P17", "CREATE ROLE twofold SYSTEM AUDITOR");
    fails("admin", "42P17", "GRANT watcher TO sysop");
    fails("admin", "42P17", "ALTER ROLE chief AUDITOR"); /* owns a department */
    fails("chief", "42P17", "GRANT SELECT ON person TO watcher");
    fails("admin", "42P17", "GRANT chief TO watcher");
    fails("admin", "55006", "ALTER ROLE admin NOSECURITY");
    fails("admin", "0A000", "CREATE ROLE god SUPERUSER");
}

static void test_execute__only_the_owner_rules_a_department(void **state)
{
    (void)state;
    department();
    fails("admin", "42501", "CREATE SERVER other FOREIGN DATA WRAPPER fake OPTIONS (path 'b')");
    fails("admin", "42P01",
          "GRANT SELECT ON person TO li"); /* nobody granted him anything: it does not exist */
    fails("sysop", "42501", "IMPORT FOREIGN SCHEMA main FROM SERVER island INTO police");
    fails("li", "42501", "CREATE MASKING POLICY police.m AS (v text) RETURNS text -> NULL");
    fails("chief", "42501", "CREATE ROLE x");
    ok("chief", "GRANT SELECT ON person TO li");
    fails("li", "42501", "DROP FOREIGN TABLE person");
    fails("li", "42501", "GRANT SELECT ON person TO PUBLIC");
}

static void test_execute__policies(void **state)
{
    (void)state;
    department();
    ok("chief", "CREATE MASKING POLICY m AS (v text) RETURNS text -> mask_partial(v, 1, '*', 0) "
                "COMMENT = 'c'");
    fails("chief", "42883", "CREATE MASKING POLICY bad AS (v text) RETURNS text -> nosuch(v)");
    fails("chief", "42P17", "CREATE MASKING POLICY bad AS (v text) RETURNS bigint -> 1");
    fails("chief", "42P17", "CREATE ROW ACCESS POLICY bad AS (v text) RETURNS text -> v");
    ok("chief", "ALTER TABLE person ALTER COLUMN name SET MASKING POLICY m");
    fails("chief", "42710", "ALTER TABLE person ALTER COLUMN name SET MASKING POLICY m");
    fails("chief", "42804", "ALTER TABLE person ALTER COLUMN id SET MASKING POLICY m");
    fails("chief", "2BP01", "DROP MASKING POLICY m");
    fails("chief", "2BP01", "DROP MASKING POLICY m CASCADE"); /* never unmasks on the way */
    ok("chief", "CREATE ROW ACCESS POLICY r AS (i bigint) RETURNS boolean -> i > 10; ALTER TABLE "
                "person ADD ROW ACCESS POLICY r ON (id)");
    fails("chief", "42710", "ALTER TABLE person ADD ROW ACCESS POLICY r ON (id)");
    tb_catalog *cat = tb_store_snapshot(store);
    const tb_relation *person = tb_catalog_relation(cat, "police", "person");
    assert_string_equal(person->cols[1].mask.policy->name, "m");
    assert_int_equal(person->nrow_policies, 1);
    assert_int_equal(person->row_policies[0].args[0], 0);
    tb_catalog_unref(cat);
    ok("chief", "ALTER TABLE person ALTER COLUMN name UNSET MASKING POLICY; DROP MASKING POLICY m");
    ok("chief", "ALTER TABLE person DROP ALL ROW ACCESS POLICIES");
}

static void test_execute__refresh_hides_what_drifted(void **state)
{
    (void)state;
    department();
    fake_drift();
    outcome o = run_as("chief", false, "REFRESH FOREIGN SCHEMA police");
    assert_int_equal(o.code, TB_E_SUCCESS);
    assert_int_equal(o.rows, 2); /* one retyped, one new column */
    tb_catalog *cat = tb_store_snapshot(store);
    const tb_relation *person = tb_catalog_relation(cat, "police", "person");
    assert_int_equal(tb_relation_column(person, "name"), -1);
    assert_int_equal(tb_relation_column(person, "phone"), -1);
    tb_catalog_unref(cat);
    ok("chief", "ALTER FOREIGN TABLE person ALTER COLUMN phone SET VISIBLE");
    cat = tb_store_snapshot(store);
    assert_true(tb_relation_column(tb_catalog_relation(cat, "police", "person"), "phone") >= 0);
    tb_catalog_unref(cat);
}

static void test_execute__views_hold_on_to_their_tables(void **state)
{
    (void)state;
    department();
    ok("chief", "CREATE VIEW v AS SELECT id, name FROM person");
    fails("chief", "2BP01", "DROP FOREIGN TABLE person");
    fails("chief", "42P07", "CREATE VIEW v AS SELECT id, name FROM person");
    tb_catalog *cat = tb_store_snapshot(store);
    assert_non_null(strstr(tb_catalog_relation(cat, "police", "v")->view_sql, "police.person"));
    tb_catalog_unref(cat);
    ok("chief", "DROP FOREIGN TABLE person CASCADE");
    cat = tb_store_snapshot(store);
    assert_null(tb_catalog_relation(cat, "police", "v"));
    tb_catalog_unref(cat);
}

static void test_mapping__is_sealed_and_comes_back(void **state)
{
    (void)state;
    department();
    ok("sysop",
       "CREATE USER MAPPING FOR PUBLIC SERVER island OPTIONS (user 'u', password 'hunter2')");
    char path[128], line[4096];
    snprintf(path, sizeof path, "%s/catalog.db", dir);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n;
    while ((n = fread(line, 1, sizeof line, f)) > 0)
        assert_null(memmem(line, n, "hunter2", 7));
    fclose(f);
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    tb_catalog *cat = tb_store_snapshot(store);
    tb_subject subject = {0};
    tb_subject_init(&subject, arena, cat, tb_catalog_role(cat, "li")->oid,
                    tb_catalog_role(cat, "li")->oid);
    tb_option *options;
    uint32_t count;
    assert_int_equal(tb_store_mapping(store, tb_catalog_server(cat, "island"), &subject, arena,
                                      &options, &count, &err),
                     TB_OK);
    assert_int_equal(count, 2);
    assert_string_equal(tb_option_get(options, count, "password"), "hunter2");
    tb_store_mapping_wipe(options, count);
    assert_int_not_equal(options[0].value[0], 'h');
    tb_catalog_unref(cat);
    tb_arena_destroy(arena);
}

static void dump(tb_buf *out)
{
    tb_error err = {.position = -1};
    tb_buf_init(out, 1 << 20);
    assert_int_equal(tb_store_dump(store, out, &err), TB_OK);
}

static void test_dump__rebuilds_an_equal_catalog(void **state)
{
    (void)state;
    department();
    ok("sysop", "CREATE USER MAPPING FOR li SERVER island OPTIONS (password 'hunter2')");
    ok("chief",
       "CREATE MASKING POLICY m AS (v text, other bigint) RETURNS text -> CASE WHEN other > 5 THEN "
       "v END;"
       "ALTER TABLE person ALTER COLUMN name SET MASKING POLICY m USING (name, id);"
       "CREATE VIEW v (a, b) AS SELECT id, name FROM person; GRANT USAGE ON SCHEMA police TO li;"
       "GRANT SELECT (id) ON person TO li; COMMENT ON COLUMN person.id IS '主键';"
       "COMMENT ON SCHEMA police IS 'the police''s house'");
    tb_buf first, second;
    dump(&first);
    assert_null(strstr(first.data, "hunter2"));

    char key[TB_STORE_SCHEMA_VERSION * 32], path[128];
    snprintf(path, sizeof path, "%s/tombolo.key", dir);
    FILE *f = fopen(path, "rb");
    assert_int_equal(fread(key, 1, 32, f), 32);
    fclose(f);
    teardown(NULL);
    setup(NULL);
    tb_store_close(store);
    snprintf(path, sizeof path, "%s/tombolo.key", dir);
    unlink(path);
    /* the same key file with a fresh catalog: rebuild it under that key */
    snprintf(path, sizeof path, "%s/catalog.db", dir);
    unlink(path);
    tb_error err = {.position = -1};
    assert_int_equal(tb_store_init(dir, "admin", "v", NULL, &err), TB_OK);
    assert_int_equal(tb_store_open(dir, &store, &err), TB_OK);
    outcome o = run_as("admin", true, first.data);
    /* another key file: the sealed password does not open, and nothing pretends it does */
    assert_string_equal(tb_sqlstate(o.code), "XX001");
    char *mapping = strstr(first.data, "CREATE USER MAPPING");
    char *end = strchr(mapping, '\n');
    memset(mapping, ' ', (size_t)(end - mapping));
    tb_store_close(store);
    unlink(path);
    snprintf(path, sizeof path, "%s/tombolo.key", dir);
    unlink(path);
    assert_int_equal(tb_store_init(dir, "admin", "v", NULL, &err), TB_OK);
    assert_int_equal(tb_store_open(dir, &store, &err), TB_OK);
    o = run_as("admin", true, first.data);
    if (o.code != TB_E_SUCCESS)
        fail_msg("%s", o.message);
    dump(&second);
    char *token = strstr(first.data, TB_DUMP_TOKEN_LINE),
         *other = strstr(second.data, TB_DUMP_TOKEN_LINE);
    size_t line = strcspn(token, "\n"); /* another key, sealed anew */
    assert_int_equal(strcspn(other, "\n"), line);
    memcpy(other, token, line);
    char *gap = strstr(first.data, "\n   "); /* the blanked mapping line */
    char *rest = strchr(gap + 1, '\n');
    memmove(gap, rest, strlen(rest) + 1);
    if (strcmp(first.data, second.data) != 0) {
        size_t at = 0;
        while (first.data[at] == second.data[at])
            at++;
        fail_msg("the dumps differ at: %.200s", second.data + at);
    }
    tb_buf_fini(&first);
    tb_buf_fini(&second);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_store_init__refuses_a_second_time),
        T(test_execute__import_makes_tables_and_hides_untyped_columns),
        T(test_execute__survives_reopening_with_the_same_oids),
        T(test_execute__duties_exclude_each_other),
        T(test_execute__only_the_owner_rules_a_department),
        T(test_execute__policies),
        T(test_execute__refresh_hides_what_drifted),
        T(test_execute__views_hold_on_to_their_tables),
        T(test_mapping__is_sealed_and_comes_back),
        T(test_dump__rebuilds_an_equal_catalog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
