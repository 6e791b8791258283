/* SPDX-License-Identifier: Apache-2.0
 * The few macros and the return code that every file uses.
 *
 * Fallible functions return tb_rc and take a caller-owned `tb_error *err` as their last argument;
 * they raise the error once, where it is detected, with TB_RAISE (core/error.h).
 */
#ifndef TB_CORE_BASE_H
#define TB_CORE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum tb_rc { TB_OK = 0, TB_FAIL = -1 } tb_rc;

#define TB_MUSTUSE           __attribute__((warn_unused_result))
#define TB_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define TB_COUNT(array)      (sizeof(array) / sizeof((array)[0]))

/* Return TB_FAIL from the enclosing function when `expr` fails; the error is already raised. */
#define TB_TRY(expr)                                                                               \
    do {                                                                                           \
        if ((expr) != TB_OK)                                                                       \
            return TB_FAIL;                                                                        \
    } while (0)

/* A programmer error: kept in release builds, prints where and aborts. */
#define TB_CHECK(cond)   ((cond) ? (void)0 : tb_check_failed(#cond, __FILE__, __LINE__))
/* After a switch that lists every enumerator. */
#define TB_UNREACHABLE() tb_check_failed("unreachable", __FILE__, __LINE__)

_Noreturn void tb_check_failed(const char *cond, const char *file, int line);

/* malloc family that aborts when the machine is out of memory; budgets are enforced elsewhere
 * (tb_arena, executor memory) and fail softly. The caller frees with free(). */
void *tb_xmalloc(size_t size) TB_MUSTUSE;
void *tb_xcalloc(size_t count, size_t size) TB_MUSTUSE;
void *tb_xrealloc(void *old, size_t size) TB_MUSTUSE;
char *tb_xstrdup(const char *s) TB_MUSTUSE;

#endif
