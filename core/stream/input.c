/* SPDX-License-Identifier: BSD-2-Clause */
/* input.c: opens a file or pipe, reads and decompresses its bytes. */
#include "input.h"

#include "../base/error.h"
#include "input_parts.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_stdin(const char *path)
{
    return !path || strcmp(path, "-") == 0;
}

/* Completes the opening, after in->fd was opened or could not be. 0, or -1 printed. */
static int prepare(struct pp_input *in)
{
    struct stat st;

    if (in->fd < 0 || fstat(in->fd, &st) < 0)
        return pp_error_errno("cannot read '%s'", in->name);
    if (S_ISDIR(st.st_mode))
        return pp_error("cannot read '%s': it is a directory", in->name);
    in->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (in->stop_fd < 0)
        return pp_error_errno("cannot make an eventfd");
    if (!S_ISREG(st.st_mode))
        return 0;
    in->sha = EVP_MD_CTX_new();
    if (!in->sha || EVP_DigestInit_ex(in->sha, EVP_sha256(), NULL) != 1)
        return pp_error("cannot compute SHA-256");
    return 0;
}

static struct pp_input *input_new(const char *name)
{
    struct pp_input *in = calloc(1, sizeof *in);

    if (!in || !(in->name = strdup(name))) {
        free(in);
        pp_error("out of memory");
        return NULL;
    }
    in->limit = UINT64_MAX;
    in->fd = in->stop_fd = -1;
    in->line_max = PP_LINE_MAX;
    return in;
}

static struct pp_input *prepared(struct pp_input *in)
{
    if (in && prepare(in) < 0) {
        pp_input_free(in);
        return NULL;
    }
    return in;
}

/* Prints that lines are expected, if the input is a terminal and not a FILE. */
static void tell_terminal(bool file)
{
    if (!file && !pp_quiet && !pp_error_muted && isatty(STDIN_FILENO))
        pp_say(stderr, "pathprobe: waiting for lines on standard input (Ctrl-D ends them); --input FILE reads a file");
}

struct pp_input *pp_input_open(const char *path)
{
    struct pp_input *in = input_new(is_stdin(path) ? "standard input" : path);

    if (in) {
        in->ours = !is_stdin(path);
        tell_terminal(in->ours);
        in->fd = in->ours ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    }
    return prepared(in);
}

struct pp_input *pp_input_open_fd(int fd, const char *name)
{
    struct pp_input *in = input_new(name);

    if (in) {
        in->ours = true;
        in->fd = fd;
    } else {
        close(fd);
    }
    return prepared(in);
}

void pp_input_limit(struct pp_input *in, uint64_t bytes)
{
    in->limit = bytes;
}

void pp_input_free(struct pp_input *in)
{
    if (!in)
        return;
    pp_unpacker_free(in->unpacker);
    EVP_MD_CTX_free(in->sha);
    if (in->stop_fd >= 0)
        close(in->stop_fd);
    if (in->fd >= 0 && in->ours)
        close(in->fd);
    free(in->name);
    free(in);
}

void pp_input_observations(struct pp_input *in)
{
    in->line_max = PP_OBSERVATION_MAX;
}

void pp_input_take_cut(struct pp_input *in)
{
    in->take_cut = true;
}

bool pp_input_is_cut(const struct pp_input *in)
{
    return in->cut;
}

void pp_input_csv(struct pp_input *in, bool csv)
{
    in->csv = csv;
}

uint64_t pp_input_read(const struct pp_input *in)
{
    return in->raw_total;
}

uint64_t pp_input_number(const struct pp_input *in)
{
    return in->number;
}

void pp_input_stop(struct pp_input *in)
{
    atomic_store(&in->stop, true);
    if (eventfd_write(in->stop_fd, 1) < 0)
        return; /* EAGAIN: the eventfd is readable already */
}

const char *pp_input_name(const struct pp_input *in)
{
    return in->name;
}

bool pp_input_stopped(const struct pp_input *in)
{
    return atomic_load(&in->stop);
}

static bool finish_sha256(EVP_MD_CTX *sha, char hex[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool ok = EVP_DigestFinal_ex(sha, digest, &n) == 1 && n == 32;

    for (unsigned i = 0; ok && i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return ok;
}

bool pp_input_sha256(struct pp_input *in, char hex[65])
{
    EVP_MD_CTX *copy;
    bool ok;

    hex[0] = '\0';
    if (!in->sha || !in->raw_end)
        return false;
    copy = EVP_MD_CTX_new();
    ok = copy && EVP_MD_CTX_copy_ex(copy, in->sha) == 1 && finish_sha256(copy, hex);
    EVP_MD_CTX_free(copy);
    return ok;
}

bool pp_input_sha256_ahead(struct pp_input *in, char hex[65])
{
    off_t at = in->sha ? lseek(in->fd, 0, SEEK_CUR) : -1;
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    bool ok = at >= 0 && sha && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1;
    ssize_t n = 1;

    hex[0] = '\0';
    while (ok && n) {
        n = pread(in->fd, in->raw, sizeof in->raw, at);
        ok = n >= 0 && EVP_DigestUpdate(sha, in->raw, (size_t)n) == 1;
        at += n;
    }
    ok = ok && finish_sha256(sha, hex);
    EVP_MD_CTX_free(sha);
    return ok;
}

bool pp_file_sha256_of(const void *address, char hex[65])
{
    struct pp_input *in;
    Dl_info info;
    bool ok;

    hex[0] = '\0';
    if (!dladdr(address, &info) || !info.dli_fname || access(info.dli_fname, R_OK) < 0)
        return false;
    in = pp_input_open(info.dli_fname);
    ok = in && pp_input_sha256_ahead(in, hex);
    pp_input_free(in);
    return ok;
}

/* ---- bytes -------------------------------------------------------------------------------------------------- */

/* Waits until the file is readable. False: pp_input_stop was called. A regular file is always readable. */
static bool wait_readable(struct pp_input *in)
{
    struct pollfd p[2] = {{.fd = in->fd, .events = POLLIN}, {.fd = in->stop_fd, .events = POLLIN}};

    while (poll(p, 2, -1) < 0) {
        if (errno != EINTR && errno != EAGAIN)
            return true; /* read() reports the error */
    }
    return !atomic_load(&in->stop);
}

/* Appends bytes to the raw bytes that are left. 1, or 0: the end, -1: printed. */
static int read_raw(struct pp_input *in)
{
    uint64_t left = in->limit - in->raw_total;
    size_t room;
    ssize_t n;

    if (in->raw_end)
        return 0;
    memmove(in->raw, in->raw + in->raw_at, in->raw_len - in->raw_at);
    in->raw_len -= in->raw_at;
    in->raw_at = 0;
    room = sizeof in->raw - in->raw_len;
    do {
        if (!wait_readable(in))
            return 0;
        n = read(in->fd, in->raw + in->raw_len, room < left ? room : (size_t)left);
    } while (n < 0 && (errno == EINTR || errno == EAGAIN));
    if (n < 0)
        return pp_error_errno("cannot read '%s'", in->name);
    if (n == 0) {
        in->raw_end = true;
        return 0;
    }
    if (in->sha)
        EVP_DigestUpdate(in->sha, in->raw + in->raw_len, (size_t)n);
    in->raw_len += (size_t)n;
    in->raw_total += (uint64_t)n;
    return 1;
}

/* Refuses a packing that is recognised and not supported. -1, printed. */
static int foreign(const struct pp_input *in, const char *packing, const char *unpack)
{
    pp_error("'%s' is compressed by %s, which is not supported", in->name, packing);
    return pp_hint("`%s FILE | pathprobe ...`", unpack);
}

/* Reads until the first bytes show how the file is packed. */
static int find_packing(struct pp_input *in)
{
    enum pp_packing packing;

    while ((packing = pp_packing_of(in->raw, in->raw_len)) == PP_PACKING_UNKNOWN) {
        int r = read_raw(in);
        if (r < 0)
            return -1;
        if (r == 0 && !in->raw_end)
            return 0; /* stopped */
        if (r == 0) {
            packing = PP_PACKING_NONE;
            break;
        }
    }
    in->started = true;
    if (packing == PP_PACKING_NONE)
        return 0;
    if (packing == PP_PACKING_ZIP)
        return foreign(in, "zip", "unzip -p");
    if (packing == PP_PACKING_XZ)
        return foreign(in, "xz", "xz -dc");
    in->unpacker = pp_unpacker_new(packing);
    return in->unpacker ? 0 : pp_error("out of memory");
}

static int damaged(const struct pp_input *in, const char *why)
{
    return pp_error("'%s' is damaged near byte %" PRIu64 ", after line %" PRIu64 ": %s", in->name,
                    in->raw_total - (in->raw_len - in->raw_at), in->lines, why);
}

/* Unpacks more text. 1, or 0: the end, -1: printed. */
static int unpack(struct pp_input *in)
{
    while (!atomic_load(&in->stop)) {
        size_t used, made;
        const char *why;
        if (pp_unpacker_run(in->unpacker, in->raw + in->raw_at, in->raw_len - in->raw_at, &used, in->text + in->len,
                            sizeof in->text - in->len, &made, &why) < 0)
            return damaged(in, why);
        in->raw_at += used;
        in->len += made;
        if (made)
            return 1;
        if (used)
            continue;
        if (in->raw_end && in->take_cut && !pp_unpacker_between(in->unpacker)) {
            in->cut = true;
            return 0;
        }
        if (in->raw_end)
            return pp_unpacker_between(in->unpacker) ? 0 : damaged(in, "it is truncated");
        if (read_raw(in) < 0)
            return -1;
    }
    return 0;
}

int pp_input_fill(struct pp_input *in)
{
    bool first = !in->started;
    size_t n;
    int r;

    memmove(in->text, in->text + in->at, in->len - in->at);
    in->len -= in->at;
    in->at = 0;
    if (first && find_packing(in) < 0)
        return -1;
    if (!in->started)
        return 0;
    if (in->unpacker)
        return unpack(in);
    if (in->raw_at == in->raw_len) {
        r = read_raw(in);
        if (r <= 0)
            return r;
    }
    n = in->raw_len - in->raw_at;
    if (n > sizeof in->text - in->len)
        n = sizeof in->text - in->len;
    memcpy(in->text + in->len, in->raw + in->raw_at, n);
    in->raw_at += n;
    in->len += n;
    return 1;
}
