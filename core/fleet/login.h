/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * login.h: address, TLS and credentials for a NATS server. Files with secrets are read once, before the process drops
 * its privileges, as root alone may be able to read them. Their content is never printed. Main thread.
 */
#ifndef PP_FLEET_LOGIN_H
#define PP_FLEET_LOGIN_H

#include <nats/nats.h>
#include <stdbool.h>

/* As the options give it; NULL: not given. */
struct pp_fleet_login {
    const char *url;        /* nats://HOST[:PORT] or tls://HOST[:PORT]; with no user or password in it */
    const char *creds_file; /* of `nsc`: a JWT and its seed */
    const char *auth_file;  /* one line, USER:PASSWORD or a token; else $PATHPROBE_NATS_AUTH */
    const char *ca_file, *cert_file, *key_file;
    bool allow_plain; /* secrets may go to other hosts without TLS */
    struct {
        char *creds, *auth, *ca, *cert, *key;
    } text; /* the content of the files */
};

/*
 * Refuses a URL with a user or password in it, and secrets without TLS. Called before files are read. 0, or -1 printed.
 */
int pp_fleet_check_login(const struct pp_fleet_login *login);
/*
 * Reads the files into L->text, and removes $PATHPROBE_NATS_AUTH from the environment, so that started commands do not
 * inherit it. 0, or -1 printed; release in any case.
 */
int pp_fleet_read_login(struct pp_fleet_login *l);
/* Sets L's values in O. L must outlive the connection, which reconnects and logs in again by itself. */
natsStatus pp_fleet_use_login(natsOptions *o, struct pp_fleet_login *l);
/* Overwrites the secrets. */
void pp_fleet_release_login(struct pp_fleet_login *l);

#endif
