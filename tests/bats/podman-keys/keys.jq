# every path of a document with its type; list elements are [], keys that are data are not listed
def data: ["Labels","Annotations","Options","PortBindings","Tmpfs","Data","Ports","ExposedPorts","Networks","graphOptions","graphStatus","containers","Volumes","labels","options","registries","Env","CreateCommand"];
if type == "array" then .[0] else . end
| [paths as $p | select(all($p[:-1][]; (type == "number") or (. as $k | data | index($k) | not)))
  | {p: ([$p[] | if type == "number" then "[]" else . end] | join(".")), t: (getpath($p) | type)}]
| map(select(.p | test("(\\.\\[\\])+$") | not)) | unique_by(.p)[] | "\(.p) \(.t)"
