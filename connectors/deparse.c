/* SPDX-License-Identifier: Apache-2.0
 * Clauses: a stack of SCAN, FILTER, PROJECT, BARRIER, SORT and LIMIT as nested SELECTs.
 *
 * First pass: the plan becomes blocks, one per SELECT. A node joins the block below it when SQL
 * evaluates it there; otherwise the block is wrapped: it becomes the FROM of a new one, its columns
 * c1, c2, … Second pass: the blocks are written from the outside in, so that placeholders come in
 * the order of the text. A protected relation is always a block of its own, closed by the dialect's
 * fence:
 *
 *     SELECT t1."c1"
 *       FROM (SELECT tb_mask(t2."name") AS "c1", … FROM "t" AS t2 WHERE rowfilter AND L0 LIMIT -1)
 *         AS t1
 *      WHERE L1
 *
 * Identifiers are always quoted and columns always qualified: SQLite reads an unknown "name" as a
 * string.
 */
#include "connectors/deparse.h"

#include "connectors/deparse_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SQL_MAX_BYTES = 1000000, PLAN_MAX_DEPTH = 200 };

typedef struct block {
    const tb_plan *scan; /* FROM a table, or */
    struct block *sub;   /* FROM (SELECT …) */
    uint32_t alias;
    TB_LIST(tb_expr *) where;
    uint32_t nitems;
    tb_assign *items; /* what it gives, over the columns of its FROM */
    bool computed;    /* some item is not a plain column */
    uint32_t nkeys;
    struct order_key {
        tb_expr *expr;
        bool desc, nulls_first;
    } * keys;
    const tb_expr *limit;
    bool fenced;
} block;

typedef struct builder {
    const tb_stmt *stmt;
    tb_arena *arena;
    uint32_t depth;
} builder;

static tb_rc not_deparsable(const tb_plan *p, tb_error *err)
{
    return TB_RAISE(err, TB_E_INTERNAL_ERROR, "a %s node cannot be written for a source",
                    tb_plan_kind_name(p->kind));
}

/* ---- plan to blocks ---- */

static tb_expr *item_expr(tb_colid col, void *ctx)
{
    const block *b = ctx;
    for (uint32_t i = 0; i < b->nitems; i++)
        if (b->items[i].out == col)
            return b->items[i].expr;
    return NULL;
}

/* An expression over what the block gives, as one over its FROM. */
static tb_expr *inside(builder *bd, block *b, tb_expr *e)
{
    return tb_expr_replace_cols(bd->arena, e, item_expr, b);
}

static void pass_columns(builder *bd, block *b, const tb_colid *cols, uint32_t n)
{
    b->nitems = n;
    b->items = TB_NEW_ARRAY(bd->arena, tb_assign, n);
    for (uint32_t i = 0; i < n; i++)
        b->items[i] = (tb_assign){
            cols[i], tb_expr_col(bd->arena, cols[i], tb_stmt_col_type(bd->stmt, cols[i]))};
}

static block *from_scan(builder *bd, const tb_plan *scan)
{
    block *b = TB_NEW(bd->arena, block);
    b->scan = scan;
    pass_columns(bd, b, scan->out, scan->nout);
    return b;
}

static block *wrapped(builder *bd, block *sub)
{
    block *b = TB_NEW(bd->arena, block);
    b->sub = sub;
    tb_colid *cols = TB_NEW_ARRAY(bd->arena, tb_colid, sub->nitems);
    for (uint32_t i = 0; i < sub->nitems; i++)
        cols[i] = sub->items[i].out;
    pass_columns(bd, b, cols, sub->nitems);
    return b;
}

static block *add_filter(builder *bd, block *b, const tb_plan *p)
{
    if (b->computed || b->limit != NULL || b->nkeys > 0)
        b = wrapped(bd, b);
    for (uint32_t i = 0; i < p->filter.n; i++)
        tb_list_push(bd->arena, &b->where, inside(bd, b, p->filter.conjuncts[i]));
    return b;
}

static block *add_project(builder *bd, block *b, const tb_plan *p)
{
    if (b->computed)
        b = wrapped(bd, b);
    tb_assign *items = TB_NEW_ARRAY(bd->arena, tb_assign, p->project.n);
    bool computed = false;
    for (uint32_t i = 0; i < p->project.n; i++) {
        items[i] = (tb_assign){p->project.items[i].out, inside(bd, b, p->project.items[i].expr)};
        computed |= items[i].expr->kind != TB_X_COL;
    }
    b->items = items;
    b->nitems = p->project.n;
    b->computed = computed;
    return b;
}

static block *add_sort(builder *bd, block *b, const tb_plan *p)
{
    if (b->computed || b->limit != NULL || b->nkeys > 0)
        b = wrapped(bd, b);
    b->nkeys = p->sort.n;
    b->keys = TB_NEW_ARRAY(bd->arena, struct order_key, p->sort.n);
    for (uint32_t i = 0; i < p->sort.n; i++) {
        const tb_sort_key *k = &p->sort.keys[i];
        tb_expr *col = tb_expr_col(bd->arena, k->col, tb_stmt_col_type(bd->stmt, k->col));
        b->keys[i] = (struct order_key){inside(bd, b, col), k->desc, k->nulls_first};
    }
    return b;
}

/* Restricts the items to the node's columns, in its order. */
static void select_out(builder *bd, block *b, const tb_plan *p)
{
    tb_assign *items = TB_NEW_ARRAY(bd->arena, tb_assign, p->nout);
    bool computed = false;
    for (uint32_t i = 0; i < p->nout; i++) {
        items[i] = (tb_assign){p->out[i], item_expr(p->out[i], b)};
        TB_CHECK(items[i].expr != NULL);
        computed |= items[i].expr->kind != TB_X_COL;
    }
    b->items = items;
    b->nitems = p->nout;
    b->computed = computed;
}

static tb_rc build(builder *bd, const tb_plan *p, block **out, tb_error *err)
{
    if (++bd->depth > PLAN_MAX_DEPTH)
        return TB_RAISE(err, TB_E_STATEMENT_TOO_COMPLEX, "statement is too complex");
    block *b = NULL;
    if (p->kind == TB_P_SCAN)
        b = from_scan(bd, p);
    else if (tb_plan_inputs(p->kind) == 1)
        TB_TRY(build(bd, p->in[0], &b, err));
    if (p->kind == TB_P_FILTER) {
        b = add_filter(bd, b, p);
    } else if (p->kind == TB_P_PROJECT) {
        b = add_project(bd, b, p);
    } else if (p->kind == TB_P_SORT) {
        b = add_sort(bd, b, p);
    } else if (p->kind == TB_P_LIMIT && p->limit.offset == NULL && !p->limit.with_ties &&
               p->limit.count != NULL) {
        if (b->limit != NULL)
            b = wrapped(bd, b);
        b->limit = p->limit.count;
    } else if (p->kind == TB_P_BARRIER) {
        select_out(bd, b, p);
        b->fenced = true;
        b = wrapped(bd, b);
    } else if (p->kind != TB_P_SCAN) {
        return not_deparsable(p, err);
    }
    select_out(bd, b, p);
    *out = b;
    return TB_OK;
}

/* ---- blocks to text ---- */

typedef struct writer {
    tbi_deparser dp;
    const block *at; /* the SELECT whose columns are in scope */
    uint32_t naliases;
    const block *range_block; /* innermost SELECT of a fragment that may be split by row key */
    size_t range_at;
    bool as_is; /* the columns being written go straight to the reader */
} writer;

/* How the dialect brings a column's values into their canonical form; NULL = they are. */
static const char *column_template(const writer *w, const tb_column *c)
{
    const tb_dialect *d = w->dp.d;
    if (w->as_is)
        return NULL;
    if (c->type.id == TB_T_FLOAT4 || c->type.id == TB_T_FLOAT8)
        return d->text[TB_DT_COLUMN_FLOAT];
    if (c->type.typmod < 0)
        return NULL;
    if (c->type.id == TB_T_BPCHAR)
        return d->text[TB_DT_COLUMN_BPCHAR];
    const char *kept = d->text[TB_DT_NUMERIC_KEPT];
    if (c->type.id != TB_T_NUMERIC ||
        (kept != NULL && c->remote_type != NULL && strcasestr(c->remote_type, kept) != NULL))
        return NULL;
    return d->text[TB_DT_COLUMN_NUMERIC];
}

static void write_table_column(writer *w, const block *b, const tb_column *c)
{
    tb_buf *sql = &w->dp.sql;
    const char *t = column_template(w, c);
    for (t = t == NULL ? "$1" : t; *t != '\0'; t++) {
        if (*t != '$') {
            tb_buf_putc(sql, *t);
            continue;
        }
        t++;
        if (*t == '1') {
            tb_buf_printf(sql, "t%u.", b->alias);
            tbi_deparse_quoted(&w->dp, c->remote_name != NULL ? c->remote_name : c->name);
        } else {
            tb_buf_printf(sql, "%d",
                          *t == '2' ? (int)tb_type_oid(c->type.id) : (int)c->type.typmod);
        }
    }
}

static tb_rc write_column(tbi_deparser *dp, tb_colid col, tb_error *err)
{
    writer *w = dp->ctx;
    const block *b = w->at;
    if (b->scan != NULL) {
        for (uint32_t i = 0; i < b->scan->nout; i++) {
            if (b->scan->out[i] == col) {
                write_table_column(w, b, &b->scan->scan.rel->cols[b->scan->scan.attno[i]]);
                return TB_OK;
            }
        }
    } else {
        tb_buf_printf(&dp->sql, "t%u.", b->alias);
        for (uint32_t i = 0; i < b->sub->nitems; i++) {
            if (b->sub->items[i].out == col) {
                char name[16];
                (void)snprintf(name, sizeof name, "c%u", i + 1);
                tbi_deparse_quoted(dp, name);
                return TB_OK;
            }
        }
    }
    return TB_RAISE(err, TB_E_INTERNAL_ERROR,
                    "column %u is not known where it is written for a source", col);
}

static tb_rc write_block(writer *w, block *b, bool named, tb_error *err);

static tb_rc write_items(writer *w, const block *b, bool named, tb_error *err)
{
    tb_buf *sql = &w->dp.sql;
    for (uint32_t i = 0; i < b->nitems; i++) {
        tb_buf_puts(sql, i > 0 ? ", " : "");
        w->as_is = !named && b->items[i].expr->kind == TB_X_COL;
        TB_TRY(tbi_deparse_expr(&w->dp, b->items[i].expr, err));
        w->as_is = false;
        if (named) {
            char name[16];
            (void)snprintf(name, sizeof name, "c%u", i + 1);
            tb_buf_puts(sql, " AS ");
            tbi_deparse_quoted(&w->dp, name);
        }
    }
    if (b->nitems == 0)
        tb_buf_puts(sql, w->dp.d->text[TB_DT_NULL]);
    return TB_OK;
}

static tb_rc write_from(writer *w, const block *b, tb_error *err)
{
    tb_buf_puts(&w->dp.sql, " FROM ");
    if (b->scan != NULL) {
        const tb_relation *rel = b->scan->scan.rel;
        if (rel->remote_schema != NULL) {
            tbi_deparse_quoted(&w->dp, rel->remote_schema);
            tb_buf_putc(&w->dp.sql, '.');
        }
        tbi_deparse_quoted(&w->dp, rel->remote_name != NULL ? rel->remote_name : rel->name);
    } else {
        tb_buf_putc(&w->dp.sql, '(');
        TB_TRY(write_block(w, b->sub, true, err));
        tb_buf_putc(&w->dp.sql, ')');
        w->at = b;
    }
    tb_buf_printf(&w->dp.sql, " AS t%u", b->alias);
    return TB_OK;
}

static tb_rc write_where(writer *w, const block *b, tb_error *err)
{
    if (b->where.n == 0 && w->range_block == b)
        w->range_at = w->dp.sql.len;
    for (uint32_t i = 0; i < b->where.n; i++) {
        tb_buf_puts(&w->dp.sql, i == 0 ? " WHERE " : " AND ");
        if (i == 0 && w->range_block == b)
            w->range_at = w->dp.sql.len;
        TB_TRY(tbi_deparse_expr(&w->dp, b->where.at[i], err));
    }
    return TB_OK;
}

/* Writes a clause whose template has one $1; before is the text so far of that argument. */
static void around(tb_buf *sql, const char *template_, size_t from)
{
    size_t len = sql->len - from;
    char *arg = tb_xmalloc(len + 1);
    memcpy(arg, sql->data + from, len);
    sql->len = from;
    for (const char *t = template_; *t; t++) {
        if (t[0] == '$' && t[1] == '1') {
            tb_buf_append(sql, arg, len);
            t++;
        } else {
            tb_buf_putc(sql, *t);
        }
    }
    free(arg);
}

static tb_rc write_order(writer *w, const block *b, tb_error *err)
{
    tb_buf *sql = &w->dp.sql;
    const tb_dialect *d = w->dp.d;
    for (uint32_t i = 0; i < b->nkeys; i++) {
        tb_buf_puts(sql, i == 0 ? " ORDER BY " : ", ");
        size_t from = sql->len;
        TB_TRY(tbi_deparse_expr(&w->dp, b->keys[i].expr, err));
        if (sql->failed)
            return TB_OK;
        if (tb_type_is_string(b->keys[i].expr->type.id))
            around(sql, d->text[TB_DT_ORDER_TEXT], from);
        tb_buf_puts(sql, b->keys[i].desc ? " DESC" : "");
        around(sql, d->text[b->keys[i].nulls_first ? TB_DT_NULLS_FIRST : TB_DT_NULLS_LAST], from);
    }
    return TB_OK;
}

static tb_rc write_block(writer *w, block *b, bool named, tb_error *err)
{
    tb_buf *sql = &w->dp.sql;
    b->alias = ++w->naliases;
    w->at = b;
    tb_buf_puts(sql, "SELECT ");
    TB_TRY(write_items(w, b, named, err));
    TB_TRY(write_from(w, b, err));
    TB_TRY(write_where(w, b, err));
    TB_TRY(write_order(w, b, err));
    if (b->limit != NULL) {
        tb_buf_putc(sql, ' ');
        size_t from = sql->len;
        tbi_deparse_bind(&w->dp, b->limit);
        if (!sql->failed)
            around(sql, w->dp.d->text[TB_DT_LIMIT], from);
    }
    if (b->fenced && w->dp.d->text[TB_DT_FENCE] != NULL)
        tb_buf_printf(sql, " %s", w->dp.d->text[TB_DT_FENCE]);
    return TB_OK;
}

/* The innermost SELECT, if every SELECT is free of ORDER BY and LIMIT: then a range of rows can be
 * cut out. */
static const block *range_block(const block *b, const tb_dialect *d)
{
    if (d->text[TB_DT_RANGE] == NULL)
        return NULL;
    for (; b != NULL; b = b->sub) {
        if (b->limit != NULL || b->nkeys > 0)
            return NULL;
        if (b->scan != NULL)
            return b;
    }
    return NULL;
}

static const char *range_text(writer *w, const block *b)
{
    tbi_deparser to = {.arena = w->dp.arena, .d = w->dp.d};
    tb_buf_init(&to.sql, SQL_MAX_BYTES);
    tb_buf_puts(&to.sql, b->where.n == 0 ? " WHERE " : "");
    for (const char *t = to.d->text[TB_DT_RANGE]; *t; t++) {
        if (*t != '$') {
            tb_buf_putc(&to.sql, *t);
            continue;
        }
        t++;
        if (*t == '1')
            tb_buf_printf(&to.sql, "t%u", b->alias);
        else
            tbi_deparse_placeholder(&to, w->dp.binds.n + (*t == '2' ? 1 : 2), TB_T_INT8);
    }
    tb_buf_puts(&to.sql, b->where.n == 0 ? "" : " AND ");
    const char *text = tb_arena_strdup(to.arena, tb_buf_cstr(&to.sql));
    tb_buf_fini(&to.sql);
    return text;
}

tb_rc tb_deparse(const tb_stmt *stmt, const tb_plan *plan, const tb_dialect *dialect,
                 tb_deparsed *out, tb_error *err)
{
    builder bd = {.stmt = stmt, .arena = stmt->arena};
    block *top;
    TB_TRY(build(&bd, plan, &top, err));
    writer w = {.dp = {.arena = stmt->arena, .d = dialect, .column = write_column}};
    w.dp.ctx = &w;
    w.range_block = range_block(top, dialect);
    tb_buf_init(&w.dp.sql, SQL_MAX_BYTES);
    if (stmt->query_id[0] != '\0')
        tb_buf_printf(&w.dp.sql, "/* tombolo qid=%s */ ", stmt->query_id);
    tb_rc rc = write_block(&w, top, false, err);
    if (rc == TB_OK && w.dp.sql.failed)
        rc = TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED,
                      "the statement for a source would be longer than %d bytes", SQL_MAX_BYTES);
    if (rc == TB_OK) {
        *out = (tb_deparsed){.sql = tb_arena_strdup(stmt->arena, tb_buf_cstr(&w.dp.sql)),
                             .nbinds = w.dp.binds.n,
                             .binds = w.dp.binds.at};
        if (w.range_block != NULL) {
            out->range_at = (uint32_t)w.range_at;
            out->range_text = range_text(&w, w.range_block);
        }
    }
    tb_buf_fini(&w.dp.sql);
    return rc;
}
