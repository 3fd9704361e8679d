/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * clock.c: preloaded into a program, sets its clock SHIFT seconds ahead: the real-time one alone, and in it alone. What
 * waits until some time of that clock waits as long as it would otherwise.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift;
static int (*timed_wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("SHIFT");
    void *f = dlsym(RTLD_NEXT, "pthread_cond_timedwait");

    shift = text ? strtol(text, NULL, 10) : 0;
    memcpy(&timed_wait, &f, sizeof f);
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    int result = (int)syscall(SYS_clock_gettime, clock, t);

    if (result == 0 && clock == CLOCK_REALTIME)
        t->tv_sec += shift;
    return result;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    struct timespec now;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *t = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *t)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (t)
        *t = now.tv_sec;
    return now.tv_sec;
}

/* A deadline of the monotonic clock is far from the real-time clock's present time: it is passed on unchanged. */
int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
    struct timespec now, real = *until;

    clock_gettime(CLOCK_REALTIME, &now);
    if (labs(until->tv_sec - now.tv_sec) < 86400)
        real.tv_sec -= shift;
    return timed_wait(cond, mutex, &real);
}
