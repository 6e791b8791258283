/* SPDX-License-Identifier: Apache-2.0
 * COPY .. TO STDOUT: options, and rows as lines.
 */
#ifndef TB_SERVER_COPY_OUT_H
#define TB_SERVER_COPY_OUT_H

#include "parser/ast.h"
#include "server/pgwire_encode.h"

typedef enum tb_copy_format { TB_COPY_TEXT, TB_COPY_CSV, TB_COPY_BINARY } tb_copy_format;

typedef struct tb_copy_options {
    tb_copy_format format;
    char delimiter, quote, escape;
    const char *null;
    bool header;
    bool force_all;           /* FORCE QUOTE * */
    const tb_ast_list *force; /* FORCE QUOTE names; or NULL */
    bool encoding_given;
    tb_encoding encoding;
} tb_copy_options;

/* PostgreSQL's checks in PostgreSQL's order. */
tb_rc tb_copy_read_options(const tb_ast_copy *ast, tb_copy_options *out, tb_error *err) TB_MUSTUSE;

/* Appends one line, or one tuple of the binary format, in UTF-8: row `row` of the slice's batch.
 * force: per column, CSV only; NULL = none. */
tb_rc tb_copy_row(tb_buf *line, const tb_copy_options *options, const bool *force,
                  const tb_io_cx *io, const tb_type *types, const tb_slice *slice, uint32_t row,
                  tb_error *err) TB_MUSTUSE;
/* The line of column names. */
void tb_copy_header(tb_buf *line, const tb_copy_options *options, const tb_desc *desc);

#endif
