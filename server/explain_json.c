/* SPDX-License-Identifier: Apache-2.0 */
#include "server/explain_int.h"

#include <stdio.h>

static void string(tb_buf *out, const char *s)
{
    tb_buf_putc(out, '"');
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            tb_buf_printf(out, "\\%c", c);
        else if (c < 0x20)
            tb_buf_printf(out, "\\u%04x", c);
        else
            tb_buf_putc(out, (char)c);
    }
    tb_buf_putc(out, '"');
}

static void key(tb_buf *out, const char *name)
{
    string(out, name);
    tb_buf_puts(out, ": ");
}

static void text_member(tb_buf *out, const char *name, const char *value)
{
    tb_buf_puts(out, ", ");
    key(out, name);
    string(out, value);
}

static void number_member(tb_buf *out, const char *name, double value)
{
    tb_buf_puts(out, ", ");
    key(out, name);
    tb_buf_printf(out, "%.0f", value);
}

/* Line i of the plan with the lines below it; returns the next line that is not below. */
static uint32_t node(tb_buf *out, const tbi_explain *x, uint32_t i)
{
    const tbi_line *line = &x->lines.at[i];
    tb_buf_putc(out, '{');
    key(out, "Node Type");
    string(out, tb_plan_kind_name(line->node->kind));
    text_member(out, "Detail", line->text);
    if (x->full && x->costs && line->node->rows >= 0) {
        number_member(out, "Plan Rows", line->node->rows);
        number_member(out, "Plan Width", line->node->width);
    }
    int64_t rows = x->full && x->analyze ? tb_exec_node_rows(x->query->exec, line->node) : -1;
    if (rows >= 0)
        number_member(out, "Actual Rows", (double)rows);
    uint32_t next = i + 1;
    if (next < x->lines.n && x->lines.at[next].level > line->level) {
        tb_buf_puts(out, ", \"Plans\": [");
        while (next < x->lines.n && x->lines.at[next].level > line->level) {
            if (next > i + 1)
                tb_buf_puts(out, ", ");
            next = node(out, x, next);
        }
        tb_buf_putc(out, ']');
    }
    tb_buf_putc(out, '}');
    return next;
}

static void counts(tb_buf *out, const tbi_explain *x, const tb_fragment *f)
{
    const tb_plan *plan = x->fragment_nodes[f->id];
    if (x->costs && plan != NULL && plan->rows >= 0) {
        number_member(out, "Estimated Rows", plan->rows);
        number_member(out, "Estimated Bytes", plan->rows * plan->width);
    }
    if (!x->analyze)
        return;
    tb_fragment_stats stats = tb_exec_fragment_stats(x->query->exec, f->id);
    number_member(out, "Actual Rows", (double)stats.rows);
    number_member(out, "Actual Bytes", (double)stats.bytes);
}

static void crossing(tb_buf *out, const tb_crossing *c)
{
    tb_buf_putc(out, '{');
    key(out, "Column");
    string(out, c->name != NULL ? c->name : "");
    tb_buf_printf(out, ", \"Masked\": %s", c->masked ? "true" : "false");
    if (c->policy != NULL) {
        text_member(out, "Policy", c->policy);
        text_member(out, "Mask Runs", c->masked ? "source" : "gateway");
    }
    tb_buf_putc(out, '}');
}

static void fragment(tb_buf *out, const tbi_explain *x, const tb_fragment *f)
{
    tb_show_options options = {.plain_names = !x->verbose};
    tb_buf_printf(out, "{\"Fragment\": %u", f->id);
    text_member(out, "Server", f->server->name);
    tb_buf_puts(out, ", \"Tables\": [");
    for (uint32_t i = 0; i < f->nrels; i++) {
        char name[300];
        snprintf(name, sizeof name, "%s.%s", f->rels[i]->schema->name, f->rels[i]->name);
        tb_buf_puts(out, i > 0 ? ", " : "");
        string(out, name);
    }
    tb_buf_putc(out, ']');
    if (tbi_fragment_visible(x->query, f)) {
        text_member(out, "Remote SQL", f->sql);
        tb_buf_puts(out, ", \"Not Pushed\": [");
        for (uint32_t i = 0; i < f->nwhy; i++) {
            tb_buf expr;
            tb_buf_init(&expr, TBI_EXPLAIN_MAX);
            if (f->why[i].expr != NULL)
                tb_show_expr(&expr, &x->query->stmt, f->why[i].expr, &options);
            tb_buf_puts(out, i > 0 ? ", {" : "{");
            key(out, "Expression");
            string(out, tb_buf_cstr(&expr));
            text_member(out, "Reason", tb_push_reason_text(f->why[i].reason));
            tb_buf_putc(out, '}');
            tb_buf_fini(&expr);
        }
        tb_buf_putc(out, ']');
        counts(out, x, f);
    }
    if (x->boundary) {
        tb_buf_puts(out, ", \"Crossing\": [");
        for (uint32_t i = 0; i < f->ncross; i++) {
            tb_buf_puts(out, i > 0 ? ", " : "");
            crossing(out, &f->cross[i]);
        }
        tb_buf_putc(out, ']');
    }
    tb_buf_putc(out, '}');
}

tb_rc tbi_explain_json(tbi_explain *x, tb_rowset *rows, tb_error *err)
{
    const tb_stmt *stmt = &x->query->stmt;
    tb_buf out;
    tb_buf_init(&out, TBI_EXPLAIN_MAX);
    tb_buf_puts(&out, "[{\"Plan\": ");
    node(&out, x, 0);
    tb_buf_puts(&out, ", \"Fragments\": [");
    for (uint32_t i = 0; i < stmt->fragments.n; i++) {
        tb_buf_puts(&out, i > 0 ? ", " : "");
        fragment(&out, x, stmt->fragments.at[i]);
    }
    tb_buf_putc(&out, ']');
    if (x->summary)
        tb_buf_printf(&out, ", \"Planning Time\": %.3f", (double)x->planned_us / 1e3);
    if (x->analyze && x->full)
        tb_buf_printf(&out, ", \"Execution Time\": %.3f", (double)x->took_us / 1e3);
    tb_buf_puts(&out, "}]");
    const char *cell = tb_buf_cstr(&out);
    tb_rc rc = out.failed ? TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "plan is too long to show")
                          : tb_rowset_add_text(rows, &cell, err);
    tb_buf_fini(&out);
    return rc;
}
