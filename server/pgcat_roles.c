/* SPDX-License-Identifier: Apache-2.0
 * Roles, memberships, settings and sessions. Password verifiers and other sessions' statements are
 * never shown.
 */
#include "server/pgcat_int.h"

#include "core/datetime.h"

#include <stdlib.h>

static tb_value valid_until(const tbi_srv_rows *r, const tb_role *role)
{
    tb_value v;
    tb_error ignored = {.position = -1};
    tb_io_cx io = {.arena = r->arena};
    io.dt.tz = r->stmt->env->tz;
    if (role->valid_until == NULL ||
        tb_text_in(&io, tb_type_of(TB_T_TIMESTAMPTZ), role->valid_until, strlen(role->valid_until),
                   &v, &ignored) != TB_OK)
        return tb_value_null();
    return v;
}

tb_rc tbi_srv_pg_roles(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nroles; i++) {
        const tb_role *role = &r->cat->roles[i];
        tbi_srv_set_oid(r, "oid", role->oid);
        tbi_srv_set_str(r, "rolname", role->name);
        tbi_srv_set_bool(r, "rolsuper", false);
        tbi_srv_set_bool(r, "rolinherit", role->inherit);
        tbi_srv_set_bool(r, "rolcreaterole", role->security);
        tbi_srv_set_bool(r, "rolcreatedb", false);
        tbi_srv_set_bool(r, "rolcanlogin", role->can_login);
        tbi_srv_set_bool(r, "rolreplication", false);
        tbi_srv_set_int(r, "rolconnlimit", role->connection_limit);
        tbi_srv_set_str(r, "rolpassword", "********");
        tbi_srv_set(r, "rolvaliduntil", valid_until(r, role));
        tbi_srv_set_bool(r, "rolbypassrls", false);
        tbi_srv_emit(r);
    }
    return TB_OK;
}

/* It holds what nobody may read; PostgreSQL refuses all but superusers. */
tb_rc tbi_srv_pg_authid(tbi_srv_rows *r, tb_error *err)
{
    return TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE, "permission denied for table %s",
                    r->table->name);
}

tb_rc tbi_srv_pg_user(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nroles; i++) {
        const tb_role *role = &r->cat->roles[i];
        if (!role->can_login)
            continue;
        tbi_srv_set_str(r, "usename", role->name);
        tbi_srv_set_oid(r, "usesysid", role->oid);
        tbi_srv_set_bool(r, "usecreatedb", false);
        tbi_srv_set_bool(r, "usesuper", false);
        tbi_srv_set_bool(r, "userepl", false);
        tbi_srv_set_bool(r, "usebypassrls", false);
        tbi_srv_set_str(r, "passwd", "********");
        tbi_srv_set(r, "valuntil", valid_until(r, role));
        tbi_srv_emit(r);
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_auth_members(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    for (uint32_t i = 0; i < r->cat->nroles; i++) {
        const tb_role *role = &r->cat->roles[i];
        for (uint32_t k = 0; k < role->nmember_of; k++) {
            tbi_srv_set_oid(r, "roleid", role->member_of[k]);
            tbi_srv_set_oid(r, "member", role->oid);
            tbi_srv_set_oid(r, "grantor", TBI_BOOTSTRAP_ROLE);
            tbi_srv_set_bool(r, "admin_option", role->member_admin[k]);
            tbi_srv_emit(r);
        }
    }
    return TB_OK;
}

tb_rc tbi_srv_pg_settings(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    tb_session *session = r->scan->session;
    pthread_mutex_lock(&session->settings_lock);
    tb_setting_row row;
    for (uint32_t i = 0; tb_settings_at(session->settings, i, &row); i++) {
        tbi_srv_set_str(r, "name", row.name);
        tbi_srv_set_str(r, "setting",
                        tb_arena_strdup(r->arena, row.value != NULL ? row.value : ""));
        tbi_srv_set_str(r, "category",
                        row.info != NULL ? "Client Connection Defaults" : "Customized Options");
        tbi_srv_set_str(r, "short_desc", row.info != NULL ? row.info->doc : NULL);
        tbi_srv_set_str(r, "context", "user");
        tbi_srv_set_str(r, "vartype", "string");
        tbi_srv_set_str(r, "source", "default");
        tbi_srv_set_str(r, "reset_val",
                        tb_arena_strdup(r->arena, row.reset != NULL ? row.reset : ""));
        tbi_srv_set_bool(r, "pending_restart", false);
        tbi_srv_emit(r);
    }
    pthread_mutex_unlock(&session->settings_lock);
    return TB_OK;
}

/* ---- sessions ---- */

static const char *activity_name(tb_activity activity)
{
    switch (activity) {
    case TB_ACTIVITY_LOGIN:
    case TB_ACTIVITY_IDLE:
        return "idle";
    case TB_ACTIVITY_ACTIVE:
        return "active";
    case TB_ACTIVITY_IDLE_IN_TRANSACTION:
        return "idle in transaction";
    case TB_ACTIVITY_ABORTED:
        return "idle in transaction (aborted)";
    }
    TB_UNREACHABLE();
}

static void set_time(tbi_srv_rows *r, const char *column, int64_t us)
{
    if (us != 0)
        tbi_srv_set(r, column, tb_value_int8(us));
}

/* What a session does is for its role and for system administrators, who may end it. */
static void emit_session(tbi_srv_rows *r, const tb_session_info *info)
{
    const tb_role *me = tb_catalog_role_by_oid(r->cat, r->subject->role);
    tbi_srv_set_oid(r, "datid", TBI_DATABASE);
    tbi_srv_set_str(r, "datname", "tombolo");
    tbi_srv_set_int(r, "pid", info->pid);
    tbi_srv_set_oid(r, "usesysid", info->role);
    tbi_srv_set_str(r, "usename", tb_arena_strdup(r->arena, info->user));
    if (tb_subject_has_role(r->subject, info->role) || (me != NULL && me->system)) {
        tbi_srv_set_str(r, "application_name", tb_arena_strdup(r->arena, info->application));
        set_time(r, "backend_start", info->start_us);
        set_time(r, "query_start", info->statement_us);
        set_time(r, "state_change", info->change_us);
        tbi_srv_set_str(r, "state", activity_name(info->activity));
        tbi_srv_set_str(r, "backend_type", "client backend");
    }
    tbi_srv_emit(r);
}

tb_rc tbi_srv_pg_stat_activity(tbi_srv_rows *r, tb_error *err)
{
    (void)err;
    tb_session_info *all;
    uint32_t n = tb_registry_list(r->scan->session->gw->registry, &all);
    for (uint32_t i = 0; i < n; i++)
        if (all[i].activity != TB_ACTIVITY_LOGIN)
            emit_session(r, &all[i]);
    free(all);
    return TB_OK;
}
