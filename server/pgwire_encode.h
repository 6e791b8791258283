/* SPDX-License-Identifier: Apache-2.0
 * Values to the bytes clients get: DataRow fields, COPY fields.
 */
#ifndef TB_SERVER_PGWIRE_ENCODE_H
#define TB_SERVER_PGWIRE_ENCODE_H

#include "core/io_text.h"
#include "server/result.h"

/* Appends one DataRow for live row `row` of the slice's batch. formats: NULL = text. The message is
 * taken back when a value has no form: 22P05 no equivalent in the client's encoding, 42883 no
 * binary output, 54000 row longer than the output may be. */
tb_rc tb_encode_row(tb_wire_out *out, const tb_io_cx *io, const tb_type *types,
                    const int16_t *formats, const tb_slice *slice, uint32_t row,
                    tb_error *err) TB_MUSTUSE;

/* Appends a value's text in the client's encoding; scratch is any buffer. 22P05, 54000. */
tb_rc tb_encode_text(tb_wire_out *out, tb_buf *scratch, const tb_io_cx *io, tb_type type,
                     const tb_value *v, tb_error *err) TB_MUSTUSE;

/* Raises 54000 when the buffer is over its maximum. */
tb_rc tb_encode_check(const tb_wire_out *out, tb_error *err) TB_MUSTUSE;

#endif
