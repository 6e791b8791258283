/* SPDX-License-Identifier: Apache-2.0
 * Ordered-set aggregates: percentile_cont, percentile_disc, mode. Their input comes sorted; the
 * arguments are the direct ones (constant within a group), then the value.
 */
#include "executor/agg_int.h"

#include "core/array.h"
#include "core/datetime.h"

#include <math.h>

#define STATE(T, k) ((T *)(void *)(in->group[k] + cx->offset))

typedef struct list_state {
    tb_value *values; /* not NULL, in order */
    tb_value direct;
    uint32_t n, cap;
    bool started;
} list_state;

static void add(const tbi_agg_cx *cx, list_state *s, tb_value v)
{
    if (s->n == s->cap) {
        s->cap = s->cap == 0 ? 8 : s->cap * 2;
        tb_value *to = TB_NEW_ARRAY(cx->arena, tb_value, s->cap);
        if (s->n > 0)
            memcpy(to, s->values, s->n * sizeof *to);
        s->values = to;
    }
    s->values[s->n++] = v;
}

static tb_rc list_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    (void)err;
    uint32_t last = cx->nargs - 1;
    for (uint32_t k = 0; k < in->n; k++) {
        list_state *s = STATE(list_state, k);
        uint32_t row = tbi_agg_row(in, k);
        if (!s->started && last > 0)
            s->direct = tb_value_copy(cx->arena, cx->argtype[0], tb_vector_get(in->args[0], row));
        s->started = true;
        tb_value v = tb_vector_get(in->args[last], row);
        if (!v.null)
            add(cx, s, tb_value_copy(cx->arena, cx->argtype[last], v));
    }
    return TB_OK;
}

/* ---- percentiles ---- */

static tb_rc check_fraction(double p, tb_error *err)
{
    if (p < 0 || p > 1 || isnan(p))
        return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE,
                        "percentile value %g is not between 0 and 1", p);
    return TB_OK;
}

static tb_rc interpolate(tb_type_id type, const tb_datum *lo, const tb_datum *hi, double t,
                         tb_value *out, tb_error *err)
{
    *out = (tb_value){.null = false};
    if (type != TB_T_INTERVAL) {
        out->d.f64 = lo->f64 + t * (hi->f64 - lo->f64);
        return TB_OK;
    }
    tb_interval span, part;
    TB_TRY(tb_interval_sub(&hi->interval, &lo->interval, &span, err));
    TB_TRY(tb_interval_mul(&span, t, &part, err));
    return tb_interval_add(&part, &lo->interval, &out->d.interval, err);
}

static tb_rc one_percentile(const tbi_agg_cx *cx, const list_state *s, double p, tb_value *out,
                            tb_error *err)
{
    TB_TRY(check_fraction(p, err));
    bool cont = strcmp(tb_fn_get(cx->fn)->name, "percentile_cont") == 0;
    if (!cont) {
        double row = ceil(p * (double)s->n);
        *out = s->values[row > 1 ? (uint32_t)row - 1 : 0];
        return TB_OK;
    }
    double at = p * (double)(s->n - 1), first = floor(at), second = ceil(at);
    const tb_value *lo = &s->values[(uint32_t)first];
    if (first == second) {
        *out = *lo;
        return TB_OK;
    }
    return interpolate(cx->argtype[cx->nargs - 1], &lo->d, &s->values[(uint32_t)second].d,
                       at - first, out, err);
}

static tb_rc many_percentiles(const tbi_agg_cx *cx, const list_state *s, tb_value *out,
                              tb_error *err)
{
    tb_array a;
    tb_array_open(&s->direct.d.str, &a);
    tb_type_id elem = tb_type_elem(cx->ret);
    if (a.n == 0) {
        *out = tb_value_str(tb_array_build_1d(cx->scratch, elem, NULL, 0));
        return TB_OK;
    }
    tb_value *v = TB_NEW_ARRAY(cx->scratch, tb_value, a.n);
    for (uint32_t i = 0; i < a.n; i++) {
        tb_value p = tb_array_get(&a, cx->scratch, i);
        v[i] = tb_value_null();
        if (!p.null)
            TB_TRY(one_percentile(cx, s, p.d.f64, &v[i], err));
    }
    *out = tb_value_str(tb_array_build(cx->scratch, elem, a.ndim, a.dims, a.lower, v));
    return TB_OK;
}

static tb_rc percentile_result(const tbi_agg_cx *cx, const char *state, tb_value *out,
                               tb_error *err)
{
    const list_state *s = (const void *)state;
    *out = tb_value_null();
    if (s->n == 0 || s->direct.null)
        return TB_OK;
    if (tb_type_is_array(cx->argtype[0]))
        return many_percentiles(cx, s, out, err);
    TB_TRY(one_percentile(cx, s, s->direct.d.f64, out, err));
    *out = tb_value_copy(cx->scratch, cx->ret, *out);
    return TB_OK;
}

const tbi_agg_def tbi_agg_percentile = {
    .size = sizeof(list_state), .update = list_update, .result = percentile_result};

/* ---- mode ---- */

static tb_rc mode_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const list_state *s = (const void *)state;
    tb_type_id type = cx->argtype[cx->nargs - 1];
    uint32_t best = 0;
    (void)err;
    *out = tb_value_null();
    for (uint32_t i = 0; i < s->n;) {
        uint32_t j = i + 1;
        while (j < s->n && tb_value_cmp(type, &s->values[i].d, &s->values[j].d) == 0)
            j++;
        if (j - i > best) {
            best = j - i;
            *out = s->values[i];
        }
        i = j;
    }
    *out = tb_value_copy(cx->scratch, type, *out);
    return TB_OK;
}

const tbi_agg_def tbi_agg_mode = {
    .size = sizeof(list_state), .update = list_update, .result = mode_result};
