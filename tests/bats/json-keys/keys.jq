# every path of a document with its type; list elements are [], the names of data (labels, ports,
# interfaces) are not listed
def data: ["Labels","Annotations","Options","PortBindings","Tmpfs","Ports","ExposedPorts","Networks","graphOptions","graphStatus",
	"containers","Volumes","registries","Env","CreateCommand","Attributes","Network","DriverOpts","Sysctls","labels","options"];
[paths as $p | select(all($p[:-1][]; (type == "number") or (. as $k | data | index($k) | not)))
 | {p: ([$p[] | if type == "number" then "[]" else . end] | join(".")), t: (getpath($p) | type)}]
| group_by(.p)[] | {p: .[0].p, t: (map(.t) | unique | map(select(. != "null")) | if . == [] then ["null"] else . end | join("|"))}
| select(.p != "[]") | "\(.p) \(.t)"
