/* SPDX-License-Identifier: BSD-2-Clause */
/* experiment_arms.c: reads the arms of an experiment in JSON and their steps: struct pp_arm, struct pp_step. */
#include "experiment_parts.h"

#define PAYLOAD_MAX 1460

/* The step being read, with values that come from two keys, or from a nested list. */
struct stepping {
    struct pp_step s; /* first member */
    struct pp_extension *extension;
};

static const struct pp_word classes[] = {{"SYN", PP_ON_SYN}, {"ACK", PP_ON_ACK}, {"data", PP_ON_DATA},
                                         {"datagram", PP_ON_DATAGRAM}, {NULL, 0}};
static const struct pp_word which[] = {{"first", PP_SENT_FIRST}, {"again", PP_SENT_AGAIN}, {"pure", PP_PURE_ACK},
                                       {"FIN", PP_FIN}, {"RST", PP_RST}, {NULL, 0}};
static const struct pp_word ecn[] = {{"Not-ECT", PP_NOT_ECT}, {"ECT(1)", PP_ECT1}, {"ECT(0)", PP_ECT0}, {"CE", PP_CE},
                                     {NULL, 0}};
static const struct pp_word tcp_flags[] = {
    {"FIN", PP_TCP_FIN}, {"SYN", PP_TCP_SYN}, {"RST", PP_TCP_RST}, {"PSH", PP_TCP_PSH}, {"ACK", PP_TCP_ACK},
    {"URG", PP_TCP_URG}, {"ECE", PP_TCP_ECE}, {"CWR", PP_TCP_CWR}, {"AE", PP_TCP_AE},   {"reserved1", 0x200},
    {"reserved2", 0x400}, {"reserved3", 0x800}, {NULL, 0}};
static const struct pp_word ip_flags[] = {{"reserved", 0x80}, {"DF", 0x40}, {"MF", 0x20}, {NULL, 0}};
static const struct pp_word checksums[] = {{"right", PP_UDP_CHECKSUM_RIGHT}, {"zero", PP_UDP_CHECKSUM_ZERO},
                                           {"ip-length", PP_UDP_CHECKSUM_IP_LENGTH}, {NULL, 0}};
static const struct pp_word without[] = {{"timestamps", PP_WITHOUT_TIMESTAMPS},
                                         {"window-scale", PP_WITHOUT_WINDOW_SCALE}, {"SACK", PP_WITHOUT_SACK},
                                         {NULL, 0}};
static const struct pp_word fast_open[] = {{"cookie", PP_FAST_OPEN_COOKIE}, {"data", PP_FAST_OPEN_DATA}, {NULL, 0}};
static const struct pp_word surpluses[] = {{"none", PP_OCS_NONE}, {"right", PP_OCS_RIGHT}, {"wrong", PP_OCS_WRONG},
                                           {"zero", PP_OCS_ZERO}, {NULL, 0}};
static const struct pp_word quic[] = {{"versions", PP_QUIC_ASKS_VERSIONS}, {"initial", PP_QUIC_ASKS_INITIAL},
                                      {NULL, 0}};

/* Reads DSCP, six bits; read_ecn reads two bits of the same byte. */
static int read_dscp(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct pp_step *s = target;
    int64_t v;

    if (pp_making_number(m, n, 0, 63, &v) < 0)
        return -1;
    s->tos_mask |= 0xfc;
    s->tos = (uint8_t)((s->tos & 3) | v << 2);
    return 0;
}

static int read_ecn(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct pp_step *s = target;
    uint32_t v;

    if (pp_making_word(m, n, ecn, &v) < 0)
        return -1;
    s->tos_mask |= 3;
    s->tos = (uint8_t)((s->tos & 0xfc) | v);
    return 0;
}

static int read_window(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct pp_step *s = target;
    int64_t v;

    if (pp_making_number(m, n, 0, UINT16_MAX, &v) < 0)
        return -1;
    s->set_window = 1;
    s->window = (uint16_t)v;
    return 0;
}

static int read_label(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct pp_step *s = target;
    int64_t v = 0;

    s->label = PP_LABEL_PACKET;
    if (json_is_string(n->v) && strcmp(json_string_value(n->v), "each-packet") == 0)
        return 0;
    s->label = PP_LABEL_FIXED;
    if (pp_making_number(m, n, 0, 0xfffff, &v) < 0)
        return -1;
    s->flow_label = (uint32_t)v;
    return 0;
}

#define EXTENSION(member)                                                                                              \
    .offset = offsetof(struct pp_extension, member), .size = sizeof(((struct pp_extension *)0)->member)
static const struct pp_key_row extension_rows[] = {
    {"type", PP_AS_NUMBER, EXTENSION(type), .max = 255},
    {"bytes", PP_AS_BYTES, EXTENSION(bytes), .len_offset = offsetof(struct pp_extension, len), .len_size = 2,
     .max = PP_MAX_HEADERS},
    PP_ROW_NOTE,
    PP_ROW_END,
};

static int read_extensions(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct stepping *at = target;

    if (pp_making_list(m, n, PP_MAX_EXTENSIONS, "extension headers") < 0)
        return -1;
    at->s.extensions = at->extension;
    for (const struct pp_json_node *c = pp_json_text_child(&m->json, n); c; c = pp_json_text_next(&m->json, c))
        if (pp_making_object(m, c, extension_rows, "an extension header", &at->extension[at->s.nextensions++]) < 0)
            return -1;
    return 0;
}

#define STEP(member) .offset = offsetof(struct pp_step, member), .size = sizeof(((struct pp_step *)0)->member)
#define BYTES(member, n) STEP(member), .len_offset = offsetof(struct pp_step, member##_len), \
    .len_size = sizeof(((struct pp_step *)0)->member##_len), .max = (n)
static const struct pp_key_row step_rows[] = {
    {"on", PP_AS_WORD, STEP(on), .words = classes},
    {"which", PP_AS_SET, STEP(which), .words = which},
    {"first", PP_AS_NUMBER, STEP(first), .max = 3},
    {"last", PP_AS_NUMBER, STEP(last), .max = 255},
    {"only_first", PP_AS_TRUE, STEP(only_first)},
    {"withhold", PP_AS_TRUE, STEP(withhold)},
    {"dscp", PP_AS_CALL, .call = read_dscp},
    {"ecn", PP_AS_CALL, .call = read_ecn},
    {"tos_mask", PP_AS_NUMBER, STEP(tos_mask), .max = 255},
    {"tos", PP_AS_NUMBER, STEP(tos), .max = 255},
    {"ttl", PP_AS_NUMBER, STEP(ttl), .min = 1, .max = 255},
    {"ip_flags", PP_AS_SET, STEP(ip_flags), .words = ip_flags},
    {"ip_options", PP_AS_BYTES, BYTES(ip_options, 40)},
    {"flow_label", PP_AS_CALL, .call = read_label},
    {"extensions", PP_AS_CALL, .call = read_extensions},
    {"fragments", PP_AS_NUMBER, STEP(fragments), .min = 1, .max = PP_MAX_FRAGMENTS},
    {"first_fragment", PP_AS_NUMBER, STEP(first_fragment), .min = 8, .max = 1480},
    {"fragments_reversed", PP_AS_TRUE, STEP(fragments_reversed)},
    {"tcp_set", PP_AS_SET, STEP(tcp_set), .words = tcp_flags, .max = 0xfff},
    {"tcp_clear", PP_AS_SET, STEP(tcp_clear), .words = tcp_flags, .max = 0xfff},
    {"window", PP_AS_CALL, .call = read_window},
    {"urgent", PP_AS_NUMBER, STEP(urgent), .min = 1, .max = UINT16_MAX},
    {"options", PP_AS_BYTES, BYTES(options, 40)},
    {"without", PP_AS_SET, STEP(without), .words = without},
    {"payload", PP_AS_BYTES, BYTES(payload, PAYLOAD_MAX)},
    {"fast_open", PP_AS_SET, STEP(fast_open), .words = fast_open},
    {"segments", PP_AS_NUMBER, STEP(segments), .min = 2, .max = PP_MAX_SEGMENTS},
    {"pause", PP_AS_NUMBER, STEP(pause), .min = 1, .max = PP_MAX_SEGMENTS - 1},
    {"http", PP_AS_NUMBER, STEP(http), .min = 2, .max = 2},
    {"udp_checksum", PP_AS_WORD, STEP(udp_checksum), .words = checksums},
    {"surplus", PP_AS_BYTES, BYTES(surplus, PAYLOAD_MAX - 2)},
    {"ocs", PP_AS_WORD, STEP(ocs), .words = surpluses},
    {"padding", PP_AS_NUMBER, STEP(padding), .max = 272},
    {"prefix", PP_AS_BYTES, BYTES(prefix, PP_MAX_PREFIX)},
    {"quic", PP_AS_WORD, STEP(quic), .words = quic},
    PP_ROW_NOTE,
    PP_ROW_END,
};

/* The arm and the step being read. */
struct arming {
    struct pp_arm a; /* first member */
    unsigned i;
};

static int read_steps(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct arming *at = target;
    struct pp_experiment *e = m->e;

    if (pp_making_list(m, n, PP_MAX_STEPS, "steps") < 0)
        return -1;
    at->a.steps = e->step[at->i];
    for (const struct pp_json_node *c = pp_json_text_child(&m->json, n); c; c = pp_json_text_next(&m->json, c)) {
        unsigned k = at->a.nsteps++;
        struct stepping step = {.extension = e->extension[at->i][k]};
        uint8_t *surplus;

        m->step_at[at->i][k] = c->at;
        if (json_is_object(c->v) && !pp_json_text_member(&m->json, c, "on"))
            return pp_making_fail(m, c->at, "\"on\": \"SYN\", \"ACK\", \"data\" or \"datagram\"",
                                  "a step without 'on', which says the packets that it changes");
        if (pp_making_object(m, c, step_rows, "a step", &step) < 0)
            return -1;
        if (step.s.ocs && step.s.surplus) { /* counts the checksum's two bytes, which precede the text's */
            surplus = pp_making_keep(m, step.s.surplus, step.s.surplus_len);
            pp_making_keep(m, "\0", 2);
            step.s.surplus = surplus;
            step.s.surplus_len = (uint16_t)(step.s.surplus_len + 2);
        }
        e->step[at->i][k] = step.s;
    }
    return 0;
}

static int read_implies(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct arming *at = target;

    at->a.implies = m->e->implies[at->i];
    return pp_making_names(m, n, PP_MAX_ARMS, "arms", m->e->implies[at->i]);
}

#define ARM(member) .offset = offsetof(struct pp_arm, member), .size = sizeof(((struct pp_arm *)0)->member)
static const struct pp_key_row arm_rows[] = {
    {"name", PP_AS_TEXT, ARM(name), .max = 64},
    {"title", PP_AS_TEXT, ARM(title), .max = 200},
    {"connectivity", PP_AS_TEXT, ARM(connectivity), .max = 64},
    {"what", PP_AS_TEXT, ARM(what), .max = PP_MAX_WHAT},
    {"modes", PP_AS_SET, ARM(modes), .words = pp_mode_list},
    {"steps", PP_AS_CALL, .call = read_steps},
    {"after", PP_AS_TEXT, ARM(after), .max = 64},
    {"last", PP_AS_NUMBER, ARM(last), .max = PP_MAX_LAST},
    {"family", PP_AS_NUMBER, ARM(family), .min = 4, .max = 6},
    {"implies", PP_AS_CALL, .call = read_implies},
    PP_ROW_NOTE,
    PP_ROW_END,
};

int pp_making_arms(struct pp_making *m, const struct pp_json_node *n, void *target)
{
    struct pp_experiment *e = m->e;

    (void)target;
    if (pp_making_list(m, n, PP_MAX_ARMS, "arms") < 0)
        return -1;
    e->plugin.arms = e->arm;
    for (const struct pp_json_node *c = pp_json_text_child(&m->json, n); c; c = pp_json_text_next(&m->json, c)) {
        struct arming arm = {.i = e->plugin.narms++};

        m->arm_at[arm.i] = c->at;
        if (pp_making_object(m, c, arm_rows, "an arm", &arm) < 0)
            return -1;
        e->arm[arm.i] = arm.a;
    }
    return 0;
}
