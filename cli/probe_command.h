// `relaywatch probe HOST:PORT…`: probe ▶ judge ▶ print, with no collector at all.
// Thread-compatible.
#pragma once

#include "cli/probe_options.h"

namespace relaywatch::cli {

// Validates, runs everything on this thread and prints to standard output in the order of the
// targets; returns the exit code (output.h). Errors of usage go to standard error, before anything
// is probed.
int RunProbe(const ProbeOptions& options);

}  // namespace relaywatch::cli
