/* SPDX-License-Identifier: Apache-2.0
 * The connector for embedded SQLite files: FOREIGN DATA WRAPPER sqlite, OPTIONS (path
 * '/absolute/file.db').
 */
#ifndef TB_CONNECTORS_CONN_SQLITE_H
#define TB_CONNECTORS_CONN_SQLITE_H

#include "core/connector.h"

extern const tb_connector_ops tb_sqlite_connector;

#endif
