/* SPDX-License-Identifier: Apache-2.0
 * Roles, memberships and settings. Password verifiers are never shown.
 */
#include "server/pgcat_int.h"

#include "core/datetime.h"

static tb_value valid_until(const tbi_srv_rows *r, const tb_role *role)
{
    tb_value v;
    tb_error ignored = {.position = -1};
    tb_io_cx io = {.arena = r->arena};
    io.dt.tz = r->stmt->env->tz;
    if (role->valid_until == NULL || tb_text_in(&io, tb_type_of(TB_T_TIMESTAMPTZ), role->valid_until, strlen(role->valid_until),
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
        tbi_srv_set_str(r, "setting", tb_arena_strdup(r->arena, row.value != NULL ? row.value : ""));
        tbi_srv_set_str(r, "category", row.info != NULL ? "Client Connection Defaults" : "Customized Options");
        tbi_srv_set_str(r, "short_desc", row.info != NULL ? row.info->doc : NULL);
        tbi_srv_set_str(r, "context", "user");
        tbi_srv_set_str(r, "vartype", "string");
        tbi_srv_set_str(r, "source", "default");
        tbi_srv_set_str(r, "reset_val", tb_arena_strdup(r->arena, row.reset != NULL ? row.reset : ""));
        tbi_srv_set_bool(r, "pending_restart", false);
        tbi_srv_emit(r);
    }
    pthread_mutex_unlock(&session->settings_lock);
    return TB_OK;
}
