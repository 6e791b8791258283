/* SPDX-License-Identifier: Apache-2.0
 * Regular expressions: fixed cases, and random patterns whose matches and captures equal
 * PostgreSQL's.
 */
#include "core/utf8.h"
#include "executor/regex.h"

#include "../core/oracle.h"
#include "core/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { RANDOM_PATTERNS = 6000, MAX_CAPTURES = 20, BATCH = 500 };

/* ---- helpers ---- */

typedef struct outcome {
    char text[2000]; /* "=from-to,from-to..." in characters, "N", or "Esqlstate" */
    char message[600];
} outcome;

static size_t decode(const char *s, uint32_t *to)
{
    size_t n = 0;
    for (size_t i = 0, size; s[i] != '\0'; i += size)
        to[n++] = tb_utf8_decode(s + i, &size);
    return n;
}

/* All captures of the first match, or of the whole match when there are none, as their text:
 * "{a}{b}{-}". */
static void search(const char *pattern, const char *subject, unsigned flags, outcome *o)
{
    tbi_regex *re;
    tb_error err = {.lang = TB_LANG_EN};
    uint32_t text[512];
    tbi_span spans[MAX_CAPTURES + 1];
    bool found;
    size_t n = decode(subject, text), len = 0;
    if (tbi_regex_create(pattern, strlen(pattern), flags, &re, &err) != TB_OK) {
        snprintf(o->text, sizeof o->text, "E%s", tb_sqlstate(err.code));
        snprintf(o->message, sizeof o->message, "%s", err.message);
        return;
    }
    o->message[0] = '\0';
    uint32_t ncaptures = tbi_regex_ncaptures(re);
    assert_true(ncaptures <= MAX_CAPTURES);
    assert_int_equal(tbi_regex_search(re, text, n, 0, &found, spans, &err), TB_OK);
    bool any;
    assert_int_equal(tbi_regex_search(re, text, n, 0, &any, NULL, &err), TB_OK);
    assert_int_equal(any, found);
    assert_int_equal(tbi_regex_test(re, subject, strlen(subject), &any, &err), TB_OK);
    assert_int_equal(any, found);
    strcpy(o->text, found ? "=" : "N");
    for (uint32_t i = 0; found && i <= ncaptures; i++) {
        char part[64];
        if (spans[i].from < 0)
            snprintf(part, sizeof part, "{-}");
        else
            snprintf(part, sizeof part, "{%d:%d}", (int)spans[i].from,
                     (int)(spans[i].to - spans[i].from));
        len = strlen(o->text);
        assert_true(len + strlen(part) < sizeof o->text);
        strcat(o->text, part);
    }
    tbi_regex_destroy(re);
}

static void expect(const char *pattern, const char *subject, const char *want)
{
    outcome o;
    search(pattern, subject, 0, &o);
    if (strcmp(o.text, want) != 0)
        fail_msg("/%s/ on \"%s\": %s %s, expected %s", pattern, subject, o.text, o.message, want);
}

/* ---- fixed cases ---- */

static void test_search__leftmost_longest(void **unused)
{
    (void)unused;
    expect("a|ab|abc", "xabcd", "={1:3}");
    expect("(a|ab)(c|bcd)(d*)", "abcd", "={0:4}{0:2}{2:1}{3:1}");
    expect("x*", "aaxx", "={0:0}");
    expect("(a*)(ab)*(b*)", "abb", "={0:3}{0:1}{-}{1:2}");
    expect("", "", "={0:0}");
}

static void test_search__preferences(void **unused)
{
    (void)unused;
    expect("a+?", "aaa", "={0:1}");
    expect("X*Y", "XXXY", "={0:4}");
    expect("(Y.*?)(Z*)", "YabcZZ", "={0:1}{0:1}{1:0}");
    expect("^(.*?)(\\d+)$", "abc123", "={0:6}{0:3}{3:3}");
    expect("(?:X.*?){1,1}Y", "XaYbY", "={0:5}");
    expect("(?:X.*?)Y", "XaYbY", "={0:3}");
    expect("(a|b)*?c", "abc", "={0:3}{1:1}");
}

static void test_search__constraints(void **unused)
{
    (void)unused;
    expect("\\mfoo\\M", "a foo b", "={2:3}");
    expect("\\mfoo\\M", "afoo", "N");
    expect("^b", "a\nb", "N");
    expect("(?n)^b", "a\nb", "={2:1}");
    expect("[[:<:]]a", "ba a", "={3:1}");
    expect("\\y", " a", "={1:0}");
}

static void test_create__errors(void **unused)
{
    (void)unused;
    expect("(", "", "E2201B");
    expect(")", "", "E2201B");
    expect("[a", "", "E2201B");
    expect("a{2,1}", "", "E2201B");
    expect("a{256}", "", "E2201B");
    expect("**", "", "E2201B");
    expect("\\", "", "E2201B");
    expect("[[:foo:]]", "", "E2201B");
    expect("[b-a]", "", "E2201B");
    expect("(a)\\1", "", "E0A000");
    expect("(?=a)", "", "E0A000");
    expect("(?<!a)", "", "E0A000");
    expect("(((((a{255}){255}){255}){255}){255})", "", "E2201B");
}

/* More states than the cache holds: it is emptied and filled again. */
static void test_test__overflowing_cache(void **unused)
{
    (void)unused;
    tbi_regex *re;
    tb_error err = {.lang = TB_LANG_EN};
    static const char pattern[] = "(a|b)*a(a|b){11}c"; /* 4096 states */
    enum { N = 40000 };
    char *text = tb_xmalloc(N + 1);
    uint32_t seed = 1;
    for (int i = 0; i < N; i++) {
        seed = seed * 1664525 + 1013904223;
        text[i] = seed >> 31 ? 'a' : 'b';
    }
    bool found;
    assert_int_equal(tbi_regex_create(pattern, strlen(pattern), TBI_RE_NOSUB, &re, &err), TB_OK);
    assert_int_equal(tbi_regex_test(re, text, N, &found, &err), TB_OK);
    assert_false(found);
    text[N - 13] = 'a';
    text[N - 1] = 'c';
    assert_int_equal(tbi_regex_test(re, text, N, &found, &err), TB_OK);
    assert_true(found);
    tbi_regex_destroy(re);
    free(text);
}

static void test_search__gives_up(void **unused)
{
    (void)unused;
    tbi_regex *re;
    tb_error err = {.lang = TB_LANG_EN};
    enum { N = 200000 };
    static const char pattern[] = "(a?){200}(a*)*(b|c)x";
    uint32_t *text = tb_xmalloc(N * sizeof *text);
    for (size_t i = 0; i < N; i++)
        text[i] = 'a';
    bool found;
    assert_int_equal(tbi_regex_create(pattern, strlen(pattern), 0, &re, &err), TB_OK);
    tb_rc rc = tbi_regex_search(re, text, N, 0, &found, NULL, &err);
    if (rc == TB_OK)
        assert_false(found);
    else
        assert_string_equal(tb_sqlstate(err.code), "54001");
    tbi_regex_destroy(re);
    free(text);
}

/* ---- random patterns ---- */

static uint64_t state = UINT64_C(88172645463325252);

static uint32_t rnd(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 20) % below);
}

static void random_branches(tb_buf *p, int depth, int *captures);

static void random_atom(tb_buf *p, int depth, int *captures)
{
    static const char *const plain[] = {"a",    "b",   "c",           ".", "[ab]",
                                        "[^a]", "\\w", "[[:alpha:]]", "é", "[b-é]"};
    if (depth > 0 && rnd(3) == 0) {
        bool capture = rnd(3) != 0 && *captures < 8;
        *captures += capture;
        tb_buf_puts(p, capture ? "(" : "(?:");
        random_branches(p, depth - 1, captures);
        tb_buf_puts(p, ")");
    } else {
        tb_buf_puts(p, plain[rnd(TB_COUNT(plain))]);
    }
}

static void random_branches(tb_buf *p, int depth, int *captures)
{
    static const char *const quantifiers[] = {"*",      "+",   "?",     "*?",     "+?",
                                              "??",     "{2}", "{1,2}", "{0,2}?", "{2,}",
                                              "{1,1}?", "{0}", "{1,1}", "{2}?"};
    static const char *const constraints[] = {"^", "$", "\\y", "\\m"};
    uint32_t branches = rnd(4) == 0 ? 2 + rnd(2) : 1;
    for (uint32_t i = 0; i < branches; i++) {
        if (i > 0)
            tb_buf_puts(p, "|");
        uint32_t items = rnd(4) + (branches == 1);
        for (uint32_t k = 0; k < items; k++) {
            if (rnd(12) == 0) {
                tb_buf_puts(p, constraints[rnd(TB_COUNT(constraints))]);
                continue;
            }
            random_atom(p, depth, captures);
            if (rnd(2) == 0)
                tb_buf_puts(p, quantifiers[rnd(TB_COUNT(quantifiers))]);
        }
    }
}

static void random_subject(char *to)
{
    static const char *const letters[] = {"a", "b", "c", "a", "b", "é", " "};
    uint32_t n = rnd(10);
    *to = '\0';
    for (uint32_t i = 0; i < n; i++)
        strcat(to, letters[rnd(TB_COUNT(letters))]);
}

/* The same from PostgreSQL: position and length of the match and every capture, through
 * regexp_instr. */
static const char prepare_sql[] =
    "create function pg_temp.re_try(s text, p text, n int) returns text language plpgsql as $f$\n"
    "declare r text := '='; f int; t int; m text[];\n"
    "begin\n"
    "  m := regexp_match(s, p);\n"
    "  if m is null then return 'N'; end if;\n"
    "  for i in 0..n loop\n"
    "    f := regexp_instr(s, p, 1, 1, 0, '', i);\n"
    "    t := regexp_instr(s, p, 1, 1, 1, '', i);\n"
    "    if i > 0 and m[i] is null then r := r || '{-}';\n"
    "    else r := r || '{' || (f - 1) || ':' || (t - f) || '}'; end if;\n"
    "  end loop;\n"
    "  return r;\n"
    "exception when others then return 'E' || sqlstate;\n"
    "end $f$";

typedef struct sample {
    char pattern[400], subject[64];
    int captures;
    outcome ours;
} sample;

static uint32_t compare(PGconn *conn, const sample *s, uint32_t n)
{
    tb_buf sql;
    uint32_t wrong = 0;
    tb_buf_init(&sql, SIZE_MAX / 2);
    tb_buf_puts(&sql, "select pg_temp.re_try(s, p, n) from (values ");
    for (uint32_t i = 0; i < n; i++) {
        char *p = PQescapeLiteral(conn, s[i].pattern, strlen(s[i].pattern));
        char *t = PQescapeLiteral(conn, s[i].subject, strlen(s[i].subject));
        tb_buf_printf(&sql, "%s(%u, %s, %s, %d)", i > 0 ? ", " : "", i, t, p, s[i].captures);
        PQfreemem(p);
        PQfreemem(t);
    }
    tb_buf_puts(&sql, ") v(i, s, p, n) order by i");
    PGresult *r = oracle_query(conn, tb_buf_cstr(&sql));
    for (uint32_t i = 0; i < n; i++) {
        if (strcmp(PQgetvalue(r, (int)i, 0), s[i].ours.text) == 0)
            continue;
        if (++wrong <= 30)
            fprintf(stderr, "/%s/ on \"%s\"\n    ours   %s %s\n    theirs %s\n", s[i].pattern,
                    s[i].subject, s[i].ours.text, s[i].ours.message, PQgetvalue(r, (int)i, 0));
    }
    PQclear(r);
    tb_buf_fini(&sql);
    return wrong;
}

static void test_search__random_patterns_equal_postgresql(void **unused)
{
    (void)unused;
    PGconn *conn = oracle_connect();
    if (conn == NULL)
        skip();
    PQclear(oracle_query(conn, prepare_sql));
    const char *want = getenv("TOMBOLO_RE_PATTERNS");
    uint32_t total = want != NULL ? (uint32_t)atoi(want) : RANDOM_PATTERNS, n = 0, wrong = 0;
    sample *s = tb_xcalloc(BATCH, sizeof *s);
    for (uint32_t i = 0; i < total; i++) {
        tb_buf p;
        tb_buf_init(&p, 390);
        int captures = 0;
        random_branches(&p, 3, &captures);
        snprintf(s[n].pattern, sizeof s[n].pattern, "%s", tb_buf_cstr(&p));
        bool whole = !p.failed;
        tb_buf_fini(&p);
        random_subject(s[n].subject);
        if (!whole)
            continue;
        s[n].captures = captures;
        search(s[n].pattern, s[n].subject, 0, &s[n].ours);
        if (++n == BATCH) {
            wrong += compare(conn, s, n);
            n = 0;
        }
    }
    wrong += n > 0 ? compare(conn, s, n) : 0;
    fprintf(stderr, "%u random patterns compared with PostgreSQL, %u differ\n", total, wrong);
    free(s);
    PQfinish(conn);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search__leftmost_longest),
        cmocka_unit_test(test_search__preferences),
        cmocka_unit_test(test_search__constraints),
        cmocka_unit_test(test_create__errors),
        cmocka_unit_test(test_test__overflowing_cache),
        cmocka_unit_test(test_search__gives_up),
        cmocka_unit_test(test_search__random_patterns_equal_postgresql),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
