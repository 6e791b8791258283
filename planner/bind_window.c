/* SPDX-License-Identifier: Apache-2.0
 * Window functions: the WINDOW clause, OVER, frames; and the WINDOW nodes that compute them.
 *
 * Entry points: tbi_bind_window_clause, tbi_window_call, tbi_plan_windows.
 */
#include "planner/bind_int.h"

/* ---- frames ---- */

/* Type of a RANGE offset over a column type, TB_T_NONE when PostgreSQL has no in_range function for
 * the pair. */
static tb_type_id range_offset_type(tb_type_id col, tb_type_id offset)
{
    bool integer = offset == TB_T_INT2 || offset == TB_T_INT4 || offset == TB_T_INT8;
    bool unknown = offset == TB_T_UNKNOWN;
    switch ((int)col) {
    case TB_T_INT2:
    case TB_T_INT4:
        return integer ? offset : unknown ? col : TB_T_NONE;
    case TB_T_INT8:
        return integer || unknown ? TB_T_INT8 : TB_T_NONE;
    case TB_T_FLOAT4:
    case TB_T_FLOAT8:
        return integer || unknown || offset == TB_T_FLOAT4 || offset == TB_T_FLOAT8 ||
                       offset == TB_T_NUMERIC
                   ? TB_T_FLOAT8
                   : TB_T_NONE;
    case TB_T_NUMERIC:
        return integer || unknown || offset == TB_T_NUMERIC ? TB_T_NUMERIC : TB_T_NONE;
    case TB_T_DATE:
    case TB_T_TIME:
    case TB_T_TIMETZ:
    case TB_T_TIMESTAMP:
    case TB_T_TIMESTAMPTZ:
    case TB_T_INTERVAL:
        return unknown || offset == TB_T_INTERVAL ? TB_T_INTERVAL : TB_T_NONE;
    }
    return TB_T_NONE;
}

static tb_rc range_offset(tbi_bind *b, const tbi_window *w, tb_expr *e, int pos, tb_expr **out)
{
    if (w->norder != 1)
        return TB_RAISE_AT(b->err, TB_E_WINDOWING_ERROR, pos,
                           "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY "
                           "column");
    tb_type_id col = w->order[0]->type.id;
    if (range_offset_type(col, TB_T_UNKNOWN) == TB_T_NONE)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, tbi_loc(e),
                           "RANGE with offset PRECEDING/FOLLOWING is not supported for column "
                           "type %s",
                           tbi_type_name(b, col));
    tb_type_id type = range_offset_type(col, e->type.id);
    if (type == TB_T_NONE) {
        TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, tbi_loc(e),
                    "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s "
                    "and offset type %s",
                    tbi_type_name(b, col), tbi_type_name(b, e->type.id));
        tb_error_hint(b->err, "Cast the offset value to an appropriate type.");
        return TB_FAIL;
    }
    return tbi_coerce(b, e, tb_type_of(type), TB_CAST_IMPLICIT, out);
}

static tb_rc frame_offset(tbi_bind *b, tbi_scope *s, const tbi_window *w, tb_window_mode mode,
                          const tb_ast *ast, int pos, tb_expr **out)
{
    static const struct {
        tbi_place place;
        const char *clause;
    } modes[] = {[TB_WINDOW_ROWS] = {TBI_IN_WINDOW_ROWS, "ROWS"},
                 [TB_WINDOW_RANGE] = {TBI_IN_WINDOW_RANGE, "RANGE"},
                 [TB_WINDOW_GROUPS] = {TBI_IN_WINDOW_GROUPS, "GROUPS"}};
    *out = NULL;
    if (ast == NULL)
        return TB_OK;
    TB_TRY(tbi_bind_expr_at(b, s, modes[mode].place, ast, out));
    if (mode == TB_WINDOW_RANGE)
        TB_TRY(range_offset(b, w, *out, pos, out));
    else
        TB_TRY(tbi_coerce_clause(b, *out, TB_T_INT8, modes[mode].clause, out));
    if (tb_expr_has_sublink(*out))
        return TB_UNSUPPORTED(b->err, tbi_loc(*out), "a subquery as a window frame offset");
    if (tbi_lowest_level(b, s, *out) == 0)
        return TB_RAISE_AT(b->err, TB_E_INVALID_COLUMN_REFERENCE, tbi_loc(*out),
                           "argument of %s must not contain variables", modes[mode].clause);
    return TB_OK;
}

static tb_rc check_bounds(tbi_bind *b, const tb_ast_window *ast)
{
    const char *problem = NULL;
    if (ast->start == TB_AST_BOUND_UNBOUNDED_FOLLOWING)
        problem = "frame start cannot be UNBOUNDED FOLLOWING";
    else if (ast->end == TB_AST_BOUND_UNBOUNDED_PRECEDING)
        problem = "frame end cannot be UNBOUNDED PRECEDING";
    else if (ast->start == TB_AST_BOUND_CURRENT_ROW && ast->end == TB_AST_BOUND_PRECEDING)
        problem = "frame starting from current row cannot have preceding rows";
    else if (ast->start == TB_AST_BOUND_FOLLOWING && ast->end == TB_AST_BOUND_PRECEDING)
        problem = "frame starting from following row cannot have preceding rows";
    else if (ast->start == TB_AST_BOUND_FOLLOWING && ast->end == TB_AST_BOUND_CURRENT_ROW)
        problem = "frame starting from following row cannot have preceding rows";
    if (problem != NULL)
        return TB_RAISE_AT(b->err, TB_E_WINDOWING_ERROR, ast->base.pos, "%s", problem);
    return TB_OK;
}

static tb_rc bind_frame(tbi_bind *b, tbi_scope *s, const tb_ast_window *ast, tbi_window *w)
{
    static const tb_window_mode modes[] = {[TB_AST_FRAME_NONE] = TB_WINDOW_RANGE,
                                           [TB_AST_FRAME_RANGE] = TB_WINDOW_RANGE,
                                           [TB_AST_FRAME_ROWS] = TB_WINDOW_ROWS,
                                           [TB_AST_FRAME_GROUPS] = TB_WINDOW_GROUPS};
    static const tb_window_bound bounds[] = {
        [TB_AST_BOUND_UNBOUNDED_PRECEDING] = TB_WINDOW_BOUND_UNBOUNDED_PRECEDING,
        [TB_AST_BOUND_PRECEDING] = TB_WINDOW_BOUND_PRECEDING,
        [TB_AST_BOUND_CURRENT_ROW] = TB_WINDOW_BOUND_CURRENT,
        [TB_AST_BOUND_FOLLOWING] = TB_WINDOW_BOUND_FOLLOWING,
        [TB_AST_BOUND_UNBOUNDED_FOLLOWING] = TB_WINDOW_BOUND_UNBOUNDED_FOLLOWING};
    static const tb_window_exclude excludes[] = {
        [TB_AST_EXCLUDE_NO_OTHERS] = TB_WINDOW_EXCLUDE_NONE,
        [TB_AST_EXCLUDE_CURRENT_ROW] = TB_WINDOW_EXCLUDE_CURRENT,
        [TB_AST_EXCLUDE_GROUP] = TB_WINDOW_EXCLUDE_GROUP,
        [TB_AST_EXCLUDE_TIES] = TB_WINDOW_EXCLUDE_TIES};
    TB_TRY(check_bounds(b, ast));
    w->has_frame = ast->frame != TB_AST_FRAME_NONE;
    w->frame.mode = modes[ast->frame];
    w->frame.start = bounds[ast->start];
    w->frame.end = w->has_frame ? bounds[ast->end] : TB_WINDOW_BOUND_CURRENT;
    w->frame.exclude = excludes[ast->exclude];
    if (w->frame.mode == TB_WINDOW_GROUPS && w->norder == 0)
        return TB_RAISE_AT(b->err, TB_E_WINDOWING_ERROR, ast->base.pos,
                           "GROUPS mode requires an ORDER BY clause");
    TB_TRY(frame_offset(b, s, w, w->frame.mode, ast->start_offset, ast->base.pos,
                        &w->frame.start_offset));
    return frame_offset(b, s, w, w->frame.mode, ast->end_offset, ast->base.pos,
                        &w->frame.end_offset);
}

/* ---- definitions ---- */

static int find_window(const tbi_scope *s, const char *name)
{
    for (uint32_t i = 0; i < s->windows.n; i++)
        if (s->windows.at[i].name != NULL && strcmp(s->windows.at[i].name, name) == 0)
            return (int)i;
    return -1;
}

static tb_rc no_window(tbi_bind *b, const char *name, int pos)
{
    return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, pos, "window \"%s\" does not exist", name);
}

static tb_rc no_srf(tbi_bind *b, const tbi_scope *s, const tb_expr *e)
{
    if (tbi_reads_made(b, s, e, TBI_MADE_SRF))
        return TB_UNSUPPORTED(b->err, tbi_loc(e),
                              "a set-returning function in a window definition");
    return TB_OK;
}

static tb_rc bind_partition(tbi_bind *b, tbi_scope *s, const tb_ast_list *list, tbi_window *w)
{
    w->npartition = list->n;
    w->partition = TB_NEW_ARRAY(b->arena, tb_expr *, list->n + 1);
    for (uint32_t i = 0; i < list->n; i++) {
        tb_expr **e = &w->partition[i];
        TB_TRY(tbi_bind_expr_at(b, s, TBI_IN_WINDOW_PARTITION, list->at[i], e));
        TB_TRY(tbi_unknown_to_text(b, *e, e));
        TB_TRY(no_srf(b, s, *e));
        TB_TRY(tbi_check_ordering(b, (*e)->type.id, tbi_loc(*e)));
    }
    return TB_OK;
}

static tb_rc bind_order(tbi_bind *b, tbi_scope *s, const tb_ast_list *list, tbi_window *w)
{
    w->norder = list->n;
    w->order = TB_NEW_ARRAY(b->arena, tb_expr *, list->n + 1);
    w->keys = TB_NEW_ARRAY(b->arena, tb_sort_key, list->n + 1);
    for (uint32_t i = 0; i < list->n; i++) {
        const tb_ast_sort *sort = tb_as_sort(list->at[i]);
        tb_expr **e = &w->order[i];
        TB_TRY(tbi_bind_expr_at(b, s, TBI_IN_WINDOW_ORDER, sort->expr, e));
        TB_TRY(tbi_unknown_to_text(b, *e, e));
        TB_TRY(no_srf(b, s, *e));
        TB_TRY(
            tbi_sort_direction(b, sort, (*e)->type.id, &w->keys[i].desc, &w->keys[i].nulls_first));
    }
    return TB_OK;
}

/* Takes over what the definition's base window says; the base may not be contradicted. */
static tb_rc inherit(tbi_bind *b, const tbi_window *base, const tb_ast_window *ast, tbi_window *w)
{
    const char *name = ast->base_name;
    int pos = ast->base.pos;
    if (ast->partition_by.n > 0)
        return TB_RAISE_AT(b->err, TB_E_WINDOWING_ERROR, pos,
                           "cannot override PARTITION BY clause of window \"%s\"", name);
    if (ast->order_by.n > 0 && base->norder > 0)
        return TB_RAISE_AT(b->err, TB_E_WINDOWING_ERROR, pos,
                           "cannot override ORDER BY clause of window \"%s\"", name);
    if (base->has_frame) {
        TB_RAISE_AT(b->err, TB_E_WINDOWING_ERROR, pos,
                    "cannot copy window \"%s\" because it has a frame clause", name);
        if (ast->name == NULL && ast->order_by.n == 0 && ast->frame == TB_AST_FRAME_NONE)
            tb_error_hint(b->err, "Omit the parentheses in this OVER clause.");
        return TB_FAIL;
    }
    w->npartition = base->npartition;
    w->partition = base->partition;
    if (ast->order_by.n == 0) {
        w->norder = base->norder;
        w->order = base->order;
        w->keys = base->keys;
    }
    return TB_OK;
}

static bool same_exprs(tb_expr *const *x, tb_expr *const *y, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!tb_expr_equal(x[i], y[i]) || tb_expr_is_volatile(x[i]))
            return false;
    return true;
}

static bool same_offset(const tb_expr *x, const tb_expr *y)
{
    return x == y || (x != NULL && y != NULL && tb_expr_equal(x, y));
}

/* Two definitions that say the same: calls over them may share results. */
static bool same_definition(const tbi_window *x, const tbi_window *y)
{
    if (x->npartition != y->npartition || x->norder != y->norder ||
        !same_exprs(x->partition, y->partition, x->npartition) ||
        !same_exprs(x->order, y->order, x->norder))
        return false;
    for (uint32_t i = 0; i < x->norder; i++)
        if (x->keys[i].desc != y->keys[i].desc || x->keys[i].nulls_first != y->keys[i].nulls_first)
            return false;
    return x->frame.mode == y->frame.mode && x->frame.start == y->frame.start &&
           x->frame.end == y->frame.end && x->frame.exclude == y->frame.exclude &&
           same_offset(x->frame.start_offset, y->frame.start_offset) &&
           same_offset(x->frame.end_offset, y->frame.end_offset);
}

static tb_rc define(tbi_bind *b, tbi_scope *s, const tb_ast_window *ast, uint32_t *index)
{
    tbi_window w = {.name = ast->name};
    int base = -1;
    if (ast->base_name != NULL) {
        base = find_window(s, ast->base_name);
        if (base < 0)
            return no_window(b, ast->base_name, ast->base.pos);
    }
    TB_TRY(bind_partition(b, s, &ast->partition_by, &w));
    TB_TRY(bind_order(b, s, &ast->order_by, &w));
    if (base >= 0)
        TB_TRY(inherit(b, &s->windows.at[base], ast, &w));
    TB_TRY(bind_frame(b, s, ast, &w));
    for (*index = 0; ast->name == NULL && *index < s->windows.n; ++*index)
        if (same_definition(&s->windows.at[*index], &w))
            return TB_OK;
    *index = s->windows.n;
    tb_list_push(b->arena, &s->windows, w);
    return TB_OK;
}

tb_rc tbi_bind_window_clause(tbi_bind *b, tbi_scope *s, const tb_ast_list *windows)
{
    for (uint32_t i = 0; i < windows->n; i++) {
        const tb_ast_window *ast = tb_as_window(windows->at[i]);
        if (find_window(s, ast->name) >= 0)
            return TB_RAISE_AT(b->err, TB_E_WINDOWING_ERROR, ast->base.pos,
                               "window \"%s\" is already defined", ast->name);
        uint32_t index;
        TB_TRY(define(b, s, ast, &index));
    }
    return TB_OK;
}

/* ---- calls ---- */

static tb_rc check_call(tbi_bind *b, const tbi_scope *s, const tb_ast_func_call *f, tb_expr **args,
                        uint32_t nargs, bool aggregate)
{
    int pos = f->base.pos;
    bool allowed =
        s->place == TBI_IN_SELECT || s->place == TBI_IN_ORDER_BY || s->place == TBI_IN_DISTINCT_ON;
    bool in_window = s->place >= TBI_IN_WINDOW_PARTITION && s->place <= TBI_IN_WINDOW_GROUPS;
    if (!allowed)
        return TB_RAISE_AT(b->err, TB_E_WINDOWING_ERROR, pos,
                           "window functions are not allowed in %s",
                           in_window ? "window definitions" : tbi_place_name(s->place));
    if (f->distinct)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, pos,
                           "DISTINCT is not implemented for window functions");
    if (f->order_by.n > 0)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, pos,
                           "aggregate ORDER BY is not implemented for window functions");
    if (f->filter != NULL && !aggregate)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, pos,
                           "FILTER is not implemented for non-aggregate window functions");
    for (uint32_t i = 0; i < nargs; i++) {
        if (tbi_reads_made(b, s, args[i], TBI_MADE_WINDOW))
            return TB_RAISE_AT(b->err, TB_E_WINDOWING_ERROR, tbi_loc(args[i]),
                               "window function calls cannot be nested");
        if (tbi_reads_made(b, s, args[i], TBI_MADE_SRF))
            return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, tbi_loc(args[i]),
                               "window function calls cannot contain set-returning function "
                               "calls");
    }
    return TB_OK;
}

static tb_rc find_over(tbi_bind *b, tbi_scope *s, const tb_ast_window *over, uint32_t *index)
{
    if (!over->bare)
        return define(b, s, over, index);
    int i = find_window(s, over->base_name);
    if (i < 0)
        return no_window(b, over->base_name, over->base.pos);
    *index = (uint32_t)i;
    return TB_OK;
}

tb_rc tbi_window_call(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f,
                      const tbi_choice *choice, tb_expr **args, uint32_t nargs, tb_expr **out)
{
    bool aggregate = (tb_fn_get(choice->fn)->flags & TB_FF_AGG) != 0;
    TB_TRY(check_call(b, s, f, args, nargs, aggregate));
    tbi_wincall *w = TB_NEW(b->arena, tbi_wincall);
    if (f->filter != NULL)
        TB_TRY(tbi_bind_bool_at(b, s, TBI_IN_FILTER, f->filter, "FILTER", &w->filter));
    TB_TRY(find_over(b, s, tb_as_window(f->over), &w->window));
    w->args = args;
    w->nargs = nargs;
    for (uint32_t i = 0; i < s->wincalls.n; i++) {
        const tbi_wincall *c = s->wincalls.at[i];
        if (c->fn.fn != choice->fn || c->window != w->window || c->nargs != nargs ||
            !same_exprs(c->args, args, nargs) || !same_offset(c->filter, w->filter))
            continue;
        *out = tbi_col(b, c->fn.out, f->base.pos);
        return TB_OK;
    }
    w->fn.fn = choice->fn;
    w->fn.type = tb_type_of(choice->ret);
    w->fn.pos = f->base.pos;
    w->fn.frame = s->windows.at[w->window].frame;
    w->fn.out = tbi_new_col(b, f->name.name, w->fn.type);
    tbi_meta *m = tbi_meta_of(b, w->fn.out);
    m->scope = s;
    m->made = TBI_MADE_WINDOW;
    tb_list_push(b->arena, &s->wincalls, w);
    *out = tbi_col(b, w->fn.out, f->base.pos);
    return TB_OK;
}

/* ---- plan ---- */

/* A window with its expressions as columns. */
typedef struct keyed {
    tb_colid *partition;
    tb_sort_key *order;
} keyed;

static void lift_window(tbi_bind *b, tbi_lift *l, const tbi_window *w, keyed *k)
{
    k->partition = TB_NEW_ARRAY(b->arena, tb_colid, w->npartition + 1);
    k->order = TB_NEW_ARRAY(b->arena, tb_sort_key, w->norder + 1);
    for (uint32_t i = 0; i < w->npartition; i++)
        k->partition[i] = tbi_lift_expr(b, l, w->partition[i], "partition");
    for (uint32_t i = 0; i < w->norder; i++) {
        k->order[i] = w->keys[i];
        k->order[i].col = tbi_lift_expr(b, l, w->order[i], "order");
    }
}

static void lift_call(tbi_bind *b, tbi_lift *l, tbi_wincall *w)
{
    tb_colid *args = TB_NEW_ARRAY(b->arena, tb_colid, w->nargs + 1);
    for (uint32_t i = 0; i < w->nargs; i++)
        args[i] = tbi_lift_expr(b, l, w->args[i], "arg");
    w->fn.nargs = w->nargs;
    w->fn.args = args;
    w->fn.filter = w->filter != NULL ? tbi_lift_expr(b, l, w->filter, "filter") : 0;
}

static bool same_window(const tbi_window *x, const keyed *kx, const tbi_window *y, const keyed *ky)
{
    if (x->npartition != y->npartition || x->norder != y->norder ||
        memcmp(kx->partition, ky->partition, x->npartition * sizeof(tb_colid)) != 0)
        return false;
    for (uint32_t i = 0; i < x->norder; i++)
        if (kx->order[i].col != ky->order[i].col || kx->order[i].desc != ky->order[i].desc ||
            kx->order[i].nulls_first != ky->order[i].nulls_first)
            return false;
    return true;
}

/* One WINDOW node for all calls whose window has the partitioning and order of window `which`. */
static tb_plan *window_node(tbi_bind *b, tbi_scope *s, const keyed *keys, uint32_t which,
                            bool *done, tb_plan *in)
{
    const tbi_window *w = &s->windows.at[which];
    tb_plan *p = tb_plan_new(b->arena, TB_P_WINDOW, in, NULL);
    tb_winfn *fns = TB_NEW_ARRAY(b->arena, tb_winfn, s->wincalls.n);
    tb_colid *out = TB_NEW_ARRAY(b->arena, tb_colid, in->nout + s->wincalls.n);
    if (in->nout > 0)
        memcpy(out, in->out, in->nout * sizeof *out);
    p->nout = in->nout;
    for (uint32_t i = 0; i < s->wincalls.n; i++) {
        const tbi_wincall *c = s->wincalls.at[i];
        const tbi_window *cw = &s->windows.at[c->window];
        if (done[i] || !same_window(w, &keys[which], cw, &keys[c->window]))
            continue;
        done[i] = true;
        fns[p->window.n++] = c->fn;
        out[p->nout++] = c->fn.out;
    }
    p->out = out;
    p->window.fns = fns;
    p->window.npartition = w->npartition;
    p->window.partition = keys[which].partition;
    p->window.norder = w->norder;
    p->window.order = keys[which].order;
    return p;
}

tb_plan *tbi_plan_windows(tbi_bind *b, tbi_scope *s, tb_plan *in)
{
    if (s->wincalls.n == 0)
        return in;
    tbi_lift l = {.plan = in};
    keyed *keys = TB_NEW_ARRAY(b->arena, keyed, s->windows.n);
    bool *done = TB_NEW_ARRAY(b->arena, bool, s->wincalls.n);
    for (uint32_t i = 0; i < s->wincalls.n; i++) {
        uint32_t w = s->wincalls.at[i]->window;
        if (keys[w].order == NULL)
            lift_window(b, &l, &s->windows.at[w], &keys[w]);
        lift_call(b, &l, s->wincalls.at[i]);
    }
    tb_plan *p = tbi_lift_done(b, &l);
    for (uint32_t i = 0; i < s->wincalls.n; i++)
        if (!done[i])
            p = window_node(b, s, keys, s->wincalls.at[i]->window, done, p);
    return p;
}
