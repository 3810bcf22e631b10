// The grammar as a page for people.
#include <set>
#include <vector>

#include "rules/language/grammar.h"
#include "rules/language/policy.h"

namespace purposewatch {
namespace {

std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string words_of(const Format& format) {
  std::string text;
  for (const std::string_view word : format.words)
    text += (text.empty() ? "`" : ", `") + std::string(word) + "`";
  return text;
}

std::string format_of(const Format& format) {
  return format.words.empty() ? std::string(format.what) : words_of(format);
}

std::string holds(const Key& key) {
  switch (key.shape) {
    case Shape::kText:
      return format_of(*key.format);
    case Shape::kTexts:
      return "list: " + format_of(*key.format);
    case Shape::kYesNo:
      return "`true` or `false`";
    case Shape::kSection:
    case Shape::kChanges:
      return std::string(key.section->what);
    case Shape::kNamed:
      return "by name: " + std::string(key.section->what);
    case Shape::kRows:
      return "list: " + std::string(key.section->what);
    case Shape::kSets:
      return "by name: a list of texts";
  }
  return "";
}

class Guide {
 public:
  std::string text() && { return std::move(text_); }

  void add(const Section& section) {
    if (!written_.insert(&section).second) return;
    text_ += "\n## " + heading(section) + "\n\n| key | holds | |\n| --- | --- | --- |\n";
    for (const Key& key : section.keys) {
      text_ += "| `" + std::string(key.name) + "`" + (key.required ? " *" : "") + " | " + cell(holds(key)) +
               " | " + cell(key.about) + " |\n";
    }
    if (!section.needs_one_of.empty()) text_ += "\nAt least one of " + any_of(section) + ".\n";
    for (const Key& key : section.keys)
      if (key.section) add(*key.section);
  }

 private:
  // "A store".
  static std::string heading(const Section& section) {
    std::string text(section.what);
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text;
  }

  static std::string any_of(const Section& section) {
    std::string text;
    for (const std::string_view name : section.needs_one_of)
      text += (text.empty() ? "`" : ", `") + std::string(name) + "`";
    return text;
  }

  std::set<const Section*> written_;
  std::string text_;
};

}  // namespace

std::string policy_guide() {
  Guide guide;
  guide.add(kPolicyFile);
  guide.add(kGrantFile);
  return "# The language of policies\n\n"
         "A policy is one YAML file or several; all that is said stands in maps and lists, and every scalar "
         "is text. A key\n"
         "with * has to be there. Where a list is wanted, one text will do, and `$name` stands for the set "
         "of that name.\n"
         "What is not listed here is an error, told with its line. This page is what `purposewatch check "
         "--print-guide`\n"
         "prints.\n" +
         std::move(guide).text();
}

}  // namespace purposewatch
