/* SPDX-License-Identifier: Apache-2.0
 * Values between SQLite and us. SQLite types values, not columns: an INTEGER column may hold text. So every value is checked
 * against the declared type and a misfit is an error, never a conversion.
 */
#include "connectors/sqlite_int.h"

#include "core/datetime.h"
#include "core/io_text.h"
#include "core/num.h"
#include "core/utf8.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

/* ---- declared types ---- */

typedef struct declared_type {
    const char *name; /* without what stands in parentheses */
    tb_type_id type;
} declared_type;

/* numeric(p,s) itself is not here: its affinity turns the text 12.50 into the floating-point number 12.5. */
static const declared_type declared_types[] = {
    {"integer", TB_T_INT4},      {"int", TB_T_INT8},           {"int4", TB_T_INT4},          {"smallint", TB_T_INT2},
    {"int2", TB_T_INT2},         {"bigint", TB_T_INT8},        {"int8", TB_T_INT8},          {"boolean", TB_T_BOOL},
    {"bool", TB_T_BOOL},         {"real", TB_T_FLOAT8},        {"double precision", TB_T_FLOAT8}, {"double", TB_T_FLOAT8},
    {"float", TB_T_FLOAT8},      {"float8", TB_T_FLOAT8},      {"float4", TB_T_FLOAT4},      {"text", TB_T_TEXT},
    {"clob", TB_T_TEXT},         {"varchar", TB_T_VARCHAR},    {"character varying", TB_T_VARCHAR}, {"char", TB_T_BPCHAR},
    {"character", TB_T_BPCHAR},  {"blob", TB_T_BYTEA},         {"bytea", TB_T_BYTEA},        {"date", TB_T_DATE},
    {"date_text", TB_T_DATE},    {"timestamp", TB_T_TIMESTAMP}, {"timestamp_text", TB_T_TIMESTAMP},
    {"timestamp without time zone", TB_T_TIMESTAMP},           {"timestamptz", TB_T_TIMESTAMPTZ},
    {"timestamp with time zone", TB_T_TIMESTAMPTZ},            {"time", TB_T_TIME},          {"time without time zone", TB_T_TIME},
    {"numeric_text", TB_T_NUMERIC}, {"decimal_text", TB_T_NUMERIC}, {"uuid", TB_T_UUID},     {"uuid_text", TB_T_UUID},
    {"interval_text", TB_T_INTERVAL}, {"json", TB_T_JSON},     {"jsonb", TB_T_JSONB},
};

static int32_t modifier(tb_type_id type, const char *open)
{
    if (open == NULL)
        return -1;
    char *end;
    long a = strtol(open + 1, &end, 10), b = *end == ',' ? strtol(end + 1, NULL, 10) : 0;
    if (type == TB_T_NUMERIC && a >= 1 && a <= 1000 && b >= -1000 && b <= 1000)
        return (int32_t)(((uint32_t)a << 16) | ((uint32_t)b & 0x7ff)) + 4;
    if ((type == TB_T_VARCHAR || type == TB_T_BPCHAR) && a >= 1)
        return (int32_t)a + 4;
    return -1;
}

tb_type tbi_sqlite_type(const char *declared)
{
    const char *open = declared == NULL ? NULL : strchr(declared, '(');
    size_t len = declared == NULL ? 0 : open != NULL ? (size_t)(open - declared) : strlen(declared);
    while (len > 0 && isspace((unsigned char)declared[len - 1]))
        len--;
    for (size_t i = 0; i < TB_COUNT(declared_types); i++) {
        const declared_type *d = &declared_types[i];
        if (strlen(d->name) == len && strncasecmp(d->name, declared, len) == 0)
            return (tb_type){d->type, modifier(d->type, open)};
    }
    return tb_type_of(TB_T_NONE);
}

/* ---- storage classes ---- */

typedef enum storage { HELD_NOT, HELD_INTEGER, HELD_REAL, HELD_STRING, HELD_BLOB, HELD_FORMATTED } storage;

static storage storage_of(tb_type_id type)
{
    if (tb_type_is_array(type))
        return HELD_NOT;
    switch (tb_type_phys(type)) {
    case TB_PHYS_BOOL:
    case TB_PHYS_I16:
        return HELD_INTEGER;
    case TB_PHYS_I32:
        return type == TB_T_DATE ? HELD_FORMATTED : HELD_INTEGER;
    case TB_PHYS_I64:
        return type == TB_T_INT8 ? HELD_INTEGER : HELD_FORMATTED;
    case TB_PHYS_F32:
    case TB_PHYS_F64:
        return HELD_REAL;
    case TB_PHYS_NUM:
    case TB_PHYS_INTERVAL:
    case TB_PHYS_TIMETZ:
    case TB_PHYS_UUID:
        return HELD_FORMATTED;
    case TB_PHYS_STR:
        if (type == TB_T_BYTEA)
            return HELD_BLOB;
        return tb_type_is_string(type) || type == TB_T_JSON || type == TB_T_JSONB ? HELD_STRING : HELD_NOT;
    case TB_PHYS_OID:
    case TB_PHYS_COUNT:
        return HELD_NOT;
    }
    TB_UNREACHABLE();
}

bool tbi_sqlite_holds(tb_type_id type)
{
    return storage_of(type) != HELD_NOT;
}

/* ---- strict readers of the formatted types: the fast forms first ---- */

static bool digits(const char *s, int n, int *out)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        unsigned d = (unsigned char)s[i] - '0';
        if (d > 9)
            return false;
        v = v * 10 + (int)d;
    }
    *out = v;
    return true;
}

static bool read_date(const char *s, size_t len, int32_t *out)
{
    int y, m, d;
    if (len != 10 || s[4] != '-' || s[7] != '-' || !digits(s, 4, &y) || !digits(s + 5, 2, &m) || !digits(s + 8, 2, &d))
        return false;
    if (y < 1 || m < 1 || m > 12 || d < 1 || d > tb_days_in_month(y, m))
        return false;
    *out = tb_days_from_civil(y, m, d);
    return true;
}

/* HH:MM:SS[.ffffff] */
static bool read_time(const char *s, size_t len, int64_t *out)
{
    int h, m, sec;
    if (len < 8 || s[2] != ':' || s[5] != ':' || !digits(s, 2, &h) || !digits(s + 3, 2, &m) || !digits(s + 6, 2, &sec))
        return false;
    if (h > 23 || m > 59 || sec > 59)
        return false;
    int64_t us = ((int64_t)h * 60 + m) * 60000000 + (int64_t)sec * 1000000;
    if (len > 8) {
        int unit = 100000;
        if (s[8] != '.' || len == 9 || len > 15)
            return false;
        for (size_t i = 9; i < len; i++, unit /= 10) {
            int d;
            if (!digits(s + i, 1, &d))
                return false;
            us += (int64_t)d * unit;
        }
    }
    *out = us;
    return true;
}

static bool read_timestamp(const char *s, size_t len, int64_t *out)
{
    int32_t day;
    int64_t time;
    if (len < 19 || (s[10] != ' ' && s[10] != 'T') || !read_date(s, 10, &day) || !read_time(s + 11, len - 11, &time))
        return false;
    *out = (int64_t)day * 86400000000 + time;
    return true;
}

/* plain decimals of up to 18 digits without a detour through the general reader */
static bool read_small_numeric(const char *s, size_t len, tb_num *out)
{
    size_t i = len > 0 && s[0] == '-' ? 1 : 0, n = 0;
    int64_t coef = 0;
    int scale = -1;
    for (; i < len; i++) {
        if (s[i] == '.' && scale < 0) {
            scale = 0;
            continue;
        }
        unsigned d = (unsigned char)s[i] - '0';
        if (d > 9 || ++n > 18)
            return false;
        coef = coef * 10 + d;
        scale += scale >= 0;
    }
    if (n == 0)
        return false;
    *out = tb_num_small(s[0] == '-' ? -coef : coef, scale < 0 ? 0 : scale);
    return true;
}

static bool within(int64_t coef, int precision)
{
    int64_t limit = 1;
    for (int i = 0; i < precision && i < 18; i++)
        limit *= 10;
    return precision > 18 || (coef < limit && coef > -limit);
}

static bool read_numeric(const char *s, size_t len, tb_type type, tb_arena *arena, tb_num *out)
{
    tb_error ignored = {.position = -1};
    int precision, scale;
    if (!read_small_numeric(s, len, out) && tb_num_parse(arena, s, len, -1, out, &ignored) != TB_OK)
        return false;
    if (!tb_typmod_numeric(type.typmod, &precision, &scale))
        return true;
    if (out->kind == TB_NUM_SMALL && out->scale == scale && within(out->coef, precision))
        return true;
    return tb_num_apply_typmod(arena, *out, type.typmod, out, &ignored) == TB_OK;
}

static bool read_formatted(const char *s, size_t len, tb_type type, tb_arena *arena, tb_datum *out)
{
    if (type.id == TB_T_NUMERIC)
        return read_numeric(s, len, type, arena, &out->num);
    if (type.id == TB_T_DATE)
        return read_date(s, len, &out->i32);
    if (type.id == TB_T_TIMESTAMP)
        return read_timestamp(s, len, &out->i64);
    if (type.id == TB_T_TIME)
        return read_time(s, len, &out->i64);
    /* timestamptz, interval, uuid: no short-cuts, but no relative words either */
    if (len == 0 || !(isxdigit((unsigned char)s[0]) || s[0] == '-' || s[0] == '+'))
        return false;
    tb_error ignored = {.position = -1};
    tb_io_cx io = {.arena = arena};
    io.dt.tz = tb_tz_utc();
    tb_value v;
    if (tb_text_in(&io, type, s, len, &v, &ignored) != TB_OK)
        return false;
    *out = v.d;
    return true;
}

static bool fits_length(const char *s, size_t len, tb_type type)
{
    return type.typmod < 4 || len <= (size_t)type.typmod - 4 || tb_utf8_count(s, len) <= (size_t)type.typmod - 4;
}

/* char(n) is blank-padded to its length, as PostgreSQL holds it */
static tb_str padded(const char *s, size_t len, tb_type type, tb_arena *arena)
{
    size_t chars = tb_utf8_count(s, len), want = type.typmod < 4 ? 1 : (size_t)type.typmod - 4;
    size_t pad = want > chars ? want - chars : 0;
    char *bytes = tb_arena_bytes(arena, len + pad);
    memcpy(bytes, s, len);
    memset(bytes + len, ' ', pad);
    return tb_str_make(bytes, len + pad);
}

static bool read_string(const char *s, size_t len, tb_type type, tb_arena *arena, bool copy, tb_datum *out)
{
    if (len > UINT32_MAX || memchr(s, '\0', len) != NULL || !tb_utf8_valid(s, len) || !fits_length(s, len, type))
        return false;
    if (type.id == TB_T_BPCHAR && type.typmod >= 4)
        out->str = padded(s, len, type, arena);
    else if (copy && len > TB_STR_INLINE)
        out->str = tb_str_make(memcpy(tb_arena_bytes(arena, len), s, len), len);
    else
        out->str = tb_str_make(s, len);
    return true;
}

static bool read_integer(int64_t v, tb_type_id type, tb_datum *out)
{
    if (type == TB_T_INT8) {
        out->i64 = v;
        return true;
    }
    if (type == TB_T_INT4) {
        out->i32 = (int32_t)v;
        return v >= INT32_MIN && v <= INT32_MAX;
    }
    if (type == TB_T_INT2) {
        out->i16 = (int16_t)v;
        return v >= INT16_MIN && v <= INT16_MAX;
    }
    out->b = v != 0;
    return v == 0 || v == 1;
}

static bool read_real(double v, tb_type_id type, tb_datum *out)
{
    if (type == TB_T_FLOAT4)
        out->f32 = (float)v;
    else
        out->f64 = v;
    return true;
}

/* ---- the two doors: function arguments and result columns ---- */

bool tbi_sqlite_read(sqlite3_value *v, tb_type type, tb_arena *arena, tb_datum *out)
{
    int class = sqlite3_value_type(v);
    switch (storage_of(type.id)) {
    case HELD_INTEGER:
        return class == SQLITE_INTEGER && read_integer(sqlite3_value_int64(v), type.id, out);
    case HELD_REAL: /* SQLite stores a whole float as an integer and gives it back as REAL only from REAL columns */
        return (class == SQLITE_FLOAT || class == SQLITE_INTEGER) && read_real(sqlite3_value_double(v), type.id, out);
    case HELD_STRING:
    case HELD_FORMATTED: {
        if (class != SQLITE_TEXT)
            return false;
        const char *s = (const char *)sqlite3_value_text(v);
        size_t len = (size_t)sqlite3_value_bytes(v);
        return storage_of(type.id) == HELD_STRING ? read_string(s, len, type, arena, false, out)
                                                  : read_formatted(s, len, type, arena, out);
    }
    case HELD_BLOB:
        if (class != SQLITE_BLOB)
            return false;
        out->str = tb_str_make(sqlite3_value_blob(v), (size_t)sqlite3_value_bytes(v));
        return true;
    case HELD_NOT:
        return false;
    }
    TB_UNREACHABLE();
}

static bool copy_blob(sqlite3_stmt *q, int col, tb_arena *arena, tb_datum *out)
{
    const void *bytes = sqlite3_column_blob(q, col);
    size_t len = (size_t)sqlite3_column_bytes(q, col);
    out->str = len == 0 ? tb_str_make("", 0) : tb_str_make(memcpy(tb_arena_bytes(arena, len), bytes, len), len);
    return true;
}

bool tbi_sqlite_column(sqlite3_stmt *q, int col, tb_type type, tb_arena *arena, tb_datum *out)
{
    int class = sqlite3_column_type(q, col);
    storage held = storage_of(type.id);
    if (held == HELD_INTEGER)
        return class == SQLITE_INTEGER && read_integer(sqlite3_column_int64(q, col), type.id, out);
    if (held == HELD_REAL)
        return (class == SQLITE_FLOAT || class == SQLITE_INTEGER) && read_real(sqlite3_column_double(q, col), type.id, out);
    if (held == HELD_BLOB)
        return class == SQLITE_BLOB && copy_blob(q, col, arena, out);
    if (held == HELD_NOT || class != SQLITE_TEXT)
        return false;
    const char *s = (const char *)sqlite3_column_text(q, col);
    size_t len = (size_t)sqlite3_column_bytes(q, col);
    return held == HELD_STRING ? read_string(s, len, type, arena, true, out) : read_formatted(s, len, type, arena, out);
}

/* ---- into SQLite ---- */

static int64_t integer_of(tb_type_id type, const tb_datum *d)
{
    return type == TB_T_INT8 ? d->i64 : type == TB_T_INT4 ? d->i32 : type == TB_T_INT2 ? d->i16 : d->b;
}

static double real_of(tb_type_id type, const tb_datum *d)
{
    return type == TB_T_FLOAT4 ? (double)d->f32 : d->f64;
}

static void format(tb_type_id type, const tb_datum *d, tb_arena *arena, tb_buf *out)
{
    tb_io_cx io = {.arena = arena, .extra_float_digits = 3};
    io.dt.tz = tb_tz_utc();
    tb_text_out(&io, tb_type_of(type), d, out);
}

int tbi_sqlite_bind(sqlite3_stmt *q, int at, tb_type_id type, const tb_value *v, tb_arena *arena)
{
    if (v->null)
        return sqlite3_bind_null(q, at);
    switch (storage_of(type)) {
    case HELD_INTEGER:
        return sqlite3_bind_int64(q, at, integer_of(type, &v->d));
    case HELD_REAL:
        return sqlite3_bind_double(q, at, real_of(type, &v->d));
    case HELD_STRING:
        return sqlite3_bind_text(q, at, tb_str_data(&v->d.str), (int)v->d.str.len, SQLITE_TRANSIENT);
    case HELD_BLOB:
        return sqlite3_bind_blob(q, at, tb_str_data(&v->d.str), (int)v->d.str.len, SQLITE_TRANSIENT);
    case HELD_FORMATTED: {
        tb_buf text;
        tb_buf_init(&text, 256 * 1024);
        format(type, &v->d, arena, &text);
        int rc = sqlite3_bind_text(q, at, tb_buf_cstr(&text), (int)text.len, SQLITE_TRANSIENT);
        tb_buf_fini(&text);
        return rc;
    }
    case HELD_NOT:
        return SQLITE_MISMATCH;
    }
    TB_UNREACHABLE();
}

void tbi_sqlite_result(sqlite3_context *cx, tb_type_id type, const tb_value *v, tb_conn *conn)
{
    if (v->null) {
        sqlite3_result_null(cx);
        return;
    }
    switch (storage_of(type)) {
    case HELD_INTEGER:
        sqlite3_result_int64(cx, integer_of(type, &v->d));
        return;
    case HELD_REAL:
        sqlite3_result_double(cx, real_of(type, &v->d));
        return;
    case HELD_STRING:
        sqlite3_result_text(cx, tb_str_data(&v->d.str), (int)v->d.str.len, SQLITE_TRANSIENT);
        return;
    case HELD_BLOB:
        sqlite3_result_blob(cx, tb_str_data(&v->d.str), (int)v->d.str.len, SQLITE_TRANSIENT);
        return;
    case HELD_FORMATTED:
        tb_buf_reset(&conn->text);
        format(type, &v->d, conn->arena, &conn->text);
        sqlite3_result_text(cx, tb_buf_cstr(&conn->text), (int)conn->text.len, SQLITE_TRANSIENT);
        return;
    case HELD_NOT:
        sqlite3_result_error_code(cx, SQLITE_MISMATCH);
        return;
    }
    TB_UNREACHABLE();
}
