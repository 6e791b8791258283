/* SPDX-License-Identifier: Apache-2.0
 * Sets of columns; which columns a node makes, reads and gives; renaming.
 *
 * Column ids are statement-wide and made once, so "free in a subtree" is simply mentioned but not
 * made there.
 */
#include "planner/rewrite_int.h"

/* ---- sets ---- */

static void grow(tb_arena *arena, tbi_colset *set, uint32_t nwords)
{
    if (nwords <= set->nwords)
        return;
    nwords += nwords / 2 + 1;
    uint64_t *words = TB_NEW_ARRAY(arena, uint64_t, nwords);
    if (set->nwords > 0)
        memcpy(words, set->words, set->nwords * sizeof *words);
    set->words = words;
    set->nwords = nwords;
}

void tbi_colset_add(tb_arena *arena, tbi_colset *set, tb_colid col)
{
    grow(arena, set, col / 64 + 1);
    set->words[col / 64] |= (uint64_t)1 << (col % 64);
}

void tbi_colset_add_list(tb_arena *arena, tbi_colset *set, const tb_colid *cols, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        tbi_colset_add(arena, set, cols[i]);
}

void tbi_colset_add_set(tb_arena *arena, tbi_colset *set, const tbi_colset *other)
{
    grow(arena, set, other->nwords);
    for (uint32_t i = 0; i < other->nwords; i++)
        set->words[i] |= other->words[i];
}

typedef struct add_cx {
    tb_arena *arena;
    tbi_colset *set;
} add_cx;

static void add_col(tb_colid col, void *ctx)
{
    add_cx *cx = ctx;
    tbi_colset_add(cx->arena, cx->set, col);
}

void tbi_colset_add_expr(tb_arena *arena, tbi_colset *set, const tb_expr *e)
{
    add_cx cx = {arena, set};
    tb_expr_each_col(e, add_col, &cx);
}

bool tbi_colset_empty(const tbi_colset *set)
{
    for (uint32_t i = 0; i < set->nwords; i++)
        if (set->words[i] != 0)
            return false;
    return true;
}

typedef struct member_cx {
    const tbi_colset *set;
    const tb_plan *plan;
    bool all, any;
} member_cx;

static void member(tb_colid col, void *ctx)
{
    member_cx *cx = ctx;
    bool in = cx->set != NULL ? tbi_colset_has(cx->set, col) : tb_plan_outputs(cx->plan, col);
    cx->all &= in;
    cx->any |= in;
}

static member_cx members(const tb_expr *e, const tbi_colset *set, const tb_plan *plan)
{
    member_cx cx = {.set = set, .plan = plan, .all = true};
    tb_expr_each_col(e, member, &cx);
    return cx;
}

bool tbi_expr_within(const tb_expr *e, const tbi_colset *set)
{
    return members(e, set, NULL).all;
}

bool tbi_expr_touches(const tb_expr *e, const tbi_colset *set)
{
    return members(e, set, NULL).any;
}

bool tbi_expr_within_plan(const tb_expr *e, const tb_plan *p)
{
    return members(e, NULL, p).all;
}

bool tbi_expr_touches_plan(const tb_expr *e, const tb_plan *p)
{
    return members(e, NULL, p).any;
}

static void note_any(tb_colid col, void *ctx)
{
    (void)col;
    *(bool *)ctx = true;
}

bool tbi_expr_has_cols(const tb_expr *e)
{
    bool any = false;
    tb_expr_each_col(e, note_any, &any);
    return any;
}

/* ---- the column slots of a node ---- */

typedef struct slots {
    tbi_col_visit visit;
    void *ctx;
} slots;

static void one(const slots *s, tb_colid *slot, tbi_col_role role)
{
    if (*slot != 0)
        s->visit(slot, role, s->ctx);
}

static void many(const slots *s, const tb_colid *list, uint32_t n, tbi_col_role role)
{
    for (uint32_t i = 0; i < n; i++)
        one(s, (tb_colid *)&list[i], role);
}

static void sort_keys(const slots *s, const tb_sort_key *keys, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        one(s, (tb_colid *)&keys[i].col, TBI_COL_READS);
}

static void agg_slots(const slots *s, tb_plan *p)
{
    many(s, p->agg.keys, p->agg.nkeys, TBI_COL_READS);
    for (uint32_t i = 0; i < p->agg.naggs; i++) {
        tb_agg *a = (tb_agg *)&p->agg.aggs[i];
        one(s, &a->out, TBI_COL_MAKES);
        many(s, a->args, a->nargs, TBI_COL_READS);
        one(s, &a->filter, TBI_COL_READS);
        sort_keys(s, a->order, a->norder);
        many(s, a->direct, a->ndirect, TBI_COL_READS);
    }
    one(s, &p->agg.grouping, TBI_COL_MAKES);
}

static void window_slots(const slots *s, tb_plan *p)
{
    many(s, p->window.partition, p->window.npartition, TBI_COL_READS);
    sort_keys(s, p->window.order, p->window.norder);
    for (uint32_t i = 0; i < p->window.n; i++) {
        tb_winfn *f = (tb_winfn *)&p->window.fns[i];
        one(s, &f->out, TBI_COL_MAKES);
        many(s, f->args, f->nargs, TBI_COL_READS);
        one(s, &f->filter, TBI_COL_READS);
    }
}

static void func_slots(const slots *s, tb_plan *p)
{
    for (uint32_t i = 0; i < p->func.n; i++)
        many(s, p->func.items[i].cols, p->func.items[i].ncols, TBI_COL_MAKES);
    one(s, &p->func.ordinality, TBI_COL_MAKES);
}

static void project_slots(const slots *s, tb_plan *p)
{
    for (uint32_t i = 0; i < p->project.n; i++) {
        tb_assign *a = (tb_assign *)&p->project.items[i];
        bool passes = a->expr->kind == TB_X_COL && a->expr->col == a->out;
        one(s, &a->out, passes ? TBI_COL_OUT : TBI_COL_MAKES);
    }
}

void tbi_each_col(tb_plan *p, tbi_col_visit visit, void *ctx)
{
    slots s = {visit, ctx};
    bool makes_out = false; /* out is the list of columns made */
    switch (p->kind) {
    case TB_P_SCAN:
    case TB_P_EMPTY:
    case TB_P_VALUES:
        makes_out = true;
        break;
    case TB_P_FUNC:
        func_slots(&s, p);
        break;
    case TB_P_PROJECT:
    case TB_P_PROJECT_SET:
        project_slots(&s, p);
        break;
    case TB_P_JOIN:
        one(&s, &p->join.mark, TBI_COL_MAKES);
        break;
    case TB_P_AGG:
        agg_slots(&s, p);
        break;
    case TB_P_WINDOW:
        window_slots(&s, p);
        break;
    case TB_P_SORT:
        sort_keys(&s, p->sort.keys, p->sort.n);
        break;
    case TB_P_LIMIT:
        sort_keys(&s, p->limit.ties, p->limit.nties);
        break;
    case TB_P_DISTINCT_ON:
        many(&s, p->distinct_on.keys, p->distinct_on.n, TBI_COL_READS);
        break;
    case TB_P_SETOP:
        makes_out = true;
        many(&s, p->setop.left, p->nout, TBI_COL_READS);
        many(&s, p->setop.right, p->nout, TBI_COL_READS);
        break;
    case TB_P_RECURSIVE:
        makes_out = true;
        many(&s, p->recursive.left, p->nout, TBI_COL_READS);
        many(&s, p->recursive.right, p->nout, TBI_COL_READS);
        break;
    case TB_P_CTE_REF:
        makes_out = true;
        many(&s, p->cte_ref.cols, p->nout, TBI_COL_CTE);
        break;
    case TB_P_ROW:
    case TB_P_FILTER:
    case TB_P_CTE:
    case TB_P_BARRIER:
    case TB_P_FRAGMENT:
    case TB_P_SAMPLE:
        break;
    case TB_PLAN_KIND_COUNT:
        TB_UNREACHABLE();
    }
    many(&s, p->out, p->nout, makes_out ? TBI_COL_MAKES : TBI_COL_OUT);
}

static void *dup(tb_arena *arena, const void *from, size_t n, size_t size)
{
    return n == 0 ? NULL : tb_arena_memdup(arena, from, n * size);
}

static void own_aggs(tb_arena *arena, tb_plan *c)
{
    tb_agg *aggs = dup(arena, c->agg.aggs, c->agg.naggs, sizeof *aggs);
    for (uint32_t i = 0; i < c->agg.naggs; i++) {
        aggs[i].args = dup(arena, aggs[i].args, aggs[i].nargs, sizeof(tb_colid));
        aggs[i].order = dup(arena, aggs[i].order, aggs[i].norder, sizeof(tb_sort_key));
        aggs[i].direct = dup(arena, aggs[i].direct, aggs[i].ndirect, sizeof(tb_colid));
    }
    c->agg.aggs = aggs;
    c->agg.keys = dup(arena, c->agg.keys, c->agg.nkeys, sizeof(tb_colid));
    c->agg.sets = dup(arena, c->agg.sets, c->agg.nsets, sizeof(uint64_t));
}

static void own_window(tb_arena *arena, tb_plan *c)
{
    tb_winfn *fns = (tb_winfn *)c->window.fns; /* the clone's own */
    for (uint32_t i = 0; i < c->window.n; i++)
        fns[i].args = dup(arena, fns[i].args, fns[i].nargs, sizeof(tb_colid));
    c->window.partition = dup(arena, c->window.partition, c->window.npartition, sizeof(tb_colid));
    c->window.order = dup(arena, c->window.order, c->window.norder, sizeof(tb_sort_key));
}

static void own_func(tb_arena *arena, tb_plan *c)
{
    tb_func_item *items = (tb_func_item *)c->func.items;
    for (uint32_t i = 0; i < c->func.n; i++)
        items[i].cols = dup(arena, items[i].cols, items[i].ncols, sizeof(tb_colid));
}

tb_plan *tbi_own_cols(tb_arena *arena, const tb_plan *p)
{
    tb_plan *c = tb_plan_clone(arena, p);
    if (c->kind == TB_P_AGG) {
        own_aggs(arena, c);
    } else if (c->kind == TB_P_WINDOW) {
        own_window(arena, c);
    } else if (c->kind == TB_P_FUNC) {
        own_func(arena, c);
    } else if (c->kind == TB_P_SORT) {
        c->sort.keys = dup(arena, c->sort.keys, c->sort.n, sizeof(tb_sort_key));
    } else if (c->kind == TB_P_LIMIT) {
        c->limit.ties = dup(arena, c->limit.ties, c->limit.nties, sizeof(tb_sort_key));
    } else if (c->kind == TB_P_DISTINCT_ON) {
        c->distinct_on.keys = dup(arena, c->distinct_on.keys, c->distinct_on.n, sizeof(tb_colid));
    } else if (c->kind == TB_P_SETOP) {
        c->setop.left = dup(arena, c->setop.left, c->nout, sizeof(tb_colid));
        c->setop.right = dup(arena, c->setop.right, c->nout, sizeof(tb_colid));
    } else if (c->kind == TB_P_RECURSIVE) {
        c->recursive.left = dup(arena, c->recursive.left, c->nout, sizeof(tb_colid));
        c->recursive.right = dup(arena, c->recursive.right, c->nout, sizeof(tb_colid));
    } else if (c->kind == TB_P_CTE_REF) {
        c->cte_ref.cols = dup(arena, c->cte_ref.cols, c->nout, sizeof(tb_colid));
    }
    return c;
}

/* ---- free columns ---- */

typedef struct free_cx {
    tb_arena *arena;
    tbi_colset made, mentioned;
} free_cx;

static void free_plan(free_cx *cx, tb_plan *p);

static void free_slot(tb_colid *slot, tbi_col_role role, void *ctx)
{
    free_cx *cx = ctx;
    if (role == TBI_COL_MAKES)
        tbi_colset_add(cx->arena, &cx->made, *slot);
    else if (role != TBI_COL_CTE)
        tbi_colset_add(cx->arena, &cx->mentioned, *slot);
}

static tb_rc free_expr(tb_expr *e, void *ctx, tb_error *err)
{
    free_cx *cx = ctx;
    if (e->kind == TB_X_COL)
        tbi_colset_add(cx->arena, &cx->mentioned, e->col);
    else if (e->kind == TB_X_SUBLINK)
        free_plan(cx, e->sublink.plan);
    return tb_expr_each_child(e, free_expr, ctx, err);
}

static tb_rc free_expr_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    return free_expr(*slot, ctx, err);
}

static void free_plan(free_cx *cx, tb_plan *p)
{
    tb_error err = {0};
    tbi_each_col(p, free_slot, cx);
    tb_rc rc = tb_plan_each_expr(p, free_expr_slot, cx, &err);
    TB_CHECK(rc == TB_OK);
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        free_plan(cx, p->in[i]);
}

void tbi_free_cols(const tb_stmt *stmt, const tb_plan *p, tbi_colset *out)
{
    free_cx cx = {.arena = stmt->arena};
    free_plan(&cx, (tb_plan *)p);
    for (uint32_t i = 0; i < cx.mentioned.nwords && i < cx.made.nwords; i++)
        cx.mentioned.words[i] &= ~cx.made.words[i];
    *out = cx.mentioned;
}

bool tbi_refers_to(const tb_stmt *stmt, const tb_plan *p, const tbi_colset *cols)
{
    tbi_colset outer;
    tbi_free_cols(stmt, p, &outer);
    for (uint32_t i = 0; i < outer.nwords && i < cols->nwords; i++)
        if (outer.words[i] & cols->words[i])
            return true;
    return false;
}

/* ---- renaming ---- */

tb_colid tbi_colmap_get(const tbi_colmap *map, tb_colid col)
{
    for (uint32_t i = 0; i < map->from.n; i++)
        if (map->from.at[i] == col)
            return map->to.at[i];
    return 0;
}

void tbi_colmap_put(tb_arena *arena, tbi_colmap *map, tb_colid from, tb_colid to)
{
    tb_list_push(arena, &map->from, from);
    tb_list_push(arena, &map->to, to);
}

tb_colid tbi_new_col_like(tb_stmt *stmt, tb_colid col)
{
    tb_colinfo info = *tb_stmt_col(stmt, col);
    tb_colid id = tb_stmt_add_col(stmt, info.name, info.type, info.nullable);
    stmt->cols.at[id].rel = info.rel;
    stmt->cols.at[id].attno = info.attno;
    return id;
}

typedef struct rename_cx {
    tb_stmt *stmt;
    const tbi_colmap *map;
    const tb_colid *dense; /* by column id, built from the map: copies of big plans */
    uint32_t ndense;
} rename_cx;

static tb_colid lookup(const rename_cx *cx, tb_colid col)
{
    if (cx->dense != NULL)
        return col < cx->ndense ? cx->dense[col] : 0;
    return tbi_colmap_get(cx->map, col);
}

static tb_plan *rename_plan(rename_cx *cx, const tb_plan *p);

static tb_expr *rename_expr(tb_expr *e, void *ctx)
{
    rename_cx *cx = ctx;
    if (e->kind == TB_X_COL) {
        tb_colid to = lookup(cx, e->col);
        return to == 0 ? e : tb_expr_col(cx->stmt->arena, to, e->type);
    }
    e = tb_expr_map_children(cx->stmt->arena, e, rename_expr, cx);
    if (e->kind == TB_X_SUBLINK) {
        tb_expr *c = tb_arena_memdup(cx->stmt->arena, e, sizeof *e);
        c->sublink.plan = rename_plan(cx, e->sublink.plan);
        return c;
    }
    return e;
}

static void rename_slot(tb_colid *slot, tbi_col_role role, void *ctx)
{
    (void)role;
    tb_colid to = lookup(ctx, *slot);
    if (to != 0)
        *slot = to;
}

static tb_rc rename_expr_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    (void)err;
    *slot = rename_expr(*slot, ctx);
    return TB_OK;
}

static tb_plan *rename_plan(rename_cx *cx, const tb_plan *p)
{
    tb_plan *c = tbi_own_cols(cx->stmt->arena, p);
    tb_error err = {0};
    tbi_each_col(c, rename_slot, cx);
    tb_rc rc = tb_plan_each_expr(c, rename_expr_slot, cx, &err);
    TB_CHECK(rc == TB_OK);
    for (int i = 0; i < tb_plan_inputs(c->kind); i++)
        c->in[i] = rename_plan(cx, c->in[i]);
    return c;
}

tb_expr *tbi_map_expr(tb_stmt *stmt, tb_expr *e, const tbi_colmap *map)
{
    rename_cx cx = {.stmt = stmt, .map = map};
    return rename_expr(e, &cx);
}

tb_plan *tbi_plan_map_outer(tb_stmt *stmt, tb_plan *p, const tbi_colmap *map)
{
    rename_cx cx = {.stmt = stmt, .map = map};
    return rename_plan(&cx, p);
}

typedef struct copy_cx {
    tb_stmt *stmt;
    tbi_colmap *map;
    tbi_colset seen;
    TB_LIST(uint32_t) cte_from, cte_to;
} copy_cx;

static void collect_plan(copy_cx *cx, tb_plan *p);

static void collect_slot(tb_colid *slot, tbi_col_role role, void *ctx)
{
    copy_cx *cx = ctx;
    if (role != TBI_COL_MAKES || tbi_colset_has(&cx->seen, *slot))
        return;
    tbi_colset_add(cx->stmt->arena, &cx->seen, *slot);
    tbi_colmap_put(cx->stmt->arena, cx->map, *slot, tbi_new_col_like(cx->stmt, *slot));
}

static tb_rc collect_expr(tb_expr *e, void *ctx, tb_error *err)
{
    if (e->kind == TB_X_SUBLINK)
        collect_plan(ctx, e->sublink.plan);
    return tb_expr_each_child(e, collect_expr, ctx, err);
}

static tb_rc collect_expr_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    return collect_expr(*slot, ctx, err);
}

static void collect_plan(copy_cx *cx, tb_plan *p)
{
    tb_error err = {0};
    tbi_each_col(p, collect_slot, cx);
    if (p->kind == TB_P_CTE || p->kind == TB_P_RECURSIVE) {
        uint32_t id = p->kind == TB_P_CTE ? p->cte.id : p->recursive.id;
        tb_list_push(cx->stmt->arena, &cx->cte_from, id);
        tb_list_push(cx->stmt->arena, &cx->cte_to, cx->stmt->next_cte++);
    }
    tb_rc rc = tb_plan_each_expr(p, collect_expr_slot, cx, &err);
    TB_CHECK(rc == TB_OK);
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        collect_plan(cx, p->in[i]);
}

static uint32_t new_cte(const copy_cx *cx, uint32_t id)
{
    for (uint32_t i = 0; i < cx->cte_from.n; i++)
        if (cx->cte_from.at[i] == id)
            return cx->cte_to.at[i];
    return id;
}

static tb_rc renumber_expr(tb_expr *e, void *ctx, tb_error *err);

static tb_rc renumber_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    return renumber_expr(*slot, ctx, err);
}

static void renumber_ctes(const copy_cx *cx, tb_plan *p)
{
    tb_error err = {0};
    if (p->kind == TB_P_CTE)
        p->cte.id = new_cte(cx, p->cte.id);
    else if (p->kind == TB_P_RECURSIVE)
        p->recursive.id = new_cte(cx, p->recursive.id);
    else if (p->kind == TB_P_CTE_REF)
        p->cte_ref.id = new_cte(cx, p->cte_ref.id);
    tb_rc rc = tb_plan_each_expr(p, renumber_slot, (void *)cx, &err);
    TB_CHECK(rc == TB_OK);
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        renumber_ctes(cx, p->in[i]);
}

static tb_rc renumber_expr(tb_expr *e, void *ctx, tb_error *err)
{
    if (e->kind == TB_X_SUBLINK)
        renumber_ctes(ctx, e->sublink.plan);
    return tb_expr_each_child(e, renumber_expr, ctx, err);
}

tb_plan *tbi_plan_copy(tb_stmt *stmt, const tb_plan *p, tbi_colmap *map)
{
    copy_cx cx = {.stmt = stmt, .map = map};
    uint32_t before = map->from.n;
    collect_plan(&cx, (tb_plan *)p);
    tb_colid *dense = TB_NEW_ARRAY(stmt->arena, tb_colid, stmt->cols.n);
    for (uint32_t i = before; i < map->from.n; i++)
        dense[map->from.at[i]] = map->to.at[i];
    rename_cx rn = {.stmt = stmt, .dense = dense, .ndense = stmt->cols.n};
    tb_plan *copy = rename_plan(&rn, p);
    if (cx.cte_from.n > 0)
        renumber_ctes(&cx, copy);
    return copy;
}
