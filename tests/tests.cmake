# Tests, fastest first. Each folder (or room below unit/) is one program; ctest sees every test case.
find_package(Catch2 2.13 REQUIRED)
include(Catch)

add_library(paws_test_main STATIC tests/support/main.cpp)
target_link_libraries(paws_test_main PUBLIC paws_options Catch2::Catch2)

# Worlds for tests of actors: virtual time, the simulated runtime, a toy cluster kind.
add_library(paws_test_worlds STATIC tests/support/toy_world.cpp tests/support/toy_plan.cpp tests/support/drill_truth.cpp
  tests/support/drill_world.cpp tests/support/simulated_etcd.cpp tests/support/simulated_patroni.cpp
  tests/support/simulated_plan.cpp tests/support/simulated_redis.cpp tests/support/simulated_stack.cpp
  tests/support/simulated_statements.cpp)
target_link_libraries(paws_test_worlds PUBLIC paws_options paws_actors paws_runtimes_fake paws_clusters)
paws_together(paws_test_worlds)

# paws_test(<program> <folder> [libraries...]); <program>_properties: further properties of its test cases. One that is
# tagged [alone] runs while no other test does; <program>_alone says that there are such.
function(paws_test program folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${program} ${sources})
  target_link_libraries(${program} PRIVATE paws_test_main ${ARGN})
  if(NOT program MATCHES "^(unit_logic|unit_clusters|unit_net|scenario)$") # many small worlds of one name; two large sources
    paws_together(${program})
  endif()
  target_compile_definitions(${program} PRIVATE PAWS_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    PAWS_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  catch_discover_tests(${program} TEST_PREFIX "${program}: " DISCOVERY_MODE PRE_TEST TEST_SPEC "~[alone]"
    PROPERTIES LABELS ${program} TIMEOUT 600 ${${program}_properties})
  if(${program}_alone)
    catch_discover_tests(${program} TEST_PREFIX "${program}: " DISCOVERY_MODE PRE_TEST TEST_SPEC "[alone]"
      PROPERTIES LABELS ${program} TIMEOUT 1800 RUN_SERIAL TRUE) # images of applications are built from nothing
  endif()
endfunction()

paws_test(unit_topology unit/topology paws_topology nlohmann_json::nlohmann_json)
paws_test(unit_logic unit/logic paws_logic)
paws_test(unit_clusters unit/clusters paws_clusters)
paws_test(unit_store unit/store paws_store)
paws_test(unit_net unit/net paws_net paws_store OpenSSL::SSL)
paws_test(unit_docker unit/docker paws_runtimes_docker)
paws_test(unit_bin unit/bin paws_commands)
paws_test(actors actors paws_test_worlds)
paws_test(scenario scenario paws_test_worlds)
set(contract_properties RESOURCE_LOCK members)
set_source_files_properties(${CMAKE_SOURCE_DIR}/tests/contract/process_tree_test.cpp PROPERTIES
  SKIP_UNITY_BUILD_INCLUSION ON) # its helpers have the names of others'
paws_test(contract contract paws_runtimes_process paws_runtimes_docker paws_runtimes_fake)
paws_test(fuzz_corpus fuzz paws_actors paws_net paws_runtimes_process paws_runtimes_docker PkgConfig::RE2)
paws_precompiled(paws_test_worlds unit_store unit_net unit_bin actors scenario contract)
# The real daemons through the real binary, never instrumented. They mostly wait (for a lease to run out, say), so two
# run beside each other, but for those on container engines, which one of them ends.
if(NOT PAWS_SANITIZE)
  file(GLOB stack_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/stack/*.cpp)
  add_library(paws_test_stack STATIC ${stack_sources})
  target_link_libraries(paws_test_stack PUBLIC paws_options paws_topology Catch2::Catch2 nlohmann_json::nlohmann_json
    PostgreSQL::PostgreSQL PkgConfig::HIREDIS)
  target_compile_definitions(paws_test_stack PRIVATE PAWS_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    PAWS_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  paws_test(drills drills paws_test_stack)
  set(e2e_alone TRUE)
  paws_test(e2e e2e paws_test_stack)
endif()
if(TARGET contract AND TARGET paws-keeper)
  add_dependencies(contract paws-keeper)
endif()
if(TARGET e2e AND TARGET paws-engine AND TARGET paws-keeper)
  add_dependencies(e2e paws-engine paws-keeper)
  add_dependencies(drills paws-engine paws-keeper)
endif()

# Measured by hand (tools/bench-logs): how long searches in collected logs take.
add_executable(log_search_bench tests/bench/log_search_bench.cpp)
target_link_libraries(log_search_bench PRIVATE paws_store)

# The house's own rules, and the tests of what enforces them.
add_test(NAME tidy COMMAND ${CMAKE_SOURCE_DIR}/tools/tidy --quiet)
add_test(NAME tidy_finds COMMAND python3 ${CMAKE_SOURCE_DIR}/tests/tidy/tidy_test.py)
add_test(NAME make_targets COMMAND ${CMAKE_SOURCE_DIR}/tests/tidy/make_targets_test.py)
add_test(NAME mutants_fit COMMAND ${CMAKE_SOURCE_DIR}/tools/mutants --check)
if(TARGET e2e)
  add_test(NAME engine_kills COMMAND ${CMAKE_SOURCE_DIR}/tools/soak-engine --kills 10 --engine $<TARGET_FILE:paws-engine>)
  set_tests_properties(engine_kills PROPERTIES LABELS e2e TIMEOUT 600 RUN_SERIAL TRUE)
endif()
# The shells themselves complete a command line: bash, zsh, fish.
if(TARGET paws-engine)
  add_test(NAME completion_shells
    COMMAND ${CMAKE_SOURCE_DIR}/tests/shell/completion_test.py $<TARGET_FILE:paws-engine>)
  set_tests_properties(completion_shells PROPERTIES LABELS shell TIMEOUT 300)
endif()
set_tests_properties(tidy tidy_finds make_targets mutants_fit PROPERTIES LABELS tidy TIMEOUT 120)
add_test(NAME prometheus_config COMMAND ${CMAKE_SOURCE_DIR}/tests/monitor/config_test.py)
set_tests_properties(prometheus_config PROPERTIES LABELS shell TIMEOUT 120)
# A real browser: the hot-reload measurement, its logic without one first.
add_test(NAME hot_reload_logic COMMAND node --test ${CMAKE_SOURCE_DIR}/tests/browser/hot_reload.test.mjs)
set_tests_properties(hot_reload_logic PROPERTIES LABELS browser TIMEOUT 120)
if(NOT PAWS_SANITIZE)
  # It edits the frontend's page, which others build: alone.
  add_test(NAME hot_reload COMMAND ${CMAKE_SOURCE_DIR}/tests/browser/hot_reload_test.py)
  set_tests_properties(hot_reload PROPERTIES LABELS browser TIMEOUT 900 RUN_SERIAL TRUE)
endif()
# The applications' own tests. Maven fetches what runs them once.
if(NOT PAWS_SANITIZE)
  add_test(NAME backend_tests COMMAND mvn -B -ntp test WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/apps/backend)
  add_test(NAME frontend_tests COMMAND sh -c "./fetch && npm test" WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/apps/frontend)
  set_tests_properties(backend_tests frontend_tests PROPERTIES LABELS apps TIMEOUT 600 RUN_SERIAL TRUE)
endif()
