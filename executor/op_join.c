/* SPDX-License-Identifier: Apache-2.0
 * JOIN: from the plan node to what the join algorithms need, and what they share.
 */
#include "executor/join_int.h"

/* ---- keys ---- */

static tb_expr *relabel(tb_arena *arena, tb_expr *e, tb_type_id to)
{
    if (e->type.id == to || tb_type_phys(e->type.id) != tb_type_phys(to))
        return e;
    tb_expr *r = tb_expr_new(arena, TB_X_RELABEL, tb_type_of(to), e->pos);
    r->arg = e;
    return r;
}

static bool is_polymorphic(tb_type_id t)
{
    return t == TB_T_ANY || t == TB_T_ANYARRAY || t == TB_T_ANYELEMENT || t == TB_T_ANYNONARRAY ||
           t == TB_T_ANYCOMPATIBLE || t == TB_T_ANYCOMPATIBLEARRAY || t == TB_T_RECORD;
}

/* The common type two operands of different types are hashed as; TB_T_NONE if there is none. */
static tb_type_id common_type(tb_type_id a, tb_type_id b)
{
    static const tb_type_id families[][4] = {
        {TB_T_INT2, TB_T_INT4, TB_T_INT8, TB_T_NONE},
        {TB_T_FLOAT4, TB_T_FLOAT8, TB_T_NONE, TB_T_NONE},
        {TB_T_DATE, TB_T_TIMESTAMP, TB_T_NONE, TB_T_NONE},
        {TB_T_DATE, TB_T_TIMESTAMP, TB_T_TIMESTAMPTZ, TB_T_NONE},
        {TB_T_NAME, TB_T_TEXT, TB_T_NONE, TB_T_NONE},
    };
    for (size_t f = 0; f < TB_COUNT(families); f++) {
        int ia = -1, ib = -1;
        for (int i = 0; i < 4 && families[f][i] != TB_T_NONE; i++) {
            if (families[f][i] == a)
                ia = i;
            if (families[f][i] == b)
                ib = i;
        }
        if (ia >= 0 && ib >= 0)
            return families[f][0] == TB_T_INT2 ? TB_T_INT8 : families[f][ia > ib ? ia : ib];
    }
    return TB_T_NONE;
}

static tb_expr *cast_to(tb_arena *arena, tb_expr *e, tb_type_id to)
{
    if (e->type.id == to)
        return e;
    if (tb_type_is_string(e->type.id))
        return relabel(arena, e, to);
    const tb_cast_info *cast = tb_cast_lookup(e->type.id, to);
    if (cast == NULL || cast->method != TB_CAST_FN || tb_fn_get(cast->fn)->nargs != 1)
        return NULL;
    return tb_expr_call1(arena, cast->fn, tb_type_of(to), e);
}

/* Brings both sides of a key to one type; false when they cannot be hashed together. */
static bool unify(tb_arena *arena, const tb_join_key *k, tb_expr **left, tb_expr **right)
{
    const tb_fn_info *eq = tb_fn_get(k->eq);
    *left = k->left;
    *right = k->right;
    if (!is_polymorphic(eq->args[0]))
        *left = relabel(arena, *left, eq->args[0]);
    if (!is_polymorphic(eq->args[1]))
        *right = relabel(arena, *right, eq->args[1]);
    if ((*left)->type.id == (*right)->type.id)
        return true;
    tb_type_id to = common_type((*left)->type.id, (*right)->type.id);
    if (to == TB_T_NONE)
        return false;
    *left = cast_to(arena, *left, to);
    *right = cast_to(arena, *right, to);
    return *left != NULL && *right != NULL;
}

/* A key that cannot be hashed, as an ordinary condition. NULL operands make it unknown only where
 * that is asked for. */
static tb_expr *as_condition(tb_arena *arena, const tb_join_key *k)
{
    if (!k->null_safe) {
        tb_expr *eq = tb_expr_call2(arena, k->eq, tb_type_of(TB_T_BOOL), k->left, k->right);
        if (k->unknown)
            return eq;
        tb_expr *test = tb_expr_new(arena, TB_X_TEST, tb_type_of(TB_T_BOOL), -1);
        test->test.test = TB_IS_TRUE;
        test->test.arg = eq;
        return test;
    }
    tb_expr *e = tb_expr_new(arena, TB_X_DISTINCT_FROM, tb_type_of(TB_T_BOOL), -1);
    e->distinct.eq = k->eq;
    e->distinct.left = k->left;
    e->distinct.right = k->right;
    return tb_expr_not(arena, e);
}

static void take_conditions(tb_arena *arena, const tb_plan *p, bool swap, bool hash, tbi_join *j)
{
    uint32_t nkeys = p->join.nkeys, nres = p->join.nresidual;
    tb_expr **residual = p->join.residual;
    if (nkeys == 0 && nres == 0) {
        residual = p->join.conds;
        nres = p->join.nconds;
    }
    j->probe_keys = TB_NEW_ARRAY(arena, tb_expr *, nkeys + 1);
    j->build_keys = TB_NEW_ARRAY(arena, tb_expr *, nkeys + 1);
    j->null_safe = TB_NEW_ARRAY(arena, bool, nkeys + 1);
    j->residual = TB_NEW_ARRAY(arena, tb_expr *, nkeys + nres + 1);
    for (uint32_t i = 0; i < nkeys; i++) {
        const tb_join_key *k = &p->join.keys[i];
        tb_expr *left, *right;
        if (!hash || !unify(arena, k, &left, &right)) {
            j->residual[j->nresidual++] = as_condition(arena, k);
            continue;
        }
        j->probe_keys[j->nkeys] = swap ? right : left;
        j->build_keys[j->nkeys] = swap ? left : right;
        j->null_safe[j->nkeys++] = k->null_safe;
        j->unknown |= k->unknown;
    }
    for (uint32_t i = 0; i < nres; i++)
        if (!tb_expr_is_true(residual[i]))
            j->residual[j->nresidual++] = residual[i];
}

/* ---- modes ---- */

static void set_modes(tb_join_type type, bool swap, tbi_join *j)
{
    switch (type) {
    case TB_JOIN_INNER:
        j->pairs = true;
        return;
    case TB_JOIN_LEFT:
    case TB_JOIN_SINGLE:
        j->pairs = true;
        j->single = type == TB_JOIN_SINGLE;
        j->probe_mode = swap ? TBI_PROBE_NONE : TBI_PROBE_OUTER;
        j->build_mode = swap ? TBI_BUILD_OUTER : TBI_BUILD_NONE;
        return;
    case TB_JOIN_RIGHT:
        j->pairs = true;
        j->probe_mode = swap ? TBI_PROBE_OUTER : TBI_PROBE_NONE;
        j->build_mode = swap ? TBI_BUILD_NONE : TBI_BUILD_OUTER;
        return;
    case TB_JOIN_FULL:
        j->pairs = true;
        j->probe_mode = TBI_PROBE_OUTER;
        j->build_mode = TBI_BUILD_OUTER;
        return;
    case TB_JOIN_SEMI:
        j->probe_mode = swap ? TBI_PROBE_NONE : TBI_PROBE_SEMI;
        j->build_mode = swap ? TBI_BUILD_SEMI : TBI_BUILD_NONE;
        return;
    case TB_JOIN_ANTI:
        j->probe_mode = swap ? TBI_PROBE_NONE : TBI_PROBE_ANTI;
        j->build_mode = swap ? TBI_BUILD_ANTI : TBI_BUILD_NONE;
        return;
    case TB_JOIN_NULL_ANTI:
        j->probe_mode = TBI_PROBE_NOT_IN;
        return;
    case TB_JOIN_MARK:
        j->probe_mode = TBI_PROBE_MARK;
        return;
    }
    TB_UNREACHABLE();
}

/* ---- columns ---- */

typedef struct keep_cx {
    tb_arena *arena;
    const tb_plan *build;
    TB_LIST(tb_colid) kept;
} keep_cx;

static void keep(tb_colid col, void *ctx)
{
    keep_cx *k = ctx;
    if (!tb_plan_outputs(k->build, col))
        return;
    for (uint32_t i = 0; i < k->kept.n; i++)
        if (k->kept.at[i] == col)
            return;
    tb_list_push(k->arena, &k->kept, col);
}

static tb_rc map_output(tbi_build *b, tbi_join *j, tb_error *err)
{
    const tb_plan *p = j->plan;
    tb_arena *arena = b->run->arena;
    keep_cx k = {.arena = arena, .build = j->build};
    for (uint32_t i = 0; i < p->nout; i++)
        if (!tb_plan_outputs(j->probe, p->out[i]))
            keep(p->out[i], &k);
    for (uint32_t i = 0; i < j->nresidual; i++)
        tb_expr_each_col(j->residual[i], keep, &k);
    j->kept = k.kept.at;
    j->nkept = k.kept.n;
    j->nout = p->nout;
    j->out = TB_NEW_ARRAY(arena, tbi_join_col, p->nout + 1);
    j->out_types = tbi_plan_types(b->exec, arena, p);
    for (uint32_t i = 0; i < p->nout; i++) {
        tbi_join_col *o = &j->out[i];
        if (p->join.type == TB_JOIN_MARK && p->out[i] == p->join.mark) {
            o->from = TBI_FROM_MARK;
            continue;
        }
        o->from = tb_plan_outputs(j->probe, p->out[i]) ? TBI_FROM_PROBE : TBI_FROM_BUILD;
        if (o->from == TBI_FROM_PROBE)
            TB_TRY(tbi_col_index(j->probe->out, j->probe->nout, p->out[i], &o->at, err));
        else
            TB_TRY(tbi_col_index(j->kept, j->nkept, p->out[i], &o->at, err));
    }
    return TB_OK;
}

tb_rc tbi_join_new(tbi_build *b, const tb_plan *p, bool hash, tbi_join **out, tb_error *err)
{
    tbi_join *j = *out = TB_NEW(b->run->arena, tbi_join);
    tb_join_type type = p->join.type;
    bool swap = p->join.build_left && !p->join.lateral && type != TB_JOIN_SINGLE &&
                type != TB_JOIN_NULL_ANTI && type != TB_JOIN_MARK;
    j->plan = p;
    j->probe = p->in[swap ? 1 : 0];
    j->build = p->in[swap ? 0 : 1];
    j->protected_ = tbi_plan_protected(b->exec, p);
    set_modes(type, swap, j);
    take_conditions(b->run->arena, p, swap, hash, j);
    return map_output(b, j, err);
}

tb_rc tbi_build_join(tbi_build *b, const tb_plan *p, tbi_pipe *pipe, tbi_op *down, tb_error *err)
{
    tbi_join *j;
    TB_TRY(tbi_join_new(b, p, true, &j, err));
    return j->nkeys > 0 ? tbi_build_hash_join(b, j, pipe, down, err)
                        : tbi_build_nested_join(b, j, pipe, down, err);
}

/* ---- shared by the algorithms ---- */

static const uint64_t no_bits[1] = {0};
static const tb_datum zero;

tb_vector tbi_null_vector(tb_type_id type)
{
    return (tb_vector){.type = type,
                       .phys = (uint8_t)tb_type_phys(type),
                       .form = TB_VEC_CONST,
                       .valid = (uint64_t *)no_bits,
                       .data = (void *)&zero};
}

tb_rc tbi_single_error(tb_error *err)
{
    return TB_RAISE(err, TB_E_CARDINALITY_VIOLATION,
                    "more than one row returned by a subquery used as an expression");
}

void tbi_probe_end_init(tbi_probe_end *e, tb_arena *arena, const tbi_join *j)
{
    e->join = j;
    e->cols = TB_NEW_ARRAY(arena, tb_vector, j->nout + 1);
    e->sel = TB_NEW_ARRAY(arena, uint16_t, TB_BATCH_ROWS);
    if (j->probe_mode == TBI_PROBE_MARK) {
        e->marks = TB_NEW_ARRAY(arena, uint8_t, TB_BATCH_ROWS);
        e->mark_valid = TB_NEW_ARRAY(arena, uint64_t, TB_BATCH_WORDS);
    }
}

static bool wanted(tbi_probe_mode mode, bool matched, bool unknown)
{
    switch (mode) {
    case TBI_PROBE_NONE:
        return false;
    case TBI_PROBE_OUTER:
    case TBI_PROBE_ANTI:
        return !matched;
    case TBI_PROBE_SEMI:
        return matched;
    case TBI_PROBE_MARK:
        return true;
    case TBI_PROBE_NOT_IN:
        return !matched && !unknown;
    }
    TB_UNREACHABLE();
}

tb_rc tbi_probe_finish(tbi_probe_end *e, tbi_op *op, tbi_worker *w, const tb_batch *in,
                       const uint16_t *sel, uint32_t n, const uint64_t *matched,
                       const uint64_t *unknown, tb_error *err)
{
    const tbi_join *j = e->join;
    if (j->probe_mode == TBI_PROBE_NONE)
        return TB_OK;
    uint32_t m = 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t row = sel == NULL ? k : sel[k];
        bool yes = tbi_bit(matched, row), maybe = unknown != NULL && tbi_bit(unknown, row);
        e->sel[m] = (uint16_t)row;
        m += wanted(j->probe_mode, yes, maybe);
        if (e->marks == NULL)
            continue;
        e->marks[row] = yes;
        if (!yes && maybe)
            tbi_bit_clear(e->mark_valid, row);
        else
            tbi_bit_set(e->mark_valid, row);
    }
    for (uint32_t c = 0; c < j->nout; c++) {
        const tbi_join_col *o = &j->out[c];
        if (o->from == TBI_FROM_PROBE)
            e->cols[c] = in->cols[o->at];
        else if (o->from == TBI_FROM_BUILD)
            e->cols[c] = tbi_null_vector(j->out_types[c]);
        else
            e->cols[c] = (tb_vector){.type = TB_T_BOOL,
                                     .phys = TB_PHYS_BOOL,
                                     .form = TB_VEC_FLAT,
                                     .valid = e->mark_valid,
                                     .data = e->marks};
    }
    tb_batch out = {.nrows = in->nrows,
                    .nsel = m,
                    .sel = e->sel,
                    .ncols = (uint16_t)j->nout,
                    .cols = e->cols,
                    .arena = in->arena};
    return tbi_emit(op, w, &out, err);
}
