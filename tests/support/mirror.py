"""mirror.py — a web server that serves a folder in the ways in which servers go wrong.

Usage: python3 mirror.py FOLDER [ADDRESS [CERTIFICATE]]    prints its port, serves until its standard input closes.
ADDRESS: where it listens, 127.0.0.1. CERTIFICATE: a PEM file with its key; it then speaks https.
The first part of an address says how the rest is served:
  /plain/F       as it should be, with ranges
  /norange/F     whole, whatever part was asked for
  /breaks/F      every answer breaks off half way through what was asked for, with ranges
  /breaks-norange/F  the same without ranges
  /wrong/F       one byte in the middle is another
  /wrong-once/F  the same, but only in answers to the first request for F
  /long/F        one byte more than there is
  /slow/F        half of it, then silence; later requests get silence at once
  /silent/F      accepts the connection, says nothing
  /redirect/F    to /plain/F, by another address first
  /loop/F        to itself
  /file/F        to a file:// address
  /local/F       to /plain/F at 127.0.0.1, by http
  /ftp/F         to an ftp:// address
  /other-range/F another part than was asked for
  /missing/F     404    /broken/F  500
GET /log answers with one line per request: address and range.
"""
import http.server
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse

folder = os.path.realpath(sys.argv[1])
log, asked = [], {}
lock = threading.Lock()
closing = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        try:
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True

    def do_GET(self):
        path = urllib.parse.unquote(self.path)
        if path == "/log":
            with lock:
                return self.answer(200, "".join(log).encode())
        with lock:
            log.append(f"{path} {self.headers.get('Range', '-')}\n")
            asked[path] = asked.get(path, 0) + 1
            first = asked[path] == 1
        _, how, name = path.split("/", 2)
        if how in ("missing", "broken"):
            return self.answer({"missing": 404, "broken": 500}[how], b"<html>no</html>" * 100)
        if how in ("redirect", "loop", "file", "local", "ftp"):
            target = {"redirect": f"/redirected/{name}", "loop": path, "file": f"file://{folder}/{name}",
                      "local": f"http://127.0.0.1:{server.server_address[1]}/plain/{name}",
                      "ftp": f"ftp://127.0.0.1/{name}"}[how]
            return self.answer(302, b"elsewhere", [("Location", target)])
        if how == "redirected":
            return self.answer(301, b"elsewhere", [("Location", f"/plain/{name}")])
        file = os.path.realpath(os.path.join(folder, name))
        if not file.startswith(folder + os.sep) or not os.path.isfile(file):
            return self.answer(404, b"no such file")
        with open(file, "rb") as f:
            whole = f.read()
        if how == "wrong" or (how == "wrong-once" and first):
            middle = len(whole) // 2
            whole = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:]
        if how == "long":
            whole += b"x"
        if how == "silent":
            closing.wait(20)
            self.close_connection = True
            return None
        status, headers, body = 200, [], whole
        asked_range = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked_range and "norange" not in how:
            start = int(asked_range[1])
            if how == "other-range":
                start //= 2
            if start >= len(whole):
                return self.answer(416, b"", [("Content-Range", f"bytes */{len(whole)}")])
            status, body = 206, whole[start:]
            headers = [("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")]
        if how.startswith("breaks") and len(body) > 1:
            self.answer(status, body[: len(body) // 2], headers, len(body))
            self.close_connection = True
        elif how == "slow":
            self.answer(status, body[: len(body) // 2] if first else b"", headers, len(body))
            closing.wait(20)
            self.close_connection = True
        else:
            self.answer(status, body, headers)
        return None


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # clients that hang up are what the tests are about


server = Server((sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1", 0), Handler)
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
closing.set()
time.sleep(0.05)
