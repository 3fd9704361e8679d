/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * http_easy.c: one curl handle: its options, which forbid libcurl to follow redirects, resolve names, authenticate,
 * reuse connections or wait; and its callbacks, for a socket, a header line, a piece of the body. The callbacks only
 * record events, and call no owner.
 */
#include "http_parts.h"

#include <openssl/ssl.h>

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *addr)
{
    struct pp_http *h = arg;

    (void)purpose;
    if (addr->family != AF_UNIX || h->client >= 0)
        return CURL_SOCKET_BAD;
    h->client = pp_http_socket(h->pool, &h->name);
    return h->client < 0 ? CURL_SOCKET_BAD : h->client;
}

/*
 * True if both sides agreed to HTTP/2, by ALPN or by an Upgrade. libcurl's own version is not used: it also accepts a
 * status line "HTTP/2".
 */
static bool speaks_2(const struct pp_http *h)
{
    struct curl_tlssessioninfo *tls;
    const unsigned char *name = NULL;
    unsigned len = 0;

    if (!h->tls || !h->asks_2)
        return h->switched;
    if (curl_easy_getinfo(h->easy, CURLINFO_TLS_SSL_PTR, &tls) == CURLE_OK && tls->backend == CURLSSLBACKEND_OPENSSL)
        SSL_get0_alpn_selected(tls->internals, &name, &len);
    return len == 2 && memcmp(name, "h2", 2) == 0;
}

/*
 * Returns the status in "HTTP/1.1 200 OK" (RFC 9112 section 4; the reason and even the space before it may be missing),
 * or in libcurl's "HTTP/2 200 " for HTTP/2, which has no such line. 0: no valid status line.
 */
static int status_of(const char *line, size_t len, enum pp_http_version version)
{
    size_t at = version == PP_HTTP_2 ? 7 : 9;
    int status = 0;

    if (len < at + 3)
        return 0;
    if (version == PP_HTTP_2 ? memcmp(line, "HTTP/2 ", 7) != 0
                             : memcmp(line, "HTTP/1.", 7) != 0 || line[7] < '0' || line[7] > '9' || line[8] != ' ')
        return 0;
    for (unsigned i = 0; i < 3; i++) {
        if (line[at + i] < '0' || line[at + i] > '9')
            return 0;
        status = status * 10 + line[at + i] - '0';
    }
    if (len > at + 3 && !strchr(" \r\n", line[at + 3]))
        return 0;
    return status >= 100 && status <= 599 ? status : 0;
}

static void status_came(struct pp_http *h, int status, enum pp_http_version version)
{
    h->status = status;
    h->block_status = 0;
    if (h->first_status == 0 && status != 101) {
        h->first_status = status;
        h->version = version;
    }
}

/*
 * Takes a status line. False: invalid, or a switch to a protocol that was not requested (RFC 9110 section 15.2.2, RFC
 * 9113 section 8.6). HTTP/2's status counts when its field block is complete (RFC 9113 section 4.3): newer libcurls
 * pass lines of an unfinished block.
 */
static bool take_status(struct pp_http *h, const char *line, size_t len)
{
    enum pp_http_version version = speaks_2(h) ? PP_HTTP_2 : PP_HTTP_1;
    int status = status_of(line, len, version);

    if (status == 101 && h->asks_2 && !h->tls && version == PP_HTTP_1)
        h->switched = true;
    else if (status == 0 || status == 101)
        return false;
    if (version == PP_HTTP_2)
        h->block_status = status;
    else
        status_came(h, status, version);
    return true;
}

/* Called by libcurl with one header line. A return value other than its length ends the transfer. */
static size_t on_header(char *line, size_t size, size_t n, void *arg)
{
    struct pp_http *h = arg;
    size_t len = size * n;

    if (h->head_done) /* trailer fields */
        return len;
    h->head_bytes += len;
    if (h->head_bytes > PP_HTTP_HEAD_MAX) { /* few bytes on the wire, if compressed (RFC 7541) */
        if (h->block_status)
            status_came(h, h->block_status, PP_HTTP_2);
        h->cut = true;
        return 0;
    }
    if (h->expect_status) {
        if (!take_status(h, line, len))
            return 0;
        h->expect_status = false;
    } else if (len > 0 && (line[0] == '\r' || line[0] == '\n')) {
        if (h->block_status)
            status_came(h, h->block_status, PP_HTTP_2);
        if (h->status < 200) /* interim response: another follows */
            h->expect_status = true;
        else
            h->head_done = true;
    }
    return len;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct pp_http *h = arg;
    size_t len = size * n;

    (void)bytes;
    h->head_done = true;
    h->body_bytes += len;
    if (h->body_bytes <= PP_HTTP_BODY_MAX)
        return len;
    h->cut = true;
    return 0;
}

#define SET(option, value)                                                                                             \
    do                                                                                                                 \
        if (rc == CURLE_OK)                                                                                            \
            rc = curl_easy_setopt(e, option, value);                                                                   \
    while (0)

int pp_http_setup(struct pp_http *h, const char *listener, const char *user_agent)
{
    CURL *e = h->easy;
    CURLcode rc = CURLE_OK;

    SET(CURLOPT_PRIVATE, h);
    SET(CURLOPT_URL, PP_HTTP_PLAIN_URL);
    SET(CURLOPT_ABSTRACT_UNIX_SOCKET, listener);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, h);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, h);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, h);
    SET(CURLOPT_HTTPHEADER, &h->header);
    SET(CURLOPT_USERAGENT, user_agent);
    SET(CURLOPT_BUFFERSIZE, (long)PP_HTTP_PIECE);
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_FRESH_CONNECT, 1L);
    SET(CURLOPT_FORBID_REUSE, 1L);
    SET(CURLOPT_PROXY, ""); /* ignore proxies of the environment */
    SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_NOPROGRESS, 1L);
    /*
     * The probe tests whether the conversation gets through, not who the server is: it accepts any certificate, key and
     * version, and does not read the system's certificates. Each arm makes a full handshake: one that resumes another
     * arm's session would be a different conversation. The key shares are of the groups that were OpenSSL's default
     * before 3.5, so that a ClientHello fits into one segment.
     */
    SET(CURLOPT_SSL_VERIFYPEER, 0L);
    SET(CURLOPT_SSL_VERIFYHOST, 0L);
    SET(CURLOPT_CAINFO, NULL);
    SET(CURLOPT_CAPATH, NULL);
    SET(CURLOPT_SSL_SESSIONID_CACHE, 0L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_0);
    SET(CURLOPT_SSL_EC_CURVES, "X25519:P-256:X448:P-521:P-384");
    SET(CURLOPT_SSL_CIPHER_LIST, "DEFAULT:@SECLEVEL=0");
    return rc == CURLE_OK ? 0 : -1;
}

/* libcurl takes the SNI from the URL. */
/* Pads with a field of an unregistered name: servers ignore unrecognized fields (RFC 9110 section 5.1). */
#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
static const char padding[] = "Padding: " HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED
                              HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED;

_Static_assert(sizeof padding > PP_MAX_SIZE, "a packet is full of it");

int pp_http_address(struct pp_http *h, const struct pp_http_ask *ask)
{
    char url[PP_HTTP_HOST_MAX + 32];
    CURL *e = h->easy;
    CURLcode rc = CURLE_OK;

    if (ask->port == (ask->tls ? 443 : 80))
        snprintf(h->host, sizeof h->host, "Host: %s", ask->host);
    else
        snprintf(h->host, sizeof h->host, "Host: %s:%u", ask->host, ask->port);
    h->more.data = (char *)(uintptr_t)padding; /* libcurl only reads it */
    h->header.next = ask->long_request ? &h->more : NULL;
    if (ask->tls) {
        snprintf(url, sizeof url, "https://%s/", ask->host);
        SET(CURLOPT_URL, url);
    } else if (h->tls) {
        SET(CURLOPT_URL, PP_HTTP_PLAIN_URL);
    }
    SET(CURLOPT_HTTP_VERSION, ask->version == PP_HTTP_2 ? (long)CURL_HTTP_VERSION_2_0 : (long)CURL_HTTP_VERSION_1_1);
    h->tls = ask->tls;
    h->asks_2 = ask->version == PP_HTTP_2;
    return rc == CURLE_OK ? 0 : -1;
}
