# SPDX-License-Identifier: BSD-2-Clause
# topology.sh: four network namespaces in a row, with Linux stacks and nginx in them: to be sourced, by tests and by
# the bench.
#
#   $TOPO_CLIENT         $TOPO_R1                     $TOPO_R2                         $TOPO_SERVER
#   eth0 --------- client   r2 ---------------- r1       server ------------- eth0    lo: 10.77.0.0/16, 2001:db8:77::/48
#   10.70.1.2   10.70.1.1   10.70.2.1    10.70.2.2       10.70.3.1       10.70.3.2    nginx on port 80 of each address
#   2001:db8:70:1::2  ::1   2001:db8:70:2::1   ::2       2001:db8:70:3::1      ::2
#                                                |
#                                                |  topo_add NAME N (N 4 or 5) puts one more server beside it:
#                                                NAME --------------- eth0    lo: 10.7(N+4).0.0/16, 2001:db8:7(N+4)::/48
#                                                10.70.N.1       10.70.N.2
#
# Both routers forward both families and answer with TTL 64. A namespace's name is unique to the run; nothing is set
# outside of these namespaces, and topo_down deletes what topo_up and the other functions made, and only that. All
# functions return 0 for success.
#
#   topo_check [TOOL...]  1 and a reason on standard output if this machine lacks a TOOL or what the topology needs
#   topo_trap             calls at_exit, if defined, and topo_down when the script ends, also by a signal
#   topo_up               the namespaces, links, addresses and routes; a directory $TOPO_TMP
#   topo_public           the server has 9.9.0.0/16 and 2a00:1::/32 too, which are public elsewhere
#   topo_add NAME N       one more server; its namespace is $TOPO_NAME-NAME, printed by topo_ns NAME
#   topo_nginx NS [COMMAND...]  nginx in that namespace, started by COMMAND; returns when it answers. $TOPO_PAGE: bytes
#                         of its page; $TOPO_TLS: "yes": port 443 as well, with certificates of several KiB;
#                         $TOPO_SERVERS: further server blocks; $TOPO_LOG: its log directives
#   topo_in NS COMMAND... COMMAND in namespace NS: topo_in "$TOPO_CLIENT" curl http://10.77.0.1/
#   topo_counted NS GROUP NAME  a counter of NS's kernel: topo_counted "$TOPO_SERVER" TcpExt TCPFastOpenPassive
#   topo_until COMMAND... repeats COMMAND until it succeeds, for a minute at most
#   topo_over PID         0 if that process has ended, a zombie included
#   topo_ended PID CODE   waits for process PID; 1, with a line in $TOPO_TMP/err, unless it ends within a minute, with CODE
#   topo_down

TOPO_NAME=pp$$
TOPO_CLIENT=$TOPO_NAME-client
TOPO_R1=$TOPO_NAME-r1
TOPO_R2=$TOPO_NAME-r2
TOPO_SERVER=$TOPO_NAME-server
TOPO_PAGE=${TOPO_PAGE:-600}
TOPO_TLS=${TOPO_TLS:-}
TOPO_SERVERS=${TOPO_SERVERS:-}
TOPO_LOG='access_log off;'
TOPO_ALLOW=10.0.0.0/8,2001:db8::/32 # for PATHPROBE_ALLOW: all addresses of the topology
TOPO_TMP=
TOPO_MADE=  # namespaces
TOPO_NGINX= # process IDs

topo_in() {
    _ns=$1
    shift
    ip netns exec "$_ns" "$@"
}

topo_ns() {
    echo "$TOPO_NAME-$1"
}

topo_counted() {
    topo_in "$1" cat /proc/net/netstat | awk -v group="$2:" -v name="$3" '
        $1 == group { if (!n) { for (i = 2; i <= NF; i++) if ($i == name) n = i } else print $n }'
}

topo_until() {
    _tries=1200
    until "$@"; do
        _tries=$((_tries - 1))
        [ $_tries -gt 0 ] || return 1
        sleep 0.05
    done
}

topo_over() {
    ! [ -e "/proc/$1" ] || grep -q '^State:[[:space:]]*Z' "/proc/$1/status"
}

topo_ended() {
    topo_until topo_over "$1" || {
        echo "does not end" >>"$TOPO_TMP/err"
        kill -KILL "$1"
    }
    wait "$1"
    _got=$?
    [ $_got -eq "$2" ] || {
        echo "exit code $_got, not $2"
        return 1
    } >>"$TOPO_TMP/err"
}

topo_check() {
    for _tool in ip nginx curl setpriv "$@"; do
        command -v "$_tool" >/dev/null || {
            echo "$_tool is not installed"
            return 1
        }
    done
    [ "$(id -u)" -eq 0 ] || {
        echo "needs root"
        return 1
    }
    _ns=$TOPO_NAME-try
    ip netns add "$_ns" 2>/dev/null && ip -n "$_ns" link add eth0 type veth peer name peer 2>/dev/null
    _rc=$?
    ip netns del "$_ns" 2>/dev/null
    [ $_rc -eq 0 ] || echo "no network namespaces or no veth pairs here"
    return $_rc
}

topo_down() {
    for _pid in $TOPO_NGINX; do
        kill "$_pid" 2>/dev/null
        wait "$_pid" 2>/dev/null
    done
    for _ns in $TOPO_MADE; do
        ip netns del "$_ns" 2>/dev/null
    done
    TOPO_NGINX=
    TOPO_MADE=
    [ -z "$TOPO_TMP" ] || rm -rf "$TOPO_TMP"
    TOPO_TMP=
}

at_exit() { :; }

topo_trap() {
    trap 'at_exit; topo_down' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# topo_set NS FILE VALUE [FILE VALUE...]: sets sysctls in NS; those that the kernel lacks or that only the host has are
# left out.
topo_set() {
    _ns=$1
    shift
    ip netns exec "$_ns" sh -c '
        while [ $# -gt 1 ]; do
            [ ! -w "/proc/sys/net/$1" ] || echo "$2" >"/proc/sys/net/$1" || :
            shift 2
        done' - "$@" 2>/dev/null
}

topo_namespace() {
    ip netns add "$1" || return 1
    TOPO_MADE="$TOPO_MADE $1"
    # No limits for ICMP errors. No SYN cookies, which keep ECN only if the SYN had timestamps, and long queues, since
    # short ones drop SYNs of a fast prober. No duplicate address detection: all addresses are usable at once, also the
    # link-local ones that routers solicit from. The rest are the kernel's defaults, which a distribution may change.
    topo_set "$1" ipv4/icmp_ratelimit 0 ipv4/icmp_ratemask 0 ipv4/icmp_msgs_per_sec 1000000 ipv6/icmp/ratelimit 0 \
        core/somaxconn 4096 ipv4/tcp_max_syn_backlog 65536 ipv4/tcp_syncookies 0 \
        ipv6/conf/all/accept_dad 0 ipv6/conf/default/accept_dad 0 ipv6/conf/default/addr_gen_mode 0 \
        ipv6/conf/all/disable_ipv6 0 ipv6/conf/default/disable_ipv6 0 ipv4/tcp_ecn 2 ipv4/ip_default_ttl 64 &&
        ip -n "$1" link set lo up
}

# topo_link N NS NAME NS NAME: veth pair N, the first end .1, the second .2.
topo_link() {
    ip -n "$2" link add "$3" type veth peer name "$5" netns "$4" &&
        ip -n "$2" addr add "10.70.$1.1/24" dev "$3" &&
        ip -n "$4" addr add "10.70.$1.2/24" dev "$5" &&
        ip -n "$2" addr add "2001:db8:70:$1::1/64" dev "$3" nodad &&
        ip -n "$4" addr add "2001:db8:70:$1::2/64" dev "$5" nodad &&
        ip -n "$2" link set "$3" up &&
        ip -n "$4" link set "$5" up
}

topo_default() { # topo_default NS N HOST
    ip -n "$1" route add default via "10.70.$2.$3" && ip -n "$1" -6 route add default via "2001:db8:70:$2::$3"
}

# topo_serve NS N: gives NS the server prefixes of link N, and r2 the routes to them.
topo_serve() {
    ip -n "$1" route add local "10.7$(($2 + 4)).0.0/16" dev lo &&
        ip -n "$1" -6 route add local "2001:db8:7$(($2 + 4))::/48" dev lo &&
        topo_default "$1" "$2" 1 &&
        ip -n "$TOPO_R2" route add "10.7$(($2 + 4)).0.0/16" via "10.70.$2.2" &&
        ip -n "$TOPO_R2" -6 route add "2001:db8:7$(($2 + 4))::/48" via "2001:db8:70:$2::2"
}

topo_up() {
    TOPO_TMP=$(mktemp -d) && chmod 755 "$TOPO_TMP" || return 1
    for _ns in "$TOPO_CLIENT" "$TOPO_R1" "$TOPO_R2" "$TOPO_SERVER"; do
        topo_namespace "$_ns" || return 1
    done
    topo_link 1 "$TOPO_R1" client "$TOPO_CLIENT" eth0 &&
        topo_link 2 "$TOPO_R1" r2 "$TOPO_R2" r1 &&
        topo_link 3 "$TOPO_R2" server "$TOPO_SERVER" eth0 || return 1
    for _ns in "$TOPO_R1" "$TOPO_R2"; do
        topo_set "$_ns" ipv4/ip_forward 1 ipv6/conf/all/forwarding 1
    done
    topo_default "$TOPO_CLIENT" 1 1 &&
        topo_default "$TOPO_R1" 2 2 &&
        ip -n "$TOPO_R2" route add 10.70.1.0/24 via 10.70.2.1 &&
        ip -n "$TOPO_R2" -6 route add 2001:db8:70:1::/64 via 2001:db8:70:2::1 &&
        topo_serve "$TOPO_SERVER" 3
}

topo_public() {
    ip -n "$TOPO_R1" route add 9.9.0.0/16 via 10.70.2.2 &&
        ip -n "$TOPO_R1" route add 2a00:1::/32 via 2001:db8:70:2::2 &&
        ip -n "$TOPO_R2" route add 9.9.0.0/16 via 10.70.3.2 &&
        ip -n "$TOPO_R2" route add 2a00:1::/32 via 2001:db8:70:3::2 &&
        ip -n "$TOPO_SERVER" route add local 9.9.0.0/16 dev lo &&
        ip -n "$TOPO_SERVER" route add local 2a00:1::/32 dev lo
}

topo_add() {
    _ns=$TOPO_NAME-$1
    topo_namespace "$_ns" && topo_link "$2" "$TOPO_R2" "$1" "$_ns" eth0 && topo_serve "$_ns" "$2"
}


topo_settled() { # topo_settled NS: nginx answers in NS, or has ended
    ip netns exec "$1" curl -s -o /dev/null -m 1 http://127.0.0.1/ || ! kill -0 $_nginx 2>/dev/null
}

# topo_certify DIR: DIR/key, and DIR/chain: its self-signed certificate and three more that make the chain long.
topo_certify() {
    for _n in 1 2 3 4; do
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/O=pathprobe/CN=test $_n" -keyout "$1/key$_n" \
            -addext "nsComment=$(head -c 1000 /dev/zero | tr '\0' x)" 2>/dev/null || return 1
    done >"$1/chain" && mv "$1/key1" "$1/key"
}

# nginx ends with the script, even if that is killed (pdeathsig): the master then ends its workers.
topo_nginx() {
    _ns=$1
    shift
    _dir=$TOPO_TMP/$_ns
    # A user namespace may have no other user for the workers.
    _user=
    grep -q ' 4294967295$' /proc/self/uid_map || _user='user root root;'
    _listen=
    mkdir -p "$_dir/root" || return 1
    if [ "$TOPO_TLS" = yes ]; then
        topo_certify "$_dir" || return 1
        _listen="listen 0.0.0.0:443 ssl backlog=4096 fastopen=4096;
            listen [::]:443 ssl ipv6only=on backlog=4096 fastopen=4096;
            ssl_certificate $_dir/chain; ssl_certificate_key $_dir/key;"
    fi
    head -c "$TOPO_PAGE" /dev/zero | tr '\0' x >"$_dir/root/index.html" &&
        cat >"$_dir/nginx.conf" <<EOT || return 1
daemon off;
$_user
worker_processes 1;
worker_rlimit_nofile 65536;
pid $_dir/pid;
error_log $_dir/error.log crit;
events { worker_connections 20000; }
http {
    $TOPO_LOG
    types { }
    default_type text/html;
    client_body_temp_path $_dir/body;
    proxy_temp_path $_dir/proxy;
    fastcgi_temp_path $_dir/fastcgi;
    uwsgi_temp_path $_dir/uwsgi;
    scgi_temp_path $_dir/scgi;
    open_file_cache max=16 inactive=1h;
    server {
        listen 0.0.0.0:80 backlog=4096 fastopen=4096;
        listen [::]:80 ipv6only=on backlog=4096 fastopen=4096;
        $_listen
        root $_dir/root;
    }
    $TOPO_SERVERS
}
EOT
    ip netns exec "$_ns" setpriv --pdeathsig TERM "$@" nginx -c "$_dir/nginx.conf" >"$_dir/out" 2>&1 </dev/null &
    _nginx=$!
    TOPO_NGINX="$TOPO_NGINX $_nginx"
    topo_until topo_settled "$_ns" && kill -0 $_nginx 2>/dev/null || {
        cat "$_dir/out" "$_dir/error.log" >&2
        return 1
    }
}
