/* SPDX-License-Identifier: Apache-2.0
 * Running expression programs: registers, selections, three-valued logic, and the loop around
 * scalar bodies.
 *
 * Entry points: tbi_eval_create/destroy/run/filter, tb_exec_eval.
 */
#include "executor/eval_int.h"

#include "executor/executor.h"

#include <stdlib.h>

static const uint64_t no_bits[1] = {0};

/* ---- registers ---- */

tb_vector *tbi_eval_temp(tbi_eval *ev, uint32_t r)
{
    tb_vector *v = &ev->temps[r];
    tb_phys phys = tb_type_phys(ev->prog->regs.at[r].type);
    if (ev->data[r] == NULL) {
        uint32_t rows = (ev->rows + 63) & ~63u;
        ev->data[r] = tb_xcalloc(rows, tb_phys_width(phys));
        ev->valid[r] = tb_xcalloc(rows / 64, sizeof(uint64_t));
    }
    *v = (tb_vector){.type = ev->prog->regs.at[r].type,
                     .phys = (uint8_t)phys,
                     .form = TB_VEC_FLAT,
                     .valid = ev->valid[r],
                     .data = ev->data[r]};
    return v;
}

static void const_vector(tb_vector *v, tb_type_id type, const tb_value *value)
{
    *v = (tb_vector){.type = type,
                     .phys = (uint8_t)tb_type_phys(type),
                     .form = TB_VEC_CONST,
                     .valid = value->null ? (uint64_t *)no_bits : NULL,
                     .data = (void *)&value->d};
}

tbi_eval *tbi_eval_create(const tbi_prog *p, uint32_t rows)
{
    tbi_eval *ev = tb_xcalloc(1, sizeof *ev);
    uint32_t n = p->regs.n + 1;
    ev->prog = p;
    ev->rows = rows;
    ev->temps = tb_xcalloc(n, sizeof *ev->temps);
    ev->data = tb_xcalloc(n, sizeof *ev->data);
    ev->valid = tb_xcalloc(n, sizeof *ev->valid);
    ev->regs = tb_xcalloc(n, sizeof *ev->regs);
    ev->stack = tb_xcalloc(p->depth + 1, sizeof *ev->stack);
    for (uint32_t i = 0; i <= p->depth; i++)
        ev->stack[i].own = tb_xmalloc((rows + 1) * sizeof(uint16_t));
    ev->sites = tb_xcalloc(p->nsites + 1, sizeof *ev->sites);
    ev->arena = tb_arena_create(0);
    ev->memo = tb_arena_create(0);
    for (uint32_t r = 0; r < p->regs.n; r++) {
        ev->regs[r] = &ev->temps[r];
        if (p->regs.at[r].kind == TBI_REG_CONST)
            const_vector(&ev->temps[r], p->regs.at[r].type, p->regs.at[r].value);
    }
    return ev;
}

void tbi_eval_destroy(tbi_eval *ev)
{
    if (ev == NULL)
        return;
    for (uint32_t i = 0; i < ev->prog->nsites; i++) {
        tb_fn_cx *cx = &ev->sites[i].cx;
        if (cx->cache_free != NULL && cx->cache != NULL)
            cx->cache_free(cx->cache);
        tbi_eval_destroy(ev->sites[i].sub);
    }
    for (uint32_t r = 0; r < ev->prog->regs.n; r++) {
        free(ev->data[r]);
        free(ev->valid[r]);
    }
    for (uint32_t i = 0; i <= ev->prog->depth; i++)
        free(ev->stack[i].own);
    free(ev->stack);
    free(ev->sites);
    free(ev->temps);
    free(ev->data);
    free(ev->valid);
    free((void *)ev->regs);
    tb_arena_destroy(ev->arena);
    tb_arena_destroy(ev->memo);
    free(ev);
}

tbi_site *tbi_eval_site(tbi_eval *ev, const tbi_instr *in, tb_error *err)
{
    tbi_site *s = &ev->sites[in->site];
    if (s->args == NULL) {
        s->args = TB_NEW_ARRAY(ev->memo, tb_value, in->nargs + 1);
        s->argtypes = TB_NEW_ARRAY(ev->memo, tb_type_id, in->nargs + 1);
        for (uint32_t i = 0; i < in->nargs; i++)
            if (in->args[i] != UINT32_MAX)
                s->argtypes[i] = ev->prog->regs.at[in->args[i]].type;
        s->cx = (tb_fn_cx){.arena = ev->arena,
                           .env = ev->prog->stmt->env,
                           .nargs = (uint8_t)in->nargs,
                           .argtype = s->argtypes,
                           .ret = ev->prog->regs.at[in->dst].type,
                           .ret_typmod = in->e->type.typmod,
                           .hide_values = in->hide,
                           .memo = ev->memo};
    }
    s->cx.err = err;
    return s;
}

/* ---- selections ---- */

static inline uint32_t row_at(const tbi_sel *s, uint32_t k)
{
    return s->sel == NULL ? k : s->sel[k];
}

static bool keeps(tbi_keep mode, bool valid, bool value)
{
    switch (mode) {
    case TBI_KEEP_TRUE:
        return valid && value;
    case TBI_KEEP_NOT_TRUE:
        return !(valid && value);
    case TBI_KEEP_NOT_FALSE:
        return !valid || value;
    case TBI_KEEP_NULL:
        return !valid;
    case TBI_KEEP_NOT_NULL:
        return valid;
    }
    TB_UNREACHABLE();
}

/* Rows of `from` that v keeps, into out. */
static uint32_t keep_rows(const tb_vector *v, tbi_keep mode, const tbi_sel *from, uint16_t *out)
{
    uint32_t m = 0;
    const uint8_t *d = v->data; /* read as boolean by the modes on values only */
    bool values = mode == TBI_KEEP_TRUE || mode == TBI_KEEP_NOT_TRUE || mode == TBI_KEEP_NOT_FALSE;
    if (values && v->valid == NULL && mode != TBI_KEEP_NOT_TRUE) {
        for (uint32_t k = 0; k < from->n; k++) {
            uint32_t i = row_at(from, k);
            out[m] = (uint16_t)i;
            m += d[i];
        }
        return m;
    }
    for (uint32_t k = 0; k < from->n; k++) {
        uint32_t i = row_at(from, k);
        out[m] = (uint16_t)i;
        m += keeps(mode, v->valid == NULL || tbi_bit(v->valid, i), values && d[i]);
    }
    return m;
}

/* Narrows `from` into `to` (may be the same selection). */
static void select_rows(const tb_vector *v, tbi_keep mode, const tbi_sel *from, tbi_sel *to)
{
    if (v->form == TB_VEC_CONST) {
        bool valid = v->valid == NULL || tbi_bit(v->valid, 0);
        bool all = keeps(mode, valid, valid && *(const uint8_t *)v->data != 0);
        if (to != from && from->sel != NULL)
            memcpy(to->own, from->sel, from->n * sizeof(uint16_t));
        if (to != from)
            to->sel = from->sel == NULL ? NULL : to->own;
        to->n = all ? from->n : 0;
        return;
    }
    uint32_t n = keep_rows(v, mode, from, to->own);
    if (from->sel == NULL && n == from->n) {
        to->sel = NULL;
    } else {
        to->sel = to->own;
    }
    to->n = n;
}

/* ---- kernels and calls ---- */

static void and_words(tb_vector *dst, const uint64_t *a, const uint64_t *b, uint32_t nrows)
{
    if (a == NULL && b == NULL) {
        dst->valid = NULL;
        return;
    }
    if (a == NULL || b == NULL) {
        memcpy(dst->valid, a == NULL ? b : a, (nrows + 63) / 64 * sizeof(uint64_t));
        return;
    }
    for (uint32_t w = 0; w < (nrows + 63) / 64; w++)
        dst->valid[w] = a[w] & b[w];
}

static bool const_null(const tb_vector *v)
{
    return v->form == TB_VEC_CONST && v->valid != NULL && !tbi_bit(v->valid, 0);
}

static void set_const_null(tb_vector *dst)
{
    dst->form = TB_VEC_CONST;
    dst->valid = (uint64_t *)no_bits;
}

static tb_rc run_kernel(tbi_eval *ev, const tbi_instr *in, const tbi_sel *s, tb_error *err)
{
    const tb_vector *a = ev->regs[in->a], *b = ev->regs[in->b];
    tb_vector *dst = tbi_eval_temp(ev, in->dst);
    if (const_null(a) || const_null(b)) {
        set_const_null(dst);
        return TB_OK;
    }
    tbi_kcx k = {
        .a = a, .b = b, .dst = dst, .sel = s->sel, .n = s->n, .arena = ev->arena, .err = err};
    if (a->form == TB_VEC_CONST && b->form == TB_VEC_CONST) {
        dst->form = TB_VEC_CONST;
        dst->valid = NULL;
        k.sel = NULL;
        k.n = 1;
        return in->kernel->run(&k);
    }
    and_words(dst, a->form == TB_VEC_CONST ? NULL : a->valid,
              b->form == TB_VEC_CONST ? NULL : b->valid, ev->nrows);
    if (in->kernel->total && s->sel != NULL && s->n * 4 > ev->nrows) {
        k.sel = NULL;
        k.n = ev->nrows;
    }
    return in->kernel->run(&k);
}

/* One scalar argument, opened once per batch. */
typedef struct operand {
    const char *data;
    const uint64_t *valid;
    uint32_t width;
    bool constant;
} operand;

static operand open_operand(const tb_vector *v)
{
    return (operand){.data = v->data,
                     .valid = v->valid,
                     .width = (uint32_t)tb_phys_width((tb_phys)v->phys),
                     .constant = v->form == TB_VEC_CONST};
}

static inline void load(const operand *o, uint32_t i, tb_value *to)
{
    if (o->constant)
        i = 0;
    to->null = o->valid != NULL && !tbi_bit(o->valid, i);
    if (to->null) {
        memset(&to->d, 0, sizeof to->d);
        return;
    }
    switch (o->width) {
    case 1:
        to->d.b = ((const uint8_t *)o->data)[i];
        return;
    case 2:
        to->d.i16 = ((const int16_t *)o->data)[i];
        return;
    case 4:
        to->d.i32 = ((const int32_t *)o->data)[i];
        return;
    case 8:
        to->d.i64 = ((const int64_t *)o->data)[i];
        return;
    default:
        memcpy(&to->d, o->data + (size_t)i * 16, 16);
        return;
    }
}

static inline void store(tb_vector *v, uint32_t i, uint32_t width, const tb_value *from)
{
    if (from->null) {
        tbi_bit_clear(v->valid, i);
        memset((char *)v->data + (size_t)i * width, 0, width);
        return;
    }
    tbi_bit_set(v->valid, i);
    memcpy((char *)v->data + (size_t)i * width, &from->d, width);
}

enum { LOCAL_ARGS = 8 };

static tb_rc run_call(tbi_eval *ev, const tbi_instr *in, const tbi_sel *s, tb_error *err)
{
    tbi_site *site = tbi_eval_site(ev, in, err);
    tb_fn_id fn = (tb_fn_id)in->a;
    site->cx.fn = fn;
    bool strict = (tb_fn_get(fn)->flags & TB_FF_STRICT) != 0;
    operand local[LOCAL_ARGS], *ops = local;
    if (in->nargs > LOCAL_ARGS)
        ops = tb_arena_alloc(ev->arena, in->nargs * sizeof *ops);
    bool constant = !in->volatile_;
    for (uint32_t a = 0; a < in->nargs; a++) {
        ops[a] = open_operand(ev->regs[in->args[a]]);
        constant &= ops[a].constant;
    }
    tb_vector *dst = tbi_eval_temp(ev, in->dst);
    uint32_t width = (uint32_t)tb_phys_width((tb_phys)dst->phys);
    uint32_t n = constant ? 1 : s->n;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = constant ? 0 : row_at(s, k);
        bool null = false;
        for (uint32_t a = 0; a < in->nargs; a++) {
            load(&ops[a], i, &site->args[a]);
            null |= site->args[a].null;
        }
        tb_value ret = {.null = true};
        if (!(null && strict))
            TB_TRY(in->fn(&site->cx, site->args, &ret));
        store(dst, i, width, &ret);
    }
    if (constant)
        dst->form = TB_VEC_CONST;
    return TB_OK;
}

/* ---- moving, logic ---- */

static void run_move(tbi_eval *ev, const tbi_instr *in, const tbi_sel *s)
{
    const tb_vector *a = ev->regs[in->a];
    tb_vector *dst = tbi_eval_temp(ev, in->dst);
    if (s->sel == NULL) {
        tbi_vector_copy(dst, 0, a, NULL, 0, s->n);
        return;
    }
    uint32_t width = (uint32_t)tb_phys_width((tb_phys)dst->phys);
    operand o = open_operand(a);
    for (uint32_t k = 0; k < s->n; k++) {
        tb_value v;
        load(&o, s->sel[k], &v);
        store(dst, s->sel[k], width, &v);
    }
}

/* dst = dst AND a, dst OR a. The deciding value (false for AND, true for OR) wins over NULL. */
static void run_junction(tbi_eval *ev, const tbi_instr *in, const tbi_sel *s)
{
    bool decider = in->op == TBI_OP_OR;
    const tb_vector *a = ev->regs[in->a];
    tb_vector *dst = &ev->temps[in->dst];
    uint8_t *d = dst->data;
    operand o = open_operand(a);
    for (uint32_t k = 0; k < s->n; k++) {
        uint32_t i = row_at(s, k), ai = o.constant ? 0 : i;
        bool av = o.valid == NULL || tbi_bit(o.valid, ai), x = av && o.data[ai];
        bool dv = tbi_bit(dst->valid, i);
        if (dv && d[i] == decider)
            continue;
        if (av && x == decider) {
            tbi_bit_set(dst->valid, i);
            d[i] = decider;
        } else if (!av) {
            tbi_bit_clear(dst->valid, i);
        }
    }
}

static void run_not(tbi_eval *ev, const tbi_instr *in, const tbi_sel *s)
{
    const tb_vector *a = ev->regs[in->a];
    tb_vector *dst = tbi_eval_temp(ev, in->dst);
    const uint8_t *x = a->data;
    uint8_t *d = dst->data;
    if (a->form == TB_VEC_CONST) {
        d[0] = !x[0];
        dst->form = TB_VEC_CONST;
        dst->valid = a->valid;
        return;
    }
    and_words(dst, a->valid, NULL, ev->nrows);
    for (uint32_t k = 0; k < s->n; k++) {
        uint32_t i = row_at(s, k);
        d[i] = !x[i];
    }
}

static bool test(tb_bool_test t, bool valid, bool value)
{
    switch (t) {
    case TB_IS_NULL:
        return !valid;
    case TB_IS_NOT_NULL:
        return valid;
    case TB_IS_TRUE:
        return valid && value;
    case TB_IS_NOT_TRUE:
        return !(valid && value);
    case TB_IS_FALSE:
        return valid && !value;
    case TB_IS_NOT_FALSE:
        return !valid || value;
    }
    TB_UNREACHABLE();
}

static void run_test(tbi_eval *ev, const tbi_instr *in, const tbi_sel *s)
{
    const tb_vector *a = ev->regs[in->a];
    tb_vector *dst = tbi_eval_temp(ev, in->dst);
    tb_bool_test mode = (tb_bool_test)in->mode;
    bool values = mode != TB_IS_NULL && mode != TB_IS_NOT_NULL, constant = a->form == TB_VEC_CONST;
    const uint8_t *x = a->data;
    uint8_t *d = dst->data;
    dst->valid = NULL;
    for (uint32_t k = 0; k < s->n; k++) {
        uint32_t i = row_at(s, k), ai = constant ? 0 : i;
        bool valid = a->valid == NULL || tbi_bit(a->valid, ai);
        d[i] = test(mode, valid, values && valid && x[ai]);
    }
}

static void run_distinct(tbi_eval *ev, const tbi_instr *in, const tbi_sel *s)
{
    const tb_vector *a = ev->regs[in->a], *b = ev->regs[in->b], *eq = ev->regs[in->args[0]];
    tb_vector *dst = tbi_eval_temp(ev, in->dst);
    uint8_t *d = dst->data;
    const uint8_t *same = eq->data;
    dst->valid = NULL;
    for (uint32_t k = 0; k < s->n; k++) {
        uint32_t i = row_at(s, k);
        bool an = !tb_vector_is_valid(a, i), bn = !tb_vector_is_valid(b, i);
        if (an || bn)
            d[i] = an != bn;
        else
            d[i] = !same[eq->form == TB_VEC_CONST ? 0 : i];
    }
}

static void run_nullif(tbi_eval *ev, const tbi_instr *in, const tbi_sel *s)
{
    const tb_vector *eq = ev->regs[in->b];
    tb_vector *dst = tbi_eval_temp(ev, in->dst);
    operand o = open_operand(ev->regs[in->a]), e = open_operand(eq);
    uint32_t width = (uint32_t)tb_phys_width((tb_phys)dst->phys);
    for (uint32_t k = 0; k < s->n; k++) {
        uint32_t i = row_at(s, k);
        tb_value v, same;
        load(&e, i, &same);
        load(&o, i, &v);
        if (!same.null && same.d.b)
            v = tb_value_null();
        store(dst, i, width, &v);
    }
}

static void run_best(tbi_eval *ev, const tbi_instr *in, const tbi_sel *s)
{
    tb_vector *dst = tbi_eval_temp(ev, in->dst);
    uint32_t width = (uint32_t)tb_phys_width((tb_phys)dst->phys);
    operand *ops = tb_arena_alloc(ev->arena, in->nargs * sizeof *ops);
    for (uint32_t a = 0; a < in->nargs; a++)
        ops[a] = open_operand(ev->regs[in->args[a]]);
    for (uint32_t k = 0; k < s->n; k++) {
        uint32_t i = row_at(s, k);
        tb_value best = tb_value_null(), v;
        for (uint32_t a = 0; a < in->nargs; a++) {
            load(&ops[a], i, &v);
            if (v.null)
                continue;
            int c = best.null ? 0 : tb_value_cmp(dst->type, &v.d, &best.d);
            if (best.null || (in->mode ? c > 0 : c < 0))
                best = v;
        }
        store(dst, i, width, &best);
    }
}

static void run_relabel(tbi_eval *ev, const tbi_instr *in)
{
    tb_type_id type = ev->prog->regs.at[in->dst].type;
    ev->temps[in->dst] = *ev->regs[in->a];
    ev->temps[in->dst].type = type;
    ev->temps[in->dst].phys = (uint8_t)tb_type_phys(type);
}

/* ---- the loop ---- */

static tb_rc step(tbi_eval *ev, const tbi_instr *in, const tbi_sel *s, tb_error *err)
{
    switch ((tbi_opcode)in->op) {
    case TBI_OP_KERNEL:
        return run_kernel(ev, in, s, err);
    case TBI_OP_CALL:
        return run_call(ev, in, s, err);
    case TBI_OP_MOVE:
        run_move(ev, in, s);
        return TB_OK;
    case TBI_OP_AND:
    case TBI_OP_OR:
        run_junction(ev, in, s);
        return TB_OK;
    case TBI_OP_NOT:
        run_not(ev, in, s);
        return TB_OK;
    case TBI_OP_TEST:
        run_test(ev, in, s);
        return TB_OK;
    case TBI_OP_DISTINCT:
        run_distinct(ev, in, s);
        return TB_OK;
    case TBI_OP_NULLIF:
        run_nullif(ev, in, s);
        return TB_OK;
    case TBI_OP_BEST:
        run_best(ev, in, s);
        return TB_OK;
    case TBI_OP_RELABEL:
        run_relabel(ev, in);
        return TB_OK;
    case TBI_OP_IO_CAST:
    case TBI_OP_ARRAY:
    case TBI_OP_ROW:
    case TBI_OP_ARRAY_OP:
    case TBI_OP_ARRAY_CAST:
    case TBI_OP_SUBSCRIPT:
    case TBI_OP_FIELD:
        return tbi_eval_compound(ev, in, err);
    case TBI_OP_PUSH:
    case TBI_OP_IF:
    case TBI_OP_NARROW:
    case TBI_OP_POP:
        break;
    }
    TB_UNREACHABLE();
}

static tb_rc run(tbi_eval *ev, tb_error *err)
{
    const tbi_prog *p = ev->prog;
    for (uint32_t pc = 0; pc < p->code.n;) {
        const tbi_instr *in = &p->code.at[pc++];
        tbi_sel *s = &ev->stack[ev->top];
        switch ((tbi_opcode)in->op) {
        case TBI_OP_PUSH: {
            tbi_sel *to = &ev->stack[++ev->top];
            if (s->sel != NULL)
                memcpy(to->own, s->sel, s->n * sizeof(uint16_t));
            to->sel = s->sel == NULL ? NULL : to->own;
            to->n = s->n;
            continue;
        }
        case TBI_OP_IF:
            select_rows(ev->regs[in->a], (tbi_keep)in->mode, s, s + 1);
            if (s[1].n == 0)
                pc = in->target;
            else
                ev->top++;
            continue;
        case TBI_OP_NARROW:
            select_rows(ev->regs[in->a], (tbi_keep)in->mode, s, s);
            if (s->n == 0)
                pc = in->target;
            continue;
        case TBI_OP_POP:
            ev->top--;
            continue;
        case TBI_OP_KERNEL:
        case TBI_OP_CALL:
        case TBI_OP_MOVE:
        case TBI_OP_AND:
        case TBI_OP_OR:
        case TBI_OP_NOT:
        case TBI_OP_TEST:
        case TBI_OP_DISTINCT:
        case TBI_OP_NULLIF:
        case TBI_OP_BEST:
        case TBI_OP_RELABEL:
        case TBI_OP_IO_CAST:
        case TBI_OP_ARRAY:
        case TBI_OP_ROW:
        case TBI_OP_ARRAY_OP:
        case TBI_OP_ARRAY_CAST:
        case TBI_OP_SUBSCRIPT:
        case TBI_OP_FIELD:
            TB_TRY(step(ev, in, s, err));
            continue;
        }
        TB_UNREACHABLE();
    }
    return TB_OK;
}

static void begin(tbi_eval *ev, const tb_batch *in)
{
    const tbi_prog *p = ev->prog;
    TB_CHECK(in->nrows <= ev->rows);
    tb_arena_reset(ev->arena);
    ev->nrows = in->nrows;
    for (uint32_t r = 0; r < p->regs.n; r++) {
        const tbi_reg *reg = &p->regs.at[r];
        if (reg->kind == TBI_REG_INPUT)
            ev->regs[r] = &in->cols[reg->input];
        else if (reg->kind == TBI_REG_OUTER)
            const_vector(&ev->temps[r], reg->type, reg->value);
    }
    ev->top = 0;
    ev->stack[0].sel = in->sel;
    ev->stack[0].n = in->nsel;
}

tb_rc tbi_eval_run(tbi_eval *ev, const tb_batch *in, const tb_vector **out, tb_error *err)
{
    begin(ev, in);
    const tbi_prog *p = ev->prog;
    if (in->nsel > 0)
        TB_TRY(run(ev, err));
    for (uint32_t i = 0; i < p->nout; i++) {
        if (in->nsel == 0 && p->regs.at[p->out[i]].kind == TBI_REG_TEMP)
            tbi_eval_temp(ev, p->out[i]);
        out[i] = ev->regs[p->out[i]];
    }
    return TB_OK;
}

tb_rc tbi_eval_filter(tbi_eval *ev, const tb_batch *in, const uint16_t **sel, uint32_t *n,
                      tb_error *err)
{
    begin(ev, in);
    if (in->nsel > 0)
        TB_TRY(run(ev, err));
    *sel = ev->stack[0].sel;
    *n = ev->stack[0].n;
    return TB_OK;
}

tb_rc tb_exec_eval(const tb_stmt *stmt, tb_arena *arena, const tb_expr *e, tb_value *out,
                   tb_error *err)
{
    tb_arena *tmp = tb_arena_create(0);
    tbi_scope sc = {.stmt = stmt};
    tbi_prog *p;
    tb_expr *one = (tb_expr *)e;
    tb_rc rc = tbi_prog_exprs(tmp, &sc, &one, 1, &p, err);
    if (rc == TB_OK) {
        tbi_eval *ev = tbi_eval_create(p, 1);
        tb_batch row = {.nrows = 1, .nsel = 1};
        const tb_vector *v;
        rc = tbi_eval_run(ev, &row, &v, err);
        if (rc == TB_OK)
            *out = tb_value_copy(arena, e->type.id, tb_vector_get(v, 0));
        tbi_eval_destroy(ev);
    }
    tb_arena_destroy(tmp);
    return rc;
}
