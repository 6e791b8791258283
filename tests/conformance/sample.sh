#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A sample of the suites' core tier for every test run: no answer may be wrong, and the floor of right ones must hold.
#
#   sample.sh BUILD_DIR OUT_DIR
#
# Skipped (77) without TOMBOLO_SUITES, or without TOMBOLO_ORACLE: then this is a run that does without PostgreSQL.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
floor=98
[ -n "${TOMBOLO_ORACLE:-}" ] || { echo "conformance: skipped, TOMBOLO_ORACLE is not set"; exit 77; }
mkdir -p "$2"
rm -f "$2"/*.json

# Files with many statements: what takes the time is to set up a file's tables.
files=$(tr '\n' '|' <<'LIST'
sqlite/(evidence/in1|index/between/.*0|random/(aggregates/slt_good_12|expr/slt_good_14|groupby/slt_good_9|select/slt_good_17))
tpch/sf001/q(01|09|13|21)
tpcds/sf001/q(02|14|39|75)
job/j(02a|15d)
nist/dml0[12].*
sqltest/E061.*
trino/.*(Aggregations|JoinQueries|WindowQueries|string_functions)_00
robust/(mutant_01|sqlsmith_0[04]|syntax_0[02])
cockroach/(builtin_function|suboperators|subquery_correlated|window|type_conversion_operator)
datafusion/(joins|scalar|timestamps|window)
materialize/(arithmetic|dates-times|joins|json|numeric|string)
materialize/postgres/(subselect|union)
pgregress/(date|interval|numeric|subselect|union|window)
risingwave/types/(cast|decimal|interval|temporal_arithmetic)
risingwave/duckdb/join/.*
duckdb/(join/inner/test_join_types|projection/test_coalesce|subquery/complex/correlated_list_aggregate|window/test_window_.*)
LIST
)
"$here/run.sh" -b "$1" -o "$2" -- --limit 40 --timeout 120 --match "/sql/(${files%|})\\.slt\$"
exec "$here/report.py" "$2" --floor $floor
