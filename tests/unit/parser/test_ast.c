/* SPDX-License-Identifier: Apache-2.0
 * The tree's generic functions, and what a statement's record holds.
 */
#include "parse_test.h"

#include <stddef.h>
#include <stdlib.h>

/* ---- ast_fields.def against ast.h ---- */

typedef struct span {
    size_t offset, size, align;
} span;

#define SPAN_NODE   tb_ast *
#define SPAN_LIST   tb_ast_list
#define SPAN_STR    const char *
#define SPAN_NAMES  tb_name_list
#define SPAN_QNAME  tb_qname
#define SPAN_QNAMES tb_qname_list
#define SPAN_BOOL   bool
#define SPAN_ENUM   tb_like_op
#define SPAN_INT    int32_t
#define SPAN_BIGINT int64_t
#define SPAN_MODES  tb_txn_modes

/* Every byte of a struct belongs to a field, or is the padding that its alignment asks for. */
static void check_spans(const char *kind, const span *spans, size_t n, size_t size, size_t align)
{
    size_t at = sizeof(tb_ast);
    for (size_t i = 0; i < n; i++) {
        at = (at + spans[i].align - 1) / spans[i].align * spans[i].align;
        if (spans[i].offset != at)
            fail_msg("%s: a field before offset %zu is not in ast_fields.def", kind,
                     spans[i].offset);
        at += spans[i].size;
    }
    at = (at + align - 1) / align * align;
    if (at != size)
        fail_msg("%s: its last field is not in ast_fields.def", kind);
}

#define F(member, field, TYPE)                                                                     \
    {offsetof(tb_ast_##member, field), sizeof(SPAN_##TYPE), _Alignof(SPAN_##TYPE)},
#define TB_FIELDS(ID, list) static const span spans_##ID[] = {list{0, 0, 1}};
#include "parser/ast_fields.def"
#undef TB_FIELDS
#undef F

static void test_ast_fields__cover_the_structs(void **state)
{
    (void)state;
#define TB_AST(ID, member, text)                                                                   \
    check_spans(#ID, spans_##ID, TB_COUNT(spans_##ID) - 1, sizeof(tb_ast_##member),                \
                _Alignof(tb_ast_##member));
#include "parser/ast_kinds.def"
#undef TB_AST
}

/* ---- walking, comparing, dumping ---- */

typedef struct count {
    int nodes, stop_at;
} count;

static tb_rc count_node(const tb_ast *node, void *ctx, tb_error *err)
{
    count *c = ctx;
    c->nodes++;
    if (c->nodes == c->stop_at)
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "stop");
    return tb_ast_each_child(node, count_node, ctx, err);
}

static void test_tb_ast_each_child__visits_all_and_stops(void **state)
{
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    tb_ast *node = parse_one(arena, "select a + 1, f(b) from t where c order by d limit 2");
    count c = {0};
    (void)state;
    /* select, 2 targets, +, a, 1, f, b, t, c, sort, d, 2 */
    assert_int_equal(tb_ast_each_child(node, count_node, &c, &err), TB_OK);
    assert_int_equal(c.nodes, 13);
    c = (count){.stop_at = 4};
    assert_int_equal(tb_ast_each_child(node, count_node, &c, &err), TB_FAIL);
    assert_int_equal(c.nodes, 4);
    tb_arena_destroy(arena);
}

static void test_tb_ast_equal__differences(void **state)
{
    static const char *const pairs[][2] = {
        {"select 1", "select 2"},
        {"select a", "select b"},
        {"select a", "select a, b"},
        {"select a.b", "select a.c"},
        {"select a", "select a as a"},
        {"select 'a'", "select 'b'"},
        {"select 1.0", "select 1.00"},
        {"select a and b", "select a or b"},
        {"select f(a)", "select f(distinct a)"},
        {"select a is null", "select a is not null"},
        {"select 1", "values (1)"},
        {"begin", "begin read only"},
        {"drop view a", "drop view a.a"},
        {"fetch 1 from a", "fetch 2 from a"},
        {"select 1 limit 1", "select 1 offset 1"},
    };
    tb_arena *arena = tb_arena_create(0);
    (void)state;
    for (size_t i = 0; i < TB_COUNT(pairs); i++) {
        assert_false(tb_ast_equal(parse_one(arena, pairs[i][0]), parse_one(arena, pairs[i][1])));
        assert_true(tb_ast_equal(parse_one(arena, pairs[i][0]), parse_one(arena, pairs[i][0])));
    }
    assert_true(tb_ast_equal(NULL, NULL));
    assert_false(tb_ast_equal(parse_one(arena, "select 1"), NULL));
    tb_arena_destroy(arena);
}

static void test_tb_ast_dump__select(void **state)
{
    tb_arena *arena = tb_arena_create(0);
    tb_buf out;
    (void)state;
    tb_buf_init(&out, 1 << 16);
    tb_ast_dump(&out,
                parse_one(arena, "select a.b, 'x' as y from s.t where not c for update of t"));
    assert_string_equal(tb_buf_cstr(&out), "QUERY @0\n"
                                           "  body: SELECT @0\n"
                                           "    targets[0]: TARGET @7\n"
                                           "      expr: COLUMN_REF @7 names=a, b\n"
                                           "    targets[1]: TARGET @12 name='y'\n"
                                           "      expr: STRING @12 value='x'\n"
                                           "    from[0]: TABLE_REF @26 name=s.t\n"
                                           "    where: BOOL_OP @36 op=2\n"
                                           "      args[0]: COLUMN_REF @40 names=c\n"
                                           "  locking[0]: LOCKING @42 strength=3 tables=t\n");
    tb_buf_reset(&out);
    tb_ast_dump(&out, parse_one(arena, "start transaction read only"));
    assert_string_equal(tb_buf_cstr(&out), "TRANSACTION @0 start=true modes=0/1/0\n");
    tb_buf_fini(&out);
    tb_arena_destroy(arena);
}

static void test_tb_ast__positions(void **state)
{
    tb_arena *arena = tb_arena_create(0);
    const tb_ast_select *select;
    (void)state;
    select = tb_as_select(
        tb_as_query(parse_one(arena, "select a + b, s.f(x), a::int, a in (1), - 5, (select 1)"))
            ->body);
    static const int positions[] = {9, 14, 23, 32, 40, 45};
    assert_int_equal(select->targets.n, TB_COUNT(positions));
    for (uint32_t i = 0; i < select->targets.n; i++)
        assert_int_equal(tb_as_target(select->targets.at[i])->expr->pos, positions[i]);
    tb_arena_destroy(arena);
}

static void test_tb_ast_kind_name__known(void **state)
{
    (void)state;
    assert_string_equal(tb_ast_kind_name(TB_AST_FUNC_CALL), "function call");
    assert_string_equal(tb_ast_kind_name(TB_AST_POLICY_ARG), "policy argument");
}

/* ---- what tb_parse() says of a statement ---- */

static void test_tb_parse__statement_ranges(void **state)
{
    const char *sql = " ;; select $2 ; /* c */ vacuum t -- x\n; values ($1, $3);\n";
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    tb_statement_list list;
    (void)state;
    assert_int_equal(tb_parse(arena, sql, strlen(sql), NULL, &list, &err), TB_OK);
    assert_int_equal(list.n, 3);
    static const struct {
        const char *text;
        int kind, param_max;
    } expected[] = {{"select $2", TB_AST_QUERY, 2},
                    {"vacuum t", TB_AST_WRITE, 0},
                    {"values ($1, $3)", TB_AST_QUERY, 3}};
    for (uint32_t i = 0; i < list.n; i++) {
        assert_int_equal(list.at[i].len, strlen(expected[i].text));
        assert_memory_equal(sql + list.at[i].offset, expected[i].text, list.at[i].len);
        assert_int_equal(list.at[i].node->kind, expected[i].kind);
        assert_int_equal(list.at[i].param_max, expected[i].param_max);
    }
    assert_int_equal(tb_parse(arena, "", 0, NULL, &list, &err), TB_OK);
    assert_int_equal(list.n, 0);
    assert_int_equal(tb_parse(arena, " ; -- x", 7, NULL, &list, &err), TB_OK);
    assert_int_equal(list.n, 0);
    tb_arena_destroy(arena);
}

static void test_tb_parse__write_tags(void **state)
{
    static const print_case cases[] = {
        {"insert into s.t as x (a, b[1], c.d) values (1, default) on conflict (a) do update set b "
         "= 1, "
         "(c, d) = (1, 2) where e returning *",
         "INSERT"},
        {"with x as (select 1) insert into t default values", "INSERT"},
        {"insert into t overriding system value select 1 on conflict on constraint c do nothing",
         "INSERT"},
        {"insert into t values (1) on conflict (lower(a) collate \"C\" desc nulls last, (b)) where "
         "c "
         "do nothing",
         "INSERT"},
        {"update only t as x set a = 1, (b, c) = (select 1, 2) from u where a returning b c",
         "UPDATE"},
        {"update t set a = default where current of c", "UPDATE"},
        {"delete from t x using u, v where x.a returning 1", "DELETE"},
        {"merge into t using s on a = b when matched then delete", "MERGE"},
        {"create table t (a int primary key, check (a > 1)) inherits (b)", "CREATE TABLE"},
        {"create temp table t as select 1", "CREATE TABLE AS"},
        {"create table if not exists t (a) as select 1 with no data", "CREATE TABLE AS"},
        {"create unique index on t (a)", "CREATE INDEX"},
        {"create materialized view v as select 1", "CREATE MATERIALIZED VIEW"},
        {"drop table if exists a, b.c cascade", "DROP TABLE"},
        {"truncate t", "TRUNCATE TABLE"},
        {"call p(1)", "CALL"},
        {"do $$begin end$$", "DO"},
        {"vacuum", "VACUUM"},
        {"vacuum (full) t", "VACUUM"},
        {"analyze t (a)", "ANALYZE"},
        {"lock table t in exclusive mode", "LOCK TABLE"},
        {"create or replace function f() returns int language sql as 'select 1; select 2'",
         "CREATE FUNCTION"},
    };
    (void)state;
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        tb_arena *arena = tb_arena_create(0);
        tb_ast *node = parse_one(arena, cases[i].sql);
        assert_int_equal(node->kind, TB_AST_WRITE);
        assert_string_equal(tb_as_write(node)->tag, cases[i].print);
        tb_arena_destroy(arena);
    }
}

static void test_tb_parse__write_inside(void **state)
{
    static const char *const cases[] = {
        "explain insert into t values (1)",
        "prepare p as delete from t",
        "copy (update t set a = 1 returning b) to stdout",
        "with x as (delete from t returning a) select * from x",
    };
    (void)state;
    for (size_t i = 0; i < TB_COUNT(cases); i++) {
        tb_arena *arena = tb_arena_create(0);
        assert_int_not_equal(parse_one(arena, cases[i])->kind, TB_AST_WRITE);
        tb_arena_destroy(arena);
    }
}

static void test_tb_parse_expr__and_type(void **state)
{
    tb_arena *arena = tb_arena_create(0);
    tb_error err = {.position = -1};
    tb_ast *node;
    (void)state;
    assert_int_equal(tb_parse_expr(arena, "a + 1", 5, NULL, &node, &err), TB_OK);
    assert_int_equal(node->kind, TB_AST_OP);
    assert_int_equal(tb_parse_expr(arena, "a b", 3, NULL, &node, &err), TB_FAIL);
    assert_string_equal(err.message, "syntax error at or near \"b\"");
    assert_int_equal(err.position, 2);
    tb_error_clear(&err);
    assert_int_equal(tb_parse_expr(arena, "a; b", 4, NULL, &node, &err), TB_FAIL);
    tb_error_clear(&err);
    assert_int_equal(tb_parse_expr(arena, "", 0, NULL, &node, &err), TB_FAIL);
    assert_string_equal(err.message, "syntax error at end of input");
    tb_error_clear(&err);
    assert_int_equal(tb_parse_type(arena, "numeric(10,2)[]", 15, NULL, &node, &err), TB_OK);
    assert_int_equal(tb_as_type_name(node)->dims, 1);
    assert_int_equal(tb_as_type_name(node)->typmods.n, 2);
    assert_string_equal(tb_as_type_name(node)->name.name, "numeric");
    assert_int_equal(tb_parse_type(arena, "1", 1, NULL, &node, &err), TB_FAIL);
    tb_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ast_fields__cover_the_structs),
        cmocka_unit_test(test_tb_ast_each_child__visits_all_and_stops),
        cmocka_unit_test(test_tb_ast_equal__differences),
        cmocka_unit_test(test_tb_ast_dump__select),
        cmocka_unit_test(test_tb_ast__positions),
        cmocka_unit_test(test_tb_ast_kind_name__known),
        cmocka_unit_test(test_tb_parse__statement_ranges),
        cmocka_unit_test(test_tb_parse__write_tags),
        cmocka_unit_test(test_tb_parse__write_inside),
        cmocka_unit_test(test_tb_parse_expr__and_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
