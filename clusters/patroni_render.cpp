#include "clusters/patroni_render.hpp"

#include "clusters/etcd_users.hpp"
#include "clusters/tls.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace paws::clusters::patroni {

namespace {

using nlohmann::json;

constexpr const char* postgres_programs = "/usr/lib/postgresql/15/bin";
constexpr std::uint32_t stop_grace_ms = 60'000; // a shutdown writes a checkpoint
constexpr const char* replication_user = "replicator";
constexpr std::uint64_t mib = 1024 * 1024;
// PostgreSQL's own default, and what it may grow to: a member's limit holds its backends' memory as well.
constexpr std::uint64_t least_buffers_mib = 32, default_buffers_mib = 128, most_buffers_mib = 8192;

std::string buffers(const topology::resource_limits& limits) {
  if (limits.memory_bytes == 0)
    return std::to_string(default_buffers_mib) + "MB";
  return std::to_string(std::clamp(limits.memory_bytes / mib / 8, least_buffers_mib, most_buffers_mib)) + "MB";
}

json dynamic_settings(const logic::cluster_context& context) {
  const auto& settings = context.cluster.patroni;
  const auto seconds = [](logic::milliseconds span) { return span.count() / 1000; };
  json out{{"ttl", seconds(settings.ttl)},
           {"loop_wait", seconds(settings.loop_wait)},
           {"retry_timeout", seconds(settings.retry_timeout)},
           {"maximum_lag_on_failover", mib},
           {"postgresql",
            {{"use_pg_rewind", true},
             {"use_slots", true},
             {"parameters", {{"max_connections", settings.max_connections}}}}}};
  if (settings.synchronous_strict) {
    out["synchronous_mode"] = true;
    out["synchronous_mode_strict"] = true;
  }
  return out;
}

// Who may connect: everybody with a password, and over TLS only where there is TLS.
json client_rules(const logic::cluster_context& context) {
  const std::string kind = context.cluster.tls ? "hostssl" : "host";
  return json::array({kind + " replication " + replication_user + " 0.0.0.0/0 scram-sha-256",
                      kind + " all all 0.0.0.0/0 scram-sha-256"});
}

json postgres_part(const logic::cluster_context& context, const topology::member_place& place) {
  const auto paths = tls_paths_of(place);
  const auto login = [&](const char* user, const char* name) {
    json out{{"username", user}, {"password", secret(context, name)}};
    if (context.cluster.tls) {
      out["sslmode"] = "verify-ca"; // the address is the leader's, whoever that is: any member of this cluster
      out["sslrootcert"] = paths.authority;
    }
    return out;
  };
  json parameters{{"unix_socket_directories", ""}, // everybody logs in with a password, over TCP
                  {"password_encryption", "scram-sha-256"},
                  {"shared_buffers", buffers(context.cluster.resources)},
                  {"logging_collector", "off"}};
  if (context.cluster.tls) {
    parameters["ssl"] = "on";
    parameters["ssl_cert_file"] = paths.certificate;
    parameters["ssl_key_file"] = paths.key;
  }
  const auto own = place.address + ":" + std::to_string(postgres_port);
  std::string listen; // the first is the one that Patroni itself connects to
  for (const auto& address : place.addresses())
    listen += (listen.empty() ? "" : ",") + address;
  return {{"listen", listen + ":" + std::to_string(postgres_port)},
          {"connect_address", own},
          {"data_dir", place.data_dir + "/postgresql"},
          {"bin_dir", postgres_programs},
          {"pgpass", place.run_dir + "/pgpass"},
          {"basebackup", json::array({{{"checkpoint", "fast"}}})},
          {"parameters", parameters},
          {"pg_hba", client_rules(context)},
          {"authentication",
           {{"superuser", login("postgres", "POSTGRES_PASSWORD")},
            {"replication", login(replication_user, "POSTGRES_REPLICATION_PASSWORD")},
            {"rewind", login("rewinder", "POSTGRES_REWIND_PASSWORD")}}}};
}

// As one word of a POSIX shell, and of Python's shlex, by which Patroni splits commands.
std::string shell_word(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return out + "'";
}

// JSON is YAML, and its writer quotes whatever a secret may hold.
std::string config_of(const logic::cluster_context& context, const topology::member_place& place) {
  const auto api = place.address + ":" + std::to_string(api_port);
  std::string endpoints;
  for (const auto& one : context.etcd_endpoints)
    endpoints += (endpoints.empty() ? "" : ",") + one;
  json etcd{{"hosts", endpoints}};
  if (context.etcd_tls) {
    etcd["protocol"] = "https";
    etcd["cacert"] = tls_paths_of(place).authority;
    etcd["password"] = secret(context, etcd::patroni_secret);
    etcd["username"] = etcd::login_name(etcd::users[1], secret(context, etcd::patroni_secret));
  }
  const json out{
      {"scope", context.cluster.name},
      {"name", place.name},
      {"restapi",
       {{"listen", place.addresses().size() > 1 ? "0.0.0.0:" + std::to_string(api_port) : api}, // it takes only one
        {"connect_address", api},
        {"authentication", {{"username", api_user}, {"password", secret(context, "PATRONI_RESTAPI_PASSWORD")}}}}},
      {"etcd3", etcd},
      {"bootstrap",
       {{"dcs", dynamic_settings(context)},
        {"initdb", json::array({{{"encoding", "UTF8"}},
                                {{"locale", "C.UTF-8"}},
                                "data-checksums",
                                {{"auth-host", "scram-sha-256"}},
                                {{"auth-local", "scram-sha-256"}}})},
        {"post_bootstrap", shell_word(place.config_dir + "/post_bootstrap")}}},
      {"postgresql", postgres_part(context, place)}};
  return out.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

// Patroni passes how to connect, without a password: that lies in the file PGPASSFILE names.
std::string bootstrap_script(const topology::member_place& place) {
  return "#!/bin/sh\n"
         "exec " +
         std::string{postgres_programs} + "/psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --dbname=\"$1\" --file=" +
         shell_word(place.config_dir + "/post_bootstrap.sql") + "\n";
}

} // namespace

std::string quoted_name(const std::string& text) {
  std::string out = "\"";
  for (const char c : text)
    out += c == '"' ? std::string{"\"\""} : std::string{c};
  return out + "\"";
}

std::string quoted_text(const std::string& text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string{"''"} : std::string{c};
  return out + "'";
}

std::string application_sql(const topology::database& wanted, const std::string& password) {
  const auto user = quoted_name(wanted.user), database = quoted_name(wanted.name);
  std::string out = "SET log_statement = none;\n"
                    "SET log_min_error_statement = panic;\n" // a failing statement would show the password
                    "SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = " +
                    quoted_text(wanted.user) +
                    ") AS missing \\gset\n"
                    "\\if :missing\n"
                    "CREATE ROLE " +
                    user + " LOGIN PASSWORD " + quoted_text(password) +
                    ";\n"
                    "\\endif\n";
  if (wanted.name == "postgres")
    return out + "GRANT ALL ON SCHEMA public TO " + user + ";\n";
  return out + "SELECT NOT EXISTS (SELECT FROM pg_database WHERE datname = " + quoted_text(wanted.name) +
         ") AS missing \\gset\n"
         "\\if :missing\n"
         "CREATE DATABASE " +
         database + " OWNER " + user +
         ";\n"
         "\\endif\n";
}

std::vector<logic::member_spec> render(const logic::cluster_context& context) {
  const auto& cluster = context.cluster;
  std::vector<logic::member_spec> out;
  for (const auto& member : cluster.members) {
    const auto& place = context.places.members.at(member);
    logic::member_spec spec;
    spec.name = member;
    spec.environment = context.places.environment;
    spec.image = cluster.image;
    spec.user = "postgres";
    spec.package = "patroni postgresql-15 python3-etcd";
    spec.stop_grace_ms = stop_grace_ms;
    spec.address = place.address;
    spec.config_dir = place.config_dir;
    spec.data_dir = place.data_dir;
    spec.run_dir = place.run_dir;
    spec.ports = {{"postgres", postgres_port}, {"api", api_port}};
    spec.limits = cluster.resources;
    const auto file = place.config_dir + "/patroni.yml";
    spec.command = {"patroni", file};
    spec.command.insert(spec.command.end(), cluster.extra_args.begin(), cluster.extra_args.end());
    spec.variables["PYTHONDONTWRITEBYTECODE"] = "1";
    spec.files = {{file, config_of(context, place), 0600, false},
                  {place.config_dir + "/post_bootstrap", bootstrap_script(place), 0700, false},
                  {place.config_dir + "/post_bootstrap.sql",
                   application_sql(cluster.db, secret(context, "POSTGRES_APP_PASSWORD")), 0600, false}};
    for (auto& one : tls_files(context, member))
      spec.files.push_back(std::move(one));
    out.push_back(std::move(spec));
  }
  return out;
}

} // namespace paws::clusters::patroni
