/* SPDX-License-Identifier: Apache-2.0
 * Fingerprints: a statement's text without its data, for the record and the log.
 *
 * The text is read token by token, so it need not parse. Keywords and names are folded, blanks and
 * comments shrink to one space, and every literal becomes '?' or, with a salt, a keyed hash that is
 * equal for equal literals under the same salt: a reader sees that two queries asked about the same
 * value, and not which.
 */
#ifndef TB_PARSER_FINGERPRINT_H
#define TB_PARSER_FINGERPRINT_H

#include "core/arena.h"
#include "core/buf.h"

#define TB_FINGERPRINT_BYTES 32

/* HMAC-SHA-256 of text under salt. salt_len may be 0: then it is plain in effect, and equal
 * everywhere. */
void tb_fingerprint_hash(const void *salt, size_t salt_len, const void *text, size_t len,
                         uint8_t hash[TB_FINGERPRINT_BYTES]);

/* Appends the normalised text of sql to *out. Literals of statements that begin with CREATE or
 * ALTER, and whatever follows the word PASSWORD, are always '?': they may be credentials, which not
 * even a hash may stand for. From the first byte that is no token on, the rest is one literal. salt
 * may be NULL: every literal is '?'. The arena holds scratch only. */
void tb_fingerprint_text(tb_arena *arena, const char *sql, size_t len, const void *salt,
                         size_t salt_len, tb_buf *out);

#endif
