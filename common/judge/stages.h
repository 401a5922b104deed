// The rules stage by stage, each a pure function from a dialogue to what the client runs into
// there, nullopt where nothing stands in its way. judge.cc asks them in the order of the dialogue.
#pragma once

#include <optional>

#include "common/judge/dialogue.h"

namespace relaywatch::judge {

// network.cc
// What cut the dialogue short, if it was cut at this stage.
std::optional<Finding> CutAtStage(const Dialogue& dialogue, v1::Stage stage);
std::optional<Finding> ResolveRule(const Dialogue& dialogue);
std::optional<Finding> ConnectRule(const Dialogue& dialogue);
std::optional<Finding> BannerRule(const Dialogue& dialogue);
std::optional<Finding> InterceptionRule(const Dialogue& dialogue);
std::optional<Finding> EhloRule(const Dialogue& dialogue);

// tls.cc
std::optional<Finding> StartTlsRule(const Dialogue& dialogue);
std::optional<Finding> HandshakeRule(const Dialogue& dialogue);
std::optional<Finding> CertificateRule(const Dialogue& dialogue);
std::optional<Finding> EhloInTlsRule(const Dialogue& dialogue);

// auth.cc
// What is offered against what the client can do. Needs an offer.
std::optional<Finding> AuthOfferRule(const Dialogue& dialogue);
// What became of a login of the client's kind. Needs an offer.
std::optional<Finding> LoginRule(const Dialogue& dialogue);
// A login of the client's kind went through, so that the authenticated cells are its own.
bool LoggedInLikeThisClient(const Dialogue& dialogue);

// relay.cc
// MAIL and RCPT as this client would find them. Needs an offer.
std::optional<Finding> RelayRule(const Dialogue& dialogue);
// The transaction was cut short before it told anything more.
std::optional<Finding> TransactionCutRule(const Dialogue& dialogue);
// Nobody can log in here, and a transaction in the clear was told to use TLS.
std::optional<Finding> TlsDemandedRule(const Dialogue& dialogue);
std::optional<Finding> OpenRelayRule(const Dialogue& dialogue);

}  // namespace relaywatch::judge
