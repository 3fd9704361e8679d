/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.c: the table of commands; and the map of the tree, a line for each file (x.[ch]: x.c and x.h), which
 * tests/lab/map.sh looks after.
 *
 * cmd/              the program: a file per command; calls core/run, core/flow and lab
 *   main.c            this one
 *   commands.h        the commands, for the table
 *   measure.c         options of the main job, and on to core/run/campaign
 *   observe.c         flow records from packets that others send
 *   intake.[ch]       packets for observe: an interface or a capture file
 *   resolve.c         options of the names' way to targets
 *   annotate.c        AS, prefix and country, put into targets and observations
 *   filter.c          a list of targets, cleaned
 *   metadata.c        describes result files
 *   upload.c          options of their way to an observatory or a bucket
 *   parcel.[ch]       what of a file is sent, under which name and description
 *   lab.c             scenario, targets and truth, then COMMAND before the emulator
 *   plugins.c         lists and describes experiments
 *   values.[ch]       what words options take
 *   page.c            opens a command's page
 *   completion.c      what completes command lines in bash, zsh and fish
 *   doctor.c          opens what a run opens, and says what fails
 *   doctor_host.[ch]  what it reads about the host: kernel, offloads, backlog, clock, conntrack, names
 *   doctor_probing.c  writes a probing.txt
 *   doctor_say.c      findings as lines or JSON
 * core/             the engine; knows no experiment. Arrows: run -> talk -> flow -> wire -> packet -> base
 * core/base/        what everybody needs
 *   addr.[ch]         one type for IPv4 and IPv6 addresses, and prefixes
 *   apart.[ch]        work that meets the network, in a confined process of its own
 *   banned.h          functions that do not compile here
 *   buf.[ch]          a growing buffer with a maximum
 *   confine.[ch]      and system calls: once all is open
 *   dnsname.[ch]      host names as DNS is asked for them
 *   error.[ch]        messages on stderr, BUG()
 *   io.[ch]           all of something written, or the true cause; standard output
 *   json.[ch]         writes JSON
 *   prose.[ch]        paragraphs of 80 columns, and large numbers
 *   privilege.[ch]    capabilities and user, and giving them up
 *   random.[ch]       repeatable chance from a seed, and unguessable bytes
 *   siphash.[ch]      a keyed hash
 *   temporary.[ch]    a file without a name
 *   suggest.[ch]      did you mean
 *   utf8.h            well-formed UTF-8 or not
 *   wheel.[ch]        timers by the hundred thousand
 * core/packet/      bytes <-> meaning, pure functions
 *   packet.h          what a decoded datagram looks like
 *   layers.h          how one layer's decoder hands on to the next
 *   decode.c          IPv4 and IPv6 headers
 *   transport.c       TCP and UDP headers
 *   tcpopt.c          TCP options
 *   udpopt.c          UDP options
 *   tfo.[ch]          TCP Fast Open's option
 *   icmp.c            ICMP and ICMPv6, and the datagram that an error quotes
 *   quote.h           what an error quotes of our packet, and how it differs from it
 *   checksum.c        RFC 1071
 *   fingerprint.c     did it leave as built?
 *   build.[ch]        an arm's packets as templates, through libnet
 *   fill.c            one packet from a template
 * core/wire/        where packets leave and come in
 *   wire.h            the interface; its backends are live.c and lab/virtual.c
 *   live.[ch]         a network interface
 *   inject.[ch]       its sending half: raw sockets, batches
 *   capture.[ch]      its receiving half: libpcap
 *   filter.[ch]       the capture filter's text
 *   linktype.[ch]     link headers
 *   drops.[ch]        packets lost before the capture
 *   ports.[ch]        muted source ports
 *   source.[ch]       interface and source addresses
 *   presence.[ch]     and whether they are still there
 *   route.[ch]        what the kernel's routing says
 *   netlink.[ch]      questions over rtnetlink
 *   warm.c            the gateway's neighbour entry
 * core/flow/        packets -> flow records
 *   table.[ch]        finds the flow of a packet
 *   chain.[ch]        chains as a table, sets of them, records
 *   chains.h          what the chain files share
 *   chain_basic.c     who, when, how much
 *   chain_tcp.c       handshake and end of a connection
 *   chain_ecn.c       marks of the ECN field
 *   chain_feedback.c  ECE in answer to CE
 *   chain_accecn.c    options of AccECN
 *   chain_dscp.c      codepoints
 *   chain_icmp.c      ICMP errors about the flow
 *   chain_mss.c       the MSS option
 *   chain_tcpopt.c    timestamps, window scale, SACK
 *   chain_tfo.c       TCP Fast Open
 *   chain_udp.c       missing checksums, surplus
 *   chain_dns.c       a valid DNS response
 *   chain_evil.c      IPv4's reserved flag
 *   chain_mptcp.c     Multipath TCP's MP_CAPABLE
 *   chain_original.c  what was no repetition
 *   observer.[ch]     the passive side: frames in, records out
 * core/talk/        conversations
 *   talk.[ch]         one conversation of one arm
 *   modes.c           the connect modes
 *   tcp.[ch]          the TCP client: its life and timers
 *   tcp_internal.h    what its files share
 *   tcp_input.c       segments that arrive
 *   tcp_reassembly.c  payload in order
 *   tcp_output.c      segments that leave
 *   udp.[ch]          a question and its answer in datagrams
 *   ask.h             what a message is made of
 *   dns.[ch]          a DNS question, and is this an answer to it?
 *   quic.[ch]         a QUIC version that nobody knows, and the negotiation that answers it
 *   http.[ch]         HTTP by libcurl over the TCP client
 *   http_internal.h   what its files share
 *   http_easy.c       one curl handle
 *   http_pool.c       handles and Unix sockets, used again
 * core/verdict/     from what was seen to words; no packets, no files
 *   where.h           between which two hops a packet is changed, dropped or answered
 * core/run/         a campaign
 *   campaign.[ch]     opens, starts threads, minds signals, closes
 *   settings.h        what the command line said
 *   plan.[ch]         what is done to every target
 *   plan_base.c       which arm another one builds on
 *   crew.[ch]         the threads
 *   crew_gate.c       what decides on targets before a worker sees them
 *   crew_output.c     the files that it writes
 *   input.[ch]        lines out of a file, decompressed
 *   input_parts.h     what its files share
 *   input_lines.c     text -> lines, or records of CSV
 *   decompress.[ch]   gzip, zstd, bzip2
 *   target.[ch]       one line -> one target
 *   target_parts.h    what its files share
 *   target_text.c     targets from CSV and plain lists
 *   csv.[ch]          CSV: columns, headings, members
 *   ahead.[ch]        how many they are, counted meanwhile
 *   feeder.[ch]       input -> targets that may be probed
 *   prefixes.[ch]     sets of prefixes
 *   lists.[ch]        blocklist and allowlist, read again while a run goes on
 *   special.[ch]      the special-purpose ranges
 *   prefix_cap.[ch]   so many of each prefix
 *   shuffle.[ch]      lines in an order by chance
 *   gate.[ch]         the format of targets, who measures
 *   stopper.[ch]      signals end the input
 *   admission.c       when a target may start
 *   pace.[ch]         rounds per second and prefix
 *   twins.[ch]        the addresses of a name begin at the same time
 *   manners.[ch]      networks and hosts that ask to be left alone
 *   rate.[ch]         packets per second
 *   dedup.[ch]        targets seen before
 *   members.[ch]      members of a JSON object as they stand in a line
 *   object.[ch]       a look at a JSON object: valid? where are its members?
 *   queue.[ch]        from the feeder to a worker
 *   worker.[ch]       the loop of a worker
 *   job.h             one target on its way through a worker
 *   job.c             its memory, and what it holds of the budget
 *   idle.c            targets between their rounds
 *   order.[ch]        the order of a round's arms
 *   round.c           all arms of a target once
 *   probe.c           one flow of one arm
 *   stray.c           what comes for no flow under way
 *   outcome.c         what a round came to
 *   confirm.c         is there a further round, and when
 *   statements.c      conditions other than connectivity, from round to round
 *   sumup.c           conditions of several arms together
 *   history.[ch]      what is kept of past rounds, and what their ports tell
 *   verdict.[ch]      from successes and failures to words
 *   verdict_json.c    a verdict with its reasons
 *   observation.c     a target's line
 *   frames.c          a target's packets, for --pcap
 *   ended.[ch]        flows that have ended: what still comes for them may be answered
 *   outage.[ch]       an outage of the vantage, told from dead targets
 *   checkup.[ch]      does the treatment leave the vantage intact?
 *   nearby.[ch]       does an arm fail near this host rather than at its targets?
 *   control.[ch]      the series of the reference targets
 *   output.[ch]       the file or pipe behind the writer
 *   writer.[ch]       finished lines -> file
 *   batch.[ch]        lines on their way there
 *   census.[ch]       counts conditions
 *   remarks.[ch]      what a run as a whole looks like
 *   stats.[ch]        limits of a rate, McNemar's test
 *   stats_pairs.c     pairs of arm and baseline, in clusters
 *   stats_ebh.c       the published list
 *   estimate.[ch]     how long it will go on
 *   progress.[ch]     status line, --status
 *   summary.[ch]      the page at the end
 *   summary_parts.h   what its files share
 *   summary_words.c   what was found, in sentences
 *   summary_trust.c   what it can be trusted for
 *   summary_long.c    every condition, for -v
 *   metadata.[ch]     the file that describes a run
 *   metadata_file.[ch] how it is written and read, so that it is always whole
 *   surroundings.[ch] kernel, interface and clock, for the record
 *   resume.[ch]       --resume: is it the same run, and how far did it come?
 *   journal.[ch]      an output read back
 *   journal_parts.h   what its files share
 *   journal_whole.c   where its whole lines or frames end
 *   dryrun.[ch]       --dry-run
 * core/annotate/    what databases know of addresses, put into lines
 *   mmdb.[ch]         databases in MaxMind's format
 *   annotate.[ch]     a line and what goes into it
 * core/publish/     finished observations -> observatories, buckets
 *   record.[ch]       an observation, read back
 *   export.[ch]       a file of them, and what of it can be sent
 *   export_rounds.c   a line for each round, as PATHspider's are
 *   export_set.c      lines of an observation set
 *   package.[ch]      the bytes that are sent
 *   describe.[ch]     metadata, here and there
 *   fit.[ch]          what of it fits into an observatory's metadata
 *   exchange.[ch]     a request and its answer, by libcurl
 *   pto.[ch]          what requests to an observatory share
 *   pto_raw.[ch]      raw data
 *   pto_name.c        and its name
 *   pto_set.c         observation sets
 *   s3.[ch]           buckets
 *   bar.[ch]          how far it is
 * core/names/       names -> targets; reads and writes by core/run
 *   resolve.[ch]      a reader, askers, and what they count
 *   list.[ch]         one line of a list -> a name
 *   host.[ch]         URLs and names -> what DNS is asked for
 *   lookup.[ch]       one name: its questions, its targets
 *   asker.[ch]        questions by the thousand, by c-ares
 *   resolvers.c       whom to ask
 *   answer.[ch]       a DNS response
 * core/host/        options and experiments
 *   options.[ch]      a command line against a table
 *   options_parts.h   what its files share
 *   options_value.c   values from text and back
 *   options_more.c    options that come with the first operand
 *   options_help.c    --help
 *   config.c          --config and --print-config
 *   config_json.c     --config with the metadata of a run
 *   plugin.h          the public ABI of an experiment
 *   plugins.[ch]      finds experiments
 *   plugin_parts.h    what its files share
 *   plugin_load.c     a shared object, distrusted
 *   plugin_check.c    do its tables hold together?
 *   plugin_options.c  options of its own, and the arms that follow from them
 *   words.c           treatments in words
 * plugins/          one experiment per file; sees core/host/plugin.h and nothing else
 *   accecn.c          does AccECN get through, and which marks arrive?
 *   dscp.c            do packets get through whatever their codepoint?
 *   ecn.c             does ECN get through?
 *   h2.c              does the offer of HTTP/2, and is it accepted?
 *   mptcp.c           is Multipath TCP (RFC 8684) agreed to?
 *   evilbit.c         does the reserved flag of IPv4?
 *   quic.c            do datagrams to QUIC servers, whatever their marks?
 *   udpopt.c          do UDP options?
 *   udpzero.c         do datagrams without a checksum?
 *   mss.c             which maximum segment sizes do the SYNs name?
 *   tfo.c             does TCP Fast Open (RFC 7413) get through?
 *   tcpopt.c          do SYNs get through whatever TCP options they have?
 * lab/              the emulated Internet; demo.sh: the tour of `make demo`
 *                   picture.sh: its screen, into README.md
 *   lab.[ch]          packets on their way, both directions
 *   path.c            one packet through middleboxes and routers
 *   internal.h        what the files of the emulator share
 *   scenario.[ch]     its description, from JSON
 *   scenario_class.[ch] a class of hosts in it
 *   reader.[ch]       JSON by tables of keys, with lines
 *   builtin.[ch]      the files of scenarios/, compiled in
 *   places.[ch]       which host stands where
 *   behaviour.[ch]    what middleboxes and servers do, a table
 *   box.c             a row of it applied to a packet
 *   options.c         what middleboxes do to TCP options
 *   accecn.c          servers that speak AccECN
 *   mangle.c          packets as nobody should send them
 *   truth.[ch]        what is true of a host
 *   truth_tables.c    of which experiment
 *   truth_datagrams.c of those about datagrams
 *   truth_accecn.c    of the one that needs more than tables
 *   truth_write.c     the lists of targets and truth
 *   host.[ch]         a server's TCP: segments that arrive
 *   host_syn.c        how it opens connections
 *   host_tfo.c        TCP Fast Open
 *   host_send.c       what it sends
 *   host_http.c       what it says over HTTP
 *   host_udp.c        what it says to datagrams: DNS, QUIC
 *   datagram.[ch]     what middleboxes do to UDP
 *   conn.[ch]         its connections
 *   syncount.[ch]     what it remembers of SYNs, if it counts them
 *   counter.[ch]      middleboxes that count flows, hosts that fail one of them
 *   segment.c         its segments and datagrams as bytes
 *   hops.c            routers' ICMP
 *   net.[ch]          packets under way
 *   virtual.[ch]      the lab as a wire, under a virtual clock
 *   attach.[ch]       the lab on a veth pair: the outer process
 *   keeper.[ch]       init of its PID namespace
 *   farend.c          the emulator's process
 *   pump.[ch]         frames between interface and emulator
 *   link.[ch]         the veth pair
 *   namespace.[ch]    COMMAND's namespaces
 * lab/scenarios/    built-in scenarios
 *   accecn.json       every behaviour that concerns AccECN
 *   accuracy.json     what verdicts are measured against
 *   counting.json     flows that fail by count, by port or by loss: no treatment is to blame
 *   demo.json         a first run
 *   dscp.json         every behaviour that concerns codepoints
 *   ecn.json          every behaviour of the ECN taxonomy
 *   evilbit.json      what becomes of the reserved flag of IPv4
 *   h2.json           every behaviour that concerns HTTP/2
 *   healthy.json      nothing is wrong
 *   hostile.json      malformed answers, and answers without an end
 *   mixed.json        nothing is broken, but flows fail at many rates
 *   mptcp.json        every behaviour that concerns Multipath TCP
 *   mss.json          every behaviour that concerns maximum segment sizes
 *   quic.json         marked, long and unknown QUIC packets
 *   tfo.json          every behaviour that concerns TCP Fast Open
 *   tcpopt.json       every behaviour that concerns other TCP options
 *   udpopt.json       lengths, checksums and surpluses of datagrams
 *   udpzero.json      datagrams without a checksum
 * tests/            run: runs them, several at once, and adds up
 * tests/unit/       test_X.c tests X; bad_plugins/ are wrong in one thing each; golden_*.h come from Scapy
 * tests/lab/        the program as its users see it; docs.sh: help and manual agree; map.sh: this map is whole
 * tests/net/        between real kernels in network namespaces; topology.sh lays them
 * tests/fuzz/       fuzz_X.c and their seeds
 * tests/bench/      speed, against yardsticks in the same run: `make bench`
 * tests/captures/   capture files and what is in them
 * man/              pages in mdoc: pathprobe.1, one per command, formats, the plugin interface, a tutorial; examples/
 * debian/ m4/ .ci/  packaging, autoconf macros, what a build machine runs
 */
#include "commands.h"
#include "values.h"

#include "../core/base/error.h"
#include "../core/base/io.h"
#include "../core/base/privilege.h"
#include "../core/base/suggest.h"

#include "config.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <unistd.h>

#define EXIT_USAGE 2

const struct pp_command *const pp_commands[] = {
    &pp_cmd_measure, &pp_cmd_observe, &pp_cmd_resolve, &pp_cmd_annotate, &pp_cmd_filter, &pp_cmd_metadata,
    &pp_cmd_upload,  &pp_cmd_lab,     &pp_cmd_plugins, &pp_cmd_doctor,   NULL,
};

static const struct pp_command *find(const char *name)
{
    for (const struct pp_command *const *c = pp_commands; *c; c++)
        if (strcmp((*c)->name, name) == 0)
            return *c;
    return strcmp(name, pp_cmd_completion.name) == 0 ? &pp_cmd_completion : NULL;
}

static void usage(FILE *out)
{
    fprintf(out, "usage: pathprobe COMMAND [OPTION...] [ARG...]\n\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++)
        fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fprintf(out, "\n'pathprobe COMMAND --help' explains a command. First steps: 'pathprobe doctor'\n"
                 "says what works here, 'pathprobe lab' is an emulated Internet to try things on.\n");
}

static int unknown(const char *name)
{
    const char *names[sizeof pp_commands / sizeof pp_commands[0]] = {NULL}, *near;

    for (unsigned i = 0; pp_commands[i]; i++)
        names[i] = pp_commands[i]->name;
    if (name[0] == '-') {
        pp_error("unknown option '%s': the command comes first", name);
    } else {
        pp_error("unknown command '%s'", name);
        near = pp_did_you_mean(name, names);
        if (near) {
            pp_hint("did you mean %s?", near);
            return EXIT_USAGE;
        }
    }
    pp_hint("'pathprobe --help' lists the commands");
    return EXIT_USAGE;
}

/* Output that did not get out is an error, on whatever path we leave. */
static int flushed(int code)
{
    return pp_stdout_flush() < 0 && code == 0 ? 1 : code;
}

static int run(const struct pp_command *c, int argc, char **argv)
{
    char **operands;
    void *settings = calloc(1, c->settings_size ? c->settings_size : 1);
    int rc;

    if (!settings) {
        pp_error("out of memory");
        return 1;
    }
    rc = pp_options_parse(c, settings, argc, argv, &operands);
    if (rc == 0) {
        rc = c->run(settings, operands);
        if (rc == 1 && pp_usage_told())
            rc = EXIT_USAGE;
        pp_options_release(c, settings, operands);
    } else {
        rc = rc < 0 ? EXIT_USAGE : rc == PP_OPTIONS_FAILED ? 1 : 0;
    }
    free(settings);
    return flushed(rc);
}

/* `help`, `help COMMAND`, `help EXPERIMENT`, --help. Without a manual, what --help says has to do. */
static int help(int argc, char **argv)
{
    const struct pp_command *c;

    if (argc < 2) {
        usage(stdout);
        return flushed(0);
    }
    c = find(argv[1]);
    if (!c && pp_values_is_experiment(argv[1]))
        return run(&pp_cmd_plugins, 2, (char *[]){(char[]){"plugins"}, argv[1], NULL});
    if (!c)
        return unknown(argv[1]);
    if (c != &pp_cmd_completion && pp_page_show(c->name) == 0)
        return 0;
    return run(c, 2, (char *[]){argv[1], (char[]){"--help"}, NULL});
}

/*
 * A standard descriptor that the caller closed would be given to the next file or raw socket, and messages would go
 * there. /dev/null takes its place, opened the other way round, so that reading and writing fail with EBADF.
 */
static int hold_standard(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0)
            continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return pp_error_errno("cannot open '/dev/null' in the place of closed descriptor %d", fd);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct pp_command *c;

    if (hold_standard() < 0)
        return 1;
    /* The lab hands the environment on to its COMMAND, which has no more rights than the caller. */
    if (getauxval(AT_SECURE) && !(argc > 1 && strcmp(argv[1], "lab") == 0))
        pp_environment_clean();
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("pathprobe %s\n", PP_VERSION);
        return flushed(0);
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help(argc - 1, argv + 1);
    c = find(argv[1]);
    return c ? run(c, argc - 1, argv + 1) : unknown(argv[1]);
}
