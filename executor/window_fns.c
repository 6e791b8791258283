/* SPDX-License-Identifier: Apache-2.0
 * What window functions compute over a partition whose rows are in order.
 */
#include "executor/window_int.h"

#include <stdlib.h>

/* ---- numbering ---- */

typedef tb_rc (*win_body)(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                          tb_error *err);

static tb_value float8(double v)
{
    return (tb_value){.d.f64 = v};
}

static tb_rc row_number(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                        tb_error *err)
{
    (void)w, (void)arena, (void)err;
    for (uint64_t i = 0; i < p->n; i++)
        out[i] = tb_value_int8((int64_t)i + 1);
    return TB_OK;
}

static tb_rc rank(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                  tb_error *err)
{
    (void)w, (void)arena, (void)err;
    for (uint64_t i = 0; i < p->n; i++)
        out[i] = tb_value_int8((int64_t)p->peer_start[i] + 1);
    return TB_OK;
}

static tb_rc dense_rank(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                        tb_error *err)
{
    (void)w, (void)arena, (void)err;
    for (uint64_t i = 0; i < p->n; i++)
        out[i] = tb_value_int8((int64_t)p->group[i] + 1);
    return TB_OK;
}

static tb_rc percent_rank(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                          tb_error *err)
{
    (void)w, (void)arena, (void)err;
    for (uint64_t i = 0; i < p->n; i++)
        out[i] = float8(p->n <= 1 ? 0 : (double)p->peer_start[i] / (double)(p->n - 1));
    return TB_OK;
}

static tb_rc cume_dist(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                       tb_error *err)
{
    (void)w, (void)arena, (void)err;
    for (uint64_t i = 0; i < p->n; i++)
        out[i] = float8((double)p->group_start[p->group[i] + 1] / (double)p->n);
    return TB_OK;
}

/* The first n mod k buckets hold one row more. The argument is that of the partition's first row,
 * as in PostgreSQL. */
static tb_rc ntile(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                   tb_error *err)
{
    (void)arena;
    tb_value arg = tbi_part_get(p, w->args[0], 0);
    if (!arg.null && arg.d.i32 <= 0)
        return TB_RAISE_AT(err, TB_E_INVALID_ARGUMENT_FOR_NTILE, w->fn->pos,
                           "argument of ntile must be greater than zero");
    uint64_t buckets = arg.null ? 1 : (uint64_t)arg.d.i32;
    uint64_t size = p->n / buckets, longer = p->n % buckets;
    for (uint64_t i = 0; i < p->n; i++) {
        uint64_t in_longer = longer * (size + 1);
        uint64_t bucket =
            i < in_longer ? i / (size + 1) : longer + (i - in_longer) / (size == 0 ? 1 : size);
        out[i] = arg.null ? tb_value_null() : tb_value_int4((int32_t)bucket + 1);
    }
    return TB_OK;
}

/* ---- other rows ---- */

static tb_rc shift(const tbi_win *w, const tbi_part *p, bool back, tb_value *out)
{
    for (uint64_t i = 0; i < p->n; i++) {
        int64_t by = 1;
        if (w->nargs > 1) {
            tb_value offset = tbi_part_get(p, w->args[1], i);
            if (offset.null) {
                out[i] = tb_value_null();
                continue;
            }
            by = offset.d.i32;
        }
        int64_t at = (int64_t)i + (back ? -by : by);
        if (at >= 0 && at < (int64_t)p->n)
            out[i] = tbi_part_get(p, w->args[0], (uint64_t)at);
        else
            out[i] = w->nargs > 2 ? tbi_part_get(p, w->args[2], i) : tb_value_null();
    }
    return TB_OK;
}

static tb_rc lag(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out, tb_error *err)
{
    (void)arena, (void)err;
    return shift(w, p, true, out);
}

static tb_rc lead(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                  tb_error *err)
{
    (void)arena, (void)err;
    return shift(w, p, false, out);
}

/* Row number k (0-based) of the frame; from the end when `last`. */
static bool nth_of_frame(const tbi_span *spans, uint32_t n, uint64_t k, bool last, uint64_t *row)
{
    if (last) {
        *row = n > 0 ? spans[n - 1].end - 1 : 0;
        return n > 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint64_t len = spans[i].end - spans[i].start;
        if (k < len) {
            *row = spans[i].start + k;
            return true;
        }
        k -= len;
    }
    return false;
}

static tb_rc frame_value(const tbi_win *w, const tbi_part *p, tb_arena *arena, bool last,
                         tb_value *out, tb_error *err)
{
    tbi_span frame = {0, 0};
    for (uint64_t i = 0; i < p->n; i++) {
        tbi_span spans[3];
        uint64_t k = 0, row;
        TB_TRY(tbi_win_frame(w, p, i, frame, arena, &frame, err));
        uint32_t n = tbi_win_exclude(w, p, i, frame, spans);
        if (w->nargs > 1) {
            tb_value nth = tbi_part_get(p, w->args[1], i);
            if (nth.null) {
                out[i] = tb_value_null();
                continue;
            }
            if (nth.d.i32 <= 0)
                return TB_RAISE_AT(err, TB_E_INVALID_ARGUMENT_FOR_NTH_VALUE, w->fn->pos,
                                   "argument of nth_value must be greater than zero");
            k = (uint64_t)nth.d.i32 - 1;
        }
        out[i] = nth_of_frame(spans, n, k, last, &row) ? tbi_part_get(p, w->args[0], row)
                                                       : tb_value_null();
    }
    return TB_OK;
}

static tb_rc first_value(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                         tb_error *err)
{
    return frame_value(w, p, arena, false, out, err);
}

static tb_rc last_value(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                        tb_error *err)
{
    return frame_value(w, p, arena, true, out, err);
}

/* ---- aggregates over frames ---- */

typedef struct frame_agg {
    const tbi_win *w;
    const tbi_part *p;
    tbi_agg_cx cx;
    char *state;
} frame_agg;

static void start_over(frame_agg *a)
{
    memset(a->state, 0, a->w->agg->size);
}

/* Rows of one batch that count: the filter holds and, for strict aggregates, no argument is NULL.
 */
static uint32_t choose(const frame_agg *a, const tb_batch *b, uint32_t from, uint32_t to,
                       uint16_t *sel)
{
    uint32_t n = 0;
    for (uint32_t r = from; r < to; r++) {
        bool keep = true;
        if (a->w->filter >= 0) {
            tb_value f = tb_vector_get(&b->cols[a->w->filter], r);
            keep = !f.null && f.d.b;
        }
        for (uint32_t k = 0; keep && a->w->agg->strict && k < a->w->nargs; k++)
            keep = tb_vector_is_valid(&b->cols[a->w->args[k]], r);
        sel[n] = (uint16_t)r;
        n += keep;
    }
    return n;
}

typedef tb_rc (*agg_step)(const tbi_agg_cx *cx, const tbi_agg_input *in, tb_error *err);

static tb_rc apply(frame_agg *a, agg_step step, uint64_t start, uint64_t end, tb_error *err)
{
    uint16_t sel[TB_BATCH_ROWS];
    char *group[TB_BATCH_ROWS];
    const tb_vector *args[TB_FN_MAX_ARGS];
    while (start < end) {
        const tb_batch *b = a->p->batches.at[start / TB_BATCH_ROWS];
        uint32_t from = (uint32_t)(start % TB_BATCH_ROWS);
        uint64_t left = end - start;
        uint32_t to = left < TB_BATCH_ROWS - from ? from + (uint32_t)left : TB_BATCH_ROWS;
        uint32_t n = choose(a, b, from, to, sel);
        for (uint32_t k = 0; k < n; k++)
            group[k] = a->state;
        for (uint32_t k = 0; k < a->w->nargs; k++)
            args[k] = &b->cols[a->w->args[k]];
        tbi_agg_input in = {.n = n, .sel = sel, .group = group, .args = args};
        if (n > 0)
            TB_TRY(step(&a->cx, &in, err));
        start += to - from;
    }
    return TB_OK;
}

static tb_rc result(frame_agg *a, tb_arena *arena, tb_value *out, tb_error *err)
{
    TB_TRY(a->w->agg->result(&a->cx, a->state, out, err));
    *out = tb_value_copy(arena, a->w->type, *out);
    tb_arena_reset(a->cx.scratch);
    return TB_OK;
}

/* Moves the state from one frame to the next with as little work as the aggregate allows. */
static tb_rc move_frame(frame_agg *a, tbi_span *have, tbi_span want, tb_error *err)
{
    const tbi_agg_def *def = a->w->agg;
    bool forward = want.start >= have->start && want.end >= have->end && want.start <= have->end;
    if (forward && (want.start == have->start || def->remove != NULL)) {
        if (want.start > have->start)
            TB_TRY(apply(a, def->remove, have->start, want.start, err));
        TB_TRY(apply(a, def->update, have->end, want.end, err));
    } else {
        start_over(a);
        TB_TRY(apply(a, def->update, want.start, want.end, err));
    }
    *have = want;
    return TB_OK;
}

static tb_rc aggregate_rows(frame_agg *a, tb_arena *arena, tb_value *out, tb_error *err)
{
    const tbi_win *w = a->w;
    const tbi_part *p = a->p;
    bool excludes = w->fn->frame.exclude != TB_WINDOW_EXCLUDE_NONE;
    tbi_span frame = {0, 0}, have = {0, 0};
    bool valid = false; /* out[i - 1] is the result of `have` */
    for (uint64_t i = 0; i < p->n; i++) {
        TB_TRY(tbi_win_frame(w, p, i, frame, a->cx.scratch, &frame, err));
        tbi_span want = frame.start < frame.end ? frame : (tbi_span){frame.end, frame.end};
        if (excludes) {
            tbi_span spans[3];
            uint32_t n = tbi_win_exclude(w, p, i, frame, spans);
            start_over(a);
            for (uint32_t k = 0; k < n; k++)
                TB_TRY(apply(a, w->agg->update, spans[k].start, spans[k].end, err));
            TB_TRY(result(a, arena, &out[i], err));
            continue;
        }
        if (valid && want.start == have.start && want.end == have.end) {
            out[i] = out[i - 1];
            continue;
        }
        TB_TRY(move_frame(a, &have, want, err));
        TB_TRY(result(a, arena, &out[i], err));
        valid = true;
    }
    return TB_OK;
}

static tb_rc aggregate(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                       tb_error *err)
{
    frame_agg a = {.w = w, .p = p};
    a.cx = (tbi_agg_cx){.fn = w->fn->fn,
                        .ret = w->type,
                        .nargs = w->nargs,
                        .argtype = w->argtypes,
                        .env = w->env,
                        .hide_values = w->hide_values};
    a.cx.arena = tb_arena_create(0);
    a.cx.scratch = tb_arena_create(0);
    a.state = tb_xcalloc(1, w->agg->size + 8);
    tb_rc rc = aggregate_rows(&a, arena, out, err);
    free(a.state);
    tb_arena_destroy(a.cx.arena);
    tb_arena_destroy(a.cx.scratch);
    return rc;
}

/* ---- dispatch ---- */

static const struct {
    tb_fn_id fn;
    win_body body;
} bodies[] = {
    {TB_FN_CUME_DIST, cume_dist},       {TB_FN_DENSE_RANK, dense_rank},
    {TB_FN_FIRST_VALUE, first_value},   {TB_FN_LAG_ANYCOMPATIBLE_INT4_ANYCOMPATIBLE, lag},
    {TB_FN_LAG_ANYELEMENT, lag},        {TB_FN_LAG_ANYELEMENT_INT4, lag},
    {TB_FN_LAST_VALUE, last_value},     {TB_FN_LEAD_ANYCOMPATIBLE_INT4_ANYCOMPATIBLE, lead},
    {TB_FN_LEAD_ANYELEMENT, lead},      {TB_FN_LEAD_ANYELEMENT_INT4, lead},
    {TB_FN_NTH_VALUE, first_value},     {TB_FN_NTILE, ntile},
    {TB_FN_PERCENT_RANK, percent_rank}, {TB_FN_RANK, rank},
    {TB_FN_ROW_NUMBER, row_number},
};

tb_rc tbi_win_run(const tbi_win *w, const tbi_part *p, tb_arena *arena, tb_value *out,
                  tb_error *err)
{
    if (w->agg != NULL)
        return aggregate(w, p, arena, out, err);
    for (size_t i = 0; i < TB_COUNT(bodies); i++)
        if (bodies[i].fn == w->fn->fn)
            return bodies[i].body(w, p, arena, out, err);
    return TB_UNSUPPORTED(err, w->fn->pos, "this window function");
}
