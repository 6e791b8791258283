/* SPDX-License-Identifier: Apache-2.0
 * Functions and operators over regular expressions: ~, regexp_*, substring by pattern, SIMILAR TO.
 *
 * The compiled expression is kept at the call site as long as pattern and flags stay the same.
 */
#include "executor/fn_int.h"

#include "core/array.h"
#include "executor/regex.h"

#include <stdlib.h>

/* ---- the compiled expression of a call site ---- */

typedef struct memo {
    tbi_regex *re;
    unsigned flags;
    char *pattern;
    size_t len;
} memo;

static void free_memo(void *cache)
{
    memo *m = cache;
    tbi_regex_destroy(m->re);
    free(m->pattern);
    free(m);
}

static tb_rc compile(tb_fn_cx *cx, const tb_str *pattern, unsigned flags, tbi_regex **out)
{
    memo *m = cx->cache;
    if (m == NULL) {
        m = tb_xcalloc(1, sizeof *m);
        cx->cache = m;
        cx->cache_free = free_memo;
    }
    if (m->re == NULL || m->flags != flags || m->len != pattern->len ||
        memcmp(m->pattern, tb_str_data(pattern), m->len) != 0) {
        tbi_regex_destroy(m->re);
        free(m->pattern);
        m->re = NULL;
        m->flags = flags;
        m->len = pattern->len;
        m->pattern = tb_xmalloc(m->len + 1);
        memcpy(m->pattern, tb_str_data(pattern), m->len);
        TB_TRY(tbi_regex_create(m->pattern, m->len, flags, &m->re, cx->err));
    }
    *out = m->re;
    return TB_OK;
}

/* ---- the text under search ---- */

typedef struct subject {
    tbi_regex *re;
    const char *bytes;
    size_t len;
    uint32_t *chars;
    size_t n;
    tbi_span *spans; /* whole match and captures */
    uint32_t ncaptures;
} subject;

static tb_rc open_subject(tb_fn_cx *cx, const tb_str *text, const tb_str *pattern, unsigned flags,
                          subject *s)
{
    TB_TRY(compile(cx, pattern, flags, &s->re));
    s->bytes = tb_str_data(text);
    s->len = text->len;
    if (s->len > TBI_TEXT_MAX / 4)
        return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "text is too long for a regular expression");
    s->chars = tb_arena_alloc(cx->arena, (s->len + 1) * sizeof *s->chars);
    s->n = 0;
    for (size_t i = 0, size; i < s->len; i += size)
        s->chars[s->n++] = tb_utf8_decode(s->bytes + i, &size);
    s->ncaptures = tbi_regex_ncaptures(s->re);
    s->spans = TB_NEW_ARRAY(cx->arena, tbi_span, s->ncaptures + 1);
    return TB_OK;
}

static tb_rc search(tb_fn_cx *cx, subject *s, size_t from, bool *found)
{
    return tbi_regex_search(s->re, s->chars, s->n, from, found, s->spans, cx->err);
}

/* Byte offset of a character; `at` moves forward from a known pair to find the next ones cheaply.
 */
typedef struct cursor {
    size_t chars, bytes;
} cursor;

static size_t byte_offset(const subject *s, cursor *c, size_t chars)
{
    if (chars < c->chars)
        *c = (cursor){0, 0};
    c->bytes += tb_utf8_offset(s->bytes + c->bytes, s->len - c->bytes, chars - c->chars);
    c->chars = chars;
    return c->bytes;
}

static tb_value span_text(const subject *s, cursor *c, tbi_span span)
{
    if (span.from < 0)
        return tb_value_null();
    size_t from = byte_offset(s, c, (size_t)span.from), to = byte_offset(s, c, (size_t)span.to);
    return tb_value_str(tb_str_make(s->bytes + from, to - from));
}

/* Where the search for the next match begins: behind this one, at least one character on. */
static size_t after_match(const subject *s)
{
    return (size_t)s->spans[0].to + (s->spans[0].from == s->spans[0].to);
}

/* ---- ~ and its kin ---- */

static tb_rc matches(tb_fn_cx *cx, const tb_value *a, unsigned flags, bool negate, tb_value *ret)
{
    tbi_regex *re;
    bool found;
    TB_TRY(compile(cx, &a[1].d.str, flags | TBI_RE_NOSUB, &re));
    TB_TRY(tbi_regex_test(re, TBI_S(0), TBI_N(0), &found, cx->err));
    return tbi_bool(ret, found != negate);
}

#define MATCH(id, flags, negate)                                                                   \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        return matches(cx, a, (flags), (negate), ret);                                             \
    }
MATCH(TEXTREGEXEQ, 0, false)
MATCH(TEXTREGEXNE, 0, true)
MATCH(TEXTICREGEXEQ, TBI_RE_ICASE, false)
MATCH(TEXTICREGEXNE, TBI_RE_ICASE, true)
MATCH(BPCHARREGEXEQ, 0, false)
MATCH(BPCHARREGEXNE, 0, true)
MATCH(BPCHARICREGEXEQ, TBI_RE_ICASE, false)
MATCH(BPCHARICREGEXNE, TBI_RE_ICASE, true)
MATCH(NAMEREGEXEQ, 0, false)
MATCH(NAMEREGEXNE, 0, true)
MATCH(NAMEICREGEXEQ, TBI_RE_ICASE, false)
MATCH(NAMEICREGEXNE, TBI_RE_ICASE, true)
MATCH(REGEXP_LIKE_TEXT_TEXT, 0, false)

/* ---- flags and numbers of the functions ---- */

typedef struct options {
    unsigned flags;
    bool global;
} options;

static tb_rc bad_option(tb_fn_cx *cx, const char *at)
{
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid regular expression option");
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                    "invalid regular expression option: \"%.*s\"", (int)tb_utf8_char_len(*at), at);
}

static tb_rc parse_options(tb_fn_cx *cx, const tb_value *v, options *o)
{
    const char *s = tb_str_data(&v->d.str), *end = s + v->d.str.len;
    *o = (options){0};
    for (; s < end; s++) {
        switch (*s) {
        case 'g':
            o->global = true;
            break;
        case 'b':
        case 'e':
            TB_UNSUPPORTED(cx->err, -1, "regular expression option for basic or extended syntax");
            return TB_FAIL;
        case 'c':
            o->flags &= ~(unsigned)TBI_RE_ICASE;
            break;
        case 'i':
            o->flags |= TBI_RE_ICASE;
            break;
        case 'm':
        case 'n':
            o->flags |= TBI_RE_NLSTOP | TBI_RE_NLANCHOR;
            break;
        case 'p':
            o->flags = (o->flags | TBI_RE_NLSTOP) & ~(unsigned)TBI_RE_NLANCHOR;
            break;
        case 'q':
            o->flags |= TBI_RE_QUOTE;
            break;
        case 's':
            o->flags &= ~(unsigned)(TBI_RE_NLSTOP | TBI_RE_NLANCHOR);
            break;
        case 't':
            o->flags &= ~(unsigned)TBI_RE_EXPANDED;
            break;
        case 'w':
            o->flags = (o->flags | TBI_RE_NLANCHOR) & ~(unsigned)TBI_RE_NLSTOP;
            break;
        case 'x':
            o->flags |= TBI_RE_EXPANDED;
            break;
        default: /* not an enum */
            return bad_option(cx, s);
        }
    }
    return TB_OK;
}

/* The same for a function that has no use for g. */
static tb_rc parse_local_options(tb_fn_cx *cx, const tb_value *v, options *o)
{
    TB_TRY(parse_options(cx, v, o));
    if (o->global)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                        "%s() does not support the \"global\" option", tb_fn_get(cx->fn)->name);
    return TB_OK;
}

static tb_rc check_number(tb_fn_cx *cx, const char *name, const tb_value *v, int32_t least)
{
    if (v->d.i32 >= least)
        return TB_OK;
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\"",
                        name);
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\": %d",
                    name, v->d.i32);
}

TB_BODY(REGEXP_LIKE_TEXT_TEXT_TEXT)
{
    options o;
    TB_TRY(parse_local_options(cx, &a[2], &o));
    return matches(cx, a, o.flags, false, ret);
}

/* ---- regexp_match, substring ---- */

static tb_rc regexp_match(tb_fn_cx *cx, const tb_value *a, unsigned flags, tb_value *ret)
{
    subject s;
    bool found;
    cursor c = {0, 0};
    TB_TRY(open_subject(cx, &a[0].d.str, &a[1].d.str, flags, &s));
    TB_TRY(search(cx, &s, 0, &found));
    if (!found)
        return tbi_null(ret);
    uint32_t n = s.ncaptures == 0 ? 1 : s.ncaptures, first = s.ncaptures == 0 ? 0 : 1;
    tb_value *parts = TB_NEW_ARRAY(cx->arena, tb_value, n);
    for (uint32_t i = 0; i < n; i++)
        parts[i] = span_text(&s, &c, s.spans[first + i]);
    return tbi_str(ret, tb_array_build_1d(cx->arena, TB_T_TEXT, parts, n));
}

TB_BODY(REGEXP_MATCH_TEXT_TEXT)
{
    return regexp_match(cx, a, 0, ret);
}
TB_BODY(REGEXP_MATCH_TEXT_TEXT_TEXT)
{
    options o;
    tb_rc rc = parse_local_options(cx, &a[2], &o);
    if (rc != TB_OK && o.global)
        tb_error_hint(cx->err, "Use the regexp_matches function instead.");
    TB_TRY(rc);
    return regexp_match(cx, a, o.flags, ret);
}

/* The first capture, or the whole match when there is none. */
static tb_rc substring(tb_fn_cx *cx, const tb_value *a, const tb_str *pattern, tb_value *ret)
{
    subject s;
    bool found;
    cursor c = {0, 0};
    TB_TRY(open_subject(cx, &a[0].d.str, pattern, 0, &s));
    TB_TRY(search(cx, &s, 0, &found));
    *ret = found ? span_text(&s, &c, s.spans[s.ncaptures > 0 ? 1 : 0]) : tb_value_null();
    return TB_OK;
}

TB_BODY(SUBSTRING_TEXT_TEXT)
{
    return substring(cx, a, &a[1].d.str, ret);
}

/* ---- regexp_replace ---- */

/* The replacement text with \1 .. \9 and \& filled in. */
static void add_replacement(tbi_out *o, const subject *s, const tb_str *text)
{
    const char *r = tb_str_data(text), *end = r + text->len;
    for (; r < end; r++) {
        if (*r != '\\' || r + 1 == end) {
            tbi_out_putc(o, *r);
            continue;
        }
        uint32_t group = UINT32_MAX;
        if (r[1] >= '1' && r[1] <= '9')
            group = (uint32_t)(r[1] - '0');
        else if (r[1] == '&')
            group = 0;
        if (group ==
            UINT32_MAX) { /* \\ is one backslash; before anything else it stands for itself */
            tbi_out_putc(o, '\\');
            r += r[1] == '\\';
            continue;
        }
        r++;
        if (group <= s->ncaptures) {
            cursor c = {0, 0};
            tb_value part = span_text(s, &c, s->spans[group]);
            if (!part.null)
                tbi_out_add_str(o, &part.d.str);
        }
    }
}

/* Replaces match number n (0 = all) from character `from` on. */
static tb_rc regexp_replace(tb_fn_cx *cx, const tb_value *a, unsigned flags, size_t from, int64_t n,
                            tb_value *ret)
{
    subject s;
    tbi_out o;
    cursor c = {0, 0};
    size_t copied = 0; /* bytes */
    TB_TRY(open_subject(cx, &a[0].d.str, &a[1].d.str, flags, &s));
    tbi_out_begin(&o, cx, s.len);
    for (int64_t count = 1; from <= s.n; from = after_match(&s), count++) {
        bool found;
        TB_TRY(search(cx, &s, from, &found));
        if (!found)
            break;
        if (n > 0 && count != n)
            continue;
        size_t start = byte_offset(&s, &c, (size_t)s.spans[0].from);
        tbi_out_add(&o, s.bytes + copied, start - copied);
        add_replacement(&o, &s, &a[2].d.str);
        copied = byte_offset(&s, &c, (size_t)s.spans[0].to);
        if (n > 0)
            break;
    }
    tbi_out_add(&o, s.bytes + copied, s.len - copied);
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(REGEXP_REPLACE_TEXT_TEXT_TEXT)
{
    return regexp_replace(cx, a, 0, 0, 1, ret);
}
TB_BODY(REGEXP_REPLACE_TEXT_TEXT_TEXT_TEXT)
{
    options o;
    if (TBI_N(3) > 0 && *TBI_S(3) >= '0' && *TBI_S(3) <= '9') {
        tb_rc rc = bad_option(cx, TBI_S(3));
        tb_error_hint(
            cx->err, "If you meant to use regexp_replace() with a start parameter, cast the fourth "
                     "argument to integer explicitly.");
        return rc;
    }
    TB_TRY(parse_options(cx, &a[3], &o));
    return regexp_replace(cx, a, o.flags, 0, o.global ? 0 : 1, ret);
}
TB_BODY(REGEXP_REPLACE_TEXT_TEXT_TEXT_INT4)
{
    TB_TRY(check_number(cx, "start", &a[3], 1));
    return regexp_replace(cx, a, 0, (size_t)a[3].d.i32 - 1, 1, ret);
}
TB_BODY(REGEXP_REPLACE_TEXT_TEXT_TEXT_INT4_INT4)
{
    TB_TRY(check_number(cx, "start", &a[3], 1));
    TB_TRY(check_number(cx, "n", &a[4], 0));
    return regexp_replace(cx, a, 0, (size_t)a[3].d.i32 - 1, a[4].d.i32, ret);
}
TB_BODY(REGEXP_REPLACE_TEXT_TEXT_TEXT_INT4_INT4_TEXT)
{
    options o;
    TB_TRY(check_number(cx, "start", &a[3], 1));
    TB_TRY(check_number(cx, "n", &a[4], 0));
    TB_TRY(parse_options(cx, &a[5], &o)); /* g says nothing here: n decides */
    return regexp_replace(cx, a, o.flags, (size_t)a[3].d.i32 - 1, a[4].d.i32, ret);
}

/* ---- regexp_count, regexp_instr, regexp_substr ---- */

static tb_rc regexp_count(tb_fn_cx *cx, const tb_value *a, unsigned flags, size_t from,
                          tb_value *ret)
{
    subject s;
    int64_t count = 0;
    TB_TRY(open_subject(cx, &a[0].d.str, &a[1].d.str, flags, &s));
    for (; from <= s.n; from = after_match(&s), count++) {
        bool found;
        TB_TRY(search(cx, &s, from, &found));
        if (!found)
            break;
    }
    return tbi_int4(ret, count);
}

TB_BODY(REGEXP_COUNT_TEXT_TEXT)
{
    return regexp_count(cx, a, 0, 0, ret);
}
TB_BODY(REGEXP_COUNT_TEXT_TEXT_INT4)
{
    TB_TRY(check_number(cx, "start", &a[2], 1));
    return regexp_count(cx, a, 0, (size_t)a[2].d.i32 - 1, ret);
}
TB_BODY(REGEXP_COUNT_TEXT_TEXT_INT4_TEXT)
{
    options o;
    TB_TRY(check_number(cx, "start", &a[2], 1));
    TB_TRY(parse_local_options(cx, &a[3], &o));
    return regexp_count(cx, a, o.flags, (size_t)a[2].d.i32 - 1, ret);
}

/* Which match and which part of it regexp_instr and regexp_substr are asked for. */
typedef struct wanted {
    unsigned flags;
    size_t from;
    int32_t nth, part;
    bool end; /* regexp_instr: the position behind it */
} wanted;

/* Arguments behind text and pattern: start, n, [endoption,] flags, part; as many as there are. */
static tb_rc read_wanted(tb_fn_cx *cx, const tb_value *a, bool instr, wanted *w)
{
    *w = (wanted){.nth = 1};
    uint32_t flags_at = instr ? 5 : 4, n = cx->nargs;
    if (n > 2) {
        TB_TRY(check_number(cx, "start", &a[2], 1));
        w->from = (size_t)a[2].d.i32 - 1;
    }
    if (n > 3) {
        TB_TRY(check_number(cx, "n", &a[3], 1));
        w->nth = a[3].d.i32;
    }
    if (instr && n > 4) {
        TB_TRY(check_number(cx, "endoption", &a[4], 0));
        if (a[4].d.i32 > 1) {
            tb_value below = tb_value_int4(a[4].d.i32);
            return check_number(cx, "endoption", &below, INT32_MAX);
        }
        w->end = a[4].d.i32 == 1;
    }
    if (n > flags_at) {
        options o;
        if (n > flags_at + 1)
            TB_TRY(check_number(cx, "subexpr", &a[flags_at + 1], 0));
        TB_TRY(parse_local_options(cx, &a[flags_at], &o));
        w->flags = o.flags;
    }
    if (n > flags_at + 1)
        w->part = a[flags_at + 1].d.i32;
    return TB_OK;
}

/* The wanted part; from < 0 when there is none. */
static tb_rc find_wanted(tb_fn_cx *cx, const tb_value *a, const wanted *w, subject *s,
                         tbi_span *out)
{
    *out = (tbi_span){-1, -1};
    TB_TRY(open_subject(cx, &a[0].d.str, &a[1].d.str, w->flags, s));
    /* Without captures the whole match counts as part 1. */
    uint32_t parts = s->ncaptures == 0 ? 1 : s->ncaptures,
             part = s->ncaptures == 0 ? 0 : (uint32_t)w->part;
    if (w->part > (int64_t)parts)
        return TB_OK;
    size_t from = w->from;
    for (int32_t i = 1; from <= s->n; i++, from = after_match(s)) {
        bool found;
        TB_TRY(search(cx, s, from, &found));
        if (!found)
            return TB_OK;
        if (i == w->nth) {
            *out = s->spans[part];
            return TB_OK;
        }
    }
    return TB_OK;
}

static tb_rc regexp_instr(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    wanted w;
    subject s;
    tbi_span span;
    TB_TRY(read_wanted(cx, a, true, &w));
    TB_TRY(find_wanted(cx, a, &w, &s, &span));
    return tbi_int4(ret, span.from < 0 ? 0 : (w.end ? span.to : span.from) + 1);
}

static tb_rc regexp_substr(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    wanted w;
    subject s;
    tbi_span span;
    cursor c = {0, 0};
    TB_TRY(read_wanted(cx, a, false, &w));
    TB_TRY(find_wanted(cx, a, &w, &s, &span));
    *ret = span_text(&s, &c, span);
    return TB_OK;
}

#define INSTR(id)                                                                                  \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        return regexp_instr(cx, a, ret);                                                           \
    }
INSTR(REGEXP_INSTR_TEXT_TEXT)
INSTR(REGEXP_INSTR_TEXT_TEXT_INT4)
INSTR(REGEXP_INSTR_TEXT_TEXT_INT4_INT4)
INSTR(REGEXP_INSTR_TEXT_TEXT_INT4_INT4_INT4)
INSTR(REGEXP_INSTR_TEXT_TEXT_INT4_INT4_INT4_TEXT)
INSTR(REGEXP_INSTR_TEXT_TEXT_INT4_INT4_INT4_TEXT_INT4)

#define SUBSTR(id)                                                                                 \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        return regexp_substr(cx, a, ret);                                                          \
    }
SUBSTR(REGEXP_SUBSTR_TEXT_TEXT)
SUBSTR(REGEXP_SUBSTR_TEXT_TEXT_INT4)
SUBSTR(REGEXP_SUBSTR_TEXT_TEXT_INT4_INT4)
SUBSTR(REGEXP_SUBSTR_TEXT_TEXT_INT4_INT4_TEXT)
SUBSTR(REGEXP_SUBSTR_TEXT_TEXT_INT4_INT4_TEXT_INT4)

/* ---- every match, every piece between matches ---- */

tb_rc tbi_regexp_matches(tb_fn_cx *cx, const tb_value *a, tbi_values *out)
{
    options o = {0};
    subject s;
    cursor c = {0, 0};
    size_t from = 0;
    if (cx->nargs > 2)
        TB_TRY(parse_options(cx, &a[2], &o));
    TB_TRY(open_subject(cx, &a[0].d.str, &a[1].d.str, o.flags, &s));
    uint32_t n = s.ncaptures == 0 ? 1 : s.ncaptures, first = s.ncaptures == 0 ? 0 : 1;
    do {
        bool found;
        TB_TRY(search(cx, &s, from, &found));
        if (!found)
            break;
        tb_value *parts = TB_NEW_ARRAY(cx->arena, tb_value, n);
        for (uint32_t i = 0; i < n; i++)
            parts[i] = span_text(&s, &c, s.spans[first + i]);
        tb_value row = tb_value_str(tb_array_build_1d(cx->arena, TB_T_TEXT, parts, n));
        tb_list_push(cx->arena, out, row);
        from = after_match(&s);
    } while (o.global && from <= s.n);
    return TB_OK;
}

tb_rc tbi_regexp_split(tb_fn_cx *cx, const tb_value *a, tbi_values *out)
{
    options o = {0};
    subject s;
    cursor c = {0, 0};
    int64_t piece = 0, last_end = 0;
    if (cx->nargs > 2)
        TB_TRY(parse_local_options(cx, &a[2], &o));
    TB_TRY(open_subject(cx, &a[0].d.str, &a[1].d.str, o.flags | TBI_RE_NOSUB, &s));
    for (size_t from = 0; from <= s.n; from = after_match(&s)) {
        bool found;
        TB_TRY(search(cx, &s, from, &found));
        if (!found)
            break;
        /* Empty matches at either end, or just behind another match, do not split. */
        if ((size_t)s.spans[0].from < s.n && s.spans[0].to > last_end) {
            tb_value v = span_text(&s, &c, (tbi_span){piece, s.spans[0].from});
            tb_list_push(cx->arena, out, v);
            piece = s.spans[0].to;
        }
        last_end = s.spans[0].to;
    }
    tb_value v = span_text(&s, &c, (tbi_span){piece, (int64_t)s.n});
    tb_list_push(cx->arena, out, v);
    return TB_OK;
}

static tb_rc split_to_array(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    tbi_values pieces = {0};
    TB_TRY(tbi_regexp_split(cx, a, &pieces));
    return tbi_str(ret, tb_array_build_1d(cx->arena, TB_T_TEXT, pieces.at, pieces.n));
}

TB_BODY(REGEXP_SPLIT_TO_ARRAY_TEXT_TEXT)
{
    return split_to_array(cx, a, ret);
}
TB_BODY(REGEXP_SPLIT_TO_ARRAY_TEXT_TEXT_TEXT)
{
    return split_to_array(cx, a, ret);
}

/* ---- SIMILAR TO: the SQL pattern as a regular expression ---- */

/* esc NULL: no escape character. The pattern must match the whole text: ^(?:pattern)$. Where an
 * escaped double quote divides it into three, the first part takes as little and the second, which
 * is captured, as much as it can. */
static tb_rc similar(tb_fn_cx *cx, const tb_str *pattern, const char *esc, size_t esc_len,
                     tb_value *ret)
{
    const char *p = tb_str_data(pattern), *end = p + pattern->len;
    bool escaped = false, in_class = false;
    int quotes = 0;
    tbi_out o;
    tbi_out_begin(&o, cx, pattern->len * 2 + 16);
    tbi_out_puts(&o, "^(?:");
    for (size_t n; p < end; p += n) {
        n = tb_utf8_char_len(*p);
        if (escaped) {
            if (*p == '"' && !in_class) {
                if (++quotes > 2)
                    return TB_RAISE(cx->err, TB_E_INVALID_USE_OF_ESCAPE_CHARACTER,
                                    "SQL regular expression may not contain more than two "
                                    "escape-double-quote separators");
                tbi_out_puts(&o, quotes == 1 ? "){1,1}?(" : "){1,1}(?:");
            } else {
                tbi_out_putc(&o, '\\');
                tbi_out_add(&o, p, n);
            }
            escaped = false;
        } else if (esc != NULL && n == esc_len && memcmp(p, esc, n) == 0) {
            escaped = true;
        } else if (in_class) {
            if (*p == '\\')
                tbi_out_putc(&o, '\\');
            tbi_out_add(&o, p, n);
            in_class = *p != ']';
        } else if (*p == '%') {
            tbi_out_puts(&o, ".*");
        } else if (*p == '_') {
            tbi_out_putc(&o, '.');
        } else if (*p == '(') {
            tbi_out_puts(&o, "(?:");
        } else {
            if (*p == '\\' || *p == '.' || *p == '^' || *p == '$')
                tbi_out_putc(&o, '\\');
            tbi_out_add(&o, p, n);
            in_class = *p == '[';
        }
    }
    tbi_out_puts(&o, ")$");
    return tbi_out_end(&o, cx, ret);
}

static tb_rc similar_with(tb_fn_cx *cx, const tb_str *pattern, const tb_str *esc, tb_value *ret)
{
    const char *e = tb_str_data(esc);
    if (esc->len == 0)
        return similar(cx, pattern, NULL, 0, ret);
    if (tb_utf8_char_len(*e) < esc->len) {
        TB_RAISE(cx->err, TB_E_INVALID_ESCAPE_SEQUENCE, "invalid escape string");
        tb_error_hint(cx->err, "Escape string must be empty or one character.");
        return TB_FAIL;
    }
    return similar(cx, pattern, e, esc->len, ret);
}

TB_BODY(SIMILAR_TO_ESCAPE_TEXT)
{
    return similar(cx, &a[0].d.str, "\\", 1, ret);
}
TB_BODY(SIMILAR_TO_ESCAPE_TEXT_TEXT)
{
    return similar_with(cx, &a[0].d.str, &a[1].d.str, ret);
}
TB_BODY(SIMILAR_ESCAPE)
{
    if (a[0].null)
        return tbi_null(ret);
    return a[1].null ? similar(cx, &a[0].d.str, "\\", 1, ret)
                     : similar_with(cx, &a[0].d.str, &a[1].d.str, ret);
}

/* substring(text similar pattern escape e) */
TB_BODY(SUBSTRING_TEXT_TEXT_TEXT)
{
    tb_value pattern;
    TB_TRY(similar_with(cx, &a[1].d.str, &a[2].d.str, &pattern));
    return substring(cx, a, &pattern.d.str, ret);
}
