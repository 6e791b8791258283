/* SPDX-License-Identifier: Apache-2.0
 * Statement text without data values.
 *
 * Entry points: tb_fingerprint_text(), tb_fingerprint_hash().
 */
#include "parser/fingerprint.h"

#include "parser/lexer_int.h"
#include "parser/parser.h"
#include "parser/sql.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define SHOWN_BYTES 8 /* of a literal's hash: enough to tell values apart, not to be a key */

typedef struct writer {
    tb_buf *out;
    const void *salt;
    size_t salt_len;
    bool secret;         /* the statement may carry credentials: no hashes */
    bool after_password; /* the token before was PASSWORD */
    bool at_start;       /* the next token begins a statement */
    bool glued;          /* no blank before the next token */
} writer;

void tb_fingerprint_hash(const void *salt, size_t salt_len, const void *text, size_t len,
                         uint8_t hash[TB_FINGERPRINT_BYTES])
{
    unsigned size = 0;
    const unsigned char *done =
        HMAC(EVP_sha256(), salt ? salt : "", (int)salt_len, text, len, hash, &size);
    TB_CHECK(done && size == TB_FINGERPRINT_BYTES);
}

static void write_literal(writer *w, const char *text, size_t len)
{
    if (!w->salt || w->secret || w->after_password) {
        tb_buf_putc(w->out, '?');
        return;
    }
    uint8_t hash[TB_FINGERPRINT_BYTES];
    tb_fingerprint_hash(w->salt, w->salt_len, text, len, hash);
    tb_buf_puts(w->out, "?");
    for (size_t i = 0; i < SHOWN_BYTES; i++)
        tb_buf_printf(w->out, "%02x", hash[i]);
}

static bool is_literal(int code)
{
    return code == TB_TK_SCONST || code == TB_TK_ICONST || code == TB_TK_FCONST ||
           code == TB_TK_BCONST || code == TB_TK_XCONST || code == TBI_TK_USCONST;
}

/* Punctuation that takes no blank before it. */
static bool hugs_left(int code)
{
    return code == TB_TK_COMMA || code == TB_TK_RP || code == TB_TK_RB || code == TB_TK_DOT ||
           code == TB_TK_SEMI || code == TB_TK_LB || code == TB_TK_TYPECAST;
}

/* Punctuation that takes no blank after it. */
static bool hugs_right(int code)
{
    return code == TB_TK_LP || code == TB_TK_LB || code == TB_TK_DOT || code == TB_TK_TYPECAST;
}

static void start_token(writer *w, int code)
{
    if (w->at_start) {
        w->secret = code == TB_TK_CREATE || code == TB_TK_ALTER;
        w->at_start = false;
    }
    if (w->out->len > 0 && !w->glued && !hugs_left(code))
        tb_buf_putc(w->out, ' ');
}

static void write_token(writer *w, int code, const tbi_token *token)
{
    start_token(w, code);
    if (is_literal(code))
        write_literal(w, token->str, strlen(token->str));
    else if (code == TB_TK_PARAM)
        tb_buf_printf(w->out, "$%s", token->str);
    else if (code == TB_TK_IDENT || code == TBI_TK_UIDENT)
        tb_print_identifier(w->out, token->str);
    else
        tb_buf_puts(w->out, token->str);
    w->after_password =
        (code == TB_TK_PASSWORD) || (code == TB_TK_IDENT && strcmp(token->str, "password") == 0);
    w->glued = hugs_right(code);
    w->at_start |= code == TB_TK_SEMI;
}

void tb_fingerprint_text(tb_arena *arena, const char *sql, size_t len, const void *salt,
                         size_t salt_len, tb_buf *out)
{
    writer w = {.out = out, .salt = salt, .salt_len = salt_len, .at_start = true};
    tb_error ignored = {.position = -1};
    tbi_lexer lexer = {.sql = sql, .len = len, .arena = arena, .err = &ignored};
    bool is_text = tbi_check_utf8(sql, len, &ignored) == TB_OK;
    for (;;) {
        int code;
        tbi_token token;
        size_t start = lexer.at;
        if (!is_text || tbi_lex(&lexer, &code, &token) != TB_OK) {
            start_token(&w, TB_TK_SCONST);
            write_literal(&w, sql + start, len - start);
            return;
        }
        if (code == TBI_TK_END)
            return;
        write_token(&w, code, &token);
    }
}
