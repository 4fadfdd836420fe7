#!/bin/sh
# Holds pure objects against a short list: purity.sh OBJECT... [-- SYMBOL...]
# An undefined symbol must be one of memory, string and formatting, be defined by another of the objects, or be named after `--`
# (a shell pattern: 'wire_*'). Prints every other one and fails. Last line: 'N passed, N failed, N skipped', one an object.
# libtool: give the .o files (or the .lo: its object beside it is taken).
set -u

# What the compiler makes of plain C (__cpu_model: which instructions there are, for two ways to one result), and the library calls that
# depend on their arguments alone.
allowed='memcpy memmove memset memcmp memchr strlen strcmp strncmp strchr strrchr strnlen strcspn strspn strstr strcpy strncpy
malloc calloc realloc free qsort bsearch snprintf vsnprintf abort __assert_fail __stack_chk_fail _GLOBAL_OFFSET_TABLE_
__memcpy_chk __memmove_chk __memset_chk __snprintf_chk __vsnprintf_chk __strcpy_chk __strncpy_chk
__cpu_model __ubsan_* __asan_* __sanitizer_* __gcov_* __llvm_* __tsan_*
wire_* ring_id_* position_* identity_* requester_* effects_* hash_table_* digest_* tree_* list_* handle_table_*'

objects=
while [ $# -gt 0 ]; do
	if [ "$1" = -- ]; then
		shift
		allowed="$allowed $*"
		break
	fi
	case $1 in
	*.lo) objects="$objects $(dirname "$1")/$(basename "$1" .lo).o" ;;
	*) objects="$objects $1" ;;
	esac
	shift
done

passed=0
failed=0
set -f
for object in $objects; do
	# With --disable-static libtool puts the object into .libs.
	[ -f "$object" ] || object=$(dirname "$object")/.libs/$(basename "$object")
	[ -f "$object" ] || { echo "purity: $object: no such object"; failed=$((failed + 1)); continue; }
	defined="${defined-} $(nm --defined-only "$object" | awk '{print $NF}' | tr '\n' ' ')"
	found="${found-} $object"
done
for object in ${found-}; do
	bad=
	for symbol in $(nm -u "$object" | awk '{print $NF}' | sed 's/@.*//'); do
		ok=no
		case " $defined " in *" $symbol "*) ok=yes ;; esac
		for pattern in $allowed; do
			# shellcheck disable=SC2254
			case $symbol in $pattern) ok=yes; break ;; esac
		done
		[ $ok = yes ] || bad="$bad $symbol"
	done
	if [ -n "$bad" ]; then
		echo "purity: $object:$bad"
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
