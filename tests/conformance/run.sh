#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Public SQL suites through the wire: every table lives in one of two SQLite files, the expected answers are PostgreSQL 15's.
#
#   run.sh [-b BUILD_DIR] [-o OUT_DIR] [SUITE...] [-- OPTION...]
#
# BUILD_DIR holds server/tombolo (default build/release). SUITE is a folder of $TOMBOLO_SUITES/sql (default: all). The options
# go to run_slt.py as they are: --match REGEX, --sample 0.1, --timeout S, -v ... Per suite, OUT_DIR (default
# build/conformance) gets SUITE.json and SUITE.log; report.py makes tables of them. Exit status: 0 = everything ran, whatever
# the answers; 77 = skipped, TOMBOLO_SUITES names no suites.
#
# A private PostgreSQL holds what a suite sets up; run_slt.py copies it into the two files, refresh.sh tells the gateway. The
# engine is asked as `analyst`, who was granted SELECT and nothing else.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/conformance
build=$top/build/release
out=$top/build/conformance
while getopts b:o: opt; do
    case $opt in
    b) build=$OPTARG ;;
    o) out=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
if [ ! -f "${TOMBOLO_SUITES:-}/run_slt.py" ]; then
    echo "conformance: skipped, TOMBOLO_SUITES does not name a folder with run_slt.py"
    exit 77
fi
suites=
while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do
    suites="$suites $1"
    shift
done
[ "${1:-}" != -- ] || shift # without a SUITE, getopts has taken it
# pgtest holds protocol scripts, which run_slt.py does not read
[ -n "$suites" ] || suites=$(ls "$TOMBOLO_SUITES/sql" | grep -vx pgtest)

mkdir -p "$out"
out=$(cd "$out" && pwd)
# Every statement makes two durable records: in memory, where a disk's flushes are not what is waited for.
scratch=/dev/shm
[ -d $scratch ] || scratch=${TMPDIR:-/tmp}
run=$(mktemp -d $scratch/conformance.XXXXXX)
chmod 755 "$run"
tombolo=$build/server/tombolo
export PGPASSWORD=conformance
PATH="${PG_BIN:-/usr/lib/postgresql/15/bin}:$PATH" # psql itself: Debian's wrapper takes longer than a refresh
export PATH

as() { # login, psql arguments
    login=$1
    shift
    psql -X -q -w -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U "$login" -d tombolo "$@"
}

# Serves until `stop` exists: after a crash the next file finds a server again. Crashes are counted as lost connections.
supervise() {
    port=0
    while [ ! -e "$run/stop" ]; do
        "$tombolo" serve --data "$run/gateway" --port "$port" >>"$out/server.log" 2>&1 </dev/null &
        echo $! >"$run/server.pid"
        wait $! || echo "conformance: server ended with status $?" >>"$out/server.log"
        port=$(cat "$run/port" 2>/dev/null || echo 0)
        sleep 0.2
    done
}

gateway_start() {
    echo "$PGPASSWORD" >"$run/password"
    "$tombolo" init --data "$run/gateway" --admin admin --password-file "$run/password"
    supervise &
    supervisor=$!
    for _ in $(seq 300); do
        [ -s "$run/gateway/tombolo.port" ] && break
        sleep 0.1
    done
    [ -s "$run/gateway/tombolo.port" ] || { echo "conformance: no server, see $out/server.log" >&2; exit 1; }
    port=$(cat "$run/gateway/tombolo.port")
    echo "$port" >"$run/port"
    for dept in north south; do
        sqlite3_empty "$run/$dept.db"
    done
    as admin <<'SQL'
CREATE ROLE sysop LOGIN PASSWORD 'conformance' SYSTEM;
CREATE ROLE keeper LOGIN PASSWORD 'conformance';
CREATE ROLE analyst LOGIN PASSWORD 'conformance';
CREATE SCHEMA north AUTHORIZATION keeper;
CREATE SCHEMA south AUTHORIZATION keeper;
SQL
    as sysop -v north="$run/north.db" -v south="$run/south.db" <<'SQL'
CREATE SERVER north_db FOREIGN DATA WRAPPER sqlite OPTIONS (path :'north');
CREATE SERVER south_db FOREIGN DATA WRAPPER sqlite OPTIONS (path :'south');
GRANT USAGE ON FOREIGN SERVER north_db, south_db TO keeper;
SQL
    as keeper -c 'GRANT USAGE ON SCHEMA north, south TO analyst'
}

sqlite3_empty() {
    python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("VACUUM")' "$1"
}

stop() {
    touch "$run/stop"
    if [ -s "$run/server.pid" ]; then
        kill "$(cat "$run/server.pid")" 2>/dev/null || :
        [ -z "${supervisor:-}" ] || wait "$supervisor" || :
    fi
    "$top/tools/pg.sh" stop "$run/pg"
    rm -rf "$run"
}

: >"$out/server.log"
trap stop EXIT
trap 'exit 130' INT TERM
CONFORMANCE_BACKING="postgresql://postgres@127.0.0.1:$("$top/tools/pg.sh" start "$run/pg")/postgres"
gateway_start
CONFORMANCE_KEEPER="postgresql://keeper@127.0.0.1:$port/tombolo"
export CONFORMANCE_BACKING CONFORMANCE_KEEPER

for suite in $suites; do
    echo "== $suite"
    python3 "$TOMBOLO_SUITES/run_slt.py" --engine "postgresql://analyst:$PGPASSWORD@127.0.0.1:$port/tombolo" \
        --backing "$CONFORMANCE_BACKING" --target north=sqlite:"$run/north.db" --target south=sqlite:"$run/south.db" \
        --engine-init 'SET search_path TO north, south' --refresh-cmd "$here/refresh.sh" --wait-restart 1 \
        --json "$out/$suite.json" "$@" "$TOMBOLO_SUITES/sql/$suite" >"$out/$suite.log" 2>&1 || :
    [ -s "$out/$suite.json" ] || { tail -n 5 "$out/$suite.log" >&2; exit 1; }
    tail -n 1 "$out/$suite.log"
done
