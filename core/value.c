/* SPDX-License-Identifier: Apache-2.0
 * Copying, comparing and hashing single values, by type.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "core/value.h"

#include "core/array.h"
#include "core/json.h"
#include "core/num.h"
#include "core/record.h"

#include <math.h>

tb_str tb_str_copy(tb_arena *arena, tb_str s)
{
    if (s.len > TB_STR_INLINE) {
        char *to = tb_arena_bytes(arena, s.len);
        memcpy(to, s.ptr, s.len);
        s.ptr = to;
    }
    return s;
}

static int cmp_bytes(const char *a, size_t alen, const char *b, size_t blen)
{
    size_t n = alen < blen ? alen : blen;
    int c = n == 0 ? 0 : memcmp(a, b, n);
    return c != 0 ? c : (alen > blen) - (alen < blen);
}

int tb_str_cmp(const tb_str *a, const tb_str *b)
{
    return cmp_bytes(tb_str_data(a), a->len, tb_str_data(b), b->len);
}

size_t tb_str_len_unpadded(const tb_str *s)
{
    const char *p = tb_str_data(s);
    size_t len = s->len;
    while (len > 0 && p[len - 1] == ' ')
        len--;
    return len;
}

tb_value tb_value_copy(tb_arena *arena, tb_type_id type, tb_value v)
{
    if (v.null)
        return v;
    tb_phys phys = tb_type_phys(type);
    if (phys == TB_PHYS_STR)
        v.d.str = tb_str_copy(arena, v.d.str);
    else if (phys == TB_PHYS_NUM)
        v.d.num = tb_num_copy(arena, &v.d.num);
    return v;
}

/* ---- order ---- */

static int cmp_i64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* PostgreSQL's float order: NaN equals NaN and is greater than everything else. */
static int cmp_f64(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) != 0) - (isnan(b) != 0);
    return (a > b) - (a < b);
}

/* Months count 30 days and days 24 hours, as interval_cmp does. */
static __int128 interval_span(const tb_interval *i)
{
    int64_t days = (int64_t)i->months * 30 + i->days;
    return (__int128)days * 86400000000LL + i->us;
}

static int cmp_interval(const tb_interval *a, const tb_interval *b)
{
    __int128 x = interval_span(a), y = interval_span(b);
    return (x > y) - (x < y);
}

static int cmp_timetz(const tb_timetz *a, const tb_timetz *b)
{
    int c = cmp_i64(a->us + a->zone * 1000000LL, b->us + b->zone * 1000000LL);
    return c != 0 ? c : cmp_i64(a->zone, b->zone);
}

static bool is_array_payload(tb_type_id type)
{
    return tb_type_is_array(type) || type == TB_T_INT2VECTOR || type == TB_T_OIDVECTOR;
}

static int cmp_str(tb_type_id type, const tb_str *a, const tb_str *b)
{
    if (is_array_payload(type))
        return tb_array_cmp(a, b);
    if (type == TB_T_RECORD)
        return tb_record_cmp(a, b);
    if (type == TB_T_JSONB)
        return tb_jsonb_cmp(a, b);
    if (type == TB_T_BPCHAR)
        return cmp_bytes(tb_str_data(a), tb_str_len_unpadded(a), tb_str_data(b),
                         tb_str_len_unpadded(b));
    return tb_str_cmp(a, b);
}

int tb_value_cmp(tb_type_id type, const tb_datum *a, const tb_datum *b)
{
    switch (tb_type_phys(type)) {
    case TB_PHYS_BOOL:
        return cmp_i64(a->b, b->b);
    case TB_PHYS_I16:
        return cmp_i64(a->i16, b->i16);
    case TB_PHYS_I32:
        return cmp_i64(a->i32, b->i32);
    case TB_PHYS_I64:
        return cmp_i64(a->i64, b->i64);
    case TB_PHYS_OID:
        return cmp_i64(a->oid, b->oid);
    case TB_PHYS_F32:
        return cmp_f64((double)a->f32, (double)b->f32);
    case TB_PHYS_F64:
        return cmp_f64(a->f64, b->f64);
    case TB_PHYS_NUM:
        return tb_num_cmp(&a->num, &b->num);
    case TB_PHYS_INTERVAL:
        return cmp_interval(&a->interval, &b->interval);
    case TB_PHYS_TIMETZ:
        return cmp_timetz(&a->timetz, &b->timetz);
    case TB_PHYS_UUID:
        return memcmp(a->uuid, b->uuid, sizeof a->uuid);
    case TB_PHYS_STR:
        return cmp_str(type, &a->str, &b->str);
    case TB_PHYS_COUNT:
        break;
    }
    TB_UNREACHABLE();
}

/* ---- hashing ---- */

uint64_t tb_hash_bytes(const void *bytes, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(bytes, len, seed);
}

static uint64_t hash_f64(double d, uint64_t seed)
{
    uint64_t bits;
    if (d == 0)
        d = 0; /* -0 equals 0 */
    if (isnan(d))
        d = (double)NAN;
    memcpy(&bits, &d, sizeof bits);
    return tb_hash_int64((int64_t)bits, seed);
}

static uint64_t hash_str(tb_type_id type, const tb_str *s, uint64_t seed)
{
    if (is_array_payload(type))
        return tb_array_hash(s, seed);
    if (type == TB_T_RECORD)
        return tb_record_hash(s, seed);
    if (type == TB_T_JSONB)
        return tb_jsonb_hash(s, seed);
    if (type == TB_T_BPCHAR)
        return tb_hash_bytes(tb_str_data(s), tb_str_len_unpadded(s), seed);
    return tb_hash_bytes(tb_str_data(s), s->len, seed);
}

uint64_t tb_value_hash(tb_type_id type, const tb_datum *d, uint64_t seed)
{
    switch (tb_type_phys(type)) {
    case TB_PHYS_BOOL:
        return tb_hash_int64(d->b, seed);
    case TB_PHYS_I16:
        return tb_hash_int64(d->i16, seed);
    case TB_PHYS_I32:
        return tb_hash_int64(d->i32, seed);
    case TB_PHYS_I64:
        return tb_hash_int64(d->i64, seed);
    case TB_PHYS_OID:
        return tb_hash_int64(d->oid, seed);
    case TB_PHYS_F32:
        return hash_f64((double)d->f32, seed);
    case TB_PHYS_F64:
        return hash_f64(d->f64, seed);
    case TB_PHYS_NUM:
        return tb_num_hash(&d->num, seed);
    case TB_PHYS_INTERVAL: {
        __int128 span = interval_span(&d->interval);
        return tb_hash_int64((int64_t)(span >> 64), tb_hash_int64((int64_t)span, seed));
    }
    case TB_PHYS_TIMETZ:
        return tb_hash_int64(d->timetz.us + d->timetz.zone * 1000000LL,
                             tb_hash_int64(d->timetz.zone, seed));
    case TB_PHYS_UUID:
        return tb_hash_bytes(d->uuid, sizeof d->uuid, seed);
    case TB_PHYS_STR:
        return hash_str(type, &d->str, seed);
    case TB_PHYS_COUNT:
        break;
    }
    TB_UNREACHABLE();
}
