# Containers on Docker and Podman.
paws_room(runtimes/docker paws_messages paws_runtimes_common nlohmann_json::nlohmann_json CURL::libcurl Threads::Threads)
# The blocking HTTP client and hashes: linked, while nothing of what they are made of is needed to compile this room.
target_link_libraries(paws_runtimes_docker PUBLIC $<LINK_ONLY:paws_net> $<LINK_ONLY:OpenSSL::Crypto>)
