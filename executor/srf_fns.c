/* SPDX-License-Identifier: Apache-2.0
 * Bodies of the set-returning functions.
 *
 * Functions of the server's session (TB_FF_SESSION) are asked through tb_env.session_scalar like
 * scalar ones; such a body returns an array, of records for functions with several columns, whose
 * elements are the rows.
 */
#include "executor/srf_int.h"

#include "core/datetime.h"
#include "core/num.h"
#include "core/record.h"
#include "executor/fn_int.h"

static tb_rc no_rows(tbi_set *s, tb_value *out, bool *more, tb_error *err)
{
    (void)s;
    (void)out;
    (void)err;
    *more = false;
    return TB_OK;
}

static tb_rc next_value(tbi_set *s, tb_value *out, bool *more, tb_error *err)
{
    (void)err;
    *more = s->i < (int64_t)s->n;
    if (*more)
        out[0] = s->values[s->i++];
    return TB_OK;
}

/* ---- generate_series ---- */

static tb_rc zero_step(tb_error *err)
{
    return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "step size cannot equal zero");
}

static tb_rc next_int(tbi_set *s, tb_value *out, bool *more, tb_error *err)
{
    (void)err;
    *more = s->step > 0 ? s->i <= s->last : s->i >= s->last;
    if (!*more)
        return TB_OK;
    if (s->types[0] == TB_T_INT4)
        out[0] = tb_value_int4((int32_t)s->i);
    else
        out[0] = tb_value_int8(s->i);
    /* the end of the type's range ends the series */
    bool over = __builtin_add_overflow(s->i, s->step, &s->i);
    if (over || (s->types[0] == TB_T_INT4 && (s->i > INT32_MAX || s->i < INT32_MIN)))
        s->next = no_rows;
    return TB_OK;
}

static tb_rc open_ints(tbi_set *s, const tb_value *a, tb_error *err)
{
    bool wide = s->types[0] == TB_T_INT8;
    s->i = wide ? a[0].d.i64 : a[0].d.i32;
    s->last = wide ? a[1].d.i64 : a[1].d.i32;
    s->step = s->cx.nargs < 3 ? 1 : wide ? a[2].d.i64 : a[2].d.i32;
    s->next = next_int;
    return s->step == 0 ? zero_step(err) : TB_OK;
}

static tb_rc next_num(tbi_set *s, tb_value *out, bool *more, tb_error *err)
{
    (void)err;
    int c = tb_num_cmp(&s->num, &s->num_last);
    *more = tb_num_sign(&s->num_step) > 0 ? c <= 0 : c >= 0;
    if (!*more)
        return TB_OK;
    out[0] = (tb_value){.d.num = s->num};
    tb_num next;
    tb_error overflow = {.lang = TB_LANG_EN};
    /* beyond the format is beyond the last value, too */
    if (tb_num_add(s->arena, &s->num, &s->num_step, &next, &overflow) != TB_OK)
        next = (tb_num){.kind = tb_num_sign(&s->num_step) > 0 ? TB_NUM_PINF : TB_NUM_NINF};
    s->num = next;
    return TB_OK;
}

static tb_rc open_nums(tbi_set *s, const tb_value *a, tb_error *err)
{
    static const char *const names[] = {"start value", "stop value", "step size"};
    for (uint32_t i = 0; i < s->cx.nargs; i++) {
        if (a[i].d.num.kind == TB_NUM_NAN)
            return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "%s cannot be NaN", names[i]);
        if (a[i].d.num.kind == TB_NUM_PINF || a[i].d.num.kind == TB_NUM_NINF)
            return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "%s cannot be infinity", names[i]);
    }
    s->num = a[0].d.num;
    s->num_last = a[1].d.num;
    s->num_step = s->cx.nargs < 3 ? tb_num_small(1, 0) : a[2].d.num;
    s->next = next_num;
    return tb_num_sign(&s->num_step) == 0 ? zero_step(err) : TB_OK;
}

static tb_rc next_time(tbi_set *s, tb_value *out, bool *more, tb_error *err)
{
    *more = s->step > 0 ? s->i <= s->last : s->i >= s->last;
    if (!*more)
        return TB_OK;
    out[0] = tb_value_int8(s->i);
    if (s->types[0] == TB_T_TIMESTAMPTZ)
        return tb_timestamptz_add(s->i, &s->interval, s->cx.env->tz, &s->i, err);
    return tb_timestamp_add(s->i, &s->interval, &s->i, err);
}

static tb_rc open_times(tbi_set *s, const tb_value *a, tb_error *err)
{
    tb_datum zero = {.interval = {0}};
    s->i = a[0].d.i64;
    s->last = a[1].d.i64;
    s->interval = a[2].d.interval;
    s->step = tb_value_cmp(TB_T_INTERVAL, &a[2].d, &zero);
    s->next = next_time;
    return s->step == 0 ? zero_step(err) : TB_OK;
}

/* ---- arrays ---- */

static tb_rc next_element(tbi_set *s, tb_value *out, bool *more, tb_error *err)
{
    (void)err;
    *more = s->i < (int64_t)s->array.n;
    if (!*more)
        return TB_OK;
    out[0] = tb_array_get(&s->array, s->arena, (uint32_t)s->i++);
    if (s->ncols == 2 && s->call->call.fn == TB_FN_PG_EXPANDARRAY)
        out[1] = tb_value_int4((int32_t)s->i);
    return TB_OK;
}

static void open_array(tbi_set *s, const tb_str *array)
{
    s->text = *array;
    tb_array_open(&s->text, &s->array);
    s->i = 0;
    s->next = next_element;
}

static tb_rc open_subscripts(tbi_set *s, const tb_value *a)
{
    open_array(s, &a[0].d.str);
    int32_t dim = a[1].d.i32;
    s->next = no_rows;
    if (dim < 1 || dim > s->array.ndim)
        return TB_OK;
    bool reverse = s->cx.nargs > 2 && a[2].d.b;
    int64_t lower = s->array.lower[dim - 1], upper = lower + s->array.dims[dim - 1] - 1;
    s->i = reverse ? upper : lower;
    s->last = reverse ? lower : upper;
    s->step = reverse ? -1 : 1;
    s->next = next_int;
    return TB_OK;
}

/* Rows a session body gives as an array of records. */
static tb_rc next_record(tbi_set *s, tb_value *out, bool *more, tb_error *err)
{
    (void)err;
    *more = s->i < (int64_t)s->array.n;
    if (!*more)
        return TB_OK;
    tb_value *r = TB_NEW(s->arena, tb_value);
    *r = tb_array_get(&s->array, s->arena, (uint32_t)s->i++);
    for (uint32_t c = 0; c < s->ncols; c++)
        out[c] = r->null || c >= tb_record_count(&r->d.str)
                     ? tb_value_null()
                     : tb_record_get(&r->d.str, s->arena, c, NULL);
    return TB_OK;
}

static tb_rc open_session(tbi_set *s, const tb_value *a, tb_error *err)
{
    const tb_fn_info *info = tb_fn_get(s->call->call.fn);
    const tb_env *env = s->cx.env;
    tb_scalar_fn body = NULL;
    if (env != NULL && env->session_scalar != NULL)
        body = env->session_scalar(s->call->call.fn);
    if (body == NULL)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED, "function %s is not supported",
                        info->name);
    tb_value *rows = TB_NEW(s->arena, tb_value);
    TB_TRY(body(&s->cx, a, rows));
    s->next = no_rows;
    if (rows->null)
        return TB_OK;
    open_array(s, &rows->d.str);
    if (s->ncols > 1)
        s->next = next_record;
    return TB_OK;
}

/* ---- JSON ---- */

static bool wants_text(tb_fn_id fn)
{
    return fn == TB_FN_JSON_ARRAY_ELEMENTS_TEXT || fn == TB_FN_JSONB_ARRAY_ELEMENTS_TEXT ||
           fn == TB_FN_JSON_EACH_TEXT || fn == TB_FN_JSONB_EACH_TEXT;
}

static tb_rc next_member(tbi_set *s, tb_value *out, bool *more, tb_error *err)
{
    tb_json_span key = {0}, value;
    *more = tb_json_next(&s->json, &key, &value);
    if (!*more)
        return TB_OK;
    if (s->json.object) {
        TB_TRY(tb_json_text(s->arena, key, &out[0], err));
        if (s->ncols == 1)
            return TB_OK;
        out++;
    }
    if (wants_text(s->call->call.fn))
        return tb_json_text(s->arena, value, out, err);
    *out = tb_value_str(tb_str_make(value.at, value.len));
    return TB_OK;
}

static tb_rc wrong_kind(tbi_set *s, tb_json_kind kind, bool jsonb, bool wants_array, tb_error *err)
{
    const char *name = tb_fn_get(s->call->call.fn)->name;
    bool scalar = kind != TB_JSON_OBJECT && kind != TB_JSON_ARRAY;
    if (wants_array && jsonb)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "cannot extract elements from %s",
                        scalar ? "a scalar" : "an object");
    if (wants_array)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "cannot call %s on a %s", name,
                        scalar ? "scalar" : "non-array");
    if (s->ncols == 1)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "cannot call %s on %s", name,
                        scalar ? "a scalar" : "an array");
    if (jsonb)
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "cannot call %s on a non-object", name);
    return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "cannot deconstruct %s",
                    scalar ? "a scalar" : "an array as an object");
}

static tb_rc open_json(tbi_set *s, const tb_value *a, bool wants_array, tb_error *err)
{
    s->text = a[0].d.str;
    tb_json_span root = tb_json_root(tb_str_data(&s->text), s->text.len);
    tb_json_kind kind = tb_json_kind_of(root);
    if (kind != (wants_array ? TB_JSON_ARRAY : TB_JSON_OBJECT))
        return wrong_kind(s, kind, s->argtypes[0] == TB_T_JSONB, wants_array, err);
    s->json = tb_json_iterate(root);
    s->next = next_member;
    return TB_OK;
}

/* ---- text ---- */

static tb_rc open_pieces(tbi_set *s, const tb_value *a, tb_error *err)
{
    /* string_to_table is string_to_array, unnested */
    tb_fn_id fn =
        s->cx.nargs == 2 ? TB_FN_STRING_TO_ARRAY_TEXT_TEXT : TB_FN_STRING_TO_ARRAY_TEXT_TEXT_TEXT;
    tb_value *array = TB_NEW(s->arena, tb_value);
    s->cx.fn = fn;
    s->cx.err = err;
    TB_TRY(tb_exec_scalar(fn)(&s->cx, a, array));
    if (array->null)
        s->next = no_rows;
    else
        open_array(s, &array->d.str);
    return TB_OK;
}

static tb_rc open_regex(tbi_set *s, const tb_value *a, bool split, tb_error *err)
{
    tbi_values v = {0};
    s->cx.err = err;
    TB_TRY(split ? tbi_regexp_split(&s->cx, a, &v) : tbi_regexp_matches(&s->cx, a, &v));
    s->values = v.at;
    s->n = v.n;
    s->i = 0;
    s->next = next_value;
    return TB_OK;
}

/* ---- the table of bodies ---- */

static tb_rc open_call(tbi_set *s, const tb_value *a, tb_error *err)
{
    tb_fn_id fn = s->call->call.fn;
    switch ((uint32_t)fn) { /* selective: most functions are no sets */
    case TB_FN_GENERATE_SERIES_INT4_INT4:
    case TB_FN_GENERATE_SERIES_INT4_INT4_INT4:
    case TB_FN_GENERATE_SERIES_INT8_INT8:
    case TB_FN_GENERATE_SERIES_INT8_INT8_INT8:
        return open_ints(s, a, err);
    case TB_FN_GENERATE_SERIES_NUMERIC_NUMERIC:
    case TB_FN_GENERATE_SERIES_NUMERIC_NUMERIC_NUMERIC:
        return open_nums(s, a, err);
    case TB_FN_GENERATE_SERIES_TIMESTAMP_TIMESTAMP_INTERVAL:
    case TB_FN_GENERATE_SERIES_TIMESTAMPTZ_TIMESTAMPTZ_INTERVAL:
        return open_times(s, a, err);
    case TB_FN_GENERATE_SUBSCRIPTS_ANYARRAY_INT4:
    case TB_FN_GENERATE_SUBSCRIPTS_ANYARRAY_INT4_BOOL:
        return open_subscripts(s, a);
    case TB_FN_UNNEST:
    case TB_FN_PG_EXPANDARRAY:
        open_array(s, &a[0].d.str);
        return TB_OK;
    case TB_FN_JSON_ARRAY_ELEMENTS:
    case TB_FN_JSON_ARRAY_ELEMENTS_TEXT:
    case TB_FN_JSONB_ARRAY_ELEMENTS:
    case TB_FN_JSONB_ARRAY_ELEMENTS_TEXT:
        return open_json(s, a, true, err);
    case TB_FN_JSON_EACH:
    case TB_FN_JSON_EACH_TEXT:
    case TB_FN_JSON_OBJECT_KEYS:
    case TB_FN_JSONB_EACH:
    case TB_FN_JSONB_EACH_TEXT:
    case TB_FN_JSONB_OBJECT_KEYS:
        return open_json(s, a, false, err);
    case TB_FN_STRING_TO_TABLE_TEXT_TEXT:
    case TB_FN_STRING_TO_TABLE_TEXT_TEXT_TEXT:
        return open_pieces(s, a, err);
    case TB_FN_REGEXP_SPLIT_TO_TABLE_TEXT_TEXT:
    case TB_FN_REGEXP_SPLIT_TO_TABLE_TEXT_TEXT_TEXT:
        return open_regex(s, a, true, err);
    case TB_FN_REGEXP_MATCHES_TEXT_TEXT:
    case TB_FN_REGEXP_MATCHES_TEXT_TEXT_TEXT:
        return open_regex(s, a, false, err);
    default:
        break;
    }
    if ((tb_fn_get(fn)->flags & TB_FF_SESSION) != 0)
        return open_session(s, a, err);
    return TB_RAISE_AT(err, TB_E_FEATURE_NOT_SUPPORTED, s->call->pos,
                       "function %s is not supported", tb_fn_get(fn)->name);
}

/* ---- calls ---- */

tb_rc tbi_set_init(tbi_set *s, const tb_exec *exec, const tb_expr *call, bool hide, tb_error *err)
{
    *s = (tbi_set){.call = call};
    const tb_fn_column *cols;
    size_t n = tb_fn_columns(call->call.fn, &cols);
    s->arena = tb_arena_create(0);
    s->memo = tb_arena_create(0);
    s->argtypes = TB_NEW_ARRAY(s->memo, tb_type_id, call->call.nargs + 1);
    for (uint32_t i = 0; i < call->call.nargs; i++)
        s->argtypes[i] = call->call.args[i]->type.id;
    if (n > TBI_SET_MAX_COLS)
        return TB_UNSUPPORTED(err, call->pos, "a function with so many columns");
    s->ncols = n == 0 ? 1 : (uint32_t)n;
    s->types[0] = call->type.id;
    for (size_t i = 0; i < n; i++)
        s->types[i] = cols[i].type == TB_T_ANYELEMENT ? tb_type_elem(s->argtypes[0]) : cols[i].type;
    s->cx = (tb_fn_cx){.arena = s->arena,
                       .env = exec->stmt->env,
                       .fn = call->call.fn,
                       .nargs = (uint8_t)call->call.nargs,
                       .argtype = s->argtypes,
                       .ret = call->type.id,
                       .ret_typmod = -1,
                       .hide_values = hide,
                       .memo = s->memo};
    return TB_OK;
}

void tbi_set_fini(tbi_set *s)
{
    if (s->cx.cache_free != NULL && s->cx.cache != NULL)
        s->cx.cache_free(s->cx.cache);
    tb_arena_destroy(s->arena);
    tb_arena_destroy(s->memo);
    *s = (tbi_set){0};
}

tb_rc tbi_set_open(tbi_set *s, const tb_value *args, tb_error *err)
{
    bool strict = (tb_fn_get(s->call->call.fn)->flags & TB_FF_STRICT) != 0;
    tb_arena_reset(s->arena);
    s->cx.err = err;
    s->open = true;
    s->next = no_rows;
    for (uint32_t i = 0; i < s->call->call.nargs; i++)
        if (strict && args[i].null)
            return TB_OK;
    s->cx.fn = s->call->call.fn;
    return open_call(s, args, err);
}

tb_rc tbi_set_next(tbi_set *s, tb_value *out, bool *more, tb_error *err)
{
    *more = false;
    if (!s->open)
        return TB_OK;
    TB_TRY(s->next(s, out, more, err));
    s->open = *more;
    return TB_OK;
}

tb_value tbi_set_as_value(tbi_set *s, const tb_value *row)
{
    const tb_fn_column *cols;
    const char *names[TBI_SET_MAX_COLS];
    size_t n = tb_fn_columns(s->call->call.fn, &cols);
    for (size_t i = 0; i < n; i++)
        names[i] = cols[i].name;
    return n <= 1 ? row[0]
                  : tb_value_str(tb_record_build(s->arena, s->ncols, s->types, row, names));
}
