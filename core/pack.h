/* SPDX-License-Identifier: Apache-2.0
 * One value as self-contained bytes: fixed-width types their in-memory bytes, strings their bytes,
 * numerics a header and digits. Used inside arrays and records; nothing here is a storage or wire
 * format.
 */
#ifndef TB_CORE_PACK_H
#define TB_CORE_PACK_H

#include "core/value.h"

/* Bytes tb_pack() writes for a non-null value. */
size_t tb_pack_size(tb_type_id type, const tb_datum *d);
/* Writes them; returns the end. */
char *tb_pack(tb_type_id type, const tb_datum *d, char *to);
/* Reads a value of `len` packed bytes. Strings point into the bytes; big decimals are copied to the
 * arena. */
tb_datum tb_unpack(tb_arena *arena, tb_type_id type, const char *from, size_t len);

#endif
