/* SPDX-License-Identifier: Apache-2.0
 * Constructors of expressions.
 *
 * Entry points: the functions of parse_int.h under "build_expr.c".
 */
#include "parser/parse_int.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COLUMN_NAMES_MAX 4 /* catalog.schema.table.column, or .* as the last */

/* ---- constants ---- */

int64_t tbi_token_int(tbi_token token)
{
    return strtoll(token.str, NULL, 10);
}

tb_ast *tbi_integer(tbi_parse *p, tbi_token token)
{
    return NODE(INTEGER, integer, token.pos, .value = tbi_token_int(token));
}

/* Digits with an optional sign that fit 64 bits are INTEGER, else NUMERIC. */
static tb_ast *number_of(tbi_parse *p, int32_t pos, const char *text)
{
    bool digits_only = text[strspn(text + (*text == '-'), "0123456789") + (*text == '-')] == '\0';
    errno = 0;
    long long value = digits_only ? strtoll(text, NULL, 10) : 0;
    if (digits_only && errno == 0)
        return NODE(INTEGER, integer, pos, .value = value);
    return NODE(NUMERIC, numeric, pos, .text = text);
}

tb_ast *tbi_number(tbi_parse *p, tbi_token token)
{
    return number_of(p, token.pos, token.str);
}

tb_ast *tbi_string(tbi_parse *p, tbi_token token)
{
    return tbi_text(p, token.pos, token.str);
}

tb_ast *tbi_text(tbi_parse *p, int32_t pos, const char *text)
{
    return NODE(STRING, string, pos, .value = text);
}

tb_ast *tbi_upper_string(tbi_parse *p, tbi_token token)
{
    char *upper = tb_arena_strdup(p->arena, token.str);
    for (char *c = upper; *c; c++)
        if (*c >= 'a' && *c <= 'z')
            *c -= 'a' - 'A';
    return tbi_text(p, token.pos, upper);
}

/* ---- operators ---- */

tb_ast *tbi_op(tbi_parse *p, tbi_token op, tb_ast *left, tb_ast *right)
{
    return NODE(OP, op, op.pos, .name = {.name = op.str, .pos = op.pos}, .left = left,
                .right = right);
}

/* A minus before a number is part of the number. */
tb_ast *tbi_negate(tbi_parse *p, tbi_token minus, tb_ast *arg)
{
    if (arg->kind == TB_AST_INTEGER && tb_as_integer(arg)->value != INT64_MIN)
        return NODE(INTEGER, integer, minus.pos, .value = -tb_as_integer(arg)->value);
    if (arg->kind == TB_AST_INTEGER)
        return NODE(NUMERIC, numeric, minus.pos, .text = "9223372036854775808");
    if (arg->kind == TB_AST_NUMERIC) {
        const char *text = tb_as_numeric(arg)->text;
        return number_of(p, minus.pos,
                         *text == '-' ? text + 1 : tb_arena_printf(p->arena, "-%s", text));
    }
    return tbi_op(p, minus, NULL, arg);
}

/* a AND b AND c is one node, so that long chains are not deep. */
tb_ast *tbi_bool_op(tbi_parse *p, int32_t pos, tb_bool_op op, tb_ast *left, tb_ast *right)
{
    if (left->kind == TB_AST_BOOL_OP && tb_as_bool_op(left)->op == op) {
        tb_list_push(p->arena, &((tb_ast_bool_op *)(void *)left)->args, right);
        if (right->height >= left->height)
            return tbi_grown(p, left);
        return left;
    }
    return NODE(BOOL_OP, bool_op, pos, .op = op, .args = tbi_list2(p, left, right));
}

/* ---- columns and indirection ---- */

/* A * may only be the last step. */
static bool star_is_last(tbi_parse *p, tb_ast_list steps)
{
    for (uint32_t i = 0; i + 1 < steps.n; i++) {
        if (steps.at[i]->kind == TB_AST_STAR) {
            tbi_refuse(p, TB_E_SYNTAX_ERROR, steps.at[i]->pos, "improper use of \"*\"");
            return false;
        }
    }
    return true;
}

tb_ast *tbi_indirect(tbi_parse *p, tb_ast *arg, tb_ast_list steps)
{
    if (steps.n == 0)
        return arg;
    if (!star_is_last(p, steps))
        return arg;
    return NODE(INDIRECTION, indirection, arg->pos, .arg = arg, .steps = steps);
}

/* The leading .name steps belong to the reference; from the first subscript on it is INDIRECTION.
 */
tb_ast *tbi_column_ref(tbi_parse *p, tbi_token first, tb_ast_list steps)
{
    if (!star_is_last(p, steps))
        return tbi_fail(p);
    tb_ast_column_ref ref = {.base = {.kind = TB_AST_COLUMN_REF, .pos = first.pos},
                             .names = tbi_names1(p, first.str)};
    uint32_t used = 0;
    for (; used < steps.n && steps.at[used]->kind == TB_AST_FIELD; used++)
        tb_list_push(p->arena, &ref.names, tb_as_field(steps.at[used])->name);
    if (used < steps.n && steps.at[used]->kind == TB_AST_STAR) {
        ref.star = true;
        used++;
    }
    if (ref.names.n + ref.star > COLUMN_NAMES_MAX && !p->failed) {
        tb_buf text;
        tb_buf_init(&text, 400);
        for (uint32_t i = 0; i < ref.names.n; i++)
            tb_buf_printf(&text, "%s%s", i ? "." : "", ref.names.at[i]);
        (void)TB_RAISE_AT(p->err, TB_E_SYNTAX_ERROR, first.pos,
                          "improper qualified name (too many dotted names): %s%s",
                          tb_buf_cstr(&text), ref.star ? ".*" : "");
        tb_buf_fini(&text);
        return tbi_fail(p);
    }
    tb_ast *node = tbi_add(p, &ref.base, sizeof ref);
    if (used == steps.n)
        return node;
    tb_ast_list rest = {.at = steps.at + used, .n = steps.n - used, .cap = steps.n - used};
    return tbi_indirect(p, node, rest);
}

/* ---- keyword forms ---- */

tb_ast *tbi_keyword_call(tbi_parse *p, int32_t pos, const char *name, tb_call_form form,
                         tb_ast_list args)
{
    return NODE(FUNC_CALL, func_call, pos,
                .name = {.schema = "pg_catalog", .name = name, .pos = pos}, .form = form,
                .args = args);
}

/* A keyword form written like an ordinary call: SUBSTRING(a, b). */
tb_ast *tbi_word_call(tbi_parse *p, tbi_token name, tb_ast_list args)
{
    return NODE(FUNC_CALL, func_call, name.pos, .name = {.name = name.str, .pos = name.pos},
                .args = args);
}

static tb_ast *negated_if(tbi_parse *p, int32_t pos, tb_ast *arg, bool negated)
{
    if (!negated)
        return arg;
    return NODE(BOOL_OP, bool_op, pos, .op = TB_BOOL_NOT, .args = tbi_list1(p, arg));
}

tb_ast *tbi_is_document(tbi_parse *p, int32_t pos, tb_ast *arg, bool negated)
{
    tb_ast *test =
        NODE(XML_EXPR, xml_expr, pos, .op = TB_XML_IS_DOCUMENT, .args = tbi_list1(p, arg));
    return negated_if(p, pos, test, negated);
}

tb_ast *tbi_is_normalized(tbi_parse *p, int32_t pos, tb_ast *arg, tbi_token form, bool negated)
{
    tb_ast_list args = tbi_list1(p, arg);
    if (form.str)
        tb_list_push(p->arena, &args, tbi_upper_string(p, form));
    return negated_if(
        p, pos, tbi_keyword_call(p, pos, "is_normalized", TB_CALL_IS_NORMALIZED, args), negated);
}

tb_ast *tbi_overlaps(tbi_parse *p, int32_t pos, tb_ast *left, tb_ast *right)
{
    tb_ast_list l = tb_as_row(left)->items, r = tb_as_row(right)->items;
    if (l.n != 2)
        return tbi_refuse(p, TB_E_SYNTAX_ERROR, left->pos,
                          "wrong number of parameters on left side of OVERLAPS expression");
    if (r.n != 2)
        return tbi_refuse(p, TB_E_SYNTAX_ERROR, right->pos,
                          "wrong number of parameters on right side of OVERLAPS expression");
    tb_ast_list args = tbi_list3(p, l.at[0], l.at[1], r.at[0]);
    tb_list_push(p->arena, &args, r.at[1]);
    return tbi_keyword_call(p, pos, "overlaps", TB_CALL_OVERLAPS, args);
}

/* SUBSTRING(a FOR n): PostgreSQL starts at 1 and takes n as integer. */
tb_ast *tbi_substring_for(tbi_parse *p, int32_t pos, tb_ast *arg, tb_ast *length)
{
    tb_ast *one = NODE(INTEGER, integer, -1, .value = 1);
    tb_ast *type = tbi_type_builtin(p, -1, "int4", (tb_ast_list){0});
    tb_ast *cast = NODE(CAST, cast, -1, .arg = length, .type = type);
    return tbi_keyword_call(p, pos, "substring", TB_CALL_SUBSTRING, tbi_list3(p, arg, one, cast));
}

tb_ast *tbi_treat(tbi_parse *p, int32_t pos, tb_ast *arg, tb_ast *type)
{
    return tbi_keyword_call(p, pos, tb_as_type_name(type)->name.name, TB_CALL_PLAIN,
                            tbi_list1(p, arg));
}

tb_ast *tbi_sql_value(tbi_parse *p, tbi_token token, tb_sql_value_op op, tbi_token precision)
{
    return NODE(SQL_VALUE, sql_value, token.pos, .op = op,
                .precision = precision.str ? (int32_t)tbi_token_int(precision) : -1);
}

/* ---- aggregate and window clauses ---- */

tb_ast *tbi_call_clauses(tbi_parse *p, tb_ast *node, tbi_within within_group, tb_ast *filter,
                         tb_ast *over)
{
    tb_ast_func_call *call = (tb_ast_func_call *)(void *)node;
    if (within_group.order_by.n > 0) {
        if (call->order_by.n > 0)
            return tbi_refuse(p, TB_E_SYNTAX_ERROR, within_group.pos,
                              "cannot use multiple ORDER BY clauses with WITHIN GROUP");
        if (call->distinct)
            return tbi_refuse(p, TB_E_SYNTAX_ERROR, within_group.pos,
                              "cannot use DISTINCT with WITHIN GROUP");
        if (call->variadic)
            return tbi_refuse(p, TB_E_SYNTAX_ERROR, within_group.pos,
                              "cannot use VARIADIC with WITHIN GROUP");
        call->order_by = within_group.order_by;
        call->within_group = true;
    }
    call->filter = filter;
    call->over = over;
    return tbi_grown(p, node);
}

tb_ast *tbi_window(tbi_parse *p, int32_t pos, tbi_token base_name, tb_ast_list partition_by,
                   tb_ast_list order_by, tbi_frame frame)
{
    return NODE(WINDOW, window, pos, .base_name = base_name.str, .partition_by = partition_by,
                .order_by = order_by, .frame = frame.mode, .start = frame.start.kind,
                .end = frame.end.kind, .start_offset = frame.start.offset,
                .end_offset = frame.end.offset, .exclude = frame.exclude);
}

tb_ast *tbi_window_name(tbi_parse *p, tbi_token name, tb_ast *node)
{
    tb_ast_window *window = (tb_ast_window *)(void *)node;
    (void)p;
    window->name = name.str;
    return node;
}

tbi_frame tbi_frame_make(tbi_frame extent, tb_ast_frame_mode mode, int exclude)
{
    extent.mode = mode;
    extent.exclude = (tb_ast_frame_exclude)exclude;
    return extent;
}

/* Why a frame from start to end cannot be, or NULL. */
static const char *bad_frame(tb_ast_bound_kind start, tb_ast_bound_kind end, bool between)
{
    if (start == TB_AST_BOUND_UNBOUNDED_FOLLOWING)
        return "frame start cannot be UNBOUNDED FOLLOWING";
    if (!between && start == TB_AST_BOUND_FOLLOWING)
        return "frame starting from following row cannot end with current row";
    if (end == TB_AST_BOUND_UNBOUNDED_PRECEDING)
        return "frame end cannot be UNBOUNDED PRECEDING";
    if (start == TB_AST_BOUND_CURRENT_ROW && end == TB_AST_BOUND_PRECEDING)
        return "frame starting from current row cannot have preceding rows";
    if (start == TB_AST_BOUND_FOLLOWING &&
        (end == TB_AST_BOUND_PRECEDING || end == TB_AST_BOUND_CURRENT_ROW))
        return "frame starting from following row cannot have preceding rows";
    return NULL;
}

tbi_frame tbi_frame_extent(tbi_parse *p, tbi_bound start, tbi_bound end, bool between)
{
    const char *why = bad_frame(start.kind, end.kind, between);
    if (why) {
        bool at_start = start.kind == TB_AST_BOUND_UNBOUNDED_FOLLOWING || !between;
        tbi_refuse(p, TB_E_WINDOWING_ERROR, at_start ? start.pos : end.pos, why);
    }
    return (tbi_frame){.start = start, .end = end};
}
