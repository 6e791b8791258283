#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A private PostgreSQL 15 on a free loopback port, for tests: the oracle of all semantics.
#
#   tools/pg.sh start DIR     create DIR if needed, start the server, print its port (also in DIR/port)
#   tools/pg.sh stop DIR      stop the server that start left in DIR
#   tools/pg.sh psql DIR ...  psql as the superuser `postgres` on database `postgres`, plus your arguments
#
# Cluster: UTF8, C.UTF-8, time zone UTC, trust authentication on loopback only, fsync off. As root the server runs
# as the unprivileged user postgres (or nobody). A second start on a running DIR only prints the port.
set -eu

die() { echo "pg.sh: $*" >&2; exit 1; }

find_bin() {
    for bin in "${PG_BIN:-}" /usr/lib/postgresql/15/bin; do
        if [ -n "$bin" ] && [ -x "$bin/initdb" ]; then
            echo "$bin"
            return
        fi
    done
    die "PostgreSQL 15 is not installed (apt-get install postgresql-15)"
}

# Runs a command as the user who may own a PostgreSQL cluster.
as_user() {
    if [ "$(id -u)" = 0 ]; then
        # setpriv, not su: no login shell, no PAM, the environment stays
        setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups -- "$@"
    else
        "$@"
    fi
}

running() {
    [ -s "$dir/data/postmaster.pid" ] && kill -0 "$(head -n 1 "$dir/data/postmaster.pid")" 2>/dev/null
}

init() {
    mkdir -p "$dir"
    if [ "$(id -u)" = 0 ]; then
        chown "$user" "$dir"
    fi
    as_user "$bin/initdb" -D "$dir/data" -U postgres -E UTF8 --locale=C.UTF-8 -A trust -N \
        >"$dir/initdb.log" 2>&1 || die "initdb failed, see $dir/initdb.log"
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
timezone = 'UTC'
log_timezone = 'UTC'
fsync = off
full_page_writes = off
max_connections = 60
shared_buffers = 64MB
autovacuum = off
CONF
}

start() {
    [ -s "$dir/data/PG_VERSION" ] || init
    if running; then
        cat "$dir/port"
        return
    fi
    rm -f "$dir/data/postmaster.pid"
    try=0
    while [ $try -lt 20 ]; do
        try=$((try + 1))
        port=$(awk 'BEGIN { srand(); print 20000 + int(rand() * 30000) }')
        port=$((20000 + (port + $$ * 7 + try * 613) % 30000))
        if as_user "$bin/pg_ctl" -D "$dir/data" -o "-p $port" -l "$dir/data/server.log" -w -s start \
            >/dev/null 2>&1 </dev/null; then
            echo "$port" >"$dir/port"
            echo "$port"
            return
        fi
    done
    die "the server does not start, see $dir/data/server.log"
}

stop() {
    if running; then
        as_user "$bin/pg_ctl" -D "$dir/data" -m fast -w -s stop
    fi
}

[ $# -ge 2 ] || die "usage: pg.sh start|stop|psql DIR"
action=$1
mkdir -p "$2"
dir=$(cd "$2" && pwd)
shift 2
bin=$(find_bin)
user=postgres
id "$user" >/dev/null 2>&1 || user=nobody
case $action in
start) start ;;
stop) stop ;;
psql) exec "$bin/psql" -X -h 127.0.0.1 -p "$(cat "$dir/port")" -U postgres -d postgres "$@" ;;
*) die "unknown action $action" ;;
esac
