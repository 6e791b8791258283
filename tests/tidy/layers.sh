#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fails on an #include between folders that layers.txt does not list.
#
#   layers.sh SOURCE_DIR
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
folders=$(sed -n 's/^\([a-z]*\):.*/\1/p' "$here/layers.txt")
# shellcheck disable=SC2086 # a list of folders
grep -Hno '^[[:blank:]]*#[[:blank:]]*include "[^"]*"' $(find $folders -name '*.[chy]' -o -name '*.def' -o -name '*.inc') |
awk -v rules="$here/layers.txt" '
BEGIN {
    while ((getline line < rules) > 0) {
        n = split(line, word, /[: ]+/)
        for (i = 2; i <= n && line !~ /^#/; i++)
            allowed[word[1], word[i]] = 1
    }
}
{
    split($0, part, "\"")
    path = part[2]
    split($0, at, ":")
    from = at[1]; sub(/\/.*/, "", from)
    to = path; sub(/\/.*/, "", to)
    seen++
    if (path !~ /\// || (from, to) in allowed || (from, path) in allowed)
        next
    printf "%s:%s: %s may not include %s\n", at[1], at[2], from, path
    bad++
}
END {
    if (seen < 100) { print "layers.sh: only " seen + 0 " includes found: is this the source folder?"; exit 1 }
    print seen " includes, " bad + 0 " against the layers"
    exit bad > 0
}'
