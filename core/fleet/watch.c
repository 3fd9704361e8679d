/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.c: a worker's queries about a campaign: its blocklist, whether it was stopped or deleted, whether its queue is
 * empty. A watcher reports changes of the bucket; a server that restarts may lose the watcher, so the worker also asks
 * in intervals.
 */
#include "work_parts.h"

#include "../base/error.h"
#include "../base/io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void pp_work_watch(struct work *k)
{
    kvWatchOptions o;

    kvWatchOptions_Init(&o);
    o.MetaOnly = true;
    if (kvStore_WatchAll(&k->watch, k->w->bus->fleet, &o) != NATS_OK) {
        k->watch = NULL;
        pp_verbose("the server does not report changes: it is polled");
    }
}

/* Handles a change of KEY: of any campaign's record, and of any key about the campaign at hand. */
static void heard(struct work *k, const char *key)
{
    const char *dot = strchr(key, '.');

    if (strncmp(key, "campaign.", 9) == 0)
        k->campaigns_at = 0;
    if (dot && k->c.name && (strcmp(dot + 1, k->c.name) == 0 || strcmp(dot + 1, k->c.tag) == 0))
        k->look_at = 0;
}

void pp_work_hear(struct work *k, int64_t ms)
{
    const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};
    kvEntry *e = NULL;

    if (!k->watch && ms > 1)
        nanosleep(&pause, NULL);
    while (k->watch && kvWatcher_Next(&e, k->watch, ms) == NATS_OK) {
        if (e) /* NULL: the end of the initial values */
            heard(k, kvEntry_Key(e));
        kvEntry_Destroy(e);
        e = NULL;
        ms = 1;
    }
}

/* Overwrites the file, which `measure` has open. If `measure` reads it meanwhile, SIGHUP makes it read it again. */
static int write_blocklist(struct work *k, const char *text, size_t len)
{
    if (k->blocklist < 0)
        k->blocklist = memfd_create("blocklist", MFD_CLOEXEC);
    /* Readable by the user that `measure` changes to. */
    if (k->blocklist < 0 || fchmod(k->blocklist, 0644) < 0 || lseek(k->blocklist, 0, SEEK_SET) < 0 ||
        pp_write_all(k->blocklist, text, len, NULL) < 0 || ftruncate(k->blocklist, (off_t)len) < 0)
        return pp_error_errno("blocklist of '%s'", k->c.name);
    return 1;
}

int pp_work_blocklist(struct work *k)
{
    char key[PP_FLEET_SUBJECT_MAX], *text;
    uint64_t revision = 0;
    natsStatus s;
    size_t len;
    int result = 0;

    text = pp_bus_get(k->w->bus->fleet, pp_bus_name(key, PP_BUS_KEY, "blocklist", k->c.tag), &len, &revision, &s);
    if (!text && s != NATS_NOT_FOUND)
        return k->blocklist_revision || pp_bus_may_pass(s) ? 0 : pp_bus_error(s, "blocklist of '%s'", k->c.name);
    if (revision + 1 != k->blocklist_revision) /* 0: never read */
        result = write_blocklist(k, text ? text : "", len);
    free(text);
    k->blocklist_revision = revision + 1;
    return result;
}

bool pp_work_is_empty(struct work *k, bool *gone)
{
    char name[PP_FLEET_SUBJECT_MAX];
    jsConsumerInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus s;
    bool empty;

    s = js_GetConsumerInfo(&info, k->w->bus->js, pp_bus_name(name, PP_BUS_WORK, k->c.tag),
                           k->c.split == PP_FLEET_VANTAGE ? k->w->vantage : PP_FLEET_ANY, NULL, &code);
    *gone = code == JSStreamNotFoundErr || code == JSConsumerNotFoundErr || s == NATS_NOT_FOUND;
    empty = s == NATS_OK && info->NumPending == 0 && info->NumAckPending == 0;
    jsConsumerInfo_Destroy(info);
    return empty || *gone;
}

bool pp_work_is_gone(struct work *k)
{
    char name[PP_FLEET_SUBJECT_MAX];
    jsStreamInfo *info = NULL;
    jsErrCode code = 0;
    natsStatus s;
    bool gone = false;

    (void)pp_work_is_empty(k, &gone);
    if (gone)
        return true;
    s = js_GetStreamInfo(&info, k->w->bus->js, pp_bus_name(name, PP_BUS_OBS, k->c.tag), NULL, &code);
    jsStreamInfo_Destroy(info);
    return code == JSStreamNotFoundErr || s == NATS_NOT_FOUND;
}
