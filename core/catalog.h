/* SPDX-License-Identifier: Apache-2.0
 * Catalog snapshot: servers, schemas, relations, roles, grants and policies as one immutable,
 * reference-counted value. A statement sees one snapshot from parse to end. The server builds a new
 * one after each catalog change and swaps it.
 *
 * Everything is owned by the snapshot's arena; pointers live as long as the snapshot is referenced.
 */
#ifndef TB_CORE_CATALOG_H
#define TB_CORE_CATALOG_H

#include "core/error.h"
#include "core/type.h"

#include "core/arena.h"

typedef uint32_t tb_oid;

typedef struct tb_option {
    const char *name;
    const char *value;
} tb_option;

typedef struct tb_role {
    tb_oid oid;
    const char *name;
    bool can_login, inherit;
    bool system, security,
        auditor;             /* three-role separation: they exclude each other; none reads data */
    int connection_limit;    /* -1 = none */
    const char *verifier;    /* SCRAM-SHA-256 verifier or NULL */
    const char *valid_until; /* ISO timestamp or NULL */
    uint32_t nmember_of;
    const tb_oid *member_of;  /* direct memberships */
    const bool *member_admin; /* WITH ADMIN OPTION, per membership */
    const char *comment;
} tb_role;

typedef struct tb_server {
    tb_oid oid;
    const char *name;
    const char *driver; /* foreign data wrapper: "sqlite", "postgres", ... or "internal" for catalog
                           tables */
    const char *dialect; /* dialect file name; default by driver */
    tb_oid owner;
    uint32_t noptions;
    const tb_option *options;
    bool fence_verified; /* the probe at registration found no leak */
    const char *comment;
} tb_server;

typedef struct tb_schema {
    tb_oid oid;
    const char *name;
    tb_oid owner; /* the department's role */
    const char *comment;
} tb_schema;

/* Policies: the body is kept as text (as written) and bound anew per statement by policy/. */
typedef struct tb_policy_arg {
    const char *name;
    tb_type type;
} tb_policy_arg;

typedef struct tb_policy {
    tb_oid oid;
    const tb_schema *schema;
    const char *name;
    bool row_access; /* else masking */
    tb_oid owner;
    uint32_t version;
    uint32_t nargs;
    const tb_policy_arg *args;
    tb_type returns;
    const char *body; /* SQL expression over the argument names */
    const char *comment;
} tb_policy;

/* A policy bound to a table: args[i] is the 0-based column that feeds argument i. */
typedef struct tb_policy_use {
    const tb_policy *policy;
    const uint16_t *args;
} tb_policy_use;

typedef struct tb_column {
    const char *name;
    tb_type type;
    bool not_null;
    bool hidden;             /* drifted and not classified: invisible to everyone */
    const char *remote_name; /* in the source */
    const char *remote_type; /* declared type in the source, as its catalog spells it */
    uint32_t noptions;
    const tb_option *options;
    const char *comment;
    tb_policy_use mask; /* policy NULL = none */
    double ndv;         /* distinct values estimate, 0 = unknown; counts only, never values */
    double null_frac;
} tb_column;

typedef enum tb_relkind { TB_REL_FOREIGN, TB_REL_VIEW, TB_REL_INTERNAL } tb_relkind;

typedef struct tb_relation {
    tb_oid oid;
    tb_relkind kind;
    const tb_schema *schema;
    const char *name;
    tb_oid owner;
    uint16_t ncols;
    const tb_column *cols;
    uint16_t npk; /* primary key columns known, 0 = none */
    const uint16_t *pk;
    const char *comment;
    /* foreign tables */
    const tb_server *server;
    const char *remote_schema; /* or NULL */
    const char *remote_name;
    uint32_t noptions;
    const tb_option *options;
    double rows; /* estimate, < 0 = unknown */
    uint32_t nrow_policies;
    const tb_policy_use *row_policies;
    /* views */
    const char *view_sql; /* SELECT text, names fully qualified at creation */
    /* internal catalog tables: key into the server's provider table */
    int provider;
} tb_relation;

typedef enum tb_privilege {
    TB_PRIV_SELECT = 1,
    TB_PRIV_USAGE = 2,
    TB_PRIV_GRANT = 0x80
} tb_privilege;
typedef enum tb_objkind { TB_OBJ_RELATION, TB_OBJ_SCHEMA, TB_OBJ_SERVER } tb_objkind;

typedef struct tb_grant {
    tb_objkind kind;
    tb_oid object;
    int16_t column; /* 0-based column of a relation, -1 = the whole object */
    tb_oid grantee; /* 0 = PUBLIC */
    tb_oid grantor;
    uint32_t privs; /* tb_privilege bits */
    uint32_t grantable;
} tb_grant;

typedef struct tb_catalog {
    tb_arena *arena;
    uint64_t version; /* grows with every change; plans are keyed by it */
    uint32_t nroles;
    const tb_role *roles;
    uint32_t nservers;
    const tb_server *servers;
    uint32_t nschemas;
    const tb_schema *schemas;
    uint32_t nrelations;
    const tb_relation *relations; /* sorted by oid */
    uint32_t npolicies;
    const tb_policy *policies;
    uint32_t ngrants;
    const tb_grant *grants;         /* sorted by (kind, object) */
    struct tb_catalog_index *index; /* name lookups, built by tb_catalog_seal() */
    _Atomic int refs;
} tb_catalog;

/* Builds the indexes after the arrays are filled. */
void tb_catalog_seal(tb_catalog *cat);
tb_catalog *tb_catalog_ref(tb_catalog *cat);
void tb_catalog_unref(tb_catalog *cat); /* frees with the last reference */

/* Lookups; NULL when absent. Names are exact (already case-folded by the parser). */
const tb_schema *tb_catalog_schema(const tb_catalog *cat, const char *name);
const tb_schema *tb_catalog_schema_by_oid(const tb_catalog *cat, tb_oid oid);
const tb_relation *tb_catalog_relation(const tb_catalog *cat, const char *schema, const char *name);
const tb_relation *tb_catalog_relation_by_oid(const tb_catalog *cat, tb_oid oid);
const tb_server *tb_catalog_server(const tb_catalog *cat, const char *name);
const tb_role *tb_catalog_role(const tb_catalog *cat, const char *name);
const tb_role *tb_catalog_role_by_oid(const tb_catalog *cat, tb_oid oid);
const tb_policy *tb_catalog_policy(const tb_catalog *cat, const char *schema, const char *name,
                                   bool row_access);
/* 0-based column number, -1 if absent. Hidden columns are not found. */
int tb_relation_column(const tb_relation *rel, const char *name);
const char *tb_option_get(const tb_option *options, uint32_t n, const char *name);

/* Who asks: resolved once per statement. */
typedef struct tb_subject {
    tb_oid session_user; /* authenticated role */
    tb_oid role;         /* current role (SET ROLE) */
    uint32_t nroles;
    const tb_oid *roles; /* role and every role it inherits, itself included */
    bool duty; /* one of these roles is system, security or auditor: reads no department's data */
    bool inspects; /* an auditor's EXPLAIN: may name every department's tables; such a statement
                      never runs */
    const char *purpose; /* SET tombolo.purpose, or NULL */
} tb_subject;

/* Fills roles with the closure of inherited memberships. */
void tb_subject_init(tb_subject *s, tb_arena *arena, const tb_catalog *cat, tb_oid session_user,
                     tb_oid role);
bool tb_subject_has_role(const tb_subject *s, tb_oid role);

/* Privilege checks. Owners hold all privileges on their objects; system, security and auditor
 * attributes give none. Internal catalog tables are readable by everyone (their rows are filtered
 * instead). */
bool tb_may_use_schema(const tb_catalog *cat, const tb_subject *s, const tb_schema *schema);
/* SELECT on the column (col >= 0), or on at least one column (col == -1). */
bool tb_may_select(const tb_catalog *cat, const tb_subject *s, const tb_relation *rel, int col);
/* Somebody was granted something on it or owns its schema: else it is invisible to s. */
bool tb_relation_visible(const tb_catalog *cat, const tb_subject *s, const tb_relation *rel);

#endif
