/* SPDX-License-Identifier: Apache-2.0
 * LIMIT moves down: below projections, so that it meets its SORT (top-N), and as a copy into inputs
 * of which no more rows than that can be needed: the branches of UNION ALL, the left side of a left
 * join.
 */
#include "planner/rewrite_int.h"

static bool int8_const(const tb_expr *e, int64_t *out)
{
    if (e == NULL || e->kind != TB_X_CONST || e->type.id != TB_T_INT8 || e->constant.null)
        return false;
    *out = e->constant.d.i64;
    return true;
}

/* Rows the limit can need of its input; -1 = not known. */
static int64_t rows_needed(const tb_plan *limit)
{
    int64_t count, offset = 0;
    if (limit->limit.with_ties || !int8_const(limit->limit.count, &count) || count < 0)
        return -1;
    if (limit->limit.offset != NULL && (!int8_const(limit->limit.offset, &offset) || offset < 0))
        return -1;
    return count > INT64_MAX - offset ? -1 : count + offset;
}

static tb_plan *limited(tb_stmt *stmt, tb_plan *in, int64_t rows)
{
    int64_t have;
    if (in->kind == TB_P_LIMIT && in->limit.offset == NULL && int8_const(in->limit.count, &have) &&
        have <= rows)
        return in;
    tb_plan *l = tb_plan_new(stmt->arena, TB_P_LIMIT, in, NULL);
    tb_plan_set_out(stmt->arena, l, in->out, in->nout);
    l->limit.count = tbi_mk_int8(stmt, rows);
    return l;
}

static tb_plan *sorted(tb_stmt *stmt, tb_plan *in, const tb_sort_key *keys, uint32_t n)
{
    tb_plan *s = tb_plan_new(stmt->arena, TB_P_SORT, in, NULL);
    tb_plan_set_out(stmt->arena, s, in->out, in->nout);
    s->sort.n = n;
    s->sort.keys = tb_arena_memdup(stmt->arena, keys, n * sizeof *keys);
    return s;
}

static bool already_limited(const tb_plan *p, int64_t rows)
{
    int64_t have;
    return p->kind == TB_P_LIMIT && p->limit.offset == NULL && int8_const(p->limit.count, &have) &&
           have <= rows;
}

static bool keys_from(const tb_plan *p, const tb_sort_key *keys, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!tb_plan_outputs(p, keys[i].col))
            return false;
    return true;
}

static tb_plan *into(tb_stmt *stmt, tb_plan *p, const tb_sort_key *keys, uint32_t n, int64_t rows);

static tb_plan *top(tb_stmt *stmt, tb_plan *in, const tb_sort_key *keys, uint32_t n, int64_t rows)
{
    if (already_limited(in, rows))
        return in;
    in = into(stmt, in, keys, n, rows);
    return limited(stmt, n > 0 ? sorted(stmt, in, keys, n) : in, rows);
}

static tb_plan *into_union(tb_stmt *stmt, tb_plan *p, const tb_sort_key *keys, uint32_t n,
                           int64_t rows)
{
    tb_plan *in[2];
    for (int s = 0; s < 2; s++) {
        const tb_colid *from = s == 0 ? p->setop.left : p->setop.right;
        tb_sort_key *mapped = TB_NEW_ARRAY(stmt->arena, tb_sort_key, n);
        for (uint32_t i = 0; i < n; i++) {
            mapped[i] = keys[i];
            for (uint32_t c = 0; c < p->nout; c++)
                if (p->out[c] == keys[i].col)
                    mapped[i].col = from[c];
        }
        in[s] = top(stmt, p->in[s], mapped, n, rows);
    }
    return tbi_with_inputs(stmt, p, in[0], in[1]);
}

/* p with its inputs cut to the first `rows` rows in the given order (n = 0: any rows). */
static tb_plan *into(tb_stmt *stmt, tb_plan *p, const tb_sort_key *keys, uint32_t n, int64_t rows)
{
    if (p->kind == TB_P_SETOP && p->setop.op == TB_SETOP_UNION && p->setop.all)
        return into_union(stmt, p, keys, n, rows);
    if (p->kind == TB_P_JOIN && (p->join.type == TB_JOIN_LEFT || p->join.type == TB_JOIN_MARK) &&
        keys_from(p->in[0], keys, n))
        return tbi_with_inputs(stmt, p, top(stmt, p->in[0], keys, n, rows), p->in[1]);
    if (p->kind == TB_P_PROJECT && keys_from(p->in[0], keys, n))
        return tbi_with_inputs(stmt, p, into(stmt, p->in[0], keys, n, rows), NULL);
    return p;
}

static bool swappable(const tb_plan *project)
{
    for (uint32_t i = 0; i < project->project.n; i++)
        if (tb_expr_is_volatile(project->project.items[i].expr))
            return false;
    return true;
}

static tb_rc move_limit(tb_stmt *stmt, tb_plan **node, void *ctx, tb_error *err)
{
    (void)ctx;
    tb_plan *p = *node;
    if (p->kind != TB_P_LIMIT)
        return TB_OK;
    tb_plan *in = p->in[0];
    if (in->kind == TB_P_PROJECT && !p->limit.with_ties && swappable(in)) {
        tb_plan *below = tb_plan_clone(stmt->arena, p);
        below->in[0] = in->in[0];
        tb_plan_set_out(stmt->arena, below, in->in[0]->out, in->in[0]->nout);
        TB_TRY(move_limit(stmt, &below, NULL, err));
        *node = tbi_with_inputs(stmt, in, below, NULL);
        return TB_OK;
    }
    int64_t rows = rows_needed(p);
    if (rows < 0)
        return TB_OK;
    if (in->kind == TB_P_SORT)
        *node = tbi_with_inputs(
            stmt, p,
            tbi_with_inputs(stmt, in, into(stmt, in->in[0], in->sort.keys, in->sort.n, rows), NULL),
            NULL);
    else
        *node = tbi_with_inputs(stmt, p, into(stmt, in, NULL, 0, rows), NULL);
    return TB_OK;
}

tb_rc tbi_rw_limit(tb_stmt *stmt, tb_plan **plan, tb_error *err)
{
    return tbi_rewrite_up(stmt, plan, move_limit, NULL, err);
}
