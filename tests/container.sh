#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# container.sh: debian/Containerfile, made of the package in DIR on a Debian 12 of this machine's apt source, and started
# as root starts it: in front of the lab, with its network, without root inside, CAP_NET_RAW and no other capability. By
# buildah; where that does not run, its steps are done in a chroot. Called by deb.sh, as root, with `pathprobe`
# installed. TAP.
#
#   tests/container.sh DIR
set -u
cd "$(dirname "$0")/.." || exit 1
context=$(cd "${1:-.}" && pwd)
[ "${1:-}" != inside ] || shift
. tests/net/tap.sh

engine() { buildah --root "$T/store" --runroot "$T/run" --storage-driver vfs "$@"; }
# The default capabilities of an engine, but for CAP_NET_RAW.
dropped=$(printf -- '--cap-drop CAP_%s ' AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP \
    SETGID SETPCAP SETUID SYS_CHROOT)
inside() { # inside COMMAND...: runs it in the container
    if [ "$by" = buildah ]; then
        # shellcheck disable=SC2086 # words
        engine run --isolation chroot --network host $dropped --cap-add CAP_NET_RAW "$container" -- "$@"
    else
        chroot "$container" setpriv --reuid pathprobe --regid pathprobe --init-groups --bounding-set -all,+net_raw \
            sh -c 'cd /var/lib/pathprobe && exec "$@"' - "$@"
    fi
}

# ---- building ------------------------------------------------------------------------------------------------------

if [ -z "${by:-}" ]; then
    [ "$(id -u)" = 0 ] || skip_all "needs root"
    for tool in mmdebstrap nats-server setpriv pathprobe; do
        command -v $tool >/dev/null || skip_all "no $tool: sudo make deps"
    done
    T=$(mktemp -d) || exit 1
    by=
    finish() {
        if [ "$by" = chroot ]; then
            umount "$container/proc" "$container/dev"
        elif [ -n "$by" ]; then
            engine rm -a >/dev/null 2>&1
        fi
        rm -rf --one-file-system "$T"
    }
    trap finish EXIT
    trap 'exit 130' INT TERM
    chmod 755 "$T" && mkdir "$T/context" && cp "$context"/pathprobe_*.deb "$T/context/" || exit 1

    # The container's apt uses the same mirror and proxy as this machine's.
    mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 'Created-By: Packages' | sed -n 's/^Debian //p' | head -n 1)
    apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-)' >"$T/apt.conf"
    mmdebstrap -q --variant=apt --skip=output/dev --dpkgopt=force-unsafe-io --aptopt="$T/apt.conf" bookworm "$T/base.tar" \
        ${mirror:+"$mirror"} 2>"$T/err" || bail "no Debian 12: $(grep -m 1 '^E: ' "$T/err")"

    if base=$(engine from scratch 2>"$T/err") && engine add -q "$base" "$T/base.tar" / >/dev/null 2>>"$T/err" &&
        engine run --isolation chroot "$base" -- true 2>>"$T/err"; then
        by=buildah
        engine commit -q --rm "$base" localhost/base >/dev/null &&
            engine bud -q --isolation chroot --network host --build-arg BASE=localhost/base -t localhost/pathprobe \
                -f debian/Containerfile "$T/context" >"$T/log" 2>&1 &&
            container=$(engine from --ulimit nofile=16384:16384 localhost/pathprobe)
    else
        by=chroot container=$T/tree
        echo "# no buildah here: $(tail -n 1 "$T/err")"
        mkdir -p "$container/dev" && tar -xf "$T/base.tar" -C "$container" && cp "$T"/context/*.deb "$container/root/" &&
            mount -t proc proc "$container/proc" && mount --bind /dev "$container/dev" &&
            chroot "$container" sh -exc "$(sed -n '/^RUN /,/[^\\]$/{s/^RUN //;p}' debian/Containerfile)" >"$T/log" 2>&1
    fi
    [ $? -eq 0 ] || { tail -n 30 "$T/log" | sed 's/^/# /'; bail "debian/Containerfile is not built, by $by"; }
    export T by container
    pathprobe lab --hosts 60 --scenario healthy --targets "$T/targets" -- "$0"
    exit
fi

# ---- starting ------------------------------------------------------------------------------------------------------

# buildah with chroot isolation leaves CAP_SETUID (0x80) in the bounding set, as it changes to the container's user itself.
inside sh -c 'id -nu; grep CapBnd: /proc/self/status' >"$T/out" 2>"$T/err"
grep -qx pathprobe "$T/out" && grep -qE 'CapBnd:	0000000000002(00|08)0' "$T/out"
ok $? "a container by $by: its user is pathprobe, its bounding set CAP_NET_RAW alone" || say "$T/out" "$T/err"
inside env PATHPROBE_ALLOW="$PATHPROBE_ALLOW" pathprobe doctor -i lab0 >"$T/out" 2>"$T/err"
grep -q '^ok *capabilities CAP_NET_RAW' "$T/out" && ! grep -q '^fail' "$T/out"
ok $? "doctor in the container: no finding fails" || say "$T/out" "$T/err"

ip link set lo up
nats-server -a 127.0.0.1 -p 4222 -js -sd "$T/js" -l "$T/nats.log" &
server=$!
fleet() { pathprobe fleet "$1" --nats nats://127.0.0.1:4222 "${@:2}"; }
until fleet status -q >/dev/null 2>&1 || ! kill -0 $server; do sleep 0.1; done
fleet submit --campaign box --input "$T/targets" --chunk 20 -- measure ecn --rounds 1 --aa 0 >"$T/out" 2>"$T/err"
inside env PATHPROBE_ALLOW="$PATHPROBE_ALLOW" pathprobe fleet work --nats nats://127.0.0.1:4222 --vantage box \
    --spool /var/lib/pathprobe/spool --once -- -i lab0 --rate 4k 2>"$T/work" &&
    fleet collect --campaign box --output "$T/box.ndjson" >"$T/out" 2>>"$T/err" && grep -q '^60 read = 60 written' "$T/out"
ok $? "fleet work in the container measures a campaign of 60 targets" || say "$T/work" "$T/out" "$T/err"
kill $server
wait $server
done_testing
