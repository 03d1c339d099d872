#include "podlite/complete.h"

#include <string.h>

#include "common/base.h"

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
	"\tif [ $how = :file ]; then\n"
	"\t\tcompopt -o default 2>/dev/null\n"
	"\tfi\n"
	"}\n"
	"complete -F _podlite podlite\n";

static const char zsh[] =
	"#compdef podlite\n"
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
	"if [ \"$funcstack[1]\" = _podlite ]; then\n"
	"\t_podlite\n"
	"else\n"
	"\tcompdef _podlite podlite\n"
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
	"complete -c podlite -f -a '(__podlite_complete)'\n";

const char *complete_script(const char *shell)
{
	static const struct {
		const char *name, *text;
	} scripts[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		if (!strcmp(shell, scripts[i].name))
			return scripts[i].text;
	return NULL;
}
