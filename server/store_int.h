/* SPDX-License-Identifier: Apache-2.0
 * Shared by store.c, catalog_*.c and admin*.c only.
 */
#ifndef TB_SERVER_STORE_INT_H
#define TB_SERVER_STORE_INT_H

#include "server/seal.h"
#include "server/store.h"

#include <pthread.h>
#include <sqlite3.h>

struct tb_store {
    char *dir;
    sqlite3 *db;
    uint8_t *keys;          /* locked page: key file, then token key */
    pthread_mutex_t change; /* one administration statement at a time; guards db */
    pthread_mutex_t swap;   /* guards current */
    tb_catalog *current;
    int64_t next_oid; /* valid inside a change */
};

static inline const uint8_t *tbi_srv_seal_key(const tb_store *store)
{
    return store->keys;
}

/* ---- the file ---- */

/* Runs one statement with bound arguments. types: 'i' int64_t, 's' const char * (NULL allowed), 'b'
 * const void * + size_t, 'd' double. Any failure is 58030 (58030 covers "disk full" of the catalog)
 * without SQL text. */
tb_rc tbi_srv_run(tb_store *store, tb_error *err, const char *sql, const char *types,
                  ...) TB_MUSTUSE;
/* The same, returning a statement to step through; NULL on failure. The caller finalizes it. */
sqlite3_stmt *tbi_srv_query(tb_store *store, tb_error *err, const char *sql, const char *types,
                            ...);
/* First column of the first row; `missing` when there is no row. */
int64_t tbi_srv_int(tb_store *store, int64_t missing, const char *sql, const char *types, ...);
tb_rc tbi_srv_begin(tb_store *store, tb_error *err) TB_MUSTUSE;
tb_rc tbi_srv_commit(tb_store *store, tb_error *err) TB_MUSTUSE;
void tbi_srv_rollback(tb_store *store);
/* Next stable OID (>= 16384); never given twice, also not after a drop. */
tb_oid tbi_srv_new_oid(tb_store *store);
/* Text column copied to the arena; NULL for NULL. */
const char *tbi_srv_text(tb_arena *arena, sqlite3_stmt *q, int col);

/* Unsealed options of one mapping; strings in the arena, to be wiped. */
tb_rc tbi_srv_read_mapping(tb_store *store, int64_t mapping, tb_arena *arena, tb_option **options,
                           uint32_t *n, tb_error *err) TB_MUSTUSE;

/* ---- catalog_load.c ---- */

/* Reads the whole file into a new, sealed snapshot with one reference. */
tb_rc tbi_srv_catalog_load(tb_store *store, tb_catalog **out, tb_error *err) TB_MUSTUSE;

/* ---- administration: each admin_*.c handles some statement kinds inside one open transaction ----
 */

typedef struct tbi_srv_admin {
    tb_store *store;
    const tb_admin_cx *cx;
    const tb_catalog *cat; /* the snapshot before the statement */
    const tb_role *role;   /* current role */
    tb_arena *arena;
    tb_admin_result *out;
} tbi_srv_admin;

typedef tb_rc (*tbi_srv_admin_fn)(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err);

#define TBI_ADMIN(name)                                                                            \
    tb_rc tbi_srv_admin_##name(tbi_srv_admin *a, const tb_ast *stmt, tb_error *err)
TBI_ADMIN(create_server);
TBI_ADMIN(alter_server);
TBI_ADMIN(create_mapping);
TBI_ADMIN(alter_mapping);
TBI_ADMIN(drop_mapping);
TBI_ADMIN(import_schema);
TBI_ADMIN(refresh_schema);
TBI_ADMIN(create_foreign_table);
TBI_ADMIN(alter_table);
TBI_ADMIN(create_schema);
TBI_ADMIN(create_view);
TBI_ADMIN(drop);
TBI_ADMIN(rename);
TBI_ADMIN(alter_owner);
TBI_ADMIN(comment);
TBI_ADMIN(create_role);
TBI_ADMIN(alter_role);
TBI_ADMIN(alter_role_set);
TBI_ADMIN(drop_role);
TBI_ADMIN(grant_role);
TBI_ADMIN(grant);
TBI_ADMIN(grant_ship);
TBI_ADMIN(create_policy);
TBI_ADMIN(alter_policy);
#undef TBI_ADMIN

/* Duties exclude each other, also through memberships, and exclude owning or reading data; checked
 * on the file as changed. */
tb_rc tbi_srv_check_duties(tbi_srv_admin *a, tb_error *err) TB_MUSTUSE;

/* ---- admin_names.c: who and what a statement names, with the privilege rules ---- */

void tbi_srv_tag(tbi_srv_admin *a, const char *tag);
void tbi_srv_notice(tbi_srv_admin *a, const char *fmt, ...) TB_PRINTF(2, 3);
/* 42501 unless the current role has the duty. */
tb_rc tbi_srv_need_system(tbi_srv_admin *a, const char *what, tb_error *err) TB_MUSTUSE;
tb_rc tbi_srv_need_security(tbi_srv_admin *a, const char *what, tb_error *err) TB_MUSTUSE;
/* The subject is (a member of) the role. */
bool tbi_srv_is(const tbi_srv_admin *a, tb_oid role);
/* 42501 "must be owner of ..." */
tb_rc tbi_srv_need_owner(tbi_srv_admin *a, tb_oid owner, const char *kind, const char *name,
                         tb_error *err) TB_MUSTUSE;
tb_rc tbi_srv_role_spec(tbi_srv_admin *a, const tb_ast *spec, const tb_role **out,
                        tb_error *err) TB_MUSTUSE; /* PUBLIC: *out = NULL */
tb_rc tbi_srv_find_schema(tbi_srv_admin *a, const char *name, int pos, const tb_schema **out,
                          tb_error *err) TB_MUSTUSE;
tb_rc tbi_srv_find_server(tbi_srv_admin *a, const char *name, int pos, const tb_server **out,
                          tb_error *err) TB_MUSTUSE;
/* Qualified, or found along the search path. 42P01; invisible to the subject = 42P01 as well. */
tb_rc tbi_srv_find_relation(tbi_srv_admin *a, const tb_qname *name, const tb_relation **out,
                            tb_error *err) TB_MUSTUSE;
tb_rc tbi_srv_find_policy(tbi_srv_admin *a, const tb_qname *name, bool row_access,
                          const tb_policy **out, tb_error *err) TB_MUSTUSE;
/* Schema for a new object: qualified, or the first of the search path. The subject must own it. */
tb_rc tbi_srv_creation_schema(tbi_srv_admin *a, const tb_qname *name, const tb_schema **out,
                              tb_error *err) TB_MUSTUSE;
/* Column number of a visible column; hidden ones only when `hidden_too`. 42703. */
tb_rc tbi_srv_find_column(const tb_relation *rel, const char *name, int pos, bool hidden_too,
                          uint16_t *out, tb_error *err) TB_MUSTUSE;
/* TYPE_NAME to a type with modifier. 42704, 0A000. */
tb_rc tbi_srv_type(const tb_ast *type_name, tb_type *out, tb_error *err) TB_MUSTUSE;
/* String value of an OPTION node. 22023 when it is not a string. */
tb_rc tbi_srv_option_text(const tb_ast_option *o, const char **out, tb_error *err) TB_MUSTUSE;
/* Merges OPTIONS (ADD|SET|DROP ...) into old options; result in the arena. 42704, 42710. */
tb_rc tbi_srv_merge_options(tbi_srv_admin *a, const tb_option *old, uint32_t nold,
                            const tb_ast_list *changes, tb_option **out, uint32_t *n,
                            tb_error *err) TB_MUSTUSE;
/* Replaces the stored options of a server, table (attno -1) or column. */
tb_rc tbi_srv_write_options(tbi_srv_admin *a, tb_oid object, int attno, const tb_option *options,
                            uint32_t n, tb_error *err) TB_MUSTUSE;

#endif
