/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_peer.c: the server's half of TLS for tests. */
#include "tls_peer.h"

#include "../../core/base/error.h"

#include <openssl/x509v3.h>

#define FOREVER (1u << 20) /* bytes that an endless answer has */

/* A key and a certificate for it, signed by itself; the padding is a comment. */
static void certify(struct tls_peer *p)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    char *comment = malloc(p->setup->padding + 1);

    if (!key || !x || !comment)
        BUG("no memory");
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), 0);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    if (p->setup->padding) {
        memset(comment, 'x', p->setup->padding);
        comment[p->setup->padding] = 0;
        X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, NID_netscape_comment, comment);
        if (!e || !X509_add_ext(x, e, -1))
            BUG("the certificate takes no comment");
        X509_EXTENSION_free(e);
    }
    if (!X509_sign(x, key, EVP_sha256()) || SSL_CTX_use_certificate(p->ctx, x) != 1 ||
        SSL_CTX_use_PrivateKey(p->ctx, key) != 1)
        BUG("no certificate");
    X509_free(x);
    EVP_PKEY_free(key);
    free(comment);
}

static int choose(SSL *ssl, const unsigned char **out, unsigned char *len, const unsigned char *in, unsigned n,
                  void *arg)
{
    const char *alpn = ((struct tls_peer *)arg)->setup->alpn;
    unsigned char *chosen;

    (void)ssl;
    if (!alpn || SSL_select_next_proto(&chosen, len, (const unsigned char *)alpn, (unsigned)strlen(alpn), in, n) !=
                     OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

void tls_peer_init(struct tls_peer *p, const struct tls_setup *setup)
{
    memset(p, 0, sizeof *p);
    p->setup = setup;
    p->ctx = SSL_CTX_new(TLS_server_method());
    if (!p->ctx)
        BUG("no TLS");
    SSL_CTX_set_security_level(p->ctx, 0);
    if (setup->version)
        SSL_CTX_set_min_proto_version(p->ctx, setup->version);
    SSL_CTX_set_max_proto_version(p->ctx, setup->version);
    SSL_CTX_set_alpn_select_cb(p->ctx, choose, p);
    certify(p);
    p->ssl = SSL_new(p->ctx);
    if (!p->ssl)
        BUG("no TLS");
    SSL_set_bio(p->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(p->ssl);
}

void tls_peer_release(struct tls_peer *p)
{
    SSL_free(p->ssl);
    SSL_CTX_free(p->ctx);
    free(p->out);
}

static void answer(struct tls_peer *p)
{
    const struct tls_setup *s = p->setup;

    while (!p->done) {
        if (s->answer_len && SSL_write(p->ssl, s->answer, (int)s->answer_len) <= 0)
            return;
        p->answered += s->answer_len;
        p->done = !s->forever || p->answered >= FOREVER;
    }
    if (s->ends)
        SSL_shutdown(p->ssl);
}

/* The memory that the test's server sends from. */
static void collect(struct tls_peer *p)
{
    size_t n = BIO_ctrl_pending(SSL_get_wbio(p->ssl));

    if (p->out_len + n > p->out_cap) {
        p->out_cap = 2 * (p->out_len + n);
        p->out = realloc(p->out, p->out_cap);
        if (!p->out)
            BUG("no memory");
    }
    if (n && BIO_read(SSL_get_wbio(p->ssl), p->out + p->out_len, (int)n) != (int)n)
        BUG("what is pending cannot be read");
    p->out_len += n;
}

void tls_peer_input(struct tls_peer *p, const void *bytes, size_t n)
{
    int got;

    if (n)
        BIO_write(SSL_get_rbio(p->ssl), bytes, (int)n);
    while ((got = SSL_read(p->ssl, p->request + p->request_len, (int)(sizeof p->request - 1 - p->request_len))) > 0)
        p->request_len += (size_t)got;
    p->request[p->request_len] = 0;
    if (strstr(p->request, "\r\n\r\n"))
        answer(p);
    collect(p);
}

const char *tls_peer_name(const struct tls_peer *p)
{
    return SSL_get_servername(p->ssl, TLSEXT_NAMETYPE_host_name);
}
