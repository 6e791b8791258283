/* SPDX-License-Identifier: Apache-2.0
 * Subcommands of the tombolo program. argv[0] is the subcommand's name; the result is the exit
 * status: 0 done, 1 failed (a message is on stderr), 2 wrong usage.
 */
#ifndef TB_SERVER_CMD_H
#define TB_SERVER_CMD_H

#include "core/error.h"

/* Prints "tombolo NAME: message" with detail and hint on stderr; returns 1. */
int tb_cmd_report(const char *name, const tb_error *err);

int tb_cmd_version(int argc, char **argv);
int tb_cmd_init(int argc, char **argv);
int tb_cmd_serve(int argc, char **argv);
int tb_cmd_sql(int argc, char **argv);
int tb_cmd_dump(int argc, char **argv);
int tb_cmd_check(int argc, char **argv);

/* cmd_restore.c: runs a dump's statements against the new catalog in dir. */
tb_rc tb_restore_run(const char *dir, const char *script, tb_error *err) TB_MUSTUSE;
/* The dump's token key (32 bytes), opened with the key file in dir; *found = there is one. */
tb_rc tb_restore_token_key(const char *dir, const char *script, uint8_t *key, bool *found,
                           tb_error *err) TB_MUSTUSE;

#endif
