// The policy file's grammar as one table: which keys each section has, what they hold. The shape check, its
// hints and the JSON Schema all read it, so they cannot drift apart.
#pragma once

#include <span>
#include <string_view>

namespace purposewatch {

// What one text must look like.
struct Format {
  std::string_view what;                     // for a person: "a name of a-z, 0-9 and '-'"
  std::string_view schema_pattern;           // regular expression for editors; empty: any text
  std::span<const std::string_view> words;   // when not empty: one of these
  bool (*fits)(std::string_view) = nullptr;  // null: any text that is not empty
};

enum class Shape {
  kText,     // one text
  kTexts,    // one text, or a list of them
  kYesNo,    // true or false
  kSection,  // a map with the keys of `section`
  kNamed,    // a map of names, each with a map of `section`
  kRows,     // a list, each item a map of `section`
  kSets,     // a map of names, each with one text or a list of them
  kChanges,  // as kSection, but nothing has to be there
};

struct Section;

struct Key {
  std::string_view name;
  Shape shape = Shape::kText;
  bool required = false;
  const Format* format = nullptr;    // of kText and kTexts
  const Section* section = nullptr;  // of kSection, kNamed, kRows and kChanges
  std::string_view about = {};       // for editors
};

struct Section {
  std::string_view what;  // "a store"
  std::span<const Key> keys;
  std::span<const std::string_view> needs_one_of = {};  // keys of which at least one must be there
};

// The whole file.
extern const Section kPolicyFile;
// A grant that is asked for, by the control socket or as a file.
extern const Section kGrantFile;

// What the names of classes, stores, services and purposes look like.
extern const Format kNameFormat;

}  // namespace purposewatch
