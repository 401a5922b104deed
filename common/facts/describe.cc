#include "common/facts/describe.h"

#include <fmt/format.h>

#include "common/taxonomy.h"

namespace relaywatch {

v1::Security EffectiveSecurity(const v1::Facts& facts) {
  if (facts.security() != v1::SECURITY_AUTO || !facts.has_plain()) return facts.security();
  return facts.starttls().offered() ? v1::SECURITY_STARTTLS : v1::SECURITY_NONE;
}

std::string VerifyErrorText(const v1::TlsSession& tls) {
  if (tls.verify_error() == v1::VERIFY_ERROR_UNSPECIFIED) return "";
  return fmt::format("{}: {}", Label(tls.verify_error()), tls.verify_detail());
}

}  // namespace relaywatch
