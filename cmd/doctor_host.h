/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor_host.h: the part of `pathprobe doctor` that checks the host rather than a run's sockets and files, and prints
 * findings (doctor_say.c).
 */
#ifndef PP_DOCTOR_HOST_H
#define PP_DOCTOR_HOST_H

#include "../core/base/error.h"
#include "../core/base/json.h"
#include "../core/wire/source.h"

enum pp_health { PP_OK, PP_WARN, PP_FAIL };

struct pp_doctor {
    const char *ifname; /* given by the user; NULL: that of the default route */
    uint16_t lo, hi;    /* ports */
    int only;           /* 0, 4 or 6 */
    bool found;         /* vantage is valid */
    bool failed;
    struct pp_vantage vantage;
    bool json, open; /* print findings as JSON; a finding's object is open */
    struct pp_buf text;
    struct pp_json j;
};

void pp_doctor_begin(struct pp_doctor *d, bool json);
/* Prints the summary. Returns the exit code. */
int pp_doctor_end(struct pp_doctor *d);

/* One finding: a line on stdout, or an object. PP_FAIL: measuring cannot work. */
void pp_doctor_say(struct pp_doctor *d, enum pp_health health, const char *what, const char *fmt, ...) PP_PRINTF(4, 5);
/* Prints the advice for the previous finding. */
void pp_doctor_advise(struct pp_doctor *d, const char *fmt, ...) PP_PRINTF(2, 3);

/* The range of this host's ephemeral ports. False: it cannot be read. */
bool pp_doctor_local_ports(unsigned *lo, unsigned *hi);

void pp_doctor_kernel(struct pp_doctor *d);
void pp_doctor_offloads(struct pp_doctor *d);
void pp_doctor_backlog(struct pp_doctor *d);
void pp_doctor_clock(struct pp_doctor *d);
void pp_doctor_conntrack(struct pp_doctor *d);
/* A probing.txt (RFC 9511): path and content; NULL: not wanted, not given. */
struct pp_probing {
    const char *path, *contact, *canonical, *description;
};
/* Checks the options. 0, or -1 printed: a usage error. */
int pp_probing_check(const struct pp_probing *p);
/* Writes probing.txt, if it is wanted. Call before pp_doctor_names. */
void pp_doctor_probing(struct pp_doctor *d, const struct pp_probing *p);

/* Drops all privileges, and asks DNS for the names of the source addresses. */
void pp_doctor_names(struct pp_doctor *d);

#endif
