/* SPDX-License-Identifier: Apache-2.0
 * JOIN: both sides, ON, USING and NATURAL with their merged columns, and which names stay visible.
 */
#include "planner/bind_int.h"

/* A join being bound: items [first, mid) come from the left side, [mid, end) from the right. */
typedef struct join_cx {
    const tb_ast_join *ast;
    tbi_scope *s;
    uint32_t first, mid, end;
    tb_plan *left, *right;
    TB_LIST(const char *) merged; /* names of USING or NATURAL */
    TB_LIST(tb_expr *) conds;
    TB_LIST(tbi_column) cols; /* of the join: merged ones, then the rest */
    tbi_lift lift;            /* merged columns that are not columns of the join */
} join_cx;

static tb_join_type plan_type(tb_ast_join_kind kind)
{
    static const tb_join_type types[] = {[TB_JOINED_INNER] = TB_JOIN_INNER,
                                         [TB_JOINED_LEFT] = TB_JOIN_LEFT,
                                         [TB_JOINED_RIGHT] = TB_JOIN_RIGHT,
                                         [TB_JOINED_FULL] = TB_JOIN_FULL,
                                         [TB_JOINED_CROSS] = TB_JOIN_INNER};
    return types[kind];
}

/* ---- sides ---- */

static tb_rc bind_sides(tbi_bind *b, join_cx *j)
{
    tbi_scope *s = j->s;
    bool inward = j->ast->join != TB_JOINED_RIGHT && j->ast->join != TB_JOINED_FULL;
    j->first = s->items.n;
    TB_TRY(tbi_bind_from_item(b, s, j->ast->left, &j->left));
    j->mid = s->items.n;
    tbi_set_lateral(s, j->first, j->mid, true, inward);
    TB_TRY(tbi_bind_from_item(b, s, j->ast->right, &j->right));
    j->end = s->items.n;
    return tbi_check_names(b, s, j->first, j->mid, j->ast->right->pos);
}

/* The item that represents a side: the last one it added. */
static const tbi_item *left_item(const join_cx *j)
{
    return &j->s->items.at[j->mid - 1];
}

static const tbi_item *right_item(const join_cx *j)
{
    return &j->s->items.at[j->end - 1];
}

/* ---- USING and NATURAL ---- */

static int find_in(const tbi_item *item, const char *name)
{
    for (uint32_t i = 0; i < item->ncols; i++)
        if (strcmp(item->cols[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool is_merged(const join_cx *j, const char *name)
{
    for (uint32_t i = 0; i < j->merged.n; i++)
        if (strcmp(j->merged.at[i], name) == 0)
            return true;
    return false;
}

static tb_rc merged_names(tbi_bind *b, join_cx *j)
{
    const tb_ast_join *ast = j->ast;
    for (uint32_t i = 0; i < ast->using_names.n; i++) {
        const char *name = ast->using_names.at[i];
        if (is_merged(j, name))
            return TB_RAISE_AT(b->err, TB_E_DUPLICATE_COLUMN, ast->base.pos,
                               "column name \"%s\" appears more than once in USING clause", name);
        tb_list_push(b->arena, &j->merged, name);
    }
    const tbi_item *left = left_item(j);
    for (uint32_t i = 0; ast->natural && i < left->ncols; i++)
        if (find_in(right_item(j), left->cols[i].name) >= 0 && !is_merged(j, left->cols[i].name))
            tb_list_push(b->arena, &j->merged, left->cols[i].name);
    return TB_OK;
}

/* The side's one column of a merged name. */
static tb_rc side_column(tbi_bind *b, const join_cx *j, const tbi_item *item, const char *name,
                         const char *side, tb_expr **out)
{
    int at = find_in(item, name), pos = j->ast->base.pos;
    if (at < 0)
        return TB_RAISE_AT(b->err, TB_E_UNDEFINED_COLUMN, pos,
                           "column \"%s\" specified in USING clause does not exist in %s table",
                           name, side);
    for (uint32_t i = (uint32_t)at + 1; i < item->ncols; i++)
        if (strcmp(item->cols[i].name, name) == 0)
            return TB_RAISE_AT(b->err, TB_E_AMBIGUOUS_COLUMN, pos,
                               "common column name \"%s\" appears more than once in %s table", name,
                               side);
    tb_colid id = item->cols[at].id;
    tbi_use(b, id);
    *out = tbi_col(b, id, pos);
    return TB_OK;
}

/* The value of the merged column: the side that is never filled up with NULLs, or the first that is
 * not NULL. */
static tb_rc merged_value(tbi_bind *b, const join_cx *j, tb_expr *left, tb_expr *right,
                          tb_expr **out)
{
    tb_expr *pair[2] = {left, right};
    tb_type type;
    TB_TRY(tbi_unify(b, pair, 2, "JOIN/USING", &type));
    if (j->ast->join == TB_JOINED_FULL) {
        tb_expr *e = tb_expr_new(b->arena, TB_X_COALESCE, type, j->ast->base.pos);
        e->list.n = 2;
        e->list.args = tb_arena_memdup(b->arena, pair, sizeof pair);
        *out = e;
    } else if (j->ast->join == TB_JOINED_RIGHT) {
        *out = pair[1];
    } else if (j->ast->join == TB_JOINED_LEFT || pair[0]->kind == TB_X_COL) {
        *out = pair[0];
    } else {
        *out = pair[1]->kind == TB_X_COL ? pair[1] : pair[0];
    }
    return TB_OK;
}

static tb_rc merge(tbi_bind *b, join_cx *j)
{
    TB_TRY(merged_names(b, j));
    for (uint32_t i = 0; i < j->merged.n; i++) {
        const char *name = j->merged.at[i];
        tb_expr *left, *right, *eq, *value;
        TB_TRY(side_column(b, j, left_item(j), name, "left", &left));
        TB_TRY(side_column(b, j, right_item(j), name, "right", &right));
        TB_TRY(merged_value(b, j, left, right, &value));
        TB_TRY(tbi_operator(b, "=", left, right, j->ast->base.pos, &eq));
        TB_TRY(tbi_coerce_clause(b, eq, TB_T_BOOL, "JOIN/USING", &eq));
        tb_list_push(b->arena, &j->conds, eq);
        tbi_column col = {name, tbi_lift_expr(b, &j->lift, value, name)};
        tb_list_push(b->arena, &j->cols, col);
    }
    return TB_OK;
}

/* ---- ON ---- */

/* ON sees the two sides and the outer levels, and no other items of this FROM. */
static tb_rc bind_on(tbi_bind *b, join_cx *j)
{
    if (j->ast->on == NULL)
        return TB_OK;
    tbi_scope *s = j->s;
    tbi_scope all = *s;
    s->items.at = all.items.at + j->first;
    s->items.n = s->items.cap = j->end - j->first;
    bool before = s->lateral_active;
    s->lateral_active = false;
    tb_expr *on;
    TB_TRY(tbi_bind_bool_at(b, s, TBI_IN_JOIN_ON, j->ast->on, "JOIN/ON", &on));
    s->lateral_active = before;
    s->items = all.items;
    tb_list_push(b->arena, &j->conds, on);
    return TB_OK;
}

/* ---- plan and names ---- */

static void set_conds(tbi_bind *b, join_cx *j, tb_plan *p)
{
    tb_expr *all = tb_expr_and(b->arena, j->conds.at, j->conds.n);
    if (j->conds.n == 0)
        return;
    bool list = all->kind == TB_X_AND;
    p->join.nconds = list ? all->list.n : 1;
    p->join.conds =
        tb_arena_memdup(b->arena, list ? all->list.args : &all, p->join.nconds * sizeof all);
}

static void mark_nullable(tbi_bind *b, tbi_scope *s, uint32_t from, uint32_t to,
                          const tb_plan *side)
{
    for (uint32_t i = from; i < to; i++)
        s->items.at[i].nullable = true;
    for (uint32_t i = 0; i < side->nout; i++)
        b->stmt->cols.at[side->out[i]].nullable = true;
}

static void push_rest(tbi_bind *b, join_cx *j, const tbi_item *item)
{
    for (uint32_t i = 0; i < item->ncols; i++)
        if (!is_merged(j, item->cols[i].name))
            tb_list_push(b->arena, &j->cols, item->cols[i]);
}

/* JOIN .. USING (..) AS x: x names the merged columns. */
static void add_using_alias(tbi_bind *b, join_cx *j)
{
    if (j->ast->using_alias == NULL)
        return;
    tbi_item item = {.name = j->ast->using_alias,
                     .aliased = true,
                     .ncols = j->merged.n,
                     .rel_visible = true,
                     .lateral_ok = true};
    item.cols = tb_arena_memdup(b->arena, j->cols.at, (j->merged.n + 1) * sizeof *item.cols);
    tb_list_push(b->arena, &j->s->items, item);
}

static tb_rc add_join_item(tbi_bind *b, join_cx *j)
{
    tbi_scope *s = j->s;
    tbi_item item = {
        .ncols = j->cols.n, .cols = j->cols.at, .cols_visible = true, .lateral_ok = true};
    for (uint32_t i = j->first; i < j->end; i++) {
        s->items.at[i].cols_visible = false;
        if (j->ast->alias != NULL)
            s->items.at[i].rel_visible = false;
    }
    add_using_alias(b, j);
    if (j->ast->alias != NULL) {
        item.rel_visible = true;
        TB_TRY(tbi_alias_columns(b, j->ast->alias, &item));
    }
    tbi_add_item(b, s, item);
    return TB_OK;
}

tb_rc tbi_bind_join(tbi_bind *b, tbi_scope *s, const tb_ast_join *ast, tb_plan **out)
{
    join_cx j = {.ast = ast, .s = s};
    TB_TRY(bind_sides(b, &j));
    tbi_set_lateral(s, j.first, j.end, false, true);
    tb_join_type type = plan_type(ast->join);
    tb_plan *p = tbi_join_plans(b, type, j.left, j.right);
    if (p->join.lateral && type != TB_JOIN_INNER && type != TB_JOIN_LEFT)
        return TB_UNSUPPORTED(b->err, ast->base.pos, "LATERAL in a RIGHT or FULL JOIN");
    j.lift.plan = p;
    TB_TRY(merge(b, &j));
    TB_TRY(bind_on(b, &j));
    set_conds(b, &j, p);
    push_rest(b, &j, left_item(&j));
    push_rest(b, &j, right_item(&j));
    if (type == TB_JOIN_LEFT || type == TB_JOIN_FULL)
        mark_nullable(b, s, j.mid, j.end, j.right);
    if (type == TB_JOIN_RIGHT || type == TB_JOIN_FULL)
        mark_nullable(b, s, j.first, j.mid, j.left);
    *out = tbi_lift_done(b, &j.lift);
    return add_join_item(b, &j);
}
