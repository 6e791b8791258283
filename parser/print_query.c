/* SPDX-License-Identifier: Apache-2.0
 * Printer of queries and FROM items.
 *
 * Entry points: one function per kind of the queries in ast_kinds.def.
 */
#include "parser/print_int.h"

static void print_parenthesised(tb_buf *out, const tb_ast *node)
{
    tb_buf_putc(out, '(');
    tbi_print_node(out, node);
    tb_buf_putc(out, ')');
}

void tbi_print_query(tb_buf *out, const tb_ast *node)
{
    const tb_ast_query *query = tb_as_query(node);
    if (query->with) {
        tbi_print_node(out, query->with);
        tb_buf_putc(out, ' ');
    }
    tbi_print_node(out, query->body);
    tbi_print_opt_nodes(out, " ORDER BY ", &query->order_by);
    tbi_print_opt(out, " OFFSET ", query->offset);
    if (query->limit && query->limit_kind == TB_LIMIT_WITH_TIES) {
        tb_buf_puts(out, " FETCH FIRST ");
        print_parenthesised(out, query->limit);
        tb_buf_puts(out, " ROWS WITH TIES");
    } else {
        tbi_print_opt(out, " LIMIT ", query->limit);
    }
    for (uint32_t i = 0; i < query->locking.n; i++)
        tbi_print_node(out, query->locking.at[i]);
}

void tbi_print_select(tb_buf *out, const tb_ast *node)
{
    const tb_ast_select *select = tb_as_select(node);
    tb_buf_puts(out, "SELECT");
    tbi_print_if(out, select->distinct != TB_DISTINCT_NONE, " DISTINCT");
    if (select->distinct == TB_DISTINCT_ON) {
        tbi_print_opt_nodes(out, " ON (", &select->distinct_on);
        tb_buf_putc(out, ')');
    }
    tbi_print_opt_nodes(out, " ", &select->targets);
    tbi_print_opt(out, " INTO ", select->into);
    tbi_print_opt_nodes(out, " FROM ", &select->from);
    tbi_print_opt(out, " WHERE ", select->where);
    tbi_print_opt_nodes(out, select->group_distinct ? " GROUP BY DISTINCT " : " GROUP BY ",
                        &select->group_by);
    tbi_print_opt(out, " HAVING ", select->having);
    tbi_print_opt_nodes(out, " WINDOW ", &select->windows);
}

void tbi_print_values(tb_buf *out, const tb_ast *node)
{
    tbi_print_opt_nodes(out, "VALUES ", &tb_as_values(node)->rows);
}

void tbi_print_set_op(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {[TB_SET_UNION] = " UNION ",
                                        [TB_SET_INTERSECT] = " INTERSECT ",
                                        [TB_SET_EXCEPT] = " EXCEPT "};
    const tb_ast_set_op *set = tb_as_set_op(node);
    print_parenthesised(out, set->left);
    tb_buf_puts(out, words[set->op]);
    tbi_print_if(out, set->all, "ALL ");
    print_parenthesised(out, set->right);
}

/* ---- WITH ---- */

void tbi_print_with(tb_buf *out, const tb_ast *node)
{
    const tb_ast_with *with = tb_as_with(node);
    tbi_print_opt_nodes(out, with->recursive ? "WITH RECURSIVE " : "WITH ", &with->ctes);
}

void tbi_print_cte(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {[TB_MATERIALIZE_DEFAULT] = " AS ",
                                        [TB_MATERIALIZE_ALWAYS] = " AS MATERIALIZED ",
                                        [TB_MATERIALIZE_NEVER] = " AS NOT MATERIALIZED "};
    const tb_ast_cte *cte = tb_as_cte(node);
    tb_print_identifier(out, cte->name);
    tbi_print_column_list(out, &cte->columns);
    tb_buf_puts(out, words[cte->materialized]);
    print_parenthesised(out, cte->query);
    tbi_print_node(out, cte->search);
    tbi_print_node(out, cte->cycle);
}

void tbi_print_cte_search(tb_buf *out, const tb_ast *node)
{
    const tb_ast_cte_search *search = tb_as_cte_search(node);
    tb_buf_printf(out, " SEARCH %s FIRST BY ", search->breadth_first ? "BREADTH" : "DEPTH");
    tbi_print_names(out, &search->columns);
    tb_buf_puts(out, " SET ");
    tb_print_identifier(out, search->sequence_column);
}

void tbi_print_cte_cycle(tb_buf *out, const tb_ast *node)
{
    const tb_ast_cte_cycle *cycle = tb_as_cte_cycle(node);
    tb_buf_puts(out, " CYCLE ");
    tbi_print_names(out, &cycle->columns);
    tb_buf_puts(out, " SET ");
    tb_print_identifier(out, cycle->mark_column);
    if (cycle->mark_value) {
        tb_buf_puts(out, " TO ");
        tbi_print_typed_literal(out, cycle->mark_value);
        tb_buf_puts(out, " DEFAULT ");
        tbi_print_typed_literal(out, cycle->mark_default);
    }
    tb_buf_puts(out, " USING ");
    tb_print_identifier(out, cycle->path_column);
}

/* ---- clauses ---- */

void tbi_print_target(tb_buf *out, const tb_ast *node)
{
    const tb_ast_target *target = tb_as_target(node);
    tbi_print_node(out, target->expr);
    if (target->name) {
        tb_buf_puts(out, " AS ");
        tb_print_identifier(out, target->name);
    }
}

void tbi_print_sort(tb_buf *out, const tb_ast *node)
{
    static const char *const dirs[] = {[TB_SORT_DEFAULT] = "",
                                       [TB_SORT_ASC] = " ASC",
                                       [TB_SORT_DESC] = " DESC",
                                       [TB_SORT_USING] = " USING "};
    static const char *const nulls[] = {[TB_NULLS_DEFAULT] = "",
                                        [TB_NULLS_FIRST] = " NULLS FIRST",
                                        [TB_NULLS_LAST] = " NULLS LAST"};
    const tb_ast_sort *sort = tb_as_sort(node);
    tbi_print_node(out, sort->expr);
    tb_buf_puts(out, dirs[sort->dir]);
    if (sort->dir == TB_SORT_USING)
        tbi_print_operator(out, &sort->using_op);
    tb_buf_puts(out, nulls[sort->nulls]);
}

void tbi_print_grouping_set(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {[TB_GROUPING_EMPTY] = "(",
                                        [TB_GROUPING_ROLLUP] = "ROLLUP (",
                                        [TB_GROUPING_CUBE] = "CUBE (",
                                        [TB_GROUPING_SETS] = "GROUPING SETS ("};
    const tb_ast_grouping_set *set = tb_as_grouping_set(node);
    tb_buf_puts(out, words[set->set]);
    tbi_print_nodes(out, &set->items);
    tb_buf_putc(out, ')');
}

void tbi_print_locking(tb_buf *out, const tb_ast *node)
{
    static const char *const strengths[] = {[TB_LOCK_KEY_SHARE] = "KEY SHARE",
                                            [TB_LOCK_SHARE] = "SHARE",
                                            [TB_LOCK_NO_KEY_UPDATE] = "NO KEY UPDATE",
                                            [TB_LOCK_UPDATE] = "UPDATE"};
    static const char *const waits[] = {
        [TB_LOCK_WAIT] = "", [TB_LOCK_NOWAIT] = " NOWAIT", [TB_LOCK_SKIP_LOCKED] = " SKIP LOCKED"};
    const tb_ast_locking *locking = tb_as_locking(node);
    tb_buf_printf(out, " FOR %s", strengths[locking->strength]);
    tbi_print_if(out, locking->tables.n > 0, " OF ");
    tbi_print_qnames(out, &locking->tables);
    tb_buf_puts(out, waits[locking->wait]);
}

/* ---- FROM ---- */

void tbi_print_table_ref(tb_buf *out, const tb_ast *node)
{
    const tb_ast_table_ref *table = tb_as_table_ref(node);
    tbi_print_if(out, table->only, "ONLY ");
    tbi_print_qname(out, &table->name);
    tbi_print_opt(out, " AS ", table->alias);
}

void tbi_print_alias(tb_buf *out, const tb_ast *node)
{
    tb_print_identifier(out, tb_as_alias(node)->name);
    tbi_print_column_list(out, &tb_as_alias(node)->columns);
}

void tbi_print_from_query(tb_buf *out, const tb_ast *node)
{
    const tb_ast_from_query *from = tb_as_from_query(node);
    tbi_print_if(out, from->lateral, "LATERAL ");
    print_parenthesised(out, from->query);
    tbi_print_opt(out, " AS ", from->alias);
}

void tbi_print_from_func(tb_buf *out, const tb_ast *node)
{
    const tb_ast_from_func *from = tb_as_from_func(node);
    tbi_print_if(out, from->lateral, "LATERAL ");
    tbi_print_if(out, from->rows_from, "ROWS FROM (");
    tbi_print_nodes(out, &from->items);
    tbi_print_if(out, from->rows_from, ")");
    tbi_print_if(out, from->ordinality, " WITH ORDINALITY");
    tbi_print_opt(out, " AS ", from->alias);
    if (from->columns.n) {
        tbi_print_opt_nodes(out, from->alias ? " (" : " AS (", &from->columns);
        tb_buf_putc(out, ')');
    }
}

void tbi_print_rows_from(tb_buf *out, const tb_ast *node)
{
    const tb_ast_rows_from *item = tb_as_rows_from(node);
    tbi_print_call(out, item->call);
    if (item->columns.n) {
        tbi_print_opt_nodes(out, " AS (", &item->columns);
        tb_buf_putc(out, ')');
    }
}

/* A side of a join: an inner join without alias keeps its parentheses. */
static void print_join_side(tb_buf *out, const tb_ast *node)
{
    if (node->kind == TB_AST_JOIN && !tb_as_join(node)->alias)
        print_parenthesised(out, node);
    else
        tbi_print_node(out, node);
}

void tbi_print_join(tb_buf *out, const tb_ast *node)
{
    static const char *const words[] = {[TB_JOINED_INNER] = "JOIN ",
                                        [TB_JOINED_LEFT] = "LEFT JOIN ",
                                        [TB_JOINED_RIGHT] = "RIGHT JOIN ",
                                        [TB_JOINED_FULL] = "FULL JOIN ",
                                        [TB_JOINED_CROSS] = "CROSS JOIN "};
    const tb_ast_join *join = tb_as_join(node);
    tbi_print_if(out, join->alias != NULL, "(");
    print_join_side(out, join->left);
    tb_buf_putc(out, ' ');
    tbi_print_if(out, join->natural, "NATURAL ");
    tb_buf_puts(out, words[join->join]);
    print_join_side(out, join->right);
    tbi_print_opt(out, " ON ", join->on);
    tbi_print_if(out, join->using_names.n > 0, " USING");
    tbi_print_column_list(out, &join->using_names);
    if (join->using_alias) {
        tb_buf_puts(out, " AS ");
        tb_print_identifier(out, join->using_alias);
    }
    tbi_print_opt(out, ") AS ", join->alias);
}

void tbi_print_sample(tb_buf *out, const tb_ast *node)
{
    const tb_ast_sample *sample = tb_as_sample(node);
    tbi_print_node(out, sample->table);
    tb_buf_puts(out, " TABLESAMPLE ");
    tbi_print_qname(out, &sample->method);
    tbi_print_opt_nodes(out, " (", &sample->args);
    tb_buf_putc(out, ')');
    if (sample->repeatable) {
        tbi_print_opt(out, " REPEATABLE (", sample->repeatable);
        tb_buf_putc(out, ')');
    }
}

void tbi_print_column_def(tb_buf *out, const tb_ast *node)
{
    const tb_ast_column_def *def = tb_as_column_def(node);
    if (def->name) {
        tb_print_identifier(out, def->name);
        tb_buf_putc(out, ' ');
    }
    tbi_print_node(out, def->type);
    tbi_print_fdw_options(out, &def->options);
    if (def->collation.name) {
        tb_buf_puts(out, " COLLATE ");
        tbi_print_qname(out, &def->collation);
    }
    tbi_print_if(out, def->not_null, " NOT NULL");
}
