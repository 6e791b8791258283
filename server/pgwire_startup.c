/* SPDX-License-Identifier: Apache-2.0
 * From the first byte to the first ReadyForQuery: encryption requests, cancel requests, the startup
 * packet, authentication, settings. Nothing the client says here is acted on before it has
 * authenticated, but its user name.
 */
#include "server/auth_scram.h"
#include "server/session.h"

#include <openssl/rand.h>
#include <poll.h>
#include <string.h>
#include <strings.h>

typedef struct startup {
    tb_session *s;
    tb_tls *tls; /* NULL = none */
    int64_t deadline_us;
    bool asked_tls, asked_gss;
    tb_startup packet;
    const char *user;
} startup;

static bool fatal(tb_session *s, const tb_error *err)
{
    tb_session_send_error(s, TB_SEV_FATAL, err);
    tb_session_flush(s);
    tb_log_error(TB_LOG_INFO, "connection rejected", NULL, err);
    return false;
}

/* ---- packets ---- */

/* Reads one packet with its length field into the scratch arena. False = close without a word. */
static bool read_packet(startup *u, const uint8_t **body, size_t *len)
{
    tb_stream *stream = u->s->stream;
    if (tb_stream_need(stream, 4, u->deadline_us) != TB_IO_OK)
        return false;
    const uint8_t *p = tb_stream_data(stream);
    size_t total = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (total < 8 || total > TB_WIRE_STARTUP_MAX ||
        tb_stream_need(stream, total, u->deadline_us) != TB_IO_OK)
        return false;
    *len = total - 4;
    *body = tb_arena_memdup(u->s->arena, tb_stream_data(stream) + 4, *len);
    tb_stream_consume(stream, total);
    return true;
}

static bool answer_byte(startup *u, char byte)
{
    return tb_stream_send(u->s->stream, &byte, 1, u->deadline_us) == TB_IO_OK;
}

/* SSLRequest: 'S' and a handshake, or 'N'. */
static bool on_tls_request(startup *u)
{
    tb_session *s = u->s;
    if (u->asked_tls || tb_stream_is_tls(s->stream))
        return false;
    u->asked_tls = true;
    if (u->tls == NULL)
        return answer_byte(u, 'N');
    /* Bytes sent before the handshake would later look as if they had come inside it. Whoever
     * waits for our answer has sent none yet; after it, the first ones are the handshake's. */
    if (tb_stream_has_early_bytes(s->stream)) {
        tb_error err = tb_session_error(s);
        (void)TB_RAISE(&err, TB_E_PROTOCOL_VIOLATION,
                       "received unencrypted data after SSL request");
        return fatal(s, &err);
    }
    return answer_byte(u, 'S') &&
           tb_stream_start_tls(s->stream, u->tls, u->deadline_us) == TB_IO_OK;
}

static bool on_gss_request(startup *u)
{
    if (u->asked_gss || tb_stream_is_tls(u->s->stream))
        return false;
    u->asked_gss = true;
    return answer_byte(u, 'N');
}

/* Clients of protocol 2 read errors as plain text. */
static bool refuse_version(startup *u, const uint8_t *body, const tb_error *err)
{
    tb_session *s = u->s;
    if (body[0] != 0 || body[1] >= 3)
        return fatal(s, err);
    tb_buf_printf(&s->out.buf, "EFATAL:  %s\n", err->message);
    tb_buf_putc(&s->out.buf, '\0');
    tb_session_flush(s);
    return false;
}

/* Packets up to the one that opens a session. */
static bool read_startup(startup *u)
{
    tb_session *s = u->s;
    for (;;) {
        const uint8_t *body;
        size_t len;
        tb_error err = tb_session_error(s);
        if (!read_packet(u, &body, &len))
            return false;
        if (tb_wire_read_startup(s->arena, body, len, &u->packet, &err) != TB_OK)
            return err.code == TB_E_FEATURE_NOT_SUPPORTED ? refuse_version(u, body, &err)
                                                          : fatal(s, &err);
        switch (u->packet.kind) {
        case TB_STARTUP_SSL:
            if (!on_tls_request(u))
                return false;
            break;
        case TB_STARTUP_GSSENC:
            if (!on_gss_request(u))
                return false;
            break;
        case TB_STARTUP_CANCEL:
            tb_registry_cancel(s->gw->registry, u->packet.pid, u->packet.key);
            return false;
        case TB_STARTUP_SESSION:
            return true;
        }
    }
}

static const char *param(const startup *u, const char *name)
{
    for (uint32_t i = 0; i < u->packet.nparams; i++)
        if (strcmp(u->packet.params[i].name, name) == 0)
            return u->packet.params[i].value;
    return NULL;
}

/* What can be refused before authentication. */
static tb_rc check_packet(startup *u, tb_error *err)
{
    tb_session *s = u->s;
    u->user = param(u, "user");
    if (u->user == NULL || *u->user == '\0')
        return TB_RAISE(err, TB_E_INVALID_AUTHORIZATION_SPECIFICATION,
                        "no PostgreSQL user name specified in startup packet");
    const char *replication = param(u, "replication");
    if (replication != NULL && strcmp(replication, "off") != 0 &&
        strcmp(replication, "false") != 0 && strcmp(replication, "0") != 0)
        return TB_UNSUPPORTED(err, -1, "replication");
    if ((s->config->tls_required || !tb_config_is_loopback(s->config->listen)) &&
        !tb_stream_is_tls(s->stream)) {
        (void)TB_RAISE(err, TB_E_INVALID_AUTHORIZATION_SPECIFICATION,
                       "connection requires encryption");
        tb_error_hint(err, "Connect with sslmode=require.");
        return TB_FAIL;
    }
    const char *peer = tb_stream_peer_name(s->stream);
    if (peer != NULL && strcmp(peer, u->user) != 0)
        return TB_RAISE(err, TB_E_INVALID_AUTHORIZATION_SPECIFICATION,
                        "certificate authentication failed for user \"%s\"", u->user);
    return TB_OK;
}

/* ---- authentication ---- */

/* Is a VALID UNTIL text in the past? Unreadable means expired. */
static bool expired(const char *valid_until)
{
    int64_t until;
    tb_error ignored = {0};
    tb_dt_cx cx = {.tz = tb_tz_utc()};
    if (valid_until == NULL)
        return false;
    return tb_timestamptz_in(&cx, valid_until, strlen(valid_until), -1, &until, &ignored) !=
               TB_OK ||
           until < tb_clock_us();
}

static void find_verifier(startup *u, const tb_role *role, tb_scram_verifier *out)
{
    if (role == NULL || role->verifier == NULL || expired(role->valid_until) ||
        !tb_scram_parse_verifier(role->verifier, out))
        tb_scram_mock_verifier(u->s->gw->mock_secret, u->user, out);
}

/* One step: sends nothing, reads the client's answer. */
static bool sasl_message(startup *u, const uint8_t **body, size_t *len)
{
    tb_session_flush(u->s);
    return tb_session_read_auth(u->s, u->deadline_us, 'p', body, len) == TB_READ_OK;
}

/* The SCRAM exchange. TB_OK with *proven; TB_FAIL with a protocol error; *gone = nobody to tell. */
static tb_rc exchange(startup *u, const tb_scram_verifier *verifier, bool *proven, bool *gone,
                      tb_error *err)
{
    static const char *const plain[] = {TB_SCRAM_SHA_256, NULL};
    static const char *const both[] = {TB_SCRAM_SHA_256_PLUS, TB_SCRAM_SHA_256, NULL};
    tb_session *s = u->s;
    tb_scram x = {.verifier = verifier};
    tb_wire_sasl_initial initial;
    const uint8_t *body;
    const char *reply;
    size_t len;
    *gone = true;
    *proven = false;
    if (tb_stream_is_tls(s->stream))
        x.binding = tb_tls_binding(tb_stream_tls(s->stream), &x.binding_len);
    TB_CHECK(RAND_bytes(x.nonce, sizeof x.nonce) == 1);
    tb_wire_auth_sasl(&s->out, x.binding != NULL ? both : plain);
    if (!sasl_message(u, &body, &len))
        return TB_FAIL;
    *gone = false;
    TB_TRY(tb_wire_read_sasl_initial(body, len, &initial, err));
    TB_TRY(tb_scram_first(&x, s->arena, initial.mechanism, initial.data, initial.len, &reply, err));
    tb_wire_auth_sasl_continue(&s->out, reply);
    *gone = true;
    if (!sasl_message(u, &body, &len))
        return TB_FAIL;
    *gone = false;
    TB_TRY(tb_scram_final(&x, s->arena, (const char *)body, len, proven, &reply, err));
    if (*proven)
        tb_wire_auth_sasl_final(&s->out, reply);
    return TB_OK;
}

static tb_rc audit_login(const startup *u, const char *event, const char *sqlstate, tb_error *err)
{
    return tb_audit_event(u->s->gw->audit, tb_clock_us(), "", u->user, event, u->s->peer, sqlstate,
                          err);
}

/* Slows down guessing; ends early when the server stops. */
static void pause_after_failure(const startup *u)
{
    struct pollfd wake = {.fd = tb_handle_wake_fd(u->s->handle), .events = POLLIN};
    poll(&wake, 1, (int)u->s->config->failed_login_delay_ms);
}

static bool authenticate(startup *u)
{
    tb_session *s = u->s;
    tb_error err = tb_session_error(s);
    tb_scram_verifier verifier;
    bool proven, gone;
    tb_catalog *catalog = tb_store_snapshot(s->gw->store);
    const tb_role *role = tb_catalog_role(catalog, u->user);
    find_verifier(u, role, &verifier);
    tb_rc rc = exchange(u, &verifier, &proven, &gone, &err);
    if (rc == TB_OK && !proven)
        rc = TB_RAISE(&err, TB_E_INVALID_PASSWORD, "password authentication failed for user \"%s\"",
                      u->user);
    if (rc == TB_OK && !role->can_login)
        rc = TB_RAISE(&err, TB_E_INVALID_AUTHORIZATION_SPECIFICATION,
                      "role \"%s\" is not permitted to log in", u->user);
    if (rc == TB_OK) {
        s->user = tb_arena_strdup(s->arena, u->user);
        s->user_oid = role->oid;
        rc = tb_registry_login(s->handle, (uint32_t)s->config->max_connections, role->oid,
                               role->connection_limit, s->user, s->peer, &err);
    }
    tb_catalog_unref(catalog);
    tb_error second = tb_session_error(s);
    if (rc == TB_OK && audit_login(u, "login", "00000", &err) == TB_OK)
        return true;
    if (!gone && audit_login(u, "login failed", tb_sqlstate(err.code), &second) != TB_OK)
        tb_log_error(TB_LOG_ERROR, "record not written", NULL, &second);
    pause_after_failure(u);
    return gone ? false : fatal(s, &err);
}

/* ---- settings ---- */

static tb_rc set_default_ms(tb_session *s, const char *name, int64_t ms, tb_error *err)
{
    return tb_settings_set(s->settings, name, tb_arena_printf(s->scratch, "%lld", (long long)ms),
                           TB_SCOPE_STARTUP, err);
}

static tb_rc server_defaults(tb_session *s, tb_error *err)
{
    TB_TRY(set_default_ms(s, "statement_timeout", s->config->statement_ms, err));
    TB_TRY(set_default_ms(s, "idle_session_timeout", s->config->idle_ms, err));
    return set_default_ms(s, "idle_in_transaction_session_timeout", s->config->idle_transaction_ms,
                          err);
}

static tb_rc apply(tb_session *s, const tb_startup_param *params, uint32_t n, tb_error *err)
{
    static const char *const not_settings[] = {"user", "database", "options", "replication"};
    for (uint32_t i = 0; i < n; i++) {
        bool is_setting = true;
        for (size_t k = 0; k < TB_COUNT(not_settings); k++)
            is_setting = is_setting && strcmp(not_settings[k], params[i].name) != 0;
        if (is_setting)
            TB_TRY(tb_settings_set(s->settings, params[i].name, params[i].value, TB_SCOPE_STARTUP,
                                   err));
    }
    return TB_OK;
}

static tb_rc apply_settings(startup *u, tb_error *err)
{
    tb_session *s = u->s;
    tb_startup_param *options;
    uint32_t n;
    TB_TRY(server_defaults(s, err));
    tb_settings_put(s->settings, TB_SETTING_SESSION_AUTHORIZATION, s->user);
    if (param(u, "options") != NULL) {
        TB_TRY(tb_wire_read_options(s->arena, param(u, "options"), &options, &n, err));
        TB_TRY(apply(s, options, n, err));
    }
    return apply(s, u->packet.params, u->packet.nparams, err);
}

/* There is one database; a client that names none, or names it like its user as libpq does when
 * nothing was said, means it. */
static tb_rc choose_database(startup *u, tb_error *err)
{
    const char *name = param(u, "database");
    u->s->database = u->s->config->database;
    if (name == NULL || *name == '\0' || strcmp(name, u->s->database) == 0 ||
        strcmp(name, u->user) == 0)
        return TB_OK;
    return TB_RAISE(err, TB_E_INVALID_CATALOG_NAME, "database \"%s\" does not exist", name);
}

static bool open_session(startup *u)
{
    tb_session *s = u->s;
    tb_error err = tb_session_error(s);
    if (!read_startup(u))
        return false;
    if (check_packet(u, &err) != TB_OK)
        return fatal(s, &err);
    if (u->packet.minor > 0 || u->packet.nunknown > 0)
        tb_wire_negotiate(&s->out, &u->packet);
    if (!authenticate(u))
        return false;
    tb_wire_auth_ok(&s->out);
    if (choose_database(u, &err) != TB_OK || apply_settings(u, &err) != TB_OK)
        return fatal(s, &err);
    tb_stream_unleash(s->stream);
    tb_session_report_settings(s);
    tb_wire_backend_key(&s->out, tb_handle_pid(s->handle), tb_handle_key(s->handle));
    tb_session_ready(s);
    return !s->over;
}

bool tb_session_startup(tb_session *s)
{
    startup u = {
        .s = s,
        .tls = tb_gateway_tls(s->gw),
        .deadline_us = tb_mono_us() + s->config->authentication_ms * 1000,
    };
    bool ok = open_session(&u);
    tb_tls_unref(u.tls);
    return ok;
}
