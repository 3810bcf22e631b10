#include "agent/daemon/logging.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <map>
#include <memory>

#include "rules/base/visible_text.h"

namespace purposewatch {
namespace {

std::string in_quotes(const std::string& text) {
  std::string escaped;
  for (char byte : text) {
    if (byte == '"' || byte == '\\') escaped += '\\';
    escaped += byte;
  }
  return escaped;
}

std::string_view level_name(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::warn:
      return "warn";
    case spdlog::level::err:
    case spdlog::level::critical:
      return "error";
    default:
      return "info";
  }
}

// spdlog escapes nothing, and messages may quote file names: so every message is made visible text first.
// What remains to escape is the same for logfmt and JSON: the quote, and the backslash of "\x0a", which JSON
// does not know.
class LineFormatter final : public spdlog::formatter {
 public:
  explicit LineFormatter(bool json) : json_(json) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const auto time = std::chrono::time_point_cast<std::chrono::milliseconds>(message.time);
    const auto milliseconds = time.time_since_epoch().count() % 1000;
    const std::string at =
        fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                    fmt::gmtime(std::chrono::system_clock::to_time_t(message.time)), milliseconds);
    const std::string text = in_quotes(visible_text({message.payload.data(), message.payload.size()}));
    const auto form = fmt::runtime(json_ ? "{{\"time\":\"{}\",\"level\":\"{}\",\"msg\":\"{}\"}}\n"
                                         : "time={} level={} msg=\"{}\"\n");
    fmt::format_to(fmt::appender(out), form, at, level_name(message.level), text);
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<LineFormatter>(json_); }

 private:
  bool json_;
};

}  // namespace

Result<void> set_up_logging(const std::string& level, const std::string& format) {
  static const std::map<std::string, spdlog::level::level_enum> kLevels = {{"debug", spdlog::level::debug},
                                                                           {"info", spdlog::level::info},
                                                                           {"warn", spdlog::level::warn},
                                                                           {"error", spdlog::level::err}};
  const auto wanted = kLevels.find(level);
  if (wanted == kLevels.end())
    return fail(fmt::format("no log level '{}': debug, info, warn or error", level));
  if (format != "logfmt" && format != "json")
    return fail(fmt::format("no log format '{}': logfmt or json", format));
  auto logger = std::make_shared<spdlog::logger>("agent", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<LineFormatter>(format == "json"));
  logger->set_level(wanted->second);
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

}  // namespace purposewatch
