/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * error.c: writes messages to stderr. Each message is formatted in one buffer and written by one call, so that the
 * lines of several threads (and of a child that shares stderr) do not mix. Messages may contain text from files or the
 * network, so control characters, which could manipulate the terminal, are printed as \xNN. Other output with such text
 * uses the same functions (pp_say, pp_escape).
 */
#include "error.h"

#include "utf8.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <unistd.h>

int pp_quiet, pp_verbosity;
_Thread_local bool pp_error_muted;
void (*pp_error_before)(void);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* -q suppressed this thread's last warning, so the hint that follows is suppressed, too. */
static _Thread_local int swallowed;

#define TEXT_MAX 4608 /* bytes: a PATH_MAX and a sentence */
#define LINE_MAX_BYTES (2 * TEXT_MAX)

struct line {
    size_t len;
    char b[LINE_MAX_BYTES];
};

/* The end of a truncated line: room for it is reserved. */
static const char cut[] = "...\n";

static bool put(struct line *l, const void *bytes, size_t n)
{
    if (n > sizeof l->b - sizeof cut - l->len)
        return false;
    memcpy(l->b + l->len, bytes, n);
    l->len += n;
    return true;
}

/* True for C0, DEL, and C1 in UTF-8 (C2 80 to C2 9F), which some terminals interpret, too. */
static bool is_control(const uint8_t *p, unsigned len)
{
    return len == 1 ? *p < 0x20 || *p == 0x7f : len == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

size_t pp_escape(char *to, size_t room, const char *text, size_t len)
{
    const uint8_t *p = (const uint8_t *)text, *end = p + len;
    size_t done = 0;

    while (p < end) {
        unsigned n = pp_utf8_len(p, (size_t)(end - p));
        bool plain = n && !is_control(p, n);
        char hex[5];
        if (!plain)
            snprintf(hex, sizeof hex, "\\x%02x", *p);
        if (done + (plain ? n : 4) >= room)
            break;
        memcpy(to + done, plain ? (const char *)p : hex, plain ? n : 4);
        done += plain ? n : 4;
        p += plain ? n : 1;
    }
    to[done] = '\0';
    return (size_t)(p - (const uint8_t *)text);
}

static bool put_escaped(struct line *l, const char *text)
{
    size_t len = strlen(text), all = pp_escape(l->b + l->len, sizeof l->b - sizeof cut - l->len, text, len);

    l->len += strlen(l->b + l->len);
    return all == len;
}

static void write_all(const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(STDERR_FILENO, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return; /* stderr itself fails: nothing to be done */
        p += done;
        n -= (size_t)done;
    }
}

/* Formats a message. LEAD: trusted text before it; ERR: an errno to append as text, or 0. */
static void build(struct line *l, const char *lead, int err, const char *fmt, va_list ap) PP_PRINTF(4, 0);
static void build(struct line *l, const char *lead, int err, const char *fmt, va_list ap)
{
    char text[TEXT_MAX];
    bool whole;
    int n;

    l->len = 0;
    put(l, lead, strlen(lead));
    n = vsnprintf(text, sizeof text, fmt, ap);
    if (n < 0)
        text[0] = '\0';
    whole = put_escaped(l, text) && n >= 0 && (size_t)n < sizeof text;
    if (whole && err) {
        char why[128];
        whole = put(l, ": ", 2) && put_escaped(l, strerror_r(err, why, sizeof why));
    }
    memcpy(l->b + l->len, whole ? "\n" : cut, whole ? 1 : sizeof cut - 1);
    l->len += whole ? 1 : sizeof cut - 1;
}

static void print(const char *lead, int err, const char *fmt, va_list ap) PP_PRINTF(3, 0);
static void print(const char *lead, int err, const char *fmt, va_list ap)
{
    int saved = errno;
    struct line l;

    if (pp_error_muted)
        return;
    build(&l, lead, err, fmt, ap);
    pthread_mutex_lock(&lock);
    if (pp_error_before)
        pp_error_before();
    write_all(l.b, l.len);
    pthread_mutex_unlock(&lock);
    errno = saved;
}

int pp_error(const char *fmt, ...)
{
    va_list ap;

    swallowed = 0;
    va_start(ap, fmt);
    print("pathprobe: ", 0, fmt, ap);
    va_end(ap);
    return -1;
}

static _Atomic bool usage_told;

int pp_usage(const char *fmt, ...)
{
    va_list ap;

    usage_told = true;
    swallowed = 0;
    va_start(ap, fmt);
    print("pathprobe: ", 0, fmt, ap);
    va_end(ap);
    return -1;
}

bool pp_usage_told(void)
{
    return usage_told;
}

int pp_error_errno(const char *fmt, ...)
{
    va_list ap;

    swallowed = 0;
    va_start(ap, fmt);
    print("pathprobe: ", errno, fmt, ap);
    va_end(ap);
    return -1;
}

void pp_warn(const char *fmt, ...)
{
    va_list ap;

    swallowed = pp_quiet;
    if (pp_quiet)
        return;
    va_start(ap, fmt);
    print("pathprobe: warning: ", 0, fmt, ap);
    va_end(ap);
}

int pp_hint(const char *fmt, ...)
{
    va_list ap;

    if (swallowed)
        return -1;
    va_start(ap, fmt);
    print("hint: ", 0, fmt, ap);
    va_end(ap);
    return -1;
}

void pp_say(FILE *f, const char *fmt, ...)
{
    struct line l;
    va_list ap;

    va_start(ap, fmt);
    if (f == stderr) {
        print("", 0, fmt, ap);
    } else {
        build(&l, "", 0, fmt, ap);
        fwrite(l.b, 1, l.len, f);
    }
    va_end(ap);
}

void pp_verbose(const char *fmt, ...)
{
    va_list ap;

    if (pp_verbosity < 1)
        return;
    va_start(ap, fmt);
    print("pathprobe: ", 0, fmt, ap);
    va_end(ap);
}

void pp_bug(const char *file, int line, const char *fmt, ...)
{
    char lead[256];
    struct line l;
    va_list ap;

    /* Takes no lock and calls no hook: the bug may be in the hook, with the lock held. */
    snprintf(lead, sizeof lead, "pathprobe: bug at %s:%d: ", file, line);
    va_start(ap, fmt);
    build(&l, lead, 0, fmt, ap);
    va_end(ap);
    write_all(l.b, l.len);
    abort();
}
