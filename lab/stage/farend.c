/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * farend.c: the emulator's process: its network namespace, its end of the link, and its report of frames that it lost
 * itself.
 */
#include "init.h"

#include "../../core/base/confine.h"

#include "namespace.h"
#include "packet_socket.h"

#include <errno.h>
#include <unistd.h>

/* Reports losses on the lab's own link, which are not part of the scenario: a comparison with the truth needs them. */
static void account(struct pp_lab *lab, struct pp_packet_socket *packets, struct pp_link_view *view)
{
    struct pp_lab_stats s = {0};
    struct pp_packet_socket_stats lost;
    struct pp_link_state link;

    pp_lab_stats(lab, &s);
    pp_packet_socket_stats(packets, &lost);
    if (pp_link_look(view, &link) < 0)
        link.tx_dropped = 0;
    /* If the kernel also reports a drop to sendmmsg, the frame was sent again: it counts as dropped and is not lost. */
    pp_verbose("lab: %llu packets in, %llu out, %llu to no host, %llu refused by the client's backlog",
               (unsigned long long)s.in, (unsigned long long)s.out, (unsigned long long)s.unknown,
               (unsigned long long)link.tx_dropped);
    if (lost.rx_lost + lost.tx_lost > 0) {
        pp_warn("the lab lost packets that its scenario keeps: %llu from the client, %llu to it",
                (unsigned long long)lost.rx_lost, (unsigned long long)lost.tx_lost);
        pp_hint("lower the rate, or leave the emulator a processor of its own");
    }
}

int pp_emulator_run(struct pp_lab *lab, int init)
{
    struct pp_link_view link = {.netlink.fd = -1};
    struct pp_packet_socket *packets = NULL;
    int err = -1;

    setsid(); /* Ctrl-C and Ctrl-Z are for COMMAND */
    if (pp_ns_emulator() < 0 || pp_init_tell(init, PP_STEP_SPACE) < 0 || pp_init_hear(init, PP_STEP_VETH) < 0)
        goto out;
    if (pp_link_no_offloads(PP_LAB_FAR) < 0 || pp_link_up(PP_LAB_FAR) < 0) {
        pp_error_errno("cannot set up the emulator's end of the link");
        goto out;
    }
    packets = pp_packet_socket_new(lab, PP_LAB_FAR, pp_lab_gateway_mac, pp_lab_near.mac);
    if (!packets || pp_init_tell(init, PP_STEP_SOCKET) < 0 || pp_init_hear(init, PP_STEP_LINK) < 0)
        goto out;
    /* COMMAND's packets are untrusted input, as answers of the network are for the prober. */
    if (pp_init_wait_link(&link, PP_LAB_FAR) < 0 || pp_confine(NULL, 0) < 0 ||
        pp_init_tell(init, PP_STEP_READY) < 0)
        goto out;
    err = pp_packet_socket_run(packets, init);
    account(lab, packets, &link);
out:
    pp_link_close(&link);
    pp_packet_socket_free(packets);
    return err < 0 ? 1 : 0;
}
