// SPDX-License-Identifier: Apache-2.0
// Type names.

typename(A) ::= simple_typename(B) array_bounds(C). { A = tbi_type_array(p, B, C, false); }
typename(A) ::= SETOF simple_typename(B) array_bounds(C). { A = tbi_type_array(p, B, C, true); }
typename(A) ::= simple_typename(B) ARRAY. { A = tbi_type_array(p, B, 1, false); }
typename(A) ::= simple_typename(B) ARRAY LB ICONST RB. { A = tbi_type_array(p, B, 1, false); }
typename(A) ::= SETOF simple_typename(B) ARRAY. { A = tbi_type_array(p, B, 1, true); }
typename(A) ::= SETOF simple_typename(B) ARRAY LB ICONST RB. { A = tbi_type_array(p, B, 1, true); }

%type array_bounds {int}
array_bounds(A) ::= . { A = 0; }
array_bounds(A) ::= array_bounds(B) LB RB. { A = B + 1; }
array_bounds(A) ::= array_bounds(B) LB ICONST RB. { A = B + 1; }

simple_typename(A) ::= generic_type(A).
simple_typename(A) ::= numeric_type(A).
simple_typename(A) ::= bit_type(A).
simple_typename(A) ::= character_type(A).
simple_typename(A) ::= datetime_type(A).
simple_typename(A) ::= INTERVAL(T) opt_interval(B). { A = tbi_type_interval(p, T.pos, B); }
simple_typename(A) ::= INTERVAL(T) LP ICONST(B) RP.
    { A = tbi_type_precision(p, T.pos, "interval", B); }

// Types that can also stand before a literal: date '..' is a generic type and comes by func_name.
const_typename(A) ::= numeric_type(A).
const_typename(A) ::= const_bit_type(A).
const_typename(A) ::= const_character_type(A).
const_typename(A) ::= datetime_type(A).

generic_type(A) ::= type_function_name(B) opt_type_modifiers(C).
    { A = tbi_type_named(p, B.pos, tbi_qname(p, B, NO_LIST), C); }
generic_type(A) ::= type_function_name(B) attrs(C) opt_type_modifiers(D).
    { A = tbi_type_named(p, B.pos, tbi_qname(p, B, C), D); }
%type opt_type_modifiers {tb_ast_list}
opt_type_modifiers(A) ::= . { A = NO_LIST; }
opt_type_modifiers(A) ::= LP expr_list(B) RP. { A = B; }

numeric_type(A) ::= INT(T). { A = tbi_type_builtin(p, T.pos, "int4", NO_LIST); }
numeric_type(A) ::= INTEGER(T). { A = tbi_type_builtin(p, T.pos, "int4", NO_LIST); }
numeric_type(A) ::= SMALLINT(T). { A = tbi_type_builtin(p, T.pos, "int2", NO_LIST); }
numeric_type(A) ::= BIGINT(T). { A = tbi_type_builtin(p, T.pos, "int8", NO_LIST); }
numeric_type(A) ::= REAL(T). { A = tbi_type_builtin(p, T.pos, "float4", NO_LIST); }
numeric_type(A) ::= FLOAT(T). { A = tbi_type_builtin(p, T.pos, "float8", NO_LIST); }
numeric_type(A) ::= FLOAT(T) LP ICONST(B) RP. { A = tbi_type_float(p, T.pos, B); }
numeric_type(A) ::= DOUBLE(T) PRECISION. { A = tbi_type_builtin(p, T.pos, "float8", NO_LIST); }
numeric_type(A) ::= DECIMAL(T) opt_type_modifiers(B).
    { A = tbi_type_builtin(p, T.pos, "numeric", B); }
numeric_type(A) ::= DEC(T) opt_type_modifiers(B). { A = tbi_type_builtin(p, T.pos, "numeric", B); }
numeric_type(A) ::= NUMERIC(T) opt_type_modifiers(B).
    { A = tbi_type_builtin(p, T.pos, "numeric", B); }
numeric_type(A) ::= BOOLEAN(T). { A = tbi_type_builtin(p, T.pos, "bool", NO_LIST); }

%type opt_varying {int}
opt_varying(A) ::= . { A = false; }
opt_varying(A) ::= VARYING. { A = true; }

bit_type(A) ::= bit_with_length(A).
bit_type(A) ::= BIT(T) opt_varying(B). { A = tbi_type_bit(p, T.pos, B, NO_LIST, true); }
const_bit_type(A) ::= bit_with_length(A).
const_bit_type(A) ::= BIT(T) opt_varying(B). { A = tbi_type_bit(p, T.pos, B, NO_LIST, false); }
bit_with_length(A) ::= BIT(T) opt_varying(B) LP expr_list(C) RP.
    { A = tbi_type_bit(p, T.pos, B, C, false); }

character_type(A) ::= character_with_length(A).
character_type(A) ::= character(B). { A = tbi_type_char(p, B, NO_TOKEN, true); }
const_character_type(A) ::= character_with_length(A).
const_character_type(A) ::= character(B). { A = tbi_type_char(p, B, NO_TOKEN, false); }
character_with_length(A) ::= character(B) LP ICONST(C) RP. { A = tbi_type_char(p, B, C, false); }

// str: "varchar" or "bpchar"
%type character {tbi_token}
character(A) ::= CHARACTER(T) opt_varying(B). { A = tbi_char_token(T, B); }
character(A) ::= CHAR(T) opt_varying(B). { A = tbi_char_token(T, B); }
character(A) ::= VARCHAR(T). { A = tbi_char_token(T, true); }
character(A) ::= NATIONAL(T) CHARACTER opt_varying(B). { A = tbi_char_token(T, B); }
character(A) ::= NATIONAL(T) CHAR opt_varying(B). { A = tbi_char_token(T, B); }
character(A) ::= NCHAR(T) opt_varying(B). { A = tbi_char_token(T, B); }

datetime_type(A) ::= TIMESTAMP(T) LP ICONST(B) RP opt_timezone(C).
    { A = tbi_type_precision(p, T.pos, C ? "timestamptz" : "timestamp", B); }
datetime_type(A) ::= TIMESTAMP(T) opt_timezone(C).
    { A = tbi_type_builtin(p, T.pos, C ? "timestamptz" : "timestamp", NO_LIST); }
datetime_type(A) ::= TIME(T) LP ICONST(B) RP opt_timezone(C).
    { A = tbi_type_precision(p, T.pos, C ? "timetz" : "time", B); }
datetime_type(A) ::= TIME(T) opt_timezone(C).
    { A = tbi_type_builtin(p, T.pos, C ? "timetz" : "time", NO_LIST); }
%type opt_timezone {int}
opt_timezone(A) ::= . { A = false; }
opt_timezone(A) ::= WITH_LA TIME ZONE. { A = true; }
opt_timezone(A) ::= WITHOUT TIME ZONE. { A = false; }

%type opt_interval {tbi_interval}
%type interval_second {tbi_interval}
opt_interval(A) ::= . { A = (tbi_interval){0}; }
opt_interval(A) ::= YEAR. { A = (tbi_interval){.fields = TB_IV_YEAR}; }
opt_interval(A) ::= MONTH. { A = (tbi_interval){.fields = TB_IV_MONTH}; }
opt_interval(A) ::= DAY. { A = (tbi_interval){.fields = TB_IV_DAY}; }
opt_interval(A) ::= HOUR. { A = (tbi_interval){.fields = TB_IV_HOUR}; }
opt_interval(A) ::= MINUTE. { A = (tbi_interval){.fields = TB_IV_MINUTE}; }
opt_interval(A) ::= interval_second(A).
opt_interval(A) ::= YEAR TO MONTH. { A = (tbi_interval){.fields = TB_IV_YEAR | TB_IV_MONTH}; }
opt_interval(A) ::= DAY TO HOUR. { A = (tbi_interval){.fields = TB_IV_DAY | TB_IV_HOUR}; }
opt_interval(A) ::= DAY TO MINUTE.
    { A = (tbi_interval){.fields = TB_IV_DAY | TB_IV_HOUR | TB_IV_MINUTE}; }
opt_interval(A) ::= DAY TO interval_second(B).
    { A = tbi_interval_from(B, TB_IV_DAY | TB_IV_HOUR | TB_IV_MINUTE); }
opt_interval(A) ::= HOUR TO MINUTE. { A = (tbi_interval){.fields = TB_IV_HOUR | TB_IV_MINUTE}; }
opt_interval(A) ::= HOUR TO interval_second(B).
    { A = tbi_interval_from(B, TB_IV_HOUR | TB_IV_MINUTE); }
opt_interval(A) ::= MINUTE TO interval_second(B). { A = tbi_interval_from(B, TB_IV_MINUTE); }
interval_second(A) ::= SECOND. { A = (tbi_interval){.fields = TB_IV_SECOND}; }
interval_second(A) ::= SECOND LP ICONST(B) RP.
    { A = (tbi_interval){.fields = TB_IV_SECOND, .precision = tbi_integer(p, B)}; }
