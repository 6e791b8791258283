/* SPDX-License-Identifier: Apache-2.0
 * The lexer: token by token.
 */
#include "parse_test.h"

#include "parser/lexer_int.h"
#include "parser/sql.h"

#include <stdlib.h>

/* Lexes a text to "CODE:str CODE:str"; codes by name. */
static const struct {
    int code;
    const char *name;
} names[] = {
    {TB_TK_IDENT, "id"},      {TB_TK_ICONST, "int"},    {TB_TK_FCONST, "num"},
    {TB_TK_SCONST, "str"},    {TB_TK_BCONST, "bits"},   {TB_TK_XCONST, "hex"},
    {TB_TK_PARAM, "param"},   {TB_TK_OP, "op"},         {TBI_TK_UIDENT, "uid"},
    {TBI_TK_USCONST, "ustr"}, {TB_TK_ARROW, "arrow"},   {TB_TK_TYPECAST, "cast"},
    {TB_TK_NE, "ne"},         {TB_TK_ARROW_ARG, "=>"},  {TB_TK_COLON_EQUALS, ":="},
    {TB_TK_DOT_DOT, ".."},    {TB_TK_SELECT, "select"}, {TB_TK_NCHAR, "nchar"},
    {TB_TK_DOT, "."},         {TB_TK_COMMA, ","},       {TB_TK_MINUS, "-"},
    {TB_TK_PLUS, "+"},        {TB_TK_STAR, "*"},        {TB_TK_SLASH, "/"},
    {TB_TK_LE, "<="},         {TB_TK_GE, ">="},         {TB_TK_LT, "<"},
    {TB_TK_GT, ">"},          {TB_TK_EQ, "="},          {TB_TK_COLON, ":"},
};

static const char *name_of(int code)
{
    for (size_t i = 0; i < TB_COUNT(names); i++)
        if (names[i].code == code)
            return names[i].name;
    return "?";
}

static void check_tokens(const char *sql, const char *expected)
{
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    /* a copy of exact size, so that a read past the end is found */
    char *exact = malloc(strlen(sql) ? strlen(sql) : 1);
    memcpy(exact, sql, strlen(sql));
    tbi_lexer lexer = {.sql = exact, .len = strlen(sql), .arena = arena, .err = &err};
    tb_buf out;
    tb_buf_init(&out, 1 << 16);
    for (;;) {
        int code;
        tbi_token token;
        if (tbi_lex(&lexer, &code, &token) != TB_OK)
            fail_msg("%s: %s", sql, err.message);
        if (code == TBI_TK_END)
            break;
        tb_buf_printf(&out, "%s%s", out.len ? " " : "", name_of(code));
        if (strcmp(name_of(code), token.str) != 0)
            tb_buf_printf(&out, ":%s", token.str);
        tb_buf_printf(&out, "@%d+%d", token.pos, token.len);
    }
    assert_string_equal(tb_buf_cstr(&out), expected);
    tb_buf_fini(&out);
    free(exact);
    tb_arena_destroy(arena);
}

static void test_tbi_lex__words(void **state)
{
    (void)state;
    check_tokens("", "");
    check_tokens("SeLeCt Foo _b$1 a1", "select@0+6 id:foo@7+3 id:_b$1@11+4 id:a1@16+2");
    check_tokens("\"A b\"\"c\" \"select\"", "id:A b\"c@0+8 id:select@9+8");
    check_tokens("\xe4\xb8\xad\xe6\x96\x87 \xc3\x84x",
                 "id:\xe4\xb8\xad\xe6\x96\x87@0+6 id:\xc3\x84x@7+3");
    check_tokens("U&\"d\\0061\" u&x", "uid:d\\0061@0+10 id:u@11+1 op:&@12+1 id:x@13+1");
    check_tokens("e b x n u", "id:e@0+1 id:b@2+1 id:x@4+1 id:n@6+1 id:u@8+1");
}

static void test_tbi_lex__blanks_and_comments(void **state)
{
    (void)state;
    check_tokens(" \t\r\n\fa", "id:a@5+1");
    check_tokens("a--b\nc", "id:a@0+1 id:c@5+1");
    check_tokens("a -- to the end", "id:a@0+1");
    check_tokens("a/* x /* y */ z */b", "id:a@0+1 id:b@18+1");
    check_tokens("/**/a/***/", "id:a@4+1");
    check_tokens("+/*x*/-", "+@0+1 -@6+1");
}

static void test_tbi_lex__numbers(void **state)
{
    (void)state;
    check_tokens("0 42 2147483647", "int:0@0+1 int:42@2+2 int:2147483647@5+10");
    check_tokens("2147483648 99999999999999999999",
                 "num:2147483648@0+10 num:99999999999999999999@11+20");
    check_tokens("1.5 .5 5. 1e3 1.5E-3 .5e+1", "num:1.5@0+3 num:.5@4+2 num:5.@7+2 num:1e3@10+3 "
                                               "num:1.5E-3@14+6 num:.5e+1@21+5");
    check_tokens("1..2", "int:1@0+1 ..@1+2 int:2@3+1");
    check_tokens("1.2.3", "num:1.2@0+3 num:.3@3+2");
    check_tokens("$1$23", "param:1@0+2 param:23@2+3");
    check_tokens("a.5", "id:a@0+1 num:.5@1+2");
}

static void test_tbi_lex__operators(void **state)
{
    (void)state;
    check_tokens(
        "<= >= <> != => -> :: .. := <-> ->>",
        "<=@0+2 >=@3+2 ne:<>@6+2 ne:<>@9+2 =>@12+2 arrow:->@15+2 cast:::@18+2 ..@21+2 :=@24+2 "
        "op:<->@27+3 op:->>@31+3");
    check_tokens("*-1", "*@0+1 -@1+1 int:1@2+1");
    check_tokens("<>-1", "ne:<>@0+2 -@2+1 int:1@3+1");
    check_tokens("=-1", "=@0+1 -@1+1 int:1@2+1");
    check_tokens("@-1", "op:@-@0+2 int:1@2+1");
    check_tokens("+-+a", "+@0+1 -@1+1 +@2+1 id:a@3+1");
    check_tokens("a||--x\nb", "id:a@0+1 op:||@1+2 id:b@7+1");
    check_tokens("*/*x*/ /", "*@0+1 /@7+1");
    check_tokens("<--x", "<@0+1");
    check_tokens("?|&#`~!", "op:?|&#`~!@0+7");
    check_tokens("a:b", "id:a@0+1 :@1+1 id:b@2+1");
}

static void test_tbi_lex__strings(void **state)
{
    (void)state;
    check_tokens("'a' '' 'it''s' 'a\\n'", "str:a@0+3 str:@4+2 str:it's@7+7 str:a\\n@15+5");
    check_tokens("'a'\n'b'", "str:ab@0+7");
    check_tokens("'a' -- c\n  -- d\n 'b' 'c'", "str:ab@0+20 str:c@21+3");
    check_tokens("'a' 'b'", "str:a@0+3 str:b@4+3");
    check_tokens("'a' /* x */\n'b'", "str:a@0+3 str:b@12+3");
    check_tokens("'a' --'b'", "str:a@0+3");
    check_tokens("e'\\b\\f\\n\\r\\t\\\\\\'\\q\\8'", "str:\b\f\n\r\t\\'q8@0+21");
    check_tokens("E'\\101\\x41\\u0041\\U00000041\\xe4\\xb8\\xad'", "str:AAAA\xe4\xb8\xad@0+39");
    check_tokens("E'\\ud83d\\ude00' E'\\x4g'", "str:\xf0\x9f\x98\x80@0+15 str:\x04g@16+7");
    check_tokens("E'a'\n'\\n'", "str:a\n@0+9");
    check_tokens("b'01' X'1f'\n'2E' B''", "bits:01@0+5 hex:1f2E@6+10 bits:@17+3");
    check_tokens("N'x' u&'\\0041'", "nchar@0+1 str:x@1+3 ustr:\\0041@5+9");
    check_tokens("$$$$ $$a$b$$ $q$ $$ '$q$ $Q1_$x$Q1_$",
                 "str:@0+4 str:a$b@5+7 str: $$ '@13+11 str:x@25+11");
    check_tokens("a$$b$$", "id:a$$b$$@0+6");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tbi_lex__words),
        cmocka_unit_test(test_tbi_lex__blanks_and_comments),
        cmocka_unit_test(test_tbi_lex__numbers),
        cmocka_unit_test(test_tbi_lex__operators),
        cmocka_unit_test(test_tbi_lex__strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
