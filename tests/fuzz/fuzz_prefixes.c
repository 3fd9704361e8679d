/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_prefixes.c: any bytes as a file of prefixes, such as a user's blocklist. Of plain text each line is also read by
 * itself: the file is refused exactly if a line of it is no prefix, and a look-up finds the longest of its prefixes
 * that holds the address. The first byte chooses whether the special-purpose blocks are in the set, too.
 */
#include "../../core/base/error.h"
#include "../../core/stream/input.h"
#include "../../core/targets/prefixes.h"
#include "../../core/targets/special.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct set {
    struct pp_prefix prefix[MOST];
    unsigned n;
    bool bad, plain; /* bad: a line is no prefix; plain: the file is plain text, which this reader can judge */
};

static void read_lines(struct set *s, const char *text, size_t len)
{
    *s = (struct set){.plain = len < 3 || memcmp(text, "BZh", 3) != 0};
    for (size_t i = 0; i < len; i++)
        s->plain &= text[i] > 8 && text[i] < 127; /* compressed files have other bytes */
    for (size_t at = 0; s->plain && at < len;) {
        size_t end = at, next, stop;

        while (end < len && text[end] != '\n')
            end++;
        next = end + 1;
        for (stop = at; stop < end && !strchr("#;", text[stop]);)
            stop++;
        while (at < stop && strchr(" \t\r", text[at]))
            at++;
        while (at < stop && strchr(" \t\r", text[stop - 1]))
            stop--;
        if (at < stop && s->n == MOST)
            s->plain = false;
        else if (at < stop && pp_prefix_parse(&s->prefix[s->n], text + at, stop - at) < 0)
            s->bad = true;
        else
            s->n += at < stop;
        at = next;
    }
}

static int longest(const struct set *s, const struct pp_addr *a)
{
    int len = -1;

    for (unsigned i = 0; i < s->n; i++)
        if (pp_prefix_has(&s->prefix[i], a) && s->prefix[i].len > len)
            len = s->prefix[i].len;
    return len;
}

/* Looks up the first and the last address of each prefix, and the addresses next to them. */
static void look_up(const struct set *s, const struct pp_prefixes *p)
{
    for (unsigned i = 0; i < s->n; i++)
        for (int k = 0; k < 4; k++) {
            struct pp_addr a = s->prefix[i].addr;
            int carry = k & 1 ? k & 2 ? 1 : -1 : 0;

            for (int b = s->prefix[i].len; k & 2 && b < 128; b++)
                a.b[b / 8] |= (uint8_t)(0x80 >> b % 8);
            for (int b = 15; b >= 0 && carry; b--) {
                int v = a.b[b] + carry;
                a.b[b] = (uint8_t)v;
                carry = v < 0 ? -1 : v > 255;
            }
            if (pp_prefixes_match(p, &a) != longest(s, &a)) {
                char text[PP_ADDR_STRLEN];
                BUG("%s: %d and %d", pp_addr_str(&a, text), pp_prefixes_match(p, &a), longest(s, &a));
            }
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct set s;
    struct pp_prefixes *p = pp_prefixes_new();
    struct pp_input *in;
    int fd = memfd_create("prefixes", MFD_CLOEXEC), result;
    bool special = size && data[0] & 1;

    pp_error_muted = true;
    if (!size || !p || fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)size - 1 || lseek(fd, 0, SEEK_SET) != 0)
        goto out;
    in = pp_input_open_fd(fd, "prefixes");
    fd = -1;
    if (!in)
        goto out;
    read_lines(&s, (const char *)data + 1, size - 1);
    if (special && pp_prefixes_add_special(p) < 0)
        BUG("no memory");
    result = pp_prefixes_read(p, in, "prefixes");
    pp_input_free(in);
    if (s.plain && (result < 0) != s.bad)
        BUG("read: %d, though %s line is no prefix", result, s.bad ? "a" : "no");
    if (s.plain && !s.bad && !special)
        look_up(&s, p);
    for (unsigned i = 0; s.plain && !s.bad && special && i < s.n; i++)
        if (pp_prefixes_match(p, &s.prefix[i].addr) < longest(&s, &s.prefix[i].addr))
            BUG("a prefix of the file is not in the set beside the special ones");
out:
    if (fd >= 0)
        close(fd);
    pp_prefixes_free(p);
    return 0;
}
