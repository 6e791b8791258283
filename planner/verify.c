/* SPDX-License-Identifier: Apache-2.0
 * Invariants of a plan, checked after every pass in debug builds:
 *
 *   - every column mentioned is given by an input, or, in the right side of a lateral join or in a
 *     sublink, by something outside;
 *   - every column is made once; types agree with the column register; no sublink after unnesting;
 *   - a protected scan is below the fence of its relation.
 */
#include "planner/planner.h"
#include "planner/rewrite_int.h"

typedef struct scope {
    const tbi_colset *cols;
    const struct scope *outer;
} scope;

typedef struct verifier {
    const tb_stmt *stmt;
    const char *pass;
    bool sublinks;
    tbi_colset made;
    const tb_relation *fence; /* relation of the barrier above */
    TB_LIST(uint32_t) ctes;   /* ids in scope */
    TB_LIST(tbi_colset) cte_cols;
    tb_error *err;
} verifier;

static tb_rc check(verifier *v, const tb_plan *p, const scope *outer);

static tb_rc broken(const verifier *v, const tb_plan *p, const char *what, tb_colid col)
{
    return TB_RAISE(v->err, TB_E_INTERNAL_ERROR, "plan after %s: %s (%s, column %u)", v->pass, what,
                    tb_plan_kind_name(p->kind), col);
}

static bool known(const verifier *v, tb_colid col)
{
    return col > 0 && col < v->stmt->cols.n;
}

static bool visible(const scope *s, tb_colid col)
{
    for (; s != NULL; s = s->outer)
        if (tbi_colset_has(s->cols, col))
            return true;
    return false;
}

/* ---- expressions ---- */

typedef struct expr_cx {
    verifier *v;
    const tb_plan *p;
    const scope *scope;
} expr_cx;

static tb_rc check_expr(tb_expr *e, void *ctx, tb_error *err);

static tb_rc check_sublink(expr_cx *cx, tb_expr *e, tb_error *err)
{
    if (!cx->v->sublinks)
        return broken(cx->v, cx->p, "a subquery in an expression", 0);
    TB_TRY(check(cx->v, e->sublink.plan, cx->scope));
    if (e->sublink.test == NULL)
        return TB_OK;
    tbi_colset cols = {0};
    tbi_colset_add_list(cx->v->stmt->arena, &cols, e->sublink.plan->out, e->sublink.plan->nout);
    scope inner = {&cols, cx->scope};
    expr_cx in = {cx->v, cx->p, &inner};
    return check_expr(e->sublink.test, &in, err);
}

static tb_rc check_expr(tb_expr *e, void *ctx, tb_error *err)
{
    expr_cx *cx = ctx;
    if (e->kind == TB_X_COL) {
        if (!known(cx->v, e->col) || !visible(cx->scope, e->col))
            return broken(cx->v, cx->p, "an expression mentions a column that is not there",
                          e->col);
        if (tb_stmt_col_type(cx->v->stmt, e->col).id != e->type.id)
            return broken(cx->v, cx->p, "a column has two types", e->col);
    }
    if (e->kind == TB_X_SUBLINK)
        return check_sublink(cx, e, err);
    return tb_expr_each_child(e, check_expr, ctx, err);
}

static tb_rc check_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    return check_expr(*slot, ctx, err);
}

static tb_rc check_bool(const verifier *v, const tb_plan *p, tb_expr *const *es, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (es[i]->type.id != TB_T_BOOL)
            return broken(v, p, "a condition is not boolean", 0);
    return TB_OK;
}

/* ---- columns of a node ---- */

typedef struct col_cx {
    verifier *v;
    const tb_plan *p;
    const tbi_colset *in;
    const scope *outer;
    tb_rc rc;
} col_cx;

static void check_col(tb_colid *slot, tbi_col_role role, void *ctx)
{
    col_cx *cx = ctx;
    if (cx->rc != TB_OK)
        return;
    if (!known(cx->v, *slot)) {
        cx->rc = broken(cx->v, cx->p, "an unknown column", *slot);
    } else if (role == TBI_COL_MAKES) {
        bool again = cx->p->kind == TB_P_FUNC &&
                     tb_plan_outputs(cx->p, *slot); /* listed in items and in out */
        if (tbi_colset_has(&cx->v->made, *slot) && !again)
            cx->rc = broken(cx->v, cx->p, "a column is made twice", *slot);
        tbi_colset_add(cx->v->stmt->arena, &cx->v->made, *slot);
    } else if (role == TBI_COL_READS && !tbi_colset_has(cx->in, *slot)) {
        cx->rc = broken(cx->v, cx->p, "reads a column that is not there", *slot);
    }
}

/* A node gives columns of its inputs or ones it makes itself. */
static tb_rc check_out(verifier *v, const tb_plan *p, const tbi_colset *in)
{
    for (uint32_t i = 0; i < p->nout; i++) {
        tb_colid col = p->out[i];
        for (uint32_t k = 0; k < i; k++)
            if (p->out[k] == col)
                return broken(v, p, "a column is given twice", col);
        bool item = false;
        if (p->kind == TB_P_PROJECT || p->kind == TB_P_PROJECT_SET) {
            for (uint32_t k = 0; k < p->project.n; k++)
                item |= p->project.items[k].out == col;
            if (!item)
                return broken(v, p, "a projection gives a column it does not list", col);
        } else if (!tbi_colset_has(in, col) && !tbi_colset_has(&v->made, col)) {
            return broken(v, p, "gives a column that is not there", col);
        }
    }
    return TB_OK;
}

/* ---- nodes ---- */

static tb_rc check_project(const verifier *v, const tb_plan *p)
{
    for (uint32_t i = 0; i < p->project.n; i++) {
        const tb_assign *a = &p->project.items[i];
        if (tb_stmt_col_type(v->stmt, a->out).id != a->expr->type.id)
            return broken(v, p, "an item's type is not its column's", a->out);
    }
    return TB_OK;
}

static tb_rc check_setop(const verifier *v, const tb_plan *p, const tb_colid *left,
                         const tb_colid *right)
{
    for (uint32_t i = 0; i < p->nout; i++) {
        tb_type_id t = tb_stmt_col_type(v->stmt, p->out[i]).id;
        if (tb_stmt_col_type(v->stmt, left[i]).id != t ||
            tb_stmt_col_type(v->stmt, right[i]).id != t)
            return broken(v, p, "a set operation mixes types", p->out[i]);
        if (!tb_plan_outputs(p->in[0], left[i]) || !tb_plan_outputs(p->in[1], right[i]))
            return broken(v, p, "a set operation reads a column of the wrong side", p->out[i]);
    }
    return TB_OK;
}

static tb_rc check_cte_ref(const verifier *v, const tb_plan *p)
{
    for (uint32_t i = v->ctes.n; i-- > 0;) {
        if (v->ctes.at[i] != p->cte_ref.id)
            continue;
        for (uint32_t c = 0; c < p->nout; c++) {
            if (!tbi_colset_has(&v->cte_cols.at[i], p->cte_ref.cols[c]))
                return broken(v, p, "reads a column its CTE does not give", p->cte_ref.cols[c]);
            if (tb_stmt_col_type(v->stmt, p->cte_ref.cols[c]).id !=
                tb_stmt_col_type(v->stmt, p->out[c]).id)
                return broken(v, p, "a CTE's column changes its type", p->out[c]);
        }
        return TB_OK;
    }
    return broken(v, p, "reads a CTE that is not in scope", 0);
}

static tb_rc check_scan(const verifier *v, const tb_plan *p)
{
    if (p->scan.protected_ && v->fence != p->scan.rel)
        return broken(v, p, "a protected table without its fence", 0);
    for (uint32_t i = 0; i < p->nout; i++)
        if (p->scan.attno[i] >= p->scan.rel->ncols ||
            p->scan.rel->cols[p->scan.attno[i]].type.id != tb_stmt_col_type(v->stmt, p->out[i]).id)
            return broken(v, p, "a scan's column is not the table's", p->out[i]);
    return TB_OK;
}

static tb_rc check_kind(verifier *v, const tb_plan *p)
{
    if (p->kind == TB_P_SCAN)
        return check_scan(v, p);
    if (p->kind == TB_P_PROJECT || p->kind == TB_P_PROJECT_SET)
        return check_project(v, p);
    if (p->kind == TB_P_FILTER)
        return check_bool(v, p, p->filter.conjuncts, p->filter.n);
    if (p->kind == TB_P_JOIN)
        return check_bool(v, p, p->join.conds, p->join.nconds);
    if (p->kind == TB_P_SETOP)
        return check_setop(v, p, p->setop.left, p->setop.right);
    if (p->kind == TB_P_RECURSIVE)
        return check_setop(v, p, p->recursive.left, p->recursive.right);
    if (p->kind == TB_P_CTE_REF)
        return check_cte_ref(v, p);
    return TB_OK;
}

static void enter_cte(verifier *v, uint32_t id, const tb_plan *p)
{
    tbi_colset cols = {0};
    tbi_colset_add_list(v->stmt->arena, &cols, p->out, p->nout);
    tb_list_push(v->stmt->arena, &v->ctes, id);
    tb_list_push(v->stmt->arena, &v->cte_cols, cols);
}

static void leave_cte(verifier *v)
{
    v->ctes.n--;
    v->cte_cols.n--;
}

static tb_rc check_inputs(verifier *v, const tb_plan *p, const scope *outer)
{
    int n = tb_plan_inputs(p->kind);
    for (int i = 0; i < n; i++) {
        bool scoped = i == 1 && (p->kind == TB_P_CTE || p->kind == TB_P_RECURSIVE);
        tbi_colset left = {0};
        scope lateral = {&left, outer};
        if (scoped)
            enter_cte(v, p->kind == TB_P_CTE ? p->cte.id : p->recursive.id,
                      p->kind == TB_P_CTE ? p->in[0] : p);
        bool sees_left = i == 1 && p->kind == TB_P_JOIN && p->join.lateral;
        if (sees_left)
            tbi_colset_add_list(v->stmt->arena, &left, p->in[0]->out, p->in[0]->nout);
        TB_TRY(check(v, p->in[i], sees_left ? &lateral : outer));
        if (scoped)
            leave_cte(v);
    }
    return TB_OK;
}

static tb_rc check(verifier *v, const tb_plan *p, const scope *outer)
{
    const tb_relation *fence = v->fence;
    if (p->kind == TB_P_BARRIER)
        v->fence = p->barrier.rel;
    TB_TRY(check_inputs(v, p, outer));
    v->fence = fence;
    tbi_colset in = {0};
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        if (!(i == 0 && p->kind == TB_P_CTE))
            tbi_colset_add_list(v->stmt->arena, &in, p->in[i]->out, p->in[i]->nout);
    col_cx cols = {v, p, &in, outer, TB_OK};
    tbi_each_col((tb_plan *)p, check_col, &cols);
    TB_TRY(cols.rc);
    TB_TRY(check_out(v, p, &in));
    scope here = {&in, outer};
    expr_cx cx = {v, p, &here};
    TB_TRY(tb_plan_each_expr((tb_plan *)p, check_slot, &cx, v->err));
    return check_kind(v, p);
}

tb_rc tb_plan_verify(const tb_stmt *stmt, const tb_plan *plan, const char *pass, tb_error *err)
{
    verifier v = {
        .stmt = stmt, .pass = pass, .sublinks = tbi_pass_allows_sublinks(pass), .err = err};
    return check(&v, plan, NULL);
}
