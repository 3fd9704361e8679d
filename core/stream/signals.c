/* SPDX-License-Identifier: BSD-2-Clause */
/* signals.c: a thread that waits for signals. */
#include "signals.h"

#include "../base/error.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define EXIT_INTERRUPTED 130

struct pp_signals {
    pthread_t thread;
    pthread_mutex_t lock; /* protects input */
    struct pp_input *input;
    struct pp_writer *writer;
    void (*_Atomic take_away)(void *arg);
    void *arg;
    sigset_t set, old;
    _Atomic bool stopped, done;
};

void pp_signals_reads(struct pp_signals *s, struct pp_input *input)
{
    pthread_mutex_lock(&s->lock);
    s->input = input;
    if (input && atomic_load(&s->stopped))
        pp_input_stop(input);
    pthread_mutex_unlock(&s->lock);
}

static void stop_input(struct pp_signals *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->input)
        pp_input_stop(s->input);
    pthread_mutex_unlock(&s->lock);
}

void pp_signals_second(struct pp_signals *s, void (*take_away)(void *arg), void *arg)
{
    s->arg = arg;
    atomic_store(&s->take_away, take_away);
}

/* Handles the second signal: ends the process, or returns if the second signal has no effect. */
static void end_now(struct pp_signals *s)
{
    void (*take_away)(void *arg) = atomic_load(&s->take_away);

    if (!s->writer && !take_away)
        return;
    if (s->writer)
        pp_writer_quiesce(s->writer);
    if (take_away)
        take_away(s->arg);
    _exit(EXIT_INTERRUPTED);
}

static void *wait_for_signals(void *arg)
{
    struct pp_signals *s = arg;
    int sig;

    while (sigwait(&s->set, &sig) == 0 && !atomic_load(&s->done)) {
        if (sig == SIGUSR1)
            continue;
        if (atomic_exchange(&s->stopped, true))
            end_now(s);
        stop_input(s);
    }
    return NULL;
}

struct pp_signals *pp_signals_start(struct pp_input *input, struct pp_writer *writer)
{
    struct pp_signals *s = calloc(1, sizeof *s);

    if (!s) {
        pp_error("out of memory");
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    s->input = input;
    s->writer = writer;
    sigemptyset(&s->set);
    sigaddset(&s->set, SIGINT);
    sigaddset(&s->set, SIGTERM);
    sigaddset(&s->set, SIGUSR1); /* sent by pp_signals_end to end the thread */
    pthread_sigmask(SIG_BLOCK, &s->set, &s->old);
    if (pthread_create(&s->thread, NULL, wait_for_signals, s) != 0) {
        pthread_sigmask(SIG_SETMASK, &s->old, NULL);
        pp_error("cannot start a thread");
        free(s);
        return NULL;
    }
    return s;
}

bool pp_signals_stopped(const struct pp_signals *s)
{
    return atomic_load(&s->stopped);
}

bool pp_signals_end(struct pp_signals *s)
{
    bool stopped;

    if (!s)
        return false;
    atomic_store(&s->done, true);
    pthread_kill(s->thread, SIGUSR1);
    pthread_join(s->thread, NULL);
    pthread_sigmask(SIG_SETMASK, &s->old, NULL);
    stopped = atomic_load(&s->stopped);
    free(s);
    return stopped;
}
