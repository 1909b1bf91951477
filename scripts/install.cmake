# What `cmake --install` puts where, and the package that `cpack` makes of it. Two components: `program` (the program, its
# manual page, completions, documents) and `development` (libraries, headers, and what find_package(symopt) reads), with
# which a program with optimizers of its own is built: docs/example.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS symopt RUNTIME COMPONENT program)
# The program knows its commands and options, so it writes the texts that tell of them.
set(texts ${CMAKE_CURRENT_BINARY_DIR}/install)
install(CODE "
  file(MAKE_DIRECTORY \"${texts}\")
  foreach(text manual \"completion bash\" \"completion zsh\" \"completion fish\")
    separate_arguments(arguments UNIX_COMMAND \"\${text}\")
    string(REPLACE \" \" _ file \"\${text}\")
    execute_process(COMMAND \"$<TARGET_FILE:symopt>\" \${arguments} OUTPUT_FILE \"${texts}/\${file}\"
      COMMAND_ERROR_IS_FATAL ANY)
  endforeach()" COMPONENT program)
set(share ${CMAKE_INSTALL_DATADIR})
# install_text FILE FOLDER NAME
function(install_text file folder name)
  install(FILES ${file} DESTINATION ${folder} RENAME ${name} COMPONENT program)
endfunction()
install_text(${texts}/manual ${CMAKE_INSTALL_MANDIR}/man1 symopt.1)
install_text(${texts}/completion_bash ${share}/bash-completion/completions symopt)
install_text(${texts}/completion_zsh ${share}/zsh/vendor-completions _symopt)
install_text(${texts}/completion_fish ${share}/fish/vendor_completions.d symopt.fish)
install_text(LICENSE ${CMAKE_INSTALL_DOCDIR} copyright)
install_text(CITATION.cff ${CMAKE_INSTALL_DOCDIR} CITATION.cff)
install_text(results/README.md ${CMAKE_INSTALL_DOCDIR} columns.md)
install(DIRECTORY experiments/spaces DESTINATION ${share}/symopt COMPONENT program)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program FILES_MATCHING PATTERN "*.md"
  PATTERN figures EXCLUDE PATTERN example EXCLUDE)

set(libraries symopt_flags symopt_core symopt_optimizers symopt_results symopt_protocols symopt_plots symopt_experiments)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/symopt)
install(TARGETS ${libraries} EXPORT symopt ARCHIVE COMPONENT development LIBRARY COMPONENT development)
install(EXPORT symopt NAMESPACE symopt:: FILE targets.cmake DESTINATION ${package} COMPONENT development)
foreach(folder core optimizers results protocols plots experiments)
  install(DIRECTORY ${folder} DESTINATION include/symopt COMPONENT development FILES_MATCHING PATTERN "*.hpp" PATTERN "*.def")
endforeach()
configure_package_config_file(scripts/symopt-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/symopt-config.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/symopt-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/symopt-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/symopt-config-version.cmake
  DESTINATION ${package} COMPONENT development)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME symopt)
set(CPACK_PACKAGE_CONTACT "the symopt developers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "compares the optimizers of neural networks under the symmetries of their weights")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
# Of the two components one package has the program.
set(CPACK_COMPONENTS_ALL program)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME symopt)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS "gnuplot-nox | gnuplot, fonts-dejavu-core")
include(CPack)
