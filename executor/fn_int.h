/* SPDX-License-Identifier: Apache-2.0
 * Scalar function bodies: how they are written and what they share. Internal to executor/.
 *
 * Every TB_FN line of core/functions.def has one body, written with TB_BODY(ID) in one of the
 * fn_*.c files; fn_table.c collects them, so a missing body does not link. A body reads its
 * arguments in a[0] .. a[cx->nargs - 1], writes *ret whole, and returns TB_OK or raises into
 * cx->err. Bodies of STRICT functions never see a NULL argument. Result bytes live in cx->arena or
 * are those of an argument.
 *
 * TB_FN_SESSION lines (functions that need the server's session or catalog provider) have their
 * bodies in server/: the server expands functions.def with its own TB_FN_SESSION into a table and
 * puts a lookup function over it into tb_env.session_scalar. tb_exec_scalar() returns one
 * trampoline for all of them, which asks that function.
 *
 * Errors quote an argument only when cx->hide_values is false (TBI_QUOTE).
 */
#ifndef TB_EXECUTOR_FN_INT_H
#define TB_EXECUTOR_FN_INT_H

#include "core/io_text.h"
#include "core/stmt.h"
#include "core/utf8.h"

#define TBI_UNUSED __attribute__((unused))
#define TB_BODY(ID)                                                                                \
    tb_rc tbi_fn_##ID(tb_fn_cx *cx TBI_UNUSED, const tb_value *a TBI_UNUSED, tb_value *ret)

#define TB_FN_SESSION(...)
#define TB_FN_BULK(...)
#define TB_FN(id, name, oid, ret, args, flags, doc)                                                \
    tb_rc tbi_fn_##id(tb_fn_cx *cx, const tb_value *a, tb_value *ret_);
#include "core/functions.def"
#undef TB_FN

/* Settings of text input and output for an environment. */
tb_io_cx tbi_io_cx(const tb_env *env, tb_arena *arena, bool hide_values);
/* Text of a value as its output function prints it, in cx->arena. */
tb_str tbi_text_of(tb_fn_cx *cx, tb_type_id type, const tb_value *v);

/* The session's zone, and the clock at the transaction's start. */
static inline const tb_tz *tbi_zone(const tb_fn_cx *cx)
{
    return cx->env != NULL && cx->env->tz != NULL ? cx->env->tz : tb_tz_utc();
}
static inline int64_t tbi_now(const tb_fn_cx *cx)
{
    return cx->env != NULL ? cx->env->now_us : 0;
}

/* ---- results ---- */

static inline tb_rc tbi_bool(tb_value *ret, bool v)
{
    *ret = tb_value_bool(v);
    return TB_OK;
}
static inline tb_rc tbi_int4(tb_value *ret, int64_t v)
{
    *ret = tb_value_int4((int32_t)v);
    return TB_OK;
}
static inline tb_rc tbi_int8(tb_value *ret, int64_t v)
{
    *ret = tb_value_int8(v);
    return TB_OK;
}
static inline tb_rc tbi_float8(tb_value *ret, double v)
{
    *ret = (tb_value){.d.f64 = v};
    return TB_OK;
}
static inline tb_rc tbi_num(tb_value *ret, tb_num v)
{
    *ret = (tb_value){.d.num = v};
    return TB_OK;
}
static inline tb_rc tbi_str(tb_value *ret, tb_str s)
{
    *ret = tb_value_str(s);
    return TB_OK;
}
/* A view of bytes that live as long as the result must. */
static inline tb_rc tbi_bytes(tb_value *ret, const char *at, size_t len)
{
    *ret = tb_value_str(tb_str_make(at, len));
    return TB_OK;
}
static inline tb_rc tbi_null(tb_value *ret)
{
    *ret = tb_value_null();
    return TB_OK;
}

/* ---- text under construction ---- */

/* Largest text or bytea a function makes; PostgreSQL's limit is 1 GB, ours keeps a batch of them
 * affordable. */
#define TBI_TEXT_MAX ((size_t)64 << 20)

/* Growing bytes in cx->arena. A write past TBI_TEXT_MAX marks it failed; tbi_out_end() then raises
 * 54000. */
typedef struct tbi_out {
    tb_arena *arena;
    char *data;
    size_t len, cap;
    bool failed;
} tbi_out;

/* expect: bytes to make room for at first, 0 = some. */
void tbi_out_begin(tbi_out *o, tb_fn_cx *cx, size_t expect);
/* Room for len more bytes, NULL when over the limit; the caller adds what it wrote to o->len. */
char *tbi_out_room(tbi_out *o, size_t len);
void tbi_out_add(tbi_out *o, const char *at, size_t len);
void tbi_out_putc(tbi_out *o, char c);
void tbi_out_puts(tbi_out *o, const char *s);
void tbi_out_add_str(tbi_out *o, const tb_str *s);
void tbi_out_cp(tbi_out *o, uint32_t code_point);
tb_rc tbi_out_end(tbi_out *o, tb_fn_cx *cx, tb_value *ret) TB_MUSTUSE;

/* Bytes of argument i. */
#define TBI_S(i)        tb_str_data(&a[i].d.str)
#define TBI_N(i)        ((size_t)a[i].d.str.len)
/* For "%.*s" in messages that may quote an argument: precision and bytes, cut to a sane length. */
#define TBI_QUOTE(s, n) (int)((n) < 80 ? (n) : tb_utf8_clip((s), (n), 80)), (s)

/* ---- shared between files ---- */

/* LIKE by PostgreSQL's rules; raises 22025 for a pattern that ends in an escape. A character is a
 * byte when bytes. */
tb_rc tbi_like(const char *s, size_t slen, const char *p, size_t plen, bool bytes, bool *match,
               tb_error *err) TB_MUSTUSE;
/* memmem for short needles; NULL when absent. */
const char *tbi_find(const char *s, size_t slen, const char *needle, size_t nlen);
/* Text of a value as a cast to text gives it: true/false for booleans, no trailing blanks of
 * bpchar. */
tb_str tbi_cast_text(tb_fn_cx *cx, tb_type_id type, const tb_value *v);
/* Appends a value as JSON: to_json(). NULL is null. */
void tbi_json_value(tbi_out *o, tb_fn_cx *cx, tb_type_id type, const tb_value *v);
/* Appends a non-null value as the key of an object; 22023 for arrays, records and json. */
tb_rc tbi_json_key(tbi_out *o, tb_fn_cx *cx, tb_type_id type, const tb_value *v) TB_MUSTUSE;
/* tbi_out_end() for jsonb: puts the text into canonical form. */
tb_rc tbi_jsonb_end(tbi_out *o, tb_fn_cx *cx, tb_value *ret) TB_MUSTUSE;
/* All matches of regexp_matches (rows of type text[]), all pieces of regexp_split_to_table. Same
 * arguments. */
typedef TB_LIST(tb_value) tbi_values;
tb_rc tbi_regexp_matches(tb_fn_cx *cx, const tb_value *a, tbi_values *out) TB_MUSTUSE;
tb_rc tbi_regexp_split(tb_fn_cx *cx, const tb_value *a, tbi_values *out) TB_MUSTUSE;
/* Unicode normal form; options are utf8proc's (UTF8PROC_COMPOSE, _DECOMPOSE, _COMPAT). */
tb_rc tbi_normalize(tb_fn_cx *cx, const tb_str *s, int options, tb_str *out) TB_MUSTUSE;
/* Appends an identifier, quoted when it must be. */
void tbi_quote_ident(tbi_out *o, const char *s, size_t len);
/* Appends a literal with its quotes, E'' when it holds a backslash. */
void tbi_quote_literal(tbi_out *o, const char *s, size_t len);

#endif
