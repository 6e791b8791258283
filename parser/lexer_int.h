/* SPDX-License-Identifier: Apache-2.0
 * The lexer: PostgreSQL's rules for comments, identifiers, operators, numbers and the eight forms
 * of quoted text. Private to parser/.
 */
#ifndef TB_PARSER_LEXER_INT_H
#define TB_PARSER_LEXER_INT_H

#include "core/arena.h"
#include "core/error.h"

/* Token codes are those of the generated grammar (sql.h), and these, which parse.c resolves. */
enum {
    TBI_TK_END = 0,       /* end of the text */
    TBI_TK_UIDENT = 2000, /* U&"..": an identifier, or with UESCAPE after it */
    TBI_TK_USCONST        /* U&'..' */
};

typedef struct tbi_token {
    const char *
        str; /* identifiers: folded; strings: value; numbers, operators: text; keywords: the word */
    int32_t pos; /* byte offset and length in the text */
    int32_t len;
} tbi_token;

typedef struct tbi_lexer {
    const char *sql;
    size_t len;
    size_t at; /* where the next token is looked for */
    tb_arena *arena;
    tb_error *err;
} tbi_lexer;

/* Reads the next token. sql must be valid UTF-8 without NUL (tbi_check_utf8). */
TB_MUSTUSE tb_rc tbi_lex(tbi_lexer *lx, int *code, tbi_token *token);

/* Resolves the escapes of a TBI_TK_UIDENT or TBI_TK_USCONST, whose str is still raw. */
TB_MUSTUSE tb_rc tbi_unescape_unicode(tbi_lexer *lx, tbi_token *token, char escape);

/* Is the text UTF-8 without NUL? Raises 22021 with the position of the offending byte. */
TB_MUSTUSE tb_rc tbi_check_utf8(const char *text, size_t len, tb_error *err);

/* The source text from pos up to end, for `at or near "..."`; a long one is cut. */
const char *tbi_near(tbi_lexer *lx, size_t pos, size_t end);

/* lexer_string.c: reads the quoted token at lx->at. */
TB_MUSTUSE tb_rc tbi_lex_string(tbi_lexer *lx, int *code, tbi_token *token);
TB_MUSTUSE tb_rc tbi_lex_dollar(tbi_lexer *lx, int *code, tbi_token *token);
TB_MUSTUSE tb_rc tbi_lex_quoted_identifier(tbi_lexer *lx, int *code, tbi_token *token);

/* Character classes; bytes >= 0x80 are letters. */
bool tbi_is_ident_start(unsigned char c);
bool tbi_is_ident_part(unsigned char c);
bool tbi_is_space(unsigned char c);

typedef enum tbi_category {
    TBI_KEYWORD_UNRESERVED,
    TBI_KEYWORD_COL_NAME,
    TBI_KEYWORD_TYPE_FUNC,
    TBI_KEYWORD_RESERVED
} tbi_category;

typedef struct tbi_keyword {
    const char *word;
    int code;
    tbi_category category;
    bool bare_label;
} tbi_keyword;

/* keyword.c: the keyword a lower-case word is, or NULL. */
const tbi_keyword *tbi_keyword_find(const char *word, size_t len);

#endif
