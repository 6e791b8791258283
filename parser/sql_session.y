// SPDX-License-Identifier: Apache-2.0
// Statements of the session: EXPLAIN, COPY, settings, transactions, prepared statements, cursors,
// and writes, which are read only to be refused.

statement(A) ::= query(A). [UMINUS]
statement(A) ::= write(A).
statement(A) ::= explain(A).
statement(A) ::= copy(A).
statement(A) ::= set(A).
statement(A) ::= show(A).
statement(A) ::= transaction(A).
statement(A) ::= prepare(A).
statement(A) ::= execute(A).
statement(A) ::= deallocate(A).
statement(A) ::= declare_cursor(A).
statement(A) ::= fetch(A).
statement(A) ::= close(A).
statement(A) ::= discard(A).
statement(A) ::= notify(A).
statement(A) ::= admin(A).

// What PREPARE, EXPLAIN, COPY and WITH take.
preparable(A) ::= query(A).
preparable(A) ::= write(A).

// Names and values that several statements share.
%type opt_boolean_or_string {tbi_token}
word_or_string(A) ::= non_reserved_word(T). { A = tbi_string(p, T); }
word_or_string(A) ::= SCONST(T). { A = tbi_string(p, T); }
%type name_or_string {tbi_token}
name_or_string(A) ::= non_reserved_word(A).
name_or_string(A) ::= SCONST(A).
opt_boolean_or_string(A) ::= TRUE(A).
opt_boolean_or_string(A) ::= FALSE(A).
opt_boolean_or_string(A) ::= ON(A).
opt_boolean_or_string(A) ::= name_or_string(A).
number(A) ::= int_or_float(A).
number(A) ::= PLUS int_or_float(B). { A = B; }
number(A) ::= MINUS(T) int_or_float(B). { A = tbi_negate(p, T, B); }
%type signed_integer {int64_t}
signed_integer(A) ::= ICONST(T). { A = tbi_token_int(T); }
signed_integer(A) ::= PLUS ICONST(T). { A = tbi_token_int(T); }
signed_integer(A) ::= MINUS ICONST(T). { A = -tbi_token_int(T); }

// EXPLAIN
explain(A) ::= EXPLAIN(T) explainable(B). { A = NODE(EXPLAIN, explain, T.pos, .stmt = B); }
explain(A) ::= EXPLAIN(T) analyze(U) explainable(B).
    { A = NODE(EXPLAIN, explain, T.pos, .options = LIST(tbi_flag(p, U, "analyze")), .stmt = B); }
explain(A) ::= EXPLAIN(T) analyze(U) VERBOSE(V) explainable(B).
    { A = NODE(EXPLAIN, explain, T.pos,
               .options = tbi_list2(p, tbi_flag(p, U, "analyze"), tbi_flag(p, V, "verbose")),
               .stmt = B); }
explain(A) ::= EXPLAIN(T) VERBOSE(V) explainable(B).
    { A = NODE(EXPLAIN, explain, T.pos, .options = LIST(tbi_flag(p, V, "verbose")), .stmt = B); }
explain(A) ::= EXPLAIN(T) LP utility_options(B) RP explainable(C).
    { A = NODE(EXPLAIN, explain, T.pos, .options = B, .stmt = C); }
%type analyze {tbi_token}
analyze(A) ::= ANALYZE(A).
analyze(A) ::= ANALYSE(A).
explainable(A) ::= query(A).
explainable(A) ::= write(A).
explainable(A) ::= execute(A).
explainable(A) ::= declare_cursor(A).
%type utility_options {tb_ast_list}
utility_options(A) ::= utility_option(B). { A = LIST(B); }
utility_options(A) ::= utility_options(A) COMMA utility_option(B). { PUSH(A, B); }
utility_option(A) ::= non_reserved_word(T) utility_value(B).
    { A = NODE(OPTION, option, T.pos, .name = T.str, .value = B); }
utility_option(A) ::= analyze(T) utility_value(B).
    { A = NODE(OPTION, option, T.pos, .name = "analyze", .value = B); }
utility_value(A) ::= . { A = NULL; }
utility_value(A) ::= opt_boolean_or_string(T). { A = tbi_string(p, T); }
utility_value(A) ::= number(A).

// COPY
copy(A) ::= COPY(T) opt_binary(B) qualified_name(C) opt_column_list(D) copy_direction(E)
            copy_file(F) copy_delimiter(G) opt_with copy_options(H) where_clause(I).
    { A = tbi_copy_table(p, T.pos, C, D, E, F, tbi_copy_options(p, B, G, H), I); }
copy(A) ::= COPY(T) LP preparable(B) RP TO copy_file(C) opt_with copy_options(D).
    { A = NODE(COPY, copy, T.pos, .query = B, .program = C.program, .filename = C.name,
               .options = D); }
opt_binary(A) ::= . { A = NULL; }
opt_binary(A) ::= BINARY(T). { A = tbi_text_option(p, T, "format", "binary"); }
%type copy_direction {int}
copy_direction(A) ::= FROM. { A = true; }
copy_direction(A) ::= TO. { A = false; }
%type copy_file {tbi_copy_file}
copy_file(A) ::= SCONST(B). { A = (tbi_copy_file){.name = B.str}; }
copy_file(A) ::= PROGRAM SCONST(B). { A = (tbi_copy_file){.name = B.str, .program = true}; }
copy_file(A) ::= STDIN. { A = (tbi_copy_file){.name = NULL}; }
copy_file(A) ::= STDOUT. { A = (tbi_copy_file){.name = NULL}; }
copy_delimiter(A) ::= . { A = NULL; }
copy_delimiter(A) ::= opt_using DELIMITERS(T) SCONST(B).
    { A = tbi_text_option(p, T, "delimiter", B.str); }
opt_using ::= .
opt_using ::= USING.
opt_with ::= .
opt_with ::= WITH.
%type copy_options {tb_ast_list}
%type copy_old_list {tb_ast_list}
%type copy_new_list {tb_ast_list}
copy_options(A) ::= copy_old_list(A).
copy_options(A) ::= LP copy_new_list(B) RP. { A = B; }
copy_old_list(A) ::= . { A = NO_LIST; }
copy_old_list(A) ::= copy_old_list(A) copy_old(B). { PUSH(A, B); }
copy_old(A) ::= BINARY(T). { A = tbi_text_option(p, T, "format", "binary"); }
copy_old(A) ::= CSV(T). { A = tbi_text_option(p, T, "format", "csv"); }
copy_old(A) ::= FREEZE(T). { A = tbi_flag(p, T, "freeze"); }
copy_old(A) ::= HEADER(T). { A = tbi_flag(p, T, "header"); }
copy_old(A) ::= DELIMITER(T) opt_as SCONST(B). { A = tbi_text_option(p, T, "delimiter", B.str); }
copy_old(A) ::= NULL(T) opt_as SCONST(B). { A = tbi_text_option(p, T, "null", B.str); }
copy_old(A) ::= QUOTE(T) opt_as SCONST(B). { A = tbi_text_option(p, T, "quote", B.str); }
copy_old(A) ::= ESCAPE(T) opt_as SCONST(B). { A = tbi_text_option(p, T, "escape", B.str); }
copy_old(A) ::= ENCODING(T) SCONST(B). { A = tbi_text_option(p, T, "encoding", B.str); }
copy_old(A) ::= FORCE(T) QUOTE name_list(B). { A = tbi_names_option(p, T, "force_quote", B); }
copy_old(A) ::= FORCE(T) QUOTE STAR(U).
    { A = NODE(OPTION, option, T.pos, .name = "force_quote", .value = NODE(STAR, star, U.pos, )); }
copy_old(A) ::= FORCE(T) NOT NULL name_list(B). { A = tbi_names_option(p, T, "force_not_null", B); }
copy_old(A) ::= FORCE(T) NULL name_list(B). { A = tbi_names_option(p, T, "force_null", B); }
opt_as ::= .
opt_as ::= AS.
copy_new_list(A) ::= copy_new(B). { A = LIST(B); }
copy_new_list(A) ::= copy_new_list(A) COMMA copy_new(B). { PUSH(A, B); }
copy_new(A) ::= col_label(T) utility_value(B).
    { A = NODE(OPTION, option, T.pos, .name = T.str, .value = B); }
copy_new(A) ::= col_label(T) STAR(U).
    { A = NODE(OPTION, option, T.pos, .name = T.str, .value = NODE(STAR, star, U.pos, )); }
copy_new(A) ::= col_label(T) LP copy_values(B) RP.
    { A = NODE(OPTION, option, T.pos, .name = T.str, .values = B); }
%type copy_values {tb_ast_list}
copy_values(A) ::= opt_boolean_or_string(B). { A = LIST(tbi_string(p, B)); }
copy_values(A) ::= copy_values(A) COMMA opt_boolean_or_string(B). { PUSH(A, tbi_string(p, B)); }

// SET, RESET, SHOW
set(A) ::= SET(T) set_rest(B). { A = tbi_set_scope(B, T.pos, false); }
set(A) ::= SET(T) LOCAL set_rest(B). { A = tbi_set_scope(B, T.pos, true); }
set(A) ::= SET(T) SESSION set_rest(B). { A = tbi_set_scope(B, T.pos, false); }
set(A) ::= reset(A).
set(A) ::= SET CONSTRAINTS(T) constraint_set deferred_or_not.
    { A = tbi_unsupported(p, T.pos, "SET CONSTRAINTS"); }
constraint_set ::= ALL.
constraint_set ::= qualified_name_list.
deferred_or_not ::= DEFERRED.
deferred_or_not ::= IMMEDIATE.
reset(A) ::= RESET(T) reset_rest(B). { A = tbi_set_scope(B, T.pos, false); }

set_rest(A) ::= TRANSACTION(T) transaction_modes(B).
    { A = NODE(SET, set, T.pos, .set = TB_SET_TRANSACTION, .modes = B); }
set_rest(A) ::= SESSION(T) CHARACTERISTICS AS TRANSACTION transaction_modes(B).
    { A = NODE(SET, set, T.pos, .set = TB_SET_SESSION_CHARACTERISTICS, .modes = B); }
set_rest(A) ::= set_rest_more(A).
set_rest_more(A) ::= set_value(A).
set_rest_more(A) ::= setting(T) FROM CURRENT.
    { A = NODE(SET, set, T.pos, .set = TB_SET_CURRENT, .name = T.str); }
set_rest_more(A) ::= TIME(T) ZONE zone_value(B). { A = tbi_set(p, T.pos, "timezone", B); }
set_rest_more(A) ::= CATALOG(T) SCONST. { A = tbi_unsupported(p, T.pos, "SET CATALOG"); }
set_rest_more(A) ::= SCHEMA(T) SCONST(B).
    { A = tbi_set(p, T.pos, "search_path", tbi_string(p, B)); }
set_rest_more(A) ::= NAMES(T). { A = tbi_set(p, T.pos, "client_encoding", NULL); }
set_rest_more(A) ::= NAMES(T) DEFAULT. { A = tbi_set(p, T.pos, "client_encoding", NULL); }
set_rest_more(A) ::= NAMES(T) SCONST(B).
    { A = tbi_set(p, T.pos, "client_encoding", tbi_string(p, B)); }
set_rest_more(A) ::= ROLE(T) word_or_string(B). { A = tbi_set(p, T.pos, "role", B); }
set_rest_more(A) ::= SESSION(T) AUTHORIZATION word_or_string(B).
    { A = tbi_set(p, T.pos, "session_authorization", B); }
set_rest_more(A) ::= SESSION(T) AUTHORIZATION DEFAULT.
    { A = tbi_set(p, T.pos, "session_authorization", NULL); }
set_rest_more(A) ::= XML(T) OPTION document_or_content(B).
    { A = tbi_set(p, T.pos, "xmloption", tbi_text(p, T.pos, B ? "DOCUMENT" : "CONTENT")); }
set_rest_more(A) ::= TRANSACTION(T) SNAPSHOT SCONST(B).
    { A = NODE(SET, set, T.pos, .set = TB_SET_SNAPSHOT, .args = LIST(tbi_string(p, B))); }
set_value(A) ::= setting(T) to_or_equals setting_values(B).
    { A = NODE(SET, set, T.pos, .set = TB_SET_VALUE, .name = T.str, .args = B); }
set_value(A) ::= setting(T) to_or_equals DEFAULT. { A = tbi_set(p, T.pos, T.str, NULL); }
to_or_equals ::= TO.
to_or_equals ::= EQ.
%type setting {tbi_token}
setting(A) ::= col_id(A).
setting(A) ::= setting(B) DOT col_id(C). { A = tbi_dotted(p, B, C); }
%type setting_values {tb_ast_list}
setting_values(A) ::= setting_arg(B). { A = LIST(B); }
setting_values(A) ::= setting_values(A) COMMA setting_arg(B). { PUSH(A, B); }
setting_arg(A) ::= opt_boolean_or_string(T). { A = tbi_string(p, T); }
setting_arg(A) ::= number(A).
zone_value(A) ::= SCONST(T). { A = tbi_string(p, T); }
zone_value(A) ::= IDENT(T). { A = tbi_string(p, T); }
zone_value(A) ::= INTERVAL(T) SCONST(B) opt_interval(C). { A = tbi_zone_interval(p, T.pos, B, C); }
zone_value(A) ::= INTERVAL(T) LP ICONST(B) RP SCONST(C).
    { A = tbi_typed_literal(p, tbi_type_precision(p, T.pos, "interval", B), C); }
zone_value(A) ::= number(A).
zone_value(A) ::= DEFAULT. { A = NULL; }
zone_value(A) ::= LOCAL. { A = NULL; }

reset_rest(A) ::= setting(T). { A = NODE(SET, set, T.pos, .set = TB_SET_RESET, .name = T.str); }
reset_rest(A) ::= TIME(T) ZONE.
    { A = NODE(SET, set, T.pos, .set = TB_SET_RESET, .name = "timezone"); }
reset_rest(A) ::= TRANSACTION(T) ISOLATION LEVEL.
    { A = NODE(SET, set, T.pos, .set = TB_SET_RESET, .name = "transaction_isolation"); }
reset_rest(A) ::= SESSION(T) AUTHORIZATION.
    { A = NODE(SET, set, T.pos, .set = TB_SET_RESET, .name = "session_authorization"); }
reset_rest(A) ::= ALL(T). { A = NODE(SET, set, T.pos, .set = TB_SET_RESET_ALL); }

show(A) ::= SHOW(T) setting(B). { A = NODE(SHOW, show, T.pos, .name = B.str); }
show(A) ::= SHOW(T) TIME ZONE. { A = NODE(SHOW, show, T.pos, .name = "timezone"); }
show(A) ::= SHOW(T) TRANSACTION ISOLATION LEVEL.
    { A = NODE(SHOW, show, T.pos, .name = "transaction_isolation"); }
show(A) ::= SHOW(T) SESSION AUTHORIZATION.
    { A = NODE(SHOW, show, T.pos, .name = "session_authorization"); }
show(A) ::= SHOW(T) ALL. { A = NODE(SHOW, show, T.pos, .name = "all"); }

// Transactions
transaction(A) ::= ABORT(T) opt_transaction opt_chain(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_ROLLBACK, .chain = B); }
transaction(A) ::= BEGIN(T) opt_transaction opt_transaction_modes(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_BEGIN, .modes = B); }
transaction(A) ::= START(T) TRANSACTION opt_transaction_modes(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_BEGIN, .start = true, .modes = B); }
transaction(A) ::= COMMIT(T) opt_transaction opt_chain(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_COMMIT, .chain = B); }
transaction(A) ::= END(T) opt_transaction opt_chain(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_COMMIT, .chain = B); }
transaction(A) ::= ROLLBACK(T) opt_transaction opt_chain(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_ROLLBACK, .chain = B); }
transaction(A) ::= SAVEPOINT(T) col_id(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_SAVEPOINT, .name = B.str); }
transaction(A) ::= RELEASE(T) SAVEPOINT col_id(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_RELEASE, .name = B.str); }
transaction(A) ::= RELEASE(T) col_id(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_RELEASE, .name = B.str); }
transaction(A) ::= ROLLBACK(T) opt_transaction TO SAVEPOINT col_id(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_ROLLBACK_TO, .name = B.str); }
transaction(A) ::= ROLLBACK(T) opt_transaction TO col_id(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_ROLLBACK_TO, .name = B.str); }
transaction(A) ::= PREPARE(T) TRANSACTION SCONST(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_PREPARE, .name = B.str); }
transaction(A) ::= COMMIT(T) PREPARED SCONST(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_COMMIT_PREPARED, .name = B.str); }
transaction(A) ::= ROLLBACK(T) PREPARED SCONST(B).
    { A = NODE(TRANSACTION, transaction, T.pos, .txn = TB_TXN_ROLLBACK_PREPARED, .name = B.str); }
opt_transaction ::= .
opt_transaction ::= WORK.
opt_transaction ::= TRANSACTION.
%type opt_chain {int}
opt_chain(A) ::= . { A = false; }
opt_chain(A) ::= AND CHAIN. { A = true; }
opt_chain(A) ::= AND NO CHAIN. { A = false; }
%type transaction_modes {tb_txn_modes}
%type opt_transaction_modes {tb_txn_modes}
%type transaction_mode {tb_txn_modes}
opt_transaction_modes(A) ::= . { A = (tb_txn_modes){0}; }
opt_transaction_modes(A) ::= transaction_modes(A).
transaction_modes(A) ::= transaction_mode(A).
transaction_modes(A) ::= transaction_modes(B) transaction_mode(C). { A = tbi_txn_modes(B, C); }
transaction_modes(A) ::= transaction_modes(B) COMMA transaction_mode(C).
    { A = tbi_txn_modes(B, C); }
transaction_mode(A) ::= ISOLATION LEVEL isolation(B).
    { A = (tb_txn_modes){.isolation = (tb_isolation)B}; }
transaction_mode(A) ::= READ ONLY. { A = (tb_txn_modes){.read_only = TB_SWITCH_ON}; }
transaction_mode(A) ::= READ WRITE. { A = (tb_txn_modes){.read_only = TB_SWITCH_OFF}; }
transaction_mode(A) ::= DEFERRABLE. { A = (tb_txn_modes){.deferrable = TB_SWITCH_ON}; }
transaction_mode(A) ::= NOT DEFERRABLE. { A = (tb_txn_modes){.deferrable = TB_SWITCH_OFF}; }
%type isolation {int}
isolation(A) ::= READ UNCOMMITTED. { A = TB_ISOLATION_READ_UNCOMMITTED; }
isolation(A) ::= READ COMMITTED. { A = TB_ISOLATION_READ_COMMITTED; }
isolation(A) ::= REPEATABLE READ. { A = TB_ISOLATION_REPEATABLE_READ; }
isolation(A) ::= SERIALIZABLE. { A = TB_ISOLATION_SERIALIZABLE; }

// Prepared statements
prepare(A) ::= PREPARE(T) col_id(B) prepare_types(C) AS preparable(D).
    { A = NODE(PREPARE, prepare, T.pos, .name = B.str, .types = C, .stmt = D); }
%type prepare_types {tb_ast_list}
%type type_list {tb_ast_list}
prepare_types(A) ::= . { A = NO_LIST; }
prepare_types(A) ::= LP type_list(B) RP. { A = B; }
type_list(A) ::= typename(B). { A = LIST(B); }
type_list(A) ::= type_list(A) COMMA typename(B). { PUSH(A, B); }
execute(A) ::= EXECUTE(T) col_id(B). { A = NODE(EXECUTE, execute, T.pos, .name = B.str); }
execute(A) ::= EXECUTE(T) col_id(B) LP expr_list(C) RP.
    { A = NODE(EXECUTE, execute, T.pos, .name = B.str, .args = C); }
deallocate(A) ::= DEALLOCATE(T) col_id(B).
    { A = NODE(DEALLOCATE, deallocate, T.pos, .name = B.str); }
deallocate(A) ::= DEALLOCATE(T) PREPARE col_id(B).
    { A = NODE(DEALLOCATE, deallocate, T.pos, .name = B.str); }
deallocate(A) ::= DEALLOCATE(T) ALL. { A = NODE(DEALLOCATE, deallocate, T.pos, ); }
deallocate(A) ::= DEALLOCATE(T) PREPARE ALL. { A = NODE(DEALLOCATE, deallocate, T.pos, ); }

// Cursors
declare_cursor(A) ::= DECLARE(T) col_id(B) cursor_options(C) CURSOR opt_hold(D) FOR query(E).
    { A = tbi_declare_cursor(p, T.pos, B, C, D, E); }
%type cursor_options {tbi_cursor_options}
cursor_options(A) ::= . { A = (tbi_cursor_options){0}; }
cursor_options(A) ::= cursor_options(B) BINARY. { A = B; A.binary = true; }
cursor_options(A) ::= cursor_options(B) INSENSITIVE. { A = B; A.insensitive = true; }
cursor_options(A) ::= cursor_options(B) ASENSITIVE. { A = B; A.asensitive = true; }
cursor_options(A) ::= cursor_options(B) SCROLL. { A = B; A.scroll = true; }
cursor_options(A) ::= cursor_options(B) NO SCROLL. { A = B; A.no_scroll = true; }
%type opt_hold {int}
opt_hold(A) ::= . { A = false; }
opt_hold(A) ::= WITH HOLD. { A = true; }
opt_hold(A) ::= WITHOUT HOLD. { A = false; }

fetch(A) ::= FETCH(T) fetch_args(B). { A = tbi_fetch(p, T.pos, false, B); }
fetch(A) ::= MOVE(T) fetch_args(B). { A = tbi_fetch(p, T.pos, true, B); }
%type fetch_args {tbi_fetch_args}
fetch_args(A) ::= col_id(B). { A = tbi_fetch_args_make(TB_FETCH_FORWARD, 1, B); }
fetch_args(A) ::= from_in col_id(B). { A = tbi_fetch_args_make(TB_FETCH_FORWARD, 1, B); }
fetch_args(A) ::= NEXT opt_from_in col_id(B). { A = tbi_fetch_args_make(TB_FETCH_FORWARD, 1, B); }
fetch_args(A) ::= PRIOR opt_from_in col_id(B). { A = tbi_fetch_args_make(TB_FETCH_BACKWARD, 1, B); }
fetch_args(A) ::= FIRST opt_from_in col_id(B). { A = tbi_fetch_args_make(TB_FETCH_ABSOLUTE, 1, B); }
fetch_args(A) ::= LAST opt_from_in col_id(B). { A = tbi_fetch_args_make(TB_FETCH_ABSOLUTE, -1, B); }
fetch_args(A) ::= ABSOLUTE signed_integer(C) opt_from_in col_id(B).
    { A = tbi_fetch_args_make(TB_FETCH_ABSOLUTE, C, B); }
fetch_args(A) ::= RELATIVE signed_integer(C) opt_from_in col_id(B).
    { A = tbi_fetch_args_make(TB_FETCH_RELATIVE, C, B); }
fetch_args(A) ::= signed_integer(C) opt_from_in col_id(B).
    { A = tbi_fetch_args_make(TB_FETCH_FORWARD, C, B); }
fetch_args(A) ::= ALL opt_from_in col_id(B).
    { A = tbi_fetch_args_make(TB_FETCH_FORWARD, TB_FETCH_ALL, B); }
fetch_args(A) ::= FORWARD opt_from_in col_id(B).
    { A = tbi_fetch_args_make(TB_FETCH_FORWARD, 1, B); }
fetch_args(A) ::= FORWARD signed_integer(C) opt_from_in col_id(B).
    { A = tbi_fetch_args_make(TB_FETCH_FORWARD, C, B); }
fetch_args(A) ::= FORWARD ALL opt_from_in col_id(B).
    { A = tbi_fetch_args_make(TB_FETCH_FORWARD, TB_FETCH_ALL, B); }
fetch_args(A) ::= BACKWARD opt_from_in col_id(B).
    { A = tbi_fetch_args_make(TB_FETCH_BACKWARD, 1, B); }
fetch_args(A) ::= BACKWARD signed_integer(C) opt_from_in col_id(B).
    { A = tbi_fetch_args_make(TB_FETCH_BACKWARD, C, B); }
fetch_args(A) ::= BACKWARD ALL opt_from_in col_id(B).
    { A = tbi_fetch_args_make(TB_FETCH_BACKWARD, TB_FETCH_ALL, B); }
from_in ::= FROM.
from_in ::= IN.
opt_from_in ::= .
opt_from_in ::= from_in.
close(A) ::= CLOSE(T) col_id(B). { A = NODE(CLOSE, close, T.pos, .name = B.str); }
close(A) ::= CLOSE(T) ALL. { A = NODE(CLOSE, close, T.pos, ); }

discard(A) ::= DISCARD(T) ALL. { A = NODE(DISCARD, discard, T.pos, .target = TB_DISCARD_ALL); }
discard(A) ::= DISCARD(T) TEMP. { A = NODE(DISCARD, discard, T.pos, .target = TB_DISCARD_TEMP); }
discard(A) ::= DISCARD(T) TEMPORARY.
    { A = NODE(DISCARD, discard, T.pos, .target = TB_DISCARD_TEMP); }
discard(A) ::= DISCARD(T) PLANS. { A = NODE(DISCARD, discard, T.pos, .target = TB_DISCARD_PLANS); }
discard(A) ::= DISCARD(T) SEQUENCES.
    { A = NODE(DISCARD, discard, T.pos, .target = TB_DISCARD_SEQUENCES); }

notify(A) ::= NOTIFY(T) col_id(B).
    { A = NODE(NOTIFY, notify, T.pos, .op = TB_NOTIFY, .channel = B.str); }
notify(A) ::= NOTIFY(T) col_id(B) COMMA SCONST(C).
    { A = NODE(NOTIFY, notify, T.pos, .op = TB_NOTIFY, .channel = B.str, .payload = C.str); }
notify(A) ::= LISTEN(T) col_id(B).
    { A = NODE(NOTIFY, notify, T.pos, .op = TB_LISTEN, .channel = B.str); }
notify(A) ::= UNLISTEN(T) col_id(B).
    { A = NODE(NOTIFY, notify, T.pos, .op = TB_UNLISTEN, .channel = B.str); }
notify(A) ::= UNLISTEN(T) STAR. { A = NODE(NOTIFY, notify, T.pos, .op = TB_UNLISTEN); }

// Writes: enough grammar to tell a statement from a mistake. Other statements that write (CREATE
// INDEX ..) are told by their first words, in parse.c with statements.def.
write(A) ::= insert(A).
write(A) ::= update(A).
write(A) ::= delete(A).

insert(A) ::= opt_with_clause INSERT(T) INTO insert_target insert_rest opt_conflict returning.
    { A = NODE(WRITE, write, T.pos, .tag = "INSERT"); }
insert_target ::= qualified_name.
insert_target ::= qualified_name AS col_id.
insert_rest ::= query.
insert_rest ::= OVERRIDING override_kind VALUE query.
insert_rest ::= LP insert_columns RP query.
insert_rest ::= LP insert_columns RP OVERRIDING override_kind VALUE query.
insert_rest ::= DEFAULT VALUES.
override_kind ::= USER.
override_kind ::= SYSTEM.
insert_columns ::= insert_column.
insert_columns ::= insert_columns COMMA insert_column.
insert_column ::= col_id opt_indirection.
opt_conflict ::= .
opt_conflict ::= ON CONFLICT conflict_target DO UPDATE SET set_list where_clause.
opt_conflict ::= ON CONFLICT conflict_target DO NOTHING.
conflict_target ::= .
conflict_target ::= LP conflict_items RP where_clause.
conflict_target ::= ON CONSTRAINT col_id.
conflict_items ::= conflict_item.
conflict_items ::= conflict_items COMMA conflict_item.
conflict_item ::= conflict_key opt_collate opt_op_class opt_asc_desc opt_nulls_order.
conflict_key ::= col_id.
conflict_key ::= func_expr_windowless.
conflict_key ::= LP expr RP.
opt_op_class ::= .
opt_op_class ::= any_name.
returning ::= .
returning ::= RETURNING target_list.

update(A) ::= opt_with_clause UPDATE(T) write_target SET set_list from_clause where_or_current
              returning.
    { A = NODE(WRITE, write, T.pos, .tag = "UPDATE"); }
set_list ::= set_item.
set_list ::= set_list COMMA set_item.
set_item ::= col_id opt_indirection EQ expr.
set_item ::= LP insert_columns RP EQ expr.
write_target ::= relation_expr. [UMINUS]
write_target ::= relation_expr col_id.
write_target ::= relation_expr AS col_id.
where_or_current ::= .
where_or_current ::= WHERE expr.
where_or_current ::= WHERE CURRENT OF col_id.

delete(A) ::= opt_with_clause DELETE(T) FROM write_target using_clause where_or_current returning.
    { A = NODE(WRITE, write, T.pos, .tag = "DELETE"); }
using_clause ::= .
using_clause ::= USING from_list.
opt_with_clause ::= .
opt_with_clause ::= with_clause.
