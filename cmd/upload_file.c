/* SPDX-License-Identifier: BSD-2-Clause */
/* upload_file.c: reads a result file, and builds the package that is sent. */
#include "upload_file.h"

#include "../core/base/json.h"
#include "../core/stream/output.h"

#include <errno.h>
#include <unistd.h>

/* "dir/ecn.ndjson.zst" -> "ecn.ndjson.bz2". */
int pp_upload_file_name(char name[PP_NAME_MAX], const struct pp_upload_file_config *c, const char *file)
{
    static const char *const packed[] = {".zst", ".gz", ".bz2", NULL};
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    bool bzip2 = c->form == PP_FORM_RAW || c->form == PP_FORM_ROUNDS;
    size_t len = strlen(base);

    if (c->name)
        return snprintf(name, PP_NAME_MAX, "%s", c->name) >= PP_NAME_MAX || strchr(c->name, '/')
                   ? pp_error("--name: a name has no slash and at most %d bytes", PP_NAME_MAX - 1)
                   : 0;
    for (int i = 0; packed[i] && c->form != PP_FORM_FILE; i++) {
        size_t n = strlen(packed[i]);
        if (len > n && strcmp(base + len - n, packed[i]) == 0)
            len -= n;
    }
    if (snprintf(name, PP_NAME_MAX, "%.*s%s", (int)len, base, bzip2 ? ".bz2" : "") >= PP_NAME_MAX)
        return pp_error("the name '%s' is too long; --name gives another", file);
    return 0;
}

bool pp_upload_file_is_address(const char *operand)
{
    return strncmp(operand, "https://", 8) == 0 || strncmp(operand, "http://", 7) == 0;
}

int pp_upload_file_check_names(const struct pp_upload_file_config *c, const char *campaign, char **operands)
{
    char name[PP_NAME_MAX];

    if (campaign && pp_pto_name_check("--campaign", campaign, false) < 0)
        return -1;
    for (; *operands && c->form != PP_FORM_OBSERVATIONS; operands++) {
        if (pp_upload_file_is_address(*operands))
            continue;
        if (pp_upload_file_name(name, c, *operands) < 0 ||
            pp_pto_name_check(c->name ? "--name" : *operands, name, true) < 0)
            return -1;
    }
    return 0;
}

/* The PTO's own tools name raw data by the address of its metadata. */
static void add_source(struct pp_json *j, const char *url)
{
    static const char data[] = "/data";
    size_t len = strlen(url), n = sizeof data - 1;

    if (len > n && strcmp(url + len - n, data) == 0)
        len -= n;
    pp_json_strn(j, NULL, url, len);
}

static void set_members(struct pp_buf *out, const struct pp_upload_file_config *c, const struct pp_upload_file *p)
{
    struct pp_json json;
    const char *name;
    json_t *unused;

    pp_json_init(&json, out);
    pp_json_array(&json, "_sources");
    for (unsigned i = 0; i < c->source->n; i++)
        add_source(&json, c->source->v[i]);
    pp_json_end(&json, ']');
    pp_json_str(&json, "_analyzer", c->analyzer);
    pp_json_array(&json, "_conditions");
    json_object_foreach(p->survey.conditions, name, unused) {
        pp_json_str(&json, NULL, name);
    }
    pp_json_end(&json, ']');
}

/* Writes the members that pto3-trace needs: source and port of all traces of the file. */
static void trace_members(struct pp_buf *out, const struct pp_survey *s)
{
    struct pp_json json;
    char port[8];

    pp_json_init(&json, out);
    pp_json_str(&json, "src_ip", s->source);
    snprintf(port, sizeof port, "%u", s->port);
    pp_json_str(&json, "tcp_dst_port", port);
}

static int describe(struct pp_upload_file *p, const struct pp_upload_file_config *c)
{
    bool set = c->form == PP_FORM_OBSERVATIONS, trace = c->form == PP_FORM_TRACEBOX;
    struct pp_buf beside;
    int result = -1;

    pp_buf_init(&beside, PP_DESCRIPTION_MAX);
    if (set)
        set_members(&beside, c, p);
    if (trace)
        trace_members(&beside, &p->survey);
    if (beside.failed)
        pp_error("out of memory");
    else
        result = pp_describe_members(&p->members, &c->describe, &p->run, &p->survey,
                                     set ? NULL : trace ? PP_PTO_TRACE_TYPE : PP_PTO_FILE_TYPE, &p->package, &beside);
    pp_buf_release(&beside);
    return result;
}

static int pack(struct pp_upload_file *p, const struct pp_upload_file_config *c, const char *file)
{
    char vantage[128];

    if (pp_describe_read(&p->run, &c->describe, file) < 0)
        return -1;
    if (c->form == PP_FORM_FILE)
        return pp_package_file(&p->package, file);
    if (pp_package_open(&p->package, c->form == PP_FORM_RAW || c->form == PP_FORM_ROUNDS) < 0 ||
        pp_export(&p->survey, &p->package, file, c->form, c->experiment,
                  pp_describe_vantage(vantage, sizeof vantage, &c->describe, &p->run) ? vantage : NULL) < 0 ||
        pp_package_close(&p->package) < 0 || describe(p, c) < 0)
        return -1;
    pp_survey_say(&p->survey, file, c->form);
    return 0;
}

void pp_upload_file_init(struct pp_upload_file *p)
{
    *p = (struct pp_upload_file){.package = {.fd = -1}};
    pp_buf_init(&p->run, PP_DESCRIPTION_MAX);
    pp_buf_init(&p->members, PP_DESCRIPTION_MAX);
}

int pp_upload_file_pack(struct pp_upload_file *p, const struct pp_upload_file_config *c, const char *file)
{
    return pp_upload_file_name(p->name, c, file) == 0 && pack(p, c, file) == 0 ? 0 : -1;
}

void pp_upload_file_release(struct pp_upload_file *p)
{
    pp_survey_release(&p->survey);
    pp_package_release(&p->package);
    pp_buf_release(&p->run);
    pp_buf_release(&p->members);
}

/* Checks that the package's compression is that of FILE's suffix. 0, or -1 printed. */
static int check_suffix(const struct pp_upload_file *p, const char *file)
{
    uint8_t first[4];
    ssize_t n = pread(p->package.fd, first, sizeof first, 0);
    enum pp_packing made = n > 0 ? pp_packing_of(first, (size_t)n) : PP_PACKING_NONE;

    return pp_output_suffix(file, made);
}

/* Closes F (NULL: it was not opened). OK: no write failed so far. 0, or -1 with the errno of the first failure. */
static int finish(FILE *f, bool ok)
{
    int error = errno;

    if (f && fclose(f) < 0 && ok)
        return -1;
    errno = error;
    return f && ok ? 0 : -1;
}

static int write_package(const struct pp_upload_file *p, const char *file)
{
    FILE *f = fopen(file, "we");
    char piece[65536];
    ssize_t n = 1;
    bool ok = true;

    for (off_t at = 0; f && ok && n > 0; at += n) {
        n = pread(p->package.fd, piece, sizeof piece, at);
        ok = n >= 0 && fwrite(piece, 1, (size_t)n, f) == (size_t)n;
    }
    return finish(f, ok);
}

static int write_members(const struct pp_upload_file *p, const char *path)
{
    FILE *f = fopen(path, "we");

    return finish(f, f && fprintf(f, "{%.*s}\n", (int)p->members.len, p->members.data) > 0);
}

int pp_upload_file_write(const struct pp_upload_file *p, const char *file, bool force)
{
    struct pp_buf path;
    int result = -1;

    if (check_suffix(p, file) < 0 || pp_describe_beside(file) < 0)
        return -1;
    pp_buf_init(&path, 8192);
    pp_describe_path(&path, file);
    if (path.failed)
        pp_error("out of memory");
    else if (force || (pp_output_keep(file) == 0 && pp_output_keep(path.data) == 0))
        result = write_package(p, file) < 0 || write_members(p, path.data) < 0
                     ? pp_error_errno("cannot write '%s' and its metadata", file)
                     : 0;
    pp_buf_release(&path);
    return result;
}
