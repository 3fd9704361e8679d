/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage.c: runs a command and writes down what it took: processor time and memory of that process alone, all its
 * threads included.
 *
 *   usage FILE COMMAND...    FILE: "CPU_US USER_US SYSTEM_US PEAK_KIB WALL_US EXIT_CODE"
 *
 * PEAK_KIB is the kernel's ru_maxrss of a child that has ended: its VmHWM, mapped capture rings included.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long us(struct timeval t)
{
    return t.tv_sec * 1000000LL + t.tv_usec;
}

static long long wall_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
    long long from = wall_us();
    struct rusage u;
    int status, code;
    pid_t pid;
    FILE *f;

    if (argc < 3)
        return fprintf(stderr, "usage: usage FILE COMMAND...\n"), 2;
    pid = fork();
    if (pid == 0) {
        execvp(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (pid < 0)
        return perror("fork"), 1;
    while (wait4(pid, &status, 0, &u) < 0)
        if (errno != EINTR)
            return perror("wait4"), 1;
    code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    f = fopen(argv[1], "we");
    if (!f)
        return perror(argv[1]), 1;
    fprintf(f, "%lld %lld %lld %ld %lld %d\n", us(u.ru_utime) + us(u.ru_stime), us(u.ru_utime), us(u.ru_stime),
            u.ru_maxrss, wall_us() - from, code);
    return fclose(f) == 0 ? code : 1;
}
