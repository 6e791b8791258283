/* SPDX-License-Identifier: Apache-2.0
 * Lists of conjuncts: normal form and what follows from them.
 */
#include "planner/rewrite_int.h"

enum { DERIVED_MAX = 64 };

bool tbi_contains_expr(const tbi_preds *list, const tb_expr *e)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (tb_expr_equal(list->at[i], e))
            return true;
    return false;
}

/* The terms of an AND. *terms comes in as the address of e, which is the one conjunct of anything
 * else. */
static uint32_t conjuncts_of(tb_expr *e, tb_expr ***terms)
{
    if (e->kind != TB_X_AND)
        return 1;
    *terms = e->list.args;
    return e->list.n;
}

/* Is x one of the conjuncts of e? */
static bool has_conjunct(tb_expr *e, const tb_expr *x)
{
    tb_expr **terms = &e;
    uint32_t n = conjuncts_of(e, &terms);
    for (uint32_t i = 0; i < n; i++)
        if (tb_expr_equal(terms[i], x))
            return true;
    return false;
}

/* e without the conjuncts in common; NULL when nothing is left. */
static tb_expr *without(tb_stmt *stmt, tb_expr *e, const tbi_preds *common)
{
    tb_expr **terms = &e;
    uint32_t n = conjuncts_of(e, &terms);
    tbi_preds rest = {0};
    for (uint32_t i = 0; i < n; i++)
        if (!tbi_contains_expr(common, terms[i]))
            tb_list_push(stmt->arena, &rest, terms[i]);
    return rest.n == 0 ? NULL : tb_expr_and(stmt->arena, rest.at, rest.n);
}

/* (A AND B) OR (A AND C): A goes to the list, B OR C is returned; NULL when A alone remains. */
static tb_expr *factor(tb_stmt *stmt, tbi_preds *to, tb_expr *or_)
{
    tbi_preds common = {0};
    tb_expr *first = or_->list.args[0];
    tb_expr **terms = &first;
    uint32_t n = conjuncts_of(first, &terms);
    for (uint32_t t = 0; t < n; t++) {
        bool everywhere = !tb_expr_is_volatile(terms[t]);
        for (uint32_t i = 1; i < or_->list.n && everywhere; i++)
            everywhere = has_conjunct(or_->list.args[i], terms[t]);
        if (everywhere)
            tb_list_push(stmt->arena, &common, terms[t]);
    }
    if (common.n == 0)
        return or_;
    tbi_preds rest = {0};
    bool absorbed = false;
    for (uint32_t i = 0; i < or_->list.n; i++) {
        tb_expr *r = without(stmt, or_->list.args[i], &common);
        absorbed |= r == NULL;
        if (r != NULL)
            tb_list_push(stmt->arena, &rest, r);
    }
    tbi_add_conjuncts(stmt, to, common.at, common.n);
    return absorbed ? NULL : tb_expr_or(stmt->arena, rest.at, rest.n);
}

enum { SPELLED_OUT_MAX = 16 };

/* x op ANY (ARRAY[columns]) as an OR, ALL as an AND, so that joins can see their equalities; NULL
 * for anything else. */
static tb_expr *spelled_out(tb_stmt *stmt, tb_expr *e)
{
    if (e->kind != TB_X_ARRAY_OP || e->array_op.array->kind != TB_X_ARRAY)
        return NULL;
    const tb_expr *a = e->array_op.array;
    if (a->list.n == 0 || a->list.n > SPELLED_OUT_MAX || !tbi_expr_has_cols(a) ||
        tb_expr_is_volatile(e))
        return NULL;
    tb_expr **terms = TB_NEW_ARRAY(stmt->arena, tb_expr *, a->list.n);
    for (uint32_t i = 0; i < a->list.n; i++) {
        if (tb_type_is_array(a->list.args[i]->type.id))
            return NULL;
        terms[i] =
            tb_expr_call2(stmt->arena, e->array_op.fn, e->type, e->array_op.left, a->list.args[i]);
    }
    return e->array_op.all ? tb_expr_and(stmt->arena, terms, a->list.n)
                           : tb_expr_or(stmt->arena, terms, a->list.n);
}

void tbi_add_conjunct(tb_stmt *stmt, tbi_preds *to, tb_expr *e)
{
    tb_expr *spelled = spelled_out(stmt, e);
    e = spelled != NULL ? spelled : e;
    if (e->kind == TB_X_AND) {
        tbi_add_conjuncts(stmt, to, e->list.args, e->list.n);
        return;
    }
    if (e->kind == TB_X_OR) {
        tb_expr *rest = factor(stmt, to, e);
        if (rest == NULL)
            return;
        if (rest != e) {
            tbi_add_conjunct(stmt, to, rest);
            return;
        }
    }
    if (!tb_expr_is_true(e) && (tb_expr_is_volatile(e) || !tbi_contains_expr(to, e)))
        tb_list_push(stmt->arena, to, e);
}

void tbi_add_conjuncts(tb_stmt *stmt, tbi_preds *to, tb_expr *const *es, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        tbi_add_conjunct(stmt, to, es[i]);
}

/* ---- equivalence classes ---- */

typedef struct classes {
    tbi_preds members;
    TB_LIST(uint32_t) parent;
} classes;

static uint32_t find(classes *c, uint32_t i)
{
    while (c->parent.at[i] != i)
        i = c->parent.at[i] = c->parent.at[c->parent.at[i]];
    return i;
}

static uint32_t member(tb_stmt *stmt, classes *c, tb_expr *e)
{
    for (uint32_t i = 0; i < c->members.n; i++)
        if (tb_expr_equal(c->members.at[i], e))
            return i;
    tb_list_push(stmt->arena, &c->members, e);
    uint32_t self = c->parent.n;
    tb_list_push(stmt->arena, &c->parent, self);
    return c->members.n - 1;
}

static bool is_value(const tb_expr *e)
{
    return e->kind == TB_X_CONST || e->kind == TB_X_PARAM;
}

/* x cmp value, with x on the left. */
typedef struct bound {
    tb_expr *x, *value;
    tb_fn_id fn;
} bound;

static bool as_bound(const tb_expr *e, bound *out)
{
    if (e->kind != TB_X_CALL || e->call.nargs != 2 || tb_fn_comparison(e->call.fn) == NULL ||
        tb_fn_get(e->call.fn)->ret != TB_T_BOOL)
        return false;
    tb_expr *a = e->call.args[0], *b = e->call.args[1];
    if (a->type.id != b->type.id || tb_expr_is_volatile(e))
        return false;
    if (is_value(b) && tbi_expr_has_cols(a)) {
        *out = (bound){a, b, e->call.fn};
        return true;
    }
    if (is_value(a) && tbi_expr_has_cols(b) && tb_fn_commutator(e->call.fn) != TB_FN_NONE) {
        *out = (bound){b, a, tb_fn_commutator(e->call.fn)};
        return true;
    }
    return false;
}

static void build_classes(tb_stmt *stmt, classes *c, const tbi_preds *list)
{
    for (uint32_t i = 0; i < list->n; i++) {
        tb_expr *e = list->at[i];
        if (!tbi_is_equality(e) || tb_expr_is_volatile(e))
            continue;
        tb_expr *a = e->call.args[0], *b = e->call.args[1];
        if (a->type.id != b->type.id || !tbi_expr_has_cols(a) || !tbi_expr_has_cols(b))
            continue;
        uint32_t x = find(c, member(stmt, c, a)), y = find(c, member(stmt, c, b));
        c->parent.at[x] = y;
    }
}

void tbi_add_transitive(tb_stmt *stmt, tbi_preds *list)
{
    classes c = {0};
    build_classes(stmt, &c, list);
    if (c.members.n == 0)
        return;
    uint32_t n = list->n, added = 0;
    for (uint32_t i = 0; i < n && added < DERIVED_MAX; i++) {
        bound b;
        if (!as_bound(list->at[i], &b))
            continue;
        uint32_t root = UINT32_MAX;
        for (uint32_t m = 0; m < c.members.n; m++)
            if (tb_expr_equal(c.members.at[m], b.x))
                root = find(&c, m);
        for (uint32_t m = 0; m < c.members.n && root != UINT32_MAX; m++) {
            if (find(&c, m) != root || tb_expr_equal(c.members.at[m], b.x))
                continue;
            tb_expr *args[] = {c.members.at[m], b.value};
            tb_expr *e =
                tb_expr_call(stmt->arena, b.fn, list->at[i]->type, args, 2, list->at[i]->pos);
            if (!tbi_contains_expr(list, e)) {
                tb_list_push(stmt->arena, list, e);
                added++;
            }
        }
    }
}

/* ---- what an OR implies for one side ---- */

static tb_expr *part_of(tb_stmt *stmt, tb_expr *e, const tb_plan *p)
{
    tb_expr **terms = &e;
    uint32_t n = conjuncts_of(e, &terms);
    tbi_preds here = {0};
    for (uint32_t i = 0; i < n; i++)
        if (tbi_expr_has_cols(terms[i]) && tbi_expr_within_plan(terms[i], p) &&
            !tb_expr_has_sublink(terms[i]))
            tb_list_push(stmt->arena, &here, terms[i]);
    return here.n == 0 ? NULL : tb_expr_and(stmt->arena, here.at, here.n);
}

tb_expr *tbi_implied_by_or(tb_stmt *stmt, const tb_expr *e, const tb_plan *p)
{
    if (e->kind != TB_X_OR || tb_expr_is_volatile(e))
        return NULL;
    tb_expr **terms = TB_NEW_ARRAY(stmt->arena, tb_expr *, e->list.n);
    for (uint32_t i = 0; i < e->list.n; i++) {
        terms[i] = part_of(stmt, e->list.args[i], p);
        if (terms[i] == NULL)
            return NULL;
    }
    return tbi_fold(stmt, tb_expr_or(stmt->arena, terms, e->list.n));
}
