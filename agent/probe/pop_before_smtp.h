// RCPT, a login at the incoming server, RCPT again in a new dialogue: whether the server lets those
// relay who fetched their mail first. What is asked of whom, and how the answers come together.
// Pure; thread-safe.
#pragma once

#include "agent/probe/probe.h"

namespace relaywatch::probe {

// The dialogue that was had asks for it, and told something to compare with.
bool TestsAfterPopLogin(const Request& request, const Report& report);

// Whether the gate lets the login in; else why not is in `report`. Asked before the connection:
// without a login there is nothing to visit the incoming server for.
bool EnterPopLogin(const Request& request, Report& report);

// The login at the incoming server, and the transaction after it, at the address of `report`. Both
// within what is left of the time for the whole.
Request PopLoginRequest(const Request& request, const Report& report);
Request AfterPopLoginRequest(const Request& request, const Report& report);
// The same transaction, time and again: each has the time of a whole dialogue, none is written
// down.
Request WatchingRequest(const Request& request, const Report& report);

// Adds to `report` what those two showed; their stages are not its own, their time is.
void AddPopLogin(Report pop_login, Report& report);
void AddAfterPopLogin(Report after, Report& report);

}  // namespace relaywatch::probe
