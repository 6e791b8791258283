/* SPDX-License-Identifier: Apache-2.0
 * Inside of regular expressions: syntax tree, automaton, tree of parts. For regex_*.c only.
 */
#ifndef TB_EXECUTOR_REGEX_INT_H
#define TB_EXECUTOR_REGEX_INT_H

#include "core/list.h"
#include "executor/regex.h"

#include <locale.h>

enum {
    TBI_RE_MAX_BOUND = 255, /* {m,n} */
    TBI_RE_UNBOUNDED = -1,
    TBI_RE_MAX_STATES = 50000, /* of an automaton */
    TBI_RE_MAX_DEPTH = 500,    /* of parentheses */
    TBI_RE_MAX_PARTS = 1000,   /* parts of one branch that must be told apart */
    TBI_RE_MAX_CASES = 100000, /* characters of a range folded one by one under TBI_RE_ICASE */
};

/* ---- character sets ---- */

typedef struct tbi_range {
    uint32_t from, to; /* inclusive */
} tbi_range;

typedef enum tbi_class {
    TBI_CC_ALNUM,
    TBI_CC_ALPHA,
    TBI_CC_ASCII,
    TBI_CC_BLANK,
    TBI_CC_CNTRL,
    TBI_CC_DIGIT,
    TBI_CC_GRAPH,
    TBI_CC_LOWER,
    TBI_CC_PRINT,
    TBI_CC_PUNCT,
    TBI_CC_SPACE,
    TBI_CC_UPPER,
    TBI_CC_XDIGIT,
    TBI_CC_WORD,
    TBI_CC_COUNT
} tbi_class;

typedef struct tbi_charset {
    TB_LIST(tbi_range) ranges; /* sorted and disjoint when sealed */
    uint32_t classes;          /* bit per tbi_class: its characters belong to the set */
    uint32_t not_classes;      /* bit per tbi_class: the other characters belong to the set */
    bool negated;
    bool not_newline;  /* newline does not belong, whatever the rest says */
    uint64_t ascii[2]; /* answers for 0..127 when sealed */
} tbi_charset;

/* ---- syntax tree ---- */

typedef enum tbi_pref { TBI_PREF_NONE = 0, TBI_PREF_LONGER = 1, TBI_PREF_SHORTER = 2 } tbi_pref;

typedef enum tbi_constraint {
    TBI_AT_START,      /* ^ */
    TBI_AT_END,        /* $ */
    TBI_AT_LINE_START, /* ^ under NLANCHOR */
    TBI_AT_LINE_END,
    TBI_AT_WORD_START, /* \m */
    TBI_AT_WORD_END,   /* \M */
    TBI_AT_WORD_EDGE,  /* \y */
    TBI_NOT_WORD_EDGE, /* \Y */
} tbi_constraint;

typedef enum tbi_ast_kind { TBI_AST_SET, TBI_AST_CONSTRAINT, TBI_AST_GROUP } tbi_ast_kind;

struct tbi_branch;

/* An atom or constraint with its quantifier. */
typedef struct tbi_item {
    tbi_ast_kind kind;
    int min, max;  /* max TBI_RE_UNBOUNDED; 1, 1 without quantifier */
    tbi_pref pref; /* of the quantifier */
    union {
        tbi_charset *set;
        tbi_constraint constraint;
        struct {
            uint32_t capture; /* number, 0 = none */
            struct tbi_branch *branches;
        } group;
    };
} tbi_item;

/* One alternative; the next one follows. */
typedef struct tbi_branch {
    TB_LIST(tbi_item) items;
    struct tbi_branch *next;
} tbi_branch;

/* ---- automaton ---- */

typedef enum tbi_state_kind {
    TBI_ST_SET,        /* one character of a set, then out */
    TBI_ST_CONSTRAINT, /* no character, if the constraint holds, then out */
    TBI_ST_SPLIT,      /* no character, then out or out2 */
    TBI_ST_STOP,       /* end of a part: out, but a simulation of that part stops here */
} tbi_state_kind;

enum { TBI_RE_NOWHERE = -1 };

typedef struct tbi_state {
    tbi_state_kind kind;
    int out, out2; /* TBI_RE_NOWHERE = none */
    union {
        const tbi_charset *set;
        tbi_constraint constraint;
    };
} tbi_state;

/* ---- tree of parts: how a match is taken apart to find the captures ---- */

typedef enum tbi_part_kind {
    TBI_PART_LEAF,   /* nothing inside */
    TBI_PART_CONCAT, /* left, right */
    TBI_PART_ALT,    /* left, then its next siblings */
    TBI_PART_REPEAT  /* left, min to max times */
} tbi_part_kind;

typedef struct tbi_part {
    tbi_part_kind kind;
    tbi_pref pref;
    bool captures;    /* it or something inside captures */
    uint32_t capture; /* number, 0 = none */
    int min, max;
    int start, stop; /* states */
    struct tbi_part *left, *right, *next;
} tbi_part;

/* A set of states in order of insertion (sparse set), with where each thread began. */
typedef struct tbi_threads {
    int n;
    int *dense;
    int *sparse;
    int64_t *began;
} tbi_threads;

struct tbi_regex {
    tb_arena *arena;
    locale_t locale; /* C.UTF-8: character classes and letter case */
    unsigned flags;
    uint32_t ncaptures;
    tbi_branch *branches;
    TB_LIST(tbi_state) states;
    tbi_part *root;
    /* Which characters can begin a match; first_any: nothing is known. */
    bool first_any, first_high;
    uint64_t first_ascii[2];
    /* scratch of the matcher */
    tbi_threads now, next;
    int *stack;
    uint64_t steps;
    struct tbi_dfa *dfa; /* of tbi_regex_test(), or NULL */
    bool dfa_tried;
};

/* Fills re->branches and re->ncaptures. */
tb_rc tbi_regex_parse(tbi_regex *re, const uint32_t *pattern, size_t n, tb_error *err) TB_MUSTUSE;
/* Fills re->states and re->root. */
tb_rc tbi_regex_compile(tbi_regex *re, tb_error *err) TB_MUSTUSE;

void tbi_dfa_destroy(struct tbi_dfa *dfa);

void tbi_charset_add(tbi_regex *re, tbi_charset *set, uint32_t from, uint32_t to);
/* Adds the other cases under TBI_RE_ICASE, sorts, fills the table for ASCII. */
void tbi_charset_seal(tbi_regex *re, tbi_charset *set);
bool tbi_charset_has_slow(const tbi_regex *re, const tbi_charset *set, uint32_t c);
static inline bool tbi_charset_has(const tbi_regex *re, const tbi_charset *set, uint32_t c)
{
    if (c < 128)
        return set->ascii[c >> 6] >> (c & 63) & 1;
    return tbi_charset_has_slow(re, set, c);
}
bool tbi_regex_is_word(const tbi_regex *re, uint32_t c);

#endif
