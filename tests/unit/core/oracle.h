/* SPDX-License-Identifier: Apache-2.0
 * Comparison with real PostgreSQL: the connection comes from the environment
 * (TOMBOLO_ORACLE="host=... port=..."), and a test without it is skipped with a message.
 */
#ifndef TESTS_UNIT_CORE_ORACLE_H
#define TESTS_UNIT_CORE_ORACLE_H

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

/* Connects, or returns NULL when no oracle is configured. Aborts when one is configured and does
 * not answer. */
static inline PGconn *oracle_connect(void)
{
    const char *where = getenv("TOMBOLO_ORACLE");
    if (where == NULL || where[0] == '\0') {
        fprintf(stderr, "skipped: TOMBOLO_ORACLE is not set (no PostgreSQL to compare with)\n");
        return NULL;
    }
    PGconn *conn = PQconnectdb(where);
    if (PQstatus(conn) != CONNECTION_OK) {
        fprintf(stderr, "oracle: %s", PQerrorMessage(conn));
        abort();
    }
    PGresult *r = PQexec(conn, "set client_min_messages = warning; set timezone = 'UTC';"
                               "set datestyle = 'ISO, MDY'; set intervalstyle = 'postgres'");
    PQclear(r);
    return conn;
}

/* Runs SQL that must succeed. */
static inline PGresult *oracle_query(PGconn *conn, const char *sql)
{
    PGresult *r = PQexec(conn, sql);
    if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK) {
        fprintf(stderr, "oracle: %s", PQerrorMessage(conn));
        abort();
    }
    return r;
}

#endif
