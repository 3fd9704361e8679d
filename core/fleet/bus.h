/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bus.h: a connection to NATS JetStream, and the names under which a campaign is stored there. <tag> is its name and
 * the random id in its record, so that nothing of a deleted campaign is taken for the next one's that has its name:
 *
 *   stream PP_WORK_<tag>, a work queue of subjects pp.work.<tag>.<queue>: chunks of targets. One queue "any", or one
 *       for each vantage point; a durable consumer of the same name hands each message to one worker and, where that
 *       neither acknowledges it nor says within AckWait that it is at work, to another;
 *   stream PP_OBS_<tag> of subjects pp.obs.<vantage>.<tag>.<what>: results: lines, done, meta;
 *   key-value bucket PP_FLEET: campaign.<campaign>, the record; stop.<tag>, blocklist.<tag>, strikes.<tag>.<chunk>;
 *   key-value bucket PP_VANTAGE, whose entries expire after 30 s: vantage.<vantage>, which its worker renews.
 *
 * libnats has threads of its own and reconnects by itself. One thread calls these functions. Times in milliseconds.
 */
#ifndef PP_FLEET_BUS_H
#define PP_FLEET_BUS_H

#include "login.h"

#include <inttypes.h>

#define PP_FLEET_NAME_MAX 64 /* bytes of a campaign's or vantage point's name: letters, digits, '-' and '_' */
#define PP_FLEET_ID_LEN 16   /* hex digits */
#define PP_FLEET_TAG_MAX (PP_FLEET_NAME_MAX + 1 + PP_FLEET_ID_LEN + 1) /* NAME-ID and a NUL */
#define PP_FLEET_SUBJECT_MAX 192
#define PP_FLEET_VANTAGE_TTL_S 30
#define PP_FLEET_WAIT_MS 5000 /* the longest wait for an answer of the server */
#define PP_FLEET_FLUSH_MS 2000
#define PP_FLEET_PAYLOAD_MIN (128u << 10) /* the least max_payload: an observation and headers */

struct pp_bus {
    natsConnection *nc;
    jsCtx *js;
    kvStore *fleet, *vantages;
    int64_t max_payload; /* bytes of one message */
    _Atomic unsigned refused; /* messages of the server, told of so far */
};

/* Checks NAME as the name of a campaign or vantage point; WHAT is its kind in the message. 0, or -1 printed. */
int pp_fleet_check_name(const char *what, const char *name);
/*
 * Connects, and creates the buckets if there are none. LOGIN has been read, and must stay until pp_bus_close. VANTAGE:
 * the vantage point of a worker, which gets answers at _INBOX.VANTAGE.> (a server can permit its user that prefix
 * alone); NULL for other commands, which use _INBOX.pathprobe.>. 0, or -1 printed.
 */
int pp_bus_open(struct pp_bus *b, struct pp_fleet_login *login, const char *vantage);
void pp_bus_close(struct pp_bus *b);
/* True if the error S may end by itself: the server restarts, or the connection is down. */
bool pp_bus_may_pass(natsStatus s);
/* Prints that WHAT failed and why, with a hint where one is known. Returns -1. */
int pp_bus_error(natsStatus s, const char *what, ...) __attribute__((format(printf, 2, 3)));

/* Writes one of the names above, in one of these forms, into TO, and returns it. */
const char *pp_bus_name(char to[PP_FLEET_SUBJECT_MAX], const char *form, ...) __attribute__((format(printf, 2, 3)));
#define PP_BUS_WORK "PP_WORK_%s"       /* stream: tag */
#define PP_BUS_WORK_OF "pp.work.%s.%s" /* subject: tag, queue */
#define PP_BUS_OBS "PP_OBS_%s"         /* stream: tag */
#define PP_BUS_OBS_OF "pp.obs.%s.%s.%s" /* subject: vantage, tag, what */
#define PP_BUS_STRIKES "strikes.%s.%" PRIu64 /* key: tag, chunk */
#define PP_BUS_KEY "%s.%s"             /* kind, and name or tag */

/*
 * Returns the value of KEY with a NUL after it; the caller frees it. NULL: there is no such key, or no answer (*S).
 * REVISION may be NULL.
 */
char *pp_bus_get(kvStore *kv, const char *key, size_t *len, uint64_t *revision, natsStatus *s);
/* Publishes under MSG_ID, by which the server drops duplicates; HEADERS: names and values in turn, NULL at the end. */
natsStatus pp_bus_publish(struct pp_bus *b, const char *subject, const void *data, size_t len, const char *msg_id,
                          const char *const *headers, jsErrCode *code);

#endif
