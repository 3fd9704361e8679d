/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * words.c: writes a treatment and a set of connect modes as words, for `pathprobe plugins` and for commands that print
 * the packets to be sent.
 */
#include "plugins.h"

struct bit {
    unsigned bit;
    const char *name;
};

static const struct bit tcp_flags[] = {{PP_TCP_FIN, "FIN"}, {PP_TCP_SYN, "SYN"}, {PP_TCP_RST, "RST"},
                                       {PP_TCP_PSH, "PSH"}, {PP_TCP_ACK, "ACK"}, {PP_TCP_URG, "URG"},
                                       {PP_TCP_ECE, "ECE"}, {PP_TCP_CWR, "CWR"}, {PP_TCP_AE, "AE"},   {0, NULL}};
static const struct bit ip_flags[] = {{0x80, "RF"}, {0x40, "DF"}, {0x20, "MF"}, {0, NULL}};
static const struct bit modes_known[] = {{PP_MODE_TCP, "tcp"}, {PP_MODE_HTTP, "http"}, {PP_MODE_HTTPS, "https"},
                                         {PP_MODE_DNSTCP, "dnstcp"}, {PP_MODE_DNSUDP, "dnsudp"},
                                         {PP_MODE_QUICVN, "quicvn"}, {PP_MODE_QUICINIT, "quicinit"}, {0, NULL}};
static const struct bit without[] = {{PP_WITHOUT_TIMESTAMPS, "timestamps"}, {PP_WITHOUT_WINDOW_SCALE, "window scale"},
                                     {PP_WITHOUT_SACK, "SACK"}, {0, NULL}};
static const struct bit which[] = {{PP_SENT_FIRST, "sent first"}, {PP_SENT_AGAIN, "sent again"},
                                   {PP_PURE_ACK, "no FIN, no RST"}, {PP_FIN, "FIN"}, {PP_RST, "RST"}, {0, NULL}};
static const struct bit fast_open[] = {{PP_FAST_OPEN_COOKIE, "a Fast Open cookie"},
                                       {PP_FAST_OPEN_DATA, "the first bytes"}, {0, NULL}};
static const char *const classes[PP_ON_COUNT] = {"SYN", "ACK", "data", "datagram"};
static const char *const ecn[4] = {"Not-ECT", "ECT(1)", "ECT(0)", "CE"};
static const char *const surpluses[] = {"", "checksum ", "wrong checksum ", "zero checksum "};
static const char *const quic[] = {"", " asks for versions of QUIC", " is a QUIC Initial"};
static const char *const checksums[] = {"right", "zero", "over the whole IP payload"};

static void bits(struct pp_buf *out, const struct bit *table, unsigned set, const char *before)
{
    for (; table->name; table++)
        if (set & table->bit)
            pp_buf_addf(out, "%s%s", before, table->name);
}

static void list(struct pp_buf *out, const struct bit *table, unsigned set)
{
    const char *before = "";

    for (; table->name; table++)
        if (set & table->bit) {
            pp_buf_addf(out, "%s%s", before, table->name);
            before = ", ";
        }
}

static void tos(struct pp_buf *out, uint8_t mask, uint8_t value)
{
    if ((mask & 0x03) == 0x03)
        pp_buf_addf(out, " %s", ecn[value & 0x03]);
    if ((mask & 0xfc) == 0xfc)
        pp_buf_addf(out, " DSCP %u", value >> 2);
    /* A part of DSCP or ECN has no name of its own. */
    if (((mask & 0x03) && (mask & 0x03) != 0x03) || ((mask & 0xfc) && (mask & 0xfc) != 0xfc))
        pp_buf_addf(out, " TOS 0x%02x of 0x%02x", value, mask);
}

static void hex(struct pp_buf *out, const uint8_t *bytes, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        pp_buf_addf(out, "%02x", bytes[i]);
}

/* Writes bytes in hexadecimal; a long run of zeros at the end as a count. */
static void bytes_and_zeros(struct pp_buf *out, const uint8_t *bytes, unsigned n)
{
    unsigned shown = n;

    while (shown && bytes[shown - 1] == 0)
        shown--;
    if (n - shown < 16)
        shown = n;
    hex(out, bytes, shown);
    if (shown < n)
        pp_buf_addf(out, "... %u bytes of zeros", n - shown);
}

/* Writes the changes to the IP layer apart from flags and TTL. */
static void ip_words(const struct pp_step *s, struct pp_buf *out)
{
    if (s->label == PP_LABEL_FIXED)
        pp_buf_addf(out, " flow label 0x%05x", s->flow_label);
    else if (s->label == PP_LABEL_PACKET)
        pp_buf_adds(out, " another flow label in every packet");
    if (s->ip_options_len) {
        pp_buf_adds(out, " IP options ");
        hex(out, s->ip_options, s->ip_options_len);
    }
    for (unsigned i = 0; i < s->nextensions; i++) {
        pp_buf_addf(out, " header %u ", s->extensions[i].type);
        bytes_and_zeros(out, s->extensions[i].bytes, s->extensions[i].len);
    }
    if (s->fragments == 1)
        pp_buf_adds(out, " as an atomic fragment");
    else if (s->fragments)
        pp_buf_addf(out, " in %u fragments", s->fragments);
    if (s->first_fragment)
        pp_buf_addf(out, ", the first of %u bytes", s->first_fragment);
    if (s->fragments_reversed)
        pp_buf_adds(out, ", the last one first");
}

/* Writes the class of packets, and the selection within it. */
static void class_words(const struct pp_step *s, struct pp_buf *out)
{
    pp_buf_adds(out, classes[s->on]);
    if (s->which) {
        pp_buf_adds(out, " (");
        list(out, which, s->which);
        pp_buf_addc(out, ')');
    }
    if (s->only_first)
        pp_buf_adds(out, " (first only)");
    else if (s->last && s->last == s->first)
        pp_buf_addf(out, " (number %u)", s->first + 1u);
    else if (s->last)
        pp_buf_addf(out, " (%u to %u)", s->first + 1u, s->last + 1u);
}

/* Writes the changes to the headers, TCP options included. */
static void header_words(const struct pp_step *s, struct pp_buf *out)
{
    tos(out, s->tos_mask, s->tos);
    bits(out, tcp_flags, s->tcp_set, " +");
    bits(out, tcp_flags, s->tcp_clear, " -");
    /* Bits 9 to 11 are reserved (RFC 9293), and have no names. */
    if (s->tcp_set & 0xe00)
        pp_buf_addf(out, " +reserved 0x%x", s->tcp_set & 0xe00u);
    if (s->tcp_clear & 0xe00)
        pp_buf_addf(out, " -reserved 0x%x", s->tcp_clear & 0xe00u);
    bits(out, ip_flags, s->ip_flags, " IP +");
    if (s->ttl)
        pp_buf_addf(out, " TTL %u", s->ttl);
    if (s->udp_checksum)
        pp_buf_addf(out, " checksum %s", checksums[s->udp_checksum]);
    if (s->set_window)
        pp_buf_addf(out, " window %u", s->window);
    if (s->urgent)
        pp_buf_addf(out, " urgent pointer %u", s->urgent);
    bits(out, without, s->without, " without ");
    if (s->options_len) {
        pp_buf_adds(out, " options ");
        hex(out, s->options, s->options_len);
    }
}

/* Writes the data, and how they are sent. */
static void data_words(const struct pp_step *s, struct pp_buf *out)
{
    bits(out, fast_open, s->fast_open, " with ");
    if (s->payload_len)
        pp_buf_addf(out, " %u bytes of data", s->payload_len);
    if (s->segments)
        pp_buf_addf(out, " in %u %s", s->segments, s->on == PP_ON_DATAGRAM ? "datagrams" : "segments");
    if (s->pause)
        pp_buf_addf(out, ", %u and on when the others are acknowledged", s->pause + 1u);
    if (s->http)
        pp_buf_addf(out, " asks for HTTP/%u", s->http);
    if (s->surplus_len) {
        pp_buf_addf(out, " surplus %s", surpluses[s->ocs]);
        hex(out, s->surplus, s->surplus_len - (s->ocs ? 2u : 0u));
    }
    pp_buf_adds(out, quic[s->quic]);
    if (s->size)
        pp_buf_addf(out, " of %u bytes with the IP header", s->size);
    if (s->prefix_len) {
        pp_buf_adds(out, " behind ");
        hex(out, s->prefix, s->prefix_len);
    }
}

void pp_step_words(const struct pp_step *s, struct pp_buf *out)
{
    class_words(s, out);
    pp_buf_addc(out, ':');
    if (s->withhold)
        pp_buf_adds(out, " not sent");
    header_words(s, out);
    data_words(s, out);
    ip_words(s, out);
    if (s->padding)
        pp_buf_addf(out, " %u bytes of padding", s->padding);
}

void pp_mode_words(uint32_t modes, struct pp_buf *out)
{
    const char *before = "";

    for (const struct bit *m = modes_known; m->name; m++)
        if (modes & m->bit) {
            pp_buf_addf(out, "%s%s", before, m->name);
            before = " ";
        }
}
