/* SPDX-License-Identifier: Apache-2.0
 * Regular expressions: finding a match and taking it apart.
 *
 * A search simulates the automaton with all threads in step; each thread knows where it began, so
 * one pass finds the leftmost beginning. The end is then found from there, and the captures by
 * dividing the match among the parts.
 *
 * Entry points: tbi_regex_search.
 */
#include "executor/regex_int.h"

#include <stdlib.h>

/* State visits of one search: minutes of work become an error instead. */
#define STEPS_MAX UINT64_C(400000000)

typedef struct matcher {
    tbi_regex *re;
    const uint32_t *text;
    int64_t n;
    tbi_span *spans; /* or NULL */
    bool exhausted;  /* the step limit was reached; everything fails from here on */
} matcher;

enum { NONE = -1 };

/* ---- constraints ---- */

static bool holds(const matcher *m, tbi_constraint c, int64_t at)
{
    bool word_before = at > 0 && tbi_regex_is_word(m->re, m->text[at - 1]);
    bool word_behind = at < m->n && tbi_regex_is_word(m->re, m->text[at]);
    switch (c) {
    case TBI_AT_START:
        return at == 0;
    case TBI_AT_END:
        return at == m->n;
    case TBI_AT_LINE_START:
        return at == 0 || m->text[at - 1] == '\n';
    case TBI_AT_LINE_END:
        return at == m->n || m->text[at] == '\n';
    case TBI_AT_WORD_START:
        return !word_before && word_behind;
    case TBI_AT_WORD_END:
        return word_before && !word_behind;
    case TBI_AT_WORD_EDGE:
        return word_before != word_behind;
    case TBI_NOT_WORD_EDGE:
        return word_before == word_behind;
    }
    TB_UNREACHABLE();
}

/* ---- threads ---- */

/* Adds state s and all it reaches without a character. Returns true when `stop` is among them. */
static bool add_thread(matcher *m, tbi_threads *set, int s, int stop, int64_t at, int64_t began)
{
    tbi_regex *re = m->re;
    bool stopped = false;
    int depth = 0;
    re->stack[depth++] = s;
    while (depth > 0) {
        s = re->stack[--depth];
        int slot = set->sparse[s];
        if (slot < set->n && set->dense[slot] == s)
            continue; /* there is one that began no later */
        set->sparse[s] = set->n;
        set->began[set->n] = began;
        set->dense[set->n++] = s;
        const tbi_state *st = &re->states.at[s];
        if (s == stop) {
            stopped = true;
            continue;
        }
        if (st->kind == TBI_ST_SET ||
            (st->kind == TBI_ST_CONSTRAINT && !holds(m, st->constraint, at)))
            continue;
        if (st->kind == TBI_ST_SPLIT)
            re->stack[depth++] = st->out2;
        re->stack[depth++] = st->out;
    }
    return stopped;
}

static bool spend(matcher *m, int visits)
{
    m->re->steps += (uint64_t)visits + 1;
    m->exhausted = m->exhausted || m->re->steps > STEPS_MAX;
    return !m->exhausted;
}

static void swap_threads(tbi_regex *re)
{
    tbi_threads t = re->now;
    re->now = re->next;
    re->next = t;
}

/* Moves all threads over the character at `at`. Threads that began behind `limit` are dropped.
 * Returns where the earliest thread that reaches `stop` began, or NONE. */
static int64_t step(matcher *m, int stop, int64_t at, int64_t limit)
{
    tbi_regex *re = m->re;
    int64_t best = NONE;
    re->next.n = 0;
    for (int i = 0; i < re->now.n; i++) {
        const tbi_state *st = &re->states.at[re->now.dense[i]];
        if (st->kind != TBI_ST_SET || re->now.began[i] > limit || re->now.dense[i] == stop ||
            !tbi_charset_has(re, st->set, m->text[at]))
            continue;
        if (add_thread(m, &re->next, st->out, stop, at + 1, re->now.began[i]) && best == NONE)
            best = re->now.began[i]; /* threads are in the order they began */
    }
    swap_threads(re);
    return best;
}

/* End of the longest stretch of the part from `from` that ends at or before `to`, or NONE. */
static int64_t longest(matcher *m, const tbi_part *p, int64_t from, int64_t to)
{
    int64_t end = NONE;
    m->re->now.n = 0;
    if (add_thread(m, &m->re->now, p->start, p->stop, from, from))
        end = from;
    for (int64_t at = from; at < to && m->re->now.n > 0; at++) {
        if (!spend(m, m->re->now.n))
            return NONE;
        if (step(m, p->stop, at, INT64_MAX) != NONE)
            end = at + 1;
    }
    return end;
}

/* End of the shortest stretch from `from` that ends in [least, most], or NONE. */
static int64_t shortest(matcher *m, const tbi_part *p, int64_t from, int64_t least, int64_t most)
{
    m->re->now.n = 0;
    if (add_thread(m, &m->re->now, p->start, p->stop, from, from) && least <= from)
        return from;
    for (int64_t at = from; at < most && m->re->now.n > 0; at++) {
        if (!spend(m, m->re->now.n))
            return NONE;
        if (step(m, p->stop, at, INT64_MAX) != NONE && at + 1 >= least)
            return at + 1;
    }
    return NONE;
}

static bool matches_exactly(matcher *m, const tbi_part *p, int64_t from, int64_t to)
{
    return longest(m, p, from, to) == to;
}

/* ---- the leftmost beginning ---- */

static bool can_begin(const tbi_regex *re, uint32_t c)
{
    if (c >= 128)
        return re->first_high;
    return re->first_ascii[c >> 6] >> (c & 63) & 1;
}

/* Where the leftmost match from `from` on begins, or NONE. With `any`, the beginning of some match.
 */
static int64_t find_start(matcher *m, int64_t from, bool any)
{
    tbi_regex *re = m->re;
    const tbi_part *root = re->root;
    int64_t best = NONE;
    re->now.n = 0;
    for (int64_t at = from;; at++) {
        while (!re->first_any && re->now.n == 0 && at < m->n && !can_begin(re, m->text[at]))
            at++;
        if (best == NONE && add_thread(m, &re->now, root->start, root->stop, at, at))
            best = at;
        if (at >= m->n || (best != NONE && any) || !spend(m, re->now.n))
            break;
        if (best != NONE && (re->now.n == 0 || re->now.began[0] >= best))
            break; /* no thread that began earlier is left */
        int64_t reached = step(m, root->stop, at, best == NONE ? INT64_MAX : best - 1);
        if (reached != NONE)
            best = reached;
        if (best != NONE && re->now.n == 0)
            break;
    }
    return m->exhausted ? NONE : best;
}

/* ---- taking a match apart ---- */

static bool dissect(matcher *m, const tbi_part *p, int64_t from, int64_t to);

static void forget(matcher *m, const tbi_part *p)
{
    if (p == NULL || !p->captures)
        return;
    if (p->capture != 0)
        m->spans[p->capture] = (tbi_span){NONE, NONE};
    if (p->kind == TBI_PART_CONCAT) {
        forget(m, p->left);
        forget(m, p->right);
    } else {
        for (const tbi_part *child = p->left; child != NULL; child = child->next)
            forget(m, child);
    }
}

/* The left side takes as much or as little as it prefers and the right side allows. */
static bool dissect_concat(matcher *m, const tbi_part *p, int64_t from, int64_t to)
{
    bool shorter = p->left->pref == TBI_PREF_SHORTER;
    int64_t mid = shorter ? shortest(m, p->left, from, from, to) : longest(m, p->left, from, to);
    while (mid != NONE) {
        if (matches_exactly(m, p->right, mid, to) && dissect(m, p->left, from, mid) &&
            dissect(m, p->right, mid, to))
            return true;
        forget(m, p->left);
        forget(m, p->right);
        if (shorter)
            mid = mid == to ? NONE : shortest(m, p->left, from, mid + 1, to);
        else
            mid = mid == from ? NONE : longest(m, p->left, from, mid - 1);
    }
    return false;
}

static bool dissect_alt(matcher *m, const tbi_part *p, int64_t from, int64_t to)
{
    for (const tbi_part *child = p->left; child != NULL; child = child->next) {
        if (matches_exactly(m, child, from, to) && dissect(m, child, from, to))
            return true;
        forget(m, child);
    }
    return false;
}

/* Divides [from, to) into iterations. ends[k] is where the k-th one ends; each is as long (or
 * short) as it can be while the rest still works out, and empty ones appear only when the minimum
 * needs them. */
typedef struct iterations {
    int64_t *ends;
    int64_t min, max;
    bool shorter;
    int64_t to;
} iterations;

static int64_t next_end(matcher *m, const tbi_part *child, const iterations *it, int64_t k,
                        int64_t limit)
{
    int64_t from = it->ends[k - 1];
    if (!it->shorter)
        return longest(m, child, from, limit);
    return shortest(m, child, from, k >= it->max ? it->to : limit, it->to);
}

/* Goes back to an iteration that has another choice; sets its limit. Returns its number, 0 = none
 * left. */
static int64_t backtrack(const iterations *it, int64_t k, int64_t *limit)
{
    for (; k > 0; k--) {
        int64_t before = it->ends[k - 1];
        if (it->shorter) {
            if (it->ends[k] < it->to) {
                *limit = it->ends[k] + 1;
                return k;
            }
        } else if (it->ends[k] > before) {
            *limit = it->ends[k] - 1;
            if (*limit > before || (k < it->min && it->min - k >= it->to - before))
                return k;
        }
    }
    return 0;
}

static int64_t first_limit(const iterations *it, int64_t k)
{
    if (!it->shorter)
        return it->to;
    /* Not empty, unless the minimum cannot be reached otherwise. */
    int64_t from = it->ends[k - 1];
    bool must_be_empty = k < it->min && it->min - k >= it->to - from;
    return from + (must_be_empty || from == it->to ? 0 : 1);
}

static bool dissect_all(matcher *m, const tbi_part *child, const iterations *it, int64_t k)
{
    for (int64_t i = 1; i <= k; i++) {
        forget(m, child);
        if (!dissect(m, child, it->ends[i - 1], it->ends[i]))
            return false;
    }
    return true;
}

static bool divide(matcher *m, const tbi_part *child, iterations *it)
{
    int64_t k = 1, limit = first_limit(it, 1);
    while (k > 0 && !m->exhausted) {
        it->ends[k] = next_end(m, child, it, k, limit);
        if (it->ends[k] == NONE) {
            k = backtrack(it, k - 1, &limit);
            continue;
        }
        if (it->ends[k] != it->to) {
            if (k >= it->max) {
                k = backtrack(it, k - 1, &limit);
                continue;
            }
            bool empty = it->ends[k] == it->ends[k - 1];
            if (empty && !it->shorter && (k >= it->min || it->min - k < it->to - it->ends[k])) {
                k = backtrack(it, k, &limit);
                continue;
            }
            k++;
            limit = first_limit(it, k);
            continue;
        }
        if (k >= it->min && dissect_all(m, child, it, k))
            return true;
        k = backtrack(it, k, &limit);
    }
    return false;
}

static bool dissect_repeat(matcher *m, const tbi_part *p, int64_t from, int64_t to)
{
    int64_t min = p->min, max = to - from;
    if (min <= 0 && from == to) {
        /* No iteration, or one that is empty when the part is greedy and can be empty: captures
         * show it. */
        bool none = p->left->pref == TBI_PREF_SHORTER || !matches_exactly(m, p->left, from, to);
        return none || dissect(m, p->left, from, to);
    }
    if (min <= 0)
        min = 1;
    if (p->max != TBI_RE_UNBOUNDED && max > p->max)
        max = p->max;
    if (max < min)
        max = min;
    iterations it = {
        .min = min, .max = max, .shorter = p->left->pref == TBI_PREF_SHORTER, .to = to};
    it.ends = tb_xcalloc((size_t)max + 1, sizeof *it.ends);
    it.ends[0] = from;
    bool done = divide(m, p->left, &it);
    free(it.ends);
    return done;
}

/* Fills the captures of a part that is known to match [from, to) exactly. */
static bool dissect(matcher *m, const tbi_part *p, int64_t from, int64_t to)
{
    bool done = true;
    if (!p->captures)
        return true;
    switch (p->kind) {
    case TBI_PART_LEAF:
        break;
    case TBI_PART_CONCAT:
        done = dissect_concat(m, p, from, to);
        break;
    case TBI_PART_ALT:
        done = dissect_alt(m, p, from, to);
        break;
    case TBI_PART_REPEAT:
        done = dissect_repeat(m, p, from, to);
        break;
    }
    if (done && p->capture != 0)
        m->spans[p->capture] = (tbi_span){from, to};
    return done;
}

/* ---- entry ---- */

static bool search(matcher *m, int64_t from)
{
    const tbi_part *root = m->re->root;
    int64_t start = find_start(m, from, m->spans == NULL);
    if (start == NONE || m->spans == NULL)
        return start != NONE;
    int64_t end = root->pref == TBI_PREF_SHORTER ? shortest(m, root, start, start, m->n)
                                                 : longest(m, root, start, m->n);
    if (end == NONE)
        return false; /* only when exhausted */
    for (uint32_t i = 1; i <= m->re->ncaptures; i++)
        m->spans[i] = (tbi_span){NONE, NONE};
    m->spans[0] = (tbi_span){start, end};
    return dissect(m, root, start, end);
}

tb_rc tbi_regex_search(tbi_regex *re, const uint32_t *text, size_t n, size_t from, bool *found,
                       tbi_span *spans, tb_error *err)
{
    matcher m = {.re = re, .text = text, .n = (int64_t)n, .spans = spans};
    re->steps = 0;
    *found = search(&m, (int64_t)from);
    if (m.exhausted)
        return TB_RAISE(err, TB_E_STATEMENT_TOO_COMPLEX, "regular expression failed: %s",
                        "too many steps");
    return TB_OK;
}
