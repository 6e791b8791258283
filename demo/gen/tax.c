/* SPDX-License-Identifier: Apache-2.0
 * Tax office: taxpayers under the credit code, often in lower case, or under the old 15-digit
 * registration number.
 */
#include "gen.h"

static gen_text taxpayer_id(const gen *g, uint32_t firm, uint32_t n, const gen_firm *f)
{
    gen_part part = gen_part_of(firm);
    uint64_t r = gen_rand(g, GEN_S_SPELL, firm, 30 + n);

    if (gen_tp_uses_reg_no(firm, n))
        return gen_spell_uscc(f->reg_no, r % 20 == 0 ? GEN_PADDED : GEN_CLEAN);
    if (part.scene >= GEN_R3_HIT && part.scene <= GEN_R3_TWO_TP)
        return gen_spell_uscc(f->uscc, (enum gen_spelling)(part.k % GEN_SPELLINGS));
    return gen_spell_uscc(f->uscc, gen_uscc_trait(r, 80, 30));
}

static void taxpayer(const gen *g, gen_table *t, uint32_t firm, uint32_t n, const gen_firm *f,
                     const char *id)
{
    uint64_t r = gen_rand(g, GEN_S_TAX, firm, 20 + n);
    int year;
    char credit = gen_credit(g, firm, &year);

    gen_put_text(t, id);
    gen_put_text(t, gen_spell_name(&f->name, r).s);
    gen_put_text(t, gen_status(firm) != 1 ? "注销" : gen_files_returns(firm) ? "正常" : "非正常");
    gen_put_text(t, r / 7 % 10 ? gen_format("%c", credit).s
                               : gen_to_fullwidth(gen_format("%c", credit).s).s);
    gen_put_int(t, year);
    gen_put_text(t, gen_division_code_2010(f->division, r / 70));
    gen_row_end(t);
}

static void one_return(gen_table *t, const char *id, int ym, const char *type, int64_t sales,
                       uint64_t r)
{
    int64_t due = sales * (type[1] == '1' ? 3 : 5) / 100;

    gen_put_text(t, id);
    gen_put_text(t, gen_format("%06d", ym).s);
    gen_put_text(t, type);
    gen_put_fen(t, sales);
    gen_put_fen(t, due);
    gen_put_fen(t, r % 30 ? due : due / 2);
    gen_put_text(t, gen_format("%s %02d:%02d:%02d",
                               gen_iso(gen_ym_first_day(ym) + 31 + (int32_t)(r / 30 % 14)).s,
                               8 + (int)(r / 7 % 10), (int)(r / 11 % 60), (int)(r / 13 % 60))
                        .s);
    gen_row_end(t);
}

/* VAT ('01') every month; corporate income tax ('04') at the end of a quarter, on other figures. */
static void filings(const gen *g, gen_table *ret, gen_table *inv, uint32_t firm, uint32_t n,
                    const char *id)
{
    bool tiny = gen_part_of(firm).scene == GEN_R3_OTHER_TAX;

    for (uint32_t m = 0; m < g->months; m++) {
        int ym = gen_ym(g, m);
        uint64_t r = gen_rand(g, GEN_S_TAX, firm * 2 + n, 300 + m);
        int64_t sales, issued;

        if (gen_sales(g, firm, n, m, &sales)) {
            one_return(ret, id, ym, "01", sales, r);
            if (ym % 3 == 0)
                one_return(ret, id, ym, "04", tiny ? sales / 10 : sales * 3, r / 3);
        }
        if (gen_invoices(g, firm, n, m, &issued)) {
            gen_put_text(inv, id);
            gen_put_text(inv, gen_format("%06d", ym).s);
            gen_put_int(inv, 1 + (int64_t)(r / 5 % 200));
            gen_put_fen(inv, issued);
            gen_put_int(inv, (int64_t)(r / 17 % 4));
            gen_row_end(inv);
        }
    }
}

void gen_tax(const gen *g)
{
    gen_table *tp = gen_table_new(
        g->io, "tax", "taxpayer",
        "taxpayer_id text PRIMARY KEY, name text, reg_status text, credit_level text, "
        "credit_year integer, admin_div text");
    gen_table *ret = gen_table_new(
        g->io, "tax", "tax_return",
        "taxpayer_id text, period text, tax_type text, sales_amt numeric_text(18,2), "
        "due_amt numeric_text(18,2), paid_amt numeric_text(18,2), filed_at timestamp");
    gen_table *arr = gen_table_new(g->io, "tax", "arrears",
                                   "taxpayer_id text, tax_type text, balance numeric_text(18,2), "
                                   "new_amt numeric_text(18,2), announced date");
    gen_table *inv = gen_table_new(
        g->io, "tax", "invoice_month",
        "taxpayer_id text, period text, issued_cnt integer, issued_amt numeric_text(18,2), "
        "void_cnt integer");

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        gen_firm f = gen_firm_get(i);

        for (uint32_t n = 0; n < gen_taxpayers(i); n++) {
            gen_text id = taxpayer_id(g, i, n, &f);

            taxpayer(g, tp, i, n, &f, id.s);
            filings(g, ret, inv, i, n, id.s);
            for (uint32_t a = 0; n == 0 && a < gen_arrears(i); a++) {
                gen_arrear x = gen_arrear_get(g, i, a);

                gen_put_text(arr, id.s);
                gen_put_text(arr, a ? "04" : "01");
                gen_put_fen(arr, x.balance);
                gen_put_fen(arr, x.balance / 10);
                gen_put_day(arr, x.announced);
                gen_row_end(arr);
            }
        }
    }
}
