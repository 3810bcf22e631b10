#include "exporters/ndjson/event_json.h"

#include <string_view>
#include <vector>

#include "exporters/ndjson/event_fields.h"

namespace purposewatch {
namespace {

// Where each field of the table stands among nested objects, worked out once from the dots in its name.
struct Place {
  const Field<EventSource>* field = nullptr;
  std::vector<std::string_view> objects;  // names of the objects around it, outermost first
  std::string key;                        // "name": as JSON
};

std::vector<Place> places() {
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
}

// Writes fields in the table's order and opens and closes the objects around them as the names change.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }

  // A field whose value `append(out)` writes, unless it returns false: then there is no such field.
  template <class Append>
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

}  // namespace

void EventWriter::append(std::string& out, const Finding& finding) {
  static const std::vector<Place> kPlaces = places();
  const EventSource event{finding, value_or_empty(finding.subject), value_or_empty(finding.host),
                          value_or_empty(finding.policy)};
  const std::int64_t clock_offset_ns = finding.wall_ns - static_cast<std::int64_t>(finding.boot_ns);
  if (texts_.empty() || subject_ != finding.subject || clock_offset_ns_ != clock_offset_ns) {
    subject_ = finding.subject;
    clock_offset_ns_ = clock_offset_ns;
    texts_.assign(kPlaces.size(), {});
    for (std::size_t i = 0; i < kPlaces.size(); ++i)
      if (kPlaces[i].field->changes == Changes::kWithSubject && !kPlaces[i].field->append(texts_[i], event))
        texts_[i].clear();
  }
  ObjectWriter writer{out};
  for (std::size_t i = 0; i < kPlaces.size(); ++i)
    if (kPlaces[i].field->changes == Changes::kWithFinding)
      writer.field(kPlaces[i], [&](std::string& to) { return kPlaces[i].field->append(to, event); });
    else if (!texts_[i].empty())
      writer.field(kPlaces[i], [&](std::string& to) { return to += texts_[i], true; });
  writer.close();
}

}  // namespace purposewatch
