#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demo's reports over departments whose masked columns hold canaries: the answers are the same, and no canary is in what
# SQLite handed over, in what was written to files, in the log or in an EXPLAIN.
#
#   reports.sh BUILD_DIR RUN_DIR
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
[ $# = 2 ] || { echo "usage: reports.sh BUILD_DIR RUN_DIR" >&2; exit 2; }
build=$1
run=$2
bin=$run.bin
. "$top/demo/gateway.sh"

# The server under trace; everything else as it is.
rm -rf "$bin"
mkdir -p "$bin/server" "$bin/demo"
ln -s "$build/demo/demo-gen" "$bin/demo/demo-gen"
cat >"$bin/server/tombolo" <<SH
#!/bin/sh
if [ "\$1" = serve ]; then
    export TRACE_FILE=$run/trace LD_PRELOAD=$build/tests/leak/libtrace.so
    export ASAN_OPTIONS=verify_asan_link_order=0:allow_user_segv_handler=0:detect_leaks=0
fi
exec "$build/server/tombolo" "\$@"
SH
chmod +x "$bin/server/tombolo"

# What a mask shows of a value stays, so that the answers stay.
poison() { # department, table, column, expression
    "$build/tests/leak/sqlite_exec" "$run/departments/$1.db" "UPDATE $2 SET $3 = $4 WHERE $3 IS NOT NULL"
}
poison_all() {
    for at in police.person.addr police.violation.place court.dishonest.duty health.case_report.addr; do
        column=${at##*.}
        table=${at#*.}
        poison "${at%%.*}" "${table%.*}" "$column" "'99CANARY' || rowid"
    done
    for at in transport.practitioner.name hrss.insured.name hrss.retire_cert.name court.dishonest.legal_rep \
        health.case_report.name market.enterprise.legal_rep bank.counterparty_ref.contact_name; do
        column=${at##*.}
        table=${at#*.}
        poison "${at%%.*}" "${table%.*}" "$column" "substr($column, 1, 1) || '99CANARY' || rowid"
    done
    poison police vehicle vin "'99CANARY' || substr(vin, -4)"
    poison transport op_vehicle vin "'99CANARY' || substr(vin, -4)"
    poison bank counterparty_ref contact_email "CASE WHEN instr(contact_email, '@') > 1 THEN
        substr(contact_email, 1, 1) || '99CANARY' || substr(contact_email, instr(contact_email, '@'))
        ELSE contact_email END"
}

status=0
reports() { # session lines
    for f in "$top"/demo/reports/*.sql; do
        name=$(basename "$f" .sql)
        {
            session "$f" "$@"
            as_csv "$f" "$run/results/$name.csv"
            printf '%s\n' "\\o $run/results/$name.plan" 'EXPLAIN (VERBOSE)'
            cat "$f"
        } >"$run/script.sql"
        as "$(header login "$f")" -f "$run/script.sql" || status=1
        cmp "$run/results/$name.csv" "$top/demo/expected/$name.csv" || status=1
    done
}

trap gateway_stop EXIT
trap 'exit 130' INT TERM
gateway_create
poison_all
for f in "$top"/demo/setup/*.sql; do
    as "$(header login "$f")" -v data="$run/departments" -f "$f" || gateway_fail "$f failed"
done
reports "SET tombolo.memory_limit = '2MB';" # small: some of them spill
gateway_stop

[ -s "$run/trace.received" ] || { echo "nothing was traced" >&2; status=1; }
grep -q '\*\*\*' "$run/trace.received" || { echo "no masked value was traced" >&2; status=1; }
[ -s "$run/trace.written" ] || { echo "no writes were traced" >&2; status=1; }
if grep -l -a CANARY "$run"/trace.* "$run/server.log" "$run"/gateway/* "$run"/results/* 2>/dev/null; then
    echo "a canary left its department" >&2
    status=1
fi
exit $status
