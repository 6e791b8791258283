/* SPDX-License-Identifier: Apache-2.0
 * The DDL of the catalog file (catalog_schema.sql), compiled in.
 */
#ifndef TB_SERVER_CATALOG_SCHEMA_H
#define TB_SERVER_CATALOG_SCHEMA_H

extern const char tb_catalog_schema_sql[];

#endif
