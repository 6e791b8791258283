/* SPDX-License-Identifier: Apache-2.0
 * Domain functions: citizen numbers, credit codes, names, plates, code schemes (rules:
 * docs/domain-functions.md).
 *
 * All but code_map are total; a value that does not fit gives NULL or false.
 */
#include "executor/fn_int.h"

#include <utf8proc.h>

/* ---- character sets ---- */

static uint32_t fold_width(uint32_t cp)
{
    if (cp >= 0xFF01 && cp <= 0xFF5E)
        return cp - 0xFF01 + 0x21;
    return cp == 0x3000 ? 0x20 : cp;
}

static bool is_white(uint32_t cp)
{
    return (cp >= 0x09 && cp <= 0x0D) || cp == 0x20 || cp == 0x85 || cp == 0xA0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200D) || cp == 0x2028 || cp == 0x2029 || cp == 0x202F ||
           cp == 0x205F || cp == 0x2060 || cp == 0x3000 || cp == 0xFEFF;
}

static bool is_hyphen(uint32_t cp)
{
    return cp == 0x2D || cp == 0xAD || (cp >= 0x2010 && cp <= 0x2015) || cp == 0x2212 ||
           cp == 0xFE58 || cp == 0xFE63;
}

static bool is_dot(uint32_t cp)
{
    static const uint32_t dots[] = {0x2E,   0xB7,   0x2022, 0x2027, 0x2219,
                                    0x22C5, 0x2E31, 0x3002, 0x30FB};
    for (size_t i = 0; i < TB_COUNT(dots); i++)
        if (cp == dots[i])
            return true;
    return false;
}

static uint32_t ascii_upper(uint32_t cp)
{
    return cp >= 'a' && cp <= 'z' ? cp - 32 : cp;
}

typedef enum drop { DROP_NOTHING = 0, DROP_WHITE = 1, DROP_HYPHENS = 2, DROP_DOTS = 4 } drop;

/* Full-width folding, then the characters to drop go, then ASCII upper case unless nothing is
 * dropped. */
static tb_rc clean(tb_fn_cx *cx, const tb_value *v, int drops, tb_value *ret)
{
    const char *s = tb_str_data(&v->d.str), *end = s + v->d.str.len;
    tbi_out o;
    tbi_out_begin(&o, cx, v->d.str.len);
    while (s < end) {
        size_t size;
        uint32_t cp = fold_width(tb_utf8_decode(s, &size));
        s += size;
        if (((drops & DROP_WHITE) && is_white(cp)) || ((drops & DROP_HYPHENS) && is_hyphen(cp)) ||
            ((drops & DROP_DOTS) && is_dot(cp)))
            continue;
        tbi_out_cp(&o, drops == DROP_NOTHING ? cp : ascii_upper(cp));
    }
    return tbi_out_end(&o, cx, ret);
}

TB_BODY(HALFWIDTH)
{
    return clean(cx, &a[0], DROP_NOTHING, ret);
}

/* ---- citizen numbers (GB 11643-1999) ---- */

enum { ID_LEN = 18, OLD_ID_LEN = 15 };

static bool all_digits(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return true;
}

static char id_check(const char *s)
{
    static const int weights[ID_LEN - 1] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < ID_LEN - 1; i++)
        sum += (s[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

/* The canonical form; false when there is none. */
static tb_rc norm_id(tb_fn_cx *cx, const tb_value *v, char id[ID_LEN], bool *is_id)
{
    tb_value cleaned;
    TB_TRY(clean(cx, v, DROP_WHITE | DROP_HYPHENS, &cleaned));
    const char *s = tb_str_data(&cleaned.d.str);
    size_t n = cleaned.d.str.len;
    *is_id = true;
    if (n == ID_LEN && all_digits(s, ID_LEN - 1) &&
        (all_digits(s + ID_LEN - 1, 1) || s[ID_LEN - 1] == 'X')) {
        memcpy(id, s, ID_LEN);
    } else if (n == OLD_ID_LEN && all_digits(s, n)) {
        /* Sequence numbers 996 to 999 were kept for people born before 1900. */
        bool old = memcmp(s + 12, "996", 3) >= 0;
        memcpy(id, s, 6);
        memcpy(id + 6, old ? "18" : "19", 2);
        memcpy(id + 8, s + 6, 9);
        id[ID_LEN - 1] = id_check(id);
    } else {
        *is_id = false;
    }
    return TB_OK;
}

static int number(const char *s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++)
        v = v * 10 + (s[i] - '0');
    return v;
}

/* Days since 2000-01-01 of the birth date; false when it is no date of the years 1800 to 2099. */
static bool birth(const char id[ID_LEN], int32_t *days)
{
    int year = number(id + 6, 4), month = number(id + 10, 2), day = number(id + 12, 2);
    if (year < 1800 || year > 2099 || month < 1 || month > 12 || day < 1 ||
        day > tb_days_in_month(year, month))
        return false;
    *days = tb_days_from_civil(year, month, day);
    return true;
}

TB_BODY(NORM_ID)
{
    char id[ID_LEN];
    bool is_id;
    TB_TRY(norm_id(cx, &a[0], id, &is_id));
    if (!is_id)
        return tbi_null(ret);
    return tbi_str(ret, tb_str_copy(cx->arena, tb_str_make(id, sizeof id)));
}
TB_BODY(VALID_ID)
{
    char id[ID_LEN];
    bool is_id;
    int32_t days;
    TB_TRY(norm_id(cx, &a[0], id, &is_id));
    return tbi_bool(ret,
                    is_id && id[0] != '0' && birth(id, &days) && id_check(id) == id[ID_LEN - 1]);
}
TB_BODY(ID_BIRTH)
{
    char id[ID_LEN];
    bool is_id;
    int32_t days;
    TB_TRY(norm_id(cx, &a[0], id, &is_id));
    return is_id && birth(id, &days) ? tbi_int4(ret, days) : tbi_null(ret);
}
TB_BODY(ID_SEX)
{
    char id[ID_LEN];
    bool is_id;
    TB_TRY(norm_id(cx, &a[0], id, &is_id));
    if (!is_id)
        return tbi_null(ret);
    return tbi_bytes(ret, (id[16] - '0') % 2 != 0 ? "1" : "2", 1);
}

/* ---- unified social credit codes (GB 32100-2015) ---- */

enum { USCC_LEN = 18, OLD_USCC_LEN = 15 };

/* The cleaned code, or NULL when it has another length or other characters than digits and
 * capitals. */
static tb_rc norm_uscc(tb_fn_cx *cx, const tb_value *v, tb_value *ret)
{
    TB_TRY(clean(cx, v, DROP_WHITE | DROP_HYPHENS, ret));
    const char *s = tb_str_data(&ret->d.str);
    size_t n = ret->d.str.len;
    bool fits = n == USCC_LEN || n == OLD_USCC_LEN;
    for (size_t i = 0; fits && i < n; i++)
        fits = (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'A' && s[i] <= 'Z');
    return fits ? TB_OK : tbi_null(ret);
}

TB_BODY(NORM_USCC)
{
    return norm_uscc(cx, &a[0], ret);
}

TB_BODY(VALID_USCC)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    enum { BASE = 31 };
    tb_value code;
    TB_TRY(norm_uscc(cx, &a[0], &code));
    if (code.null || code.d.str.len != USCC_LEN)
        return tbi_bool(ret, false);
    const char *s = tb_str_data(&code.d.str);
    int sum = 0, weight = 1; /* weights are the powers of 3 modulo 31 */
    for (int i = 0; i < USCC_LEN; i++) {
        const char *at = strchr(alphabet, s[i]);
        if (at == NULL)
            return tbi_bool(ret, false);
        if (i == USCC_LEN - 1)
            return tbi_bool(ret, (int)(at - alphabet) == (BASE - sum % BASE) % BASE);
        sum += (int)(at - alphabet) * weight;
        weight = weight * 3 % BASE;
    }
    TB_UNREACHABLE();
}

/* ---- names ---- */

static uint32_t name_char(uint32_t cp)
{
    if (is_dot(cp))
        return 0xB7;
    if (cp == 0x5B || cp == 0x3010 || cp == 0x3014)
        return '(';
    if (cp == 0x5D || cp == 0x3011 || cp == 0x3015)
        return ')';
    return ascii_upper(cp);
}

TB_BODY(NORM_NAME)
{
    tb_str nfkc;
    TB_TRY(tbi_normalize(cx, &a[0].d.str, UTF8PROC_COMPOSE | UTF8PROC_COMPAT, &nfkc));
    const char *s = tb_str_data(&nfkc), *end = s + nfkc.len;
    tbi_out o;
    tbi_out_begin(&o, cx, nfkc.len);
    while (s < end) {
        size_t size;
        uint32_t cp = tb_utf8_decode(s, &size);
        s += size;
        if (!is_white(cp))
            tbi_out_cp(&o, name_char(cp));
    }
    return o.len == 0 && !o.failed ? tbi_null(ret) : tbi_out_end(&o, cx, ret);
}

/* ---- plates ---- */

/* The character of n bytes at s is in the text. */
static bool is_one_of(const char *s, size_t n, const char *text)
{
    return memmem(text, strlen(text), s, n) != NULL;
}

static bool is_plate(const char *s, size_t len)
{
    static const char provinces[] =
        "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领";
    static const char suffixes[] = "挂学警港澳领使";
    size_t chars = tb_utf8_count(s, len);
    if (chars != 7 && chars != 8)
        return false;
    const char *end = s + len;
    for (size_t i = 0; s < end; i++) {
        size_t n = tb_utf8_char_len(*s);
        bool letter = n == 1 && *s >= 'A' && *s <= 'Z', digit = n == 1 && *s >= '0' && *s <= '9';
        bool fits = letter || digit;
        if (i == 0)
            fits = n > 1 && is_one_of(s, n, provinces);
        else if (i == 1)
            fits = letter;
        else if (i == chars - 1)
            fits = fits || (n > 1 && is_one_of(s, n, suffixes));
        if (!fits)
            return false;
        s += n;
    }
    return true;
}

TB_BODY(NORM_PLATE)
{
    TB_TRY(clean(cx, &a[0], DROP_WHITE | DROP_HYPHENS | DROP_DOTS, ret));
    return is_plate(tb_str_data(&ret->d.str), ret->d.str.len) ? TB_OK : tbi_null(ret);
}

/* ---- code schemes ---- */

enum { MAX_SCHEMES = 4 };

/* A set's line has its name; the lines behind it are its meanings. */
typedef struct code_line {
    const char *set;
    const char *cell[MAX_SCHEMES]; /* schemes of a set, spellings of a meaning */
} code_line;

static const code_line code_lines[] = {
#define CODE_SET(name, ...) {name, {__VA_ARGS__}},
#define CODE_ROW(...)       {NULL, {__VA_ARGS__}},
#include "executor/code_map.def"
#undef CODE_SET
#undef CODE_ROW
};

static bool equals(const tb_str *s, const char *text)
{
    return s->len == strlen(text) && memcmp(tb_str_data(s), text, s->len) == 0;
}

/* Does a cell list this spelling? Letter case does not matter. */
static bool spells(const char *cell, const tb_str *value)
{
    while (cell != NULL) {
        size_t n = strcspn(cell, "/");
        if (n == value->len && strncasecmp(cell, tb_str_data(value), n) == 0)
            return true;
        cell = cell[n] == '/' ? cell + n + 1 : NULL;
    }
    return false;
}

static int scheme_of(const code_line *set, const tb_str *name)
{
    for (int i = 0; i < MAX_SCHEMES && set->cell[i] != NULL; i++)
        if (equals(name, set->cell[i]))
            return i;
    return -1;
}

static tb_rc unknown_set(tb_fn_cx *cx, const tb_value *a)
{
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "unknown code set");
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "unknown code set \"%.*s\"",
                    TBI_QUOTE(TBI_S(0), TBI_N(0)));
}

static tb_rc unknown_scheme(tb_fn_cx *cx, const tb_value *a, int which)
{
    if (cx->hide_values)
        return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE, "unknown scheme of a code set");
    return TB_RAISE(cx->err, TB_E_INVALID_PARAMETER_VALUE,
                    "unknown scheme \"%.*s\" of code set \"%.*s\"",
                    TBI_QUOTE(TBI_S(which), TBI_N(which)), TBI_QUOTE(TBI_S(0), TBI_N(0)));
}

TB_BODY(CODE_MAP)
{
    size_t i = 0;
    while (i < TB_COUNT(code_lines) &&
           (code_lines[i].set == NULL || !equals(&a[0].d.str, code_lines[i].set)))
        i++;
    if (i == TB_COUNT(code_lines))
        return unknown_set(cx, a);
    int from = scheme_of(&code_lines[i], &a[1].d.str), to = scheme_of(&code_lines[i], &a[2].d.str);
    if (from < 0 || to < 0)
        return unknown_scheme(cx, a, from < 0 ? 1 : 2);
    tb_value value;
    TB_TRY(clean(cx, &a[3], DROP_WHITE, &value));
    for (i++; i < TB_COUNT(code_lines) && code_lines[i].set == NULL; i++) {
        const char *spelling = code_lines[i].cell[to];
        if (!spells(code_lines[i].cell[from], &value.d.str))
            continue;
        return spelling == NULL ? tbi_null(ret) : tbi_bytes(ret, spelling, strcspn(spelling, "/"));
    }
    return tbi_null(ret);
}
