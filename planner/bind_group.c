/* SPDX-License-Identifier: Apache-2.0
 * GROUP BY: keys and grouping sets, the AGG node, and the rule that above it only keys and
 * aggregates may be read.
 *
 * A key that is a plain column keeps its id through the AGG node, unless there are grouping sets:
 * then a key is NULL in the sets it is not part of, so it becomes a column of its own. What is
 * written above (select list, HAVING, ORDER BY, windows) is rewritten: an expression equal to a key
 * becomes the key's column, any other column of this level is an error, unless the primary key of
 * its table is among the keys.
 *
 * Entry points: tbi_bind_group_by, tbi_bind_grouping_call, tbi_plan_groups.
 */
#include "planner/bind_int.h"

enum { CUBE_MAX = 12, SETS_MAX = 4096 };

typedef struct key {
    tb_expr *expr; /* over the FROM columns */
    tb_colid id;   /* column of the AGG node, given when it is built */
} key;

typedef TB_LIST(uint64_t) set_list;

struct tbi_groups {
    TB_LIST(key) keys;
    bool has_sets;
    set_list sets;
};

typedef struct tbi_groups groups;

/* ---- reading GROUP BY ---- */

static tb_rc check_key(tbi_bind *b, const tbi_scope *s, const tb_expr *e)
{
    int pos = tbi_loc(e);
    if (tbi_reads_made(b, s, e, TBI_MADE_AGG))
        return TB_RAISE_AT(b->err, TB_E_GROUPING_ERROR, pos,
                           "aggregate functions are not allowed in %s", "GROUP BY");
    if (tbi_reads_made(b, s, e, TBI_MADE_WINDOW))
        return TB_RAISE_AT(b->err, TB_E_WINDOWING_ERROR, pos,
                           "window functions are not allowed in %s", "GROUP BY");
    if (tbi_reads_made(b, s, e, TBI_MADE_GROUPING))
        return TB_RAISE_AT(b->err, TB_E_GROUPING_ERROR, pos,
                           "grouping operations are not allowed in %s", "GROUP BY");
    return TB_OK;
}

static void need_srf(tb_colid col, void *ctx)
{
    tbi_scope *s = ctx;
    for (uint32_t i = 0; i < s->srfs.n; i++) {
        tbi_srf *srf = &s->srfs.at[i];
        if (srf->out != col || srf->grouped)
            continue;
        srf->grouped = true;
        tb_expr_each_col(srf->call, need_srf, s); /* those inside its arguments as well */
    }
}

/* Adds a grouping expression and gives its bit. */
static tb_rc add_key(tbi_bind *b, tbi_select *q, const tb_ast *item, uint64_t *bit)
{
    groups *g = q->scope->groups;
    uint32_t t;
    TB_TRY(tbi_find_target(b, q, item, TBI_IN_GROUP_BY, "GROUP BY", &t));
    tb_expr **slot = &q->targets.at[t].expr;
    TB_TRY(tbi_unknown_to_text(b, *slot, slot));
    TB_TRY(check_key(b, q->scope, *slot));
    TB_TRY(tbi_check_equality(b, (*slot)->type.id, item->pos));
    tb_expr_each_col(*slot, need_srf, q->scope);
    uint32_t i = 0;
    while (i < g->keys.n && !tb_expr_equal(g->keys.at[i].expr, *slot))
        i++;
    if (i == g->keys.n) {
        key k = {*slot, 0};
        tb_list_push(b->arena, &g->keys, k);
    }
    *bit = i < TBI_MAX_KEYS ? UINT64_C(1) << i : 0;
    return TB_OK;
}

/* One element of ROLLUP, CUBE or GROUPING SETS: an expression, or (a, b, ..) as one unit. */
static tb_rc add_unit(tbi_bind *b, tbi_select *q, const tb_ast *item, uint64_t *bits)
{
    *bits = 0;
    uint64_t bit;
    if (item->kind != TB_AST_ROW || tb_as_row(item)->explicit_row) {
        TB_TRY(add_key(b, q, item, &bit));
        *bits = bit;
        return TB_OK;
    }
    const tb_ast_list *items = &tb_as_row(item)->items;
    for (uint32_t i = 0; i < items->n; i++) {
        TB_TRY(add_key(b, q, items->at[i], &bit));
        *bits |= bit;
    }
    return TB_OK;
}

static tb_rc push_set(tbi_bind *b, set_list *sets, uint64_t set, int pos)
{
    if (sets->n >= SETS_MAX)
        return TB_RAISE_AT(b->err, TB_E_STATEMENT_TOO_COMPLEX, pos,
                           "too many grouping sets present (maximum %d)", SETS_MAX);
    tb_list_push(b->arena, sets, set);
    return TB_OK;
}

static tb_rc units_of(tbi_bind *b, tbi_select *q, const tb_ast_list *items, uint64_t **out)
{
    *out = TB_NEW_ARRAY(b->arena, uint64_t, items->n + 1);
    for (uint32_t i = 0; i < items->n; i++)
        TB_TRY(add_unit(b, q, items->at[i], &(*out)[i]));
    return TB_OK;
}

static tb_rc rollup(tbi_bind *b, tbi_select *q, const tb_ast_grouping_set *gs, set_list *out)
{
    uint64_t *units, set = 0;
    TB_TRY(units_of(b, q, &gs->items, &units));
    for (uint32_t i = 0; i < gs->items.n; i++)
        set |= units[i];
    for (uint32_t n = gs->items.n;; n--) { /* longest first */
        set = 0;
        for (uint32_t i = 0; i < n; i++)
            set |= units[i];
        TB_TRY(push_set(b, out, set, gs->base.pos));
        if (n == 0)
            return TB_OK;
    }
}

static tb_rc cube(tbi_bind *b, tbi_select *q, const tb_ast_grouping_set *gs, set_list *out)
{
    uint32_t n = gs->items.n;
    if (n > CUBE_MAX)
        return TB_RAISE_AT(b->err, TB_E_TOO_MANY_COLUMNS, gs->base.pos,
                           "CUBE is limited to %d elements", CUBE_MAX);
    uint64_t *units;
    TB_TRY(units_of(b, q, &gs->items, &units));
    for (uint32_t mask = 1u << n; mask-- > 0;) {
        uint64_t set = 0;
        for (uint32_t i = 0; i < n; i++)
            if ((mask >> (n - 1 - i) & 1) != 0)
                set |= units[i];
        TB_TRY(push_set(b, out, set, gs->base.pos));
    }
    return TB_OK;
}

/* The grouping sets one item stands for. */
static tb_rc sets_of(tbi_bind *b, tbi_select *q, const tb_ast *item, set_list *out)
{
    uint64_t bits;
    if (item->kind != TB_AST_GROUPING_SET) {
        TB_TRY(add_unit(b, q, item, &bits));
        return push_set(b, out, bits, item->pos);
    }
    const tb_ast_grouping_set *gs = tb_as_grouping_set(item);
    if (gs->set == TB_GROUPING_ROLLUP)
        return rollup(b, q, gs, out);
    if (gs->set == TB_GROUPING_CUBE)
        return cube(b, q, gs, out);
    if (gs->set == TB_GROUPING_EMPTY)
        return push_set(b, out, 0, item->pos);
    TB_TRY(tbi_enter(b, item->pos));
    for (uint32_t i = 0; i < gs->items.n; i++)
        TB_TRY(sets_of(b, q, gs->items.at[i], out));
    tbi_leave(b);
    return TB_OK;
}

/* Several items: every combination of their sets. */
static tb_rc cross(tbi_bind *b, set_list *sets, const set_list *by, int pos)
{
    set_list out = {0};
    for (uint32_t i = 0; i < sets->n; i++)
        for (uint32_t k = 0; k < by->n; k++)
            TB_TRY(push_set(b, &out, sets->at[i] | by->at[k], pos));
    *sets = out;
    return TB_OK;
}

static void drop_duplicates(set_list *sets)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < sets->n; i++) {
        bool seen = false;
        for (uint32_t k = 0; k < n && !seen; k++)
            seen = sets->at[k] == sets->at[i];
        if (!seen)
            sets->at[n++] = sets->at[i];
    }
    sets->n = n;
}

static uint64_t all_keys(const groups *g)
{
    return g->keys.n >= 64 ? UINT64_MAX : (UINT64_C(1) << g->keys.n) - 1;
}

tb_rc tbi_bind_group_by(tbi_bind *b, tbi_select *q)
{
    const tb_ast_list *list = &q->ast->group_by;
    if (list->n == 0)
        return TB_OK;
    groups *g = TB_NEW(b->arena, groups);
    q->scope->groups = g;
    q->scope->has_group = true;
    TB_TRY(push_set(b, &g->sets, 0, -1));
    for (uint32_t i = 0; i < list->n; i++) {
        set_list item = {0};
        g->has_sets |= list->at[i]->kind == TB_AST_GROUPING_SET;
        TB_TRY(sets_of(b, q, list->at[i], &item));
        TB_TRY(cross(b, &g->sets, &item, list->at[i]->pos));
    }
    if (q->ast->group_distinct)
        drop_duplicates(&g->sets);
    if (g->sets.n == 1 && (!g->has_sets || g->sets.at[0] == all_keys(g)))
        g->has_sets = false;
    if (g->has_sets && g->keys.n > TBI_MAX_KEYS)
        return TB_UNSUPPORTED(b->err, list->at[0]->pos,
                              "grouping sets over more than 64 expressions");
    return TB_OK;
}

/* ---- GROUPING(..) ---- */

tb_rc tbi_bind_grouping_call(tbi_bind *b, tbi_scope *s, const tb_ast_grouping *g, tb_expr **out)
{
    if (g->args.n > 31)
        return TB_RAISE_AT(b->err, TB_E_TOO_MANY_ARGUMENTS, g->base.pos,
                           "GROUPING must have fewer than 32 arguments");
    if (s->place != TBI_IN_SELECT && s->place != TBI_IN_HAVING && s->place != TBI_IN_ORDER_BY &&
        s->place != TBI_IN_DISTINCT_ON && s->place != TBI_IN_WINDOW_PARTITION &&
        s->place != TBI_IN_WINDOW_ORDER)
        return TB_RAISE_AT(b->err, TB_E_GROUPING_ERROR, g->base.pos,
                           "grouping operations are not allowed in %s", tbi_place_name(s->place));
    tbi_grouping call = {.n = g->args.n, .pos = g->base.pos};
    TB_TRY(tbi_bind_exprs(b, s, &g->args, &call.args));
    call.out = tbi_new_col(b, "grouping", tb_type_of(TB_T_INT4));
    tbi_meta *m = tbi_meta_of(b, call.out);
    m->scope = s;
    m->made = TBI_MADE_GROUPING;
    tb_list_push(b->arena, &s->groupings, call);
    *out = tbi_col(b, call.out, g->base.pos);
    return TB_OK;
}

/* ---- rewriting what stands above the AGG node ---- */

typedef struct rewrite_cx {
    tbi_bind *b;
    tbi_scope *s;
    groups *g;
    tb_plan *in;
    tb_colid grouping; /* the AGG node's bitmap, or 0 */
    uint32_t nested;   /* inside a subquery */
} rewrite_cx;

static int find_key(const groups *g, const tb_expr *e)
{
    for (uint32_t i = 0; i < g->keys.n; i++)
        if (tb_expr_equal(g->keys.at[i].expr, e))
            return (int)i;
    return -1;
}

static bool is_plain_key(const groups *g, tb_colid id)
{
    for (uint32_t i = 0; i < g->keys.n; i++)
        if (g->keys.at[i].expr->kind == TB_X_COL && g->keys.at[i].expr->col == id)
            return true;
    return false;
}

/* The whole primary key of the column's table is grouped by: the column has one value per group.
 * Behind a mask a key may be anything, so a key with a masking policy does not count, whoever asks.
 */
static bool depends_on_keys(const rewrite_cx *cx, tb_colid id)
{
    const tbi_scan *scan = tbi_meta_of(cx->b, id)->scan;
    if (scan == NULL || scan->node == NULL || scan->rel->npk == 0 || cx->g->has_sets)
        return false;
    for (uint16_t i = 0; i < scan->rel->npk; i++) {
        tb_colid pk = scan->ids[scan->rel->pk[i]];
        bool masked = scan->rel->cols[scan->rel->pk[i]].mask.policy != NULL;
        if (pk == 0 || masked || !is_plain_key(cx->g, pk))
            return false;
    }
    return true;
}

static tb_rc ungrouped(const rewrite_cx *cx, const tb_expr *e)
{
    const tbi_meta *m = tbi_meta_of(cx->b, e->col);
    const char *rel = m->rel_name != NULL ? m->rel_name : "unnamed_join";
    const char *name = m->name != NULL ? m->name : tb_stmt_col(cx->b->stmt, e->col)->name;
    if (cx->nested > 0)
        return TB_RAISE_AT(cx->b->err, TB_E_GROUPING_ERROR, e->pos,
                           "subquery uses ungrouped column \"%s.%s\" from outer query", rel, name);
    return TB_RAISE_AT(cx->b->err, TB_E_GROUPING_ERROR, e->pos,
                       "column \"%s.%s\" must appear in the GROUP BY clause or be used in an "
                       "aggregate function",
                       rel, name);
}

/* Bit of a key in the bitmap moved to place `to`: ((bitmap >> key) & 1) << to, as int8. */
static tb_expr *grouping_bit(const rewrite_cx *cx, int k, uint32_t to)
{
    tb_arena *a = cx->b->arena;
    tb_type int8 = tb_type_of(TB_T_INT8), int4 = tb_type_of(TB_T_INT4);
    tb_expr *bit = tb_expr_col(a, cx->grouping, int8);
    bit = tb_expr_call2(a, TB_FN_INT8SHR, int8, bit, tb_expr_const(a, int4, tb_value_int4(k)));
    bit = tb_expr_call2(a, TB_FN_INT8AND, int8, bit, tb_expr_const(a, int8, tb_value_int8(1)));
    return tb_expr_call2(a, TB_FN_INT8SHL, int8, bit,
                         tb_expr_const(a, int4, tb_value_int4((int32_t)to)));
}

/* GROUPING(a, b): a's bit is the higher one. */
static tb_rc grouping_value(const rewrite_cx *cx, const tbi_grouping *call, tb_expr **out)
{
    tb_arena *a = cx->b->arena;
    tb_type int8 = tb_type_of(TB_T_INT8);
    tb_expr *sum = tb_expr_const(a, int8, tb_value_int8(0));
    for (uint32_t i = 0; i < call->n; i++) {
        int k = find_key(cx->g, call->args[i]);
        if (k < 0)
            return TB_RAISE_AT(cx->b->err, TB_E_GROUPING_ERROR, tbi_loc(call->args[i]),
                               "arguments to GROUPING must be grouping expressions of the "
                               "associated query level");
        if (cx->grouping != 0)
            sum = tb_expr_call2(a, TB_FN_INT8OR, int8, sum, grouping_bit(cx, k, call->n - 1 - i));
    }
    return tbi_cast(cx->b, sum, tb_type_of(TB_T_INT4), TB_CAST_EXPLICIT, call->pos, out);
}

static bool is_grouped_srf(const tbi_scope *s, tb_colid id)
{
    for (uint32_t i = 0; i < s->srfs.n; i++)
        if (s->srfs.at[i].out == id)
            return s->srfs.at[i].grouped;
    return false;
}

static tb_rc made_column(const rewrite_cx *cx, tb_expr **slot)
{
    tb_colid id = (*slot)->col;
    if (is_grouped_srf(cx->s, id)) /* below the AGG node and not a key itself */
        return ungrouped(cx, *slot);
    if (tbi_meta_of(cx->b, id)->made != TBI_MADE_GROUPING)
        return TB_OK;
    for (uint32_t i = 0; i < cx->s->groupings.n; i++)
        if (cx->s->groupings.at[i].out == id)
            return grouping_value(cx, &cx->s->groupings.at[i], slot);
    TB_UNREACHABLE();
}

static tb_rc rewrite_column(rewrite_cx *cx, tb_expr **slot)
{
    tb_colid id = (*slot)->col;
    const tbi_meta *m = tbi_meta_of(cx->b, id);
    if (m->scope != cx->s)
        return TB_OK;
    if (m->made != TBI_MADE_NOT)
        return made_column(cx, slot);
    if (!depends_on_keys(cx, id))
        return ungrouped(cx, *slot);
    key k = {*slot, id};
    tb_list_push(cx->b->arena, &cx->g->keys, k);
    return TB_OK;
}

static tb_rc rewrite_slot(tb_expr **slot, void *ctx, tb_error *err);

static tb_rc rewrite_plan_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    rewrite_cx *cx = ctx;
    cx->nested++;
    TB_TRY(rewrite_slot(slot, ctx, err));
    cx->nested--;
    return TB_OK;
}

/* Children are rewritten in a copy made by tb_expr_map_children; an error is remembered in the
 * context. */
typedef struct child_cx {
    rewrite_cx *cx;
    tb_rc rc;
} child_cx;

static tb_expr *rewrite_child(tb_expr *e, void *ctx)
{
    child_cx *c = ctx;
    if (c->rc == TB_OK)
        c->rc = rewrite_slot(&e, c->cx, c->cx->b->err);
    return e;
}

static tb_rc rewrite_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    rewrite_cx *cx = ctx;
    int k = find_key(cx->g, *slot);
    if (k >= 0 && cx->nested > 0 && (*slot)->kind != TB_X_COL)
        k = -1; /* inside a subquery only columns are recognised, as in PostgreSQL */
    if (k >= 0) {
        if ((*slot)->kind != TB_X_COL || (*slot)->col != cx->g->keys.at[k].id)
            *slot = tbi_col(cx->b, cx->g->keys.at[k].id, (*slot)->pos);
        return TB_OK;
    }
    if ((*slot)->kind == TB_X_COL)
        return rewrite_column(cx, slot);
    child_cx c = {cx, TB_OK};
    tb_expr *before = *slot;
    *slot = tb_expr_map_children(cx->b->arena, *slot, rewrite_child, &c);
    TB_TRY(c.rc);
    if ((*slot)->kind == TB_X_SUBLINK)
        TB_TRY(tbi_each_slot((*slot)->sublink.plan, rewrite_plan_slot, cx, err));
    if (*slot != before && before->kind == TB_X_ROW) { /* its fields keep their names */
        const tbi_shape *shape = tbi_shape_of(cx->b, before);
        struct tbi_row_shape known = {*slot, shape};
        if (shape != NULL)
            tb_list_push(cx->b->arena, &cx->b->rows, known);
    }
    return TB_OK;
}

/* ---- the AGG node ---- */

static void lift_keys(tbi_bind *b, groups *g, tbi_lift *l)
{
    for (uint32_t i = 0; i < g->keys.n; i++) {
        tb_expr *e = g->keys.at[i].expr;
        g->keys.at[i].id =
            g->has_sets ? tbi_lift_copy(b, l, e, "key") : tbi_lift_expr(b, l, e, "key");
    }
}

static const tb_colid *lift_list(tbi_bind *b, tbi_lift *l, tb_expr *const *list, uint32_t n)
{
    tb_colid *ids = TB_NEW_ARRAY(b->arena, tb_colid, n + 1);
    for (uint32_t i = 0; i < n; i++)
        ids[i] = tbi_lift_expr(b, l, list[i], "arg");
    return ids;
}

static void lift_agg(tbi_bind *b, tbi_lift *l, tbi_agg *a)
{
    a->agg.nargs = a->nargs;
    a->agg.args = lift_list(b, l, a->args, a->nargs);
    a->agg.ndirect = a->ndirect;
    a->agg.direct = lift_list(b, l, a->direct, a->ndirect);
    a->agg.filter = a->filter != NULL ? tbi_lift_expr(b, l, a->filter, "filter") : 0;
    a->agg.norder = a->norder;
    a->agg.order = a->keys;
    for (uint32_t i = 0; i < a->norder; i++)
        a->keys[i].col = tbi_lift_expr(b, l, a->order[i], "order");
}

static tb_plan *agg_node(tbi_bind *b, tbi_scope *s, const groups *g, tb_colid grouping, tb_plan *in)
{
    tb_plan *p = tb_plan_new(b->arena, TB_P_AGG, in, NULL);
    tb_colid *out = TB_NEW_ARRAY(b->arena, tb_colid, g->keys.n + s->aggs.n + 1);
    tb_agg *aggs = TB_NEW_ARRAY(b->arena, tb_agg, s->aggs.n + 1);
    for (uint32_t i = 0; i < g->keys.n; i++)
        out[p->nout++] = g->keys.at[i].id;
    for (uint32_t i = 0; i < s->aggs.n; i++) {
        aggs[i] = s->aggs.at[i]->agg;
        out[p->nout++] = aggs[i].out;
    }
    if (grouping != 0)
        out[p->nout++] = grouping;
    p->out = out;
    p->agg.nkeys = g->keys.n;
    p->agg.keys = tb_arena_memdup(b->arena, out, (g->keys.n + 1) * sizeof *out);
    p->agg.naggs = s->aggs.n;
    p->agg.aggs = aggs;
    p->agg.grouping = grouping;
    if (g->has_sets) {
        p->agg.nsets = g->sets.n;
        p->agg.sets = g->sets.at;
    }
    return p;
}

/* Direct arguments of ordered-set aggregates are read once per group: keys and constants only. */
static tb_rc check_direct_args(tbi_bind *b, const tbi_scope *s, rewrite_cx *cx)
{
    for (uint32_t i = 0; i < s->aggs.n; i++)
        for (uint32_t k = 0; k < s->aggs.at[i]->ndirect; k++) {
            tb_expr *copy = s->aggs.at[i]->direct[k];
            TB_TRY(rewrite_slot(&copy, cx, b->err));
        }
    return TB_OK;
}

tb_rc tbi_plan_groups(tbi_bind *b, tbi_scope *s, tb_plan *in, tbi_slots *slots, tb_plan **out)
{
    static const groups none;
    *out = in;
    if (!s->has_group && s->aggs.n == 0 && s->groupings.n == 0)
        return TB_OK;
    groups *g = s->groups;
    if (g == NULL) {
        g = tb_arena_memdup(b->arena, &none, sizeof none);
        s->groups = g;
    }
    tbi_lift l = {.plan = in};
    lift_keys(b, g, &l);
    for (uint32_t i = 0; i < s->aggs.n; i++)
        lift_agg(b, &l, s->aggs.at[i]);
    tb_plan *below = tbi_lift_done(b, &l);
    rewrite_cx cx = {.b = b, .s = s, .g = g, .in = below};
    if (g->has_sets && s->groupings.n > 0)
        cx.grouping = tbi_new_col(b, "grouping", tb_type_of(TB_T_INT8));
    TB_TRY(check_direct_args(b, s, &cx));
    for (uint32_t i = 0; i < slots->n; i++)
        TB_TRY(rewrite_slot(slots->at[i], &cx, b->err));
    *out = agg_node(b, s, g, cx.grouping, below);
    return TB_OK;
}
