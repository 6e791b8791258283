/* SPDX-License-Identifier: Apache-2.0
 * jsonb as canonical text: writing it, order, hash, containment.
 */
#include "core/json.h"

#include "core/list.h"
#include "core/num.h"

#include <stdlib.h>

enum { MAX_TEXT = 1 << 30 };

/* ---- canonical text ---- */

typedef struct writer {
    tb_arena *arena;
    tb_buf out;
    tb_error *err;
} writer;

typedef struct member {
    tb_str key;
    uint32_t order; /* position in the text: the last of equal keys wins */
    tb_json_span value;
} member;

static tb_rc write_value(writer *w, tb_json_span v);

static int cmp_members(const void *a, const void *b)
{
    const member *x = a, *y = b;
    if (x->key.len != y->key.len)
        return x->key.len < y->key.len ? -1 : 1;
    int c = tb_str_cmp(&x->key, &y->key);
    return c != 0 ? c : (x->order > y->order) - (x->order < y->order);
}

static tb_rc write_object(writer *w, tb_json_span v)
{
    TB_LIST(member) members = {0};
    tb_json_iter it = tb_json_iterate(v);
    tb_json_span key, value;
    while (tb_json_next(&it, &key, &value)) {
        member m = {.order = members.n, .value = value};
        TB_TRY(tb_json_unquote(w->arena, key, &m.key, w->err));
        tb_list_push(w->arena, &members, m);
    }
    if (members.n > 1)
        qsort(members.at, members.n, sizeof *members.at, cmp_members);
    tb_buf_putc(&w->out, '{');
    for (uint32_t i = 0, written = 0; i < members.n; i++) {
        const member *m = &members.at[i];
        if (i + 1 < members.n && tb_str_eq(&m->key, &members.at[i + 1].key))
            continue;
        if (written++ > 0)
            tb_buf_puts(&w->out, ", ");
        tb_json_quote(&w->out, tb_str_data(&m->key), m->key.len);
        tb_buf_puts(&w->out, ": ");
        TB_TRY(write_value(w, m->value));
    }
    tb_buf_putc(&w->out, '}');
    return TB_OK;
}

static tb_rc write_array(writer *w, tb_json_span v)
{
    tb_json_iter it = tb_json_iterate(v);
    tb_json_span value;
    tb_buf_putc(&w->out, '[');
    for (bool first = true; tb_json_next(&it, NULL, &value); first = false) {
        if (!first)
            tb_buf_puts(&w->out, ", ");
        TB_TRY(write_value(w, value));
    }
    tb_buf_putc(&w->out, ']');
    return TB_OK;
}

static tb_rc write_value(writer *w, tb_json_span v)
{
    tb_num n;
    tb_str text;
    switch (tb_json_kind_of(v)) {
    case TB_JSON_OBJECT:
        return write_object(w, v);
    case TB_JSON_ARRAY:
        return write_array(w, v);
    case TB_JSON_STRING:
        TB_TRY(tb_json_unquote(w->arena, v, &text, w->err));
        tb_json_quote(&w->out, tb_str_data(&text), text.len);
        return TB_OK;
    case TB_JSON_NUMBER:
        TB_TRY(tb_num_parse(w->arena, v.at, v.len, -1, &n, w->err));
        tb_buf_puts(&w->out, tb_num_print(w->arena, &n));
        return TB_OK;
    case TB_JSON_NULL:
    case TB_JSON_FALSE:
    case TB_JSON_TRUE:
        tb_buf_append(&w->out, v.at, v.len);
        return TB_OK;
    }
    TB_UNREACHABLE();
}

tb_rc tb_jsonb_parse(tb_arena *arena, const char *s, size_t len, bool hide, tb_str *out,
                     tb_error *err)
{
    TB_TRY(tb_json_check(s, len, hide, err));
    writer w = {.arena = tb_arena_create(0), .err = err};
    tb_buf_init(&w.out, MAX_TEXT);
    tb_rc rc = write_value(&w, tb_json_root(s, len));
    if (rc == TB_OK && w.out.failed)
        rc = TB_RAISE(err, TB_E_PROGRAM_LIMIT_EXCEEDED, "jsonb value is too long");
    if (rc == TB_OK)
        *out = tb_str_copy(arena, tb_str_make(w.out.data, w.out.len));
    tb_buf_fini(&w.out);
    tb_arena_destroy(w.arena);
    return rc;
}

/* ---- order ---- */

/* Object > Array > Boolean > Number > String > Null */
static int rank(tb_json_kind kind)
{
    static const int ranks[] = {
        [TB_JSON_NULL] = 0, [TB_JSON_STRING] = 1, [TB_JSON_NUMBER] = 2, [TB_JSON_FALSE] = 3,
        [TB_JSON_TRUE] = 3, [TB_JSON_ARRAY] = 4,  [TB_JSON_OBJECT] = 5,
    };
    return ranks[kind];
}

static int sign(int64_t v)
{
    return (v > 0) - (v < 0);
}

static tb_num number(tb_arena *arena, tb_json_span v)
{
    tb_num n = tb_num_small(0, 0);
    tb_error ignored = {0}; /* canonical text holds only numerics that were printed */
    TB_CHECK(tb_num_parse(arena, v.at, v.len, -1, &n, &ignored) == TB_OK);
    return n;
}

static tb_str unquoted(tb_arena *arena, tb_json_span v)
{
    tb_str s = tb_str_make("", 0);
    tb_error ignored = {0};
    TB_CHECK(tb_json_unquote(arena, v, &s, &ignored) == TB_OK);
    return s;
}

static int cmp_strings(tb_arena *arena, tb_json_span a, tb_json_span b)
{
    tb_str x = unquoted(arena, a), y = unquoted(arena, b);
    return sign(tb_str_cmp(&x, &y));
}

static int cmp_values(tb_arena *arena, tb_json_span a, tb_json_span b);

static int cmp_containers(tb_arena *arena, tb_json_span a, tb_json_span b, bool object)
{
    int c = sign((int64_t)tb_json_count(a) - tb_json_count(b));
    tb_json_iter ia = tb_json_iterate(a), ib = tb_json_iterate(b);
    tb_json_span ka, kb, va, vb;
    while (c == 0 && tb_json_next(&ia, &ka, &va) && tb_json_next(&ib, &kb, &vb)) {
        c = object ? cmp_strings(arena, ka, kb) : 0;
        if (c == 0)
            c = cmp_values(arena, va, vb);
    }
    return c;
}

static int cmp_values(tb_arena *arena, tb_json_span a, tb_json_span b)
{
    tb_json_kind ka = tb_json_kind_of(a), kb = tb_json_kind_of(b);
    if (rank(ka) != rank(kb))
        return rank(ka) < rank(kb) ? -1 : 1;
    switch (ka) {
    case TB_JSON_NULL:
        return 0;
    case TB_JSON_FALSE:
    case TB_JSON_TRUE:
        return (ka == TB_JSON_TRUE) - (kb == TB_JSON_TRUE);
    case TB_JSON_STRING:
        return cmp_strings(arena, a, b);
    case TB_JSON_NUMBER: {
        tb_num x = number(arena, a), y = number(arena, b);
        return tb_num_cmp(&x, &y);
    }
    case TB_JSON_ARRAY:
    case TB_JSON_OBJECT:
        return cmp_containers(arena, a, b, ka == TB_JSON_OBJECT);
    }
    TB_UNREACHABLE();
}

/* At the top level a scalar counts as an array of one, below a real array of one (and the empty
 * array below both). */
static int cmp_roots(tb_arena *arena, tb_json_span a, tb_json_span b)
{
    tb_json_kind ka = tb_json_kind_of(a), kb = tb_json_kind_of(b);
    bool scalar_a = rank(ka) < rank(TB_JSON_ARRAY), scalar_b = rank(kb) < rank(TB_JSON_ARRAY);
    if (scalar_a && kb == TB_JSON_ARRAY)
        return tb_json_count(b) == 0 ? 1 : -1;
    if (scalar_b && ka == TB_JSON_ARRAY)
        return tb_json_count(a) == 0 ? -1 : 1;
    return cmp_values(arena, a, b);
}

int tb_jsonb_cmp(const tb_str *a, const tb_str *b)
{
    if (tb_str_eq(a, b))
        return 0;
    tb_arena *arena = tb_arena_create(0);
    int c = cmp_roots(arena, tb_json_root(tb_str_data(a), a->len),
                      tb_json_root(tb_str_data(b), b->len));
    tb_arena_destroy(arena);
    return c;
}

/* ---- hash: canonical texts of equal values differ only in the scales of their numbers ---- */

static uint64_t hash_value(tb_arena *arena, tb_json_span v, uint64_t h)
{
    tb_json_kind kind = tb_json_kind_of(v);
    if (kind == TB_JSON_NUMBER) {
        tb_num n = number(arena, v);
        return tb_num_hash(&n, h);
    }
    if (kind != TB_JSON_ARRAY && kind != TB_JSON_OBJECT)
        return tb_hash_bytes(v.at, v.len, h);
    tb_json_iter it = tb_json_iterate(v);
    tb_json_span key, value;
    h = tb_hash_int64(kind, h);
    while (tb_json_next(&it, &key, &value)) {
        if (it.object)
            h = tb_hash_bytes(key.at, key.len, h);
        h = hash_value(arena, value, h);
    }
    return h;
}

uint64_t tb_jsonb_hash(const tb_str *a, uint64_t seed)
{
    tb_arena *arena = tb_arena_create(0);
    uint64_t h = hash_value(arena, tb_json_root(tb_str_data(a), a->len), seed);
    tb_arena_destroy(arena);
    return h;
}

/* ---- containment ---- */

static bool is_container(tb_json_span v)
{
    return v.at[0] == '{' || v.at[0] == '[';
}

static bool contains(tb_arena *arena, tb_json_span a, tb_json_span b);

static bool object_contains(tb_arena *arena, tb_json_span a, tb_json_span b)
{
    tb_json_iter it = tb_json_iterate(b);
    tb_json_span key, want, have;
    while (tb_json_next(&it, &key, &want)) {
        tb_str name = unquoted(arena, key);
        if (!tb_json_field(a, tb_str_data(&name), name.len, &have) || !contains(arena, have, want))
            return false;
    }
    return true;
}

/* Some element of a equals (a scalar) or contains (a container) the wanted value. */
static bool has_element(tb_arena *arena, tb_json_span a, tb_json_span want)
{
    tb_json_iter it = tb_json_iterate(a);
    tb_json_span have;
    while (tb_json_next(&it, NULL, &have))
        if (is_container(have) == is_container(want) && contains(arena, have, want))
            return true;
    return false;
}

static bool contains(tb_arena *arena, tb_json_span a, tb_json_span b)
{
    if (!is_container(a) || !is_container(b))
        return !is_container(a) && !is_container(b) && cmp_values(arena, a, b) == 0;
    if (a.at[0] != b.at[0])
        return false;
    if (a.at[0] == '{')
        return object_contains(arena, a, b);
    tb_json_iter it = tb_json_iterate(b);
    tb_json_span want;
    while (tb_json_next(&it, NULL, &want))
        if (!has_element(arena, a, want))
            return false;
    return true;
}

bool tb_jsonb_contains(tb_json_span a, tb_json_span b)
{
    tb_arena *arena = tb_arena_create(0);
    bool found =
        !is_container(b) && a.at[0] == '[' ? has_element(arena, a, b) : contains(arena, a, b);
    tb_arena_destroy(arena);
    return found;
}
