/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log.h"

#include "core/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 64 * 1024 };

/* The one mutable global of the server: where the log goes. */
static struct {
    pthread_mutex_t lock;
    int fd;
    tb_log_level least;
} sink = {PTHREAD_MUTEX_INITIALIZER, STDERR_FILENO, TB_LOG_INFO};

static const char *const level_names[] = {
    [TB_LOG_DEBUG] = "debug",
    [TB_LOG_INFO] = "info",
    [TB_LOG_WARNING] = "warning",
    [TB_LOG_ERROR] = "error",
};

tb_rc tb_log_open(const char *path, tb_log_level least, tb_error *err)
{
    int fd = STDERR_FILENO;
    if (path != NULL && strcmp(path, "-") != 0 && *path != '\0') {
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (fd < 0)
            return TB_RAISE(err, TB_E_IO_ERROR, "could not open log file \"%s\": %s", path,
                            strerror(errno));
    }
    pthread_mutex_lock(&sink.lock);
    int old = sink.fd;
    sink.fd = fd;
    sink.least = least;
    pthread_mutex_unlock(&sink.lock);
    if (old != STDERR_FILENO)
        close(old);
    return TB_OK;
}

static void json_string(tb_buf *b, const char *s)
{
    tb_buf_putc(b, '"');
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            tb_buf_printf(b, "\\%c", c);
        else if (c == '\n')
            tb_buf_puts(b, "\\n");
        else if (c < 0x20)
            tb_buf_printf(b, "\\u%04x", c);
        else
            tb_buf_putc(b, (char)c);
    }
    tb_buf_putc(b, '"');
}

static void pair(tb_buf *b, const char *name, const char *value)
{
    if (value == NULL)
        return;
    tb_buf_putc(b, ',');
    json_string(b, name);
    tb_buf_putc(b, ':');
    json_string(b, value);
}

static void begin(tb_buf *b, tb_log_level level, const char *event)
{
    struct timespec ts;
    struct tm tm;
    char when[40];
    clock_gettime(CLOCK_REALTIME, &ts);
    gmtime_r(&ts.tv_sec, &tm);
    size_t n = strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(when + n, sizeof when - n, ".%06ldZ", ts.tv_nsec / 1000);
    tb_buf_init(b, LINE_MAX_BYTES);
    tb_buf_printf(b, "{\"time\":\"%s\"", when);
    pair(b, "level", level_names[level]);
    pair(b, "event", event);
}

static void finish(tb_buf *b)
{
    tb_buf_puts(b, "}\n");
    pthread_mutex_lock(&sink.lock);
    /* a log that cannot be written does not stop the server: the record does */
    ssize_t ignored = b->failed ? 0 : write(sink.fd, b->data, b->len);
    (void)ignored;
    pthread_mutex_unlock(&sink.lock);
    tb_buf_fini(b);
}

static bool wanted(tb_log_level level)
{
    pthread_mutex_lock(&sink.lock);
    bool yes = level >= sink.least;
    pthread_mutex_unlock(&sink.lock);
    return yes;
}

void tb_log(tb_log_level level, const char *event, ...)
{
    if (!wanted(level))
        return;
    tb_buf b;
    begin(&b, level, event);
    va_list ap;
    va_start(ap, event);
    for (const char *name; (name = va_arg(ap, const char *)) != NULL;)
        pair(&b, name, va_arg(ap, const char *));
    va_end(ap);
    finish(&b);
}

void tb_log_error(tb_log_level level, const char *event, const char *query_id, const tb_error *err)
{
    char line[16];
    snprintf(line, sizeof line, "%d", err->line);
    tb_log(level, event, "query", query_id, "sqlstate", tb_sqlstate(err->code), "message",
           err->message, "detail", *err->detail ? err->detail : NULL, "source",
           *err->source ? err->source : NULL, "file", err->file, "line", line, NULL);
}

void tb_log_source(const char *server, const char *query_id, const char *event, const char *text)
{
    tb_log(TB_LOG_WARNING, event, "server", server, "query", query_id, "text", text, NULL);
}
