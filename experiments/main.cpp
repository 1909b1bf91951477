// main.cpp — the program `symopt`.
#include "experiments/command.hpp"

int main(int argc, char** argv) { return symopt::run_command_line({argv + 1, argv + argc}); }
