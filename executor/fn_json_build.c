/* SPDX-License-Identifier: Apache-2.0
 * JSON made of SQL values: to_json, json_build_object and the like.
 *
 * The jsonb forms make the same text and put it into jsonb's canonical form.
 *
 * Entry points: tbi_json_value.
 */
#include "executor/fn_int.h"

#include "core/array.h"
#include "core/json.h"
#include "core/num.h"
#include "core/record.h"

#include <math.h>

static void add_string(tbi_out *o, const char *s, size_t n)
{
    tb_buf buf;
    tb_buf_init(&buf, SIZE_MAX / 2);
    tb_json_quote(&buf, s, n);
    tbi_out_add(o, tb_buf_cstr(&buf), buf.len);
    tb_buf_fini(&buf);
}

/* Dates and times in ISO 8601: T between date and time, the zone with minutes. */
static void add_iso(tbi_out *o, tb_fn_cx *cx, tb_type_id type, const tb_value *v)
{
    tb_str text = tbi_text_of(cx, type, v);
    const char *s = tb_str_data(&text), *end = s + text.len;
    const char *blank = memchr(s, ' ', text.len);
    tbi_out_putc(o, '"');
    if (blank == NULL) { /* a date, or infinity */
        tbi_out_add(o, s, text.len);
    } else {
        const char *stop = blank + 1; /* the time up to a blank (BC) or the end */
        while (stop < end && *stop != ' ')
            stop++;
        tbi_out_add(o, s, (size_t)(blank - s));
        tbi_out_putc(o, type == TB_T_DATE ? ' ' : 'T');
        tbi_out_add(o, blank + 1, (size_t)(stop - blank - 1));
        bool hours_only = type == TB_T_TIMESTAMPTZ && (stop[-3] == '+' || stop[-3] == '-');
        if (hours_only)
            tbi_out_puts(o, ":00");
        tbi_out_add(o, stop, (size_t)(end - stop));
    }
    tbi_out_putc(o, '"');
}

static bool is_number(tb_type_id type)
{
    return type == TB_T_INT2 || type == TB_T_INT4 || type == TB_T_INT8 || type == TB_T_FLOAT4 ||
           type == TB_T_FLOAT8 || type == TB_T_NUMERIC;
}

static bool is_finite_number(tb_type_id type, const tb_value *v)
{
    if (type == TB_T_FLOAT4)
        return isfinite(v->d.f32);
    if (type == TB_T_FLOAT8)
        return isfinite(v->d.f64);
    return type != TB_T_NUMERIC || v->d.num.kind == TB_NUM_SMALL || v->d.num.kind == TB_NUM_BIG;
}

/* One dimension of an array; *next is the next element in row-major order. */
static void add_array(tbi_out *o, tb_fn_cx *cx, const tb_array *arr, int dim, uint32_t *next,
                      bool lines)
{
    tbi_out_putc(o, '[');
    for (int32_t i = 0; dim < arr->ndim && i < arr->dims[dim]; i++) {
        if (i > 0)
            tbi_out_puts(o, lines ? ",\n " : ",");
        if (dim + 1 < arr->ndim) {
            add_array(o, cx, arr, dim + 1, next, false);
        } else {
            tb_value v = tb_array_get(arr, cx->arena, (*next)++);
            tbi_json_value(o, cx, arr->elem, &v);
        }
    }
    tbi_out_putc(o, ']');
}

/* Fields without names, those of ROW(...), are f1, f2, ... */
static void add_record(tbi_out *o, tb_fn_cx *cx, const tb_str *r, bool lines)
{
    uint32_t n = tb_record_count(r);
    const char *name = tb_record_names(r);
    tbi_out_putc(o, '{');
    for (uint32_t i = 0; i < n; i++) {
        tb_type_id type;
        tb_value v = tb_record_get(r, cx->arena, i, &type);
        if (i > 0)
            tbi_out_puts(o, lines ? ",\n " : ",");
        const char *key = name != NULL ? name : tb_arena_printf(cx->arena, "f%u", i + 1);
        add_string(o, key, strlen(key));
        tbi_out_putc(o, ':');
        name = name != NULL ? name + strlen(name) + 1 : NULL;
        tbi_json_value(o, cx, type, &v);
    }
    tbi_out_putc(o, '}');
}

void tbi_json_value(tbi_out *o, tb_fn_cx *cx, tb_type_id type, const tb_value *v)
{
    if (v->null) {
        tbi_out_puts(o, "null");
    } else if (tb_type_is_array(type)) {
        tb_array arr;
        uint32_t next = 0;
        tb_array_open(&v->d.str, &arr);
        add_array(o, cx, &arr, 0, &next, false);
    } else if (type == TB_T_RECORD) {
        add_record(o, cx, &v->d.str, false);
    } else if (type == TB_T_BOOL) {
        tbi_out_puts(o, v->d.b ? "true" : "false");
    } else if (type == TB_T_JSON || type == TB_T_JSONB) {
        tbi_out_add_str(o, &v->d.str);
    } else if (type == TB_T_DATE || type == TB_T_TIMESTAMP || type == TB_T_TIMESTAMPTZ) {
        add_iso(o, cx, type, v);
    } else {
        tb_str text = tbi_text_of(cx, type, v);
        if (is_number(type) && is_finite_number(type, v))
            tbi_out_add_str(o, &text);
        else
            add_string(o, tb_str_data(&text), text.len);
    }
}

tb_rc tbi_json_key(tbi_out *o, tb_fn_cx *cx, tb_type_id type, const tb_value *v)
{
    if (tb_type_is_array(type) || type == TB_T_RECORD || type == TB_T_JSON || type == TB_T_JSONB)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                        "key value must be scalar, not array, composite, or json");
    if (type == TB_T_DATE || type == TB_T_TIMESTAMP || type == TB_T_TIMESTAMPTZ) {
        add_iso(o, cx, type, v);
        return TB_OK;
    }
    tb_str text =
        type == TB_T_BOOL ? tb_str_lit(v->d.b ? "true" : "false") : tbi_text_of(cx, type, v);
    add_string(o, tb_str_data(&text), text.len);
    return TB_OK;
}

/* ---- results ---- */

tb_rc tbi_jsonb_end(tbi_out *o, tb_fn_cx *cx, tb_value *ret)
{
    TB_TRY(tbi_out_end(o, cx, ret));
    tb_str canonical;
    TB_TRY(tb_jsonb_parse(cx->arena, tb_str_data(&ret->d.str), ret->d.str.len, cx->hide_values,
                          &canonical, cx->err));
    return tbi_str(ret, canonical);
}

TB_BODY(TO_JSON)
{
    tbi_out o;
    tbi_out_begin(&o, cx, 0);
    tbi_json_value(&o, cx, cx->argtype[0], &a[0]);
    return tbi_out_end(&o, cx, ret);
}
TB_BODY(TO_JSONB)
{
    tbi_out o;
    tbi_out_begin(&o, cx, 0);
    tbi_json_value(&o, cx, cx->argtype[0], &a[0]);
    return tbi_jsonb_end(&o, cx, ret);
}

static tb_rc array_to_json(tb_fn_cx *cx, const tb_value *a, bool lines, tb_value *ret)
{
    tb_array arr;
    uint32_t next = 0;
    tbi_out o;
    tb_array_open(&a[0].d.str, &arr);
    tbi_out_begin(&o, cx, 0);
    add_array(&o, cx, &arr, 0, &next, lines);
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(ARRAY_TO_JSON_ANYARRAY)
{
    return array_to_json(cx, a, false, ret);
}
TB_BODY(ARRAY_TO_JSON_ANYARRAY_BOOL)
{
    return array_to_json(cx, a, a[1].d.b, ret);
}

static tb_rc row_to_json(tb_fn_cx *cx, const tb_value *a, bool lines, tb_value *ret)
{
    tbi_out o;
    tbi_out_begin(&o, cx, 0);
    add_record(&o, cx, &a[0].d.str, lines);
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(ROW_TO_JSON_RECORD)
{
    return row_to_json(cx, a, false, ret);
}
TB_BODY(ROW_TO_JSON_RECORD_BOOL)
{
    return row_to_json(cx, a, a[1].d.b, ret);
}

/* ---- json_build_array, json_build_object ---- */

static void build_array(tbi_out *o, tb_fn_cx *cx, const tb_value *a)
{
    tbi_out_begin(o, cx, 0);
    tbi_out_putc(o, '[');
    for (uint32_t i = 0; i < cx->nargs; i++) {
        if (i > 0)
            tbi_out_puts(o, ", ");
        tbi_json_value(o, cx, cx->argtype[i], &a[i]);
    }
    tbi_out_putc(o, ']');
}

static tb_rc build_object(tbi_out *o, tb_fn_cx *cx, const tb_value *a, bool binary)
{
    if (cx->nargs % 2 != 0) {
        TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                 "argument list must have even number of elements");
        if (binary)
            tb_error_hint(cx->err,
                          "The arguments of jsonb_build_object() must consist of alternating keys "
                          "and values.");
        else
            tb_error_hint(cx->err,
                          "The arguments of json_build_object() must consist of alternating keys "
                          "and values.");
        return TB_FAIL;
    }
    tbi_out_begin(o, cx, 0);
    tbi_out_putc(o, '{');
    for (uint32_t i = 0; i < cx->nargs; i += 2) {
        if (i > 0)
            tbi_out_puts(o, ", ");
        if (a[i].null) {
            if (binary)
                return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                                "argument %u: key must not be null", i + 1);
            TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "argument %u cannot be null", i + 1);
            tb_error_hint(cx->err, "Object keys should be text.");
            return TB_FAIL;
        }
        TB_TRY(tbi_json_key(o, cx, cx->argtype[i], &a[i]));
        tbi_out_puts(o, " : ");
        tbi_json_value(o, cx, cx->argtype[i + 1], &a[i + 1]);
    }
    tbi_out_putc(o, '}');
    return TB_OK;
}

TB_BODY(JSON_BUILD_ARRAY_ANY)
{
    tbi_out o;
    build_array(&o, cx, a);
    return tbi_out_end(&o, cx, ret);
}
TB_BODY(JSONB_BUILD_ARRAY_ANY)
{
    tbi_out o;
    build_array(&o, cx, a);
    return tbi_jsonb_end(&o, cx, ret);
}
TB_BODY(JSON_BUILD_OBJECT_ANY)
{
    tbi_out o;
    TB_TRY(build_object(&o, cx, a, false));
    return tbi_out_end(&o, cx, ret);
}
TB_BODY(JSONB_BUILD_OBJECT_ANY)
{
    tbi_out o;
    TB_TRY(build_object(&o, cx, a, true));
    return tbi_jsonb_end(&o, cx, ret);
}
TB_BODY(JSON_BUILD_ARRAY_0)
{
    return tbi_bytes(ret, "[]", 2);
}
TB_BODY(JSONB_BUILD_ARRAY_0)
{
    return tbi_bytes(ret, "[]", 2);
}
TB_BODY(JSON_BUILD_OBJECT_0)
{
    return tbi_bytes(ret, "{}", 2);
}
TB_BODY(JSONB_BUILD_OBJECT_0)
{
    return tbi_bytes(ret, "{}", 2);
}

/* ---- json_object: of text arrays ---- */

static tb_rc object_of_texts(tbi_out *o, tb_fn_cx *cx, const tb_array *keys, const tb_array *values,
                             uint32_t n)
{
    tbi_out_begin(o, cx, 0);
    tbi_out_putc(o, '{');
    for (uint32_t i = 0; i < n; i++) {
        /* One array: keys and values alternate. */
        tb_value key = tb_array_get(keys, cx->arena, values != NULL ? i : 2 * i);
        tb_value v =
            tb_array_get(values != NULL ? values : keys, cx->arena, values != NULL ? i : 2 * i + 1);
        if (key.null)
            return TB_RAISE(cx->err, TB_E_NULL_VALUE_NOT_ALLOWED,
                            "null value not allowed for object key");
        if (i > 0)
            tbi_out_puts(o, ", ");
        add_string(o, tb_str_data(&key.d.str), key.d.str.len);
        tbi_out_puts(o, " : ");
        tbi_json_value(o, cx, TB_T_TEXT, &v);
    }
    tbi_out_putc(o, '}');
    return TB_OK;
}

static tb_rc object_of_pairs(tbi_out *o, tb_fn_cx *cx, const tb_value *a)
{
    tb_array arr;
    tb_array_open(&a[0].d.str, &arr);
    if (arr.ndim == 1 && arr.dims[0] % 2 != 0)
        return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR,
                        "array must have even number of elements");
    if (arr.ndim == 2 && arr.dims[1] != 2)
        return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR, "array must have two columns");
    if (arr.ndim > 2)
        return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
    return object_of_texts(o, cx, &arr, NULL, arr.n / 2);
}

static tb_rc object_of_two(tbi_out *o, tb_fn_cx *cx, const tb_value *a)
{
    tb_array keys, values;
    tb_array_open(&a[0].d.str, &keys);
    tb_array_open(&a[1].d.str, &values);
    if (keys.ndim > 1 || keys.ndim != values.ndim)
        return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
    if (keys.n != values.n)
        return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR, "mismatched array dimensions");
    return object_of_texts(o, cx, &keys, &values, keys.n);
}

TB_BODY(JSON_OBJECT_TEXTARRAY)
{
    tbi_out o;
    TB_TRY(object_of_pairs(&o, cx, a));
    return tbi_out_end(&o, cx, ret);
}
TB_BODY(JSONB_OBJECT_TEXTARRAY)
{
    tbi_out o;
    TB_TRY(object_of_pairs(&o, cx, a));
    return tbi_jsonb_end(&o, cx, ret);
}
TB_BODY(JSON_OBJECT_TEXTARRAY_TEXTARRAY)
{
    tbi_out o;
    TB_TRY(object_of_two(&o, cx, a));
    return tbi_out_end(&o, cx, ret);
}
TB_BODY(JSONB_OBJECT_TEXTARRAY_TEXTARRAY)
{
    tbi_out o;
    TB_TRY(object_of_two(&o, cx, a));
    return tbi_jsonb_end(&o, cx, ret);
}
