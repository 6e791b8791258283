/* SPDX-License-Identifier: Apache-2.0 */
#include "server/listener.h"

#include "server/session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct tb_listener {
    tb_gateway *gw;
    int fd, port;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    uint32_t threads;
};

typedef struct newcomer {
    tb_listener *listener;
    int fd;
} newcomer;

typedef union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} address;

static tb_rc parse_address(const char *text, int port, address *out, socklen_t *len, tb_error *err)
{
    *out = (address){0};
    if (strcmp(text, "localhost") == 0)
        text = "127.0.0.1";
    if (strcmp(text, "*") == 0)
        text = "0.0.0.0";
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons((uint16_t)port);
        *len = sizeof out->v4;
        return TB_OK;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons((uint16_t)port);
        *len = sizeof out->v6;
        return TB_OK;
    }
    return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "invalid listen address \"%s\"", text);
}

static tb_rc listen_on(const address *at, socklen_t len, int *fd, int *port, tb_error *err)
{
    int one = 1;
    address bound;
    socklen_t bound_len = sizeof bound;
    *fd = socket(at->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return TB_RAISE(err, TB_E_IO_ERROR, "could not create socket: %s", strerror(errno));
    setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(*fd, &at->any, len) != 0 || listen(*fd, 128) != 0 ||
        getsockname(*fd, &bound.any, &bound_len) != 0) {
        TB_RAISE(err, TB_E_IO_ERROR, "could not listen: %s", strerror(errno));
        close(*fd);
        return TB_FAIL;
    }
    *port = ntohs(bound.any.sa_family == AF_INET ? bound.v4.sin_port : bound.v6.sin6_port);
    return TB_OK;
}

tb_rc tb_listener_open(tb_gateway *gw, const char *listen_address, int port, tb_listener **out,
                       tb_error *err)
{
    address at;
    socklen_t len = 0;
    int fd;
    TB_TRY(parse_address(listen_address, port, &at, &len, err));
    TB_TRY(listen_on(&at, len, &fd, &port, err));
    tb_listener *l = tb_xcalloc(1, sizeof *l);
    l->gw = gw;
    l->fd = fd;
    l->port = port;
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&l->ended, &attr);
    pthread_condattr_destroy(&attr);
    *out = l;
    return TB_OK;
}

int tb_listener_port(const tb_listener *l)
{
    return l->port;
}

int tb_listener_fd(const tb_listener *l)
{
    return l->fd;
}

static void *session_thread(void *arg)
{
    newcomer *n = arg;
    tb_listener *l = n->listener;
    int fd = n->fd;
    free(n);
    tb_session_run(l->gw, fd);
    pthread_mutex_lock(&l->lock);
    l->threads--;
    pthread_cond_broadcast(&l->ended);
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

void tb_listener_accept(tb_listener *l)
{
    int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) {
        /* out of descriptors: the client stays in the queue, do not spin */
        if (errno == EMFILE || errno == ENFILE)
            poll(NULL, 0, 50);
        return;
    }
    newcomer *n = tb_xmalloc(sizeof *n);
    *n = (newcomer){l, fd};
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    pthread_mutex_lock(&l->lock);
    l->threads++;
    pthread_mutex_unlock(&l->lock);
    if (pthread_create(&thread, &attr, session_thread, n) != 0) {
        tb_log(TB_LOG_ERROR, "no thread for a session", NULL);
        pthread_mutex_lock(&l->lock);
        l->threads--;
        pthread_mutex_unlock(&l->lock);
        close(fd);
        free(n);
    }
    pthread_attr_destroy(&attr);
}

void tb_listener_stop(tb_listener *l)
{
    if (l->fd >= 0)
        close(l->fd);
    l->fd = -1;
}

bool tb_listener_wait(tb_listener *l, int64_t timeout_ms)
{
    int64_t at = tb_mono_us() + timeout_ms * 1000;
    struct timespec until = {at / 1000000, at % 1000000 * 1000};
    int rc = 0;
    pthread_mutex_lock(&l->lock);
    while (l->threads > 0 && rc == 0)
        rc = pthread_cond_timedwait(&l->ended, &l->lock, &until);
    bool done = l->threads == 0;
    pthread_mutex_unlock(&l->lock);
    return done;
}

void tb_listener_close(tb_listener *l)
{
    if (l == NULL)
        return;
    tb_listener_stop(l);
    pthread_mutex_lock(&l->lock);
    TB_CHECK(l->threads == 0);
    pthread_mutex_unlock(&l->lock);
    pthread_cond_destroy(&l->ended);
    pthread_mutex_destroy(&l->lock);
    free(l);
}
