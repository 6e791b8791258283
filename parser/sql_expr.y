// SPDX-License-Identifier: Apache-2.0
// Expressions. Three levels, as in PostgreSQL: expr is everything; b_expr is what may stand where
// a following AND would be taken for the operator (BETWEEN b_expr AND ..); c_expr is what needs no
// precedence.

expr(A) ::= c_expr(A).
expr(A) ::= expr(B) TYPECAST(T) typename(C). { A = NODE(CAST, cast, T.pos, .arg = B, .type = C); }
expr(A) ::= expr(B) COLLATE(T) any_name(C).
    { A = NODE(COLLATE, collate, T.pos, .arg = B, .collation = C); }
expr(A) ::= expr(B) AT(T) TIME ZONE expr(C). [AT]
    { A = tbi_keyword_call(p, T.pos, "timezone", TB_CALL_AT_TIME_ZONE, tbi_list2(p, C, B)); }
expr(A) ::= PLUS(T) expr(B). [UMINUS] { A = tbi_op(p, T, NULL, B); }
expr(A) ::= MINUS(T) expr(B). [UMINUS] { A = tbi_negate(p, T, B); }
expr(A) ::= expr(B) PLUS(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) MINUS(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) STAR(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) SLASH(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) PERCENT(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) CARET(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) LT(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) GT(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) EQ(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) LE(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) GE(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) NE(T) expr(C). { A = tbi_op(p, T, B, C); }
expr(A) ::= expr(B) qual_op(T) expr(C). [OP]
    { A = NODE(OP, op, T.pos, .name = T, .left = B, .right = C); }
expr(A) ::= qual_op(T) expr(B). [OP] { A = NODE(OP, op, T.pos, .name = T, .right = B); }

expr(A) ::= expr(B) AND(T) expr(C). { A = tbi_bool_op(p, T.pos, TB_BOOL_AND, B, C); }
expr(A) ::= expr(B) OR(T) expr(C). { A = tbi_bool_op(p, T.pos, TB_BOOL_OR, B, C); }
expr(A) ::= NOT(T) expr(B).
    { A = NODE(BOOL_OP, bool_op, T.pos, .op = TB_BOOL_NOT, .args = LIST(B)); }
expr(A) ::= NOT_LA(T) expr(B). [NOT]
    { A = NODE(BOOL_OP, bool_op, T.pos, .op = TB_BOOL_NOT, .args = LIST(B)); }

expr(A) ::= expr(B) LIKE(T) expr(C). [LIKE]
    { A = NODE(LIKE, like, T.pos, .op = TB_LIKE, .left = B, .pattern = C); }
expr(A) ::= expr(B) LIKE(T) expr(C) ESCAPE expr(D). [LIKE]
    { A = NODE(LIKE, like, T.pos, .op = TB_LIKE, .left = B, .pattern = C, .escape = D); }
expr(A) ::= expr(B) NOT_LA(T) LIKE expr(C). [NOT_LA]
    { A = NODE(LIKE, like, T.pos, .op = TB_LIKE, .negated = true, .left = B, .pattern = C); }
expr(A) ::= expr(B) NOT_LA(T) LIKE expr(C) ESCAPE expr(D). [NOT_LA]
    { A = NODE(LIKE, like, T.pos, .op = TB_LIKE, .negated = true, .left = B, .pattern = C,
               .escape = D); }
expr(A) ::= expr(B) ILIKE(T) expr(C). [ILIKE]
    { A = NODE(LIKE, like, T.pos, .op = TB_ILIKE, .left = B, .pattern = C); }
expr(A) ::= expr(B) ILIKE(T) expr(C) ESCAPE expr(D). [ILIKE]
    { A = NODE(LIKE, like, T.pos, .op = TB_ILIKE, .left = B, .pattern = C, .escape = D); }
expr(A) ::= expr(B) NOT_LA(T) ILIKE expr(C). [NOT_LA]
    { A = NODE(LIKE, like, T.pos, .op = TB_ILIKE, .negated = true, .left = B, .pattern = C); }
expr(A) ::= expr(B) NOT_LA(T) ILIKE expr(C) ESCAPE expr(D). [NOT_LA]
    { A = NODE(LIKE, like, T.pos, .op = TB_ILIKE, .negated = true, .left = B, .pattern = C,
               .escape = D); }
expr(A) ::= expr(B) SIMILAR(T) TO expr(C). [SIMILAR]
    { A = NODE(LIKE, like, T.pos, .op = TB_SIMILAR, .left = B, .pattern = C); }
expr(A) ::= expr(B) SIMILAR(T) TO expr(C) ESCAPE expr(D). [SIMILAR]
    { A = NODE(LIKE, like, T.pos, .op = TB_SIMILAR, .left = B, .pattern = C, .escape = D); }
expr(A) ::= expr(B) NOT_LA(T) SIMILAR TO expr(C). [NOT_LA]
    { A = NODE(LIKE, like, T.pos, .op = TB_SIMILAR, .negated = true, .left = B, .pattern = C); }
expr(A) ::= expr(B) NOT_LA(T) SIMILAR TO expr(C) ESCAPE expr(D). [NOT_LA]
    { A = NODE(LIKE, like, T.pos, .op = TB_SIMILAR, .negated = true, .left = B, .pattern = C,
               .escape = D); }

expr(A) ::= expr(B) IS(T) NULL. [IS] { A = NODE(NULL_TEST, null_test, T.pos, .arg = B); }
expr(A) ::= expr(B) ISNULL(T). { A = NODE(NULL_TEST, null_test, T.pos, .arg = B); }
expr(A) ::= expr(B) IS(T) NOT NULL. [IS]
    { A = NODE(NULL_TEST, null_test, T.pos, .arg = B, .negated = true); }
expr(A) ::= expr(B) NOTNULL(T).
    { A = NODE(NULL_TEST, null_test, T.pos, .arg = B, .negated = true); }
expr(A) ::= expr(B) IS(T) opt_not(C) truth(D). [IS]
    { A = NODE(BOOL_TEST, bool_test, T.pos, .truth = (tb_truth)D, .negated = C, .arg = B); }
expr(A) ::= expr(B) IS(T) DISTINCT FROM expr(C). [IS]
    { A = NODE(DISTINCT_FROM, distinct_from, T.pos, .left = B, .right = C); }
expr(A) ::= expr(B) IS(T) NOT DISTINCT FROM expr(C). [IS]
    { A = NODE(DISTINCT_FROM, distinct_from, T.pos, .negated = true, .left = B, .right = C); }
expr(A) ::= expr(B) IS(T) opt_not(C) DOCUMENT. [IS] { A = tbi_is_document(p, T.pos, B, C); }
expr(A) ::= expr(B) IS(T) opt_not(C) opt_normal_form(D) NORMALIZED. [IS]
    { A = tbi_is_normalized(p, T.pos, B, D, C); }

expr(A) ::= expr(B) BETWEEN(T) opt_asymmetric b_expr(C) AND expr(D). [BETWEEN]
    { A = NODE(BETWEEN, between, T.pos, .arg = B, .low = C, .high = D); }
expr(A) ::= expr(B) NOT_LA(T) BETWEEN opt_asymmetric b_expr(C) AND expr(D). [NOT_LA]
    { A = NODE(BETWEEN, between, T.pos, .negated = true, .arg = B, .low = C, .high = D); }
expr(A) ::= expr(B) BETWEEN(T) SYMMETRIC b_expr(C) AND expr(D). [BETWEEN]
    { A = NODE(BETWEEN, between, T.pos, .symmetric = true, .arg = B, .low = C, .high = D); }
expr(A) ::= expr(B) NOT_LA(T) BETWEEN SYMMETRIC b_expr(C) AND expr(D). [NOT_LA]
    { A = NODE(BETWEEN, between, T.pos, .negated = true, .symmetric = true, .arg = B, .low = C,
               .high = D); }

expr(A) ::= expr(B) IN(T) select_with_parens(C).
    { A = NODE(SUBLINK, sublink, T.pos, .sublink = TB_SUBLINK_IN, .left = B, .query = C); }
expr(A) ::= expr(B) IN(T) LP expr_list(C) RP.
    { A = NODE(IN_LIST, in_list, T.pos, .left = B, .items = C); }
expr(A) ::= expr(B) NOT_LA(T) IN select_with_parens(C). [NOT_LA]
    { A = NODE(SUBLINK, sublink, T.pos, .sublink = TB_SUBLINK_IN, .negated = true, .left = B,
               .query = C); }
expr(A) ::= expr(B) NOT_LA(T) IN LP expr_list(C) RP. [NOT_LA]
    { A = NODE(IN_LIST, in_list, T.pos, .negated = true, .left = B, .items = C); }

expr(A) ::= expr(B) subquery_op(T) any_all(C) select_with_parens(D). [OP]
    { A = NODE(SUBLINK, sublink, T.pos, .sublink = C ? TB_SUBLINK_ALL : TB_SUBLINK_ANY, .op = T,
               .left = B, .query = D); }
expr(A) ::= expr(B) subquery_op(T) any_all(C) LP expr(D) RP. [OP]
    { A = NODE(OP_ANY, op_any, T.pos, .name = T, .all = C, .left = B, .right = D); }
expr(A) ::= UNIQUE(T) opt_unique_nulls select_with_parens.
    { A = tbi_unsupported(p, T.pos, "UNIQUE predicate"); }
expr(A) ::= row(B) OVERLAPS(T) row(C). { A = tbi_overlaps(p, T.pos, B, C); }
expr(A) ::= DEFAULT(T). { A = NODE(DEFAULT, default, T.pos, ); }

opt_unique_nulls ::= .
opt_unique_nulls ::= NULLS DISTINCT.
opt_unique_nulls ::= NULLS NOT DISTINCT.
opt_asymmetric ::= .
opt_asymmetric ::= ASYMMETRIC.
%type opt_not {int}
opt_not(A) ::= . { A = false; }
opt_not(A) ::= NOT. { A = true; }
%type truth {int}
truth(A) ::= TRUE. { A = TB_TRUTH_TRUE; }
truth(A) ::= FALSE. { A = TB_TRUTH_FALSE; }
truth(A) ::= UNKNOWN. { A = TB_TRUTH_UNKNOWN; }
%type any_all {int}
any_all(A) ::= ANY. { A = false; }
any_all(A) ::= SOME. { A = false; }
any_all(A) ::= ALL. { A = true; }
%type opt_normal_form {tbi_token}
opt_normal_form(A) ::= . { A = NO_TOKEN; }
opt_normal_form(A) ::= normal_form(A).
%type normal_form {tbi_token}
normal_form(A) ::= NFC(A).
normal_form(A) ::= NFD(A).
normal_form(A) ::= NFKC(A).
normal_form(A) ::= NFKD(A).

b_expr(A) ::= c_expr(A).
b_expr(A) ::= b_expr(B) TYPECAST(T) typename(C).
    { A = NODE(CAST, cast, T.pos, .arg = B, .type = C); }
b_expr(A) ::= PLUS(T) b_expr(B). [UMINUS] { A = tbi_op(p, T, NULL, B); }
b_expr(A) ::= MINUS(T) b_expr(B). [UMINUS] { A = tbi_negate(p, T, B); }
b_expr(A) ::= b_expr(B) PLUS(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) MINUS(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) STAR(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) SLASH(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) PERCENT(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) CARET(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) LT(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) GT(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) EQ(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) LE(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) GE(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) NE(T) b_expr(C). { A = tbi_op(p, T, B, C); }
b_expr(A) ::= b_expr(B) qual_op(T) b_expr(C). [OP]
    { A = NODE(OP, op, T.pos, .name = T, .left = B, .right = C); }
b_expr(A) ::= qual_op(T) b_expr(B). [OP] { A = NODE(OP, op, T.pos, .name = T, .right = B); }
b_expr(A) ::= b_expr(B) IS(T) DISTINCT FROM b_expr(C). [IS]
    { A = NODE(DISTINCT_FROM, distinct_from, T.pos, .left = B, .right = C); }
b_expr(A) ::= b_expr(B) IS(T) NOT DISTINCT FROM b_expr(C). [IS]
    { A = NODE(DISTINCT_FROM, distinct_from, T.pos, .negated = true, .left = B, .right = C); }
b_expr(A) ::= b_expr(B) IS(T) opt_not(C) DOCUMENT. [IS] { A = tbi_is_document(p, T.pos, B, C); }

c_expr(A) ::= column_ref(A).
c_expr(A) ::= constant(A).
c_expr(A) ::= PARAM(T) opt_indirection(B).
    { A = tbi_indirect(p, NODE(PARAM, param, T.pos, .number = (int32_t)tbi_token_int(T)), B); }
c_expr(A) ::= LP expr(B) RP opt_indirection(C). { A = tbi_indirect(p, B, C); }
c_expr(A) ::= case_expr(A).
c_expr(A) ::= func_expr(A).
c_expr(A) ::= select_with_parens(B). [UMINUS]
    { A = NODE(SUBLINK, sublink, B->pos, .sublink = TB_SUBLINK_SCALAR, .query = B); }
c_expr(A) ::= select_with_parens(B) indirection(C).
    { A = tbi_indirect(p, NODE(SUBLINK, sublink, B->pos, .sublink = TB_SUBLINK_SCALAR, .query = B),
                       C); }
c_expr(A) ::= EXISTS(T) select_with_parens(B).
    { A = NODE(SUBLINK, sublink, T.pos, .sublink = TB_SUBLINK_EXISTS, .query = B); }
c_expr(A) ::= ARRAY(T) select_with_parens(B).
    { A = NODE(SUBLINK, sublink, T.pos, .sublink = TB_SUBLINK_ARRAY, .query = B); }
c_expr(A) ::= ARRAY(T) array_items(B). { B->pos = T.pos; A = B; }
c_expr(A) ::= explicit_row(A).
c_expr(A) ::= implicit_row(A).
c_expr(A) ::= GROUPING(T) LP expr_list(B) RP. { A = NODE(GROUPING, grouping, T.pos, .args = B); }

array_items(A) ::= LB(T) expr_list(B) RB. { A = NODE(ARRAY, array, T.pos, .items = B); }
array_items(A) ::= LB(T) array_items_list(B) RB. { A = NODE(ARRAY, array, T.pos, .items = B); }
array_items(A) ::= LB(T) RB. { A = NODE(ARRAY, array, T.pos, ); }
%type array_items_list {tb_ast_list}
array_items_list(A) ::= array_items(B). { A = LIST(B); }
array_items_list(A) ::= array_items_list(A) COMMA array_items(B). { PUSH(A, B); }

explicit_row(A) ::= ROW(T) LP expr_list(B) RP.
    { A = NODE(ROW, row, T.pos, .explicit_row = true, .items = B); }
explicit_row(A) ::= ROW(T) LP RP. { A = NODE(ROW, row, T.pos, .explicit_row = true); }
implicit_row(A) ::= LP(T) expr_list(B) COMMA expr(C) RP.
    { PUSH(B, C); A = NODE(ROW, row, T.pos, .items = B); }
// The left and right side of OVERLAPS.
row(A) ::= ROW(T) LP expr_list(B) RP.
    { A = NODE(ROW, row, T.pos, .explicit_row = true, .items = B); }
row(A) ::= ROW(T) LP RP. { A = NODE(ROW, row, T.pos, .explicit_row = true); }
row(A) ::= LP(T) expr_list(B) COMMA expr(C) RP.
    { PUSH(B, C); A = NODE(ROW, row, T.pos, .items = B); }

column_ref(A) ::= col_id(B). { A = tbi_column_ref(p, B, NO_LIST); }
column_ref(A) ::= col_id(B) indirection(C). { A = tbi_column_ref(p, B, C); }

%type indirection {tb_ast_list}
%type opt_indirection {tb_ast_list}
opt_indirection(A) ::= . { A = NO_LIST; }
opt_indirection(A) ::= opt_indirection(A) indirection_step(B). { PUSH(A, B); }
indirection(A) ::= indirection_step(B). { A = LIST(B); }
indirection(A) ::= indirection(A) indirection_step(B). { PUSH(A, B); }
indirection_step(A) ::= DOT col_label(B). { A = NODE(FIELD, field, B.pos, .name = B.str); }
indirection_step(A) ::= DOT STAR(T). { A = NODE(STAR, star, T.pos, ); }
indirection_step(A) ::= LB(T) expr(B) RB. { A = NODE(SUBSCRIPT, subscript, T.pos, .upper = B); }
indirection_step(A) ::= LB(T) opt_expr(B) COLON opt_expr(C) RB.
    { A = NODE(SUBSCRIPT, subscript, T.pos, .slice = true, .lower = B, .upper = C); }
opt_expr(A) ::= . { A = NULL; }
opt_expr(A) ::= expr(A).

%type expr_list {tb_ast_list}
expr_list(A) ::= expr(B). { A = LIST(B); }
expr_list(A) ::= expr_list(A) COMMA expr(B). { PUSH(A, B); }

case_expr(A) ::= CASE(T) opt_expr(B) when_list(C) opt_else(D) END.
    { A = NODE(CASE, case, T.pos, .arg = B, .whens = C, .otherwise = D); }
%type when_list {tb_ast_list}
when_list(A) ::= when(B). { A = LIST(B); }
when_list(A) ::= when_list(A) when(B). { PUSH(A, B); }
when(A) ::= WHEN(T) expr(B) THEN expr(C).
    { A = NODE(CASE_WHEN, case_when, T.pos, .cond = B, .result = C); }
opt_else(A) ::= . { A = NULL; }
opt_else(A) ::= ELSE expr(B). { A = B; }

// Constants and typed literals.
constant(A) ::= ICONST(T). { A = tbi_integer(p, T); }
constant(A) ::= FCONST(T). { A = tbi_number(p, T); }
constant(A) ::= SCONST(T). { A = tbi_string(p, T); }
constant(A) ::= BCONST(T). { A = NODE(BIT_STRING, bit_string, T.pos, .digits = T.str); }
constant(A) ::= XCONST(T).
    { A = NODE(BIT_STRING, bit_string, T.pos, .digits = T.str, .hex = true); }
constant(A) ::= TRUE(T). { A = NODE(BOOLEAN, boolean, T.pos, .value = true); }
constant(A) ::= FALSE(T). { A = NODE(BOOLEAN, boolean, T.pos, .value = false); }
constant(A) ::= NULL(T). { A = NODE(NULL, null, T.pos, ); }
constant(A) ::= func_name(B) SCONST(T).
    { A = tbi_typed_literal(p, tbi_type_named(p, B.pos, B, NO_LIST), T); }
constant(A) ::= func_name(B) LP func_args(C) opt_sort_clause(D) RP SCONST(T).
    { A = tbi_typed_literal(p, tbi_type_with_args(p, B, C, D), T); }
constant(A) ::= const_typename(B) SCONST(T). { A = tbi_typed_literal(p, B, T); }
constant(A) ::= INTERVAL(B) SCONST(T) opt_interval(C).
    { A = tbi_typed_literal(p, tbi_type_interval(p, B.pos, C), T); }
constant(A) ::= INTERVAL(B) LP ICONST(C) RP SCONST(T).
    { A = tbi_typed_literal(p, tbi_type_precision(p, B.pos, "interval", C), T); }

// Operator names.
%type qual_op {tb_qname}
%type qual_all_op {tb_qname}
%type any_operator {tb_qname}
%type subquery_op {tb_qname}
%type all_op {tbi_token}
%type op_token {tbi_token}
op_token(A) ::= OP(A).
op_token(A) ::= ARROW(A).
all_op(A) ::= op_token(A).
all_op(A) ::= PLUS(A).
all_op(A) ::= MINUS(A).
all_op(A) ::= STAR(A).
all_op(A) ::= SLASH(A).
all_op(A) ::= PERCENT(A).
all_op(A) ::= CARET(A).
all_op(A) ::= LT(A).
all_op(A) ::= GT(A).
all_op(A) ::= EQ(A).
all_op(A) ::= LE(A).
all_op(A) ::= GE(A).
all_op(A) ::= NE(A).
any_operator(A) ::= all_op(B). { A = (tb_qname){.name = B.str, .pos = B.pos}; }
any_operator(A) ::= col_id(B) DOT any_operator(C). { A = tbi_qualify(p, B, C); }
qual_op(A) ::= op_token(B). { A = (tb_qname){.name = B.str, .pos = B.pos}; }
qual_op(A) ::= OPERATOR(T) LP any_operator(B) RP. { A = B; A.pos = T.pos; }
qual_all_op(A) ::= all_op(B). { A = (tb_qname){.name = B.str, .pos = B.pos}; }
qual_all_op(A) ::= OPERATOR(T) LP any_operator(B) RP. { A = B; A.pos = T.pos; }
subquery_op(A) ::= all_op(B). { A = (tb_qname){.name = B.str, .pos = B.pos}; }
subquery_op(A) ::= OPERATOR(T) LP any_operator(B) RP. { A = B; A.pos = T.pos; }
subquery_op(A) ::= LIKE(T). { A = (tb_qname){.name = "~~", .pos = T.pos}; }
subquery_op(A) ::= NOT_LA(T) LIKE. { A = (tb_qname){.name = "!~~", .pos = T.pos}; }
subquery_op(A) ::= ILIKE(T). { A = (tb_qname){.name = "~~*", .pos = T.pos}; }
subquery_op(A) ::= NOT_LA(T) ILIKE. { A = (tb_qname){.name = "!~~*", .pos = T.pos}; }
