/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * login.h: how to get into a NATS server: an address, TLS, and who we are. Files of secrets are read once, before a
 * process gives up its rights: they may be root's alone. Nothing of them is printed. Main thread.
 */
#ifndef PP_FLEET_LOGIN_H
#define PP_FLEET_LOGIN_H

#include <nats/nats.h>
#include <stdbool.h>

/* What is not given is NULL. */
struct pp_fleet_login {
    const char *url;        /* nats://HOST[:PORT] or tls://HOST[:PORT]; with no user or password in it */
    const char *creds_file; /* of `nsc`: a JWT and its seed */
    const char *auth_file;  /* one line, USER:PASSWORD or a token; else $PATHPROBE_NATS_AUTH */
    const char *ca_file, *cert_file, *key_file;
    bool allow_plain; /* secrets may go to other hosts without TLS */
    struct {
        char *creds, *auth, *ca, *cert, *key;
    } text; /* what was read */
};

/* The URL with a user or password in it, or secrets without TLS: -1 printed. Before any file is read. */
int pp_fleet_check_login(const struct pp_fleet_login *login);
/*
 * Reads the files into L->text, and takes $PATHPROBE_NATS_AUTH out of the environment, where commands that are started
 * would find it. 0, or -1 printed; release in any case.
 */
int pp_fleet_read_login(struct pp_fleet_login *l);
/* Into O. L stays as long as a connection made of it, which logs in again by itself. */
natsStatus pp_fleet_use_login(natsOptions *o, struct pp_fleet_login *l);
/* Overwrites the secrets. */
void pp_fleet_release_login(struct pp_fleet_login *l);

#endif
