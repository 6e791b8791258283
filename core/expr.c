/* SPDX-License-Identifier: Apache-2.0
 * Bound expressions: constructors, generic walks, equality, properties.
 *
 * Adding a kind: expr_kinds.def, the union in expr.h, then every exhaustive switch here (children,
 * map, equal, hash, local properties), in core/show.c and in the stages the compiler points at.
 */
#include "core/expr.h"

#include "core/num.h"
#include "core/plan.h"

#include <xxhash.h>

static const char *const kind_names[] = {
#define TB_EXPR(kind, doc) [TB_X_##kind] = #kind,
#include "core/expr_kinds.def"
#undef TB_EXPR
};

const char *tb_expr_kind_name(tb_expr_kind kind)
{
    TB_CHECK(kind < TB_EXPR_KIND_COUNT);
    return kind_names[kind];
}

/* ---- constructors ---- */

tb_expr *tb_expr_new(tb_arena *arena, tb_expr_kind kind, tb_type type, int pos)
{
    tb_expr *e = TB_NEW(arena, tb_expr);
    e->kind = kind;
    e->type = type;
    e->pos = pos;
    return e;
}

tb_expr *tb_expr_const(tb_arena *arena, tb_type type, tb_value value)
{
    tb_expr *e = tb_expr_new(arena, TB_X_CONST, type, -1);
    e->constant = value;
    return e;
}

tb_expr *tb_expr_null(tb_arena *arena, tb_type type)
{
    return tb_expr_const(arena, type, tb_value_null());
}

tb_expr *tb_expr_bool(tb_arena *arena, bool value)
{
    return tb_expr_const(arena, tb_type_of(TB_T_BOOL), tb_value_bool(value));
}

tb_expr *tb_expr_col(tb_arena *arena, tb_colid col, tb_type type)
{
    tb_expr *e = tb_expr_new(arena, TB_X_COL, type, -1);
    e->col = col;
    return e;
}

tb_expr *tb_expr_call(tb_arena *arena, tb_fn_id fn, tb_type type, tb_expr **args, uint32_t nargs,
                      int pos)
{
    tb_expr *e = tb_expr_new(arena, TB_X_CALL, type, pos);
    e->call.fn = fn;
    e->call.nargs = nargs;
    e->call.args = nargs ? tb_arena_memdup(arena, args, nargs * sizeof *args) : NULL;
    return e;
}

tb_expr *tb_expr_call1(tb_arena *arena, tb_fn_id fn, tb_type type, tb_expr *a)
{
    return tb_expr_call(arena, fn, type, &a, 1, a->pos);
}

tb_expr *tb_expr_call2(tb_arena *arena, tb_fn_id fn, tb_type type, tb_expr *a, tb_expr *b)
{
    tb_expr *args[] = {a, b};
    return tb_expr_call(arena, fn, type, args, 2, a->pos);
}

/* Terms after splicing in lists of the same kind; one level is enough because lists are built flat.
 */
static tb_expr *junction(tb_arena *arena, tb_expr_kind kind, tb_expr **terms, uint32_t n)
{
    if (n == 0)
        return tb_expr_bool(arena, kind == TB_X_AND);
    if (n == 1)
        return terms[0];
    uint32_t total = 0;
    for (uint32_t i = 0; i < n; i++)
        total += terms[i]->kind == kind ? terms[i]->list.n : 1;
    tb_expr *e = tb_expr_new(arena, kind, tb_type_of(TB_T_BOOL), terms[0]->pos);
    e->list.args = TB_NEW_ARRAY(arena, tb_expr *, total);
    for (uint32_t i = 0; i < n; i++) {
        if (terms[i]->kind != kind) {
            e->list.args[e->list.n++] = terms[i];
            continue;
        }
        for (uint32_t k = 0; k < terms[i]->list.n; k++)
            e->list.args[e->list.n++] = terms[i]->list.args[k];
    }
    return e;
}

tb_expr *tb_expr_and(tb_arena *arena, tb_expr **terms, uint32_t n)
{
    return junction(arena, TB_X_AND, terms, n);
}

tb_expr *tb_expr_or(tb_arena *arena, tb_expr **terms, uint32_t n)
{
    return junction(arena, TB_X_OR, terms, n);
}

tb_expr *tb_expr_not(tb_arena *arena, tb_expr *arg)
{
    tb_expr *e = tb_expr_new(arena, TB_X_NOT, tb_type_of(TB_T_BOOL), arg->pos);
    e->arg = arg;
    return e;
}

/* ---- children: the one place that knows where they are ---- */

typedef void (*slot_fn)(tb_expr **slot, void *ctx);

static void list_slots(tb_expr **list, uint32_t n, slot_fn fn, void *ctx)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] != NULL)
            fn(&list[i], ctx);
}

static void case_slots(tb_expr *e, slot_fn fn, void *ctx)
{
    for (uint32_t i = 0; i < e->case_.n; i++) {
        fn(&e->case_.when[i], ctx);
        fn(&e->case_.then[i], ctx);
    }
    if (e->case_.otherwise != NULL)
        fn(&e->case_.otherwise, ctx);
}

static void subscript_slots(tb_expr *e, slot_fn fn, void *ctx)
{
    fn(&e->subscript.array, ctx);
    list_slots(e->subscript.lower, e->subscript.n, fn, ctx);
    list_slots(e->subscript.upper, e->subscript.n, fn, ctx);
}

static void each_slot(tb_expr *e, slot_fn fn, void *ctx)
{
    switch (e->kind) {
    case TB_X_CONST:
    case TB_X_COL:
    case TB_X_PARAM:
    case TB_X_CASE_VALUE:
        return;
    case TB_X_CALL:
        list_slots(e->call.args, e->call.nargs, fn, ctx);
        return;
    case TB_X_AND:
    case TB_X_OR:
    case TB_X_COALESCE:
    case TB_X_GREATEST:
    case TB_X_LEAST:
    case TB_X_ARRAY:
    case TB_X_ROW:
        list_slots(e->list.args, e->list.n, fn, ctx);
        return;
    case TB_X_NOT:
    case TB_X_RELABEL:
        fn(&e->arg, ctx);
        return;
    case TB_X_TEST:
        fn(&e->test.arg, ctx);
        return;
    case TB_X_DISTINCT_FROM:
        fn(&e->distinct.left, ctx);
        fn(&e->distinct.right, ctx);
        return;
    case TB_X_NULLIF:
        fn(&e->nullif_.left, ctx);
        fn(&e->nullif_.right, ctx);
        return;
    case TB_X_CASE:
        case_slots(e, fn, ctx);
        return;
    case TB_X_ARRAY_OP:
        fn(&e->array_op.left, ctx);
        fn(&e->array_op.array, ctx);
        return;
    case TB_X_IO_CAST:
        fn(&e->io_cast.arg, ctx);
        return;
    case TB_X_ARRAY_CAST:
        fn(&e->array_cast.arg, ctx);
        fn(&e->array_cast.elem, ctx);
        return;
    case TB_X_SUBSCRIPT:
        subscript_slots(e, fn, ctx);
        return;
    case TB_X_FIELD:
        fn(&e->field.arg, ctx);
        return;
    case TB_X_SUBLINK:
        if (e->sublink.test != NULL)
            fn(&e->sublink.test, ctx);
        return;
    case TB_EXPR_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

typedef struct visit_cx {
    tb_expr_visit visit;
    void *ctx;
    tb_error *err;
    tb_rc rc;
} visit_cx;

static void visit_slot(tb_expr **slot, void *ctx)
{
    visit_cx *cx = ctx;
    if (cx->rc == TB_OK)
        cx->rc = cx->visit(*slot, cx->ctx, cx->err);
}

tb_rc tb_expr_each_child(tb_expr *e, tb_expr_visit visit, void *ctx, tb_error *err)
{
    visit_cx cx = {visit, ctx, err, TB_OK};
    each_slot(e, visit_slot, &cx);
    return cx.rc;
}

/* Own copies of the child arrays, so that slots of the copy may be written. */
static tb_expr *shallow_copy(tb_arena *arena, const tb_expr *e)
{
    tb_expr *c = tb_arena_memdup(arena, e, sizeof *e);
    size_t ptr = sizeof(tb_expr *);
    if (e->kind == TB_X_CALL && e->call.nargs > 0) {
        c->call.args = tb_arena_memdup(arena, e->call.args, e->call.nargs * ptr);
    } else if (e->kind == TB_X_CASE) {
        c->case_.when = tb_arena_memdup(arena, e->case_.when, e->case_.n * ptr);
        c->case_.then = tb_arena_memdup(arena, e->case_.then, e->case_.n * ptr);
    } else if (e->kind == TB_X_SUBSCRIPT) {
        c->subscript.lower = tb_arena_memdup(arena, e->subscript.lower, e->subscript.n * ptr);
        c->subscript.upper = tb_arena_memdup(arena, e->subscript.upper, e->subscript.n * ptr);
    } else if ((e->kind == TB_X_AND || e->kind == TB_X_OR || e->kind == TB_X_COALESCE ||
                e->kind == TB_X_GREATEST || e->kind == TB_X_LEAST || e->kind == TB_X_ARRAY ||
                e->kind == TB_X_ROW) &&
               e->list.n > 0) {
        c->list.args = tb_arena_memdup(arena, e->list.args, e->list.n * ptr);
    }
    return c;
}

typedef struct map_cx {
    tb_expr_map map;
    void *ctx;
    bool changed;
} map_cx;

static void map_slot(tb_expr **slot, void *ctx)
{
    map_cx *cx = ctx;
    tb_expr *to = cx->map(*slot, cx->ctx);
    cx->changed |= to != *slot;
    *slot = to;
}

tb_expr *tb_expr_map_children(tb_arena *arena, tb_expr *e, tb_expr_map map, void *ctx)
{
    if (e->kind == TB_X_CONST || e->kind == TB_X_COL || e->kind == TB_X_PARAM ||
        e->kind == TB_X_CASE_VALUE)
        return e;
    tb_expr *copy = shallow_copy(arena, e);
    map_cx cx = {map, ctx, false};
    each_slot(copy, map_slot, &cx);
    return cx.changed ? copy : e;
}

/* ---- equality and hash ---- */

static bool datum_equal(tb_phys phys, const tb_datum *a, const tb_datum *b)
{
    switch (phys) {
    case TB_PHYS_BOOL:
    case TB_PHYS_I16:
    case TB_PHYS_I32:
    case TB_PHYS_I64:
    case TB_PHYS_OID:
    case TB_PHYS_F32:
    case TB_PHYS_F64:
        return memcmp(a, b, tb_phys_width(phys)) ==
               0; /* -0.0 and 0.0 print differently: not equal here */
    case TB_PHYS_NUM:
        return a->num.scale == b->num.scale && tb_num_cmp(&a->num, &b->num) == 0;
    case TB_PHYS_INTERVAL:
        return a->interval.us == b->interval.us && a->interval.days == b->interval.days &&
               a->interval.months == b->interval.months;
    case TB_PHYS_TIMETZ:
        return a->timetz.us == b->timetz.us && a->timetz.zone == b->timetz.zone;
    case TB_PHYS_UUID:
        return memcmp(a->uuid, b->uuid, sizeof a->uuid) == 0;
    case TB_PHYS_STR:
        return tb_str_eq(&a->str, &b->str);
    case TB_PHYS_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

static uint64_t datum_hash(tb_phys phys, const tb_datum *d)
{
    if (phys == TB_PHYS_NUM)
        return tb_num_hash(&d->num, 0);
    if (phys == TB_PHYS_STR)
        return XXH3_64bits(tb_str_data(&d->str), d->str.len);
    if (phys == TB_PHYS_TIMETZ)
        return (uint64_t)d->timetz.us ^ (uint64_t)d->timetz.zone << 32;
    return XXH3_64bits(d, tb_phys_width(phys));
}

static bool same_names(const tb_expr *a, const tb_expr *b)
{
    if (a->list.names == NULL || b->list.names == NULL)
        return a->list.names == b->list.names;
    for (uint32_t i = 0; i < a->list.n; i++)
        if (strcmp(a->list.names[i], b->list.names[i]) != 0)
            return false;
    return true;
}

/* Everything of a node but its children and its type. */
static bool same_node(const tb_expr *a, const tb_expr *b)
{
    switch (a->kind) {
    case TB_X_CONST:
        return a->constant.null == b->constant.null &&
               (a->constant.null ||
                datum_equal(tb_type_phys(a->type.id), &a->constant.d, &b->constant.d));
    case TB_X_COL:
        return a->col == b->col;
    case TB_X_PARAM:
        return a->param == b->param;
    case TB_X_CALL:
        return a->call.fn == b->call.fn && a->call.nargs == b->call.nargs;
    case TB_X_AND:
    case TB_X_OR:
    case TB_X_COALESCE:
    case TB_X_GREATEST:
    case TB_X_LEAST:
    case TB_X_ARRAY:
        return a->list.n == b->list.n;
    case TB_X_ROW:
        return a->list.n == b->list.n && same_names(a, b);
    case TB_X_NOT:
    case TB_X_RELABEL:
    case TB_X_CASE_VALUE:
    case TB_X_ARRAY_CAST:
        return true;
    case TB_X_TEST:
        return a->test.test == b->test.test;
    case TB_X_DISTINCT_FROM:
        return a->distinct.eq == b->distinct.eq;
    case TB_X_NULLIF:
        return a->nullif_.eq == b->nullif_.eq;
    case TB_X_CASE:
        return a->case_.n == b->case_.n &&
               (a->case_.otherwise == NULL) == (b->case_.otherwise == NULL);
    case TB_X_ARRAY_OP:
        return a->array_op.fn == b->array_op.fn && a->array_op.all == b->array_op.all;
    case TB_X_IO_CAST:
        return a->io_cast.explicit_ == b->io_cast.explicit_;
    case TB_X_SUBSCRIPT:
        return a->subscript.n == b->subscript.n && a->subscript.slice == b->subscript.slice;
    case TB_X_FIELD:
        return a->field.index == b->field.index;
    case TB_X_SUBLINK:
        return a->sublink.kind == b->sublink.kind && a->sublink.plan == b->sublink.plan &&
               (a->sublink.test == NULL) == (b->sublink.test == NULL);
    case TB_EXPR_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

enum { FANOUT_MAX = 64 };

/* The first children of a node; nodes with more are compared in rounds of FANOUT_MAX. */
typedef struct window_cx {
    uint32_t from, seen;
    uint32_t n;
    const tb_expr *at[FANOUT_MAX];
} window_cx;

static void window_slot(tb_expr **slot, void *ctx)
{
    window_cx *w = ctx;
    if (w->seen >= w->from && w->n < FANOUT_MAX)
        w->at[w->n++] = *slot;
    w->seen++;
}

static void window_fill(const tb_expr *e, uint32_t from, window_cx *w)
{
    *w = (window_cx){.from = from};
    each_slot((tb_expr *)e, window_slot, w);
}

/* Which subscripts are present matters: a[1:] and a[:1] have the same children. */
static bool same_bounds(const tb_expr *a, const tb_expr *b)
{
    for (uint32_t i = 0; i < a->subscript.n; i++)
        if ((a->subscript.lower[i] == NULL) != (b->subscript.lower[i] == NULL) ||
            (a->subscript.upper[i] == NULL) != (b->subscript.upper[i] == NULL))
            return false;
    return true;
}

static bool same_children(const tb_expr *a, const tb_expr *b)
{
    window_cx wa, wb;
    for (uint32_t from = 0;; from += FANOUT_MAX) {
        window_fill(a, from, &wa);
        window_fill(b, from, &wb);
        if (wa.seen != wb.seen)
            return false;
        for (uint32_t i = 0; i < wa.n; i++)
            if (!tb_expr_equal(wa.at[i], wb.at[i]))
                return false;
        if (from + wa.n >= wa.seen)
            return true;
    }
}

bool tb_expr_equal(const tb_expr *a, const tb_expr *b)
{
    if (a == b)
        return true;
    if (a == NULL || b == NULL || a->kind != b->kind || a->type.id != b->type.id ||
        a->type.typmod != b->type.typmod || !same_node(a, b))
        return false;
    if (a->kind == TB_X_SUBSCRIPT && !same_bounds(a, b))
        return false;
    return same_children(a, b);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
    h ^= v + 0x9E3779B97F4A7C15u + (h << 6) + (h >> 2);
    return h * 0xFF51AFD7ED558CCDu;
}

static void hash_slot(tb_expr **slot, void *ctx)
{
    uint64_t *h = ctx;
    *h = mix(*h, tb_expr_hash(*slot));
}

uint64_t tb_expr_hash(const tb_expr *e)
{
    uint64_t h = mix((uint64_t)e->kind, (uint64_t)e->type.id);
    if (e->kind == TB_X_CONST)
        h = mix(h, e->constant.null ? 1 : datum_hash(tb_type_phys(e->type.id), &e->constant.d));
    else if (e->kind == TB_X_COL)
        h = mix(h, e->col);
    else if (e->kind == TB_X_PARAM)
        h = mix(h, e->param);
    else if (e->kind == TB_X_CALL)
        h = mix(h, (uint64_t)e->call.fn);
    each_slot((tb_expr *)e, hash_slot, &h);
    return h;
}

/* ---- columns ---- */

typedef struct cols_cx {
    void (*fn)(tb_colid col, void *ctx);
    void *ctx;
} cols_cx;

static void cols_slot(tb_expr **slot, void *ctx)
{
    cols_cx *cx = ctx;
    tb_expr_each_col(*slot, cx->fn, cx->ctx);
}

void tb_expr_each_col(const tb_expr *e, void (*fn)(tb_colid col, void *ctx), void *ctx)
{
    if (e->kind == TB_X_COL) {
        fn(e->col, ctx);
        return;
    }
    cols_cx cx = {fn, ctx};
    each_slot((tb_expr *)e, cols_slot, &cx);
}

typedef struct replace_cx {
    tb_arena *arena;
    tb_expr *(*map)(tb_colid col, void *ctx);
    void *ctx;
} replace_cx;

static tb_expr *replace_one(tb_expr *e, void *ctx)
{
    replace_cx *cx = ctx;
    return tb_expr_replace_cols(cx->arena, e, cx->map, cx->ctx);
}

tb_expr *tb_expr_replace_cols(tb_arena *arena, tb_expr *e, tb_expr *(*map)(tb_colid col, void *ctx),
                              void *ctx)
{
    if (e->kind == TB_X_COL) {
        tb_expr *to = map(e->col, ctx);
        return to != NULL ? to : e;
    }
    replace_cx cx = {arena, map, ctx};
    return tb_expr_map_children(arena, e, replace_one, &cx);
}

/* ---- properties ---- */

/* Does the node itself (not its children) have the property? */
typedef bool (*local_test)(const tb_expr *e);

typedef struct any_cx {
    local_test test;
    bool found;
} any_cx;

static void any_slot(tb_expr **slot, void *ctx);

static bool any_node(const tb_expr *e, local_test test)
{
    if (test(e))
        return true;
    any_cx cx = {test, false};
    each_slot((tb_expr *)e, any_slot, &cx);
    return cx.found;
}

static void any_slot(tb_expr **slot, void *ctx)
{
    any_cx *cx = ctx;
    if (!cx->found)
        cx->found = any_node(*slot, cx->test);
}

/* The function a node calls, TB_FN_NONE if none. */
static tb_fn_id node_fn(const tb_expr *e)
{
    if (e->kind == TB_X_CALL)
        return e->call.fn;
    if (e->kind == TB_X_DISTINCT_FROM)
        return e->distinct.eq;
    if (e->kind == TB_X_NULLIF)
        return e->nullif_.eq;
    if (e->kind == TB_X_ARRAY_OP)
        return e->array_op.fn;
    return TB_FN_NONE;
}

static bool node_has_flag(const tb_expr *e, uint32_t flag)
{
    tb_fn_id fn = node_fn(e);
    return fn != TB_FN_NONE && (tb_fn_get(fn)->flags & flag) != 0;
}

static bool plan_is_volatile(tb_plan *p);

static tb_rc volatile_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    (void)err;
    bool *found = ctx;
    *found = *found || tb_expr_is_volatile(*slot);
    return TB_OK;
}

static bool plan_is_volatile(tb_plan *p)
{
    bool found = false;
    tb_error err = {0};
    tb_rc rc = tb_plan_each_expr(p, volatile_slot, &found, &err);
    TB_CHECK(rc == TB_OK);
    for (int i = 0; i < tb_plan_inputs(p->kind) && !found; i++)
        found = plan_is_volatile(p->in[i]);
    return found;
}

static bool local_volatile(const tb_expr *e)
{
    if (e->kind == TB_X_SUBLINK)
        return plan_is_volatile(e->sublink.plan);
    return node_has_flag(e, TB_FF_VOLATILE);
}

bool tb_expr_is_volatile(const tb_expr *e)
{
    return any_node(e, local_volatile);
}

static bool local_may_raise(const tb_expr *e)
{
    if (e->kind == TB_X_IO_CAST) /* output never fails, input of a string type neither */
        return !tb_type_is_string(e->type.id);
    if (e->kind == TB_X_SUBLINK) /* a scalar one on its second row; any on what it computes */
        return true;
    if (e->kind == TB_X_ARRAY) /* sub-arrays of different dimensions */
        return e->list.n > 0 && tb_type_is_array(e->list.args[0]->type.id);
    return node_has_flag(e, TB_FF_MAY_RAISE);
}

bool tb_expr_may_raise(const tb_expr *e)
{
    return any_node(e, local_may_raise);
}

static bool local_sublink(const tb_expr *e)
{
    return e->kind == TB_X_SUBLINK;
}

bool tb_expr_has_sublink(const tb_expr *e)
{
    return any_node(e, local_sublink);
}

bool tb_expr_is_const(const tb_expr *e)
{
    return e->kind == TB_X_CONST;
}
