/* SPDX-License-Identifier: Apache-2.0
 * Layout of the byte string (native byte order, unaligned):
 *
 *     u8 element type, u8 ndim, u8 has nulls, u8 0
 *     i32 dims[ndim], i32 lower[ndim]
 *     null bitmap, (n + 7) / 8 bytes, if has nulls
 *     u32 end offsets[n] relative to the data, if the element type has no fixed width
 *     data: fixed-width elements n * width (NULLs take their place), others packed
 */
#include "core/array.h"

#include "core/pack.h"

enum { HEAD = 4 };

static uint32_t load32(const char *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

static uint32_t fixed_width(tb_type_id elem)
{
    tb_phys phys = tb_type_phys(elem);
    return phys == TB_PHYS_STR || phys == TB_PHYS_NUM ? 0 : (uint32_t)tb_phys_width(phys);
}

void tb_array_open(const tb_str *s, tb_array *out)
{
    const char *at = tb_str_data(s);
    TB_CHECK(s->len >= HEAD);
    *out = (tb_array){.elem = (tb_type_id)(uint8_t)at[0], .ndim = at[1]};
    TB_CHECK(out->ndim <= TB_ARRAY_MAX_DIM);
    bool has_nulls = at[2] != 0;
    at += HEAD;
    out->n = out->ndim == 0 ? 0 : 1;
    for (int i = 0; i < out->ndim; i++) {
        out->dims[i] = (int32_t)load32(at + 4 * i);
        out->lower[i] = (int32_t)load32(at + 4 * (out->ndim + i));
        out->n *= (uint32_t)out->dims[i];
    }
    at += (size_t)8 * (size_t)out->ndim;
    if (has_nulls) {
        out->nulls = (const uint8_t *)at;
        at += (out->n + 7) / 8;
    }
    out->width = fixed_width(out->elem);
    if (out->width == 0) {
        out->ends = at;
        at += (size_t)4 * out->n;
    }
    out->data = at;
}

static uint32_t end_of(const tb_array *a, uint32_t i)
{
    return load32(a->ends + (size_t)4 * i);
}

tb_value tb_array_get(const tb_array *a, tb_arena *arena, uint32_t i)
{
    TB_CHECK(i < a->n);
    if (tb_array_is_null(a, i))
        return tb_value_null();
    if (a->width != 0)
        return (tb_value){.d = tb_unpack(arena, a->elem, a->data + (size_t)i * a->width, a->width)};
    uint32_t start = i == 0 ? 0 : end_of(a, i - 1);
    return (tb_value){.d = tb_unpack(arena, a->elem, a->data + start, end_of(a, i) - start)};
}

/* ---- building ---- */

tb_str tb_array_build(tb_arena *arena, tb_type_id elem, int ndim, const int32_t *dims,
                      const int32_t *lower, const tb_value *elems)
{
    uint32_t n = ndim == 0 ? 0 : 1;
    for (int i = 0; i < ndim; i++)
        n *= (uint32_t)dims[i];
    if (n == 0)
        ndim = 0;
    uint32_t width = fixed_width(elem);
    bool has_nulls = false;
    size_t data = (size_t)n * width;
    for (uint32_t i = 0; i < n; i++) {
        has_nulls |= elems[i].null;
        if (width == 0 && !elems[i].null)
            data += tb_pack_size(elem, &elems[i].d);
    }
    size_t size = HEAD + (size_t)8 * (size_t)ndim + (has_nulls ? (n + 7) / 8 : 0) +
                  (width == 0 ? (size_t)4 * n : 0) + data;
    char *bytes = memset(tb_arena_bytes(arena, size), 0, size), *at = bytes + HEAD;
    bytes[0] = (char)elem;
    bytes[1] = (char)ndim;
    bytes[2] = has_nulls;
    for (int i = 0; i < ndim; i++) {
        int32_t low = lower == NULL ? 1 : lower[i];
        memcpy(at + 4 * i, &dims[i], 4);
        memcpy(at + 4 * (ndim + i), &low, 4);
    }
    at += (size_t)8 * (size_t)ndim;
    char *nulls = at;
    at += has_nulls ? (n + 7) / 8 : 0;
    char *ends = at;
    at += width == 0 ? (size_t)4 * n : 0;
    const char *start = at;
    for (uint32_t i = 0; i < n; i++) {
        if (elems[i].null)
            nulls[i >> 3] = (char)(nulls[i >> 3] | 1 << (i & 7));
        else
            tb_pack(elem, &elems[i].d, at);
        at += width != 0 ? width : elems[i].null ? 0 : tb_pack_size(elem, &elems[i].d);
        uint32_t end = (uint32_t)(at - start);
        if (width == 0)
            memcpy(ends + (size_t)4 * i, &end, 4);
    }
    return tb_str_make(bytes, size);
}

tb_str tb_array_build_1d(tb_arena *arena, tb_type_id elem, const tb_value *elems, uint32_t n)
{
    int32_t dim = (int32_t)n;
    return tb_array_build(arena, elem, 1, &dim, NULL, elems);
}

/* Unlike other arrays these keep their dimension (and bound 0) when empty in PostgreSQL; the
 * difference shows nowhere. */
tb_str tb_array_build_vector(tb_arena *arena, tb_type_id elem, const tb_value *elems, uint32_t n)
{
    int32_t dim = (int32_t)n, lower = 0;
    return tb_array_build(arena, elem, 1, &dim, &lower, elems);
}

/* All elements as values: the common form the operations below work on. */
static tb_value *explode(tb_arena *arena, const tb_array *a, tb_value *to)
{
    for (uint32_t i = 0; i < a->n; i++)
        to[i] = tb_array_get(a, arena, i);
    return to + a->n;
}

static bool same_shape(const tb_array *a, const tb_array *b)
{
    return a->ndim == b->ndim && memcmp(a->dims, b->dims, sizeof a->dims) == 0 &&
           memcmp(a->lower, b->lower, sizeof a->lower) == 0;
}

static tb_rc check_dims(int ndim, tb_error *err)
{
    if (ndim > TB_ARRAY_MAX_DIM)
        return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                        "number of array dimensions (%d) exceeds the maximum allowed (%d)", ndim,
                        TB_ARRAY_MAX_DIM);
    return TB_OK;
}

tb_rc tb_array_nest(tb_arena *arena, tb_type_id elem, const tb_value *arrays, uint32_t n,
                    tb_str *out, tb_error *err)
{
    tb_array first = {.n = 0}, a;
    bool empty = false, found = false, differ = false;
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; i++) {
        a = (tb_array){.n = 0};
        if (!arrays[i].null)
            tb_array_open(&arrays[i].d.str, &a);
        total += a.n;
        if (a.ndim == 0) {
            empty = true;
        } else if (!found) {
            first = a;
            found = true;
        } else {
            differ |= !same_shape(&first, &a);
        }
    }
    if (differ || (empty && found))
        return TB_RAISE(err, TB_E_ARRAY_SUBSCRIPT_ERROR,
                        "multidimensional arrays must have array expressions with matching "
                        "dimensions");
    TB_TRY(check_dims(first.ndim + 1, err));
    tb_value *elems = TB_NEW_ARRAY(arena, tb_value, total), *at = elems;
    int32_t dims[TB_ARRAY_MAX_DIM] = {(int32_t)n}, lower[TB_ARRAY_MAX_DIM] = {1};
    for (int i = 0; i < first.ndim; i++) {
        dims[i + 1] = first.dims[i];
        lower[i + 1] = first.lower[i];
    }
    for (uint32_t i = 0; i < n && found; i++) {
        tb_array_open(&arrays[i].d.str, &a);
        at = explode(arena, &a, at);
    }
    *out = tb_array_build(arena, elem, found ? first.ndim + 1 : 0, dims, lower, elems);
    return TB_OK;
}

/* ---- subscripts ---- */

tb_value tb_array_subscript(const tb_array *a, tb_arena *arena, const int32_t *subs, int nsubs)
{
    if (nsubs != a->ndim || a->ndim == 0)
        return tb_value_null();
    int64_t at = 0;
    for (int i = 0; i < nsubs; i++) {
        int64_t k = (int64_t)subs[i] - a->lower[i];
        if (k < 0 || k >= a->dims[i])
            return tb_value_null();
        at = at * a->dims[i] + k;
    }
    return tb_array_get(a, arena, (uint32_t)at);
}

tb_str tb_array_slice(const tb_array *a, tb_arena *arena, int nsubs, const int32_t *lower,
                      const bool *has_lower, const int32_t *upper, const bool *has_upper)
{
    if (a->ndim < nsubs || a->ndim == 0)
        return tb_array_build_1d(arena, a->elem, NULL, 0);
    int32_t dims[TB_ARRAY_MAX_DIM], from[TB_ARRAY_MAX_DIM];
    uint32_t n = 1;
    for (int i = 0; i < a->ndim; i++) {
        int64_t first = a->lower[i], last = first + a->dims[i] - 1, low = first, high = last;
        if (i < nsubs && has_lower[i] && lower[i] > low)
            low = lower[i];
        if (i < nsubs && has_upper[i] && upper[i] < high)
            high = upper[i];
        if (low > high)
            return tb_array_build_1d(arena, a->elem, NULL, 0);
        from[i] = (int32_t)(low - first);
        dims[i] = (int32_t)(high - low + 1);
        n *= (uint32_t)dims[i];
    }
    tb_value *elems = TB_NEW_ARRAY(arena, tb_value, n);
    for (uint32_t k = 0; k < n; k++) {
        uint32_t rest = k, at = 0, step = 1;
        for (int i = a->ndim; i-- > 0;) {
            at += (uint32_t)(from[i] + (int32_t)(rest % (uint32_t)dims[i])) * step;
            rest /= (uint32_t)dims[i];
            step *= (uint32_t)a->dims[i];
        }
        elems[k] = tb_array_get(a, arena, at);
    }
    return tb_array_build(arena, a->elem, a->ndim, dims, NULL, elems);
}

/* ---- concatenation ---- */

static tb_rc raise_incompatible(const tb_array *a, const tb_array *b, tb_error *err)
{
    TB_RAISE(err, TB_E_ARRAY_SUBSCRIPT_ERROR, "cannot concatenate incompatible arrays");
    if (a->ndim > b->ndim + 1 || b->ndim > a->ndim + 1)
        tb_error_detail(err, "Arrays of %d and %d dimensions are not compatible for concatenation.",
                        a->ndim, b->ndim);
    else if (a->ndim == b->ndim)
        tb_error_detail(err, "Arrays with differing element dimensions are not compatible for "
                             "concatenation.");
    else
        tb_error_detail(err,
                        "Arrays with differing dimensions are not compatible for concatenation.");
    return TB_FAIL;
}

/* The inner dimensions of `outer` (from `skip` on) equal those of `inner` (from `from` on). */
static bool inner_match(const tb_array *outer, const tb_array *inner, int from)
{
    for (int i = 1; i < outer->ndim; i++, from++)
        if (outer->dims[i] != inner->dims[from] || outer->lower[i] != inner->lower[from])
            return false;
    return true;
}

tb_rc tb_array_cat(tb_arena *arena, const tb_str *a, const tb_str *b, tb_str *out, tb_error *err)
{
    tb_array x, y;
    tb_array_open(a, &x);
    tb_array_open(b, &y);
    if (x.ndim == 0 || y.ndim == 0) {
        *out = x.ndim == 0 ? *b : *a;
        return TB_OK;
    }
    int diff = x.ndim - y.ndim;
    const tb_array *outer = diff >= 0 ? &x : &y, *inner = diff >= 0 ? &y : &x;
    if (diff < -1 || diff > 1 || !inner_match(outer, inner, diff == 0 ? 1 : 0))
        return raise_incompatible(&x, &y, err);
    int32_t dims[TB_ARRAY_MAX_DIM], lower[TB_ARRAY_MAX_DIM];
    memcpy(dims, outer->dims, sizeof dims);
    memcpy(lower, outer->lower, sizeof lower);
    dims[0] += diff == 0 ? inner->dims[0] : 1;
    tb_value *elems = TB_NEW_ARRAY(arena, tb_value, x.n + y.n);
    explode(arena, &y, explode(arena, &x, elems));
    *out = tb_array_build(arena, x.elem, outer->ndim, dims, lower, elems);
    return TB_OK;
}

/* Adds one element before or behind a one-dimensional array. */
static tb_rc add_element(tb_arena *arena, const tb_str *a, const tb_value *v, bool front,
                         tb_str *out, tb_error *err)
{
    tb_array x;
    tb_array_open(a, &x);
    if (x.ndim > 1)
        return TB_RAISE(err, TB_E_DATA_EXCEPTION,
                        "argument must be empty or one-dimensional array");
    int64_t lower = x.ndim == 0 ? 1 : x.lower[0];
    if (front ? lower - 1 < INT32_MIN : lower + x.n > INT32_MAX)
        return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
    tb_value *elems = TB_NEW_ARRAY(arena, tb_value, x.n + 1);
    explode(arena, &x, elems + front);
    elems[front ? 0 : x.n] = *v;
    int32_t dim = (int32_t)x.n + 1, low = (int32_t)lower;
    *out = tb_array_build(arena, x.elem, 1, &dim, &low, elems);
    return TB_OK;
}

tb_rc tb_array_append(tb_arena *arena, const tb_str *a, tb_type_id elem, const tb_value *v,
                      tb_str *out, tb_error *err)
{
    tb_str empty = tb_array_build_1d(arena, elem, NULL, 0);
    return add_element(arena, a == NULL ? &empty : a, v, false, out, err);
}

tb_rc tb_array_prepend(tb_arena *arena, tb_type_id elem, const tb_value *v, const tb_str *a,
                       tb_str *out, tb_error *err)
{
    tb_str empty = tb_array_build_1d(arena, elem, NULL, 0);
    return add_element(arena, a == NULL ? &empty : a, v, true, out, err);
}

/* ---- order and hash ---- */

static int cmp_u32(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int cmp_elements(const tb_array *x, const tb_array *y, tb_arena *arena)
{
    for (uint32_t i = 0; i < x->n && i < y->n; i++) {
        tb_value a = tb_array_get(x, arena, i), b = tb_array_get(y, arena, i);
        if (a.null && b.null)
            continue;
        if (a.null || b.null)
            return a.null ? 1 : -1;
        int c = tb_value_cmp(x->elem, &a.d, &b.d);
        if (c != 0)
            return c;
    }
    return cmp_u32(x->n, y->n);
}

int tb_array_cmp(const tb_str *a, const tb_str *b)
{
    tb_array x, y;
    tb_array_open(a, &x);
    tb_array_open(b, &y);
    /* only big decimals need memory */
    tb_arena *arena = tb_type_phys(x.elem) == TB_PHYS_NUM ? tb_arena_create(0) : NULL;
    int c = cmp_elements(&x, &y, arena);
    tb_arena_destroy(arena);
    if (c == 0)
        c = cmp_u32((uint32_t)x.ndim, (uint32_t)y.ndim);
    for (int i = 0; i < x.ndim && c == 0; i++)
        c = (x.dims[i] > y.dims[i]) - (x.dims[i] < y.dims[i]);
    for (int i = 0; i < x.ndim && c == 0; i++)
        c = (x.lower[i] > y.lower[i]) - (x.lower[i] < y.lower[i]);
    return c;
}

uint64_t tb_array_hash(const tb_str *a, uint64_t seed)
{
    tb_array x;
    tb_array_open(a, &x);
    tb_arena *arena = tb_type_phys(x.elem) == TB_PHYS_NUM ? tb_arena_create(0) : NULL;
    uint64_t h = seed;
    for (uint32_t i = 0; i < x.n; i++) {
        tb_value v = tb_array_get(&x, arena, i);
        h = v.null ? tb_hash_int64(-1, h) : tb_value_hash(x.elem, &v.d, h);
    }
    tb_arena_destroy(arena);
    return h;
}
