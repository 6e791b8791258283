/* SPDX-License-Identifier: Apache-2.0
 * Our functions inside SQLite. The dialect spells a call that SQLite has no exact form of as
 * tb_<id>(...); it runs the very body the executor runs, so the meaning is the same by
 * construction, and masks and filters are computed before a row leaves.
 */
#include "connectors/sqlite_int.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>

typedef struct registered {
    tb_conn *conn;
    tb_scalar_fn body;
    tb_type_id argtype[TB_FN_MAX_ARGS];
    tbi_sqlite_reader readers[TB_FN_MAX_ARGS];
    tb_fn_cx cx;
} registered;

static void forget(void *p)
{
    registered *r = p;
    if (r->cx.cache_free != NULL && r->cx.cache != NULL)
        r->cx.cache_free(r->cx.cache);
    tb_arena_destroy(r->cx.memo);
    free(r);
}

/* The first error is kept for the client; SQLite itself only learns that there was one. */
static void raise(sqlite3_context *context, tb_conn *conn, const tb_error *err)
{
    if (!tb_error_set(&conn->fn_error))
        conn->fn_error = *err;
    sqlite3_result_error_code(context, SQLITE_ABORT);
}

static void raise_misfit(sqlite3_context *context, tb_conn *conn)
{
    tb_error err = {.position = -1, .lang = conn->fn_error.lang};
    TB_RAISE(&err, TB_E_FDW_INVALID_DATA_TYPE,
             "server \"%s\" holds a value that does not fit its declared type", conn->server);
    raise(context, conn, &err);
}

static void call(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    registered *r = sqlite3_user_data(context);
    tb_conn *conn = r->conn;
    tb_error err = {.position = -1, .lang = conn->fn_error.lang};
    tb_value args[TB_FN_MAX_ARGS], ret = tb_value_null();
    bool has_null = false;
    TB_CHECK(argc <= TB_FN_MAX_ARGS);
    tb_arena_reset(conn->arena); /* results of earlier calls are SQLite's own copies */
    for (int i = 0; i < argc; i++) {
        memset(&args[i], 0, sizeof args[i]);
        args[i].null = sqlite3_value_type(argv[i]) == SQLITE_NULL;
        has_null |= args[i].null;
        if (!args[i].null &&
            !tbi_sqlite_read(&r->readers[i], argv[i], conn->arena, false, &args[i].d)) {
            raise_misfit(context, conn);
            return;
        }
    }
    if (has_null && (tb_fn_get(r->cx.fn)->flags & TB_FF_STRICT)) {
        sqlite3_result_null(context);
        return;
    }
    r->cx.arena = conn->arena;
    r->cx.env = conn->env;
    r->cx.nargs = (uint8_t)argc;
    r->cx.err = &err;
    if (r->body(&r->cx, args, &ret) != TB_OK)
        raise(context, conn, &err);
    else
        tbi_sqlite_result(context, r->cx.ret, &ret, conn);
}

/* id in lower case without the prefix: linear, once per new function and connection */
static tb_fn_id find(const char *id, size_t len)
{
    for (int fn = 1; fn < TB_FN_COUNT; fn++) {
        const char *name = tb_fn_get((tb_fn_id)fn)->id;
        if (strlen(name) == len && memcmp(name, id, len) == 0)
            return (tb_fn_id)fn;
    }
    return TB_FN_NONE;
}

/* Readers of the arguments; the last declared type repeats when the function is variadic. */
static bool prepare_arguments(registered *r, const tb_fn_info *info)
{
    tbi_sqlite_reader ret;
    if (!tbi_sqlite_reader_init(&ret, tb_type_of(info->ret)))
        return false;
    for (int i = 0; i < TB_FN_MAX_ARGS && info->nargs > 0; i++) {
        r->argtype[i] = info->args[i < info->nargs ? i : info->nargs - 1];
        if (!tbi_sqlite_reader_init(&r->readers[i], tb_type_of(r->argtype[i])))
            return false;
    }
    return true;
}

static tb_rc register_one(tb_conn *conn, tb_fn_id fn, const char *name, tb_error *err)
{
    const tb_fn_info *info = tb_fn_get(fn);
    tb_scalar_fn body = conn->host->scalar(fn);
    registered *r = tb_xcalloc(1, sizeof *r);
    r->conn = conn;
    r->body = body;
    bool variadic = (info->flags & TB_FF_VARIADIC) != 0;
    if (body == NULL || (info->flags & (TB_FF_VOLATILE | TB_FF_SET | TB_FF_AGG | TB_FF_WINDOW)) ||
        !prepare_arguments(r, info)) {
        free(r);
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "function %s cannot run in server \"%s\"",
                        info->id, conn->server);
    }
    r->cx = (tb_fn_cx){.fn = fn,
                       .nargs = info->nargs,
                       .argtype = r->argtype,
                       .ret = info->ret,
                       .ret_typmod = -1,
                       .hide_values = true,
                       .memo = tb_arena_create(0)};
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    if (sqlite3_create_function_v2(conn->db, name, variadic ? -1 : info->nargs, flags, r, call,
                                   NULL, NULL, forget) != SQLITE_OK)
        return tbi_sqlite_failed(conn, "register", err); /* SQLite called forget() */
    conn->has_function[fn] = true;
    return TB_OK;
}

static bool is_nan(tb_type_id type, const tb_datum *d)
{
    return type == TB_T_FLOAT8 ? isnan(d->f64) : type == TB_T_FLOAT4 && isnan(d->f32);
}

/* tb_column(value, type OID, modifier): the value in the canonical form of the type (sqlite_int.h);
 * the dialect wraps columns whose declared type does not keep it. */
static void column(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    tb_conn *conn = sqlite3_user_data(context);
    tb_type type = {tb_type_from_oid((uint32_t)sqlite3_value_int64(argv[1])),
                    sqlite3_value_int(argv[2])};
    tbi_sqlite_reader reader;
    tb_value v;
    (void)argc;
    memset(&v, 0, sizeof v);
    if (sqlite3_value_type(argv[0]) == SQLITE_NULL)
        return;
    tb_arena_reset(conn->arena);
    if (!tbi_sqlite_reader_init(&reader, type) ||
        !tbi_sqlite_read(&reader, argv[0], conn->arena, false, &v.d) ||
        is_nan(type.id, &v.d)) /* SQLite would make it NULL */
        raise_misfit(context, conn);
    else
        tbi_sqlite_result(context, type.id, &v, conn);
}

bool tbi_sqlite_register_column(tb_conn *conn)
{
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    return sqlite3_create_function_v2(conn->db, "tb_column", 3, flags, conn, column, NULL, NULL,
                                      NULL) == SQLITE_OK;
}

tb_rc tbi_sqlite_functions(tb_conn *conn, const char *sql, tb_error *err)
{
    for (const char *p = strstr(sql, "tb_"); p != NULL; p = strstr(p + 3, "tb_")) {
        size_t len = 0;
        while (islower((unsigned char)p[len]) || isdigit((unsigned char)p[len]) || p[len] == '_')
            len++;
        char name[128];
        if (p[len] != '(' || len >= sizeof name)
            continue;
        memcpy(name, p, len);
        name[len] = '\0';
        tb_fn_id fn = find(name + 3, len - 3);
        if (fn != TB_FN_NONE && !conn->has_function[fn])
            TB_TRY(register_one(conn, fn, name, err));
    }
    return TB_OK;
}
