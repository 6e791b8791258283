/* SPDX-License-Identifier: Apache-2.0
 * Numerics are packed as {kind, sign, scale} and, by kind, an int64 or base-10^9 digits.
 */
#include "core/pack.h"

#include "core/num_int.h"

enum { NUM_HEAD = 4 };

static size_t num_size(const tb_num *n)
{
    switch ((tb_num_kind)n->kind) {
    case TB_NUM_SMALL:
        return NUM_HEAD + sizeof n->coef;
    case TB_NUM_BIG:
        return NUM_HEAD + n->big->n * sizeof n->big->d[0];
    case TB_NUM_NAN:
    case TB_NUM_PINF:
    case TB_NUM_NINF:
        return NUM_HEAD;
    }
    TB_UNREACHABLE();
}

size_t tb_pack_size(tb_type_id type, const tb_datum *d)
{
    tb_phys phys = tb_type_phys(type);
    if (phys == TB_PHYS_STR)
        return d->str.len;
    return phys == TB_PHYS_NUM ? num_size(&d->num) : tb_phys_width(phys);
}

static char *pack_num(const tb_num *n, char *to)
{
    size_t size = num_size(n);
    to[0] = (char)n->kind;
    to[1] = n->kind == TB_NUM_BIG && n->big->neg;
    memcpy(to + 2, &n->scale, sizeof n->scale);
    if (n->kind == TB_NUM_BIG)
        memcpy(to + NUM_HEAD, n->big->d, size - NUM_HEAD);
    else if (n->kind == TB_NUM_SMALL)
        memcpy(to + NUM_HEAD, &n->coef, sizeof n->coef);
    return to + size;
}

char *tb_pack(tb_type_id type, const tb_datum *d, char *to)
{
    tb_phys phys = tb_type_phys(type);
    if (phys == TB_PHYS_NUM)
        return pack_num(&d->num, to);
    size_t size = tb_pack_size(type, d);
    const void *from = phys == TB_PHYS_STR ? (const void *)tb_str_data(&d->str) : (const void *)d;
    if (size > 0)
        memcpy(to, from, size);
    return to + size;
}

static tb_num unpack_num(tb_arena *arena, const char *from, size_t len)
{
    TB_CHECK(len >= NUM_HEAD);
    tb_num n = {.kind = (uint8_t)from[0]};
    memcpy(&n.scale, from + 2, sizeof n.scale);
    if (n.kind == TB_NUM_SMALL) {
        memcpy(&n.coef, from + NUM_HEAD, sizeof n.coef);
    } else if (n.kind == TB_NUM_BIG) {
        struct tb_big *big = tb_arena_alloc(arena, sizeof *big + len - NUM_HEAD);
        big->n = (uint32_t)((len - NUM_HEAD) / sizeof big->d[0]);
        big->neg = from[1] != 0;
        memcpy(big->d, from + NUM_HEAD, len - NUM_HEAD);
        n.big = big;
    }
    return n;
}

tb_datum tb_unpack(tb_arena *arena, tb_type_id type, const char *from, size_t len)
{
    tb_datum d = {.i64 = 0};
    memset(&d, 0, sizeof d);
    tb_phys phys = tb_type_phys(type);
    if (phys == TB_PHYS_STR) {
        d.str = tb_str_make(from, len);
    } else if (phys == TB_PHYS_NUM) {
        d.num = unpack_num(arena, from, len);
    } else {
        TB_CHECK(len == tb_phys_width(phys));
        memcpy(&d, from, len);
    }
    return d;
}
