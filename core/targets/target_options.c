/* SPDX-License-Identifier: BSD-2-Clause */
/* target_options.c: checks --input-format and --contact, and that the output is not the input. */
#include "target_options.h"

#include "../base/error.h"

#include <sys/stat.h>
#include <unistd.h>

#define CONTACT_MAX 200 /* bytes */

int pp_target_options_format(enum pp_input_format *format, const char *name, bool csv)
{
    static const char *const names[] = {"auto", "ndjson", "csv", "list", NULL};

    *format = csv ? PP_INPUT_CSV : PP_INPUT_AUTO;
    if (!name)
        return 0;
    for (int i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0) {
            *format = (enum pp_input_format)i;
            return 0;
        }
    pp_usage("--input-format: no format '%s'", name);
    return pp_hint("one of ndjson, csv, list; without it the format is detected from the first line");
}

int pp_target_options_output(const char *input, const char *output)
{
    struct stat in, out;

    if (!input || !output || stat(input, &in) < 0 || stat(output, &out) < 0)
        return 0;
    if (S_ISREG(in.st_mode) && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
        return pp_error("output '%s' is the input file", output);
    return 0;
}

int pp_target_options_contact(const char *contact)
{
    size_t n = 0;
    bool empty = true;

    for (; contact && contact[n]; n++) {
        if ((unsigned char)contact[n] < ' ' || contact[n] == 0x7f)
            return pp_usage("--contact: control character at byte %zu", n + 1);
        empty &= contact[n] == ' ';
    }
    if (contact && empty)
        return pp_usage("--contact is empty: it has to name an address or page of the operator");
    return n > CONTACT_MAX ? pp_usage("--contact is longer than %d bytes", CONTACT_MAX) : 0;
}
