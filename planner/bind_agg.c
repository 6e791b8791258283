/* SPDX-License-Identifier: Apache-2.0
 * Aggregate calls. A call belongs to the nearest query level its arguments' columns come from,
 * perhaps an outer one; it becomes a column of that level, computed by the AGG node built later
 * (bind_group.c).
 *
 * Entry points: tbi_agg_call, tbi_ordered_set_call, tbi_lowest_level.
 */
#include "planner/bind_int.h"

/* ---- levels ---- */

typedef struct level_cx {
    tbi_bind *b;
    const tbi_scope *s;
    int lowest;     /* of any column, -1 = none */
    int lowest_agg; /* of columns that are aggregates */
    int agg_pos;    /* where that one is */
} level_cx;

static void lower(int *lowest, int level)
{
    if (level >= 0 && (*lowest < 0 || level < *lowest))
        *lowest = level;
}

static tb_rc level_node(tb_expr *e, void *ctx, tb_error *err);

static tb_rc level_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    return level_node(*slot, ctx, err);
}

static tb_rc level_node(tb_expr *e, void *ctx, tb_error *err)
{
    level_cx *cx = ctx;
    if (e->kind == TB_X_COL) {
        int level = tbi_level_of(cx->b, cx->s, e->col);
        lower(&cx->lowest, level);
        int before = cx->lowest_agg;
        if (tbi_meta_of(cx->b, e->col)->made == TBI_MADE_AGG)
            lower(&cx->lowest_agg, level);
        if (cx->lowest_agg != before)
            cx->agg_pos = e->pos;
        return TB_OK;
    }
    if (e->kind == TB_X_SUBLINK)
        TB_TRY(tbi_each_slot(e->sublink.plan, level_slot, ctx, err));
    return tb_expr_each_child(e, level_node, ctx, err);
}

int tbi_lowest_level(tbi_bind *b, const tbi_scope *s, const tb_expr *e)
{
    level_cx cx = {b, s, -1, -1, -1};
    tb_rc rc = level_node((tb_expr *)e, &cx, b->err);
    return rc == TB_OK ? cx.lowest : -1;
}

/* ---- checks ---- */

static bool agg_allowed(tbi_place place)
{
    return place == TBI_IN_SELECT || place == TBI_IN_HAVING || place == TBI_IN_ORDER_BY ||
           place == TBI_IN_DISTINCT_ON || place == TBI_IN_WINDOW_PARTITION ||
           place == TBI_IN_WINDOW_ORDER;
}

static tb_rc check_place(tbi_bind *b, const tbi_scope *s, int pos)
{
    if (s->recursive_step)
        return TB_RAISE_AT(b->err, TB_E_INVALID_RECURSION, pos,
                           "aggregate functions are not allowed in a recursive query's recursive "
                           "term");
    if (!agg_allowed(s->place))
        return TB_RAISE_AT(b->err, TB_E_GROUPING_ERROR, pos,
                           "aggregate functions are not allowed in %s", tbi_place_name(s->place));
    return TB_OK;
}

static tb_rc check_contents(tbi_bind *b, const tbi_scope *s, const tb_expr *e)
{
    if (tbi_reads_made(b, s, e, TBI_MADE_WINDOW))
        return TB_RAISE_AT(b->err, TB_E_GROUPING_ERROR, tbi_loc(e),
                           "aggregate function calls cannot contain window function calls");
    if (tbi_reads_made(b, s, e, TBI_MADE_SRF))
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, tbi_loc(e),
                           "aggregate function calls cannot contain set-returning function calls");
    return TB_OK;
}

/* Finds the level a call belongs to: that of the nearest column among its expressions. */
static tb_rc find_level(tbi_bind *b, tbi_scope *s, const tbi_agg *a, tbi_scope **out)
{
    level_cx cx = {b, s, -1, -1, -1};
    for (uint32_t i = 0; i < a->nargs; i++)
        TB_TRY(level_node(a->args[i], &cx, b->err));
    for (uint32_t i = 0; i < a->norder; i++)
        TB_TRY(level_node(a->order[i], &cx, b->err));
    if (a->filter != NULL)
        TB_TRY(level_node(a->filter, &cx, b->err));
    int level = cx.lowest < 0 ? 0 : cx.lowest;
    if (cx.lowest_agg == level)
        return TB_RAISE_AT(b->err, TB_E_GROUPING_ERROR, cx.agg_pos,
                           "aggregate function calls cannot be nested");
    for (; level > 0; level--)
        s = s->parent;
    *out = s;
    return TB_OK;
}

/* Direct arguments are evaluated once per group: their columns must be of an outer level or
 * grouping columns; the grouping check sees to it. They may not be nearer than the aggregate
 * itself. */
static tb_rc check_direct(tbi_bind *b, const tbi_scope *owner, const tbi_agg *a)
{
    for (uint32_t i = 0; i < a->ndirect; i++)
        if (tbi_reads_made(b, owner, a->direct[i], TBI_MADE_AGG))
            return TB_RAISE_AT(b->err, TB_E_GROUPING_ERROR, tbi_loc(a->direct[i]),
                               "aggregate function calls cannot be nested");
    return TB_OK;
}

/* ---- registration ---- */

static bool same_list(tb_expr *const *x, uint32_t nx, tb_expr *const *y, uint32_t ny)
{
    if (nx != ny)
        return false;
    for (uint32_t i = 0; i < nx; i++)
        if (!tb_expr_equal(x[i], y[i]) || tb_expr_is_volatile(x[i]))
            return false;
    return true;
}

static bool same_call(const tbi_agg *x, const tbi_agg *y)
{
    if (x->agg.fn != y->agg.fn || x->agg.type.id != y->agg.type.id ||
        x->agg.distinct != y->agg.distinct || (x->filter == NULL) != (y->filter == NULL) ||
        !same_list(x->args, x->nargs, y->args, y->nargs) ||
        !same_list(x->direct, x->ndirect, y->direct, y->ndirect) ||
        !same_list(x->order, x->norder, y->order, y->norder))
        return false;
    for (uint32_t i = 0; i < x->norder; i++)
        if (x->keys[i].desc != y->keys[i].desc || x->keys[i].nulls_first != y->keys[i].nulls_first)
            return false;
    return x->filter == NULL || same_list(&x->filter, 1, &y->filter, 1);
}

static tb_rc add_call(tbi_bind *b, tbi_scope *s, tbi_agg *a, const char *name, tb_expr **out)
{
    tbi_scope *owner = NULL;
    TB_TRY(find_level(b, s, a, &owner));
    TB_TRY(check_place(b, owner, a->agg.pos));
    for (uint32_t i = 0; i < a->nargs; i++)
        TB_TRY(check_contents(b, owner, a->args[i]));
    TB_TRY(check_direct(b, owner, a));
    for (uint32_t i = 0; i < owner->aggs.n; i++) {
        if (!same_call(owner->aggs.at[i], a))
            continue;
        *out = tbi_col(b, owner->aggs.at[i]->agg.out, a->agg.pos);
        return TB_OK;
    }
    a->agg.out = tbi_new_col(b, name, a->agg.type);
    tbi_meta *m = tbi_meta_of(b, a->agg.out);
    m->scope = owner;
    m->made = TBI_MADE_AGG;
    tb_list_push(b->arena, &owner->aggs, a);
    *out = tbi_col(b, a->agg.out, a->agg.pos);
    return TB_OK;
}

static tb_rc bind_filter(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f, tb_expr **out)
{
    *out = NULL;
    if (f->filter == NULL)
        return TB_OK;
    return tbi_bind_bool_at(b, s, TBI_IN_FILTER, f->filter, "FILTER", out);
}

/* ORDER BY inside the call: plain expressions, no ordinals. One that is an argument as written is
 * the argument as converted. */
static tb_rc bind_order(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f, tbi_agg *a,
                        tb_expr *const *written)
{
    a->norder = f->order_by.n;
    a->order = TB_NEW_ARRAY(b->arena, tb_expr *, a->norder + 1);
    a->keys = TB_NEW_ARRAY(b->arena, tb_sort_key, a->norder + 1);
    for (uint32_t i = 0; i < a->norder; i++) {
        const tb_ast_sort *sort = tb_as_sort(f->order_by.at[i]);
        TB_TRY(tbi_bind_expr(b, s, sort->expr, &a->order[i]));
        for (uint32_t k = 0; k < a->nargs; k++)
            if (tb_expr_equal(a->order[i], written[k]))
                a->order[i] = a->args[k];
        TB_TRY(tbi_unknown_to_text(b, a->order[i], &a->order[i]));
        TB_TRY(tbi_sort_direction(b, sort, a->order[i]->type.id, &a->keys[i].desc,
                                  &a->keys[i].nulls_first));
    }
    return TB_OK;
}

static tb_rc check_distinct(tbi_bind *b, const tbi_agg *a)
{
    for (uint32_t i = 0; i < a->nargs; i++) {
        if (tbi_check_ordering(b, a->args[i]->type.id, tbi_loc(a->args[i])) == TB_OK)
            continue;
        tb_error_detail(b->err, "Aggregates with DISTINCT must be able to sort their inputs.");
        return TB_FAIL;
    }
    for (uint32_t i = 0; i < a->norder; i++) {
        bool found = false;
        for (uint32_t k = 0; k < a->nargs && !found; k++)
            found = tb_expr_equal(a->order[i], a->args[k]);
        if (!found)
            return TB_RAISE_AT(b->err, TB_E_INVALID_COLUMN_REFERENCE, tbi_loc(a->order[i]),
                               "in an aggregate with DISTINCT, ORDER BY expressions must appear "
                               "in argument list");
    }
    return TB_OK;
}

tb_rc tbi_agg_call(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f, const tbi_choice *choice,
                   tb_expr **args, uint32_t nargs, tb_expr *const *written, tb_expr **out)
{
    tbi_agg *a = TB_NEW(b->arena, tbi_agg);
    a->agg.fn = choice->fn;
    a->agg.type = tb_type_of(choice->ret);
    a->agg.distinct = f->distinct;
    a->agg.pos = f->base.pos;
    a->args = args;
    a->nargs = nargs;
    TB_TRY(bind_filter(b, s, f, &a->filter));
    TB_TRY(bind_order(b, s, f, a, written));
    if (f->distinct)
        TB_TRY(check_distinct(b, a));
    return add_call(b, s, a, f->name.name, out);
}

/* ---- WITHIN GROUP ---- */

/* f(direct, ..) WITHIN GROUP (ORDER BY aggregated): resolved as f(direct, .., aggregated). */
tb_rc tbi_ordered_set_call(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f, tb_expr **out)
{
    int pos = f->base.pos;
    uint32_t ndirect = f->args.n, n = ndirect + f->order_by.n;
    if (n > TBI_MAX_ARGS)
        return TB_RAISE_AT(b->err, TB_E_TOO_MANY_ARGUMENTS, pos,
                           "cannot pass more than %d arguments to a function", TBI_MAX_ARGS);
    if (f->distinct || f->variadic)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, pos,
                           "cannot use DISTINCT or VARIADIC with WITHIN GROUP");
    tbi_agg *a = TB_NEW(b->arena, tbi_agg);
    tb_expr **all = TB_NEW_ARRAY(b->arena, tb_expr *, n + 1);
    tb_type_id types[TBI_MAX_ARGS];
    tb_expr **direct;
    TB_TRY(tbi_bind_exprs(b, s, &f->args, &direct));
    memcpy(all, direct, ndirect * sizeof *all);
    a->keys = TB_NEW_ARRAY(b->arena, tb_sort_key, f->order_by.n + 1);
    for (uint32_t i = ndirect; i < n; i++)
        TB_TRY(tbi_bind_expr(b, s, tb_as_sort(f->order_by.at[i - ndirect])->expr, &all[i]));
    for (uint32_t i = 0; i < n; i++)
        types[i] = all[i]->type.id;
    tbi_call call = {f->name.schema, f->name.name, n, types, false, pos};
    tbi_choice choice;
    TB_TRY(tbi_resolve_function(b, &call, &choice));
    if (choice.kind != TBI_CHOICE_FN || (tb_fn_get(choice.fn)->flags & TB_FF_AGG) == 0)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, pos,
                           "%s specified, but %s is not an aggregate function", "WITHIN GROUP",
                           f->name.name);
    if ((tb_fn_get(choice.fn)->flags & TB_FF_ORDERED_SET) == 0)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, pos,
                           "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP",
                           f->name.name);
    if (f->over != NULL)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, pos,
                           "OVER is not supported for ordered-set aggregate %s", f->name.name);
    TB_TRY(tbi_convert_args(b, all, n, &choice));
    a->agg.fn = choice.fn;
    a->agg.type = tb_type_of(choice.ret);
    a->agg.pos = pos;
    a->direct = all;
    a->ndirect = ndirect;
    a->order = a->args = all + ndirect;
    a->norder = a->nargs = n - ndirect;
    for (uint32_t i = 0; i < a->norder; i++)
        TB_TRY(tbi_sort_direction(b, tb_as_sort(f->order_by.at[i]), a->order[i]->type.id,
                                  &a->keys[i].desc, &a->keys[i].nulls_first));
    TB_TRY(bind_filter(b, s, f, &a->filter));
    return add_call(b, s, a, f->name.name, out);
}
