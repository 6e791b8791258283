/* SPDX-License-Identifier: Apache-2.0 */
#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tb_buf_init(tb_buf *buf, size_t max_bytes)
{
    *buf = (tb_buf){.max = max_bytes};
}

void tb_buf_fini(tb_buf *buf)
{
    free(buf->data);
    *buf = (tb_buf){.max = buf->max};
}

void tb_buf_reset(tb_buf *buf)
{
    buf->len = 0;
    buf->failed = false;
}

char *tb_buf_reserve(tb_buf *buf, size_t len)
{
    if (buf->failed || len > buf->max || buf->len > buf->max - len) {
        buf->failed = true;
        return NULL;
    }
    size_t need = buf->len + len + 1;
    if (need > buf->cap) {
        size_t cap = buf->cap ? buf->cap * 2 : 64;
        while (cap < need)
            cap *= 2;
        buf->data = tb_xrealloc(buf->data, cap);
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

void tb_buf_append(tb_buf *buf, const void *bytes, size_t len)
{
    char *to = tb_buf_reserve(buf, len);
    if (to == NULL)
        return;
    if (len > 0)
        memcpy(to, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void tb_buf_puts(tb_buf *buf, const char *s)
{
    tb_buf_append(buf, s, strlen(s));
}

void tb_buf_putc(tb_buf *buf, char c)
{
    tb_buf_append(buf, &c, 1);
}

void tb_buf_printf(tb_buf *buf, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *to = len < 0 ? NULL : tb_buf_reserve(buf, (size_t)len);
    if (to != NULL) {
        vsnprintf(to, (size_t)len + 1, fmt, again);
        buf->len += (size_t)len;
    }
    va_end(again);
}

const char *tb_buf_cstr(const tb_buf *buf)
{
    if (buf->data == NULL || buf->len == 0)
        return "";
    buf->data[buf->len] = '\0';
    return buf->data;
}
