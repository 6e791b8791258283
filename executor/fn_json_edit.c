/* SPDX-License-Identifier: Apache-2.0
 * JSON changed: concatenation, deletion, setting at a path, layout.
 *
 * New values are composed as text and brought into jsonb's canonical form at the end.
 */
#include "executor/fn_int.h"

#include "core/array.h"
#include "core/json.h"

static tb_json_span root(const tb_value *v)
{
    return tb_json_root(tb_str_data(&v->d.str), v->d.str.len);
}

static bool is_container(tb_json_span v)
{
    tb_json_kind kind = tb_json_kind_of(v);
    return kind == TB_JSON_ARRAY || kind == TB_JSON_OBJECT;
}

static void add_span(tbi_out *o, tb_json_span v)
{
    tbi_out_add(o, v.at, v.len);
}

/* A container under construction: separators come by themselves. */
typedef struct writer {
    tbi_out o;
    bool any;
} writer;

static void item(writer *w, const tb_json_span *key, tb_json_span value)
{
    if (w->any)
        tbi_out_puts(&w->o, ", ");
    w->any = true;
    if (key != NULL && key->len > 0) {
        add_span(&w->o, *key);
        tbi_out_puts(&w->o, ": ");
    }
    add_span(&w->o, value);
}

/* All members or elements of a container; a scalar or, when `whole`, the container itself as one
 * element. */
static void items(writer *w, tb_json_span v, bool whole)
{
    if (whole || !is_container(v)) {
        item(w, NULL, v);
        return;
    }
    tb_json_iter it = tb_json_iterate(v);
    tb_json_span key = {0}, value;
    while (tb_json_next(&it, &key, &value))
        item(w, it.object ? &key : NULL, value);
}

TB_BODY(JSONB_CONCAT)
{
    tb_json_span x = root(&a[0]), y = root(&a[1]);
    bool x_object = tb_json_kind_of(x) == TB_JSON_OBJECT,
         y_object = tb_json_kind_of(y) == TB_JSON_OBJECT;
    bool merge = x_object &&
                 y_object; /* otherwise the result is an array, and an object one element of it */
    writer w = {.any = false};
    tbi_out_begin(&w.o, cx, TBI_N(0) + TBI_N(1) + 4);
    tbi_out_putc(&w.o, merge ? '{' : '[');
    items(&w, x, x_object && !merge);
    items(&w, y, y_object && !merge);
    tbi_out_putc(&w.o, merge ? '}' : ']');
    return tbi_jsonb_end(&w.o, cx, ret);
}

/* ---- deletion ---- */

static tb_rc check_deletable(tb_fn_cx *cx, tb_json_span v)
{
    if (!is_container(v))
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "cannot delete from scalar");
    return TB_OK;
}

/* Is the quoted JSON string (a key or an element) one of the n texts? */
static bool listed(tb_fn_cx *cx, tb_json_span quoted, const tb_value *texts, uint32_t n)
{
    tb_value s;
    tb_error ignored = {.lang = TB_LANG_EN};
    if (tb_json_kind_of(quoted) != TB_JSON_STRING ||
        tb_json_text(cx->arena, quoted, &s, &ignored) != TB_OK)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!texts[i].null && tb_str_eq(&texts[i].d.str, &s.d.str))
            return true;
    return false;
}

/* Without the members of those names, or the elements that are those strings. */
static tb_rc delete_names(tb_fn_cx *cx, const tb_value *a, const tb_value *names, uint32_t n,
                          tb_value *ret)
{
    tb_json_span v = root(&a[0]), key = {0}, value;
    TB_TRY(check_deletable(cx, v));
    tb_json_iter it = tb_json_iterate(v);
    writer w = {.any = false};
    tbi_out_begin(&w.o, cx, TBI_N(0));
    tbi_out_putc(&w.o, it.object ? '{' : '[');
    while (tb_json_next(&it, &key, &value))
        if (!listed(cx, it.object ? key : value, names, n))
            item(&w, it.object ? &key : NULL, value);
    tbi_out_putc(&w.o, it.object ? '}' : ']');
    return tbi_jsonb_end(&w.o, cx, ret);
}

TB_BODY(JSONB_DELETE_JSONB_TEXT)
{
    return delete_names(cx, a, &a[1], 1, ret);
}

TB_BODY(JSONB_DELETE_JSONB_TEXTARRAY)
{
    if (!tb_type_is_array(cx->argtype[1]))
        return delete_names(cx, a, &a[1], cx->nargs - 1U, ret);
    tb_array arr;
    tb_array_open(&a[1].d.str, &arr);
    if (arr.ndim > 1)
        return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
    tb_value *names = TB_NEW_ARRAY(cx->arena, tb_value, arr.n + 1);
    for (uint32_t i = 0; i < arr.n; i++)
        names[i] = tb_array_get(&arr, cx->arena, i);
    return delete_names(cx, a, names, arr.n, ret);
}

TB_BODY(JSONB_DELETE_JSONB_INT4)
{
    tb_json_span v = root(&a[0]), value;
    TB_TRY(check_deletable(cx, v));
    if (tb_json_kind_of(v) == TB_JSON_OBJECT)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                        "cannot delete from object using integer index");
    int64_t index = a[1].d.i32, at = 0;
    if (index < 0)
        index += tb_json_count(v);
    tb_json_iter it = tb_json_iterate(v);
    writer w = {.any = false};
    tbi_out_begin(&w.o, cx, TBI_N(0));
    tbi_out_putc(&w.o, '[');
    while (tb_json_next(&it, NULL, &value))
        if (at++ != index)
            item(&w, NULL, value);
    tbi_out_putc(&w.o, ']');
    return tbi_out_end(&w.o, cx, ret);
}

/* ---- setting at a path ---- */

typedef enum set_mode { SET_DELETE, SET_REPLACE, SET_CREATE, INSERT_BEFORE, INSERT_AFTER } set_mode;

typedef struct set_state {
    tb_fn_cx *cx;
    const tb_value *path;
    uint32_t n;
    tb_json_span value;
    set_mode mode;
} set_state;

static tb_rc set_in(set_state *s, tb_json_span v, uint32_t level, tbi_out *o);

static tb_rc set_in_object(set_state *s, tb_json_span v, uint32_t level, writer *w)
{
    const tb_value *step = &s->path[level];
    bool last = level + 1 == s->n, found = false;
    tb_json_iter it = tb_json_iterate(v);
    tb_json_span key, value;
    while (tb_json_next(&it, &key, &value)) {
        if (!listed(s->cx, key, step, 1)) {
            item(w, &key, value);
            continue;
        }
        found = true;
        if (last && s->mode >= INSERT_BEFORE) {
            TB_RAISE(s->cx->err, TB_E_INVALID_PARAMETER_VALUE, "cannot replace existing key");
            tb_error_hint(s->cx->err, "Try using the function jsonb_set to replace key value.");
            return TB_FAIL;
        }
        if (last && s->mode != SET_DELETE) {
            item(w, &key, s->value);
        } else if (!last) {
            item(w, &key, (tb_json_span){.at = "", .len = 0});
            TB_TRY(set_in(s, value, level + 1, &w->o));
        }
    }
    if (last && !found && s->mode >= SET_CREATE) {
        tb_buf name;
        tb_buf_init(&name, SIZE_MAX / 2);
        tb_json_quote(&name, tb_str_data(&step->d.str), step->d.str.len);
        item(w, &(tb_json_span){.at = tb_buf_cstr(&name), .len = name.len}, s->value);
        tb_buf_fini(&name);
    }
    return TB_OK;
}

static tb_rc step_index(set_state *s, uint32_t level, int64_t *index)
{
    const tb_str *step = &s->path[level].d.str;
    tb_error ignored = {.lang = TB_LANG_EN};
    if (tb_int_in(tb_str_data(step), step->len, TB_T_INT4, true, index, &ignored) == TB_OK)
        return TB_OK;
    if (s->cx->hide_values)
        return TB_RAISE(s->cx->err, TB_E_INVALID_TEXT_REPRESENTATION,
                        "path element at position %u is not an integer", level + 1);
    return TB_RAISE(s->cx->err, TB_E_INVALID_TEXT_REPRESENTATION,
                    "path element at position %u is not an integer: \"%.*s\"", level + 1,
                    TBI_QUOTE(tb_str_data(step), step->len));
}

static tb_rc set_in_array(set_state *s, tb_json_span v, uint32_t level, writer *w)
{
    int64_t index, count = tb_json_count(v), at = 0;
    bool last = level + 1 == s->n;
    TB_TRY(step_index(s, level, &index));
    if (index < 0)
        index = index + count < 0 ? INT32_MIN : index + count;
    if (index > count)
        index = count;
    bool outside = index < 0 || index >= count, create = s->mode >= SET_CREATE;
    if (last && create && index < 0)
        item(w, NULL, s->value); /* before everything */
    tb_json_iter it = tb_json_iterate(v);
    tb_json_span value;
    for (; tb_json_next(&it, NULL, &value); at++) {
        if (at != index) {
            item(w, NULL, value);
        } else if (!last) {
            item(w, NULL, (tb_json_span){.at = "", .len = 0});
            TB_TRY(set_in(s, value, level + 1, &w->o));
        } else if (s->mode != SET_DELETE) {
            if (s->mode == INSERT_AFTER)
                item(w, NULL, value);
            item(w, NULL, s->value);
            if (s->mode == INSERT_BEFORE)
                item(w, NULL, value);
        }
    }
    if (last && create && outside && index >= 0)
        item(w, NULL, s->value); /* behind everything */
    return TB_OK;
}

static tb_rc set_in(set_state *s, tb_json_span v, uint32_t level, tbi_out *o)
{
    tb_json_kind kind = tb_json_kind_of(v);
    if (s->path[level].null)
        return TB_RAISE(s->cx->err, TB_E_NULL_VALUE_NOT_ALLOWED,
                        "path element at position %u is null", level + 1);
    if (kind != TB_JSON_OBJECT && kind != TB_JSON_ARRAY) {
        add_span(o, v); /* the path leads nowhere: unchanged */
        return TB_OK;
    }
    writer w = {.o = *o};
    tbi_out_putc(&w.o, kind == TB_JSON_OBJECT ? '{' : '[');
    if (kind == TB_JSON_OBJECT)
        TB_TRY(set_in_object(s, v, level, &w));
    else
        TB_TRY(set_in_array(s, v, level, &w));
    tbi_out_putc(&w.o, kind == TB_JSON_OBJECT ? '}' : ']');
    *o = w.o;
    return TB_OK;
}

static tb_rc set_path(tb_fn_cx *cx, const tb_value *a, set_mode mode, tb_value *ret)
{
    tb_array arr;
    tb_array_open(&a[1].d.str, &arr);
    if (arr.ndim > 1)
        return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
    tb_json_span v = root(&a[0]);
    if (!is_container(v))
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                        mode == SET_DELETE ? "cannot delete path in scalar"
                                           : "cannot set path in scalar");
    if (arr.n == 0 || (tb_json_count(v) == 0 && mode < SET_CREATE))
        return tbi_str(ret, a[0].d.str);
    tb_value *path = TB_NEW_ARRAY(cx->arena, tb_value, arr.n);
    for (uint32_t i = 0; i < arr.n; i++)
        path[i] = tb_array_get(&arr, cx->arena, i);
    set_state s = {.cx = cx, .path = path, .n = arr.n, .mode = mode};
    if (mode != SET_DELETE)
        s.value = root(&a[2]);
    tbi_out o;
    tbi_out_begin(&o, cx, TBI_N(0) + s.value.len + 8);
    TB_TRY(set_in(&s, v, 0, &o));
    return tbi_jsonb_end(&o, cx, ret);
}

TB_BODY(JSONB_SET_JSONB_TEXTARRAY_JSONB)
{
    return set_path(cx, a, SET_CREATE, ret);
}
TB_BODY(JSONB_SET_JSONB_TEXTARRAY_JSONB_BOOL)
{
    return set_path(cx, a, a[3].d.b ? SET_CREATE : SET_REPLACE, ret);
}
TB_BODY(JSONB_DELETE_PATH)
{
    return set_path(cx, a, SET_DELETE, ret);
}
TB_BODY(JSONB_INSERT_JSONB_TEXTARRAY_JSONB)
{
    return set_path(cx, a, INSERT_BEFORE, ret);
}
TB_BODY(JSONB_INSERT_JSONB_TEXTARRAY_JSONB_BOOL)
{
    return set_path(cx, a, a[3].d.b ? INSERT_AFTER : INSERT_BEFORE, ret);
}

/* ---- layout ---- */

static void indent(tbi_out *o, int level)
{
    tbi_out_putc(o, '\n');
    for (int i = 0; i < level; i++)
        tbi_out_puts(o, "    ");
}

static void add_pretty(tbi_out *o, tb_json_span v, int level)
{
    if (!is_container(v)) {
        add_span(o, v);
        return;
    }
    tb_json_iter it = tb_json_iterate(v);
    tb_json_span key = {0}, value;
    bool any = false;
    tbi_out_putc(o, it.object ? '{' : '[');
    while (tb_json_next(&it, &key, &value)) {
        if (any)
            tbi_out_putc(o, ',');
        any = true;
        indent(o, level + 1);
        if (it.object) {
            add_span(o, key);
            tbi_out_puts(o, ": ");
        }
        add_pretty(o, value, level + 1);
    }
    indent(o, level);
    tbi_out_putc(o, it.object ? '}' : ']');
}

TB_BODY(JSONB_PRETTY)
{
    tbi_out o;
    tbi_out_begin(&o, cx, TBI_N(0) * 2);
    add_pretty(&o, root(&a[0]), 0);
    return tbi_out_end(&o, cx, ret);
}

/* Strings are written anew, so that every way to escape a character becomes one. */
static tb_rc add_scalar(tbi_out *o, tb_fn_cx *cx, tb_json_span v)
{
    if (tb_json_kind_of(v) != TB_JSON_STRING) {
        add_span(o, v);
        return TB_OK;
    }
    tb_value s;
    TB_TRY(tb_json_text(cx->arena, v, &s, cx->err));
    tbi_json_value(o, cx, TB_T_TEXT, &s);
    return TB_OK;
}

/* Members that are null go away, elements stay. Compact layout. */
static tb_rc add_stripped(tbi_out *o, tb_fn_cx *cx, tb_json_span v)
{
    if (!is_container(v))
        return add_scalar(o, cx, v);
    tb_json_iter it = tb_json_iterate(v);
    tb_json_span key = {0}, value;
    bool any = false;
    tbi_out_putc(o, it.object ? '{' : '[');
    while (tb_json_next(&it, &key, &value)) {
        if (it.object && tb_json_kind_of(value) == TB_JSON_NULL)
            continue;
        if (any)
            tbi_out_putc(o, ',');
        any = true;
        if (it.object) {
            TB_TRY(add_scalar(o, cx, key));
            tbi_out_putc(o, ':');
        }
        TB_TRY(add_stripped(o, cx, value));
    }
    tbi_out_putc(o, it.object ? '}' : ']');
    return TB_OK;
}

TB_BODY(JSON_STRIP_NULLS)
{
    tbi_out o;
    tbi_out_begin(&o, cx, TBI_N(0));
    TB_TRY(add_stripped(&o, cx, root(&a[0])));
    return tbi_out_end(&o, cx, ret);
}
TB_BODY(JSONB_STRIP_NULLS)
{
    tbi_out o;
    tbi_out_begin(&o, cx, TBI_N(0));
    TB_TRY(add_stripped(&o, cx, root(&a[0])));
    return tbi_jsonb_end(&o, cx, ret);
}
