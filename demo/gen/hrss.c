/* SPDX-License-Identifier: Apache-2.0
 * Human resources and social insurance: units, insured persons, monthly contributions.
 */
#include "gen.h"

gen_text gen_unit_no(uint32_t firm, uint32_t unit)
{
    return gen_format("U%08u%u", firm, unit);
}

/* Persons 2000-11999 of a block are or were employed, by some firm of the block that has a unit. */
gen_insurance gen_insurance_get(const gen *g, uint32_t person)
{
    uint32_t n = person % GEN_BLOCK_PERSONS, block = person / GEN_BLOCK_PERSONS;
    uint64_t r = gen_rand(g, GEN_S_HRSS, person, 70);
    gen_insurance out = {.any = n >= 2000 && n < 12000};
    uint32_t at = (uint32_t)(r % GEN_BLOCK_FIRMS);

    if (!out.any)
        return out;
    while (gen_units(block * GEN_BLOCK_FIRMS + at) == 0)
        at = (at + 1) % GEN_BLOCK_FIRMS;
    out.firm = block * GEN_BLOCK_FIRMS + at;
    out.start_ym = (2015 + (int)(r / 3000 % 10)) * 100 + 1 + (int)(r / 40000 % 12);
    out.end_ym = r / 500000 % 6 == 0 ? 202503 + (int)(r / 9000000 % 9) : 0;
    return out;
}

static void units(const gen *g, gen_table *unit, gen_table *contribution)
{
    static const char *const active[] = {"active", "Active", "open"};

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        gen_firm f = gen_firm_get(i);
        gen_part part = gen_part_of(i);
        bool planted = part.scene >= GEN_PROFILE && part.scene <= GEN_R2_SPLIT_GAP;

        for (uint32_t u = 0; u < gen_units(i); u++) {
            uint64_t r = gen_rand(g, GEN_S_HRSS, i, 80 + u);
            gen_text no = gen_unit_no(i, u);
            enum gen_spelling how = planted ? (enum gen_spelling)(part.k % GEN_SPELLINGS)
                                            : gen_uscc_trait(r / 9, 20, 30);

            gen_put_text(unit, no.s);
            gen_put_text(unit,
                         u ? gen_format("%s分公司", f.name.s).s : gen_spell_name(&f.name, r).s);
            gen_put_text(unit, gen_spell_uscc(f.uscc, how).s);
            gen_put_text(unit, gen_status(i) == 1 ? active[r % 3] : "closed");
            gen_row_end(unit);
            for (uint32_t m = 0; m < g->months; m++) {
                int people = gen_headcount(g, i, u, m);
                int64_t due = (int64_t)people * 150000;

                gen_put_text(contribution, no.s);
                gen_put_int(contribution, gen_ym(g, m));
                gen_put_int(contribution, people);
                gen_put_fen(contribution, due);
                gen_put_fen(contribution, gen_short_paid(g, i, u, m) ? due * 8 / 10 : due);
                gen_row_end(contribution);
            }
        }
    }
    for (uint32_t i = 0; i < g->blocks * 100; i++) { /* public bodies, mostly without a code */
        gen_put_text(unit, gen_format("P%08u", i).s);
        gen_put_text(unit, gen_format("示例省第%u事务中心", i + 1).s);
        gen_put_text(unit, gen_nothing(i));
        gen_put_text(unit, "active");
        gen_row_end(unit);
    }
}

static void people(const gen *g, gen_table *insured, gen_table *claim, gen_table *retired)
{
    for (uint32_t i = 0; i < gen_persons(g); i++) {
        gen_insurance in = gen_insurance_get(g, i);
        uint64_t r = gen_rand(g, GEN_S_HRSS, i, 90);
        gen_person p = gen_person_get(i);

        if (in.any) {
            gen_put_text(insured, gen_unit_no(in.firm, 0).s);
            gen_put_text(insured, gen_spell_id(p.id, gen_id_trait(r, 150)).s);
            gen_put_text(insured, gen_spell_name(&p.name, r / 9).s);
            gen_put_int(insured, in.start_ym);
            if (in.end_ym)
                gen_put_int(insured, in.end_ym);
            else
                gen_put_null(insured);
            gen_row_end(insured);
        }
        if (in.any && r % 60 == 0) {
            gen_put_text(claim, gen_format("W%08u", i).s);
            gen_put_text(claim, gen_unit_no(in.firm, 0).s);
            gen_put_text(claim, gen_spell_id(p.id, gen_id_trait(r / 60, 150)).s);
            gen_put_fen(claim, 100 * (int64_t)(2000 + r / 7 % 40000));
            gen_put_text(claim, gen_compact(gen_day(2025, 6, 1) + (int32_t)(r / 11 % 390)).s);
            gen_row_end(claim);
        }
        if (p.birth < gen_day(1962, 1, 1) && r % 4 == 0) {
            gen_put_text(retired, gen_spell_id(p.id, gen_id_trait(r / 4, 150)).s);
            gen_put_text(retired, gen_spell_name(&p.name, r / 13).s);
            gen_put_day(retired, p.birth + 60 * 365 + 15);
            gen_row_end(retired);
        }
    }
}

void gen_hrss(const gen *g)
{
    gen_table *unit = gen_table_new(
        g->io, "hrss", "unit", "unit_no text PRIMARY KEY, unit_name text, uscc text, status text");
    gen_table *contribution =
        gen_table_new(g->io, "hrss", "contribution",
                      "unit_no text, ym integer, headcount integer, due_amt numeric_text(14,2), "
                      "paid_amt numeric_text(14,2)");
    gen_table *insured =
        gen_table_new(g->io, "hrss", "insured",
                      "unit_no text, id_no text, name text, start_ym integer, end_ym integer");
    gen_table *claim = gen_table_new(
        g->io, "hrss", "wage_claim",
        "claim_no text PRIMARY KEY, unit_no text, id_no text, amount numeric_text(14,2), "
        "filed text");
    gen_table *retired =
        gen_table_new(g->io, "hrss", "retire_cert", "id_no text, name text, retired date");

    units(g, unit, contribution);
    people(g, insured, claim, retired);
}
