/* SPDX-License-Identifier: Apache-2.0
 * The server log: one JSON object a line, on standard error or in a file. Not the record
 * (record.h): it may be rotated and thrown away. It never holds parameter values, passwords or
 * results; texts of sources' own errors go here and nowhere else.
 *
 * One sink per process, any thread may write: a line is one write().
 */
#ifndef TB_SERVER_LOG_H
#define TB_SERVER_LOG_H

#include "core/error.h"

typedef enum tb_log_level { TB_LOG_DEBUG, TB_LOG_INFO, TB_LOG_WARNING, TB_LOG_ERROR } tb_log_level;

/* Opens the sink: path NULL or "-" = standard error. May be called again (SIGHUP: rotation). */
tb_rc tb_log_open(const char *path, tb_log_level least, tb_error *err) TB_MUSTUSE;

/* Writes {"time":..., "level":..., "event":event, name: value, ...}: pairs of strings up to NULL; a
 * pair whose value is NULL is left out. */
void tb_log(tb_log_level level, const char *event, ...) __attribute__((sentinel));
/* An error with its SQLSTATE, message, and the place it was raised at. */
void tb_log_error(tb_log_level level, const char *event, const char *query_id, const tb_error *err);

/* The signature of tb_connector_host.log. */
void tb_log_source(const char *server, const char *query_id, const char *event, const char *text);

#endif
