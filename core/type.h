/* SPDX-License-Identifier: Apache-2.0
 * SQL types: ids, PostgreSQL OIDs, type modifiers, names.
 *
 * A tb_type_id names a base type (types.def); bit 7 says "array of". A tb_type adds the type
 * modifier with PostgreSQL's encoding: varchar(n) = n+4, numeric(p,s) = ((p<<16)|(s & 0x7ff))+4, -1
 * = none.
 */
#ifndef TB_CORE_TYPE_H
#define TB_CORE_TYPE_H

#include "core/base.h"

typedef enum tb_type_id {
    TB_T_NONE,
#define TB_TYPE(id, name, oid, aoid, len, phys, cat, pref, sql) TB_T_##id,
#include "core/types.def"
#undef TB_TYPE
    TB_TYPE_COUNT,
    TB_T_ARRAY_BIT = 0x80
} tb_type_id;

/* How a value of a type is held in a tb_datum and in a tb_vector. */
typedef enum tb_phys {
    TB_PHYS_BOOL, /* uint8_t 0/1 */
    TB_PHYS_I16,  /* int16_t */
    TB_PHYS_I32,  /* int32_t: int4; date = days since 2000-01-01, INT32_MIN/MAX = -/+infinity */
    TB_PHYS_I64,  /* int64_t: int8; time, timestamp(tz) = us (since 2000-01-01 UTC), INT64_MIN/MAX =
                     -/+inf */
    TB_PHYS_OID,  /* uint32_t */
    TB_PHYS_F32,  /* float */
    TB_PHYS_F64,  /* double */
    TB_PHYS_NUM,  /* tb_num, 16 bytes (core/num.h) */
    TB_PHYS_INTERVAL, /* tb_interval, 16 bytes */
    TB_PHYS_TIMETZ,   /* tb_timetz, 16 bytes */
    TB_PHYS_UUID,     /* 16 bytes */
    TB_PHYS_STR,      /* tb_str, 16-byte view: text, bytea, json, arrays (core/array.h), records */
    TB_PHYS_COUNT
} tb_phys;

typedef struct tb_type {
    tb_type_id id;
    int32_t typmod;
} tb_type;

typedef struct tb_type_info {
    const char *name; /* pg_type.typname; arrays "_x" */
    uint32_t oid, array_oid;
    int16_t len; /* pg_type.typlen */
    tb_phys phys;
    char category;
    bool preferred;
    const char *sql_name; /* format_type() without modifier */
} tb_type_info;

static inline bool tb_type_is_array(tb_type_id id)
{
    return (id & TB_T_ARRAY_BIT) != 0;
}
static inline tb_type_id tb_type_elem(tb_type_id id)
{
    return (tb_type_id)(id & ~TB_T_ARRAY_BIT);
}
static inline tb_type_id tb_type_array_of(tb_type_id id)
{
    return (tb_type_id)(id | TB_T_ARRAY_BIT);
}
static inline tb_type tb_type_of(tb_type_id id)
{
    return (tb_type){id, -1};
}

/* Facts about a base or array type. For arrays: name "_elem", oid = the array OID, phys STR,
 * category 'A'. */
const tb_type_info *tb_type_get(tb_type_id id);
tb_phys tb_type_phys(tb_type_id id);
uint32_t tb_type_oid(tb_type_id id);
/* Bytes one value takes in a tb_vector: 1, 2, 4, 8 or 16. */
size_t tb_phys_width(tb_phys phys);
/* Type of an OID (base or array); TB_T_NONE if unknown. */
tb_type_id tb_type_from_oid(uint32_t oid);
/* Type of a lower-case internal or SQL name as the grammar passes it ("int4", "integer" is already
 * folded to "int4" by the parser, "_text" names the array); TB_T_NONE if unknown. */
tb_type_id tb_type_from_name(const char *name);
/* format_type(): "character varying(100)", "numeric(10,2)", "integer[]", … into buf; returns buf.
 * bpchar without a modifier reads "character", as in messages (the SQL function format_type(1042,
 * -1) says "bpchar"). */
const char *tb_type_format(tb_type type, char *buf, size_t cap);

/* numeric typmod parts; both return false when the typmod is -1. scale may be negative (PostgreSQL
 * 15). */
bool tb_typmod_numeric(int32_t typmod, int *precision, int *scale);
int32_t tb_typmod_make_numeric(int precision, int scale);

/* interval typmod: field mask (1 << PostgreSQL's field code) and precision of the seconds, 0xFFFF =
 * full. */
enum {
    TB_IVM_MONTH = 1 << 1,
    TB_IVM_YEAR = 1 << 2,
    TB_IVM_DAY = 1 << 3,
    TB_IVM_HOUR = 1 << 10,
    TB_IVM_MINUTE = 1 << 11,
    TB_IVM_SECOND = 1 << 12,
    TB_IVM_FULL = 0x7FFF
};
int32_t tb_typmod_make_interval(int fields, int precision);
/* A typmod of -1 gives TB_IVM_FULL and 0xFFFF. */
void tb_typmod_interval(int32_t typmod, int *fields, int *precision);

static inline bool tb_type_is_string(tb_type_id id)
{
    return id == TB_T_TEXT || id == TB_T_VARCHAR || id == TB_T_BPCHAR || id == TB_T_NAME;
}

#endif
