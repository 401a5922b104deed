#include "agent/probe/pop_before_smtp.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace relaywatch::probe {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

milliseconds Left(const Request& request, const Report& report) {
  const milliseconds spent = duration_cast<milliseconds>(report.total);
  return std::max(request.limits.dialogue - spent, milliseconds(1));
}

void Append(Report more, const char* what, Report& report) {
  if (!report.transcript.empty()) {
    report.transcript.push_back({.at = report.total, .line = what});
    for (TranscriptLine& line : more.transcript) line.at += report.total;
    std::move(more.transcript.begin(), more.transcript.end(),
              std::back_inserter(report.transcript));
  }
  report.total += more.total;
}

}  // namespace

bool TestsAfterPopLogin(const Request& request, const Report& report) {
  const v1::RelayCells& cells = report.facts.anonymous();
  return request.pop_before_smtp && request.credentials &&
         (cells.own().state() != v1::CELL_STATE_UNSPECIFIED ||
          cells.foreign().state() != v1::CELL_STATE_UNSPECIFIED);
}

bool EnterPopLogin(const Request& request, Report& report) {
  if (!request.login_gate) return true;
  const std::string obstacle = request.login_gate->Enter(*request.credentials);
  if (!obstacle.empty()) report.facts.mutable_pop_login()->set_reason(obstacle);
  return obstacle.empty();
}

Request PopLoginRequest(const Request& request, const Report& report) {
  const IncomingServer& server = *request.pop_before_smtp;
  Request login = request;
  login.pop_before_smtp.reset();
  login.login_gate.reset();
  login.host = server.host;
  login.port = server.port;
  login.protocol = server.protocol;
  login.security = server.security;
  // A name that was given for a server stands for it here too; another one has its own.
  if (server.host != request.host) login.server_name.clear();
  login.addresses = Addresses::kFirstThatConnects;
  login.relay_test = {};
  login.limits.dialogue = Left(request, report);
  return login;
}

Request AfterPopLoginRequest(const Request& request, const Report& report) {
  Request after = request;
  after.pop_before_smtp.reset();
  after.credentials.reset();
  after.blind_mechanism.clear();
  if (after.server_name.empty()) after.server_name = request.host;
  after.host = report.address;
  after.addresses = Addresses::kFirstThatConnects;
  after.limits.dialogue = Left(request, report);
  return after;
}

Request WatchingRequest(const Request& request, const Report& report) {
  Request visit = AfterPopLoginRequest(request, report);
  visit.limits.dialogue = request.limits.dialogue;
  visit.keep_transcript = false;
  return visit;
}

void AddPopLogin(Report pop_login, Report& report) {
  v1::Login& login = *report.facts.mutable_pop_login();
  login = pop_login.facts.login();
  const std::string& detail = pop_login.facts.detail();
  if (login.state() == v1::LOGIN_STATE_UNSPECIFIED && login.reason().empty()) {
    login.set_reason(detail.empty() ? "the dialogue ended before the login" : detail);
  }
  std::move(pop_login.forbidden.begin(), pop_login.forbidden.end(),
            std::back_inserter(report.forbidden));
  Append(std::move(pop_login), "the login at the incoming server", report);
}

void AddAfterPopLogin(Report after, Report& report) {
  *report.facts.mutable_after_pop_login() = after.facts.anonymous();
  Append(std::move(after), "relaying again, after that login", report);
}

}  // namespace relaywatch::probe
