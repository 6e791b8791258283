/* SPDX-License-Identifier: Apache-2.0
 * Binary input and output of every type: PostgreSQL's typreceive and typsend, as Bind and DataRow
 * carry them.
 */
#ifndef TB_CORE_IO_BINARY_H
#define TB_CORE_IO_BINARY_H

#include "core/io_text.h"

/* Message bytes to a value, modifier applied. Lengths are checked exactly: 08P01 for a short or
 * long value, 22P03 for an impossible one, 22021 for text that is not UTF-8. Types without a
 * receive function: 42883. */
tb_rc tb_binary_in(const tb_io_cx *cx, tb_type type, const char *s, size_t len, tb_value *out,
                   tb_error *err) TB_MUSTUSE;
/* Appends the bytes of a non-null value, without the length word. 42883 for types without a send
 * function. */
tb_rc tb_binary_out(const tb_io_cx *cx, tb_type type, const tb_datum *d, tb_buf *out,
                    tb_error *err) TB_MUSTUSE;

#endif
