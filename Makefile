# Thin: the build is CMake's (CMakePresets.json), the work is in scripts.

.PHONY: all demo demo-serve test fuzz soak bench format lint clean

all:
	tools/install-deps.sh build
	cmake --preset release
	cmake --build --preset release

demo:
	demo/demo.sh

demo-serve:
	demo/demo.sh --serve

test:
	tools/test.sh

# make fuzz FUZZ_SECONDS=600: ten minutes of each target
fuzz:
	tools/install-deps.sh build test
	tools/fuzz.sh $(FUZZ_SECONDS)

soak:
	tools/install-deps.sh build test
	cmake --preset dev
	cmake --build --preset dev
	TOMBOLO_SOAK=1 ctest --test-dir build/dev -L soak --output-on-failure

bench:
	tools/install-deps.sh build demo test
	cmake --preset release
	cmake --build --preset release
	tests/bench/run.sh

format:
	git ls-files '*.c' '*.h' | xargs clang-format-14 -i

lint:
	tools/lint.sh

clean:
	rm -rf build
