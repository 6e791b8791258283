/* SPDX-License-Identifier: Apache-2.0
 * Queries: every clause.
 */
#include "parse_test.h"

static const print_case select_list[] = {
    {"select", "SELECT"},
    {"select from t", "SELECT FROM t"},
    {"select all a from t", "SELECT a FROM t"},
    {"select distinct a, b from t", "SELECT DISTINCT a, b FROM t"},
    {"select distinct on (a, b) c from t", "SELECT DISTINCT ON (a, b) c FROM t"},
    {"select a as b, c d, e \"F g\", f as select, * from t",
     "SELECT a AS b, c AS d, e AS \"F g\", f AS \"select\", * FROM t"},
    {"select a into t2 from t", "SELECT a INTO t2 FROM t"},
    {"select a into table s.t2 from t", "SELECT a INTO s.t2 FROM t"},
    {"select a into temp t2 from t", "SELECT a INTO t2 FROM t"},
    {"select a into unlogged table t2 from t", "SELECT a INTO t2 FROM t"},
    {"table t", "SELECT * FROM t"},
    {"table only s.t", "SELECT * FROM ONLY s.t"},
    {"values (1, 'a'), (2, default)", "VALUES (1, 'a'), (2, DEFAULT)"},
};

static void test_tb_parse__select_list(void **state)
{
    (void)state;
    check_prints(select_list, TB_COUNT(select_list));
}

static const print_case from_items[] = {
    {"select * from a, b as c, d e (f, g), s.h as i (j)",
     "SELECT * FROM a, b AS c, d AS e (f, g), s.h AS i (j)"},
    {"select * from only a, b *, only (c) d", "SELECT * FROM ONLY a, b, ONLY c AS d"},
    {"select * from (select 1) a, (values (1)) as b (c), lateral (select 2) d",
     "SELECT * FROM (SELECT 1) AS a, (VALUES (1)) AS b (c), LATERAL (SELECT 2) AS d"},
    {"select * from a cross join b join c on true left join d using (x, y) right outer join e on "
     "x = y full join f using (z) as u natural join g natural left join h natural inner join i",
     "SELECT * FROM (((((((a CROSS JOIN b) JOIN c ON true) LEFT JOIN d USING (x, y)) RIGHT JOIN "
     "e ON x = y) FULL JOIN f USING (z) AS u) NATURAL JOIN g) NATURAL LEFT JOIN h) NATURAL JOIN i"},
    {"select * from a join b join c on 1 = 1 on 2 = 2",
     "SELECT * FROM a JOIN (b JOIN c ON 1 = 1) ON 2 = 2"},
    {"select * from (a join b on true) as j (k, l), ((c cross join d)) x, (e cross join f)",
     "SELECT * FROM (a JOIN b ON true) AS j (k, l), (c CROSS JOIN d) AS x, e CROSS JOIN f"},
    {"select * from f(), f(1) with ordinality, s.f(1) as a (b, c), f() as (a int, b text collate "
     "\"C\"), f() as x (a int[]), f() x (a int), lateral f(y) with ordinality as z (p, q)",
     "SELECT * FROM f(), f(1) WITH ORDINALITY, s.f(1) AS a (b, c), f() AS (a integer, b text "
     "COLLATE \"C\"), f() AS x (a integer[]), f() AS x (a integer), LATERAL f(y) WITH ORDINALITY "
     "AS z (p, q)"},
    {"select * from rows from (f(1), g() as (a int, b text)) with ordinality as t (x, y, z)",
     "SELECT * FROM ROWS FROM (f(1), g() AS (a integer, b text)) WITH ORDINALITY AS t (x, y, z)"},
    {"select * from current_date, coalesce(a, b) c, cast(1 as int) as d, generate_series(1, 2) g",
     "SELECT * FROM CURRENT_DATE, COALESCE(a, b) AS c, CAST(1 AS integer) AS d, "
     "generate_series(1, 2) AS g"},
    {"select * from t tablesample system (10), u v tablesample s.m (1, 2) repeatable (3)",
     "SELECT * FROM t TABLESAMPLE system (10), u AS v TABLESAMPLE s.m (1, 2) REPEATABLE (3)"},
};

static void test_tb_parse__from_items(void **state)
{
    (void)state;
    check_prints(from_items, TB_COUNT(from_items));
}

static const print_case groups_and_windows[] = {
    {"select 1 from t where a group by a, (b, c), (), rollup (a, (b, c)), cube (a, b), grouping "
     "sets ((a), (), rollup (b), grouping sets (c)) having count(*) > 1",
     "SELECT 1 FROM t WHERE a GROUP BY a, (b, c), (), ROLLUP (a, (b, c)), CUBE (a, b), GROUPING "
     "SETS (a, (), ROLLUP (b), GROUPING SETS (c)) HAVING count(*) > 1"},
    {"select 1 from t group by all a", "SELECT 1 FROM t GROUP BY a"},
    {"select 1 from t group by distinct a, b", "SELECT 1 FROM t GROUP BY DISTINCT a, b"},
    {"select 1 from t window w as (partition by a order by b), v as (w rows 1 preceding), u as ()",
     "SELECT 1 FROM t WINDOW w AS (PARTITION BY a ORDER BY b), v AS (w ROWS BETWEEN 1 PRECEDING "
     "AND CURRENT ROW), u AS ()"},
    {"select a from t order by a, b asc, c desc nulls first, d nulls last, e using <, f using "
     "operator(s.>) nulls first",
     "SELECT a FROM t ORDER BY a, b ASC, c DESC NULLS FIRST, d NULLS LAST, e USING <, f USING "
     "OPERATOR(s.>) NULLS FIRST"},
};

static void test_tb_parse__groups_and_windows(void **state)
{
    (void)state;
    check_prints(groups_and_windows, TB_COUNT(groups_and_windows));
}

static const print_case limits_and_locks[] = {
    {"select a from t limit 1 offset 2", "SELECT a FROM t OFFSET 2 LIMIT 1"},
    {"select a from t offset 2 limit 1", "SELECT a FROM t OFFSET 2 LIMIT 1"},
    {"select a from t limit all offset 3", "SELECT a FROM t OFFSET 3 LIMIT NULL"},
    {"select a from t limit null", "SELECT a FROM t LIMIT NULL"},
    {"select a from t fetch first row only", "SELECT a FROM t LIMIT 1"},
    {"select a from t fetch next 5 rows only", "SELECT a FROM t LIMIT 5"},
    {"select a from t order by a fetch first (1 + 2) rows with ties",
     "SELECT a FROM t ORDER BY a FETCH FIRST (1 + 2) ROWS WITH TIES"},
    {"select a from t order by a offset 1 rows fetch first row with ties",
     "SELECT a FROM t ORDER BY a OFFSET 1 FETCH FIRST (1) ROWS WITH TIES"},
    {"select a from t fetch first -1 rows only", "SELECT a FROM t LIMIT -1"},
    {"select a from t for update", "SELECT a FROM t FOR UPDATE"},
    {"select a from t for no key update of a, s.b nowait for share skip locked for key share",
     "SELECT a FROM t FOR NO KEY UPDATE OF a, s.b NOWAIT FOR SHARE SKIP LOCKED FOR KEY SHARE"},
    {"select a from t for update limit 1", "SELECT a FROM t LIMIT 1 FOR UPDATE"},
    {"select a from t limit 1 for update", "SELECT a FROM t LIMIT 1 FOR UPDATE"},
    {"select a from t for read only", "SELECT a FROM t"},
};

static void test_tb_parse__limits_and_locks(void **state)
{
    (void)state;
    check_prints(limits_and_locks, TB_COUNT(limits_and_locks));
}

static const print_case set_operations[] = {
    {"select 1 union select 2 union all select 3 except select 4 intersect all select 5 order by "
     "1 limit 1",
     "(((SELECT 1) UNION (SELECT 2)) UNION ALL (SELECT 3)) EXCEPT ((SELECT 4) INTERSECT ALL "
     "(SELECT 5)) ORDER BY 1 LIMIT 1"},
    {"(select 1 order by 1) union (select 2 limit 1)",
     "(SELECT 1 ORDER BY 1) UNION (SELECT 2 LIMIT 1)"},
    {"((select 1) union (select 2)) except distinct select 3",
     "((SELECT 1) UNION (SELECT 2)) EXCEPT (SELECT 3)"},
    {"(select 1 order by 1) limit 2", "SELECT 1 ORDER BY 1 LIMIT 2"},
    {"((select 1))", "SELECT 1"},
    {"((select 1)) order by 1", "SELECT 1 ORDER BY 1"},
    {"select 1 union values (2) union table t",
     "((SELECT 1) UNION (VALUES (2))) UNION (SELECT * FROM t)"},
};

static void test_tb_parse__set_operations(void **state)
{
    (void)state;
    check_prints(set_operations, TB_COUNT(set_operations));
}

static const print_case ctes[] = {
    {"with a as (select 1) select * from a", "WITH a AS (SELECT 1) SELECT * FROM a"},
    {"with a (b, c) as materialized (select 1), d as not materialized (table a) values (1)",
     "WITH a (b, c) AS MATERIALIZED (SELECT 1), d AS NOT MATERIALIZED (SELECT * FROM a) VALUES "
     "(1)"},
    {"with recursive t (n) as (values (1) union all select n + 1 from t where n < 100) select "
     "sum(n) from t",
     "WITH RECURSIVE t (n) AS ((VALUES (1)) UNION ALL (SELECT n + 1 FROM t WHERE n < 100)) "
     "SELECT sum(n) FROM t"},
    {"with a as (select 1) (select 2) order by 1", "WITH a AS (SELECT 1) SELECT 2 ORDER BY 1"},
    {"with a as (select 1) select 2 union select 3 order by 1",
     "WITH a AS (SELECT 1) (SELECT 2) UNION (SELECT 3) ORDER BY 1"},
    {"with recursive t as (select 1) search depth first by a, b set c cycle d set e to 'y' "
     "default 'n' using p select * from t",
     "WITH RECURSIVE t AS (SELECT 1) SEARCH DEPTH FIRST BY a, b SET c CYCLE d SET e TO 'y' "
     "DEFAULT 'n' USING p SELECT * FROM t"},
    {"with recursive t as (select 1) search breadth first by a set c select 1",
     "WITH RECURSIVE t AS (SELECT 1) SEARCH BREADTH FIRST BY a SET c SELECT 1"},
    {"with t as (select 1) cycle d, e set f using p select 1",
     "WITH t AS (SELECT 1) CYCLE d, e SET f USING p SELECT 1"},
    {"with t as (select 1) cycle d set f to interval '1' year default date '2020-01-01' using p "
     "select 1",
     "WITH t AS (SELECT 1) CYCLE d SET f TO interval '1' YEAR DEFAULT date '2020-01-01' USING p "
     "SELECT 1"},
    {"with ordinality as (select 1) select 1", "WITH ordinality AS (SELECT 1) SELECT 1"},
    {"select (with a as (select 1) select * from a), array(with b as (select 1) table b)",
     "SELECT (WITH a AS (SELECT 1) SELECT * FROM a), ARRAY (WITH b AS (SELECT 1) SELECT * FROM b)"},
    {"select a from t where exists (select 1 from u where u.a = t.a) and t.b in (select b from v)",
     "SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a) AND (t.b IN (SELECT b FROM "
     "v))"},
    {"select 1 as year, 1 as interval, a.select, a.between from a",
     "SELECT 1 AS year, 1 AS \"interval\", a.\"select\", a.\"between\" FROM a"},
};

static void test_tb_parse__ctes(void **state)
{
    (void)state;
    check_prints(ctes, TB_COUNT(ctes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tb_parse__select_list),
        cmocka_unit_test(test_tb_parse__from_items),
        cmocka_unit_test(test_tb_parse__groups_and_windows),
        cmocka_unit_test(test_tb_parse__limits_and_locks),
        cmocka_unit_test(test_tb_parse__set_operations),
        cmocka_unit_test(test_tb_parse__ctes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
