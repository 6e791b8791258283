#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make test: everything under ASan and UBSan with ctest, then the label `threads` under TSan, then the fuzz targets for
# FUZZ_SECONDS (60) each. Real PostgreSQL, the oracle, runs on a free loopback port under the build folder and is stopped by its
# pid; tests find it in TOMBOLO_ORACLE.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
jobs=$(nproc)
tools/install-deps.sh build demo test

cmake --preset dev >/dev/null
cmake --build --preset dev -j "$jobs"
trap 'tools/pg.sh stop build/pg' EXIT
trap 'exit 130' INT TERM
TOMBOLO_ORACLE="host=127.0.0.1 port=$(tools/pg.sh start build/pg) user=postgres"
export TOMBOLO_ORACLE

status=0
ctest --test-dir build/dev --output-on-failure -j "$jobs" || status=1

cmake --preset tsan >/dev/null
cmake --build --preset tsan -j "$jobs"
ctest --test-dir build/tsan -L threads --output-on-failure -j "$jobs" >build/tsan.log 2>&1 || status=1
sed -n '/Test project/,$p' build/tsan.log

tools/fuzz.sh "${FUZZ_SECONDS:-60}" || status=1
exit $status
