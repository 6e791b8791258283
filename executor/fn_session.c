/* SPDX-License-Identifier: Apache-2.0
 * Functions that need nothing of the session but tb_env: names, search path, settings, types,
 * counts of NULLs. Those that need the server's catalog are TB_FN_SESSION lines.
 */
#include "executor/fn_int.h"

#include "core/array.h"

static const char *or_empty(const char *s)
{
    return s != NULL ? s : "";
}

static tb_rc put_cstr(tb_value *ret, const char *s)
{
    return tbi_bytes(ret, s, strlen(s));
}

static tb_rc need_env(const tb_fn_cx *cx)
{
    if (cx->env == NULL)
        return TB_RAISE(cx->err, TB_E_FEATURE_NOT_SUPPORTED, "function %s needs a session",
                        tb_fn_get(cx->fn)->name);
    return TB_OK;
}

/* ---- who and where ---- */

TB_BODY(CURRENT_USER)
{
    TB_TRY(need_env(cx));
    return put_cstr(ret, or_empty(cx->env->role));
}
TB_BODY(SESSION_USER)
{
    TB_TRY(need_env(cx));
    return put_cstr(ret, or_empty(cx->env->user));
}
TB_BODY(CURRENT_DATABASE)
{
    TB_TRY(need_env(cx));
    return put_cstr(ret, or_empty(cx->env->database));
}
TB_BODY(PG_BACKEND_PID)
{
    TB_TRY(need_env(cx));
    return tbi_int4(ret, cx->env->backend_pid);
}

static bool is_system_schema(const char *name)
{
    return strcmp(name, "pg_catalog") == 0;
}

/* The first schema of the search path that is the user's own choice. */
TB_BODY(CURRENT_SCHEMA)
{
    TB_TRY(need_env(cx));
    for (uint32_t i = 0; i < cx->env->nsearch_path; i++)
        if (!is_system_schema(cx->env->search_path[i]))
            return put_cstr(ret, cx->env->search_path[i]);
    return tbi_null(ret);
}

/* With the implicit one: pg_catalog comes first unless the path names it. */
TB_BODY(CURRENT_SCHEMAS)
{
    TB_TRY(need_env(cx));
    const tb_env *env = cx->env;
    tb_value *names = TB_NEW_ARRAY(cx->arena, tb_value, env->nsearch_path + 1);
    uint32_t n = 0;
    bool named = false;
    for (uint32_t i = 0; i < env->nsearch_path; i++)
        named = named || is_system_schema(env->search_path[i]);
    if (a[0].d.b && !named)
        names[n++] = tb_value_cstr("pg_catalog");
    for (uint32_t i = 0; i < env->nsearch_path; i++)
        names[n++] = tb_value_cstr(env->search_path[i]);
    return tbi_str(ret, tb_array_build_1d(cx->arena, TB_T_NAME, names, n));
}

static tb_rc current_setting(tb_fn_cx *cx, const tb_value *a, bool missing_ok, tb_value *ret)
{
    TB_TRY(need_env(cx));
    const char *name = tb_arena_strndup(cx->arena, TBI_S(0), TBI_N(0));
    const char *value = cx->env->setting != NULL ? cx->env->setting(cx->env, name) : NULL;
    if (value != NULL)
        return tbi_str(ret, tb_str_copy(cx->arena, tb_str_lit(value)));
    if (missing_ok)
        return tbi_null(ret);
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_UNDEFINED_OBJECT, "unrecognized configuration parameter");
    return TB_RAISE(cx->err, TB_E_UNDEFINED_OBJECT, "unrecognized configuration parameter \"%.*s\"",
                    TBI_QUOTE(TBI_S(0), TBI_N(0)));
}

TB_BODY(CURRENT_SETTING_TEXT)
{
    return current_setting(cx, a, false, ret);
}
TB_BODY(CURRENT_SETTING_TEXT_BOOL)
{
    return current_setting(cx, a, a[1].d.b, ret);
}

/* ---- roles and purpose, for policies ---- */

TB_BODY(CURRENT_ROLE)
{
    TB_TRY(need_env(cx));
    return put_cstr(ret, or_empty(cx->env->role));
}

/* Is the named role the current one or inherited by it? A role that does not exist is in no
 * session. */
TB_BODY(IS_ROLE_IN_SESSION)
{
    TB_TRY(need_env(cx));
    const tb_env *env = cx->env;
    if (env->catalog == NULL || env->subject == NULL)
        return tbi_bool(ret, false);
    const tb_role *role =
        tb_catalog_role(env->catalog, tb_arena_strndup(cx->arena, TBI_S(0), TBI_N(0)));
    return tbi_bool(ret, role != NULL && tb_subject_has_role(env->subject, role->oid));
}

TB_BODY(CURRENT_PURPOSE)
{
    TB_TRY(need_env(cx));
    const char *purpose = cx->env->subject != NULL ? cx->env->subject->purpose : NULL;
    return purpose != NULL ? put_cstr(ret, purpose) : tbi_null(ret);
}

/* ---- types and NULLs ---- */

TB_BODY(PG_TYPEOF)
{
    *ret = tb_value_oid(tb_type_oid(cx->argtype[0]));
    return TB_OK;
}

TB_BODY(FORMAT_TYPE)
{
    char text[128];
    if (a[0].null)
        return tbi_null(ret);
    if (a[0].d.oid == 0)
        return put_cstr(ret, "-");
    tb_type_id id = tb_type_from_oid(a[0].d.oid);
    if (id == TB_T_NONE)
        return put_cstr(ret, "???");
    tb_type type = {.id = id, .typmod = a[1].null ? -1 : a[1].d.i32};
    return tbi_str(ret,
                   tb_str_copy(cx->arena, tb_str_lit(tb_type_format(type, text, sizeof text))));
}

static int64_t count_nulls(const tb_fn_cx *cx, const tb_value *a)
{
    int64_t n = 0;
    for (uint32_t i = 0; i < cx->nargs; i++)
        n += a[i].null;
    return n;
}

TB_BODY(NUM_NULLS)
{
    return tbi_int4(ret, count_nulls(cx, a));
}
TB_BODY(NUM_NONNULLS)
{
    return tbi_int4(ret, cx->nargs - count_nulls(cx, a));
}
