/* SPDX-License-Identifier: Apache-2.0
 * Function, operator and cast tables: lookups, order, and docs/functions.md, which is made of them
 * (TOMBOLO_UPDATE=1 writes it anew).
 */
#include "core/func.h"

#include "core/buf.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* ---- lookups ---- */

static void test_fn_lookup__overloads(void **unused)
{
    (void)unused;
    tb_fn_id ids[64];
    size_t n = tb_fn_lookup("abs", ids, TB_COUNT(ids));
    assert_int_equal(n, 6);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(tb_fn_get(ids[i])->name, "abs");
    assert_int_equal(tb_fn_lookup("abs", ids, 2), 6); /* counts beyond the room */
    assert_int_equal(tb_fn_lookup("no_such_function", ids, 2), 0);
    assert_int_equal(tb_fn_lookup("", ids, 2), 0);
}

static void test_fn_get__ids_are_lower_case(void **unused)
{
    (void)unused;
    assert_string_equal(tb_fn_get(TB_FN_INT4PL)->id, "int4pl");
    assert_string_equal(tb_fn_get(TB_FN_MASK_DATE_DATE_TEXT)->id, "mask_date_date_text");
    assert_string_equal(tb_fn_get((tb_fn_id)(TB_FN_COUNT - 1))->name,
                        tb_fn_get((tb_fn_id)(TB_FN_COUNT - 1))->name);
}

static void test_fn_from_oid__finds_every_function(void **unused)
{
    (void)unused;
    for (tb_fn_id id = (tb_fn_id)1; id < TB_FN_COUNT; id++)
        assert_int_equal(tb_fn_from_oid(tb_fn_get(id)->oid), id);
    assert_int_equal(tb_fn_from_oid(0), TB_FN_NONE);
    assert_int_equal(tb_fn_from_oid(UINT32_MAX), TB_FN_NONE);
}

static void test_fn_get__is_consistent(void **unused)
{
    (void)unused;
    for (tb_fn_id id = (tb_fn_id)1; id < TB_FN_COUNT; id++) {
        const tb_fn_info *fn = tb_fn_get(id);
        assert_true(fn->nargs <= TB_FN_MAX_ARGS && fn->doc[0] != '\0' && fn->ret != TB_T_NONE);
        assert_false((fn->flags & TB_FF_STABLE) && (fn->flags & TB_FF_VOLATILE));
        if (fn->flags & TB_FF_VARIADIC)
            assert_true(fn->nargs > 0);
        if (fn->oid >= 9900000)
            assert_true(fn->oid < 10000000);
    }
}

static void test_fn_columns__of_records(void **unused)
{
    (void)unused;
    const tb_fn_column *cols;
    assert_int_equal(tb_fn_columns(TB_FN_JSON_EACH, &cols), 2);
    assert_string_equal(cols[0].name, "key");
    assert_int_equal(cols[1].type, TB_T_JSON);
    assert_int_equal(tb_fn_columns(TB_FN_INT4PL, &cols), 0);
    assert_null(cols);
}

static void test_op_lookup__by_arity(void **unused)
{
    (void)unused;
    const tb_op_info *ops[128];
    size_t n = tb_op_lookup("-", 1, ops, TB_COUNT(ops));
    assert_true(n >= 6);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(ops[i]->left, TB_T_NONE);
    assert_true(tb_op_lookup("-", 2, ops, TB_COUNT(ops)) > n);
    assert_int_equal(tb_op_lookup("<<>>", 2, ops, TB_COUNT(ops)), 0);
}

static void test_op_comparison__by_type(void **unused)
{
    (void)unused;
    assert_int_equal(tb_op_comparison("=", TB_T_INT4, TB_T_INT8), TB_FN_INT48EQ);
    assert_int_equal(tb_op_comparison("<", TB_T_VARCHAR, TB_T_VARCHAR), TB_FN_TEXT_LT);
    assert_int_equal(tb_op_comparison("=", TB_T_REGCLASS, TB_T_OID), TB_FN_OIDEQ);
    assert_int_equal(
        tb_op_comparison("=", tb_type_array_of(TB_T_TEXT), tb_type_array_of(TB_T_TEXT)),
        TB_FN_ARRAY_EQ);
    assert_int_equal(tb_op_comparison("<", TB_T_XID, TB_T_XID), TB_FN_NONE);
    assert_int_equal(tb_op_comparison("=", TB_T_JSON, TB_T_JSON), TB_FN_NONE);
}

static void test_fn_comparison__and_partners(void **unused)
{
    (void)unused;
    assert_string_equal(tb_fn_comparison(TB_FN_INT84GE), ">=");
    assert_null(tb_fn_comparison(TB_FN_INT4PL));
    assert_int_equal(tb_fn_commutator(TB_FN_INT48LT), TB_FN_INT84GT);
    assert_int_equal(tb_fn_negator(TB_FN_TEXTLIKE), TB_FN_TEXTNLIKE);
    assert_int_equal(tb_fn_commutator(TB_FN_INT4MI), TB_FN_NONE);
    for (size_t i = 0; i < tb_op_count(); i++) {
        const tb_op_info *op = tb_op_at(i);
        tb_fn_id back = tb_fn_negator(op->fn);
        if (back != TB_FN_NONE)
            assert_int_equal(tb_fn_negator(back), op->fn);
    }
}

static void test_cast_lookup__methods(void **unused)
{
    (void)unused;
    const tb_cast_info *c = tb_cast_lookup(TB_T_INT4, TB_T_INT8);
    assert_non_null(c);
    assert_int_equal(c->method, TB_CAST_FN);
    assert_int_equal(c->fn, TB_FN_INT8_INT4);
    assert_int_equal(c->context, TB_CAST_IMPLICIT);
    c = tb_cast_lookup(TB_T_VARCHAR, TB_T_TEXT);
    assert_int_equal(c->method, TB_CAST_BINARY);
    assert_int_equal(c->fn, TB_FN_NONE);
    assert_int_equal(tb_cast_lookup(TB_T_JSON, TB_T_JSONB)->method, TB_CAST_INOUT);
    assert_null(tb_cast_lookup(TB_T_INT4, TB_T_DATE));
    assert_null(tb_cast_lookup(tb_type_array_of(TB_T_INT4), TB_T_TEXT));
    assert_int_equal(tb_cast_length_fn(TB_T_NUMERIC), TB_FN_NUMERIC_NUMERIC_INT4);
    assert_int_equal(tb_cast_length_fn(TB_T_TEXT), TB_FN_NONE);
}

/* ---- the files are sorted ---- */

/* The enumerators have the order of the lines; within a section ids, which are written in capitals,
 * ascend. */
static int compare_capitals(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return toupper((unsigned char)*a) - toupper((unsigned char)*b);
}

static void test_functions_def__is_sorted(void **unused)
{
    (void)unused;
    const char *last = "";
    uint32_t last_kind = 0;
    for (tb_fn_id id = (tb_fn_id)1; id < TB_FN_COUNT; id++) {
        const tb_fn_info *fn = tb_fn_get(id);
        uint32_t kind = fn->flags & (TB_FF_AGG | TB_FF_WINDOW | TB_FF_SET);
        if (kind == last_kind &&
            compare_capitals(fn->id, last) < 0) /* a new section may begin: SESSION lines */
            assert_true(fn->flags & TB_FF_SESSION);
        last = fn->id;
        last_kind = kind;
    }
}

/* ---- docs/functions.md ---- */

static void add_type(tb_buf *to, tb_type_id type)
{
    tb_buf_puts(to, tb_type_get(type)->sql_name);
}

static void add_arguments(tb_buf *to, const tb_fn_info *fn)
{
    for (uint32_t i = 0; i < fn->nargs; i++) {
        if (i > 0)
            tb_buf_puts(to, ", ");
        add_type(to, fn->args[i]);
    }
    if (fn->flags & TB_FF_VARIADIC)
        tb_buf_puts(to, " ...");
}

static void add_properties(tb_buf *to, const tb_fn_info *fn)
{
    static const struct {
        uint32_t flag;
        const char *word;
    } words[] = {
        {TB_FF_STABLE, "stable"},        {TB_FF_VOLATILE, "volatile"},
        {TB_FF_MAY_RAISE, "may fail"},   {TB_FF_LEAKPROOF, "leakproof"},
        {TB_FF_AGG, "aggregate"},        {TB_FF_ORDERED_SET, "ordered set"},
        {TB_FF_WINDOW, "window"},        {TB_FF_SET, "set"},
        {TB_FF_POLICY, "policies only"}, {TB_FF_SESSION, "session"},
    };
    bool any = false;
    bool plain = !(fn->flags & (TB_FF_AGG | TB_FF_WINDOW | TB_FF_STRICT));
    if (plain && fn->nargs > 0) {
        tb_buf_puts(to, "takes NULL");
        any = true;
    }
    for (size_t i = 0; i < TB_COUNT(words); i++) {
        if (!(fn->flags & words[i].flag))
            continue;
        tb_buf_printf(to, "%s%s", any ? ", " : "", words[i].word);
        any = true;
    }
}

/* Functions that are there for an operator or a cast are told by their generated text. */
static bool is_listed(const tb_fn_info *fn)
{
    return strncmp(fn->doc, "operator ", 9) != 0 && !(fn->flags & TB_FF_HIDDEN);
}

static int by_name(const void *a, const void *b)
{
    const tb_fn_info *x = tb_fn_get(*(const tb_fn_id *)a), *y = tb_fn_get(*(const tb_fn_id *)b);
    int c = strcmp(x->name, y->name);
    return c != 0 ? c : strcmp(x->id, y->id);
}

static void write_functions(tb_buf *to)
{
    static tb_fn_id ids[TB_FN_COUNT];
    size_t n = 0;
    for (tb_fn_id id = (tb_fn_id)1; id < TB_FN_COUNT; id++)
        if (is_listed(tb_fn_get(id)))
            ids[n++] = id;
    qsort(ids, n, sizeof ids[0], by_name);
    tb_buf_puts(to, "| function | result | what it gives | properties |\n|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++) {
        const tb_fn_info *fn = tb_fn_get(ids[i]);
        tb_buf_printf(to, "| `%s(", fn->name);
        add_arguments(to, fn);
        tb_buf_puts(to, ")` | ");
        add_type(to, fn->ret);
        tb_buf_printf(to, " | %s | ", fn->doc);
        add_properties(to, fn);
        tb_buf_puts(to, " |\n");
    }
}

/* | inside a table cell must be escaped. */
static void add_cell(tb_buf *to, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '|')
            tb_buf_putc(to, '\\');
        tb_buf_putc(to, *s);
    }
}

static void write_operators(tb_buf *to)
{
    tb_buf_puts(to, "| operator | left | right | result |\n|---|---|---|---|\n");
    for (size_t i = 0; i < tb_op_count(); i++) {
        const tb_op_info *op = tb_op_at(i);
        tb_buf_puts(to, "| `");
        add_cell(to, op->name);
        tb_buf_puts(to, "` | ");
        add_type(to, op->left);
        tb_buf_puts(to, " | ");
        add_type(to, op->right);
        tb_buf_puts(to, " | ");
        add_type(to, op->result);
        tb_buf_puts(to, " |\n");
    }
}

static void read_file(const char *path, tb_buf *to)
{
    char block[4096];
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return;
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        tb_buf_append(to, block, n);
    fclose(f);
}

static void test_docs__are_up_to_date(void **unused)
{
    (void)unused;
    char path[512];
    tb_buf want, have;
    const char *source = getenv("TOMBOLO_SOURCE");
    if (source == NULL)
        skip();
    snprintf(path, sizeof path, "%s/docs/functions.md", source);
    tb_buf_init(&want, 1 << 22);
    tb_buf_init(&have, 1 << 22);
    tb_buf_puts(
        &want,
        "# Functions and operators\n\n"
        "Made from `core/functions.def` and `core/operators.def` by the unit test `test_func` "
        "(`TOMBOLO_UPDATE=1`); do not edit.\n\n"
        "Names, types and properties are PostgreSQL 15's; the functions of "
        "`docs/domain-functions.md` and "
        "those of roles and purposes are ours. A function gives NULL when an argument is NULL, "
        "unless it "
        "*takes NULL*.\n\n## Functions\n\n");
    write_functions(&want);
    tb_buf_puts(&want, "\n## Operators\n\n`-` on the left marks a prefix operator.\n\n");
    write_operators(&want);
    if (getenv("TOMBOLO_UPDATE") != NULL) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fwrite(want.data, 1, want.len, f);
        fclose(f);
    }
    read_file(path, &have);
    assert_string_equal(tb_buf_cstr(&have), tb_buf_cstr(&want));
    tb_buf_fini(&want);
    tb_buf_fini(&have);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fn_lookup__overloads),
        cmocka_unit_test(test_fn_get__ids_are_lower_case),
        cmocka_unit_test(test_fn_from_oid__finds_every_function),
        cmocka_unit_test(test_fn_get__is_consistent),
        cmocka_unit_test(test_fn_columns__of_records),
        cmocka_unit_test(test_op_lookup__by_arity),
        cmocka_unit_test(test_op_comparison__by_type),
        cmocka_unit_test(test_fn_comparison__and_partners),
        cmocka_unit_test(test_cast_lookup__methods),
        cmocka_unit_test(test_functions_def__is_sorted),
        cmocka_unit_test(test_docs__are_up_to_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
