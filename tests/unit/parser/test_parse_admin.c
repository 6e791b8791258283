/* SPDX-License-Identifier: Apache-2.0
 * Administration statements.
 */
#include "parse_test.h"

static const print_case servers[] = {
    {"create server s foreign data wrapper sqlite", "CREATE SERVER s FOREIGN DATA WRAPPER sqlite"},
    {"create server if not exists s type 't' version '1' foreign data wrapper sqlite options "
     "(path '/x', \"Odd\" 'y''z')",
     "CREATE SERVER IF NOT EXISTS s TYPE 't' VERSION '1' FOREIGN DATA WRAPPER sqlite OPTIONS "
     "(path '/x', \"Odd\" 'y''z')"},
    {"create server s version null foreign data wrapper w",
     "CREATE SERVER s FOREIGN DATA WRAPPER w"},
    {"alter server s version '2'", "ALTER SERVER s VERSION '2'"},
    {"alter server s version null options (add a 'b', set c 'd', drop e, f 'g')",
     "ALTER SERVER s VERSION NULL OPTIONS (ADD a 'b', SET c 'd', DROP e, f 'g')"},
    {"alter server s options (drop a)", "ALTER SERVER s OPTIONS (DROP a)"},
    {"alter server s rename to t", "ALTER SERVER s RENAME TO t"},
    {"alter server s owner to bob", "ALTER SERVER s OWNER TO bob"},
    {"drop server s", "DROP SERVER s"},
    {"drop server if exists s, t cascade", "DROP SERVER IF EXISTS s, t CASCADE"},
};

static void test_tb_parse__servers(void **state)
{
    (void)state;
    check_prints(servers, TB_COUNT(servers));
}

static const print_case mappings_and_discovery[] = {
    {"create user mapping for bob server s", "CREATE USER MAPPING FOR bob SERVER s"},
    {"create user mapping if not exists for current_user server s options (user 'a', password "
     "'b')",
     "CREATE USER MAPPING IF NOT EXISTS FOR CURRENT_USER SERVER s OPTIONS (\"user\" 'a', "
     "password 'b')"},
    {"create user mapping for public server s", "CREATE USER MAPPING FOR PUBLIC SERVER s"},
    {"create user mapping for user server s", "CREATE USER MAPPING FOR USER SERVER s"},
    {"alter user mapping for session_user server s options (set password 'c')",
     "ALTER USER MAPPING FOR SESSION_USER SERVER s OPTIONS (SET password 'c')"},
    {"drop user mapping for bob server s", "DROP USER MAPPING FOR bob SERVER s"},
    {"drop user mapping if exists for public server s",
     "DROP USER MAPPING IF EXISTS FOR PUBLIC SERVER s"},
    {"import foreign schema a from server s into b",
     "IMPORT FOREIGN SCHEMA a FROM SERVER s INTO b"},
    {"import foreign schema \"A\" limit to (t, u) from server s into b options (x 'y')",
     "IMPORT FOREIGN SCHEMA \"A\" LIMIT TO (t, u) FROM SERVER s INTO b OPTIONS (x 'y')"},
    {"import foreign schema a except (t) from server s into b",
     "IMPORT FOREIGN SCHEMA a EXCEPT (t) FROM SERVER s INTO b"},
    {"refresh foreign schema a", "REFRESH FOREIGN SCHEMA a"},
    {"refresh foreign schema a from server s", "REFRESH FOREIGN SCHEMA a FROM SERVER s"},
};

static void test_tb_parse__mappings_and_discovery(void **state)
{
    (void)state;
    check_prints(mappings_and_discovery, TB_COUNT(mappings_and_discovery));
}

static const print_case tables[] = {
    {"create foreign table t () server s", "CREATE FOREIGN TABLE t () SERVER s"},
    {"create foreign table if not exists a.t (id int options (column_name 'ID') not null, n "
     "varchar(10) collate \"C\" null, p numeric(10, 2)[]) server s options (table_name 'T')",
     "CREATE FOREIGN TABLE IF NOT EXISTS a.t (id integer OPTIONS (column_name 'ID') NOT NULL, n "
     "character varying(10) COLLATE \"C\", p numeric(10, 2)[]) SERVER s OPTIONS (table_name 'T')"},
    {"alter foreign table a.t add column x int not null, add if not exists y text, add z date "
     "options (a 'b')",
     "ALTER FOREIGN TABLE a.t ADD COLUMN x integer NOT NULL, ADD COLUMN IF NOT EXISTS y text, "
     "ADD COLUMN z date OPTIONS (a 'b')"},
    {"alter foreign table if exists t drop column x, drop y cascade, drop column if exists z "
     "restrict",
     "ALTER FOREIGN TABLE IF EXISTS t DROP COLUMN x, DROP COLUMN y CASCADE, DROP COLUMN IF "
     "EXISTS z RESTRICT"},
    {"alter foreign table t alter column a type int, alter b set data type text collate \"C\"",
     "ALTER FOREIGN TABLE t ALTER COLUMN a TYPE integer, ALTER COLUMN b TYPE text COLLATE \"C\""},
    {"alter foreign table t alter column a set not null, alter b drop not null, alter c options "
     "(set x 'y'), options (add z 'w')",
     "ALTER FOREIGN TABLE t ALTER COLUMN a SET NOT NULL, ALTER COLUMN b DROP NOT NULL, ALTER "
     "COLUMN c OPTIONS (SET x 'y'), OPTIONS (ADD z 'w')"},
    {"alter foreign table t alter column a set visible, alter column b set hidden",
     "ALTER FOREIGN TABLE t ALTER COLUMN a SET VISIBLE, ALTER COLUMN b SET HIDDEN"},
    {"alter table t alter column a set masking policy p",
     "ALTER TABLE t ALTER COLUMN a SET MASKING POLICY p"},
    {"alter table s.t alter a set masking policy s.p using (a, b), alter b unset masking policy",
     "ALTER TABLE s.t ALTER COLUMN a SET MASKING POLICY s.p USING (a, b), ALTER COLUMN b UNSET "
     "MASKING POLICY"},
    {"alter table t add row access policy s.p on (a, b), add row access policy q on ()",
     "ALTER TABLE t ADD ROW ACCESS POLICY s.p ON (a, b), ADD ROW ACCESS POLICY q ON ()"},
    {"alter table t drop row access policy p, drop all row access policies",
     "ALTER TABLE t DROP ROW ACCESS POLICY p, DROP ALL ROW ACCESS POLICIES"},
    {"alter table t owner to current_user", "ALTER TABLE t OWNER TO CURRENT_USER"},
    {"alter foreign table t rename to u", "ALTER FOREIGN TABLE t RENAME TO u"},
    {"alter table t rename to u", "ALTER TABLE t RENAME TO u"},
    {"alter foreign table if exists t rename column a to b",
     "ALTER TABLE IF EXISTS t RENAME COLUMN a TO b"},
    {"alter table t rename a to b", "ALTER TABLE t RENAME COLUMN a TO b"},
    {"drop foreign table t", "DROP FOREIGN TABLE t"},
    {"drop foreign table if exists a.t, u cascade", "DROP FOREIGN TABLE IF EXISTS a.t, u CASCADE"},
};

static void test_tb_parse__tables(void **state)
{
    (void)state;
    check_prints(tables, TB_COUNT(tables));
}

static const print_case schemas_and_views[] = {
    {"create schema a", "CREATE SCHEMA a"},
    {"create schema if not exists a authorization bob",
     "CREATE SCHEMA IF NOT EXISTS a AUTHORIZATION bob"},
    {"create schema authorization current_user", "CREATE SCHEMA AUTHORIZATION CURRENT_USER"},
    {"alter schema a rename to b", "ALTER SCHEMA a RENAME TO b"},
    {"alter schema a owner to bob", "ALTER SCHEMA a OWNER TO bob"},
    {"drop schema a restrict", "DROP SCHEMA a RESTRICT"},
    {"drop schema if exists a, b cascade", "DROP SCHEMA IF EXISTS a, b CASCADE"},
    {"create view v as select 1", "CREATE VIEW v AS SELECT 1"},
    {"create or replace view a.v (x, y) with (security_barrier, security_invoker = true, n = 1) "
     "as values (1, 2)",
     "CREATE OR REPLACE VIEW a.v (x, y) WITH (security_barrier, security_invoker = 'true', n = "
     "1) AS VALUES (1, 2)"},
    {"alter view v rename to w", "ALTER VIEW v RENAME TO w"},
    {"alter view if exists v rename column a to b", "ALTER TABLE IF EXISTS v RENAME COLUMN a TO b"},
    {"alter view a.v owner to bob", "ALTER VIEW a.v OWNER TO bob"},
    {"drop view if exists v, a.w cascade", "DROP VIEW IF EXISTS v, a.w CASCADE"},
};

static void test_tb_parse__schemas_and_views(void **state)
{
    (void)state;
    check_prints(schemas_and_views, TB_COUNT(schemas_and_views));
}

static const print_case comments[] = {
    {"comment on table a.t is 'x'", "COMMENT ON TABLE a.t IS 'x'"},
    {"comment on foreign table t is null", "COMMENT ON FOREIGN TABLE t IS NULL"},
    {"comment on view v is 'y'", "COMMENT ON VIEW v IS 'y'"},
    {"comment on column a.t.c is 'z'", "COMMENT ON COLUMN a.t.c IS 'z'"},
    {"comment on column t.c is null", "COMMENT ON COLUMN t.c IS NULL"},
    {"comment on schema a is 's'", "COMMENT ON SCHEMA a IS 's'"},
    {"comment on server s is 's'", "COMMENT ON SERVER s IS 's'"},
    {"comment on role bob is 'r'", "COMMENT ON ROLE bob IS 'r'"},
    {"comment on database d is 'd'", "COMMENT ON DATABASE d IS 'd'"},
    {"comment on masking policy a.p is 'm'", "COMMENT ON MASKING POLICY a.p IS 'm'"},
    {"comment on row access policy p is 'm'", "COMMENT ON ROW ACCESS POLICY p IS 'm'"},
    {"comment on foreign data wrapper w is 'x'", "COMMENT ON FOREIGN DATA WRAPPER w IS 'x'"},
};

static void test_tb_parse__comments(void **state)
{
    (void)state;
    check_prints(comments, TB_COUNT(comments));
}

static const print_case roles[] = {
    {"create role bob", "CREATE ROLE bob"},
    {"create role bob with login password 'x' noinherit connection limit 5 valid until "
     "'2030-01-01' in role a, b role c admin d, e",
     "CREATE ROLE bob login PASSWORD 'x' noinherit CONNECTION LIMIT 5 VALID UNTIL '2030-01-01' "
     "IN ROLE a, b ROLE c ADMIN d, e"},
    {"create user \"Bob\" encrypted password 'x' system nosecurity auditor",
     "CREATE USER \"Bob\" PASSWORD 'x' system nosecurity auditor"},
    {"create group g user a, b in group c password null",
     "CREATE GROUP g ROLE a, b IN ROLE c PASSWORD NULL"},
    {"create role x superuser nosuperuser createdb nocreatedb createrole nocreaterole "
     "replication bypassrls nologin inherit nosystem security noauditor",
     "CREATE ROLE x superuser nosuperuser createdb nocreatedb createrole nocreaterole "
     "replication bypassrls nologin inherit nosystem security noauditor"},
    {"alter role bob nologin connection limit -1", "ALTER ROLE bob nologin CONNECTION LIMIT -1"},
    {"alter user bob with password 'y'", "ALTER USER bob PASSWORD 'y'"},
    {"alter role current_user valid until 'infinity'",
     "ALTER ROLE CURRENT_USER VALID UNTIL 'infinity'"},
    {"alter group g add user a, b", "ALTER GROUP g ADD USER a, b"},
    {"alter group g drop user a", "ALTER GROUP g DROP USER a"},
    {"alter role bob set search_path to a, b", "ALTER ROLE bob SET search_path TO 'a', 'b'"},
    {"alter role all in database d set x = 1", "ALTER ROLE ALL IN DATABASE d SET x TO 1"},
    {"alter role bob in database d reset x", "ALTER ROLE bob IN DATABASE d RESET x"},
    {"alter role bob reset all", "ALTER ROLE bob RESET ALL"},
    {"alter user bob set time zone 'UTC'", "ALTER ROLE bob SET timezone TO 'UTC'"},
    {"alter role bob set x from current", "ALTER ROLE bob SET x FROM CURRENT"},
    {"alter role a rename to b", "ALTER ROLE a RENAME TO b"},
    {"alter user a rename to b", "ALTER ROLE a RENAME TO b"},
    {"drop role a, b", "DROP ROLE a, b"},
    {"drop user if exists a", "DROP ROLE IF EXISTS a"},
    {"drop group g", "DROP ROLE g"},
};

static void test_tb_parse__roles(void **state)
{
    (void)state;
    check_prints(roles, TB_COUNT(roles));
}

static const print_case privileges[] = {
    {"grant a to b", "GRANT a TO b"},
    {"grant a, b to c, public with admin option granted by current_user",
     "GRANT a, b TO c, PUBLIC WITH ADMIN OPTION GRANTED BY CURRENT_USER"},
    {"revoke a from b cascade", "REVOKE a FROM b CASCADE"},
    {"revoke admin option for a, b from c granted by d restrict",
     "REVOKE ADMIN OPTION FOR a, b FROM c GRANTED BY d RESTRICT"},
    {"grant select on t to a", "GRANT select ON TABLE t TO a"},
    {"grant select (x, y), insert, references (z) on table s.t, u to a, public with grant option",
     "GRANT select (x, y), insert, references (z) ON TABLE s.t, u TO a, PUBLIC WITH GRANT OPTION"},
    {"grant all on t to a", "GRANT ALL PRIVILEGES ON TABLE t TO a"},
    {"grant all privileges on t to a", "GRANT ALL PRIVILEGES ON TABLE t TO a"},
    {"grant all (x) on t to a", "GRANT all (x) ON TABLE t TO a"},
    {"grant all privileges (x, y) on t to a", "GRANT all (x, y) ON TABLE t TO a"},
    {"grant usage on schema a, b to c", "GRANT usage ON SCHEMA a, b TO c"},
    {"grant usage, create on schema a to c", "GRANT usage, create ON SCHEMA a TO c"},
    {"grant usage on foreign server s to c", "GRANT usage ON FOREIGN SERVER s TO c"},
    {"grant usage on foreign data wrapper w to c", "GRANT usage ON FOREIGN DATA WRAPPER w TO c"},
    {"grant connect, temporary on database d to c",
     "GRANT connect, \"temporary\" ON DATABASE d TO c"},
    {"grant select on all tables in schema a, b to c granted by d",
     "GRANT select ON ALL TABLES IN SCHEMA a, b TO c GRANTED BY d"},
    {"revoke select on t from a", "REVOKE select ON TABLE t FROM a"},
    {"revoke grant option for select, update on t from a, b cascade",
     "REVOKE GRANT OPTION FOR select, update ON TABLE t FROM a, b CASCADE"},
    {"revoke all on all tables in schema a from public restrict",
     "REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA a FROM PUBLIC RESTRICT"},
    {"grant ship keys on column d.t.c to server s", "GRANT SHIP KEYS ON COLUMN d.t.c TO SERVER s"},
    {"grant ship keys on column d.t.c, e.t.d to server s, r",
     "GRANT SHIP KEYS ON COLUMN d.t.c, e.t.d TO SERVER s, r"},
    {"revoke ship keys on column t.c from server s",
     "REVOKE SHIP KEYS ON COLUMN t.c FROM SERVER s"},
};

static void test_tb_parse__privileges(void **state)
{
    (void)state;
    check_prints(privileges, TB_COUNT(privileges));
}

static const print_case policies[] = {
    {"create masking policy p as (val text) returns text -> null",
     "CREATE MASKING POLICY p AS (val text) RETURNS text -> NULL"},
    {"create masking policy if not exists s.p as (val varchar(10), r numeric(3, 1)[]) returns "
     "varchar(10) -> case when is_role_in_session('X') then val when current_role() = 'Y' and r "
     "> 1 then 'z' else left(val, 1) || '**' end comment = 'it''s'",
     "CREATE MASKING POLICY IF NOT EXISTS s.p AS (val character varying(10), r numeric(3, 1)[]) "
     "RETURNS character varying(10) -> CASE WHEN is_role_in_session('X') THEN val WHEN "
     "(\"current_role\"() = 'Y') AND (r > 1) THEN 'z' ELSE \"left\"(val, 1) || '**' END COMMENT "
     "= 'it''s'"},
    {"create or replace masking policy p as () returns interval -> interval '1' day",
     "CREATE OR REPLACE MASKING POLICY p AS () RETURNS interval -> '1'::interval DAY"},
    {"create row access policy s.p as (r text) returns boolean -> r = 'N' or exists (select 1 "
     "from e where e.r = r)",
     "CREATE ROW ACCESS POLICY s.p AS (r text) RETURNS boolean -> (r = 'N') OR EXISTS (SELECT 1 "
     "FROM e WHERE e.r = r)"},
    {"alter masking policy p set body -> null", "ALTER MASKING POLICY p SET BODY -> NULL"},
    {"alter masking policy if exists s.p rename to q",
     "ALTER MASKING POLICY IF EXISTS s.p RENAME TO q"},
    {"alter masking policy p owner to bob", "ALTER MASKING POLICY p OWNER TO bob"},
    {"alter masking policy if exists p owner to bob",
     "ALTER MASKING POLICY IF EXISTS p OWNER TO bob"},
    {"alter row access policy p set body -> a -> b",
     "ALTER ROW ACCESS POLICY p SET BODY -> a -> b"},
    {"alter row access policy p set comment = 'x'", "ALTER ROW ACCESS POLICY p SET COMMENT = 'x'"},
    {"alter masking policy p unset comment", "ALTER MASKING POLICY p UNSET COMMENT"},
    {"drop masking policy p", "DROP MASKING POLICY p"},
    {"drop masking policy if exists s.p, q cascade",
     "DROP MASKING POLICY IF EXISTS s.p, q CASCADE"},
    {"drop row access policy p restrict", "DROP ROW ACCESS POLICY p RESTRICT"},
};

static void test_tb_parse__policies(void **state)
{
    (void)state;
    check_prints(policies, TB_COUNT(policies));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tb_parse__servers),
        cmocka_unit_test(test_tb_parse__mappings_and_discovery),
        cmocka_unit_test(test_tb_parse__tables),
        cmocka_unit_test(test_tb_parse__schemas_and_views),
        cmocka_unit_test(test_tb_parse__comments),
        cmocka_unit_test(test_tb_parse__roles),
        cmocka_unit_test(test_tb_parse__privileges),
        cmocka_unit_test(test_tb_parse__policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
