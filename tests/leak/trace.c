/* SPDX-License-Identifier: Apache-2.0
 * Loaded before a server (LD_PRELOAD): writes down what SQLite hands over and what goes to files by
 * pwrite, which is how spill files and the catalogs are written.
 *
 *     TRACE_FILE.received    every value asked for by sqlite3_column_value, a line each
 *     TRACE_FILE.written     every byte written by pwrite
 *
 * Without TRACE_FILE it does nothing. Masks run inside SQLite as functions of ours and get their
 * arguments by sqlite3_value_*, which is not traced: that is the source's side of the fence.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

sqlite3_value *sqlite3_column_value(sqlite3_stmt *q, int col);
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at);
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at);

static struct {
    pthread_once_t once;
    int received, written;
} trace = {PTHREAD_ONCE_INIT, -1, -1};

static int open_file(const char *suffix)
{
    char path[4096];
    const char *name = getenv("TRACE_FILE");
    if (name == NULL)
        return -1;
    snprintf(path, sizeof path, "%s.%s", name, suffix);
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void start(void)
{
    trace.received = open_file("received");
    trace.written = open_file("written");
}

/* One write each, so that threads do not mix. */
static void note(int fd, const void *bytes, size_t n)
{
    pthread_once(&trace.once, start);
    if (fd >= 0)
        (void)!write(fd, bytes, n);
}

static void *next(const char *name)
{
    void *f = dlsym(RTLD_NEXT, name);
    if (f == NULL)
        abort();
    return f;
}

sqlite3_value *sqlite3_column_value(sqlite3_stmt *q, int col)
{
    static sqlite3_value *(*real)(sqlite3_stmt *, int);
    char line[8192];
    size_t n = 0;
    if (real == NULL)
        *(void **)&real = next("sqlite3_column_value");
    sqlite3_value *v = real(q, col);
    int type = sqlite3_value_type(v);
    if (type == SQLITE_INTEGER)
        n = (size_t)snprintf(line, sizeof line, "%lld\n", sqlite3_value_int64(v));
    else if (type == SQLITE_FLOAT)
        n = (size_t)snprintf(line, sizeof line, "%.17g\n", sqlite3_value_double(v));
    else if (type != SQLITE_NULL) {
        const void *bytes =
            type == SQLITE_TEXT ? (const void *)sqlite3_value_text(v) : sqlite3_value_blob(v);
        n = (size_t)sqlite3_value_bytes(v);
        n = n < sizeof line - 1 ? n : sizeof line - 1;
        if (n > 0)
            memcpy(line, bytes, n);
        line[n++] = '\n';
    }
    pthread_once(&trace.once, start);
    note(trace.received, line, n);
    return v;
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    static ssize_t (*real)(int, const void *, size_t, off_t);
    if (real == NULL)
        *(void **)&real = next("pwrite");
    pthread_once(&trace.once, start);
    note(trace.written, bytes, n);
    return real(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    if (real == NULL)
        *(void **)&real = next("pwrite64");
    pthread_once(&trace.once, start);
    note(trace.written, bytes, n);
    return real(fd, bytes, n, at);
}
