#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demo's reports through the gateway equal demo/expected, in every mode that must not change an answer.
#
#   gateway.sh BUILD_DIR RUN_DIR
#
# Modes: as it is; pushdown off; memory of 4, 16 and 64 MiB (statements spill, none takes more). No report may take two seconds
# (not measured under sanitizers: TOMBOLO_SLOW=1).
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
[ $# = 2 ] || { echo "usage: gateway.sh BUILD_DIR RUN_DIR" >&2; exit 2; }
bin=$1
run=$2
. "$top/demo/gateway.sh"

failed=0
compare() { # mode, session lines
    mode=$1
    shift
    for f in "$top"/demo/reports/*.sql; do
        name=$(basename "$f" .sql)
        out=$run/results/$name.$mode.csv
        {
            session "$f" "$@"
            as_csv "$f" "$out"
        } >"$run/script.sql"
        began=$(date +%s%N)
        if ! as "$(header login "$f")" -f "$run/script.sql"; then
            echo "gateway: $name fails in mode $mode" >&2
            failed=1
        elif ! diff -u "$top/demo/expected/$name.csv" "$out" >"$out.diff"; then
            echo "gateway: $name differs in mode $mode:" >&2
            head -n 20 "$out.diff" >&2
            failed=1
        fi
        ms=$((($(date +%s%N) - began) / 1000000))
        if [ $ms -gt 2000 ] && [ -z "${TOMBOLO_SLOW:-}" ]; then
            echo "gateway: $name took $ms ms in mode $mode" >&2
            failed=1
        fi
    done
}

trap gateway_stop EXIT
trap 'exit 130' INT TERM
gateway_start
compare plain
compare no_pushdown 'SET tombolo.pushdown = off;'
for mib in 4 16 64; do
    compare "memory_$mib" "SET tombolo.memory_limit = '${mib}MB';"
done
"$top/tests/budget/peaks.sh" "$run/server.log" || failed=1
exit $failed
