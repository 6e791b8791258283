/* SPDX-License-Identifier: Apache-2.0
 * Our functions inside SQLite. The dialect spells a call that SQLite has no exact form of as tb_<id>(...); it runs the very body
 * the executor runs, so the meaning is the same by construction, and masks and filters are computed before a row leaves.
 */
#include "connectors/sqlite_int.h"

#include <ctype.h>
#include <stdlib.h>

typedef struct registered {
    tb_conn *conn;
    tb_scalar_fn body;
    tb_type_id argtype[TB_FN_MAX_ARGS];
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

static void call(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    registered *r = sqlite3_user_data(context);
    tb_conn *conn = r->conn;
    tb_error err = {.position = -1};
    tb_value args[TB_FN_MAX_ARGS], ret = tb_value_null();
    const tb_fn_info *info = tb_fn_get(r->cx.fn);
    bool has_null = false;
    for (int i = 0; i < argc; i++) {
        args[i] = tb_value_null();
        if (sqlite3_value_type(argv[i]) == SQLITE_NULL) {
            has_null = true;
            continue;
        }
        args[i].null = false;
        if (!tbi_sqlite_read(argv[i], tb_type_of(r->cx.argtype[i]), conn->arena, &args[i].d)) {
            TB_RAISE(&err, TB_E_FDW_INVALID_DATA_TYPE, "server \"%s\" holds a value that does not fit its declared type",
                     conn->server);
            raise(context, conn, &err);
            return;
        }
    }
    if (has_null && (info->flags & TB_FF_STRICT)) {
        sqlite3_result_null(context);
        return;
    }
    r->cx.arena = conn->arena;
    r->cx.env = conn->env;
    r->cx.nargs = (uint8_t)argc;
    r->cx.err = &err;
    if (r->body(&r->cx, args, &ret) != TB_OK) {
        raise(context, conn, &err);
        return;
    }
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

static bool all_types_held(const tb_fn_info *info)
{
    bool held = tbi_sqlite_holds(info->ret);
    for (uint8_t i = 0; i < info->nargs; i++)
        held &= tbi_sqlite_holds(info->args[i]);
    return held;
}

static tb_rc register_one(tb_conn *conn, tb_fn_id fn, const char *name, tb_error *err)
{
    const tb_fn_info *info = tb_fn_get(fn);
    tb_scalar_fn body = conn->host->scalar(fn);
    if (body == NULL || (info->flags & (TB_FF_VOLATILE | TB_FF_SET | TB_FF_AGG | TB_FF_WINDOW)) || !all_types_held(info))
        return TB_RAISE(err, TB_E_INTERNAL_ERROR, "function %s cannot run in server \"%s\"", info->id, conn->server);
    registered *r = tb_xcalloc(1, sizeof *r);
    r->conn = conn;
    r->body = body;
    r->cx = (tb_fn_cx){.fn = fn, .nargs = info->nargs, .ret = info->ret, .ret_typmod = -1, .hide_values = true,
                       .memo = tb_arena_create(0)};
    bool variadic = (info->flags & TB_FF_VARIADIC) != 0;
    for (int i = 0; i < TB_FN_MAX_ARGS; i++)
        r->argtype[i] = info->nargs == 0 ? TB_T_NONE : info->args[i < info->nargs ? i : info->nargs - 1];
    r->cx.argtype = r->argtype;
    int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    if (sqlite3_create_function_v2(conn->db, name, variadic ? -1 : info->nargs, flags, r, call, NULL, NULL, forget) != SQLITE_OK)
        return tbi_sqlite_failed(conn, "register", err); /* SQLite called forget() */
    return TB_OK;
}

static bool known(tb_conn *conn, const char *name)
{
    sqlite3_stmt *q = NULL;
    bool found = false;
    if (sqlite3_prepare_v2(conn->db, "SELECT 1 FROM pragma_function_list WHERE name = ?1", -1, &q, NULL) == SQLITE_OK &&
        sqlite3_bind_text(q, 1, name, -1, SQLITE_STATIC) == SQLITE_OK)
        found = sqlite3_step(q) == SQLITE_ROW;
    sqlite3_finalize(q);
    return found;
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
        if (fn != TB_FN_NONE && !known(conn, name))
            TB_TRY(register_one(conn, fn, name, err));
    }
    return TB_OK;
}
