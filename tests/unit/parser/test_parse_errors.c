/* SPDX-License-Identifier: Apache-2.0
 * Malformed statements: SQLSTATE, position and message, which are PostgreSQL's where the statement
 * is.
 */
#include "parse_test.h"

#include <stdlib.h>

static const error_case shapes[] = {
    {"foo", "42601", 0, "syntax error at or near \"foo\""},
    {"select 1 +", "42601", 10, "syntax error at end of input"},
    {"select (1", "42601", 9, "syntax error at end of input"},
    {"select 1)", "42601", 8, "syntax error at or near \")\""},
    {"select ()", "42601", 8, "syntax error at or near \")\""},
    {"select from where", "42601", 12, "syntax error at or near \"where\""},
    {"select * from", "42601", 13, "syntax error at end of input"},
    {"select * from t where", "42601", 21, "syntax error at end of input"},
    {"select a,, b", "42601", 9, "syntax error at or near \",\""},
    {"select a b c", "42601", 11, "syntax error at or near \"c\""},
    {"select 1 year", "42601", 9, "syntax error at or near \"year\""},
    {"select 1 as", "42601", 11, "syntax error at end of input"},
    {"select * from (select 1)", "42601", 14, "subquery in FROM must have an alias"},
    {"select * from (values (1))", "42601", 14, "VALUES in FROM must have an alias"},
    {"select * from lateral (select 1)", "42601", 22, "subquery in FROM must have an alias"},
    {"select * from t order by", "42601", 24, "syntax error at end of input"},
    {"select * from t limit 1, 2", "42601", 16, "LIMIT #,# syntax is not supported"},
    {"select a < b < c", "42601", 13, "syntax error at or near \"<\""},
    {"select a = b = c", "42601", 13, "syntax error at or near \"=\""},
    {"select a between 1", "42601", 18, "syntax error at end of input"},
    {"select case end", "42601", 12, "syntax error at or near \"end\""},
    {"select case when a end", "42601", 19, "syntax error at or near \"end\""},
    {"select f(a b)", "42601", 11, "syntax error at or near \"b\""},
    {"select f(, a)", "42601", 9, "syntax error at or near \",\""},
    {"select f(distinct)", "42601", 17, "syntax error at or near \")\""},
    {"select f(*, a)", "42601", 10, "syntax error at or near \",\""},
    {"select f(a order by b, ) ", "42601", 23, "syntax error at or near \")\""},
    {"select count(*) filter (where)", "42601", 29, "syntax error at or near \")\""},
    {"select rank() over (order by a rows between unbounded following and current row)", "42P20",
     44, "frame start cannot be UNBOUNDED FOLLOWING"},
    {"select rank() over (rows between current row and unbounded preceding)", "42P20", 49,
     "frame end cannot be UNBOUNDED PRECEDING"},
    {"select rank() over (rows between current row and 1 preceding)", "42P20", 49,
     "frame starting from current row cannot have preceding rows"},
    {"select rank() over (rows between 1 following and current row)", "42P20", 49,
     "frame starting from following row cannot have preceding rows"},
    {"select rank() over (rows 1 following)", "42P20", 25,
     "frame starting from following row cannot end with current row"},
    {"select rank() over (rows unbounded following)", "42P20", 25,
     "frame start cannot be UNBOUNDED FOLLOWING"},
    {"select f(a order by b) within group (order by c)", "42601", 23,
     "cannot use multiple ORDER BY clauses with WITHIN GROUP"},
    {"select f(distinct a) within group (order by c)", "42601", 21,
     "cannot use DISTINCT with WITHIN GROUP"},
    {"select f(variadic a) within group (order by c)", "42601", 21,
     "cannot use VARIADIC with WITHIN GROUP"},
    {"select (1, 2, 3) overlaps (1, 2)", "42601", 7,
     "wrong number of parameters on left side of OVERLAPS expression"},
    {"select (1, 2) overlaps row(1)", "42601", 23,
     "wrong number of parameters on right side of OVERLAPS expression"},
    {"(select 1 order by 1) order by 2", "42601", 31, "multiple ORDER BY clauses not allowed"},
    {"(select 1 limit 1) limit 2", "42601", 25, "multiple LIMIT clauses not allowed"},
    {"(select 1 offset 1) offset 2", "42601", 27, "multiple OFFSET clauses not allowed"},
    {"with a as (select 1) (with b as (select 2) select 3)", "42601", 0,
     "multiple WITH clauses not allowed"},
    {"select 1 fetch first 1 rows with ties", "42601", 9,
     "WITH TIES cannot be specified without ORDER BY clause"},
    {"select 1 order by 1 fetch first 1 rows with ties for update skip locked", "42601", 20,
     "SKIP LOCKED and WITH TIES options cannot be used together"},
    {"(select 1 order by 1 fetch first 1 row with ties) offset 1", "42601", 57,
     "multiple limit options not allowed"},
    {"select a.*.b", "42601", 9, "improper use of \"*\""},
    {"select a[*]", "42601", 9, "syntax error at or near \"*\""},
    {"select a from t.*", "42601", 16, "syntax error at or near \"*\""},
    {"select * from a.b.c.d", "42601", 14,
     "improper qualified name (too many dotted names): a.b.c.d"},
    {"select a.b.c.d.e", "42601", 7, "improper qualified name (too many dotted names): a.b.c.d.e"},
    {"select f(x => 1)(2)", "42601", 16, "syntax error at or near \"(\""},
    {"select 1::float(0)", "22023", 16, "precision for type float must be at least 1 bit"},
    {"select 1::float(54)", "22023", 16, "precision for type float must be less than 54 bits"},
    {"select f(a => 1) 'x'", "42601", 9, "type modifier cannot have parameter name"},
    {"select f(a order by b) 'x'", "42601", 20, "type modifier cannot have ORDER BY"},
};

static void test_tb_parse__bad_shapes(void **state)
{
    (void)state;
    check_errors(shapes, TB_COUNT(shapes));
}

static const error_case tokens[] = {
    {"select 'abc", "42601", 7, "unterminated quoted string at or near \"'abc\""},
    {"select \"abc", "42601", 7, "unterminated quoted identifier at or near \"\"abc\""},
    {"select $$abc", "42601", 7, "unterminated dollar-quoted string at or near \"$$abc\""},
    {"select $q$abc$$", "42601", 7, "unterminated dollar-quoted string at or near \"$q$abc$$\""},
    {"select E'abc\\'", "42601", 7, "unterminated quoted string at or near \"E'abc\\'\""},
    {"select B'01", "42601", 7, "unterminated bit string literal at or near \"B'01\""},
    {"select X'1", "42601", 7, "unterminated hexadecimal string literal at or near \"X'1\""},
    {"select U&'abc", "42601", 7, "unterminated quoted string at or near \"U&'abc\""},
    {"select U&\"abc", "42601", 7, "unterminated quoted identifier at or near \"U&\"abc\""},
    {"select /* /* */", "42601", 7, "unterminated /* comment at or near \"/* /* */\""},
    {"select \"\"", "42601", 7, "zero-length delimited identifier at or near \"\"\"\""},
    {"select U&\"\"", "42601", 7, "zero-length delimited identifier at or near \"U&\"\"\""},
    {"select 1e", "42601", 7, "trailing junk after numeric literal at or near \"1e\""},
    {"select 1e+", "42601", 7, "trailing junk after numeric literal at or near \"1e+\""},
    {"select 12abc", "42601", 7, "trailing junk after numeric literal at or near \"12abc\""},
    {"select 1.5x", "42601", 7, "trailing junk after numeric literal at or near \"1.5x\""},
    {"select $1a", "42601", 7, "trailing junk after parameter at or near \"$1a\""},
    {"select 0x1F", "42601", 7, "trailing junk after numeric literal at or near \"0x1F\""},
    {"select E'\\u12'", "22025", 9, "invalid Unicode escape"},
    {"select E'\\U0011000'", "22025", 9, "invalid Unicode escape"},
    {"select E'\\u0000'", "42601", 9, "invalid Unicode escape value at or near \"\\u0000\""},
    {"select E'\\U00110000'", "42601", 9,
     "invalid Unicode escape value at or near \"\\U00110000\""},
    {"select E'\\ud800'", "42601", 15, "invalid Unicode surrogate pair at or near \"'\""},
    {"select E'\\ud800x'", "42601", 15, "invalid Unicode surrogate pair at or near \"x\""},
    {"select E'\\ud800\\u0041'", "42601", 15,
     "invalid Unicode surrogate pair at or near \"\\u0041\""},
    {"select E'\\udc00'", "42601", 9, "invalid Unicode surrogate pair at or near \"\\udc00\""},
    {"select E'\\ud800\\u12'", "22025", 15, "invalid Unicode escape"},
    {"select E'\\x00'", "22021", 7, "invalid byte sequence for encoding \"UTF8\": 0x00"},
    {"select E'\\000'", "22021", 7, "invalid byte sequence for encoding \"UTF8\": 0x00"},
    {"select E'\\xff'", "22021", 7, "invalid byte sequence for encoding \"UTF8\": 0xff"},
    {"select E'\\xe4\\xb8'", "22021", 7, "invalid byte sequence for encoding \"UTF8\": 0xe4 0xb8"},
    {"select U&'\\12'", "42601", 10, "invalid Unicode escape"},
    {"select U&'\\0000'", "42601", 10, "invalid Unicode escape value"},
    {"select U&'\\+110000'", "42601", 10, "invalid Unicode escape value"},
    {"select U&'\\d800'", "42601", 15, "invalid Unicode surrogate pair"},
    {"select U&'\\d800x'", "42601", 15, "invalid Unicode surrogate pair"},
    {"select U&'\\dc00'", "42601", 10, "invalid Unicode surrogate pair"},
    {"select U&'a' uescape 'xx'", "42601", 21,
     "invalid Unicode escape character at or near \"'xx'\""},
    {"select U&'a' uescape '+'", "42601", 21,
     "invalid Unicode escape character at or near \"'+'\""},
    {"select U&'a' uescape 'f'", "42601", 21,
     "invalid Unicode escape character at or near \"'f'\""},
    {"select U&'a' uescape ' '", "42601", 21,
     "invalid Unicode escape character at or near \"' '\""},
    {"select U&'a' uescape", "42601", 20,
     "UESCAPE must be followed by a simple string literal at end of input"},
    {"select U&'a' uescape x", "42601", 21,
     "UESCAPE must be followed by a simple string literal at or near \"x\""},
    {"select U&\"a\" uescape '\"'", "42601", 21,
     "invalid Unicode escape character at or near \"'\"'\""},
    {"select 'a' uescape '!'", "42601", 19, "syntax error at or near \"'!'\""},
    {"select 'a' 'b'", "42601", 11, "syntax error at or near \"'b'\""},
    {"select \\", "42601", 7, "syntax error at or near \"\\\""},
    {"select {", "42601", 7, "syntax error at or near \"{\""},
    {"select @", "42601", 8, "syntax error at end of input"},
    {"select 1 @ @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@ 2", "42601", 11,
     "operator too long at or near "
     "\"@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\""},
    {"select 1..2", "42601", 8, "syntax error at or near \"..\""},
    {"select $", "42601", 7, "syntax error at or near \"$\""},
    {"select #", "42601", 8, "syntax error at end of input"},
};

static void test_tb_parse__bad_tokens(void **state)
{
    (void)state;
    check_errors(tokens, TB_COUNT(tokens));
}

static const error_case clauses[] = {
    {"select unique (select 1)", "0A000", 7, "UNIQUE predicate is not supported"},
    {"select interval '1' hour to year", "42601", 28, "syntax error at or near \"year\""},
    {"select interval(2) '1' year", "42601", 23, "syntax error at or near \"year\""},
    {"select position(a, b)", "42601", 17, "syntax error at or near \",\""},
    {"select extract(year, a)", "42601", 19, "syntax error at or near \",\""},
    {"select trim()", "42601", 12, "syntax error at or near \")\""},
    {"select cast(a)", "42601", 13, "syntax error at or near \")\""},
    {"select cast(a as)", "42601", 16, "syntax error at or near \")\""},
    {"select a::", "42601", 10, "syntax error at end of input"},
    {"select array[", "42601", 13, "syntax error at end of input"},
    {"select row(", "42601", 11, "syntax error at end of input"},
    {"select a in ()", "42601", 13, "syntax error at or near \")\""},
    {"select exists 1", "42601", 14, "syntax error at or near \"1\""},
    {"select a not b", "42601", 13, "syntax error at or near \"b\""},
    {"select not", "42601", 10, "syntax error at end of input"},
    {"select a collate 'x'", "42601", 17, "syntax error at or near \"'x'\""},
    {"select a operator(+ b", "42601", 20, "syntax error at or near \"b\""},
    {"select 1 group by", "42601", 17, "syntax error at end of input"},
    {"select 1 having", "42601", 15, "syntax error at end of input"},
    {"select 1 from a join b", "42601", 22, "syntax error at end of input"},
    {"select 1 from a natural b", "42601", 24, "syntax error at or near \"b\""},
    {"select 1 from a cross join b on true", "42601", 29, "syntax error at or near \"on\""},
    {"select 1 from a left b on true", "42601", 21, "syntax error at or near \"b\""},
    {"select 1 from a join b using x", "42601", 29, "syntax error at or near \"x\""},
    {"select 1 from a full outer b", "42601", 27, "syntax error at or near \"b\""},
    {"select 1 union", "42601", 14, "syntax error at end of input"},
    {"select 1 order by 1 union select 2", "42601", 20, "syntax error at or near \"union\""},
    {"select 1 limit 1 union select 2", "42601", 17, "syntax error at or near \"union\""},
    {"values", "42601", 6, "syntax error at end of input"},
    {"values ()", "42601", 8, "syntax error at or near \")\""},
    {"values (1,)", "42601", 10, "syntax error at or near \")\""},
    {"table", "42601", 5, "syntax error at end of input"},
    {"table a b", "42601", 8, "syntax error at or near \"b\""},
    {"with a select 1", "42601", 7, "syntax error at or near \"select\""},
    {"with a as select 1 select 2", "42601", 10, "syntax error at or near \"select\""},
    {"with a as () select 1", "42601", 11, "syntax error at or near \")\""},
    {"with recursive select 1", "42601", 15, "syntax error at or near \"select\""},
    {"select 1 for", "42601", 12, "syntax error at end of input"},
    {"select 1 for update of", "42601", 22, "syntax error at end of input"},
    {"select 1 for update nowait skip locked", "42601", 27, "syntax error at or near \"skip\""},
    {"select 1 from t tablesample", "42601", 27, "syntax error at end of input"},
    {"select 1 from t tablesample x", "42601", 29, "syntax error at end of input"},
    {"select distinct on a b", "42601", 19, "syntax error at or near \"a\""},
    {"select all distinct a", "42601", 11, "syntax error at or near \"distinct\""},
    {"select distinct all a", "42601", 16, "syntax error at or near \"all\""},
    {"select 1 into", "42601", 13, "syntax error at end of input"},
    {"select 1 from f() with", "42601", 18, "syntax error at or near \"with\""},
    {"select 1 from f() as", "42601", 20, "syntax error at end of input"},
    {"select 1 from rows from f()", "42601", 24, "syntax error at or near \"f\""},
    {"select 1 from f() as (a)", "42601", 23, "syntax error at or near \")\""},
    {"select 1 window w", "42601", 17, "syntax error at end of input"},
    {"select 1 window w as", "42601", 20, "syntax error at end of input"},
    {"select 1 where current of c", "42601", 23, "syntax error at or near \"of\""},
    {"select a as b.c", "42601", 13, "syntax error at or near \".\""},
    {"select as b", "42601", 7, "syntax error at or near \"as\""},
    {"select select", "42601", 7, "syntax error at or near \"select\""},
    {"select user.x", "42601", 11, "syntax error at or near \".\""},
    {"select current_date()", "42601", 19, "syntax error at or near \"(\""},
    {"select left", "42601", 11, "syntax error at end of input"},
};

static void test_tb_parse__bad_clauses(void **state)
{
    (void)state;
    check_errors(clauses, TB_COUNT(clauses));
}

static const error_case session[] = {
    {"set", "42601", 3, "syntax error at end of input"},
    {"set a", "42601", 5, "syntax error at end of input"},
    {"set a to", "42601", 8, "syntax error at end of input"},
    {"set a to b.c", "42601", 10, "syntax error at or near \".\""},
    {"set a to default, 1", "42601", 16, "syntax error at or near \",\""},
    {"set time zone interval '1' day", "42601", 23,
     "time zone interval must be HOUR or HOUR TO MINUTE"},
    {"set session characteristics as transaction", "42601", 42, "syntax error at end of input"},
    {"reset", "42601", 5, "syntax error at end of input"},
    {"show", "42601", 4, "syntax error at end of input"},
    {"show a, b", "42601", 6, "syntax error at or near \",\""},
    {"begin isolation", "42601", 15, "syntax error at end of input"},
    {"begin isolation level", "42601", 21, "syntax error at end of input"},
    {"begin isolation level foo", "42601", 22, "syntax error at or near \"foo\""},
    {"savepoint", "42601", 9, "syntax error at end of input"},
    {"rollback to", "42601", 11, "syntax error at end of input"},
    {"prepare p", "42601", 9, "syntax error at end of input"},
    {"prepare p as", "42601", 12, "syntax error at end of input"},
    {"prepare p () as select 1", "42601", 11, "syntax error at or near \")\""},
    {"execute", "42601", 7, "syntax error at end of input"},
    {"deallocate", "42601", 10, "syntax error at end of input"},
    {"declare c cursor", "42601", 16, "syntax error at end of input"},
    {"declare c cursor for insert into t values (1)", "42601", 21,
     "syntax error at or near \"insert\""},
    {"fetch", "42601", 5, "syntax error at end of input"},
    {"fetch 1 2 from c", "42601", 8, "syntax error at or near \"2\""},
    {"close", "42601", 5, "syntax error at end of input"},
    {"discard", "42601", 7, "syntax error at end of input"},
    {"discard foo", "42601", 8, "syntax error at or near \"foo\""},
    {"explain", "42601", 7, "syntax error at end of input"},
    {"explain (analyze", "42601", 16, "syntax error at end of input"},
    {"explain (analyze 1 2) select 1", "42601", 19, "syntax error at or near \"2\""},
    {"explain explain select 1", "42601", 8, "syntax error at or near \"explain\""},
    {"copy t", "42601", 6, "syntax error at end of input"},
    {"copy t to", "42601", 9, "syntax error at end of input"},
    {"copy t to stdout where a", "42601", 23, "WHERE clause not allowed with COPY TO"},
    {"copy (select 1) from stdin", "42601", 16, "syntax error at or near \"from\""},
    {"copy (select 1) to stdout foo", "42601", 26, "syntax error at or near \"foo\""},
    {"listen", "42601", 6, "syntax error at end of input"},
    {"notify a, b", "42601", 10, "syntax error at or near \"b\""},
    {"commit prepared", "42601", 15, "syntax error at end of input"},
};

static void test_tb_parse__bad_session(void **state)
{
    (void)state;
    check_errors(session, TB_COUNT(session));
}

static const error_case admin[] = {
    {"create", "42601", 6, "syntax error at end of input"},
    {"drop", "42601", 4, "syntax error at end of input"},
    {"alter", "42601", 5, "syntax error at end of input"},
    {"grant", "42601", 5, "syntax error at end of input"},
    {"insert", "42601", 6, "syntax error at end of input"},
    {"insert into", "42601", 11, "syntax error at end of input"},
    {"insert into t", "42601", 13, "syntax error at end of input"},
    {"insert into t values", "42601", 20, "syntax error at end of input"},
    {"update t", "42601", 8, "syntax error at end of input"},
    {"update t set", "42601", 12, "syntax error at end of input"},
    {"delete", "42601", 6, "syntax error at end of input"},
    {"delete t", "42601", 7, "syntax error at or near \"t\""},
    {"truncate", "42601", 8, "syntax error at end of input"},
    {"create table", "42601", 12, "syntax error at end of input"},
    {"create table t", "42601", 14, "syntax error at end of input"},
    {"create table t (", "42601", 16, "syntax error at end of input"},
    {"create index", "42601", 12, "syntax error at end of input"},
    {"vacuum (", "42601", 8, "syntax error at end of input"},
    {"lock", "42601", 4, "syntax error at end of input"},
    {"select 1; foo", "42601", 10, "syntax error at or near \"foo\""},
    {"select 1; select 'x", "42601", 17, "unterminated quoted string at or near \"'x\""},
    {"create role public", "42939", 12, "role name \"public\" is reserved"},
    {"create role none", "42939", 12, "role name \"none\" is reserved"},
    {"create role current_user", "42939", 12, "CURRENT_USER cannot be used as a role name here"},
    {"grant select (a) to b", "42601", 6, "column names cannot be included in GRANT/REVOKE ROLE"},
    {"comment on column c is 'x'", "42601", 18, "column name must be qualified"},
    {"create role x foo", "42601", 14, "unrecognized role option \"foo\""},
    {"create role x unencrypted password 'x'", "0A000", 14,
     "UNENCRYPTED PASSWORD is not supported"},
    {"create server s", "42601", 15, "syntax error at end of input"},
    {"create foreign table t (a)", "42601", 25, "syntax error at or near \")\""},
    {"create foreign table t (a int default 1) server s", "0A000", 30,
     "DEFAULT of a column is not supported"},
    {"create foreign table t (a int check (a > 1)) server s", "0A000", 30,
     "CHECK constraint is not supported"},
    {"create view v as select 1 with check option", "0A000", 26,
     "WITH CHECK OPTION is not supported"},
    {"declare c scroll no scroll cursor for select 1", "42P11", 0,
     "cannot specify both SCROLL and NO SCROLL"},
    {"declare c insensitive asensitive cursor for select 1", "42P11", 0,
     "cannot specify both ASENSITIVE and INSENSITIVE"},
    {"checkpoint", "0A000", 0, "CHECKPOINT is not supported"},
    {"load 'x'", "0A000", 0, "LOAD is not supported"},
    {"alter system set a = 1", "0A000", 0, "ALTER SYSTEM is not supported"},
    {"set constraints all deferred", "0A000", 4, "SET CONSTRAINTS is not supported"},
    {"create recursive view v (a) as select 1", "0A000", 0,
     "CREATE RECURSIVE VIEW is not supported"},
    {"create temp view v as select 1", "0A000", 0, "CREATE TEMPORARY VIEW is not supported"},
    {"set catalog 'x'", "0A000", 4, "SET CATALOG is not supported"},
    {"select 1 from xmltable('/a' passing b columns c int path 'x')", "0A000", 14,
     "XMLTABLE is not supported"},
    {"create masking policy p as (val text) returns text", "42601", 50,
     "syntax error at end of input"},
    {"create masking policy p as val returns text -> 1", "42601", 27,
     "syntax error at or near \"val\""},
    {"create masking policy p as (val) returns text -> 1", "42601", 31,
     "syntax error at or near \")\""},
    {"create row access policy p as (a int) returns boolean -> ", "42601", 57,
     "syntax error at end of input"},
    {"alter table t alter column a set masking policy", "42601", 47,
     "syntax error at end of input"},
    {"alter table t add row access policy p", "42601", 37, "syntax error at end of input"},
    {"alter table t drop all policies", "42601", 23, "syntax error at or near \"policies\""},
    {"grant ship keys on column c to server s", "42601", 28, "syntax error at or near \"to\""},
    {"grant ship keys on column a.b to s", "42601", 33, "syntax error at or near \"s\""},
    {"refresh foreign schema", "42601", 22, "syntax error at end of input"},
    {"import foreign schema a into b", "42601", 24, "syntax error at or near \"into\""},
    {"grant \"all\" on t to b", "42601", 6, "unrecognized privilege type \"all\""},
    {"set constraints a", "42601", 17, "syntax error at end of input"},
};

static void test_tb_parse__bad_admin(void **state)
{
    (void)state;
    check_errors(admin, TB_COUNT(admin));
}

/* ---- bytes ---- */

static void test_tb_parse__invalid_bytes(void **state)
{
    static const struct {
        const char *sql;
        size_t len;
        int position;
        const char *message;
    } cases[] = {
        {"select '\xff'", 10, 8, "invalid byte sequence for encoding \"UTF8\": 0xff"},
        {"select 1\0", 9, 8, "invalid byte sequence for encoding \"UTF8\": 0x00"},
        {"select \xe4\xb8", 9, 7, "invalid byte sequence for encoding \"UTF8\": 0xe4 0xb8"},
        {"\xc0\xaf", 2, 0, "invalid byte sequence for encoding \"UTF8\": 0xc0 0xaf"},
        {"\xed\xa0\x80", 3, 0, "invalid byte sequence for encoding \"UTF8\": 0xed 0xa0 0x80"},
        {"\xf4\x90\x80\x80", 4, 0,
         "invalid byte sequence for encoding \"UTF8\": 0xf4 0x90 0x80 0x80"},
        {"\xf8\x88\x80\x80", 4, 0, "invalid byte sequence for encoding \"UTF8\": 0xf8"},
    };
    (void)state;
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        tb_arena *arena = tb_arena_create(0);
        tb_error err = {.position = -1};
        tb_statement_list list;
        assert_int_equal(tb_parse(arena, cases[i].sql, cases[i].len, NULL, &list, &err), TB_FAIL);
        assert_string_equal(tb_sqlstate(err.code), "22021");
        assert_int_equal(err.position, cases[i].position);
        assert_string_equal(err.message, cases[i].message);
        tb_arena_destroy(arena);
    }
}

/* ---- limits ---- */

/* n copies of a, then x, then n copies of b. */
static char *nested(const char *start, const char *a, size_t n, const char *x, const char *b)
{
    tb_buf out;
    tb_buf_init(&out, 64 << 20);
    tb_buf_puts(&out, start);
    for (size_t i = 0; i < n; i++)
        tb_buf_puts(&out, a);
    tb_buf_puts(&out, x);
    for (size_t i = 0; i < n; i++)
        tb_buf_puts(&out, b);
    return out.data;
}

static void expect_state(char *sql, const tb_parse_limits *limits, const char *sqlstate)
{
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    tb_statement_list list;
    tb_rc rc = tb_parse(arena, sql, strlen(sql), limits, &list, &err);
    if (strcmp(tb_sqlstate(err.code), sqlstate) != 0)
        fail_msg("%.60s..: got %s %s", sql, tb_sqlstate(err.code), err.message);
    assert_int_equal(rc == TB_OK, strcmp(sqlstate, "00000") == 0);
    if (rc != TB_OK)
        assert_true(err.position >= 0 || err.code == TB_E_PROGRAM_LIMIT_EXCEEDED);
    tb_arena_destroy(arena);
    free(sql);
}

static void test_tb_parse__depth_limit(void **state)
{
    static const struct {
        const char *start, *open, *middle, *close;
    } nestings[] = {
        {"select ", "(", "1", ")"},
        {"select ", "not ", "a", ""},
        {"select ", "- ", "a", ""},
        {"select ", "f(", "1", ")"},
        {"select ", "array[", "", "]"},
        {"select ", "case when ", "a", " then 1 end"},
        {"select 1", " + 1", "", ""},
        {"select a", "::int", "", ""},
        {"", "select (", "select 1", ")"},
        {"", "select * from (", "select 1", ") a"},
        {"select 1", " union select 1", "", ""},
        {"select * from a", " cross join a", "", ""},
        {"select * from ", "(a join ", "b", " on c)"},
        {"", "with a as (", "select 1", ") select 1"},
        {"create index i on t ", "(", "a", ")"},
    };
    (void)state;
    for (size_t i = 0; i < TB_COUNT(nestings); i++) {
        const char *start = nestings[i].start, *open = nestings[i].open;
        const char *middle = nestings[i].middle, *close = nestings[i].close;
        expect_state(nested(start, open, 150, middle, close), NULL, "00000");
        expect_state(nested(start, open, 1001, middle, close), NULL, "54001");
        expect_state(nested(start, open, 100000, middle, close), NULL, "54001");
    }
}

static void test_tb_parse__wide_is_not_deep(void **state)
{
    (void)state;
    expect_state(nested("select a", " and a", 20000, "", ""), NULL, "00000");
    expect_state(nested("select a", " or a", 20000, "", ""), NULL, "00000");
    expect_state(nested("select 1", ", 1", 50000, "", ""), NULL, "00000");
    expect_state(nested("select a in (1", ", 1", 50000, ")", ""), NULL, "00000");
    expect_state(nested("values (1)", ", (1)", 50000, "", ""), NULL, "00000");
    expect_state(nested("select 1", "; select 1", 20000, "", ""), NULL, "00000");
}

static void test_tb_parse__length_and_token_limits(void **state)
{
    (void)state;
    expect_state(nested("select ", "1, ", 10, "1", ""), &(tb_parse_limits){.length_max = 20},
                 "54000");
    expect_state(nested("select ", "1, ", 10, "1", ""), &(tb_parse_limits){.tokens_max = 21},
                 "54001");
    expect_state(nested("select ", "1, ", 10, "1", ""), &(tb_parse_limits){.tokens_max = 23},
                 "00000");
    expect_state(nested("vacuum a", ", b", 30, "", ""), &(tb_parse_limits){.tokens_max = 21},
                 "54001");
    expect_state(nested("select ", "(", 4, "1", ")"), &(tb_parse_limits){.depth_max = 4}, "00000");
    expect_state(nested("select ", "(", 5, "1", ")"), &(tb_parse_limits){.depth_max = 4}, "54001");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tb_parse__bad_shapes),
        cmocka_unit_test(test_tb_parse__bad_tokens),
        cmocka_unit_test(test_tb_parse__bad_clauses),
        cmocka_unit_test(test_tb_parse__bad_session),
        cmocka_unit_test(test_tb_parse__bad_admin),
        cmocka_unit_test(test_tb_parse__invalid_bytes),
        cmocka_unit_test(test_tb_parse__depth_limit),
        cmocka_unit_test(test_tb_parse__wide_is_not_deep),
        cmocka_unit_test(test_tb_parse__length_and_token_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
