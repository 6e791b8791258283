/* SPDX-License-Identifier: Apache-2.0
 * Subcommands of the tombolo program. argv[0] is the subcommand's name; the result is the exit
 * status: 0 done, 1 failed (a message is on stderr), 2 wrong usage.
 */
#ifndef TB_SERVER_CMD_H
#define TB_SERVER_CMD_H

#include "core/base.h"

/* Our own version; server_version is PostgreSQL's, whose dialect and catalogs we speak. */
#define TB_VERSION        "0.1.0"
#define TB_PG_VERSION     "15.20"
#define TB_PG_VERSION_NUM "150020"

int tb_cmd_version(int argc, char **argv);

#endif
