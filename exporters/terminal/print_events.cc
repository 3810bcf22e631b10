#include "exporters/terminal/print_events.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "rules/base/utf8.h"

namespace purposewatch {
namespace {

using SortedJson = nlohmann::json;

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void append_json_escape(std::string& out, unsigned unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4)
    out += "0123456789abcdef"[unit >> static_cast<unsigned>(shift) & 0xfU];
}

// The same JSON with nothing in it that could hurt a terminal. `line` has been parsed: beyond ASCII it holds
// only whole characters, inside strings. (Not the library's dump(), which recurses as deep as its input
// says.)
std::string ascii_json(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    const CodePoint next = first_code_point(line);
    if (next.value < 0x20) {
      out += ' ';
    } else if (next.value < 0x7f) {
      out += line.front();
    } else if (next.value <= 0xffff) {
      append_json_escape(out, next.value);
    } else {
      append_json_escape(out, 0xd800U + ((next.value - 0x10000U) >> 10U));
      append_json_escape(out, 0xdc00U + ((next.value - 0x10000U) & 0x3ffU));
    }
    line.remove_prefix(std::max<std::size_t>(next.length, 1));
  }
  return out;
}

}  // namespace

bool EventPrinter::begin() {
  return output_ == Output::kJson || emit(view_.header());
}

bool EventPrinter::feed(std::string_view bytes) {
  for (std::size_t newline = bytes.find('\n'); newline != std::string_view::npos;
       newline = bytes.find('\n')) {
    partial_ += bytes.substr(0, newline);
    bytes.remove_prefix(newline + 1);
    const std::string line = std::move(partial_);
    partial_.clear();
    const bool is_tail = is_skipping_;
    is_skipping_ = false;
    if (!is_tail && !print(line)) return false;
  }
  if (!is_skipping_) partial_ += bytes;
  if (partial_.size() <= kLineMax) return true;
  // No event of ours is that long: show that it was there, and forget it.
  const std::string head = std::move(partial_);
  partial_.clear();
  is_skipping_ = true;
  return output_ == Output::kJson || emit(view_.malformed(head));
}

bool EventPrinter::end() {
  const std::string line = std::move(partial_);
  partial_.clear();
  return is_skipping_ || print(line);
}

bool EventPrinter::print(std::string_view line) {
  if (line.empty()) return true;
  const SortedJson event = SortedJson::parse(line, nullptr, false);
  if (!is_event(event)) return output_ == Output::kJson || emit(view_.malformed(line));
  if (!matches(filter_, keys_of(event))) return true;
  return emit(output_ == Output::kTable ? view_.line(event) : ascii_json(line));
}

bool EventPrinter::emit(std::string line) {
  line += '\n';
  return write_(line);
}

bool print_events(int input_fd, int output_fd, const EventFilter& filter, EventPrinter::Output output,
                  bool color) {
  EventPrinter printer{filter, output, color,
                       [output_fd](std::string_view line) { return write_all(output_fd, line); }};
  if (!printer.begin()) return false;
  std::array<char, 65536> buffer;
  while (true) {
    const ssize_t count = read(input_fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) return printer.end();
    if (!printer.feed({buffer.data(), static_cast<std::size_t>(count)})) return false;
  }
}

}  // namespace purposewatch
