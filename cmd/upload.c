/* SPDX-License-Identifier: BSD-2-Clause */
/* upload.c: `pathprobe upload`: uploads result files to an observatory or a bucket, and verifies them. */
#include "commands.h"

#include "../core/base/confine.h"
#include "../core/base/subprocess.h"
#include "../core/publish/s3.h"
#include "upload_file.h"

#include <inttypes.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_INTERRUPTED 130

struct settings {
    const char *to, *campaign, *name, *as, *output, *metadata, *owner, *vantage, *experiment, *analyzer;
    const char *token_file, *ca_file, *endpoint, *region;
    struct pp_strings add, source;
    bool existing, allow_http, update, deprecate, force;
    uint64_t retries;
    int64_t retry_wait, timeout;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"to", 0, PP_OPTION_STRING, AT(to), "URL", NULL, 0, 0, "Where", "https://OBSERVATORY or s3://BUCKET/KEY"},
    {"campaign", 0, PP_OPTION_STRING, AT(campaign), "NAME", NULL, 0, 0, NULL,
     "campaign of the raw data; created if it does not exist"},
    {"existing", 0, PP_OPTION_FLAG, AT(existing), NULL, NULL, 0, 0, NULL, "do not create a campaign"},
    {"update", 0, PP_OPTION_FLAG, AT(update), NULL, NULL, 0, 0, NULL,
     "replace the metadata of uploaded data; send no data"},
    {"deprecate", 0, PP_OPTION_FLAG, AT(deprecate), NULL, NULL, 0, 0, NULL,
     "mark uploaded data as not to be used; FILE may be its URL"},
    {"name", 0, PP_OPTION_STRING, AT(name), "NAME", NULL, 0, 0, NULL,
     "name of the uploaded file (default: that of FILE)"},
    {"output", 0, PP_OPTION_STRING, AT(output), "FILE", NULL, 0, 0, NULL,
     "write the data here instead of sending it"},
    {"force", 0, PP_OPTION_FLAG, AT(force), NULL, NULL, 0, 0, NULL, "overwrite --output"},
    {"token-file", 0, PP_OPTION_STRING, AT(token_file), "FILE", NULL, 0, 0, NULL,
     "the observatory's token (default: $PATHPROBE_TOKEN)"},

    {"as", 0, PP_OPTION_STRING, AT(as), "FORM", NULL, 0, 0, "What",
     "form: raw (a line per target), rounds, observations, tracebox (located changes) or file (default: raw; s3: "
     "file)"},
    {"experiment", 0, PP_OPTION_STRING, AT(experiment), "NAME", NULL, 0, 0, NULL,
     "of a file with several experiments, send this one"},
    {"metadata", 0, PP_OPTION_STRING, AT(metadata), "FILE", NULL, 0, 0, NULL,
     "metadata of the run (default: FILE.meta.json)"},
    {"add", 0, PP_OPTION_STRINGS, AT(add), "TAG:VALUE", NULL, 0, 0, NULL, "add a member to the metadata"},
    {"owner", 0, PP_OPTION_STRING, AT(owner), "WHO", NULL, 0, 0, NULL,
     "owner of the data (default: the run's contact)"},
    {"vantage", 0, PP_OPTION_WORD, AT(vantage), "NAME", NULL, 0, 0, NULL,
     "where it was measured (default: the run's vantage point)"},
    {"source", 0, PP_OPTION_STRINGS, AT(source), "URL", NULL, 0, 0, NULL,
     "observations: URL of the raw data"},
    {"analyzer", 0, PP_OPTION_STRING, AT(analyzer), "URL", NULL, 0, 0, NULL,
     "observations: URL of the description of the analyzer"},

    {"retries", 0, PP_OPTION_UINT, AT(retries), "N", "4", 0, 100, "How", "further attempts after a failed one"},
    {"retry-wait", 0, PP_OPTION_SECONDS, AT(retry_wait), "S", "5", 0, 3600, NULL,
     "pause before the second attempt; doubled for each further one"},
    {"timeout", 0, PP_OPTION_SECONDS, AT(timeout), "S", "300", 1, 86400, NULL, "time limit without progress"},
    {"ca-file", 0, PP_OPTION_STRING, AT(ca_file), "FILE", NULL, 0, 0, NULL,
     "CA certificates to verify the server with (default: the system's)"},
    {"allow-http", 0, PP_OPTION_FLAG, AT(allow_http), NULL, NULL, 0, 0, NULL, "allow token and data without TLS"},
    {"endpoint", 0, PP_OPTION_STRING, AT(endpoint), "URL", NULL, 0, 0, NULL,
     "s3: the service (default: $AWS_ENDPOINT_URL, AWS)"},
    {"region", 0, PP_OPTION_STRING, AT(region), "NAME", NULL, 0, 0, NULL,
     "s3: default: $AWS_REGION, us-east-1"},
    {0},
};

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
    (void)sig;
    stopped = 1;
}

struct job {
    const struct settings *s;
    struct pp_upload_file_config file_config;
    struct pp_exchange x;
    bool s3;
    char base[PP_URL_MAX], bucket[256], key[1100], sigv4[128];
    char userpwd[2 * PP_TOKEN_MAX], session[PP_TOKEN_MAX];
};

/* ---- checks of options ----------------------------------------------------------------------------------------- */

static int find_form(enum pp_form *form, const char *as, bool s3)
{
    static const char *const names[] = {"raw", "rounds", "observations", "tracebox", "file", NULL};

    *form = s3 ? PP_FORM_FILE : PP_FORM_RAW;
    for (int i = 0; as && names[i]; i++) {
        if (strcmp(as, names[i]) == 0) {
            *form = (enum pp_form)i;
            as = NULL;
        }
    }
    if (!as)
        return 0;
    pp_error("--as: unknown form '%s'", as);
    return pp_hint("one of raw, rounds, observations, tracebox, file");
}

/* True if all operands are addresses, which need neither campaign nor source. */
static bool only_addresses(const struct job *j, char **operands)
{
    while (j->s->deprecate && *operands && pp_upload_file_is_address(*operands))
        operands++;
    return !*operands;
}

static int check_pto(const struct job *j, char **operands)
{
    const struct settings *s = j->s;

    if (s->update && s->deprecate)
        return pp_error("--update and --deprecate exclude each other: run one after the other");
    if (j->file_config.form == PP_FORM_FILE)
        return pp_error("--as file is for buckets: an observatory does not read this program's files");
    if (pp_upload_file_check_names(&j->file_config, s->campaign, operands) < 0)
        return -1;
    if (only_addresses(j, operands))
        return 0;
    if (j->file_config.form != PP_FORM_OBSERVATIONS && !s->campaign) {
        pp_error("no campaign");
        return pp_hint("--campaign NAME gives the campaign at the observatory");
    }
    if (j->file_config.form == PP_FORM_OBSERVATIONS && (s->source.n == 0 || !s->analyzer)) {
        pp_error("an observation set needs the URLs of its source and analyzer");
        return pp_hint("--source URL of the raw data, as `upload` printed it, and --analyzer URL of a description");
    }
    return 0;
}

static int split_s3(struct job *j)
{
    const char *to = j->s->to + strlen("s3://"), *slash = strchr(to, '/');

    if (!slash || slash == to || !slash[1] || strlen(slash) >= sizeof j->key ||
        (size_t)(slash - to) >= sizeof j->bucket) {
        pp_error("'%s' is not s3://BUCKET/KEY", j->s->to);
        return pp_hint("to a KEY that ends in / the file's name is added");
    }
    snprintf(j->bucket, sizeof j->bucket, "%.*s", (int)(slash - to), to);
    snprintf(j->key, sizeof j->key, "%s", slash + 1);
    return 0;
}

static int check(struct job *j, char **operands)
{
    const struct settings *s = j->s;

    if (!operands[0])
        return pp_error("no file");
    if (!s->to && !s->output) {
        pp_error("no address");
        return pp_hint("use --to https://OBSERVATORY or --to s3://BUCKET/KEY");
    }
    j->s3 = s->to && strncmp(s->to, "s3://", 5) == 0;
    if (find_form(&j->file_config.form, s->as, j->s3) < 0 || pp_describe_check(&j->file_config.describe) < 0)
        return -1;
    if (operands[1] && (s->name || s->output || s->metadata || (j->s3 && s->to[strlen(s->to) - 1] != '/')))
        return pp_error("--name, --output, --metadata and a KEY without / at its end are for one file");
    if ((s->update || s->deprecate) && (j->s3 || s->output))
        return pp_error("--update and --deprecate are for observatories only");
    if (s->output)
        return j->file_config.form == PP_FORM_FILE ? pp_error("--output cannot be combined with --as file, which "
                                                              "sends the file as it is") : 0;
    return j->s3 ? split_s3(j) : check_pto(j, operands);
}

/* ---- the server ------------------------------------------------------------------------------------------------ */

static const char *environment(const char *option, const char *variable, const char *otherwise)
{
    const char *v = option ? option : getenv(variable);

    return v && *v ? v : otherwise;
}

static int open_s3(struct job *j)
{
    const char *region = environment(j->s->region, "AWS_REGION", environment(NULL, "AWS_DEFAULT_REGION", "us-east-1"));
    const char *endpoint = environment(j->s->endpoint, "AWS_ENDPOINT_URL", NULL);
    const char *id = environment(NULL, "AWS_ACCESS_KEY_ID", NULL);
    const char *key = environment(NULL, "AWS_SECRET_ACCESS_KEY", NULL);

    if (!id || !key) {
        pp_error("no keys");
        return pp_hint("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are read from the environment");
    }
    snprintf(j->userpwd, sizeof j->userpwd, "%s:%s", id, key);
    snprintf(j->session, sizeof j->session, "%s", environment(NULL, "AWS_SESSION_TOKEN", ""));
    snprintf(j->sigv4, sizeof j->sigv4, "aws:amz:%s:s3", region);
    if (endpoint)
        snprintf(j->base, sizeof j->base, "%s", endpoint);
    else
        snprintf(j->base, sizeof j->base, "https://s3.%s.amazonaws.com", region);
    j->x.sigv4 = j->sigv4;
    j->x.userpwd = j->userpwd;
    return 0;
}

static int open_pto(struct job *j)
{
    char token[PP_TOKEN_MAX];
    int result = pp_secret_read(token, sizeof token, j->s->token_file, "PATHPROBE_TOKEN");

    if (result == 0)
        snprintf(j->x.authorization, sizeof j->x.authorization, "Authorization: APIKEY %s", token);
    explicit_bzero(token, sizeof token);
    snprintf(j->base, sizeof j->base, "%s", j->s->to);
    return result;
}

static int open_all(struct job *j)
{
    size_t len;

    if (j->s->output)
        return 0;
    if (j->s->ca_file && pp_exchange_trust(&j->x, j->s->ca_file) < 0)
        return -1;
    j->x.allow_http = j->s->allow_http;
    j->x.timeout = j->s->timeout;
    j->x.stop = &stopped;
    if ((j->s3 ? open_s3(j) : open_pto(j)) < 0)
        return -1;
    len = strlen(j->base);
    while (len && j->base[len - 1] == '/')
        j->base[--len] = '\0';
    /* PATHspider's --url was the address of the raw data. */
    if (!j->s3 && len > 4 && strcmp(j->base + len - 4, "/raw") == 0)
        j->base[len - 4] = '\0';
    return pp_exchange_check(&j->x, j->base);
}

/* ---- one file -------------------------------------------------------------------------------------------------- */

/* Uploads to a bucket; a key that ends in a slash is a directory. */
static enum pp_upload to_bucket(struct job *j, const struct pp_upload_file *p, char link[PP_URL_MAX])
{
    const struct pp_s3 s3 = {.x = &j->x,
                             .endpoint = j->base,
                             .session = *j->session ? j->session : NULL,
                             .retries = (unsigned)j->s->retries,
                             .retry_wait = j->s->retry_wait};
    size_t len = strlen(j->key);
    char key[sizeof j->key + PP_NAME_MAX];

    snprintf(key, sizeof key, "%s%s", j->key, j->key[len - 1] == '/' ? p->name : "");
    return pp_s3_put(&s3, j->bucket, key, &p->package, link);
}

static enum pp_pto_task task_of(const struct job *j)
{
    return j->s->update ? PP_PTO_UPDATE : j->s->deprecate ? PP_PTO_DEPRECATE : PP_PTO_UPLOAD;
}

/* Deprecates FILE, the address of raw data, of its metadata, or of a set. */
static enum pp_upload mark(const struct pp_pto *pto, const char *file, char link[PP_URL_MAX])
{
    size_t len = strlen(file);

    if (len > 5 && strcmp(file + len - 5, "/data") == 0)
        len -= 5;
    snprintf(link, PP_URL_MAX, "%.*s", (int)len, file);
    return pp_pto_deprecate(pto, link);
}

static enum pp_upload to_pto(struct job *j, struct pp_upload_file *p, const char *file, char link[PP_URL_MAX])
{
    const struct pp_pto pto = {
        .x = &j->x,
        .base = j->base,
        .campaign = j->s->campaign,
        .owner = pp_describe_owner(p->owner, sizeof p->owner, &j->file_config.describe, &p->run) ? p->owner : NULL,
        .existing = j->s->existing,
        .task = task_of(j),
        .retries = (unsigned)j->s->retries,
        .retry_wait = j->s->retry_wait,
    };

    if (j->s->deprecate && pp_upload_file_is_address(file))
        return mark(&pto, file, link);
    return j->file_config.form == PP_FORM_OBSERVATIONS
               ? pp_pto_set(&pto, &p->members, &p->package, p->survey.lines, link)
               : pp_pto_raw(&pto, p->name, &p->members, &p->package, link);
}

struct sending {
    struct job *j;
    struct pp_upload_file *p;
    const char *file;
};

static void say_result(const struct sending *s, enum pp_upload result)
{
    static const char *const said[][3] = {
        [PP_UPLOAD_DONE] = {"arrived whole", "metadata corrected", "deprecated"},
        [PP_UPLOAD_DUPLICATE] = {"was uploaded already, complete", "metadata is up to date",
                                 "was deprecated already"},
        [PP_UPLOAD_COMPLETED] = {"completed an earlier upload", NULL, NULL},
    };
    enum pp_pto_task task = task_of(s->j);

    if (pp_quiet)
        return;
    if (task == PP_PTO_UPLOAD)
        pp_say(stderr, "%s: %s, %" PRIu64 " bytes", s->file, said[result][task], s->p->package.size);
    else
        pp_say(stderr, "%s: %s", s->file, said[result][task]);
}

/* Sends one file, in a process of its own. */
static int send_one(void *arg)
{
    struct sending *s = arg;
    enum pp_upload result = PP_UPLOAD_FAILED;
    char link[PP_URL_MAX] = "";

    s->j->x.bar = s->p->name;
    if (pp_exchange_open(&s->j->x) == 0)
        result = s->j->s3 ? to_bucket(s->j, s->p, link) : to_pto(s->j, s->p, s->file, link);
    pp_exchange_close(&s->j->x);
    if (result == PP_UPLOAD_FAILED || result == PP_UPLOAD_STOPPED)
        return result;
    say_result(s, result);
    if (*link)
        pp_say(stdout, "%s", link);
    return result;
}

static enum pp_upload one_file(struct job *j, const char *file)
{
    enum pp_upload result = PP_UPLOAD_FAILED;
    struct pp_upload_file p;
    struct sending sending = {.j = j, .p = &p, .file = file};

    pp_upload_file_init(&p);
    if ((j->s->deprecate && pp_upload_file_is_address(file)) || pp_upload_file_pack(&p, &j->file_config, file) == 0)
        result = (enum pp_upload)(j->s->output
                                      ? pp_upload_file_write(&p, j->s->output, j->s->force)
                                      : pp_subprocess(PP_CONFINE_NAMES | PP_CONFINE_MEASURE, send_one, &sending));
    pp_upload_file_release(&p);
    return result;
}

static int all_files(struct job *j, char **operands)
{
    int code = 0;

    for (; *operands; operands++) {
        enum pp_upload result = one_file(j, *operands);
        if (result == PP_UPLOAD_STOPPED || stopped)
            return result == PP_UPLOAD_DONE && !operands[1] ? code : EXIT_INTERRUPTED;
        if (result == PP_UPLOAD_FAILED)
            code = 1;
    }
    return code;
}

static int run(void *settings, char **operands)
{
    struct job j = {.s = settings};
    const struct sigaction act = {.sa_handler = stop};
    int code = EXIT_USAGE;

    j.file_config = (struct pp_upload_file_config){
        .describe = {.metadata = j.s->metadata, .add = &j.s->add, .owner = j.s->owner, .vantage = j.s->vantage},
        .name = j.s->name,
        .experiment = j.s->experiment,
        .source = &j.s->source,
        .analyzer = j.s->analyzer,
    };
    if (check(&j, operands) < 0)
        return EXIT_USAGE;
    /*
     * Drops capabilities of the program's file, which are for measuring. Root stays root to read its files; the sending
     * process drops its privileges.
     */
    if (geteuid() != 0 && pp_privilege_drop(NULL) < 0)
        return 1;
    json_object_seed(0);
    signal(SIGPIPE, SIG_IGN);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    if (open_all(&j) == 0)
        code = all_files(&j, operands);
    pp_exchange_forget(&j.x);
    explicit_bzero(j.userpwd, sizeof j.userpwd);
    explicit_bzero(j.session, sizeof j.session);
    return code;
}

const struct pp_command pp_cmd_upload = {
    .name = "upload",
    .summary = "send result files to an observatory or a bucket, and verify them",
    .operands = "FILE...",
    .options = options,
    .settings_size = sizeof(struct settings),
    .run = run,
};
