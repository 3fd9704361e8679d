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
 * Between the outer process and the init, over a seqpacket socket whose closing means that the other one is gone.
 * Outwards PP_INIT_STOPPED: COMMAND has stopped. Inwards one byte, a signal for COMMAND; SIGCONT: go on, with the
 * terminal.
 */
#define PP_INIT_STOPPED 'S'

struct pp_init {
    struct pp_lab *lab; /* borrowed */
    char **argv;        /* COMMAND */
    const char *self;   /* the path of this program, for COMMAND `pathprobe` where PATH has none; NULL: unknown */
    int outer;          /* socket to the outer process */
    bool job;           /* COMMAND gets a process group of its own and the terminal (standard input) */
    sigset_t mask;      /* signals blocked in COMMAND: those that were in the caller */
};

/* In the child of pp_ns_fork, with the signals of pp_init_signals blocked. Returns the lab's exit code. */
int pp_init_run(const struct pp_init *k);
/* What the lab's own processes block: the signals that go to COMMAND, and those that they wait for. */
void pp_init_signals(sigset_t *set);
/* Opens VIEW of the interface NAME and waits until it passes packets. 0, or -1 printed. */
int pp_init_wait_link(struct pp_link_view *view, const char *name);

/* A byte to, or exactly the byte WANTED from, a process of the lab. 0, or -1: it is gone, or said something else. */
int pp_init_tell(int fd, char c);
int pp_init_hear(int fd, char wanted);

/* The steps of the emulator's start, each told as its letter. */
enum {
    PP_STEP_SPACE = 'n',  /* emulator: my network namespace is there */
    PP_STEP_VETH = 'v',   /* init: your end of the link is there */
    PP_STEP_SOCKET = 's', /* emulator: it is up, my socket is open */
    PP_STEP_LINK = 'l',   /* init: so is the other end */
    PP_STEP_READY = 'r',  /* emulator: packets pass */
};

/* The MAC addresses of the two ends, and that of the client's gateways. */
extern const struct pp_link_end pp_lab_near, pp_lab_far;
extern const uint8_t pp_lab_gateway_mac[6];

/* The emulator's process, until KEEPER is closed. Returns its exit code. */
int pp_emulator_run(struct pp_lab *lab, int init);

#endif
