/* SPDX-License-Identifier: Apache-2.0
 * Banks: loans in fen, guarantees, counterparties with the industry codes of 2011.
 */
#include "gen.h"

static const char *five_class(const gen_loan *l)
{
    static const char *const words[] = {"正常", "关注", "次级", "可疑", "损失"};
    static const char *const digits[] = {"1", "2", "3", "4", "5"};

    return l->bank < GEN_BANKS / 2 ? words[l->five_class - 1] : digits[l->five_class - 1];
}

static gen_text spelled(const gen *g, uint32_t firm, uint32_t field)
{
    return gen_spell_uscc(gen_firm_get(firm).uscc,
                          gen_uscc_trait(gen_rand(g, GEN_S_SPELL, firm, field), 10, 10));
}

static void counterparty(const gen *g, gen_table *t, uint32_t firm, uint32_t bank)
{
    gen_firm f = gen_firm_get(firm);
    gen_person p = gen_person_get(gen_legal_rep(firm));
    uint64_t r = gen_rand(g, GEN_S_LOAN, firm, 60);

    gen_put_text(t, gen_format("SYN%02u", bank + 1).s);
    gen_put_text(t, spelled(g, firm, 50).s);
    gen_put_text(t, gen_spell_name(&f.name, r).s);
    gen_put_text(t, gen_industry_code_2011(f.industry));
    gen_put_text(t, p.name.s);
    gen_put_text(t, gen_phone(r / 7).s);
    if (r / 11 % 9 == 0)
        gen_put_text(t, gen_nothing(r / 99));
    else
        gen_put_text(t, gen_format("office%u@firm%u.example", (unsigned)(r % 90), firm).s);
    gen_put_real(t, (double)(r / 13 % 4000000) / 4);
    gen_row_end(t);
}

void gen_bank(const gen *g)
{
    gen_table *loan = gen_table_new(g->io, "bank", "loan",
                                    "bank_code text, contract_no text PRIMARY KEY, uscc text, "
                                    "principal bigint, balance bigint, "
                                    "five_class text, dpd integer, start_date date, maturity date");
    gen_table *guarantee = gen_table_new(g->io, "bank", "guarantee",
                                         "contract_no text, guarantor_uscc text, amount bigint");
    gen_table *party =
        gen_table_new(g->io, "bank", "counterparty_ref",
                      "bank_code text, uscc text, ent_name text, industry text, contact_name text, "
                      "contact_phone text, contact_email text, total_assets_wan double precision");

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        uint32_t slots[2], loans = gen_loans(g, i);

        for (uint32_t n = 0; n < loans; n++) {
            gen_loan l = gen_loan_get(g, i, n);
            uint32_t guarantors = n == 0 ? gen_guarantor_slots(g, i, slots) : 0;

            gen_put_text(loan, gen_format("SYN%02u", l.bank + 1).s);
            gen_put_text(loan, l.contract.s);
            gen_put_text(loan, spelled(g, i, 40 + n).s);
            gen_put_int(loan, l.principal);
            gen_put_int(loan, l.balance);
            gen_put_text(loan, five_class(&l));
            gen_put_int(loan, l.dpd);
            gen_put_day(loan, l.start);
            gen_put_day(loan, l.maturity);
            gen_row_end(loan);
            if (n == 0)
                counterparty(g, party, i, l.bank);
            for (uint32_t k = 0; k < guarantors; k++) {
                uint32_t by = gen_firm_at(i / GEN_BLOCK_FIRMS, slots[k]);

                gen_put_text(guarantee, l.contract.s);
                gen_put_text(guarantee, gen_spell_uscc(gen_firm_get(by).uscc,
                                                       (enum gen_spelling)((i + k) % GEN_SPELLINGS))
                                            .s);
                gen_put_int(guarantee, l.principal / (k + 1));
                gen_row_end(guarantee);
            }
        }
    }
}
