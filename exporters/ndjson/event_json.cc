#include "exporters/ndjson/event_json.h"

#include <string_view>
#include <vector>

#include "exporters/ndjson/event_fields.h"
#include "exporters/text/encoding.h"
#include "exporters/text/word.h"

namespace purposewatch {

// Where each field of the table stands among nested objects, worked out once from the dots in its name.
struct EventWriter::Place {
  const Field<EventSource>* field = nullptr;
  std::vector<std::string_view> objects;  // names of the objects around it, outermost first
  std::string key;                        // "name": as JSON
};

const std::vector<EventWriter::Place>& EventWriter::places() {
  static const std::vector<Place> kPlaces = [] {
    std::vector<Place> out;
    for (const auto& field : event_fields()) {
      Place place;
      place.field = &field;
      std::string_view name = field.name;
      for (std::size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
        place.objects.push_back(name.substr(0, dot));
        name.remove_prefix(dot + 1);
      }
      place.key.append("\"").append(name).append("\":");
      out.push_back(std::move(place));
    }
    return out;
  }();
  return kPlaces;
}

namespace {

// Writes fields in the table's order and opens and closes the objects around them as the names change.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  // A field whose value `append(out)` writes, unless it returns false: then there is no such field.
  template <class Place, class Append>
  void field(const Place& place, const Append& append) {
    const State before{out_.size(), open_, has_members_};
    enter(place.objects);
    out_ += has_members_ ? "," : "";
    out_ += place.key;
    has_members_ = true;
    if (append(out_)) return;
    out_.resize(before.size);
    open_ = before.open;
    has_members_ = before.has_members;
  }

  void close() { leave_to(0), out_ += '}'; }

 private:
  using Objects = const std::vector<std::string_view>*;
  struct State {
    std::size_t size;
    Objects open;
    bool has_members;
  };

  void enter(const std::vector<std::string_view>& objects) {
    std::size_t shared = 0;
    while (shared < depth() && shared < objects.size() && (*open_)[shared] == objects[shared]) ++shared;
    leave_to(shared);
    open_ = &objects;
    for (std::size_t i = shared; i < objects.size(); ++i) {
      out_ += has_members_ ? ",\"" : "\"";
      out_ += objects[i];
      out_ += "\":{";
      has_members_ = false;
    }
  }

  void leave_to(std::size_t depth_left) {
    for (std::size_t i = depth(); i > depth_left; --i) {
      out_ += '}';
      has_members_ = true;
    }
  }

  std::size_t depth() const { return open_ == nullptr ? 0 : open_->size(); }

  std::string& out_;
  Objects open_ = nullptr;
  bool has_members_ = false;
};

template <class Value>
const Value& value_or_empty(const std::shared_ptr<const Value>& pointer) {
  static const Value empty;
  return pointer ? *pointer : empty;
}

EventSource source_of(const Finding& finding) {
  return {finding, value_or_empty(finding.subject), value_or_empty(finding.host),
          value_or_empty(finding.policy)};
}

}  // namespace

void EventWriter::remember_subject(const EventSource& event) {
  const Finding& finding = event.finding;
  const std::int64_t clock_offset_ns = finding.wall_ns - static_cast<std::int64_t>(finding.boot_ns);
  if (!texts_.empty() && subject_ == finding.subject && clock_offset_ns_ == clock_offset_ns) return;
  subject_ = finding.subject;
  clock_offset_ns_ = clock_offset_ns;
  texts_.assign(places().size(), {});
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    const Field<EventSource>& field = *places()[i].field;
    if (field.changes == Changes::kWithSubject && !field.append(texts_[i], event)) texts_[i].clear();
  }
}

// visit(place, append) for each field in the table's order; append(out) as ObjectWriter::field takes it.
template <class Visit>
void EventWriter::visit_fields(const EventSource& event, const Visit& visit) const {
  for (std::size_t i = 0; i < places().size(); ++i) {
    const Place& place = places()[i];
    if (place.field->changes == Changes::kWithFinding)
      visit(place, [&](std::string& to) { return place.field->append(to, event); });
    else if (!texts_[i].empty())
      visit(place, [&](std::string& to) { return to += texts_[i], true; });
  }
}

void EventWriter::append(std::string& out, const Finding& finding) {
  const EventSource event = source_of(finding);
  remember_subject(event);
  ObjectWriter writer{out};
  visit_fields(event, [&](const Place& place, const auto& append) { writer.field(place, append); });
  writer.close();
}

void EventWriter::append_parts(std::string& open, std::string& personal, const Finding& finding) {
  const EventSource event = source_of(finding);
  remember_subject(event);
  const bool is_client = is_client_who_acts(finding.verdict.client);
  const std::size_t before = personal.size();
  ObjectWriter open_writer{open}, personal_writer{personal};
  visit_fields(event, [&](const Place& place, const auto& append) {
    const Names names = place.field->names;
    const bool is_personal = names == Names::kClient || (is_client && names == Names::kClientWhoActs);
    (is_personal ? personal_writer : open_writer).field(place, append);
  });
  open_writer.close();
  personal_writer.close();
  if (std::string_view(personal).substr(before) == "{}") personal.resize(before);
}

// By any of the remembered subject's names.
bool EventWriter::is_client_who_acts(const std::string& client) const {
  if (client.empty()) return false;
  std::string quoted;
  append_json_string(quoted, client);
  const std::string_view word = std::string_view(quoted).substr(1, quoted.size() - 2);
  for (std::size_t i = 0; i < texts_.size(); ++i)
    if (places()[i].field->names == Names::kClientWhoActs && has_word(texts_[i], word)) return true;
  return false;
}

}  // namespace purposewatch
