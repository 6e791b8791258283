/* SPDX-License-Identifier: Apache-2.0
 * Select lists: entries and their names, what ORDER BY, GROUP BY and DISTINCT ON items refer to,
 * sort directions.
 *
 * Entry points: tbi_bind_select_list, tbi_column_name, tbi_find_target, tbi_sort_direction,
 * tbi_check_equality, tbi_check_ordering.
 */
#include "planner/bind_int.h"

#include "parser/parser.h"

/* ---- names ---- */

/* How sure a name is: an outer cast's type name yields to any column or function name inside. */
typedef enum strength { NAME_NONE, NAME_WEAK, NAME_STRONG } strength;

static strength name_of(tbi_bind *b, const tb_ast *ast, const char **name);

static strength strong(const char *text, const char **name)
{
    *name = text;
    return NAME_STRONG;
}

static strength name_of_indirection(tbi_bind *b, const tb_ast_indirection *in, const char **name)
{
    for (uint32_t i = in->steps.n; i-- > 0;)
        if (in->steps.at[i]->kind == TB_AST_FIELD)
            return strong(tb_as_field(in->steps.at[i])->name, name);
    return name_of(b, in->arg, name);
}

static strength name_of_cast(tbi_bind *b, const tb_ast_cast *c, const char **name)
{
    strength inner = name_of(b, c->arg, name);
    if (inner == NAME_STRONG)
        return inner;
    *name = tb_as_type_name(c->type)->name.name;
    return NAME_WEAK;
}

static strength name_of_case(tbi_bind *b, const tb_ast_case *c, const char **name)
{
    strength inner = c->otherwise != NULL ? name_of(b, c->otherwise, name) : NAME_NONE;
    if (inner == NAME_STRONG)
        return inner;
    *name = "case";
    return NAME_WEAK;
}

static strength name_of_sublink(tbi_bind *b, const tb_ast_sublink *l, const char **name)
{
    if (l->sublink == TB_SUBLINK_EXISTS)
        return strong("exists", name);
    if (l->sublink == TB_SUBLINK_ARRAY)
        return strong("array", name);
    if (l->sublink == TB_SUBLINK_SCALAR)
        for (uint32_t i = b->subqueries.n; i-- > 0;) /* the column it turned out to have */
            if (b->subqueries.at[i].ast == l)
                return strong(b->subqueries.at[i].name, name);
    return NAME_NONE;
}

static strength name_of_ref(const tb_ast_column_ref *ref, const char **name)
{
    if (ref->names.n == 0)
        return NAME_NONE;
    return strong(ref->names.at[ref->names.n - 1], name);
}

static strength name_of_value(const tb_ast_sql_value *v, const char **name)
{
    static const char *const names[] = {
        [TB_VALUE_CURRENT_DATE] = "current_date",
        [TB_VALUE_CURRENT_TIME] = "current_time",
        [TB_VALUE_CURRENT_TIMESTAMP] = "current_timestamp",
        [TB_VALUE_LOCALTIME] = "localtime",
        [TB_VALUE_LOCALTIMESTAMP] = "localtimestamp",
        [TB_VALUE_CURRENT_ROLE] = "current_role",
        [TB_VALUE_CURRENT_USER] = "current_user",
        [TB_VALUE_USER] = "user",
        [TB_VALUE_SESSION_USER] = "session_user",
        [TB_VALUE_CURRENT_CATALOG] = "current_catalog",
        [TB_VALUE_CURRENT_SCHEMA] = "current_schema",
    };
    return strong(names[v->op], name);
}

static strength name_of(tbi_bind *b, const tb_ast *ast, const char **name)
{
    tb_ast_kind kind = (tb_ast_kind)ast->kind;
    if (kind == TB_AST_COLUMN_REF)
        return name_of_ref(tb_as_column_ref(ast), name);
    if (kind == TB_AST_INDIRECTION)
        return name_of_indirection(b, tb_as_indirection(ast), name);
    if (kind == TB_AST_FUNC_CALL)
        return strong(tb_as_func_call(ast)->name.name, name);
    if (kind == TB_AST_NULLIF)
        return strong("nullif", name);
    if (kind == TB_AST_CAST)
        return name_of_cast(b, tb_as_cast(ast), name);
    if (kind == TB_AST_COLLATE)
        return name_of(b, tb_as_collate(ast)->arg, name);
    if (kind == TB_AST_GROUPING)
        return strong("grouping", name);
    if (kind == TB_AST_SUBLINK)
        return name_of_sublink(b, tb_as_sublink(ast), name);
    if (kind == TB_AST_CASE)
        return name_of_case(b, tb_as_case(ast), name);
    if (kind == TB_AST_ARRAY)
        return strong("array", name);
    if (kind == TB_AST_ROW)
        return strong("row", name);
    if (kind == TB_AST_COALESCE)
        return strong("coalesce", name);
    if (kind == TB_AST_MIN_MAX)
        return strong(tb_as_min_max(ast)->least ? "least" : "greatest", name);
    if (kind == TB_AST_SQL_VALUE)
        return name_of_value(tb_as_sql_value(ast), name);
    return NAME_NONE;
}

const char *tbi_column_name(tbi_bind *b, const tb_ast *expr)
{
    const char *name = "?column?";
    if (name_of(b, expr, &name) == NAME_NONE)
        name = "?column?";
    return name;
}

/* ---- the list ---- */

static tb_rc push_target(tbi_bind *b, tbi_select *q, tb_expr *e, const char *name, bool junk,
                         const tb_ast *ast)
{
    if (q->targets.n >= TBI_MAX_COLUMNS)
        return TB_RAISE_AT(b->err, TB_E_TOO_MANY_COLUMNS, tbi_loc(e),
                           "target lists can have at most %d entries", TBI_MAX_COLUMNS);
    tbi_target t = {.expr = e, .name = name, .junk = junk, .ast = ast};
    tb_list_push(b->arena, &q->targets, t);
    return TB_OK;
}

static tb_rc push_star(tbi_bind *b, tbi_select *q, const tb_ast_column_ref *ref)
{
    tbi_columns cols = {0};
    TB_TRY(tbi_expand_star(b, q->scope, ref, &cols));
    for (uint32_t i = 0; i < cols.n; i++) {
        tb_expr *e = tbi_col(b, cols.at[i].id, ref->base.pos);
        TB_TRY(push_target(b, q, e, cols.at[i].name, false, NULL));
    }
    return TB_OK;
}

static tb_rc push_fields(tbi_bind *b, tbi_select *q, const tb_ast *ast)
{
    tb_expr *record, **fields;
    const tbi_shape *shape;
    uint32_t n;
    TB_TRY(tbi_bind_indirection(b, q->scope, tb_as_indirection(ast), &record));
    TB_TRY(tbi_expand_record(b, record, ast->pos, &n, &fields, &shape));
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(push_target(b, q, fields[i], shape->names[i], false, NULL));
    return TB_OK;
}

tb_rc tbi_bind_select_list(tbi_bind *b, tbi_select *q)
{
    q->scope->place = TBI_IN_SELECT;
    for (uint32_t i = 0; i < q->ast->targets.n; i++) {
        const tb_ast_target *t = tb_as_target(q->ast->targets.at[i]);
        if (t->expr->kind == TB_AST_COLUMN_REF && tb_as_column_ref(t->expr)->star) {
            TB_TRY(push_star(b, q, tb_as_column_ref(t->expr)));
        } else if (tbi_ends_in_star(t->expr)) {
            TB_TRY(push_fields(b, q, t->expr));
        } else {
            tb_expr *e;
            TB_TRY(tbi_bind_expr(b, q->scope, t->expr, &e));
            const char *name = t->name != NULL ? t->name : tbi_column_name(b, t->expr);
            TB_TRY(push_target(b, q, e, name, false, t->expr));
        }
    }
    return TB_OK;
}

/* ---- what a sort or grouping item means ---- */

enum { NOT_FOUND = -1 };

/* An output column by name; ambiguous if two different expressions bear it. */
static tb_rc by_name(tbi_bind *b, tbi_select *q, const char *name, const char *clause, int pos,
                     int *out)
{
    *out = NOT_FOUND;
    for (uint32_t i = 0; i < q->targets.n; i++) {
        const tbi_target *t = &q->targets.at[i];
        if (t->junk || strcmp(t->name, name) != 0)
            continue;
        if (*out != NOT_FOUND && !tb_expr_equal(q->targets.at[*out].expr, t->expr))
            return TB_RAISE_AT(b->err, TB_E_AMBIGUOUS_COLUMN, pos, "%s \"%s\" is ambiguous", clause,
                               name);
        if (*out == NOT_FOUND)
            *out = (int)i;
    }
    return TB_OK;
}

static tb_rc by_ordinal(tbi_bind *b, const tbi_select *q, int64_t n, const char *clause, int pos,
                        int *out)
{
    int64_t at = 0;
    for (uint32_t i = 0; i < q->targets.n; i++) {
        if (q->targets.at[i].junk || ++at != n)
            continue;
        *out = (int)i;
        return TB_OK;
    }
    return TB_RAISE_AT(b->err, TB_E_INVALID_COLUMN_REFERENCE, pos,
                       "%s position %d is not in select list", clause,
                       n > INT32_MAX || n < INT32_MIN ? INT32_MAX : (int)n);
}

static bool is_constant(const tb_ast *ast)
{
    return ast->kind == TB_AST_NUMERIC || ast->kind == TB_AST_STRING || ast->kind == TB_AST_NULL ||
           ast->kind == TB_AST_BIT_STRING;
}

/* SQL92 meanings: a bare name is an output column (in GROUP BY an input column first), an integer a
 * position. */
static tb_rc by_output(tbi_bind *b, tbi_select *q, const tb_ast *item, tbi_place place,
                       const char *clause, int *out)
{
    *out = NOT_FOUND;
    if (item->kind == TB_AST_INTEGER)
        return by_ordinal(b, q, tb_as_integer(item)->value, clause, item->pos, out);
    if (is_constant(item))
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, item->pos, "non-integer constant in %s",
                           clause);
    if (item->kind != TB_AST_COLUMN_REF)
        return TB_OK;
    const tb_ast_column_ref *ref = tb_as_column_ref(item);
    if (ref->names.n != 1 || ref->star)
        return TB_OK;
    if (place == TBI_IN_GROUP_BY) {
        tb_expr *input;
        TB_TRY(tbi_local_column(b, q->scope, ref->names.at[0], item->pos, &input));
        if (input != NULL)
            return TB_OK;
    }
    return by_name(b, q, ref->names.at[0], clause, item->pos, out);
}

static tb_rc by_expression(tbi_bind *b, tbi_select *q, const tb_ast *item, tbi_place place,
                           uint32_t *out)
{
    tb_expr *e;
    for (uint32_t i = 0; i < q->targets.n;
         i++) { /* the same text is the same expression, subqueries included */
        if (q->targets.at[i].ast == NULL || !tb_ast_equal(q->targets.at[i].ast, item))
            continue;
        *out = i;
        return TB_OK;
    }
    TB_TRY(tbi_bind_expr_at(b, q->scope, place, item, &e));
    for (uint32_t i = 0; i < q->targets.n; i++) {
        if (!tb_expr_equal(q->targets.at[i].expr, e))
            continue;
        *out = i;
        return TB_OK;
    }
    *out = q->targets.n;
    return push_target(b, q, e, "?column?", true, item);
}

tb_rc tbi_find_target(tbi_bind *b, tbi_select *q, const tb_ast *item, tbi_place place,
                      const char *clause, uint32_t *out)
{
    int found;
    TB_TRY(by_output(b, q, item, place, clause, &found));
    if (found == NOT_FOUND)
        return by_expression(b, q, item, place, out);
    *out = (uint32_t)found;
    return TB_OK;
}

/* ---- order and equality ---- */

static bool comparable(const char *op, tb_type_id type)
{
    if (tb_op_comparison(op, type, type) == TB_FN_NONE)
        return false;
    return !tb_type_is_array(type) || comparable(op, tb_type_elem(type));
}

tb_rc tbi_check_equality(tbi_bind *b, tb_type_id type, int pos)
{
    if (comparable("=", type))
        return TB_OK;
    return TB_RAISE_AT(b->err, TB_E_UNDEFINED_FUNCTION, pos,
                       "could not identify an equality operator for type %s",
                       tbi_type_name(b, type));
}

tb_rc tbi_check_ordering(tbi_bind *b, tb_type_id type, int pos)
{
    if (comparable("<", type))
        return TB_OK;
    TB_RAISE_AT(b->err, TB_E_UNDEFINED_FUNCTION, pos,
                "could not identify an ordering operator for type %s", tbi_type_name(b, type));
    tb_error_hint(b->err, "Use an explicit ordering operator or modify the query.");
    return TB_FAIL;
}

tb_rc tbi_sort_direction(tbi_bind *b, const tb_ast_sort *sort, tb_type_id type, bool *desc,
                         bool *nulls_first)
{
    *desc = sort->dir == TB_SORT_DESC;
    if (sort->dir == TB_SORT_USING) {
        const char *op;
        TB_TRY(tbi_op_name(b, &sort->using_op, &op));
        if (strcmp(op, "<") != 0 && strcmp(op, ">") != 0) {
            TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, sort->base.pos,
                        "operator %s is not a valid ordering operator", op);
            tb_error_hint(b->err, "Ordering operators must be \"<\" or \">\" members of btree "
                                  "operator families.");
            return TB_FAIL;
        }
        *desc = op[0] == '>';
    }
    *nulls_first = sort->nulls == TB_NULLS_DEFAULT ? *desc : sort->nulls == TB_NULLS_FIRST;
    return tbi_check_ordering(b, type, sort->expr->pos);
}
