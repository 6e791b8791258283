/* SPDX-License-Identifier: Apache-2.0
 * Constructors of queries and FROM items.
 *
 * Entry points: the functions of parse_int.h under "build_query.c".
 */
#include "parser/parse_int.h"

tbi_limit tbi_no_limit(void)
{
    return (tbi_limit){.pos = -1};
}

void tbi_limit_comma(tbi_parse *p, int32_t pos)
{
    if (p->failed)
        return;
    tbi_refuse(p, TB_E_SYNTAX_ERROR, pos, "LIMIT #,# syntax is not supported");
    tb_error_hint(p->err, "Use separate LIMIT and OFFSET clauses.");
}

/* What is wrong with adding these clauses to a query that has some already, as in
 * (SELECT .. ORDER BY ..) ORDER BY ..; NULL if nothing. */
static const char *clause_twice(const tb_ast_query *query, const tb_ast *with, tb_ast_list order_by,
                                tbi_limit limit, int32_t *pos)
{
    if (order_by.n && query->order_by.n) {
        *pos = order_by.at[0]->pos;
        return "multiple ORDER BY clauses not allowed";
    }
    if (limit.offset && query->offset) {
        *pos = limit.offset->pos;
        return "multiple OFFSET clauses not allowed";
    }
    if (limit.limit && query->limit) {
        *pos = limit.limit->pos;
        return "multiple LIMIT clauses not allowed";
    }
    if ((limit.limit || limit.offset) && query->limit_kind == TB_LIMIT_WITH_TIES) {
        *pos = limit.pos;
        return "multiple limit options not allowed";
    }
    if (with && query->with) {
        *pos = with->pos;
        return "multiple WITH clauses not allowed";
    }
    return NULL;
}

/* WITH TIES needs an order, and rows that do not depend on who holds a lock. */
static const char *bad_ties(const tb_ast_query *query)
{
    if (query->limit_kind != TB_LIMIT_WITH_TIES)
        return NULL;
    if (query->order_by.n == 0)
        return "WITH TIES cannot be specified without ORDER BY clause";
    for (uint32_t i = 0; i < query->locking.n; i++)
        if (tb_as_locking(query->locking.at[i])->wait == TB_LOCK_SKIP_LOCKED)
            return "SKIP LOCKED and WITH TIES options cannot be used together";
    return NULL;
}

tb_ast *tbi_query(tbi_parse *p, tb_ast *body, tb_ast *with, tb_ast_list order_by,
                  tb_ast_list locking, tbi_limit limit)
{
    tb_ast *node = body;
    if (body->kind != TB_AST_QUERY)
        node = NODE(QUERY, query, body->pos, .body = body);
    tb_ast_query *query = (tb_ast_query *)(void *)node;
    int32_t pos = limit.pos;
    const char *wrong = clause_twice(query, with, order_by, limit, &pos);
    if (wrong)
        return tbi_refuse(p, TB_E_SYNTAX_ERROR, pos, wrong);
    if (with)
        query->with = with;
    if (order_by.n)
        query->order_by = order_by;
    if (limit.offset)
        query->offset = limit.offset;
    if (limit.limit) {
        query->limit = limit.limit;
        query->limit_kind = limit.kind;
    }
    for (uint32_t i = 0; i < locking.n; i++)
        tb_list_push(p->arena, &query->locking, locking.at[i]);
    wrong = limit.limit ? bad_ties(query) : NULL;
    if (wrong)
        return tbi_refuse(p, TB_E_SYNTAX_ERROR, limit.pos, wrong);
    return tbi_grown(p, node);
}

/* The body of a query that has no clauses around it; else the query. */
static tb_ast *operand(tb_ast *node)
{
    if (node->kind != TB_AST_QUERY)
        return node;
    const tb_ast_query *query = tb_as_query(node);
    bool plain =
        !query->with && !query->order_by.n && !query->limit && !query->offset && !query->locking.n;
    return plain ? query->body : node;
}

tb_ast *tbi_set_op(tbi_parse *p, int32_t pos, tb_set_operator op, bool all, tb_ast *left,
                   tb_ast *right)
{
    return NODE(SET_OP, set_op, pos, .op = op, .all = all, .left = operand(left),
                .right = operand(right));
}

tb_ast *tbi_values_row(tbi_parse *p, tb_ast *node, tb_ast *row)
{
    tb_ast_values *values = (tb_ast_values *)(void *)node;
    tb_list_push(p->arena, &values->rows, row);
    if (row->height >= node->height)
        return tbi_grown(p, node);
    return node;
}

tb_ast *tbi_select_table(tbi_parse *p, int32_t pos, tb_ast *table)
{
    tb_ast *star = NODE(COLUMN_REF, column_ref, pos, .star = true);
    tb_ast *target = NODE(TARGET, target, pos, .expr = star);
    return NODE(SELECT, select, pos, .targets = tbi_list1(p, target), .from = tbi_list1(p, table));
}

tb_ast *tbi_table_alias(tbi_parse *p, tb_ast *node, tb_ast *alias)
{
    ((tb_ast_table_ref *)(void *)node)->alias = alias;
    return tbi_grown(p, node);
}

tb_ast *tbi_from_func(tbi_parse *p, tb_ast *node, tbi_func_alias alias, bool lateral)
{
    tb_ast_from_func *from = (tb_ast_from_func *)(void *)node;
    from->alias = alias.alias;
    from->columns = alias.columns;
    from->lateral = lateral;
    return tbi_grown(p, node);
}

tb_ast *tbi_from_query(tbi_parse *p, tb_ast *query, tb_ast *alias, bool lateral)
{
    if (!alias && !p->failed) {
        if (tb_as_query(query)->body->kind == TB_AST_VALUES) {
            tbi_refuse(p, TB_E_SYNTAX_ERROR, query->pos, "VALUES in FROM must have an alias");
            tb_error_hint(p->err, "For example, FROM (VALUES ...) [AS] foo.");
        } else {
            tbi_refuse(p, TB_E_SYNTAX_ERROR, query->pos, "subquery in FROM must have an alias");
            tb_error_hint(p->err, "For example, FROM (SELECT ...) [AS] foo.");
        }
    }
    return NODE(FROM_QUERY, from_query, query->pos, .lateral = lateral, .query = query,
                .alias = alias);
}

tb_ast *tbi_join(tbi_parse *p, int32_t pos, int kind, tb_ast *left, tb_ast *right,
                 tbi_join_qual qual)
{
    return NODE(JOIN, join, pos, .join = (tb_ast_join_kind)kind, .left = left, .right = right,
                .on = qual.on, .using_names = qual.names, .using_alias = qual.alias);
}

tb_ast *tbi_join_alias(tbi_parse *p, tb_ast *node, tb_ast *alias)
{
    ((tb_ast_join *)(void *)node)->alias = alias;
    return tbi_grown(p, node);
}
