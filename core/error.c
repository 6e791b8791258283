/* SPDX-License-Identifier: Apache-2.0 */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const sqlstates[] = {
#define TB_ERR(name, sqlstate) [TB_E_##name] = sqlstate,
#include "core/errors.def"
#undef TB_ERR
};

typedef struct translation {
    const char *english;
    const char *chinese;
} translation;

static const translation zh[] = {
#define TB_MSG(english, chinese) {english, chinese},
#include "core/messages_zh.def"
#undef TB_MSG
};

const char *tb_sqlstate(tb_errcode code)
{
    TB_CHECK(code < TB_ERRCODE_COUNT);
    return sqlstates[code];
}

const char *tb_message(tb_lang lang, const char *english)
{
    if (lang != TB_LANG_ZH)
        return english;
    for (size_t i = 0; i < TB_COUNT(zh); i++)
        if (strcmp(zh[i].english, english) == 0)
            return zh[i].chinese;
    return english;
}

/* Cuts an incomplete UTF-8 sequence that vsnprintf left at the end. */
static void trim_utf8(char *s, size_t cap)
{
    size_t len = strlen(s);
    if (len + 1 < cap)
        return;
    size_t at = len;
    while (at > 0 && ((unsigned char)s[at - 1] & 0xC0) == 0x80)
        at--;
    if (at > 0 && ((unsigned char)s[at - 1] & 0x80) != 0)
        s[at - 1] = '\0';
}

static void format(char *to, size_t cap, tb_lang lang, const char *fmt, va_list ap)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the catalogue test compares conversions */
    vsnprintf(to, cap, tb_message(lang, fmt), ap);
#pragma GCC diagnostic pop
    trim_utf8(to, cap);
}

tb_rc tb_error_raise(tb_error *err, tb_errcode code, int position, const char *file, int line,
                     const char *fmt, ...)
{
    err->code = code;
    err->position = position;
    err->source[0] = err->detail[0] = err->hint[0] = '\0';
    err->file = file;
    err->line = line;
    va_list ap;
    va_start(ap, fmt);
    format(err->message, sizeof err->message, err->lang, fmt, ap);
    va_end(ap);
    return TB_FAIL;
}

void tb_error_detail(tb_error *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    format(err->detail, sizeof err->detail, err->lang, fmt, ap);
    va_end(ap);
}

void tb_error_hint(tb_error *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    format(err->hint, sizeof err->hint, err->lang, fmt, ap);
    va_end(ap);
}

void tb_error_source(tb_error *err, const char *server)
{
    snprintf(err->source, sizeof err->source, "%s", server);
    trim_utf8(err->source, sizeof err->source);
}

void tb_error_clear(tb_error *err)
{
    *err = (tb_error){.lang = err->lang, .position = -1};
}
