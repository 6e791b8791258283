/* SPDX-License-Identifier: Apache-2.0
 * Scalar expressions: the dispatch over the syntax tree and the simple kinds.
 *
 * Entry points: tbi_bind_expr, tbi_bind_expr_at, tbi_bind_bool_at, tbi_bind_exprs, tbi_unknown,
 * tbi_unknown_to_text, tbi_place_name.
 */
#include "planner/bind_int.h"

#include "core/num.h"

/* How messages call each place. */
static const char *const place_names[] = {
    [TBI_IN_SELECT] = "SELECT",
    [TBI_IN_WHERE] = "WHERE",
    [TBI_IN_HAVING] = "HAVING",
    [TBI_IN_JOIN_ON] = "JOIN conditions",
    [TBI_IN_JOIN_USING] = "JOIN conditions",
    [TBI_IN_FROM_FUNCTION] = "functions in FROM",
    [TBI_IN_FROM_QUERY] = "FROM clause of their own query level",
    [TBI_IN_GROUP_BY] = "GROUP BY",
    [TBI_IN_ORDER_BY] = "ORDER BY",
    [TBI_IN_DISTINCT_ON] = "DISTINCT ON",
    [TBI_IN_LIMIT] = "LIMIT",
    [TBI_IN_OFFSET] = "OFFSET",
    [TBI_IN_VALUES] = "VALUES",
    [TBI_IN_FILTER] = "FILTER",
    [TBI_IN_WINDOW_PARTITION] = "window definitions",
    [TBI_IN_WINDOW_ORDER] = "window definitions",
    [TBI_IN_WINDOW_ROWS] = "window ROWS",
    [TBI_IN_WINDOW_RANGE] = "window RANGE",
    [TBI_IN_WINDOW_GROUPS] = "window GROUPS",
    [TBI_IN_SAMPLE] = "TABLESAMPLE",
    [TBI_IN_POLICY] = "policy expressions",
};

const char *tbi_place_name(tbi_place place)
{
    return place_names[place];
}

/* ---- literals and parameters ---- */

tb_expr *tbi_unknown(tbi_bind *b, const char *text, int pos)
{
    tb_expr *e = tb_expr_const(b->arena, tb_type_of(TB_T_UNKNOWN), tb_value_cstr(text));
    e->pos = pos;
    return e;
}

tb_rc tbi_unknown_to_text(tbi_bind *b, tb_expr *e, tb_expr **out)
{
    *out = e;
    if (e->type.id != TB_T_UNKNOWN)
        return TB_OK;
    return tbi_coerce(b, e, tb_type_of(TB_T_TEXT), TB_CAST_IMPLICIT, out);
}

static tb_expr *integer(tbi_bind *b, const tb_ast_integer *i)
{
    bool small = i->value >= INT32_MIN && i->value <= INT32_MAX;
    tb_expr *e =
        small ? tb_expr_const(b->arena, tb_type_of(TB_T_INT4), tb_value_int4((int32_t)i->value))
              : tb_expr_const(b->arena, tb_type_of(TB_T_INT8), tb_value_int8(i->value));
    e->pos = i->base.pos;
    return e;
}

static tb_rc numeric(tbi_bind *b, const tb_ast_numeric *n, tb_expr **out)
{
    tb_value v = {.null = false};
    TB_TRY(tb_num_parse(b->arena, n->text, strlen(n->text), -1, &v.d.num, b->err));
    *out = tb_expr_const(b->arena, tb_type_of(TB_T_NUMERIC), v);
    (*out)->pos = n->base.pos;
    return TB_OK;
}

static tb_expr *null_literal(tbi_bind *b, int pos)
{
    tb_expr *e = tb_expr_null(b->arena, tb_type_of(TB_T_UNKNOWN));
    e->pos = pos;
    return e;
}

static tb_expr *boolean(tbi_bind *b, const tb_ast_boolean *ast)
{
    tb_expr *e = tb_expr_bool(b->arena, ast->value);
    e->pos = ast->base.pos;
    return e;
}

static tb_rc param(tbi_bind *b, const tb_ast_param *p, tb_expr **out)
{
    if (p->number < 1 || p->number > UINT16_MAX || b->policy || b->view_depth > 0)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_PARAMETER, p->base.pos,
                           "there is no parameter $%d", p->number);
    uint32_t i = (uint32_t)p->number - 1;
    while (b->stmt->params.n <= i)
        tb_list_push(b->arena, &b->stmt->params, tb_type_of(TB_T_UNKNOWN));
    if (b->stmt->params.at[i].id == TB_T_NONE)
        b->stmt->params.at[i] = tb_type_of(TB_T_UNKNOWN);
    tb_expr *e = tb_expr_new(b->arena, TB_X_PARAM, b->stmt->params.at[i], p->base.pos);
    e->param = i;
    *out = e;
    return TB_OK;
}

/* ---- truth ---- */

static tb_rc bool_op(tbi_bind *b, tbi_scope *s, const tb_ast_bool_op *op, tb_expr **out)
{
    static const char *const names[] = {
        [TB_BOOL_AND] = "AND", [TB_BOOL_OR] = "OR", [TB_BOOL_NOT] = "NOT"};
    tb_expr **args = TB_NEW_ARRAY(b->arena, tb_expr *, op->args.n);
    for (uint32_t i = 0; i < op->args.n; i++) {
        TB_TRY(tbi_bind_expr(b, s, op->args.at[i], &args[i]));
        TB_TRY(tbi_coerce_clause(b, args[i], TB_T_BOOL, names[op->op], &args[i]));
    }
    if (op->op == TB_BOOL_NOT)
        *out = tb_expr_not(b->arena, args[0]);
    else if (op->op == TB_BOOL_AND)
        *out = tb_expr_and(b->arena, args, op->args.n);
    else
        *out = tb_expr_or(b->arena, args, op->args.n);
    return TB_OK;
}

static tb_rc bool_test(tbi_bind *b, tbi_scope *s, const tb_ast_bool_test *t, tb_expr **out)
{
    static const struct {
        tb_bool_test test;
        const char *clause;
    } tests[3][2] = {
        [TB_TRUTH_TRUE] = {{TB_IS_TRUE, "IS TRUE"}, {TB_IS_NOT_TRUE, "IS NOT TRUE"}},
        [TB_TRUTH_FALSE] = {{TB_IS_FALSE, "IS FALSE"}, {TB_IS_NOT_FALSE, "IS NOT FALSE"}},
        [TB_TRUTH_UNKNOWN] = {{TB_IS_NULL, "IS UNKNOWN"}, {TB_IS_NOT_NULL, "IS NOT UNKNOWN"}},
    };
    tb_expr *e = tb_expr_new(b->arena, TB_X_TEST, tb_type_of(TB_T_BOOL), t->base.pos);
    e->test.test = tests[t->truth][t->negated].test;
    tb_expr *arg;
    TB_TRY(tbi_bind_expr(b, s, t->arg, &arg));
    TB_TRY(tbi_coerce_clause(b, arg, TB_T_BOOL, tests[t->truth][t->negated].clause, &arg));
    e->test.arg = arg;
    *out = e;
    return TB_OK;
}

static bool is_collatable(tb_type_id type)
{
    tb_type_id t = tb_type_is_array(type) ? tb_type_elem(type) : type;
    return tb_type_is_string(t) || t == TB_T_UNKNOWN;
}

static tb_rc collate(tbi_bind *b, tbi_scope *s, const tb_ast_collate *c, tb_expr **out)
{
    TB_TRY(tbi_bind_expr(b, s, c->arg, out));
    if (!is_collatable((*out)->type.id))
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, c->base.pos,
                           "collations are not supported by type %s",
                           tbi_type_name(b, (*out)->type.id));
    return tbi_check_collation(b, &c->collation, c->base.pos);
}

/* ---- dispatch ---- */

static tb_rc misplaced(tbi_bind *b, const tb_ast *ast)
{
    if (ast->kind == TB_AST_DEFAULT)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, ast->pos,
                           "DEFAULT is not allowed in this context");
    if (ast->kind == TB_AST_INDIRECTION)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, ast->pos,
                           "row expansion via \"*\" is not supported here");
    if (ast->kind == TB_AST_XML_EXPR)
        return TB_UNSUPPORTED(b->err, ast->pos, "XML");
    if (ast->kind == TB_AST_BIT_STRING)
        return TB_UNSUPPORTED(b->err, ast->pos, "type bit");
    if (ast->kind == TB_AST_NAMED_ARG)
        return TB_UNSUPPORTED(b->err, ast->pos, "named notation for function arguments");
    return TB_UNSUPPORTED(b->err, ast->pos, "this kind of expression");
}

/* A whole node kind per line; constants come first because they are most of what there is. */
static tb_rc dispatch(tbi_bind *b, tbi_scope *s, const tb_ast *ast, tb_expr **out)
{
    tb_ast_kind kind = (tb_ast_kind)ast->kind;
    if (kind == TB_AST_COLUMN_REF)
        return tbi_bind_column_ref(b, s, tb_as_column_ref(ast), out);
    if (kind == TB_AST_STRING) {
        *out = tbi_unknown(b, tb_as_string(ast)->value, ast->pos);
        return TB_OK;
    }
    if (kind == TB_AST_INTEGER) {
        *out = integer(b, tb_as_integer(ast));
        return TB_OK;
    }
    if (kind == TB_AST_NUMERIC)
        return numeric(b, tb_as_numeric(ast), out);
    if (kind == TB_AST_BOOLEAN) {
        *out = boolean(b, tb_as_boolean(ast));
        return TB_OK;
    }
    if (kind == TB_AST_NULL) {
        *out = null_literal(b, ast->pos);
        return TB_OK;
    }
    if (kind == TB_AST_PARAM)
        return param(b, tb_as_param(ast), out);
    if (kind == TB_AST_OP)
        return tbi_bind_op_expr(b, s, tb_as_op(ast), out);
    if (kind == TB_AST_OP_ANY)
        return tbi_bind_op_any(b, s, tb_as_op_any(ast), out);
    if (kind == TB_AST_BOOL_OP)
        return bool_op(b, s, tb_as_bool_op(ast), out);
    if (kind == TB_AST_DISTINCT_FROM)
        return tbi_bind_distinct_from(b, s, tb_as_distinct_from(ast), out);
    if (kind == TB_AST_IN_LIST)
        return tbi_bind_in_list(b, s, tb_as_in_list(ast), out);
    if (kind == TB_AST_LIKE)
        return tbi_bind_like(b, s, tb_as_like(ast), out);
    if (kind == TB_AST_BETWEEN)
        return tbi_bind_between(b, s, tb_as_between(ast), out);
    if (kind == TB_AST_NULL_TEST)
        return tbi_bind_null_test(b, s, tb_as_null_test(ast), out);
    if (kind == TB_AST_BOOL_TEST)
        return bool_test(b, s, tb_as_bool_test(ast), out);
    if (kind == TB_AST_CASE)
        return tbi_bind_case(b, s, tb_as_case(ast), out);
    if (kind == TB_AST_COALESCE)
        return tbi_bind_coalesce(b, s, tb_as_coalesce(ast), out);
    if (kind == TB_AST_MIN_MAX)
        return tbi_bind_min_max(b, s, tb_as_min_max(ast), out);
    if (kind == TB_AST_NULLIF)
        return tbi_bind_nullif(b, s, tb_as_nullif(ast), out);
    if (kind == TB_AST_CAST)
        return tbi_bind_cast_expr(b, s, tb_as_cast(ast), out);
    if (kind == TB_AST_COLLATE)
        return collate(b, s, tb_as_collate(ast), out);
    if (kind == TB_AST_ARRAY)
        return tbi_bind_array(b, s, tb_as_array(ast), (tb_type){TB_T_NONE, -1}, out);
    if (kind == TB_AST_ROW)
        return tbi_bind_row(b, s, tb_as_row(ast), out);
    if (kind == TB_AST_INDIRECTION && !tbi_ends_in_star(ast))
        return tbi_bind_indirection(b, s, tb_as_indirection(ast), out);
    if (kind == TB_AST_SUBLINK)
        return tbi_bind_sublink(b, s, tb_as_sublink(ast), out);
    if (kind == TB_AST_FUNC_CALL)
        return tbi_bind_func_call(b, s, tb_as_func_call(ast), out);
    if (kind == TB_AST_SQL_VALUE)
        return tbi_bind_sql_value(b, tb_as_sql_value(ast), out);
    if (kind == TB_AST_GROUPING)
        return tbi_bind_grouping_call(b, s, tb_as_grouping(ast), out);
    return misplaced(b, ast);
}

tb_rc tbi_bind_expr(tbi_bind *b, tbi_scope *s, const tb_ast *ast, tb_expr **out)
{
    TB_TRY(tbi_enter(b, ast->pos));
    TB_TRY(dispatch(b, s, ast, out));
    tbi_leave(b);
    return TB_OK;
}

tb_rc tbi_bind_expr_at(tbi_bind *b, tbi_scope *s, tbi_place place, const tb_ast *ast, tb_expr **out)
{
    tbi_place before = s->place;
    s->place = place;
    TB_TRY(tbi_bind_expr(b, s, ast, out));
    s->place = before;
    return TB_OK;
}

tb_rc tbi_bind_bool_at(tbi_bind *b, tbi_scope *s, tbi_place place, const tb_ast *ast,
                       const char *clause, tb_expr **out)
{
    TB_TRY(tbi_bind_expr_at(b, s, place, ast, out));
    return tbi_coerce_clause(b, *out, TB_T_BOOL, clause, out);
}

tb_rc tbi_bind_exprs(tbi_bind *b, tbi_scope *s, const tb_ast_list *list, tb_expr ***out)
{
    *out = TB_NEW_ARRAY(b->arena, tb_expr *, list->n + 1);
    for (uint32_t i = 0; i < list->n; i++)
        TB_TRY(tbi_bind_expr(b, s, list->at[i], &(*out)[i]));
    return TB_OK;
}
