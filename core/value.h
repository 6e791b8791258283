/* SPDX-License-Identifier: Apache-2.0
 * One SQL value: a 16-byte datum plus a null flag. Constants, parameters, policy constants and the
 * scalar form of functions use it; bulk data lives in tb_vector (core/vector.h) with the same
 * 16/8/4/2/1-byte layouts.
 */
#ifndef TB_CORE_VALUE_H
#define TB_CORE_VALUE_H

#include "core/arena.h"
#include "core/type.h"

#include <string.h>

/* 16-byte string view: up to 12 bytes inline (rest zero), longer ones keep a 4-byte prefix and a
 * pointer. The bytes belong to somebody else (an arena, a batch, a row store); see each producer.
 */
typedef struct tb_str {
    uint32_t len;
    union {
        char inl[12];
        struct {
            char prefix[4];
            const char *ptr __attribute__((packed, aligned(4)));
        };
    };
} tb_str;
_Static_assert(sizeof(tb_str) == 16, "string views are 16 bytes");

enum { TB_STR_INLINE = 12 };

static inline const char *tb_str_data(const tb_str *s)
{
    return s->len <= TB_STR_INLINE ? s->inl : s->ptr;
}
/* Makes a view of bytes that outlive it (copied when they fit inline). */
static inline tb_str tb_str_make(const char *bytes, size_t len)
{
    tb_str s = {.len = (uint32_t)len};
    if (len <= TB_STR_INLINE) {
        memset(s.inl, 0, sizeof s.inl);
        if (len > 0)
            memcpy(s.inl, bytes, len);
    } else {
        memcpy(s.prefix, bytes, 4);
        s.ptr = bytes;
    }
    return s;
}
static inline tb_str tb_str_lit(const char *cstr)
{
    return tb_str_make(cstr, strlen(cstr));
}
/* A view whose long bytes are copied into the arena. */
tb_str tb_str_copy(tb_arena *arena, tb_str s);
/* Byte order (= code point order for UTF-8), shorter first: PostgreSQL's COLLATE "C". <0, 0, >0. */
int tb_str_cmp(const tb_str *a, const tb_str *b);
static inline bool tb_str_eq(const tb_str *a, const tb_str *b)
{
    return a->len == b->len && memcmp(tb_str_data(a), tb_str_data(b), a->len) == 0;
}

/* Exact decimal (core/num.h). Small: coef * 10^-scale. `scale` is PostgreSQL's display scale, part
 * of the value. */
typedef enum tb_num_kind {
    TB_NUM_SMALL,
    TB_NUM_BIG,
    TB_NUM_NAN,
    TB_NUM_PINF,
    TB_NUM_NINF
} tb_num_kind;
typedef struct tb_num {
    union {
        int64_t coef;             /* TB_NUM_SMALL */
        const struct tb_big *big; /* TB_NUM_BIG: in somebody's arena */
    };
    int16_t scale;
    uint8_t kind; /* tb_num_kind */
    uint8_t zero[5];
} tb_num;

typedef struct tb_interval {
    int64_t us;
    int32_t days;
    int32_t months;
} tb_interval;

typedef struct tb_timetz {
    int64_t us;
    int32_t zone; /* seconds WEST of Greenwich, as PostgreSQL stores it */
    int32_t zero;
} tb_timetz;

typedef union tb_datum {
    uint8_t b;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    uint32_t oid;
    float f32;
    double f64;
    tb_num num;
    tb_interval interval;
    tb_timetz timetz;
    uint8_t uuid[16];
    tb_str str;
} tb_datum;
_Static_assert(sizeof(tb_datum) == 16, "datums are 16 bytes");

typedef struct tb_value {
    tb_datum d;
    bool null;
} tb_value;

static inline tb_value tb_value_null(void)
{
    return (tb_value){.null = true};
}
static inline tb_value tb_value_bool(bool b)
{
    return (tb_value){.d.b = b};
}
static inline tb_value tb_value_int4(int32_t v)
{
    return (tb_value){.d.i32 = v};
}
static inline tb_value tb_value_int8(int64_t v)
{
    return (tb_value){.d.i64 = v};
}
static inline tb_value tb_value_oid(uint32_t v)
{
    return (tb_value){.d.oid = v};
}
static inline tb_value tb_value_str(tb_str s)
{
    return (tb_value){.d.str = s};
}
static inline tb_value tb_value_cstr(const char *s)
{
    return (tb_value){.d.str = tb_str_lit(s)};
}

/* Length without trailing blanks: what bpchar compares. */
size_t tb_str_len_unpadded(const tb_str *s);

/* The two primitives behind tb_value_hash(), for hash tables with typed loops: every integer type
 * and every integral numeric uses the first, every string type (trimmed for bpchar) and uuid the
 * second. */
static inline uint64_t tb_hash_int64(int64_t v, uint64_t seed)
{
    uint64_t x = (uint64_t)v ^ seed;
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
    return x ^ (x >> 32);
}
uint64_t tb_hash_bytes(const void *bytes, size_t len, uint64_t seed);

/* Deep copy: string bytes and big decimals go into the arena. */
tb_value tb_value_copy(tb_arena *arena, tb_type_id type, tb_value v);
/* Sort order of two non-null values of one type, as PostgreSQL's default btree operator class (text
 * by code point; NaN greatest; bpchar ignores trailing blanks). <0, 0, >0. The type must be
 * orderable. */
int tb_value_cmp(tb_type_id type, const tb_datum *a, const tb_datum *b);
/* Hash consistent with tb_value_cmp()==0, also across int2/int4/int8 and numeric scales; seed per
 * query. */
uint64_t tb_value_hash(tb_type_id type, const tb_datum *d, uint64_t seed);

#endif
