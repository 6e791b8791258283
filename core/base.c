/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void tb_check_failed(const char *cond, const char *file, int line)
{
    fprintf(stderr, "tombolo: check failed: %s at %s:%d\n", cond, file, line);
    abort();
}

static void *or_die(void *p)
{
    if (p == NULL)
        tb_check_failed("out of memory", __FILE__, __LINE__);
    return p;
}

void *tb_xmalloc(size_t size)
{
    return or_die(malloc(size ? size : 1));
}

void *tb_xcalloc(size_t count, size_t size)
{
    return or_die(calloc(count ? count : 1, size ? size : 1));
}

void *tb_xrealloc(void *old, size_t size)
{
    return or_die(realloc(old, size ? size : 1));
}

char *tb_xstrdup(const char *s)
{
    return or_die(strdup(s));
}
