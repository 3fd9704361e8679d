/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_plugins.c: invalid plugins, by rows. The shared objects of tests/unit/bad_plugins (see bad.h there) are in the
 * directory bad_plugins beside this program, or in the one given as argument.
 */
#include "../../core/loader/plugins_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bad_plugins/bad.h"

static char objects[4096];

static void find_objects(const char *argument)
{
    ssize_t n = readlink("/proc/self/exe", objects, sizeof objects - 16);
    char *slash;

    objects[n > 0 ? n : 0] = '\0';
    slash = strrchr(objects, '/');
    if (argument)
        snprintf(objects, sizeof objects, "%s", argument);
    else if (slash)
        memcpy(slash, "/bad_plugins", sizeof "/bad_plugins");
}

/* ---- tables in memory ------------------------------------------------------------------------------ */

static void conclude(const struct pp_round_view *round, struct pp_sink *sink)
{
    (void)round, (void)sink;
}

#define PLUGIN(...) (&(const struct pp_plugin){SOUND("test"), .conclude = conclude, __VA_ARGS__})
#define ARM(...)                                                                                                       \
    PLUGIN(.arms = (const struct pp_arm[]){{.name = "A", .title = "a"},                                                \
                                           {.name = "B1", .title = "b", .connectivity = "x.connectivity",              \
                                            .steps = bad_steps, .nsteps = 1, __VA_ARGS__}})
#define STEP(...) ARM(.steps = (const struct pp_step[]){{__VA_ARGS__}})
#define CONDITION(...)                                                                                                 \
    PLUGIN(.nconditions = 1,                                                                                           \
           .conditions = (const struct pp_condition[]){{.name = "x.seen", .what = "A sentence.", __VA_ARGS__}})
#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *configure(const struct pp_numbers *option, struct pp_tables *t)
{
    t->arms[0] = (struct pp_arm){.name = "A", .title = "a"};
    t->arms[1] = bad_arms[1];
    t->narms = 2;
    return option->n ? NULL : "no number";
}

static const char *verbose(const struct pp_numbers *option, struct pp_tables *t)
{
    configure(option, t);
    for (int i = 0; i < 1000; i++)
        t->arms[1].title = t->text(t, "%064d", i);
    return NULL;
}

/* Far more rows of one table than there is room for. */
enum { MANY = 5000 };

static const char *many_arms(const struct pp_numbers *option, struct pp_tables *t)
{
    (void)option;
    while (t->narms < MANY)
        pp_tables_arm(t)->title = "an arm";
    pp_tables_step(t, bad_steps[0]);
    return NULL;
}

static const char *many_steps(const struct pp_numbers *option, struct pp_tables *t)
{
    configure(option, t);
    for (int i = 0; i < MANY; i++)
        pp_tables_step(t, bad_steps[0]);
    return NULL;
}

static const char *many_conditions(const struct pp_numbers *option, struct pp_tables *t)
{
    static const struct pp_condition c = {.name = "x.seen", .what = "A sentence."};

    configure(option, t);
    for (int i = 0; i < MANY; i++)
        pp_tables_conditions(t, &c, 1);
    return NULL;
}

#define OWN(...)                                                                                                       \
    PLUGIN(.arms = NULL, .narms = 0, .configure = configure, .noptions = 1,                                            \
           .options = (const struct pp_plugin_option[]){                                                               \
               {.name = "number", .arg = "N", .def = "1", .what = "numbers", .max = 9, .most = 2, __VA_ARGS__}})

/* Over HTTP, where SYNs can carry data. */
#define FAST(...)                                                                                                      \
    PLUGIN(.modes = PP_MODE_HTTP, .default_mode = PP_MODE_HTTP,                                                        \
           .arms = (const struct pp_arm[]){{.name = "A", .title = "a"},                                                \
                                           {.name = "B1", .title = "b", .connectivity = "x.connectivity", .nsteps = 1, \
                                            .steps = (const struct pp_step[]){{.on = PP_ON_SYN, __VA_ARGS__}}}})
static const struct pp_step other[] = {{.on = PP_ON_DATA, .ttl = 12}};
static const struct pp_step asking[] = {{.on = PP_ON_DATA, .http = PP_HTTP_2}};

/* Of an experiment in MODES, an arm in ARM_MODES. */
#define ASKS(MODES, ARM_MODES)                                                                                         \
    PLUGIN(.modes = MODES, .default_mode = PP_MODE_TCP,                                                                \
           .arms = (const struct pp_arm[]){{.name = "A", .title = "a"},                                                \
                                           {.name = "B1", .title = "b", .connectivity = "x.connectivity",              \
                                            .steps = asking, .nsteps = 1, .modes = ARM_MODES}})
/* Arms whose order is what is tried. */
#define BASE {.name = "A", .title = "a"}
#define TREATED(N, ...)                                                                                                \
    {.name = "B" #N, .title = "b", .connectivity = "b" #N, .steps = bad_steps, .nsteps = 1, __VA_ARGS__}
#define ORDER(...)                                                                                                     \
    PLUGIN(.arms = (const struct pp_arm[]){__VA_ARGS__},                                                               \
           .narms = sizeof((const struct pp_arm[]){__VA_ARGS__}) / sizeof(struct pp_arm))

static void test_tables(void **state)
{
    static const uint8_t mss[] = {2, 4, 5, 0xb4}, cut[] = {2, 4, 5}, zero[] = {2, 0};
    static const char *fields[PP_MAX_FIELDS + 2];
    static const struct pp_plugin_option twice[] = {{"x", "N", "1", "x", 0, 9, 1}, {"x", "N", "1", "x", 0, 9, 1}};
    static char field_text[PP_MAX_FIELDS + 1][8];
    /* WHY NULL: sound. */
    const struct {
        const struct pp_plugin *p;
        const char *why;
    } rows[] = {
        {PLUGIN(.title = "sound"), NULL},
        {PLUGIN(.name = NULL), "its name"},
        {PLUGIN(.name = ""), "its name"},
        {PLUGIN(.name = "Ecn"), "its name"},
        {PLUGIN(.name = "9ecn"), "its name"},
        {PLUGIN(.name = "../ecn"), "its name"},
        {PLUGIN(.title = NULL), "its title is not one line"},
        {PLUGIN(.title = "two\nlines"), "its title is not one line"},
        {PLUGIN(.description = NULL), "its description is missing"},
        {PLUGIN(.modes = 0), "connect modes"},
        {PLUGIN(.modes = 1u << 31), "connect modes"},
        {PLUGIN(.default_mode = PP_MODE_HTTP), "default"},
        {PLUGIN(.modes = 3, .default_mode = 3), "default"},
        {PLUGIN(.default_mode = 0), "default"},
        {PLUGIN(.arms = NULL), "arms"},
        {PLUGIN(.narms = 0), "0 arms"},
        {PLUGIN(.narms = PP_MAX_ARMS + 1), "17 arms"},
        {PLUGIN(.narms = 1), NULL},
        {PLUGIN(.narms = 1, .arms = (const struct pp_arm[]){{.name = "A", .title = "a", .connectivity = "x"}}), NULL},
        {PLUGIN(.arms = (const struct pp_arm[]){{.name = "A", .title = "a", .connectivity = "x"}, {.name = "B"}}),
         "baseline"},
        {PLUGIN(.arms = (const struct pp_arm[]){{.name = "A", .title = "a", .steps = bad_steps, .nsteps = 1}}),
         "baseline"},
        {ARM(.name = "B2"), NULL},
        {ARM(.name = "b"), "name is not of the form"},
        {ARM(.name = NULL), "name is not of the form"},
        {ARM(.name = "A"), "two arms are called A"},
        {ARM(.title = ""), "no title"},
        {ARM(.connectivity = NULL), "its connectivity is not of the form"},
        {ARM(.connectivity = "X"), "its connectivity is not of the form"},
        {ARM(.connectivity = "x."), "its connectivity is not of the form"},
        {ARM(.nsteps = 0), "0 steps"},
        {ARM(.steps = NULL), "steps"},
        {ARM(.nsteps = PP_MAX_STEPS + 1), "9 steps"},
        {ARM(.modes = PP_MODE_HTTP), "a connect mode that the experiment lacks"},
        {ARM(.last = 1), NULL},
        {ARM(.after = "B1"), "not an arm listed between"},
        {ARM(.after = "A"), "not an arm listed between"},
        {ARM(.after = ""), "not an arm listed between"},
        {ORDER({.name = "A", .title = "a", .last = 1}), "baseline"},
        {ORDER(BASE, TREATED(1), TREATED(2, .after = "B1")), NULL},
        {ORDER(BASE, TREATED(1), TREATED(2, .after = "B1", .last = 1)), NULL},
        {ORDER(BASE, TREATED(1, .after = "B2"), TREATED(2)), "not an arm listed between"},
        {ORDER(BASE, TREATED(1), TREATED(2, .after = "B1"), TREATED(3, .after = "B2")), "has an 'after' itself"},
        {ORDER(BASE, TREATED(1, .last = 1), TREATED(2, .after = "B1")), "whose 'last' is higher"},
        {ORDER(BASE, TREATED(1, .last = 2), TREATED(2, .after = "B1", .last = 1)), "whose 'last' is higher"},
        {ORDER(BASE, TREATED(1), TREATED(2, .after = "B1", .nsteps = 0, .steps = NULL, .connectivity = NULL)), NULL},
        {ORDER(BASE, TREATED(1), TREATED(2, .after = "B1", .nsteps = 0, .steps = NULL)), "a connectivity but no steps"},
        {ORDER(BASE, TREATED(1, .last = 1), TREATED(2, .after = "B1", .last = 1), TREATED(3, .last = 2),
               TREATED(4, .after = "B3", .last = 2)), NULL},
        {ORDER(BASE, TREATED(1, .last = 1), TREATED(2, .after = "B1", .last = 1), TREATED(3, .last = 2),
               TREATED(4, .after = "B3", .last = 2), TREATED(5), TREATED(6, .after = "B5")), "more than 5 places"},
        {ARM(.last = PP_MAX_LAST + 1), "'last' is at most 2"},
        {ORDER(BASE, TREATED(1, .modes = PP_MODE_TCP), TREATED(2, .after = "B1")), "lacks some of its connect modes"},
        {ORDER(BASE, TREATED(1, .modes = PP_MODE_TCP), TREATED(2, .after = "B1", .modes = PP_MODE_TCP)), NULL},
        {ORDER(BASE, TREATED(1), TREATED(2, .implies = NAMES("B1"))), NULL},
        {ORDER(BASE, TREATED(1, .implies = NAMES("B2")), TREATED(2, .implies = NAMES("B3")), TREATED(3)), NULL},
        {ORDER(BASE, TREATED(1), TREATED(2, .implies = (const char *const[]){NULL})), NULL},
        {ORDER(BASE, TREATED(1), TREATED(2, .implies = NAMES("B3"))), "arm B2 implies 'B3', which is not one of"},
        {ORDER(BASE, TREATED(1), TREATED(2, .implies = NAMES("A"))), "arm B2 implies 'A', which is not one of"},
        {ORDER(BASE, TREATED(1), TREATED(2, .implies = NAMES(""))), "arm B2 implies '', which is not one of"},
        {ORDER(BASE, TREATED(1), TREATED(2, .implies = NAMES("B2"))), "arm B2 implies itself"},
        {ORDER(BASE, TREATED(1), TREATED(2, .implies = NAMES("B1", "B1"))), "arm B2 implies B1 twice"},
        {ORDER(BASE, TREATED(1, .implies = NAMES("B2")), TREATED(2, .implies = NAMES("B1"))),
         "arm B1 implies an arm that implies it"},
        {ORDER(BASE, TREATED(1, .implies = NAMES("B2")), TREATED(2, .implies = NAMES("B3")),
               TREATED(3, .implies = NAMES("B1"))), "arm B1 implies an arm that implies it"},
        {ORDER(BASE, TREATED(1), TREATED(2, .last = 1, .implies = NAMES("B1"))), "implies B1, which has another place"},
        {ORDER(BASE, TREATED(1), TREATED(2, .after = "B1", .implies = NAMES("B1"))), "which has another place"},
        {ORDER(BASE, TREATED(1), TREATED(2, .after = "B1"), TREATED(3, .implies = NAMES("B2"))),
         "which has another place"},
        {ORDER(BASE, TREATED(1), TREATED(2, .after = "B1"), TREATED(3, .implies = NAMES("B1"))),
         "implies B1, which another arm names in 'after'"},
        {ORDER(BASE, TREATED(1), TREATED(2, .steps = other, .implies = NAMES("B1"))), "lacks some of its steps"},
        {ORDER({.name = "A", .title = "a", .implies = NAMES("B1")}, TREATED(1)), "lacks some of its steps"},
        {FAST(.fast_open = PP_FAST_OPEN_DATA), NULL},
        {FAST(.fast_open = 4), "Fast Open in an unknown way"},
        {FAST(.on = PP_ON_DATA, .fast_open = PP_FAST_OPEN_DATA), "Fast Open in an unknown way"},
        {FAST(.fast_open = PP_FAST_OPEN_DATA, .only_first = 1), "Fast Open in an unknown way"},
        {FAST(.fast_open = PP_FAST_OPEN_DATA, .payload = mss, .payload_len = 4), "Fast Open in an unknown way"},
        {FAST(.fast_open = PP_FAST_OPEN_DATA, .options = mss, .options_len = 4), "Fast Open in an unknown way"},
        {FAST(.fast_open = PP_FAST_OPEN_COOKIE), "names no arm to get it from"},
        {STEP(.on = PP_ON_SYN, .fast_open = PP_FAST_OPEN_DATA), "no data for the SYN"},
        {STEP(.on = PP_ON_COUNT, .ttl = 1), "no packet class"},
        {STEP(.on = PP_ON_SYN), "changes nothing"},
        {STEP(.on = PP_ON_SYN, .ttl = 1, .first = 2, .last = 1), "has a first packet after its last"},
        {STEP(.on = PP_ON_DATA, .ttl = 1, .first = 1, .last = 3), NULL},
        {STEP(.on = PP_ON_DATA, .ttl = 1, .only_first = 1, .last = 3), "only_first"},
        {STEP(.on = PP_ON_DATA, .tos_mask = 0x03, .tos = PP_CE), NULL},
        {STEP(.on = PP_ON_DATA, .tos_mask = 0x03, .tos = 0x04), "that its mask does not cover"},
        {STEP(.on = PP_ON_SYN, .tcp_set = 0x1000), "does not exist"},
        {STEP(.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE, .tcp_clear = PP_TCP_ECE), "same TCP flag"},
        {STEP(.on = PP_ON_SYN, .ip_flags = 1), "IP flag"},
        {STEP(.on = PP_ON_DATAGRAM, .udp_checksum = PP_UDP_CHECKSUM_ZERO), NULL},
        {STEP(.on = PP_ON_DATAGRAM, .udp_checksum = 9), "UDP checksum"},
        {STEP(.on = PP_ON_SYN, .udp_checksum = PP_UDP_CHECKSUM_ZERO), "changes UDP fields of TCP"},
        {STEP(.on = PP_ON_DATAGRAM, .tcp_set = PP_TCP_ECE), "changes TCP fields of UDP"},
        {STEP(.on = PP_ON_SYN, .options = mss, .options_len = 4), NULL},
        {STEP(.on = PP_ON_SYN, .options_len = 4), "do not add up"},
        {STEP(.on = PP_ON_SYN, .options = cut, .options_len = 3), "do not add up"},
        {STEP(.on = PP_ON_SYN, .options = zero, .options_len = 2), "do not add up"},
        {STEP(.on = PP_ON_SYN, .options = mss, .options_len = 1), "do not add up"},
        {STEP(.on = PP_ON_SYN, .options = mss, .options_len = 41), "do not add up"},
        {STEP(.on = PP_ON_SYN, .payload_len = 5), "too long or not on SYNs"},
        {STEP(.on = PP_ON_DATA, .payload = mss, .payload_len = 4), "too long or not on SYNs"},
        {STEP(.on = PP_ON_DATAGRAM, .surplus_len = 5), "too long for a datagram"},
        {STEP(.on = PP_ON_DATA, .segments = 4, .pause = 3), NULL},
        {STEP(.on = PP_ON_DATA, .segments = 5), "splits packets other than data"},
        {STEP(.on = PP_ON_DATA, .segments = 1), "splits packets other than data"},
        {STEP(.on = PP_ON_SYN, .segments = 2), "splits packets other than data"},
        {STEP(.on = PP_ON_DATA, .segments = 2, .last = 1), "splits packets other than data"},
        {STEP(.on = PP_ON_DATA, .segments = 2, .pause = 2), "a segment that does not exist"},
        {FAST(.on = PP_ON_DATA, .http = PP_HTTP_2), NULL},
        {FAST(.on = PP_ON_DATA, .http = PP_HTTP_1), "an unknown version of HTTP"},
        {FAST(.on = PP_ON_DATA, .http = 3), "an unknown version of HTTP"},
        {FAST(.on = PP_ON_SYN, .http = PP_HTTP_2), "on packets other than all data"},
        {FAST(.on = PP_ON_DATA, .http = PP_HTTP_2, .only_first = 1), "on packets other than all data"},
        {FAST(.on = PP_ON_DATA, .http = PP_HTTP_2, .last = 1), "on packets other than all data"},
        {STEP(.on = PP_ON_DATA, .http = PP_HTTP_2), "a connect mode without HTTP"},
        {ASKS(PP_MODE_TCP | PP_MODE_HTTPS, 0), "a connect mode without HTTP"},
        {ASKS(PP_MODE_TCP | PP_MODE_HTTPS, PP_MODE_HTTPS), NULL},
        {ORDER({.name = "A", .title = "a", .steps = asking, .nsteps = 1}), "baseline"},
        {STEP(.on = PP_ON_DATA, .pause = 1), "changes nothing"},
        {CONDITION(.has_value = 1), NULL},
        {CONDITION(.modes = PP_MODE_TCP), NULL},
        {CONDITION(.modes = PP_MODE_HTTP), "a connect mode that the experiment lacks"},
        {CONDITION(.name = NULL), "condition 0"},
        {CONDITION(.name = "x.Seen"), "condition 0"},
        {CONDITION(.name = "x:1"), "condition 0"},
        {CONDITION(.name = ".x"), "condition 0"},
        {CONDITION(.name = "x..y"), "condition 0"},
        {CONDITION(.what = NULL), "no description"},
        {CONDITION(.name = "x.connectivity.works"), "stated by the engine"},
        {CONDITION(.name = "x.connectivity.residual"), NULL},
        {CONDITION(.name = "x.connectivity_too"), NULL},
        {PLUGIN(.nconditions = PP_MAX_CONDITIONS + 1), "65 conditions"},
        {PLUGIN(.nlosses = 1), "1 losses"},
        {PLUGIN(.nlosses = 1, .losses = (const struct pp_loss[]){{"x.lost", "B1"}}), "loss 0"},
        {PLUGIN(.nconditions = 1), "1 conditions"},
        {PLUGIN(.nconditions = 2, .conditions = (const struct pp_condition[]){{.name = "x", .what = "."},
                                                                              {.name = "x", .what = "."}}),
         "two conditions are called x"},
        {PLUGIN(.fields = NAMES("tcp_data_rev", "sp")), NULL},
        {PLUGIN(.fields = NAMES("sp", "sp")), "field sp is listed twice"},
        {PLUGIN(.fields = NAMES("tcp.data")), "field 0"},
        {PLUGIN(.chains = NAMES("")), "chain 0"},
        {PLUGIN(.fields = fields), "more than 32 fields"},
        {OWN(.name = "number"), NULL},
        {OWN(.name = "Number"), "option 0"},
        {OWN(.name = NULL), "option 0"},
        {OWN(.arg = NULL), "lacks the name of its argument"},
        {OWN(.what = ""), "lacks the name of its argument"},
        {OWN(.def = NULL), "lacks the name of its argument"},
        {OWN(.min = 10), "allow no value"},
        {OWN(.max = 0), "allow no value"},
        {OWN(.most = 0), "allow no value"},
        {OWN(.most = PP_MAX_NUMBERS + 1), "allow no value"},
        {OWN(.def = "10"), "within its own bounds"},
        {OWN(.def = ""), "within its own bounds"},
        {OWN(.def = "1,1"), "within its own bounds"},
        {OWN(.def = "1,2,3"), "3 numbers given, at most 2 allowed"},
        {PLUGIN(.noptions = 1), "1 options"},
        {PLUGIN(.configure = configure), "0 options"},
        {PLUGIN(.configure = configure, .noptions = PP_MAX_OPTIONS + 1), "9 options"},
        {PLUGIN(.configure = configure, .noptions = 2, .options = twice), "two options are called --x"},
        {PLUGIN(.configure = verbose, .noptions = 1, .options = twice), "arm B1 has no title"},
        {PLUGIN(.configure = many_arms, .noptions = 1, .options = twice), "it has 5000 arms, not 1 to 16"},
        {PLUGIN(.configure = many_steps, .noptions = 1, .options = twice), "steps"},
        {PLUGIN(.configure = many_conditions, .noptions = 1, .options = twice), "5000 conditions: at most 64"},
    };

    (void)state;
    pp_quiet = 1;
    for (unsigned i = 0; i <= PP_MAX_FIELDS; i++) {
        snprintf(field_text[i], sizeof field_text[i], "f%u", i);
        fields[i] = field_text[i];
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char why[PP_WHY] = "";
        bool sound = pp_plugin_ready(rows[i].p, why) != NULL;
        if (sound != !rows[i].why || (rows[i].why && !strstr(why, rows[i].why)))
            fail_msg("row %zu: wanted '%s', got %s '%s'", i, rows[i].why ? rows[i].why : "sound", sound ? "sound" : "",
                     why);
    }
}

/* ---- shared objects -------------------------------------------------------------------------------- */

static void test_objects(void **state)
{
    static const struct {
        const char *file, *why;
    } rows[] = {
        {"good.so", NULL},
        {"newerzero.so", NULL},
        {"otherabi.so", "it was built for plugin ABI 5, this program has ABI 4"},
        {"nosymbol.so", "does not export pp_plugin_export"},
        {"code.so", "is not a struct pp_plugin"},
        {"tiny.so", "is not a struct pp_plugin"},
        {"liar.so", "says 1073741824 bytes, which is not a possible size"},
        {"small.so", "says 16 bytes, which is not a possible size"},
        {"misnamed.so", "contains the experiment 'good', so its file name has to be good.so"},
        {"newer.so", "it uses members that only a newer pathprobe knows"},
        {"unresolved.so", "pp_nobody_has_this"},
        {"manyarms.so", "it has 17 arms, not 1 to 16"},
        {"missing.so", "no such file"},
        {".", "no such file"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[sizeof objects + 32], why[PP_WHY] = "";
        const struct pp_plugin *p;
        snprintf(path, sizeof path, "%s/%s", objects, rows[i].file);
        p = pp_plugin_load(path, why);
        if (!p != !!rows[i].why || (rows[i].why && !strstr(why, rows[i].why)))
            fail_msg("%s: '%s'", rows[i].file, why);
    }
}

/* Garbage and cut files: named, never loaded. */
static void test_no_object(void **state)
{
    static const char text[] = "this is no shared object";
    char path[] = "/tmp/pp_test_plugins.XXXXXX", why[PP_WHY];
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_null(pp_plugin_load(path, why));
    assert_int_equal(write(fd, text, sizeof text), sizeof text);
    assert_null(pp_plugin_load(path, why));
    close(fd);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(pp_plugin_load(path, why));
    assert_string_equal(why, "no such file");
    unlink(path);
}

/* The list has the sound ones, sorted; each bad one is a warning. */
static void test_list(void **state)
{
    const struct pp_plugin **list;

    (void)state;
    pp_quiet = 1;
    list = pp_plugin_list(objects);
    assert_non_null(list);
    assert_string_equal(list[0]->name, "good");
    assert_string_equal(list[1]->name, "newerzero");
    assert_null(list[2]);
    free(list);
    assert_non_null(pp_plugin_find("good", objects));
    assert_null(pp_plugin_find("goood", objects));
    assert_null(pp_plugin_find("misnamed", objects));
    assert_null(pp_plugin_find("../good", objects));
    assert_null(pp_plugin_find("", objects));
    assert_null(pp_plugin_find("good", "/proc/nonexistent"));
    assert_null(pp_plugin_list("/proc/nonexistent"));
    pp_quiet = 0;
}

/* /etc and /etc/passwd are root's alone everywhere; /tmp is not. */
static void test_trust(void **state)
{
    static const struct {
        const char *path, *why;
    } rows[] = {
        {"/etc/passwd", NULL},
        {"etc/passwd", "not an absolute path"},
        {"/etc", "not a regular file"},
        {"/etc/passwd/x", "not a directory"},
        {"/proc/nonexistent/x", "'/proc/nonexistent'"},
        {"/tmp/x", "'/tmp' must be owned by root"},
        {"/proc/self/exe", "'/proc/self' is not a directory"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char why[PP_WHY] = "";
        if (pp_plugin_trusted(rows[i].path, why) != !rows[i].why || (rows[i].why && !strstr(why, rows[i].why)))
            fail_msg("%s: '%s'", rows[i].path, why);
    }
}

/* ---- words ----------------------------------------------------------------------------------------- */

static void test_words(void **state)
{
    static const uint8_t bytes[] = {0xfd, 0x02};
    static const struct {
        struct pp_step step;
        const char *words;
    } rows[] = {
        {{.on = PP_ON_SYN, .tcp_set = PP_TCP_ECE | PP_TCP_CWR}, "SYN: +ECE +CWR"},
        {{.on = PP_ON_SYN, .tcp_set = PP_TCP_AE, .tcp_clear = PP_TCP_ECE}, "SYN: +AE -ECE"},
        {{.on = PP_ON_DATA, .tos_mask = 0x03, .tos = PP_ECT0}, "data: ECT(0)"},
        {{.on = PP_ON_ACK, .tos_mask = 0xff, .tos = 46 << 2 | PP_CE}, "ACK: CE DSCP 46"},
        {{.on = PP_ON_SYN, .tos_mask = 0x10, .tos = 0x10}, "SYN: TOS 0x10 of 0x10"},
        {{.on = PP_ON_SYN, .only_first = 1, .ttl = 3}, "SYN (first only): TTL 3"},
        {{.on = PP_ON_DATA, .first = 1, .last = 2, .ip_flags = 0xa0}, "data (2 to 3): IP +RF IP +MF"},
        {{.on = PP_ON_SYN, .options = bytes, .options_len = 2, .payload = bytes, .payload_len = 2},
         "SYN: options fd02 2 bytes of data"},
        {{.on = PP_ON_DATAGRAM, .udp_checksum = PP_UDP_CHECKSUM_ZERO, .surplus = bytes, .surplus_len = 2},
         "datagram: checksum zero surplus fd02"},
        {{.on = PP_ON_DATA, .http = PP_HTTP_2}, "data: asks for HTTP/2"},
    };
    struct pp_buf out;

    (void)state;
    pp_buf_init(&out, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pp_buf_reset(&out);
        pp_step_words(&rows[i].step, &out);
        pp_buf_addc(&out, '\0');
        assert_string_equal(out.data, rows[i].words);
    }
    pp_buf_reset(&out);
    pp_mode_words(PP_MODE_HTTP | PP_MODE_TCP, &out);
    pp_buf_addc(&out, '\0');
    assert_string_equal(out.data, "tcp http");
    pp_buf_release(&out);
}

/* Whether a step with the header Y has all of what one with X has: options count, and how long they are. */
static void test_extensions_contained(void **unused)
{
#define HEADER(t, ...) {.type = t, .len = sizeof BYTES(__VA_ARGS__), .bytes = BYTES(__VA_ARGS__)}
#define BYTES(...) ((const uint8_t[]){__VA_ARGS__})
    const struct {
        struct pp_extension x, y;
        bool contained;
    } rows[] = {
        {HEADER(60, 0, 0, 0x1e, 4, 0, 0, 0, 0), HEADER(60, 0, 0, 0x1e, 4, 0, 0, 0, 0), true},
        {HEADER(60, 0, 0, 0x1e, 4, 0, 0, 0, 0), HEADER(0, 0, 0, 0x1e, 4, 0, 0, 0, 0), false},
        {HEADER(60, 0, 0, 0x1e, 4, 0, 0, 0, 0), HEADER(60, 0, 1, 0x1e, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), true},
        {HEADER(60, 0, 1, 0x1e, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), HEADER(60, 0, 0, 0x1e, 4, 0, 0, 0, 0), false},
        {HEADER(60, 0, 0, 0x1e, 4, 0, 0, 0, 7), HEADER(60, 0, 1, 0x1e, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), false},
        {HEADER(60, 0, 0, 0x1e, 4, 0, 0, 0, 0), HEADER(60, 0, 0, 0x9e, 4, 0, 0, 0, 0), false},
        {HEADER(60, 0, 0, 1, 4, 0, 0, 0, 0), HEADER(60, 0, 0, 0x9e, 4, 0, 0, 0, 0), true},
        {HEADER(60, 0, 0, 0, 0, 0, 0, 0, 0), HEADER(60, 0, 0, 1, 4, 0, 0, 0, 0), true},
        {HEADER(60, 0, 0, 0x1e, 4, 0, 0, 0, 0), HEADER(60, 0, 1, 0, 0, 0x3e, 1, 7, 1, 0, 0x1e, 4, 0, 0, 0, 0, 0), true},
        {HEADER(60, 0, 1, 0x1e, 4, 0, 0, 0, 0, 0x3e, 6, 0, 0, 0, 0, 0, 0),
         HEADER(60, 0, 1, 0x1e, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), false},
        {HEADER(60, 0, 0, 1, 9, 0, 0, 0, 0), HEADER(60, 0, 0, 1, 4, 0, 0, 0, 0), false}, /* longer than its header */
        {HEADER(43, 0, 0, 4, 0, 0, 0, 0, 0), HEADER(43, 0, 0, 4, 0, 0, 0, 0, 0), true},
        {HEADER(43, 0, 0, 4, 0, 0, 0, 0, 0), HEADER(43, 0, 0, 4, 0, 0, 0, 0, 1), false},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct pp_step x = {.nextensions = 1, .extensions = &rows[i].x},
                             y = {.nextensions = 1, .extensions = &rows[i].y};
        const struct pp_arm inner = {.steps = &x, .nsteps = 1}, outer = {.steps = &y, .nsteps = 1};

        if (pp_arm_contains(&outer, &inner) != rows[i].contained)
            fail_msg("row %zu", i);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables), cmocka_unit_test(test_objects), cmocka_unit_test(test_no_object),
        cmocka_unit_test(test_list),   cmocka_unit_test(test_trust),   cmocka_unit_test(test_words),
        cmocka_unit_test(test_extensions_contained),
    };

    find_objects(argc > 1 ? argv[1] : NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
