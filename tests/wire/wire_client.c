/* SPDX-License-Identifier: Apache-2.0 */
#include "wire_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 60000, BUFFER_MAX = 64 * 1024 * 1024 };

wire *wire_open(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    wire *w = tb_xcalloc(1, sizeof *w);
    tb_buf_init(&w->in, BUFFER_MAX);
    tb_buf_init(&w->transcript, BUFFER_MAX);
    w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    TB_CHECK(w->fd >= 0 && connect(w->fd, (struct sockaddr *)&to, sizeof to) == 0);
    return w;
}

wire *wire_open_tls(int port)
{
    wire *w = wire_open(port);
    char answer = 0;
    wire_send(w, "\0\0\0\x08\x04\xd2\x16\x2f", 8);
    TB_CHECK(recv(w->fd, &answer, 1, 0) == 1 && answer == 'S');
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    w->ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    TB_CHECK(SSL_set_fd(w->ssl, w->fd) == 1 && SSL_connect(w->ssl) == 1);
    return w;
}

void wire_close(wire *w)
{
    SSL_free(w->ssl);
    close(w->fd);
    tb_buf_fini(&w->in);
    tb_buf_fini(&w->transcript);
    free(w);
}

void wire_send(wire *w, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n =
            w->ssl != NULL ? SSL_write(w->ssl, at, (int)len) : send(w->fd, at, len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* the server hung up: reading will tell */
        at += n;
        len -= (size_t)n;
    }
}

static void put32(tb_buf *b, uint32_t v)
{
    uint32_t net = htonl(v);
    tb_buf_append(b, &net, 4);
}

static void put16(tb_buf *b, uint16_t v)
{
    uint16_t net = htons(v);
    tb_buf_append(b, &net, 2);
}

static void put_cstr(tb_buf *b, const char *s)
{
    tb_buf_append(b, s, strlen(s) + 1);
}

static uint32_t get32(const char *p)
{
    uint32_t net;
    memcpy(&net, p, 4);
    return ntohl(net);
}

static uint16_t get16(const char *p)
{
    uint16_t net;
    memcpy(&net, p, 2);
    return ntohs(net);
}

void wire_message(wire *w, char type, const void *body, size_t len)
{
    tb_buf b;
    tb_buf_init(&b, BUFFER_MAX);
    tb_buf_putc(&b, type);
    put32(&b, (uint32_t)len + 4);
    tb_buf_append(&b, body, len);
    wire_send(w, b.data, b.len);
    tb_buf_fini(&b);
}

void wire_startup(wire *w, uint32_t version, const char *const *params)
{
    tb_buf b, whole;
    tb_buf_init(&b, BUFFER_MAX);
    tb_buf_init(&whole, BUFFER_MAX);
    put32(&b, version);
    for (; *params != NULL; params++)
        put_cstr(&b, *params);
    tb_buf_putc(&b, '\0');
    put32(&whole, (uint32_t)b.len + 4);
    tb_buf_append(&whole, b.data, b.len);
    wire_send(w, whole.data, whole.len);
    tb_buf_fini(&b);
    tb_buf_fini(&whole);
}

/* ---- receiving ---- */

/* More bytes; false when there were none for a while or the connection ended. */
static bool receive(wire *w, int timeout_ms)
{
    struct pollfd fd = {.fd = w->fd, .events = POLLIN};
    bool waiting = w->ssl != NULL && SSL_pending(w->ssl) > 0;
    if (w->closed || (!waiting && poll(&fd, 1, timeout_ms) <= 0))
        return false;
    char part[65536];
    ssize_t n =
        w->ssl != NULL ? SSL_read(w->ssl, part, sizeof part) : recv(w->fd, part, sizeof part, 0);
    if (n <= 0) {
        w->closed = true;
        return false;
    }
    tb_buf_append(&w->in, part, (size_t)n);
    return true;
}

/* Next message: type, body, its length; false when none came. */
static bool next_message(wire *w, int timeout_ms, char *type, char **body, size_t *len)
{
    while (w->in.len < 5 || w->in.len < 1 + (size_t)get32(w->in.data + 1))
        if (!receive(w, timeout_ms))
            return false;
    size_t frame = get32(w->in.data + 1);
    *type = w->in.data[0];
    *len = frame - 4;
    *body = tb_xmalloc(*len + 1);
    memcpy(*body, w->in.data + 5, *len);
    (*body)[*len] = '\0';
    memmove(w->in.data, w->in.data + 1 + frame, w->in.len - 1 - frame);
    w->in.len -= 1 + frame;
    return true;
}

/* ---- writing down ---- */

static void note_rows(wire *w)
{
    if (w->rows > 2)
        tb_buf_printf(&w->transcript, " D x%u", w->rows);
    w->rows = 0;
}

static void note_fields(wire *w, char type, const char *body)
{
    const char *f[128] = {0};
    for (const char *p = body; *p != '\0'; p += strlen(p) + 1)
        f[(unsigned char)*p & 127] = p + 1;
    tb_buf_printf(&w->transcript, " %c(%s %s %s", type, f['V'], f['C'], f['M']);
    if (f['P'] != NULL)
        tb_buf_printf(&w->transcript, " P%s", f['P']);
    if (f['D'] != NULL)
        tb_buf_printf(&w->transcript, " DETAIL:%s", f['D']);
    if (f['H'] != NULL)
        tb_buf_printf(&w->transcript, " HINT:%s", f['H']);
    tb_buf_putc(&w->transcript, ')');
}

static void note_columns(wire *w, const char *p)
{
    uint16_t n = get16(p);
    p += 2;
    tb_buf_puts(&w->transcript, " T(");
    for (uint16_t i = 0; i < n; i++) {
        const char *name = p;
        p += strlen(p) + 1;
        tb_buf_printf(&w->transcript, "%s%s:%u,%d,%d,%d%s", i ? "; " : "", name, get32(p + 6),
                      (int16_t)get16(p + 10), (int32_t)get32(p + 12), (int16_t)get16(p + 16),
                      get32(p) != 0 && get16(p + 4) != 0 ? ",tbl" : "");
        p += 18;
    }
    tb_buf_putc(&w->transcript, ')');
}

static void note_printable(wire *w, const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        if (c == '\n')
            tb_buf_puts(&w->transcript, "\\n");
        else if (c < 0x20 || c == 0x7f || c >= 0x80)
            tb_buf_printf(&w->transcript, "\\x%02x", c);
        else
            tb_buf_putc(&w->transcript, (char)c);
    }
}

static void note_row(wire *w, const char *p)
{
    w->rows++;
    if (w->rows > 2)
        return;
    uint16_t n = get16(p);
    p += 2;
    tb_buf_puts(&w->transcript, " D(");
    for (uint16_t i = 0; i < n; i++) {
        int32_t len = (int32_t)get32(p);
        p += 4;
        tb_buf_puts(&w->transcript, i ? "|" : "");
        if (len < 0) {
            tb_buf_putc(&w->transcript, '~');
            continue;
        }
        note_printable(w, p, (size_t)len);
        p += len;
    }
    tb_buf_putc(&w->transcript, ')');
}

static void note_list(wire *w, const char *open, const char *p, uint16_t n, bool wide)
{
    tb_buf_puts(&w->transcript, open);
    for (uint16_t i = 0; i < n; i++)
        tb_buf_printf(&w->transcript, "%s%u", i ? ", " : "",
                      wide ? get32(p + 4 * i) : get16(p + 2 * i));
    tb_buf_putc(&w->transcript, ']');
}

static void note_negotiation(wire *w, const char *p)
{
    uint32_t n = get32(p + 4);
    tb_buf_printf(&w->transcript, " v(%u opts=", get32(p));
    p += 8;
    for (uint32_t i = 0; i < n; i++, p += strlen(p) + 1)
        tb_buf_printf(&w->transcript, "%s%s", i ? "," : "", p);
    tb_buf_putc(&w->transcript, ')');
}

static void note(wire *w, char type, const char *body, size_t len)
{
    if (type != 'D')
        note_rows(w);
    switch (type) {
    case 'R':
        tb_buf_printf(&w->transcript, " R%u", get32(body));
        return;
    case 'S':
        tb_buf_printf(&w->transcript, " S(%s=%s)", body, body + strlen(body) + 1);
        return;
    case 'K':
        w->pid = (int32_t)get32(body);
        memcpy(w->key, body + 4, 4);
        tb_buf_puts(&w->transcript, " K");
        return;
    case 'v':
        note_negotiation(w, body);
        return;
    case 'Z':
        tb_buf_printf(&w->transcript, " Z%c", body[0]);
        return;
    case 'T':
        note_columns(w, body);
        return;
    case 't':
        note_list(w, " t[", body + 2, get16(body), true);
        return;
    case 'H':
        note_list(w, body[0] ? " H[binary " : " H[text ", body + 3, get16(body + 1), false);
        return;
    case 'D':
        note_row(w, body);
        return;
    case 'C':
        tb_buf_printf(&w->transcript, " C(%s)", body);
        return;
    case 'd':
        tb_buf_puts(&w->transcript, " d(");
        note_printable(w, body, len);
        tb_buf_putc(&w->transcript, ')');
        return;
    case 'E':
    case 'N':
        note_fields(w, type, body);
        return;
    default:
        tb_buf_printf(&w->transcript, " %c", type);
    }
}

static const char *finished(wire *w)
{
    note_rows(w);
    if (w->closed)
        tb_buf_puts(&w->transcript, " EOF");
    const char *text = tb_buf_cstr(&w->transcript);
    return *text == ' ' ? text + 1 : text;
}

/* Reads n messages, counting only those of a type, if any is given. */
static void read_until(wire *w, int n, char counted)
{
    char type, *body;
    size_t len;
    while (n > 0 && next_message(w, PATIENCE_MS, &type, &body, &len)) {
        note(w, type, body, len);
        n -= counted == '\0' || type == counted;
        free(body);
    }
}

const char *wire_read(wire *w, int n)
{
    read_until(w, n, 'Z');
    return finished(w);
}

/* ---- authentication ---- */

static void hmac(const uint8_t *key, const char *text, uint8_t out[32])
{
    unsigned n = 32;
    HMAC(EVP_sha256(), key, 32, (const unsigned char *)text, strlen(text), out, &n);
}

/* client-final-message for the server's first one; "n,," and the fixed nonce "wiretest". */
static void scram_answer(wire *w, const char *password, const char *server_first)
{
    char nonce[200] = "", salt64[100] = "", without[300], auth[800], proof64[64];
    int iterations = 0;
    sscanf(server_first, "r=%199[^,],s=%99[^,],i=%d", nonce, salt64, &iterations);
    uint8_t salt[96], salted[32], key[32], stored[32], sig[32], proof[32];
    int salt_len = EVP_DecodeBlock(salt, (unsigned char *)salt64, (int)strlen(salt64));
    for (size_t i = strlen(salt64); i > 0 && salt64[i - 1] == '='; i--)
        salt_len--;
    PKCS5_PBKDF2_HMAC(password, -1, salt, salt_len, iterations, EVP_sha256(), 32, salted);
    hmac(salted, "Client Key", key);
    SHA256(key, 32, stored);
    snprintf(without, sizeof without, "c=biws,r=%s", nonce);
    snprintf(auth, sizeof auth, "n=,r=wiretest,%s,%s", server_first, without);
    hmac(stored, auth, sig);
    for (int i = 0; i < 32; i++)
        proof[i] = key[i] ^ sig[i];
    EVP_EncodeBlock((unsigned char *)proof64, proof, 32);
    char final[400];
    int n = snprintf(final, sizeof final, "%s,p=%s", without, proof64);
    wire_message(w, 'p', final, (size_t)n);
}

void wire_authenticate(wire *w, const char *password)
{
    char type, *body;
    size_t len;
    while (next_message(w, PATIENCE_MS, &type, &body, &len)) {
        uint32_t code = type == 'R' ? get32(body) : UINT32_MAX;
        if (code == 10) {
            tb_buf b;
            tb_buf_init(&b, 1000);
            put_cstr(&b, "SCRAM-SHA-256");
            put32(&b, 16);
            tb_buf_puts(&b, "n,,n=,r=wiretest");
            wire_message(w, 'p', b.data, b.len);
            tb_buf_fini(&b);
        } else if (code == 11) {
            scram_answer(w, password, body + 4);
        } else if (code != 12) {
            note(w, type, body, len);
        }
        free(body);
        if (code == 0 || type == 'E')
            return;
    }
}

const char *wire_login(wire *w, const char *user, const char *password, const char *const *extra)
{
    const char *params[32] = {"user", user, "database", "tombolo"};
    for (size_t i = 0; extra != NULL && extra[i] != NULL && i + 5 < TB_COUNT(params); i++)
        params[4 + i] = extra[i];
    wire_startup(w, 196608, params);
    wire_authenticate(w, password);
    return wire_read(w, 1);
}

/* ---- scripts ---- */

static char *field(char **at)
{
    char *f = *at;
    if (f == NULL)
        return (char *)"";
    char *tab = strchr(f, '\t');
    *at = tab == NULL ? NULL : tab + 1;
    if (tab != NULL)
        *tab = '\0';
    return f;
}

/* A list of numbers as count and values of 2 or 4 bytes. */
static void put_numbers(tb_buf *b, char *list, bool wide)
{
    uint16_t n = *list == '\0' ? 0 : 1;
    for (const char *p = list; *p != '\0'; p++)
        n = (uint16_t)(n + (*p == ','));
    put16(b, n);
    for (char *p = list; n > 0; n--) {
        long v = strtol(p, &p, 10);
        if (wide)
            put32(b, (uint32_t)v);
        else
            put16(b, (uint16_t)v);
        p++;
    }
}

static void put_value(tb_buf *b, const char *v, size_t len)
{
    if (len == 1 && *v == '~') {
        put32(b, UINT32_MAX);
    } else if (len > 0 && *v == 'x') {
        put32(b, (uint32_t)(len - 1) / 2);
        for (size_t i = 1; i + 1 < len; i += 2) {
            char pair[3] = {v[i], v[i + 1], '\0'};
            tb_buf_putc(b, (char)strtol(pair, NULL, 16));
        }
    } else {
        put32(b, (uint32_t)len);
        tb_buf_append(b, v, len);
    }
}

static void put_values(tb_buf *b, const char *list)
{
    uint16_t n = *list == '\0' ? 0 : 1;
    for (const char *p = list; *p != '\0'; p++)
        n = (uint16_t)(n + (*p == ','));
    put16(b, n);
    for (; n > 0; n--) {
        size_t len = strcspn(list, ",");
        put_value(b, list, len);
        list += len + 1;
    }
}

static void body_of(tb_buf *b, char type, char *at)
{
    if (type == 'Q') {
        put_cstr(b, at == NULL ? "" : at);
    } else if (type == 'P') {
        put_cstr(b, field(&at));
        char *oids = field(&at);
        put_cstr(b, at == NULL ? "" : at);
        put_numbers(b, oids, true);
    } else if (type == 'B') {
        put_cstr(b, field(&at));
        put_cstr(b, field(&at));
        put_numbers(b, field(&at), false);
        put_values(b, field(&at));
        put_numbers(b, field(&at), false);
    } else if (type == 'D' || type == 'C') {
        tb_buf_putc(b, *field(&at));
        put_cstr(b, field(&at));
    } else if (type == 'E') {
        put_cstr(b, field(&at));
        put32(b, (uint32_t)atol(field(&at)));
    } else if (type == 'f') {
        put_cstr(b, field(&at));
    }
}

const char *wire_script(wire *w, const char *script)
{
    char *copy = tb_xstrdup(script), *save = NULL;
    int ready = 0, flushed = 0;
    tb_buf_reset(&w->transcript);
    for (char *line = strtok_r(copy, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        tb_buf b;
        tb_buf_init(&b, BUFFER_MAX);
        char type = *line;
        body_of(&b, type, line[1] == '\t' ? line + 2 : NULL);
        wire_message(w, type, b.len ? b.data : "", b.len);
        tb_buf_fini(&b);
        ready += type == 'Q' || type == 'S';
        flushed += type == 'H' && line[1] == '\t' ? atoi(line + 2) : 0;
    }
    free(copy);
    read_until(w, flushed, '\0');
    read_until(w, ready, 'Z');
    return finished(w);
}
