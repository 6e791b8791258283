/* SPDX-License-Identifier: Apache-2.0
 * Syntax of advanced regular expressions: pattern text to syntax tree.
 *
 * Entry points: tbi_regex_parse.
 */
#include "executor/regex_int.h"

typedef struct parser {
    tbi_regex *re;
    const uint32_t *at, *end;
    uint32_t depth;
    tb_error *err;
} parser;

static tb_rc invalid(parser *p, const char *why)
{
    return TB_RAISE(p->err, TB_E_INVALID_REGULAR_EXPRESSION, "invalid regular expression: %s", why);
}

static tb_rc refused(parser *p, const char *feature)
{
    return TB_RAISE(p->err, TB_E_FEATURE_NOT_SUPPORTED,
                    "regular expression feature \"%s\" is not supported", feature);
}

static bool see(const parser *p, char c)
{
    return p->at < p->end && *p->at == (unsigned char)c;
}

static bool see2(const parser *p, char c, char d)
{
    return p->end - p->at >= 2 && p->at[0] == (unsigned char)c && p->at[1] == (unsigned char)d;
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(uint32_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Skips comments, and under the expanded syntax blanks. */
static tb_rc skip(parser *p)
{
    for (;;) {
        bool expanded = (p->re->flags & TBI_RE_EXPANDED) != 0;
        while (expanded && p->at < p->end && is_space(*p->at))
            p->at++;
        if (expanded && see(p, '#')) {
            while (p->at < p->end && *p->at != '\n')
                p->at++;
            continue;
        }
        if (p->end - p->at >= 3 && p->at[0] == '(' && p->at[1] == '?' && p->at[2] == '#') {
            while (p->at < p->end && *p->at != ')')
                p->at++;
            if (p->at < p->end)
                p->at++;
            continue;
        }
        return TB_OK;
    }
}

/* ---- sets ---- */

static tbi_charset *new_set(parser *p)
{
    return TB_NEW(p->re->arena, tbi_charset);
}

static tbi_item set_item(parser *p, tbi_charset *set)
{
    tbi_charset_seal(p->re, set);
    return (tbi_item){.kind = TBI_AST_SET, .min = 1, .max = 1, .set = set};
}

static tbi_item char_item(parser *p, uint32_t c)
{
    tbi_charset *set = new_set(p);
    tbi_charset_add(p->re, set, c, c);
    return set_item(p, set);
}

static const char *const class_names[TBI_CC_COUNT] = {
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit",  "graph",
    "lower", "print", "punct", "space", "upper", "xdigit", "word",
};

static void add_class(parser *p, tbi_charset *set, tbi_class c, bool complement)
{
    if ((p->re->flags & TBI_RE_ICASE) && (c == TBI_CC_LOWER || c == TBI_CC_UPPER))
        c = TBI_CC_ALPHA;
    if (complement)
        set->not_classes |= 1u << c;
    else
        set->classes |= 1u << c;
}

/* ---- escapes ---- */

typedef enum escape_kind { ESC_CHAR, ESC_CLASS, ESC_CONSTRAINT } escape_kind;

typedef struct escape {
    escape_kind kind;
    uint32_t c;
    tbi_class cls;
    bool complement;
    tbi_constraint constraint;
} escape;

static int digit_value(uint32_t c)
{
    return is_digit(c)            ? (int)(c - '0')
           : c >= 'a' && c <= 'f' ? (int)(c - 'a' + 10)
           : c >= 'A' && c <= 'F' ? (int)(c - 'A' + 10)
                                  : 99;
}

/* At least `least` and at most `most` digits of a base. */
static tb_rc read_digits(parser *p, int base, int least, int most, uint32_t *out)
{
    uint64_t v = 0;
    int n = 0;
    for (; n < most && p->at < p->end && digit_value(*p->at) < base; n++, p->at++) {
        v = v * (unsigned)base + (unsigned)digit_value(*p->at);
        if (v > UINT32_MAX)
            v = UINT32_MAX;
    }
    if (n < least)
        return invalid(p, "invalid escape \\ sequence");
    *out = (uint32_t)v;
    return TB_OK;
}

static tb_rc code_point(parser *p, int least, int most, escape *out)
{
    TB_TRY(read_digits(p, 16, least, most, &out->c));
    if (out->c > 0x7FFFFFFE)
        return invalid(p, "invalid escape \\ sequence");
    return TB_OK;
}

/* Up to three octal digits, of which the first is at p->at; a third one that leaves a byte is not
 * taken. */
static tb_rc octal(parser *p, escape *out)
{
    TB_TRY(read_digits(p, 8, 1, 3, &out->c));
    if (out->c > 0xFF) {
        p->at--;
        out->c >>= 3;
    }
    return TB_OK;
}

/* A number after the backslash: a back-reference, or if it cannot be one, an octal character. */
static tb_rc numbered(parser *p, escape *out)
{
    const uint32_t *first = p->at;
    uint32_t n = 0;
    TB_TRY(read_digits(p, 10, 1, 255, &n));
    if (p->at == first + 1 || (n > 0 && n <= p->re->ncaptures))
        return refused(p, "back-reference");
    p->at = first;
    return octal(p, out);
}

static const struct {
    char letter;
    escape means;
} escapes[] = {
    {'a', {.kind = ESC_CHAR, .c = 7}},
    {'b', {.kind = ESC_CHAR, .c = 8}},
    {'B', {.kind = ESC_CHAR, .c = '\\'}},
    {'e', {.kind = ESC_CHAR, .c = 27}},
    {'f', {.kind = ESC_CHAR, .c = 12}},
    {'n', {.kind = ESC_CHAR, .c = '\n'}},
    {'r', {.kind = ESC_CHAR, .c = '\r'}},
    {'t', {.kind = ESC_CHAR, .c = '\t'}},
    {'v', {.kind = ESC_CHAR, .c = 11}},
    {'d', {.kind = ESC_CLASS, .cls = TBI_CC_DIGIT}},
    {'s', {.kind = ESC_CLASS, .cls = TBI_CC_SPACE}},
    {'w', {.kind = ESC_CLASS, .cls = TBI_CC_WORD}},
    {'D', {.kind = ESC_CLASS, .cls = TBI_CC_DIGIT, .complement = true}},
    {'S', {.kind = ESC_CLASS, .cls = TBI_CC_SPACE, .complement = true}},
    {'W', {.kind = ESC_CLASS, .cls = TBI_CC_WORD, .complement = true}},
    {'A', {.kind = ESC_CONSTRAINT, .constraint = TBI_AT_START}},
    {'Z', {.kind = ESC_CONSTRAINT, .constraint = TBI_AT_END}},
    {'m', {.kind = ESC_CONSTRAINT, .constraint = TBI_AT_WORD_START}},
    {'M', {.kind = ESC_CONSTRAINT, .constraint = TBI_AT_WORD_END}},
    {'y', {.kind = ESC_CONSTRAINT, .constraint = TBI_AT_WORD_EDGE}},
    {'Y', {.kind = ESC_CONSTRAINT, .constraint = TBI_NOT_WORD_EDGE}},
};

/* p->at is behind the backslash. */
static tb_rc parse_escape(parser *p, escape *out)
{
    *out = (escape){.kind = ESC_CHAR};
    if (p->at >= p->end)
        return invalid(p, "invalid escape \\ sequence");
    uint32_t c = *p->at;
    if (!is_alnum(c)) {
        out->c = c;
        p->at++;
        return TB_OK;
    }
    if (c == '0')
        return octal(p, out);
    if (is_digit(c))
        return numbered(p, out);
    p->at++;
    if (c == 'x')
        return code_point(p, 1, 255, out);
    if (c == 'u')
        return code_point(p, 4, 4, out);
    if (c == 'U')
        return code_point(p, 8, 8, out);
    if (c == 'c') {
        if (p->at >= p->end)
            return invalid(p, "invalid escape \\ sequence");
        out->c = *p->at++ & 31;
        return TB_OK;
    }
    for (size_t i = 0; i < TB_COUNT(escapes); i++) {
        if ((unsigned char)escapes[i].letter == c) {
            *out = escapes[i].means;
            return TB_OK;
        }
    }
    return invalid(p, "invalid escape \\ sequence");
}

/* ---- bracket expressions ---- */

/* The name in [:name:], [.name.] or [=name=]; p->at is behind the opening pair and ends behind the
 * closing one. */
static tb_rc bracket_name(parser *p, char mark, char *name, size_t cap)
{
    size_t n = 0;
    for (; p->at < p->end && !see2(p, mark, ']'); p->at++)
        if (n + 1 < cap)
            name[n++] = *p->at < 128 ? (char)*p->at : '?';
    if (p->at >= p->end)
        return invalid(p, "brackets [] not balanced");
    name[n] = '\0';
    p->at += 2;
    return TB_OK;
}

static tb_rc named_class(parser *p, tbi_charset *set)
{
    char name[16];
    TB_TRY(bracket_name(p, ':', name, sizeof name));
    for (int i = 0; i < TBI_CC_COUNT; i++) {
        if (strcmp(name, class_names[i]) == 0) {
            add_class(p, set, (tbi_class)i, false);
            return TB_OK;
        }
    }
    return invalid(p, "invalid character class");
}

/* [.c.] and [=c=] of one character. */
static tb_rc collating_char(parser *p, char mark, uint32_t *c)
{
    if (p->at >= p->end)
        return invalid(p, "brackets [] not balanced");
    *c = *p->at;
    const uint32_t *first = p->at;
    char name[32];
    TB_TRY(bracket_name(p, mark, name, sizeof name));
    ptrdiff_t n = p->at - 2 - first;
    if (n == 0)
        return invalid(p, "invalid collating element");
    if (n > 1)
        return refused(p, "named collating element");
    return TB_OK;
}

/* One end of a range, or a whole class (*is_class) that was added to the set. */
static tb_rc bracket_element(parser *p, tbi_charset *set, uint32_t *c, bool *is_class)
{
    *is_class = false;
    if (see2(p, '[', ':')) {
        p->at += 2;
        *is_class = true;
        return named_class(p, set);
    }
    if (see2(p, '[', '.')) {
        p->at += 2;
        return collating_char(p, '.', c);
    }
    if (see2(p, '[', '=')) {
        p->at += 2;
        TB_TRY(collating_char(p, '=', c));
        tbi_charset_add(p->re, set, *c, *c);
        *is_class = true;
        return TB_OK;
    }
    if (!see(p, '\\')) {
        *c = *p->at++;
        return TB_OK;
    }
    escape esc;
    p->at++;
    TB_TRY(parse_escape(p, &esc));
    if (esc.kind == ESC_CONSTRAINT)
        return invalid(p, "invalid escape \\ sequence");
    *is_class = esc.kind == ESC_CLASS;
    if (*is_class)
        add_class(p, set, esc.cls, esc.complement);
    *c = esc.c;
    return TB_OK;
}

/* p->at is behind the opening bracket. */
static tb_rc parse_bracket(parser *p, tbi_item *out)
{
    tbi_charset *set = new_set(p);
    set->negated = see(p, '^');
    if (set->negated)
        p->at++;
    set->not_newline = set->negated && (p->re->flags & TBI_RE_NLSTOP);
    for (bool first = true;; first = false) {
        uint32_t from, to;
        bool is_class;
        if (p->at >= p->end)
            return invalid(p, "brackets [] not balanced");
        if (see(p, ']') && !first)
            break;
        bool hyphen = see(p, '-') && !first && !see2(p, '-', ']');
        if (hyphen) /* only a range may have one in the middle */
            return invalid(p, "invalid character range");
        TB_TRY(bracket_element(p, set, &from, &is_class));
        bool range = see(p, '-') && !see2(p, '-', ']');
        if (is_class) {
            if (range && p->end - p->at >= 2)
                return invalid(p, "invalid character range");
            continue;
        }
        to = from;
        if (range) {
            p->at++;
            if (p->at >= p->end)
                return invalid(p, "brackets [] not balanced");
            TB_TRY(bracket_element(p, set, &to, &is_class));
            if (is_class || to < from)
                return invalid(p, "invalid character range");
        }
        tbi_charset_add(p->re, set, from, to);
    }
    p->at++;
    *out = set_item(p, set);
    return TB_OK;
}

/* ---- quantifiers ---- */

static bool see_quantifier(const parser *p)
{
    return see(p, '*') || see(p, '+') || see(p, '?') ||
           (see(p, '{') && p->end - p->at >= 2 && is_digit(p->at[1]));
}

static tb_rc bound_number(parser *p, int *out)
{
    int v = 0;
    for (; p->at < p->end && is_digit(*p->at); p->at++) {
        v = v * 10 + (int)(*p->at - '0');
        if (v > TBI_RE_MAX_BOUND)
            return invalid(p, "invalid repetition count(s)");
    }
    *out = v;
    return TB_OK;
}

/* {m}, {m,} or {m,n}; behind it a ? may make it non-greedy. */
static tb_rc parse_bound(parser *p, tbi_item *item)
{
    p->at++;
    TB_TRY(bound_number(p, &item->min));
    item->max = item->min;
    bool range = see(p, ',');
    if (range) {
        p->at++;
        item->max = TBI_RE_UNBOUNDED;
        if (p->at < p->end && is_digit(*p->at))
            TB_TRY(bound_number(p, &item->max));
        if (item->max != TBI_RE_UNBOUNDED && item->max < item->min)
            return invalid(p, "invalid repetition count(s)");
    }
    if (p->at >= p->end)
        return invalid(p, "braces {} not balanced");
    if (!see(p, '}'))
        return invalid(p, "invalid repetition count(s)");
    p->at++;
    item->pref = range ? TBI_PREF_LONGER : TBI_PREF_NONE; /* {m} has no preference of its own */
    return TB_OK;
}

static tb_rc parse_quantifier(parser *p, tbi_item *item)
{
    TB_TRY(skip(p));
    if (!see_quantifier(p))
        return TB_OK;
    if (see(p, '{')) {
        TB_TRY(parse_bound(p, item));
    } else {
        item->min = see(p, '+') ? 1 : 0;
        item->max = see(p, '?') ? 1 : TBI_RE_UNBOUNDED;
        item->pref = TBI_PREF_LONGER;
        p->at++;
    }
    if (see(p, '?')) {
        p->at++;
        if (item->pref != TBI_PREF_NONE)
            item->pref = TBI_PREF_SHORTER;
    }
    return TB_OK;
}

/* ---- atoms, branches ---- */

static tb_rc parse_branches(parser *p, bool nested, tbi_branch **out);

/* p->at is behind the opening parenthesis. */
static tb_rc parse_group(parser *p, tbi_item *item)
{
    bool capture = !(p->re->flags & TBI_RE_NOSUB);
    if (see(p, '?')) {
        p->at++;
        if (see(p, '=') || see(p, '!'))
            return refused(p, "lookahead");
        if (see2(p, '<', '=') || see2(p, '<', '!'))
            return refused(p, "lookbehind");
        if (!see(p, ':'))
            return invalid(p, "quantifier operand invalid");
        p->at++;
        capture = false;
    }
    *item = (tbi_item){.kind = TBI_AST_GROUP, .min = 1, .max = 1};
    item->group.capture = capture ? ++p->re->ncaptures : 0;
    if (++p->depth > TBI_RE_MAX_DEPTH)
        return invalid(p, "regular expression is too complex");
    TB_TRY(parse_branches(p, true, &item->group.branches));
    p->depth--;
    if (!see(p, ')'))
        return invalid(p, "parentheses () not balanced");
    p->at++;
    return TB_OK;
}

static tbi_item constraint_item(tbi_constraint c)
{
    return (tbi_item){.kind = TBI_AST_CONSTRAINT, .min = 1, .max = 1, .constraint = c};
}

static tb_rc escape_item(parser *p, tbi_item *item)
{
    escape esc;
    TB_TRY(parse_escape(p, &esc));
    if (esc.kind == ESC_CONSTRAINT) {
        *item = constraint_item(esc.constraint);
        return TB_OK;
    }
    if (esc.kind == ESC_CHAR) {
        *item = char_item(p, esc.c);
        return TB_OK;
    }
    tbi_charset *set = new_set(p);
    add_class(p, set, esc.cls, esc.complement);
    *item = set_item(p, set);
    return TB_OK;
}

static tb_rc parse_atom(parser *p, tbi_item *item)
{
    unsigned flags = p->re->flags;
    if (see_quantifier(p))
        return invalid(p, "quantifier operand invalid");
    /* [[:<:]] and [[:>:]]: old spellings of \m and \M. */
    static const char word_edges[2][8] = {"[[:<:]]", "[[:>:]]"};
    for (int i = 0; i < 2; i++) {
        size_t k = 0;
        while (k < 7 && p->at + k < p->end && p->at[k] == (unsigned char)word_edges[i][k])
            k++;
        if (k == 7) {
            p->at += 7;
            *item = constraint_item(i == 0 ? TBI_AT_WORD_START : TBI_AT_WORD_END);
            return TB_OK;
        }
    }
    uint32_t c = *p->at++;
    switch (c) {
    case '(':
        return parse_group(p, item);
    case '[':
        return parse_bracket(p, item);
    case '\\':
        return escape_item(p, item);
    case '^':
        *item = constraint_item(flags & TBI_RE_NLANCHOR ? TBI_AT_LINE_START : TBI_AT_START);
        return TB_OK;
    case '$':
        *item = constraint_item(flags & TBI_RE_NLANCHOR ? TBI_AT_LINE_END : TBI_AT_END);
        return TB_OK;
    case '.': {
        tbi_charset *set = new_set(p);
        set->negated = true; /* nothing is excluded */
        set->not_newline = (flags & TBI_RE_NLSTOP) != 0;
        *item = set_item(p, set);
        return TB_OK;
    }
    default: /* not an enum */
        *item = char_item(p, c);
        return TB_OK;
    }
}

static tb_rc parse_branch(parser *p, bool nested, tbi_branch *branch)
{
    for (;;) {
        TB_TRY(skip(p));
        if (p->at >= p->end || see(p, '|'))
            return TB_OK;
        if (see(p, ')')) {
            if (nested)
                return TB_OK;
            return invalid(p, "parentheses () not balanced");
        }
        tbi_item item;
        TB_TRY(parse_atom(p, &item));
        if (item.kind !=
            TBI_AST_CONSTRAINT) /* a quantifier behind a constraint is an error of the next atom */
            TB_TRY(parse_quantifier(p, &item));
        tb_list_push(p->re->arena, &branch->items, item);
    }
}

static tb_rc parse_branches(parser *p, bool nested, tbi_branch **out)
{
    tbi_branch **tail = out;
    for (;;) {
        *tail = TB_NEW(p->re->arena, tbi_branch);
        TB_TRY(parse_branch(p, nested, *tail));
        tail = &(*tail)->next;
        if (!see(p, '|'))
            return TB_OK;
        p->at++;
    }
}

/* ---- what may stand in front ---- */

static tb_rc embedded_options(parser *p)
{
    unsigned *flags = &p->re->flags;
    for (; p->at < p->end && *p->at != ')'; p->at++) {
        switch (*p->at) {
        case 'b':
        case 'e':
            return refused(p, "basic and extended syntax");
        case 'c':
            *flags &= ~(unsigned)TBI_RE_ICASE;
            break;
        case 'i':
            *flags |= TBI_RE_ICASE;
            break;
        case 'm':
        case 'n':
            *flags |= TBI_RE_NLSTOP | TBI_RE_NLANCHOR;
            break;
        case 'p':
            *flags = (*flags | TBI_RE_NLSTOP) & ~(unsigned)TBI_RE_NLANCHOR;
            break;
        case 'q':
            *flags |= TBI_RE_QUOTE;
            break;
        case 's':
            *flags &= ~(unsigned)(TBI_RE_NLSTOP | TBI_RE_NLANCHOR);
            break;
        case 't':
            *flags &= ~(unsigned)TBI_RE_EXPANDED;
            break;
        case 'w':
            *flags = (*flags | TBI_RE_NLANCHOR) & ~(unsigned)TBI_RE_NLSTOP;
            break;
        case 'x':
            *flags |= TBI_RE_EXPANDED;
            break;
        default: /* not an enum */
            return invalid(p, "invalid embedded option");
        }
    }
    if (p->at >= p->end)
        return invalid(p, "invalid embedded option");
    p->at++;
    return TB_OK;
}

static tb_rc prefixes(parser *p)
{
    static const uint32_t stars[3] = {'*', '*', '*'};
    if (p->re->flags & TBI_RE_QUOTE)
        return TB_OK;
    if (p->end - p->at >= 4 && memcmp(p->at, stars, sizeof stars) == 0) {
        p->at += 3;
        if (see(p, '='))
            p->re->flags |= TBI_RE_QUOTE;
        else if (!see(p, ':'))
            return invalid(p, "quantifier operand invalid");
        p->at++;
        if (p->re->flags & TBI_RE_QUOTE)
            return TB_OK;
    }
    bool letter = p->end - p->at >= 3 && is_alnum(p->at[2]) && !is_digit(p->at[2]);
    if (see2(p, '(', '?') && letter) {
        p->at += 2;
        return embedded_options(p);
    }
    return TB_OK;
}

tb_rc tbi_regex_parse(tbi_regex *re, const uint32_t *pattern, size_t n, tb_error *err)
{
    parser p = {.re = re, .at = pattern, .end = pattern + n, .err = err};
    TB_TRY(prefixes(&p));
    if (!(re->flags & TBI_RE_QUOTE))
        return parse_branches(&p, false, &re->branches);
    re->branches = TB_NEW(re->arena, tbi_branch);
    for (; p.at < p.end; p.at++)
        tb_list_push(re->arena, &re->branches->items, char_item(&p, *p.at));
    return TB_OK;
}
