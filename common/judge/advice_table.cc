#include "common/judge/advice_table.h"

#include <array>

namespace relaywatch::judge {
namespace {

constexpr Side kClient = Side::kClientSetting;
constexpr Side kServer = Side::kServerPolicy;
constexpr Side kNetwork = Side::kNetworkPath;
constexpr Side kCredentials = Side::kCredentials;

constexpr auto kRows = std::to_array<AdviceRow>({
    {v1::VERDICT_DNS_FAILURE, kClient, Always,
     "Check the spelling of the server name in the account settings."},
    {v1::VERDICT_DNS_FAILURE, kNetwork, Always,
     "Ask the DNS server of this network for the name; internal names often resolve only inside "
     "the company network or over the VPN."},
    {v1::VERDICT_DNS_FAILURE, kServer, HasNoAddress,
     "If the name is right and fails from everywhere, the domain lacks its A or AAAA record."},

    {v1::VERDICT_CONNECT_TIMEOUT, kClient, IsPort25,
     "Use port 587 with STARTTLS instead of port 25 ({encryption}): a blocked port 25 on a home "
     "line is normal practice of access providers."},
    {v1::VERDICT_CONNECT_TIMEOUT, kNetwork, IsPort587,
     "A blocked port 587 is not normal (BCP 134): ask the operator of this network to open it, and "
     "try port 465 with SSL/TLS meanwhile."},
    {v1::VERDICT_CONNECT_TIMEOUT, kNetwork, IsPort465,
     "Ask the operator of this network to open port 465; try port 587 with STARTTLS meanwhile."},
    {v1::VERDICT_CONNECT_TIMEOUT, kNetwork, Always,
     "Look for a firewall, a VPN that is down or security software that drops port {port}."},
    {v1::VERDICT_CONNECT_TIMEOUT, kServer, Always,
     "If no location gets an answer, the server or its own firewall is down."},

    {v1::VERDICT_CONNECT_REFUSED, kClient, IsPort25,
     "Use port 587 with STARTTLS instead of port 25 ({encryption}): refusing port 25 to clients is "
     "normal practice of access providers and of many servers."},
    {v1::VERDICT_CONNECT_REFUSED, kClient, Always,
     "Check the port number ({encryption}); usual are 587 with STARTTLS and 465 with SSL/TLS for "
     "sending, 993 and 995 with SSL/TLS for receiving."},
    {v1::VERDICT_CONNECT_REFUSED, kServer, Always,
     "If other ports of the server answer, the service on port {port} is not running or rejects "
     "this network."},
    {v1::VERDICT_CONNECT_REFUSED, kNetwork, Always,
     "If other locations connect, a firewall on the way rejects port {port}."},

    {v1::VERDICT_CONNECT_UNREACHABLE, kNetwork, Always,
     "Check the network connection, the VPN and its routes, and the firewall of this computer."},
    {v1::VERDICT_CONNECT_UNREACHABLE, kServer, Always,
     "If only one address family fails, the server publishes an address that does not work."},

    {v1::VERDICT_CONNECTION_LOST, kClient, SpeaksPlainToTlsPort,
     "Port {port} begins with encryption: choose SSL/TLS ({encryption})."},
    {v1::VERDICT_CONNECTION_LOST, kClient, SpeaksTlsToPlainPort,
     "Port {port} begins without encryption: choose STARTTLS ({encryption})."},
    {v1::VERDICT_CONNECTION_LOST, kNetwork, Always,
     "Look for a virus scanner, a mail shield or a firewall that closes mail connections."},
    {v1::VERDICT_CONNECTION_LOST, kServer, Always,
     "The server's log tells whether it closed the connection itself (address filter, overload)."},

    {v1::VERDICT_REPLY_TIMEOUT, kClient, SpeaksPlainToTlsPort,
     "Port {port} begins with encryption: choose SSL/TLS ({encryption})."},
    {v1::VERDICT_REPLY_TIMEOUT, kClient, SpeaksTlsToPlainPort,
     "Port {port} begins without encryption: choose STARTTLS ({encryption})."},
    {v1::VERDICT_REPLY_TIMEOUT, kNetwork, Always,
     "Look for a firewall or mail scanner that accepts the connection and then holds it."},
    {v1::VERDICT_REPLY_TIMEOUT, kServer, Always,
     "A server that answers slowly may be overloaded, or may delay unknown clients on purpose."},

    {v1::VERDICT_NOT_SMTP, kClient, SpeaksTlsToPlainPort,
     "Port {port} begins without encryption: choose STARTTLS ({encryption})."},
    {v1::VERDICT_NOT_SMTP, kClient, SpeaksPlainToTlsPort,
     "Port {port} begins with encryption: choose SSL/TLS ({encryption})."},
    {v1::VERDICT_NOT_SMTP, kNetwork, IsHttp,
     "A web page answers: log in to the portal of this network with a browser first."},
    {v1::VERDICT_NOT_SMTP, kNetwork, Always,
     "A proxy or portal may answer in the server's place; compare with another network."},
    {v1::VERDICT_NOT_SMTP, kServer, Always,
     "If every location sees it, another service listens on port {port}."},

    {v1::VERDICT_INTERCEPTED, kNetwork, Always,
     "Switch off SMTP inspection on the firewall (Cisco ASA: no inspect esmtp) or mail scanning in "
     "the security software for this server."},
    {v1::VERDICT_INTERCEPTED, kClient, Always,
     "Use port 465 with SSL/TLS ({encryption}): what is encrypted from the first byte cannot be "
     "edited."},

    {v1::VERDICT_PROTOCOL_ERROR, kServer, Always,
     "The operator of the server should look at the transcript: a client cannot mend this."},
    {v1::VERDICT_PROTOCOL_ERROR, kNetwork, Always,
     "If other locations see a proper dialogue, a proxy or scanner on the way damages it."},

    {v1::VERDICT_SERVICE_UNAVAILABLE, kServer, Always,
     "Wait and try again; if it lasts, the operator of the server must look at its load and log."},

    {v1::VERDICT_CLIENT_BLOCKED, kClient, IsPort25,
     "Use port 587 with STARTTLS and a login ({encryption}; {tick_auth}): block lists are for "
     "servers on port 25."},
    {v1::VERDICT_CLIENT_BLOCKED, kNetwork, Always,
     "This network's public address is on a block list or outside the allowed ones: use the VPN, "
     "or "
     "have the address taken off the list that the reply names."},
    {v1::VERDICT_CLIENT_BLOCKED, kServer, Always,
     "The operator of the server can allow this network, or exempt clients that log in."},

    {v1::VERDICT_RATE_LIMITED, kClient, Always,
     "Wait some minutes; let the client check less often, and close other programs that use the "
     "account."},
    {v1::VERDICT_RATE_LIMITED, kServer, Always,
     "Many users behind one public address share its limit: the operator of the server can raise "
     "it."},

    {v1::VERDICT_STARTTLS_MISSING, kClient, Always,
     "Try port 465 with SSL/TLS ({encryption}); do not switch encryption off to make it work."},
    {v1::VERDICT_STARTTLS_MISSING, kNetwork, Always,
     "If other locations see STARTTLS on this server, a firewall or mail scanner takes it away "
     "here."},
    {v1::VERDICT_STARTTLS_MISSING, kServer, Always,
     "If no location sees it, the server has no certificate configured for port {port}."},

    {v1::VERDICT_STARTTLS_REFUSED, kServer, Always,
     "The server's TLS does not work at the moment, often for want of a readable certificate."},
    {v1::VERDICT_STARTTLS_REFUSED, kNetwork, Always,
     "If other locations start TLS on this server, a firewall or mail scanner forbids it here."},
    {v1::VERDICT_STARTTLS_REFUSED, kClient, Always,
     "Try port 465 with SSL/TLS meanwhile ({encryption})."},

    {v1::VERDICT_TLS_FAILED, kClient, SpeaksTlsToPlainPort,
     "Port {port} begins without encryption: choose STARTTLS ({encryption})."},
    {v1::VERDICT_TLS_FAILED, kServer, Always,
     "The server must offer TLS 1.2 or newer with a common cipher."},
    {v1::VERDICT_TLS_FAILED, kNetwork, Always,
     "If other locations succeed, a proxy or virus scanner breaks TLS on this network."},
    {v1::VERDICT_TLS_FAILED, kClient, Always,
     "An old operating system may lack TLS 1.2: install its updates."},

    {v1::VERDICT_CERTIFICATE_INVALID, kClient, IsNameMismatch,
     "Enter the server name that the certificate carries ({names}) in the account settings."},
    {v1::VERDICT_CERTIFICATE_INVALID, kServer, IsExpired,
     "The operator of the server must renew the certificate."},
    {v1::VERDICT_CERTIFICATE_INVALID, kClient, IsNotYetValid,
     "Check date and time of this computer."},
    {v1::VERDICT_CERTIFICATE_INVALID, kServer, IsRevoked,
     "The certificate was revoked by its issuer: the operator must replace it."},
    {v1::VERDICT_CERTIFICATE_INVALID, kServer, IsUntrusted,
     "Install the company's CA certificate on this computer, or have the server send its whole "
     "chain."},
    {v1::VERDICT_CERTIFICATE_INVALID, kNetwork, Always,
     "If other locations see another certificate, a proxy or virus scanner puts its own in place: "
     "do not accept it before you know whose it is."},

    {v1::VERDICT_TLS_REQUIRED, kClient, Always,
     "Turn encryption on: choose STARTTLS or SSL/TLS "
     "({encryption})."},
    {v1::VERDICT_TLS_REQUIRED, kServer, Always,
     "The rule is the server's and protects the password; it should stay."},

    {v1::VERDICT_AUTH_NOT_OFFERED, kClient, MayOfferAuthInTls,
     "Turn encryption on: choose STARTTLS or SSL/TLS ({encryption}); servers offer login inside "
     "TLS "
     "only, as they should."},
    {v1::VERDICT_AUTH_NOT_OFFERED, kClient, DemandsTls,
     "Turn encryption on: choose STARTTLS or SSL/TLS ({encryption}); the server asks for it before "
     "MAIL."},
    {v1::VERDICT_AUTH_NOT_OFFERED, kServer, OffersAuthInPlainOnly,
     "Logins before TLS carry the password in the clear: the server should offer AUTH inside TLS."},
    {v1::VERDICT_AUTH_NOT_OFFERED, kServer, OffersAuthWithEqualsOnly,
     "The server should announce AUTH in the standard form too (RFC 4954)."},
    {v1::VERDICT_AUTH_NOT_OFFERED, kClient, RelaysAnonymously,
     "On this network {untick_auth}: the server relays from here without login."},
    {v1::VERDICT_AUTH_NOT_OFFERED, kClient, Always,
     "Use the submission port 587 with STARTTLS, or 465 with SSL/TLS ({encryption}), where servers "
     "offer login."},
    {v1::VERDICT_AUTH_NOT_OFFERED, kServer, OffersAuthNowhere,
     "Login may be hidden from this network only (Postfix smtpd_sasl_exceptions_networks or "
     "smtpd_discard_ehlo_keyword_address_maps, Exim auth_advertise_hosts): compare with another "
     "location before the setting is changed for good."},
    {v1::VERDICT_AUTH_NOT_OFFERED, kNetwork, OffersAuthNowhere,
     "If other locations see AUTH on this port, a firewall or mail scanner may take it away here."},

    {v1::VERDICT_AUTH_MISMATCH, kServer, Always,
     "Let the server offer one of {mechanisms} as well (it offers {offered}); LOGIN inside TLS is "
     "what classic Outlook needs."},
    {v1::VERDICT_AUTH_MISMATCH, kClient, OffersOnlyTokenToPassword,
     "The server takes OAuth only: set the account up anew with modern authentication."},
    {v1::VERDICT_AUTH_MISMATCH, kClient, OffersPasswordToToken,
     "The server takes passwords only: set the account up with user name and password."},
    {v1::VERDICT_AUTH_MISMATCH, kClient, RelaysAnonymously,
     "On this network {untick_auth}: the server relays from here without login."},
    {v1::VERDICT_AUTH_MISMATCH, kClient, Always,
     "Use another port of the server where the mechanisms differ ({encryption}), or a client that "
     "can do one of {offered}."},

    {v1::VERDICT_AUTH_REJECTED, kCredentials, Always,
     "Enter user name and password anew; many servers want the whole mail address as user name."},
    {v1::VERDICT_AUTH_REJECTED, kClient, AuthenticatesToSend,
     "Check that the outgoing server uses the right account: \"Use same settings as my incoming "
     "mail server\" or its own user name and password."},
    {v1::VERDICT_AUTH_REJECTED, kServer, Always,
     "If the password works elsewhere, the server's log tells why it refuses it here (locked "
     "account, expired password, login from abroad)."},

    {v1::VERDICT_AUTH_DISABLED, kClient, OffersToken,
     "Use modern authentication (OAuth): set the account up anew as an Exchange or Microsoft 365 "
     "account."},
    {v1::VERDICT_AUTH_DISABLED, kServer, Always,
     "The operator must allow this kind of login for the mailbox (SMTP AUTH per mailbox and "
     "tenant), or it stays forbidden."},
    {v1::VERDICT_AUTH_DISABLED, kCredentials, Always,
     "Where the provider asks for it, log in with a browser once or make an app password: the "
     "usual "
     "password is not wrong, and typing it again will not help."},

    {v1::VERDICT_AUTH_REQUIRED, kClient, Always, "{tick_auth}."},
    {v1::VERDICT_AUTH_REQUIRED, kClient, MayOfferAuthInTls,
     "Turn encryption on as well ({encryption}): the server offers login only inside TLS."},
    {v1::VERDICT_AUTH_REQUIRED, kClient, OffersAuthNowhere,
     "No login is offered on port {port}: use 587 with STARTTLS or 465 with SSL/TLS "
     "({encryption})."},
    {v1::VERDICT_AUTH_REQUIRED, kServer, Always,
     "If this network was meant to send without login, the server's list of its own networks has "
     "lost it."},

    {v1::VERDICT_POP_BEFORE_SMTP, kClient, IsNotLoggingOnFirst, "{tick_pop}."},
    {v1::VERDICT_POP_BEFORE_SMTP, kClient, LogsOnFirst,
     "Receive mail first, then send within some minutes: the permission of the incoming login "
     "expires."},
    {v1::VERDICT_POP_BEFORE_SMTP, kServer, Always,
     "Login before sending by POP is outdated and fails behind shared addresses: the server should "
     "offer AUTH on port 587."},

    {v1::VERDICT_SENDER_REFUSED, kClient, Always,
     "Check the mail address of the account: it must be one that the login may use and that "
     "exists."},
    {v1::VERDICT_SENDER_REFUSED, kServer, Always,
     "The operator can allow the address for this login (send-as permission, sender maps)."},

    {v1::VERDICT_RELAY_DENIED, kClient, SendsAnonymouslyWithAuthOffered,
     "{tick_auth}: the server offers {offered}."},
    {v1::VERDICT_RELAY_DENIED, kClient, SendsAnonymouslyWithoutAuthOffered,
     "{tick_auth}, and use port 587 with STARTTLS or 465 with SSL/TLS ({encryption}), since no "
     "login "
     "is offered on port {port} here."},
    {v1::VERDICT_RELAY_DENIED, kNetwork, SendsAnonymously,
     "Inside the company network or the VPN the server may relay without login: check that the VPN "
     "is up and that mail goes through it."},
    {v1::VERDICT_RELAY_DENIED, kServer, Always,
     "If this network or this login was meant to relay, the server's rules (own networks, "
     "permitted logins) have lost it."},

    {v1::VERDICT_RECIPIENT_REFUSED, kServer, Always,
     "The recipient is refused for itself: check the address; the server's log tells the rule."},

    {v1::VERDICT_GREYLISTED, kClient, Always,
     "{tick_auth} and use port 587: servers do not greylist clients that log in."},
    {v1::VERDICT_GREYLISTED, kServer, Always,
     "Greylisting is for servers on port 25: the operator should exempt own users."},

    {v1::VERDICT_TEMPORARY_FAILURE, kServer, Always,
     "Try again in some minutes; if it lasts, the operator of the server must look at its log."},

    {v1::VERDICT_RELAY_OPEN, kServer, Always,
     "Close it: the server relays foreign mail for anybody on this network and will end on block "
     "lists. Look at its list of own networks, or tell Relaywatch that relaying is expected here."},
});

}  // namespace

std::string_view SideName(Side side) {
  switch (side) {
    case Side::kClientSetting:
      return "Client setting";
    case Side::kServerPolicy:
      return "Server policy";
    case Side::kNetworkPath:
      return "Network path";
    case Side::kCredentials:
      return "Credentials";
  }
  return "";
}

std::span<const AdviceRow> AdviceRows() { return kRows; }

}  // namespace relaywatch::judge
