/* SPDX-License-Identifier: Apache-2.0
 * Composite values (ROW(...), whole rows): a self-contained byte string inside a tb_str.
 *
 *     n, then per field {type id, null, end offset}, then the packed values (core/pack.h),
 *     then the fields' names if they have any
 *
 * Names are for JSON only: they are no part of comparison, equality or text output.
 */
#ifndef TB_CORE_RECORD_H
#define TB_CORE_RECORD_H

#include "core/error.h"
#include "core/value.h"

/* names[i] may be anything but NULL; names = NULL: the fields have none. */
tb_str tb_record_build(tb_arena *arena, uint32_t n, const tb_type_id *types, const tb_value *values,
                       const char *const *names);
uint32_t tb_record_count(const tb_str *r);
/* The first field's name, the others follow it, each with its NUL; NULL if they have none. */
const char *tb_record_names(const tb_str *r);
/* Field i (0-based); *type may be NULL. Strings point into the record. */
tb_value tb_record_get(const tb_str *r, tb_arena *arena, uint32_t i, tb_type_id *type);

/* Default order of records of equal shape: field by field, NULL greatest. 42804 when the shapes
 * differ. */
tb_rc tb_record_compare(const tb_str *a, const tb_str *b, int *cmp, tb_error *err) TB_MUSTUSE;
/* The same for records known to have equal types (tb_value_cmp). */
int tb_record_cmp(const tb_str *a, const tb_str *b);
uint64_t tb_record_hash(const tb_str *r, uint64_t seed);

#endif
