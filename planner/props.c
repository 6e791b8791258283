/* SPDX-License-Identifier: Apache-2.0
 * What is known about plans and expressions without running them. Every answer is on the safe side.
 */
#include "planner/rewrite_int.h"

/* ---- expressions ---- */

bool tbi_is_plain_col(const tb_expr *e)
{
    return e->kind == TB_X_COL;
}

bool tbi_is_equality(const tb_expr *e)
{
    if (e->kind != TB_X_CALL || e->call.nargs != 2)
        return false;
    const char *cmp = tb_fn_comparison(e->call.fn);
    return cmp != NULL && strcmp(cmp, "=") == 0;
}

static bool all_nonnull(tb_expr *const *args, uint32_t n, const tbi_colset *nonnull)
{
    for (uint32_t i = 0; i < n; i++)
        if (!tbi_expr_nonnull(args[i], nonnull))
            return false;
    return true;
}

static bool any_nonnull(tb_expr *const *args, uint32_t n, const tbi_colset *nonnull)
{
    for (uint32_t i = 0; i < n; i++)
        if (tbi_expr_nonnull(args[i], nonnull))
            return true;
    return false;
}

bool tbi_expr_nonnull(const tb_expr *e, const tbi_colset *nonnull)
{
    if (e->kind == TB_X_CONST)
        return !e->constant.null;
    if (e->kind == TB_X_COL)
        return tbi_colset_has(nonnull, e->col);
    if (e->kind == TB_X_TEST || e->kind == TB_X_DISTINCT_FROM || e->kind == TB_X_ARRAY ||
        e->kind == TB_X_ROW)
        return true;
    if (e->kind == TB_X_NOT || e->kind == TB_X_RELABEL)
        return tbi_expr_nonnull(e->arg, nonnull);
    if (e->kind == TB_X_AND || e->kind == TB_X_OR)
        return all_nonnull(e->list.args, e->list.n, nonnull);
    if (e->kind == TB_X_COALESCE || e->kind == TB_X_GREATEST || e->kind == TB_X_LEAST)
        return any_nonnull(e->list.args, e->list.n, nonnull);
    if (e->kind == TB_X_CASE)
        return e->case_.otherwise != NULL && tbi_expr_nonnull(e->case_.otherwise, nonnull) &&
               all_nonnull(e->case_.then, e->case_.n, nonnull);
    if (e->kind == TB_X_SUBLINK)
        return e->sublink.kind == TB_SUB_EXISTS || e->sublink.kind == TB_SUB_ARRAY;
    /* A strict function may still answer NULL; comparisons never do. */
    return e->kind == TB_X_CALL && tb_fn_comparison(e->call.fn) != NULL &&
           tb_fn_get(e->call.fn)->ret == TB_T_BOOL &&
           all_nonnull(e->call.args, e->call.nargs, nonnull);
}

static bool strict_fn(tb_fn_id fn)
{
    return (tb_fn_get(fn)->flags & TB_FF_STRICT) != 0;
}

static bool any_null_when(tb_expr *const *args, uint32_t n, const tbi_colset *cols)
{
    for (uint32_t i = 0; i < n; i++)
        if (tbi_null_when(args[i], cols))
            return true;
    return false;
}

static bool all_null_when(tb_expr *const *args, uint32_t n, const tbi_colset *cols)
{
    for (uint32_t i = 0; i < n; i++)
        if (!tbi_null_when(args[i], cols))
            return false;
    return true;
}

bool tbi_null_when(const tb_expr *e, const tbi_colset *cols)
{
    if (e->kind == TB_X_CONST)
        return e->constant.null;
    if (e->kind == TB_X_COL)
        return tbi_colset_has(cols, e->col);
    if (e->kind == TB_X_CALL)
        return strict_fn(e->call.fn) && any_null_when(e->call.args, e->call.nargs, cols);
    if (e->kind == TB_X_NOT || e->kind == TB_X_RELABEL)
        return tbi_null_when(e->arg, cols);
    if (e->kind == TB_X_IO_CAST)
        return tbi_null_when(e->io_cast.arg, cols);
    if (e->kind == TB_X_NULLIF)
        return tbi_null_when(e->nullif_.left, cols);
    if (e->kind == TB_X_COALESCE || e->kind == TB_X_GREATEST || e->kind == TB_X_LEAST ||
        e->kind == TB_X_AND || e->kind == TB_X_OR)
        return all_null_when(e->list.args, e->list.n, cols);
    return false;
}

static bool not_true_list(const tb_expr *e, const tbi_colset *cols)
{
    for (uint32_t i = 0; i < e->list.n; i++)
        if (tbi_not_true_when(e->list.args[i], cols) == (e->kind == TB_X_AND))
            return e->kind == TB_X_AND;
    return e->kind == TB_X_OR;
}

bool tbi_not_true_when(const tb_expr *e, const tbi_colset *cols)
{
    if (e->kind == TB_X_AND || e->kind == TB_X_OR)
        return not_true_list(e, cols);
    if (e->kind == TB_X_CONST)
        return e->constant.null || !e->constant.d.b;
    if (e->kind == TB_X_TEST) {
        if (e->test.test == TB_IS_NOT_NULL || e->test.test == TB_IS_FALSE)
            return tbi_null_when(e->test.arg, cols);
        return e->test.test == TB_IS_TRUE && tbi_not_true_when(e->test.arg, cols);
    }
    if (e->kind == TB_X_ARRAY_OP) /* NULL op ANY (…) is NULL or, for an empty array, false; ALL of
                                     an empty array is true */
        return !e->array_op.all && strict_fn(e->array_op.fn) &&
               tbi_null_when(e->array_op.left, cols);
    return tbi_null_when(e, cols);
}

/* ---- columns never NULL ---- */

static void add_tested(tb_stmt *stmt, tbi_colset *set, const tb_plan *p, tb_expr *const *preds,
                       uint32_t n)
{
    for (uint32_t c = 0; c < p->nout; c++) {
        tbi_colset one = {0};
        tbi_colset_add(stmt->arena, &one, p->out[c]);
        for (uint32_t i = 0; i < n && !tbi_colset_has(set, p->out[c]); i++)
            if (tbi_expr_touches(preds[i], &one) && tbi_not_true_when(preds[i], &one))
                tbi_colset_add(stmt->arena, set, p->out[c]);
    }
}

static tbi_colset join_nonnull(tb_stmt *stmt, const tb_plan *p)
{
    tbi_colset left = tbi_nonnull_cols(stmt, p->in[0]);
    tb_join_type t = p->join.type;
    if (t == TB_JOIN_INNER) {
        tbi_colset right = tbi_nonnull_cols(stmt, p->in[1]);
        tbi_colset_add_set(stmt->arena, &left, &right);
        add_tested(stmt, &left, p, p->join.conds, p->join.nconds);
    } else if (t == TB_JOIN_RIGHT) {
        return tbi_nonnull_cols(stmt, p->in[1]);
    } else if (t == TB_JOIN_FULL) {
        return (tbi_colset){0};
    } else if (t == TB_JOIN_SEMI) {
        add_tested(stmt, &left, p, p->join.conds, p->join.nconds);
    }
    return left;
}

static tbi_colset setop_nonnull(tb_stmt *stmt, const tb_plan *p)
{
    tbi_colset l = tbi_nonnull_cols(stmt, p->in[0]), r = tbi_nonnull_cols(stmt, p->in[1]),
               set = {0};
    for (uint32_t i = 0; i < p->nout; i++) {
        bool ln = tbi_colset_has(&l, p->setop.left[i]), rn = tbi_colset_has(&r, p->setop.right[i]);
        if (p->setop.op == TB_SETOP_UNION       ? ln && rn
            : p->setop.op == TB_SETOP_INTERSECT ? ln || rn
                                                : ln)
            tbi_colset_add(stmt->arena, &set, p->out[i]);
    }
    return set;
}

static tbi_colset agg_nonnull(tb_stmt *stmt, const tb_plan *p)
{
    tbi_colset set = {0};
    if (p->agg.nsets == 0) {
        tbi_colset in = tbi_nonnull_cols(stmt, p->in[0]);
        for (uint32_t i = 0; i < p->agg.nkeys; i++)
            if (tbi_colset_has(&in, p->agg.keys[i]))
                tbi_colset_add(stmt->arena, &set, p->agg.keys[i]);
    }
    for (uint32_t i = 0; i < p->agg.naggs; i++)
        if (tbi_agg_is_count(p->agg.aggs[i].fn))
            tbi_colset_add(stmt->arena, &set, p->agg.aggs[i].out);
    if (p->agg.grouping != 0)
        tbi_colset_add(stmt->arena, &set, p->agg.grouping);
    return set;
}

tbi_colset tbi_nonnull_cols(tb_stmt *stmt, const tb_plan *p)
{
    tbi_colset set = {0};
    if (p->kind == TB_P_SCAN) {
        for (uint32_t i = 0; i < p->nout; i++)
            if (p->scan.rel->cols[p->scan.attno[i]].not_null)
                tbi_colset_add(stmt->arena, &set, p->out[i]);
    } else if (p->kind == TB_P_FILTER) {
        set = tbi_nonnull_cols(stmt, p->in[0]);
        add_tested(stmt, &set, p, p->filter.conjuncts, p->filter.n);
    } else if (p->kind == TB_P_PROJECT) {
        tbi_colset in = tbi_nonnull_cols(stmt, p->in[0]);
        for (uint32_t i = 0; i < p->project.n; i++)
            if (tbi_expr_nonnull(p->project.items[i].expr, &in))
                tbi_colset_add(stmt->arena, &set, p->project.items[i].out);
    } else if (p->kind == TB_P_VALUES) {
        for (uint32_t c = 0; c < p->nout; c++) {
            bool nonnull = true;
            for (uint32_t r = 0; r < p->values.nrows && nonnull; r++)
                nonnull = tbi_expr_nonnull(p->values.rows[r][c], &set);
            if (nonnull)
                tbi_colset_add(stmt->arena, &set, p->out[c]);
        }
    } else if (p->kind == TB_P_JOIN) {
        return join_nonnull(stmt, p);
    } else if (p->kind == TB_P_AGG) {
        return agg_nonnull(stmt, p);
    } else if (p->kind == TB_P_SETOP) {
        return setop_nonnull(stmt, p);
    } else if (p->kind == TB_P_CTE) {
        return tbi_nonnull_cols(stmt, p->in[1]);
    } else if (p->kind != TB_P_PROJECT_SET && p->kind != TB_P_RECURSIVE &&
               tb_plan_inputs(p->kind) == 1) {
        set = tbi_nonnull_cols(stmt, p->in[0]); /* SORT, LIMIT, DISTINCT_ON, WINDOW, BARRIER,
                                                   SAMPLE, FRAGMENT pass columns */
    }
    return set;
}

/* ---- numbers of rows ---- */

bool tbi_agg_is_count(tb_fn_id fn)
{
    return fn == TB_FN_COUNT_STAR || fn == TB_FN_COUNT_ANY || fn == TB_FN_REGR_COUNT;
}

bool tbi_exactly_one_row(const tb_plan *p)
{
    if (p->kind == TB_P_ROW)
        return true;
    if (p->kind == TB_P_VALUES)
        return p->values.nrows == 1;
    if (p->kind == TB_P_AGG)
        return p->agg.nkeys == 0 && p->agg.nsets == 0;
    if (p->kind == TB_P_PROJECT || p->kind == TB_P_SORT || p->kind == TB_P_WINDOW ||
        p->kind == TB_P_DISTINCT_ON)
        return tbi_exactly_one_row(p->in[0]);
    if (p->kind == TB_P_JOIN) {
        tb_join_type t = p->join.type;
        bool one = tbi_exactly_one_row(p->in[0]);
        if (t == TB_JOIN_INNER)
            return one && p->join.nconds == 0 && tbi_exactly_one_row(p->in[1]);
        if (t == TB_JOIN_LEFT)
            return one && tbi_at_most_one_row(p->in[1]);
        return one && (t == TB_JOIN_MARK || t == TB_JOIN_SINGLE);
    }
    if (p->kind == TB_P_CTE)
        return tbi_exactly_one_row(p->in[1]);
    return false;
}

static bool limit_is_one(const tb_plan *p)
{
    const tb_expr *n = p->limit.count;
    return n != NULL && !p->limit.with_ties && n->kind == TB_X_CONST && n->type.id == TB_T_INT8 &&
           !n->constant.null && n->constant.d.i64 <= 1;
}

bool tbi_at_most_one_row(const tb_plan *p)
{
    if (p->kind == TB_P_EMPTY || tbi_exactly_one_row(p))
        return true;
    if (p->kind == TB_P_LIMIT && limit_is_one(p))
        return true;
    if (p->kind == TB_P_FILTER || p->kind == TB_P_PROJECT || p->kind == TB_P_SORT ||
        p->kind == TB_P_LIMIT || p->kind == TB_P_WINDOW || p->kind == TB_P_DISTINCT_ON ||
        p->kind == TB_P_BARRIER || p->kind == TB_P_SAMPLE)
        return tbi_at_most_one_row(p->in[0]);
    if (p->kind == TB_P_AGG)
        return p->agg.nsets == 0 && tbi_at_most_one_row(p->in[0]);
    if (p->kind == TB_P_CTE)
        return tbi_at_most_one_row(p->in[1]);
    if (p->kind == TB_P_JOIN) {
        tb_join_type t = p->join.type;
        if (t == TB_JOIN_RIGHT || t == TB_JOIN_FULL)
            return false;
        return tbi_at_most_one_row(p->in[0]) &&
               (!tbi_is_join_outputting_right(t) || t == TB_JOIN_SINGLE ||
                tbi_at_most_one_row(p->in[1]));
    }
    return false;
}

static bool scan_unique(const tb_plan *p, const tbi_colset *cols)
{
    const tb_relation *rel = p->scan.rel;
    for (uint16_t k = 0; k < rel->npk; k++) {
        bool covered = false;
        for (uint32_t i = 0; i < p->nout; i++)
            covered |= p->scan.attno[i] == rel->pk[k] && tbi_colset_has(cols, p->out[i]);
        if (!covered)
            return false;
    }
    return rel->npk > 0;
}

static bool project_unique(const tb_plan *p, const tbi_colset *cols)
{
    /* Column ids are unique in the statement, so a passed column needs no mapping; renamed ones are
     * mapped by hand. */
    uint64_t words[64] = {0};
    tbi_colset below = {words, 64};
    for (uint32_t i = 0; i < p->project.n; i++) {
        const tb_assign *a = &p->project.items[i];
        if (!tbi_colset_has(cols, a->out) || a->expr->kind != TB_X_COL)
            continue;
        if (a->expr->col / 64 >= below.nwords)
            return false;
        words[a->expr->col / 64] |= (uint64_t)1 << (a->expr->col % 64);
    }
    return tbi_unique(p->in[0], &below);
}

static bool keys_within(const tb_colid *keys, uint32_t n, const tbi_colset *cols)
{
    for (uint32_t i = 0; i < n; i++)
        if (!tbi_colset_has(cols, keys[i]))
            return false;
    return true;
}

bool tbi_unique(const tb_plan *p, const tbi_colset *cols)
{
    if (tbi_at_most_one_row(p))
        return true;
    if (p->kind == TB_P_SCAN)
        return scan_unique(p, cols);
    if (p->kind == TB_P_PROJECT)
        return project_unique(p, cols);
    if (p->kind == TB_P_AGG)
        return p->agg.nsets == 0 && keys_within(p->agg.keys, p->agg.nkeys, cols);
    if (p->kind == TB_P_DISTINCT_ON && keys_within(p->distinct_on.keys, p->distinct_on.n, cols))
        return true;
    if (p->kind == TB_P_FILTER || p->kind == TB_P_SORT || p->kind == TB_P_LIMIT ||
        p->kind == TB_P_DISTINCT_ON || p->kind == TB_P_WINDOW || p->kind == TB_P_BARRIER ||
        p->kind == TB_P_SAMPLE)
        return tbi_unique(p->in[0], cols);
    if (p->kind == TB_P_JOIN &&
        (!tbi_is_join_outputting_right(p->join.type) || p->join.type == TB_JOIN_SINGLE))
        return tbi_unique(p->in[0], cols);
    return false;
}
