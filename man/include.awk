# include.awk - puts shared option texts into a manual page: a line "@@option NAME" stands for
# DIR/NAME.md (awk -v dir=DIR -f include.awk PAGE.md).
/^@@option / {
	file = dir "/" $2 ".md"
	lines = 0
	while ((getline line < file) > 0) {
		print line
		lines++
	}
	close(file)
	if (!lines) {
		print FILENAME ": there is no " file > "/dev/stderr"
		exit 1
	}
	next
}
{ print }
