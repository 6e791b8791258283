/* SPDX-License-Identifier: Apache-2.0
 * The life of a session, and its message loop.
 */
#include "server/portal.h"
#include "server/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Is `member` in `role`, directly or not? SET ROLE does not ask for INHERIT. */
static bool is_member(const tb_catalog *catalog, tb_arena *arena, tb_oid member, tb_oid role)
{
    TB_LIST(tb_oid) seen = {0};
    tb_list_push(arena, &seen, member);
    for (uint32_t i = 0; i < seen.n; i++) {
        const tb_role *r = tb_catalog_role_by_oid(catalog, seen.at[i]);
        if (seen.at[i] == role)
            return true;
        for (uint32_t m = 0; r != NULL && m < r->nmember_of; m++) {
            uint32_t k = 0;
            while (k < seen.n && seen.at[k] != r->member_of[m])
                k++;
            if (k == seen.n)
                tb_list_push(arena, &seen, r->member_of[m]);
        }
    }
    return false;
}

/* ROLE and AUTHORIZATION settings: a role one is a member of; only oneself. */
static tb_rc check_setting(void *ctx, tb_setting_id id, const char *value, tb_arena *arena,
                           const char **canonical, tb_error *err)
{
    tb_session *s = ctx;
    *canonical = value;
    if (id == TB_SETTING_SESSION_AUTHORIZATION)
        return strcmp(value, s->user) == 0
                   ? TB_OK
                   : TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE,
                              "permission denied to set session authorization");
    if (strcmp(value, "none") == 0)
        return TB_OK;
    tb_catalog *catalog = tb_store_snapshot(s->gw->store);
    const tb_role *role = tb_catalog_role(catalog, value);
    tb_rc rc = TB_OK;
    if (role == NULL)
        rc = TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "role \"%s\" does not exist", value);
    else if (!is_member(catalog, arena, s->user_oid, role->oid))
        rc = TB_RAISE(err, TB_E_INSUFFICIENT_PRIVILEGE, "permission denied to set role \"%s\"",
                      value);
    tb_catalog_unref(catalog);
    return rc;
}

static tb_session *create(tb_gateway *gw, tb_handle *handle, int fd)
{
    tb_session *s = tb_xcalloc(1, sizeof *s);
    s->gw = gw;
    s->config = tb_gateway_config(gw);
    s->handle = handle;
    s->stream = tb_stream_create(fd, tb_handle_wake_fd(handle));
    tb_handle_set_stream(handle, s->stream);
    tb_buf_init(&s->out.buf, (size_t)s->config->row_bytes);
    s->arena = tb_arena_create(0);
    s->scratch = tb_arena_create(0);
    s->rows = tb_arena_create(0);
    s->shown = tb_arena_create(0);
    s->user = "";
    s->settings = tb_settings_create(check_setting, s);
    pthread_mutex_init(&s->settings_lock, NULL);
    tb_stream_peer(s->stream, s->peer, sizeof s->peer);
    return s;
}

static void destroy(tb_session *s)
{
    tb_handle_set_stream(s->handle, NULL);
    tb_portals_drop_all(s);
    while (s->txn.savepoints != NULL) {
        tb_savepoint *sp = s->txn.savepoints;
        s->txn.savepoints = sp->outer;
        free(sp->name);
        free(sp);
    }
    tb_prepared_drop_all(s);
    tb_settings_destroy(s->settings);
    pthread_mutex_destroy(&s->settings_lock);
    tb_recoder_destroy(s->recoder);
    tb_buf_fini(&s->out.buf);
    tb_stream_destroy(s->stream);
    tb_arena_destroy(s->arena);
    tb_arena_destroy(s->scratch);
    tb_arena_destroy(s->rows);
    tb_arena_destroy(s->shown);
    tb_config_unref(s->config);
    free(s);
}

/* When to give up waiting for the client's next message. */
static int64_t idle_deadline(const tb_session *s)
{
    bool idle = s->txn.state == TB_TXN_IDLE;
    int64_t ms =
        tb_settings_int(s->settings, idle ? TB_SETTING_IDLE_SESSION_TIMEOUT
                                          : TB_SETTING_IDLE_IN_TRANSACTION_SESSION_TIMEOUT);
    return ms == 0 ? TB_NO_DEADLINE : tb_mono_us() + ms * 1000;
}

static void say_goodbye(tb_session *s, tb_errcode code, const char *message)
{
    tb_error err = tb_session_error(s);
    s->statement = NULL;
    (void)TB_RAISE(&err, code, "%s", tb_message(err.lang, message));
    tb_session_send_error(s, TB_SEV_FATAL, &err);
    tb_session_flush(s);
    s->over = true;
}

static void end_because_of(tb_session *s, tb_read why)
{
    switch (why) {
    case TB_READ_OK:
    case TB_READ_CLOSED:
        return;
    case TB_READ_IDLE:
        if (s->txn.state == TB_TXN_IDLE)
            say_goodbye(s, TB_E_IDLE_SESSION_TIMEOUT,
                        "terminating connection due to idle-session timeout");
        else
            say_goodbye(s, TB_E_IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                        "terminating connection due to idle-in-transaction timeout");
        return;
    case TB_READ_WOKEN:
        say_goodbye(s, TB_E_ADMIN_SHUTDOWN, "terminating connection due to administrator command");
        return;
    }
    TB_UNREACHABLE();
}

/* Function calls by OID are older than this protocol's extended queries; nobody needs them. */
static void refuse_function_call(tb_session *s)
{
    tb_error err = tb_session_error(s);
    (void)TB_UNSUPPORTED(&err, -1, "function call by OID");
    tb_session_send_error(s, TB_SEV_ERROR, &err);
    tb_txn_fail(s);
    tb_session_ready(s);
}

static void dispatch(tb_session *s, char type, const uint8_t *body, size_t len)
{
    if (s->skip_to_sync && type != 'S' && type != 'X')
        return;
    switch (type) {
    case 'Q':
        tb_session_simple_query(s, body, len);
        return;
    case 'P':
    case 'B':
    case 'D':
    case 'E':
    case 'C':
    case 'H':
    case 'S':
        tb_session_extended(s, type, body, len);
        return;
    case 'F':
        refuse_function_call(s);
        return;
    case 'X':
        s->over = true;
        return;
    case 'd':
    case 'c':
    case 'f':
        return; /* the tail of a COPY that was refused */
    default:
        TB_UNREACHABLE(); /* tb_session_read() lets no other through */
    }
}

static void serve(tb_session *s)
{
    while (!s->over) {
        char type;
        const uint8_t *body;
        size_t len;
        tb_arena_reset(s->scratch);
        s->statement = NULL;
        if (tb_handle_must_end(s->handle)) {
            end_because_of(s, TB_READ_WOKEN);
            return;
        }
        tb_read got = tb_session_read(s, idle_deadline(s), &type, &body, &len);
        if (got != TB_READ_OK) {
            end_because_of(s, got);
            return;
        }
        dispatch(s, type, body, len);
    }
}

/* A connection too many: told in one write, as far as it goes. */
static void turn_away(int fd, const tb_error *err)
{
    tb_wire_out out = {0};
    tb_buf_init(&out.buf, 4096);
    tb_wire_error(&out, TB_SEV_FATAL, err, NULL);
    ssize_t ignored = send(fd, out.buf.data, out.buf.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)ignored;
    tb_buf_fini(&out.buf);
    close(fd);
}

void tb_session_run(tb_gateway *gw, int fd)
{
    tb_error err = {.position = -1};
    tb_config *config = tb_gateway_config(gw);
    tb_handle *handle;
    tb_rc rc = tb_registry_enter(gw->registry, (uint32_t)config->max_preauth, &handle, &err);
    tb_config_unref(config);
    if (rc != TB_OK) {
        tb_log_error(TB_LOG_WARNING, "connection refused", NULL, &err);
        turn_away(fd, &err);
        return;
    }
    tb_session *s = create(gw, handle, fd);
    if (tb_session_startup(s)) {
        tb_log(TB_LOG_INFO, "login", "user", s->user, "peer", s->peer, NULL);
        serve(s);
        tb_log(TB_LOG_INFO, "logout", "user", s->user, "peer", s->peer, NULL);
    }
    destroy(s);
    tb_registry_leave(handle);
}
