/* SPDX-License-Identifier: Apache-2.0 */
#include "server/explain_int.h"

#include <string.h>

static void print_why(tb_buf *out, const tbi_explain *x, const tb_why *why)
{
    tb_show_options options = {.plain_names = !x->verbose};
    tb_buf_puts(out, "  Not pushed: ");
    if (why->expr != NULL)
        tb_show_expr(out, &x->query->stmt, why->expr, &options);
    if (why->subject != NULL)
        tb_buf_printf(out, "%s%s", why->expr != NULL ? " by " : "", why->subject);
    tb_buf_printf(out, "%s%s\n", why->expr != NULL || why->subject != NULL ? ": " : "",
                  tb_push_reason_text(why->reason));
}

static void print_counts(tb_buf *out, const tbi_explain *x, const tb_fragment *f)
{
    const tb_plan *node = x->fragment_nodes[f->id];
    if (x->costs && node != NULL && node->rows >= 0)
        tb_buf_printf(out, "  Estimated: %.0f rows, %.0f bytes\n", node->rows,
                      node->rows * node->width);
    if (!x->analyze)
        return;
    tb_fragment_stats stats = tb_exec_fragment_stats(x->query->exec, f->id);
    tb_buf_printf(out, "  Actual: %llu rows, %llu bytes, first row after %.3f ms, all in %.3f ms\n",
                  (unsigned long long)stats.rows, (unsigned long long)stats.bytes,
                  (double)stats.first_row_us / 1e3, (double)stats.total_us / 1e3);
}

static void print_tables(tb_buf *out, const tb_fragment *f)
{
    tb_buf_puts(out, "  Tables:");
    for (uint32_t i = 0; i < f->nrels; i++)
        tb_buf_printf(out, "%s %s.%s", i > 0 ? "," : "", f->rels[i]->schema->name,
                      f->rels[i]->name);
    tb_buf_putc(out, '\n');
}

static void print_fragment(tb_buf *out, const tbi_explain *x, const tb_fragment *f)
{
    tb_buf_printf(out, "Fragment %u on server %s\n", f->id, f->server->name);
    print_tables(out, f);
    if (!tbi_fragment_visible(x->query, f)) {
        tb_buf_puts(out, "  Details are for the owning department and auditors\n");
        return;
    }
    if (f->nfilters > 0) {
        tb_buf_puts(out, "  Row access policies:");
        for (uint32_t i = 0; i < f->nfilters; i++)
            tb_buf_printf(out, "%s %s", i > 0 ? "," : "", f->filters[i]);
        tb_buf_putc(out, '\n');
    }
    tb_buf_printf(out, "  Remote SQL: %s\n", f->sql);
    for (uint32_t i = 0; i < f->nwhy; i++)
        print_why(out, x, &f->why[i]);
    if (!x->boundary) /* else it says so there */
        print_counts(out, x, f);
}

/* What crosses a boundary is no secret of the department: everybody may know which columns come
 * masked. How many rows is. */
static void print_boundary(tb_buf *out, const tbi_explain *x, const tb_fragment *f)
{
    tb_buf_printf(out, "Boundary of server %s (fragment %u)\n", f->server->name, f->id);
    for (uint32_t i = 0; i < f->ncross; i++) {
        const tb_crossing *c = &f->cross[i];
        tb_buf_printf(out, "  %s: ", c->name != NULL ? c->name : "computed from several columns");
        if (c->masked)
            tb_buf_printf(out, "masked by %s, in the source\n",
                          c->policy != NULL ? c->policy : "several policies");
        else if (c->policy != NULL)
            tb_buf_printf(out, "raw, masked by %s in the gateway\n", c->policy);
        else
            tb_buf_puts(out, "raw\n");
    }
    if (f->ncross == 0)
        tb_buf_puts(out, "  row count only\n");
    if (tbi_fragment_visible(x->query, f))
        print_counts(out, x, f);
}

static void print_policies(tb_buf *out, const tbi_explain *x)
{
    for (uint32_t i = 0; i < x->query->stmt.rels.n; i++) {
        const tb_relation *rel = x->query->stmt.rels.at[i];
        if (!tbi_relation_is_protected(rel))
            continue;
        tb_buf_printf(out, "Protected: %s.%s\n", rel->schema->name, rel->name);
        for (uint16_t c = 0; c < rel->ncols; c++)
            if (rel->cols[c].mask.policy != NULL && !rel->cols[c].hidden)
                tb_buf_printf(out, "  %s masked by %s\n", rel->cols[c].name,
                              rel->cols[c].mask.policy->name);
        if (rel->nrow_policies > 0)
            tb_buf_puts(out, "  rows filtered\n");
    }
}

static void print_execution(tb_buf *out, const tbi_explain *x)
{
    const tb_query *q = x->query;
    tb_buf_printf(out, "Returned: %llu rows\n", (unsigned long long)q->returned);
    tb_buf_printf(out, "Peak memory: %llu kB, spilled: %llu kB\n",
                  (unsigned long long)(tb_exec_peak_memory(q->exec) + 1023) / 1024,
                  (unsigned long long)(tb_exec_spilled(q->exec) + 1023) / 1024);
    tb_buf_printf(out, "Execution Time: %.3f ms\n", (double)x->took_us / 1e3);
}

tb_rc tbi_explain_text(tbi_explain *x, const char *plan, tb_rowset *rows, tb_error *err)
{
    const tb_stmt *stmt = &x->query->stmt;
    tb_buf out;
    tb_buf_init(&out, TBI_EXPLAIN_MAX);
    tb_buf_puts(&out, plan);
    for (uint32_t i = 0; i < stmt->fragments.n; i++)
        print_fragment(&out, x, stmt->fragments.at[i]);
    for (uint32_t i = 0; x->boundary && i < stmt->fragments.n; i++)
        print_boundary(&out, x, stmt->fragments.at[i]);
    if (x->policy)
        print_policies(&out, x);
    if (x->summary)
        tb_buf_printf(&out, "Planning Time: %.3f ms\n", (double)x->planned_us / 1e3);
    if (x->analyze && x->full)
        print_execution(&out, x);
    tb_rc rc =
        out.failed ? TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "plan is too long to show") : TB_OK;
    char *at = out.failed ? NULL : out.data;
    while (rc == TB_OK && at != NULL && *at != '\0') {
        char *end = strchrnul(at, '\n');
        bool last = *end == '\0';
        *end = '\0';
        const char *cell = at;
        rc = tb_rowset_add_text(rows, &cell, err);
        at = last ? end : end + 1;
    }
    tb_buf_fini(&out);
    return rc;
}
