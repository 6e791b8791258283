/* SPDX-License-Identifier: Apache-2.0
 * Bytes: encode and decode, hashes, single bytes and bits, values as they go over the wire, sizes
 * as text.
 */
#include "executor/fn_int.h"

#include "core/io_binary.h"
#include "core/num.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>

static void add_hex(tbi_out *o, const unsigned char *s, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char *to = tbi_out_room(o, n * 2);
    if (to == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digits[s[i] >> 4];
        to[2 * i + 1] = digits[s[i] & 15];
    }
    o->len += n * 2;
}

/* ---- encode, decode ---- */

typedef tb_rc (*codec)(tb_fn_cx *cx, const unsigned char *s, size_t n, tbi_out *o);

static tb_rc hex_encode(tb_fn_cx *cx TBI_UNUSED, const unsigned char *s, size_t n, tbi_out *o)
{
    add_hex(o, s, n);
    return TB_OK;
}

static int hex_digit(int c)
{
    return isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

static tb_rc hex_decode(tb_fn_cx *cx, const unsigned char *s, size_t n, tbi_out *o)
{
    int high = -1;
    for (size_t i = 0; i < n; i++) {
        if (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
            if (high < 0)
                continue;
        }
        int v = hex_digit(s[i]);
        if (v < 0) {
            if (cx->hide_values)
                return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid hexadecimal digit");
            return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                            "invalid hexadecimal digit: \"%.*s\"",
                            (int)tb_utf8_char_len((char)s[i]), (const char *)s + i);
        }
        if (high < 0) {
            high = v;
        } else {
            tbi_out_putc(o, (char)(high << 4 | v));
            high = -1;
        }
    }
    if (high >= 0)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                        "invalid hexadecimal data: odd number of digits");
    return TB_OK;
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

enum { BASE64_LINE = 76 };

static tb_rc base64_encode(tb_fn_cx *cx TBI_UNUSED, const unsigned char *s, size_t n, tbi_out *o)
{
    size_t column = 0;
    for (size_t i = 0; i < n; i += 3) {
        size_t k = n - i < 3 ? n - i : 3;
        unsigned bits =
            (unsigned)s[i] << 16 | (k > 1 ? (unsigned)s[i + 1] << 8 : 0) | (k > 2 ? s[i + 2] : 0);
        char group[4] = {base64[bits >> 18], base64[bits >> 12 & 63],
                         k > 1 ? base64[bits >> 6 & 63] : '=', k > 2 ? base64[bits & 63] : '='};
        tbi_out_add(o, group, sizeof group);
        column += sizeof group;
        if (k == 3 && column == BASE64_LINE) {
            tbi_out_putc(o, '\n');
            column = 0;
        }
    }
    return TB_OK;
}

/* Bytes of one group of four symbols, of which `pad` were '='. */
static void base64_group(tbi_out *o, unsigned bits, int pad)
{
    char bytes[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
    tbi_out_add(o, bytes, pad == 0 ? 3 : pad == 1 ? 2 : 1);
}

static tb_rc base64_symbol(tb_fn_cx *cx, const unsigned char *s, unsigned *value)
{
    const char *at = *s == 0 ? NULL : strchr(base64, *s);
    if (at == NULL) {
        if (cx->hide_values)
            return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                            "invalid symbol found while decoding base64 sequence");
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                        "invalid symbol \"%.*s\" found while decoding base64 sequence",
                        (int)tb_utf8_char_len((char)*s), (const char *)s);
    }
    *value = (unsigned)(at - base64);
    return TB_OK;
}

static tb_rc base64_decode(tb_fn_cx *cx, const unsigned char *s, size_t n, tbi_out *o)
{
    unsigned bits = 0;
    int symbols = 0, pad = 0; /* pad: set by the first '=' and kept, as in PostgreSQL */
    for (size_t i = 0; i < n; i++) {
        unsigned value = 0;
        if (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r')
            continue;
        if (s[i] == '=') {
            if (pad == 0 && symbols < 2)
                return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                                "unexpected \"=\" while decoding base64 sequence");
            if (pad == 0)
                pad = symbols == 2 ? 2 : 1;
        } else {
            TB_TRY(base64_symbol(cx, s + i, &value));
        }
        bits = bits << 6 | value;
        if (++symbols == 4) {
            base64_group(o, bits, pad);
            bits = 0;
            symbols = 0;
        }
    }
    if (symbols != 0) {
        TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid base64 end sequence");
        tb_error_hint(cx->err,
                      "Input data is missing padding, is truncated, or is otherwise corrupted.");
        return TB_FAIL;
    }
    return TB_OK;
}

static tb_rc escape_encode(tb_fn_cx *cx TBI_UNUSED, const unsigned char *s, size_t n, tbi_out *o)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] == 0 || s[i] >= 0x80) {
            char octal[5];
            snprintf(octal, sizeof octal, "\\%03o", (unsigned)s[i]);
            tbi_out_puts(o, octal);
        } else {
            if (s[i] == '\\')
                tbi_out_putc(o, '\\');
            tbi_out_putc(o, (char)s[i]);
        }
    }
    return TB_OK;
}

static bool octal(unsigned char c, unsigned char most)
{
    return c >= '0' && c <= most;
}

static tb_rc escape_decode(tb_fn_cx *cx, const unsigned char *s, size_t n, tbi_out *o)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] != '\\') {
            tbi_out_putc(o, (char)s[i]);
        } else if (i + 1 < n && s[i + 1] == '\\') {
            tbi_out_putc(o, '\\');
            i++;
        } else if (i + 3 < n && octal(s[i + 1], '3') && octal(s[i + 2], '7') &&
                   octal(s[i + 3], '7')) {
            tbi_out_putc(o,
                         (char)((s[i + 1] - '0') << 6 | (s[i + 2] - '0') << 3 | (s[i + 3] - '0')));
            i += 3;
        } else {
            return TB_RAISE(cx->err, TB_E_INVALID_TEXT_REPRESENTATION,
                            "invalid input syntax for type %s", "bytea");
        }
    }
    return TB_OK;
}

static const struct {
    const char *name;
    codec encode, decode;
} codecs[] = {
    {"hex", hex_encode, hex_decode},
    {"base64", base64_encode, base64_decode},
    {"escape", escape_encode, escape_decode},
};

static tb_rc run_codec(tb_fn_cx *cx, const tb_value *a, bool encode, tb_value *ret)
{
    for (size_t i = 0; i < TB_COUNT(codecs); i++) {
        if (strlen(codecs[i].name) != TBI_N(1) ||
            strncasecmp(codecs[i].name, TBI_S(1), TBI_N(1)) != 0)
            continue;
        tbi_out o;
        tbi_out_begin(&o, cx, TBI_N(0));
        codec run = encode ? codecs[i].encode : codecs[i].decode;
        TB_TRY(run(cx, (const unsigned char *)TBI_S(0), TBI_N(0), &o));
        return tbi_out_end(&o, cx, ret);
    }
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "unrecognized encoding");
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "unrecognized encoding: \"%.*s\"",
                    TBI_QUOTE(TBI_S(1), TBI_N(1)));
}

TB_BODY(ENCODE)
{
    return run_codec(cx, a, true, ret);
}
TB_BODY(DECODE)
{
    return run_codec(cx, a, false, ret);
}

/* ---- hashes ---- */

static tb_rc digest(tb_fn_cx *cx, const tb_value *a, const EVP_MD *md, bool hex, tb_value *ret)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (EVP_Digest(TBI_S(0), TBI_N(0), hash, &n, md, NULL) != 1)
        return TB_RAISE(cx->err, TB_E_INTERNAL_ERROR, "could not compute a hash");
    tbi_out o;
    tbi_out_begin(&o, cx, (size_t)n * 2);
    if (hex)
        add_hex(&o, hash, n);
    else
        tbi_out_add(&o, (const char *)hash, n);
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(MD5_TEXT)
{
    return digest(cx, a, EVP_md5(), true, ret);
}
TB_BODY(MD5_BYTEA)
{
    return digest(cx, a, EVP_md5(), true, ret);
}
TB_BODY(SHA224)
{
    return digest(cx, a, EVP_sha224(), false, ret);
}
TB_BODY(SHA256)
{
    return digest(cx, a, EVP_sha256(), false, ret);
}
TB_BODY(SHA384)
{
    return digest(cx, a, EVP_sha384(), false, ret);
}
TB_BODY(SHA512)
{
    return digest(cx, a, EVP_sha512(), false, ret);
}

/* ---- bytes and bits ---- */

static tb_rc check_index(tb_fn_cx *cx, int64_t index, int64_t count)
{
    if (index >= 0 && index < count)
        return TB_OK;
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR, "index out of valid range");
    return TB_RAISE(cx->err, TB_E_ARRAY_SUBSCRIPT_ERROR, "index %lld out of valid range, 0..%lld",
                    (long long)index, (long long)count - 1);
}

/* A copy of a[0] to change. */
static char *copy_bytes(tb_fn_cx *cx, const tb_value *a)
{
    char *to = tb_arena_bytes(cx->arena, TBI_N(0) + 1);
    memcpy(to, TBI_S(0), TBI_N(0));
    return to;
}

TB_BODY(GET_BYTE)
{
    TB_TRY(check_index(cx, a[1].d.i32, (int64_t)TBI_N(0)));
    return tbi_int4(ret, (unsigned char)TBI_S(0)[a[1].d.i32]);
}
TB_BODY(SET_BYTE)
{
    TB_TRY(check_index(cx, a[1].d.i32, (int64_t)TBI_N(0)));
    char *to = copy_bytes(cx, a);
    to[a[1].d.i32] = (char)a[2].d.i32;
    return tbi_bytes(ret, to, TBI_N(0));
}
TB_BODY(GET_BIT)
{
    int64_t i = a[1].d.i64;
    TB_TRY(check_index(cx, i, (int64_t)TBI_N(0) * 8));
    return tbi_int4(ret, (unsigned char)TBI_S(0)[i / 8] >> (i % 8) & 1);
}
TB_BODY(SET_BIT)
{
    int64_t i = a[1].d.i64;
    TB_TRY(check_index(cx, i, (int64_t)TBI_N(0) * 8));
    if (a[2].d.i32 != 0 && a[2].d.i32 != 1)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "new bit must be 0 or 1");
    char *to = copy_bytes(cx, a);
    to[i / 8] = (char)((to[i / 8] & ~(1 << (i % 8))) | a[2].d.i32 << (i % 8));
    return tbi_bytes(ret, to, TBI_N(0));
}
TB_BODY(BIT_COUNT)
{
    int64_t bits = 0;
    for (size_t i = 0; i < TBI_N(0); i++)
        bits += __builtin_popcount((unsigned char)TBI_S(0)[i]);
    return tbi_int8(ret, bits);
}

/* ---- sizes as text ---- */

static const char *const size_units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};

/* Half rounded up in size, at every step of 1024 one further unit; a unit is left when the number
 * reaches 10 kB, 10240 of the next unit minus the rounding, and so on, as PostgreSQL prints sizes.
 */
static tb_rc size_pretty(tb_fn_cx *cx, tb_num size, tb_value *ret)
{
    tb_num limit = tb_num_from_int64(10 * 1024), two = tb_num_from_int64(2);
    bool half = false; /* size holds an extra factor of two, to round in the end */
    for (size_t i = 0;; i++) {
        tb_num abs = tb_num_abs(cx->arena, &size);
        bool last = i + 1 == TB_COUNT(size_units);
        if (last || tb_num_cmp(&abs, &limit) < 0) {
            if (half) {
                tb_num one = tb_num_from_int64(tb_num_sign(&size) < 0 ? -1 : 1);
                TB_TRY(tb_num_add(cx->arena, &size, &one, &size, cx->err));
                TB_TRY(tb_num_div_trunc(cx->arena, &size, &two, &size, cx->err));
            }
            const char *number = tb_num_print(cx->arena, &size);
            const char *text = tb_arena_printf(cx->arena, "%s %s", number, size_units[i]);
            return tbi_bytes(ret, text, strlen(text));
        }
        /* The next unit, doubled: from bytes 2 * size / 1024, later size / 1024. */
        tb_num step = tb_num_from_int64(i == 0 ? 512 : 1024);
        TB_TRY(tb_num_div_trunc(cx->arena, &size, &step, &size, cx->err));
        limit = tb_num_from_int64(20 * 1024 - 1);
        half = true;
    }
}

TB_BODY(PG_SIZE_PRETTY_INT8)
{
    return size_pretty(cx, tb_num_from_int64(a[0].d.i64), ret);
}
TB_BODY(PG_SIZE_PRETTY_NUMERIC)
{
    if (a[0].d.num.kind != TB_NUM_SMALL &&
        a[0].d.num.kind != TB_NUM_BIG) { /* too large for every unit */
        const char *text =
            tb_arena_printf(cx->arena, "%s %s", tb_num_print(cx->arena, &a[0].d.num), "PB");
        return tbi_bytes(ret, text, strlen(text));
    }
    return size_pretty(cx, a[0].d.num, ret);
}

static tb_rc bad_size(tb_fn_cx *cx, const tb_value *a)
{
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid size");
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "invalid size: \"%.*s\"",
                    TBI_QUOTE(TBI_S(0), TBI_N(0)));
}

static const char *skip_digits(const char *s, const char *end, bool *any)
{
    while (s < end && isdigit((unsigned char)*s)) {
        s++;
        *any = true;
    }
    return s;
}

/* End of a decimal number (sign, digits, point, exponent) at s, or NULL. */
static const char *number_end(const char *s, const char *end)
{
    bool digits = false, power = false;
    if (s < end && (*s == '-' || *s == '+'))
        s++;
    s = skip_digits(s, end, &digits);
    if (s < end && *s == '.')
        s = skip_digits(s + 1, end, &digits);
    if (!digits)
        return NULL;
    if (s < end && (*s == 'e' || *s == 'E')) {
        const char *e = s + 1;
        if (e < end && (*e == '-' || *e == '+'))
            e++;
        e = skip_digits(e, end, &power);
        if (power)
            s = e;
    }
    return s;
}

TB_BODY(PG_SIZE_BYTES)
{
    const char *s = TBI_S(0), *end = s + TBI_N(0);
    while (s < end && isspace((unsigned char)*s))
        s++;
    const char *number = s, *unit = number_end(s, end);
    if (unit == NULL)
        return bad_size(cx, a);
    tb_num size;
    TB_TRY(tb_num_parse(cx->arena, number, (size_t)(unit - number), -1, &size, cx->err));
    while (unit < end && isspace((unsigned char)*unit))
        unit++;
    while (end > unit && isspace((unsigned char)end[-1]))
        end--;
    size_t n = (size_t)(end - unit), i = 0;
    while (n > 0 && i < TB_COUNT(size_units) &&
           (strlen(size_units[i]) != n || strncasecmp(size_units[i], unit, n) != 0))
        i++;
    if (i == TB_COUNT(size_units)) {
        tb_rc rc = bad_size(cx, a);
        tb_error_hint(cx->err,
                      "Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".");
        return rc;
    }
    tb_num factor = tb_num_from_int64((int64_t)1 << (10 * i));
    TB_TRY(tb_num_mul(cx->arena, &size, &factor, &size, cx->err));
    int64_t bytes;
    TB_TRY(tb_num_to_int64(&size, &bytes, cx->err));
    return tbi_int8(ret, bytes);
}

/* ---- binary output ---- */

static tb_rc send_value(tb_fn_cx *cx, const tb_value *v, tb_value *ret)
{
    tb_io_cx io = tbi_io_cx(cx->env, cx->arena, cx->hide_values);
    tb_buf out;
    tb_buf_init(&out, SIZE_MAX / 2);
    tb_rc rc = tb_binary_out(&io, tb_type_of(cx->argtype[0]), &v->d, &out, cx->err);
    if (rc == TB_OK)
        *ret = tb_value_str(tb_str_copy(cx->arena, tb_str_make(tb_buf_cstr(&out), out.len)));
    tb_buf_fini(&out);
    return rc;
}

#define SEND(id)                                                                                   \
    TB_BODY(id)                                                                                    \
    {                                                                                              \
        return send_value(cx, &a[0], ret);                                                         \
    }
SEND(BOOLSEND)
SEND(BYTEASEND)
SEND(DATE_SEND)
SEND(FLOAT4SEND)
SEND(FLOAT8SEND)
SEND(INT2SEND)
SEND(INT4SEND)
SEND(INT8SEND)
SEND(INTERVAL_SEND)
SEND(NUMERIC_SEND)
SEND(OIDSEND)
SEND(TIMESTAMPTZ_SEND)
SEND(TIMESTAMP_SEND)
SEND(TIMETZ_SEND)
SEND(TIME_SEND)
SEND(UUID_SEND)

TB_BODY(GEN_RANDOM_UUID)
{
    *ret = (tb_value){.null = false};
    TB_CHECK(cx->env != NULL && cx->env->random_bytes != NULL);
    cx->env->random_bytes(ret->d.uuid, sizeof ret->d.uuid);
    ret->d.uuid[6] = (uint8_t)((ret->d.uuid[6] & 0x0F) | 0x40); /* version 4 */
    ret->d.uuid[8] = (uint8_t)((ret->d.uuid[8] & 0x3F) | 0x80); /* RFC 4122 variant */
    return TB_OK;
}
