/* SPDX-License-Identifier: Apache-2.0
 * Transport: road operators with their vehicles and professional drivers, overload records, and the
 * shared bicycles of two operators whose tables look nothing alike.
 */
#include "gen.h"

/* ---- facts ---- */
uint32_t gen_vehicle_operator(uint32_t vehicle)
{
    return gen_firm_at(vehicle / GEN_BLOCK_VEHICLES, 800 + vehicle % 150);
}

/* Vehicles 25-49 of a block have an expired certificate, 85-94 the zero date, 95 one that ends on
 * the very day. */
int32_t gen_certificate_end(const gen *g, uint32_t vehicle)
{
    uint32_t v = vehicle % GEN_BLOCK_VEHICLES;

    if (v >= 25 && v < 50)
        return gen_day(2026, 1, 1) + (int32_t)gen_pick(g, GEN_S_TRANSPORT, vehicle, 1, 180);
    if (v >= 85 && v < 95)
        return 0;
    if (v == 95)
        return gen_day(2026, 6, 30);
    return gen_day(2026, 7, 1) + (int32_t)gen_pick(g, GEN_S_TRANSPORT, vehicle, 1, 700);
}

uint32_t gen_practitioner(uint32_t block, uint32_t n)
{
    return block * GEN_BLOCK_PERSONS + 8000 + n;
}

/* 20-24 are cancelled, 25-29 have expired (police.c revoked the licences of 0-29). */
bool gen_practitioner_valid(const gen *g, uint32_t block, uint32_t n, int32_t *valid_to)
{
    uint32_t person = gen_practitioner(block, n);

    *valid_to = gen_day(2026, 7, 1) + (int32_t)gen_pick(g, GEN_S_TRANSPORT, person, 2, 1500);
    if (n == 0)
        *valid_to = gen_day(2026, 6, 30);
    if (n >= 25 && n < 30)
        *valid_to = gen_day(2026, 1, 1) + (int32_t)n;
    return !(n >= 20 && n < 25) && (n < 35 || n % 50 != 7);
}

/* Districts 2 and 8 are nearly empty, 5 is nearly full. */
gen_station gen_station_get(const gen *g, uint32_t district, uint32_t n)
{
    uint64_t r = gen_rand(g, GEN_S_BIKE, district * 100 + n, 1);
    int fill = district == 2 || district == 8 ? (int)(r % 15)
               : district == 5                ? 90 + (int)(r % 10)
                                              : 35 + (int)(r % 30);
    gen_station s;

    s.capacity = 20 + (int)(r / 100 % 21);
    s.bikes = s.capacity * fill / 100;
    s.stale = n == 3 && district % 4 == 1;
    s.renting = !(n == 6 && district % 5 == 0);
    return s;
}

/* District 11 (L) has so few morning trips that the number must not be shown. */
bool gen_trip_get(const gen *g, uint32_t district, uint32_t n, int32_t *day, int *started,
                  int *ended)
{
    uint64_t r = gen_rand(g, GEN_S_BIKE, district, 1000 + n);
    bool morning = district == 11 ? n < 3 : r % 10 == 0;

    *day = morning ? gen_day(2026, 6, 30) : gen_day(2026, 6, 1) + (int32_t)(r / 10 % 29);
    *started = 7 * 3600 + (int)(r / 1000 % 3000);
    *ended = *started + 120 + (int)(r / 3000000 % 3000); /* before 09:00 */
    return morning;
}

/* ---- tables ---- */
static void operators(const gen *g)
{
    static const char *const types[] = {"道路旅客运输", "道路货物运输", "危险货物运输"};
    gen_table *op =
        gen_table_new(g->io, "transport", "operator",
                      "permit_no text PRIMARY KEY, uscc text, name text, valid_to date");
    gen_table *pr = gen_table_new(
        g->io, "transport", "practitioner",
        "cert_no text PRIMARY KEY, id_no text, name text, cert_type text, valid_to date, "
        "status text");

    for (uint32_t block = 0; block < g->blocks; block++) {
        for (uint32_t n = 0; n < 150; n++) {
            uint32_t firm = gen_firm_at(block, 800 + n);
            gen_firm f = gen_firm_get(firm);
            uint64_t r = gen_rand(g, GEN_S_TRANSPORT, firm, 3);

            gen_put_text(op, gen_format("99P%07u", firm).s);
            gen_put_text(op, gen_spell_uscc(f.uscc, gen_uscc_trait(r, 20, 30)).s);
            gen_put_text(op, gen_spell_name(&f.name, r / 7).s);
            gen_put_day(op, gen_day(2027, 1, 1) + (int32_t)(r / 9 % 900));
            gen_row_end(op);
        }
        for (uint32_t n = 0; n < GEN_BLOCK_PRACTITIONERS; n++) {
            uint32_t person = gen_practitioner(block, n);
            gen_person p = gen_person_get(person);
            uint64_t r = gen_rand(g, GEN_S_TRANSPORT, person, 4);
            int32_t valid_to;
            bool valid = gen_practitioner_valid(g, block, n, &valid_to);
            enum gen_spelling how =
                n < 35 ? (enum gen_spelling)(n % GEN_SPELLINGS) : gen_id_trait(r, 40);

            for (uint32_t copy = 0; copy <= (n % 300 == 7);
                 copy++) { /* some hold two certificates */
                gen_put_text(pr, gen_format("99Z%08u%u", person, copy).s);
                gen_put_text(pr, gen_spell_id(p.id, how).s);
                gen_put_text(pr, gen_spell_name(&p.name, r / 9).s);
                gen_put_text(pr, types[(r + copy) % 3]);
                gen_put_day(pr, valid_to);
                gen_put_text(pr, valid ? "有效" : "注销");
                gen_row_end(pr);
            }
        }
    }
}

static gen_text colour_spelling(const char *colour, uint64_t salt)
{
    return gen_format("%s%s", colour, salt % 3 == 1 ? "色" : "");
}

static void op_vehicles(const gen *g)
{
    gen_table *t = gen_table_new(
        g->io, "transport", "op_vehicle",
        "plate_no text, plate_colour text, vin text, permit_no text, cert_no text PRIMARY KEY, "
        "valid_to text");
    gen_table *o =
        gen_table_new(g->io, "transport", "overload",
                      "plate_no text, at bigint, axle integer, over_pct double precision");

    for (uint32_t i = 0; i < gen_vehicles(g); i++) {
        gen_vehicle v = gen_vehicle_get(i);
        uint64_t r = gen_rand(g, GEN_S_TRANSPORT, i, 5);
        int32_t end = gen_certificate_end(g, i);

        if (!gen_operating(i))
            continue;
        gen_put_text(t, gen_spell_plate(&v.plate, r).s);
        gen_put_text(t, colour_spelling(v.colour, r / 10).s);
        gen_put_text(t, v.vin.s);
        gen_put_text(t, gen_format("99P%07u", gen_vehicle_operator(i)).s);
        gen_put_text(t, gen_format("99C%08u", i).s);
        gen_put_text(t, end ? gen_compact(end).s : "0000-00-00");
        gen_row_end(t);
        for (uint32_t n = 0; n < r / 30 % 3 / 2; n++) {
            gen_put_text(o, gen_spell_plate(&v.plate, r / 90 + n).s);
            gen_put_int(o, ((int64_t)gen_day(2026, 1, 1) + (int64_t)(r / 100 % 180)) * 86400 +
                               (int64_t)(r / 7 % 86400));
            gen_put_int(o, 2 + (int64_t)(r / 11 % 5));
            gen_put_real(o, 5.0 + (double)(r / 13 % 200) / 4);
            gen_row_end(o);
        }
    }
}

/* Operator one, districts A-F: shaped like GBFS. */
static void bikes_one(const gen *g)
{
    gen_table *st = gen_table_new(
        g->io, "transport", "bike_station",
        "station_id text PRIMARY KEY, name text, lat double precision, lon double precision, "
        "region_id text, capacity integer");
    gen_table *now = gen_table_new(
        g->io, "transport", "bike_status",
        "station_id text PRIMARY KEY, bikes integer, docks integer, is_installed boolean, "
        "is_renting boolean, is_returning boolean, last_reported bigint");
    gen_table *trip = gen_table_new(
        g->io, "transport", "bike_trip",
        "trip_id text PRIMARY KEY, from_station text, to_station text, started timestamp, "
        "ended timestamp");

    for (uint32_t d = 0; d < GEN_DISTRICTS / 2; d++) {
        for (uint32_t n = 0; n < GEN_STATIONS_PER_DISTRICT; n++) {
            gen_station s = gen_station_get(g, d, n);
            gen_text id = gen_format("%c%02u", (int)('A' + d), n + 1);

            gen_put_text(st, id.s);
            gen_put_text(st,
                         gen_format("%s%s%u号站", gen_city_name(d), gen_county_name(d), n + 1).s);
            gen_put_real(st, 10.0 + d * 0.25 + n * 0.015625);
            gen_put_real(st, 150.0 + d * 0.125 + n * 0.03125);
            gen_put_text(st, gen_format("%c", (int)('A' + d)).s);
            gen_put_int(st, s.capacity);
            gen_row_end(st);
            gen_put_text(now, id.s);
            gen_put_int(now, s.bikes);
            gen_put_int(now, s.capacity - s.bikes);
            gen_put_bool(now, true);
            gen_put_bool(now, s.renting);
            gen_put_bool(now, true);
            gen_put_int(now, (int64_t)gen_day(2026, 6, 30) * 86400 + 8 * 3600 -
                                 (s.stale ? 4000 : 60 + (int)n));
            gen_row_end(now);
        }
        for (uint32_t n = 0; n < g->blocks * GEN_TRIPS_PER_DISTRICT; n++) {
            int32_t day;
            int started, ended;

            gen_trip_get(g, d, n, &day, &started, &ended);
            gen_put_text(trip, gen_format("T%c%07u", (int)('A' + d), n).s);
            gen_put_text(trip, gen_format("%c%02u", (int)('A' + (d + n) % 6), n % 8 + 1).s);
            gen_put_text(trip, gen_format("%c%02u", (int)('A' + d), n / 8 % 8 + 1).s);
            gen_put_text(trip, gen_format("%s %02d:%02d:%02d", gen_iso(day).s, started / 3600,
                                          started / 60 % 60, started % 60)
                                   .s);
            gen_put_text(trip, gen_format("%s %02d:%02d:%02d", gen_iso(day).s, ended / 3600,
                                          ended / 60 % 60, ended % 60)
                                   .s);
            gen_row_end(trip);
        }
    }
}

/* Operator two, districts G-L: divisions instead of letters, words instead of flags, text and
 * epochs instead of timestamps. */
static void bikes_two(const gen *g)
{
    gen_table *dock = gen_table_new(
        g->io, "transport", "cyc_dock",
        "dock_code integer PRIMARY KEY, title text, y double precision, x double precision, "
        "district text, slots integer");
    gen_table *now = gen_table_new(
        g->io, "transport", "cyc_now",
        "dock_code integer PRIMARY KEY, free_bikes integer, free_slots integer, state text, "
        "seen_at text");
    gen_table *ride =
        gen_table_new(g->io, "transport", "cyc_ride",
                      "ride_no bigint PRIMARY KEY, a integer, b integer, t0 bigint, t1 bigint");

    for (uint32_t d = GEN_DISTRICTS / 2; d < GEN_DISTRICTS; d++) {
        for (uint32_t n = 0; n < GEN_STATIONS_PER_DISTRICT; n++) {
            gen_station s = gen_station_get(g, d, n);
            uint32_t code = 1000 + d * 10 + n;

            gen_put_int(dock, code);
            gen_put_text(dock,
                         gen_format("%s%s第%u桩", gen_city_name(d), gen_county_name(d), n + 1).s);
            gen_put_real(dock, 10.0 + d * 0.25 + n * 0.015625);
            gen_put_real(dock, 150.0 + d * 0.125 + n * 0.03125);
            gen_put_text(dock, gen_division_code(d));
            gen_put_int(dock, s.capacity);
            gen_row_end(dock);
            gen_put_int(now, code);
            gen_put_int(now, s.bikes);
            gen_put_int(now, s.capacity - s.bikes);
            gen_put_text(now, s.renting ? "open" : "repair");
            gen_put_text(now, s.stale ? "2026-06-30 06:50:00" : "2026-06-30 07:58:30");
            gen_row_end(now);
        }
        for (uint32_t n = 0; n < g->blocks * GEN_TRIPS_PER_DISTRICT; n++) {
            int32_t day;
            int started, ended;

            gen_trip_get(g, d, n, &day, &started, &ended);
            gen_put_int(ride, (int64_t)d * 10000000 + n);
            gen_put_int(ride, 1000 + (6 + (d + n) % 6) * 10 + n % 8);
            gen_put_int(ride, 1000 + d * 10 + n / 8 % 8);
            gen_put_int(ride, (int64_t)day * 86400 + started);
            gen_put_int(ride, (int64_t)day * 86400 + ended);
            gen_row_end(ride);
        }
    }
}

void gen_transport(const gen *g)
{
    operators(g);
    op_vehicles(g);
    bikes_one(g);
    bikes_two(g);
}
