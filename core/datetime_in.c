/* SPDX-License-Identifier: Apache-2.0
 * Text input of date, time, timetz, timestamp and timestamptz.
 */
#include "core/datetime_int.h"

#include <limits.h>

static tbi_dt_rc decode(const tb_dt_cx *cx, const char *s, size_t len, bool time_only,
                        tbi_dt_decoded *d, tb_error *err)
{
    tbi_dt_fields f;
    TBI_DT_TRY(tbi_dt_split(s, len, TBI_DT_MAX_DATE_TEXT, &f));
    return time_only ? tbi_dt_decode_time(cx, &f, d, err) : tbi_dt_decode(cx, &f, d, err);
}

static tb_rc raise_range(const tb_dt_cx *cx, const char *type, const char *s, size_t len,
                         tb_error *err)
{
    if (cx->hide_values)
        return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "%s out of range", type);
    return TB_RAISE(err, TB_E_DATETIME_FIELD_OVERFLOW, "%s out of range: \"%.*s\"", type, (int)len,
                    s);
}

tb_rc tb_date_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t *out, tb_error *err)
{
    tbi_dt_decoded d;
    tbi_dt_rc rc = decode(cx, s, len, false, &d, err);
    if (rc != TBI_DT_OK)
        return tbi_dt_raise(rc, cx, s, len, "date", err);
    if (d.special == TBI_W_LATE || d.special == TBI_W_EARLY) {
        *out = d.special == TBI_W_LATE ? TB_DATE_POS_INF : TB_DATE_NEG_INF;
        return TB_OK;
    }
    if (d.special == TBI_W_EPOCH)
        d.tm = (tb_tm){.year = 1970, .month = 1, .day = 1};
    if (!tbi_valid_civil(d.tm.year, d.tm.month))
        return raise_range(cx, "date", s, len, err);
    *out = tb_days_from_civil(d.tm.year, d.tm.month, d.tm.day);
    return tbi_valid_date(*out) ? TB_OK : raise_range(cx, "date", s, len, err);
}

tb_rc tb_time_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod, int64_t *out,
                 tb_error *err)
{
    tbi_dt_decoded d;
    tbi_dt_rc rc = decode(cx, s, len, true, &d, err);
    if (rc != TBI_DT_OK)
        return tbi_dt_raise(rc, cx, s, len, "time", err);
    *out = tb_time_round(tbi_time_us(d.tm.hour, d.tm.min, d.tm.sec, d.tm.us), typmod);
    return TB_OK;
}

tb_rc tb_timetz_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod, tb_timetz *out,
                   tb_error *err)
{
    tbi_dt_decoded d;
    tbi_dt_rc rc = decode(cx, s, len, true, &d, err);
    if (rc != TBI_DT_OK)
        return tbi_dt_raise(rc, cx, s, len, "time with time zone", err);
    int64_t us = tbi_time_us(d.tm.hour, d.tm.min, d.tm.sec, d.tm.us);
    *out = (tb_timetz){.us = tb_time_round(us, typmod), .zone = d.zone};
    return TB_OK;
}

/* zoned: the text's zone (or the session's) moves the result to UTC; otherwise it is ignored. */
static tb_rc timestamp_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod, bool zoned,
                          int64_t *out, tb_error *err)
{
    tbi_dt_decoded d;
    tbi_dt_rc rc = decode(cx, s, len, false, &d, err);
    if (rc != TBI_DT_OK)
        return tbi_dt_raise(rc, cx, s, len, zoned ? "timestamp with time zone" : "timestamp", err);
    if (d.special == TBI_W_LATE || d.special == TBI_W_EARLY) {
        *out = d.special == TBI_W_LATE ? TB_TS_POS_INF : TB_TS_NEG_INF;
        return TB_OK;
    }
    if (d.special == TBI_W_EPOCH)
        *out = -10957 * TB_USECS_PER_DAY;
    else if (!tbi_timestamp_from_tm(&d.tm, zoned ? d.zone : 0, out))
        return raise_range(cx, "timestamp", s, len, err);
    return tb_timestamp_round(*out, typmod, out, err);
}

tb_rc tb_timestamp_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod, int64_t *out,
                      tb_error *err)
{
    return timestamp_in(cx, s, len, typmod, false, out, err);
}

tb_rc tb_timestamptz_in(const tb_dt_cx *cx, const char *s, size_t len, int32_t typmod, int64_t *out,
                        tb_error *err)
{
    return timestamp_in(cx, s, len, typmod, true, out, err);
}
