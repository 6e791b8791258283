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
cd "$top"
run=$top/build/demo-run
bin=$top/build/release
serve=
[ "${1:-}" != --serve ] || serve=1

fail() {
    echo "demo: $*" >&2
    exit 1
}

stop_server() {
    [ -s "$run/gateway/tombolo.pid" ] || return 0
    pid=$(cat "$run/gateway/tombolo.pid")
    kill "$pid" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || :
}

# psql as a login; password `demo`, see setup/01_roles.sql
as() {
    login=$1
    shift
    PGPASSWORD=demo psql -X -q -w -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U "$login" -d tombolo "$@"
}

# The value of a comment line `-- NAME: value` of an .sql file.
header() {
    sed -n "s/^-- $1: //p" "$2"
}

start_server() {
    "$bin/server/tombolo" serve --data "$run/gateway" --port 0 >"$run/server.log" 2>&1 </dev/null &
    for _ in $(seq 100); do
        [ -s "$run/gateway/tombolo.port" ] && break
        sleep 0.1
    done
    [ -s "$run/gateway/tombolo.port" ] || fail "the server does not start, see $run/server.log"
    port=$(cat "$run/gateway/tombolo.port")
}

# What crossed for the last query of a login, one line per department.
crossed() {
    as auditor -At -v login="$1" <<'SQL'
SELECT '  ' || c.department || ': ' || sum(c.rows) || ' rows, ' || sum(c.bytes) || ' bytes; masked: '
       || coalesce(string_agg(DISTINCT nullif(c.masked, ''), ', '), 'nothing')
  FROM tombolo.query_crossing c
 WHERE c.query_id = (SELECT q.query_id FROM tombolo.query_log q
                      WHERE q."user" = :'login' AND q.query_id IN (SELECT query_id FROM tombolo.query_crossing)
                      ORDER BY q.started DESC LIMIT 1)
 GROUP BY c.department
 ORDER BY c.department;
SQL
}

# Prints a report and what crossed for it; keeps its rows as CSV. The statement runs twice: as a table and as CSV.
report() {
    name=$(basename "$1" .sql)
    login=$(header login "$1")
    purpose=$(header purpose "$1")
    echo
    sed -n '1s/^-- //p' "$1"
    echo "  as $login${purpose:+, for the purpose $purpose}"
    {
        [ -z "$purpose" ] || echo "SET tombolo.purpose = '$purpose';"
        cat <<SQL
\pset border 2
\i $1
\pset format csv
\pset null '\\N'
\o $run/results/$name.csv
\i $1
SQL
    } >"$run/script.sql"
    as "$login" -f "$run/script.sql" || return 1
    crossed "$login"
    cmp -s "$run/results/$name.csv" "demo/expected/$name.csv" || {
        echo "  DIFFERS from demo/expected/$name.csv"
        return 1
    }
}

tools/install-deps.sh build demo
cmake --preset release >/dev/null
cmake --build --preset release --target tombolo demo-gen

stop_server
rm -rf "$run"
mkdir -p "$run/results"
began=$(date +%s)
"$bin/demo/demo-gen" --out "$run/departments" --size S
echo demo >"$run/password"
"$bin/server/tombolo" init --data "$run/gateway" --admin admin --password-file "$run/password" --token-key-file demo/token.key
trap stop_server EXIT
trap 'exit 130' INT TERM
start_server
for f in demo/setup/*.sql; do
    as "$(header login "$f")" -v data="$run/departments" -f "$f" || fail "$f failed"
done

if [ -n "$serve" ]; then
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
    report "$f" && equal=$((equal + 1))
done
echo
echo "data, set-up and reports took $(($(date +%s) - began)) s"
stop_server
trap - EXIT
echo "demo: $equal of $total reports equal the single-database oracle"
[ "$equal" = "$total" ]
