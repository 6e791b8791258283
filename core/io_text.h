/* SPDX-License-Identifier: Apache-2.0
 * Text input and output of every type: PostgreSQL's typinput and typoutput.
 */
#ifndef TB_CORE_IO_TEXT_H
#define TB_CORE_IO_TEXT_H

#include "core/buf.h"
#include "core/datetime.h"
#include "core/error.h"
#include "core/value.h"

/* Names behind reg* types; supplied by whoever has the catalog. */
typedef struct tb_io_names {
    void *ctx;
    /* Text of regclass, regtype, ... to its OID; raises PostgreSQL's error (42P01, 42704, 42883
     * ...). */
    tb_rc (*oid_of)(void *ctx, tb_type_id type, const char *text, size_t len, uint32_t *oid,
                    tb_error *err);
    /* Appends the name of an OID as regclassout and friends print it; false = unknown (the number
     * is printed). */
    bool (*name_of)(void *ctx, tb_type_id type, uint32_t oid, tb_buf *out);
} tb_io_names;

/* Settings input and output depend on. Zero-initialised plus arena, tz: PostgreSQL's defaults but
 * extra_float_digits (PostgreSQL's default is 1 = shortest exact). */
typedef struct tb_io_cx {
    tb_arena *arena; /* bytes of results of input */
    tb_dt_cx dt;     /* now, zone, hide_values */
    int extra_float_digits;
    bool bytea_escape;
    int interval_style;
    const tb_io_names *names; /* NULL: reg* are numbers only */
} tb_io_cx;

/* Text to a value of the type, its modifier applied (as in '...'::type or a bound text parameter).
 * hide_values in cx->dt keeps the text out of messages. Big values and string bytes are in
 * cx->arena; never points into s. */
tb_rc tb_text_in(const tb_io_cx *cx, tb_type type, const char *s, size_t len, tb_value *out,
                 tb_error *err) TB_MUSTUSE;
/* Appends the text of a non-null value. */
void tb_text_out(const tb_io_cx *cx, tb_type type, const tb_datum *d, tb_buf *out);

/* varchar(n) and char(n): blanks may be cut; other text only by an explicit cast, else 22001.
 * char(n) is padded. The result may share the bytes of s. */
tb_rc tb_str_apply_typmod(tb_arena *arena, tb_type_id type, tb_str s, int32_t typmod,
                          bool explicit_, tb_str *out, tb_error *err) TB_MUSTUSE;
/* name: cut to 63 bytes at a character boundary. Shares the bytes. */
tb_str tb_name_clip(tb_str s);

/* Parts used by casts: the whole text must be the number, blanks around allowed. type = INT2, INT4,
 * INT8 or OID. */
tb_rc tb_int_in(const char *s, size_t len, tb_type_id type, bool hide, int64_t *out,
                tb_error *err) TB_MUSTUSE;
/* type = FLOAT4 or FLOAT8 (the result of FLOAT4 is exact in a float). */
tb_rc tb_float_in(const char *s, size_t len, tb_type_id type, bool hide, double *out,
                  tb_error *err) TB_MUSTUSE;
tb_rc tb_bool_in(const char *s, size_t len, bool hide, bool *out, tb_error *err) TB_MUSTUSE;
void tb_int64_out(int64_t v, tb_buf *out);
void tb_float8_out(double v, int extra_float_digits, tb_buf *out);
void tb_float4_out(float v, int extra_float_digits, tb_buf *out);

#endif
