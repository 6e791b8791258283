/* SPDX-License-Identifier: Apache-2.0
 * The parser's driver: feeds the generated grammar token by token.
 *
 * Between lexer and grammar stands a small filter, as in PostgreSQL, because the grammar is
 * LALR(1): it marks NOT, NULLS, WITH (and ROW in CREATE/ALTER/DROP) by the word after them, joins
 * U&'..' UESCAPE 'x', and recognises the statements of statements.def by their first words. It also
 * keeps count of what is limited.
 *
 * Entry points: tb_parse(), tb_parse_expr(), tb_parse_type().
 */
#include "parser/parse_int.h"

#include "parser/sql.h"

#include <stdlib.h>
#include <string.h>

/* The generated parser's interface (sql.c). */
void *tbi_sqlAlloc(void *(*alloc)(size_t), tbi_parse *p);
void tbi_sql(void *parser, int code, tbi_token token);
void tbi_sqlFree(void *parser, void (*release)(void *));
int tbi_sql_stack_depth(const void *parser);

#define AHEAD_MAX 8 /* tokens that may be peeked at */

#define STACK_PER_LEVEL 40   /* grammar stack entries that one level of nesting may take */
#define LEX_FAILED      (-1) /* code of a queued token whose error waits in lex_err */

typedef struct queued {
    int code;
    tbi_token token;
} queued;

/* The token stream with look-ahead. */
typedef struct feed {
    tbi_parse *p;
    queued ahead[AHEAD_MAX];
    uint32_t first, n;
    tb_error lex_err; /* of the token with code LEX_FAILED: raised when its turn comes */
    uint32_t tokens;
    uint32_t brackets; /* open ( and [ */
    bool in_ddl;       /* the statement began with CREATE, ALTER, DROP or COMMENT */
    bool at_start;     /* the next token begins a statement */
} feed;

typedef enum verdict { WRITE, REFUSE } verdict;

static const struct leading {
    const char *words;
    uint32_t min;
    verdict verdict;
    const char *tag;
} leading[] = {
#define TB_LEADING(words, min, verdict, tag) {words, min, verdict, tag},
#include "parser/statements.def"
#undef TB_LEADING
};

/* ---- tokens and look-ahead ---- */

/* The i-th token from here, lexed when needed; LEX_FAILED and the end repeat. */
static const queued *peek(feed *f, uint32_t i)
{
    while (f->n <= i) {
        queued *q = &f->ahead[(f->first + f->n) % AHEAD_MAX];
        const queued *last = f->n ? &f->ahead[(f->first + f->n - 1) % AHEAD_MAX] : NULL;
        if (last && (last->code == LEX_FAILED || last->code == TBI_TK_END))
            *q = *last;
        else if (tbi_lex(&f->p->lexer, &q->code, &q->token) != TB_OK)
            q->code = LEX_FAILED;
        f->n++;
    }
    return &f->ahead[(f->first + i) % AHEAD_MAX];
}

static void drop_first(feed *f)
{
    f->first = (f->first + 1) % AHEAD_MAX;
    f->n--;
}

/* U&'..' and U&"..", perhaps with UESCAPE 'c' behind them. */
static tb_rc join_uescape(feed *f, queued *q)
{
    tbi_lexer *lexer = &f->p->lexer;
    char escape = '\\';
    int32_t end = q->token.pos + q->token.len;
    if (peek(f, 0)->code == TB_TK_UESCAPE) {
        const queued *character = peek(f, 1);
        tbi_token t = character->token;
        if (character->code == LEX_FAILED)
            return TB_FAIL;
        if (character->code == TBI_TK_END)
            return TB_RAISE_AT(
                lexer->err, TB_E_SYNTAX_ERROR, t.pos,
                "UESCAPE must be followed by a simple string literal at end of input");
        const char *near = tbi_near(lexer, (size_t)t.pos, (size_t)(t.pos + t.len));
        if (character->code != TB_TK_SCONST)
            return TB_RAISE_AT(
                lexer->err, TB_E_SYNTAX_ERROR, t.pos,
                "UESCAPE must be followed by a simple string literal at or near \"%s\"", near);
        char c = t.str[0];
        if (c == '\0' || t.str[1] != '\0' || strchr("0123456789abcdefABCDEF+'\" \t\n\r\f", c))
            return TB_RAISE_AT(lexer->err, TB_E_SYNTAX_ERROR, t.pos,
                               "invalid Unicode escape character at or near \"%s\"", near);
        escape = c;
        end = t.pos + t.len;
        drop_first(f);
        drop_first(f);
    }
    TB_TRY(tbi_unescape_unicode(lexer, &q->token, escape));
    q->code = q->code == TBI_TK_UIDENT ? TB_TK_IDENT : TB_TK_SCONST;
    q->token.len = end - q->token.pos;
    return TB_OK;
}

/* Words whose meaning the next word decides. */
static int look_ahead_code(feed *f, int code)
{
    int next = peek(f, 0)->code;
    if (code == TB_TK_NOT && (next == TB_TK_BETWEEN || next == TB_TK_IN || next == TB_TK_LIKE ||
                              next == TB_TK_ILIKE || next == TB_TK_SIMILAR))
        return TB_TK_NOT_LA;
    if (code == TB_TK_NULLS && (next == TB_TK_FIRST || next == TB_TK_LAST))
        return TB_TK_NULLS_LA;
    if (code == TB_TK_WITH && (next == TB_TK_TIME || next == TB_TK_ORDINALITY))
        return TB_TK_WITH_LA;
    if (code == TB_TK_ROW && f->in_ddl && next == TB_TK_ACCESS)
        return TB_TK_ROW_LA;
    return code;
}

/* Takes the next token as the grammar wants it. */
static tb_rc next_token(feed *f, queued *q)
{
    *q = *peek(f, 0);
    if (q->code == LEX_FAILED)
        return TB_FAIL;
    if (q->code != TBI_TK_END)
        drop_first(f);
    if (q->code == TBI_TK_UIDENT || q->code == TBI_TK_USCONST)
        return join_uescape(f, q);
    if (q->code == TB_TK_NOT || q->code == TB_TK_NULLS || q->code == TB_TK_WITH ||
        q->code == TB_TK_ROW)
        q->code = look_ahead_code(f, q->code);
    return TB_OK;
}

/* ---- statements told by their first words ---- */

/* How many words of the phrase the tokens ahead are; 0 if not all of it. */
static uint32_t matches(feed *f, const char *words)
{
    uint32_t i = 0;
    while (*words) {
        size_t len = strcspn(words, " ");
        const queued *q = peek(f, i);
        if (q->code <= 0 || q->code == TB_TK_IDENT || q->code == TB_TK_SCONST ||
            strlen(q->token.str) != len || strncmp(q->token.str, words, len) != 0)
            return 0;
        i++;
        words += len + (words[len] == ' ');
    }
    return i;
}

static const struct leading *find_leading(feed *f, uint32_t *words)
{
    const struct leading *best = NULL;
    *words = 0;
    char initial = peek(f, 0)->token.str[0];
    for (size_t i = 0; i < TB_COUNT(leading); i++) {
        uint32_t n = leading[i].words[0] == initial ? matches(f, leading[i].words) : 0;
        if (n > *words) {
            *words = n;
            best = &leading[i];
        }
    }
    return best;
}

/* Counts brackets; false where one closes that is not open. */
static bool count_bracket(feed *f, const queued *q)
{
    if (q->code == TB_TK_LP || q->code == TB_TK_LB)
        f->brackets++;
    if (q->code == TB_TK_RP || q->code == TB_TK_RB) {
        if (f->brackets == 0)
            return false;
        f->brackets--;
    }
    if (f->brackets > f->p->limits.depth_max)
        tbi_too_deep(f->p, q->token.pos);
    return true;
}

static tb_rc count_token(feed *f, const queued *q)
{
    if (++f->tokens > f->p->limits.tokens_max)
        return TB_RAISE_AT(f->p->err, TB_E_STATEMENT_TOO_COMPLEX, q->token.pos,
                           "statement has more than %u tokens", f->p->limits.tokens_max);
    return TB_OK;
}

/* Reads a statement of statements.def up to its ';' or the end. */
static tb_rc skip_statement(feed *f, const struct leading *kind, uint32_t words)
{
    tbi_parse *p = f->p;
    queued q = *peek(f, 0);
    int32_t start = q.token.pos;
    const char *tag = kind->tag;
    if (kind->verdict == REFUSE)
        return TB_UNSUPPORTED(p->err, start, tag);
    p->statement_start = start;
    for (uint32_t n = 0;; n++) {
        int code = peek(f, 0)->code;
        bool ends = code == TBI_TK_END || (code == TB_TK_SEMI && f->brackets == 0);
        if (ends && n >= words + kind->min)
            break;
        TB_TRY(next_token(f, &q));
        TB_TRY(count_token(f, &q));
        if (ends || q.code == TB_TK_SEMI || !count_bracket(f, &q))
            tbi_syntax_error(p, &q.token);
        if (p->failed)
            return TB_FAIL;
        if (q.code == TB_TK_AS && f->brackets == 0 && strcmp(tag, "CREATE TABLE") == 0)
            tag = "CREATE TABLE AS";
        p->last_end = q.token.pos + q.token.len;
    }
    if (f->brackets > 0) {
        tbi_syntax_error(p, &peek(f, 0)->token);
        return TB_FAIL;
    }
    tbi_statement(p, NODE(WRITE, write, start, .tag = tag));
    return TB_OK;
}

/* ---- the loop ---- */

/* At the beginning of a statement: is it one the grammar need not see? */
static tb_rc start_statement(feed *f)
{
    const queued *q = peek(f, 0);
    if (q->code == TB_TK_SEMI || q->code == TBI_TK_END)
        return TB_OK;
    f->at_start = false;
    f->p->statement_start = -1;
    f->p->param_max = 0;
    f->in_ddl = q->code == TB_TK_CREATE || q->code == TB_TK_ALTER || q->code == TB_TK_DROP ||
                q->code == TB_TK_COMMENT;
    uint32_t words;
    const struct leading *kind = find_leading(f, &words);
    return kind ? skip_statement(f, kind, words) : TB_OK;
}

/* Gives one token to the grammar; actions run in it see the end of the token before. */
static tb_rc feed_token(feed *f, void *parser, const queued *q)
{
    tbi_parse *p = f->p;
    TB_TRY(count_token(f, q));
    (void)count_bracket(f, q); /* the grammar itself refuses an unbalanced one */
    if (q->code == TB_TK_PARAM) {
        int32_t number = (int32_t)strtol(q->token.str, NULL, 10);
        if (number > p->param_max)
            p->param_max = number;
    }
    p->token_pos = q->token.pos;
    if (!p->failed)
        tbi_sql(parser, q->code, q->token);
    if (q->code == TB_TK_SEMI) {
        f->at_start = true;
    } else if (p->statement_start < 0) {
        p->statement_start = q->token.pos;
    }
    p->last_end = q->token.pos + q->token.len;
    if (tbi_sql_stack_depth(parser) > (int)(p->limits.depth_max * STACK_PER_LEVEL))
        tbi_too_deep(p, q->token.pos);
    return p->failed ? TB_FAIL : TB_OK;
}

static tb_rc run(feed *f, void *parser, int mode)
{
    if (mode) {
        const queued announce = {.code = mode};
        f->at_start = false;
        tbi_sql(parser, announce.code, announce.token);
    }
    for (;;) {
        if (f->at_start)
            TB_TRY(start_statement(f));
        queued q;
        TB_TRY(next_token(f, &q));
        TB_TRY(feed_token(f, parser, &q));
        if (q.code == TBI_TK_END)
            return TB_OK;
    }
}

static tb_parse_limits with_defaults(const tb_parse_limits *given)
{
    tb_parse_limits limits = given ? *given : (tb_parse_limits){0};
    if (limits.length_max == 0)
        limits.length_max = TB_PARSE_LENGTH_MAX;
    if (limits.tokens_max == 0)
        limits.tokens_max = TB_PARSE_TOKENS_MAX;
    if (limits.depth_max == 0)
        limits.depth_max = TB_PARSE_DEPTH_MAX;
    return limits;
}

/* Parses a text in one of the grammar's modes; what came out is in *p. */
static tb_rc parse_text(tbi_parse *p, const char *sql, size_t len, int mode)
{
    if (len > p->limits.length_max)
        return TB_RAISE(p->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "statement text is longer than %u bytes", p->limits.length_max);
    TB_TRY(tbi_check_utf8(sql, len, p->err));
    feed f = {.p = p, .at_start = true, .lex_err = {.lang = p->err->lang, .position = -1}};
    p->lexer = (tbi_lexer){.sql = sql, .len = len, .arena = p->arena, .err = &f.lex_err};
    p->statement_start = -1;
    void *parser = tbi_sqlAlloc(tb_xmalloc, p);
    tb_rc rc = run(&f, parser, mode);
    tbi_sqlFree(parser, free);
    if (rc != TB_OK && tb_error_set(&f.lex_err) && !tb_error_set(p->err))
        *p->err = f.lex_err;
    return rc;
}

tb_rc tb_parse(tb_arena *arena, const char *sql, size_t len, const tb_parse_limits *limits,
               tb_statement_list *out, tb_error *err)
{
    *out = (tb_statement_list){0};
    tbi_parse p = {.arena = arena, .err = err, .limits = with_defaults(limits), .out = out};
    return parse_text(&p, sql, len, 0);
}

tb_rc tb_parse_expr(tb_arena *arena, const char *sql, size_t len, const tb_parse_limits *limits,
                    tb_ast **out, tb_error *err)
{
    tbi_parse p = {.arena = arena, .err = err, .limits = with_defaults(limits)};
    TB_TRY(parse_text(&p, sql, len, TB_TK_MODE_EXPR));
    *out = p.single;
    return TB_OK;
}

tb_rc tb_parse_type(tb_arena *arena, const char *sql, size_t len, const tb_parse_limits *limits,
                    tb_ast **out, tb_error *err)
{
    tbi_parse p = {.arena = arena, .err = err, .limits = with_defaults(limits)};
    TB_TRY(parse_text(&p, sql, len, TB_TK_MODE_TYPE));
    *out = p.single;
    return TB_OK;
}
