#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demo's reports on real PostgreSQL with all departments in one database.
#
#   oracle.sh [--update] DATA_DIR OUT_DIR
#
# DATA_DIR: output of demo-gen, size S, seed 42. OUT_DIR: for what it finds. The server is where TOMBOLO_ORACLE says, a libpq
# connection string without a database ("host=127.0.0.1 port=5433 user=postgres"); without it the test is skipped (status 77).
# 1. the domain functions' vectors hold for the SQL functions; 2. each report, run by somebody who sees everything, finds exactly
# DATA_DIR/truth; 3. each report, run through the views of the login it is for, finds exactly what that login may see, and
# 4. equals demo/expected/REPORT.csv (--update writes it instead). Exit status 1 on any difference.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/oracle
update=
if [ "${1:-}" = --update ]; then
    update=1
    shift
fi
[ $# = 2 ] || { echo "usage: oracle.sh [--update] DATA_DIR OUT_DIR" >&2; exit 2; }
[ -n "${TOMBOLO_ORACLE:-}" ] || { echo "skipped: TOMBOLO_ORACLE is not set (no PostgreSQL to compare with)"; exit 77; }
data=$(cd "$1" && pwd)
mkdir -p "$2"
out=$(cd "$2" && pwd)
failed=0

sql() { # database, psql arguments
    to=$1
    shift
    psql -X -q -v ON_ERROR_STOP=1 -d "$TOMBOLO_ORACLE dbname=$to" "$@"
}

bad() {
    echo "oracle: $*" >&2
    failed=1
}

# Both databases hold the same tables: demo_all under the departments' names, demo_role behind views.
load() {
    sql postgres -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS demo_role" \
        -c "DROP DATABASE IF EXISTS demo_all" -c "CREATE DATABASE demo_all"
    sql demo_all -o /dev/null -v token_key="$(cat "$top/demo/token.key")" -f "$here/functions.sql"
    (cd "$data/oracle" && sql demo_all -f schema.sql -f load.sql)
    sql postgres -c "CREATE DATABASE demo_role TEMPLATE demo_all"
    for schema in police market tax transport hrss court health bank; do
        sql demo_role -c "ALTER SCHEMA $schema RENAME TO raw_$schema"
    done
    sql demo_role -f "$here/views.sql" -f "$here/canon.sql"
    sql demo_all -f "$here/canon.sql"
}

header() { # name, file
    sed -n "s/^-- $1: //p" "$2"
}

# Compares a report's rows with the truth of a world ("all" or "role"), on the columns the truth file has. A role's tokens of
# banks are in no truth file. NULL is \N in results and empty in truth files.
truth() { # results file, truth file, world
    columns=$(head -n 1 "$2" | cut -d, -f2-)
    texts=$(echo "$columns" | sed "s/[^,]*/coalesce(&, '')/g")
    sql postgres -At -f - <<SQL
CREATE TEMP TABLE got ($(head -n 1 "$1" | sed 's/,/ text, /g') text);
CREATE TEMP TABLE truth (world text, $(echo "$columns" | sed 's/,/ text, /g') text);
\\copy got FROM '$1' WITH (FORMAT csv, HEADER, NULL '\\N')
\\copy truth FROM '$2' WITH (FORMAT csv, HEADER, FORCE_NOT_NULL ($columns))
DELETE FROM truth WHERE world NOT IN ('both', '$3');
SELECT 'not found: ' || t::text FROM (SELECT $columns FROM truth EXCEPT ALL SELECT $texts FROM got) t
UNION ALL SELECT 'not planted: ' || t::text FROM (SELECT $texts FROM got EXCEPT ALL SELECT $columns FROM truth) t;
SQL
}

load
sql demo_all -At -v vectors="$top/demo/vectors.csv" -f "$here/vectors.sql" >"$out/vectors"
[ ! -s "$out/vectors" ] || bad "functions differ from demo/vectors.csv: $(cat "$out/vectors")"

n=0
for report in "$top"/demo/reports/*.sql; do
    name=$(basename "$report" .sql)
    n=$((n + 1))
    sql demo_all --csv -P 'null=\N' -f "$report" >"$out/$name.all.csv"
    truth "$out/$name.all.csv" "$data/truth/$name.csv" all >"$out/$name.all"
    [ ! -s "$out/$name.all" ] || bad "$name, everything visible: $(head -n 5 "$out/$name.all")"
    PGOPTIONS="-c oracle.login=$(header login "$report") -c oracle.purpose=$(header purpose "$report")"
    export PGOPTIONS
    sql demo_role --csv -P 'null=\N' -f "$report" >"$out/$name.csv"
    unset PGOPTIONS
    truth "$out/$name.csv" "$data/truth/$name.csv" role >"$out/$name.role"
    [ ! -s "$out/$name.role" ] || bad "$name, as $(header login "$report"): $(head -n 5 "$out/$name.role")"
    if [ -n "$update" ]; then
        cp "$out/$name.csv" "$top/demo/expected/$name.csv"
    elif ! diff -u "$top/demo/expected/$name.csv" "$out/$name.csv" >"$out/$name.diff"; then
        bad "$name differs from demo/expected: $(sed -n 3,8p "$out/$name.diff")"
    fi
done
[ $failed = 0 ] && echo "oracle: $n reports, vectors and truth hold"
exit $failed
