/* SPDX-License-Identifier: Apache-2.0
 * The type tables, expanded from types.def, and format_type().
 */
#include "core/type.h"

#include <stdio.h>
#include <string.h>

static const tb_type_info base_types[] = {
    [TB_T_NONE] = {"", 0, 0, 0, TB_PHYS_STR, 'X', false, "-"},
#define TB_TYPE(id, name, oid, aoid, len, phys, cat, pref, sql)                                    \
    [TB_T_##id] = {name, oid, aoid, len, TB_PHYS_##phys, cat, pref, sql},
#include "core/types.def"
#undef TB_TYPE
};

static const tb_type_info array_types[] = {
    [TB_T_NONE] = {"", 0, 0, 0, TB_PHYS_STR, 'X', false, "-"},
#define TB_TYPE(id, name, oid, aoid, len, phys, cat, pref, sql)                                    \
    [TB_T_##id] = {"_" name, aoid, 0, -1, TB_PHYS_STR, 'A', false, sql "[]"},
#include "core/types.def"
#undef TB_TYPE
};

static const uint8_t widths[TB_PHYS_COUNT] = {
    [TB_PHYS_BOOL] = 1, [TB_PHYS_I16] = 2,   [TB_PHYS_I32] = 4,       [TB_PHYS_I64] = 8,
    [TB_PHYS_OID] = 4,  [TB_PHYS_F32] = 4,   [TB_PHYS_F64] = 8,       [TB_PHYS_NUM] = 16,
    [TB_PHYS_STR] = 16, [TB_PHYS_UUID] = 16, [TB_PHYS_INTERVAL] = 16, [TB_PHYS_TIMETZ] = 16,
};

const tb_type_info *tb_type_get(tb_type_id id)
{
    tb_type_id elem = tb_type_elem(id);
    TB_CHECK(elem < TB_TYPE_COUNT);
    return tb_type_is_array(id) ? &array_types[elem] : &base_types[elem];
}

tb_phys tb_type_phys(tb_type_id id)
{
    return tb_type_get(id)->phys;
}

uint32_t tb_type_oid(tb_type_id id)
{
    return tb_type_get(id)->oid;
}

size_t tb_phys_width(tb_phys phys)
{
    TB_CHECK(phys < TB_PHYS_COUNT);
    return widths[phys];
}

tb_type_id tb_type_from_oid(uint32_t oid)
{
    switch (
        oid) { /* the compiler makes this a search; oids are unique, so duplicates cannot build */
#define TB_TYPE(id, name, oid_, aoid, len, phys, cat, pref, sql)                                   \
    case oid_:                                                                                     \
        return TB_T_##id;
#include "core/types.def"
#undef TB_TYPE
    }
    if (oid == 0)
        return TB_T_NONE;
    for (int i = 1; i < TB_TYPE_COUNT; i++)
        if (base_types[i].array_oid == oid)
            return tb_type_array_of((tb_type_id)i);
    return TB_T_NONE;
}

static tb_type_id base_from_name(const char *name)
{
    for (int i = 1; i < TB_TYPE_COUNT; i++)
        if (strcmp(base_types[i].name, name) == 0)
            return (tb_type_id)i;
    for (int i = 1; i < TB_TYPE_COUNT; i++)
        if (strcmp(base_types[i].sql_name, name) == 0)
            return (tb_type_id)i;
    return TB_T_NONE;
}

tb_type_id tb_type_from_name(const char *name)
{
    tb_type_id id = base_from_name(name);
    if (id != TB_T_NONE || name[0] != '_')
        return id;
    for (int i = 1; i < TB_TYPE_COUNT; i++)
        if (base_types[i].array_oid != 0 && strcmp(base_types[i].name, name + 1) == 0)
            return tb_type_array_of((tb_type_id)i);
    return TB_T_NONE;
}

/* ---- modifiers ---- */

bool tb_typmod_numeric(int32_t typmod, int *precision, int *scale)
{
    if (typmod < 4)
        return false;
    *precision = ((typmod - 4) >> 16) & 0xFFFF;
    /* 11 bits, signed: PostgreSQL 15 allows scales from -1000 to 1000 */
    *scale = (((typmod - 4) & 0x7FF) ^ 1024) - 1024;
    return true;
}

int32_t tb_typmod_make_numeric(int precision, int scale)
{
    return ((precision << 16) | (scale & 0x7FF)) + 4;
}

/* Interval modifiers: field mask in the high half, precision in the low half (0xFFFF = full). */
static const struct {
    int mask;
    const char *text;
} interval_fields[] = {
    {TB_IVM_YEAR, " year"},
    {TB_IVM_MONTH, " month"},
    {TB_IVM_DAY, " day"},
    {TB_IVM_HOUR, " hour"},
    {TB_IVM_MINUTE, " minute"},
    {TB_IVM_SECOND, " second"},
    {TB_IVM_YEAR | TB_IVM_MONTH, " year to month"},
    {TB_IVM_DAY | TB_IVM_HOUR, " day to hour"},
    {TB_IVM_DAY | TB_IVM_HOUR | TB_IVM_MINUTE, " day to minute"},
    {TB_IVM_DAY | TB_IVM_HOUR | TB_IVM_MINUTE | TB_IVM_SECOND, " day to second"},
    {TB_IVM_HOUR | TB_IVM_MINUTE, " hour to minute"},
    {TB_IVM_HOUR | TB_IVM_MINUTE | TB_IVM_SECOND, " hour to second"},
    {TB_IVM_MINUTE | TB_IVM_SECOND, " minute to second"},
};

int32_t tb_typmod_make_interval(int fields, int precision)
{
    return (fields << 16) | (precision & 0xFFFF);
}

void tb_typmod_interval(int32_t typmod, int *fields, int *precision)
{
    *fields = typmod < 0 ? TB_IVM_FULL : (typmod >> 16) & 0x7FFF;
    *precision = typmod < 0 ? 0xFFFF : typmod & 0xFFFF;
}

static void format_interval(int32_t typmod, char *buf, size_t cap)
{
    int fields, precision;
    tb_typmod_interval(typmod, &fields, &precision);
    const char *text = "";
    for (size_t i = 0; i < TB_COUNT(interval_fields); i++)
        if (interval_fields[i].mask == fields)
            text = interval_fields[i].text;
    if (precision != 0xFFFF)
        snprintf(buf, cap, "interval%s(%d)", text, precision);
    else
        snprintf(buf, cap, "interval%s", text);
}

static void format_with_typmod(tb_type_id id, int32_t typmod, char *buf, size_t cap)
{
    const char *sql = base_types[id].sql_name;
    int precision, scale;
    if (id == TB_T_NUMERIC && tb_typmod_numeric(typmod, &precision, &scale))
        snprintf(buf, cap, "numeric(%d,%d)", precision, scale);
    else if ((id == TB_T_VARCHAR || id == TB_T_BPCHAR) && typmod >= 4)
        snprintf(buf, cap, "%s(%d)", sql, (int)typmod - 4);
    else if (id == TB_T_TIME || id == TB_T_TIMESTAMP)
        snprintf(buf, cap, "%s(%d) without time zone", base_types[id].name, (int)typmod);
    else if (id == TB_T_TIMETZ || id == TB_T_TIMESTAMPTZ)
        snprintf(buf, cap, "%s(%d) with time zone", id == TB_T_TIMETZ ? "time" : "timestamp",
                 (int)typmod);
    else if (id == TB_T_INTERVAL)
        format_interval(typmod, buf, cap);
    else
        snprintf(buf, cap, "%s", sql);
}

const char *tb_type_format(tb_type type, char *buf, size_t cap)
{
    tb_type_id elem = tb_type_elem(type.id);
    TB_CHECK(elem < TB_TYPE_COUNT && cap > 0);
    if (type.typmod < 0)
        snprintf(buf, cap, "%s", base_types[elem].sql_name);
    else
        format_with_typmod(elem, type.typmod, buf, cap);
    if (tb_type_is_array(type.id)) {
        size_t len = strlen(buf);
        snprintf(buf + len, cap - len, "[]");
    }
    return buf;
}
