/* SPDX-License-Identifier: Apache-2.0
 * Frames (SQL:2016 7.15): ROWS counts rows, GROUPS counts peer groups, RANGE compares the one ORDER
 * BY value.
 */
#include "executor/window_int.h"

#include "core/datetime.h"
#include "core/num.h"

#include <math.h>

/* ---- offsets ---- */

static bool negative(tb_type_id type, const tb_value *v)
{
    switch (tb_type_phys(type)) {
    case TB_PHYS_I16:
        return v->d.i16 < 0;
    case TB_PHYS_I32:
        return v->d.i32 < 0;
    case TB_PHYS_I64:
        return v->d.i64 < 0;
    case TB_PHYS_F32:
        return v->d.f32 < 0 || isnan(v->d.f32);
    case TB_PHYS_F64:
        return v->d.f64 < 0 || isnan(v->d.f64);
    case TB_PHYS_NUM:
        return tb_num_sign(&v->d.num) < 0 || v->d.num.kind == TB_NUM_NAN;
    case TB_PHYS_INTERVAL: {
        tb_datum zero = {.interval = {0}};
        return tb_value_cmp(TB_T_INTERVAL, &v->d, &zero) < 0;
    }
    case TB_PHYS_BOOL:
    case TB_PHYS_OID:
    case TB_PHYS_TIMETZ:
    case TB_PHYS_UUID:
    case TB_PHYS_STR:
    case TB_PHYS_COUNT:
        return false;
    }
    TB_UNREACHABLE();
}

static tb_rc offset(const tb_stmt *stmt, tb_arena *arena, const tb_expr *e, bool range,
                    const char *which, tb_value *out, tb_type_id *type, tb_error *err)
{
    *out = tb_value_null();
    if (e == NULL)
        return TB_OK;
    *type = e->type.id;
    TB_TRY(tb_exec_eval(stmt, arena, e, out, err));
    if (out->null)
        return TB_RAISE_AT(err, TB_E_NULL_VALUE_NOT_ALLOWED, e->pos,
                           "frame %s offset must not be null", which);
    if (!negative(*type, out))
        return TB_OK;
    if (range)
        return TB_RAISE_AT(err, TB_E_INVALID_PRECEDING_OR_FOLLOWING_SIZE, e->pos,
                           "invalid preceding or following size in window function");
    return TB_RAISE_AT(err, TB_E_INVALID_PRECEDING_OR_FOLLOWING_SIZE, e->pos,
                       "frame %s offset must not be negative", which);
}

tb_rc tbi_win_offsets(tbi_win *w, const tb_stmt *stmt, tb_arena *arena, tb_error *err)
{
    const tb_window_frame *f = &w->fn->frame;
    bool range = f->mode == TB_WINDOW_RANGE;
    TB_TRY(offset(stmt, arena, f->start_offset, range, "starting", &w->start_offset, &w->start_type,
                  err));
    return offset(stmt, arena, f->end_offset, range, "ending", &w->end_offset, &w->end_type, err);
}

static int64_t count_of(tb_type_id type, const tb_value *v)
{
    return type == TB_T_INT8 ? v->d.i64 : type == TB_T_INT4 ? v->d.i32 : v->d.i16;
}

/* ---- ROWS and GROUPS ---- */

/* at + delta, kept within 0..n */
static uint64_t moved(uint64_t at, int64_t delta, bool back, uint64_t n)
{
    uint64_t d = (uint64_t)delta;
    if (back)
        return d > at ? 0 : at - d;
    return d > n - at ? n : at + d;
}

static uint64_t rows_bound(const tbi_part *p, uint64_t row, tb_window_bound b, int64_t n, bool end)
{
    switch (b) {
    case TB_WINDOW_BOUND_UNBOUNDED_PRECEDING:
        return 0;
    case TB_WINDOW_BOUND_PRECEDING:
        return end ? (n > (int64_t)row ? 0 : row - (uint64_t)n + 1) : moved(row, n, true, p->n);
    case TB_WINDOW_BOUND_CURRENT:
        return end ? row + 1 : row;
    case TB_WINDOW_BOUND_FOLLOWING:
        return end ? moved(row + 1, n, false, p->n) : moved(row, n, false, p->n);
    case TB_WINDOW_BOUND_UNBOUNDED_FOLLOWING:
        return p->n;
    }
    TB_UNREACHABLE();
}

static uint64_t groups_bound(const tbi_part *p, uint64_t row, tb_window_bound b, int64_t n,
                             bool end)
{
    uint64_t g = p->group[row];
    switch (b) {
    case TB_WINDOW_BOUND_UNBOUNDED_PRECEDING:
        return 0;
    case TB_WINDOW_BOUND_PRECEDING:
        if (end)
            return n > (int64_t)g ? 0 : p->group_start[g - (uint64_t)n + 1];
        return p->group_start[moved(g, n, true, p->ngroups)];
    case TB_WINDOW_BOUND_CURRENT:
        return p->group_start[end ? g + 1 : g];
    case TB_WINDOW_BOUND_FOLLOWING:
        return p->group_start[moved(end ? g + 1 : g, n, false, p->ngroups)];
    case TB_WINDOW_BOUND_UNBOUNDED_FOLLOWING:
        return p->n;
    }
    TB_UNREACHABLE();
}

/* ---- RANGE with an offset ---- */

static double real_of(tb_type_id type, const tb_datum *d)
{
    return type == TB_T_FLOAT4 ? (double)d->f32 : d->f64;
}

static tb_rc num_bound(const tb_datum *base, const tb_datum *by, bool sub, tb_arena *arena,
                       tb_datum *out, tb_error *err)
{
    return sub ? tb_num_sub(arena, &base->num, &by->num, &out->num, err)
               : tb_num_add(arena, &base->num, &by->num, &out->num, err);
}

static tb_rc interval_bound(const tbi_win *w, tb_type_id type, const tb_datum *base,
                            const tb_interval *by, bool sub, tb_datum *out, tb_type_id *out_type,
                            tb_error *err)
{
    tb_interval step = *by;
    if (sub)
        TB_TRY(tb_interval_neg(by, &step, err));
    *out_type = type;
    if (type == TB_T_DATE) {
        int64_t ts;
        *out_type = TB_T_TIMESTAMP;
        TB_TRY(tb_date_to_timestamp(base->i32, &ts, err));
        return tb_timestamp_add(ts, &step, &out->i64, err);
    }
    if (type == TB_T_TIMESTAMP)
        return tb_timestamp_add(base->i64, &step, &out->i64, err);
    if (type == TB_T_TIMESTAMPTZ)
        return tb_timestamptz_add(base->i64, &step, w->env->tz != NULL ? w->env->tz : tb_tz_utc(),
                                  &out->i64, err);
    if (type == TB_T_INTERVAL)
        return tb_interval_add(&base->interval, &step, &out->interval, err);
    return TB_UNSUPPORTED(err, w->fn->pos, "RANGE with an offset on this type");
}

/* Where value(row) lies against value(current) -/+ offset: <0, 0, >0 in ascending terms. */
static tb_rc against_bound(const tbi_win *w, tb_type_id type, const tb_datum *v,
                           const tb_datum *base, tb_type_id by_type, const tb_value *by, bool sub,
                           tb_arena *arena, int *cmp, tb_error *err)
{
    tb_phys phys = tb_type_phys(type);
    if (type == TB_T_INT2 || type == TB_T_INT4 || type == TB_T_INT8) {
        tb_value x = {.d = *v}, y = {.d = *base};
        __int128 bound = (__int128)count_of(type, &y) +
                         (sub ? -(__int128)count_of(by_type, by) : (__int128)count_of(by_type, by));
        __int128 value = count_of(type, &x);
        *cmp = (value > bound) - (value < bound);
        return TB_OK;
    }
    if (phys == TB_PHYS_F32 || phys == TB_PHYS_F64) {
        double value = real_of(type, v), from = real_of(type, base),
               delta = real_of(by_type, &by->d);
        double bound = sub ? from - delta : from + delta;
        if (isnan(from) || isnan(value)) /* NaN equals NaN and is greater than the rest */
            *cmp = isnan(value) - isnan(from);
        else
            *cmp = (value > bound) - (value < bound);
        return TB_OK;
    }
    tb_datum bound;
    tb_type_id bound_type = type;
    if (phys == TB_PHYS_NUM)
        TB_TRY(num_bound(base, &by->d, sub, arena, &bound, err));
    else
        TB_TRY(interval_bound(w, type, base, &by->d.interval, sub, &bound, &bound_type, err));
    tb_datum value = *v;
    if (bound_type != type)
        TB_TRY(tb_date_to_timestamp(v->i32, &value.i64, err));
    if (phys == TB_PHYS_NUM && bound.num.kind == TB_NUM_NAN && base->num.kind != TB_NUM_NAN)
        *cmp =
            v->num.kind == TB_NUM_NAN; /* infinity - infinity reaches every number, but not NaN */
    else
        *cmp = tb_value_cmp(bound_type, &value, &bound);
    return TB_OK;
}

/* First row from `from` on that is inside (start) or behind (end) the bound. Frames move forward: a
 * linear walk over the whole partition in all. */
static tb_rc range_offset(const tbi_win *w, const tbi_part *p, uint64_t row, bool preceding,
                          bool end, uint64_t from, tb_arena *arena, uint64_t *out, tb_error *err)
{
    const tbi_order_key *key = &w->order[0];
    const tb_value *by = end ? &w->end_offset : &w->start_offset;
    tb_type_id by_type = end ? w->end_type : w->start_type;
    tb_value base = tbi_part_get(p, key->col, row);
    if (base.null) { /* NULLs are peers of each other and of nothing else */
        *out = p->group_start[p->group[row] + (end ? 1 : 0)];
        return TB_OK;
    }
    bool sub = preceding != key->desc; /* "preceding" means smaller only when ascending */
    uint64_t at = from;
    for (; at < p->n; at++) {
        tb_value v = tbi_part_get(p, key->col, at);
        if (v.null) {
            if (key->nulls_first)
                continue; /* before every value */
            break;
        }
        int cmp;
        TB_TRY(against_bound(w, key->type, &v.d, &base.d, by_type, by, sub, arena, &cmp, err));
        if (key->desc)
            cmp = -cmp;
        if (end ? cmp > 0 : cmp >= 0)
            break;
    }
    *out = at;
    return TB_OK;
}

static tb_rc range_bound(const tbi_win *w, const tbi_part *p, uint64_t row, tb_window_bound b,
                         bool end, uint64_t hint, tb_arena *arena, uint64_t *out, tb_error *err)
{
    switch (b) {
    case TB_WINDOW_BOUND_UNBOUNDED_PRECEDING:
        *out = 0;
        return TB_OK;
    case TB_WINDOW_BOUND_CURRENT:
        *out = p->group_start[p->group[row] + (end ? 1 : 0)];
        return TB_OK;
    case TB_WINDOW_BOUND_PRECEDING:
    case TB_WINDOW_BOUND_FOLLOWING:
        return range_offset(w, p, row, b == TB_WINDOW_BOUND_PRECEDING, end, hint, arena, out, err);
    case TB_WINDOW_BOUND_UNBOUNDED_FOLLOWING:
        *out = p->n;
        return TB_OK;
    }
    TB_UNREACHABLE();
}

/* ---- entry points ---- */

tb_rc tbi_win_frame(const tbi_win *w, const tbi_part *p, uint64_t row, tbi_span hint,
                    tb_arena *arena, tbi_span *out, tb_error *err)
{
    const tb_window_frame *f = &w->fn->frame;
    int64_t s = f->start_offset != NULL && f->mode != TB_WINDOW_RANGE
                    ? count_of(w->start_type, &w->start_offset)
                    : 0;
    int64_t e = f->end_offset != NULL && f->mode != TB_WINDOW_RANGE
                    ? count_of(w->end_type, &w->end_offset)
                    : 0;
    switch (f->mode) {
    case TB_WINDOW_ROWS:
        *out =
            (tbi_span){rows_bound(p, row, f->start, s, false), rows_bound(p, row, f->end, e, true)};
        return TB_OK;
    case TB_WINDOW_GROUPS:
        *out = (tbi_span){groups_bound(p, row, f->start, s, false),
                          groups_bound(p, row, f->end, e, true)};
        return TB_OK;
    case TB_WINDOW_RANGE:
        TB_TRY(range_bound(w, p, row, f->start, false, hint.start, arena, &out->start, err));
        return range_bound(w, p, row, f->end, true, hint.end, arena, &out->end, err);
    }
    TB_UNREACHABLE();
}

static uint32_t add_span(tbi_span *out, uint32_t n, uint64_t start, uint64_t end)
{
    if (start < end)
        out[n++] = (tbi_span){start, end};
    return n;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t greatest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

uint32_t tbi_win_exclude(const tbi_win *w, const tbi_part *p, uint64_t row, tbi_span f,
                         tbi_span out[3])
{
    uint64_t first = p->group_start[p->group[row]], last = p->group_start[p->group[row] + 1];
    uint32_t n = 0;
    switch (w->fn->frame.exclude) {
    case TB_WINDOW_EXCLUDE_NONE:
        return add_span(out, 0, f.start, f.end);
    case TB_WINDOW_EXCLUDE_CURRENT:
        n = add_span(out, n, f.start, least(f.end, row));
        return add_span(out, n, greatest(f.start, row + 1), f.end);
    case TB_WINDOW_EXCLUDE_GROUP:
        n = add_span(out, n, f.start, least(f.end, first));
        return add_span(out, n, greatest(f.start, last), f.end);
    case TB_WINDOW_EXCLUDE_TIES:
        n = add_span(out, n, f.start, least(f.end, first));
        n = add_span(out, n, greatest(f.start, row), least(f.end, row + 1));
        return add_span(out, n, greatest(f.start, last), f.end);
    }
    TB_UNREACHABLE();
}
