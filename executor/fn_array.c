/* SPDX-License-Identifier: Apache-2.0
 * Arrays: shape, elements, containment, conversion from and to text.
 */
#include "executor/fn_int.h"

#include "core/array.h"

/* ---- shape ---- */

/* Opens argument 0; true when dimension a[1] (1-based) exists. */
static bool open_dimension(const tb_value *a, tb_array *arr, int *dim)
{
    tb_array_open(&a[0].d.str, arr);
    if (a[1].d.i32 < 1 || a[1].d.i32 > arr->ndim)
        return false;
    *dim = a[1].d.i32 - 1;
    return true;
}

TB_BODY(ARRAY_LENGTH)
{
    tb_array arr;
    int dim;
    return open_dimension(a, &arr, &dim) ? tbi_int4(ret, arr.dims[dim]) : tbi_null(ret);
}
TB_BODY(ARRAY_LOWER)
{
    tb_array arr;
    int dim;
    return open_dimension(a, &arr, &dim) ? tbi_int4(ret, arr.lower[dim]) : tbi_null(ret);
}
TB_BODY(ARRAY_UPPER)
{
    tb_array arr;
    int dim;
    if (!open_dimension(a, &arr, &dim))
        return tbi_null(ret);
    return tbi_int4(ret, (int64_t)arr.lower[dim] + arr.dims[dim] - 1);
}
TB_BODY(ARRAY_NDIMS)
{
    tb_array arr;
    tb_array_open(&a[0].d.str, &arr);
    return arr.ndim == 0 ? tbi_null(ret) : tbi_int4(ret, arr.ndim);
}
TB_BODY(CARDINALITY)
{
    tb_array arr;
    tb_array_open(&a[0].d.str, &arr);
    return tbi_int4(ret, arr.n);
}
TB_BODY(ARRAY_DIMS)
{
    tb_array arr;
    tb_array_open(&a[0].d.str, &arr);
    if (arr.ndim == 0)
        return tbi_null(ret);
    tbi_out o;
    tbi_out_begin(&o, cx, 0);
    for (int i = 0; i < arr.ndim; i++) {
        int64_t upper = (int64_t)arr.lower[i] + arr.dims[i] - 1;
        tbi_out_puts(&o, tb_arena_printf(cx->arena, "[%d:%lld]", arr.lower[i], (long long)upper));
    }
    return tbi_out_end(&o, cx, ret);
}

/* ---- building ---- */

/* All elements of an array as values. */
static tb_value *elements(tb_fn_cx *cx, const tb_array *arr)
{
    tb_value *v = TB_NEW_ARRAY(cx->arena, tb_value, arr->n + 1);
    for (uint32_t i = 0; i < arr->n; i++)
        v[i] = tb_array_get(arr, cx->arena, i);
    return v;
}

static const tb_str *array_or_empty(tb_fn_cx *cx, const tb_value *v, tb_type_id type, tb_str *empty)
{
    if (!v->null)
        return &v->d.str;
    *empty = tb_array_build_1d(cx->arena, tb_type_elem(type), NULL, 0);
    return empty;
}

TB_BODY(ARRAY_APPEND)
{
    tb_str empty, out;
    const tb_str *arr = array_or_empty(cx, &a[0], cx->ret, &empty);
    TB_TRY(tb_array_append(cx->arena, arr, tb_type_elem(cx->ret), &a[1], &out, cx->err));
    return tbi_str(ret, out);
}
TB_BODY(ARRAY_PREPEND)
{
    tb_str empty, out;
    const tb_str *arr = array_or_empty(cx, &a[1], cx->ret, &empty);
    TB_TRY(tb_array_prepend(cx->arena, tb_type_elem(cx->ret), &a[0], arr, &out, cx->err));
    return tbi_str(ret, out);
}
TB_BODY(ARRAY_CAT)
{
    if (a[0].null || a[1].null) {
        *ret = a[0].null ? a[1] : a[0];
        return TB_OK;
    }
    tb_str out;
    TB_TRY(tb_array_cat(cx->arena, &a[0].d.str, &a[1].d.str, &out, cx->err));
    return tbi_str(ret, out);
}

TB_BODY(TRIM_ARRAY)
{
    tb_array arr;
    tb_array_open(&a[0].d.str, &arr);
    int32_t have = arr.ndim == 0 ? 0 : arr.dims[0], n = a[1].d.i32;
    if (n < 0 || n > have)
        return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR,
                        "number of elements to trim must be between 0 and %d", have);
    if (arr.ndim == 0)
        return tbi_str(ret, a[0].d.str);
    int32_t upper[1] = {arr.lower[0] + have - n - 1}, lower[1] = {arr.lower[0]};
    bool no = false, yes = true;
    return tbi_str(ret, tb_array_slice(&arr, cx->arena, 1, lower, &no, upper, &yes));
}

/* The bounds given to array_fill: a one-dimensional int4 array without NULLs, as many as
 * dimensions. */
static tb_rc fill_bounds(tb_fn_cx *cx, const tb_value *v, int32_t *out, int *n)
{
    tb_array arr;
    tb_array_open(&v->d.str, &arr);
    if (arr.ndim > 1 || (arr.ndim == 1 && arr.lower[0] != 1)) {
        TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
        tb_error_detail(cx->err, "Dimension array must be one dimensional.");
        return TB_FAIL;
    }
    if (arr.n > TB_ARRAY_MAX_DIM)
        return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "number of array dimensions (%d) exceeds the maximum allowed (%d)",
                        (int)arr.n, TB_ARRAY_MAX_DIM);
    for (uint32_t i = 0; i < arr.n; i++) {
        if (tb_array_is_null(&arr, i))
            return TB_RAISE(cx->err, TB_E_NULL_VALUE_NOT_ALLOWED,
                            "dimension values cannot be null");
        out[i] = tb_array_get(&arr, cx->arena, i).d.i32;
    }
    *n = (int)arr.n;
    return TB_OK;
}

/* Elements array_fill may make: each is a tb_value while it builds. */
enum { FILL_MAX = 4 << 20 };

static tb_rc array_fill(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    int32_t dims[TB_ARRAY_MAX_DIM], lower[TB_ARRAY_MAX_DIM] = {1, 1, 1, 1, 1, 1};
    int ndim, nlower;
    if (a[1].null || (cx->nargs > 2 && a[2].null))
        return TB_RAISE(cx->err, TB_E_NULL_VALUE_NOT_ALLOWED,
                        "dimension array or low bound array cannot be null");
    TB_TRY(fill_bounds(cx, &a[1], dims, &ndim));
    if (cx->nargs > 2) {
        TB_TRY(fill_bounds(cx, &a[2], lower, &nlower));
        if (nlower != ndim) {
            TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts");
            tb_error_detail(cx->err, "Low bound array has different size than dimensions array.");
            return TB_FAIL;
        }
    }
    int64_t n = ndim == 0 ? 0 : 1;
    for (int i = 0; i < ndim; i++) {
        if (dims[i] < 0 || (n *= dims[i]) > FILL_MAX)
            return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                            "array size exceeds the maximum allowed (%d)", FILL_MAX);
        if (dims[i] > 0 && lower[i] > INT32_MAX - dims[i])
            return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                            "array lower bound is too large: %d", lower[i]);
    }
    tb_type_id elem = tb_type_elem(cx->ret);
    if (n == 0)
        return tbi_str(ret, tb_array_build_1d(cx->arena, elem, NULL, 0));
    tb_value *v = TB_NEW_ARRAY(cx->arena, tb_value, n);
    for (int64_t i = 0; i < n; i++)
        v[i] = a[0];
    return tbi_str(ret, tb_array_build(cx->arena, elem, ndim, dims, lower, v));
}

TB_BODY(ARRAY_FILL_ANYELEMENT_INT4ARRAY)
{
    return array_fill(cx, a, ret);
}
TB_BODY(ARRAY_FILL_ANYELEMENT_INT4ARRAY_INT4ARRAY)
{
    return array_fill(cx, a, ret);
}

/* ---- searching: NULL finds NULL here ---- */

static bool same(tb_type_id elem, const tb_value *x, const tb_value *y)
{
    if (x->null || y->null)
        return x->null && y->null;
    return tb_value_cmp(elem, &x->d, &y->d) == 0;
}

static tb_rc array_position(tb_fn_cx *cx, const tb_value *a, tb_value *ret)
{
    if (a[0].null)
        return tbi_null(ret);
    tb_array arr;
    tb_array_open(&a[0].d.str, &arr);
    if (arr.ndim == 0)
        return tbi_null(ret);
    if (arr.ndim > 1)
        return TB_RAISE(cx->err, TB_E_FEATURE_NOT_SUPPORTED,
                        "searching for elements in multidimensional arrays is not supported");
    if (a[1].null && arr.nulls == NULL) /* looked at before the third argument */
        return tbi_null(ret);
    if (cx->nargs > 2 && a[2].null)
        return TB_RAISE(cx->err, TB_E_NULL_VALUE_NOT_ALLOWED, "initial position must not be null");
    for (uint32_t i = 0; i < arr.n; i++) {
        int64_t subscript = (int64_t)arr.lower[0] + i;
        tb_value v = tb_array_get(&arr, cx->arena, i);
        if ((cx->nargs < 3 || subscript >= a[2].d.i32) && same(arr.elem, &v, &a[1]))
            return tbi_int4(ret, subscript);
    }
    return tbi_null(ret);
}

TB_BODY(ARRAY_POSITION_ANYCOMPATIBLEARRAY_ANYCOMPATIBLE)
{
    return array_position(cx, a, ret);
}
TB_BODY(ARRAY_POSITION_ANYCOMPATIBLEARRAY_ANYCOMPATIBLE_INT4)
{
    return array_position(cx, a, ret);
}

TB_BODY(ARRAY_POSITIONS)
{
    if (a[0].null)
        return tbi_null(ret);
    tb_array arr;
    tb_array_open(&a[0].d.str, &arr);
    if (arr.ndim > 1)
        return TB_RAISE(cx->err, TB_E_FEATURE_NOT_SUPPORTED,
                        "searching for elements in multidimensional arrays is not supported");
    tb_value *found = TB_NEW_ARRAY(cx->arena, tb_value, arr.n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < arr.n; i++) {
        tb_value v = tb_array_get(&arr, cx->arena, i);
        if (same(arr.elem, &v, &a[1]))
            found[n++] = tb_value_int4(arr.lower[0] + (int32_t)i);
    }
    return tbi_str(ret, tb_array_build_1d(cx->arena, TB_T_INT4, found, n));
}

TB_BODY(ARRAY_REMOVE)
{
    if (a[0].null)
        return tbi_null(ret);
    tb_array arr;
    tb_array_open(&a[0].d.str, &arr);
    if (arr.ndim > 1)
        return TB_RAISE(cx->err, TB_E_FEATURE_NOT_SUPPORTED,
                        "removing elements from multidimensional arrays is not supported");
    tb_value *v = elements(cx, &arr);
    int32_t kept = 0;
    for (uint32_t i = 0; i < arr.n; i++)
        if (!same(arr.elem, &v[i], &a[1]))
            v[kept++] = v[i];
    if ((uint32_t)kept == arr.n)
        return tbi_str(ret, a[0].d.str);
    if (kept == 0)
        return tbi_str(ret, tb_array_build_1d(cx->arena, arr.elem, NULL, 0));
    return tbi_str(ret, tb_array_build(cx->arena, arr.elem, 1, &kept, arr.lower, v));
}

TB_BODY(ARRAY_REPLACE)
{
    if (a[0].null)
        return tbi_null(ret);
    tb_array arr;
    tb_array_open(&a[0].d.str, &arr);
    if (arr.n == 0)
        return tbi_str(ret, a[0].d.str);
    tb_value *v = elements(cx, &arr);
    for (uint32_t i = 0; i < arr.n; i++)
        if (same(arr.elem, &v[i], &a[1]))
            v[i] = a[2];
    return tbi_str(ret, tb_array_build(cx->arena, arr.elem, arr.ndim, arr.dims, arr.lower, v));
}

/* ---- containment: NULL is contained in nothing ---- */

static bool holds(tb_fn_cx *cx, const tb_array *in, const tb_value *v)
{
    for (uint32_t i = 0; i < in->n; i++) {
        tb_value other = tb_array_get(in, cx->arena, i);
        if (!other.null && tb_value_cmp(in->elem, &other.d, &v->d) == 0)
            return true;
    }
    return false;
}

/* Are all (or any) elements of x in y? */
static bool contained(tb_fn_cx *cx, const tb_value *x, const tb_value *y, bool all)
{
    tb_array elems, in;
    tb_array_open(&x->d.str, &elems);
    tb_array_open(&y->d.str, &in);
    for (uint32_t i = 0; i < elems.n; i++) {
        tb_value v = tb_array_get(&elems, cx->arena, i);
        bool found = !v.null && holds(cx, &in, &v);
        if (found != all)
            return found;
    }
    return all;
}

TB_BODY(ARRAYCONTAINS)
{
    return tbi_bool(ret, contained(cx, &a[1], &a[0], true));
}
TB_BODY(ARRAYCONTAINED)
{
    return tbi_bool(ret, contained(cx, &a[0], &a[1], true));
}
TB_BODY(ARRAYOVERLAP)
{
    return tbi_bool(ret, contained(cx, &a[0], &a[1], false));
}

/* Number of thresholds not above the operand; the thresholds ascend. */
TB_BODY(WIDTH_BUCKET_ANYCOMPATIBLE_ANYCOMPATIBLEARRAY)
{
    tb_array arr;
    tb_array_open(&a[1].d.str, &arr);
    if (arr.ndim > 1)
        return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR,
                        "thresholds must be one-dimensional array");
    for (uint32_t i = 0; i < arr.n; i++)
        if (tb_array_is_null(&arr, i))
            return TB_RAISE(cx->err, TB_E_NULL_VALUE_NOT_ALLOWED,
                            "thresholds array must not contain NULLs");
    uint32_t lo = 0, hi = arr.n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        tb_value v = tb_array_get(&arr, cx->arena, mid);
        if (tb_value_cmp(arr.elem, &a[0].d, &v.d) < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return tbi_int4(ret, lo);
}

/* ---- text ---- */

static tb_rc array_to_string(tb_fn_cx *cx, const tb_value *a, const tb_str *null_text,
                             tb_value *ret)
{
    tb_array arr;
    tb_array_open(&a[0].d.str, &arr);
    tbi_out o;
    tbi_out_begin(&o, cx, 0);
    bool any = false;
    for (uint32_t i = 0; i < arr.n; i++) {
        tb_value v = tb_array_get(&arr, cx->arena, i);
        if (v.null && null_text == NULL)
            continue;
        if (any)
            tbi_out_add_str(&o, &a[1].d.str);
        any = true;
        tb_str text = v.null ? *null_text : tbi_text_of(cx, arr.elem, &v);
        tbi_out_add_str(&o, &text);
    }
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(ARRAY_TO_STRING_ANYARRAY_TEXT)
{
    return array_to_string(cx, a, NULL, ret);
}
TB_BODY(ARRAY_TO_STRING_ANYARRAY_TEXT_TEXT)
{
    if (a[0].null || a[1].null)
        return tbi_null(ret);
    return array_to_string(cx, a, a[2].null ? NULL : &a[2].d.str, ret);
}

/* End of the piece at s: the next separator, or after one character when the separator is NULL. */
static const char *piece_end(const char *s, const char *end, const tb_value *sep)
{
    if (sep->null)
        return s + tb_utf8_char_len(*s);
    if (sep->d.str.len == 0)
        return end;
    const char *at = tbi_find(s, (size_t)(end - s), tb_str_data(&sep->d.str), sep->d.str.len);
    return at != NULL ? at : end;
}

static tb_rc string_to_array(tb_fn_cx *cx, const tb_value *a, const tb_value *null_text,
                             tb_value *ret)
{
    if (a[0].null)
        return tbi_null(ret);
    const char *s = TBI_S(0), *end = s + TBI_N(0);
    size_t skip = a[1].null ? 0 : TBI_N(1);
    TB_LIST(tb_value) parts = {0};
    for (bool more = s < end; more;) {
        const char *stop = piece_end(s, end, &a[1]);
        tb_value part = tb_value_str(tb_str_make(s, (size_t)(stop - s)));
        if (!null_text->null && tb_str_eq(&part.d.str, &null_text->d.str))
            part = tb_value_null();
        tb_list_push(cx->arena, &parts, part);
        more = stop < end; /* a separator at the very end leaves one more, empty, piece */
        s = more ? stop + skip : end;
    }
    return tbi_str(ret, tb_array_build_1d(cx->arena, TB_T_TEXT, parts.at, parts.n));
}

TB_BODY(STRING_TO_ARRAY_TEXT_TEXT)
{
    tb_value none = tb_value_null();
    return string_to_array(cx, a, &none, ret);
}
TB_BODY(STRING_TO_ARRAY_TEXT_TEXT_TEXT)
{
    return string_to_array(cx, a, &a[2], ret);
}
