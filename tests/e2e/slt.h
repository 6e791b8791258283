/* SPDX-License-Identifier: Apache-2.0
 * Files of sqllogictest form.
 *
 *     connect as analyst                 a new connection; the file's statements go there from now
 * on secret SECRET-Zhang                no answer of any kind may hold these bytes from now on
 *     protocol simple extended           the ways of asking this file is meant for (default: all)
 *
 *     statement ok                       statement error 42501
 *     SET tombolo.purpose = 'x'          SELECT * FROM tax.payer
 *                                        ----
 *                                        permission denied       (part of the message; optional)
 *
 *     query TIRBD rowsort                letters as columns: text and anything else, integer, real,
 *     SELECT …                           boolean, date or time; rowsort = the order is not looked
 * at
 *     ----
 *     一|1|1.5|t|2026-01-01              NULL is NULL, the empty string (empty), a line feed \n
 *
 * A record ends at an empty line. `onlyif X` and `skipif X` before a record: X is a protocol, or
 * pushdown. # starts a comment line.
 */
#ifndef TB_TESTS_E2E_SLT_H
#define TB_TESTS_E2E_SLT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum slt_kind { SLT_STATEMENT, SLT_QUERY, SLT_CONNECT, SLT_SECRET } slt_kind;

/* Ways of asking the same question; the last is the switch tombolo.pushdown, as a condition. */
typedef enum slt_way {
    SLT_SIMPLE = 1,
    SLT_EXTENDED = 2,
    SLT_CURSOR = 4,
    SLT_COPY = 8,
    SLT_PUSHDOWN = 16
} slt_way;

typedef struct slt_record {
    slt_kind kind;
    int line;
    unsigned onlyif, skipif; /* slt_way */
    char *text;              /* SQL, login or secret */
    char sqlstate[6];        /* of the error that must come, or "" */
    char types[64];          /* query: a letter a column */
    bool rowsort;
    char **expect; /* rows, or the part of the message */
    size_t nexpect;
    size_t from_line, to_line; /* lines of the file that hold the expected rows */
} slt_record;

typedef struct slt_file {
    char *path;
    unsigned ways;
    char **lines;
    size_t nlines;
    slt_record *records;
    size_t n;
} slt_file;

/* Ends the program with the line number when the file is not of this form. */
slt_file *slt_read(const char *path);
void slt_free(slt_file *f);
/* 0 when there is no such way. */
unsigned slt_way_of(const char *name);

#endif
