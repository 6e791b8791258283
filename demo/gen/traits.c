/* SPDX-License-Identifier: Apache-2.0
 * How departments write things: the messy-data traits. Everything here but gen_wrong_id() is undone
 * by the domain functions of docs/domain-functions.md.
 */
#include "gen.h"

#include <stdio.h>
#include <string.h>

gen_text gen_to_fullwidth(const char *s)
{
    gen_text t;
    size_t n = 0;

    for (; *s && n + 4 < sizeof t.s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c > 0x20 && c < 0x7f) { /* U+FF01 + (c - 0x21) in UTF-8 */
            unsigned u = 0xff01u + c - 0x21u;
            t.s[n++] = (char)(0xe0 | u >> 12);
            t.s[n++] = (char)(0x80 | (u >> 6 & 0x3f));
            t.s[n++] = (char)(0x80 | (u & 0x3f));
        } else {
            t.s[n++] = *s;
        }
    }
    t.s[n] = 0;
    return t;
}

static gen_text lower(const char *s)
{
    gen_text t = gen_format("%s", s);

    for (char *p = t.s; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 32);
    return t;
}

gen_text gen_spell_id(const char *id, enum gen_spelling how)
{
    bool has15 = id[6] == '1' && id[7] == '9' && memcmp(id + 14, "996", 3) < 0;

    switch (how) {
    case GEN_OLD15:
        if (has15)
            return gen_format("%.6s%.9s", id, id + 8);
        break;
    case GEN_FULLWIDTH:
        return gen_to_fullwidth(id);
    case GEN_IDEO_SPACE:
        return gen_format("%s　", id);
    case GEN_LOWER:
        return lower(id);
    case GEN_PADDED:
        return gen_format(" %-20s", id);
    case GEN_HYPHENS:
        return gen_format("%.6s-%.8s-%s", id, id + 6, id + 14);
    case GEN_CLEAN:
    case GEN_SPELLINGS:
        break;
    }
    return gen_format("%s", id);
}

gen_text gen_spell_uscc(const char *uscc, enum gen_spelling how)
{
    switch (how) {
    case GEN_FULLWIDTH:
        return gen_to_fullwidth(uscc);
    case GEN_IDEO_SPACE:
        return gen_format("%s　", uscc);
    case GEN_LOWER:
        return lower(uscc);
    case GEN_PADDED:
        return gen_format("%-20s", uscc);
    case GEN_HYPHENS:
        return gen_format("%.8s-%.8s-%s", uscc, uscc + 8, uscc + 16);
    case GEN_OLD15:
    case GEN_CLEAN:
    case GEN_SPELLINGS:
        break;
    }
    return gen_format("%s", uscc);
}

enum gen_spelling gen_id_trait(uint64_t salt, uint32_t old15)
{
    uint32_t r = (uint32_t)(salt % 1000);

    if (r < old15)
        return GEN_OLD15;
    r -= old15;
    return r < 30    ? GEN_FULLWIDTH
           : r < 55  ? GEN_IDEO_SPACE
           : r < 80  ? GEN_PADDED
           : r < 130 ? GEN_LOWER
                     : GEN_CLEAN;
}

enum gen_spelling gen_uscc_trait(uint64_t salt, uint32_t lower_rate, uint32_t hyphens)
{
    uint32_t r = (uint32_t)(salt % 1000);

    if (r < lower_rate)
        return GEN_LOWER;
    r -= lower_rate;
    if (r < hyphens)
        return GEN_HYPHENS;
    r -= hyphens;
    return r < 30 ? GEN_FULLWIDTH : r < 55 ? GEN_IDEO_SPACE : r < 80 ? GEN_PADDED : GEN_CLEAN;
}

gen_text gen_mask_id(const char *id)
{
    return gen_format("%.10s****%s", id, id + 14);
}

/* The result differs from every generated number: sequences from 900 up are not used, nor are wrong
 * check characters. */
gen_text gen_wrong_id(const char *id, uint64_t salt)
{
    gen_text t = gen_format("%s", id);

    if (salt % 7 < 5) {
        t.s[17] = t.s[17] == 'X' ? '0' : t.s[17] == '9' ? 'X' : (char)(t.s[17] + 1);
    } else if (t.s[15] != t.s[16]) { /* transposed digits make the check character wrong, too */
        char c = t.s[15];
        t.s[15] = t.s[16];
        t.s[16] = c;
    } else {
        t.s[14] = '9';
    }
    return t;
}

static gen_text replace(const gen_text *in, const char *from, const char *to)
{
    const char *at = strstr(in->s, from);

    if (!at)
        return *in;
    return gen_format("%.*s%s%s", (int)(at - in->s), in->s, to, at + strlen(from));
}

gen_text gen_spell_name(const gen_text *name, uint64_t salt)
{
    static const char *const dots[] = {"•", "．", "・", "·", "."};
    gen_text t = replace(name, "·", dots[salt % 5]);

    if (salt / 5 % 2) {
        t = replace(&t, "（", "(");
        t = replace(&t, "）", ")");
    }
    if (salt / 10 % 20 == 0)
        return gen_format("%s  ", t.s);
    if (salt / 10 % 20 == 1 && strlen(t.s) == 6) /* two characters, typed apart */
        return gen_format("%.3s　%s", t.s, t.s + 3);
    return t;
}

gen_text gen_spell_plate(const gen_text *plate, uint64_t salt)
{
    const char *p = plate->s; /* three bytes of province, then letter I */

    switch (salt % 10) {
    case 0:
        return gen_format("%.4s·%s", p, p + 4);
    case 1:
        return gen_to_fullwidth(p);
    case 2:
        return gen_format("%.4s %s", p, p + 4);
    case 3:
        return lower(p);
    case 4:
        return gen_format("%.4s•%s ", p, p + 4);
    default:
        return *plate;
    }
}

gen_text gen_spell_address(const gen_text *address, uint64_t salt)
{
    if (salt % 6 == 0)
        return gen_to_fullwidth(address->s);
    if (salt % 6 == 1)
        return gen_format("%s　", address->s);
    if (salt % 6 == 2)
        return gen_format("%.9s %s", address->s, address->s + 9);
    return *address;
}

const char *gen_nothing(uint64_t salt)
{
    static const char *const nothing[] = {NULL, "", "无", "0"};

    return nothing[salt % 4];
}
