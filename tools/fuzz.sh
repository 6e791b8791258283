#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh [SECONDS]: builds the libFuzzer targets with clang, ASan and UBSan and runs each for SECONDS (60). What they find is
# printed; inputs that reach new code stay under build/fuzz/fuzz for the next run.
set -eu

cd "$(dirname "$0")/.."
jobs=$(nproc)
cmake --preset fuzz -DFUZZ_SECONDS="${1:-60}" >/dev/null
cmake --build --preset fuzz --target fuzzers -j "$jobs"
ctest --test-dir build/fuzz -L fuzz --output-on-failure -j "$jobs"
