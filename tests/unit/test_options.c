/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_options.c: command lines and configuration files against a table, by rows: the settings, or the error message.
 */
#include "../../core/base/error.h"
#include "../../core/base/suggest.h"
#include "../../core/options/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

struct settings {
    const char *input, *place;
    uint64_t rate, workers;
    int64_t timeout;
    double alpha;
    struct pp_range ports, shard;
    struct pp_strings source, block, site_block;
    bool flows, no_dedup;
};

#define AT(member) offsetof(struct settings, member)

static const struct pp_option options[] = {
    {"input", 0, PP_OPTION_STRING, AT(input), "FILE", NULL, 0, 0, "what", "targets"},
    {"output-flows", 'o', PP_OPTION_FLAG, AT(flows), NULL, NULL, 0, 0, NULL, "add the flow records"},
    {"no-dedup", 0, PP_OPTION_FLAG, AT(no_dedup), NULL, NULL, 0, 0, NULL, "measure a target as often as it is listed"},
    {"rate", 'r', PP_OPTION_RATE, AT(rate), "N", "2k", 0, 0, "how",
     "packets per second on the wire, whole process; k and M are decimal multiples, 0 is no limit"},
    {"workers", 'w', PP_OPTION_UINT, AT(workers), "N", "4", 1, 64, NULL, "threads"},
    {"connect-timeout", 0, PP_OPTION_SECONDS, AT(timeout), "S", "10", 0.1, 3600, NULL, "give up a connection"},
    {"alpha", 0, PP_OPTION_NUMBER, AT(alpha), "P", "2.5e-4", 1e-9, 0.5, NULL, "error bound of a verdict"},
    {"ports", 0, PP_OPTION_RANGE, AT(ports), "LO-HI", NULL, 1024, 65535, NULL, "source ports"},
    {"shard", 0, PP_OPTION_SHARD, AT(shard), "K/N", NULL, 0, 0, NULL, "do one part of N"},
    {"source", 's', PP_OPTION_STRINGS, AT(source), "ADDR", NULL, 0, 0, NULL, "source address"},
    {"block", 0, PP_OPTION_ALL, AT(block), "FILE", NULL, 0, 0, NULL, "who is left alone"},
    {"place", 0, PP_OPTION_WORD, AT(place), "NAME", NULL, 0, 0, NULL, "a name for the record"},
    {.name = NULL},
};

static int run(void *settings, char **operands)
{
    (void)settings, (void)operands;
    return 0;
}

/* Options that are not taken from the metadata of another run. */
static const char *const own[] = {"no-dedup", NULL};

static const struct pp_command command = {.name = "measure",
                                          .summary = "targets in, observations out",
                                          .operands = "EXPERIMENT",
                                          .options = options,
                                          .settings_size = sizeof(struct settings),
                                          .own = own,
                                          .run = run};
static const struct pp_command bare = {.name = "doctor", .summary = "says what works here", .run = run};

/* ---- catching what is printed ---------------------------------------------------------------------- */

struct caught {
    int fd, saved, target;
    char text[8192];
};

static void catch_begin(struct caught *c, int target)
{
    fflush(NULL);
    c->target = target;
    c->saved = dup(target);
    c->fd = memfd_create("caught", 0);
    assert_true(c->fd >= 0 && dup2(c->fd, target) == target);
}

static void catch_end(struct caught *c)
{
    ssize_t n;

    fflush(NULL);
    assert_int_equal(dup2(c->saved, c->target), c->target);
    n = pread(c->fd, c->text, sizeof c->text - 1, 0);
    c->text[n > 0 ? n : 0] = '\0';
    close(c->saved);
    close(c->fd);
}

#define MAX_WORDS 12

/* Parses WORDS; what was printed on stderr is in ERR. */
static int parse(const struct pp_command *c, struct settings *s, const char *const *words, char ***operands,
                 struct caught *err)
{
    char *argv[MAX_WORDS + 2] = {(char *)c->name};
    int argc = 1, rc;

    while (words[argc - 1]) {
        argv[argc] = (char *)words[argc - 1];
        argc++;
    }
    catch_begin(err, STDERR_FILENO);
    rc = pp_options_parse(c, s, argc, argv, operands);
    catch_end(err);
    return rc;
}

/* ---- what is right --------------------------------------------------------------------------------- */

#define DEFAULTS                                                                                                       \
    "# input =\noutput-flows = false\nno-dedup = false\nrate = 2000\nworkers = 4\nconnect-timeout = 10\n"              \
    "alpha = 0.00025\n# ports =\n# shard =\n"

/* PART: lines that --print-config then has. OPERANDS: joined by blanks. */
static const struct {
    const char *words[MAX_WORDS];
    const char *part, *operands;
} good[] = {
    {{NULL}, DEFAULTS, ""},
    {{"ecn", NULL}, DEFAULTS, "ecn"},
    {{"--rate", "5", "ecn", NULL}, "rate = 5\n", "ecn"},
    {{"ecn", "--rate=20k", NULL}, "rate = 20000\n", "ecn"},
    {{"-r1M", NULL}, "rate = 1000000\n", ""},
    {{"-r", "1.5M", NULL}, "rate = 1500000\n", ""},
    {{"-r", ".5k", NULL}, "rate = 500\n", ""},
    {{"-r0", NULL}, "rate = 0\n", ""},
    {{"-r2.0", NULL}, "rate = 2\n", ""},
    {{"-r", "18446744073709551615", NULL}, "rate = 18446744073709551615\n", ""},
    {{"--rate", "1", "--rate", "2", NULL}, "rate = 2\n", ""},
    {{"-qor7", NULL}, "output-flows = true\nno-dedup = false\nrate = 7\n", ""},
    {{"-o", "--no-output-flows", NULL}, "output-flows = false\n", ""},
    {{"--no-dedup", NULL}, "no-dedup = true\n", ""},
    {{"-w", "1", NULL}, "workers = 1\n", ""},
    {{"-w64", NULL}, "workers = 64\n", ""},
    {{"--connect-timeout", "0.1", NULL}, "connect-timeout = 0.1\n", ""},
    {{"--connect-timeout", "1.000000001", NULL}, "connect-timeout = 1.000000001\n", ""},
    {{"--alpha", "1e-3", NULL}, "alpha = 0.001\n", ""},
    {{"--ports", "61000-61999", NULL}, "ports = 61000-61999\n", ""},
    {{"--shard", "3/3", NULL}, "shard = 3/3\n", ""},
    {{"-s", "10.0.0.1", "--source", "2001:db8::1", NULL}, "source = 10.0.0.1\nsource = 2001:db8::1\n", ""},
    {{"--input", "-", NULL}, "input = -\n", ""},
    {{"--input=--x", NULL}, "input = --x\n", ""},
    {{"--input=a=b", NULL}, "input = a=b\n", ""},
    {{"--input", " a # b", NULL}, "input = \" a # b\"\n", ""},
    {{"--input", "say \"x\\y\"", NULL}, "input = \"say \\\"x\\\\y\\\"\"\n", ""},
    {{"--input=", NULL}, "input = \"\"\n", ""},
    {{"-", "--", "-w", "--", "x", NULL}, DEFAULTS, "- -w -- x"},
};

static void check_good(const char *const *words, const char *part, const char *wanted)
{
    struct settings s;
    struct caught err;
    struct pp_buf out, joined;
    char **operands;

    pp_buf_init(&out, 1 << 16);
    pp_buf_init(&joined, 1 << 16);
    assert_int_equal(parse(&command, &s, words, &operands, &err), 0);
    assert_string_equal(err.text, "");
    pp_options_config(options, &s, &out);
    pp_buf_addc(&out, '\0');
    if (!strstr(out.data, part))
        fail_msg("wanted\n%sin\n%s", part, out.data);
    for (char **o = operands; *o; o++)
        pp_buf_addf(&joined, "%s%s", joined.len ? " " : "", *o);
    pp_buf_addc(&joined, '\0');
    assert_string_equal(joined.data, wanted);
    pp_buf_release(&out);
    pp_buf_release(&joined);
    pp_options_release(&command, &s, operands);
    pp_quiet = pp_verbosity = 0;
}

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        check_good(good[i].words, good[i].part, good[i].operands);
}

/* ---- what is wrong --------------------------------------------------------------------------------- */

static const struct {
    const char *words[MAX_WORDS];
    const char *message;
} bad[] = {
    {{"--rat", "5", NULL}, "unknown option '--rat'\nhint: did you mean --rate?\n"},
    {{"--inptu=x", NULL}, "unknown option '--inptu'\nhint: did you mean --input?\n"},
    {{"--xyzzy", NULL}, "unknown option '--xyzzy'\nhint: 'pathprobe measure --help' lists the options\n"},
    /* No abbreviations: a unique prefix may become ambiguous in a later version. */
    {{"--work", "5", NULL}, "did you mean --workers?"},
    {{"--no-rate", NULL}, "unknown option '--no-rate'"},
    {{"--dedup", NULL}, "unknown option '--dedup'"},
    {{"--no-no-dedup", NULL}, "unknown option '--no-no-dedup'"},
    {{"-z", NULL}, "unknown option '-z'\n"},
    {{"-oz", NULL}, "unknown option '-z' in '-oz'"},
    {{"--rate", NULL}, "--rate needs an argument: N"},
    {{"-r", NULL}, "-r needs an argument: N"},
    {{"--input", "--rate", "5", NULL}, "--input needs an argument: FILE\nhint: if '--rate' is meant"},
    {{"--output-flows=yes", NULL}, "--output-flows takes no argument"},
    {{"--rate=", NULL}, "--rate: '' is not a rate"},
    {{"--rate", "x", NULL}, "--rate: 'x' is not a rate"},
    {{"--rate", "-5", NULL}, "--rate: '-5' is not a rate"},
    {{"--rate", "5K", NULL}, "is not a rate"},
    {{"--rate", "1.5", NULL}, "is not a rate"},
    {{"--rate", "1.05", NULL}, "is not a rate"},
    {{"--rate", "1.0005k", NULL}, "is not a rate"},
    {{"--rate", "18446744073709551616", NULL}, "is not a rate"},
    {{"--rate", "18446744073709551615k", NULL}, "is not a rate"},
    {{"--rate", "k", NULL}, "is not a rate"},
    {{"-w", "0", NULL}, "-w: '0' is out of range: 1 to 64"},
    {{"--workers", "65", NULL}, "--workers: '65' is out of range: 1 to 64"},
    {{"--workers", "4x", NULL}, "'4x' is not a whole number"},
    {{"--workers", " 4", NULL}, "is not a whole number"},
    {{"--connect-timeout", "0.05", NULL}, "'0.05' is out of range: 0.1 to 3600"},
    {{"--connect-timeout", "1e3", NULL}, "is not a time in seconds"},
    {{"--connect-timeout", "1.0000000001", NULL}, "is not a time in seconds"},
    {{"--connect-timeout", ".", NULL}, "is not a time in seconds"},
    {{"--alpha", "nan", NULL}, "is not a number"},
    {{"--alpha", "0x1p-3", NULL}, "is not a number"},
    {{"--alpha", "1e-3.", NULL}, "is not a number"},
    {{"--alpha", "1", NULL}, "out of range: 1e-09 to 0.5"},
    {{"--ports", "80", NULL}, "'80' is not a range LO-HI"},
    {{"--ports", "80-90", NULL}, "out of range: 1024 to 65535"},
    {{"--ports", "2000-70000", NULL}, "out of range: 1024 to 65535"},
    {{"--ports", "3000-2000", NULL}, "is an empty range"},
    {{"--shard", "0/4", NULL}, "shards are numbered from 1: the first is 1/4"},
    {{"--shard", "5/4", NULL}, "there are only 4 shards"},
    {{"--shard", "1", NULL}, "is not a shard K/N"},
    {{"--place", "my home", NULL},
     "--place: 'my home' is not an element of a path, which is a word without blanks other than '*'\n"
     "hint: use 'my_home'\n"},
    {{"--place", "a\tb\n", NULL}, "hint: use 'a_b_'\n"},
    {{"--place=", NULL}, "hint: use one word, such as 'home'"},
    {{"--place=*", NULL}, "'*' is not an element of a path"},
    {{"--place", "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
                 "0123456789012345678901234567", NULL}, "--place: longer than 127 bytes"},
    {{"--config", "/proc/nonexistent/x", NULL}, "cannot open config file '/proc/nonexistent/x'"},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct settings s;
        struct caught err;
        char **operands;

        assert_int_equal(parse(&command, &s, bad[i].words, &operands, &err), -1);
        assert_null(operands);
        if (!strstr(err.text, bad[i].message))
            fail_msg("row %zu: wanted '%s' in '%s'", i, bad[i].message, err.text);
    }
}

static void test_no_operands(void **state)
{
    struct caught err;
    char **operands;

    (void)state;
    assert_int_equal(parse(&bare, NULL, (const char *const[]){"x", NULL}, &operands, &err), -1);
    assert_non_null(strstr(err.text, "unexpected argument 'x': doctor takes options only"));
    assert_int_equal(parse(&bare, NULL, (const char *const[]){"-v", NULL}, &operands, &err), 0);
    assert_int_equal(pp_verbosity, 1);
    pp_options_release(&bare, NULL, operands);
    pp_verbosity = 0;
}

/* ---- config files ---------------------------------------------------------------------------------- */

/* WORDS stand on the line beside --config. PART: as above if 0, of the message if -1. */
static const struct {
    const char *file;
    const char *words[4];
    int rc;
    const char *part;
} configs[] = {
    {"", {NULL}, 0, DEFAULTS},
    {"# nothing\n\n  # here\n", {NULL}, 0, DEFAULTS},
    {"rate = 5\n", {NULL}, 0, "rate = 5\n"},
    {"rate=5", {NULL}, 0, "rate = 5\n"},
    {"\xef\xbb\xbfrate = 5\r\nworkers = 2\r\n", {NULL}, 0, "rate = 5\nworkers = 2\n"},
    {"  rate =   5k  # slow\n", {NULL}, 0, "rate = 5000\n"},
    {"rate = 5\n", {"-r7", NULL}, 0, "rate = 7\n"},
    {"source = a\nsource = b\n", {NULL}, 0, "source = a\nsource = b\n"},
    {"source = a\nsource = b\n", {"-sc", NULL}, 0, "# shard =\nsource = c\n"},
    {"output-flows = yes\nno-dedup = on", {NULL}, 0, "output-flows = true\nno-dedup = true\n"},
    {"output-flows = true\n", {"--no-output-flows", NULL}, 0, "output-flows = false\n"},
    {"input = a#b\n", {NULL}, 0, "input = \"a#b\"\n"},
    {"input = \"a # \\\"b\\\"\" # c\n", {NULL}, 0, "input = \"a # \\\"b\\\"\"\n"},
    {"input =\n", {NULL}, 0, "input = \"\"\n"},
    {"rate\n", {NULL}, -1, ":1: not a line of the form 'key = value'"},
    {"= 5\n", {NULL}, -1, ":1: not a line of the form 'key = value'"},
    {"\nrat = 5\n", {NULL}, -1, ":2: unknown option 'rat'\nhint: did you mean rate?"},
    {"no-output-flows = true\n", {NULL}, -1, ":1: unknown option 'no-output-flows'"},
    {"help = true\n", {NULL}, -1, ":1: 'help' is allowed on the command line only"},
    {"config = x\n", {NULL}, -1, ":1: 'config' is allowed on the command line only"},
    {"workers = 65\n", {NULL}, -1, ":1: workers: '65' is out of range: 1 to 64"},
    {"output-flows = maybe\n", {NULL}, -1, ":1: output-flows: 'maybe' is not true or false"},
    {"input = \"a\n", {NULL}, -1, ":1: input: the closing quote is missing"},
    {"input = \"a\" b\n", {NULL}, -1, ":1: input: 'b' after the closing quote"},
    /* the metadata of a run */
    {"{\"experiment\": \"ecn\", \"config\": {\"rate\": \"5000\", \"input\": \"a \\u0022\\u00fc\"}}\n",
     {NULL}, 0, "input = \"a \\\"\u00fc\"\n"},
    {" {\"config\": {\"rate\": \"5000\", \"workers\": \"\"}}", {NULL}, 0, "rate = 5000\nworkers = 4\n"},
    {"{\"config\": {\"rate\": \"5000\"}}", {"-r7", NULL}, 0, "rate = 7\n"},
    {"{\"config\": {\"source\": \"a,b\"}}", {NULL}, 0, "source = a\nsource = b\n"},
    {"{\"config\": {\"source\": \"a\\\\,b,c\\\\\\\\,d\"}}", {NULL}, 0,
     "source = a,b\nsource = \"c\\\\\"\nsource = d\n"},
    {"{\"config\": {\"block\": \"a,b\"}}", {"--block", "c", NULL}, 0, "block = a\nblock = b\nblock = c\n"},
    {"source = a\nblock = a\nblock = b\n", {"--source=c", "--block=c", "--block=d", NULL}, 0,
     "source = c\nblock = a\nblock = b\nblock = c\nblock = d\n"},
    {"{\"config\": {\"no-dedup\": \"true\"}}", {NULL}, 0, "no-dedup = false\n"},
    {"{\"config\": {\"rat\": \"5\"}}", {NULL}, -1, ": unknown option 'rat'\nhint: did you mean rate?"},
    {"{\"config\": {\"workers\": \"65\"}}", {NULL}, -1, ": workers: '65' is out of range: 1 to 64"},
    {"{\"config\": {\"workers\": 5}}", {NULL}, -1, ": workers: not a string"},
    {"{\"config\": []}", {NULL}, -1, "it has no config"},
    {"{\n\"config\": {}", {NULL}, -1, ":2: '}' expected near end of file"},
};


static void check_config(const char *text, size_t len, const char *const *more, int rc, const char *part)
{
    char path[] = "/tmp/pp_test_options.XXXXXX";
    const char *words[MAX_WORDS] = {"--config", path};
    int fd = mkstemp(path);
    struct settings s;
    struct caught err;
    struct pp_buf out;
    char **operands;

    assert_true(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    for (unsigned i = 0; more[i]; i++)
        words[2 + i] = more[i];
    pp_buf_init(&out, 1 << 16);
    assert_int_equal(parse(&command, &s, words, &operands, &err), rc);
    if (rc == 0) {
        pp_options_config(options, &s, &out);
        pp_options_release(&command, &s, operands);
    } else {
        pp_buf_adds(&out, err.text);
    }
    pp_buf_addc(&out, '\0');
    if (!strstr(out.data, part))
        fail_msg("wanted\n%sin\n%s", part, out.data);
    pp_buf_release(&out);
    close(fd);
    unlink(path);
}

static void test_config(void **state)
{
    static char large[(16 << 20) + 2];

    (void)state;
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++)
        check_config(configs[i].file, strlen(configs[i].file), configs[i].words, configs[i].rc, configs[i].part);
    memset(large, '\n', sizeof large);
    check_config(large, sizeof large, (const char *const[]){NULL}, -1, "is larger than 16 MiB");
    check_config("rate = 5\0\n", 10, (const char *const[]){NULL}, -1, "it is not text");
}

/* What --print-config prints is what --config reads, whatever the strings hold. */
static void test_round_trip(void **state)
{
    static const char *const texts[] = {"plain", "", " ", "a b", "a # b", "#", "\"", "\\", "a\nb", "\\n", "tab\there",
                                        "a=b", "\xc3\xa4"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char path[] = "/tmp/pp_test_options.XXXXXX", input[64];
        int fd = mkstemp(path);
        struct settings s;
        struct caught out, err;
        char **operands;

        snprintf(input, sizeof input, "--input=%s", texts[i]);
        catch_begin(&out, STDOUT_FILENO);
        assert_int_equal(
            parse(&command, &s, (const char *const[]){input, "--print-config", "-r9", NULL}, &operands, &err), 1);
        catch_end(&out);
        assert_true(fd >= 0 && write(fd, out.text, strlen(out.text)) == (ssize_t)strlen(out.text));
        assert_int_equal(parse(&command, &s, (const char *const[]){"--config", path, NULL}, &operands, &err), 0);
        assert_string_equal(s.input, texts[i]);
        assert_int_equal(s.rate, 9);
        pp_options_release(&command, &s, operands);
        close(fd);
        unlink(path);
    }
}

/* ---- help, values, words ----------------------------------------------------------------------------- */

static const char help_wanted[] =
    "usage: pathprobe measure [OPTION...] EXPERIMENT\n"
    "targets in, observations out\n"
    "\n"
    "what:\n"
    "      --input FILE          targets\n"
    "  -o, --output-flows        add the flow records\n"
    "      --no-dedup            measure a target as often as it is listed\n"
    "\n"
    "how:\n"
    "  -r, --rate N              packets per second on the wire, whole process; k and\n"
    "                            M are decimal multiples, 0 is no limit (default 2k)\n"
    "  -w, --workers N           threads (default 4)\n"
    "      --connect-timeout S   give up a connection (default 10)\n";

static void test_help(void **state)
{
    static const char *const common[] = {"--quiet", "--config FILE", "--print-config", "-h, --help"};
    struct settings s;
    struct caught out, err;
    char **operands;

    (void)state;
    catch_begin(&out, STDOUT_FILENO);
    assert_int_equal(parse(&command, &s, (const char *const[]){"--help", NULL}, &operands, &err), 1);
    catch_end(&out);
    assert_int_equal(strncmp(out.text, help_wanted, sizeof help_wanted - 1), 0);
    for (const char *line = out.text; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        assert_non_null(strstr(out.text, common[i]));
}

static void test_value(void **state)
{
    struct settings s = {.source = {(const char *[]){"a", "b"}, 2}, .timeout = 1500000000, .no_dedup = true};
    struct pp_buf out;

    (void)state;
    pp_buf_init(&out, 1 << 16);
    for (const struct pp_option *o = options; o->name; o++) {
        pp_options_value(o, &s, &out);
        pp_buf_addc(&out, '|');
    }
    pp_buf_addc(&out, '\0');
    assert_string_equal(out.data, "|false|true|0|0|1.5|0|||a,b|||");
    pp_buf_release(&out);
}

/* ---- options that come with the operand -------------------------------------------------------------- */

struct more_settings {
    struct settings own;
    struct pp_numbers numbers;
};

static const struct pp_option numbers[] = {
    {"numbers", 0, PP_OPTION_NUMBERS, offsetof(struct more_settings, numbers), "N[,N...]", "1,2", 0, 63, "own", "some"},
    {.name = NULL},
};
static const struct pp_option taken[] = {
    {"rate", 0, PP_OPTION_NUMBERS, offsetof(struct more_settings, numbers), "N", "1", 0, 63, "own", "some"},
    {.name = NULL},
};

/* "with" and "taken" bring options, "bad" is not there, others bring none. */
static int more(void *settings, const char *operand, struct pp_more *more)
{
    if (strcmp(operand, "bad") == 0)
        return pp_error("no '%s' in '%s'", operand, ((struct settings *)settings)->input);
    if (strcmp(operand, "with") == 0 || strcmp(operand, "taken") == 0)
        *more = (struct pp_more){operand[0] == 'w' ? numbers : taken, settings};
    return 0;
}

static const char *site_file;

static const char *site(void)
{
    return site_file;
}

static const struct pp_command with_more = {.name = "measure",
                                            .summary = "targets in, observations out",
                                            .operands = "EXPERIMENT",
                                            .options = options,
                                            .settings_size = sizeof(struct more_settings),
                                            .run = run,
                                            .more = more,
                                            .site = site};

#define LIST64 "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36," \
               "37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63"

/* RC as pp_options_parse has it; TEXT: of standard output where that is 1, of the message else. */
static const struct {
    const char *words[MAX_WORDS];
    int rc;
    const char *text;
} mores[] = {
    {{"with", "--print-config", NULL}, 1, "\nnumbers = 1,2\n"},
    {{"with", "--numbers", "3,63,0", "--print-config", NULL}, 1, "\nnumbers = 3,63,0\n"},
    {{"with", "--numbers=7", "-r7", "--print-config", NULL}, 1, "\nnumbers = 7\n"},
    {{"with", "--numbers", "7", "--numbers", "8", "--print-config", NULL}, 1, "\nnumbers = 8\n"},
    {{"with", "--numbers", LIST64, "--print-config", NULL}, 1, "\nnumbers = " LIST64 "\n"},
    {{"with", "--help", NULL}, 1, "\nown:\n      --numbers N[,N...]    some (default 1,2)\n"},
    {{"--print-config", "none", NULL}, 1, "rate = 2000\n"},
    {{"bad", "--numbers", "1", "--input", "here", NULL}, -1, "no 'bad' in 'here'"},
    {{"none", "--numbers", "1", NULL}, -1, "unknown option '--numbers'\nhint: 'pathprobe measure --help' lists"},
    {{"--numbers", "1", "with", NULL}, -1, "lists the options; options of EXPERIMENT follow its name\n"},
    {{"with", "--nubmers", "1", NULL}, -1, "unknown option '--nubmers'\nhint: did you mean --numbers?\n"},
    {{"with", "--output-flwos", NULL}, -1, "unknown option '--output-flwos'\nhint: did you mean --output-flows?\n"},
    {{"with", "--numbers", NULL}, -1, "--numbers needs an argument: N[,N...]"},
    {{"with", "--numbers", "--help", NULL}, -1, "--numbers needs an argument: N[,N...]"},
    {{"with", "--numbers=", NULL}, -1, "--numbers: '' is not a list of whole numbers: N[,N...]"},
    {{"with", "--numbers", "64", NULL}, -1, "--numbers: '64' is out of range: 0 to 63"},
    {{"with", "--numbers", "1,64", NULL}, -1, "--numbers: '64' is out of range: 0 to 63"},
    {{"with", "--numbers", "4294967296", NULL}, -1, "is not a list"},
    {{"with", "--numbers", "1,", NULL}, -1, "is not a list"},
    {{"with", "--numbers", ",1", NULL}, -1, "is not a list"},
    {{"with", "--numbers", "1, 2", NULL}, -1, "is not a list"},
    {{"with", "--numbers=-1", NULL}, -1, "is not a list"},
    {{"with", "--numbers", "5,1,5", NULL}, -1, "--numbers: 5 is given twice"},
    {{"taken", NULL}, -1, "'taken' has an option --rate, which is an option of measure itself"},
};

static void test_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mores / sizeof mores[0]; i++) {
        struct more_settings s;
        struct caught out, err;
        char **operands;
        int rc;

        catch_begin(&out, STDOUT_FILENO);
        rc = parse(&with_more, &s.own, mores[i].words, &operands, &err);
        catch_end(&out);
        if (rc != mores[i].rc || !strstr(rc == 1 ? out.text : err.text, mores[i].text))
            fail_msg("row %zu: %d, wanted '%s' in '%s%s'", i, rc, mores[i].text, out.text, err.text);
    }
}

/* A config file's line for it, wherever --config stands; the command line is stronger. */
static void test_more_config(void **state)
{
    static const char text[] = "numbers = 9\nrate = 3\n";
    char path[] = "/tmp/pp_test_options.XXXXXX";
    int fd = mkstemp(path);
    struct more_settings s;
    struct caught err;
    char **operands;

    (void)state;
    assert_true(fd >= 0 && write(fd, text, sizeof text - 1) == sizeof text - 1);
    assert_int_equal(
        parse(&with_more, &s.own, (const char *const[]){"--config", path, "with", NULL}, &operands, &err), 0);
    assert_int_equal(s.numbers.n, 1);
    assert_int_equal(s.numbers.v[0], 9);
    pp_options_release(&with_more, &s, operands);
    assert_int_equal(parse(&with_more, &s.own, (const char *const[]){"with", "--numbers=4", "--config", path, NULL},
                           &operands, &err), 0);
    assert_int_equal(s.numbers.v[0], 4);
    pp_options_release(&with_more, &s, operands);
    assert_int_equal(parse(&with_more, &s.own, (const char *const[]){"--config", path, "x", NULL}, &operands, &err),
                     -1);
    assert_non_null(strstr(err.text, ":1: unknown option 'numbers'"));

    /* The same as the host's file: the command line overrides it, --config replaces it, and it need not exist. */
    site_file = path;
    assert_int_equal(parse(&with_more, &s.own, (const char *const[]){"with", "-r5", NULL}, &operands, &err), 0);
    assert_int_equal(s.numbers.v[0], 9);
    assert_int_equal(s.own.rate, 5);
    pp_options_release(&with_more, &s, operands);
    assert_int_equal(
        parse(&with_more, &s.own, (const char *const[]){"with", "--config", "/dev/null", NULL}, &operands, &err), 0);
    assert_int_equal(s.numbers.v[0], 1);
    assert_int_equal(s.own.rate, 2000);
    pp_options_release(&with_more, &s, operands);
    site_file = "/proc/nonexistent/site";
    assert_int_equal(parse(&with_more, &s.own, (const char *const[]){"with", NULL}, &operands, &err), 0);
    pp_options_release(&with_more, &s, operands);
    site_file = NULL;
    close(fd);
    unlink(path);
}

/* Options that the command takes from the host's file in any case, in addition to those given. */
static const struct pp_held held[] = {{"block", AT(site_block)}, {NULL, 0}};

static void assert_joined(const struct pp_strings *s, const char *wanted)
{
    char joined[64] = "";
    size_t n = 0;

    for (unsigned k = 0; k < s->n; k++)
        n += (size_t)snprintf(joined + n, sizeof joined - n, "%s ", s->v[k]);
    assert_string_equal(joined, wanted);
}

static void test_held(void **state)
{
    static const struct {
        const char *site, *words[MAX_WORDS];
        const char *block, *site_block; /* joined by blanks */
        uint64_t rate;
    } rows[] = {
        {"block = s\nrate = 3\n", {"x", NULL}, "", "s ", 3},
        {"block = s\nrate = 3\n", {"--config", "/dev/null", "x", NULL}, "", "s ", 2000},
        {"block = s\nblock = t\nnumbers = 1\n", {"x", "--block", "a", "--config=/dev/null", NULL}, "a ", "s t ", 2000},
        {"{\"config\":{\"block\":\"s,t\",\"rate\":\"3\"}}", {"x", "--config=/dev/null", NULL}, "", "s t ", 2000},
        {"{\"config\":{\"block\":\"s\",\"rate\":\"3\"}}", {"x", "--block=s", NULL}, "s ", "s ", 3},
        {"rate = 3\n", {"x", "--block=a", NULL}, "a ", "", 3},
    };
    struct pp_command with_held = with_more;
    struct caught err, out;

    (void)state;
    with_held.held = held;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[] = "/tmp/pp_test_options.XXXXXX", **operands;
        int fd = mkstemp(path);
        struct more_settings s;

        assert_true(fd >= 0 && write(fd, rows[i].site, strlen(rows[i].site)) == (ssize_t)strlen(rows[i].site));
        site_file = path;
        if (parse(&with_held, &s.own, rows[i].words, &operands, &err) != 0)
            fail_msg("row %zu: %s", i, err.text);
        assert_joined(&s.own.block, rows[i].block);
        assert_joined(&s.own.site_block, rows[i].site_block);
        assert_int_equal(s.own.rate, rows[i].rate);
        pp_options_release(&with_held, &s, operands);
        assert_int_equal(s.own.site_block.n, 0);
        close(fd);
        unlink(path);
    }
    /* --print-config shows them as a comment, so that they are not read back as given. An unreadable host's file is an
       error, as it may contain them. */
    char path[] = "/tmp/pp_test_options.XXXXXX", **operands;
    int fd = mkstemp(path);
    struct more_settings s;
    assert_true(fd >= 0 && write(fd, "block = s\n", 10) == 10);
    site_file = path;
    catch_begin(&out, STDOUT_FILENO);
    assert_int_equal(parse(&with_held, &s.own, (const char *const[]){"--print-config", NULL}, &operands, &err), 1);
    catch_end(&out);
    assert_non_null(strstr(out.text, "\n# block =\n"));
    assert_non_null(strstr(out.text, "\n# of this host, in any case: block = s\n"));
    unlink(path);
    close(fd);
    site_file = "/proc/self/mem/none"; /* ENOTDIR: not there */
    assert_int_equal(parse(&with_held, &s.own, (const char *const[]){"x", NULL}, &operands, &err), 0);
    pp_options_release(&with_held, &s, operands);
    site_file = "/proc/self/mem"; /* exists, but reading it fails */
    assert_int_equal(
        parse(&with_held, &s.own, (const char *const[]){"x", "--config", "/dev/null", NULL}, &operands, &err), -1);
    site_file = NULL;
}

static void test_did_you_mean(void **state)
{
    static const char *const names[] = {"measure", "observe", "lab", "plugins", "doctor", "ecn", NULL};
    static const struct {
        const char *word, *meant;
    } rows[] = {
        {"mesure", "measure"}, {"measrue", "measure"}, {"meas", "measure"}, {"obsreve", "observe"},
        {"docter", "doctor"},  {"plugin", "plugins"},  {"lba", "lab"},      {"ecnx", "ecn"},
        {"enc", "ecn"},        {"dscp", NULL},         {"", NULL},          {"x", NULL},
        {"xyzzy", NULL},       {"--", NULL},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *found = pp_did_you_mean(rows[i].word, names);
        if (!rows[i].meant)
            assert_null(found);
        else
            assert_string_equal(found ? found : "(none)", rows[i].meant);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),       cmocka_unit_test(test_bad),        cmocka_unit_test(test_no_operands),
        cmocka_unit_test(test_config),     cmocka_unit_test(test_round_trip), cmocka_unit_test(test_help),
        cmocka_unit_test(test_value),      cmocka_unit_test(test_did_you_mean), cmocka_unit_test(test_more),
        cmocka_unit_test(test_more_config), cmocka_unit_test(test_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
