/* SPDX-License-Identifier: Apache-2.0
 * The catalog file: an SQLite database in the data directory, changed only through our DDL, plus
 * the key file that seals secrets. Readers take immutable snapshots (core/catalog.h); a change
 * commits to the file first and then swaps the snapshot.
 *
 * Thread-safe: changes are serialised by the store, snapshots are reference-counted.
 */
#ifndef TB_SERVER_STORE_H
#define TB_SERVER_STORE_H

#include "core/catalog.h"
#include "core/buf.h"
#include "core/connector.h"
#include "parser/ast.h"

typedef struct tb_store tb_store;

enum { TB_STORE_SCHEMA_VERSION = 1 }; /* a file with a newer version is refused */

/* Creates DIR (0700) with tombolo.key (32 random bytes, 0600; one that is there already stays),
 * catalog.db and the first role: `admin` holds the system and security duties only until it hands
 * them over (CREATE ROLE … SECURITY), and can never read a department's data unless granted.
 * verifier: SCRAM-SHA-256 verifier text. token_key: 32 bytes for MASK_TOKEN, NULL = random. 42710
 * if DIR holds a catalog. */
tb_rc tb_store_init(const char *dir, const char *admin, const char *verifier,
                    const uint8_t *token_key, tb_error *err) TB_MUSTUSE;

/* Opens DIR/catalog.db (upgrading an older schema version in one transaction) and DIR/tombolo.key.
 */
tb_rc tb_store_open(const char *dir, tb_store **out, tb_error *err) TB_MUSTUSE;
void tb_store_close(tb_store *store);

/* Current snapshot, with a reference the caller drops (tb_catalog_unref). Never NULL. */
tb_catalog *tb_store_snapshot(tb_store *store);
/* 32-byte key of MASK_TOKEN, unsealed in locked memory; valid as long as the store. */
const uint8_t *tb_store_token_key(const tb_store *store);

/* Who executes an administration statement and what it may use. */
typedef struct tb_admin_cx {
    const tb_subject *subject;
    bool installer; /* rebuilding from a dump, without a server running: no privilege applies */
    const char *query_id;
    const char *const *search_path; /* for unqualified names */
    uint32_t nsearch_path;
    tb_arena *arena;                                          /* results live here */
    const tb_connector_ops *(*connector)(const char *driver); /* NULL = unknown driver */
    const tb_connector_host *host;
    /* Checks that a view's query or a policy body binds, before it is stored; view_cols gets its
     * columns. */
    tb_rc (*check_view)(void *ctx, const char *sql, tb_arena *arena, tb_column **cols,
                        uint16_t *ncols, tb_error *err);
    tb_rc (*check_policy)(void *ctx, const tb_policy *policy, tb_error *err);
    /* Makes a SCRAM verifier of a clear-text password (a verifier text passes unchanged). */
    tb_rc (*make_verifier)(const char *password, tb_arena *arena, const char **out, tb_error *err);
    void *ctx;
} tb_admin_cx;

/* What the client sees of an administration statement: a command tag, notices, sometimes rows
 * (REFRESH FOREIGN SCHEMA). */
typedef struct tb_admin_result {
    const char *tag; /* "CREATE SERVER" */
    TB_LIST(const char *) notices;
    uint32_t ncols;           /* 0 = no rows */
    const char *const *names; /* all text */
    TB_LIST(const char *const *) rows;
} tb_admin_result;

/* True for the statement kinds tb_store_execute() takes. */
bool tb_store_is_admin(const tb_ast *stmt);
/* Executes one administration statement in one catalog transaction; on failure nothing changed. */
tb_rc tb_store_execute(tb_store *store, const tb_admin_cx *cx, const tb_ast *stmt,
                       tb_admin_result *out, tb_error *err) TB_MUSTUSE;

/* Options of the user mapping that applies to the subject on a server (role's own, else PUBLIC),
 * secrets unsealed; n = 0 when there is none. Zeroise with tb_store_mapping_wipe(). */
tb_rc tb_store_mapping(tb_store *store, const tb_server *server, const tb_subject *subject,
                       tb_arena *arena, tb_option **options, uint32_t *n, tb_error *err) TB_MUSTUSE;
void tb_store_mapping_wipe(tb_option *options, uint32_t n);

/* A .sql script that rebuilds an equal catalog (secrets still sealed, so under the same key file),
 * for `tombolo dump`; run it with tb_admin_cx.installer. OIDs, estimates and probe results are not
 * part of it. */
#define TB_DUMP_TOKEN_LINE "-- Token key, sealed: " /* then hexadecimal digits */
tb_rc tb_store_dump(tb_store *store, tb_buf *out, tb_error *err) TB_MUSTUSE;

#endif
