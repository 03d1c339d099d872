/* engine.h - everything commands may call of the engine. */
#ifndef PODLITE_ENGINE_H
#define PODLITE_ENGINE_H

#include "podlite/engine/ctr.h"
#include "podlite/engine/img.h"

#endif
