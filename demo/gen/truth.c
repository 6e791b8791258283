/* SPDX-License-Identifier: Apache-2.0
 * truth/REPORT.csv: what each report must find, computed from the facts and not from the files. The
 * first column, world, says for whom a row holds: `all` = somebody who sees everything, `role` =
 * the login that runs the report (its row filters and masks change some sums), `both`. The other
 * columns are those of the report that the facts decide.
 */
#include "gen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_truth(const gen *g, const char *report, const char *columns)
{
    char path[1200];
    FILE *f;

    snprintf(path, sizeof path, "%s/truth/%s.csv", g->out, report);
    f = fopen(path, "w");
    if (!f) {
        fprintf(stderr, "demo-gen: %s: cannot be created\n", path);
        exit(1);
    }
    fprintf(f, "world,%s\n", columns);
    return f;
}

static void money(FILE *f, int64_t fen)
{
    fprintf(f, ",%lld.%02d", (long long)(fen / 100), (int)(fen % 100));
}

static bool east(const gen_firm *f)
{
    return strncmp(gen_division_code(f->division), "9901", 4) == 0;
}

static bool open_listing(const gen *g, uint32_t firm, int32_t *since)
{
    bool open = false;

    *since = INT32_MAX;
    for (uint32_t n = 0; n < gen_listings(firm); n++) {
        gen_listing l = gen_listing_get(g, firm, n);
        if (l.removed)
            continue;
        open = true;
        *since = l.listed < *since ? l.listed : *since;
    }
    return open;
}

static bool dishonest(uint32_t firm)
{
    bool active;

    return gen_dishonest(firm, &active) > 0 && active;
}

static int64_t owed(const gen *g, uint32_t firm, int64_t bucket)
{
    int64_t sum = 0;

    for (uint32_t n = 0; n < gen_arrears(firm); n++)
        sum += gen_arrear_get(g, firm, n).balance / bucket * bucket;
    return sum;
}

static int insured(const gen *g, uint32_t firm)
{
    int sum = 0;

    for (uint32_t u = 0; u < gen_units(firm); u++)
        sum += gen_headcount(g, firm, u, g->months - 1);
    return sum;
}

static bool has_open_loan(const gen *g, uint32_t firm)
{
    for (uint32_t n = 0; n < gen_loans(g, firm); n++)
        if (gen_loan_get(g, firm, n).balance > 0)
            return true;
    return false;
}

/* Sums over the first half of 2026, which is the last six months of every history. */
static void half_year(const gen *g, uint32_t firm, int64_t *q1, int64_t *q2, int64_t *issued)
{
    *q1 = *q2 = *issued = 0;
    for (uint32_t n = 0; n < gen_taxpayers(firm); n++) {
        for (uint32_t m = g->months - 6; m < g->months; m++) {
            int64_t x;
            gen_sales(g, firm, n, m, &x);
            *(m + 3 < g->months ? q1 : q2) += x;
            gen_invoices(g, firm, n, m, &x);
            *issued += x;
        }
    }
}

/* The firms R1 asks for: slots 0-5 of the first block. The analyst sees arrears in steps of 10,000
 * and no loans of bank 12. */
static void r1(const gen *g)
{
    FILE *f = open_truth(g, "R1", "uscc,arrears,insured,dishonest,abnormal,exposure");

    for (uint32_t slot = 0; slot < 6; slot++) {
        uint32_t firm = gen_firm_at(0, slot);
        gen_firm e = gen_firm_get(firm);

        for (int role = 0; role < 2; role++) {
            int64_t exposure = 0;
            int32_t since;
            bool any = false;

            fprintf(f, "%s,%s", role ? "role" : "all", e.uscc);
            if (gen_arrears(firm))
                money(f, owed(g, firm, role ? 1000000 : 1));
            else
                fputc(',', f);
            fprintf(f, ",%d,%d,%d", insured(g, firm), dishonest(firm),
                    open_listing(g, firm, &since));
            for (uint32_t n = 0; n < gen_loans(g, firm); n++) {
                gen_loan l = gen_loan_get(g, firm, n);
                if (role && l.bank == GEN_BANKS - 1)
                    continue;
                exposure += l.balance;
                any = true;
            }
            if (any)
                money(f, exposure);
            else
                fputc(',', f);
            fputc('\n', f);
        }
    }
    fclose(f);
}

static void r2(const gen *g)
{
    FILE *f = open_truth(g, "R2", "uscc,reported,insured");

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        gen_firm e = gen_firm_get(i);
        int reported = gen_reported(g, i, true), found = insured(g, i);

        if (gen_reports(i) && gen_units(i) && reported >= 5 &&
            abs(reported - found) * 10 > 3 * reported)
            fprintf(f, "%s,%s,%d,%d\n", east(&e) ? "both" : "all", e.uscc, reported, found);
    }
    fclose(f);
}

static void r3_r10(const gen *g)
{
    FILE *f3 = open_truth(g, "R3", "uscc,declared,issued");
    FILE *f10 = open_truth(g, "R10", "uscc,sales_fell,labour_suit");

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        gen_firm e = gen_firm_get(i);
        int64_t q1, q2, issued;
        bool plaintiff, suit = gen_labour_suit(i, &plaintiff) && !plaintiff, fell,
                        shorted = gen_units(i) > 0;

        half_year(g, i, &q1, &q2, &issued);
        if (q1 + q2 > 0 && issued > 3 * (q1 + q2) && has_open_loan(g, i)) {
            fprintf(f3, "both,%s", e.uscc);
            money(f3, q1 + q2);
            money(f3, issued);
            fputc('\n', f3);
        }
        for (uint32_t m = g->months - 3; m < g->months; m++) {
            bool any = false;
            for (uint32_t u = 0; u < gen_units(i); u++)
                any |= gen_short_paid(g, i, u, m) && gen_headcount(g, i, u, m) > 0;
            shorted &= any;
        }
        fell = q2 * 10 < q1 * 9;
        if (shorted && (fell || suit))
            fprintf(f10, "both,%s,%s,%s\n", e.uscc, fell ? "t" : "f", suit ? "t" : "f");
    }
    fclose(f3);
    fclose(f10);
}

typedef struct group {
    uint32_t firms, persons;
    uint32_t reps[16];
    char first[19];
} group;

static void join_group(group *gr, uint32_t firm, const char *uscc)
{
    uint32_t rep = gen_legal_rep(firm);

    if (gr->firms++ == 0 || strcmp(uscc, gr->first) < 0)
        memcpy(gr->first, uscc, sizeof gr->first);
    for (uint32_t i = 0; i < gr->persons; i++)
        if (gr->reps[i] == rep)
            return;
    gr->reps[gr->persons++ % 16] = rep;
}

static void r4(const gen *g)
{
    FILE *f = open_truth(g, "R4", "kind,first_uscc,firms,persons");
    group *persons = malloc(GEN_BLOCK_PERSONS * sizeof *persons);

    if (!persons)
        exit(1);
    for (uint32_t block = 0; block < g->blocks; block++) {
        group clusters[12];

        memset(clusters, 0, sizeof clusters);
        memset(persons, 0, GEN_BLOCK_PERSONS * sizeof *persons);
        for (uint32_t i = block * GEN_BLOCK_FIRMS; i < (block + 1) * GEN_BLOCK_FIRMS; i++) {
            gen_firm e = gen_firm_get(i);
            int cluster = gen_address_cluster(gen_part_of(i));

            if (gen_status(i) != 1)
                continue;
            if (cluster && !gen_files_returns(i) && insured(g, i) == 0)
                join_group(&clusters[cluster], i, e.uscc);
            join_group(&persons[gen_legal_rep(i) % GEN_BLOCK_PERSONS], i, e.uscc);
        }
        for (int c = 1; c < 12; c++)
            if (clusters[c].firms >= 5)
                fprintf(f, "both,address,%s,%u,%u\n", clusters[c].first, clusters[c].firms,
                        clusters[c].persons);
        for (uint32_t p = 0; p < GEN_BLOCK_PERSONS; p++)
            if (persons[p].firms >= 10)
                fprintf(f, "both,person,%s,%u,1\n", persons[p].first, persons[p].firms);
    }
    free(persons);
    fclose(f);
}

static void r5(const gen *g)
{
    FILE *f = open_truth(g, "R5", "uscc,how,case_no");

    for (uint32_t block = 0; block < g->blocks; block++) {
        for (uint32_t n = 0; n < GEN_BLOCK_DEBTORS; n++) {
            gen_debtor d = gen_debtor_get(g, block, n);

            if (!d.active || (d.masked && d.named != d.person))
                continue;
            for (uint32_t i = block * GEN_BLOCK_FIRMS; i < (block + 1) * GEN_BLOCK_FIRMS; i++) {
                bool holds = false;

                if (gen_status(i) != 1)
                    continue;
                for (uint32_t h = 0; h < gen_holders(g, i); h++)
                    holds |= gen_holder(g, i, h) == d.person;
                if (gen_legal_rep(i) == d.person)
                    fprintf(f, "both,%s,legal_rep,%s\n", gen_firm_get(i).uscc, d.case_no.s);
                if (holds)
                    fprintf(f, "both,%s,shareholder,%s\n", gen_firm_get(i).uscc, d.case_no.s);
            }
        }
    }
    fclose(f);
}

static void r6(const gen *g)
{
    FILE *f = open_truth(g, "R6", "bank_code,loans,borrowers,balance");
    uint32_t loans[GEN_BANKS] = {0}, borrowers[GEN_BANKS] = {0};
    int64_t balance[GEN_BANKS] = {0};

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        bool seen[GEN_BANKS] = {false};

        for (uint32_t n = 0; n < gen_loans(g, i); n++) {
            gen_loan l = gen_loan_get(g, i, n);
            bool late = false;

            for (uint32_t a = 0; a < gen_arrears(i); a++) {
                gen_arrear x = gen_arrear_get(g, i, a);
                late |= x.balance >= 20000000 && l.start > x.announced;
            }
            if (!late)
                continue;
            loans[l.bank]++;
            balance[l.bank] += l.balance;
            borrowers[l.bank] += !seen[l.bank];
            seen[l.bank] = true;
        }
    }
    for (uint32_t b = 0; b < GEN_BANKS; b++) {
        if (!loans[b])
            continue;
        fprintf(f, "both,SYN%02u,%u,%u", b + 1, loans[b], borrowers[b]);
        money(f, balance[b]);
        fputc('\n', f);
    }
    fclose(f);
}

static void r7(const gen *g)
{
    FILE *f = open_truth(g, "R7", "uscc,since,loans,balance");

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        uint32_t loans[GEN_BANKS] = {0};
        int64_t balance[GEN_BANKS] = {0};
        bool anybody = false;
        int32_t since;

        if (!open_listing(g, i, &since) || since >= gen_day(2023, 6, 30))
            continue;
        for (uint32_t u = 0; u < gen_units(i); u++)
            for (uint32_t m = g->months - 6; m < g->months; m++)
                anybody |= gen_headcount(g, i, u, m) > 0;
        for (uint32_t n = 0; !anybody && n < gen_loans(g, i); n++) {
            gen_loan l = gen_loan_get(g, i, n);
            loans[l.bank] += l.balance > 0;
            balance[l.bank] += l.balance;
        }
        for (uint32_t b = 0; b < GEN_BANKS; b++) {
            if (!loans[b])
                continue;
            fprintf(f, "both,%s,%s,%u", gen_firm_get(i).uscc, gen_iso(since).s, loans[b]);
            money(f, balance[b]);
            fputc('\n', f);
        }
    }
    fclose(f);
}

/* Shortest way from one firm to every firm it can reach in four steps: a block is small enough to
 * walk. */
static void reach(const gen *g, uint32_t firm, uint32_t depth, uint32_t *nearest)
{
    uint32_t slots[2];

    if (depth == 4 || gen_loans(g, firm) == 0 || gen_loan_get(g, firm, 0).balance <= 0)
        return;
    for (uint32_t n = gen_guarantor_slots(g, firm, slots); n > 0; n--) {
        uint32_t slot = slots[n - 1];

        if (!nearest[slot] || depth + 1 < nearest[slot])
            nearest[slot] = depth + 1;
        reach(g, gen_firm_at(firm / GEN_BLOCK_FIRMS, slot), depth + 1, nearest);
    }
}

static void r8(const gen *g)
{
    FILE *f = open_truth(g, "R8", "kind,src,dst,depth");

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        uint32_t nearest[GEN_BLOCK_FIRMS] = {0}, slots[2];

        if (gen_guarantor_slots(g, i, slots) == 0)
            continue;
        reach(g, i, 0, nearest);
        for (uint32_t s = 0; s < GEN_BLOCK_FIRMS; s++) {
            uint32_t to = gen_firm_at(i / GEN_BLOCK_FIRMS, s);

            if (nearest[s] && dishonest(to))
                fprintf(f, "both,chain,%s,%s,%u\n", gen_firm_get(i).uscc, gen_firm_get(to).uscc,
                        nearest[s]);
            if (nearest[s] && to == i)
                fprintf(f, "both,circle,%s,%s,%u\n", gen_firm_get(i).uscc, gen_firm_get(i).uscc,
                        nearest[s]);
        }
    }
    fclose(f);
}

static bool penalised(const gen *g, uint32_t firm, int64_t least)
{
    for (uint32_t n = 0; n < gen_penalties(g, firm); n++) {
        gen_penalty p = gen_penalty_get(g, firm, n);
        if (p.decided >= gen_day(2025, 7, 1) && p.amount >= least)
            return true;
    }
    return false;
}

static void r9(const gen *g)
{
    FILE *f = open_truth(g, "R9", "city,section,firms,a,b,c,d");
    static uint32_t cells[5][26][5]; /* zeroed once: the program writes this file once */

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        gen_firm e = gen_firm_get(i);
        int32_t since;
        bool listed = open_listing(g, i, &since);
        int64_t debt = owed(g, i, 1);
        int class = dishonest(i) || (listed && debt >= 20000000) ? 3
                    : listed || debt > 0                         ? 2
                    : penalised(g, i, 0)                         ? 1
                                                                 : 0;
        uint32_t *cell =
            cells[gen_division_code(e.division)[3] - '1'][gen_industry_code(e.industry)[0] - 'A'];

        if (gen_status(i) != 1)
            continue;
        cell[4]++;
        cell[class]++;
    }
    for (int city = 0; city < 5; city++) {
        for (int s = 0; s < 26; s++) {
            uint32_t *c = cells[city][s];
            if (c[4] >= 10)
                fprintf(f, "both,990%d,%c,%u,%u,%u,%u,%u\n", city + 1, 'A' + s, c[4], c[0], c[1],
                        c[2], c[3]);
        }
    }
    fclose(f);
}

static void r11(const gen *g)
{
    FILE *f = open_truth(g, "R11", "uscc,lists");

    for (uint32_t i = 0; i < gen_firms(g); i++) {
        int year;
        char credit = gen_credit(g, i, &year);
        int32_t since;
        const char *sep = "";

        if (credit != 'A' || year != 2025 || !gen_taxpayers(i))
            continue;
        if (!open_listing(g, i, &since) && !dishonest(i) && !penalised(g, i, 100000))
            continue;
        fprintf(f, "both,%s,\"", gen_firm_get(i).uscc);
        if (open_listing(g, i, &since)) {
            fputs("abnormal", f);
            sep = ",";
        }
        if (dishonest(i)) {
            fprintf(f, "%scourt", sep);
            sep = ",";
        }
        if (penalised(g, i, 100000))
            fprintf(f, "%spenalty", sep);
        fputs("\"\n", f);
    }
    fclose(f);
}

/* The analyst does not see loans of bank 12. */
static void r12(const gen *g)
{
    FILE *f = open_truth(g, "R12", "section,firms,loans,banks,balance");

    for (int role = 0; role < 2; role++) {
        uint32_t firms[26] = {0}, loans[26] = {0}, banks[26] = {0};
        int64_t balance[26] = {0};

        for (uint32_t i = 0; i < gen_firms(g); i++) {
            int s = gen_industry_code(gen_firm_get(i).industry)[0] - 'A';
            bool any = false;
            int32_t since;

            if (!open_listing(g, i, &since) && !dishonest(i))
                continue;
            for (uint32_t n = 0; n < gen_loans(g, i); n++) {
                gen_loan l = gen_loan_get(g, i, n);
                if (l.balance <= 0 || (role && l.bank == GEN_BANKS - 1))
                    continue;
                any = true;
                loans[s]++;
                banks[s] |= 1u << l.bank;
                balance[s] += l.balance;
            }
            firms[s] += any;
        }
        for (int s = 0; s < 26; s++) {
            uint32_t n = 0;
            for (uint32_t b = 0; b < GEN_BANKS; b++)
                n += banks[s] >> b & 1;
            if (n < 3 || loans[s] < 10)
                continue;
            fprintf(f, "%s,%c,%u,%u,%u", role ? "role" : "all", 'A' + s, firms[s], loans[s], n);
            money(f, balance[s]);
            fputc('\n', f);
        }
    }
    fclose(f);
}

/* The inspector sees violations from July 2024 on. */
static void traffic(const gen *g)
{
    FILE *t1 = open_truth(g, "T1", "cert_no,open_violations,expired");
    FILE *t2 = open_truth(g, "T2", "cert_no");

    for (uint32_t i = 0; i < gen_vehicles(g); i++) {
        int32_t end = gen_certificate_end(g, i);
        bool expired = end && end < gen_day(2026, 6, 30);

        for (int role = 0; gen_operating(i) && role < 2; role++) {
            uint32_t open = 0;

            for (uint32_t n = 0; n < gen_violations(g, i); n++) {
                gen_violation v = gen_violation_get(g, i, n);
                open += !v.handled && (!role || v.day >= gen_day(2024, 7, 1));
            }
            if (open >= 3 || expired)
                fprintf(t1, "%s,99C%08u,%u,%s\n", role ? "role" : "all", i, open,
                        expired ? "t" : "f");
        }
    }
    for (uint32_t block = 0; block < g->blocks; block++) {
        for (uint32_t n = 0; n < GEN_BLOCK_PRACTITIONERS; n++) {
            uint32_t person = gen_practitioner(block, n);
            int32_t valid_to;

            if (!gen_practitioner_valid(g, block, n, &valid_to) ||
                valid_to < gen_day(2026, 6, 30) ||
                strcmp(gen_licence_status(g, person), "吊销") != 0)
                continue;
            for (uint32_t copy = 0; copy <= (n % 300 == 7); copy++)
                fprintf(t2, "both,99Z%08u%u\n", person, copy);
        }
    }
    fclose(t1);
    fclose(t2);
}

static void b1(const gen *g)
{
    FILE *f = open_truth(g, "B1", "division,stations,capacity,bikes,residents,morning_arrivals");
    uint32_t residents[GEN_DIVISIONS] = {0};

    for (uint32_t i = 0; i < gen_persons(g); i++)
        residents[gen_person_get(i).division] += gen_alive(g, i);
    for (uint32_t d = 0; d < GEN_DISTRICTS; d++) {
        int stations = 0, capacity = 0, bikes = 0, arrivals = 0;

        for (uint32_t n = 0; n < GEN_STATIONS_PER_DISTRICT; n++) {
            gen_station s = gen_station_get(g, d, n);
            if (s.stale || !s.renting)
                continue;
            stations++;
            capacity += s.capacity;
            bikes += s.bikes;
        }
        for (uint32_t n = 0; n < g->blocks * GEN_TRIPS_PER_DISTRICT; n++) {
            int32_t day;
            int started, ended;
            arrivals += gen_trip_get(g, d, n, &day, &started, &ended);
        }
        fprintf(f, "both,%s,%d,%d,%d,%u,", gen_division_code(d), stations, capacity, bikes,
                residents[d]);
        if (arrivals >= 5)
            fprintf(f, "%d", arrivals);
        fputc('\n', f);
    }
    fclose(f);
}

static void e1(const gen *g)
{
    FILE *f = open_truth(g, "E1", "day,division,cases,from_elsewhere,unknown_home");
    uint32_t cells[7][GEN_DIVISIONS][3];

    memset(cells, 0, sizeof cells);
    for (uint32_t block = 0; block < g->blocks; block++) {
        for (uint32_t n = 0; n < GEN_BLOCK_CASES; n++) {
            gen_case c = gen_case_get(g, block, n);
            int32_t day = c.diagnosed - gen_day(2026, 6, 24);
            const char *home = gen_division_code(gen_person_get(c.person).division);

            if ((c.corrected ? c.final_disease : c.disease) != 1 || day < 0 || day > 6)
                continue;
            cells[day][c.division][0]++;
            if (c.broken_id)
                cells[day][c.division][2]++;
            else
                cells[day][c.division][1] += strncmp(home, gen_division_code(c.division), 4) != 0;
        }
    }
    for (int day = 0; day < 7; day++)
        for (uint32_t d = 0; d < GEN_DIVISIONS; d++)
            if (cells[day][d][0] >= 3)
                fprintf(f, "both,%s,%s,%u,%u,%u\n", gen_iso(gen_day(2026, 6, 24) + day).s,
                        gen_division_code(d), cells[day][d][0], cells[day][d][1], cells[day][d][2]);
    fclose(f);
}

/* The twelve requests of V1.sql: whose number, whose name, which city (0 = the right one), which
 * firm. */
static void v1(const gen *g)
{
    static const struct {
        int32_t person, named, city; /* person -1 = a number that nobody has */
        uint32_t slot;
    } requests[12] = {
        {8100, 8100, 0, 1},   {8101, 8102, 0, 10}, {-1, 8103, 0, 10},    {8104, 8104, 2, 10},
        {8003, 8003, 0, 11},  {3000, 3000, 0, 12}, {8107, 8107, 0, 700}, {15000, 15000, 0, 2700},
        {8108, 8108, 0, 390}, {8109, 8109, 0, 13}, {8151, 8151, 0, 14},  {8245, 8245, 0, 15},
    };
    FILE *f = open_truth(g, "V1", "request,identity,household,licence,insurance,tax");

    for (int i = 0; i < 12; i++) {
        uint32_t person = (uint32_t)requests[i].person;
        uint32_t firm = gen_firm_at(0, requests[i].slot);
        const char *tax = !gen_taxpayers(firm) ? "absent"
                          : gen_arrears(firm)  ? "mismatch"
                                               : "match";
        const char *licence;
        gen_insurance in;

        if (requests[i].person < 0) {
            fprintf(f, "both,%d,absent,absent,absent,absent,%s\n", i + 1, tax);
            continue;
        }
        licence = gen_licence_status(g, person);
        in = gen_insurance_get(g, person);
        fprintf(f, "both,%d,%s,%s,%s,%s,%s\n", i + 1,
                requests[i].person == requests[i].named ? "match" : "mismatch",
                requests[i].city ? "mismatch" : "match",
                !licence                       ? "absent"
                : strcmp(licence, "正常") == 0 ? "match"
                                               : "mismatch",
                !in.any     ? "absent"
                : in.end_ym ? "mismatch"
                            : "match",
                tax);
    }
    fclose(f);
}

void gen_truth(const gen *g)
{
    r1(g);
    r2(g);
    r3_r10(g);
    r4(g);
    r5(g);
    r6(g);
    r7(g);
    r8(g);
    r9(g);
    r11(g);
    r12(g);
    traffic(g);
    b1(g);
    e1(g);
    v1(g);
}
