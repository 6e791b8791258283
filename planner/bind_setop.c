/* SPDX-License-Identifier: Apache-2.0
 * UNION, INTERSECT, EXCEPT and VALUES, and ORDER BY and LIMIT over them.
 *
 * Entry points: tbi_bind_set_op, tbi_bind_values, tbi_order_result, tbi_convert_result.
 */
#include "planner/bind_int.h"

/* ---- converting the columns of a finished query ---- */

/* The output column as an expression; a literal of unknown type as itself. */
static tb_expr *output_expr(tbi_bind *b, const tbi_output *col)
{
    if (tb_stmt_col_type(b->stmt, col->id).id == TB_T_UNKNOWN && col->slot != NULL)
        return *col->slot;
    return tbi_col(b, col->id, col->pos);
}

tb_rc tbi_convert_result(tbi_bind *b, tbi_result *r, const tb_type *types, const char *context)
{
    bool changed = false;
    tb_assign *items = TB_NEW_ARRAY(b->arena, tb_assign, r->n + 1);
    for (uint32_t i = 0; i < r->n; i++) {
        tbi_output *col = &r->cols[i];
        TB_TRY(tbi_settle_unknown(b, col, types[i].id));
        tb_expr *e = tbi_col(b, col->id, col->pos);
        TB_TRY(tbi_to_common_type(b, e, types[i].id, context, &e));
        items[i] = (tb_assign){col->id, e};
        if (e->kind == TB_X_COL)
            continue;
        changed = true;
        items[i].out = tbi_new_col(b, col->name, e->type);
        *col = (tbi_output){.name = col->name, .id = items[i].out, .pos = col->pos};
    }
    if (changed)
        r->plan = tbi_project(b, r->plan, items, r->n);
    return TB_OK;
}

/* ---- set operations ---- */

static const char *const op_names[] = {
    [TB_SET_UNION] = "UNION", [TB_SET_INTERSECT] = "INTERSECT", [TB_SET_EXCEPT] = "EXCEPT"};

tb_rc tbi_setop_types(tbi_bind *b, const tb_ast_set_op *op, const tbi_result *left,
                      const tbi_result *right, tb_type *types)
{
    const char *name = op_names[op->op];
    if (left->n != right->n)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR,
                           right->n > 0 ? right->cols[0].pos : op->base.pos,
                           "each %s query must have the same number of columns", name);
    for (uint32_t i = 0; i < left->n; i++) {
        tb_expr *pair[2] = {output_expr(b, &left->cols[i]), output_expr(b, &right->cols[i])};
        types[i].id = tbi_common_type(b, pair, 2, name);
        if (types[i].id == TB_T_NONE)
            return TB_FAIL;
        types[i].typmod = tbi_common_typmod(pair, 2, types[i].id);
        if (op->op != TB_SET_UNION || !op->all)
            TB_TRY(tbi_check_equality(b, types[i].id, pair[0]->pos));
    }
    return TB_OK;
}

tb_colid *tbi_output_ids(tbi_bind *b, const tbi_result *r)
{
    tb_colid *ids = TB_NEW_ARRAY(b->arena, tb_colid, r->n + 1);
    for (uint32_t i = 0; i < r->n; i++)
        ids[i] = r->cols[i].id;
    return ids;
}

static tb_plan *set_node(tbi_bind *b, const tb_ast_set_op *op, const tbi_result *left,
                         const tbi_result *right, const tb_type *types, tbi_result *out)
{
    static const tb_setop kinds[] = {[TB_SET_UNION] = TB_SETOP_UNION,
                                     [TB_SET_INTERSECT] = TB_SETOP_INTERSECT,
                                     [TB_SET_EXCEPT] = TB_SETOP_EXCEPT};
    tb_plan *p = tb_plan_new(b->arena, TB_P_SETOP, left->plan, right->plan);
    out->n = left->n;
    out->cols = TB_NEW_ARRAY(b->arena, tbi_output, left->n + 1);
    tb_colid *ids = TB_NEW_ARRAY(b->arena, tb_colid, left->n + 1);
    for (uint32_t i = 0; i < left->n; i++) {
        const tbi_output *l = &left->cols[i];
        ids[i] = tbi_new_col(b, l->name, types[i]);
        tbi_meta_of(b, ids[i])->shape = tbi_meta_of(b, l->id)->shape;
        out->cols[i] = (tbi_output){.name = l->name, .id = ids[i], .pos = l->pos};
    }
    p->setop.op = kinds[op->op];
    p->setop.all = op->all;
    p->setop.left = tbi_output_ids(b, left);
    p->setop.right = tbi_output_ids(b, right);
    p->out = ids;
    p->nout = left->n;
    return p;
}

static tb_rc operand(tbi_bind *b, tbi_scope *level, const tb_ast *body, tbi_result *out)
{
    return tbi_bind_query_body(b, tbi_scope_new(b, level), body, NULL, false, out);
}

tb_rc tbi_bind_set_op(tbi_bind *b, tbi_scope *level, const tb_ast_set_op *op, const tb_ast_query *q,
                      tbi_result *out)
{
    tbi_result left, right;
    TB_TRY(tbi_enter(b, op->base.pos));
    TB_TRY(operand(b, level, op->left, &left));
    TB_TRY(operand(b, level, op->right, &right));
    tb_type *types = TB_NEW_ARRAY(b->arena, tb_type, left.n + 1);
    TB_TRY(tbi_setop_types(b, op, &left, &right, types));
    TB_TRY(tbi_convert_result(b, &left, types, op_names[op->op]));
    TB_TRY(tbi_convert_result(b, &right, types, op_names[op->op]));
    *out = (tbi_result){.n = 0};
    out->plan = set_node(b, op, &left, &right, types, out);
    tbi_leave(b);
    return q == NULL ? TB_OK : tbi_order_result(b, level, q, false, out);
}

/* ---- VALUES ---- */

static tb_rc bind_rows(tbi_bind *b, tbi_scope *level, const tb_ast_values *v, tb_expr ***rows,
                       uint32_t *ncols)
{
    level->place = TBI_IN_VALUES;
    for (uint32_t r = 0; r < v->rows.n; r++) {
        const tb_ast_list *items = &tb_as_row(v->rows.at[r])->items;
        uint32_t n;
        TB_TRY(tbi_exprs_star(b, level, items, &n, &rows[r]));
        if (r > 0 && n != *ncols)
            return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR,
                               items->n > 0 ? items->at[0]->pos : v->base.pos,
                               "VALUES lists must all be the same length");
        *ncols = n;
    }
    return TB_OK;
}

/* Common type of one column over all rows. */
static tb_rc unify_column(tbi_bind *b, tb_expr ***rows, uint32_t nrows, uint32_t c, tb_type *out)
{
    tb_expr **column = TB_NEW_ARRAY(b->arena, tb_expr *, nrows);
    for (uint32_t r = 0; r < nrows; r++)
        column[r] = rows[r][c];
    TB_TRY(tbi_unify(b, column, nrows, "VALUES", out));
    for (uint32_t r = 0; r < nrows; r++)
        rows[r][c] = column[r];
    return TB_OK;
}

tb_rc tbi_bind_values(tbi_bind *b, tbi_scope *level, const tb_ast_values *v, const tb_ast_query *q,
                      tbi_result *out)
{
    uint32_t n = 0, nrows = v->rows.n;
    tb_expr ***rows = TB_NEW_ARRAY(b->arena, tb_expr **, nrows);
    TB_TRY(bind_rows(b, level, v, rows, &n));
    tb_plan *p = tb_plan_new(b->arena, TB_P_VALUES, NULL, NULL);
    tb_colid *ids = TB_NEW_ARRAY(b->arena, tb_colid, n + 1);
    *out = (tbi_result){.plan = p, .n = n, .cols = TB_NEW_ARRAY(b->arena, tbi_output, n + 1)};
    for (uint32_t c = 0; c < n; c++) {
        tb_type type;
        TB_TRY(unify_column(b, rows, nrows, c, &type));
        const char *name = tb_arena_printf(b->arena, "column%u", c + 1);
        ids[c] = tbi_new_col(b, name, type);
        tbi_meta_of(b, ids[c])->shape = tbi_shape_of(b, rows[0][c]);
        out->cols[c] = (tbi_output){.name = name, .id = ids[c], .pos = tbi_loc(rows[0][c])};
    }
    p->values.nrows = nrows;
    p->values.rows = rows;
    p->out = ids;
    p->nout = n;
    return q == NULL ? TB_OK : tbi_order_result(b, level, q, true, out);
}

/* ---- ORDER BY over finished columns ---- */

static tb_rc not_a_column(tbi_bind *b, int pos)
{
    TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, pos,
                "invalid UNION/INTERSECT/EXCEPT ORDER BY clause");
    tb_error_detail(b->err, "Only result column names can be used, not expressions or functions.");
    tb_error_hint(b->err, "Add the expression/function to every SELECT, or move the UNION into a "
                          "FROM clause.");
    return TB_FAIL;
}

/* A query level whose only names are the result's columns, as select list entries. */
static tbi_select *over_result(tbi_bind *b, const tbi_scope *level, const tbi_result *r)
{
    tbi_select *q = TB_NEW(b->arena, tbi_select);
    q->scope = tbi_scope_new(b, level->parent);
    tbi_item item = {.name = "*RESULT*", .ncols = r->n, .cols_visible = true, .lateral_ok = true};
    item.cols = TB_NEW_ARRAY(b->arena, tbi_column, r->n + 1);
    for (uint32_t i = 0; i < r->n; i++) {
        const tbi_output *col = &r->cols[i];
        item.cols[i] = (tbi_column){col->name, col->id};
        tbi_target t = {.expr = tbi_col(b, col->id, col->pos), .name = col->name, .id = col->id};
        tb_list_push(b->arena, &q->targets, t);
    }
    tbi_add_item(b, q->scope, item);
    return q;
}

/* The column an item sorts by: an output column, or an expression over them added by the lift. */
static tb_rc sort_column(tbi_bind *b, tbi_select *q, const tb_ast *item, bool expressions,
                         tbi_lift *l, tb_colid *out)
{
    uint32_t at;
    TB_TRY(tbi_find_target(b, q, item, TBI_IN_ORDER_BY, "ORDER BY", &at));
    tbi_target *t = &q->targets.at[at];
    if (t->junk && !expressions)
        return not_a_column(b, tbi_loc(t->expr));
    if (t->junk && t->id == 0)
        t->id = tbi_lift_expr(b, l, t->expr, "order");
    *out = t->id;
    return TB_OK;
}

static tb_rc no_calls(tbi_bind *b, const tbi_select *q, int pos)
{
    if (q->scope->aggs.n > 0 || q->scope->wincalls.n > 0 || q->scope->srfs.n > 0)
        return TB_UNSUPPORTED(b->err, pos, "such a function in ORDER BY of VALUES");
    return TB_OK;
}

/* Only the result's own columns, after sorting by others. */
static tb_plan *drop_junk(tbi_bind *b, const tbi_result *r, tb_plan *in)
{
    if (in->nout == r->n)
        return in;
    tb_assign *items = TB_NEW_ARRAY(b->arena, tb_assign, r->n + 1);
    for (uint32_t i = 0; i < r->n; i++)
        items[i] = (tb_assign){r->cols[i].id, tbi_col(b, r->cols[i].id, -1)};
    return tbi_project(b, in, items, r->n);
}

tb_rc tbi_order_result(tbi_bind *b, tbi_scope *level, const tb_ast_query *q, bool expressions,
                       tbi_result *io)
{
    uint32_t n = q->order_by.n;
    tbi_select *over = over_result(b, level, io);
    tbi_lift l = {.plan = io->plan};
    tb_sort_key *keys = TB_NEW_ARRAY(b->arena, tb_sort_key, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const tb_ast_sort *sort = tb_as_sort(q->order_by.at[i]);
        TB_TRY(sort_column(b, over, sort->expr, expressions, &l, &keys[i].col));
        TB_TRY(no_calls(b, over, sort->expr->pos));
        TB_TRY(tbi_sort_direction(b, sort, tb_stmt_col_type(b->stmt, keys[i].col).id, &keys[i].desc,
                                  &keys[i].nulls_first));
    }
    io->plan = tbi_lift_done(b, &l);
    if (n > 0) {
        tb_plan *p = tb_plan_new(b->arena, TB_P_SORT, io->plan, NULL);
        tb_plan_set_out(b->arena, p, io->plan->out, io->plan->nout);
        p->sort.n = n;
        p->sort.keys = keys;
        io->plan = p;
    }
    tb_expr *limit, *offset;
    TB_TRY(tbi_limits(b, level, q, &limit, &offset));
    bool ties = q->limit_kind == TB_LIMIT_WITH_TIES;
    io->plan = tbi_plan_limit(b, io->plan, limit, offset, ties ? keys : NULL, ties ? n : 0);
    io->plan = drop_junk(b, io, io->plan);
    return TB_OK;
}
