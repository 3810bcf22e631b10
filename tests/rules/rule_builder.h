// Rules for tests, built without the policy language where the language is not the subject.
#pragma once

#include <string>
#include <vector>

#include "rules/language/path_pattern.h"
#include "rules/language/policy.h"
#include "rules/language/rule_set.h"

namespace purposewatch {

inline PathPattern pattern(const std::string& text) {
  auto parsed = parse_path_pattern(text, {});
  return parsed ? *parsed : PathPattern{};
}

inline Store store(const std::string& name, const std::vector<std::string>& classes,
                   const std::vector<std::string>& paths, const std::vector<std::string>& except = {}) {
  Store result;
  result.name = name;
  result.classes = classes;
  for (const std::string& path : paths) result.paths.push_back(pattern(path));
  for (const std::string& path : except) result.except.push_back(pattern(path));
  return result;
}

inline Purpose purpose(const std::string& name, const std::string& clause, std::vector<std::string> classes) {
  Purpose result;
  result.name = name;
  result.clause = clause;
  result.classes = std::move(classes);
  return result;
}

inline Service service(const std::string& name, std::vector<std::string> exe) {
  Service result;
  result.name = name;
  result.exe = std::move(exe);
  return result;
}

// By the indices of the service, the store and the purpose.
inline Permit permit(const std::string& name, std::size_t service, std::size_t store, AccessMask access,
                     std::size_t purpose = 0) {
  Permit result;
  result.name = name;
  result.service = service;
  result.store = store;
  result.access = access;
  result.purpose = purpose;
  return result;
}

inline Subject subject(const std::string& program, const std::string& user, std::uint32_t euid,
                       const std::string& unit) {
  Subject result;
  result.program = result.executable = program;
  result.user = user;
  result.uid = result.euid = euid;
  result.unit = unit;
  return result;
}

// What the checker says of one text called "p.yaml", one line each.
inline std::vector<std::string> complaints(const std::string& yaml) {
  std::vector<std::string> lines;
  for (const Diagnostic& one : check_policy({{"p.yaml", yaml}}).diagnostics) lines.push_back(to_string(one));
  return lines;
}

// The smallest sound policy, to which a test adds what it is about.
inline const std::string kHead =
    "policy: {name: t, version: 1}\n"
    "classes: {mail: {clause: P2}, card: {clause: P2}, open: {clause: P5, public: true}}\n"
    "purposes:\n"
    "  serve: {clause: P4, classes: [mail]}\n"
    "  warrant: {clause: P7, classes: all, requires: grant}\n";  // ends with line 5

}  // namespace purposewatch
