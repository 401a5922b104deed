#include "agent/probe/login.h"

#include <utility>

#include "agent/probe/base64.h"

namespace relaywatch::probe {
namespace {

constexpr int kServiceClosing = 421;
constexpr int kSyntaxError = 501;
constexpr int kUnknownMechanism = 504;

constexpr const char* kUnsendable = "the user or password does not fit into this login";
constexpr const char* kNoAnswer = "the server's challenge cannot be answered";

}  // namespace

std::string InsecureForLogin(const v1::Facts& facts) {
  if (!facts.has_tls()) return "not inside TLS";
  if (facts.tls().verify_error() != v1::VERIFY_ERROR_UNSPECIFIED) {
    return "the certificate does not verify";
  }
  return {};
}

Login::Login(const Request& request, Recorder& recorder, AuthWire& wire)
    : request_(request),
      recorder_(recorder),
      wire_(wire),
      service_{request.server_name.empty() ? request.host : request.server_name, request.port} {}

asio::awaitable<bool> Login::Run(const LoginChoice& choice) {
  const Credentials& credentials = *request_.credentials;
  std::string obstacle = InsecureForLogin(recorder_.facts());
  if (obstacle.empty()) obstacle = choice.obstacle;
  if (obstacle.empty() && request_.login_gate) obstacle = request_.login_gate->Enter(credentials);
  if (!obstacle.empty()) {
    fact().set_reason(obstacle);
    co_return true;
  }
  HideCredentials();
  const bool goes_on = co_await Try(choice);
  sasl_.reset();
  if (request_.login_gate) request_.login_gate->Leave(credentials, fact());
  co_return goes_on;
}

asio::awaitable<bool> Login::Try(const LoginChoice& choice) {
  for (const std::string& mechanism : choice.mechanisms) {
    fact().set_mechanism(mechanism);
    std::optional<RawReply> reply;
    if (choice.by_command) {
      reply = co_await wire_.LogInByCommand(*request_.credentials);
      if (!reply && !recorder_.failed()) fact().set_reason(kUnsendable);
    } else {
      reply = co_await Attempt(mechanism);
    }
    if (!reply) {
      ConcludeCut();
      co_return !recorder_.failed();
    }
    const bool is_last = mechanism == choice.mechanisms.back();
    if (reply->code != kUnknownMechanism || is_last) {
      Conclude(*reply);
      co_return true;
    }
    fact().add_unknown_mechanisms(mechanism);
  }
  co_return true;
}

asio::awaitable<std::optional<RawReply>> Login::Attempt(const std::string& mechanism) {
  constexpr int kMaxChallenges = 8;  // SCRAM, the longest, has two and an empty one
  sasl_ = SaslClient::Create(mechanism, *request_.credentials, service_);
  first_.reset();
  if (sasl_->SpeaksFirst()) {
    first_ = sasl_->Answer({});
    if (!first_) {
      fact().set_reason(kUnsendable);
      co_return std::nullopt;
    }
  }
  std::optional<RawReply> reply = co_await Begin(mechanism);
  for (int challenges = 0; reply && reply->more; ++challenges) {
    was_challenged_ = true;
    std::optional<Secret> message = std::exchange(first_, std::nullopt);
    // A prompt that is no base64 still asks; mechanisms that read it refuse an empty one.
    const std::string challenge = FromBase64(reply->text).value_or("");
    if (!message && challenges < kMaxChallenges) message = sasl_->Answer(challenge);
    std::optional<CredentialLine> line;
    if (message) line = EncodeResponse(message->view());
    if (!line) {
      co_await Abandon(kNoAnswer);
      co_return std::nullopt;
    }
    reply = co_await wire_.SayCredential(*line);
  }
  co_return reply;
}

// With the first message where it goes along. A 501 to that says that it may not (RFC 2554 was read
// so by some): nothing was checked, so the same is tried without.
asio::awaitable<std::optional<RawReply>> Login::Begin(const std::string& mechanism) {
  std::optional<CredentialLine> line;
  if (first_) line = wire_.InitialLine(mechanism, *first_);
  if (line) {
    std::optional<RawReply> reply = co_await wire_.SayCredential(*line);
    if (!reply || reply->code != kSyntaxError) {
      first_.reset();
      co_return reply;
    }
  }
  co_return co_await wire_.BeginAuth(mechanism);
}

asio::awaitable<void> Login::Abandon(const char* reason) {
  fact().set_reason(reason);
  co_await wire_.CancelAuth();
}

void Login::Conclude(const RawReply& reply) {
  fact().set_state(reply.positive ? v1::LOGIN_STATE_ACCEPTED : v1::LOGIN_STATE_REFUSED);
  if (!reply.positive) *fact().mutable_reply() = recorder_.Store(reply);
}

// A 421 is an answer to the login, although it ends the dialogue too.
void Login::ConcludeCut() {
  const v1::Facts& facts = recorder_.facts();
  if (facts.failure() != v1::FAILURE_REFUSED || facts.refusal().code() != kServiceClosing) return;
  fact().set_state(v1::LOGIN_STATE_REFUSED);
  *fact().mutable_reply() = facts.refusal();
}

void Login::HideCredentials() {
  const std::string_view password = request_.credentials->password.view();
  recorder_.Hide(password);
  recorder_.Hide(ToBase64(password).view());
}

}  // namespace relaywatch::probe
