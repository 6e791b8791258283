/* SPDX-License-Identifier: Apache-2.0
 * Time zones: IANA zones from the system's TZif files, fixed offsets, PostgreSQL's abbreviations.
 *
 * Zones are loaded once, immutable afterwards, shared by all threads and never freed. Offsets are
 * seconds EAST of Greenwich (tb_timetz and PostgreSQL's internals use west; ISO output uses east).
 * Instants are us since 2000-01-01.
 */
#ifndef TB_CORE_TZ_H
#define TB_CORE_TZ_H

#include "core/base.h"

typedef struct tb_tz tb_tz;

/* Zone of a name, any case: an IANA name ("Asia/Shanghai"), "UTC", a POSIX form ("UTC+8",
 * "<+08>-8") or NULL when unknown. As in PostgreSQL, POSIX forms count WEST positive. */
const tb_tz *tb_tz_find(const char *name, size_t len);
/* As SET TIME ZONE interval/number: a fixed offset named "<+08>-08". NULL when over 168 hours. */
const tb_tz *tb_tz_fixed(int32_t seconds_east);
const tb_tz *tb_tz_utc(void);
/* Canonical spelling of its name. */
const char *tb_tz_name(const tb_tz *tz);

/* Never any daylight saving time or other change: one offset for all times. */
bool tb_tz_is_fixed(const tb_tz *tz);

typedef struct tb_tz_local {
    int32_t offset; /* seconds east */
    bool dst;
    const char *abbrev;
} tb_tz_local;
/* What holds in the zone at an instant. */
tb_tz_local tb_tz_at(const tb_tz *tz, int64_t utc_us);
/* What holds at a wall-clock time, by PostgreSQL's rule: in the gap of a spring-forward transition
 * the time is read as before it, in the overlap of a fall-back one as after it. */
tb_tz_local tb_tz_of_local(const tb_tz *tz, int64_t local_us);
int32_t tb_tz_offset_of_local(const tb_tz *tz, int64_t local_us);

/* Abbreviation of PostgreSQL's Default set ("EST", "CST", "Z", "MSK", ...), any case; false if
 * unknown. Some follow a zone's history: then *zone is set and the two functions below give the
 * offset. */
bool tb_tz_abbrev(const char *name, size_t len, int32_t *seconds_east, bool *dst,
                  const tb_tz **zone);
tb_tz_local tb_tz_abbrev_at(const tb_tz *zone, const char *name, size_t len, int64_t utc_us);
tb_tz_local tb_tz_abbrev_of_local(const tb_tz *zone, const char *name, size_t len,
                                  int64_t local_us);

#endif
