/* SPDX-License-Identifier: Apache-2.0
 * Messages in, messages out.
 */
#include "server/session.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLUSH_BYTES = 64 * 1024 };

void tb_session_flush(tb_session *s)
{
    if (s->over || s->out.buf.len == 0)
        return;
    if (tb_stream_send(s->stream, s->out.buf.data, s->out.buf.len, TB_NO_DEADLINE) != TB_IO_OK)
        s->over = true;
    tb_buf_reset(&s->out.buf);
}

void tb_session_flush_if_full(tb_session *s)
{
    if (s->out.buf.len >= FLUSH_BYTES)
        tb_session_flush(s);
}

static tb_read from_io(tb_session *s, tb_io io)
{
    switch (io) {
    case TB_IO_OK:
        return TB_READ_OK;
    case TB_IO_TIMEOUT:
        return TB_READ_IDLE;
    case TB_IO_WOKEN:
        return TB_READ_WOKEN;
    case TB_IO_EOF:
    case TB_IO_BROKEN:
        s->over = true;
        return TB_READ_CLOSED;
    }
    TB_UNREACHABLE();
}

/* The rest of a message whose type and length field are buffered: len counts the length field. */
static tb_read read_body(tb_session *s, size_t len, int64_t deadline_us, const uint8_t **body,
                         size_t *body_len)
{
    tb_read r = from_io(s, tb_stream_need(s->stream, 1 + len, deadline_us));
    if (r != TB_READ_OK)
        return r;
    *body_len = len - 4;
    *body = (const uint8_t *)tb_arena_strndup(
        s->scratch, (const char *)tb_stream_data(s->stream) + 5, *body_len);
    tb_stream_consume(s->stream, 1 + len);
    return TB_READ_OK;
}

static size_t frame_length(const uint8_t *head)
{
    return (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
}

tb_read tb_session_read(tb_session *s, int64_t deadline_us, char *type, const uint8_t **body,
                        size_t *len)
{
    tb_read r = from_io(s, tb_stream_need(s->stream, 1, deadline_us));
    if (r != TB_READ_OK)
        return r;
    *type = (char)tb_stream_data(s->stream)[0];
    size_t max = tb_wire_frame_max(*type, (size_t)s->config->message_bytes);
    if (max == 0) {
        tb_error err = tb_session_error(s);
        (void)TB_RAISE(&err, TB_E_PROTOCOL_VIOLATION, "invalid frontend message type %d", *type);
        tb_session_send_error(s, TB_SEV_FATAL, &err);
        tb_session_flush(s);
        s->over = true;
        return TB_READ_CLOSED;
    }
    /* a message that has begun must come in reasonable time, or the client is gone */
    r = from_io(s, tb_stream_need(s->stream, 5, TB_NO_DEADLINE));
    if (r != TB_READ_OK)
        return r;
    size_t frame = frame_length(tb_stream_data(s->stream));
    if (frame < 4 || frame > max) {
        tb_log(TB_LOG_WARNING, "invalid message length", "peer", s->peer, "user", s->user, NULL);
        s->over = true;
        return TB_READ_CLOSED;
    }
    return read_body(s, frame, TB_NO_DEADLINE, body, len);
}

tb_read tb_session_read_auth(tb_session *s, int64_t deadline_us, char want, const uint8_t **body,
                             size_t *len)
{
    tb_read r = from_io(s, tb_stream_need(s->stream, 5, deadline_us));
    if (r != TB_READ_OK)
        return r;
    const uint8_t *head = tb_stream_data(s->stream);
    size_t frame = frame_length(head);
    if ((char)head[0] != want || frame < 4 || frame > TB_WIRE_AUTH_MAX) {
        s->over = true;
        return TB_READ_CLOSED;
    }
    return read_body(s, frame, deadline_us, body, len);
}

void tb_session_send_error(tb_session *s, tb_severity severity, const tb_error *err)
{
    tb_wire_error(&s->out, severity, err, s->statement);
}

void tb_session_fail(tb_session *s, const tb_error *err)
{
    bool fatal = err->code == TB_E_ADMIN_SHUTDOWN;
    tb_session_send_error(s, fatal ? TB_SEV_FATAL : TB_SEV_ERROR, err);
    if (fatal) {
        tb_session_flush(s);
        s->over = true;
    }
}

void tb_session_record_failure(tb_session *s, const char *query_id, const tb_error *err)
{
    tb_error second = tb_session_error(s);
    const char *event = err->code == TB_E_INSUFFICIENT_PRIVILEGE ? "refused" : "failed";
    if (tb_audit_event(s->gw->audit, tb_clock_us(), query_id, s->user, event, NULL,
                       tb_sqlstate(err->code), &second) != TB_OK)
        tb_log_error(TB_LOG_ERROR, "record not written", query_id, &second);
}

tb_rc tb_session_parse(tb_session *s, tb_arena *arena, const char *sql, tb_statement_list *out,
                       tb_error *err)
{
    tb_parse_limits limits = {.length_max = (uint32_t)s->config->statement_bytes};
    char query_id[33];
    if (tb_parse(arena, sql, strlen(sql), &limits, out, err) == TB_OK)
        return TB_OK;
    tb_session_new_query_id(query_id);
    tb_log_error(TB_LOG_INFO, "query failed", query_id, err);
    tb_session_record_failure(s, query_id, err);
    return TB_FAIL;
}

/* Is this severity wanted by client_min_messages? */
static bool wanted(const tb_session *s, tb_severity severity)
{
    /* positions in the setting's list: debug5 .. debug1, log, notice, warning, error */
    static const int64_t rank[] = {
        [TB_SEV_DEBUG] = 4,   [TB_SEV_LOG] = 5,   [TB_SEV_INFO] = INT64_MAX, [TB_SEV_NOTICE] = 6,
        [TB_SEV_WARNING] = 7, [TB_SEV_ERROR] = 8, [TB_SEV_FATAL] = 8,
    };
    return rank[severity] >= tb_settings_int(s->settings, TB_SETTING_CLIENT_MIN_MESSAGES);
}

void tb_session_notice(tb_session *s, tb_severity severity, tb_errcode code, const char *fmt, ...)
{
    if (!wanted(s, severity))
        return;
    tb_error notice = tb_session_error(s);
    notice.code = code;
    char text[sizeof notice.message];
    va_list ap;
    va_start(ap, fmt);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    vsnprintf(text, sizeof text, tb_message(notice.lang, fmt), ap);
#pragma GCC diagnostic pop
    va_end(ap);
    memcpy(notice.message, text, sizeof text);
    tb_wire_error(&s->out, severity, &notice, NULL);
}

static void follow_encoding(tb_session *s)
{
    tb_encoding enc = (tb_encoding)tb_settings_int(s->settings, TB_SETTING_CLIENT_ENCODING);
    if (s->recoder != NULL && tb_recoder_encoding(s->recoder) == enc)
        return;
    tb_recoder_destroy(s->recoder);
    s->recoder = tb_recoder_create(enc);
    s->out.recoder = s->recoder;
}

void tb_session_report_settings(tb_session *s)
{
    const char *name, *value;
    follow_encoding(s);
    while (tb_settings_next_report(s->settings, &name, &value)) {
        tb_wire_parameter_status(&s->out, name, value);
        if (strcmp(name, "application_name") == 0)
            tb_handle_set_application(s->handle, value);
    }
}

void tb_session_ready(tb_session *s)
{
    tb_session_report_settings(s);
    tb_handle_set_activity(s->handle, s->txn.state == TB_TXN_IDLE ? TB_ACTIVITY_IDLE
                                      : s->txn.state == TB_TXN_FAILED
                                          ? TB_ACTIVITY_ABORTED
                                          : TB_ACTIVITY_IDLE_IN_TRANSACTION);
    tb_wire_ready(&s->out, tb_txn_status(s));
    tb_session_flush(s);
}

tb_lang tb_session_lang(const tb_session *s)
{
    bool zh = s->settings != NULL && tb_settings_int(s->settings, TB_SETTING_LC_MESSAGES) == 1;
    return zh ? TB_LANG_ZH : TB_LANG_EN;
}

tb_error tb_session_error(const tb_session *s)
{
    return (tb_error){.lang = tb_session_lang(s), .position = -1};
}
