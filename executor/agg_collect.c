/* SPDX-License-Identifier: Apache-2.0
 * Aggregates that keep every value: string_agg, array_agg, json_agg, json_object_agg.
 */
#include "executor/agg_int.h"

#include "core/array.h"
#include "executor/fn_int.h"

#define STATE(T, k) ((T *)(void *)(in->group[k] + cx->offset))

/* Largest value an aggregate builds (PostgreSQL: 1 GB less a header). */
enum { MAX_BYTES = 0x3fffffff };

/* ---- bytes that grow in the group table's arena ---- */

typedef struct bytes {
    char *at;
    uint32_t len, cap;
} bytes;

static tb_rc append(const tbi_agg_cx *cx, bytes *b, const void *p, size_t n, tb_error *err)
{
    if (n > (size_t)MAX_BYTES - b->len)
        return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "out of memory");
    if (b->len + n > b->cap) {
        size_t cap = (size_t)b->cap * 2;
        if (cap < b->len + n)
            cap = b->len + n;
        if (cap < 16)
            cap = 16;
        char *to = tb_arena_alloc(cx->arena, cap);
        if (b->len > 0)
            memcpy(to, b->at, b->len);
        b->at = to;
        b->cap = (uint32_t)cap;
    }
    if (n > 0)
        memcpy(b->at + b->len, p, n);
    b->len += (uint32_t)n;
    return TB_OK;
}

/* ---- string_agg(value, delimiter) ---- */

typedef struct string_state {
    bytes text;
    bool seen;
} string_state;

static tb_rc string_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    for (uint32_t k = 0; k < in->n; k++) {
        string_state *s = STATE(string_state, k);
        uint32_t row = tbi_agg_row(in, k);
        tb_value v = tb_vector_get(in->args[0], row), delim = tb_vector_get(in->args[1], row);
        if (v.null)
            continue;
        if (s->seen && !delim.null)
            TB_TRY(append(cx, &s->text, tb_str_data(&delim.d.str), delim.d.str.len, err));
        TB_TRY(append(cx, &s->text, tb_str_data(&v.d.str), v.d.str.len, err));
        s->seen = true;
    }
    return TB_OK;
}

static tb_rc string_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const string_state *s = (const void *)state;
    (void)err;
    *out = s->seen ? tb_value_str(tb_str_copy(cx->scratch, tb_str_make(s->text.at, s->text.len)))
                   : tb_value_null();
    return TB_OK;
}

const tbi_agg_def tbi_agg_string = {
    .size = sizeof(string_state), .update = string_update, .result = string_result};

/* ---- array_agg ---- */

typedef struct array_state {
    bytes values; /* tb_value after tb_value */
} array_state;

static tb_rc array_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    tb_type_id type = in->args[0]->type;
    for (uint32_t k = 0; k < in->n; k++) {
        tb_value v = tb_vector_get(in->args[0], tbi_agg_row(in, k));
        if (tb_type_is_array(type)) {
            tb_array a;
            if (v.null)
                return TB_RAISE(err, TB_E_NULL_VALUE_NOT_ALLOWED, "cannot accumulate null arrays");
            tb_array_open(&v.d.str, &a);
            if (a.ndim == 0)
                return TB_RAISE(err, TB_E_ARRAY_SUBSCRIPT_ERROR, "cannot accumulate empty arrays");
        }
        v = tb_value_copy(cx->arena, type, v);
        TB_TRY(append(cx, &STATE(array_state, k)->values, &v, sizeof v, err));
    }
    return TB_OK;
}

static tb_rc array_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const array_state *s = (const void *)state;
    uint32_t n = s->values.len / sizeof(tb_value);
    const tb_value *v = (const void *)s->values.at;
    tb_type_id arg = cx->argtype[0];
    *out = (tb_value){.null = n == 0};
    if (n == 0)
        return TB_OK;
    if (tb_type_is_array(arg))
        return tb_array_nest(cx->scratch, tb_type_elem(arg), v, n, &out->d.str, err);
    out->d.str = tb_array_build_1d(cx->scratch, arg, v, n);
    return TB_OK;
}

const tbi_agg_def tbi_agg_array = {
    .size = sizeof(array_state), .update = array_update, .result = array_result};

/* ---- json ---- */

static tb_fn_cx body_cx(const tbi_agg_cx *cx, tb_error *err)
{
    return (tb_fn_cx){.arena = cx->scratch,
                      .env = cx->env,
                      .fn = cx->fn,
                      .nargs = (uint8_t)cx->nargs,
                      .argtype = cx->argtype,
                      .ret = cx->ret,
                      .ret_typmod = -1,
                      .hide_values = cx->hide_values,
                      .memo = cx->scratch,
                      .err = err};
}

/* json_agg puts rows and arrays on lines of their own. */
static bool on_own_line(tb_type_id t)
{
    return t == TB_T_RECORD || tb_type_is_array(t);
}

static tb_rc json_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    tb_fn_cx fcx = body_cx(cx, err);
    tb_type_id type = in->args[0]->type;
    for (uint32_t k = 0; k < in->n; k++) {
        string_state *s = STATE(string_state, k);
        tb_value v = tb_vector_get(in->args[0], tbi_agg_row(in, k));
        const char *before = !s->seen                                               ? "["
                             : on_own_line(type) && !v.null && cx->ret == TB_T_JSON ? ", \n "
                                                                                    : ", ";
        tbi_out o;
        tbi_out_begin(&o, &fcx, 0);
        tbi_out_puts(&o, before);
        tbi_json_value(&o, &fcx, type, &v);
        if (o.failed)
            return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
        TB_TRY(append(cx, &s->text, o.data, o.len, err));
        s->seen = true;
    }
    return TB_OK;
}

static tb_rc json_object_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    tb_fn_cx fcx = body_cx(cx, err);
    for (uint32_t k = 0; k < in->n; k++) {
        string_state *s = STATE(string_state, k);
        uint32_t row = tbi_agg_row(in, k);
        tb_value key = tb_vector_get(in->args[0], row), v = tb_vector_get(in->args[1], row);
        if (key.null)
            return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "field name must not be null");
        tbi_out o;
        tbi_out_begin(&o, &fcx, 0);
        tbi_out_puts(&o, s->seen ? ", " : "{ ");
        TB_TRY(tbi_json_key(&o, &fcx, in->args[0]->type, &key));
        tbi_out_puts(&o, " : ");
        tbi_json_value(&o, &fcx, in->args[1]->type, &v);
        if (o.failed)
            return TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
        TB_TRY(append(cx, &s->text, o.data, o.len, err));
        s->seen = true;
    }
    return TB_OK;
}

static tb_rc close_json(const tbi_agg_cx *cx, const char *state, const char *end, tb_value *out,
                        tb_error *err)
{
    const string_state *s = (const void *)state;
    if (!s->seen) {
        *out = tb_value_null();
        return TB_OK;
    }
    tb_fn_cx fcx = body_cx(cx, err);
    tbi_out o;
    tbi_out_begin(&o, &fcx, s->text.len + 2);
    tbi_out_add(&o, s->text.at, s->text.len);
    tbi_out_puts(&o, end);
    return cx->ret == TB_T_JSONB ? tbi_jsonb_end(&o, &fcx, out) : tbi_out_end(&o, &fcx, out);
}

static tb_rc json_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    return close_json(cx, state, "]", out, err);
}

static tb_rc json_object_result(const tbi_agg_cx *cx, const char *state, tb_value *out,
                                tb_error *err)
{
    return close_json(cx, state, " }", out, err);
}

const tbi_agg_def tbi_agg_json = {
    .size = sizeof(string_state), .update = json_update, .result = json_result};
const tbi_agg_def tbi_agg_json_object = {
    .size = sizeof(string_state), .update = json_object_update, .result = json_object_result};
