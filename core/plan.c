/* SPDX-License-Identifier: Apache-2.0
 * Plan nodes: construction, names, the expression slots of each kind, copies.
 */
#include "core/plan.h"

static const char *const kind_names[] = {
#define TB_PLAN(kind, inputs, doc) [TB_P_##kind] = #kind,
#include "core/plan_kinds.def"
#undef TB_PLAN
};

static const int kind_inputs[] = {
#define TB_PLAN(kind, inputs, doc) [TB_P_##kind] = (inputs),
#include "core/plan_kinds.def"
#undef TB_PLAN
};

static const char *const join_names[] = {
    [TB_JOIN_INNER] = "INNER",         [TB_JOIN_LEFT] = "LEFT", [TB_JOIN_RIGHT] = "RIGHT",
    [TB_JOIN_FULL] = "FULL",           [TB_JOIN_SEMI] = "SEMI", [TB_JOIN_ANTI] = "ANTI",
    [TB_JOIN_NULL_ANTI] = "NULL ANTI", [TB_JOIN_MARK] = "MARK", [TB_JOIN_SINGLE] = "SINGLE",
};

const char *tb_plan_kind_name(tb_plan_kind kind)
{
    TB_CHECK(kind < TB_PLAN_KIND_COUNT);
    return kind_names[kind];
}

int tb_plan_inputs(tb_plan_kind kind)
{
    TB_CHECK(kind < TB_PLAN_KIND_COUNT);
    return kind_inputs[kind];
}

const char *tb_join_type_name(tb_join_type type)
{
    TB_CHECK(type < TB_COUNT(join_names));
    return join_names[type];
}

tb_plan *tb_plan_new(tb_arena *arena, tb_plan_kind kind, tb_plan *in0, tb_plan *in1)
{
    int inputs = tb_plan_inputs(kind);
    TB_CHECK((inputs >= 1) == (in0 != NULL) && (inputs == 2) == (in1 != NULL));
    tb_plan *p = TB_NEW(arena, tb_plan);
    p->kind = kind;
    p->in[0] = in0;
    p->in[1] = in1;
    p->rows = p->width = -1;
    return p;
}

void tb_plan_set_out(tb_arena *arena, tb_plan *p, const tb_colid *cols, uint32_t n)
{
    p->nout = n;
    p->out = n > 0 ? tb_arena_memdup(arena, cols, n * sizeof *cols) : NULL;
}

bool tb_plan_outputs(const tb_plan *p, tb_colid col)
{
    for (uint32_t i = 0; i < p->nout; i++)
        if (p->out[i] == col)
            return true;
    return false;
}

/* ---- expression slots ---- */

typedef struct slots {
    tb_expr_slot_visit visit;
    void *ctx;
    tb_error *err;
} slots;

static tb_rc one(const slots *s, tb_expr **slot)
{
    return *slot == NULL ? TB_OK : s->visit(slot, s->ctx, s->err);
}

static tb_rc many(const slots *s, tb_expr **list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        TB_TRY(one(s, &list[i]));
    return TB_OK;
}

static tb_rc values_slots(const slots *s, tb_plan *p)
{
    for (uint32_t r = 0; r < p->values.nrows; r++)
        TB_TRY(many(s, p->values.rows[r], p->nout));
    return TB_OK;
}

static tb_rc func_slots(const slots *s, tb_plan *p)
{
    tb_func_item *items = (tb_func_item *)p->func.items;
    for (uint32_t i = 0; i < p->func.n; i++)
        TB_TRY(one(s, &items[i].call));
    return TB_OK;
}

static tb_rc project_slots(const slots *s, tb_plan *p)
{
    tb_assign *items = (tb_assign *)p->project.items;
    for (uint32_t i = 0; i < p->project.n; i++)
        TB_TRY(one(s, &items[i].expr));
    return TB_OK;
}

static tb_rc join_slots(const slots *s, tb_plan *p)
{
    TB_TRY(many(s, p->join.conds, p->join.nconds));
    tb_join_key *keys = (tb_join_key *)p->join.keys;
    for (uint32_t i = 0; i < p->join.nkeys; i++) {
        TB_TRY(one(s, &keys[i].left));
        TB_TRY(one(s, &keys[i].right));
    }
    return many(s, p->join.residual, p->join.nresidual);
}

static tb_rc window_slots(const slots *s, tb_plan *p)
{
    tb_winfn *fns = (tb_winfn *)p->window.fns;
    for (uint32_t i = 0; i < p->window.n; i++) {
        TB_TRY(one(s, &fns[i].frame.start_offset));
        TB_TRY(one(s, &fns[i].frame.end_offset));
    }
    return TB_OK;
}

tb_rc tb_plan_each_expr(tb_plan *p, tb_expr_slot_visit visit, void *ctx, tb_error *err)
{
    slots s = {visit, ctx, err};
    switch (p->kind) {
    case TB_P_SCAN:
    case TB_P_ROW:
    case TB_P_EMPTY:
    case TB_P_AGG:
    case TB_P_SORT:
    case TB_P_DISTINCT_ON:
    case TB_P_SETOP:
    case TB_P_CTE:
    case TB_P_CTE_REF:
    case TB_P_RECURSIVE:
    case TB_P_BARRIER:
    case TB_P_FRAGMENT:
        return TB_OK;
    case TB_P_VALUES:
        return values_slots(&s, p);
    case TB_P_FUNC:
        return func_slots(&s, p);
    case TB_P_FILTER:
        return many(&s, p->filter.conjuncts, p->filter.n);
    case TB_P_PROJECT:
    case TB_P_PROJECT_SET:
        return project_slots(&s, p);
    case TB_P_JOIN:
        return join_slots(&s, p);
    case TB_P_WINDOW:
        return window_slots(&s, p);
    case TB_P_LIMIT:
        TB_TRY(one(&s, &p->limit.count));
        return one(&s, &p->limit.offset);
    case TB_P_SAMPLE:
        TB_TRY(one(&s, &p->sample.percent));
        return one(&s, &p->sample.seed);
    case TB_PLAN_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

/* ---- copies ---- */

static void *dup_array(tb_arena *arena, const void *from, size_t n, size_t size)
{
    return n == 0 ? NULL : tb_arena_memdup(arena, from, n * size);
}

static void clone_values(tb_arena *arena, tb_plan *c)
{
    tb_expr ***rows = dup_array(arena, c->values.rows, c->values.nrows, sizeof *rows);
    for (uint32_t r = 0; r < c->values.nrows; r++)
        rows[r] = dup_array(arena, rows[r], c->nout, sizeof **rows);
    c->values.rows = rows;
}

static void clone_join(tb_arena *arena, tb_plan *c)
{
    c->join.conds = dup_array(arena, c->join.conds, c->join.nconds, sizeof *c->join.conds);
    c->join.keys = dup_array(arena, c->join.keys, c->join.nkeys, sizeof *c->join.keys);
    c->join.residual =
        dup_array(arena, c->join.residual, c->join.nresidual, sizeof *c->join.residual);
}

tb_plan *tb_plan_clone(tb_arena *arena, const tb_plan *p)
{
    tb_plan *c = tb_arena_memdup(arena, p, sizeof *p);
    c->out = dup_array(arena, p->out, p->nout, sizeof *p->out);
    if (p->kind == TB_P_VALUES)
        clone_values(arena, c);
    else if (p->kind == TB_P_FUNC)
        c->func.items = dup_array(arena, p->func.items, p->func.n, sizeof *p->func.items);
    else if (p->kind == TB_P_FILTER)
        c->filter.conjuncts =
            dup_array(arena, p->filter.conjuncts, p->filter.n, sizeof *p->filter.conjuncts);
    else if (p->kind == TB_P_PROJECT || p->kind == TB_P_PROJECT_SET)
        c->project.items =
            dup_array(arena, p->project.items, p->project.n, sizeof *p->project.items);
    else if (p->kind == TB_P_JOIN)
        clone_join(arena, c);
    else if (p->kind == TB_P_WINDOW)
        c->window.fns = dup_array(arena, p->window.fns, p->window.n, sizeof *p->window.fns);
    return c;
}
