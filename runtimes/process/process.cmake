# The process runtime and its keeper.
paws_room(runtimes/process paws_messages paws_net nlohmann_json::nlohmann_json Boost::headers Threads::Threads)
