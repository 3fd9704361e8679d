/* SPDX-License-Identifier: BSD-2-Clause */
/* bus.c: implements bus.h by libnats. */
#include "bus.h"

#include "../base/error.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
#define REFUSED_MAX 3

/* ---- names ------------------------------------------------------------------------------------------------------ */

int pp_fleet_check_name(const char *what, const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

    if (len && !name[len] && len <= PP_FLEET_NAME_MAX)
        return 0;
    pp_usage("%s '%s': a name has letters, digits, '-' and '_', up to %d", what, name, PP_FLEET_NAME_MAX);
    return -1;
}

const char *pp_bus_name(char to[PP_FLEET_SUBJECT_MAX], const char *form, ...)
{
    va_list args;

    va_start(args, form);
    vsnprintf(to, PP_FLEET_SUBJECT_MAX, form, args);
    va_end(args);
    return to;
}

/* ---- errors ----------------------------------------------------------------------------------------------------- */

static const struct {
    natsStatus status;
    const char *text; /* part of the text of the last error; NULL: any text */
    const char *hint;
} hints[] = {
    {NATS_NO_SERVER, NULL, "start it with `nats-server -js -sd DIR`; --nats gives its address"},
    {NATS_CONNECTION_AUTH_FAILED, NULL, "check --creds or --auth-file, and the users in the server's configuration"},
    {NATS_NOT_PERMITTED, NULL, "check this user's permissions in the server's configuration"},
    {NATS_NO_RESPONDERS, NULL, "JetStream is disabled: start the server with `nats-server -js -sd DIR`"},
    {NATS_SSL_ERROR, NULL, "--ca-file gives the CA certificates to verify the server with"},
    {NATS_SECURE_CONNECTION_REQUIRED, NULL, "the server requires TLS: use tls:// instead of nats://"},
    /* Versions of the library report a missing client certificate by one of these two. */
    {NATS_PROTOCOL_ERROR, NULL, "if the server requires a client certificate, give --cert-file and --key-file"},
    {NATS_CONNECTION_CLOSED, NULL, "if the server requires a client certificate, give --cert-file and --key-file"},
    {NATS_SECURE_CONNECTION_WANTED, NULL, "the server does not support TLS"},
    {NATS_ERR, "insufficient", "the server's disk is full, or its limits are reached"},
    {NATS_ERR, "resource limits", "the server's disk is full, or its limits are reached"},
    {NATS_ERR, "maximum bytes", "the server's disk is full, or its limits are reached"},
    {NATS_ERR, "no space", "the server's disk is full, or its limits are reached"},
    {NATS_ERR, "wrong last sequence", "another `fleet` has deleted it, or submitted it again, in the meantime"},
    {NATS_TIMEOUT, NULL, "the server does not answer: its log may say why, for example a full disk"},
    {NATS_NOT_FOUND, NULL, "`pathprobe fleet status` lists the campaigns there"},
};

bool pp_bus_may_pass(natsStatus s)
{
    return s == NATS_TIMEOUT || s == NATS_NO_RESPONDERS || s == NATS_CONNECTION_DISCONNECTED ||
           s == NATS_MISSED_HEARTBEAT || s == NATS_NO_SERVER;
}

/* Prints errors that the server sends unasked, such as a permission violation. A thread of libnats calls it. */
static void hear_error(natsConnection *nc, natsSubscription *sub, natsStatus s, void *bus)
{
    struct pp_bus *b = bus;
    const char *text = NULL;

    (void)sub;
    if (s != NATS_NOT_PERMITTED || natsConnection_GetLastError(nc, &text) != s || !text || b->refused++ >= REFUSED_MAX)
        return;
    pp_warn("the server refused a request: %s", text);
    pp_hint("check this user's permissions in the server's configuration: pathprobe-fleet(1)");
}

int pp_bus_error(natsStatus s, const char *what, ...)
{
    char text[512];
    const char *last = NULL;
    va_list args;

    va_start(args, what);
    vsnprintf(text, sizeof text, what, args);
    va_end(args);
    if (s == NATS_ERR || s == NATS_SSL_ERROR)
        last = nats_GetLastError(NULL);
    if (last && *last == '(' && strstr(last, "): ")) /* a place in the library's source */
        last = strstr(last, "): ") + 3;
    pp_error("%s: %s", text, last && *last ? last : natsStatus_GetText(s));
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (hints[i].status == s && (!hints[i].text || (last && strstr(last, hints[i].text))))
            return pp_hint("%s", hints[i].hint);
    return -1;
}

/* ---- getting in ------------------------------------------------------------------------------------------------- */

static natsStatus set_all(natsOptions *o, struct pp_bus *b, struct pp_fleet_login *l, const char *name,
                          const char *inbox)
{
    natsStatus s;

    (void)((s = pp_fleet_use_login(o, l)) == NATS_OK && (s = natsOptions_SetName(o, name)) == NATS_OK &&
           (s = natsOptions_SetCustomInboxPrefix(o, inbox)) == NATS_OK &&
           (s = natsOptions_SetErrorHandler(o, hear_error, b)) == NATS_OK &&
           (s = natsOptions_SetTimeout(o, PP_FLEET_WAIT_MS)) == NATS_OK &&
           (s = natsOptions_SetMaxReconnect(o, -1)) == NATS_OK &&
           (s = natsOptions_SetReconnectWait(o, 500)) == NATS_OK &&
           (s = natsOptions_SetPingInterval(o, 10000)) == NATS_OK);
    return s;
}

/* Opens the key-value bucket NAME, and creates it if there is none. */
static natsStatus bucket(kvStore **kv, jsCtx *js, const char *name, int64_t ttl)
{
    natsStatus s = js_KeyValue(kv, js, name);
    kvConfig c;

    if (s != NATS_NOT_FOUND)
        return s;
    kvConfig_Init(&c);
    c.Bucket = name;
    c.History = 1;
    c.TTL = ttl;
    c.StorageType = js_FileStorage;
    s = js_CreateKeyValue(kv, js, &c);
    return s == NATS_OK ? s : js_KeyValue(kv, js, name); /* another client has created it in the meantime */
}

int pp_bus_open(struct pp_bus *b, struct pp_fleet_login *l, const char *vantage)
{
    char inbox[PP_FLEET_SUBJECT_MAX], name[PP_FLEET_SUBJECT_MAX];
    natsOptions *o = NULL;
    jsOptions jo;
    natsStatus s;

    nats_Open(0); /* its locks do not spin: the threads that hold them wait for the network */
    memset(b, 0, sizeof *b);
    snprintf(inbox, sizeof inbox, "_INBOX.%s", vantage ? vantage : "pathprobe");
    snprintf(name, sizeof name, "pathprobe fleet%s%s", vantage ? " work " : "", vantage ? vantage : "");
    s = natsOptions_Create(&o);
    if (s == NATS_OK)
        s = set_all(o, b, l, name, inbox);
    if (s == NATS_OK)
        s = natsConnection_Connect(&b->nc, o);
    natsOptions_Destroy(o);
    if (s != NATS_OK) {
        pp_bus_error(s, "cannot connect to '%s'", l->url);
        goto failed;
    }
    b->max_payload = natsConnection_GetMaxPayload(b->nc);
    if (b->max_payload < PP_FLEET_PAYLOAD_MIN) {
        pp_error("the server at '%s' accepts messages of %" PRId64 " bytes only", l->url, b->max_payload);
        pp_hint("set max_payload in its configuration to %u or more", PP_FLEET_PAYLOAD_MIN);
        goto failed;
    }
    jsOptions_Init(&jo);
    jo.Wait = PP_FLEET_WAIT_MS;
    s = natsConnection_JetStream(&b->js, b->nc, &jo);
    if (s == NATS_OK)
        s = bucket(&b->fleet, b->js, "PP_FLEET", 0);
    if (s == NATS_OK)
        s = bucket(&b->vantages, b->js, "PP_VANTAGE", PP_FLEET_VANTAGE_TTL_S * SECOND);
    if (s == NATS_OK)
        return 0;
    pp_bus_error(s, "JetStream at '%s'", l->url);
failed:
    pp_bus_close(b);
    return -1;
}

void pp_bus_close(struct pp_bus *b)
{
    if (b->nc) /* flush messages that were sent without waiting for an answer */
        natsConnection_FlushTimeout(b->nc, PP_FLEET_FLUSH_MS);
    kvStore_Destroy(b->vantages);
    kvStore_Destroy(b->fleet);
    jsCtx_Destroy(b->js);
    natsConnection_Destroy(b->nc);
    *b = (struct pp_bus){0};
}

/* ---- what is there ---------------------------------------------------------------------------------------------- */

char *pp_bus_get(kvStore *kv, const char *key, size_t *len, uint64_t *revision, natsStatus *s)
{
    kvEntry *e = NULL;
    char *copy = NULL;

    *len = 0;
    *s = kvStore_Get(&e, kv, key);
    if (*s != NATS_OK)
        return NULL;
    *len = (size_t)kvEntry_ValueLen(e);
    copy = malloc(*len + 1);
    if (copy) {
        memcpy(copy, kvEntry_Value(e), *len);
        copy[*len] = '\0';
    } else {
        *s = NATS_NO_MEMORY;
    }
    if (revision)
        *revision = kvEntry_Revision(e);
    kvEntry_Destroy(e);
    return copy;
}

natsStatus pp_bus_publish(struct pp_bus *b, const char *subject, const void *data, size_t len, const char *msg_id,
                          const char *const *headers, jsErrCode *code)
{
    natsMsg *msg = NULL;
    jsPubOptions o;
    natsStatus s = natsMsg_Create(&msg, subject, NULL, data, (int)len);

    for (; s == NATS_OK && headers && *headers; headers += 2)
        s = natsMsgHeader_Set(msg, headers[0], headers[1]);
    jsPubOptions_Init(&o);
    o.MsgId = msg_id;
    o.MaxWait = PP_FLEET_WAIT_MS;
    if (s == NATS_OK)
        s = js_PublishMsg(NULL, b->js, msg, &o, code);
    natsMsg_Destroy(msg);
    return s;
}
