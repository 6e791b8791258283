/* SPDX-License-Identifier: Apache-2.0
 * The cache of zones and the questions asked of them. The cache is a list that only grows, so
 * readers need no lock.
 */
#include "core/tz.h"

#include "core/datetime.h"
#include "core/tz_int.h"

#include <ctype.h>
#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ZONEINFO "/usr/share/zoneinfo"
enum { MAX_NAME = 255, UNIX_EPOCH_SECS = 946684800, SECS_PER_DAY = 86400 };

static _Atomic(tb_tz *) zones; /* every zone ever asked for */

/* ---- finding ---- */

static const tb_tz *cached(const char *name)
{
    for (const tb_tz *tz = atomic_load_explicit(&zones, memory_order_acquire); tz != NULL;
         tz = tz->next)
        if (strcasecmp(tz->name, name) == 0)
            return tz;
    return NULL;
}

/* Adds a zone; when another thread was faster, its copy is used. */
static const tb_tz *add(tb_tz *tz)
{
    tb_tz *head = atomic_load_explicit(&zones, memory_order_acquire);
    do {
        for (const tb_tz *other = head; other != NULL; other = other->next) {
            if (strcmp(other->name, tz->name) == 0) {
                tbi_tz_free(tz);
                return other;
            }
        }
        tz->next = head;
    } while (!atomic_compare_exchange_weak(&zones, &head, tz));
    return tz;
}

/* Appends the directory's entry that equals the part in any case. Hidden entries do not count. */
static bool append_entry(char *path, size_t cap, const char *part, size_t len)
{
    DIR *dir = opendir(path);
    if (dir == NULL || len == 0)
        return dir != NULL ? (closedir(dir), false) : false;
    bool found = false;
    for (struct dirent *e; !found && (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.' || strlen(e->d_name) != len ||
            strncasecmp(e->d_name, part, len) != 0)
            continue;
        size_t used = strlen(path);
        found = (size_t)snprintf(path + used, cap - used, "/%s", e->d_name) < cap - used;
    }
    closedir(dir);
    return found;
}

static tb_tz *read_file(const char *name)
{
    char path[sizeof ZONEINFO + 2 * MAX_NAME] = ZONEINFO;
    const char *part = name;
    for (;;) {
        size_t n = strcspn(part, "/");
        if (!append_entry(path, sizeof path, part, n))
            return NULL;
        if (part[n] == '\0')
            break;
        part += n + 1;
    }
    return tbi_tz_read(path, path + sizeof ZONEINFO);
}

const tb_tz *tb_tz_find(const char *name, size_t len)
{
    char text[MAX_NAME + 1], upper[MAX_NAME + 1];
    if (len == 0 || len > MAX_NAME || memchr(name, '\0', len) != NULL)
        return NULL;
    memcpy(text, name, len);
    text[len] = '\0';
    const tb_tz *found = cached(text);
    if (found != NULL)
        return found;
    for (size_t i = 0; i <= len; i++)
        upper[i] = (char)toupper((unsigned char)text[i]);
    tb_tz *tz = strcmp(upper, "GMT") == 0 ? tbi_tz_parse_posix("GMT0", "GMT") : read_file(text);
    if (tz == NULL)
        tz = tbi_tz_parse_posix(upper, upper);
    return tz == NULL ? NULL : add(tz);
}

const tb_tz *tb_tz_fixed(int32_t seconds_east)
{
    int32_t abs = seconds_east < 0 ? -seconds_east : seconds_east;
    if (abs > 168 * 3600)
        return NULL;
    char hms[32], name[80];
    int n = snprintf(hms, sizeof hms, "%02d", abs / 3600);
    if (abs % 3600 != 0)
        n += snprintf(hms + n, sizeof hms - (size_t)n, ":%02d", abs / 60 % 60);
    if (abs % 60 != 0)
        snprintf(hms + n, sizeof hms - (size_t)n, ":%02d", abs % 60);
    /* POSIX counts west */
    if (seconds_east >= 0)
        snprintf(name, sizeof name, "<+%s>-%s", hms, hms);
    else
        snprintf(name, sizeof name, "<-%s>+%s", hms, hms);
    return tb_tz_find(name, strlen(name));
}

const tb_tz *tb_tz_utc(void)
{
    const tb_tz *tz = cached("UTC");
    return tz != NULL ? tz : add(tbi_tz_parse_posix("UTC0", "UTC"));
}

const char *tb_tz_name(const tb_tz *tz)
{
    return tz->name;
}

bool tb_tz_is_fixed(const tb_tz *tz)
{
    for (uint32_t i = 1; i < tz->ntypes; i++)
        if (tz->types[i].offset != tz->types[0].offset)
            return false;
    return true;
}

/* ---- asking ---- */

static int64_t floor_secs(int64_t us)
{
    return us / 1000000 - (us % 1000000 < 0) + UNIX_EPOCH_SECS;
}

/* Brings a time behind a repeating table into its last cycle; *shift is to be added to results. */
static int64_t into_table(const tb_tz *tz, int64_t t, int64_t *shift)
{
    *shift = 0;
    if (!tz->repeats || tz->ntrans == 0 || t <= tz->at[tz->ntrans - 1])
        return t;
    int64_t over = t - tz->at[tz->ntrans - 1];
    *shift = ((over - 1) / TBI_TZ_CYCLE_SECONDS + 1) * TBI_TZ_CYCLE_SECONDS;
    return t - *shift;
}

/* Number of transitions at or before t. */
static uint32_t passed(const tb_tz *tz, int64_t t)
{
    uint32_t low = 0, high = tz->ntrans;
    while (low < high) {
        uint32_t mid = (low + high) / 2;
        if (tz->at[mid] <= t)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const tbi_tz_type *type_after(const tb_tz *tz, uint32_t n)
{
    return &tz->types[n == 0 ? 0 : tz->to[n - 1]];
}

tb_tz_local tb_tz_at(const tb_tz *tz, int64_t utc_us)
{
    int64_t shift, t = into_table(tz, floor_secs(utc_us), &shift);
    const tbi_tz_type *type = type_after(tz, passed(tz, t));
    return (tb_tz_local){type->offset, type->dst, type->abbrev};
}

tb_tz_local tb_tz_of_local(const tb_tz *tz, int64_t local_us)
{
    /* the first transition within a day before the time decides, whatever its offset is */
    int64_t local = floor_secs(local_us), shift;
    int64_t prev = into_table(tz, local - SECS_PER_DAY, &shift);
    local -= shift;
    uint32_t n = passed(tz, prev);
    const tbi_tz_type *before = type_after(tz, n), *use = before;
    if (n < tz->ntrans) {
        const tbi_tz_type *after = type_after(tz, n + 1);
        int64_t boundary = tz->at[n];
        int64_t by_before = local - before->offset, by_after = local - after->offset;
        if (by_before < boundary && by_after < boundary)
            use = before;
        else if (by_before > boundary && by_after >= boundary)
            use = after;
        else /* in a gap the time is read as before it, in an overlap as after it */
            use = by_before > by_after ? before : after;
    }
    return (tb_tz_local){use->offset, use->dst, use->abbrev};
}

int32_t tb_tz_offset_of_local(const tb_tz *tz, int64_t local_us)
{
    return tb_tz_of_local(tz, local_us).offset;
}

/* ---- abbreviations ---- */

typedef struct abbrev {
    const char *name;
    int32_t offset;
    bool dst;
    const char *zone;
} abbrev;

static const abbrev abbrevs[] = {
#define TB_ABBREV(name, offset, dst, zone) {name, offset, dst, zone},
#include "core/tz_abbrevs.def"
#undef TB_ABBREV
};

static int cmp_abbrev(const void *key, const void *entry)
{
    return strcasecmp(key, ((const abbrev *)entry)->name);
}

bool tb_tz_abbrev(const char *name, size_t len, int32_t *seconds_east, bool *dst,
                  const tb_tz **zone)
{
    char text[16];
    if (len == 0 || len >= sizeof text)
        return false;
    memcpy(text, name, len);
    text[len] = '\0';
    const abbrev *a = bsearch(text, abbrevs, TB_COUNT(abbrevs), sizeof *a, cmp_abbrev);
    if (a == NULL)
        return false;
    *zone = a->zone == NULL ? NULL : tb_tz_find(a->zone, strlen(a->zone));
    *seconds_east = a->offset;
    *dst = a->dst;
    return a->zone == NULL || *zone != NULL;
}

tb_tz_local tb_tz_abbrev_at(const tb_tz *zone, const char *name, size_t len, int64_t utc_us)
{
    /* what the abbreviation last meant in the zone; or first, when that was later */
    int64_t t = floor_secs(utc_us);
    uint32_t cut = passed(zone, t);
    const tbi_tz_type *found = NULL;
    for (uint32_t i = cut; i-- > 0 && found == NULL;) {
        const tbi_tz_type *type = &zone->types[zone->to[i]];
        if (strlen(type->abbrev) == len && strncasecmp(type->abbrev, name, len) == 0)
            found = type;
    }
    for (uint32_t i = cut; i < zone->ntrans && found == NULL; i++) {
        const tbi_tz_type *type = &zone->types[zone->to[i]];
        if (strlen(type->abbrev) == len && strncasecmp(type->abbrev, name, len) == 0)
            found = type;
    }
    if (found == NULL)
        return tb_tz_at(zone, utc_us);
    return (tb_tz_local){found->offset, found->dst, found->abbrev};
}

tb_tz_local tb_tz_abbrev_of_local(const tb_tz *zone, const char *name, size_t len, int64_t local_us)
{
    int64_t offset = tb_tz_of_local(zone, local_us).offset;
    return tb_tz_abbrev_at(zone, name, len, local_us - offset * 1000000);
}
