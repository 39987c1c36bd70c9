#include "nodes/gateway/line_source.h"

#include <nlohmann/json.hpp>

namespace tcps::gateway {

constexpr std::chrono::milliseconds look_interval{250};

LineSource::LineSource(client::Context context) : context_(std::move(context)) {
  context_.operator_key.clear();
}

// A factory has been started on the data folder, or stopped, since the line was opened.
bool LineSource::has_changed() const {
  if (access_->data_folder.empty()) return false;
  const auto now = client::running_factory(access_->data_folder, client::is_running_tcpsd);
  if (now.has_value() != access_->factory.has_value()) return true;
  return now && (now->pid != access_->factory->pid || now->bus_url != access_->factory->bus_url);
}

Result<std::shared_ptr<client::LineAccess>> LineSource::current() {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const bool look = looked_ == std::chrono::steady_clock::time_point() || now - looked_ >= look_interval;
  if (look) {
    looked_ = now;
    if (access_ && has_changed()) access_.reset();
    if (!access_) {
      auto opened = client::open_line(context_);
      if (opened) {
        access_ = std::move(*opened);
        access_->operator_key.clear();
      } else {
        refused_ = opened.error();
      }
    }
  }
  if (access_) return access_;
  return fail(refused_);
}

void LineSource::drop(const std::shared_ptr<client::LineAccess>& access, const Error& why) {
  const std::lock_guard lock(mutex_);
  if (access_ != access) return;
  access_.reset();
  refused_ = why;
}

Result<nlohmann::json> LineSource::ask(const std::string& query, const nlohmann::json& request) {
  auto access = TCPS_TRY(current());
  auto reply = access->ask(query, request);
  if (!reply && (reply.error().code == ErrorCode::unavailable || reply.error().code == ErrorCode::io ||
                 reply.error().code == ErrorCode::corrupt))
    drop(access, reply.error());
  return reply;
}

}  // namespace tcps::gateway
