#!/bin/sh
# Writes server/pgcat.def: names, OIDs, columns and types of PostgreSQL 15's catalog relations, read from a running
# PostgreSQL 15 (PGHOST, PGPORT, PGUSER as for psql). Types that exist only for relations we keep empty become text.
set -eu
psql -XAtq -F ' ' -d "${PGDATABASE:-postgres}" <<'SQL' | sed -e 's/ *$//'
SELECT '/* PGCAT(oid, kind, schema, relation, "column type, ...") by oid: PostgreSQL 15''s catalog, written by tools/gen_pgcat.sh. */';
SELECT format('PGCAT(%s, %s, %s, %s,%s)', c.oid, c.relkind, n.nspname, c.relname, string_agg(format(E'\n      "%s %s%s"', a.attname, t.ty,
         CASE WHEN a.last THEN '' ELSE ', ' END), '' ORDER BY a.attnum))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN LATERAL (SELECT attname, attnum, atttypid, attnum = c.relnatts AS last FROM pg_attribute
              WHERE attrelid = c.oid AND attnum > 0) a ON true
JOIN LATERAL (SELECT CASE
    WHEN typname IN ('sql_identifier') THEN 'name'
    WHEN typname IN ('character_data', 'yes_or_no') THEN 'varchar'
    WHEN typname = 'cardinal_number' THEN 'int4'
    WHEN typname = 'time_stamp' THEN 'timestamptz'
    WHEN typname IN ('pg_lsn', 'inet', 'xml', 'pg_ndistinct', 'pg_dependencies', 'pg_mcv_list', '_pg_statistic', 'anyarray') THEN 'text'
    ELSE typname END AS ty FROM pg_type WHERE oid = a.atttypid) t ON true
WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.relkind IN ('r', 'v') AND c.oid < 16384
  AND c.relname NOT LIKE 'pg_stat\_%' OR c.relname IN ('pg_stat_activity', 'pg_stat_user_tables', 'pg_stat_gssapi', 'pg_stat_ssl')
GROUP BY c.oid, c.relkind, n.nspname, c.relname ORDER BY c.oid;
SQL
