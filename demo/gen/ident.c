/* SPDX-License-Identifier: Apache-2.0
 * Who exists: persons, firms, vehicles and where they live, as pure functions of an index. The seed
 * plays no part here.
 */
#include "gen.h"

#include <stdio.h>
#include <string.h>

static const struct division {
    const char *code;     /* 2024 */
    const char *code2010; /* "" = did not exist */
    const char *merged;   /* a county of 2010 that was merged into it, or NULL */
} divisions[GEN_DIVISIONS] = {
    {"990101", "990101", NULL}, {"990102", "990102", "990103"}, {"990104", "990104", NULL},
    {"990105", "990105", NULL}, {"990201", "990201", NULL},     {"990202", "990202", NULL},
    {"990203", "990203", NULL}, {"990204", "990204", NULL},     {"990301", "990301", NULL},
    {"990302", "990302", NULL}, {"990303", "990303", "990304"}, {"990305", "990305", NULL},
    {"990401", "990401", NULL}, {"990402", "990402", NULL},     {"990403", "990403", NULL},
    {"990404", "990404", NULL}, {"990405", "990411", NULL},     {"990501", "990501", NULL},
    {"990502", "990502", NULL}, {"990503", "990503", NULL},     {"990504", "", NULL},
};

static const char *const city_names[5] = {"东屿市", "西屿市", "南洲市", "北洲市", "连岛市"};
static const char *const county_names[5] = {"甲区", "乙区", "丙区", "丁县", "戊县"};

static const struct industry {
    const char *code, *code2011, *word;
    int weight;
} industries[GEN_INDUSTRIES] = {
    {"A01", "A01", "农业", 3},     {"C13", "C13", "食品", 6},  {"C26", "C26", "化工", 4},
    {"C39", "C39", "电子", 9},     {"D44", "D44", "电力", 1},  {"E47", "E47", "建筑", 8},
    {"E50", "E50", "装饰", 5},     {"F51", "F51", "商贸", 14}, {"F52", "F52", "零售", 12},
    {"G54", "G54", "运输", 5},     {"H62", "H62", "餐饮", 7},  {"I65", "I65", "软件", 8},
    {"J66", "J66", "金融服务", 1}, {"K70", "K70", "置业", 1},  {"L72", "L72", "商务", 6},
    {"M75", "M75", "科技", 5},     {"O80", "O79", "家政", 2},  {"O81", "O80", "维修", 2},
    {"P83", "P82", "教育", 2},     {"Q84", "Q83", "医疗", 1},  {"R88", "R87", "文化", 2},
};

static const char *const surnames[] = {
    "赵", "钱", "孙", "李", "周", "吴", "郑", "王", "冯",   "陈",   "褚",   "卫",   "蒋", "沈",
    "韩", "杨", "朱", "秦", "尤", "许", "何", "吕", "施",   "张",   "孔",   "曹",   "严", "华",
    "金", "魏", "陶", "姜", "戚", "谢", "邹", "喻", "欧阳", "上官", "司马", "诸葛",
};

/* Words of the sea: given names and firm names that look made up. */
static const char *const sea[64] = {
    "海", "岛", "潮", "汐", "屿", "礁", "滩", "帆", "舟", "港", "湾", "沙", "洲", "浪", "涛", "波",
    "澜", "云", "虹", "霖", "露", "霜", "雪", "松", "竹", "梅", "兰", "菊", "荷", "莲", "桂", "枫",
    "桐", "杉", "榆", "槐", "星", "辰", "曦", "晨", "暮", "月", "鸥", "鹭", "鲸", "贝", "珊", "瑚",
    "锚", "舵", "桨", "缆", "灯", "塔", "渡", "津", "泊", "溪", "川", "泽", "渊", "泉", "汀", "渚",
};

/* Rare characters of CJK Extension B: four bytes in UTF-8, impossible in GBK. */
static const char *const rare[] = {"𠮷", "𡈼", "𢀖", "𣲗", "𤩽", "𥖄", "𦍌", "𧒽", "𨱇", "𩽾"};
static const char *const dotted_first[] = {"阿依", "古丽", "巴图", "扎西",
                                           "艾力", "买热", "其其", "诺敏"};
static const char *const dotted_last[] = {"海提", "潮力", "帆木", "屿尔",
                                          "礁巴", "岛白", "澜克", "云特"};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

uint32_t gen_firms(const gen *g)
{
    return g->blocks * GEN_BLOCK_FIRMS;
}

uint32_t gen_persons(const gen *g)
{
    return g->blocks * GEN_BLOCK_PERSONS;
}

uint32_t gen_vehicles(const gen *g)
{
    return g->blocks * GEN_BLOCK_VEHICLES;
}

/* Slots are shuffled over the block: slot = number * 1103 + 7 (mod 3000), and 1103 * 767 = 1 (mod
 * 3000). */
gen_part gen_part_of(uint32_t firm)
{
    static const struct {
        enum gen_scene scene;
        uint32_t first, last;
    } ranges[] = {
#define SCENE(name, first, last) {GEN_##name, first, last},
#include "scenes.def"
#undef SCENE
    };
    uint32_t slot = (firm % GEN_BLOCK_FIRMS * 1103 + 7) % GEN_BLOCK_FIRMS;
    gen_part part = {GEN_PLAIN, slot, slot};

    for (size_t i = 0; i < COUNT(ranges); i++) {
        if (slot >= ranges[i].first && slot <= ranges[i].last) {
            part.scene = ranges[i].scene;
            part.k = slot - ranges[i].first;
        }
    }
    return part;
}

uint32_t gen_firm_at(uint32_t block, uint32_t slot)
{
    return block * GEN_BLOCK_FIRMS + (slot + GEN_BLOCK_FIRMS - 7) * 767 % GEN_BLOCK_FIRMS;
}

static char id_check(const char *id17)
{
    static const int weight[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (int i = 0; i < 17; i++)
        sum += (id17[i] - '0') * weight[i];
    return "10X98765432"[sum % 11];
}

static gen_text person_name(uint32_t person, bool *dotted)
{
    uint64_t r = gen_fixed(GEN_S_PERSON, person, 1);
    const char *surname = surnames[r / 7 % COUNT(surnames)];
    const char *a = sea[r / 1000 % 64], *b = sea[r / 64000 % 64];

    *dotted = false;
    if (r % 1000 < 6)
        return gen_format("%s%s%s", surname, r % 2 ? a : "", rare[r / 77 % COUNT(rare)]);
    if (r % 1000 < 40) {
        *dotted = true;
        return gen_format("%s%s·%s", dotted_first[r / 77 % COUNT(dotted_first)], r % 3 ? "" : a,
                          dotted_last[r / 7777 % COUNT(dotted_last)]);
    }
    if (r % 1000 < 250)
        return gen_format("%s%s", surname, a);
    return gen_format("%s%s%s", surname, a, b);
}

/* Birth days repeat after 23741 days (1945..2009); division, day and the range of the sequence make
 * the number unique. */
gen_person gen_person_get(uint32_t person)
{
    enum { BORN = 23741, HOMES = 22 };
    gen_person p;
    uint32_t home = person % HOMES, n = person / HOMES;
    uint64_t r = gen_fixed(GEN_S_PERSON, person, 2);
    const char *code = home < 20 ? divisions[home].code2010 : divisions[home == 20 ? 1 : 10].merged;
    int y, m, d;

    p.male = r & 1;
    p.birth = gen_day(1945, 1, 1) + (int32_t)(((uint64_t)n * 7919 + home * 1709) % BORN);
    gen_civil(p.birth, &y, &m, &d);
    memcpy(p.id,
           gen_format("%s%04d%02d%02d%03d", code, y, m, d,
                      (int)(n / BORN * 300 + r / 2 % 150 * 2 + (p.male ? 1 : 0)))
               .s,
           17);
    p.id[17] = id_check(p.id);
    p.id[18] = 0;
    p.name = person_name(person, &p.dotted);
    /* four out of five still live where they were registered first */
    p.division = r / 1000 % 5 ? (home < 20    ? home
                                 : home == 20 ? 1
                                              : 10)
                              : (uint32_t)(r / 7000 % GEN_DIVISIONS);
    return p;
}

static const char uscc_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

static char uscc_check(const char *c17)
{
    int sum = 0, weight = 1;

    for (int i = 0; i < 17; i++) {
        sum += (int)(strchr(uscc_alphabet, c17[i]) - uscc_alphabet) * weight;
        weight = weight * 3 % 31;
    }
    return uscc_alphabet[(31 - sum % 31) % 31];
}

/* The check character of an organisation code (GB 11714): letters count from A = 10. */
static char organisation_check(const char *c8)
{
    static const int weight[8] = {3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (int i = 0; i < 8; i++)
        sum += (c8[i] <= '9' ? c8[i] - '0' : c8[i] - 'A' + 10) * weight[i];
    sum = 11 - sum % 11;
    return sum == 11 ? '0' : sum == 10 ? 'X' : (char)('0' + sum);
}

int gen_address_cluster(gen_part part)
{
    static const uint32_t shell_sizes[6] = {5, 6, 7, 8, 9, 5};
    uint32_t first = 0;

    if (part.scene == GEN_R4_SHELL) {
        for (int c = 0; c < 6; c++) {
            first += shell_sizes[c];
            if (part.k < first)
                return c + 1;
        }
    }
    if (part.scene == GEN_R4_FOUR)
        return 7;
    if (part.scene == GEN_R4_CENTRE)
        return 8;
    if (part.scene == GEN_R4_ONE_INSURED)
        return 9;
    if (part.scene == GEN_R4_ONE_INACTIVE)
        return 10;
    return part.scene == GEN_R4_OLD_TP ? 11 : 0;
}

static uint32_t firm_industry(uint32_t firm, gen_part part)
{
    static const uint32_t listed[] = {3, 3, 3, 3, 7,
                                      7, 7, 4, 4, 13}; /* R12 by tens: C C C C F F F D D K */
    uint32_t total = 0, r;

    if (part.scene == GEN_R12_LISTED)
        return listed[part.k / 10];
    if (part.scene == GEN_OPERATOR)
        return 9;
    for (int i = 0; i < GEN_INDUSTRIES; i++)
        total += (uint32_t)industries[i].weight;
    r = (uint32_t)(gen_fixed(GEN_S_FIRM, firm, 1) % total);
    for (uint32_t i = 0;; i++) {
        if (r < (uint32_t)industries[i].weight) {
            /* R12's two hidden cells stay as small as they are meant to be */
            bool listed_part = part.scene >= GEN_R7_HIT && part.scene <= GEN_R11_OLD_A;
            return listed_part && (i == 4 || i == 13) ? 7 : i;
        }
        r -= (uint32_t)industries[i].weight;
    }
}

gen_firm gen_firm_get(uint32_t firm)
{
    static const char *const forms[] = {"有限公司", "有限责任公司", "股份有限公司", "有限公司"};
    gen_firm f;
    gen_part part = gen_part_of(firm);
    uint32_t block = firm / GEN_BLOCK_FIRMS;
    uint64_t r = gen_fixed(GEN_S_FIRM, firm, 2);
    uint32_t n =
        (firm * 4099u + 12345u) % (64 * 64 * 64); /* a bijection below 262144: names are unique */
    int cluster = gen_address_cluster(part);

    f.division = r % 4 == 0 ? (uint32_t)(r / 4 % 4) : (uint32_t)(r / 4 % GEN_DIVISIONS);
    if (cluster)
        f.division = (block * 11 + (uint32_t)cluster) % GEN_DIVISIONS;
    f.industry = firm_industry(firm, part);
    snprintf(f.uscc, sizeof f.uscc, "91%sMA%06u", divisions[f.division].code, firm % 1000000);
    f.uscc[16] = organisation_check(f.uscc + 8);
    f.uscc[17] = uscc_check(f.uscc);
    f.uscc[18] = 0;
    f.reg_no[0] = 0;
    if (r / 100 % 5 == 0 || gen_tp_uses_reg_no(firm, 0))
        snprintf(f.reg_no, sizeof f.reg_no, "%s%09u", divisions[f.division].code,
                 firm % 1000000 + 200000000);
    f.name =
        gen_format("%s%s%s%s%s（示例）%s", gen_city_name(f.division), sea[n / 4096],
                   sea[n / 64 % 64], sea[n % 64], industries[f.industry].word, forms[r / 1000 % 4]);
    if (cluster)
        f.address = gen_format("示例省%s%s商务中心%u号", gen_city_name(f.division),
                               gen_county_name(f.division), block * 20 + (uint32_t)cluster);
    else
        f.address = gen_format("示例省%s%s%s%s路%u号%u室", gen_city_name(f.division),
                               gen_county_name(f.division), sea[r / 9000 % 64],
                               sea[r / 700000 % 64], (uint32_t)(r / 31 % 400) + 1, firm + 101);
    return f;
}

/* Twin plates: vehicle 5900+i of a block has the number of vehicle 60+i, but the other colour. */
gen_vehicle gen_vehicle_get(uint32_t vehicle)
{
    static const struct {
        const char *type, *colour;
    } kinds[4] = {{"01", "黄"}, {"02", "蓝"}, {"51", "黄绿"}, {"52", "绿"}};
    static const char *const provinces[3] = {"京", "粤", "川"};
    static const char letters[] = "ABCDEFGHJKLMNPQRTUWXY";
    gen_vehicle v;
    uint32_t in_block = vehicle % GEN_BLOCK_VEHICLES;
    bool twin = in_block >= 5900 && in_block < 5910;
    uint32_t n = twin ? vehicle - 5840 : vehicle;
    uint32_t kind = gen_fixed(GEN_S_VEHICLE, n, 1) % 8 < 6
                        ? (uint32_t)(gen_fixed(GEN_S_VEHICLE, n, 2) % 2)
                        : (uint32_t)(2 + gen_fixed(GEN_S_VEHICLE, n, 2) % 2);

    if (in_block >= 60 && in_block < 70)
        kind = in_block % 2;
    if (twin)
        kind = 1 - in_block % 2;
    n = n * 7919u % (3 * 20 * 10000);
    v.type = kinds[kind].type;
    v.colour = kinds[kind].colour;
    v.plate = gen_format("%sI%s%c%04u", provinces[n / 200000], kind >= 2 ? "D" : "",
                         letters[n / 10000 % 20], n % 10000);
    v.vin = gen_format("LSYN%05uTB%06u", (uint32_t)(gen_fixed(GEN_S_VEHICLE, vehicle, 3) % 100000),
                       vehicle % 1000000);
    return v;
}

/* Persons 0..199 of a block are kept for parts; other firms take theirs from 200..7999. */
uint32_t gen_legal_rep(uint32_t firm)
{
    gen_part part = gen_part_of(firm);
    uint32_t base = firm / GEN_BLOCK_FIRMS * GEN_BLOCK_PERSONS;

    if (part.scene == GEN_R4B_HIT)
        return base + (part.k < 10 ? 0 : 1);
    if (part.scene == GEN_R4B_NINE)
        return base + 2;
    if (part.scene == GEN_R4B_INACTIVE)
        return base + 3;
    if (part.scene == GEN_R5_REP)
        return base + 10 + part.k;
    if (part.scene == GEN_R5_MASKED)
        return base + 60 + part.k;
    if (part.scene == GEN_R5_EXPIRED)
        return base + 70 + part.k;
    if (part.scene == GEN_R5_INACTIVE)
        return base + 80 + part.k;
    if (part.scene == GEN_R5_NAMESAKE)
        return base + 90 + part.k;
    if (part.scene == GEN_R5_MASKED_OTHER)
        return base + 100 + part.k;
    return base + 200 + (uint32_t)(gen_fixed(GEN_S_FIRM, firm, 4) % 7800);
}

uint32_t gen_holders(const gen *g, uint32_t firm)
{
    return 1 + gen_pick(g, GEN_S_FIRM, firm, 5, 2);
}

uint32_t gen_holder(const gen *g, uint32_t firm, uint32_t n)
{
    gen_part part = gen_part_of(firm);
    uint32_t base = firm / GEN_BLOCK_FIRMS * GEN_BLOCK_PERSONS;

    if (n == 0 && part.scene == GEN_R5_HOLDER)
        return base + 40 + part.k;
    if (n == 0 && part.scene == GEN_R5_REP && part.k % 4 == 0)
        return base + 10 + part.k;
    return base + 200 + gen_pick(g, GEN_S_FIRM, firm, 6 + n, 7800);
}

const char *gen_division_code(uint32_t division)
{
    return divisions[division].code;
}

/* A county that was merged away is still written by half of those who live there. */
const char *gen_division_code_2010(uint32_t division, uint64_t salt)
{
    const struct division *d = &divisions[division];

    if (d->merged && salt % 2)
        return d->merged;
    return *d->code2010 ? d->code2010 : "990503"; /* split off later */
}

const char *gen_city_name(uint32_t division)
{
    return city_names[divisions[division].code[3] - '1'];
}

const char *gen_county_name(uint32_t division)
{
    return county_names[divisions[division].code[5] - '1'];
}

const char *gen_industry_code(uint32_t industry)
{
    return industries[industry].code;
}

const char *gen_industry_code_2011(uint32_t industry)
{
    return industries[industry].code2011;
}

gen_text gen_phone(uint64_t salt)
{
    return gen_format("100%08u", (uint32_t)(salt % 100000000));
}
