/* SPDX-License-Identifier: Apache-2.0
 * Growable byte buffer with a mandatory maximum. Once an append would pass the maximum the buffer
 * turns `failed` and ignores further appends; callers check once, at the end.
 * The data is always NUL-terminated when not empty; tb_buf_cstr() never returns NULL.
 */
#ifndef TB_CORE_BUF_H
#define TB_CORE_BUF_H

#include "core/base.h"

typedef struct tb_buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
} tb_buf;

/* Prepares an empty buffer that may grow to max_bytes. Nothing is allocated yet. */
void tb_buf_init(tb_buf *buf, size_t max_bytes);
/* Frees the memory; the buffer is empty and usable again. */
void tb_buf_fini(tb_buf *buf);
/* Empties the buffer, keeps the memory, clears `failed`. */
void tb_buf_reset(tb_buf *buf);

void tb_buf_append(tb_buf *buf, const void *bytes, size_t len);
void tb_buf_puts(tb_buf *buf, const char *s);
void tb_buf_putc(tb_buf *buf, char c);
void tb_buf_printf(tb_buf *buf, const char *fmt, ...) TB_PRINTF(2, 3);
/* Makes room for len more bytes and returns where they go, or NULL when over the maximum; the
 * caller then adds what it wrote to buf->len. */
char *tb_buf_reserve(tb_buf *buf, size_t len);
const char *tb_buf_cstr(const tb_buf *buf);

#endif
