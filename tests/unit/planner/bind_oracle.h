/* SPDX-License-Identifier: Apache-2.0
 * Binding against a catalog copied from real PostgreSQL, and comparing what each side says about a
 * statement: names and types of the result columns and of the parameters, or SQLSTATE and position
 * of the error.
 */
#ifndef TESTS_UNIT_PLANNER_BIND_ORACLE_H
#define TESTS_UNIT_PLANNER_BIND_ORACLE_H

#include "core/catalog.h"
#include "tests/unit/core/oracle.h"

/* A new, empty database on the oracle and a connection to it; NULL (with a message) when no oracle
 * is configured. */
PGconn *oracle_database(void);
/* Drops the database and closes the connection. */
void oracle_drop(PGconn *conn);

/* A snapshot of the tables and views of a PostgreSQL database, system catalogs included (as
 * internal relations). Views are plain tables here. Columns of types that do not exist here are
 * hidden. One role, "postgres", owns everything. */
tb_catalog *oracle_catalog(PGconn *conn);

typedef enum verdict {
    SAME,    /* equal descriptions, or the same SQLSTATE */
    REFUSED, /* ours is 0A000 where PostgreSQL's is not */
    ABSENT,  /* a function, operator or type that is not here (42883, 42704), PostgreSQL knows it */
    POSITION, /* the same SQLSTATE at different positions */
    DIFFERENT
} verdict;

/* Describes sql on both sides; the differing texts are in ours and theirs. */
verdict compare_statement(PGconn *conn, tb_catalog *cat, const char *sql, char *ours, char *theirs,
                          size_t cap);

#endif
