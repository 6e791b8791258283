/* SPDX-License-Identifier: Apache-2.0
 * Shared by the files of connectors/ only.
 */
#ifndef TB_CONNECTORS_DIALECT_INT_H
#define TB_CONNECTORS_DIALECT_INT_H

#include "connectors/dialect.h"

typedef struct tbi_embedded_dialect {
    const char *name;
    const char *text;
    size_t len;
} tbi_embedded_dialect;

/* Generated at build from dialects/ (embed.cmake); ends with an entry whose name is NULL. */
extern const tbi_embedded_dialect tbi_embedded_dialects[];

#endif
