#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make lint: what needs no compiled tests. Shell scripts parse; C files keep the house's limits (docs/style is .clang-format).
set -eu

cd "$(dirname "$0")/.."
status=0
for f in $(git ls-files '*.sh') .ci/run; do
    sh -n "$f" || status=1
done
# wc -m counts characters, so Chinese text is not punished for its bytes
for f in $(git ls-files '*.c' '*.h'); do
    head -n 1 "$f" | grep -q 'SPDX-License-Identifier: Apache-2.0' || { echo "$f: no SPDX line"; status=1; }
    lines=$(wc -l <"$f")
    [ "$lines" -le 1000 ] || { echo "$f: $lines lines"; status=1; }
done
if git grep -nE '[[:blank:]]+$' -- '*.c' '*.h' '*.sh' '*.sql' '*.md'; then
    echo "trailing blanks"
    status=1
fi
if command -v clang-format-14 >/dev/null; then
    git ls-files '*.c' '*.h' | xargs clang-format-14 --dry-run -Werror || status=1
fi
exit $status
