/* SPDX-License-Identifier: Apache-2.0
 * JSON text: validation, navigation, and jsonb.
 *
 * json keeps the text as written. jsonb is held as canonical text: what jsonb_out prints (object
 * keys sorted by length, then bytes; last duplicate wins; numbers as numeric; ", " and ": "
 * between). Both are navigated as text spans, so one set of functions serves both types.
 */
#ifndef TB_CORE_JSON_H
#define TB_CORE_JSON_H

#include "core/buf.h"
#include "core/error.h"
#include "core/value.h"

enum { TB_JSON_MAX_DEPTH = 1000 };

typedef enum tb_json_kind {
    TB_JSON_NULL,
    TB_JSON_FALSE,
    TB_JSON_TRUE,
    TB_JSON_NUMBER,
    TB_JSON_STRING,
    TB_JSON_ARRAY,
    TB_JSON_OBJECT
} tb_json_kind;

/* A value inside valid JSON text, without surrounding blanks. */
typedef struct tb_json_span {
    const char *at;
    size_t len;
} tb_json_span;

/* 22P02 "invalid input syntax for type json" (detail without the text when hide). 54001 when nested
 * too deep. */
tb_rc tb_json_check(const char *s, size_t len, bool hide, tb_error *err) TB_MUSTUSE;
/* Valid JSON text to jsonb's canonical text. 22P05 for \u0000. */
tb_rc tb_jsonb_parse(tb_arena *arena, const char *s, size_t len, bool hide, tb_str *out,
                     tb_error *err) TB_MUSTUSE;

/* Whether every \u escape stands for a character: type json accepts others, but ->, ->>, #> and #>>
 * refuse the whole document (22P05, 22P02), as PostgreSQL does. Not needed for jsonb. */
tb_rc tb_json_check_escapes(const char *s, size_t len, tb_error *err) TB_MUSTUSE;
/* The text trimmed of blanks. */
tb_json_span tb_json_root(const char *s, size_t len);
tb_json_kind tb_json_kind_of(tb_json_span v);
/* "object", "array", "string", "number", "boolean", "null": json_typeof(). */
const char *tb_json_kind_name(tb_json_kind kind);

/* Members of an object or elements of an array, in order. */
typedef struct tb_json_iter {
    const char *at, *end;
    bool object;
} tb_json_iter;
tb_json_iter tb_json_iterate(tb_json_span container);
/* false at the end. key (may be NULL) is the quoted key of an object member. */
bool tb_json_next(tb_json_iter *it, tb_json_span *key, tb_json_span *value);
uint32_t tb_json_count(tb_json_span container);

/* object -> key: the last member of that name; false when absent or not an object. */
bool tb_json_field(tb_json_span v, const char *key, size_t len, tb_json_span *out);
/* array -> index, negative from the end; false when absent or not an array. */
bool tb_json_element(tb_json_span v, int64_t index, tb_json_span *out);
/* One step of #> : a key, or an index when v is an array and the text is an integer. */
bool tb_json_step(tb_json_span v, const char *step, size_t len, tb_json_span *out);

/* Text of a value as ->> gives it: strings unquoted, JSON null = SQL NULL, others as they are
 * (sharing the bytes of v). 22P05 for \u0000. */
tb_rc tb_json_text(tb_arena *arena, tb_json_span v, tb_value *out, tb_error *err) TB_MUSTUSE;
/* A string's characters. 22P05 for \u0000, 22P02 for half a surrogate pair. */
tb_rc tb_json_unquote(tb_arena *arena, tb_json_span v, tb_str *out, tb_error *err) TB_MUSTUSE;
/* Appends s as a JSON string with quotes: escape_json(). */
void tb_json_quote(tb_buf *out, const char *s, size_t len);

/* jsonb btree order and equality-consistent hash; canonical texts. */
int tb_jsonb_cmp(const tb_str *a, const tb_str *b);
uint64_t tb_jsonb_hash(const tb_str *a, uint64_t seed);
/* a @> b */
bool tb_jsonb_contains(tb_json_span a, tb_json_span b);

#endif
