/* SPDX-License-Identifier: Apache-2.0
 * Our own version, and that of the PostgreSQL whose dialect, catalogs and protocol we speak.
 */
#ifndef TB_SERVER_VERSION_H
#define TB_SERVER_VERSION_H

#define TB_VERSION        "0.1.0"
#define TB_PG_VERSION     "15.20"
#define TB_PG_VERSION_NUM "150020"

#endif
