#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# completion.sh: what completes command lines: bash, zsh and fish are asked what they offer, values included; every
# option of every command is in each. TAP.

. "$(dirname "$0")/../net/tap.sh"
need_program
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin"
ln -s "$PATHPROBE" "$dir/bin/pathprobe"
PATH=$dir/bin:$PATH
for shell in bash zsh fish; do
    pathprobe completion $shell >"$dir/$shell" && [ -s "$dir/$shell" ]
    ok $? "pathprobe completion $shell"
done
pathprobe completion csh >/dev/null 2>"$dir/err"
[ $? -eq 2 ] && grep -q "bash, zsh or fish" "$dir/err"
ok $? "another shell: exit 2"

commands=$(pathprobe --help | sed -n 's/^  \([a-z]*\)  *.*/\1/p')
missing=
for command in $commands; do
    in_bash=$(grep "^    $command) words='" "$dir/bash")
    in_fish=$(grep "from $command' -l " "$dir/fish")
    in_zsh=$(sed -n "/^    $command)/,/;;/p" "$dir/zsh")
    for option in $(pathprobe "$command" --help | sed -n 's/^  \(-[a-zA-Z0-9],\|   \) --\([a-z0-9-]*\).*/\2/p'); do
        [[ $in_bash =~ words=\'.*\ --$option[\ \'] ]] || missing="$missing bash:$command:$option"
        [[ $in_fish == *"from $command' -l $option "* ]] || missing="$missing fish:$command:$option"
        [[ $in_zsh =~ \'[*]*--$option[=\[] ]] || missing="$missing zsh:$command:$option"
    done
done
[ -z "$missing" ]
ok $? "every option of every command$missing"

# asked LINE: prints what bash offers for the last word of LINE.
asked() {
    COMP_WORDS=($1)
    [[ $1 != *' ' ]] || COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _pathprobe
    echo "${COMPREPLY[*]}"
}
. "$dir/bash"
ok $? "bash reads it"
touch "$dir/a.ndjson" "$dir/mine.json" && mkdir "$dir/d" && cd "$dir" || exit 1
# A line, and a word that all three shells offer for it; below, lines for bash alone.
cat >rows <<'EOF'
pathprobe mea|measure
pathprobe help doc|doctor
pathprobe help ec|ecn
pathprobe plugins ec|ecn
pathprobe measure ec|ecn
pathprobe measure mi|mine.json
pathprobe plugins min|mine.json
pathprobe trace mi|mine.json
pathprobe measure --ra|--rate
pathprobe measure --connect |quicvn
pathprobe measure dscp --connect d|dnstcp
pathprobe measure dscp --code|--codepoint
pathprobe measure dscp --codepoint 4|46
pathprobe measure -i l|lo
pathprobe observe ds|dscp
pathprobe lab --scenario dem|demo
pathprobe lab --scenario a.n|a.ndjson
pathprobe resolve --type |mx
pathprobe filter --input-format |csv
pathprobe upload --as |observations
EOF
while IFS='|' read -r line wanted; do
    got=$(asked "$line")
    [[ " $got " == *" $wanted "* ]]
    ok $? "bash: '$line' offers '$wanted'" || echo "# $got"
done < <(cat rows - <<'EOF'
pathprobe help dsc|dscp
pathprobe measure dscp --input |a.ndjson
pathprobe measure dscp --input a|a.ndjson
pathprobe plugins --plugin-dir |d
pathprobe plugins tcp|tcpopt
pathprobe measure tcpopt --connect d|dnstcp
pathprobe measure --connect tcp ec|ecn
pathprobe measure --connect = d|dnsudp
pathprobe measure dscp --codepoint |46
pathprobe observe -i l|lo
pathprobe observe basic d|dscp
pathprobe upload --experiment u|udpzero
EOF
)
[[ " $(asked 'pathprobe measure tcpopt --connect ') " != *" quicvn "* ]]
ok $? "bash: only connect modes of the experiment are offered"
[ -z "$(asked 'pathprobe measure ecn --code')" ] && [ -z "$(asked 'pathprobe measure ecn --rate ')" ]
ok $? "bash: no option of another experiment is offered, and nothing for a number"

if command -v fish >/dev/null; then
    while IFS='|' read -r line wanted; do
        HOME=$dir XDG_CONFIG_HOME=$dir fish -c "source $dir/fish; complete -C'$line'" >"$dir/out" 2>&1
        cut -f 1 "$dir/out" | grep -qx -- "$wanted"
        ok $? "fish: '$line' offers '$wanted'" || say "$dir/out"
    done <"$dir/rows"
else
    skip "fish completes" "no fish"
fi
# zsh completes only at a terminal: it runs in a zpty, gets the line and a tab, and lists its matches.
if command -v zsh >/dev/null && zsh -f -c 'zmodload zsh/zpty' 2>/dev/null; then
    cp "$dir/zsh" "$dir/bin/_pathprobe"
    cat >"$dir/ask" <<'EOF'
zmodload zsh/zpty
seen() { local got all=; while zpty -r z got; do all+=$got; [[ $all == *$1* ]] && break; done; print -r -- $all; }
zpty z "TERM=dumb HOME=$1 zsh -f -i"
zpty -w z "fpath=($1/bin \$fpath); autoload -U compinit; compinit -u -D; zstyle ':completion:*' list-prompt ''"
zpty -w z "LISTMAX=1000; stty cols 400; cd $1; bindkey '^I' list-choices; zle-line-init() { print -r READ''Y; }; zle -N zle-line-init"
seen READY >/dev/null
n=0
while IFS='|' read -r line wanted; do
    zpty -n -w z "$line"$'\t'
    zpty -w z $'\x15print -r DO''NE'
    seen DONE >$1/z.$((++n))
    seen READY >/dev/null
done
EOF
    offered() { tr -d '\r' <"$dir/z.$1" | grep -v 'DONE\|READY\|pathprobe ' | tr -s ' ' '\n'; }
    timeout 60 zsh -f "$dir/ask" "$dir" <"$dir/rows" >"$dir/out" 2>&1
    n=0
    while IFS='|' read -r line wanted; do
        n=$((n + 1))
        offered $n | grep -qx -- "$wanted"
        ok $? "zsh: '$line' offers '$wanted'" || say "$dir/out" "$dir/z.$n"
    done <"$dir/rows"
else
    skip "zsh completes" "no zsh"
fi

# The program accepts every value that completion offers.
refused=
for value in $(pathprobe completion values upload as); do
    pathprobe upload --as "$value" --output /dev/null "$dir/none" 2>&1 | grep -q 'no form' && refused="$refused $value"
done
for value in $(pathprobe completion values filter input-format); do
    pathprobe filter --input-format "$value" </dev/null >"$dir/out" 2>&1 || refused="$refused $value"
done
for value in $(pathprobe completion values resolve type); do
    pathprobe resolve --type "$value" --server 127.0.0.1 </dev/null >"$dir/out" 2>&1 || refused="$refused $value"
done
for value in $(pathprobe completion values measure connect); do
    pathprobe measure dscp --connect "$value" -i lo --dry-run </dev/null >"$dir/out" 2>&1
    grep -q mode "$dir/out" && refused="$refused $value"
done
[ -z "$refused" ]
ok $? "the program accepts every offered value$refused" || say "$dir/out"

# A command that waits for lines from a terminal says so; it does not for a pipe or a file.
if command -v script >/dev/null; then
    for command in filter resolve; do
        script -qec "pathprobe $command" /dev/null </dev/null >"$dir/out" 2>&1
        grep -q 'waiting for lines on standard input' "$dir/out"
        ok $? "$command at a terminal says that it waits" || say "$dir/out"
    done
    script -qec "pathprobe filter -q; pathprobe filter </dev/null" /dev/null </dev/null >"$dir/out" 2>&1
    ! grep -q waiting "$dir/out"
    ok $? "no such message with -q, nor if the input is a file"
else
    skip "a terminal" "no script(1)"
fi

# `help COMMAND` opens the manual page, or prints --help if man(1) or the page is missing.
if [ -x /usr/bin/man ] && [ -f "$(dirname "$PATHPROBE")/man/pathprobe-lab.1" ]; then
    MANWIDTH=80 pathprobe help lab >"$dir/out" 2>&1 && grep -q '^NAME' "$dir/out" && grep -q '^EXIT STATUS' "$dir/out"
    ok $? "help lab opens the page" || say "$dir/out"
else
    pathprobe help lab >"$dir/out" 2>&1 && grep -q '^usage: pathprobe lab' "$dir/out"
    ok $? "help lab, without a manual: its options" || say "$dir/out"
fi
pathprobe help ecn >"$dir/out" 2>&1 && pathprobe plugins ecn | cmp -s - "$dir/out"
ok $? "help ecn is what plugins ecn prints" || say "$dir/out"
pathprobe help nosuch >"$dir/out" 2>&1
[ $? -eq 2 ]
ok $? "help for an unknown command: exit 2"
done_testing
