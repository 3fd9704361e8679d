/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * doctor_probing.c: writes a probing.txt, which tells operators of probed hosts who measures and why (RFC 9511 section
 * 2.2, in the format of RFC 9116 section 4).
 */
#include "doctor_host.h"

#include "../core/base/when.h"
#include "../core/stream/output.h"

#include <errno.h>
#include <sys/stat.h>

#define VALID_DAYS 180 /* RFC 9116 section 2.5.5: less than a year */
#define PROBING_LINES 100 /* lines read of a file that may be a probing.txt */

/* True if TEXT has no line end, which would end a value. */
static bool is_one_line(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

/* The URI scheme to put before CONTACT; NULL: it is neither a mail address nor a URI. */
static const char *scheme_of(const char *contact)
{
    static const char *const schemes[] = {"mailto:", "https://", "tel:"}; /* RFC 9511 section 2.1 */

    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(contact, schemes[i], strlen(schemes[i])) == 0)
            return "";
    return strchr(contact, '@') && !strpbrk(contact, " <>\"") ? "mailto:" : NULL;
}

int pp_probing_check(const struct pp_probing *p)
{
    if (!p->contact)
        return pp_error("--probing-txt needs --contact");
    if (!scheme_of(p->contact) || strpbrk(p->contact, " \t")) {
        pp_error("--contact: '%s' is neither a mail address nor a URI", p->contact);
        return pp_hint("use one such as you@example.org, https://example.org/measurement or tel:+1-201-555-0123");
    }
    if (p->canonical && strncmp(p->canonical, "https://", 8) != 0)
        return pp_error("--canonical: '%s' does not begin with https://", p->canonical);
    if (!is_one_line(p->contact) || !is_one_line(p->description) || (p->canonical && !is_one_line(p->canonical)))
        return pp_error("--contact, --description and --canonical must each be one line without control characters");
    return 0;
}

/* True if PATH may be replaced: it does not exist, or is a probing.txt, which has this line (RFC 9511 section 2.2). */
static bool may_replace(const char *path)
{
    FILE *f;
    char *line = NULL;
    size_t size = 0, lines = 0;
    bool found = false;
    struct stat st;

    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return true;
    f = fopen(path, "re");
    while (f && !found && lines < PROBING_LINES && getline(&line, &size, f) >= 0) {
        found = strncasecmp(line, "Expires:", 8) == 0;
        lines++;
    }
    free(line);
    if (f)
        fclose(f);
    return found || lines == 0;
}

static int write_file(const struct pp_probing *p, time_t expires)
{
    char date[PP_RFC3339_LEN];
    int failed;
    FILE *f;

    if (!may_replace(p->path))
        return pp_output_refuse(p->path, "it is not a probing.txt: give another file name, or remove it");
    f = fopen(p->path, "we");
    if (!f || !pp_when_rfc3339(expires, date))
        goto fail;
    if (p->canonical)
        fprintf(f, "Canonical: %s\n", p->canonical);
    fprintf(f, "Contact: %s%s\nExpires: %s\nPreferred-Languages: en\nDescription: %s\n", scheme_of(p->contact),
            p->contact, date, p->description);
    failed = ferror(f);
    if (fclose(f) == 0 && !failed)
        return 0;
    f = NULL;
fail:
    pp_error_errno("cannot write '%s'", p->path);
    if (f)
        fclose(f);
    return -1;
}

static void say_place(struct pp_doctor *d, const struct pp_source *s)
{
    char addr[PP_ADDR_STRLEN];
    bool v6 = s->usable && !pp_addr_is4(&s->addr);

    if (s->usable)
        pp_doctor_advise(d, "publish it at https://%s%s%s/.well-known/probing.txt, and under the host name of that "
                            "address",
                         v6 ? "[" : "", pp_addr_str(&s->addr, addr), v6 ? "]" : "");
}

void pp_doctor_probing(struct pp_doctor *d, const struct pp_probing *p)
{
    if (!p->path)
        return;
    if (write_file(p, time(NULL) + (time_t)VALID_DAYS * 86400) < 0) {
        pp_doctor_say(d, PP_FAIL, "probing.txt", "not written (see the message)");
        return;
    }
    pp_doctor_say(d, PP_OK, "probing.txt", "written to '%s', valid for %d days", p->path, VALID_DAYS);
    if (d->found) {
        say_place(d, &d->vantage.v4);
        say_place(d, &d->vantage.v6);
    }
}
