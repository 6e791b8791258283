/* SPDX-License-Identifier: Apache-2.0
 * Client encodings: inside, everything is UTF-8; statement text comes in and results go out in the
 * encoding the client asked for with client_encoding.
 *
 * A recoder belongs to one session thread. SQL_ASCII means "no conversion", as in PostgreSQL: bytes
 * pass unchanged, and what comes in must still be valid UTF-8.
 */
#ifndef TB_SERVER_ENCODING_H
#define TB_SERVER_ENCODING_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/error.h"

typedef enum tb_encoding { TB_ENC_UTF8, TB_ENC_SQL_ASCII, TB_ENC_GBK, TB_ENC_GB18030 } tb_encoding;

/* Canonical name as ParameterStatus reports it: "UTF8", "GBK" ... */
const char *tb_encoding_name(tb_encoding enc);
/* PostgreSQL's spelling rules: case, '-', '_' and quotes around the name do not matter; aliases
 * utf8, unicode, cp936. False when the encoding is not offered. */
bool tb_encoding_parse(const char *name, tb_encoding *out);

typedef struct tb_recoder tb_recoder;

tb_recoder *tb_recoder_create(tb_encoding enc) TB_MUSTUSE;
/* NULL is allowed. */
void tb_recoder_destroy(tb_recoder *r);
/* True when bytes pass unchanged. NULL is UTF-8. */
bool tb_recoder_is_plain(const tb_recoder *r);
tb_encoding tb_recoder_encoding(const tb_recoder *r);

/* Client bytes to UTF-8, NUL-terminated, in the arena (the input itself when nothing changes: it
 * must then be NUL-terminated and live long enough). 22021 naming the encoding and the bytes, which
 * came from the client. */
tb_rc tb_recode_in(tb_recoder *r, tb_arena *arena, const char *text, size_t len, const char **out,
                   size_t *out_len, tb_error *err) TB_MUSTUSE;
/* Appends UTF-8 text in the client's encoding. False, with nothing appended, when a character has
 * no equivalent. */
bool tb_recode_out(tb_recoder *r, tb_buf *to, const char *text, size_t len);
/* The same for messages and names: characters without equivalent become '?'. */
void tb_recode_out_lossy(tb_recoder *r, tb_buf *to, const char *text, size_t len);

#endif
