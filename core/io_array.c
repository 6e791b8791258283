/* SPDX-License-Identifier: Apache-2.0
 * Text forms of arrays, of int2vector and oidvector, and of records.
 */
#include "core/array.h"
#include "core/io_int.h"
#include "core/list.h"
#include "core/record.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>

/* ---- array input ---- */

typedef struct reader {
    const tb_io_cx *cx;
    const char *text, *at, *end;
    tb_type elem;
    int ndim; /* depth of the elements; 0 = not yet known */
    int32_t dims[TB_ARRAY_MAX_DIM];
    TB_LIST(tb_value) values;
    tb_error *err;
} reader;

static tb_rc raise(reader *r)
{
    if (r->cx->dt.hide_values)
        return TB_RAISE(r->err, TB_E_INVALID_TEXT_REPRESENTATION, "malformed array literal");
    return TB_RAISE(r->err, TB_E_INVALID_TEXT_REPRESENTATION, "malformed array literal: \"%.*s\"",
                    (int)(r->end - r->text), r->text);
}

#define RAISE_DETAIL(r, ...) (raise(r), tb_error_detail((r)->err, __VA_ARGS__), TB_FAIL)

static tb_rc raise_unexpected(reader *r)
{
    if (r->at >= r->end)
        return RAISE_DETAIL(r, "Unexpected end of input.");
    if (*r->at == '{' || *r->at == '}' || *r->at == ',' || *r->at == '\\')
        return RAISE_DETAIL(r, "Unexpected \"%c\" character.", *r->at);
    return RAISE_DETAIL(r, "Unexpected array element.");
}

static void skip_blanks(reader *r)
{
    while (r->at < r->end && isspace((unsigned char)*r->at))
        r->at++;
}

static bool accept(reader *r, char c)
{
    if (r->at >= r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Collects an element's text into buf; *quoted tells whether it had quotes or escapes (then NULL is
 * a word). */
static tb_rc element_text(reader *r, tb_buf *buf, bool *quoted)
{
    size_t keep = 0; /* unquoted blanks at the end do not belong to the element */
    *quoted = false;
    if (accept(r, '"')) {
        *quoted = true;
        for (; r->at < r->end && *r->at != '"'; r->at++) {
            if (*r->at == '\\' && ++r->at >= r->end)
                break;
            tb_buf_putc(buf, *r->at);
        }
        if (!accept(r, '"'))
            return raise_unexpected(r);
        skip_blanks(r);
        return TB_OK;
    }
    for (; r->at < r->end && *r->at != ',' && *r->at != '}'; r->at++) {
        bool escaped = *r->at == '\\';
        if (*r->at == '{' || *r->at == '"')
            return raise_unexpected(r);
        if (escaped && ++r->at >= r->end)
            return raise_unexpected(r);
        *quoted |= escaped;
        tb_buf_putc(buf, *r->at);
        if (escaped || !isspace((unsigned char)*r->at))
            keep = buf->len;
    }
    buf->len = keep;
    return TB_OK;
}

static tb_rc read_element(reader *r)
{
    tb_buf buf;
    bool quoted;
    tb_value v = tb_value_null();
    tb_buf_init(&buf, (size_t)(r->end - r->at) + 1);
    tb_rc rc = element_text(r, &buf, &quoted);
    bool null = !quoted && buf.len == 4 && strncasecmp(buf.data, "null", 4) == 0;
    if (rc == TB_OK && !null)
        rc = tb_text_in(r->cx, r->elem, tb_buf_cstr(&buf), buf.len, &v, r->err);
    tb_buf_fini(&buf);
    tb_list_push(r->cx->arena, &r->values, v);
    return rc;
}

static tb_rc read_level(reader *r, int depth);

/* A sub-array or an element, whichever belongs at this depth. */
static tb_rc read_item(reader *r, int depth)
{
    skip_blanks(r);
    bool brace = r->at < r->end && *r->at == '{';
    if (brace) {
        if (r->ndim != 0 && depth >= r->ndim)
            return raise_unexpected(r);
        return read_level(r, depth + 1);
    }
    if (r->at >= r->end || *r->at == '}' || *r->at == ',' || (r->ndim != 0 && depth != r->ndim))
        return raise_unexpected(r);
    r->ndim = depth;
    return read_element(r);
}

/* "{...}" of the given depth (outermost = 1) */
static tb_rc read_level(reader *r, int depth)
{
    if (depth > TB_ARRAY_MAX_DIM)
        return TB_RAISE(r->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "number of array dimensions (%d) exceeds the maximum allowed (%d)", depth,
                        TB_ARRAY_MAX_DIM);
    int32_t n = 0;
    r->at++;
    skip_blanks(r);
    if (depth == 1 && accept(r, '}'))
        return TB_OK;
    do {
        TB_TRY(read_item(r, depth));
        skip_blanks(r);
        n++;
    } while (accept(r, ','));
    if (!accept(r, '}'))
        return raise_unexpected(r);
    if (r->dims[depth - 1] != 0 && r->dims[depth - 1] != n)
        return RAISE_DETAIL(
            r, "Multidimensional arrays must have sub-arrays with matching dimensions.");
    r->dims[depth - 1] = n;
    return TB_OK;
}

static bool read_bound(reader *r, int32_t *v)
{
    char *end;
    char text[16] = "";
    size_t n = 0;
    if (r->at < r->end && (*r->at == '-' || *r->at == '+'))
        text[n++] = *r->at++;
    while (r->at < r->end && isdigit((unsigned char)*r->at) && n < sizeof text - 1)
        text[n++] = *r->at++;
    long long value = strtoll(text, &end, 10);
    *v = (int32_t)value;
    return end > text && isdigit((unsigned char)text[n - 1]) && value >= INT_MIN &&
           value <= INT_MAX;
}

/* "[l:u][n]...=" */
static tb_rc read_bounds(reader *r, int *n, int32_t *dims, int32_t *lower)
{
    for (*n = 0; accept(r, '['); (*n)++) {
        int32_t low = 1, high;
        if (*n >= TB_ARRAY_MAX_DIM)
            return TB_RAISE(r->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                            "number of array dimensions (%d) exceeds the maximum allowed (%d)",
                            *n + 1, TB_ARRAY_MAX_DIM);
        if (!read_bound(r, &high))
            return RAISE_DETAIL(r, "\"[\" must introduce explicitly-specified array dimensions.");
        if (accept(r, ':')) {
            low = high;
            if (!read_bound(r, &high))
                return RAISE_DETAIL(r, "Missing array dimension value.");
        }
        if (!accept(r, ']'))
            return RAISE_DETAIL(r, "Missing \"]\" after array dimensions.");
        if (high < low)
            return TB_RAISE(r->err, TB_E_ARRAY_SUBSCRIPT_ERROR,
                            "upper bound cannot be less than lower bound");
        if ((int64_t)high - low >= TB_ARRAY_MAX_ELEMS)
            return TB_RAISE(r->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                            "array size exceeds the maximum allowed (%d)", TB_ARRAY_MAX_ELEMS);
        if (high == INT_MAX) /* the bound behind the last must be a number too */
            return TB_RAISE(r->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                            "array lower bound is too large: %d", low);
        lower[*n] = low;
        dims[*n] = high - low + 1;
        skip_blanks(r);
    }
    if (*n > 0 && !accept(r, '='))
        return RAISE_DETAIL(r, "Missing \"=\" after array dimensions.");
    skip_blanks(r);
    return TB_OK;
}

tb_rc tbi_array_in(const tb_io_cx *cx, tb_type type, const char *s, size_t len, tb_str *out,
                   tb_error *err)
{
    reader r = {.cx = cx, .text = s, .at = s, .end = s + len, .err = err};
    r.elem = (tb_type){tb_type_elem(type.id), type.typmod};
    int n;
    int32_t dims[TB_ARRAY_MAX_DIM], lower[TB_ARRAY_MAX_DIM];
    skip_blanks(&r);
    TB_TRY(read_bounds(&r, &n, dims, lower));
    if (r.at >= r.end || *r.at != '{') {
        if (n > 0)
            return RAISE_DETAIL(&r, "Array contents must start with \"{\".");
        return RAISE_DETAIL(&r, "Array value must start with \"{\" or dimension information.");
    }
    TB_TRY(read_level(&r, 1));
    skip_blanks(&r);
    if (r.at < r.end)
        return RAISE_DETAIL(&r, "Junk after closing right brace.");
    if (n > 0 && (n != r.ndim || memcmp(dims, r.dims, (size_t)n * sizeof *dims) != 0))
        return RAISE_DETAIL(&r, "Specified array dimensions do not match array contents.");
    *out = tb_array_build(cx->arena, r.elem.id, r.ndim, r.dims, n > 0 ? lower : NULL, r.values.at);
    return TB_OK;
}

/* ---- array output ---- */

static bool needs_quotes(const char *s, size_t len)
{
    if (len == 0 || (len == 4 && strncasecmp(s, "null", 4) == 0))
        return true;
    for (size_t i = 0; i < len; i++)
        if (strchr("\"\\{},", s[i]) != NULL || isspace((unsigned char)s[i]))
            return true;
    return false;
}

static void quoted_out(const char *s, size_t len, tb_buf *out)
{
    tb_buf_putc(out, '"');
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '"' || s[i] == '\\')
            tb_buf_putc(out, '\\');
        tb_buf_putc(out, s[i]);
    }
    tb_buf_putc(out, '"');
}

static void element_out(const tb_io_cx *cx, tb_type_id type, tb_value v, tb_buf *out)
{
    if (v.null) {
        tb_buf_puts(out, "NULL");
        return;
    }
    tb_buf text;
    tb_buf_init(&text, out->max);
    tb_text_out(cx, tb_type_of(type), &v.d, &text);
    if (needs_quotes(tb_buf_cstr(&text), text.len))
        quoted_out(tb_buf_cstr(&text), text.len, out);
    else
        tb_buf_append(out, text.data, text.len);
    tb_buf_fini(&text);
}

/* Writes one level; *at counts the elements written. */
static void level_out(const tb_io_cx *cx, const tb_array *a, tb_arena *arena, int depth,
                      uint32_t *at, tb_buf *out)
{
    tb_buf_putc(out, '{');
    for (int32_t i = 0; i < a->dims[depth]; i++) {
        if (i > 0)
            tb_buf_putc(out, ',');
        if (depth + 1 < a->ndim)
            level_out(cx, a, arena, depth + 1, at, out);
        else
            element_out(cx, a->elem, tb_array_get(a, arena, (*at)++), out);
    }
    tb_buf_putc(out, '}');
}

void tbi_array_out(const tb_io_cx *cx, const tb_str *array, tb_buf *out)
{
    tb_array a;
    tb_array_open(array, &a);
    if (a.n == 0) {
        tb_buf_puts(out, "{}");
        return;
    }
    bool bounds = false;
    for (int i = 0; i < a.ndim; i++)
        bounds |= a.lower[i] != 1;
    for (int i = 0; bounds && i < a.ndim; i++)
        tb_buf_printf(out, "[%d:%d]", a.lower[i], a.lower[i] + (a.dims[i] - 1));
    if (bounds)
        tb_buf_putc(out, '=');
    uint32_t at = 0;
    tb_arena *arena = tb_arena_create(0);
    level_out(cx, &a, arena, 0, &at, out);
    tb_arena_destroy(arena);
}

/* ---- int2vector, oidvector ---- */

tb_rc tbi_vector_in(const tb_io_cx *cx, tb_type_id type, const char *s, size_t len, tb_str *out,
                    tb_error *err)
{
    tb_type_id elem = type == TB_T_INT2VECTOR ? TB_T_INT2 : TB_T_OID;
    TB_LIST(tb_value) values = {0};
    for (size_t at = 0;;) {
        while (at < len && isspace((unsigned char)s[at]))
            at++;
        if (at == len)
            break;
        size_t start = at;
        while (at < len && !isspace((unsigned char)s[at]))
            at++;
        tb_value v;
        TB_TRY(tb_text_in(cx, tb_type_of(elem), s + start, at - start, &v, err));
        tb_list_push(cx->arena, &values, v);
    }
    *out = tb_array_build_vector(cx->arena, elem, values.at, values.n);
    return TB_OK;
}

void tbi_vector_out(const tb_io_cx *cx, const tb_str *vector, tb_buf *out)
{
    tb_array a;
    tb_array_open(vector, &a);
    for (uint32_t i = 0; i < a.n; i++) {
        tb_value v = tb_array_get(&a, NULL, i);
        if (i > 0)
            tb_buf_putc(out, ' ');
        tb_text_out(cx, tb_type_of(a.elem), &v.d, out);
    }
}

/* ---- records ---- */

static void field_out(const char *s, size_t len, tb_buf *out)
{
    bool quote = len == 0;
    for (size_t i = 0; i < len && !quote; i++)
        quote = strchr("\"\\(),", s[i]) != NULL || isspace((unsigned char)s[i]);
    if (!quote) {
        tb_buf_append(out, s, len);
        return;
    }
    tb_buf_putc(out, '"');
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '"' || s[i] == '\\')
            tb_buf_putc(out, s[i]); /* doubled */
        tb_buf_putc(out, s[i]);
    }
    tb_buf_putc(out, '"');
}

void tbi_record_out(const tb_io_cx *cx, const tb_str *record, tb_buf *out)
{
    tb_arena *arena = tb_arena_create(0);
    tb_buf text;
    tb_buf_init(&text, out->max);
    tb_buf_putc(out, '(');
    for (uint32_t i = 0; i < tb_record_count(record); i++) {
        tb_type_id type;
        tb_value v = tb_record_get(record, arena, i, &type);
        if (i > 0)
            tb_buf_putc(out, ',');
        if (v.null)
            continue;
        tb_buf_reset(&text);
        tb_text_out(cx, tb_type_of(type), &v.d, &text);
        field_out(tb_buf_cstr(&text), text.len, out);
    }
    tb_buf_putc(out, ')');
    tb_buf_fini(&text);
    tb_arena_destroy(arena);
}
