/* SPDX-License-Identifier: Apache-2.0
 * Inside of text and binary input and output.
 */
#ifndef TB_CORE_IO_INT_H
#define TB_CORE_IO_INT_H

#include "core/io_text.h"

/* "invalid input syntax for type x: "..."" (22P02); without the text when hide. */
tb_rc tbi_io_raise_syntax(const char *type, const char *s, size_t len, bool hide, tb_error *err);

/* '{a,"b c",NULL}', '[2:3]={...}' of the array type `type` (typmod: of the elements). */
tb_rc tbi_array_in(const tb_io_cx *cx, tb_type type, const char *s, size_t len, tb_str *out,
                   tb_error *err) TB_MUSTUSE;
void tbi_array_out(const tb_io_cx *cx, const tb_str *array, tb_buf *out);
/* '1 2 3' of int2vector and oidvector. */
tb_rc tbi_vector_in(const tb_io_cx *cx, tb_type_id type, const char *s, size_t len, tb_str *out,
                    tb_error *err) TB_MUSTUSE;
void tbi_vector_out(const tb_io_cx *cx, const tb_str *vector, tb_buf *out);
/* (a,"b c",) */
void tbi_record_out(const tb_io_cx *cx, const tb_str *record, tb_buf *out);

tb_rc tbi_uuid_in(const char *s, size_t len, bool hide, uint8_t out[16], tb_error *err) TB_MUSTUSE;
tb_rc tbi_bytea_in(tb_arena *arena, const char *s, size_t len, bool hide, tb_str *out,
                   tb_error *err) TB_MUSTUSE;
void tbi_bytea_out(const tb_str *s, bool escape, tb_buf *out);
tb_rc tbi_tid_in(tb_arena *arena, const char *s, size_t len, bool hide, tb_str *out,
                 tb_error *err) TB_MUSTUSE;

#endif
