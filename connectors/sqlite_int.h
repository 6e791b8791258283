/* SPDX-License-Identifier: Apache-2.0
 * The SQLite connector's files share this: the connection, and how a value of each SQL type is held in SQLite.
 *
 *     boolean, int2, int4, int8   INTEGER          numeric, date, time, timestamp(tz), interval, uuid   TEXT (canonical form)
 *     float4, float8              REAL             text, varchar, char, json, jsonb, name               TEXT (UTF-8, no NUL)
 *     bytea                       BLOB
 */
#ifndef TB_CONNECTORS_SQLITE_INT_H
#define TB_CONNECTORS_SQLITE_INT_H

#include "core/buf.h"
#include "core/connector.h"

#include <sqlite3.h>
#include <stdatomic.h>

struct tb_conn {
    const tb_connector_host *host;
    char *server;
    sqlite3 *db;
    const tb_env *env;  /* of the running scan: for our functions */
    const char *query_id;
    tb_arena *arena;    /* values inside our functions; reset per batch */
    tb_buf text;        /* result of one function call */
    tb_error fn_error;  /* first error one of our functions raised, without values */
};

/* ---- sqlite_value.c ---- */

/* Type of a declared column type ("numeric_text(18,2)"); TB_T_NONE when there is no exact counterpart. */
tb_type tbi_sqlite_type(const char *declared);
/* The storage of a type as above is known: it can be decoded, bound and passed to our functions. */
bool tbi_sqlite_holds(tb_type_id type);
/* A value from SQLite as a datum of the type: strict, no conversion between storage classes. False when it does not fit (the
 * caller names the column). Strings point into SQLite's buffer unless `arena` is given: then they are copied. NULL is the
 * caller's. */
bool tbi_sqlite_read(sqlite3_value *v, tb_type type, tb_arena *arena, tb_datum *out);
/* Column `col` of the current row, the same way. */
bool tbi_sqlite_column(sqlite3_stmt *q, int col, tb_type type, tb_arena *arena, tb_datum *out);
int tbi_sqlite_bind(sqlite3_stmt *q, int at, tb_type_id type, const tb_value *v, tb_arena *arena);
void tbi_sqlite_result(sqlite3_context *cx, tb_type_id type, const tb_value *v, tb_conn *conn);

/* ---- sqlite_function.c ---- */

/* Registers the functions of ours that the text calls ("tb_<id>("). XX000 when one cannot be. */
tb_rc tbi_sqlite_functions(tb_conn *conn, const char *sql, tb_error *err) TB_MUSTUSE;

/* ---- sqlite_describe.c ---- */

tb_rc tbi_sqlite_describe(tb_conn *conn, const char *remote_schema, tb_arena *arena, tb_remote_tables *out,
                          tb_error *err) TB_MUSTUSE;
uint32_t tbi_sqlite_partition(tb_conn *conn, const tb_fragment *fragment, uint32_t max, tb_scan_range *ranges);
tb_rc tbi_sqlite_probe_fence(tb_conn *conn, bool *verified, tb_error *err) TB_MUSTUSE;

/* The connection's last failure as a class, an SQLSTATE and the server's name; SQLite's own text goes to the log. */
tb_rc tbi_sqlite_failed(tb_conn *conn, const char *event, tb_error *err);

#endif
