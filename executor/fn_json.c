/* SPDX-License-Identifier: Apache-2.0
 * JSON: access to parts. json and jsonb share every function here, as both are navigated as text.
 */
#include "executor/fn_int.h"

#include "core/array.h"
#include "core/json.h"

static tb_json_span root(const tb_value *v)
{
    return tb_json_root(tb_str_data(&v->d.str), v->d.str.len);
}

static tb_rc put_span(bool found, tb_json_span v, tb_value *ret)
{
    return found ? tbi_bytes(ret, v.at, v.len) : tbi_null(ret);
}

static tb_rc put_text(tb_fn_cx *cx, bool found, tb_json_span v, tb_value *ret)
{
    return found ? tb_json_text(cx->arena, v, ret, cx->err) : tbi_null(ret);
}

/* ---- one step ---- */

static bool field(const tb_value *a, tb_json_span *v)
{
    return tb_json_field(root(&a[0]), TBI_S(1), TBI_N(1), v);
}

static bool element(const tb_value *a, tb_json_span *v, bool scalars)
{
    tb_json_span whole = root(&a[0]);
    tb_json_kind kind = tb_json_kind_of(whole);
    if (scalars && kind != TB_JSON_ARRAY && kind != TB_JSON_OBJECT) {
        *v = whole; /* jsonb: a scalar is the only element of itself */
        return a[1].d.i32 == 0 || a[1].d.i32 == -1;
    }
    return tb_json_element(whole, a[1].d.i32, v);
}

#define STEP(type, scalars)                                                                        \
    TB_BODY(type##_OBJECT_FIELD)                                                                   \
    {                                                                                              \
        tb_json_span v = {0};                                                                      \
        return put_span(field(a, &v), v, ret);                                                     \
    }                                                                                              \
    TB_BODY(type##_OBJECT_FIELD_TEXT)                                                              \
    {                                                                                              \
        tb_json_span v = {0};                                                                      \
        return put_text(cx, field(a, &v), v, ret);                                                 \
    }                                                                                              \
    TB_BODY(type##_ARRAY_ELEMENT)                                                                  \
    {                                                                                              \
        tb_json_span v = {0};                                                                      \
        return put_span(element(a, &v, scalars), v, ret);                                          \
    }                                                                                              \
    TB_BODY(type##_ARRAY_ELEMENT_TEXT)                                                             \
    {                                                                                              \
        tb_json_span v = {0};                                                                      \
        return put_text(cx, element(a, &v, scalars), v, ret);                                      \
    }
STEP(JSON, false)
STEP(JSONB, true)

/* ---- a path: variadic texts or one text array ---- */

static bool follow(tb_json_span *v, const tb_value *step)
{
    return !step->null && tb_json_step(*v, tb_str_data(&step->d.str), step->d.str.len, v);
}

static bool path(tb_fn_cx *cx, const tb_value *a, tb_json_span *v)
{
    *v = root(&a[0]);
    if (!tb_type_is_array(cx->argtype[1])) {
        for (uint32_t i = 1; i < cx->nargs; i++)
            if (!follow(v, &a[i]))
                return false;
        return true;
    }
    tb_array steps;
    tb_array_open(&a[1].d.str, &steps);
    for (uint32_t i = 0; i < steps.n; i++) {
        tb_value step = tb_array_get(&steps, cx->arena, i);
        if (!follow(v, &step))
            return false;
    }
    return true;
}

#define PATH(type)                                                                                 \
    TB_BODY(type##_EXTRACT_PATH)                                                                   \
    {                                                                                              \
        tb_json_span v;                                                                            \
        return put_span(path(cx, a, &v), v, ret);                                                  \
    }                                                                                              \
    TB_BODY(type##_EXTRACT_PATH_TEXT)                                                              \
    {                                                                                              \
        tb_json_span v;                                                                            \
        return put_text(cx, path(cx, a, &v), v, ret);                                              \
    }
PATH(JSON)
PATH(JSONB)

/* ---- kind and size ---- */

static tb_rc type_of(const tb_value *a, tb_value *ret)
{
    const char *name = tb_json_kind_name(tb_json_kind_of(root(&a[0])));
    return tbi_bytes(ret, name, strlen(name));
}

TB_BODY(JSON_TYPEOF)
{
    return type_of(a, ret);
}
TB_BODY(JSONB_TYPEOF)
{
    return type_of(a, ret);
}

static tb_rc array_length(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    tb_json_span v = root(&a[0]);
    tb_json_kind kind = tb_json_kind_of(v);
    if (kind == TB_JSON_OBJECT)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                        "cannot get array length of a non-array");
    if (kind != TB_JSON_ARRAY)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                        "cannot get array length of a scalar");
    return tbi_int4(ret, tb_json_count(v));
}

TB_BODY(JSON_ARRAY_LENGTH)
{
    return array_length(cx, a, ret);
}
TB_BODY(JSONB_ARRAY_LENGTH)
{
    return array_length(cx, a, ret);
}

/* ---- containment ---- */

TB_BODY(JSONB_CONTAINS)
{
    return tbi_bool(ret, tb_jsonb_contains(root(&a[0]), root(&a[1])));
}
TB_BODY(JSONB_CONTAINED)
{
    return tbi_bool(ret, tb_jsonb_contains(root(&a[1]), root(&a[0])));
}

/* Is the JSON string equal to the text? */
static bool string_is(tb_fn_cx *cx, tb_json_span v, const tb_str *text)
{
    tb_value s;
    tb_error ignored = {.lang = TB_LANG_EN};
    return tb_json_kind_of(v) == TB_JSON_STRING &&
           tb_json_text(cx->arena, v, &s, &ignored) == TB_OK && tb_str_eq(&s.d.str, text);
}

/* Key of an object, string element of an array, or the string itself. */
static bool exists(tb_fn_cx *cx, tb_json_span v, const tb_str *key)
{
    tb_json_span item;
    tb_json_kind kind = tb_json_kind_of(v);
    if (kind == TB_JSON_OBJECT)
        return tb_json_field(v, tb_str_data(key), key->len, &item);
    if (kind != TB_JSON_ARRAY)
        return string_is(cx, v, key);
    tb_json_iter it = tb_json_iterate(v);
    while (tb_json_next(&it, NULL, &item))
        if (string_is(cx, item, key))
            return true;
    return false;
}

TB_BODY(JSONB_EXISTS)
{
    return tbi_bool(ret, exists(cx, root(&a[0]), &a[1].d.str));
}

/* NULL keys do not count. */
static bool exists_keys(tb_fn_cx *cx, const tb_value *a, bool all)
{
    tb_array keys;
    tb_array_open(&a[1].d.str, &keys);
    for (uint32_t i = 0; i < keys.n; i++) {
        tb_value key = tb_array_get(&keys, cx->arena, i);
        if (!key.null && exists(cx, root(&a[0]), &key.d.str) != all)
            return !all;
    }
    return all;
}

TB_BODY(JSONB_EXISTS_ANY)
{
    return tbi_bool(ret, exists_keys(cx, a, false));
}
TB_BODY(JSONB_EXISTS_ALL)
{
    return tbi_bool(ret, exists_keys(cx, a, true));
}
