#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs Debian 12 packages: tools/install-deps.sh SET... with sets build, demo, test. Silent when everything is there.
# Uses sudo when not root; refreshes the package lists only when an installation needs it.
set -eu

packages() {
    case $1 in
    build)
        echo gcc libc6-dev make cmake ninja-build pkg-config lemon libsqlite3-dev libssl-dev libpcre2-dev liblz4-dev \
            libxxhash-dev libutf8proc-dev libedit-dev libinih-dev libpq-dev
        ;;
    demo)
        echo postgresql-client-15
        ;;
    test)
        echo libcmocka-dev libpg-query-dev postgresql-15 python3 sqlite3 clang-14 libclang-rt-14-dev \
            clang-format-14
        ;;
    *)
        echo "install-deps.sh: unknown set $1" >&2
        exit 2
        ;;
    esac
}

missing=
for set in "$@"; do
    for p in $(packages "$set"); do
        dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
    done
done
[ -n "$missing" ] || exit 0

root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install-deps.sh: root or sudo is needed to install:$missing" >&2
        exit 1
    fi
    root=sudo
fi

install() {
    # shellcheck disable=SC2086 # a list of words
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}

echo "installing:$missing"
if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || ! install; then
    $root apt-get update -q
    install
fi
