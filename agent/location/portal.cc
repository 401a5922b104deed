#include "agent/location/portal.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <asio/ip/address.hpp>

#include "agent/policy/address_class.h"
#include "agent/policy/pattern.h"

namespace relaywatch::agent {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxHosts = 5'000;  // as many as a plan has services

// A proof, or a sign, holds until the service has been probed again, and some more.
std::chrono::milliseconds CountsFor(const Service& service) {
  return std::max<std::chrono::milliseconds>(2min, service.interval * 3 / 2);
}

bool IsHttp(const v1::Facts& facts) {
  if (facts.failure() != v1::FAILURE_FOREIGN_PROTOCOL &&
      facts.failure() != v1::FAILURE_TLS_PLAINTEXT) {
    return false;
  }
  const std::string detail = Lower(facts.detail());
  return Matches("*http/1.*", detail) || Matches("*<html*", detail) ||
         Matches("*<!doctype*", detail);
}

bool HasBadCertificate(const v1::Facts& facts) {
  return facts.tls().has_certificate() &&
         facts.tls().verify_error() != v1::VERIFY_ERROR_UNSPECIFIED;
}

// The server that was asked for answered, in its protocol.
bool IsProven(const v1::Facts& facts) {
  const bool spoke =
      facts.has_plain() || facts.has_tls_capabilities() || facts.failure() == v1::FAILURE_REFUSED;
  return spoke && !HasBadCertificate(facts) && !IsHttp(facts);
}

std::optional<AddressClass> KindOf(const std::string& address) {
  std::error_code error;
  const asio::ip::address parsed = asio::ip::make_address(address, error);
  if (error) return std::nullopt;
  return ClassOf(parsed);
}

bool IsOfASite(AddressClass kind) {
  return kind == AddressClass::kPrivate || kind == AddressClass::kShared ||
         kind == AddressClass::kLinkLocal;
}

// "example.com" of "smtp.example.com".
std::string DomainOf(const std::string& name) {
  const std::size_t last = name.rfind('.');
  if (last == std::string::npos || last == 0) return name;
  const std::size_t before = name.rfind('.', last - 1);
  return before == std::string::npos ? name : name.substr(before + 1);
}

}  // namespace

bool PortalDetector::Judge(const Service& service, const probe::Report& report, Time now) {
  const std::string name = Lower(service.host);
  Observe(name, report);
  if (IsProven(report.facts)) {
    if (!sign_.empty()) spdlog::info("location: no captive portal any longer: {} answers", name);
    sign_.clear();
    proof_counts_until_ = std::max(proof_counts_until_, now + CountsFor(service));
    return false;
  }
  std::string sign = FindSign(name, report);
  if (!sign.empty() && now >= proof_counts_until_) {
    if (sign_.empty()) {
      spdlog::warn("location: a captive portal: {}; results do not count until a server answers",
                   sign);
    }
    sign_ = std::move(sign);
    sign_counts_until_ = std::max(sign_counts_until_, now + 2 * CountsFor(service));
  } else if (now >= sign_counts_until_) {
    sign_.clear();
  }
  return !sign_.empty();
}

void PortalDetector::NetworkChanged() {
  for (auto& [name, host] : hosts_) {
    host.address.clear();
    host.certificate.clear();
  }
  sign_.clear();
  proof_counts_until_ = {};
}

void PortalDetector::Observe(const std::string& name, const probe::Report& report) {
  if (hosts_.size() >= kMaxHosts) hosts_.clear();
  Host& host = hosts_[name];
  const auto kind = KindOf(report.address);
  host.was_public = host.was_public || kind == AddressClass::kPublic;
  // A host that is an address cannot be led elsewhere by DNS.
  const bool is_name = !KindOf(name);
  host.address = is_name && kind && IsOfASite(*kind) ? report.address : "";
  if (!report.facts.has_tls()) return;  // says nothing about the certificate
  host.certificate =
      HasBadCertificate(report.facts) ? report.facts.tls().certificate().SerializeAsString() : "";
}

std::string PortalDetector::FindSign(const std::string& name, const probe::Report& report) const {
  if (IsHttp(report.facts)) return fmt::format("{} answers with HTTP", name);
  if (std::string other = SharedWith(name, &Host::address); !other.empty()) {
    return fmt::format("{} and {} both are at {}", name, other, report.address);
  }
  if (std::string other = SharedWith(name, &Host::certificate); !other.empty()) {
    return fmt::format("{} and {} show the same certificate, which does not verify", name, other);
  }
  return {};
}

std::string PortalDetector::SharedWith(const std::string& name, std::string Host::*trait) const {
  const Host& host = hosts_.at(name);
  if ((host.*trait).empty()) return {};
  for (const auto& [other_name, other] : hosts_) {
    if (other_name == name || other.*trait != host.*trait) continue;
    const bool moved = trait == &Host::address && (host.was_public || other.was_public);
    if (moved || DomainOf(other_name) != DomainOf(name)) return other_name;
  }
  return {};
}

}  // namespace relaywatch::agent
