#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# annotate.sh: `pathprobe annotate` with databases that MaxMind's own writer makes here, compared with mmdblookup.
set -u

# shellcheck source=tests/net/tap.sh
. "$(dirname "$0")/../net/tap.sh"
need_program
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
command -v mmdblookup >/dev/null || skip_all "no mmdblookup here (mmdb-bin)"
perl -MMaxMind::DB::Writer::Tree -e 1 2>/dev/null || skip_all "no MaxMind::DB::Writer here (libmaxmind-db-writer-perl)"

# Databases built on 2026-11-24: two as MaxMind has them, and one with IPinfo's keys in an IPv4 tree.
cat >"$tmp/make.pl" <<'END'
use strict;
use warnings;
use MaxMind::DB::Writer::Tree;
sub tree {
    my ($file, $type, $ip, $types, $rows) = @_;
    my $tree = MaxMind::DB::Writer::Tree->new(ip_version => $ip, record_size => 24, database_type => $type,
        languages => ['en'], description => { en => 'made by a test' }, remove_reserved_networks => 0,
        map_key_type_callback => sub { $types->{$_[0]} // 'utf8_string' });
    $tree->_set_build_epoch(1795478400);
    $tree->insert_network($_->[0], $_->[1]) for @$rows;
    open my $out, '>:raw', $file or die;
    $tree->write_tree($out);
}
my $dir = shift;
tree("$dir/asn.mmdb", 'GeoLite2-ASN', 6, { autonomous_system_number => 'uint32' }, [
    ['192.0.2.0/24', { autonomous_system_number => 64500, autonomous_system_organization => "Ex\x{e4}mple \"One\"" }],
    ['198.51.96.0/19', { autonomous_system_number => 4200000000, autonomous_system_organization => 'Example Two' }],
    ['2001:db8:8000::/33', { autonomous_system_number => 64501, autonomous_system_organization => 'Example Six' }],
    ['203.0.113.7/32', { autonomous_system_organization => 'A name alone' }],
    ['10.1.0.0/16', { autonomous_system_number => 64999 }],
]);
tree("$dir/country.mmdb", 'GeoLite2-Country', 6, { country => 'map', registered_country => 'map', names => 'map' }, [
    ['192.0.0.0/16', { country => { iso_code => 'CH', names => { en => 'Switzerland' } } }],
    ['198.51.100.128/25', { registered_country => { iso_code => 'NZ' } }],
    ['2001:db8::/32', { country => { iso_code => 'JP' } }],
    ['203.0.113.0/24', { country => { names => { en => 'no code' } } }],
]);
tree("$dir/ipinfo.mmdb", 'ipinfo lite.mmdb', 4, {}, [
    ['192.0.2.0/25', { asn => 'AS64777', as_name => 'Other', country => 'Utopia', country_code => 'UT' }],
    ['100.64.0.0/10', { asn => 'AS64778', country => 'ZZ' }],
    ['100.128.0.0/10', { asn => 'ASnone', country => 'Nowhere' }],
]);
END
perl "$tmp/make.pl" "$tmp" || bail "no databases"

annotate() {
    "$PATHPROBE" annotate "$@" 2>"$tmp/err"
}

# gives TEXT FILE SENTENCE: FILE holds TEXT and nothing else.
gives() {
    printf '%s' "$1" | cmp -s - "$2"
    ok $? "$3" || say "$2" "$tmp/err"
}

# ---- targets

cat >"$tmp/targets" <<'END'
{"dip":"192.0.2.9","x":1.10,"big":18446744073709551616}
  { "dip" : "198.51.100.200" , "a":"}" }	
{"dip":"198.51.100.1"}
{"dip":"2001:db8:ffff::1","dp":443}
{"dip":"2001:db8:1::1"}
{"dip":"8.8.8.8","canid_info":{"ASN":7}}

{"dip":"192.0.2.10","canid_info":{"ASN":7, "Prefix":"old"},"b":2}
{"dip":"203.0.113.7"}
{"dip":"203.0.113.8"}
{"dip":"none"}
{"domain":"example.com"}
no JSON
{"dip":"192.0.2.1"}}
END
annotate --mmdb "$tmp/asn.mmdb" --mmdb "$tmp/country.mmdb" --input "$tmp/targets" >"$tmp/out"
ok $? "valid lines, lines with a former annotation and malformed lines: exit 0"
gives '{"dip":"192.0.2.9","x":1.10,"big":18446744073709551616,"canid_info":{"Prefix":"192.0.2.0/24","ASN":64500,"CountryCode":"CH","ASName":"Exämple \"One\"","Databases":["GeoLite2-ASN 2026-11-24","GeoLite2-Country 2026-11-24"]}}
  { "dip" : "198.51.100.200" , "a":"}" ,"canid_info":{"Prefix":"198.51.96.0/19","ASN":4200000000,"CountryCode":"NZ","ASName":"Example Two","Databases":["GeoLite2-ASN 2026-11-24","GeoLite2-Country 2026-11-24"]}}	
{"dip":"198.51.100.1","canid_info":{"Prefix":"198.51.96.0/19","ASN":4200000000,"ASName":"Example Two","Databases":["GeoLite2-ASN 2026-11-24"]}}
{"dip":"2001:db8:ffff::1","dp":443,"canid_info":{"Prefix":"2001:db8:8000::/33","ASN":64501,"CountryCode":"JP","ASName":"Example Six","Databases":["GeoLite2-ASN 2026-11-24","GeoLite2-Country 2026-11-24"]}}
{"dip":"2001:db8:1::1","canid_info":{"Prefix":"2001:db8::/32","CountryCode":"JP","Databases":["GeoLite2-Country 2026-11-24"]}}
{"dip":"8.8.8.8","canid_info":{"ASN":7}}
{"dip":"192.0.2.10","canid_info":{"Prefix":"192.0.2.0/24","ASN":64500,"CountryCode":"CH","ASName":"Exämple \"One\"","Databases":["GeoLite2-ASN 2026-11-24","GeoLite2-Country 2026-11-24"]},"b":2}
{"dip":"203.0.113.7","canid_info":{"Prefix":"203.0.113.7/32","ASName":"A name alone","Databases":["GeoLite2-ASN 2026-11-24"]}}
{"dip":"203.0.113.8"}
{"dip":"none"}
{"domain":"example.com"}
' "$tmp/out" "AS, name, prefix and country are added; all other bytes are unchanged"
adds_up "targets" "$tmp/err"
grep -q '^13 read: 7 annotated, 2 unknown, 2 without address, 0 too long to annotate, 2 invalid$' "$tmp/err"
ok $? "targets: each line is counted under the right reason" || say "$tmp/err"
grep -q "^GeoLite2-ASN 2026-11-24: $tmp/asn.mmdb$" "$tmp/err"
ok $? "databases and their build dates are named"

printf '192.0.2.1\n100.64.1.1\n100.128.1.1\n2001:db8::1\n' |
    annotate --mmdb "$tmp/ipinfo.mmdb" --mmdb "$tmp/asn.mmdb" | jq -c '[.dip, .canid_info]' >"$tmp/out"
gives '["192.0.2.1",{"Prefix":"192.0.2.0/25","ASN":64777,"CountryCode":"UT","ASName":"Other","Databases":["ipinfo lite.mmdb 2026-11-24"]}]
["100.64.1.1",{"Prefix":"100.64.0.0/10","ASN":64778,"CountryCode":"ZZ","Databases":["ipinfo lite.mmdb 2026-11-24"]}]
["100.128.1.1",null]
["2001:db8::1",null]
' "$tmp/out" "a plain list; an IPv4 database with other keys; the first database with a value decides"

# Annotating twice: by another database; over members that canid wrote; by a newer database of the same type.
annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/targets" >"$tmp/first"
annotate --mmdb "$tmp/country.mmdb" --input "$tmp/first" >"$tmp/out"
annotate --mmdb "$tmp/asn.mmdb" --mmdb "$tmp/country.mmdb" --input "$tmp/targets" | cmp -s - "$tmp/out"
ok $? "annotating by two databases one after the other gives the same as by both at once" || say "$tmp/out"
cat >"$tmp/first" <<'END'
{"dip":"192.0.2.9","canid_info":{"Prefix":"192.0.0.0/8","ASN":9,"CountryCode":"XX","ASName":"Old","Cached":"2020-01-01","Databases":["GeoLite2-ASN 2020-01-01","GeoLite2 ASN","x"]}}
{"dip":"192.0.2.9","canid_info":"none"}
{"dip":"10.1.0.1","canid_info":{"ASN":9,"ASName":"Old"}}
END
annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/first" >"$tmp/out"
gives '{"dip":"192.0.2.9","canid_info":{"Prefix":"192.0.2.0/24","ASN":64500,"CountryCode":"XX","ASName":"Exämple \"One\"","Databases":["GeoLite2 ASN","x","GeoLite2-ASN 2026-11-24"],"Cached":"2020-01-01"}}
{"dip":"192.0.2.9","canid_info":{"Prefix":"192.0.2.0/24","ASN":64500,"ASName":"Exämple \"One\"","Databases":["GeoLite2-ASN 2026-11-24"]}}
{"dip":"10.1.0.1","canid_info":{"Prefix":"10.1.0.0/16","ASN":64999,"Databases":["GeoLite2-ASN 2026-11-24"]}}
' "$tmp/out" "values of the database replace earlier ones; other members of canid_info stay"

# 60 addresses, compared with another reader of the same file.
awk 'BEGIN { srand(7); for (i = 0; i < 60; i++) printf "%s.%d\n", i % 3 ? "192.0.2" : i % 2 ? "198.51." int(90 + rand() * 40) : "9.9.9", int(rand() * 256) }' >"$tmp/list"
while read -r a; do
    n=$(mmdblookup --file "$tmp/asn.mmdb" --ip "$a" autonomous_system_number 2>/dev/null | sed -n 's/^ *\([0-9]*\) <uint32>$/\1/p')
    echo "$a ${n:-null}"
done <"$tmp/list" >"$tmp/want"
annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/list" | jq -r '"\(.dip) \(.canid_info.ASN)"' >"$tmp/out"
cmp -s "$tmp/want" "$tmp/out"
ok $? "60 addresses have the AS that mmdblookup prints" || say "$tmp/want" "$tmp/out"

# ---- observations

cat >"$tmp/obs" <<'END'
{"dip":"198.51.100.1","sip":"192.0.2.5","path":["192.0.2.5","*","198.51.100.1"],"conditions":["ecn.connectivity.works"]}
{"dip":"198.51.100.1","sip":"10.0.0.5","sip_public":"192.0.2.6","path":["home","*","198.51.100.1"]}
{"dip":"198.51.100.1","path":["192.0.2.5","AS1","*","198.51.100.1"],"canid_info":{"ASN":4200000000}}
{"dip":"8.8.8.8","sip":"8.8.4.4","path":[ "8.8.4.4" , "*","8.8.8.8"]}
{"dip":"8.8.8.8","sip":"192.0.2.5","canid_info":{"ASN":15169},"path":[ "192.0.2.5" , "*","8.8.8.8"]}
END
annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/obs" >"$tmp/out"
jq -c '[.path, .canid_info.ASN]' "$tmp/out" >"$tmp/brief"
gives '[["192.0.2.5","AS64500","*","198.51.100.1"],4200000000]
[["home","AS64500","*","198.51.100.1"],4200000000]
[["192.0.2.5","AS1","*","198.51.100.1"],4200000000]
[["8.8.4.4","*","8.8.8.8"],null]
[["192.0.2.5","AS64500","*","8.8.8.8"],15169]
' "$tmp/brief" "the source's AS is put behind the source, by its address or its public address"
annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/out" | cmp -s - "$tmp/out"
ok $? "annotating again changes nothing"
# Both ends of a place get the AS of their address if the database has it; all other bytes are unchanged.
cat >"$tmp/placed" <<'END'
{"dip":"8.8.8.8","located":[{"arm":"B1","from":{"ttl":3,"addr":"192.0.2.77","asn":null},"to":{"ttl": 4, "asn" : 7 , "addr":"198.51.100.1","target":false}},{"arm":"B2","from":null,"to":null},{"from":{"ttl":0,"addr":null,"asn":null},"to":{"addr":"8.8.4.4","asn":9}}],"sip":"192.0.2.5","path":["192.0.2.5","*","8.8.8.8"]}
{"dip":"192.0.2.1","canid_info":{},"located":[],"located2":[{"from":{"addr":"192.0.2.77","asn":null}}]}
{"dip":"192.0.2.1","located":"none"}
END
annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/placed" >"$tmp/out"
sed -n 1p "$tmp/placed" | sed 's/"192.0.2.77","asn":null/"192.0.2.77","asn":64500/; s/"asn" : 7 /"asn" : 4200000000 /; s/\["192.0.2.5",/&"AS64500",/' \
    >"$tmp/want"
sed -n 1p "$tmp/out" | diff "$tmp/want" - >"$tmp/diff" && [ "$(grep -c '"located2":\[{"from":{"addr":"192.0.2.77","asn":null}}\]' "$tmp/out")" = 1 ] &&
    [ "$(wc -l <"$tmp/out")" = 3 ]
ok $? "both ends of a place get their AS" || say "$tmp/diff" "$tmp/out" "$tmp/err"

annotate --mmdb "$tmp/asn.mmdb" --source-asn 64496 --input "$tmp/obs" | jq -c '.path[1]' | sort | uniq -c | tr -s ' ' >"$tmp/brief"
gives ' 1 "AS1"
 4 "AS64496"
' "$tmp/brief" "--source-asn"

# Lines of 40 KB and of almost 64 KiB are accepted; a line that would become longer than readers accept is not annotated.
jq -cn '{dip: "192.0.2.1", fill: ("x" * 40000)}, {dip: "192.0.2.1", fill: ("x" * 65490)}, {dip: "192.0.2.1", fill: ("x" * 32700)},
    {dip: "192.0.2.1", fill: ("x" * 70000)}' >"$tmp/long"
annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/long" >"$tmp/out"
jq -c '.canid_info.ASN' "$tmp/out" >"$tmp/brief"
gives '64500
null
null
' "$tmp/brief" "long lines: annotated, unchanged if they would become too long, refused if they are too long"
adds_up "long lines" "$tmp/err"
annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/obs" --output "$tmp/file" && cp "$tmp/file" "$tmp/was" &&
    ! annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/long" --output "$tmp/file" && cmp -s "$tmp/file" "$tmp/was" &&
    annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/long" --output "$tmp/file" --force && ! cmp -s "$tmp/file" "$tmp/was"
ok $? "an output that is not empty is not overwritten without --force"

# ---- what does not work

# fails WORDS SENTENCE OPTION...: exit 1, nothing written, a message with WORDS.
fails() {
    words=$1 sentence=$2
    shift 2
    annotate "$@" --input "$tmp/targets" >"$tmp/out"
    [ $? = 1 ] && [ ! -s "$tmp/out" ] && grep -q "$words" "$tmp/err"
    ok $? "$sentence" || say "$tmp/err"
}

fails "cannot read database '$tmp/none': No such file" "a missing database" --mmdb "$tmp/none"
head -c 300 "$tmp/asn.mmdb" >"$tmp/cut"
fails "'$tmp/cut' is not a valid database" "a truncated database" --mmdb "$tmp/asn.mmdb" --mmdb "$tmp/cut"
: >"$tmp/empty"
fails "cannot read database '$tmp': it is a directory" "a directory as a database" --mmdb "$tmp"
fails "'$tmp/empty' is not a valid database" "an empty file as a database" --mmdb "$tmp/empty"
fails "'$tmp/targets' is not a valid database" "a text file as a database" --mmdb "$tmp/targets"
# A database with bytes 100 to 700 missing, where tree and data meet.
size=$(wc -c <"$tmp/asn.mmdb")
{ head -c 100 "$tmp/asn.mmdb"; tail -c $((size - 700)) "$tmp/asn.mmdb"; } >"$tmp/hole"
fails "hole' is" "a database with missing bytes" --mmdb "$tmp/hole"
{ tr '\000' '\377' <"$tmp/asn.mmdb" | head -c 100; tail -c $((size - 100)) "$tmp/asn.mmdb"; } >"$tmp/bits"
fails "database '$tmp/bits' is damaged" "a database with changed bits in its tree" --mmdb "$tmp/bits"
annotate --input "$tmp/targets" >"$tmp/out"
[ $? = 2 ] && grep -q 'no database' "$tmp/err" && annotate --mmdb "$tmp/asn.mmdb" word </dev/null
[ $? = 2 ]
ok $? "no database, or an operand: exit 2"
annotate --mmdb "$tmp/asn.mmdb" --input "$tmp/none" >"$tmp/out"
[ $? = 1 ]
ok $? "a missing input: exit 1"
annotate --mmdb "$tmp/asn.mmdb" --output "$tmp/out.gz" </dev/null
[ $? = 2 ] && [ ! -e "$tmp/out.gz" ]
ok $? "an output named .gz, which is not written compressed, is refused" || say "$tmp/err"
printf 'a.example\nb.example\n' | annotate --mmdb "$tmp/asn.mmdb" >"$tmp/out"
[ $? = 1 ] && grep -q "'standard input' has no usable line" "$tmp/err"
ok $? "a list of names without an address is an error" || say "$tmp/err"
printf 'saddr,note\n192.0.2.9,"a\nb"\n' | annotate --mmdb "$tmp/asn.mmdb" >"$tmp/out"
[ "$(jq -c '[.dip, .note]' "$tmp/out")" = '["192.0.2.9","a\nb"]' ] && grep -q '^1 read' "$tmp/err"
ok $? "CSV with a heading" || say "$tmp/out" "$tmp/err"
annotate --mmdb "$tmp/asn.mmdb" </dev/null >"$tmp/out" && [ ! -s "$tmp/out" ]
ok $? "an empty input gives an empty output"

done_testing
