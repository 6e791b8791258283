/* SPDX-License-Identifier: Apache-2.0
 * tombolo serve: opens the data directory, listens, and waits for signals.
 *
 * SIGTERM, SIGINT: no new clients, idle sessions end, running statements may finish until drain_ms;
 * then they are interrupted. SIGHUP: configuration, certificates and log file anew.
 */
#include "server/cmd.h"
#include "server/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { TRIM_MS = 10000, LAST_CHANCE_MS = 5000 };

typedef struct options {
    const char *config_path, *data_dir, *listen;
    long port; /* -1 = as configured */
    bool check_config, print_config;
} options;

static int help(FILE *to)
{
    fputs("usage: tombolo serve --data DIR [OPTION...]\n\n"
          "  --config FILE    bootstrap configuration (see --print-config)\n"
          "  --data DIR       data directory made by \"tombolo init\"\n"
          "  --listen ADDRESS overrides the configuration\n"
          "  --port PORT      overrides the configuration; 0 = any free port, written to\n"
          "                   DIR/tombolo.port\n"
          "  --check-config   reads the configuration and exits\n"
          "  --print-config   prints the default configuration and exits\n",
          to);
    return to == stdout ? 0 : 2;
}

static int parse_options(int argc, char **argv, options *o)
{
    static const struct option longs[] = {
        {"config", required_argument, NULL, 'c'}, {"data", required_argument, NULL, 'd'},
        {"listen", required_argument, NULL, 'l'}, {"port", required_argument, NULL, 'p'},
        {"check-config", no_argument, NULL, 'k'}, {"print-config", no_argument, NULL, 'P'},
        {"help", no_argument, NULL, 'h'},         {0},
    };
    *o = (options){.port = -1};
    char *end = NULL;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        switch (c) {
        case 'c':
            o->config_path = optarg;
            break;
        case 'd':
            o->data_dir = optarg;
            break;
        case 'l':
            o->listen = optarg;
            break;
        case 'p':
            o->port = strtol(optarg, &end, 10);
            if (*optarg == '\0' || *end != '\0' || o->port < 0 || o->port > 65535) {
                fprintf(stderr, "tombolo serve: invalid port \"%s\"\n", optarg);
                return 2;
            }
            break;
        case 'k':
            o->check_config = true;
            break;
        case 'P':
            o->print_config = true;
            break;
        case 'h':
            help(stdout);
            return 0;
        default:
            return help(stderr);
        }
    }
    if (optind < argc || (o->data_dir == NULL && !o->check_config && !o->print_config))
        return help(stderr);
    return -1;
}

static tb_rc load_config(const options *o, tb_config **out, tb_error *err)
{
    TB_TRY(tb_config_load(o->config_path, out, err));
    if (o->listen != NULL)
        (*out)->listen = tb_arena_strdup((*out)->arena, o->listen);
    if (o->port >= 0)
        (*out)->port = o->port;
    return TB_OK;
}

/* Memory of this process holds departments' rows and keys: no core dumps, no debuggers. */
static void forbid_dumps(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

/* Writes a small file of the data directory. Returns the descriptor, still open, or -1. */
static int write_file(const char *dir, const char *name, bool lock, long number, tb_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && lock && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        (void)TB_RAISE(err, TB_E_OBJECT_IN_USE, "another server runs on data directory \"%s\"",
                       dir);
        return -1;
    }
    char text[32];
    int len = snprintf(text, sizeof text, "%ld\n", number);
    if (fd < 0 || ftruncate(fd, 0) != 0 || write(fd, text, (size_t)len) != len) {
        (void)TB_RAISE(err, TB_E_IO_ERROR, "could not write \"%s\": %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static void remove_file(const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    unlink(path);
}

static void reload(tb_gateway *gw, const options *o)
{
    tb_config *config;
    tb_error err = {.position = -1};
    if (load_config(o, &config, &err) != TB_OK ||
        tb_log_open(config->log_file, tb_config_log_level(config), &err) != TB_OK ||
        tb_gateway_reload(gw, config, &err) != TB_OK) {
        tb_log_error(TB_LOG_ERROR, "reload failed, the old configuration stays", NULL, &err);
        return;
    }
    tb_log(TB_LOG_INFO, "configuration reloaded", NULL);
}

/* Serves until SIGTERM or SIGINT. */
static void run(tb_gateway *gw, tb_listener *listener, const options *o, int signals)
{
    for (;;) {
        struct pollfd fds[2] = {{.fd = signals, .events = POLLIN},
                                {.fd = tb_listener_fd(listener), .events = POLLIN}};
        int n = poll(fds, 2, TRIM_MS);
        tb_pool_trim(gw->pool);
        if (n > 0 && fds[0].revents != 0) {
            struct signalfd_siginfo info;
            if (read(signals, &info, sizeof info) != sizeof info)
                continue;
            if (info.ssi_signo != SIGHUP)
                return;
            reload(gw, o);
        }
        if (n > 0 && fds[1].revents != 0)
            tb_listener_accept(listener);
    }
}

static void drain(tb_gateway *gw, tb_listener *listener)
{
    tb_config *config = tb_gateway_config(gw);
    int64_t patience_ms = config->drain_ms;
    tb_config_unref(config);
    tb_log(TB_LOG_INFO, "draining", NULL);
    tb_listener_stop(listener);
    tb_registry_drain(gw->registry, TB_DRAIN_IDLE);
    if (tb_listener_wait(listener, patience_ms))
        return;
    tb_registry_drain(gw->registry, TB_DRAIN_STATEMENTS);
    while (!tb_listener_wait(listener, LAST_CHANCE_MS))
        tb_registry_drain(gw->registry, TB_DRAIN_CONNECTIONS);
}

static tb_rc serve(const options *o, tb_gateway *gw, int signals, tb_error *err)
{
    tb_listener *listener;
    char port[16];
    TB_TRY(tb_listener_open(gw, gw->config->listen, (int)gw->config->port, &listener, err));
    int fd = write_file(o->data_dir, "tombolo.port", false, tb_listener_port(listener), err);
    if (fd < 0) {
        tb_listener_close(listener);
        return TB_FAIL;
    }
    close(fd);
    snprintf(port, sizeof port, "%d", tb_listener_port(listener));
    tb_log(TB_LOG_INFO, "listening", "address", gw->config->listen, "port", port, NULL);
    run(gw, listener, o, signals);
    drain(gw, listener);
    tb_listener_close(listener);
    remove_file(o->data_dir, "tombolo.port");
    tb_log(TB_LOG_INFO, "stopped", NULL);
    return TB_OK;
}

static tb_rc start(const options *o, tb_config *config, int signals, tb_error *err)
{
    tb_gateway *gw;
    int pid_fd = write_file(o->data_dir, "tombolo.pid", true, getpid(), err);
    if (pid_fd < 0) {
        tb_config_unref(config);
        return TB_FAIL;
    }
    tb_rc rc = tb_gateway_open(o->data_dir, config, &gw, err);
    if (rc == TB_OK) {
        rc = serve(o, gw, signals, err);
        tb_gateway_close(gw);
    }
    remove_file(o->data_dir, "tombolo.pid");
    close(pid_fd);
    return rc;
}

/* Signals are taken from a descriptor; every thread started later inherits the mask. */
static int block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file over its limit is an error of the one who writes it */
    return signalfd(-1, &set, SFD_CLOEXEC);
}

int tb_cmd_serve(int argc, char **argv)
{
    options o;
    tb_config *config;
    tb_error err = {.position = -1};
    int rc = parse_options(argc, argv, &o);
    if (rc >= 0)
        return rc;
    if (o.print_config) {
        tb_buf text;
        tb_buf_init(&text, 1 << 20);
        tb_config_print_defaults(&text);
        fputs(tb_buf_cstr(&text), stdout);
        tb_buf_fini(&text);
        return 0;
    }
    if (load_config(&o, &config, &err) != TB_OK)
        return tb_cmd_report("serve", &err);
    if (o.check_config) {
        tb_config_unref(config);
        return 0;
    }
    if (!config->core_dumps)
        forbid_dumps();
    int signals = block_signals();
    if (tb_log_open(config->log_file, tb_config_log_level(config), &err) != TB_OK) {
        tb_config_unref(config);
        return tb_cmd_report("serve", &err);
    }
    return start(&o, config, signals, &err) == TB_OK ? 0 : tb_cmd_report("serve", &err);
}
