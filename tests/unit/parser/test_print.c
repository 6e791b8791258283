/* SPDX-License-Identifier: Apache-2.0
 * Identifiers and literals as text; names that are keywords in every place a name may stand.
 */
#include "parse_test.h"

static const char *const keywords[] = {
#define TB_KEYWORD(TOKEN, word, category, label) word,
#include "parser/keywords.def"
#undef TB_KEYWORD
};

static void check_identifier(const char *name, const char *expected)
{
    tb_buf out;
    tb_buf_init(&out, 1000);
    tb_print_identifier(&out, name);
    assert_string_equal(tb_buf_cstr(&out), expected);
    tb_buf_fini(&out);
}

static void test_tb_print_identifier__quotes_when_needed(void **state)
{
    (void)state;
    check_identifier("abc", "abc");
    check_identifier("_a1$", "_a1$");
    check_identifier("Abc", "\"Abc\"");
    check_identifier("1a", "\"1a\"");
    check_identifier("a b", "\"a b\"");
    check_identifier("a\"b", "\"a\"\"b\"");
    check_identifier("$a", "\"$a\"");
    check_identifier("\xe4\xb8\xad", "\"\xe4\xb8\xad\"");
    check_identifier("select", "\"select\"");
    check_identifier("between", "\"between\"");
    check_identifier("left", "\"left\"");
    check_identifier("name", "name");
    check_identifier("rows", "\"rows\"");
}

static void test_tb_print_literal__escapes(void **state)
{
    static const char *const cases[][2] = {
        {"", "''"}, {"a", "'a'"}, {"it's", "'it''s'"}, {"a\\b", "E'a\\\\b'"}, {"'\\", "E'''\\\\'"}};
    (void)state;
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        tb_buf out;
        tb_buf_init(&out, 1000);
        tb_print_literal(&out, cases[i][0]);
        assert_string_equal(tb_buf_cstr(&out), cases[i][1]);
        tb_buf_fini(&out);
    }
}

/* Places for a name; '?' is the name, quoted in the text and perhaps bare in the print. */
static const char *const places[] = {
    "select ?, ?.?, ?.*, (?).?, ?[1], ?[1:2] from ?.? as ? (?)",
    "select ?(1), ?.?(?), ?(distinct ?), ?(? => 1) from ?(1) as ?(? int)",
    "select ?(1) over ?, f() over (? partition by ? order by ?) from t window ? as (? order by ?)",
    "select f() over (? rows ? preceding), f() over (rows between ? preceding and ? following)",
    "select a from t group by ?, ?(1), rollup (?, ?(1)) having ? order by ?, ? desc",
    "select x::?, x::?.?, x::?(1), ? '1', ?.? '1', cast(? as ?[])",
    "select ? + ? * ?, - ?, not ?, ? is null, ? and ?, ? or ?, ? || ?, ? in (?), ? like ? escape ?",
    "select ? between ? and ?, ? at time zone ?, ? collate ?, case ? when ? then ? else ? end",
    "select ? operator(?.+) ?, ? = any (?), array[?], row(?), (?, ?), (?, ?) overlaps (?, ?)",
    "select extract(year from ?), substring(? from ? for ?), position(? in ?), trim(both ? from ?)",
    "select overlay(? placing ? from ?), substring(? similar ? escape ?), normalize(?), ? is nfc "
    "normalized",
    "with ? (?) as (select 1), ? as materialized (select 2) select 1",
    "with recursive ? as (select 1) search depth first by ? set ? cycle ? set ? using ? select 1",
    "select * from ? natural join ? as ? cross join ? join ? using (?) as ? join ? on ?",
    "select * from (? join ? on ?) as ? (?), only ?, lateral (select ?) as ?, ? tablesample ? (?)",
    "select * from rows from (?(1) as (? text collate ?)) with ordinality as ? (?)",
    "select ? into ? from ? limit ? offset ?",
    "select 1 from ? for update of ?, ?.?",
    "select ? order by ? offset ? fetch first (?) rows with ties",
    "set ? to 1",
    "set ?.? to ?",
    "set ? to default",
    "reset ?",
    "show ?",
    "explain (? 1, ? ?) select 1",
    "copy ?.? (?, ?) to stdout (? ?, ? (?, ?))",
    "savepoint ?",
    "rollback to ?",
    "prepare ? (?) as select 1",
    "execute ? (?)",
    "deallocate ?",
    "declare ? cursor for select 1",
    "fetch from ?",
    "move backward all in ?",
    "close ?",
    "notify ?",
    "listen ?",
    "create server ? foreign data wrapper ? options (? 'x')",
    "alter server ? options (add ? 'x', drop ?)",
    "create user mapping for \"r\" server ? options (? 'x')",
    "import foreign schema ? limit to (?) from server ? into ?",
    "refresh foreign schema ? from server ?",
    "create foreign table ?.? (? ? options (? 'x') collate ? not null) server ? options (? 'y')",
    "alter foreign table ? add column ? ?, drop column ?, alter column ? type ?, alter column ? "
    "options (set ? 'x')",
    "alter table ?.? alter column ? set masking policy ?.? using (?), add row access policy ? on "
    "(?)",
    "alter table ? rename column ? to ?",
    "create schema ?",
    "alter schema ? rename to ?",
    "create view ?.? (?) with (? = ?) as select 1",
    "drop view ?, ?.?",
    "drop foreign table ? cascade",
    "comment on column ?.?.? is 'x'",
    "comment on masking policy ? is 'x'",
    "alter role \"r\" in database ? set ? to ?",
    "grant \"r\" to \"s\"",
    "grant select (?), update on ?.? to \"r\"",
    "grant usage on schema ? to \"r\"",
    "grant ship keys on column ?.?.? to server ?",
    "create masking policy ?.? as (? ?) returns ? -> ? comment = 'x'",
    "alter row access policy ? set body -> ?(?)",
};

static void check_place(const char *place, const char *word)
{
    tb_buf sql;
    tb_buf_init(&sql, 10000);
    for (const char *c = place; *c; c++) {
        if (*c == '?')
            tb_buf_printf(&sql, "\"%s\"", word);
        else
            tb_buf_putc(&sql, *c);
    }
    check_prints(&(print_case){tb_buf_cstr(&sql), NULL}, 0);
    tb_arena *arena = tb_arena_create(0);
    tb_ast *node = parse_one(arena, tb_buf_cstr(&sql));
    tb_buf print;
    tb_buf_init(&print, 10000);
    tb_ast_print(&print, node);
    if (!tb_ast_equal(node, parse_one(arena, tb_buf_cstr(&print))))
        fail_msg("%s\nprints as %s", tb_buf_cstr(&sql), tb_buf_cstr(&print));
    tb_buf_fini(&print);
    tb_buf_fini(&sql);
    tb_arena_destroy(arena);
}

static void test_tb_ast_print__keywords_as_names(void **state)
{
    (void)state;
    for (size_t p = 0; p < TB_COUNT(places); p++)
        for (size_t i = 0; i < TB_COUNT(keywords); i++)
            check_place(places[p], keywords[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tb_print_identifier__quotes_when_needed),
        cmocka_unit_test(test_tb_print_literal__escapes),
        cmocka_unit_test(test_tb_ast_print__keywords_as_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
