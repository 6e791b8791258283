/* SPDX-License-Identifier: Apache-2.0
 * The catalog file and the current snapshot.
 *
 * Entry points: tb_store_init, tb_store_open, tb_store_snapshot, tb_store_execute (dispatch in
 * admin.c), tb_store_mapping.
 */
#include "server/store_int.h"

#include "server/catalog_schema.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { FIRST_OID = 16384, KEYS_BYTES = 4096 };

/* ---- statements ---- */

static tb_rc file_error(tb_store *store, tb_error *err)
{
    int rc = sqlite3_errcode(store->db) & 0xff;
    if (rc == SQLITE_FULL)
        return TB_RAISE(err, TB_E_DISK_FULL, "no space left for the catalog");
    if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
        return TB_RAISE(err, TB_E_DATA_CORRUPTED, "the catalog file is damaged");
    return TB_RAISE(err, TB_E_IO_ERROR, "the catalog file cannot be read or written (code %d)", rc);
}

static int bind_args(sqlite3_stmt *q, const char *types, va_list ap)
{
    int rc = SQLITE_OK;
    for (int i = 1; *types != '\0' && rc == SQLITE_OK; types++, i++) {
        if (*types == 'i')
            rc = sqlite3_bind_int64(q, i, va_arg(ap, int64_t));
        else if (*types == 'd')
            rc = sqlite3_bind_double(q, i, va_arg(ap, double));
        else if (*types == 's')
            rc = sqlite3_bind_text(q, i, va_arg(ap, const char *), -1, SQLITE_TRANSIENT);
        else {
            TB_CHECK(*types == 'b');
            const void *bytes = va_arg(ap, const void *);
            rc = sqlite3_bind_blob64(q, i, bytes, va_arg(ap, size_t), SQLITE_TRANSIENT);
        }
    }
    return rc;
}

static sqlite3_stmt *prepare(tb_store *store, const char *sql, const char *types, va_list ap)
{
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(store->db, sql, -1, &q, NULL) == SQLITE_OK &&
        bind_args(q, types, ap) == SQLITE_OK)
        return q;
    sqlite3_finalize(q);
    return NULL;
}

sqlite3_stmt *tbi_srv_query(tb_store *store, tb_error *err, const char *sql, const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    sqlite3_stmt *q = prepare(store, sql, types, ap);
    va_end(ap);
    if (q == NULL)
        (void)file_error(store, err);
    return q;
}

tb_rc tbi_srv_run(tb_store *store, tb_error *err, const char *sql, const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    sqlite3_stmt *q = prepare(store, sql, types, ap);
    va_end(ap);
    int rc = q == NULL ? SQLITE_ERROR : sqlite3_step(q);
    tb_rc result = rc == SQLITE_DONE || rc == SQLITE_ROW ? TB_OK : file_error(store, err);
    sqlite3_finalize(q);
    return result;
}

int64_t tbi_srv_int(tb_store *store, int64_t missing, const char *sql, const char *types, ...)
{
    va_list ap;
    va_start(ap, types);
    sqlite3_stmt *q = prepare(store, sql, types, ap);
    va_end(ap);
    int64_t value =
        q != NULL && sqlite3_step(q) == SQLITE_ROW ? sqlite3_column_int64(q, 0) : missing;
    sqlite3_finalize(q);
    return value;
}

const char *tbi_srv_text(tb_arena *arena, sqlite3_stmt *q, int col)
{
    const unsigned char *s = sqlite3_column_text(q, col);
    return s == NULL ? NULL : tb_arena_strdup(arena, (const char *)s);
}

tb_rc tbi_srv_begin(tb_store *store, tb_error *err)
{
    TB_TRY(tbi_srv_run(store, err, "BEGIN IMMEDIATE", ""));
    store->next_oid =
        tbi_srv_int(store, FIRST_OID, "SELECT value FROM meta WHERE key = 'next_oid'", "");
    return TB_OK;
}

tb_rc tbi_srv_commit(tb_store *store, tb_error *err)
{
    TB_TRY(tbi_srv_run(store, err, "INSERT OR REPLACE INTO meta VALUES ('next_oid', ?1)", "i",
                       store->next_oid));
    TB_TRY(tbi_srv_run(store, err,
                       "INSERT INTO meta VALUES ('catalog_version', 1) ON CONFLICT (key) DO UPDATE "
                       "SET value = value + 1",
                       ""));
    return tbi_srv_run(store, err, "COMMIT", "");
}

void tbi_srv_rollback(tb_store *store)
{
    tb_error ignored = {.position = -1};
    (void)!tbi_srv_run(store, &ignored, "ROLLBACK", "");
}

tb_oid tbi_srv_new_oid(tb_store *store)
{
    return (tb_oid)store->next_oid++;
}

/* ---- opening ---- */

static char *path_of(const char *dir, const char *file)
{
    size_t n = strlen(dir) + strlen(file) + 2;
    char *path = tb_xmalloc(n);
    snprintf(path, n, "%s/%s", dir, file);
    return path;
}

static uint8_t *locked_page(void)
{
    uint8_t *p = mmap(NULL, KEYS_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TB_CHECK(p != MAP_FAILED);
    (void)mlock(p, KEYS_BYTES); /* best effort: the limit may be zero */
    (void)madvise(p, KEYS_BYTES, MADV_DONTDUMP);
    return p;
}

static tb_rc open_file(tb_store *store, int flags, tb_error *err)
{
    char *path = path_of(store->dir, "catalog.db");
    int rc = sqlite3_open_v2(path, &store->db, flags | SQLITE_OPEN_FULLMUTEX, NULL);
    free(path);
    if (rc != SQLITE_OK)
        return TB_RAISE(err, TB_E_IO_ERROR, "could not open the catalog in \"%s\"", store->dir);
    sqlite3_busy_timeout(store->db, 5000);
    TB_TRY(tbi_srv_run(store, err, "PRAGMA foreign_keys = ON", ""));
    TB_TRY(tbi_srv_run(store, err, "PRAGMA synchronous = FULL", ""));
    return tbi_srv_run(store, err, "PRAGMA journal_mode = DELETE", "");
}

static tb_store *store_new(const char *dir)
{
    tb_store *store = tb_xcalloc(1, sizeof *store);
    store->dir = tb_xstrdup(dir);
    store->keys = locked_page();
    pthread_mutex_init(&store->change, NULL);
    pthread_mutex_init(&store->swap, NULL);
    return store;
}

void tb_store_close(tb_store *store)
{
    if (store == NULL)
        return;
    if (store->current != NULL)
        tb_catalog_unref(store->current);
    sqlite3_close(store->db);
    OPENSSL_cleanse(store->keys, KEYS_BYTES);
    munmap(store->keys, KEYS_BYTES);
    pthread_mutex_destroy(&store->change);
    pthread_mutex_destroy(&store->swap);
    free(store->dir);
    free(store);
}

static tb_rc read_key(tb_store *store, tb_error *err)
{
    char *path = path_of(store->dir, "tombolo.key");
    tb_rc rc = tb_key_read(path, store->keys, err);
    free(path);
    return rc;
}

/* Version 1 is the first: later ones add their steps here, oldest first, each in one transaction.
 */
static tb_rc upgrade(tb_store *store, tb_error *err)
{
    int64_t version =
        tbi_srv_int(store, -1, "SELECT value FROM meta WHERE key = 'schema_version'", "");
    if (version < 1)
        return TB_RAISE(err, TB_E_DATA_CORRUPTED, "\"%s\" does not hold a Tombolo catalog",
                        store->dir);
    if (version > TB_STORE_SCHEMA_VERSION) {
        TB_RAISE(err, TB_E_OBJECT_NOT_IN_PREREQUISITE_STATE,
                 "the catalog has version %d, this server knows version %d", (int)version,
                 (int)TB_STORE_SCHEMA_VERSION);
        tb_error_hint(err, "Start the release that wrote the catalog, or a newer one.");
        return TB_FAIL;
    }
    return TB_OK;
}

static tb_rc unseal_token_key(tb_store *store, tb_error *err)
{
    sqlite3_stmt *q =
        tbi_srv_query(store, err, "SELECT value FROM meta WHERE key = 'token_key'", "");
    if (q == NULL)
        return TB_FAIL;
    char plain[TB_KEY_BYTES + 1];
    size_t len = 0;
    tb_rc rc = TB_FAIL;
    if (sqlite3_step(q) == SQLITE_ROW &&
        sqlite3_column_bytes(q, 0) == TB_KEY_BYTES + TB_SEAL_OVERHEAD)
        rc = tb_unseal(store->keys, "token key", sqlite3_column_blob(q, 0),
                       TB_KEY_BYTES + TB_SEAL_OVERHEAD, plain, &len, err);
    else
        TB_RAISE(err, TB_E_DATA_CORRUPTED, "the catalog holds no token key");
    sqlite3_finalize(q);
    if (rc == TB_OK)
        memcpy(store->keys + TB_KEY_BYTES, plain, TB_KEY_BYTES);
    OPENSSL_cleanse(plain, sizeof plain);
    return rc;
}

static tb_rc open_store(tb_store *store, tb_error *err)
{
    TB_TRY(read_key(store, err));
    TB_TRY(open_file(store, SQLITE_OPEN_READWRITE, err));
    TB_TRY(upgrade(store, err));
    TB_TRY(unseal_token_key(store, err));
    return tbi_srv_catalog_load(store, &store->current, err);
}

tb_rc tb_store_open(const char *dir, tb_store **out, tb_error *err)
{
    tb_store *store = store_new(dir);
    if (open_store(store, err) != TB_OK) {
        tb_store_close(store);
        return TB_FAIL;
    }
    *out = store;
    return TB_OK;
}

/* ---- creating ---- */

static tb_rc write_first_rows(tb_store *store, const char *admin, const char *verifier,
                              const uint8_t *token_key, tb_error *err)
{
    uint8_t sealed[TB_KEY_BYTES + TB_SEAL_OVERHEAD];
    TB_TRY(tb_seal(store->keys, "token key", token_key, TB_KEY_BYTES, sealed, err));
    TB_TRY(tbi_srv_run(store, err, "INSERT INTO meta VALUES ('schema_version', ?1)", "i",
                       (int64_t)TB_STORE_SCHEMA_VERSION));
    TB_TRY(tbi_srv_run(store, err, "INSERT INTO meta VALUES ('token_key', ?1)", "b",
                       (const void *)sealed, sizeof sealed));
    TB_TRY(tbi_srv_run(store, err,
                       "INSERT INTO role VALUES (?1, ?2, 1, 1, 0, 1, 0, -1, ?3, NULL, NULL)", "iss",
                       (int64_t)FIRST_OID, admin, verifier));
    store->next_oid = FIRST_OID + 1;
    return tbi_srv_commit(store, err);
}

static tb_rc create_file(tb_store *store, const char *admin, const char *verifier,
                         const uint8_t *token_key, tb_error *err)
{
    uint8_t random[TB_KEY_BYTES];
    TB_CHECK(RAND_bytes(random, sizeof random) == 1);
    TB_TRY(open_file(store, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err));
    TB_TRY(tbi_srv_run(store, err, "BEGIN IMMEDIATE", ""));
    if (sqlite3_exec(store->db, tb_catalog_schema_sql, NULL, NULL, NULL) != SQLITE_OK)
        return file_error(store, err);
    tb_rc rc =
        write_first_rows(store, admin, verifier, token_key != NULL ? token_key : random, err);
    OPENSSL_cleanse(random, sizeof random);
    return rc;
}

tb_rc tb_store_init(const char *dir, const char *admin, const char *verifier,
                    const uint8_t *token_key, tb_error *err)
{
    if (mkdir(dir, 0700) != 0 && errno != EEXIST)
        return TB_RAISE(err, TB_E_IO_ERROR, "could not create directory \"%s\": %s", dir,
                        strerror(errno));
    char *catalog = path_of(dir, "catalog.db");
    struct stat st;
    bool exists = stat(catalog, &st) == 0;
    free(catalog);
    if (exists)
        return TB_RAISE(err, TB_E_DUPLICATE_OBJECT, "\"%s\" already holds a catalog", dir);
    char *key = path_of(dir, "tombolo.key");
    /* a key file that is there already is the one a dump was sealed with */
    tb_rc rc = stat(key, &st) == 0 ? TB_OK : tb_key_create(key, err);
    free(key);
    if (rc != TB_OK)
        return TB_FAIL;
    tb_store *store = store_new(dir);
    rc = read_key(store, err) == TB_OK ? create_file(store, admin, verifier, token_key, err)
                                       : TB_FAIL;
    tb_store_close(store);
    return rc;
}

/* ---- reading ---- */

tb_catalog *tb_store_snapshot(tb_store *store)
{
    pthread_mutex_lock(&store->swap);
    tb_catalog *cat = tb_catalog_ref(store->current);
    pthread_mutex_unlock(&store->swap);
    return cat;
}

const uint8_t *tb_store_token_key(const tb_store *store)
{
    return store->keys + TB_KEY_BYTES;
}

tb_rc tbi_srv_read_mapping(tb_store *store, int64_t mapping, tb_arena *arena, tb_option **options,
                           uint32_t *n, tb_error *err)
{
    sqlite3_stmt *q = tbi_srv_query(
        store, err, "SELECT name, sealed FROM mapping_option WHERE mapping = ?1 ORDER BY name", "i",
        mapping);
    if (q == NULL)
        return TB_FAIL;
    TB_LIST(tb_option) list = {0};
    tb_rc rc = TB_OK;
    while (rc == TB_OK && sqlite3_step(q) == SQLITE_ROW) {
        const char *name = tbi_srv_text(arena, q, 0);
        size_t len = (size_t)sqlite3_column_bytes(q, 1), plain_len;
        char *plain = tb_arena_bytes(arena, len + 1);
        const char *what = tb_arena_printf(arena, "mapping %s", name);
        rc = tb_unseal(store->keys, what, sqlite3_column_blob(q, 1), len, plain, &plain_len, err);
        tb_list_push(arena, &list, ((tb_option){name, plain}));
    }
    sqlite3_finalize(q);
    *options = list.at;
    *n = list.n;
    return rc;
}

tb_rc tb_store_mapping(tb_store *store, const tb_server *server, const tb_subject *subject,
                       tb_arena *arena, tb_option **options, uint32_t *n, tb_error *err)
{
    *options = NULL;
    *n = 0;
    pthread_mutex_lock(&store->change);
    int64_t mapping = tbi_srv_int(
        store, 0,
        "SELECT oid FROM user_mapping WHERE server = ?1 AND role IN (?2, 0) ORDER BY role DESC",
        "ii", (int64_t)server->oid, (int64_t)subject->role);
    tb_rc rc = mapping == 0 ? TB_OK : tbi_srv_read_mapping(store, mapping, arena, options, n, err);
    pthread_mutex_unlock(&store->change);
    return rc;
}

void tb_store_mapping_wipe(tb_option *options, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        OPENSSL_cleanse((char *)options[i].value, strlen(options[i].value));
}
