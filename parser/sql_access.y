// SPDX-License-Identifier: Apache-2.0
// Roles, privileges, policies.

// Role names
role_spec(A) ::= non_reserved_word(T). { A = tbi_role_spec(p, T); }
role_spec(A) ::= CURRENT_ROLE(T).
    { A = NODE(ROLE_SPEC, role_spec, T.pos, .role = TB_ROLE_CURRENT_ROLE); }
role_spec(A) ::= CURRENT_USER(T).
    { A = NODE(ROLE_SPEC, role_spec, T.pos, .role = TB_ROLE_CURRENT_USER); }
role_spec(A) ::= SESSION_USER(T).
    { A = NODE(ROLE_SPEC, role_spec, T.pos, .role = TB_ROLE_SESSION_USER); }
role_id(A) ::= role_spec(B). { A = tbi_role_id(p, B); }
%type role_list {tb_ast_list}
role_list(A) ::= role_spec(B). { A = LIST(B); }
role_list(A) ::= role_list(A) COMMA role_spec(B). { PUSH(A, B); }

role_statement(A) ::= CREATE(T) ROLE role_id(C) opt_with create_role_options(D).
    { A = NODE(CREATE_ROLE, create_role, T.pos, .stmt = TB_ROLE_STMT_ROLE, .role = C,
               .options = D); }
role_statement(A) ::= CREATE(T) USER role_id(C) opt_with create_role_options(D).
    { A = NODE(CREATE_ROLE, create_role, T.pos, .stmt = TB_ROLE_STMT_USER, .role = C,
               .options = D); }
role_statement(A) ::= CREATE(T) GROUP role_id(C) opt_with create_role_options(D).
    { A = NODE(CREATE_ROLE, create_role, T.pos, .stmt = TB_ROLE_STMT_GROUP, .role = C,
               .options = D); }
role_statement(A) ::= ALTER(T) ROLE role_spec(B) opt_with role_options(C).
    { A = NODE(ALTER_ROLE, alter_role, T.pos, .stmt = TB_ROLE_STMT_ROLE, .role = B, .options = C); }
role_statement(A) ::= ALTER(T) USER role_spec(B) opt_with role_options(C).
    { A = NODE(ALTER_ROLE, alter_role, T.pos, .stmt = TB_ROLE_STMT_USER, .role = B, .options = C); }
role_statement(A) ::= ALTER(T) GROUP role_spec(B) add_drop(C) USER role_list(D).
    { A = NODE(ALTER_ROLE, alter_role, T.pos, .stmt = TB_ROLE_STMT_GROUP, .role = B,
               .drop_members = C, .members = D); }
role_statement(A) ::= ALTER(T) ROLE role_spec(B) opt_in_database(C) set_or_reset(D).
    { A = NODE(ALTER_ROLE_SET, alter_role_set, T.pos, .role = B, .database = C.str, .set = D); }
role_statement(A) ::= ALTER(T) USER role_spec(B) opt_in_database(C) set_or_reset(D).
    { A = NODE(ALTER_ROLE_SET, alter_role_set, T.pos, .role = B, .database = C.str, .set = D); }
role_statement(A) ::= ALTER(T) ROLE ALL opt_in_database(C) set_or_reset(D).
    { A = NODE(ALTER_ROLE_SET, alter_role_set, T.pos, .database = C.str, .set = D); }
role_statement(A) ::= ALTER(T) USER ALL opt_in_database(C) set_or_reset(D).
    { A = NODE(ALTER_ROLE_SET, alter_role_set, T.pos, .database = C.str, .set = D); }
role_statement(A) ::= DROP(T) ROLE if_exists(B) role_list(C).
    { A = NODE(DROP_ROLE, drop_role, T.pos, .roles = C, .if_exists = B); }
role_statement(A) ::= DROP(T) USER role_list(B).
    { A = NODE(DROP_ROLE, drop_role, T.pos, .roles = B); }
role_statement(A) ::= DROP(T) USER IF EXISTS role_list(B).
    { A = NODE(DROP_ROLE, drop_role, T.pos, .roles = B, .if_exists = true); }
role_statement(A) ::= DROP(T) GROUP if_exists(B) role_list(C).
    { A = NODE(DROP_ROLE, drop_role, T.pos, .roles = C, .if_exists = B); }
%type add_drop {int}
add_drop(A) ::= ADD. { A = false; }
add_drop(A) ::= DROP. { A = true; }
%type opt_in_database {tbi_token}
opt_in_database(A) ::= . { A = NO_TOKEN; }
opt_in_database(A) ::= IN DATABASE col_id(B). { A = B; }
set_or_reset(A) ::= SET(T) set_rest(B). { A = tbi_set_scope(B, T.pos, false); }
set_or_reset(A) ::= reset(A).

%type create_role_options {tb_ast_list}
%type role_options {tb_ast_list}
create_role_options(A) ::= . { A = NO_LIST; }
create_role_options(A) ::= create_role_options(A) create_role_option(B). { PUSH(A, B); }
role_options(A) ::= . { A = NO_LIST; }
role_options(A) ::= role_options(A) role_option(B). { PUSH(A, B); }
create_role_option(A) ::= role_option(A).
create_role_option(A) ::= ADMIN(T) role_list(B).
    { A = NODE(OPTION, option, T.pos, .name = "admin", .values = B); }
create_role_option(A) ::= ROLE(T) role_list(B).
    { A = NODE(OPTION, option, T.pos, .name = "role", .values = B); }
create_role_option(A) ::= IN(T) ROLE role_list(B).
    { A = NODE(OPTION, option, T.pos, .name = "in_role", .values = B); }
create_role_option(A) ::= IN(T) GROUP role_list(B).
    { A = NODE(OPTION, option, T.pos, .name = "in_role", .values = B); }
create_role_option(A) ::= SYSID(T) ICONST. { A = tbi_unsupported(p, T.pos, "SYSID"); }
role_option(A) ::= PASSWORD(T) SCONST(B). { A = tbi_text_option(p, T, "password", B.str); }
role_option(A) ::= PASSWORD(T) NULL(U).
    { A = NODE(OPTION, option, T.pos, .name = "password", .value = NODE(NULL, null, U.pos, )); }
role_option(A) ::= ENCRYPTED(T) PASSWORD SCONST(B).
    { A = tbi_text_option(p, T, "password", B.str); }
role_option(A) ::= UNENCRYPTED(T) PASSWORD SCONST.
    { A = tbi_unsupported(p, T.pos, "UNENCRYPTED PASSWORD"); }
role_option(A) ::= INHERIT(T). { A = tbi_switch(p, T, "inherit", true); }
role_option(A) ::= CONNECTION(T) LIMIT signed_integer(B).
    { A = NODE(OPTION, option, T.pos, .name = "connection_limit",
               .value = NODE(INTEGER, integer, T.pos, .value = B)); }
role_option(A) ::= VALID(T) UNTIL SCONST(B). { A = tbi_text_option(p, T, "valid_until", B.str); }
role_option(A) ::= USER(T) role_list(B).
    { A = NODE(OPTION, option, T.pos, .name = "role", .values = B); }
role_option(A) ::= SYSTEM(T). { A = tbi_switch(p, T, "system", true); }
role_option(A) ::= SECURITY(T). { A = tbi_switch(p, T, "security", true); }
role_option(A) ::= IDENT(T). { A = tbi_role_attribute(p, T); }

// GRANT and REVOKE
grant(A) ::= GRANT(T) privileges(B) ON grant_target(C) TO role_list(D) opt_grant_option(E)
             opt_granted_by(F).
    { A = NODE(GRANT, grant, T.pos, .privileges = B, .object = C.object, .objects = C.names,
               .grantees = D, .grant_option = E, .granted_by = F); }
grant(A) ::= REVOKE(T) privileges(B) ON grant_target(C) FROM role_list(D) opt_granted_by(F)
             opt_behavior(E).
    { A = NODE(GRANT, grant, T.pos, .revoke = true, .privileges = B, .object = C.object,
               .objects = C.names, .grantees = D, .granted_by = F, .behavior = (tb_behavior)E); }
grant(A) ::= REVOKE(T) GRANT OPTION FOR privileges(B) ON grant_target(C) FROM role_list(D)
             opt_granted_by(F) opt_behavior(E).
    { A = NODE(GRANT, grant, T.pos, .revoke = true, .privileges = B, .object = C.object,
               .objects = C.names, .grantees = D, .grant_option = true, .granted_by = F,
               .behavior = (tb_behavior)E); }
grant(A) ::= GRANT(T) privilege_list(B) TO role_list(C) opt_admin_option(D) opt_granted_by(E).
    { A = NODE(GRANT_ROLE, grant_role, T.pos, .roles = tbi_granted_roles(p, B), .grantees = C,
               .admin_option = D, .granted_by = E); }
grant(A) ::= REVOKE(T) privilege_list(B) FROM role_list(C) opt_granted_by(D) opt_behavior(E).
    { A = NODE(GRANT_ROLE, grant_role, T.pos, .revoke = true, .roles = tbi_granted_roles(p, B),
               .grantees = C, .granted_by = D, .behavior = (tb_behavior)E); }
grant(A) ::= REVOKE(T) ADMIN OPTION FOR privilege_list(B) FROM role_list(C) opt_granted_by(D)
             opt_behavior(E).
    { A = NODE(GRANT_ROLE, grant_role, T.pos, .revoke = true, .roles = tbi_granted_roles(p, B),
               .grantees = C, .admin_option = true, .granted_by = D, .behavior = (tb_behavior)E); }
grant(A) ::= GRANT(T) SHIP KEYS ON COLUMN ship_columns(B) TO SERVER name_list(C).
    { A = NODE(GRANT_SHIP, grant_ship, T.pos, .columns = B, .servers = C); }
grant(A) ::= REVOKE(T) SHIP KEYS ON COLUMN ship_columns(B) FROM SERVER name_list(C).
    { A = NODE(GRANT_SHIP, grant_ship, T.pos, .revoke = true, .columns = B, .servers = C); }

%type privileges {tb_ast_list}
%type privilege_list {tb_ast_list}
privileges(A) ::= privilege_list(A).
privileges(A) ::= ALL. { A = NO_LIST; }
privileges(A) ::= ALL PRIVILEGES. { A = NO_LIST; }
privileges(A) ::= ALL(T) LP name_list(B) RP.
    { A = LIST(NODE(PRIVILEGE, privilege, T.pos, .name = "all", .columns = B)); }
privileges(A) ::= ALL(T) PRIVILEGES LP name_list(B) RP.
    { A = LIST(NODE(PRIVILEGE, privilege, T.pos, .name = "all", .columns = B)); }
privilege_list(A) ::= privilege(B). { A = LIST(B); }
privilege_list(A) ::= privilege_list(A) COMMA privilege(B). { PUSH(A, B); }
privilege(A) ::= privilege_word(T) opt_column_list(B). { A = tbi_privilege(p, T, B); }
%type privilege_word {tbi_token}
privilege_word(A) ::= SELECT(A).
privilege_word(A) ::= REFERENCES(A).
privilege_word(A) ::= CREATE(A).
privilege_word(A) ::= col_id(A).

%type grant_target {tbi_grant_target}
grant_target(A) ::= qualified_name_list(B). { A = (tbi_grant_target){TB_OBJECT_TABLE, B}; }
grant_target(A) ::= TABLE qualified_name_list(B). { A = (tbi_grant_target){TB_OBJECT_TABLE, B}; }
grant_target(A) ::= FOREIGN DATA WRAPPER name_list(B).
    { A = tbi_grant_names(p, TB_OBJECT_WRAPPER, B); }
grant_target(A) ::= FOREIGN SERVER name_list(B). { A = tbi_grant_names(p, TB_OBJECT_SERVER, B); }
grant_target(A) ::= DATABASE name_list(B). { A = tbi_grant_names(p, TB_OBJECT_DATABASE, B); }
grant_target(A) ::= SCHEMA name_list(B). { A = tbi_grant_names(p, TB_OBJECT_SCHEMA, B); }
grant_target(A) ::= ALL TABLES IN SCHEMA name_list(B).
    { A = tbi_grant_names(p, TB_OBJECT_ALL_TABLES, B); }
%type opt_grant_option {int}
opt_grant_option(A) ::= . { A = false; }
opt_grant_option(A) ::= WITH GRANT OPTION. { A = true; }
%type opt_admin_option {int}
opt_admin_option(A) ::= . { A = false; }
opt_admin_option(A) ::= WITH ADMIN OPTION. { A = true; }
opt_granted_by(A) ::= . { A = NULL; }
opt_granted_by(A) ::= GRANTED BY role_spec(B). { A = B; }
%type ship_columns {tb_ast_list}
ship_columns(A) ::= ship_column(B). { A = LIST(B); }
ship_columns(A) ::= ship_columns(A) COMMA ship_column(B). { PUSH(A, B); }
ship_column(A) ::= col_id(B) attrs(C). { A = tbi_column_ref(p, B, C); }

// Policies
%type policy_kind {int}
policy_kind(A) ::= MASKING POLICY. { A = TB_POLICY_MASKING; }
policy_kind(A) ::= ROW_LA ACCESS POLICY. { A = TB_POLICY_ROW_ACCESS; }
policy(A) ::= CREATE(T) or_replace(B) policy_kind(C) if_not_exists(D) any_name(E) AS LP
              policy_args(F) RP RETURNS typename(G) ARROW expr(H) opt_policy_comment(I).
    { A = NODE(CREATE_POLICY, create_policy, T.pos, .policy = (tb_policy_kind)C, .name = E,
               .or_replace = B, .if_not_exists = D, .args = F, .returns = G, .body = H,
               .comment = I.str); }
policy(A) ::= ALTER(T) policy_kind(B) if_exists(C) any_name(D) SET BODY ARROW expr(E).
    { A = NODE(ALTER_POLICY, alter_policy, T.pos, .policy = (tb_policy_kind)B, .name = D,
               .if_exists = C, .body = E); }
policy(A) ::= ALTER(T) policy_kind(B) if_exists(C) any_name(D) SET policy_comment(E).
    { A = NODE(ALTER_POLICY, alter_policy, T.pos, .policy = (tb_policy_kind)B, .name = D,
               .if_exists = C, .comment = E.str); }
policy(A) ::= ALTER(T) policy_kind(B) if_exists(C) any_name(D) UNSET COMMENT.
    { A = NODE(ALTER_POLICY, alter_policy, T.pos, .policy = (tb_policy_kind)B, .name = D,
               .if_exists = C); }
%type policy_args {tb_ast_list}
%type policy_arg_list {tb_ast_list}
policy_args(A) ::= . { A = NO_LIST; }
policy_args(A) ::= policy_arg_list(A).
policy_arg_list(A) ::= policy_arg(B). { A = LIST(B); }
policy_arg_list(A) ::= policy_arg_list(A) COMMA policy_arg(B). { PUSH(A, B); }
policy_arg(A) ::= col_id(B) typename(C).
    { A = NODE(POLICY_ARG, policy_arg, B.pos, .name = B.str, .type = C); }
%type opt_policy_comment {tbi_token}
%type policy_comment {tbi_token}
opt_policy_comment(A) ::= . { A = NO_TOKEN; }
opt_policy_comment(A) ::= policy_comment(A).
policy_comment(A) ::= COMMENT EQ SCONST(B). { A = B; }
