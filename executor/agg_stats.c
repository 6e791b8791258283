/* SPDX-License-Identifier: Apache-2.0
 * Variance, standard deviation, covariance, correlation and linear regression.
 *
 * Integers and decimals: exact sums of x and x*x, one division at the end, with PostgreSQL's result
 * scales. Floats: Youngs and Cramer's recurrence, as PostgreSQL 12 and later.
 */
#include "executor/agg_int.h"

#include "core/num.h"

#include <math.h>

#define STATE(T, k) ((T *)(void *)(in->group[k] + cx->offset))
#define VALUE(T, a, row)                                                                           \
    (((const T *)in->args[a]->data)[in->args[a]->form == TB_VEC_CONST ? 0 : (row)])

/* Which result of a family of functions is asked for. */
typedef enum stat { STAT_AVG, STAT_VAR_POP, STAT_VAR_SAMP, STAT_STDDEV_POP, STAT_STDDEV_SAMP } stat;

static stat stat_of(tb_fn_id fn)
{
    const char *name = tb_fn_get(fn)->name;
    if (strcmp(name, "avg") == 0)
        return STAT_AVG;
    if (strcmp(name, "var_pop") == 0)
        return STAT_VAR_POP;
    if (strcmp(name, "stddev_pop") == 0)
        return STAT_STDDEV_POP;
    if (strncmp(name, "stddev", 6) == 0)
        return STAT_STDDEV_SAMP;
    return STAT_VAR_SAMP;
}

/* ---- exact ---- */

typedef struct var_state {
    tbi_numsum sum, squares;
    int64_t n;
} var_state;

static tb_rc var_num_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    for (uint32_t k = 0; k < in->n; k++) {
        var_state *s = STATE(var_state, k);
        const tb_num *x = &VALUE(tb_num, 0, tbi_agg_row(in, k));
        s->n++;
        TB_TRY(tbi_numsum_add(cx, &s->sum, x, err));
        if (x->kind == TB_NUM_SMALL) {
            TB_TRY(
                tbi_numsum_add128(cx, &s->squares, (__int128)x->coef * x->coef, 2 * x->scale, err));
        } else if (x->kind == TB_NUM_BIG) {
            tb_num sq;
            TB_TRY(tb_num_mul(cx->scratch, x, x, &sq, err));
            TB_TRY(tbi_numsum_add(cx, &s->squares, &sq, err));
        }
    }
    return TB_OK;
}

static tb_rc var_int_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    const tb_vector *v = in->args[0];
    for (uint32_t k = 0; k < in->n; k++) {
        var_state *s = STATE(var_state, k);
        uint32_t row = tbi_agg_row(in, k);
        __int128 x = v->phys == TB_PHYS_I16   ? VALUE(int16_t, 0, row)
                     : v->phys == TB_PHYS_I32 ? VALUE(int32_t, 0, row)
                                              : VALUE(int64_t, 0, row);
        s->n++;
        TB_TRY(tbi_numsum_add128(cx, &s->sum, x, 0, err));
        TB_TRY(tbi_numsum_add128(cx, &s->squares, x * x, 0, err));
    }
    return TB_OK;
}

/* (n * squares - sum^2) / (n * (n - 1)) or / n^2, and its root; the root has the scale of the
 * quotient. */
static tb_rc exact_result(const tbi_agg_cx *cx, const var_state *s, stat what, tb_num *out,
                          tb_error *err)
{
    tb_arena *a = cx->scratch;
    bool sample = what == STAT_VAR_SAMP || what == STAT_STDDEV_SAMP;
    tb_num sum, squares, n = tb_num_from_int64(s->n),
                         n1 = tb_num_from_int64(sample ? s->n - 1 : s->n), x, y, d;
    TB_TRY(tbi_numsum_get(cx, &s->sum, &sum, err));
    TB_TRY(tbi_numsum_get(cx, &s->squares, &squares, err));
    TB_TRY(tb_num_mul(a, &n, &squares, &x, err));
    TB_TRY(tb_num_mul(a, &sum, &sum, &y, err));
    TB_TRY(tb_num_sub(a, &x, &y, &d, err));
    if (tb_num_sign(&d) <= 0) { /* rounding cannot make it negative; all values are equal */
        *out = tb_num_small(0, 0);
        return TB_OK;
    }
    TB_TRY(tb_num_mul(a, &n, &n1, &y, err));
    TB_TRY(tb_num_div(a, &d, &y, &x, err));
    *out = x;
    if (what == STAT_VAR_POP || what == STAT_VAR_SAMP)
        return TB_OK;
    int scale = x.scale;
    TB_TRY(tb_num_sqrt(a, &x, &y, err));
    return tb_num_round(a, &y, scale, out, err);
}

static tb_rc var_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const var_state *s = (const void *)state;
    stat what = stat_of(cx->fn);
    bool sample = what == STAT_VAR_SAMP || what == STAT_STDDEV_SAMP;
    *out = (tb_value){.null = s->n < (sample ? 2 : 1)};
    if (out->null)
        return TB_OK;
    if (s->sum.nan + s->sum.pinf + s->sum.ninf > 0) {
        out->d.num = (tb_num){.kind = TB_NUM_NAN};
        return TB_OK;
    }
    return exact_result(cx, s, what, &out->d.num, err);
}

const tbi_agg_def tbi_agg_var_num = {
    .size = sizeof(var_state), .strict = true, .update = var_num_update, .result = var_result};
const tbi_agg_def tbi_agg_var_int = {
    .size = sizeof(var_state), .strict = true, .update = var_int_update, .result = var_result};

/* ---- floats ---- */

static tb_rc overflow(tb_error *err)
{
    return TB_RAISE(err, TB_E_NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
}

typedef struct float_state {
    double n, sx, sxx;
} float_state;

static tb_rc accumulate(float_state *s, double x, tb_error *err)
{
    double was_n = s->n, was_sx = s->sx;
    s->n += 1;
    s->sx += x;
    if (was_n > 0) {
        double tmp = x * s->n - s->sx;
        s->sxx += tmp * tmp / (s->n * was_n);
        if (isinf(s->sx) || isinf(s->sxx)) {
            if (!isinf(was_sx) && !isinf(x))
                return overflow(err);
            s->sxx = (double)NAN;
        }
    } else if (isnan(x) || isinf(x)) {
        s->sxx = (double)NAN;
    }
    return TB_OK;
}

static tb_rc var_float_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    bool f4 = in->args[0]->phys == TB_PHYS_F32;
    for (uint32_t k = 0; k < in->n; k++) {
        uint32_t row = tbi_agg_row(in, k);
        double x = f4 ? (double)VALUE(float, 0, row) : VALUE(double, 0, row);
        TB_TRY(accumulate(STATE(float_state, k), x, err));
    }
    return TB_OK;
}

static tb_rc var_float_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const float_state *s = (const void *)state;
    (void)err;
    stat what = stat_of(cx->fn);
    bool sample = what == STAT_VAR_SAMP || what == STAT_STDDEV_SAMP;
    *out = (tb_value){.null = s->n < (sample ? 2 : 1)};
    if (out->null)
        return TB_OK;
    double v = s->sxx / (sample ? s->n - 1 : s->n);
    if (what == STAT_AVG)
        v = s->sx / s->n;
    else if (what == STAT_STDDEV_POP || what == STAT_STDDEV_SAMP)
        v = sqrt(v);
    out->d.f64 = v;
    return TB_OK;
}

const tbi_agg_def tbi_agg_var_float = {.size = sizeof(float_state),
                                       .strict = true,
                                       .update = var_float_update,
                                       .result = var_float_result};

/* ---- two variables: y is the first argument ---- */

typedef struct regr_state {
    double n, sx, sxx, sy, syy, sxy;
} regr_state;

static tb_rc check_infinities(regr_state *s, const regr_state *was, double x, double y,
                              tb_error *err)
{
    if (!isinf(s->sx) && !isinf(s->sxx) && !isinf(s->sy) && !isinf(s->syy) && !isinf(s->sxy))
        return TB_OK;
    bool x_inf = isinf(was->sx) || isinf(x), y_inf = isinf(was->sy) || isinf(y);
    if (((isinf(s->sx) || isinf(s->sxx)) && !x_inf) ||
        ((isinf(s->sy) || isinf(s->syy)) && !y_inf) || (isinf(s->sxy) && !x_inf && !y_inf))
        return overflow(err);
    if (isinf(s->sxx))
        s->sxx = (double)NAN;
    if (isinf(s->syy))
        s->syy = (double)NAN;
    if (isinf(s->sxy))
        s->sxy = (double)NAN;
    return TB_OK;
}

static tb_rc regr_add(regr_state *s, double y, double x, tb_error *err)
{
    regr_state was = *s;
    s->n += 1;
    s->sx += x;
    s->sy += y;
    if (was.n > 0) {
        double tx = x * s->n - s->sx, ty = y * s->n - s->sy, scale = 1.0 / (s->n * was.n);
        s->sxx += tx * tx * scale;
        s->syy += ty * ty * scale;
        s->sxy += tx * ty * scale;
        return check_infinities(s, &was, x, y, err);
    }
    if (isnan(x) || isinf(x))
        s->sxx = s->sxy = (double)NAN;
    if (isnan(y) || isinf(y))
        s->syy = s->sxy = (double)NAN;
    return TB_OK;
}

static tb_rc regr_update(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err)
{
    for (uint32_t k = 0; k < in->n; k++) {
        uint32_t row = tbi_agg_row(in, k);
        TB_TRY(regr_add(STATE(regr_state, k), VALUE(double, 0, row), VALUE(double, 1, row), err));
    }
    return TB_OK;
}

/* Sets *v, or returns false for NULL. */
static bool regr_value(tb_fn_id fn, const regr_state *s, double *v)
{
    if (s->n < (fn == TB_FN_COVAR_SAMP ? 2 : 1))
        return false;
    bool flat_x = s->sxx == 0, flat_y = s->syy == 0;
    if (fn == TB_FN_CORR) {
        *v = s->sxy / sqrt(s->sxx * s->syy);
        return !flat_x && !flat_y;
    }
    if (fn == TB_FN_COVAR_POP)
        *v = s->sxy / s->n;
    else if (fn == TB_FN_COVAR_SAMP)
        *v = s->sxy / (s->n - 1);
    else if (fn == TB_FN_REGR_AVGX)
        *v = s->sx / s->n;
    else if (fn == TB_FN_REGR_AVGY)
        *v = s->sy / s->n;
    else if (fn == TB_FN_REGR_SXX)
        *v = s->sxx;
    else if (fn == TB_FN_REGR_SYY)
        *v = s->syy;
    else if (fn == TB_FN_REGR_SXY)
        *v = s->sxy;
    else {
        if (flat_x)
            return false;
        if (fn == TB_FN_REGR_R2)
            *v = flat_y ? 1.0 : (s->sxy * s->sxy) / (s->sxx * s->syy);
        else if (fn == TB_FN_REGR_SLOPE)
            *v = s->sxy / s->sxx;
        else /* REGR_INTERCEPT */
            *v = (s->sy - s->sx * s->sxy / s->sxx) / s->n;
    }
    return true;
}

static tb_rc regr_result(const tbi_agg_cx *cx, const char *state, tb_value *out, tb_error *err)
{
    const regr_state *s = (const void *)state;
    (void)err;
    if (cx->fn == TB_FN_REGR_COUNT) {
        *out = tb_value_int8((int64_t)s->n);
        return TB_OK;
    }
    *out = (tb_value){.null = false};
    out->null = !regr_value(cx->fn, s, &out->d.f64);
    return TB_OK;
}

const tbi_agg_def tbi_agg_regr = {
    .size = sizeof(regr_state), .strict = true, .update = regr_update, .result = regr_result};
