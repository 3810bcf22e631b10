// Reads the JSON that our own writer writes, and nothing else: one object without blanks, null, fractions and
// \u. Many times as fast as a reader of all JSON, and strict: whatever it does not expect it refuses, for
// such a reader to look at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace purposewatch {

class PlainJsonReader {
 public:
  using Place = std::uint8_t;
  static constexpr Place kNoMatter = 0;  // of what nobody wants to know

  virtual ~PlainJsonReader() = default;
  // False: refused, by the reader or by what follows. root: the place of the object.
  bool read(std::string_view json, Place root);

 protected:
  // The place of a member; `name` is as it stands in the JSON, with its escapes.
  virtual Place member(Place object, std::string_view name) = 0;
  // What is there matters; values that are neither text nor object are refused there. False: refused.
  virtual bool object_at(Place place) = 0;
  virtual bool text_at(Place place, std::string_view text) = 0;

 private:
  bool value(Place place, int depth);
  bool object(Place place, int depth);
  bool array(int depth);
  bool string(std::string_view& raw, bool& has_escapes);
  bool number();
  bool take(std::string_view literal);
  std::string_view without_escapes(std::string_view raw);

  std::string_view rest_;
  std::string unescaped_;
};

}  // namespace purposewatch
