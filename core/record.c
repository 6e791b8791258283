/* SPDX-License-Identifier: Apache-2.0 */
#include "core/record.h"

#include "core/pack.h"

/* One entry of the table of fields: type, end offset of the packed value; NULL is the top bit of
 * the type word. NAMED is a bit of the number of fields. */
enum { ENTRY = 8, NULL_FLAG = 1 << 16, NAMED = 1 << 30 };

static uint32_t load32(const char *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return v;
}

tb_str tb_record_build(tb_arena *arena, uint32_t n, const tb_type_id *types, const tb_value *values,
                       const char *const *names)
{
    size_t head = sizeof n + (size_t)n * ENTRY, size = head;
    for (uint32_t i = 0; i < n; i++)
        size += (values[i].null ? 0 : tb_pack_size(types[i], &values[i].d)) +
                (names == NULL ? 0 : strlen(names[i]) + 1);
    char *bytes = tb_arena_bytes(arena, size);
    uint32_t first = names == NULL ? n : n | NAMED;
    memcpy(bytes, &first, sizeof first);
    char *at = bytes + head;
    for (uint32_t i = 0; i < n; i++) {
        if (!values[i].null)
            at = tb_pack(types[i], &values[i].d, at);
        uint32_t word = (uint32_t)types[i] | (values[i].null ? NULL_FLAG : 0);
        uint32_t end = (uint32_t)(at - bytes);
        memcpy(bytes + sizeof n + (size_t)i * ENTRY, &word, sizeof word);
        memcpy(bytes + sizeof n + (size_t)i * ENTRY + 4, &end, sizeof end);
    }
    for (uint32_t i = 0; names != NULL && i < n; i++)
        at = stpcpy(at, names[i]) + 1;
    return tb_str_make(bytes, size);
}

uint32_t tb_record_count(const tb_str *r)
{
    TB_CHECK(r->len >= sizeof(uint32_t));
    return load32(tb_str_data(r)) & ~(uint32_t)NAMED;
}

const char *tb_record_names(const tb_str *r)
{
    const char *bytes = tb_str_data(r);
    uint32_t n = tb_record_count(r);
    if (n == 0 || !(load32(bytes) & NAMED))
        return NULL;
    uint32_t end = load32(bytes + (size_t)n * ENTRY);
    TB_CHECK(end < r->len && bytes[r->len - 1] == '\0');
    return bytes + end;
}

tb_value tb_record_get(const tb_str *r, tb_arena *arena, uint32_t i, tb_type_id *type)
{
    const char *bytes = tb_str_data(r);
    uint32_t n = tb_record_count(r), head = (uint32_t)sizeof n + n * ENTRY;
    TB_CHECK(i < n && head <= r->len);
    const char *entry = bytes + sizeof n + (size_t)i * ENTRY;
    uint32_t word = load32(entry), end = load32(entry + 4);
    uint32_t start = i == 0 ? head : load32(entry - 4);
    tb_type_id id = (tb_type_id)(word & 0xFF);
    if (type != NULL)
        *type = id;
    if (word & NULL_FLAG)
        return tb_value_null();
    TB_CHECK(start <= end && end <= r->len);
    return (tb_value){.d = tb_unpack(arena, id, bytes + start, end - start)};
}

static int compare_fields(const tb_str *a, const tb_str *b, tb_arena *arena)
{
    uint32_t na = tb_record_count(a), nb = tb_record_count(b);
    for (uint32_t i = 0; i < na && i < nb; i++) {
        tb_type_id type, other;
        tb_value x = tb_record_get(a, arena, i, &type), y = tb_record_get(b, arena, i, &other);
        if (x.null || y.null) {
            if (x.null != y.null)
                return x.null ? 1 : -1;
            continue;
        }
        int c = type == other ? tb_value_cmp(type, &x.d, &y.d) : (type > other) - (type < other);
        if (c != 0)
            return c;
    }
    return (na > nb) - (na < nb);
}

int tb_record_cmp(const tb_str *a, const tb_str *b)
{
    tb_arena *arena = tb_arena_create(0);
    int c = compare_fields(a, b, arena);
    tb_arena_destroy(arena);
    return c;
}

static tb_rc check_shapes(const tb_str *a, const tb_str *b, tb_arena *arena, tb_error *err)
{
    uint32_t n = tb_record_count(a);
    for (uint32_t i = 0; i < n && i < tb_record_count(b); i++) {
        tb_type_id x, y;
        tb_record_get(a, arena, i, &x);
        tb_record_get(b, arena, i, &y);
        if (x != y)
            return TB_RAISE(err, TB_E_DATATYPE_MISMATCH,
                            "cannot compare dissimilar column types %s and %s at record column %u",
                            tb_type_get(x)->sql_name, tb_type_get(y)->sql_name, i + 1);
    }
    if (n != tb_record_count(b))
        return TB_RAISE(err, TB_E_DATATYPE_MISMATCH,
                        "cannot compare record types with different numbers of columns");
    return TB_OK;
}

tb_rc tb_record_compare(const tb_str *a, const tb_str *b, int *cmp, tb_error *err)
{
    tb_arena *arena = tb_arena_create(0);
    tb_rc rc = check_shapes(a, b, arena, err);
    if (rc == TB_OK)
        *cmp = compare_fields(a, b, arena);
    tb_arena_destroy(arena);
    return rc;
}

uint64_t tb_record_hash(const tb_str *r, uint64_t seed)
{
    tb_arena *arena = tb_arena_create(0);
    uint64_t h = seed;
    for (uint32_t i = 0; i < tb_record_count(r); i++) {
        tb_type_id type;
        tb_value v = tb_record_get(r, arena, i, &type);
        h = v.null ? tb_hash_int64(-1, h) : tb_value_hash(type, &v.d, h);
    }
    tb_arena_destroy(arena);
    return h;
}
