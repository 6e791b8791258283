/* SPDX-License-Identifier: Apache-2.0 */
#include "server/pgwire_encode.h"

#include "core/io_binary.h"

tb_rc tb_encode_check(const tb_wire_out *out, tb_error *err)
{
    if (!out->buf.failed)
        return TB_OK;
    return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "row of the result is longer than %zu bytes",
                    out->buf.max);
}

/* Strings are their own text: no detour through an output function. */
static bool is_plain_text(tb_type_id id)
{
    return id == TB_T_TEXT || id == TB_T_VARCHAR || id == TB_T_BPCHAR || id == TB_T_NAME ||
           id == TB_T_JSON || id == TB_T_UNKNOWN;
}

static tb_rc append_text(tb_wire_out *out, const char *text, size_t len, tb_error *err)
{
    if (tb_recode_out(out->recoder, &out->buf, text, len))
        return tb_encode_check(out, err);
    return TB_RAISE(err, TB_E_UNTRANSLATABLE_CHARACTER,
                    "a character of the result has no equivalent in encoding \"%s\"",
                    tb_encoding_name(tb_recoder_encoding(out->recoder)));
}

tb_rc tb_encode_text(tb_wire_out *out, tb_buf *scratch, const tb_io_cx *io, tb_type type,
                     const tb_value *v, tb_error *err)
{
    if (is_plain_text(type.id))
        return append_text(out, tb_str_data(&v->d.str), v->d.str.len, err);
    if (tb_recoder_is_plain(out->recoder)) {
        tb_text_out(io, type, &v->d, &out->buf);
        return tb_encode_check(out, err);
    }
    tb_buf_reset(scratch);
    tb_text_out(io, type, &v->d, scratch);
    return append_text(out, tb_buf_cstr(scratch), scratch->len, err);
}

static tb_rc encode_field(tb_wire_out *out, tb_buf *scratch, const tb_io_cx *io, tb_type type,
                          bool binary, const tb_value *v, tb_error *err)
{
    if (v->null) {
        tb_wire_i32(out, -1);
        return TB_OK;
    }
    size_t at = out->buf.len;
    tb_wire_i32(out, 0);
    TB_TRY(tb_encode_check(out, err));
    if (!binary)
        TB_TRY(tb_encode_text(out, scratch, io, type, v, err));
    else if (tb_type_is_string(type.id) && !tb_recoder_is_plain(out->recoder))
        TB_TRY(append_text(out, tb_str_data(&v->d.str), v->d.str.len, err));
    else
        TB_TRY(tb_binary_out(io, type, &v->d, &out->buf, err));
    TB_TRY(tb_encode_check(out, err));
    uint32_t len = (uint32_t)(out->buf.len - at - 4);
    unsigned char *p = (unsigned char *)out->buf.data + at;
    p[0] = (unsigned char)(len >> 24);
    p[1] = (unsigned char)(len >> 16);
    p[2] = (unsigned char)(len >> 8);
    p[3] = (unsigned char)len;
    return TB_OK;
}

tb_rc tb_encode_row(tb_wire_out *out, const tb_io_cx *io, const tb_type *types,
                    const int16_t *formats, const tb_slice *slice, uint32_t row, tb_error *err)
{
    tb_buf scratch;
    tb_buf_init(&scratch, out->buf.max);
    size_t mark = tb_wire_begin(out, 'D');
    tb_wire_i16(out, (int16_t)slice->ncols);
    tb_rc rc = TB_OK;
    for (uint32_t c = 0; c < slice->ncols && rc == TB_OK; c++) {
        tb_value v = tb_vector_get(tb_slice_col(slice, c), row);
        rc = encode_field(out, &scratch, io, types[c], formats != NULL && formats[c] == 1, &v, err);
    }
    if (rc == TB_OK)
        rc = tb_encode_check(out, err);
    if (rc == TB_OK)
        tb_wire_end(out, mark);
    else
        tb_wire_abandon(out, mark);
    tb_buf_fini(&scratch);
    return rc;
}
