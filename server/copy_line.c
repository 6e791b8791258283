/* SPDX-License-Identifier: Apache-2.0
 * One row as a line of COPY's text and CSV formats, or a tuple of its binary one.
 */
#include "server/copy_out.h"

#include "core/io_binary.h"

#include <string.h>

/* A backslash before what would be read as something else. */
static void text_field(tb_buf *line, char delimiter, const char *s, size_t len)
{
    static const char controls[] = "\b\f\n\r\t\v", letters[] = "bfnrtv";
    for (size_t i = 0; i < len; i++) {
        const char *control = s[i] == '\0' ? NULL : strchr(controls, s[i]);
        if (control != NULL) {
            tb_buf_putc(line, '\\');
            tb_buf_putc(line, letters[control - controls]);
            continue;
        }
        if (s[i] == '\\' || s[i] == delimiter)
            tb_buf_putc(line, '\\');
        tb_buf_putc(line, s[i]);
    }
}

static bool needs_quotes(const tb_copy_options *o, const char *s, size_t len, bool alone)
{
    if (len == strlen(o->null) && memcmp(s, o->null, len) == 0)
        return true;
    if (alone && len == 2 && memcmp(s, "\\.", 2) == 0) /* would end the data */
        return true;
    for (size_t i = 0; i < len; i++)
        if (s[i] == o->delimiter || s[i] == o->quote || s[i] == '\n' || s[i] == '\r')
            return true;
    return false;
}

static void csv_field(tb_buf *line, const tb_copy_options *o, bool force, bool alone, const char *s,
                      size_t len)
{
    if (!force && !needs_quotes(o, s, len, alone)) {
        tb_buf_append(line, s, len);
        return;
    }
    tb_buf_putc(line, o->quote);
    for (size_t i = 0; i < len; i++) {
        if (s[i] == o->quote || s[i] == o->escape)
            tb_buf_putc(line, o->escape);
        tb_buf_putc(line, s[i]);
    }
    tb_buf_putc(line, o->quote);
}

static void big_endian(tb_buf *line, uint32_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        tb_buf_putc(line, (char)(v >> (8 * i)));
}

static tb_rc binary_row(tb_buf *line, const tb_io_cx *io, const tb_type *types,
                        const tb_slice *slice, uint32_t row, tb_error *err)
{
    big_endian(line, slice->ncols, 2);
    for (uint32_t c = 0; c < slice->ncols; c++) {
        tb_value v = tb_vector_get(tb_slice_col(slice, c), row);
        size_t at = line->len;
        big_endian(line, v.null ? UINT32_MAX : 0, 4);
        if (v.null)
            continue;
        TB_TRY(tb_binary_out(io, types[c], &v.d, line, err));
        if (line->failed)
            return TB_OK; /* the caller finds out */
        uint32_t len = (uint32_t)(line->len - at - 4);
        for (int i = 0; i < 4; i++)
            line->data[at + (size_t)i] = (char)(len >> (8 * (3 - i)));
    }
    return TB_OK;
}

tb_rc tb_copy_row(tb_buf *line, const tb_copy_options *o, const bool *force, const tb_io_cx *io,
                  const tb_type *types, const tb_slice *slice, uint32_t row, tb_error *err)
{
    if (o->format == TB_COPY_BINARY)
        return binary_row(line, io, types, slice, row, err);
    tb_buf field;
    tb_buf_init(&field, line->max);
    for (uint32_t c = 0; c < slice->ncols; c++) {
        tb_value v = tb_vector_get(tb_slice_col(slice, c), row);
        if (c > 0)
            tb_buf_putc(line, o->delimiter);
        if (v.null) {
            tb_buf_puts(line, o->null);
            continue;
        }
        tb_buf_reset(&field);
        tb_text_out(io, types[c], &v.d, &field);
        if (o->format == TB_COPY_CSV)
            csv_field(line, o, force != NULL && force[c], slice->ncols == 1, tb_buf_cstr(&field),
                      field.len);
        else
            text_field(line, o->delimiter, tb_buf_cstr(&field), field.len);
        line->failed = line->failed || field.failed;
    }
    tb_buf_fini(&field);
    tb_buf_putc(line, '\n');
    return TB_OK;
}

void tb_copy_header(tb_buf *line, const tb_copy_options *o, const tb_desc *desc)
{
    for (uint32_t c = 0; c < desc->n; c++) {
        const char *name = desc->cols[c].name;
        if (c > 0)
            tb_buf_putc(line, o->delimiter);
        if (o->format == TB_COPY_CSV)
            csv_field(line, o, false, desc->n == 1, name, strlen(name));
        else
            text_field(line, o->delimiter, name, strlen(name));
    }
    tb_buf_putc(line, '\n');
}
