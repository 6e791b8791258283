/* SPDX-License-Identifier: Apache-2.0
 * The table of scalar function bodies, and what bodies share: text output of any type, text under
 * construction.
 *
 * Entry points: tb_exec_scalar (executor.h), tbi_io_cx, tbi_text_of, tbi_out_*.
 */
#include "executor/fn_int.h"

#include "executor/executor.h"

/* Body of every TB_FN_SESSION line: the server's own body, found through the environment. */
static tb_rc call_session_body(tb_fn_cx *cx, const tb_value *args, tb_value *ret)
{
    const tb_env *env = cx->env;
    tb_scalar_fn body = NULL;
    if (env != NULL && env->session_scalar != NULL)
        body = env->session_scalar(cx->fn);
    if (body == NULL)
        return TB_RAISE(cx->err, TB_E_FEATURE_NOT_SUPPORTED, "function %s is not supported",
                        tb_fn_get(cx->fn)->name);
    return body(cx, args, ret);
}

static const tb_scalar_fn bodies[TB_FN_COUNT] = {
#define TB_FN_SESSION(id, name, oid, ret, args, flags, doc) [TB_FN_##id] = call_session_body,
#define TB_FN_BULK(id, name, oid, ret, args, flags, doc)    [TB_FN_##id] = NULL,
#define TB_FN(id, name, oid, ret, args, flags, doc)         [TB_FN_##id] = tbi_fn_##id,
#include "core/functions.def"
#undef TB_FN
};

tb_scalar_fn tb_exec_scalar(tb_fn_id fn)
{
    TB_CHECK(fn < TB_FN_COUNT);
    return bodies[fn];
}

tb_io_cx tbi_io_cx(const tb_env *env, tb_arena *arena, bool hide_values)
{
    tb_io_cx io = {.arena = arena, .dt.hide_values = hide_values, .extra_float_digits = 1};
    if (env == NULL) {
        io.dt.tz = tb_tz_utc();
        return io;
    }
    io.dt.now_us = env->now_us;
    io.dt.tz = env->tz != NULL ? env->tz : tb_tz_utc();
    io.extra_float_digits = env->extra_float_digits;
    io.bytea_escape = env->bytea_escape;
    io.interval_style = env->interval_style;
    io.names = env->io_names;
    return io;
}

tb_str tbi_text_of(tb_fn_cx *cx, tb_type_id type, const tb_value *v)
{
    if (tb_type_is_string(type) || type == TB_T_JSON || type == TB_T_JSONB || type == TB_T_UNKNOWN)
        return v->d.str;
    tb_io_cx io = tbi_io_cx(cx->env, cx->arena, cx->hide_values);
    tb_buf buf;
    tb_buf_init(&buf, SIZE_MAX / 2);
    tb_text_out(&io, tb_type_of(type), &v->d, &buf);
    tb_str s = tb_str_copy(cx->arena, tb_str_make(tb_buf_cstr(&buf), buf.len));
    tb_buf_fini(&buf);
    return s;
}

/* ---- text under construction ---- */

void tbi_out_begin(tbi_out *o, tb_fn_cx *cx, size_t expect)
{
    *o = (tbi_out){.arena = cx->arena};
    if (expect > 0)
        (void)tbi_out_room(o, expect);
}

char *tbi_out_room(tbi_out *o, size_t len)
{
    if (o->failed || len > TBI_TEXT_MAX || o->len + len > TBI_TEXT_MAX) {
        o->failed = true;
        return NULL;
    }
    if (o->len + len > o->cap) {
        size_t cap = o->cap * 2;
        if (cap < o->len + len)
            cap = o->len + len;
        if (cap < 32)
            cap = 32;
        char *to = tb_arena_bytes(o->arena, cap);
        if (o->len > 0)
            memcpy(to, o->data, o->len);
        o->data = to;
        o->cap = cap;
    }
    return o->data + o->len;
}

void tbi_out_add(tbi_out *o, const char *at, size_t len)
{
    char *to = tbi_out_room(o, len);
    if (to == NULL || len == 0)
        return;
    memcpy(to, at, len);
    o->len += len;
}

void tbi_out_putc(tbi_out *o, char c)
{
    tbi_out_add(o, &c, 1);
}

void tbi_out_puts(tbi_out *o, const char *s)
{
    tbi_out_add(o, s, strlen(s));
}

void tbi_out_add_str(tbi_out *o, const tb_str *s)
{
    tbi_out_add(o, tb_str_data(s), s->len);
}

void tbi_out_cp(tbi_out *o, uint32_t code_point)
{
    char bytes[4];
    tbi_out_add(o, bytes, tb_utf8_encode(code_point, bytes));
}

tb_rc tbi_out_end(tbi_out *o, tb_fn_cx *cx, tb_value *ret)
{
    if (o->failed)
        return TB_RAISE(cx->err, TB_E_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
    return tbi_bytes(ret, o->len == 0 ? "" : o->data, o->len);
}
