/* SPDX-License-Identifier: Apache-2.0
 * Regular expressions with the syntax and the matching rules of PostgreSQL's advanced regular
 * expressions (ARE).
 *
 * A match is the leftmost one; among those, its length and that of its parts follow the greediness
 * of the expression and its parts (PostgreSQL 15 documentation, 9.7.3.5), not the order of a
 * backtracking search. Matching simulates a nondeterministic automaton: its time is bounded by text
 * length times expression size for a search, and every match counts its steps against a limit.
 *
 * Back-references, lookahead and lookbehind, and the older syntaxes ERE and BRE are refused with
 * 0A000.
 *
 * regex_parse.c makes the syntax tree, regex_compile.c the automaton and the tree of parts,
 * regex_match.c finds matches, regex_dfa.c tells quickly whether there is one.
 */
#ifndef TB_EXECUTOR_REGEX_H
#define TB_EXECUTOR_REGEX_H

#include "core/arena.h"
#include "core/error.h"

/* Flags of a regular expression; each is also a letter of the functions' flags argument. */
typedef enum tbi_regex_flag {
    TBI_RE_ICASE = 1 << 0,    /* i */
    TBI_RE_NLSTOP = 1 << 1,   /* p: . and [^...] do not match newline */
    TBI_RE_NLANCHOR = 1 << 2, /* w: ^ and $ match at lines; p and w together are n */
    TBI_RE_EXPANDED = 1 << 3, /* x: blanks and comments are ignored */
    TBI_RE_QUOTE = 1 << 4,    /* q: no character is special */
    TBI_RE_NOSUB = 1 << 5,    /* parentheses do not capture */
} tbi_regex_flag;

typedef struct tbi_regex tbi_regex;

/* A matched part in characters; from < 0 = the part took no part in the match. */
typedef struct tbi_span {
    int64_t from, to;
} tbi_span;

/* Compiles a pattern. 2201B for a bad one, 0A000 for a feature that is refused. Free with
 * tbi_regex_destroy(). */
tb_rc tbi_regex_create(const char *pattern, size_t len, unsigned flags, tbi_regex **out,
                       tb_error *err) TB_MUSTUSE;
void tbi_regex_destroy(tbi_regex *re);

/* Number of capturing parentheses. */
uint32_t tbi_regex_ncaptures(const tbi_regex *re);

/* A compiled expression has scratch memory in it: one thread at a time. */

/* Searches the n characters at text from position `from` on; characters before it are seen by
 * constraints only. spans: NULL, or room for the whole match and every capture. 54001 when the step
 * limit is reached. */
tb_rc tbi_regex_search(tbi_regex *re, const uint32_t *text, size_t n, size_t from, bool *found,
                       tbi_span *spans, tb_error *err) TB_MUSTUSE;

/* Does the UTF-8 text match anywhere? The fast answer where nothing else is asked. */
tb_rc tbi_regex_test(tbi_regex *re, const char *s, size_t len, bool *found,
                     tb_error *err) TB_MUSTUSE;

#endif
