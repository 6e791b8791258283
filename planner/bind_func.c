/* SPDX-License-Identifier: Apache-2.0
 * Function calls: which kind of function was meant, and the forms only some kinds allow.
 *
 * Entry points: tbi_bind_func_call, tbi_call_named, tbi_bind_sql_value, tbi_convert_args,
 * tbi_function_shape, tbi_reads_made.
 */
#include "planner/bind_int.h"

/* ---- columns that calls became ---- */

typedef struct made_cx {
    tbi_bind *b;
    const tbi_scope *s;
    tbi_made made;
    bool found;
} made_cx;

static tb_rc made_node(tb_expr *e, void *ctx, tb_error *err);

static tb_rc made_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    return made_node(*slot, ctx, err);
}

static tb_rc made_node(tb_expr *e, void *ctx, tb_error *err)
{
    made_cx *cx = ctx;
    if (e->kind == TB_X_COL) {
        const tbi_meta *m = tbi_meta_of(cx->b, e->col);
        cx->found |= m->made == cx->made && m->scope == cx->s;
        return TB_OK;
    }
    if (e->kind == TB_X_SUBLINK)
        TB_TRY(tbi_each_slot(e->sublink.plan, made_slot, ctx, err));
    return tb_expr_each_child(e, made_node, ctx, err);
}

bool tbi_reads_made(tbi_bind *b, const tbi_scope *s, const tb_expr *e, tbi_made made)
{
    made_cx cx = {b, s, made, false};
    tb_rc rc = made_node((tb_expr *)e, &cx, b->err);
    return rc == TB_OK && cx.found;
}

/* ---- arguments ---- */

tb_rc tbi_convert_args(tbi_bind *b, tb_expr **args, uint32_t n, const tbi_choice *choice)
{
    for (uint32_t i = 0; i < n; i++) {
        TB_TRY(tbi_coerce(b, args[i], tb_type_of(choice->args[i]), TB_CAST_IMPLICIT, &args[i]));
        bool literal = args[i]->type.id == TB_T_UNKNOWN && args[i]->kind == TB_X_CONST;
        if (literal && choice->fn != TB_FN_PG_TYPEOF) /* "any": text, unless it asks for the type */
            TB_TRY(tbi_unknown_to_text(b, args[i], &args[i]));
    }
    return TB_OK;
}

static tb_rc resolve_args(tbi_bind *b, const tb_qname *name, tb_expr *const *args, uint32_t nargs,
                          bool variadic, int pos, tbi_choice *out)
{
    if (nargs > TBI_MAX_ARGS)
        return TB_RAISE_AT(b->err, TB_E_TOO_MANY_ARGUMENTS, pos,
                           "cannot pass more than %d arguments to a function", TBI_MAX_ARGS);
    tb_type_id types[TBI_MAX_ARGS];
    for (uint32_t i = 0; i < nargs; i++)
        types[i] = args[i]->type.id;
    tbi_call call = {.schema = name->schema,
                     .name = name->name,
                     .nargs = nargs,
                     .types = types,
                     .variadic = variadic,
                     .pos = pos};
    return tbi_resolve_function(b, &call, out);
}

tb_rc tbi_call_named(tbi_bind *b, const char *name, tb_expr **args, uint32_t nargs, int pos,
                     tb_expr **out)
{
    tb_qname q = {.schema = "pg_catalog", .name = name, .pos = pos};
    tbi_choice choice;
    TB_TRY(resolve_args(b, &q, args, nargs, false, pos, &choice));
    TB_TRY(tbi_convert_args(b, args, nargs, &choice));
    *out = tb_expr_call(b->arena, choice.fn, tb_type_of(choice.ret), args, nargs, pos);
    return TB_OK;
}

/* ---- records ---- */

const tbi_shape *tbi_function_shape(tbi_bind *b, const tb_expr *call)
{
    const tb_fn_column *cols;
    size_t n = tb_fn_columns(call->call.fn, &cols);
    if (n == 0)
        return NULL;
    tbi_shape *sh = TB_NEW(b->arena, tbi_shape);
    sh->n = (uint32_t)n;
    sh->names = TB_NEW_ARRAY(b->arena, const char *, n);
    sh->types = TB_NEW_ARRAY(b->arena, tb_type, n);
    sh->shapes = TB_NEW_ARRAY(b->arena, const tbi_shape *, n);
    for (size_t i = 0; i < n; i++) {
        tb_type_id type = cols[i].type;
        if (type == TB_T_ANYELEMENT)
            type = tbi_elem_type(call->call.args[0]->type.id);
        sh->names[i] = cols[i].name;
        sh->types[i] = tb_type_of(type);
    }
    return sh;
}

/* ---- what a call's form demands of the function ---- */

static tb_rc not_aggregate(tbi_bind *b, const tb_ast_func_call *f, const char *what)
{
    return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, f->base.pos,
                       "%s specified, but %s is not an aggregate function", what, f->name.name);
}

static tb_rc check_plain(tbi_bind *b, const tb_ast_func_call *f)
{
    if (f->star)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, f->base.pos,
                           "%s(*) specified, but %s is not an aggregate function", f->name.name,
                           f->name.name);
    if (f->distinct)
        return not_aggregate(b, f, "DISTINCT");
    if (f->within_group)
        return not_aggregate(b, f, "WITHIN GROUP");
    if (f->order_by.n > 0)
        return not_aggregate(b, f, "ORDER BY");
    if (f->filter != NULL)
        return not_aggregate(b, f, "FILTER");
    if (f->over != NULL)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, f->base.pos,
                           "OVER specified, but %s is not a window function nor an aggregate "
                           "function",
                           f->name.name);
    return TB_OK;
}

static tb_rc check_aggregate(tbi_bind *b, const tb_ast_func_call *f, bool window_only)
{
    if (window_only && f->over == NULL)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, f->base.pos,
                           "window function %s requires an OVER clause", f->name.name);
    if (window_only && f->within_group)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, f->base.pos,
                           "window function %s cannot have WITHIN GROUP", f->name.name);
    if (!window_only && f->args.n == 0 && !f->star)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, f->base.pos,
                           "%s(*) must be used to call a parameterless aggregate function",
                           f->name.name);
    return TB_OK;
}

/* ---- set-returning functions ---- */

static bool srf_allowed(tbi_place place)
{
    return place == TBI_IN_SELECT || place == TBI_IN_ORDER_BY || place == TBI_IN_GROUP_BY ||
           place == TBI_IN_DISTINCT_ON || place == TBI_IN_WINDOW_PARTITION ||
           place == TBI_IN_WINDOW_ORDER;
}

/* In FROM the call itself is the result; in a select list its rows become a column. */
static tb_rc srf_call(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f, tb_expr *call,
                      tb_expr **out)
{
    *out = call;
    if (s->from_call == &f->base)
        return TB_OK;
    if (s->place == TBI_IN_FROM_FUNCTION)
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, f->base.pos,
                           "set-returning functions must appear at top level of FROM");
    if (!srf_allowed(s->place))
        return TB_RAISE_AT(b->err, TB_E_FEATURE_NOT_SUPPORTED, f->base.pos,
                           "set-returning functions are not allowed in %s",
                           tbi_place_name(s->place));
    for (uint32_t i = 0; i < s->srfs.n;
         i++) { /* equal calls run in step: one column serves them all */
        if (!tb_expr_equal(s->srfs.at[i].call, call) || tb_expr_is_volatile(call))
            continue;
        *out = tbi_col(b, s->srfs.at[i].out, f->base.pos);
        return TB_OK;
    }
    tbi_srf srf = {.out = tbi_new_col(b, f->name.name, call->type), .call = call};
    tbi_meta *m = tbi_meta_of(b, srf.out);
    m->scope = s;
    m->made = TBI_MADE_SRF;
    m->shape = tbi_function_shape(b, call);
    tb_list_push(b->arena, &s->srfs, srf);
    *out = tbi_col(b, srf.out, f->base.pos);
    return TB_OK;
}

/* ---- the call ---- */

static tb_rc bind_args(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f, tb_expr ***out)
{
    const tb_ast *before = s->from_call;
    if (before == &f->base) /* an argument is not the top of FROM */
        s->from_call = NULL;
    TB_TRY(tbi_bind_exprs(b, s, &f->args, out));
    s->from_call = before;
    return TB_OK;
}

static tb_rc check_use(tbi_bind *b, const tb_ast_func_call *f, const tb_fn_info *info)
{
    if ((info->flags & TB_FF_POLICY) != 0 && !b->policy)
        return TB_RAISE_AT(b->err, TB_E_INSUFFICIENT_PRIVILEGE, f->base.pos,
                           "permission denied for function %s", info->name);
    if ((info->flags & TB_FF_SET) != 0 && b->policy)
        return TB_UNSUPPORTED(b->err, f->base.pos, "a set-returning function in a policy");
    if (f->variadic && (info->flags & TB_FF_VARIADIC) != 0 &&
        info->args[info->nargs - 1] == TB_T_ANY)
        return TB_UNSUPPORTED(b->err, f->base.pos, "VARIADIC for a function of any types");
    return TB_OK;
}

tb_rc tbi_bind_func_call(tbi_bind *b, tbi_scope *s, const tb_ast_func_call *f, tb_expr **out)
{
    if (f->within_group)
        return tbi_ordered_set_call(b, s, f, out);
    tb_expr **args;
    uint32_t n = f->args.n;
    tbi_choice choice;
    TB_TRY(bind_args(b, s, f, &args));
    TB_TRY(resolve_args(b, &f->name, args, n, f->variadic, f->base.pos, &choice));
    if (choice.kind == TBI_CHOICE_CAST) {
        TB_TRY(check_plain(b, f));
        return tbi_cast(b, args[0], tb_type_of(choice.cast_to), TB_CAST_EXPLICIT, f->base.pos, out);
    }
    const tb_fn_info *info = tb_fn_get(choice.fn);
    TB_TRY(check_use(b, f, info));
    if ((info->flags & TB_FF_ORDERED_SET) != 0)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, f->base.pos,
                           "WITHIN GROUP is required for ordered-set aggregate %s", f->name.name);
    if ((info->flags & (TB_FF_AGG | TB_FF_WINDOW)) != 0) {
        TB_TRY(check_aggregate(b, f, (info->flags & TB_FF_WINDOW) != 0));
        tb_expr *const *written = tb_arena_memdup(b->arena, args, (n + 1) * sizeof *args);
        TB_TRY(tbi_convert_args(b, args, n, &choice));
        return f->over != NULL ? tbi_window_call(b, s, f, &choice, args, n, out)
                               : tbi_agg_call(b, s, f, &choice, args, n, written, out);
    }
    TB_TRY(check_plain(b, f));
    TB_TRY(tbi_convert_args(b, args, n, &choice));
    tb_expr *call = tb_expr_call(b->arena, choice.fn, tb_type_of(choice.ret), args, n, f->base.pos);
    if ((info->flags & TB_FF_SET) != 0)
        return srf_call(b, s, f, call, out);
    *out = call;
    return TB_OK;
}

/* ---- CURRENT_DATE and its like ---- */

tb_rc tbi_bind_sql_value(tbi_bind *b, const tb_ast_sql_value *v, tb_expr **out)
{
    static const struct {
        tb_fn_id plain, precise;
        tb_type_id type;
    } fns[] = {
        [TB_VALUE_CURRENT_DATE] = {TB_FN_CURRENT_DATE, TB_FN_NONE, TB_T_DATE},
        [TB_VALUE_CURRENT_TIME] = {TB_FN_CURRENT_TIME_0, TB_FN_CURRENT_TIME_INT4, TB_T_TIMETZ},
        [TB_VALUE_CURRENT_TIMESTAMP] = {TB_FN_CURRENT_TIMESTAMP_0, TB_FN_CURRENT_TIMESTAMP_INT4,
                                        TB_T_TIMESTAMPTZ},
        [TB_VALUE_LOCALTIME] = {TB_FN_LOCALTIME_0, TB_FN_LOCALTIME_INT4, TB_T_TIME},
        [TB_VALUE_LOCALTIMESTAMP] = {TB_FN_LOCALTIMESTAMP_0, TB_FN_LOCALTIMESTAMP_INT4,
                                     TB_T_TIMESTAMP},
        [TB_VALUE_CURRENT_ROLE] = {TB_FN_CURRENT_USER, TB_FN_NONE, TB_T_NAME},
        [TB_VALUE_CURRENT_USER] = {TB_FN_CURRENT_USER, TB_FN_NONE, TB_T_NAME},
        [TB_VALUE_USER] = {TB_FN_CURRENT_USER, TB_FN_NONE, TB_T_NAME},
        [TB_VALUE_SESSION_USER] = {TB_FN_SESSION_USER, TB_FN_NONE, TB_T_NAME},
        [TB_VALUE_CURRENT_CATALOG] = {TB_FN_CURRENT_DATABASE, TB_FN_NONE, TB_T_NAME},
        [TB_VALUE_CURRENT_SCHEMA] = {TB_FN_CURRENT_SCHEMA, TB_FN_NONE, TB_T_NAME},
    };
    TB_CHECK(v->op < TB_COUNT(fns));
    int pos = v->base.pos;
    if (v->precision < 0 || fns[v->op].precise == TB_FN_NONE) {
        *out = tb_expr_call(b->arena, fns[v->op].plain, tb_type_of(fns[v->op].type), NULL, 0, pos);
        return TB_OK;
    }
    int32_t precision = v->precision > 6 ? 6 : v->precision;
    tb_expr *arg = tb_expr_const(b->arena, tb_type_of(TB_T_INT4), tb_value_int4(precision));
    *out = tb_expr_call(b->arena, fns[v->op].precise, (tb_type){fns[v->op].type, precision}, &arg,
                        1, pos);
    return TB_OK;
}
