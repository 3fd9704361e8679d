/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * intake.c: reads packets by libpcap: from an interface, without blocking in libpcap, or from a file by a stream that
 * signals can end.
 */
#include "intake.h"

#include "../core/base/error.h"
#include "../core/wire/linktype.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Whole packets are captured, also those merged by GRO, so that checksums can be verified. Without immediate mode
 * libpcap's ring (TPACKET_V3) has blocks for frames of any length, which are passed on when full or after BLOCK_MS.
 */
enum { SNAPLEN = 256 << 10, RING_BYTES = 32 << 20, BLOCK_MS = 100, READ_BUFFER = 64 << 10 };

struct pp_intake {
    pcap_t *pcap;
    const char *name, *filter;
    int dlt;
    int file_fd, signal_fd, live_fd; /* -1: none */
    bool signalled;
    sigset_t old_mask;
    bool masked;
};

/* ---- signals ------------------------------------------------------------------------------------------ */

static int signals_open(struct pp_intake *c)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    c->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (c->signal_fd < 0)
        return pp_error_errno("cannot watch for signals");
    sigprocmask(SIG_BLOCK, &set, &c->old_mask);
    c->masked = true;
    return 0;
}

/* Waits until FD is readable or a signal came, at most MS milliseconds. */
static void wait_for(struct pp_intake *c, int fd, int ms)
{
    struct pollfd p[2] = {{.fd = c->signal_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    struct signalfd_siginfo info;

    if (poll(p, 2, ms) > 0 && p[0].revents) {
        if (read(c->signal_fd, &info, sizeof(info)) > 0)
            c->signalled = true;
    }
}

/* ---- opening ------------------------------------------------------------------------------------------ */

static struct pp_intake *capture_new(const char *name, const char *filter)
{
    struct pp_intake *c = calloc(1, sizeof(*c));

    if (!c) {
        pp_error("no memory");
        return NULL;
    }
    c->name = name;
    c->filter = filter;
    c->file_fd = c->signal_fd = c->live_fd = -1;
    if (signals_open(c) < 0) {
        pp_intake_free(c);
        return NULL;
    }
    return c;
}

void pp_intake_free(struct pp_intake *c)
{
    if (!c)
        return;
    if (c->pcap)
        pcap_close(c->pcap);
    if (c->file_fd > STDIN_FILENO)
        close(c->file_fd);
    if (c->signal_fd >= 0)
        close(c->signal_fd);
    if (c->masked)
        sigprocmask(SIG_SETMASK, &c->old_mask, NULL);
    free(c);
}

static int set_filter(struct pp_intake *c)
{
    struct bpf_program program;
    int rc;

    c->dlt = pcap_datalink(c->pcap);
    if (!pp_link_known(c->dlt)) {
        const char *dlt = pcap_datalink_val_to_name(c->dlt);

        return pp_error("'%s' has link type %s, which is not supported", c->name, dlt ? dlt : "unknown");
    }
    if (!c->filter)
        return 0;
    if (pcap_compile(c->pcap, &program, c->filter, 1, PCAP_NETMASK_UNKNOWN) < 0) {
        pp_error("bad filter '%s': %s", c->filter, pcap_geterr(c->pcap));
        return pp_hint("pcap-filter(7) describes the syntax");
    }
    rc = pcap_setfilter(c->pcap, &program);
    pcap_freecode(&program);
    return rc < 0 ? pp_error("cannot set the filter on '%s': %s", c->name, pcap_geterr(c->pcap)) : 0;
}

/* libpcap reads a file by this function, as a blocking fread on a quiet pipe would not notice the blocked signals. */
static ssize_t cookie_read(void *cookie, char *buf, size_t size)
{
    struct pp_intake *c = cookie;
    ssize_t n;

    do {
        wait_for(c, c->file_fd, -1);
        if (c->signalled)
            return 0;
        n = read(c->file_fd, buf, size);
    } while (n < 0 && (errno == EINTR || errno == EAGAIN));
    return n;
}

static int open_file(struct pp_intake *c)
{
    c->file_fd = strcmp(c->name, "-") == 0 ? STDIN_FILENO : open(c->name, O_RDONLY | O_CLOEXEC);
    return c->file_fd < 0 ? pp_error_errno("cannot open '%s'", c->name) : 0;
}

int pp_intake_begin(struct pp_intake *c)
{
    char errbuf[PCAP_ERRBUF_SIZE] = "";
    FILE *stream;

    if (c->file_fd < 0)
        return 0;
    stream = fopencookie(c, "r", (cookie_io_functions_t){.read = cookie_read});
    if (!stream)
        return pp_error("no memory");
    setvbuf(stream, NULL, _IOFBF, READ_BUFFER);
    c->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, errbuf);
    if (!c->pcap) {
        fclose(stream);
        return pp_error("cannot read '%s': %s", c->name, c->signalled ? "interrupted" : errbuf);
    }
    pp_verbose("reading '%s'", c->name);
    return set_filter(c);
}

static int activate(struct pp_intake *c)
{
    int rc;

    pcap_set_snaplen(c->pcap, SNAPLEN);
    pcap_set_buffer_size(c->pcap, RING_BYTES);
    pcap_set_timeout(c->pcap, BLOCK_MS);
    /* Some interfaces refuse this, and then give microseconds. */
    pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO);
    rc = pcap_activate(c->pcap);
    if (rc >= 0)
        return 0;
    pp_error("cannot capture on '%s': %s", c->name, rc == PCAP_ERROR ? pcap_geterr(c->pcap) : pcap_statustostr(rc));
    if (rc == PCAP_ERROR_PERM_DENIED)
        return pp_hint("capturing needs CAP_NET_RAW: run it as root, or give the program the capability");
    if (rc == PCAP_ERROR_NO_SUCH_DEVICE)
        return pp_hint("'ip link' lists the interfaces; a capture file is read by --input");
    return -1;
}

static int open_live(struct pp_intake *c)
{
    char errbuf[PCAP_ERRBUF_SIZE] = "";

    c->pcap = pcap_create(c->name, errbuf);
    if (!c->pcap)
        return pp_error("cannot capture on '%s': %s", c->name, errbuf);
    if (activate(c) < 0 || set_filter(c) < 0)
        return -1;
    if (pcap_setnonblock(c->pcap, 1, errbuf) < 0)
        return pp_error("cannot capture on '%s': %s", c->name, errbuf);
    c->live_fd = pcap_get_selectable_fd(c->pcap);
    if (c->live_fd < 0)
        return pp_error("cannot wait for packets on '%s'", c->name);
    pp_verbose("watching '%s'", c->name);
    return 0;
}

static struct pp_intake *opened(struct pp_intake *c, int (*open_it)(struct pp_intake *))
{
    if (c && open_it(c) < 0) {
        pp_intake_free(c);
        return NULL;
    }
    return c;
}

struct pp_intake *pp_intake_file(const char *name, const char *filter)
{
    return opened(capture_new(name, filter), open_file);
}

struct pp_intake *pp_intake_live(const char *ifname, const char *filter)
{
    return opened(capture_new(ifname, filter), open_live);
}

/* ---- packets ------------------------------------------------------------------------------------------ */

/*
 * The time stamp in ns. Times of a file that do not fit into nanoseconds (from the year 2262 on) are clamped. The
 * seconds of a pcap file are unsigned 32-bit numbers, which libpcap passes on as signed: from 2038 on they are
 * negative.
 */
static int64_t stamp_of(struct pp_intake *c, const struct pcap_pkthdr *h)
{
    const int64_t max = INT64_MAX / 1000000000 - 1;
    int64_t unit = pcap_get_tstamp_precision(c->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
    int64_t s = h->ts.tv_sec;
    int64_t ns = h->ts.tv_usec * unit;

    if (s < 0)
        s = s >= INT32_MIN ? s + (INT64_C(1) << 32) : 0;
    if (s > max)
        s = max;
    return s * 1000000000 + (ns >= 0 && ns < 1000000000 ? ns : 0);
}

enum pp_intake_result pp_intake_next(struct pp_intake *c, struct pp_intake_frame *f)
{
    struct pcap_pkthdr *h;
    const u_char *bytes;
    int rc;

    if (c->signalled)
        return PP_CAPTURE_SIGNAL;
    rc = pcap_next_ex(c->pcap, &h, &bytes);
    if (c->signalled)
        return PP_CAPTURE_SIGNAL;
    if (rc == PCAP_ERROR_BREAK)
        return PP_CAPTURE_END;
    if (rc < 0) {
        pp_error("cannot continue to read '%s': %s", c->name, pcap_geterr(c->pcap));
        return PP_CAPTURE_ERROR;
    }
    if (rc == 0)
        return PP_CAPTURE_NOTHING;
    f->stamp = stamp_of(c, h);
    if (pp_link_strip(c->dlt, bytes, h->caplen, &f->ip, &f->cap) < 0)
        f->ip = NULL;
    else /* a file's length field may be too small */
        f->len = f->cap + (h->len > h->caplen ? h->len - h->caplen : 0);
    return PP_CAPTURE_FRAME;
}

void pp_intake_wait(struct pp_intake *c, int ms)
{
    wait_for(c, c->live_fd, ms);
}

bool pp_intake_reads(const struct pp_intake *c, int fd)
{
    struct stat in, out;

    return c->file_fd >= 0 && fstat(c->file_fd, &in) == 0 && fstat(fd, &out) == 0 && S_ISREG(in.st_mode) &&
           in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

void pp_intake_drops(struct pp_intake *c, uint64_t *ring, uint64_t *interface)
{
    struct pcap_stat s = {0};

    if (c->live_fd >= 0)
        pcap_stats(c->pcap, &s);
    *ring = s.ps_drop;
    *interface = s.ps_ifdrop;
}
