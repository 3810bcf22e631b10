// A stream of NDJSON, filtered, as lines for a person or as NDJSON again.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "exporters/terminal/event_filter.h"
#include "exporters/terminal/event_view.h"

namespace purposewatch {

// Takes bytes as they arrive from a file or a socket, in pieces of any size, and hands on whole lines.
class EventPrinter {
 public:
  enum class Output { kTable, kJson };

  // `write` receives one line at a time, with its newline; false: nobody reads any more.
  using Write = std::function<bool(std::string_view line)>;

  EventPrinter(EventFilter filter, Output output, bool color, Write write)
      : filter_(std::move(filter)), output_(output), view_(color), write_(std::move(write)) {}

  // Prints the head of the table; nothing for JSON. Each call returns what `write` said last.
  bool begin();
  bool feed(std::string_view bytes);
  // The last line may lack its newline.
  bool end();

 private:
  static constexpr std::size_t kLineMax = std::size_t{1} << 20U;

  bool print(std::string_view line);
  bool emit(std::string line);

  EventFilter filter_;
  Output output_;
  EventView view_;
  Write write_;
  std::string partial_;
  bool is_skipping_ = false;  // inside a line longer than kLineMax
};

// Reads NDJSON from `input_fd` to its end and prints it to `output_fd`. False when either fails first.
bool print_events(int input_fd, int output_fd, const EventFilter& filter, EventPrinter::Output output,
                  bool color);

}  // namespace purposewatch
