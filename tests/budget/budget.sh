#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# TPC-H's queries of the public suites at scale 0.01 over two departments, under memory budgets of 1, 4, 16 and 64 MiB: the rows are
# those of a statement that may take all it wants, the peak stays within the budget, the process stays small.
#
#   budget.sh BUILD_DIR RUN_DIR
#
# Skipped (77) without TOMBOLO_SUITES.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# = 2 ] || { echo "usage: budget.sh BUILD_DIR RUN_DIR" >&2; exit 2; }
if [ ! -d "${TOMBOLO_SUITES:-}/sql/tpch" ]; then
    echo "budget: skipped, TOMBOLO_SUITES does not name the suites"
    exit 77
fi
tombolo=$1/server/tombolo
run=$2
rm -rf "$run"
mkdir -p "$run/rows"
pid=

fail() {
    echo "budget: $*" >&2
    exit 1
}

as() {
    login=$1
    shift
    PGPASSWORD=budget psql -X -q -w -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U "$login" -d tombolo "$@"
}

stop() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || :
    [ -z "$pid" ] || wait "$pid" || :
    pid=
}

departments() {
    zcat "$TOMBOLO_SUITES/fixtures/tpch_sf001.sql.gz" |
        awk -v north="$run/north.sql" -v south="$run/south.sql" -f "$here/tpch.awk"
    for d in north south; do
        { echo 'PRAGMA synchronous = OFF;'; cat "$run/$d.sql"; } | sqlite3 "$run/$d.db" >/dev/null
    done
}

start() {
    echo budget >"$run/password"
    "$tombolo" init --data "$run/gateway" --admin admin --password-file "$run/password" >/dev/null
    "$tombolo" serve --data "$run/gateway" --port 0 >"$run/server.log" 2>&1 </dev/null &
    pid=$!
    for _ in $(seq 300); do
        [ -s "$run/gateway/tombolo.port" ] && break
        sleep 0.1
    done
    [ -s "$run/gateway/tombolo.port" ] || fail "the server does not start, see $run/server.log"
    port=$(cat "$run/gateway/tombolo.port")
    as admin -c "CREATE ROLE sysop LOGIN PASSWORD 'budget' SYSTEM" -c "CREATE ROLE keeper LOGIN PASSWORD 'budget'" \
        -c 'CREATE SCHEMA north AUTHORIZATION keeper' -c 'CREATE SCHEMA south AUTHORIZATION keeper'
    for d in north south; do
        as sysop -c "CREATE SERVER ${d}_db FOREIGN DATA WRAPPER sqlite OPTIONS (path '$run/$d.db')" \
            -c "GRANT USAGE ON FOREIGN SERVER ${d}_db TO keeper"
        as keeper -c "IMPORT FOREIGN SCHEMA main FROM SERVER ${d}_db INTO $d"
    done
}

# The statements of a suite file: what stands between "query ..." and "----".
queries() {
    awk '/^query/ { on = 1; next } /^----/ { if (on) print ";"; on = 0 } on' "$1"
}

# Rows of all queries under a budget; pushdown off makes the gateway do the work.
rows() { # budget, output
    for f in "$TOMBOLO_SUITES"/sql/tpch/sf001/*.slt; do
        echo "-- $(basename "$f")"
        {
            echo "SET search_path TO north, south; SET tombolo.memory_limit = '$1'; SET tombolo.pushdown = off;"
            queries "$f"
        } >"$run/script.sql"
        as keeper -At -f "$run/script.sql" || fail "$(basename "$f") fails with $1"
    done >"$2"
}

resident() {
    awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$pid/status"
}

trap stop EXIT
trap 'exit 130' INT TERM
departments
start
for mib in 1 4 16 64; do
    rows "${mib}MB" "$run/rows/$mib"
    echo "budget $mib MiB: the process has had $(resident) MiB"
done
small=$(resident)
rows 2GB "$run/rows/unlimited"
[ "$(grep -c '|' "$run/rows/unlimited")" -gt 100 ] || fail "the queries return hardly a row"
for mib in 1 4 16 64; do
    cmp "$run/rows/$mib" "$run/rows/unlimited" || fail "rows differ under a budget of $mib MiB"
done
"$here/peaks.sh" "$run/server.log"
# a sanitizer's shadow is not the engine's memory
[ -n "${TOMBOLO_SLOW:-}" ] || [ "$small" -le 400 ] || fail "the process had $small MiB"
