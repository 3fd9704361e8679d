# SPDX-License-Identifier: BSD-2-Clause
# peers.sh: servers other than nginx, in namespaces of topology.sh; to be sourced after it and after topo_trap. The
# servers end with the script; if one does not start, the script ends.
#
#   peer_ngtcp2 NS [OPTION...]  QUIC on port 443: ngtcp2, which reports ECN marks
#   peer_caddy NS               QUIC on port 443: quic-go, which does not report them; its names: example.org, localhost
#   peer_unbound NS             DNS on port 53, UDP and TCP: example.org, whose HTTPS record has row 1's first addresses
#   peer_ends PID               kills process PID at the script's end

PEERS= # process IDs

at_exit() {
    for _pid in $PEERS; do
        kill "$_pid" 2>/dev/null
        wait "$_pid" 2>/dev/null
    done
}

peer_ends() {
    PEERS="$PEERS $1"
}

peer_listens() { # peer_listens NS PORT: a UDP socket is bound to PORT, or the last server has ended
    ip netns exec "$1" ss -lnu | grep -q ":$2 " || ! kill -0 $_peer 2>/dev/null
}

# peer_runs NS PORT COMMAND...: starts COMMAND, and returns when UDP port PORT is bound
peer_runs() {
    _ns=$1 _port=$2
    shift 2
    ip netns exec "$_ns" setpriv --pdeathsig TERM "$@" >"$TOPO_TMP/peer.log" 2>&1 </dev/null &
    _peer=$!
    peer_ends $_peer
    topo_until peer_listens "$_ns" "$_port" && kill -0 $_peer 2>/dev/null || {
        say "$TOPO_TMP/peer.log"
        bail "no $1 on port $_port"
    }
}

peer_certificate() { # makes $TOPO_TMP/key and cert
    [ -e "$TOPO_TMP/cert" ] && return
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=example.org \
        -addext subjectAltName=DNS:example.org -keyout "$TOPO_TMP/key" -out "$TOPO_TMP/cert" 2>/dev/null &&
        chmod 644 "$TOPO_TMP/key" || bail "no certificate"
}

peer_ngtcp2() {
    _ns=$1
    shift
    peer_certificate
    peer_runs "$_ns" 443 gtlsserver -q "$@" '*' 443 "$TOPO_TMP/key" "$TOPO_TMP/cert"
}

peer_caddy() {
    peer_certificate
    cat >"$TOPO_TMP/Caddyfile" <<EOT
{
    admin off
    auto_https off
    log {
        level ERROR
    }
}
https://example.org, https://localhost {
    tls $TOPO_TMP/cert $TOPO_TMP/key
    respond "ok"
}
EOT
    peer_runs "$1" 443 env HOME="$TOPO_TMP" XDG_DATA_HOME="$TOPO_TMP" XDG_CONFIG_HOME="$TOPO_TMP" \
        caddy run --config "$TOPO_TMP/Caddyfile" --adapter caddyfile
}

# unbound answers on all addresses of the namespace, each from the address that was asked (interface-automatic).
peer_unbound() {
    cat >"$TOPO_TMP/unbound.conf" <<EOT
server:
    directory: "$TOPO_TMP"
    chroot: ""
    username: ""
    pidfile: "$TOPO_TMP/unbound.pid"
    use-syslog: no
    logfile: ""
    do-daemonize: no
    num-threads: 1
    interface: 0.0.0.0
    interface: ::0
    interface-automatic: yes
    ip-freebind: yes
    access-control: 0.0.0.0/0 allow
    access-control: ::0/0 allow
    module-config: "iterator"
    local-zone: "example.org." static
    local-data: "example.org. 300 IN A 192.0.2.1"
    local-data: "example.org. 300 IN HTTPS 1 . alpn=h3 ipv4hint=10.77.1.1 ipv6hint=2001:db8:77:1::1"
remote-control:
    control-enable: no
EOT
    peer_runs "$1" 53 unbound -c "$TOPO_TMP/unbound.conf"
}
