/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * asset.c: embeds report.css and report.js by .incbin. The assembler reads them relative to the directory in which make
 * runs, or to PP_ASSET_DIR. The Makefile makes the object depend on both files.
 */
#include "asset.h"

#include "../base/error.h"

#include <openssl/evp.h>

#ifndef PP_ASSET_DIR
#define PP_ASSET_DIR "core/report"
#endif

#define INCLUDE(name)                                                                                                  \
    __asm__(".section .rodata\n"                                                                                       \
            "pp_asset_" #name "_start:\n"                                                                              \
            ".incbin \"" PP_ASSET_DIR "/report." #name "\"\n"                                                          \
            "pp_asset_" #name "_end:\n"                                                                                \
            ".byte 0\n"                                                                                                \
            ".previous\n");                                                                                            \
    extern const char pp_asset_##name##_start[] __attribute__((visibility("hidden")));                                 \
    extern const char pp_asset_##name##_end[] __attribute__((visibility("hidden")))

INCLUDE(css);
INCLUDE(js);

static struct pp_asset asset(const char *start, const char *end)
{
    struct pp_asset a = {.text = start, .len = (size_t)(end - start)};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    memcpy(a.hash, "sha256-", 8);
    if (EVP_Digest(a.text, a.len, digest, &n, EVP_sha256(), NULL) != 1 || n != 32)
        BUG("no SHA-256");
    EVP_EncodeBlock((unsigned char *)a.hash + 7, digest, (int)n);
    return a;
}

struct pp_asset pp_asset_style(void)
{
    return asset(pp_asset_css_start, pp_asset_css_end);
}

struct pp_asset pp_asset_script(void)
{
    return asset(pp_asset_js_start, pp_asset_js_end);
}
