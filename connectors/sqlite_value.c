/* SPDX-License-Identifier: Apache-2.0
 * Values between SQLite and us. SQLite types values, not columns: an INTEGER column may hold text.
 * So every value is checked against the declared type and a misfit is an error, never a conversion.
 */
#include "connectors/sqlite_int.h"

#include "core/io_text.h"
#include "core/num.h"
#include "core/utf8.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

/* ---- declared types ---- */

typedef struct declared_type {
    const char *name; /* without what stands in parentheses */
    tb_type_id type;
} declared_type;

/* In SQLite `real` is a double. A declared numeric has NUMERIC affinity: the text 12.50 becomes the
 * number 12.5; see tbi_sqlite_numeric_real(). The _text spellings keep the text. */
static const declared_type declared_types[] = {
    {"bigint", TB_T_INT8},
    {"blob", TB_T_BYTEA},
    {"bool", TB_T_BOOL},
    {"boolean", TB_T_BOOL},
    {"bytea", TB_T_BYTEA},
    {"char", TB_T_BPCHAR},
    {"character", TB_T_BPCHAR},
    {"character varying", TB_T_VARCHAR},
    {"clob", TB_T_TEXT},
    {"date", TB_T_DATE},
    {"date_text", TB_T_DATE},
    {"decimal", TB_T_NUMERIC},
    {"decimal_text", TB_T_NUMERIC},
    {"double", TB_T_FLOAT8},
    {"double precision", TB_T_FLOAT8},
    {"float", TB_T_FLOAT8},
    {"float4", TB_T_FLOAT4},
    {"float8", TB_T_FLOAT8},
    {"int", TB_T_INT4},
    {"int2", TB_T_INT2},
    {"int4", TB_T_INT4},
    {"int8", TB_T_INT8},
    {"integer", TB_T_INT4},
    {"interval_text", TB_T_INTERVAL},
    {"json", TB_T_JSON},
    {"json_text", TB_T_JSON},
    {"jsonb", TB_T_JSONB},
    {"numeric", TB_T_NUMERIC},
    {"numeric_text", TB_T_NUMERIC},
    {"real", TB_T_FLOAT8},
    {"smallint", TB_T_INT2},
    {"text", TB_T_TEXT},
    {"time", TB_T_TIME},
    {"time without time zone", TB_T_TIME},
    {"timestamp", TB_T_TIMESTAMP},
    {"timestamp with time zone", TB_T_TIMESTAMPTZ},
    {"timestamp without time zone", TB_T_TIMESTAMP},
    {"timestamp_text", TB_T_TIMESTAMP},
    {"timestamptz", TB_T_TIMESTAMPTZ},
    {"timetz", TB_T_TIMETZ},
    {"uuid", TB_T_UUID},
    {"uuid_text", TB_T_UUID},
    {"varchar", TB_T_VARCHAR},
};

/* "(18,2)" as a modifier; *bad when the type takes none or not these. */
static int32_t modifier(tb_type_id type, const char *open, bool *bad)
{
    if (open == NULL)
        return type == TB_T_BPCHAR ? 1 + 4 : -1; /* char is char(1) */
    char *end;
    long a = strtol(open + 1, &end, 10), b = *end == ',' ? strtol(end + 1, &end, 10) : 0;
    *bad = *end != ')' || end[1] != '\0';
    if (type == TB_T_NUMERIC && a >= 1 && a <= 1000 && b >= -1000 && b <= 1000)
        return tb_typmod_make_numeric((int)a, (int)b);
    if ((type == TB_T_VARCHAR || type == TB_T_BPCHAR) && a >= 1 && a <= 10485760)
        return (int32_t)a + 4;
    *bad = true;
    return -1;
}

tb_type tbi_sqlite_type(const char *declared)
{
    bool bad = false;
    const char *open = declared == NULL ? NULL : strchr(declared, '(');
    size_t len = declared == NULL ? 0 : open != NULL ? (size_t)(open - declared) : strlen(declared);
    while (len > 0 && isspace((unsigned char)declared[len - 1]))
        len--;
    for (size_t i = 0; i < TB_COUNT(declared_types); i++) {
        const declared_type *d = &declared_types[i];
        if (strlen(d->name) != len || strncasecmp(d->name, declared, len) != 0)
            continue;
        tb_type type = {d->type, modifier(d->type, open, &bad)};
        return bad ? tb_type_of(TB_T_NONE) : type;
    }
    return tb_type_of(TB_T_NONE);
}

/* ---- forms: what is read how ---- */

typedef enum form {
    FORM_NONE,
    FORM_BOOL,
    FORM_INT2,
    FORM_INT4,
    FORM_INT8,
    FORM_FLOAT4,
    FORM_FLOAT8,
    FORM_TEXT,
    FORM_BPCHAR,
    FORM_BLOB,
    FORM_NUMERIC,
    FORM_DATE,
    FORM_TIME,
    FORM_TIMESTAMP,
    FORM_TIMESTAMPTZ,
    FORM_INPUT /* by the type's input function */
} form;

static const uint8_t forms[TB_TYPE_COUNT] = {
    [TB_T_BOOL] = FORM_BOOL,           [TB_T_INT2] = FORM_INT2,
    [TB_T_INT4] = FORM_INT4,           [TB_T_INT8] = FORM_INT8,
    [TB_T_FLOAT4] = FORM_FLOAT4,       [TB_T_FLOAT8] = FORM_FLOAT8,
    [TB_T_TEXT] = FORM_TEXT,           [TB_T_VARCHAR] = FORM_TEXT,
    [TB_T_NAME] = FORM_TEXT,           [TB_T_JSON] = FORM_INPUT,
    [TB_T_JSONB] = FORM_INPUT,         [TB_T_BPCHAR] = FORM_BPCHAR,
    [TB_T_BYTEA] = FORM_BLOB,          [TB_T_NUMERIC] = FORM_NUMERIC,
    [TB_T_DATE] = FORM_DATE,           [TB_T_TIME] = FORM_TIME,
    [TB_T_TIMESTAMP] = FORM_TIMESTAMP, [TB_T_TIMESTAMPTZ] = FORM_TIMESTAMPTZ,
    [TB_T_TIMETZ] = FORM_INPUT,        [TB_T_INTERVAL] = FORM_INPUT,
    [TB_T_UUID] = FORM_INPUT,
};

bool tbi_sqlite_reader_init(tbi_sqlite_reader *r, tb_type type)
{
    int precision = 0, scale = 0;
    *r = (tbi_sqlite_reader){.type = type};
    if (tb_type_is_array(type.id)) {
        tb_type_id elem = tb_type_elem(type.id);
        r->form = elem < TB_TYPE_COUNT && forms[elem] != FORM_NONE ? FORM_INPUT : FORM_NONE;
        return r->form != FORM_NONE;
    }
    if (type.id >= TB_TYPE_COUNT)
        return false;
    r->form = forms[type.id];
    if (type.id == TB_T_NUMERIC && tb_typmod_numeric(type.typmod, &precision, &scale)) {
        r->precision = (int16_t)precision;
        r->scale = (int16_t)scale;
    }
    if ((type.id == TB_T_VARCHAR || type.id == TB_T_BPCHAR) && type.typmod >= 4)
        r->max_chars = (uint32_t)type.typmod - 4;
    return r->form != FORM_NONE;
}

/* ---- reading ---- */

static bool fits(const tbi_sqlite_reader *r, const char *s, size_t len)
{
    return r->max_chars == 0 || len <= r->max_chars || tb_utf8_count(s, len) <= r->max_chars;
}

/* char(n) is held padded to its length, as in PostgreSQL; in SQLite it may be shorter */
static tb_str padded(const tbi_sqlite_reader *r, const char *s, size_t len, tb_arena *arena)
{
    size_t chars = tb_utf8_count(s, len), pad = r->max_chars > chars ? r->max_chars - chars : 0;
    char *bytes = tb_arena_bytes(arena, len + pad);
    memcpy(bytes, s, len);
    memset(bytes + len, ' ', pad);
    return tb_str_make(bytes, len + pad);
}

static tb_str kept(const char *s, size_t len, tb_arena *arena, bool copy)
{
    if (copy && len > TB_STR_INLINE)
        s = memcpy(tb_arena_bytes(arena, len), s, len);
    return tb_str_make(s, len);
}

static bool read_integer(const tbi_sqlite_reader *r, int64_t v, tb_arena *arena, void *slot)
{
    switch ((form)r->form) {
    case FORM_INT8:
        *(int64_t *)slot = v;
        return true;
    case FORM_INT4:
        *(int32_t *)slot = (int32_t)v;
        return v == (int32_t)v;
    case FORM_INT2:
        *(int16_t *)slot = (int16_t)v;
        return v == (int16_t)v;
    case FORM_BOOL:
        *(uint8_t *)slot = v != 0;
        return v == 0 || v == 1;
    case FORM_FLOAT8: /* a whole number computed by SQLite; exact up to 2^53 */
        *(double *)slot = (double)v;
        return v <= INT64_C(1) << 53 && v >= -(INT64_C(1) << 53);
    case FORM_FLOAT4:
        *(float *)slot = (float)v;
        return v <= 1 << 24 && v >= -(1 << 24);
    case FORM_NUMERIC:
        return tbi_sqlite_numeric_integer(r, v, arena, slot);
    case FORM_NONE:
    case FORM_TEXT:
    case FORM_BPCHAR:
    case FORM_BLOB:
    case FORM_DATE:
    case FORM_TIME:
    case FORM_TIMESTAMP:
    case FORM_TIMESTAMPTZ:
    case FORM_INPUT:
        return false;
    }
    TB_UNREACHABLE();
}

static bool read_real(const tbi_sqlite_reader *r, double v, tb_arena *arena, void *slot)
{
    if (r->form == FORM_FLOAT8) {
        *(double *)slot = v;
        return true;
    }
    if (r->form == FORM_FLOAT4) {
        *(float *)slot = (float)v;
        return !isinf((float)v) || isinf(v);
    }
    return r->form == FORM_NUMERIC && tbi_sqlite_numeric_real(r, v, arena, slot);
}

static bool read_by_input(const tbi_sqlite_reader *r, const char *s, size_t len, tb_arena *arena,
                          void *slot)
{
    tb_datum d;
    if (!tbi_sqlite_by_input(r->type, s, len, arena, &d))
        return false;
    memcpy(slot, &d, tb_phys_width(tb_type_phys(r->type.id)));
    return true;
}

/* PostgreSQL's output of what is no number; SQLite itself has REAL infinities, but no NaN. */
static bool read_float_word(const tbi_sqlite_reader *r, const char *s, size_t len, void *slot)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"Infinity", HUGE_VAL}, {"-Infinity", -HUGE_VAL}, {"NaN", (double)NAN}};
    for (size_t i = 0; i < TB_COUNT(words); i++)
        if (strlen(words[i].word) == len && memcmp(words[i].word, s, len) == 0)
            return read_real(r, words[i].value, NULL, slot);
    return false;
}

static bool read_text(const tbi_sqlite_reader *r, const char *s, size_t len, tb_arena *arena,
                      bool copy, void *slot)
{
    switch ((form)r->form) {
    case FORM_TEXT:
        if (!tb_utf8_is_text(s, len) || !fits(r, s, len))
            return false;
        *(tb_str *)slot = kept(s, len, arena, copy);
        return true;
    case FORM_BPCHAR:
        if (!tb_utf8_is_text(s, len) || !fits(r, s, len))
            return false;
        *(tb_str *)slot = r->max_chars > 0 ? padded(r, s, len, arena) : kept(s, len, arena, copy);
        return true;
    case FORM_NUMERIC:
        return tbi_sqlite_numeric(r, s, len, arena, slot);
    case FORM_DATE:
        return tbi_sqlite_date(s, len, slot);
    case FORM_TIME:
        return tbi_sqlite_time(s, len, slot);
    case FORM_TIMESTAMP:
        return tbi_sqlite_timestamp(s, len, slot);
    case FORM_TIMESTAMPTZ:
        return tbi_sqlite_timestamptz(s, len, slot);
    case FORM_INPUT:
        return read_by_input(r, s, len, arena, slot);
    case FORM_FLOAT4:
    case FORM_FLOAT8:
        return read_float_word(r, s, len, slot);
    case FORM_NONE:
    case FORM_BOOL:
    case FORM_INT2:
    case FORM_INT4:
    case FORM_INT8:
    case FORM_BLOB:
        return false;
    }
    TB_UNREACHABLE();
}

static inline bool read_value(const tbi_sqlite_reader *r, int class, sqlite3_value *v,
                              tb_arena *arena, bool copy, void *slot, size_t *bytes)
{
    *bytes = 8;
    if (class == SQLITE_INTEGER)
        return read_integer(r, sqlite3_value_int64(v), arena, slot);
    if (class == SQLITE_FLOAT)
        return read_real(r, sqlite3_value_double(v), arena, slot);
    if (class == SQLITE_TEXT) {
        const char *s = (const char *)sqlite3_value_text(v);
        *bytes = (size_t)sqlite3_value_bytes(v);
        return s != NULL && read_text(r, s, *bytes, arena, copy, slot);
    }
    const char *s = sqlite3_value_blob(v);
    *bytes = (size_t)sqlite3_value_bytes(v);
    if (r->form != FORM_BLOB)
        return false;
    *(tb_str *)slot = kept(*bytes == 0 ? "" : s, *bytes, arena, copy);
    return true;
}

bool tbi_sqlite_read(const tbi_sqlite_reader *r, sqlite3_value *v, tb_arena *arena, bool copy,
                     void *slot)
{
    size_t bytes;
    return read_value(r, sqlite3_value_type(v), v, arena, copy, slot, &bytes);
}

int tbi_sqlite_read_row(sqlite3_stmt *q, const tbi_sqlite_reader *readers, uint32_t n,
                        tb_batch *batch, uint64_t *bytes)
{
    uint32_t row = batch->nrows;
    uint64_t payload = 0;
    for (uint32_t c = 0; c < n; c++) {
        tb_vector *to = &batch->cols[c];
        size_t width = tb_phys_width((tb_phys)to->phys), len;
        /* one look-up per value; we are this statement's only thread, so the unprotected value is
         * safe to read */
        sqlite3_value *v = sqlite3_column_value(q, (int)c);
        int class = sqlite3_value_type(v);
        if (class == SQLITE_NULL) {
            to->valid[row >> 6] &= ~(UINT64_C(1) << (row & 63));
            continue;
        }
        if (!read_value(&readers[c], class, v, batch->arena, true, (char *)to->data + row * width,
                        &len))
            return (int)c;
        payload += len;
    }
    batch->nrows = row + 1;
    *bytes += payload;
    return -1;
}

/* ---- into SQLite ---- */

static int64_t integer_of(form f, const tb_datum *d)
{
    return f == FORM_INT8 ? d->i64 : f == FORM_INT4 ? d->i32 : f == FORM_INT2 ? d->i16 : d->b;
}

static void format(tb_type_id type, const tb_datum *d, tb_buf *out)
{
    const tb_io_cx io = {.extra_float_digits = 1};
    tb_text_out(&io, tb_type_of(type), d, out);
}

static bool is_string(form f, tb_type_id type)
{
    return f == FORM_TEXT || f == FORM_BPCHAR || type == TB_T_JSON || type == TB_T_JSONB;
}

int tbi_sqlite_bind(sqlite3_stmt *q, int at, tb_type_id type, const tb_value *v, tb_arena *arena)
{
    (void)arena;
    form f = tb_type_is_array(type) ? FORM_NONE : (form)forms[type];
    if (f == FORM_NONE)
        return SQLITE_MISMATCH;
    if (v->null)
        return sqlite3_bind_null(q, at);
    if (f <= FORM_INT8)
        return sqlite3_bind_int64(q, at, integer_of(f, &v->d));
    if (f == FORM_FLOAT4 || f == FORM_FLOAT8)
        return sqlite3_bind_double(q, at, f == FORM_FLOAT4 ? (double)v->d.f32 : v->d.f64);
    if (f == FORM_BLOB)
        return sqlite3_bind_blob64(q, at, tb_str_data(&v->d.str), v->d.str.len, SQLITE_TRANSIENT);
    if (is_string(f, type))
        return sqlite3_bind_text64(q, at, tb_str_data(&v->d.str), v->d.str.len, SQLITE_TRANSIENT,
                                   SQLITE_UTF8);
    tb_buf text;
    tb_buf_init(&text, (size_t)1 << 20);
    format(type, &v->d, &text);
    int rc =
        sqlite3_bind_text64(q, at, tb_buf_cstr(&text), text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    tb_buf_fini(&text);
    return rc;
}

void tbi_sqlite_result(sqlite3_context *cx, tb_type_id type, const tb_value *v, tb_conn *conn)
{
    form f = tb_type_is_array(type) ? FORM_NONE : (form)forms[type];
    if (f == FORM_NONE)
        sqlite3_result_error_code(cx, SQLITE_MISMATCH);
    else if (v->null)
        sqlite3_result_null(cx);
    else if (f <= FORM_INT8)
        sqlite3_result_int64(cx, integer_of(f, &v->d));
    else if (f == FORM_FLOAT4 || f == FORM_FLOAT8)
        sqlite3_result_double(cx, f == FORM_FLOAT4 ? (double)v->d.f32 : v->d.f64);
    else if (f == FORM_BLOB)
        sqlite3_result_blob64(cx, tb_str_data(&v->d.str), v->d.str.len, SQLITE_TRANSIENT);
    else if (is_string(f, type))
        sqlite3_result_text64(cx, tb_str_data(&v->d.str), v->d.str.len, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
    else {
        tb_buf_reset(&conn->text);
        format(type, &v->d, &conn->text);
        if (conn->text.failed) {
            sqlite3_result_error_toobig(cx);
            return;
        }
        sqlite3_result_text64(cx, tb_buf_cstr(&conn->text), conn->text.len, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
    }
}
