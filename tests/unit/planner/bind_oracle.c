/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/planner/bind_oracle.h"

#include "core/io_text.h"
#include "parser/parser.h"
#include "planner/planner.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* ---- a database of one's own ---- */

/* Another connection with the parameters of TOMBOLO_ORACLE but for the database. */
static PGconn *connect_to(const char *database)
{
    char info[1000];
    snprintf(info, sizeof info, "%s dbname=%s", getenv("TOMBOLO_ORACLE"), database);
    PGconn *conn = PQconnectdb(info);
    if (PQstatus(conn) != CONNECTION_OK) {
        fprintf(stderr, "oracle: %s", PQerrorMessage(conn));
        abort();
    }
    PQclear(oracle_query(conn, "set client_min_messages = error"));
    return conn;
}

PGconn *oracle_database(void)
{
    char name[64], sql[128];
    PGconn *conn = oracle_connect();
    if (conn == NULL)
        return NULL;
    snprintf(name, sizeof name, "tb_bind_%d", (int)getpid());
    snprintf(sql, sizeof sql, "create database %s", name);
    PQclear(oracle_query(conn, sql));
    PQfinish(conn);
    return connect_to(name);
}

void oracle_drop(PGconn *conn)
{
    char sql[128];
    snprintf(sql, sizeof sql, "drop database %s", PQdb(conn));
    PQfinish(conn);
    conn = connect_to("postgres");
    PQclear(oracle_query(conn, sql));
    PQfinish(conn);
}

/* ---- the catalog ---- */

typedef TB_LIST(tb_column) column_list;

static const char *text(tb_arena *arena, const PGresult *r, int row, int col)
{
    return tb_arena_strdup(arena, PQgetvalue(r, row, col));
}

static uint32_t number(const PGresult *r, int row, int col)
{
    return (uint32_t)strtoul(PQgetvalue(r, row, col), NULL, 10);
}

static void load_schemas(tb_catalog *cat, PGconn *conn)
{
    PGresult *r = oracle_query(conn, "select oid, nspname from pg_namespace order by oid");
    cat->nschemas = (uint32_t)PQntuples(r);
    tb_schema *s = TB_NEW_ARRAY(cat->arena, tb_schema, cat->nschemas);
    for (int i = 0; i < PQntuples(r); i++)
        s[i] = (tb_schema){.oid = number(r, i, 0), .name = text(cat->arena, r, i, 1), .owner = 10};
    cat->schemas = s;
    PQclear(r);
}

static void load_columns(tb_catalog *cat, const PGresult *r, int from, int to, tb_relation *rel)
{
    tb_column *cols = TB_NEW_ARRAY(cat->arena, tb_column, to - from + 1);
    for (int i = from; i < to; i++) {
        tb_column *c = &cols[i - from];
        tb_type_id type = tb_type_from_oid(number(r, i, 5));
        *c = (tb_column){.name = text(cat->arena, r, i, 4),
                         .type = {type, (int32_t)strtol(PQgetvalue(r, i, 6), NULL, 10)},
                         .not_null = PQgetvalue(r, i, 7)[0] == 't',
                         .hidden = type == TB_T_NONE};
    }
    rel->cols = cols;
    rel->ncols = (uint16_t)(to - from);
}

/* Primary key as column numbers; the text is an int2vector of 1-based numbers. */
static void load_key(tb_catalog *cat, const char *key, tb_relation *rel)
{
    uint16_t *pk = TB_NEW_ARRAY(cat->arena, uint16_t, rel->ncols + 1u);
    while (*key != '\0' && rel->npk < rel->ncols) {
        pk[rel->npk++] = (uint16_t)(strtoul(key, (char **)&key, 10) - 1);
        while (*key == ' ')
            key++;
    }
    rel->pk = pk;
}

static void load_relations(tb_catalog *cat, PGconn *conn)
{
    PGresult *r = oracle_query(
        conn, "select c.oid, c.relname, n.nspname, coalesce((select indkey::text from pg_index i "
              "where i.indrelid = c.oid and i.indisprimary), ''), a.attname, "
              "case when t.typtype = 'd' then t.typbasetype else t.oid end, "
              "case when t.typtype = 'd' then t.typtypmod else a.atttypmod end, a.attnotnull "
              "from pg_class c join pg_namespace n on n.oid = c.relnamespace left join "
              "pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped left "
              "join pg_type t on t.oid = a.atttypid where c.relkind in ('r', 'v', 'm', 'p', 'f') "
              "order by c.oid, "
              "a.attnum");
    int n = PQntuples(r);
    tb_relation *rels = TB_NEW_ARRAY(cat->arena, tb_relation, n + 1);
    for (int i = 0; i < n;) {
        int to = i;
        tb_relation *rel = &rels[cat->nrelations++];
        *rel = (tb_relation){.oid = number(r, i, 0),
                             .kind = TB_REL_FOREIGN,
                             .schema = NULL,
                             .name = text(cat->arena, r, i, 1),
                             .owner = 10,
                             .rows = -1};
        for (uint32_t s = 0; s < cat->nschemas; s++)
            if (strcmp(cat->schemas[s].name, PQgetvalue(r, i, 2)) == 0)
                rel->schema = &cat->schemas[s];
        if (rel->oid < 16384)
            rel->kind = TB_REL_INTERNAL;
        while (to < n && number(r, to, 0) == rel->oid && !PQgetisnull(r, to, 4))
            to++;
        load_columns(cat, r, i, to, rel);
        load_key(cat, PQgetvalue(r, i, 3), rel);
        i = to > i ? to : i + 1;
    }
    cat->relations = rels;
    PQclear(r);
}

tb_catalog *oracle_catalog(PGconn *conn)
{
    static const tb_role roles[] = {{.oid = 10, .name = "postgres", .inherit = true}};
    tb_arena *arena = tb_arena_create(0);
    tb_catalog *cat = TB_NEW(arena, tb_catalog);
    cat->arena = arena;
    cat->refs = 1;
    cat->roles = roles;
    cat->nroles = 1;
    load_schemas(cat, conn);
    load_relations(cat, conn);
    tb_catalog_seal(cat);
    return cat;
}

/* ---- names behind reg types ---- */

typedef struct reg_cx {
    PGconn *conn;
} reg_cx;

/* Asks PostgreSQL: the binder turns 'pg_class'::regclass into a constant. */
static tb_rc reg_in(void *ctx, tb_type_id type, const char *s, size_t len, uint32_t *oid,
                    tb_error *err)
{
    reg_cx *cx = ctx;
    char sql[64];
    snprintf(sql, sizeof sql, "select $1::%s::oid", tb_type_get(type)->name);
    char *value = strndup(s, len);
    const char *params[] = {value};
    PGresult *r = PQexecParams(cx->conn, sql, 1, NULL, params, NULL, NULL, 0);
    free(value);
    bool ok = PQresultStatus(r) == PGRES_TUPLES_OK;
    *oid = ok ? number(r, 0, 0) : 0;
    PQclear(r);
    return ok ? TB_OK : TB_RAISE(err, TB_E_UNDEFINED_TABLE, "no such name");
}

static bool reg_out(void *ctx, tb_type_id type, uint32_t oid, tb_buf *out)
{
    (void)ctx, (void)type, (void)oid, (void)out;
    return false;
}

/* ---- our description ---- */

static void describe_types(tb_buf *out, const tb_stmt *stmt)
{
    for (uint32_t i = 0; i < stmt->nresult; i++)
        tb_buf_printf(out, "%s%s %u,%d", i > 0 ? "; " : "", stmt->result[i].name,
                      tb_type_oid(stmt->result[i].type.id), stmt->result[i].type.typmod);
    tb_buf_puts(out, " (");
    for (uint32_t i = 0; i < stmt->params.n; i++)
        tb_buf_printf(out, "%s%u", i > 0 ? "," : "", tb_type_oid(stmt->params.at[i].id));
    tb_buf_puts(out, ")");
}

static tb_rc bind(PGconn *conn, tb_catalog *cat, tb_arena *arena, const char *sql, tb_buf *out,
                  tb_error *err)
{
    static const char *path[] = {"public"};
    reg_cx reg = {conn};
    tb_io_names names = {&reg, reg_in, reg_out};
    tb_subject subject = {0};
    tb_subject_init(&subject, arena, cat, 10, 10);
    tb_env env = {.search_path = path,
                  .nsearch_path = 1,
                  .database = PQdb(conn),
                  .user = "postgres",
                  .role = "postgres",
                  .extra_float_digits = 1,
                  .io_names = &names};
    tb_stmt stmt = {.arena = arena,
                    .sql = sql,
                    .sql_len = strlen(sql),
                    .env = &env,
                    .catalog = cat,
                    .subject = &subject};
    tb_statement_list list = {0};
    tb_plan *plan;
    TB_TRY(tb_parse(arena, sql, strlen(sql), NULL, &list, err));
    if (list.n != 1)
        return TB_RAISE(err, TB_E_SYNTAX_ERROR, "not one statement");
    TB_TRY(tb_bind(&stmt, list.at[0].node, &plan, err));
    TB_TRY(tb_plan_verify(&stmt, plan, "bind", err));
    describe_types(out, &stmt);
    return TB_OK;
}

static bool ours_is(PGconn *conn, tb_catalog *cat, const char *sql, char *to, size_t cap,
                    tb_error *err)
{
    tb_arena *arena = tb_arena_create(0);
    tb_buf out;
    tb_buf_init(&out, cap - 1);
    *err = (tb_error){.position = -1};
    bool ok = bind(conn, cat, arena, sql, &out, err) == TB_OK;
    if (ok)
        snprintf(to, cap, "%s", tb_buf_cstr(&out));
    else
        snprintf(to, cap, "%s at %d: %s", tb_sqlstate(err->code), err->position, err->message);
    tb_buf_fini(&out);
    tb_arena_destroy(arena);
    return ok;
}

/* ---- PostgreSQL's ---- */

/* Composite types are all "record" here. */
static Oid plain_oid(PGconn *conn, Oid type)
{
    if (tb_type_from_oid(type) != TB_T_NONE)
        return type;
    char sql[128];
    snprintf(sql, sizeof sql, "select typtype from pg_type where oid = %u", type);
    PGresult *r = oracle_query(conn, sql);
    bool composite = PQntuples(r) == 1 && PQgetvalue(r, 0, 0)[0] == 'c';
    PQclear(r);
    return composite ? 2249 : type;
}

/* Byte offset of a 1-based character position. */
static int byte_offset(const char *sql, const char *position)
{
    if (position == NULL)
        return -1;
    long chars = strtol(position, NULL, 10) - 1;
    const char *p = sql;
    for (; chars > 0 && *p != '\0'; chars--)
        do
            p++;
        while (((unsigned char)*p & 0xC0) == 0x80);
    return (int)(p - sql);
}

typedef struct theirs {
    bool ok;
    char sqlstate[6];
    int position;
} theirs;

static theirs describe_theirs(PGconn *conn, const char *sql, char *to, size_t cap)
{
    theirs t = {.position = -1};
    PGresult *r = PQprepare(conn, "", sql, 0, NULL);
    t.ok = PQresultStatus(r) == PGRES_COMMAND_OK;
    if (!t.ok) {
        const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
        snprintf(t.sqlstate, sizeof t.sqlstate, "%s", state != NULL ? state : "?");
        t.position = byte_offset(sql, PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION));
        snprintf(to, cap, "%s at %d: %s", t.sqlstate, t.position,
                 PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY));
        PQclear(r);
        return t;
    }
    PQclear(r);
    r = PQdescribePrepared(conn, "");
    tb_buf out;
    tb_buf_init(&out, cap - 1);
    for (int i = 0; i < PQnfields(r); i++)
        tb_buf_printf(&out, "%s%s %u,%d", i > 0 ? "; " : "", PQfname(r, i),
                      plain_oid(conn, PQftype(r, i)), PQfmod(r, i));
    tb_buf_puts(&out, " (");
    for (int i = 0; i < PQnparams(r); i++)
        tb_buf_printf(&out, "%s%u", i > 0 ? "," : "", PQparamtype(r, i));
    tb_buf_puts(&out, ")");
    snprintf(to, cap, "%s", tb_buf_cstr(&out));
    tb_buf_fini(&out);
    PQclear(r);
    return t;
}

verdict compare_statement(PGconn *conn, tb_catalog *cat, const char *sql, char *ours, char *theirs_,
                          size_t cap)
{
    tb_error err;
    theirs t = describe_theirs(conn, sql, theirs_, cap);
    bool ok = ours_is(conn, cat, sql, ours, cap, &err);
    if (ok && t.ok)
        return strcmp(ours, theirs_) == 0 ? SAME : DIFFERENT;
    if (ok)
        return DIFFERENT;
    const char *state = tb_sqlstate(err.code);
    if (!t.ok && strcmp(state, t.sqlstate) == 0)
        return t.position < 0 || err.position == t.position ? SAME : POSITION; /* more is no harm */
    if (strcmp(state, "0A000") == 0)
        return REFUSED;
    if (t.ok && (strcmp(state, "42883") == 0 || strcmp(state, "42704") == 0))
        return ABSENT;
    return DIFFERENT;
}
