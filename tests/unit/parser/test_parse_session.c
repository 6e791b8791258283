/* SPDX-License-Identifier: Apache-2.0
 * Statements of the session.
 */
#include "parse_test.h"

static const print_case explain[] = {
    {"explain select 1", "EXPLAIN SELECT 1"},
    {"explain analyze select 1", "EXPLAIN (\"analyze\") SELECT 1"},
    {"explain analyze verbose select 1", "EXPLAIN (\"analyze\", \"verbose\") SELECT 1"},
    {"explain verbose select 1", "EXPLAIN (\"verbose\") SELECT 1"},
    {"explain (analyze, boundary, policy, verbose true, costs off, format json, n 1) select 1",
     "EXPLAIN (\"analyze\", boundary, policy, \"verbose\" 'true', costs 'off', format 'json', n "
     "1) SELECT 1"},
    {"explain (analyze false) (select 1)", "EXPLAIN (\"analyze\" 'false') SELECT 1"},
    {"explain execute p (1)", "EXPLAIN EXECUTE p (1)"},
    {"explain declare c cursor for select 1", "EXPLAIN DECLARE c CURSOR FOR SELECT 1"},
};

static void test_tb_parse__explain(void **state)
{
    (void)state;
    check_prints(explain, TB_COUNT(explain));
}

static const print_case copy[] = {
    {"copy (select 1) to stdout", "COPY (SELECT 1) TO STDOUT"},
    {"copy (values (1)) to stdout with (format csv, header true, delimiter ';', null '', quote "
     "'\"', escape E'\\\\', force_quote (a, b), encoding 'gbk', freeze off)",
     "COPY (VALUES (1)) TO STDOUT (format 'csv', header 'true', delimiter ';', \"null\" '', "
     "quote '\"', escape E'\\\\', force_quote ('a', 'b'), encoding 'gbk', \"freeze\" 'off')"},
    {"copy s.t to stdout", "COPY s.t TO STDOUT"},
    {"copy t (a, b) to stdout with csv header delimiter as ',' null as 'x' quote '\"' escape 'y' "
     "force quote a, b encoding 'utf8'",
     "COPY t (a, b) TO STDOUT (format 'csv', header, delimiter ',', \"null\" 'x', quote '\"', "
     "escape 'y', force_quote ('a', 'b'), encoding 'utf8')"},
    {"copy binary t to stdout", "COPY t TO STDOUT (format 'binary')"},
    {"copy t to stdout using delimiters '|'", "COPY t TO STDOUT (delimiter '|')"},
    {"copy t to stdout (format csv, force_quote *)",
     "COPY t TO STDOUT (format 'csv', force_quote *)"},
    {"copy t to '/tmp/x' binary", "COPY t TO '/tmp/x' (format 'binary')"},
    {"copy t to program 'cat' csv force quote *",
     "COPY t TO PROGRAM 'cat' (format 'csv', force_quote *)"},
    {"copy t from stdin csv force not null a force null b freeze where a > 1",
     "COPY t FROM STDIN (format 'csv', force_not_null ('a'), force_null ('b'), \"freeze\") WHERE "
     "a > 1"},
};

static void test_tb_parse__copy(void **state)
{
    (void)state;
    check_prints(copy, TB_COUNT(copy));
}

static const print_case settings[] = {
    {"set a to 1", "SET a TO 1"},
    {"set a = 'x', y, 2.5, -3, on, true", "SET a TO 'x', 'y', 2.5, -3, 'on', 'true'"},
    {"set session a to default", "SET a TO DEFAULT"},
    {"set local tombolo.purpose = 'audit'", "SET LOCAL tombolo.purpose TO 'audit'"},
    {"set a.b.c to 1", "SET a.b.c TO 1"},
    {"set time zone 'UTC'", "SET timezone TO 'UTC'"},
    {"set time zone local", "SET timezone TO DEFAULT"},
    {"set time zone default", "SET timezone TO DEFAULT"},
    {"set time zone utc", "SET timezone TO 'utc'"},
    {"set time zone -8", "SET timezone TO -8"},
    {"set time zone interval '8' hour", "SET TIME ZONE interval '8' HOUR"},
    {"set time zone interval '-08:00' hour to minute",
     "SET TIME ZONE interval '-08:00' HOUR TO MINUTE"},
    {"set time zone interval(3) '8'", "SET TIME ZONE interval(3) '8'"},
    {"set names 'gbk'", "SET client_encoding TO 'gbk'"},
    {"set names", "SET client_encoding TO DEFAULT"},
    {"set names default", "SET client_encoding TO DEFAULT"},
    {"set role bob", "SET role TO 'bob'"},
    {"set role none", "SET role TO 'none'"},
    {"set role 'x y'", "SET role TO 'x y'"},
    {"set session authorization default", "SET session_authorization TO DEFAULT"},
    {"set session authorization bob", "SET session_authorization TO 'bob'"},
    {"set schema 'tax'", "SET search_path TO 'tax'"},
    {"set xml option content", "SET xmloption TO 'CONTENT'"},
    {"set transaction isolation level repeatable read",
     "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"},
    {"set transaction read only, isolation level serializable not deferrable",
     "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY NOT DEFERRABLE"},
    {"set local transaction read write", "SET LOCAL TRANSACTION READ WRITE"},
    {"set session characteristics as transaction isolation level read uncommitted deferrable",
     "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ UNCOMMITTED DEFERRABLE"},
    {"set transaction snapshot 'x'", "SET TRANSACTION SNAPSHOT 'x'"},
    {"set search_path from current", "SET search_path FROM CURRENT"},
    {"reset a.b", "RESET a.b"},
    {"reset all", "RESET ALL"},
    {"reset time zone", "RESET timezone"},
    {"reset transaction isolation level", "RESET transaction_isolation"},
    {"reset session authorization", "RESET session_authorization"},
    {"show a", "SHOW a"},
    {"show tombolo.pushdown", "SHOW tombolo.pushdown"},
    {"show time zone", "SHOW timezone"},
    {"show transaction isolation level", "SHOW transaction_isolation"},
    {"show session authorization", "SHOW session_authorization"},
    {"show all", "SHOW \"all\""},
};

static void test_tb_parse__settings(void **state)
{
    (void)state;
    check_prints(settings, TB_COUNT(settings));
}

static const print_case transactions[] = {
    {"begin", "BEGIN"},
    {"begin work isolation level read committed read only",
     "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"},
    {"begin transaction read write deferrable", "BEGIN READ WRITE DEFERRABLE"},
    {"start transaction", "START TRANSACTION"},
    {"start transaction isolation level serializable, read only",
     "START TRANSACTION ISOLATION LEVEL SERIALIZABLE READ ONLY"},
    {"commit", "COMMIT"},
    {"commit work and chain", "COMMIT AND CHAIN"},
    {"end transaction and no chain", "COMMIT"},
    {"rollback", "ROLLBACK"},
    {"abort and chain", "ROLLBACK AND CHAIN"},
    {"savepoint a", "SAVEPOINT a"},
    {"release savepoint a", "RELEASE SAVEPOINT a"},
    {"release a", "RELEASE SAVEPOINT a"},
    {"rollback to a", "ROLLBACK TO SAVEPOINT a"},
    {"rollback work to savepoint a", "ROLLBACK TO SAVEPOINT a"},
    {"prepare transaction 'x'", "PREPARE TRANSACTION 'x'"},
    {"commit prepared 'x'", "COMMIT PREPARED 'x'"},
    {"rollback prepared 'x'", "ROLLBACK PREPARED 'x'"},
};

static void test_tb_parse__transactions(void **state)
{
    (void)state;
    check_prints(transactions, TB_COUNT(transactions));
}

static const print_case prepared[] = {
    {"prepare p as select 1", "PREPARE p AS SELECT 1"},
    {"prepare p (int, text[]) as values ($1)", "PREPARE p (integer, text[]) AS VALUES ($1)"},
    {"execute p", "EXECUTE p"},
    {"execute p (1, 'a', b + 1)", "EXECUTE p (1, 'a', b + 1)"},
    {"deallocate p", "DEALLOCATE p"},
    {"deallocate prepare p", "DEALLOCATE p"},
    {"deallocate all", "DEALLOCATE ALL"},
    {"deallocate prepare all", "DEALLOCATE ALL"},
};

static void test_tb_parse__prepared(void **state)
{
    (void)state;
    check_prints(prepared, TB_COUNT(prepared));
}

static const print_case cursors[] = {
    {"declare c cursor for select 1", "DECLARE c CURSOR FOR SELECT 1"},
    {"declare c binary insensitive no scroll cursor with hold for (select 1)",
     "DECLARE c BINARY INSENSITIVE NO SCROLL CURSOR WITH HOLD FOR SELECT 1"},
    {"declare c asensitive scroll cursor without hold for select 1 for update",
     "DECLARE c ASENSITIVE SCROLL CURSOR FOR SELECT 1 FOR UPDATE"},
    {"fetch c", "FETCH FORWARD 1 FROM c"},
    {"fetch from c", "FETCH FORWARD 1 FROM c"},
    {"fetch next in c", "FETCH FORWARD 1 FROM c"},
    {"fetch prior c", "FETCH BACKWARD 1 FROM c"},
    {"fetch first from c", "FETCH ABSOLUTE 1 FROM c"},
    {"fetch last from c", "FETCH ABSOLUTE -1 FROM c"},
    {"fetch absolute -3 from c", "FETCH ABSOLUTE -3 FROM c"},
    {"fetch relative 2 c", "FETCH RELATIVE 2 FROM c"},
    {"fetch 5 from c", "FETCH FORWARD 5 FROM c"},
    {"fetch -5 c", "FETCH FORWARD -5 FROM c"},
    {"fetch all c", "FETCH FORWARD ALL FROM c"},
    {"fetch forward c", "FETCH FORWARD 1 FROM c"},
    {"fetch forward 3 in c", "FETCH FORWARD 3 FROM c"},
    {"fetch forward all c", "FETCH FORWARD ALL FROM c"},
    {"fetch backward c", "FETCH BACKWARD 1 FROM c"},
    {"fetch backward 4 c", "FETCH BACKWARD 4 FROM c"},
    {"fetch backward all from c", "FETCH BACKWARD ALL FROM c"},
    {"move 5 from c", "MOVE FORWARD 5 FROM c"},
    {"move all in c", "MOVE FORWARD ALL FROM c"},
    {"close c", "CLOSE c"},
    {"close all", "CLOSE ALL"},
};

static void test_tb_parse__cursors(void **state)
{
    (void)state;
    check_prints(cursors, TB_COUNT(cursors));
}

static const print_case others[] = {
    {"discard all", "DISCARD ALL"},
    {"discard plans", "DISCARD PLANS"},
    {"discard sequences", "DISCARD SEQUENCES"},
    {"discard temp", "DISCARD TEMP"},
    {"discard temporary", "DISCARD TEMP"},
    {"listen a", "LISTEN a"},
    {"notify a", "NOTIFY a"},
    {"notify a, 'b'", "NOTIFY a, 'b'"},
    {"unlisten a", "UNLISTEN a"},
    {"unlisten *", "UNLISTEN *"},
};

static void test_tb_parse__others(void **state)
{
    (void)state;
    check_prints(others, TB_COUNT(others));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tb_parse__explain),  cmocka_unit_test(test_tb_parse__copy),
        cmocka_unit_test(test_tb_parse__settings), cmocka_unit_test(test_tb_parse__transactions),
        cmocka_unit_test(test_tb_parse__prepared), cmocka_unit_test(test_tb_parse__cursors),
        cmocka_unit_test(test_tb_parse__others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
