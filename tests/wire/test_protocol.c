/* SPDX-License-Identifier: Apache-2.0
 * The protocol, message by message, against what PostgreSQL 15.20 answers to the same messages.
 *
 * Where we differ on purpose the case says so: nothing can be created, COPY FROM is refused before
 * it begins, and only ISO dates are spoken.
 */
#include "wire_cert.h"
#include "wire_client.h"
#include "wire_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct script_case {
    const char *name, *script, *want;
} script_case;

#define P(sql) "P\t\t\t" sql "\n"
#define BES    "B\t\t\t\t\t\nE\t\t0\nS\n"
#define DIVIDE "E(ERROR 22012 division by zero)"

static const script_case cases[] = {
    {"simple: two statements, second fails", "Q\tselect 1 as a; select 1/(select 0)",
     "T(a:23,4,-1,0) D(1) C(SELECT 1) T(?column?:23,4,-1,0) " DIVIDE " ZI"},
    {"simple: empty string", "Q\t", "I ZI"},
    {"simple: only comment", "Q\t-- nothing", "I ZI"},
    {"simple: semicolons", "Q\tselect 1;;", "T(?column?:23,4,-1,0) D(1) C(SELECT 1) ZI"},
    {"simple: constant folding fails before the columns are told", "Q\tselect 1/0", DIVIDE " ZI"},
    {"parse: two statements", P("select 1; select 2") "S",
     "E(ERROR 42601 cannot insert multiple commands into a prepared statement) ZI"},
    {"parse: position", P("selec 1") "S", "E(ERROR 42601 syntax error at or near \"selec\" P1) ZI"},
    {"parse: position in characters", "Q\tselect '连岛' as a, nosuch",
     "E(ERROR 42703 column \"nosuch\" does not exist P19) ZI"},
    {"pipeline: an error skips to Sync",
     P("select id, name from police.person") "B\t\t\t\t\t\nD\tP\t\nE\t\t2\n" P(
         "select 1/0") "B\t\t\t\t\t\nE\t\t0\n" P("select 3") BES,
     "1 2 T(id:20,8,-1,0,tbl; name:1043,-1,104,0,tbl) D(1|n1) D(2|n2) s 1 " DIVIDE " ZI"},
    {"two Syncs: an error, then fine", P("select nosuch") "S\n" P("select 1") BES,
     "E(ERROR 42703 column \"nosuch\" does not exist P8) ZI 1 2 D(1) C(SELECT 1) ZI"},
    {"execute: a row limit, twice",
     P("select id from police.person order by id") "B\t\t\t\t\t\nE\t\t2\nE\t\t2\nS",
     "1 2 D(1) D(2) s D(3) D(4) s ZI"},
    {"execute: the rest after a limit",
     P("select id from police.person order by id") "B\t\t\t\t\t\nE\t\t2\nE\t\t0\nE\t\t0\nS",
     "1 2 D(1) D(2) s D(3) D(4) D x48 C(SELECT 48) C(SELECT 0) ZI"},
    {"portal: gone after Sync outside a transaction",
     P("select id from police.person order by id") "B\tp1\t\t\t\t\nE\tp1\t2\nS\nE\tp1\t2\nS",
     "1 2 D(1) D(2) s ZI E(ERROR 34000 portal \"p1\" does not exist) ZI"},
    {"portal: survives Sync inside a transaction",
     "Q\tbegin\n" P(
         "select id from police.person order by id") "B\tp1\t\t\t\t\nE\tp1\t2\nS\nE\tp1\t1\n"
                                                     "S\nQ\tcommit",
     "C(BEGIN) ZT 1 2 D(1) D(2) s ZT D(3) s ZT C(COMMIT) ZI"},
    {"describe S: unknown", "D\tS\tnope\nS",
     "E(ERROR 26000 prepared statement \"nope\" does not exist) ZI"},
    {"describe P: unknown", "D\tP\tnope\nS", "E(ERROR 34000 portal \"nope\" does not exist) ZI"},
    {"close: unknown is fine", "C\tS\tnope\nC\tP\tnope\nS", "3 3 ZI"},
    {"parse: name taken", "P\ta\t\tselect 1\nP\ta\t\tselect 2\nS\nC\tS\ta\nS",
     "1 E(ERROR 42P05 prepared statement \"a\" already exists) ZI 3 ZI"},
    {"bind: wrong number of parameters", P("select $1::int") BES,
     "1 E(ERROR 08P01 bind message supplies 0 parameters, but prepared statement \"\" requires 1) "
     "ZI"},
    {"bind: bad text", P("select $1::int") "B\t\t\t\ty\t\nE\t\t0\nS",
     "1 E(ERROR 22P02 invalid input syntax for type integer: \"y\") ZI"},
    {"bind: bad binary length", P("select $1::int") "B\t\t\t1\tx0001\t\nE\t\t0\nS",
     "1 E(ERROR 08P01 insufficient data left in message) ZI"},
    {"bind: binary in and out",
     P("select $1::int + 1, $2::text") "B\t\t\t1,0\tx00000029,hi\t1,0\n"
                                       "E\t\t0\nS",
     "1 2 D(\\x00\\x00\\x00*|hi) C(SELECT 1) ZI"},
    {"bind: NULL", P("select $1::int is null") "B\t\t\t\t~\t\nE\t\t0\nS",
     "1 2 D(t) C(SELECT 1) ZI"},
    {"bind: result formats do not fit", P("select 1") "B\t\t\t\t\t0,1\nS",
     "1 E(ERROR 08P01 bind message has 2 result formats but query has 1 columns) ZI"},
    {"parameters: untyped", P("select $1") "D\tS\t\nS", "1 t[25] T(?column?:25,-1,-1,0) ZI"},
    {"parameters: cannot be decided", P("select $1 + $2") "D\tS\t\nS",
     "E(ERROR 42725 operator is not unique: unknown + unknown P11 HINT:Could not choose a best "
     "candidate operator. You might need to add explicit type casts.) ZI"},
    {"parameters: equal", P("select $1 = $2") "D\tS\t\nS", "1 t[25, 25] T(?column?:16,1,-1,0) ZI"},
    {"parameters: limit and offset", P("select 1 limit $1 offset $2") "D\tS\t\nS",
     "1 t[20, 20] T(?column?:23,4,-1,0) ZI"},
    {"parameters: from columns",
     P("select 1 from police.person where id = $1 and name in ($2, $3) and birth between $4 and $5 "
       "and name like $6 and id = any($7)") "D\tS\t\nS",
     "1 t[20, 1043, 1043, 1082, 1082, 25, 1016] T(?column?:23,4,-1,0) ZI"},
    {"parameters: declared text for bigint",
     "P\t\t25\tselect 1 from police.person where id = $1\nS",
     "E(ERROR 42883 operator does not exist: bigint = text P38 HINT:No operator matches the given "
     "name and argument types. You might need to add explicit type casts.) ZI"},
    {"parameters: declared varchar for bigint",
     "P\t\t1043\tselect 1 from police.person where id = $1\nS",
     "E(ERROR 42883 operator does not exist: bigint = character varying P38 HINT:No operator "
     "matches the given name and argument types. You might need to add explicit type casts.) ZI"},
    {"parameters: a moment compared with an interval",
     P("select 1 from police.person where now() > $1 - interval '1 day'") "D\tS\t\nS",
     "E(ERROR 42883 operator does not exist: timestamp with time zone > interval P41 HINT:No "
     "operator matches the given name and argument types. You might need to add explicit type "
     "casts.) ZI"},
    {"permission denied, told later than PostgreSQL tells it", "Q\tselect oid from pg_authid",
     "T(oid:26,4,-1,0,tbl) E(ERROR 42501 permission denied for table pg_authid) ZI"},
    {"what nobody granted does not exist", "Q\tselect * from police.nosuch",
     "E(ERROR 42P01 relation \"police.nosuch\" does not exist P15) ZI"},
    {"information_schema: the types of its domains",
     P("select table_name, is_nullable, ordinal_position from information_schema.columns") "D\tS"
                                                                                           "\t\nS",
     "1 t[] T(table_name:19,64,-1,0,tbl; is_nullable:1043,-1,7,0,tbl; "
     "ordinal_position:23,4,-1,0,tbl) ZI"},
    {"parameters: declared smallint for bigint",
     "P\t\t21\tselect 1 from police.person where id = $1\nD\tS\t\nS",
     "1 t[21] T(?column?:23,4,-1,0) ZI"},
    {"parameters: declared unknown",
     "P\t\t705\tselect 1 from police.person where id = $1\nD\tS\t\nS",
     "1 t[20] T(?column?:23,4,-1,0) ZI"},
    {"describe S, then P with binary formats",
     P("select id, name, birth, active from police.person") "D\tS\t\nB\t\t\t\t\t1\nD\tP\t\nS",
     "1 t[] T(id:20,8,-1,0,tbl; name:1043,-1,104,0,tbl; birth:1082,4,-1,0,tbl; "
     "active:16,1,-1,0,tbl) 2 T(id:20,8,-1,1,tbl; name:1043,-1,104,1,tbl; birth:1082,4,-1,1,tbl; "
     "active:16,1,-1,1,tbl) ZI"},
    {"a masked column is no column of the table",
     P("select national_id, id from police.person where id = 1") "D\tS\t\nB\t\t\t\t\t\nE\t\t0\nS",
     "1 t[] T(national_id:25,-1,-1,0; id:20,8,-1,0,tbl) 2 D(99***01|1) C(SELECT 1) ZI"},
    {"begin, error, select, rollback", "Q\tbegin\nQ\tselect 1/0\nQ\tselect 1\nQ\trollback",
     "C(BEGIN) ZT " DIVIDE
     " ZE E(ERROR 25P02 current transaction is aborted, commands ignored until end of transaction "
     "block) ZE C(ROLLBACK) ZI"},
    {"commit of a failed transaction", "Q\tbegin\nQ\tselect 1/0\nQ\tcommit",
     "C(BEGIN) ZT " DIVIDE " ZE C(ROLLBACK) ZI"},
    {"begin twice, commit twice", "Q\tbegin\nQ\tbegin\nQ\tcommit\nQ\tcommit",
     "C(BEGIN) ZT N(WARNING 25001 there is already a transaction in progress) C(BEGIN) ZT "
     "C(COMMIT) "
     "ZI N(WARNING 25P01 there is no transaction in progress) C(COMMIT) ZI"},
    {"declare outside a transaction", "Q\tdeclare c cursor for select 1",
     "E(ERROR 25P01 DECLARE CURSOR can only be used in transaction blocks) ZI"},
    {"cursor with hold",
     "Q\tdeclare c cursor with hold for select id, name from police.person order by id\n"
     "Q\tfetch 2 from c\nQ\tfetch backward 1 from c\nQ\tmove all in c\nQ\tclose c",
     "C(DECLARE CURSOR) ZI T(id:20,8,-1,0,tbl; name:1043,-1,104,0,tbl) D(1|n1) D(2|n2) C(FETCH 2) "
     "ZI T(id:20,8,-1,0,tbl; name:1043,-1,104,0,tbl) D(1|n1) C(FETCH 1) ZI C(MOVE 49) ZI "
     "C(CLOSE CURSOR) ZI"},
    {"fetch from an unknown cursor", "Q\tfetch 1 from nope",
     "E(ERROR 34000 cursor \"nope\" does not exist) ZI"},
    {"a cursor without scroll",
     "Q\tbegin; declare c no scroll cursor for select 1; fetch 1 from c; "
     "fetch backward 1 from c\nQ\trollback",
     "C(BEGIN) C(DECLARE CURSOR) T(?column?:23,4,-1,0) D(1) C(FETCH 1) T(?column?:23,4,-1,0) "
     "E(ERROR 55000 cursor can only scan forward HINT:Declare it with SCROLL option to enable "
     "backward scan.) ZE C(ROLLBACK) ZI"},
    {"fetch over the extended protocol",
     "Q\tbegin\n" P("declare c1 cursor for select id from police.person order by id") BES
     "P\t\t\tfetch 3 from c1\nD\tS\t\n" BES "Q\trollback",
     "C(BEGIN) ZT 1 2 C(DECLARE CURSOR) ZT 1 t[] T(id:20,8,-1,0,tbl) 2 D(1) D(2) D x3 C(FETCH 3) "
     "ZT "
     "C(ROLLBACK) ZI"},
    {"set: what clients are told",
     "Q\tset application_name = 'x'\nQ\tset timezone = 'Asia/Shanghai'\nQ\tset extra_float_digits "
     "= "
     "2\nQ\treset all",
     "C(SET) S(application_name=x) ZI C(SET) S(TimeZone=Asia/Shanghai) ZI C(SET) ZI C(RESET) "
     "S(application_name=) S(TimeZone=Etc/UTC) ZI"},
    {"set: rolled back", "Q\tbegin\nQ\tset timezone = 'Asia/Shanghai'\nQ\trollback",
     "C(BEGIN) ZT C(SET) S(TimeZone=Asia/Shanghai) ZT C(ROLLBACK) S(TimeZone=Etc/UTC) ZI"},
    {"set: unknown, bad, only ISO",
     "Q\tset nosuch = 1\nQ\tset client_encoding = 'foo'\nQ\tset "
     "datestyle = 'German'",
     "E(ERROR 42704 unrecognized configuration parameter \"nosuch\") ZI E(ERROR 22023 invalid "
     "value "
     "for parameter \"client_encoding\": \"foo\") ZI E(ERROR 0A000 a DateStyle other than \"ISO, "
     "MDY\" is not supported) ZI"},
    {"show: unknown", "Q\tshow nosuch",
     "E(ERROR 42704 unrecognized configuration parameter \"nosuch\") ZI"},
    {"show: names and values", "Q\tshow DATESTYLE\nQ\tshow transaction isolation level",
     "T(DateStyle:25,-1,-1,0) D(ISO, MDY) C(SHOW) ZI T(transaction_isolation:25,-1,-1,0) D(read "
     "committed) C(SHOW) ZI"},
    {"set local outside a transaction", "Q\tset local application_name = 'x'",
     "N(WARNING 25P01 SET LOCAL can only be used in transaction blocks) C(SET) ZI"},
    {"writes are refused",
     "Q\tbegin; create table t (a int)\nQ\trollback\nQ\tinsert into t values (1)",
     "C(BEGIN) E(ERROR 25006 cannot execute CREATE TABLE in a read-only transaction) ZE "
     "C(ROLLBACK) "
     "ZI E(ERROR 25006 cannot execute INSERT in a read-only transaction) ZI"},
    {"stronger isolation is accepted with a warning",
     "Q\tstart transaction isolation level repeatable read\nQ\tshow "
     "transaction_isolation\nQ\tcommit",
     "N(WARNING 01000 isolation level repeatable read is not given across departments: each "
     "statement reads each department at its own moment) C(START TRANSACTION) ZT "
     "T(transaction_isolation:25,-1,-1,0) D(repeatable read) C(SHOW) ZT C(COMMIT) ZI"},
    {"statement timeout",
     "Q\tset statement_timeout = 100\nQ\tselect pg_sleep(10)\nQ\treset "
     "statement_timeout",
     "C(SET) ZI T(pg_sleep:2278,4,-1,0) E(ERROR 57014 canceling statement due to statement "
     "timeout) "
     "ZI C(RESET) ZI"},
    {"copy out: text, csv, binary",
     "Q\tcopy (select 1, 'a' union all select 2, null order by 1) to stdout\n"
     "Q\tcopy (select 'x,\"y' as h) to stdout csv header\n"
     "Q\tcopy (select 1::int2) to stdout (format binary)",
     "H[text 0, 0] d(1\\x09a\\n) d(2\\x09\\N\\n) c C(COPY 2) ZI H[text 0] d(h\\n) "
     "d(\"x,\"\"y\"\\n) c "
     "C(COPY 1) ZI H[binary 1] "
     "d("
     "PGCOPY\\n\\xff\\x0d\\n\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x00\\x00\\x00"
     "\\x02\\x00\\x01) d(\\xff\\xff) c C(COPY 1) ZI"},
    {"copy out: escapes", "Q\tcopy (select name from police.island where id = 3) to stdout",
     "H[text 0] d(a\\tb\\\\c\\nd\\n) c C(COPY 1) ZI"},
    {"copy out: a table and its columns", "Q\tcopy police.island (name, id) to stdout (null '-')",
     "H[text 0, 0] d(\\xe8\\xbf\\x9e\\xe5\\xb2\\x9b\\x091\\n) d(-\\x092\\n) "
     "d(a\\tb\\\\c\\nd\\x093\\n) c C(COPY 3) ZI"},
    {"copy out: extended", P("copy (select 1) to stdout") "B\t\t\t\t\t\nD\tP\t\nE\t\t0\nS",
     "1 2 n H[text 0] d(1\\n) c C(COPY 1) ZI"},
    {"copy in is refused, its data ignored",
     "Q\tcopy police.island from stdin\nc\nf\tno\nQ\tselect 1",
     "E(ERROR 25006 cannot execute COPY FROM in a read-only transaction) ZI T(?column?:23,4,-1,0) "
     "D(1) C(SELECT 1) ZI"},
    {"prepare, execute, deallocate",
     "Q\tprepare p (int) as select $1 + 1 as a\nQ\texecute p(41)\nQ\tdeallocate p\nQ\texecute p(1)",
     "C(PREPARE) ZI T(a:23,4,-1,0) D(42) C(SELECT 1) ZI C(DEALLOCATE) ZI E(ERROR 26000 prepared "
     "statement \"p\" does not exist) ZI"},
    {"prepare by message, execute by statement",
     "P\tq\t\tselect $1::text\nS\nQ\texecute q('x')\nQ\tdeallocate all\nB\t\tq\t\tx\t\nS",
     "1 ZI T(text:25,-1,-1,0) D(x) C(SELECT 1) ZI C(DEALLOCATE ALL) ZI E(ERROR 26000 prepared "
     "statement \"q\" does not exist) ZI"},
    {"discard", "Q\tdiscard all\nQ\tbegin; discard all\nQ\trollback",
     "C(DISCARD ALL) ZI C(BEGIN) E(ERROR 25001 DISCARD ALL cannot run inside a transaction block) "
     "ZE "
     "C(ROLLBACK) ZI"},
    {"savepoints",
     "Q\tbegin\nQ\tsavepoint a\nQ\tselect 1/0\nQ\trollback to a\nQ\tselect 1\nQ\trelease "
     "a\nQ\trollback to a\nQ\tcommit",
     "C(BEGIN) ZT C(SAVEPOINT) ZT " DIVIDE
     " ZE C(ROLLBACK) ZT T(?column?:23,4,-1,0) D(1) C(SELECT 1) ZT C(RELEASE) ZT E(ERROR 3B001 "
     "savepoint \"a\" does not exist) ZE C(ROLLBACK) ZI"},
    {"implicit transactions",
     "Q\tselect 1; commit; select 2\nQ\tselect 1; begin; select 2\nQ\tcommit",
     "T(?column?:23,4,-1,0) D(1) C(SELECT 1) N(WARNING 25P01 there is no transaction in progress) "
     "C(COMMIT) T(?column?:23,4,-1,0) D(2) C(SELECT 1) ZI T(?column?:23,4,-1,0) D(1) C(SELECT 1) "
     "C(BEGIN) T(?column?:23,4,-1,0) D(2) C(SELECT 1) ZT C(COMMIT) ZI"},
    {"invalid UTF-8", "Q\tselect '\xff'",
     "E(ERROR 22021 invalid byte sequence for encoding \"UTF8\": 0xff) ZI"},
    {"NUL by chr", "Q\tselect chr(0)", "E(ERROR 54000 null character not permitted) ZI"},
    {"types of expressions",
     P("select 1.5::numeric(10,2) as a, 'x'::varchar(5) as b, 'x'::char(3) as c, 'x' as d, null as "
       "e, "
       "true as g, now() as h, count(*) as i, sum(1) as j, sum(1::int8) as k, avg(1) as l, "
       "array[1] as "
       "m, row(1,2) as n, interval '1 day' as o, 1::float4 as p, date '2024-01-01' as q") "D\tS\t\n"
                                                                                          "S",
     "1 t[] T(a:1700,-1,655366,0; b:1043,-1,9,0; c:1042,-1,7,0; d:25,-1,-1,0; e:25,-1,-1,0; "
     "g:16,1,-1,0; h:1184,8,-1,0; i:20,8,-1,0; j:20,8,-1,0; k:1700,-1,-1,0; l:1700,-1,-1,0; "
     "m:1007,-1,-1,0; n:2249,-1,-1,0; o:1186,16,-1,0; p:700,4,-1,0; q:1082,4,-1,0) ZI"},
    {"Flush without Sync", P("select 1") "H\t1", "1"},
    {"the Sync that was missing", "S", "ZI"},
    {"administration cannot be rolled back, so it stands alone",
     "Q\tbegin; create role x\nQ\trollback",
     "C(BEGIN) E(ERROR 25001 CREATE ROLE cannot run inside a transaction block) ZE C(ROLLBACK) ZI"},
    {"notices can be silenced",
     "Q\tset client_min_messages = error\nQ\tcommit\nQ\treset "
     "client_min_messages",
     "C(SET) ZI C(COMMIT) ZI C(RESET) ZI"},
};

/* ---- the start ---- */

static wire_server server;
static char certs[] = "/tmp/tombolo-certs-XXXXXX";

static void test_startup__what_postgresql_reports(void **state)
{
    (void)state;
    wire *w = wire_open(server.port);
    assert_string_equal(
        wire_login(w, "analyst", "secret", NULL),
        "R0 S(application_name=) S(client_encoding=UTF8) S(DateStyle=ISO, MDY) "
        "S(default_transaction_read_only=on) S(in_hot_standby=off) S(integer_datetimes=on) "
        "S(IntervalStyle=postgres) S(is_superuser=off) S(server_encoding=UTF8) "
        "S(server_version=15.20) S(session_authorization=analyst) "
        "S(standard_conforming_strings=on) S(TimeZone=Etc/UTC) K ZI");
    wire_close(w);
}

static void starts(uint32_t version, const char *const *extra, const char *want)
{
    const char *params[16] = {"user", "analyst"};
    for (size_t i = 0; extra[i] != NULL; i++)
        params[2 + i] = extra[i];
    wire *w = wire_open(server.port);
    wire_startup(w, version, params);
    wire_authenticate(w, "secret");
    const char *got = wire_read(w, 1);
    if (strncmp(got, want, strlen(want)) != 0)
        fail_msg("got %s", got);
    wire_close(w);
}

#define EXTRA(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

static void test_startup__versions_and_options(void **state)
{
    (void)state;
    starts(196610, EXTRA("application_name", "x"), "v(196608 opts=) R0 S(application_name=x)");
    starts(196608, EXTRA("_pq_.test_protocol_negotiation", ""),
           "v(196608 opts=_pq_.test_protocol_negotiation) R0 ");
    starts(196608 + 9999, EXTRA("_pq_.test_protocol_negotiation", ""),
           "v(196608 opts=_pq_.test_protocol_negotiation) R0 ");
    starts(196608, EXTRA("nosuchparam", "1"),
           "R0 E(FATAL 42704 unrecognized configuration parameter \"nosuchparam\") EOF");
    starts(196608, EXTRA("my.param", "1"), "R0 S(application_name=)");
    starts(196608, EXTRA("options", "-c timezone=Asia/Shanghai --statement-timeout=5s"),
           "R0 S(application_name=) S(client_encoding=UTF8)");
    starts(196608, EXTRA("client_encoding", "'utf-8'"),
           "R0 S(application_name=) S(client_encoding=UTF8)");
    starts(196608, EXTRA("database", "nosuch"),
           "R0 E(FATAL 3D000 database \"nosuch\" does not exist) EOF");
    starts(196608, EXTRA("role", "readers"), "R0 S(application_name=)");
    starts(196608, EXTRA("role", "police_admin"),
           "R0 E(FATAL 42501 permission denied to set role \"police_admin\") EOF");
    starts(0x00040000, EXTRA("x", "y"),
           "E(FATAL 0A000 unsupported frontend protocol 4.0: server "
           "supports 3.0 to 3.0) EOF");
    starts(0x00020000, EXTRA("x", "y"), "EOF");
}

static void test_startup__wrong_password_and_unknown_user_look_alike(void **state)
{
    (void)state;
    wire *w = wire_open(server.port);
    assert_string_equal(wire_login(w, "analyst", "wrong", NULL),
                        "E(FATAL 28P01 password authentication failed for user \"analyst\") EOF");
    wire_close(w);
    w = wire_open(server.port);
    assert_string_equal(wire_login(w, "nobody", "secret", NULL),
                        "E(FATAL 28P01 password authentication failed for user \"nobody\") EOF");
    wire_close(w);
    w = wire_open(server.port);
    assert_string_equal(wire_login(w, "readers", "secret", NULL),
                        "E(FATAL 28P01 password authentication failed for user \"readers\") EOF");
    wire_close(w);
}

static const char *raw(const void *bytes, size_t len)
{
    static char text[500];
    wire *w = wire_open(server.port);
    wire_send(w, bytes, len);
    snprintf(text, sizeof text, "%s", wire_read(w, 1));
    wire_close(w);
    return text;
}
#define RAW(s) raw(s, sizeof(s) - 1)

static void test_startup__malformed(void **state)
{
    (void)state;
    assert_string_equal(RAW("\0\0\0\7\0\3\0"), "EOF");
    assert_string_equal(RAW("\0\0\x27\x11\0\3\0\0"), "EOF");
    assert_string_equal(RAW("\x7f\xff\xff\xff\0\3\0\0"), "EOF");
    assert_string_equal(RAW("GET / HTTP/1.1\r\n\r\n"), "EOF");
    assert_string_equal(RAW("\0\0\0\x0d\0\3\0\0user\0"),
                        "E(FATAL 08P01 invalid startup packet layout: expected terminator as last "
                        "byte) EOF");
    assert_string_equal(RAW("\0\0\0\x09\0\3\0\0\0"),
                        "E(FATAL 28000 no PostgreSQL user name specified in startup packet) EOF");
}

static void broken(const char *bytes, size_t len, const char *want)
{
    wire *w = wire_open(server.port);
    wire_login(w, "analyst", "secret", NULL);
    tb_buf_reset(&w->transcript);
    wire_send(w, bytes, len);
    assert_string_equal(wire_read(w, 1), want);
    wire_close(w);
}

static void test_messages__malformed(void **state)
{
    (void)state;
    broken("y\0\0\0\4", 5, "E(FATAL 08P01 invalid frontend message type 121) EOF");
    broken("Q\0\0\0\3", 5, "EOF");
    broken("Q\x7f\xff\xff\xff", 5, "EOF");
    broken("S\0\0\x40\0", 5, "EOF");
    broken("Q\0\0\0\6ab", 7, "E(ERROR 08P01 invalid string in message) ZI");
    broken("F\0\0\0\4", 5, "E(ERROR 0A000 function call by OID is not supported) ZI");
}

/* ---- the table ---- */

static int failures_of(wire *w, const char *user, const script_case *list, size_t n)
{
    int failures = 0;
    wire_login(w, user, "secret", NULL);
    for (size_t i = 0; i < n; i++) {
        const char *got = wire_script(w, list[i].script);
        if (strcmp(got, list[i].want) != 0) {
            print_error("%s\n  want %s\n  got  %s\n", list[i].name, list[i].want, got);
            failures++;
        }
    }
    wire_close(w);
    return failures;
}

static void test_messages__as_postgresql(void **state)
{
    (void)state;
    assert_int_equal(failures_of(wire_open(server.port), "analyst", cases, TB_COUNT(cases)), 0);
}

static void test_messages__the_same_inside_tls(void **state)
{
    (void)state;
    assert_int_equal(failures_of(wire_open_tls(server.port), "analyst", cases, TB_COUNT(cases)), 0);
}

static int start_server(void **state)
{
    (void)state;
    char config[300];
    if (mkdtemp(certs) == NULL)
        return -1;
    wire_certificate(certs, "server", "127.0.0.1", NULL);
    snprintf(config, sizeof config,
             "[limits]\nfailed_login_delay_ms = 10\n[tls]\ncertificate = %s/server.crt\n"
             "key = %s/server.key\n",
             certs, certs);
    wire_server_start(&server, config);
    return 0;
}

static int stop_server(void **state)
{
    (void)state;
    char command[100];
    int status = wire_server_stop(&server);
    snprintf(command, sizeof command, "rm -rf %s", certs);
    return status == 0 ? system(command) : status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_startup__what_postgresql_reports),
        cmocka_unit_test(test_startup__versions_and_options),
        cmocka_unit_test(test_startup__wrong_password_and_unknown_user_look_alike),
        cmocka_unit_test(test_startup__malformed),
        cmocka_unit_test(test_messages__malformed),
        cmocka_unit_test(test_messages__as_postgresql),
        cmocka_unit_test(test_messages__the_same_inside_tls),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
