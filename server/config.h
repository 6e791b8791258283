/* SPDX-License-Identifier: Apache-2.0
 * The bootstrap configuration: config.def read from an INI file. Immutable; a reload makes a new
 * one.
 */
#ifndef TB_SERVER_CONFIG_H
#define TB_SERVER_CONFIG_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/error.h"
#include "server/log.h"
#include "server/tls.h"

typedef struct tb_config {
    tb_arena *arena;
    _Atomic int refs;
#define TB_CONFIG_TEXT(field, section, name, def, doc)          const char *field;
#define TB_CONFIG_INT(field, section, name, def, min, max, doc) int64_t field;
#define TB_CONFIG_BOOL(field, section, name, def, doc)          bool field;
#include "server/config.def"
#undef TB_CONFIG_TEXT
#undef TB_CONFIG_INT
#undef TB_CONFIG_BOOL
} tb_config;

/* Defaults, then the file (NULL = none). 22023 names the file, section, name and line of what is
 * wrong; unknown names are errors. */
tb_rc tb_config_load(const char *path, tb_config **out, tb_error *err) TB_MUSTUSE;
tb_config *tb_config_ref(tb_config *config);
void tb_config_unref(tb_config *config); /* NULL is allowed */

/* The default configuration file with every name, default and doc. */
void tb_config_print_defaults(tb_buf *out);

tb_log_level tb_config_log_level(const tb_config *config);
/* False when [tls] names no certificate. */
bool tb_config_tls(const tb_config *config, tb_tls_files *out);
/* Is the listen address on this machine only? */
bool tb_config_is_loopback(const char *address);

#endif
