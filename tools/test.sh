#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make test: everything under ASan and UBSan with ctest, then the label `threads` under TSan. Real PostgreSQL, the oracle, is
# started by the fixture `pg` (tests/oracle) on a free loopback port under the build folder and stopped by its pid, here too in case
# a run was interrupted.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
jobs=$(nproc)
tools/install-deps.sh build demo test

cmake --preset dev >/dev/null
cmake --build --preset dev -j "$jobs"
trap 'tools/pg.sh stop build/dev/pg; tools/pg.sh stop build/tsan/pg' EXIT
trap 'exit 130' INT TERM

status=0
ctest --test-dir build/dev --output-on-failure -j "$jobs" || status=1

cmake --preset tsan >/dev/null
cmake --build --preset tsan -j "$jobs"
ctest --test-dir build/tsan -L threads --output-on-failure -j "$jobs" >build/tsan.log 2>&1 || status=1
sed -n '/Test project/,$p' build/tsan.log
exit $status
