/* SPDX-License-Identifier: Apache-2.0
 * Text input and output by type.
 */
#include "core/io_text.h"

#include "core/io_int.h"
#include "core/json.h"
#include "core/num.h"
#include "core/utf8.h"

#include <ctype.h>
#include <stdlib.h>

/* ---- strings with a length ---- */

tb_str tb_name_clip(tb_str s)
{
    enum { NAME_BYTES = 63 };
    const char *p = tb_str_data(&s);
    return s.len <= NAME_BYTES ? s : tb_str_make(p, tb_utf8_clip(p, s.len, NAME_BYTES));
}

static tb_rc raise_too_long(tb_type_id type, int32_t typmod, tb_error *err)
{
    char name[64];
    return TB_RAISE(err, TB_E_STRING_DATA_RIGHT_TRUNCATION, "value too long for type %s",
                    tb_type_format((tb_type){type, typmod}, name, sizeof name));
}

static bool all_blank(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (s[i] != ' ')
            return false;
    return true;
}

static tb_str pad(tb_arena *arena, const tb_str *s, size_t blanks)
{
    char *to = tb_arena_bytes(arena, s->len + blanks);
    memcpy(to, tb_str_data(s), s->len);
    memset(to + s->len, ' ', blanks);
    return tb_str_make(to, s->len + blanks);
}

tb_rc tb_str_apply_typmod(tb_arena *arena, tb_type_id type, tb_str s, int32_t typmod,
                          bool explicit_, tb_str *out, tb_error *err)
{
    *out = s;
    if (typmod < 4 || (type != TB_T_VARCHAR && type != TB_T_BPCHAR))
        return TB_OK;
    const char *p = tb_str_data(&s);
    size_t max = (size_t)typmod - 4;
    if (type == TB_T_VARCHAR && s.len <= max)
        return TB_OK;
    size_t end = tb_utf8_offset(p, s.len, max);
    if (end < s.len) {
        if (!explicit_ && !all_blank(p + end, s.len - end))
            return raise_too_long(type, typmod, err);
        *out = tb_str_make(p, end);
        return TB_OK;
    }
    size_t chars = type == TB_T_BPCHAR ? tb_utf8_count(p, s.len) : max;
    if (chars < max)
        *out = pad(arena, &s, max - chars);
    return TB_OK;
}

static tb_rc string_in(const tb_io_cx *cx, tb_type type, const char *s, size_t len, tb_str *out,
                       tb_error *err)
{
    TB_TRY(tb_utf8_check(s, len, cx->dt.hide_values, err));
    *out = tb_str_make(s, len);
    if (type.id == TB_T_NAME)
        *out = tb_name_clip(*out);
    TB_TRY(tb_str_apply_typmod(cx->arena, type.id, *out, type.typmod, false, out, err));
    *out = tb_str_copy(cx->arena, *out);
    return TB_OK;
}

/* "char": one byte; \ooo stands for a byte that is not a character (too large ones wrap, as in
 * PostgreSQL) */
static tb_str char_in(const char *s, size_t len)
{
    if (len == 4 && s[0] == '\\' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' && s[2] <= '7' &&
        s[3] >= '0' && s[3] <= '7') {
        char c = (char)(uint8_t)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
        return tb_str_make(&c, c != '\0');
    }
    return tb_str_make(s, len > 0);
}

/* ---- numbers ---- */

static tb_rc numeric_in(const tb_io_cx *cx, const char *s, size_t len, int32_t typmod, tb_num *out,
                        tb_error *err)
{
    tb_rc rc = tb_num_parse(cx->arena, s, len, typmod, out, err);
    if (rc != TB_OK && cx->dt.hide_values && err->code == TB_E_INVALID_TEXT_REPRESENTATION)
        return tbi_io_raise_syntax("numeric", s, len, true, err);
    return rc;
}

static tb_rc int_in(const tb_io_cx *cx, tb_type_id type, const char *s, size_t len, tb_datum *d,
                    tb_error *err)
{
    int64_t v;
    TB_TRY(tb_int_in(s, len, type, cx->dt.hide_values, &v, err));
    if (type == TB_T_INT2)
        d->i16 = (int16_t)v;
    else if (type == TB_T_INT4)
        d->i32 = (int32_t)v;
    else
        d->i64 = v;
    return TB_OK;
}

static bool all_digits(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isdigit((unsigned char)s[i]))
            return false;
    return len > 0;
}

/* OIDs and what is named by them: a number, "-" for none, or a name for the catalog to resolve. */
static tb_rc oid_in(const tb_io_cx *cx, tb_type_id type, const char *s, size_t len, uint32_t *out,
                    tb_error *err)
{
    int64_t v;
    if (type == TB_T_XID || type == TB_T_CID) { /* strtoul() and no questions, as in PostgreSQL */
        char text[32] = "";
        memcpy(text, s, len < sizeof text - 1 ? len : sizeof text - 1);
        *out = (uint32_t)strtoul(text, NULL, 0);
        return TB_OK;
    }
    bool named = type != TB_T_OID;
    if (named && len == 1 && s[0] == '-') {
        *out = 0;
        return TB_OK;
    }
    if (named && !all_digits(s, len) && cx->names != NULL)
        return cx->names->oid_of(cx->names->ctx, type, s, len, out, err);
    TB_TRY(tb_int_in(s, len, TB_T_OID, cx->dt.hide_values, &v, err));
    *out = (uint32_t)v;
    return TB_OK;
}

/* ---- dispatch ---- */

static tb_rc cannot_accept(tb_type_id type, tb_error *err)
{
    if (type == TB_T_RECORD)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "input of anonymous composite types is not implemented");
    return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s",
                    tb_type_get(type)->sql_name);
}

static tb_rc json_in(const tb_io_cx *cx, const char *s, size_t len, tb_str *out, tb_error *err)
{
    TB_TRY(tb_utf8_check(s, len, cx->dt.hide_values, err));
    TB_TRY(tb_json_check(s, len, cx->dt.hide_values, err));
    *out = tb_str_copy(cx->arena, tb_str_make(s, len));
    return TB_OK;
}

/* Types without a case here are held as strings. */
static tb_rc bytes_in(const tb_io_cx *cx, tb_type type, const char *s, size_t len, tb_str *out,
                      tb_error *err)
{
    bool hide = cx->dt.hide_values;
    if (tb_type_is_array(type.id))
        return tbi_array_in(cx, type, s, len, out, err);
    if (type.id == TB_T_BYTEA)
        return tbi_bytea_in(cx->arena, s, len, hide, out, err);
    if (type.id == TB_T_JSON)
        return json_in(cx, s, len, out, err);
    if (type.id == TB_T_JSONB) {
        TB_TRY(tb_utf8_check(s, len, hide, err));
        return tb_jsonb_parse(cx->arena, s, len, hide, out, err);
    }
    if (type.id == TB_T_INT2VECTOR || type.id == TB_T_OIDVECTOR)
        return tbi_vector_in(cx, type.id, s, len, out, err);
    if (type.id == TB_T_TID)
        return tbi_tid_in(cx->arena, s, len, hide, out, err);
    if (type.id == TB_T_CHAR) {
        *out = char_in(s, len);
        return TB_OK;
    }
    if (type.id == TB_T_VOID) {
        *out = tb_str_make("", 0);
        return TB_OK;
    }
    if (tb_type_is_string(type.id) || type.id == TB_T_UNKNOWN || type.id == TB_T_CSTRING)
        return string_in(cx, type, s, len, out, err);
    return cannot_accept(type.id, err);
}

static tb_rc i64_in(const tb_io_cx *cx, tb_type type, const char *s, size_t len, tb_datum *d,
                    tb_error *err)
{
    if (type.id == TB_T_TIMESTAMP)
        return tb_timestamp_in(&cx->dt, s, len, type.typmod, &d->i64, err);
    if (type.id == TB_T_TIMESTAMPTZ)
        return tb_timestamptz_in(&cx->dt, s, len, type.typmod, &d->i64, err);
    if (type.id == TB_T_TIME)
        return tb_time_in(&cx->dt, s, len, type.typmod, &d->i64, err);
    return int_in(cx, type.id, s, len, d, err);
}

tb_rc tb_text_in(const tb_io_cx *cx, tb_type type, const char *s, size_t len, tb_value *out,
                 tb_error *err)
{
    bool hide = cx->dt.hide_values, b = false;
    double f = 0;
    tb_datum *d = &out->d;
    memset(out, 0, sizeof *out);
    switch (tb_type_phys(type.id)) {
    case TB_PHYS_BOOL:
        TB_TRY(tb_bool_in(s, len, hide, &b, err));
        d->b = b;
        return TB_OK;
    case TB_PHYS_I16:
        return int_in(cx, type.id, s, len, d, err);
    case TB_PHYS_I32:
        return type.id == TB_T_DATE ? tb_date_in(&cx->dt, s, len, &d->i32, err)
                                    : int_in(cx, type.id, s, len, d, err);
    case TB_PHYS_I64:
        return i64_in(cx, type, s, len, d, err);
    case TB_PHYS_OID:
        return oid_in(cx, type.id, s, len, &d->oid, err);
    case TB_PHYS_F32:
        TB_TRY(tb_float_in(s, len, type.id, hide, &f, err));
        d->f32 = (float)f;
        return TB_OK;
    case TB_PHYS_F64:
        return tb_float_in(s, len, type.id, hide, &d->f64, err);
    case TB_PHYS_NUM:
        return numeric_in(cx, s, len, type.typmod, &d->num, err);
    case TB_PHYS_INTERVAL:
        return tb_interval_in(&cx->dt, s, len, type.typmod, &d->interval, err);
    case TB_PHYS_TIMETZ:
        return tb_timetz_in(&cx->dt, s, len, type.typmod, &d->timetz, err);
    case TB_PHYS_UUID:
        return tbi_uuid_in(s, len, hide, d->uuid, err);
    case TB_PHYS_STR:
        return bytes_in(cx, type, s, len, &d->str, err);
    case TB_PHYS_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

/* ---- output ---- */

static void oid_out(const tb_io_cx *cx, tb_type_id type, uint32_t oid, tb_buf *out)
{
    bool named = type != TB_T_OID && type != TB_T_XID && type != TB_T_CID;
    if (named && oid == 0)
        tb_buf_putc(out, '-');
    else if (!named || cx->names == NULL || !cx->names->name_of(cx->names->ctx, type, oid, out))
        tb_int64_out(oid, out);
}

/* coef * 10^-scale: the common case */
static void small_num_out(const tb_num *n, tb_buf *out)
{
    char text[48], *end = text + sizeof text, *at = end;
    uint64_t mag = n->coef < 0 ? 0 - (uint64_t)n->coef : (uint64_t)n->coef;
    for (int i = 0; mag != 0 || i <= n->scale; i++) {
        if (i == n->scale && i > 0)
            *--at = '.';
        *--at = (char)('0' + mag % 10);
        mag /= 10;
    }
    if (n->coef < 0)
        *--at = '-';
    tb_buf_append(out, at, (size_t)(end - at));
}

static void uuid_out(const uint8_t u[16], tb_buf *out)
{
    for (int i = 0; i < 16; i++)
        tb_buf_printf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", u[i]);
}

static void str_out(const tb_io_cx *cx, tb_type_id type, const tb_str *s, tb_buf *out)
{
    const char *p = tb_str_data(s);
    if (tb_type_is_array(type))
        tbi_array_out(cx, s, out);
    else if (type == TB_T_INT2VECTOR || type == TB_T_OIDVECTOR)
        tbi_vector_out(cx, s, out);
    else if (type == TB_T_RECORD)
        tbi_record_out(cx, s, out);
    else if (type == TB_T_BYTEA)
        tbi_bytea_out(s, cx->bytea_escape, out);
    else if (type == TB_T_CHAR && s->len == 1 && (p[0] & 0x80) != 0)
        tb_buf_printf(out, "\\%03o", (unsigned char)p[0]);
    else
        tb_buf_append(out, p, s->len);
}

void tb_text_out(const tb_io_cx *cx, tb_type type, const tb_datum *d, tb_buf *out)
{
    switch (tb_type_phys(type.id)) {
    case TB_PHYS_BOOL:
        tb_buf_putc(out, d->b ? 't' : 'f');
        return;
    case TB_PHYS_I16:
        tb_int64_out(d->i16, out);
        return;
    case TB_PHYS_I32:
        if (type.id == TB_T_DATE)
            tb_date_out(d->i32, out);
        else
            tb_int64_out(d->i32, out);
        return;
    case TB_PHYS_I64:
        if (type.id == TB_T_TIMESTAMP)
            tb_timestamp_out(d->i64, out);
        else if (type.id == TB_T_TIMESTAMPTZ)
            tb_timestamptz_out(d->i64, cx->dt.tz != NULL ? cx->dt.tz : tb_tz_utc(), out);
        else if (type.id == TB_T_TIME)
            tb_time_out(d->i64, out);
        else
            tb_int64_out(d->i64, out);
        return;
    case TB_PHYS_OID:
        oid_out(cx, type.id, d->oid, out);
        return;
    case TB_PHYS_F32:
        tb_float4_out(d->f32, cx->extra_float_digits, out);
        return;
    case TB_PHYS_F64:
        tb_float8_out(d->f64, cx->extra_float_digits, out);
        return;
    case TB_PHYS_NUM:
        if (d->num.kind == TB_NUM_SMALL && d->num.scale <= 30)
            small_num_out(&d->num, out);
        else
            tb_num_out(&d->num, out);
        return;
    case TB_PHYS_INTERVAL:
        tb_interval_out(&d->interval, cx->interval_style, out);
        return;
    case TB_PHYS_TIMETZ:
        tb_timetz_out(&d->timetz, out);
        return;
    case TB_PHYS_UUID:
        uuid_out(d->uuid, out);
        return;
    case TB_PHYS_STR:
        str_out(cx, type.id, &d->str, out);
        return;
    case TB_PHYS_COUNT:
        break;
    }
    TB_UNREACHABLE();
}
