/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * live_capture.c: opens and reads the libpcap handle. Immediate mode, because a probe's reply must be answered without
 * delay; libpcap then uses TPACKET_V2, a ring of slots of equal size, so the snap length determines how many packets of
 * a burst fit.
 */
#include "live_capture.h"

#include "../base/error.h"
#include "../base/privilege.h"
#include "drops.h"
#include "filter.h"
#include "linktype.h"
#include "route.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAILURES_MAX 100

struct pp_capture {
    pcap_t *pcap;
    int fd, dlt;
    int stamp_unit; /* ns per unit of a frame's tv_usec */
    unsigned failures; /* consecutive failed receives */
    unsigned ifindex;
    char ifname[IF_NAMESIZE];
    uint64_t received;
    uint32_t ring_raw; /* libpcap's counter has 32 bits: its last value */
    uint64_t ring_total;
    struct pp_drops drops;
    pp_frame_fn *fn; /* callback of the current receive */
    void *arg;
};

static int activate_error(struct pp_capture *c, int rc)
{
    pp_error("cannot capture on '%s': %s%s%s", c->ifname, pcap_statustostr(rc), *pcap_geterr(c->pcap) ? ": " : "",
             pcap_geterr(c->pcap));
    if (rc == PCAP_ERROR_PERM_DENIED)
        return pp_privilege_raw_hint(PP_LIVE_PRIVILEGE);
    if (rc == PCAP_ERROR_IFACE_NOT_UP)
        return pp_hint("`ip link set %s up` brings it up", c->ifname);
    return -1;
}

static int compile(struct pp_capture *c, const struct pp_filter *filter, struct bpf_program *program)
{
    struct pp_buf text;
    int result = 0;

    pp_buf_init(&text, PP_FILTER_MAX);
    pp_filter_text(&text, filter);
    pp_buf_addc(&text, '\0');
    if (text.failed)
        result = pp_error("no memory for a capture filter");
    else if (pcap_compile(c->pcap, program, text.data, 1, PCAP_NETMASK_UNKNOWN) < 0)
        result = pp_error("cannot compile the capture filter: %s", pcap_geterr(c->pcap));
    pp_buf_release(&text);
    return result;
}

/*
 * Replaces the kernel filter that libpcap has attached, by setsockopt instead of pcap_setfilter. pcap_setfilter makes
 * libpcap also run the filter itself on the first frame, whose direction (inbound, outbound) libpcap does not know yet:
 * a filter that tests the direction would drop that frame.
 */
static int attach(struct pp_capture *c, const struct bpf_program *program)
{
    struct sock_fprog p = {.len = (unsigned short)program->bf_len};
    int rc;

    p.filter = calloc(program->bf_len, sizeof *p.filter);
    if (p.filter == NULL)
        return pp_error("no memory for a capture filter");
    for (unsigned i = 0; i < program->bf_len; i++) {
        const struct bpf_insn *in = &program->bf_insns[i];
        p.filter[i] = (struct sock_filter){in->code, in->jt, in->jf, in->k};
    }
    rc = setsockopt(pcap_fileno(c->pcap), SOL_SOCKET, SO_ATTACH_FILTER, &p, sizeof p);
    free(p.filter);
    return rc < 0 ? pp_error_errno("cannot set the capture filter") : 0;
}

static int set_filter(struct pp_capture *c, const struct pp_live_config *config)
{
    const struct pp_vantage *v = config->vantage;
    struct pp_filter filter = {.ports = config->ports, .nports = config->nports};
    struct bpf_program program;
    int rc;

    if (compile(c, &filter, &program) < 0)
        return -1;
    rc = pcap_setfilter(c->pcap, &program);
    pcap_freecode(&program);
    if (rc < 0)
        return pp_error("cannot set the capture filter: %s", pcap_geterr(c->pcap));
    /* On cooked links the kernel's offsets differ from those of libpcap's filters. */
    if (v->loopback || (c->dlt != DLT_EN10MB && c->dlt != DLT_RAW))
        return 0;
    filter.own4 = v->v4.usable ? &v->v4.addr : NULL;
    filter.own6 = v->v6.usable ? &v->v6.addr : NULL;
    if (compile(c, &filter, &program) < 0)
        return -1;
    rc = attach(c, &program);
    pcap_freecode(&program);
    return rc;
}

static int set_up(struct pp_capture *c, const struct pp_live_config *config)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    int rc;

    c->pcap = pcap_create(c->ifname, text);
    if (c->pcap == NULL)
        return pp_error("cannot capture on '%s': %s", c->ifname, text);
    pcap_set_snaplen(c->pcap, (int)(config->snaplen + PP_LINK_HEADER_MAX));
    pcap_set_buffer_size(c->pcap, config->ring_bytes > INT_MAX ? INT_MAX : (int)config->ring_bytes);
    pcap_set_immediate_mode(c->pcap, 1);
    /* Fails on devices with microseconds only; the precision is read below. */
    (void)pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO);
    rc = pcap_activate(c->pcap);
    if (rc < 0)
        return activate_error(c, rc);
    c->stamp_unit = pcap_get_tstamp_precision(c->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
    c->dlt = pcap_datalink(c->pcap);
    if (!pp_link_known(c->dlt))
        return pp_error("interface '%s' has an unknown link type (%s)", c->ifname, pcap_datalink_val_to_name(c->dlt));
    if (set_filter(c, config) < 0)
        return -1;
    if (pcap_setnonblock(c->pcap, 1, text) < 0)
        return pp_error("cannot capture on '%s': %s", c->ifname, text);
    c->fd = pcap_get_selectable_fd(c->pcap);
    return c->fd < 0 ? pp_error("cannot wait for packets on '%s'", c->ifname) : 0;
}

struct pp_capture *pp_capture_open(const struct pp_live_config *config)
{
    struct pp_capture *c = calloc(1, sizeof *c);

    if (c == NULL) {
        pp_error("no memory for a capture");
        return NULL;
    }
    memcpy(c->ifname, config->vantage->ifname, sizeof c->ifname);
    c->ifindex = config->vantage->ifindex;
    pp_drops_open(&c->drops, c->ifindex);
    if (set_up(c, config) < 0) {
        pp_capture_free(c);
        return NULL;
    }
    return c;
}

void pp_capture_free(struct pp_capture *c)
{
    if (c == NULL)
        return;
    if (c->pcap != NULL)
        pcap_close(c->pcap);
    pp_drops_close(&c->drops);
    free(c);
}

static void on_packet(u_char *arg, const struct pcap_pkthdr *h, const u_char *bytes)
{
    struct pp_capture *c = (struct pp_capture *)arg;
    struct pp_frame f;

    if (h->caplen > h->len || pp_link_strip(c->dlt, bytes, h->caplen, &f.ip, &f.cap) < 0)
        return;
    f.len = h->len - (h->caplen - f.cap);
    f.stamp = (int64_t)h->ts.tv_sec * 1000000000 + (int64_t)h->ts.tv_usec * c->stamp_unit;
    c->received++;
    c->fn(c->arg, &f);
}

/*
 * libpcap reports ENETDOWN for an interface that was set down and for one that was removed. One set down may come back,
 * and the kernel then fills the ring again. An interface that is up despite the error is retried, a limited number of
 * times.
 */
static int receive_failed(struct pp_capture *c)
{
    struct pp_link link;
    bool there = c->drops.link.fd >= 0 && pp_link_get(&c->drops.link, c->ifindex, &link) == 0;

    if (!there)
        return pp_error("interface '%s' no longer exists", c->ifname);
    if ((link.flags & IFF_UP) != 0 && c->failures >= FAILURES_MAX)
        return pp_error("cannot capture on '%s': %s", c->ifname, pcap_geterr(c->pcap));
    if (c->failures++ == 0)
        pp_warn("interface '%s': %s", c->ifname, pcap_geterr(c->pcap));
    return 0;
}

int pp_capture_receive(struct pp_capture *c, pp_frame_fn *fn, void *arg, int max)
{
    int n;

    c->fn = fn;
    c->arg = arg;
    n = pcap_dispatch(c->pcap, max, on_packet, (u_char *)c);
    if (n < 0)
        return receive_failed(c);
    c->failures = 0;
    return n;
}

int pp_capture_fd(const struct pp_capture *c)
{
    return c->fd;
}

int pp_capture_linktype(const struct pp_capture *c)
{
    return c->dlt;
}

/* Returns the ring's size in bytes, from the mapping of the packet socket, found by its inode. 0: not found. */
static size_t mapped_bytes(int fd)
{
    char line[512];
    struct stat st;
    uintmax_t from, to, inode;
    size_t bytes = 0;
    FILE *f;

    if (fstat(fd, &st) < 0 || (f = fopen("/proc/self/maps", "re")) == NULL)
        return 0;
    while (fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "%" SCNxMAX "-%" SCNxMAX " %*s %*s %*s %" SCNuMAX, &from, &to, &inode) == 3 &&
            inode == st.st_ino && strstr(line, "socket:") != NULL)
            bytes += (size_t)(to - from);
    }
    fclose(f);
    return bytes;
}

/*
 * No system call reports the ring's layout, so it is computed. libpcap's "buffer size" is the size of a slot; slots do
 * not cross blocks, which are pages times a power of two (packet_mmap).
 */
void pp_capture_ring(const struct pp_capture *c, unsigned *slots, unsigned *slot_bytes)
{
    size_t slot = (size_t)pcap_bufsize(c->pcap), block = (size_t)sysconf(_SC_PAGESIZE), bytes = mapped_bytes(c->fd);

    *slots = *slot_bytes = 0;
    if (slot == 0 || bytes == 0)
        return;
    while (block < slot)
        block *= 2;
    *slot_bytes = (unsigned)slot;
    *slots = (unsigned)(bytes / block * (block / slot));
}

void pp_capture_stats(struct pp_capture *c, struct pp_wire_stats *s)
{
    struct pcap_stat st;

    if (pcap_stats(c->pcap, &st) == 0) {
        c->ring_total += (uint32_t)(st.ps_drop - c->ring_raw);
        c->ring_raw = st.ps_drop;
    }
    pp_drops_read(&c->drops);
    s->received = c->received;
    s->drop_ring = c->ring_total;
    s->drop_if = c->drops.at_if.total; /* ps_ifdrop counts only in promiscuous mode, and opens files */
    s->drop_softnet = c->drops.at_softnet.total;
}
