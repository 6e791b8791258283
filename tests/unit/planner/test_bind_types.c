/* SPDX-License-Identifier: Apache-2.0
 * What the binder says about a statement (names and types of columns and parameters, SQLSTATE and
 * position of errors) against what real PostgreSQL says, in a database of its own.
 */
#include "tests/unit/planner/bind_oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

enum { TEXT_MAX = 20000 };

static const char *const statements[] = {
#include "tests/unit/planner/bind_statements.inc"
};

static const char tables[] = "create table t (id int primary key, b bool, i2 int2, i4 int4, i8 "
                             "int8, n numeric(10,2), f4 float4, f8 float8, "
                             "vc varchar(20), ch char(5), nm name, o oid, d date, ts timestamp, u "
                             "uuid, j json, jb jsonb, a int[], ta text[], "
                             "iv int2vector, ov oidvector);"
                             "create table u (id int, k int, s text)";

static void test_bind__describes_as_postgresql(void **state)
{
    (void)state;
    PGconn *conn = oracle_database();
    if (conn == NULL)
        skip();
    PQclear(oracle_query(conn, tables));
    tb_catalog *cat = oracle_catalog(conn);
    static char ours[TEXT_MAX], theirs[TEXT_MAX];
    int different = 0;
    for (size_t i = 0; i < TB_COUNT(statements); i++) {
        verdict v = compare_statement(conn, cat, statements[i], ours, theirs, TEXT_MAX);
        if (v == SAME)
            continue;
        different++;
        print_error("%s\n  ours:   %s\n  theirs: %s\n", statements[i], ours, theirs);
    }
    tb_catalog_unref(cat);
    oracle_drop(conn);
    assert_int_equal(different, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bind__describes_as_postgresql)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
