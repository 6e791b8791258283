/* SPDX-License-Identifier: Apache-2.0 */
#include "server/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    READ_SIZE = 16 * 1024,         /* one read ahead */
    PIPELINE_MAX = 4 * 1024 * 1024 /* input kept while the client does not read our output */
};

struct tb_stream {
    int fd, wake_fd;
    SSL *ssl;
    tb_tls *tls;
    bool ahead; /* may read more than was asked for */
    uint8_t *in;
    size_t in_at, in_end, in_cap;
    char peer_name[128];
};

int64_t tb_mono_us(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

tb_stream *tb_stream_create(int fd, int wake_fd)
{
    tb_stream *s = tb_xcalloc(1, sizeof *s);
    s->fd = fd;
    s->wake_fd = wake_fd;
    int one = 1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    /* these fail on Unix sockets, where they mean nothing */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    return s;
}

void tb_stream_destroy(tb_stream *s)
{
    if (s == NULL)
        return;
    if (s->ssl != NULL) {
        SSL_shutdown(s->ssl); /* one try: the client may be gone */
        SSL_free(s->ssl);
        ERR_clear_error();
    }
    tb_tls_unref(s->tls);
    close(s->fd);
    free(s->in);
    free(s);
}

/* Waits for events on the socket; wakeable: also for the wake descriptor. */
static tb_io wait_for(const tb_stream *s, short events, bool wakeable, int64_t deadline_us,
                      short *got)
{
    struct pollfd fds[2] = {{.fd = s->fd, .events = events},
                            {.fd = wakeable ? s->wake_fd : -1, .events = POLLIN}};
    for (;;) {
        int timeout = -1;
        if (deadline_us != TB_NO_DEADLINE) {
            int64_t left = deadline_us - tb_mono_us();
            if (left <= 0)
                return TB_IO_TIMEOUT;
            timeout = left > 1000000000 ? 1000000 : (int)((left + 999) / 1000);
        }
        int n = poll(fds, 2, timeout);
        if (n < 0 && errno != EINTR)
            return TB_IO_BROKEN;
        if (n <= 0)
            continue;
        if (fds[1].revents != 0)
            return TB_IO_WOKEN;
        *got = fds[0].revents;
        return TB_IO_OK;
    }
}

/* What a failed TLS call needs: sets *events, or says that the connection is over. */
static tb_io tls_wants(tb_stream *s, int rc, short *events)
{
    int e = SSL_get_error(s->ssl, rc);
    ERR_clear_error();
    switch (e) {
    case SSL_ERROR_WANT_READ:
        *events = POLLIN;
        return TB_IO_OK;
    case SSL_ERROR_WANT_WRITE:
        *events = POLLOUT;
        return TB_IO_OK;
    case SSL_ERROR_ZERO_RETURN:
        return TB_IO_EOF;
    default:
        return TB_IO_BROKEN;
    }
}

/* One non-blocking read of at most len bytes. *got = 0 with *events set: come back when ready. */
static tb_io read_some(tb_stream *s, void *to, size_t len, size_t *got, short *events)
{
    *got = 0;
    *events = POLLIN;
    if (s->ssl != NULL) {
        int rc = SSL_read(s->ssl, to, len > INT32_MAX ? INT32_MAX : (int)len);
        if (rc <= 0)
            return tls_wants(s, rc, events);
        *got = (size_t)rc;
        return TB_IO_OK;
    }
    ssize_t n = recv(s->fd, to, len, 0);
    if (n > 0)
        *got = (size_t)n;
    else if (n == 0)
        return TB_IO_EOF;
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        return TB_IO_BROKEN;
    return TB_IO_OK;
}

static tb_io write_some(tb_stream *s, const void *bytes, size_t len, size_t *put, short *events)
{
    *put = 0;
    *events = POLLOUT;
    if (s->ssl != NULL) {
        int rc = SSL_write(s->ssl, bytes, len > READ_SIZE ? READ_SIZE : (int)len);
        if (rc <= 0)
            return tls_wants(s, rc, events);
        *put = (size_t)rc;
        return TB_IO_OK;
    }
    ssize_t n = send(s->fd, bytes, len, MSG_NOSIGNAL);
    if (n >= 0)
        *put = (size_t)n;
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        return TB_IO_BROKEN;
    return TB_IO_OK;
}

/* Room for len more bytes behind the buffered ones. */
static uint8_t *room(tb_stream *s, size_t len)
{
    if (s->in_at > 0 && (s->in_at == s->in_end || s->in_cap - s->in_end < len)) {
        memmove(s->in, s->in + s->in_at, s->in_end - s->in_at);
        s->in_end -= s->in_at;
        s->in_at = 0;
    }
    if (s->in_cap - s->in_end < len) {
        size_t cap = s->in_cap ? s->in_cap : READ_SIZE;
        while (cap - s->in_end < len)
            cap *= 2;
        s->in = tb_xrealloc(s->in, cap);
        s->in_cap = cap;
    }
    return s->in + s->in_end;
}

tb_io tb_stream_need(tb_stream *s, size_t len, int64_t deadline_us)
{
    /* a message of many megabytes should not keep its memory for the rest of the session */
    if (s->in_at == s->in_end && s->in_cap > 16 * READ_SIZE) {
        free(s->in);
        s->in = NULL;
        s->in_at = s->in_end = s->in_cap = 0;
    }
    while (tb_stream_buffered(s) < len) {
        /* room grows with what arrives, not with what a length field announced */
        size_t missing = len - tb_stream_buffered(s);
        size_t want = s->ahead || missing > READ_SIZE ? READ_SIZE : missing;
        size_t got;
        short events, ready;
        tb_io io = read_some(s, room(s, want), want, &got, &events);
        if (io != TB_IO_OK)
            return io;
        s->in_end += got;
        if (got == 0) {
            io = wait_for(s, events, true, deadline_us, &ready);
            if (io != TB_IO_OK)
                return io;
        }
    }
    return TB_IO_OK;
}

const uint8_t *tb_stream_data(const tb_stream *s)
{
    return s->in + s->in_at;
}

size_t tb_stream_buffered(const tb_stream *s)
{
    return s->in_end - s->in_at;
}

void tb_stream_consume(tb_stream *s, size_t len)
{
    TB_CHECK(len <= tb_stream_buffered(s));
    s->in_at += len;
}

tb_io tb_stream_send(tb_stream *s, const void *bytes, size_t len, int64_t deadline_us)
{
    const uint8_t *at = bytes;
    while (len > 0) {
        size_t put, got;
        short events, ready, unused;
        tb_io io = write_some(s, at, len, &put, &events);
        if (io != TB_IO_OK)
            return io;
        at += put;
        len -= put;
        if (put > 0)
            continue;
        bool listen = s->ahead && tb_stream_buffered(s) < PIPELINE_MAX;
        io = wait_for(s, (short)(events | (listen ? POLLIN : 0)), false, deadline_us, &ready);
        if (io != TB_IO_OK)
            return io;
        if (listen && (ready & POLLIN) != 0) {
            io = read_some(s, room(s, READ_SIZE), READ_SIZE, &got, &unused);
            if (io != TB_IO_OK)
                return io;
            s->in_end += got;
        }
    }
    return TB_IO_OK;
}

bool tb_stream_has_early_bytes(tb_stream *s)
{
    char byte;
    return tb_stream_buffered(s) > 0 || recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

int tb_stream_peek(tb_stream *s, int64_t deadline_us)
{
    for (;;) {
        uint8_t byte;
        short ready;
        ssize_t n = recv(s->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (n > 0)
            return byte;
        if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return -1;
        if (wait_for(s, POLLIN, true, deadline_us, &ready) != TB_IO_OK)
            return -1;
    }
}

tb_io tb_stream_start_tls(tb_stream *s, tb_tls *tls, int64_t deadline_us)
{
    s->tls = tb_tls_ref(tls);
    s->ssl = SSL_new(tb_tls_context(tls));
    TB_CHECK(s->ssl != NULL && SSL_set_fd(s->ssl, s->fd) == 1);
    for (;;) {
        short events, ready;
        int rc = SSL_accept(s->ssl);
        if (rc == 1)
            return TB_IO_OK;
        tb_io io = tls_wants(s, rc, &events);
        if (io == TB_IO_OK)
            io = wait_for(s, events, true, deadline_us, &ready);
        if (io != TB_IO_OK) {
            SSL_free(s->ssl); /* nothing can be said over a failed handshake */
            s->ssl = NULL;
            return io == TB_IO_TIMEOUT || io == TB_IO_WOKEN ? io : TB_IO_BROKEN;
        }
    }
}

bool tb_stream_is_tls(const tb_stream *s)
{
    return s->ssl != NULL;
}

const tb_tls *tb_stream_tls(const tb_stream *s)
{
    return s->tls;
}

const char *tb_stream_peer_name(tb_stream *s)
{
    X509 *cert = s->ssl == NULL ? NULL : SSL_get1_peer_certificate(s->ssl);
    if (cert == NULL)
        return NULL;
    int len = X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, s->peer_name,
                                        sizeof s->peer_name);
    X509_free(cert);
    /* a name with a NUL inside, or cut at the buffer's end, matches nobody */
    bool whole =
        len > 0 && (size_t)len < sizeof s->peer_name - 1 && strlen(s->peer_name) == (size_t)len;
    return whole ? s->peer_name : "";
}

void tb_stream_unleash(tb_stream *s)
{
    s->ahead = true;
}

void tb_stream_peer(const tb_stream *s, char *buf, size_t cap)
{
    struct sockaddr_storage addr;
    socklen_t len = sizeof addr;
    char ip[INET6_ADDRSTRLEN] = "?";
    int port = 0;
    if (getpeername(s->fd, (struct sockaddr *)&addr, &len) == 0) {
        if (addr.ss_family == AF_INET) {
            const struct sockaddr_in *in = (const struct sockaddr_in *)&addr;
            inet_ntop(AF_INET, &in->sin_addr, ip, sizeof ip);
            port = ntohs(in->sin_port);
        } else if (addr.ss_family == AF_INET6) {
            const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&addr;
            inet_ntop(AF_INET6, &in->sin6_addr, ip, sizeof ip);
            port = ntohs(in->sin6_port);
        }
    }
    snprintf(buf, cap, "%s:%d", ip, port);
}

void tb_stream_break(tb_stream *s)
{
    shutdown(s->fd, SHUT_RDWR);
}
