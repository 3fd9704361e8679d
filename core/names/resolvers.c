/* SPDX-License-Identifier: BSD-2-Clause */
/* resolvers.c: parses the addresses of resolvers, given or from /etc/resolv.conf. */
#include "dns_client.h"

#include "../base/error.h"
#include "../targets/target.h"

#define DNS_PORT 53
#define RESOLV_CONF "/etc/resolv.conf"

static void set(struct pp_resolver *r, const struct pp_addr *addr, uint16_t port)
{
    char text[PP_ADDR_STRLEN];

    r->addr = *addr;
    r->port = port ? port : DNS_PORT;
    pp_addr_str(addr, text);
    if (r->port == DNS_PORT)
        snprintf(r->text, sizeof r->text, "%s", text);
    else
        snprintf(r->text, sizeof r->text, pp_addr_is4(addr) ? "%s:%u" : "[%s]:%u", text, r->port);
}

/* Accepts the forms of a list of targets. */
int pp_resolver_parse(struct pp_resolver *r, const char *text)
{
    struct pp_target *t;
    const char *why;

    if (pp_target_parse(&t, PP_INPUT_LIST, text, strlen(text), &why) < 0)
        return -1;
    set(r, &t->addr, t->port);
    free(t);
    return 0;
}

/* The word after "nameserver" in LINE, as glibc's res_init reads it; NULL: another line. */
static char *nameserver(char *line)
{
    static const char word[] = "nameserver";
    char *p = line + sizeof word - 1;

    if (strncmp(line, word, sizeof word - 1) != 0 || (*p != ' ' && *p != '\t'))
        return NULL;
    p += strspn(p, " \t");
    p[strcspn(p, " \t\r\n#;")] = '\0';
    return p;
}

static const char *why_unusable(const char *text)
{
    const char *zone = strchr(text, '%');
    struct pp_addr a;

    if (zone && pp_addr_parse(&a, text, (size_t)(zone - text)) == 0)
        return "an address with a zone";
    return "not an address";
}

/*
 * Reads /etc/resolv.conf instead of c-ares, which skips lines that it cannot use and silently asks 127.0.0.1 if none is
 * left.
 */
int pp_resolvers_of_system(struct pp_resolver r[PP_RESOLVERS_MAX])
{
    FILE *f = fopen(RESOLV_CONF, "re");
    char line[512], *name;
    unsigned n = 0, more = 0;

    if (!f)
        return pp_error_errno("cannot read this system's resolvers: %s", RESOLV_CONF),
               pp_hint("--server ADDR selects one");
    while (fgets(line, sizeof line, f)) {
        struct pp_resolver found;
        if (!(name = nameserver(line)))
            continue;
        if (pp_resolver_parse(&found, name) < 0)
            pp_warn("%s: unusable nameserver '%s': %s", RESOLV_CONF, name, why_unusable(name));
        else if (n < PP_RESOLVERS_MAX)
            r[n++] = found;
        else
            more++;
    }
    fclose(f);
    if (more)
        pp_warn("%s: %u nameservers after the first %d are not used", RESOLV_CONF, more, PP_RESOLVERS_MAX);
    if (n == 0)
        return pp_error("%s lists no usable resolver", RESOLV_CONF), pp_hint("--server ADDR selects one");
    return (int)n;
}
