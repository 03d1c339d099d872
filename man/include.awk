# include.awk - puts shared texts into a manual page (awk -v dir=DIR -v keys=DIR -f include.awk PAGE.md):
# a line "@@option NAME" stands for the text of an option, dir/NAME.md; "@@keys NAME" for a list of JSON
# keys that a test holds, keys/NAME.txt, as it is.
function include(file, indent,    line, lines) {
	while ((getline line < file) > 0) {
		print indent line
		lines++
	}
	close(file)
	if (!lines) {
		print FILENAME ": there is no " file > "/dev/stderr"
		exit 1
	}
}
/^@@option / { include(dir "/" $2 ".md", ""); next }
/^@@keys / { include(keys "/" $2 ".txt", "    "); next }
{ print }
