/* SPDX-License-Identifier: Apache-2.0
 * Counter-based randomness (every number is a hash of what it is for) and calendar arithmetic.
 */
#include "gen.h"

#include <stdarg.h>
#include <stdio.h>

/* The finaliser of SplitMix64: a bijection that changes half of the bits for each bit changed. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t hash(uint64_t seed, enum gen_stream stream, uint64_t index, uint32_t field)
{
    uint64_t x = mix(seed + 0x9e3779b97f4a7c15u * (uint64_t)stream);

    x = mix(x + 0x9e3779b97f4a7c15u * (index + 1));
    return mix(x + 0xd1342543de82ef95u * (field + 1));
}

uint64_t gen_rand(const gen *g, enum gen_stream stream, uint64_t index, uint32_t field)
{
    return hash(g->seed, stream, index, field);
}

uint64_t gen_fixed(enum gen_stream stream, uint64_t index, uint32_t field)
{
    return hash(0x990000, stream, index, field);
}

uint32_t gen_pick(const gen *g, enum gen_stream stream, uint64_t index, uint32_t field, uint32_t n)
{
    return (uint32_t)(gen_rand(g, stream, index, field) % n);
}

/* Proleptic Gregorian, eras of 400 years that start on 1 March. */
int32_t gen_day(int year, int month, int day)
{
    int y = month <= 2 ? year - 1 : year;
    int era = y / 400;
    int yoe = y - era * 400;
    int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

void gen_civil(int32_t days, int *year, int *month, int *day)
{
    int32_t z = days + 719468;
    int32_t era = z / 146097;
    int32_t doe = z - era * 146097;
    int32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int32_t mp = (5 * doy + 2) / 153;

    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = yoe + era * 400 + (*month <= 2);
}

gen_text gen_format(const char *fmt, ...)
{
    gen_text t;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(t.s, sizeof t.s, fmt, ap);
    va_end(ap);
    return t;
}

gen_text gen_iso(int32_t days)
{
    int y, m, d;

    gen_civil(days, &y, &m, &d);
    return gen_format("%04d-%02d-%02d", y, m, d);
}

gen_text gen_compact(int32_t days)
{
    int y, m, d;

    gen_civil(days, &y, &m, &d);
    return gen_format("%04d%02d%02d", y, m, d);
}

int gen_ym(const gen *g, uint32_t m)
{
    int month = GEN_AS_OF_YEAR * 12 + 5 - (int)(g->months - 1 - m); /* June is month 5 */

    return month / 12 * 100 + month % 12 + 1;
}

int32_t gen_ym_first_day(int ym)
{
    return gen_day(ym / 100, ym % 100, 1);
}
