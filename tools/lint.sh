#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make lint: what needs no compiled tests. Shell scripts parse; C files keep the house's limits (docs/style is .clang-format).
set -eu

cd "$(dirname "$0")/.."
status=0
# our files, with and without git: what lies under build/ is made
files() {
    find . \( -path ./build -o -path ./.git \) -prune -o -type f \( "$@" \) -print
}
for f in $(files -name '*.sh') .ci/run; do
    sh -n "$f" || status=1
done
# wc -m counts characters, so Chinese text is not punished for its bytes
for f in $(files -name '*.[ch]'); do
    head -n 1 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || { echo "$f: no SPDX line"; status=1; }
    lines=$(wc -l <"$f")
    [ "$lines" -le 1000 ] || { echo "$f: $lines lines"; status=1; }
done
if files -name '*.[ch]' -o -name '*.sh' -o -name '*.sql' -o -name '*.md' | xargs grep -nE '[[:blank:]]+$'; then
    echo "trailing blanks"
    status=1
fi
if command -v clang-format-14 >/dev/null; then
    files -name '*.[ch]' | xargs clang-format-14 --dry-run -Werror || status=1
fi
exit $status
