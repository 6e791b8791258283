/* SPDX-License-Identifier: Apache-2.0
 * The SQLite connector's files share this: the connection, and how a value of each SQL type is held
 * in SQLite.
 *
 *     boolean, int2, int4, int8   INTEGER
 *     float4, float8              REAL (whole numbers may come back as INTEGER); TEXT 'Infinity',
 *                                 '-Infinity', 'NaN'
 *     text, varchar, char, name, json, jsonb
 *                                 TEXT (UTF-8, no NUL)
 *     date, time, timestamp, timestamptz, timetz, interval, uuid
 *                                 TEXT in PostgreSQL's output form (ISO, UTC)
 *     arrays of any of these      TEXT in PostgreSQL's output form; read only, never sent
 *     numeric                     TEXT with exactly the declared decimals; or, from columns of
 *                                 NUMERIC affinity, INTEGER and REAL as far as 15 significant
 *                                 digits carry the declared decimals
 *     bytea                       BLOB
 */
#ifndef TB_CONNECTORS_SQLITE_INT_H
#define TB_CONNECTORS_SQLITE_INT_H

#include "core/buf.h"
#include "core/connector.h"

#include <sqlite3.h>
#include <stdatomic.h>
#include <sys/types.h>

typedef struct tbi_hold tbi_hold;

struct tb_conn {
    const tb_connector_host *host;
    char *server;
    char *path;
    sqlite3 *db;
    dev_t dev; /* which file `db` is, even if another took its name */
    ino_t inode;
    const tb_env *env; /* of the running scan: for our functions */
    const char *query_id;
    /* of the running scan, for the progress handler; NULL = none runs */
    const atomic_bool *cancelled;
    tb_arena *arena;                /* values inside our functions; reset per call */
    tb_buf text;                    /* result of one function call */
    tb_error fn_error;              /* first error one of our functions raised, without values */
    bool has_function[TB_FN_COUNT]; /* registered on this connection */
    bool impatient;                 /* does not wait for locks */
    int64_t waiting_since_us;       /* for a lock */
    tbi_hold *hold;                 /* one of a statement's own connections; NULL = the pool's */
    tb_conn *next_held;
};

/* ---- sqlite_value.c ---- */

/* How values of a type are read: prepared once, used per value. */
typedef struct tbi_sqlite_reader {
    tb_type type;
    uint8_t form;      /* enum form of sqlite_value.c */
    int16_t precision; /* numeric(p,s); precision 0 = not constrained */
    int16_t scale;
    uint32_t max_chars; /* varchar(n), char(n); 0 = no limit */
} tbi_sqlite_reader;

/* Type of a declared column type ("numeric_text(18,2)"); TB_T_NONE when there is no exact
 * counterpart. */
tb_type tbi_sqlite_type(const char *declared);
/* false: values of the type have no storage in SQLite; otherwise they can be read, bound and passed
 * to our functions. */
bool tbi_sqlite_reader_init(tbi_sqlite_reader *r, tb_type type);
/* A non-NULL value from SQLite into *slot, in the physical layout of the type: strict, no
 * conversion between storage classes. false when it does not fit (the caller names the column).
 * Strings are copied to the arena with `copy`, else they point into SQLite's buffer. */
bool tbi_sqlite_read(const tbi_sqlite_reader *r, sqlite3_value *v, tb_arena *arena, bool copy,
                     void *slot);
/* The statement's current row as the batch's next row; adds the payload to *bytes. Returns -1, or
 * the column that does not fit. */
int tbi_sqlite_read_row(sqlite3_stmt *q, const tbi_sqlite_reader *readers, uint32_t n,
                        tb_batch *batch, uint64_t *bytes);
int tbi_sqlite_bind(sqlite3_stmt *q, int at, tb_type_id type, const tb_value *v, tb_arena *arena);
void tbi_sqlite_result(sqlite3_context *cx, tb_type_id type, const tb_value *v, tb_conn *conn);

/* ---- sqlite_text.c: strict readers of types held as TEXT; false when the text is not a value of
 * the type ---- */

bool tbi_sqlite_date(const char *s, size_t len, int32_t *out);
bool tbi_sqlite_time(const char *s, size_t len, int64_t *out);
bool tbi_sqlite_timestamp(const char *s, size_t len, int64_t *out);
bool tbi_sqlite_timestamptz(const char *s, size_t len, int64_t *out);
/* Exactly r->scale decimals when the type says so, and within its precision. */
bool tbi_sqlite_numeric(const tbi_sqlite_reader *r, const char *s, size_t len, tb_arena *arena,
                        tb_num *out);
/* A number of NUMERIC affinity: never rounded. */
bool tbi_sqlite_numeric_real(const tbi_sqlite_reader *r, double v, tb_arena *arena, tb_num *out);
bool tbi_sqlite_numeric_integer(const tbi_sqlite_reader *r, int64_t v, tb_arena *arena,
                                tb_num *out);
/* timetz, interval, uuid: by their input functions */
bool tbi_sqlite_by_input(tb_type type, const char *s, size_t len, tb_arena *arena, tb_datum *out);

/* ---- sqlite_function.c ---- */

/* Registers tb_column(). */
bool tbi_sqlite_register_column(tb_conn *conn) TB_MUSTUSE;
/* Registers the functions of ours that the text calls ("tb_<id>("). XX000 when one cannot be. */
tb_rc tbi_sqlite_functions(tb_conn *conn, const char *sql, tb_error *err) TB_MUSTUSE;

/* ---- sqlite_snapshot.c ---- */

/* Opens a read transaction for the scan; *use = the connection that has it: this one, or when the
 * statement has several scans, one of those that see the same state of the file. 40001 when the
 * file has changed since an earlier scan and nothing held it. */
tb_rc tbi_sqlite_begin(tb_conn *conn, const tb_scan_request *req, tb_conn **use,
                       tb_error *err) TB_MUSTUSE;
/* The scan that began on it is over; a connection that was not the pool's may be gone after this.
 */
void tbi_sqlite_end(tb_conn *conn);
/* Ends what is held for scans to come. */
void tbi_sqlite_let_go(const char *query_id, const char *server);

/* ---- conn_sqlite.c ---- */

/* Another connection to the same file. */
tb_rc tbi_sqlite_clone(const tb_conn *conn, tb_conn **out, tb_error *err) TB_MUSTUSE;
void tbi_sqlite_disconnect(tb_conn *conn);
int64_t tbi_sqlite_now_us(void);

/* ---- sqlite_describe.c ---- */

tb_rc tbi_sqlite_describe(tb_conn *conn, const char *remote_schema, tb_arena *arena,
                          tb_remote_tables *out, tb_error *err) TB_MUSTUSE;
uint32_t tbi_sqlite_partition(tb_conn *conn, const tb_fragment *fragment, uint32_t max,
                              tb_scan_range *ranges);
tb_rc tbi_sqlite_probe_fence(tb_conn *conn, bool *verified, tb_error *err) TB_MUSTUSE;

/* Opens the file that has the connection's path now, if it is another than the one it has open (the
 * department replaced it). Not while a scan runs. false = it cannot, tbi_sqlite_failed() tells why.
 */
bool tbi_sqlite_follow(tb_conn *conn) TB_MUSTUSE;
/* The connection's last failure as a class, an SQLSTATE and the server's name; SQLite's own text
 * goes to the log. */
tb_rc tbi_sqlite_failed(tb_conn *conn, const char *event, tb_error *err);

#endif
