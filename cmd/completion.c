/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * completion.c: `pathprobe completion SHELL`, for `make install` and packagers: what completes command lines in bash,
 * zsh and fish, from the tables of options. Names of experiments and the options of their own are asked for when they
 * are wanted, since plugins come and go.
 */
#include "commands.h"

#include "../core/host/options_parts.h"

static const struct pp_option none[] = {{.name = NULL}};

/* What stands behind an option. */
enum kind { FLAG, WORD, PATH, DIRECTORY };

static enum kind kind_of(const struct pp_option *o)
{
    if (o->type == PP_OPTION_FLAG)
        return FLAG;
    if (strstr(o->arg, "FILE"))
        return PATH;
    return strcmp(o->arg, "DIR") == 0 ? DIRECTORY : WORD;
}

/* Calls row() for the options of C, and then for those of every command. */
static void each(const struct pp_command *c, void (*row)(const struct pp_command *c, const struct pp_option *o))
{
    const struct pp_option *tables[] = {c->options ? c->options : none, pp_common_options};

    for (int i = 0; i < 2; i++)
        for (const struct pp_option *o = tables[i]; o->name; o++)
            row(c, o);
}

static bool wants_experiment(const struct pp_command *c)
{
    return strcmp(c->name, "measure") == 0 || strcmp(c->name, "plugins") == 0;
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
    (void)c;
    bash_kind(o, kind_of(o), PATH);
}

static void bash_dir(const struct pp_command *c, const struct pp_option *o)
{
    (void)c;
    bash_kind(o, kind_of(o), DIRECTORY);
}

static void bash_other(const struct pp_command *c, const struct pp_option *o)
{
    (void)c;
    bash_kind(o, kind_of(o), WORD);
}

static void bash(void)
{
    printf("# bash completion for pathprobe; made by `pathprobe completion bash`\n"
           "shopt -s extglob\n"
           "_pathprobe()\n"
           "{\n"
           "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
           "    local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]} words= first= i\n"
           "    COMPREPLY=()\n"
           "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
           "        mapfile -t COMPREPLY < <(compgen -W '");
    commands(" ");
    printf(" --help --version' -- \"$cur\")\n"
           "        return\n"
           "    fi\n"
           "    case \"$command $prev\" in\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++) {
        printf("    '%s '@(-", (*c)->name);
        each(*c, bash_path);
        printf(")) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n    '%s '@(-", (*c)->name);
        each(*c, bash_dir);
        printf(")) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); return ;;\n    '%s '@(-", (*c)->name);
        each(*c, bash_other);
        printf(")) return ;;\n");
    }
    printf("    esac\n"
           "    case $command in\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++) {
        printf("    %s) words='", (*c)->name);
        each(*c, bash_word);
        printf("' ;;\n");
    }
    printf("    help) words='");
    commands(" ");
    printf("' ;;\n"
           "    esac\n"
           "    case $command in\n"
           "    measure | plugins)\n"
           "        for ((i = 2; i < COMP_CWORD; i++)); do\n"
           "            case ${COMP_WORDS[i]} in [a-z]*) first=${COMP_WORDS[i]}; break ;; esac\n"
           "        done\n"
           "        if [ -z \"$first\" ] && [[ $cur != -* ]]; then\n"
           "            words=$(\"$program\" plugins 2>/dev/null | sed 's/ .*//')\n"
           "        elif [ -n \"$first\" ] && [ \"$command\" = measure ]; then\n"
           "            words+=\" $(\"$program\" plugins \"$first\" 2>/dev/null |\n"
           "                sed -n 's/^  \\(--[a-z0-9-]*\\) .*/\\1/p')\"\n"
           "        fi\n"
           "        ;;\n"
           "    esac\n"
           "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
           "}\n"
           "complete -F _pathprobe pathprobe\n");
}

/* ---- zsh ----------------------------------------------------------------------------------------- */

/* TEXT inside single quotes and a description: without what would end either. */
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

static void zsh_option(const char *name, const struct pp_option *o)
{
    static const char *const actions[] = {"", ":", ":_files", ":_files -/"};
    enum kind kind = kind_of(o);

    printf("            '%s%s%s[", o->type == PP_OPTION_STRINGS || o->type == PP_OPTION_ALL ? "*" : "", name,
           kind == FLAG ? "" : name[1] == '-' ? "=" : "+");
    quoted(o->what, "[]:");
    putchar(']');
    if (kind != FLAG) {
        putchar(':');
        quoted(o->arg, "[]:");
        printf("%s", actions[kind]);
    }
    printf("' \\\n");
}

static void zsh_row(const struct pp_command *c, const struct pp_option *o)
{
    char name[80];

    (void)c;
    snprintf(name, sizeof name, "--%s", o->name);
    zsh_option(name, o);
    snprintf(name, sizeof name, "-%c", o->letter);
    if (o->letter)
        zsh_option(name, o);
}

static void zsh(void)
{
    printf("#compdef pathprobe\n"
           "# zsh completion for pathprobe; made by `pathprobe completion zsh`\n"
           "_pathprobe_experiments()\n"
           "{\n"
           "    compadd -- ${(f)\"$(pathprobe plugins 2>/dev/null | sed 's/ .*//')\"}\n"
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
           "    local command=$words[2]\n"
           "    shift words\n"
           "    ((CURRENT--))\n"
           "    case $command in\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++) {
        printf("    %s)\n        _arguments -s \\\n", (*c)->name);
        each(*c, zsh_row);
        printf("            '*:argument:%s'\n        ;;\n", wants_experiment(*c) ? "_pathprobe_experiments" : "_files");
    }
    printf("    help) _describe command commands ;;\n"
           "    esac\n"
           "}\n"
           "_pathprobe \"$@\"\n");
}

/* ---- fish ---------------------------------------------------------------------------------------- */

static void fish_row(const struct pp_command *c, const struct pp_option *o)
{
    static const char *const wants[] = {"", " -x", " -r -F", " -x -a '(__fish_complete_directories)'"};

    printf("complete -c pathprobe -n '__fish_seen_subcommand_from %s' -l %s", c->name, o->name);
    if (o->letter)
        printf(" -s %c", o->letter);
    printf("%s -d '", wants[kind_of(o)]);
    for (const char *p = o->what; *p; p++)
        printf(*p == '\'' || *p == '\\' ? "\\%c" : "%c", *p);
    printf("'\n");
}

static void fish(void)
{
    printf("# fish completion for pathprobe; made by `pathprobe completion fish`\n"
           "set -l commands ");
    commands(" ");
    printf("\ncomplete -c pathprobe -f\n");
    for (const struct pp_command *const *c = pp_commands; *c; c++) {
        printf("complete -c pathprobe -n \"not __fish_seen_subcommand_from $commands\" -a %s -d '%s'\n", (*c)->name,
               (*c)->summary);
        each(*c, fish_row);
        if (wants_experiment(*c))
            printf("complete -c pathprobe -n '__fish_seen_subcommand_from %s' "
                   "-a \"(pathprobe plugins 2>/dev/null | string replace -r ' .*' '')\"\n", (*c)->name);
        else
            printf("complete -c pathprobe -n '__fish_seen_subcommand_from %s' -F\n", (*c)->name);
    }
    printf("complete -c pathprobe -n \"not __fish_seen_subcommand_from $commands\" -a help -d 'open the page of a "
           "command'\n"
           "complete -c pathprobe -n '__fish_seen_subcommand_from help' -a \"$commands\"\n");
}

/* ---- the command --------------------------------------------------------------------------------- */

static int run(void *settings, char **operands)
{
    static const struct {
        const char *name;
        void (*print)(void);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

    (void)settings;
    for (size_t i = 0; operands[0] && !operands[1] && i < sizeof shells / sizeof shells[0]; i++)
        if (strcmp(operands[0], shells[i].name) == 0) {
            shells[i].print();
            return 0;
        }
    pp_error("completion is for one shell: bash, zsh or fish");
    return 2;
}

const struct pp_command pp_cmd_completion = {
    .name = "completion",
    .summary = "print what completes command lines in a shell",
    .operands = "SHELL",
    .run = run,
};
