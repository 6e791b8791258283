/* SPDX-License-Identifier: Apache-2.0
 * Binary input and output by type: network byte order, as PostgreSQL's typsend and typreceive.
 */
#include "core/io_binary.h"

#include "core/array.h"
#include "core/io_int.h"
#include "core/json.h"
#include "core/list.h"
#include "core/num_int.h"
#include "core/record.h"
#include "core/utf8.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    JSONB_VERSION = 1,
    NUM_POS = 0,
    NUM_NEG = 0x4000,
    NUM_NAN = 0xC000,
    NUM_PINF = 0xD000,
    NUM_NINF = 0xF000
};

/* ---- reading ---- */

typedef struct message {
    const tb_io_cx *cx;
    const uint8_t *at, *end;
    tb_error *err;
} message;

static tb_rc raise_short(tb_error *err)
{
    return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "insufficient data left in message");
}

static tb_rc read_uint(message *m, int bytes, uint64_t *v)
{
    *v = 0;
    if (m->end - m->at < bytes)
        return raise_short(m->err);
    for (int i = 0; i < bytes; i++)
        *v = *v << 8 | *m->at++;
    return TB_OK;
}

static tb_rc read_i16(message *m, int16_t *v)
{
    uint64_t u;
    TB_TRY(read_uint(m, 2, &u));
    *v = (int16_t)u;
    return TB_OK;
}

static tb_rc read_i32(message *m, int32_t *v)
{
    uint64_t u;
    TB_TRY(read_uint(m, 4, &u));
    *v = (int32_t)u;
    return TB_OK;
}

static tb_rc read_i64(message *m, int64_t *v)
{
    uint64_t u;
    TB_TRY(read_uint(m, 8, &u));
    *v = (int64_t)u;
    return TB_OK;
}

static tb_rc raise_bad(tb_error *err)
{
    return TB_RAISE(err, TB_E_INVALID_BINARY_REPRESENTATION, "incorrect binary data format");
}

static tb_rc raise_numeric(const char *what, tb_error *err)
{
    return TB_RAISE(err, TB_E_INVALID_BINARY_REPRESENTATION,
                    "invalid %s in external \"numeric\" value", what);
}

/* Base-10000 digits, written out as decimal ones; whatever is behind the display scale is cut. */
static tb_rc numeric_digits(message *m, int ndigits, int weight, int dscale, bool neg,
                            int32_t typmod, tb_num *out)
{
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    size_t len = (size_t)ndigits * 4;
    char *text = (char *)tbi_num_limbs(&p, (size_t)ndigits + 1);
    for (int i = 0; i < ndigits; i++) {
        unsigned digit = (unsigned)m->at[0] << 8 | m->at[1];
        m->at += 2;
        if (digit >= 10000) {
            tbi_num_pool_fini(&p);
            return raise_numeric("digit", m->err);
        }
        for (int k = 3; k >= 0; k--, digit /= 10)
            text[i * 4 + k] = (char)('0' + digit % 10);
    }
    tbi_num_dec d = tbi_num_from_digits(&p, text, len, len);
    d.neg = neg && d.n > 0;
    d.scale =
        -(weight - ndigits + 1) * 4; /* the last digit stands for 10000^(weight - ndigits + 1) */
    tb_rc rc = TB_OK;
    if (tbi_num_exponent(&d) >= TBI_MAX_INT_DIGITS)
        rc = tbi_num_raise_overflow(m->err);
    if (rc == TB_OK) {
        if (tbi_num_is_zero(&d))
            d.scale = 0;
        d = tbi_num_set_scale(&p, &d, dscale, false);
        rc = tb_num_apply_typmod(m->cx->arena, tbi_num_to_num_nocheck(m->cx->arena, &d), typmod,
                                 out, m->err);
    }
    tbi_num_pool_fini(&p);
    return rc;
}

static tb_rc numeric_in(message *m, int32_t typmod, tb_num *out)
{
    int16_t ndigits, weight, sign, dscale;
    TB_TRY(read_i16(m, &ndigits));
    TB_TRY(read_i16(m, &weight));
    TB_TRY(read_i16(m, &sign));
    TB_TRY(read_i16(m, &dscale));
    if (ndigits < 0)
        return raise_numeric("length", m->err);
    uint16_t s = (uint16_t)sign;
    if (s == NUM_NAN || s == NUM_PINF || s == NUM_NINF) {
        m->at += 2 * ndigits <= m->end - m->at ? 2 * ndigits : 0;
        tb_num n = tbi_num_special(s == NUM_NAN    ? TB_NUM_NAN
                                   : s == NUM_PINF ? TB_NUM_PINF
                                                   : TB_NUM_NINF);
        return tb_num_apply_typmod(m->cx->arena, n, typmod, out, m->err);
    }
    if (s != NUM_POS && s != NUM_NEG)
        return raise_numeric("sign", m->err);
    if (dscale < 0 || dscale > TBI_MAX_DSCALE)
        return raise_numeric("scale", m->err);
    if (m->end - m->at < 2 * ndigits)
        return raise_short(m->err);
    return numeric_digits(m, ndigits, weight, dscale, s == NUM_NEG, typmod, out);
}

static tb_rc value_in(message *m, tb_type type, tb_value *out);

/* One length-prefixed element or field; *null for length -1. */
static tb_rc element_in(message *m, tb_type type, tb_value *out)
{
    int32_t len;
    TB_TRY(read_i32(m, &len));
    *out = tb_value_null();
    if (len == -1)
        return TB_OK;
    if (len < 0 || len > m->end - m->at)
        return raise_short(m->err);
    message part = {m->cx, m->at, m->at + len, m->err};
    TB_TRY(value_in(&part, type, out));
    if (part.at != part.end)
        return raise_bad(m->err);
    m->at += len;
    return TB_OK;
}

static tb_rc array_head(message *m, tb_type_id elem, int32_t *ndim, int32_t *dims, int32_t *lower,
                        int64_t *n)
{
    int32_t flags, oid;
    TB_TRY(read_i32(m, ndim));
    if (*ndim < 0 || *ndim > TB_ARRAY_MAX_DIM)
        return TB_RAISE(m->err, TB_E_INVALID_BINARY_REPRESENTATION,
                        "invalid number of dimensions: %d", *ndim);
    TB_TRY(read_i32(m, &flags));
    if (flags != 0 && flags != 1)
        return TB_RAISE(m->err, TB_E_INVALID_BINARY_REPRESENTATION, "invalid array flags");
    TB_TRY(read_i32(m, &oid));
    if ((uint32_t)oid != tb_type_oid(elem))
        return TB_RAISE(m->err, TB_E_DATATYPE_MISMATCH,
                        "binary data has array element type %u (%s) instead of expected %u (%s)",
                        (unsigned)oid, tb_type_get(tb_type_from_oid((uint32_t)oid))->sql_name,
                        tb_type_oid(elem), tb_type_get(elem)->sql_name);
    *n = *ndim == 0 ? 0 : 1;
    for (int i = 0; i < *ndim; i++) {
        TB_TRY(read_i32(m, &dims[i]));
        TB_TRY(read_i32(m, &lower[i]));
        if (dims[i] < 0 || (dims[i] > 0 && lower[i] > INT32_MAX - dims[i] + 1))
            return raise_bad(m->err);
        *n *= dims[i];
        if (*n > TB_ARRAY_MAX_ELEMS)
            return TB_RAISE(m->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                            "array size exceeds the maximum allowed (%d)", TB_ARRAY_MAX_ELEMS);
    }
    return TB_OK;
}

static tb_rc array_in(message *m, tb_type_id elem, int32_t typmod, tb_str *out)
{
    int32_t ndim, dims[TB_ARRAY_MAX_DIM], lower[TB_ARRAY_MAX_DIM];
    int64_t n = 0;
    TB_TRY(array_head(m, elem, &ndim, dims, lower, &n));
    if (n > (m->end - m->at) / 4) /* each element has a length word at least */
        return raise_short(m->err);
    tb_value *values = TB_NEW_ARRAY(m->cx->arena, tb_value, n);
    for (int64_t i = 0; i < n; i++)
        TB_TRY(element_in(m, (tb_type){elem, typmod}, &values[i]));
    *out = tb_array_build(m->cx->arena, elem, ndim, dims, lower, values);
    return TB_OK;
}

static tb_rc record_in(message *m, tb_str *out)
{
    int32_t n;
    TB_TRY(read_i32(m, &n));
    if (n < 0 || n > (m->end - m->at) / 8)
        return raise_short(m->err);
    tb_value *values = TB_NEW_ARRAY(m->cx->arena, tb_value, n);
    tb_type_id *types = TB_NEW_ARRAY(m->cx->arena, tb_type_id, n);
    for (int32_t i = 0; i < n; i++) {
        int32_t oid;
        TB_TRY(read_i32(m, &oid));
        types[i] = tb_type_from_oid((uint32_t)oid);
        if (types[i] == TB_T_NONE)
            return raise_bad(m->err);
        TB_TRY(element_in(m, tb_type_of(types[i]), &values[i]));
    }
    *out = tb_record_build(m->cx->arena, (uint32_t)n, types, values, NULL);
    return TB_OK;
}

static tb_rc no_function(const char *direction, tb_type_id type, tb_error *err)
{
    return TB_RAISE(err, TB_E_UNDEFINED_FUNCTION, "no binary %s function available for type %s",
                    direction, tb_type_get(type)->sql_name);
}

static tb_rc tid_in(message *m, tb_str *out)
{
    uint64_t block, offset;
    TB_TRY(read_uint(m, 4, &block));
    TB_TRY(read_uint(m, 2, &offset));
    *out = tb_str_lit(tb_arena_printf(m->cx->arena, "(%u,%u)", (unsigned)block, (unsigned)offset));
    return TB_OK;
}

/* Types whose binary form is their text. */
static bool is_textual(tb_type_id type)
{
    return tb_type_is_string(type) || type == TB_T_UNKNOWN || type == TB_T_CSTRING ||
           type == TB_T_JSON || type == TB_T_PG_NODE_TREE;
}

static tb_rc str_in(message *m, tb_type type, tb_value *out)
{
    tb_str *s = &out->d.str;
    if (tb_type_is_array(type.id))
        return array_in(m, tb_type_elem(type.id), type.typmod, s);
    if (type.id == TB_T_INT2VECTOR || type.id == TB_T_OIDVECTOR)
        return array_in(m, type.id == TB_T_INT2VECTOR ? TB_T_INT2 : TB_T_OID, -1, s);
    if (type.id == TB_T_RECORD)
        return record_in(m, s);
    if (type.id == TB_T_TID)
        return tid_in(m, s);
    const char *p = (const char *)m->at;
    size_t len = (size_t)(m->end - m->at);
    m->at = m->end;
    if (type.id == TB_T_CHAR) {
        if (len != 1)
            return len == 0 ? raise_short(m->err) : raise_bad(m->err);
        *s = tb_str_make(p, p[0] != '\0');
        return TB_OK;
    }
    if (type.id == TB_T_BYTEA) {
        *s = tb_str_copy(m->cx->arena, tb_str_make(p, len));
        return TB_OK;
    }
    if (type.id == TB_T_VOID) {
        *s = tb_str_make("", 0);
        return TB_OK;
    }
    if (type.id == TB_T_JSONB) {
        if (len == 0)
            return raise_short(m->err);
        if (p[0] != JSONB_VERSION)
            return TB_RAISE(m->err, TB_E_INTERNAL_ERROR, "unsupported jsonb version number %d",
                            p[0]);
        return tb_text_in(m->cx, type, p + 1, len - 1, out, m->err);
    }
    if (is_textual(type.id) && type.id != TB_T_PG_NODE_TREE)
        return tb_text_in(m->cx, type, p, len, out, m->err);
    return no_function("input", type.id, m->err);
}

static tb_rc i64_in(message *m, tb_type type, int64_t *out)
{
    TB_TRY(read_i64(m, out));
    if (type.id == TB_T_TIME) {
        if (*out < 0 || *out > TB_USECS_PER_DAY)
            return TB_RAISE(m->err, TB_E_DATETIME_FIELD_OVERFLOW, "time out of range");
        *out = tb_time_round(*out, type.typmod);
    } else if (type.id == TB_T_TIMESTAMP || type.id == TB_T_TIMESTAMPTZ) {
        if (tb_ts_is_finite(*out) && (*out < TB_TS_MIN || *out >= TB_TS_END))
            return TB_RAISE(m->err, TB_E_DATETIME_FIELD_OVERFLOW, "timestamp out of range");
        return tb_timestamp_round(*out, type.typmod, out, m->err);
    }
    return TB_OK;
}

static tb_rc timetz_in(message *m, tb_type type, tb_timetz *out)
{
    TB_TRY(read_i64(m, &out->us));
    TB_TRY(read_i32(m, &out->zone));
    if (out->us < 0 || out->us > TB_USECS_PER_DAY)
        return TB_RAISE(m->err, TB_E_DATETIME_FIELD_OVERFLOW, "time out of range");
    if (out->zone <= -16 * 3600 || out->zone >= 16 * 3600)
        return TB_RAISE(m->err, TB_E_INVALID_TIME_ZONE_DISPLACEMENT,
                        "time zone displacement out of range");
    out->us = tb_time_round(out->us, type.typmod);
    return TB_OK;
}

static tb_rc i32_in(message *m, tb_type type, int32_t *out)
{
    TB_TRY(read_i32(m, out));
    if (type.id == TB_T_DATE && tb_date_is_finite(*out) && (*out < -2451545 || *out >= 2145031949))
        return TB_RAISE(m->err, TB_E_DATETIME_FIELD_OVERFLOW, "date out of range");
    return TB_OK;
}

static tb_rc uuid_in(message *m, uint8_t out[16])
{
    if (m->end - m->at < 16)
        return raise_short(m->err);
    memcpy(out, m->at, 16);
    m->at += 16;
    return TB_OK;
}

static tb_rc value_in(message *m, tb_type type, tb_value *out)
{
    tb_datum *d = &out->d;
    uint64_t u;
    memset(out, 0, sizeof *out);
    switch (tb_type_phys(type.id)) {
    case TB_PHYS_BOOL:
        TB_TRY(read_uint(m, 1, &u));
        d->b = u != 0;
        return TB_OK;
    case TB_PHYS_I16:
        return read_i16(m, &d->i16);
    case TB_PHYS_I32:
        return i32_in(m, type, &d->i32);
    case TB_PHYS_I64:
        return i64_in(m, type, &d->i64);
    case TB_PHYS_OID:
    case TB_PHYS_F32: /* the same four bytes */
        TB_TRY(read_uint(m, 4, &u));
        d->oid = (uint32_t)u;
        return TB_OK;
    case TB_PHYS_F64:
        return read_i64(m, &d->i64);
    case TB_PHYS_NUM:
        return numeric_in(m, type.typmod, &d->num);
    case TB_PHYS_INTERVAL:
        TB_TRY(read_i64(m, &d->interval.us));
        TB_TRY(read_i32(m, &d->interval.days));
        TB_TRY(read_i32(m, &d->interval.months));
        return tb_interval_apply_typmod(&d->interval, type.typmod, m->err);
    case TB_PHYS_TIMETZ:
        return timetz_in(m, type, &d->timetz);
    case TB_PHYS_UUID:
        return uuid_in(m, d->uuid);
    case TB_PHYS_STR:
        return str_in(m, type, out);
    case TB_PHYS_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

tb_rc tb_binary_in(const tb_io_cx *cx, tb_type type, const char *s, size_t len, tb_value *out,
                   tb_error *err)
{
    message m = {cx, (const uint8_t *)s, (const uint8_t *)s + len, err};
    TB_TRY(value_in(&m, type, out));
    return m.at == m.end ? TB_OK : raise_bad(err);
}

/* ---- writing ---- */

static void put_uint(tb_buf *out, uint64_t v, int bytes)
{
    char be[8];
    for (int i = 0; i < bytes; i++)
        be[i] = (char)(v >> 8 * (bytes - 1 - i));
    tb_buf_append(out, be, (size_t)bytes);
}

static void numeric_head(tb_buf *out, int ndigits, int weight, int sign, int dscale)
{
    put_uint(out, (uint16_t)ndigits, 2);
    put_uint(out, (uint16_t)weight, 2);
    put_uint(out, (uint16_t)sign, 2);
    put_uint(out, (uint16_t)dscale, 2);
}

/* Groups of four decimal digits around the point, without leading and trailing zero groups. */
static void numeric_out(const tb_num *n, tb_buf *out)
{
    if (tbi_num_is_special(n)) {
        int sign = n->kind == TB_NUM_NAN ? NUM_NAN : n->kind == TB_NUM_PINF ? NUM_PINF : NUM_NINF;
        /* PostgreSQL shows bits of its infinities' header as their scale; clients may compare bytes
         */
        numeric_head(out, 0, 0, sign, n->kind == TB_NUM_NAN ? 0 : 0x20);
        return;
    }
    tbi_num_pool p;
    tbi_num_pool_init(&p);
    tbi_num_dec d = tbi_num_from_num(&p, n);
    bool neg = d.neg;
    int dscale = d.scale, fill = (4 - dscale % 4) % 4;
    d = tbi_num_set_scale(&p, &d, dscale + fill, false); /* the fraction in whole groups */
    int groups = 0, weight = tbi_num_weight(&d);
    size_t head = out->len;
    numeric_head(out, 0, 0, neg ? NUM_NEG : NUM_POS, dscale);
    d.scale = 0; /* from here on the magnitude's digits, in groups from the left */
    d.neg = false;
    char *text = (char *)tbi_num_limbs(&p, tbi_num_text_size(&d) / sizeof(uint32_t) + 1);
    size_t len = tbi_num_text(&d, text), lead = len % 4 == 0 ? 4 : len % 4, keep = head + 8;
    for (size_t at = 0; at < len && !tbi_num_is_zero(&d); lead = 4) {
        unsigned group = 0;
        for (size_t i = 0; i < lead; i++)
            group = group * 10 + (unsigned)(text[at++] - '0');
        put_uint(out, group, 2);
        if (group != 0)
            keep = out->len;
    }
    tbi_num_pool_fini(&p);
    if (out->failed)
        return;
    out->len = keep;
    groups = (int)((keep - head - 8) / 2);
    out->data[head] = (char)(groups >> 8);
    out->data[head + 1] = (char)groups;
    weight = groups == 0 ? 0 : weight;
    out->data[head + 2] = (char)(weight >> 8);
    out->data[head + 3] = (char)weight;
}

static tb_rc element_out(const tb_io_cx *cx, tb_type_id type, const tb_value *v, tb_buf *out,
                         tb_error *err)
{
    if (v->null) {
        put_uint(out, UINT32_MAX, 4);
        return TB_OK;
    }
    size_t at = out->len;
    put_uint(out, 0, 4);
    TB_TRY(tb_binary_out(cx, tb_type_of(type), &v->d, out, err));
    uint32_t len = (uint32_t)(out->len - at - 4);
    for (int i = 0; i < 4 && !out->failed; i++)
        out->data[at + (size_t)i] = (char)(len >> 8 * (3 - i));
    return TB_OK;
}

static tb_rc array_out(const tb_io_cx *cx, const tb_str *s, bool vector, tb_arena *arena,
                       tb_buf *out, tb_error *err)
{
    tb_array a;
    tb_array_open(s, &a);
    if (vector && a.ndim == 0) { /* empty vectors keep their dimension */
        a.ndim = 1;
        a.dims[0] = a.lower[0] = 0;
    }
    put_uint(out, (uint32_t)a.ndim, 4);
    put_uint(out, a.nulls != NULL, 4);
    put_uint(out, tb_type_oid(a.elem), 4);
    for (int i = 0; i < a.ndim; i++) {
        put_uint(out, (uint32_t)a.dims[i], 4);
        put_uint(out, (uint32_t)a.lower[i], 4);
    }
    for (uint32_t i = 0; i < a.n; i++) {
        tb_value v = tb_array_get(&a, arena, i);
        TB_TRY(element_out(cx, a.elem, &v, out, err));
    }
    return TB_OK;
}

static tb_rc record_out(const tb_io_cx *cx, const tb_str *s, tb_arena *arena, tb_buf *out,
                        tb_error *err)
{
    uint32_t n = tb_record_count(s);
    put_uint(out, n, 4);
    for (uint32_t i = 0; i < n; i++) {
        tb_type_id type;
        tb_value v = tb_record_get(s, arena, i, &type);
        put_uint(out, tb_type_oid(type), 4);
        TB_TRY(element_out(cx, type, &v, out, err));
    }
    return TB_OK;
}

static void tid_out(const tb_str *s, tb_buf *out)
{
    char text[32] = "";
    unsigned block = 0, offset = 0;
    memcpy(text, tb_str_data(s), s->len < sizeof text - 1 ? s->len : sizeof text - 1);
    TB_CHECK(sscanf(text, "(%u,%u)", &block, &offset) == 2);
    put_uint(out, block, 4);
    put_uint(out, offset, 2);
}

static tb_rc str_out(const tb_io_cx *cx, tb_type_id type, const tb_str *s, tb_buf *out,
                     tb_error *err)
{
    bool array = tb_type_is_array(type) || type == TB_T_INT2VECTOR || type == TB_T_OIDVECTOR;
    if (array || type == TB_T_RECORD) {
        tb_arena *arena = tb_arena_create(0);
        tb_rc rc = array ? array_out(cx, s, !tb_type_is_array(type), arena, out, err)
                         : record_out(cx, s, arena, out, err);
        tb_arena_destroy(arena);
        return rc;
    }
    if (type == TB_T_TID) {
        tid_out(s, out);
        return TB_OK;
    }
    if (type == TB_T_CHAR) {
        tb_buf_putc(out, s->len == 0 ? '\0' : tb_str_data(s)[0]);
        return TB_OK;
    }
    if (type == TB_T_JSONB)
        tb_buf_putc(out, JSONB_VERSION);
    else if (!is_textual(type) && type != TB_T_BYTEA && type != TB_T_VOID)
        return no_function("output", type, err);
    tb_buf_append(out, tb_str_data(s), s->len);
    return TB_OK;
}

tb_rc tb_binary_out(const tb_io_cx *cx, tb_type type, const tb_datum *d, tb_buf *out, tb_error *err)
{
    switch (tb_type_phys(type.id)) {
    case TB_PHYS_BOOL:
        tb_buf_putc(out, d->b ? 1 : 0);
        return TB_OK;
    case TB_PHYS_I16:
        put_uint(out, (uint16_t)d->i16, 2);
        return TB_OK;
    case TB_PHYS_I32:
    case TB_PHYS_OID:
    case TB_PHYS_F32: /* the same four bytes */
        put_uint(out, d->oid, 4);
        return TB_OK;
    case TB_PHYS_I64:
    case TB_PHYS_F64:
        put_uint(out, (uint64_t)d->i64, 8);
        return TB_OK;
    case TB_PHYS_NUM:
        numeric_out(&d->num, out);
        return TB_OK;
    case TB_PHYS_INTERVAL:
        put_uint(out, (uint64_t)d->interval.us, 8);
        put_uint(out, (uint32_t)d->interval.days, 4);
        put_uint(out, (uint32_t)d->interval.months, 4);
        return TB_OK;
    case TB_PHYS_TIMETZ:
        put_uint(out, (uint64_t)d->timetz.us, 8);
        put_uint(out, (uint32_t)d->timetz.zone, 4);
        return TB_OK;
    case TB_PHYS_UUID:
        tb_buf_append(out, d->uuid, sizeof d->uuid);
        return TB_OK;
    case TB_PHYS_STR:
        return str_out(cx, type.id, &d->str, out, err);
    case TB_PHYS_COUNT:
        break;
    }
    TB_UNREACHABLE();
}
