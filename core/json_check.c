/* SPDX-License-Identifier: Apache-2.0
 * JSON validation: a recursive descent with PostgreSQL's error details.
 */
#include "core/json.h"

typedef struct checker {
    const char *at, *end;
    int depth;
    bool hide;
    tb_error *err;
} checker;

typedef enum expected {
    EXPECT_VALUE,
    EXPECT_COMMA_OR_BRACKET,
    EXPECT_KEY_OR_END,
    EXPECT_KEY,
    EXPECT_COLON,
    EXPECT_COMMA_OR_BRACE,
    EXPECT_END,
    EXPECT_COUNT
} expected;

static const char *const expectations[EXPECT_COUNT] = {
    [EXPECT_VALUE] = "Expected JSON value, but found \"%.*s\".",
    [EXPECT_COMMA_OR_BRACKET] = "Expected \",\" or \"]\", but found \"%.*s\".",
    [EXPECT_KEY_OR_END] = "Expected string or \"}\", but found \"%.*s\".",
    [EXPECT_KEY] = "Expected string, but found \"%.*s\".",
    [EXPECT_COLON] = "Expected \":\", but found \"%.*s\".",
    [EXPECT_COMMA_OR_BRACE] = "Expected \",\" or \"}\", but found \"%.*s\".",
    [EXPECT_END] = "Expected end of input, but found \"%.*s\".",
};

static tb_rc raise(checker *c)
{
    return TB_RAISE(c->err, TB_E_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type json");
}

/* With a detail that shows part of the text, unless values are hidden. */
#define RAISE_DETAIL(c, ...)                                                                       \
    do {                                                                                           \
        raise(c);                                                                                  \
        if (!(c)->hide)                                                                            \
            tb_error_detail((c)->err, __VA_ARGS__);                                                \
    } while (0)

static void skip_blanks(checker *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
        c->at++;
}

static bool is_word(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '_' || (ch & 0x80) != 0;
}

/* The token at the position does not fit; a lexical error takes precedence over a grammatical one.
 */
static tb_rc raise_unexpected(checker *c, expected what)
{
    if (c->at == c->end) {
        RAISE_DETAIL(c, "The input string ended unexpectedly.");
        return TB_FAIL;
    }
    const char *end = c->at + 1;
    while (is_word(*c->at) && end < c->end && is_word(*end))
        end++;
    int len = (int)(end - c->at);
    bool known = strchr("{}[],:", *c->at) != NULL || (len == 4 && memcmp(c->at, "true", 4) == 0) ||
                 (len == 4 && memcmp(c->at, "null", 4) == 0) ||
                 (len == 5 && memcmp(c->at, "false", 5) == 0) || *c->at == '"' ||
                 (*c->at >= '0' && *c->at <= '9');
    if (*c->at == '"') { /* show the whole string, as a token */
        while (end < c->end && *end != '"')
            end++;
        len = (int)(end - c->at) + (end < c->end);
    }
    raise(c);
    if (c->hide)
        return TB_FAIL;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* from the table above, one %.*s each */
    tb_error_detail(c->err, known ? expectations[what] : "Token \"%.*s\" is invalid.", len, c->at);
#pragma GCC diagnostic pop
    return TB_FAIL;
}

static bool is_hex(char ch)
{
    return (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'f') || (ch >= 'A' && ch <= 'F');
}

static tb_rc check_escape(checker *c)
{
    char ch = c->at < c->end ? *c->at : '\0';
    if (ch == 'u') {
        for (int i = 1; i <= 4; i++) {
            if (c->end - c->at <= i || !is_hex(c->at[i])) {
                RAISE_DETAIL(c, "\"\\u\" must be followed by four hexadecimal digits.");
                return TB_FAIL;
            }
        }
        c->at += 5;
        return TB_OK;
    }
    if (ch == '\0' || strchr("\"\\/bfnrt", ch) == NULL) {
        if (c->at == c->end)
            RAISE_DETAIL(c, "Token \"\\\" is invalid.");
        else
            RAISE_DETAIL(c, "Escape sequence \"\\%c\" is invalid.", ch);
        return TB_FAIL;
    }
    c->at++;
    return TB_OK;
}

static tb_rc check_string(checker *c)
{
    const char *start = c->at++;
    while (c->at < c->end && *c->at != '"') {
        unsigned char ch = (unsigned char)*c->at++;
        if (ch < 0x20) {
            RAISE_DETAIL(c, "Character with value 0x%02x must be escaped.", ch);
            return TB_FAIL;
        }
        if (ch == '\\')
            TB_TRY(check_escape(c));
    }
    if (c->at == c->end) {
        RAISE_DETAIL(c, "Token \"%.*s\" is invalid.", (int)(c->end - start), start);
        return TB_FAIL;
    }
    c->at++;
    return TB_OK;
}

static size_t skip_digits(checker *c)
{
    const char *start = c->at;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
        c->at++;
    return (size_t)(c->at - start);
}

static tb_rc check_number(checker *c)
{
    const char *start = c->at;
    bool good = true;
    if (*c->at == '-')
        c->at++;
    if (c->at < c->end && *c->at == '0')
        c->at++;
    else
        good = skip_digits(c) > 0;
    if (good && c->at < c->end && *c->at == '.') {
        c->at++;
        good = skip_digits(c) > 0;
    }
    if (good && c->at < c->end && (*c->at == 'e' || *c->at == 'E')) {
        c->at++;
        if (c->at < c->end && (*c->at == '+' || *c->at == '-'))
            c->at++;
        good = skip_digits(c) > 0;
    }
    if (good && (c->at == c->end || !is_word(*c->at)))
        return TB_OK;
    while (c->at < c->end && is_word(*c->at))
        c->at++;
    RAISE_DETAIL(c, "Token \"%.*s\" is invalid.", (int)(c->at - start), start);
    return TB_FAIL;
}

static bool accept_word(checker *c, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(c->end - c->at) < n || memcmp(c->at, word, n) != 0 ||
        ((size_t)(c->end - c->at) > n && is_word(c->at[n])))
        return false;
    c->at += n;
    return true;
}

static tb_rc check_value(checker *c);

static tb_rc check_array(checker *c)
{
    c->at++;
    skip_blanks(c);
    if (c->at < c->end && *c->at == ']') {
        c->at++;
        return TB_OK;
    }
    for (;;) {
        TB_TRY(check_value(c));
        skip_blanks(c);
        if (c->at == c->end || (*c->at != ',' && *c->at != ']'))
            return raise_unexpected(c, EXPECT_COMMA_OR_BRACKET);
        if (*c->at++ == ']')
            return TB_OK;
    }
}

static tb_rc check_object(checker *c)
{
    c->at++;
    skip_blanks(c);
    if (c->at < c->end && *c->at == '}') {
        c->at++;
        return TB_OK;
    }
    for (expected what = EXPECT_KEY_OR_END;; what = EXPECT_KEY) {
        skip_blanks(c);
        if (c->at == c->end || *c->at != '"')
            return raise_unexpected(c, what);
        TB_TRY(check_string(c));
        skip_blanks(c);
        if (c->at == c->end || *c->at != ':')
            return raise_unexpected(c, EXPECT_COLON);
        c->at++;
        TB_TRY(check_value(c));
        skip_blanks(c);
        if (c->at == c->end || (*c->at != ',' && *c->at != '}'))
            return raise_unexpected(c, EXPECT_COMMA_OR_BRACE);
        if (*c->at++ == '}')
            return TB_OK;
    }
}

static tb_rc check_value(checker *c)
{
    skip_blanks(c);
    if (c->at == c->end)
        return raise_unexpected(c, EXPECT_VALUE);
    char ch = *c->at;
    if (ch == '"')
        return check_string(c);
    if (ch == '-' || (ch >= '0' && ch <= '9'))
        return check_number(c);
    if (accept_word(c, "true") || accept_word(c, "false") || accept_word(c, "null"))
        return TB_OK;
    if (ch != '{' && ch != '[')
        return raise_unexpected(c, EXPECT_VALUE);
    if (++c->depth > TB_JSON_MAX_DEPTH)
        return TB_RAISE(c->err, TB_E_STATEMENT_TOO_COMPLEX, "stack depth limit exceeded");
    TB_TRY(ch == '{' ? check_object(c) : check_array(c));
    c->depth--;
    return TB_OK;
}

tb_rc tb_json_check(const char *s, size_t len, bool hide, tb_error *err)
{
    checker c = {.at = s, .end = s + len, .hide = hide, .err = err};
    TB_TRY(check_value(&c));
    skip_blanks(&c);
    return c.at == c.end ? TB_OK : raise_unexpected(&c, EXPECT_END);
}
