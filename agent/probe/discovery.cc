#include "agent/probe/discovery.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace relaywatch::probe {
namespace {

struct Kind {
  const char* record;
  v1::Protocol protocol;
  v1::Security security;
};

constexpr std::array<Kind, 2> kSubmission{{
    {"_submissions._tcp", v1::PROTOCOL_SMTP, v1::SECURITY_TLS},
    {"_submission._tcp", v1::PROTOCOL_SMTP, v1::SECURITY_AUTO},
}};
constexpr std::array<Kind, 4> kMailboxes{{
    {"_imaps._tcp", v1::PROTOCOL_IMAP, v1::SECURITY_TLS},
    {"_imap._tcp", v1::PROTOCOL_IMAP, v1::SECURITY_AUTO},
    {"_pop3s._tcp", v1::PROTOCOL_POP3, v1::SECURITY_TLS},
    {"_pop3._tcp", v1::PROTOCOL_POP3, v1::SECURITY_AUTO},
}};
constexpr std::uint16_t kSmtpPort = 25;

class Search {
 public:
  Search(ServiceRecords& records, std::string domain,
         std::chrono::steady_clock::time_point deadline)
      : records_(records), domain_(std::move(domain)), deadline_(deadline) {}

  asio::awaitable<Discovery> Run() {
    for (const Kind& kind : kSubmission) co_await FindServices(kind);
    co_await FindExchangers();
    for (const Kind& kind : kMailboxes) co_await FindServices(kind);
    co_return std::move(found_);
  }

 private:
  asio::awaitable<void> FindServices(const Kind& kind) {
    const std::string name = std::string(kind.record) + "." + domain_;
    auto answer = co_await records_.LookUpServices(name, deadline_);
    Note(name, answer.fault);
    std::sort(answer.records.begin(), answer.records.end(), ComesBefore);
    for (ServiceRecord& record : answer.records) {
      Add({std::move(record.target), record.port, kind.protocol, kind.security, kind.record});
    }
  }

  asio::awaitable<void> FindExchangers() {
    auto answer = co_await records_.LookUpExchangers(domain_, deadline_);
    Note(domain_ + " MX", answer.fault);
    if (answer.fault) co_return;
    const bool implicit = answer.records.empty();
    if (implicit) answer.records.push_back({0, domain_});
    std::sort(answer.records.begin(), answer.records.end(),
              [](const ExchangerRecord& a, const ExchangerRecord& b) {
                return std::tie(a.preference, a.host) < std::tie(b.preference, b.host);
              });
    for (ExchangerRecord& record : answer.records) {
      Add({std::move(record.host), kSmtpPort, v1::PROTOCOL_SMTP, v1::SECURITY_AUTO,
           implicit ? "implicit MX" : "MX"});
    }
  }

  // Clients draw lots among equal priorities; we probe all, so the likeliest comes first.
  static bool ComesBefore(const ServiceRecord& a, const ServiceRecord& b) {
    return std::tie(a.priority, b.weight, a.target, a.port) <
           std::tie(b.priority, a.weight, b.target, b.port);
  }

  void Note(const std::string& name, const Fault& fault) {
    if (fault) found_.unanswered.push_back(name + ": " + fault.detail);
  }

  void Add(Service service) {
    if (service.host.empty() || service.port == 0) return;
    const bool known = std::any_of(
        found_.services.begin(), found_.services.end(), [&service](const Service& other) {
          return other.host == service.host && other.port == service.port;
        });
    if (!known) found_.services.push_back(std::move(service));
  }

  ServiceRecords& records_;
  const std::string domain_;
  const std::chrono::steady_clock::time_point deadline_;
  Discovery found_;
};

}  // namespace

asio::awaitable<Discovery> Discover(ServiceRecords& records, std::string domain,
                                    std::chrono::steady_clock::time_point deadline) {
  Search search(records, std::move(domain), deadline);
  co_return co_await search.Run();
}

}  // namespace relaywatch::probe
