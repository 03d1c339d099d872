#include "podlite/format_fields.h"

#include <ctype.h>
#include <strings.h>

/* Keys that are always there, by which an object is known. */
#define IN_CONTAINER "ExecIDs"
#define IN_STATE     "OOMKilled"
#define IN_CONFIG    "OpenStdin"
#define IN_HOST      "PidsLimit"
#define IN_NET       "SandboxKey"
#define IN_MOUNT     "Destination"
#define IN_IMAGE     "RootFS"
#define IN_IMAGE_CONFIG ""
#define IN_IMAGE_ROW "CreatedSince"
#define IN_NETWORK   "NetworkInterface"
#define IN_SUBNET    "Subnet"
#define IN_VOLUME    "Mountpoint"
#define IN_SECRET    "Spec"
#define IN_PS_ROW    "CreatedHuman"
#define IN_MACHINE   "cgroupVersion"
#define IN_VERSION   "OsArch"

/* The first row that fits counts. */
static const struct format_field fields[] = {
	{"SizeRw", IN_CONTAINER, FIELD_POINTER}, {"SizeRootFs", IN_CONTAINER, FIELD_NUMBER},
	{"KubeExitCodePropagation", IN_CONTAINER, FIELD_TEXT},

	{"Health", IN_STATE, FIELD_POINTER}, {"Healthcheck", IN_STATE, FIELD_POINTER},
	{"Checkpointed", IN_STATE, FIELD_FLAG}, {"CheckpointLog", IN_STATE, FIELD_TEXT},
	{"CheckpointPath", IN_STATE, FIELD_TEXT}, {"RestoreLog", IN_STATE, FIELD_TEXT},
	{"Restored", IN_STATE, FIELD_FLAG}, {"StoppedByUser", IN_STATE, FIELD_FLAG}, {"ConmonPid", IN_STATE, FIELD_NUMBER},

	{"Timezone", IN_CONFIG, FIELD_TEXT}, {"Healthcheck", IN_CONFIG, FIELD_POINTER},
	{"StartupHealthCheck", IN_CONFIG, FIELD_POINTER}, {"Secrets", IN_CONFIG, FIELD_LIST},
	{"SdNotifySocket", IN_CONFIG, FIELD_TEXT}, {"ChrootDirs", IN_CONFIG, FIELD_LIST},
	{"ExposedPorts", IN_CONFIG, FIELD_MAP}, {"HealthcheckOnFailureAction", IN_CONFIG, FIELD_TEXT},
	{"HealthLogDestination", IN_CONFIG, FIELD_TEXT}, {"HealthcheckMaxLogCount", IN_CONFIG, FIELD_NUMBER},
	{"HealthcheckMaxLogSize", IN_CONFIG, FIELD_NUMBER},

	{"IDMappings", IN_HOST, FIELD_POINTER}, {"IntelRdtClosID", IN_HOST, FIELD_TEXT},
	{"Config", "Tag", FIELD_MAP}, /* of LogConfig */
	{"SecondaryIPAddresses", IN_NET, FIELD_LIST}, {"SecondaryIPv6Addresses", IN_NET, FIELD_LIST},
	{"AdditionalMacAddresses", IN_NET, FIELD_LIST},
	{"Name", IN_MOUNT, FIELD_TEXT}, {"SubPath", IN_MOUNT, FIELD_TEXT},

	{"Variant", IN_IMAGE, FIELD_TEXT}, {"HealthCheck", IN_IMAGE, FIELD_POINTER},
	{"User", IN_IMAGE_CONFIG, FIELD_TEXT}, {"ExposedPorts", IN_IMAGE_CONFIG, FIELD_MAP},
	{"Env", IN_IMAGE_CONFIG, FIELD_LIST}, {"Entrypoint", IN_IMAGE_CONFIG, FIELD_LIST},
	{"Cmd", IN_IMAGE_CONFIG, FIELD_LIST}, {"Volumes", IN_IMAGE_CONFIG, FIELD_MAP},
	{"WorkingDir", IN_IMAGE_CONFIG, FIELD_TEXT}, {"Labels", IN_IMAGE_CONFIG, FIELD_MAP},
	{"StopSignal", IN_IMAGE_CONFIG, FIELD_TEXT}, {"OnBuild", IN_IMAGE_CONFIG, FIELD_LIST},
	{"Shell", IN_IMAGE_CONFIG, FIELD_LIST}, {"Healthcheck", IN_IMAGE_CONFIG, FIELD_POINTER},
	{"ArgsEscaped", IN_IMAGE_CONFIG, FIELD_FLAG},
	{"Os", IN_IMAGE_ROW, FIELD_TEXT}, {"Arch", IN_IMAGE_ROW, FIELD_TEXT},

	{"Labels", IN_NETWORK, FIELD_MAP}, {"Options", IN_NETWORK, FIELD_MAP},
	{"NetworkDNSServers", IN_NETWORK, FIELD_LIST}, {"Routes", IN_NETWORK, FIELD_LIST}, {"Subnets", IN_NETWORK, FIELD_LIST},
	{"LeaseRange", IN_SUBNET, FIELD_POINTER}, {"Gateway", IN_SUBNET, FIELD_POINTER},

	{"Status", IN_VOLUME, FIELD_MAP}, {"UID", IN_VOLUME, FIELD_NUMBER}, {"GID", IN_VOLUME, FIELD_NUMBER},
	{"Timeout", IN_VOLUME, FIELD_NUMBER}, {"StorageID", IN_VOLUME, FIELD_TEXT},
	{"SecretData", IN_SECRET, FIELD_TEXT},
	{"Cgroup", IN_PS_ROW, FIELD_TEXT},

	{"BuildahVersion", IN_MACHINE, FIELD_TEXT}, {"DatabaseBackend", IN_MACHINE, FIELD_TEXT},
	{"FreeLocks", IN_MACHINE, FIELD_NUMBER}, {"RuntimeInfo", IN_MACHINE, FIELD_MAP},
	{"EmulatedArchitectures", IN_MACHINE, FIELD_LIST}, {"BuildOrigin", IN_VERSION, FIELD_TEXT},
	{"CgroupsVersion", "cgroupVersion", FIELD_ALIAS}, {"DefaultCapabilities", "capabilities", FIELD_ALIAS},

	{"Annotations", NULL, FIELD_MAP}, {"ExposedPorts", NULL, FIELD_MAP}, {"GraphOptions", NULL, FIELD_MAP},
	{"GraphStatus", NULL, FIELD_MAP}, {"Labels", NULL, FIELD_MAP}, {"LogOpts", NULL, FIELD_MAP},
	{"Networks", NULL, FIELD_MAP}, {"Options", NULL, FIELD_MAP}, {"PortBindings", NULL, FIELD_MAP},
	{"Ports", NULL, FIELD_MAP}, {"Status", NULL, FIELD_MAP}, {"Storage", NULL, FIELD_MAP},
	{"Sysctl", NULL, FIELD_MAP}, {"Sysctls", NULL, FIELD_MAP}, {"Tmpfs", NULL, FIELD_MAP},
	{"Volumes", NULL, FIELD_MAP}, {"Data", NULL, FIELD_MAP}, {"CgroupConf", NULL, FIELD_MAP},
	{"DriverOpts", NULL, FIELD_MAP}, {"IPAMConfig", NULL, FIELD_MAP},
	{"Entrypoint", NULL, FIELD_LIST}, {"Cmd", NULL, FIELD_LIST}, {"Env", NULL, FIELD_LIST},
	{"OnBuild", NULL, FIELD_LIST}, {"Links", NULL, FIELD_LIST}, {"Aliases", NULL, FIELD_LIST},
	{"VolumesFrom", NULL, FIELD_LIST}, {"EffectiveCaps", NULL, FIELD_LIST}, {"BoundingCaps", NULL, FIELD_LIST},
	{"BlkioWeightDevice", NULL, FIELD_LIST}, {"BlkioDeviceReadBps", NULL, FIELD_LIST},
	{"BlkioDeviceReadIOps", NULL, FIELD_LIST}, {"BlkioDeviceWriteBps", NULL, FIELD_LIST},
	{"BlkioDeviceWriteIOps", NULL, FIELD_LIST},
	{"Names", NULL, FIELD_LIST}, {"RepoTags", NULL, FIELD_LIST}, {"RepoDigests", NULL, FIELD_LIST},
	{"Authorization", NULL, FIELD_LIST}, {"GIDMap", NULL, FIELD_LIST}, {"UIDMap", NULL, FIELD_LIST},
};

/* Go's names have no underscores: NetworkInterface is "network_interface". */
static bool is_field(const char *key, const char *name)
{
	for (; *key; key++) {
		if (*key == '_' && *name != '_')
			continue;
		if (tolower((unsigned char)*key) != tolower((unsigned char)*name))
			return false;
		name++;
	}
	return !*name;
}

struct jval *format_fields_get(const struct jval *obj, const char *name, bool *ret_found)
{
	struct jval *v = jval_get(obj, name);

	*ret_found = true;
	if (v)
		return v;
	for (const struct jval_iter *it = jval_first(obj); it; it = jval_next(it))
		if (is_field(jval_key(it), name))
			return jval_value(it);
	*ret_found = false;
	return NULL;
}

/* It has no key that others do not know it by, so it is what has no other keys. */
static bool is_image_config(const struct jval *obj)
{
	for (const struct jval_iter *it = jval_first(obj); it; it = jval_next(it)) {
		bool known = false;

		for (size_t i = 0; i < ARRAY_SIZE(fields) && !known; i++)
			known = fields[i].beside && !*fields[i].beside && !strcasecmp(fields[i].name, jval_key(it));
		if (!known)
			return false;
	}
	return true;
}

static bool belongs(const struct format_field *field, const struct jval *obj)
{
	bool found = true;

	if (field->beside && !*field->beside)
		return is_image_config(obj);
	if (field->beside)
		format_fields_get(obj, field->beside, &found);
	return found;
}

const struct format_field *format_fields_find(const struct jval *obj, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcasecmp(fields[i].name, name) && belongs(&fields[i], obj))
			return &fields[i];
	return NULL;
}

struct jval *format_fields_zero(const struct jval *obj, const struct format_field *field)
{
	bool found;

	switch (field->kind) {
	case FIELD_TEXT:
		return jval_new_str("");
	case FIELD_NUMBER:
		return jval_new_int(0);
	case FIELD_FLAG:
		return jval_new_bool(false);
	case FIELD_ALIAS:
		return jval_ref(format_fields_get(obj, field->beside, &found));
	default:
		return jval_new_null();
	}
}

struct jval *format_fields_settle(enum format_field_kind kind, struct jval *v)
{
	if (v)
		return v;
	if (kind == FIELD_LIST)
		return jval_new_array();
	return kind == FIELD_MAP ? jval_new_object() : NULL;
}
