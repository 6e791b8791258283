// SPDX-License-Identifier: Apache-2.0
// Function calls: ordinary ones with their aggregate and window clauses, and SQL's keyword forms.

%type func_name {tb_qname}
func_name(A) ::= type_function_name(B). { A = tbi_qname(p, B, NO_LIST); }
func_name(A) ::= col_id(B) indirection(C). { A = tbi_qname(p, B, C); }

func_expr(A) ::= func_application(B) opt_within_group(C) opt_filter(D) opt_over(E).
    { A = tbi_call_clauses(p, B, C, D, E); }
func_expr(A) ::= func_special(A).

// What may stand in FROM: no clauses.
func_expr_windowless(A) ::= func_application(A).
func_expr_windowless(A) ::= func_special(A).

func_application(A) ::= func_name(B) LP RP. { A = NODE(FUNC_CALL, func_call, B.pos, .name = B); }
func_application(A) ::= func_name(B) LP func_args(C) opt_sort_clause(D) RP.
    { A = NODE(FUNC_CALL, func_call, B.pos, .name = B, .args = C, .order_by = D); }
func_application(A) ::= func_name(B) LP VARIADIC func_arg(C) opt_sort_clause(D) RP.
    { A = NODE(FUNC_CALL, func_call, B.pos, .name = B, .variadic = true, .args = LIST(C),
               .order_by = D); }
func_application(A) ::= func_name(B) LP func_args(C) COMMA VARIADIC func_arg(D) opt_sort_clause(E)
                        RP.
    { PUSH(C, D);
      A = NODE(FUNC_CALL, func_call, B.pos, .name = B, .variadic = true, .args = C, .order_by = E);
               }
func_application(A) ::= func_name(B) LP ALL func_args(C) opt_sort_clause(D) RP.
    { A = NODE(FUNC_CALL, func_call, B.pos, .name = B, .args = C, .order_by = D); }
func_application(A) ::= func_name(B) LP DISTINCT func_args(C) opt_sort_clause(D) RP.
    { A = NODE(FUNC_CALL, func_call, B.pos, .name = B, .distinct = true, .args = C, .order_by = D);
               }
func_application(A) ::= func_name(B) LP STAR RP.
    { A = NODE(FUNC_CALL, func_call, B.pos, .name = B, .star = true); }

%type func_args {tb_ast_list}
func_args(A) ::= func_arg(B). { A = LIST(B); }
func_args(A) ::= func_args(A) COMMA func_arg(B). { PUSH(A, B); }
func_arg(A) ::= expr(A).
func_arg(A) ::= type_function_name(B) COLON_EQUALS expr(C).
    { A = NODE(NAMED_ARG, named_arg, B.pos, .name = B.str, .arg = C); }
func_arg(A) ::= type_function_name(B) ARROW_ARG expr(C).
    { A = NODE(NAMED_ARG, named_arg, B.pos, .name = B.str, .arg = C); }

%type opt_within_group {tbi_within}
opt_within_group(A) ::= . { A = (tbi_within){0}; }
opt_within_group(A) ::= WITHIN(T) GROUP LP sort_clause(B) RP.
    { A = (tbi_within){.order_by = B, .pos = T.pos}; }
opt_filter(A) ::= . { A = NULL; }
opt_filter(A) ::= FILTER LP WHERE expr(B) RP. { A = B; }

opt_over(A) ::= . { A = NULL; }
opt_over(A) ::= OVER window_specification(B). { A = B; }
opt_over(A) ::= OVER col_id(B).
    { A = NODE(WINDOW, window, B.pos, .base_name = B.str, .bare = true); }

window_specification(A) ::= LP(T) opt_base_window(B) opt_partition(C) opt_sort_clause(D)
                            opt_frame(E) RP.
    { A = tbi_window(p, T.pos, B, C, D, E); }
%type opt_base_window {tbi_token}
opt_base_window(A) ::= . [OP] { A = NO_TOKEN; }
opt_base_window(A) ::= col_id(A).
%type opt_partition {tb_ast_list}
opt_partition(A) ::= . { A = NO_LIST; }
opt_partition(A) ::= PARTITION BY expr_list(B). { A = B; }

%type opt_frame {tbi_frame}
%type frame_extent {tbi_frame}
%type frame_bound {tbi_bound}
%type opt_exclusion {int}
opt_frame(A) ::= .
    { A = (tbi_frame){.mode = TB_AST_FRAME_NONE, .end.kind = TB_AST_BOUND_CURRENT_ROW}; }
opt_frame(A) ::= RANGE frame_extent(B) opt_exclusion(C).
    { A = tbi_frame_make(B, TB_AST_FRAME_RANGE, C); }
opt_frame(A) ::= ROWS frame_extent(B) opt_exclusion(C).
    { A = tbi_frame_make(B, TB_AST_FRAME_ROWS, C); }
opt_frame(A) ::= GROUPS frame_extent(B) opt_exclusion(C).
    { A = tbi_frame_make(B, TB_AST_FRAME_GROUPS, C); }
frame_extent(A) ::= frame_bound(B).
    { A = tbi_frame_extent(p, B, (tbi_bound){.kind = TB_AST_BOUND_CURRENT_ROW, .pos = B.pos},
                           false); }
frame_extent(A) ::= BETWEEN frame_bound(B) AND frame_bound(C).
    { A = tbi_frame_extent(p, B, C, true); }
frame_bound(A) ::= UNBOUNDED(T) PRECEDING.
    { A = (tbi_bound){.kind = TB_AST_BOUND_UNBOUNDED_PRECEDING, .pos = T.pos}; }
frame_bound(A) ::= UNBOUNDED(T) FOLLOWING.
    { A = (tbi_bound){.kind = TB_AST_BOUND_UNBOUNDED_FOLLOWING, .pos = T.pos}; }
frame_bound(A) ::= CURRENT(T) ROW.
    { A = (tbi_bound){.kind = TB_AST_BOUND_CURRENT_ROW, .pos = T.pos}; }
frame_bound(A) ::= expr(B) PRECEDING.
    { A = (tbi_bound){.kind = TB_AST_BOUND_PRECEDING, .offset = B, .pos = B->pos}; }
frame_bound(A) ::= expr(B) FOLLOWING.
    { A = (tbi_bound){.kind = TB_AST_BOUND_FOLLOWING, .offset = B, .pos = B->pos}; }
opt_exclusion(A) ::= . { A = TB_AST_EXCLUDE_NO_OTHERS; }
opt_exclusion(A) ::= EXCLUDE CURRENT ROW. { A = TB_AST_EXCLUDE_CURRENT_ROW; }
opt_exclusion(A) ::= EXCLUDE GROUP. { A = TB_AST_EXCLUDE_GROUP; }
opt_exclusion(A) ::= EXCLUDE TIES. { A = TB_AST_EXCLUDE_TIES; }
opt_exclusion(A) ::= EXCLUDE NO OTHERS. { A = TB_AST_EXCLUDE_NO_OTHERS; }

// Calls with words for commas.
func_special(A) ::= COLLATION(T) FOR LP expr(B) RP.
    { A = tbi_keyword_call(p, T.pos, "pg_collation_for", TB_CALL_COLLATION_FOR, LIST(B)); }
func_special(A) ::= CURRENT_DATE(T). { A = tbi_sql_value(p, T, TB_VALUE_CURRENT_DATE, NO_TOKEN); }
func_special(A) ::= CURRENT_TIME(T). { A = tbi_sql_value(p, T, TB_VALUE_CURRENT_TIME, NO_TOKEN); }
func_special(A) ::= CURRENT_TIME(T) LP ICONST(B) RP.
    { A = tbi_sql_value(p, T, TB_VALUE_CURRENT_TIME, B); }
func_special(A) ::= CURRENT_TIMESTAMP(T).
    { A = tbi_sql_value(p, T, TB_VALUE_CURRENT_TIMESTAMP, NO_TOKEN); }
func_special(A) ::= CURRENT_TIMESTAMP(T) LP ICONST(B) RP.
    { A = tbi_sql_value(p, T, TB_VALUE_CURRENT_TIMESTAMP, B); }
func_special(A) ::= LOCALTIME(T). { A = tbi_sql_value(p, T, TB_VALUE_LOCALTIME, NO_TOKEN); }
func_special(A) ::= LOCALTIME(T) LP ICONST(B) RP.
    { A = tbi_sql_value(p, T, TB_VALUE_LOCALTIME, B); }
func_special(A) ::= LOCALTIMESTAMP(T).
    { A = tbi_sql_value(p, T, TB_VALUE_LOCALTIMESTAMP, NO_TOKEN); }
func_special(A) ::= LOCALTIMESTAMP(T) LP ICONST(B) RP.
    { A = tbi_sql_value(p, T, TB_VALUE_LOCALTIMESTAMP, B); }
func_special(A) ::= CURRENT_ROLE(T). { A = tbi_sql_value(p, T, TB_VALUE_CURRENT_ROLE, NO_TOKEN); }
func_special(A) ::= CURRENT_ROLE(T) LP RP.
    { A = NODE(FUNC_CALL, func_call, T.pos, .name = {.name = "current_role", .pos = T.pos}); }
func_special(A) ::= CURRENT_USER(T). { A = tbi_sql_value(p, T, TB_VALUE_CURRENT_USER, NO_TOKEN); }
func_special(A) ::= SESSION_USER(T). { A = tbi_sql_value(p, T, TB_VALUE_SESSION_USER, NO_TOKEN); }
func_special(A) ::= USER(T). { A = tbi_sql_value(p, T, TB_VALUE_USER, NO_TOKEN); }
func_special(A) ::= CURRENT_CATALOG(T).
    { A = tbi_sql_value(p, T, TB_VALUE_CURRENT_CATALOG, NO_TOKEN); }
func_special(A) ::= CURRENT_SCHEMA(T).
    { A = tbi_sql_value(p, T, TB_VALUE_CURRENT_SCHEMA, NO_TOKEN); }
func_special(A) ::= CAST(T) LP expr(B) AS typename(C) RP.
    { A = NODE(CAST, cast, T.pos, .arg = B, .type = C); }
func_special(A) ::= EXTRACT(T) LP extract_field(B) FROM expr(C) RP.
    { A = tbi_keyword_call(p, T.pos, "extract", TB_CALL_EXTRACT,
                           tbi_list2(p, tbi_string(p, B), C)); }
func_special(A) ::= NORMALIZE(T) LP expr(B) RP.
    { A = tbi_keyword_call(p, T.pos, "normalize", TB_CALL_NORMALIZE, LIST(B)); }
func_special(A) ::= NORMALIZE(T) LP expr(B) COMMA normal_form(C) RP.
    { A = tbi_keyword_call(p, T.pos, "normalize", TB_CALL_NORMALIZE,
                           tbi_list2(p, B, tbi_upper_string(p, C))); }
func_special(A) ::= OVERLAY(T) LP expr(B) PLACING expr(C) FROM expr(D) RP.
    { A = tbi_keyword_call(p, T.pos, "overlay", TB_CALL_OVERLAY, tbi_list3(p, B, C, D)); }
func_special(A) ::= OVERLAY(T) LP expr(B) PLACING expr(C) FROM expr(D) FOR expr(E) RP.
    { tb_ast_list L = tbi_list3(p, B, C, D); PUSH(L, E);
      A = tbi_keyword_call(p, T.pos, "overlay", TB_CALL_OVERLAY, L); }
func_special(A) ::= OVERLAY(T) LP opt_func_args(B) RP. { A = tbi_word_call(p, T, B); }
func_special(A) ::= POSITION(T) LP b_expr(B) IN b_expr(C) RP.
    { A = tbi_keyword_call(p, T.pos, "position", TB_CALL_POSITION, tbi_list2(p, C, B)); }
func_special(A) ::= SUBSTRING(T) LP expr(B) FROM expr(C) FOR expr(D) RP.
    { A = tbi_keyword_call(p, T.pos, "substring", TB_CALL_SUBSTRING, tbi_list3(p, B, C, D)); }
func_special(A) ::= SUBSTRING(T) LP expr(B) FOR expr(D) FROM expr(C) RP.
    { A = tbi_keyword_call(p, T.pos, "substring", TB_CALL_SUBSTRING, tbi_list3(p, B, C, D)); }
func_special(A) ::= SUBSTRING(T) LP expr(B) FROM expr(C) RP.
    { A = tbi_keyword_call(p, T.pos, "substring", TB_CALL_SUBSTRING, tbi_list2(p, B, C)); }
func_special(A) ::= SUBSTRING(T) LP expr(B) FOR expr(C) RP.
    { A = tbi_substring_for(p, T.pos, B, C); }
func_special(A) ::= SUBSTRING(T) LP expr(B) SIMILAR expr(C) ESCAPE expr(D) RP.
    { A = tbi_keyword_call(p, T.pos, "substring", TB_CALL_SUBSTRING_SIMILAR, tbi_list3(p, B, C,
                           D)); }
func_special(A) ::= SUBSTRING(T) LP opt_func_args(B) RP. { A = tbi_word_call(p, T, B); }
func_special(A) ::= TREAT(T) LP expr(B) AS typename(C) RP. { A = tbi_treat(p, T.pos, B, C); }
func_special(A) ::= TRIM(T) LP BOTH trim_list(B) RP.
    { A = tbi_keyword_call(p, T.pos, "btrim", TB_CALL_TRIM, B); }
func_special(A) ::= TRIM(T) LP LEADING trim_list(B) RP.
    { A = tbi_keyword_call(p, T.pos, "ltrim", TB_CALL_TRIM, B); }
func_special(A) ::= TRIM(T) LP TRAILING trim_list(B) RP.
    { A = tbi_keyword_call(p, T.pos, "rtrim", TB_CALL_TRIM, B); }
func_special(A) ::= TRIM(T) LP trim_list(B) RP.
    { A = tbi_keyword_call(p, T.pos, "btrim", TB_CALL_TRIM, B); }
func_special(A) ::= NULLIF(T) LP expr(B) COMMA expr(C) RP.
    { A = NODE(NULLIF, nullif, T.pos, .left = B, .right = C); }
func_special(A) ::= COALESCE(T) LP expr_list(B) RP.
    { A = NODE(COALESCE, coalesce, T.pos, .args = B); }
func_special(A) ::= GREATEST(T) LP expr_list(B) RP.
    { A = NODE(MIN_MAX, min_max, T.pos, .args = B); }
func_special(A) ::= LEAST(T) LP expr_list(B) RP.
    { A = NODE(MIN_MAX, min_max, T.pos, .least = true, .args = B); }

%type opt_func_args {tb_ast_list}
opt_func_args(A) ::= . { A = NO_LIST; }
opt_func_args(A) ::= func_args(A).
%type trim_list {tb_ast_list}
trim_list(A) ::= expr(B) FROM expr_list(C). { PUSH(C, B); A = C; }
trim_list(A) ::= FROM expr_list(B). { A = B; }
trim_list(A) ::= expr_list(A).
%type extract_field {tbi_token}
extract_field(A) ::= IDENT(A).
extract_field(A) ::= SCONST(A).
extract_field(A) ::= YEAR(A).
extract_field(A) ::= MONTH(A).
extract_field(A) ::= DAY(A).
extract_field(A) ::= HOUR(A).
extract_field(A) ::= MINUTE(A).
extract_field(A) ::= SECOND(A).

// XML: read whole, so that the refusal names it.
func_special(A) ::= XMLCONCAT(T) LP expr_list(B) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_CONCAT, .args = B); }
func_special(A) ::= XMLELEMENT(T) LP NAME col_label(B) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_ELEMENT, .name = B.str); }
func_special(A) ::= XMLELEMENT(T) LP NAME col_label(B) COMMA xml_attributes(C) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_ELEMENT, .name = B.str, .named = C); }
func_special(A) ::= XMLELEMENT(T) LP NAME col_label(B) COMMA expr_list(C) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_ELEMENT, .name = B.str, .args = C); }
func_special(A) ::= XMLELEMENT(T) LP NAME col_label(B) COMMA xml_attributes(C) COMMA expr_list(D)
                    RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_ELEMENT, .name = B.str, .named = C,
               .args = D); }
func_special(A) ::= XMLEXISTS(T) LP c_expr(B) xml_passing(C) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_EXISTS, .args = tbi_list2(p, B, C)); }
func_special(A) ::= XMLFOREST(T) LP xml_named_list(B) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_FOREST, .named = B); }
func_special(A) ::= XMLPARSE(T) LP document_or_content(B) expr(C) opt_xml_whitespace(D) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_PARSE, .document = B, .flag = D,
               .args = LIST(C)); }
func_special(A) ::= XMLPI(T) LP NAME col_label(B) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_PI, .name = B.str); }
func_special(A) ::= XMLPI(T) LP NAME col_label(B) COMMA expr(C) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_PI, .name = B.str, .args = LIST(C)); }
func_special(A) ::= XMLROOT(T) LP expr(B) COMMA VERSION xml_version(C) opt_xml_standalone(D) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_ROOT, .flag = D, .args = tbi_list2(p, B,
               C)); }
func_special(A) ::= XMLSERIALIZE(T) LP document_or_content(B) expr(C) AS simple_typename(D) RP.
    { A = NODE(XML_EXPR, xml_expr, T.pos, .op = TB_XML_SERIALIZE, .document = B, .args = LIST(C),
               .type = D); }
%type xml_attributes {tb_ast_list}
xml_attributes(A) ::= XMLATTRIBUTES LP xml_named_list(B) RP. { A = B; }
%type xml_named_list {tb_ast_list}
xml_named_list(A) ::= xml_named(B). { A = LIST(B); }
xml_named_list(A) ::= xml_named_list(A) COMMA xml_named(B). { PUSH(A, B); }
xml_named(A) ::= expr(B). { A = NODE(TARGET, target, B->pos, .expr = B); }
xml_named(A) ::= expr(B) AS col_label(C).
    { A = NODE(TARGET, target, B->pos, .expr = B, .name = C.str); }
%type document_or_content {int}
document_or_content(A) ::= DOCUMENT. { A = true; }
document_or_content(A) ::= CONTENT. { A = false; }
%type opt_xml_whitespace {int}
opt_xml_whitespace(A) ::= . { A = 0; }
opt_xml_whitespace(A) ::= PRESERVE WHITESPACE. { A = 1; }
opt_xml_whitespace(A) ::= STRIP WHITESPACE. { A = 0; }
xml_version(A) ::= expr(A).
xml_version(A) ::= NO(T) VALUE. { A = NODE(NULL, null, T.pos, ); }
%type opt_xml_standalone {int}
opt_xml_standalone(A) ::= . { A = 0; }
opt_xml_standalone(A) ::= COMMA STANDALONE YES. { A = 1; }
opt_xml_standalone(A) ::= COMMA STANDALONE NO. { A = 2; }
opt_xml_standalone(A) ::= COMMA STANDALONE NO VALUE. { A = 3; }
xml_passing(A) ::= PASSING c_expr(B). { A = B; }
xml_passing(A) ::= PASSING c_expr(B) xml_by. { A = B; }
xml_passing(A) ::= PASSING xml_by c_expr(B). { A = B; }
xml_passing(A) ::= PASSING xml_by c_expr(B) xml_by. { A = B; }
xml_by ::= BY REF.
xml_by ::= BY VALUE.
