#include "store/certificates.hpp"

#include "store/durable_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::store {

using topology::failure;

namespace {

constexpr std::size_t file_bytes = 64UL * 1024; // a key and a certificate are less than 2 KiB
constexpr const char* authority_pem = "/authority.pem";

std::string name_of_authority(const std::string& environment) {
  return "paws-engine " + environment;
}

failure wrong(const std::string& path, const std::string& why) {
  return {"ERR_SEC_003", path + " " + why,
          "put back the right one; or stop the environment (paws-engine ctl down), move the directory of the "
          "certificates away and start again: all are made anew"};
}

failure no_certificate(const std::string& path) {
  return {"ERR_SYS_000", path + " cannot be made: OpenSSL failed", "check that /dev/urandom can be read"};
}

// Empty when nothing is there.
std::variant<std::optional<std::string>, failure> read_private(const std::string& path) {
  const auto opened = open_plain(path, O_RDONLY);
  if (const auto* why = std::get_if<failure>(&opened)) {
    if (errno == ENOENT)
      return std::nullopt;
    return wrong(path, "cannot be used: " + why->message);
  }
  const int fd = std::get<descriptor>(opened).get();
  struct stat found {};
  if (::fstat(fd, &found) != 0)
    return file_failure(path, "examined", errno);
  if (found.st_uid != ::geteuid() && found.st_uid != 0)
    return wrong(path, "belongs to another user (uid " + std::to_string(found.st_uid) + ")");
  if ((found.st_mode & 077) != 0)
    return failure{"ERR_SEC_003", path + " can be used by others than its owner",
                   "its key may be known: renew it, or if you are sure that nobody read it: chmod 600 " + path};
  auto content = read_all(fd, file_bytes);
  if (!content)
    return wrong(path, "cannot be read");
  return content;
}

// What `path` holds; empty when nothing is there.
std::variant<std::optional<identity>, failure> read_identity(const std::string& path) {
  const auto content = read_private(path);
  if (const auto* why = std::get_if<failure>(&content))
    return *why;
  const auto& pem = std::get<std::optional<std::string>>(content);
  if (!pem)
    return std::nullopt;
  auto out = identity::parse(*pem);
  if (!out)
    return wrong(path, "is damaged, or its key and its certificate do not belong together");
  return out;
}

subject_names sorted(subject_names names) {
  for (auto* list : {&names.dns, &names.ip}) {
    std::sort(list->begin(), list->end());
    list->erase(std::unique(list->begin(), list->end()), list->end());
  }
  return names;
}

std::optional<failure> write(const std::string& path, const std::string& content) {
  const auto written = write_atomically(path, content, 0600);
  const auto* why = std::get_if<failure>(&written);
  return why == nullptr ? std::nullopt : std::optional{*why};
}

std::optional<failure> make_private(const std::string& directory) {
  if (auto failed = make_directories(directory.substr(0, directory.find_last_of('/'))))
    return failed;
  if (::mkdir(directory.c_str(), 0700) == 0)
    return std::nullopt;
  struct stat found {};
  if (errno != EEXIST || ::lstat(directory.c_str(), &found) != 0)
    return file_failure(directory, "created", errno);
  if (!S_ISDIR(found.st_mode))
    return wrong(directory, "is no directory");
  if (found.st_uid != ::geteuid() && found.st_uid != 0)
    return wrong(directory, "belongs to another user (uid " + std::to_string(found.st_uid) + ")");
  if ((found.st_mode & 077) != 0 && ::chmod(directory.c_str(), 0700) != 0)
    return file_failure(directory, "protected", errno);
  return std::nullopt;
}

// The work of provide_certificates, in steps: first everything is looked at, then what must be written is.
class provider {
public:
  provider(const std::string& directory, const std::string& environment, const subject_map& members, wall_time now)
      : directory_{directory}, environment_{environment}, members_{members}, now_{now} {}

  std::variant<certificate_set, failure> provide() {
    auto failed = settle_authority();
    for (auto at = members_.begin(); !failed && at != members_.end(); ++at)
      failed = settle_member(at->first, sorted(at->second));
    // The authority before what it has signed: whoever dies in between finds nothing that does not fit.
    for (auto at = drafts_.begin(); !failed && at != drafts_.end(); ++at)
      failed = write(at->first, at->second);
    if (failed)
      return *failed;
    return std::move(set_);
  }

private:
  std::optional<failure> settle_authority() {
    const auto path = directory_ + authority_pem, shown = authority_file(directory_);
    auto found = read_identity(path);
    if (const auto* why = std::get_if<failure>(&found))
      return *why;
    auto& before = std::get<std::optional<identity>>(found);
    if (!before)
      if (auto why = refuse_orphans(path))
        return why;
    if (before && (!before->is_authority() || before->common_name() != name_of_authority(environment_)))
      return wrong(path, "is not the certificate authority of " + environment_);
    if (before && before->expires() - now_ >= renewed_before)
      if (const auto why = before->refuses(*before, now_); !why.empty())
        return wrong(path, "cannot be used: " + why);
    authority_ = before;
    if (!before || before->expires() - now_ < renewed_before) {
      renewed_ = true;
      authority_ =
          identity::make_authority(name_of_authority(environment_), authority_life, now_, before ? &*before : nullptr);
      if (!authority_)
        return no_certificate(path);
      drafts_.emplace_back(path, authority_->pem());
    }
    return show_authority(shown, before);
  }

  // Members without the authority that signed them: a new one would make all that runs unreachable.
  std::optional<failure> refuse_orphans(const std::string& path) const {
    for (const auto& [member, names] : members_)
      if (::access(path_of(member).c_str(), F_OK) == 0)
        return wrong(path, "is missing, but " + path_of(member) + " was signed by it");
    return std::nullopt;
  }

  std::optional<failure> show_authority(const std::string& shown, const std::optional<identity>& before) {
    const auto content = read_private(shown);
    if (const auto* why = std::get_if<failure>(&content))
      return *why;
    const auto& there = std::get<std::optional<std::string>>(content);
    const auto wanted = authority_->certificate();
    if (there && *there != wanted && !(before && (*there == before->certificate() || signed_with_same_key(*there))))
      return wrong(shown, "is not the certificate of " + directory_ + authority_pem);
    if (!there || *there != wanted)
      drafts_.emplace_back(shown, wanted);
    set_.authority = wanted;
    set_.authority_file = shown;
    return std::nullopt;
  }

  // A renewal that ended between the two files leaves the older certificate of the same key.
  bool signed_with_same_key(const std::string& certificate) const {
    const auto older = identity::parse(authority_->key() + certificate);
    return older && older->common_name() == authority_->common_name();
  }

  std::optional<failure> settle_member(const std::string& member, const subject_names& names) {
    const auto path = path_of(member);
    auto found = read_identity(path);
    if (const auto* why = std::get_if<failure>(&found))
      return *why;
    auto& leaf = std::get<std::optional<identity>>(found);
    if (leaf && leaf->common_name() != member)
      return wrong(path, "is the certificate of " + leaf->common_name() + ", not of " + member);
    const bool over = leaf && leaf->expires() <= now_;
    // One that is over is checked as of its last moment: it is made anew only if it was ours.
    if (const auto why = leaf ? authority_->refuses(*leaf, over ? leaf->expires() - day : now_) : ""; !why.empty())
      if (!(over && renewed_)) // the authority itself may have been younger then
        return wrong(path, "does not fit the certificate authority: " + why);
    if (!leaf || renewed_ || leaf->expires() - now_ < renewed_before || leaf->names() != names) {
      leaf = authority_->issue(member, names, certificate_life, now_);
      if (!leaf)
        return no_certificate(path);
      drafts_.emplace_back(path, leaf->pem());
    }
    set_.members[member] = {leaf->certificate(), leaf->key()};
    return std::nullopt;
  }

  std::string path_of(const std::string& member) const { return directory_ + "/" + member + ".pem"; }

  const std::string& directory_;
  const std::string& environment_;
  const subject_map& members_;
  wall_time now_;
  std::optional<identity> authority_;
  bool renewed_ = false;                                    // the authority was made now
  std::vector<std::pair<std::string, std::string>> drafts_; // path, content: in the order of writing
  certificate_set set_;
};

} // namespace

std::string authority_file(const std::string& directory) {
  return directory + "/ca.crt";
}

std::variant<certificate_set, failure> provide_certificates(const std::string& directory,
                                                            const std::string& environment, const subject_map& members,
                                                            wall_time now) {
  if (auto failed = make_private(directory))
    return *failed;
  // Two engines at once would each make an authority. The directory is the lock: it leaves nothing behind.
  const descriptor lock{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0)
    return file_failure(directory, "locked", errno);
  return provider{directory, environment, members, now}.provide();
}

certificate_set read_certificates(const std::string& directory, const subject_map& members) {
  certificate_set out;
  out.authority_file = authority_file(directory);
  const auto content = read_private(out.authority_file);
  if (const auto* found = std::get_if<std::optional<std::string>>(&content); found != nullptr && *found)
    out.authority = **found;
  for (const auto& [member, names] : members) {
    const auto found = read_identity(directory + "/" + member + ".pem");
    if (const auto* one = std::get_if<std::optional<identity>>(&found); one != nullptr && *one)
      out.members[member] = {(*one)->certificate(), (*one)->key()};
  }
  return out;
}

} // namespace paws::store
