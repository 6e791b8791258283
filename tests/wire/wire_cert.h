/* SPDX-License-Identifier: Apache-2.0
 * Throw-away certificates for TLS tests, as PEM files.
 */
#ifndef TB_TESTS_WIRE_CERT_H
#define TB_TESTS_WIRE_CERT_H

/* Writes DIR/NAME.crt and DIR/NAME.key (mode 0600) for a common name, signed by DIR/ISSUER, or by
 * itself when issuer is NULL. */
void wire_certificate(const char *dir, const char *name, const char *common_name,
                      const char *issuer);

#endif
