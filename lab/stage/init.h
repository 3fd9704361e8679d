/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init.h: the lab's three processes. The outer one (attach.c) stays with the caller's shell; the init is init of
 * the lab's PID namespace; its children are the emulator (farend.c), in a network namespace of its own, and COMMAND.
 */
#ifndef PP_LAB_INIT_H
#define PP_LAB_INIT_H

#include <signal.h>

#include "../net/lab.h"
#include "link.h"

#define PP_LAB_CLIENT4 "192.0.2.1"
#define PP_LAB_GATEWAY4 "192.0.2.254"
#define PP_LAB_CLIENT6 "2001:db8::1"
#define PP_LAB_GATEWAY6 "2001:db8::fe"
#define PP_LAB_LINK "lab0" /* COMMAND's end */
#define PP_LAB_FAR "lab1"  /* the emulator's end */

/*
 * Messages between the outer process and the init, over a seqpacket socket that closes when one of them ends. From the
 * init, PP_INIT_STOPPED: COMMAND has stopped. From the outer process one byte, a signal for COMMAND; SIGCONT: continue,
 * with the terminal.
 */
#define PP_INIT_STOPPED 'S'

struct pp_init {
    struct pp_lab *lab; /* borrowed */
    char **argv;        /* COMMAND */
    const char *self;   /* the path of this program, for COMMAND `pathprobe` where PATH has none; NULL: unknown */
    int outer;          /* socket to the outer process */
    bool job;           /* COMMAND gets a process group of its own and the terminal (standard input) */
    sigset_t mask;      /* signals blocked in COMMAND, as they were in the caller */
};

/*
 * Runs the init, in the child of pp_ns_fork, with the signals of pp_init_signals blocked. Returns the lab's exit code.
 */
int pp_init_run(const struct pp_init *k);
/*
 * Sets SET to the signals that the lab's own processes block: those forwarded to COMMAND, and those that they wait for.
 */
void pp_init_signals(sigset_t *set);
/* Opens VIEW of the interface NAME and waits until it passes packets. 0, or -1 printed. */
int pp_init_wait_link(struct pp_link_view *view, const char *name);

/*
 * Send a byte to a process of the lab, and read the byte WANTED from it. 0, or -1: the process ended, or sent another
 * byte.
 */
int pp_init_tell(int fd, char c);
int pp_init_hear(int fd, char wanted);

/* The steps of the emulator's start, each announced by its letter. */
enum {
    PP_STEP_SPACE = 'n',  /* emulator: the network namespace exists */
    PP_STEP_VETH = 'v',   /* init: the emulator's end of the link exists */
    PP_STEP_SOCKET = 's', /* emulator: its end is up, its socket open */
    PP_STEP_LINK = 'l',   /* init: COMMAND's end is up */
    PP_STEP_READY = 'r',  /* emulator: packets pass */
};

/* The MAC addresses of the two ends, and that of the client's gateways. */
extern const struct pp_link_end pp_lab_near, pp_lab_far;
extern const uint8_t pp_lab_gateway_mac[6];

/* Runs the emulator until the socket INIT is closed. Returns its exit code. */
int pp_emulator_run(struct pp_lab *lab, int init);

#endif
