/* SPDX-License-Identifier: Apache-2.0
 * PostgreSQL's frontend/backend protocol 3.0 as bytes: reads what clients send, builds what servers
 * send. No sockets, no session, no SQL: pure functions that the fuzzer can call.
 *
 * Reading is strict: every count and length is checked against the bytes that are there, nothing is
 * allocated for a number that was merely announced, and bytes left over are an error (08P01).
 * Strings read point into the message body; they live as long as it does.
 */
#ifndef TB_SERVER_PGWIRE_H
#define TB_SERVER_PGWIRE_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/error.h"
#include "server/encoding.h"

enum {
    TB_WIRE_STARTUP_MAX = 10000, /* length field of the first packet */
    TB_WIRE_SMALL_MAX = 10000,   /* messages that carry names only */
    TB_WIRE_AUTH_MAX = 65535,    /* password and SASL messages */
    TB_WIRE_PARAMS_MAX = 65535,
    TB_WIRE_COLUMNS_MAX = 1664,
    TB_WIRE_CANCEL_KEY_LEN = 4,
    TB_WIRE_VERSION_3_0 = 196608
};

/* ---- frames ----------------------------------------------------------------------------------
 */

/* The largest length field (it counts itself) a message type may announce after authentication;
 * 0 = no such message. large_max is the configured limit of the messages that carry data. */
size_t tb_wire_frame_max(char type, size_t large_max);

/* ---- the first packet ------------------------------------------------------------------------
 */

typedef enum tb_startup_kind {
    TB_STARTUP_SESSION,
    TB_STARTUP_CANCEL,
    TB_STARTUP_SSL,
    TB_STARTUP_GSSENC
} tb_startup_kind;

typedef struct tb_startup_param {
    const char *name;
    const char *value;
} tb_startup_param;

typedef struct tb_startup {
    tb_startup_kind kind;
    uint32_t minor;                      /* SESSION: of version 3.minor */
    int32_t pid;                         /* CANCEL */
    uint8_t key[TB_WIRE_CANCEL_KEY_LEN]; /* CANCEL */
    uint32_t nparams;                    /* SESSION: without the "_pq_." ones */
    tb_startup_param *params;
    uint32_t nunknown; /* SESSION: "_pq_." options: we know none */
    const char **unknown;
} tb_startup;

/* body: the packet without its length field. 08P01 for a malformed one, 0A000 for another major
 * version. */
tb_rc tb_wire_read_startup(tb_arena *arena, const uint8_t *body, size_t len, tb_startup *out,
                           tb_error *err) TB_MUSTUSE;

/* Splits the startup parameter "options" ("-c name=value --name=value", backslash escapes) into
 * settings; names get '-' turned into '_'. 42601 for anything else. */
tb_rc tb_wire_read_options(tb_arena *arena, const char *options, tb_startup_param **out,
                           uint32_t *n, tb_error *err) TB_MUSTUSE;

/* ---- messages of the client ------------------------------------------------------------------
 */

typedef struct tb_wire_parse {
    const char *name, *sql;
    uint32_t ntypes;
    uint32_t *types; /* OIDs; 0 = infer */
} tb_wire_parse;

typedef struct tb_wire_value {
    const uint8_t *bytes;
    int32_t len; /* -1 = NULL */
} tb_wire_value;

typedef struct tb_wire_bind {
    const char *portal, *statement;
    uint32_t nformats; /* 0, 1 or nparams */
    int16_t *formats;
    uint32_t nparams;
    tb_wire_value *params;
    uint32_t nresult_formats;
    int16_t *result_formats;
} tb_wire_bind;

typedef struct tb_wire_execute {
    const char *portal;
    int32_t max_rows; /* <= 0 = all */
} tb_wire_execute;

/* Describe and Close: kind 'S' or 'P'. */
typedef struct tb_wire_target {
    char kind;
    const char *name;
} tb_wire_target;

typedef struct tb_wire_sasl_initial {
    const char *mechanism;
    const char *data; /* not NUL-terminated; NULL when the client sent none */
    size_t len;
} tb_wire_sasl_initial;

tb_rc tb_wire_read_query(const uint8_t *body, size_t len, const char **sql,
                         tb_error *err) TB_MUSTUSE;
tb_rc tb_wire_read_parse(tb_arena *arena, const uint8_t *body, size_t len, tb_wire_parse *out,
                         tb_error *err) TB_MUSTUSE;
tb_rc tb_wire_read_bind(tb_arena *arena, const uint8_t *body, size_t len, tb_wire_bind *out,
                        tb_error *err) TB_MUSTUSE;
tb_rc tb_wire_read_execute(const uint8_t *body, size_t len, tb_wire_execute *out,
                           tb_error *err) TB_MUSTUSE;
/* message: "DESCRIBE" or "CLOSE", for the error. */
tb_rc tb_wire_read_target(const uint8_t *body, size_t len, const char *message, tb_wire_target *out,
                          tb_error *err) TB_MUSTUSE;
/* Sync, Flush, Terminate, CopyDone: nothing in them. */
tb_rc tb_wire_read_empty(size_t len, tb_error *err) TB_MUSTUSE;
tb_rc tb_wire_read_sasl_initial(const uint8_t *body, size_t len, tb_wire_sasl_initial *out,
                                tb_error *err) TB_MUSTUSE;

/* ---- messages of the server ------------------------------------------------------------------
 */

/* Where messages are built: bytes not yet sent, and how text is spelled for the client. */
typedef struct tb_wire_out {
    tb_buf buf;
    tb_recoder *recoder; /* NULL = UTF-8; borrowed */
} tb_wire_out;

/* One message: begin, fields, end. begin returns the mark that end takes. */
size_t tb_wire_begin(tb_wire_out *out, char type);
void tb_wire_end(tb_wire_out *out, size_t mark);
/* Forgets a message that was begun. */
void tb_wire_abandon(tb_wire_out *out, size_t mark);
void tb_wire_u8(tb_wire_out *out, uint8_t v);
void tb_wire_i16(tb_wire_out *out, int16_t v);
void tb_wire_i32(tb_wire_out *out, int32_t v);
/* NUL-terminated text in the client's encoding. */
void tb_wire_cstr(tb_wire_out *out, const char *s);
void tb_wire_bytes(tb_wire_out *out, const void *bytes, size_t len);

void tb_wire_auth_ok(tb_wire_out *out);
/* mechanisms: NULL-terminated list. */
void tb_wire_auth_sasl(tb_wire_out *out, const char *const *mechanisms);
void tb_wire_auth_sasl_continue(tb_wire_out *out, const char *data);
void tb_wire_auth_sasl_final(tb_wire_out *out, const char *data);
void tb_wire_negotiate(tb_wire_out *out, const tb_startup *startup);
void tb_wire_parameter_status(tb_wire_out *out, const char *name, const char *value);
void tb_wire_backend_key(tb_wire_out *out, int32_t pid, const uint8_t key[TB_WIRE_CANCEL_KEY_LEN]);
/* status: 'I', 'T' or 'E'. */
void tb_wire_ready(tb_wire_out *out, char status);
void tb_wire_command_complete(tb_wire_out *out, const char *tag);
/* ParseComplete '1', BindComplete '2', CloseComplete '3', NoData 'n', EmptyQueryResponse 'I',
 * PortalSuspended 's', CopyDone 'c'. */
void tb_wire_simple(tb_wire_out *out, char type);
void tb_wire_parameter_description(tb_wire_out *out, const uint32_t *oids, uint32_t n);
/* CopyOutResponse with one format for all columns. */
void tb_wire_copy_out(tb_wire_out *out, uint32_t ncols, bool binary);

typedef struct tb_wire_column {
    const char *name;
    uint32_t table_oid; /* 0 = not a plain column */
    int16_t attnum;     /* 1-based */
    uint32_t type_oid;
    int16_t type_len;
    int32_t typmod;
} tb_wire_column;

/* formats: NULL = text, else one per column. */
void tb_wire_row_description(tb_wire_out *out, const tb_wire_column *cols, uint32_t n,
                             const int16_t *formats);

typedef enum tb_severity {
    TB_SEV_DEBUG,
    TB_SEV_LOG,
    TB_SEV_INFO,
    TB_SEV_NOTICE,
    TB_SEV_WARNING,
    TB_SEV_ERROR,
    TB_SEV_FATAL
} tb_severity;

/* ErrorResponse (ERROR, FATAL) or NoticeResponse (below). statement: the text err->position counts
 * in, so that the client gets a character number; NULL = no position. */
void tb_wire_error(tb_wire_out *out, tb_severity severity, const tb_error *err,
                   const char *statement);
/* The word of field V, never translated. */
const char *tb_severity_name(tb_severity severity);

#endif
