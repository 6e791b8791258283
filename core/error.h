/* SPDX-License-Identifier: Apache-2.0
 * Errors: a caller-owned, fixed-size record that outlives every arena.
 *
 * An error is raised exactly once, where it is detected; upper layers may only add context (source,
 * detail, hint). Text follows PostgreSQL's style guide: primary message lower-case, factual, no
 * full stop; detail and hint are sentences.
 *
 * NEVER put a data value of a department, a remote SQL text, a remote error text or a credential
 * into an error: it reaches the client. Values that came from the statement text or a parameter are
 * allowed.
 *
 * Messages are written in English in the code. messages_zh.def maps each English format to a
 * Simplified Chinese one (same conversions, positional where the order differs); err->lang chooses.
 */
#ifndef TB_CORE_ERROR_H
#define TB_CORE_ERROR_H

#include "core/base.h"

typedef enum tb_errcode {
#define TB_ERR(name, sqlstate) TB_E_##name,
#include "core/errors.def"
#undef TB_ERR
    TB_ERRCODE_COUNT
} tb_errcode;

typedef enum tb_lang { TB_LANG_EN, TB_LANG_ZH } tb_lang;

typedef struct tb_error {
    tb_errcode code;   /* TB_E_SUCCESS = no error */
    tb_lang lang;      /* set by the owner before use; kept by tb_error_clear() */
    int position;      /* byte offset into the statement text, -1 = none */
    char source[64];   /* server (department) the error came from, or "" */
    char message[600]; /* UTF-8, cut at a character boundary */
    char detail[400];
    char hint[300];
    const char *file; /* where it was raised; for the log */
    int line;
} tb_error;

/* TB_RAISE(err, TB_E_X, "format", ...): fills *err and evaluates to TB_FAIL. */
#define TB_RAISE(err, code, ...) tb_error_raise((err), (code), -1, __FILE__, __LINE__, __VA_ARGS__)
/* The same with the byte offset of the offending token in the statement text (-1 = unknown). */
#define TB_RAISE_AT(err, code, pos, ...)                                                           \
    tb_error_raise((err), (code), (pos), __FILE__, __LINE__, __VA_ARGS__)
/* "x is not supported": 0A000 with the feature's name. Nothing is parsed into something else. */
#define TB_UNSUPPORTED(err, pos, feature)                                                          \
    TB_RAISE_AT((err), TB_E_FEATURE_NOT_SUPPORTED, (pos), "%s is not supported", (feature))

tb_rc tb_error_raise(tb_error *err, tb_errcode code, int position, const char *file, int line,
                     const char *fmt, ...) TB_PRINTF(6, 7);
/* Adds a detail or hint sentence to an error already raised; translated like messages. */
void tb_error_detail(tb_error *err, const char *fmt, ...) TB_PRINTF(2, 3);
void tb_error_hint(tb_error *err, const char *fmt, ...) TB_PRINTF(2, 3);
void tb_error_source(tb_error *err, const char *server);

/* Back to "no error"; lang is kept. */
void tb_error_clear(tb_error *err);
static inline bool tb_error_set(const tb_error *err)
{
    return err->code != TB_E_SUCCESS;
}

/* Five-character SQLSTATE of a code, e.g. "42703". */
const char *tb_sqlstate(tb_errcode code);
/* The catalogue's text of an English format in a language; the format itself if there is none. */
const char *tb_message(tb_lang lang, const char *english);

#endif
