/* SPDX-License-Identifier: Apache-2.0
 * The lexer, all but quoted text (lexer_string.c).
 *
 * A hand-written scanner: the first byte chooses the routine. Rules that surprise, all
 * PostgreSQL's: an operator is the longest run of operator characters, cut where a comment starts
 * and shortened by trailing '+' and '-' unless it has one of ~ ! @ # ^ & | ` ? % before them; a
 * number followed by a letter is an error; identifiers are folded in ASCII only.
 *
 * Entry points: tbi_lex(), tbi_check_utf8(), tbi_near().
 */
#include "parser/lexer_int.h"

#include "core/utf8.h"
#include "parser/sql.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OPERATOR_LEN_MAX 63 /* NAMEDATALEN - 1 */
#define NEAR_LEN_MAX     200

enum { SPACE = 1, IDENT_START = 2, DIGIT = 4, OP_CHAR = 8, SELF = 16 };

/* Classes of the ASCII bytes; all others start identifiers. */
static const unsigned char classes[128] = {
    [' '] = SPACE,          ['\t'] = SPACE,         ['\n'] = SPACE,         ['\r'] = SPACE,
    ['\f'] = SPACE,         ['0'] = DIGIT,          ['1'] = DIGIT,          ['2'] = DIGIT,
    ['3'] = DIGIT,          ['4'] = DIGIT,          ['5'] = DIGIT,          ['6'] = DIGIT,
    ['7'] = DIGIT,          ['8'] = DIGIT,          ['9'] = DIGIT,          ['_'] = IDENT_START,
    ['a'] = IDENT_START,    ['b'] = IDENT_START,    ['c'] = IDENT_START,    ['d'] = IDENT_START,
    ['e'] = IDENT_START,    ['f'] = IDENT_START,    ['g'] = IDENT_START,    ['h'] = IDENT_START,
    ['i'] = IDENT_START,    ['j'] = IDENT_START,    ['k'] = IDENT_START,    ['l'] = IDENT_START,
    ['m'] = IDENT_START,    ['n'] = IDENT_START,    ['o'] = IDENT_START,    ['p'] = IDENT_START,
    ['q'] = IDENT_START,    ['r'] = IDENT_START,    ['s'] = IDENT_START,    ['t'] = IDENT_START,
    ['u'] = IDENT_START,    ['v'] = IDENT_START,    ['w'] = IDENT_START,    ['x'] = IDENT_START,
    ['y'] = IDENT_START,    ['z'] = IDENT_START,    ['A'] = IDENT_START,    ['B'] = IDENT_START,
    ['C'] = IDENT_START,    ['D'] = IDENT_START,    ['E'] = IDENT_START,    ['F'] = IDENT_START,
    ['G'] = IDENT_START,    ['H'] = IDENT_START,    ['I'] = IDENT_START,    ['J'] = IDENT_START,
    ['K'] = IDENT_START,    ['L'] = IDENT_START,    ['M'] = IDENT_START,    ['N'] = IDENT_START,
    ['O'] = IDENT_START,    ['P'] = IDENT_START,    ['Q'] = IDENT_START,    ['R'] = IDENT_START,
    ['S'] = IDENT_START,    ['T'] = IDENT_START,    ['U'] = IDENT_START,    ['V'] = IDENT_START,
    ['W'] = IDENT_START,    ['X'] = IDENT_START,    ['Y'] = IDENT_START,    ['Z'] = IDENT_START,
    ['~'] = OP_CHAR,        ['!'] = OP_CHAR,        ['@'] = OP_CHAR,        ['#'] = OP_CHAR,
    ['&'] = OP_CHAR,        ['|'] = OP_CHAR,        ['`'] = OP_CHAR,        ['?'] = OP_CHAR,
    ['+'] = OP_CHAR | SELF, ['-'] = OP_CHAR | SELF, ['*'] = OP_CHAR | SELF, ['/'] = OP_CHAR | SELF,
    ['%'] = OP_CHAR | SELF, ['^'] = OP_CHAR | SELF, ['<'] = OP_CHAR | SELF, ['>'] = OP_CHAR | SELF,
    ['='] = OP_CHAR | SELF, [','] = SELF,           ['('] = SELF,           [')'] = SELF,
    ['['] = SELF,           [']'] = SELF,           ['.'] = SELF,           [';'] = SELF,
    [':'] = SELF,
};

/* Operators and punctuation that the grammar names; the rest is OP. */
static const struct {
    const char *text;
    int code;
} named[] = {
    {"(", TB_TK_LP},       {")", TB_TK_RP},
    {"[", TB_TK_LB},       {"]", TB_TK_RB},
    {",", TB_TK_COMMA},    {".", TB_TK_DOT},
    {";", TB_TK_SEMI},     {":", TB_TK_COLON},
    {"+", TB_TK_PLUS},     {"-", TB_TK_MINUS},
    {"*", TB_TK_STAR},     {"/", TB_TK_SLASH},
    {"%", TB_TK_PERCENT},  {"^", TB_TK_CARET},
    {"<", TB_TK_LT},       {">", TB_TK_GT},
    {"=", TB_TK_EQ},       {"<=", TB_TK_LE},
    {">=", TB_TK_GE},      {"<>", TB_TK_NE},
    {"!=", TB_TK_NE},      {"=>", TB_TK_ARROW_ARG},
    {"->", TB_TK_ARROW},   {"::", TB_TK_TYPECAST},
    {"..", TB_TK_DOT_DOT}, {":=", TB_TK_COLON_EQUALS},
};

static bool has_class(unsigned char c, int wanted)
{
    return c < 128 && (classes[c] & wanted);
}

bool tbi_is_space(unsigned char c)
{
    return has_class(c, SPACE);
}

bool tbi_is_ident_start(unsigned char c)
{
    return c >= 128 || (classes[c] & IDENT_START);
}

bool tbi_is_ident_part(unsigned char c)
{
    return c >= 128 || (classes[c] & (IDENT_START | DIGIT)) || c == '$';
}

/* The byte at an offset, 0 past the end. */
static unsigned char peek(const tbi_lexer *lx, size_t at)
{
    return at < lx->len ? (unsigned char)lx->sql[at] : 0;
}

const char *tbi_near(tbi_lexer *lx, size_t pos, size_t end)
{
    if (end - pos > NEAR_LEN_MAX) {
        end = pos + NEAR_LEN_MAX;
        while (end > pos && ((unsigned char)lx->sql[end] & 0xC0) == 0x80)
            end--;
    }
    return tb_arena_strndup(lx->arena, lx->sql + pos, end - pos);
}

/* Skips a comment, nested ones included. */
static tb_rc skip_comment(tbi_lexer *lx)
{
    size_t start = lx->at, at = start + 2, depth = 1;
    while (depth > 0) {
        if (at + 1 >= lx->len)
            return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                               "unterminated /* comment at or near \"%s\"",
                               tbi_near(lx, start, lx->len));
        if (lx->sql[at] == '*' && lx->sql[at + 1] == '/') {
            depth--;
            at += 2;
        } else if (lx->sql[at] == '/' && lx->sql[at + 1] == '*') {
            depth++;
            at += 2;
        } else {
            at++;
        }
    }
    lx->at = at;
    return TB_OK;
}

static tb_rc skip_blanks(tbi_lexer *lx)
{
    for (;;) {
        unsigned char c = peek(lx, lx->at), next = peek(lx, lx->at + 1);
        if (tbi_is_space(c)) {
            lx->at++;
        } else if (c == '-' && next == '-') {
            while (lx->at < lx->len && lx->sql[lx->at] != '\n' && lx->sql[lx->at] != '\r')
                lx->at++;
        } else if (c == '/' && next == '*') {
            TB_TRY(skip_comment(lx));
        } else {
            return TB_OK;
        }
    }
}

static void finish(tbi_lexer *lx, tbi_token *token, size_t end)
{
    token->len = (int32_t)(end - (size_t)token->pos);
    lx->at = end;
}

static tb_rc lex_word(tbi_lexer *lx, int *code, tbi_token *token)
{
    size_t start = lx->at, end = start + 1;
    while (end < lx->len && tbi_is_ident_part((unsigned char)lx->sql[end]))
        end++;
    char *word = tb_arena_strndup(lx->arena, lx->sql + start, end - start);
    for (char *c = word; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c += 'a' - 'A';
    const tbi_keyword *keyword = tbi_keyword_find(word, end - start);
    *code = keyword ? keyword->code : TB_TK_IDENT;
    token->str = word;
    finish(lx, token, end);
    return TB_OK;
}

static size_t skip_digits(const tbi_lexer *lx, size_t at)
{
    while (has_class(peek(lx, at), DIGIT))
        at++;
    return at;
}

/* A number or parameter must not run into a word. */
static tb_rc check_junk(tbi_lexer *lx, size_t start, size_t end, bool param)
{
    if (!tbi_is_ident_start(peek(lx, end)) || end >= lx->len)
        return TB_OK;
    while (end < lx->len && tbi_is_ident_part((unsigned char)lx->sql[end]))
        end++;
    const char *near = tbi_near(lx, start, end);
    if (param)
        return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                           "trailing junk after parameter at or near \"%s\"", near);
    return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                       "trailing junk after numeric literal at or near \"%s\"", near);
}

/* Is the digit string a 32-bit integer? What is not is FCONST for the grammar. */
static bool fits_int32(const char *digits)
{
    errno = 0;
    long long value = strtoll(digits, NULL, 10);
    return errno == 0 && value <= INT32_MAX;
}

static tb_rc lex_number(tbi_lexer *lx, int *code, tbi_token *token)
{
    size_t start = lx->at, end = skip_digits(lx, start);
    bool integer = true;
    if (peek(lx, end) == '.' && peek(lx, end + 1) != '.') { /* 1..2 is a slice */
        integer = false;
        end = skip_digits(lx, end + 1);
    }
    unsigned char c = peek(lx, end);
    if (c == 'e' || c == 'E') {
        unsigned char sign = peek(lx, end + 1);
        size_t exponent = end + 1 + (sign == '+' || sign == '-');
        if (has_class(peek(lx, exponent), DIGIT)) {
            integer = false;
            end = skip_digits(lx, exponent);
        } else if (exponent > end + 1) {
            return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                               "trailing junk after numeric literal at or near \"%s\"",
                               tbi_near(lx, start, exponent));
        }
    }
    TB_TRY(check_junk(lx, start, end, false));
    token->str = tb_arena_strndup(lx->arena, lx->sql + start, end - start);
    *code = integer && fits_int32(token->str) ? TB_TK_ICONST : TB_TK_FCONST;
    finish(lx, token, end);
    return TB_OK;
}

/* $1; str is the digits. */
static tb_rc lex_param(tbi_lexer *lx, int *code, tbi_token *token)
{
    size_t start = lx->at, end = skip_digits(lx, start + 1);
    TB_TRY(check_junk(lx, start, end, true));
    token->str = tb_arena_strndup(lx->arena, lx->sql + start + 1, end - start - 1);
    if (!fits_int32(token->str))
        return TB_RAISE_AT(lx->err, TB_E_UNDEFINED_PARAMETER, (int)start,
                           "there is no parameter $%s", token->str);
    *code = TB_TK_PARAM;
    finish(lx, token, end);
    return TB_OK;
}

/* Length of the operator that starts at lx->at. */
static size_t operator_length(const tbi_lexer *lx)
{
    const char *s = lx->sql + lx->at;
    size_t max = lx->len - lx->at, n = 0;
    while (n < max && has_class((unsigned char)s[n], OP_CHAR)) {
        if (n > 0 && n + 1 < max &&
            ((s[n] == '/' && s[n + 1] == '*') || (s[n] == '-' && s[n + 1] == '-')))
            break;
        n++;
    }
    bool keeps_sign = false;
    for (size_t i = 0; i + 1 < n; i++)
        if (memchr("~!@#^&|`?%", s[i], 10))
            keeps_sign = true;
    while (!keeps_sign && n > 1 && (s[n - 1] == '+' || s[n - 1] == '-'))
        n--;
    return n;
}

static int named_code(const char *text)
{
    for (size_t i = 0; i < TB_COUNT(named); i++)
        if (strcmp(named[i].text, text) == 0)
            return named[i].code;
    return 0;
}

static tb_rc lex_operator(tbi_lexer *lx, int *code, tbi_token *token)
{
    size_t start = lx->at, n = operator_length(lx);
    if (n > OPERATOR_LEN_MAX)
        return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, (int)start,
                           "operator too long at or near \"%s\"", tbi_near(lx, start, start + n));
    token->str = tb_arena_strndup(lx->arena, lx->sql + start, n);
    *code = named_code(token->str);
    if (*code == 0)
        *code = TB_TK_OP;
    if (*code == TB_TK_NE)
        token->str = "<>";
    finish(lx, token, start + n);
    return TB_OK;
}

/* Punctuation: one character, or one of :: .. := */
static tb_rc lex_punctuation(tbi_lexer *lx, int *code, tbi_token *token)
{
    size_t start = lx->at;
    char text[3] = {lx->sql[start], (char)peek(lx, start + 1), '\0'};
    *code = (text[0] == ':' || text[0] == '.') ? named_code(text) : 0;
    if (*code == 0) {
        text[1] = '\0';
        *code = named_code(text);
    }
    token->str = tb_arena_strdup(lx->arena, text);
    finish(lx, token, start + strlen(text));
    return TB_OK;
}

/* Is it the quote of a prefixed literal: b' x' e' n' u&' u&" ? */
static bool starts_prefixed(const tbi_lexer *lx, unsigned char c, unsigned char next)
{
    if (next == '\'')
        return memchr("bBxXeEnN", c, 8) != NULL;
    if (next == '&' && (c == 'u' || c == 'U')) {
        unsigned char quote = peek(lx, lx->at + 2);
        return quote == '\'' || quote == '"';
    }
    return false;
}

tb_rc tbi_lex(tbi_lexer *lx, int *code, tbi_token *token)
{
    *token = (tbi_token){.str = "", .pos = (int32_t)lx->at};
    TB_TRY(skip_blanks(lx));
    token->pos = (int32_t)lx->at;
    if (lx->at >= lx->len) {
        *code = TBI_TK_END;
        return TB_OK;
    }
    unsigned char c = (unsigned char)lx->sql[lx->at], next = peek(lx, lx->at + 1);
    if (c == '\'')
        return tbi_lex_string(lx, code, token);
    if (c == '"')
        return tbi_lex_quoted_identifier(lx, code, token);
    if (starts_prefixed(lx, c, next)) {
        bool identifier = next == '&' && peek(lx, lx->at + 2) == '"';
        return identifier ? tbi_lex_quoted_identifier(lx, code, token)
                          : tbi_lex_string(lx, code, token);
    }
    if (tbi_is_ident_start(c))
        return lex_word(lx, code, token);
    if (has_class(c, DIGIT) || (c == '.' && has_class(next, DIGIT)))
        return lex_number(lx, code, token);
    if (c == '$' && has_class(next, DIGIT))
        return lex_param(lx, code, token);
    if (c == '$')
        return tbi_lex_dollar(lx, code, token);
    if (has_class(c, OP_CHAR))
        return lex_operator(lx, code, token);
    if (has_class(c, SELF))
        return lex_punctuation(lx, code, token);
    return TB_RAISE_AT(lx->err, TB_E_SYNTAX_ERROR, token->pos, "syntax error at or near \"%s\"",
                       tbi_near(lx, lx->at, lx->at + 1));
}

tb_rc tbi_check_utf8(const char *text, size_t len, tb_error *err)
{
    if (tb_utf8_check(text, len, false, err) == TB_OK)
        return TB_OK;
    size_t at = tb_utf8_valid_prefix(text, len);
    const char *nul = memchr(text, '\0', at);
    err->position = (int)(nul ? (size_t)(nul - text) : at);
    return TB_FAIL;
}
