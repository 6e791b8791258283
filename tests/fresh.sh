#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The two commands on a bare Debian 12: debootstraps a minimal folder, copies the repository in, runs `make demo` and `make test`
# there by chroot. Needs root and a Debian mirror; not part of continuous integration.
#
#   tests/fresh.sh [FOLDER]     default: a new folder under /var/tmp, removed at the end
#
# The mirror is the first one of this machine's sources, or DEBIAN_MIRROR.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || { echo "fresh.sh: needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || apt-get install -y -q --no-install-recommends debootstrap

mirror=${DEBIAN_MIRROR:-$(sed -n 's/^deb \(\[[^]]*\] \)\?\(http[^ ]*\) .*/\2/p; s/^URIs: *\([^ ]*\).*/\1/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)}
keep=1
folder=${1:-}
if [ -z "$folder" ]; then
    keep=
    folder=$(mktemp -d /var/tmp/tombolo-fresh.XXXXXX)
fi
mkdir -p "$folder"
chmod 755 "$folder" # the oracle runs as another user and must reach it

cleanup() {
    umount "$folder/proc" 2>/dev/null || :
    umount "$folder/dev" 2>/dev/null || :
    [ -n "$keep" ] || rm -rf --one-file-system "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

[ -x "$folder/bin/sh" ] || debootstrap --variant=minbase bookworm "$folder" "${mirror:-http://deb.debian.org/debian}"
cp /etc/resolv.conf "$folder/etc/resolv.conf"
# a mirror may be reachable only the way this machine does it
apt-config dump | grep '^Acquire' >"$folder/etc/apt/apt.conf.d/99host" || :
# packages must not start services inside the folder
printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d"
chmod 755 "$folder/usr/sbin/policy-rc.d"
mount -t proc proc "$folder/proc"
mount --bind /dev "$folder/dev"

rm -rf "$folder/tombolo"
mkdir "$folder/tombolo"
(cd "$top" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -cf -) | tar -xf - -C "$folder/tombolo"

inside() {
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" chroot "$folder" /bin/sh -c "cd /tombolo && $*"
}
inside "apt-get update -q && apt-get install -y -q --no-install-recommends make ca-certificates"
inside make demo
inside make test
echo "fresh: both commands work on a bare Debian 12"
