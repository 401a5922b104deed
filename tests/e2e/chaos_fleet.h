// Fifty agents, a collector and a mail server in a network of their own, and what goes wrong there:
// daemons killed without warning, the way between them cut or losing packets. What was sent and
// what was stored is told by the agents' own spools and by the collector's database. Confined to
// one thread.
#pragma once

#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/e2e/deployment.h"
#include "tests/e2e/private_network.h"

namespace relaywatch::e2e {

struct ChaosPlan {
  int agents = 50;
  int services = 5;  // of each agent, every 5 s: one result a second
  std::chrono::seconds time{180};
  std::chrono::milliseconds agent_kill_every{4'000};
  std::chrono::milliseconds collector_kill_every{5'000};
  std::chrono::milliseconds cut_every{14'000};
  int loss_percent = 5;
  unsigned seed = 1;
};

struct ChaosCounts {
  int agents_killed = 0;
  int collector_killed = 0;
  int cuts = 0;
};

class ChaosFleet {
 public:
  explicit ChaosFleet(const ChaosPlan& plan);
  ~ChaosFleet();

  // Brings everything up; what is wrong, or "".
  std::string Start();
  // Lets everything go wrong for the time of the plan, then mends it all.
  ChaosCounts Suffer();
  // No more probes; waits until every agent is connected and has nothing left to send. What is
  // wrong, or "".
  std::string Settle();
  // Ends the agents; each has to end in good order. The number that did not.
  int StopAgents();

  // What was on the disks of agents in the moment after they were killed: "AGENT EPOCH LAST-SEQ".
  const std::vector<std::string>& promised() const { return promised_; }
  // Results that are left in the spools.
  long Held() const;
  Deployment& deployment() { return deployment_; }

 private:
  std::string AgentName(int i) const;
  // The answer of an agent's spool, as the sqlite3 program prints it.
  std::string AskSpool(int i, const std::string& query) const;
  std::string Plan(bool probing) const;
  std::string Unsettled(const std::string& metrics) const;
  std::string StartMail();
  void StartAgent(int i);
  void StartCollector();
  bool IsReady() const;
  void KillOneAgent();
  void KillCollector();
  void Cut();
  // Replaces the rules of the network: every packet between agents and collector lost at `percent`.
  void Lose(int percent) const;

  const ChaosPlan plan_;
  std::mt19937 random_;
  PrivateNetwork network_;
  Deployment deployment_;
  std::vector<std::uint16_t> mail_ports_;
  std::unique_ptr<support::Process> mail_;
  std::unique_ptr<support::Process> collector_;
  std::vector<std::string> configs_;
  std::vector<std::unique_ptr<support::Process>> agents_;
  std::vector<std::string> promised_;
};

}  // namespace relaywatch::e2e
