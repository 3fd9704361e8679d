/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * h2.c: do conversations that ask for HTTP/2 get through, and does the server agree to it? Over TLS the client asks by
 * ALPN (RFC 9113 section 3.2), without TLS by Upgrade (RFC 7540 section 3.2), which RFC 9113 deprecates.
 */
#include "../core/abi/plugin.h"

enum arm { A, B1, ARMS };

static const struct pp_step asking[] = {{.on = PP_ON_DATA, .http = PP_HTTP_2}};

static const struct pp_arm arms[ARMS] = {
    [A] = {.name = "A", .title = "HTTP/1.1"},
    [B1] = {.name = "B1", .title = "HTTP/1.1 with the offer of HTTP/2: ALPN within TLS, else Upgrade",
            .connectivity = "h2.connectivity", .steps = asking, .nsteps = 1, .what = "offers of HTTP/2"},
};

enum condition { SUCCESS, FAILED, CONDITIONS };

static const struct pp_condition conditions[CONDITIONS] = {
    [SUCCESS] = {.name = "h2.upgrade.success", .what = "B1 was answered in HTTP/2."},
    [FAILED] = {.name = "h2.upgrade.failed",
                .what = "B1 was answered in HTTP/1.1: the target does without HTTP/2, or something on the path has "
                        "taken the offer away."},
};

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    const struct pp_outcome *b1 = &round->arm[B1];

    if (b1->took_part && b1->observed && b1->ok)
        sink->state(sink, b1->http == PP_HTTP_2 ? SUCCESS : FAILED, 0);
}

PP_PLUGIN_DEFINE = {
    .abi = PP_PLUGIN_ABI,
    .size = sizeof(struct pp_plugin),
    .name = "h2",
    .title = "does the offer of HTTP/2 (RFC 9113) get through, and is it accepted?",
    .description =
        "Each target is asked for its page over HTTP/1.1 (A), and with the offer to speak HTTP/2 instead (B1): over "
        "https in the TLS handshake (ALPN, RFC 7301), over http in the request (Upgrade: h2c, RFC 7540 section 3.2). "
        "If A gets through and B1 does not, the path or the target does not let the offer pass, or the target has "
        "agreed to HTTP/2 and does not speak it.\n"
        "\n"
        "Few servers do Upgrade, and RFC 9113 has given it up: that it fails over http says nothing of https. Whether "
        "it is the target that answers or a proxy before it, the answer does not tell.",
    .modes = PP_MODE_HTTP | PP_MODE_HTTPS,
    .default_mode = PP_MODE_HTTP,
    .arms = arms,
    .narms = ARMS,
    .conditions = conditions,
    .nconditions = CONDITIONS,
    .conclude = conclude,
};
