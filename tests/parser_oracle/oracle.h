/* SPDX-License-Identifier: Apache-2.0
 * The parser oracle's parts: statements from files, from a generator and from mutation; each is
 * given to our parser and to PostgreSQL's, and the verdicts are compared.
 */
#ifndef TB_TESTS_PARSER_ORACLE_H
#define TB_TESTS_PARSER_ORACLE_H

#include "core/buf.h"

#include <stdio.h>

/* ---- corpus.c ---- */
typedef void (*statement_fn)(const char *sql, void *ctx);
/* Calls fn for every statement and query of the .slt files under dir. */
void corpus_slt(const char *dir, statement_fn fn, void *ctx);
/* Calls fn for the "sql" member of every line of a .jsonl file. */
void corpus_jsonl(const char *path, statement_fn fn, void *ctx);

/* ---- generate.c, mutate.c: everything is a function of the seed ---- */
typedef struct rng {
    uint64_t state;
} rng;
uint32_t rng_below(rng *r, uint32_t n);
/* Appends one SELECT-class statement. */
void generate_statement(rng *r, tb_buf *out);
/* Appends sql with one to three tokens deleted, doubled, swapped or replaced by a keyword. */
void mutate_statement(rng *r, const char *sql, tb_buf *out);

/* ---- compare.c ---- */
typedef enum verdict {
    BOTH_ACCEPT,
    BOTH_REJECT,
    NAMED_REFUSAL, /* PostgreSQL accepts; we refuse with 0A000, 54001 or a check it makes after
                      parsing */
    ONLY_POSTGRES, /* PostgreSQL accepts; we give a syntax error */
    ONLY_US,
    OTHER_TREE,    /* both accept, and PostgreSQL reads our print as something else */
    LIBRARY_QUIRK, /* libpg_query differs from PostgreSQL itself */
    NO_ROUND_TRIP, /* our print does not parse to an equal tree */
    VERDICT_COUNT
} verdict;

typedef struct comparison {
    verdict verdict;
    bool same_position; /* BOTH_REJECT: the same place in the text */
    bool same_message;
    char ours[700]; /* our error, or our print of the tree */
    char theirs[700];
} comparison;

void compare(const char *sql, comparison *out);
/* Does the text begin like a query: SELECT, WITH, VALUES, TABLE, '('? */
bool is_query_text(const char *sql);

#endif
