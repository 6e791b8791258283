/* SPDX-License-Identifier: Apache-2.0
 * Quoting and identifiers: quote_ident, quote_literal, quote_nullable, parse_ident, format.
 *
 * Entry points: tbi_quote_ident, tbi_quote_literal.
 */
#include "executor/fn_int.h"

#include "core/array.h"

#include <stdlib.h>

/* PostgreSQL's keywords that cannot stand unquoted everywhere an identifier may (all but the
 * unreserved ones); sorted. */
/* clang-format off */
static const char *const keywords[] = {
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "between", "bigint", "binary", "bit", "boolean", "both", "case", "cast",
    "char", "character", "check", "coalesce", "collate", "collation", "column", "concurrently",
    "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
    "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal",
    "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists",
    "extract", "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant",
    "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner", "inout",
    "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "lateral",
    "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "national",
    "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric",
    "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing",
    "position", "precision", "primary", "real", "references", "returning", "right", "row",
    "select", "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric",
    "table", "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim",
    "true", "union", "unique", "user", "using", "values", "varchar", "variadic", "verbose",
    "when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists",
    "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable",
};
/* clang-format on */

static int compare_keyword(const void *key, const void *entry)
{
    const tb_str *word = key;
    const char *text = *(const char *const *)entry;
    size_t n = strlen(text), len = word->len;
    int c = memcmp(tb_str_data(word), text, len < n ? len : n);
    return c != 0 ? c : (len > n) - (len < n);
}

static bool is_keyword(const char *s, size_t len)
{
    tb_str word = tb_str_make(s, len);
    return bsearch(&word, keywords, TB_COUNT(keywords), sizeof keywords[0], compare_keyword) !=
           NULL;
}

static bool is_plain_ident(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bool letter = (s[i] >= 'a' && s[i] <= 'z') || s[i] == '_';
        bool digit = s[i] >= '0' && s[i] <= '9';
        if (!letter && !(digit && i > 0))
            return false;
    }
    return len > 0 && !is_keyword(s, len);
}

/* Appends s between two quote characters, doubling them inside. */
static void add_quoted(tbi_out *o, char quote, const char *s, size_t len)
{
    tbi_out_putc(o, quote);
    for (size_t i = 0; i < len; i++) {
        if (s[i] == quote || (quote == '\'' && s[i] == '\\'))
            tbi_out_putc(o, s[i]);
        tbi_out_putc(o, s[i]);
    }
    tbi_out_putc(o, quote);
}

void tbi_quote_ident(tbi_out *o, const char *s, size_t len)
{
    if (is_plain_ident(s, len))
        tbi_out_add(o, s, len);
    else
        add_quoted(o, '"', s, len);
}

void tbi_quote_literal(tbi_out *o, const char *s, size_t len)
{
    if (len > 0 && memchr(s, '\\', len) != NULL)
        tbi_out_putc(o, 'E');
    add_quoted(o, '\'', s, len);
}

TB_BODY(QUOTE_IDENT)
{
    tbi_out o;
    tbi_out_begin(&o, cx, TBI_N(0) + 2);
    tbi_quote_ident(&o, TBI_S(0), TBI_N(0));
    return tbi_out_end(&o, cx, ret);
}

static tb_rc quote_literal(tb_fn_cx *cx, const tb_str *s, tb_value *ret)
{
    tbi_out o;
    tbi_out_begin(&o, cx, (size_t)s->len + 3);
    tbi_quote_literal(&o, tb_str_data(s), s->len);
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(QUOTE_LITERAL_TEXT)
{
    return quote_literal(cx, &a[0].d.str, ret);
}
TB_BODY(QUOTE_LITERAL_ANYELEMENT)
{
    tb_str s = tbi_cast_text(cx, cx->argtype[0], &a[0]);
    return quote_literal(cx, &s, ret);
}
TB_BODY(QUOTE_NULLABLE_TEXT)
{
    return a[0].null ? tbi_bytes(ret, "NULL", 4) : tbi_fn_QUOTE_LITERAL_TEXT(cx, a, ret);
}
TB_BODY(QUOTE_NULLABLE_ANYELEMENT)
{
    return a[0].null ? tbi_bytes(ret, "NULL", 4) : tbi_fn_QUOTE_LITERAL_ANYELEMENT(cx, a, ret);
}

/* ---- parse_ident ---- */

static bool ident_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool ident_part(char c)
{
    return ident_start(c) || (c >= '0' && c <= '9') || c == '$';
}

static const char *skip_blanks(const char *s, const char *end)
{
    while (s < end && strchr(" \t\n\r\f\v", *s) != NULL)
        s++;
    return s;
}

static tb_rc bad_ident(tb_fn_cx *cx, const tb_value *a)
{
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "string is not a valid identifier");
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                    "string is not a valid identifier: \"%.*s\"", TBI_QUOTE(TBI_S(0), TBI_N(0)));
}

/* "..." with "" for a quote; *s is behind the opening quote and ends behind the closing one. */
static tb_rc quoted_part(tb_fn_cx *cx, const tb_value *a, const char **s, const char *end,
                         tb_value *part)
{
    tbi_out o;
    tbi_out_begin(&o, cx, 0);
    for (;; ++*s) {
        if (*s >= end) {
            tb_rc rc = bad_ident(cx, a);
            tb_error_detail(cx->err, "String has unclosed double quotes.");
            return rc;
        }
        if (**s == '"' && (++*s >= end || **s != '"'))
            break;
        tbi_out_putc(&o, **s);
    }
    if (o.len == 0) {
        tb_rc rc = bad_ident(cx, a);
        tb_error_detail(cx->err, "Quoted identifier must not be empty.");
        return rc;
    }
    return tbi_out_end(&o, cx, part);
}

/* An unquoted name folds to lower case: ASCII letters only. */
static tb_rc plain_part(tb_fn_cx *cx, const char **s, const char *end, tb_value *part)
{
    tbi_out o;
    tbi_out_begin(&o, cx, 0);
    for (; *s < end && ident_part(**s); ++*s)
        tbi_out_putc(&o, **s >= 'A' && **s <= 'Z' ? (char)(**s + 32) : **s);
    return tbi_out_end(&o, cx, part);
}

static tb_rc parse_ident(tb_fn_cx *cx, const tb_value *a, bool strict, tb_value *ret)
{
    const char *s = TBI_S(0), *end = s + TBI_N(0);
    TB_LIST(tb_value) parts = {0};
    bool after_dot = false;
    for (s = skip_blanks(s, end);; s = skip_blanks(s + 1, end)) {
        tb_value part;
        if (s < end && *s == '"') {
            s++;
            TB_TRY(quoted_part(cx, a, &s, end, &part));
        } else if (s < end && ident_start(*s)) {
            TB_TRY(plain_part(cx, &s, end, &part));
        } else {
            tb_rc rc = bad_ident(cx, a);
            if (s < end && *s == '.')
                tb_error_detail(cx->err, "No valid identifier before \".\".");
            else if (after_dot)
                tb_error_detail(cx->err, "No valid identifier after \".\".");
            return rc;
        }
        tb_list_push(cx->arena, &parts, part);
        s = skip_blanks(s, end);
        if (s >= end || *s != '.')
            break;
        after_dot = true;
    }
    if (s < end && strict)
        return bad_ident(cx, a);
    return tbi_str(ret, tb_array_build_1d(cx->arena, TB_T_TEXT, parts.at, parts.n));
}

TB_BODY(PARSE_IDENT_TEXT)
{
    return parse_ident(cx, a, true, ret);
}
TB_BODY(PARSE_IDENT_TEXT_BOOL)
{
    return parse_ident(cx, a, a[1].d.b, ret);
}

/* ---- format ---- */

/* A parsed %[position$][-][width]type. */
typedef struct spec {
    int position; /* 0 = the next argument */
    int width;
    int width_position; /* -1 = no *, 0 = * with the next argument */
    bool left;
    char type;
} spec;

typedef struct format_state {
    tb_fn_cx *cx;
    const tb_value *a;
    const char *at, *end;
    uint32_t next; /* next argument to use */
    tbi_out out;
} format_state;

static tb_rc unterminated(tb_fn_cx *cx)
{
    TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "unterminated format() type specifier");
    tb_error_hint(cx->err, "For a single \"%%\" use \"%%%%\".");
    return TB_FAIL;
}

/* Digits at the cursor, which then must not be at the end. *found = false when there are none. */
static tb_rc read_number(format_state *f, int *out, bool *found)
{
    int64_t v = 0;
    *found = false;
    for (; f->at < f->end && *f->at >= '0' && *f->at <= '9'; f->at++) {
        v = v * 10 + (*f->at - '0');
        *found = true;
        if (v > INT32_MAX)
            return TB_RAISE(f->cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "number is out of range");
    }
    *out = (int)v;
    return f->at < f->end ? TB_OK : unterminated(f->cx);
}

static tb_rc check_position(tb_fn_cx *cx, int position)
{
    if (position == 0)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                        "format specifies argument 0, but arguments are numbered from 1");
    return TB_OK;
}

static tb_rc advance(format_state *f)
{
    return ++f->at < f->end ? TB_OK : unterminated(f->cx);
}

static tb_rc read_spec(format_state *f, spec *s)
{
    *s = (spec){.width_position = -1};
    int n;
    bool found;
    TB_TRY(read_number(f, &n, &found));
    if (found && *f->at != '$') {
        s->width = n;
        s->type = *f->at;
        return TB_OK;
    }
    if (found) {
        TB_TRY(check_position(f->cx, n));
        s->position = n;
        TB_TRY(advance(f));
    }
    while (*f->at == '-') {
        s->left = true;
        TB_TRY(advance(f));
    }
    if (*f->at == '*') {
        TB_TRY(advance(f));
        TB_TRY(read_number(f, &n, &found));
        if (found && *f->at != '$')
            return TB_RAISE(f->cx->err, TB_E_INVALID_PARAMETER_VALUE,
                            "width argument position must be ended by \"$\"");
        s->width_position = 0;
        if (found) {
            TB_TRY(check_position(f->cx, n));
            s->width_position = n;
            TB_TRY(advance(f));
        }
    } else {
        TB_TRY(read_number(f, &n, &found));
        if (found)
            s->width = n;
    }
    s->type = *f->at;
    return TB_OK;
}

/* Argument `position`, or the next one; the one after it becomes the next. */
static tb_rc take_argument(format_state *f, int position, uint32_t *index)
{
    *index = position > 0 ? (uint32_t)position : f->next;
    if (*index >= f->cx->nargs)
        return TB_RAISE(f->cx->err, TB_E_INVALID_PARAMETER_VALUE, "too few arguments for format()");
    f->next = *index + 1;
    return TB_OK;
}

static tb_rc width_argument(format_state *f, spec *s)
{
    uint32_t i;
    TB_TRY(take_argument(f, s->width_position, &i));
    const tb_value *v = &f->a[i];
    tb_type_id type = f->cx->argtype[i];
    int64_t width = 0;
    if (v->null) {
        width = 0;
    } else if (type == TB_T_INT4) {
        width = v->d.i32;
    } else if (type == TB_T_INT2) {
        width = v->d.i16;
    } else {
        tb_str text = tbi_text_of(f->cx, type, v);
        TB_TRY(tb_int_in(tb_str_data(&text), text.len, TB_T_INT4, f->cx->hide_values, &width,
                         f->cx->err));
    }
    if (width < -INT32_MAX)
        return TB_RAISE(f->cx->err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "number is out of range");
    s->left = s->left || width < 0;
    s->width = (int)(width < 0 ? -width : width);
    return TB_OK;
}

static tb_rc convert_argument(format_state *f, const spec *s, uint32_t i)
{
    tb_fn_cx *cx = f->cx;
    tbi_out part;
    tbi_out_begin(&part, cx, 0);
    if (f->a[i].null) {
        if (s->type == 'I')
            return TB_RAISE(cx->err, TB_E_NULL_VALUE_NOT_ALLOWED,
                            "null values cannot be formatted as an SQL identifier");
        if (s->type == 'L')
            tbi_out_puts(&part, "NULL");
    } else {
        tb_str text = tbi_text_of(cx, cx->argtype[i], &f->a[i]);
        if (s->type == 'I')
            tbi_quote_ident(&part, tb_str_data(&text), text.len);
        else if (s->type == 'L')
            tbi_quote_literal(&part, tb_str_data(&text), text.len);
        else
            tbi_out_add_str(&part, &text);
    }
    size_t chars = part.len == 0 ? 0 : tb_utf8_count(part.data, part.len);
    size_t fill = (size_t)s->width > chars ? (size_t)s->width - chars : 0;
    char *blanks = fill == 0 ? NULL : tbi_out_room(&f->out, fill + part.len);
    if (fill > 0 && blanks != NULL && !s->left) {
        memset(blanks, ' ', fill);
        f->out.len += fill;
    }
    tbi_out_add(&f->out, part.data, part.len);
    if (fill > 0 && blanks != NULL && s->left) {
        memset(f->out.data + f->out.len, ' ', fill);
        f->out.len += fill;
    }
    return TB_OK;
}

static tb_rc format(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    if (a[0].null)
        return tbi_null(ret);
    format_state f = {.cx = cx, .a = a, .at = TBI_S(0), .end = TBI_S(0) + TBI_N(0), .next = 1};
    tbi_out_begin(&f.out, cx, TBI_N(0));
    for (; f.at < f.end; f.at++) {
        if (*f.at != '%') {
            tbi_out_putc(&f.out, *f.at);
            continue;
        }
        TB_TRY(advance(&f));
        if (*f.at == '%') {
            tbi_out_putc(&f.out, '%');
            continue;
        }
        spec s;
        TB_TRY(read_spec(&f, &s));
        if (s.type != 's' && s.type != 'I' && s.type != 'L') {
            if (cx->hide_values)
                TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                         "unrecognized format() type specifier");
            else
                TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                         "unrecognized format() type specifier \"%.*s\"",
                         (int)tb_utf8_char_len(*f.at), f.at);
            tb_error_hint(cx->err, "For a single \"%%\" use \"%%%%\".");
            return TB_FAIL;
        }
        if (s.width_position >= 0)
            TB_TRY(width_argument(&f, &s));
        uint32_t i;
        TB_TRY(take_argument(&f, s.position, &i));
        TB_TRY(convert_argument(&f, &s, i));
    }
    return tbi_out_end(&f.out, cx, ret);
}

TB_BODY(FORMAT_TEXT)
{
    return format(cx, a, ret);
}
TB_BODY(FORMAT_TEXT_ANY)
{
    return format(cx, a, ret);
}
