#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# filter.sh: `pathprobe filter` in pipes: what comes out, byte for byte, and counts that add up.
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
unset PATHPROBE_ALLOW

filter() {
    "$PATHPROBE" filter "$@" 2>"$tmp/err"
}

# gives TEXT FILE SENTENCE: FILE holds TEXT and nothing else.
gives() {
    printf '%s' "$1" | cmp -s - "$2"
    ok $? "$3" || say "$2" "$tmp/err"
}

# ---- one target at a time

cat >"$tmp/nasty" <<'END'
{"dip":"198.51.99.1","x":1.10,"big":18446744073709551616}
  { "dip" : "198.51.99.1" }	
{"dip":"198.51.99.1","dp":80,"path":["a","*","b"],"time":{"from":"2026-01-01 00:00:00"}}
{"dip":"10.0.0.1"}
{"dip":"::1"}
{"dip":"2a00::1","dp":"443"}
{"dip":"2a00:0::1","dp":443}

no JSON
{"domain":"example.com"}
{"dip":"198.51.99.2"}
END
filter --input "$tmp/nasty" >"$tmp/out"
gives '{"dip":"198.51.99.1","x":1.10,"big":18446744073709551616}
{"dip":"198.51.99.1","dp":80,"path":["a","*","b"],"time":{"from":"2026-01-01 00:00:00"}}
{"dip":"2a00::1","dp":"443"}
{"dip":"198.51.99.2"}
' "$tmp/out" "kept lines are unchanged byte by byte, members of observations included"
adds_up "nasty lines" "$tmp/err"
grep -q '^10 read: 4 written, 2 duplicate, 2 invalid, 2 blocked,' "$tmp/err"
ok $? "nasty lines: each is counted under the right reason" || say "$tmp/err"

cat >"$tmp/domains" <<'END'
{"dip":"198.51.99.1","domain":"Bücher.example"}
{"dip":"198.51.99.1","domain":"xn--bcher-kva.example"}
{"dip":"198.51.99.1","domain":"a/b"}
{"dip":"198.51.99.1","domain":"h:80"}
{"dip":"198.51.99.1","domain":"_dmarc.example."}
END
filter --input "$tmp/domains" >"$tmp/out"
gives '{"dip":"198.51.99.1","domain":"Bücher.example"}
{"dip":"198.51.99.1","domain":"_dmarc.example."}
' "$tmp/out" "a domain has to be a host name; its U-labels and A-labels are the same name"
grep -q 'line 3: a character that host names do not allow' "$tmp/err" && grep -q ' 1 duplicate, 2 invalid,' "$tmp/err"
ok $? "an invalid domain: the message gives line and reason" || say "$tmp/err"
filter --observations --input "$tmp/domains" >"$tmp/out"
cmp -s "$tmp/domains" "$tmp/out"
ok $? "--observations keeps lines with any domain" || say "$tmp/err"

filter --input "$tmp/nasty" --dp 80 >"$tmp/out"
gives '{"dip":"198.51.99.1","x":1.10,"big":18446744073709551616,"dp":80}
{"dip":"2a00::1","dp":80}
{"dip":"198.51.99.2","dp":80}
' "$tmp/out" "--dp sets the port, and de-duplicates by it"
adds_up "--dp" "$tmp/err"

printf '198.51.99.1,80,a.example,7\n2a00::1,,b.example\n' | filter >"$tmp/out"
gives '{"dip":"198.51.99.1","dp":80,"domain":"a.example","rank":7}
{"dip":"2a00::1","domain":"b.example"}
' "$tmp/out" "CSV becomes NDJSON"

printf '10.0.0.1\n10.1.0.1\n198.51.99.1\n198.51.99.9\n2a00::1\n' >"$tmp/list"
printf '# both families\n198.51.99.8/29\n2a00::/16 ; all of it\n' >"$tmp/block"
printf '10.1.0.0/16\n' >"$tmp/allow"
filter --blocklist "$tmp/block" --allowlist "$tmp/allow" <"$tmp/list" >"$tmp/out"
gives '{"dip":"10.1.0.1"}
{"dip":"198.51.99.1"}
' "$tmp/out" "--blocklist and --allowlist"
PATHPROBE_ALLOW=10.0.0.0/8 filter -4 <"$tmp/list" >"$tmp/out"
gives '{"dip":"10.0.0.1"}
{"dip":"10.1.0.1"}
{"dip":"198.51.99.1"}
{"dip":"198.51.99.9"}
' "$tmp/out" "PATHPROBE_ALLOW opens the laboratory, -4 keeps one family"

# ---- many

awk 'BEGIN { for (i = 0; i < 20000; i++) printf "{\"dip\":\"%d.%d.%d.%d\",\"n\":%d}\n", 11 + i % 5, i / 1000, i / 10 % 100, i % 10, i }' >"$tmp/many"
filter <"$tmp/many" | cmp -s - "$tmp/many"
ok $? "a list with nothing to drop is unchanged"

for k in 1 2 3; do
    filter --shard $k/3 <"$tmp/many" >"$tmp/shard$k"
    adds_up "shard $k/3" "$tmp/err"
done
cat "$tmp/shard1" "$tmp/shard2" "$tmp/shard3" | sort >"$tmp/union"
sort "$tmp/many" | cmp -s - "$tmp/union"
ok $? "three shards together are the list, each target in one of them"
[ "$(wc -l <"$tmp/shard2")" -gt 6000 ]
ok $? "a shard has about a third of the list"

filter --shuffle --seed 5 <"$tmp/many" >"$tmp/a"
sort -r "$tmp/many" | filter --shuffle --seed 5 >"$tmp/b"
filter --shuffle --seed 6 <"$tmp/many" >"$tmp/c"
cmp -s "$tmp/a" "$tmp/b" && ! cmp -s "$tmp/a" "$tmp/c" && ! cmp -s "$tmp/a" "$tmp/many"
ok $? "--shuffle: the order depends on the seed, not on the order of the input"
sort "$tmp/a" >"$tmp/b"
sort "$tmp/many" | cmp -s - "$tmp/b"
ok $? "--shuffle loses nothing"
filter --shuffle <"$tmp/many" >"$tmp/a"
seed=$(sed -n 's/^seed //p' "$tmp/err")
filter --shuffle --seed "$seed" <"$tmp/many" | cmp -s - "$tmp/a"
ok $? "--shuffle without --seed prints the seed, which gives the same order again"

filter --sample 0.1 --seed 5 <"$tmp/many" >"$tmp/a"
adds_up "--sample" "$tmp/err"
n=$(wc -l <"$tmp/a")
[ "$n" -gt 1700 ] && [ "$n" -lt 2300 ]
ok $? "--sample 0.1 keeps about a tenth ($n of 20000)"
sort -r "$tmp/many" | filter --sample 0.1 --seed 5 | sort >"$tmp/b"
sort "$tmp/a" | cmp -s - "$tmp/b"
ok $? "--sample: the choice depends on the seed, not on the order of the input"

printf '64:ff9b::808:808\n64:ff9b::101:101\n64:ff9b::a00:1\n::ffff:8.8.8.8\n' >"$tmp/nat64"
filter --blocklist /dev/stdin --input "$tmp/nat64" >"$tmp/a" <<'END'
8.8.8.0/24
END
gives '{"dip":"64:ff9b::101:101"}
' "$tmp/a" "a NAT64 address is blocked if the IPv4 address in it is"
adds_up "NAT64" "$tmp/err"
filter --per-prefix 1 <"$tmp/nat64" >"$tmp/a"
gives '{"dip":"64:ff9b::808:808"}
{"dip":"64:ff9b::101:101"}
' "$tmp/a" "--per-prefix counts NAT64 addresses by their IPv4 network"

filter --per-prefix 3 <"$tmp/many" >"$tmp/a"
adds_up "--per-prefix" "$tmp/err"
sed 's/.*"dip":"\([0-9]*\.[0-9]*\.[0-9]*\).*/\1/' "$tmp/many" | awk '++n[$0] <= 3 { c++ } END { print c }' >"$tmp/want"
[ "$(wc -l <"$tmp/a")" = "$(cat "$tmp/want")" ]
ok $? "--per-prefix: three of each /24"

filter --max-targets 7 <"$tmp/many" >"$tmp/a"
[ "$(wc -l <"$tmp/a")" = 7 ]
ok $? "--max-targets ends the output"

filter <"$tmp/many" | head -n 1 >"$tmp/a"
[ "$(wc -l <"$tmp/a")" = 1 ]
ok $? "a reader that closes the pipe gets its line"

gzip -c "$tmp/many" >"$tmp/many.gz"
filter --input "$tmp/many.gz" --output "$tmp/a" --force && cmp -s "$tmp/a" "$tmp/many"
ok $? "compressed input, --output"
cp "$tmp/a" "$tmp/a.was"
! filter --input "$tmp/many.gz" --max-targets 1 --output "$tmp/a" && grep -q "a' is not empty" "$tmp/err" &&
    grep -q '^hint: --force replaces it' "$tmp/err" && cmp -s "$tmp/a" "$tmp/a.was" &&
    filter --input "$tmp/many.gz" --max-targets 1 --output "$tmp/a" --force && [ "$(wc -l <"$tmp/a")" -eq 1 ]
ok $? "an output that is not empty is not overwritten without --force"

printf 'PK\003\004\024' >"$tmp/many.zip"
! filter --input "$tmp/many.zip" && grep -q "many.zip' is compressed by zip" "$tmp/err" && grep -q '^hint: .unzip -p' "$tmp/err"
ok $? "a zip archive is an error that names the format" || say "$tmp/err"

# ---- pairs

jq -n -c 'range(3000) | {dip: "198.51.\(. / 250 | floor).\(. % 250)", pair: "p\(.)"}, {dip: "2a00::\(. % 10000)", pair: "p\(.)"}' \
    >"$tmp/pairs"
filter --shuffle --seed 3 <"$tmp/pairs" >"$tmp/a"
jq -s -e --slurpfile was "$tmp/pairs" 'length == 6000 and (sort == ($was | sort)) and . != $was and
    (. as $a | all(range(3000); $a[2 * .].pair == $a[2 * . + 1].pair))' "$tmp/a" >"$tmp/got"
ok $? "--shuffle keeps the addresses of a pair together" || say "$tmp/err" "$tmp/got"
whole() { # whole FILE LO HI: FILE has LO to HI pairs, each with both addresses
    jq -s -e --argjson lo "$2" --argjson hi "$3" 'group_by(.pair) | all(length == 2) and length >= $lo and length <= $hi' \
        "$1" >"$tmp/got"
}
for k in 1 2 3; do
    filter --shard $k/3 <"$tmp/pairs" >"$tmp/shard$k"
done
whole "$tmp/shard1" 800 1200 && whole "$tmp/shard2" 800 1200 && whole "$tmp/shard3" 800 1200 &&
    sort "$tmp/shard1" "$tmp/shard2" "$tmp/shard3" >"$tmp/union" && sort "$tmp/pairs" | cmp -s - "$tmp/union"
ok $? "--shard keeps the addresses of a pair together"
filter --sample 0.2 --seed 3 <"$tmp/pairs" >"$tmp/a"
filter --sample 0.2 --seed 4 <"$tmp/pairs" >"$tmp/b"
whole "$tmp/a" 450 750 && whole "$tmp/b" 450 750 && ! cmp -s "$tmp/a" "$tmp/b"
ok $? "--sample keeps the addresses of a pair together"

# ---- observations: lines of blocked addresses are removed, all others are unchanged

{
    echo '{"dip":"198.51.99.1","dp":80,"conditions":["a"],"port":80}'
    echo '{"dip":"198.51.99.1","dp":80,"conditions":["b"],"port":80}'
    echo '{"dip":"10.0.0.1","dp":80,"conditions":["c"]}'
    printf '{"dip":"2a00::1","dp":80,"flow_results":"%s"}\n' "$(head -c 60000 /dev/zero | tr '\0' x)"
} >"$tmp/kept"
{ cat "$tmp/kept" && echo '{"dip":"198.51.98.7","dp":80,"conditions":["d"]}' &&
    echo '{"dip":"2a00:0:1::7","dp":80,"conditions":["e"]}'; } >"$tmp/finished"
printf '# opted out\n198.51.98.0/24\n2a00:0:1::/48\n' >"$tmp/optout"
filter --observations --blocklist "$tmp/optout" <"$tmp/finished" >"$tmp/a"
[ $? = 0 ] && cmp -s "$tmp/a" "$tmp/kept"
ok $? "--observations removes lines of blocked addresses alone, and accepts long lines" || say "$tmp/err"
adds_up "--observations" "$tmp/err"
printf '{"dip":"2a00::1","x":"%s"}\n' "$(head -c 66000 /dev/zero | tr '\0' x)" >"$tmp/long"
filter --observations <"$tmp/long" >"$tmp/a"
[ ! -s "$tmp/a" ] && grep -q 'longer than 65535 bytes' "$tmp/err"
ok $? "--observations: a line that is too long" || say "$tmp/err"

# ---- errors

filter --input "$tmp/many" --output "$tmp/many"
[ $? -ne 0 ] && [ "$(wc -l <"$tmp/many")" = 20000 ]
ok $? "an output that is the input is refused"
filter --blocklist "$tmp/none" <"$tmp/list" >"$tmp/a"
[ $? = 1 ] && [ ! -s "$tmp/a" ]
ok $? "a missing blocklist is an error"
filter -4 -6 </dev/null
[ $? = 2 ] && filter word </dev/null
[ $? = 2 ]
ok $? "both families excluded, or an operand: exit 2"
filter </dev/null >"$tmp/a" && [ ! -s "$tmp/a" ]
ok $? "an empty list gives an empty list"

done_testing
