/* SPDX-License-Identifier: Apache-2.0
 * Building the server's messages.
 */
#include "server/pgwire.h"

#include "core/utf8.h"

#include <stdio.h>
#include <string.h>

size_t tb_wire_begin(tb_wire_out *out, char type)
{
    size_t mark = out->buf.len;
    tb_buf_putc(&out->buf, type);
    tb_wire_i32(out, 0);
    return mark;
}

void tb_wire_end(tb_wire_out *out, size_t mark)
{
    if (out->buf.failed)
        return;
    uint32_t len = (uint32_t)(out->buf.len - mark - 1);
    unsigned char *at = (unsigned char *)out->buf.data + mark + 1;
    at[0] = (unsigned char)(len >> 24);
    at[1] = (unsigned char)(len >> 16);
    at[2] = (unsigned char)(len >> 8);
    at[3] = (unsigned char)len;
}

void tb_wire_abandon(tb_wire_out *out, size_t mark)
{
    out->buf.len = mark;
    out->buf.failed = false;
}

void tb_wire_u8(tb_wire_out *out, uint8_t v)
{
    tb_buf_append(&out->buf, &v, 1);
}

void tb_wire_i16(tb_wire_out *out, int16_t v)
{
    uint8_t b[2] = {(uint8_t)((uint16_t)v >> 8), (uint8_t)v};
    tb_buf_append(&out->buf, b, sizeof b);
}

void tb_wire_i32(tb_wire_out *out, int32_t v)
{
    uint32_t u = (uint32_t)v;
    uint8_t b[4] = {(uint8_t)(u >> 24), (uint8_t)(u >> 16), (uint8_t)(u >> 8), (uint8_t)u};
    tb_buf_append(&out->buf, b, sizeof b);
}

void tb_wire_bytes(tb_wire_out *out, const void *bytes, size_t len)
{
    tb_buf_append(&out->buf, bytes, len);
}

void tb_wire_cstr(tb_wire_out *out, const char *s)
{
    tb_recode_out_lossy(out->recoder, &out->buf, s, strlen(s));
    tb_buf_putc(&out->buf, '\0');
}

static void authentication(tb_wire_out *out, int32_t code, const char *data)
{
    size_t mark = tb_wire_begin(out, 'R');
    tb_wire_i32(out, code);
    tb_wire_bytes(out, data, strlen(data));
    tb_wire_end(out, mark);
}

void tb_wire_auth_ok(tb_wire_out *out)
{
    authentication(out, 0, "");
}

void tb_wire_auth_sasl(tb_wire_out *out, const char *const *mechanisms)
{
    size_t mark = tb_wire_begin(out, 'R');
    tb_wire_i32(out, 10);
    for (; *mechanisms != NULL; mechanisms++)
        tb_wire_bytes(out, *mechanisms, strlen(*mechanisms) + 1);
    tb_wire_u8(out, 0);
    tb_wire_end(out, mark);
}

void tb_wire_auth_sasl_continue(tb_wire_out *out, const char *data)
{
    authentication(out, 11, data);
}

void tb_wire_auth_sasl_final(tb_wire_out *out, const char *data)
{
    authentication(out, 12, data);
}

void tb_wire_negotiate(tb_wire_out *out, const tb_startup *startup)
{
    size_t mark = tb_wire_begin(out, 'v');
    tb_wire_i32(out, TB_WIRE_VERSION_3_0); /* the whole number, as PostgreSQL 15 sends it */
    tb_wire_i32(out, (int32_t)startup->nunknown);
    for (uint32_t i = 0; i < startup->nunknown; i++)
        tb_wire_cstr(out, startup->unknown[i]);
    tb_wire_end(out, mark);
}

void tb_wire_parameter_status(tb_wire_out *out, const char *name, const char *value)
{
    size_t mark = tb_wire_begin(out, 'S');
    tb_wire_cstr(out, name);
    tb_wire_cstr(out, value);
    tb_wire_end(out, mark);
}

void tb_wire_backend_key(tb_wire_out *out, int32_t pid, const uint8_t key[TB_WIRE_CANCEL_KEY_LEN])
{
    size_t mark = tb_wire_begin(out, 'K');
    tb_wire_i32(out, pid);
    tb_wire_bytes(out, key, TB_WIRE_CANCEL_KEY_LEN);
    tb_wire_end(out, mark);
}

void tb_wire_ready(tb_wire_out *out, char status)
{
    size_t mark = tb_wire_begin(out, 'Z');
    tb_wire_u8(out, (uint8_t)status);
    tb_wire_end(out, mark);
}

void tb_wire_command_complete(tb_wire_out *out, const char *tag)
{
    size_t mark = tb_wire_begin(out, 'C');
    tb_wire_cstr(out, tag);
    tb_wire_end(out, mark);
}

void tb_wire_simple(tb_wire_out *out, char type)
{
    tb_wire_end(out, tb_wire_begin(out, type));
}

void tb_wire_parameter_description(tb_wire_out *out, const uint32_t *oids, uint32_t n)
{
    size_t mark = tb_wire_begin(out, 't');
    tb_wire_i16(out, (int16_t)n);
    for (uint32_t i = 0; i < n; i++)
        tb_wire_i32(out, (int32_t)oids[i]);
    tb_wire_end(out, mark);
}

void tb_wire_copy_out(tb_wire_out *out, uint32_t ncols, bool binary)
{
    size_t mark = tb_wire_begin(out, 'H');
    tb_wire_u8(out, binary);
    tb_wire_i16(out, (int16_t)ncols);
    for (uint32_t i = 0; i < ncols; i++)
        tb_wire_i16(out, binary);
    tb_wire_end(out, mark);
}

void tb_wire_row_description(tb_wire_out *out, const tb_wire_column *cols, uint32_t n,
                             const int16_t *formats)
{
    size_t mark = tb_wire_begin(out, 'T');
    tb_wire_i16(out, (int16_t)n);
    for (uint32_t i = 0; i < n; i++) {
        tb_wire_cstr(out, cols[i].name);
        tb_wire_i32(out, (int32_t)cols[i].table_oid);
        tb_wire_i16(out, cols[i].attnum);
        tb_wire_i32(out, (int32_t)cols[i].type_oid);
        tb_wire_i16(out, cols[i].type_len);
        tb_wire_i32(out, cols[i].typmod);
        tb_wire_i16(out, formats == NULL ? 0 : formats[i]);
    }
    tb_wire_end(out, mark);
}

static const char *const severity_names[] = {
    [TB_SEV_DEBUG] = "DEBUG",   [TB_SEV_LOG] = "LOG",         [TB_SEV_INFO] = "INFO",
    [TB_SEV_NOTICE] = "NOTICE", [TB_SEV_WARNING] = "WARNING", [TB_SEV_ERROR] = "ERROR",
    [TB_SEV_FATAL] = "FATAL",
};

const char *tb_severity_name(tb_severity severity)
{
    return severity_names[severity];
}

static void field(tb_wire_out *out, char code, const char *value)
{
    if (*value == '\0')
        return;
    tb_wire_u8(out, (uint8_t)code);
    tb_wire_cstr(out, value);
}

void tb_wire_error(tb_wire_out *out, tb_severity severity, const tb_error *err,
                   const char *statement)
{
    size_t mark = tb_wire_begin(out, severity >= TB_SEV_ERROR ? 'E' : 'N');
    field(out, 'S', tb_message(err->lang, severity_names[severity]));
    field(out, 'V', severity_names[severity]);
    field(out, 'C', tb_sqlstate(err->code));
    field(out, 'M', err->message);
    field(out, 'D', err->detail);
    field(out, 'H', err->hint);
    if (err->position >= 0 && statement != NULL) {
        char position[16];
        size_t at = (size_t)err->position, len = strnlen(statement, at);
        snprintf(position, sizeof position, "%zu", tb_utf8_count(statement, len) + 1);
        field(out, 'P', position);
    }
    if (err->source[0] != '\0') {
        tb_error where = {.lang = err->lang};
        tb_error_detail(&where, "server \"%s\"", err->source);
        field(out, 'W', where.detail);
    }
    tb_wire_u8(out, 0);
    tb_wire_end(out, mark);
}
