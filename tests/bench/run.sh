#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make bench: the figures of docs/benchmarks.md on this machine, as one table, and as build/bench/results.tsv.
#
#   scan       a SQLite table through the engine, against a bare sqlite3_step loop: CPU per row
#   exec       joins, aggregations and a sort on local data, against DuckDB on one thread: CPU
#   planning   each report of the demo, in the server
#   report     each report of the demo at size S, over the wire, slowest of the runs
#
#   run.sh [PART...]   all parts without arguments. Exit status 1 when a target is missed.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
bin=${TOMBOLO_BIN:-$top/build/release}
out=$top/build/bench
run=$out/demo
rounds=${BENCH_ROUNDS:-5}
duckdb=1.5.6-r.1
. "$top/demo/gateway.sh"
mkdir -p "$out"
: >"$out/results.tsv"

# figure, ours, peer's or -, unit, measured against the target, target
result() {
    awk -v OFS='\t' -v f="$1" -v a="$2" -v b="$3" -v u="$4" -v m="$5" -v t="$6" \
        'BEGIN { print f, a, b, u, m, t, m == "-" ? "no peer" : (m + 0 <= t + 0 ? "met" : "MISSED") }' >>"$out/results.tsv"
}

ratio() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

scan() {
    "$bin/tests/bench/bench_scan" "$out/scan.db" 1000000 "$rounds" >"$out/scan"
    read -r bare engine best _ <"$out/scan"
    result "scan of 16 columns, 1 M rows" "$engine" "$bare" "ns/row" "$best" 1.25
}

# DuckDB from the npm registry; without it the figures stand alone.
install_duckdb() {
    [ -d "$out/node/node_modules/@duckdb/node-api" ] && return 0
    if ! command -v npm >/dev/null; then
        echo "bench: no npm: DuckDB is skipped"
        return 1
    fi
    mkdir -p "$out/node"
    npm install --silent --no-audit --no-fund --prefix "$out/node" "@duckdb/node-api@$duckdb" >"$out/npm.log" 2>&1 || {
        echo "bench: @duckdb/node-api cannot be had from the npm registry: DuckDB is skipped"
        return 1
    }
}

exec_cases() {
    if install_duckdb; then
        cp "$top/tests/bench/duckdb.mjs" "$out/node/"
        "$bin/tests/bench/bench_exec" dump "$out"
        "$top/tests/bench/compare.py" "$rounds" "$bin/tests/bench/bench_exec" node "$out/node/duckdb.mjs" "$out" >"$out/exec"
        rm -f "$out/orders.csv" "$out/lines.csv"
    else
        "$top/tests/bench/compare.py" "$rounds" "$bin/tests/bench/bench_exec" >"$out/exec"
    fi
    while read -r name ours theirs; do
        case $name in
        peer) continue ;;
        join_ordered) what="join 1.5 M x 6 M, keys in order" ;;
        join_random) what="join 1.5 M x 6 M, random keys" ;;
        join_group) what="join 1.5 M x 6 M, 150 k text groups" ;;
        group_200k) what="6 M rows to 200 k groups" ;;
        group_1500k) what="6 M rows to 1.5 M groups" ;;
        sort_6m) what="sort of 6 M rows by two columns" ;;
        esac
        if [ "$theirs" = - ]; then
            result "$what" "$ours" - ms - 1.5
        else
            result "$what" "$ours" "$theirs" ms "$(ratio "$ours" "$theirs")" 1.5
        fi
    done <"$out/exec"
}

# What psql says on each of the runs of a statement file: lines as they are. report, head, first words
repeat() {
    {
        session "$1" '\timing on' "\\o $out/answer"
        for _ in $(seq "$rounds"); do
            printf '%s\n' "$2"
            cat "$1"
        done
    } >"$run/script.sql"
    as "$(header login "$1")" -At -f "$run/script.sql"
    [ "$3" = time ] || grep "Planning Time" "$out/answer"
}

reports() { # planning and report, as asked
    trap gateway_stop EXIT
    trap 'exit 130' INT TERM
    gateway_start
    for f in $(ls "$top"/demo/reports/*.sql | sort -V); do
        name=$(basename "$f" .sql)
        if wanted planning; then
            ms=$(repeat "$f" 'EXPLAIN (SUMMARY)' plan | awk '/^Planning Time/ { print $3 }' | sort -n |
                awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }')
            result "planning of $name" "$ms" - ms "$ms" 5
        fi
        if wanted report; then
            ms=$(repeat "$f" '' time | awk '/^Time:/ { print $2 }' | tail -n "$rounds" | sort -n | tail -n 1)
            result "report $name" "$ms" - ms "$ms" 2000
        fi
    done
    gateway_stop
    trap - EXIT INT TERM
}

parts=${*:-scan exec planning report}
wanted() {
    case " $parts " in *" $1 "*) return 0 ;; esac
    return 1
}

! wanted scan || scan
! wanted exec || exec_cases
if wanted planning || wanted report; then
    reports
fi

awk -F '\t' 'BEGIN { form = "%-38s %10s %10s  %-7s %9s %7s  %s\n"
                     printf form, "figure", "ours", "peer", "unit", "measured", "target", "verdict" }
             { printf form, $1, $2, $3, $4, $5, $6, $7 }' "$out/results.tsv"
! grep -q MISSED "$out/results.tsv"
