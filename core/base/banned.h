/* SPDX-License-Identifier: BSD-2-Clause */
/* banned.h: makes functions that invite overflow, data races or silent misparsing fail to compile. */
#ifndef PP_BANNED_H
#define PP_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol atof gmtime localtime strerror

#endif
