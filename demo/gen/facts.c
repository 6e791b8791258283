/* SPDX-License-Identifier: Apache-2.0
 * What is true of a firm: registration, taxes, staff, loans, listings. A firm's part (scenes.def)
 * decides where it departs from the ordinary.
 */
#include "gen.h"

#include <string.h>

#define YUAN(n) ((int64_t)(n)*100)

static bool shell(enum gen_scene s)
{
    return s == GEN_R4_SHELL || s == GEN_R4_FOUR || s == GEN_R4_ONE_INSURED ||
           s == GEN_R4_ONE_INACTIVE || s == GEN_LONE_SHELL;
}

static bool zombie(enum gen_scene s)
{
    return s == GEN_R7_HIT || s == GEN_R7_REMOVED || s == GEN_R7_RECENT || s == GEN_R7_PAID ||
           s == GEN_R7_ON_DAY;
}

static bool two_numbers(gen_part p)
{
    return p.scene == GEN_R3_TWO_TP || p.scene == GEN_R3_SPLIT_OK || p.scene == GEN_R4_OLD_TP ||
           p.scene == GEN_TWO_TP || (p.scene == GEN_PROFILE && p.k == 1);
}

int gen_status(uint32_t firm)
{
    gen_part p = gen_part_of(firm);

    if (p.scene == GEN_INACTIVE)
        return p.k % 2 ? 2 : 3;
    if (p.scene == GEN_R5_INACTIVE)
        return 2;
    if ((p.scene == GEN_R4_ONE_INACTIVE && p.k == 0) || (p.scene == GEN_R4B_INACTIVE && p.k < 2))
        return 3;
    return 1;
}

/* ---- tax ---- */
uint32_t gen_taxpayers(uint32_t firm)
{
    gen_part p = gen_part_of(firm);

    if (shell(p.scene) && p.k % 3 == 0)
        return 0;
    return two_numbers(p) ? 2 : 1;
}

bool gen_tp_uses_reg_no(uint32_t firm, uint32_t n)
{
    if (two_numbers(gen_part_of(firm)))
        return n == 0;
    return gen_fixed(GEN_S_TAX, firm, 1) % 100 < 11;
}

char gen_credit(const gen *g, uint32_t firm, int *year)
{
    gen_part p = gen_part_of(firm);

    *year = p.scene == GEN_R11_OLD_A ? 2023 : 2025;
    if (p.scene >= GEN_R11_COURT && p.scene <= GEN_R11_OLD_A)
        return 'A';
    if ((p.scene == GEN_PLAIN || p.scene == GEN_BORROWER || p.scene == GEN_GUARANTOR) &&
        gen_pick(g, GEN_S_TAX, firm, 2, 5) == 0)
        return 'A';
    return "BBBBMMCD"[gen_pick(g, GEN_S_TAX, firm, 3, 8)];
}

bool gen_files_returns(uint32_t firm)
{
    gen_part p = gen_part_of(firm);

    return gen_status(firm) == 1 && !shell(p.scene) && !zombie(p.scene) && gen_taxpayers(firm) > 0;
}

static int64_t month_sales(const gen *g, uint32_t firm, uint32_t month)
{
    gen_part p = gen_part_of(firm);
    int64_t base = YUAN(50000 + gen_pick(g, GEN_S_TAX, firm, 4, 4950000));
    int64_t sales = base * (97 + gen_pick(g, GEN_S_TAX, firm, 100 + month, 7)) / 100;

    if (month + 3 >= g->months) {
        if (p.scene == GEN_R10_SALES || p.scene == GEN_R10_TWO_MONTHS)
            return sales * 7 / 10;
        if (p.scene == GEN_GUARANTOR && p.k % 5 == 0)
            return sales * 6 / 10;
    }
    return sales;
}

bool gen_sales(const gen *g, uint32_t firm, uint32_t n, uint32_t month, int64_t *sales)
{
    gen_part p = gen_part_of(firm);

    *sales = 0;
    if (!gen_files_returns(firm))
        return false;
    if (p.scene == GEN_R3_SPLIT_OK || p.scene == GEN_R4_OLD_TP) {
        if (n != 0)
            return false;
    } else if (two_numbers(p) && (month + 3 >= g->months) != (n == 1)) {
        return false; /* the last three months are filed under the new number */
    }
    *sales = month_sales(g, firm, month);
    return true;
}

bool gen_invoices(const gen *g, uint32_t firm, uint32_t n, uint32_t month, int64_t *issued)
{
    gen_part p = gen_part_of(firm);
    int64_t sales;

    *issued = 0;
    if (p.scene == GEN_R3_SPLIT_OK) {
        if (n == 0)
            return false;
        *issued = month_sales(g, firm, month);
        return true;
    }
    if (!gen_sales(g, firm, n, month, &sales))
        return false;
    if (p.scene == GEN_R3_HIT || p.scene == GEN_R3_TWO_TP)
        *issued = sales * (4 + p.k % 3);
    else if (p.scene == GEN_R3_EXACT)
        *issued = sales * 3;
    else if (p.scene == GEN_R3_NO_LOAN)
        *issued = sales * 5;
    else
        *issued = sales * (90 + gen_pick(g, GEN_S_TAX, firm, 200 + month, 21)) / 100;
    return true;
}

uint32_t gen_arrears(uint32_t firm)
{
    gen_part p = gen_part_of(firm);

    if (p.scene == GEN_R6_HIT)
        return p.k % 3 == 0 ? 2 : 1;
    if (p.scene == GEN_PROFILE)
        return p.k == 0 ? 2 : 0;
    return p.scene == GEN_ARREARS || p.scene == GEN_R6_BEFORE || p.scene == GEN_R6_SMALL ||
           p.scene == GEN_R6_SAME_DAY || (p.scene == GEN_R12_LISTED && p.k < 10);
}

gen_arrear gen_arrear_get(const gen *g, uint32_t firm, uint32_t n)
{
    gen_part p = gen_part_of(firm);
    gen_arrear a = {YUAN(10000 + gen_pick(g, GEN_S_TAX, firm, 5 + n, 140000)),
                    gen_day(2025, 9, 30)};

    if (p.scene == GEN_R6_HIT || p.scene == GEN_R6_BEFORE || p.scene == GEN_R6_SAME_DAY) {
        a.balance = p.k == 1 ? YUAN(200000)
                             : YUAN(200000) + 1 + gen_pick(g, GEN_S_TAX, firm, 7 + n, 90000000);
        a.announced = n ? gen_day(2025, 6, 30) : gen_day(2025, 3, 31);
    } else if (p.scene == GEN_R6_SMALL) {
        a.balance = YUAN(200000) - 1 - gen_pick(g, GEN_S_TAX, firm, 9, 9000000) * (p.k > 0);
        a.announced = gen_day(2025, 3, 31);
    } else if (p.scene == GEN_R12_LISTED) {
        a.balance = YUAN(300000);
        a.announced = gen_day(2026, 3, 31);
    } else if (p.scene == GEN_PROFILE) {
        a.balance = n ? YUAN(50000) : 12345678;
        a.announced = n ? gen_day(2026, 3, 31) : gen_day(2025, 12, 31);
    }
    return a;
}

/* ---- staff ---- */
uint32_t gen_units(uint32_t firm)
{
    gen_part p = gen_part_of(firm);

    if (p.scene == GEN_R4_SHELL && p.k % 4 == 1)
        return 1; /* registered once, nobody insured */
    if (p.scene == GEN_R4_ONE_INSURED && p.k == 0)
        return 1;
    if (shell(p.scene) || gen_status(firm) != 1 || (p.scene == GEN_R7_HIT && p.k % 2 == 0))
        return 0;
    return p.scene == GEN_R2_SPLIT_OK || p.scene == GEN_R2_SPLIT_GAP ||
                   (p.scene == GEN_PROFILE && p.k == 2)
               ? 2
               : 1;
}

static int staff(const gen *g, uint32_t firm)
{
    gen_part p = gen_part_of(firm);
    uint32_t r = gen_pick(g, GEN_S_HRSS, firm, 1, 600);

    if (p.scene == GEN_R2_EXACT)
        return 10 * (int)(1 + p.k);
    if (p.scene == GEN_R2_SMALL)
        return 1 + (int)(p.k % 4);
    if (p.scene >= GEN_R2_GAP && p.scene <= GEN_R2_AMENDED)
        return 10 + (int)(r % 60);
    return 5 + (int)(r % 60) + (r < 60 ? 200 : 0);
}

bool gen_reports(uint32_t firm)
{
    gen_part p = gen_part_of(firm);

    return gen_status(firm) == 1 && !shell(p.scene) && !zombie(p.scene);
}

int gen_reported(const gen *g, uint32_t firm, bool amended)
{
    return gen_part_of(firm).scene == GEN_R2_AMENDED && !amended ? staff(g, firm) * 3
                                                                 : staff(g, firm);
}

int gen_headcount(const gen *g, uint32_t firm, uint32_t unit, uint32_t month)
{
    gen_part p = gen_part_of(firm);
    int n = staff(g, firm);

    if (p.scene == GEN_R4_SHELL || zombie(p.scene))
        return 0;
    if (p.scene == GEN_R2_GAP)
        return p.k % 2 ? n * 8 / 5 + 1 : n * 2 / 5;
    if (p.scene == GEN_R2_EXACT)
        return p.k % 2 ? n * 13 / 10 : n * 7 / 10;
    if (p.scene == GEN_R2_SMALL)
        return p.k % 2 ? n * 3 : 0;
    if (p.scene == GEN_R2_SPLIT_GAP)
        return n / 4;
    if (gen_units(firm) == 2)
        return unit ? n - n / 2 : n / 2;
    return n * (95 + (int)gen_pick(g, GEN_S_HRSS, firm, 10 + month, 11)) / 100;
}

bool gen_short_paid(const gen *g, uint32_t firm, uint32_t unit, uint32_t month)
{
    gen_part p = gen_part_of(firm);
    uint32_t before_end = g->months - 1 - month;

    if (p.scene == GEN_R10_SALES || p.scene == GEN_R10_SUIT || p.scene == GEN_R10_SHORT_ONLY ||
        p.scene == GEN_R10_PLAINTIFF)
        return before_end < 3;
    if (p.scene == GEN_R10_TWO_MONTHS)
        return before_end < 2;
    /* others miss a month now and then, never three in a row */
    return before_end % 3 == 1 && gen_pick(g, GEN_S_HRSS, firm * 2 + unit, 50 + month, 20) == 0;
}

/* ---- loans ---- */
uint32_t gen_loans(const gen *g, uint32_t firm)
{
    gen_part p = gen_part_of(firm);

    switch ((int)p.scene) { /* some scenes only; int keeps -Wswitch-enum quiet */
    case GEN_PROFILE:
        return 3;
    case GEN_R3_HIT:
        return 1 + p.k % 3;
    case GEN_R3_NO_LOAN:
        return p.k % 2;
    case GEN_R6_HIT:
    case GEN_R7_HIT:
        return 1 + p.k % 2;
    case GEN_R12_LISTED:
        return p.k >= 90 ? p.k < 93 : 2 + p.k % 2;
    case GEN_BORROWER:
        return 1 + gen_pick(g, GEN_S_LOAN, firm, 1, 4);
    case GEN_R3_TWO_TP:
    case GEN_R3_EXACT:
    case GEN_R3_OTHER_TAX:
    case GEN_R3_SPLIT_OK:
    case GEN_R6_BEFORE:
    case GEN_R6_SMALL:
    case GEN_R6_SAME_DAY:
    case GEN_R7_REMOVED:
    case GEN_R7_RECENT:
    case GEN_R7_INSURED:
    case GEN_R7_PAID:
    case GEN_R7_ON_DAY:
    case GEN_R8_NODE:
    case GEN_GUARANTOR:
        return 1;
    case GEN_R11_COURT:
    case GEN_R11_ABNORMAL:
        return p.k % 2;
    default:
        return 0;
    }
}

static int32_t loan_start(const gen *g, uint32_t firm, uint32_t n, gen_part p)
{
    if (p.scene == GEN_R6_HIT)
        return gen_day(2025, 7, 1) + (int32_t)(p.k * 3 + n);
    if (p.scene == GEN_R6_SMALL)
        return gen_day(2025, 5, 5);
    if (p.scene == GEN_R6_BEFORE)
        return gen_day(2025, 3, 30) - (int32_t)p.k;
    if (p.scene == GEN_R6_SAME_DAY)
        return gen_day(2025, 3, 31);
    return gen_day(2023, 1, 1) +
           (int32_t)gen_pick(g, GEN_S_LOAN, firm, 10 + n, 800); /* before March 2025 */
}

gen_loan gen_loan_get(const gen *g, uint32_t firm, uint32_t n)
{
    gen_part p = gen_part_of(firm);
    uint64_t r = gen_rand(g, GEN_S_LOAN, firm, 20 + n);
    gen_loan l;

    l.bank = (uint32_t)(r % GEN_BANKS);
    if (p.scene == GEN_R12_LISTED && p.k >= 70 && p.k < 90)
        l.bank %= 2; /* two banks only: the cell must stay hidden */
    l.contract = gen_format("HT%02u%08u%u", l.bank + 1, firm, n);
    l.principal = YUAN(100000) * (int64_t)(1 + r / 100 % 90);
    l.balance = l.principal / 100 * (int64_t)(20 + r / 10000 % 81);
    if (p.scene == GEN_R7_PAID || p.scene == GEN_R3_NO_LOAN || (p.scene == GEN_R3_HIT && n == 1))
        l.balance = 0;
    l.five_class = p.scene == GEN_R7_HIT ? 3 + (int)(r / 7 % 3)
                   : r / 7 % 20 < 17     ? 1
                                         : 2 + (int)(r / 140 % 4);
    l.dpd = l.five_class == 1 ? 0 : 30 * (l.five_class - 1) + (int)(r / 999 % 30);
    l.start = loan_start(g, firm, n, p);
    l.maturity = l.start + 365 * (1 + (int32_t)(r / 77777 % 5));
    return l;
}

/* ---- lists ---- */
uint32_t gen_listings(uint32_t firm)
{
    gen_part p = gen_part_of(firm);

    if (p.scene == GEN_R7_HIT)
        return p.k < 2 ? 2 : 1;
    if (p.scene == GEN_PROFILE)
        return p.k == 4 ? 2 : 0;
    return (p.scene >= GEN_R7_REMOVED && p.scene <= GEN_R7_ON_DAY) || p.scene == GEN_R11_ABNORMAL ||
           p.scene == GEN_R11_REMOVED || p.scene == GEN_R12_LISTED || p.scene == GEN_ABNORMAL_PAST;
}

gen_listing gen_listing_get(const gen *g, uint32_t firm, uint32_t n)
{
    gen_part p = gen_part_of(firm);
    int32_t r = (int32_t)gen_pick(g, GEN_S_MARKET, firm, 1 + n, 360);
    gen_listing l = {gen_day(2025, 1, 1) + r, 0}; /* R11_ABNORMAL, R12_LISTED, R7_RECENT */

    if (p.scene == GEN_R7_HIT)
        l.listed = gen_day(n ? 2022 : 2020, 1, 1) + r;
    else if (p.scene == GEN_R7_INSURED || p.scene == GEN_R7_PAID || p.scene == GEN_R7_REMOVED)
        l.listed = gen_day(2021, 1, 1) + r;
    else if (p.scene == GEN_R7_ON_DAY)
        l.listed = gen_day(2023, 6, 30);
    else if (p.scene == GEN_ABNORMAL_PAST || p.scene == GEN_R11_REMOVED)
        l.listed = gen_day(2022, 1, 1) + r;
    if (p.scene == GEN_R7_REMOVED || p.scene == GEN_ABNORMAL_PAST || p.scene == GEN_R11_REMOVED ||
        (p.scene == GEN_PROFILE && n == 1))
        l.removed = gen_day(2026, 1, 5) + r / 4;
    return l;
}

uint32_t gen_penalties(const gen *g, uint32_t firm)
{
    gen_part p = gen_part_of(firm);

    if (p.scene == GEN_PENALISED)
        return 1 + gen_pick(g, GEN_S_MARKET, firm, 5, 2);
    return p.scene == GEN_R11_PENALTY || (p.scene == GEN_PROFILE && p.k == 5);
}

gen_penalty gen_penalty_get(const gen *g, uint32_t firm, uint32_t n)
{
    gen_part p = gen_part_of(firm);
    gen_penalty out = {5000 + 100 * gen_pick(g, GEN_S_MARKET, firm, 6 + n, 850),
                       gen_day(2024, 1, 1) + (int32_t)gen_pick(g, GEN_S_MARKET, firm, 8 + n, 900)};

    if (p.scene == GEN_R11_PENALTY) {
        out.amount = p.k == 0 ? 100000 : 100000 + 10000 * p.k * p.k;
        out.decided = p.k == 0 ? gen_day(2025, 7, 1) : gen_day(2025, 10, 1) + (int32_t)p.k;
    }
    return out;
}

/* Guarantees between R8 nodes, by slot: who borrows, who guarantees. End points are listed in
 * gen_dishonest(). */
static const uint32_t edges[][2] =
    {
        {500, 501},                                                 /* depth 1 */
        {505, 506}, {506, 507},                                     /* depth 2 */
        {510, 511}, {511, 512}, {512, 513},                         /* depth 3 */
        {515, 516}, {516, 517}, {517, 518}, {518, 519},             /* depth 4 */
        {520, 521}, {522, 523}, {522, 524}, {523, 521}, {524, 521}, /* two ways to one end */
        {525, 526}, {526, 527}, {530, 531}, {531, 532}, {532, 533},
        {535, 536}, {536, 537}, {537, 538}, {538, 539}, {540, 541},
        {541, 542}, {542, 543}, {543, 544}, {544, 545}, /* 540 is five steps away: not found */
        {546, 547}, {547, 546},                         /* circles of 2, 3, 4 */
        {548, 549}, {549, 550}, {550, 548}, {551, 552}, {552, 553},
        {553, 554}, {554, 551}, {555, 556}, {556, 557}, {557, 558},
        {558, 559}, {559, 555}, /* of 5: not found */
        {502, 645}, {503, 646}, /* expired listings */
};

uint32_t gen_dishonest(uint32_t firm, bool *active)
{
    static const uint32_t ends[] = {501, 507, 513, 519, 521, 527, 533, 539, 545};
    gen_part p = gen_part_of(firm);

    *active = p.scene != GEN_EXPIRED_FIRM;
    if (p.scene == GEN_PROFILE)
        return p.k == 3 ? 2 : 0;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (p.slot == ends[i])
            return 1;
    return p.scene == GEN_DISHONEST_FIRM || p.scene == GEN_R11_COURT || p.scene == GEN_EXPIRED_FIRM;
}

uint32_t gen_guarantor_slots(const gen *g, uint32_t firm, uint32_t slots[2])
{
    gen_part p = gen_part_of(firm);
    uint32_t n = 0;

    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        if (edges[i][0] == p.slot)
            slots[n++] = edges[i][1];
    if (p.scene == GEN_BORROWER && p.k % 3 == 0)
        slots[n++] = 1500 + gen_pick(g, GEN_S_LOAN, firm, 2, 500);
    if (p.scene == GEN_GUARANTOR && p.k % 2 == 0)
        slots[n++] = 2300 + gen_pick(g, GEN_S_LOAN, firm, 3, 200);
    return n;
}

bool gen_labour_suit(uint32_t firm, bool *plaintiff)
{
    gen_part p = gen_part_of(firm);

    *plaintiff = p.scene == GEN_R10_PLAINTIFF;
    return p.scene == GEN_R10_SUIT || *plaintiff || (p.scene == GEN_BORROWER && p.k % 8 == 0);
}
