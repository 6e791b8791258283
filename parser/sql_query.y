// SPDX-License-Identifier: Apache-2.0
// Queries. query_* are QUERY nodes; select_clause is a body (SELECT, VALUES, SET_OP) or, from
// parentheses, a QUERY.

// A query as a statement or inside another statement.
query(A) ::= select_no_parens(A). [UMINUS]
query(A) ::= select_with_parens(A). [UMINUS]

select_with_parens(A) ::= LP(T) select_no_parens(B) RP. { A = B; A->pos = T.pos; }
select_with_parens(A) ::= LP(T) select_with_parens(B) RP. { A = B; A->pos = T.pos; }

select_no_parens(A) ::= simple_select(B).
    { A = tbi_query(p, B, NULL, NO_LIST, NO_LIST, tbi_no_limit()); }
select_no_parens(A) ::= select_clause(B) sort_clause(C).
    { A = tbi_query(p, B, NULL, C, NO_LIST, tbi_no_limit()); }
select_no_parens(A) ::= select_clause(B) opt_sort_clause(C) locking_clause(D) opt_limit(E).
    { A = tbi_query(p, B, NULL, C, D, E); }
select_no_parens(A) ::= select_clause(B) opt_sort_clause(C) limit(D) opt_locking_clause(E).
    { A = tbi_query(p, B, NULL, C, E, D); }
select_no_parens(A) ::= with_clause(W) select_clause(B).
    { A = tbi_query(p, B, W, NO_LIST, NO_LIST, tbi_no_limit()); }
select_no_parens(A) ::= with_clause(W) select_clause(B) sort_clause(C).
    { A = tbi_query(p, B, W, C, NO_LIST, tbi_no_limit()); }
select_no_parens(A) ::= with_clause(W) select_clause(B) opt_sort_clause(C) locking_clause(D)
                        opt_limit(E).
    { A = tbi_query(p, B, W, C, D, E); }
select_no_parens(A) ::= with_clause(W) select_clause(B) opt_sort_clause(C) limit(D)
                        opt_locking_clause(E).
    { A = tbi_query(p, B, W, C, E, D); }

select_clause(A) ::= simple_select(A).
select_clause(A) ::= select_with_parens(A).

simple_select(A) ::= SELECT(T) opt_all opt_target_list(B) into_clause(C) from_clause(D)
                     where_clause(E) group_clause(F) having_clause(G) window_clause(H).
    { A = NODE(SELECT, select, T.pos, .targets = B, .into = C, .from = D, .where = E,
               .group_by = F.items, .group_distinct = F.distinct, .having = G, .windows = H); }
simple_select(A) ::= SELECT(T) distinct_clause(I) target_list(B) into_clause(C) from_clause(D)
                     where_clause(E) group_clause(F) having_clause(G) window_clause(H).
    { A = NODE(SELECT, select, T.pos, .distinct = I.kind, .distinct_on = I.on, .targets = B,
               .into = C, .from = D, .where = E, .group_by = F.items, .group_distinct = F.distinct,
               .having = G, .windows = H); }
simple_select(A) ::= values_clause(A).
simple_select(A) ::= TABLE(T) relation_expr(B). { A = tbi_select_table(p, T.pos, B); }
simple_select(A) ::= select_clause(B) UNION(T) set_quantifier(C) select_clause(D). [UNION]
    { A = tbi_set_op(p, T.pos, TB_SET_UNION, C, B, D); }
simple_select(A) ::= select_clause(B) INTERSECT(T) set_quantifier(C) select_clause(D). [INTERSECT]
    { A = tbi_set_op(p, T.pos, TB_SET_INTERSECT, C, B, D); }
simple_select(A) ::= select_clause(B) EXCEPT(T) set_quantifier(C) select_clause(D). [EXCEPT]
    { A = tbi_set_op(p, T.pos, TB_SET_EXCEPT, C, B, D); }

values_clause(A) ::= VALUES(T) LP(U) expr_list(B) RP.
    { A = NODE(VALUES, values, T.pos, .rows = LIST(NODE(ROW, row, U.pos, .items = B))); }
values_clause(A) ::= values_clause(B) COMMA LP(U) expr_list(C) RP.
    { A = tbi_values_row(p, B, NODE(ROW, row, U.pos, .items = C)); }

opt_all ::= .
opt_all ::= ALL.
%type set_quantifier {int}
set_quantifier(A) ::= . { A = false; }
set_quantifier(A) ::= ALL. { A = true; }
set_quantifier(A) ::= DISTINCT. { A = false; }
%type distinct_clause {tbi_distinct}
distinct_clause(A) ::= DISTINCT. { A = (tbi_distinct){.kind = TB_DISTINCT_ALL}; }
distinct_clause(A) ::= DISTINCT ON LP expr_list(B) RP.
    { A = (tbi_distinct){.kind = TB_DISTINCT_ON, .on = B}; }

%type opt_target_list {tb_ast_list}
%type target_list {tb_ast_list}
opt_target_list(A) ::= . { A = NO_LIST; }
opt_target_list(A) ::= target_list(A).
target_list(A) ::= target(B). { A = LIST(B); }
target_list(A) ::= target_list(A) COMMA target(B). { PUSH(A, B); }
target(A) ::= expr(B) AS col_label(C).
    { A = NODE(TARGET, target, B->pos, .expr = B, .name = C.str); }
target(A) ::= expr(B) bare_col_label(C).
    { A = NODE(TARGET, target, B->pos, .expr = B, .name = C.str); }
target(A) ::= expr(B). { A = NODE(TARGET, target, B->pos, .expr = B); }
target(A) ::= STAR(T).
    { A = NODE(TARGET, target, T.pos, .expr = NODE(COLUMN_REF, column_ref, T.pos, .star = true)); }

into_clause(A) ::= . { A = NULL; }
into_clause(A) ::= INTO into_target(B). { A = B; }
into_target(A) ::= opt_temp_word opt_table qualified_name(B).
    { A = NODE(TABLE_REF, table_ref, B.pos, .name = B); }
into_target(A) ::= TABLE qualified_name(B). { A = NODE(TABLE_REF, table_ref, B.pos, .name = B); }
into_target(A) ::= qualified_name(B). { A = NODE(TABLE_REF, table_ref, B.pos, .name = B); }
opt_temp_word ::= TEMPORARY.
opt_temp_word ::= TEMP.
opt_temp_word ::= LOCAL TEMPORARY.
opt_temp_word ::= LOCAL TEMP.
opt_temp_word ::= GLOBAL TEMPORARY.
opt_temp_word ::= GLOBAL TEMP.
opt_temp_word ::= UNLOGGED.
opt_table ::= .
opt_table ::= TABLE.

where_clause(A) ::= . { A = NULL; }
where_clause(A) ::= WHERE expr(B). { A = B; }
having_clause(A) ::= . { A = NULL; }
having_clause(A) ::= HAVING expr(B). { A = B; }

%type group_clause {tbi_group}
group_clause(A) ::= . { A = (tbi_group){0}; }
group_clause(A) ::= GROUP BY group_quantifier(B) group_list(C).
    { A = (tbi_group){.distinct = B, .items = C}; }
%type group_quantifier {int}
group_quantifier(A) ::= . { A = false; }
group_quantifier(A) ::= ALL. { A = false; }
group_quantifier(A) ::= DISTINCT. { A = true; }
%type group_list {tb_ast_list}
group_list(A) ::= group_item(B). { A = LIST(B); }
group_list(A) ::= group_list(A) COMMA group_item(B). { PUSH(A, B); }
group_item(A) ::= expr(A).
group_item(A) ::= LP(T) RP.
    { A = NODE(GROUPING_SET, grouping_set, T.pos, .set = TB_GROUPING_EMPTY); }
group_item(A) ::= ROLLUP(T) LP expr_list(B) RP.
    { A = NODE(GROUPING_SET, grouping_set, T.pos, .set = TB_GROUPING_ROLLUP, .items = B); }
group_item(A) ::= CUBE(T) LP expr_list(B) RP.
    { A = NODE(GROUPING_SET, grouping_set, T.pos, .set = TB_GROUPING_CUBE, .items = B); }
group_item(A) ::= GROUPING(T) SETS LP group_list(B) RP.
    { A = NODE(GROUPING_SET, grouping_set, T.pos, .set = TB_GROUPING_SETS, .items = B); }

%type window_clause {tb_ast_list}
%type window_list {tb_ast_list}
window_clause(A) ::= . { A = NO_LIST; }
window_clause(A) ::= WINDOW window_list(B). { A = B; }
window_list(A) ::= named_window(B). { A = LIST(B); }
window_list(A) ::= window_list(A) COMMA named_window(B). { PUSH(A, B); }
named_window(A) ::= col_id(B) AS window_specification(C). { A = tbi_window_name(p, B, C); }

// ORDER BY, LIMIT, locking.
%type sort_clause {tb_ast_list}
%type opt_sort_clause {tb_ast_list}
%type sort_list {tb_ast_list}
opt_sort_clause(A) ::= . { A = NO_LIST; }
opt_sort_clause(A) ::= sort_clause(A).
sort_clause(A) ::= ORDER BY sort_list(B). { A = B; }
sort_list(A) ::= sort(B). { A = LIST(B); }
sort_list(A) ::= sort_list(A) COMMA sort(B). { PUSH(A, B); }
sort(A) ::= expr(B) USING qual_all_op(C) opt_nulls_order(D).
    { A = NODE(SORT, sort, B->pos, .expr = B, .dir = TB_SORT_USING, .nulls = (tb_sort_nulls)D,
               .using_op = C); }
sort(A) ::= expr(B) opt_asc_desc(C) opt_nulls_order(D).
    { A = NODE(SORT, sort, B->pos, .expr = B, .dir = (tb_sort_dir)C, .nulls = (tb_sort_nulls)D); }
%type opt_asc_desc {int}
opt_asc_desc(A) ::= . { A = TB_SORT_DEFAULT; }
opt_asc_desc(A) ::= ASC. { A = TB_SORT_ASC; }
opt_asc_desc(A) ::= DESC. { A = TB_SORT_DESC; }
%type opt_nulls_order {int}
opt_nulls_order(A) ::= . { A = TB_NULLS_DEFAULT; }
opt_nulls_order(A) ::= NULLS_LA FIRST. { A = TB_NULLS_FIRST; }
opt_nulls_order(A) ::= NULLS_LA LAST. { A = TB_NULLS_LAST; }

%type limit {tbi_limit}
%type opt_limit {tbi_limit}
%type limit_clause {tbi_limit}
opt_limit(A) ::= . { A = tbi_no_limit(); }
opt_limit(A) ::= limit(A).
limit(A) ::= limit_clause(B) offset_clause(C). { A = B; A.offset = C; }
limit(A) ::= offset_clause(B) limit_clause(C). { A = C; A.offset = B; }
limit(A) ::= limit_clause(A).
limit(A) ::= offset_clause(B). { A = (tbi_limit){.offset = B, .pos = B->pos}; }
limit_clause(A) ::= LIMIT(T) limit_value(B). { A = (tbi_limit){.limit = B, .pos = T.pos}; }
limit_clause(A) ::= LIMIT(T) limit_value(B) COMMA expr(C).
    { A = (tbi_limit){.limit = B, .offset = C, .pos = T.pos}; tbi_limit_comma(p, T.pos); }
limit_clause(A) ::= FETCH(T) first_or_next fetch_value(B) row_or_rows ONLY.
    { A = (tbi_limit){.limit = B, .pos = T.pos}; }
limit_clause(A) ::= FETCH(T) first_or_next fetch_value(B) row_or_rows WITH TIES.
    { A = (tbi_limit){.limit = B, .kind = TB_LIMIT_WITH_TIES, .pos = T.pos}; }
limit_clause(A) ::= FETCH(T) first_or_next row_or_rows ONLY.
    { A = (tbi_limit){.limit = NODE(INTEGER, integer, -1, .value = 1), .pos = T.pos}; }
limit_clause(A) ::= FETCH(T) first_or_next row_or_rows WITH TIES.
    { A = (tbi_limit){.limit = NODE(INTEGER, integer, -1, .value = 1), .kind = TB_LIMIT_WITH_TIES,
                      .pos = T.pos}; }
offset_clause(A) ::= OFFSET expr(B). { A = B; }
offset_clause(A) ::= OFFSET fetch_value(B) row_or_rows. { A = B; }
limit_value(A) ::= expr(A).
limit_value(A) ::= ALL(T). { A = NODE(NULL, null, T.pos, ); }
fetch_value(A) ::= c_expr(A).
fetch_value(A) ::= PLUS(T) int_or_float(B). { A = tbi_op(p, T, NULL, B); }
fetch_value(A) ::= MINUS(T) int_or_float(B). { A = tbi_negate(p, T, B); }
int_or_float(A) ::= ICONST(T). { A = tbi_integer(p, T); }
int_or_float(A) ::= FCONST(T). { A = tbi_number(p, T); }
row_or_rows ::= ROW.
row_or_rows ::= ROWS.
first_or_next ::= FIRST.
first_or_next ::= NEXT.

%type locking_clause {tb_ast_list}
%type opt_locking_clause {tb_ast_list}
%type locking_list {tb_ast_list}
opt_locking_clause(A) ::= . { A = NO_LIST; }
opt_locking_clause(A) ::= locking_clause(A).
locking_clause(A) ::= locking_list(A).
locking_clause(A) ::= FOR READ ONLY. { A = NO_LIST; }
locking_list(A) ::= locking(B). { A = LIST(B); }
locking_list(A) ::= locking_list(A) locking(B). { PUSH(A, B); }
locking(A) ::= FOR(T) lock_strength(B) lock_tables(C) lock_wait(D).
    { A = NODE(LOCKING, locking, T.pos, .strength = (tb_lock_strength)B, .wait = (tb_lock_wait)D,
               .tables = C); }
%type lock_strength {int}
lock_strength(A) ::= UPDATE. { A = TB_LOCK_UPDATE; }
lock_strength(A) ::= NO KEY UPDATE. { A = TB_LOCK_NO_KEY_UPDATE; }
lock_strength(A) ::= SHARE. { A = TB_LOCK_SHARE; }
lock_strength(A) ::= KEY SHARE. { A = TB_LOCK_KEY_SHARE; }
%type lock_tables {tb_qname_list}
lock_tables(A) ::= . { A = (tb_qname_list){0}; }
lock_tables(A) ::= OF qualified_name_list(B). { A = B; }
%type lock_wait {int}
lock_wait(A) ::= . { A = TB_LOCK_WAIT; }
lock_wait(A) ::= NOWAIT. { A = TB_LOCK_NOWAIT; }
lock_wait(A) ::= SKIP LOCKED. { A = TB_LOCK_SKIP_LOCKED; }

// WITH.
with_clause(A) ::= WITH(T) cte_list(B). { A = NODE(WITH, with, T.pos, .ctes = B); }
with_clause(A) ::= WITH_LA(T) cte_list(B). { A = NODE(WITH, with, T.pos, .ctes = B); }
with_clause(A) ::= WITH(T) RECURSIVE cte_list(B).
    { A = NODE(WITH, with, T.pos, .recursive = true, .ctes = B); }
%type cte_list {tb_ast_list}
cte_list(A) ::= cte(B). { A = LIST(B); }
cte_list(A) ::= cte_list(A) COMMA cte(B). { PUSH(A, B); }
cte(A) ::= col_id(B) opt_column_list(C) AS opt_materialized(D) LP preparable(E) RP opt_search(F)
           opt_cycle(G).
    { A = NODE(CTE, cte, B.pos, .name = B.str, .columns = C, .materialized = (tb_materialize)D,
               .query = E, .search = F, .cycle = G); }
%type opt_materialized {int}
opt_materialized(A) ::= . { A = TB_MATERIALIZE_DEFAULT; }
opt_materialized(A) ::= MATERIALIZED. { A = TB_MATERIALIZE_ALWAYS; }
opt_materialized(A) ::= NOT MATERIALIZED. { A = TB_MATERIALIZE_NEVER; }
opt_search(A) ::= . { A = NULL; }
opt_search(A) ::= SEARCH(T) DEPTH FIRST BY name_list(B) SET col_id(C).
    { A = NODE(CTE_SEARCH, cte_search, T.pos, .columns = B, .sequence_column = C.str); }
opt_search(A) ::= SEARCH(T) BREADTH FIRST BY name_list(B) SET col_id(C).
    { A = NODE(CTE_SEARCH, cte_search, T.pos, .breadth_first = true, .columns = B,
               .sequence_column = C.str); }
opt_cycle(A) ::= . { A = NULL; }
opt_cycle(A) ::= CYCLE(T) name_list(B) SET col_id(C) TO constant(D) DEFAULT constant(E) USING
                 col_id(F).
    { A = NODE(CTE_CYCLE, cte_cycle, T.pos, .columns = B, .mark_column = C.str, .mark_value = D,
               .mark_default = E, .path_column = F.str); }
opt_cycle(A) ::= CYCLE(T) name_list(B) SET col_id(C) USING col_id(D).
    { A = NODE(CTE_CYCLE, cte_cycle, T.pos, .columns = B, .mark_column = C.str,
               .path_column = D.str); }

// FROM.
%type from_clause {tb_ast_list}
%type from_list {tb_ast_list}
from_clause(A) ::= . { A = NO_LIST; }
from_clause(A) ::= FROM from_list(B). { A = B; }
from_list(A) ::= table_ref(B). { A = LIST(B); }
from_list(A) ::= from_list(A) COMMA table_ref(B). { PUSH(A, B); }

table_ref(A) ::= relation_expr(B) opt_alias(C). { A = tbi_table_alias(p, B, C); }
table_ref(A) ::= relation_expr(B) opt_alias(C) TABLESAMPLE(T) func_name(D) LP expr_list(E) RP
                 opt_repeatable(F).
    { A = NODE(SAMPLE, sample, T.pos, .table = tbi_table_alias(p, B, C), .method = D, .args = E,
               .repeatable = F); }
table_ref(A) ::= func_table(B) func_alias(C). { A = tbi_from_func(p, B, C, false); }
table_ref(A) ::= LATERAL func_table(B) func_alias(C). { A = tbi_from_func(p, B, C, true); }
table_ref(A) ::= XMLTABLE(T) xml_table_tail. { A = tbi_unsupported(p, T.pos, "XMLTABLE"); }
table_ref(A) ::= LATERAL XMLTABLE(T) xml_table_tail. { A = tbi_unsupported(p, T.pos, "XMLTABLE"); }
table_ref(A) ::= select_with_parens(B) opt_alias(C). { A = tbi_from_query(p, B, C, false); }
table_ref(A) ::= LATERAL select_with_parens(B) opt_alias(C). { A = tbi_from_query(p, B, C, true); }
table_ref(A) ::= joined_table(A).
table_ref(A) ::= LP joined_table(B) RP alias(C). { A = tbi_join_alias(p, B, C); }

opt_repeatable(A) ::= . { A = NULL; }
opt_repeatable(A) ::= REPEATABLE LP expr(B) RP. { A = B; }

joined_table(A) ::= LP joined_table(B) RP. { A = B; }
joined_table(A) ::= table_ref(B) CROSS(T) JOIN table_ref(C).
    { A = NODE(JOIN, join, T.pos, .join = TB_JOINED_CROSS, .left = B, .right = C); }
joined_table(A) ::= table_ref(B) join_type(C) JOIN(T) table_ref(D) join_qual(E).
    { A = tbi_join(p, T.pos, C, B, D, E); }
joined_table(A) ::= table_ref(B) JOIN(T) table_ref(D) join_qual(E).
    { A = tbi_join(p, T.pos, TB_JOINED_INNER, B, D, E); }
joined_table(A) ::= table_ref(B) NATURAL(T) join_type(C) JOIN table_ref(D).
    { A = NODE(JOIN, join, T.pos, .join = (tb_ast_join_kind)C, .natural = true, .left = B,
               .right = D); }
joined_table(A) ::= table_ref(B) NATURAL(T) JOIN table_ref(D).
    { A = NODE(JOIN, join, T.pos, .join = TB_JOINED_INNER, .natural = true, .left = B, .right = D);
               }
%type join_type {int}
join_type(A) ::= FULL opt_outer. { A = TB_JOINED_FULL; }
join_type(A) ::= LEFT opt_outer. { A = TB_JOINED_LEFT; }
join_type(A) ::= RIGHT opt_outer. { A = TB_JOINED_RIGHT; }
join_type(A) ::= INNER. { A = TB_JOINED_INNER; }
opt_outer ::= .
opt_outer ::= OUTER.
%type join_qual {tbi_join_qual}
join_qual(A) ::= USING LP name_list(B) RP opt_using_alias(C).
    { A = (tbi_join_qual){.names = B, .alias = C.str}; }
join_qual(A) ::= ON expr(B). { A = (tbi_join_qual){.on = B}; }
%type opt_using_alias {tbi_token}
opt_using_alias(A) ::= . { A = NO_TOKEN; }
opt_using_alias(A) ::= AS col_id(B). { A = B; }

alias(A) ::= AS col_id(B) LP name_list(C) RP.
    { A = NODE(ALIAS, alias, B.pos, .name = B.str, .columns = C); }
alias(A) ::= AS col_id(B). { A = NODE(ALIAS, alias, B.pos, .name = B.str); }
alias(A) ::= col_id(B) LP name_list(C) RP.
    { A = NODE(ALIAS, alias, B.pos, .name = B.str, .columns = C); }
alias(A) ::= col_id(B). { A = NODE(ALIAS, alias, B.pos, .name = B.str); }
opt_alias(A) ::= . { A = NULL; }
opt_alias(A) ::= alias(A).

%type func_alias {tbi_func_alias}
func_alias(A) ::= . { A = (tbi_func_alias){0}; }
func_alias(A) ::= alias(B). { A = (tbi_func_alias){.alias = B}; }
func_alias(A) ::= AS LP column_defs(B) RP. { A = (tbi_func_alias){.columns = B}; }
func_alias(A) ::= AS col_id(B) LP column_defs(C) RP.
    { A = (tbi_func_alias){.alias = NODE(ALIAS, alias, B.pos, .name = B.str), .columns = C}; }
func_alias(A) ::= col_id(B) LP column_defs(C) RP.
    { A = (tbi_func_alias){.alias = NODE(ALIAS, alias, B.pos, .name = B.str), .columns = C}; }
%type column_defs {tb_ast_list}
column_defs(A) ::= column_def(B). { A = LIST(B); }
column_defs(A) ::= column_defs(A) COMMA column_def(B). { PUSH(A, B); }
column_def(A) ::= col_id(B) typename(C) opt_collate(D).
    { A = NODE(COLUMN_DEF, column_def, B.pos, .name = B.str, .type = C, .collation = D); }
%type opt_collate {tb_qname}
opt_collate(A) ::= . { A = NO_QNAME; }
opt_collate(A) ::= COLLATE any_name(B). { A = B; }

func_table(A) ::= func_expr_windowless(B) opt_ordinality(C).
    { A = NODE(FROM_FUNC, from_func, B->pos, .ordinality = C,
               .items = LIST(NODE(ROWS_FROM, rows_from, B->pos, .call = B))); }
func_table(A) ::= ROWS(T) FROM LP rows_from_list(B) RP opt_ordinality(C).
    { A = NODE(FROM_FUNC, from_func, T.pos, .rows_from = true, .ordinality = C, .items = B); }
%type rows_from_list {tb_ast_list}
rows_from_list(A) ::= rows_from(B). { A = LIST(B); }
rows_from_list(A) ::= rows_from_list(A) COMMA rows_from(B). { PUSH(A, B); }
rows_from(A) ::= func_expr_windowless(B). { A = NODE(ROWS_FROM, rows_from, B->pos, .call = B); }
rows_from(A) ::= func_expr_windowless(B) AS LP column_defs(C) RP.
    { A = NODE(ROWS_FROM, rows_from, B->pos, .call = B, .columns = C); }
%type opt_ordinality {int}
opt_ordinality(A) ::= . { A = false; }
opt_ordinality(A) ::= WITH_LA ORDINALITY. { A = true; }

relation_expr(A) ::= qualified_name(B). { A = NODE(TABLE_REF, table_ref, B.pos, .name = B); }
relation_expr(A) ::= qualified_name(B) STAR. { A = NODE(TABLE_REF, table_ref, B.pos, .name = B); }
relation_expr(A) ::= ONLY qualified_name(B).
    { A = NODE(TABLE_REF, table_ref, B.pos, .name = B, .only = true); }
relation_expr(A) ::= ONLY LP qualified_name(B) RP.
    { A = NODE(TABLE_REF, table_ref, B.pos, .name = B, .only = true); }

// XMLTABLE (..): the refusal names it before the rest is looked at closely.
xml_table_tail ::= LP c_expr xml_passing COLUMNS xml_columns RP opt_alias.
xml_table_tail ::= LP XMLNAMESPACES LP xml_named_list RP COMMA c_expr xml_passing COLUMNS
                   xml_columns RP opt_alias.
xml_columns ::= xml_column.
xml_columns ::= xml_columns COMMA xml_column.
xml_column ::= col_id typename xml_column_options.
xml_column ::= col_id FOR ORDINALITY.
xml_column_options ::= .
xml_column_options ::= xml_column_options xml_column_option.
xml_column_option ::= IDENT b_expr.
xml_column_option ::= DEFAULT b_expr.
xml_column_option ::= NOT NULL.
xml_column_option ::= NULL.
