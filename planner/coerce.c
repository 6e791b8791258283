/* SPDX-License-Identifier: Apache-2.0
 * Type conversion by PostgreSQL's rules: which conversions exist in which context, how one is
 * built, the common type of UNION, CASE and their like, and the polymorphic types of functions.
 *
 * Entry points: tbi_can_coerce, tbi_coerce, tbi_cast, tbi_apply_typmod, tbi_common_type,
 * tbi_to_common_type, tbi_check_generic, tbi_enforce_generic.
 */
#include "planner/bind_int.h"

#include "core/io_text.h"

/* ---- facts about types ---- */

char tbi_category(tb_type_id type)
{
    return tb_type_get(type)->category;
}

bool tbi_is_preferred(tb_type_id type)
{
    return tb_type_get(type)->preferred;
}

tb_type_id tbi_elem_type(tb_type_id type)
{
    if (tb_type_is_array(type))
        return tb_type_elem(type);
    if (type == TB_T_INT2VECTOR)
        return TB_T_INT2;
    return type == TB_T_OIDVECTOR ? TB_T_OID : TB_T_NONE;
}

tb_type_id tbi_array_type(tb_type_id elem)
{
    if (tb_type_is_array(elem) || tb_type_get(elem)->array_oid == 0)
        return TB_T_NONE;
    return tb_type_array_of(elem);
}

bool tbi_is_polymorphic(tb_type_id type)
{
    return type == TB_T_ANYELEMENT || type == TB_T_ANYARRAY || type == TB_T_ANYNONARRAY ||
           type == TB_T_ANYCOMPATIBLE || type == TB_T_ANYCOMPATIBLEARRAY;
}

const char *tbi_type_name(tbi_bind *b, tb_type_id type)
{
    char buf[128];
    return tb_arena_strdup(b->arena, tb_type_format(tb_type_of(type), buf, sizeof buf));
}

/* ---- pathways ---- */

tbi_path tbi_find_path(tb_type_id from, tb_type_id to, tb_cast_context cx)
{
    if (from == to)
        return (tbi_path){.kind = TBI_PATH_RELABEL};
    const tb_cast_info *cast = tb_cast_lookup(from, to);
    if (cast != NULL) {
        if (cx < cast->context)
            return (tbi_path){.kind = TBI_PATH_NONE};
        if (cast->method == TB_CAST_BINARY)
            return (tbi_path){.kind = TBI_PATH_RELABEL};
        if (cast->method == TB_CAST_INOUT)
            return (tbi_path){.kind = TBI_PATH_IO};
        return (tbi_path){.kind = TBI_PATH_FN, .fn = cast->fn};
    }
    tb_type_id from_elem = tbi_elem_type(from), to_elem = tbi_elem_type(to);
    if (from_elem != TB_T_NONE && to_elem != TB_T_NONE && to != TB_T_INT2VECTOR &&
        to != TB_T_OIDVECTOR && tbi_find_path(from_elem, to_elem, cx).kind != TBI_PATH_NONE)
        return (tbi_path){.kind = TBI_PATH_ARRAY};
    /* text conversion: assignment to string types, explicit from them */
    if (cx >= TB_CAST_ASSIGNMENT && tbi_category(to) == 'S')
        return (tbi_path){.kind = TBI_PATH_IO};
    if (cx >= TB_CAST_EXPLICIT && tbi_category(from) == 'S')
        return (tbi_path){.kind = TBI_PATH_IO};
    return (tbi_path){.kind = TBI_PATH_NONE};
}

bool tbi_can_coerce(const tb_type_id *from, const tb_type_id *to, uint32_t n, tb_cast_context cx)
{
    bool generic = false;
    for (uint32_t i = 0; i < n; i++) {
        if (from[i] == to[i] || to[i] == TB_T_ANY)
            continue;
        if (tbi_is_polymorphic(to[i])) {
            generic = true;
            continue;
        }
        if (from[i] == TB_T_UNKNOWN)
            continue;
        if (tbi_find_path(from[i], to[i], cx).kind == TBI_PATH_NONE)
            return false;
    }
    return !generic || tbi_check_generic(from, to, n);
}

static bool can_coerce_one(tb_type_id from, tb_type_id to, tb_cast_context cx)
{
    return tbi_can_coerce(&from, &to, 1, cx);
}

bool tbi_is_binary_coercible(tb_type_id from, tb_type_id to)
{
    if (from == to || to == TB_T_ANY)
        return true;
    if (to == TB_T_ANYELEMENT || to == TB_T_ANYCOMPATIBLE)
        return true;
    if (to == TB_T_ANYARRAY || to == TB_T_ANYCOMPATIBLEARRAY)
        return tbi_elem_type(from) != TB_T_NONE;
    const tb_cast_info *cast = tb_cast_lookup(from, to);
    return cast != NULL && cast->method == TB_CAST_BINARY && cast->context == TB_CAST_IMPLICIT;
}

/* ---- literals and parameters ---- */

static tb_io_cx io_cx(const tbi_bind *b)
{
    const tb_env *env = b->stmt->env;
    tb_io_cx cx = {.arena = b->arena};
    if (env != NULL) {
        cx.dt = (tb_dt_cx){.now_us = env->now_us, .tz = env->tz};
        cx.extra_float_digits = env->extra_float_digits;
        cx.bytea_escape = env->bytea_escape;
        cx.interval_style = env->interval_style;
        cx.names = env->io_names;
    }
    if (cx.dt.tz == NULL)
        cx.dt.tz = tb_tz_utc();
    return cx;
}

/* Text of a literal becomes a constant of the type. Only interval needs its modifier while reading;
 * other modifiers are applied by the caller, as an explicit or implicit length conversion. */
static tb_rc coerce_literal(tbi_bind *b, tb_expr *e, tb_type type, tb_expr **out)
{
    if (type.id != TB_T_INTERVAL)
        type.typmod = -1;
    tb_expr *c = tb_expr_null(b->arena, type);
    c->pos = e->pos;
    if (!e->constant.null) {
        tb_io_cx cx = io_cx(b);
        const tb_str *s = &e->constant.d.str;
        if (tb_text_in(&cx, type, tb_str_data(s), s->len, &c->constant, b->err) != TB_OK) {
            if (b->err->position < 0)
                b->err->position = e->pos;
            return TB_FAIL;
        }
    }
    *out = c;
    return TB_OK;
}

/* A parameter of unknown type takes the first type it is used as. */
static tb_rc coerce_param(tbi_bind *b, tb_expr *e, tb_type_id to)
{
    tb_type *declared = &b->stmt->params.at[e->param];
    if (declared->id == TB_T_UNKNOWN)
        *declared = tb_type_of(to);
    else if (declared->id != to) {
        TB_RAISE_AT(b->err, TB_E_AMBIGUOUS_PARAMETER, e->pos,
                    "inconsistent types deduced for parameter $%u", e->param + 1);
        tb_error_detail(b->err, "%s versus %s", tbi_type_name(b, declared->id),
                        tbi_type_name(b, to));
        return TB_FAIL;
    }
    e->type = tb_type_of(to);
    return TB_OK;
}

/* ---- building a conversion ---- */

static tb_expr *relabel(tbi_bind *b, tb_expr *e, tb_type type)
{
    if (e->type.id == type.id && e->type.typmod == type.typmod)
        return e;
    if (e->kind == TB_X_CONST) {
        tb_expr *c = tb_arena_memdup(b->arena, e, sizeof *e);
        c->type = type;
        return c;
    }
    tb_expr *r = tb_expr_new(b->arena, TB_X_RELABEL, type, e->pos);
    r->arg = e;
    return r;
}

/* Conversion functions take (value), (value, typmod) or (value, typmod, explicit). */
static tb_expr *cast_call(tbi_bind *b, tb_fn_id fn, tb_expr *e, tb_type type, tb_cast_context cx)
{
    tb_expr *args[3] = {
        e,
        tb_expr_const(b->arena, tb_type_of(TB_T_INT4), tb_value_int4(type.typmod)),
        tb_expr_bool(b->arena, cx == TB_CAST_EXPLICIT),
    };
    const tb_fn_info *info = tb_fn_get(fn);
    TB_CHECK(info->nargs >= 1 && info->nargs <= 3);
    if (info->nargs == 1)
        type.typmod = -1;
    return tb_expr_call(b->arena, fn, type, args, info->nargs, e->pos);
}

static tb_rc array_cast(tbi_bind *b, tb_expr *e, tb_type type, tb_cast_context cx, tb_expr **out)
{
    tb_type from_elem = {tbi_elem_type(e->type.id), e->type.typmod};
    tb_expr *elem = tb_expr_new(b->arena, TB_X_CASE_VALUE, from_elem, e->pos);
    tb_type to = {tbi_elem_type(type.id), type.typmod};
    TB_TRY(tbi_cast(b, elem, to, cx, e->pos, &elem));
    tb_expr *c = tb_expr_new(b->arena, TB_X_ARRAY_CAST, type, e->pos);
    c->array_cast.arg = e;
    c->array_cast.elem = elem;
    *out = c;
    return TB_OK;
}

static tb_rc along_path(tbi_bind *b, tb_expr *e, tbi_path path, tb_type type, tb_cast_context cx,
                        tb_expr **out)
{
    switch (path.kind) {
    case TBI_PATH_RELABEL:
        *out = relabel(b, e, tb_type_of(type.id));
        return TB_OK;
    case TBI_PATH_FN:
        *out = cast_call(b, path.fn, e, type, cx);
        return TB_OK;
    case TBI_PATH_ARRAY:
        return array_cast(b, e, type, cx, out);
    case TBI_PATH_IO:
        *out = tb_expr_new(b->arena, TB_X_IO_CAST, tb_type_of(type.id), e->pos);
        (*out)->io_cast.arg = e;
        (*out)->io_cast.explicit_ = cx == TB_CAST_EXPLICIT;
        return TB_OK;
    case TBI_PATH_NONE:
        break;
    }
    return TB_RAISE_AT(b->err, TB_E_CANNOT_COERCE, e->pos, "cannot cast type %s to %s",
                       tbi_type_name(b, e->type.id), tbi_type_name(b, type.id));
}

tb_rc tbi_coerce(tbi_bind *b, tb_expr *e, tb_type to, tb_cast_context cx, tb_expr **out)
{
    tb_type_id from = e->type.id;
    *out = e;
    if (from == to.id || to.id == TB_T_ANY || to.id == TB_T_ANYELEMENT ||
        to.id == TB_T_ANYNONARRAY || to.id == TB_T_ANYCOMPATIBLE)
        return TB_OK;
    if ((to.id == TB_T_ANYARRAY || to.id == TB_T_ANYCOMPATIBLEARRAY) && from != TB_T_UNKNOWN)
        return TB_OK;
    if (from == TB_T_UNKNOWN && e->kind == TB_X_CONST)
        return coerce_literal(b, e, to, out);
    if (from == TB_T_UNKNOWN && e->kind == TB_X_PARAM)
        return coerce_param(b, e, to.id);
    if (from == TB_T_UNKNOWN) { /* an output column that was left unknown: read as text */
        tb_expr *text = relabel(b, e, tb_type_of(TB_T_TEXT));
        tbi_path path = tbi_find_path(TB_T_TEXT, to.id, TB_CAST_EXPLICIT);
        return along_path(b, text, path, to, cx, out);
    }
    return along_path(b, e, tbi_find_path(from, to.id, cx), to, cx, out);
}

tb_rc tbi_apply_typmod(tbi_bind *b, tb_expr *e, int32_t typmod, tb_cast_context cx, tb_expr **out)
{
    *out = e;
    if (typmod < 0 || typmod == e->type.typmod)
        return TB_OK;
    tb_type type = {e->type.id, typmod};
    tb_type_id elem = tb_type_is_array(type.id) ? tb_type_elem(type.id) : TB_T_NONE;
    if (elem != TB_T_NONE) {
        if (tb_cast_length_fn(elem) == TB_FN_NONE)
            return TB_OK;
        return array_cast(b, e, type, cx, out);
    }
    tb_fn_id fn = tb_cast_length_fn(type.id);
    *out = fn == TB_FN_NONE ? relabel(b, e, type) : cast_call(b, fn, e, type, cx);
    return TB_OK;
}

tb_rc tbi_cast(tbi_bind *b, tb_expr *e, tb_type to, tb_cast_context cx, int pos, tb_expr **out)
{
    if (!can_coerce_one(e->type.id, to.id, cx))
        return TB_RAISE_AT(b->err, TB_E_CANNOT_COERCE, pos, "cannot cast type %s to %s",
                           tbi_type_name(b, e->type.id), tbi_type_name(b, to.id));
    TB_TRY(tbi_coerce(b, e, to, cx, &e));
    return tbi_apply_typmod(b, e, to.typmod, cx, out);
}

tb_rc tbi_coerce_clause(tbi_bind *b, tb_expr *e, tb_type_id to, const char *clause, tb_expr **out)
{
    if (!can_coerce_one(e->type.id, to, TB_CAST_ASSIGNMENT))
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, tbi_loc(e),
                           "argument of %s must be type %s, not type %s", clause,
                           tbi_type_name(b, to), tbi_type_name(b, e->type.id));
    return tbi_coerce(b, e, tb_type_of(to), TB_CAST_ASSIGNMENT, out);
}

/* ---- common types ---- */

tb_type_id tbi_common_type(tbi_bind *b, tb_expr *const *list, uint32_t n, const char *context)
{
    tb_type_id type = list[0]->type.id;
    for (uint32_t i = 1; i < n; i++) {
        tb_type_id next = list[i]->type.id;
        if (next == TB_T_UNKNOWN || next == type)
            continue;
        if (type == TB_T_UNKNOWN) {
            type = next;
        } else if (tbi_category(next) != tbi_category(type)) {
            if (context == NULL)
                return TB_T_NONE;
            TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, tbi_loc(list[i]),
                        "%s types %s and %s cannot be matched", context, tbi_type_name(b, type),
                        tbi_type_name(b, next));
            return TB_T_NONE;
        } else if (!tbi_is_preferred(type) && can_coerce_one(type, next, TB_CAST_IMPLICIT) &&
                   !can_coerce_one(next, type, TB_CAST_IMPLICIT)) {
            type = next;
        }
    }
    return type == TB_T_UNKNOWN ? TB_T_TEXT : type;
}

tb_rc tbi_to_common_type(tbi_bind *b, tb_expr *e, tb_type_id type, const char *context,
                         tb_expr **out)
{
    *out = e;
    if (e->type.id == type)
        return TB_OK;
    if (!can_coerce_one(e->type.id, type, TB_CAST_IMPLICIT))
        return TB_RAISE_AT(b->err, TB_E_CANNOT_COERCE, tbi_loc(e),
                           "%s could not convert type %s to %s", context,
                           tbi_type_name(b, e->type.id), tbi_type_name(b, type));
    return tbi_coerce(b, e, tb_type_of(type), TB_CAST_IMPLICIT, out);
}

int32_t tbi_common_typmod(tb_expr *const *list, uint32_t n, tb_type_id type)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i]->type.id != type || list[i]->type.typmod != list[0]->type.typmod)
            return -1;
    return n == 0 ? -1 : list[0]->type.typmod;
}

tb_rc tbi_unify(tbi_bind *b, tb_expr **list, uint32_t n, const char *context, tb_type *out)
{
    tb_type_id type = tbi_common_type(b, list, n, context);
    if (type == TB_T_NONE)
        return TB_FAIL;
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(tbi_to_common_type(b, list[i], type, context, &list[i]));
    *out = (tb_type){type, tbi_common_typmod(list, n, type)};
    return TB_OK;
}

/* ---- polymorphic types ---- */

/* Common type of plain types, TB_T_NONE when they do not match (the rule of tbi_common_type). */
static tb_type_id common_of_types(const tb_type_id *types, uint32_t n)
{
    tb_expr dummies[TBI_MAX_ARGS];
    tb_expr *list[TBI_MAX_ARGS];
    TB_CHECK(n > 0 && n <= TBI_MAX_ARGS);
    list[0] = dummies;
    for (uint32_t i = 0; i < n; i++) {
        dummies[i] = (tb_expr){.type = tb_type_of(types[i])};
        list[i] = &dummies[i];
    }
    tb_type_id type = tbi_common_type(NULL, list, n, NULL);
    for (uint32_t i = 0; type != TB_T_NONE && i < n; i++)
        if (!can_coerce_one(types[i], type, TB_CAST_IMPLICIT))
            return TB_T_NONE;
    return type;
}

/* What the polymorphic arguments of one call say. */
typedef struct generic {
    tb_type_id elem, array; /* anyelement family */
    bool nonarray;
    bool any_family, compat_family; /* does a declared argument belong to it? */
    uint32_t ncompat;
    tb_type_id compat[TBI_MAX_ARGS]; /* element types of the anycompatible family */
    tb_type_id versus[2];            /* what did not agree */
    const char *trouble;             /* type name of the arguments not alike, or NULL */
    tb_type_id not_array;            /* an anyarray argument that is none */
} generic;

static bool settle(generic *g, tb_type_id *known, tb_type_id actual, const char *name)
{
    if (*known != TB_T_NONE && *known != actual) {
        g->versus[0] = *known;
        g->versus[1] = actual;
        g->trouble = name;
        return false;
    }
    *known = actual;
    return true;
}

static bool generic_arg(generic *g, tb_type_id actual, tb_type_id declared)
{
    bool unknown = actual == TB_T_UNKNOWN;
    if (declared == TB_T_ANYELEMENT || declared == TB_T_ANYNONARRAY) {
        g->any_family = true;
        g->nonarray |= declared == TB_T_ANYNONARRAY;
        return unknown || settle(g, &g->elem, actual, "anyelement");
    }
    if (declared == TB_T_ANYARRAY) {
        g->any_family = true;
        return unknown || settle(g, &g->array, actual, "anyarray");
    }
    if (declared == TB_T_ANYCOMPATIBLE || declared == TB_T_ANYCOMPATIBLEARRAY) {
        g->compat_family = true;
        if (unknown)
            return true;
        tb_type_id t = declared == TB_T_ANYCOMPATIBLE ? actual : tbi_elem_type(actual);
        if (t == TB_T_NONE) {
            g->not_array = actual;
            return false;
        }
        g->compat[g->ncompat++] = t;
    }
    return true;
}

bool tbi_check_generic(const tb_type_id *actual, const tb_type_id *declared, uint32_t n)
{
    generic g = {0};
    for (uint32_t i = 0; i < n; i++)
        if (!generic_arg(&g, actual[i], declared[i]))
            return false;
    if (g.array != TB_T_NONE) {
        tb_type_id elem = tbi_elem_type(g.array);
        if (elem == TB_T_NONE || (g.elem != TB_T_NONE && g.elem != elem))
            return false;
        g.elem = elem;
    }
    if (g.nonarray && g.elem != TB_T_NONE && tbi_elem_type(g.elem) != TB_T_NONE)
        return false;
    return g.ncompat == 0 || common_of_types(g.compat, g.ncompat) != TB_T_NONE;
}

static tb_rc not_alike(tbi_bind *b, const generic *g, int pos)
{
    if (g->not_array != TB_T_NONE)
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, pos,
                           "argument declared %s is not an array but type %s", "anycompatiblearray",
                           tbi_type_name(b, g->not_array));
    TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, pos, "arguments declared \"%s\" are not all alike",
                g->trouble);
    tb_error_detail(b->err, "%s versus %s", tbi_type_name(b, g->versus[0]),
                    tbi_type_name(b, g->versus[1]));
    return TB_FAIL;
}

/* Settles element and array type of the anyelement family. */
static tb_rc settle_family(tbi_bind *b, generic *g, int pos)
{
    if (g->array != TB_T_NONE) {
        tb_type_id elem = tbi_elem_type(g->array);
        if (elem == TB_T_NONE)
            return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, pos,
                               "argument declared %s is not an array but type %s", "anyarray",
                               tbi_type_name(b, g->array));
        if (g->elem != TB_T_NONE && g->elem != elem) {
            TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, pos,
                        "argument declared %s is not consistent with argument declared %s",
                        "anyarray", "anyelement");
            tb_error_detail(b->err, "%s versus %s", tbi_type_name(b, g->array),
                            tbi_type_name(b, g->elem));
            return TB_FAIL;
        }
        g->elem = elem;
    }
    if (g->elem == TB_T_NONE)
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, pos,
                           "could not determine polymorphic type because input has type %s",
                           "unknown");
    if (g->nonarray && tbi_elem_type(g->elem) != TB_T_NONE)
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, pos,
                           "type matched to anynonarray is an array type: %s",
                           tbi_type_name(b, g->elem));
    if (g->array == TB_T_NONE)
        g->array = tbi_array_type(g->elem);
    return TB_OK;
}

/* What a polymorphic type stands for; TB_T_NONE when there is no such array type. */
static tb_type_id resolve(const generic *g, tb_type_id compat, tb_type_id declared)
{
    if (declared == TB_T_ANYELEMENT || declared == TB_T_ANYNONARRAY)
        return g->elem;
    if (declared == TB_T_ANYARRAY)
        return g->array;
    if (declared == TB_T_ANYCOMPATIBLE)
        return compat;
    if (declared == TB_T_ANYCOMPATIBLEARRAY)
        return tbi_array_type(compat);
    return declared;
}

tb_rc tbi_enforce_generic(tbi_bind *b, const tb_type_id *actual, tb_type_id *declared, uint32_t n,
                          tb_type_id ret, int pos, tb_type_id *out)
{
    generic g = {0};
    for (uint32_t i = 0; i < n; i++)
        if (!generic_arg(&g, actual[i], declared[i]))
            return not_alike(b, &g, pos);
    *out = ret;
    if (!g.any_family && !g.compat_family)
        return TB_OK;
    if (g.any_family)
        TB_TRY(settle_family(b, &g, pos));
    tb_type_id compat = g.ncompat == 0 ? TB_T_TEXT : common_of_types(g.compat, g.ncompat);
    if (compat == TB_T_NONE)
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, pos,
                           "arguments of anycompatible family cannot be cast to a common type");
    for (uint32_t i = 0; i < n; i++) {
        bool family2 = declared[i] == TB_T_ANYCOMPATIBLE || declared[i] == TB_T_ANYCOMPATIBLEARRAY;
        if (!family2 && actual[i] != TB_T_UNKNOWN)
            continue;
        tb_type_id type = resolve(&g, compat, declared[i]);
        if (type == TB_T_NONE)
            return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, pos,
                               "could not find array type for data type %s",
                               tbi_type_name(b, g.elem != TB_T_NONE ? g.elem : compat));
        declared[i] = type;
    }
    *out = resolve(&g, compat, ret);
    if (*out == TB_T_NONE)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, pos,
                           "could not find array type for data type %s",
                           tbi_type_name(b, g.elem != TB_T_NONE ? g.elem : compat));
    return TB_OK;
}
