#include "podlite/complete.h"

#include <string.h>

#include "common/alloc.h"

/* NAMES: what is completed, "podlite" and the name that it was called by */
static const char bash[] =
	"# bash completion for podlite: source <(podlite completion bash)\n"
	"_podlite() {\n"
	"\tlocal line cur rest=${COMP_LINE:0:COMP_POINT} how=:none i w words=()\n"
	"\tCOMPREPLY=()\n"
	"\t# readline parts words at = and : too: join what stands together in the line\n"
	"\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
	"\t\tw=${COMP_WORDS[i]}\n"
	"\t\tif [ $i = 0 ] || [[ $rest == [[:blank:]]* ]]; then words+=(\"$w\"); else words[-1]+=$w; fi\n"
	"\t\trest=${rest#\"${rest%%[![:blank:]]*}\"}\n"
	"\t\trest=${rest#\"$w\"}\n"
	"\tdone\n"
	"\tcur=${words[-1]}\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tcase $line in\n"
	"\t\t:file | :none) how=$line ;;\n"
	"\t\t*) line=${line%%$'\\t'*} && COMPREPLY+=(\"${line#\"${cur%\"${cur##*[=:]}\"}\"}\") ;;\n"
	"\t\tesac\n"
	"\tdone < <(\"${words[0]}\" __complete -- \"${words[@]:1}\" 2>/dev/null)\n"
	"\t[[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *[=:] ]] || compopt -o nospace 2>/dev/null\n"
	"\tif [ $how = :file ]; then\n"
	"\t\tcompopt -o default 2>/dev/null\n"
	"\tfi\n"
	"}\n"
	"complete -F _podlite NAMES\n";

static const char zsh[] =
	"#compdef NAMES\n"
	"# zsh completion for podlite: podlite completion zsh >DIR-IN-FPATH/_podlite\n"
	"_podlite() {\n"
	"\tlocal line how=:none\n"
	"\tlocal -a found\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tcase $line in\n"
	"\t\t:file | :none) how=$line ;;\n"
	"\t\t*) found+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
	"\t\tesac\n"
	"\tdone < <($words[1] __complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)\n"
	"\t(( $#found )) && _describe podlite found\n"
	"\t[ $how = :file ] && _files\n"
	"\treturn 0\n"
	"}\n"
	"if (( $+compstate )); then\n"
	"\t_podlite\n"
	"else\n"
	"\tcompdef _podlite NAMES\n"
	"fi\n";

static const char fish[] =
	"# fish completion for podlite: podlite completion fish | source\n"
	"function __podlite_complete\n"
	"\tset -l words (commandline -opc) (commandline -ct)\n"
	"\tfor line in ($words[1] __complete -- $words[2..-1] 2>/dev/null)\n"
	"\t\tswitch $line\n"
	"\t\t\tcase :none\n"
	"\t\t\tcase :file\n"
	"\t\t\t\t__fish_complete_path (commandline -ct)\n"
	"\t\t\tcase '*'\n"
	"\t\t\t\techo $line\n"
	"\t\tend\n"
	"\tend\n"
	"end\n"
	"for name in NAMES\n"
	"\tcomplete -c $name -f -a '(__podlite_complete)'\n"
	"end\n";

/* text with each NAMES replaced */
static void add_script(const char *text, const char *names, struct sbuf *ret)
{
	const char *mark;

	for (; (mark = strstr(text, "NAMES")); text = mark + strlen("NAMES")) {
		sbuf_add(ret, text, (size_t)(mark - text));
		sbuf_addstr(ret, names);
	}
	sbuf_addstr(ret, text);
}

/* Shells shall read it as one word, and not as an option. */
static bool is_plain(const char *name)
{
	return *name != '-' && !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

bool complete_script(const char *shell, const char *called, struct sbuf *ret)
{
	static const struct {
		const char *name, *text;
	} scripts[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
	auto_free char *names = strcmp(called, "podlite") && is_plain(called) ? xasprintf("podlite %s", called) : xstrdup("podlite");

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		if (!strcmp(shell, scripts[i].name)) {
			add_script(scripts[i].text, names, ret);
			return true;
		}
	return false;
}
