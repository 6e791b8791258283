/* SPDX-License-Identifier: Apache-2.0
 * A client that speaks raw protocol messages and writes down what comes back, for tests.
 *
 * Transcripts: R0 AuthenticationOk; S(name=value) ParameterStatus; K BackendKeyData; ZI ZT ZE
 * ReadyForQuery; v(newest opts=names) NegotiateProtocolVersion; 1 2 3 Parse-, Bind-, CloseComplete;
 * t[oids] ParameterDescription; T(name:oid,len,typmod,fmt[,tbl]; ..) RowDescription; n NoData;
 * D(a|b) DataRow, NULL as ~, D xN from the third of a run on; C(tag); s PortalSuspended; I
 * EmptyQueryResponse; H[fmt ..] CopyOutResponse; d(text) CopyData; c CopyDone;
 * E(severity sqlstate message[ Pn][ HINT:..][ DETAIL:..]) and N(..) alike; EOF.
 */
#ifndef TB_TESTS_WIRE_CLIENT_H
#define TB_TESTS_WIRE_CLIENT_H

#include "core/buf.h"

typedef struct wire {
    int fd;
    struct ssl_st *ssl; /* or NULL */
    tb_buf in;          /* bytes received, not looked at yet */
    tb_buf transcript;
    int32_t pid;
    uint8_t key[4];
    unsigned rows; /* of the present run of DataRow */
    bool closed;
} wire;

/* TCP connection to 127.0.0.1. */
wire *wire_open(int port);
/* The same with TLS, any certificate accepted. */
wire *wire_open_tls(int port);
void wire_close(wire *w);

void wire_send(wire *w, const void *bytes, size_t len);
/* A message: type, then the body. */
void wire_message(wire *w, char type, const void *body, size_t len);

/* Startup packet; params: name, value, ... NULL. */
void wire_startup(wire *w, uint32_t version, const char *const *params);
/* Answers the SCRAM exchange; reads to AuthenticationOk, an error or the end. */
void wire_authenticate(wire *w, const char *password);
/* Startup with user and extra parameters, authentication, up to the first ReadyForQuery or the end.
 * Returns the transcript. */
const char *wire_login(wire *w, const char *user, const char *password, const char *const *extra);

/* Forgets the transcript, sends a script and reads until as many ReadyForQuery came as the script
 * asks for (Q and S lines), or the connection ends. Lines, fields separated by '\t':
 *   Q sql | P name oids sql | B portal statement formats values resultformats | D S|P name |
 *   E portal max | C S|P name | S | H n (Flush; reads n messages) | X |
 *   c (CopyDone) | f text (CopyFail)
 * oids, formats, values: separated by ','; a value is text, ~ = NULL, x6869 = bytes. */
const char *wire_script(wire *w, const char *script);
/* Reads messages until n ReadyForQuery or the end. */
const char *wire_read(wire *w, int n);

#endif
