/* SPDX-License-Identifier: BSD-2-Clause */
/* mmdb.c: reads databases by libmaxminddb, under the keys that their makers use. */
#include "mmdb.h"

#include "../base/error.h"

#include <maxminddb.h>
#include <sys/stat.h>

#define NAME_ROOM 96
#define ASN_DIGITS 10

struct database {
    MMDB_s db;
    const char *path; /* borrowed */
    char name[NAME_ROOM];
};

struct pp_mmdb {
    unsigned n;
    struct database d[PP_MMDB_MAX];
};

/* ---- opening --------------------------------------------------------------------------------------------------- */

static int damaged(const struct database *d, const char *why)
{
    return pp_error("database '%s' is damaged: %s", d->path, why);
}

static bool is_sound(uint8_t record_type)
{
    return record_type == MMDB_RECORD_TYPE_SEARCH_NODE || record_type == MMDB_RECORD_TYPE_EMPTY ||
           record_type == MMDB_RECORD_TYPE_DATA;
}

/* Checks every record of the tree, so that a damaged database is found before the first line is written. */
static int look_through(const struct database *d)
{
    MMDB_search_node_s node;

    for (uint32_t i = 0; i < d->db.metadata.node_count; i++) {
        int r = MMDB_read_node(&d->db, i, &node);
        if (r != MMDB_SUCCESS)
            return damaged(d, MMDB_strerror(r));
        if (!is_sound(node.left_record_type) || !is_sound(node.right_record_type))
            return damaged(d, "its tree points outside of it");
    }
    return 0;
}

static void name(struct database *d)
{
    time_t built = (time_t)d->db.metadata.build_epoch;
    struct tm tm;
    char day[16] = "?";

    if (gmtime_r(&built, &tm))
        strftime(day, sizeof day, "%Y-%m-%d", &tm);
    snprintf(d->name, sizeof d->name, "%.64s %s", d->db.metadata.database_type, day);
}

static int open_one(struct pp_mmdb *m, const char *path)
{
    struct database *d = &m->d[m->n];
    struct stat st;
    int r;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return pp_error("cannot read database '%s': it is a directory", path);
    r = MMDB_open(path, MMDB_MODE_MMAP, &d->db);
    d->path = path;
    if (r == MMDB_FILE_OPEN_ERROR)
        return pp_error_errno("cannot read database '%s'", path);
    if (r != MMDB_SUCCESS) {
        pp_error("'%s' is not a valid database in MaxMind's format: %s", path, MMDB_strerror(r));
        return pp_hint("the download may be incomplete");
    }
    m->n++;
    name(d);
    return look_through(d);
}

struct pp_mmdb *pp_mmdb_open(const char *const *paths, unsigned n)
{
    struct pp_mmdb *m = calloc(1, sizeof *m);

    if (!m) {
        pp_error("out of memory");
        return NULL;
    }
    if (n > PP_MMDB_MAX) {
        pp_error("more than %d databases", PP_MMDB_MAX);
        goto fail;
    }
    for (unsigned i = 0; i < n; i++) {
        if (open_one(m, paths[i]) < 0)
            goto fail;
    }
    return m;
fail:
    pp_mmdb_free(m);
    return NULL;
}

void pp_mmdb_free(struct pp_mmdb *m)
{
    for (unsigned i = 0; m && i < m->n; i++)
        MMDB_close(&m->d[i].db);
    free(m);
}

const char *pp_mmdb_name(const struct pp_mmdb *m, unsigned i)
{
    return i < m->n ? m->d[i].name : NULL;
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

/* "AS64500" or "64500". */
static bool asn_of_text(uint32_t *asn, const char *text, uint32_t len)
{
    uint64_t v = 0;

    if (len > 2 && strncasecmp(text, "AS", 2) == 0)
        text += 2, len -= 2;
    if (len == 0 || len > ASN_DIGITS)
        return false;
    for (uint32_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(text[i] - '0');
    }
    *asn = (uint32_t)v;
    return v > 0 && v <= UINT32_MAX;
}

static void take_asn(struct pp_whereabouts *w, const MMDB_entry_data_s *v)
{
    if (v->type == MMDB_DATA_TYPE_UINT32)
        w->asn = v->uint32;
    else if (v->type == MMDB_DATA_TYPE_UINT16)
        w->asn = v->uint16;
    else if (v->type == MMDB_DATA_TYPE_UTF8_STRING && !asn_of_text(&w->asn, v->utf8_string, v->data_size))
        w->asn = 0;
}

static void take_name(struct pp_whereabouts *w, const MMDB_entry_data_s *v)
{
    if (v->type != MMDB_DATA_TYPE_UTF8_STRING || v->data_size == 0)
        return;
    w->as_name = v->utf8_string;
    w->as_name_len = v->data_size;
}

/* Takes a country code (ISO 3166-1 alpha-2); other values are names. */
static void take_country(struct pp_whereabouts *w, const MMDB_entry_data_s *v)
{
    if (v->type == MMDB_DATA_TYPE_UTF8_STRING && v->data_size == 2)
        w->country = v->utf8_string;
}

enum kind { ASN, NAME, COUNTRY };

static bool has(const struct pp_whereabouts *w, enum kind kind)
{
    return kind == ASN ? w->asn != 0 : kind == NAME ? w->as_name != NULL : w->country != NULL;
}

/* The keys, by kind; the first one present in a record is used. */
static const struct key {
    enum kind kind;
    void (*take)(struct pp_whereabouts *w, const MMDB_entry_data_s *v);
    const char *path[3];
} keys[] = {
    {ASN, take_asn, {"autonomous_system_number"}},
    {ASN, take_asn, {"asn"}},
    {ASN, take_asn, {"traits", "autonomous_system_number"}},
    {NAME, take_name, {"autonomous_system_organization"}},
    {NAME, take_name, {"as_name"}},
    {NAME, take_name, {"traits", "autonomous_system_organization"}},
    {COUNTRY, take_country, {"country", "iso_code"}},
    {COUNTRY, take_country, {"country_code"}},
    {COUNTRY, take_country, {"country"}},
    {COUNTRY, take_country, {"registered_country", "iso_code"}},
};

/* ---- looking up ------------------------------------------------------------------------------------------------ */

static bool is_missing(int status)
{
    return status == MMDB_LOOKUP_PATH_DOES_NOT_MATCH_DATA_ERROR || status == MMDB_INVALID_LOOKUP_PATH_ERROR;
}

/* Reads the values of all keys from an entry of database D. 0, or -1. */
static int read_entry(const struct database *d, MMDB_entry_s *entry, struct pp_whereabouts *w)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        MMDB_entry_data_s v;
        int r;
        if (has(w, keys[i].kind))
            continue;
        r = MMDB_aget_value(entry, &v, keys[i].path);
        if (r == MMDB_SUCCESS && v.has_data)
            keys[i].take(w, &v);
        else if (r != MMDB_SUCCESS && !is_missing(r))
            return damaged(d, MMDB_strerror(r));
    }
    return 0;
}

/*
 * The prefix of a record. The library counts its length from the top of the tree; pp_prefix out of 128, for IPv4, too.
 */
static struct pp_prefix prefix_of(const struct database *d, const struct pp_addr *addr, unsigned netmask)
{
    bool short_tree = pp_addr_is4(addr) && d->db.metadata.ip_version == 4;
    unsigned len = short_tree ? netmask + 96 : netmask;

    return (struct pp_prefix){.addr = pp_addr_mask(addr, len), .len = (uint8_t)len};
}

static int look_in(const struct pp_mmdb *m, unsigned i, const struct pp_addr *addr, struct pp_whereabouts *w)
{
    const struct database *d = &m->d[i];
    struct pp_whereabouts before = *w;
    struct sockaddr_storage ss;
    MMDB_lookup_result_s found;
    int r;

    pp_addr_sockaddr(addr, 0, &ss);
    found = MMDB_lookup_sockaddr(&d->db, (const struct sockaddr *)&ss, &r);
    if (r == MMDB_IPV6_LOOKUP_IN_IPV4_DATABASE_ERROR || (r == MMDB_SUCCESS && !found.found_entry))
        return 0;
    if (r != MMDB_SUCCESS)
        return damaged(d, MMDB_strerror(r));
    if (read_entry(d, &found.entry, w) < 0)
        return -1;
    if (w->asn == before.asn && w->as_name == before.as_name && w->country == before.country)
        return 0;
    w->said |= UINT32_C(1) << i;
    if (!before.said || (w->asn && !before.asn))
        w->prefix = prefix_of(d, addr, found.netmask);
    return 0;
}

int pp_mmdb_look(const struct pp_mmdb *m, const struct pp_addr *addr, struct pp_whereabouts *w)
{
    *w = (struct pp_whereabouts){.asn = 0};
    for (unsigned i = 0; i < m->n; i++) {
        if (look_in(m, i, addr, w) < 0)
            return -1;
    }
    return w->said != 0;
}
