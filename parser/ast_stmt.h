/* SPDX-License-Identifier: Apache-2.0
 * The tree's statements: everything but queries and expressions. Included by parser/ast.h, whose
 * conventions hold; do not include it alone.
 */
#ifndef TB_PARSER_AST_STMT_H
#define TB_PARSER_AST_STMT_H

#ifndef TB_PARSER_AST_H
#error "include parser/ast.h"
#endif

/* ---- session statements -----------------------------------------------------------------------
 */

/* Options are OPTION nodes in order: name lower-case, value BOOLEAN/STRING/INTEGER/NUMERIC or NULL
 * (= true). */
typedef struct tb_ast_explain {
    tb_ast base;
    tb_ast_list options;
    tb_ast *stmt; /* QUERY, EXECUTE, DECLARE_CURSOR, WRITE */
} tb_ast_explain;

/* The old syntax's options arrive as the new one's: format, delimiter, null, header, quote, escape,
 * force_quote, force_not_null, force_null, encoding, freeze. Value: as in EXPLAIN; force_*: the
 * names in OPTION.values (STRING), or a STAR. */
typedef struct tb_ast_copy {
    tb_ast base;
    tb_ast *query; /* QUERY or WRITE: COPY (query) TO; or NULL */
    tb_ast *table; /* TABLE_REF: COPY table; or NULL */
    tb_name_list columns;
    bool from;            /* COPY .. FROM: a write */
    bool program;         /* TO PROGRAM 'x' */
    const char *filename; /* NULL = STDIN/STDOUT */
    tb_ast_list options;  /* OPTION */
    tb_ast *where;        /* COPY FROM .. WHERE; or NULL */
} tb_ast_copy;

typedef enum tb_isolation {
    TB_ISOLATION_NONE, /* not given */
    TB_ISOLATION_READ_UNCOMMITTED,
    TB_ISOLATION_READ_COMMITTED,
    TB_ISOLATION_REPEATABLE_READ,
    TB_ISOLATION_SERIALIZABLE
} tb_isolation;
typedef enum tb_switch { TB_SWITCH_NONE, TB_SWITCH_ON, TB_SWITCH_OFF } tb_switch;

/* Transaction modes: the last one written of each wins. */
typedef struct tb_txn_modes {
    tb_isolation isolation;
    tb_switch read_only;
    tb_switch deferrable;
} tb_txn_modes;

typedef enum tb_set_kind {
    TB_SET_VALUE,                   /* SET name TO args */
    TB_SET_DEFAULT,                 /* SET name TO DEFAULT */
    TB_SET_CURRENT,                 /* SET name FROM CURRENT (ALTER ROLE .. only) */
    TB_SET_RESET,                   /* RESET name */
    TB_SET_RESET_ALL,               /* RESET ALL */
    TB_SET_TRANSACTION,             /* SET TRANSACTION modes */
    TB_SET_SESSION_CHARACTERISTICS, /* SET SESSION CHARACTERISTICS AS TRANSACTION modes */
    TB_SET_SNAPSHOT                 /* SET TRANSACTION SNAPSHOT args[0] */
} tb_set_kind;

/* The special forms arrive under the setting's name: timezone (SET TIME ZONE; LOCAL and DEFAULT are
 * TB_SET_DEFAULT), client_encoding (SET NAMES), role (SET ROLE; NONE is the string 'none'),
 * session_authorization, search_path (SET SCHEMA), xmloption. Dotted names are joined with '.'.
 * Settings' names keep the case they were written in when quoted. */
typedef struct tb_ast_set {
    tb_ast base;
    tb_set_kind set;
    bool local;       /* SET LOCAL */
    const char *name; /* or NULL (the last four kinds) */
    tb_ast_list args; /* STRING, INTEGER, NUMERIC, BOOLEAN never (on/true/off are STRING);
                         CAST to interval of a string for SET TIME ZONE INTERVAL */
    tb_txn_modes modes;
} tb_ast_set;

/* name: as in SET; "transaction_isolation", "session_authorization", "all". */
typedef struct tb_ast_show {
    tb_ast base;
    const char *name;
} tb_ast_show;

typedef enum tb_txn_kind {
    TB_TXN_BEGIN,    /* BEGIN, START TRANSACTION */
    TB_TXN_COMMIT,   /* COMMIT, END */
    TB_TXN_ROLLBACK, /* ROLLBACK, ABORT */
    TB_TXN_SAVEPOINT,
    TB_TXN_RELEASE,
    TB_TXN_ROLLBACK_TO,
    TB_TXN_PREPARE, /* PREPARE TRANSACTION 'name' and the two below: refuse */
    TB_TXN_COMMIT_PREPARED,
    TB_TXN_ROLLBACK_PREPARED
} tb_txn_kind;

typedef struct tb_ast_transaction {
    tb_ast base;
    tb_txn_kind txn;
    bool start;         /* START TRANSACTION: its command tag differs from BEGIN's */
    bool chain;         /* AND CHAIN */
    const char *name;   /* savepoint or prepared transaction; or NULL */
    tb_txn_modes modes; /* BEGIN */
} tb_ast_transaction;

typedef struct tb_ast_prepare {
    tb_ast base;
    const char *name;
    tb_ast_list types; /* TYPE_NAME */
    tb_ast *stmt;      /* QUERY or WRITE */
} tb_ast_prepare;

typedef struct tb_ast_execute {
    tb_ast base;
    const char *name;
    tb_ast_list args;
} tb_ast_execute;

typedef struct tb_ast_deallocate {
    tb_ast base;
    const char *name; /* NULL = ALL */
} tb_ast_deallocate;

typedef struct tb_ast_declare_cursor {
    tb_ast base;
    const char *name;
    bool binary;
    bool insensitive;
    bool asensitive;
    bool hold;        /* WITH HOLD */
    tb_switch scroll; /* ON: SCROLL, OFF: NO SCROLL */
    tb_ast *query;    /* QUERY */
} tb_ast_declare_cursor;

typedef enum tb_fetch_dir {
    TB_FETCH_FORWARD,
    TB_FETCH_BACKWARD,
    TB_FETCH_ABSOLUTE,
    TB_FETCH_RELATIVE
} tb_fetch_dir;

#define TB_FETCH_ALL INT64_MAX

typedef struct tb_ast_fetch {
    tb_ast base;
    bool move;
    tb_fetch_dir dir;
    int64_t count; /* TB_FETCH_ALL = ALL; FIRST is ABSOLUTE 1, LAST is ABSOLUTE -1, PRIOR is
                      BACKWARD 1 */
    const char *name;
} tb_ast_fetch;

typedef struct tb_ast_close {
    tb_ast base;
    const char *name; /* NULL = ALL */
} tb_ast_close;

typedef enum tb_discard {
    TB_DISCARD_ALL,
    TB_DISCARD_PLANS,
    TB_DISCARD_SEQUENCES,
    TB_DISCARD_TEMP
} tb_discard;

typedef struct tb_ast_discard {
    tb_ast base;
    tb_discard target;
} tb_ast_discard;

typedef enum tb_notify_op { TB_NOTIFY, TB_LISTEN, TB_UNLISTEN } tb_notify_op;

typedef struct tb_ast_notify {
    tb_ast base;
    tb_notify_op op;
    const char *channel; /* NULL = UNLISTEN * */
    const char *payload; /* NOTIFY; or NULL */
} tb_ast_notify;

/* A statement of PostgreSQL that writes, read far enough to know that it is well-formed. Refuse it
 * with 25006 `cannot execute <tag> in a read-only transaction`. Statements that Tombolo does not
 * have in any form (0A000) never become a node. */
typedef struct tb_ast_write {
    tb_ast base;
    const char
        *tag; /* PostgreSQL's command tag: INSERT, CREATE TABLE, CREATE TABLE AS, LOCK TABLE .. */
} tb_ast_write;

/* ---- administration ---------------------------------------------------------------------------
 */

typedef enum tb_option_action {
    TB_OPTION_NONE, /* no word written: ADD in ALTER .. OPTIONS */
    TB_OPTION_ADD,
    TB_OPTION_SET,
    TB_OPTION_DROP
} tb_option_action;

/* name value pair of EXPLAIN, COPY, OPTIONS (..), CREATE ROLE, WITH (..). */
typedef struct tb_ast_option {
    tb_ast base;
    const char *name;
    tb_option_action action;
    tb_ast *value;      /* or NULL */
    tb_ast_list values; /* several values: COPY force_*, CREATE ROLE .. IN ROLE a, b (ROLE_SPEC) */
} tb_ast_option;

typedef enum tb_role_kind {
    TB_ROLE_NAMED,
    TB_ROLE_PUBLIC,
    TB_ROLE_CURRENT_ROLE,
    TB_ROLE_CURRENT_USER,
    TB_ROLE_SESSION_USER,
    TB_ROLE_USER /* the word USER: in user mappings */
} tb_role_kind;

typedef struct tb_ast_role_spec {
    tb_ast base;
    tb_role_kind role;
    const char *name; /* TB_ROLE_NAMED */
} tb_ast_role_spec;

/* What a statement is about. */
typedef enum tb_object {
    TB_OBJECT_TABLE, /* the word TABLE: a foreign table here, unless the catalog says otherwise */
    TB_OBJECT_FOREIGN_TABLE,
    TB_OBJECT_VIEW,
    TB_OBJECT_COLUMN,
    TB_OBJECT_SCHEMA,
    TB_OBJECT_SERVER,
    TB_OBJECT_WRAPPER, /* FOREIGN DATA WRAPPER */
    TB_OBJECT_ROLE,
    TB_OBJECT_DATABASE,
    TB_OBJECT_MASKING_POLICY,
    TB_OBJECT_ROW_ACCESS_POLICY,
    TB_OBJECT_ALL_TABLES /* GRANT .. ON ALL TABLES IN SCHEMA */
} tb_object;

typedef enum tb_behavior {
    TB_BEHAVIOR_DEFAULT,
    TB_BEHAVIOR_RESTRICT,
    TB_BEHAVIOR_CASCADE
} tb_behavior;

typedef struct tb_ast_create_server {
    tb_ast base;
    const char *name;
    bool if_not_exists;
    const char *type;    /* TYPE 'x'; or NULL */
    const char *version; /* VERSION 'x'; or NULL */
    const char *wrapper;
    tb_ast_list options; /* OPTION, values STRING */
} tb_ast_create_server;

typedef struct tb_ast_alter_server {
    tb_ast base;
    const char *name;
    bool has_version;
    const char *version; /* NULL with has_version: VERSION NULL */
    tb_ast_list options; /* OPTION with action */
} tb_ast_alter_server;

typedef struct tb_ast_create_mapping {
    tb_ast base;
    tb_ast *role; /* ROLE_SPEC */
    const char *server;
    bool if_not_exists;
    tb_ast_list options;
} tb_ast_create_mapping;

typedef struct tb_ast_alter_mapping {
    tb_ast base;
    tb_ast *role;
    const char *server;
    tb_ast_list options;
} tb_ast_alter_mapping;

typedef struct tb_ast_drop_mapping {
    tb_ast base;
    tb_ast *role;
    const char *server;
    bool if_exists;
} tb_ast_drop_mapping;

typedef enum tb_import_filter {
    TB_IMPORT_ALL,
    TB_IMPORT_LIMIT_TO,
    TB_IMPORT_EXCEPT
} tb_import_filter;

typedef struct tb_ast_import_schema {
    tb_ast base;
    const char *remote_schema;
    tb_import_filter filter;
    tb_name_list tables; /* LIMIT TO / EXCEPT */
    const char *server;
    const char *local_schema;
    tb_ast_list options;
} tb_ast_import_schema;

/* REFRESH FOREIGN SCHEMA schema [FROM SERVER server] */
typedef struct tb_ast_refresh_schema {
    tb_ast base;
    const char *schema;
    const char *server; /* or NULL */
} tb_ast_refresh_schema;

typedef struct tb_ast_create_foreign_table {
    tb_ast base;
    tb_qname name;
    bool if_not_exists;
    tb_ast_list columns; /* COLUMN_DEF */
    const char *server;
    tb_ast_list options;
} tb_ast_create_foreign_table;

typedef enum tb_alter_op {
    TB_ALTER_ADD_COLUMN,      /* def; missing_ok = IF NOT EXISTS */
    TB_ALTER_DROP_COLUMN,     /* column, behavior; missing_ok = IF EXISTS */
    TB_ALTER_COLUMN_TYPE,     /* column, def->type, def->collation */
    TB_ALTER_SET_NOT_NULL,    /* column */
    TB_ALTER_DROP_NOT_NULL,   /* column */
    TB_ALTER_COLUMN_OPTIONS,  /* column, options */
    TB_ALTER_TABLE_OPTIONS,   /* options */
    TB_ALTER_SET_VISIBLE,     /* column: classified, may be granted and read */
    TB_ALTER_SET_HIDDEN,      /* column */
    TB_ALTER_SET_MASKING,     /* column, policy, columns (USING; n = 0: the column itself) */
    TB_ALTER_UNSET_MASKING,   /* column */
    TB_ALTER_ADD_ROW_ACCESS,  /* policy, columns (ON; n may be 0) */
    TB_ALTER_DROP_ROW_ACCESS, /* policy */
    TB_ALTER_DROP_ALL_ROW_ACCESS,
    TB_ALTER_OWNER /* role */
} tb_alter_op;

/* ALTER TABLE | FOREIGN TABLE | VIEW name cmd, ..; RENAME is a RENAME. */
typedef struct tb_ast_alter_table {
    tb_ast base;
    tb_object object;
    tb_qname name;
    bool if_exists;
    tb_ast_list cmds; /* ALTER_TABLE_CMD */
} tb_ast_alter_table;

typedef struct tb_ast_alter_table_cmd {
    tb_ast base;
    tb_alter_op op;
    const char *column;
    bool missing_ok;
    tb_behavior behavior;
    tb_ast *def; /* COLUMN_DEF (name NULL in COLUMN_TYPE); or NULL */
    tb_ast_list options;
    tb_qname policy;
    tb_name_list columns;
    tb_ast *role; /* ROLE_SPEC; or NULL */
} tb_ast_alter_table_cmd;

typedef struct tb_ast_create_schema {
    tb_ast base;
    const char *name; /* NULL with owner: named like the role */
    tb_ast *owner;    /* ROLE_SPEC; or NULL */
    bool if_not_exists;
} tb_ast_create_schema;

typedef struct tb_ast_create_view {
    tb_ast base;
    tb_qname name;
    bool or_replace;
    tb_name_list columns;
    tb_ast_list options; /* WITH (security_barrier, security_invoker ..): OPTION */
    tb_ast *query;       /* QUERY */
} tb_ast_create_view;

/* DROP FOREIGN TABLE | VIEW | SCHEMA | SERVER | MASKING POLICY | ROW ACCESS POLICY names */
typedef struct tb_ast_drop {
    tb_ast base;
    tb_object object;
    tb_qname_list names;
    bool if_exists;
    tb_behavior behavior;
} tb_ast_drop;

/* ALTER .. name [RENAME [COLUMN] column] RENAME TO new_name */
typedef struct tb_ast_rename {
    tb_ast base;
    tb_object object; /* COLUMN: name is the relation */
    tb_qname name;
    const char *column; /* COLUMN; or NULL */
    const char *new_name;
    bool if_exists;
} tb_ast_rename;

/* ALTER SERVER | SCHEMA | VIEW | .. POLICY name OWNER TO role; tables use ALTER_TABLE. */
typedef struct tb_ast_alter_owner {
    tb_ast base;
    tb_object object;
    tb_qname name;
    bool if_exists;
    tb_ast *role; /* ROLE_SPEC */
} tb_ast_alter_owner;

typedef struct tb_ast_comment {
    tb_ast base;
    tb_object object;
    tb_qname name;      /* COLUMN: the relation */
    const char *column; /* COLUMN; or NULL */
    const char *text;   /* NULL = IS NULL: removes it */
} tb_ast_comment;

typedef enum tb_role_stmt { TB_ROLE_STMT_ROLE, TB_ROLE_STMT_USER, TB_ROLE_STMT_GROUP } tb_role_stmt;

/* Options are OPTION nodes named: login inherit system security auditor superuser createdb
 * createrole replication bypassrls (value BOOLEAN); password (STRING, or NULL constant; "encrypted"
 * is implied), connection_limit (INTEGER), valid_until (STRING); in_role role admin (values:
 * ROLE_SPEC). */
typedef struct tb_ast_create_role {
    tb_ast base;
    tb_role_stmt stmt; /* USER implies LOGIN */
    tb_ast *role; /* ROLE_SPEC; only TB_ROLE_NAMED is creatable, the binder raises 42939 else */
    tb_ast_list options;
} tb_ast_create_role;

/* ALTER ROLE | USER role options; ALTER GROUP role ADD | DROP USER members (members non-empty). */
typedef struct tb_ast_alter_role {
    tb_ast base;
    tb_role_stmt stmt;
    tb_ast *role;
    tb_ast_list options;
    bool drop_members;
    tb_ast_list members; /* ROLE_SPEC */
} tb_ast_alter_role;

/* ALTER ROLE role|ALL [IN DATABASE d] SET .. | RESET .. */
typedef struct tb_ast_alter_role_set {
    tb_ast base;
    tb_ast *role;         /* ROLE_SPEC; NULL = ALL */
    const char *database; /* or NULL */
    tb_ast *set;          /* SET */
} tb_ast_alter_role_set;

typedef struct tb_ast_drop_role {
    tb_ast base;
    tb_ast_list roles; /* ROLE_SPEC */
    bool if_exists;
} tb_ast_drop_role;

/* GRANT a, b TO c [WITH ADMIN OPTION]; REVOKE [ADMIN OPTION FOR] a FROM c */
typedef struct tb_ast_grant_role {
    tb_ast base;
    bool revoke;
    tb_name_list roles;
    tb_ast_list grantees; /* ROLE_SPEC */
    bool admin_option;    /* REVOKE: ADMIN OPTION FOR, only the option is revoked */
    tb_ast *granted_by;   /* ROLE_SPEC; or NULL */
    tb_behavior behavior;
} tb_ast_grant_role;

/* GRANT privileges ON objects TO grantees */
typedef struct tb_ast_grant {
    tb_ast base;
    bool revoke;
    tb_ast_list privileges; /* PRIVILEGE; n = 0: ALL [PRIVILEGES] */
    tb_object
        object; /* TABLE, SCHEMA, SERVER, WRAPPER, DATABASE, ALL_TABLES (objects are schemas) .. */
    tb_qname_list objects;
    tb_ast_list grantees; /* ROLE_SPEC */
    bool grant_option;    /* WITH GRANT OPTION; REVOKE: GRANT OPTION FOR */
    tb_ast *granted_by;   /* or NULL */
    tb_behavior behavior;
} tb_ast_grant;

typedef struct tb_ast_privilege {
    tb_ast base;
    const char *name;     /* lower-case: select, usage, all (with columns) .. */
    tb_name_list columns; /* SELECT (a, b) */
} tb_ast_privilege;

/* GRANT SHIP KEYS ON COLUMN d.t.c, .. TO SERVER s, ..; REVOKE .. FROM SERVER s, .. */
typedef struct tb_ast_grant_ship {
    tb_ast base;
    bool revoke;
    tb_ast_list columns; /* COLUMN_REF with 2..4 names */
    tb_name_list servers;
} tb_ast_grant_ship;

typedef enum tb_policy_kind { TB_POLICY_MASKING, TB_POLICY_ROW_ACCESS } tb_policy_kind;

/* CREATE MASKING | ROW ACCESS POLICY name AS (args) RETURNS type -> body [COMMENT = '..'] */
typedef struct tb_ast_create_policy {
    tb_ast base;
    tb_policy_kind policy;
    tb_qname name;
    bool or_replace;
    bool if_not_exists;
    tb_ast_list args;    /* POLICY_ARG */
    tb_ast *returns;     /* TYPE_NAME */
    tb_ast *body;        /* expression; its text: tb_ast_print() */
    const char *comment; /* or NULL */
} tb_ast_create_policy;

/* ALTER .. POLICY name SET BODY -> body | SET COMMENT = '..' | UNSET COMMENT; else RENAME,
 * ALTER_OWNER */
typedef struct tb_ast_alter_policy {
    tb_ast base;
    tb_policy_kind policy;
    tb_qname name;
    bool if_exists;
    tb_ast *body;        /* SET BODY; NULL: the comment is what changes */
    const char *comment; /* NULL with body NULL: UNSET COMMENT */
} tb_ast_alter_policy;

typedef struct tb_ast_policy_arg {
    tb_ast base;
    const char *name;
    tb_ast *type; /* TYPE_NAME */
} tb_ast_policy_arg;

#endif
