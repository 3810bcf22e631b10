// The YAML library's events in, a tree out.
#pragma once

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "rules/language/node.h"

namespace purposewatch {

// Thrown through the library to stop it early; read_yaml catches it. The reason has been reported by then.
struct StopReading {};

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(const std::string& file, Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  Node take_root() { return std::move(root_); }
  bool has_root() const { return has_root_; }
  // Where the last text in quotes (or as a block) began; line 0: there was none.
  const Position& last_quoted() const { return last_quoted_; }
  Position position(const YAML::Mark& mark) const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  // A list or map whose end has not come yet.
  struct Open {
    Node node;
    bool awaits_value = false;                   // a map's key has been read
    bool drop_value = false;                     // that key was refused, so its value is forgotten
    std::unordered_map<std::string, int> lines;  // of the keys so far
  };

  void refuse_decoration(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor);
  void open(Node node);
  void close();
  void add(Node node);
  void add_key(Open& map, Node key);

  const std::string& file_;
  Diagnostics& diagnostics_;
  std::vector<Open> open_;
  Node root_;
  Position last_quoted_;
  std::size_t values_ = 0;  // keys, too
  bool has_root_ = false;
  bool has_document_ = false;
};

}  // namespace purposewatch
