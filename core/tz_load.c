/* SPDX-License-Identifier: Apache-2.0
 * Filling a zone's table: TZif files (RFC 8536) and POSIX TZ strings ("EST5EDT,M3.2.0,M11.1.0").
 */
#include "core/tz_int.h"

#include "core/datetime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER = 44, MAX_FILE = 1 << 20, UNIX_EPOCH_DAYS = 10957, SECS_PER_DAY = 86400 };

void tbi_tz_free(tb_tz *tz)
{
    if (tz == NULL)
        return;
    free(tz->name);
    free(tz->types);
    free(tz->at);
    free(tz->to);
    free(tz);
}

static tb_tz *new_zone(const char *name, uint32_t ntypes, uint32_t ntrans)
{
    tb_tz *tz = tb_xcalloc(1, sizeof *tz);
    tz->name = tb_xstrdup(name);
    tz->types = tb_xcalloc(ntypes + 2, sizeof *tz->types);
    tz->at = tb_xcalloc(ntrans + 1, sizeof *tz->at);
    tz->to = tb_xcalloc(ntrans + 1, sizeof *tz->to);
    tz->ntypes = ntypes;
    tz->ntrans = ntrans;
    return tz;
}

/* ---- POSIX TZ strings ---- */

typedef enum day_kind { DAY_JULIAN, DAY_ZERO_BASED, DAY_WEEKDAY } day_kind;

/* When a rule applies within a year. */
typedef struct day_rule {
    day_kind kind;
    int month, week, day;
    int32_t time; /* seconds after midnight, local */
} day_rule;

typedef struct posix_rule {
    tbi_tz_type std, dst;
    bool has_dst;
    day_rule start, end; /* of daylight saving time */
} posix_rule;

static bool parse_name(const char **at, char out[12])
{
    const char *s = *at, *end;
    size_t n;
    if (*s == '<') {
        end = strchr(++s, '>');
        if (end == NULL)
            return false;
        n = (size_t)(end - s);
        *at = end + 1;
    } else {
        n = strcspn(s, "0123456789,+-<>/");
        *at = s + n;
    }
    snprintf(out, 12, "%.*s", (int)(n < 11 ? n : 11), s);
    return true;
}

static bool parse_number(const char **at, int max, int *v)
{
    const char *s = *at;
    if (*s < '0' || *s > '9')
        return false;
    for (*v = 0; *s >= '0' && *s <= '9'; s++) {
        *v = *v * 10 + (*s - '0');
        if (*v > max)
            return false;
    }
    *at = s;
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool parse_time(const char **at, int32_t *seconds)
{
    int sign = 1, part[3] = {0, 0, 0};
    if (**at == '-' || **at == '+')
        sign = *(*at)++ == '-' ? -1 : 1;
    if (!parse_number(at, 167, &part[0]))
        return false;
    for (int i = 1; i < 3 && **at == ':'; i++) {
        (*at)++;
        if (!parse_number(at, 59, &part[i]))
            return false;
    }
    *seconds = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
    return true;
}

static bool parse_day(const char **at, day_rule *r)
{
    *r = (day_rule){.time = 7200};
    if (**at == 'M') {
        (*at)++;
        r->kind = DAY_WEEKDAY;
        if (!parse_number(at, 12, &r->month) || *(*at)++ != '.' || !parse_number(at, 5, &r->week) ||
            *(*at)++ != '.' || !parse_number(at, 6, &r->day) || r->month < 1 || r->week < 1)
            return false;
    } else {
        r->kind = **at == 'J' ? DAY_JULIAN : DAY_ZERO_BASED;
        *at += **at == 'J';
        if (!parse_number(at, 365, &r->day) || (r->kind == DAY_JULIAN && r->day < 1))
            return false;
    }
    if (**at != '/')
        return true;
    (*at)++;
    return parse_time(at, &r->time);
}

static bool parse_rule(const char *s, posix_rule *r)
{
    int32_t west;
    *r = (posix_rule){.has_dst = false};
    if (!parse_name(&s, r->std.abbrev) || !parse_time(&s, &west))
        return false;
    r->std.offset = -west;
    if (*s == '\0')
        return true;
    r->has_dst = r->dst.dst = true;
    r->dst.offset = r->std.offset + 3600;
    if (!parse_name(&s, r->dst.abbrev))
        return false;
    if (*s != '\0' && *s != ',' && *s != ';') {
        if (!parse_time(&s, &west))
            return false;
        r->dst.offset = -west;
    }
    if (*s == '\0')
        s = ",M3.2.0,M11.1.0"; /* the rule of the United States, as everywhere */
    return (*s == ',' || *s == ';') && (s++, parse_day(&s, &r->start)) && *s++ == ',' &&
           parse_day(&s, &r->end) && *s == '\0';
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Local seconds since 1970 of a rule's moment in a year. */
static int64_t moment(const day_rule *r, int year)
{
    int32_t first = tb_days_from_civil(year, 1, 1), day = first;
    switch (r->kind) {
    case DAY_JULIAN: /* 1..365, February 29 is never counted */
        day = first + r->day - 1 + (r->day >= 60 && is_leap(year));
        break;
    case DAY_ZERO_BASED:
        day = first + r->day;
        break;
    case DAY_WEEKDAY: {
        int32_t month = tb_days_from_civil(year, r->month, 1);
        day = month + (r->day - tb_day_of_week(month) + 7) % 7 + (r->week - 1) * 7;
        while (day >= month + tb_days_in_month(year, r->month))
            day -= 7;
        break;
    }
    }
    return ((int64_t)day + UNIX_EPOCH_DAYS) * SECS_PER_DAY + r->time;
}

static uint8_t find_type(tb_tz *tz, const tbi_tz_type *type)
{
    for (uint32_t i = 0; i < tz->ntypes; i++)
        if (tz->types[i].offset == type->offset && tz->types[i].dst == type->dst &&
            strcmp(tz->types[i].abbrev, type->abbrev) == 0)
            return (uint8_t)i;
    tz->types[tz->ntypes] = *type; /* room for the two of a rule was left */
    return (uint8_t)tz->ntypes++;
}

/* Appends 400 years of a rule behind the transitions read so far. */
static void extend(tb_tz *tz, const posix_rule *r, int first_year)
{
    enum { YEARS = TBI_TZ_CYCLE_YEARS + 2 };
    uint8_t std = find_type(tz, &r->std), dst = find_type(tz, &r->dst);
    tz->at = tb_xrealloc(tz->at, (tz->ntrans + 2 * YEARS + 1) * sizeof *tz->at);
    tz->to = tb_xrealloc(tz->to, (tz->ntrans + 2 * YEARS + 1) * sizeof *tz->to);
    for (int y = first_year; y < first_year + YEARS; y++) {
        int64_t on = moment(&r->start, y) - r->std.offset, off = moment(&r->end, y) - r->dst.offset;
        int64_t when[2] = {on < off ? on : off, on < off ? off : on};
        uint8_t type[2] = {on < off ? dst : std, on < off ? std : dst};
        for (int i = 0; i < 2; i++) {
            if (tz->ntrans > 0 && when[i] <= tz->at[tz->ntrans - 1])
                continue;
            tz->at[tz->ntrans] = when[i];
            tz->to[tz->ntrans++] = type[i];
        }
    }
    tz->repeats = true;
}

tb_tz *tbi_tz_parse_posix(const char *text, const char *name)
{
    posix_rule r;
    if (!parse_rule(text, &r))
        return NULL;
    tb_tz *tz = new_zone(name, 1, 0);
    tz->types[0] = r.std;
    if (r.has_dst)
        extend(tz, &r, 1970);
    return tz;
}

/* ---- TZif ---- */

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

typedef struct counts {
    uint32_t isutc, isstd, leap, time, type, chars;
} counts;

static counts read_counts(const uint8_t *h)
{
    return (counts){be32(h + 20), be32(h + 24), be32(h + 28),
                    be32(h + 32), be32(h + 36), be32(h + 40)};
}

static size_t block_size(const counts *c, size_t time_size)
{
    return c->time * (time_size + 1) + c->type * (size_t)6 + c->chars + c->leap * (time_size + 4) +
           c->isstd + c->isutc;
}

static bool sane(const counts *c)
{
    return c->leap == 0 && c->time < 10000 && c->type > 0 && c->type < TBI_TZ_MAX_TYPES - 2 &&
           c->chars < 10000 && c->isstd <= c->type && c->isutc <= c->type;
}

static tb_tz *read_block(const uint8_t *p, const counts *c, size_t time_size, const char *name)
{
    tb_tz *tz = new_zone(name, c->type, c->time);
    const uint8_t *to = p + c->time * time_size, *type = to + c->time, *chars = type + c->type * 6;
    for (uint32_t i = 0; i < c->time; i++) {
        const uint8_t *at = p + i * time_size;
        tz->at[i] =
            time_size == 8 ? (int64_t)((uint64_t)be32(at) << 32 | be32(at + 4)) : (int32_t)be32(at);
        tz->to[i] = to[i] < c->type ? to[i] : 0;
    }
    for (uint32_t i = 0; i < c->type; i++) {
        const uint8_t *t = type + i * 6;
        uint32_t at = t[5] < c->chars ? t[5] : 0;
        size_t n = strnlen((const char *)chars + at, c->chars - at);
        tz->types[i] = (tbi_tz_type){.offset = (int32_t)be32(t), .dst = t[4] != 0};
        memcpy(tz->types[i].abbrev, chars + at, n < 11 ? n : 11);
    }
    return tz;
}

/* The footer's rule goes on where the table ends. */
static void apply_footer(tb_tz *tz, const char *footer, size_t len)
{
    char text[128];
    posix_rule r;
    if (len < 2 || footer[0] != '\n' || len >= sizeof text)
        return;
    const char *end = memchr(footer + 1, '\n', len - 1);
    if (end == NULL)
        return;
    snprintf(text, sizeof text, "%.*s", (int)(end - footer - 1), footer + 1);
    if (!parse_rule(text, &r) || !r.has_dst)
        return; /* without daylight saving the last transition already says it all */
    int64_t last = tz->ntrans == 0 ? 0 : tz->at[tz->ntrans - 1];
    int year, month, day;
    tb_civil_from_days((int32_t)(last / SECS_PER_DAY) - UNIX_EPOCH_DAYS, &year, &month, &day);
    extend(tz, &r, year);
}

static tb_tz *read_bytes(const uint8_t *p, size_t len, const char *name)
{
    if (len < HEADER || memcmp(p, "TZif", 4) != 0)
        return NULL;
    counts c = read_counts(p);
    if (p[4] == 0)
        return sane(&c) && len >= HEADER + block_size(&c, 4) ? read_block(p + HEADER, &c, 4, name)
                                                             : NULL;
    size_t skip = HEADER + block_size(&c, 4);
    if (c.time > 10000 || len < skip + HEADER)
        return NULL;
    p += skip;
    len -= skip;
    c = read_counts(p);
    if (!sane(&c) || len < HEADER + block_size(&c, 8))
        return NULL;
    tb_tz *tz = read_block(p + HEADER, &c, 8, name);
    size_t used = HEADER + block_size(&c, 8);
    apply_footer(tz, (const char *)p + used, len - used);
    return tz;
}

tb_tz *tbi_tz_read(const char *path, const char *name)
{
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return NULL;
    uint8_t *bytes = tb_xmalloc(MAX_FILE);
    size_t len = fread(bytes, 1, MAX_FILE, f);
    fclose(f);
    tb_tz *tz = read_bytes(bytes, len, name);
    free(bytes);
    return tz;
}
