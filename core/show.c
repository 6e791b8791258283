/* SPDX-License-Identifier: Apache-2.0
 * Printer of plans; expressions are in show_expr.c.
 */
#include "core/show.h"

#include "core/fragment.h"
#include "core/show_int.h"

static void show_cols(tbi_show *s, const tb_colid *cols, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            tb_buf_puts(s->out, ", ");
        tbi_show_col(s, cols[i]);
    }
}

/* Columns a node makes: with their types. */
static void show_new_cols(tbi_show *s, const tb_colid *cols, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            tb_buf_puts(s->out, ", ");
        tbi_show_col(s, cols[i]);
        tb_buf_putc(s->out, ':');
        tbi_show_type(s, tb_stmt_col_type(s->stmt, cols[i]));
    }
}

static void show_exprs(tbi_show *s, tb_expr *const *list, uint32_t n, const char *sep)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            tb_buf_puts(s->out, sep);
        tbi_show_expr(s, list[i]);
    }
}

static void show_keys(tbi_show *s, const tb_sort_key *keys, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            tb_buf_puts(s->out, ", ");
        tbi_show_col(s, keys[i].col);
        if (keys[i].desc)
            tb_buf_puts(s->out, " DESC");
        if (keys[i].nulls_first != keys[i].desc)
            tb_buf_puts(s->out, keys[i].nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
}

static void show_values(tbi_show *s, const tb_plan *p)
{
    tb_buf_puts(s->out, " [");
    show_new_cols(s, p->out, p->nout);
    tb_buf_puts(s->out, "]");
    for (uint32_t r = 0; r < p->values.nrows; r++) {
        tb_buf_puts(s->out, r > 0 ? ", (" : " (");
        show_exprs(s, p->values.rows[r], p->nout, ", ");
        tb_buf_putc(s->out, ')');
    }
}

static void show_func(tbi_show *s, const tb_plan *p)
{
    for (uint32_t i = 0; i < p->func.n; i++) {
        tb_buf_puts(s->out, i > 0 ? ", " : " ");
        tbi_show_expr(s, p->func.items[i].call);
        tb_buf_puts(s->out, " [");
        show_new_cols(s, p->func.items[i].cols, p->func.items[i].ncols);
        tb_buf_putc(s->out, ']');
    }
    if (p->func.ordinality != 0) {
        tb_buf_puts(s->out, " ordinality ");
        tbi_show_col(s, p->func.ordinality);
    }
}

static void show_project(tbi_show *s, const tb_plan *p)
{
    for (uint32_t i = 0; i < p->project.n; i++) {
        const tb_assign *a = &p->project.items[i];
        tb_buf_puts(s->out, i > 0 ? ", " : " ");
        tbi_show_col(s, a->out);
        if (a->expr->kind == TB_X_COL && a->expr->col == a->out)
            continue;
        tb_buf_putc(s->out, ':');
        tbi_show_type(s, tb_stmt_col_type(s->stmt, a->out));
        tb_buf_puts(s->out, " = ");
        tbi_show_expr(s, a->expr);
    }
}

static void show_join(tbi_show *s, const tb_plan *p)
{
    tb_buf_printf(s->out, " %s%s", tb_join_type_name(p->join.type),
                  p->join.lateral ? " LATERAL" : "");
    if (p->join.type == TB_JOIN_MARK) {
        tb_buf_putc(s->out, ' ');
        tbi_show_col(s, p->join.mark);
    }
    if (p->join.nkeys > 0 || p->join.nresidual > 0) {
        tb_buf_printf(s->out, "%s", p->join.build_left ? " build left" : "");
        for (uint32_t i = 0; i < p->join.nkeys; i++) {
            tb_buf_puts(s->out, i > 0 ? ", " : " keys ");
            tbi_show_expr(s, p->join.keys[i].left);
            tb_buf_puts(s->out, p->join.keys[i].null_safe ? " <=> " : " = ");
            tbi_show_expr(s, p->join.keys[i].right);
        }
        if (p->join.nresidual > 0)
            tb_buf_puts(s->out, " where ");
        show_exprs(s, p->join.residual, p->join.nresidual, " AND ");
    } else if (p->join.nconds > 0) {
        tb_buf_puts(s->out, " ON ");
        show_exprs(s, p->join.conds, p->join.nconds, " AND ");
    }
}

static void show_agg_call(tbi_show *s, const tb_agg *a)
{
    tbi_show_col(s, a->out);
    tb_buf_putc(s->out, ':');
    tbi_show_type(s, a->type);
    tb_buf_printf(s->out, " = %s(%s", tb_fn_get(a->fn)->id, a->distinct ? "DISTINCT " : "");
    show_cols(s, a->direct, a->ndirect);
    if (a->ndirect > 0 && a->nargs > 0)
        tb_buf_puts(s->out, "; ");
    show_cols(s, a->args, a->nargs);
    if (a->norder > 0) {
        tb_buf_puts(s->out, " ORDER BY ");
        show_keys(s, a->order, a->norder);
    }
    tb_buf_putc(s->out, ')');
    if (a->filter != 0) {
        tb_buf_puts(s->out, " FILTER ");
        tbi_show_col(s, a->filter);
    }
}

static void show_sets(tbi_show *s, const tb_plan *p)
{
    for (uint32_t i = 0; i < p->agg.nsets; i++) {
        tb_buf_puts(s->out, i > 0 ? ", (" : " sets (");
        bool first = true;
        for (uint32_t k = 0; k < p->agg.nkeys; k++) {
            if ((p->agg.sets[i] >> k & 1) == 0)
                continue;
            if (!first)
                tb_buf_puts(s->out, ", ");
            tbi_show_col(s, p->agg.keys[k]);
            first = false;
        }
        tb_buf_putc(s->out, ')');
    }
    if (p->agg.grouping != 0) {
        tb_buf_puts(s->out, " grouping ");
        tbi_show_col(s, p->agg.grouping);
    }
}

static void show_agg(tbi_show *s, const tb_plan *p)
{
    if (p->agg.nkeys > 0) {
        tb_buf_puts(s->out, " by ");
        show_cols(s, p->agg.keys, p->agg.nkeys);
    }
    show_sets(s, p);
    for (uint32_t i = 0; i < p->agg.naggs; i++) {
        tb_buf_puts(s->out, i > 0 ? ", " : " ");
        show_agg_call(s, &p->agg.aggs[i]);
    }
}

static void show_bound(tbi_show *s, tb_window_bound bound, const tb_expr *offset)
{
    static const char *const names[] = {
        [TB_WINDOW_BOUND_UNBOUNDED_PRECEDING] = "UNBOUNDED PRECEDING",
        [TB_WINDOW_BOUND_PRECEDING] = "PRECEDING",
        [TB_WINDOW_BOUND_CURRENT] = "CURRENT ROW",
        [TB_WINDOW_BOUND_FOLLOWING] = "FOLLOWING",
        [TB_WINDOW_BOUND_UNBOUNDED_FOLLOWING] = "UNBOUNDED FOLLOWING",
    };
    if (offset != NULL) {
        tbi_show_expr(s, offset);
        tb_buf_putc(s->out, ' ');
    }
    tb_buf_puts(s->out, names[bound]);
}

static void show_frame(tbi_show *s, const tb_window_frame *f)
{
    static const char *const modes[] = {
        [TB_WINDOW_ROWS] = "ROWS", [TB_WINDOW_RANGE] = "RANGE", [TB_WINDOW_GROUPS] = "GROUPS"};
    static const char *const excludes[] = {[TB_WINDOW_EXCLUDE_NONE] = "",
                                           [TB_WINDOW_EXCLUDE_CURRENT] = " EXCLUDE CURRENT ROW",
                                           [TB_WINDOW_EXCLUDE_GROUP] = " EXCLUDE GROUP",
                                           [TB_WINDOW_EXCLUDE_TIES] = " EXCLUDE TIES"};
    tb_buf_printf(s->out, " %s ", modes[f->mode]);
    show_bound(s, f->start, f->start_offset);
    tb_buf_puts(s->out, " TO ");
    show_bound(s, f->end, f->end_offset);
    tb_buf_puts(s->out, excludes[f->exclude]);
}

static void show_window(tbi_show *s, const tb_plan *p)
{
    if (p->window.npartition > 0) {
        tb_buf_puts(s->out, " by ");
        show_cols(s, p->window.partition, p->window.npartition);
    }
    if (p->window.norder > 0) {
        tb_buf_puts(s->out, " order ");
        show_keys(s, p->window.order, p->window.norder);
    }
    for (uint32_t i = 0; i < p->window.n; i++) {
        const tb_winfn *f = &p->window.fns[i];
        tb_buf_puts(s->out, i > 0 ? ", " : " ");
        tbi_show_col(s, f->out);
        tb_buf_putc(s->out, ':');
        tbi_show_type(s, f->type);
        tb_buf_printf(s->out, " = %s(", tb_fn_get(f->fn)->id);
        show_cols(s, f->args, f->nargs);
        tb_buf_putc(s->out, ')');
        if (f->filter != 0) {
            tb_buf_puts(s->out, " FILTER ");
            tbi_show_col(s, f->filter);
        }
        show_frame(s, &f->frame);
    }
}

static void show_limit(tbi_show *s, const tb_plan *p)
{
    if (p->limit.count != NULL) {
        tb_buf_putc(s->out, ' ');
        tbi_show_expr(s, p->limit.count);
    }
    if (p->limit.offset != NULL) {
        tb_buf_puts(s->out, " offset ");
        tbi_show_expr(s, p->limit.offset);
    }
    if (p->limit.with_ties) {
        tb_buf_puts(s->out, " WITH TIES ");
        show_keys(s, p->limit.ties, p->limit.nties);
    }
}

/* out[i] = left[i] | right[i] */
static void show_setop_cols(tbi_show *s, const tb_plan *p, const tb_colid *left,
                            const tb_colid *right)
{
    for (uint32_t i = 0; i < p->nout; i++) {
        tb_buf_puts(s->out, i > 0 ? ", " : " ");
        tbi_show_col(s, p->out[i]);
        tb_buf_puts(s->out, " = ");
        tbi_show_col(s, left[i]);
        tb_buf_puts(s->out, " | ");
        tbi_show_col(s, right[i]);
    }
}

static void show_setop(tbi_show *s, const tb_plan *p)
{
    static const char *const names[] = {[TB_SETOP_UNION] = "UNION",
                                        [TB_SETOP_INTERSECT] = "INTERSECT",
                                        [TB_SETOP_EXCEPT] = "EXCEPT"};
    tb_buf_printf(s->out, " %s%s", names[p->setop.op], p->setop.all ? " ALL" : "");
    show_setop_cols(s, p, p->setop.left, p->setop.right);
}

static void show_cte_ref(tbi_show *s, const tb_plan *p)
{
    tb_buf_printf(s->out, " %s {cte %u}", p->cte_ref.name, p->cte_ref.id);
    for (uint32_t i = 0; i < p->nout; i++) {
        tb_buf_puts(s->out, i > 0 ? ", " : " ");
        tbi_show_col(s, p->out[i]);
        tb_buf_puts(s->out, " = ");
        tbi_show_col(s, p->cte_ref.cols[i]);
    }
}

static void show_barrier(tbi_show *s, const tb_plan *p)
{
    tb_buf_printf(s->out, " %s.%s", p->barrier.rel->schema->name, p->barrier.rel->name);
    for (uint32_t i = 0; i < p->nout; i++) {
        tb_buf_puts(s->out, i > 0 ? ", " : " ");
        tbi_show_col(s, p->out[i]);
        if (p->barrier.labels[i] == TB_LABEL_MASKED)
            tb_buf_printf(s->out, " masked(%s)",
                          p->barrier.mask[i] != NULL ? p->barrier.mask[i] : "");
    }
    for (uint32_t i = 0; i < p->barrier.nfilters; i++)
        tb_buf_printf(s->out, "%s%s", i > 0 ? ", " : " filters ", p->barrier.filters[i]);
}

static void show_fragment(tbi_show *s, const tb_plan *p)
{
    if (p->fragment == NULL)
        return;
    tb_buf_printf(s->out, " {fragment %u} %s [", p->fragment->id, p->fragment->server->name);
    show_cols(s, p->out, p->nout);
    tb_buf_putc(s->out, ']');
}

static void show_sample(tbi_show *s, const tb_plan *p)
{
    tb_buf_puts(s->out, p->sample.bernoulli ? " BERNOULLI " : " SYSTEM ");
    tbi_show_expr(s, p->sample.percent);
    if (p->sample.seed != NULL) {
        tb_buf_puts(s->out, " seed ");
        tbi_show_expr(s, p->sample.seed);
    }
}

static void show_details(tbi_show *s, const tb_plan *p)
{
    switch (p->kind) {
    case TB_P_SCAN:
        tb_buf_printf(s->out, " %s.%s [", p->scan.rel->schema->name, p->scan.rel->name);
        show_new_cols(s, p->out, p->nout);
        tb_buf_printf(s->out, "]%s", p->scan.protected_ ? " protected" : "");
        return;
    case TB_P_ROW:
        return;
    case TB_P_EMPTY:
        tb_buf_puts(s->out, " [");
        show_new_cols(s, p->out, p->nout);
        tb_buf_putc(s->out, ']');
        return;
    case TB_P_VALUES:
        show_values(s, p);
        return;
    case TB_P_FUNC:
        show_func(s, p);
        return;
    case TB_P_FILTER:
        tb_buf_putc(s->out, ' ');
        show_exprs(s, p->filter.conjuncts, p->filter.n, " AND ");
        return;
    case TB_P_PROJECT:
    case TB_P_PROJECT_SET:
        show_project(s, p);
        return;
    case TB_P_JOIN:
        show_join(s, p);
        return;
    case TB_P_AGG:
        show_agg(s, p);
        return;
    case TB_P_WINDOW:
        show_window(s, p);
        return;
    case TB_P_SORT:
        tb_buf_putc(s->out, ' ');
        show_keys(s, p->sort.keys, p->sort.n);
        return;
    case TB_P_LIMIT:
        show_limit(s, p);
        return;
    case TB_P_DISTINCT_ON:
        tb_buf_putc(s->out, ' ');
        show_cols(s, p->distinct_on.keys, p->distinct_on.n);
        return;
    case TB_P_SETOP:
        show_setop(s, p);
        return;
    case TB_P_CTE:
        tb_buf_printf(s->out, " %s {cte %u}", p->cte.name, p->cte.id);
        return;
    case TB_P_CTE_REF:
        show_cte_ref(s, p);
        return;
    case TB_P_RECURSIVE:
        tb_buf_printf(s->out, " %s {cte %u}%s", p->recursive.name, p->recursive.id,
                      p->recursive.all ? " ALL" : "");
        show_setop_cols(s, p, p->recursive.left, p->recursive.right);
        return;
    case TB_P_BARRIER:
        show_barrier(s, p);
        return;
    case TB_P_FRAGMENT:
        show_fragment(s, p);
        return;
    case TB_P_SAMPLE:
        show_sample(s, p);
        return;
    case TB_PLAN_KIND_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

static void indent(tbi_show *s, uint32_t level)
{
    for (uint32_t i = 0; i < s->options->indent + 2 * level; i++)
        tb_buf_putc(s->out, ' ');
}

/* A node's line, its inputs, and the subqueries its expressions mentioned. */
static void show_node(tbi_show *s, const tb_plan *p, uint32_t level)
{
    uint32_t first = s->subplans.n;
    indent(s, level);
    tb_buf_puts(s->out, tb_plan_kind_name(p->kind));
    show_details(s, p);
    if (s->options->note != NULL)
        s->options->note(s->out, p, s->options->ctx);
    tb_buf_putc(s->out, '\n');
    uint32_t last = s->subplans.n;
    for (int i = 0; i < tb_plan_inputs(p->kind); i++)
        show_node(s, p->in[i], level + 1);
    for (uint32_t i = first; i < last; i++) {
        indent(s, level + 1);
        tb_buf_printf(s->out, "{%u}\n", i + 1);
        show_node(s, s->subplans.at[i], level + 2);
    }
}

static const tb_show_options defaults;

void tb_show_plan(tb_buf *out, const tb_stmt *stmt, const tb_plan *p,
                  const tb_show_options *options)
{
    tbi_show s = {.out = out,
                  .stmt = stmt,
                  .options = options != NULL ? options : &defaults,
                  .arena = tb_arena_create(0),
                  .number_subplans = true};
    show_node(&s, p, 0);
    tb_arena_destroy(s.arena);
}

void tb_show_expr(tb_buf *out, const tb_stmt *stmt, const tb_expr *e,
                  const tb_show_options *options)
{
    tbi_show s = {.out = out,
                  .stmt = stmt,
                  .options = options != NULL ? options : &defaults,
                  .arena = tb_arena_create(0)};
    tbi_show_expr(&s, e);
    tb_arena_destroy(s.arena);
}
