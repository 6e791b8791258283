/* SPDX-License-Identifier: Apache-2.0
 * Navigation in valid JSON text. Nothing is parsed into a tree: values are spans, and a step skips
 * over the others.
 */
#include "core/json.h"

#include "core/num.h"
#include "core/utf8.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && is_blank(*at))
        at++;
    return at;
}

/* End of the string that starts at the quote. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\')
            at++;
    return at < end ? at + 1 : end;
}

/* End of the value that starts here. */
static const char *value_end(const char *at, const char *end)
{
    if (*at == '"')
        return string_end(at, end);
    if (*at != '{' && *at != '[') {
        while (at < end && !is_blank(*at) && *at != ',' && *at != ']' && *at != '}')
            at++;
        return at;
    }
    int depth = 0;
    do {
        if (*at == '"') {
            at = string_end(at, end);
            continue;
        }
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        at++;
    } while (depth > 0 && at < end);
    return at;
}

tb_json_span tb_json_root(const char *s, size_t len)
{
    const char *end = s + len, *at = skip_blanks(s, end);
    while (end > at && is_blank(end[-1]))
        end--;
    return (tb_json_span){at, (size_t)(end - at)};
}

tb_json_kind tb_json_kind_of(tb_json_span v)
{
    TB_CHECK(v.len > 0);
    switch (v.at[0]) {
    case '{':
        return TB_JSON_OBJECT;
    case '[':
        return TB_JSON_ARRAY;
    case '"':
        return TB_JSON_STRING;
    case 't':
        return TB_JSON_TRUE;
    case 'f':
        return TB_JSON_FALSE;
    case 'n':
        return TB_JSON_NULL;
    }
    return TB_JSON_NUMBER;
}

const char *tb_json_kind_name(tb_json_kind kind)
{
    static const char *const names[] = {
        [TB_JSON_NULL] = "null",     [TB_JSON_FALSE] = "boolean", [TB_JSON_TRUE] = "boolean",
        [TB_JSON_NUMBER] = "number", [TB_JSON_STRING] = "string", [TB_JSON_ARRAY] = "array",
        [TB_JSON_OBJECT] = "object",
    };
    return names[kind];
}

/* ---- steps ---- */

tb_json_iter tb_json_iterate(tb_json_span container)
{
    TB_CHECK(container.len >= 2);
    return (tb_json_iter){container.at + 1, container.at + container.len - 1,
                          container.at[0] == '{'};
}

bool tb_json_next(tb_json_iter *it, tb_json_span *key, tb_json_span *value)
{
    const char *at = skip_blanks(it->at, it->end);
    if (at < it->end && *at == ',')
        at = skip_blanks(at + 1, it->end);
    if (at >= it->end)
        return false;
    if (it->object) {
        const char *end = string_end(at, it->end);
        if (key != NULL)
            *key = (tb_json_span){at, (size_t)(end - at)};
        at = skip_blanks(end, it->end); /* the colon */
        at = skip_blanks(at + 1, it->end);
    }
    it->at = value_end(at, it->end);
    *value = (tb_json_span){at, (size_t)(it->at - at)};
    return true;
}

uint32_t tb_json_count(tb_json_span container)
{
    tb_json_iter it = tb_json_iterate(container);
    tb_json_span value;
    uint32_t n = 0;
    while (tb_json_next(&it, NULL, &value))
        n++;
    return n;
}

static uint32_t hex4(const char *s)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) {
        char c = s[i];
        v = v << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return v;
}

/* One character of a string's inside: writes its UTF-8, returns the bytes used, 0 for a bad \u
 * escape. */
static size_t unescape(const char *at, const char *end, char out[4], size_t *len)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    *len = 1;
    if (at[0] != '\\') {
        out[0] = at[0];
        return 1;
    }
    if (at[1] != 'u') {
        out[0] = to[strchr(from, at[1]) - from];
        return 2;
    }
    uint32_t cp = hex4(at + 2);
    size_t used = 6;
    if (cp >= 0xD800 && cp < 0xDC00) {
        if (end - at < 12 || at[6] != '\\' || at[7] != 'u')
            return 0;
        uint32_t low = hex4(at + 8);
        if (low < 0xDC00 || low > 0xDFFF)
            return 0;
        cp = 0x10000 + ((cp - 0xD800) << 10) + (low - 0xDC00);
        used = 12;
    } else if (cp == 0 || (cp >= 0xDC00 && cp <= 0xDFFF)) {
        return 0;
    }
    *len = tb_utf8_encode(cp, out);
    return used;
}

static bool key_equals(tb_json_span quoted, const char *key, size_t len)
{
    const char *at = quoted.at + 1, *end = quoted.at + quoted.len - 1;
    if (memchr(at, '\\', (size_t)(end - at)) == NULL)
        return (size_t)(end - at) == len && memcmp(at, key, len) == 0;
    size_t used, n, done = 0;
    for (; at < end; at += used) {
        char ch[4];
        used = unescape(at, end, ch, &n);
        if (used == 0 || len - done < n || memcmp(key + done, ch, n) != 0)
            return false;
        done += n;
    }
    return done == len;
}

bool tb_json_field(tb_json_span v, const char *key, size_t len, tb_json_span *out)
{
    if (tb_json_kind_of(v) != TB_JSON_OBJECT)
        return false;
    tb_json_iter it = tb_json_iterate(v);
    tb_json_span name, value;
    bool found = false;
    while (tb_json_next(&it, &name, &value)) {
        if (key_equals(name, key, len)) {
            *out = value;
            found = true;
        }
    }
    return found;
}

bool tb_json_element(tb_json_span v, int64_t index, tb_json_span *out)
{
    if (tb_json_kind_of(v) != TB_JSON_ARRAY)
        return false;
    if (index < 0)
        index += tb_json_count(v);
    if (index < 0)
        return false;
    tb_json_iter it = tb_json_iterate(v);
    while (tb_json_next(&it, NULL, out))
        if (index-- == 0)
            return true;
    return false;
}

/* The integer a path step spells, as strtol reads it; false when it is none. */
static bool step_index(const char *step, size_t len, int64_t *index)
{
    size_t at = 0;
    while (at < len && (is_blank(step[at]) || step[at] == '\v' || step[at] == '\f'))
        at++;
    bool neg = at < len && step[at] == '-';
    if (at < len && (step[at] == '-' || step[at] == '+'))
        at++;
    int64_t v = 0;
    size_t start = at;
    for (; at < len && step[at] >= '0' && step[at] <= '9'; at++) {
        v = v * 10 + (step[at] - '0');
        if (v > INT32_MAX)
            return false;
    }
    *index = neg ? -v : v;
    return at > start && at == len;
}

bool tb_json_step(tb_json_span v, const char *step, size_t len, tb_json_span *out)
{
    int64_t index;
    if (tb_json_kind_of(v) == TB_JSON_ARRAY)
        return step_index(step, len, &index) && tb_json_element(v, index, out);
    return tb_json_field(v, step, len, out);
}

/* ---- text ---- */

/* PostgreSQL tells the two reasons apart that a \u escape can be bad for. */
static tb_rc raise_bad_escape(const char *at, const char *end, tb_error *err)
{
    uint32_t cp = hex4(at + 2);
    if (cp == 0) {
        TB_RAISE(err, TB_E_UNTRANSLATABLE_CHARACTER, "unsupported Unicode escape sequence");
        tb_error_detail(err, "\\u0000 cannot be converted to text.");
        return TB_FAIL;
    }
    TB_RAISE(err, TB_E_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type json");
    bool twice = cp < 0xDC00 && end - at >= 12 && at[6] == '\\' && at[7] == 'u' &&
                 hex4(at + 8) >= 0xD800 && hex4(at + 8) < 0xDC00;
    tb_error_detail(err, twice ? "Unicode high surrogate must not follow a high surrogate."
                               : "Unicode low surrogate must follow a high surrogate.");
    return TB_FAIL;
}

tb_rc tb_json_check_escapes(const char *s, size_t len, tb_error *err)
{
    const char *end = s + len;
    for (const char *at = s; (at = memchr(at, '\\', (size_t)(end - at))) != NULL;) {
        char ch[4];
        size_t n, used = unescape(at, end, ch, &n);
        if (used == 0)
            return raise_bad_escape(at, end, err);
        at += used;
    }
    return TB_OK;
}

tb_rc tb_json_unquote(tb_arena *arena, tb_json_span v, tb_str *out, tb_error *err)
{
    const char *at = v.at + 1, *end = v.at + v.len - 1;
    char *text = tb_arena_bytes(arena, v.len);
    size_t used, n, len = 0;
    for (; at < end; at += used) {
        char ch[4];
        used = unescape(at, end, ch, &n);
        if (used == 0)
            return raise_bad_escape(at, end, err);
        memcpy(text + len, ch, n);
        len += n;
    }
    *out = tb_str_make(text, len);
    return TB_OK;
}

tb_rc tb_json_text(tb_arena *arena, tb_json_span v, tb_value *out, tb_error *err)
{
    *out = tb_value_null();
    tb_json_kind kind = tb_json_kind_of(v);
    if (kind == TB_JSON_NULL)
        return TB_OK;
    tb_str text = tb_str_make(v.at, v.len);
    if (kind == TB_JSON_STRING)
        TB_TRY(tb_json_unquote(arena, v, &text, err));
    *out = tb_value_str(text);
    return TB_OK;
}

void tb_json_quote(tb_buf *out, const char *s, size_t len)
{
    static const char escaped[] = "\b\f\n\r\t\"\\", letter[] = "bfnrt\"\\";
    tb_buf_putc(out, '"');
    for (size_t i = 0, start = 0; i <= len; i++) {
        unsigned char c = i < len ? (unsigned char)s[i] : 0;
        if (i < len && c >= 0x20 && c != '"' && c != '\\')
            continue;
        tb_buf_append(out, s + start, i - start);
        start = i + 1;
        const char *which = c == 0 ? NULL : strchr(escaped, c);
        if (which != NULL)
            tb_buf_printf(out, "\\%c", letter[which - escaped]);
        else if (i < len)
            tb_buf_printf(out, "\\u%04x", c);
    }
    tb_buf_putc(out, '"');
}
