/* SPDX-License-Identifier: BSD-2-Clause */
/* login.c: reads secrets from files and the environment, and sets them in the options of a connection. */
#include "login.h"

#include "../base/buf.h"
#include "../base/error.h"
#include "../base/io.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_MAX (1u << 20)
#define CA_MAX (4u << 20)
#define AUTH_VARIABLE "PATHPROBE_NATS_AUTH"

static bool is_tls(const struct pp_fleet_login *l)
{
    return strncmp(l->url, "tls://", 6) == 0;
}

static bool is_here(const char *url)
{
    const char *host = strstr(url, "://");
    char name[INET_ADDRSTRLEN];
    struct in_addr a;
    size_t len;

    host = host ? host + 3 : url;
    len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");
    if (len >= sizeof name || (host[len] && host[len] != ':' && host[len] != '/'))
        return false;
    memcpy(name, host, len);
    name[len] = '\0';
    if (strcmp(name, "[::1]") == 0 || strcmp(name, "localhost") == 0)
        return true;
    return inet_pton(AF_INET, name, &a) == 1 && ntohl(a.s_addr) >> 24 == 127;
}

int pp_fleet_check_login(const struct pp_fleet_login *l)
{
    bool secret = l->creds_file || l->auth_file || getenv(AUTH_VARIABLE);

    if (!l->url) {
        pp_usage("no server");
        return pp_hint("give --nats nats://HOST or tls://HOST; `nats-server -js -sd DIR` starts a server");
    }
    if (strchr(l->url, '@')) {
        pp_usage("--nats: a user name or password in the URL would be visible in the process list");
        return pp_hint("--auth-file FILE holds USER:PASSWORD or a token, --creds FILE credentials; "
                       "or $" AUTH_VARIABLE);
    }
    if (!is_tls(l) && strncmp(l->url, "nats://", 7) != 0) {
        pp_usage("--nats '%s' is not the URL of a NATS server", l->url);
        return pp_hint("nats://HOST[:PORT], or tls://HOST[:PORT]");
    }
    if (!l->cert_file != !l->key_file) {
        pp_usage("--cert-file and --key-file have to be given together");
        return -1;
    }
    if ((l->ca_file || l->cert_file) && !is_tls(l)) {
        pp_usage("--nats '%s' is without TLS, so certificates would not be used", l->url);
        return pp_hint("tls://HOST[:PORT]");
    }
    if (!secret || is_tls(l) || is_here(l->url) || l->allow_plain)
        return 0;
    pp_usage("--nats: credentials would be sent to '%s' without TLS", l->url);
    return pp_hint("use tls://HOST; or --allow-plain, in a trusted network");
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void wipe(char **text)
{
    if (*text)
        explicit_bzero(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

/* Reads the file PATH, unless NULL, into *TO. */
static int read_text(char **to, const char *path, size_t max)
{
    struct pp_buf b;
    FILE *f = path ? fopen(path, "re") : NULL;
    int result = 0;

    if (!path)
        return 0;
    if (!f)
        return pp_error_errno("cannot open '%s'", path);
    pp_buf_init(&b, max);
    if (!pp_buf_read(&b, f))
        result = pp_error_errno("cannot read '%s'", path);
    pp_buf_addc(&b, '\0');
    if (result == 0 && b.failed)
        result = pp_error("'%s' is larger than %zu bytes", path, max);
    if (result == 0 && strlen(b.data) + 1 != b.len)
        result = pp_error("'%s' is not text", path);
    if (result == 0 && !(*to = strdup(b.data)))
        result = pp_error("out of memory");
    if (b.data)
        explicit_bzero(b.data, b.len);
    pp_buf_release(&b);
    fclose(f);
    return result;
}

/* Reads USER:PASSWORD or a token from the file or the environment. */
static int read_auth(struct pp_fleet_login *l)
{
    const char *env = getenv(AUTH_VARIABLE);

    if (read_text(&l->text.auth, l->auth_file, SECRET_MAX) < 0)
        return -1;
    if (!l->auth_file && env && *env && !(l->text.auth = strdup(env)))
        return pp_error("out of memory");
    unsetenv(AUTH_VARIABLE);
    if (!l->text.auth)
        return 0;
    l->text.auth[strcspn(l->text.auth, "\r\n")] = '\0';
    return *l->text.auth ? 0 : pp_error("'%s' is empty", l->auth_file ? l->auth_file : AUTH_VARIABLE);
}

/* Copies the text between -----BEGIN WHAT----- and its end line; the caller frees it; NULL: there is none. */
static char *between(const char *text, const char *what)
{
    char begin[64];
    const char *p, *end;

    snprintf(begin, sizeof begin, "-----BEGIN %s-----", what);
    p = strstr(text, begin);
    if (!p)
        return NULL;
    p += strlen(begin);
    p += strspn(p, "\r\n \t");
    end = p + strcspn(p, "\r\n \t");
    return end > p ? strndup(p, (size_t)(end - p)) : NULL;
}

static int check_creds(const struct pp_fleet_login *l)
{
    char *jwt, *seed;
    int result = 0;

    if (!l->text.creds)
        return 0;
    jwt = between(l->text.creds, "NATS USER JWT");
    seed = between(l->text.creds, "USER NKEY SEED");
    if (!jwt || !seed) {
        pp_error("'%s' contains no credentials of a NATS user", l->creds_file);
        result = pp_hint("`nsc generate creds` writes them: a user's JWT and seed");
    }
    wipe(&jwt);
    wipe(&seed);
    return result;
}

int pp_fleet_read_login(struct pp_fleet_login *l)
{
    if (read_auth(l) < 0 || read_text(&l->text.creds, l->creds_file, SECRET_MAX) < 0 ||
        read_text(&l->text.ca, l->ca_file, CA_MAX) < 0 || read_text(&l->text.cert, l->cert_file, CA_MAX) < 0 ||
        read_text(&l->text.key, l->key_file, SECRET_MAX) < 0)
        return -1;
    return check_creds(l);
}

void pp_fleet_release_login(struct pp_fleet_login *l)
{
    wipe(&l->text.auth);
    wipe(&l->text.creds);
    wipe(&l->text.ca);
    wipe(&l->text.cert);
    wipe(&l->text.key);
}

/* ---- using ------------------------------------------------------------------------------------------------------ */

static natsStatus give_jwt(char **jwt, char **why, void *login)
{
    const struct pp_fleet_login *l = login;

    *why = NULL;
    *jwt = between(l->text.creds, "NATS USER JWT"); /* libnats frees it */
    return *jwt ? NATS_OK : NATS_NO_MEMORY;
}

static natsStatus sign(char **why, unsigned char **signature, int *len, const char *nonce, void *login)
{
    const struct pp_fleet_login *l = login;
    char *seed = between(l->text.creds, "USER NKEY SEED");
    natsStatus s = seed ? nats_Sign(seed, nonce, signature, len) : NATS_NO_MEMORY;

    *why = NULL;
    wipe(&seed);
    return s;
}

static natsStatus set_auth(natsOptions *o, const char *auth)
{
    const char *colon = strchr(auth, ':');
    char *user;
    natsStatus s;

    if (!colon)
        return natsOptions_SetToken(o, auth);
    user = strndup(auth, (size_t)(colon - auth));
    s = user ? natsOptions_SetUserInfo(o, user, colon + 1) : NATS_NO_MEMORY;
    free(user);
    return s;
}

/* Sets TLS; the certificate is verified against the host name in --nats. */
static natsStatus set_tls(natsOptions *o, const struct pp_fleet_login *l)
{
    natsStatus s = natsOptions_SetSecure(o, true);

    if (s == NATS_OK && l->text.ca)
        s = natsOptions_SetCATrustedCertificates(o, l->text.ca);
    if (s == NATS_OK && l->text.cert)
        s = natsOptions_SetCertificatesChain(o, l->text.cert, l->text.key);
    return s;
}

natsStatus pp_fleet_use_login(natsOptions *o, struct pp_fleet_login *l)
{
    natsStatus s = natsOptions_SetURL(o, l->url);

    if (s == NATS_OK && is_tls(l))
        s = set_tls(o, l);
    if (s == NATS_OK && l->text.creds)
        s = natsOptions_SetUserCredentialsCallbacks(o, give_jwt, l, sign, l);
    if (s == NATS_OK && l->text.auth)
        s = set_auth(o, l->text.auth);
    return s;
}
