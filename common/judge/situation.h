// What an explanation may depend on, and the words that fill its placeholders. Holds references;
// use within one call.
#pragma once

#include <string>
#include <string_view>

#include "common/judge/judge.h"

namespace relaywatch::judge {

struct Situation {
  const v1::Facts& facts;
  const ClientProfile& profile;
  const Judgement& judgement;
};

// Conditions of the rows in the advice tables, named for reading them there.
bool Always(const Situation& situation);
bool IsReceiving(const Situation& situation);
bool IsPort25(const Situation& situation);
bool IsPort465(const Situation& situation);
bool IsPort587(const Situation& situation);
// Encryption from the first byte where the port begins in plain by convention, and the reverse.
bool SpeaksTlsToPlainPort(const Situation& situation);
bool SpeaksPlainToTlsPort(const Situation& situation);
bool HasNoAddress(const Situation& situation);
bool CouldNotBind(const Situation& situation);
bool IsHttp(const Situation& situation);

bool IsExpired(const Situation& situation);
bool IsNotYetValid(const Situation& situation);
bool IsNameMismatch(const Situation& situation);
bool IsUntrusted(const Situation& situation);
bool IsRevoked(const Situation& situation);

// Where AUTH is announced, whatever this client makes of it.
// The client stays in the clear, and no login is offered before STARTTLS.
bool MayOfferAuthInTls(const Situation& situation);
bool OffersAuthInPlainOnly(const Situation& situation);
bool OffersAuthNowhere(const Situation& situation);
bool OffersAuthWithEqualsOnly(const Situation& situation);
// OAuth alone for a client that knows passwords, and the reverse.
bool OffersOnlyTokenToPassword(const Situation& situation);
bool OffersPasswordToToken(const Situation& situation);
bool OffersToken(const Situation& situation);
bool DemandsTls(const Situation& situation);

bool AuthenticatesToSend(const Situation& situation);
bool LoggedIn(const Situation& situation);
bool LogsOnFirst(const Situation& situation);
bool IsNotLoggingOnFirst(const Situation& situation);
bool RelaysAnonymously(const Situation& situation);
bool SendsAnonymously(const Situation& situation);
bool SendsAnonymouslyWithAuthOffered(const Situation& situation);
bool SendsAnonymouslyWithoutAuthOffered(const Situation& situation);

// Replaces {client}, {port}, {stage}, {detail}, {reply}, {reason}, {names}, {offered},
// {mechanisms}, {tick_auth}, {untick_auth}, {tick_pop} and {encryption} in a row's text.
std::string Fill(std::string_view text, const Situation& situation);

}  // namespace relaywatch::judge
