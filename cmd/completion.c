/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * completion.c: `pathprobe completion SHELL`, for `make install` and packagers: writes a script that completes command
 * lines in bash, zsh or fish, from the tables of options. The script asks the program for values, names of experiments
 * and their own options while a line is typed, as plugins and interfaces change: `pathprobe completion values COMMAND
 * [OPTION [EXPERIMENT]]` and `pathprobe completion options EXPERIMENT`.
 */
#include "commands.h"

#include "../core/options/options_parts.h"
#include "values.h"

static const struct pp_option none[] = {{.name = NULL}};

/* The argument of an option. VALUE: words that the program prints, and files if the argument may be one. */
enum kind { FLAG, WORD, PATH, DIRECTORY, VALUE };

static enum kind kind_of(const struct pp_command *c, const struct pp_option *o)
{
    if (o->type == PP_OPTION_FLAG)
        return FLAG;
    if (pp_values_known(c, o))
        return VALUE;
    if (strstr(o->arg, "FILE"))
        return PATH;
    return strcmp(o->arg, "DIR") == 0 ? DIRECTORY : WORD;
}

/* Calls row() for the options of C, and then for those common to all commands. */
static void each(const struct pp_command *c, void (*row)(const struct pp_command *c, const struct pp_option *o))
{
    const struct pp_option *tables[] = {c->options ? c->options : none, pp_common_options};

    for (int i = 0; i < 2; i++)
        for (const struct pp_option *o = tables[i]; o->name; o++)
            row(c, o);
}

/* True if the command's operands are words; otherwise they are files, or not completed. */
static bool takes_words(const struct pp_command *c)
{
    static const struct pp_option operand = {.name = ""};

    return pp_values_known(c, &operand);
}

/* True if the command's operand is an experiment, which may be a file: pathprobe-experiment(5). */
static bool takes_experiment(const struct pp_command *c)
{
    return strcmp(c->name, "measure") == 0 || strcmp(c->name, "trace") == 0 || strcmp(c->name, "plugins") == 0;
}

static void commands(const char *between)
{
    for (const struct pp_command *const *c = pp_commands; *c; c++)
        printf("%s%s", (*c)->name, between);
    printf("help");
}

/* ---- bash ---------------------------------------------------------------------------------------- */

static void bash_word(const struct pp_command *c, const struct pp_option *o)
{
    (void)c;
    printf(" --%s", o->name);
    if (o->letter)
        printf(" -%c", o->letter);
}

static void bash_kind(const struct pp_option *o, enum kind kind, enum kind wanted)
{
    if (kind != wanted)
        return;
    printf("|--%s", o->name);
    if (o->letter)
        printf("|-%c", o->letter);
}

static void bash_path(const struct pp_command *c, const struct pp_option *o)
{
    bash_kind(o, kind_of(c, o), PATH);
}

static void bash_dir(const struct pp_command *c, const struct pp_option *o)
{
    bash_kind(o, kind_of(c, o), DIRECTORY);
}

static void bash_value(const struct pp_command *c, const struct pp_option *o)
{
    bash_kind(o, kind_of(c, o), VALUE);
}

static void bash_other(const struct pp_command *c, const struct pp_option *o)
{
    bash_kind(o, kind_of(c, o), WORD);
}

/* Completes files of experiments, besides the names. */
static void bash_experiment_files(void)
{
    printf("    if [[ $command = @(");
    for (const struct pp_command *const *c = pp_commands; *c; c++)
        if (takes_experiment(*c))
            printf("|%s", (*c)->name);
    printf(") && -z $first && $cur != -* ]]; then\n"
           "        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -X '!*.json' -- \"$cur\")\n"
           "        [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")\n"
           "    fi\n");
}

static void bash(void)
{
    printf("# bash completion for pathprobe; made by `pathprobe completion bash`\n"
           "shopt -s extglob\n"
           "_pathprobe()\n"
           "{\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at=$COMP_CWORD\n"
           "    local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]} words= first= operands i\n"
           "    [ \"$cur\" = = ] && cur= && at=$((at + 1))\n"
           "    [ \"${COMP_WORDS[at-1]}\" = = ] && prev=${COMP_WORDS[at-2]}\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W '");
    commands(" ");
    printf(" --help --version' -- \"$cur\")\n"
           "        return\n"
           "    fi\n"
           "    operands=$(\"$program\" completion values \"$command\" 2>/dev/null)\n"
           "    for ((i = 2; i < COMP_CWORD && ${#first} == 0; i++)); do\n"
           "        [[ $'\\n'$operands$'\\n' == *$'\\n'\"${COMP_WORDS[i]}\"$'\\n'* ]] && first=${COMP_WORDS[i]}\n"
           "    done\n"
           "    case \"$command $prev\" in\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++) {
        printf("    '%s '@(-", (*c)->name);
        each(*c, bash_path);
        printf(")) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n    '%s '@(-", (*c)->name);
        each(*c, bash_dir);
        printf(")) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); return ;;\n    '%s '@(-", (*c)->name);
        each(*c, bash_other);
        printf(")) return ;;\n    '%s '@(-", (*c)->name);
        each(*c, bash_value);
        printf("))\n"
               "        words=$(\"$program\" completion values \"$command\" \"${prev##*(-)}\" \"$first\" 2>/dev/null)\n"
               "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
               "        [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
               "        return ;;\n");
    }
    printf("    esac\n"
           "    case $command in\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++) {
        printf("    %s) words='", (*c)->name);
        each(*c, bash_word);
        printf("' ;;\n");
    }
    printf("    esac\n"
           "    if [[ $command = @(measure|trace) ]] && [ -n \"$first\" ]; then\n"
           "        words+=\" $(\"$program\" completion options \"$first\" 2>/dev/null | cut -f 1)\"\n"
           "        [[ $prev != --* ]] || operands=$(\"$program\" completion values measure \"${prev#--}\" \\\n"
           "            \"$first\" 2>/dev/null)\n"
           "    fi\n"
           "    if [[ $cur != -* ]] &&\n"
           "        { [ -z \"$first\" ] || [ \"$command\" = observe ] || [[ $prev == --* ]]; }; then\n"
           "        words=$operands\n"
           "    fi\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n");
    bash_experiment_files();
    printf("}\n"
           "complete -F _pathprobe pathprobe\n");
}

/* ---- zsh ----------------------------------------------------------------------------------------- */

/* Prints TEXT for use within single quotes and a description, without characters that would end either. */
static void quoted(const char *text, const char *escaped)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (strchr(escaped, *text))
            printf("\\%c", *text);
        else
            putchar(*text);
    }
}

static void zsh_option(const struct pp_command *c, const char *name, const struct pp_option *o)
{
    static const char *const actions[] = {"", ":", ":_files", ":_files -/", ": _pathprobe_values"};
    enum kind kind = kind_of(c, o);

    printf("            '%s%s%s[", o->type == PP_OPTION_STRINGS || o->type == PP_OPTION_ALL ? "*" : "", name,
           kind == FLAG ? "" : name[1] == '-' ? "=" : "+");
    quoted(o->what, "[]:");
    putchar(']');
    if (kind != FLAG) {
        putchar(':');
        quoted(o->arg, "[]:");
        printf("%s", actions[kind]);
        if (kind == VALUE)
            printf(" %s %s", c->name, o->name);
    }
    printf("' \\\n");
}

static void zsh_row(const struct pp_command *c, const struct pp_option *o)
{
    char name[80];

    snprintf(name, sizeof name, "--%s", o->name);
    zsh_option(c, name, o);
    snprintf(name, sizeof name, "-%c", o->letter);
    if (o->letter)
        zsh_option(c, name, o);
}

static void zsh(void)
{
    printf("#compdef pathprobe\n"
           "# zsh completion for pathprobe; made by `pathprobe completion zsh`\n"
           "# what a command or an option takes: COMMAND [OPTION]\n"
           "_pathprobe_values()\n"
           "{\n"
           "    compadd -- ${(f)\"$(pathprobe completion values $1 \"$2\" \"$experiment\" 2>/dev/null)\"} || _files\n"
           "}\n"
           "_pathprobe_experiments()\n"
           "{\n"
           "    compadd -- ${(f)\"$(pathprobe completion values $1 2>/dev/null)\"}\n"
           "    _files -g '*.json'\n"
           "}\n"
           "_pathprobe()\n"
           "{\n"
           "    local -a commands\n"
           "    commands=(\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++) {
        printf("        '%s:", (*c)->name);
        quoted((*c)->summary, ":");
        printf("'\n");
    }
    printf("        'help:open the page of a command'\n"
           "    )\n"
           "    if ((CURRENT == 2)); then\n"
           "        _describe command commands\n"
           "        return\n"
           "    fi\n"
           "    local command=$words[2] experiment= word option\n"
           "    local -a operands own\n"
           "    operands=(${(f)\"$(pathprobe completion values $command 2>/dev/null)\"})\n"
           "    for word in $words[3,CURRENT-1]; do\n"
           "        ((${operands[(Ie)$word]})) && experiment=$word && break\n"
           "    done\n"
           "    [[ $command = (measure|trace) && -n $experiment ]] &&\n"
           "        for option in ${(f)\"$(pathprobe completion options $experiment 2>/dev/null)\"}; do\n"
           "            own+=(\"${option%%%%$'\\t'*}=[${option#*$'\\t'}]:N: _pathprobe_values measure \"\\\n"
           "\"${${option%%%%$'\\t'*}#--}\")\n"
           "        done\n"
           "    shift words\n"
           "    ((CURRENT--))\n"
           "    case $command in\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++) {
        printf("    %s)\n        _arguments -s \\\n", (*c)->name);
        each(*c, zsh_row);
        if (takes_words(*c))
            printf("            $own '*:argument: _pathprobe_%s %s'\n        ;;\n",
                   takes_experiment(*c) ? "experiments" : "values", (*c)->name);
        else
            printf("            '*:argument:_files'\n        ;;\n");
    }
    printf("    help) _pathprobe_values help ;;\n"
           "    esac\n"
           "}\n"
           "_pathprobe \"$@\"\n");
}

/* ---- fish ---------------------------------------------------------------------------------------- */

static void fish_row(const struct pp_command *c, const struct pp_option *o)
{
    static const char *const wants[] = {"", " -x", " -r -F", " -x -a '(__fish_complete_directories)'", ""};

    printf("complete -c pathprobe -n '__fish_seen_subcommand_from %s' -l %s", c->name, o->name);
    if (o->letter)
        printf(" -s %c", o->letter);
    printf("%s", wants[kind_of(c, o)]);
    if (kind_of(c, o) == VALUE)
        printf(" %s -a '(__pathprobe_values %s %s)'", strstr(o->arg, "FILE") ? "-r -F" : "-x", c->name, o->name);
    printf(" -d '");
    for (const char *p = o->what; *p; p++)
        printf(*p == '\'' || *p == '\\' ? "\\%c" : "%c", *p);
    printf("'\n");
}

static void fish(void)
{
    printf("# fish completion for pathprobe; made by `pathprobe completion fish`\n"
           "function __pathprobe_experiment\n"
           "    set -l words (commandline -opc)\n"
           "    set -l operands (pathprobe completion values $words[2] 2>/dev/null)\n"
           "    for word in $words[3..-1]\n"
           "        contains -- $word $operands; and echo $word; and return\n"
           "    end\n"
           "    return 1\n"
           "end\n"
           "function __pathprobe_values\n"
           "    pathprobe completion values $argv[1] \"$argv[2]\" (__pathprobe_experiment) 2>/dev/null\n"
           "end\n"
           "# behind an option that an experiment itself has: its values\n"
           "function __pathprobe_own\n"
           "    set -l words (commandline -opc)\n"
           "    set -l name (string replace -rf '^--' '' -- $words[-1]); or return 1\n"
           "    contains -- $words[2] measure trace; and __pathprobe_values measure $name\n"
           "end\n"
           "set -l commands ");
    commands(" ");
    printf("\ncomplete -c pathprobe -f\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++) {
        printf("complete -c pathprobe -n \"not __fish_seen_subcommand_from $commands\" -a %s -d '%s'\n", (*c)->name,
               (*c)->summary);
        each(*c, fish_row);
        if (takes_words(*c))
            printf("complete -c pathprobe -n '__fish_seen_subcommand_from %s' -a '(__pathprobe_values %s)'\n",
                   (*c)->name, (*c)->name);
        else
            printf("complete -c pathprobe -n '__fish_seen_subcommand_from %s' -F\n", (*c)->name);
        if (takes_experiment(*c))
            printf("complete -c pathprobe -n '__fish_seen_subcommand_from %s' -a "
                   "'(for file in (commandline -ct)*.json; echo $file; end)'\n", (*c)->name);
    }
    printf("complete -c pathprobe -n '__fish_seen_subcommand_from measure trace' -a '(pathprobe completion options "
           "(__pathprobe_experiment) 2>/dev/null; __pathprobe_own)'\n"
           "complete -c pathprobe -n \"not __fish_seen_subcommand_from $commands\" -a help -d 'open the page of a "
           "command'\n"
           "complete -c pathprobe -n '__fish_seen_subcommand_from help' -a '(__pathprobe_values help)'\n");
}

/* ---- the command --------------------------------------------------------------------------------- */

static int run(void *settings, char **operands)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

    (void)settings;
    if (operands[0] && operands[1] && strcmp(operands[0], "values") == 0) {
        const char *name = operands[2] ? operands[2] : "";
        pp_values_print(operands[1], name, operands[2] ? operands[3] : NULL);
        return 0;
    }
    if (operands[0] && operands[1] && strcmp(operands[0], "options") == 0) {
        pp_values_options(operands[1]);
        return 0;
    }
    for (size_t i = 0; operands[0] && !operands[1] && i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(operands[0], shells[i].name) == 0) {
            shells[i].print();
            return 0;
        }
    pp_error("completion takes the name of one shell: bash, zsh or fish");
    return 2;
}

const struct pp_command pp_cmd_completion = {
    .name = "completion",
    .summary = "print the completion script of a shell",
    .operands = "SHELL",
    .run = run,
};
