/* SPDX-License-Identifier: Apache-2.0
 * Inside of time zones: the table of a zone and how it is filled.
 */
#ifndef TB_CORE_TZ_INT_H
#define TB_CORE_TZ_INT_H

#include "core/tz.h"

/* One kind of local time: offset, DST flag, abbreviation. */
typedef struct tbi_tz_type {
    int32_t offset; /* seconds east */
    bool dst;
    char abbrev[12];
} tbi_tz_type;

/* Times are seconds since 1970 UTC. When `repeats`, the table reaches 400 years past the last
 * explicit rule, and later times repeat that cycle. Before the first transition type 0 holds. */
struct tb_tz {
    tb_tz *next; /* in the cache */
    char *name;
    uint32_t ntypes, ntrans;
    bool repeats;
    tbi_tz_type *types;
    int64_t *at;
    uint8_t *to; /* type from at[i] on */
};

enum { TBI_TZ_MAX_TYPES = 255, TBI_TZ_CYCLE_YEARS = 400 };
#define TBI_TZ_CYCLE_SECONDS INT64_C(12622780800)

/* Reads a TZif file (version 1 to 4). NULL when it is not one or counts leap seconds. */
tb_tz *tbi_tz_read(const char *path, const char *name);
/* Zone of a POSIX TZ string; NULL when it is none. Upper case expected outside <>. */
tb_tz *tbi_tz_parse_posix(const char *text, const char *name);
void tbi_tz_free(tb_tz *tz);

#endif
