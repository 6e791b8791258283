/* SPDX-License-Identifier: Apache-2.0
 * Courts: the list of dishonest debtors, parties of cases, freezing orders. Dates are text; many
 * numbers have 15 digits, some are shown only in part.
 */
#include "gen.h"

#include <string.h>

/* 0-19 legal representatives (R5_REP), 20-29 shareholders, 30-34 masked, 35-39 expired, 40-44 of
 * revoked firms, then 5 namesakes and 5 masked numbers with another name, then people who own
 * nothing. */
gen_debtor gen_debtor_get(const gen *g, uint32_t block, uint32_t n)
{
    uint32_t base = block * GEN_BLOCK_PERSONS;
    gen_debtor d = {.active = true, .case_no = gen_format("(2025)示执%u号", block * 1000 + n + 1)};

    if (n < 20)
        d.person = base + 10 + n;
    else if (n < 30)
        d.person = base + 40 + n - 20;
    else if (n < 35)
        d.person = base + 60 + n - 30;
    else if (n < 40)
        d.person = base + 70 + n - 35;
    else if (n < 45)
        d.person = base + 80 + n - 40;
    else if (n < 50)
        d.person = base + 16300 + n - 45;
    else if (n < 55)
        d.person = base + 100 + n - 50;
    else
        d.person = base + 16000 + n - 55;
    d.named = d.person;
    if (n >= 45 && n < 50)
        d.named = base + 90 + n - 45; /* same name as a legal representative, another number */
    if (n >= 50 && n < 55) { /* the masked number fits a legal representative, the name does not:
                                another surname */
        gen_text name = gen_person_get(d.person).name;

        d.named = base + 150 + n;
        while (memcmp(gen_person_get(d.named).name.s, name.s, 3) == 0)
            d.named++;
    }
    d.masked = (n >= 30 && n < 35) || (n >= 50 && n < 55) ||
               (n >= 55 && gen_pick(g, GEN_S_COURT, d.person, 1, 10) == 0);
    d.active = !(n >= 35 && n < 40) && (n < 55 || gen_pick(g, GEN_S_COURT, d.person, 2, 4) > 0);
    return d;
}

static void listing_tail(gen_table *t, uint64_t r, bool active)
{
    static const char *const performed[] = {"全部未履行", "部分未履行"};
    int32_t published = gen_day(active ? 2024 : 2022, 7, 15) + (int32_t)(r % 600);
    int y, m, d;

    if (!active)
        published = gen_day(2022, 7, 15) + (int32_t)(r % 600); /* ends before 2026-06-30 */
    gen_civil(published, &y, &m, &d);
    gen_put_text(t, gen_format("支付人民币%u元", (unsigned)(r / 600 % 900000) + 10000).s);
    gen_put_text(t, performed[r / 7 % 2]);
    gen_put_text(t, "有履行能力而拒不履行");
    gen_put_text(t, gen_compact(published - 90).s);
    gen_put_text(t, r / 11 % 3 ? gen_compact(published).s : gen_format("%d/%d/%d", y, m, d).s);
    gen_put_text(t, gen_compact(published + 730).s);
    gen_row_end(t);
}

static void dishonest_persons(const gen *g, gen_table *t)
{
    for (uint32_t block = 0; block < g->blocks; block++) {
        for (uint32_t n = 0; n < GEN_BLOCK_DEBTORS; n++) {
            gen_debtor d = gen_debtor_get(g, block, n);
            gen_person p = gen_person_get(d.person);
            gen_text name = gen_person_get(d.named).name;
            uint64_t r = gen_rand(g, GEN_S_COURT, d.person, 3);
            enum gen_spelling how =
                n < 55 ? (enum gen_spelling)(n * 3 % GEN_SPELLINGS) : gen_id_trait(r, 150);

            gen_put_text(t, d.case_no.s);
            gen_put_text(t, gen_format("%s人民法院（示例）", gen_city_name(p.division)).s);
            gen_put_text(t, gen_spell_name(&name, r / 9).s);
            gen_put_text(t, d.masked ? gen_mask_id(p.id).s : gen_spell_id(p.id, how).s);
            gen_put_text(t, "0");
            gen_put_text(t, gen_nothing(r));
            listing_tail(t, r / 13, d.active);
        }
    }
}

static void dishonest_firms(const gen *g, gen_table *t)
{
    for (uint32_t i = 0; i < gen_firms(g); i++) {
        bool active;
        uint32_t rows = gen_dishonest(i, &active);

        for (uint32_t n = 0; n < rows; n++) {
            gen_firm f = gen_firm_get(i);
            gen_text rep = gen_person_get(gen_legal_rep(i)).name;
            uint64_t r = gen_rand(g, GEN_S_COURT, i, 10 + n);

            gen_put_text(t, gen_format("(2025)示执恢%u号", i * 2 + n).s);
            gen_put_text(t, gen_format("%s人民法院（示例）", gen_city_name(f.division)).s);
            gen_put_text(t, gen_spell_name(&f.name, r).s);
            gen_put_text(t, gen_spell_uscc(f.uscc, (enum gen_spelling)(r / 3 % GEN_SPELLINGS)).s);
            gen_put_text(t, "1");
            gen_put_text(t, rep.s);
            listing_tail(t, r / 21, active && n == 0);
        }
    }
}

static void party(gen_table *t, const char *case_no, const char *name, const char *cert,
                  const char *role, const char *cause, uint64_t r, int32_t filed)
{
    gen_put_text(t, case_no);
    gen_put_text(t, name);
    gen_put_text(t, cert);
    gen_put_text(t, role);
    gen_put_text(t, cause);
    gen_put_fen(t, 100 * (int64_t)(3000 + r % 500000));
    gen_put_text(t, gen_compact(filed).s);
    gen_put_text(t, r / 7 % 2 ? gen_compact(filed + 60).s : "");
    gen_row_end(t);
}

static void cases(const gen *g, gen_table *t)
{
    static const char *const causes[] = {"买卖合同纠纷", "民间借贷纠纷", "租赁合同纠纷",
                                         "物业服务合同纠纷"};

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        bool plaintiff, labour = gen_labour_suit(i, &plaintiff);
        uint64_t r = gen_rand(g, GEN_S_COURT, i, 20);
        gen_part part = gen_part_of(i);
        gen_firm f = gen_firm_get(i);
        gen_person p =
            gen_person_get(i / GEN_BLOCK_FIRMS * GEN_BLOCK_PERSONS + 2000 + (uint32_t)(r % 9000));
        gen_text no = gen_format("(2026)示民初%u号", i + 1);

        if (labour) {
            /* every third labour suit names the firm without its code */
            const char *cert = part.k % 3 == 2 ? gen_nothing(r) : NULL;
            gen_text code = gen_spell_uscc(f.uscc, (enum gen_spelling)(part.k % GEN_SPELLINGS));

            party(t, no.s, gen_spell_name(&f.name, r).s, part.k % 3 == 2 ? cert : code.s,
                  plaintiff ? "原告" : "被告", part.k % 2 ? "劳动争议" : "劳动报酬追索", r / 9,
                  gen_day(2026, 2, 1) + (int32_t)(r % 120));
            party(t, no.s, gen_spell_name(&p.name, r / 3).s, gen_mask_id(p.id).s,
                  plaintiff ? "被告" : "原告", part.k % 2 ? "劳动争议" : "劳动报酬追索", r / 9,
                  gen_day(2026, 2, 1) + (int32_t)(r % 120));
        } else if (r % 4 == 0) {
            party(t, no.s, gen_spell_name(&f.name, r).s,
                  gen_spell_uscc(f.uscc, gen_uscc_trait(r / 4, 20, 30)).s,
                  r / 5 % 2 ? "原告" : "被告", causes[r / 7 % 4], r / 9,
                  gen_day(2025, 1, 5) + (int32_t)(r / 11 % 530));
            party(t, no.s, gen_spell_name(&p.name, r / 3).s,
                  r / 13 % 2 ? gen_mask_id(p.id).s
                             : gen_spell_id(p.id, gen_id_trait(r / 17, 150)).s,
                  r / 5 % 2 ? "被告" : "原告", causes[r / 7 % 4], r / 9,
                  gen_day(2025, 1, 5) + (int32_t)(r / 11 % 530));
        }
    }
}

void gen_court(const gen *g)
{
    gen_table *dishonest = gen_table_new(
        g->io, "court", "dishonest",
        "case_no text PRIMARY KEY, court_name text, party_name text, party_cert text, "
        "party_type text, legal_rep text, duty text, performed text, circumstance text, "
        "filed text, published text, expires text");
    gen_table *parties =
        gen_table_new(g->io, "court", "case_party",
                      "case_no text, party_name text, party_cert text, role text, cause text, "
                      "amount numeric_text(18,2), filed text, closed text");
    gen_table *freeze = gen_table_new(
        g->io, "court", "freeze",
        "order_no text PRIMARY KEY, uscc text, amount numeric_text(18,2), until text");

    dishonest_persons(g, dishonest);
    dishonest_firms(g, dishonest);
    cases(g, parties);
    for (uint32_t i = 0; i < g->blocks * 200; i++) {
        uint64_t r = gen_rand(g, GEN_S_COURT, i, 30);

        gen_put_text(freeze, gen_format("(2026)示保%u号", i + 1).s);
        gen_put_text(freeze, gen_spell_uscc(gen_firm_get((uint32_t)(r % gen_firms(g))).uscc,
                                            gen_uscc_trait(r / 7, 20, 30))
                                 .s);
        gen_put_fen(freeze, 100 * (int64_t)(10000 + r / 11 % 9000000));
        gen_put_text(freeze, gen_compact(gen_day(2026, 3, 1) + (int32_t)(r / 13 % 700)).s);
        gen_row_end(freeze);
    }
}
