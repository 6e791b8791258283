/* SPDX-License-Identifier: Apache-2.0
 * Regular expressions: character sets, and the syntax tree turned into an automaton and a tree of
 * parts.
 *
 * The automaton decides which stretches of text a part of the expression matches. The tree of parts
 * says how a matched stretch is divided among the parts. Runs of items without captures and without
 * conflicting preferences stay together in one leaf: how the text is divided inside it cannot be
 * observed. Where PostgreSQL's rules leave room (which iteration of a repeated group a capture
 * reports), the tree has the same shape as PostgreSQL's.
 *
 * Entry points: tbi_regex_create, tbi_regex_destroy, tbi_regex_ncaptures, tbi_regex_compile,
 * tbi_charset_*.
 */
#include "executor/regex_int.h"

#include "core/utf8.h"

#include <stdlib.h>
#include <wctype.h>

/* ---- character sets ---- */

void tbi_charset_add(tbi_regex *re, tbi_charset *set, uint32_t from, uint32_t to)
{
    tb_list_push(re->arena, &set->ranges, ((tbi_range){from, to}));
}

bool tbi_regex_is_word(const tbi_regex *re, uint32_t c)
{
    return c == '_' || iswalnum_l((wint_t)c, re->locale);
}

static bool in_class(const tbi_regex *re, tbi_class cls, uint32_t c)
{
    wint_t w = (wint_t)c;
    locale_t l = re->locale;
    switch (cls) {
    case TBI_CC_ALNUM:
        return iswalnum_l(w, l);
    case TBI_CC_ALPHA:
        return iswalpha_l(w, l);
    case TBI_CC_ASCII:
        return c < 128;
    case TBI_CC_BLANK:
        return c == ' ' || c == '\t';
    case TBI_CC_CNTRL:
        return c < 32 || (c >= 127 && c < 160);
    case TBI_CC_DIGIT:
        return iswdigit_l(w, l);
    case TBI_CC_GRAPH:
        return iswgraph_l(w, l);
    case TBI_CC_LOWER:
        return iswlower_l(w, l);
    case TBI_CC_PRINT:
        return iswprint_l(w, l);
    case TBI_CC_PUNCT:
        return iswpunct_l(w, l);
    case TBI_CC_SPACE:
        return iswspace_l(w, l);
    case TBI_CC_UPPER:
        return iswupper_l(w, l);
    case TBI_CC_XDIGIT:
        return c < 128 && iswxdigit_l(w, l);
    case TBI_CC_WORD:
        return tbi_regex_is_word(re, c);
    case TBI_CC_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

static bool in_ranges(const tbi_charset *set, uint32_t c)
{
    uint32_t lo = 0, hi = set->ranges.n;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (set->ranges.at[mid].to < c)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < set->ranges.n && set->ranges.at[lo].from <= c;
}

bool tbi_charset_has_slow(const tbi_regex *re, const tbi_charset *set, uint32_t c)
{
    if (set->not_newline && c == '\n')
        return false;
    bool has = in_ranges(set, c);
    for (int i = 0; !has && i < TBI_CC_COUNT; i++) {
        if (set->classes >> i & 1)
            has = in_class(re, (tbi_class)i, c);
        if (!has && (set->not_classes >> i & 1))
            has = !in_class(re, (tbi_class)i, c);
    }
    return has != set->negated;
}

static void add_cases(tbi_regex *re, tbi_charset *set, uint32_t c)
{
    uint32_t lower = (uint32_t)towlower_l((wint_t)c, re->locale);
    uint32_t upper = (uint32_t)towupper_l((wint_t)c, re->locale);
    if (lower != c)
        tbi_charset_add(re, set, lower, lower);
    if (upper != c)
        tbi_charset_add(re, set, upper, upper);
}

static int compare_ranges(const void *a, const void *b)
{
    const tbi_range *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

void tbi_charset_seal(tbi_regex *re, tbi_charset *set)
{
    uint32_t listed = re->flags & TBI_RE_ICASE ? set->ranges.n : 0;
    for (uint32_t i = 0; i < listed; i++) {
        tbi_range r = set->ranges.at[i];
        for (uint32_t c = r.from; c <= r.to && c - r.from < TBI_RE_MAX_CASES; c++)
            add_cases(re, set, c);
    }
    uint32_t n = 0;
    if (set->ranges.n > 1)
        qsort(set->ranges.at, set->ranges.n, sizeof set->ranges.at[0], compare_ranges);
    for (uint32_t i = 0; i < set->ranges.n; i++) {
        tbi_range r = set->ranges.at[i];
        if (n > 0 && r.from <= set->ranges.at[n - 1].to) {
            if (r.to > set->ranges.at[n - 1].to)
                set->ranges.at[n - 1].to = r.to;
        } else {
            set->ranges.at[n++] = r;
        }
    }
    set->ranges.n = n;
    for (uint32_t c = 0; c < 128; c++)
        if (tbi_charset_has_slow(re, set, c))
            set->ascii[c >> 6] |= UINT64_C(1) << (c & 63);
}

/* ---- automaton ---- */

typedef struct builder {
    tbi_regex *re;
    uint32_t nesting; /* of part_items() */
    tb_error *err;
} builder;

/* A piece of the automaton: one way in, one state to go on from. */
typedef struct piece {
    int start, stop;
} piece;

static tb_rc too_complex(builder *b)
{
    return TB_RAISE(b->err, TB_E_INVALID_REGULAR_EXPRESSION, "invalid regular expression: %s",
                    "regular expression is too complex");
}

static tb_rc add_state(builder *b, tbi_state s, int *index)
{
    if (b->re->states.n >= TBI_RE_MAX_STATES)
        return too_complex(b);
    *index = (int)b->re->states.n;
    tb_list_push(b->re->arena, &b->re->states, s);
    return TB_OK;
}

static tb_rc add_stop(builder *b, int *index)
{
    return add_state(
        b, (tbi_state){.kind = TBI_ST_STOP, .out = TBI_RE_NOWHERE, .out2 = TBI_RE_NOWHERE}, index);
}

static void connect(builder *b, int stop, int to)
{
    TB_CHECK(b->re->states.at[stop].kind == TBI_ST_STOP);
    b->re->states.at[stop].out = to;
}

/* Puts y behind x; an x that has not begun (start NOWHERE) becomes y. */
static void append(builder *b, piece *x, piece y)
{
    if (x->start == TBI_RE_NOWHERE) {
        *x = y;
        return;
    }
    connect(b, x->stop, y.start);
    x->stop = y.stop;
}

static tb_rc empty_piece(builder *b, piece *out)
{
    TB_TRY(add_stop(b, &out->stop));
    out->start = out->stop;
    return TB_OK;
}

static tb_rc build_branches(builder *b, const tbi_branch *first, piece *out);

static tb_rc build_atom(builder *b, const tbi_item *item, piece *out)
{
    if (item->kind == TBI_AST_GROUP)
        return build_branches(b, item->group.branches, out);
    tbi_state s = {.out2 = TBI_RE_NOWHERE};
    TB_TRY(add_stop(b, &out->stop));
    s.out = out->stop;
    if (item->kind == TBI_AST_SET) {
        s.kind = TBI_ST_SET;
        s.set = item->set;
    } else {
        s.kind = TBI_ST_CONSTRAINT;
        s.constraint = item->constraint;
    }
    return add_state(b, s, &out->start);
}

/* Zero or more times what is between start and stop. */
static tb_rc make_loop(builder *b, piece *x)
{
    int stop, split;
    TB_TRY(add_stop(b, &stop));
    TB_TRY(add_state(b, (tbi_state){.kind = TBI_ST_SPLIT, .out = x->start, .out2 = stop}, &split));
    connect(b, x->stop, split);
    *x = (piece){split, stop};
    return TB_OK;
}

/* The item at least min and at most max times, by copies. */
static tb_rc build_repeat(builder *b, const tbi_item *item, int min, int max, piece *out)
{
    piece copy;
    *out = (piece){TBI_RE_NOWHERE, TBI_RE_NOWHERE};
    for (int i = 0; i < min; i++) {
        TB_TRY(build_atom(b, item, &copy));
        append(b, out, copy);
    }
    if (max == TBI_RE_UNBOUNDED) {
        TB_TRY(build_atom(b, item, &copy));
        TB_TRY(make_loop(b, &copy));
        append(b, out, copy);
    } else if (max > min) {
        int stop, split;
        TB_TRY(add_stop(b, &stop));
        for (int i = min; i < max; i++) { /* each of them may be the end */
            TB_TRY(build_atom(b, item, &copy));
            TB_TRY(add_state(b, (tbi_state){.kind = TBI_ST_SPLIT, .out = copy.start, .out2 = stop},
                             &split));
            append(b, out, (piece){split, copy.stop});
        }
        connect(b, out->stop, stop);
        out->stop = stop;
    }
    if (out->start == TBI_RE_NOWHERE)
        return empty_piece(b, out);
    return TB_OK;
}

static tb_rc build_branches(builder *b, const tbi_branch *first, piece *out)
{
    int stop;
    TB_TRY(add_stop(b, &stop));
    out->start = TBI_RE_NOWHERE;
    out->stop = stop;
    for (const tbi_branch *br = first; br != NULL; br = br->next) {
        piece all = {TBI_RE_NOWHERE, TBI_RE_NOWHERE}, x;
        for (uint32_t i = 0; i < br->items.n; i++) {
            const tbi_item *item = &br->items.at[i];
            TB_TRY(build_repeat(b, item, item->min, item->max, &x));
            append(b, &all, x);
        }
        if (all.start == TBI_RE_NOWHERE)
            TB_TRY(empty_piece(b, &all));
        connect(b, all.stop, stop);
        if (out->start == TBI_RE_NOWHERE)
            out->start = all.start;
        else
            TB_TRY(add_state(
                b, (tbi_state){.kind = TBI_ST_SPLIT, .out = out->start, .out2 = all.start},
                &out->start));
    }
    return TB_OK;
}

/* ---- tree of parts ---- */

/* Preferences seen so far, as bits: both together are a conflict. */
static bool mixed(unsigned prefs)
{
    return prefs == (TBI_PREF_LONGER | TBI_PREF_SHORTER);
}

/* What a group is made of, without building it. */
typedef struct traits {
    unsigned prefs; /* preferences that occur inside, as bits */
    tbi_pref pref;  /* of the whole */
    bool captures;
} traits;

static traits branches_traits(const tbi_branch *first);

static traits item_traits(const tbi_item *item)
{
    traits t = {.prefs = item->pref, .pref = item->pref};
    if (item->max == 0) /* {0}: as if it were not there */
        return (traits){.prefs = 0};
    if (item->kind != TBI_AST_GROUP)
        return t;
    traits inner = branches_traits(item->group.branches);
    t.prefs |= inner.prefs;
    t.captures = inner.captures || item->group.capture != 0;
    if (t.pref == TBI_PREF_NONE)
        t.pref = inner.pref;
    return t;
}

static traits branches_traits(const tbi_branch *first)
{
    traits all = {.prefs = 0};
    for (const tbi_branch *br = first; br != NULL; br = br->next) {
        tbi_pref pref =
            TBI_PREF_NONE; /* a branch prefers what its first item with a preference does */
        for (uint32_t i = 0; i < br->items.n; i++) {
            traits t = item_traits(&br->items.at[i]);
            all.prefs |= t.prefs;
            all.captures = all.captures || t.captures;
            if (pref == TBI_PREF_NONE)
                pref = t.pref;
        }
        all.pref = pref;
    }
    if (first->next != NULL) { /* alternatives are greedy */
        all.pref = TBI_PREF_LONGER;
        all.prefs |= TBI_PREF_LONGER;
    }
    return all;
}

static tbi_part *new_part(builder *b, tbi_part_kind kind, tbi_pref pref, piece x)
{
    tbi_part *p = TB_NEW(b->re->arena, tbi_part);
    p->kind = kind;
    p->pref = pref;
    p->start = x.start;
    p->stop = x.stop;
    return p;
}

/* Wraps a piece so that its stop state is its own, not shared with a part inside. */
static tb_rc part_concat(builder *b, tbi_part *left, tbi_part *right, tbi_part **out)
{
    piece x = {left->start, left->stop};
    connect(b, left->stop, right->start);
    TB_TRY(add_stop(b, &x.stop));
    connect(b, right->stop, x.stop);
    tbi_pref pref = left->pref != TBI_PREF_NONE ? left->pref : right->pref;
    *out = new_part(b, TBI_PART_CONCAT, pref, x);
    (*out)->left = left;
    (*out)->right = right;
    (*out)->captures = left->captures || right->captures;
    return TB_OK;
}

static tb_rc part_branches(builder *b, const tbi_branch *first, tbi_part **out);

/* One match of the item's atom. */
static tb_rc part_atom(builder *b, const tbi_item *item, tbi_part **out)
{
    if (item->kind == TBI_AST_GROUP) {
        TB_TRY(part_branches(b, item->group.branches, out));
        if (item->group.capture == 0)
            return TB_OK;
        if ((*out)->capture != 0) { /* ((x)): two captures of one stretch need two parts */
            tbi_part *inner = *out, *none;
            piece x;
            TB_TRY(empty_piece(b, &x));
            none = new_part(b, TBI_PART_LEAF, TBI_PREF_NONE, x);
            TB_TRY(part_concat(b, inner, none, out));
        }
        (*out)->capture = item->group.capture;
        (*out)->captures = true;
        return TB_OK;
    }
    piece x;
    TB_TRY(build_atom(b, item, &x));
    *out = new_part(b, TBI_PART_LEAF, TBI_PREF_NONE, x);
    return TB_OK;
}

/* An item that must be a part of its own, with its quantifier. */
static tb_rc part_item(builder *b, const tbi_item *item, tbi_part **out)
{
    traits inner = {.prefs = 0};
    if (item->kind == TBI_AST_GROUP)
        inner = branches_traits(item->group.branches);
    bool agrees = item->pref == TBI_PREF_NONE || inner.prefs == 0 || item->pref == inner.prefs;
    bool vacuous = item->min == 1 && item->max == 1 && agrees;
    tbi_pref pref = item->pref != TBI_PREF_NONE ? item->pref : inner.pref;
    tbi_part *atom;
    piece x;
    if (vacuous)
        return part_atom(b, item, out);
    if (item->min > 0) {
        /* x{m,n} is x{m-1,n-1}x: only the last x can be seen. */
        int max = item->max == TBI_RE_UNBOUNDED ? TBI_RE_UNBOUNDED : item->max - 1;
        TB_TRY(build_repeat(b, item, item->min - 1, max, &x));
        tbi_part *before = new_part(b, TBI_PART_LEAF, pref, x);
        TB_TRY(part_atom(b, item, &atom));
        TB_TRY(part_concat(b, before, atom, out));
        (*out)->pref = pref;
        return TB_OK;
    }
    TB_TRY(build_repeat(b, item, item->min, item->max, &x));
    TB_TRY(part_atom(b, item, &atom));
    *out = new_part(b, TBI_PART_REPEAT, pref, x);
    (*out)->left = atom;
    (*out)->captures = atom->captures;
    (*out)->min = item->min;
    (*out)->max = item->max;
    return TB_OK;
}

/* The items from `first` on. */
static tb_rc part_items(builder *b, const tbi_branch *br, uint32_t first, tbi_part **out)
{
    piece run = {TBI_RE_NOWHERE, TBI_RE_NOWHERE}, x;
    unsigned prefs = 0;
    uint32_t i = first;
    if (b->nesting > TBI_RE_MAX_PARTS)
        return too_complex(b);
    for (; i < br->items.n; i++) {
        const tbi_item *item = &br->items.at[i];
        traits t = item_traits(item);
        if (t.captures || mixed(prefs | t.prefs))
            break;
        prefs |= t.prefs;
        TB_TRY(build_repeat(b, item, item->min, item->max, &x));
        append(b, &run, x);
    }
    bool has_run = run.start != TBI_RE_NOWHERE;
    if (!has_run && i == br->items.n)
        TB_TRY(empty_piece(b, &run));
    tbi_part *leaf =
        has_run || i == br->items.n ? new_part(b, TBI_PART_LEAF, (tbi_pref)prefs, run) : NULL;
    if (i == br->items.n) {
        *out = leaf;
        return TB_OK;
    }
    tbi_part *part, *rest;
    TB_TRY(part_item(b, &br->items.at[i], &part));
    if (i + 1 < br->items.n) {
        tbi_pref pref = br->items.at[i].pref;
        b->nesting++;
        TB_TRY(part_items(b, br, i + 1, &rest));
        b->nesting--;
        TB_TRY(part_concat(b, part, rest, &part));
        if (pref != TBI_PREF_NONE)
            part->pref = pref;
    }
    if (leaf == NULL) {
        *out = part;
        return TB_OK;
    }
    return part_concat(b, leaf, part, out);
}

static tb_rc part_branches(builder *b, const tbi_branch *first, tbi_part **out)
{
    if (first->next == NULL)
        return part_items(b, first, 0, out);
    traits t = branches_traits(first);
    piece all = {TBI_RE_NOWHERE, TBI_RE_NOWHERE};
    if (!t.captures && !mixed(t.prefs)) {
        TB_TRY(build_branches(b, first, &all));
        *out = new_part(b, TBI_PART_LEAF, TBI_PREF_LONGER, all);
        return TB_OK;
    }
    tbi_part *head = NULL, **tail = &head;
    TB_TRY(add_stop(b, &all.stop));
    for (const tbi_branch *br = first; br != NULL; br = br->next) {
        TB_TRY(part_items(b, br, 0, tail));
        connect(b, (*tail)->stop, all.stop);
        if (all.start == TBI_RE_NOWHERE)
            all.start = (*tail)->start;
        else
            TB_TRY(add_state(
                b, (tbi_state){.kind = TBI_ST_SPLIT, .out = all.start, .out2 = (*tail)->start},
                &all.start));
        tail = &(*tail)->next;
    }
    *out = new_part(b, TBI_PART_ALT, TBI_PREF_LONGER, all);
    (*out)->left = head;
    (*out)->captures = t.captures;
    return TB_OK;
}

/* ---- what can begin a match ---- */

static void note_set(tbi_regex *re, const tbi_charset *set)
{
    re->first_ascii[0] |= set->ascii[0];
    re->first_ascii[1] |= set->ascii[1];
    bool only_ascii = !set->negated && set->not_classes == 0 && set->classes == 0 &&
                      (set->ranges.n == 0 || set->ranges.at[set->ranges.n - 1].to < 128);
    re->first_high = re->first_high || !only_ascii;
}

/* Constraints are taken to hold: the result may have too many characters, never too few. */
static void note_first(tbi_regex *re)
{
    tbi_threads *seen = &re->now;
    seen->n = 0;
    int depth = 0;
    re->stack[depth++] = re->root->start;
    while (depth > 0) {
        int s = re->stack[--depth];
        int slot = seen->sparse[s];
        if (slot < seen->n && seen->dense[slot] == s)
            continue;
        seen->sparse[s] = seen->n;
        seen->dense[seen->n++] = s;
        const tbi_state *st = &re->states.at[s];
        if (s == re->root->stop)
            re->first_any = true;
        else if (st->kind == TBI_ST_SET)
            note_set(re, st->set);
        else {
            re->stack[depth++] = st->out;
            if (st->out2 != TBI_RE_NOWHERE)
                re->stack[depth++] = st->out2;
        }
    }
}

/* ---- life ---- */

static void alloc_threads(tbi_threads *t, uint32_t n)
{
    t->dense = tb_xcalloc(n, sizeof *t->dense);
    t->sparse = tb_xcalloc(n, sizeof *t->sparse);
    t->began = tb_xcalloc(n, sizeof *t->began);
}

static void free_threads(tbi_threads *t)
{
    free(t->dense);
    free(t->sparse);
    free(t->began);
}

tb_rc tbi_regex_compile(tbi_regex *re, tb_error *err)
{
    builder b = {.re = re, .err = err};
    TB_TRY(part_branches(&b, re->branches, &re->root));
    alloc_threads(&re->now, re->states.n);
    alloc_threads(&re->next, re->states.n);
    re->stack = tb_xcalloc(2 * (size_t)re->states.n + 2, sizeof *re->stack);
    note_first(re);
    return TB_OK;
}

void tbi_regex_destroy(tbi_regex *re)
{
    if (re == NULL)
        return;
    free_threads(&re->now);
    free_threads(&re->next);
    free(re->stack);
    tbi_dfa_destroy(re->dfa);
    if (re->locale != (locale_t)0)
        freelocale(re->locale);
    tb_arena_destroy(re->arena);
}

uint32_t tbi_regex_ncaptures(const tbi_regex *re)
{
    return re->ncaptures;
}

static tb_rc create(tbi_regex *re, const char *pattern, size_t len, tb_error *err)
{
    re->locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (re->locale == (locale_t)0)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "regular expressions need the locale C.UTF-8, which this system lacks");
    uint32_t *text = TB_NEW_ARRAY(re->arena, uint32_t, len + 1);
    size_t n = 0;
    for (const char *s = pattern; s < pattern + len;) {
        size_t size;
        text[n++] = tb_utf8_decode(s, &size);
        s += size;
    }
    TB_TRY(tbi_regex_parse(re, text, n, err));
    return tbi_regex_compile(re, err);
}

tb_rc tbi_regex_create(const char *pattern, size_t len, unsigned flags, tbi_regex **out,
                       tb_error *err)
{
    tb_arena *arena = tb_arena_create(0);
    tbi_regex *re = TB_NEW(arena, tbi_regex);
    re->arena = arena;
    re->flags = flags;
    tb_rc rc = create(re, pattern, len, err);
    if (rc != TB_OK) {
        tbi_regex_destroy(re);
        re = NULL;
    }
    *out = re;
    return rc;
}
