#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demo's reports on real PostgreSQL with all departments in one database.
#
#   oracle.sh [--update] PG_DIR DATA_DIR
#
# PG_DIR: a server of tools/pg.sh (started when it is not running, and left running). DATA_DIR: output of demo-gen, size S, seed 42.
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
[ $# = 2 ] || { echo "usage: oracle.sh [--update] PG_DIR DATA_DIR" >&2; exit 2; }
pg=$1
data=$(cd "$2" && pwd)
port=$("$top/tools/pg.sh" start "$pg")
out=$pg/reports
mkdir -p "$out"
failed=0

sql() { # database, psql arguments
    to=$1
    shift
    psql -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U postgres -d "$to" "$@"
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

# Compares a report's rows with the truth of a world ("all" or "role"), on the columns the truth file has. R6's and R7's bank
# codes are tokens for some, but then the truth has no such column.
truth() { # database, report file, truth file, world
    columns=$(head -n 1 "$3" | cut -d, -f2-)
    texts=$(echo "$columns" | sed "s/[^,]*/coalesce(&::text, '')/g")
    {
        echo "CREATE TEMP TABLE got AS"
        cat "$2"
        cat <<SQL
CREATE TEMP TABLE truth (world text, $(echo "$columns" | sed 's/,/ text, /g') text);
\\copy truth FROM '$3' WITH (FORMAT csv, HEADER, FORCE_NOT_NULL ($columns))
DELETE FROM truth WHERE world NOT IN ('both', '$4');
SELECT 'not found: ' || t::text FROM (SELECT $columns FROM truth EXCEPT ALL SELECT $texts FROM got) t
UNION ALL SELECT 'not planted: ' || t::text FROM (SELECT $texts FROM got EXCEPT ALL SELECT $columns FROM truth) t;
SQL
    } | sql "$1" -At -f -
}

load
sql demo_all -At -v vectors="$top/demo/vectors.csv" -f "$here/vectors.sql" >"$out/vectors"
[ ! -s "$out/vectors" ] || bad "functions differ from demo/vectors.csv: $(cat "$out/vectors")"

n=0
for report in "$top"/demo/reports/*.sql; do
    name=$(basename "$report" .sql)
    n=$((n + 1))
    truth demo_all "$report" "$data/truth/$name.csv" all >"$out/$name.all"
    [ ! -s "$out/$name.all" ] || bad "$name, everything visible: $(head -n 5 "$out/$name.all")"
    PGOPTIONS="-c oracle.login=$(header login "$report") -c oracle.purpose=$(header purpose "$report")"
    export PGOPTIONS
    truth demo_role "$report" "$data/truth/$name.csv" role >"$out/$name.role"
    [ ! -s "$out/$name.role" ] || bad "$name, as $(header login "$report"): $(head -n 5 "$out/$name.role")"
    sql demo_role --csv -P 'null=\N' -f "$report" >"$out/$name.csv"
    unset PGOPTIONS
    if [ -n "$update" ]; then
        cp "$out/$name.csv" "$top/demo/expected/$name.csv"
    elif ! diff -u "$top/demo/expected/$name.csv" "$out/$name.csv" >"$out/$name.diff"; then
        bad "$name differs from demo/expected: $(sed -n 3,8p "$out/$name.diff")"
    fi
done
[ $failed = 0 ] && echo "oracle: $n reports, vectors and truth hold"
exit $failed
