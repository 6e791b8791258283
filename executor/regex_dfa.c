/* SPDX-License-Identifier: Apache-2.0
 * Regular expressions: does a text match at all? Answered by a deterministic automaton that is
 * built while it runs.
 *
 * A state is the set of states the nondeterministic automaton can be in; what follows it on a
 * character is computed the first time it is needed. The cache has a limit; when it is full it is
 * emptied. Expressions with constraints other than ^ and $ at the ends of the text are left to the
 * simulation in regex_match.c.
 *
 * Entry points: tbi_regex_test, tbi_dfa_destroy.
 */
#include "executor/regex_int.h"

#include "core/utf8.h"

#include <stdlib.h>

enum {
    MAX_STATES = 400, /* in the cache */
    BUCKETS = 1024,   /* of the table of sets; a power of two */
    WIDE_SLOTS = 16,  /* remembered characters beyond ASCII, per state */
    ABSENT = -1,
    MAX_TEXT = 16 << 20 /* bytes the simulation takes */
};

typedef struct dstate {
    int n;
    int *set;           /* ascending */
    bool accept;        /* a match has ended here */
    bool accept_at_end; /* it has, if the text ends here */
    int16_t ascii[128]; /* next state or ABSENT = not known yet */
    uint32_t wide[WIDE_SLOTS];
    int16_t wide_next[WIDE_SLOTS];
} dstate;

struct tbi_dfa {
    int n;
    dstate *states[MAX_STATES]; /* the first one is the beginning of the text */
    int16_t bucket[BUCKETS];    /* by hash of the set, open addressing */
};

/* ---- closure ---- */

/* Adds s and what it reaches without a character. */
static void add(tbi_regex *re, tbi_threads *set, int s, bool at_start, bool at_end)
{
    int depth = 0;
    re->stack[depth++] = s;
    while (depth > 0) {
        s = re->stack[--depth];
        int slot = set->sparse[s];
        if (slot < set->n && set->dense[slot] == s)
            continue;
        set->sparse[s] = set->n;
        set->dense[set->n++] = s;
        const tbi_state *st = &re->states.at[s];
        if (s == re->root->stop || st->kind == TBI_ST_SET)
            continue;
        if (st->kind == TBI_ST_CONSTRAINT && !(st->constraint == TBI_AT_START ? at_start : at_end))
            continue;
        if (st->kind == TBI_ST_SPLIT)
            re->stack[depth++] = st->out2;
        re->stack[depth++] = st->out;
    }
}

static bool contains(const tbi_threads *set, int s)
{
    int slot = set->sparse[s];
    return slot < set->n && set->dense[slot] == s;
}

/* Would the set in re->next accept if the text ended here? Destroys re->now. */
static bool accepts_at_end(tbi_regex *re, bool at_start)
{
    re->now.n = 0;
    for (int i = 0; i < re->next.n; i++) {
        int s = re->next.dense[i];
        const tbi_state *st = &re->states.at[s];
        bool end = st->kind == TBI_ST_CONSTRAINT && st->constraint == TBI_AT_END;
        if (s == re->root->stop || end)
            add(re, &re->now, s, at_start, true);
    }
    return contains(&re->now, re->root->stop);
}

/* ---- states ---- */

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static uint32_t hash_set(const int *set, int n)
{
    uint32_t h = 2166136261u;
    for (int i = 0; i < n; i++)
        h = (h ^ (uint32_t)set[i]) * 16777619u;
    return h;
}

static void empty(struct tbi_dfa *d)
{
    for (int i = 0; i < d->n; i++) {
        free(d->states[i]->set);
        free(d->states[i]);
    }
    d->n = 0;
    memset(d->bucket, 0xFF, sizeof d->bucket);
}

/* The state of the set in re->next, new if it must be. `first`: the beginning of the text, equal to
 * no other state. */
static int intern(tbi_regex *re, bool first)
{
    struct tbi_dfa *d = re->dfa;
    int n = re->next.n;
    qsort(re->next.dense, (size_t)n, sizeof(int), compare_ints);
    for (int i = 0; i < n; i++)
        re->next.sparse[re->next.dense[i]] = i;
    uint32_t at = hash_set(re->next.dense, n) & (BUCKETS - 1);
    for (; !first && d->bucket[at] != ABSENT; at = (at + 1) & (BUCKETS - 1)) {
        const dstate *have = d->states[d->bucket[at]];
        if (have->n == n && memcmp(have->set, re->next.dense, (size_t)n * sizeof(int)) == 0)
            return d->bucket[at];
    }
    dstate *s = tb_xcalloc(1, sizeof *s);
    s->n = n;
    s->set = tb_xcalloc((size_t)n + 1, sizeof(int));
    memcpy(s->set, re->next.dense, (size_t)n * sizeof(int));
    s->accept = contains(&re->next, re->root->stop);
    s->accept_at_end = s->accept || accepts_at_end(re, first);
    memset(s->ascii, 0xFF, sizeof s->ascii);
    memset(s->wide_next, 0xFF, sizeof s->wide_next);
    if (!first)
        d->bucket[at] = (int16_t)d->n;
    d->states[d->n] = s;
    return d->n++;
}

static void begin(tbi_regex *re)
{
    re->next.n = 0;
    add(re, &re->next, re->root->start, true, false);
    (void)intern(re, true);
}

/* What follows a state on a character; a match may also begin behind it. May empty the cache: then
 * *from is stale. */
static int follow(tbi_regex *re, int from, uint32_t c)
{
    struct tbi_dfa *d = re->dfa;
    const dstate *s = d->states[from];
    re->next.n = 0;
    for (int i = 0; i < s->n; i++) {
        const tbi_state *st = &re->states.at[s->set[i]];
        if (st->kind == TBI_ST_SET && s->set[i] != re->root->stop &&
            tbi_charset_has(re, st->set, c))
            add(re, &re->next, st->out, false, false);
    }
    add(re, &re->next, re->root->start, false, false);
    bool full = d->n == MAX_STATES;
    if (full) {
        /* The set survives in re->next; the beginning must be state 0 again. */
        int n = re->next.n, *kept = tb_xcalloc((size_t)n + 1, sizeof(int));
        memcpy(kept, re->next.dense, (size_t)n * sizeof(int));
        empty(d);
        begin(re);
        re->next.n = 0;
        for (int i = 0; i < n; i++) {
            re->next.sparse[kept[i]] = i;
            re->next.dense[re->next.n++] = kept[i];
        }
        free(kept);
    }
    int to = intern(re, false);
    if (full)
        return to;
    dstate *edit = d->states[from];
    if (c < 128) {
        edit->ascii[c] = (int16_t)to;
    } else {
        edit->wide[c % WIDE_SLOTS] = c;
        edit->wide_next[c % WIDE_SLOTS] = (int16_t)to;
    }
    return to;
}

/* ---- entry ---- */

static bool suits(const tbi_regex *re)
{
    for (uint32_t i = 0; i < re->states.n; i++) {
        const tbi_state *st = &re->states.at[i];
        if (st->kind == TBI_ST_CONSTRAINT && st->constraint != TBI_AT_START &&
            st->constraint != TBI_AT_END)
            return false;
    }
    return true;
}

static bool run(tbi_regex *re, const char *s, const char *end)
{
    struct tbi_dfa *d = re->dfa;
    int at = 0;
    while (s < end && !d->states[at]->accept) {
        uint32_t c = (unsigned char)*s;
        int next;
        if (c < 128) {
            next = d->states[at]->ascii[c];
            s++;
        } else {
            size_t size;
            c = tb_utf8_decode(s, &size);
            s += size;
            uint32_t slot = c % WIDE_SLOTS;
            next = d->states[at]->wide[slot] == c ? d->states[at]->wide_next[slot] : ABSENT;
        }
        at = next != ABSENT ? next : follow(re, at, c);
    }
    return d->states[at]->accept || (s == end && d->states[at]->accept_at_end);
}

static tb_rc simulate(tbi_regex *re, const char *s, size_t len, bool *found, tb_error *err)
{
    if (len > MAX_TEXT)
        return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "text is too long for a regular expression");
    uint32_t *text = tb_xmalloc((len + 1) * sizeof *text);
    size_t n = 0;
    for (size_t i = 0, size; i < len; i += size)
        text[n++] = tb_utf8_decode(s + i, &size);
    tb_rc rc = tbi_regex_search(re, text, n, 0, found, NULL, err);
    free(text);
    return rc;
}

tb_rc tbi_regex_test(tbi_regex *re, const char *s, size_t len, bool *found, tb_error *err)
{
    if (!re->dfa_tried) {
        re->dfa_tried = true;
        if (suits(re)) {
            re->dfa = tb_xcalloc(1, sizeof *re->dfa);
            empty(re->dfa);
            begin(re);
        }
    }
    if (re->dfa == NULL)
        return simulate(re, s, len, found, err);
    *found = run(re, s, s + len);
    return TB_OK;
}

void tbi_dfa_destroy(struct tbi_dfa *dfa)
{
    if (dfa == NULL)
        return;
    empty(dfa);
    free(dfa);
}
