/* SPDX-License-Identifier: Apache-2.0
 * Police: persons, vehicles, drivers, violations, accidents, identity-card events; and the traffic
 * facts that the transport department and the truth files share.
 */
#include "gen.h"

#include <stdio.h>
#include <string.h>

/* ---- facts ---- */
bool gen_alive(const gen *g, uint32_t person)
{
    return gen_pick(g, GEN_S_POLICE, person, 1, 100) < 97;
}

bool gen_operating(uint32_t vehicle)
{
    return vehicle % GEN_BLOCK_VEHICLES < 1500;
}

/* Vehicles by number in their block: 0-24 and 45-49 have three or more open violations; 50-59
 * three, one of them handled; 60-69 none, but their twins have four; 80-84 three, one of them older
 * than two years. */
uint32_t gen_violations(const gen *g, uint32_t vehicle)
{
    uint32_t v = vehicle % GEN_BLOCK_VEHICLES;

    if (v < 25)
        return 3 + v % 3;
    if ((v >= 45 && v < 60) || (v >= 70 && v < 75) || (v >= 80 && v < 85))
        return 3;
    if (v >= 60 && v < 70)
        return 0;
    if (v >= 5900 && v < 5910)
        return 4;
    return gen_pick(g, GEN_S_VEHICLE, vehicle, 10, 4);
}

gen_violation gen_violation_get(const gen *g, uint32_t vehicle, uint32_t n)
{
    uint32_t v = vehicle % GEN_BLOCK_VEHICLES;
    gen_violation out = {
        .plate_of = vehicle,
        .day = gen_day(2024, 7, 2) + (int32_t)gen_pick(g, GEN_S_VEHICLE, vehicle, 20 + n, 720),
        .handled = gen_pick(g, GEN_S_VEHICLE, vehicle, 30 + n, 2),
    };

    if (v < 25 || (v >= 45 && v < 50) || (v >= 70 && v < 75) || (v >= 80 && v < 85) || v >= 5900)
        out.handled = false;
    else if (gen_operating(vehicle))
        out.handled = n >= 2; /* never three open ones by accident */
    if (v >= 80 && v < 85 && n == 0)
        out.day = gen_day(2024, 5, 1);
    return out;
}

/* Persons 8000-15999 of a block drive; the first 1500 of them professionally (transport.c). */
const char *gen_licence_status(const gen *g, uint32_t person)
{
    uint32_t n = person % GEN_BLOCK_PERSONS;
    uint32_t r = gen_pick(g, GEN_S_POLICE, person, 2, 1000);

    if (n < 8000 || n >= 16000)
        return NULL;
    n -= 8000;
    if (n < 30)
        return "吊销";
    if (n < 35)
        return "暂扣";
    if (n < GEN_BLOCK_PRACTITIONERS)
        return "正常";
    return r < 10 ? "吊销" : r < 25 ? "暂扣" : r < 40 ? "注销" : "正常";
}

/* ---- tables ---- */
static void persons(const gen *g)
{
    gen_table *t = gen_table_new(
        g->io, "police", "person",
        "id_no text PRIMARY KEY, name text, sex text, birth date, hukou_div text, addr text, "
        "phone text, alive boolean");
    gen_table *e =
        gen_table_new(g->io, "police", "id_card_event", "id_no text, event text, at timestamp");

    for (uint32_t i = 0; i < gen_persons(g); i++) {
        uint32_t n = i / GEN_BLOCK_PERSONS * GEN_BLOCK_PERSONS +
                     i % GEN_BLOCK_PERSONS * 7919 % GEN_BLOCK_PERSONS;
        gen_person p = gen_person_get(n);
        uint64_t r = gen_rand(g, GEN_S_POLICE, n, 3);

        gen_put_text(t, p.id);
        gen_put_text(t, p.name.s);
        gen_put_text(t, p.male ? "1" : "2");
        gen_put_day(t, p.birth);
        gen_put_text(t, gen_division_code(p.division));
        gen_put_text(t, gen_format("示例省%s%s%u号", gen_city_name(p.division),
                                   gen_county_name(p.division), (unsigned)(r % 3000))
                            .s);
        if (r / 3000 % 8 == 0)
            gen_put_text(t, gen_nothing(r / 24000));
        else
            gen_put_text(t, gen_phone(r / 24000).s);
        gen_put_bool(t, gen_alive(g, n));
        gen_row_end(t);
        if (n % 10 != 3)
            continue;
        gen_put_text(e, p.id);
        gen_put_text(e, r % 3 ? "换领" : "挂失");
        gen_put_text(e, gen_format("%s %02d:%02d:00",
                                   gen_iso(gen_day(2025, 1, 1) + (int32_t)(r / 7 % 540)).s,
                                   (int)(r / 11 % 24), (int)(r / 13 % 60))
                            .s);
        gen_row_end(e);
    }
}

static void vehicles(const gen *g)
{
    gen_table *t = gen_table_new(
        g->io, "police", "vehicle",
        "plate_no text, plate_type text, vin text, owner_id text, owner_type text, "
        "use_nature text, status text, insp_until date, PRIMARY KEY (plate_no, plate_type)");

    for (uint32_t i = 0; i < gen_vehicles(g); i++) {
        gen_vehicle v = gen_vehicle_get(i);
        uint64_t r = gen_rand(g, GEN_S_VEHICLE, i, 40);

        gen_put_text(t, v.plate.s);
        gen_put_text(t, v.type);
        gen_put_text(t, v.vin.s);
        if (gen_operating(i)) {
            gen_put_text(t, gen_firm_get(gen_vehicle_operator(i)).uscc);
            gen_put_text(t, "2");
            gen_put_text(t, r % 2 ? "货运" : "公路客运");
        } else {
            gen_put_text(t, gen_person_get((uint32_t)(r % gen_persons(g))).id);
            gen_put_text(t, "1");
            gen_put_text(t, "非营运");
        }
        gen_put_text(t, r / 5 % 40 ? "A" : "G");
        gen_put_day(t, gen_day(2026, 1, 1) + (int32_t)(r / 300 % 700));
        gen_row_end(t);
    }
}

static void drivers(const gen *g)
{
    static const char *const classes[] = {"C1", "C1", "C2", "B2", "A2", "A1"};
    gen_table *t = gen_table_new(
        g->io, "police", "driver",
        "id_no text PRIMARY KEY, archive_no text, lic_class text, points integer, status text, "
        "valid_to date");

    for (uint32_t i = 0; i < gen_persons(g); i++) {
        const char *status = gen_licence_status(g, i);
        uint64_t r = gen_rand(g, GEN_S_POLICE, i, 4);

        if (!status)
            continue;
        gen_put_text(t, gen_person_get(i).id);
        gen_put_text(t, gen_format("9900%08u", i).s);
        gen_put_text(t, classes[r % 6]);
        gen_put_int(t, (int64_t)(r / 6 % 13));
        gen_put_text(t, status);
        gen_put_day(t, gen_day(2026, 7, 1) + (int32_t)(r / 100 % 3000));
        gen_row_end(t);
    }
}

static void violations(const gen *g)
{
    static const char *const codes[] = {"1039", "1208", "1301", "1352", "1603", "1719", "5036"};
    gen_table *t = gen_table_new(
        g->io, "police", "violation",
        "vio_no text PRIMARY KEY, plate_no text, plate_type text, driver_id text, vio_code text, "
        "vio_time timestamp, place text, fine numeric_text(10,2), points integer, handled text, "
        "paid text");

    for (uint32_t i = 0; i < gen_vehicles(g); i++) {
        for (uint32_t n = 0; n < gen_violations(g, i); n++) {
            gen_violation o = gen_violation_get(g, i, n);
            gen_vehicle v = gen_vehicle_get(o.plate_of);
            uint64_t r = gen_rand(g, GEN_S_VEHICLE, i, 50 + n);
            uint32_t driver =
                (uint32_t)(r / 3 % g->blocks) * GEN_BLOCK_PERSONS + 8000 + (uint32_t)(r / 5 % 8000);

            gen_put_text(t, gen_format("V%08u%u", i, n).s);
            gen_put_text(t, gen_spell_plate(&v.plate, r).s);
            gen_put_text(t, v.type);
            if (r / 10 % 3 == 0)
                gen_put_text(t, gen_nothing(r / 30));
            else
                gen_put_text(t,
                             gen_spell_id(gen_person_get(driver).id, gen_id_trait(r / 30, 40)).s);
            gen_put_text(t, codes[r / 9 % 7]);
            gen_put_text(t, gen_format("%s %02d:%02d:%02d", gen_iso(o.day).s, (int)(r / 11 % 24),
                                       (int)(r / 13 % 60), (int)(r / 17 % 60))
                                .s);
            gen_put_text(t, gen_format("示例省%s海滨路%d公里处",
                                       gen_city_name((uint32_t)(r / 19 % 20)), (int)(r / 23 % 80))
                                .s);
            gen_put_fen(t, 5000 * (int64_t)(1 + r / 29 % 40));
            gen_put_int(t, (int64_t)(r / 31 % 7));
            gen_put_text(t, o.handled ? "1" : "0");
            gen_put_text(t, o.handled && r / 37 % 10 ? "1" : "0");
            gen_row_end(t);
        }
    }
}

static void accidents(const gen *g)
{
    gen_table *t = gen_table_new(
        g->io, "police", "accident",
        "acc_no text PRIMARY KEY, occurred timestamp, place text, severity text, deaths integer, "
        "injured integer");
    gen_table *p = gen_table_new(g->io, "police", "accident_party",
                                 "acc_no text, plate_no text, id_no text, liability text");

    for (uint32_t i = 0; i < g->blocks * 600; i++) {
        uint64_t r = gen_rand(g, GEN_S_POLICE, i, 5);
        gen_text no = gen_format("S%08u", i);
        bool fatal = r % 60 == 0;

        gen_put_text(t, no.s);
        gen_put_text(t, gen_format("%s %02d:%02d:00",
                                   gen_iso(gen_day(2025, 1, 1) + (int32_t)(r / 60 % 545)).s,
                                   (int)(r / 7 % 24), (int)(r / 11 % 60))
                            .s);
        gen_put_text(t, gen_format("示例省%s环岛路%d号", gen_city_name((uint32_t)(r / 13 % 20)),
                                   (int)(r / 17 % 300))
                            .s);
        gen_put_text(t, fatal ? "重大" : r % 5 ? "轻微" : "一般");
        gen_put_int(t, fatal);
        gen_put_int(t, (int64_t)(r / 19 % 3));
        gen_row_end(t);
        for (uint32_t n = 0; n < 2; n++) {
            gen_vehicle v =
                gen_vehicle_get((uint32_t)(gen_rand(g, GEN_S_POLICE, i, 6 + n) % gen_vehicles(g)));
            uint32_t person = (uint32_t)(r / 23 % g->blocks) * GEN_BLOCK_PERSONS + 8000 +
                              (uint32_t)(r / (29 + n) % 8000);

            gen_put_text(p, no.s);
            gen_put_text(p, gen_spell_plate(&v.plate, r / 31 + n).s);
            gen_put_text(p,
                         gen_spell_id(gen_person_get(person).id, gen_id_trait(r / 37 + n, 40)).s);
            gen_put_text(p, n == r % 2 ? "全责" : "无责");
            gen_row_end(p);
        }
    }
}

void gen_police(const gen *g)
{
    persons(g);
    vehicles(g);
    drivers(g);
    violations(g);
    accidents(g);
}
