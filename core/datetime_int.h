/* SPDX-License-Identifier: Apache-2.0
 * Inside of date and time input: words, fields, and the codes decoding ends with.
 */
#ifndef TB_CORE_DATETIME_INT_H
#define TB_CORE_DATETIME_INT_H

#include "core/datetime.h"

/* ---- what went wrong; one message each ---- */
typedef enum tbi_dt_rc {
    TBI_DT_OK,
    TBI_DT_BAD_FORMAT,
    TBI_DT_OVERFLOW,    /* a field */
    TBI_DT_MD_OVERFLOW, /* month or day: perhaps the order is another */
    TBI_DT_INTERVAL_OVERFLOW,
    TBI_DT_ZONE_OVERFLOW,
    TBI_DT_RAISED /* *err is filled already */
} tbi_dt_rc;

#define TBI_DT_TRY(expr)                                                                           \
    do {                                                                                           \
        tbi_dt_rc rc_ = (expr);                                                                    \
        if (rc_ != TBI_DT_OK)                                                                      \
            return rc_;                                                                            \
    } while (0)

tb_rc tbi_dt_raise(tbi_dt_rc rc, const tb_dt_cx *cx, const char *s, size_t len, const char *type,
                   tb_error *err);

/* ---- words ---- */

/* Kinds of words, and of the fields of a date: bits of a mask that keeps a field from being given
 * twice. */
typedef enum tbi_dt_kind {
    TBI_K_YEAR,
    TBI_K_MONTH,
    TBI_K_DAY,
    TBI_K_DOY,
    TBI_K_HOUR,
    TBI_K_MINUTE,
    TBI_K_SECOND,
    TBI_K_MILLISECOND,
    TBI_K_MICROSECOND,
    TBI_K_WEEK,
    TBI_K_DECADE,
    TBI_K_CENTURY,
    TBI_K_MILLENNIUM,
    TBI_K_TZ,
    TBI_K_DTZ,
    TBI_K_DTZMOD,
    TBI_K_AMPM,
    TBI_K_ADBC,
    TBI_K_DOW,
    TBI_K_UNITS,
    TBI_K_RESERVED,
    TBI_K_ISOTIME,
    TBI_K_IGNORE,
    TBI_K_AGO,
    TBI_K_UNKNOWN
} tbi_dt_kind;

#define TBI_M(kind)   (1U << TBI_K_##kind)
#define TBI_M_DATE    (TBI_M(YEAR) | TBI_M(MONTH) | TBI_M(DAY))
#define TBI_M_SECONDS (TBI_M(SECOND) | TBI_M(MILLISECOND) | TBI_M(MICROSECOND))
#define TBI_M_TIME    (TBI_M(HOUR) | TBI_M(MINUTE) | TBI_M_SECONDS)

/* Values of words of kind UNITS, RESERVED, AMPM, ADBC. */
typedef enum tbi_dt_word {
    TBI_W_NONE,
    /* units and fields */
    TBI_W_MICROSECOND,
    TBI_W_MILLISECOND,
    TBI_W_SECOND,
    TBI_W_MINUTE,
    TBI_W_HOUR,
    TBI_W_DAY,
    TBI_W_WEEK,
    TBI_W_MONTH,
    TBI_W_QUARTER,
    TBI_W_YEAR,
    TBI_W_DECADE,
    TBI_W_CENTURY,
    TBI_W_MILLENNIUM,
    TBI_W_JULIAN,
    TBI_W_DOW,
    TBI_W_ISODOW,
    TBI_W_DOY,
    TBI_W_ISOYEAR,
    TBI_W_TZ,
    TBI_W_TZ_HOUR,
    TBI_W_TZ_MINUTE,
    TBI_W_TIME,
    /* reserved words */
    TBI_W_NOW,
    TBI_W_TODAY,
    TBI_W_TOMORROW,
    TBI_W_YESTERDAY,
    TBI_W_ZULU,
    TBI_W_EPOCH,
    TBI_W_LATE,
    TBI_W_EARLY,
    /* am/pm, ad/bc */
    TBI_W_AM,
    TBI_W_PM,
    TBI_W_AD,
    TBI_W_BC
} tbi_dt_word;

/* A word of dates (months, weekdays, "today", ...): its kind, and its number or tbi_dt_word in
 * *value. */
tbi_dt_kind tbi_dt_date_word(const char *word, int *value);
/* A unit of intervals, extract() and date_trunc(); word is lower-case. */
tbi_dt_kind tbi_dt_unit_word(const char *word, int *value);

/* ---- fields of a text ---- */

typedef enum tbi_dt_ftype {
    TBI_F_NUMBER,
    TBI_F_STRING,
    TBI_F_DATE,
    TBI_F_TIME,
    TBI_F_ZONE,
    TBI_F_SPECIAL
} tbi_dt_ftype;

enum { TBI_DT_MAX_FIELDS = 25, TBI_DT_MAX_DATE_TEXT = 128, TBI_DT_MAX_TEXT = 255 };

typedef struct tbi_dt_fields {
    char buf[2 * TBI_DT_MAX_TEXT];
    char *text[TBI_DT_MAX_FIELDS]; /* lower-case, NUL-terminated, in buf */
    tbi_dt_ftype type[TBI_DT_MAX_FIELDS];
    int n;
} tbi_dt_fields;

/* max = longest the fields together may be. */
tbi_dt_rc tbi_dt_split(const char *s, size_t len, size_t max, tbi_dt_fields *f);

/* ---- decoding ---- */

/* A decoded date and/or time. special: TBI_W_EPOCH, TBI_W_LATE or TBI_W_EARLY, else TBI_W_NONE. */
typedef struct tbi_dt_decoded {
    tb_tm tm;
    int32_t zone; /* seconds WEST */
    tbi_dt_word special;
} tbi_dt_decoded;

tbi_dt_rc tbi_dt_decode(const tb_dt_cx *cx, const tbi_dt_fields *f, tbi_dt_decoded *out,
                        tb_error *err);
tbi_dt_rc tbi_dt_decode_time(const tb_dt_cx *cx, const tbi_dt_fields *f, tbi_dt_decoded *out,
                             tb_error *err);

/* strtol() into an int: false when out of range. */
bool tbi_dt_int(const char *s, const char **end, int *v);
bool tbi_dt_int64(const char *s, const char **end, int64_t *v);
/* ".25" (the rest of the string) as a fraction of one. */
bool tbi_dt_fraction(const char *s, double *v);
/* "hh:mm[:ss[.fff]]"; range: interval field mask (TB_IVM_FULL for times). *hour may be large for
 * intervals. */
tbi_dt_rc tbi_dt_clock(const char *s, int range, int64_t *hour, int *min, int *sec, int32_t *us);
/* Fields one by one and together within 24:00:00. */
bool tbi_dt_time_overflows(int hour, int min, int sec, int32_t us);
/* Checks and completes year, month and day by what was given. */
tbi_dt_rc tbi_dt_validate(unsigned mask, bool julian, bool two_digits, bool bc, int yday,
                          tb_tm *tm);

/* Near enough to the range of dates for days to be computed; then, in it. */
bool tbi_valid_civil(int year, int month);
bool tbi_valid_date(int32_t days);
bool tbi_valid_timestamp(int64_t ts);
/* zone_west: moves the result to UTC. false when out of range. */
bool tbi_timestamp_from_tm(const tb_tm *tm, int32_t zone_west, int64_t *out);

tb_rc tbi_raise_timestamp(tb_error *err); /* "timestamp out of range" */
tb_rc tbi_raise_interval(tb_error *err);  /* "interval out of range" */

static inline int64_t tbi_time_us(int64_t hour, int64_t min, int64_t sec, int64_t us)
{
    return ((hour * 60 + min) * 60 + sec) * TB_USECS_PER_SEC + us;
}

#endif
