# The program: commands (testable, without actors of their own), and the wiring that knows every room.
file(GLOB command_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bin/commands/*.cpp ${CMAKE_SOURCE_DIR}/bin/*.cpp)
list(FILTER command_sources EXCLUDE REGEX "/bin/(paws-engine|wiring)\\.cpp$")
add_library(paws_commands STATIC ${command_sources})
target_link_libraries(paws_commands PUBLIC paws_options paws_actors paws_net paws_store paws_clusters
  paws_runtimes_process paws_runtimes_docker
  nlohmann_json::nlohmann_json CLI11::CLI11 spdlog::spdlog prometheus-cpp::core)
paws_precompiled(paws_commands)
paws_together(paws_commands)

if(EXISTS ${CMAKE_SOURCE_DIR}/bin/wiring.cpp AND EXISTS ${CMAKE_SOURCE_DIR}/bin/paws-engine.cpp)
  add_executable(paws-engine ${CMAKE_SOURCE_DIR}/bin/paws-engine.cpp ${CMAKE_SOURCE_DIR}/bin/wiring.cpp)
  target_link_libraries(paws-engine PRIVATE paws_commands)
  paws_precompiled(paws-engine)
  if(TARGET paws-keeper)
    add_dependencies(paws-engine paws-keeper)
  endif()
endif()
