# The process runtime and its keeper.
paws_room(runtimes/process paws_messages paws_net paws_runtimes_common nlohmann_json::nlohmann_json Boost::headers Threads::Threads)

# The keeper is tiny and outlives the engine: no actors, no shared libraries of ours.
file(GLOB keeper_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/runtimes/process/keeper/*.cpp)
if(keeper_sources)
  add_executable(paws-keeper ${keeper_sources} ${CMAKE_SOURCE_DIR}/runtimes/process/keeper_files.cpp
    ${CMAKE_SOURCE_DIR}/runtimes/process/process_tree.cpp)
  target_link_libraries(paws-keeper PRIVATE paws_options nlohmann_json::nlohmann_json)
endif()
