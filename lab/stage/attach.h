/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * attach.h: the lab on a veth pair. `pathprobe lab` creates two network namespaces: one for COMMAND, with the interface
 * lab0, and one for the emulator at the other end, which answers by AF_PACKET. The kernel removes both when the last
 * process in them has ended.
 */
#ifndef PP_ATTACH_H
#define PP_ATTACH_H

#include "../host/hosts.h"

/*
 * Runs ARGV (NULL-terminated) in front of LAB. Returns the exit code for the shell: COMMAND's own, 128 + n for signal
 * n, or 1 when the namespaces could not be made (printed, with the way out). SIGINT and SIGTERM go to COMMAND.
 */
int pp_lab_run(struct pp_lab *lab, char **argv);

#endif
