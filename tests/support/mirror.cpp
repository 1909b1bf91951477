// mirror.cpp — starts mirror.py with a pipe at each end: its port comes out, and it ends when the other is
// closed.
#include "tests/support/mirror.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <stdexcept>
#include <utility>

namespace symopt::test {

namespace {

std::string read_all(int file) {
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(file, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(n));
  return text;
}

}  // namespace

std::optional<Mirror> Mirror::serve(const std::filesystem::path& folder) {
  int in[2], out[2];
  if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const std::string script = (std::filesystem::path(SYMOPT_TEST_SUPPORT) / "mirror.py").string();
  const pid_t process = ::fork();
  if (process < 0) throw std::runtime_error("no process");
  if (process == 0) {
    ::dup2(in[0], 0);
    ::dup2(out[1], 1);
    ::execlp("python3", "python3", script.c_str(), folder.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  std::string port;
  for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) port += c;
  ::close(out[0]);
  if (port.empty()) {
    ::close(in[1]);
    int status = 0;
    ::waitpid(process, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) return std::nullopt;
    throw std::runtime_error("mirror.py did not start");
  }
  return Mirror(process, in[1], std::stoi(port));
}

Mirror::Mirror(Mirror&& other) noexcept
    : process_(other.process_), input_(std::exchange(other.input_, -1)), port_(other.port_) {}

Mirror& Mirror::operator=(Mirror&& other) noexcept {
  std::swap(process_, other.process_);
  std::swap(input_, other.input_);
  std::swap(port_, other.port_);
  return *this;
}

Mirror::~Mirror() {
  if (input_ < 0) return;
  ::close(input_);
  ::waitpid(process_, nullptr, 0);
}

std::string Mirror::address(const std::string& how) const {
  return "http://127.0.0.1:" + std::to_string(port_) + "/" + how;
}

std::vector<std::string> Mirror::requests() const {
  const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("mirror.py does not answer");
  const std::string request = "GET /log HTTP/1.1\r\nConnection: close\r\n\r\n";
  if (::write(connection, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
    throw std::runtime_error("mirror.py does not listen");
  const std::string answer = read_all(connection);
  ::close(connection);
  std::istringstream body(answer.substr(answer.find("\r\n\r\n") + 4));
  std::vector<std::string> lines;
  for (std::string line; std::getline(body, line);) lines.push_back(line);
  return lines;
}

}  // namespace symopt::test
