# Turns the catalogue into C: awk -v mode=header|table -f catalogue.awk com.xml clm.xml ...
# An assertion is one line. What is no assertion of the known shape stops the build, as does an id twice or out of its file.
function attribute(line, name,    from, rest) {
	from = index(line, " " name "=\"")
	if (from == 0)
		return ""
	rest = substr(line, from + length(name) + 3)
	return substr(rest, 1, index(rest, "\"") - 1)
}
function text_of(value) {
	gsub(/&lt;/, "<", value)
	gsub(/&gt;/, ">", value)
	gsub(/&quot;/, "\"", value)
	gsub(/&#x27;/, "'", value)
	gsub(/&amp;/, "\\&", value)
	return value
}
function c_string(value) {
	value = text_of(value)
	gsub(/\\/, "\\\\", value)
	gsub(/"/, "\\\"", value)
	return "\"" value "\""
}
function refuse(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
	failed = 1
	exit 1
}
BEGIN {
	print "/* Made from the catalogue by catalogue.awk; not to be edited. */"
	if (mode == "header") {
		print "#ifndef AISLE_SUITE_ASSERTIONS_H\n#define AISLE_SUITE_ASSERTIONS_H\n\nstruct test;\n"
	} else {
		print "#include \"conformance/suite/suite.h\"\n#include \"conformance/suite/assertions.h\"\n\nconst struct assertion assertions[] = {"
	}
}
/<catalogue / {
	service = attribute($0, "service")
	prefix = toupper(service)
}
/<assertion / {
	id = attribute($0, "id")
	state = attribute($0, "state")
	if (id !~ "^" prefix "-[0-9][0-9][0-9]$")
		refuse("id '" id "' is not of this file")
	if (id in seen)
		refuse(id " twice")
	seen[id] = 1
	if (state != "written" && state != "listed")
		refuse(id ": state is neither written nor listed")
	if (attribute($0, "strength") !~ /^[MA]$/)
		refuse(id ": strength is neither M nor A")
	body = $0
	if (!sub(/^[^>]*>/, "", body) || !sub(/<\/assertion>[ \t]*$/, "", body) || body == "")
		refuse(id ": no text, or not on one line")
	name = id
	sub(/-/, "_", name)
	if (mode == "header" && state == "written")
		printf "void %s(struct test *test);\n", name
	if (mode == "table")
		printf "\t{%s, %s, %s, %s, '%s', %s, %s, %s, %s},\n", c_string(id), c_string(service), c_string(attribute($0, "section")),
			c_string(attribute($0, "function")), attribute($0, "strength"), c_string(attribute($0, "needs")), c_string(body),
			attribute($0, "scope") == "service" ? "true" : "false", state == "written" ? name : "NULL"
	count++
}
END {
	if (failed)
		exit 1
	if (mode == "header")
		print "\n#endif"
	else
		print "};\nconst size_t assertion_count = " count ";"
}
