/* SPDX-License-Identifier: Apache-2.0
 * Printer of expressions. An operator inside an operator always gets parentheses, so that no
 * precedence has to be known here.
 *
 * Entry points: tbi_print_operand() and one function per kind of the expressions in ast_kinds.def,
 * calls and types apart (print_func.c).
 */
#include "parser/print_int.h"

#include <inttypes.h>

/* Kinds that need no parentheses as an operand of any operator; is_operand() knows the exceptions.
 */
static const bool binds_tightly[TB_AST_KIND_COUNT] = {
    [TB_AST_INTEGER] = true,    [TB_AST_NUMERIC] = true,     [TB_AST_STRING] = true,
    [TB_AST_BIT_STRING] = true, [TB_AST_BOOLEAN] = true,     [TB_AST_NULL] = true,
    [TB_AST_PARAM] = true,      [TB_AST_COLUMN_REF] = true,  [TB_AST_CASE] = true,
    [TB_AST_COALESCE] = true,   [TB_AST_MIN_MAX] = true,     [TB_AST_NULLIF] = true,
    [TB_AST_CAST] = true,       [TB_AST_ARRAY] = true,       [TB_AST_ROW] = true,
    [TB_AST_SQL_VALUE] = true,  [TB_AST_INDIRECTION] = true, [TB_AST_GROUPING] = true,
    [TB_AST_SUBLINK] = true,    [TB_AST_XML_EXPR] = true,    [TB_AST_FUNC_CALL] = true,
};

static bool is_operand(const tb_ast *node)
{
    if (node->kind == TB_AST_INTEGER)
        return tb_as_integer(node)->value >= 0;
    if (node->kind == TB_AST_NUMERIC)
        return tb_as_numeric(node)->text[0] != '-';
    if (node->kind == TB_AST_SUBLINK)
        return tb_as_sublink(node)->left == NULL;
    if (node->kind == TB_AST_XML_EXPR)
        return tb_as_xml_expr(node)->op != TB_XML_IS_DOCUMENT;
    if (node->kind == TB_AST_FUNC_CALL) {
        tb_call_form form = tb_as_func_call(node)->form;
        return form != TB_CALL_AT_TIME_ZONE && form != TB_CALL_OVERLAPS &&
               form != TB_CALL_IS_NORMALIZED;
    }
    return binds_tightly[node->kind];
}

static void print_parenthesised(tb_buf *out, const tb_ast *node)
{
    tb_buf_putc(out, '(');
    tbi_print_node(out, node);
    tb_buf_putc(out, ')');
}

void tbi_print_operand(tb_buf *out, const tb_ast *node)
{
    if (is_operand(node))
        tbi_print_node(out, node);
    else
        print_parenthesised(out, node);
}

/* left, the operator's text, right */
static void print_infix(tb_buf *out, const tb_ast *left, const char *op, const tb_ast *right)
{
    tbi_print_operand(out, left);
    tb_buf_puts(out, op);
    tbi_print_operand(out, right);
}

void tbi_print_operator(tb_buf *out, const tb_qname *name)
{
    if (!name->schema) {
        tb_buf_puts(out, name->name);
        return;
    }
    tb_buf_puts(out, "OPERATOR(");
    if (name->catalog) {
        tb_print_identifier(out, name->catalog);
        tb_buf_putc(out, '.');
    }
    tb_print_identifier(out, name->schema);
    tb_buf_printf(out, ".%s)", name->name);
}

/* ---- constants ---- */

void tbi_print_integer(tb_buf *out, const tb_ast *node)
{
    tb_buf_printf(out, "%" PRId64, tb_as_integer(node)->value);
}

void tbi_print_numeric(tb_buf *out, const tb_ast *node)
{
    tb_buf_puts(out, tb_as_numeric(node)->text);
}

void tbi_print_string(tb_buf *out, const tb_ast *node)
{
    tb_print_literal(out, tb_as_string(node)->value);
}

void tbi_print_bit_string(tb_buf *out, const tb_ast *node)
{
    const tb_ast_bit_string *bits = tb_as_bit_string(node);
    tb_buf_putc(out, bits->hex ? 'X' : 'B');
    tb_buf_putc(out, '\'');
    for (const char *c = bits->digits; *c; c++) {
        if (*c == '\'')
            tb_buf_putc(out, '\'');
        tb_buf_putc(out, *c);
    }
    tb_buf_putc(out, '\'');
}

void tbi_print_boolean(tb_buf *out, const tb_ast *node)
{
    tb_buf_puts(out, tb_as_boolean(node)->value ? "true" : "false");
}

void tbi_print_null(tb_buf *out, const tb_ast *node)
{
    (void)node;
    tb_buf_puts(out, "NULL");
}

void tbi_print_default(tb_buf *out, const tb_ast *node)
{
    (void)node;
    tb_buf_puts(out, "DEFAULT");
}

void tbi_print_param(tb_buf *out, const tb_ast *node)
{
    tb_buf_printf(out, "$%" PRId32, tb_as_param(node)->number);
}

/* ---- names ---- */

void tbi_print_column_ref(tb_buf *out, const tb_ast *node)
{
    const tb_ast_column_ref *ref = tb_as_column_ref(node);
    for (uint32_t i = 0; i < ref->names.n; i++) {
        tbi_print_if(out, i > 0, ".");
        tb_print_identifier(out, ref->names.at[i]);
    }
    if (ref->star)
        tb_buf_puts(out, ref->names.n ? ".*" : "*");
}

void tbi_print_indirection(tb_buf *out, const tb_ast *node)
{
    const tb_ast_indirection *indirection = tb_as_indirection(node);
    const tb_ast *arg = indirection->arg;
    bool bare = arg->kind == TB_AST_COLUMN_REF && !tb_as_column_ref(arg)->star &&
                indirection->steps.at[0]->kind == TB_AST_SUBSCRIPT;
    if (bare)
        tbi_print_node(out, arg);
    else
        print_parenthesised(out, arg);
    for (uint32_t i = 0; i < indirection->steps.n; i++)
        tbi_print_node(out, indirection->steps.at[i]);
}

void tbi_print_subscript(tb_buf *out, const tb_ast *node)
{
    const tb_ast_subscript *subscript = tb_as_subscript(node);
    tb_buf_putc(out, '[');
    if (subscript->lower)
        tbi_print_operand(out, subscript->lower);
    tbi_print_if(out, subscript->slice, " : ");
    if (subscript->upper)
        tbi_print_operand(out, subscript->upper);
    tb_buf_putc(out, ']');
}

void tbi_print_field(tb_buf *out, const tb_ast *node)
{
    tb_buf_putc(out, '.');
    tb_print_identifier(out, tb_as_field(node)->name);
}

void tbi_print_star(tb_buf *out, const tb_ast *node)
{
    (void)node;
    tb_buf_puts(out, ".*");
}

/* ---- operators ---- */

void tbi_print_op(tb_buf *out, const tb_ast *node)
{
    const tb_ast_op *op = tb_as_op(node);
    if (op->left) {
        tbi_print_operand(out, op->left);
        tb_buf_putc(out, ' ');
    }
    tbi_print_operator(out, &op->name);
    tb_buf_putc(out, ' ');
    tbi_print_operand(out, op->right);
}

void tbi_print_op_any(tb_buf *out, const tb_ast *node)
{
    const tb_ast_op_any *op = tb_as_op_any(node);
    tbi_print_operand(out, op->left);
    tb_buf_putc(out, ' ');
    tbi_print_operator(out, &op->name);
    tb_buf_puts(out, op->all ? " ALL " : " ANY ");
    print_parenthesised(out, op->right);
}

void tbi_print_bool_op(tb_buf *out, const tb_ast *node)
{
    const tb_ast_bool_op *op = tb_as_bool_op(node);
    tbi_print_if(out, op->op == TB_BOOL_NOT, "NOT ");
    for (uint32_t i = 0; i < op->args.n; i++) {
        tbi_print_if(out, i > 0, op->op == TB_BOOL_AND ? " AND " : " OR ");
        tbi_print_operand(out, op->args.at[i]);
    }
}

void tbi_print_distinct_from(tb_buf *out, const tb_ast *node)
{
    const tb_ast_distinct_from *test = tb_as_distinct_from(node);
    print_infix(out, test->left, test->negated ? " IS NOT DISTINCT FROM " : " IS DISTINCT FROM ",
                test->right);
}

void tbi_print_in_list(tb_buf *out, const tb_ast *node)
{
    const tb_ast_in_list *in = tb_as_in_list(node);
    tbi_print_operand(out, in->left);
    tb_buf_puts(out, in->negated ? " NOT IN (" : " IN (");
    tbi_print_nodes(out, &in->items);
    tb_buf_putc(out, ')');
}

void tbi_print_like(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {
        [TB_LIKE] = " LIKE ", [TB_ILIKE] = " ILIKE ", [TB_SIMILAR] = " SIMILAR TO "};
    const tb_ast_like *like = tb_as_like(node);
    tbi_print_operand(out, like->left);
    tbi_print_if(out, like->negated, " NOT");
    tb_buf_puts(out, words[like->op]);
    tbi_print_operand(out, like->pattern);
    if (!like->escape)
        return;
    tb_buf_puts(out, " ESCAPE ");
    tbi_print_operand(out, like->escape);
}

void tbi_print_between(tb_buf *out, const tb_ast *node)
{
    const tb_ast_between *between = tb_as_between(node);
    tbi_print_operand(out, between->arg);
    tbi_print_if(out, between->negated, " NOT");
    tb_buf_puts(out, between->symmetric ? " BETWEEN SYMMETRIC " : " BETWEEN ");
    print_infix(out, between->low, " AND ", between->high);
}

void tbi_print_null_test(tb_buf *out, const tb_ast *node)
{
    tbi_print_operand(out, tb_as_null_test(node)->arg);
    tb_buf_puts(out, tb_as_null_test(node)->negated ? " IS NOT NULL" : " IS NULL");
}

void tbi_print_bool_test(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {
        [TB_TRUTH_TRUE] = "TRUE", [TB_TRUTH_FALSE] = "FALSE", [TB_TRUTH_UNKNOWN] = "UNKNOWN"};
    const tb_ast_bool_test *test = tb_as_bool_test(node);
    tbi_print_operand(out, test->arg);
    tb_buf_printf(out, " IS %s%s", test->negated ? "NOT " : "", words[test->truth]);
}

void tbi_print_cast(tb_buf *out, const tb_ast *node)
{
    const tb_ast_cast *cast = tb_as_cast(node);
    tbi_print_operand(out, cast->arg);
    tb_buf_puts(out, "::");
    tbi_print_node(out, cast->type);
}

void tbi_print_collate(tb_buf *out, const tb_ast *node)
{
    const tb_ast_collate *collate = tb_as_collate(node);
    tbi_print_operand(out, collate->arg);
    tb_buf_puts(out, " COLLATE ");
    tbi_print_qname(out, &collate->collation);
}

/* ---- conditional expressions, constructors, subqueries ---- */

void tbi_print_case(tb_buf *out, const tb_ast *node)
{
    const tb_ast_case *expr = tb_as_case(node);
    tb_buf_puts(out, "CASE");
    tbi_print_opt(out, " ", expr->arg);
    for (uint32_t i = 0; i < expr->whens.n; i++)
        tbi_print_node(out, expr->whens.at[i]);
    tbi_print_opt(out, " ELSE ", expr->otherwise);
    tb_buf_puts(out, " END");
}

void tbi_print_case_when(tb_buf *out, const tb_ast *node)
{
    tbi_print_opt(out, " WHEN ", tb_as_case_when(node)->cond);
    tbi_print_opt(out, " THEN ", tb_as_case_when(node)->result);
}

static void print_bracketed(tb_buf *out, const char *open, const tb_ast_list *list, char close)
{
    tb_buf_puts(out, open);
    tbi_print_nodes(out, list);
    tb_buf_putc(out, close);
}

void tbi_print_coalesce(tb_buf *out, const tb_ast *node)
{
    print_bracketed(out, "COALESCE(", &tb_as_coalesce(node)->args, ')');
}

void tbi_print_min_max(tb_buf *out, const tb_ast *node)
{
    const tb_ast_min_max *expr = tb_as_min_max(node);
    print_bracketed(out, expr->least ? "LEAST(" : "GREATEST(", &expr->args, ')');
}

void tbi_print_nullif(tb_buf *out, const tb_ast *node)
{
    tbi_print_opt(out, "NULLIF(", tb_as_nullif(node)->left);
    tbi_print_opt(out, ", ", tb_as_nullif(node)->right);
    tb_buf_putc(out, ')');
}

void tbi_print_array(tb_buf *out, const tb_ast *node)
{
    print_bracketed(out, "ARRAY[", &tb_as_array(node)->items, ']');
}

void tbi_print_row(tb_buf *out, const tb_ast *node)
{
    const tb_ast_row *row = tb_as_row(node);
    print_bracketed(out, row->explicit_row ? "ROW(" : "(", &row->items, ')');
}

void tbi_print_grouping(tb_buf *out, const tb_ast *node)
{
    print_bracketed(out, "GROUPING(", &tb_as_grouping(node)->args, ')');
}

void tbi_print_sublink(tb_buf *out, const tb_ast *node)
{
    const tb_ast_sublink *link = tb_as_sublink(node);
    if (link->left)
        tbi_print_operand(out, link->left);
    tbi_print_if(out, link->sublink == TB_SUBLINK_EXISTS, "EXISTS ");
    tbi_print_if(out, link->sublink == TB_SUBLINK_ARRAY, "ARRAY ");
    tbi_print_if(out, link->sublink == TB_SUBLINK_IN, link->negated ? " NOT IN " : " IN ");
    if (link->op.name) {
        tb_buf_putc(out, ' ');
        tbi_print_operator(out, &link->op);
    }
    tbi_print_if(out, link->sublink == TB_SUBLINK_ANY, " ANY ");
    tbi_print_if(out, link->sublink == TB_SUBLINK_ALL, " ALL ");
    print_parenthesised(out, link->query);
}
