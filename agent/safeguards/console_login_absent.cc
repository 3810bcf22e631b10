#include <fmt/format.h>
#include <utmp.h>

#include <algorithm>
#include <cstring>

#include "agent/safeguards/checks.h"
#include "agent/safeguards/host/file_times.h"
#include "agent/safeguards/host/host_files.h"
#include "rules/base/glob.h"

namespace purposewatch {
namespace {

constexpr const char* kSessions = "/run/systemd/sessions";

struct Login {
  std::string user, where;
};

std::string session_value(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=')
      return std::string(line.substr(key.size() + 1));
  }
  return "";
}

// Screens and serial lines, which a BMC may lead elsewhere; pseudo terminals ("pts/0") are of no place.
bool is_local_line(std::string_view line) {
  if (line.starts_with("/dev/")) line.remove_prefix(5);
  return line.starts_with("tty") || line.starts_with("hvc") || line.starts_with("hvsi") ||
         line.starts_with("xvc") || line.starts_with("sclp_line") || line == "console";
}

// As logind keeps them (systemd's src/login/logind-session.c, session_save). Greeters, managers of users and
// what cron starts are of other classes than user, user-early, user-light...
std::optional<Login> login_of_session(std::string_view text) {
  const std::string kind = session_value(text, "CLASS"), seat = session_value(text, "SEAT"),
                    line = session_value(text, "TTY");
  if (!kind.empty() && !kind.starts_with("user")) return std::nullopt;
  if (session_value(text, "STATE") == "closing" || session_value(text, "REMOTE") == "1") return std::nullopt;
  if (seat.empty() && !is_local_line(line)) return std::nullopt;
  const std::string user = session_value(text, "USER");
  return Login{user.empty() ? "user " + session_value(text, "UID") : user, line.empty() ? seat : line};
}

struct Logins {
  std::vector<Login> logins;
  std::size_t unreadable = 0;
};

Logins logins_of_logind(const HostView& host, const std::vector<std::string>& names) {
  Logins found;
  for (const std::string& name : names) {
    // "3.ref" is a pipe; temporary files begin with ".#".
    if (name.ends_with(".ref") || name.starts_with(".")) continue;
    const std::string path = host.path(std::string(kSessions) + "/" + name);
    if (const auto text = text_of_file(path, 1 << 16); !text)
      found.unreadable += is_there(path).value_or(true) ? 1 : 0;  // else it has just ended
    else if (auto login = login_of_session(*text))
      found.logins.push_back(std::move(*login));
  }
  return found;
}

template <std::size_t kSize>
std::string text_of(const char (&field)[kSize]) {
  return std::string(field, strnlen(field, kSize));
}

// utmp(5). Who is at the screen has the display ":0" for a host, or none.
std::vector<Login> logins_of_utmp(const HostView& host, const std::string& bytes) {
  std::vector<Login> logins;
  for (std::size_t at = 0; at + sizeof(utmp) <= bytes.size(); at += sizeof(utmp)) {
    utmp entry{};
    std::memcpy(&entry, bytes.data() + at, sizeof(entry));
    const std::string line = text_of(entry.ut_line), from = text_of(entry.ut_host);
    if (entry.ut_type == USER_PROCESS && (from.empty() || from.starts_with(':')) &&
        (is_local_line(line) || line.starts_with(':')) &&
        // Whose process has died without a word is not there any more.
        is_there(host.path("/proc/" + std::to_string(entry.ut_pid))).value_or(true))
      logins.push_back({text_of(entry.ut_user), line});
  }
  return logins;
}

}  // namespace

SafeguardResult check_console_login_absent(const Safeguard& promised, const HostView& host) {
  Logins found;
  const auto names = names_in_directory(host.path(kSessions));
  const auto bytes = text_of_file(host.path("/run/utmp"), 1 << 24);
  if (names) found = logins_of_logind(host, *names);
  // Not every login is one of logind's; each of these is told once.
  for (Login& login : bytes ? logins_of_utmp(host, *bytes) : std::vector<Login>())
    if (std::none_of(found.logins.begin(), found.logins.end(), [&](const Login& known) {
          return known.user == login.user && known.where == login.where;
        }))
      found.logins.push_back(std::move(login));
  if (!names && !bytes)
    return is_unknown("neither logind nor utmp says who is logged in",
                      "Is systemd-logind running? systemctl status systemd-logind");
  std::vector<std::string> people;
  for (const Login& login : found.logins)
    if (std::none_of(promised.allow.begin(), promised.allow.end(),
                     [&](const std::string& glob) { return glob_matches(glob, login.user); }))
      people.push_back(login.user + " on " + login.where);
  if (!people.empty())
    return is_violated(some_of(people) + (people.size() == 1 ? " is" : " are") + " logged in at the machine",
                       "Ask them what they do there, or who sits at the BMC's console. To end it: loginctl "
                       "list-sessions, then loginctl terminate-session ID.");
  if (found.unreadable > 0)
    return is_unknown(fmt::format("{} sessions in {} cannot be read", found.unreadable, kSessions),
                      "Look yourself: loginctl list-sessions");
  return is_ok("nobody is logged in at the machine");
}

}  // namespace purposewatch
