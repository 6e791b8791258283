/* SPDX-License-Identifier: Apache-2.0 */
#include "server/config.h"

#include <errno.h>
#include <ini.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef enum kind { TEXT, INT, BOOL } kind;

typedef struct entry {
    kind kind;
    const char *section, *name;
    size_t offset; /* of the field in tb_config */
    const char *text;
    int64_t number, min, max;
    const char *doc;
} entry;

static const entry entries[] = {
#define TB_CONFIG_TEXT(field, section, name, def, doc)                                             \
    {TEXT, section, name, offsetof(tb_config, field), def, 0, 0, 0, doc},
#define TB_CONFIG_INT(field, section, name, def, min, max, doc)                                    \
    {INT, section, name, offsetof(tb_config, field), NULL, def, min, max, doc},
#define TB_CONFIG_BOOL(field, section, name, def, doc)                                             \
    {BOOL, section, name, offsetof(tb_config, field), NULL, def, 0, 1, doc},
#include "server/config.def"
#undef TB_CONFIG_TEXT
#undef TB_CONFIG_INT
#undef TB_CONFIG_BOOL
};

typedef struct loader {
    tb_config *config;
    const char *path;
    tb_error *err;
} loader;

static void *field(tb_config *config, const entry *e)
{
    return (char *)config + e->offset;
}

static bool parse_bool(const char *text, bool *out)
{
    bool yes = strcasecmp(text, "on") == 0 || strcasecmp(text, "true") == 0 ||
               strcasecmp(text, "yes") == 0 || strcmp(text, "1") == 0;
    bool no = strcasecmp(text, "off") == 0 || strcasecmp(text, "false") == 0 ||
              strcasecmp(text, "no") == 0 || strcmp(text, "0") == 0;
    *out = yes;
    return yes || no;
}

static tb_rc assign(const loader *l, const entry *e, const char *text)
{
    if (e->kind == TEXT) {
        *(const char **)field(l->config, e) = tb_arena_strdup(l->config->arena, text);
        return TB_OK;
    }
    if (e->kind == BOOL && parse_bool(text, field(l->config, e)))
        return TB_OK;
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (e->kind == BOOL || end == text || *end != '\0' || errno != 0)
        return TB_RAISE(l->err, TB_E_INVALID_PARAMETER_VALUE,
                        "\"%s\": invalid value \"%s\" of %s in section [%s]", l->path, text,
                        e->name, e->section);
    if (v < e->min || v > e->max)
        return TB_RAISE(l->err, TB_E_INVALID_PARAMETER_VALUE,
                        "\"%s\": %s in section [%s] must be between %lld and %lld", l->path,
                        e->name, e->section, (long long)e->min, (long long)e->max);
    *(int64_t *)field(l->config, e) = v;
    return TB_OK;
}

/* inih's callback: 1 = fine. */
static int on_value(void *ctx, const char *section, const char *name, const char *value)
{
    loader *l = ctx;
    if (tb_error_set(l->err))
        return 0;
    for (size_t i = 0; i < TB_COUNT(entries); i++)
        if (strcmp(entries[i].section, section) == 0 && strcmp(entries[i].name, name) == 0)
            return assign(l, &entries[i], value) == TB_OK;
    TB_RAISE(l->err, TB_E_INVALID_PARAMETER_VALUE, "\"%s\": unknown name \"%s\" in section [%s]",
             l->path, name, section);
    return 0;
}

static void set_defaults(tb_config *config)
{
    for (size_t i = 0; i < TB_COUNT(entries); i++) {
        const entry *e = &entries[i];
        if (e->kind == TEXT)
            *(const char **)field(config, e) = e->text;
        else if (e->kind == INT)
            *(int64_t *)field(config, e) = e->number;
        else
            *(bool *)field(config, e) = e->number != 0;
    }
}

static bool is_one_of(const char *s, const char *a, const char *b, const char *c, const char *d)
{
    return strcmp(s, a) == 0 || strcmp(s, b) == 0 || strcmp(s, c) == 0 ||
           (d != NULL && strcmp(s, d) == 0);
}

static tb_rc check(const tb_config *c, tb_error *err)
{
    if (!is_one_of(c->log_level, "debug", "info", "warning", "error"))
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "invalid log level \"%s\"",
                        c->log_level);
    if (!is_one_of(c->tls_client_certificates, "off", "optional", "required", NULL))
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "invalid value \"%s\" of client_certificates in section [tls]",
                        c->tls_client_certificates);
    if ((*c->tls_certificate == '\0') != (*c->tls_key == '\0'))
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "section [tls] needs both certificate and key");
    if (c->tls_required && *c->tls_certificate == '\0')
        return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE,
                        "TLS is required, but section [tls] names no certificate");
    return TB_OK;
}

tb_rc tb_config_load(const char *path, tb_config **out, tb_error *err)
{
    tb_arena *arena = tb_arena_create(0);
    tb_config *config = TB_NEW(arena, tb_config);
    config->arena = arena;
    atomic_init(&config->refs, 1);
    set_defaults(config);
    if (path != NULL) {
        loader l = {config, path, err};
        int line = ini_parse(path, on_value, &l);
        if (line < 0 && !tb_error_set(err))
            TB_RAISE(err, TB_E_IO_ERROR, "could not read configuration file \"%s\": %s", path,
                     strerror(errno));
        else if (line > 0 && !tb_error_set(err))
            TB_RAISE(err, TB_E_SYNTAX_ERROR, "syntax error in file \"%s\" line %d", path, line);
        else if (line > 0)
            tb_error_detail(err, "Line %d.", line);
    }
    if (tb_error_set(err) || check(config, err) != TB_OK) {
        tb_arena_destroy(arena);
        return TB_FAIL;
    }
    *out = config;
    return TB_OK;
}

tb_config *tb_config_ref(tb_config *config)
{
    atomic_fetch_add(&config->refs, 1);
    return config;
}

void tb_config_unref(tb_config *config)
{
    if (config != NULL && atomic_fetch_sub(&config->refs, 1) == 1)
        tb_arena_destroy(config->arena);
}

void tb_config_print_defaults(tb_buf *out)
{
    const char *section = "";
    for (size_t i = 0; i < TB_COUNT(entries); i++) {
        const entry *e = &entries[i];
        if (strcmp(section, e->section) != 0)
            tb_buf_printf(out, "%s[%s]\n", i > 0 ? "\n" : "", section = e->section);
        tb_buf_printf(out, "; %s\n;%s = ", e->doc, e->name);
        if (e->kind == TEXT)
            tb_buf_printf(out, "%s\n", e->text);
        else if (e->kind == INT)
            tb_buf_printf(out, "%lld\n", (long long)e->number);
        else
            tb_buf_printf(out, "%s\n", e->number ? "on" : "off");
    }
}

tb_log_level tb_config_log_level(const tb_config *config)
{
    return strcmp(config->log_level, "debug") == 0     ? TB_LOG_DEBUG
           : strcmp(config->log_level, "warning") == 0 ? TB_LOG_WARNING
           : strcmp(config->log_level, "error") == 0   ? TB_LOG_ERROR
                                                       : TB_LOG_INFO;
}

bool tb_config_tls(const tb_config *c, tb_tls_files *out)
{
    *out = (tb_tls_files){
        .certificate = c->tls_certificate,
        .key = c->tls_key,
        .client_ca = *c->tls_client_ca == '\0' ? NULL : c->tls_client_ca,
        .client_certificates = strcmp(c->tls_client_certificates, "off") == 0 ? TB_CLIENT_CERT_OFF
                               : strcmp(c->tls_client_certificates, "optional") == 0
                                   ? TB_CLIENT_CERT_OPTIONAL
                                   : TB_CLIENT_CERT_REQUIRED,
    };
    return *c->tls_certificate != '\0';
}

bool tb_config_is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 ||
           strcmp(address, "localhost") == 0;
}
