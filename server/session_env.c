/* SPDX-License-Identifier: Apache-2.0
 * What one statement sees of its session: identity, clock, zone, names, limits. Computed when the
 * statement starts and fixed from then on, so that executor threads never look into the session.
 */
#include "server/pgcat.h"
#include "server/session.h"

#include "core/tz.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

tb_rc tb_session_subject(tb_session *s, tb_arena *arena, const tb_catalog *catalog, tb_subject *out,
                         tb_error *err)
{
    const char *name = tb_settings_text(s->settings, TB_SETTING_ROLE);
    const tb_role *user = tb_catalog_role_by_oid(catalog, s->user_oid);
    const tb_role *role = strcmp(name, "none") == 0 ? user : tb_catalog_role(catalog, name);
    if (user == NULL || role == NULL)
        return TB_RAISE(err, TB_E_UNDEFINED_OBJECT, "role \"%s\" does not exist",
                        user == NULL ? s->user : name);
    tb_subject_init(out, arena, catalog, user->oid, role->oid);
    const char *purpose = tb_settings_text(s->settings, TB_SETTING_PURPOSE);
    out->purpose = *purpose == '\0' ? NULL : tb_arena_strdup(arena, purpose);
    return TB_OK;
}

/* Schemas of search_path that exist and may be used, "$user" replaced. */
static void fill_search_path(tb_session *s, tb_arena *arena, tb_env *env)
{
    const char **names;
    uint32_t n;
    tb_error ignored = {0};
    const char *path = tb_settings_text(s->settings, TB_SETTING_SEARCH_PATH);
    if (tb_settings_split_list(arena, path, &names, &n, &ignored) != TB_OK)
        return; /* cannot be: it was checked when set */
    const char **usable = TB_NEW_ARRAY(arena, const char *, n);
    for (uint32_t i = 0; i < n; i++) {
        const char *name = strcmp(names[i], "$user") == 0 ? env->role : names[i];
        const tb_schema *schema = tb_catalog_schema(env->catalog, name);
        if (schema != NULL && tb_may_use_schema(env->catalog, env->subject, schema))
            usable[env->nsearch_path++] = schema->name;
    }
    env->search_path = usable;
}

static void random_bytes(void *to, size_t n)
{
    TB_CHECK(RAND_bytes(to, (int)n) == 1);
}

static const char *setting(const tb_env *env, const char *name)
{
    return tb_session_setting(env->session, name);
}

void tb_session_env(tb_session *s, tb_arena *arena, const tb_catalog *catalog,
                    const tb_subject *subject, tb_env *out)
{
    const char *zone = tb_settings_text(s->settings, TB_SETTING_TIMEZONE);
    const tb_tz *tz = tb_tz_find(zone, strlen(zone));
    const tb_role *role = tb_catalog_role_by_oid(catalog, subject->role);
    *out = (tb_env){
        .now_us = s->txn.start_us,
        .stmt_us = tb_clock_us(),
        .tz = tz != NULL ? tz : tb_tz_utc(),
        .timezone = tb_arena_strdup(arena, zone),
        .user = s->user,
        .role = role->name,
        .database = s->database,
        .application_name =
            tb_arena_strdup(arena, tb_settings_text(s->settings, TB_SETTING_APPLICATION_NAME)),
        .extra_float_digits = (int)tb_settings_int(s->settings, TB_SETTING_EXTRA_FLOAT_DIGITS),
        .bytea_escape = tb_settings_int(s->settings, TB_SETTING_BYTEA_OUTPUT) == 0,
        .interval_style = (int)tb_settings_int(s->settings, TB_SETTING_INTERVALSTYLE),
        .backend_pid = tb_handle_pid(s->handle),
        .catalog = catalog,
        .subject = subject,
        .token_key = tb_store_token_key(s->gw->store),
        .clock_us = tb_clock_us,
        .random_bytes = random_bytes,
        .setting = setting,
        .session = s,
        .session_scalar = tb_session_scalar,
    };
    fill_search_path(s, arena, out);
    out->io_names = tb_pgcat_io_names(arena, out);
}

tb_limits tb_session_limits(const tb_session *s)
{
    int64_t memory = tb_settings_int(s->settings, TB_SETTING_MEMORY_LIMIT);
    int64_t spill = tb_settings_int(s->settings, TB_SETTING_SPILL_LIMIT);
    if (memory > s->config->statement_kb)
        memory = s->config->statement_kb;
    if (spill > s->config->spill_kb)
        spill = s->config->spill_kb;
    return (tb_limits){
        .memory_bytes = (size_t)memory * 1024,
        .spill_bytes = (size_t)spill * 1024,
        .depth = 1000,
        .plan_nodes = 100000,
    };
}

tb_io_cx tb_session_io(const tb_env *env, tb_arena *arena)
{
    return (tb_io_cx){
        .arena = arena,
        .dt = {.now_us = env->now_us, .tz = env->tz},
        .extra_float_digits = env->extra_float_digits,
        .bytea_escape = env->bytea_escape,
        .interval_style = env->interval_style,
        .names = env->io_names,
    };
}

void tb_session_new_query_id(char id[33])
{
    uint8_t bytes[16];
    random_bytes(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

const char *tb_session_setting(tb_session *s, const char *name)
{
    pthread_mutex_lock(&s->settings_lock);
    const char *value = tb_settings_show(s->settings, s->shown, name, NULL);
    pthread_mutex_unlock(&s->settings_lock);
    return value;
}

tb_rc tb_session_set_config(tb_session *s, const char *name, const char *value, bool local,
                            tb_arena *arena, const char **now, tb_error *err)
{
    pthread_mutex_lock(&s->settings_lock);
    tb_rc rc =
        tb_settings_set(s->settings, name, value, local ? TB_SCOPE_LOCAL : TB_SCOPE_SESSION, err);
    if (rc == TB_OK)
        *now = tb_settings_show(s->settings, arena, name, NULL);
    pthread_mutex_unlock(&s->settings_lock);
    return rc;
}
