# Compiler settings and the two helpers every folder uses: tb_library() and tb_test().

add_library(tb_flags INTERFACE)
target_compile_definitions(tb_flags INTERFACE _GNU_SOURCE)
target_include_directories(tb_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
target_compile_options(tb_flags INTERFACE
  -Werror -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum
  -Wwrite-strings -Wpointer-arith -Wundef -Wvla -Wimplicit-fallthrough -Wformat=2
  -fno-omit-frame-pointer -fno-strict-aliasing -g)
if(TOMBOLO_SANITIZE)
  target_compile_options(tb_flags INTERFACE -fsanitize=${TOMBOLO_SANITIZE})
  target_link_options(tb_flags INTERFACE -fsanitize=${TOMBOLO_SANITIZE})
  # GCC's flow warnings see the instrumentation, not the program; the release build keeps them as errors.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(tb_flags INTERFACE -Wno-error=maybe-uninitialized)
  endif()
  if(TOMBOLO_SANITIZE MATCHES "undefined")
    target_compile_options(tb_flags INTERFACE -fno-sanitize-recover=undefined)
  endif()
endif()

# tb_library(NAME SOURCES a.c b.c DEPENDS core parser): one static library per folder.
function(tb_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(tb_${name} STATIC ${A_SOURCES})
  target_link_libraries(tb_${name} PUBLIC tb_flags ${A_DEPENDS})
endfunction()

# tb_test(NAME SOURCES test_x.c DEPENDS tb_core LABELS unit): one cmocka executable, run by ctest.
function(tb_test name)
  cmake_parse_arguments(A "" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_DEPENDS} cmocka)
  add_test(NAME ${name} COMMAND ${name})
  if(NOT A_TIMEOUT)
    set(A_TIMEOUT 300)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${A_LABELS}" TIMEOUT ${A_TIMEOUT}
    ENVIRONMENT "ASAN_OPTIONS=allow_user_segv_handler=0:detect_leaks=1;TOMBOLO_SOURCE=${CMAKE_SOURCE_DIR};TOMBOLO_BINARY=${CMAKE_BINARY_DIR}")
endfunction()
