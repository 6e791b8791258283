/* SPDX-License-Identifier: Apache-2.0
 * Bodies of functions that need the running session: its settings, other sessions, waiting. Those
 * that need the catalog are in pgcat*.c.
 */
#include "server/pgcat.h"
#include "server/session.h"

#include <stdio.h>
#include <string.h>

static tb_session *session_of(const tb_fn_cx *cx)
{
    return cx->env->session;
}

static const char *text_arg(tb_fn_cx *cx, const tb_value *v)
{
    return tb_arena_strndup(cx->arena, tb_str_data(&v->d.str), v->d.str.len);
}

static tb_rc give_text(tb_fn_cx *cx, const char *text, tb_value *ret)
{
    *ret = tb_value_cstr(tb_arena_strdup(cx->arena, text));
    return TB_OK;
}

static tb_rc version(tb_fn_cx *cx, const tb_value *args, tb_value *ret)
{
    (void)args;
    return give_text(cx, "PostgreSQL " TB_PG_VERSION " (Tombolo " TB_VERSION ")", ret);
}

static tb_rc set_config(tb_fn_cx *cx, const tb_value *args, tb_value *ret)
{
    if (args[0].null)
        return TB_RAISE(cx->err, TB_E_NULL_VALUE_NOT_ALLOWED, "SET requires parameter name");
    const char *now = NULL;
    const char *value = args[1].null ? NULL : text_arg(cx, &args[1]);
    TB_TRY(tb_session_set_config(session_of(cx), text_arg(cx, &args[0]), value,
                                 !args[2].null && args[2].d.b, cx->arena, &now, cx->err));
    return give_text(cx, now, ret);
}

static tb_rc pg_sleep(tb_fn_cx *cx, const tb_value *args, tb_value *ret)
{
    double seconds = args[0].d.f64;
    *ret = tb_value_cstr("");
    if (!(seconds > 0))
        return TB_OK;
    int64_t us = seconds > 1e9 ? INT64_C(1000000000000000) : (int64_t)(seconds * 1e6);
    return tb_handle_sleep(session_of(cx)->handle, us, cx->err);
}

/* pg_cancel_backend and pg_terminate_backend: one's own sessions only. */
static tb_rc signal_backend(tb_fn_cx *cx, int32_t pid, tb_interrupt why, tb_value *ret)
{
    tb_session *s = session_of(cx);
    bool denied;
    bool done = tb_registry_signal(s->gw->registry, pid, why, s->user_oid, &denied);
    if (denied) {
        (void)TB_RAISE(cx->err, TB_E_INSUFFICIENT_PRIVILEGE,
                       "must be a member of the role whose query is being canceled or whose "
                       "process is being terminated");
        return TB_FAIL;
    }
    *ret = tb_value_bool(done);
    return TB_OK;
}

static tb_rc pg_cancel_backend(tb_fn_cx *cx, const tb_value *args, tb_value *ret)
{
    return signal_backend(cx, args[0].d.i32, TB_INTERRUPT_USER, ret);
}

static tb_rc pg_terminate_backend(tb_fn_cx *cx, const tb_value *args, tb_value *ret)
{
    return signal_backend(cx, args[0].d.i32, TB_INTERRUPT_TERMINATE, ret);
}

static tb_rc txid_current(tb_fn_cx *cx, const tb_value *args, tb_value *ret)
{
    (void)args;
    *ret = tb_value_int8((int64_t)session_of(cx)->txn.number);
    return TB_OK;
}

static tb_rc pg_postmaster_start_time(tb_fn_cx *cx, const tb_value *args, tb_value *ret)
{
    (void)args;
    *ret = tb_value_int8(session_of(cx)->gw->start_us);
    return TB_OK;
}

typedef struct body {
    tb_fn_id fn;
    tb_scalar_fn call;
} body;

static const body bodies[] = {
    {TB_FN_PG_CANCEL_BACKEND, pg_cancel_backend},
    {TB_FN_PG_CONF_LOAD_TIME, pg_postmaster_start_time},
    {TB_FN_PG_POSTMASTER_START_TIME, pg_postmaster_start_time},
    {TB_FN_PG_SLEEP, pg_sleep},
    {TB_FN_PG_TERMINATE_BACKEND, pg_terminate_backend},
    {TB_FN_PG_TERMINATE_BACKEND_INT4, pg_terminate_backend},
    {TB_FN_SET_CONFIG, set_config},
    {TB_FN_TXID_CURRENT, txid_current},
    {TB_FN_VERSION, version},
};

tb_scalar_fn tb_session_scalar(tb_fn_id fn)
{
    for (size_t i = 0; i < TB_COUNT(bodies); i++)
        if (bodies[i].fn == fn)
            return bodies[i].call;
    return tb_pgcat_scalar(fn);
}
