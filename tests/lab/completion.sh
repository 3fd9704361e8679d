#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# completion.sh: what completes command lines: in bash and fish by asking them, in zsh that it can be read and defines
# what it should; every option of every command is in each. TAP.

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
    for option in $(pathprobe "$command" --help | sed -n 's/^  \(-[a-zA-Z0-9],\|   \) --\([a-z0-9-]*\).*/\2/p'); do
        grep -q "^    $command) words='.* --$option[ ']" "$dir/bash" || missing="$missing bash:$command:$option"
        grep -q "from $command' -l $option " "$dir/fish" || missing="$missing fish:$command:$option"
        sed -n "/^    $command)/,/;;/p" "$dir/zsh" | grep -q "'[*]*--$option[=[]" || missing="$missing zsh:$command:$option"
    done
done
[ -z "$missing" ]
ok $? "every option of every command$missing"

# asked LINE: what bash offers for its last word.
asked() {
    COMP_WORDS=($1)
    [[ $1 != *' ' ]] || COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _pathprobe
    echo "${COMPREPLY[*]}"
}
. "$dir/bash"
ok $? "bash reads it"
touch "$dir/a.ndjson" && mkdir "$dir/d" && cd "$dir" || exit 1
while IFS='|' read -r line wanted; do
    got=$(asked "$line")
    [[ " $got " == *" $wanted "* ]]
    ok $? "bash: '$line' offers '$wanted'" || echo "# $got"
done <<'EOF'
pathprobe mea|measure
pathprobe help dsc|
pathprobe help doc|doctor
pathprobe measure --ra|--rate
pathprobe measure ec|ecn
pathprobe measure dscp --code|--codepoint
pathprobe measure dscp --input |a.ndjson
pathprobe measure dscp --input a|a.ndjson
pathprobe plugins --plugin-dir |d
pathprobe plugins tcp|tcpopt
EOF
[ -z "$(asked 'pathprobe measure ecn --code')" ] && [ -z "$(asked 'pathprobe measure ecn --rate ')" ]
ok $? "bash: nothing of another experiment's, nothing for a number"

if command -v fish >/dev/null; then
    while IFS='|' read -r line wanted; do
        HOME=$dir XDG_CONFIG_HOME=$dir fish -c "source $dir/fish; complete -C'$line'" >"$dir/out" 2>&1
        cut -f 1 "$dir/out" | grep -qx -- "$wanted"
        ok $? "fish: '$line' offers '$wanted'" || say "$dir/out"
    done <<'EOF'
pathprobe mea|measure
pathprobe measure --ra|--rate
pathprobe plugins ec|ecn
pathprobe help doc|doctor
EOF
else
    skip "fish completes" "no fish"
fi
if command -v zsh >/dev/null; then
    zsh -n "$dir/zsh" 2>"$dir/err" &&
        zsh -f -c "autoload -U compinit; compinit -D -u; compdef() { :; }; _arguments() { :; }; _describe() { print \$1; }
            words=(pathprobe mea); CURRENT=2; source $dir/zsh; whence _pathprobe" >"$dir/out" 2>>"$dir/err" &&
        grep -q '^_pathprobe' "$dir/out" && [ ! -s "$dir/err" ]
    ok $? "zsh reads it" || say "$dir/err" "$dir/out"
else
    skip "zsh reads it" "no zsh"
fi

# The page behind `help`; where there is no manual, what --help says.
if [ -x /usr/bin/man ] && [ -f "$(dirname "$PATHPROBE")/man/pathprobe-lab.1" ]; then
    MANWIDTH=80 pathprobe help lab >"$dir/out" 2>&1 && grep -q '^NAME' "$dir/out" && grep -q '^EXIT STATUS' "$dir/out"
    ok $? "help lab opens the page" || say "$dir/out"
else
    pathprobe help lab >"$dir/out" 2>&1 && grep -q '^usage: pathprobe lab' "$dir/out"
    ok $? "help lab, without a manual: its options" || say "$dir/out"
fi
pathprobe help nosuch >"$dir/out" 2>&1
[ $? -eq 2 ]
ok $? "help for an unknown command: exit 2"
done_testing
