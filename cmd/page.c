/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * page.c: shows a manual page for `pathprobe help COMMAND`: that of the source tree if the program runs there, else the
 * installed one.
 */
#include "commands.h"

#include "../core/loader/plugins.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * An absolute path: a program with more privileges than its caller must not start one that the caller's PATH chooses.
 */
#define MAN "/usr/bin/man"

/* The path of the page beside the program. False: there is none. */
static bool beside(const char *command, char path[PATH_MAX + 64])
{
    char dir[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
    char *slash;

    if (n <= 0 || !pp_plugin_in_tree())
        return false;
    dir[n] = '\0';
    slash = strrchr(dir, '/');
    if (!slash)
        return false;
    *slash = '\0';
    snprintf(path, PATH_MAX + 64, "%s/man/pathprobe-%s.1", dir, command);
    return access(path, R_OK) == 0;
}

int pp_page_show(const char *command)
{
    char path[PATH_MAX + 64], name[64];
    bool tree = beside(command, path);
    int status;
    pid_t pid;

    snprintf(name, sizeof name, "pathprobe-%s", command);
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        if (null >= 0)
            dup2(null, STDERR_FILENO);
        if (tree)
            execl(MAN, "man", "-l", path, (char *)NULL);
        else
            execl(MAN, "man", "1", name, (char *)NULL);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}
