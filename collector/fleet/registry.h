// Who may be an agent or an operator: tokens, agents and operators with their certificates and
// revocations, and the audit of everything that was decided. A small SQLite file of its own, beside
// the results, because identities must survive when results are dropped or set aside.
//
// Each method is one transaction: what returned OK is on disk (synchronous FULL), what failed
// changed nothing. Errors of SQLite carry its words and map as in common/sqlite.
// Thread-safe; IsRevoked and IsOperatorRevoked never wait for the disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collector/fleet/authority.h"
#include "common/sqlite/sqlite.h"

namespace relaywatch::collector {

// Times are milliseconds since the epoch by the wall clock; 0: never.
struct TokenRow {
  std::string id;
  std::string location;  // empty: any
  std::int64_t created_ms = 0;
  std::int64_t expires_ms = 0;
  std::int64_t uses = 1;
  std::int64_t used = 0;
  std::int64_t revoked_ms = 0;
};

struct AgentRecord {
  std::string name;
  std::string host_name;
  std::string version;
  std::string location;          // of its token
  std::int64_t enrolled_ms = 0;  // 0: of an outside PKI, entered when it first came
  std::int64_t not_after = 0;    // of the newest certificate issued here, seconds; 0: none
  std::int64_t revoked_ms = 0;
  std::string reason;  // for the revocation
};

// Somebody who may ask the collector over the network.
struct OperatorRecord {
  std::string name;
  std::int64_t created_ms = 0;  // 0: no certificate was issued here
  std::int64_t not_after = 0;   // of the newest one, seconds; 0: none
  std::int64_t revoked_ms = 0;
  std::string reason;  // for the revocation
};

// What an agent says of itself when it asks for a certificate; for people.
struct AgentWords {
  std::string host_name;
  std::string version;
};

class Registry {
 public:
  using Issue = std::function<absl::StatusOr<IssuedCertificate>(const std::string& name)>;

  // Creates the file where it is missing. FailedPrecondition where a newer version wrote it.
  static absl::StatusOr<std::unique_ptr<Registry>> Open(const std::string& file);

  // `token` with all but `used` and `revoked_ms` set; `hash` as TokenHash.
  absl::Status AddToken(const TokenRow& token, std::string_view hash, std::string_view who);
  absl::StatusOr<std::vector<TokenRow>> Tokens();  // the newest first
  // NotFound.
  absl::Status RevokeToken(std::string_view id, std::int64_t now_ms, std::string_view who);

  struct Redemption {
    std::string token_hash;
    std::string location;  // as declared; empty: not
    std::string key_hash;  // of the key that asks
    AgentWords words;
    std::int64_t now_ms = 0;
    std::string peer;  // for the audit
  };
  struct Enrolled {
    std::string agent;
    std::string location;  // of the token
    IssuedCertificate certificate;
  };
  // Checks and counts the token, picks a name, has the certificate issued, and enters the agent.
  // The same key with the same token again is the same agent, whose answer was lost, and does not
  // count. NotFound (no such token), Unauthenticated (expired, used up, revoked), PermissionDenied
  // (for another location), or the status of `issue`.
  absl::StatusOr<Enrolled> Redeem(const Redemption& redemption, const Issue& issue);

  // A new certificate for an agent. PermissionDenied where it was revoked or never enrolled here.
  absl::StatusOr<IssuedCertificate> Renew(const std::string& agent, const AgentWords& words,
                                          std::int64_t now_ms, std::string_view peer,
                                          const Issue& issue);

  // Agents that came with a certificate of an outside PKI; those known already stay as they are.
  absl::Status Enter(const std::vector<AgentRecord>& agents);
  absl::StatusOr<std::vector<AgentRecord>> Agents();  // by name
  // For good. NotFound; AlreadyExists where it was revoked before.
  absl::Status RevokeAgent(const std::string& agent, std::string_view reason, std::int64_t now_ms,
                           std::string_view who);

  bool IsRevoked(const std::string& agent) const;
  // Reads the revocations again, so that a row changed by hand counts too; all agents' that are in
  // force.
  absl::StatusOr<std::vector<std::string>> RefreshRevoked();

  // A certificate for a new operator, or a further one. FailedPrecondition where the name was
  // revoked, or the status of `issue`.
  absl::StatusOr<IssuedCertificate> CreateOperator(const std::string& name, std::int64_t now_ms,
                                                   std::string_view who, const Issue& issue);
  absl::StatusOr<std::vector<OperatorRecord>> Operators();  // by name
  // For good, and also for a name whose certificates come from elsewhere: false, no certificate was
  // issued to it here. AlreadyExists where it was revoked before.
  absl::StatusOr<bool> RevokeOperator(const std::string& name, std::string_view reason,
                                      std::int64_t now_ms, std::string_view who);
  bool IsOperatorRevoked(const std::string& name) const;

  // What an operator did or decided about something that is not kept here.
  absl::Status AuditDecision(std::string_view act, std::string_view object, std::string_view detail,
                             std::int64_t now_ms, std::string_view who);
  // A refusal that concerns a known agent or token.
  absl::Status AuditRefusal(std::string_view object, std::string_view why, std::string_view peer,
                            std::int64_t now_ms);

 private:
  // One row of the audit. Routine rows (renewals, refusals) are kept in bounded number.
  struct Entry {
    std::int64_t now_ms;
    std::string_view who;
    std::string_view act;
    std::string_view object;
    std::string_view detail;
    bool routine = false;
  };
  struct Statements;

  Registry(sqlite::Database database);
  absl::Status Start();
  absl::Status Audit(const Entry& entry);
  absl::StatusOr<std::optional<TokenRow>> FindToken(std::string_view hash);
  absl::StatusOr<std::string> NameFor(const TokenRow& token, const Redemption& redemption);
  absl::Status Put(const AgentRecord& agent, std::string_view token_id,
                   const IssuedCertificate& certificate);
  absl::Status CheckRenewable(const std::string& agent);
  absl::StatusOr<std::optional<OperatorRecord>> FindOperator(const std::string& name);
  absl::StatusOr<std::set<std::string>> RevokedOperators();

 public:
  ~Registry();

 private:
  std::mutex mutex_;  // of the database
  sqlite::Database database_;
  std::unique_ptr<Statements> statements_;
  int routine_since_trim_ = 0;
  mutable std::mutex revoked_mutex_;
  std::set<std::string> revoked_;
  std::set<std::string> revoked_operators_;
};

}  // namespace relaywatch::collector
