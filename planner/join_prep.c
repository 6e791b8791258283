/* SPDX-License-Identifier: Apache-2.0
 * Last pass: turns the conditions of each join into keys of a hash join and a residual, and chooses
 * the side to hash.
 *
 * A key's operands have one type; integers of two widths are widened. In MARK and NULL_ANTI joins a
 * plain equality is three-valued (IN): alone it is an `unknown` key, among other conditions it goes
 * to the residual, which is three-valued too. Conditions under IS TRUE and IS NOT DISTINCT FROM are
 * two-valued.
 */
#include "planner/cost.h"
#include "planner/planner.h"

static bool is_int(tb_type_id t)
{
    return t == TB_T_INT2 || t == TB_T_INT4 || t == TB_T_INT8;
}

static tb_expr *widened(const tb_stmt *stmt, tb_expr *e)
{
    if (e->type.id == TB_T_INT8)
        return e;
    return tb_expr_call1(stmt->arena, e->type.id == TB_T_INT4 ? TB_FN_INT8_INT4 : TB_FN_INT8_INT2,
                         tb_type_of(TB_T_INT8), e);
}

static bool hashable(tb_type_id t)
{
    return t != TB_T_RECORD && tbi_eq_fn(t) != TB_FN_NONE;
}

/* a = b with one operand per side. */
static bool as_key(const tb_stmt *stmt, const tb_plan *p, tb_expr *a, tb_expr *b, tb_fn_id eq,
                   tb_join_key *key)
{
    if (!tbi_expr_has_cols(a) || !tbi_expr_has_cols(b) || tb_expr_is_volatile(a) ||
        tb_expr_is_volatile(b))
        return false;
    if (tbi_expr_within_plan(a, p->in[1]) && tbi_expr_within_plan(b, p->in[0])) {
        tb_expr *t = a;
        a = b;
        b = t;
    } else if (!tbi_expr_within_plan(a, p->in[0]) || !tbi_expr_within_plan(b, p->in[1])) {
        return false;
    }
    if (a->type.id != b->type.id) {
        if (!is_int(a->type.id) || !is_int(b->type.id))
            return false;
        a = widened(stmt, a);
        b = widened(stmt, b);
        eq = TB_FN_INT8EQ;
    }
    if (!hashable(a->type.id))
        return false;
    *key = (tb_join_key){.left = a, .right = b, .eq = eq};
    return true;
}

/* Keys from a condition that is two-valued, or of which NULL means false in this join. */
static bool two_valued_key(const tb_stmt *stmt, const tb_plan *p, tb_expr *e, bool plain,
                           tb_join_key *key)
{
    if (e->kind == TB_X_NOT && e->arg->kind == TB_X_DISTINCT_FROM) {
        const tb_expr *d = e->arg;
        if (!as_key(stmt, p, d->distinct.left, d->distinct.right, d->distinct.eq, key))
            return false;
        key->null_safe = true;
        return true;
    }
    if (e->kind == TB_X_TEST && e->test.test == TB_IS_TRUE) {
        e = e->test.arg;
        plain = true;
    }
    return plain && tbi_is_equality(e) &&
           as_key(stmt, p, e->call.args[0], e->call.args[1], e->call.fn, key);
}

static bool three_valued(const tb_plan *p)
{
    return p->join.type == TB_JOIN_MARK || p->join.type == TB_JOIN_NULL_ANTI;
}

static bool nonnull_operands(tb_stmt *stmt, const tb_plan *p, const tb_expr *e)
{
    tbi_colset l = tbi_nonnull_cols(stmt, p->in[0]), r = tbi_nonnull_cols(stmt, p->in[1]);
    tbi_colset_add_set(stmt->arena, &l, &r);
    return tbi_expr_nonnull(e, &l);
}

/* Which side is hashed: the smaller one, where the join's type leaves the choice. */
static bool builds_left(const tb_plan *p)
{
    if (p->join.lateral || p->in[0]->rows < 0 || p->in[1]->rows < 0)
        return false;
    double l = p->in[0]->rows * (16 + p->in[0]->width), r = p->in[1]->rows * (16 + p->in[1]->width);
    return l < r && p->join.type != TB_JOIN_SINGLE && p->join.type != TB_JOIN_NULL_ANTI &&
           p->join.type != TB_JOIN_MARK;
}

/* NOT IN that cannot be one `unknown` key: the rows of which no comparison is true or unknown. */
static tb_plan *null_anti_as_anti(tb_stmt *stmt, tb_plan *p)
{
    tb_plan *c = tb_plan_clone(stmt->arena, p);
    c->join.type = TB_JOIN_ANTI;
    for (uint32_t i = 0; i < c->join.nconds; i++)
        c->join.conds[i] = tbi_mk_test(stmt, TB_IS_NOT_FALSE, c->join.conds[i]);
    return c;
}

static tb_plan *prepared(tb_stmt *stmt, tb_plan *p)
{
    tb_join_key key;
    if (p->join.type == TB_JOIN_NULL_ANTI &&
        !(p->join.nconds == 1 && two_valued_key(stmt, p, p->join.conds[0], true, &key)))
        p = null_anti_as_anti(stmt, p);
    TB_LIST(tb_join_key) keys = {0};
    tbi_preds residual = {0};
    bool plain_counts = !three_valued(p);
    for (uint32_t i = 0; i < p->join.nconds; i++) {
        tb_expr *e = p->join.conds[i];
        bool plain = plain_counts || (tbi_is_equality(e) && nonnull_operands(stmt, p, e));
        bool is_key =
            !p->join.lateral && two_valued_key(stmt, p, e, plain || p->join.nconds == 1, &key);
        if (is_key) {
            key.unknown = !plain && tbi_is_equality(e);
            tb_list_push(stmt->arena, &keys, key);
        } else {
            tb_list_push(stmt->arena, &residual, e);
        }
    }
    tb_plan *c = tb_plan_clone(stmt->arena, p);
    c->join.keys = keys.at;
    c->join.nkeys = keys.n;
    c->join.residual = residual.at;
    c->join.nresidual = residual.n;
    c->join.build_left = builds_left(p);
    return c;
}

static tb_rc prepare(tb_stmt *stmt, tb_plan **node, void *ctx, tb_error *err)
{
    (void)ctx, (void)err;
    if ((*node)->kind == TB_P_JOIN)
        *node = prepared(stmt, *node);
    return TB_OK;
}

tb_rc tbi_join_prep(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    return tbi_rewrite_up(stmt, plan, prepare, NULL, err);
}
