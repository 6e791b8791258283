#!/bin/sh
# Writes server/pgcat_types.def: PostgreSQL 15's built-in types and the functions that read and write them, as pg_type and
# pg_proc show them to clients that load types (JDBC, Npgsql). Read from a running PostgreSQL 15.
set -eu
psql -XAtq -d "${PGDATABASE:-postgres}" <<'SQL'
SELECT '/* Built-in rows of pg_type and pg_proc, written by tools/gen_pgcat_types.sh. */';
SELECT format('PGTYPE(%s, "%s", %s, %s, ''%s'', ''%s'', %s, ''%s'', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, ''%s'', ''%s'', %s)',
  oid, typname, typlen, typbyval::int, typtype, typcategory, typispreferred::int, typdelim, typsubscript::oid, typelem, typarray,
  typinput::oid, typoutput::oid, typreceive::oid, typsend::oid, typmodin::oid, typmodout::oid, typanalyze::oid, typalign, typstorage,
  typcollation)
FROM pg_type WHERE typnamespace = 11 AND typtype IN ('b', 'p', 'r', 'm') AND oid < 16384 ORDER BY oid;
SELECT DISTINCT ON (p.oid) format('PGPROC(%s, "%s", ''%s'', %s, %s, %s, ''%s'', "%s")', p.oid, proname, prokind, proisstrict::int, proretset::int,
  prorettype, provolatile, proargtypes)
FROM pg_proc p JOIN pg_type t ON p.oid IN (typsubscript, typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze)
WHERE t.typnamespace = 11 AND t.typtype IN ('b', 'p', 'r', 'm') ORDER BY p.oid;
SELECT format('PGRANGE(%s, %s, %s, %s, %s)', rngtypid, rngsubtype, rngmultitypid, rngcollation, rngsubopc) FROM pg_range ORDER BY 1;
SQL
