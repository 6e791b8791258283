/* SPDX-License-Identifier: Apache-2.0
 * SASLprep (RFC 4013): the form of a password that both sides hash.
 */
#ifndef TB_SERVER_SASLPREP_H
#define TB_SERVER_SASLPREP_H

#include "core/base.h"

/* The prepared password, to be freed with tb_saslprep_free(). A password that SASLprep prohibits,
 * or that is not UTF-8, comes back as it is: so do PostgreSQL and its clients, and both sides
 * agree. */
char *tb_saslprep(const char *password) TB_MUSTUSE;
/* Wipes and frees. NULL is allowed. */
void tb_saslprep_free(char *prepared);

#endif
