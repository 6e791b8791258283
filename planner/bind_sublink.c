/* SPDX-License-Identifier: Apache-2.0
 * Subqueries in expressions: EXISTS, scalar, ARRAY, IN, ANY, ALL, comparison of a row with a
 * subquery.
 *
 * The plan of a subquery refers to columns of the outer query by their ids; ANY and ALL carry the
 * comparison of the left side with the subquery's output columns as `test`.
 */
#include "planner/bind_int.h"

/* ---- walking plans ---- */

tb_rc tbi_each_slot(tb_plan *p, tbi_slot_fn fn, void *ctx, tb_error *err)
{
    TB_TRY(tb_plan_each_expr(p, fn, ctx, err));
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        TB_TRY(tbi_each_slot(p->in[i], fn, ctx, err));
    return TB_OK;
}

/* ---- subqueries ---- */

static tb_rc subquery(tbi_bind *b, tbi_scope *s, const tb_ast_sublink *l, tbi_result *out)
{
    if (b->policy)
        return TB_UNSUPPORTED(b->err, l->base.pos, "a subquery in a policy");
    return tbi_bind_query(b, s, l->query, true, out);
}

static tb_expr *sublink(tbi_bind *b, tb_subquery_kind kind, tb_type type, tb_plan *plan, int pos)
{
    tb_expr *e = tb_expr_new(b->arena, TB_X_SUBLINK, type, pos);
    e->sublink.kind = kind;
    e->sublink.plan = plan;
    return e;
}

static tb_rc one_column(tbi_bind *b, const tb_ast_sublink *l, const tbi_result *r)
{
    if (r->n == 1)
        return TB_OK;
    return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, l->base.pos,
                       "subquery must return only one column");
}

static tb_rc scalar(tbi_bind *b, tbi_scope *s, const tb_ast_sublink *l, tb_expr **out)
{
    tbi_result r;
    TB_TRY(subquery(b, s, l, &r));
    TB_TRY(one_column(b, l, &r));
    struct tbi_subquery named = {l, r.cols[0].name};
    tb_list_push(b->arena, &b->subqueries, named);
    *out = sublink(b, TB_SUB_SCALAR, tb_stmt_col_type(b->stmt, r.cols[0].id), r.plan, l->base.pos);
    const tbi_shape *shape = tbi_meta_of(b, r.cols[0].id)->shape;
    if (shape != NULL) {
        struct tbi_row_shape known = {*out, shape};
        tb_list_push(b->arena, &b->rows, known);
    }
    return TB_OK;
}

static tb_rc exists(tbi_bind *b, tbi_scope *s, const tb_ast_sublink *l, tb_expr **out)
{
    tbi_result r;
    TB_TRY(subquery(b, s, l, &r));
    *out = sublink(b, TB_SUB_EXISTS, tb_type_of(TB_T_BOOL), r.plan, l->base.pos);
    return TB_OK;
}

static tb_rc array(tbi_bind *b, tbi_scope *s, const tb_ast_sublink *l, tb_expr **out)
{
    tbi_result r;
    TB_TRY(subquery(b, s, l, &r));
    TB_TRY(one_column(b, l, &r));
    tb_type type = tb_stmt_col_type(b->stmt, r.cols[0].id);
    tb_type_id array_type = tb_type_is_array(type.id) ? type.id : tbi_array_type(type.id);
    if (array_type == TB_T_NONE)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, l->base.pos,
                           "could not find array type for data type %s", tbi_type_name(b, type.id));
    *out = sublink(b, TB_SUB_ARRAY, (tb_type){array_type, type.typmod}, r.plan, l->base.pos);
    return TB_OK;
}

/* ---- comparisons with a subquery ---- */

/* The left side as a list: a row's fields, or the one expression. */
static tb_rc left_side(tbi_bind *b, tbi_scope *s, const tb_ast *ast, uint32_t *n, tb_expr ***out)
{
    if (ast->kind == TB_AST_ROW)
        return tbi_exprs_star(b, s, &tb_as_row(ast)->items, n, out);
    *n = 1;
    *out = TB_NEW_ARRAY(b->arena, tb_expr *, 1);
    return tbi_bind_expr(b, s, ast, *out);
}

static tb_rc test_columns(tbi_bind *b, const char *op, tb_expr **left, uint32_t n,
                          const tbi_result *r, int pos, tb_expr **out)
{
    if (n != r->n)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, pos,
                           n < r->n ? "subquery has too many columns"
                                    : "subquery has too few columns");
    tb_expr **right = TB_NEW_ARRAY(b->arena, tb_expr *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        right[i] = tbi_col(b, r->cols[i].id, r->cols[i].pos);
    return tbi_row_compare(b, op, left, n, right, n, pos, out);
}

static tb_rc quantified(tbi_bind *b, tbi_scope *s, const tb_ast_sublink *l, tb_expr **out)
{
    const char *op = "=";
    if (l->sublink != TB_SUBLINK_IN)
        TB_TRY(tbi_op_name(b, &l->op, &op));
    tbi_result r;
    tb_expr **left;
    uint32_t n;
    TB_TRY(left_side(b, s, l->left, &n, &left));
    TB_TRY(subquery(b, s, l, &r));
    tb_subquery_kind kind = l->sublink == TB_SUBLINK_ALL ? TB_SUB_ALL : TB_SUB_ANY;
    tb_expr *e = sublink(b, kind, tb_type_of(TB_T_BOOL), r.plan, l->base.pos);
    TB_TRY(test_columns(b, op, left, n, &r, l->base.pos, &e->sublink.test));
    *out = l->negated ? tb_expr_not(b->arena, e) : e;
    return TB_OK;
}

/* The comparison is computed above the subquery's only row, so that the subquery runs once and a
 * second row is 21000. */
tb_rc tbi_row_subquery(tbi_bind *b, tbi_scope *s, const char *op, const tb_ast_row *row,
                       const tb_ast_sublink *l, int pos, tb_expr **out)
{
    tb_expr **left, *test;
    uint32_t n;
    tbi_result r;
    TB_TRY(tbi_exprs_star(b, s, &row->items, &n, &left));
    TB_TRY(subquery(b, s, l, &r));
    TB_TRY(test_columns(b, op, left, n, &r, pos, &test));
    tb_assign a = {tbi_new_col(b, "test", test->type), test};
    *out = sublink(b, TB_SUB_SCALAR, test->type, tbi_project(b, r.plan, &a, 1), pos);
    return TB_OK;
}

tb_rc tbi_bind_sublink(tbi_bind *b, tbi_scope *s, const tb_ast_sublink *l, tb_expr **out)
{
    switch (l->sublink) {
    case TB_SUBLINK_SCALAR:
        return scalar(b, s, l, out);
    case TB_SUBLINK_EXISTS:
        return exists(b, s, l, out);
    case TB_SUBLINK_ARRAY:
        return array(b, s, l, out);
    case TB_SUBLINK_IN:
    case TB_SUBLINK_ANY:
    case TB_SUBLINK_ALL:
        return quantified(b, s, l, out);
    }
    TB_UNREACHABLE();
}
