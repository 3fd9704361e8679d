#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# quotes.sh: what ICMP errors quote, read by core/packet/quote.h and by tshark, whose authors are others: the same
# fields, and the same MPLS labels behind (RFC 4884, RFC 4950). TAP.
set -u

. "$(dirname "$0")/../net/tap.sh"
command -v tshark >/dev/null && command -v text2pcap >/dev/null || skip_all "tshark is not installed"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

"$TESTS/lab/quotes" 7 >"$tmp/ours" || bail "no errors"
cut -f 1 "$tmp/ours" | sed 's/../ &/g; s/^/000000/' >"$tmp/dump"
text2pcap -q -l 101 "$tmp/dump" "$tmp/pcap" 2>"$tmp/err" || bail "no capture: $(cat "$tmp/err")"

# The last occurrence of a field is that of the quoted packet; of labels all occurrences count. The traffic class is a
# field of IPv4 or of IPv6.
fields() {
    tshark -r "$tmp/pcap" -o tcp.analyze_sequence_numbers:FALSE -o tcp.relative_sequence_numbers:FALSE -T fields -E "occurrence=$1" \
        $(shift; printf ' -e %s' "$@") 2>"$tmp/err" || bail "tshark: $(cat "$tmp/err")"
}
fields l ip.dsfield.dscp ip.dsfield.ecn ipv6.tclass.dscp ipv6.tclass.ecn ip.id tcp.srcport tcp.dstport udp.srcport udp.dstport \
    tcp.seq tcp.flags tcp.window_size_value tcp.options.mss_val >"$tmp/last"
fields a icmp.mpls.label >"$tmp/labels"
paste "$tmp/last" "$tmp/labels" | awk -F '\t' -v OFS='\t' '{
    n = $14 == "" ? 0 : split($14, label, ",")
    all = ""
    for (i = 1; i <= n; i++)
        all = all (i > 1 ? "," : "") label[i]
    print $1 $3, $2 $4, $5, $6 $8, $7 $9, $10, $11, $12, $13, n, all
}' >"$tmp/theirs"
# If a quote has 8 bytes of TCP behind IPv6, tshark shows the ports alone.
cut -f 2- "$tmp/ours" | paste "$tmp/theirs" - | awk -F '\t' -v OFS='\t' '{
    if ($6 == "" && $14 == "" && $7 == "")
        $17 = ""
    print $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22
}' >"$tmp/read"
[ "$(wc -l <"$tmp/theirs")" -eq 300 ]
ok $? "tshark reads all errors" || say "$tmp/err"
[ "$(awk -F '\t' '$10 > 0' "$tmp/read" | wc -l)" -gt 50 ] && [ "$(awk -F '\t' '$9 != ""' "$tmp/read" | wc -l)" -gt 50 ] &&
    [ "$(awk -F '\t' '$6 != ""' "$tmp/read" | wc -l)" -gt 150 ]
ok $? "many errors have labels, sequence numbers and options"
diff "$tmp/theirs" "$tmp/read" >"$tmp/diff"
ok $? "core/packet/quote.h and tshark read the same fields and labels" || say "$tmp/diff"
done_testing
