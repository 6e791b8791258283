/* SPDX-License-Identifier: Apache-2.0
 * Reading the client's messages. pgwire_write.c builds the server's.
 */
#include "server/pgwire.h"

#include <string.h>

enum { CANCEL_CODE = 80877102, SSL_CODE = 80877103, GSSENC_CODE = 80877104 };

/* A cursor over a message body. Once a read does not fit, `bad` stays set and reads give zeros. */
typedef struct reader {
    const uint8_t *at;
    size_t left;
    bool bad;
} reader;

static const uint8_t *take(reader *r, size_t n)
{
    if (r->bad || n > r->left) {
        r->bad = true;
        return NULL;
    }
    const uint8_t *p = r->at;
    r->at += n;
    r->left -= n;
    return p;
}

static uint16_t take_u16(reader *r)
{
    const uint8_t *p = take(r, 2);
    return p == NULL ? 0 : (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t take_u32(reader *r)
{
    const uint8_t *p = take(r, 4);
    return p == NULL ? 0 : (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static const char *take_cstr(reader *r)
{
    const uint8_t *end = r->bad || r->left == 0 ? NULL : memchr(r->at, 0, r->left);
    if (end == NULL) {
        r->bad = true;
        return "";
    }
    return (const char *)take(r, (size_t)(end - r->at) + 1);
}

/* Every decoder ends here: all was there, and nothing more. */
static tb_rc finish(const reader *r, tb_error *err)
{
    if (r->bad)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "insufficient data left in message");
    if (r->left != 0)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "invalid message format");
    return TB_OK;
}

size_t tb_wire_frame_max(char type, size_t large_max)
{
    switch (type) {
    case 'Q': /* Query */
    case 'P': /* Parse */
    case 'B': /* Bind */
    case 'F': /* FunctionCall */
    case 'd': /* CopyData */
        return large_max;
    case 'C': /* Close */
    case 'D': /* Describe */
    case 'E': /* Execute */
    case 'H': /* Flush */
    case 'S': /* Sync */
    case 'X': /* Terminate */
    case 'c': /* CopyDone */
    case 'f': /* CopyFail */
        return TB_WIRE_SMALL_MAX;
    default:
        return 0;
    }
}

/* Name/value pairs up to an empty name. Counted first, so that memory follows bytes received. */
static tb_rc read_session_params(tb_arena *arena, reader *r, tb_startup *out, tb_error *err)
{
    reader probe = *r;
    uint32_t pairs = 0;
    while (*take_cstr(&probe) != '\0') {
        take_cstr(&probe);
        pairs++;
    }
    if (probe.bad || probe.left != 0)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION,
                        "invalid startup packet layout: expected terminator as last byte");
    out->params = TB_NEW_ARRAY(arena, tb_startup_param, pairs);
    out->unknown = TB_NEW_ARRAY(arena, const char *, pairs);
    for (uint32_t i = 0; i < pairs; i++) {
        const char *name = take_cstr(r);
        const char *value = take_cstr(r);
        if (strncmp(name, "_pq_.", 5) == 0)
            out->unknown[out->nunknown++] = name;
        else
            out->params[out->nparams++] = (tb_startup_param){name, value};
    }
    take_cstr(r);
    return finish(r, err);
}

tb_rc tb_wire_read_startup(tb_arena *arena, const uint8_t *body, size_t len, tb_startup *out,
                           tb_error *err)
{
    reader r = {.at = body, .left = len};
    *out = (tb_startup){0};
    uint32_t code = take_u32(&r);
    if (r.bad)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "invalid length of startup packet");
    if (code == SSL_CODE || code == GSSENC_CODE) {
        out->kind = code == SSL_CODE ? TB_STARTUP_SSL : TB_STARTUP_GSSENC;
        return finish(&r, err);
    }
    if (code == CANCEL_CODE) {
        out->kind = TB_STARTUP_CANCEL;
        out->pid = (int32_t)take_u32(&r);
        const uint8_t *key = take(&r, TB_WIRE_CANCEL_KEY_LEN);
        if (key != NULL)
            memcpy(out->key, key, TB_WIRE_CANCEL_KEY_LEN);
        return finish(&r, err);
    }
    out->kind = TB_STARTUP_SESSION;
    out->minor = code & 0xFFFF;
    if (code >> 16 != 3)
        return TB_RAISE(err, TB_E_FEATURE_NOT_SUPPORTED,
                        "unsupported frontend protocol %u.%u: server supports 3.0 to 3.0",
                        (unsigned)(code >> 16), (unsigned)(code & 0xFFFF));
    return read_session_params(arena, &r, out, err);
}

/* One word of `options`: ends at unescaped white space; a backslash takes the next byte as it is.
 */
static const char *option_word(tb_arena *arena, const char **at)
{
    const char *p = *at;
    while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
        p++;
    if (*p == '\0') {
        *at = p;
        return NULL;
    }
    char *word = tb_arena_bytes(arena, strlen(p) + 1);
    size_t n = 0;
    for (; *p != '\0' && *p != ' ' && !(*p >= '\t' && *p <= '\r'); p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        word[n++] = *p;
    }
    word[n] = '\0';
    *at = p;
    return word;
}

tb_rc tb_wire_read_options(tb_arena *arena, const char *options, tb_startup_param **out,
                           uint32_t *n, tb_error *err)
{
    const char *at = options;
    *out = TB_NEW_ARRAY(arena, tb_startup_param, strlen(options) / 2 + 1);
    *n = 0;
    for (const char *word; (word = option_word(arena, &at)) != NULL;) {
        const char *setting = word + 2;
        if (strcmp(word, "-c") == 0)
            setting = option_word(arena, &at);
        else if (strncmp(word, "-c", 2) != 0 && strncmp(word, "--", 2) != 0)
            return TB_RAISE(err, TB_E_SYNTAX_ERROR,
                            "invalid command-line argument for server process: %s", word);
        const char *eq = setting == NULL ? NULL : strchr(setting, '=');
        if (eq == NULL || eq == setting)
            return TB_RAISE(err, TB_E_SYNTAX_ERROR, "-c %s requires a value",
                            setting == NULL ? "" : setting);
        char *name = tb_arena_strndup(arena, setting, (size_t)(eq - setting));
        for (char *p = name; *p != '\0'; p++)
            if (*p == '-')
                *p = '_';
        (*out)[(*n)++] = (tb_startup_param){name, eq + 1};
    }
    return TB_OK;
}

tb_rc tb_wire_read_query(const uint8_t *body, size_t len, const char **sql, tb_error *err)
{
    reader r = {.at = body, .left = len};
    *sql = take_cstr(&r);
    if (r.bad)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "invalid string in message");
    return finish(&r, err);
}

tb_rc tb_wire_read_parse(tb_arena *arena, const uint8_t *body, size_t len, tb_wire_parse *out,
                         tb_error *err)
{
    reader r = {.at = body, .left = len};
    out->name = take_cstr(&r);
    out->sql = take_cstr(&r);
    if (r.bad)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "invalid string in message");
    out->ntypes = take_u16(&r);
    if (out->ntypes > r.left / 4)
        r.bad = true;
    else
        out->types = TB_NEW_ARRAY(arena, uint32_t, out->ntypes);
    for (uint32_t i = 0; !r.bad && i < out->ntypes; i++)
        out->types[i] = take_u32(&r);
    return finish(&r, err);
}

/* A count and that many format codes. */
static tb_rc read_formats(tb_arena *arena, reader *r, uint32_t *n, int16_t **formats, tb_error *err)
{
    *n = take_u16(r);
    if (*n > r->left / 2)
        r->bad = true;
    if (r->bad)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "insufficient data left in message");
    *formats = TB_NEW_ARRAY(arena, int16_t, *n);
    for (uint32_t i = 0; i < *n; i++) {
        (*formats)[i] = (int16_t)take_u16(r);
        if ((*formats)[i] != 0 && (*formats)[i] != 1)
            return TB_RAISE(err, TB_E_INVALID_PARAMETER_VALUE, "unsupported format code: %d",
                            (*formats)[i]);
    }
    return TB_OK;
}

static tb_rc read_values(tb_arena *arena, reader *r, uint32_t n, tb_wire_value **values,
                         tb_error *err)
{
    if (n > r->left / 4)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "insufficient data left in message");
    *values = TB_NEW_ARRAY(arena, tb_wire_value, n);
    for (uint32_t i = 0; i < n; i++) {
        int32_t len = (int32_t)take_u32(r);
        if (len < -1)
            return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "invalid message format");
        (*values)[i].len = len;
        (*values)[i].bytes = len <= 0 ? (const uint8_t *)"" : take(r, (size_t)len);
        if (r->bad)
            return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "insufficient data left in message");
    }
    return TB_OK;
}

tb_rc tb_wire_read_bind(tb_arena *arena, const uint8_t *body, size_t len, tb_wire_bind *out,
                        tb_error *err)
{
    reader r = {.at = body, .left = len};
    out->portal = take_cstr(&r);
    out->statement = take_cstr(&r);
    if (r.bad)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "invalid string in message");
    TB_TRY(read_formats(arena, &r, &out->nformats, &out->formats, err));
    out->nparams = take_u16(&r);
    if (out->nformats > 1 && out->nformats != out->nparams)
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION,
                        "bind message has %u parameter formats but %u parameters", out->nformats,
                        out->nparams);
    TB_TRY(read_values(arena, &r, out->nparams, &out->params, err));
    TB_TRY(read_formats(arena, &r, &out->nresult_formats, &out->result_formats, err));
    return finish(&r, err);
}

tb_rc tb_wire_read_execute(const uint8_t *body, size_t len, tb_wire_execute *out, tb_error *err)
{
    reader r = {.at = body, .left = len};
    out->portal = take_cstr(&r);
    out->max_rows = (int32_t)take_u32(&r);
    return finish(&r, err);
}

tb_rc tb_wire_read_target(const uint8_t *body, size_t len, const char *message, tb_wire_target *out,
                          tb_error *err)
{
    reader r = {.at = body, .left = len};
    const uint8_t *kind = take(&r, 1);
    out->kind = kind == NULL ? 0 : (char)*kind;
    out->name = take_cstr(&r);
    TB_TRY(finish(&r, err));
    if (out->kind != 'S' && out->kind != 'P')
        return TB_RAISE(err, TB_E_PROTOCOL_VIOLATION, "invalid %s message subtype %d", message,
                        out->kind);
    return TB_OK;
}

tb_rc tb_wire_read_empty(size_t len, tb_error *err)
{
    reader r = {.left = len};
    return finish(&r, err);
}

tb_rc tb_wire_read_sasl_initial(const uint8_t *body, size_t len, tb_wire_sasl_initial *out,
                                tb_error *err)
{
    reader r = {.at = body, .left = len};
    out->mechanism = take_cstr(&r);
    int32_t n = (int32_t)take_u32(&r);
    if (n < -1)
        r.bad = true;
    out->len = n > 0 ? (size_t)n : 0;
    out->data = n < 0 ? NULL : (const char *)take(&r, out->len);
    return finish(&r, err);
}
