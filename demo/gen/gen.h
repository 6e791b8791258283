/* SPDX-License-Identifier: Apache-2.0
 * The generator of the demo's synthetic data: shared declarations.
 *
 * Everything generated is a pure function of an index (and the seed), so memory does not grow with
 * the number of rows and any file can ask for any person, firm or loan. Firms come in blocks of
 * 3000 and persons in blocks of 20000; a block holds every anomaly once, so the number of anomalies
 * grows with the size.
 *
 * Reading order: scenes.def (which firm plays which part), ident.c (who exists), facts.c (what is
 * true of a firm), traits.c (how departments misspell it), the departments, truth.c (what the
 * reports must find).
 */
#ifndef DEMO_GEN_H
#define DEMO_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GEN_BLOCK_FIRMS = 3000,
    GEN_BLOCK_PERSONS = 20000,
    GEN_BLOCK_VEHICLES = 6000,
    GEN_BLOCK_PRACTITIONERS = 1500,
    GEN_MONTHS_MAX = 24,
    GEN_INDUSTRIES = 21,
    GEN_DIVISIONS = 21, /* of 2024 */
    GEN_BANKS = 12,
};

typedef struct gen_text {
    char s[240];
} gen_text;

typedef struct gen {
    uint64_t seed;
    uint32_t blocks;
    uint32_t months; /* history of monthly tables; the last month is 2026-06 */
    const char *out; /* directory */
    struct gen_out *io;
} gen;

/* ---- rand.c: counter-based randomness and dates ---- */
enum gen_stream {
    GEN_S_PERSON = 1,
    GEN_S_FIRM,
    GEN_S_VEHICLE,
    GEN_S_LOAN,
    GEN_S_TAX,
    GEN_S_HRSS,
    GEN_S_MARKET,
    GEN_S_POLICE,
    GEN_S_TRANSPORT,
    GEN_S_COURT,
    GEN_S_HEALTH,
    GEN_S_BIKE,
    GEN_S_SPELL,
};

/* A number that depends on the seed, the stream, the index and the field. */
uint64_t gen_rand(const gen *g, enum gen_stream stream, uint64_t index, uint32_t field);
/* The same with a fixed seed: identities stay the same for every --seed, so reports may name some
 * of them. */
uint64_t gen_fixed(enum gen_stream stream, uint64_t index, uint32_t field);
/* 0 <= result < n */
uint32_t gen_pick(const gen *g, enum gen_stream stream, uint64_t index, uint32_t field, uint32_t n);

/* Days since 1970-01-01. */
int32_t gen_day(int year, int month, int day);
void gen_civil(int32_t days, int *year, int *month, int *day);
gen_text gen_iso(int32_t days);     /* 2026-06-30 */
gen_text gen_compact(int32_t days); /* 20260630 */
/* Month number m of the history (0 = oldest) as 202606, and the first day of the month. */
int gen_ym(const gen *g, uint32_t m);
int32_t gen_ym_first_day(int ym);
gen_text gen_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- ident.c: who exists ---- */
typedef struct gen_person {
    char id[19];
    gen_text name;
    bool male;
    bool dotted;       /* the name has a middle dot */
    int32_t birth;     /* days */
    uint32_t division; /* of residence, index into divisions of 2024 */
} gen_person;

typedef struct gen_firm {
    char uscc[19];
    char reg_no[16]; /* "" when it has none */
    gen_text name;
    gen_text address;
    uint32_t division; /* index into divisions of 2024 */
    uint32_t industry; /* index into gen_industry_code */
} gen_firm;

typedef struct gen_vehicle {
    gen_text plate;
    const char *type;   /* GA code: 01 02 51 52 */
    const char *colour; /* the same as a colour */
    gen_text vin;
} gen_vehicle;

enum gen_scene {
    GEN_PLAIN,
#define SCENE(name, first, last) GEN_##name,
#include "scenes.def"
#undef SCENE
};

typedef struct gen_part {
    enum gen_scene scene;
    uint32_t k;    /* number inside the scene, from 0 */
    uint32_t slot; /* 0..2999 */
} gen_part;

uint32_t gen_firms(const gen *g);
uint32_t gen_persons(const gen *g);
uint32_t gen_vehicles(const gen *g);
gen_part gen_part_of(uint32_t firm);
uint32_t gen_firm_at(uint32_t block, uint32_t slot); /* the firm that has a slot */
gen_person gen_person_get(uint32_t person);
gen_firm gen_firm_get(uint32_t firm);
gen_vehicle gen_vehicle_get(uint32_t vehicle);
int gen_address_cluster(gen_part part); /* R4: firms of one cluster share an address; 0 = its own */
uint32_t gen_legal_rep(uint32_t firm);  /* a person */
uint32_t gen_holders(const gen *g, uint32_t firm); /* number of shareholders that are persons */
uint32_t gen_holder(const gen *g, uint32_t firm, uint32_t n);

const char *gen_division_code(uint32_t division);                     /* 2024 */
const char *gen_division_code_2010(uint32_t division, uint64_t salt); /* as written in 2010 */
const char *gen_city_name(uint32_t division);
const char *gen_county_name(uint32_t division);
const char *gen_industry_code(uint32_t industry); /* GB/T 4754-2017 */
const char *gen_industry_code_2011(uint32_t industry);
gen_text gen_phone(uint64_t salt);

/* ---- facts.c: what is true of a firm, before any department misspells it ---- */
enum { GEN_AS_OF_YEAR = 2026 };

typedef struct gen_loan {
    uint32_t bank; /* 0..GEN_BANKS-1 */
    gen_text contract;
    int64_t principal, balance; /* fen */
    int five_class;             /* 1..5 */
    int dpd;
    int32_t start, maturity;
} gen_loan;

typedef struct gen_arrear {
    int64_t balance; /* fen */
    int32_t announced;
} gen_arrear;

typedef struct gen_listing {
    int32_t listed, removed; /* removed 0 = still listed */
} gen_listing;

typedef struct gen_penalty {
    int64_t amount; /* yuan */
    int32_t decided;
} gen_penalty;

int gen_status(uint32_t firm);         /* 1 active, 2 revoked, 3 deregistered */
uint32_t gen_taxpayers(uint32_t firm); /* numbers with the tax office: 0..2 */
bool gen_tp_uses_reg_no(uint32_t firm, uint32_t n);
char gen_credit(const gen *g, uint32_t firm, int *year);
uint32_t gen_units(uint32_t firm); /* social-insurance units: 0..2 */
int gen_reported(const gen *g, uint32_t firm,
                 bool amended);  /* insured people in the annual report of 2025 */
bool gen_reports(uint32_t firm); /* files an annual report */
int gen_headcount(const gen *g, uint32_t firm, uint32_t unit, uint32_t month);
bool gen_short_paid(const gen *g, uint32_t firm, uint32_t unit, uint32_t month);
bool gen_files_returns(uint32_t firm);
/* VAT sales and invoices in fen under taxpayer number n in a month; false = nothing filed under
 * that number. */
bool gen_sales(const gen *g, uint32_t firm, uint32_t n, uint32_t month, int64_t *sales);
bool gen_invoices(const gen *g, uint32_t firm, uint32_t n, uint32_t month, int64_t *issued);
uint32_t gen_arrears(uint32_t firm);
gen_arrear gen_arrear_get(const gen *g, uint32_t firm, uint32_t n);
uint32_t gen_loans(const gen *g, uint32_t firm);
gen_loan gen_loan_get(const gen *g, uint32_t firm, uint32_t n);
uint32_t gen_listings(uint32_t firm); /* rows in the abnormal list */
gen_listing gen_listing_get(const gen *g, uint32_t firm, uint32_t n);
uint32_t gen_penalties(const gen *g, uint32_t firm);
gen_penalty gen_penalty_get(const gen *g, uint32_t firm, uint32_t n);
uint32_t gen_dishonest(uint32_t firm,
                       bool *active); /* rows in the court's list for the firm itself */
bool gen_labour_suit(uint32_t firm, bool *plaintiff);
/* Guarantors of the firm's first loan: slots in the same block; returns how many (at most 2). */
uint32_t gen_guarantor_slots(const gen *g, uint32_t firm, uint32_t slots[2]);

/* ---- traits.c: how departments write things ---- */
enum gen_spelling {
    GEN_CLEAN,
    GEN_OLD15, /* 15-digit citizen number, where the birth year allows it */
    GEN_FULLWIDTH,
    GEN_IDEO_SPACE, /* trailing ideographic space */
    GEN_LOWER,
    GEN_PADDED, /* trailing blanks, as CHAR(20) gives */
    GEN_HYPHENS,
    GEN_SPELLINGS
};

gen_text gen_spell_id(const char *id, enum gen_spelling how);
gen_text gen_spell_uscc(const char *uscc, enum gen_spelling how);
gen_text gen_mask_id(const char *id); /* as courts print it: 9901011980****001X */
gen_text gen_wrong_id(const char *id,
                      uint64_t salt); /* wrong check character or transposed digits */
gen_text gen_spell_name(const gen_text *name,
                        uint64_t salt); /* dots, brackets, spaces; norm_name() undoes it */
gen_text gen_spell_plate(const gen_text *plate, uint64_t salt);
gen_text gen_spell_address(const gen_text *address, uint64_t salt);
gen_text gen_to_fullwidth(const char *s);
/* A spelling at the usual rates; old15 in per mille. */
enum gen_spelling gen_id_trait(uint64_t salt, uint32_t old15);
enum gen_spelling gen_uscc_trait(uint64_t salt, uint32_t lower, uint32_t hyphens);
const char *gen_nothing(uint64_t salt); /* NULL, "", "无" or "0" */

/* ---- out.c: rows to SQLite and to the oracle's COPY files ---- */
typedef struct gen_table gen_table;
struct gen_out *gen_out_open(const char *dir);
void gen_out_close(struct gen_out *io);
/* columns: the body of CREATE TABLE with the declared types of demo/README.md. Closed by
 * gen_out_close(). */
gen_table *gen_table_new(struct gen_out *io, const char *department, const char *table,
                         const char *columns);
void gen_put_text(gen_table *t, const char *s); /* NULL = NULL */
void gen_put_int(gen_table *t, int64_t v);
void gen_put_bool(gen_table *t, bool v);
void gen_put_real(gen_table *t, double v);
void gen_put_fen(gen_table *t, int64_t fen); /* numeric_text(p,2) */
void gen_put_day(gen_table *t, int32_t days);
void gen_put_null(gen_table *t);
void gen_row_end(gen_table *t);

/* ---- departments ---- */
void gen_police(const gen *g);
void gen_market(const gen *g);
void gen_tax(const gen *g);
void gen_transport(const gen *g);
void gen_hrss(const gen *g);
void gen_court(const gen *g);
void gen_health(const gen *g);
void gen_bank(const gen *g);

/* ---- traffic facts, shared by police, transport and truth ---- */
typedef struct gen_violation {
    uint32_t plate_of; /* vehicle whose plate (and type) is written */
    int32_t day;
    bool handled;
} gen_violation;
uint32_t gen_violations(const gen *g, uint32_t vehicle);
gen_violation gen_violation_get(const gen *g, uint32_t vehicle, uint32_t n);
bool gen_operating(uint32_t vehicle);
int32_t gen_certificate_end(const gen *g, uint32_t vehicle); /* 0 = the zero date 0000-00-00 */
uint32_t gen_vehicle_operator(uint32_t vehicle);             /* a firm */
uint32_t gen_practitioner(uint32_t block, uint32_t n);       /* a person */
bool gen_practitioner_valid(const gen *g, uint32_t block, uint32_t n, int32_t *valid_to);

/* ---- insurance and residence facts, shared with truth ---- */
typedef struct gen_insurance {
    bool any;
    uint32_t firm;
    int start_ym, end_ym; /* end 0 = still insured */
} gen_insurance;
gen_insurance gen_insurance_get(const gen *g, uint32_t person);
gen_text gen_unit_no(uint32_t firm, uint32_t unit);
bool gen_alive(const gen *g, uint32_t person);
const char *gen_licence_status(const gen *g, uint32_t person); /* NULL = no driving licence */

/* ---- court facts, shared with truth ---- */
/* One listing of a person by a court; the first 45 of a block belong to the parts of R5. */
typedef struct gen_debtor {
    uint32_t person; /* whose number is written */
    uint32_t named;  /* whose name is written */
    bool masked, active;
    gen_text case_no;
} gen_debtor;
enum { GEN_BLOCK_DEBTORS = 345 };
gen_debtor gen_debtor_get(const gen *g, uint32_t block, uint32_t n);

/* ---- health and bicycle facts, shared with truth ---- */
typedef struct gen_case {
    uint32_t person;
    uint32_t division; /* where the patient lives now */
    int32_t diagnosed;
    int disease,
        final_disease; /* 1 is the outbreak; final differs when a corrected card changed it */
    bool corrected;
    bool broken_id; /* the citizen number on the card is wrong */
} gen_case;
enum {
    GEN_BLOCK_CASES = 1500,
    GEN_STATIONS_PER_DISTRICT = 8,
    GEN_DISTRICTS = 12,
    GEN_HOSPITALS = 10
};
gen_case gen_case_get(const gen *g, uint32_t block, uint32_t n);
typedef struct gen_beds {
    int beds, used, icu, icu_free;
} gen_beds;
gen_beds gen_beds_get(const gen *g, uint32_t hospital, int32_t day);
typedef struct gen_station {
    int capacity, bikes;
    bool renting, stale;
} gen_station;
gen_station gen_station_get(const gen *g, uint32_t district, uint32_t n);
enum { GEN_TRIPS_PER_DISTRICT = 500 }; /* per block */
/* Trip n to a station of the district; true when it ends in the morning of 2026-06-30. Seconds
 * since midnight, UTC. */
bool gen_trip_get(const gen *g, uint32_t district, uint32_t n, int32_t *day, int *started,
                  int *ended);

/* ---- truth.c ---- */
void gen_truth(const gen *g);

#endif
