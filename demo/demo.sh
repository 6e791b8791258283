#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make demo: eight departments in eight SQLite files, one gateway, seventeen reports over the PostgreSQL wire.
#
#   demo.sh           builds, generates, serves, runs the reports as the logins they are for, compares with demo/expected
#   demo.sh --serve   leaves the server running and prints how to connect
#
# Everything it writes is under build/demo-run.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
run=$top/build/demo-run
bin=$top/build/release
cd "$top"
. demo/gateway.sh

# What crossed for the last query of a login, one line per department.
crossed() {
    as auditor -At -v who="$1" <<'SQL'
SELECT '  ' || c.department || ': ' || sum(c.rows) || ' rows, ' || sum(c.bytes) || ' bytes; masked: '
       || coalesce(string_agg(DISTINCT nullif(c.masked, ''), ', '), 'nothing')
  FROM tombolo.query_crossing c
 WHERE c.query_id = (SELECT q.query_id FROM tombolo.query_log q
                      WHERE q.user_name = :'who' AND q.query_id IN (SELECT query_id FROM tombolo.query_crossing)
                      ORDER BY q.started DESC LIMIT 1)
 GROUP BY c.department
 ORDER BY c.department;
SQL
}

# Prints a report and what crossed for it; keeps its rows as CSV. The statement runs twice: as a table and as CSV.
report() {
    name=$(basename "$1" .sql)
    who=$(header login "$1")
    echo
    sed -n '1s/^-- //p' "$1"
    echo "  as $who, purpose: $(header purpose "$1")"
    {
        session "$1" '\pset border 2' "\\i $1"
        as_csv "$1" "$run/results/$name.csv"
    } >"$run/script.sql"
    as "$who" -f "$run/script.sql" || return 1
    crossed "$who"
    cmp -s "$run/results/$name.csv" "demo/expected/$name.csv" || {
        echo "  DIFFERS from demo/expected/$name.csv"
        return 1
    }
}

tools/install-deps.sh build demo
cmake --preset release >/dev/null
cmake --build --preset release --target tombolo demo-gen

began=$(date +%s)
trap gateway_stop EXIT
trap 'exit 130' INT TERM
gateway_start

if [ "${1:-}" = --serve ]; then
    trap - EXIT
    echo "demo: the server is running; everybody's password is demo"
    echo "  PGPASSWORD=demo psql -h 127.0.0.1 -p $port -U analyst tombolo"
    echo "  stop it: kill $(cat "$run/gateway/tombolo.pid")"
    exit 0
fi

total=0
equal=0
for f in $(ls demo/reports/*.sql | sort -V); do
    total=$((total + 1))
    if report "$f"; then
        equal=$((equal + 1))
    fi
done
gateway_stop
trap - EXIT
echo
echo "data, set-up and reports took $(($(date +%s) - began)) s"
echo "demo: $equal of $total reports equal the single-database oracle"
[ "$equal" = "$total" ]
