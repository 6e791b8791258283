/* SPDX-License-Identifier: Apache-2.0
 * Damaged statements: most are wrong, and both parsers must say so at the same place.
 *
 * Entry points: mutate_statement(), rng_below().
 */
#include "oracle.h"

#include <ctype.h>
#include <string.h>

#define TOKENS_MAX 2000

static const char *const keywords[] = {
#define TB_KEYWORD(TOKEN, word, category, label) word,
#include "parser/keywords.def"
#undef TB_KEYWORD
};

static const char *const marks[] = {"(", ")",   ",",   "[",  "]",  "+",     "-",  "*",
                                    "=", "<>",  ".",   "::", "=>", ":=",    ":",  ";",
                                    "1", "'s'", "2.5", "$1", "x",  "\"Y\"", "||", "null"};

typedef struct piece {
    const char *at;
    size_t len;
} piece;

uint32_t rng_below(rng *r, uint32_t n)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((r->state >> 33) % n);
}

/* Length of the token at s: roughly, quoted text and words whole. */
static size_t token_length(const char *s)
{
    if (*s == '\'' || *s == '"') {
        const char *end = strchr(s + 1, *s);
        return end ? (size_t)(end - s) + 1 : strlen(s);
    }
    size_t n = 0;
    while (isalnum((unsigned char)s[n]) || s[n] == '_' || (s[n] & 0x80))
        n++;
    return n ? n : 1;
}

static size_t split(const char *sql, piece *pieces)
{
    size_t n = 0;
    while (*sql && n < TOKENS_MAX) {
        sql += strspn(sql, " \t\r\n");
        if (!*sql)
            break;
        pieces[n] = (piece){sql, token_length(sql)};
        sql += pieces[n++].len;
    }
    return n;
}

static piece random_token(rng *r)
{
    const char *text = rng_below(r, 2) ? keywords[rng_below(r, TB_COUNT(keywords))]
                                       : marks[rng_below(r, TB_COUNT(marks))];
    return (piece){text, strlen(text)};
}

/* One change at a random place; returns the new number of tokens. */
static size_t change(rng *r, piece *pieces, size_t n)
{
    size_t i = rng_below(r, (uint32_t)n), j = rng_below(r, (uint32_t)n);
    piece moved = pieces[i];
    switch (rng_below(r, 5)) {
    case 0: /* delete */
        memmove(pieces + i, pieces + i + 1, (n - i - 1) * sizeof *pieces);
        return n - 1;
    case 1: /* double */
        if (n == TOKENS_MAX)
            return n;
        memmove(pieces + i + 1, pieces + i, (n - i) * sizeof *pieces);
        return n + 1;
    case 2: /* swap */
        pieces[i] = pieces[j];
        pieces[j] = moved;
        return n;
    case 3: /* replace */
        pieces[i] = random_token(r);
        return n;
    default: /* insert */
        if (n == TOKENS_MAX)
            return n;
        memmove(pieces + i + 1, pieces + i, (n - i) * sizeof *pieces);
        pieces[i] = random_token(r);
        return n + 1;
    }
}

void mutate_statement(rng *r, const char *sql, tb_buf *out)
{
    static piece pieces[TOKENS_MAX];
    size_t n = split(sql, pieces);
    for (uint32_t k = rng_below(r, 3) + 1; k > 0 && n > 0; k--)
        n = change(r, pieces, n);
    for (size_t i = 0; i < n; i++) {
        tb_buf_puts(out, i ? " " : "");
        tb_buf_append(out, pieces[i].at, pieces[i].len);
    }
}
