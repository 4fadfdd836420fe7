#!/bin/bash
# The two layouts of saCkpt.h beside a real daemon: a program compiled against openais 1.1's header and linked against a library with its symbol
# versions, and the same source compiled against ours. Each sees its own fields, whichever way it found the functions. Last line: N passed, N
# failed, N skipped. Exit 1 if one failed.
set -u

nodes=1
. "$(dirname "$0")/common.sh"

top=$(cd "$(dirname "$0")/../.." && pwd)
source=$top/conformance/live/layouts

compile() # PROGRAM OPTION...
{
	${CC:-cc} -std=gnu11 -O1 -Wall -Wextra -Werror -I"$source" -I"$top/ais/common" -I"$top/ais/ckpt" "$source/program.c" "${@:2}" -o "$work/$1" &&
		chmod 755 "$work/$1"
}
old_library()
{
	mkdir -p "$work/openais" &&
		${CC:-cc} -shared -fPIC "$source/openais_library.c" -Wl,-soname,libSaCkpt.so.3 -Wl,--version-script="$source/openais.versions" \
			-Wl,--undefined-version -o "$work/openais/libSaCkpt.so.3"
}
asks_for() # PROGRAM FUNCTION VERSION: `none` if the reference has no version
{
	local got
	got=$(objdump -T "$work/$1" | awk -v name="$2" '$NF == name { sub(/^\(/, "", $(NF - 1)); sub(/\)$/, "", $(NF - 1)); print $(NF - 1) }')
	[[ $got =~ ^(Base)?[0-9a-f]*$ ]] && got=none
	[[ $got == "$3" ]] || { echo "     it asks for $got"; false; }
}
works() { lab exec 1 -- "$work/$1" "layout-$1" >"$work/said" 2>&1 && sed 's/^/     /' "$work/said" || { cat "$work/said"; false; }; } # PROGRAM
fails() { ! lab exec 1 -- "$work/$1" "layout-$1" >"$work/said" 2>&1 && sed 's/^/     /' "$work/said"; }                               # PROGRAM

chmod 755 "$work"
real=$build/.libs/libSaCkpt.so.3
shown 'a library with the symbol versions of openais' old_library
shown 'a program of openais, linked against it' compile of-openais -DOPENAIS_LAYOUT "$work/openais/libSaCkpt.so.3"
shown 'a program of today, linked against ours' compile of-today "$real"
shown 'one that takes the functions from dlsym()' compile by-dlsym -DBY_DLSYM "$real" -ldl
shown 'one with the layout of openais that finds the version of today' compile mixed-up -DOPENAIS_LAYOUT "$real"
for function in saCkptCheckpointStatusGet saCkptSectionCreate; do
	shown "the program of openais asks for its $function" asks_for of-openais $function OPENAIS_CKPT_B.01.01
	shown "the program of today asks for its $function" asks_for of-today $function AISLE_CKPT_B.01.01
done
shown 'the program of openais asks for saCkptSectionOverwrite without version' asks_for of-openais saCkptSectionOverwrite none

lab_up
shown 'the program of openais sees its layout' works of-openais
shown 'the program of today sees the layout of the text' works of-today
shown 'dlsym() without a version finds the layout of the text' works by-dlsym
shown 'this test would see it if the versions were swapped' fails mixed-up
end
