/* SPDX-License-Identifier: Apache-2.0
 * Health: case report cards (a corrected card has the same number and kind 2), laboratory results,
 * beds, vaccinations.
 */
#include "gen.h"

/* ---- facts ---- */
gen_case gen_case_get(const gen *g, uint32_t block, uint32_t n)
{
    gen_case c;
    uint32_t person = block * GEN_BLOCK_PERSONS + 12000 + n;
    uint64_t r = gen_rand(g, GEN_S_HEALTH, person, 1);

    c.person = person;
    c.division = r % 7 ? gen_person_get(person).division : (uint32_t)(r / 7 % 20);
    if (n % 9 == 0)
        c.division = 3; /* the outbreak's centre */
    if (c.division == 20)
        c.division = 19; /* the cards still use the division codes of 2010 */
    c.disease = n % 3 == 0 ? 1 : 2 + (int)(r / 100 % 4);
    c.corrected = n % 10 == 0;
    c.final_disease = n % 30 == 0 ? 2 : n % 30 == 10 ? 1 : c.disease;
    c.diagnosed = c.disease == 1 || c.final_disease == 1
                      ? gen_day(2026, 6, 20) + (int32_t)(r / 1000 % 11)
                      : gen_day(2026, 1, 1) + (int32_t)(r / 1000 % 180);
    c.broken_id = r / 11000 % 1000 < 7;
    return c;
}

gen_beds gen_beds_get(const gen *g, uint32_t hospital, int32_t day)
{
    gen_beds b;
    uint64_t r = gen_rand(g, GEN_S_HEALTH, hospital, (uint32_t)day);

    b.beds = 100 + (int)(gen_pick(g, GEN_S_HEALTH, hospital, 2, 20)) * 20;
    b.used = b.beds * (50 + (int)(r % 50)) / 100;
    b.icu = b.beds / 20;
    b.icu_free = (int)(r / 50 % (uint64_t)(b.icu + 1));
    return b;
}

/* ---- tables ---- */
static void card(const gen *g, gen_table *t, uint32_t block, uint32_t n, int kind,
                 const gen_case *c)
{
    static const char *const belongs[] = {"本县区", "本市其他县区", "本省其他地市"};
    static const char *const jobs[] = {"工人",     "农民",     "学生",
                                       "干部职员", "离退人员", "家务及待业"};
    gen_person p = gen_person_get(c->person);
    uint64_t r = gen_rand(g, GEN_S_HEALTH, c->person, 3);
    gen_text id = c->broken_id ? gen_wrong_id(p.id, r) : gen_spell_id(p.id, gen_id_trait(r, 40));

    gen_put_text(t, gen_format("K%04u%05u", block, n).s);
    gen_put_int(t, kind);
    gen_put_text(t, gen_spell_name(&p.name, r / 9).s);
    gen_put_text(t, id.s);
    gen_put_text(t, p.male ? "M" : "F");
    gen_put_day(t, p.birth);
    if (r / 7 % 20 == 0)
        gen_put_text(t, gen_nothing(r));
    else
        gen_put_text(t, gen_phone(r / 140).s);
    gen_put_text(t, belongs[r / 11 % 3]);
    gen_put_text(t, gen_format("示例省%s%s%u号", gen_city_name(c->division),
                               gen_county_name(c->division), (unsigned)(r / 13 % 2000))
                        .s);
    gen_put_text(t, gen_division_code_2010(c->division, r / 17));
    gen_put_text(t, jobs[r / 19 % 6]);
    gen_put_text(t, gen_format("DX-%02d", kind == 2 ? c->final_disease : c->disease).s);
    gen_put_text(t, r / 23 % 5 == 0 ? "疑似病例" : "确诊病例");
    gen_put_day(t, c->diagnosed - 1 - (int32_t)(r / 29 % 6));
    gen_put_day(t, c->diagnosed);
    if (r / 31 % 200 == 0)
        gen_put_day(t, c->diagnosed + 5);
    else
        gen_put_null(t);
    gen_put_text(
        t, gen_format("示例第%u医院", (unsigned)(r / 37 % (GEN_HOSPITALS * g->blocks)) + 1).s);
    gen_row_end(t);
}

void gen_health(const gen *g)
{
    gen_table *report = gen_table_new(
        g->io, "health", "case_report",
        "card_no text, kind integer, name text, cert_no text, sex text, birth date, phone text, "
        "belongs text, addr text, addr_div text, occupation text, disease text, case_class text, "
        "onset date, diagnosed date, died date, report_org text, PRIMARY KEY (card_no, kind)");
    gen_table *lab = gen_table_new(g->io, "health", "lab_result",
                                   "card_no text, item text, result text, at timestamp");
    gen_table *bed =
        gen_table_new(g->io, "health", "hospital_bed",
                      "org text, org_div text, day date, beds integer, used integer, icu integer, "
                      "icu_free integer, PRIMARY KEY (org, day)");
    gen_table *dose = gen_table_new(g->io, "health", "vaccination",
                                    "id_no text, vaccine text, dose integer, at date");

    for (uint32_t block = 0; block < g->blocks; block++) {
        for (uint32_t n = 0; n < GEN_BLOCK_CASES; n++) {
            gen_case c = gen_case_get(g, block, n);
            uint64_t r = gen_rand(g, GEN_S_HEALTH, c.person, 4);

            card(g, report, block, n, 1, &c);
            if (c.corrected)
                card(g, report, block, n, 2, &c);
            gen_put_text(lab, gen_format("K%04u%05u", block, n).s);
            gen_put_text(lab, r % 2 ? "PCR" : "IgM");
            gen_put_text(lab, r / 2 % 3 ? "阳性" : "+");
            gen_put_text(lab, gen_format("%s %02d:%02d:00", gen_iso(c.diagnosed).s,
                                         (int)(r / 7 % 24), (int)(r / 11 % 60))
                                  .s);
            gen_row_end(lab);
        }
    }
    for (uint32_t h = 0; h < GEN_HOSPITALS * g->blocks; h++) {
        for (int32_t day = gen_day(2026, 6, 1); day <= gen_day(2026, 6, 30); day++) {
            gen_beds b = gen_beds_get(g, h, day);

            gen_put_text(bed, gen_format("示例第%u医院", h + 1).s);
            gen_put_text(bed, gen_division_code(h * 2 % 20));
            gen_put_day(bed, day);
            gen_put_int(bed, b.beds);
            gen_put_int(bed, b.used);
            gen_put_int(bed, b.icu);
            gen_put_int(bed, b.icu_free);
            gen_row_end(bed);
        }
    }
    for (uint32_t i = 0; i < gen_persons(g); i++) {
        uint64_t r = gen_rand(g, GEN_S_HEALTH, i, 5);

        for (int n = 0; n < (int)(r % 5) - 2; n++) {
            gen_put_text(dose, gen_spell_id(gen_person_get(i).id, gen_id_trait(r / 5, 40)).s);
            gen_put_text(dose, r / 7 % 2 ? "疫苗甲" : "疫苗乙");
            gen_put_int(dose, n + 1);
            gen_put_day(dose, gen_day(2025, 1, 1) + 60 * n + (int32_t)(r / 11 % 400));
            gen_row_end(dose);
        }
    }
}
