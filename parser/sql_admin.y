// SPDX-License-Identifier: Apache-2.0
// Administration: servers, user mappings, foreign tables, schemas, views, comments.

admin(A) ::= create_server(A).
admin(A) ::= alter_server(A).
admin(A) ::= user_mapping(A).
admin(A) ::= import_schema(A).
admin(A) ::= refresh_schema(A).
admin(A) ::= create_foreign_table(A).
admin(A) ::= alter_table(A).
admin(A) ::= create_schema(A).
admin(A) ::= create_view(A).
admin(A) ::= drop(A).
admin(A) ::= rename(A).
admin(A) ::= alter_owner(A).
admin(A) ::= comment(A).
admin(A) ::= role_statement(A).
admin(A) ::= grant(A).
admin(A) ::= policy(A).

%type if_exists {int}
if_exists(A) ::= . [NO_IF] { A = false; }
if_exists(A) ::= IF EXISTS. { A = true; }
%type if_not_exists {int}
if_not_exists(A) ::= . [NO_IF] { A = false; }
if_not_exists(A) ::= IF NOT EXISTS. { A = true; }
%type or_replace {int}
or_replace(A) ::= . { A = false; }
or_replace(A) ::= OR REPLACE. { A = true; }
%type opt_behavior {int}
opt_behavior(A) ::= . { A = TB_BEHAVIOR_DEFAULT; }
opt_behavior(A) ::= CASCADE. { A = TB_BEHAVIOR_CASCADE; }
opt_behavior(A) ::= RESTRICT. { A = TB_BEHAVIOR_RESTRICT; }

// OPTIONS (name 'value', ..)
%type opt_options {tb_ast_list}
%type option_list {tb_ast_list}
%type alter_options {tb_ast_list}
%type alter_option_list {tb_ast_list}
opt_options(A) ::= . { A = NO_LIST; }
opt_options(A) ::= OPTIONS LP option_list(B) RP. { A = B; }
option_list(A) ::= option(B). { A = LIST(B); }
option_list(A) ::= option_list(A) COMMA option(B). { PUSH(A, B); }
option(A) ::= col_label(T) SCONST(B). { A = tbi_option(p, T, TB_OPTION_NONE, B); }
alter_options(A) ::= OPTIONS LP alter_option_list(B) RP. { A = B; }
alter_option_list(A) ::= alter_option(B). { A = LIST(B); }
alter_option_list(A) ::= alter_option_list(A) COMMA alter_option(B). { PUSH(A, B); }
alter_option(A) ::= option(A).
alter_option(A) ::= SET col_label(T) SCONST(B). { A = tbi_option(p, T, TB_OPTION_SET, B); }
alter_option(A) ::= ADD col_label(T) SCONST(B). { A = tbi_option(p, T, TB_OPTION_ADD, B); }
alter_option(A) ::= DROP col_label(T).
    { A = NODE(OPTION, option, T.pos, .name = T.str, .action = TB_OPTION_DROP); }

// Servers
create_server(A) ::= CREATE(T) SERVER if_not_exists(B) col_id(C) opt_server_type(D)
                     opt_server_version(E) FOREIGN DATA WRAPPER col_id(F) opt_options(G).
    { A = NODE(CREATE_SERVER, create_server, T.pos, .name = C.str, .if_not_exists = B,
               .type = D.str, .version = E.str, .wrapper = F.str, .options = G); }
%type opt_server_type {tbi_token}
opt_server_type(A) ::= . { A = NO_TOKEN; }
opt_server_type(A) ::= TYPE SCONST(B). { A = B; }
%type opt_server_version {tbi_token}
%type server_version {tbi_token}
opt_server_version(A) ::= . { A = NO_TOKEN; }
opt_server_version(A) ::= server_version(A).
server_version(A) ::= VERSION SCONST(B). { A = B; }
server_version(A) ::= VERSION NULL. { A = NO_TOKEN; }
alter_server(A) ::= ALTER(T) SERVER col_id(B) alter_options(C).
    { A = NODE(ALTER_SERVER, alter_server, T.pos, .name = B.str, .options = C); }
alter_server(A) ::= ALTER(T) SERVER col_id(B) server_version(C).
    { A = NODE(ALTER_SERVER, alter_server, T.pos, .name = B.str, .has_version = true,
               .version = C.str); }
alter_server(A) ::= ALTER(T) SERVER col_id(B) server_version(C) alter_options(D).
    { A = NODE(ALTER_SERVER, alter_server, T.pos, .name = B.str, .has_version = true,
               .version = C.str, .options = D); }

// User mappings
user_mapping(A) ::= CREATE(T) USER MAPPING if_not_exists(B) FOR mapped_role(C) SERVER col_id(D)
                    opt_options(E).
    { A = NODE(CREATE_MAPPING, create_mapping, T.pos, .role = C, .server = D.str,
               .if_not_exists = B, .options = E); }
user_mapping(A) ::= ALTER(T) USER MAPPING FOR mapped_role(C) SERVER col_id(D) alter_options(E).
    { A = NODE(ALTER_MAPPING, alter_mapping, T.pos, .role = C, .server = D.str, .options = E); }
user_mapping(A) ::= DROP(T) USER MAPPING if_exists(B) FOR mapped_role(C) SERVER col_id(D).
    { A = NODE(DROP_MAPPING, drop_mapping, T.pos, .role = C, .server = D.str, .if_exists = B); }
mapped_role(A) ::= role_spec(A).
mapped_role(A) ::= USER(T). { A = NODE(ROLE_SPEC, role_spec, T.pos, .role = TB_ROLE_USER); }

// Discovery
import_schema(A) ::= IMPORT(T) FOREIGN SCHEMA col_id(B) import_filter(C) FROM SERVER col_id(D) INTO
                     col_id(E) opt_options(F).
    { A = NODE(IMPORT_SCHEMA, import_schema, T.pos, .remote_schema = B.str, .filter = C.kind,
               .tables = C.tables, .server = D.str, .local_schema = E.str, .options = F); }
%type import_filter {tbi_import_filter}
import_filter(A) ::= . { A = (tbi_import_filter){0}; }
import_filter(A) ::= LIMIT TO LP name_list(B) RP.
    { A = (tbi_import_filter){.kind = TB_IMPORT_LIMIT_TO, .tables = B}; }
import_filter(A) ::= EXCEPT LP name_list(B) RP.
    { A = (tbi_import_filter){.kind = TB_IMPORT_EXCEPT, .tables = B}; }
refresh_schema(A) ::= REFRESH(T) FOREIGN SCHEMA col_id(B).
    { A = NODE(REFRESH_SCHEMA, refresh_schema, T.pos, .schema = B.str); }
refresh_schema(A) ::= REFRESH(T) FOREIGN SCHEMA col_id(B) FROM SERVER col_id(C).
    { A = NODE(REFRESH_SCHEMA, refresh_schema, T.pos, .schema = B.str, .server = C.str); }

// Foreign tables
create_foreign_table(A) ::= CREATE(T) FOREIGN TABLE if_not_exists(B) qualified_name(C) LP
                            opt_table_columns(D) RP SERVER col_id(E) opt_options(F).
    { A = NODE(CREATE_FOREIGN_TABLE, create_foreign_table, T.pos, .name = C, .if_not_exists = B,
               .columns = D, .server = E.str, .options = F); }
%type opt_table_columns {tb_ast_list}
%type table_columns {tb_ast_list}
opt_table_columns(A) ::= . { A = NO_LIST; }
opt_table_columns(A) ::= table_columns(A).
table_columns(A) ::= table_column(B). { A = LIST(B); }
table_columns(A) ::= table_columns(A) COMMA table_column(B). { PUSH(A, B); }
table_column(A) ::= col_id(B) typename(C) opt_options(D) column_quals(E).
    { A = tbi_column_def(p, B, C, D, E); }
%type column_quals {tbi_column_quals}
column_quals(A) ::= . { A = (tbi_column_quals){0}; }
column_quals(A) ::= column_quals(B) NOT NULL. { A = B; A.not_null = true; }
column_quals(A) ::= column_quals(B) NULL. { A = B; }
column_quals(A) ::= column_quals(B) COLLATE any_name(C). { A = B; A.collation = C; }
column_quals(A) ::= column_quals(B) DEFAULT(T) b_expr.
    { A = B; tbi_unsupported(p, T.pos, "DEFAULT of a column"); }
column_quals(A) ::= column_quals(B) CHECK(T) LP expr RP.
    { A = B; tbi_unsupported(p, T.pos, "CHECK constraint"); }

alter_table(A) ::= ALTER(T) table_kind(B) if_exists(C) relation_expr(D) alter_cmds(E).
    { A = tbi_alter_table(p, T.pos, B, C, D, E); }
alter_table(A) ::= ALTER(T) VIEW if_exists(C) qualified_name(D) OWNER(U) TO role_spec(E).
    { A = NODE(ALTER_TABLE, alter_table, T.pos, .object = TB_OBJECT_VIEW, .name = D, .if_exists = C,
               .cmds = LIST(NODE(ALTER_TABLE_CMD, alter_table_cmd, U.pos, .op = TB_ALTER_OWNER,
                                 .role = E))); }
%type table_kind {int}
table_kind(A) ::= TABLE. { A = TB_OBJECT_TABLE; }
table_kind(A) ::= FOREIGN TABLE. { A = TB_OBJECT_FOREIGN_TABLE; }
%type alter_cmds {tb_ast_list}
alter_cmds(A) ::= alter_cmd(B). { A = LIST(B); }
alter_cmds(A) ::= alter_cmds(A) COMMA alter_cmd(B). { PUSH(A, B); }
alter_cmd(A) ::= ADD(T) opt_column if_not_exists(B) table_column(C).
    { A = NODE(ALTER_TABLE_CMD, alter_table_cmd, T.pos, .op = TB_ALTER_ADD_COLUMN, .missing_ok = B,
               .def = C); }
alter_cmd(A) ::= DROP(T) opt_column if_exists(B) col_id(C) opt_behavior(D).
    { A = NODE(ALTER_TABLE_CMD, alter_table_cmd, T.pos, .op = TB_ALTER_DROP_COLUMN, .missing_ok = B,
               .column = C.str, .behavior = (tb_behavior)D); }
alter_cmd(A) ::= ALTER(T) opt_column col_id(B) opt_set_data TYPE typename(C) opt_collate(D).
    { A = NODE(ALTER_TABLE_CMD, alter_table_cmd, T.pos, .op = TB_ALTER_COLUMN_TYPE, .column = B.str,
               .def = NODE(COLUMN_DEF, column_def, C->pos, .type = C, .collation = D)); }
alter_cmd(A) ::= ALTER(T) opt_column col_id(B) SET NOT NULL.
    { A = tbi_alter_column(p, T.pos, TB_ALTER_SET_NOT_NULL, B); }
alter_cmd(A) ::= ALTER(T) opt_column col_id(B) DROP NOT NULL.
    { A = tbi_alter_column(p, T.pos, TB_ALTER_DROP_NOT_NULL, B); }
alter_cmd(A) ::= ALTER(T) opt_column col_id(B) SET VISIBLE.
    { A = tbi_alter_column(p, T.pos, TB_ALTER_SET_VISIBLE, B); }
alter_cmd(A) ::= ALTER(T) opt_column col_id(B) SET HIDDEN.
    { A = tbi_alter_column(p, T.pos, TB_ALTER_SET_HIDDEN, B); }
alter_cmd(A) ::= ALTER(T) opt_column col_id(B) alter_options(C).
    { A = NODE(ALTER_TABLE_CMD, alter_table_cmd, T.pos, .op = TB_ALTER_COLUMN_OPTIONS,
               .column = B.str, .options = C); }
alter_cmd(A) ::= ALTER(T) opt_column col_id(B) SET MASKING POLICY any_name(C) policy_using(D).
    { A = NODE(ALTER_TABLE_CMD, alter_table_cmd, T.pos, .op = TB_ALTER_SET_MASKING, .column = B.str,
               .policy = C, .columns = D); }
alter_cmd(A) ::= ALTER(T) opt_column col_id(B) UNSET MASKING POLICY.
    { A = tbi_alter_column(p, T.pos, TB_ALTER_UNSET_MASKING, B); }
alter_cmd(A) ::= alter_options(B).
    { A = NODE(ALTER_TABLE_CMD, alter_table_cmd, B.at[0]->pos, .op = TB_ALTER_TABLE_OPTIONS,
               .options = B); }
alter_cmd(A) ::= OWNER(T) TO role_spec(B).
    { A = NODE(ALTER_TABLE_CMD, alter_table_cmd, T.pos, .op = TB_ALTER_OWNER, .role = B); }
alter_cmd(A) ::= ADD(T) ROW_LA ACCESS POLICY any_name(B) ON LP policy_columns(C) RP.
    { A = NODE(ALTER_TABLE_CMD, alter_table_cmd, T.pos, .op = TB_ALTER_ADD_ROW_ACCESS, .policy = B,
               .columns = C); }
alter_cmd(A) ::= DROP(T) ROW_LA ACCESS POLICY any_name(B).
    { A = NODE(ALTER_TABLE_CMD, alter_table_cmd, T.pos, .op = TB_ALTER_DROP_ROW_ACCESS,
               .policy = B); }
alter_cmd(A) ::= DROP(T) ALL ROW_LA ACCESS POLICIES.
    { A = NODE(ALTER_TABLE_CMD, alter_table_cmd, T.pos, .op = TB_ALTER_DROP_ALL_ROW_ACCESS); }
opt_column ::= .
opt_column ::= COLUMN.
opt_set_data ::= .
opt_set_data ::= SET DATA.
%type policy_using {tb_name_list}
policy_using(A) ::= . { A = NO_NAMES; }
policy_using(A) ::= USING LP name_list(B) RP. { A = B; }
%type policy_columns {tb_name_list}
policy_columns(A) ::= . { A = NO_NAMES; }
policy_columns(A) ::= name_list(A).

// Schemas and views
create_schema(A) ::= CREATE(T) SCHEMA if_not_exists(B) col_id(C).
    { A = NODE(CREATE_SCHEMA, create_schema, T.pos, .name = C.str, .if_not_exists = B); }
create_schema(A) ::= CREATE(T) SCHEMA if_not_exists(B) col_id(C) AUTHORIZATION role_spec(D).
    { A = NODE(CREATE_SCHEMA, create_schema, T.pos, .name = C.str, .owner = D, .if_not_exists = B);
               }
create_schema(A) ::= CREATE(T) SCHEMA if_not_exists(B) AUTHORIZATION role_spec(D).
    { A = NODE(CREATE_SCHEMA, create_schema, T.pos, .owner = D, .if_not_exists = B); }
create_view(A) ::= CREATE(T) or_replace(B) VIEW qualified_name(C) opt_column_list(D)
                   opt_view_options(E) AS query(F) opt_check_option.
    { A = NODE(CREATE_VIEW, create_view, T.pos, .name = C, .or_replace = B, .columns = D,
               .options = E, .query = F); }
%type opt_view_options {tb_ast_list}
%type view_options {tb_ast_list}
opt_view_options(A) ::= . { A = NO_LIST; }
opt_view_options(A) ::= WITH LP view_options(B) RP. { A = B; }
view_options(A) ::= view_option(B). { A = LIST(B); }
view_options(A) ::= view_options(A) COMMA view_option(B). { PUSH(A, B); }
view_option(A) ::= col_label(T). { A = NODE(OPTION, option, T.pos, .name = T.str); }
view_option(A) ::= col_label(T) EQ opt_boolean_or_string(B).
    { A = NODE(OPTION, option, T.pos, .name = T.str, .value = tbi_string(p, B)); }
view_option(A) ::= col_label(T) EQ number(B).
    { A = NODE(OPTION, option, T.pos, .name = T.str, .value = B); }
opt_check_option ::= .
opt_check_option ::= WITH(T) CHECK OPTION. { tbi_unsupported(p, T.pos, "WITH CHECK OPTION"); }
opt_check_option ::= WITH(T) CASCADED CHECK OPTION.
    { tbi_unsupported(p, T.pos, "WITH CHECK OPTION"); }
opt_check_option ::= WITH(T) LOCAL CHECK OPTION. { tbi_unsupported(p, T.pos, "WITH CHECK OPTION"); }

// DROP, RENAME, OWNER, COMMENT
drop(A) ::= DROP(T) drop_kind(B) if_exists(C) any_name_list(D) opt_behavior(E).
    { A = NODE(DROP, drop, T.pos, .object = (tb_object)B, .names = D, .if_exists = C,
               .behavior = (tb_behavior)E); }
drop(A) ::= DROP(T) TABLE if_exists any_name_list opt_behavior.
    { A = NODE(WRITE, write, T.pos, .tag = "DROP TABLE"); }
%type drop_kind {int}
drop_kind(A) ::= FOREIGN TABLE. { A = TB_OBJECT_FOREIGN_TABLE; }
drop_kind(A) ::= VIEW. { A = TB_OBJECT_VIEW; }
drop_kind(A) ::= simple_kind(A).
drop_kind(A) ::= policy_kind(B). { A = tbi_policy_object(B); }
// Objects with a plain name.
%type simple_kind {int}
simple_kind(A) ::= SCHEMA. { A = TB_OBJECT_SCHEMA; }
simple_kind(A) ::= SERVER. { A = TB_OBJECT_SERVER; }
simple_kind(A) ::= FOREIGN DATA WRAPPER. { A = TB_OBJECT_WRAPPER; }

rename(A) ::= ALTER(T) SCHEMA col_id(C) RENAME TO col_id(D).
    { A = NODE(RENAME, rename, T.pos, .object = TB_OBJECT_SCHEMA, .name = tbi_qname(p, C, NO_LIST),
               .new_name = D.str); }
rename(A) ::= ALTER(T) SERVER col_id(C) RENAME TO col_id(D).
    { A = NODE(RENAME, rename, T.pos, .object = TB_OBJECT_SERVER, .name = tbi_qname(p, C, NO_LIST),
               .new_name = D.str); }
rename(A) ::= ALTER(T) policy_kind(B) if_exists(E) any_name(C) RENAME TO col_id(D).
    { A = NODE(RENAME, rename, T.pos, .object = tbi_policy_object(B), .name = C, .new_name = D.str,
               .if_exists = E); }
rename(A) ::= ALTER(T) ROLE role_id(C) RENAME TO role_id(D).
    { A = tbi_rename_role(p, T.pos, C, D); }
rename(A) ::= ALTER(T) USER role_id(C) RENAME TO role_id(D).
    { A = tbi_rename_role(p, T.pos, C, D); }
rename(A) ::= ALTER(T) GROUP role_id(C) RENAME TO role_id(D).
    { A = tbi_rename_role(p, T.pos, C, D); }
rename(A) ::= ALTER(T) table_kind(B) if_exists(C) relation_expr(D) RENAME TO col_id(E).
    { A = tbi_rename(p, T.pos, B, C, D, NO_TOKEN, E); }
rename(A) ::= ALTER(T) table_kind(B) if_exists(C) relation_expr(D) RENAME opt_column col_id(E) TO
              col_id(F).
    { A = tbi_rename(p, T.pos, B, C, D, E, F); }
rename(A) ::= ALTER(T) VIEW if_exists(C) qualified_name(D) RENAME TO col_id(E).
    { A = NODE(RENAME, rename, T.pos, .object = TB_OBJECT_VIEW, .name = D, .new_name = E.str,
               .if_exists = C); }
rename(A) ::= ALTER(T) VIEW if_exists(C) qualified_name(D) RENAME opt_column col_id(E) TO col_id(F).
    { A = NODE(RENAME, rename, T.pos, .object = TB_OBJECT_COLUMN, .name = D, .column = E.str,
               .new_name = F.str, .if_exists = C); }

alter_owner(A) ::= ALTER(T) SCHEMA col_id(C) OWNER TO role_spec(D).
    { A = NODE(ALTER_OWNER, alter_owner, T.pos, .object = TB_OBJECT_SCHEMA,
               .name = tbi_qname(p, C, NO_LIST), .role = D); }
alter_owner(A) ::= ALTER(T) SERVER col_id(C) OWNER TO role_spec(D).
    { A = NODE(ALTER_OWNER, alter_owner, T.pos, .object = TB_OBJECT_SERVER,
               .name = tbi_qname(p, C, NO_LIST), .role = D); }
alter_owner(A) ::= ALTER(T) policy_kind(B) if_exists(E) any_name(C) OWNER TO role_spec(D).
    { A = NODE(ALTER_OWNER, alter_owner, T.pos, .object = tbi_policy_object(B), .name = C,
               .if_exists = E, .role = D); }

comment(A) ::= COMMENT(T) ON comment_kind(B) any_name(C) IS comment_text(D).
    { A = NODE(COMMENT, comment, T.pos, .object = (tb_object)B, .name = C, .text = D.str); }
comment(A) ::= COMMENT(T) ON COLUMN any_name(C) IS comment_text(D).
    { A = tbi_comment_column(p, T.pos, C, D); }
%type comment_kind {int}
comment_kind(A) ::= table_kind(A).
comment_kind(A) ::= VIEW. { A = TB_OBJECT_VIEW; }
comment_kind(A) ::= simple_kind(A).
comment_kind(A) ::= ROLE. { A = TB_OBJECT_ROLE; }
comment_kind(A) ::= DATABASE. { A = TB_OBJECT_DATABASE; }
comment_kind(A) ::= policy_kind(B). { A = tbi_policy_object(B); }
%type comment_text {tbi_token}
comment_text(A) ::= SCONST(A).
comment_text(A) ::= NULL. { A = NO_TOKEN; }
