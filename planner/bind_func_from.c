/* SPDX-License-Identifier: Apache-2.0
 * Functions in FROM: f(..), ROWS FROM (..), WITH ORDINALITY, and their column names.
 */
#include "planner/bind_int.h"

typedef struct func_cx {
    tbi_scope *s;
    const tb_ast_from_func *ast;
    TB_LIST(tb_func_item) items;
    TB_LIST(tbi_column) cols;
    bool scalar; /* the only function gives one plain column */
} func_cx;

/* ---- columns ---- */

static tb_colid add_col(tbi_bind *b, func_cx *f, const char *name, tb_type type)
{
    tbi_column c = {name, tbi_new_col(b, name, type)};
    tb_list_push(b->arena, &f->cols, c);
    return c.id;
}

/* The one output parameter of a function that returns no record, if it has a name. */
static const char *parameter_name(const tb_expr *e)
{
    static const struct {
        tb_fn_id fn;
        const char *name;
    } named[] = {
        {TB_FN_JSONB_ARRAY_ELEMENTS, "value"},   {TB_FN_JSONB_ARRAY_ELEMENTS_TEXT, "value"},
        {TB_FN_JSON_ARRAY_ELEMENTS, "value"},    {TB_FN_JSON_ARRAY_ELEMENTS_TEXT, "value"},
        {TB_FN_PG_PARTITION_ANCESTORS, "relid"},
    };
    for (size_t i = 0; e->kind == TB_X_CALL && i < TB_COUNT(named); i++)
        if (named[i].fn == e->call.fn)
            return named[i].name;
    return NULL;
}

/* A single function of one plain column is named by its output parameter, its table alias, or
 * itself. */
static const char *scalar_name(const func_cx *f, const tb_expr *e, const char *function)
{
    const char *parameter = parameter_name(e);
    if (parameter != NULL)
        return parameter;
    if (f->ast->alias != NULL && !f->ast->rows_from)
        return tb_as_alias(f->ast->alias)->name;
    return function;
}

static tb_rc check_coldefs(tbi_bind *b, const tb_expr *e, const tbi_shape *shape,
                           const tb_ast_list *defs, int pos)
{
    bool record = e->type.id == TB_T_RECORD;
    if (record && shape == NULL)
        return defs->n > 0
                   ? TB_UNSUPPORTED(b->err, pos, "a column definition list")
                   : TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, pos,
                                 "a column definition list is required for functions returning "
                                 "\"record\"");
    if (defs->n > 0 && record)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, defs->at[0]->pos,
                           "a column definition list is redundant for a function with OUT "
                           "parameters");
    if (defs->n > 0)
        return TB_RAISE_AT(b->err, TB_E_SYNTAX_ERROR, defs->at[0]->pos,
                           "a column definition list is only allowed for functions returning "
                           "\"record\"");
    return TB_OK;
}

static void add_item(tbi_bind *b, func_cx *f, tb_expr *e, const char *name)
{
    const tbi_shape *shape = e->type.id == TB_T_RECORD ? tbi_shape_of(b, e) : NULL;
    uint32_t n = shape != NULL ? shape->n : 1;
    tb_colid *ids = TB_NEW_ARRAY(b->arena, tb_colid, n + 1);
    for (uint32_t i = 0; i < n; i++)
        ids[i] = shape != NULL ? add_col(b, f, shape->names[i], shape->types[i])
                               : add_col(b, f, scalar_name(f, e, name), e->type);
    f->scalar = shape == NULL;
    tb_func_item item = {.call = e, .ncols = n, .cols = ids};
    tb_list_push(b->arena, &f->items, item);
}

/* ---- calls ---- */

static tb_rc one_call(tbi_bind *b, func_cx *f, const tb_ast *call, const tb_ast_list *defs)
{
    tbi_scope *s = f->s;
    tb_expr *e;
    uint32_t srfs = s->srfs.n;
    s->from_call = call;
    TB_TRY(tbi_bind_expr_at(b, s, TBI_IN_FROM_FUNCTION, call, &e));
    s->from_call = NULL;
    TB_CHECK(s->srfs.n == srfs);
    TB_TRY(tbi_unknown_to_text(b, e, &e));
    const tbi_shape *shape = e->type.id == TB_T_RECORD ? tbi_shape_of(b, e) : NULL;
    TB_TRY(check_coldefs(b, e, shape, defs, call->pos));
    add_item(b, f, e, tbi_column_name(b, call));
    return TB_OK;
}

/* unnest(a, b, ..) in FROM is ROWS FROM (unnest(a), unnest(b), ..). */
static bool is_multi_unnest(const tb_ast *call)
{
    if (call->kind != TB_AST_FUNC_CALL)
        return false;
    const tb_ast_func_call *c = tb_as_func_call(call);
    bool plain = !c->star && !c->distinct && !c->variadic && c->order_by.n == 0 &&
                 c->filter == NULL && c->over == NULL;
    return plain && c->args.n > 1 && c->name.schema == NULL && strcmp(c->name.name, "unnest") == 0;
}

static tb_rc multi_unnest(tbi_bind *b, func_cx *f, const tb_ast_func_call *c)
{
    static const tb_ast_list none;
    for (uint32_t i = 0; i < c->args.n; i++) {
        tb_ast_func_call *one = tb_arena_memdup(b->arena, c, sizeof *c);
        one->args = (tb_ast_list){0};
        tb_list_push(b->arena, &one->args, c->args.at[i]);
        TB_TRY(one_call(b, f, &one->base, &none));
    }
    return TB_OK;
}

static tb_rc bind_calls(tbi_bind *b, func_cx *f)
{
    const tb_ast_from_func *ast = f->ast;
    for (uint32_t i = 0; i < ast->items.n; i++) {
        const tb_ast_rows_from *item = tb_as_rows_from(ast->items.at[i]);
        const tb_ast_list *defs = ast->columns.n > 0 ? &ast->columns : &item->columns;
        if (is_multi_unnest(item->call) && defs->n == 0)
            TB_TRY(multi_unnest(b, f, tb_as_func_call(item->call)));
        else
            TB_TRY(one_call(b, f, item->call, defs));
    }
    return TB_OK;
}

tb_rc tbi_bind_from_func(tbi_bind *b, tbi_scope *s, const tb_ast_from_func *ast, tb_plan **out)
{
    func_cx f = {.s = s, .ast = ast};
    bool before = s->lateral_active;
    s->lateral_active = true; /* functions see the items before them without the word */
    TB_TRY(bind_calls(b, &f));
    s->lateral_active = before;
    tb_plan *p = tb_plan_new(b->arena, TB_P_FUNC, NULL, NULL);
    p->func.n = f.items.n;
    p->func.items = f.items.at;
    if (ast->ordinality)
        p->func.ordinality = add_col(b, &f, "ordinality", tb_type_of(TB_T_INT8));
    tb_colid *ids = TB_NEW_ARRAY(b->arena, tb_colid, f.cols.n + 1);
    for (uint32_t i = 0; i < f.cols.n; i++)
        ids[i] = f.cols.at[i].id;
    p->out = ids;
    p->nout = f.cols.n;
    const char *first = tbi_column_name(b, tb_as_rows_from(ast->items.at[0])->call);
    tbi_item item = {.name = first,
                     .ncols = f.cols.n,
                     .cols = f.cols.at,
                     .rel_visible = true,
                     .cols_visible = true,
                     .lateral_ok = true,
                     .scalar = f.scalar && f.cols.n == 1};
    TB_TRY(tbi_alias_columns(b, ast->alias, &item));
    tbi_add_item(b, s, item);
    *out = p;
    return TB_OK;
}
