/* SPDX-License-Identifier: Apache-2.0
 * Cardinality estimates from row counts and distinct counts of base columns.
 */
#include "planner/cost.h"

#include <math.h>
#include <stdlib.h>

static const double DEFAULT_ROWS = 10000, DEFAULT_NDV = 200, FUNC_ROWS = 100, RECURSION = 10;
static const double SEL_EQ = 0.005, SEL_RANGE = 0.3, SEL_LIKE = 0.05, SEL_BOOL = 0.5,
                    SEL_OTHER = 0.25, SEL_NULL = 0.02;

static double at_least_one(double rows)
{
    return rows < 1 ? 1 : rows;
}

double tbi_row_width(const tb_stmt *stmt, const tb_colid *cols, uint32_t n)
{
    double width = 0;
    for (uint32_t i = 0; i < n; i++) {
        int16_t len = tb_type_get(tb_stmt_col_type(stmt, cols[i]).id)->len;
        width += len > 0 ? len : 24;
    }
    return width;
}

/* ---- distinct values ---- */

static double col_ndv(const tb_stmt *stmt, tb_colid col, double rows)
{
    const tb_colinfo *info = tb_stmt_col(stmt, col);
    if (info->type.id == TB_T_BOOL)
        return 2;
    if (info->rel == NULL)
        return fmin(rows, fmax(DEFAULT_NDV, rows / 10));
    const tb_column *c = &info->rel->cols[info->attno];
    double base = info->rel->rows >= 0 ? info->rel->rows : DEFAULT_ROWS;
    double ndv = c->ndv > 0 ? c->ndv : fmax(DEFAULT_NDV, base / 10);
    if (info->rel->npk == 1 && info->rel->pk[0] == info->attno)
        ndv = base;
    return at_least_one(fmin(ndv, rows));
}

typedef struct ndv_cx {
    const tb_stmt *stmt;
    double rows, ndv;
} ndv_cx;

static void add_ndv(tb_colid col, void *ctx)
{
    ndv_cx *cx = ctx;
    cx->ndv = fmin(cx->rows, cx->ndv * col_ndv(cx->stmt, col, cx->rows));
}

double tbi_ndv(const tb_stmt *stmt, const tb_plan *p, const tb_expr *e)
{
    ndv_cx cx = {stmt, at_least_one(p->rows), 1};
    tb_expr_each_col(e, add_ndv, &cx);
    return at_least_one(cx.ndv);
}

/* ---- selectivity ---- */

static double eq_selectivity(const tb_stmt *stmt, const tb_plan *p, const tb_expr *x)
{
    return x->kind == TB_X_COL ? 1 / col_ndv(stmt, x->col, at_least_one(p->rows)) : SEL_EQ;
}

static double comparison(const tb_stmt *stmt, const tb_plan *p, const tb_expr *e, const char *cmp)
{
    const tb_expr *a = e->call.args[0], *b = e->call.args[1];
    bool both = tbi_expr_has_cols(a) && tbi_expr_has_cols(b);
    double eq = both ? 1 / fmax(tbi_ndv(stmt, p, a), tbi_ndv(stmt, p, b))
                     : eq_selectivity(stmt, p, tbi_expr_has_cols(a) ? a : b);
    if (strcmp(cmp, "=") == 0)
        return eq;
    return strcmp(cmp, "<>") == 0 ? 1 - eq : SEL_RANGE;
}

static double list_size(const tb_expr *array)
{
    return array->kind == TB_X_ARRAY ? array->list.n : 5;
}

static double junction(const tb_stmt *stmt, const tb_plan *p, const tb_expr *e)
{
    double product = 1;
    for (uint32_t i = 0; i < e->list.n; i++) {
        double s = tbi_selectivity(stmt, p, e->list.args[i]);
        product *= e->kind == TB_X_AND ? s : 1 - s;
    }
    return e->kind == TB_X_AND ? product : 1 - product;
}

double tbi_selectivity(const tb_stmt *stmt, const tb_plan *p, const tb_expr *e)
{
    if (e->kind == TB_X_CONST)
        return e->constant.null || !e->constant.d.b ? 0 : 1;
    if (e->kind == TB_X_AND || e->kind == TB_X_OR)
        return junction(stmt, p, e);
    if (e->kind == TB_X_NOT)
        return 1 - tbi_selectivity(stmt, p, e->arg);
    if (e->kind == TB_X_TEST) {
        if (e->test.test == TB_IS_NULL)
            return SEL_NULL;
        if (e->test.test == TB_IS_NOT_NULL)
            return 1 - SEL_NULL;
        bool negative = e->test.test == TB_IS_NOT_TRUE || e->test.test == TB_IS_FALSE;
        double s = tbi_selectivity(stmt, p, e->test.arg);
        return negative ? 1 - s : s;
    }
    if (e->kind == TB_X_COL)
        return SEL_BOOL;
    if (e->kind == TB_X_ARRAY_OP) {
        double s =
            fmin(0.9, list_size(e->array_op.array) * eq_selectivity(stmt, p, e->array_op.left));
        return e->array_op.all ? 1 - s : s;
    }
    if (e->kind == TB_X_DISTINCT_FROM)
        return 1 - SEL_EQ;
    if (e->kind == TB_X_CALL && e->call.nargs == 2) {
        const char *cmp = tb_fn_comparison(e->call.fn);
        if (cmp != NULL)
            return comparison(stmt, p, e, cmp);
        return strstr(tb_fn_get(e->call.fn)->id, "like") != NULL ? SEL_LIKE : SEL_OTHER;
    }
    return SEL_OTHER;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Conjuncts are seldom independent: the most selective counts in full, the next with its square
 * root, and so on. */
static double conjunction(const tb_stmt *stmt, const tb_plan *p, tb_expr *const *es, uint32_t n)
{
    enum { COUNTED = 4 };
    double *s = TB_NEW_ARRAY(stmt->arena, double, n), total = 1, power = 1;
    for (uint32_t i = 0; i < n; i++)
        s[i] = tbi_selectivity(stmt, p, es[i]);
    qsort(s, n, sizeof *s, by_value);
    for (uint32_t i = 0; i < n && i < COUNTED; i++, power /= 2)
        total *= pow(s[i], power);
    return total;
}

/* ---- nodes ---- */

/* Selectivity of a join's conditions among all pairs. */
static double join_selectivity(const tb_stmt *stmt, const tb_plan *p)
{
    double sel = 1;
    for (uint32_t i = 0; i < p->join.nconds; i++) {
        const tb_expr *e = p->join.conds[i];
        if (e->kind == TB_X_TEST && e->test.test == TB_IS_TRUE)
            e = e->test.arg;
        if (e->kind == TB_X_NOT && e->arg->kind == TB_X_DISTINCT_FROM)
            sel /= fmax(tbi_ndv(stmt, p->in[0], e->arg->distinct.left),
                        tbi_ndv(stmt, p->in[1], e->arg->distinct.right));
        else if (tbi_is_equality(e) && tbi_expr_has_cols(e->call.args[0]) &&
                 tbi_expr_has_cols(e->call.args[1]))
            sel /=
                fmax(tbi_ndv(stmt,
                             tbi_expr_touches_plan(e->call.args[0], p->in[0]) ? p->in[0] : p->in[1],
                             e->call.args[0]),
                     tbi_ndv(stmt,
                             tbi_expr_touches_plan(e->call.args[1], p->in[0]) ? p->in[0] : p->in[1],
                             e->call.args[1]));
        else
            sel *= e->kind == TB_X_OR ? SEL_EQ * e->list.n : SEL_RANGE;
    }
    return sel;
}

static double join_rows(const tb_stmt *stmt, const tb_plan *p)
{
    double l = p->in[0]->rows, r = p->in[1]->rows, matches = l * r * join_selectivity(stmt, p);
    switch (p->join.type) {
    case TB_JOIN_INNER:
        return matches;
    case TB_JOIN_LEFT:
        return fmax(matches, l);
    case TB_JOIN_RIGHT:
        return fmax(matches, r);
    case TB_JOIN_FULL:
        return fmax(matches, l + r);
    case TB_JOIN_SEMI:
        return fmin(l, fmax(matches, l * 0.1));
    case TB_JOIN_ANTI:
    case TB_JOIN_NULL_ANTI:
        return fmax(l * 0.1, l - matches);
    case TB_JOIN_MARK:
    case TB_JOIN_SINGLE:
        return l;
    }
    TB_UNREACHABLE();
}

static double agg_rows(const tb_stmt *stmt, const tb_plan *p)
{
    double rows = at_least_one(p->in[0]->rows), groups = 1;
    if (p->agg.nkeys == 0)
        return 1;
    for (uint32_t i = 0; i < p->agg.nkeys; i++)
        groups *= col_ndv(stmt, p->agg.keys[i], rows);
    groups = fmin(groups, rows);
    return p->agg.nsets > 1 ? groups * p->agg.nsets / 2 : groups;
}

static double limit_rows(const tb_plan *p)
{
    const tb_expr *n = p->limit.count;
    double rows = p->in[0]->rows;
    if (n != NULL && n->kind == TB_X_CONST && !n->constant.null && n->type.id == TB_T_INT8)
        rows = fmin(rows, (double)n->constant.d.i64);
    return rows;
}

static double setop_rows(const tb_plan *p)
{
    double l = p->in[0]->rows, r = p->in[1]->rows;
    if (p->setop.op == TB_SETOP_UNION)
        return p->setop.all ? l + r : fmax(l, r) + fmin(l, r) / 2;
    return p->setop.op == TB_SETOP_INTERSECT ? fmin(l, r) / 2 : l / 2;
}

static double node_rows(const tb_stmt *stmt, const tb_plan *p)
{
    switch (p->kind) {
    case TB_P_SCAN:
        return p->scan.rel->rows >= 0 ? p->scan.rel->rows : DEFAULT_ROWS;
    case TB_P_ROW:
        return 1;
    case TB_P_EMPTY:
        return 0;
    case TB_P_VALUES:
        return p->values.nrows;
    case TB_P_FUNC:
        return FUNC_ROWS;
    case TB_P_CTE_REF:
        return p->rows >= 0 ? p->rows : DEFAULT_ROWS;
    case TB_P_FILTER:
        return p->in[0]->rows * conjunction(stmt, p->in[0], p->filter.conjuncts, p->filter.n);
    case TB_P_PROJECT_SET:
        return p->in[0]->rows * RECURSION;
    case TB_P_JOIN:
        return join_rows(stmt, p);
    case TB_P_AGG:
        return agg_rows(stmt, p);
    case TB_P_LIMIT:
        return limit_rows(p);
    case TB_P_DISTINCT_ON:
        return fmax(1, p->in[0]->rows / 10);
    case TB_P_SETOP:
        return setop_rows(p);
    case TB_P_CTE:
        return p->in[1]->rows;
    case TB_P_RECURSIVE:
        return p->in[0]->rows + p->in[1]->rows * RECURSION;
    case TB_P_SAMPLE:
        return p->in[0]->rows / 10;
    case TB_P_PROJECT:
    case TB_P_WINDOW:
    case TB_P_SORT:
    case TB_P_BARRIER:
    case TB_P_FRAGMENT:
        return p->in[0]->rows;
    case TB_PLAN_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

/* CTE references learn the size of their definition. */
static void tell_refs(tb_plan *p, uint32_t id, double rows)
{
    if (p->kind == TB_P_CTE_REF && p->cte_ref.id == id)
        p->rows = rows;
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        tell_refs(p->in[i], id, rows);
}

void tbi_estimate(const tb_stmt *stmt, tb_plan *p)
{
    if (p->rows >= 0 && p->width >= 0)
        return;
    for (int i = 0; i < tb_plan_inputs(p->kind); i++) {
        if (i == 1 && p->kind == TB_P_CTE)
            tell_refs(p->in[1], p->cte.id, p->in[0]->rows);
        if (i == 1 && p->kind == TB_P_RECURSIVE)
            tell_refs(p->in[1], p->recursive.id, p->in[0]->rows);
        tbi_estimate(stmt, p->in[i]);
    }
    double rows = node_rows(stmt, p);
    p->rows = p->kind == TB_P_EMPTY ? 0 : fmax(rows, 0.1);
    p->width = tbi_row_width(stmt, p->out, p->nout);
}
