/* SPDX-License-Identifier: Apache-2.0
 * FROM: tables, views, subqueries, samples, and the list that ties them together. Joins are in
 * bind_join.c, functions in bind_func_from.c.
 *
 * Each item appends what can be named to scope->items; the last one appended represents the item
 * itself. While FROM is being bound, what is already there is visible to LATERAL items only.
 *
 * Entry points: tbi_bind_from, tbi_bind_from_item, tbi_alias_columns, tbi_reads_plan.
 */
#include "planner/bind_int.h"

#include "parser/parser.h"

enum { VIEW_DEPTH_MAX = 64 };

/* ---- aliases ---- */

tb_rc tbi_alias_columns(tbi_bind *b, const tb_ast *alias, tbi_item *item)
{
    if (alias == NULL)
        return TB_OK;
    const tb_ast_alias *a = tb_as_alias(alias);
    item->name = a->name;
    item->aliased = true;
    if (a->columns.n > item->ncols)
        return TB_RAISE_AT(b->err, TB_E_INVALID_COLUMN_REFERENCE, a->base.pos,
                           "table \"%s\" has %u columns available but %u columns specified",
                           a->name, item->ncols, a->columns.n);
    for (uint32_t i = 0; i < a->columns.n; i++)
        item->cols[i].name = a->columns.at[i];
    return TB_OK;
}

/* An item all of whose names are visible. */
static tbi_item visible_item(const char *name, tbi_column *cols, uint32_t ncols)
{
    return (tbi_item){.name = name,
                      .ncols = ncols,
                      .cols = cols,
                      .rel_visible = true,
                      .cols_visible = true,
                      .lateral_ok = true};
}

/* ---- tables ---- */

static void record_relation(tbi_bind *b, const tb_relation *rel)
{
    for (uint32_t i = 0; i < b->stmt->rels.n; i++)
        if (b->stmt->rels.at[i] == rel)
            return;
    tb_list_push(b->arena, &b->stmt->rels, rel);
}

static tbi_scan *new_scan(tbi_bind *b, const tb_relation *rel, int pos)
{
    tbi_scan *scan = TB_NEW(b->arena, tbi_scan);
    scan->rel = rel;
    scan->ids = TB_NEW_ARRAY(b->arena, tb_colid, rel->ncols + 1u);
    scan->used = TB_NEW_ARRAY(b->arena, bool, rel->ncols + 1u);
    scan->access = b->access;
    scan->pos = pos;
    tb_list_push(b->arena, &b->scans, scan);
    record_relation(b, rel);
    return scan;
}

/* Column i of the relation becomes id; hidden columns never get one. */
static void scan_column(tbi_bind *b, tbi_scan *scan, uint16_t i, tb_colid id, tbi_item *item)
{
    tbi_meta *m = tbi_meta_of(b, id);
    *m = (tbi_meta){.scan = scan, .attno = i, .shape = m->shape};
    scan->ids[i] = id;
    item->cols[item->ncols++] = (tbi_column){scan->rel->cols[i].name, id};
}

static tb_plan *table(tbi_bind *b, const tb_relation *rel, int pos, tbi_item *item)
{
    tbi_scan *scan = new_scan(b, rel, pos);
    tb_colid *out = TB_NEW_ARRAY(b->arena, tb_colid, rel->ncols + 1u);
    tb_plan *p = tb_plan_new(b->arena, TB_P_SCAN, NULL, NULL);
    for (uint16_t i = 0; i < rel->ncols; i++) {
        const tb_column *c = &rel->cols[i];
        if (c->hidden)
            continue;
        tb_colid id = tbi_new_col(b, c->name, c->type);
        tb_colinfo *info = &b->stmt->cols.at[id];
        info->nullable = !c->not_null;
        info->rel = rel;
        info->attno = i;
        out[p->nout++] = id;
        scan_column(b, scan, i, id, item);
    }
    p->out = out;
    p->scan.rel = rel;
    p->rows = rel->rows;
    scan->node = p;
    return p;
}

/* ---- views ---- */

static tb_rc parse_view(tbi_bind *b, const tb_relation *view, const tb_ast **out)
{
    tb_statement_list list = {0};
    TB_TRY(tb_parse(b->arena, view->view_sql, strlen(view->view_sql), NULL, &list, b->err));
    if (list.n != 1 || list.at[0].node->kind != TB_AST_QUERY)
        return TB_RAISE(b->err, TB_E_OBJECT_NOT_IN_PREREQUISITE_STATE,
                        "view \"%s\" has no valid definition", view->name);
    *out = list.at[0].node;
    return TB_OK;
}

/* Binds the view's query with its owner's rights and no names of the statement around it. */
static tb_rc bind_view_query(tbi_bind *b, const tb_relation *view, tbi_result *out)
{
    const tb_subject *before = b->access;
    tb_subject *owner = TB_NEW(b->arena, tb_subject);
    tb_subject_init(owner, b->arena, b->stmt->catalog, view->owner, view->owner);
    owner->purpose = before->purpose;
    const tb_ast *query = NULL;
    TB_TRY(parse_view(b, view, &query));
    b->access = owner;
    b->view_depth++;
    TB_TRY(tbi_bind_query(b, NULL, query, true, out));
    b->view_depth--;
    b->access = before;
    return TB_OK;
}

static bool view_matches(tbi_bind *b, const tb_relation *view, const tbi_result *r)
{
    if (r->n != view->ncols)
        return false;
    for (uint16_t i = 0; i < view->ncols; i++)
        if (tb_stmt_col_type(b->stmt, r->cols[i].id).id != view->cols[i].type.id)
            return false;
    return true;
}

static tb_rc view(tbi_bind *b, const tb_relation *rel, int pos, tbi_item *item, tb_plan **out)
{
    if (b->view_depth >= VIEW_DEPTH_MAX)
        return TB_RAISE_AT(b->err, TB_E_STATEMENT_TOO_COMPLEX, pos,
                           "views are nested more than %d levels deep", VIEW_DEPTH_MAX);
    tbi_result r;
    if (bind_view_query(b, rel, &r) != TB_OK) {
        b->err->position = pos; /* offsets into the view's text mean nothing in the statement's */
        return TB_FAIL;
    }
    if (!view_matches(b, rel, &r))
        return TB_RAISE_AT(b->err, TB_E_OBJECT_NOT_IN_PREREQUISITE_STATE, pos,
                           "view \"%s\" no longer matches its definition", rel->name);
    tbi_scan *scan = new_scan(b, rel, pos);
    for (uint16_t i = 0; i < rel->ncols; i++)
        scan_column(b, scan, i, r.cols[i].id, item);
    *out = r.plan;
    return TB_OK;
}

static tb_rc table_or_view(tbi_bind *b, const tb_ast_table_ref *ref, tbi_item *item, tb_plan **out)
{
    const tb_relation *rel;
    TB_TRY(tbi_bind_find_relation(b, &ref->name, &rel));
    *item = visible_item(rel->name, TB_NEW_ARRAY(b->arena, tbi_column, rel->ncols + 1u), 0);
    item->rel = rel;
    if (rel->kind == TB_REL_VIEW)
        return view(b, rel, ref->base.pos, item, out);
    *out = table(b, rel, ref->base.pos, item);
    return TB_OK;
}

static tb_rc table_ref(tbi_bind *b, tbi_scope *s, const tb_ast_table_ref *ref, tb_plan **out)
{
    tbi_item item;
    tbi_cte *cte = ref->name.schema == NULL ? tbi_find_cte(s, ref->name.name) : NULL;
    if (cte != NULL) {
        tbi_column *cols;
        uint32_t n;
        TB_TRY(tbi_cte_ref(b, s, cte, out, &cols, &n));
        item = visible_item(ref->name.name, cols, n);
    } else {
        TB_TRY(table_or_view(b, ref, &item, out));
    }
    TB_TRY(tbi_alias_columns(b, ref->alias, &item));
    tbi_add_item(b, s, item);
    return TB_OK;
}

/* ---- subqueries ---- */

static tb_rc from_query(tbi_bind *b, tbi_scope *s, const tb_ast_from_query *f, tb_plan **out)
{
    tbi_result r;
    bool before = s->lateral_active;
    s->lateral_active = f->lateral;
    s->place = TBI_IN_FROM_QUERY;
    TB_TRY(tbi_bind_query(b, s, f->query, true, &r));
    s->lateral_active = before;
    tbi_column *cols = TB_NEW_ARRAY(b->arena, tbi_column, r.n + 1);
    for (uint32_t i = 0; i < r.n; i++) {
        cols[i] = (tbi_column){r.cols[i].name, r.cols[i].id};
        tbi_meta *m = tbi_meta_of(b, r.cols[i].id);
        *m = (tbi_meta){.shape = m->shape}; /* from here on it is a column of the subquery only */
    }
    tbi_item item = visible_item(NULL, cols, r.n);
    TB_TRY(tbi_alias_columns(b, f->alias, &item));
    tbi_add_item(b, s, item);
    *out = r.plan;
    return TB_OK;
}

/* ---- TABLESAMPLE ---- */

static tb_rc sample_arg(tbi_bind *b, tbi_scope *s, const tb_ast *ast, tb_type_id type,
                        const char *clause, tb_expr **out)
{
    TB_TRY(tbi_bind_expr_at(b, s, TBI_IN_SAMPLE, ast, out));
    TB_TRY(tbi_coerce_clause(b, *out, type, clause, out));
    if (tb_expr_has_sublink(*out) || tbi_lowest_level(b, s, *out) >= 0)
        return TB_UNSUPPORTED(b->err, ast->pos, "a column or subquery in TABLESAMPLE");
    return TB_OK;
}

static tb_rc sample(tbi_bind *b, tbi_scope *s, const tb_ast_sample *f, tb_plan **out)
{
    TB_TRY(table_ref(b, s, tb_as_table_ref(f->table), out));
    if ((*out)->kind != TB_P_SCAN)
        return TB_RAISE_AT(b->err, TB_E_WRONG_OBJECT_TYPE, f->base.pos,
                           "TABLESAMPLE clause can only be applied to tables and materialized "
                           "views");
    bool bernoulli = strcmp(f->method.name, "bernoulli") == 0;
    if (!bernoulli && strcmp(f->method.name, "system") != 0)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_OBJECT, f->base.pos,
                           "tablesample method %s does not exist", f->method.name);
    if (f->args.n != 1)
        return TB_RAISE_AT(b->err, TB_E_INVALID_TABLESAMPLE_ARGUMENT, f->base.pos,
                           "tablesample method %s requires 1 argument, not %u", f->method.name,
                           f->args.n);
    tb_plan *p = tb_plan_new(b->arena, TB_P_SAMPLE, *out, NULL);
    tb_plan_set_out(b->arena, p, (*out)->out, (*out)->nout);
    p->sample.bernoulli = bernoulli;
    TB_TRY(sample_arg(b, s, f->args.at[0], TB_T_FLOAT4, "TABLESAMPLE", &p->sample.percent));
    if (f->repeatable != NULL)
        TB_TRY(sample_arg(b, s, f->repeatable, TB_T_FLOAT8, "REPEATABLE", &p->sample.seed));
    *out = p;
    return TB_OK;
}

/* ---- items ---- */

tb_rc tbi_bind_from_item(tbi_bind *b, tbi_scope *s, const tb_ast *item, tb_plan **out)
{
    TB_TRY(tbi_enter(b, item->pos));
    tb_rc rc;
    if (item->kind == TB_AST_TABLE_REF)
        rc = table_ref(b, s, tb_as_table_ref(item), out);
    else if (item->kind == TB_AST_FROM_QUERY)
        rc = from_query(b, s, tb_as_from_query(item), out);
    else if (item->kind == TB_AST_FROM_FUNC)
        rc = tbi_bind_from_func(b, s, tb_as_from_func(item), out);
    else if (item->kind == TB_AST_JOIN)
        rc = tbi_bind_join(b, s, tb_as_join(item), out);
    else if (item->kind == TB_AST_SAMPLE)
        rc = sample(b, s, tb_as_sample(item), out);
    else
        rc = TB_UNSUPPORTED(b->err, item->pos, "this kind of FROM item");
    tbi_leave(b);
    return rc;
}

/* ---- lateral references ---- */

typedef struct reads_cx {
    const tb_plan *of;
    bool found;
} reads_cx;

static tb_rc reads_node(tb_expr *e, void *ctx, tb_error *err);

static tb_rc reads_slot(tb_expr **slot, void *ctx, tb_error *err)
{
    return reads_node(*slot, ctx, err);
}

static tb_rc reads_node(tb_expr *e, void *ctx, tb_error *err)
{
    reads_cx *cx = ctx;
    if (e->kind == TB_X_COL)
        cx->found |= tb_plan_outputs(cx->of, e->col);
    if (e->kind == TB_X_SUBLINK)
        TB_TRY(tbi_each_slot(e->sublink.plan, reads_slot, ctx, err));
    return tb_expr_each_child(e, reads_node, ctx, err);
}

bool tbi_reads_plan(tbi_bind *b, tb_plan *p, const tb_plan *of)
{
    reads_cx cx = {of, false};
    tb_rc rc = tbi_each_slot(p, reads_slot, &cx, b->err);
    return rc == TB_OK && cx.found;
}

tb_plan *tbi_join_plans(tbi_bind *b, tb_join_type type, tb_plan *left, tb_plan *right)
{
    tb_plan *p = tb_plan_new(b->arena, TB_P_JOIN, left, right);
    tb_colid *out = TB_NEW_ARRAY(b->arena, tb_colid, left->nout + right->nout + 1);
    if (left->nout > 0)
        memcpy(out, left->out, left->nout * sizeof *out);
    if (right->nout > 0)
        memcpy(out + left->nout, right->out, right->nout * sizeof *out);
    p->out = out;
    p->nout = left->nout + right->nout;
    p->join.type = type;
    p->join.lateral = tbi_reads_plan(b, right, left);
    return p;
}

void tbi_set_lateral(tbi_scope *s, uint32_t from, uint32_t to, bool only, bool ok)
{
    for (uint32_t i = from; i < to; i++) {
        s->items.at[i].lateral_only = only;
        s->items.at[i].lateral_ok = ok;
    }
}

tb_rc tbi_check_names(tbi_bind *b, const tbi_scope *s, uint32_t first, uint32_t mid, int pos)
{
    for (uint32_t i = first; i < mid; i++) {
        const tbi_item *x = &s->items.at[i];
        for (uint32_t k = mid; k < s->items.n && x->rel_visible; k++) {
            const tbi_item *y = &s->items.at[k];
            if (!y->rel_visible || strcmp(x->name, y->name) != 0)
                continue;
            /* two tables of one name in different schemas can be told apart */
            if (x->rel != NULL && y->rel != NULL && !x->aliased && !y->aliased && x->rel != y->rel)
                continue;
            return TB_RAISE_AT(b->err, TB_E_DUPLICATE_ALIAS, pos,
                               "table name \"%s\" specified more than once", x->name);
        }
    }
    return TB_OK;
}

tb_rc tbi_bind_from(tbi_bind *b, tbi_scope *s, const tb_ast_list *from, tb_plan **out)
{
    *out = NULL;
    for (uint32_t i = 0; i < from->n; i++) {
        uint32_t before = s->items.n;
        tb_plan *p;
        tbi_set_lateral(s, 0, before, true, true);
        TB_TRY(tbi_bind_from_item(b, s, from->at[i], &p));
        TB_TRY(tbi_check_names(b, s, 0, before, from->at[i]->pos));
        *out = *out == NULL ? p : tbi_join_plans(b, TB_JOIN_INNER, *out, p);
    }
    tbi_set_lateral(s, 0, s->items.n, false, true);
    if (*out == NULL)
        *out = tb_plan_new(b->arena, TB_P_ROW, NULL, NULL);
    return TB_OK;
}
