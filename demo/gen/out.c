/* SPDX-License-Identifier: Apache-2.0
 * Writes each row twice: into the department's SQLite file and into the oracle's COPY file. Any
 * error ends the program.
 */
#include "gen.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TABLES_MAX = 64, DEPARTMENTS_MAX = 8 };

struct gen_table {
    sqlite3_stmt *insert;
    FILE *copy;
    int ncols, col; /* columns in all, columns put so far */
};

typedef struct department {
    char name[32];
    sqlite3 *db;
} department;

struct gen_out {
    char dir[1024];
    FILE *schema, *load; /* oracle/schema.sql, oracle/load.sql */
    int ndepartments, ntables;
    department departments[DEPARTMENTS_MAX];
    gen_table tables[TABLES_MAX];
};

_Noreturn static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "demo-gen: %s: %s\n", what, detail);
    exit(1);
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(sql, sqlite3_errmsg(db));
}

static FILE *create(const char *path)
{
    FILE *f = fopen(path, "w");

    if (!f)
        fail(path, "cannot be created");
    setvbuf(f, NULL, _IOFBF, 1 << 16);
    return f;
}

struct gen_out *gen_out_open(const char *dir)
{
    struct gen_out *io = calloc(1, sizeof *io);
    char path[1200];

    if (!io)
        fail("memory", "exhausted");
    snprintf(io->dir, sizeof io->dir, "%s", dir);
    mkdir(dir, 0777);
    snprintf(path, sizeof path, "%s/oracle", dir);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/truth", dir);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/oracle/schema.sql", dir);
    io->schema = create(path);
    snprintf(path, sizeof path, "%s/oracle/load.sql", dir);
    io->load = create(path);
    fprintf(io->load, "-- run from this directory, after schema.sql\n");
    return io;
}

static department *department_get(struct gen_out *io, const char *name)
{
    department *d;
    char path[1200];

    for (int i = 0; i < io->ndepartments; i++)
        if (strcmp(io->departments[i].name, name) == 0)
            return &io->departments[i];
    d = &io->departments[io->ndepartments++];
    snprintf(d->name, sizeof d->name, "%s", name);
    snprintf(path, sizeof path, "%s/%s.db", io->dir, name);
    unlink(path);
    if (sqlite3_open(path, &d->db) != SQLITE_OK)
        fail(path, sqlite3_errmsg(d->db));
    run(d->db,
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA application_id=1413633369; BEGIN;"
        "CREATE TABLE synthetic_data_notice (notice text);"
        "INSERT INTO synthetic_data_notice VALUES ('Synthetic data: no person or firm in this file "
        "exists. 本库数据均为虚构。')");
    fprintf(io->schema, "CREATE SCHEMA %s;\n", name);
    return d;
}

/* The declared types are PostgreSQL's, but for numeric_text. */
static void oracle_columns(FILE *f, const char *columns)
{
    for (const char *p = columns; *p; p++) {
        if (strncmp(p, "numeric_text", 12) == 0) {
            fputs("numeric", f);
            p += 11;
        } else {
            fputc(*p, f);
        }
    }
}

gen_table *gen_table_new(struct gen_out *io, const char *dept, const char *table,
                         const char *columns)
{
    department *d = department_get(io, dept);
    gen_table *t = &io->tables[io->ntables++];
    char sql[4096], path[1200];
    sqlite3_stmt *probe;

    if (io->ntables > TABLES_MAX)
        fail(table, "too many tables");
    snprintf(sql, sizeof sql, "CREATE TABLE %s (%s)", table, columns);
    run(d->db, sql);
    snprintf(sql, sizeof sql, "SELECT * FROM %s", table);
    if (sqlite3_prepare_v2(d->db, sql, -1, &probe, NULL) != SQLITE_OK)
        fail(sql, sqlite3_errmsg(d->db));
    t->ncols = sqlite3_column_count(probe);
    sqlite3_finalize(probe);

    int len = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", table);
    for (int i = 1; i < t->ncols; i++)
        len += snprintf(sql + len, sizeof sql - (size_t)len, ",?");
    snprintf(sql + len, sizeof sql - (size_t)len, ")");
    if (sqlite3_prepare_v2(d->db, sql, -1, &t->insert, NULL) != SQLITE_OK)
        fail(sql, sqlite3_errmsg(d->db));

    fprintf(io->schema, "CREATE TABLE %s.%s (", dept, table);
    oracle_columns(io->schema, columns);
    fprintf(io->schema, ");\n");
    fprintf(io->load, "\\copy %s.%s FROM '%s.%s.copy'\n", dept, table, dept, table);
    snprintf(path, sizeof path, "%s/oracle/%s.%s.copy", io->dir, dept, table);
    t->copy = create(path);
    return t;
}

static int next_column(gen_table *t)
{
    if (t->col)
        fputc('\t', t->copy);
    if (++t->col > t->ncols)
        fail(sqlite3_sql(t->insert), "too many values");
    return t->col;
}

void gen_put_null(gen_table *t)
{
    sqlite3_bind_null(t->insert, next_column(t));
    fputs("\\N", t->copy);
}

void gen_put_text(gen_table *t, const char *s)
{
    if (!s) {
        gen_put_null(t);
        return;
    }
    sqlite3_bind_text(t->insert, next_column(t), s, -1, SQLITE_TRANSIENT);
    for (const char *p = s; *p; p++) {
        if (*p == '\\' || *p == '\t' || *p == '\n' || *p == '\r')
            fail(s, "needs escaping in COPY");
        fputc(*p, t->copy);
    }
}

void gen_put_int(gen_table *t, int64_t v)
{
    sqlite3_bind_int64(t->insert, next_column(t), v);
    fprintf(t->copy, "%lld", (long long)v);
}

void gen_put_bool(gen_table *t, bool v)
{
    sqlite3_bind_int64(t->insert, next_column(t), v);
    fputc(v ? 't' : 'f', t->copy);
}

void gen_put_real(gen_table *t, double v)
{
    sqlite3_bind_double(t->insert, next_column(t), v);
    fprintf(t->copy, "%.17g", v);
}

void gen_put_fen(gen_table *t, int64_t fen)
{
    int64_t abs = fen < 0 ? -fen : fen;

    gen_put_text(
        t,
        gen_format("%s%lld.%02d", fen < 0 ? "-" : "", (long long)(abs / 100), (int)(abs % 100)).s);
}

void gen_put_day(gen_table *t, int32_t days)
{
    gen_put_text(t, gen_iso(days).s);
}

void gen_row_end(gen_table *t)
{
    if (t->col != t->ncols)
        fail(sqlite3_sql(t->insert), "too few values");
    if (sqlite3_step(t->insert) != SQLITE_DONE)
        fail(sqlite3_sql(t->insert), sqlite3_errmsg(sqlite3_db_handle(t->insert)));
    sqlite3_reset(t->insert);
    fputc('\n', t->copy);
    t->col = 0;
}

void gen_out_close(struct gen_out *io)
{
    fprintf(io->load, "ANALYZE;\n");
    for (int i = 0; i < io->ntables; i++) {
        sqlite3_finalize(io->tables[i].insert);
        if (fclose(io->tables[i].copy) != 0)
            fail("oracle", "cannot be written");
    }
    for (int i = 0; i < io->ndepartments; i++) {
        run(io->departments[i].db, "COMMIT");
        if (sqlite3_close(io->departments[i].db) != SQLITE_OK)
            fail(io->departments[i].name, "cannot be closed");
    }
    if (fclose(io->schema) != 0 || fclose(io->load) != 0)
        fail("oracle", "cannot be written");
    free(io);
}
