/* SPDX-License-Identifier: Apache-2.0
 * Market regulator: the register of firms. Its credit codes are clean; the numbers of persons in it
 * are not.
 */
#include "gen.h"

/* Parts that a report must find are written in every way in turn; others at the usual rates. */
static gen_text person_number(const gen *g, uint32_t firm, uint32_t person, uint32_t field)
{
    gen_part part = gen_part_of(firm);
    const char *id;
    gen_person p = gen_person_get(person);
    uint64_t r = gen_rand(g, GEN_S_SPELL, firm, field);

    id = p.id;
    if (part.scene >= GEN_R4B_HIT && part.scene <= GEN_R5_MASKED_OTHER)
        return gen_spell_id(id, (enum gen_spelling)((part.k + field) % GEN_SPELLINGS));
    if (part.scene == GEN_PLAIN && r / 1000 % 1000 < 7)
        return gen_wrong_id(id, r);
    return gen_spell_id(id, gen_id_trait(r, 40));
}

/* Company names of other firms as shareholders; persons with a rate of spelling variants. */
static void shareholders(const gen *g, gen_table *t, uint32_t firm, const gen_firm *f)
{
    uint64_t r = gen_rand(g, GEN_S_MARKET, firm, 20);

    for (uint32_t n = 0; n < gen_holders(g, firm); n++) {
        uint32_t person = gen_holder(g, firm, n);
        gen_person p = gen_person_get(person);

        gen_put_text(t, f->uscc);
        gen_put_text(t, "1");
        gen_put_text(t, gen_spell_name(&p.name, r + n).s);
        gen_put_text(t, person_number(g, firm, person, 10 + n).s);
        gen_put_fen(t, 100 * (int64_t)(10 + (r >> n) % 900));
        gen_row_end(t);
    }
    if (r % 5 == 0) {
        gen_firm other = gen_firm_get((uint32_t)(r / 5 % gen_firms(g)));

        gen_put_text(t, f->uscc);
        gen_put_text(t, "2");
        gen_put_text(t, other.name.s);
        gen_put_text(t, other.uscc);
        gen_put_fen(t, 100 * (int64_t)(10 + r / 7 % 5000));
        gen_row_end(t);
    }
}

static void reports(const gen *g, gen_table *t, uint32_t firm, const gen_firm *f)
{
    gen_part part = gen_part_of(firm);
    uint64_t r = gen_rand(g, GEN_S_MARKET, firm, 21);

    if (!gen_reports(firm))
        return;
    for (int yr = 2024; yr <= 2025; yr++) {
        bool twice = yr == 2025 && part.scene == GEN_R2_AMENDED;

        for (int round = 0; round <= twice; round++) {
            int people = gen_reported(g, firm, round == 1 || !twice);

            gen_put_text(t, f->uscc);
            gen_put_int(t, yr);
            gen_put_day(t, gen_day(yr + 1, 3, 1) + (int32_t)(r % 90) + 30 * round);
            gen_put_int(t, people + (int)(r / 90 % 5));
            gen_put_int(t, yr == 2025 ? people : people * 9 / 10);
            gen_put_fen(t, 100 * (int64_t)(20 + r / 500 % 9000) + 50);
            gen_row_end(t);
        }
    }
}

static void lists(const gen *g, gen_table *abnormal, gen_table *penalty, uint32_t firm,
                  const gen_firm *f)
{
    static const char *const reasons[] = {"未按规定公示年度报告", "未公示即时信息",
                                          "公示信息隐瞒真实情况", "通过登记住所无法联系"};

    for (uint32_t n = 0; n < gen_listings(firm); n++) {
        gen_listing l = gen_listing_get(g, firm, n);

        gen_put_text(abnormal, f->uscc);
        gen_put_text(abnormal, reasons[(firm + n) % 4]);
        gen_put_day(abnormal, l.listed);
        if (l.removed)
            gen_put_day(abnormal, l.removed);
        else
            gen_put_null(abnormal);
        gen_row_end(abnormal);
    }
    for (uint32_t n = 0; n < gen_penalties(g, firm); n++) {
        gen_penalty p = gen_penalty_get(g, firm, n);

        gen_put_text(penalty, gen_format("示市监罚〔%u〕%u号", 2024 + n, firm * 2 + n).s);
        gen_put_text(penalty, f->uscc);
        if (p.amount >= 1000 && firm % 2) /* with thousands separators */
            gen_put_text(
                penalty,
                gen_format("%lld,%03d", (long long)(p.amount / 1000), (int)(p.amount % 1000)).s);
        else
            gen_put_text(penalty, gen_format("%lld", (long long)p.amount).s);
        gen_put_day(penalty, p.decided);
        gen_put_text(penalty, n ? "虚假宣传" : "违法经营");
        gen_row_end(penalty);
    }
}

static void enterprise(const gen *g, gen_table *t, uint32_t firm, const gen_firm *f)
{
    static const char *const types[] = {"1130", "1151", "1219", "2130"};
    gen_part part = gen_part_of(firm);
    uint32_t rep = gen_legal_rep(firm);
    gen_person p = gen_person_get(rep);
    uint64_t r = gen_rand(g, GEN_S_MARKET, firm, 22);
    bool cluster = part.scene >= GEN_R4_SHELL && part.scene <= GEN_R4_OLD_TP;

    gen_put_text(t, f->uscc);
    if (*f->reg_no)
        gen_put_text(t, f->reg_no);
    else
        gen_put_text(t, r % 2 ? NULL : "");
    gen_put_text(t, f->name.s);
    gen_put_text(t, types[r % 4]);
    gen_put_text(t, gen_spell_name(&p.name, r / 4).s);
    gen_put_text(t, person_number(g, firm, rep, 1).s);
    gen_put_fen(t, 100 * (int64_t)(10 + r / 90 % 5000));
    gen_put_text(t, "CNY");
    gen_put_day(t, gen_day(2000, 1, 1) + (int32_t)(r / 1000 % 9000));
    gen_put_text(t, gen_status(firm) == 1 ? "1" : gen_status(firm) == 2 ? "2" : "3");
    gen_put_text(t, gen_industry_code(f->industry));
    gen_put_text(t, gen_division_code(f->division));
    gen_put_text(t, cluster ? gen_spell_address(&f->address, part.k).s : f->address.s);
    gen_row_end(t);
}

void gen_market(const gen *g)
{
    gen_table *ent = gen_table_new(
        g->io, "market", "enterprise",
        "uscc text PRIMARY KEY, reg_no text, ent_name text, ent_type text, legal_rep text, "
        "legal_rep_id text, reg_cap_wan numeric_text(18,2), currency text, est_date date, "
        "status text, industry text, admin_div text, reg_addr text");
    gen_table *holder =
        gen_table_new(g->io, "market", "shareholder",
                      "uscc text, holder_type text, holder_name text, holder_id text, "
                      "amount_wan numeric_text(18,2)");
    gen_table *report = gen_table_new(
        g->io, "market", "annual_report",
        "uscc text, yr integer, filed_date date, employees integer, insured_cnt integer, "
        "revenue_wan numeric_text(18,2), PRIMARY KEY (uscc, yr, filed_date)");
    gen_table *abnormal = gen_table_new(g->io, "market", "abnormal_list",
                                        "uscc text, reason text, listed date, removed date");
    gen_table *penalty =
        gen_table_new(g->io, "market", "penalty",
                      "pen_no text PRIMARY KEY, uscc text, amount text, decided date, reason text");
    gen_table *licence =
        gen_table_new(g->io, "market", "e_licence",
                      "lic_no text PRIMARY KEY, uscc text, valid_to date, hash text");

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        gen_firm f = gen_firm_get(i);

        enterprise(g, ent, i, &f);
        shareholders(g, holder, i, &f);
        reports(g, report, i, &f);
        lists(g, abnormal, penalty, i, &f);
        gen_put_text(licence, gen_format("99L%09u", i).s);
        gen_put_text(licence, f.uscc);
        gen_put_day(licence, gen_day(2027, 1, 1) + (int32_t)(i % 3000));
        gen_put_text(licence,
                     gen_format("%016llx", (unsigned long long)gen_fixed(GEN_S_MARKET, i, 9)).s);
        gen_row_end(licence);
    }
}
