/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_lab.c: any client in front of the lab. The input is a script of steps, each a byte that says what, and its
 * operands:
 *
 *   0 LEN BYTES...               a datagram as it is
 *   1 T                          T * T ms pass
 *   2 HOST PORT FLAGS TTL TOS SEQ ACK LEN DATA...   a good segment; SEQ and ACK are distances from what that port's
 * last SYN/ACK said
 *
 * All answers must have right lengths and checksums.
 */
#include "../unit/raw_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PORTS 4
#define STEPS 200

static const char scenario[] =
    "{\"hops\":[6,12],\"hosts\":[{\"share\":0.3,\"loss\":0.1,\"dup\":0.1,\"reorder\":0.1,\"delay_ms\":5,\"jitter_"
    "ms\":5},"
    "{\"share\":0.1,\"server\":\"plain\"},{\"share\":0.1,\"path\":[{\"behaviour\":\"server.syncookies\"}]},"
    "{\"share\":0.1,\"path\":[{\"behaviour\":\"ecn.reflect\"},{\"behaviour\":\"server.window0\"}]},"
    "{\"share\":0.1,\"path\":[{\"behaviour\":\"ecn.syn.rst\",\"dir\":\"fwd\",\"hop\":6},"
    "{\"behaviour\":\"ecn.ip.clear\",\"dir\":\"rev\",\"hop\":9}]},"
    "{\"share\":0.1,\"path\":[{\"behaviour\":\"ecn.syn.clear\",\"dir\":\"fwd\",\"hop\":6},"
    "{\"behaviour\":\"ecn.ce.set\",\"dir\":\"fwd\",\"hop\":8},{\"behaviour\":\"server.second.syn\"}]},"
    "{\"share\":0.1,\"path\":[{\"behaviour\":\"ecn.syn.icmp\",\"dir\":\"fwd\",\"hop\":7}]},"
    "{\"share\":0.1,\"flow_fail\":{\"p\":0.3,\"kind\":\"episode\"},\"path\":[{\"behaviour\":\"ecn.cwr.ignore\"}]}]}";

struct script {
    const uint8_t *at, *end;
};

static uint8_t next(struct script *s)
{
    return s->at < s->end ? *s->at++ : 0;
}

static size_t next_bytes(struct script *s, uint8_t *out)
{
    size_t len = next(s);

    if (len > (size_t)(s->end - s->at))
        len = (size_t)(s->end - s->at);
    memcpy(out, s->at, len);
    s->at += len;
    return len;
}

static void drain(struct pp_lab *lab, int64_t now, struct raw_client *clients)
{
    uint8_t out[2048];
    struct raw r;
    size_t len;

    while ((len = pp_lab_output(lab, now, out, sizeof out))) {
        r = raw_read(out, len);
        if (!r.good)
            BUG("the lab sent a bad datagram");
        if (r.proto == 6 && r.flags & SYN) {
            struct raw_client *c = &clients[raw_get(r.l4 + 2, 2) % PORTS];

            c->ack = r.seq + 1;
            c->tsecr = r.tsval;
        }
    }
}

static void segment(struct script *s, struct pp_lab *lab, int64_t now, struct raw_client *clients)
{
    uint64_t host = next(s) % 100;
    uint16_t port = next(s) % PORTS;
    struct raw_client c = raw_client(lab, host, port);
    char data[256];
    uint16_t flags;
    size_t len;

    c.now = now;
    flags = next(s);
    c.ttl = next(s);
    c.tos = next(s);
    c.seq = 1000u + (uint32_t)(int8_t)next(s);
    c.ack = clients[port].ack + (uint32_t)(int8_t)next(s);
    c.tsecr = clients[port].tsecr;
    c.window = (uint16_t)(next(s) << 2);
    c.plain_syn = c.window & 4;
    len = next_bytes(s, (uint8_t *)data);
    for (size_t i = 0; i < len; i++)
        data[i] = data[i] ? data[i] : '\n';
    data[len < 255 ? len : 255] = 0;
    raw_send(&c, flags, data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script s = {data, data + size};
    struct raw_client clients[PORTS] = {0};
    static struct pp_scenario sc; /* read once */
    struct pp_lab *lab;
    uint8_t raw[256];
    int64_t now = 1000000000, t;
    size_t len;

    if (!sc.nhosts && pp_scenario_parse(&sc, "fuzz", scenario, sizeof scenario - 1) < 0)
        BUG("no scenario");
    lab = pp_lab_new(&sc, 100, 1);
    if (!lab)
        return 0;
    for (int step = 0; step < STEPS && s.at < s.end; step++) {
        switch (next(&s) % 3) {
        case 0:
            len = next_bytes(&s, raw);
            pp_lab_input(lab, now, raw, len);
            break;
        case 1:
            t = next(&s);
            now += t * t * 1000000;
            break;
        default:
            segment(&s, lab, now, clients);
        }
        drain(lab, now, clients);
    }
    for (int i = 0; i < 50; i++)
        drain(lab, now += 10000000000, clients);
    pp_lab_free(lab);
    return 0;
}
