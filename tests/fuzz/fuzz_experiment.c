/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_experiment.c: any bytes as an experiment in JSON. An accepted one concludes from outcomes made of its own bytes,
 * and the packets of its arms are built and filled in.
 */
#include <string.h>
#include <unistd.h>

#include "../../core/base/error.h"
#include "../../core/loader/experiment.h"
#include "../../core/packet/build.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Without standard error: the reader reports each bad input, millions of them. */
static void stderr_close(void)
{
    static bool closed;
    FILE *f = closed ? NULL : fopen("/dev/null", "we");

    closed = true;
    if (f)
        stderr = f;
}

static void state(struct pp_sink *sink, unsigned condition, int64_t value)
{
    const struct pp_plugin *p = sink->priv;

    (void)value;
    if (condition >= p->nconditions)
        BUG("condition %u of %u", condition, p->nconditions);
}

static void judge(const struct pp_plugin *p, const uint8_t *data, size_t size)
{
    struct pp_outcome arm[PP_MAX_ARMS] = {0};
    int64_t value[PP_MAX_FIELDS];
    uint8_t verdict[PP_MAX_ARMS];
    struct pp_round_view round = {.mode = p->default_mode, .narms = p->narms, .arm = arm, .plugin = p};
    struct pp_verdicts_view verdicts = {.mode = p->default_mode, .narms = p->narms, .arm = verdict, .plugin = p};
    struct pp_sink sink = {.priv = (void *)(uintptr_t)p, .state = state, .doubt = state};

    for (unsigned i = 0; i < PP_MAX_FIELDS; i++)
        value[i] = data[i % size] == 'e' ? PP_NULL : data[i % size] % 4;
    for (unsigned i = 0; i < p->narms; i++) {
        verdict[i] = data[(i + 7) % size] % 7;
        arm[i] = (struct pp_outcome){.took_part = data[i % size] & 1, .observed = 1, .ok = data[i % size] >> 1 & 1,
                                     .value = value};
    }
    p->conclude(&round, &sink);
    if (p->sum_up)
        p->sum_up(&verdicts, &sink);
}

static void build(const struct pp_plugin *p, int family, enum pp_on on)
{
    static const struct pp_look look = {.ttl = 64, .mss = 1220, .window = 512, .timestamps = true, .sack = true,
                                        .window_scaling = true, .df = true};
    struct pp_addr a = pp_addr_from16((const uint8_t *)"\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
    struct pp_slot slot = {.on = on, .timestamps = true};
    struct pp_fill fill = {.src = &a, .dst = &a, .payload = "what is said first, in some bytes", .payload_len = 33};
    uint8_t whole[4096], part[4096];
    struct pp_template t;
    struct pp_packet decoded;

    if (family == 4)
        a = pp_addr_from4((const uint8_t *)"\xc0\0\2\1");
    if (on == PP_ON_SYN)
        fill.payload_len = 0;
    for (unsigned i = 0; i < p->narms; i++) {
        size_t len;

        if ((p->arms[i].family && (int)p->arms[i].family != family) ||
            pp_template_make(&t, family, &slot, &look, p->arms[i].steps, p->arms[i].nsteps) < 0)
            continue;
        len = pp_template_fill(&t, &fill, whole, sizeof whole);
        if (!len || pp_packet_decode(&decoded, whole, len) < 0)
            BUG("a packet of an accepted experiment cannot be built");
        for (unsigned k = 0; k < pp_fragments(&t, len); k++)
            if (pp_packet_decode(&decoded, part, pp_fragment(&t, whole, len, k, part)) < 0)
                BUG("a fragment that does not decode");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pp_json_fault fault;
    const struct pp_plugin *p;
    char *text;

    stderr_close();
    if (size == 0 || memchr(data, '\0', size) || !(text = malloc(size + 1)))
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    p = pp_experiment_read(text, size, &fault);
    if (!p && (fault.line == 0 || fault.column == 0 || !*fault.text))
        BUG("a refusal without place or cause");
    if (p) {
        judge(p, data, size);
        for (int family = 4; family <= 6; family += 2)
            for (enum pp_on on = PP_ON_SYN; on < PP_ON_COUNT; on++)
                build(p, family, on);
    }
    pp_experiment_release(p);
    free(text);
    return 0;
}
