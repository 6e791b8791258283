/* SPDX-License-Identifier: Apache-2.0
 * Fuzzing everything a stranger can make the server read: the bytes of one connection before
 * authentication, and the decoders of the messages that come after it.
 *
 * The input is what a client sends: packets with a length first, then messages with a type byte.
 */
#include "server/auth_scram.h"
#include "server/pgwire.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct input {
    const uint8_t *at;
    size_t left;
} input;

static size_t length_at(const uint8_t *p)
{
    return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* The next packet's body; false when the connection would be closed. */
static bool packet(input *in, const uint8_t **body, size_t *len)
{
    if (in->left < 4)
        return false;
    size_t total = length_at(in->at);
    if (total < 8 || total > TB_WIRE_STARTUP_MAX || total > in->left)
        return false;
    *body = in->at + 4;
    *len = total - 4;
    in->at += total;
    in->left -= total;
    return true;
}

static bool message(input *in, char *type, const uint8_t **body, size_t *len)
{
    if (in->left < 5)
        return false;
    *type = (char)in->at[0];
    size_t frame = length_at(in->at + 1);
    if (frame < 4 || frame > TB_WIRE_AUTH_MAX || frame + 1 > in->left)
        return false;
    *body = in->at + 5;
    *len = frame - 4;
    in->at += frame + 1;
    in->left -= frame + 1;
    return true;
}

static void startup_packets(tb_arena *arena, input *in)
{
    tb_error err = {.position = -1};
    const uint8_t *body;
    size_t len;
    tb_startup s = {.kind = TB_STARTUP_SSL};
    while (s.kind != TB_STARTUP_SESSION && packet(in, &body, &len))
        if (tb_wire_read_startup(arena, body, len, &s, &err) != TB_OK)
            return;
    for (uint32_t i = 0; i < s.nparams; i++) {
        tb_startup_param *options;
        uint32_t n;
        tb_encoding enc;
        (void)!tb_wire_read_options(arena, s.params[i].value, &options, &n, &err);
        tb_encoding_parse(s.params[i].value, &enc);
    }
}

static void sasl(tb_arena *arena, const uint8_t *first, size_t first_len, const uint8_t *last,
                 size_t last_len)
{
    static const uint8_t digest[32] = {1, 2, 3};
    tb_scram_verifier verifier = {.iterations = 4096, .salt_len = 16};
    tb_error err = {.position = -1};
    for (int tls = 0; tls < 2; tls++) {
        tb_scram x = {.verifier = &verifier, .binding = tls ? digest : NULL, .binding_len = 32};
        tb_wire_sasl_initial initial;
        const char *reply;
        bool proven;
        if (tb_wire_read_sasl_initial(first, first_len, &initial, &err) != TB_OK ||
            tb_scram_first(&x, arena, initial.mechanism, initial.data, initial.len, &reply, &err) !=
                TB_OK)
            continue;
        if (tb_scram_final(&x, arena, (const char *)last, last_len, &proven, &reply, &err) == TB_OK)
            TB_CHECK(!proven); /* nobody guesses a key of zeros' preimage */
    }
}

static void messages(tb_arena *arena, input *in)
{
    const uint8_t *body, *before = (const uint8_t *)"";
    size_t len, before_len = 0;
    char type;
    while (message(in, &type, &body, &len)) {
        tb_error err = {.position = -1};
        const char *sql;
        tb_wire_parse parse;
        tb_wire_bind bind;
        tb_wire_execute execute;
        tb_wire_target target;
        (void)!tb_wire_read_query(body, len, &sql, &err);
        (void)!tb_wire_read_parse(arena, body, len, &parse, &err);
        (void)!tb_wire_read_bind(arena, body, len, &bind, &err);
        (void)!tb_wire_read_execute(body, len, &execute, &err);
        (void)!tb_wire_read_target(body, len, "CLOSE", &target, &err);
        sasl(arena, before, before_len, body, len);
        before = body;
        before_len = len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tb_arena *arena = tb_arena_create(0);
    input in = {data, size};
    tb_scram_verifier verifier;
    startup_packets(arena, &in);
    messages(arena, &in);
    tb_scram_parse_verifier(tb_arena_strndup(arena, (const char *)data, size), &verifier);
    tb_arena_destroy(arena);
    return 0;
}
