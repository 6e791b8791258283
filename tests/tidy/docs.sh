#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fails on a name in the documents that the sources do not have: relative links, paths and our C names in backticks.
#
#   docs.sh SOURCE_DIR
set -eu

cd "$1"
status=0
docs=$(find README.md docs */README.md -name '*.md')
missing() { echo "$1: $2 does not exist"; status=1; }

for doc in $docs; do
    dir=$(dirname "$doc")
    for link in $(grep -o '](\([^)#]*\)' "$doc" | sed 's/^](//' | grep -v '^[a-z]*:' || :); do
        [ -e "$dir/$link" ] || missing "$doc" "$link"
    done
    # `server/query.c`, `tests/tidy`: paths of this repository
    for path in $(grep -o '`[a-z][a-z_]*/[A-Za-z0-9_./-]*`' "$doc" | tr -d '`' | sort -u); do
        case $path in
        build/* | *REPORT*) ;; # made; a placeholder
        *) [ -e "$path" ] || missing "$doc" "$path" ;;
        esac
    done
done

# tb_query_run, tbi_unnest, TB_P_BARRIER: what the engineers' documents name. Functions may be written with ().
names=$(cat docs/architecture.md docs/one-query.md | grep -o '`\(tbi\?\|TBI\?\)_[A-Za-z0-9_]*\(()\)\?`' | tr -d '`()' | sort -u)
[ "$(echo "$names" | wc -l)" -ge 40 ] || { echo "docs.sh: the documents name almost nothing"; status=1; }
sources=$(find core parser planner policy connectors executor server -name '*.[chy]' -o -name '*.def')
# shellcheck disable=SC2086 # a list of files
words=$(cat $sources | tr -c 'A-Za-z0-9_' '\n' | sort -u)
for name in $names; do
    echo "$words" | grep -qx "$name" || missing docs "$name"
done
exit $status
