/* SPDX-License-Identifier: Apache-2.0
 * UTF-8 text: validation, counting, single characters, case mapping and display width.
 *
 * Everything but the validators takes valid UTF-8. Case mapping is one character to one character,
 * as PostgreSQL does it in a C.UTF-8 database.
 */
#ifndef TB_CORE_UTF8_H
#define TB_CORE_UTF8_H

#include "core/error.h"
#include "core/value.h"

/* Length of the longest valid prefix; == len when all is valid. NUL is valid here (text values
 * forbid it). */
size_t tb_utf8_valid_prefix(const char *s, size_t len);
static inline bool tb_utf8_valid(const char *s, size_t len)
{
    return tb_utf8_valid_prefix(s, len) == len;
}
/* What a text value must be: valid UTF-8 without NUL. */
bool tb_utf8_is_text(const char *s, size_t len);
/* The same as an error: 22021 with the offending bytes unless hide. */
tb_rc tb_utf8_check(const char *s, size_t len, bool hide, tb_error *err) TB_MUSTUSE;

/* Bytes of the character whose first byte this is. */
static inline size_t tb_utf8_char_len(char lead)
{
    unsigned char c = (unsigned char)lead;
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}
/* Number of characters. */
size_t tb_utf8_count(const char *s, size_t len);
/* Byte offset of character number `chars` (0-based); len when there are not so many. */
size_t tb_utf8_offset(const char *s, size_t len, size_t chars);
/* Largest n <= max at which s can be cut between characters. */
size_t tb_utf8_clip(const char *s, size_t len, size_t max);

/* The character at s; *size = its bytes. */
uint32_t tb_utf8_decode(const char *s, size_t *size);
/* Writes a code point up to 0x10FFFF (no surrogates); returns its bytes. */
size_t tb_utf8_encode(uint32_t cp, char out[4]);

uint32_t tb_utf8_upper(uint32_t cp);
uint32_t tb_utf8_lower(uint32_t cp);
bool tb_utf8_is_alnum(uint32_t cp);
/* Columns on a terminal: 0 (combining), 1 or 2 (wide). */
int tb_utf8_width(uint32_t cp);

typedef enum tb_case { TB_CASE_UPPER, TB_CASE_LOWER, TB_CASE_INITCAP } tb_case;
/* Case-mapped copy in the arena. */
tb_str tb_utf8_map_case(tb_arena *arena, const tb_str *s, tb_case how);

#endif
