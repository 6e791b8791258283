/* SPDX-License-Identifier: Apache-2.0
 * Keywords: the table is sorted, and every word behaves in the grammar as its category says.
 */
#include "parse_test.h"

#include "parser/lexer_int.h"

enum { UNRESERVED, COL_NAME, TYPE_FUNC, RESERVED };
enum { AS_ONLY, BARE };

static const struct {
    const char *word;
    int category, label;
} keywords[] = {
#define TB_KEYWORD(TOKEN, word, category, label) {word, category, label},
#include "parser/keywords.def"
#undef TB_KEYWORD
};

static bool parses(const char *format, const char *word)
{
    char sql[200];
    const char *mark = strchr(format, '?');
    snprintf(sql, sizeof sql, "%.*s%s%s", (int)(mark - format), format, word, mark + 1);
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    tb_statement_list list;
    bool ok = tb_parse(arena, sql, strlen(sql), NULL, &list, &err) == TB_OK;
    tb_arena_destroy(arena);
    return ok;
}

static void expect(const char *format, size_t i, bool expected)
{
    if (parses(format, keywords[i].word) != expected)
        fail_msg("%s as %s: %s", keywords[i].word, format, expected ? "refused" : "accepted");
}

static void test_tbi_keyword_find__table(void **state)
{
    (void)state;
    for (size_t i = 0; i < TB_COUNT(keywords); i++) {
        const char *word = keywords[i].word;
        if (i > 0)
            assert_true(strcmp(keywords[i - 1].word, word) < 0);
        const tbi_keyword *found = tbi_keyword_find(word, strlen(word));
        assert_non_null(found);
        assert_string_equal(found->word, word);
        assert_int_equal(tb_keyword_needs_quotes(word), keywords[i].category != UNRESERVED);
    }
    assert_null(tbi_keyword_find("selec", 5));
    assert_null(tbi_keyword_find("selectt", 7));
    assert_null(tbi_keyword_find("", 0));
}

/* `1 isnull` is a test, not a label. */
static bool is_postfix_operator(const char *word)
{
    return strcmp(word, "isnull") == 0 || strcmp(word, "notnull") == 0;
}

static void test_tb_parse__keywords_as_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < TB_COUNT(keywords); i++) {
        int category = keywords[i].category;
        bool column = category == UNRESERVED || category == COL_NAME;
        bool function = category == UNRESERVED || category == TYPE_FUNC;
        expect("select 1 as ?", i, true);
        if (!is_postfix_operator(keywords[i].word))
            expect("select 1 ?", i, keywords[i].label == BARE);
        expect("select x.?", i, true);
        expect("select 1 from x as ?", i, column);
        expect("select 1 from a.? as b", i, true);
        expect("with ? as (select 1) select 1", i, column);
        if (category != COL_NAME) /* some of these are types */
            expect("select x::?", i, function);
        if (function && strcmp(keywords[i].word, "operator") != 0) /* OPERATOR(..) */
            expect("select ?(1, 2, 3)", i, true);
        expect("set ? to 1", i, column);
        expect("prepare ? as select 1", i, column);
        expect("create role ?", i, category != RESERVED && strcmp(keywords[i].word, "none") != 0);
    }
}

/* Keywords that are expressions by themselves. */
static void test_tb_parse__keywords_as_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < TB_COUNT(keywords); i++)
        if (keywords[i].category == UNRESERVED || keywords[i].category == COL_NAME)
            expect("select a + ? from t", i, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tbi_keyword_find__table),
        cmocka_unit_test(test_tb_parse__keywords_as_names),
        cmocka_unit_test(test_tb_parse__keywords_as_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
