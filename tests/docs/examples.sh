#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every SQL example of the documents, in order, as the login that `-- as LOGIN` names: an error fails the test.
#
#   examples.sh BUILD_DIR RUN_DIR
#
# What operators and admins read runs on an empty gateway over the tax office's file, everything else on the demo.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
[ $# = 2 ] || { echo "usage: examples.sh BUILD_DIR RUN_DIR" >&2; exit 2; }
bin=$1
run=$2
. "$top/demo/gateway.sh"

failed=0
examples=0

# The SQL blocks of a document, one file per login and turn: $run/example.N.LOGIN.
split_blocks() {
    rm -f "$run"/example.*
    awk -v out="$run/example" -v data="$run/departments" '
        /^```sql$/ { inside = 1; next }
        /^```$/ { inside = 0; login = ""; next }
        !inside { next }
        /^-- as [a-z_]+$/ { login = $3; n++; next }
        login == "" { print FILENAME ": an example without -- as LOGIN: " $0 > "/dev/stderr"; exit 1 }
        { gsub(/\/srv\//, data "/"); print > sprintf("%s.%02d.%s", out, n, login) }' "$1"
}

run_document() {
    split_blocks "$top/$1" || failed=1
    for f in "$run"/example.*; do
        [ -e "$f" ] || continue
        examples=$((examples + 1))
        as "${f##*.}" -f "$f" >"$run/output" 2>&1 || {
            echo "$1, as ${f##*.}:" >&2
            cat "$f" "$run/output" >&2
            failed=1
        }
    done
}

trap gateway_stop EXIT
trap 'exit 130' INT TERM
gateway_create
run_document docs/operator.md
as admin -c "CREATE ROLE credit_regulators" -c "CREATE ROLE credit_analysts"
run_document docs/admin.md
gateway_stop
gateway_start
for doc in README.md docs/analyst.md docs/regulator.md docs/auditor.md docs/one-query.md; do
    run_document "$doc"
done
gateway_stop
trap - EXIT
echo "$examples examples"
[ $examples -ge 10 ] || failed=1
exit $failed
