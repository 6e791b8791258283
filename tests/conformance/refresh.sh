#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Called by run_slt.py when the tables in the two files are new: the departments' keeper imports and grants them.
#
# SLT_SCHEMA is the schema of the backing PostgreSQL, SLT_TABLES lists "table:department". The files declare TEXT where SQLite
# has no type. The keeper says what those columns hold; a column of a type that the gateway does not have stays hidden, because
# as text it would compare in another way. SQLite makes REAL of an unconstrained numeric, and the copy puts the words NaN and
# Infinity among REAL values: a table in which that happened unnoticed is not there, because the files no longer hold what the
# suite asks about.
set -eu

changes=$(psql -X -q -At -w -v ON_ERROR_STOP=1 -v tables="$SLT_TABLES" -v schema="$SLT_SCHEMA" "$CONFORMANCE_BACKING" <<'SQL'
CREATE TEMP VIEW imported AS
SELECT split_part(t, ':', 2) AS department, c.relname, c.oid::regclass AS backing, a.attname, a.atttypid, a.atttypmod, y.typname
  FROM regexp_split_to_table(:'tables', ' ') AS t
  JOIN pg_class AS c ON c.relname = split_part(t, ':', 1)
  JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = :'schema'
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type AS y ON y.oid = a.atttypid;
SELECT format(E'%s TYPE %s;\n\\if :ERROR\n%1$s SET HIDDEN;\n\\endif',
              format('ALTER FOREIGN TABLE %I.%I ALTER COLUMN %I', department, relname, attname), format_type(atttypid, NULL))
  FROM imported
 WHERE typname NOT IN ('bool', 'int2', 'int4', 'int8', 'float8', 'numeric', 'text', 'varchar', 'bpchar', 'bytea', 'date', 'time',
                       'timestamp', 'timestamptz');
SELECT format('SELECT %L WHERE EXISTS (SELECT FROM %s WHERE CASE WHEN %I IN (0, ''NaN'') OR %3$I = trunc(%3$I) THEN false'
              ' WHEN abs(%3$I) < 1e-300 THEN true'
              ' ELSE %3$I::float8 = %3$I::float8::numeric::float8 AND %3$I <> %3$I::float8::numeric END)',
              format('DROP FOREIGN TABLE %I.%I;', department, relname), backing, attname)
  FROM imported WHERE typname = 'numeric' AND atttypmod = -1 \gexec
SELECT format('SELECT %L WHERE EXISTS (SELECT FROM %s WHERE %I IN (''NaN'', ''Infinity'', ''-Infinity''))',
              format('DROP FOREIGN TABLE %I.%I;', department, relname), backing, attname)
  FROM imported WHERE typname IN ('float4', 'float8') \gexec
SQL
)
psql -X -q -At -w -v ON_ERROR_STOP=1 -v VERBOSITY=terse "$CONFORMANCE_KEEPER" <<SQL
SELECT format('DROP FOREIGN TABLE %I.%I', n.nspname, c.relname)
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname IN ('north', 'south') \gexec
IMPORT FOREIGN SCHEMA main FROM SERVER north_db INTO north;
IMPORT FOREIGN SCHEMA main FROM SERVER south_db INTO south;
\set ON_ERROR_STOP off
$changes
\set ON_ERROR_STOP on
GRANT SELECT ON ALL TABLES IN SCHEMA north, south TO analyst;
SQL
