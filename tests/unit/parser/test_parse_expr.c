/* SPDX-License-Identifier: Apache-2.0
 * Expressions: every form, and PostgreSQL's precedence as parentheses of the print.
 */
#include "parse_test.h"

static const print_case operators[] = {
    {"select 1 + 2 * 3 - 4 / 5 % 6 ^ 7 ^ 8", "SELECT (1 + (2 * 3)) - ((4 / 5) % ((6 ^ 7) ^ 8))"},
    {"select a or b and not c = d", "SELECT a OR (b AND (NOT (c = d)))"},
    {"select not a = b is null", "SELECT NOT ((a = b) IS NULL)"},
    {"select a is null = b is null", "SELECT ((a IS NULL) = b) IS NULL"},
    {"select - a ^ 2, -2 ^ 2, - 2::int, +a, -(-3), - 9223372036854775808, - -9223372036854775808",
     "SELECT (- a) ^ 2, (-2) ^ 2, - 2::integer, + a, 3, -9223372036854775808, 9223372036854775808"},
    {"select a || b + c * d", "SELECT a || (b + (c * d))"},
    {"select a @> b -> c", "SELECT (a @> b) -> c"},
    {"select a = b || c like d", "SELECT a = ((b || c) LIKE d)"},
    {"select a between b and c and d", "SELECT (a BETWEEN b AND c) AND d"},
    {"select a between b + 1 and c + 1, a not between symmetric b and c, a between asymmetric 1 "
     "and 2",
     "SELECT a BETWEEN (b + 1) AND (c + 1), a NOT BETWEEN SYMMETRIC b AND c, a BETWEEN 1 AND 2"},
    {"select a in (1, 2), a not in (select 1), (a, b) in (select 1, 2), a in ((1))",
     "SELECT a IN (1, 2), a NOT IN (SELECT 1), (a, b) IN (SELECT 1, 2), a IN (1)"},
    {"select a like b escape c, a not like b, a ilike b escape 'x', a not ilike c, a similar to "
     "b, a not similar to b escape c",
     "SELECT a LIKE b ESCAPE c, a NOT LIKE b, a ILIKE b ESCAPE 'x', a NOT ILIKE c, a SIMILAR TO "
     "b, a NOT SIMILAR TO b ESCAPE c"},
    {"select a like b || c", "SELECT a LIKE (b || c)"},
    {"select a::int::text, a::numeric(10,2)[], cast(a as varchar(3)), a::int[3][4], a::int "
     "array[3], a::setof text",
     "SELECT a::integer::text, a::numeric(10, 2)[], a::character varying(3), a::integer[][], "
     "a::integer[], a::SETOF text"},
    {"select a collate \"C\" < b, a collate s.x, a at time zone 'UTC' at time zone 'X'",
     "SELECT (a COLLATE \"C\") < b, a COLLATE s.x, (a AT TIME ZONE 'UTC') AT TIME ZONE 'X'"},
    {"select a is true, a is not true, a is false, a is not false, a is unknown, a is not "
     "unknown, a isnull, a notnull, a is not null",
     "SELECT a IS TRUE, a IS NOT TRUE, a IS FALSE, a IS NOT FALSE, a IS UNKNOWN, a IS NOT "
     "UNKNOWN, a IS NULL, a IS NOT NULL, a IS NOT NULL"},
    {"select a is distinct from b, a is not distinct from b and c",
     "SELECT a IS DISTINCT FROM b, (a IS NOT DISTINCT FROM b) AND c"},
    {"select a = any (b), a <> all (select 1), a like any (array['x']), a not like all (b), a "
     "ilike some (b), a operator(pg_catalog.=) any (b)",
     "SELECT a = ANY (b), a <> ALL (SELECT 1), a ~~ ANY (ARRAY['x']), a !~~ ALL (b), a ~~* ANY "
     "(b), a OPERATOR(pg_catalog.=) ANY (b)"},
    {"select a operator(s.+) b, operator(s.-) b, a operator(c.s.*) b, @ a, a <-> b",
     "SELECT a OPERATOR(s.+) b, OPERATOR(s.-) b, a OPERATOR(c.s.*) b, @ a, a <-> b"},
};

static void test_tb_parse__operators(void **state)
{
    (void)state;
    check_prints(operators, TB_COUNT(operators));
}

static const print_case constructors[] = {
    {"select case when a then b end, case a when 1 then 2 when 3 then 4 else 5 end",
     "SELECT CASE WHEN a THEN b END, CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 ELSE 5 END"},
    {"select array[1, 2], array[]::int[], array[[1, 2], [3, 4]], array[[]], array(select 1)",
     "SELECT ARRAY[1, 2], ARRAY[]::integer[], ARRAY[ARRAY[1, 2], ARRAY[3, 4]], ARRAY[ARRAY[]], "
     "ARRAY (SELECT 1)"},
    {"select a[1], a[1:2], a[:2], a[1:], a[:], a[1][2:3], a.b[1].c, (f(x))[1], (a).b, (a).b.c, "
     "(a).*, ((a)).b[1]",
     "SELECT a[1], a[1 : 2], a[ : 2], a[1 : ], a[ : ], a[1][2 : 3], a.b[1].c, (f(x))[1], (a).b, "
     "(a).b.c, (a).*, (a).b[1]"},
    {"select row(), row(1), row(1, 2), (1, 2), (select 1), (select 1)[1], (select 1).x",
     "SELECT ROW(), ROW(1), ROW(1, 2), (1, 2), (SELECT 1), ((SELECT 1))[1], ((SELECT 1)).x"},
    {"select $1, $2.x, $3[1], $1::int", "SELECT $1, ($2).x, ($3)[1], $1::integer"},
    {"select (a, b) = (c, d), (a, b) overlaps (c, d), row(a, b) overlaps (c, d)",
     "SELECT (a, b) = (c, d), (a, b) OVERLAPS (c, d), (a, b) OVERLAPS (c, d)"},
    {"select exists (select 1), not exists (select 1)",
     "SELECT EXISTS (SELECT 1), NOT EXISTS (SELECT 1)"},
};

static void test_tb_parse__constructors(void **state)
{
    (void)state;
    check_prints(constructors, TB_COUNT(constructors));
}

static const print_case calls[] = {
    {"select f(), f(1), f(all 1), f(distinct 1, 2), f(*), s.f(1), c.s.f(1), f(variadic a), f(1, "
     "variadic a), f(a => 1, b := 2)",
     "SELECT f(), f(1), f(1), f(DISTINCT 1, 2), f(*), s.f(1), c.s.f(1), f(VARIADIC a), f(1, "
     "VARIADIC a), f(a => 1, b => 2)"},
    {"select f(a order by b desc, c), f(a) filter (where b), f(a) within group (order by c), "
     "f(a) over w, f(a) over ()",
     "SELECT f(a ORDER BY b DESC, c), f(a) FILTER (WHERE b), f(a) WITHIN GROUP (ORDER BY c), "
     "f(a) OVER w, f(a) OVER ()"},
    {"select f(a) filter (where x) over (partition by a, b order by c)",
     "SELECT f(a) FILTER (WHERE x) OVER (PARTITION BY a, b ORDER BY c)"},
    {"select f() over (rows 1 preceding), f() over (range between current row and unbounded "
     "following), f() over (w groups between 1 preceding and 2 following exclude current row), "
     "f() over (rows unbounded preceding exclude no others), f() over (order by a rows current "
     "row exclude group)",
     "SELECT f() OVER (ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), f() OVER (RANGE BETWEEN "
     "CURRENT ROW AND UNBOUNDED FOLLOWING), f() OVER (w GROUPS BETWEEN 1 PRECEDING AND 2 "
     "FOLLOWING EXCLUDE CURRENT ROW), f() OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT "
     "ROW), f() OVER (ORDER BY a ROWS BETWEEN CURRENT ROW AND CURRENT ROW EXCLUDE GROUP)"},
};

static void test_tb_parse__calls(void **state)
{
    (void)state;
    check_prints(calls, TB_COUNT(calls));
}

static const print_case keyword_forms[] = {
    {"select extract(year from a), extract('dow' from a), extract(foo from a)",
     "SELECT EXTRACT('year' FROM a), EXTRACT('dow' FROM a), EXTRACT('foo' FROM a)"},
    {"select substring(a from 1 for 2), substring(a for 2 from 1), substring(a from 1), "
     "substring(a for 2), substring(a similar b escape c), substring(a, 1, 2), substring()",
     "SELECT SUBSTRING(a FROM 1 FOR 2), SUBSTRING(a FROM 1 FOR 2), SUBSTRING(a FROM 1), "
     "SUBSTRING(a FROM 1 FOR 2::integer), SUBSTRING(a SIMILAR b ESCAPE c), \"substring\"(a, 1, "
     "2), \"substring\"()"},
    {"select position(a in b), overlay(a placing b from 1), overlay(a placing b from 1 for 2), "
     "overlay(a, b, 1)",
     "SELECT POSITION(a IN b), OVERLAY(a PLACING b FROM 1), OVERLAY(a PLACING b FROM 1 FOR 2), "
     "\"overlay\"(a, b, 1)"},
    {"select trim(a), trim(both a), trim(leading from a), trim(trailing b from a), trim(b from "
     "a), trim(a, b)",
     "SELECT TRIM(BOTH FROM a), TRIM(BOTH FROM a), TRIM(LEADING FROM a), TRIM(TRAILING FROM a, "
     "b), TRIM(BOTH FROM a, b), TRIM(BOTH FROM a, b)"},
    {"select normalize(a), normalize(a, nfkd), a is normalized, a is nfc normalized, a is not "
     "normalized, a is not nfkc normalized",
     "SELECT NORMALIZE(a), NORMALIZE(a, NFKD), a IS NORMALIZED, a IS NFC NORMALIZED, NOT (a IS "
     "NORMALIZED), NOT (a IS NFKC NORMALIZED)"},
    {"select collation for (a), treat(a as int), nullif(a, b), coalesce(a, b), greatest(a, b), "
     "least(a)",
     "SELECT COLLATION FOR (a), pg_catalog.int4(a), NULLIF(a, b), COALESCE(a, b), GREATEST(a, "
     "b), LEAST(a)"},
    {"select current_date, current_time, current_time(1), current_timestamp, "
     "current_timestamp(2), localtime, localtime(3), localtimestamp, localtimestamp(4)",
     "SELECT CURRENT_DATE, CURRENT_TIME, CURRENT_TIME(1), CURRENT_TIMESTAMP, "
     "CURRENT_TIMESTAMP(2), LOCALTIME, LOCALTIME(3), LOCALTIMESTAMP, LOCALTIMESTAMP(4)"},
    {"select current_role, current_role(), current_user, user, session_user, current_catalog, "
     "current_schema",
     "SELECT CURRENT_ROLE, \"current_role\"(), CURRENT_USER, USER, SESSION_USER, "
     "CURRENT_CATALOG, CURRENT_SCHEMA"},
    {"select grouping(a, b)", "SELECT GROUPING(a, b)"},
};

static void test_tb_parse__keyword_forms(void **state)
{
    (void)state;
    check_prints(keyword_forms, TB_COUNT(keyword_forms));
}

static const print_case typed_literals_and_types[] = {
    {"select date '2020-01-01', s.t 'x', f(1, 2) 'x', int '1', double precision '1', numeric(3, "
     "1) '1', bit '1', bit(3) '1', bit varying '1', char 'a', char(3) 'a', character varying(3) "
     "'a', national char 'a', nchar varying 'x', n'x', boolean 't', dec '1'",
     "SELECT '2020-01-01'::date, 'x'::s.t, 'x'::f(1, 2), '1'::integer, '1'::double precision, "
     "'1'::numeric(3, 1), '1'::pg_catalog.\"bit\", '1'::pg_catalog.\"bit\"(3), '1'::bit varying, "
     "'a'::pg_catalog.bpchar, 'a'::pg_catalog.bpchar(3), 'a'::character varying(3), "
     "'a'::pg_catalog.bpchar, 'x'::character varying, 'x'::pg_catalog.bpchar, 't'::boolean, "
     "'1'::numeric"},
    {"select time '1', time(3) with time zone '1', timestamp '1', timestamp(2) without time zone "
     "'1', timestamp with time zone '1'",
     "SELECT '1'::time, '1'::time(3) with time zone, '1'::timestamp, '1'::timestamp(2), "
     "'1'::timestamp with time zone"},
    {"select interval '1', interval(3) '1', interval '1' year, interval '1' month, interval '1' "
     "day, interval '1' hour, interval '1' minute, interval '1' second, interval '1' second(3)",
     "SELECT '1'::interval, '1'::interval(3), '1'::interval YEAR, '1'::interval MONTH, "
     "'1'::interval DAY, '1'::interval HOUR, '1'::interval MINUTE, '1'::interval SECOND, "
     "'1'::interval SECOND(3)"},
    {"select interval '1' year to month, interval '1' day to hour, interval '1' day to minute, "
     "interval '1' day to second(1), interval '1' hour to minute, interval '1' hour to second, "
     "interval '1' minute to second",
     "SELECT '1'::interval YEAR TO MONTH, '1'::interval DAY TO HOUR, '1'::interval DAY TO "
     "MINUTE, '1'::interval DAY TO SECOND(1), '1'::interval HOUR TO MINUTE, '1'::interval HOUR "
     "TO SECOND, '1'::interval MINUTE TO SECOND"},
    {"select a::smallint, a::bigint, a::real, a::float, a::float(24), a::float(25), "
     "a::decimal(3), a::bit, a::bit varying, a::char, a::varchar, a::\"char\", "
     "a::pg_catalog.int4, a::pg_catalog.varchar(3), a::interval(2), a::interval day to "
     "second(2), a::timestamptz, a::time with time zone, a::s.t(1, 2)",
     "SELECT a::smallint, a::bigint, a::real, a::double precision, a::real, a::double precision, "
     "a::numeric(3), a::pg_catalog.\"bit\"(1), a::bit varying, a::pg_catalog.bpchar(1), "
     "a::character varying, a::\"char\", a::integer, a::character varying(3), a::interval(2), "
     "a::interval DAY TO SECOND(2), a::timestamptz, a::time with time zone, a::s.t(1, 2)"},
};

static void test_tb_parse__typed_literals_and_types(void **state)
{
    (void)state;
    check_prints(typed_literals_and_types, TB_COUNT(typed_literals_and_types));
}

static const print_case xml[] = {
    {"select xmlconcat(a), xmlelement(name x), xmlelement(name x, xmlattributes(a as b), c), "
     "xmlforest(a, b as c), xmlparse(document a preserve whitespace), xmlparse(content a strip "
     "whitespace), xmlpi(name x), xmlpi(name x, 'y'), xmlroot(a, version '1', standalone yes), "
     "xmlroot(a, version no value), xmlserialize(content a as text), xmlexists(a passing b), "
     "xmlexists(a passing by ref b by value), a is document, a is not document",
     "SELECT XMLCONCAT(a), XMLELEMENT(NAME x), XMLELEMENT(NAME x, XMLATTRIBUTES(a AS b), c), "
     "XMLFOREST(a, b AS c), XMLPARSE(DOCUMENT a PRESERVE WHITESPACE), XMLPARSE(CONTENT a), "
     "XMLPI(NAME x), XMLPI(NAME x, 'y'), XMLROOT(a, VERSION '1', STANDALONE YES), XMLROOT(a, "
     "VERSION NO VALUE), XMLSERIALIZE(CONTENT a AS text), XMLEXISTS((a) PASSING (b)), "
     "XMLEXISTS((a) PASSING (b)), a IS DOCUMENT, NOT (a IS DOCUMENT)"},
};

static void test_tb_parse__xml(void **state)
{
    (void)state;
    check_prints(xml, TB_COUNT(xml));
}

static const print_case names_and_constants[] = {
    {"select a.b.c.d, a.*, a.b.*, a.b.c.*, *", "SELECT a.b.c.d, a.*, a.b.*, a.b.c.*, *"},
    {"select 'a', 'it''s', E'a\\nb\\\\', e'\\x41\\101\\u0041\\U00000041', U&'d\\0061\\+000061', "
     "U&'d!0061' uescape '!', $$a$b$$, $q$a$$b$q$, B'01', x'1F', 'a'",
     "SELECT 'a', 'it''s', E'a\nb\\\\', 'AAAA', 'daa', 'da', 'a$b', 'a$$b', B'01', X'1F', 'a'"},
    {"select 1, 0, 2147483647, 2147483648, 9223372036854775807, 9223372036854775808, 1.5, .5, "
     "5., 1e3, 1.5E-3",
     "SELECT 1, 0, 2147483647, 2147483648, 9223372036854775807, 9223372036854775808, 1.5, .5, "
     "5., 1e3, 1.5E-3"},
    {"select default, true, false, null", "SELECT DEFAULT, true, false, NULL"},
};

static void test_tb_parse__names_and_constants(void **state)
{
    (void)state;
    check_prints(names_and_constants, TB_COUNT(names_and_constants));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tb_parse__operators),
        cmocka_unit_test(test_tb_parse__constructors),
        cmocka_unit_test(test_tb_parse__calls),
        cmocka_unit_test(test_tb_parse__keyword_forms),
        cmocka_unit_test(test_tb_parse__typed_literals_and_types),
        cmocka_unit_test(test_tb_parse__xml),
        cmocka_unit_test(test_tb_parse__names_and_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
