/* SPDX-License-Identifier: Apache-2.0
 * Expression instructions that work a row at a time on values with inner structure: ARRAY[], ROW(),
 * op ANY/ALL (array), subscripts, record fields, element-wise and text casts.
 *
 * Entry point: tbi_eval_compound.
 */
#include "executor/eval_int.h"

#include "core/array.h"
#include "core/io_text.h"
#include "core/record.h"
#include "executor/fn_int.h"

static inline uint32_t row_at(const tbi_sel *s, uint32_t k)
{
    return s->sel == NULL ? k : s->sel[k];
}

static void load_args(tbi_eval *ev, const tbi_instr *in, tbi_site *site, uint32_t row)
{
    for (uint32_t a = 0; a < in->nargs; a++)
        if (in->args[a] != UINT32_MAX)
            site->args[a] = tb_vector_get(ev->regs[in->args[a]], row);
}

static void put(tb_vector *v, uint32_t i, tb_value value)
{
    size_t width = tb_phys_width((tb_phys)v->phys);
    if (value.null) {
        tbi_bit_clear(v->valid, i);
        memset((char *)v->data + i * width, 0, width);
        return;
    }
    tbi_bit_set(v->valid, i);
    memcpy((char *)v->data + i * width, &value.d, width);
}

/* ---- constructors ---- */

static tb_rc make_array(tbi_eval *ev, const tbi_instr *in, tbi_site *s, tb_value *ret,
                        tb_error *err)
{
    tb_type_id elem = tb_type_elem(in->e->type.id);
    if (in->nargs > 0 && tb_type_is_array(s->argtypes[0])) {
        *ret = tb_value_str((tb_str){0});
        return tb_array_nest(ev->arena, elem, s->args, in->nargs, &ret->d.str, err);
    }
    *ret = tb_value_str(tb_array_build_1d(ev->arena, elem, s->args, in->nargs));
    return TB_OK;
}

static tb_value make_row(tbi_eval *ev, const tbi_instr *in, tbi_site *s)
{
    return tb_value_str(
        tb_record_build(ev->arena, in->nargs, s->argtypes, s->args, in->e->list.names));
}

/* ---- subscripts and fields ---- */

static tb_value take_slice(tbi_eval *ev, const tb_array *a, const tb_value *args, uint32_t n,
                           const uint32_t *regs)
{
    int32_t lower[TB_ARRAY_MAX_DIM], upper[TB_ARRAY_MAX_DIM];
    bool has_lower[TB_ARRAY_MAX_DIM], has_upper[TB_ARRAY_MAX_DIM];
    for (uint32_t k = 0; k < n; k++) {
        has_lower[k] = regs[1 + k] != UINT32_MAX;
        has_upper[k] = regs[1 + n + k] != UINT32_MAX;
        if ((has_lower[k] && args[1 + k].null) || (has_upper[k] && args[1 + n + k].null))
            return tb_value_null();
        lower[k] = has_lower[k] ? args[1 + k].d.i32 : 0;
        upper[k] = has_upper[k] ? args[1 + n + k].d.i32 : 0;
    }
    return tb_value_str(tb_array_slice(a, ev->arena, (int)n, lower, has_lower, upper, has_upper));
}

static tb_value take_subscript(tbi_eval *ev, const tbi_instr *in, tbi_site *s)
{
    uint32_t n = in->e->subscript.n;
    if (s->args[0].null || n > TB_ARRAY_MAX_DIM)
        return tb_value_null();
    tb_array a;
    tb_array_open(&s->args[0].d.str, &a);
    if (in->e->subscript.slice)
        return take_slice(ev, &a, s->args, n, in->args);
    int32_t subs[TB_ARRAY_MAX_DIM];
    for (uint32_t k = 0; k < n; k++) {
        if (s->args[1 + n + k].null)
            return tb_value_null();
        subs[k] = s->args[1 + n + k].d.i32;
    }
    /* the element may point into a short array that lives in the argument: give it a lasting home
     */
    return tb_value_copy(ev->arena, in->e->type.id,
                         tb_array_subscript(&a, ev->arena, subs, (int)n));
}

static tb_value take_field(tbi_eval *ev, const tbi_instr *in, tbi_site *s)
{
    if (s->args[0].null || in->e->field.index >= tb_record_count(&s->args[0].d.str))
        return tb_value_null();
    return tb_value_copy(ev->arena, in->e->type.id,
                         tb_record_get(&s->args[0].d.str, ev->arena, in->e->field.index, NULL));
}

/* ---- op ANY / ALL (array) ---- */

/* The array of the last row, opened; a constant list is opened once per batch. */
typedef struct list_state {
    tb_str array;
    tb_array open;
    tb_value *elems;
} list_state;

static tb_rc quantify(const tbi_instr *in, tbi_site *s, const list_state *l, tb_value *ret)
{
    bool all = in->e->array_op.all, unknown = false;
    bool strict = (tb_fn_get(in->e->array_op.fn)->flags & TB_FF_STRICT) != 0;
    tb_value args[2] = {s->args[0]};
    for (uint32_t i = 0; i < l->open.n; i++) {
        args[1] = l->elems[i];
        tb_value r = {.null = true};
        if (!(strict && (args[0].null || args[1].null)))
            TB_TRY(in->fn(&s->cx, args, &r));
        if (r.null) {
            unknown = true;
        } else if (r.d.b != all) {
            *ret = tb_value_bool(!all);
            return TB_OK;
        }
    }
    *ret = unknown ? tb_value_null() : tb_value_bool(all);
    return TB_OK;
}

static tb_rc apply_array_op(tbi_eval *ev, const tbi_instr *in, tbi_site *s, tb_value *ret)
{
    if (s->args[1].null) {
        *ret = tb_value_null();
        return TB_OK;
    }
    list_state *l = s->extra;
    const tb_str *array = &s->args[1].d.str;
    if (l == NULL)
        s->extra = l = TB_NEW(ev->memo, list_state);
    if (l->elems == NULL || memcmp(&l->array, array, sizeof *array) != 0) {
        l->array = *array;
        tb_array_open(&l->array, &l->open);
        l->elems = TB_NEW_ARRAY(ev->arena, tb_value, l->open.n + 1);
        for (uint32_t i = 0; i < l->open.n; i++)
            l->elems[i] = tb_array_get(&l->open, ev->arena, i);
    }
    s->cx.fn = in->e->array_op.fn;
    s->cx.ret = TB_T_BOOL;
    tb_type_id types[2] = {s->argtypes[0], l->open.elem};
    s->cx.argtype = types;
    tb_rc rc = quantify(in, s, l, ret);
    s->cx.argtype = s->argtypes;
    return rc;
}

/* ---- casts ---- */

static tb_rc cast_elements(tbi_eval *ev, const tbi_instr *in, tbi_site *s, tb_value *ret,
                           tb_error *err)
{
    *ret = s->args[0];
    if (ret->null)
        return TB_OK;
    tb_array a;
    tb_array_open(&s->args[0].d.str, &a);
    tb_type_id to = tb_type_elem(in->e->type.id);
    tb_value *elems = TB_NEW_ARRAY(ev->arena, tb_value, a.n + 1);
    if (s->sub == NULL)
        s->sub = tbi_eval_create(in->sub, 1);
    for (uint32_t i = 0; i < a.n; i++) {
        tb_value v = tb_array_get(&a, ev->arena, i);
        uint64_t valid = !v.null;
        tb_vector col = {
            .type = a.elem, .phys = (uint8_t)tb_type_phys(a.elem), .valid = &valid, .data = &v.d};
        tb_batch row = {.nrows = 1, .nsel = 1, .ncols = 1, .cols = &col};
        const tb_vector *out;
        TB_TRY(tbi_eval_run(s->sub, &row, &out, err));
        elems[i] = tb_value_copy(ev->arena, to, tb_vector_get(out, 0));
    }
    *ret =
        tb_value_str(a.ndim == 0 ? tb_array_build_1d(ev->arena, to, NULL, 0)
                                 : tb_array_build(ev->arena, to, a.ndim, a.dims, a.lower, elems));
    return TB_OK;
}

static tb_rc cast_by_text(tbi_eval *ev, const tbi_instr *in, tbi_site *s, tb_value *ret,
                          tb_error *err)
{
    *ret = s->args[0];
    if (ret->null)
        return TB_OK;
    tb_type to = in->e->type;
    tb_str text = tbi_text_of(&s->cx, s->argtypes[0], &s->args[0]);
    if (to.id == TB_T_TEXT || to.id == TB_T_VARCHAR || to.id == TB_T_BPCHAR) {
        *ret = tb_value_str(text);
        if (to.typmod < 0)
            return TB_OK;
        return tb_str_apply_typmod(ev->arena, to.id, text, to.typmod, in->e->io_cast.explicit_,
                                   &ret->d.str, err);
    }
    tb_io_cx io = tbi_io_cx(s->cx.env, ev->arena, in->hide);
    return tb_text_in(&io, to, tb_str_data(&text), text.len, ret, err);
}

/* ---- dispatch ---- */

static tb_rc one_row(tbi_eval *ev, const tbi_instr *in, tbi_site *s, tb_value *ret, tb_error *err)
{
    if (in->op == TBI_OP_IO_CAST)
        return cast_by_text(ev, in, s, ret, err);
    if (in->op == TBI_OP_ARRAY)
        return make_array(ev, in, s, ret, err);
    if (in->op == TBI_OP_ARRAY_OP)
        return apply_array_op(ev, in, s, ret);
    if (in->op == TBI_OP_ARRAY_CAST)
        return cast_elements(ev, in, s, ret, err);
    if (in->op == TBI_OP_ROW)
        *ret = make_row(ev, in, s);
    else if (in->op == TBI_OP_SUBSCRIPT)
        *ret = take_subscript(ev, in, s);
    else if (in->op == TBI_OP_FIELD)
        *ret = take_field(ev, in, s);
    else
        TB_UNREACHABLE();
    return TB_OK;
}

tb_rc tbi_eval_compound(tbi_eval *ev, const tbi_instr *in, tb_error *err)
{
    const tbi_sel *sel = &ev->stack[ev->top];
    tbi_site *s = tbi_eval_site(ev, in, err);
    if (in->op == TBI_OP_ARRAY_OP && s->extra != NULL)
        ((list_state *)s->extra)->elems = NULL; /* they lived in the last run's arena */
    tb_vector *dst = tbi_eval_temp(ev, in->dst);
    for (uint32_t k = 0; k < sel->n; k++) {
        uint32_t i = row_at(sel, k);
        tb_value ret = {.null = true};
        load_args(ev, in, s, i);
        TB_TRY(one_row(ev, in, s, &ret, err));
        put(dst, i, ret);
    }
    return TB_OK;
}
