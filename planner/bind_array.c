/* SPDX-License-Identifier: Apache-2.0
 * Arrays and records: ARRAY[..], ROW(..), subscripts and slices, field selection, (record).*
 * expansion.
 */
#include "planner/bind_int.h"

enum { MAX_DIM = 6 };

/* ---- ARRAY[...] ---- */

static bool is_array_ast(const tb_ast *ast)
{
    return ast->kind == TB_AST_ARRAY;
}

/* Items of an ARRAY; inner ARRAYs are told the type asked for. */
static tb_rc array_items(tbi_bind *b, tbi_scope *s, const tb_ast_array *a, tb_type want,
                         tb_expr **items, bool *nested)
{
    for (uint32_t i = 0; i < a->items.n; i++) {
        const tb_ast *item = a->items.at[i];
        if (is_array_ast(item)) {
            *nested = true;
            TB_TRY(tbi_bind_array(b, s, tb_as_array(item), want, &items[i]));
        } else {
            TB_TRY(tbi_bind_expr(b, s, item, &items[i]));
            *nested |= tb_type_is_array(items[i]->type.id);
        }
    }
    return TB_OK;
}

static tb_rc no_type(tbi_bind *b, int pos)
{
    TB_RAISE_AT(b->err, TB_E_INDETERMINATE_DATATYPE, pos, "cannot determine type of empty array");
    tb_error_hint(b->err, "Explicitly cast to the desired type, for example ARRAY[]::integer[].");
    return TB_FAIL;
}

/* With a type asked for, each element is cast to it explicitly; else they get their common type. */
tb_rc tbi_bind_array(tbi_bind *b, tbi_scope *s, const tb_ast_array *a, tb_type want, tb_expr **out)
{
    uint32_t n = a->items.n;
    bool nested = false;
    tb_expr **items = TB_NEW_ARRAY(b->arena, tb_expr *, n + 1);
    TB_TRY(tbi_enter(b, a->base.pos));
    TB_TRY(array_items(b, s, a, want, items, &nested));
    tbi_leave(b);
    tb_expr *e = tb_expr_new(b->arena, TB_X_ARRAY, want, a->base.pos);
    e->list.n = n;
    e->list.args = items;
    *out = e;
    if (want.id != TB_T_NONE) {
        tb_type elem = {tbi_elem_type(want.id), want.typmod};
        if (want.id == TB_T_INT2VECTOR || want.id == TB_T_OIDVECTOR)
            e->type = tb_type_of(tbi_array_type(elem.id)); /* the cast around it refuses */
        for (uint32_t i = 0; i < n; i++)
            TB_TRY(tbi_cast(b, items[i], nested ? want : elem, TB_CAST_EXPLICIT, tbi_loc(items[i]),
                            &items[i]));
        return TB_OK;
    }
    if (n == 0)
        return no_type(b, a->base.pos);
    tb_type common;
    TB_TRY(tbi_unify(b, items, n, "ARRAY", &common));
    if (nested && !tb_type_is_array(common.id))
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, a->base.pos,
                           "could not find element type for data type %s",
                           tbi_type_name(b, common.id));
    tb_type_id array = tb_type_is_array(common.id) ? common.id : tbi_array_type(common.id);
    if (array == TB_T_NONE)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, a->base.pos,
                           "could not find array type for data type %s",
                           tbi_type_name(b, common.id));
    e->type = (tb_type){array, common.typmod};
    return TB_OK;
}

/* ---- ROW(...) ---- */

tb_rc tbi_exprs_star(tbi_bind *b, tbi_scope *s, const tb_ast_list *list, uint32_t *n,
                     tb_expr ***out)
{
    TB_LIST(tb_expr *) all = {0};
    for (uint32_t i = 0; i < list->n; i++) {
        const tb_ast *item = list->at[i];
        tb_expr *e;
        if (item->kind == TB_AST_COLUMN_REF && tb_as_column_ref(item)->star) {
            tbi_columns cols = {0};
            TB_TRY(tbi_expand_star(b, s, tb_as_column_ref(item), &cols));
            for (uint32_t k = 0; k < cols.n; k++)
                tb_list_push(b->arena, &all, tbi_col(b, cols.at[k].id, item->pos));
        } else if (tbi_ends_in_star(item)) {
            uint32_t nf;
            tb_expr **fields;
            const tbi_shape *shape;
            TB_TRY(tbi_bind_indirection(b, s, tb_as_indirection(item), &e));
            TB_TRY(tbi_expand_record(b, e, item->pos, &nf, &fields, &shape));
            for (uint32_t k = 0; k < nf; k++)
                tb_list_push(b->arena, &all, fields[k]);
        } else {
            TB_TRY(tbi_bind_expr(b, s, item, &e));
            tb_list_push(b->arena, &all, e);
        }
    }
    *n = all.n;
    *out = all.at != NULL ? all.at : TB_NEW_ARRAY(b->arena, tb_expr *, 1);
    return TB_OK;
}

/* Fields of ROW(..) are called f1, f2, .. */
static const tbi_shape *anonymous_shape(tbi_bind *b, tb_expr *const *fields, uint32_t n)
{
    tbi_shape *sh = TB_NEW(b->arena, tbi_shape);
    sh->n = n;
    sh->names = TB_NEW_ARRAY(b->arena, const char *, n + 1);
    sh->types = TB_NEW_ARRAY(b->arena, tb_type, n + 1);
    sh->shapes = TB_NEW_ARRAY(b->arena, const tbi_shape *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        sh->names[i] = tb_arena_printf(b->arena, "f%u", i + 1);
        sh->types[i] = fields[i]->type;
        sh->shapes[i] = tbi_shape_of(b, fields[i]);
    }
    return sh;
}

tb_rc tbi_bind_row(tbi_bind *b, tbi_scope *s, const tb_ast_row *r, tb_expr **out)
{
    tb_expr *e = tb_expr_new(b->arena, TB_X_ROW, tb_type_of(TB_T_RECORD), r->base.pos);
    TB_TRY(tbi_exprs_star(b, s, &r->items, &e->list.n, &e->list.args));
    if (e->list.n > TBI_MAX_COLUMNS)
        return TB_RAISE_AT(b->err, TB_E_TOO_MANY_COLUMNS, r->base.pos,
                           "ROW expressions can have at most %d entries", TBI_MAX_COLUMNS);
    for (uint32_t i = 0; i < e->list.n; i++)
        TB_TRY(tbi_unknown_to_text(b, e->list.args[i], &e->list.args[i]));
    struct tbi_row_shape known = {e, anonymous_shape(b, e->list.args, e->list.n)};
    tb_list_push(b->arena, &b->rows, known);
    *out = e;
    return TB_OK;
}

/* ---- fields ---- */

static tb_expr *field_expr(tbi_bind *b, tb_expr *e, const tbi_shape *shape, uint32_t i, int pos)
{
    tb_expr *f = tb_expr_new(b->arena, TB_X_FIELD, shape->types[i], pos);
    f->field.arg = e;
    f->field.index = i;
    return f;
}

static tb_rc field(tbi_bind *b, tb_expr *e, const char *name, int pos, tb_expr **out)
{
    const tbi_shape *shape = e->type.id == TB_T_RECORD ? tbi_shape_of(b, e) : NULL;
    if (e->type.id != TB_T_RECORD)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, tbi_loc(e),
                           "column notation .%s applied to type %s, which is not a composite type",
                           name, tbi_type_name(b, e->type.id));
    for (uint32_t i = 0; shape != NULL && i < shape->n; i++) {
        if (strcmp(shape->names[i], name) != 0)
            continue;
        *out = field_expr(b, e, shape, i, pos);
        return TB_OK;
    }
    return TB_RAISE_AT(b->err, TB_E_UNDEFINED_COLUMN, tbi_loc(e),
                       "could not identify column \"%s\" in record data type", name);
}

tb_rc tbi_expand_record(tbi_bind *b, tb_expr *e, int pos, uint32_t *n, tb_expr ***fields,
                        const tbi_shape **shape)
{
    *shape = e->type.id == TB_T_RECORD ? tbi_shape_of(b, e) : NULL;
    if (e->type.id != TB_T_RECORD)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, pos, "type %s is not composite",
                           tbi_type_name(b, e->type.id));
    if (*shape == NULL)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, pos,
                           "record type has not been registered");
    *n = (*shape)->n;
    *fields = TB_NEW_ARRAY(b->arena, tb_expr *, *n + 1);
    for (uint32_t i = 0; i < *n; i++)
        (*fields)[i] = e->kind == TB_X_ROW ? e->list.args[i] : field_expr(b, e, *shape, i, pos);
    return TB_OK;
}

/* ---- subscripts ---- */

static tb_rc bound(tbi_bind *b, tbi_scope *s, const tb_ast *ast, tb_expr **out)
{
    *out = NULL;
    if (ast == NULL)
        return TB_OK;
    static const tb_type_id int4 = TB_T_INT4;
    TB_TRY(tbi_bind_expr(b, s, ast, out));
    if (!tbi_can_coerce(&(*out)->type.id, &int4, 1, TB_CAST_ASSIGNMENT))
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, tbi_loc(*out),
                           "array subscript must have type integer");
    return tbi_coerce(b, *out, tb_type_of(TB_T_INT4), TB_CAST_ASSIGNMENT, out);
}

/* jsonb[key]: integers index arrays, everything else names a member, as jsonb_extract_path reads
 * them. */
static tb_rc jsonb_subscript(tbi_bind *b, tbi_scope *s, tb_expr *arg, const tb_ast_list *steps,
                             uint32_t from, uint32_t to, tb_expr **out)
{
    tb_expr **args = TB_NEW_ARRAY(b->arena, tb_expr *, to - from + 1);
    args[0] = arg;
    for (uint32_t i = from; i < to; i++) {
        const tb_ast_subscript *sub = tb_as_subscript(steps->at[i]);
        tb_expr *key;
        if (sub->slice)
            return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH,
                               sub->upper != NULL   ? sub->upper->pos
                               : sub->lower != NULL ? sub->lower->pos
                                                    : sub->base.pos,
                               "jsonb subscript does not support slices");
        TB_TRY(tbi_bind_expr(b, s, sub->upper, &key));
        if (key->type.id != TB_T_UNKNOWN && !tb_type_is_string(key->type.id) &&
            key->type.id != TB_T_INT4 && key->type.id != TB_T_INT2) {
            TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, tbi_loc(key),
                        "subscript type %s is not supported", tbi_type_name(b, key->type.id));
            tb_error_hint(b->err, "jsonb subscript must be coercible to either integer or text.");
            return TB_FAIL;
        }
        TB_TRY(tbi_cast(b, key, tb_type_of(TB_T_TEXT), TB_CAST_EXPLICIT, sub->base.pos,
                        &args[i - from + 1]));
    }
    return tbi_call_named(b, "jsonb_extract_path", args, to - from + 1, arg->pos, out);
}

/* arg[..][..] for the subscript steps from..to-1. */
static tb_rc subscripts(tbi_bind *b, tbi_scope *s, tb_expr *arg, const tb_ast_list *steps,
                        uint32_t from, uint32_t to, tb_expr **out)
{
    int pos = steps->at[from]->pos;
    uint32_t n = to - from;
    if (arg->type.id == TB_T_JSONB)
        return jsonb_subscript(b, s, arg, steps, from, to, out);
    tb_type_id elem = tbi_elem_type(arg->type.id);
    if (elem == TB_T_NONE)
        return TB_RAISE_AT(b->err, TB_E_DATATYPE_MISMATCH, tbi_loc(arg),
                           "cannot subscript type %s because it does not support subscripting",
                           tbi_type_name(b, arg->type.id));
    if (n > MAX_DIM)
        return TB_RAISE_AT(b->err, TB_E_PROGRAM_LIMIT_EXCEEDED, pos,
                           "number of array dimensions (%d) exceeds the maximum allowed (%d)",
                           (int)n, MAX_DIM);
    tb_expr *e = tb_expr_new(b->arena, TB_X_SUBSCRIPT, tb_type_of(elem), pos);
    e->subscript.array = arg;
    e->subscript.n = n;
    e->subscript.lower = TB_NEW_ARRAY(b->arena, tb_expr *, n);
    e->subscript.upper = TB_NEW_ARRAY(b->arena, tb_expr *, n);
    for (uint32_t i = from; i < to; i++)
        e->subscript.slice |= tb_as_subscript(steps->at[i])->slice;
    for (uint32_t i = 0; i < n; i++) {
        const tb_ast_subscript *sub = tb_as_subscript(steps->at[from + i]);
        TB_TRY(bound(b, s, sub->lower, &e->subscript.lower[i]));
        TB_TRY(bound(b, s, sub->upper, &e->subscript.upper[i]));
        if (e->subscript.slice && !sub->slice) /* among slices a[n] means a[1:n] */
            e->subscript.lower[i] =
                tb_expr_const(b->arena, tb_type_of(TB_T_INT4), tb_value_int4(1));
    }
    e->type = (tb_type){e->subscript.slice ? tb_type_array_of(elem) : elem, arg->type.typmod};
    *out = e;
    return TB_OK;
}

bool tbi_ends_in_star(const tb_ast *ast)
{
    if (ast->kind != TB_AST_INDIRECTION)
        return false;
    const tb_ast_list *steps = &tb_as_indirection(ast)->steps;
    return steps->at[steps->n - 1]->kind == TB_AST_STAR;
}

tb_rc tbi_bind_indirection(tbi_bind *b, tbi_scope *s, const tb_ast_indirection *in, tb_expr **out)
{
    tb_expr *e;
    TB_TRY(tbi_bind_expr(b, s, in->arg, &e));
    for (uint32_t i = 0; i < in->steps.n;) {
        const tb_ast *step = in->steps.at[i];
        if (step->kind == TB_AST_STAR) /* the caller expands it */
            break;
        if (step->kind == TB_AST_FIELD) {
            TB_TRY(field(b, e, tb_as_field(step)->name, step->pos, &e));
            i++;
            continue;
        }
        uint32_t to = i;
        while (to < in->steps.n && in->steps.at[to]->kind == TB_AST_SUBSCRIPT)
            to++;
        TB_TRY(subscripts(b, s, e, &in->steps, i, to, &e));
        i = to;
    }
    *out = e;
    return TB_OK;
}
