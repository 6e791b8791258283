# SPDX-License-Identifier: Apache-2.0
# Sourced by demo.sh and tests/oracle/gateway.sh: a gateway over the demo's departments.
#
# Needs: $top (the repository), $bin (a build directory), $run (a directory to write to). After gateway_start, $port is set.

gateway_fail() {
    echo "demo: $*" >&2
    exit 1
}

# The value of a comment line `-- NAME: value` of an .sql file; empty when there is none.
header() {
    sed -n "s/^-- $1: //p" "$2"
}

# psql as a login; everybody's password is `demo`, see setup/01_roles.sql.
as() {
    login=$1
    shift
    PGPASSWORD=demo psql -X -q -w -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U "$login" -d tombolo "$@"
}

gateway_stop() {
    [ -s "$run/gateway/tombolo.pid" ] || return 0
    pid=$(cat "$run/gateway/tombolo.pid")
    kill "$pid" 2>/dev/null || return 0
    for _ in $(seq 300); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -9 "$pid" 2>/dev/null || :
}

# Departments of size S, a new catalog with the demo's token key, a server on a free loopback port.
gateway_create() {
    gateway_stop
    rm -rf "$run"
    mkdir -p "$run/results"
    "$bin/demo/demo-gen" --out "$run/departments" --size S
    echo demo >"$run/password"
    "$bin/server/tombolo" init --data "$run/gateway" --admin admin --password-file "$run/password" \
        --token-key-file "$top/demo/token.key"
    "$bin/server/tombolo" serve --data "$run/gateway" --port 0 >"$run/server.log" 2>&1 </dev/null &
    for _ in $(seq 300); do
        [ -s "$run/gateway/tombolo.port" ] && break
        sleep 0.1
    done
    [ -s "$run/gateway/tombolo.port" ] || gateway_fail "the server does not start, see $run/server.log"
    port=$(cat "$run/gateway/tombolo.port")
}

# The same with the demo's servers, roles, tables and policies.
gateway_start() {
    gateway_create
    for f in "$top"/demo/setup/*.sql; do
        as "$(header login "$f")" -v data="$run/departments" -f "$f" || gateway_fail "$f failed"
    done
}

# psql commands that set up a report's session: its purpose, and the lines given.
session() { # report file, more lines
    purpose=$(header purpose "$1")
    [ -z "$purpose" ] || echo "SET tombolo.purpose = '$purpose';"
    shift
    for line in "$@"; do
        printf '%s\n' "$line"
    done
}

# psql commands that write a report's rows to a file, in the form of demo/expected.
as_csv() { # report file, output
    printf '%s\n' '\pset format csv' "\\pset null '\\\\N'" "\\o $2" "\\i $1" '\o'
}
