/* SPDX-License-Identifier: Apache-2.0
 * The connection to one client: a socket, perhaps with TLS, an input buffer, and deadlines.
 *
 * Calls block the calling thread, which owns the stream, until done, or until the deadline, or
 * until somebody writes to the wake descriptor. While a send waits for the client, input that
 * arrives is buffered (up to a limit), so that a client which writes a long pipeline before it
 * reads does not deadlock with us.
 *
 * Until tb_stream_unleash() the stream reads exactly the bytes it was asked for: nothing that comes
 * before the TLS handshake can be mistaken for something that came inside it.
 */
#ifndef TB_SERVER_STREAM_H
#define TB_SERVER_STREAM_H

#include "core/base.h"
#include "server/tls.h"

typedef struct tb_stream tb_stream;

typedef enum tb_io {
    TB_IO_OK,
    TB_IO_EOF,     /* the client closed the connection */
    TB_IO_TIMEOUT, /* the deadline passed */
    TB_IO_WOKEN,   /* the wake descriptor became readable */
    TB_IO_BROKEN   /* the connection cannot be used any more */
} tb_io;

#define TB_NO_DEADLINE INT64_MAX

/* Microseconds of the monotonic clock, which deadlines count in. */
int64_t tb_mono_us(void);

/* Takes over fd. wake_fd (borrowed, -1 = none) ends waits for input; it is never read. */
tb_stream *tb_stream_create(int fd, int wake_fd) TB_MUSTUSE;
/* Sends TLS close-notify, closes the socket. NULL is allowed. */
void tb_stream_destroy(tb_stream *s);

/* Did the client send bytes that nobody asked for yet? Before TLS this is an attack. */
bool tb_stream_has_early_bytes(tb_stream *s);
/* The next byte, without taking it; -1 when none came until the deadline. */
int tb_stream_peek(tb_stream *s, int64_t deadline_us);
/* TLS handshake as server. */
tb_io tb_stream_start_tls(tb_stream *s, tb_tls *tls, int64_t deadline_us);
bool tb_stream_is_tls(const tb_stream *s);
/* Common name of the client's verified certificate, or NULL when it sent none. */
const char *tb_stream_peer_name(tb_stream *s);
/* Certificate digest for channel binding; see tb_tls_binding(). */
const tb_tls *tb_stream_tls(const tb_stream *s);
/* From now on read ahead. */
void tb_stream_unleash(tb_stream *s);

/* Waits until at least len bytes are buffered at tb_stream_data(). */
tb_io tb_stream_need(tb_stream *s, size_t len, int64_t deadline_us);
/* The buffered input; valid until the next need or send, also when consumed. */
const uint8_t *tb_stream_data(const tb_stream *s);
size_t tb_stream_buffered(const tb_stream *s);
/* Drops len bytes from the front. */
void tb_stream_consume(tb_stream *s, size_t len);

/* Sends everything. Not ended by the wake descriptor: a message is sent whole or the connection is
 * lost. */
tb_io tb_stream_send(tb_stream *s, const void *bytes, size_t len, int64_t deadline_us);

/* Text of the peer's address ("127.0.0.1:5432") into buf. */
void tb_stream_peer(const tb_stream *s, char *buf, size_t cap);
/* Breaks the connection from any thread: blocked calls return TB_IO_BROKEN or TB_IO_EOF. */
void tb_stream_break(tb_stream *s);

#endif
