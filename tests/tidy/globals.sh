#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fails on an object in writable memory that globals.txt does not list, and on a public name without our prefix.
#
#   globals.sh BUILD_DIR
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
libraries=$(find core parser planner policy connectors executor server -name 'libtb_*.a')
[ -n "$libraries" ] || { echo "globals.sh: no libraries in $1"; exit 1; }

objects() {
    for l in $libraries; do
        name=$(basename "$l" .a)
        # static tables with pointers lie in .data.rel.ro: read-only once the program is loaded
        objdump -t "$l" | awk -v lib="${name#lib}" '
            $NF !~ /^(__|\.|_?_asan|llvm)/ && ($0 ~ / O \.(data|bss)/ || $0 ~ / O \*COM\*/) && $0 !~ /rel\.ro/ {
                sub(/\.[0-9]+$/, "", $NF)
                print lib, $NF
            }'
    done | sort -u
}

status=0
objects | awk -v allowed="$here/globals.txt" '
    BEGIN { while ((getline line < allowed) > 0) { split(line, w, /[ \t]+/); ok[w[1], w[2]] = 1 } }
    { n++ }
    !(($1, $2) in ok) { print $1 ": " $2 " is writable and not in globals.txt"; bad++ }
    END { print n + 0 " writable objects"; exit bad > 0 || n == 0 }' || status=1
for l in $libraries; do
    nm -g --defined-only "$l" | awk -v lib="$(basename "$l")" '
        NF == 3 && $3 !~ /^(tb|tbi)_/ && $3 !~ /^(__|_fini|_init)/ { print lib ": " $3 " has no prefix"; bad++ }
        END { exit bad > 0 }' || status=1
done
exit $status
