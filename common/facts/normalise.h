// Takes out of a Facts message what differs between two runs against an unchanged server, so that
// the same behaviour has the same bytes: session and queue ids, dates, counters, members of a pool
// in host names. The agent does it before it interns an outcome; the collector does it again, since
// it cannot trust an agent. Judging is unchanged: Judge(Normalise(f), p) == Judge(f, p).
// Pure; idempotent; thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "relaywatch/v1/facts.pb.h"

namespace relaywatch::facts {

void Normalise(v1::Facts& facts);

// One text (a reply's, a greeting's): variable parts become '#'. Reply codes and enhanced codes
// are not part of the text; words that name an enhanced code ("5.7.139") stay.
std::string NormaliseText(std::string_view text);

// The content address of normalised facts: SHA-256 over their deterministic serialisation, 32
// bytes.
std::string Digest(const v1::Facts& normalised);

}  // namespace relaywatch::facts
